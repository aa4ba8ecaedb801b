//! The device behind an address: what the kernel knows of it just now, and by what the policy
//! recognises it. A token is shown only by the device itself, so it plays no part here.

use std::net::IpAddr;

use lachan_config::Config;
use lachan_policy::{Groups, KnownBy, Mac, Who};
use lachan_resolver::Neighbours;
use serde::Serialize;

use crate::leases;
use crate::network::{self, Links};

/// A device, as it is now.
#[derive(Debug, Clone)]
pub(super) struct Device {
    who: Who,
    /// The name it has from DHCP.
    name: Option<String>,
    /// The interface it is on.
    interface: Option<String>,
}

/// By what a device was recognised, as `--json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Recognised {
    /// Its address.
    pub(super) address: IpAddr,
    /// Its hardware address; `null` when the kernel does not know it now.
    pub(super) mac: Option<String>,
    /// The name it has from DHCP.
    pub(super) name: Option<String>,
    /// The interface it is on.
    pub(super) interface: Option<String>,
    /// The kind of what it was recognised by.
    pub(super) known_by: &'static str,
    /// The subnet, MAC or interface of its group that it was recognised by.
    pub(super) selector: Option<String>,
}

impl Device {
    /// Looks at the kernel's tables. What they do not tell is not known, which is no mistake.
    pub(super) fn at(address: IpAddr, links: &Links, config: &Config) -> Self {
        let address = address.to_canonical();
        let neighbours = network::neighbours().unwrap_or_default();
        let beside = neighbours.iter().find(|(other, ..)| *other == address);
        let interface = match beside {
            Some((_, interface, _)) => Some(*interface),
            None => network::way_to(address).ok().flatten(),
        };
        let known: Neighbours = neighbours.into_iter().collect();
        let mac = known.mac_of(address, interface.unwrap_or(0));
        let (leases, _) = leases::read(&config.lease_files());
        Self {
            who: Who {
                address,
                mac,
                interface: interface.unwrap_or(0),
                token: None,
            },
            name: mac.and_then(|mac| leases.name_of(mac).map(str::to_owned)),
            interface: interface
                .and_then(|number| links.name_of(number))
                .map(ToString::to_string),
        }
    }

    /// Position of its group, and by what it was recognised.
    pub(super) fn recognised(self, groups: &Groups) -> (usize, Recognised) {
        let (position, by) = groups.recognise(&self.who);
        let mac = self.who.mac.as_ref().map(Mac::to_string);
        let selector = match by {
            KnownBy::Subnet => groups.all().get(position).and_then(|group| {
                let within = group
                    .subnets
                    .iter()
                    .filter(|one| one.contains(self.who.address));
                let longest = within.max_by_key(|one| one.length());
                longest.map(ToString::to_string)
            }),
            KnownBy::Mac => mac.clone(),
            KnownBy::Interface => self.interface.clone(),
            KnownBy::Token | KnownBy::Nothing => None,
        };
        let recognised = Recognised {
            address: self.who.address,
            mac,
            name: self.name,
            interface: self.interface,
            known_by: by.id(),
            selector,
        };
        (position, recognised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::{Group, GroupId, Tier};

    #[test]
    fn a_device_is_told_with_what_it_was_recognised_by() {
        let mut group = Group::new(GroupId(1), "6A", Tier::Thcs);
        group.subnets = ["10.0.0.0/8", "10.6.0.0/16"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        group.macs = vec!["3c:22:fb:0a:b1:9e".parse().unwrap()];
        group.interfaces = vec!["eth0.20".parse().unwrap()];
        let unknown = Group::new(GroupId(0), "unknown", Tier::TieuHoc);
        let groups = Groups::new(unknown, vec![group])
            .unwrap()
            .on_interfaces(|_| Some(4));
        let check =
            |address: &str, mac: Option<&str>, interface, known_by, selector: Option<&str>| {
                let device = Device {
                    who: Who {
                        address: address.parse().unwrap(),
                        mac: mac.map(|text| text.parse().unwrap()),
                        interface,
                        token: None,
                    },
                    name: None,
                    interface: (interface == 4).then(|| "eth0.20".to_owned()),
                };
                let (position, recognised) = device.recognised(&groups);
                assert_eq!(position, usize::from(known_by != "nothing"));
                let told = (recognised.known_by, recognised.selector.as_deref());
                assert_eq!(told, (known_by, selector));
            };
        check("10.6.0.9", None, 0, "subnet", Some("10.6.0.0/16"));
        let mac = Some("3c:22:fb:0a:b1:9e");
        check("10.6.0.9", mac, 4, "mac", mac);
        check("192.168.1.1", None, 4, "interface", Some("eth0.20"));
        check("192.168.1.1", None, 0, "nothing", None);
    }
}
