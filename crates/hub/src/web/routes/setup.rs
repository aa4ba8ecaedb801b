//! The first account, by the code that the hub shows at its start.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use lachan_web::serve::browser::session_of;
use lachan_web::serve::{Input, Refused};
use lachan_web::{Code, Problem, TypedCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::accounts::hashed;
use super::session::{SessionView, begin};
use crate::accounts::{self, Account, NewAccount};
use crate::audit::Act;
use crate::id;
use crate::role::{Role, Roles};
use crate::units::NewUnit;
use crate::web::caller::{Visitor, author};
use crate::web::fault;
use crate::web::guard::COOKIE_NAME;
use crate::web::state::Hub;

/// What tries of the code are counted under; no name of an account looks like it.
const KEY: &str = "\u{0}first-code";

/// The first account, and the root of the tree where there is none yet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstAccount {
    /// The code that the hub shows at its start.
    code: String,
    name: String,
    display_name: String,
    password: String,
    /// The name of the root: the department or ministry whose hub this is.
    unit_name: String,
    /// Its code.
    unit_code: String,
    /// The id of its kind.
    unit_kind: String,
}

/// Makes the first account, an administrator of the whole tree, and signs it in.
#[utoipa::path(post, path = "/setup/account", tag = "setup", request_body = FirstAccount,
    responses(
        (status = 200, body = SessionView),
        (status = 403, description = "`wrong-code`"),
        (status = 409, description = "`set-up-already`"),
        (status = 422, description = "`bad-field`"),
        (status = 429, description = "`too-many-attempts`"),
    ))]
pub(crate) async fn make_first_account(
    State(hub): State<Hub>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(given): Input<FirstAccount>,
) -> Result<Response, Refused> {
    let before = session_of(&headers, COOKIE_NAME);
    let account = make(&hub, &visitor, given).await?;
    Ok(begin(&hub, visitor, account, before).await?)
}

async fn make(hub: &Hub, visitor: &Visitor, given: FirstAccount) -> Result<Account, Problem> {
    let checked = async {
        let random = id::random().map_err(fault::of_random)?;
        let code = accounts::first_code(&hub.storage, random)
            .await
            .map_err(fault::of_storage)?;
        let code = code.ok_or(Code::SetUpAlready)?;
        let is_it = code.is(&TypedCode::typed(&given.code));
        is_it
            .then_some(())
            .ok_or_else(|| Problem::from(Code::WrongCode))
    };
    hub.attempt(KEY, visitor.address, checked).await?;
    let password = hashed(hub, "password", given.password, &given.name).await?;
    let act = Act {
        account: hub.id()?,
        author: author(&given.display_name, &given.name),
        at: hub.now(),
        standing: None,
    };
    let root = NewUnit {
        id: hub.id()?,
        kind: given.unit_kind,
        code: given.unit_code,
        name: given.unit_name,
    };
    let roles = Roles::new(&[Role::Administrator]).map_err(|_| Code::Internal)?;
    let new = NewAccount {
        id: act.account.clone(),
        name: given.name,
        display_name: given.display_name,
        roles,
        language: visitor.language.unwrap_or_default().tag().to_owned(),
        password,
        must_change_password: false,
        until: None,
    };
    let made = accounts::add_first(&hub.storage, &act, root, new).await;
    made.map_err(|failed| fault::of(failed, fault::of_account))
}
