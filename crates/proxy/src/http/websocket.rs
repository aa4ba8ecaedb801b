//! Whether both ends really agree to speak `WebSocket` (RFC 6455 §4): only then a connection becomes a
//! tunnel. A server that says 101 to whatever was asked, or a client that asks for no such thing, would
//! have one without the filter's knowing what it is.

use data_encoding::BASE64;
use sha1::{Digest, Sha1};

use super::field::Known;
use super::lines::Head;

/// What a server appends to the key (RFC 6455 §1.3).
const MAGIC: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The one version there is.
const VERSION: &[u8] = b"13";
/// Bytes of the client's random number.
const NONCE: usize = 16;
/// Length of `Sec-WebSocket-Accept`: 20 bytes in base64.
const ACCEPT: usize = 28;

/// What a server has to say to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handshake {
    accept: [u8; ACCEPT],
}

impl Handshake {
    /// What the head of a request asks for (§4.1): `None` for anything that is not the handshake in full.
    pub(crate) fn wanted(bytes: &[u8], head: &Head) -> Option<Self> {
        let version = head.single(bytes, Known::WebSocketVersion)?;
        let key = head.single(bytes, Known::WebSocketKey)?;
        let is_wanted = is_websocket(bytes, head) && version == VERSION;
        let nonce = BASE64.decode(key).ok()?;
        (is_wanted && nonce.len() == NONCE).then(|| Self::of(key))
    }

    /// Whether the head of an answer agrees (§4.1, the client's steps 2 to 4).
    pub(crate) fn is_agreed(&self, bytes: &[u8], head: &Head) -> bool {
        is_websocket(bytes, head)
            && head.single(bytes, Known::WebSocketAccept) == Some(&self.accept[..])
    }

    fn of(key: &[u8]) -> Self {
        let digest = Sha1::new().chain_update(key).chain_update(MAGIC).finalize();
        let mut accept = [0; ACCEPT];
        BASE64.encode_mut(&digest, &mut accept);
        Self { accept }
    }
}

/// Whether a head changes its connection to `WebSocket`.
fn is_websocket(bytes: &[u8], head: &Head) -> bool {
    let upgrade = head.single(bytes, Known::Upgrade);
    upgrade.is_some_and(|to| to.eq_ignore_ascii_case(b"websocket"))
        && head.lists(bytes, Known::Connection, b"upgrade")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &str) -> (String, Head) {
        let text = format!("GET / HTTP/1.1\r\nConnection: Upgrade\r\n{fields}\r\n\r\n");
        let mut head = Head::default();
        head.read(text.as_bytes())
            .unwrap()
            .expect("the test's head ends");
        (text, head)
    }

    fn wanted(fields: &str) -> Option<Handshake> {
        let (text, head) = head(fields);
        Handshake::wanted(text.as_bytes(), &head)
    }

    const ASKED: &str = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

    /// The example of RFC 6455 §1.3.
    #[test]
    fn the_answer_that_belongs_to_the_key_agrees() {
        let wanted = wanted(ASKED).unwrap();
        for (fields, agreed) in [
            (
                "Upgrade: WebSocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                true,
            ),
            (
                "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp=",
                false,
            ),
            (
                "Upgrade: h2c\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                false,
            ),
            ("Upgrade: websocket", false),
        ] {
            let (text, head) = head(fields);
            assert_eq!(wanted.is_agreed(text.as_bytes(), &head), agreed, "{fields}");
        }
    }

    #[test]
    fn half_a_handshake_is_none() {
        assert!(wanted(ASKED).is_some());
        for (whole, half) in [
            ("Version: 13", "Version: 8"),
            ("dGhlIHNhbXBsZSBub25jZQ==", "abc"),
            ("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="),
            ("Sec-WebSocket-Key", "X-Key"),
            ("Upgrade: websocket", "Upgrade: h2c"),
        ] {
            let fields = ASKED.replace(whole, half);
            assert_eq!(wanted(&fields), None, "{fields}");
        }
    }
}
