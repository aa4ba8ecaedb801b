//! Who gives addresses on a net, and which name server they tell devices to ask (RFC 2131, RFC 2132).
//!
//! One DHCPDISCOVER is broadcast in the name of this machine's own hardware address, and offers are
//! listened to for some seconds. No offer is taken up, so nothing changes for anybody; a server keeps
//! an address for us for a moment at most, mostly the one we have.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::finding::Finding;
use super::link::{Interface, Place};
use crate::words::Words;

/// How long offers are waited for. dnsmasq, which most routers have, first pings the address it is
/// about to offer and waits three seconds for the echo.
const PATIENCE: Duration = Duration::from_secs(4);
/// Most offers listened to: a net with more has other troubles.
const MOST: usize = 16;
const CLIENT_PORT: u16 = 68;
const SERVER_PORT: u16 = 67;
/// RFC 2132 §2: what options begin with.
const COOKIE: [u8; 4] = [99, 130, 83, 99];
const FIXED: usize = 236;

/// An offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    /// Who makes it.
    pub(super) server: Ipv4Addr,
    /// The name servers it tells devices to ask.
    pub(super) name_servers: Vec<Ipv4Addr>,
}

/// Asks on one interface.
///
/// # Errors
/// The system's: without privilege port 68 cannot be had.
pub(super) fn probe(interface: &Interface) -> io::Result<Vec<Offer>> {
    let socket = open(interface)?;
    let transaction = rand::random();
    let server = SocketAddr::from((Ipv4Addr::BROADCAST, SERVER_PORT));
    socket.send_to(&discover(transaction, interface.hardware), server)?;
    let end = Instant::now() + PATIENCE;
    let mut offers: Vec<Offer> = Vec::new();
    let mut buffer = [0; 1500];
    while offers.len() < MOST {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(left))?;
        let Ok((length, _)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        if let Some(offer) = read(&buffer[..length], transaction)
            && !offers.contains(&offer)
        {
            offers.push(offer);
        }
    }
    Ok(offers)
}

/// The client's port, on one interface only, beside a DHCP client that may run here.
fn open(interface: &Interface) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.set_broadcast(true)?;
    socket.bind_device(Some(interface.name.as_bytes()))?;
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, CLIENT_PORT));
    socket.bind(&any.into())?;
    Ok(socket.into())
}

/// A DHCPDISCOVER (RFC 2131 §2, §4.4.1) that asks for an answer by broadcast.
fn discover(transaction: u32, hardware: [u8; 6]) -> Vec<u8> {
    const REQUEST: u8 = 1;
    const ETHERNET: u8 = 1;
    const BROADCAST_FLAG: u8 = 0x80;
    let mut packet = vec![0; FIXED];
    packet[0] = REQUEST;
    packet[1] = ETHERNET;
    packet[2] = 6;
    packet[4..8].copy_from_slice(&transaction.to_be_bytes());
    packet[10] = BROADCAST_FLAG;
    packet[28..34].copy_from_slice(&hardware);
    packet.extend(COOKIE);
    // Message type DISCOVER; wanted: netmask, router, name servers, domain; end.
    packet.extend([53, 1, 1, 55, 4, 1, 3, 6, 15, 255]);
    // BOOTP's least length, which some servers insist on (RFC 1542 §2.1).
    packet.resize(300, 0);
    packet
}

/// The offer in a packet; `None` when it is none, or not for us.
fn read(packet: &[u8], transaction: u32) -> Option<Offer> {
    const REPLY: u8 = 2;
    const OFFER: u8 = 2;
    let is_ours = packet.first() == Some(&REPLY)
        && packet.get(4..8) == Some(&transaction.to_be_bytes()[..])
        && packet.get(FIXED..FIXED + 4) == Some(&COOKIE[..]);
    if !is_ours {
        return None;
    }
    let options = packet.get(FIXED + 4..)?;
    let of = |code| option(options, code);
    if of(53)? != [OFFER] {
        return None;
    }
    let address = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from);
    Some(Offer {
        server: address(of(54)?)?,
        name_servers: of(6)
            .unwrap_or_default()
            .chunks_exact(4)
            .filter_map(address)
            .collect(),
    })
}

