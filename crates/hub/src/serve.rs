//! Takes connections: TLS where the hub has its own certificate, then HTTP/1.1, each request with the address it came from. HTTP/1.1
//! only, for most connections are streams that say little for days, and there it costs the least memory.

mod paced;

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use lachan_web::throttle::whole;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use self::paced::Paced;
use crate::web::{Peer, Router, held};

/// Connections at once: a stream for each box of twelve thousand, and room for officers.
const MOST_CONNECTIONS: usize = 16_000;
/// Connections of one address: the boxes of all schools behind one of a provider, each with a stream and a download. Proxies
/// next to us bring everybody's, so they are not counted.
const MOST_OF_ONE: usize = 256;
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
    let addresses = Arc::new(Addresses::default());
    loop {
        // Never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, from)) = listener.accept().await else {
            tokio::time::sleep(RECOVERY).await;
            continue;
        };
        let address = from.ip().to_canonical();
        let counted = match Counted::begin(&addresses, address) {
            Some(counted) => Some(counted),
            None if front.proxies.contains(&address) => None,
            // Whoever has so many gets no other, and takes no place from anybody.
            None => continue,
        };
        let _ = stream.set_nodelay(true);
        let stream = Paced::new(stream);
        let (router, front) = (router.clone(), front.clone());
        tokio::spawn(async move {
            match &front.tls {
                Some(tls) => {
                    // Whoever breaks off, is too slow, or speaks no TLS is let go.
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                        converse(stream, address, router, &front.proxies).await;
                    }
                }
                None => converse(stream, address, router, &front.proxies).await,
            }
            drop((place, counted));
        });
    }
}

/// How many connections each address has.
type Addresses = Mutex<HashMap<IpAddr, usize>>;

/// One connection of an address, as long as it lives.
struct Counted {
    addresses: Arc<Addresses>,
    address: IpAddr,
}

impl Counted {
    /// Counts one more; `None` where the address has all it may have.
    fn begin(addresses: &Arc<Addresses>, address: IpAddr) -> Option<Self> {
        let address = whole(address);
        let mut all = held(addresses);
        let count = all.entry(address).or_default();
        if *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        drop(all);
        Some(Self {
            addresses: Arc::clone(addresses),
            address,
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut all = held(&self.addresses);
        if let Some(count) = all.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.address);
            }
        }
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
    fn one_address_has_so_many_connections_and_no_more() {
        let addresses = Arc::new(Addresses::default());
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut of_one: Vec<_> = (0..MOST_OF_ONE)
            .map(|host| {
                Counted::begin(&addresses, address(&format!("2001:db8::{host:x}"))).unwrap()
            })
            .collect();
        assert!(Counted::begin(&addresses, address("2001:db8::ffff")).is_none());
        assert!(Counted::begin(&addresses, address("192.0.2.1")).is_some());
        of_one.pop();
        assert!(Counted::begin(&addresses, address("2001:db8::ffff")).is_some());
        drop(of_one);
        assert!(held(&addresses).is_empty());
    }

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
