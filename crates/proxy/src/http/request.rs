//! A request, as far as its head tells: what is asked, of whom, how long its body is.
//!
//! Stricter than RFC 9112 asks of a recipient, on purpose: what two programs on the way could read
//! differently is refused (`reference/proxy.md`, 4.6). A request that was read can be written again
//! in exactly one way, see `write`.

use super::field::Known;
use super::grammar::{decimal, is_target, is_token};
use super::host::Authority;
use super::lines::{Head, Span};
use super::refusal::Refusal;
use super::websocket::Handshake;

/// Port of `http` where none is written.
pub(crate) const HTTP_PORT: u16 = 80;

/// The minor version of HTTP/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Http10,
    Http11,
}

/// Methods that are treated apart; every other token is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Options,
    Connect,
    Other,
}

/// How long a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes.
    Length(u64),
    /// In chunks.
    Chunked,
    /// Up to the end of the connection; only of responses.
    UntilClose,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A path with its query; empty where an absolute target has none.
    Path(Span),
    /// A tunnel.
    Tunnel,
    /// The server itself: `*`.
    Server,
}

/// A request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The method as it is written.
    pub(crate) verb: Span,
    pub(crate) target: Target,
    /// Whether the target was absolute, as towards a proxy.
    pub(crate) absolute: bool,
    /// Whom it is for; `None` only in HTTP/1.0.
    pub(crate) authority: Option<Authority>,
    pub(crate) version: Version,
    pub(crate) framing: Framing,
    /// Whether the client lets the connection live.
    pub(crate) persistent: bool,
    /// Whether it waits for `100 Continue` before it sends the body.
    pub(crate) expects: bool,
    /// What a server has to say that agrees to speak `WebSocket` from here on, if the client would like to.
    pub(crate) websocket: Option<Handshake>,
}

impl Framing {
    /// Whether there is nothing to come.
    pub(crate) const fn is_empty(self) -> bool {
        matches!(self, Self::Length(0))
    }
}

impl Method {
    fn of(token: &[u8]) -> Self {
        match token {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"OPTIONS" => Self::Options,
            b"CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }

    /// Whether the request may be sent a second time when a connection broke under it.
    pub(crate) const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }
}

impl Request {
    /// Reads a head whose lines were read.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn read(bytes: &[u8], head: &Head) -> Result<Self, Refusal> {
        let line = Line::read(bytes, head)?;
        let host = host(bytes, head, line.version)?;
        let (target, written) = target(bytes, &line)?;
        if let (Some(written), Some(host)) = (&written, &host) {
            let same = match target {
                // Clients disagree whether the Host of a CONNECT has the port.
                Target::Tunnel => written.host == host.host,
                _ => written.is_same(host, HTTP_PORT),
            };
            if !same {
                return Err(Refusal::HostDiffers);
            }
        }
        let framing = framing(bytes, head, line.version)?;
        if line.method == Method::Connect && has_framing(head) {
            return Err(Refusal::Body);
        }
        Ok(Self {
            absolute: written.is_some() && target != Target::Tunnel,
            authority: written.or(host),
            target,
            method: line.method,
            verb: line.verb,
            version: line.version,
            framing,
            persistent: is_persistent(bytes, head, line.version),
            expects: line.version == Version::Http11
                && !framing.is_empty()
                && head.lists(bytes, Known::Expect, b"100-continue"),
            websocket: wants_websocket(bytes, head, &line, framing),
        })
    }

    /// The path with its query, `/` where none is written; nothing for a tunnel and for `*`.
    pub(crate) fn path<'b>(&self, bytes: &'b [u8]) -> Option<&'b str> {
        match self.target {
            Target::Path(span) if span.is_empty() => Some("/"),
            // Targets are ASCII.
            Target::Path(span) => str::from_utf8(span.of(bytes)).ok(),
            Target::Tunnel | Target::Server => None,
        }
    }
}

/// The first line.
struct Line {
    method: Method,
    verb: Span,
    target: Span,
    version: Version,
}

