//! Looking names, addresses and URLs up in a ruleset's bytes. No I/O: the caller maps the file.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::familiar::Familiar;
use super::hash::NameHasher;
use super::header::{CHECKED_AT_OPEN, Header, HeaderError, SectionKind, checksum};
use super::numbers::{u32_at, u64_at, u128_at};
use super::row::{ListClass, ListInfo, ROW, Row, Side, SourceRef};
use super::sealed::sealed_digest;
use crate::book::{Book, BookError};
use crate::category::Category;
use crate::name::{Name, Scope};
use crate::phrases::PhrasesData;

/// How many rulesets this program opened.
static OPENED: AtomicU64 = AtomicU64::new(0);

/// Why bytes cannot be used as a ruleset.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The first page.
    #[error("this is no usable ruleset")]
    Header(#[from] HeaderError),
    /// The file ends early, or has something behind its end.
    #[error(
        "the ruleset is {actual} bytes long, its header says {expected}: it was cut or added to"
    )]
    Length {
        /// What the header says.
        expected: u64,
        /// What there is.
        actual: u64,
    },
    /// A section's checksum.
    #[error("the ruleset's section {0:?} is damaged")]
    Checksum(SectionKind),
    /// A section that must be there is not, or has an impossible length.
    #[error("the ruleset's section {0:?} is missing or has an impossible length")]
    Section(SectionKind),
    /// The list of lists.
    #[error("the ruleset's list of lists cannot be read")]
    Lists(#[source] serde_json::Error),
    /// The policy book.
    #[error("the ruleset's policy book cannot be used")]
    Book(#[from] BookError),
}

/// Why the phrase lists of a ruleset cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PhrasesError {
    /// The section's checksum.
    #[error("the ruleset's phrase lists are damaged; compile the lists again")]
    Checksum,
    /// Its content.
    #[error("the ruleset's phrase lists cannot be read; compile the lists again")]
    Json(#[from] serde_json::Error),
}

/// Position of a list in its ruleset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListId(pub u16);

/// A compiled ruleset over the bytes of its file.
///
/// Every look-up is checked against the bounds of its section, so damage that slips past the
/// checksums gives wrong verdicts at worst, never a fault.
pub struct Ruleset {
    /// Another for each that was opened.
    number: u64,
    data: Box<dyn AsRef<[u8]> + Send + Sync>,
    pub(super) header: Header,
    pub(super) hasher: NameHasher,
    pub(super) table: Span,
    rows: Span,
    sources: Span,
    pub(super) overflow: Span,
    net4: Span,
    net6: Span,
    urls: Span,
    sealed: Span,
    pub(super) sites: Span,
    pub(super) familiar: Familiar,
    lists: Vec<ListInfo>,
    book: Book,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    from: usize,
    to: usize,
}

/// A URL-prefix rule that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlRule<'r> {
    /// The path prefix, as it stands in the list.
    pub path: &'r str,
    /// Its row.
    pub row: u32,
}

impl Ruleset {
    /// Checks the header, the length and the small sections, and keeps the bytes. Costs under 5 ms
    /// whatever the file's size; verify the big sections by streaming (`lachan_lists::verify`).
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong; nothing damaged is used.
    pub fn open(data: Box<dyn AsRef<[u8]> + Send + Sync>) -> Result<Self, OpenError> {
        let bytes = (*data).as_ref();
        let header = Header::from_bytes(bytes)?;
        if header.file_length != bytes.len() as u64 {
            let (expected, actual) = (header.file_length, bytes.len() as u64);
            return Err(OpenError::Length { expected, actual });
        }
        for kind in CHECKED_AT_OPEN {
            let section = header.section(kind).ok_or(OpenError::Section(kind))?;
            if checksum(span(&header, kind).of(bytes)) != section.checksum {
                return Err(OpenError::Checksum(kind));
            }
        }
        check_lengths(&header)?;
        let lists: Vec<ListInfo> =
            serde_json::from_slice(span(&header, SectionKind::Lists).of(bytes))
                .map_err(OpenError::Lists)?;
        let book = Book::from_json(span(&header, SectionKind::Book).of(bytes))?;
        let familiar = Familiar::open(&header, bytes);
        let span = |kind| span(&header, kind);
        Ok(Self {
            number: OPENED.fetch_add(1, Ordering::Relaxed) + 1,
            table: span(SectionKind::Table),
            rows: span(SectionKind::Rows),
            sources: span(SectionKind::Sources),
            overflow: span(SectionKind::Overflow),
            net4: span(SectionKind::Net4),
            net6: span(SectionKind::Net6),
            urls: span(SectionKind::Urls),
            sealed: span(SectionKind::Sealed),
            sites: span(SectionKind::Sites),
            familiar,
            lists,
            book,
            hasher: NameHasher::new(header.seed),
            header,
            data,
        })
    }

