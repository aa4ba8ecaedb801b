//! Opening the sockets of an address, over UDP and TCP, and saying what to do when that fails.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use lachan_sys::udp::{Options, bind};
use socket2::{Domain, Protocol, Type};
use tokio::net::TcpListener;

use crate::udp::LOOK;

/// Bytes of queries the kernel may hold for us: some ten thousand, a second's worth of a burst.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Tries to find a port that is free over UDP and TCP when any will do.
const PORT_TRIES: usize = 16;
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} over {transport}: {}", remedy(source, *address))]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// `UDP`, `TCP`, or what people call an encrypted transport.
    pub transport: &'static str,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl BindError {
    pub(crate) const fn new(
        address: SocketAddr,
        transport: &'static str,
        source: io::Error,
    ) -> Self {
        Self {
            address,
            transport,
            source,
        }
    }
}

/// An encrypted transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encrypted {
    /// DNS over TLS (RFC 7858), over TCP.
    Tls,
    /// DNS over HTTPS (RFC 8484), over TCP.
    Https,
    /// DNS over QUIC (RFC 9250), over UDP.
    Quic,
}

impl Encrypted {
    /// What people call it.
    #[must_use]
    pub const fn transport(self) -> &'static str {
        match self {
            Self::Tls => "DoT",
            Self::Https => "DoH",
            Self::Quic => "DoQ",
        }
    }
}

/// A socket of an encrypted transport.
pub(crate) enum Socket {
    Tcp(TcpListener),
    Udp(std::net::UdpSocket),
}

impl Socket {
    /// Opens it, and says where: a port that was 0 is filled in.
    ///
    /// # Errors
    /// [`BindError`]. Must be called in a tokio runtime.
    pub(crate) fn open(
        kind: Encrypted,
        address: SocketAddr,
    ) -> Result<(SocketAddr, Self), BindError> {
        let opened = match kind {
            Encrypted::Tls | Encrypted::Https => open_tcp(address)
                .and_then(|listener| Ok((listener.local_addr()?, Self::Tcp(listener)))),
            Encrypted::Quic => bind_udp(address).and_then(|socket| {
                let socket = std::net::UdpSocket::from(socket);
                Ok((socket.local_addr()?, Self::Udp(socket)))
            }),
        };
        opened.map_err(|source| BindError::new(address, kind.transport(), source))
    }
}

/// What to do about a failed bind.
fn remedy(error: &io::Error, address: SocketAddr) -> String {
    let port = address.port();
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "another program has it (often systemd-resolved or dnsmasq; \
             `ss -lntup 'sport = :{port}'` names it); stop that program or listen elsewhere"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "port {port} needs a privilege; start as a service with CAP_NET_BIND_SERVICE \
             or use a port from 1024 on"
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "no interface of this machine has {}; correct the address or set up the interface",
            address.ip()
        ),
        _ => "the system refused; see the cause".to_owned(),
    }
}

/// Both sockets of one address.
pub(crate) struct Sockets {
    /// The address, its port filled in.
    pub(crate) address: SocketAddr,
    /// One for each thread that answers.
    pub(crate) udp: Vec<UdpSocket>,
    pub(crate) tcp: TcpListener,
}

impl Sockets {
    /// Opens one address over both transports. With port 0 the system chooses one over UDP, and
    /// another try is made when that one is taken over TCP.
    ///
    /// # Errors
    /// [`BindError`]. Must be called in a tokio runtime.
    pub(crate) fn open(address: SocketAddr, threads: usize) -> Result<Self, BindError> {
        let failed = |transport| move |source| BindError::new(address, transport, source);
        let mut tries = 0;
        loop {
            let (bound, udp) = open_udp(address, threads).map_err(failed("UDP"))?;
            let error = match open_tcp(bound) {
                Ok(tcp) => {
                    return Ok(Self {
                        address: bound,
                        udp,
                        tcp,
                    });
                }
                Err(error) => error,
            };
            tries += 1;
            let taken = error.kind() == io::ErrorKind::AddrInUse;
            if address.port() != 0 || !taken || tries == PORT_TRIES {
                return Err(failed("TCP")(error));
            }
        }
    }
}

/// A socket that is told to be IPv6 only where it is IPv6, so that `0.0.0.0` and `::` can be
/// listened on side by side.
fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// The sockets of all threads. The first takes a free port where any will do, the others its own.
fn open_udp(address: SocketAddr, threads: usize) -> io::Result<(SocketAddr, Vec<UdpSocket>)> {
    let options = Options {
        reuse_port: true,
        // A class that opens its browsers at once must not lose queries to a full buffer.
        receive_buffer: RECEIVE_BUFFER,
        receive_timeout: Some(LOOK),
    };
    let first = bind(address, &options)?;
    let bound = first.local_addr()?;
    let others = (1..threads.max(1)).map(|_| bind(bound, &options));
    let all = std::iter::once(Ok(first))
        .chain(others)
        .collect::<io::Result<_>>()?;
    Ok((bound, all))
}

fn bind_udp(address: SocketAddr) -> io::Result<socket2::Socket> {
    let socket = socket(address, Type::DGRAM, Protocol::UDP)?;
    // As for plain DNS; less than asked for is no reason not to start.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.bind(&address.into())?;
    Ok(socket)
}

fn open_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(address, Type::STREAM, Protocol::TCP)?;
    // Else a restart would wait for old connections to leave TIME_WAIT.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(kind: io::ErrorKind) -> String {
        let address = "127.0.0.1:53".parse().unwrap();
        BindError {
            address,
            transport: "UDP",
            source: kind.into(),
        }
        .to_string()
    }

    #[test]
    fn each_failure_says_where_and_what_to_do() {
        for (kind, remedy) in [
            (
                io::ErrorKind::AddrInUse,
                "stop that program or listen elsewhere",
            ),
            (io::ErrorKind::PermissionDenied, "CAP_NET_BIND_SERVICE"),
            (
                io::ErrorKind::AddrNotAvailable,
                "no interface of this machine has 127.0.0.1",
            ),
            (io::ErrorKind::OutOfMemory, "see the cause"),
        ] {
            let text = text(kind);
            assert!(
                text.starts_with("cannot listen on 127.0.0.1:53 over UDP: "),
                "{text}"
            );
            assert!(text.contains(remedy), "{text}");
        }
    }

    #[tokio::test]
    async fn both_transports_share_the_port() {
        let sockets = Sockets::open("127.0.0.1:0".parse().unwrap(), 2).unwrap();
        assert_eq!(sockets.udp[1].local_addr().unwrap(), sockets.address);
        assert_eq!(sockets.tcp.local_addr().unwrap(), sockets.address);
    }

    #[tokio::test]
    async fn both_families_can_be_listened_on_everywhere() {
        let Ok(six) = Sockets::open("[::]:0".parse().unwrap(), 1) else {
            // A machine without IPv6 has nothing to clash.
            return;
        };
        let four = SocketAddr::from(([0, 0, 0, 0], six.address.port()));
        Sockets::open(four, 1).unwrap();
    }
}
