//! A new beginning: the box becomes as it was before anybody used it, to be handed on.
//!
//! ```text
//!  reset.unready/ ─settings to come, renamed─► reset.staged/ ─the next start─► settings placed, all else goes
//! ```
//!
//! A power cut before the renaming leaves the box as it was; after it, the next start goes on with what is
//! left. Settings that cannot be placed leave the box as it was, too, and end the reset. Once they are placed
//! and the database is gone it is over, whatever else could not be removed: a later start must not wipe a box
//! that was set up meanwhile. There is no way back: what held people's data is written over and removed. (A
//! card may keep old blocks all the same; who has to be sure destroys the card.)

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lachan_config::{LoadError, parts};
use lachan_store::{OpenError, lock_database};
use rustix::fs::{Access, access};

use super::stage::{beside, give, make_private, remove, rename, sync, write};
use super::wipe::{is_a_box, wipe_database, wipe_file, wipe_rest};
use super::{BackupError, Part, Places};
use crate::files;
use crate::settings_file::SettingsFile;

/// Where the new settings are prepared.
pub(super) const UNREADY: &str = "reset.unready";
/// From here on it will be done.
const STAGED: &str = "reset.staged";

/// Has the next start begin anew; with `keeps_network` the box stays where it is in the network.
///
/// # Errors
/// [`BackupError::NoBox`], [`BackupError::Settings`], [`BackupError::File`]. Nothing was changed then.
pub(crate) fn stage_reset(places: &Places, keeps_network: bool) -> Result<(), BackupError> {
    let (data, settings) = (&places.paths.data, &places.settings);
    if !is_a_box(data) {
        return Err(BackupError::NoBox(data.clone()));
    }
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

/// Begins anew, if that was asked for; then what is left in the data folder, because it is not the box's or
/// could not be removed.
///
/// # Errors
/// [`BackupError::Database`] while a filter records. [`BackupError::File`]: of the settings, then the box is as
/// it was and stays so; of the database, then the next start goes on.
pub(crate) fn carry_out_reset(places: &Places) -> Result<Option<Vec<PathBuf>>, BackupError> {
    let data = &places.paths.data;
    let staged = data.join(STAGED);
    let new = staged.join(Part::Settings.name());
    if !new.exists() {
        return Ok(None);
    }
    let locked = lock_database(&places.paths.database())
        .map_err(|error| BackupError::Database(Box::new(error)))?;
    if let Err(error) = place_settings(places, &new) {
        // Tried again at some later start, it would wipe a box that nobody expects to be wiped.
        end(&new, &staged)?;
        return Err(error);
    }
    wipe_database(data).map_err(|(path, source)| BackupError::File { path, source })?;
    sync(data)?;
    let mut left = Vec::new();
    let past = SettingsFile::new(&places.settings).past();
    for file in past.iter().chain(&files::all(&places.paths.ruleset)) {
        if wipe_file(file).is_err() {
            left.push(file.clone());
        }
    }
    let lock = beside(&places.paths.database(), ".lock");
    let kept = [
        staged.clone(),
        places.settings.clone(),
        places.paths.rules.clone(),
        lock.clone(),
        // Where the folder is a disk of its own.
        data.join("lost+found"),
    ];
    let rest = wipe_rest(data, &kept);
    // A folder that cannot be read is left whole.
    let rest = rest.unwrap_or_else(|_| vec![data.clone()]);
    left.extend(rest.into_iter().filter(|path| !past.contains(path)));
    left.sort_unstable();
    left.dedup();
    // Last of the old: from here on nobody records into what is gone.
    drop(locked);
    if wipe_file(&lock).is_err() {
        left.push(lock);
    }
    end(&new, &staged)?;
    sync(data)?;
    Ok(Some(left))
}

/// Puts the new settings in the place of the old, unless an earlier start did.
fn place_settings(places: &Places, new: &Path) -> Result<(), BackupError> {
    let (data, settings) = (&places.paths.data, &places.settings);
    let wanted = fs::read(new).map_err(BackupError::file(new))?;
    if fs::read(settings).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    // What comes after could not be done either.
    let may = access(data, Access::WRITE_OK | Access::EXEC_OK).map_err(io::Error::from);
    may.map_err(BackupError::file(data))?;
    let mode = settings.metadata().ok();
    let mode = mode.map(|about| about.permissions());
    write(new, settings, mode, settings)
}

/// From here on nothing is staged: without its file the folder says nothing.
fn end(new: &Path, staged: &Path) -> Result<(), BackupError> {
    fs::remove_file(new).map_err(BackupError::file(new))?;
    if let Err(error) = remove(staged) {
        tracing::warn!(%error, "the folder of a reset that is over cannot be removed");
    }
    Ok(())
}

/// Where a filter runs, which will carry out what is staged: whether it may replace the settings.
///
/// # Errors
/// [`BackupError::File`]: it may not.
pub(crate) fn check_filter_may_replace(places: &Places) -> Result<(), BackupError> {
    let database = places.paths.database();
    // A filter that runs has one; where none is, nothing is made by asking.
    if !database.exists() || !matches!(lock_database(&database), Err(OpenError::InUse(_))) {
        return Ok(());
    }
    let data = &places.paths.data;
    // The filter's user is who the folder was given to.
    let filter = data.metadata().map_err(BackupError::file(data))?;
    SettingsFile::new(&places.settings)
        .check_writable_by(&filter)
        .map_err(BackupError::file(&places.settings))
}
