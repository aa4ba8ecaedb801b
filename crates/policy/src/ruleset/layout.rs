//! The bytes of a ruleset file, shared by the reader here and the writer in `lists`.
//!
//! All numbers are little-endian. Sections begin on multiples of 64 bytes, the table on a page.

use std::hash::Hasher as _;

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128 as _, SipHasher24};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use crate::category::{Category, CategorySet};
use crate::name::Scope;

/// First bytes of every ruleset.
pub const MAGIC: [u8; 8] = *b"LACHANRS";
/// Version of this layout. A reader refuses every other: rulesets are compiled on the box itself.
pub const VERSION: u32 = 1;
/// Size of the header, and the alignment of the table.
pub const PAGE: usize = 4096;
/// Size of a table line: one cache line.
pub const LINE: usize = 64;
/// Slots in a line.
pub const SLOTS: usize = 8;
/// Size of a row.
pub const ROW: usize = 128;
/// Most labels a listed name may have; deeper suffixes of a query are never looked up.
pub const MAX_DEPTH: usize = 16;
/// How many sections the header has room for.
pub const SECTIONS: usize = 32;

/// What a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum SectionKind {
    /// Hash table of names: the hot part, with the rows.
    Table = 1,
    /// What lists say, by row.
    Rows = 2,
    /// Which lists say it, by row: [`SourceRef`]s.
    Sources = 3,
    /// Rows of slots whose row number does not fit the slot: pairs of u32, sorted by slot.
    Overflow = 4,
    /// JSON array of [`ListInfo`].
    Lists = 5,
    /// JSON [`crate::book::BookData`].
    Book = 6,
    /// The names as text, compressed in blocks: cold, for listing, diff and convert.
    Text = 7,
    /// Where each text block begins.
    TextIndex = 8,
    /// Disjoint IPv4 ranges: all starts, all ends, all rows (u32 each).
    Net4 = 9,
    /// Disjoint IPv6 ranges: all starts, all ends (u128), all rows (u32).
    Net6 = 10,
    /// URL-prefix rules.
    Urls = 11,
    /// Regular expressions for the URL stage, as text.
    Expressions = 12,
    /// Keyed 128-bit hashes of names that stand nowhere as text.
    Sealed = 13,
}

impl SectionKind {
    const ALL: [Self; 13] = [
        Self::Table,
        Self::Rows,
        Self::Sources,
        Self::Overflow,
        Self::Lists,
        Self::Book,
        Self::Text,
        Self::TextIndex,
        Self::Net4,
        Self::Net6,
        Self::Urls,
        Self::Expressions,
        Self::Sealed,
    ];

    /// The kind of that number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == number)
    }
}

/// Small sections a reader relies on, whose checksums [`super::Ruleset::open`] verifies at once.
/// The others are verified by streaming the file (`lachan_lists::verify`).
pub const CHECKED_AT_OPEN: [SectionKind; 4] = [
    SectionKind::Rows,
    SectionKind::Sources,
    SectionKind::Lists,
    SectionKind::Book,
];

/// Where a section stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionInfo {
    /// What it holds.
    pub kind: SectionKind,
    /// First byte.
    pub offset: u64,
    /// Length in bytes.
    pub length: u64,
    /// XXH3-64 of its bytes.
    pub checksum: u64,
}

/// The checksum of sections and of the header: XXH3-64, against damage, not against malice; the
/// bundle a ruleset is compiled from is what carries signatures.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The first page of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Length of the whole file.
    pub file_length: u64,
    /// Key of the name hash, random per build.
    pub seed: u64,
    /// How many names the table holds.
    pub names: u64,
    /// How many lines the table has.
    pub lines: u64,
    /// Most labels of any name in the table, at most [`MAX_DEPTH`].
    pub depth: u32,
    /// Unix seconds when it was compiled, as far as the box knew.
    pub built: i64,
    /// The sections.
    pub sections: Vec<SectionInfo>,
}

/// Why a first page is no ruleset header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Shorter than a page.
    #[error("it is only {0} bytes long")]
    Short(usize),
    /// Other first bytes.
    #[error("it does not begin with the mark of a Lá Chắn ruleset")]
    Magic,
    /// Another layout version.
    #[error("its layout version is {0}, this program reads {VERSION}; compile the lists again")]
    Version(u32),
    /// The header's own checksum.
    #[error("its header is damaged")]
    Checksum,
    /// A number that cannot be.
    #[error("its header contradicts itself ({0})")]
    Nonsense(&'static str),
}

