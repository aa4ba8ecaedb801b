//! Device pseudonyms: which blocked attempts of one day come from the same device, and nothing
//! more.
//!
//! A pseudonym is SipHash-2-4-128 of the device's address under a random key, cut to 64 bits. The
//! key belongs to one local day, lives in memory only and is wiped when the day changes, so that
//! nobody, with the box in hand, can turn a pseudonym back into a device or follow one from day to
//! day. A restart makes a new key: the day then has two pseudonyms a device, which is the safe way
//! to be wrong.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};
use zeroize::Zeroizing;

/// The day a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyDay {
    /// A local day, since 1970.
    Local(i64),
    /// The time is not known: a day since the start of the program.
    Uptime(i64),
}

/// The key of the day.
#[derive(Default)]
pub(crate) struct DeviceKey {
    held: Option<Held>,
}

struct Held {
    day: KeyDay,
    key: Zeroizing<[u8; 16]>,
}

impl DeviceKey {
    /// The pseudonym of a device on a day. A day other than the key's makes a new key, whichever
    /// way the clock went. Without randomness from the kernel there is no pseudonym.
    pub(crate) fn pseudonym(&mut self, device: u128, day: KeyDay) -> Option<u64> {
        self.turn(day);
        if self.held.is_none() {
            let mut key = Zeroizing::new([0; 16]);
            getrandom::fill(key.as_mut_slice()).ok()?;
            self.held = Some(Held { day, key });
        }
        self.known(device, day)
    }

    /// The pseudonym under the key that there is; `None` where it is another day's. Makes no key.
    pub(crate) fn known(&self, device: u128, day: KeyDay) -> Option<u64> {
        let held = self.held.as_ref().filter(|held| held.day == day)?;
        let mut hasher = SipHasher24::new_with_key(&held.key);
        hasher.write(&device.to_be_bytes());
        Some(hasher.finish128().h1)
    }

    /// Wipes the key when the day is no longer its own.
    pub(crate) fn turn(&mut self, day: KeyDay) {
        if self.held.as_ref().is_some_and(|held| held.day != day) {
            self.held = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KeyDay::{Local, Uptime};
    use super::*;

    #[test]
    fn a_device_keeps_its_pseudonym_for_the_day() {
        let mut key = DeviceKey::default();
        let first = key.pseudonym(7, Local(1));
        assert!(first.is_some());
        assert_eq!(first, key.pseudonym(7, Local(1)));
        assert_ne!(first, key.pseudonym(8, Local(1)));
    }

    #[test]
    fn looking_makes_no_key_and_knows_no_other_day() {
        let mut key = DeviceKey::default();
        assert_eq!(key.known(7, Local(1)), None);
        let first = key.pseudonym(7, Local(1));
        assert_eq!(key.known(7, Local(1)), first);
        assert_eq!(key.known(7, Local(2)), None);
    }

    #[test]
    fn days_cannot_be_linked() {
        let mut key = DeviceKey::default();
        let monday = key.pseudonym(7, Local(1));
        assert_ne!(monday, key.pseudonym(7, Local(2)));
        // Not even by setting the clock back: the old key is gone.
        assert_ne!(monday, key.pseudonym(7, Local(1)));
    }

    #[test]
    fn the_key_is_gone_when_the_day_ends_even_if_nothing_happens() {
        let mut key = DeviceKey::default();
        let monday = key.pseudonym(7, Local(1));
        key.turn(Local(2));
        assert!(key.held.is_none());
        assert_ne!(monday, key.pseudonym(7, Local(1)));
    }

    #[test]
    fn two_boxes_and_two_starts_do_not_agree() {
        let pseudonym = || DeviceKey::default().pseudonym(7, Local(1));
        assert_ne!(pseudonym(), pseudonym());
    }

    #[test]
    fn learning_the_time_makes_a_new_key() {
        let mut key = DeviceKey::default();
        let before = key.pseudonym(7, Uptime(0));
        assert_eq!(before, key.pseudonym(7, Uptime(0)));
        assert_ne!(before, key.pseudonym(7, Local(1)));
    }
}
