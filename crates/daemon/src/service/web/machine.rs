//! The box as a whole, for the pages: the same functions that `lachan backup` calls.
//!
//! ```text
//!  back_up ─► backup.ready/ ─► fetched by the browser, half an hour long
//! ```
//!
//! What lies in such a folder belongs to this run of the program; the next one begins by removing it.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufWriter};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use lachan_api::ports::{Machine, Ready};
use lachan_config::{Config, Language};
use lachan_web::{Code, Problem};

use super::ports::Settings;
use crate::backup::{
    BackupError, MIN_PASSPHRASE, Part, Places, Wanted, check_room, make_passphrase, pack,
};
use crate::service::chain;
use crate::service::clock::Clock;
use crate::time::{Now, day_shown};
use crate::words::Words;

/// Where a backup lies until it is fetched.
const READY: &str = "backup.ready";
const FILE: &str = "file.age";
/// How long it lies there.
const KEPT: Duration = Duration::from_secs(30 * 60);

/// The desk for all that concerns the whole box.
pub(super) struct MachineDesk {
    places: Places,
    settings: Arc<Settings>,
    clock: Arc<Clock>,
    ready: Mutex<Option<Made>>,
}

/// A backup that waits to be fetched.
struct Made {
    ready: Ready,
    since: Instant,
}

impl MachineDesk {
    /// Begins, and removes what an earlier run left.
    pub(super) fn new(places: Places, settings: Arc<Settings>, clock: Arc<Clock>) -> Self {
        let desk = Self {
            places,
            settings,
            clock,
            ready: Mutex::default(),
        };
        desk.forget(&desk.folder(READY));
        desk
    }

    /// Removes what lay there for too long.
    pub(super) fn tidy(&self) {
        let mut ready = held(&self.ready);
        if ready
            .as_ref()
            .is_some_and(|made| made.since.elapsed() >= KEPT)
        {
            *ready = None;
            self.forget(&self.folder(READY));
        }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.places.paths.data.join(name)
    }

    fn forget(&self, folder: &Path) {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, folder = %folder.display(), "a folder cannot be removed");
            }
            _ => {}
        }
    }

    fn pack(&self, config: &Config, passphrase: String, has_lists: bool) -> Result<Ready, Problem> {
        let folder = self.folder(READY);
        let path = folder.join(FILE);
        let failed = |source| of_file(&path, source);
        self.check_room(has_lists)?;
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .map_err(failed)?;
        let made_at = self.clock.now().map(|now| now.unix);
        let wanted = Wanted {
            places: &self.places,
            school: &config.school.name,
            made_at,
            has_lists,
        };
        let mut out = BufWriter::new(File::create_new(&path).map_err(failed)?);
        pack(&wanted, SecretString::from(passphrase), &mut out)
            .map_err(|error| of_backup(&error))?;
        let out = out
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        let bytes = out.metadata().map_err(failed)?.len();
        let day = made_at.and_then(|_| day_shown(Now::system(), &config.school.time_zone));
        Ok(Ready {
            name: day.map_or_else(|| "lachan.age".into(), |day| format!("lachan-{day}.age")),
            bytes,
            made_at,
        })
    }

    /// Room for the copy of the database, which is read while the file is written, and for the file.
    fn check_room(&self, has_lists: bool) -> Result<(), Problem> {
        let bytes = |part| fs::metadata(self.places.of(part)).map_or(0, |about| about.len());
        let lists = if has_lists { bytes(Part::Ruleset) } else { 0 };
        let needed = bytes(Part::Database)
            .saturating_mul(2)
            .saturating_add(lists);
        check_room(&self.places.paths.data, needed).map_err(|error| of_backup(&error))
    }
}

impl Machine for MachineDesk {
    fn shortest_passphrase(&self) -> usize {
        MIN_PASSPHRASE
    }

    fn passphrase(&self) -> Result<String, Problem> {
        make_passphrase().map_err(|error| of_backup(&error))
    }

    fn back_up(&self, passphrase: String, has_lists: bool) -> Result<Ready, Problem> {
        let mut ready = held(&self.ready);
        *ready = None;
        let folder = self.folder(READY);
        self.forget(&folder);
        let made = self
            .pack(&self.settings.load(), passphrase, has_lists)
            .inspect_err(|_| self.forget(&folder))?;
        *ready = Some(Made {
            ready: made.clone(),
            since: Instant::now(),
        });
        Ok(made)
    }

    fn ready(&self) -> Option<Ready> {
        // While one is being made there is none, and nobody waits for it.
        let ready = self.ready.try_lock().ok()?;
        ready.as_ref().map(|made| made.ready.clone())
    }

    fn open_ready(&self) -> Result<(Ready, File), Problem> {
        let ready = self.ready().ok_or(Code::NotFound)?;
        let path = self.folder(READY).join(FILE);
        let file = File::open(&path).map_err(|source| of_file(&path, source))?;
        Ok((ready, file))
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn of_file(path: &Path, source: io::Error) -> Problem {
    of_backup(&BackupError::File {
        path: path.to_owned(),
        source,
    })
}

/// Why there is no backup, or none is restored, as a problem: what is the file's fault is told in both
/// languages, what is the machine's goes to the log.
fn of_backup(error: &BackupError) -> Problem {
    let code = match error {
        BackupError::Passphrase => Code::WrongPassphrase,
        BackupError::NotOurs => Code::NotABackup,
        BackupError::Damaged(_) => Code::BackupDamaged,
        BackupError::TooNew { .. } => Code::BackupTooNew,
        BackupError::NoRoom { .. } => Code::NoRoom,
        BackupError::NothingBefore => return Code::NothingToUndo.into(),
        BackupError::TooMuchWork
        | BackupError::Part(_)
        | BackupError::Settings(_)
        | BackupError::OtherFolder { .. }
        | BackupError::Database(_) => Code::BackupUnfit,
        BackupError::File { .. } | BackupError::Copy(_) => Code::DiskFailed,
        BackupError::Short | BackupError::NoTerminal | BackupError::Random(_) => Code::Internal,
    };
    if matches!(code, Code::DiskFailed | Code::Internal | Code::BackupUnfit) {
        tracing::error!(error = %chain(error), "a backup cannot be made or restored");
    }
    if matches!(code, Code::DiskFailed | Code::Internal) {
        return code.into();
    }
    let told = |language| Words::new(language).backup_error(error);
    let (vi, en) = (told(Language::Vietnamese), told(Language::English));
    Problem::from(code).with_detail(sentence(vi), sentence(en))
}

/// On the command line an error is part of a sentence; on a page it is one.
fn sentence(text: String) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let mut text: String = first.into_iter().flatten().chain(letters).collect();
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}
