//! Takes connections of the pages: TLS, then HTTP/1.1 or HTTP/2, each with the address it came from.
//! Bounded in number, by address too, and in time, so that nobody holds up the others.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use lachan_api::ports::Place as Sides;
use lachan_api::{Peer, Router};
use lachan_web::Side;
use lachan_web::throttle::whole;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Connections at once: fifty people with some tabs each.
const MOST_CONNECTIONS: usize = 512;
/// Of these only the management side takes the last: whoever holds all the others must not keep the
/// administrator from looking who that is.
const KEPT_FOR_MANAGEMENT: usize = 64;
/// Of one address: a browser over HTTP/1.1 has six, and a school may stand behind one address.
const MOST_OF_ADDRESS: usize = 64;
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a request's head may take to come, and a connection may idle.
const HEAD: Duration = Duration::from_secs(30);
/// How often an idle connection of HTTP/2 is asked whether anybody is there, and how long that may take.
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(20);
/// Longest head, in bytes.
const MOST_HEAD: usize = 32 << 10;
/// Requests of one connection at once.
const MOST_STREAMS: u32 = 16;
/// What may be under way to us over HTTP/2, of one request and of all of a connection, in bytes: bodies
/// are small.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 128 << 10;
/// How long to wait after a failed accept, which means that descriptors ran out.
const RECOVERY: Duration = Duration::from_millis(200);

/// The places for connections.
#[derive(Debug, Clone, Default)]
struct Places(Arc<Mutex<Taken>>);

/// Which are taken.
#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One of them.
#[derive(Debug)]
struct Place {
    places: Places,
    address: IpAddr,
}

impl Places {
    /// A place for an address on a side, if its side and itself have not too many.
    fn take(&self, address: IpAddr, side: Side) -> Option<Place> {
        let address = whole(address);
        let most = match side {
            Side::Management => MOST_CONNECTIONS,
            Side::Staff | Side::Pupils => MOST_CONNECTIONS - KEPT_FOR_MANAGEMENT,
        };
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_address.get(&address).copied().unwrap_or(0);
        if taken.all >= most || own >= MOST_OF_ADDRESS {
            return None;
        }
        taken.all += 1;
        taken.by_address.insert(address, own + 1);
        Some(Place {
            places: self.clone(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(own) = taken.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

/// Takes connections until it is dropped. Who is one too many is let go at once: whose side it is can be
/// told only of one that was taken, so nobody waits in the kernel's queue before an administrator.
pub(super) async fn accept(
    listener: TcpListener,
    acceptor: Arc<ArcSwap<TlsAcceptor>>,
    router: Router,
    sides: Arc<dyn Sides>,
) {
    let places = Places::default();
    let mut all = JoinSet::new();
    loop {
        while all.try_join_next().is_some() {}
        let Ok((stream, from)) = listener.accept().await else {
            tokio::time::sleep(RECOVERY).await;
            continue;
        };
        let address = from.ip().to_canonical();
        let Some(place) = places.take(address, sides.side(address)) else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let acceptor = acceptor.load_full();
        let router = router.clone();
        all.spawn(async move {
            converse(stream, address, &acceptor, router).await;
            drop(place);
        });
    }
}

/// One connection, to its end.
async fn converse<S>(stream: S, address: IpAddr, acceptor: &TlsAcceptor, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Whoever breaks off, is too slow, or speaks no TLS is let go.
    let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await else {
        return;
    };
    let has_asked = Arc::new(Notify::new());
    let asked = Arc::clone(&has_asked);
    let answer = service_fn(move |mut request: Request<Incoming>| {
        asked.notify_one();
        request.extensions_mut().insert(Peer(address));
        let router = router.clone();
        async move { Ok::<_, Infallible>(lachan_api::answer(router, request).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(MOST_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG)
        .max_header_list_size(32 << 10)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(MOST_STREAMS);
    let conversation = builder.serve_connection(TokioIo::new(stream), answer);
    tokio::pin!(conversation);
    // Who says nothing after the handshake is let go: which HTTP it will be is waited for without end.
    tokio::select! {
        _ = &mut conversation => return,
        asked = timeout(HEAD, has_asked.notified()) => if asked.is_err() { return },
    }
    let _ = conversation.await;
}

#[cfg(test)]
mod tests;