/// The data of an option (RFC 2132 §2).
fn option(mut options: &[u8], wanted: u8) -> Option<&[u8]> {
    const PAD: u8 = 0;
    const END: u8 = 255;
    loop {
        let (code, rest) = options.split_first()?;
        match *code {
            PAD => options = rest,
            END => return None,
            code => {
                let (length, rest) = rest.split_first()?;
                let (data, rest) = rest.split_at_checked(usize::from(*length))?;
                if code == wanted {
                    return Some(data);
                }
                options = rest;
            }
        }
    }
}

/// Feeds the reader with what might come.
pub(super) fn fuzz(bytes: &[u8]) {
    let transaction = bytes.get(4..8).and_then(|id| <[u8; 4]>::try_from(id).ok());
    let _ = read(bytes, transaction.map_or(0, u32::from_be_bytes));
}

/// What offers on an interface mean for the filter.
pub(super) fn evaluate(
    words: Words,
    interface: &Interface,
    place: &Place,
    offers: &io::Result<Vec<Offer>>,
) -> Vec<Finding> {
    const CHECK: &str = "dhcp";
    let name = &interface.name;
    let offers = match offers {
        Ok(offers) => offers,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let text = words.dhcp_needs_root(name);
            return vec![Finding::unknown_until(CHECK, text, words.run_as_root())];
        }
        Err(error) => {
            return vec![Finding::unknown(
                CHECK,
                words.dhcp_not_asked(name, &error.to_string()),
            )];
        }
    };
    if offers.is_empty() {
        return vec![Finding::good(CHECK, words.dhcp_nobody(name))];
    }
    if place.is_uplink(name) {
        let servers = offers.iter().map(|offer| offer.server.to_string());
        let servers = servers.collect::<Vec<_>>().join(", ");
        return vec![Finding::good(CHECK, words.dhcp_of_provider(name, &servers))];
    }
    let mut findings: Vec<_> = offers
        .iter()
        .map(|offer| of_offer(words, name, place, offer))
        .collect();
    let mut servers: Vec<_> = offers.iter().map(|offer| offer.server).collect();
    servers.sort_unstable();
    servers.dedup();
    if servers.len() > 1 {
        let servers = servers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let text = words.dhcp_several(name, &servers);
        findings.push(Finding::fault(
            "dhcp-servers",
            text,
            words.dhcp_several_remedy(),
        ));
    }
    findings
}

