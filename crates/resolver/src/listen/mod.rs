//! The listeners of connections: plain DNS over TCP, and DoT, DoH and DoQ where the box has a
//! certificate. UDP has threads of its own (`udp.rs`).
//!
//! ```text
//!  accept ─┬─ stream (RFC 7766) ──────────────────┤
//!          ├─ dot ─ TLS ─ stream ─────────────────┼─► Engine::begin, Engine::finish
//!          └─ dot ─ TLS ─ doh (HTTP/1.1, HTTP/2) ─┤
//!  doq (QUIC) ────────────────────────────────────┘
//!            doors: who may be in     tls: which certificate, which token     stop: the end
//! ```
//!
//! A listener brings bytes and says who sent them; what is answered is the engine's affair. Sockets
//! are opened by [`crate::bind`], certificates read by the daemon.

mod accept;
pub(crate) mod doh;
pub(crate) mod doors;
mod doq;
mod dot;
pub(crate) mod frame;
mod identity;
pub(crate) mod stop;
pub(crate) mod stream;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

pub use doors::ConnectionCounts;
pub(crate) use doors::Doors;
#[cfg(test)]
pub(crate) use identity::tests as identity_tests;
pub use identity::{
    CertificateFacts, Identity, IdentityError, Validity, authorities, is_vouched_for,
};
pub(crate) use tls::Presented;

use crate::bind::{BindError, Encrypted, Socket};
use crate::engine::Engine;
use crate::settings::{Settings, StreamLimits};
use accept::{Arrived, accept};

use stop::{STOP_LIMIT, Stopper};
use stream::Terms;

/// What `crates/resolver/fuzz` feeds: everything here that reads outside bytes without a library.
pub(crate) fn fuzz(bytes: &[u8]) {
    let step = bytes.first().map_or(1, |first| usize::from(*first) + 1);
    let mut inbox = frame::Inbox::default();
    for piece in bytes.chunks(step) {
        inbox.put(piece);
        while inbox.next().is_some() {}
    }
    let _ = doq::unframed(bytes);
    let text = String::from_utf8_lossy(bytes);
    let (path, query) = text.split_once('?').unwrap_or((&text, ""));
    let _ = doh::request::token_of(path);
    let _ = doh::request::query_of(Some(query));
    let _ = doh::request::check_media_type(Some(bytes));
}

/// All listeners, running. Dropping them ends every connection at once.
pub(crate) struct Listeners {
    running: JoinSet<()>,
    stopper: Stopper,
    doors: Arc<Doors>,
    presented: Arc<Presented>,
    engine: Arc<Engine>,
}

/// What serves the TCP connections of one listener.
struct Reception {
    engine: Arc<Engine>,
    presented: Arc<Presented>,
    terms: Terms,
    layers: Layers,
}

/// What lies between TCP and DNS.
enum Layers {
    /// Nothing.
    Plain,
    /// TLS.
    Tls(TlsAcceptor),
    /// TLS and HTTP.
    Https(TlsAcceptor, Box<doh::Http>),
}

impl Listeners {
    /// No listener yet.
    pub(crate) fn new(settings: &Settings, engine: &Arc<Engine>) -> Self {
        let doors = Doors::new(settings.tcp);
        let names = settings.encrypted.names.clone();
        let presented = Presented::new(names, Arc::clone(engine), Arc::clone(&doors));
        Self {
            running: JoinSet::new(),
            stopper: Stopper::new(),
            doors,
            presented: Arc::new(presented),
            engine: Arc::clone(engine),
        }
    }

    /// Begins to answer plain DNS over TCP. Must be called in a tokio runtime, as
    /// [`Self::encrypted`].
    pub(crate) fn plain(&mut self, listener: tokio::net::TcpListener) {
        self.receive(listener, Layers::Plain);
    }

