//! Messages of rtnetlink: the requests that are made, and a reader of what comes back. It is the
//! kernel that speaks, but every length is checked all the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lachan_policy::{InterfaceName, Mac};

/// What the kernel says, as far as it is of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// An interface is there.
    Link {
        /// The kernel's number.
        number: u32,
        /// Its name.
        name: InterfaceName,
    },
    /// An interface is gone.
    LinkGone(u32),
    /// What is known of an address.
    Neighbour {
        /// The address.
        address: IpAddr,
        /// On this interface.
        interface: u32,
        /// Who has it; `None` when nobody answers for it (any more).
        mac: Option<Mac>,
    },
    /// An address of this machine, and the net it is in.
    Address {
        /// Through this interface.
        interface: u32,
        /// The machine's own address.
        own: IpAddr,
        /// An address of the net on the link: the own one, or the other end's of a line.
        net: IpAddr,
        /// Bits that all addresses of the net share.
        length: u8,
        /// Whether it is there, or is gone.
        is_there: bool,
    },
    /// How an address is reached.
    Route {
        /// Through this interface.
        interface: u32,
    },
    /// An answer is complete.
    Done,
    /// A request failed, by `errno`; 0 says that it did not.
    Failed(i32),
    /// While an answer was given, things changed: it may be inconsistent.
    Interrupted,
}

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_GETLINK: u16 = 18;
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_GETADDR: u16 = 22;
const RTM_NEWROUTE: u16 = 24;
const RTM_GETROUTE: u16 = 26;
const RTM_NEWNEIGH: u16 = 28;
const RTM_DELNEIGH: u16 = 29;
const RTM_GETNEIGH: u16 = 30;

const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP_INTR: u16 = 0x10;
const NLM_F_DUMP: u16 = 0x300;

const AF_UNSPEC: u8 = 0;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

const IFLA_IFNAME: u16 = 3;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const NDA_DST: u16 = 1;
const NDA_LLADDR: u16 = 2;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;

/// States of an entry in which its MAC is good: reachable, stale, delay, probe, noarp, permanent.
const NUD_KNOWN: u16 = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80;

/// Length of a message's header.
const HEADER: usize = 16;

/// A request for all interfaces.
pub(super) fn all_links() -> Vec<u8> {
    request(RTM_GETLINK, NLM_F_DUMP, &[0; 16])
}

/// A request for all addresses of this machine: a `struct ifaddrmsg` of any family.
pub(super) fn all_addresses() -> Vec<u8> {
    request(RTM_GETADDR, NLM_F_DUMP, &[0; 8])
}

/// A request for the whole neighbour table.
pub(super) fn all_neighbours() -> Vec<u8> {
    request(RTM_GETNEIGH, NLM_F_DUMP, &[0; 12])
}

/// A request for the way to an address.
pub(super) fn route_to(address: IpAddr) -> Vec<u8> {
    let (family, bytes) = match address.to_canonical() {
        IpAddr::V4(v4) => (AF_INET, v4.octets().to_vec()),
        IpAddr::V6(v6) => (AF_INET6, v6.octets().to_vec()),
    };
    let mut body = vec![0; 12];
    body[0] = family;
    // A full prefix: at most 128 bits.
    body[1] = u8::try_from(bytes.len() * 8).unwrap_or(0);
    let length = u16::try_from(4 + bytes.len()).unwrap_or(0);
    body.extend(length.to_ne_bytes());
    body.extend(RTA_DST.to_ne_bytes());
    body.extend(bytes);
    request(RTM_GETROUTE, 0, &body)
}

fn request(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + body.len()).unwrap_or(0);
    let mut message = Vec::with_capacity(HEADER + body.len());
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend((NLM_F_REQUEST | flags).to_ne_bytes());
    message.extend([0; 8]); // sequence and sender: one request at a time
    message.extend(body);
    message
}

/// Reads a datagram; what is of no use, and what is cut, is passed over.
pub(super) fn read(mut bytes: &[u8], take: &mut dyn FnMut(Message)) {
    while let Some((kind, flags, body, rest)) = next(bytes) {
        if flags & NLM_F_DUMP_INTR != 0 {
            take(Message::Interrupted);
        }
        if let Some(message) = message(kind, body) {
            take(message);
        }
        bytes = rest;
    }
}

/// The first message: its kind, flags and body, and what follows it.
fn next(bytes: &[u8]) -> Option<(u16, u16, &[u8], &[u8])> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let body = bytes.get(HEADER..length)?;
    let rest = bytes.get(aligned(length)..).unwrap_or_default();
    Some((u16_at(bytes, 4)?, u16_at(bytes, 6)?, body, rest))
}

fn message(kind: u16, body: &[u8]) -> Option<Message> {
    match kind {
        NLMSG_DONE => Some(Message::Done),
        NLMSG_ERROR => {
            let code = u32_at(body, 0)?.cast_signed();
            Some(Message::Failed(code.checked_neg()?))
        }
        RTM_NEWLINK | RTM_DELLINK => link(kind, body),
        RTM_NEWADDR | RTM_DELADDR => own_address(kind, body),
        RTM_NEWNEIGH | RTM_DELNEIGH => neighbour(kind, body),
        RTM_NEWROUTE => {
            let interface = attribute(body.get(12..)?, RTA_OIF)?;
            Some(Message::Route {
                interface: u32_at(interface, 0)?,
            })
        }
        _ => None,
    }
}

