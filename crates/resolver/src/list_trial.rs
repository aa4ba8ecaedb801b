//! A list on trial: how many devices it would have hit, counted while it is tried and kept in memory only.
//!
//! ```text
//!  open query ─► is a suffix of the name an entry? ─► would it be closed then? ─► a bit of the device at the entry
//! ```
//!
//! What is kept is a table of hashes of the entries, which the person who tries the list has, and 256 bits an
//! entry: a device sets one of them, always the same, by a keyed hash whose key lives as long as the trial.
//! No name, address or time is kept, and nothing can be asked but [`ListTrial::seen`]: of entries that fewer devices
//! asked for than the school's least number it says nothing at all, not even by what it adds up to. Several
//! devices that share a bit count as one, so a number told is never too high.
//!
//! While no trial runs this costs one look at a pointer a batch of queries; while one runs, a hash and a look a
//! suffix. Nothing is allocated, and nobody waits.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use lachan_policy::ruleset::{NameHasher, sealed_digest};
use lachan_policy::{Ask, Category, MAX_LABELS, Name, Policy, Scope};

/// Words of bits an entry has.
const WORDS: usize = 4;
/// Its bits: devices that can be told apart.
pub const MOST_DEVICES: u32 = 256;
/// Most entries that are counted: 12 MiB of memory.
pub const MOST_ENTRIES: usize = 1 << 18;
/// Bits of an entry's word in the table that say what it covers: the name itself, what lies below.
const ITSELF: u64 = 1;
const BELOW: u64 = 2;
const COVERS: u64 = ITSELF | BELOW;

/// A list that is tried.
pub struct ListTrial {
    /// What its entries are.
    category: Category,
    hasher: NameHasher,
    /// What turns an address into a bit.
    device_key: [u8; 16],
    /// Labels of the deepest entry.
    deepest: usize,
    /// Open addressing by hash: 0 is a free place.
    table: Box<[u64]>,
    /// By place: which devices.
    devices: Box<[[AtomicU64; WORDS]]>,
}

/// What a trial may tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrialSeen {
    /// Entries that at least so many devices as were asked for would have been hit by.
    pub entries: u64,
    /// Devices of these entries together: so many at least, and 256 at most.
    pub devices: u32,
}

/// There are more entries than [`MOST_ENTRIES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the list has more than {MOST_ENTRIES} entries, more than are counted")]
pub struct TooManyEntries;

impl ListTrial {
    /// A trial of these entries. `key` is random, and of this trial only.
    ///
    /// # Errors
    /// [`TooManyEntries`].
    pub fn new(
        category: Category,
        entries: &[(Name, Scope)],
        key: [u8; 16],
    ) -> Result<Self, TooManyEntries> {
        if entries.len() > MOST_ENTRIES {
            return Err(TooManyEntries);
        }
        // Half of the places stay free, so that a look ends soon.
        let places = (entries.len() * 2).next_power_of_two().max(2);
        let [a, b, c, d, e, f, g, h, ..] = key;
        let mut trial = Self {
            category,
            hasher: NameHasher::new(u64::from_le_bytes([a, b, c, d, e, f, g, h])),
            device_key: key,
            deepest: 0,
            table: vec![0; places].into(),
            devices: (0..places).map(|_| Default::default()).collect(),
        };
        for (name, scope) in entries {
            trial.add(name, *scope);
        }
        Ok(trial)
    }

    fn add(&mut self, name: &Name, scope: Scope) {
        let mut covers = 0;
        if scope.covers_itself() {
            covers |= ITSELF;
        }
        if scope.covers_below() {
            covers |= BELOW;
        }
        let hash = self.hasher.hash(name).high() & !COVERS;
        let place = self.place(hash);
        self.table[place] |= hash | covers;
        self.deepest = self.deepest.max(name.label_count());
    }

    /// Where a hash stands, or would. There is always a free place, so a look ends.
    fn place(&self, hash: u64) -> usize {
        let last = self.table.len() - 1;
        // The upper half: the lowest bits say what is covered.
        let mut place = usize::try_from(hash >> 32).unwrap_or(0) & last;
        while self.table[place] != 0 && self.table[place] & !COVERS != hash {
            place = (place + 1) & last;
        }
        place
    }

    /// A query that is open: notes its device at every entry that would close it.
    pub(crate) fn see(&self, policy: &Policy, ask: &Ask<'_>, device: IpAddr) {
        let mut starts = [0; MAX_LABELS];
        let starts = ask.name.starts(&mut starts).iter().rev();
        for start in starts.take(self.deepest) {
            let hash = self.hasher.suffix(ask.name, usize::from(*start)).high() & !COVERS;
            let place = self.place(hash);
            let wanted = if *start == 0 { ITSELF } else { BELOW };
            if self.table[place] & wanted != 0
                && policy
                    .decide_if_listed(ask, *start, self.category)
                    .is_block()
            {
                self.note(place, device);
            }
        }
    }

