//! Listening sockets, as both filters need them.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// How a socket listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Listening {
    /// Takes connections that were meant for others, as nftables' `tproxy` sends them. Needs
    /// `CAP_NET_ADMIN`.
    pub transparent: bool,
    /// Shares its address with other sockets, each of which takes a part of the connections.
    pub shared: bool,
}

impl Listening {
    /// Begins to listen, without blocking whoever accepts. Small writes to what is accepted go out at
    /// once. An address that is not there yet may come: no error is made of it.
    ///
    /// # Errors
    /// When the system refuses: an address in use, a port or an option that needs rights.
    pub fn at(self, address: SocketAddr) -> io::Result<Socket> {
        let domain = Domain::for_address(address);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(self.shared)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if self.transparent {
            // Of IPv6 sockets, too: the kernel keeps one flag for both.
            socket.set_ip_transparent_v4(true)?;
        }
        if address.is_ipv6() {
            socket.set_freebind_v6(true)?;
        } else {
            socket.set_freebind_v4(true)?;
        }
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket)
    }
}