/// `struct ifinfomsg` and attributes. Messages of a family of their own tell of ports of a bridge,
/// not of interfaces.
fn link(kind: u16, body: &[u8]) -> Option<Message> {
    if *body.first()? != AF_UNSPEC {
        return None;
    }
    let number = u32_at(body, 4)?;
    if kind == RTM_DELLINK {
        return Some(Message::LinkGone(number));
    }
    let name = attribute(body.get(16..)?, IFLA_IFNAME)?;
    let name = std::str::from_utf8(name).ok()?.trim_end_matches('\0');
    let name = name.parse().ok()?;
    Some(Message::Link { number, name })
}

/// `struct ifaddrmsg` and attributes.
fn own_address(kind: u16, body: &[u8]) -> Option<Message> {
    let (family, length) = (*body.first()?, *body.get(1)?);
    let attributes = body.get(8..)?;
    let net = ip(family, attribute(attributes, IFA_ADDRESS)?)?;
    // Only lines between two ends have both.
    let own = attribute(attributes, IFA_LOCAL).and_then(|own| ip(family, own));
    Some(Message::Address {
        interface: u32_at(body, 4)?,
        own: own.unwrap_or(net),
        net,
        length,
        is_there: kind == RTM_NEWADDR,
    })
}

fn ip(family: u8, bytes: &[u8]) -> Option<IpAddr> {
    match family {
        AF_INET => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        AF_INET6 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        _ => None,
    }
}

/// `struct ndmsg` and attributes.
fn neighbour(kind: u16, body: &[u8]) -> Option<Message> {
    let attributes = body.get(12..)?;
    let address = ip(*body.first()?, attribute(attributes, NDA_DST)?)?;
    let is_known = kind == RTM_NEWNEIGH && u16_at(body, 8)? & NUD_KNOWN != 0;
    let mac = || {
        let bytes = attribute(attributes, NDA_LLADDR)?;
        let mac = Mac(bytes.try_into().ok()?);
        mac.is_of_one_device().then_some(mac)
    };
    Some(Message::Neighbour {
        address,
        interface: u32_at(body, 4)?,
        mac: if is_known { mac() } else { None },
    })
}

/// The value of the attribute of a kind.
fn attribute(mut bytes: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let length = usize::from(u16_at(bytes, 0)?);
        let value = bytes.get(4..length)?;
        if u16_at(bytes, 2)? == wanted {
            return Some(value);
        }
        bytes = bytes.get(aligned(length)..)?;
    }
}

