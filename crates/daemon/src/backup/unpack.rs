//! Reading a backup. Whoever wrote it may mean ill: names, lengths and the number of parts are checked,
//! and nothing is written but into a new folder.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use age::DecryptError;
use age::secrecy::SecretString;

use super::{BackupError, FORMAT, MANIFEST, MOST_WORK, Manifest, Part, check_room};

/// Longest manifest.
const MOST_MANIFEST: u64 = 64 << 10;
/// log₂ of the memory that zstd may take for looking back: more than level 9 uses.
const WINDOW: u32 = 27;

/// Reads a backup into an empty folder. All of it was read when this returns, so its end is where its
/// maker put it.
///
/// # Errors
/// [`BackupError`]; the folder may then hold some of it.
pub(crate) fn unpack(
    from: impl Read,
    passphrase: SecretString,
    into: &Path,
) -> Result<Manifest, BackupError> {
    let opened = open(from, passphrase)?;
    let mut pressed = zstd::Decoder::new(opened).map_err(damaged)?;
    pressed.window_log_max(WINDOW).map_err(damaged)?;
    let mut archive = tar::Archive::new(pressed);
    let manifest = read_parts(&mut archive, into)?;
    // The rest of the archive: zeros. A file that was cut shows here at the latest.
    let mut rest = archive.into_inner();
    let more = io::copy(&mut (&mut rest).take(1 << 20), &mut io::sink()).map_err(damaged)?;
    if more == 1 << 20 {
        return Err(BackupError::NotOurs);
    }
    Ok(manifest)
}

fn open(from: impl Read, passphrase: SecretString) -> Result<impl Read, BackupError> {
    let decryptor = age::Decryptor::new_buffered(io::BufReader::new(from)).map_err(of_age)?;
    if !decryptor.is_scrypt() {
        return Err(BackupError::NotOurs);
    }
    let mut identity = age::scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(MOST_WORK);
    decryptor
        .decrypt(std::iter::once(&identity as _))
        .map_err(of_age)
}

fn read_parts<R: Read>(
    archive: &mut tar::Archive<R>,
    into: &Path,
) -> Result<Manifest, BackupError> {
    let mut entries = archive.entries().map_err(damaged)?;
    let first = entries.next().ok_or(BackupError::NotOurs)?;
    let manifest = manifest(first.map_err(damaged)?)?;
    let bytes = manifest.parts.iter().map(|wanted| wanted.bytes);
    check_room(into, bytes.fold(0, u64::saturating_add))?;
    let mut seen = BTreeSet::new();
    for wanted in &manifest.parts {
        let wrong = || BackupError::Part(wanted.name.clone());
        let part = Part::of(&wanted.name).ok_or_else(wrong)?;
        let entry = entries.next().ok_or_else(wrong)?.map_err(damaged)?;
        let is_it = entry.path_bytes().as_ref() == wanted.name.as_bytes()
            && entry.header().entry_type().is_file()
            && entry.size() == wanted.bytes
            && wanted.bytes <= part.most();
        if !is_it || !seen.insert(part) {
            return Err(wrong());
        }
        write(entry, wanted.bytes, &into.join(part.name()))?;
    }
    let missing = Part::ALL
        .into_iter()
        .find(|part| part.is_needed() && !seen.contains(part));
    if let Some(missing) = missing {
        return Err(BackupError::Part(missing.name().to_owned()));
    }
    match entries.next() {
        None => Ok(manifest),
        Some(Ok(_)) => Err(BackupError::NotOurs),
        Some(Err(error)) => Err(damaged(error)),
    }
}

fn manifest<R: Read>(mut entry: tar::Entry<'_, R>) -> Result<Manifest, BackupError> {
    if entry.path_bytes().as_ref() != MANIFEST.as_bytes() || entry.size() > MOST_MANIFEST {
        return Err(BackupError::NotOurs);
    }
    let mut text = Vec::new();
    entry.read_to_end(&mut text).map_err(damaged)?;
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|_| BackupError::NotOurs)?;
    // Of a newer one only this much has to be understood.
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    if format.is_some_and(|format| format > u64::from(FORMAT)) {
        let program = value.get("program").and_then(serde_json::Value::as_str);
        return Err(BackupError::TooNew {
            program: program.unwrap_or_default().chars().take(40).collect(),
        });
    }
    serde_json::from_value(value).map_err(|_| BackupError::NotOurs)
}

/// Writes a part, and sees it on the disk.
fn write(mut from: impl Read, bytes: u64, to: &Path) -> Result<(), BackupError> {
    let failed = |source: io::Error| match source.kind() {
        // The reader's words for a file that was cut or changed.
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other => {
            BackupError::Damaged(source)
        }
        _ => BackupError::File {
            path: to.to_owned(),
            source,
        },
    };
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(BackupError::file(to))?;
    let written = io::copy(&mut from, &mut file).map_err(failed)?;
    if written != bytes {
        return Err(damaged(io::ErrorKind::UnexpectedEof.into()));
    }
    file.sync_all().map_err(BackupError::file(to))
}

fn damaged(source: io::Error) -> BackupError {
    BackupError::Damaged(source)
}

fn of_age(error: DecryptError) -> BackupError {
    match error {
        DecryptError::ExcessiveWork { .. } => BackupError::TooMuchWork,
        DecryptError::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
            BackupError::Damaged(source)
        }
        DecryptError::Io(source) => BackupError::Damaged(source),
        DecryptError::DecryptionFailed
        | DecryptError::KeyDecryptionFailed
        | DecryptError::NoMatchingKeys => BackupError::Passphrase,
        _ => BackupError::NotOurs,
    }
}

/// Reads an archive that nobody signed, as if it had come out of its wrapping.
pub(super) fn fuzz_archive(bytes: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let outcome = read_parts(&mut tar::Archive::new(bytes), folder.path());
    let entries = std::fs::read_dir(folder.path()).into_iter().flatten();
    for entry in entries.flatten() {
        // Nothing but the known parts, whatever the archive calls its entries.
        assert!(
            entry
                .file_name()
                .to_str()
                .is_some_and(|name| Part::of(name).is_some())
        );
    }
    if let Ok(manifest) = outcome {
        assert!(manifest.format <= FORMAT && manifest.parts.len() <= Part::ALL.len());
    }
}
