//! The certificate authority that a box makes for itself: one P-256 key, which never leaves the box,
//! and its certificate, which the school's machines are told to trust.
//!
//! It can do little: sign names of servers (not programs, not people, not other authorities), and no
//! name of the locked list, which stands in it as excluded name constraints (RFC 5280 §4.2.1.10), so
//! that machines refuse such a leaf even of a box that somebody broke into.

use std::time::Duration;

use lachan_policy::{Name, NeverInspected};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, SanType,
    date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// From when it holds, in Unix seconds: 2025-01-01. Fixed and past, so that a box or a machine whose
/// clock is behind finds no authority of tomorrow.
const FROM: u64 = 1_735_689_600;
/// How long it holds: until the school's machines are others. A new one means a visit to each.
const YEARS: u64 = 10;
const DAY: u64 = 86_400;
/// A leaf begins so long before it is made, for clients whose clocks are behind.
const LEAF_BEFORE: u64 = 30 * DAY;
/// And holds so long after: far below the 398 days that browsers take.
const LEAF_AFTER: u64 = 60 * DAY;
/// Most names that are excluded: each costs some twenty bytes of a certificate that is read once.
const MAX_EXCLUDED: usize = 512;

/// An authority, with its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    validity: Validity,
}

/// From when until when a certificate holds, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub from: i64,
    /// The last.
    pub until: i64,
}

impl Validity {
    /// Whether it holds at a time.
    #[must_use]
    pub const fn holds(&self, unix: i64) -> bool {
        self.from <= unix && unix <= self.until
    }
}

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// One cannot be made, or a leaf of it.
    #[error("the certificate cannot be made")]
    Make(#[source] rcgen::Error),
    /// The key cannot be read.
    #[error("the key of the authority cannot be read")]
    Key(#[source] rcgen::Error),
    /// The certificate cannot be read.
    #[error("the certificate of the authority cannot be read")]
    Certificate,
    /// They do not belong together.
    #[error("key and certificate of the authority do not belong together")]
    Mismatch,
    /// It has ended, or not yet begun.
    #[error("the certificate of the authority does not hold now")]
    NotNow,
}

impl Authority {
    /// Makes one for a school, at a time in Unix seconds, that cannot sign the locked names. Gives
    /// the key (PEM, PKCS #8), to be kept where nobody else reads it, and the certificate (PEM).
    ///
    /// # Errors
    /// [`AuthorityError::Make`].
    pub fn make(
        school: &str,
        unix: i64,
        never: &NeverInspected,
    ) -> Result<(String, String), AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(AuthorityError::Make)?;
        let mut params = CertificateParams::default();
        let now = seconds(unix).max(FROM);
        hold(&mut params, FROM, now + YEARS * 365 * DAY);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.name_constraints = constraints(never);
        let name = &mut params.distinguished_name;
        let school = if school.is_empty() {
            "trường học"
        } else {
            school
        };
        let of_school = cut(&format!("Lá Chắn - {school}"));
        name.push(DnType::CommonName, of_school.as_str());
        name.push(DnType::OrganizationName, cut(school).as_str());
        // A renewed one is another issuer, so that no machine takes one for the other.
        let number = key.public_key_raw().iter().fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
        });
        let unit = format!("{number:08x}");
        name.push(DnType::OrganizationalUnitName, unit.as_str());
        let certificate = params.self_signed(&key).map_err(AuthorityError::Make)?;
        Ok((key.serialize_pem(), certificate.pem()))
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`AuthorityError`]; never with anything of the key in it.
    pub fn read(key: &str, certificate: &str) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pem(key).map_err(AuthorityError::Key)?;
        let der = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|_| AuthorityError::Certificate)?;
        let validity = validity_for(&der, Some(&key))?;
        let issuer =
            Issuer::from_ca_cert_der(&der, key).map_err(|_| AuthorityError::Certificate)?;
        Ok(Self {
            issuer,
            certificate: der,
            certificate_pem: certificate.to_owned(),
            validity,
        })
    }

    /// From when until when a certificate (PEM) holds, and its DER: for who has no key.
    ///
    /// # Errors
    /// [`AuthorityError::Certificate`].
    pub fn facts(certificate: &str) -> Result<(Validity, Vec<u8>), AuthorityError> {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|_| AuthorityError::Certificate)?;
        Ok((validity_for(&der, None)?, der.to_vec()))
    }

    /// Its certificate, DER: what machines are told to trust.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// From when until when it holds.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// A leaf for a name, at a time, over the public half of this key.
    pub(super) fn leaf(
        &self,
        name: &Name,
        unix: i64,
        key: &KeyPair,
    ) -> Result<Leaf, AuthorityError> {
        if !self.validity.holds(unix) {
            return Err(AuthorityError::NotNow);
        }
        let mut params = CertificateParams::default();
        let text = name.to_string();
        let own = text.clone().try_into().map_err(AuthorityError::Make)?;
        params.subject_alt_names = vec![SanType::DnsName(own)];
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, cut(&text).as_str());
        let from = seconds(unix).saturating_sub(LEAF_BEFORE);
        let until = (seconds(unix) + LEAF_AFTER).min(seconds(self.validity.until));
        hold(&mut params, from, until);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let made = params.signed_by(key, &self.issuer);
        let certificate = made.map_err(AuthorityError::Make)?.der().clone();
        Ok(Leaf {
            certificate,
            // Another one is made before this one comes near its ends.
            good: Validity {
                from: unix - signed(LEAF_BEFORE / 2),
                until: unix + signed(LEAF_AFTER / 2).min(self.validity.until - unix),
            },
        })
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}

