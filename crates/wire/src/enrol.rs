//! How a box joins: by a code of 20 characters on the set-up card, of which 16 never travel. From them both sides make a key; by
//! it the box proves itself to the hub and the hub to the box, whatever certificate the connection has.
//!
//! ```text
//!  box ── code id, public key, nonce, versions, MAC(K, request) ──► hub
//!  box ◄── school, box id, hub, root.json, MAC(K, request, answer) ── hub
//! ```

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text::{Bytes64, Id, ProgramVersion, PublicCode};
use crate::{WIRE_VERSION, canonical};

/// Crockford's base 32: digits and letters without I, L, O and U.
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code, and of its public part.
const CHARACTERS: usize = 20;
const PUBLIC: usize = 4;
/// What the key is made for.
const PURPOSE: &[u8] = b"lachan enrol v1";
/// What an answer's proof begins with, so that no request is taken for an answer.
const ANSWER: &[u8] = b"lachan enrol answer v1\n";
/// Longest body of a request, in bytes.
pub const MAX_REQUEST: usize = 4 << 10;
/// Longest answer, in bytes: a root of many keys, in base64.
pub const MAX_ANSWER: usize = 512 << 10;

/// A one-time code.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolCode([u8; CHARACTERS]);

impl std::fmt::Debug for EnrolCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolCode(…)")
    }
}

impl EnrolCode {
    /// Of random bytes, of which 100 bits count.
    #[must_use]
    pub fn new(random: [u8; CHARACTERS]) -> Self {
        Self(random.map(|byte| ALPHABET[usize::from(byte & 31)]))
    }

    /// As somebody typed it or a camera read it: case, hyphens and spaces do not count, and letters that are taken for
    /// digits are digits.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        let mut characters = [0; CHARACTERS];
        let mut places = characters.iter_mut();
        for letter in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let byte = u8::try_from(letter)
                .ok()
                .filter(|byte| ALPHABET.contains(byte))?;
            *places.next()? = byte;
        }
        places.next().is_none().then_some(Self(characters))
    }

    /// As people read it: five groups of four.
    #[must_use]
    pub fn to_text(&self) -> String {
        let groups = self
            .0
            .chunks(4)
            .map(|group| group.iter().map(|byte| char::from(*byte)).collect());
        groups.collect::<Vec<String>>().join("-")
    }

    /// What of it travels.
    #[must_use]
    pub fn public(&self) -> String {
        self.0[..PUBLIC]
            .iter()
            .map(|byte| char::from(*byte))
            .collect()
    }

    /// The key that both sides make of the rest.
    #[must_use]
    pub fn key(&self) -> EnrolKey {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &self.0[PUBLIC..]);
        EnrolKey(hmac::sign(&secret, PURPOSE).as_ref().to_vec())
    }
}

/// The key of one code; the hub keeps it as long as the code holds.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolKey(Vec<u8>);

impl std::fmt::Debug for EnrolKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolKey(…)")
    }
}

impl EnrolKey {
    /// As it was stored.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// To be stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn mac(&self, message: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        BASE64URL_NOPAD.encode(hmac::sign(&key, message).as_ref())
    }

    /// Takes the same time wherever it differs.
    fn proves(&self, message: &[u8], mac: &Bytes64) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        hmac::verify(&key, message, &mac.bytes()).is_ok()
    }
}

/// What a box asks with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EnrolRequest {
    /// The version of these types: 1.
    pub v: u32,
    /// The public part of the code.
    pub code: PublicCode,
    /// The box's Ed25519 key, which it made itself.
    pub public_key: Bytes64,
    /// Random, 16 bytes at least, so that no answer fits twice.
    pub nonce: Bytes64,
    /// The box's program.
    pub program: ProgramVersion,
    /// The proof: HMAC-SHA256 over the canonical JSON of all else.
    pub mac: Bytes64,
}

