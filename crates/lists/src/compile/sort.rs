//! Sorting more names than fit in memory: sorted runs on disk, merged as often as needed.
//!
//! A record is a name's key, the list it comes from and what the entry covers. Runs are
//! front-coded, about 14 bytes a record, in unlinked temporary files beside the result.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use lachan_policy::Name;

use super::key::push_key;

/// What a record says of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// An entry for the name and what lies below.
    Suffix,
    /// An entry for the name only.
    Exact,
    /// An entry for what lies below.
    Below,
    /// A suffix entry that only an important allow takes off.
    Important,
    /// The list takes the name and what lies below off itself.
    AllowSuffix,
    /// The same for important entries too.
    AllowImportant,
    /// The list takes the name off itself.
    AllowExact,
    /// The list takes what lies below off itself.
    AllowBelow,
    /// The list takes off the one entry for the name, whatever its importance.
    Cancel,
}

impl Mark {
    const ALL: [Self; 9] = [
        Self::Suffix,
        Self::Exact,
        Self::Below,
        Self::Important,
        Self::AllowSuffix,
        Self::AllowImportant,
        Self::AllowExact,
        Self::AllowBelow,
        Self::Cancel,
    ];

    /// Whether it takes names off its list.
    pub(super) fn takes_off(self) -> bool {
        self >= Self::AllowSuffix
    }

    fn from_byte(byte: u8) -> io::Result<Self> {
        let mark = Self::ALL.get(usize::from(byte)).copied();
        mark.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a damaged sort run"))
    }
}

/// What the sorter is fed with and gives back, beside the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Payload {
    pub(super) list: u16,
    pub(super) mark: Mark,
}

/// A record in memory: the first 16 bytes of its key decide nearly every comparison without
/// touching the arena.
#[derive(Clone, Copy)]
struct Record {
    prefix: [u64; 2],
    at: u32,
    length: u8,
    mark: Mark,
    list: u16,
}

impl Record {
    fn key<'a>(&self, arena: &'a [u8]) -> &'a [u8] {
        &arena[self.at as usize..self.at as usize + usize::from(self.length)]
    }

    fn payload(&self) -> Payload {
        Payload {
            list: self.list,
            mark: self.mark,
        }
    }
}

/// Collects records and sorts them within a bound of memory.
pub(super) struct Sorter {
    folder: PathBuf,
    limit: usize,
    arena: Vec<u8>,
    records: Vec<Record>,
    runs: Vec<File>,
}

impl Sorter {
    /// A sorter that keeps at most about `limit` bytes in memory and its runs in `folder`.
    pub(super) fn new(folder: &Path, limit: usize) -> Self {
        Self {
            folder: folder.to_owned(),
            limit: limit.min(u32::MAX as usize),
            arena: Vec::new(),
            records: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Takes a record.
    pub(super) fn push(&mut self, name: &Name, payload: Payload) -> io::Result<()> {
        let used = self.arena.len() + self.records.len() * size_of::<Record>();
        if used + 2 * size_of::<Name>() > self.limit {
            self.spill()?;
        }
        let at = self.arena.len();
        push_key(name, &mut self.arena);
        let key = &self.arena[at..];
        let invalid = |_| io::Error::from(io::ErrorKind::InvalidInput);
        self.records.push(Record {
            prefix: prefix(key),
            at: u32::try_from(at).map_err(invalid)?,
            length: u8::try_from(key.len()).map_err(invalid)?,
            mark: payload.mark,
            list: payload.list,
        });
        Ok(())
    }

    fn sort(&mut self) {
        let arena = &self.arena;
        self.records.sort_unstable_by(|a, b| {
            a.prefix
                .cmp(&b.prefix)
                .then_with(|| a.key(arena).cmp(b.key(arena)))
                .then_with(|| a.payload().cmp(&b.payload()))
        });
    }

    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let mut out = BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(&self.folder)?);
        let mut previous: &[u8] = &[];
        for record in &self.records {
            let key = record.key(&self.arena);
            write_record(&mut out, previous, key, record.payload())?;
            previous = key;
        }
        self.runs
            .push(out.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.arena.clear();
        self.records.clear();
        Ok(())
    }

    /// Ends the collecting. When runs were spilled the rest is too, so that the memory is free
    /// for what comes after.
    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_empty() {
            self.sort();
        } else {
            self.spill()?;
            self.arena = Vec::new();
            self.records = Vec::new();
        }
        Ok(Sorted {
            arena: self.arena,
            records: self.records,
            runs: self.runs,
        })
    }
}