/// A certificate for one name.
pub(super) struct Leaf {
    pub(super) certificate: CertificateDer<'static>,
    /// When it may be shown.
    pub(super) good: Validity,
}

/// A key for leaves, in both forms.
pub(super) fn leaf_key() -> Result<(KeyPair, PrivateKeyDer<'static>), AuthorityError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(AuthorityError::Make)?;
    let der = PrivatePkcs8KeyDer::from(key.serialize_der());
    Ok((key, der.into()))
}

/// The locked names, and what lies below them: a host alone (`=a.vn`) takes what is below with it,
/// since constraints know nothing narrower.
fn constraints(never: &NeverInspected) -> Option<NameConstraints> {
    let names = never.entries().iter().take(MAX_EXCLUDED);
    let excluded_subtrees: Vec<_> = names
        .map(|(name, _)| GeneralSubtree::DnsName(name.to_string()))
        .collect();
    (!excluded_subtrees.is_empty()).then_some(NameConstraints {
        permitted_subtrees: Vec::new(),
        excluded_subtrees,
    })
}

fn validity_for(
    der: &CertificateDer<'_>,
    key: Option<&KeyPair>,
) -> Result<Validity, AuthorityError> {
    let (_, read) = X509Certificate::from_der(der).map_err(|_| AuthorityError::Certificate)?;
    let public = &read.tbs_certificate.subject_pki.subject_public_key.data;
    if key.is_some_and(|key| key.public_key_raw() != &**public) {
        return Err(AuthorityError::Mismatch);
    }
    let validity = &read.tbs_certificate.validity;
    Ok(Validity {
        from: validity.not_before.timestamp(),
        until: validity.not_after.timestamp(),
    })
}

/// At most 64 characters: the most that RFC 5280 gives a name (ub-common-name).
fn cut(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(64).collect()
}

fn seconds(unix: i64) -> u64 {
    u64::try_from(unix).unwrap_or(0)
}

fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Sets when a certificate holds, in Unix seconds.
fn hold(params: &mut CertificateParams, from: u64, until: u64) {
    /// The last second of the year 9999, behind which certificates know no time.
    const LAST: u64 = 253_402_300_799;
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(from.min(LAST));
    params.not_after = epoch + Duration::from_secs(until.min(LAST));
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::book::Book;

    const NOW: i64 = 1_795_342_140;

    fn never() -> NeverInspected {
        let book = Book::new(lachan_lists::testing::shipped_rules().book.clone());
        book.unwrap().never_inspected().clone()
    }

    fn made() -> Authority {
        let (key, certificate) = Authority::make("THCS Lê Lợi", NOW, &never()).unwrap();
        Authority::read(&key, &certificate).unwrap()
    }

    /// What a client that trusts the authority thinks of a leaf for a name.
    fn verdict(authority: &Authority, name: &str, at: i64) -> Result<(), rustls::Error> {
        use rustls::client::WebPkiServerVerifier;
        use rustls::client::danger::ServerCertVerifier as _;
        use rustls::pki_types::{ServerName, UnixTime};
        let (key, _) = leaf_key().unwrap();
        let of = Name::from_text(name).unwrap();
        let leaf = authority.leaf(&of, NOW, &key).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(authority.certificate.clone()).unwrap();
        let provider = super::super::suites::provider().0;
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider);
        let server = ServerName::try_from(name.to_owned()).unwrap();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds(at)));
        let verifier = verifier.build().unwrap();
        let verified = verifier.verify_server_cert(&leaf.certificate, &[], &server, &[], at);
        verified.map(|_| ())
    }

    #[test]
    fn a_leaf_is_trusted_for_its_name_and_its_time() {
        let authority = made();
        let day = signed(DAY);
        for at in [NOW, NOW - 29 * day, NOW + 59 * day] {
            assert_eq!(verdict(&authority, "hoc.example", at), Ok(()), "{at}");
        }
        for at in [NOW - 31 * day, NOW + 61 * day] {
            assert!(verdict(&authority, "hoc.example", at).is_err(), "{at}");
        }
    }

    #[test]
    fn machines_refuse_leaves_for_locked_names() {
        let authority = made();
        for name in ["vietcombank.com.vn", "www.vietcombank.com.vn", "x.gov.vn"] {
            assert!(verdict(&authority, name, NOW).is_err(), "{name}");
        }
    }

    #[test]
    fn key_and_certificate_are_read_only_together() {
        let (key, certificate) = Authority::make("", NOW, &never()).unwrap();
        let (other, _) = Authority::make("", NOW, &never()).unwrap();
        assert!(Authority::read(&key, &certificate).is_ok());
        let mixed = Authority::read(&other, &certificate);
        assert!(matches!(mixed, Err(AuthorityError::Mismatch)), "{mixed:?}");
        assert!(Authority::read("x", &certificate).is_err());
        assert!(Authority::read(&key, "x").is_err());
        assert!(!certificate.contains("PRIVATE"));
    }

    #[test]
    fn an_authority_that_has_ended_signs_nothing() {
        let authority = made();
        let (key, _) = leaf_key().unwrap();
        let name = Name::from_text("hoc.example").unwrap();
        for unix in [0, authority.validity().until + 1] {
            let leaf = authority.leaf(&name, unix, &key);
            assert!(matches!(leaf, Err(AuthorityError::NotNow)), "{unix}");
        }
        let last = authority.validity().until - 1;
        let leaf = authority.leaf(&name, last, &key).unwrap();
        assert!(leaf.good.until <= authority.validity().until);
    }

    #[test]
    fn nothing_of_the_key_is_shown() {
        let text = format!("{:?}", made());
        assert!(!text.contains("key") && !text.contains("PRIVATE"), "{text}");
    }
}