    fn note(&self, place: usize, device: IpAddr) {
        let digest = match device {
            IpAddr::V4(four) => sealed_digest(&self.device_key, &four.octets()),
            IpAddr::V6(six) => sealed_digest(&self.device_key, &six.octets()),
        };
        let bit = usize::try_from(digest % u128::from(MOST_DEVICES)).unwrap_or(0);
        let (word, bit) = (&self.devices[place][bit / 64], 1 << (bit % 64));
        // Most of the time it is set already, and a line that is only read stays with every core.
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// What was seen so far, of entries of at least `fewest` devices; of none below one.
    #[must_use]
    pub fn seen(&self, fewest: u32) -> TrialSeen {
        let mut seen = TrialSeen::default();
        let mut all = [0; WORDS];
        for devices in &self.devices {
            let bits = devices.each_ref().map(|word| word.load(Ordering::Relaxed));
            if count(&bits) < fewest.max(1) {
                continue;
            }
            seen.entries += 1;
            for (sum, bits) in all.iter_mut().zip(bits) {
                *sum |= bits;
            }
        }
        seen.devices = count(&all);
        seen
    }
}

fn count(bits: &[u64; WORDS]) -> u32 {
    bits.iter().map(|word| word.count_ones()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing::{self, TestList, shipped_rules};
    use lachan_policy::ruleset::ListClass;
    use lachan_policy::{CategorySet, Exceptions, Tier};
    use std::sync::LazyLock;

    const LISTS: &[TestList<'_>] = &[
        ("base/gambling", ListClass::Own, "gambling", &["nha-cai.vn"]),
        ("protected", ListClass::Protected, "", &["zalo.me"]),
    ];

    fn trial(entries: &[(&str, Scope)]) -> ListTrial {
        let category = shipped_rules().category("gambling").unwrap();
        let entries = entries.iter();
        let entries = entries.map(|(name, scope)| (testing::name(name), *scope));
        let entries: Vec<_> = entries.collect();
        ListTrial::new(category, &entries, [7; 16]).unwrap()
    }

    /// A trial of so many names with all below them.
    fn trial_of(count: usize) -> (Vec<String>, ListTrial) {
        // Letters only: some numbers look like those of betting sites, which are closed already.
        let letters = |number: usize| -> String {
            let digits = number.to_string().into_bytes();
            let letter = |digit: u8| char::from(b'a' + digit - b'0');
            digits.into_iter().map(letter).collect()
        };
        let names = (0..count).map(|number| format!("ten{}.vn", letters(number)));
        let names: Vec<String> = names.collect();
        let entries = names.iter().map(|name| (name.as_str(), Scope::Suffix));
        let trial = trial(&entries.collect::<Vec<_>>());
        (names, trial)
    }

    fn policy() -> &'static Policy {
        static POLICY: LazyLock<Policy> =
            LazyLock::new(|| testing::policy(testing::ruleset(LISTS), Exceptions::default()));
        &POLICY
    }

    /// So many devices of lower secondary school ask for a name that is open to them.
    fn ask(trial: &ListTrial, name: &str, devices: u8) {
        let policy = policy();
        let groups = policy.groups().all().iter();
        let mut groups = groups.zip(0..);
        let (_, group) = groups.find(|(one, _)| one.tier == Tier::Thcs).unwrap();
        let name = testing::name(name);
        let ask = Ask {
            name: &name,
            group,
            at: None,
            found: CategorySet::EMPTY,
        };
        assert!(!policy.decide(&ask).is_block(), "{name}");
        for last in 0..devices {
            trial.see(policy, &ask, [10, 6, 0, last].into());
        }
    }

    #[test]
    fn an_entry_counts_from_the_least_number_of_devices_on() {
        let trial = trial(&[("a.vn", Scope::Suffix), ("b.vn", Scope::Suffix)]);
        ask(&trial, "www.a.vn", 40);
        ask(&trial, "b.vn", 4);
        let seen = trial.seen(10);
        assert_eq!(seen.entries, 1);
        // Devices may share a bit: never too many are told.
        assert!((30..=40).contains(&seen.devices), "{seen:?}");
        assert_eq!(trial.seen(5).entries, 1);
        assert_eq!(trial.seen(1).entries, 2);
    }

    #[test]
    fn entries_of_few_devices_do_not_add_up() {
        let (names, trial) = trial_of(50);
        for name in &names {
            ask(&trial, name, 4);
        }
        assert_eq!(trial.seen(5), TrialSeen::default());
    }

    #[test]
    fn one_device_is_one_however_often_it_asks() {
        let trial = trial(&[("a.vn", Scope::Suffix)]);
        for _ in 0..100 {
            ask(&trial, "a.vn", 1);
        }
        assert_eq!((trial.seen(1).devices, trial.seen(2).devices), (1, 0));
    }

    #[test]
    fn what_an_entry_does_not_cover_is_not_counted() {
        let trial = trial(&[("exact.vn", Scope::Exact), ("below.vn", Scope::Below)]);
        for name in ["www.exact.vn", "below.vn", "other.vn", "xexact.vn"] {
            ask(&trial, name, 30);
        }
        assert_eq!(trial.seen(1), TrialSeen::default());
        ask(&trial, "exact.vn", 30);
        ask(&trial, "x.y.below.vn", 30);
        assert_eq!(trial.seen(10).entries, 2);
    }

    #[test]
    fn what_the_list_could_not_close_is_not_counted() {
        let trial = trial(&[("zalo.me", Scope::Suffix)]);
        ask(&trial, "chat.zalo.me", 60);
        assert_eq!(trial.seen(1), TrialSeen::default());
    }

    #[test]
    fn a_full_list_is_found_again_and_a_longer_one_refused() {
        let (names, trial) = trial_of(2_000);
        for name in &names {
            ask(&trial, name, 1);
        }
        assert_eq!(trial.seen(1).entries, 2_000);
        let category = shipped_rules().category("gambling").unwrap();
        let many = vec![(testing::name("a.vn"), Scope::Suffix); MOST_ENTRIES + 1];
        assert!(ListTrial::new(category, &many, [0; 16]).is_err());
    }
}
