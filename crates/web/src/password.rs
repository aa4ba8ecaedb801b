//! Passwords: what is taken for one, and argon2id, one at a time, so that a flood of sign-ins takes
//! neither the memory nor the processor that answers need.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64_NOPAD;

use crate::secret::is_same;

/// Memory of one hash in KiB, passes over it, lanes: the least that OWASP's password storage sheet
/// names for argon2id. More memory is what a small box does not have.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Bytes of salt and hash (RFC 9106 §3.1, §4).
const SALT: usize = 16;
const HASH: usize = 32;
/// Who may wait for the one that is hashed.
const MOST_WAITING: usize = 16;
/// Shortest password, in characters: long rather than odd (NIST SP 800-63B §5.1.1.2).
pub const SHORTEST: usize = 10;
/// Longest, in bytes: more only costs time.
pub const LONGEST: usize = 512;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeakPassword {
    /// Fewer than [`SHORTEST`] characters.
    Short,
    /// More than [`LONGEST`] bytes.
    Long,
    /// A few characters again and again, a row of the keyboard, or one of the first that are tried.
    Common,
    /// It holds the name it is for.
    Name,
}

/// What is tried first, as it stands in others' lists and as it is typed here.
const COMMON: [&str; 14] = [
    "password",
    "matkhau",
    "123456789",
    "987654321",
    "qwertyuiop",
    "asdfghjkl",
    "iloveyou",
    "anhyeuem",
    "emyeuanh",
    "lachan",
    "giaovien",
    "truonghoc",
    "quantri",
    "administrator",
];

/// Checks a password that somebody chose for an account.
///
/// # Errors
/// [`WeakPassword`].
pub fn check(password: &str, name: &str) -> Result<(), WeakPassword> {
    if password.len() > LONGEST {
        return Err(WeakPassword::Long);
    }
    if password.chars().count() < SHORTEST {
        return Err(WeakPassword::Short);
    }
    let lower = password.to_lowercase();
    if name.len() > 2 && lower.contains(&name.to_lowercase()) {
        return Err(WeakPassword::Name);
    }
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    // What is left of it without a word that everybody tries.
    let is_common =
        |word: &&str| lower.contains(*word) && lower.chars().count() < word.chars().count() + 6;
    if different.len() < 5 || COMMON.iter().any(is_common) {
        return Err(WeakPassword::Common);
    }
    Ok(())
}

/// Why a password was neither hashed nor proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many wait already.
    #[error("too many passwords are being proved; try again")]
    Busy,
    /// The machine has no memory for it.
    #[error("there is no memory to prove a password with")]
    Memory,
    /// What was stored is no hash of ours.
    #[error("the stored hash of a password cannot be read")]
    Stored,
}

/// Hashes passwords, one at a time.
#[derive(Debug, Default)]
pub struct Hasher {
    turn: Mutex<()>,
    waiting: AtomicUsize,
}

impl Hasher {
    /// The hash of a password, to be stored: a PHC string. Takes a tenth of a second, longer on a
    /// small box: not where anything waits.
    ///
    /// # Errors
    /// [`HashError::Busy`], [`HashError::Memory`].
    pub fn hash(&self, password: &str, salt: [u8; SALT]) -> Result<String, HashError> {
        let hash = self.run(password, &salt, MEMORY, PASSES)?;
        Ok(format!(
            "$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}${}${}",
            BASE64_NOPAD.encode(&salt),
            BASE64_NOPAD.encode(&hash)
        ))
    }

    /// Whether a password is the one that was hashed. Without a hash (nobody has the name) it takes
    /// as long as with one, and the answer is no.
    ///
    /// # Errors
    /// [`HashError`].
    pub fn proves(&self, password: &str, stored: Option<&str>) -> Result<bool, HashError> {
        let Some(stored) = stored else {
            self.run(password, &[0; SALT], MEMORY, PASSES)?;
            return Ok(false);
        };
        let stored = Stored::read(stored).ok_or(HashError::Stored)?;
        let hash = self.run(password, &stored.salt, stored.memory, stored.passes)?;
        Ok(is_same(&hash, &stored.hash))
    }

    fn run(
        &self,
        password: &str,
        salt: &[u8],
        memory: u32,
        passes: u32,
    ) -> Result<[u8; HASH], HashError> {
        // Nobody's password is longer; what is, proves nothing and is cut.
        let password = password.as_bytes();
        let password = &password[..password.len().min(LONGEST)];
        let _place = Place::take(&self.waiting)?;
        // The lock guards no data: a thread that failed under it leaves nothing behind.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let params =
            Params::new(memory, passes, LANES, Some(HASH)).map_err(|_| HashError::Stored)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hash = [0; HASH];
        argon
            .hash_password_into(password, salt, &mut hash)
            .map_err(|_| HashError::Memory)?;
        Ok(hash)
    }
}

