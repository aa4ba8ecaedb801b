//! TLS towards upstreams: certificates are checked by name against the roots the settings give.
//!
//! A box without a clock of its own does not know the time before it has asked a time server, whose
//! address it has to look up first. Until the time is known, the period of validity is the one
//! thing of a certificate that is not checked; name, chain and signatures are (chrony's
//! `nocerttimecheck` does the same, for the same reason).

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use crate::events::Clock;

/// Certificates of one chain whose begin may lie after the box's time: more than chains are long.
const CHAIN: usize = 8;

/// Why encrypted upstreams cannot be spoken to at all.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    /// None of the roots can be used.
    #[error("there is no usable root certificate; install ca-certificates or name a CA file")]
    NoRoots,
    /// rustls refused its own defaults.
    #[error("TLS cannot be set up")]
    Setup(#[source] Error),
}

/// What all encrypted upstreams share; protocols (ALPN) are each one's own.
#[derive(Clone)]
pub(super) struct Tls {
    config: ClientConfig,
}

impl Tls {
    /// TLS with these roots (DER). One that cannot be read is left out.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(super) fn new(roots: &[Vec<u8>], clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().map(|der| CertificateDer::from(&der[..])));
        let provider = Arc::new(ring::default_provider());
        let inner =
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider))
                .build()
                .map_err(|_| TlsError::NoRoots)?;
        let verifier = Arc::new(Verifier { inner, clock });
        let config = ClientConfig::builder_with_provider(Arc::<CryptoProvider>::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Self { config })
    }

    /// The configuration for one protocol.
    pub(super) fn speaking(&self, protocol: &[u8]) -> Arc<ClientConfig> {
        let mut config = self.config.clone();
        config.alpn_protocols = vec![protocol.to_vec()];
        Arc::new(config)
    }
}

/// rustls's own verifier, and patience while the time is not known.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for dyn Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify = |now| {
            let inner = &self.inner;
            inner.verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
        };
        let mut outcome = verify(now);
        if self.clock.moment().is_some() {
            return outcome;
        }
        // A clock that nobody set is behind, never ahead. The time that the youngest certificate
        // begins is late enough for all.
        for _ in 0..CHAIN {
            let Err(Error::InvalidCertificate(CertificateError::NotValidYetContext {
                not_before,
                ..
            })) = outcome
            else {
                break;
            };
            outcome = verify(not_before);
        }
        outcome
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
