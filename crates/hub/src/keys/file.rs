//! Key files: the secret half under a passphrase (the `age` format, so that other tools open it), the
//! public half as JSON.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use data_encoding::BASE64;
use lachan_wire::tuf::{Key, Sign as _, SigningKey, SigningKeyError};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

/// log₂ of scrypt's work: 256 MiB and a second on an office PC; these keys are opened twice a year.
const WORK: u8 = 18;
/// The most that is done for a file from elsewhere.
const MOST_WORK: u8 = 20;
/// Longest key file, in bytes.
const MOST: u64 = 64 << 10;
/// What an age file begins with.
const AGE: &[u8] = b"age-encryption.org/";

/// The public half, as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicFile {
    /// Its id in metadata.
    pub keyid: String,
    /// Whose key it is, for people.
    pub label: String,
    /// The key.
    pub key: Key,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    label: String,
    /// PKCS#8, base64.
    pkcs8: String,
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        self.pkcs8.zeroize();
    }
}

/// A secret key in memory.
#[derive(Debug)]
pub struct Secret {
    /// Signs.
    pub key: SigningKey,
    /// Whose key it is.
    pub label: String,
}

/// Why a key file cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The disk.
    #[error("{path} cannot be read or written")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No key file.
    #[error("{0} is no key file")]
    Form(PathBuf),
    /// The key in it.
    #[error("{path} holds no usable key")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: SigningKeyError,
    },
    /// It is encrypted, and no passphrase was given.
    #[error("{0} needs its passphrase")]
    NeedsPassphrase(PathBuf),
    /// The passphrase is wrong, or the file damaged.
    #[error("{0} does not open with this passphrase")]
    Passphrase(PathBuf),
    /// The public file's id is not its key's.
    #[error("{0} does not belong to the key in it")]
    Id(PathBuf),
}

/// Makes a key: the secret file (readable by its owner only, never overwritten), and beside it the
/// public one with `.pub` behind its name.
///
/// # Errors
/// [`KeyFileError`].
pub fn make(
    path: &Path,
    label: &str,
    passphrase: Option<SecretString>,
) -> Result<PublicFile, KeyFileError> {
    let of_key = |source| KeyFileError::Key {
        path: path.to_owned(),
        source,
    };
    let (key, pkcs8) = SigningKey::generate().map_err(of_key)?;
    let pkcs8 = Zeroizing::new(pkcs8);
    let secret = SecretFile {
        label: label.to_owned(),
        pkcs8: BASE64.encode(&pkcs8),
    };
    let of_io = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    let plain =
        Zeroizing::new(serde_json::to_vec_pretty(&secret).map_err(|error| of_io(error.into()))?);
    let bytes = match passphrase {
        Some(passphrase) => Zeroizing::new(sealed(&plain, passphrase).map_err(of_io)?),
        None => plain,
    };
    write_new(path, &bytes, 0o600).map_err(of_io)?;
    let public = PublicFile {
        keyid: key.id().to_owned(),
        label: label.to_owned(),
        key: key.key().clone(),
    };
    let place = public_path(path);
    let text = serde_json::to_vec_pretty(&public).map_err(|error| of_io(error.into()))?;
    write_new(&place, &text, 0o644).map_err(|source| KeyFileError::Io {
        path: place,
        source,
    })?;
    Ok(public)
}

/// Opens a secret key file.
///
/// # Errors
/// [`KeyFileError`].
pub fn load(path: &Path, passphrase: Option<SecretString>) -> Result<Secret, KeyFileError> {
    let bytes = Zeroizing::new(read(path)?);
    let plain = if bytes.starts_with(AGE) {
        let passphrase =
            passphrase.ok_or_else(|| KeyFileError::NeedsPassphrase(path.to_owned()))?;
        Zeroizing::new(
            opened(&bytes, passphrase).ok_or_else(|| KeyFileError::Passphrase(path.to_owned()))?,
        )
    } else {
        bytes
    };
    let file: SecretFile =
        serde_json::from_slice(&plain).map_err(|_| KeyFileError::Form(path.to_owned()))?;
    let pkcs8 = BASE64
        .decode(file.pkcs8.as_bytes())
        .map_err(|_| KeyFileError::Form(path.to_owned()))?;
    let key =
        SigningKey::from_pkcs8(&Zeroizing::new(pkcs8)).map_err(|source| KeyFileError::Key {
            path: path.to_owned(),
            source,
        })?;
    Ok(Secret {
        key,
        label: file.label.clone(),
    })
}

/// Whether a key file asks for a passphrase.
///
/// # Errors
/// [`KeyFileError::Io`].
pub(super) fn is_sealed(path: &Path) -> Result<bool, KeyFileError> {
    Ok(Zeroizing::new(read(path)?).starts_with(AGE))
}

/// Reads a public key file.
///
/// # Errors
/// [`KeyFileError`].
pub(super) fn read_public(path: &Path) -> Result<PublicFile, KeyFileError> {
    let file: PublicFile =
        serde_json::from_slice(&read(path)?).map_err(|_| KeyFileError::Form(path.to_owned()))?;
    if file.key.id().is_ok_and(|id| id == file.keyid) {
        Ok(file)
    } else {
        Err(KeyFileError::Id(path.to_owned()))
    }
}

/// Where the public half of a key file lies.
pub(super) fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, KeyFileError> {
    let failed = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MOST * 64).read_to_end(&mut bytes))
        .map_err(failed)?;
    Ok(bytes)
}

pub(super) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sealed(plain: &[u8], passphrase: SecretString) -> io::Result<Vec<u8>> {
    let mut recipient = age::scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(WORK);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _))
        .map_err(io::Error::other)?;
    let mut out = Vec::new();
    let mut writer = encryptor.wrap_output(&mut out)?;
    writer.write_all(plain)?;
    writer.finish()?;
    Ok(out)
}

fn opened(bytes: &[u8], passphrase: SecretString) -> Option<Vec<u8>> {
    let decryptor = age::Decryptor::new(bytes).ok()?;
    let mut identity = age::scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(MOST_WORK);
    let mut plain = Vec::new();
    let reader = decryptor.decrypt(std::iter::once(&identity as _)).ok()?;
    reader.take(MOST).read_to_end(&mut plain).ok()?;
    Some(plain)
}
