//! The first account of a box: whoever holds the first-run code makes it, once.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use lachan_store::{Act, NewAccount};
use lachan_web::{Code, Language, Problem, Role, TypedCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::accounts::hashed;
use super::session::{SessionView, begin};
use crate::caller::Visitor;
use crate::fault;
use crate::guard::COOKIE_NAME;
use crate::state::{Api, author, authority};
use lachan_web::serve::browser::session_of;
use lachan_web::serve::{Input, Refused};

/// What failed attempts at the code are counted under: no account can have this name.
const KEY: &str = "(first run)";

/// The first account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstAccount {
    /// The code that the box shows at its start.
    code: String,
    name: String,
    display_name: String,
    password: String,
}

/// Makes the first account, an administrator, and signs it in.
#[utoipa::path(post, path = "/setup/account", tag = "setup", request_body = FirstAccount,
    responses(
        (status = 200, body = SessionView),
        (status = 403, description = "`wrong-code`, `wrong-side`"),
        (status = 409, description = "`set-up-already`"),
        (status = 422, description = "`bad-field`"),
        (status = 429, description = "`too-many-attempts`"),
    ))]
pub(crate) async fn make_first_account(
    State(api): State<Api>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(given): Input<FirstAccount>,
) -> Result<Response, Refused> {
    let before = session_of(&headers, COOKIE_NAME);
    let made = api
        .prove(move |api| {
            let account = make(api, &visitor, given)?;
            begin(api, visitor, account, before)
        })
        .await?;
    Ok(made)
}

/// Whether somebody holds the first-run code, and sits where the box is looked after.
///
/// # Errors
/// [`Code::WrongSide`], [`Code::SetUpAlready`], [`Code::WrongCode`]; [`Code::TooManyAttempts`] after too many
/// of these.
pub(super) fn check_code(api: &Api, visitor: &Visitor, typed: &str) -> Result<(), Problem> {
    if !Role::Admin.works_from(visitor.side) {
        return Err(Code::WrongSide.into());
    }
    api.attempt(KEY, visitor.address, || {
        let code = api.ports.first_run.code().ok_or(Code::SetUpAlready)?;
        let is_it = code.is(&TypedCode::typed(typed));
        is_it
            .then_some(())
            .ok_or_else(|| Problem::from(Code::WrongCode))
    })
}

fn make(
    api: &Api,
    visitor: &Visitor,
    given: FirstAccount,
) -> Result<lachan_store::Account, Problem> {
    check_code(api, visitor, &given.code)?;
    let password = hashed(api, "password", &given.password, &given.name)?;
    let language = visitor.language.unwrap_or(Language::Vietnamese);
    let act = Act {
        author: author(&given.display_name, &given.name),
        role: authority(Role::Admin),
        at: api.unix(),
    };
    let new = NewAccount {
        name: given.name,
        display_name: given.display_name,
        role: Role::Admin.id().to_owned(),
        groups: Vec::new(),
        until: None,
        password,
        must_change_password: false,
        language: language.tag().to_owned(),
    };
    let made = api
        .store
        .add_first_account(&act, new)
        .map_err(fault::of_account)?;
    api.ports.first_run.done();
    Ok(made)
}
