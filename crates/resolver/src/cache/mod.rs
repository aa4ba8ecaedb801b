//! The cache: upstream answers by question, sharded, bounded in bytes, exact to the second.
//!
//! ```text
//!  key ─► hash ─► shard ─► index (buckets of eight slots) ─► ring (entries one behind the other)
//!                              │ used, hits, refresh asked       │ copied into the scratch buffer
//! ```
//!
//! It holds what upstreams said *before* any policy: every hit is decided afresh for the client
//! that asks, so no tier sees another's answer, and a changed rule holds at once. Answers that
//! are rewritten by tier are rewritten at each hit from what stands here.
//!
//! **No reader ever waits.** Readers take no lock; a writer's is taken by writers only. How that
//! can be right stands in `ring`. All memory is taken at the start, as pages that nobody touched.
//!
//! Failures are kept beside good answers and never in their place, so that an answer past its life
//! can still be served (RFC 8767) while the upstreams fail. Times come from the caller, in seconds
//! of a clock that only goes forward.

mod entry;
mod index;
mod ring;
mod shard;
pub(crate) mod snapshot;
mod sync;
#[cfg(test)]
mod tests;
#[cfg(feature = "testing")]
pub(crate) mod trial;

use lachan_policy::Name;
use rand::RngExt as _;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::wire::Ede;
use crate::wire::flat::{Age, View};
use crate::wire::response::Reply;
use shard::{Horizon, Shard, Wanted};

/// Bytes of entries in a shard, at least where the cache is that large: enough for the longest
/// answer.
const SMALLEST_SHARD: usize = 128 << 10;
/// Shards aimed at. Writers are few, one for each answer of an upstream, so these keep them apart.
const SHARDS: usize = 16;
/// The cache's clock at the caller's second 0: answers that came before the start have a time, too.
const START: u32 = 1 << 25;

/// Key flag: DNSSEC records are wanted.
const DNSSEC_OK: u8 = 1;
/// Key flag: answers that fail validation are wanted.
const CHECKING_DISABLED: u8 = 1 << 1;
/// Key flag: service bindings keep the keys of Encrypted Client Hello.
const KEEPS_ECH: u8 = 1 << 3;
/// Key flag: the entry is a failure.
const FAILURE: u8 = 1 << 2;

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
    /// Whether service bindings keep the keys of Encrypted Client Hello.
    pub(crate) keeps_ech: bool,
}

/// A [`Key`] whose name somebody else holds: a name is 255 bytes to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyRef<'k> {
    /// The name.
    pub(crate) name: &'k Name,
    /// The type.
    pub(crate) qtype: u16,
    /// Whether DNSSEC records are wanted.
    pub(crate) dnssec_ok: bool,
    /// Whether answers that fail validation are wanted.
    pub(crate) checking_disabled: bool,
    /// Whether service bindings keep the keys of Encrypted Client Hello.
    pub(crate) keeps_ech: bool,
}

impl<'k> From<&'k Key> for KeyRef<'k> {
    fn from(key: &'k Key) -> Self {
        Self {
            name: &key.name,
            qtype: key.qtype,
            dnssec_ok: key.dnssec_ok,
            checking_disabled: key.checking_disabled,
            keeps_ech: key.keeps_ech,
        }
    }
}

impl KeyRef<'_> {
    /// The key with a copy of the name.
    pub(crate) fn owned(self) -> Key {
        Key {
            name: *self.name,
            qtype: self.qtype,
            dnssec_ok: self.dnssec_ok,
            checking_disabled: self.checking_disabled,
            keeps_ech: self.keeps_ech,
        }
    }

    fn flags(self) -> u8 {
        let dnssec_ok = if self.dnssec_ok { DNSSEC_OK } else { 0 };
        let checking_disabled = if self.checking_disabled {
            CHECKING_DISABLED
        } else {
            0
        };
        let keeps_ech = if self.keeps_ech { KEEPS_ECH } else { 0 };
        dnssec_ok | checking_disabled | keeps_ech
    }
}

/// Where a reader's copy of an answer stands. One for each thread, used again and again.
#[derive(Debug)]
pub(crate) struct Scratch {
    words: Box<[u64]>,
}

impl Scratch {
    /// A buffer for any answer; of its pages only those are touched that answers fill.
    pub(crate) fn new() -> Self {
        Self {
            words: bytemuck::zeroed_slice_box(entry::MAX_WORDS),
        }
    }

    fn lifetime(&self) -> u32 {
        shard::lifetime_of(self.words[0])
    }

