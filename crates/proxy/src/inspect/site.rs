//! TLS towards sites: verified as a browser would, and what is wrong told.

use std::io;
use std::sync::Arc;

use lachan_policy::Name;
use lachan_web::CertificateFault;
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::suites;
use crate::http::NotProven;

/// Sessions that are kept to be resumed.
const SESSIONS: usize = 512;

/// Connects to sites.
#[derive(Clone)]
pub(super) struct Sites(TlsConnector);

impl Sites {
    /// Trusting these authorities (DER); those that cannot be read are passed over. Says how many
    /// are trusted, too.
    pub(super) fn new(roots: &[Vec<u8>]) -> Result<(Self, usize), rustls::Error> {
        let mut store = RootCertStore::empty();
        let roots = roots.iter().map(|der| CertificateDer::from(der.clone()));
        let (trusted, _) = store.add_parsable_certificates(roots);
        let (provider, _) = suites::provider();
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(store)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Ok((Self(TlsConnector::from(Arc::new(config))), trusted))
    }

    /// A verified connection. A certificate that is not accepted is an error around [`NotProven`].
    pub(super) async fn connect(
        &self,
        name: &Name,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let server = ServerName::try_from(name.to_string())
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let connected = self.0.connect(server, stream).await;
        connected.map_err(|error| match fault_of(&error) {
            Some(fault) => io::Error::other(NotProven(fault)),
            None => error,
        })
    }
}

/// What is wrong with a certificate, if that is why a handshake failed.
fn fault_of(error: &io::Error) -> Option<CertificateFault> {
    use CertificateError as E;
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(why) = error else {
        return None;
    };
    Some(match why {
        E::Expired | E::ExpiredContext { .. } => CertificateFault::Ended,
        E::NotValidYet | E::NotValidYetContext { .. } => CertificateFault::NotYet,
        E::NotValidForName | E::NotValidForNameContext { .. } => CertificateFault::OtherName,
        // A site's own certificate, used as its own authority, counts as unknown to people.
        E::UnknownIssuer => CertificateFault::UnknownIssuer,
        E::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            CertificateFault::UnknownIssuer
        }
        E::Revoked => CertificateFault::Revoked,
        _ => CertificateFault::Broken,
    })
}