const AT_SECTIONS: usize = 128;
const SECTION_SIZE: usize = 32;
const AT_CHECKSUM: usize = PAGE - 8;

impl Header {
    /// The section of a kind.
    #[must_use]
    pub fn section(&self, kind: SectionKind) -> Option<&SectionInfo> {
        self.sections.iter().find(|section| section.kind == kind)
    }

    /// The page's bytes.
    ///
    /// # Panics
    /// With more than [`SECTIONS`] sections, of which there are fewer kinds.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PAGE] {
        assert!(self.sections.len() <= SECTIONS, "more sections than kinds");
        let mut page = [0; PAGE];
        page[..8].copy_from_slice(&MAGIC);
        page[8..12].copy_from_slice(&VERSION.to_le_bytes());
        page[12..16].copy_from_slice(&self.depth.to_le_bytes());
        page[16..24].copy_from_slice(&self.file_length.to_le_bytes());
        page[24..32].copy_from_slice(&self.seed.to_le_bytes());
        page[32..40].copy_from_slice(&self.names.to_le_bytes());
        page[40..48].copy_from_slice(&self.lines.to_le_bytes());
        page[48..56].copy_from_slice(&self.built.to_le_bytes());
        page[56..64].copy_from_slice(&(self.sections.len() as u64).to_le_bytes());
        for (section, at) in self
            .sections
            .iter()
            .zip((AT_SECTIONS..).step_by(SECTION_SIZE))
        {
            page[at..at + 8].copy_from_slice(&u64::from(section.kind as u32).to_le_bytes());
            page[at + 8..at + 16].copy_from_slice(&section.offset.to_le_bytes());
            page[at + 16..at + 24].copy_from_slice(&section.length.to_le_bytes());
            page[at + 24..at + 32].copy_from_slice(&section.checksum.to_le_bytes());
        }
        let sum = checksum(&page[..AT_CHECKSUM]);
        page[AT_CHECKSUM..].copy_from_slice(&sum.to_le_bytes());
        page
    }

    /// Reads and checks the page at the start of `bytes`; every section lies within
    /// `file_length` and every number in its bounds afterwards.
    ///
    /// # Errors
    /// [`HeaderError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeaderError> {
        let page = bytes.get(..PAGE).ok_or(HeaderError::Short(bytes.len()))?;
        if page[..8] != MAGIC {
            return Err(HeaderError::Magic);
        }
        let version = u32_at(page, 8);
        if version != VERSION {
            return Err(HeaderError::Version(version));
        }
        if checksum(&page[..AT_CHECKSUM]) != u64_at(page, AT_CHECKSUM) {
            return Err(HeaderError::Checksum);
        }
        let mut header = Self {
            depth: u32_at(page, 12),
            file_length: u64_at(page, 16),
            seed: u64_at(page, 24),
            names: u64_at(page, 32),
            lines: u64_at(page, 40),
            built: u64_at(page, 48).cast_signed(),
            sections: Vec::new(),
        };
        let count = usize::try_from(u64_at(page, 56)).unwrap_or(usize::MAX);
        if count > SECTIONS {
            return Err(HeaderError::Nonsense("too many sections"));
        }
        for at in (AT_SECTIONS..).step_by(SECTION_SIZE).take(count) {
            let number = u32::try_from(u64_at(page, at)).unwrap_or(0);
            let kind = SectionKind::from_number(number)
                .ok_or(HeaderError::Nonsense("a section of unknown kind"))?;
            let section = SectionInfo {
                kind,
                offset: u64_at(page, at + 8),
                length: u64_at(page, at + 16),
                checksum: u64_at(page, at + 24),
            };
            let end = section.offset.checked_add(section.length);
            if section.offset < PAGE as u64 || end.is_none_or(|end| end > header.file_length) {
                return Err(HeaderError::Nonsense("a section outside the file"));
            }
            header.sections.push(section);
        }
        header.check()?;
        Ok(header)
    }

    fn check(&self) -> Result<(), HeaderError> {
        let table = self
            .section(SectionKind::Table)
            .map_or(0, |section| section.length);
        if self.lines == 0 || self.lines.checked_mul(LINE as u64) != Some(table) {
            return Err(HeaderError::Nonsense("the table's length"));
        }
        if self.depth as usize > MAX_DEPTH {
            return Err(HeaderError::Nonsense("the depth of its names"));
        }
        Ok(())
    }
}

