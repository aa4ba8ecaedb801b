//! Public keys of metadata, and what signs with their private halves.
//!
//! | keytype | scheme | public |
//! |---|---|---|
//! | `ed25519` | `ed25519` | 64 hex digits |
//! | `ecdsa`, `ecdsa-sha2-nistp256` | `ecdsa-sha2-nistp256` | SubjectPublicKeyInfo, PEM |
//! | `ecdsa`, `ecdsa-sha2-nistp384` | `ecdsa-sha2-nistp384` | the same |
//! | `rsa` | `rsassa-pss-sha256` | the same, 2,048 to 8,192 bits |
//!
//! Any other key may stand in metadata; its signatures do not count.

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use ring::rand::SystemRandom;
use ring::signature::{
    self, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use x509_parser::oid_registry::{OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::json::{NotCanonical, canonical};

/// Longest public key in its text form, in bytes: RSA of 8,192 bits has 1,500.
const MOST_PUBLIC: usize = 4096;

/// A public key as metadata holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Family of the key.
    pub keytype: String,
    /// How it signs.
    pub scheme: String,
    /// The key itself, under `public`.
    pub keyval: Map<String, Value>,
    /// What else stands there; it counts for the key's id.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The bytes of a key that ring takes, and how.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Material {
    kind: Kind,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Ed25519,
    P256,
    P384,
    Rsa,
}

impl Key {
    /// An Ed25519 key.
    #[must_use]
    pub fn ed25519(public: &[u8]) -> Self {
        Self::new("ed25519", "ed25519", HEXLOWER.encode(public))
    }

    /// A key of those words.
    #[must_use]
    pub fn new(keytype: &str, scheme: &str, public: String) -> Self {
        let mut keyval = Map::new();
        keyval.insert("public".to_owned(), Value::String(public));
        Self {
            keytype: keytype.to_owned(),
            scheme: scheme.to_owned(),
            keyval,
            extra: Map::new(),
        }
    }

    /// The SHA-256 of its canonical form, in hex: what python-tuf and the specification call keyid.
    ///
    /// # Errors
    /// [`NotCanonical`] when an unknown field holds a fraction.
    pub fn id(&self) -> Result<String, NotCanonical> {
        let value = serde_json::to_value(self).map_err(|_| NotCanonical)?;
        Ok(super::sha256_hex(&canonical(&value)?))
    }

    /// The text under `keyval.public`.
    #[must_use]
    pub fn public(&self) -> Option<&str> {
        self.keyval.get("public").and_then(Value::as_str)
    }

    /// Whether the signature is this key's over the message. `false` for keys of unknown kinds.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.material()
            .is_some_and(|material| material.verifies(message, signature))
    }

    /// What to verify with; `None` for kinds that are not known, and for damaged keys.
    pub(super) fn material(&self) -> Option<Material> {
        let public = self.public().filter(|public| public.len() <= MOST_PUBLIC)?;
        let (kind, bytes) = match (self.keytype.as_str(), self.scheme.as_str()) {
            ("ed25519", "ed25519") => {
                let bytes = HEXLOWER_PERMISSIVE.decode(public.as_bytes()).ok()?;
                (
                    Kind::Ed25519,
                    Some(bytes).filter(|bytes| bytes.len() == 32)?,
                )
            }
            ("ecdsa" | "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => {
                (Kind::P256, of_pem(public, false)?)
            }
            ("ecdsa" | "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384") => {
                (Kind::P384, of_pem(public, false)?)
            }
            ("rsa", "rsassa-pss-sha256") => (Kind::Rsa, of_pem(public, true)?),
            _ => return None,
        };
        Some(Material { kind, bytes })
    }
}

impl Material {
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let how: &'static dyn VerificationAlgorithm = match self.kind {
            Kind::Ed25519 => &signature::ED25519,
            Kind::P256 => &signature::ECDSA_P256_SHA256_ASN1,
            Kind::P384 => &signature::ECDSA_P384_SHA384_ASN1,
            Kind::Rsa => &signature::RSA_PSS_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(how, &self.bytes)
            .verify(message, signature)
            .is_ok()
    }
}

