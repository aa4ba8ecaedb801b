//! What routers tell devices over IPv6 (RFC 4861, RFC 8106): a router that names another name
//! server leads devices round the filter, whatever DHCP says.
//!
//! One Router Solicitation is sent on each interface and advertisements are listened to. That needs
//! a raw socket; without the privilege only what the system already knows can be told.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::finding::Finding;
use super::link::{Interface, Place};
use crate::words::Words;

/// How long advertisements are waited for: a router answers within half a second, but sends to all
/// at most every three (RFC 4861 §10, MIN_DELAY_BETWEEN_RAS).
const PATIENCE: Duration = Duration::from_millis(3_500);
/// All routers on the link.
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 2);
const SOLICITATION: u8 = 133;
const ADVERTISEMENT: u8 = 134;
/// Most advertisements listened to.
const MOST: usize = 16;

/// What a router says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Advertisement {
    /// Who says it.
    pub(super) router: Ipv6Addr,
    /// Whether devices may send everything there.
    pub(super) is_default: bool,
    /// Whether devices are to ask DHCPv6 for more, perhaps for a name server.
    pub(super) has_dhcp: bool,
    /// The name servers it tells devices to ask.
    pub(super) name_servers: Vec<Ipv6Addr>,
}

/// Asks on one interface.
///
/// # Errors
/// The system's: without privilege there is no raw socket, and without IPv6 no way to ask.
pub(super) fn probe(interface: &Interface) -> io::Result<Vec<Advertisement>> {
    let socket = open(interface)?;
    let routers = SocketAddrV6::new(ALL_ROUTERS, 0, 0, interface.index);
    socket.send_to(&solicitation(interface.hardware), SocketAddr::V6(routers))?;
    let end = Instant::now() + PATIENCE;
    let mut heard: Vec<Advertisement> = Vec::new();
    let mut buffer = [0; 2048];
    while heard.len() < MOST {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(left))?;
        let Ok((length, SocketAddr::V6(from))) = socket.recv_from(&mut buffer) else {
            continue;
        };
        if let Some(advertisement) = read(&buffer[..length], *from.ip())
            && !heard.contains(&advertisement)
        {
            heard.push(advertisement);
        }
    }
    Ok(heard)
}

/// A raw socket on one interface, whose packets carry the hop limit that routers insist on
/// (RFC 4861 §6.1.1). The kernel computes the checksum.
fn open(interface: &Interface) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))?;
    socket.bind_device(Some(interface.name.as_bytes()))?;
    socket.set_multicast_if_v6(interface.index)?;
    socket.set_multicast_hops_v6(255)?;
    Ok(socket.into())
}

/// A Router Solicitation with our hardware address (RFC 4861 §4.1, §4.6.1).
fn solicitation(hardware: [u8; 6]) -> Vec<u8> {
    let mut packet = vec![SOLICITATION, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    packet.extend(hardware);
    packet
}

/// The advertisement in a packet; `None` when it is none. Routers speak from link-local addresses
/// only (RFC 4861 §6.1.2).
fn read(packet: &[u8], router: Ipv6Addr) -> Option<Advertisement> {
    const FIXED: usize = 16;
    const DHCP: u8 = 0xC0;
    if packet.first() != Some(&ADVERTISEMENT) || !router.is_unicast_link_local() {
        return None;
    }
    let options = packet.get(FIXED..)?;
    Some(Advertisement {
        router,
        is_default: packet.get(6..8)? != [0, 0],
        has_dhcp: packet.get(5)? & DHCP != 0,
        name_servers: name_servers(options),
    })
}

/// The addresses of RDNSS options that are not withdrawn (RFC 8106 §5.1).
fn name_servers(mut options: &[u8]) -> Vec<Ipv6Addr> {
    const RDNSS: u8 = 25;
    let mut found = Vec::new();
    while let Some([kind, length, ..]) = options.get(..2) {
        let length = usize::from(*length) * 8;
        // RFC 4861 §4.6: a packet with an option of no length is thrown away.
        let Some((option, rest)) = options.split_at_checked(length).filter(|_| length > 0) else {
            return found;
        };
        let lifetime = option.get(4..8).unwrap_or_default();
        if *kind == RDNSS && lifetime != [0; 4] {
            let addresses = option.get(8..).unwrap_or_default().chunks_exact(16);
            let address = |bytes: &[u8]| <[u8; 16]>::try_from(bytes).ok().map(Ipv6Addr::from);
            found.extend(addresses.filter_map(address));
        }
        options = rest;
    }
    found
}

/// Feeds the reader with what might come.
pub(super) fn fuzz(bytes: &[u8]) {
    let _ = read(bytes, Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 1));
    let _ = name_servers(bytes);
}

