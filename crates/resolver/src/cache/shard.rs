//! A shard: a ring of entries and the index to it, many readers and one writer at a time.
//!
//! Eviction goes round the ring, the oldest entry first, with a second chance: one that was used
//! since it was written or last spared is written again at the head. A hit therefore costs one bit,
//! and the second hit nothing, where a list by last use would be written to by every reader.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Scratch;
use super::entry::{HEAD, Head, MAX_WORDS, answer_words};
use super::index::{self, Index, Slot};
use super::ring::{Ring, after, distance};
use crate::wire::flat::QUESTION_AT;

/// Bytes of ring for each bucket of eight slots: answers take twice an eighth of that, so the ring
/// is full long before the index.
const BYTES_A_BUCKET: usize = 1024;
/// Words kept free, so that an entry can be written again before the old copy is given up, and no
/// reader finds it in neither place. Longer entries get no second chance.
const SPARE: usize = 2048;
/// Entries spared for one that is written: a bound on the time the writer holds the shard.
const MAX_SPARED: usize = 64;
/// How often a reader whose entry went while it read looks again.
const TRIES: usize = 3;
/// Slots taken in a key's first bucket above which the second one is considered.
const FULL_ENOUGH: usize = 5;
/// The most bytes that stand before and in a question.
const QUESTION_WORDS: usize = (QUESTION_AT + 255 + 4).div_ceil(8);

/// A key as a shard sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'k> {
    /// The hash of all that follows.
    pub(super) hash: u64,
    /// The name in normal form.
    pub(super) name: &'k [u8],
    /// The type.
    pub(super) qtype: u16,
    /// What the key is beside the question.
    pub(super) flags: u8,
}

impl Wanted<'_> {
    /// Whether an entry with this head is the key's, whose answer begins with these bytes.
    #[inline]
    fn is(&self, head: Head, answer: &[u8]) -> bool {
        let question = answer.get(QUESTION_AT..).unwrap_or_default();
        let rest = question.strip_prefix(self.name);
        let [high, low] = self.qtype.to_be_bytes();
        head.hash == self.hash
            && head.flags == self.flags
            && rest.is_some_and(|rest| rest.starts_with(&[0, high, low]))
    }
}

/// When an entry stops being of use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Horizon {
    /// Now, seconds of the cache's clock.
    pub(super) now: u32,
    /// Seconds beyond its lifetime for which an answer may still be served.
    pub(super) stale_for: u32,
}

impl Horizon {
    /// Whether an answer stored then, to live so long, is of no use any more.
    pub(super) fn is_past(self, stored: u32, lifetime: u32) -> bool {
        self.now.saturating_sub(stored) >= lifetime.saturating_add(self.stale_for)
    }
}

/// An entry found; its answer stands in the scratch buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit<'s> {
    pub(super) head: Head,
    slot: &'s AtomicU64,
    seen: Slot,
}

impl Hit<'_> {
    /// Notes the hit; see [`index::note`].
    #[inline]
    pub(super) fn note(self, ending: bool) -> bool {
        index::note(self.slot, self.seen, ending)
    }
}

/// A shard.
#[derive(Debug)]
pub(super) struct Shard {
    ring: Ring,
    index: Index,
    live: AtomicUsize,
    /// Where the next entry goes. Whoever holds it is the writer; no reader ever does.
    head: Mutex<u64>,
}

