//! What `crates/proxy/fuzz` feeds: parsers that have no business in the public API.

use super::body::{Body, Found};
use super::field::Known;
use super::lines::{Head, MAX_FIELDS, MAX_HEAD};
use super::refusal::Refusal;
use super::request::{Framing, Method, Request, Target, Version};
use super::response::Response;
use super::url;
use super::write::{self, Changes, Outgoing, Said, Via};

/// Any bytes as a request.
///
/// # Panics
/// When pieces make a difference, or what is written does not read back as it was read.
pub fn fuzz_request(bytes: &[u8]) {
    let Some((head, length)) = read(bytes) else {
        return;
    };
    let Ok(request) = Request::read(bytes, &head) else {
        return;
    };
    if let Some(path) = request.path(bytes) {
        let normal = url::normal(path);
        assert!(normal.starts_with('/'), "{normal}");
        let _ = url::with_parameters(path, &["safe=active".to_owned()]);
    }
    let rest = &bytes[length..];
    let whole = body(request.framing, rest, usize::MAX);
    assert_eq!(whole, body(request.framing, rest, 1), "pieces of the body");
    if let Some(authority) = request
        .authority
        .filter(|_| request.target != Target::Tunnel)
    {
        let mut out = Vec::new();
        let via = Via::new("fuzz");
        write::request(
            &mut out,
            bytes,
            &head,
            &request,
            &authority,
            &Changes::default(),
            &via,
        );
        let (again, length) = read(&out).expect("what is written is whole");
        assert_eq!(length, out.len(), "one head was written");
        let second = Request::read(&out, &again).expect("what is written is strict");
        assert_eq!(second.framing, request.framing);
        assert_eq!(second.authority, Some(authority));
        assert_eq!(second.method, request.method);
        assert_eq!(second.path(&out), request.path(bytes));
        assert_eq!(second.websocket, request.websocket);
        assert!(via.is_in(&out, &again));
        assert!(
            !again
                .fields()
                .iter()
                .any(|field| matches!(field.known, Known::Proxy | Known::Te))
        );
    }
}

/// Any bytes as a response; the first one chooses the method it is for.
///
/// # Panics
/// As [`fuzz_request`].
pub fn fuzz_response(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let method = match choice % 3 {
        0 => Method::Get,
        1 => Method::Head,
        _ => Method::Other,
    };
    let Some((head, length)) = read(bytes) else {
        return;
    };
    let Ok(response) = Response::read(bytes, &head, method) else {
        return;
    };
    let rest = &bytes[length..];
    let whole = body(response.framing, rest, usize::MAX);
    assert_eq!(whole, body(response.framing, rest, 1), "pieces of the body");
    if response.status == 101 || !has_room(&head, length) {
        return;
    }
    let mut out = Vec::new();
    let outgoing = match response.framing {
        Framing::Length(0) => Outgoing::None(response.told_length),
        Framing::Length(length) => Outgoing::Length(length),
        Framing::Chunked | Framing::UntilClose => Outgoing::Chunked,
    };
    let said = Said {
        version: Version::Http11,
        persistent: true,
    };
    write::response(
        &mut out,
        bytes,
        &head,
        &response,
        outgoing,
        said,
        &Via::new("fuzz"),
    );
    let (again, length) = read(&out).expect("what is written is whole");
    assert_eq!(length, out.len(), "one head was written");
    let second = Response::read(&out, &again, method).expect("what is written is strict");
    assert_eq!(second.status, response.status);
    if matches!(response.framing, Framing::Length(_)) && response.told_length.is_some() {
        assert_eq!(second.framing, response.framing);
    }
}

/// Whether a head leaves room for the fields and spaces that are added when it is written anew: what
/// is just within the limits may leave a little above them.
fn has_room(head: &Head, length: usize) -> bool {
    head.fields().len() + 4 < MAX_FIELDS && length + 2 * MAX_FIELDS + 512 < MAX_HEAD
}

/// The head, whole and in pieces of one byte.
fn read(bytes: &[u8]) -> Option<(Head, usize)> {
    let mut whole = Head::default();
    let outcome = whole.read(bytes);
    let mut pieces = Head::default();
    let mut in_pieces = Ok(None);
    for seen in 1..=bytes.len() {
        in_pieces = pieces.read(&bytes[..seen]);
        if !matches!(in_pieces, Ok(None)) {
            break;
        }
    }
    assert_eq!(outcome, in_pieces, "pieces of the head");
    let length = outcome.ok()??;
    Some((whole, length))
}

/// The body, read in so many bytes at a time, and whether it ended.
fn body(framing: Framing, bytes: &[u8], step: usize) -> Result<(Vec<u8>, bool), Refusal> {
    let mut body = Body::new(framing);
    let (mut out, mut at, mut seen) = (Vec::new(), 0, 0);
    loop {
        match body.next(&bytes[at..seen])? {
            Found::Piece(piece) => {
                out.extend_from_slice(&bytes[at + piece.start..at + piece.end]);
                at += piece.end;
            }
            Found::End(_) => return Ok((out, true)),
            Found::More(_) if seen == bytes.len() => return Ok((out, false)),
            Found::More(count) => {
                at += count;
                seen = seen.saturating_add(step).min(bytes.len());
            }
        }
    }
}
