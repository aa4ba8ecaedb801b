//! On which interface a TCP connection came in, which nothing but old socket options tells:
//! `IP_PKTOPTIONS` (ip(7) does not name it; net/ipv4/ip_sockglue.c) and `IPV6_2292PKTOPTIONS`
//! (RFC 2292, section 4), both of which give the interface of the connection's first segment.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use super::control::Control;
use super::set;

/// Not in `libc`: include/uapi/linux/in.h and in6.h.
const IP_PKTOPTIONS: libc::c_int = 9;
const IPV6_2292PKTOPTIONS: libc::c_int = 6;

/// Number of the interface that a connection from `peer` came in on, as the kernel counts; 0 where
/// that is not known.
#[must_use]
pub fn interface_of(stream: BorrowedFd<'_>, peer: SocketAddr) -> u32 {
    let (level, tell, read) = if peer.is_ipv6() {
        let level = libc::IPPROTO_IPV6;
        (level, libc::IPV6_RECVPKTINFO, IPV6_2292PKTOPTIONS)
    } else {
        (libc::IPPROTO_IP, libc::IP_PKTINFO, IP_PKTOPTIONS)
    };
    if set(stream, level, tell, 1).is_err() {
        return 0;
    }
    let mut control = Control::default();
    let mut length = Control::LENGTH as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes, which is the size of `control`, and the
    // length itself; both live until the call returns, and any bytes are a valid `Control`. The
    // descriptor is open as long as it is borrowed.
    let outcome = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            level,
            read,
            (&raw mut control).cast(),
            &raw mut length,
        )
    };
    // The connection goes on as if it had never been asked.
    let _ = set(stream, level, tell, 0);
    if outcome != 0 {
        return 0;
    }
    control.get(length as usize).interface
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd as _;

    #[track_caller]
    fn check(address: &str) {
        let listener = TcpListener::bind(address).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, peer) = listener.accept().unwrap();
        // The loopback interface is the first of every network namespace.
        assert_eq!(interface_of(stream.as_fd(), peer), 1, "{address}");
    }

    #[test]
    fn a_connection_tells_the_interface_it_came_in_on() {
        check("127.0.0.1:0");
        check("[::1]:0");
    }

    #[test]
    fn what_is_no_connection_has_no_interface() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let peer = "127.0.0.1:9".parse().unwrap();
        assert_eq!(interface_of(socket.as_fd(), peer), 0);
    }
}
