//! Whom a box believes to be its hub: a certificate of a public authority, or a key that was told when it joined.
//!
//! A department often has no public certificate. Its hub makes one itself, and tells its key (SHA-256 of the
//! SubjectPublicKeyInfo, as RFC 7469 pins keys) in the answer that the joining code proves. Whoever only passes that
//! answer on has another key, and is not believed.

use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The SHA-256 of a key (its SubjectPublicKeyInfo).
pub type Pin = [u8; 32];

/// Whom to believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// A certificate of a public authority, and keys that are believed whatever certificate they stand in.
    Public {
        /// Those keys.
        pins: Vec<Pin>,
    },
    /// Whoever answers. For the one request by which a box joins, and nothing else: there the joining code proves both
    /// sides to one another, and the answer tells the pins for all that follows. What is asked holds no secret.
    Joining,
}

impl Default for Trust {
    fn default() -> Self {
        Self::Public { pins: Vec::new() }
    }
}

/// Why no connection can be secured.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The address is no name of a server.
    #[error("the address is no name that a certificate could have")]
    Name,
    /// The system's authorities cannot be used, and nothing else is believed.
    #[error("the system has no certificate authorities; install ca-certificates")]
    NoAuthorities,
    /// rustls refuses its own settings.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

impl Trust {
    /// The settings of connections that believe so.
    ///
    /// # Errors
    /// [`TrustError`].
    pub(super) fn config(&self) -> Result<ClientConfig, TrustError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let (pins, any) = match self {
            Self::Public { pins } => (pins.clone(), false),
            Self::Joining => (Vec::new(), true),
        };
        if roots.is_empty() && pins.is_empty() && !any {
            return Err(TrustError::NoAuthorities);
        }
        let public = if roots.is_empty() {
            None
        } else {
            let verifier =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            Some(verifier.build().map_err(|_| TrustError::NoAuthorities)?)
        };
        let verifier = Verifier {
            pins,
            any,
            public,
            provider: Arc::clone(&provider),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TrustError::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(config)
    }
}

/// The pin of a certificate's key.
#[must_use]
pub fn pin_of(certificate: &[u8]) -> Option<Pin> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let hash = digest(&SHA256, certificate.tbs_certificate.subject_pki.raw);
    hash.as_ref().try_into().ok()
}

#[derive(Debug)]
struct Verifier {
    pins: Vec<Pin>,
    /// Whether every certificate is taken.
    any: bool,
    public: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // A pinned key needs neither a name nor a time: the box may not know the time yet, and the key is the hub's
        // for as long as the pin holds. That the other side has it, the handshake's signature shows.
        if self.any || pin_of(end_entity).is_some_and(|pin| self.pins.contains(&pin)) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.public {
            Some(public) => public.verify_server_cert(end_entity, intermediates, name, ocsp, now),
            None => Err(rustls::CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
