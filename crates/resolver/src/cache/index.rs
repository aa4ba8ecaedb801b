//! The index of a shard: from the hash of a key to the position of its entry.
//!
//! Eight slots of one word fill a cache line, a *bucket*; a key's slot is in one of two buckets. A
//! key that is there never moves to another slot, so a reader who looks through both buckets misses
//! nothing that is being replaced meanwhile. There are no chains and nothing is ever rehashed: when
//! both buckets are full, the writer takes a slot from another entry. So keys made to collide cost
//! their own eviction and no time.
//!
//! A slot also holds what readers note about an entry: that it was used, how often, and that a
//! refresh was asked for. They stand here and not in the ring because a reader may be late: here it
//! writes by comparing with the slot it read, and changes nothing when the slot is another's by now;
//! in the ring it would write into whatever entry lies there now.

use super::ring::POSITION_BITS;
use super::sync::{AtomicU64, Ordering, fence, prefetch, zeroed};

/// Slots in a bucket: one cache line.
pub(super) const BUCKET: usize = 8;

const POSITION: u64 = (1 << POSITION_BITS) - 1;
const USED: u64 = 1 << POSITION_BITS;
const HIT: u64 = 1 << (POSITION_BITS + 1);
const HITS: u64 = 3 * HIT;
const ASKED: u64 = 1 << (POSITION_BITS + 3);
const TAKEN: u64 = 1 << (POSITION_BITS + 4);
const TAG: u64 = !(TAKEN | (TAKEN - 1));
/// Hits after which an entry is popular.
const POPULAR: u64 = 3 * HIT;

/// What a slot says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(u64);

impl Slot {
    const EMPTY: Self = Self(0);

    /// The slot of a new entry, which nobody used yet.
    pub(super) fn new(hash: u64, position: u64) -> Self {
        Self(tag(hash) | TAKEN | position & POSITION)
    }

    /// Where the entry lies.
    #[inline]
    pub(super) fn position(self) -> u64 {
        self.0 & POSITION
    }

    /// Whether somebody used the entry since it was written or last spared.
    pub(super) fn is_used(self) -> bool {
        self.0 & USED != 0
    }

    /// The same entry elsewhere, to be used again before it is spared again. What else was noted
    /// about it stays.
    pub(super) fn moved(self, position: u64) -> Self {
        Self(self.0 & !(POSITION | USED) | position & POSITION)
    }

    /// The same after one more hit; with `ending`, a popular entry is also marked as asked for.
    #[inline]
    fn hit(self, ending: bool) -> Self {
        let counted = if self.0 & HITS == HITS {
            self.0
        } else {
            self.0 + HIT
        };
        let popular = ending && counted & HITS >= POPULAR;
        Self(counted | USED | if popular { ASKED } else { 0 })
    }
}

/// The bits of a hash that stand in a slot. Buckets take others.
#[inline]
fn tag(hash: u64) -> u64 {
    // Bits 32 to 50, so that neither bucket's bits nor the shard's (the highest) are among them.
    (hash >> 32) << (POSITION_BITS + 5) & TAG
}

/// The index.
#[derive(Debug)]
pub(super) struct Index {
    slots: Box<[AtomicU64]>,
    /// The first slot that begins a cache line.
    start: usize,
    /// Number of buckets less one; the number is a power of two.
    mask: u64,
}

impl Index {
    /// An index of `buckets` buckets, rounded down to a power of two; at least one.
    pub(super) fn new(buckets: usize) -> Self {
        let buckets = 1 << buckets.max(1).ilog2();
        let slots = zeroed((buckets + 1) * BUCKET - 1);
        // 7 words at most: the allocator aligns to a word or better.
        let start = slots.as_ptr().align_offset(BUCKET * size_of::<u64>());
        Self {
            start: if start < BUCKET { start } else { 0 },
            slots,
            mask: buckets as u64 - 1,
        }
    }

    /// Bytes that an index of so many buckets takes.
    pub(super) const fn bytes(buckets: usize) -> usize {
        ((buckets + 1) * BUCKET - 1) * size_of::<u64>()
    }

    /// The two buckets of a hash, which differ where there are two.
    #[inline]
    pub(super) fn buckets(&self, hash: u64) -> [&[AtomicU64]; 2] {
        [hash, hash ^ (hash >> 16 | 1)].map(|bits| {
            // Below the number of slots, which is a usize.
            let at = usize::try_from(bits & self.mask).unwrap_or(0) * BUCKET + self.start;
            &self.slots[at..at + BUCKET]
        })
    }

    /// Asks for a hash's first bucket, so that it is near when it is looked through.
    #[inline]
    pub(super) fn prefetch(&self, hash: u64) {
        let [bucket, _] = self.buckets(hash);
        prefetch(&bucket[0]);
    }

    /// Calls `look` with every slot that may be the hash's until it gives something.
    #[inline]
    pub(super) fn find<'i, T>(
        &'i self,
        hash: u64,
        mut look: impl FnMut(&'i AtomicU64, Slot) -> Option<T>,
    ) -> Option<T> {
        let wanted = tag(hash) | TAKEN;
        for bucket in self.buckets(hash) {
            for slot in bucket {
                let seen = slot.load(Ordering::Relaxed);
                if seen & (TAG | TAKEN) != wanted {
                    continue;
                }
                // Behind the load: the entry's words, written before the slot was stored with
                // Release, are seen. A reader's note in between keeps that, for an exchange
                // continues the release sequence of the store before it.
                fence(Ordering::Acquire);
                if let Some(found) = look(slot, Slot(seen)) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// All slots, for walking through: writer's side.
    pub(super) fn all(&self) -> &[AtomicU64] {
        &self.slots
    }
}

/// What stands in a slot, if anything: writer's side, who alone publishes.
pub(super) fn read(slot: &AtomicU64) -> Option<Slot> {
    let value = Slot(slot.load(Ordering::Relaxed));
    (value != Slot::EMPTY).then_some(value)
}

/// Makes an entry known, all of whose words are written.
pub(super) fn publish(slot: &AtomicU64, value: Slot) {
    slot.store(value.0, Ordering::Release);
}

/// Forgets an entry.
pub(super) fn clear(slot: &AtomicU64) {
    slot.store(Slot::EMPTY.0, Ordering::Relaxed);
}

/// Notes a hit: reader's side. With `ending`, says whether this reader is the one to have the entry
/// refreshed: it is popular and nobody was told so before.
#[inline]
pub(super) fn note(slot: &AtomicU64, seen: Slot, ending: bool) -> bool {
    let next = seen.hit(ending);
    if next == seen {
        // The usual case for a popular entry: nothing is written, no line goes from core to core.
        return false;
    }
    // Fails when another reader noted something, which may lose this hit, or when the slot is
    // another's by now.
    let noted = slot.compare_exchange(seen.0, next.0, Ordering::Relaxed, Ordering::Relaxed);
    noted.is_ok() && (next.0 & !seen.0) & ASKED != 0
}