/// The key inside a PEM `PUBLIC KEY` (RFC 7468 §13): what ring wants of ECDSA is the point, of RSA
/// the PKCS#1 structure, and both are the bit string.
fn of_pem(text: &str, rsa: bool) -> Option<Vec<u8>> {
    let body = text
        .trim()
        .strip_prefix("-----BEGIN PUBLIC KEY-----")?
        .strip_suffix("-----END PUBLIC KEY-----")?;
    let body: Vec<u8> = body
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let der = BASE64.decode(&body).ok()?;
    let (rest, info) = SubjectPublicKeyInfo::from_der(&der).ok()?;
    let expected = if rsa {
        OID_PKCS1_RSAENCRYPTION
    } else {
        OID_KEY_TYPE_EC_PUBLIC_KEY
    };
    let fits = rest.is_empty() && info.algorithm.algorithm == expected;
    fits.then(|| info.subject_public_key.data.to_vec())
}

/// What can sign metadata.
pub trait Sign {
    /// The public half.
    fn key(&self) -> &Key;
    /// Its id.
    fn id(&self) -> &str;
    /// The signature over the message; the raw bytes, not hex.
    fn sign(&self, message: &[u8]) -> Vec<u8>;
}

/// An Ed25519 private key.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    key: Key,
    id: String,
}

/// Why there is no private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// The kernel gave no random bytes.
    #[error("no random bytes for a key")]
    Random,
    /// The bytes are no PKCS#8 of an Ed25519 key with its public half.
    #[error("this is no private Ed25519 key in PKCS#8")]
    Rejected,
}

impl SigningKey {
    /// Makes a key; the bytes are its PKCS#8 form (RFC 8410), to be kept secret and wiped.
    ///
    /// # Errors
    /// [`SigningKeyError::Random`].
    pub fn generate() -> Result<(Self, Vec<u8>), SigningKeyError> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map_err(|_| SigningKeyError::Random)?;
        let bytes = pkcs8.as_ref().to_vec();
        Ok((Self::from_pkcs8(&bytes)?, bytes))
    }

    /// The key of those bytes.
    ///
    /// # Errors
    /// [`SigningKeyError::Rejected`].
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, SigningKeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(bytes).map_err(|_| SigningKeyError::Rejected)?;
        let key = Key::ed25519(pair.public_key().as_ref());
        let id = key.id().map_err(|_| SigningKeyError::Rejected)?;
        Ok(Self { pair, key, id })
    }
}

impl std::fmt::Debug for SigningKey {
    /// The id only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Sign for SigningKey {
    fn key(&self) -> &Key {
        &self.key
    }
    fn id(&self) -> &str {
        &self.id
    }
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_verifies_what_it_signed_and_nothing_else() {
        let (key, bytes) = SigningKey::generate().unwrap();
        let again = SigningKey::from_pkcs8(&bytes).unwrap();
        assert_eq!(key.id(), again.id());
        let signature = key.sign(b"lists");
        assert!(again.key().verifies(b"lists", &signature));
        assert!(!again.key().verifies(b"lists!", &signature));
        assert!(!again.key().verifies(b"lists", &signature[1..]));
        assert!(!again.key().verifies(b"lists", b""));
    }

    #[test]
    fn the_id_is_that_of_python_tuf() {
        // securesystemslib: sha256 of {"keytype":…,"keyval":{"public":…},"scheme":…}.
        let key = Key::ed25519(&[7; 32]);
        let public = "07".repeat(32);
        let text = format!(
            r#"{{"keytype":"ed25519","keyval":{{"public":"{public}"}},"scheme":"ed25519"}}"#
        );
        assert_eq!(key.id().unwrap(), super::super::sha256_hex(text.as_bytes()));
    }

    #[test]
    fn unknown_and_damaged_keys_verify_nothing() {
        for (keytype, scheme, public) in [
            ("ed25519", "ed448", "07".repeat(32)),
            ("ed25519", "ed25519", "07".repeat(31)),
            ("ed25519", "ed25519", "zz".repeat(32)),
            (
                "rsa",
                "rsassa-pss-sha256",
                "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----".to_owned(),
            ),
            ("ecdsa", "ecdsa-sha2-nistp256", "A".repeat(10_000)),
            ("dilithium", "ml-dsa-65", String::new()),
        ] {
            let key = Key::new(keytype, scheme, public);
            assert!(key.material().is_none(), "{keytype} {scheme}");
            assert!(!key.verifies(b"a", &[0; 64]));
        }
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let (key, _) = SigningKey::generate().unwrap();
        assert_eq!(
            format!("{key:?}"),
            format!("SigningKey {{ id: {:?}, .. }}", key.id())
        );
    }
}