/// The little-endian u32 at an offset that the caller has checked.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut raw = [0; 4];
    raw.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(raw)
}

/// The little-endian u64 at an offset that the caller has checked.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut raw = [0; 8];
    raw.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(raw)
}

/// The little-endian u128 at an offset that the caller has checked.
pub(super) fn u128_at(bytes: &[u8], at: usize) -> u128 {
    let mut raw = [0; 16];
    raw.copy_from_slice(&bytes[at..at + 16]);
    u128::from_le_bytes(raw)
}

/// The keyed hash of a name, taken apart as the table uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NameHash {
    high: u64,
    low: u64,
}

/// The hash of a name's normal form under a build's key.
#[must_use]
#[inline]
pub fn name_hash(seed: u64, wire: &[u8]) -> NameHash {
    let hash = xxh3_128_with_seed(wire, seed);
    // The two halves of the 128 bits, on purpose.
    NameHash {
        high: (hash >> 64) as u64,
        low: hash as u64,
    }
}

impl NameHash {
    /// The line a name stands in if there was room.
    #[must_use]
    #[inline]
    pub fn primary(self, lines: u64) -> u64 {
        scale(self.high, lines)
    }

    /// The slot of this name with a row; see [`Slot::new`].
    #[must_use]
    fn tag(self) -> u64 {
        self.low >> Slot::TAG_SHIFT
    }

    /// Which bit of the primary line's filter a displaced name sets.
    #[must_use]
    #[inline]
    pub fn filter_bit(self) -> usize {
        (self.tag() & 7) as usize
    }

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
}

/// Maps 64 hash bits evenly to `0..lines` by multiplication (Lemire, 2019).
#[inline]
fn scale(hash: u64, lines: u64) -> u64 {
    (u128::from(hash) * u128::from(lines) >> 64) as u64
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

    /// Whether it holds this hash.
    #[must_use]
    #[inline]
    pub fn matches(self, hash: NameHash) -> bool {
        (self.0 ^ hash.low) >> Self::TAG_SHIFT == 0 && !self.is_empty()
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
    /// Whether a name of this hash may have been displaced from the line.
    #[must_use]
    #[inline]
    pub fn may_hold(line: &[u64; SLOTS], hash: NameHash) -> bool {
        line[hash.filter_bit()] & Slot::FILTER != 0
    }

    /// Notes that the name of this slot was displaced from the line.
    pub fn note(line: &mut [u64; SLOTS], displaced: Slot) {
        line[displaced.filter_bit()] |= Slot::FILTER;
    }
}

/// What kind of list an entry comes from; decides at which level of the precedence it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListClass {
    /// A public list somebody subscribed to: never blocks a protected name.
    Imported,
    /// The project's or department's own list.
    Own,
    /// A list by decision of an authority, with its number and end.
    Statutory,
    /// Names that only a statutory block closes.
    AlwaysOpen,
    /// Help lines: always open, never logged.
    Help,
    /// Names that no imported list closes.
    Protected,
    /// The names of a service; `param` is its position in the book.
    Service,
    /// The exam allowlist.
    Exam,
    /// The conference tools of an online class.
    OnlineClass,
    /// A department correction: strikes its category off the names.
    Correction,
    /// Hosts of an engine with a safe form; `param` is its position in the book.
    SafeSearch,
    /// Search engines without a safe form.
    UnsafeEngine,
    /// Sealed entries.
    Sealed,
}

/// One list of a ruleset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListInfo {
    /// Its id, unique in the ruleset: `base/gambling`, `hostsvn-gambling`.
    pub id: String,
    /// Its class.
    pub class: ListClass,
    /// The category its entries give; for a correction, the one it strikes.
    pub category: Option<Category>,
    /// See [`ListClass`].
    #[serde(default)]
    pub param: u16,
    /// Where it comes from, or the decision it carries out.
    #[serde(default)]
    pub source: String,
    /// Its licence.
    #[serde(default)]
    pub licence: String,
    /// How many entries it gave.
    #[serde(default)]
    pub entries: u64,
    /// How many lines were refused.
    #[serde(default)]
    pub refused: u64,
}

/// One list behind a row, and the scope of its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRef {
    /// Position of the list.
    pub list: u16,
    /// What the entry covers.
    pub scope: Scope,
}

