//! Group tokens: the secret of a managed device, and the hash by which it is compared.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// The secret that puts a managed device into its group wherever it is: the last part of a DoH
/// path, the first label of a DoT or DoQ server name. 80 bits, written as 16 characters of
/// base32 (RFC 4648 §6) in lower case, which survive both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token([u8; 10]);

/// A text that is no token. The text is not repeated: it may be a secret with a typing error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a group token; it has {} characters of a–z and 2–7",
    Token::LENGTH
)]
pub struct BadToken;

impl Token {
    /// Characters of its text.
    pub const LENGTH: usize = 16;
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

    /// The token of these random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 10]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 10] {
        self.0
    }
}

impl FromStr for Token {
    type Err = BadToken;
    fn from_str(text: &str) -> Result<Self, BadToken> {
        if text.len() != Self::LENGTH {
            return Err(BadToken);
        }
        let mut bits = 0u128;
        for byte in text.bytes() {
            let value = match byte.to_ascii_lowercase() {
                letter @ b'a'..=b'z' => letter - b'a',
                digit @ b'2'..=b'7' => digit - b'2' + 26,
                _ => return Err(BadToken),
            };
            bits = bits << 5 | u128::from(value);
        }
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&bits.to_be_bytes()[6..]);
        Ok(Self(bytes))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self
            .0
            .iter()
            .fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
        for place in (0..Self::LENGTH).rev() {
            let index = usize::try_from(bits >> (place * 5) & 31).unwrap_or(0);
            write!(f, "{}", char::from(Self::ALPHABET[index]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Token {
    /// Its first characters only: whoever reads a log must not become a member of the group.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:.4}…)", self.to_string())
    }
}

/// What is kept of a token: enough to know it again, not enough to make it. So a copied database
/// lets nobody into a group.
///
/// The first half of SHA-256 over the token behind a text that says what for. No salt and no slow
/// hash: a token is 80 random bits, not a password, and it is hashed once for every query that
/// shows one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash([u8; 16]);

impl TokenHash {
    /// The hash of these stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// A token as its group holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenMark {
    /// By what it is known again.
    pub hash: TokenHash,
    /// Its first [`TokenMark::SHOWN`] characters, by which people tell one from the other. The 60
    /// bits that remain are out of reach of guessing by asking, and dear even with the hash.
    pub first: String,
}

impl TokenMark {
    /// How many characters of a token are shown after its making.
    pub const SHOWN: usize = 4;
}

impl Token {
    /// The hash to compare it by.
    #[must_use]
    pub fn hash(self) -> TokenHash {
        const PURPOSE: &[u8] = b"la-chan group token 1\0";
        let digest: [u8; 32] = Sha256::new()
            .chain_update(PURPOSE)
            .chain_update(self.0)
            .finalize()
            .into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        TokenHash(half)
    }

    /// What its group keeps of it.
    #[must_use]
    pub fn mark(self) -> TokenMark {
        let mut first = self.to_string();
        first.truncate(TokenMark::SHOWN);
        TokenMark {
            hash: self.hash(),
            first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_token_is_refused_without_being_repeated() {
        for text in [
            "",
            "abc",
            "abcdefghijklmno1",
            "abcdefghijklmnopq",
            "abcdefghijklmnố",
        ] {
            let error = text.parse::<Token>().unwrap_err().to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }

    #[test]
    fn a_token_is_not_shown_whole_by_accident() {
        let token: Token = "abcdefghijklmnop".parse().unwrap();
        assert_eq!(format!("{token:?}"), "Token(abcd…)");
        assert_eq!(token.mark().first, "abcd");
    }

    #[test]
    fn the_stored_hash_of_a_token_never_changes() {
        let token: Token = "abcdefghijklmnop".parse().unwrap();
        let stored = token.hash().to_bytes().map(|byte| format!("{byte:02x}"));
        assert_eq!(stored.concat(), "b82e9d56f23d72da0ea4419e97de3e58");
    }

    proptest! {
        #[test]
        fn tokens_round_trip(bytes in any::<[u8; 10]>()) {
            let token = Token::from_bytes(bytes);
            let text = token.to_string();
            prop_assert_eq!(text.parse::<Token>().unwrap(), token);
            prop_assert_eq!(text.to_uppercase().parse::<Token>().unwrap().to_bytes(), bytes);
            prop_assert_eq!(TokenHash::from_bytes(token.hash().to_bytes()), token.hash());
        }

        #[test]
        fn no_text_is_too_odd(text in ".{0,40}") {
            let _ = text.parse::<Token>();
        }
    }
}
