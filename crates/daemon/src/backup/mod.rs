//! The backup: one encrypted file that makes a new box the old one.
//!
//! ```text
//!  settings, database, keys, ruleset ─► tar ─► zstd ─► age (passphrase) ─► FILE
//!  FILE ─► age ─► zstd ─► tar ─► restore.staged/ ─► checked ─► each in its place, the old ones in before-restore/
//! ```
//!
//! The format is that of public tools: `age -d FILE | zstd -d | tar t`. What comes in is taken only where
//! the archive says it is one of [`Part::ALL`], and bounded; nothing of the box changes before all of it
//! was read, whole and fit. A restore can be taken back.
//!
//! What is not in it: the cache's snapshot and the log's key of the day, which belong to one machine and day.

mod look;
mod pack;
mod passphrase;
mod reset;
mod room;
mod stage;
mod trial;
mod unpack;
mod wipe;

use std::io;
use std::path::{Path, PathBuf};

use lachan_config::{LoadError, Paths};
use lachan_store::{DbError, OpenError};
use serde::{Deserialize, Serialize};

use crate::settings_file::{SettingsFile, Uptime};

pub(crate) use look::{Contents, LogEntry};
pub(crate) use pack::{Wanted, pack};
pub(crate) use passphrase::{MIN_PASSPHRASE, make as make_passphrase};
pub(crate) use reset::{carry_out_reset, check_filter_may_replace, stage_reset};
pub(crate) use room::check_room;
pub(crate) use stage::{Staging, forget_before, place_staged, undo, undo_until};
pub(crate) use unpack::unpack;

/// See [`crate::fuzz_backup`].
pub(crate) fn fuzz_archive(bytes: &[u8]) {
    unpack::fuzz_archive(bytes);
}

/// The version of the archive.
const FORMAT: u32 = 1;
/// The archive's first entry.
const MANIFEST: &str = "manifest.json";
/// log₂ of scrypt's work: 64 MiB and about a second on a Raspberry Pi. A backup made on a fast machine
/// must open on the smallest box.
const WORK: u8 = 16;
/// The most that is done for a file from elsewhere: 256 MiB.
const MOST_WORK: u8 = 18;

/// One thing that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// `lachan.toml`.
    Settings,
    /// `lachan.db`.
    Database,
    /// The key of request codes.
    RequestKey,
    /// The authority for inspection.
    Authority,
    /// The certificate of the box's own pages: its fingerprint stands on the set-up card.
    WebIdentity,
    /// A certificate for these pages that somebody else made, with its key.
    WebCertificate,
    /// The same for encrypted DNS: without it phones that insist on it have no Internet.
    DnsCertificate,
    /// The lists in use, compiled.
    Ruleset,
}

impl Part {
    /// All of them, in the order in which they are placed.
    pub(crate) const ALL: [Self; 8] = [
        Self::Database,
        Self::RequestKey,
        Self::Authority,
        Self::WebIdentity,
        Self::WebCertificate,
        Self::DnsCertificate,
        Self::Ruleset,
        // Last: what the others mean may hang on it.
        Self::Settings,
    ];

    /// Its name in the archive, and in the staging folder.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Settings => "lachan.toml",
            Self::Database => "lachan.db",
            Self::RequestKey => "request.key",
            Self::Authority => "inspection-ca.pem",
            Self::WebIdentity => "web-tls.pem",
            Self::WebCertificate => "web-own.pem",
            Self::DnsCertificate => "dns-tls.pem",
            Self::Ruleset => "current.ruleset",
        }
    }

    /// The most bytes of it that are taken from an archive.
    const fn most(self) -> u64 {
        match self {
            Self::Settings
            | Self::Authority
            | Self::WebIdentity
            | Self::WebCertificate
            | Self::DnsCertificate => 4 << 20,
            Self::RequestKey => 4096,
            Self::Database => 8 << 30,
            Self::Ruleset => 2 << 30,
        }
    }

    /// Whether no backup is without it.
    const fn is_needed(self) -> bool {
        matches!(self, Self::Settings | Self::Database)
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// Where the parts live on this box.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The settings file itself, absolute: never the link that leads to it.
    pub(crate) settings: PathBuf,
    pub(crate) paths: Paths,
}

impl Places {
    /// The places that settings mean; `settings` as somebody typed it, perhaps relative or a link.
    pub(crate) fn new(settings: &Path, paths: &Paths) -> Self {
        let own = std::fs::canonicalize(settings).or_else(|_| std::path::absolute(settings));
        Self {
            settings: own.unwrap_or_else(|_| settings.to_owned()),
            paths: paths.clone(),
        }
    }

