//! What every request of officers passes on its way in and out, in this order:
//!
//! ```text
//!  address ─► rate ─► host ─► origin, our header ─► session ─► account ─► role ─► scope ─► handler
//!      └──────────────┴─ problem, in the reader's language ◄─┴──────────────┴────────┘
//! ```
//!
//! A request that fails at one is told by a stable code, and no handler sees it.

use axum::RequestExt as _;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use lachan_web::serve::browser::{
    check_origin, host_of, language_of, language_tagged, name_of, session_of,
};
use lachan_web::serve::{Refused, told};
use lachan_web::{Code, Language, Problem, SessionId};

use super::access::{self, Access};
use super::caller::{Caller, Peer, Visitor};
use super::fault;
use super::state::Hub;
use crate::accounts::{Account, SignedIn};
use crate::{accounts, units};

/// The path all routes stand below.
pub(crate) const BASE: &str = "/api/v1";
/// The cookie. `__Host-` holds a browser to this very host, over TLS, and the whole of it.
pub(crate) const COOKIE_NAME: &str = "__Host-lachan-hub";
/// How long a session holds whatever its owner does, in seconds: a working day.
pub(crate) const LONGEST: i64 = 12 * 3_600;
/// How long it holds after its owner was seen last.
const IDLE: i64 = 2 * 3_600;
/// How often it is noted that somebody was seen, in seconds.
const NOTED_EACH: i64 = 300;

/// The guard of all routes below [`BASE`].
pub(crate) async fn guard(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let wanted = language_of(request.headers());
    let mut language = wanted.unwrap_or_default();
    let response = match admit(&hub, request, wanted, &mut language).await {
        Ok(request) => next.run(request).await,
        Err(problem) => Refused(problem).into_response(),
    };
    told(response, language)
}

/// Lets a request in, with who makes it, or says why not.
async fn admit(
    hub: &Hub,
    mut request: Request,
    wanted: Option<Language>,
    language: &mut Language,
) -> Result<Request, Problem> {
    let peer = request.extensions().get::<Peer>().copied();
    let Some(Peer(address)) = peer else {
        tracing::error!("a request came without its address");
        return Err(Code::Internal.into());
    };
    if !hub.may_ask(address) {
        return Err(Problem::from(Code::TooManyRequests).retry_after(2));
    }
    check_text(&request)?;
    check_host(hub, &request)?;
    check_origin(request.method(), request.uri(), request.headers())?;
    let access = access_of(&request)?;
    let caller = match session_of(request.headers(), COOKIE_NAME) {
        Some(id) => signed_in(hub, &hashed(&id)).await?,
        None => None,
    };
    let own = caller
        .as_ref()
        .and_then(|caller| language_tagged(&caller.account.language));
    // Whoever is refused is told in her own language, too.
    *language = own.or(wanted).unwrap_or_default();
    if access != Access::Anyone {
        let caller = caller.as_ref().ok_or(Code::SignedOut)?;
        if !access.admits(&caller.account.roles) {
            return Err(Code::NotAllowed.into());
        }
        if access != Access::Own {
            check_complete(&caller.account)?;
        }
        check_scope(hub, access, caller, &mut request).await?;
    }
    request.extensions_mut().insert(Visitor {
        address,
        language: wanted,
        spoken: *language,
        caller,
    });
    Ok(request)
}

/// The hash by which a session is known.
pub(crate) fn hashed(id: &SessionId) -> String {
    HEXLOWER.encode(&id.hash())
}

/// An account that is not what it has to be yet does nothing but become so.
fn check_complete(account: &Account) -> Result<(), Problem> {
    if account.must_change_password {
        return Err(Code::PasswordChangeRequired.into());
    }
    if needs_totp(account) {
        return Err(Code::TotpSetupRequired.into());
    }
    Ok(())
}

/// Whether an account has to set up one-time codes before anything else.
pub(crate) fn needs_totp(account: &Account) -> bool {
    account.roles.needs_totp() && !account.has_totp
}

