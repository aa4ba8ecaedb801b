//! The syllables that stand in any phrase, with their numbers for each automaton.
//!
//! Most syllables of a page stand in no phrase. A table of 16-bit tags, small enough for the first
//! level cache, says so at once; the keys behind it are compared only where a tag agrees.

use crate::text::syllable::Key;

/// Numbers of a syllable; 0 where no phrase of the automaton has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Numbers {
    /// Among syllables as written.
    pub(super) exact: u16,
    /// Among folded ones.
    pub(super) plain: u16,
}

/// Syllables by key: open addressing, at most half full.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    tags: Vec<u16>,
    entries: Vec<(u128, Numbers)>,
    mask: usize,
}

impl Vocabulary {
    /// A table of distinct keys.
    pub(super) fn new(words: impl ExactSizeIterator<Item = (Key, Numbers)>) -> Self {
        let size = (words.len() * 2).next_power_of_two().max(2);
        let mut table = Self {
            tags: vec![0; size],
            entries: vec![(0, Numbers::default()); size],
            mask: size - 1,
        };
        for (key, numbers) in words {
            let (mut at, tag) = table.place(key);
            while table.tags[at] != 0 {
                at = (at + 1) & table.mask;
            }
            table.tags[at] = tag;
            table.entries[at] = (key.0, numbers);
        }
        table
    }

    /// The numbers of a syllable.
    #[inline]
    pub(super) fn get(&self, key: Key) -> Numbers {
        let (mut at, tag) = self.place(key);
        loop {
            let (Some(found), Some((word, numbers))) = (self.tags.get(at), self.entries.get(at))
            else {
                return Numbers::default();
            };
            if *found == 0 {
                return Numbers::default();
            }
            if *found == tag && *word == key.0 {
                return *numbers;
            }
            at = (at + 1) & self.mask;
        }
    }

    /// Slot and tag of a key. Pages cannot choose what is in the table, so a fixed hash will do.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the halves of the key, and bits of a hash"
    )]
    fn place(&self, key: Key) -> (usize, u16) {
        let (low, high) = (key.0 as u64, (key.0 >> 64) as u64);
        let mixed = (low ^ high.rotate_left(23).wrapping_mul(0xC2B2_AE3D_27D4_EB4F))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let hash = mixed ^ mixed >> 32;
        (hash as usize & self.mask, (mixed >> 48) as u16 | 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_and_nothing_else() {
        let numbers = |number| Numbers {
            exact: number,
            plain: number / 2,
        };
        let words: Vec<_> = (1..3000u16)
            .map(|at| (Key(u128::from(at) * 0x10001), numbers(at)))
            .collect();
        let table = Vocabulary::new(words.clone().into_iter());
        for (key, numbers) in words {
            assert_eq!(table.get(key), numbers);
            assert_eq!(table.get(Key(key.0 + 1)), Numbers::default());
        }
        assert_eq!(
            Vocabulary::new(std::iter::empty()).get(Key(7)),
            Numbers::default()
        );
    }
}
