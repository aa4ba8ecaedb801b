//! Socket addresses as the kernel writes them, read and written byte by byte: `sockaddr_in` and
//! `sockaddr_in6`, whose layout ip(7) and ipv6(7) fix on every architecture.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Bytes of `sockaddr_in6`, the longer of the two, and of `sockaddr_in`.
const LONGEST: usize = 28;
const SHORT: usize = 16;

/// Room for one address, aligned as the kernel's.
#[repr(C, align(8))]
#[derive(Clone, Copy, Default)]
pub(super) struct RawAddress {
    bytes: [u8; LONGEST],
}

impl RawAddress {
    /// What the kernel may write: `msg_namelen` of a message to be received.
    pub(super) const LENGTH: libc::socklen_t = LONGEST as libc::socklen_t;

    /// The address that the kernel wrote. What is of neither family becomes `0.0.0.0:0`, to which
    /// nothing can be sent.
    pub(super) fn get(&self) -> SocketAddr {
        let family = u16::from_ne_bytes(self.part(0));
        let port = u16::from_be_bytes(self.part(2));
        match libc::c_int::from(family) {
            libc::AF_INET => (self.part::<4>(4), port).into(),
            libc::AF_INET6 => SocketAddrV6::new(
                Ipv6Addr::from(self.part::<16>(8)),
                port,
                // As the standard library has it: flow information stays in network order.
                u32::from_ne_bytes(self.part(4)),
                u32::from_ne_bytes(self.part(24)),
            )
            .into(),
            _ => (IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0).into(),
        }
    }

    /// Writes an address; gives its length, `msg_namelen` of a message to be sent.
    pub(super) fn put(&mut self, address: SocketAddr) -> libc::socklen_t {
        self.set(2, address.port().to_be_bytes());
        match address {
            SocketAddr::V4(v4) => {
                self.set(0, (libc::AF_INET as u16).to_ne_bytes());
                self.set(4, v4.ip().octets());
                self.set(8, [0; 8]);
                SHORT as libc::socklen_t
            }
            SocketAddr::V6(v6) => {
                self.set(0, (libc::AF_INET6 as u16).to_ne_bytes());
                self.set(4, v6.flowinfo().to_ne_bytes());
                self.set(8, v6.ip().octets());
                self.set(24, v6.scope_id().to_ne_bytes());
                Self::LENGTH
            }
        }
    }

    fn part<const N: usize>(&self, at: usize) -> [u8; N] {
        std::array::from_fn(|index| self.bytes[at + index])
    }

    fn set<const N: usize>(&mut self, at: usize, part: [u8; N]) {
        self.bytes[at..at + N].copy_from_slice(&part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_systems() {
        assert_eq!(size_of::<libc::sockaddr_in>(), SHORT);
        assert_eq!(size_of::<libc::sockaddr_in6>(), LONGEST);
        assert!(align_of::<RawAddress>() >= align_of::<libc::sockaddr_in6>());
    }

    #[test]
    fn what_is_put_is_what_is_got() {
        let mut raw = RawAddress::default();
        for text in [
            "192.0.2.7:53",
            "[2001:db8::7]:5353",
            "[fe80::1%3]:53",
            "0.0.0.0:0",
        ] {
            let address = text.parse().unwrap();
            let length = raw.put(address);
            assert_eq!(length == RawAddress::LENGTH, address.is_ipv6());
            assert_eq!(raw.get(), address);
        }
    }

    #[test]
    fn a_strange_family_is_nobody() {
        assert_eq!(RawAddress::default().get(), ([0, 0, 0, 0], 0).into());
    }
}
