//! Verifying a whole ruleset file by reading it through once, without mapping it, so that the
//! check neither trusts nor fills the process's memory.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

use lachan_policy::ruleset::{Header, HeaderError, PAGE, SectionInfo, SectionKind};
use xxhash_rust::xxh3::Xxh3;

/// What is wrong with a ruleset file.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Reading it.
    #[error("the ruleset cannot be read")]
    Io(#[from] io::Error),
    /// Its header.
    #[error("this is no usable ruleset")]
    Header(#[from] HeaderError),
    /// Its length.
    #[error(
        "the ruleset is {actual} bytes long, its header says {expected}: it was cut or added to"
    )]
    Length {
        /// What the header says.
        expected: u64,
        /// What there is.
        actual: u64,
    },
    /// A section.
    #[error("the ruleset's section {0:?} is damaged")]
    Section(SectionKind),
}

/// Reads the file at `path` once and compares every checksum.
///
/// # Errors
/// [`VerifyError`] names the first damage found.
pub fn verify(path: &Path) -> Result<Header, VerifyError> {
    let mut file = File::open(path)?;
    let mut page = Vec::with_capacity(PAGE);
    Read::by_ref(&mut file)
        .take(PAGE as u64)
        .read_to_end(&mut page)?;
    let header = Header::from_bytes(&page)?;
    let actual = file.metadata()?.len();
    if actual != header.file_length {
        return Err(VerifyError::Length {
            expected: header.file_length,
            actual,
        });
    }
    let mut buffer = vec![0; 1 << 18];
    for section in &header.sections {
        if digest(&mut file, section, &mut buffer)? != section.checksum {
            return Err(VerifyError::Section(section.kind));
        }
    }
    Ok(header)
}

fn digest(file: &mut File, section: &SectionInfo, buffer: &mut [u8]) -> io::Result<u64> {
    file.seek(SeekFrom::Start(section.offset))?;
    let mut hasher = Xxh3::new();
    let mut left = section.length;
    while left > 0 {
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = file.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(&buffer[..read]);
        left -= read as u64;
    }
    Ok(hasher.digest())
}
