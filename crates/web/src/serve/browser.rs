//! What a browser says about itself: which host it means, from which page it comes, its session's cookie, the
//! language its owner reads.

use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method, Uri};

use crate::{Code, Language, Problem, SessionId};

/// What our own pages send with every change; no form or link of another site can.
const OURS: HeaderName = HeaderName::from_static("x-lachan");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The authority somebody asked for: of the URI over HTTP/2, of `Host` before it.
#[must_use]
pub fn host_of(uri: &Uri, headers: &HeaderMap) -> Option<String> {
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
#[must_use]
pub fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// A change comes from our own page: the browser says so, and the page sends our header.
///
/// # Errors
/// [`Code::WrongOrigin`].
pub fn check_origin(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
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

/// The session of the cookie of this name.
#[must_use]
pub fn session_of(headers: &HeaderMap, cookie: &str) -> Option<SessionId> {
    SessionId::from_text(cookie_of(headers, cookie)?)
}

/// What a browser keeps under a name.
#[must_use]
pub fn cookie_of<'h>(headers: &'h HeaderMap, cookie: &str) -> Option<&'h str> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, _)| name.trim() == cookie)?;
    Some(found.1.trim())
}

/// The first language of ours that a browser asks for (RFC 9110 §12.5.4).
#[must_use]
pub fn language_of(headers: &HeaderMap) -> Option<Language> {
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
#[must_use]
pub fn language_tagged(tag: &str) -> Option<Language> {
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
    use axum::http::HeaderValue;

    const COOKIE_NAME: &str = "__Host-lachan";

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
        assert_eq!(
            session_of(&headers(&[("cookie", &cookie)]), COOKIE_NAME),
            Some(id)
        );
        for none in ["", "a=b", "__Host-lachan=x", "x__Host-lachan=AAAA"] {
            assert_eq!(
                session_of(&headers(&[("cookie", none)]), COOKIE_NAME),
                None,
                "{none}"
            );
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
