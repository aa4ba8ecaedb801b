//! Which addresses a proxy may dial for a device: none that is inside.
//!
//! A name may have any address its owner likes. Were the box to dial a private one, a page of the
//! Internet could reach the school's printers, routers and the box itself through it (DNS rebinding,
//! requests forged on the server's side). So after resolution every address is asked here, for HTTP
//! and TLS alike.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lachan_policy::Subnet;

/// What may be dialled.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// Addresses of this box.
    own: Vec<IpAddr>,
    /// Nets of the school whose addresses are public ones, as all of IPv6 may be.
    inside: Vec<Subnet>,
    /// Ranges that may be dialled though they are inside: the school's own servers on another segment.
    allowed: Vec<Subnet>,
}

impl Targets {
    /// For a box that has these addresses.
    #[must_use]
    pub fn new(own: Vec<IpAddr>) -> Self {
        let own = own
            .into_iter()
            .map(|address| address.to_canonical())
            .collect();
        Self {
            own,
            inside: Vec::new(),
            allowed: Vec::new(),
        }
    }

    /// Refuses the addresses of these nets, whatever their form tells.
    #[must_use]
    pub fn refuse(mut self, nets: Vec<Subnet>) -> Self {
        self.inside = nets;
        self
    }

    /// Lets addresses of these ranges be dialled all the same; the box's own stay refused.
    #[must_use]
    pub fn allow(mut self, ranges: Vec<Subnet>) -> Self {
        self.allowed = ranges;
        self
    }

    /// Whether this address may be dialled.
    #[must_use]
    pub fn may_dial(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if self.own.contains(&address) {
            return false;
        }
        let within = |nets: &[Subnet]| nets.iter().any(|net| net.contains(address));
        within(&self.allowed) || (is_public(address) && !within(&self.inside))
    }
}

/// Whether an address is one of the public Internet, as far as its form tells: none of the ranges of
/// RFC 6890 that mean a host, a link, a site or nobody, and none that hides an IPv4 address of them.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., ..)                  // this network, private, loopback, multicast and reserved
            | (100, 64..=127, _)                    // shared by a provider's customers
            | (169, 254, _)                         // link-local, and the clouds' metadata
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0)                           // protocol assignments
            | (198, 18..=19, _) // benchmarks
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    match (first, second) {
        // NAT64: the IPv4 address behind it counts. The local-use prefix 64:ff9b:1::/48 is inside.
        (0x64, 0xff9b) => third == 0 && is_public_v4(last_v4(address)),
        // 6to4 and Teredo lead to an IPv4 address by somebody's relay; nobody needs them.
        (0x2002, _) | (0x2001, 0) => false,
        // ORCHID and other protocol assignments.
        (0x2001, 0x10..=0x2f) => false,
        // Global unicast is all that is left: ::, ::1, ULA, link-local, site-local, multicast are not.
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

fn last_v4(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inside_is_dialled() {
        let targets = Targets::new(vec!["203.0.113.9".parse().unwrap()]);
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.251",
            "255.255.255.255",
            "203.0.113.9",
            "::ffff:203.0.113.9",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "2002:a00:1::",
            "2001::1",
            "100::1",
        ] {
            assert!(!targets.may_dial(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.2.1",
            "203.0.113.8",
            "2606:4700::1",
            "2001:db8::1",
            "64:ff9b::1.1.1.1",
        ] {
            assert!(targets.may_dial(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn allowed_ranges_open_everything_but_the_box() {
        let own = "192.168.9.1".parse().unwrap();
        let range = Subnet::around("192.168.9.0".parse().unwrap(), 24);
        let targets = Targets::new(vec![own]).allow(vec![range]);
        assert!(targets.may_dial("192.168.9.7".parse().unwrap()));
        assert!(!targets.may_dial(own));
        let net = Subnet::around("2a00:1450:4000::".parse().unwrap(), 64);
        let targets = Targets::new(Vec::new()).refuse(vec![net]);
        assert!(!targets.may_dial("2a00:1450:4000::9".parse().unwrap()));
        assert!(targets.may_dial("2a00:1450:4001::9".parse().unwrap()));
        assert!(!targets.may_dial("192.168.8.7".parse().unwrap()));
    }
}
