//! Writing messages: every one that leaves is made anew from what was read, so that whoever reads it
//! next reads the same. What was for one connection only stays behind (RFC 9110 §7.6.1).

use std::io::Write as _;

use super::field::Known;
use super::grammar::list;
use super::host::Authority;
use super::lines::{Field, Head};
use super::request::{Framing, Method, Request, Target, Version};
use super::response::Response;

/// Codings of bodies that scanners and browsers both know. Others (`dcb`, `dcz`, `compress`) are not
/// asked for.
const CODINGS: [&[u8]; 6] = [b"gzip", b"x-gzip", b"br", b"zstd", b"deflate", b"identity"];

/// What a request is changed to beyond what every request is.
#[derive(Debug, Default, Clone)]
pub(crate) struct Changes {
    /// The path with its query, where it is another.
    pub(crate) path: Option<String>,
    /// The value of `YouTube-Restrict` that takes the place of the client's.
    pub(crate) youtube: Option<&'static str>,
    /// Whether the whole is asked for where the client asked for a part.
    pub(crate) whole: bool,
}

/// How a response's body is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// None; a length may be told all the same.
    None(Option<u64>),
    /// So many bytes.
    Length(u64),
    /// In chunks.
    Chunked,
    /// Up to the end of the connection.
    UntilClose,
}

/// What is said to a client of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) version: Version,
    /// Whether the connection lives on.
    pub(crate) persistent: bool,
}

/// The name by which this proxy stands in `Via`.
#[derive(Debug, Clone)]
pub(crate) struct Via {
    name: String,
    line: Vec<u8>,
}

impl Via {
    /// `name` is a token; whatever else stands in it is left out.
    pub(crate) fn new(name: &str) -> Self {
        let name: String = name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
            .collect();
        let line = format!("Via: 1.1 {name}\r\n").into_bytes();
        Self { name, line }
    }

    /// Whether a message was here before.
    pub(crate) fn is_in(&self, bytes: &[u8], head: &Head) -> bool {
        let mut hops = head.values(bytes, Known::Via).flat_map(list);
        hops.any(|hop| {
            let mut words = hop
                .split(|byte| matches!(byte, b' ' | b'\t'))
                .filter(|w| !w.is_empty());
            let by = words.nth(1).unwrap_or_default();
            by.eq_ignore_ascii_case(self.name.as_bytes())
        })
    }
}

/// Writes a request for an upstream.
pub(crate) fn request(
    out: &mut Vec<u8>,
    bytes: &[u8],
    head: &Head,
    request: &Request,
    authority: &Authority,
    changes: &Changes,
    via: &Via,
) {
    out.extend_from_slice(request.verb.of(bytes));
    out.push(b' ');
    match (&changes.path, request.target) {
        (Some(path), _) => out.extend_from_slice(path.as_bytes()),
        (None, Target::Server) => out.push(b'*'),
        (None, Target::Path(span)) if !span.is_empty() => out.extend_from_slice(span.of(bytes)),
        (None, _) => out.push(b'/'),
    }
    // A `Vec` takes whatever is written.
    let _ = write!(out, " HTTP/1.1\r\nHost: {authority}\r\n");
    let named = Named::new(bytes, head);
    for field in head.fields() {
        if passes(field, bytes, request, changes) && !named.has(field) {
            write_field(out, bytes, field);
        }
    }
    put_codings(out, bytes, head);
    if let Some(value) = changes.youtube {
        put(out, "YouTube-Restrict", value.as_bytes());
    }
    if let Some(hops) = hops_left(bytes, head, request) {
        let _ = write!(out, "Max-Forwards: {hops}\r\n");
    }
    match request.framing {
        Framing::Chunked => put(out, "Transfer-Encoding", b"chunked"),
        // What has a length says so, were it zero: many servers want it of a POST.
        Framing::Length(length) if head.single(bytes, Known::ContentLength).is_some() => {
            put_number(out, "Content-Length", length);
        }
        Framing::Length(_) | Framing::UntilClose => {}
    }
    if request.websocket.is_some() {
        out.extend_from_slice(b"Connection: Upgrade\r\nUpgrade: websocket\r\n");
    }
    out.extend_from_slice(&via.line);
    out.extend_from_slice(b"\r\n");
}

