//! Accounts of a part of the tree, for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lachan_web::serve::{Asked, At, Input, Refused, Version};
use lachan_web::{FieldFault, Problem, TypedCode, password};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{next, rows};
use crate::accounts::{self, Account, AccountChange, AccountRefusal, NewAccount};
use crate::id;
use crate::role::{Role, Roles};
use crate::web::caller::Caller;
use crate::web::fault;
use crate::web::state::Hub;

/// The language of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LanguageTag {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl LanguageTag {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

/// A role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleId {
    Administrator,
    Editor,
    Approver,
    Operator,
    Analyst,
    Intake,
    Viewer,
}

impl RoleId {
    const fn role(self) -> Role {
        match self {
            Self::Administrator => Role::Administrator,
            Self::Editor => Role::Editor,
            Self::Approver => Role::Approver,
            Self::Operator => Role::Operator,
            Self::Analyst => Role::Analyst,
            Self::Intake => Role::Intake,
            Self::Viewer => Role::Viewer,
        }
    }
}

fn roles_of(ids: &[RoleId]) -> Result<Roles, Problem> {
    let roles: Vec<Role> = ids.iter().map(|id| id.role()).collect();
    Roles::new(&roles).map_err(|error| fault::of_account(AccountRefusal::Roles(error)))
}

/// An account as people see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AccountView {
    id: String,
    /// The unit that its part of the tree begins at.
    unit: String,
    /// By which she signs in.
    name: String,
    display_name: String,
    /// `administrator`, or some of `editor`, `approver`, `operator`, `analyst`, `intake`, `viewer`.
    roles: Vec<&'static str>,
    /// Unix seconds from which nobody signs in by it.
    until: Option<i64>,
    /// Whether it asks for one-time codes.
    totp: bool,
    must_change_password: bool,
    /// `vi` or `en`.
    language: String,
    /// Unix seconds, to some minutes.
    last_seen: Option<i64>,
    version: i64,
}

impl AccountView {
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            id: account.id.clone(),
            unit: account.unit.clone(),
            name: account.name.clone(),
            display_name: account.display_name.clone(),
            roles: account.roles.all().iter().map(|role| role.id()).collect(),
            until: account.until,
            totp: account.has_totp,
            must_change_password: account.must_change_password,
            language: account.language.clone(),
            last_seen: (account.seen_at > 0).then_some(account.seen_at),
            version: account.version,
        }
    }
}

/// Accounts at and below a unit.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountList {
    items: Vec<AccountView>,
    /// What `after` is for the next page.
    next: Option<String>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountPage {
    /// At most so many rows, up to 200.
    limit: Option<u32>,
    /// Only those behind this one: `next` of the page before.
    after: Option<String>,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountWish {
    name: String,
    display_name: String,
    roles: Vec<RoleId>,
    /// Unix seconds.
    until: Option<i64>,
    language: Option<LanguageTag>,
}

/// What of an account is to change; `until: null` takes its end away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEdit {
    display_name: Option<String>,
    roles: Option<Vec<RoleId>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    until: Option<Option<i64>>,
    language: Option<LanguageTag>,
}

/// Tells `null` from what is not there.
fn given<'d, D: Deserializer<'d>>(from: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// An account with the one-time password it was given.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewPassword {
    /// Shown this once; it has to be changed at the first sign-in.
    password: String,
    account: AccountView,
}

/// Accounts at and below a unit.
#[utoipa::path(get, path = "/units/{unit}/accounts", tag = "accounts",
    params(("unit" = String, Path), AccountPage), responses((status = 200, body = AccountList)))]
pub(crate) async fn list(
    State(hub): State<Hub>,
    At(unit): At<String>,
    Asked(page): Asked<AccountPage>,
) -> Result<Json<AccountList>, Refused> {
    let limit = rows(page.limit);
    let after = page.after.unwrap_or_default();
    let found = accounts::below(&hub.storage, &unit, &after, limit).await;
    let found = found.map_err(fault::of_storage)?;
    Ok(Json(AccountList {
        next: next(&found, limit, |account| account.id.clone()),
        items: found.iter().map(AccountView::of).collect(),
    }))
}