impl SourceRef {
    /// The stored form.
    #[must_use]
    pub fn to_number(self) -> u32 {
        let scope = match self.scope {
            Scope::Suffix => 0,
            Scope::Exact => 1,
            Scope::Below => 2,
        };
        u32::from(self.list) | scope << 16
    }

    /// Reads the stored form; an unknown scope reads as the narrowest.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        let scope = match number >> 16 {
            0 => Scope::Suffix,
            2 => Scope::Below,
            _ => Scope::Exact,
        };
        Self {
            list: (number & 0xFFFF) as u16,
            scope,
        }
    }
}

/// What the lists of a row say beyond categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SideFlags(pub u32);

impl SideFlags {
    /// A help line.
    pub const HELP: Self = Self(1);
    /// A statutory block.
    pub const STATUTORY: Self = Self(1 << 1);
    /// Always open.
    pub const ALWAYS_OPEN: Self = Self(1 << 2);
    /// Protected from imported lists.
    pub const PROTECTED: Self = Self(1 << 3);
    /// Belongs to a service.
    pub const SERVICE: Self = Self(1 << 4);
    /// On the exam allowlist.
    pub const EXAM: Self = Self(1 << 5);
    /// On the online class's list.
    pub const ONLINE_CLASS: Self = Self(1 << 6);
    /// Has a safe form.
    pub const SAFE_FORM: Self = Self(1 << 7);
    /// A search engine without a safe form.
    pub const UNSAFE_ENGINE: Self = Self(1 << 8);

    /// The flag a list class sets.
    #[must_use]
    pub const fn of(class: ListClass) -> Self {
        match class {
            ListClass::Help => Self::HELP,
            ListClass::Statutory => Self::STATUTORY,
            ListClass::AlwaysOpen => Self::ALWAYS_OPEN,
            ListClass::Protected => Self::PROTECTED,
            ListClass::Service => Self::SERVICE,
            ListClass::Exam => Self::EXAM,
            ListClass::OnlineClass => Self::ONLINE_CLASS,
            ListClass::SafeSearch => Self::SAFE_FORM,
            ListClass::UnsafeEngine => Self::UNSAFE_ENGINE,
            ListClass::Imported | ListClass::Own | ListClass::Correction | ListClass::Sealed => {
                Self(0)
            }
        }
    }

    /// Whether any of `other`'s flags is set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a row says of the name itself, or of what lies below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Side {
    /// Categories from own lists, services, protected groups.
    pub own: CategorySet,
    /// Categories that only imported lists give.
    pub imported: CategorySet,
    /// Categories a department correction strikes.
    pub struck: CategorySet,
    /// The rest.
    pub flags: SideFlags,
}

/// A row: both sides and the lists behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// For the name itself.
    pub at: Side,
    /// For what lies below.
    pub below: Side,
    /// First of its sources, counted in [`SourceRef`]s.
    pub sources_from: u32,
    /// How many.
    pub sources_count: u32,
}

impl Side {
    const SIZE: usize = 52;

    fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..16].copy_from_slice(&self.own.bits().to_le_bytes());
        bytes[16..32].copy_from_slice(&self.imported.bits().to_le_bytes());
        bytes[32..48].copy_from_slice(&self.struck.bits().to_le_bytes());
        bytes[48..].copy_from_slice(&self.flags.0.to_le_bytes());
        bytes
    }

    /// Reads one side out of a row's bytes.
    pub(super) fn from_row(row: &[u8], below: bool) -> Self {
        let at = if below { 64 } else { 0 };
        Self {
            own: CategorySet::from_bits(u128_at(row, at)),
            imported: CategorySet::from_bits(u128_at(row, at + 16)),
            struck: CategorySet::from_bits(u128_at(row, at + 32)),
            flags: SideFlags(u32_at(row, at + 48)),
        }
    }

    /// Adds what an entry of a list says.
    pub fn add(&mut self, list: &ListInfo) {
        let category = list.category.map_or(CategorySet::EMPTY, CategorySet::of);
        match list.class {
            ListClass::Correction => self.struck = self.struck.union(category),
            ListClass::Imported => self.imported = self.imported.union(category),
            _ => self.own = self.own.union(category),
        }
        self.flags = self.flags.with(SideFlags::of(list.class));
    }
}

