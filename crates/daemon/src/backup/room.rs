//! Room on the disk: asked for before much is written, so that a box is never filled by its own backup.

use std::path::Path;

use super::BackupError;

/// Bytes that stay free: the log and the cache go on being written.
const RESERVE: u64 = 64 << 20;

/// Whether a folder's disk has room for so many bytes more.
///
/// # Errors
/// [`BackupError::NoRoom`], [`BackupError::File`].
pub(crate) fn check_room(folder: &Path, bytes: u64) -> Result<(), BackupError> {
    let about = rustix::fs::statvfs(folder).map_err(|error| BackupError::File {
        path: folder.to_owned(),
        source: error.into(),
    })?;
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    let needed = bytes.saturating_add(RESERVE);
    if needed > free {
        return Err(BackupError::NoRoom { needed, free });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_disk_holds_is_refused_before_it_is_begun() {
        let folder = tempfile::tempdir().unwrap();
        check_room(folder.path(), 1).unwrap();
        let refused = check_room(folder.path(), u64::MAX / 2);
        assert!(matches!(refused, Err(BackupError::NoRoom { .. })));
        assert!(check_room(&folder.path().join("none"), 1).is_err());
    }
}
