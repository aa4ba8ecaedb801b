//! The server: its settings, its listening sockets, its threads.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use lachan_policy::{Policy, Tier};
use socket2::{Socket, TcpKeepalive};
use tokio::net::TcpStream;

use super::conn::{Opened, Strictness};
use super::thread::{Door, Parcel, Thread, strict_by_default};
use crate::counters::{Counters, Counts};
use crate::http::{Host, Relay, Tunnel, Tunnels};
use crate::inspect::Inspector;
use crate::listening::Listening;
use crate::mailbox::{Letter, Mailbox};
use crate::outside::{Clock, Coming, Devices, Record, ResolveNow};
use crate::target::Targets;

/// When a silent client is asked whether it is still there, how often again, and how many times.
const KEEPALIVE: Duration = Duration::from_secs(300);
const KEEPALIVE_AGAIN: Duration = Duration::from_secs(30);
const KEEPALIVE_TRIES: u32 = 4;

/// How the server runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// By tier: whether connections that do not say where they go are closed.
    pub strict: [bool; Tier::ALL.len()],
    /// Open connections of one thread.
    pub max_open: usize,
    /// Of these, of one device.
    pub max_per_client: u32,
    /// How long a client may say nothing before it counts as one that waits for the server.
    pub silence: Duration,
    /// How long a ClientHello may take.
    pub hello: Duration,
    /// How long our resolver may take.
    pub resolve: Duration,
    /// How long one server may take to answer a dial.
    pub dial: Duration,
    /// How long a relay may be idle.
    pub idle: Duration,
    /// How long a client may take to see an alert.
    pub parting: Duration,
}

impl Default for Settings {
    /// As `reference/proxy.md` 4.2 has them.
    fn default() -> Self {
        Self {
            strict: Tier::ALL.map(strict_by_default),
            max_open: 16_384,
            // A class behind one access point is one address.
            max_per_client: 4_096,
            silence: Duration::from_secs(1),
            hello: Duration::from_secs(5),
            resolve: Duration::from_secs(6),
            // A device's own try of another family cannot help it: it is connected to us.
            dial: Duration::from_secs(3),
            // RFC 5382 REQ-5: push and chat are silent for long. Peers that are gone are found by keepalive.
            idle: Duration::from_secs(2 * 3600 + 4 * 60),
            parting: Duration::from_secs(2),
        }
    }
}

impl Settings {
    pub(crate) fn is_strict(&self, tier: Tier) -> bool {
        Tier::ALL
            .iter()
            .position(|&one| one == tier)
            .is_none_or(|index| self.strict[index])
    }
}

/// What the threads share with the daemon.
#[derive(Clone)]
pub struct Shared {
    /// The snapshot decisions rest on. Storing a new one changes every later connection.
    pub policy: Arc<ArcSwap<Policy>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Which device is behind an address.
    pub devices: Arc<dyn Devices>,
    /// Where names lead.
    pub resolve: Arc<dyn ResolveNow>,
    /// Who is told of decisions.
    pub record: Arc<dyn Record>,
    /// Which addresses may be dialled.
    pub targets: Arc<ArcSwap<Targets>>,
    /// Who opens connections up, where a school wants that.
    pub inspect: Arc<ArcSwapOption<Inspector>>,
}

impl Shared {
    /// Position of the client's group.
    pub(crate) fn group(&self, policy: &Policy, client: IpAddr) -> usize {
        policy.groups().index_of(&self.devices.who(client))
    }
}

/// What a listening socket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Connections that the kernel diverts here (TPROXY): the socket's own address is where the
    /// client wanted to go.
    Transparent,
    /// The address that names of closed pages lead to: every connection gets the alert.
    Closed,
}

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// The address.
    pub address: SocketAddr,
    /// What for.
    pub kind: Kind,
}

/// A running server. Dropped, it ends.
pub struct Server {
    mailboxes: Vec<Arc<Mailbox<Parcel>>>,
    threads: Vec<JoinHandle<()>>,
    counters: Arc<Counters>,
    addresses: Vec<SocketAddr>,
}

/// Hands tunnels of the explicit proxy, and what became a `WebSocket`, to the threads.
#[derive(Clone)]
pub struct Handover {
    mailboxes: Vec<Arc<Mailbox<Parcel>>>,
    next: Arc<AtomicUsize>,
}

