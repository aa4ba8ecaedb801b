//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use lachan_store::{Account, Secrets, SessionHash, Stale};
use lachan_web::{Code, FieldFault, Problem, Role, SessionId, Side, TotpSecret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::AccountView;
use crate::caller::{Caller, Visitor};
use crate::fault;
use crate::guard::COOKIE_NAME;
use crate::state::Api;
use lachan_web::serve::browser::{language_tagged, session_of};
use lachan_web::serve::{Input, Refused};

/// Longest text that is looked at as a name or code.
const LONGEST: usize = 64;
/// The longest a session holds whatever its role, in seconds.
const WEEK: i64 = 7 * 86_400;

/// When a session ends, in seconds.
pub(crate) struct Bounds {
    /// After it was made.
    pub(crate) longest: i64,
    /// After its owner was seen last.
    pub(crate) idle: i64,
}

/// When sessions of a role end: a teacher keeps her phone signed in over the week; who could change
/// everything, or reads what children confide, signs in again after a break.
pub(crate) const fn bounds(role: Role) -> Bounds {
    match role {
        Role::Admin | Role::Counsellor => Bounds {
            longest: 12 * 3_600,
            idle: 2 * 3_600,
        },
        Role::Teacher | Role::Principal | Role::Inspector => Bounds {
            longest: WEEK,
            idle: 2 * 86_400,
        },
    }
}

/// Whether an account's end has not come; without a clock an end counts as come.
pub(crate) fn account_holds(account: &Account, now: Option<i64>) -> bool {
    account
        .until
        .is_none_or(|until| now.is_some_and(|now| now < until))
}

/// Whether an account has to set up one-time codes before anything else. Not while the box does not
/// know the time: no code could be proved.
pub(crate) fn needs_totp(api: &Api, account: &Account, role: Role) -> bool {
    !account.has_totp
        && role.needs_totp_on_flat_network()
        && api.ports.place.is_flat()
        && api.now().is_some()
}

/// How the box stands towards whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SessionState {
    /// Nobody has an account yet.
    Setup,
    /// Nobody is signed in here.
    SignedOut,
    /// Somebody is signed in here.
    SignedIn,
}

/// Who is signed in, and what a page needs before anybody is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    state: SessionState,
    /// `management`, `staff` or `pupils`, by the address of whoever asks.
    side: &'static str,
    /// The school's name.
    school: String,
    /// `vi` or `en`.
    language: &'static str,
    account: Option<AccountView>,
    /// Whether one-time codes have to be set up before anything else.
    totp_required: bool,
    /// Whether nothing parts the management side from pupils' networks.
    flat_network: bool,
}

/// By what somebody signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    name: String,
    password: String,
    /// The six digits of the phone, for accounts that ask for them.
    totp: Option<String>,
}

/// Who is signed in here, and what a page needs before anybody is.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = SessionView)))]
pub(crate) async fn state(
    State(api): State<Api>,
    visitor: Visitor,
) -> Result<Json<SessionView>, Refused> {
    let view = api.work(move |api| view(api, &visitor)).await?;
    Ok(Json(view))
}

/// Signs in.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignIn,
    responses(
        (status = 200, body = SessionView),
        (status = 401, description = "`wrong-credentials`, `totp-required`"),
        (status = 403, description = "`wrong-side`"),
        (status = 429, description = "`too-many-attempts`, with `Retry-After`"),
    ))]
pub(crate) async fn sign_in(
    State(api): State<Api>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(given): Input<SignIn>,
) -> Result<Response, Refused> {
    let before = session_of(&headers, COOKIE_NAME);
    let signed = api
        .prove(move |api| {
            let account = prove(api, &visitor, &given)?;
            begin(api, visitor, account, before)
        })
        .await?;
    Ok(signed)
}

