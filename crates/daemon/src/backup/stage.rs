//! A restore, from the folder where it was unpacked to the places of its parts.
//!
//! ```text
//!  restore.unpacking/ ─checked, renamed─► restore.staged/ ─each part─► its place
//!                                                            └► what was there: before-restore/
//! ```
//!
//! A power cut at any step leaves either nothing staged, or a staged restore that the next start
//! goes on with where it was: what is still in the folder is not yet placed.

use std::fs::{self, File, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use lachan_config::Config;
use lachan_store::{check_copy, lock_database};
use rustix::fs::{Mode, OFlags};

use super::trial::NetworkTrial;
use super::{BackupError, LogEntry, Part, Places, forget_pending};
use crate::settings_file::{keep_owner, replace_as};

/// Where it is unpacked.
pub(super) const UNPACKING: &str = "restore.unpacking";
/// Whole and fit.
pub(super) const STAGED: &str = "restore.staged";
/// What was there before.
pub(super) const BEFORE: &str = "before-restore";
/// That of an earlier restore, while the next one is staged.
pub(super) const BEFORE_OLD: &str = "before-restore.old";
/// How long that is kept.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);
/// What SQLite keeps beside a database.
const LOGS: [&str; 2] = ["-wal", "-shm"];

/// A folder to unpack into. Dropped without [`Self::stage`], it is removed.
pub(crate) struct Staging {
    folder: PathBuf,
    staged: PathBuf,
}

impl Staging {
    /// An empty folder, in place of one that an earlier attempt left.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub(crate) fn begin(places: &Places) -> Result<Self, BackupError> {
        let data = &places.paths.data;
        fs::create_dir_all(data).map_err(BackupError::file(data))?;
        bring_back(data)?;
        let folder = data.join(UNPACKING);
        remove(&folder)?;
        make_private(&folder)?;
        Ok(Self {
            folder,
            staged: data.join(STAGED),
        })
    }

    /// Where to unpack.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Checks what was unpacked: the settings are settings, and keep things where this box does; the
    /// database is whole and of a version that this program knows.
    ///
    /// # Errors
    /// [`BackupError::Settings`], [`BackupError::OtherFolder`], [`BackupError::Database`].
    pub(crate) fn check(&self, places: &Places) -> Result<(), BackupError> {
        let settings = Config::load(&self.folder.join(Part::Settings.name()));
        let settings = settings.map_err(BackupError::Settings)?;
        if settings.paths.data != places.paths.data {
            return Err(BackupError::OtherFolder {
                theirs: settings.paths.data,
                ours: places.paths.data.clone(),
            });
        }
        self.check_database()
    }

    /// Checks the database alone.
    ///
    /// # Errors
    /// [`BackupError::Database`].
    pub(super) fn check_database(&self) -> Result<(), BackupError> {
        let database = self.folder.join(Part::Database.name());
        check_copy(&database).map_err(|error| BackupError::Database(Box::new(error)))
    }

    /// From here on it will be placed, by [`place_staged`], in place of an earlier one that was not. What
    /// the last restore replaced is given up.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub(crate) fn stage(self) -> Result<(), BackupError> {
        for part in Part::ALL {
            let file = self.folder.join(part.name());
            if file.exists() {
                sync(&file)?;
            }
        }
        sync(&self.folder)?;
        // The filter places it, as another user perhaps than whoever restores.
        let data = self.staged.parent().unwrap_or_else(|| Path::new("/"));
        for part in Part::ALL {
            let file = self.folder.join(part.name());
            if file.exists() {
                give(&file, data)?;
            }
        }
        NetworkTrial::keep(&self.folder, data)?;
        give(&self.folder, data)?;
        remove(&self.staged)?;
        // Given up only when there is another: a power cut in between must not leave none.
        let (before, old) = (data.join(BEFORE), data.join(BEFORE_OLD));
        remove(&old)?;
        if before.symlink_metadata().is_ok() {
            rename(&before, &old)?;
        }
        if let Err(error) = rename(&self.folder, &self.staged) {
            bring_back(data)?;
            return Err(error);
        }
        sync(data)?;
        give_up(&old);
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What is left is removed by the next attempt, too.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Ends what a power cut broke off in [`Staging::stage`]: what was there before the last restore is back, or,
/// where the next one is staged, given up.
fn bring_back(data: &Path) -> Result<(), BackupError> {
    let (before, old) = (data.join(BEFORE), data.join(BEFORE_OLD));
    if old.symlink_metadata().is_err() {
        return Ok(());
    }
    if data.join(STAGED).exists() || before.symlink_metadata().is_ok() {
        give_up(&old);
        return Ok(());
    }
    rename(&old, &before)?;
    sync(data)
}

/// Removes what nobody needs any more; a restore does not fail by it.
fn give_up(folder: &Path) {
    if let Err(error) = remove(folder) {
        tracing::warn!(%error, "what was there before an earlier restore cannot be removed");
    }
}

/// Puts a staged restore in its place. Whether there was one.
///
/// # Errors
/// [`BackupError::Database`] while a filter records into the database; [`BackupError::File`]: then the
/// rest is placed at the next start.
pub(crate) fn place_staged(places: &Places) -> Result<bool, BackupError> {
    bring_back(&places.paths.data)?;
    let staged = places.paths.data.join(STAGED);
    if !staged.exists() {
        return Ok(false);
    }
    let _locked = lock_database(&places.paths.database())
        .map_err(|error| BackupError::Database(Box::new(error)))?;
    let before = places.paths.data.join(BEFORE);
    make_private(&before)?;
    give(&before, &places.paths.data)?;
    for part in Part::ALL {
        place(part, &places.of(part), &staged, &before)?;
    }
    // Made by whoever restores, where there was none.
    give(
        &beside(&places.paths.database(), ".lock"),
        &places.paths.data,
    )?;
    forget_pending(places)?;
    NetworkTrial::begin(&staged, places)?;
    remove(&staged)?;
    sync(&places.paths.data)?;
    Ok(true)
}

/// Puts one part in its place.
fn place(part: Part, to: &Path, staged: &Path, before: &Path) -> Result<(), BackupError> {
    let from = staged.join(part.name());
    if !from.exists() {
        return Ok(());
    }
    if part == Part::Database {
        // First: an old log beside a new database would be read into it.
        for log in LOGS {
            let aside = beside(&before.join(part.name()), log);
            set_aside(part, &beside(to, log), &aside)?;
        }
    }
    set_aside(part, to, &before.join(part.name()))?;
    sync(before)?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(BackupError::file(folder))?;
    }
    // Whoever reads what was there reads what comes.
    let like = before.join(part.name());
    let mode = like.metadata().ok().map(|about| about.permissions());
    let owner = if like.exists() {
        like.as_path()
    } else {
        to.parent().unwrap_or(to)
    };
    // Copied, and only then removed: the settings may lie on another disk.
    write(&from, to, mode, owner)?;
    fs::remove_file(&from).map_err(BackupError::file(&from))
}

