//! The certificate of encrypted DNS: read from the files of the settings, and judged. What is wrong
//! with one is told; plain DNS never depends on it.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use lachan_config::Tls;
use lachan_policy::Name;
use lachan_resolver::{CertificateFacts, Identity, IdentityError, Validity};

/// Longest file that is read: a chain has a few kilobytes.
const MOST: u64 = 1 << 20;
/// Days before its end at which a certificate counts as about to end: renewing programs begin at 30.
const SOON: i64 = 14;
const DAY: i64 = 86_400;

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    /// A file cannot be read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The files hold no certificate with its key.
    #[error("{} cannot be used", .path.display())]
    Unusable {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: IdentityError,
    },
}

/// What is to be told of a certificate that can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Concern {
    /// It is not for a name of the settings.
    NotFor {
        /// The name.
        name: Box<Name>,
        /// The names it is for.
        names: String,
    },
    /// It holds no name at all, and the settings none either.
    NoName,
    /// It has ended.
    Ended,
    /// It begins later.
    NotYet,
    /// It ends in so many days.
    EndsSoon(i64),
    /// Others than its owner may read the key.
    KeyOpen(PathBuf),
}

/// Reads the certificate.
///
/// # Errors
/// [`CertificateError`].
pub(crate) fn load(tls: &Tls) -> Result<Identity, CertificateError> {
    let chain = read(&tls.cert)?;
    let key = read(&tls.key)?;
    Identity::from_pem(&chain, &key).map_err(|source| {
        let of_key = matches!(
            source,
            IdentityError::KeyEncrypted | IdentityError::NoKey(_) | IdentityError::Key(_)
        );
        let path = if of_key { &tls.key } else { &tls.cert };
        CertificateError::Unusable {
            path: path.clone(),
            source,
        }
    })
}

/// Reads the certificate as the filter would, and gives all that is to be told of it, at a time in
/// Unix seconds where it is known.
///
/// # Errors
/// [`CertificateError`]: it cannot be shown at all.
pub(crate) fn judge(tls: &Tls, now: Option<i64>) -> Result<Vec<Concern>, CertificateError> {
    load(tls).map(|identity| concerns(identity.facts(), tls, now))
}

/// Reads a file of a certificate or key.
///
/// # Errors
/// [`CertificateError::Read`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST).read_to_end(&mut bytes))
        .map(|_| bytes)
        .map_err(|source| CertificateError::Read {
            path: path.to_owned(),
            source,
        })
}

/// Everything that is to be told of a certificate, at a time in Unix seconds where it is known.
pub(crate) fn concerns(
    certificate: &CertificateFacts,
    tls: &Tls,
    now: Option<i64>,
) -> Vec<Concern> {
    let mut concerns: Vec<Concern> = tls
        .names
        .iter()
        .filter(|name| !certificate.covers(name))
        .map(|name| Concern::NotFor {
            name: Box::new(*name),
            names: certificate.names().join(", "),
        })
        .collect();
    if tls.names.is_empty() && certificate.own_names().is_empty() {
        concerns.push(Concern::NoName);
    }
    concerns.extend(of_time(certificate, now));
    if is_open(&tls.key) {
        concerns.push(Concern::KeyOpen(tls.key.clone()));
    }
    concerns
}

/// What its dates give to be told.
pub(crate) fn of_time(certificate: &CertificateFacts, now: Option<i64>) -> Option<Concern> {
    match (certificate.validity(now), now) {
        (Validity::Ended, _) => Some(Concern::Ended),
        (Validity::NotYet, _) => Some(Concern::NotYet),
        (Validity::Holds, Some(now)) => {
            let days = (certificate.not_after() - now) / DAY;
            (days < SOON).then_some(Concern::EndsSoon(days))
        }
        (Validity::Holds, None) => None,
    }
}

/// Whether everybody on the machine may read a file.
fn is_open(path: &Path) -> bool {
    const OTHERS_READ: u32 = 0o004;
    std::fs::metadata(path).is_ok_and(|about| about.mode() & OTHERS_READ != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    /// A certificate for these names in a folder, with the settings that name it.
    fn written(names: &[&str]) -> (tempfile::TempDir, Tls) {
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_after = rcgen::date_time_ymd(2026, 12, 31);
        let certificate = params.self_signed(&key).unwrap();
        let [cert, key_file] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        std::fs::write(&cert, certificate.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        std::fs::set_permissions(&key_file, Permissions::from_mode(0o600)).unwrap();
        let text = format!(
            "version = \"v1\"\n[resolver.tls]\ncert = {cert:?}\nkey = {key_file:?}\n\
             names = [\"dns.truong.vn\"]\n"
        );
        let config = lachan_config::Config::parse(&text, "x").unwrap();
        (folder, config.resolver.encrypted.tls.unwrap())
    }

    #[test]
    fn a_right_certificate_gives_nothing_to_be_told() {
        let (_folder, tls) = written(&["dns.truong.vn"]);
        let identity = load(&tls).unwrap();
        for now in [None, Some(1_790_000_000)] {
            assert_eq!(concerns(identity.facts(), &tls, now), [], "{now:?}");
        }
    }

    #[test]
    fn wrong_names_dates_and_an_open_key_are_told() {
        let (_folder, tls) = written(&["other.vn"]);
        std::fs::set_permissions(&tls.key, Permissions::from_mode(0o644)).unwrap();
        let identity = load(&tls).unwrap();
        let told = concerns(
            identity.facts(),
            &tls,
            Some(identity.facts().not_after() - 3 * DAY),
        );
        assert!(matches!(&told[0], Concern::NotFor { names, .. } if names == "other.vn"));
        assert_eq!(
            told[1..],
            [Concern::EndsSoon(3), Concern::KeyOpen(tls.key.clone())]
        );
        let after = Some(identity.facts().not_after() + 1);
        assert_eq!(of_time(identity.facts(), after), Some(Concern::Ended));
        assert_eq!(of_time(identity.facts(), Some(0)), Some(Concern::NotYet));
    }

    #[test]
    fn the_file_to_blame_is_named() {
        let (_folder, tls) = written(&["dns.truong.vn"]);
        std::fs::write(&tls.key, "no key").unwrap();
        let error = load(&tls).unwrap_err();
        assert!(error.to_string().contains("key.pem"), "{error}");
        std::fs::remove_file(&tls.cert).unwrap();
        let error = load(&tls).unwrap_err();
        assert!(error.to_string().contains("cert.pem"), "{error}");
    }
}