/// Messages and attributes begin at multiples of four bytes.
const fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_ne_bytes(bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_ne_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A message of a kind: its fixed part, then attributes.
    fn message_of(kind: u16, flags: u16, fixed: &[u8], attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = fixed.to_vec();
        for (name, value) in attributes {
            body.extend(u16::try_from(4 + value.len()).unwrap().to_ne_bytes());
            body.extend(name.to_ne_bytes());
            body.extend(*value);
            body.resize(aligned(body.len()), 0);
        }
        let mut message = request(kind, flags, &body);
        message.resize(aligned(message.len()), 0);
        message
    }

    fn neighbour_of(kind: u16, family: u8, state: u16, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut fixed = [0; 12];
        fixed[0] = family;
        fixed[4..8].copy_from_slice(&7u32.to_ne_bytes());
        fixed[8..10].copy_from_slice(&state.to_ne_bytes());
        message_of(kind, 0, &fixed, attributes)
    }

    fn link_of(kind: u16, family: u8, name: &[u8]) -> Vec<u8> {
        let mut fixed = [0; 16];
        fixed[0] = family;
        fixed[4..8].copy_from_slice(&3u32.to_ne_bytes());
        message_of(kind, 0, &fixed, &[(1, &[0; 6]), (IFLA_IFNAME, name)])
    }

    fn all(bytes: &[u8]) -> Vec<Message> {
        let mut all = Vec::new();
        read(bytes, &mut |message| all.push(message));
        all
    }

    const MAC: [u8; 6] = [0x3c, 0x22, 0xfb, 0x0a, 0xb1, 0x9e];

    #[test]
    fn neighbours_of_both_families_are_read() {
        let v6: Ipv6Addr = "fe80::9".parse().unwrap();
        let known = |address: IpAddr, mac| Message::Neighbour {
            address,
            interface: 7,
            mac,
        };
        let v4 = [(NDA_DST, &[10, 6, 0, 9][..]), (NDA_LLADDR, &MAC)];
        for (message, expected) in [
            (neighbour_of(RTM_NEWNEIGH, AF_INET, 2, &v4), Some(Mac(MAC))),
            (neighbour_of(RTM_NEWNEIGH, AF_INET, 4, &v4), Some(Mac(MAC))),
            (neighbour_of(RTM_NEWNEIGH, AF_INET, 0x20, &v4), None),
            (neighbour_of(RTM_NEWNEIGH, AF_INET, 1, &v4[..1]), None),
            (neighbour_of(RTM_DELNEIGH, AF_INET, 4, &v4), None),
            (
                neighbour_of(RTM_NEWNEIGH, AF_INET, 0x40, &[v4[0], (NDA_LLADDR, &[0; 6])]),
                None,
            ),
        ] {
            assert_eq!(all(&message), [known([10, 6, 0, 9].into(), expected)]);
        }
        let attributes = [(NDA_LLADDR, &MAC[..]), (NDA_DST, &v6.octets())];
        let message = neighbour_of(RTM_NEWNEIGH, AF_INET6, 2, &attributes);
        assert_eq!(all(&message), [known(v6.into(), Some(Mac(MAC)))]);
        // The table of a bridge has no addresses.
        assert_eq!(all(&neighbour_of(RTM_NEWNEIGH, 7, 2, &v4)), []);
    }

    #[test]
    fn own_addresses_are_read_with_their_nets() {
        let of = |kind, family, length, attributes: &[(u16, &[u8])]| {
            let mut fixed = [family, length, 0, 0, 0, 0, 0, 0];
            fixed[4..].copy_from_slice(&7u32.to_ne_bytes());
            all(&message_of(kind, 0, &fixed, attributes))
        };
        let told = |own: &str, net: &str, length, is_there| Message::Address {
            interface: 7,
            own: own.parse().unwrap(),
            net: net.parse().unwrap(),
            length,
            is_there,
        };
        let v4 = [(1, &[10, 6, 0, 1][..]), (2, &[10, 6, 0, 1])];
        let line = [(1, &[10, 9, 0, 2][..]), (2, &[10, 9, 0, 1])];
        let v6: Ipv6Addr = "2001:db8:6::1".parse().unwrap();
        for (found, expected) in [
            (
                of(RTM_NEWADDR, AF_INET, 24, &v4),
                told("10.6.0.1", "10.6.0.1", 24, true),
            ),
            (
                of(RTM_DELADDR, AF_INET, 24, &v4),
                told("10.6.0.1", "10.6.0.1", 24, false),
            ),
            (
                of(RTM_NEWADDR, AF_INET, 32, &line),
                told("10.9.0.1", "10.9.0.2", 32, true),
            ),
            (
                of(RTM_NEWADDR, AF_INET6, 64, &[(1, &v6.octets())]),
                told("2001:db8:6::1", "2001:db8:6::1", 64, true),
            ),
        ] {
            assert_eq!(found, [expected]);
        }
        assert_eq!(of(RTM_NEWADDR, 7, 24, &v4), []);
        assert_eq!(of(RTM_NEWADDR, AF_INET, 24, &v4[..0]), []);
    }

    #[test]
    fn interfaces_are_read_and_ports_of_a_bridge_are_not() {
        let name = "eth0.20".parse().unwrap();
        assert_eq!(
            all(&link_of(RTM_NEWLINK, AF_UNSPEC, b"eth0.20\0")),
            [Message::Link { number: 3, name }]
        );
        assert_eq!(
            all(&link_of(RTM_DELLINK, AF_UNSPEC, b"eth0.20\0")),
            [Message::LinkGone(3)]
        );
        assert_eq!(all(&link_of(RTM_DELLINK, 7, b"eth0.20\0")), []);
        assert_eq!(all(&link_of(RTM_NEWLINK, AF_UNSPEC, b"a/b\0")), []);
    }

    #[test]
    fn a_datagram_holds_many_messages() {
        let mut bytes = link_of(RTM_NEWLINK, AF_UNSPEC, b"lo\0");
        bytes.extend(message_of(
            RTM_NEWROUTE,
            0,
            &[0; 12],
            &[(RTA_OIF, &2u32.to_ne_bytes())],
        ));
        bytes.extend(message_of(99, NLM_F_DUMP_INTR, &[], &[]));
        bytes.extend(message_of(NLMSG_ERROR, 0, &(-101i32).to_ne_bytes(), &[]));
        bytes.extend(message_of(NLMSG_DONE, 0, &[0; 4], &[]));
        let name = "lo".parse().unwrap();
        assert_eq!(
            all(&bytes),
            [
                Message::Link { number: 3, name },
                Message::Route { interface: 2 },
                Message::Interrupted,
                Message::Failed(101),
                Message::Done,
            ]
        );
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            all(&bytes);
        }

        #[test]
        fn no_damaged_message_upsets_the_reader(at in 0usize..60, byte: u8, length in 0usize..60) {
            let v4 = [(NDA_DST, &[10, 6, 0, 9][..]), (NDA_LLADDR, &MAC)];
            let mut message = neighbour_of(RTM_NEWNEIGH, AF_INET, 2, &v4);
            if let Some(place) = message.get_mut(at) {
                *place = byte;
            }
            message.truncate(length);
            all(&message);
        }
    }
}