/// Signs out: the session ends.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
pub(crate) async fn sign_out(State(api): State<Api>, caller: Caller) -> Result<Response, Refused> {
    api.work(move |api| {
        let ended = api.store.end_session(caller.session);
        ended.map_err(|error| fault::of_database(&error))
    })
    .await?;
    let gone = format!("{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, gone)]).into_response())
}

/// The account whose name, password and code these are. Whatever is wrong of name and password, the
/// same is told after the same time.
fn prove(api: &Api, visitor: &Visitor, given: &SignIn) -> Result<Account, Problem> {
    let name: String = given
        .name
        .trim()
        .chars()
        .take(LONGEST)
        .flat_map(char::to_lowercase)
        .collect();
    // Nobody works from there, so nobody there learns whether a password is right, or locks a name.
    if visitor.side == Side::Pupils {
        return Err(Code::WrongSide.into());
    }
    api.attempt(&name, visitor.address, || {
        prove_named(api, visitor, given, &name)
    })
}

/// As [`prove`], by a name as it is kept.
fn prove_named(
    api: &Api,
    visitor: &Visitor,
    given: &SignIn,
    name: &str,
) -> Result<Account, Problem> {
    let found = api.ask(|reader| reader.account_named(name))?;
    let stored = found.as_ref().map(|(_, secrets)| secrets.password.as_str());
    let is_proved = api
        .hasher
        .proves(&given.password, stored)
        .map_err(fault::of_hash)?;
    let role = found
        .as_ref()
        .and_then(|(account, _)| Role::named(&account.role));
    let holds = |account: &Account| account_holds(account, api.unix());
    let (account, secrets, role) = match (found, role) {
        (Some((account, secrets)), Some(role)) if is_proved && holds(&account) => {
            (account, secrets, role)
        }
        _ => return Err(Code::WrongCredentials.into()),
    };
    if !role.works_from(visitor.side) {
        return Err(Code::WrongSide.into());
    }
    if let Some(secret) = secrets_totp(&secrets) {
        let code = given.totp.as_deref().filter(|code| !code.trim().is_empty());
        let code = code.ok_or(Code::TotpRequired)?;
        take_code(api, account.id, &secret, code)?;
    }
    Ok(account)
}

fn secrets_totp(secrets: &Secrets) -> Option<TotpSecret> {
    secrets.totp.clone().map(TotpSecret::from_bytes)
}

/// Takes a one-time code, once.
fn take_code(api: &Api, account: i64, secret: &TotpSecret, code: &str) -> Result<(), Problem> {
    let now = api.unix().ok_or(Code::ClockUnknown)?;
    let step = secret.step_of(code, now);
    let taken = match step {
        Some(step) => api.store.take_totp_step(account, step),
        None => Ok(false),
    };
    if taken.map_err(|error| fault::of_database(&error))? {
        return Ok(());
    }
    let fault = FieldFault::new(
        "totp",
        "wrong-code",
        "mã không đúng hoặc đã dùng rồi; hãy đợi mã tiếp theo",
        "the code is wrong or was used already; wait for the next one",
    );
    Err(Problem {
        fields: vec![fault],
        ..Code::WrongCredentials.into()
    })
}

/// Begins a session in the place of the one that this browser had.
pub(crate) fn begin(
    api: &Api,
    mut visitor: Visitor,
    account: Account,
    before: Option<SessionId>,
) -> Result<Response, Problem> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| fault::of_random(&error))?;
    let id = SessionId::new(random);
    let hash = SessionHash(id.hash());
    let saved = |saved: Result<(), lachan_store::DbError>| {
        saved.map_err(|error| fault::of_database(&error))
    };
    if let Some(before) = before {
        saved(api.store.end_session(SessionHash(before.hash())))?;
    }
    let now = api.unix();
    let stale = now.map(|now| Stale {
        made: now - WEEK,
        seen: now - WEEK,
    });
    let begun = api
        .store
        .begin_session(account.id, account.version, hash, now, stale);
    if !begun.map_err(|error| fault::of_database(&error))? {
        return Err(Problem::from(Code::Busy).retry_after(1));
    }
    let Some(role) = Role::named(&account.role) else {
        return Err(Code::Internal.into());
    };
    let cookie = format!(
        "{COOKIE_NAME}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={}",
        id.to_text(),
        bounds(role).longest
    );
    visitor.caller = Some(Caller {
        account,
        role,
        session: hash,
    });
    let view = view(api, &visitor)?;
    Ok(([(SET_COOKIE, cookie)], Json(view)).into_response())
}

fn view(api: &Api, visitor: &Visitor) -> Result<SessionView, Problem> {
    let caller = visitor.caller.as_ref();
    let state = match caller {
        Some(_) => SessionState::SignedIn,
        None if api.ask(|reader| reader.accounts())?.is_empty() => SessionState::Setup,
        None => SessionState::SignedOut,
    };
    let own = caller.and_then(|caller| language_tagged(&caller.account.language));
    Ok(SessionView {
        state,
        side: visitor.side.id(),
        school: api.ports.school.name(),
        language: own.unwrap_or(visitor.spoken).tag(),
        account: caller.map(|caller| AccountView::of(&caller.account)),
        totp_required: caller.is_some_and(|caller| needs_totp(api, &caller.account, caller.role)),
        flat_network: api.ports.place.is_flat(),
    })
}
