//! Hears of changes of files by inotify(7). Folders are watched, not files: those are replaced. A
//! folder that is not there (yet) is not heard of; whoever needs the file looks by himself too,
//! now and then.

use std::collections::HashMap;
use std::ffi::OsString;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    /// A file that the keeper reads.
    Kept,
    /// A lease file.
    Leases,
}

/// The files that are watched.
pub(super) struct Files {
    inotify: Option<OwnedFd>,
    /// By folder: how the files begin that matter in it.
    names: HashMap<i32, Vec<(OsString, Changed)>>,
}

impl Files {
    /// Begins to watch. Where that cannot be, nothing is heard.
    pub(super) fn watch(kept: &[PathBuf], leases: &[PathBuf]) -> Self {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok();
        let mut files = Self {
            inotify,
            names: HashMap::new(),
        };
        let of = |changed| move |path: &PathBuf| (path.clone(), changed);
        let kept = kept.iter().map(of(Changed::Kept));
        for (path, changed) in kept.chain(leases.iter().map(of(Changed::Leases))) {
            files.add(&path, changed);
        }
        files
    }

    fn add(&mut self, path: &Path, changed: Changed) -> Option<()> {
        let events = WatchFlags::MODIFY
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_TO
            | WatchFlags::CLOSE_WRITE;
        let (folder, name) = (path.parent()?, path.file_name()?);
        let number = inotify::add_watch(self.inotify.as_ref()?, folder, events).ok()?;
        let names = self.names.entry(number).or_default();
        names.push((name.to_owned(), changed));
        Some(())
    }

    /// What to wait on.
    pub(super) fn inotify(&self) -> Option<&OwnedFd> {
        self.inotify.as_ref()
    }

    /// What changed since it was asked last; does not wait.
    pub(super) fn changed(&mut self) -> Vec<Changed> {
        let mut changed = Vec::new();
        let Some(inotify) = &self.inotify else {
            return changed;
        };
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(inotify, &mut buffer);
        while let Ok(event) = events.next() {
            let name = event.file_name().map(|name| name.to_bytes());
            let name = OsString::from_vec(name.unwrap_or_default().to_vec());
            let names = self.names.get(&event.wd()).into_iter().flatten();
            for (wanted, what) in names {
                if is_of(&name, wanted) && !changed.contains(what) {
                    changed.push(*what);
                }
            }
        }
        changed
    }
}

/// Whether a file is the wanted one, or the write-ahead log that a database keeps beside it.
fn is_of(name: &OsString, wanted: &OsString) -> bool {
    let rest = name.as_bytes().strip_prefix(wanted.as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest == b"-wal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_files_that_matter_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let elsewhere = folder.path().join("none/x.leases");
        let mut files = Files::watch(&[path("lachan.db")], &[path("a.leases"), elsewhere]);
        assert_eq!(files.changed(), []);
        for name in ["lachan.db-shm", "lachan.db.corrupt-1", "x"] {
            std::fs::write(path(name), "x").unwrap();
        }
        assert_eq!(files.changed(), []);
        std::fs::write(path("lachan.db-wal"), "x").unwrap();
        assert_eq!(files.changed(), [Changed::Kept]);
        std::fs::write(path("new"), "x").unwrap();
        std::fs::rename(path("new"), path("a.leases")).unwrap();
        assert_eq!(files.changed(), [Changed::Leases]);
    }
}
