//! What the system's tables say (proc(5), sysfs): sockets, addresses, routes. Pure readers of text;
//! a line that cannot be read is passed over.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A socket of `/proc/net/{udp,udp6,tcp,tcp6}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SocketLine {
    /// Where it is bound.
    pub(super) local: SocketAddr,
    /// Its number, as `/proc/PID/fd` has it.
    pub(super) inode: u64,
    /// Whether it takes what comes: a listener, or UDP that is not tied to one peer.
    pub(super) is_open: bool,
    /// Datagrams that the kernel threw away for want of room.
    pub(super) drops: u64,
}

/// Reads a table of sockets.
pub(super) fn sockets(text: &str) -> Vec<SocketLine> {
    text.lines().skip(1).filter_map(socket).collect()
}

fn socket(line: &str) -> Option<SocketLine> {
    /// `TCP_LISTEN` and `TCP_CLOSE`, the state of UDP that is not connected.
    const OPEN: [&str; 2] = ["0A", "07"];
    let fields: Vec<&str> = line.split_whitespace().collect();
    Some(SocketLine {
        local: socket_address(fields.get(1)?)?,
        is_open: OPEN.contains(fields.get(3)?),
        inode: fields.get(9)?.parse().ok()?,
        drops: fields
            .get(12)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0),
    })
}

/// `0100007F:0035`: words in the machine's own order, the port as a plain number.
fn socket_address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words = address.as_bytes().chunks(8).map(|word| {
        let word = std::str::from_utf8(word).ok()?;
        u32::from_str_radix(word, 16).ok().map(u32::to_ne_bytes)
    });
    let bytes = words.collect::<Option<Vec<_>>>()?.concat();
    let address = match <[u8; 16]>::try_from(&bytes[..]) {
        Ok(six) => IpAddr::from(Ipv6Addr::from(six)),
        Err(_) => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(&bytes[..]).ok()?)),
    };
    Some(SocketAddr::new(address.to_canonical(), port))
}

/// The machine's own IPv4 addresses in `/proc/net/fib_trie`: leaves that are `/32 host LOCAL`.
pub(super) fn own_v4(fib_trie: &str) -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    let mut leaf = None;
    for line in fib_trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse().ok();
        } else if line.starts_with("/32 host LOCAL")
            && let Some(address) = leaf
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

/// An IPv6 address of `/proc/net/if_inet6`, with its interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnV6 {
    pub(super) address: Ipv6Addr,
    pub(super) interface: String,
}

/// Reads `/proc/net/if_inet6`.
pub(super) fn own_v6(if_inet6: &str) -> Vec<OwnV6> {
    let line = |line: &str| {
        let mut fields = line.split_whitespace();
        let bits = u128::from_str_radix(fields.next()?, 16).ok()?;
        Some(OwnV6 {
            address: bits.into(),
            interface: fields.nth(4)?.to_owned(),
        })
    };
    if_inet6.lines().filter_map(line).collect()
}

/// A default route of `/proc/net/route`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gateway {
    pub(super) address: Ipv4Addr,
    pub(super) interface: String,
}

/// Reads the default routes of `/proc/net/route`.
pub(super) fn gateways(route: &str) -> Vec<Gateway> {
    /// `RTF_GATEWAY`.
    const VIA: u32 = 2;
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let hex = |index: usize| u32::from_str_radix(fields.get(index)?, 16).ok();
        let is_default = hex(1)? == 0 && hex(7)? == 0 && hex(3)? & VIA != 0;
        is_default.then_some(Gateway {
            address: hex(2)?.to_ne_bytes().into(),
            interface: (*fields.first()?).to_owned(),
        })
    };
    route.lines().skip(1).filter_map(line).collect()
}

/// Six bytes written as `02:00:c0:00:02:01`.
pub(super) fn hardware_address(text: &str) -> Option<[u8; 6]> {
    let bytes = text
        .trim()
        .split(':')
        .map(|byte| u8::from_str_radix(byte, 16));
    let bytes = bytes.collect::<Result<Vec<_>, _>>().ok()?;
    bytes.try_into().ok()
}

/// A number written as `0x1003`.
pub(super) fn hexadecimal(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

/// Feeds the readers with what no kernel writes.
pub(super) fn fuzz(text: &str) {
    let _ = (sockets(text), own_v4(text), own_v6(text), gateways(text));
    let _ = (hardware_address(text), hexadecimal(text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UDP: &str = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  105: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 18231 2 0000000000000000 42
  106: 020200C0:D431 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 18300 2 0000000000000000 0
";
    const TCP6: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20010 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20011 1 0000000000000000 100 0 0 10 0
";

    #[test]
    fn sockets_are_read_with_their_owners_and_losses() {
        let all = sockets(UDP);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].local, "127.0.0.53:53".parse().unwrap());
        assert_eq!(
            (all[0].inode, all[0].is_open, all[0].drops),
            (18_231, true, 42)
        );
        assert!(!all[1].is_open);
        let all = sockets(TCP6);
        assert_eq!(all[0].local, "[::]:53".parse().unwrap());
        assert_eq!((all[0].inode, all[0].is_open), (20_010, true));
        assert_eq!(all[1].local, "127.0.0.1:8080".parse().unwrap());
    }

    #[test]
    fn own_addresses_are_read() {
        let trie = "Main:\n     |-- 127.0.0.0\n        /8 host LOCAL\n     |-- 192.0.2.2\n        /32 host LOCAL\n     |-- 192.0.2.255\n        /32 link BROADCAST\nLocal:\n     |-- 192.0.2.2\n        /32 host LOCAL\n";
        assert_eq!(own_v4(trie), [Ipv4Addr::new(192, 0, 2, 2)]);
        let six = "fe8000000000000000fc00fffe000001 04 40 20 80     eth0\nbad\n";
        let [own] = own_v6(six).try_into().unwrap();
        assert_eq!(
            (own.address.to_string().as_str(), own.interface.as_str()),
            ("fe80::fc:ff:fe00:1", "eth0")
        );
    }

    #[test]
    fn the_way_out_is_read() {
        let route = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                     eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
                     eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        let [gateway] = gateways(route).try_into().unwrap();
        assert_eq!(gateway.address, Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(gateway.interface, "eth0");
    }

    #[test]
    fn hardware_addresses_and_flags_are_read() {
        assert_eq!(
            hardware_address("02:00:c0:00:02:01\n"),
            Some([2, 0, 0xC0, 0, 2, 1])
        );
        assert_eq!(hardware_address("00:00"), None);
        assert_eq!(hexadecimal("0x1003\n"), Some(0x1003));
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_readers(text in "[0-9A-Fa-f:|./ \\n-]{0,200}") {
            fuzz(&text);
            fuzz(&format!("head\n{text}"));
        }
    }
}
