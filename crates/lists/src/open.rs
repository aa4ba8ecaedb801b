//! Opening a ruleset file for use.

use std::io;
use std::path::{Path, PathBuf};

use lachan_policy::ruleset::{OpenError, Ruleset};
use lachan_sys::MappedFile;

use crate::verify::{VerifyError, verify};

/// Why a ruleset file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenFileError {
    /// It cannot be opened or mapped.
    #[error("{path}: the ruleset cannot be opened")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is damaged, or made for another version.
    #[error("{path}: the ruleset cannot be used; compile the lists again")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: OpenError,
    },
    /// Its content is damaged.
    #[error("{path}: the ruleset is damaged; compile the lists again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: VerifyError,
    },
}

impl OpenFileError {
    /// Whether there is no such file.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Maps a ruleset and checks its header and small sections: under 5 ms whatever its size. Have
/// [`verify`] read it through beside.
///
/// # Errors
/// [`OpenFileError`].
pub fn open(path: &Path) -> Result<Ruleset, OpenFileError> {
    let map = MappedFile::open(path).map_err(|source| OpenFileError::Io {
        path: path.to_owned(),
        source,
    })?;
    Ruleset::open(Box::new(map)).map_err(|source| OpenFileError::Unusable {
        path: path.to_owned(),
        source,
    })
}

/// Opens a ruleset after reading it through: for tools, which have the time.
///
/// # Errors
/// [`OpenFileError`].
pub fn open_verified(path: &Path) -> Result<Ruleset, OpenFileError> {
    match verify(path) {
        Ok(_) => open(path),
        Err(VerifyError::Io(source)) => Err(OpenFileError::Io {
            path: path.to_owned(),
            source,
        }),
        Err(source) => Err(OpenFileError::Damaged {
            path: path.to_owned(),
            source,
        }),
    }
}
