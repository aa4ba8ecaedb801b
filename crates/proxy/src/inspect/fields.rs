//! HTTP/2's fields as HTTP/1.1, and back. Pure.
//!
//! Where a proxy copies what it did not check, an HTTP/2 field becomes a second HTTP/1.1 request
//! (mitmproxy GHSA-847f-9342-265h). So every part is held against the grammar of HTTP/1.1 before it
//! is written, and the gate reads what was written as strictly as anything else.

use http::{HeaderMap, HeaderName, HeaderValue, Response as Answer, StatusCode};

use crate::http::raw::{
    Framing, Head, Known, MAX_FIELDS, MAX_HEAD, Method, Request, Response, decimal, is_target,
    is_token, is_value,
};
use crate::http::{Authority, Refusal};

/// Fields that a request gets of us: `Host`, and how its body is framed.
const WRITTEN: usize = 2;

/// A field: its name and its value.
pub(super) type Pair<'f> = (&'f [u8], &'f [u8]);

/// A request as HTTP/2 has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a [u8],
    pub(super) scheme: &'a [u8],
    pub(super) authority: Option<&'a [u8]>,
    pub(super) path: &'a [u8],
    /// Whether the request ends with its head.
    pub(super) ends: bool,
}

/// A request as HTTP/1.1 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rebuilt {
    pub(super) head: Vec<u8>,
    pub(super) method: Method,
    /// How its body is framed.
    pub(super) framing: Framing,
}

/// Writes a request anew.
///
/// # Errors
/// [`Refusal`]: what RFC 9113 §8.2 and §8.3 call malformed, and what HTTP/1.1 could not carry.
pub(super) fn rebuild(asked: &Asked<'_>, fields: &[Pair<'_>]) -> Result<Rebuilt, Refusal> {
    // The host and the body's length are written beside them.
    if fields.len() + WRITTEN > MAX_FIELDS {
        return Err(Refusal::TooManyFields);
    }
    let method = method(asked)?;
    if asked.scheme != b"https" {
        return Err(Refusal::Scheme);
    }
    let authority = authority(asked, fields)?;
    let framing = framing(asked, fields)?;
    let mut head = Vec::with_capacity(512);
    for part in [asked.method, b" ", asked.path, b" HTTP/1.1\r\n"] {
        head.extend_from_slice(part);
    }
    put(&mut head, b"Host", authority.to_string().as_bytes());
    let mut cookies = Vec::new();
    for &(name, value) in fields {
        if !checked(name, value)? {
            continue;
        }
        if name.eq_ignore_ascii_case(b"cookie") {
            // RFC 9113 §8.2.3: crumbs become one field.
            if !cookies.is_empty() {
                cookies.extend_from_slice(b"; ");
            }
            cookies.extend_from_slice(value);
        } else {
            put(&mut head, name, value);
        }
    }
    if !cookies.is_empty() {
        put(&mut head, b"Cookie", &cookies);
    }
    match framing {
        Framing::Chunked => put(&mut head, b"Transfer-Encoding", b"chunked"),
        Framing::Length(length) if !asked.ends || has_length(&head, length) => {
            put(&mut head, b"Content-Length", length.to_string().as_bytes());
        }
        Framing::Length(_) | Framing::UntilClose => {}
    }
    head.extend_from_slice(b"\r\n");
    if head.len() > MAX_HEAD {
        return Err(Refusal::HeadTooLong);
    }
    Ok(Rebuilt {
        head,
        method,
        framing,
    })
}

/// Whether a request without a body says so: servers want it of methods that have one as a rule.
fn has_length(head: &[u8], length: u64) -> bool {
    length == 0
        && [&b"POST "[..], b"PUT ", b"PATCH "]
            .iter()
            .any(|m| head.starts_with(m))
}

/// The method, and that the path fits it.
fn method(asked: &Asked<'_>) -> Result<Method, Refusal> {
    if !is_token(asked.method) {
        return Err(Refusal::StartLine);
    }
    if matches!(asked.method, b"CONNECT" | b"TRACE" | b"TRACK") {
        return Err(Refusal::Method);
    }
    let is_of_server = asked.path == b"*" && asked.method == b"OPTIONS";
    let is_path = asked.path.starts_with(b"/") && is_target(asked.path);
    if !is_of_server && !is_path {
        return Err(Refusal::Target);
    }
    Ok(match asked.method {
        b"GET" => Method::Get,
        b"HEAD" => Method::Head,
        b"OPTIONS" => Method::Options,
        _ => Method::Other,
    })
}

