//! The box as a whole: backups.
//!
//! ```text
//!  POST /box/backup ─► made on the disk, encrypted ─► GET /box/backup/file ─► the browser, piece by piece
//! ```

use std::fs::File;
use std::io::{self, Read as _};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use lachan_store::Change;
use lachan_web::{Code, FieldFault, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use super::account::prove;
use crate::caller::{Caller, Visitor};
use crate::fault;
use crate::ports::Ready;
use crate::reply::{Input, Refused};
use crate::state::Api;

/// Days after which a backup is old.
pub(crate) const OLD_BACKUP: i64 = 90;
/// Bytes that are read and sent at once.
const PIECE: usize = 64 << 10;

/// What is known of backups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoxView {
    /// When the last backup was made that somebody fetched, unix seconds; absent: never.
    last_backup: Option<i64>,
    /// A backup that can be fetched now.
    ready: Option<Ready>,
    /// The fewest characters of a passphrase.
    shortest: usize,
}

/// A backup to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupForm {
    /// The password of whoever asks: a backup holds everybody's keys.
    password: String,
    /// The passphrase of the file; without it one is made.
    passphrase: Option<String>,
    /// Whether the compiled lists go with it: bigger, and a new box filters by them at once.
    lists: bool,
}

/// A backup that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackupMade {
    ready: Ready,
    /// The passphrase that was made: told now and never again.
    passphrase: Option<String>,
}

/// What is known of backups.
#[utoipa::path(get, path = "/box", tag = "box", responses((status = 200, body = BoxView)))]
pub(crate) async fn state(State(api): State<Api>) -> Result<Json<BoxView>, Refused> {
    let view = api.work(|api| {
        Ok(BoxView {
            last_backup: api.ask(|reader| reader.last_backup())?,
            ready: api.ports.machine.ready(),
            shortest: api.ports.machine.shortest_passphrase(),
        })
    });
    Ok(Json(view.await?))
}

/// Makes a backup, which lies on the box for half an hour to be fetched.
#[utoipa::path(post, path = "/box/backup", tag = "box", request_body = BackupForm,
    responses(
        (status = 200, body = BackupMade),
        (status = 401, description = "`wrong-credentials`: the password is wrong"),
        (status = 422, description = "`bad-field`: the passphrase is too short"),
        (status = 429, description = "`too-many-attempts`"),
        (status = 503, description = "`busy`: another one is under way"),
        (status = 507, description = "`no-room`"),
    ))]
pub(crate) async fn back_up(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
    Input(form): Input<BackupForm>,
) -> Result<Json<BackupMade>, Refused> {
    let shortest = api.ports.machine.shortest_passphrase();
    if let Some(passphrase) = &form.passphrase
        && passphrase.chars().count() < shortest
    {
        return Err(Problem::field(FieldFault::new(
            "passphrase",
            "too-short",
            format!("mật khẩu của tệp cần ít nhất {shortest} ký tự"),
            format!("the passphrase of the file has at least {shortest} characters"),
        ))
        .into());
    }
    let (asking, by) = (visitor.clone(), caller.clone());
    api.prove(move |api| prove(api, &asking, &by, &form.password))
        .await?;
    let made = api
        .work_long(visitor.address, move |api| {
            let machine = &api.ports.machine;
            let made = match &form.passphrase {
                Some(_) => None,
                None => Some(machine.passphrase()?),
            };
            let chosen = form.passphrase.or_else(|| made.clone()).unwrap_or_default();
            let ready = machine.back_up(chosen, form.lists)?;
            let about = json!({ "bytes": ready.bytes, "lists": form.lists });
            let school = api.ports.school.name();
            let act = api.act(&caller);
            let recorded = api
                .store
                .record_machine(&act, Change::MakeBackup, &school, Some(about));
            recorded.map_err(|error| fault::of_machine(&error))?;
            Ok(BackupMade {
                ready,
                passphrase: made,
            })
        })
        .await?;
    Ok(Json(made))
}

/// The backup that was made, encrypted.
#[utoipa::path(get, path = "/box/backup/file", tag = "box",
    responses(
        (status = 200, content_type = "application/octet-stream", description = "the file"),
        (status = 404, description = "`not-found`: none was made, or it lay there for too long"),
    ))]
pub(crate) async fn fetch(State(api): State<Api>) -> Result<Response, Refused> {
    let (ready, file) = api.work(|api| api.ports.machine.open_ready()).await?;
    let disposition = format!("attachment; filename=\"{}\"", ready.name);
    let disposition = HeaderValue::from_str(&disposition).map_err(|_| Code::Internal)?;
    let headers: [(HeaderName, HeaderValue); 3] = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (CONTENT_LENGTH, ready.bytes.into()),
        (CONTENT_DISPOSITION, disposition),
    ];
    let left = ready.bytes;
    let sending = Sending {
        api,
        ready,
        file,
        left,
    };
    let pieces = stream::try_unfold(sending, |sending| async {
        let read = spawn_blocking(move || sending.next());
        read.await.map_err(io::Error::other)?
    });
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// A backup on its way to somebody.
struct Sending {
    api: Api,
    ready: Ready,
    file: File,
    /// Bytes that are still to be sent.
    left: u64,
}

impl Sending {
    /// The next piece; none after the last. With the last one the backup counts as made: who serves does
    /// not ask again once all bytes that were announced are there.
    fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut piece = Vec::with_capacity(PIECE);
        let most = self.left.min(PIECE as u64);
        self.file.by_ref().take(most).read_to_end(&mut piece)?;
        if piece.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= piece.len() as u64;
        if self.left == 0
            && let Some(Err(error)) = self.ready.made_at.map(|at| self.api.store.note_backup(at))
        {
            fault::log(&error);
        }
        Ok(Some((piece.into(), self)))
    }
}
