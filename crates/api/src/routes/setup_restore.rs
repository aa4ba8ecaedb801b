//! A new box that takes a broken one's place: whoever holds the first-run code restores a backup before
//! anybody has an account.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use lachan_store::Act;
use lachan_web::Role;
use serde::Deserialize;
use utoipa::ToSchema;

use super::machine::{TakenIn, looked_into, restored, taken_in};
use super::setup::check_code;
use crate::caller::Visitor;
use crate::ports::Preview;
use crate::state::{Api, authority};
use lachan_web::serve::{Input, Refused};

/// The header that carries the code where the body is a file.
const CODE: &str = "x-lachan-code";
/// Who stands in the log of changes: nobody has an account here.
const AUTHOR: &str = "mã cài đặt (first-run code)";

/// What opens a backup, and who says so.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstOpening {
    /// The code that the box shows at its start.
    code: String,
    passphrase: String,
}

/// Yes, restore it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstRestore {
    /// The code that the box shows at its start.
    code: String,
    /// Whether the box keeps its place in the network, in place of the one in the backup.
    own_network: bool,
}

/// Takes a backup in: the body is the file.
#[utoipa::path(post, path = "/setup/restore/file", tag = "setup",
    params(("X-Lachan-Code" = String, Header, description = "the code that the box shows at its start")),
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = TakenIn),
        (status = 403, description = "`wrong-code`, `wrong-side`"),
        (status = 409, description = "`set-up-already`"),
        (status = 413, description = "`too-long`"),
        (status = 503, description = "`busy`: another one comes in"),
        (status = 507, description = "`no-room`"),
    ))]
pub(crate) async fn take_in(
    State(api): State<Api>,
    visitor: Visitor,
    request: Request,
) -> Result<Json<TakenIn>, Refused> {
    let code = request.headers().get(CODE);
    let code = code.and_then(|value| value.to_str().ok());
    let code = code.unwrap_or_default().to_owned();
    // Before a byte of the file is taken.
    api.work(move |api| check_code(api, &visitor, &code))
        .await?;
    Ok(Json(taken_in(&api, request).await?))
}

/// Opens the backup that was taken in, checks all of it and tells what is in it. Nothing changes.
#[utoipa::path(post, path = "/setup/restore/check", tag = "setup", request_body = FirstOpening,
    responses(
        (status = 200, body = Preview),
        (status = 403, description = "`wrong-code`, `wrong-side`"),
        (status = 409, description = "`set-up-already`, `no-upload`"),
        (status = 422, description = "`wrong-passphrase`, `not-a-backup`, `backup-damaged`, `backup-too-new`, `backup-unfit`"),
        (status = 503, description = "`busy`: it is being looked into already"),
        (status = 507, description = "`no-room`"),
    ))]
pub(crate) async fn look_into(
    State(api): State<Api>,
    visitor: Visitor,
    Input(form): Input<FirstOpening>,
) -> Result<Json<Preview>, Refused> {
    let (asking, code) = (visitor.clone(), form.code);
    api.work(move |api| check_code(api, &asking, &code)).await?;
    looked_into(&api, &visitor, form.passphrase).await
}

/// Restores what was looked into. The program begins again, and the accounts are those of the backup.
#[utoipa::path(post, path = "/setup/restore", tag = "setup", request_body = FirstRestore,
    responses(
        (status = 202),
        (status = 403, description = "`wrong-code`, `wrong-side`"),
        (status = 409, description = "`set-up-already`, `no-upload`, `settings-pending`"),
        (status = 422, description = "`backup-unfit`"),
        (status = 503, description = "`busy`: it is being looked into"),
    ))]
pub(crate) async fn restore(
    State(api): State<Api>,
    visitor: Visitor,
    Input(form): Input<FirstRestore>,
) -> Result<StatusCode, Refused> {
    let (asking, code) = (visitor.clone(), form.code);
    api.work(move |api| check_code(api, &asking, &code)).await?;
    let act = |api: &Api| Act {
        author: AUTHOR.to_owned(),
        role: authority(Role::Admin),
        at: api.unix(),
    };
    restored(&api, &visitor, form.own_network, act).await
}
