//! Small secrets of the box: sixteen random bytes in a file of the state folder, made once, their owner's only.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Bytes of a secret.
pub(crate) const LENGTH: usize = 16;

/// The secret; `None` when the box has made none yet, or the file holds something else.
///
/// # Errors
/// When there is a file that cannot be read.
pub(crate) fn load(file: &Path) -> io::Result<Option<[u8; LENGTH]>> {
    match fs::read(file) {
        Ok(bytes) => Ok(<[u8; LENGTH]>::try_from(bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The secret, made where there is none.
///
/// # Errors
/// When it can be neither read nor made.
pub(crate) fn load_or_make(file: &Path) -> io::Result<[u8; LENGTH]> {
    if let Some(secret) = load(file)? {
        return Ok(secret);
    }
    let secret = random()?;
    fs::create_dir_all(file.parent().unwrap_or_else(|| Path::new("/")))?;
    // The file is its owner's only: a temporary file is made so, and keeps that when renamed.
    lachan_sys::replace_file(file, |file| file.write_all(&secret))?;
    Ok(secret)
}

/// Bytes from the kernel.
///
/// # Errors
/// When it gives none.
pub(crate) fn random() -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}
