//! By what a device is known: its address, its hardware address, the interface it came in on, the
//! token of an encrypted query. Which group that makes is [`crate::Groups::index_of`]'s affair.

use std::fmt;
use std::str::FromStr;

/// A hardware address (EUI-48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

/// A text that is no hardware address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a MAC address; it has six pairs of hexadecimal digits, as in 3c:22:fb:0a:b1:9e"
)]
pub struct BadMac(pub String);

impl Mac {
    /// Whether the address was made up by the device (the locally administered bit of IEEE 802):
    /// phones do so for each network, and some anew each day.
    #[must_use]
    pub const fn is_random(self) -> bool {
        self.0[0] & 2 != 0
    }
}

impl FromStr for Mac {
    type Err = BadMac;
    /// Six pairs of hexadecimal digits with `:`, `-`, `.` or nothing between them, in either case.
    fn from_str(text: &str) -> Result<Self, BadMac> {
        let bad = || BadMac(text.to_owned());
        let mut bytes = [0; 6];
        let mut digits = 0;
        for character in text.trim().chars() {
            if matches!(character, ':' | '-' | '.') {
                continue;
            }
            let digit = character
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok());
            let byte: &mut u8 = bytes.get_mut(digits / 2).ok_or_else(bad)?;
            *byte = *byte << 4 | digit.ok_or_else(bad)?;
            digits += 1;
        }
        if digits == 12 {
            Ok(Self(bytes))
        } else {
            Err(bad())
        }
    }
}

impl fmt::Display for Mac {
    /// `3c:22:fb:0a:b1:9e`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hardware_addresses_are_read_however_they_are_written() {
        for text in [
            "3C:22:fb:0a:B1:9e",
            "3c-22-fb-0a-b1-9e",
            "3c22.fb0a.b19e",
            "3c22fb0ab19e",
        ] {
            assert_eq!(
                text.parse::<Mac>().unwrap().to_string(),
                "3c:22:fb:0a:b1:9e"
            );
        }
        for text in [
            "",
            "3c:22:fb:0a:b1",
            "3c:22:fb:0a:b1:9e:00",
            "3g:22:fb:0a:b1:9e",
        ] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }

    #[test]
    fn made_up_hardware_addresses_are_told() {
        assert!(Mac([0xda, 0, 0, 0, 0, 1]).is_random());
        assert!(!Mac([0x3c, 0, 0, 0, 0, 1]).is_random());
    }

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
    }

    proptest! {
        #[test]
        fn tokens_round_trip(bytes in any::<[u8; 10]>()) {
            let token = Token::from_bytes(bytes);
            let text = token.to_string();
            prop_assert_eq!(text.parse::<Token>().unwrap(), token);
            prop_assert_eq!(text.to_uppercase().parse::<Token>().unwrap().to_bytes(), bytes);
        }

        #[test]
        fn no_text_is_too_odd(text in ".{0,40}") {
            let _ = (text.parse::<Mac>(), text.parse::<Token>());
        }
    }
}