impl Shard {
    /// A shard with this many bytes for entries, a power of two.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            ring: Ring::new(bytes / size_of::<u64>()),
            index: Index::new(bytes / BYTES_A_BUCKET),
            live: AtomicUsize::new(0),
            head: Mutex::new(0),
        }
    }

    /// Bytes that a shard with this many bytes for entries takes in all.
    pub(super) const fn bytes(for_entries: usize) -> usize {
        let buckets = for_entries / BYTES_A_BUCKET;
        for_entries + Index::bytes(if buckets == 0 { 1 } else { buckets })
    }

    /// Entries that can be found.
    pub(super) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// Bytes of the ring in use.
    pub(super) fn used_bytes(&self) -> usize {
        let head = self.writer();
        self.used(*head) * size_of::<u64>()
    }

    /// Bytes taken, used or not.
    #[cfg(test)]
    pub(super) fn taken_bytes(&self) -> usize {
        (self.ring.size() + self.index.all().len()) * size_of::<u64>()
    }

    fn writer(&self) -> MutexGuard<'_, u64> {
        // A panic while it was held leaves the head where the last whole entry ends.
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn used(&self, head: u64) -> usize {
        usize::try_from(distance(self.ring.tail(), head)).unwrap_or(usize::MAX)
    }

    fn free(&self, head: u64) -> usize {
        self.ring.size().saturating_sub(self.used(head))
    }

    // ── readers ──────────────────────────────────────────────────────────────────────────────

    /// Asks for the memory that a look-up of this hash reads first.
    #[inline]
    pub(super) fn prefetch_index(&self, hash: u64) {
        self.index.prefetch(hash);
    }

    /// Asks for the memory of the entry that a look-up of this hash will most likely read.
    #[inline]
    pub(super) fn prefetch_entry(&self, hash: u64) {
        self.index.find(hash, |_, seen| {
            self.ring.prefetch(seen.position());
            Some(())
        });
    }

    /// Finds an entry and copies its answer into `scratch`. Waits for nobody.
    #[inline]
    pub(super) fn find(&self, wanted: &Wanted<'_>, scratch: &mut Scratch) -> Option<Hit<'_>> {
        for _ in 0..TRIES {
            let mut gone = false;
            let found = self.index.find(wanted.hash, |slot, seen| {
                match self.read(seen.position(), wanted, scratch) {
                    Read::Wanted(head) => Some(Hit { head, slot, seen }),
                    Read::Other => None,
                    Read::Gone => {
                        gone = true;
                        None
                    }
                }
            });
            if found.is_some() || !gone {
                return found;
            }
            // What moved the tail was published before it: look at the slots as they are now.
            fence(Ordering::Acquire);
        }
        None
    }

    #[inline]
    fn read(&self, position: u64, wanted: &Wanted<'_>, scratch: &mut Scratch) -> Read {
        let head = self.head_at(position);
        let room = scratch.words.get_mut(..head.answer_words());
        let fits = head.answer_words() + HEAD <= self.ring.size();
        // A head that was overwritten while it was read may say anything.
        let Some(answer) = room.filter(|_| fits && head.hash == wanted.hash) else {
            return if self.ring.is_whole(position) {
                Read::Other
            } else {
                Read::Gone
            };
        };
        self.ring.copy(after(position, HEAD), answer);
        if !self.ring.is_whole(position) {
            return Read::Gone;
        }
        if wanted.is(head, bytemuck::cast_slice(answer)) {
            Read::Wanted(head)
        } else {
            Read::Other
        }
    }

    /// Whether there is an entry of the key that lives. Waits for nobody.
    pub(super) fn lives(&self, wanted: &Wanted<'_>, now: u32) -> bool {
        let found = self.index.find(wanted.hash, |_, seen| {
            let found = self.peek_at(seen.position(), wanted);
            found.filter(|_| self.ring.is_whole(seen.position()))
        });
        found.is_some_and(|(head, lifetime)| now.saturating_sub(head.stored) < lifetime)
    }

    /// The head of the entry at a position, and its lifetime, if it is the key's.
    fn peek_at(&self, position: u64, wanted: &Wanted<'_>) -> Option<(Head, u32)> {
        let head = self.head_at(position);
        let mut start = [0u64; QUESTION_WORDS];
        self.ring.copy(after(position, HEAD), &mut start);
        wanted
            .is(head, bytemuck::cast_slice(&start))
            .then_some((head, lifetime_of(start[0])))
    }

    #[inline]
    fn head_at(&self, position: u64) -> Head {
        Head::read([self.ring.word(position), self.ring.word(after(position, 1))])
    }

    // ── the writer ───────────────────────────────────────────────────────────────────────────

    /// Writes an entry in place of the key's old one. Says whether it fitted.
    pub(super) fn put(&self, wanted: &Wanted<'_>, stored: u32, flat: &[u8], at: Horizon) -> bool {
        let entry = Head {
            length: flat.len(),
            flags: wanted.flags,
            stored,
            hash: wanted.hash,
        };
        let words = entry.all_words();
        if words > MAX_WORDS || words > self.ring.size() / 2 {
            return false;
        }
        let mut head = self.writer();
        self.make_room(&mut head, words, at);
        let position = *head;
        *head = after(position, words);
        let all = entry.words().into_iter().chain(answer_words(flat));
        self.ring.write(position, all);
        let slot = self.slot_for(wanted);
        if index::read(slot).is_none() {
            self.live.fetch_add(1, Ordering::Relaxed);
        }
        index::publish(slot, Slot::new(wanted.hash, position));
        true
    }

    /// Forgets a key's entry.
    pub(super) fn remove(&self, wanted: &Wanted<'_>) {
        let _head = self.writer();
        if let Some(slot) = self.slot_of(wanted) {
            self.forget(slot);
        }
    }

    /// Forgets the entries of a name, or of all names that end with it. Says how many.
    pub(super) fn flush(&self, name: &[u8], below: bool) -> usize {
        let _head = self.writer();
        let mut start = [0u64; QUESTION_WORDS];
        let mut flushed = 0;
        for slot in self.index.all() {
            let Some(seen) = index::read(slot) else {
                continue;
            };
            self.ring.copy(after(seen.position(), HEAD), &mut start);
            if is_at(bytemuck::cast_slice(&start), name, below) {
                self.forget(slot);
                flushed += 1;
            }
        }
        flushed
    }

    /// Shows every entry whose flags and question `wants` says yes to: its head and its answer,
    /// copied into `scratch`. Writers wait until all were shown.
    pub(super) fn each(
        &self,
        scratch: &mut Scratch,
        wants: impl Fn(u8, &[u8]) -> bool,
        mut take: impl FnMut(Head, &[u8]),
    ) {
        let _head = self.writer();
        let mut start = [0u64; QUESTION_WORDS];
        for slot in self.index.all() {
            let Some(seen) = index::read(slot) else {
                continue;
            };
            let head = self.head_at(seen.position());
            let at = after(seen.position(), HEAD);
            self.ring.copy(at, &mut start);
            let question: &[u8] = bytemuck::cast_slice(&start);
            if !wants(head.flags, question.get(QUESTION_AT..).unwrap_or_default()) {
                continue;
            }
            // Nobody else writes, so what the head says is so.
            if let Some(words) = scratch.words.get_mut(..head.answer_words()) {
                self.ring.copy(at, words);
                take(head, scratch.answer(head.length));
            }
        }
    }

    fn forget(&self, slot: &AtomicU64) {
        index::clear(slot);
        self.live.fetch_sub(1, Ordering::Relaxed);
    }

    /// Gives up the oldest entries until `words` and the spare ones are free.
    fn make_room(&self, head: &mut u64, words: usize, at: Horizon) {
        let wanted = words + SPARE.min(self.ring.size() / 8);
        let mut spared = 0;
        while self.free(*head) < wanted && self.used(*head) > 0 {
            let tail = self.ring.tail();
            let entry = self.head_at(tail);
            let slot = self.index.find(entry.hash, |slot, seen| {
                (seen.position() == tail).then_some((slot, seen))
            });
            if let Some((slot, seen)) = slot {
                let spare = spared < MAX_SPARED
                    && seen.is_used()
                    && entry.all_words() <= self.free(*head)
                    && !at.is_past(entry.stored, self.lifetime_at(tail));
                if spare {
                    spared += 1;
                    let position = self.write_again(head, tail, entry.all_words());
                    index::publish(slot, seen.moved(position));
                } else {
                    self.forget(slot);
                }
            }
            self.ring.reclaim(after(tail, entry.all_words()));
        }
    }

    /// Copies the words of an entry to the head, and says where they stand.
    fn write_again(&self, head: &mut u64, from: u64, words: usize) -> u64 {
        let position = *head;
        let all = (0..words).map(|word| self.ring.word(after(from, word)));
        self.ring.write(position, all);
        *head = after(position, words);
        position
    }

    fn lifetime_at(&self, position: u64) -> u32 {
        lifetime_of(self.ring.word(after(position, HEAD)))
    }

    fn slot_of(&self, wanted: &Wanted<'_>) -> Option<&AtomicU64> {
        self.index.find(wanted.hash, |slot, seen| {
            self.peek_at(seen.position(), wanted).map(|_| slot)
        })
    }

    /// The slot for a key: its own, else an empty one, else that of the oldest entry that nobody
    /// used, else of the oldest.
    fn slot_for(&self, wanted: &Wanted<'_>) -> &AtomicU64 {
        if let Some(slot) = self.slot_of(wanted) {
            return slot;
        }
        let [first, second] = self.index.buckets(wanted.hash);
        let tail = self.ring.tail();
        let cost = |slot: &&AtomicU64| {
            index::read(slot).map(|seen| (seen.is_used(), distance(tail, seen.position())))
        };
        let taken = |bucket: &[AtomicU64]| bucket.iter().filter_map(index::read).count();
        // A reader looks into the first one first, so that one is filled first, but not quite:
        // of two nearly full ones the emptier is taken, or both would be full far too soon.
        let pair = if taken(first) > FULL_ENOUGH && taken(second) < taken(first) {
            [second, first]
        } else {
            [first, second]
        };
        // `None`, an empty slot, is the lowest; of equal ones the first.
        let slots = pair.into_iter().flatten();
        slots.min_by_key(cost).unwrap_or(&first[0])
    }
}

/// Whether the question of a flat answer that begins so is about a name, or with `below` about one
/// that ends with it.
fn is_at(answer: &[u8], name: &[u8], below: bool) -> bool {
    let mut rest = answer.get(QUESTION_AT..).unwrap_or_default();
    loop {
        // The name ends with its root byte, so equal beginnings are not enough.
        if rest
            .strip_prefix(name)
            .is_some_and(|rest| rest.first() == Some(&0))
        {
            return true;
        }
        match rest.first() {
            Some(length @ 1..) if below => {
                rest = rest.get(1 + usize::from(*length)..).unwrap_or_default();
            }
            _ => return false,
        }
    }
}

/// The lifetime in the first word of a flat answer.
pub(super) fn lifetime_of(word: u64) -> u32 {
    let [b0, b1, b2, b3, ..] = word.to_ne_bytes();
    u32::from_le_bytes([b0, b1, b2, b3])
}

enum Read {
    Wanted(Head),
    Other,
    Gone,
}