/// Makes an account of a unit, with a one-time password.
#[utoipa::path(post, path = "/units/{unit}/accounts", tag = "accounts", request_body = AccountWish,
    params(("unit" = String, Path)),
    responses(
        (status = 201, body = NewPassword),
        (status = 409, description = "`name-taken`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn make(
    State(hub): State<Hub>,
    caller: Caller,
    At(unit): At<String>,
    Input(wish): Input<AccountWish>,
) -> Result<(StatusCode, Json<NewPassword>), Refused> {
    check_end(wish.until, hub.now())?;
    // A hash for a name that is refused would be in vain.
    accounts::check_name(&wish.name).map_err(fault::of_account)?;
    let roles = roles_of(&wish.roles)?;
    let (password, hash) = one_time_password(&hub).await?;
    let new = NewAccount {
        id: hub.id()?,
        name: wish.name,
        display_name: wish.display_name,
        roles,
        language: wish.language.unwrap_or(LanguageTag::Vi).id().to_owned(),
        password: hash,
        must_change_password: true,
        until: wish.until,
    };
    let made = accounts::add(&hub.storage, &caller.act(hub.now()), &unit, new).await;
    let made = made.map_err(|failed| fault::of(failed, fault::of_account))?;
    let account = AccountView::of(&made);
    Ok((StatusCode::CREATED, Json(NewPassword { password, account })))
}

/// Changes an account.
#[utoipa::path(patch, path = "/units/{unit}/accounts/{account}", tag = "accounts", request_body = AccountEdit,
    params(("unit" = String, Path), ("account" = String, Path), ("If-Match" = String, Header)),
    responses(
        (status = 200, body = AccountView),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`last-admin`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 422, description = "`bad-field`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn change(
    State(hub): State<Hub>,
    caller: Caller,
    At((unit, account)): At<(String, String)>,
    Version(version): Version,
    Input(edit): Input<AccountEdit>,
) -> Result<Json<AccountView>, Refused> {
    check_end(edit.until.flatten(), hub.now())?;
    let change = AccountChange {
        display_name: edit.display_name,
        roles: edit.roles.as_deref().map(roles_of).transpose()?,
        language: edit.language.map(|tag| tag.id().to_owned()),
        until: edit.until,
    };
    let act = caller.act(hub.now());
    let changed = accounts::change(&hub.storage, &act, &unit, &account, version, change).await;
    let changed = changed.map_err(|failed| fault::of(failed, fault::of_account))?;
    Ok(Json(AccountView::of(&changed)))
}

/// Removes an account; its sessions end.
#[utoipa::path(delete, path = "/units/{unit}/accounts/{account}", tag = "accounts",
    params(("unit" = String, Path), ("account" = String, Path), ("If-Match" = String, Header)),
    responses(
        (status = 204),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`last-admin`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn remove(
    State(hub): State<Hub>,
    caller: Caller,
    At((unit, account)): At<(String, String)>,
    Version(version): Version,
) -> Result<StatusCode, Refused> {
    let act = caller.act(hub.now());
    let removed = accounts::remove(&hub.storage, &act, &unit, &account, version).await;
    removed.map_err(|failed| fault::of(failed, fault::of_account))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an account a one-time password; its sessions end.
#[utoipa::path(post, path = "/units/{unit}/accounts/{account}/password", tag = "accounts",
    params(("unit" = String, Path), ("account" = String, Path)),
    responses((status = 200, body = NewPassword), (status = 404, description = "`not-found`")))]
pub(crate) async fn reset_password(
    State(hub): State<Hub>,
    caller: Caller,
    At((unit, account)): At<(String, String)>,
) -> Result<Json<NewPassword>, Refused> {
    let (password, hash) = one_time_password(&hub).await?;
    let act = caller.act(hub.now());
    let set =
        accounts::set_password(&hub.storage, &act, (&unit, &account), &hash, true, None).await;
    let set = set.map_err(|failed| fault::of(failed, fault::of_account))?;
    let account = AccountView::of(&set);
    Ok(Json(NewPassword { password, account }))
}

/// No end lies in the past.
fn check_end(until: Option<i64>, now: i64) -> Result<(), Problem> {
    match until {
        Some(until) if until <= now => Err(Problem::field(FieldFault::new(
            "until",
            "past",
            "ngày kết thúc đã qua",
            "the end lies in the past",
        ))),
        _ => Ok(()),
    }
}

/// A password that is given to somebody, with its hash.
async fn one_time_password(hub: &Hub) -> Result<(String, String), Problem> {
    let random = id::random().map_err(fault::of_random)?;
    let password = TypedCode::new(random).as_str().to_owned();
    let hash = hub.hash(password.clone()).await?;
    Ok((password, hash))
}

/// The hash of a password that somebody chose for an account, if it is taken.
pub(crate) async fn hashed(
    hub: &Hub,
    field: &'static str,
    password: String,
    name: &str,
) -> Result<String, Problem> {
    password::check(&password, name).map_err(|weak| fault::of_password(field, weak))?;
    hub.hash(password).await
}