/// What is left of `Max-Forwards`, which counts for OPTIONS only (RFC 9110 §7.6.2).
pub(crate) fn hops(bytes: &[u8], head: &Head) -> Option<u64> {
    super::grammar::decimal(head.single(bytes, Known::MaxForwards)?)
}

fn hops_left(bytes: &[u8], head: &Head, request: &Request) -> Option<u64> {
    let counts = request.method == Method::Options;
    hops(bytes, head)
        .filter(|_| counts)
        .map(|hops| hops.saturating_sub(1))
}

fn passes(field: &Field, bytes: &[u8], request: &Request, changes: &Changes) -> bool {
    let is_100 = |value: &[u8]| value.eq_ignore_ascii_case(b"100-continue");
    match field.known {
        Known::Expect => request.expects && is_100(field.value.of(bytes)),
        Known::AcceptEncoding => false,
        // Of other methods RFC 9110 §14.2 knows no ranges.
        Known::Range | Known::IfRange => !changes.whole && request.method == Method::Get,
        Known::YoutubeRestrict => changes.youtube.is_none(),
        known => !known.is_ours(),
    }
}

/// The fields that `Connection` names.
struct Named<'n> {
    bytes: &'n [u8],
    head: &'n Head,
    any: bool,
}

impl<'n> Named<'n> {
    fn new(bytes: &'n [u8], head: &'n Head) -> Self {
        let mut parts = head.values(bytes, Known::Connection).flat_map(list);
        let plain = |part: &[u8]| {
            let words = [&b"keep-alive"[..], b"close", b"upgrade"];
            words.iter().any(|word| part.eq_ignore_ascii_case(word))
        };
        let any = parts.any(|part| !plain(part));
        Self { bytes, head, any }
    }

    fn has(&self, field: &Field) -> bool {
        self.any
            && !field.known.is_kept_when_named()
            && self
                .head
                .lists(self.bytes, Known::Connection, field.name.of(self.bytes))
    }
}

/// Writes a response for the client.
pub(crate) fn response(
    out: &mut Vec<u8>,
    bytes: &[u8],
    head: &Head,
    response: &Response,
    body: Outgoing,
    said: Said,
    via: &Via,
) {
    // The version is ours, whatever the upstream's: RFC 9110 §6.2.
    let _ = write!(out, "HTTP/1.1 {} ", response.status);
    out.extend_from_slice(response.reason.of(bytes));
    out.extend_from_slice(b"\r\n");
    let named = Named::new(bytes, head);
    for field in head.fields() {
        if !field.known.is_ours() && !named.has(field) {
            write_field(out, bytes, field);
        }
    }
    match body {
        Outgoing::Length(length) | Outgoing::None(Some(length)) => {
            put_number(out, "Content-Length", length);
        }
        Outgoing::Chunked => put(out, "Transfer-Encoding", b"chunked"),
        Outgoing::None(None) | Outgoing::UntilClose => {}
    }
    out.extend_from_slice(&via.line);
    if response.status == 101 {
        out.extend_from_slice(b"Connection: Upgrade\r\nUpgrade: websocket\r\n");
    } else if !response.is_interim() {
        put_connection(out, said);
    }
    out.extend_from_slice(b"\r\n");
}

/// Says what becomes of the connection, where that is not understood by itself.
pub(crate) fn put_connection(out: &mut Vec<u8>, said: Said) {
    match (said.version, said.persistent) {
        (Version::Http11, true) | (Version::Http10, false) => {}
        (Version::Http11, false) => put(out, "Connection", b"close"),
        (Version::Http10, true) => put(out, "Connection", b"keep-alive"),
    }
}

fn write_field(out: &mut Vec<u8>, bytes: &[u8], field: &Field) {
    out.extend_from_slice(field.name.of(bytes));
    out.extend_from_slice(b": ");
    out.extend_from_slice(field.value.of(bytes));
    out.extend_from_slice(b"\r\n");
}

