//! The addresses of this machine, which tell the nets on its links.

use std::collections::BTreeMap;
use std::net::IpAddr;

use lachan_policy::Subnet;
use lachan_resolver::Nets;

use super::Message;

/// The addresses of this machine, each on its interface, with the net that is on the link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Addresses(BTreeMap<(IpAddr, u32), (IpAddr, u8)>);

impl Addresses {
    /// Takes what a message says; whether that changed anything.
    pub(crate) fn take(&mut self, message: &Message) -> bool {
        match message {
            Message::Address {
                interface,
                own,
                net,
                length,
                is_there,
            } => {
                let (place, net) = ((*own, *interface), (*net, *length));
                if *is_there {
                    self.0.insert(place, net) != Some(net)
                } else {
                    self.0.remove(&place).is_some()
                }
            }
            Message::LinkGone(number) => {
                let before = self.0.len();
                self.0.retain(|(_, interface), _| interface != number);
                self.0.len() != before
            }
            _ => false,
        }
    }

    /// The addresses of this machine.
    pub(crate) fn own(&self) -> impl Iterator<Item = IpAddr> {
        self.0.keys().map(|(own, _)| *own)
    }

    /// The addresses on an interface, each with the bits that its net shares.
    pub(crate) fn on(&self, interface: u32) -> impl Iterator<Item = (IpAddr, u8)> {
        let here = self.0.iter();
        let here = here.filter(move |((_, number), _)| *number == interface);
        here.map(|((own, _), (_, length))| (*own, *length))
    }

    /// The nets on the links of these interfaces, or of all without any.
    pub(crate) fn on_links<'a>(
        &'a self,
        interfaces: &'a [u32],
    ) -> impl Iterator<Item = Subnet> + 'a {
        let wanted = |number: &u32| interfaces.is_empty() || interfaces.contains(number);
        let here = self.0.iter().filter(move |((_, number), _)| wanted(number));
        here.map(|(_, (net, length))| Subnet::around(*net, *length))
    }

    /// What the resolver looks into.
    pub(crate) fn nets(&self) -> Nets {
        let all = self.0.iter();
        all.map(|((_, interface), (net, length))| (*net, *length, *interface))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(own: &str, interface: u32, is_there: bool) -> Message {
        let own = own.parse().unwrap();
        Message::Address {
            interface,
            own,
            net: own,
            length: 64,
            is_there,
        }
    }

    #[test]
    fn a_net_stays_while_one_address_of_it_is_there() {
        let mut addresses = Addresses::default();
        let device = "2001:db8:6::77".parse().unwrap();
        for own in ["2001:db8:6::1", "2001:db8:6::2"] {
            assert!(addresses.take(&message(own, 2, true)));
            assert!(!addresses.take(&message(own, 2, true)));
        }
        assert!(addresses.take(&message("2001:db8:6::1", 2, false)));
        assert!(addresses.nets().holds(device, 2));
        assert!(addresses.take(&message("2001:db8:6::2", 2, false)));
        assert!(!addresses.nets().holds(device, 2));
    }

    #[test]
    fn an_interface_that_goes_takes_its_nets_along() {
        let mut addresses = Addresses::default();
        addresses.take(&message("2001:db8:6::1", 2, true));
        addresses.take(&message("2001:db8:7::1", 3, true));
        assert!(addresses.take(&Message::LinkGone(2)));
        assert!(!addresses.take(&Message::LinkGone(2)));
        let nets = addresses.nets();
        assert_eq!(nets.interface_of("2001:db8:6::9".parse().unwrap()), None);
        assert_eq!(nets.interface_of("2001:db8:7::9".parse().unwrap()), Some(3));
    }

    #[test]
    fn the_loopback_net_is_found_on_every_machine() {
        let nets = crate::network::addresses().unwrap().nets();
        assert!(nets.holds([127, 0, 0, 9].into(), 0));
    }
}
