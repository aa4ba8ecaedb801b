//! The cache: upstream answers by question, sharded, bounded in bytes, exact to the second.
//!
//! It holds what upstreams said *before* any policy: every hit is decided afresh for the client
//! that asks, so no tier sees another's answer. Times come from the caller, in seconds of a clock
//! that only goes forward.
//!
//! Eviction is CLOCK (second chance): a hit sets one flag under a read lock, so that readers do
//! not wait for one another. A plain LRU list would need a write lock for every hit.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use lachan_policy::{MAX_WIRE, Name};

use crate::wire::response::Reply;

/// Shards, each with its own lock. Sixteen keep four cores apart and cost little when empty.
const SHARDS: usize = 16;
/// What an entry costs beside its answer and its key: both collections' slots, reference counts,
/// the reply's own fields. Measured by counting the types' sizes, rounded up.
const OVERHEAD: usize = 192;

/// What is asked of an upstream: two clients with the same key get the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The name.
    pub(crate) name: Name,
    /// The type.
    pub(crate) qtype: u16,
    /// Whether DNSSEC records are wanted.
    pub(crate) dnssec_ok: bool,
    /// Whether answers that fail validation are wanted. Kept apart: an upstream that validates
    /// answers SERVFAIL to the one and data to the other.
    pub(crate) checking_disabled: bool,
}

/// A key as bytes: a quarter of a [`Name`]'s size for the usual name.
struct KeyBytes {
    bytes: [u8; MAX_WIRE + 3],
    length: usize,
}

impl KeyBytes {
    fn new(key: &Key) -> Self {
        let wire = key.name.as_wire();
        let mut bytes = [0; MAX_WIRE + 3];
        let [high, low] = key.qtype.to_be_bytes();
        let flags = u8::from(key.dnssec_ok) | u8::from(key.checking_disabled) << 1;
        bytes[..3].copy_from_slice(&[high, low, flags]);
        bytes[3..3 + wire.len()].copy_from_slice(wire);
        Self {
            bytes,
            length: 3 + wire.len(),
        }
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[derive(Debug)]
struct Entry {
    reply: Arc<Reply>,
    stored: u32,
    used: AtomicBool,
    cost: usize,
}

#[derive(Debug, Default)]
struct Shard {
    entries: HashMap<Arc<[u8]>, Entry>,
    /// The clock's hand goes round this ring; every entry stands in it exactly once.
    ring: VecDeque<Arc<[u8]>>,
    bytes: usize,
}

/// The cache.
#[derive(Debug)]
pub(crate) struct Cache {
    shards: Vec<RwLock<Shard>>,
    /// Bytes each shard may hold.
    room: usize,
    hasher: RandomState,
}

/// An answer found, and how old it is in seconds.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) reply: Arc<Reply>,
    pub(crate) age: u32,
}

impl Cache {
    /// A cache of at most `bytes` bytes; 0 keeps nothing.
    pub(crate) fn new(bytes: usize) -> Self {
        let shards = (0..SHARDS).map(|_| RwLock::default()).collect();
        Self {
            shards,
            room: bytes / SHARDS,
            hasher: RandomState::new(),
        }
    }

    fn shard(&self, key: &[u8]) -> &RwLock<Shard> {
        let hash = self.hasher.hash_one(key);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or(0)]
    }

    /// The answer to a question that still lives at `now`.
    pub(crate) fn find(&self, key: &Key, now: u32) -> Option<Found> {
        let key = KeyBytes::new(key);
        // A panic while a shard was held leaves whole entries behind, so its data stays usable.
        let shard = self
            .shard(key.as_slice())
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let entry = shard.entries.get(key.as_slice())?;
        let age = now.saturating_sub(entry.stored);
        if age >= entry.reply.lifetime() {
            return None;
        }
        entry.used.store(true, Ordering::Relaxed);
        Some(Found {
            reply: Arc::clone(&entry.reply),
            age,
        })
    }

    /// Keeps an answer from `now` on, if it may be kept and fits.
    pub(crate) fn put(&self, key: &Key, reply: Arc<Reply>, now: u32) {
        let key = KeyBytes::new(key);
        let cost = reply.size() + 2 * key.length + OVERHEAD;
        if reply.lifetime() == 0 || cost > self.room {
            return;
        }
        let entry = Entry {
            reply,
            stored: now,
            used: AtomicBool::new(false),
            cost,
        };
        let mut shard = self
            .shard(key.as_slice())
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        shard.put(key.as_slice(), entry, self.room);
    }