    /// Begins to answer over an encrypted transport.
    ///
    /// # Errors
    /// [`BindError`] when QUIC cannot use its socket.
    pub(crate) fn encrypted(
        &mut self,
        kind: Encrypted,
        address: SocketAddr,
        socket: Socket,
    ) -> Result<(), BindError> {
        let acceptor = |protocols: &[&[u8]]| {
            let config = tls::config(&self.presented, protocols);
            TlsAcceptor::from(Arc::new(config))
        };
        match socket {
            Socket::Tcp(listener) => {
                let layers = match kind {
                    Encrypted::Https => {
                        Layers::Https(acceptor(doh::PROTOCOLS), Box::new(doh::Http::new()))
                    }
                    Encrypted::Tls | Encrypted::Quic => Layers::Tls(acceptor(&[dot::PROTOCOL])),
                };
                self.receive(listener, layers);
            }
            Socket::Udp(socket) => {
                let quic = doq::Quic {
                    engine: Arc::clone(&self.engine),
                    presented: Arc::clone(&self.presented),
                    doors: Arc::clone(&self.doors),
                    terms: encrypted_terms(self.doors.limits()),
                };
                let endpoint = doq::open(socket, &quic)
                    .map_err(|source| BindError::new(address, kind.transport(), source))?;
                let stop = self.stopper.listener();
                self.running.spawn(Arc::new(quic).serve(endpoint, stop));
            }
        }
        Ok(())
    }

    fn receive(&mut self, listener: tokio::net::TcpListener, layers: Layers) {
        let limits = self.doors.limits();
        let terms = match layers {
            Layers::Plain => plain_terms(limits),
            Layers::Tls(_) | Layers::Https(..) => encrypted_terms(limits),
        };
        let reception = Arc::new(Reception {
            engine: Arc::clone(&self.engine),
            presented: Arc::clone(&self.presented),
            terms,
            layers,
        });
        let serve = move |arrived| Arc::clone(&reception).serve(arrived);
        let doors = Arc::clone(&self.doors);
        let stop = self.stopper.listener();
        self.running.spawn(accept(listener, doors, stop, serve));
    }

    /// What the encrypted listeners present.
    pub(crate) fn presented(&self) -> &Arc<Presented> {
        &self.presented
    }

    /// What became of connections.
    pub(crate) fn counts(&self) -> ConnectionCounts {
        self.doors.counts()
    }

    /// The doors, for whoever counts.
    pub(crate) fn doors(&self) -> &Arc<Doors> {
        &self.doors
    }

    /// Waits until a listener ends, which none does by itself unless it fails. Can be dropped and
    /// called again.
    ///
    /// # Errors
    /// How it failed.
    pub(crate) async fn ended(&mut self) -> Result<(), JoinError> {
        match self.running.join_next().await {
            Some(ended) => ended,
            // Nothing listens, so nothing can fail.
            None => std::future::pending().await,
        }
    }

    /// Accepts no more, lets what is under way end, and closes; says whether all ended in time.
    pub(crate) async fn stop(mut self) -> bool {
        self.stopper.stop();
        let all = async { while self.running.join_next().await.is_some() {} };
        // Each listener keeps to the limit itself, and may close for a while after it.
        timeout(STOP_LIMIT + 2 * stream::CLOSING, all).await.is_ok()
    }
}

impl Reception {
    async fn serve(self: Arc<Self>, arrived: Arrived) {
        let terms = Terms {
            idle: arrived.pass.doors().patience(self.terms.idle),
            ..self.terms
        };
        let engine = &self.engine;
        let acceptor = match &self.layers {
            Layers::Plain => {
                let Arrived {
                    stream,
                    client,
                    pass,
                    stop,
                } = arrived;
                return stream::serve(stream, client, terms, engine, pass, stop).await;
            }
            Layers::Tls(acceptor) | Layers::Https(acceptor, _) => acceptor,
        };
        let Some(secured) = dot::secure(arrived, acceptor, &self.presented).await else {
            return;
        };
        let dot::Secured {
            stream,
            client,
            pass,
            stop,
        } = secured;
        match &self.layers {
            Layers::Https(_, http) => {
                let is_two = stream.get_ref().1.alpn_protocol() == Some(doh::PROTOCOL_TWO);
                let visit = doh::Visit {
                    client,
                    terms,
                    pass,
                    stop,
                };
                http.serve(stream, is_two, visit, engine).await;
            }
            Layers::Tls(_) | Layers::Plain => {
                stream::serve(stream, client, terms, engine, pass, stop).await;
            }
        }
    }
}

fn plain_terms(limits: &StreamLimits) -> Terms {
    Terms {
        idle: limits.idle,
        slow: limits.slow,
        under_way: limits.under_way,
        encrypted: false,
    }
}

/// A handshake costs more than a connection that is kept a little longer.
fn encrypted_terms(limits: &StreamLimits) -> Terms {
    Terms {
        idle: limits.idle.max(limits.idle_encrypted),
        encrypted: true,
        ..plain_terms(limits)
    }
}
