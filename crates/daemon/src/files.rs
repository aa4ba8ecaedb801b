//! Ruleset files as the program keeps them: the one in use, and beside it the last good one
//! (`NAME.previous`), which serves when the other turns out damaged.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use lachan_lists::verify::verify;

/// What tells one version of a file from the next without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    device: u64,
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Mark {
    /// The mark of the file that now has this name; `None` when there is none.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        Some(Self {
            device: about.dev(),
            inode: about.ino(),
            length: about.len(),
            changed: (about.mtime(), about.mtime_nsec()),
        })
    }
}

/// A path with something behind its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Where the last good ruleset is kept.
pub(crate) fn previous(path: &Path) -> PathBuf {
    beside(path, ".previous")
}

/// Where a new ruleset stands until it has been tried.
pub(crate) fn candidate(path: &Path) -> PathBuf {
    beside(path, ".candidate")
}

/// Where a damaged ruleset is put, for whoever wants to know what happened to it.
fn damaged(path: &Path) -> PathBuf {
    beside(path, ".damaged")
}

/// All names that a ruleset may have left something under.
pub(crate) fn all(path: &Path) -> [PathBuf; 4] {
    [
        path.to_owned(),
        previous(path),
        candidate(path),
        damaged(path),
    ]
}

/// Waits until nobody else is making a ruleset in the file's folder, and keeps others waiting
/// until what it returns is dropped: there is one candidate file. The folder itself is locked, so
/// that no lock file is left behind.
///
/// # Errors
/// When the folder cannot be opened or locked.
pub(crate) fn lock(path: &Path) -> io::Result<File> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = File::open(parent.unwrap_or_else(|| Path::new(".")))?;
    folder.lock()?;
    Ok(folder)
}

/// Whether a ruleset may take this name: nothing has it, or a regular file (perhaps through a
/// symbolic link). A folder cannot be replaced, and a device, a pipe or a socket must not be. What
/// cannot be looked at is left to the writing, which tells why.
pub(crate) fn may_replace(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |about| about.is_file())
}

/// Puts the candidate in the place of the file in use, which becomes the last good one if it is
/// good. At every step of the way a good file has the name.
///
/// # Errors
/// When a file cannot be renamed; the one in use then stays.
pub(crate) fn promote(path: &Path) -> io::Result<()> {
    if verify(path).is_ok() {
        link_over(path, &previous(path))?;
    }
    fs::rename(candidate(path), path)?;
    sync_folder(path)
}

/// Brings the last good file back under its name; the damaged one is kept aside.
///
/// # Errors
/// When a file cannot be linked or renamed.
pub(crate) fn restore(path: &Path) -> io::Result<()> {
    if path.exists() {
        fs::rename(path, damaged(path))?;
    }
    link_over(&previous(path), path)?;
    sync_folder(path)
}

/// Gives a file a second name, which may be taken: another file's name is never missing meanwhile.
/// Where the file system has no links, the file is copied.
fn link_over(from: &Path, to: &Path) -> io::Result<()> {
    let temporary = beside(to, ".new");
    let _ = fs::remove_file(&temporary);
    if fs::hard_link(from, &temporary).is_err() {
        fs::copy(from, &temporary)?;
        File::open(&temporary)?.sync_all()?;
    }
    let renamed = fs::rename(&temporary, to);
    // It is still there when that failed, and when both are names of one file: then renaming does
    // nothing and leaves both.
    let _ = fs::remove_file(&temporary);
    renamed
}

/// Makes a rename last through a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        _folder: tempfile::TempDir,
        path: PathBuf,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("current.ruleset");
        Place {
            _folder: folder,
            path,
        }
    }

    fn compile(path: &Path) -> Vec<u8> {
        let rules = lachan_lists::testing::shipped_rules();
        let compiler =
            lachan_lists::compile::Compiler::new(rules.book.clone(), path, Default::default());
        compiler.unwrap().finish(path, &mut ()).unwrap();
        fs::read(path).unwrap()
    }

    #[test]
    fn a_good_file_becomes_the_last_good_one() {
        let place = place();
        let old = compile(&place.path);
        let new = compile(&candidate(&place.path));
        promote(&place.path).unwrap();
        assert_eq!(fs::read(&place.path).unwrap(), new);
        assert_eq!(fs::read(previous(&place.path)).unwrap(), old);
        assert_eq!(
            fs::read_dir(place.path.parent().unwrap()).unwrap().count(),
            2
        );
    }

    #[test]
    fn a_damaged_file_never_becomes_the_last_good_one() {
        let place = place();
        let good = compile(&previous(&place.path));
        fs::write(&place.path, b"damaged").unwrap();
        compile(&candidate(&place.path));
        promote(&place.path).unwrap();
        assert_eq!(fs::read(previous(&place.path)).unwrap(), good);
    }

    #[test]
    fn the_last_good_file_comes_back_and_the_damaged_one_is_kept() {
        let place = place();
        let good = compile(&previous(&place.path));
        fs::write(&place.path, b"damaged").unwrap();
        restore(&place.path).unwrap();
        assert_eq!(fs::read(&place.path).unwrap(), good);
        assert_eq!(fs::read(previous(&place.path)).unwrap(), good);
        assert_eq!(fs::read(damaged(&place.path)).unwrap(), b"damaged");
    }

    #[test]
    fn only_regular_files_are_replaced() {
        let place = place();
        assert!(may_replace(&place.path));
        fs::write(&place.path, b"").unwrap();
        assert!(may_replace(&place.path));
        let link = place.path.with_extension("link");
        std::os::unix::fs::symlink(&place.path, &link).unwrap();
        assert!(may_replace(&link));
        assert!(!may_replace(place.path.parent().unwrap()));
        let socket = place.path.with_extension("socket");
        let _held = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(!may_replace(&socket));
    }

    #[test]
    fn a_failed_promotion_leaves_the_file_in_use_and_no_rubbish() {
        let place = place();
        let old = compile(&place.path);
        fs::create_dir(previous(&place.path)).unwrap();
        compile(&candidate(&place.path));
        assert!(promote(&place.path).is_err());
        assert_eq!(fs::read(&place.path).unwrap(), old);
        assert!(!beside(&previous(&place.path), ".new").exists());
    }

    #[test]
    fn marks_tell_replaced_files_apart() {
        let place = place();
        assert_eq!(Mark::of(&place.path), None);
        lachan_sys::replace_file(&place.path, |_| Ok(())).unwrap();
        let first = Mark::of(&place.path);
        assert_eq!(Mark::of(&place.path), first);
        let other = place.path.with_extension("other");
        fs::write(&other, b"").unwrap();
        fs::rename(&other, &place.path).unwrap();
        assert_ne!(Mark::of(&place.path), first);
    }
}
