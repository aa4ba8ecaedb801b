//! The certificate and key that the encrypted listeners present: read from PEM, checked, and asked
//! what they are good for. Files, and what happens when they change, are the daemon's affair.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use lachan_policy::Name;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error, InconsistentKeys, RootCertStore};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// A certificate with its chain and key, known to belong together.
#[derive(Debug, Clone)]
pub struct Identity {
    key: Arc<CertifiedKey>,
    facts: CertificateFacts,
}

/// What a certificate says: for whom it is, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The DNS names, `*.` of a wildcard included, in lower case.
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    not_before: i64,
    not_after: i64,
}

/// Why files make no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Text that is no PEM.
    #[error(
        "the certificate file is not PEM; it holds blocks that begin with -----BEGIN CERTIFICATE-----"
    )]
    CertificatePem(#[source] pem::Error),
    /// No certificate in it.
    #[error(
        "the certificate file holds no certificate; it needs the certificate first, then its chain, as PEM"
    )]
    NoCertificate,
    /// A certificate that cannot be read.
    #[error("the certificate cannot be read; it is damaged or of an unknown kind")]
    Certificate,
    /// A key behind a pass phrase.
    #[error(
        "the key is encrypted, and the box starts without anybody to type its pass phrase; take the pass phrase off with `openssl pkey`"
    )]
    KeyEncrypted,
    /// No key in it.
    #[error(
        "the key file holds no private key; it needs a block such as -----BEGIN PRIVATE KEY-----"
    )]
    NoKey(#[source] pem::Error),
    /// A key that is not supported.
    #[error(
        "the key is of a kind that is not supported; use ECDSA P-256 or P-384, RSA of 2048 bits or more, or Ed25519"
    )]
    Key(#[source] Error),
    /// A key of another certificate.
    #[error(
        "the key does not belong to the first certificate of the file; put the box's own certificate first, or name its key"
    )]
    Mismatch,
    /// No name and no address in the certificate.
    #[error(
        "the certificate names neither a host nor an address (subjectAltName), so no device can accept it"
    )]
    Nameless,
    /// A certificate that may vouch for no other.
    #[error(
        "this is not the certificate of an authority (CA); name the file of whoever issued the certificate, not the box's own"
    )]
    NoAuthority,
}

/// Whether a certificate holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It does, or the time is not known.
    Holds,
    /// It begins later.
    NotYet,
    /// It has ended.
    Ended,
}

impl Identity {
    /// Reads a certificate with its chain, and its key.
    ///
    /// # Errors
    /// [`IdentityError`], which says what would be right.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let certificates = certificates(chain)?;
        let facts = CertificateFacts::read(&certificates)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
            if contains(key, b"ENCRYPTED") {
                IdentityError::KeyEncrypted
            } else {
                IdentityError::NoKey(error)
            }
        })?;
        let key = CertifiedKey::from_der(certificates, key, &ring::default_provider());
        let key = key.map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => IdentityError::Mismatch,
            Error::InvalidCertificate(_) => IdentityError::Certificate,
            error => IdentityError::Key(error),
        })?;
        let key = Arc::new(key);
        Ok(Self { key, facts })
    }

    /// Whether another one shows devices the same chain. It has the same key, then.
    #[must_use]
    pub fn is_the_same_as(&self, other: &Self) -> bool {
        self.key.cert == other.key.cert
    }

    /// What the certificate says.
    #[must_use]
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    pub(crate) fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }
}

