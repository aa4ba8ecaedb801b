//! What the kernel knows of the network: its interfaces, and which hardware address is behind which
//! address (the neighbour table of ARP and neighbour discovery), by rtnetlink (rtnetlink(7)).
//!
//! A socket of `rustix` and a reader of the five kinds of message that are needed, not a netlink
//! crate: those bring an asynchronous stack of their own, or types for hundreds of messages, for
//! what is two hundred lines here. What is done with it all is the service's affair.

mod addresses;
mod message;
mod socket;
mod table;

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use lachan_policy::{InterfaceName, Mac};

pub(crate) use addresses::Addresses;
pub(crate) use message::Message;
pub(crate) use socket::{Ask, Hear, Socket, is_overrun};
pub(crate) use table::Table;

/// The interfaces of this machine by their names, each with the kernel's number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Links(BTreeMap<InterfaceName, u32>);

impl Links {
    /// The kernel's number of an interface.
    pub(crate) fn number_of(&self, name: &InterfaceName) -> Option<u32> {
        self.0.get(name).copied()
    }

    /// The name of an interface.
    pub(crate) fn name_of(&self, number: u32) -> Option<&InterfaceName> {
        let found = self.0.iter().find(|(_, own)| **own == number);
        found.map(|(name, _)| name)
    }

    /// Takes what a message says; whether that changed anything.
    pub(crate) fn take(&mut self, message: &Message) -> bool {
        match message {
            Message::Link { number, name } if self.number_of(name) == Some(*number) => false,
            Message::Link { number, name } => {
                self.0.retain(|_, own| own != number);
                self.0.insert(name.clone(), *number);
                true
            }
            Message::LinkGone(number) => {
                let before = self.0.len();
                self.0.retain(|_, own| own != number);
                self.0.len() != before
            }
            _ => false,
        }
    }
}

/// The interfaces that there are now.
///
/// # Errors
/// When the kernel gives no netlink socket, or no answer.
pub(crate) fn links() -> io::Result<Links> {
    let mut links = Links::default();
    Socket::open(Hear::Nothing)?.ask(&Ask::Links, &mut |message| {
        links.take(&message);
    })?;
    Ok(links)
}

/// The addresses of this machine now.
///
/// # Errors
/// As [`links`].
pub(crate) fn addresses() -> io::Result<Addresses> {
    let mut addresses = Addresses::default();
    Socket::open(Hear::Nothing)?.ask(&Ask::Addresses, &mut |message| {
        addresses.take(&message);
    })?;
    Ok(addresses)
}

/// The interfaces of this machine with their addresses, to choose from; not the one to itself.
///
/// # Errors
/// As [`links`].
pub(crate) fn interfaces() -> io::Result<Vec<lachan_api::ports::Interface>> {
    /// An address that no machine inside has: the way to it is the way out.
    const ABROAD: [u8; 4] = [9, 9, 9, 9];
    let (links, addresses) = (links()?, addresses()?);
    let out = way_to(ABROAD.into()).unwrap_or_default();
    let each = links.0.iter().filter(|(name, _)| name.as_str() != "lo");
    let each = each.map(|(name, number)| lachan_api::ports::Interface {
        name: name.to_string(),
        is_up: is_up(name),
        addresses: addresses
            .on(*number)
            .map(|(own, length)| format!("{own}/{length}"))
            .collect(),
        leads_out: out == Some(*number),
    });
    Ok(each.collect())
}

/// Whether something is at the other end (`operstate` of sysfs; some drivers do not know).
fn is_up(name: &InterfaceName) -> Option<bool> {
    // Names of the kernel's hold no slash.
    let file = format!("/sys/class/net/{name}/operstate");
    match std::fs::read_to_string(file).ok()?.trim() {
        "up" => Some(true),
        "unknown" => None,
        _ => Some(false),
    }
}

/// The neighbour table as it is now: each address with its interface and MAC.
///
/// # Errors
/// As [`links`].
pub(crate) fn neighbours() -> io::Result<Vec<(IpAddr, u32, Mac)>> {
    let mut all = Vec::new();
    Socket::open(Hear::Nothing)?.ask(&Ask::Neighbours, &mut |message| {
        if let Message::Neighbour {
            address,
            interface,
            mac: Some(mac),
        } = message
        {
            all.push((address, interface, mac));
        }
    })?;
    Ok(all)
}

/// The interface through which an address is reached; `None` when there is no way to it.
///
/// # Errors
/// As [`links`].
pub(crate) fn way_to(address: IpAddr) -> io::Result<Option<u32>> {
    let mut found = None;
    let asked = Socket::open(Hear::Nothing)?.ask(&Ask::Way(address), &mut |message| {
        if let Message::Route { interface } = message {
            found = Some(interface);
        }
    });
    match asked {
        Err(error) if error.kind() == io::ErrorKind::NetworkUnreachable => Ok(None),
        Err(error) => Err(error),
        Ok(()) => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> InterfaceName {
        text.parse().unwrap()
    }

    #[test]
    fn the_loopback_interface_is_found_on_every_machine() {
        let links = links().unwrap();
        let number = links.number_of(&name("lo")).unwrap();
        assert_eq!(links.name_of(number), Some(&name("lo")));
        assert_eq!(way_to([127, 0, 0, 1].into()).unwrap(), Some(number));
        neighbours().unwrap();
    }

    #[test]
    fn interfaces_are_listed_with_their_addresses() {
        let all = interfaces().unwrap();
        let own: Vec<_> = addresses().unwrap().own().collect();
        assert!(all.iter().all(|one| one.name != "lo"));
        for address in all.iter().flat_map(|one| &one.addresses) {
            let (ip, length) = address.split_once('/').unwrap();
            assert!(own.contains(&ip.parse().unwrap()), "{address}");
            assert!(length.parse::<u8>().is_ok_and(|length| length <= 128));
        }
    }

    #[test]
    fn interfaces_come_go_and_change_their_names() {
        let mut links = Links::default();
        let link = |number, text: &str| Message::Link {
            number,
            name: name(text),
        };
        assert!(links.take(&link(3, "eth0")));
        assert!(!links.take(&link(3, "eth0")));
        assert!(links.take(&link(3, "lan0")));
        assert_eq!(links.number_of(&name("eth0")), None);
        assert!(links.take(&link(9, "lan0")));
        assert_eq!(links.number_of(&name("lan0")), Some(9));
        assert!(links.take(&Message::LinkGone(9)));
        assert!(!links.take(&Message::LinkGone(9)));
        assert_eq!(links, Links::default());
    }
}