fn of_offer(words: Words, interface: &str, place: &Place, offer: &Offer) -> Finding {
    const CHECK: &str = "dhcp";
    let server = offer.server.to_string();
    let others: Vec<_> = offer
        .name_servers
        .iter()
        .filter(|address| !place.is_own((**address).into()))
        .map(ToString::to_string)
        .collect();
    if others.is_empty() && !offer.name_servers.is_empty() {
        return Finding::good(CHECK, words.dhcp_tells_us(interface, &server));
    }
    if offer.name_servers.is_empty() {
        let text = words.dhcp_tells_nothing(interface, &server);
        return Finding::warning(CHECK, text, words.dhcp_remedy(&server));
    }
    let text = words.dhcp_tells_others(interface, &server, &others.join(", "));
    Finding::fault(CHECK, text, words.dhcp_remedy(&server))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::super::proc::Gateway;
    use super::*;
    use lachan_config::Language;
    use proptest::prelude::*;

    const OURS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 2);
    const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 1);

    fn interface(name: &str) -> Interface {
        Interface {
            name: name.into(),
            index: 2,
            hardware: [2, 0, 0, 0, 0, 1],
        }
    }

    /// An offer as a server sends it.
    fn packet(transaction: u32, name_servers: &[Ipv4Addr]) -> Vec<u8> {
        let mut packet = discover(transaction, [0; 6]);
        packet.truncate(FIXED + 4);
        packet[0] = 2;
        packet.extend([0, 53, 1, 2, 54, 4]);
        packet.extend(ROUTER.octets());
        let length = u8::try_from(4 * name_servers.len()).unwrap();
        if length > 0 {
            packet.extend([6, length]);
            packet.extend(name_servers.iter().flat_map(Ipv4Addr::octets));
        }
        packet.push(255);
        packet
    }

    #[test]
    fn an_offer_is_read_and_others_packets_are_not() {
        let offer = read(&packet(7, &[OURS, ROUTER]), 7).unwrap();
        assert_eq!(
            (offer.server, offer.name_servers),
            (ROUTER, vec![OURS, ROUTER])
        );
        assert_eq!(read(&packet(8, &[OURS]), 7), None);
        assert_eq!(read(&discover(7, [0; 6]), 7), None);
        let mut acknowledgement = packet(7, &[OURS]);
        acknowledgement[FIXED + 4 + 3] = 5;
        assert_eq!(read(&acknowledgement, 7), None);
    }

    #[test]
    fn the_question_is_a_discover_of_our_own_address() {
        let packet = discover(0x0102_0304, [2, 0, 0, 0, 0, 9]);
        assert_eq!((packet.len(), packet[10]), (300, 0x80));
        assert_eq!(packet[28..34], [2, 0, 0, 0, 0, 9]);
        assert_eq!(option(&packet[FIXED + 4..], 53), Some(&[1][..]));
    }

    #[track_caller]
    fn check(offers: io::Result<Vec<Offer>>, has_second: bool, expected: &[Level]) {
        let mut place = Place {
            interfaces: vec![interface("eth0")],
            own_v4: vec![OURS],
            gateways: vec![Gateway {
                address: ROUTER,
                interface: "eth0".into(),
            }],
            ..Place::default()
        };
        if has_second {
            place.interfaces.push(interface("eth1"));
        }
        for language in [Language::Vietnamese, Language::English] {
            let found = evaluate(Words::new(language), &interface("eth0"), &place, &offers);
            let levels: Vec<_> = found.iter().map(|finding| finding.level).collect();
            assert_eq!(levels, expected, "{found:?}");
        }
    }

    fn offer(server: Ipv4Addr, name_servers: &[Ipv4Addr]) -> Offer {
        Offer {
            server,
            name_servers: name_servers.to_vec(),
        }
    }

    #[test]
    fn devices_sent_elsewhere_are_a_fault() {
        check(Ok(vec![]), false, &[Level::Good]);
        check(Ok(vec![offer(ROUTER, &[OURS])]), false, &[Level::Good]);
        check(Ok(vec![offer(ROUTER, &[ROUTER])]), false, &[Level::Fault]);
        check(
            Ok(vec![offer(ROUTER, &[OURS, ROUTER])]),
            false,
            &[Level::Fault],
        );
        check(Ok(vec![offer(ROUTER, &[])]), false, &[Level::Warning]);
        let two = vec![
            offer(ROUTER, &[OURS]),
            offer(Ipv4Addr::new(192, 168, 1, 77), &[OURS]),
        ];
        check(Ok(two), false, &[Level::Good, Level::Good, Level::Fault]);
    }

    #[test]
    fn what_the_provider_offers_on_its_line_is_no_fault() {
        check(Ok(vec![offer(ROUTER, &[ROUTER])]), true, &[Level::Good]);
    }

    #[test]
    fn what_could_not_be_asked_is_said() {
        check(
            Err(io::ErrorKind::PermissionDenied.into()),
            false,
            &[Level::Unknown],
        );
        check(
            Err(io::ErrorKind::AddrInUse.into()),
            false,
            &[Level::Unknown],
        );
    }

    proptest! {
        #[test]
        fn no_packet_upsets_the_reader(tail in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut bytes = packet(7, &[OURS]);
            bytes.truncate(FIXED + 4);
            bytes.extend(&tail);
            let _ = read(&bytes, 7);
            fuzz(&tail);
        }
    }
}
