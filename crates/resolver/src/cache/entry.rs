//! An entry as words: two of head, then a flat answer.
//!
//! ```text
//!  bytes of the answer u24 │ what the key is beside the question u8 │ stored u32 ║ hash u64 ║ answer …
//! ```

use crate::wire::flat::MAX_FLAT;

/// Words of the head.
pub(super) const HEAD: usize = 2;
/// The most words an entry has.
pub(super) const MAX_WORDS: usize = HEAD + MAX_FLAT.div_ceil(8);

/// The head of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes of the flat answer.
    pub(super) length: usize,
    /// What the key is beside the question.
    pub(super) flags: u8,
    /// When it was stored, seconds of the cache's clock.
    pub(super) stored: u32,
    /// The hash of its key.
    pub(super) hash: u64,
}

impl Head {
    /// As words. The length is below 2^24.
    pub(super) fn words(self) -> [u64; HEAD] {
        let first = self.length as u64 | u64::from(self.flags) << 24 | u64::from(self.stored) << 32;
        [first, self.hash]
    }

    /// Reads the words; any are a head.
    #[inline]
    pub(super) fn read([first, hash]: [u64; HEAD]) -> Self {
        let [l0, l1, l2, flags, s0, s1, s2, s3] = first.to_le_bytes();
        Self {
            length: usize::from(l0) | usize::from(l1) << 8 | usize::from(l2) << 16,
            flags,
            stored: u32::from_le_bytes([s0, s1, s2, s3]),
            hash,
        }
    }

    /// Words of the answer.
    #[inline]
    pub(super) fn answer_words(self) -> usize {
        self.length.div_ceil(8)
    }

    /// Words of the entry.
    pub(super) fn all_words(self) -> usize {
        HEAD + self.answer_words()
    }
}

/// A flat answer as words, the last one filled up with zeros. Bytes keep their order in memory.
pub(super) fn answer_words(flat: &[u8]) -> impl Iterator<Item = u64> {
    let (whole, rest) = flat.as_chunks::<8>();
    let last = (!rest.is_empty()).then(|| {
        let mut bytes = [0; 8];
        bytes[..rest.len()].copy_from_slice(rest);
        bytes
    });
    whole.iter().copied().chain(last).map(u64::from_ne_bytes)
}
