//! The secret under which unlock codes are hashed: beside the database, not in it, so that a copy of the
//! database opens nothing.

use std::io;
use std::path::PathBuf;

use lachan_config::Paths;
use lachan_store::UnlockKey;

use crate::secret;

/// Where it lies.
pub(crate) fn path(paths: &Paths) -> PathBuf {
    paths.state().join("unlock.key")
}

/// The key, made where there is none. One that is lost ends the codes that wait, and nothing else.
///
/// # Errors
/// When it can be neither read nor made.
pub(crate) fn load_or_make(paths: &Paths) -> io::Result<UnlockKey> {
    Ok(UnlockKey::new(secret::load_or_make(&path(paths))?))
}
