//! A quick look before the automaton: whether any of its texts may begin somewhere in a label.
//!
//! The automaton's table is larger than a processor's first caches, and asking it was the largest
//! single cost of answering from the cache. Most places of a name are no beginning of any text; four
//! kilobytes, which stay in the first cache, are enough to tell.

/// Bits of the table: 4 KiB.
const BITS: usize = 1 << 15;
/// What stands for the third letter of texts that have two.
const NONE: u8 = 0xFF;

/// The beginnings of texts, as a set that may hold a few more than were put in.
#[derive(Clone)]
pub(super) struct Grams(Box<[u64; BITS / 64]>);

impl Grams {
    /// The beginnings of these texts, each of which has two letters at least.
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut made = Self(Box::new([0; BITS / 64]));
        for text in texts {
            if let [first, second, rest @ ..] = text.as_bytes() {
                let third = rest.first().copied().unwrap_or(NONE);
                let (word, bit) = place(*first, *second, third);
                made.0[word] |= 1 << bit;
            }
        }
        made
    }

    /// Where in the label texts may begin: a bit for each byte, the first the lowest. Elsewhere
    /// none does, for certain; beyond the 64th byte, which no label has, nothing is seen.
    #[inline]
    pub(super) fn beginnings(&self, label: &[u8]) -> u64 {
        let mut found = 0;
        for (index, pair) in label.array_windows::<2>().take(64).enumerate() {
            let third = label.get(index + 2).copied().unwrap_or(NONE);
            let [long, short] = [third, NONE].map(|third| place(pair[0], pair[1], third));
            // No branch: it would be taken now and then, and never when expected.
            let begins = self.0[long.0] >> long.1 | self.0[short.0] >> short.1;
            found |= (begins & 1) << index;
        }
        found
    }
}

/// The word and bit of three letters.
#[inline]
fn place(first: u8, second: u8, third: u8) -> (usize, u32) {
    let letters = u32::from_le_bytes([first, second, third, 0]);
    let hash = letters.wrapping_mul(0x9E37_79B1) >> 17;
    ((hash >> 6) as usize % (BITS / 64), hash & 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_seen_wherever_it_stands() {
        let grams = Grams::of(["win", "k8", "casino"].into_iter());
        for label in ["win", "98win", "wink", "k8", "ak8", "k88", "my-casino-vn"] {
            assert!(grams.beginnings(label.as_bytes()) != 0, "{label}");
        }
        for label in ["", "w", "vnedu", "caphe", "kho"] {
            assert_eq!(grams.beginnings(label.as_bytes()), 0, "{label}");
        }
        assert_eq!(grams.beginnings(b"my-casino-k8"), 1 << 3 | 1 << 10);
    }

    proptest! {
        #[test]
        fn what_it_denies_is_not_there(
            texts in prop::collection::vec("[a-z0-9-]{2,6}", 1..20),
            label in "[a-z0-9-]{0,20}",
        ) {
            let grams = Grams::of(texts.iter().map(String::as_str));
            let seen = grams.beginnings(label.as_bytes());
            for (at, _) in texts.iter().flat_map(|text| label.match_indices(text.as_str())) {
                prop_assert!(seen >> at & 1 == 1);
            }
        }
    }
}