    /// What tells this ruleset from every other that this program opened; never 0. What is remembered of one must not
    /// be taken for another's.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The policy book.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// All lists.
    #[must_use]
    pub fn lists(&self) -> &[ListInfo] {
        &self.lists
    }

    /// One list.
    #[must_use]
    pub fn list(&self, id: ListId) -> Option<&ListInfo> {
        self.lists.get(usize::from(id.0))
    }

    /// The bytes of a section, for readers of the cold part. Empty when there is none.
    #[must_use]
    pub fn section(&self, kind: SectionKind) -> &[u8] {
        span(&self.header, kind).of(self.bytes())
    }

    /// The phrase lists. Read and checked when asked for: nobody who looks names up needs them. None
    /// in older files.
    ///
    /// # Errors
    /// [`PhrasesError`] when the section is damaged.
    pub fn phrases(&self) -> Result<PhrasesData, PhrasesError> {
        let bytes = self.section(SectionKind::Phrases);
        let Some(info) = self.header.section(SectionKind::Phrases) else {
            return Ok(PhrasesData::default());
        };
        if checksum(bytes) != info.checksum {
            return Err(PhrasesError::Checksum);
        }
        if bytes.is_empty() {
            return Ok(PhrasesData::default());
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        (*self.data).as_ref()
    }

    fn row<'r>(&self, bytes: &'r [u8], row: u32) -> Option<&'r [u8]> {
        let at = row as usize * ROW;
        self.rows.of(bytes).get(at..at + ROW)
    }

    /// What a row says of the thing itself (`below` false) or of what lies below it. A row that
    /// the file does not have says nothing.
    #[must_use]
    pub fn side(&self, row: u32, below: bool) -> Side {
        self.row(self.bytes(), row)
            .map_or_else(Side::default, |row| Side::from_row(row, below))
    }

    /// The lists behind a row.
    pub fn sources(&self, row: u32) -> impl Iterator<Item = SourceRef> + '_ {
        let bytes = self.bytes();
        let (from, count) = self.row(bytes, row).map_or((0, 0), Row::sources_of);
        let sources = self.sources.of(bytes);
        let range = from.saturating_mul(4)..from.saturating_add(count).saturating_mul(4);
        let chunk = sources.get(range).unwrap_or_default();
        chunk
            .chunks_exact(4)
            .map(|raw| SourceRef::from_number(u32_at(raw, 0)))
    }

    /// The first list behind a row that satisfies a condition and covers the name itself
    /// (`below` false) or what lies below it.
    pub fn source_where(
        &self,
        row: u32,
        below: bool,
        mut wanted: impl FnMut(&ListInfo) -> bool,
    ) -> Option<ListId> {
        self.sources(row).find_map(|source| {
            let list = self.lists.get(usize::from(source.list))?;
            (source.scope.covers(below) && wanted(list)).then_some(ListId(source.list))
        })
    }

    /// The first list behind a row that gives a category, own lists before imported ones.
    #[must_use]
    pub fn source_of(&self, row: u32, below: bool, category: Category) -> Option<ListId> {
        let rank = |list: &ListInfo| match list.class {
            ListClass::Statutory => Some(0),
            ListClass::Correction => None,
            ListClass::Imported => Some(2),
            _ => Some(1),
        };
        let mut best = None;
        for source in self.sources(row) {
            let list = self.lists.get(usize::from(source.list));
            let list =
                list.filter(|list| list.category == Some(category) && source.scope.covers(below));
            let Some(rank) = list.and_then(rank) else {
                continue;
            };
            if best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, ListId(source.list)));
            }
        }
        best.map(|(_, list)| list)
    }

    /// How far the entry that gave a category reaches, for the rule as people read it.
    #[must_use]
    pub fn scope_of(&self, row: u32, list: ListId) -> Option<Scope> {
        self.sources(row)
            .find(|source| source.list == list.0)
            .map(|source| source.scope)
    }

    /// Whether any list names addresses. Where none does, no answer needs to be looked through.
    #[must_use]
    pub fn has_addresses(&self) -> bool {
        !self.net4.is_empty() || !self.net6.is_empty()
    }

    /// The row of the address ranges an address lies in.
    #[must_use]
    pub fn address_row(&self, address: IpAddr) -> Option<u32> {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let section = self.net4.of(self.bytes());
                let count = section.len() / 12;
                let (starts, rest) = section.split_at(count * 4);
                let (ends, rows) = rest.split_at(count * 4);
                let address = u32::from(v4);
                let index = last_not_after(count, |index| u32_at(starts, index * 4) <= address)?;
                (address <= u32_at(ends, index * 4)).then(|| u32_at(rows, index * 4))
            }
            IpAddr::V6(v6) => {
                let section = self.net6.of(self.bytes());
                let count = section.len() / 36;
                let (starts, rest) = section.split_at(count * 16);
                let (ends, rows) = rest.split_at(count * 16);
                let address = u128::from(v6);
                let index = last_not_after(count, |index| u128_at(starts, index * 16) <= address)?;
                (address <= u128_at(ends, index * 16)).then(|| u32_at(rows, index * 4))
            }
        }
    }

    /// The ranges of addresses that lists of a kind name, in order, those of IPv4 first: first and
    /// last, as [`crate::address_bits`] gives them.
    pub fn address_ranges(
        &self,
        wanted: impl Fn(&ListInfo) -> bool,
    ) -> impl Iterator<Item = (u128, u128)> {
        let bits4 = |v4: u32| crate::address_bits(std::net::Ipv4Addr::from(v4).into());
        let v4 = self.net4.of(self.bytes());
        let count = v4.len() / 12;
        let v4 = (0..count).map(move |index| {
            let at = |part: usize| u32_at(v4, (part * count + index) * 4);
            (bits4(at(0)), bits4(at(1)), at(2))
        });
        let v6 = self.net6.of(self.bytes());
        let count = v6.len() / 36;
        let v6 = (0..count).map(move |index| {
            let at = |part: usize| u128_at(v6, (part * count + index) * 16);
            (at(0), at(1), u32_at(v6, count * 32 + index * 4))
        });
        let named = v4.chain(v6);
        let named =
            named.filter(move |(_, _, row)| self.source_where(*row, false, &wanted).is_some());
        named.map(|(first, last, _)| (first, last))
    }

    /// The longest URL-prefix rule for a host and its path with query (`/a/b?c`). A rule for a
    /// host also covers what lies below it.
    #[must_use]
    pub fn url_rule(&self, host: &Name, path: &str) -> Option<UrlRule<'_>> {
        let section = self.urls.of(self.bytes());
        let count = usize::try_from(u64_at(section.get(..8)?, 0)).ok()?;
        let index = section.get(8..8usize.checked_add(count.checked_mul(16)?)?)?;
        let blob = &section[8 + count * 16..];
        let path = path.strip_prefix('/').unwrap_or(path);
        host.suffixes().find_map(|start| {
            let hash = self.hasher.suffix(host, start).high();
            let found = search(count, |at| u64_at(index, at * 16).cmp(&hash))?;
            let from = u32_at(index, found * 16 + 8) as usize;
            let rules = u32_at(index, found * 16 + 12) as usize;
            UrlRules {
                blob: blob.get(from..)?,
                left: rules,
            }
            .filter(|rule| path.starts_with(rule.path))
            .max_by_key(|rule| rule.path.len())
        })
    }

    /// How many URL-prefix rules there are hosts of.
    #[must_use]
    pub fn url_hosts(&self) -> u64 {
        self.urls
            .of(self.bytes())
            .get(..8)
            .map_or(0, |count| u64_at(count, 0))
    }

    /// The expressions for URLs, each with its list. Read from JSON: keep what is made of them.
    ///
    /// # Errors
    /// When the section is damaged.
    pub fn expressions(&self) -> Result<Vec<(ListId, String)>, serde_json::Error> {
        match self.section(SectionKind::Expressions) {
            [] => Ok(Vec::new()),
            json => {
                let all: Vec<(u16, String)> = serde_json::from_slice(json)?;
                Ok(all
                    .into_iter()
                    .map(|(list, text)| (ListId(list), text))
                    .collect())
            }
        }
    }

    /// The sealed list that holds the name or one above it, and where that suffix begins.
    #[must_use]
    pub fn sealed(&self, name: &Name) -> Option<(u8, ListId)> {
        let section = self.sealed.of(self.bytes());
        if section.is_empty() {
            return None;
        }
        let mut key = [0; 16];
        key.copy_from_slice(section.get(..16)?);
        let count = (section.len() - 16) / 18;
        let (digests, lists) = section[16..].split_at(count * 16);
        name.suffixes().find_map(|start| {
            let digest = sealed_digest(&key, &name.as_wire()[start..]);
            let index = search(count, |at| u128_at(digests, at * 16).cmp(&digest))?;
            let raw = lists.get(index * 2..index * 2 + 2)?;
            let list = u16::from_le_bytes([raw[0], raw[1]]);
            Some((u8::try_from(start).ok()?, ListId(list)))
        })
    }
}

