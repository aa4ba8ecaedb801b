//! Room for connections that are opened up: so many in all, so many of one device, so that none takes
//! it from the others by shaking hands slowly.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Connections at a time: each costs some 60 KiB on both sides together.
const MOST: usize = 2048;
/// Of these, of one device: what a browser opens, with room.
const MOST_OF_ONE: usize = 256;

/// The room.
#[derive(Debug, Clone, Default)]
pub(super) struct Room(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_device: HashMap<IpAddr, usize>,
}

/// A place in it, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    room: Room,
    device: IpAddr,
}

impl Room {
    /// A place for a device's connection, if there is one.
    pub(super) fn place(&self, client: IpAddr) -> Option<Place> {
        let device = device(client);
        let mut taken = self.taken();
        if taken.all >= MOST {
            return None;
        }
        let held = taken.by_device.entry(device).or_default();
        if *held >= MOST_OF_ONE {
            return None;
        }
        *held += 1;
        taken.all += 1;
        drop(taken);
        let room = self.clone();
        Some(Place { room, device })
    }

    /// How many places are taken.
    pub(super) fn len(&self) -> usize {
        self.taken().all
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        taken.all -= 1;
        if let Some(held) = taken.by_device.get_mut(&self.device) {
            *held -= 1;
            if *held == 0 {
                taken.by_device.remove(&self.device);
            }
        }
    }
}

/// What counts as one device: over IPv6 it has as many addresses as it likes in its /64.
fn device(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_device_leaves_room_for_the_others() {
        let room = Room::default();
        let places = |net: u8| -> Vec<_> {
            let address = |host: u16| IpAddr::from([0xfd00, 0, 0, net.into(), 0, 0, 0, host]);
            (0..1000)
                .map_while(|host| room.place(address(host)))
                .collect()
        };
        let first = places(1);
        assert_eq!(
            first.len(),
            MOST_OF_ONE,
            "its addresses count as one device"
        );
        let others: Vec<_> = (2..20).map(places).collect();
        assert_eq!(room.len(), MOST);
        drop((first, others));
        assert_eq!(room.len(), 0);
        assert!(room.taken().by_device.is_empty());
    }
}