/// Writes a field. `name` and `value` are ours.
pub(crate) fn put(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn put_number(out: &mut Vec<u8>, name: &str, number: u64) {
    let _ = write!(out, "{name}: {number}\r\n");
}

/// Asks for those codings of the client's that are known here.
fn put_codings(out: &mut Vec<u8>, bytes: &[u8], head: &Head) {
    let mut asked = head.values(bytes, Known::AcceptEncoding).peekable();
    if asked.peek().is_none() {
        return;
    }
    out.extend_from_slice(b"Accept-Encoding: ");
    let before = out.len();
    let known = asked.flat_map(list).filter(|part| {
        let name = part.split(|byte| *byte == b';').next().unwrap_or_default();
        let name = super::grammar::trim(name);
        CODINGS
            .iter()
            .any(|coding| name.eq_ignore_ascii_case(coding))
    });
    for part in known {
        if out.len() > before {
            out.extend_from_slice(b", ");
        }
        out.extend_from_slice(part);
    }
    if out.len() == before {
        out.extend_from_slice(b"identity");
    }
    out.extend_from_slice(b"\r\n");
}

/// Begins a chunk of so many bytes; [`CHUNK_END`] ends it.
pub(crate) fn begin_chunk(out: &mut Vec<u8>, length: usize) {
    let _ = write!(out, "{length:x}\r\n");
}

/// Ends a chunk.
pub(crate) const CHUNK_END: &[u8] = b"\r\n";
/// Ends a body of chunks.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str, changes: &Changes) -> String {
        let bytes = text.as_bytes();
        let mut head = Head::default();
        head.read(bytes).unwrap().unwrap();
        let read = Request::read(bytes, &head).unwrap();
        let mut out = Vec::new();
        let via = Via::new("hop");
        let authority = read.authority.unwrap();
        request(&mut out, bytes, &head, &read, &authority, changes, &via);
        String::from_utf8(out).unwrap()
    }

    fn check(fields: &str, expected: &str) {
        let text = format!("GET /a HTTP/1.1\r\nHost: Hoc.VN:80\r\n{fields}\r\n");
        let got = rewritten(&text, &Changes::default());
        let expected =
            format!("GET /a HTTP/1.1\r\nHost: hoc.vn:80\r\n{expected}Via: 1.1 hop\r\n\r\n");
        assert_eq!(got, expected);
    }

    #[test]
    fn what_is_for_one_connection_stays_behind() {
        check(
            "Connection: keep-alive, X-Hop, Host, Authorization, Content-Type\r\nX-Hop: 1\r\n\
             Authorization: Basic x\r\nContent-Type: a/b\r\nKeep-Alive: 5\r\nProxy-Connection: a\r\n\
             Proxy-Authorization: Basic y\r\nTE: trailers\r\nTrailer: X\r\nHTTP2-Settings: AAA\r\n\
             Upgrade: h2c\r\nCookie: a=b\r\n",
            "Authorization: Basic x\r\nContent-Type: a/b\r\nCookie: a=b\r\n",
        );
    }

    #[test]
    fn only_codings_that_can_be_scanned_are_asked_for() {
        check(
            "Accept-Encoding: gzip, deflate, br;q=0.8, zstd, dcb, dcz, *\r\nAvailable-Dictionary: :x:\r\n",
            "Accept-Encoding: gzip, deflate, br;q=0.8, zstd\r\n",
        );
        check("Accept-Encoding: dcz\r\n", "Accept-Encoding: identity\r\n");
    }

    #[test]
    fn changes_are_made_and_the_length_is_told() {
        let changes = Changes {
            path: Some("/search?q=a&safe=active".into()),
            youtube: Some("Strict"),
            whole: true,
        };
        let text = "POST http://hoc.vn/x HTTP/1.1\r\nHost: hoc.vn\r\nRange: bytes=1-\r\nIf-Range: x\r\n\
                    YouTube-Restrict: none\r\nContent-Length: 000\r\n\r\n";
        assert_eq!(
            rewritten(text, &changes),
            "POST /search?q=a&safe=active HTTP/1.1\r\nHost: hoc.vn\r\nYouTube-Restrict: Strict\r\n\
             Content-Length: 0\r\nVia: 1.1 hop\r\n\r\n"
        );
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let text = "GET / HTTP/1.1\r\nHost: hoc.vn\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let again = rewritten(text, &Changes::default());
        let mut head = Head::default();
        head.read(again.as_bytes()).unwrap().unwrap();
        let read = Request::read(again.as_bytes(), &head).unwrap();
        assert!(read.websocket.is_some() && read.method == Method::Get);
        assert!(Via::new("HOP").is_in(again.as_bytes(), &head));
        assert!(!Via::new("other").is_in(again.as_bytes(), &head));
    }
}