/// The first 16 bytes of a key as two numbers that compare alike, zeros behind a short one.
fn prefix(key: &[u8]) -> [u64; 2] {
    let mut bytes = [0; 16];
    let length = key.len().min(16);
    bytes[..length].copy_from_slice(&key[..length]);
    let (high, low) = bytes.split_at(8);
    let number = |half: &[u8]| half.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    [number(high), number(low)]
}

fn write_record(
    out: &mut impl Write,
    previous: &[u8],
    key: &[u8],
    payload: Payload,
) -> io::Result<()> {
    let shared = shared_prefix(previous, key);
    let invalid = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let rest = &key[shared..];
    let list = payload.list.to_le_bytes();
    let head = [
        u8::try_from(shared).map_err(invalid)?,
        u8::try_from(rest.len()).map_err(invalid)?,
        payload.mark as u8,
        list[0],
        list[1],
    ];
    out.write_all(&head)?;
    out.write_all(rest)
}

/// How many first bytes two keys share.
pub(crate) fn shared_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// Sorted records, to be gone through as often as needed.
pub(super) struct Sorted {
    arena: Vec<u8>,
    records: Vec<Record>,
    runs: Vec<File>,
}

impl Sorted {
    /// Goes through all records in order: `visit(key, payload)`.
    pub(super) fn visit(
        &mut self,
        mut visit: impl FnMut(&[u8], Payload) -> io::Result<()>,
    ) -> io::Result<()> {
        for record in &self.records {
            visit(record.key(&self.arena), record.payload())?;
        }
        let mut cursors = Vec::new();
        for run in &mut self.runs {
            run.seek(SeekFrom::Start(0))?;
            let mut cursor = Cursor::new(BufReader::with_capacity(1 << 18, &*run));
            if cursor.advance()? {
                cursors.push(cursor);
            }
        }
        while let Some(index) = least(&cursors) {
            let cursor = &mut cursors[index];
            visit(&cursor.key, cursor.payload)?;
            if !cursor.advance()? {
                cursors.swap_remove(index);
            }
        }
        Ok(())
    }
}

/// The cursor with the least record; there are only a handful of runs.
fn least<R>(cursors: &[Cursor<R>]) -> Option<usize> {
    (0..cursors.len()).min_by(|a, b| {
        let (a, b) = (&cursors[*a], &cursors[*b]);
        a.key.cmp(&b.key).then_with(|| a.payload.cmp(&b.payload))
    })
}

/// A place in a run.
struct Cursor<R> {
    input: R,
    key: Vec<u8>,
    payload: Payload,
}

impl<R: BufRead> Cursor<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            key: Vec::new(),
            payload: Payload {
                list: 0,
                mark: Mark::Suffix,
            },
        }
    }

    /// Reads the next record; `false` at the end.
    fn advance(&mut self) -> io::Result<bool> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let mut head = [0; 5];
        self.input.read_exact(&mut head)?;
        let [shared, rest, mark, low, high] = head;
        let shared = usize::from(shared);
        self.key.resize(shared + usize::from(rest), 0);
        self.input.read_exact(&mut self.key[shared..])?;
        self.payload = Payload {
            list: u16::from_le_bytes([low, high]),
            mark: Mark::from_byte(mark)?,
        };
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(names: &[(String, u16)], limit: usize) -> Vec<(Vec<u8>, Payload)> {
        let mut sorter = Sorter::new(&std::env::temp_dir(), limit);
        for (text, list) in names {
            let payload = Payload {
                list: *list,
                mark: Mark::Suffix,
            };
            sorter
                .push(&Name::from_text(text).unwrap(), payload)
                .unwrap();
        }
        let mut sorted = sorter.finish().unwrap();
        let mut seen = Vec::new();
        sorted
            .visit(|key, payload| {
                seen.push((key.to_vec(), payload));
                Ok(())
            })
            .unwrap();
        let mut again = Vec::new();
        sorted
            .visit(|key, payload| {
                again.push((key.to_vec(), payload));
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, again, "a second pass sees the same");
        seen
    }

    proptest! {
        #[test]
        fn runs_on_disk_sort_like_memory(
            names in proptest::collection::vec(("[a-c]{1,20}(\\.[a-c]{1,3}){0,3}\\.vn", 0u16..3), 0..80)
        ) {
            let in_memory = sorted(&names, usize::MAX);
            let spilled = sorted(&names, 2000);
            prop_assert_eq!(&in_memory, &spilled);
            prop_assert_eq!(in_memory.len(), names.len());
            prop_assert!(in_memory.is_sorted());
        }
    }
}
