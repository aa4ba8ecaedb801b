//! Takes connections: TLS where the hub has its own certificate, then HTTP/1.1, each request with the address it came from. HTTP/1.1
//! only, for most connections are streams that say little for days, and there it costs the least memory.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::web::{Peer, Router};

/// Connections at once: a stream for each box of twelve thousand, and room for officers.
const MOST_CONNECTIONS: usize = 16_000;
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a request's head may take to come, and a connection may idle between two.
const HEAD: Duration = Duration::from_secs(60);
/// Longest head, and what is read ahead of a body, in bytes: the least that hyper takes.
const BUFFER: usize = 8 << 10;
/// How long to wait after a failed accept, which means that descriptors ran out.
const RECOVERY: Duration = Duration::from_millis(200);
/// The header in which a proxy tells the client's address.
const FORWARDED: &str = "x-forwarded-for";

/// How requests come.
#[derive(Clone)]
pub struct Front {
    /// The hub's own certificate.
    pub tls: Option<TlsAcceptor>,
    /// Proxies whose word about an address is believed.
    pub proxies: Arc<[IpAddr]>,
}

/// Takes connections until it is dropped.
pub async fn accept(listener: TcpListener, router: Router, front: Front) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        // Never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, from)) = listener.accept().await else {
            tokio::time::sleep(RECOVERY).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (router, front) = (router.clone(), front.clone());
        tokio::spawn(async move {
            let address = from.ip().to_canonical();
            match &front.tls {
                Some(tls) => {
                    // Whoever breaks off, is too slow, or speaks no TLS is let go.
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                        converse(stream, address, router, &front.proxies).await;
                    }
                }
                None => converse(stream, address, router, &front.proxies).await,
            }
            drop(place);
        });
    }
}

/// One connection, to its end.
async fn converse<S>(stream: S, address: IpAddr, router: Router, proxies: &[IpAddr])
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let is_proxy = proxies.contains(&address);
    let answer = service_fn(move |mut request: Request<Incoming>| {
        let told = is_proxy.then(|| forwarded(&request)).flatten();
        request
            .extensions_mut()
            .insert(Peer(told.unwrap_or(address)));
        let router = router.clone();
        async move {
            let answered = router.oneshot(request.map(Body::new)).await;
            Ok::<_, Infallible>(answered.unwrap_or_else(|never| match never {}))
        }
    });
    let conversation = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), answer);
    if let Err(error) = conversation.await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The client that the proxy next to us tells of: the last address, for those before it the client may have written itself.
fn forwarded<B>(request: &Request<B>) -> Option<IpAddr> {
    let value = request.headers().get_all(FORWARDED).iter().next_back()?;
    let last = value.to_str().ok()?.rsplit(',').next()?;
    last.trim()
        .parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_nearest_proxy_s_word_counts() {
        for (value, expected) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("10.0.0.1, 203.0.113.7", Some("203.0.113.7")),
            ("203.0.113.7, ::ffff:10.0.0.1", Some("10.0.0.1")),
            ("unknown", None),
            ("", None),
        ] {
            let request = Request::builder()
                .header(FORWARDED, value)
                .body(())
                .unwrap();
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(forwarded(&request), expected, "{value}");
        }
    }
}
