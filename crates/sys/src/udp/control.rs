//! The control message that tells which address of ours a datagram was sent to, and from which its
//! answer shall go: `IP_PKTINFO` (ip(7)) and `IPV6_PKTINFO` (RFC 3542, section 6), read and written
//! byte by byte in the kernel's layout: length (as wide as a pointer), level, type, data.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Route;

/// Bytes of a header, and what everything is rounded up to.
const WORD: usize = size_of::<usize>();
const HEADER: usize = WORD + 8;
/// Bytes of `in_pktinfo`: interface, address of ours, address in the packet.
const INFO4: usize = 12;
/// Bytes of `in6_pktinfo`: address, interface.
const INFO6: usize = 20;
/// Room for the longer of the two.
const ROOM: usize = space(INFO6);

/// Bytes that a message with so much data takes (CMSG_SPACE).
const fn space(data: usize) -> usize {
    (HEADER + data).next_multiple_of(WORD)
}

/// Room for one control message, aligned as the kernel's.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub(super) struct Control {
    bytes: [u8; ROOM],
}

impl Default for Control {
    fn default() -> Self {
        Self { bytes: [0; ROOM] }
    }
}

impl Control {
    /// What the kernel may write: `msg_controllen` of a message to be received.
    pub(super) const LENGTH: usize = ROOM;

    /// The route in what the kernel wrote; an empty one when it wrote nothing.
    pub(super) fn get(&self, written: usize) -> Route {
        if written < HEADER {
            return Route::default();
        }
        let length = usize::from_ne_bytes(self.part(0));
        let level = i32::from_ne_bytes(self.part(WORD));
        let kind = i32::from_ne_bytes(self.part(WORD + 4));
        match (level, kind) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) if length >= HEADER + INFO4 => self.info4(),
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) if length >= HEADER + INFO6 => self.info6(),
            _ => Route::default(),
        }
    }

    /// The second field, not the third: where a broadcast was asked it holds the address of ours
    /// that can answer.
    fn info4(&self) -> Route {
        let local = Ipv4Addr::from(self.part::<4>(HEADER + 4));
        Route {
            local: (!local.is_unspecified()).then_some(IpAddr::V4(local)),
            interface: u32::from_ne_bytes(self.part(HEADER)),
        }
    }

    fn info6(&self) -> Route {
        let local = Ipv6Addr::from(self.part::<16>(HEADER));
        Route {
            local: (!local.is_multicast()).then_some(IpAddr::V6(local)),
            interface: u32::from_ne_bytes(self.part(HEADER + 16)),
        }
    }

    /// Writes a route; gives the length of the message, `msg_controllen` of a message to be sent. 0
    /// where the kernel needs none.
    pub(super) fn put(&mut self, route: Route) -> usize {
        match route.local {
            None => 0,
            Some(IpAddr::V4(local)) => {
                self.header(libc::IPPROTO_IP, libc::IP_PKTINFO, INFO4);
                // No interface: see `Route::interface`.
                self.set(HEADER, [0; 4]);
                self.set(HEADER + 4, local.octets());
                self.set(HEADER + 8, [0; 4]);
                space(INFO4)
            }
            Some(IpAddr::V6(local)) => {
                self.header(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, INFO6);
                let bound = local.is_unicast_link_local();
                let interface = if bound { route.interface } else { 0 };
                self.set(HEADER, local.octets());
                self.set(HEADER + 16, interface.to_ne_bytes());
                space(INFO6)
            }
        }
    }

    fn header(&mut self, level: i32, kind: i32, data: usize) {
        self.set(0, (HEADER + data).to_ne_bytes());
        self.set(WORD, level.to_ne_bytes());
        self.set(WORD + 4, kind.to_ne_bytes());
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
        assert_eq!(size_of::<libc::in_pktinfo>(), INFO4);
        assert_eq!(size_of::<libc::in6_pktinfo>(), INFO6);
        assert_eq!(size_of::<libc::cmsghdr>(), HEADER);
        // SAFETY: CMSG_SPACE only computes.
        let four = unsafe { libc::CMSG_SPACE(INFO4 as u32) };
        // SAFETY: CMSG_SPACE only computes.
        let six = unsafe { libc::CMSG_SPACE(INFO6 as u32) };
        assert_eq!(
            (four as usize, six as usize),
            (space(INFO4), Control::LENGTH)
        );
        assert!(align_of::<Control>() >= align_of::<libc::cmsghdr>());
    }

    #[test]
    fn a_route_is_bound_to_its_interface_only_where_the_address_needs_it() {
        let mut control = Control::default();
        for (local, interface) in [("192.0.2.1", 0), ("2001:db8::1", 0), ("fe80::1", 7)] {
            let local = Some(local.parse().unwrap());
            let length = control.put(Route {
                local,
                interface: 7,
            });
            assert_eq!(control.get(length), Route { local, interface });
        }
    }

    #[test]
    fn without_an_address_of_ours_nothing_is_said() {
        let mut control = Control::default();
        assert_eq!(control.put(Route::default()), 0);
        assert_eq!(control.get(0), Route::default());
        assert_eq!(control.get(ROOM), Route::default());
        let group = Some("ff02::1".parse().unwrap());
        control.put(Route {
            local: group,
            interface: 1,
        });
        assert_eq!(control.get(ROOM).local, None);
    }
}