/// Keeps what is there, unless it was kept before a power cut: then what is there is new.
fn set_aside(part: Part, from: &Path, to: &Path) -> Result<(), BackupError> {
    let Ok(about) = from.metadata() else {
        return Ok(());
    };
    if to.exists() {
        return Ok(());
    }
    write(from, to, Some(about.permissions()), from)?;
    // The settings stay until they are replaced: a box without any does not start.
    if part == Part::Settings {
        return Ok(());
    }
    fs::remove_file(from).map_err(BackupError::file(from))
}

/// Writes a copy that is either whole or not there, with these rights, for the owner of `like`.
pub(super) fn write(
    from: &Path,
    to: &Path,
    mode: Option<Permissions>,
    like: &Path,
) -> Result<(), BackupError> {
    let owner = like.metadata().map_err(BackupError::file(like))?;
    let mut source = open_itself(from).map_err(BackupError::file(from))?;
    replace_as(to, mode, &owner, &mut source).map_err(BackupError::file(to))
}

/// Makes the owner of `like` the owner of a file or folder.
pub(super) fn give(path: &Path, like: &Path) -> Result<(), BackupError> {
    let given = || -> io::Result<()> {
        let opened = open_itself(path)?;
        keep_owner(&opened, &like.metadata()?)
    };
    given().map_err(BackupError::file(path))
}

/// Opens a file or folder, and never what a link leads to: the data folder is the service's, and whoever
/// restores may be root, who must neither read nor give away another's file for its sake.
fn open_itself(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Forgets what was there before the last restore once that is a week ago: what it holds is past its time
/// sooner or later, and nobody would go back so far.
///
/// # Errors
/// [`BackupError::File`].
pub(crate) fn forget_before(places: &Places) -> Result<(), BackupError> {
    let before = places.paths.data.join(BEFORE);
    if is_past(&before) {
        remove(&before)?;
    }
    Ok(())
}

/// Whether what was there before is past its time.
fn is_past(before: &Path) -> bool {
    let age = before.metadata().and_then(|about| about.modified());
    // A clock that went back says nothing of its age.
    let age = age.ok().and_then(|since| since.elapsed().ok());
    age.is_some_and(|age| age >= KEPT)
}

/// Until when the last restore can be taken back, in unix seconds; `None` where there is none, or it is too
/// long ago.
pub(crate) fn undo_until(places: &Places) -> Option<i64> {
    let before = places.paths.data.join(BEFORE);
    if !is_whole(&before) || is_past(&before) {
        return None;
    }
    let since = before.metadata().and_then(|about| about.modified()).ok()?;
    let until = since.checked_add(KEPT)?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(until.as_secs()).ok()
}

fn is_whole(before: &Path) -> bool {
    Part::ALL
        .into_iter()
        .all(|part| !part.is_needed() || before.join(part.name()).exists())
}

/// Stages what was there before the last restore, with the entry of the log that says so.
///
/// # Errors
/// [`BackupError::NothingBefore`], or as [`Staging::check`].
pub(crate) fn undo(places: &Places, entry: &LogEntry<'_>) -> Result<(), BackupError> {
    bring_back(&places.paths.data)?;
    let before = places.paths.data.join(BEFORE);
    if !is_whole(&before) || is_past(&before) {
        return Err(BackupError::NothingBefore);
    }
    let staging = Staging::begin(places)?;
    for part in Part::ALL {
        let (from, to) = (before.join(part.name()), staging.folder.join(part.name()));
        if !from.exists() {
            continue;
        }
        match part {
            // With what stood in its log.
            Part::Database => lachan_store::copy_database(&from, &to).map_err(BackupError::Copy)?,
            _ => {
                fs::copy(&from, &to).map_err(BackupError::file(&from))?;
            }
        }
        sync(&to)?;
    }
    staging.check(places)?;
    staging.record(entry)?;
    staging.stage()
}

pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

pub(super) fn make_private(folder: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.map_err(BackupError::file(folder))
}

pub(super) fn remove(folder: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(BackupError::file(folder)(error))
        }
        _ => Ok(()),
    }
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(BackupError::file(to))
}

pub(super) fn sync(path: &Path) -> Result<(), BackupError> {
    let synced = File::open(path).and_then(|opened| opened.sync_all());
    synced.map_err(BackupError::file(path))
}
