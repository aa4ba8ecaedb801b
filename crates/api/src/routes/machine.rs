//! The box as a whole: backups made, looked into, restored, and restores taken back.
//!
//! ```text
//!  POST /box/backup ─► made on the disk, encrypted ─► GET /box/backup/file ─► the browser, piece by piece
//!  POST /box/restore/file ─► taken in, piece by piece ─► POST /box/restore/check ─► opened, checked, shown
//!                                        POST /box/restore ─► placed, the program begins again ◄┘
//! ```

use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, StreamExt as _};
use icu_normalizer::ComposingNormalizerBorrowed;
use lachan_store::{Act, Change};
use lachan_web::{Code, FieldFault, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::account::prove;
use crate::caller::{Caller, Visitor};
use crate::fault;
use crate::ports::{Preview, Ready};
use crate::state::Api;
use lachan_web::serve::{Input, Refused};

/// Days after which a backup is old.
pub(crate) const OLD_BACKUP: i64 = 90;
/// Bytes that are read and sent at once.
const PIECE: usize = 64 << 10;
/// Pieces that came and are not written yet.
const PIECES: usize = 8;
/// How long the next piece may take.
const NEXT_PIECE: Duration = Duration::from_secs(30);

/// What is known of backups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoxView {
    /// When the last backup was made that somebody fetched, unix seconds; absent: never.
    last_backup: Option<i64>,
    /// A backup that can be fetched now.
    ready: Option<Ready>,
    /// Until when the last restore can be taken back, unix seconds.
    undo_until: Option<i64>,
    /// The fewest characters of a passphrase.
    shortest: usize,
    /// What is typed before the box is reset: the school's name, where it has one.
    confirm: String,
}

/// What is typed before the reset of a box whose school has no name.
const NAMELESS: &str = "lachan";

/// What is typed before the box is reset.
fn confirmation(api: &Api) -> String {
    match api.ports.school.name().trim() {
        "" => NAMELESS.to_owned(),
        name => name.to_owned(),
    }
}

/// A text as people compare it: letters composed, for the settings may have come from a system that takes "ờ"
/// apart, and neither case nor spaces around it count.
fn alike(text: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc();
    composed.normalize(&text.trim().to_lowercase()).into_owned()
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

/// A backup that was taken in.
#[derive(Serialize, ToSchema)]
pub(crate) struct TakenIn {
    bytes: u64,
}

/// What opens a backup.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opening {
    passphrase: String,
}

/// Yes, restore it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreForm {
    /// The password of whoever restores.
    password: String,
    /// Whether the box keeps its place in the network, in place of the one in the backup.
    own_network: bool,
}

/// Yes, have the box begin as new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetForm {
    /// The password of whoever resets.
    password: String,
    /// The school's name, or what `confirm` of the box says.
    confirm: String,
    /// Whether the box keeps its place in the network.
    keeps_network: bool,
}

/// One's own password, again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndoForm {
    password: String,
}

/// What is known of backups.
#[utoipa::path(get, path = "/box", tag = "box", responses((status = 200, body = BoxView)))]
pub(crate) async fn state(State(api): State<Api>) -> Result<Json<BoxView>, Refused> {
    let view = api.work(|api| {
        Ok(BoxView {
            last_backup: api.ask(|reader| reader.last_backup())?,
            ready: api.ports.machine.ready(),
            undo_until: api.ports.machine.undo_until(),
            shortest: api.ports.machine.shortest_passphrase(),
            confirm: confirmation(api),
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
                .note(&act, Change::MakeBackup, &school, None, Some(about));
            // It lies there: whoever may fetch it has to be told the passphrase.
            if let Err(error) = recorded {
                tracing::error!(%error, "a backup that was made does not stand in the log of changes");
            }
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

/// Takes a backup in: the body is the file. It lies on the box for half an hour.
#[utoipa::path(post, path = "/box/restore/file", tag = "box",
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = TakenIn),
        (status = 413, description = "`too-long`"),
        (status = 503, description = "`busy`: another one comes in"),
        (status = 507, description = "`no-room`"),
    ))]
pub(crate) async fn take_in(
    State(api): State<Api>,
    _: Caller,
    request: Request,
) -> Result<Json<TakenIn>, Refused> {
    Ok(Json(taken_in(&api, request).await?))
}

/// Removes the backup that was taken in.
#[utoipa::path(delete, path = "/box/restore/file", tag = "box",
    responses(
        (status = 204),
        (status = 503, description = "`busy`: it is being looked into"),
    ))]
pub(crate) async fn give_up(State(api): State<Api>) -> Result<StatusCode, Refused> {
    api.work(|api| api.ports.machine.give_up()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens the backup that was taken in, checks all of it and tells what is in it. Nothing changes.
#[utoipa::path(post, path = "/box/restore/check", tag = "box", request_body = Opening,
    responses(
        (status = 200, body = Preview),
        (status = 409, description = "`no-upload`"),
        (status = 422, description = "`wrong-passphrase`, `not-a-backup`, `backup-damaged`, `backup-too-new`, `backup-unfit`"),
        (status = 503, description = "`busy`: it is being looked into already"),
        (status = 507, description = "`no-room`"),
    ))]