impl Line {
    /// `method SP target SP version`, with single spaces (RFC 9112 §3).
    fn read(bytes: &[u8], head: &Head) -> Result<Self, Refusal> {
        let start = head.start();
        let line = start.of(bytes);
        let first = memchr::memchr(b' ', line).ok_or(Refusal::StartLine)?;
        let last = memchr::memrchr(b' ', line).filter(|last| *last > first);
        let last = last.ok_or(Refusal::StartLine)?;
        let verb = &line[..first];
        if !is_token(verb) {
            return Err(Refusal::StartLine);
        }
        let version = version(&line[last + 1..])?;
        if !is_target(&line[first + 1..last]) {
            return Err(Refusal::Target);
        }
        if matches!(verb, b"TRACE" | b"TRACK") {
            return Err(Refusal::Method);
        }
        Ok(Self {
            method: Method::of(verb),
            verb: start.part(0, first),
            target: start.part(first + 1, last),
            version,
        })
    }
}

/// `HTTP/1.0` or `HTTP/1.1`.
pub(super) fn version(text: &[u8]) -> Result<Version, Refusal> {
    match text {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        // `PRI * HTTP/2.0` among them.
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Err(Refusal::Version)
        }
        _ => Err(Refusal::StartLine),
    }
}

/// The one `Host` (RFC 9112 §3.2). HTTP/1.0 knows none, and may have one.
fn host(bytes: &[u8], head: &Head, version: Version) -> Result<Option<Authority>, Refusal> {
    let mut values = head.values(bytes, Known::Host);
    let (first, second) = (values.next(), values.next());
    match (first, second) {
        (Some(value), None) => Authority::read(value).map(Some),
        (None, None) if version == Version::Http10 => Ok(None),
        _ => Err(Refusal::HostCount),
    }
}

/// The form of the target (RFC 9112 §3.2.1 to §3.2.4), and the address written in it.
fn target(bytes: &[u8], line: &Line) -> Result<(Target, Option<Authority>), Refusal> {
    let text = line.target.of(bytes);
    if line.method == Method::Connect {
        let authority = Authority::read(text)?;
        authority.port.ok_or(Refusal::Target)?;
        return Ok((Target::Tunnel, Some(authority)));
    }
    if text.starts_with(b"/") {
        return Ok((Target::Path(line.target), None));
    }
    if text == b"*" {
        let is_of_server = line.method == Method::Options;
        return if is_of_server {
            Ok((Target::Server, None))
        } else {
            Err(Refusal::Target)
        };
    }
    absolute(text, line.target)
}

/// `http://host:port/path`.
fn absolute(text: &[u8], span: Span) -> Result<(Target, Option<Authority>), Refusal> {
    const SCHEME: usize = b"http://".len();
    let is_http = text
        .get(..SCHEME)
        .is_some_and(|s| s.eq_ignore_ascii_case(b"http://"));
    if !is_http {
        let other = memchr::memmem::find(text, b"://").is_some();
        return Err(if other {
            Refusal::Scheme
        } else {
            Refusal::Target
        });
    }
    let rest = &text[SCHEME..];
    let ends = |byte: &u8| matches!(byte, b'/' | b'?');
    let end = rest.iter().position(ends).unwrap_or(rest.len());
    let authority = Authority::read(&rest[..end])?;
    // `http://host?query` has an empty path, which servers are asked for as `/?query`; nobody who
    // means well writes it.
    if rest.get(end).is_some_and(|byte| *byte != b'/') {
        return Err(Refusal::Target);
    }
    let path = span.part(SCHEME + end, text.len());
    Ok((Target::Path(path), Some(authority)))
}

/// Whether any field tells of a body.
fn has_framing(head: &Head) -> bool {
    let tells = |known| matches!(known, Known::ContentLength | Known::TransferEncoding);
    head.fields().iter().any(|field| tells(field.known))
}

