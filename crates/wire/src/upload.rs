//! How every request of a box is signed: over its box, kind, number and body, so that none is sent by somebody else, changed
//! on its way, or counted twice.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

/// The header with the box's id.
pub const BOX: &str = "lachan-box";
/// The header with the number, which counts up for each kind.
pub const NUMBER: &str = "lachan-number";
/// The header with the signature.
pub const SIGNATURE: &str = "lachan-signature";
/// What is signed begins with this.
const FORM: &str = "lachan-upload-v1";

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// How the box fares.
    Fleet,
    /// A question to the department.
    Ask,
    /// A look for answers.
    Answers,
    /// The long-lived stream of news; its body is empty.
    Events,
    /// Statistics.
    Statistics,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Fleet,
        Self::Ask,
        Self::Answers,
        Self::Events,
        Self::Statistics,
    ];

    /// The id in the path and in what is signed.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Ask => "ask",
            Self::Answers => "answers",
            Self::Events => "events",
            Self::Statistics => "statistics",
        }
    }

    /// Longest body, in bytes.
    #[must_use]
    pub const fn most_bytes(self) -> usize {
        match self {
            // Every list that there may be, by the longest id and version.
            Self::Fleet => 128 << 10,
            Self::Ask | Self::Answers => 2 << 10,
            Self::Events => 0,
            Self::Statistics => 256 << 10,
        }
    }
}

/// The signature does not prove the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not prove the request")]
pub struct NotProved;

/// The SHA-256 of a body, in hexadecimal.
#[must_use]
pub fn body_hash(body: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(body))
}

fn message(box_id: &str, kind: Kind, number: i64, body: &[u8]) -> String {
    format!(
        "{FORM}\n{box_id}\n{}\n{number}\n{}",
        kind.id(),
        body_hash(body)
    )
}

/// The signature of a request.
#[must_use]
pub fn sign(key: &Ed25519KeyPair, box_id: &str, kind: Kind, number: i64, body: &[u8]) -> String {
    let signature = key.sign(message(box_id, kind, number, body).as_bytes());
    BASE64URL_NOPAD.encode(signature.as_ref())
}

/// Whether a text has the form of a signature, whatever it signs: what has not is refused before anything else is read.
#[must_use]
pub fn is_signature(text: &str) -> bool {
    // 64 bytes in base64url.
    text.len() == 86 && BASE64URL_NOPAD.decode(text.as_bytes()).is_ok()
}

/// Whether a request is signed by a key.
///
/// # Errors
/// [`NotProved`].
pub fn verify(
    public_key: &[u8],
    box_id: &str,
    kind: Kind,
    number: i64,
    body: &[u8],
    signature: &str,
) -> Result<(), NotProved> {
    // Longer ones are not decoded at all.
    if !is_signature(signature) {
        return Err(NotProved);
    }
    let signature = BASE64URL_NOPAD
        .decode(signature.as_bytes())
        .map_err(|_| NotProved)?;
    let key = UnparsedPublicKey::new(&ED25519, public_key);
    key.verify(message(box_id, kind, number, body).as_bytes(), &signature)
        .map_err(|_| NotProved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::KeyPair as _;

    fn key(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
    }

    #[test]
    fn whatever_is_changed_of_a_request_is_noticed() {
        let (own, other) = (key(1), key(2));
        let public = own.public_key().as_ref();
        let signature = sign(&own, "b1", Kind::Fleet, 7, b"{}");
        verify(public, "b1", Kind::Fleet, 7, b"{}", &signature).unwrap();
        for (public, id, kind, number, body) in [
            (
                other.public_key().as_ref(),
                "b1",
                Kind::Fleet,
                7,
                &b"{}"[..],
            ),
            (public, "b2", Kind::Fleet, 7, b"{}"),
            (public, "b1", Kind::Statistics, 7, b"{}"),
            (public, "b1", Kind::Fleet, 8, b"{}"),
            (public, "b1", Kind::Fleet, 7, b"{ }"),
        ] {
            assert_eq!(
                verify(public, id, kind, number, body, &signature),
                Err(NotProved)
            );
        }
        for bad in [
            "",
            "A",
            &signature[1..],
            &format!("{signature}A"),
            &"!".repeat(86),
        ] {
            assert_eq!(
                verify(public, "b1", Kind::Fleet, 7, b"{}", bad),
                Err(NotProved)
            );
        }
    }

    #[test]
    fn a_line_end_in_an_id_makes_no_other_request() {
        // Ids come from the hub and hold no line end; were one to, the kinds of the path would still be a closed set.
        let ids: std::collections::HashSet<_> = Kind::ALL.map(Kind::id).into();
        assert_eq!(ids.len(), Kind::ALL.len());
        assert!(
            ids.iter()
                .all(|id| id.bytes().all(|byte| byte.is_ascii_lowercase()))
        );
    }
}
