//! A new beginning: the box becomes as it was before anybody used it, to be handed on.
//!
//! ```text
//!  reset.unready/ ─settings to come, renamed─► reset.staged/ ─the next start─► all else goes, settings placed
//! ```
//!
//! A power cut before the renaming leaves the box as it was; after it, the next start goes on with what is
//! left. There is no way back: what held people's data is written over and removed. (A card may keep old
//! blocks all the same; who has to be sure destroys the card.)

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use lachan_config::{LoadError, parts};
use lachan_store::lock_database;
use rustix::fs::OFlags;

use super::stage::{beside, give, make_private, remove, rename, sync, write};
use super::{BackupError, Part, Places, forget_pending};
use crate::files;

/// Where the new settings are prepared.
const UNREADY: &str = "reset.unready";
/// From here on it will be done.
const STAGED: &str = "reset.staged";
/// Zeros that are written at once.
const PIECE: usize = 64 << 10;

/// Has the next start begin anew; with `keeps_network` the box stays where it is in the network.
///
/// # Errors
/// [`BackupError::Settings`], [`BackupError::File`]. Nothing was changed then.
pub(crate) fn stage_reset(places: &Places, keeps_network: bool) -> Result<(), BackupError> {
    let (data, settings) = (&places.paths.data, &places.settings);
    let old = fs::read_to_string(settings).map_err(BackupError::file(settings))?;
    let fresh = parts::fresh(&old, keeps_network, &settings.display().to_string());
    let fresh = fresh.map_err(|mistakes| BackupError::Settings(LoadError::Mistakes(mistakes)))?;
    let (folder, staged) = (data.join(UNREADY), data.join(STAGED));
    remove(&folder)?;
    make_private(&folder)?;
    let file = folder.join(Part::Settings.name());
    fs::write(&file, fresh).map_err(BackupError::file(&file))?;
    sync(&file)?;
    // The filter carries it out, as another user perhaps than whoever asks for it.
    for path in [&file, &folder] {
        give(path, data)?;
    }
    sync(&folder)?;
    remove(&staged)?;
    rename(&folder, &staged)?;
    sync(data)
}

/// Begins anew, if that was asked for. Whether it was.
///
/// # Errors
/// [`BackupError::Database`] while a filter records; [`BackupError::File`]: the next start goes on.
pub(crate) fn carry_out_reset(places: &Places) -> Result<bool, BackupError> {
    let data = &places.paths.data;
    let staged = data.join(STAGED);
    if !staged.exists() {
        return Ok(false);
    }
    let locked = lock_database(&places.paths.database())
        .map_err(|error| BackupError::Database(Box::new(error)))?;
    let kept = [
        staged.clone(),
        places.settings.clone(),
        places.paths.rules.clone(),
        // Where the folder is a disk of its own.
        data.join("lost+found"),
    ];
    let lock = beside(&places.paths.database(), ".lock");
    for path in entries(data)? {
        if path != lock && !kept.contains(&path) {
            wipe(&path)?;
        }
    }
    for ruleset in files::all(&places.paths.ruleset) {
        wipe(&ruleset)?;
    }
    sync(data)?;
    let new = staged.join(Part::Settings.name());
    let mode = places.settings.metadata().ok();
    let mode = mode.map(|about| about.permissions());
    write(&new, &places.settings, mode, &places.settings)?;
    forget_pending(places)?;
    // Last of the old: from here on nobody records into what is gone.
    drop(locked);
    wipe(&lock)?;
    remove(&staged)?;
    sync(data)?;
    Ok(true)
}

/// What is in a folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let read = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    };
    read().map_err(BackupError::file(folder))
}

/// Writes over a file and removes it; a folder with all in it. A link is removed, and what it leads to
/// stays. One that is not there is no error.
fn wipe(path: &Path) -> Result<(), BackupError> {
    let about = match path.symlink_metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BackupError::file(path)(error)),
    };
    if about.is_dir() {
        for entry in entries(path)? {
            wipe(&entry)?;
        }
        return fs::remove_dir(path).map_err(BackupError::file(path));
    }
    if about.is_file() {
        // Rulesets may not be written; they hold nothing of anybody.
        if let Err(error) = overwrite(path, about.len()) {
            tracing::debug!(%error, path = %path.display(), "a file is removed as it is");
        }
    }
    fs::remove_file(path).map_err(BackupError::file(path))
}

fn overwrite(path: &Path, mut bytes: u64) -> io::Result<()> {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    let mut file: File = OpenOptions::new()
        .write(true)
        .custom_flags(flags)
        .open(path)?;
    let zeros = [0; PIECE];
    while bytes > 0 {
        let piece = bytes.min(PIECE as u64);
        let length = usize::try_from(piece).unwrap_or(PIECE);
        file.write_all(zeros.get(..length).unwrap_or(&zeros))?;
        bytes -= piece;
    }
    file.sync_data()
}