impl CertificateFacts {
    /// Reads the first certificate of a chain; its key is not needed.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn from_pem(chain: &[u8]) -> Result<Self, IdentityError> {
        Self::read(&certificates(chain)?)
    }

    fn read(chain: &[CertificateDer<'_>]) -> Result<Self, IdentityError> {
        let first = chain.first().ok_or(IdentityError::NoCertificate)?;
        let facts = Self::of(first).ok_or(IdentityError::Certificate)?;
        if facts.names.is_empty() && facts.addresses.is_empty() {
            return Err(IdentityError::Nameless);
        }
        Ok(facts)
    }

    /// The DNS names of the certificate, `*.` of a wildcard included.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The addresses of the certificate.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }

    /// The names under which the box can be known by this certificate alone: its names, wildcards
    /// left out.
    #[must_use]
    pub fn own_names(&self) -> Vec<Name> {
        let plain = self.names.iter().filter(|name| !name.starts_with("*."));
        plain
            .filter_map(|name| Name::from_text(name).ok())
            .collect()
    }

    /// Whether a device that looks for this name accepts the certificate (RFC 6125 §6.4.3: a
    /// wildcard stands for one whole label).
    #[must_use]
    pub fn covers(&self, name: &Name) -> bool {
        let name = name.to_string();
        let parent = name.split_once('.').map(|(_, parent)| parent);
        self.names.iter().any(|own| match own.strip_prefix("*.") {
            Some(base) => parent == Some(base),
            None => *own == name,
        })
    }

    /// Whether devices accept the certificate for any label below this name: what a token in a
    /// server name needs.
    #[must_use]
    pub fn covers_below(&self, name: &Name) -> bool {
        let name = name.to_string();
        let mut bases = self.names.iter().filter_map(|own| own.strip_prefix("*."));
        bases.any(|base| base == name)
    }

    /// Whether a device that verifies by this address accepts the certificate (RFC 9462 §4.2).
    #[must_use]
    pub fn covers_address(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address.to_canonical())
    }

    /// Whether it holds at a time in Unix seconds; without a known time it is taken to.
    #[must_use]
    pub fn validity(&self, now: Option<i64>) -> Validity {
        match now {
            Some(now) if now < self.not_before => Validity::NotYet,
            Some(now) if now > self.not_after => Validity::Ended,
            _ => Validity::Holds,
        }
    }

    /// When it begins, Unix seconds.
    #[must_use]
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// When it ends, Unix seconds.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, read) = X509Certificate::from_der(certificate).ok()?;
        let validity = read.validity();
        let mut facts = Self {
            names: Vec::new(),
            addresses: Vec::new(),
            not_before: validity.not_before.timestamp(),
            not_after: validity.not_after.timestamp(),
        };
        // The common name is no name of a host any more (RFC 9525 §2).
        if let Some(names) = read.subject_alternative_name().ok()? {
            for name in &names.value.general_names {
                match name {
                    GeneralName::DNSName(name) => facts.names.push(name.to_ascii_lowercase()),
                    GeneralName::IPAddress(bytes) => facts.addresses.extend(address(bytes)),
                    _ => {}
                }
            }
        }
        Some(facts)
    }
}

/// The certificates of authorities, as profiles of devices carry them: DER of each in a PEM text.
///
/// # Errors
/// [`IdentityError`]; [`IdentityError::NoAuthority`] where one may vouch for no other.
pub fn authorities(pem: &[u8]) -> Result<Vec<Vec<u8>>, IdentityError> {
    let all = certificates(pem)?;
    if all.is_empty() {
        return Err(IdentityError::NoCertificate);
    }
    for certificate in &all {
        let (_, read) =
            X509Certificate::from_der(certificate).map_err(|_| IdentityError::Certificate)?;
        if !read.is_ca() {
            return Err(IdentityError::NoAuthority);
        }
    }
    Ok(all.iter().map(|certificate| certificate.to_vec()).collect())
}

/// Whether one of these roots (DER) vouches for the first certificate of a chain, through the others
/// of it: whether devices that trust the same authorities accept it. Names are no part of this, nor is
/// the time: the chain is looked at as of the certificate's last day.
#[must_use]
pub fn is_vouched_for(chain: &[u8], roots: &[Vec<u8>]) -> bool {
    let Ok(chain) = certificates(chain) else {
        return false;
    };
    let Some((first, between)) = chain.split_first() else {
        return false;
    };
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots.iter().map(|der| CertificateDer::from(&der[..])));
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build();
    let (Ok(verifier), Some(facts)) = (verifier, CertificateFacts::of(first)) else {
        return false;
    };
    let last = u64::try_from(facts.not_after.saturating_sub(1)).unwrap_or(0);
    let last = UnixTime::since_unix_epoch(Duration::from_secs(last));
    // The chain is judged before the name, so that any name does.
    let name = ServerName::IpAddress(IpAddr::from([0, 0, 0, 0]).into());
    match verifier.verify_server_cert(first, between, &name, &[], last) {
        Ok(_) => true,
        Err(Error::InvalidCertificate(why)) => matches!(
            why,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        ),
        Err(_) => false,
    }
}

/// The certificates of a PEM text, in their order.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>();
    all.map_err(IdentityError::CertificatePem)
}

