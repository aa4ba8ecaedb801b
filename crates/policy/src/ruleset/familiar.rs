//! Familiar names: protected, always open, popular. A name that reads like one of them without
//! being it is a look-alike.
//!
//! ```text
//!  count (u64) │ count × { hash of the skeleton (u64), offset (u32), length (u32) } │ names
//! ```
//!
//! The records are sorted by hash, the names are wire forms without the root byte. The section is
//! optional: where it is missing or damaged nothing is taken for a look-alike.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::header::{Header, SectionKind, checksum};
use super::numbers::{u32_at, u64_at};
use super::reader::{Ruleset, Span, span};
use crate::heuristics::Skeleton;
use crate::name::Name;

/// Size of the count before the records.
const HEAD: usize = 8;
/// Size of a record.
const RECORD: usize = 16;
/// Words of the filter before the records: a bit for each value of 16 bits of the hash. 8 KiB, and
/// with 3,000 names one label in twenty passes it.
const FILTER_WORDS: usize = 1 << 10;

/// Position of a familiar name in its ruleset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamiliarId(pub u32);

/// The hash a skeleton is found by, under the build's key.
#[must_use]
#[inline]
pub fn familiar_hash(seed: u64, skeleton: &Skeleton) -> u64 {
    xxh3_64_with_seed(skeleton.as_bytes(), seed)
}

/// The label a familiar name is recognised by: the one left of its public suffix.
#[must_use]
pub fn familiar_label(name: &Name) -> Option<Vec<u8>> {
    let registrable = name.registrable();
    let has_suffix = registrable.label_count() > 1;
    registrable
        .labels()
        .next()
        .filter(|_| has_suffix)
        .map(<[u8]>::to_vec)
}

/// The section of a ruleset, and a filter over it.
#[derive(Debug, Default)]
pub(super) struct Familiar {
    section: Span,
    count: usize,
    filter: Vec<u64>,
}

impl Familiar {
    /// Takes the section in if it is whole; else there are no familiar names.
    pub(super) fn open(header: &Header, bytes: &[u8]) -> Self {
        Self::read(header, bytes).unwrap_or_default()
    }

    fn read(header: &Header, bytes: &[u8]) -> Option<Self> {
        let info = header.section(SectionKind::Familiar)?;
        let section = span(header, SectionKind::Familiar);
        let content = section.of(bytes);
        let head = content.get(..HEAD)?;
        let count = usize::try_from(u64_at(head, 0)).ok()?;
        let records = content.get(HEAD..HEAD.checked_add(count.checked_mul(RECORD)?)?)?;
        if checksum(content) != info.checksum {
            return None;
        }
        let mut filter = vec![0; FILTER_WORDS];
        for record in records.chunks_exact(RECORD) {
            let (word, bit) = place(u64_at(record, 0));
            filter[word] |= bit;
        }
        Some(Self {
            section,
            count,
            filter,
        })
    }

    #[inline]
    fn may_hold(&self, hash: u64) -> bool {
        let (word, bit) = place(hash);
        self.filter.get(word).is_some_and(|bits| bits & bit != 0)
    }
}

/// Where a hash stands in the filter.
#[inline]
fn place(hash: u64) -> (usize, u64) {
    let [low, high, ..] = hash.to_le_bytes();
    let bit = u16::from_le_bytes([low, high]);
    (usize::from(bit / 64), 1 << (bit % 64))
}

impl Ruleset {
    /// How many familiar names there are.
    #[must_use]
    pub fn familiar_count(&self) -> usize {
        self.familiar.count
    }

    /// A familiar name.
    #[must_use]
    pub fn familiar(&self, id: FamiliarId) -> Option<Name> {
        let content = self.familiar.section.of(self.bytes());
        let record = familiar_record(content, id.0 as usize)?;
        let (from, length) = (u32_at(record, 8) as usize, u32_at(record, 12) as usize);
        let names = content.get(HEAD.checked_add(self.familiar.count.checked_mul(RECORD)?)?..)?;
        let wire = names.get(from..from.checked_add(length)?)?;
        Name::from_normal(wire).ok()
    }

    /// The familiar names whose label has this skeleton.
    #[inline]
    pub(crate) fn resembled(&self, skeleton: &Skeleton) -> impl Iterator<Item = FamiliarId> + '_ {
        let hash = familiar_hash(self.header.seed, skeleton);
        let first = if self.familiar.may_hold(hash) {
            self.first_familiar(hash)
        } else {
            self.familiar.count
        };
        let content = self.familiar.section.of(self.bytes());
        (first..self.familiar.count)
            .take_while(move |index| {
                familiar_record(content, *index).is_some_and(|record| u64_at(record, 0) == hash)
            })
            .filter_map(|index| u32::try_from(index).ok().map(FamiliarId))
    }

    /// The first record that is not before this hash.
    fn first_familiar(&self, hash: u64) -> usize {
        let content = self.familiar.section.of(self.bytes());
        let (mut from, mut to) = (0, self.familiar.count);
        while from < to {
            let middle = from + (to - from) / 2;
            let before =
                familiar_record(content, middle).is_some_and(|record| u64_at(record, 0) < hash);
            if before {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }
}

fn familiar_record(content: &[u8], index: usize) -> Option<&[u8]> {
    let at = HEAD.checked_add(index.checked_mul(RECORD)?)?;
    content.get(at..at.checked_add(RECORD)?)
}
