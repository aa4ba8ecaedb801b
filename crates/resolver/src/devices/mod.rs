//! The devices of the school as the network knows them: the neighbour table's hardware addresses,
//! and the names DHCP gave out. Snapshots only, which the daemon makes and swaps; nothing here
//! opens a file or a socket. Which group a device makes is policy's affair.

mod dnsmasq;
mod isc;
mod kea;
mod leases;
mod names;
mod neighbours;

use std::net::IpAddr;

use lachan_policy::{Policy, Tier, Who};

use crate::engine::{Client, Shared};

pub use leases::{Lease, Leases, MAX_LEASE_BYTES, MAX_LEASES};
pub use names::DeviceNames;
pub(crate) use names::reverse_address;
pub use neighbours::Neighbours;

impl Shared {
    /// Who a client is, as far as any group asks. A policy whose groups name no MAC costs no
    /// look-up.
    pub(crate) fn who(&self, policy: &Policy, client: &Client) -> Who {
        let mac = if policy.groups().know_macs() {
            let neighbours = self.neighbours.load();
            neighbours.mac_of(client.address, client.interface)
        } else {
            None
        };
        Who {
            address: client.address,
            mac,
            interface: client.interface,
            token: client.token,
        }
    }

    /// Whether a client may be told which device has an address: staff, the box itself, and the
    /// device that has it. Others would list their class-mates' phones, which bear names of people.
    pub(crate) fn may_learn(&self, client: &Client, address: IpAddr) -> bool {
        if client.address == address || client.address.is_loopback() {
            return true;
        }
        let policy = self.policy.load();
        let group = policy.groups().of(&self.who(&policy, client));
        group.tier == Tier::Staff
    }
}
