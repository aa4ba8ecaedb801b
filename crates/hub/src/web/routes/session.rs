//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use lachan_web::serve::browser::{language_tagged, session_of};
use lachan_web::serve::{Input, Refused};
use lachan_web::{Code, FieldFault, Problem, SessionId, TotpSecret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::AccountView;
use super::units::UnitView;
use crate::accounts::{Account, CodeTaken, Secrets};
use crate::web::caller::{Caller, Visitor};
use crate::web::guard::{self, COOKIE_NAME, LONGEST, account_holds, needs_totp};
use crate::web::state::Hub;
use crate::web::{device, fault};
use crate::{accounts, id, units};

/// Seconds for which a password holds that was given to somebody to be changed: three days.
const ONE_TIME_HOLDS: i64 = 72 * 3_600;
/// Longest text that is looked at as a name.
const LONGEST_NAME: usize = 64;

/// How the hub stands towards whoever asks.
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
    /// What the hub is called.
    hub: String,
    /// `vi` or `en`.
    language: &'static str,
    account: Option<AccountView>,
    /// The unit that the account's part of the tree begins at.
    unit: Option<UnitView>,
    /// Whether one-time codes have to be set up before anything else.
    totp_required: bool,
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
    State(hub): State<Hub>,
    visitor: Visitor,
) -> Result<Json<SessionView>, Refused> {
    Ok(Json(view(&hub, &visitor).await?))
}

/// Signs in.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignIn,
    responses(
        (status = 200, body = SessionView),
        (status = 401, description = "`wrong-credentials`, `totp-required`"),
        (status = 429, description = "`too-many-attempts`, with `Retry-After`"),
    ))]
pub(crate) async fn sign_in(
    State(hub): State<Hub>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(given): Input<SignIn>,
) -> Result<Response, Refused> {
    let before = session_of(&headers, COOKIE_NAME);
    let account = prove(&hub, &visitor, &headers, given).await?;
    let name = account.name.clone();
    let mut response = begin(&hub, visitor, account, before).await?;
    let known = device::cookie(hub.device_key().await?.as_bytes(), &name);
    let known = HeaderValue::try_from(known.map_err(fault::of_random)?);
    let known = known.map_err(|_| Refused(Code::Internal.into()))?;
    response.headers_mut().append(SET_COOKIE, known);
    Ok(response)
}

/// Signs out: the session ends.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
pub(crate) async fn sign_out(State(hub): State<Hub>, caller: Caller) -> Result<Response, Refused> {
    let ended = accounts::end_session(&hub.storage, &caller.session).await;
    ended.map_err(fault::of_storage)?;
    let gone = format!("{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, gone)]).into_response())
}

/// The account whose name, password and code these are. Whatever is wrong of name and password, the same is told after the
/// same time.
async fn prove(
    hub: &Hub,
    visitor: &Visitor,
    headers: &HeaderMap,
    given: SignIn,
) -> Result<Account, Problem> {
    let name: String = given
        .name
        .trim()
        .chars()
        .take(LONGEST_NAME)
        .flat_map(char::to_lowercase)
        .collect();
    let counted_as = device::counted_as(hub.device_key().await?.as_bytes(), headers, &name);
    let proved = prove_named(hub, &name, given);
    hub.attempt(&counted_as, visitor.address, proved).await
}

/// As [`prove`], by a name as it is kept.
async fn prove_named(hub: &Hub, name: &str, given: SignIn) -> Result<Account, Problem> {
    let found = accounts::named(&hub.storage, name)
        .await
        .map_err(fault::of_storage)?;
    let stored = found.as_ref().map(|(_, secrets)| secrets.password.clone());
    let is_proved = hub.proves(given.password, stored).await?;
    let now = hub.now();
    let (account, secrets) = match found {
        Some((account, secrets))
            if is_proved
                && account_holds(&account, now)
                && password_holds(&account, &secrets, now) =>
        {
            (account, secrets)
        }
        _ => return Err(Code::WrongCredentials.into()),
    };
    if let Some(secret) = secrets.totp.map(TotpSecret::from_bytes) {
        let code = given.totp.as_deref().filter(|code| !code.trim().is_empty());
        let code = code.ok_or(Code::TotpRequired)?;
        take_code(hub, &account, &secret, code).await?;
    }
    Ok(account)
}

/// Whether a password that was given to somebody for once may still be used: a letter that lay about opens nothing.
fn password_holds(account: &Account, secrets: &Secrets, now: i64) -> bool {
    !account.must_change_password || now - secrets.password_at < ONE_TIME_HOLDS
}

/// Takes a one-time code, once, on whichever instance.
///
/// # Errors
/// [`Code::WrongCredentials`] with the field; [`Code::TooManyAttempts`] after wrong codes with the right password.
pub(super) async fn take_code(
    hub: &Hub,
    account: &Account,
    secret: &TotpSecret,
    code: &str,
) -> Result<(), Problem> {
    let now = hub.now();
    let step = secret.step_of(code, now);
    let taken = accounts::take_code(&hub.storage, account, step, now).await;
    match taken.map_err(fault::of_storage)? {
        CodeTaken::Taken => Ok(()),
        CodeTaken::Locked { seconds } => {
            Err(Problem::from(Code::TooManyAttempts).retry_after(seconds))
        }
        CodeTaken::Wrong => {
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
    }
}

/// Begins a session in the place of the one that this browser had.
pub(crate) async fn begin(
    hub: &Hub,
    mut visitor: Visitor,
    account: Account,
    before: Option<SessionId>,
) -> Result<Response, Problem> {
    let new = SessionId::new(id::random().map_err(fault::of_random)?);
    let hash = guard::hashed(&new);
    let before = before.map(|before| guard::hashed(&before));
    let now = hub.now();
    let begun = accounts::begin_session(
        &hub.storage,
        &account,
        &hash,
        before.as_deref(),
        now,
        now - LONGEST,
    );
    if !begun.await.map_err(fault::of_storage)? {
        return Err(Problem::from(Code::Busy).retry_after(1));
    }
    let cookie = format!(
        "{COOKIE_NAME}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={LONGEST}",
        new.to_text(),
    );
    visitor.caller = Some(Caller {
        account,
        session: hash,
    });
    let view = view(hub, &visitor).await?;
    Ok(([(SET_COOKIE, cookie)], Json(view)).into_response())
}

async fn view(hub: &Hub, visitor: &Visitor) -> Result<SessionView, Problem> {
    let caller = visitor.caller.as_ref();
    let state = match caller {
        Some(_) => SessionState::SignedIn,
        None if accounts::is_empty(&hub.storage)
            .await
            .map_err(fault::of_storage)? =>
        {
            SessionState::Setup
        }
        None => SessionState::SignedOut,
    };
    let unit = match caller {
        Some(caller) => {
            let found = units::one(&hub.storage, &caller.account.unit).await;
            found.map_err(fault::of_storage)?
        }
        None => None,
    };
    let own = caller.and_then(|caller| language_tagged(&caller.account.language));
    Ok(SessionView {
        state,
        hub: hub.settings.name.clone(),
        language: own.unwrap_or(visitor.spoken).tag(),
        account: caller.map(|caller| AccountView::of(&caller.account)),
        unit: unit.as_ref().map(UnitView::of),
        totp_required: caller.is_some_and(|caller| needs_totp(&caller.account)),
    })
}
