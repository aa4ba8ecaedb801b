//! One-time codes of a phone (TOTP, RFC 6238 over HOTP, RFC 4226): HMAC-SHA-1, six digits, 30 s, which
//! is what every authenticator program knows. The time is passed in; which code was taken last is
//! kept by whoever stores accounts, so that none holds twice.

use std::fmt::Write as _;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use crate::secret::is_same;

/// Seconds that a code is of.
pub const STEP: i64 = 30;
/// Steps before and after the present one whose code is taken: a phone's clock and slow fingers.
const DRIFT: i64 = 1;
/// Bytes of a secret: as long as the hash (RFC 4226 §4, R6).
pub const SECRET_BYTES: usize = 20;

/// A secret, shared with one phone.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Vec<u8>);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl TotpSecret {
    /// Of random bytes.
    #[must_use]
    pub fn new(random: [u8; SECRET_BYTES]) -> Self {
        Self(random.to_vec())
    }

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

    /// As it is typed where no camera is (RFC 4648 §6).
    #[must_use]
    pub fn to_text(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// What a phone's camera reads: whose code it is, and of which box.
    #[must_use]
    pub fn uri(&self, account: &str, issuer: &str) -> String {
        let (account, issuer) = (escaped(account), escaped(issuer));
        let secret = self.to_text();
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&digits=6&period=30"
        )
    }

    /// The step whose code somebody typed: the present one or a neighbour; `None` when it is none of
    /// them. Whether it was taken before is not known here.
    #[must_use]
    pub fn step_of(&self, typed: &str, unix: i64) -> Option<i64> {
        let digits: String = typed
            .chars()
            .filter(|c| !c.is_whitespace())
            .take(7)
            .collect();
        let now = unix.div_euclid(STEP);
        let mut found = None;
        // All are looked at, so that the time it takes tells nothing.
        for step in now - DRIFT..=now + DRIFT {
            if is_same(self.code(step).as_bytes(), digits.as_bytes()) {
                found = Some(step);
            }
        }
        found
    }

    /// The code of a step.
    fn code(&self, step: i64) -> String {
        format!("{:06}", hotp(&self.0, step.cast_unsigned()) % 1_000_000)
    }
}

/// RFC 4226 §5.3: the number that is cut out of the hash.
fn hotp(secret: &[u8], counter: u64) -> u32 {
    // A key of whatever length is one for HMAC.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else {
        return 0;
    };
    mac.update(&counter.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 0xF);
    let four = [0, 1, 2, 3].map(|at| hash[offset + at]);
    u32::from_be_bytes(four) & 0x7FFF_FFFF
}

/// Percent-encoding of what may not stand in a label (RFC 3986 §2).
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // RFC 4226, appendix D.
        let secret = b"12345678901234567890";
        let expected = [
            755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871,
            520_489,
        ];
        for (counter, code) in (0..).zip(expected) {
            assert_eq!(hotp(secret, counter) % 1_000_000, code, "{counter}");
        }
        // RFC 6238, appendix B, cut to six digits.
        let secret = TotpSecret::from_bytes(secret.to_vec());
        for (unix, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(unix / STEP), code, "{unix}");
        }
    }

    #[test]
    fn a_neighbouring_step_is_taken_and_a_farther_one_is_not() {
        let secret = TotpSecret::new([7; SECRET_BYTES]);
        let unix = 1_795_397_400;
        let step = unix / STEP;
        let code = secret.code(step);
        for (late, expected) in [
            (-61, None),
            (-30, Some(step)),
            (0, Some(step)),
            (59, Some(step)),
            (60, None),
        ] {
            assert_eq!(secret.step_of(&code, unix + late), expected, "{late}");
        }
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(secret.step_of(&spaced, unix), Some(step));
    }

    #[test]
    fn the_camera_reads_whose_code_it_is() {
        let secret = TotpSecret::new([0; SECRET_BYTES]);
        assert_eq!(
            secret.uri("lan", "Trường A"),
            "otpauth://totp/Tr%C6%B0%E1%BB%9Dng%20A:lan?secret=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
             &issuer=Tr%C6%B0%E1%BB%9Dng%20A&digits=6&period=30"
        );
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
    }

    proptest! {
        #[test]
        fn no_text_is_a_code_by_accident_of_form(text in "\\PC{0,12}", unix in 0i64..10_000_000_000) {
            let secret = TotpSecret::new([7; SECRET_BYTES]);
            let is_six = text.chars().filter(|c| !c.is_whitespace()).count() == 6
                && text.chars().filter(|c| !c.is_whitespace()).all(|c| c.is_ascii_digit());
            prop_assert!(is_six || secret.step_of(&text, unix).is_none());
        }

        #[test]
        fn its_own_code_is_always_known(random: [u8; SECRET_BYTES], unix in 0i64..10_000_000_000) {
            let secret = TotpSecret::new(random);
            let step = unix.div_euclid(STEP);
            let found = secret.step_of(&secret.code(step), unix);
            // A neighbour's code may be the same by chance.
            prop_assert!(found.is_some_and(|found| (step..=step + DRIFT).contains(&found)));
        }
    }
}