impl Row {
    /// The row that these sources make.
    #[must_use]
    pub fn of(sources: &[SourceRef], lists: &[ListInfo]) -> Self {
        let mut row = Self::default();
        for source in sources {
            let Some(list) = lists.get(usize::from(source.list)) else {
                continue;
            };
            if source.scope.covers_itself() {
                row.at.add(list);
            }
            if source.scope.covers_below() {
                row.below.add(list);
            }
        }
        row
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; ROW] {
        let mut bytes = [0; ROW];
        bytes[..Side::SIZE].copy_from_slice(&self.at.to_bytes());
        bytes[52..56].copy_from_slice(&self.sources_from.to_le_bytes());
        bytes[56..60].copy_from_slice(&self.sources_count.to_le_bytes());
        bytes[64..64 + Side::SIZE].copy_from_slice(&self.below.to_bytes());
        bytes
    }

    /// First source and count, out of a row's bytes.
    pub(super) fn sources_of(row: &[u8]) -> (usize, usize) {
        (u32_at(row, 52) as usize, u32_at(row, 56) as usize)
    }
}

/// The digest a sealed entry is stored as: SipHash-2-4 with 128 bits of output, keyed by the
/// bundle, over the name's normal form. It cannot be read back, only asked for.
#[must_use]
pub fn sealed_digest(key: &[u8; 16], wire: &[u8]) -> u128 {
    let mut hasher = SipHasher24::new_with_key(key);
    hasher.write(wire);
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip_and_any_flipped_bit_is_noticed() {
        let header = Header {
            file_length: 9000,
            seed: 7,
            names: 3,
            lines: 2,
            depth: 4,
            built: -5,
            sections: vec![SectionInfo {
                kind: SectionKind::Table,
                offset: 4096,
                length: 128,
                checksum: 9,
            }],
        };
        let page = header.to_bytes();
        assert_eq!(Header::from_bytes(&page), Ok(header));
        for byte in (0..PAGE).step_by(7) {
            let mut damaged = page;
            damaged[byte] ^= 0x10;
            assert!(Header::from_bytes(&damaged).is_err(), "byte {byte}");
        }
        assert_eq!(
            Header::from_bytes(&page[..4095]),
            Err(HeaderError::Short(4095))
        );
    }

    #[test]
    fn slots_keep_row_and_filter_apart() {
        let hash = name_hash(1, b"\x05vnedu\x02vn");
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
        assert!(LineFilter::may_hold(&line, hash));
        assert!(Slot(line[0]).matches(hash));
        assert_eq!(Slot(line[0]).entry(), Some(Entry::Row(17)));
    }

    #[test]
    fn the_two_lines_of_a_slot_lead_to_each_other() {
        for (index, lines) in [1u64, 2, 3, 1000, 16_384, 806_452].into_iter().enumerate() {
            let hash = name_hash(index as u64, b"\x05vnedu\x02vn");
            let slot = Slot::new(hash, 3);
            let first = hash.primary(lines);
            let second = slot.other_line(first, lines);
            assert!(second < lines);
            assert_eq!(slot.other_line(second, lines), first);
        }
    }

    #[test]
    fn an_empty_slot_matches_no_hash_whatever_its_bits() {
        let hash = NameHash { high: 0, low: 5 };
        assert!(!Slot(0).matches(hash) && !Slot(1 << 12).matches(hash));
    }

    #[test]
    fn rows_say_what_their_lists_say() {
        let list = |class, bit| ListInfo {
            id: String::new(),
            class,
            category: Category::new(bit),
            param: 0,
            source: String::new(),
            licence: String::new(),
            entries: 0,
            refused: 0,
        };
        let lists = [list(ListClass::Imported, 3), list(ListClass::Protected, 7)];
        let sources = [
            SourceRef {
                list: 0,
                scope: Scope::Suffix,
            },
            SourceRef {
                list: 1,
                scope: Scope::Exact,
            },
        ];
        let row = Row::of(&sources, &lists);
        assert_eq!(row.at.imported.bits(), 1 << 3);
        assert_eq!(row.at.own.bits(), 1 << 7);
        assert!(row.at.flags.has(SideFlags::PROTECTED));
        assert_eq!(row.below.own, CategorySet::EMPTY);
        let bytes = row.to_bytes();
        assert_eq!(Side::from_row(&bytes, false), row.at);
        assert_eq!(Side::from_row(&bytes, true), row.below);
        for source in sources {
            assert_eq!(SourceRef::from_number(source.to_number()), source);
        }
    }
}
