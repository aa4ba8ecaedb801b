//! The connection that is kept: made with the first request, made anew when it has died.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Response, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use super::HttpError;
use super::trust::{Trust, TrustError};

/// What the hub learns of the program that asks: nothing beyond its name.
const AGENT: HeaderValue = HeaderValue::from_static("lachan");

/// Where a hub is: `https://hub.example[:port][/below]`. Plain `http://` is taken for this machine only, which tests and
/// a hub behind a proxy on the same machine use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    is_tls: bool,
    host: String,
    port: u16,
    /// Without a slash at its end.
    below: String,
}

/// A text that is no address of a hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// No URL.
    #[error("{0:?} is no address; write https://NAME or https://NAME:PORT")]
    Syntax(String),
    /// Without TLS over a network.
    #[error("{0:?} is not encrypted; write https://")]
    Plain(String),
}

impl FromStr for Address {
    type Err = BadAddress;
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let syntax = || BadAddress::Syntax(text.to_owned());
        let uri: Uri = text.trim().parse().map_err(|_| syntax())?;
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(syntax)?.to_owned();
        let has_more = uri.query().is_some()
            || uri
                .authority()
                .is_some_and(|authority| authority.as_str().contains('@'));
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_here(&host) => false,
            Some("http") => return Err(BadAddress::Plain(text.to_owned())),
            _ => return Err(syntax()),
        };
        if has_more {
            return Err(syntax());
        }
        Ok(Self {
            port: uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            below: uri.path().trim_end_matches('/').to_owned(),
            is_tls,
            host,
        })
    }
}

/// Whether a host is this machine, whatever the resolver says.
fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())?;
        f.write_str(&self.below)
    }
}

impl Address {
    /// Host and port as the `Host` header has them.
    fn authority(&self) -> String {
        let usual = if self.is_tls { 443 } else { 80 };
        if self.port == usual {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request<'r> {
    pub(super) method: Method,
    /// Below the address, with or without a leading slash.
    pub(super) path: &'r str,
    pub(super) fields: HeaderMap,
    pub(super) body: Bytes,
}

pub(super) struct Connection {
    address: Address,
    host: HeaderValue,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// The one that is kept. Held while a request is sent and answered with a head, so requests take turns.
    kept: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Connection {
    pub(super) fn new(address: Address, trust: &Trust) -> Result<Self, TrustError> {
        let host = HeaderValue::from_str(&address.authority()).map_err(|_| TrustError::Name)?;
        let tls = if address.is_tls {
            let name = ServerName::try_from(address.bare_host().to_owned());
            let connector = TlsConnector::from(Arc::new(trust.config()?));
            Some((connector, name.map_err(|_| TrustError::Name)?))
        } else {
            None
        };
        Ok(Self {
            address,
            host,
            tls,
            kept: Mutex::new(None),
        })
    }

    /// Sends over the connection that is kept. One that turns out dead before any answer is made anew, once: the other
    /// side closes connections that rest, and may do so just now.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Response<Incoming>, HttpError> {
        let mut kept = self.kept.lock().await;
        if let Some(sender) = kept.as_mut().filter(|sender| !sender.is_closed())
            && sender.ready().await.is_ok()
        {
            // Whether it arrived cannot be known, and what is asked here may be asked twice: files are read, and signed
            // requests have numbers that are taken once.
            if let Ok(answer) = sender.send_request(self.written(&request)?).await {
                return Ok(answer);
            }
        }
        let mut sender = self.connect().await?;
        let written = self.written(&request)?;
        let answer = sender.send_request(written).await;
        let answer = answer.map_err(|error| HttpError::Broken(error.into()))?;
        *kept = Some(sender);
        Ok(answer)
    }

    /// Sends over a connection of its own.
    pub(super) async fn once(&self, request: Request<'_>) -> Result<Response<Incoming>, HttpError> {
        let mut sender = self.connect().await?;
        let answer = sender.send_request(self.written(&request)?).await;
        answer.map_err(|error| HttpError::Broken(error.into()))
    }

    fn written(&self, request: &Request<'_>) -> Result<hyper::Request<Full<Bytes>>, HttpError> {
        let path = request.path.trim_start_matches('/');
        let path = format!("{}/{path}", self.address.below);
        let mut written = hyper::Request::builder()
            .method(request.method.clone())
            .uri(path)
            .body(Full::new(request.body.clone()))
            .map_err(|_| HttpError::Request)?;
        *written.headers_mut() = request.fields.clone();
        written.headers_mut().insert(HOST, self.host.clone());
        written.headers_mut().insert(USER_AGENT, AGENT);
        Ok(written)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, HttpError> {
        let host = self.address.bare_host();
        let connected = TcpStream::connect((host, self.address.port)).await;
        let stream = connected.map_err(|error| self.unreachable(error.into()))?;
        // Small requests that are answered before the next one: nothing to gather.
        stream
            .set_nodelay(true)
            .map_err(|error| self.unreachable(error.into()))?;
        match &self.tls {
            None => self.speak(stream).await,
            Some((connector, name)) => {
                let secured = connector.connect(name.clone(), stream).await;
                let secured = secured.map_err(|error| self.unreachable(error.into()))?;
                self.speak(secured).await
            }
        }
    }

    async fn speak<S>(&self, stream: S) -> Result<SendRequest<Full<Bytes>>, HttpError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = shaken.map_err(|error| self.unreachable(error.into()))?;
        // Ends with the sender, or when the other side closes.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the department ended");
            }
        });
        Ok(sender)
    }

    fn unreachable(&self, source: Box<dyn std::error::Error + Send + Sync>) -> HttpError {
        HttpError::Connect {
            address: self.address.to_string(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encrypted_or_on_this_machine() {
        for (text, shown) in [
            ("https://hub.thanhhoa.edu.vn", "https://hub.thanhhoa.edu.vn"),
            (
                "https://hub.thanhhoa.edu.vn/",
                "https://hub.thanhhoa.edu.vn",
            ),
            (
                " https://hub.vn:8443/la-chan/ ",
                "https://hub.vn:8443/la-chan",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/x", "http://[::1]:8080/x"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), shown);
        }
        for bad in [
            "http://hub.vn",
            "http://10.0.0.1",
            "http://localhost.hub.vn",
        ] {
            assert!(
                matches!(bad.parse::<Address>(), Err(BadAddress::Plain(_))),
                "{bad}"
            );
        }
        for bad in [
            "",
            "hub.vn",
            "ftp://hub.vn",
            "https://",
            "https://a@hub.vn",
            "https://hub.vn?x",
            "https://h ub.vn",
        ] {
            assert!(
                matches!(bad.parse::<Address>(), Err(BadAddress::Syntax(_))),
                "{bad}"
            );
        }
    }
}
