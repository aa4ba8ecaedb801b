//! Where the proxy may be sent: nowhere inside.
//!
//! A name that leads to a private address would let anybody outside reach the school's own machines
//! through the box (DNS rebinding), or the box itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lachan_policy::Subnet;

/// Which addresses may be dialled.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// Addresses of the box and of the school, whatever their kind.
    pub refused: Vec<Subnet>,
    /// Private addresses that may be dialled all the same.
    pub allowed: Vec<Subnet>,
}

impl Targets {
    /// Whether an address may be dialled.
    #[must_use]
    pub fn admit(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let listed = |nets: &[Subnet]| nets.iter().any(|net| net.contains(address));
        listed(&self.allowed) || !(listed(&self.refused) || is_private(address))
    }
}

/// Whether an address is not one of the open Internet (RFC 6890 and its registries).
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        // "This" network, shared address space, protocol assignments, benchmarks, reserved.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // An IPv4 address inside an IPv6 one goes where that goes (NAT64, RFC 6052; 6to4, RFC 3056).
    let octets = address.octets();
    let inner = match octets {
        [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, w, x, y, z] => Some([w, x, y, z]),
        [0x20, 0x02, w, x, y, z, ..] => Some([w, x, y, z]),
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, w, x, y, z] => Some([w, x, y, z]),
        _ => None,
    };
    if let Some(inner) = inner {
        return is_private_v4(inner.into());
    }
    // Only 2000::/3 is given out; of it these are no one's.
    a & 0xe000 != 0x2000 || (a == 0x2001 && b == 0xdb8) || (a == 0x2001 && b == 0) || a == 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_internet_may_be_dialled_and_nothing_else() {
        for open in [
            "203.162.4.1",
            "8.8.8.8",
            "2400:cb00::1",
            "64:ff9b::808:808",
            "::ffff:8.8.8.8",
        ] {
            assert!(Targets::default().admit(open.parse().unwrap()), "{open}");
        }
        for closed in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "::ffff:10.0.0.1",
            "2001:db8::1",
            "::7f00:1",
            "2001::1",
        ] {
            assert!(
                !Targets::default().admit(closed.parse().unwrap()),
                "{closed}"
            );
        }
    }

    #[test]
    fn what_the_school_says_of_addresses_counts() {
        let targets = Targets {
            refused: vec!["203.0.114.0/24".parse().unwrap()],
            allowed: vec!["10.9.0.0/16".parse().unwrap()],
        };
        assert!(!targets.admit("203.0.114.9".parse().unwrap()));
        assert!(targets.admit("10.9.1.1".parse().unwrap()));
        assert!(!targets.admit("10.8.1.1".parse().unwrap()));
    }
}
