//! The folder: names, atomic writes, what it holds.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use lachan_wire::tuf::{FormatError, Metadata, NotCanonical, Signed, ThresholdError};

/// Held while somebody writes.
const LOCK: &str = ".lock";
/// How files end that are being written.
const HALF: &str = ".new";

/// Why nothing was published. The repository is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// The disk.
    #[error("{path} cannot be read or written")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file of metadata is none.
    #[error("{file} is no metadata")]
    Format {
        /// Its name.
        file: String,
        /// What is wrong.
        #[source]
        source: FormatError,
    },
    /// A file of metadata lacks signatures.
    #[error("{file} is not signed as it must be")]
    Threshold {
        /// Its name.
        file: String,
        /// How many there are.
        #[source]
        source: ThresholdError,
    },
    /// The version is not the one that must come next.
    #[error("{file} has version {found}; {expected} must come next")]
    Version {
        /// Its name.
        file: String,
        /// The version that must come.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// A root, targets, firmware or approval file is missing or has ended.
    #[error("{role} is missing or has ended: sign it anew with `lachan-hub keys`")]
    Offline {
        /// The role.
        role: String,
    },
    /// An online key is not one that root or targets trust for its role.
    #[error("the hub's key of {role} is not the one that the offline keys signed")]
    OnlineKey {
        /// The role.
        role: String,
    },
    /// A list or settings file cannot be published.
    #[error("{name}: {problem}")]
    Input {
        /// The list's id or the file's name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// Somebody else is writing.
    #[error("another program is publishing into this folder: try again when it is done")]
    Busy,
    /// The clock is far from that of the last publication.
    #[error(
        "the clock says {now}, the last publication {before}: set the clock, or publish in spite of it"
    )]
    Clock {
        /// What this machine takes for now.
        now: String,
        /// When was published last.
        before: String,
    },
    /// A free field holds a fraction.
    #[error("the metadata cannot be signed")]
    Sign(#[from] NotCanonical),
}

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Files {
    top: PathBuf,
}

impl Files {
    pub(super) const fn new(top: PathBuf) -> Self {
        Self { top }
    }

    /// Everything but the history is there to be served.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        if name.starts_with("history/") {
            self.top.join(name)
        } else {
            self.top.join("public").join(name)
        }
    }

    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, RepositoryError> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(RepositoryError::Io { path, source }),
        }
    }

    pub(super) fn parsed<T: Metadata>(
        &self,
        name: &str,
    ) -> Result<Option<Signed<T>>, RepositoryError> {
        let Some(bytes) = self.read(name)? else {
            return Ok(None);
        };
        parse(name, &bytes).map(Some)
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Keeps other writers out until the file is dropped: two at a time would each remove what the other
    /// has just written, and name what is not there.
    pub(super) fn lock(&self) -> Result<File, RepositoryError> {
        let path = self.top.join(LOCK);
        let failed = |source| RepositoryError::Io {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(&self.top).map_err(failed)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(RepositoryError::Busy),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Removes what a writer that was stopped left half written in a folder. Only under the lock.
    pub(super) fn sweep(&self, folder: &str) -> Result<(), RepositoryError> {
        for name in self.names(folder) {
            if name.starts_with('.') && name.ends_with(HALF) {
                self.remove(&format!("{folder}/{name}"))?;
            }
        }
        Ok(())
    }

    /// Write beside, flush, rename, flush the folder.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RepositoryError> {
        let path = self.path(name);
        replace(&path, bytes).map_err(|source| RepositoryError::Io { path, source })
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), RepositoryError> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(RepositoryError::Io { path, source })
            }
            _ => Ok(()),
        }
    }

    /// Names in a folder, sorted; none when there is no such folder.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder))
            .into_iter()
            .flatten()
            .flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        names
    }
}

pub(super) fn parse<T: Metadata>(name: &str, bytes: &[u8]) -> Result<Signed<T>, RepositoryError> {
    Signed::parse(bytes).map_err(|source| RepositoryError::Format {
        file: name.to_owned(),
        source,
    })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name of its own: were it the same for all, two writers would mix their bytes in one file.
    let mut random = [0; 8];
    getrandom::fill(&mut random)?;
    let beside = folder.join(format!(".{name}.{}{HALF}", HEXLOWER.encode(&random)));
    let mut file = File::create_new(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}
