//! The network interfaces of this machine and its place on the net, as the system has them.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use super::proc::{self, Gateway, OwnV6};

/// Bits of `/sys/class/net/NAME/flags` (netdevice(7)).
const UP: u32 = 0x1;
const BROADCAST: u32 = 0x2;
const LOOPBACK: u32 = 0x8;
/// `ARPHRD_ETHER`, which Wi-Fi and VLANs are, too.
const ETHERNET: &str = "1";

/// An interface on which devices may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) index: u32,
    pub(super) hardware: [u8; 6],
}

/// This machine on the net.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) interfaces: Vec<Interface>,
    pub(super) own_v4: Vec<Ipv4Addr>,
    pub(super) own_v6: Vec<OwnV6>,
    pub(super) gateways: Vec<Gateway>,
}

impl Place {
    /// Looks around.
    pub(super) fn look() -> Self {
        let text = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let names = fs::read_dir("/sys/class/net")
            .into_iter()
            .flatten()
            .flatten();
        let mut interfaces: Vec<_> = names.filter_map(|entry| interface(&entry.path())).collect();
        interfaces.sort_by_key(|interface| interface.index);
        Self {
            interfaces,
            own_v4: proc::own_v4(&text("/proc/net/fib_trie")),
            own_v6: proc::own_v6(&text("/proc/net/if_inet6")),
            gateways: proc::gateways(&text("/proc/net/route")),
        }
    }

    /// Whether an address is this machine's.
    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.own_v4.contains(&v4),
            IpAddr::V6(v6) => self.own_v6.iter().any(|own| own.address == v6),
        }
    }

    /// Whether an interface looks like the line to the provider rather than the school's net: the
    /// way out is there, and there is another interface for devices.
    pub(super) fn is_uplink(&self, interface: &str) -> bool {
        let is_way_out = self
            .gateways
            .iter()
            .any(|gateway| gateway.interface == interface);
        is_way_out && self.interfaces.iter().any(|other| other.name != interface)
    }
}

/// An interface that is up, has a carrier, is Ethernet, and is no part of a bridge (which speaks
/// for its parts).
fn interface(folder: &Path) -> Option<Interface> {
    let text = |file: &str| fs::read_to_string(folder.join(file)).ok();
    let flags = proc::hexadecimal(&text("flags")?)?;
    let is_one = flags & UP != 0 && flags & BROADCAST != 0 && flags & LOOPBACK == 0;
    let has_carrier = text("carrier").is_some_and(|text| text.trim() == "1");
    let is_ethernet = text("type")?.trim() == ETHERNET;
    if !is_one || !has_carrier || !is_ethernet || folder.join("brport").exists() {
        return None;
    }
    Some(Interface {
        name: folder.file_name()?.to_str()?.to_owned(),
        index: text("ifindex")?.trim().parse().ok()?,
        hardware: proc::hardware_address(&text("address")?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(names: &[&str], way_out: &str) -> Place {
        let interface = |(index, name): (u32, &&str)| Interface {
            name: (*name).to_owned(),
            index,
            hardware: [0; 6],
        };
        Place {
            interfaces: (1..).zip(names).map(interface).collect(),
            own_v4: vec![Ipv4Addr::new(192, 168, 1, 2)],
            gateways: vec![Gateway {
                address: Ipv4Addr::new(192, 168, 1, 1),
                interface: way_out.to_owned(),
            }],
            ..Place::default()
        }
    }

    #[test]
    fn the_line_to_the_provider_is_told_from_the_school_s_net() {
        assert!(place(&["eth0", "eth1"], "eth0").is_uplink("eth0"));
        assert!(!place(&["eth0", "eth1"], "eth0").is_uplink("eth1"));
        assert!(!place(&["eth0"], "eth0").is_uplink("eth0"));
    }

    #[test]
    fn own_addresses_are_known() {
        let place = place(&["eth0"], "eth0");
        assert!(place.is_own(IpAddr::from([192, 168, 1, 2])));
        assert!(!place.is_own(IpAddr::from([192, 168, 1, 1])));
    }

    #[test]
    fn looking_around_finds_this_machine() {
        let place = Place::look();
        assert!(place.is_own(IpAddr::from([127, 0, 0, 1])), "{place:?}");
        assert!(
            place
                .interfaces
                .iter()
                .all(|interface| interface.name != "lo")
        );
    }

    #[test]
    fn interfaces_are_read_from_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("eth7");
        fs::create_dir(&path).unwrap();
        for (file, text) in [
            ("flags", "0x1003\n"),
            ("carrier", "1\n"),
            ("type", "1\n"),
            ("ifindex", "7\n"),
            ("address", "02:00:00:00:00:07\n"),
        ] {
            fs::write(path.join(file), text).unwrap();
        }
        assert_eq!(
            interface(&path).map(|found| (found.name, found.index)),
            Some(("eth7".into(), 7))
        );
        fs::create_dir(path.join("brport")).unwrap();
        assert_eq!(interface(&path), None);
        fs::remove_dir(path.join("brport")).unwrap();
        fs::write(path.join("flags"), "0x1002\n").unwrap();
        assert_eq!(interface(&path), None);
    }
}
