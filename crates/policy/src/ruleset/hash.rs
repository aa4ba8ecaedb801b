//! The keyed hash of names: all suffixes of a name in one pass from the right.
//!
//! ```text
//!  www.vnedu.vn:   start ─"2vn"─► state of vn ─"5vnedu"─► state of vnedu.vn ─"3www"─► …
//!                                    │ finish                │ finish
//!                                    ▼                       ▼
//!                                 NameHash                NameHash
//! ```
//!
//! A walk needs the hash of every suffix. A general hash reads the bytes of the top-level domain
//! once for each of them and costs 38 ns a name so (XXH3-128, three labels); this one reads every
//! byte once: 16 bytes a step, one 64 × 64 → 128 bit multiplication a label and two more for its
//! hash, the construction of wyhash and rapidhash (Wang Yi, "Modern Non-Cryptographic Hash
//! Function and Pseudorandom Number Generator", 2020) in its form that feeds the factors forward, so that a factor of
//! zero forgets nothing.
//!
//! The key is random for each build and nobody outside sees a hash, so names cannot be prepared to collide;
//! the compiler refuses a table in which two of its own names do, and takes another key.

use crate::name::{MAX_LABELS, MAX_WIRE, Name};

/// Bytes taken in one step.
const BLOCK: usize = 16;

/// The keyed hash of a name, taken apart as the table uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NameHash {
    /// Chooses the line.
    pub(super) high: u64,
    /// Gives the bits a slot keeps.
    pub(super) low: u64,
}

impl NameHash {
    /// The 128 bits, for tables of the caller's own.
    #[must_use]
    pub fn bits(self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }

    /// The half that orders URL hosts.
    #[must_use]
    pub fn high(self) -> u64 {
        self.high
    }

    /// The other half.
    #[must_use]
    pub fn low(self) -> u64 {
        self.low
    }
}

/// Hashes names under one build's key.
#[derive(Debug, Clone, Copy)]
pub struct NameHasher {
    keys: [u64; 8],
}

/// What was read of a name so far, from the right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chain {
    a: u64,
    b: u64,
}

impl NameHasher {
    /// The hasher of a key.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Self {
            keys: std::array::from_fn(|_| split_mix(&mut state)),
        }
    }

    /// The hash of a name.
    #[must_use]
    pub fn hash(&self, name: &Name) -> NameHash {
        self.suffix(name, 0)
    }

    /// The hash of the suffix that begins at the label offset `from`.
    #[must_use]
    pub fn suffix(&self, name: &Name, from: usize) -> NameHash {
        let mut starts = [0; MAX_LABELS];
        let mut end = name.as_wire().len();
        let mut chain = self.start();
        for start in name.starts(&mut starts).iter().rev() {
            let start = usize::from(*start);
            if start < from {
                break;
            }
            chain = self.label(chain, name.padded(), start, end);
            end = start;
        }
        self.finish(chain)
    }

    /// Nothing read yet.
    #[inline]
    pub(super) fn start(&self) -> Chain {
        let [.., a, b] = self.keys;
        Chain { a, b }
    }

    /// Reads one more label, which stands with its length byte at `start..end`.
    #[inline]
    pub(super) fn label(
        &self,
        chain: Chain,
        wire: &[u8; MAX_WIRE],
        start: usize,
        end: usize,
    ) -> Chain {
        let mut chain = chain;
        let mut at = start;
        while end - at > BLOCK {
            chain = self.mix(chain, block(wire, at, BLOCK));
            at += BLOCK;
        }
        self.mix(chain, block(wire, at, end - at))
    }

    #[inline]
    fn mix(&self, chain: Chain, block: u128) -> Chain {
        let (low, high) = halves(block);
        let x = low ^ chain.a ^ self.keys[0];
        let y = high ^ chain.b ^ self.keys[1];
        let (product_low, product_high) = product(x, y);
        Chain {
            a: product_low ^ y,
            b: product_high ^ x,
        }
    }

    /// The hash of what was read. Both halves fold products under keys of their own, so that they
    /// are as good as independent.
    #[inline]
    pub(super) fn finish(&self, chain: Chain) -> NameHash {
        let [_, _, k2, k3, k4, k5, ..] = self.keys;
        NameHash {
            high: fold(chain.a ^ k2, chain.b ^ k3),
            low: fold(chain.a ^ k4, chain.b ^ k5),
        }
    }
}

/// `length` bytes (1 to [`BLOCK`]) as a number, missing ones zero. A label's length byte stands in
/// its first block, so labels that differ in zeros at their end still differ.
#[inline]
fn block(wire: &[u8; MAX_WIRE], at: usize, length: usize) -> u128 {
    if let Some(raw) = wire.get(at..at + BLOCK) {
        let mut bytes = [0; BLOCK];
        bytes.copy_from_slice(raw);
        // Of 0 bytes, which no label has, all would be kept: a shift by 128 is none.
        let unwanted = 8 * (BLOCK - length) % 128;
        return u128::from_le_bytes(bytes) & (u128::MAX >> unwanted);
    }
    last_block(wire, at, length)
}