/// What routers on an interface mean for the filter.
pub(super) fn evaluate(
    words: Words,
    interface: &Interface,
    place: &Place,
    heard: &io::Result<Vec<Advertisement>>,
) -> Vec<Finding> {
    const CHECK: &str = "ipv6";
    let name = &interface.name;
    let heard = match heard {
        Ok(heard) => heard,
        Err(error) => return vec![not_asked(words, name, place, error)],
    };
    if heard.is_empty() {
        return vec![Finding::good(CHECK, words.no_router_speaks(name))];
    }
    if place.is_uplink(name) {
        return vec![Finding::good(CHECK, words.provider_router_speaks(name))];
    }
    heard
        .iter()
        .map(|one| of_router(words, name, place, one))
        .collect()
}

fn of_router(words: Words, interface: &str, place: &Place, said: &Advertisement) -> Finding {
    const CHECK: &str = "ipv6";
    let router = said.router.to_string();
    let is_other = |address: &&Ipv6Addr| !place.is_own(IpAddr::V6(**address));
    let others = said
        .name_servers
        .iter()
        .filter(is_other)
        .map(ToString::to_string);
    let others = others.collect::<Vec<_>>().join(", ");
    if place.is_own(IpAddr::V6(said.router)) {
        return Finding::good(CHECK, words.we_are_router(interface));
    }
    if !others.is_empty() {
        let text = words.router_tells_others(interface, &router, &others);
        return Finding::fault(CHECK, text, words.router_remedy(&router));
    }
    if said.has_dhcp {
        let text = words.router_sends_to_dhcp(interface, &router);
        return Finding::warning(CHECK, text, words.router_remedy(&router));
    }
    if said.name_servers.is_empty() && said.is_default {
        return Finding::good(CHECK, words.router_tells_nothing(interface, &router));
    }
    Finding::good(CHECK, words.router_tells_us(interface, &router))
}

