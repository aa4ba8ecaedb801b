//! What every request passes on its way in and out, in this order:
//!
//! ```text
//!  address ─► rate ─► host ─► origin, our header ─► side ─► session ─► account ─► role ─► handler
//!      └──────────────┴─ problem, in the reader's language ◄─┴──────────────┴─────────┘
//! ```
//!
//! A request that fails at one is told by a stable code, and no handler sees it.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use lachan_store::{SessionHash, SignedIn};
use lachan_web::{Code, Language, Problem, Role, SessionId};

use crate::access::{self, Access};
use crate::caller::{Caller, Peer, Visitor};
use crate::reply::{self, Refused};
use crate::routes::session;
use crate::state::Api;

/// The path all routes stand below.
pub(crate) const BASE: &str = "/api/v1";
/// The cookie. `__Host-` holds a browser to this very host, over TLS, and the whole of it.
pub(crate) const COOKIE_NAME: &str = "__Host-lachan";
/// What our own pages send with every change; no form or link of another site can.
const OURS: HeaderName = HeaderName::from_static("x-lachan");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
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

/// Writes problems in the reader's language, and sees to it that nobody keeps an answer.
fn told(response: Response, language: Language) -> Response {
    let refused = response.extensions().get::<Refused>().cloned();
    let is_foreign = response.status().is_client_error() || response.status().is_server_error();
    let mut response = match refused {
        Some(Refused(problem)) => {
            let mut told = reply::written(&problem, language);
            // A refused sign-in may still end a session.
            told.headers_mut().extend(
                response
                    .headers()
                    .iter()
                    .filter(|(name, _)| *name == axum::http::header::SET_COOKIE)
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            told
        }
        None if is_foreign => reply::written(&reply::of_status(response.status()), language),
        None => response,
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
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
    let caller = match session_of(request.headers()) {
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

/// The authority somebody asked for: of the URI over HTTP/2, of `Host` before it.
fn host_of(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let of_uri = uri
        .authority()
        .map(|authority| authority.as_str().to_owned());
    let of_header = || {
        headers
            .get(HOST)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    of_uri.or_else(of_header)
}

/// Without the port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// A change comes from our own page: the browser says so, and the page sends our header.
fn check_origin(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = host_of(uri, headers).unwrap_or_default();
    let origin = text(&ORIGIN).map(|origin| origin.strip_prefix("https://") == Some(&host));
    let site = text(&FETCH_SITE).map(|site| site == "same-origin");
    let is_told = origin.is_some() || site.is_some();
    let is_own = origin.unwrap_or(true) && site.unwrap_or(true);
    if is_told && is_own && text(&OURS) == Some("1") {
        Ok(())
    } else {
        Err(Code::WrongOrigin.into())
    }
}

/// The session of the cookie.
pub(crate) fn session_of(headers: &HeaderMap) -> Option<SessionId> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, _)| name.trim() == COOKIE_NAME)?;
    SessionId::from_text(found.1.trim())
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

/// The first language of ours that a browser asks for (RFC 9110 §12.5.4).
fn language_of(headers: &HeaderMap) -> Option<Language> {
    let value = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(u32, Language)> = None;
    for part in value.split(',').take(32) {
        let (tag, weight) = part.split_once(';').unwrap_or((part, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(1_000, thousandths);
        let Some(language) = language_tagged(tag.trim()) else {
            continue;
        };
        if weight > 0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

fn thousandths(text: &str) -> u32 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse()) {
        ("0", Ok(part)) => part,
        ("1", Ok(0)) => 1_000,
        _ => 0,
    }
}

/// The language of a tag (RFC 5646), by its first part.
pub(crate) fn language_tagged(tag: &str) -> Option<Language> {
    let first = tag.split(['-', '_']).next().unwrap_or_default();
    match first.to_ascii_lowercase().as_str() {
        "vi" => Some(Language::Vietnamese),
        "en" => Some(Language::English),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    fn check(all: &[(&'static str, &str)], good: bool) {
        let uri = Uri::from_static("/api/v1/session");
        let checked = check_origin(&Method::POST, &uri, &headers(all));
        assert_eq!(checked.is_ok(), good, "{all:?}");
        assert!(check_origin(&Method::GET, &uri, &headers(all)).is_ok());
    }

    #[test]
    fn only_our_own_page_changes_anything() {
        let host = ("host", "10.0.0.1:8444");
        let own = ("origin", "https://10.0.0.1:8444");
        let ours = ("x-lachan", "1");
        check(&[host, own, ours], true);
        check(&[host, ("sec-fetch-site", "same-origin"), ours], true);
        check(&[host, own, ("sec-fetch-site", "same-origin"), ours], true);
        check(&[host, own], false);
        check(&[host, ours], false);
        check(&[own, ours], false);
        check(&[host, ("origin", "https://10.0.0.1"), ours], false);
        check(&[host, ("origin", "http://10.0.0.1:8444"), ours], false);
        check(&[host, ("origin", "null"), ours], false);
        check(&[host, ("origin", "https://evil.example"), ours], false);
        check(&[host, ("sec-fetch-site", "same-site"), ours], false);
        check(&[host, own, ("sec-fetch-site", "cross-site"), ours], false);
        check(&[host, own, ("x-lachan", "2")], false);
    }

    #[test]
    fn the_port_is_no_part_of_a_name() {
        for (host, name) in [
            ("lachan.lan:8444", "lachan.lan"),
            ("lachan.lan", "lachan.lan"),
            ("[fd00::1]:8444", "[fd00::1]"),
            ("[fd00::1]", "[fd00::1]"),
            ("", ""),
        ] {
            assert_eq!(name_of(host), name);
        }
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let id = SessionId::new([7; 32]);
        let cookie = format!("a=b; {COOKIE_NAME}={}; c=d", id.to_text());
        assert_eq!(session_of(&headers(&[("cookie", &cookie)])), Some(id));
        for none in ["", "a=b", "__Host-lachan=x", "x__Host-lachan=AAAA"] {
            assert_eq!(session_of(&headers(&[("cookie", none)])), None, "{none}");
        }
    }

    #[test]
    fn the_reader_s_language_is_heeded() {
        for (value, expected) in [
            ("vi-VN,vi;q=0.9,en;q=0.8", Some(Language::Vietnamese)),
            ("en-US,en;q=0.9,vi;q=0.8", Some(Language::English)),
            ("fr,en;q=0.2,vi;q=0.5", Some(Language::Vietnamese)),
            ("en;q=0,vi;q=0.1", Some(Language::Vietnamese)),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(
                language_of(&headers(&[("accept-language", value)])),
                expected,
                "{value}"
            );
        }
    }
}