/// Whether the unit of the path is at or below the account's; of one that is not, nothing is told, not even whether it is.
async fn check_scope(
    hub: &Hub,
    access: Access,
    caller: &Caller,
    request: &mut Request,
) -> Result<(), Problem> {
    let own = &caller.account.unit;
    if let Access::Everywhere(_) = access {
        let unit = units::one(&hub.storage, own)
            .await
            .map_err(fault::of_storage)?;
        let is_root = unit.is_some_and(|unit| unit.parent.is_none());
        return if is_root {
            Ok(())
        } else {
            Err(Code::OutOfScope.into())
        };
    }
    let path = request.extract_parts::<Path<Vec<(String, String)>>>().await;
    let Path(parts) = path.map_err(|_| Code::NotFound)?;
    let Some((_, unit)) = parts.iter().find(|(name, _)| name == "unit") else {
        return Ok(());
    };
    let within = units::is_within(&hub.storage, unit, own).await;
    if within.map_err(fault::of_storage)? {
        Ok(())
    } else {
        Err(Code::OutOfScope.into())
    }
}

/// Whether a unit that is named in a body is at or below the account's.
///
/// # Errors
/// [`Code::OutOfScope`].
pub(crate) async fn check_within(hub: &Hub, caller: &Caller, unit: &str) -> Result<(), Problem> {
    let within = units::is_within(&hub.storage, unit, &caller.account.unit).await;
    if within.map_err(fault::of_storage)? {
        Ok(())
    } else {
        Err(Code::OutOfScope.into())
    }
}

/// No text of ours holds a zero byte, and PostgreSQL takes none: refused before anything is asked of it.
fn check_text(request: &Request) -> Result<(), Problem> {
    let target = request.uri().path_and_query();
    let has_zero = target.is_some_and(|target| target.as_str().contains("%00"));
    if has_zero {
        return Err(Problem::from(Code::BadRequest).with_detail(
            "địa chỉ có ký tự không phải chữ",
            "the address holds a character that is no text",
        ));
    }
    Ok(())
}

fn access_of(request: &Request) -> Result<Access, Problem> {
    let matched = request.extensions().get::<MatchedPath>();
    let path = matched.and_then(|matched| matched.as_str().strip_prefix(BASE));
    let path = path.ok_or(Code::NotFound)?;
    let found = access::of(request.method().as_str(), path);
    found.ok_or_else(|| Code::MethodNotAllowed.into())
}

/// A site could give its own name our address ("DNS rebinding") and have a browser ask us under it.
fn check_host(hub: &Hub, request: &Request) -> Result<(), Problem> {
    let host = host_of(request.uri(), request.headers()).unwrap_or_default();
    let name = name_of(&host);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let is_ours = |own: &String| own.eq_ignore_ascii_case(name);
    if bare.parse::<std::net::IpAddr>().is_ok() || hub.settings.hosts.iter().any(is_ours) {
        return Ok(());
    }
    Err(Problem::from(Code::WrongOrigin).with_detail(
        "máy chủ không mang tên này; hãy thêm tên vào mục hosts của cấu hình",
        "the hub has no such name; add it to `hosts` of its settings",
    ))
}

/// Who is signed in by a session that still holds.
async fn signed_in(hub: &Hub, hash: &str) -> Result<Option<Caller>, Problem> {
    let found = accounts::session(&hub.storage, hash).await;
    let now = hub.now();
    let Some(found) = found
        .map_err(fault::of_storage)?
        .filter(|found| holds(found, now))
    else {
        return Ok(None);
    };
    if (now - found.seen_at).abs() >= NOTED_EACH {
        let noted = accounts::note_seen(&hub.storage, &found, now).await;
        noted.map_err(fault::of_storage)?;
    }
    Ok(Some(Caller {
        account: found.account,
        session: found.hash,
    }))
}

/// Whether neither a session nor its account has ended. A clock that jumped far back makes nobody's session younger.
fn holds(found: &SignedIn, now: i64) -> bool {
    let is_over = |at: i64, most: i64| !(-most..most).contains(&(now - at));
    !is_over(found.made_at, LONGEST)
        && !is_over(found.seen_at, IDLE)
        && account_holds(&found.account, now)
}

/// Whether an account's end has not come.
pub(crate) fn account_holds(account: &Account, now: i64) -> bool {
    account.until.is_none_or(|until| now < until)
}
