//! The server: takes accepted connections, within limits, and ends them when told.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{Name, Policy};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::connection::Connection;
use super::expressions::{Compiled, RefusedExpression};
use super::net::Net;
use super::own::{OWN_BODIES, OwnPages};
use super::refusal::Refusal;
use super::scan::Scan;
use super::settings::Settings;
use super::stages::Gate;
use super::write::Via;
use crate::outside::{Clock, Devices, Record, Resolve};
use crate::target::Targets;

/// What the proxy shares with the daemon.
#[derive(Clone)]
pub struct Shared {
    /// The snapshot decisions rest on. Storing a new one changes every later request.
    pub policy: Arc<ArcSwap<Policy>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which device is behind an address.
    pub devices: Arc<dyn Devices>,
    /// Where names lead.
    pub resolve: Arc<dyn Resolve>,
    /// Who is told of decisions.
    pub record: Arc<dyn Record>,
    /// Which addresses may be dialled.
    pub targets: Arc<ArcSwap<Targets>>,
    /// What looks into pages, if anything does.
    pub scan: Option<Arc<dyn Scan>>,
    /// Who makes the pages of the box itself, if anybody does.
    pub own: Option<Arc<dyn OwnPages>>,
}

/// How a connection came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each connection, and copied only on its way in"
)]
pub enum Door {
    /// Caught on its way to this address.
    Transparent {
        /// The address.
        destination: SocketAddr,
    },
    /// To the proxy that browsers are told of.
    Explicit,
    /// To the address with which closed names are answered.
    Block,
    /// Opened up, where a school inspects its own machines.
    Secure(Secured),
}

/// A connection whose TLS ends here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secured {
    /// The name it was opened for: requests for another are misdirected.
    pub name: Name,
    /// Where the client dialled.
    pub destination: SocketAddr,
    /// Whether nothing but the block page may be served. What was closed was told when the
    /// connection was decided.
    pub block_page: bool,
}

/// A connection that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The device's address.
    pub client: IpAddr,
    /// How it came in.
    pub door: Door,
}

/// The server. Clones share everything.
pub struct Server<N: Net> {
    core: Arc<Core<N>>,
}

/// What all connections share.
pub(crate) struct Core<N> {
    pub(crate) gate: Gate,
    pub(crate) net: N,
    open: Open,
    /// Places for bodies of requests for the box's own pages.
    pub(crate) bodies: Semaphore,
    stop: watch::Sender<bool>,
}

/// Connections that are open.
#[derive(Debug, Default)]
struct Open {
    all: AtomicUsize,
    by_client: Mutex<HashMap<IpAddr, usize>>,
    refused: AtomicU64,
    requests: AtomicU64,
}

/// Holds a connection's place; dropping gives it back.
pub(crate) struct Place<N> {
    core: Arc<Core<N>>,
    client: IpAddr,
}

/// Figures of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Connections open now.
    pub open: usize,
    /// Connections that found no room, since the start.
    pub refused: u64,
    /// Requests read since the start.
    pub requests: u64,
}

impl<N: Net> Clone for Server<N> {
    fn clone(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
        }
    }
}

impl<N: Net> Server<N> {
    /// A server of these settings.
    #[must_use]
    pub fn new(settings: Settings, shared: Shared, net: N) -> Self {
        let gate = Gate {
            via: Via::new(&settings.via),
            settings,
            shared,
            expressions: Compiled::default(),
        };
        Self {
            core: Arc::new(Core {
                gate,
                net,
                open: Open::default(),
                bodies: Semaphore::new(OWN_BODIES),
                stop: watch::Sender::new(false),
            }),
        }
    }

    /// Compiles the expressions of a ruleset that is about to be used, so that no request waits for
    /// it, and tells which cannot be used.
    #[must_use]
    pub fn learn(&self, ruleset: &Arc<Ruleset>) -> Vec<RefusedExpression> {
        self.core.gate.expressions.learn(ruleset)
    }

    /// Serves a connection to its end, in a task of its own. One for which there is no room is closed
    /// at once.
    pub fn accept(&self, stream: N::Stream, arrival: Arrival) {
        self.accept_read(stream, arrival, Vec::new());
    }

    /// As [`Self::accept`], of a connection of which these bytes were read already.
    pub fn accept_read(&self, stream: N::Stream, arrival: Arrival, read: Vec<u8>) {
        if let Some(place) = self.place(arrival.client) {
            let connection = Connection::new(Arc::clone(&self.core), stream, arrival, read);
            tokio::spawn(async move {
                connection.run().await;
                drop(place);
            });
        }
    }

    /// Lets every connection end after the request it is serving, and waits for that as long as this.
    /// Says whether all have ended.
    pub async fn shutdown(&self, grace: Duration) -> bool {
        self.core.stop.send_replace(true);
        timeout(grace, self.core.stop.closed()).await.is_ok()
    }

    /// The figures.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let open = &self.core.open;
        Figures {
            open: open.all.load(Ordering::Relaxed),
            refused: open.refused.load(Ordering::Relaxed),
            requests: open.requests.load(Ordering::Relaxed),
        }
    }

    /// Takes note of a message that was refused before it came here.
    pub(crate) fn refused(&self, refusal: Refusal) {
        self.core.gate.shared.record.refused(refusal);
    }

    /// Bytes of the task of a connection.
    #[cfg(test)]
    pub(crate) fn size_of_connection(&self, stream: N::Stream, arrival: Arrival) -> usize {
        let connection = Connection::new(Arc::clone(&self.core), stream, arrival, Vec::new());
        size_of_val(&connection.run())
    }

    fn place(&self, client: IpAddr) -> Option<Place<N>> {
        let (core, client) = (&self.core, client.to_canonical());
        let settings = &core.gate.settings;
        let refuse = || {
            core.open.refused.fetch_add(1, Ordering::Relaxed);
            None
        };
        if core.open.all.load(Ordering::Relaxed) >= settings.max_connections || *core.stop.borrow()
        {
            return refuse();
        }
        let mut by_client = core
            .open
            .by_client
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let held = by_client.entry(client).or_default();
        if *held >= settings.max_per_client {
            drop(by_client);
            return refuse();
        }
        *held += 1;
        core.open.all.fetch_add(1, Ordering::Relaxed);
        Some(Place {
            core: Arc::clone(core),
            client,
        })
    }
}

impl<N> Core<N> {
    /// Tells when connections shall end.
    pub(crate) fn stop(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    pub(crate) fn count_request(&self) {
        self.open.requests.fetch_add(1, Ordering::Relaxed);
    }
}

impl<N> Drop for Place<N> {
    fn drop(&mut self) {
        let open = &self.core.open;
        open.all.fetch_sub(1, Ordering::Relaxed);
        let mut by_client = open
            .by_client
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = by_client.get_mut(&self.client) {
            *held -= 1;
            if *held == 0 {
                by_client.remove(&self.client);
            }
        }
    }
}