    fn answer(&self, length: usize) -> &[u8] {
        let bytes: &[u8] = bytemuck::cast_slice(&self.words);
        bytes.get(..length).unwrap_or_default()
    }
}

/// An answer found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'s> {
    /// The answer, in the scratch buffer.
    pub(crate) view: View<'s>,
    /// How old it is, and whether it is stale. A stale one is served only when upstreams fail.
    pub(crate) age: Age,
    /// It is stale and upstreams failed on it a moment ago: to be served at once.
    pub(crate) failed_lately: bool,
    /// It is popular and near its end, and this caller is the one to have it refreshed.
    pub(crate) refresh: bool,
}

/// A look-up that has begun. For callers with several to do at a time, so that their waits for
/// memory are one wait: [`Cache::probe`] for all of them, then [`Cache::prefetch`] for all of them,
/// then [`Cache::find_probed`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    hash: u64,
}

/// The cache.
#[derive(Debug)]
pub(crate) struct Cache {
    shards: Box<[Shard]>,
    seed: u64,
    /// Seconds beyond its lifetime for which an answer may be served.
    stale_for: u32,
    prefetch: bool,
}

impl Cache {
    /// A cache that takes at most `bytes` bytes, its index included; too few keep nothing. It
    /// serves nothing stale and prefetches.
    pub(crate) fn new(bytes: usize) -> Self {
        let (shards, size) = geometry(bytes);
        Self {
            shards: (0..shards).map(|_| Shard::new(size)).collect(),
            seed: rand::rng().random(),
            stale_for: 0,
            prefetch: true,
        }
    }

    /// The same, keeping answers so many seconds beyond their lifetime; 0 for not at all.
    pub(crate) fn with_stale(self, stale_for: u32) -> Self {
        Self { stale_for, ..self }
    }

    /// The same, with or without asking for refreshes of popular answers.
    pub(crate) fn with_prefetch(self, prefetch: bool) -> Self {
        Self { prefetch, ..self }
    }

    /// Begins a look-up: hashes the key and asks for the index's memory.
    #[inline]
    pub(crate) fn probe(&self, key: KeyRef<'_>) -> Probe {
        let hash = self.hash(key, key.flags());
        if let Some(shard) = self.shard(hash) {
            shard.prefetch_index(hash);
        }
        Probe { hash }
    }

    /// Goes on with a look-up: asks for the entry's memory, if there is one.
    #[inline]
    pub(crate) fn prefetch(&self, probe: Probe) {
        if let Some(shard) = self.shard(probe.hash) {
            shard.prefetch_entry(probe.hash);
        }
    }

