//! The cold part of a ruleset: its names as text, in canonical order, for listing, diff and
//! convert. Blocks of front-coded keys, compressed by zstd; about 6 bytes a name.
//!
//! A block, unpacked: number of names (u32), length of the third part (u32); then for every name
//! how many bytes it shares with the one before, then for every name how many follow, then those
//! bytes. Like beside like compresses best.

use std::io::{self, Write};

use lachan_policy::Name;
use lachan_policy::ruleset::{Ruleset, SectionKind};

use crate::compile::{name_of_key, shared_prefix};

/// Bytes of keys in a block before compression; larger blocks gain little.
const BLOCK: usize = 256 << 10;
/// zstd level: 12 costs half the time of 19 for one part in thirty more.
const LEVEL: i32 = 12;
/// Size of an index record: offset (u64), length (u32), names (u32).
const INDEX: usize = 16;
/// Most bytes a block may unpack to; more is damage.
const MOST_UNPACKED: usize = 4 << 20;

/// Why the text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A block lies outside the section.
    #[error("block {0} of the ruleset's text lies outside the file")]
    Outside(usize),
    /// zstd refused a block.
    #[error("block {0} of the ruleset's text is damaged")]
    Block(usize, #[source] io::Error),
    /// A block's numbers contradict each other.
    #[error("block {0} of the ruleset's text contradicts itself")]
    Content(usize),
}

/// Writes text blocks to `out` as keys arrive in order.
pub(crate) struct TextWriter<W> {
    out: W,
    written: u64,
    index: Vec<u8>,
    shared: Vec<u8>,
    lengths: Vec<u8>,
    bytes: Vec<u8>,
    previous: Vec<u8>,
    packer: zstd::bulk::Compressor<'static>,
}

impl<W: Write> TextWriter<W> {
    pub(crate) fn new(out: W) -> io::Result<Self> {
        Ok(Self {
            out,
            written: 0,
            index: Vec::new(),
            shared: Vec::new(),
            lengths: Vec::new(),
            bytes: Vec::new(),
            previous: Vec::new(),
            packer: zstd::bulk::Compressor::new(LEVEL)?,
        })
    }

    /// Takes the next key.
    pub(crate) fn push(&mut self, key: &[u8]) -> io::Result<()> {
        let shared = shared_prefix(&self.previous, key);
        let invalid = |_| io::Error::from(io::ErrorKind::InvalidInput);
        self.shared.push(u8::try_from(shared).map_err(invalid)?);
        self.lengths
            .push(u8::try_from(key.len() - shared).map_err(invalid)?);
        self.bytes.extend_from_slice(&key[shared..]);
        self.previous.clear();
        self.previous.extend_from_slice(key);
        if self.bytes.len() + 2 * self.shared.len() >= BLOCK {
            self.end_block()
        } else {
            Ok(())
        }
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.shared.is_empty() {
            return Ok(());
        }
        let small = |length: usize| u32::try_from(length).map_err(|_| io::ErrorKind::InvalidInput);
        let count = small(self.shared.len())?;
        let mut raw = Vec::with_capacity(8 + 2 * self.shared.len() + self.bytes.len());
        raw.extend_from_slice(&count.to_le_bytes());
        raw.extend_from_slice(&small(self.bytes.len())?.to_le_bytes());
        raw.append(&mut self.shared);
        raw.append(&mut self.lengths);
        raw.append(&mut self.bytes);
        self.previous.clear();
        let packed = self.packer.compress(&raw)?;
        self.index.extend_from_slice(&self.written.to_le_bytes());
        self.index
            .extend_from_slice(&small(packed.len())?.to_le_bytes());
        self.index.extend_from_slice(&count.to_le_bytes());
        self.out.write_all(&packed)?;
        self.written += packed.len() as u64;
        Ok(())
    }

    /// Writes the last block; gives the index section.
    pub(crate) fn finish(mut self) -> io::Result<Vec<u8>> {
        self.end_block()?;
        Ok(self.index)
    }
}

/// All names of a ruleset in canonical order.
pub struct Names<'r> {
    text: &'r [u8],
    index: &'r [u8],
    block: usize,
    raw: Vec<u8>,
    next: usize,
    count: usize,
    at: usize,
    key: Vec<u8>,
}

impl<'r> Names<'r> {
    /// The names of a ruleset.
    #[must_use]
    pub fn of(ruleset: &'r Ruleset) -> Self {
        let section = |kind| ruleset.section(kind);
        Self::new(section(SectionKind::Text), section(SectionKind::TextIndex))
    }

