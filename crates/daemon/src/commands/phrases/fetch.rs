//! Fetching one page for the person at the keyboard: http and https, a few redirects, bounded in bytes
//! and time. Addresses of the own network are fetched too, and said; the proxy never dials
//! them for pupils.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::console::Console;
use crate::fault::Fault;

/// Bytes of a body that are taken, as they come over the wire: twice what is read of it unpacked.
pub(super) const MOST: u64 = 4 << 20;
/// Time for one answer, all of it.
const PATIENCE: Duration = Duration::from_secs(15);
/// Redirects that are followed.
const REDIRECTS: usize = 5;

/// Why a page was not fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The text is no URL that can be fetched.
    #[error("{0:?} is no address such as https://example.vn/page")]
    Url(String),
    /// The name has no address.
    #[error("no address is known for {0}")]
    NoAddress(String),
    /// The connection.
    #[error("the connection failed")]
    Connect(#[source] io::Error),
    /// TLS could not be set up on this machine.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The answer.
    #[error("the answer cannot be read")]
    Http(#[source] hyper::Error),
    /// The request.
    #[error("the request cannot be made")]
    Request(#[source] hyper::http::Error),
    /// The body.
    #[error("the body is damaged or larger than {} MiB", MOST >> 20)]
    Body,
    /// It took too long.
    #[error("there was no whole answer within {} s", PATIENCE.as_secs())]
    Slow,
    /// It went round in circles.
    #[error("there were more than {REDIRECTS} redirects")]
    Redirects,
}

/// An http or https URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    secure: bool,
    /// A name or an address, without brackets.
    pub(super) host: String,
    port: u16,
    /// Path and query.
    pub(super) target: String,
}

/// An answer.
pub(super) struct Fetched {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) content_encoding: String,
    pub(super) body: Vec<u8>,
}

impl Url {
    /// Reads an URL; other schemes, users and passwords are refused.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.split('#').next()?;
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(at);
        let (host, port) = match authority.strip_prefix('[') {
            Some(literal) => {
                let (host, port) = literal.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok()?,
            None => 80 + 363 * u16::from(secure),
        };
        let host = host_ascii(host)?;
        let slash = if target.starts_with('/') { "" } else { "/" };
        let target = format!("{slash}{}", encoded(target));
        Some(Self {
            secure,
            host,
            port,
            target,
        })
    }

    /// The address that a redirect leads to.
    fn join(&self, location: &str) -> Option<Self> {
        if location.contains("://") {
            return Self::parse(location);
        }
        let scheme = if self.secure { "https" } else { "http" };
        if let Some(rest) = location.strip_prefix("//") {
            return Self::parse(&format!("{scheme}://{rest}"));
        }
        let location = location.split('#').next()?;
        let path = self.target.split('?').next()?;
        let target = match location {
            absolute if absolute.starts_with('/') => absolute.to_owned(),
            query if query.starts_with('?') => format!("{path}{query}"),
            relative => format!("{}/{relative}", path.rsplit_once('/')?.0),
        };
        Some(Self {
            target: encoded(&target),
            ..self.clone()
        })
    }

    fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.target)
    }
}

/// A name in its ASCII form, or an address.
fn host_ascii(host: &str) -> Option<String> {
    if host.parse::<IpAddr>().is_ok() {
        return Some(host.to_owned());
    }
    let name = lachan_policy::Name::from_text(host).ok()?;
    (!name.is_root()).then(|| name.to_string())
}