    /// The answer to a question at `now`: one that lives, else one past its life that may still
    /// be served, else a failure that lives. Copied into `scratch`; waits for nobody.
    #[inline]
    pub(crate) fn find<'s>(
        &self,
        key: KeyRef<'_>,
        now: u32,
        scratch: &'s mut Scratch,
    ) -> Option<Found<'s>> {
        let hash = self.hash(key, key.flags());
        self.find_probed(Probe { hash }, key, now, scratch)
    }

    /// [`Self::find`] with the key's probe.
    #[inline]
    pub(crate) fn find_probed<'s>(
        &self,
        probe: Probe,
        key: KeyRef<'_>,
        now: u32,
        scratch: &'s mut Scratch,
    ) -> Option<Found<'s>> {
        let wanted = Wanted {
            hash: probe.hash,
            name: key.name.as_wire(),
            qtype: key.qtype,
            flags: key.flags(),
        };
        let shard = self.shard(probe.hash)?;
        let horizon = self.horizon(now);
        let Some(hit) = shard.find(&wanted, scratch) else {
            return self.find_failure(key, horizon, scratch);
        };
        let age = horizon.now.saturating_sub(hit.head.stored);
        let lifetime = scratch.lifetime();
        let stale = age >= lifetime;
        if stale && horizon.is_past(hit.head.stored, lifetime) {
            return self.find_failure(key, horizon, scratch);
        }
        let ending = self.prefetch && !stale && age >= lifetime - lifetime / 10;
        Some(Found {
            refresh: hit.note(ending),
            view: View::new(scratch.answer(hit.head.length))?,
            age: if stale {
                Age::stale(age)
            } else {
                Age::fresh(age)
            },
            failed_lately: stale && self.fails(key, horizon.now),
        })
    }

    /// Keeps an answer from `now` on, if it may be kept and fits. A failure takes no answer's
    /// place, and an answer takes that of a failure.
    pub(crate) fn put(&self, key: &Key, reply: &Reply, now: u32) {
        let view = reply.view();
        let key = KeyRef::from(key);
        // An answer under another question's key would be given to the wrong people.
        if reply.lifetime() == 0 || !view.answers(key.name.as_wire(), key.qtype) {
            return;
        }
        let horizon = self.horizon(now);
        let failure = self.wanted(key, FAILURE);
        if view.is_failure() {
            self.write(&failure, horizon.now, reply.as_flat(), horizon);
            return;
        }
        self.write(&self.wanted(key, 0), horizon.now, reply.as_flat(), horizon);
        if let Some(shard) = self.shard(failure.hash) {
            shard.remove(&failure);
        }
    }

    /// Notes that upstreams failed on a question, for so many seconds: what is stale is served at
    /// once meanwhile, and who has nothing stale gets this failure.
    pub(crate) fn put_failure(&self, key: &Key, ede: &Ede, seconds: u32, now: u32) {
        let failure = Reply::failure(&key.name, key.qtype, ede).with_lifetime(seconds);
        self.put(key, &failure, now);
    }

    /// Forgets every answer to a question about this name, and with `below` about the names below
    /// it, too. Says how many were forgotten. An answer that is under way to the cache comes in
    /// all the same.
    pub(crate) fn flush(&self, name: &Name, below: bool) -> usize {
        let flushed = |shard: &Shard| shard.flush(name.as_wire(), below);
        self.shards.iter().map(flushed).sum()
    }

    /// Bytes of entries held, those included that newer ones replaced.
    pub(crate) fn bytes(&self) -> usize {
        self.shards.iter().map(Shard::used_bytes).sum()
    }

    /// Entries held, dead ones included.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(Shard::live).sum()
    }

    fn write(&self, wanted: &Wanted<'_>, stored: u32, flat: &[u8], horizon: Horizon) -> bool {
        self.shard(wanted.hash)
            .is_some_and(|shard| shard.put(wanted, stored, flat, horizon))
    }

    #[cold]
    fn find_failure<'s>(
        &self,
        key: KeyRef<'_>,
        horizon: Horizon,
        scratch: &'s mut Scratch,
    ) -> Option<Found<'s>> {
        let wanted = self.wanted(key, FAILURE);
        let hit = self.shard(wanted.hash)?.find(&wanted, scratch)?;
        let view = View::new(scratch.answer(hit.head.length))?;
        let age = horizon.now.saturating_sub(hit.head.stored);
        (age < view.lifetime()).then_some(Found {
            view,
            age: Age::fresh(age),
            failed_lately: false,
            refresh: false,
        })
    }

    /// Whether upstreams failed on a question a moment ago.
    #[cold]
    fn fails(&self, key: KeyRef<'_>, now: u32) -> bool {
        let wanted = self.wanted(key, FAILURE);
        self.shard(wanted.hash)
            .is_some_and(|shard| shard.lives(&wanted, now))
    }

    fn horizon(&self, now: u32) -> Horizon {
        Horizon {
            now: now.saturating_add(START),
            stale_for: self.stale_for,
        }
    }

    fn wanted<'k>(&self, key: KeyRef<'k>, more: u8) -> Wanted<'k> {
        let flags = key.flags() | more;
        Wanted {
            hash: self.hash(key, flags),
            name: key.name.as_wire(),
            qtype: key.qtype,
            flags,
        }
    }

    /// The hash of a key. Nobody outside knows the seed, and keys that collide all the same only
    /// evict one another.
    #[inline]
    fn hash(&self, key: KeyRef<'_>, flags: u8) -> u64 {
        let rest = u64::from(key.qtype) << 8 | u64::from(flags);
        xxh3_64_with_seed(key.name.as_wire(), self.seed ^ rest)
    }

    #[inline]
    fn shard(&self, hash: u64) -> Option<&Shard> {
        // The hash's highest bits, scaled to the number of shards.
        let at = (u128::from(hash) * self.shards.len() as u128) >> 64;
        self.shards.get(usize::try_from(at).unwrap_or(0))
    }
}

/// How many shards, and how many bytes of entries in each, `bytes` bytes are enough for.
fn geometry(bytes: usize) -> (usize, usize) {
    let mut size = SMALLEST_SHARD;
    while Shard::bytes(2 * size) <= bytes / SHARDS {
        size *= 2;
    }
    while size > 1 && Shard::bytes(size) > bytes {
        size /= 2;
    }
    match bytes / Shard::bytes(size) {
        shards if size >= 1024 => (shards, size),
        _ => (0, 0),
    }
}
