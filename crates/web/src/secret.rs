//! Secrets that the box makes and knows again: ids of sessions, the first-run code, one-time
//! passwords. Randomness is handed in; what is kept is a hash.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};

/// Letters and digits that are not mistaken for one another when read from a screen or paper.
const PLAIN: &[u8; 32] = b"123456789abcdefghjkmnpqrstuvwxyz";
/// Characters between two hyphens.
const BLOCK: usize = 4;

/// The id of a session: 256 random bits, in one browser only.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId([u8; 32]);

impl std::fmt::Debug for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionId(…)")
    }
}

impl SessionId {
    /// Of random bytes.
    #[must_use]
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// As it stands in the cookie.
    #[must_use]
    pub fn to_text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Reads it from a cookie.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        // Longer ones are not decoded at all.
        if text.len() != 43 {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What it is known again by. The id is random, so a plain hash hides it; and looking a hash up
    /// tells nothing by the time it takes.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

/// A code that people type: the first-run code, a one-time password. 60 bits in three blocks.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedCode(String);

impl std::fmt::Debug for TypedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedCode(…)")
    }
}

impl TypedCode {
    /// Of random bytes, of which 60 bits count.
    #[must_use]
    pub fn new(random: [u8; 8]) -> Self {
        let mut bits = u64::from_be_bytes(random);
        let mut text = String::new();
        for place in 0..3 * BLOCK {
            if place > 0 && place % BLOCK == 0 {
                text.push('-');
            }
            let [.., low] = bits.to_be_bytes();
            text.push(char::from(PLAIN[usize::from(low & 31)]));
            bits >>= 5;
        }
        Self(text)
    }

    /// What somebody typed, or a file holds: case, hyphens and spaces do not count.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        Self(kept.take(64).flat_map(char::to_lowercase).collect())
    }

    /// As people read it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether two are the same; takes the same time wherever they differ.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let digest = |code: &Self| Sha256::digest(Self::typed(&code.0).0.as_bytes());
        is_same(&digest(self), &digest(other))
    }
}

/// Whether two texts of bytes are the same; takes the same time wherever they differ.
#[must_use]
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn ids_are_read_back_and_nothing_else_is(bytes: [u8; 32], text in ".{0,60}") {
            let id = SessionId::new(bytes);
            prop_assert_eq!(SessionId::from_text(&id.to_text()), Some(id.clone()));
            prop_assert_ne!(id.hash(), bytes);
            if let Some(other) = SessionId::from_text(&text) {
                prop_assert_eq!(other.to_text(), text);
            }
        }

        #[test]
        fn a_code_is_known_however_it_is_typed(bytes: [u8; 8], other: [u8; 8]) {
            let code = TypedCode::new(bytes);
            prop_assert_eq!(code.as_str().len(), 14);
            prop_assert!(code.is(&TypedCode::typed(&code.as_str().to_uppercase())));
            prop_assert!(TypedCode::typed(&code.as_str().replace('-', " ")).is(&code));
            let same = u64::from_be_bytes(bytes) << 4 == u64::from_be_bytes(other) << 4;
            prop_assert_eq!(code.is(&TypedCode::new(other)), same);
        }

        #[test]
        fn no_text_upsets_the_reader_of_codes(text in "\\PC{0,100}") {
            prop_assert!(!TypedCode::typed(&text).is(&TypedCode::new([7; 8])));
        }
    }

    #[test]
    fn letters_are_not_mistaken_for_one_another() {
        assert_eq!(PLAIN.iter().collect::<HashSet<_>>().len(), 32);
        assert!(!PLAIN.iter().any(|letter| b"0oil".contains(letter)));
    }

    #[test]
    fn no_secret_is_printed_by_accident() {
        let text = format!("{:?}{:?}", SessionId::new([1; 32]), TypedCode::new([1; 8]));
        assert_eq!(text, "SessionId(…)TypedCode(…)");
    }
}