/// A unit as a box and its school see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct School {
    /// Its id at the hub.
    pub id: Id,
    /// The code that people know it by.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// What the hub answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct EnrolAnswer {
    /// The version of these types: 1.
    pub v: u32,
    /// The school that the code was made for.
    pub school: School,
    /// The box's id from now on.
    pub box_id: Id,
    /// What the hub is called.
    pub hub: String,
    /// The root metadata that the box trusts from now on, its very bytes in base64.
    pub root: String,
    /// Where what is published lies.
    pub repository: String,
    /// The hub's keys beside those of public authorities: SHA-256 of the SubjectPublicKeyInfo of its certificate, and of those that
    /// will take its place. From now on the box believes a connection by these.
    pub pins: Vec<Bytes64>,
    /// The proof, over the request and all else of the answer.
    pub mac: Bytes64,
}

/// Why a request or answer cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// It cannot be written as canonical JSON.
    #[error("what is proved cannot be written")]
    Write(#[from] serde_json::Error),
    /// The proof is wrong: another code, or somebody changed it.
    #[error("the proof is wrong")]
    Proof,
    /// It is of another version than this program knows.
    #[error("version {0} of the exchange is not known here")]
    Version(u32),
    /// The key or nonce has another length.
    #[error("the key has to have 32 bytes, the nonce 16 at least")]
    Length,
}

fn without_mac<T: Serialize>(value: &T) -> Result<Vec<u8>, EnrolError> {
    let mut value = serde_json::to_value(value)?;
    if let Some(fields) = value.as_object_mut() {
        fields.remove("mac");
    }
    Ok(canonical(&value)?)
}

impl EnrolRequest {
    /// A request that proves itself.
    ///
    /// # Errors
    /// [`EnrolError`].
    pub fn new(
        code: &EnrolCode,
        public_key: &[u8],
        nonce: &[u8],
        program: ProgramVersion,
    ) -> Result<Self, EnrolError> {
        let public = PublicCode::try_from(code.public()).map_err(|_| EnrolError::Length)?;
        let mut request = Self {
            v: WIRE_VERSION,
            code: public,
            public_key: Bytes64::of(public_key),
            nonce: Bytes64::of(nonce),
            program,
            mac: Bytes64::of(&[0]),
        };
        request.mac = bytes(code.key().mac(&without_mac(&request)?))?;
        Ok(request)
    }

    /// Whether it proves itself by a key.
    ///
    /// # Errors
    /// [`EnrolError::Proof`], [`EnrolError::Version`], [`EnrolError::Length`].
    pub fn check(&self, key: &EnrolKey) -> Result<(), EnrolError> {
        if self.v != WIRE_VERSION {
            return Err(EnrolError::Version(self.v));
        }
        if self.public_key.bytes().len() != 32 || self.nonce.bytes().len() < 16 {
            return Err(EnrolError::Length);
        }
        if key.proves(&without_mac(self)?, &self.mac) {
            Ok(())
        } else {
            Err(EnrolError::Proof)
        }
    }
}

impl EnrolAnswer {
    fn proved(&self, request: &EnrolRequest) -> Result<Vec<u8>, EnrolError> {
        let mut message = ANSWER.to_vec();
        message.extend(canonical(request)?);
        message.push(b'\n');
        message.extend(without_mac(self)?);
        Ok(message)
    }

    /// The answer with its proof.
    ///
    /// # Errors
    /// [`EnrolError`].
    pub fn signed(mut self, request: &EnrolRequest, key: &EnrolKey) -> Result<Self, EnrolError> {
        self.v = WIRE_VERSION;
        self.mac = bytes(key.mac(&self.proved(request)?))?;
        Ok(self)
    }

    /// Whether it comes from the hub that made the code, for this request.
    ///
    /// # Errors
    /// [`EnrolError::Proof`], [`EnrolError::Version`].
    pub fn check(&self, request: &EnrolRequest, code: &EnrolCode) -> Result<(), EnrolError> {
        if self.v != WIRE_VERSION {
            return Err(EnrolError::Version(self.v));
        }
        if code.key().proves(&self.proved(request)?, &self.mac) {
            Ok(())
        } else {
            Err(EnrolError::Proof)
        }
    }
}

