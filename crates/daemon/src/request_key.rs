//! The secret of the box from which request codes are made: sixteen random bytes in the state
//! folder, made once, for the filter and for `lachan why --code`.
//!
//! Whoever reads it can tell which block of the log a code belongs to, and reads the log anyway.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lachan_config::Paths;
use lachan_resolver::RequestKey;

/// Its length.
const LENGTH: usize = 16;

/// Where it lies.
pub(crate) fn path(paths: &Paths) -> PathBuf {
    paths.state().join("request.key")
}

/// The key; `None` when the box has made none yet.
///
/// # Errors
/// When there is a file that cannot be read.
pub(crate) fn load(paths: &Paths) -> io::Result<Option<RequestKey>> {
    match fs::read(path(paths)) {
        // Another length is no key of ours: codes begin anew.
        Ok(bytes) => Ok(<[u8; LENGTH]>::try_from(bytes).ok().map(RequestKey::new)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The key, made where there is none.
///
/// # Errors
/// When it can be neither read nor made; answers then carry no codes.
pub(crate) fn load_or_make(paths: &Paths) -> io::Result<RequestKey> {
    if let Some(key) = load(paths)? {
        return Ok(key);
    }
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let file = path(paths);
    fs::create_dir_all(file.parent().unwrap_or_else(|| Path::new("/")))?;
    // The file is its owner's only: a temporary file is made so, and keeps that when renamed.
    lachan_sys::replace_file(&file, |file| file.write_all(&bytes))?;
    Ok(RequestKey::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
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
