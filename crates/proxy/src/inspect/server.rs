//! Takes connections that are opened up: shows the leaf, and hands what is inside to the stages.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lachan_policy::{Ask, Name, Policy};
use rustls::server::Acceptor;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::authority::Authority;
use super::inside::Inside;
use super::leaves::{LeafError, Leaves};
use super::plan::Plan;
use super::room::{Place, Room};
use super::site::Sites;
use super::stream::{Prefixed, Stream};
use super::two;
use crate::http::{Arrival, Door, Secured, Server, Settings, Shared};

/// How long a client may take to shake hands.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long what is under way may take when this ends.
const GRACE: Duration = Duration::from_secs(2);

/// How a connection is opened up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Its pages are read.
    Pages,
    /// Only our own page is shown.
    BlockPage,
}

/// A connection that is handed over to be opened up.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) client: OwnedFd,
    pub(crate) peer: IpAddr,
    /// What was read of it.
    pub(crate) read: Vec<u8>,
    /// The name it was decided by.
    pub(crate) name: Name,
    /// Where the client dialled.
    pub(crate) target: SocketAddr,
    pub(crate) opening: Opening,
}

/// What an inspector is made of.
pub struct Parts {
    /// The box's authority.
    pub authority: Authority,
    /// Whose connections are opened up.
    pub plan: Plan,
    /// Authorities (DER) that sites are verified by.
    pub roots: Vec<Vec<u8>>,
    /// As for plain HTTP: pages inside pass the same stages.
    pub settings: Settings,
    /// The same.
    pub shared: Shared,
    /// Where it runs.
    pub runtime: Handle,
}

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No leaves can be made.
    #[error("no certificates can be made for inspection")]
    Leaves(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Sites cannot be verified.
    #[error("no authority is known by which sites could be verified")]
    NoRoots,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
}

/// Figures of an inspector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Connections that are opened up now.
    pub open: usize,
    /// Certificates made since the start.
    pub leaves: u64,
    /// Requests read since the start.
    pub requests: u64,
}

/// Opens connections up. Clones share everything; when the last is dropped, it ends.
#[derive(Clone)]
pub struct Inspector(Arc<Inner>);

struct Inner {
    plan: Plan,
    work: Arc<Work>,
    room: Room,
    runtime: Handle,
    /// Dropped, connections end when they have nothing under way.
    stop: watch::Sender<bool>,
}

/// What each connection needs.
struct Work {
    leaves: Leaves,
    http: Server<Inside>,
}

impl Inspector {
    /// One of these parts.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn new(parts: Parts) -> Result<Self, StartError> {
        let leaves = Leaves::new(parts.authority)
            .map_err(|error: LeafError| StartError::Leaves(error.into()))?;
        let (sites, trusted) = Sites::new(&parts.roots).map_err(StartError::Tls)?;
        if trusted == 0 && !parts.plan.categories.is_empty() {
            return Err(StartError::NoRoots);
        }
        let http = Server::new(parts.settings, parts.shared, Inside { sites });
        Ok(Self(Arc::new(Inner {
            plan: parts.plan,
            work: Arc::new(Work { leaves, http }),
            room: Room::default(),
            runtime: parts.runtime,
            stop: watch::Sender::new(false),
        })))
    }

    /// The HTTP inside, for expressions to be compiled.
    #[must_use]
    pub fn http(&self) -> &Server<Inside> {
        &self.0.work.http
    }

    /// The figures.
    #[must_use]
    pub fn figures(&self) -> Figures {
        Figures {
            open: self.0.room.len(),
            leaves: self.0.work.leaves.made(),
            requests: self.0.work.http.figures().requests,
        }
    }

    /// How a connection is opened up, if it is. `is_closed` tells what was decided of the name.
    pub(crate) fn opening(
        &self,
        policy: &Policy,
        ask: &Ask<'_>,
        is_closed: bool,
    ) -> Option<Opening> {
        self.0.plan.opening(policy, ask, is_closed)
    }

    /// Takes a connection over. One for which there is no room is closed.
    pub(crate) fn take(&self, handed: Handed) {
        let Some(place) = self.0.room.place(handed.peer) else {
            return;
        };
        let work = Arc::clone(&self.0.work);
        let stop = self.0.stop.subscribe();
        self.0.runtime.spawn(async move {
            // A client that does not trust the authority says so and goes; that is its affair.
            let _ = work.serve(handed, place, stop).await;
        });
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let work = Arc::clone(&self.work);
        self.stop.send_replace(true);
        self.runtime.spawn(async move {
            work.http.shutdown(GRACE).await;
        });
    }
}

impl Work {
    /// Serves a connection; `None` where it came to no handshake.
    async fn serve(&self, handed: Handed, place: Place, stop: watch::Receiver<bool>) -> Option<()> {
        let arrival = Arrival {
            client: handed.peer,
            door: Door::Secure(Secured {
                name: handed.name,
                destination: handed.target,
                block_page: handed.opening == Opening::BlockPage,
            }),
        };
        let stream = timeout(HANDSHAKE, self.shake_hands(handed)).await.ok()??;
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            two::serve(stream, self.http.clone(), arrival, stop).await;
        } else {
            self.http.accept(Stream::client(stream, place), arrival);
        }
        Some(())
    }

    async fn shake_hands(&self, handed: Handed) -> Option<TlsStream<Prefixed>> {
        let stream = std::net::TcpStream::from(handed.client);
        let stream = TcpStream::from_std(stream).ok()?;
        let stream = Prefixed::new(handed.read, stream);
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream)
            .await
            .ok()?;
        // Our reader and this one have to agree on the name; else a hole would be opened up.
        let hello = start.client_hello();
        let named = hello.server_name();
        let named = named.and_then(|name| Name::from_text(name).ok());
        if named != Some(handed.name) {
            return None;
        }
        let config = match self.leaves.config(&handed.name, now()) {
            Ok(config) => config,
            Err(error) => {
                tracing::warn!(%error, "no certificate can be made for a connection");
                return None;
            }
        };
        start.into_stream(config).await.ok()
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
