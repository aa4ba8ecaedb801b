//! The first page of a ruleset file: what stands where, with a checksum for each section.
//!
//! All numbers are little-endian. Sections begin on multiples of 64 bytes, the table on a page.

use xxhash_rust::xxh3::xxh3_64;

use super::numbers::{u32_at, u64_at};
use super::slot::LINE;

/// First bytes of every ruleset.
pub const MAGIC: [u8; 8] = *b"LACHANRS";
/// Version of this layout. A reader refuses every other: rulesets are compiled on the box itself.
pub const VERSION: u32 = 2;
/// Size of the header, and the alignment of the table.
pub const PAGE: usize = 4096;
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
    /// Which lists say it, by row: [`super::SourceRef`]s.
    Sources = 3,
    /// Rows of slots whose row number does not fit the slot: pairs of u32, sorted by slot.
    Overflow = 4,
    /// JSON array of [`super::ListInfo`].
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
    /// Bloom filter of the last two labels of every listed name: [`super::SiteFilter`].
    Sites = 14,
    /// Names that others are made to resemble, by their skeletons: [`super::FamiliarId`].
    Familiar = 15,
    /// JSON [`crate::phrases::PhrasesData`]; missing in older files, empty where there are none.
    Phrases = 16,
}

impl SectionKind {
    const ALL: [Self; 16] = [
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
        Self::Sites,
        Self::Familiar,
        Self::Phrases,
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
    /// Fewest labels of any name in the table.
    pub shallowest: u32,
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
        page[64..68].copy_from_slice(&self.shallowest.to_le_bytes());
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
            shallowest: u32_at(page, 64),
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
            shallowest: 2,
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
}