fn bytes(text: String) -> Result<Bytes64, EnrolError> {
    Bytes64::try_from(text).map_err(|_| EnrolError::Length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(code: &EnrolCode) -> EnrolRequest {
        let program = ProgramVersion::try_from("0.1.0".to_owned()).unwrap();
        EnrolRequest::new(code, &[5; 32], &[6; 16], program).unwrap()
    }

    fn answer() -> EnrolAnswer {
        let id = Id::try_from("01a20606-35c0-7fff-bfff-ffffffffffff".to_owned()).unwrap();
        EnrolAnswer {
            v: WIRE_VERSION,
            school: School {
                id: id.clone(),
                code: "E1".into(),
                name: "Trường Hoa Sen".into(),
            },
            box_id: id,
            hub: "Sở".into(),
            root: "e30=".into(),
            repository: "https://hub/repository/".into(),
            pins: vec![Bytes64::of(&[8; 32])],
            mac: Bytes64::of(&[0]),
        }
    }

    #[test]
    fn both_sides_prove_themselves_by_the_code() {
        let code = EnrolCode::new([3; 20]);
        let other = EnrolCode::new([4; 20]);
        let asked = request(&code);
        asked.check(&code.key()).unwrap();
        assert!(matches!(asked.check(&other.key()), Err(EnrolError::Proof)));
        let told = answer().signed(&asked, &code.key()).unwrap();
        told.check(&asked, &code).unwrap();
        assert!(matches!(told.check(&asked, &other), Err(EnrolError::Proof)));
        // An answer to another request, or one that somebody changed, is none.
        let again = EnrolRequest {
            nonce: Bytes64::of(&[7; 16]),
            ..asked.clone()
        };
        assert!(told.check(&again, &code).is_err());
        let changed = EnrolAnswer {
            root: "e30K".into(),
            ..told
        };
        assert!(changed.check(&asked, &code).is_err());
    }

    #[test]
    fn whatever_is_changed_of_a_request_is_noticed() {
        let code = EnrolCode::new([3; 20]);
        let asked = request(&code);
        let key = EnrolRequest {
            public_key: Bytes64::of(&[9; 32]),
            ..asked.clone()
        };
        let newer = EnrolRequest {
            v: 2,
            ..asked.clone()
        };
        let short = EnrolRequest {
            nonce: Bytes64::of(&[6; 8]),
            ..asked
        };
        assert!(matches!(key.check(&code.key()), Err(EnrolError::Proof)));
        assert!(matches!(
            newer.check(&code.key()),
            Err(EnrolError::Version(2))
        ));
        assert!(matches!(short.check(&code.key()), Err(EnrolError::Length)));
    }

    #[test]
    fn no_unknown_field_is_taken() {
        let code = EnrolCode::new([3; 20]);
        let mut value = serde_json::to_value(request(&code)).unwrap();
        value["device"] = "máy của An".into();
        assert!(serde_json::from_value::<EnrolRequest>(value).is_err());
    }

    proptest! {
        #[test]
        fn a_code_is_known_however_it_is_typed(bytes: [u8; 20]) {
            let code = EnrolCode::new(bytes);
            let text = code.to_text();
            prop_assert_eq!(text.len(), 24);
            prop_assert_eq!(EnrolCode::typed(&text), Some(code.clone()));
            let spoken = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            prop_assert_eq!(EnrolCode::typed(&spoken), Some(code.clone()));
            prop_assert!(text.starts_with(&code.public()));
            prop_assert_eq!(EnrolCode::typed(&text[..23]), None);
        }

        #[test]
        fn no_text_upsets_the_reader(text in "\\PC{0,60}") {
            if let Some(code) = EnrolCode::typed(&text) {
                prop_assert!(EnrolCode::typed(&code.to_text()).is_some());
            }
        }
    }
}