    /// Forgets the answers of one name, with `below` also of all names below it; without a name,
    /// all. Gives how many.
    pub(crate) fn flush(&self, name: Option<&Name>, below: bool) -> usize {
        let goes = |key: &[u8]| {
            let stored = key.get(3..).unwrap_or_default();
            name.is_none_or(|name| stored == name.as_wire() || below && lies_below(stored, name))
        };
        let flush = |shard: &RwLock<Shard>| {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            shard.flush(goes)
        };
        self.shards.iter().map(flush).sum()
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.sum(|shard| shard.bytes)
    }

    /// Entries held, dead ones included.
    pub(crate) fn len(&self) -> usize {
        self.sum(|shard| shard.entries.len())
    }

    fn sum(&self, of: impl Fn(&Shard) -> usize) -> usize {
        let read =
            |shard: &RwLock<Shard>| of(&shard.read().unwrap_or_else(PoisonError::into_inner));
        self.shards.iter().map(read).sum()
    }
}

impl Shard {
    fn put(&mut self, key: &[u8], entry: Entry, room: usize) {
        if let Some(slot) = self.entries.get_mut(key) {
            self.bytes = self.bytes - slot.cost + entry.cost;
            *slot = entry;
        } else {
            let key: Arc<[u8]> = key.into();
            self.bytes += entry.cost;
            self.ring.push_back(Arc::clone(&key));
            self.entries.insert(key, entry);
        }
        while self.bytes > room {
            self.evict();
        }
    }

    fn flush(&mut self, goes: impl Fn(&[u8]) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|key, _| !goes(key));
        self.ring.retain(|key| !goes(key));
        self.bytes = self.entries.values().map(|entry| entry.cost).sum();
        before - self.entries.len()
    }

    /// Takes one entry out: the first in the ring that nobody used since the hand last passed.
    fn evict(&mut self) {
        while let Some(key) = self.ring.pop_front() {
            let used = self
                .entries
                .get(&key)
                .is_some_and(|entry| entry.used.swap(false, Ordering::Relaxed));
            if used {
                self.ring.push_back(key);
                continue;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.cost;
            }
            return;
        }
        self.bytes = 0;
    }
}