impl fmt::Debug for Ruleset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ruleset")
            .field("names", &self.header.names)
            .field("lists", &self.lists.len())
            .finish_non_exhaustive()
    }
}

impl Span {
    const fn is_empty(self) -> bool {
        self.from >= self.to
    }

    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.from..self.to).unwrap_or_default()
    }
}

pub(super) fn span(header: &Header, kind: SectionKind) -> Span {
    let Some(section) = header.section(kind) else {
        return Span::default();
    };
    let from = usize::try_from(section.offset).unwrap_or(usize::MAX);
    let length = usize::try_from(section.length).unwrap_or(0);
    Span {
        from,
        to: from.saturating_add(length),
    }
}

/// Sections whose length must be a multiple of their records' size.
fn check_lengths(header: &Header) -> Result<(), OpenError> {
    let fits = |kind, head: u64, record: u64| {
        let length = header.section(kind).map_or(head, |section| section.length);
        let whole = length == 0 || (length >= head && (length - head).is_multiple_of(record));
        if whole {
            Ok(())
        } else {
            Err(OpenError::Section(kind))
        }
    };
    fits(SectionKind::Rows, 0, ROW as u64)?;
    fits(SectionKind::Sources, 0, 4)?;
    fits(SectionKind::Overflow, 0, 8)?;
    fits(SectionKind::Sites, 0, 8)?;
    fits(SectionKind::Net4, 0, 12)?;
    fits(SectionKind::Net6, 0, 36)?;
    fits(SectionKind::Sealed, 16, 18)
}

