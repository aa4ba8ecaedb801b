//! Accounts, for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lachan_policy::GroupId;
use lachan_store::{Account, AccountChange, NewAccount};
use lachan_web::{Code, FieldFault, Problem, Role, TypedCode, password};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::fault;
use crate::state::Api;
use lachan_web::serve::{At, Input, Refused, Version};

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

/// The role of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleId {
    Admin,
    Teacher,
    Counsellor,
    Principal,
    Inspector,
}

impl RoleId {
    const fn role(self) -> Role {
        match self {
            Self::Admin => Role::Admin,
            Self::Teacher => Role::Teacher,
            Self::Counsellor => Role::Counsellor,
            Self::Principal => Role::Principal,
            Self::Inspector => Role::Inspector,
        }
    }
}

/// An account as people see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AccountView {
    id: i64,
    /// By which she signs in.
    name: String,
    display_name: String,
    /// `admin`, `teacher`, `counsellor`, `principal` or `inspector`.
    role: String,
    /// Numbers of the groups she works with.
    groups: Vec<u32>,
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
            id: account.id,
            name: account.name.clone(),
            display_name: account.display_name.clone(),
            role: account.role.clone(),
            groups: account.groups.iter().map(|group| group.0).collect(),
            until: account.until,
            totp: account.has_totp,
            must_change_password: account.must_change_password,
            language: account.language.clone(),
            last_seen: account.last_seen,
            version: account.version,
        }
    }
}

/// All accounts.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountList {
    items: Vec<AccountView>,
    /// Always `null`: there are few enough for one page.
    next: Option<i64>,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountWish {
    name: String,
    display_name: String,
    role: RoleId,
    #[serde(default)]
    groups: Vec<u32>,
    /// Unix seconds; an inspector's account must have one.
    until: Option<i64>,
    language: Option<LanguageTag>,
}

/// What of an account is to change; `until: null` takes its end away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEdit {
    display_name: Option<String>,
    role: Option<RoleId>,
    groups: Option<Vec<u32>>,
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

/// All accounts.
#[utoipa::path(get, path = "/accounts", tag = "accounts", responses((status = 200, body = AccountList)))]
pub(crate) async fn list(State(api): State<Api>) -> Result<Json<AccountList>, Refused> {
    let all = api.work(|api| api.ask(|reader| reader.accounts())).await?;
    let items = all.iter().map(AccountView::of).collect();
    Ok(Json(AccountList { items, next: None }))
}

