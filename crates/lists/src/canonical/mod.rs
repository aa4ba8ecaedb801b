//! The canonical form of a list: exactly one file for a set of entries, so that equal sets have
//! equal hashes, and a signed hash says what a list blocks.
//!
//! UTF-8, a line feed after every line, lines sorted by their bytes, none twice, no comments,
//! nothing optional. The lines are those of [`crate::formats`]' canonical format; a sealed list has
//! lines of 32 lower-case hex digits instead, each the keyed hash of a name.
//!
//! ```text
//!  lists of any format ─► Builder ─► canonical file ─► read (refuses what is not canonical)
//!                                         └─► crate::delta
//! ```

mod build;

use std::cmp::Ordering;
use std::io::{self, BufRead, Read as _};

use sha2::{Digest as _, Sha256};

pub use build::{BuildError, Builder, Options, Report};

use crate::formats::{Item, MAX_LINE, Reason, canonical, excerpt};

/// What the lines of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Entries as text.
    Open,
    /// Keyed hashes of names.
    Sealed,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "handed over one at a time, never kept"
)]
pub enum Entry {
    /// Of an open list.
    Item(Item),
    /// Of a sealed list: the digest, as `lachan_policy::ruleset::sealed_digest` makes it.
    Sealed(u128),
}

/// What a canonical list is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Its lines.
    pub entries: u64,
    /// Its bytes.
    pub length: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

/// Why a file is no canonical list.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read to its end.
    #[error("the list cannot be read to its end")]
    Io(#[from] io::Error),
    /// A line.
    #[error("line {line}: {problem}: {text}")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        problem: Problem,
        /// Its start, safe to print.
        text: String,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It stands where a smaller line must stand, or twice.
    #[error("not in its place in the order of bytes, or twice")]
    Order,
    /// The last line has no line feed.
    #[error("without its line feed")]
    Unfinished,
    /// Too long.
    #[error("longer than {MAX_LINE} bytes")]
    TooLong,
    /// No UTF-8.
    #[error("no UTF-8")]
    Utf8,
    /// An entry written otherwise than it must be.
    #[error("{0}")]
    Entry(Reason),
    /// No keyed hash.
    #[error("no 32 lower-case hex digits")]
    Digest,
}

/// Reads a canonical list and refuses one that is not.
///
/// # Errors
/// [`ReadError`] with the first line that is wrong. What was visited before is then worth nothing.
pub fn read(
    kind: Kind,
    mut input: impl BufRead,
    mut visit: impl FnMut(u64, Entry),
) -> Result<Info, ReadError> {
    let mut hash = Sha256::new();
    let (mut entries, mut length) = (0, 0);
    let (mut line, mut last) = (Vec::new(), Vec::new());
    while next_line(&mut input, &mut line)? {
        entries += 1;
        let wrong = |problem, bytes: &[u8]| ReadError::Line {
            line: entries,
            problem,
            text: excerpt(&String::from_utf8_lossy(bytes)),
        };
        hash.update(&line);
        length += line.len() as u64;
        if line.pop_if(|byte| *byte == b'\n').is_none() {
            let problem = if line.len() > MAX_LINE {
                Problem::TooLong
            } else {
                Problem::Unfinished
            };
            return Err(wrong(problem, &line));
        }
        if entries > 1 && last >= line {
            return Err(wrong(Problem::Order, &line));
        }
        let entry = entry(kind, &line).map_err(|problem| wrong(problem, &line))?;
        visit(entries, entry);
        std::mem::swap(&mut last, &mut line);
    }
    Ok(Info {
        entries,
        length,
        sha256: hash.finalize().into(),
    })
}

/// How many lines of `old` the `new` list has no more, and how many it has besides: removed, added.
/// Both must be canonical.
///
/// # Errors
/// What reading says.
pub fn difference(mut old: impl BufRead, mut new: impl BufRead) -> io::Result<(u64, u64)> {
    let (mut removed, mut added) = (0, 0);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut has_left = next_line(&mut old, &mut left)?;
    let mut has_right = next_line(&mut new, &mut right)?;
    while has_left || has_right {
        // The line feed sorts before all else in a line, so whole lines compare as their texts do.
        let order = match (has_left, has_right) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => left.cmp(&right),
        };
        removed += u64::from(order.is_lt());
        added += u64::from(order.is_gt());
        if order.is_le() {
            has_left = next_line(&mut old, &mut left)?;
        }
        if order.is_ge() {
            has_right = next_line(&mut new, &mut right)?;
        }
    }
    Ok((removed, added))
}

/// The next line with its line feed, at most one byte longer than it may be; `false` at the end.
pub(crate) fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let most = MAX_LINE as u64 + 1;
    input.by_ref().take(most).read_until(b'\n', line)?;
    Ok(!line.is_empty())
}

fn entry(kind: Kind, line: &[u8]) -> Result<Entry, Problem> {
    match kind {
        Kind::Open => {
            let text = std::str::from_utf8(line).map_err(|_| Problem::Utf8)?;
            canonical::entry(text)
                .map(Entry::Item)
                .map_err(Problem::Entry)
        }
        Kind::Sealed => digest(line).map(Entry::Sealed).ok_or(Problem::Digest),
    }
}

fn digest(line: &[u8]) -> Option<u128> {
    let hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if line.len() != 32 || !line.iter().all(hex) {
        return None;
    }
    u128::from_str_radix(std::str::from_utf8(line).ok()?, 16).ok()
}

/// The canonical list of keyed hashes.
#[must_use]
pub fn sealed(digests: impl IntoIterator<Item = u128>) -> Vec<u8> {
    let mut digests: Vec<u128> = digests.into_iter().collect();
    digests.sort_unstable();
    digests.dedup();
    digests
        .iter()
        .flat_map(|digest| format!("{digest:032x}\n").into_bytes())
        .collect()
}

#[cfg(test)]
mod tests;
