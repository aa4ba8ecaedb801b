//! The secret of the box from which request codes are made: sixteen random bytes in the state
//! folder, made once, for the filter and for `lachan why --code`.
//!
//! Whoever reads it can tell which block of the log a code belongs to, and reads the log anyway.

use std::io;
use std::path::PathBuf;

use lachan_config::Paths;
use lachan_resolver::RequestKey;

use crate::secret;

/// Where it lies.
pub(crate) fn path(paths: &Paths) -> PathBuf {
    paths.state().join("request.key")
}

/// The key; `None` when the box has made none yet. What is no key of ours is none: codes begin anew.
///
/// # Errors
/// When there is a file that cannot be read.
pub(crate) fn load(paths: &Paths) -> io::Result<Option<RequestKey>> {
    Ok(secret::load(&path(paths))?.map(RequestKey::new))
}

/// The key, made where there is none.
///
/// # Errors
/// When it can be neither read nor made; answers then carry no codes.
pub(crate) fn load_or_make(paths: &Paths) -> io::Result<RequestKey> {
    Ok(RequestKey::new(secret::load_or_make(&path(paths))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        assert_eq!(load(&paths).unwrap(), None);
        let key = load_or_make(&paths).unwrap();
        assert_eq!(load_or_make(&paths).unwrap(), key);
        assert_eq!(load(&paths).unwrap(), Some(key.clone()));
        let mode = fs::metadata(path(&paths)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(load_or_make(&Paths::below(other.path())).unwrap(), key);
    }

    #[test]
    fn a_damaged_key_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        fs::create_dir_all(paths.state()).unwrap();
        fs::write(path(&paths), b"short").unwrap();
        assert_eq!(load(&paths).unwrap(), None);
        let key = load_or_make(&paths).unwrap();
        assert_eq!(load(&paths).unwrap(), Some(key));
    }
}