/// A block at the very end of the longest names.
#[cold]
fn last_block(wire: &[u8; MAX_WIRE], at: usize, length: usize) -> u128 {
    let rest = wire.get(at..at + length).unwrap_or_default();
    rest.iter()
        .rev()
        .fold(0, |block, byte| block << 8 | u128::from(*byte))
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the two halves of 128 bits, on purpose"
)]
fn halves(number: u128) -> (u64, u64) {
    (number as u64, (number >> 64) as u64)
}

#[inline]
fn product(x: u64, y: u64) -> (u64, u64) {
    halves(u128::from(x) * u128::from(y))
}

#[inline]
fn fold(x: u64, y: u64) -> u64 {
    let (low, high) = product(x, y);
    low ^ high
}

/// SplitMix64 (Steele, Lea, Flood, 2014): a key of any quality to words that look random.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut word = *state;
    word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ word >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn name(text: &str) -> Name {
        Name::from_text(text).unwrap()
    }

    #[test]
    fn a_suffix_hashes_as_the_name_it_is() {
        let hasher = NameHasher::new(7);
        let long = format!("{0}.{0}.{0}.{1}", "x".repeat(63), "y".repeat(58));
        for text in [
            "www.vnedu.vn",
            "a.b.c.d.e.f.vn",
            &format!("{}.vn", "x".repeat(63)),
            &long,
        ] {
            let name = name(text);
            for start in name.suffixes() {
                assert_eq!(
                    hasher.suffix(&name, start),
                    hasher.hash(&name.suffix(start))
                );
            }
        }
    }

    #[test]
    fn every_key_gives_another_hash() {
        let name = name("vnedu.vn");
        let hashes: HashSet<u128> = (0..1000)
            .map(|seed| NameHasher::new(seed).hash(&name).bits())
            .collect();
        assert_eq!(hashes.len(), 1000);
    }

    #[test]
    fn one_bit_of_a_name_changes_half_of_the_bits() {
        let hasher = NameHasher::new(11);
        let mut changed = 0u32;
        let mut tried = 0u32;
        for text in [
            "a.vn",
            "thuvien.edu.vn",
            "www.some-long-label-of-a-name.example.com",
        ] {
            let wire = name(text).as_wire().to_vec();
            let plain = hasher.hash(&Name::from_normal(&wire).unwrap()).bits();
            for at in (0..wire.len()).filter(|at| wire[*at].is_ascii_lowercase()) {
                for bit in 0..3 {
                    let mut other = wire.clone();
                    other[at] ^= 1 << bit;
                    let hash = hasher.hash(&Name::from_normal(&other).unwrap()).bits();
                    let flipped = (hash ^ plain).count_ones();
                    assert!(
                        (30..98).contains(&flipped),
                        "{text} byte {at} bit {bit}: {flipped}"
                    );
                    changed += flipped;
                    tried += 1;
                }
            }
        }
        let mean = f64::from(changed) / f64::from(tried);
        assert!((62.0..66.0).contains(&mean), "{mean}");
    }

    /// Numbered names, the sort that weak hashes stumble over: both halves fill 4,096 cells evenly
    /// (chi-squared, 4,095 degrees of freedom: mean 4,095, standard deviation 90), and no 64 bits meet twice.
    #[test]
    fn similar_names_spread_evenly_over_lines_and_tags() {
        const CELLS: usize = 4096;
        const NAMES: u32 = 400_000;
        for seed in [1, 2] {
            let hasher = NameHasher::new(seed);
            let mut cells = [vec![0u32; CELLS], vec![0; CELLS], vec![0; CELLS]];
            let mut seen = [HashSet::new(), HashSet::new()];
            for number in 0..NAMES {
                let hash = hasher.hash(&name(&format!("w{number}.com")));
                for (cells, part) in
                    cells
                        .iter_mut()
                        .zip([hash.high >> 52, hash.low >> 52, hash.low >> 13 & 4095])
                {
                    cells[usize::try_from(part).unwrap()] += 1;
                }
                assert!(
                    seen[0].insert(hash.high) && seen[1].insert(hash.low),
                    "{number}"
                );
            }
            let expected = f64::from(NAMES) / CELLS as f64;
            for cells in &cells {
                let chi: f64 = cells
                    .iter()
                    .map(|count| (f64::from(*count) - expected).powi(2) / expected)
                    .sum();
                assert!((3600.0..4600.0).contains(&chi), "{chi}");
            }
        }
    }

    proptest! {
        #[test]
        fn different_names_hash_differently(
            a in "[a-z0-9-]{1,63}(\\.[a-z0-9-]{1,40}){0,4}",
            b in "[a-z0-9-]{1,63}(\\.[a-z0-9-]{1,40}){0,4}",
            seed in any::<u64>(),
        ) {
            let hasher = NameHasher::new(seed);
            let (Ok(a), Ok(b)) = (Name::from_text(&a), Name::from_text(&b)) else { return Ok(()) };
            prop_assert_eq!(a == b, hasher.hash(&a) == hasher.hash(&b));
        }

        #[test]
        fn where_the_labels_are_cut_counts(first in 1usize..30, second in 1usize..30) {
            let text = |cut: usize| format!("{}.{}", "x".repeat(cut), "x".repeat(60 - cut));
            let hasher = NameHasher::new(5);
            let same = hasher.hash(&name(&text(first))) == hasher.hash(&name(&text(second)));
            prop_assert_eq!(same, first == second);
        }
    }
}