/// How long the body of a message is, by the fields that say so (RFC 9112 §6.3); `Length(0)` where
/// none does.
pub(super) fn framing(bytes: &[u8], head: &Head, version: Version) -> Result<Framing, Refusal> {
    Ok(told_framing(bytes, head, version)?.unwrap_or(Framing::Length(0)))
}

/// As [`framing`]; `None` where no field tells.
pub(super) fn told_framing(
    bytes: &[u8],
    head: &Head,
    version: Version,
) -> Result<Option<Framing>, Refusal> {
    let mut codings = head.values(bytes, Known::TransferEncoding);
    let mut lengths = head.values(bytes, Known::ContentLength);
    match (codings.next(), lengths.next()) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Refusal::LengthAndCoding),
        (Some(coding), None) => {
            let alone = codings.next().is_none() && coding.eq_ignore_ascii_case(b"chunked");
            if alone && version == Version::Http11 {
                Ok(Some(Framing::Chunked))
            } else {
                Err(Refusal::Coding)
            }
        }
        (None, Some(length)) => {
            let alone = lengths.next().is_none();
            let length = decimal(length).filter(|_| alone).ok_or(Refusal::Length)?;
            Ok(Some(Framing::Length(length)))
        }
    }
}

/// Whether the connection lives on (RFC 9112 §9.3). Some clients of proxies say so in
/// `Proxy-Connection`, which is not heeded: without `Connection: close` 1.1 lives on anyway.
pub(super) fn is_persistent(bytes: &[u8], head: &Head, version: Version) -> bool {
    let says = |part| head.lists(bytes, Known::Connection, part);
    match version {
        Version::Http11 => !says(b"close"),
        Version::Http10 => says(b"keep-alive") && !says(b"close"),
    }
}

