//! The neighbour table as it is kept here: what the kernel knows, and for a while what it knew.
//!
//! The kernel forgets a device that is silent for a minute. A phone that slept through the lesson
//! asks again from the address it had, and before it has been found again; so an address keeps its
//! last MAC for [`KEPT`], unless another device takes it. In memory only.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use lachan_policy::Mac;
use lachan_resolver::Neighbours;

use super::Message;

/// How long an address keeps the MAC of a device that is gone: longer than a lesson, shorter than
/// DHCP's usual lease, after which the address may be another's.
const KEPT: Duration = Duration::from_secs(3600);

/// Most addresses that are kept without the kernel knowing them: a device that answers for one
/// address after the other fills no memory.
const MOST_KEPT: usize = 16_384;

/// An address on an interface.
type Place = (IpAddr, u32);

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: HashMap<Place, Entry>,
    /// What was ever kept, by its end; what is known again since is passed over. All are kept
    /// equally long, so the first to end stands first.
    ends: VecDeque<(Instant, Place)>,
    /// Interfaces that any address was ever known on: a handful.
    interfaces: BTreeSet<u32>,
    /// Grows with each reading of the whole table.
    reading: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    mac: Mac,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The kernel knows it; when it said so last.
    Known { reading: u64 },
    /// The kernel forgot it; kept until then.
    Kept { until: Instant },
}

impl Table {
    /// Takes what a message says; whether any address may have another MAC now.
    pub(crate) fn take(&mut self, message: &Message, now: Instant) -> bool {
        match message {
            Message::Neighbour {
                address,
                interface,
                mac: Some(mac),
            } => self.learn((*address, *interface), *mac),
            Message::Neighbour {
                address, interface, ..
            } => self.keep((*address, *interface), now),
            _ => false,
        }
    }

    fn learn(&mut self, place: Place, mac: Mac) -> bool {
        let state = State::Known {
            reading: self.reading,
        };
        self.interfaces.insert(place.1);
        let before = self.entries.insert(place, Entry { mac, state });
        before.is_none_or(|before| before.mac != mac)
    }

    /// The kernel forgot an address. That changes something only if it knows it elsewhere.
    fn keep(&mut self, place: Place, now: Instant) -> bool {
        let until = now + KEPT;
        match self.entries.get_mut(&place) {
            Some(entry) if !entry.is_kept() => entry.state = State::Kept { until },
            _ => return false,
        }
        self.ends.push_back((until, place));
        // Not a look at every address: a device that makes itself thousands has as many forgotten.
        let mut others = self.interfaces.iter().filter(|other| **other != place.1);
        others.any(|other| self.entries.contains_key(&(place.0, *other)))
    }

    /// The whole table is about to be read.
    pub(crate) fn begin(&mut self) {
        self.reading += 1;
    }

    /// The whole table was read: what was not in it the kernel has forgotten. Whether any address
    /// may have another MAC now.
    pub(crate) fn end(&mut self, now: Instant) -> bool {
        let reading = self.reading;
        let is_old =
            |entry: &Entry| matches!(entry.state, State::Known { reading: last } if last < reading);
        let forgotten = self.entries.iter().filter(|(_, entry)| is_old(entry));
        let forgotten: Vec<Place> = forgotten.map(|(place, _)| *place).collect();
        let mut is_other = false;
        for place in forgotten {
            is_other |= self.keep(place, now);
        }
        is_other
    }

    /// Lets go of what was kept long enough, and of what is too much, the oldest first; whether
    /// there was anything.
    pub(crate) fn expire(&mut self, now: Instant) -> bool {
        let mut is_other = false;
        while let Some((until, place)) = self.ends.front().copied() {
            if until > now && self.ends.len() <= MOST_KEPT {
                break;
            }
            self.ends.pop_front();
            let state = self.entries.get(&place).map(|entry| entry.state);
            if state == Some(State::Kept { until }) {
                self.entries.remove(&place);
                is_other = true;
            }
        }
        is_other
    }

    /// When something may have to be let go.
    pub(crate) fn next_end(&self) -> Option<Instant> {
        self.ends.front().map(|(until, _)| *until)
    }

    /// What the resolver looks into: of an address on two interfaces, the one the kernel knows.
    pub(crate) fn snapshot(&self) -> Neighbours {
        let kept = self.entries.iter().filter(|(_, entry)| entry.is_kept());
        let known = self.entries.iter().filter(|(_, entry)| !entry.is_kept());
        let shown =
            |((address, interface), entry): (&Place, &Entry)| (*address, *interface, entry.mac);
        kept.chain(known).map(shown).collect()
    }
}

