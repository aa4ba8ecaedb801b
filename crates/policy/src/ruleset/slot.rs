//! The hash table of names: lines of eight slots, and the two filters before them.

use super::hash::NameHash;

/// Size of a table line: one cache line.
pub const LINE: usize = 64;
/// Slots in a line.
pub const SLOTS: usize = 8;

impl NameHash {
    /// The line a name stands in if there was room.
    #[must_use]
    #[inline]
    pub fn primary(self, lines: u64) -> u64 {
        scale(self.high, lines)
    }

    /// The 51 bits that a slot keeps.
    fn tag(self) -> u64 {
        self.low >> Slot::TAG_SHIFT
    }

    /// Which bit of the primary line's filter a displaced name sets.
    #[must_use]
    #[inline]
    pub fn filter_bit(self) -> usize {
        (self.tag() & 7) as usize
    }

    /// The upper 32 bits of the tag, as they stand in the upper half of a slot.
    #[must_use]
    #[inline]
    pub fn upper_tag(self) -> u32 {
        (self.low >> 32) as u32
    }
}

/// Maps 64 hash bits evenly to `0..lines` by multiplication (Lemire, 2019).
#[inline]
fn scale(hash: u64, lines: u64) -> u64 {
    ((u128::from(hash) * u128::from(lines)) >> 64) as u64
}

/// One slot of a line: bits 13..64 the hash's, bit 12 a bit of the line's filter, bits 0..12 the
/// row number plus one, or 0 for an empty slot, or [`Slot::ESCAPE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot(pub u64);

/// What a slot says of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The row.
    Row(u32),
    /// The row stands in the overflow section under the slot's number.
    Overflow,
}

impl Slot {
    /// Row number plus one that means: look into the overflow section.
    pub const ESCAPE: u64 = 0xFFF;
    /// How many rows fit a slot directly.
    pub const DIRECT_ROWS: u32 = 0xFFE;
    const FILTER: u64 = 1 << 12;
    const TAG_SHIFT: u32 = 13;

    /// A slot for a hash and its row; rows from [`Self::DIRECT_ROWS`] on become an escape.
    #[must_use]
    pub fn new(hash: NameHash, row: u32) -> Self {
        let value = if row < Self::DIRECT_ROWS {
            u64::from(row) + 1
        } else {
            Self::ESCAPE
        };
        Self(hash.low >> Self::TAG_SHIFT << Self::TAG_SHIFT | value)
    }

    /// The other line a slot's name may stand in. The two lines of a name add up to a number its
    /// tag gives, modulo the number of lines, so each leads to the other and the writer can move
    /// a name without knowing its hash (partial-key cuckoo hashing; Fan et al., 2014).
    #[must_use]
    #[inline]
    pub fn other_line(self, line: u64, lines: u64) -> u64 {
        let tag = self.0 >> Self::TAG_SHIFT;
        let sum = scale(tag.wrapping_mul(0x9E37_79B9_7F4A_7C15), lines);
        if sum >= line {
            sum - line
        } else {
            sum + lines - line
        }
    }

    /// Which bit of its primary line's filter the slot's name sets when it is displaced.
    #[must_use]
    pub fn filter_bit(self) -> usize {
        (self.0 >> Self::TAG_SHIFT & 7) as usize
    }

    /// Whether no name stands in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 & 0xFFF == 0
    }

    /// Whether it holds this hash. An empty slot seems to hold the one hash in 2^51 whose tag is
    /// zero; its [`Self::entry`] says that it does not.
    #[must_use]
    #[inline]
    pub fn matches(self, hash: NameHash) -> bool {
        (self.0 ^ hash.low) >> Self::TAG_SHIFT == 0
    }

    /// What it says.
    #[must_use]
    pub fn entry(self) -> Option<Entry> {
        match self.0 & 0xFFF {
            0 => None,
            Self::ESCAPE => Some(Entry::Overflow),
            value => Some(Entry::Row(u32::try_from(value - 1).unwrap_or(0))),
        }
    }
}

/// The filter of a line, spread over its slots' bit 12: which of 8 kinds of hash were displaced
/// from here. It spares nine in ten misses the second line.
#[derive(Debug, Clone, Copy)]
pub struct LineFilter;

impl LineFilter {
    /// Whether a name may have been displaced from the line, by the slot that stands at its hash's
    /// [`NameHash::filter_bit`].
    #[must_use]
    #[inline]
    pub fn may_hold(slot: u64) -> bool {
        slot & Slot::FILTER != 0
    }

    /// Notes that the name of this slot was displaced from the line.
    pub fn note(line: &mut [u64; SLOTS], displaced: Slot) {
        line[displaced.filter_bit()] |= Slot::FILTER;
    }
}

/// A Bloom filter over *sites*, the last two labels of listed names, in blocks of one word.
///
/// Most names people look up share their last two labels with no listed name. One load from this
/// small section settles them, where the table would cost a cache and TLB miss a label.
#[derive(Debug, Clone, Copy)]
pub struct SiteFilter;

impl SiteFilter {
    /// How many words serve so many names: 3.6 bits a name, about 5 a site, which lets one in
    /// seven pass that need not.
    #[must_use]
    pub fn words(names: u64) -> u64 {
        (names * 36 / 640).max(1)
    }

    /// The word and the bits in it of a site's hash.
    #[must_use]
    #[inline]
    pub fn place(hash: NameHash, words: u64) -> (u64, u64) {
        let bit = |shift: u32| 1u64 << (hash.low >> shift & 63);
        (scale(hash.high, words), bit(0) | bit(6) | bit(12))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use crate::ruleset::NameHasher;

    fn hash(seed: u64) -> NameHash {
        NameHasher::new(seed).hash(&Name::from_text("vnedu.vn").unwrap())
    }

    #[test]
    fn slots_keep_row_and_filter_apart() {
        let hash = hash(1);
        let slot = Slot::new(hash, 17);
        assert!(slot.matches(hash) && !Slot::default().matches(hash));
        assert_eq!(slot.entry(), Some(Entry::Row(17)));
        assert_eq!(
            Slot::new(hash, Slot::DIRECT_ROWS).entry(),
            Some(Entry::Overflow)
        );
        let mut line = [0; SLOTS];
        line[0] = slot.0;
        LineFilter::note(&mut line, slot);
        assert!(LineFilter::may_hold(line[hash.filter_bit()]));
        assert!(Slot(line[0]).matches(hash));
        assert_eq!(Slot(line[0]).entry(), Some(Entry::Row(17)));
    }

    #[test]
    fn the_two_lines_of_a_slot_lead_to_each_other() {
        for (index, lines) in [1u64, 2, 3, 1000, 16_384, 806_452].into_iter().enumerate() {
            let hash = hash(index as u64);
            let slot = Slot::new(hash, 3);
            let first = hash.primary(lines);
            let second = slot.other_line(first, lines);
            assert!(second < lines);
            assert_eq!(slot.other_line(second, lines), first);
        }
    }

    #[test]
    fn an_empty_slot_says_nothing_whatever_its_filter_bit() {
        assert_eq!(Slot(0).entry(), None);
        assert_eq!(Slot(1 << 12).entry(), None);
        assert!(Slot(1 << 12).is_empty());
    }
}
