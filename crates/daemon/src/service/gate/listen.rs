//! Where the proxy listens.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lachan_config::{Proxy, Switch};
use lachan_proxy::Listening;
use lachan_proxy::http::{Arrival, Door, Server, Tcp};
use lachan_proxy::tls::{Kind, Listen, StartError};
use lachan_resolver::{Client, Engine, Transport};
use socket2::Socket;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// How long to wait when a connection cannot be taken, for want of files as a rule.
const REST: Duration = Duration::from_millis(200);
/// How often an address that is taken is tried again, and how soon.
const TRIES: u32 = 8;
const BETWEEN: Duration = Duration::from_millis(50);
const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// Why the proxy does not listen.
#[derive(Debug, thiserror::Error)]
pub(super) enum GateError {
    /// The filter of TLS does not start.
    #[error(transparent)]
    Tls(#[from] StartError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

impl GateError {
    /// Where it failed.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tls(StartError::Listen { address, .. }) | Self::Listen { address, .. } => {
                Some(*address)
            }
            Self::Tls(StartError::Thread(_)) => None,
        }
    }

    /// Why, by an id that is put into words.
    pub(super) fn why(&self) -> &'static str {
        let source = match self {
            Self::Tls(StartError::Listen { source, .. } | StartError::Thread(source))
            | Self::Listen { source, .. } => source,
        };
        match source.kind() {
            io::ErrorKind::AddrInUse => "taken",
            io::ErrorKind::PermissionDenied => "forbidden",
            io::ErrorKind::AddrNotAvailable => "absent",
            _ => "other",
        }
    }
}

/// Listeners of HTTP, each a task. Dropped, they close soon.
pub(super) struct Doors {
    runtime: Handle,
    tasks: Vec<JoinHandle<()>>,
}

/// What comes in at a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Transparent,
    Explicit,
    Block,
}

/// Where the filter of TLS listens.
pub(super) fn secure(proxy: &Proxy) -> Vec<Listen> {
    let transparent = everywhere(proxy.transparent, proxy.transparent_tls);
    let transparent = transparent.map(|address| Listen {
        address,
        kind: Kind::Transparent,
    });
    let closed = proxy.block_page.iter().map(|&ip| Listen {
        address: SocketAddr::new(ip, HTTPS),
        kind: Kind::Closed,
    });
    transparent.chain(closed).collect()
}

/// A port on all addresses, of both families.
fn everywhere(switch: Switch, port: u16) -> impl Iterator<Item = SocketAddr> {
    let all: [IpAddr; 2] = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
    let all = (switch == Switch::On).then_some(all);
    all.into_iter()
        .flatten()
        .map(move |ip| SocketAddr::new(ip, port))
}

impl Doors {
    /// Opens all doors of HTTP.
    pub(super) fn open(
        proxy: &Proxy,
        runtime: &Handle,
        server: &Server<Tcp>,
        engine: &Arc<Engine>,
    ) -> Result<Self, GateError> {
        let transparent = everywhere(proxy.transparent, proxy.transparent_http);
        let transparent = transparent.map(|address| (address, Sort::Transparent));
        let explicit = proxy
            .explicit
            .iter()
            .map(|&address| (address, Sort::Explicit));
        let pages = proxy.block_page.iter();
        let pages = pages.map(|&ip| (SocketAddr::new(ip, HTTP), Sort::Block));
        let mut doors = Self {
            runtime: runtime.clone(),
            tasks: Vec::new(),
        };
        for (address, sort) in transparent.chain(explicit).chain(pages) {
            let failed = |source| GateError::Listen { address, source };
            let listening = Listening {
                transparent: sort == Sort::Transparent,
                shared: false,
            };
            let socket = patiently(|| listening.at(address)).map_err(failed)?;
            // Tokio's listener wants its runtime around.
            let entered = runtime.enter();
            let listener = TcpListener::from_std(socket.into()).map_err(failed)?;
            drop(entered);
            let task = serve(listener, sort, server.clone(), Arc::clone(engine));
            let task = runtime.spawn(task);
            doors.tasks.push(task);
        }
        Ok(doors)
    }

    /// Takes no more connections, from soon on.
    pub(super) fn close(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }

    /// Takes no more connections; then others may listen where these did. Not for tasks of the runtime:
    /// it waits.
    pub(super) fn close_now(&mut self) {
        self.close();
        for task in self.tasks.drain(..) {
            // It was told to end, and ends with an error for it.
            let _ = self.runtime.block_on(task);
        }
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.close();
    }
}

/// Tries again for a moment while an address is taken: what we closed a moment ago may live on in a
/// program that another thread is just about to start, until that is executed.
fn patiently(open: impl Fn() -> io::Result<Socket>) -> io::Result<Socket> {
    for _ in 0..TRIES {
        match open() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => std::thread::sleep(BETWEEN),
            other => return other,
        }
    }
    open()
}

async fn serve(listener: TcpListener, sort: Sort, server: Server<Tcp>, engine: Arc<Engine>) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let client = peer.ip().to_canonical();
        // A proxy for all the world would be found within the day.
        if sort == Sort::Explicit && !engine.is_near(Client::new(client, Transport::Stream)) {
            continue;
        }
        let door = match sort {
            Sort::Explicit => Door::Explicit,
            Sort::Block => Door::Block,
            Sort::Transparent => match stream.local_addr() {
                // Caught on its way, a socket has the address that was dialled.
                Ok(destination) => Door::Transparent {
                    destination: SocketAddr::new(
                        destination.ip().to_canonical(),
                        destination.port(),
                    ),
                },
                Err(_) => continue,
            },
        };
        server.accept(stream, Arrival { client, door });
    }
}