/// Makes an account with a one-time password.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = AccountWish,
    responses(
        (status = 201, body = NewPassword),
        (status = 409, description = "`name-taken`, `too-many`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn make(
    State(api): State<Api>,
    caller: Caller,
    Input(wish): Input<AccountWish>,
) -> Result<(StatusCode, Json<NewPassword>), Refused> {
    let made = api
        .prove(move |api| make_account(api, &caller, wish))
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

fn make_account(api: &Api, caller: &Caller, wish: AccountWish) -> Result<NewPassword, Problem> {
    check_end(api, wish.role.role(), wish.until)?;
    // Names are judged by the store; a hash for one that is refused would be in vain.
    lachan_store::check_account_name(&wish.name)
        .map_err(|error| fault::of_account(error.into()))?;
    let (password, hash) = one_time_password(api)?;
    let new = NewAccount {
        name: wish.name,
        display_name: wish.display_name,
        role: wish.role.role().id().to_owned(),
        groups: group_ids(wish.groups),
        until: wish.until,
        password: hash,
        must_change_password: true,
        language: wish.language.unwrap_or(LanguageTag::Vi).id().to_owned(),
    };
    let made = api
        .store
        .add_account(&api.act(caller), new)
        .map_err(fault::of_account)?;
    Ok(NewPassword {
        password,
        account: AccountView::of(&made),
    })
}

/// Changes an account.
#[utoipa::path(patch, path = "/accounts/{id}", tag = "accounts", request_body = AccountEdit,
    params(("id" = i64, Path), ("If-Match" = String, Header)),
    responses(
        (status = 200, body = AccountView),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`last-admin`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 422, description = "`bad-field`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<i64>,
    Version(version): Version,
    Input(edit): Input<AccountEdit>,
) -> Result<Json<AccountView>, Refused> {
    let changed = api
        .work(move |api| {
            let found = api.ask(|reader| reader.account(id))?;
            let (now, _) = found.ok_or(Code::NotFound)?;
            let role = edit
                .role
                .map(RoleId::role)
                .or_else(|| Role::named(&now.role));
            let until = edit.until.unwrap_or(now.until);
            if edit.role.is_some() || edit.until.is_some() {
                check_end(api, role.unwrap_or(Role::Inspector), until)?;
            }
            let change = AccountChange {
                display_name: edit.display_name,
                role: edit.role.map(|role| role.role().id().to_owned()),
                groups: edit.groups.map(group_ids),
                until: edit.until,
                language: edit.language.map(|tag| tag.id().to_owned()),
            };
            let changed = api
                .store
                .change_account(&api.act(&caller), id, version, change);
            changed.map_err(fault::of_account)
        })
        .await?;
    Ok(Json(AccountView::of(&changed)))
}

/// Removes an account; its sessions end.
#[utoipa::path(delete, path = "/accounts/{id}", tag = "accounts",
    params(("id" = i64, Path), ("If-Match" = String, Header)),
    responses(
        (status = 204),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`last-admin`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn remove(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<i64>,
    Version(version): Version,
) -> Result<StatusCode, Refused> {
    api.work(move |api| {
        let removed = api.store.remove_account(&api.act(&caller), id, version);
        removed.map_err(fault::of_account)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an account a one-time password; its sessions end.
#[utoipa::path(post, path = "/accounts/{id}/password", tag = "accounts",
    params(("id" = i64, Path)),
    responses((status = 200, body = NewPassword), (status = 404, description = "`not-found`")))]
pub(crate) async fn reset_password(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<i64>,
) -> Result<Json<NewPassword>, Refused> {
    let reset = api
        .prove(move |api| {
            let found = api.ask(|reader| reader.account(id))?;
            found.ok_or(Code::NotFound)?;
            let (password, hash) = one_time_password(api)?;
            let set = api
                .store
                .set_password(&api.act(&caller), id, hash, true, None);
            let account = AccountView::of(&set.map_err(fault::of_account)?);
            Ok(NewPassword { password, account })
        })
        .await?;
    Ok(Json(reset))
}

fn group_ids(numbers: Vec<u32>) -> Vec<GroupId> {
    let mut groups: Vec<_> = numbers.into_iter().map(GroupId).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// The longest that an account with an end lasts, in seconds: a year.
const LONGEST_TERM: i64 = 366 * 86_400;

/// An inspector's account ends by itself, and no end lies in the past.
fn check_end(api: &Api, role: Role, until: Option<i64>) -> Result<(), Problem> {
    let fault =
        |code, vi: &str, en: &str| Err(Problem::field(FieldFault::new("until", code, vi, en)));
    match (until, api.unix()) {
        (None, _) if role.must_end() => fault(
            "required",
            "tài khoản thanh tra phải có ngày kết thúc",
            "an inspector's account has to have an end",
        ),
        (Some(until), Some(now)) if until <= now => {
            fault("past", "ngày kết thúc đã qua", "the end lies in the past")
        }
        (Some(until), Some(now)) if until > now.saturating_add(LONGEST_TERM) => fault(
            "too-late",
            "ngày kết thúc xa nhất là một năm nữa",
            "the end is at most a year away",
        ),
        _ => Ok(()),
    }
}

/// A password that is given to somebody, with its hash.
fn one_time_password(api: &Api) -> Result<(String, String), Problem> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| fault::of_random(&error))?;
    let password = TypedCode::new(random).as_str().to_owned();
    let hash = hash(api, &password)?;
    Ok((password, hash))
}

/// The hash of a password that somebody chose for an account, if it is taken.
pub(crate) fn hashed(
    api: &Api,
    field: &'static str,
    password: &str,
    name: &str,
) -> Result<String, Problem> {
    password::check(password, name).map_err(|weak| fault::of_password(field, weak))?;
    hash(api, password)
}

fn hash(api: &Api, password: &str) -> Result<String, Problem> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| fault::of_random(&error))?;
    api.hasher.hash(password, salt).map_err(fault::of_hash)
}
