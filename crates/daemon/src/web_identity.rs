//! The certificate of the box's own pages: made by the box itself, for nobody vouches for a name inside
//! a school. One file in the state folder, its owner's only, key and certificate together, so that no
//! power cut can part them. People compare its fingerprint once; it is shown at the start and by
//! `lachan status`.
//!
//! A box without a trusted clock makes one that began before it could run: a browser, whose clock is
//! right, takes it. It is renewed before its end, when the time is known, and never for a change of the
//! box's addresses: the fingerprint on the set-up card is to hold.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lachan_config::Paths;
use lachan_policy::Name;
use lachan_resolver::CertificateFacts;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};

use crate::authority;
use crate::time::EARLIEST;

/// Seconds that one holds: 800 days, for phones take none that is made for more than 825.
const HOLDS: i64 = 800 * 86_400;
/// Seconds before its end from which it is renewed: a summer is too short to be locked out after.
const RENEWED_BEFORE: i64 = 90 * 86_400;
/// Seconds that it began before it was made: clocks of browsers differ.
const BEFORE: i64 = 86_400;
/// Most addresses it is made for.
const MOST_ADDRESSES: usize = 32;

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebIdentityError {
    /// The file cannot be read or written.
    #[error("{} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It cannot be made.
    #[error("the certificate of the pages cannot be made")]
    Make(#[from] rcgen::Error),
    /// TLS does not take it.
    #[error("TLS does not take the certificate of the pages")]
    Tls(#[from] rustls::Error),
}

/// A certificate with its key, as TLS takes it.
#[derive(Clone)]
pub(crate) struct WebIdentity {
    /// What a connection is accepted by.
    pub(crate) config: Arc<ServerConfig>,
    /// The SHA-256 of the certificate, as people compare it.
    pub(crate) fingerprint: String,
    /// Unix seconds of its end.
    until: i64,
    /// Seconds before that from which another one is looked for.
    renewed_before: i64,
}

/// Whom it is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct For<'f> {
    pub(crate) names: &'f [Name],
    pub(crate) addresses: &'f [IpAddr],
}

impl WebIdentity {
    /// Whether it is time for another one; never while the time is not known.
    pub(crate) fn is_due(&self, now: Option<i64>) -> bool {
        now.is_some_and(|now| self.until - now < self.renewed_before)
    }
}

/// Where one lies that somebody else made, with its key.
pub(crate) fn own_path(paths: &Paths) -> PathBuf {
    paths.state().join("web-own.pem")
}

/// Where an uploaded certificate of encrypted DNS lies, its key in the same file, so that no power cut
/// parts them.
pub(crate) fn dns_path(paths: &Paths) -> PathBuf {
    paths.state().join("dns-tls.pem")
}

/// The SHA-256 of the first certificate of a text, as people compare it.
pub(crate) fn fingerprint_of(text: &str) -> Option<String> {
    let certificate = CertificateDer::from_pem_slice(text.as_bytes()).ok()?;
    let bytes = Sha256::digest(&certificate);
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    Some(pairs.join(":"))
}

/// Makes another one in the place of the box's own.
///
/// # Errors
/// [`WebIdentityError`].
pub(crate) fn renew(
    paths: &Paths,
    whom: For<'_>,
    now: Option<i64>,
) -> Result<WebIdentity, WebIdentityError> {
    make(&path(paths), whom, now)
}

/// The one that somebody else made, while it holds.
fn uploaded(paths: &Paths, now: Option<i64>) -> Option<WebIdentity> {
    let text = read(&own_path(paths)).ok()??;
    let facts = CertificateFacts::from_pem(text.as_bytes()).ok()?;
    if now.is_some_and(|now| facts.not_after() < now) {
        tracing::warn!(
            "the certificate that was given to the pages has ended; the box's own is shown"
        );
        return None;
    }
    let mut found = identity(&text, facts.not_after()).ok()?;
    // Whoever made it renews it; only its end is looked for.
    found.renewed_before = 0;
    Some(found)
}

/// Where it lies.
pub(crate) fn path(paths: &Paths) -> PathBuf {
    paths.state().join("web-tls.pem")
}

/// The certificate: the one that was given to the box, else its own; made where there is none, where it cannot be used, where it is due, or where it
/// lacks a name of the settings. `now` is Unix seconds, where they are known.
///
/// # Errors
/// [`WebIdentityError`].
pub(crate) fn load_or_make(
    paths: &Paths,
    whom: For<'_>,
    now: Option<i64>,
) -> Result<WebIdentity, WebIdentityError> {
    if let Some(found) = uploaded(paths, now) {
        return Ok(found);
    }
    let file = path(paths);
    if let Some(found) = read(&file)?.and_then(|text| usable(&text, whom)) {
        if !found.is_due(now) {
            return Ok(found);
        }
        tracing::info!("the certificate of the pages is about to end and is renewed");
    }
    make(&file, whom, now)
}

fn read(file: &Path) -> Result<Option<String>, WebIdentityError> {
    match authority::read_text(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // Rubbish in it is no reason to be without pages.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
        Err(source) => Err(WebIdentityError::File {
            path: file.to_owned(),
            source,
        }),
    }
}

/// The identity of a file, if it can be shown to browsers that come by these names.
fn usable(text: &str, whom: For<'_>) -> Option<WebIdentity> {
    let facts = CertificateFacts::from_pem(text.as_bytes()).ok()?;
    let is_for_all = whom.names.iter().all(|name| facts.covers(name));
    let found = identity(text, facts.not_after()).ok()?;
    is_for_all.then_some(found)
}

fn make(file: &Path, whom: For<'_>, now: Option<i64>) -> Result<WebIdentity, WebIdentityError> {
    let from = now.unwrap_or(EARLIEST) - BEFORE;
    let until = from + HOLDS;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    let names = whom.names.iter().map(ToString::to_string);
    for name in names.chain(["localhost".to_owned()]) {
        params
            .subject_alt_names
            .push(SanType::DnsName(name.try_into()?));
    }
    let addresses = whom.addresses.iter().take(MOST_ADDRESSES);
    params
        .subject_alt_names
        .extend(addresses.map(|address| SanType::IpAddress(*address)));
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "Lá Chắn");
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + seconds(from);
    params.not_after = epoch + seconds(until);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key)?.pem();
    let text = format!("{}\n{certificate}", key.serialize_pem().trim_end());
    let made = identity(&text, until)?;
    authority::write(file, &text).map_err(|source| WebIdentityError::File {
        path: file.to_owned(),
        source,
    })?;
    Ok(made)
}