/// Binary search over `count` sorted records.
pub(super) fn search(count: usize, order: impl Fn(usize) -> std::cmp::Ordering) -> Option<usize> {
    let (mut from, mut to) = (0, count);
    while from < to {
        let middle = from + (to - from) / 2;
        match order(middle) {
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Less => from = middle + 1,
            std::cmp::Ordering::Greater => to = middle,
        }
    }
    None
}

/// The last of `count` sorted records that is not after something.
fn last_not_after(count: usize, not_after: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut from, mut to) = (0, count);
    while from < to {
        let middle = from + (to - from) / 2;
        if not_after(middle) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    from.checked_sub(1)
}

/// The rules of one host: row (u32), length (u16), path.
struct UrlRules<'r> {
    blob: &'r [u8],
    left: usize,
}

impl<'r> Iterator for UrlRules<'r> {
    type Item = UrlRule<'r>;
    fn next(&mut self) -> Option<UrlRule<'r>> {
        self.left = self.left.checked_sub(1)?;
        let head = self.blob.get(..6)?;
        let row = u32_at(head, 0);
        let length = usize::from(u16::from_le_bytes([head[4], head[5]]));
        let path = std::str::from_utf8(self.blob.get(6..6 + length)?).ok()?;
        self.blob = &self.blob[6 + length..];
        Some(UrlRule { path, row })
    }
}