impl Tunnels for Handover {
    fn carry(&self, tunnel: Tunnel<TcpStream>) -> Coming<'static, ()> {
        // A stream that cannot be taken off its runtime is dropped, and so closed.
        if let (Ok(client), Ok(server)) = (tunnel.client.into_std(), tunnel.upstream.into_std()) {
            let host = match tunnel.host {
                Host::Name(name) => Some(name),
                Host::Address(_) => None,
            };
            let parcel = Parcel {
                client: client.into(),
                peer: tunnel.device,
                early: Some(tunnel.early),
                end: Opened {
                    server: server.into(),
                    host,
                },
            };
            self.put(parcel);
        }
        Box::pin(std::future::ready(()))
    }

    fn relay(&self, relay: Relay<TcpStream>) -> Coming<'static, ()> {
        if let (Ok(client), Ok(server)) = (relay.client.into_std(), relay.upstream.into_std()) {
            self.put(Parcel {
                client: client.into(),
                peer: relay.device,
                early: None,
                end: Opened {
                    server: server.into(),
                    host: relay.name,
                },
            });
        }
        Box::pin(std::future::ready(()))
    }
}

impl Handover {
    /// Whether every thread answers within the time. One that hangs takes connections all the same:
    /// the kernel does.
    #[must_use]
    pub fn answers(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let (answer, answers) = mpsc::sync_channel(self.mailboxes.len());
        for mailbox in &self.mailboxes {
            mailbox.put(Letter::Ping(answer.clone()));
        }
        // A thread that is gone drops its letter, and then nobody is left to wait for.
        drop(answer);
        self.mailboxes.iter().all(|_| {
            let rest = end.saturating_duration_since(Instant::now());
            answers.recv_timeout(rest).is_ok()
        })
    }

    fn put(&self, parcel: Parcel) {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % self.mailboxes.len().max(1);
        if let Some(mailbox) = self.mailboxes.get(next) {
            mailbox.put(Letter::Parcel(parcel));
        }
    }
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A thread or what it needs cannot be made.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

impl Server {
    /// Listens, and starts so many threads, each with its own socket at every address.
    ///
    /// # Errors
    /// When an address cannot be listened on: port in use, no `CAP_NET_ADMIN` for
    /// [`Kind::Transparent`].
    pub fn start(
        listen: &[Listen],
        threads: usize,
        settings: &Settings,
        shared: &Shared,
    ) -> Result<Self, StartError> {
        let mut server = Self {
            mailboxes: Vec::new(),
            threads: Vec::new(),
            counters: Arc::default(),
            addresses: Vec::new(),
        };
        let mut listen = listen.to_vec();
        for number in 0..threads.max(1) {
            let mut doors = Vec::new();
            for wanted in &mut listen {
                let (door, address) = open(*wanted)?;
                // Port 0 is whatever the first socket got.
                wanted.address = address;
                if number == 0 {
                    server.addresses.push(address);
                }
                doors.push(door);
            }
            server
                .spawn(number, doors, settings, shared)
                .map_err(StartError::Thread)?;
        }
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where the explicit proxy leaves the tunnels it opens.
    #[must_use]
    pub fn handover(&self) -> Handover {
        Handover {
            mailboxes: self.mailboxes.clone(),
            next: Arc::default(),
        }
    }

    /// What was counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counters.counts()
    }

    fn spawn(
        &mut self,
        number: usize,
        doors: Vec<Door>,
        settings: &Settings,
        shared: &Shared,
    ) -> io::Result<()> {
        let mailbox = Arc::new(Mailbox::new()?);
        let thread = Thread::new(
            doors,
            Arc::clone(&mailbox),
            shared.clone(),
            Arc::clone(&self.counters),
            settings.clone(),
        )?;
        let handle = std::thread::Builder::new()
            .name(format!("tls-{number}"))
            .spawn(move || thread.run())?;
        self.mailboxes.push(mailbox);
        self.threads.push(handle);
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for mailbox in &self.mailboxes {
            mailbox.put(Letter::Stop);
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn open(listen: Listen) -> Result<(Door, SocketAddr), StartError> {
    let address = listen.address;
    let failed = |source| StartError::Listen { address, source };
    let socket = socket(listen).map_err(failed)?;
    let local = socket.local_addr().map_err(failed)?;
    let door = Door {
        socket: socket.into(),
        strict: match listen.kind {
            Kind::Transparent => Strictness::ByGroup,
            Kind::Closed => Strictness::NothingPasses,
        },
    };
    Ok((door, local.as_socket().unwrap_or(address)))
}

fn socket(listen: Listen) -> io::Result<Socket> {
    let listening = Listening {
        transparent: listen.kind == Kind::Transparent && !listen.address.ip().is_loopback(),
        shared: true,
    };
    let socket = listening.at(listen.address)?;
    // What is accepted has it from here.
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE)
        .with_interval(KEEPALIVE_AGAIN)
        .with_retries(KEEPALIVE_TRIES);
    socket.set_tcp_keepalive(&keepalive)?;
    Ok(socket)
}