fn seconds(unix: i64) -> Duration {
    Duration::from_secs(u64::try_from(unix).unwrap_or(0))
}

fn identity(text: &str, until: i64) -> Result<WebIdentity, WebIdentityError> {
    let unreadable = |_| rustls::Error::General("the file holds no key and certificate".to_owned());
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(unreadable)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let chain = chain.map_err(unreadable)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(rustls::ALL_VERSIONS)?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(WebIdentity {
        config: Arc::new(config),
        fingerprint: fingerprint_of(text).unwrap_or_default(),
        until,
        renewed_before: RENEWED_BEFORE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const NOW: i64 = 1_795_342_140;

    fn made(paths: &Paths, names: &[&str], now: Option<i64>) -> WebIdentity {
        let names: Vec<Name> = names
            .iter()
            .map(|name| Name::from_text(name).unwrap())
            .collect();
        let addresses = [[10, 0, 0, 1].into()];
        let whom = For {
            names: &names,
            addresses: &addresses,
        };
        load_or_make(paths, whom, now).unwrap()
    }

    #[test]
    fn it_is_made_once_for_its_names_and_its_key_is_its_owner_s_only() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        let first = made(&paths, &["lachan.lan"], Some(NOW));
        let again = made(&paths, &["lachan.lan"], Some(NOW + 600 * 86_400));
        assert_eq!(first.fingerprint, again.fingerprint);
        assert_eq!(first.fingerprint.len(), 32 * 3 - 1);
        let mode = std::fs::metadata(path(&paths))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = std::fs::read(path(&paths)).unwrap();
        let facts = CertificateFacts::from_pem(&text).unwrap();
        assert!(facts.covers_address([10, 0, 0, 1].into()));
        let other = made(&paths, &["lachan.lan", "loc.truong.vn"], Some(NOW));
        assert_ne!(first.fingerprint, other.fingerprint);
    }

    #[test]
    fn one_that_was_given_is_shown_until_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        let own = made(&paths, &["lachan.lan"], Some(NOW));
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["loc.truong.vn".to_owned()]).unwrap();
        let epoch = date_time_ymd(1970, 1, 1);
        params.not_before = epoch + seconds(NOW - 86_400);
        params.not_after = epoch + seconds(NOW + 30 * 86_400);
        let pem = params.self_signed(&key).unwrap().pem();
        let text = format!("{pem}\n{}", key.serialize_pem());
        authority::write(&own_path(&paths), &text).unwrap();
        let given = made(&paths, &["lachan.lan"], Some(NOW));
        assert_eq!(Some(&given.fingerprint), fingerprint_of(&text).as_ref());
        assert!(!given.is_due(Some(NOW + 29 * 86_400)) && given.is_due(Some(NOW + 31 * 86_400)));
        let after = made(&paths, &["lachan.lan"], Some(NOW + 31 * 86_400));
        assert_eq!(after.fingerprint, own.fingerprint);
    }

    #[test]
    fn it_is_renewed_before_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        let first = made(&paths, &["lachan.lan"], Some(NOW));
        let later = NOW + HOLDS - RENEWED_BEFORE;
        assert!(first.is_due(Some(later)) && !first.is_due(None));
        assert_ne!(
            made(&paths, &["lachan.lan"], Some(later)).fingerprint,
            first.fingerprint
        );
    }

    #[test]
    fn without_a_clock_it_holds_for_a_browser_whose_clock_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        let first = made(&paths, &["lachan.lan"], None);
        let text = std::fs::read(path(&paths)).unwrap();
        let facts = CertificateFacts::from_pem(&text).unwrap();
        assert!(facts.not_before() < EARLIEST && facts.not_after() > NOW);
        // It stays when the time becomes known, until it is due.
        assert_eq!(
            made(&paths, &["lachan.lan"], Some(NOW)).fingerprint,
            first.fingerprint
        );
    }

    #[test]
    fn rubbish_is_no_reason_to_be_without_pages() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        std::fs::create_dir_all(paths.state()).unwrap();
        for rubbish in [&b""[..], b"x", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----"] {
            std::fs::write(path(&paths), rubbish).unwrap();
            assert!(
                !made(&paths, &["lachan.lan"], Some(NOW))
                    .fingerprint
                    .is_empty()
            );
        }
    }
}
