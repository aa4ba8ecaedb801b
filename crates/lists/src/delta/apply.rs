//! Applying a delta: one merge of the old list's lines with the added ones, as a stream.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use sha2::{Digest as _, Sha256};

use super::{Header, HeaderError, WINDOW, read_number};
use crate::canonical::{Info, next_line};
use crate::formats::MAX_LINE;

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Lines removed.
    pub removed: u64,
    /// Lines added.
    pub added: u64,
    /// Lines of the result.
    pub entries: u64,
    /// Bytes of the result.
    pub length: u64,
    /// SHA-256 of the result.
    pub sha256: [u8; 32],
}

/// What signed metadata says of the list a delta starts from and of the one it leads to. Nobody signs
/// the delta's own numbers, so none is used before it agrees with these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The list that lies there.
    pub from: Info,
    /// The list that is wanted.
    pub to: Info,
}

/// Why a delta was not applied. What was written until then is worth nothing.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Its first bytes.
    #[error("the delta cannot be used")]
    Header(#[from] HeaderError),
    /// It leads elsewhere than asked for.
    #[error("the delta leads to another version")]
    OtherResult,
    /// It starts elsewhere.
    #[error("the delta starts from another version")]
    OtherBase,
    /// Its lengths or counts are not those of the two lists.
    #[error("the delta's numbers are not those of the lists")]
    OtherNumbers,
    /// Its content does not fit its own numbers or the old list.
    #[error("the delta is damaged")]
    Damaged,
    /// The old list cannot be read.
    #[error("the old list cannot be read")]
    Base(#[source] io::Error),
    /// The delta cannot be read to its end.
    #[error("the delta cannot be read to its end")]
    Delta(#[source] io::Error),
    /// The result cannot be written.
    #[error("the new list cannot be written")]
    Write(#[source] io::Error),
}

/// Makes the list `expected.to` of the old one; anything else is an error. A header that says
/// otherwise than `expected` is refused before a byte is unpacked or written, so that nobody's delta
/// fills the card with a gigabyte that was never signed.
///
/// # Errors
/// [`ApplyError`].
pub fn apply(
    base: impl BufRead,
    mut delta: impl BufRead,
    out: impl Write,
    expected: &Expected,
) -> Result<Applied, ApplyError> {
    let header = Header::read(&mut delta)?;
    if header.to != expected.to.sha256 {
        return Err(ApplyError::OtherResult);
    }
    if header.from != expected.from.sha256 {
        return Err(ApplyError::OtherBase);
    }
    let told = [
        (header.from_length, expected.from.length),
        (header.from_entries, expected.from.entries),
        (header.to_length, expected.to.length),
        (header.to_entries, expected.to.entries),
    ];
    if told.iter().any(|(said, signed)| said != signed) {
        return Err(ApplyError::OtherNumbers);
    }
    let mut decoder = zstd::Decoder::with_buffer(delta)
        .map_err(ApplyError::Delta)?
        .single_frame();
    decoder.window_log_max(WINDOW).map_err(ApplyError::Delta)?;
    let mut body = BufReader::new(decoder);
    let removed = positions(&mut body, &header)?;
    let mut merge = Merge {
        base,
        body,
        line: Vec::new(),
        added: Vec::new(),
        added_left: header.added,
        base_hash: Sha256::new(),
        out: Output::new(out, header.to_length),
    };
    let entries = merge.run(&header, &removed)?;
    let Merge {
        body,
        base_hash,
        out,
        ..
    } = merge;
    if <[u8; 32]>::from(base_hash.finalize()) != header.from {
        return Err(ApplyError::OtherBase);
    }
    end_of(body)?;
    let (length, sha256) = out.finish()?;
    if sha256 != expected.to.sha256 || length != header.to_length || entries != header.to_entries {
        return Err(ApplyError::Damaged);
    }
    Ok(Applied {
        removed: header.removed,
        added: header.added,
        entries,
        length,
        sha256,
    })
}

/// The removed lines' numbers, from 0, rising.
fn positions(body: &mut impl Read, header: &Header) -> Result<Vec<u32>, ApplyError> {
    let mut positions = Vec::new();
    let mut next = 0u64;
    for _ in 0..header.removed {
        let gap = read_number(body).map_err(|error| match error {
            HeaderError::Io(source) => ApplyError::Delta(source),
            _ => ApplyError::Damaged,
        })?;
        let index = next + gap;
        if index >= header.from_entries {
            return Err(ApplyError::Damaged);
        }
        positions.push(u32::try_from(index).map_err(|_| ApplyError::Damaged)?);
        next = index + 1;
    }
    Ok(positions)
}

/// Nothing may follow: neither in the frame nor behind it.
fn end_of(mut body: BufReader<zstd::Decoder<'static, impl BufRead>>) -> Result<(), ApplyError> {
    let mut byte = [0];
    if body.read(&mut byte).map_err(ApplyError::Delta)? != 0 {
        return Err(ApplyError::Damaged);
    }
    let mut rest = body.into_inner().finish();
    let left = rest.fill_buf().map_err(ApplyError::Delta)?;
    if left.is_empty() {
        Ok(())
    } else {
        Err(ApplyError::Damaged)
    }
}

struct Merge<B, D, W: Write> {
    base: B,
    body: D,
    line: Vec<u8>,
    /// The next added line; empty when there is none.
    added: Vec<u8>,
    added_left: u64,
    base_hash: Sha256,
    out: Output<W>,
}

impl<B: BufRead, D: BufRead, W: Write> Merge<B, D, W> {
    /// Returns the number of lines written.
    fn run(&mut self, header: &Header, removed: &[u32]) -> Result<u64, ApplyError> {
        let mut removed = removed.iter().copied().peekable();
        self.next_added()?;
        let (mut index, mut length) = (0u64, 0u64);
        while next_line(&mut self.base, &mut self.line).map_err(ApplyError::Base)? {
            self.base_hash.update(&self.line);
            length += self.line.len() as u64;
            // A list that is longer than the delta's is another list; no need to read it all.
            if index >= header.from_entries || length > header.from_length {
                return Err(ApplyError::OtherBase);
            }
            if removed
                .next_if(|position| u64::from(*position) == index)
                .is_none()
            {
                while !self.added.is_empty() && self.added < self.line {
                    self.write_added()?;
                }
                self.out.line(&self.line)?;
            }
            index += 1;
        }
        while !self.added.is_empty() {
            self.write_added()?;
        }
        if index != header.from_entries || removed.peek().is_some() {
            return Err(ApplyError::OtherBase);
        }
        Ok(self.out.lines)
    }

    fn write_added(&mut self) -> Result<(), ApplyError> {
        self.out.line(&self.added)?;
        self.next_added()
    }

    fn next_added(&mut self) -> Result<(), ApplyError> {
        self.added.clear();
        if self.added_left == 0 {
            return Ok(());
        }
        self.added_left -= 1;
        let found = next_line(&mut self.body, &mut self.added).map_err(ApplyError::Delta)?;
        let whole = self.added.last() == Some(&b'\n') && self.added.len() > 1;
        if found && whole {
            Ok(())
        } else {
            Err(ApplyError::Damaged)
        }
    }
}

/// The new list on its way out: sorted, within its length, hashed.
struct Output<W: Write> {
    out: BufWriter<W>,
    hash: Sha256,
    last: Vec<u8>,
    lines: u64,
    length: u64,
    most: u64,
}

impl<W: Write> Output<W> {
    fn new(out: W, most: u64) -> Self {
        Self {
            out: BufWriter::with_capacity(64 << 10, out),
            hash: Sha256::new(),
            last: Vec::with_capacity(MAX_LINE.min(256)),
            lines: 0,
            length: 0,
            most,
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), ApplyError> {
        self.length += line.len() as u64;
        if self.length > self.most || line <= self.last.as_slice() {
            return Err(ApplyError::Damaged);
        }
        self.last.clear();
        self.last.extend_from_slice(line);
        self.lines += 1;
        self.hash.update(line);
        self.out.write_all(line).map_err(ApplyError::Write)
    }

    fn finish(mut self) -> Result<(u64, [u8; 32]), ApplyError> {
        self.out.flush().map_err(ApplyError::Write)?;
        Ok((self.length, self.hash.finalize().into()))
    }
}
