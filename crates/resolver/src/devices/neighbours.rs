//! Which hardware address stands behind an address on the local network.

use std::collections::HashMap;
use std::net::IpAddr;

use lachan_policy::{Mac, address_bits};

/// A snapshot of the neighbour table (ARP and neighbour discovery): one look-up, no lock, no
/// allocation.
///
/// Behind a router of the school's own, every device has the router's MAC; such a segment is told
/// apart by its subnets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbours {
    macs: HashMap<Place, Mac>,
}

/// Where an address means one device: link-local addresses only on their interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    address: u128,
    /// The interface of a link-local address, 0 for every other.
    zone: u32,
}

impl Place {
    fn of(address: IpAddr, interface: u32) -> Self {
        let address = address.to_canonical();
        let is_local = match address {
            IpAddr::V4(v4) => v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        };
        Self {
            address: address_bits(address),
            zone: if is_local { interface } else { 0 },
        }
    }
}

impl Neighbours {
    /// The hardware address behind an address that asks through this interface (0: not known).
    #[must_use]
    pub fn mac_of(&self, address: IpAddr, interface: u32) -> Option<Mac> {
        self.macs.get(&Place::of(address, interface)).copied()
    }

    /// How many addresses it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.macs.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.macs.is_empty()
    }
}

impl FromIterator<(IpAddr, u32, Mac)> for Neighbours {
    /// Of addresses, interfaces and MACs; of two for one place the later counts.
    fn from_iter<I: IntoIterator<Item = (IpAddr, u32, Mac)>>(all: I) -> Self {
        let placed = all
            .into_iter()
            .map(|(address, interface, mac)| (Place::of(address, interface), mac));
        Self {
            macs: placed.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(last: u8) -> Mac {
        Mac([0x3c, 0x22, 0xfb, 0, 0, last])
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_looked_up_in_either_family() {
        let known: Neighbours = [
            (address("10.6.0.9"), 2, mac(1)),
            (address("2001:db8::9"), 2, mac(1)),
            (address("10.6.0.10"), 3, mac(2)),
        ]
        .into_iter()
        .collect();
        assert_eq!(known.mac_of(address("10.6.0.9"), 2), Some(mac(1)));
        assert_eq!(known.mac_of(address("::ffff:10.6.0.9"), 0), Some(mac(1)));
        assert_eq!(known.mac_of(address("2001:db8::9"), 7), Some(mac(1)));
        assert_eq!(known.mac_of(address("10.6.0.10"), 0), Some(mac(2)));
        assert_eq!(known.mac_of(address("10.6.0.11"), 2), None);
    }

    #[test]
    fn a_link_local_address_is_another_device_on_another_interface() {
        let known: Neighbours = [
            (address("fe80::1"), 2, mac(1)),
            (address("fe80::1"), 3, mac(2)),
            (address("169.254.7.7"), 3, mac(3)),
        ]
        .into_iter()
        .collect();
        assert_eq!(known.len(), 3);
        assert_eq!(known.mac_of(address("fe80::1"), 2), Some(mac(1)));
        assert_eq!(known.mac_of(address("fe80::1"), 3), Some(mac(2)));
        assert_eq!(known.mac_of(address("fe80::1"), 0), None);
        assert_eq!(known.mac_of(address("169.254.7.7"), 2), None);
    }
}
