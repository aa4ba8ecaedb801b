//! What every request passes on its way in and out, in this order:
//!
//! ```text
//!  address ─► rate ─► host ─► origin, our header ─► side ─► session ─► account ─► role ─► handler
//!      └──────────────┴─ problem, in the reader's language ◄─┴──────────────┴─────────┘
//! ```
//!
//! A request that fails at one is told by a stable code, and no handler sees it.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use lachan_store::{SessionHash, SignedIn};
use lachan_web::serve::browser::{
    check_origin, host_of, language_of, language_tagged, name_of, session_of,
};
use lachan_web::serve::{Refused, told};
use lachan_web::{Code, Language, Problem, Role};

use crate::access::{self, Access};
use crate::caller::{Caller, Peer, Visitor};
use crate::routes::session;
use crate::state::Api;

/// The path all routes stand below.
pub(crate) const BASE: &str = "/api/v1";
/// The cookie. `__Host-` holds a browser to this very host, over TLS, and the whole of it.
pub(crate) const COOKIE_NAME: &str = "__Host-lachan";
/// How often it is noted that somebody was seen, in seconds: a card is not written for every request.
const NOTED_EACH: i64 = 300;

/// The guard of all routes below [`BASE`].
pub(crate) async fn guard(State(api): State<Api>, request: Request, next: Next) -> Response {
    let wanted = language_of(request.headers());
    let mut language = wanted.unwrap_or_else(|| school_language(&api));
    let response = match admit(&api, request, wanted).await {
        Ok(request) => {
            let visitor = request.extensions().get::<Visitor>();
            language = visitor.map_or(language, |visitor| visitor.spoken);
            next.run(request).await
        }
        Err(problem) => Refused(problem).into_response(),
    };
    told(response, language)
}

/// The language that stands first where nobody chose one.
pub(crate) fn school_language(api: &Api) -> Language {
    match api.ports.school.language() {
        lachan_config::Language::Vietnamese => Language::Vietnamese,
        lachan_config::Language::English => Language::English,
    }
}

/// A language as the settings know it.
pub(crate) const fn of_config(language: Language) -> lachan_config::Language {
    match language {
        Language::Vietnamese => lachan_config::Language::Vietnamese,
        Language::English => lachan_config::Language::English,
    }
}

/// Lets a request in, with who makes it, or says why not.
async fn admit(
    api: &Api,
    mut request: Request,
    wanted: Option<Language>,
) -> Result<Request, Problem> {
    let peer = request.extensions().get::<Peer>().copied();
    let Some(Peer(address)) = peer else {
        tracing::error!("a request came without its address");
        return Err(Code::Internal.into());
    };
    if !api.may_ask(address) {
        return Err(Problem::from(Code::TooManyRequests).retry_after(2));
    }
    check_host(api, &request)?;
    check_origin(request.method(), request.uri(), request.headers())?;
    let access = access_of(&request)?;
    let side = api.ports.place.side(address);
    let caller = match session_of(request.headers(), COOKIE_NAME) {
        Some(id) => signed_in(api, SessionHash(id.hash())).await?,
        None => None,
    };
    // A session that was begun elsewhere does not work from a pupils' network.
    let caller = caller.filter(|caller| access != Access::Anyone || caller.role.works_from(side));
    if access != Access::Anyone {
        let caller = caller.as_ref().ok_or(Code::SignedOut)?;
        if !caller.role.works_from(side) {
            return Err(Code::WrongSide.into());
        }
        if !access.admits(caller.role) {
            return Err(Code::NotAllowed.into());
        }
        if access != Access::Own {
            check_complete(api, caller)?;
        }
    }
    let own = caller
        .as_ref()
        .and_then(|caller| language_tagged(&caller.account.language));
    request.extensions_mut().insert(Visitor {
        address,
        side,
        language: wanted,
        spoken: own.or(wanted).unwrap_or_else(|| school_language(api)),
        caller,
    });
    Ok(request)
}

/// An account that is not what it has to be yet does nothing but become so.
pub(crate) fn check_complete(api: &Api, caller: &Caller) -> Result<(), Problem> {
    if caller.account.must_change_password {
        return Err(Code::PasswordChangeRequired.into());
    }
    if session::needs_totp(api, &caller.account, caller.role) {
        return Err(Code::TotpSetupRequired.into());
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
fn check_host(api: &Api, request: &Request) -> Result<(), Problem> {
    let host = host_of(request.uri(), request.headers()).unwrap_or_default();
    let name = name_of(&host);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<std::net::IpAddr>().is_ok() || api.ports.place.is_own_name(name) {
        return Ok(());
    }
    Err(Problem::from(Code::WrongOrigin).with_detail(
        "hộp không mang tên này; hãy mở bằng địa chỉ IP, hoặc thêm tên vào [web] names",
        "the box has no such name; open it by its IP address, or add the name to [web] names",
    ))
}

/// Who is signed in by a session that still holds.
async fn signed_in(api: &Api, hash: SessionHash) -> Result<Option<Caller>, Problem> {
    api.work(move |api| {
        let found = api.ask(|reader| reader.session(&hash))?;
        let now = api.unix();
        let Some((found, role)) = found.and_then(|found| holding(found, now)) else {
            return Ok(None);
        };
        if let Some(now) = now
            && found
                .seen_at
                .is_none_or(|seen| (now - seen).abs() >= NOTED_EACH)
        {
            let noted = api.store.note_seen(hash, now);
            noted.map_err(|error| crate::fault::of_database(&error))?;
        }
        Ok(Some(Caller {
            account: found.account,
            role,
            session: hash,
        }))
    })
    .await
}

/// The session with its role, if neither it nor the account has ended.
pub(crate) fn holding(found: SignedIn, now: Option<i64>) -> Option<(SignedIn, Role)> {
    let role = Role::named(&found.account.role)?;
    let ends = session::bounds(role);
    let is_over = |at: Option<i64>, most: i64| {
        // Without a clock a session holds as long as the program runs; see `end_undated_sessions`.
        // A clock that jumped far back makes nobody's session younger.
        at.zip(now)
            .is_some_and(|(at, now)| !(-most..most).contains(&(now - at)))
    };
    let is_stale = is_over(found.made_at, ends.longest) || is_over(found.seen_at, ends.idle);
    let holds = !is_stale && session::account_holds(&found.account, now);
    holds.then_some((found, role))
}