/// The one upgrade that is let through.
fn wants_websocket(bytes: &[u8], head: &Head, line: &Line, framing: Framing) -> Option<Handshake> {
    let is_plain_get =
        line.version == Version::Http11 && line.method == Method::Get && framing.is_empty();
    Handshake::wanted(bytes, head).filter(|_| is_plain_get)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Request, Refusal> {
        let mut head = Head::default();
        head.read(text.as_bytes())?.expect("the test's head ends");
        Request::read(text.as_bytes(), &head)
    }

    fn check(lines: &[&str], expected: Refusal) {
        let text = format!("{}\r\n\r\n", lines.join("\r\n"));
        assert_eq!(read(&text), Err(expected), "{text}");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        use Refusal as R;
        let get = |fields: &[&str], expected| {
            let mut lines = vec!["GET / HTTP/1.1", "Host: hoc.vn"];
            lines.extend(fields);
            check(&lines, expected);
        };
        get(
            &["Content-Length: 5", "Transfer-Encoding: chunked"],
            R::LengthAndCoding,
        );
        get(
            &["Transfer-Encoding: chunked", "Content-Length: 5"],
            R::LengthAndCoding,
        );
        get(&["Content-Length: 5", "Content-Length: 5"], R::Length);
        for length in [
            "+5",
            "-5",
            "5, 5",
            "0x5",
            "",
            "5 5",
            "1e3",
            "99999999999999999999",
        ] {
            get(&[&format!("Content-Length: {length}")], R::Length);
        }
        for coding in [
            "gzip, chunked",
            "chunked, identity",
            "identity",
            "xchunked",
            "\"chunked\"",
            "chunked;a=b",
            "chunked,",
            "",
            "chunked chunked",
        ] {
            get(&[&format!("Transfer-Encoding: {coding}")], R::Coding);
        }
        get(
            &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
            R::Coding,
        );
        get(&["Host: hoc.vn"], R::HostCount);
        check(&["GET / HTTP/1.1"], R::HostCount);
        check(
            &["POST / HTTP/1.0", "Transfer-Encoding: chunked"],
            R::Coding,
        );
        check(&["GET http://a.vn/ HTTP/1.1", "Host: b.vn"], R::HostDiffers);
        check(
            &["GET http://a.vn:81/ HTTP/1.1", "Host: a.vn"],
            R::HostDiffers,
        );
        check(&["GET http://x@a.vn/ HTTP/1.1", "Host: a.vn"], R::UserInfo);
        check(
            &["GET http://a.vn\\@b.vn/ HTTP/1.1", "Host: a.vn"],
            R::UserInfo,
        );
        check(&["GET http://a.vn?x HTTP/1.1", "Host: a.vn"], R::Target);
        check(&["GET https://a.vn/ HTTP/1.1", "Host: a.vn"], R::Scheme);
        check(&["GET ftp://a.vn/ HTTP/1.1", "Host: a.vn"], R::Scheme);
        check(&["GET a.vn HTTP/1.1", "Host: a.vn"], R::Target);
        check(&["GET * HTTP/1.1", "Host: a.vn"], R::Target);
        check(&["GET /a#b HTTP/1.1", "Host: a.vn"], R::Target);
        check(&["GET /a b HTTP/1.1", "Host: a.vn"], R::Target);
        check(&["GET  / HTTP/1.1", "Host: a.vn"], R::Target);
        check(&["GET /\u{e1} HTTP/1.1", "Host: a.vn"], R::Target);
        check(&["GET /", "Host: a.vn"], R::StartLine);
        check(&["GET / http/1.1", "Host: a.vn"], R::StartLine);
        check(&["G(T / HTTP/1.1", "Host: a.vn"], R::StartLine);
        check(&["PRI * HTTP/2.0"], R::Version);
        check(&["GET / HTTP/1.2", "Host: a.vn"], R::Version);
        check(&["TRACE / HTTP/1.1", "Host: a.vn"], R::Method);
        check(&["CONNECT a.vn HTTP/1.1", "Host: a.vn"], R::Target);
        check(
            &["CONNECT a.vn:443 HTTP/1.1", "Host: b.vn:443"],
            R::HostDiffers,
        );
        check(
            &[
                "CONNECT a.vn:443 HTTP/1.1",
                "Host: a.vn",
                "Content-Length: 0",
            ],
            R::Body,
        );
        check(&["CONNECT /a HTTP/1.1", "Host: a.vn"], R::Host);
    }

    #[test]
    fn requests_are_read_in_every_form() {
        let request = read("GET HTTP://Hoc.vn:80/a?b HTTP/1.1\r\nHost: hoc.vn\r\n\r\n").unwrap();
        assert!(request.absolute && request.persistent && request.framing.is_empty());
        let text = "POST /x HTTP/1.1\r\nHost: hoc.vn\r\nTransfer-Encoding: Chunked\r\n\
                    Expect: 100-continue\r\nConnection: close\r\n\r\n";
        let request = read(text).unwrap();
        assert_eq!(request.framing, Framing::Chunked);
        assert!(request.expects && !request.persistent);
        let request = read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").unwrap();
        assert!(request.authority.is_none() && request.persistent);
        let request = read("OPTIONS * HTTP/1.1\r\nHost: hoc.vn\r\n\r\n").unwrap();
        assert_eq!(request.target, Target::Server);
        let request = read("CONNECT hoc.vn:443 HTTP/1.1\r\nHost: hoc.vn\r\n\r\n").unwrap();
        assert_eq!(request.authority.unwrap().to_string(), "hoc.vn:443");
    }

    #[test]
    fn only_a_websocket_is_an_upgrade() {
        for (fields, expected) in [
            ("Connection: Upgrade\r\nUpgrade: websocket", true),
            (
                "Connection: keep-alive, upgrade\r\nUpgrade: WebSocket",
                true,
            ),
            ("Upgrade: websocket", false),
            ("Connection: Upgrade\r\nUpgrade: h2c", false),
            ("Connection: Upgrade\r\nUpgrade: h2c, websocket", false),
            (
                "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c",
                false,
            ),
            (
                "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 4",
                false,
            ),
        ] {
            let text = format!(
                "GET / HTTP/1.1\r\nHost: hoc.vn\r\n{fields}\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            );
            assert_eq!(
                read(&text).unwrap().websocket.is_some(),
                expected,
                "{fields}"
            );
        }
    }
}