/// Characters that no request line may hold, as people paste them, in percent form.
fn encoded(target: &str) -> String {
    let mut out = String::with_capacity(target.len());
    for byte in target.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Fetches a page and follows its redirects.
///
/// # Errors
/// [`Fault::Fetch`], [`Fault::Runtime`].
pub(super) fn fetch(text: &str, console: &mut Console<'_>) -> Result<Fetched, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Fault::Runtime)?;
    let failed = |url: &str, source| Fault::Fetch {
        url: url.to_owned(),
        source,
    };
    let no_url = |text: &str| failed(text, FetchError::Url(text.to_owned()));
    let mut url = Url::parse(text).ok_or_else(|| no_url(text))?;
    for _ in 0..=REDIRECTS {
        let shown = url.to_string();
        let one = async {
            timeout(PATIENCE, get(&url))
                .await
                .unwrap_or(Err(FetchError::Slow))
        };
        let (answer, address, location) = runtime
            .block_on(one)
            .map_err(|source| failed(&shown, source))?;
        if is_private(address.ip()) {
            console.note(
                console
                    .words
                    .fetched_privately(&shown, &address.ip().to_string()),
            )?;
        }
        let Some(location) = location else {
            return Ok(answer);
        };
        url = url.join(&location).ok_or_else(|| no_url(&location))?;
        console.note(console.words.redirected(&url.to_string()))?;
    }
    Err(failed(text, FetchError::Redirects))
}

type Got = (Fetched, SocketAddr, Option<String>);

/// One request.
async fn get(url: &Url) -> Result<Got, FetchError> {
    let (stream, address) = connect(url).await?;
    let answer = if url.secure {
        let connector = TlsConnector::from(tls()?);
        let name =
            ServerName::try_from(url.host.clone()).map_err(|_| FetchError::Url(url.to_string()))?;
        let stream = connector
            .connect(name, stream)
            .await
            .map_err(FetchError::Connect)?;
        exchange(url, stream).await?
    } else {
        exchange(url, stream).await?
    };
    let (status, headers, body) = answer;
    let header = |name| text_of(&headers, name);
    let is_redirect = matches!(status, 301..=303 | 307 | 308);
    let location = headers.contains_key(LOCATION).then(|| header(LOCATION));
    let fetched = Fetched {
        url: url.clone(),
        status,
        content_type: header(CONTENT_TYPE),
        content_encoding: header(CONTENT_ENCODING),
        body,
    };
    Ok((fetched, address, location.filter(|_| is_redirect)))
}

fn text_of(headers: &HeaderMap, name: hyper::header::HeaderName) -> String {
    let value = headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    value.unwrap_or_default().into_owned()
}

async fn connect(url: &Url) -> Result<(TcpStream, SocketAddr), FetchError> {
    let found = lookup_host((url.host.as_str(), url.port)).await;
    let mut failure = None;
    for address in found.map_err(FetchError::Connect)? {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok((stream, address)),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.map_or_else(
        || FetchError::NoAddress(url.host.clone()),
        FetchError::Connect,
    ))
}

/// TLS with the system's roots.
fn tls() -> Result<Arc<ClientConfig>, FetchError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(FetchError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

async fn exchange<S>(url: &Url, stream: S) -> Result<(u16, HeaderMap, Vec<u8>), FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(FetchError::Http)?;
    let driver = tokio::spawn(connection);
    let request = Request::get(url.target.as_str())
        .header(HOST, url.authority())
        .header(USER_AGENT, concat!("lachan/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT_ENCODING, "gzip, deflate, br, zstd")
        .body(Empty::<Bytes>::new())
        .map_err(FetchError::Request)?;
    let answer: Response<_> = sender
        .send_request(request)
        .await
        .map_err(FetchError::Http)?;
    let (head, body) = answer.into_parts();
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let body = Limited::new(body, most).collect().await;
    driver.abort();
    let body = body.map_err(|_| FetchError::Body)?.to_bytes().to_vec();
    Ok((head.status.as_u16(), head.headers, body))
}

/// Whether an address is of an own network: RFC 1918, loopback, link-local, ULA.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let read = Url::parse(text).map(|url| url.to_string());
        assert_eq!(read.as_deref(), expected, "{text}");
    }

    #[test]
    fn urls_are_read_or_refused() {
        check("http://A.vn", Some("http://a.vn/"));
        check("https://a.vn:443/b?c#d", Some("https://a.vn/b?c"));
        check("http://a.vn:8080?x=1", Some("http://a.vn:8080/?x=1"));
        check("http://[::1]:81/", Some("http://[::1]:81/"));
        check("http://a.vn/cờ vua", Some("http://a.vn/c%E1%BB%9D%20vua"));
        check("https://2bánh.vn/", Some("https://xn--2bnh-6na.vn/"));
        check("http://u:p@a.vn/", None);
        check("ftp://a.vn/", None);
        check("http://", None);
        check("http://a.vn:99999/", None);
    }

    #[test]
    fn redirects_lead_where_they_say() {
        let url = Url::parse("http://a.vn/b/c?d").unwrap();
        for (location, expected) in [
            ("/x", "http://a.vn/x"),
            ("x", "http://a.vn/b/x"),
            ("?y", "http://a.vn/b/c?y"),
            ("//b.vn/z", "http://b.vn/z"),
            ("https://b.vn", "https://b.vn/"),
        ] {
            assert_eq!(
                url.join(location).unwrap().to_string(),
                expected,
                "{location}"
            );
        }
        assert_eq!(url.join("file:///etc/passwd"), None);
    }

    #[test]
    fn own_networks_are_known() {
        for address in [
            "127.0.0.1",
            "10.0.0.1",
            "::1",
            "fd00::1",
            "::ffff:192.168.1.1",
        ] {
            assert!(is_private(address.parse().unwrap()), "{address}");
        }
        assert!(!is_private("1.1.1.1".parse().unwrap()));
    }
}