impl Entry {
    const fn is_kept(&self) -> bool {
        matches!(self.state, State::Kept { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(last: u8, mac: Option<u8>) -> Message {
        on(2, last, mac)
    }

    fn on(interface: u32, last: u8, mac: Option<u8>) -> Message {
        Message::Neighbour {
            address: [10, 6, 0, last].into(),
            interface,
            mac: mac.map(|mac| Mac([2, 0, 0, 0, 0, mac])),
        }
    }

    fn found(table: &Table, last: u8) -> Option<u8> {
        let mac = table.snapshot().mac_of([10, 6, 0, last].into(), 0);
        mac.map(|mac| mac.0[5])
    }

    #[test]
    fn only_another_mac_is_a_change() {
        let (mut table, now) = (Table::default(), Instant::now());
        assert!(table.take(&seen(9, Some(1)), now));
        assert!(!table.take(&seen(9, Some(1)), now));
        assert!(table.take(&seen(9, Some(2)), now));
        assert!(!table.take(&seen(8, None), now));
        assert_eq!((found(&table, 9), found(&table, 8)), (Some(2), None));
    }

    #[test]
    fn a_silent_device_keeps_its_mac_for_a_while_unless_another_takes_its_address() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.take(&seen(9, Some(1)), now);
        table.take(&seen(8, Some(3)), now);
        for last in [8, 9] {
            assert!(!table.take(&seen(last, None), now));
        }
        assert_eq!(found(&table, 9), Some(1));
        assert!(table.take(&seen(9, Some(2)), now));
        assert_eq!(table.next_end(), Some(now + KEPT));
        assert!(!table.expire(now + KEPT - Duration::from_secs(1)));
        // Said again that it is gone: its time does not begin anew.
        table.take(&seen(8, None), now + KEPT / 2);
        assert!(table.expire(now + KEPT));
        assert_eq!((found(&table, 8), found(&table, 9)), (None, Some(2)));
        assert_eq!(table.next_end(), None);
    }

    #[test]
    fn a_device_that_comes_and_goes_is_kept_from_its_last_going_on() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.take(&seen(9, Some(1)), now);
        table.take(&seen(9, None), now);
        table.take(&seen(9, Some(1)), now);
        table.take(&seen(9, None), now + KEPT / 2);
        assert!(!table.expire(now + KEPT));
        assert_eq!(found(&table, 9), Some(1));
        assert!(table.expire(now + KEPT / 2 + KEPT));
        assert_eq!(found(&table, 9), None);
    }

    #[test]
    fn what_a_new_reading_lacks_is_forgotten() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.begin();
        table.take(&seen(8, Some(1)), now);
        table.take(&seen(9, Some(2)), now);
        table.end(now);
        assert_eq!(table.next_end(), None);
        table.begin();
        table.take(&seen(9, Some(2)), now);
        table.end(now);
        assert!(table.expire(now + KEPT));
        assert_eq!((found(&table, 8), found(&table, 9)), (None, Some(2)));
    }

    #[test]
    fn of_two_interfaces_the_one_where_the_device_is_counts() {
        for first in [2, 3] {
            let (mut table, now) = (Table::default(), Instant::now());
            let second = 5 - first;
            table.take(&on(first, 9, Some(1)), now);
            table.take(&on(second, 9, Some(2)), now);
            assert!(table.take(&on(second, 9, None), now));
            assert_eq!(found(&table, 9), Some(1));
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (mut table, start) = (Table::default(), Instant::now());
        let address = |n: usize| {
            let number = u32::try_from(n).unwrap();
            IpAddr::from(std::net::Ipv4Addr::from(0x0A06_0000 + number))
        };
        for n in 0..MOST_KEPT + 100 {
            let now = start + Duration::from_millis(n as u64);
            let mac = Some(Mac([2; 6]));
            for mac in [mac, None] {
                let message = Message::Neighbour {
                    address: address(n),
                    interface: 2,
                    mac,
                };
                table.take(&message, now);
            }
        }
        assert!(table.expire(start));
        let left = table.snapshot();
        assert_eq!(left.len(), MOST_KEPT);
        assert_eq!(left.mac_of(address(99), 2), None);
        assert!(left.mac_of(address(100), 2).is_some());
    }
}