/// Four or sixteen bytes as an address.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(v4.into());
    }
    let v6 = <[u8; 16]>::try_from(bytes).ok()?;
    Some(IpAddr::from(v6).to_canonical())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, SanType};

    /// A self-signed certificate for these names and addresses, and its key, as PEM.
    pub(crate) fn pem(names: &[&str]) -> (String, String) {
        pem_of(params(names))
    }

    fn params(names: &[&str]) -> CertificateParams {
        CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
    }

    fn pem_of(params: CertificateParams) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// An identity of these names and addresses.
    pub(crate) fn identity(names: &[&str]) -> Identity {
        let (chain, key) = pem(names);
        Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap()
    }

    fn name(text: &str) -> Name {
        Name::from_text(text).unwrap()
    }

    #[track_caller]
    fn refused(chain: &str, key: &str, expected: &str) {
        let error = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn names_and_addresses_are_read_from_the_certificate() {
        let made = identity(&["DNS.truong.vn", "*.dns.truong.vn", "10.0.0.1", "fd00::1"]);
        let identity = made.facts();
        assert_eq!(identity.names(), ["dns.truong.vn", "*.dns.truong.vn"]);
        assert_eq!(identity.own_names(), [name("dns.truong.vn")]);
        for (text, covered) in [
            ("dns.truong.vn", true),
            ("abc.dns.truong.vn", true),
            ("a.b.dns.truong.vn", false),
            ("truong.vn", false),
        ] {
            assert_eq!(identity.covers(&name(text)), covered, "{text}");
        }
        assert!(identity.covers_below(&name("dns.truong.vn")));
        assert!(!identity.covers_below(&name("truong.vn")));
        for (address, covered) in [("10.0.0.1", true), ("fd00::1", true), ("10.0.0.2", false)] {
            assert_eq!(identity.covers_address(address.parse().unwrap()), covered);
        }
    }

    #[test]
    fn a_certificate_holds_between_its_dates_and_without_a_clock() {
        let mut params = params(&["dns.truong.vn"]);
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 12, 31);
        let (chain, key) = pem_of(params);
        let made = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        let identity = made.facts();
        assert_eq!(
            CertificateFacts::from_pem(chain.as_bytes()).unwrap(),
            *identity
        );
        for (now, expected) in [
            (None, Validity::Holds),
            (Some(0), Validity::NotYet),
            (Some(identity.not_before()), Validity::Holds),
            (Some(identity.not_after()), Validity::Holds),
            (Some(identity.not_after() + 1), Validity::Ended),
        ] {
            assert_eq!(identity.validity(now), expected, "{now:?}");
        }
    }

    #[test]
    fn a_certificate_is_vouched_for_by_its_own_authority_alone() {
        let authority = || {
            let mut params = params(&[]);
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let key = KeyPair::generate().unwrap();
            let certificate = params.self_signed(&key).unwrap();
            (certificate.der().to_vec(), rcgen::Issuer::new(params, key))
        };
        let ((root, issuer), (other, _)) = (authority(), authority());
        let key = KeyPair::generate().unwrap();
        let signed = params(&["dns.truong.vn"]).signed_by(&key, &issuer);
        let signed = signed.unwrap().pem();
        let (own, _) = pem(&["dns.truong.vn"]);
        let is = |chain: &str, roots: &[&Vec<u8>]| {
            let roots: Vec<Vec<u8>> = roots.iter().map(|der| (*der).clone()).collect();
            is_vouched_for(chain.as_bytes(), &roots)
        };
        assert!(is(&signed, &[&other, &root]));
        assert!(!is(&signed, &[&other]));
        assert!(!is(&signed, &[]));
        assert!(!is(&own, &[&other, &root]));
        assert!(!is("", &[&root]));
    }

    #[test]
    fn only_authorities_are_taken_for_authorities() {
        let mut authority = params(&[]);
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let (ca, _) = pem_of(authority);
        let (own, _) = pem(&["a.vn"]);
        assert_eq!(authorities(ca.repeat(2).as_bytes()).unwrap().len(), 2);
        let refused = [(own, "authority"), (String::new(), "no certificate")];
        for (text, expected) in refused {
            let error = authorities(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn every_mistake_says_what_would_be_right() {
        let (chain, key) = pem(&["a.vn"]);
        let (_, other) = pem(&["a.vn"]);
        refused("", &key, "holds no certificate");
        refused(&key, &key, "holds no certificate");
        refused(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            &key,
            "cannot be read",
        );
        refused("-----BEGIN CERTIFICATE-----\n", &key, "not PEM");
        refused(&chain, "", "holds no private key");
        refused(&chain, &chain, "holds no private key");
        refused(&chain, &other, "does not belong");
        refused(
            &chain,
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "encrypted",
        );
        refused(
            &chain,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "not supported",
        );
        let mut nameless = params(&[]);
        nameless.subject_alt_names = vec![SanType::Rfc822Name("a@b.vn".try_into().unwrap())];
        let (chain, key) = pem_of(nameless);
        refused(&chain, &key, "neither a host nor an address");
    }
}
