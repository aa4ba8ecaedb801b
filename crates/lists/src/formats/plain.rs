//! One bare entry: a name, an address, or a URL, as hosts, domain and UT1 files hold them.

use std::fmt::Write as _;
use std::net::IpAddr;

use lachan_policy::{Name, NameError, Scope};

use super::item::{Item, shortened};
use super::range;
use super::reason::Reason;

/// Most bytes of a name in any form: 253 characters (RFC 1035 §2.3.4) of four bytes, rounded up.
/// Turning Unicode to A-labels takes time that grows with the square of its length.
const MOST_HOST: usize = 1024;
/// Schemes whose host the filter sees.
const SCHEMES: [&str; 5] = ["http", "https", "ws", "wss", "ftp"];

/// A name with the project's marks (`*.`, `=`, a leading dot), an address block, or a URL.
pub(super) fn entry(text: &str) -> Result<Item, Reason> {
    if let Some(block) = range::of_entry(text) {
        return block.map(Item::Net);
    }
    if text.contains(['/', '?', '#']) {
        return url(text);
    }
    if let Some(name) = text.strip_prefix("*.") {
        return Ok(Item::block(host(name)?, Scope::Below));
    }
    if let Some(name) = text.strip_prefix('=') {
        return Ok(Item::block(host(name)?, Scope::Exact));
    }
    Ok(Item::block(
        host(text.strip_prefix('.').unwrap_or(text))?,
        Scope::Suffix,
    ))
}

/// A host name and nothing else.
pub(super) fn host(text: &str) -> Result<Name, Reason> {
    if text.len() > MOST_HOST {
        return Err(Reason::Name(NameError::TooLong));
    }
    Name::from_text(text).map_err(|error| match error {
        NameError::Character('*') => Reason::Wildcard,
        NameError::Character('@') => Reason::Email,
        NameError::Character(':') if has_port(text) => Reason::Port,
        NameError::Idna if text.contains('*') => Reason::Wildcard,
        NameError::Idna if text.contains('@') => Reason::Email,
        NameError::Idna if has_port(text) => Reason::Port,
        error => Reason::Name(error),
    })
}

fn has_port(text: &str) -> bool {
    let port = text.rsplit_once(':').map(|(_, port)| port);
    port.is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A URL with or without its scheme: a URL rule when it names more than the host, else the host.
pub(super) fn url(text: &str) -> Result<Item, Reason> {
    let rest = without_scheme(text)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    if authority.contains('@') {
        return Err(Reason::Email);
    }
    let (rest, fragment) = rest
        .split_once('#')
        .map_or((rest, None), |(rest, f)| (rest, Some(f)));
    let path = rest.strip_prefix('/').unwrap_or(rest);
    // `x/a#b` is a place in the page `x/a`. But `x/#b` would become the whole host, and `#/` and
    // `#!` are other pages of one application: those would block more than the list says.
    if fragment.is_some_and(|fragment| path.is_empty() || fragment.starts_with(['/', '!'])) {
        return Err(Reason::Fragment);
    }
    if let Some(address) = literal(authority) {
        let whole = path
            .is_empty()
            .then(|| range::AddressRange::new(address, address));
        return whole.ok_or(Reason::UrlOnAddress)?.map(Item::Net);
    }
    let host = host(authority)?;
    if path.is_empty() {
        return Ok(Item::block(host, Scope::Suffix));
    }
    if path.contains('*') {
        return Err(Reason::Wildcard);
    }
    Ok(Item::Url {
        host,
        path: encoded(path),
    })
}

fn without_scheme(text: &str) -> Result<&str, Reason> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok(text);
    };
    if scheme.contains(['/', '?', '#', '.']) {
        return Ok(text); // as in `x.vn/?to=http://y.vn`
    }
    let known = SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    if known {
        Ok(rest)
    } else {
        Err(Reason::Scheme(shortened(scheme, 20)))
    }
}

/// An address where a URL has its host; IPv6 stands in brackets (RFC 3986 §3.2.2).
pub(super) fn literal(authority: &str) -> Option<IpAddr> {
    let inner = authority
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(authority).parse().ok()
}

/// Non-ASCII characters as a browser sends them (WHATWG URL, UTF-8 percent-encode).
pub(super) fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for character in path.chars() {
        if character.is_ascii() {
            out.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let got = match entry(text) {
            Ok(Item::Name { name, scope, .. }) => scope.entry(&name),
            Ok(Item::Net(range)) => format!("net {range}"),
            Ok(Item::Url { host, path }) => format!("url {host} {path}"),
            Ok(other) => panic!("{other:?}"),
            Err(reason) => format!("! {}", reason.id()),
        };
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn names_carry_their_marks() {
        check("A.vn.", "a.vn");
        check(".a.vn", "a.vn");
        check("*.a.vn", "*.a.vn");
        check("=a.vn", "=a.vn");
        check("cốccốc.vn", "xn--cccc-0x5ac.vn");
        check("com", "com");
        check("..a.vn", "! name-empty-label");
        check("*a.vn", "! wildcard");
        check("a.*.vn", "! wildcard");
        check("*", "! wildcard");
        check("ố*.vn", "! wildcard");
        check("a@b.vn", "! email");
        check("a.vn:8080", "! port");
        check("a b.vn", "! name-character");
        check(&"ệ".repeat(20_000), "! name-too-long");
    }

    #[test]
    fn addresses_are_nets() {
        check("1.2.3.4", "net 1.2.3.4");
        check("1.2.3.0/30", "net 1.2.3.0-1.2.3.3");
        check("::1", "net ::1");
        check("http://1.2.3.4/", "net 1.2.3.4");
        check("http://[2001:db8::1]", "net 2001:db8::1");
        check("1.2.3.4/33", "! prefix-length");
    }

    #[test]
    fn a_url_stays_a_url() {
        check("http://a.vn/b", "url a.vn b");
        check("a.vn/b?c=D", "url a.vn b?c=D");
        check("a.vn/?c", "url a.vn ?c");
        check("a.vn?c", "url a.vn ?c");
        check("a.vn/b/", "url a.vn b/");
        check("a.vn/ệ", "url a.vn %E1%BB%87");
        check("a.vn/?to=http://b.vn/", "url a.vn ?to=http://b.vn/");
        check("a.vn/b#", "url a.vn b");
        check("a.vn/b#c", "url a.vn b");
        check("a.vn/x@y", "url a.vn x@y");
        check("HTTPS://A.vn/B", "url a.vn B");
    }

    #[test]
    fn only_scheme_and_host_are_the_host() {
        check("http://a.vn", "a.vn");
        check("https://a.vn/", "a.vn");
        check("a.vn/", "a.vn");
    }

    #[test]
    fn urls_that_would_block_more_than_they_say_are_refused() {
        check("a.vn/#", "! fragment");
        check("a.vn/#b", "! fragment");
        check("a.vn/b#/c", "! fragment");
        check("a.vn/b#!c", "! fragment");
        check("1.2.3.4/b", "! url-on-address");
        check("http://[::1]/b", "! url-on-address");
        check("http://a.vn:8080/b", "! port");
        check("http://u:p@a.vn/b", "! email");
        check("mailto://a.vn", "! scheme");
        check("a.vn/*", "! wildcard");
        check("*.a.vn/b", "! wildcard");
        check("/b", "! name-empty");
        check("http://", "! name-empty");
    }
}