/// A place among those who wait.
struct Place<'p>(&'p AtomicUsize);

impl<'p> Place<'p> {
    fn take(waiting: &'p AtomicUsize) -> Result<Self, HashError> {
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let place = Self(waiting);
        // Dropped again where it is one too many.
        (before < MOST_WAITING)
            .then_some(place)
            .ok_or(HashError::Busy)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stored hash, taken apart.
struct Stored {
    memory: u32,
    passes: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    /// Reads a PHC string of ours; costs beyond reason are refused, so that a damaged row does not
    /// hold up the box.
    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("$argon2id$v=19$m=")?;
        let (costs, rest) = rest.split_once('$')?;
        let (salt, hash) = rest.split_once('$')?;
        let (memory, costs) = costs.split_once(",t=")?;
        let (passes, lanes) = costs.split_once(",p=")?;
        let stored = Self {
            memory: memory.parse().ok()?,
            passes: passes.parse().ok()?,
            salt: BASE64_NOPAD.decode(salt.as_bytes()).ok()?,
            hash: BASE64_NOPAD.decode(hash.as_bytes()).ok()?,
        };
        let fits = lanes == LANES.to_string()
            && (8..=256 * 1024).contains(&stored.memory)
            && (1..=16).contains(&stored.passes)
            && (8..=64).contains(&stored.salt.len())
            && stored.hash.len() == HASH;
        fits.then_some(stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_password_proves_itself_and_no_other_does() {
        let hasher = Hasher::default();
        let stored = hasher.hash("cơm tấm sườn bì", [7; SALT]).unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert_eq!(hasher.proves("cơm tấm sườn bì", Some(&stored)), Ok(true));
        assert_eq!(hasher.proves("cơm tấm sườn", Some(&stored)), Ok(false));
        assert_eq!(hasher.proves("cơm tấm sườn bì", None), Ok(false));
        let salted = hasher.hash("cơm tấm sườn bì", [8; SALT]).unwrap();
        assert_ne!(stored, salted);
    }

    #[test]
    fn a_hash_of_other_costs_is_still_proved() {
        let hasher = Hasher::default();
        let hash = hasher.run("phở bò tái", &[7; SALT], 64, 3).unwrap();
        let (salt, hash) = (BASE64_NOPAD.encode(&[7; SALT]), BASE64_NOPAD.encode(&hash));
        let stored = format!("$argon2id$v=19$m=64,t=3,p=1${salt}${hash}");
        assert_eq!(hasher.proves("phở bò tái", Some(&stored)), Ok(true));
        assert_eq!(hasher.proves("phở gà", Some(&stored)), Ok(false));
    }

    #[test]
    fn a_damaged_hash_is_told_and_not_believed() {
        let hasher = Hasher::default();
        for bad in [
            "",
            "x",
            "$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AA",
            "$argon2i$v=19$m=64,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AA",
        ] {
            assert_eq!(
                hasher.proves("x", Some(bad)),
                Err(HashError::Stored),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_flood_of_sign_ins_is_sent_away() {
        let waiting = AtomicUsize::new(0);
        let places: Vec<_> = (0..MOST_WAITING).map(|_| Place::take(&waiting)).collect();
        assert!(places.iter().all(Result::is_ok));
        assert!(matches!(Place::take(&waiting), Err(HashError::Busy)));
        drop(places);
        assert!(Place::take(&waiting).is_ok());
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for (password, expected) in [
            ("ngắn", Err(WeakPassword::Short)),
            ("1234567890", Err(WeakPassword::Common)),
            ("Matkhau@2026", Err(WeakPassword::Common)),
            ("aaaaabbbbb", Err(WeakPassword::Common)),
            ("co.lan-rat-vui", Err(WeakPassword::Name)),
            ("phở bò tái nạm gầu", Ok(())),
            ("matkhau của tôi là bí mật", Ok(())),
        ] {
            assert_eq!(check(password, "co.lan"), expected, "{password}");
        }
        assert_eq!(check(&"ă1b2c3".repeat(100), "an"), Err(WeakPassword::Long));
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_readers(text in "\\PC{0,80}", name in "[a-z]{0,8}") {
            let _ = check(&text, &name);
            let _ = Stored::read(&text);
        }
    }
}
