//! Replacing a file so that after a power cut either the old or the new one is there, whole.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Writes a file beside `path`, flushes it to the disk, renames it over `path` and flushes the
/// folder (write-temp, fsync, rename, fsync). When `write` or any step fails, the old file stays
/// as it was and the new one is removed.
///
/// # Errors
/// What `write` gives, or the file system; [`io::ErrorKind::StorageFull`] on a full disk.
pub fn replace_file<T>(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<T>,
) -> io::Result<T> {
    // Renaming over a device or a folder would replace it, or fail only after all the work.
    if std::fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        let refused = "this is no ordinary file, so it is not replaced";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, refused));
    }
    let folder = folder_of(path);
    let mut temporary = tempfile::Builder::new()
        .prefix(".new-")
        .suffix(".part")
        .tempfile_in(&folder)?;
    let outcome = write(temporary.as_file_mut())?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    File::open(&folder)?.sync_all()?;
    Ok(outcome)
}

/// Bytes that an ordinary user may still write on the file system that holds `path`'s folder.
///
/// # Errors
/// When the folder cannot be asked.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(folder_of(path))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_rubbish() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, b"old").unwrap();
        let failed = replace_file(&path, |file| {
            file.write_all(b"half")?;
            Err::<(), _>(io::Error::new(io::ErrorKind::StorageFull, "full"))
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_ordinary_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("folder");
        std::fs::create_dir(&inner).unwrap();
        let refused = replace_file(&inner, |_| Ok(())).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        assert!(inner.is_dir());
    }

    #[test]
    fn free_space_is_told() {
        assert!(free_bytes(Path::new("/tmp/x")).unwrap() > 0);
    }
}
