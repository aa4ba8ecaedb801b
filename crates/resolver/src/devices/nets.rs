//! The nets that stand on the box's own interfaces: whoever has an address of one is on the local
//! link, also where the address is one of the Internet's, as all of IPv6 may be.

use std::net::IpAddr;

use lachan_policy::{Subnet, address_bits};

/// A snapshot of the nets on the links of this machine, by interface. A school has a handful.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nets {
    nets: Vec<(Subnet, u32)>,
}

impl Nets {
    /// Whether an address that asks through this interface (0: not known) is of a net on it.
    #[must_use]
    pub fn holds(&self, address: IpAddr, interface: u32) -> bool {
        self.of(address)
            .any(|(_, number)| interface == 0 || *number == interface)
    }

    /// Number of the interface that an address is on the link of; `None` when it is of no net here,
    /// or of nets of two interfaces. Only for whoever has shown that answers reach him there: an
    /// address alone is easily forged.
    #[must_use]
    pub fn interface_of(&self, address: IpAddr) -> Option<u32> {
        let width = |subnet: &Subnet| subnet.last() - subnet.first();
        let narrowest = self.of(address).map(|(subnet, _)| width(subnet)).min()?;
        let mut found = self
            .of(address)
            .filter(|(subnet, _)| width(subnet) == narrowest)
            .map(|(_, number)| *number);
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    fn of(&self, address: IpAddr) -> impl Iterator<Item = &(Subnet, u32)> {
        let bits = address_bits(address.to_canonical());
        let nets = self.nets.iter();
        nets.filter(move |(subnet, _)| subnet.first() <= bits && bits <= subnet.last())
    }
}

impl FromIterator<(IpAddr, u8, u32)> for Nets {
    /// Of addresses of this machine, the bits of their nets, and interfaces. A net of everything is
    /// none.
    fn from_iter<I: IntoIterator<Item = (IpAddr, u8, u32)>>(all: I) -> Self {
        let nets = all
            .into_iter()
            .filter(|(_, length, _)| *length > 0)
            .map(|(address, length, interface)| (Subnet::around(address, length), interface));
        Self {
            nets: nets.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn nets() -> Nets {
        [
            ("127.0.0.1", 8, 1),
            ("10.6.0.1", 24, 2),
            ("10.7.0.1", 24, 3),
            ("10.0.0.1", 8, 4),
            ("2001:db8:6::1", 64, 2),
            ("2001:db8:6:0:9::1", 64, 2),
            ("fe80::1", 64, 2),
            ("fe80::1", 64, 3),
            ("192.0.2.1", 0, 5),
        ]
        .map(|(text, length, interface)| (address(text), length, interface))
        .into_iter()
        .collect()
    }

    #[test]
    fn an_address_of_a_net_here_is_on_the_link_of_its_interface_only() {
        for (text, interface, expected) in [
            ("2001:db8:6::77", 2, true),
            ("2001:db8:6::77", 0, true),
            ("2001:db8:6::77", 3, false),
            ("2001:db8:7::77", 2, false),
            ("203.0.113.9", 0, false),
            ("::ffff:10.6.0.9", 2, true),
        ] {
            let held = nets().holds(address(text), interface);
            assert_eq!(held, expected, "{text} {interface}");
        }
    }

    #[test]
    fn an_address_tells_its_interface_where_there_is_one() {
        for (text, expected) in [
            ("10.6.0.9", Some(2)),
            ("10.7.0.9", Some(3)),
            ("10.8.0.9", Some(4)),
            ("2001:db8:6::77", Some(2)),
            ("fe80::9", None),
            ("203.0.113.9", None),
        ] {
            assert_eq!(nets().interface_of(address(text)), expected, "{text}");
        }
    }
}
