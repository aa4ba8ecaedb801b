//! Signing what the box sends: body, number and signature, so that the same bytes can be sent until the hub says that it has
//! them. Which number is next, whoever keeps the uploads knows.

use lachan_wire::upload::{BOX, Kind, NUMBER, SIGNATURE, sign};
use ring::signature::Ed25519KeyPair;

/// The key of the box is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the box's key to the hub cannot be read")]
pub struct KeyError;

/// What signs.
pub struct Signer {
    box_id: String,
    key: Ed25519KeyPair,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.box_id)
    }
}

impl Signer {
    /// Of the key that was made when the box joined (PKCS#8).
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn new(box_id: String, key: &[u8]) -> Result<Self, KeyError> {
        let key = Ed25519KeyPair::from_pkcs8(key).map_err(|_| KeyError)?;
        Ok(Self { box_id, key })
    }

    /// The path of a kind, below the hub's host.
    #[must_use]
    pub fn path(kind: Kind) -> String {
        format!("/box/v1/{}", kind.id())
    }

    /// The headers of a request.
    #[must_use]
    pub fn headers(&self, kind: Kind, number: i64, body: &[u8]) -> [(&'static str, String); 3] {
        [
            (BOX, self.box_id.clone()),
            (NUMBER, number.to_string()),
            (SIGNATURE, sign(&self.key, &self.box_id, kind, number, body)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_wire::upload::verify;
    use ring::rand::SystemRandom;
    use ring::signature::KeyPair as _;

    #[test]
    fn what_is_signed_here_is_proved_there() {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let public = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let public = public.public_key().as_ref();
        let signer = Signer::new("b1".into(), document.as_ref()).unwrap();
        let [_, (_, number), (_, signature)] = signer.headers(Kind::Fleet, 7, b"{}");
        assert_eq!(number, "7");
        verify(public, "b1", Kind::Fleet, 7, b"{}", &signature).unwrap();
        assert!(verify(public, "b1", Kind::Fleet, 8, b"{}", &signature).is_err());
        assert_eq!(Signer::new("b1".into(), b"x").unwrap_err(), KeyError);
    }
}
