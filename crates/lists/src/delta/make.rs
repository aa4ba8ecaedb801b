//! Making a delta: one merge of two sorted lists.

use std::cmp::Ordering;
use std::io::{self, Write as _};

use sha2::{Digest as _, Sha256};

use super::{Header, LEVEL, WINDOW, write_number};

/// Why there is no delta; send the full list.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// One of the lists is not sorted, or its last line has no line feed.
    #[error("only canonical lists have a delta")]
    NotCanonical,
    /// Longer lists, or more removed lines, than a delta may have.
    #[error("the change is too large for a delta")]
    TooLarge,
    /// zstd failed.
    #[error("the delta cannot be compressed")]
    Compress(#[from] io::Error),
}

/// The delta from one canonical list to another.
///
/// # Errors
/// [`MakeError`].
pub fn make(from: &[u8], to: &[u8]) -> Result<Vec<u8>, MakeError> {
    let (mut olds, mut news) = (lines(from)?, lines(to)?);
    let (mut old, mut new) = (olds.next()?, news.next()?);
    let (mut removed, mut gaps, mut last) = (0u64, Vec::new(), 0u64);
    let (mut added, mut text) = (0u64, Vec::new());
    loop {
        let order = match (old, new) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.cmp(b),
        };
        if order.is_lt() {
            let index = olds.count - 1;
            write_number(index - last, &mut gaps);
            last = index + 1;
            removed += 1;
        } else if let (Ordering::Greater, Some(line)) = (order, new) {
            text.extend_from_slice(line);
            added += 1;
        }
        if order.is_le() {
            old = olds.next()?;
        }
        if order.is_ge() {
            new = news.next()?;
        }
    }
    let header = Header {
        from: Sha256::digest(from).into(),
        to: Sha256::digest(to).into(),
        from_length: from.len() as u64,
        from_entries: olds.count,
        to_length: to.len() as u64,
        to_entries: news.count,
        removed,
        added,
    };
    if !header.is_sound() {
        return Err(MakeError::TooLarge);
    }
    let mut out = Vec::new();
    header.write(&mut out);
    let mut encoder = zstd::Encoder::new(out, LEVEL)?;
    encoder.include_contentsize(false)?;
    encoder.include_checksum(false)?;
    encoder.window_log(WINDOW)?;
    // With its length known, zstd fits its tables to a small change: 1 ms instead of 100.
    encoder.set_pledged_src_size(Some((gaps.len() + text.len()) as u64))?;
    encoder.write_all(&gaps)?;
    encoder.write_all(&text)?;
    Ok(encoder.finish()?)
}

fn lines(text: &[u8]) -> Result<Lines<'_>, MakeError> {
    match text.last() {
        None | Some(b'\n') => Ok(Lines {
            rest: text,
            last: b"",
            count: 0,
        }),
        Some(_) => Err(MakeError::NotCanonical),
    }
}

struct Lines<'t> {
    rest: &'t [u8],
    last: &'t [u8],
    /// How many came.
    count: u64,
}

impl<'t> Lines<'t> {
    /// The next line with its line feed. The line feed sorts before every character of a line, so
    /// comparing with it is comparing without.
    fn next(&mut self) -> Result<Option<&'t [u8]>, MakeError> {
        let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') else {
            return Ok(None);
        };
        let (line, rest) = self.rest.split_at(end + 1);
        if line.len() < 2 || line <= self.last {
            return Err(MakeError::NotCanonical);
        }
        (self.last, self.rest) = (line, rest);
        self.count += 1;
        Ok(Some(line))
    }
}
