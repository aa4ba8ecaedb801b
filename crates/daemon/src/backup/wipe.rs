//! What a reset removes: what the box itself writes into its data folder, by name, and nothing else.
//!
//! The data folder is the service's and whoever resets may be root, so no link is followed: a file is
//! written over through its folder's descriptor, and the standard library removes folders in the same way.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, openat, unlinkat};

/// What the database's file is called, and begins the names of all beside it.
const DATABASE: &str = "lachan.db";
/// What SQLite has beside it.
const DATABASE_FILES: [&str; 4] = [
    DATABASE,
    "lachan.db-wal",
    "lachan.db-shm",
    "lachan.db-journal",
];
/// Databases that were found damaged and set aside.
const SET_ASIDE: &str = "lachan.db.corrupt-";
/// The folders of the box, but that of the reset itself.
const FOLDERS: [&str; 9] = [
    "state",
    "lists",
    super::stage::UNPACKING,
    super::stage::STAGED,
    super::stage::BEFORE,
    super::stage::BEFORE_OLD,
    super::reset::UNREADY,
    "backup.ready",
    "restore.taken",
];
/// What is compiled from public lists: a gigabyte that holds nothing of anybody.
const LISTS: &str = "lists";
/// Begins the folder in which a backup is made.
const PACKING: &str = ".backup-";
/// Begins and ends the name of a file that was never put in its place.
const HALF: (&str, &str) = (".new-", ".part");
/// Zeros that are written at once.
const PIECE: usize = 64 << 10;

/// What the box has under a name in its data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ours {
    File,
    Folder,
}

fn ours(name: &OsStr) -> Option<Ours> {
    let name = name.to_str()?;
    let is_half = name.starts_with(HALF.0) && name.ends_with(HALF.1);
    if DATABASE_FILES.contains(&name) || name.starts_with(SET_ASIDE) || is_half {
        return Some(Ours::File);
    }
    (FOLDERS.contains(&name) || name.starts_with(PACKING)).then_some(Ours::Folder)
}

/// Whether a folder is the data folder of a box that was used.
pub(super) fn is_a_box(data: &Path) -> bool {
    let is_file = |path: &str| data.join(path).is_file();
    is_file(DATABASE) || is_file("state/request.key") || is_file("state/web-tls.pem")
}

/// Writes over and removes the database.
///
/// # Errors
/// The file that is still there, and why.
pub(super) fn wipe_database(data: &Path) -> Result<(), (PathBuf, io::Error)> {
    for name in DATABASE_FILES {
        let path = data.join(name);
        wipe_file(&path).map_err(|error| (path, error))?;
    }
    Ok(())
}

/// Writes over and removes all else that is the box's, and gives back what is left in the folder: what is
/// not the box's, and what could not be removed. What is, or holds, one of `kept` stays and is not told.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn wipe_rest(data: &Path, kept: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let kept: Vec<_> = kept.iter().map(|path| true_path(path)).collect();
    let folder = true_path(data);
    let mut left = Vec::new();
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        let path = entry.path();
        // Not what a link of this name leads to.
        let own = folder.join(entry.file_name());
        let holds = kept.iter().any(|kept| kept.starts_with(&own));
        let outcome = match ours(&entry.file_name()) {
            None if holds => continue,
            None => Err(io::ErrorKind::Unsupported.into()),
            Some(Ours::File) => wipe_file(&path),
            Some(Ours::Folder) => wipe_folder(&path, &kept, holds),
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, path = %path.display(), "a reset leaves this");
            left.push(path);
        }
    }
    Ok(left)
}

/// Writes over a file and removes it; a link is removed, and what it leads to stays. One that is not there
/// is no error.
///
/// # Errors
/// When it cannot be removed.
pub(super) fn wipe_file(path: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    // The data folder itself may be a link: its owner's choice, not the service's.
    match File::open(folder) {
        Ok(folder) => wipe_in(&folder, name),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn wipe_in(folder: &File, name: &OsStr) -> io::Result<()> {
    // What may not be written is removed as it is.
    if let Err(error) = overwrite(folder, name) {
        tracing::debug!(%error, "a file is removed as it is");
    }
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A folder with all in it, but for what is kept.
fn wipe_folder(path: &Path, kept: &[PathBuf], holds_kept: bool) -> io::Result<()> {
    if path.symlink_metadata()?.is_symlink() {
        fs::remove_file(path)?;
        return Err(io::Error::other("what the link led to stays"));
    }
    let folder = folder_itself(path)?;
    for name in names(path)? {
        let file = path.join(&name);
        if kept.contains(&true_path(&file)) || !file.symlink_metadata()?.is_file() {
            continue;
        }
        if holds_kept {
            wipe_in(&folder, &name)?;
        } else if path.file_name() != Some(OsStr::new(LISTS)) {
            let _ = overwrite(&folder, &name);
        }
    }
    match holds_kept {
        true => Err(io::Error::other("it holds the settings or the rules")),
        false => fs::remove_dir_all(path),
    }
}

fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect()
}

/// Opens a folder, whose last name is no link.
fn folder_itself(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Writes zeros over a file that has this name and no other.
fn overwrite(folder: &File, name: &OsStr) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut file: File = openat(folder, name, flags, Mode::empty())?.into();
    let about = file.metadata()?;
    // Under its other name it may be anybody's.
    if !about.is_file() || about.nlink() != 1 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let zeros = [0; PIECE];
    let mut bytes = about.len();
    while bytes > 0 {
        let piece = bytes.min(PIECE as u64);
        let length = usize::try_from(piece).unwrap_or(PIECE);
        file.write_all(zeros.get(..length).unwrap_or(&zeros))?;
        bytes -= piece;
    }
    file.sync_data()
}

/// A path without links, as far as it is there.
fn true_path(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
