//! The authority of the box for inspection: one file in the state folder, its owner's only, with the
//! key and the certificate together, so that no power cut can part them. The key goes nowhere else:
//! what is exported is made of the certificate alone.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

use lachan_config::Paths;
use lachan_policy::NeverInspected;
use lachan_proxy::inspect::{Authority, AuthorityError, Validity};
use sha2::{Digest as _, Sha256};

/// Longest file that is read: with 512 excluded names it has some twenty kilobytes.
const MOST: u64 = 1 << 20;
/// Where the certificate begins.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorityFault {
    /// The file cannot be read or written.
    #[error("{} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds no authority.
    #[error("{} holds no authority that can be used", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: AuthorityError,
    },
    /// One cannot be made.
    #[error("the authority cannot be made")]
    Make(#[source] AuthorityError),
    /// The lists in use do not say what is never inspected.
    #[error("the lists in use do not say what is never inspected; compile them anew")]
    NoLock,
}

/// What may be known of it by everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Public {
    /// The certificate, PEM.
    pub(crate) pem: String,
    /// The certificate, DER.
    pub(crate) der: Vec<u8>,
    pub(crate) validity: Validity,
}

impl Public {
    /// The SHA-256 of the certificate, as people compare it.
    pub(crate) fn fingerprint(&self) -> String {
        let bytes = Sha256::digest(&self.der);
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }
}

/// Where it lies.
pub(crate) fn path(paths: &Paths) -> PathBuf {
    paths.state().join("inspection-ca.pem")
}

/// The authority with its key, made where there is none.
///
/// # Errors
/// [`AuthorityFault`].
pub(crate) fn load_or_make(
    paths: &Paths,
    school: &str,
    unix: i64,
    never: &NeverInspected,
) -> Result<Authority, AuthorityFault> {
    let file = path(paths);
    let text = match read(&file)? {
        Some(text) => text,
        None => make(paths, school, unix, never)?,
    };
    let (key, certificate) = parts(&text);
    Authority::read(key, certificate)
        .map_err(|source| AuthorityFault::Unusable { path: file, source })
}

/// What may be known of it; `None` where there is none.
///
/// # Errors
/// [`AuthorityFault`].
pub(crate) fn public(paths: &Paths) -> Result<Option<Public>, AuthorityFault> {
    let file = path(paths);
    let Some(text) = read(&file)? else {
        return Ok(None);
    };
    let (_, pem) = parts(&text);
    let facts =
        Authority::facts(pem).map_err(|source| AuthorityFault::Unusable { path: file, source });
    let (validity, der) = facts?;
    Ok(Some(Public {
        pem: pem.to_owned(),
        der,
        validity,
    }))
}

/// Makes a new one in the place of what is there.
///
/// # Errors
/// [`AuthorityFault`].
pub(crate) fn make(
    paths: &Paths,
    school: &str,
    unix: i64,
    never: &NeverInspected,
) -> Result<String, AuthorityFault> {
    if never.is_empty() {
        return Err(AuthorityFault::NoLock);
    }
    let made = Authority::make(school, unix, never).map_err(AuthorityFault::Make)?;
    let (key, certificate) = made;
    let text = format!("{}\n{certificate}", key.trim_end());
    let file = path(paths);
    write(&file, &text).map_err(|source| AuthorityFault::File { path: file, source })?;
    Ok(text)
}

/// Writes it for its owner only: a temporary file is made so, and keeps that when renamed. Made by
/// root, it becomes the one's whose the folder is, as which the filter runs.
pub(crate) fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or_else(|| Path::new("/"));
    fs::create_dir_all(folder)?;
    let about = fs::metadata(folder)?;
    lachan_sys::replace_file(file, |out| {
        if out.metadata()?.uid() != about.uid() {
            fchown(&*out, Some(about.uid()), Some(about.gid()))?;
        }
        out.write_all(text.as_bytes())
    })
}

/// A small file as text.
pub(crate) fn read_text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

fn read(file: &Path) -> Result<Option<String>, AuthorityFault> {
    match read_text(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(AuthorityFault::File {
            path: file.to_owned(),
            source,
        }),
    }
}

/// The key, and the certificate behind it.
fn parts(text: &str) -> (&str, &str) {
    text.split_at(text.find(CERTIFICATE).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::book::Book;
    use std::os::unix::fs::PermissionsExt as _;

    const NOW: i64 = 1_795_342_140;

    fn never() -> NeverInspected {
        let book = Book::new(lachan_lists::testing::shipped_rules().book.clone());
        book.unwrap().never_inspected().clone()
    }

    #[test]
    fn it_is_made_once_and_its_key_is_its_owner_s_only() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        assert_eq!(public(&paths).unwrap(), None);
        let first = load_or_make(&paths, "Trường", NOW, &never()).unwrap();
        let again = load_or_make(&paths, "Trường", NOW, &never()).unwrap();
        assert_eq!(first.certificate(), again.certificate());
        let mode = fs::metadata(path(&paths)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_everybody_may_know_holds_nothing_of_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        let whole = make(&paths, "Trường", NOW, &never()).unwrap();
        let known = public(&paths).unwrap().unwrap();
        assert!(whole.contains("PRIVATE KEY"));
        assert!(!known.pem.contains("PRIVATE") && known.pem.starts_with(CERTIFICATE));
        assert_eq!(known.fingerprint().len(), 32 * 3 - 1);
        assert!(known.validity.holds(NOW));
    }

    #[test]
    fn a_renewed_one_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        make(&paths, "Trường", NOW, &never()).unwrap();
        let before = public(&paths).unwrap();
        make(&paths, "Trường", NOW, &never()).unwrap();
        assert_ne!(public(&paths).unwrap(), before);
    }

    #[test]
    fn without_the_lock_and_from_rubbish_none_is_had() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        let none = make(&paths, "x", NOW, &NeverInspected::default());
        assert!(matches!(none, Err(AuthorityFault::NoLock)));
        fs::create_dir_all(paths.state()).unwrap();
        for rubbish in ["", "x", CERTIFICATE] {
            fs::write(path(&paths), rubbish).unwrap();
            assert!(
                load_or_make(&paths, "x", NOW, &never()).is_err(),
                "{rubbish}"
            );
            assert!(public(&paths).is_err(), "{rubbish}");
        }
    }
}