/// Without asking, the addresses of this machine tell at least whether there is IPv6 on the net.
fn not_asked(words: Words, interface: &str, place: &Place, error: &io::Error) -> Finding {
    const CHECK: &str = "ipv6";
    let own = place.own_v6.iter().filter(|own| own.interface == interface);
    let is_global = |address: Ipv6Addr| !address.is_unicast_link_local() && !address.is_loopback();
    let has_global = own.clone().any(|own| is_global(own.address));
    if own.count() == 0 {
        return Finding::good(CHECK, words.no_ipv6_here(interface));
    }
    let text = match (error.kind() == io::ErrorKind::PermissionDenied, has_global) {
        (_, true) => words.ipv6_not_asked_and_there(interface),
        (true, false) => words.ipv6_not_asked(interface),
        (false, false) => words.ipv6_cannot_ask(interface, &error.to_string()),
    };
    Finding::unknown_until(CHECK, text, words.run_as_root())
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::super::proc::OwnV6;
    use super::*;
    use lachan_config::Language;
    use proptest::prelude::*;

    const ROUTER: &str = "fe80::1";
    const OURS: &str = "fd00::2";

    fn six(text: &str) -> Ipv6Addr {
        text.parse().unwrap()
    }

    /// An advertisement as a router sends it: a prefix option, then the name servers.
    fn packet(flags: u8, lifetime: u16, name_servers: &[&str]) -> Vec<u8> {
        let mut packet = vec![ADVERTISEMENT, 0, 0, 0, 64, flags];
        packet.extend(lifetime.to_be_bytes());
        packet.extend([0; 8]);
        packet.extend([3, 4]);
        packet.extend([0; 30]);
        if !name_servers.is_empty() {
            packet.extend([
                25,
                u8::try_from(1 + 2 * name_servers.len()).unwrap(),
                0,
                0,
                0,
                0,
                1,
                44,
            ]);
            packet.extend(name_servers.iter().flat_map(|text| six(text).octets()));
        }
        packet
    }

    #[test]
    fn an_advertisement_is_read_with_its_name_servers() {
        let said = read(&packet(0x40, 1800, &["2001:db8::53", OURS]), six(ROUTER)).unwrap();
        assert_eq!(said.name_servers, [six("2001:db8::53"), six(OURS)]);
        assert!(said.is_default && said.has_dhcp);
        let said = read(&packet(0, 0, &[]), six(ROUTER)).unwrap();
        assert!(said.name_servers.is_empty() && !said.is_default && !said.has_dhcp);
    }

    #[test]
    fn what_no_router_says_is_not_believed() {
        assert_eq!(read(&packet(0, 0, &[OURS]), six("2001:db8::1")), None);
        assert_eq!(read(&solicitation([0; 6]), six(ROUTER)), None);
        let mut withdrawn = packet(0, 0, &[OURS]);
        let end = withdrawn.len() - 16;
        withdrawn[end - 4..end].fill(0);
        assert!(
            read(&withdrawn, six(ROUTER))
                .unwrap()
                .name_servers
                .is_empty()
        );
    }

    fn interface() -> Interface {
        Interface {
            name: "eth0".into(),
            index: 2,
            hardware: [2, 0, 0, 0, 0, 1],
        }
    }

    #[track_caller]
    fn check(heard: io::Result<Vec<Advertisement>>, own: &[&str], expected: Level) {
        let own = own.iter().map(|text| OwnV6 {
            address: six(text),
            interface: "eth0".into(),
        });
        let place = Place {
            interfaces: vec![interface()],
            own_v6: own.collect(),
            ..Place::default()
        };
        for language in [Language::Vietnamese, Language::English] {
            let found = evaluate(Words::new(language), &interface(), &place, &heard);
            assert_eq!(found[0].level, expected, "{found:?}");
        }
    }

    fn said(flags: u8, name_servers: &[&str]) -> io::Result<Vec<Advertisement>> {
        Ok(read(&packet(flags, 1800, name_servers), six(ROUTER))
            .into_iter()
            .collect())
    }

    #[test]
    fn a_router_that_names_another_name_server_is_a_fault() {
        let own = &["fe80::2", OURS];
        check(Ok(Vec::new()), own, Level::Good);
        check(said(0, &[]), own, Level::Good);
        check(said(0, &[OURS]), own, Level::Good);
        check(said(0, &[OURS, "2001:db8::53"]), own, Level::Fault);
        check(said(0x40, &[]), own, Level::Warning);
        check(said(0, &["2001:db8::53"]), &[ROUTER], Level::Good);
    }

    #[test]
    fn what_could_not_be_asked_is_said() {
        let denied = || Err(io::ErrorKind::PermissionDenied.into());
        check(denied(), &["fe80::2", "2001:db8::2"], Level::Unknown);
        check(denied(), &["fe80::2"], Level::Unknown);
        check(denied(), &[], Level::Good);
        check(
            Err(io::ErrorKind::Unsupported.into()),
            &["fe80::2"],
            Level::Unknown,
        );
    }

    proptest! {
        #[test]
        fn no_packet_upsets_the_reader(tail in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut bytes = packet(0, 0, &[OURS]);
            bytes.truncate(16);
            bytes.extend(&tail);
            fuzz(&bytes);
            fuzz(&tail);
        }
    }
}