/// The one host: `:authority`, `host`, or both where they say the same (RFC 9113 §8.3.1).
fn authority(asked: &Asked<'_>, fields: &[Pair<'_>]) -> Result<Authority, Refusal> {
    const HTTPS: u16 = 443;
    let mut hosts = fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"host"));
    let (first, second) = (hosts.next(), hosts.next());
    let host = first.map(|(_, value)| Authority::read(value)).transpose()?;
    let authority = asked.authority.map(Authority::read).transpose()?;
    match (authority, host, second) {
        (_, _, Some(_)) | (None, None, None) => Err(Refusal::HostCount),
        (Some(one), Some(other), None) if !one.is_same(&other, HTTPS) => Err(Refusal::HostDiffers),
        (Some(one), _, None) | (None, Some(one), None) => Ok(one),
    }
}

/// How the body will be framed: by its length where that is told, else in chunks.
fn framing(asked: &Asked<'_>, fields: &[Pair<'_>]) -> Result<Framing, Refusal> {
    let mut lengths = fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"content-length"));
    let told = match (lengths.next(), lengths.next()) {
        (None, _) => None,
        (Some((_, value)), None) => Some(decimal(value).ok_or(Refusal::Length)?),
        (Some(_), Some(_)) => return Err(Refusal::Length),
    };
    match (told, asked.ends) {
        (Some(0) | None, true) => Ok(Framing::Length(0)),
        (Some(_), true) => Err(Refusal::Length),
        (Some(length), false) => Ok(Framing::Length(length)),
        (None, false) => Ok(Framing::Chunked),
    }
}

/// Whether a field is passed on; what may not stand in HTTP/2 at all is refused (RFC 9113 §8.2).
fn checked(name: &[u8], value: &[u8]) -> Result<bool, Refusal> {
    if !is_token(name) || name.iter().any(u8::is_ascii_uppercase) {
        return Err(Refusal::Field);
    }
    if !is_value(value) {
        return Err(Refusal::Control);
    }
    match name {
        b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade" => {
            Err(Refusal::Field)
        }
        b"te" if !value.eq_ignore_ascii_case(b"trailers") => Err(Refusal::Field),
        // Written anew; bodies are sent on without being asked for.
        b"te" | b"host" | b"content-length" | b"expect" => Ok(false),
        _ => Ok(true),
    }
}

fn put(head: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for part in [name, b": ", value, b"\r\n"] {
        head.extend_from_slice(part);
    }
}

/// The head of a response, for HTTP/2. What was for the one connection stays behind.
pub(super) fn answer(bytes: &[u8], head: &Head, response: &Response) -> Option<Answer<()>> {
    let mut fields = HeaderMap::with_capacity(head.fields().len());
    for field in head.fields() {
        if field.known.is_ours() {
            continue;
        }
        let name = HeaderName::from_bytes(field.name.of(bytes)).ok()?;
        let value = HeaderValue::from_bytes(field.value.of(bytes)).ok()?;
        fields.append(name, value);
    }
    if let Some(length) = response.told_length.filter(|_| response.status != 204) {
        fields.insert(http::header::CONTENT_LENGTH, length.into());
    }
    let mut answer = Answer::new(());
    *answer.status_mut() = StatusCode::from_u16(response.status).ok()?;
    *answer.headers_mut() = fields;
    Some(answer)
}

