//! Making a backup.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use lachan_store::copy_database;

use super::{BackupError, Entry, FORMAT, MANIFEST, Manifest, Part, Places, WORK, check_room};

/// zstd's level: keys and databases, once in a while.
const LEVEL: i32 = 9;

/// What is to be kept.
pub(crate) struct Wanted<'w> {
    pub(crate) places: &'w Places,
    pub(crate) school: &'w str,
    pub(crate) made_at: Option<i64>,
    /// Whether the lists go with it.
    pub(crate) has_lists: bool,
}

/// Writes a backup. The copy of the database lies in the data folder meanwhile, whose files only their
/// owner reads.
///
/// # Errors
/// [`BackupError`].
pub(crate) fn pack(
    wanted: &Wanted<'_>,
    passphrase: SecretString,
    out: &mut impl Write,
) -> Result<Manifest, BackupError> {
    let data = &wanted.places.paths.data;
    let folder = tempfile::Builder::new()
        .prefix(".backup-")
        .tempdir_in(data)
        .map_err(BackupError::file(data))?;
    let parts = gather(wanted, folder.path())?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: wanted.made_at,
        school: wanted.school.to_owned(),
        parts: parts
            .iter()
            .map(|(part, _, bytes)| Entry {
                name: part.name().to_owned(),
                bytes: *bytes,
            })
            .collect(),
    };
    write(&manifest, &parts, passphrase, out)?;
    Ok(manifest)
}

/// The parts there are, where each is read from, and how long it is.
fn gather(wanted: &Wanted<'_>, folder: &Path) -> Result<Vec<(Part, PathBuf, u64)>, BackupError> {
    let mut parts = Vec::new();
    for part in Part::ALL {
        let mut path = wanted.places.of(part);
        let is_wanted = wanted.has_lists || part != Part::Ruleset;
        if !is_wanted || (!part.is_needed() && !path.exists()) {
            continue;
        }
        if part == Part::Database {
            let copy = folder.join(part.name());
            let about = path.metadata().map_err(BackupError::file(&path))?;
            check_room(folder, about.len())?;
            copy_database(&path, &copy).map_err(BackupError::Copy)?;
            path = copy;
        }
        let about = path.metadata().map_err(BackupError::file(&path))?;
        parts.push((part, path, about.len()));
    }
    Ok(parts)
}

fn write(
    manifest: &Manifest,
    parts: &[(Part, PathBuf, u64)],
    passphrase: SecretString,
    out: &mut impl Write,
) -> Result<(), BackupError> {
    let failed = BackupError::Damaged;
    let mut recipient = age::scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(WORK);
    // One recipient of a passphrase always makes a file.
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _))
        .map_err(|error| failed(io::Error::other(error)))?;
    let sealed = encryptor.wrap_output(out).map_err(failed)?;
    let pressed = zstd::Encoder::new(sealed, LEVEL).map_err(failed)?;
    let mut archive = tar::Builder::new(pressed);
    let about = serde_json::to_vec(manifest).map_err(|error| failed(error.into()))?;
    append(&mut archive, MANIFEST, about.len() as u64, &about[..]).map_err(failed)?;
    for (part, path, bytes) in parts {
        let file = File::open(path).map_err(BackupError::file(path))?;
        append(&mut archive, part.name(), *bytes, BufReader::new(file))
            .map_err(BackupError::file(path))?;
    }
    let pressed = archive.into_inner().map_err(failed)?;
    let sealed = pressed.finish().map_err(failed)?;
    sealed.finish().and_then(Write::flush).map_err(failed)
}

/// Appends a file that has exactly so many bytes.
fn append<W: Write>(
    archive: &mut tar::Builder<W>,
    name: &str,
    bytes: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes);
    header.set_mode(0o600);
    let mut content = content.take(bytes);
    archive.append_data(&mut header, name, &mut content)?;
    if content.limit() > 0 {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it became shorter while it was read",
        ));
    }
    Ok(())
}