    /// Where a part lives.
    pub(crate) fn of(&self, part: Part) -> PathBuf {
        match part {
            Part::Settings => self.settings.clone(),
            Part::Database => self.paths.database(),
            Part::RequestKey => crate::request_key::path(&self.paths),
            Part::Authority => crate::authority::path(&self.paths),
            Part::WebIdentity => crate::web_identity::path(&self.paths),
            Part::WebCertificate => crate::web_identity::own_path(&self.paths),
            Part::DnsCertificate => crate::web_identity::dns_path(&self.paths),
            Part::Ruleset => self.paths.ruleset.clone(),
        }
    }
}

/// What an archive says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// [`FORMAT`].
    pub(crate) format: u32,
    /// The version of the program that made it.
    pub(crate) program: String,
    /// Unix seconds; `None` where the box did not know the time.
    pub(crate) made_at: Option<i64>,
    /// The school's name; may be empty.
    pub(crate) school: String,
    /// The parts that follow, in order.
    pub(crate) parts: Vec<Entry>,
}

/// A part of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// [`Part::name`].
    pub(crate) name: String,
    /// Its length in bytes.
    pub(crate) bytes: u64,
}

/// Why there is no backup, or none is restored. Nothing of the box was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    /// A file of the box, or of the backup.
    #[error("{} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database cannot be copied.
    #[error("the database cannot be copied")]
    Copy(#[source] DbError),
    /// The passphrase opens nothing.
    #[error("the passphrase does not open this file")]
    Passphrase,
    /// A passphrase that could be guessed.
    #[error("the passphrase is shorter than {MIN_PASSPHRASE} characters")]
    Short,
    /// Nobody can be asked for the passphrase.
    #[error("there is no terminal to ask for the passphrase")]
    NoTerminal,
    /// The kernel gives no randomness.
    #[error("no passphrase can be made")]
    Random(#[source] getrandom::Error),
    /// The file is none of ours.
    #[error("the file is no backup of Lá Chắn")]
    NotOurs,
    /// It would take more work to open than a box has memory for.
    #[error("opening the file takes more memory than a box has")]
    TooMuchWork,
    /// The file is cut, or was changed.
    #[error("the file is damaged")]
    Damaged(#[source] io::Error),
    /// Made by a newer program.
    #[error("the file was made by a newer Lá Chắn ({program})")]
    TooNew {
        /// Its version.
        program: String,
    },
    /// A part that is not there, or not as the archive says.
    #[error("the part {0} is missing or not as the file says")]
    Part(String),
    /// The settings in it.
    #[error("the settings in the file cannot be used")]
    Settings(#[source] LoadError),
    /// The settings in it mean other folders.
    #[error("the settings in the file keep data in {}, this box in {}", .theirs.display(), .ours.display())]
    OtherFolder {
        /// Those of the file.
        theirs: PathBuf,
        /// This box's.
        ours: PathBuf,
    },
    /// The database in it, or the box's own.
    #[error("the database cannot be used")]
    Database(#[source] Box<OpenError>),
    /// The disk is too full.
    #[error("{needed} bytes are needed and {free} are free")]
    NoRoom {
        /// Bytes that it takes, with what has to stay free.
        needed: u64,
        /// Bytes there are.
        free: u64,
    },
    /// A folder in which no box ever kept anything.
    #[error("{} is no data folder of Lá Chắn", .0.display())]
    NoBox(PathBuf),
    /// There is nothing to take back.
    #[error("no restore can be taken back")]
    NothingBefore,
    /// A change of the settings waits to be confirmed.
    #[error("a change of the settings waits to be confirmed")]
    SettingsPending,
}

/// Whether the settings are there to stay: a box is not given others, and none are carried over, while a
/// change of them may still go back.
///
/// # Errors
/// [`BackupError::SettingsPending`].
pub(crate) fn check_settled(places: &Places) -> Result<(), BackupError> {
    match SettingsFile::new(&places.settings).waiting(&Uptime::now()) {
        Some(_) => Err(BackupError::SettingsPending),
        None => Ok(()),
    }
}

/// Forgets what was to go back of settings that were replaced.
fn forget_pending(places: &Places) -> Result<(), BackupError> {
    let forgotten = SettingsFile::new(&places.settings).forget_note();
    forgotten.map_err(BackupError::file(&places.settings))
}

impl BackupError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

#[cfg(test)]
mod tests;
