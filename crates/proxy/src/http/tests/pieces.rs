//! Whatever a client sends, in whatever pieces: what leaves towards upstreams is the same, and every
//! byte of it is a request that the strict reader reads.

use std::sync::{Arc, Mutex};

use lachan_policy::Tier;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::school::{School, caught};
use crate::http::body::{Body, Found};
use crate::http::lines::Head;
use crate::http::request::Request;

/// What of requests is put together: good ones and all the ways of hiding one in another.
const PARTS: [&str; 24] = [
    "GET / HTTP/1.1\r\nHost: hoc.vn\r\n\r\n",
    "GET /b HTTP/1.1\r\nHost: sach.vn\r\nConnection: keep-alive\r\n\r\n",
    "POST /c HTTP/1.1\r\nHost: hoc.vn\r\nContent-Length: 5\r\n\r\nhello",
    "POST /d HTTP/1.1\r\nHost: hoc.vn\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "POST /e HTTP/1.1\r\nHost: hoc.vn\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: hoc.vn\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "POST / HTTP/1.1\r\nHost: hoc.vn\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG",
    "POST / HTTP/1.1\r\nHost: hoc.vn\r\nTransfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: hoc.vn\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: hoc.vn\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: hoc.vn\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: hoc.vn\r\nContent-Length: +5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: hoc.vn\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello",
    "GET http://nha-cai.example/ HTTP/1.1\r\nHost: hoc.vn\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: hoc.vn\r\nHost: nha-cai.example\r\n\r\n",
    "GET / HTTP/1.1\nHost: hoc.vn\n\n",
    "GET / HTTP/1.1\r\nHost: hoc.vn\r\nX: \0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: hoc.vn\r\nX: a\rHost: nha-cai.example\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a@nha-cai.example\r\n\r\n",
    "\r\n",
    "hello",
    "0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: nha-cai.example\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: hoc.vn\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n",
];

/// Plays an upstream that answers every request; what it was asked is noted, each request as its
/// first line, its host and its body.
async fn upstream(mut stream: DuplexStream, seen: Arc<Mutex<Vec<String>>>) {
    let mut bytes = Vec::new();
    loop {
        let mut head = Head::default();
        let length = loop {
            match head.read(&bytes).expect("what leaves is strict") {
                Some(length) => break length,
                None if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 => return,
                None => {}
            }
        };
        let request = Request::read(&bytes, &head).expect("what leaves is strict");
        let line = String::from_utf8_lossy(head.start().of(&bytes)).into_owned();
        bytes.drain(..length);
        let mut body = Body::new(request.framing);
        let mut whole = Vec::new();
        loop {
            match body.next(&bytes).expect("what leaves is strict") {
                Found::Piece(piece) => {
                    whole.extend_from_slice(&bytes[piece.clone()]);
                    bytes.drain(..piece.end);
                }
                Found::More(count) => {
                    bytes.drain(..count);
                    if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                Found::End(count) => {
                    bytes.drain(..count);
                    break;
                }
            }
        }
        let host = request.authority.expect("a host is always told");
        let whole = String::from_utf8_lossy(&whole).into_owned();
        seen.lock()
            .unwrap()
            .push(format!("{line} {host} {whole:?}"));
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// What upstreams are asked, and what the client is answered, when it sends this in such pieces.
fn outcome(text: &str, cuts: &[usize]) -> (Vec<String>, Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut school = School::new(false, |_| ());
        let mut client = school.connect(Tier::Thcs, caught());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let dialled = std::mem::replace(
            &mut school.dialled,
            tokio::sync::mpsc::unbounded_channel().1,
        );
        tokio::spawn(async move {
            let mut dialled = dialled;
            while let Some((_, stream)) = dialled.recv().await {
                tokio::spawn(upstream(stream, Arc::clone(&noted)));
            }
        });
        let mut rest = text.as_bytes();
        let mut cuts = cuts.iter().copied().cycle();
        while !rest.is_empty() {
            let cut = cuts.next().unwrap_or(rest.len()).clamp(1, rest.len());
            if client.write_all(&rest[..cut]).await.is_err() {
                break;
            }
            rest = &rest[cut..];
            tokio::task::yield_now().await;
        }
        let _ = client.shutdown().await;
        let mut got = Vec::new();
        let _ = client.read_to_end(&mut got).await;
        let seen = seen.lock().unwrap().clone();
        (seen, got)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_request_hides_in_another_and_pieces_make_no_difference(
        parts in proptest::collection::vec(0..PARTS.len(), 1..5),
        cuts in proptest::collection::vec(1usize..40, 1..6),
    ) {
        let text: String = parts.iter().map(|part| PARTS[*part]).collect();
        let (asked, answered) = outcome(&text, &[]);
        let (asked_in_pieces, answered_in_pieces) = outcome(&text, &cuts);
        prop_assert_eq!(&asked, &asked_in_pieces);
        prop_assert_eq!(
            String::from_utf8_lossy(&answered),
            String::from_utf8_lossy(&answered_in_pieces)
        );
        for one in &asked {
            prop_assert!(!one.contains("nha-cai"), "{}", one);
        }
    }

    #[test]
    fn no_bytes_panic(text in "[ -~\r\n\t\0]{0,200}") {
        let (asked, _) = outcome(&text, &[]);
        prop_assert!(asked.is_empty() || text.contains("Host"));
    }
}