    pub(crate) fn new(text: &'r [u8], index: &'r [u8]) -> Self {
        let (raw, key) = (Vec::new(), Vec::new());
        Self {
            text,
            index,
            block: 0,
            raw,
            next: 0,
            count: 0,
            at: 0,
            key,
        }
    }

    /// Unpacks the next block; `None` behind the last.
    fn load(&mut self) -> Option<Result<(), TextError>> {
        let record = self
            .index
            .get(self.block * INDEX..(self.block + 1) * INDEX)?;
        let number = self.block;
        self.block += 1;
        Some(self.unpack(record, number))
    }

    fn unpack(&mut self, record: &[u8], number: usize) -> Result<(), TextError> {
        let offset = u64_of(&record[..8]);
        let length = u64_of(&record[8..12]);
        let range = usize::try_from(offset)
            .ok()
            .zip(usize::try_from(length).ok());
        let packed = range
            .and_then(|(from, length)| self.text.get(from..from.checked_add(length)?))
            .ok_or(TextError::Outside(number))?;
        self.raw = zstd::bulk::decompress(packed, MOST_UNPACKED)
            .map_err(|error| TextError::Block(number, error))?;
        let head = self.raw.get(..8).ok_or(TextError::Content(number))?;
        let count = usize::try_from(u64_of(&head[..4])).unwrap_or(usize::MAX);
        let bytes = usize::try_from(u64_of(&head[4..])).unwrap_or(usize::MAX);
        let expected = count
            .checked_mul(2)
            .and_then(|twice| twice.checked_add(bytes));
        if expected.and_then(|sum| sum.checked_add(8)) != Some(self.raw.len()) {
            return Err(TextError::Content(number));
        }
        (self.count, self.next, self.at) = (count, 0, 8 + 2 * count);
        self.key.clear();
        Ok(())
    }

    fn step(&mut self) -> Option<Name> {
        let shared = usize::from(*self.raw.get(8 + self.next)?);
        let length = usize::from(*self.raw.get(8 + self.count + self.next)?);
        let rest = self.raw.get(self.at..self.at + length)?;
        if shared > self.key.len() {
            return None;
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(rest);
        self.next += 1;
        self.at += length;
        name_of_key(&self.key).ok()
    }
}

impl Iterator for Names<'_> {
    type Item = Result<Name, TextError>;
    fn next(&mut self) -> Option<Self::Item> {
        while self.next == self.count {
            if let Err(error) = self.load()? {
                (self.next, self.count) = (0, 0);
                return Some(Err(error));
            }
        }
        let step = self.step();
        if step.is_none() {
            (self.next, self.count) = (0, 0);
        }
        Some(step.ok_or(TextError::Content(self.block - 1)))
    }
}

/// A little-endian number of up to eight bytes.
fn u64_of(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::key::push_key;
    use proptest::prelude::*;

    fn packed(names: &[Name]) -> (Vec<u8>, Vec<u8>) {
        let mut text = Vec::new();
        let mut writer = TextWriter::new(&mut text).unwrap();
        for name in names {
            let mut key = Vec::new();
            push_key(name, &mut key);
            writer.push(&key).unwrap();
        }
        let index = writer.finish().unwrap();
        (text, index)
    }

    proptest! {
        #[test]
        fn names_come_back_in_order(
            texts in proptest::collection::btree_set("[a-d]{1,30}(\\.[a-d]{1,9}){0,3}\\.vn", 0..200)
        ) {
            let mut names = texts.iter().map(|text| Name::from_text(text).unwrap()).collect::<Vec<_>>();
            names.sort();
            let (text, index) = packed(&names);
            let back = Names::new(&text, &index).map(Result::unwrap).collect::<Vec<_>>();
            prop_assert_eq!(back, names);
        }

        #[test]
        fn damage_is_an_error_not_a_panic(at in 0usize..400, bit in 0u8..8) {
            let names = (0..50).map(|n| Name::from_text(&format!("n{n}.vn")).unwrap()).collect::<Vec<_>>();
            let (mut text, mut index) = packed(&names);
            let split = text.len();
            let at = at % (split + index.len());
            let byte = if at < split { &mut text[at] } else { &mut index[at - split] };
            *byte ^= 1 << bit;
            for item in Names::new(&text, &index).take(1_000) {
                let _ = item;
            }
        }
    }
}
