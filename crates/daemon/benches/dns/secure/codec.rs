//! What stands between DNS messages and a TLS stream.

use super::Protocol;
use super::doh::Http;
use super::dot::Frames;

/// The client's side of a protocol on one connection.
pub(crate) enum Codec {
    Dot(Frames),
    Doh(Http),
}

impl Codec {
    pub(crate) fn new(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Dot => Self::Dot(Frames::default()),
            Protocol::Doh => Self::Doh(Http::new()),
        }
    }

    /// What has to be sent first of all.
    pub(crate) fn greeting(&self) -> Vec<u8> {
        match self {
            Self::Dot(_) => Vec::new(),
            Self::Doh(_) => Http::greeting(),
        }
    }

    /// Writes a query as it is to be sent; false when the server allows no more just now.
    pub(crate) fn write(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        match self {
            Self::Dot(_) => {
                Frames::write(message, out);
                true
            }
            Self::Doh(http) => http.write(message, out),
        }
    }

    /// Takes what was received: hands on every message that is whole, and adds to `replies` what the
    /// protocol wants answered. False when the server ends the connection.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        replies: &mut Vec<u8>,
        mut message: impl FnMut(&[u8]),
    ) -> bool {
        match self {
            Self::Dot(frames) => {
                frames.take(bytes, message);
                true
            }
            Self::Doh(http) => http.take(bytes, replies, &mut message),
        }
    }
}