/// Any bytes as the fields of a request: lines `name:value`, the first four the method, the
/// authority, the path and whether a body follows.
///
/// # Panics
/// When what is written does not read back as one request of the same kind.
pub fn fuzz_fields(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let mut next = || lines.next().unwrap_or_default();
    let (method, authority, path, ends) = (next(), next(), next(), next());
    let asked = Asked {
        method,
        scheme: b"https",
        authority: (!authority.is_empty()).then_some(authority),
        path,
        ends: ends.is_empty(),
    };
    let fields = lines.filter(|line| !line.is_empty()).map(|line| {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.unwrap_or(line.len()));
        (name, value.get(1..).unwrap_or_default())
    });
    let fields: Vec<Pair<'_>> = fields.collect();
    let Ok(rebuilt) = rebuild(&asked, &fields) else {
        return;
    };
    let mut head = Head::default();
    let read = head.read(&rebuilt.head).expect("what is written is strict");
    assert_eq!(read, Some(rebuilt.head.len()), "one head was written");
    let request = Request::read(&rebuilt.head, &head).expect("and is one request");
    assert_eq!(request.framing, rebuilt.framing);
    assert_eq!(request.method, rebuilt.method);
    assert!(
        request.websocket.is_none() && !request.absolute && request.persistent && !request.expects
    );
    if path.starts_with(b"/") {
        assert_eq!(request.path(&rebuilt.head).map(str::as_bytes), Some(path));
    }
    let single = |known| head.values(&rebuilt.head, known).count();
    assert_eq!(single(Known::Host), 1, "one host");
    assert_eq!(single(Known::Connection) + single(Known::Upgrade), 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_most_fields_are_no_more_than_the_gate_reads() {
        let line = b"a:b\n".repeat(MAX_FIELDS);
        for count in MAX_FIELDS - 4..=MAX_FIELDS {
            let mut bytes = b"POST\nhoc.vn\n/\nbody\n".to_vec();
            bytes.extend(&line[..4 * count]);
            fuzz_fields(&bytes);
        }
    }

    fn asked(path: &'static str, ends: bool) -> Asked<'static> {
        Asked {
            method: b"GET",
            scheme: b"https",
            authority: Some(b"hoc.vn"),
            path: path.as_bytes(),
            ends,
        }
    }

    fn of(asked: &Asked<'_>, fields: &[(&str, &str)]) -> Result<String, Refusal> {
        let fields = fields.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes()));
        let fields: Vec<Pair<'_>> = fields.collect();
        let rebuilt = rebuild(asked, &fields)?;
        Ok(String::from_utf8(rebuilt.head).unwrap())
    }

    #[test]
    fn a_request_becomes_one_of_http_1() {
        let fields = [
            ("accept", "*/*"),
            ("cookie", "a=1"),
            ("te", "trailers"),
            ("cookie", "b=2"),
        ];
        let expected =
            "GET /x?y HTTP/1.1\r\nHost: hoc.vn\r\naccept: */*\r\nCookie: a=1; b=2\r\n\r\n";
        assert_eq!(of(&asked("/x?y", true), &fields), Ok(expected.to_owned()));
        let chunked = of(&asked("/", false), &[]).unwrap();
        assert!(
            chunked.contains("Transfer-Encoding: chunked\r\n"),
            "{chunked}"
        );
        let length = of(&asked("/", false), &[("content-length", "7")]).unwrap();
        assert!(length.contains("Content-Length: 7\r\n"), "{length}");
        assert!(!length.contains("chunked"));
    }

    #[test]
    fn what_could_become_a_second_request_is_refused() {
        for field in [
            ("a", "b\r\nGET /evil HTTP/1.1"),
            ("a\r\nb", "c"),
            ("a", "b\0"),
            ("a", "b\nc"),
            ("a b", "c"),
            ("", "c"),
            ("A", "c"),
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
            ("upgrade", "websocket"),
            ("te", "gzip"),
            ("content-length", "+1"),
            ("content-length", "1"),
            ("host", "other.vn"),
            (":path", "/evil"),
        ] {
            let refused = of(&asked("/", true), &[field]);
            assert!(refused.is_err(), "{field:?}: {refused:?}");
        }
        for path in ["", "x", "/a b", "/a\r\nb", "http://x/", "*"] {
            assert!(of(&asked(path, true), &[]).is_err(), "{path:?}");
        }
        let twice = [("content-length", "1"), ("content-length", "1")];
        assert_eq!(of(&asked("/", false), &twice), Err(Refusal::Length));
        for method in [&b"CONNECT"[..], b"TRACE", b"GET /", b""] {
            let asked = Asked {
                method,
                ..asked("/", true)
            };
            assert!(of(&asked, &[]).is_err());
        }
        for authority in [None, Some(&b"a@b"[..]), Some(b"a b"), Some(b"a\r\n")] {
            let asked = Asked {
                authority,
                ..asked("/", true)
            };
            assert!(of(&asked, &[]).is_err());
        }
    }

    proptest! {
        #[test]
        fn whatever_is_rebuilt_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            fuzz_fields(&bytes);
        }

        #[test]
        fn what_looks_like_fields_reads_back(
            method in "(GET|POST|OPTIONS|PUT)", host in "[a-z]{1,8}(\\.[a-z]{2})?(:[0-9]{1,4})?",
            path in "/[!-~]{0,20}", body in "1?", fields in "([a-z-]{1,16}:[ -~\\r\\t]{0,20}\n){0,6}",
        ) {
            fuzz_fields(format!("{method}\n{host}\n{path}\n{body}\n{fields}").as_bytes());
        }
    }
}
