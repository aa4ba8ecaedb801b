//! The resolver as the daemon sees it: opened, running, stopped.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::{JoinError, JoinHandle};

use crate::bind::{BindError, Encrypted, Socket, Sockets};
use crate::engine::{Engine, Shared};
use crate::listen::{ConnectionCounts, Doors, Identity, Listeners, Presented};
use crate::settings::Settings;
use crate::udp::{LOOK, UdpThreads};

/// The resolver before it runs.
#[derive(Debug, Clone, Copy)]
pub struct Resolver;

/// A running resolver. Dropping it stops the listeners at once; [`Running::shutdown`] is kinder.
pub struct Running {
    listeners: Listeners,
    udp: Vec<UdpThreads>,
    engine: Arc<Engine>,
    _refreshing: Task,
    addresses: Vec<SocketAddr>,
    encrypted: Vec<(Encrypted, SocketAddr)>,
}

/// Tells what becomes of connections. May be kept and used from any thread.
#[derive(Debug, Clone)]
pub struct ConnectionWatch(Arc<Doors>);

impl ConnectionWatch {
    /// What became of connections until now.
    #[must_use]
    pub fn counts(&self) -> ConnectionCounts {
        self.0.counts()
    }
}

/// A listener ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It failed.
    #[error("a DNS listener failed; restart the service")]
    Listener(#[source] JoinError),
    /// A thread that answers over UDP.
    #[error("answering over UDP failed; restart the service")]
    Udp(#[source] io::Error),
    /// The listeners did not end in time.
    #[error("the DNS listeners did not stop in time; what was under way was cut off")]
    Stop,
}

/// What the encrypted listeners present to devices. May be kept and used from any thread.
#[derive(Clone)]
pub struct Certificates {
    presented: Arc<Presented>,
    engine: Arc<Engine>,
    encrypted: Arc<[(Encrypted, SocketAddr)]>,
}

impl Resolver {
    /// Opens every listener and begins to answer. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// [`BindError`] names the address and what to do; nothing is left listening.
    pub fn bind(settings: &Settings, shared: Shared) -> Result<Running, BindError> {
        let threads = settings.udp_threads();
        let mut plain = Vec::with_capacity(settings.listen.len());
        for address in &settings.listen {
            plain.push(Sockets::open(*address, threads)?);
        }
        let mut sockets = Vec::new();
        for (kind, address) in encrypted(settings) {
            let (address, socket) = Socket::open(kind, address)?;
            sockets.push((kind, address, socket));
        }
        let engine = Arc::new(Engine::new(settings, shared));
        let popular = Arc::clone(&engine);
        let mut running = Running {
            listeners: Listeners::new(settings, &engine),
            udp: Vec::with_capacity(plain.len()),
            _refreshing: Task(tokio::spawn(async move { popular.refresh_popular().await })),
            engine,
            addresses: Vec::new(),
            encrypted: Vec::new(),
        };
        for opened in plain {
            running.addresses.push(opened.address);
            let threads = UdpThreads::start(opened.udp, &running.engine);
            let failed = |source| BindError::new(opened.address, "UDP", source);
            running.udp.push(threads.map_err(failed)?);
            running.listeners.plain(opened.tcp);
        }
        for (kind, address, socket) in sockets {
            running.encrypted.push((kind, address));
            running.listeners.encrypted(kind, address, socket)?;
        }
        Ok(running)
    }
}

/// The encrypted listeners of the settings.
fn encrypted(settings: &Settings) -> impl Iterator<Item = (Encrypted, SocketAddr)> {
    let listeners = &settings.encrypted;
    let all = [
        (Encrypted::Tls, &listeners.dot),
        (Encrypted::Https, &listeners.doh),
        (Encrypted::Quic, &listeners.doq),
    ];
    all.into_iter()
        .flat_map(|(kind, addresses)| addresses.iter().map(move |address| (kind, *address)))
}

impl Running {
    /// Where it listens for plain DNS, over UDP and TCP, in the order of the settings; ports that
    /// were 0 are filled in.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where it listens for encrypted DNS, likewise.
    #[must_use]
    pub fn encrypted(&self) -> &[(Encrypted, SocketAddr)] {
        &self.encrypted
    }

    /// What the encrypted listeners present: nothing, and so no handshake succeeds, until
    /// [`Certificates::present`] is called.
    #[must_use]
    pub fn certificates(&self) -> Certificates {
        Certificates {
            presented: Arc::clone(self.listeners.presented()),
            engine: Arc::clone(&self.engine),
            encrypted: self.encrypted.clone().into(),
        }
    }

    /// What became of connections.
    #[must_use]
    pub fn connections(&self) -> ConnectionCounts {
        self.listeners.counts()
    }

    /// The same, for whoever looks again and again.
    #[must_use]
    pub fn connection_watch(&self) -> ConnectionWatch {
        ConnectionWatch(Arc::clone(self.listeners.doors()))
    }

    /// The engine, for counters and for listeners of other kinds.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Waits until a listener ends by itself, which none does unless something is wrong.
    /// Can be dropped and called again.
    ///
    /// # Errors
    /// [`ServeError::Listener`].
    pub async fn ended(&mut self) -> Result<(), ServeError> {
        let streams = self.listeners.ended();
        let datagrams = async {
            while !self.udp.iter().any(UdpThreads::has_ended) {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            ended = streams => return ended.map_err(ServeError::Listener),
            () = datagrams => {}
        }
        let stopped = self.udp.iter_mut().try_for_each(UdpThreads::stop);
        stopped.map_err(ServeError::Udp)
    }

    /// Accepts no more, lets what is under way end within some seconds, and closes every connection
    /// as its protocol wants it.
    ///
    /// # Errors
    /// [`ServeError`]; the listeners are gone all the same.
    pub async fn shutdown(mut self) -> Result<(), ServeError> {
        let streams = self.listeners.stop().await;
        let datagrams = self.udp.iter_mut().try_for_each(UdpThreads::stop);
        if streams {
            datagrams.map_err(ServeError::Udp)
        } else {
            Err(ServeError::Stop)
        }
    }
}

/// A task that ends with its owner.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Certificates {
    /// Presents an identity from now on, or none. Connections that stand go on; the answers of
    /// discovery (RFC 9462) change with it.
    pub fn present(&self, identity: Option<Identity>) {
        let offer = identity.as_ref().map(|identity| {
            let certificate = identity.facts();
            let names = self.presented.names_with(certificate);
            crate::ddr::Offer::new(certificate, &names, &self.encrypted)
        });
        self.presented.present(identity);
        self.engine.offer(offer);
    }
}
