//! Where lists come from: a file, plain or compressed, standard input, or (in [`ut1`]) a directory
//! or archive of UT1 categories.
//!
//! Compression is told by the first bytes, not by the name, since downloads are often misnamed.
//! Every reader is capped: a few kilobytes of archive can unpack to terabytes. What the bytes mean
//! is left to `crate::formats`.

pub mod ut1;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Most bytes a list may unpack to, unless the caller says otherwise: over twenty times the largest
/// real list (UT1 adult, 4.6 million names, about 100 MB).
pub const MOST_BYTES: u64 = 2 << 30;

const BUFFER: usize = 64 << 10;
/// Where a POSIX, GNU or BSD tar header has its mark.
const TAR_MARK: std::ops::Range<usize> = 257..262;
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Why a list cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file system said no.
    #[error("cannot open {path}")]
    Open {
        /// The path.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// Reading failed half-way: a damaged archive, a full or failing disk, more than the cap
    /// ([`is_too_large`]).
    #[error("cannot read {path} to its end; nothing of it is used")]
    Read {
        /// The path.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// A directory where one file is wanted.
    #[error("{0} is a directory; only UT1 lists are read from directories, name a file")]
    Directory(PathBuf),
    /// A tar archive where one list is wanted.
    #[error("{0} is a tar archive; unpack it and name a file of it, or read it as ut1")]
    Archive(PathBuf),
    /// A UT1 directory or archive without a category.
    #[error(
        "{0} holds no UT1 category, that is no directory with a `domains`, `urls` or \
         `expressions` file; check the path, or the format"
    )]
    NoCategory(PathBuf),
}

/// More bytes than the cap allows; the inner error of an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it unpacks to more than {most} bytes; no list is that large, so this is damage or a trap")]
pub struct TooLarge {
    /// The cap.
    pub most: u64,
}

/// Whether reading stopped at the cap.
#[must_use]
pub fn is_too_large(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLarge>())
}

/// An opened list: decompressed, buffered, capped.
pub struct Input(Box<dyn BufRead + Send>);

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }
    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

/// Opens a list of at most [`MOST_BYTES`] bytes; `-` is standard input.
///
/// # Errors
/// [`InputError::Open`], [`InputError::Directory`], [`InputError::Archive`], and
/// [`InputError::Read`] when not even the first bytes can be read.
pub fn open(path: &Path) -> Result<Input, InputError> {
    open_within(path, MOST_BYTES)
}

/// Opens a list that may unpack to `most` bytes.
///
/// # Errors
/// As [`open`].
pub fn open_within(path: &Path, most: u64) -> Result<Input, InputError> {
    let (input, is_tar) = open_any(path, most)?;
    if is_tar {
        Err(InputError::Archive(path.to_owned()))
    } else {
        Ok(input)
    }
}

/// Opens a list or a tar archive, and says which.
fn open_any(path: &Path, most: u64) -> Result<(Input, bool), InputError> {
    let failed = |source| InputError::Read {
        path: path.to_owned(),
        source,
    };
    let input = of_reader(raw(path)?, most).map_err(failed)?;
    let (start, input) = peek(input, TAR_MARK.end).map_err(failed)?;
    let is_tar = start.get(TAR_MARK) == Some(b"ustar");
    Ok((Input(Box::new(input)), is_tar))
}

/// The bytes as they lie there.
fn raw(path: &Path) -> Result<Box<dyn Read + Send>, InputError> {
    if is_stdin(path) {
        return Ok(Box::new(io::stdin()));
    }
    let failed = |source| InputError::Open {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(InputError::Directory(path.to_owned()));
    }
    Ok(Box::new(file))
}

/// An input from bytes that come from anywhere, decompressed where their first bytes say so.
///
/// # Errors
/// When the first bytes cannot be read.
pub fn of_reader(raw: impl Read + Send + 'static, most: u64) -> io::Result<Input> {
    let (start, raw) = peek(raw, ZSTD.len())?;
    let raw = BufReader::with_capacity(BUFFER, raw);
    let unpacked: Box<dyn Read + Send> = if start.starts_with(GZIP) {
        Box::new(flate2::bufread::MultiGzDecoder::new(raw))
    } else if start.starts_with(ZSTD) {
        Box::new(zstd::Decoder::with_buffer(raw)?)
    } else {
        Box::new(raw)
    };
    let buffered = BufReader::with_capacity(BUFFER, unpacked);
    Ok(Input(Box::new(Capped {
        inner: buffered,
        left: most,
        most,
    })))
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The first `count` bytes (fewer at the end), and a reader that still has them.
fn peek<R: Read>(mut raw: R, count: usize) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut start = Vec::with_capacity(count);
    raw.by_ref().take(count as u64).read_to_end(&mut start)?;
    Ok((start.clone(), io::Cursor::new(start).chain(raw)))
}

type Peeked<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

/// Fails, rather than ends, once more than `most` bytes came through: half a list is no list.
struct Capped<R> {
    inner: R,
    left: u64,
    most: u64,
}

impl<R: BufRead> BufRead for Capped<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let (left, most) = (self.left, self.most);
        let bytes = self.inner.fill_buf()?;
        if left == 0 && !bytes.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                TooLarge { most },
            ));
        }
        let allowed = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        Ok(&bytes[..allowed])
    }

    fn consume(&mut self, amount: usize) {
        self.left -= amount as u64;
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.fill_buf()?;
        let read = bytes.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
