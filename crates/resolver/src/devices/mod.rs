//! The devices of the school as the network knows them: the neighbour table's hardware addresses,
//! and the names DHCP gave out. Snapshots only, which the daemon makes and swaps; nothing here
//! opens a file or a socket. Which group a device makes is policy's affair.

mod dnsmasq;
mod isc;
mod kea;
mod leases;
mod names;
mod neighbours;
mod nets;

use std::net::IpAddr;
use std::sync::Arc;

use lachan_policy::{Mac, Policy, Tier, Who};

use crate::client::Client;
use crate::engine::Shared;

pub use leases::{Lease, Leases, MAX_LEASE_BYTES, MAX_LEASES};
pub use names::DeviceNames;
pub(crate) use names::reverse_address;
pub use neighbours::Neighbours;
pub use nets::Nets;

impl Client {
    /// Who this is, with the MAC that the neighbour table has, where any group asks for one.
    #[inline]
    pub(crate) fn who(&self, neighbours: Option<&Neighbours>) -> Who {
        Who {
            address: self.address,
            mac: neighbours.and_then(|known| known.mac_of(self.address, self.interface)),
            interface: self.interface,
            token: self.token,
        }
    }
}

impl Shared {
    /// The neighbour table, if a group of the policy names devices by MAC; else nothing is looked
    /// up in it.
    pub(crate) fn neighbours_for(&self, policy: &Policy) -> Option<Arc<Neighbours>> {
        let wanted = policy.groups().know_macs();
        wanted.then(|| self.neighbours.load_full())
    }

    /// Whether a client is on the school's net: it has an address of the kind used inside or of a net
    /// on a link of the box, or is in a group (position 0 is of unknown devices), or shows a group's
    /// token.
    pub(crate) fn is_near(&self, client: &Client, group: usize) -> bool {
        client.is_known(group) || self.nets.load().holds(client.address, client.interface)
    }

    /// The MAC behind a client's IPv6 address, if the neighbour table has it: what limits go by,
    /// for such a device makes itself as many addresses as it likes.
    #[inline]
    pub(crate) fn mac_of(&self, client: &Client) -> Option<Mac> {
        let known = client.address.is_ipv6().then(|| self.neighbours.load())?;
        known.mac_of(client.address, client.interface)
    }

    /// Whether a client may be told which device has an address: staff, the box itself, and the
    /// device that has it. Others would list their class-mates' phones, which bear names of people.
    pub(crate) fn may_learn(&self, client: &Client, address: IpAddr) -> bool {
        if client.address == address || client.address.is_loopback() {
            return true;
        }
        let policy = self.policy.load();
        let neighbours = self.neighbours_for(&policy);
        let who = client.who(neighbours.as_deref());
        policy.groups().of(&who).tier == Tier::Staff
    }
}
