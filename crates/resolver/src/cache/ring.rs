//! The ring of words that entries lie in, one behind the other, the oldest overwritten first.
//!
//! ```text
//!             tail            head                    positions grow for ever; a position's
//!              ▼               ▼                      place is its remainder by the ring's size
//!  … reclaimed │ whole entries │ free … = reclaimed
//! ```
//!
//! Readers take no lock and are never waited for: they copy words and then ask whether the tail
//! has passed what they copied ([`Ring::is_whole`]). That is half a seqlock (H. Boehm, "Can seqlocks
//! get along with programming language memory models?", MSPC 2012): the tail is its sequence
//! number, with two gains. A write elsewhere in the ring spoils no reader's copy, and a writer that
//! the kernel puts to sleep half-way makes no reader fail.
//!
//! Why no torn entry is ever taken for a whole one:
//!
//! 1. An entry's words are written before its position is published, in the index with Release; who
//!    found the position there (with an Acquire fence behind the load) sees them all.
//! 2. Before any word of it is overwritten, the writer moves the tail beyond it, then passes a
//!    Release fence ([`Ring::reclaim`]).
//! 3. A reader whose copy holds a word written after that fence passes an Acquire fence behind the
//!    copy, so the two fences synchronise (C++20 [atomics.fence] p2), and its load of the tail,
//!    which comes behind, must see the tail moved. It then throws its copy away.
//!
//! All words are atomic and loaded relaxed, so a torn copy is a wrong number, not a data race. What
//! an entry is, and which to keep, is `shard`'s affair.

use super::sync::{AtomicU64, Ordering, fence, prefetch, zeroed};

/// Bits of a position. After 2^40 words (8 TiB written into one shard) positions begin again.
pub(super) const POSITION_BITS: u32 = 40;
const POSITION: u64 = (1 << POSITION_BITS) - 1;
/// Words in a cache line.
const LINE: usize = 8;
/// Lines asked for before an entry is read: most entries are not longer.
const PREFETCH: usize = 4;

/// The ring.
#[derive(Debug)]
pub(super) struct Ring {
    words: Box<[AtomicU64]>,
    /// Size less one; the size is a power of two.
    mask: u64,
    /// Position of the oldest word that is not up for overwriting. Only the writer stores it.
    tail: AtomicU64,
}

/// The position `words` further on.
pub(super) fn after(position: u64, words: usize) -> u64 {
    position.wrapping_add(words as u64) & POSITION
}

/// How many words `to` is further on than `from`.
pub(super) fn distance(from: u64, to: u64) -> u64 {
    to.wrapping_sub(from) & POSITION
}

impl Ring {
    /// A ring of `words` words, rounded down to a power of two; at least one.
    pub(super) fn new(words: usize) -> Self {
        let size = 1 << words.max(1).ilog2();
        Self {
            words: zeroed(size),
            mask: size as u64 - 1,
            tail: AtomicU64::new(0),
        }
    }

    /// How many words it has.
    pub(super) fn size(&self) -> usize {
        self.words.len()
    }

    fn place(&self, position: u64) -> usize {
        // Below the ring's size, which is a usize.
        usize::try_from(position & self.mask).unwrap_or(0)
    }

    /// The word at a position, as it is at the moment: reader's side, to be checked with
    /// [`Self::is_whole`].
    #[inline]
    pub(super) fn word(&self, position: u64) -> u64 {
        self.words[self.place(position)].load(Ordering::Relaxed)
    }

    /// Asks for the memory of the first words from a position on: reader's side.
    #[inline]
    pub(super) fn prefetch(&self, position: u64) {
        for line in 0..PREFETCH {
            prefetch(&self.words[self.place(after(position, line * LINE))]);
        }
    }

    /// Copies the words from a position on: reader's side, to be checked as above.
    #[inline]
    pub(super) fn copy(&self, position: u64, into: &mut [u64]) {
        let (before, from) = self.words.split_at(self.place(position));
        // The second half is what stands at the ring's beginning when an entry goes over its end.
        let whole = from.iter().chain(before);
        if into.len() <= from.len() {
            for (to, word) in into.iter_mut().zip(from) {
                *to = word.load(Ordering::Relaxed);
            }
        } else {
            for (to, word) in into.iter_mut().zip(whole) {
                *to = word.load(Ordering::Relaxed);
            }
        }
    }

    /// Whether what was read from a position on before this call was the entry published there:
    /// its memory had not been given back when the reading ended.
    #[inline]
    pub(super) fn is_whole(&self, position: u64) -> bool {
        fence(Ordering::Acquire);
        let tail = self.tail.load(Ordering::Relaxed);
        // Behind the tail, the difference wraps and is larger than any ring.
        distance(tail, position) <= self.mask
    }

    /// Where the oldest word stands: writer's side.
    pub(super) fn tail(&self) -> u64 {
        self.tail.load(Ordering::Relaxed)
    }

    /// Gives the words before `tail` back for overwriting: writer's side, one writer at a time.
    pub(super) fn reclaim(&self, tail: u64) {
        // Release here, so that a reader who finds its entry gone also finds where it went.
        self.tail.store(tail, Ordering::Release);
        fence(Ordering::Release);
    }

    /// Writes words from a position on, all of them free: writer's side, one writer at a time. To
    /// be published with Release after.
    pub(super) fn write(&self, mut position: u64, words: impl IntoIterator<Item = u64>) {
        for word in words {
            self.words[self.place(position)].store(word, Ordering::Relaxed);
            position = after(position, 1);
        }
    }
}