pub(crate) async fn look_into(
    State(api): State<Api>,
    visitor: Visitor,
    Input(form): Input<Opening>,
) -> Result<Json<Preview>, Refused> {
    looked_into(&api, &visitor, form.passphrase).await
}

/// Restores what was looked into. The program begins again; everybody signs in anew.
#[utoipa::path(post, path = "/box/restore", tag = "box", request_body = RestoreForm,
    responses(
        (status = 202),
        (status = 401, description = "`wrong-credentials`: the password is wrong"),
        (status = 409, description = "`no-upload`: nothing was looked into, or too long ago; `settings-pending`"),
        (status = 422, description = "`backup-unfit`"),
        (status = 503, description = "`busy`: it is being looked into"),
    ))]
pub(crate) async fn restore(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
    Input(form): Input<RestoreForm>,
) -> Result<StatusCode, Refused> {
    let (asking, by) = (visitor.clone(), caller.clone());
    api.prove(move |api| prove(api, &asking, &by, &form.password))
        .await?;
    restored(&api, &visitor, form.own_network, move |api| {
        api.act(&caller)
    })
    .await
}

/// Takes the last restore back. The program begins again; everybody signs in anew.
#[utoipa::path(post, path = "/box/restore/undo", tag = "box", request_body = UndoForm,
    responses(
        (status = 202),
        (status = 401, description = "`wrong-credentials`: the password is wrong"),
        (status = 409, description = "`nothing-to-undo`, `settings-pending`"),
    ))]
pub(crate) async fn undo(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
    Input(form): Input<UndoForm>,
) -> Result<StatusCode, Refused> {
    let (asking, by) = (visitor.clone(), caller.clone());
    api.prove(move |api| prove(api, &asking, &by, &form.password))
        .await?;
    api.work_long(visitor.address, move |api| {
        let act = api.act(&caller);
        api.ports.machine.undo(&act)
    })
    .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Has the box begin as new. All that is the school's is removed, for good; the first-run code is on its
/// console again.
#[utoipa::path(post, path = "/box/reset", tag = "box", request_body = ResetForm,
    responses(
        (status = 202),
        (status = 401, description = "`wrong-credentials`: the password is wrong"),
        (status = 409, description = "`settings-pending`"),
        (status = 422, description = "`bad-field`: the name is another"),
    ))]
pub(crate) async fn reset(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
    Input(form): Input<ResetForm>,
) -> Result<StatusCode, Refused> {
    let wanted = confirmation(&api);
    if alike(&form.confirm) != alike(&wanted) {
        return Err(Problem::field(FieldFault::new(
            "confirm",
            "not-the-same",
            format!("hãy gõ đúng: {wanted}"),
            format!("type exactly: {wanted}"),
        ))
        .into());
    }
    let asking = visitor.clone();
    api.prove(move |api| prove(api, &asking, &caller, &form.password))
        .await?;
    api.work_long(visitor.address, move |api| {
        api.ports.machine.reset(form.keeps_network)
    })
    .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Opens the backup that was taken in, for somebody who was let in.
pub(super) async fn looked_into(
    api: &Api,
    visitor: &Visitor,
    passphrase: String,
) -> Result<Json<Preview>, Refused> {
    let preview = api.work_long(visitor.address, |api| {
        api.ports.machine.look_into(passphrase)
    });
    Ok(Json(preview.await?))
}

/// Restores what was looked into, for somebody who was let in and stands in the log as `act` says.
pub(super) async fn restored(
    api: &Api,
    visitor: &Visitor,
    own_network: bool,
    act: impl FnOnce(&Api) -> Act + Send + 'static,
) -> Result<StatusCode, Refused> {
    api.work_long(visitor.address, move |api| {
        api.ports.machine.restore(&act(api), own_network)
    })
    .await?;
    Ok(StatusCode::ACCEPTED)
}

/// What is sent of a file.
enum Sent {
    Piece(Bytes),
    End,
}

/// Writes the body of a request to where backups are taken in. Whoever breaks off leaves nothing.
pub(super) async fn taken_in(api: &Api, request: Request) -> Result<TakenIn, Problem> {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
    let (pieces, mut coming) = mpsc::channel(PIECES);
    let machine = Arc::clone(&api.ports.machine);
    // A piece that is not taken means that the writer ended, which says why below.
    let written = spawn_blocking(move || {
        let mut intake = machine.take_in(length)?;
        loop {
            match coming.blocking_recv() {
                Some(Sent::Piece(piece)) => intake.write(&piece)?,
                Some(Sent::End) => return intake.keep(),
                None => return Err(Code::TimedOut.into()),
            }
        }
    });
    let mut body = request.into_body().into_data_stream();
    loop {
        let Ok(next) = timeout(NEXT_PIECE, body.next()).await else {
            break;
        };
        let sent = match next {
            Some(Ok(piece)) => Sent::Piece(piece),
            // The connection broke.
            Some(Err(_)) => break,
            None => Sent::End,
        };
        let is_last = matches!(sent, Sent::End);
        if pieces.send(sent).await.is_err() || is_last {
            break;
        }
    }
    drop(pieces);
    let bytes = written.await.map_err(|error| {
        tracing::error!(%error, "a backup could not be taken in");
        Problem::from(Code::Internal)
    })??;
    Ok(TakenIn { bytes })
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
