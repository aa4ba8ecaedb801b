//! Form tokens: what stands in a form of ours and must come back with it, so that no other page can
//! send one in a pupil's name.
//!
//! A token is a keyed hash of the device's address and the time it was made at. Nothing is stored; the key
//! lives in memory and ends with the program, and so does every token.

use std::hash::Hasher as _;
use std::time::Duration;

use siphasher::sip128::{Hasher128 as _, SipHasher24};
use zeroize::Zeroizing;

/// How long a form may lie open: a lesson and a break.
pub const TOKEN_LIFE: Duration = Duration::from_secs(2 * 3600);
/// Digits of the time and of the hash.
const TIME: usize = 8;
const LENGTH: usize = TIME + 32;

/// Makes tokens and knows its own.
pub struct Tokens(Zeroizing<[u8; 16]>);

impl Tokens {
    /// By this secret.
    #[must_use]
    pub fn new(key: [u8; 16]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// A token for a device. `now` is the time since some moment, the same for all calls.
    #[must_use]
    pub fn make(&self, device: u128, now: Duration) -> String {
        let seconds = u32::try_from(now.as_secs()).unwrap_or(u32::MAX);
        format!("{seconds:08x}{:032x}", self.hash(device, seconds))
    }

    /// Whether a token was made here, for this device, not too long ago.
    #[must_use]
    pub fn holds(&self, token: &str, device: u128, now: Duration) -> bool {
        if token.len() != LENGTH || !token.is_ascii() {
            return false;
        }
        let (time, hash) = token.split_at(TIME);
        let (Ok(seconds), Ok(hash)) = (
            u32::from_str_radix(time, 16),
            u128::from_str_radix(hash, 16),
        ) else {
            return false;
        };
        let made = Duration::from_secs(seconds.into());
        let is_young = now.checked_sub(made).is_some_and(|age| age <= TOKEN_LIFE);
        // Whoever could measure how long this takes would need to guess 128 bits at once all the same.
        is_young && self.hash(device, seconds) == hash
    }

    fn hash(&self, device: u128, seconds: u32) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write(&device.to_be_bytes());
        hasher.write(&seconds.to_be_bytes());
        hasher.finish128().as_u128()
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Duration = Duration::from_secs(1000);

    #[test]
    fn a_token_is_of_one_device_box_and_time() {
        let tokens = Tokens::new([7; 16]);
        let token = tokens.make(1, NOW);
        assert!(tokens.holds(&token, 1, NOW));
        assert!(tokens.holds(&token, 1, NOW + TOKEN_LIFE));
        assert!(!tokens.holds(&token, 1, NOW + TOKEN_LIFE + Duration::from_secs(1)));
        assert!(!tokens.holds(&token, 1, NOW - Duration::from_secs(1)));
        assert!(!tokens.holds(&token, 2, NOW));
        assert!(!Tokens::new([8; 16]).holds(&token, 1, NOW));
    }

    proptest! {
        #[test]
        fn nothing_else_is_a_token(text in "\\PC{0,45}", digits in "[0-9a-f]{40}") {
            let tokens = Tokens::new([7; 16]);
            prop_assert!(!tokens.holds(&text, 1, NOW));
            prop_assert!(!tokens.holds(&digits, 1, NOW));
        }
    }
}