/// Whether a name, as labels with their lengths before them, lies below another.
fn lies_below(mut wire: &[u8], name: &Name) -> bool {
    while let Some((length, rest)) = wire.split_first() {
        wire = rest.get(usize::from(*length)..).unwrap_or_default();
        if wire == name.as_wire() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::query::tests::query;
    use crate::wire::response::tests::Script;
    use proptest::prelude::*;

    fn key(name: &str, qtype: u16) -> Key {
        let name = Name::from_text(name).unwrap();
        Key {
            name,
            qtype,
            dnssec_ok: false,
            checking_disabled: false,
        }
    }

    fn reply(name: &str, ttl: u32) -> Arc<Reply> {
        let bytes = Script::new(&query(name, 1), 0).a(name, ttl).bytes();
        Arc::new(Reply::keep(&bytes, u32::MAX).unwrap())
    }

    #[test]
    fn an_answer_lives_to_the_second() {
        let cache = Cache::new(1 << 20);
        cache.put(&key("a.vn", 1), reply("a.vn", 60), 1000);
        for (now, expected) in [
            (1000, Some(0)),
            (1059, Some(59)),
            (1060, None),
            (2000, None),
        ] {
            let age = cache.find(&key("a.vn", 1), now).map(|found| found.age);
            assert_eq!(age, expected, "{now}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_makes_nothing_older() {
        let cache = Cache::new(1 << 20);
        cache.put(&key("a.vn", 1), reply("a.vn", 60), 1000);
        assert_eq!(cache.find(&key("a.vn", 1), 10).unwrap().age, 0);
    }

    #[test]
    fn every_part_of_the_key_counts() {
        let cache = Cache::new(1 << 20);
        let stored = key("a.vn", 1);
        cache.put(&stored, reply("a.vn", 60), 0);
        assert!(cache.find(&stored, 0).is_some());
        for other in [
            key("a.vn", 28),
            key("b.vn", 1),
            Key {
                dnssec_ok: true,
                ..stored
            },
            Key {
                checking_disabled: true,
                ..stored
            },
        ] {
            assert!(cache.find(&other, 0).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_zero_ttl_is_not_kept() {
        let cache = Cache::new(1 << 20);
        cache.put(&key("a.vn", 1), reply("a.vn", 0), 0);
        assert_eq!((cache.len(), cache.bytes()), (0, 0));
    }

    #[test]
    fn a_newer_answer_replaces_the_older() {
        let cache = Cache::new(1 << 20);
        cache.put(&key("a.vn", 1), reply("a.vn", 60), 0);
        let bytes = cache.bytes();
        cache.put(&key("a.vn", 1), reply("a.vn", 90), 50);
        assert_eq!((cache.len(), cache.bytes()), (1, bytes));
        assert!(cache.find(&key("a.vn", 1), 100).is_some());
    }

    #[test]
    fn a_cache_without_room_keeps_nothing() {
        let cache = Cache::new(0);
        cache.put(&key("a.vn", 1), reply("a.vn", 60), 0);
        assert!(cache.find(&key("a.vn", 1), 0).is_none());
    }

    #[test]
    fn a_flush_takes_the_name_what_lies_below_it_or_all() {
        let check = |flushed: Option<&str>, below, left: &[&str]| {
            let cache = Cache::new(1 << 20);
            let names = ["vn", "a.vn", "x.a.vn", "ba.vn", "b.vn"];
            for name in names {
                cache.put(&key(name, 1), reply(name, 60), 0);
                cache.put(&key(name, 28), reply(name, 60), 0);
            }
            let name = flushed.map(|name| Name::from_text(name).unwrap());
            let gone = cache.flush(name.as_ref(), below);
            let kept = names
                .iter()
                .filter(|name| cache.find(&key(name, 1), 0).is_some());
            assert_eq!(kept.copied().collect::<Vec<_>>(), left, "{flushed:?}");
            assert_eq!((gone, cache.len()), (10 - 2 * left.len(), 2 * left.len()));
            assert_eq!(cache.bytes() > 0, !left.is_empty());
        };
        check(Some("a.vn"), false, &["vn", "x.a.vn", "ba.vn", "b.vn"]);
        check(Some("a.vn"), true, &["vn", "ba.vn", "b.vn"]);
        check(Some("vn"), true, &[]);
        check(
            Some("c.vn"),
            true,
            &["vn", "a.vn", "x.a.vn", "ba.vn", "b.vn"],
        );
        check(None, false, &[]);
    }

    #[test]
    fn what_is_used_stays_longest() {
        let cache = Cache::new(SHARDS * 4096);
        cache.put(&key("hot.vn", 1), reply("hot.vn", 600), 0);
        for index in 0..2000 {
            let name = format!("cold{index}.vn");
            cache.put(&key(&name, 1), reply(&name, 600), 0);
            assert!(cache.find(&key("hot.vn", 1), 0).is_some(), "{index}");
        }
        assert!(cache.len() < 2000);
    }

    proptest! {
        #[test]
        fn the_bytes_held_are_counted_and_bounded(
            names in proptest::collection::vec("[a-z]{1,30}", 1..300),
            kilobytes in 1usize..64,
        ) {
            let cache = Cache::new(kilobytes << 10);
            for name in &names {
                let name = format!("{name}.vn");
                cache.put(&key(&name, 1), reply(&name, 60), 0);
                prop_assert!(cache.bytes() <= kilobytes << 10);
            }
            for shard in &cache.shards {
                let shard = shard.read().unwrap();
                let counted: usize = shard.entries.values().map(|entry| entry.cost).sum();
                prop_assert_eq!(shard.bytes, counted);
                prop_assert_eq!(shard.ring.len(), shard.entries.len());
            }
        }

        #[test]
        fn found_exactly_while_it_lives(ttl in 1u32..100_000, stored in any::<u32>(), later in 0u32..200_000) {
            let cache = Cache::new(1 << 20);
            cache.put(&key("a.vn", 1), reply("a.vn", ttl), stored);
            let now = stored.saturating_add(later);
            let found = cache.find(&key("a.vn", 1), now).map(|found| found.age);
            let age = now - stored;
            prop_assert_eq!(found, (age < ttl).then_some(age));
        }
    }
}
