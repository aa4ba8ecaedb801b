//! Ids that the program makes: UUIDv7 (RFC 9562 §5.7), so that rows made after one another lie beside one another,
//! and no database has to hand out numbers.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Why there is none.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct RandomError(#[from] getrandom::Error);

/// Bytes from the kernel.
///
/// # Errors
/// [`RandomError`].
pub fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A new id; `now` is Unix milliseconds.
///
/// # Errors
/// [`RandomError`].
pub fn new(now: i64) -> Result<String, RandomError> {
    Ok(of(now, random()?))
}

fn of(now: i64, random: [u8; 10]) -> String {
    let [_, _, time @ ..] = now.max(0).to_be_bytes();
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&time);
    bytes[6..].copy_from_slice(&random);
    written(bytes, 0x70)
}

/// An id that follows from what it is of: the same parts give the same one (UUIDv8, RFC 9562 §5.8).
#[must_use]
pub fn derived(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        digest.update(length.to_be_bytes());
        digest.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    written(bytes, 0x80)
}

fn written(mut bytes: [u8; 16], version: u8) -> String {
    bytes[6] = (bytes[6] & 0x0F) | version;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether a text has the form of an id.
#[must_use]
pub fn is_one(text: &str) -> bool {
    let is_at = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_id() {
        let id = derived(&["ask", "b", "7"]);
        assert_eq!(id, derived(&["ask", "b", "7"]));
        assert!(is_one(&id));
        assert_ne!(id, derived(&["ask", "b7", ""]));
    }

    #[test]
    fn an_id_has_the_form_of_the_rfc_and_later_ones_sort_behind() {
        let now = 1_795_397_400_000;
        let one = of(now, [0xFF; 10]);
        assert_eq!(one, "01a20606-35c0-7fff-bfff-ffffffffffff");
        assert!(is_one(&one));
        assert!(one < of(now + 1, [0; 10]));
        assert_ne!(new(now).unwrap(), new(now).unwrap());
        for bad in [
            "",
            "x",
            "01a20606-35c0-7fff-bfff-fffffffffffF",
            "01a2060635c07fffbfffffffffffffff",
        ] {
            assert!(!is_one(bad), "{bad}");
        }
    }
}
