//! How often devices may do what costs somebody something. Counted in memory, by address, and forgotten soon.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lachan_store::Crowd;
use lachan_web::{Tries, throttle};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Reports of one device in an hour and in a day. Devices of a class may share an address.
const OF_HOUR: u32 = 6;
const OF_DAY: u32 = 20;
/// Reports of a day after which a device is one that sends many, and a network one that many came from.
const MANY_OF_DEVICE: u32 = 2;
const MANY_OF_NETWORK: u32 = 30;
/// Devices of a day that are told apart; what comes from others comes in a crowd.
const MOST_DEVICES: usize = 4096;

/// What is bounded.
pub(super) struct Limits {
    /// Looks into the log, by a page: a pupil who reloads, and a class that does.
    looks: Mutex<Tries>,
    /// Requests: a teacher reads them.
    requests: Mutex<Tries>,
    /// Tries at a teacher's code: of a million numbers these are few.
    codes: Mutex<Tries>,
    /// Reports: a counsellor reads them, but a child who writes twice must not be turned away.
    reports: Mutex<Reports>,
}

impl Limits {
    pub(super) fn new() -> Self {
        let tries = |each, all, stretch| Mutex::new(Tries::new(each, all, stretch));
        Self {
            looks: tries(60, 3000, MINUTE),
            requests: tries(12, 600, 10 * MINUTE),
            codes: tries(6, 120, 10 * MINUTE),
            reports: Mutex::default(),
        }
    }

    pub(super) fn may_look(&self, client: IpAddr) -> bool {
        take(&self.looks, client)
    }

    pub(super) fn may_request(&self, client: IpAddr) -> bool {
        take(&self.requests, client)
    }

    pub(super) fn may_try_code(&self, client: IpAddr) -> bool {
        take(&self.codes, client)
    }

    /// Whether a device may send a report, and in what company it then comes.
    pub(super) fn may_report(&self, client: IpAddr) -> Option<Crowd> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.take(client, Instant::now())
    }
}

/// How many reports came of each device and each network since the day began: so that one that floods the
/// counsellor takes no room of the others. Forgotten after a day, written nowhere.
struct Reports {
    hour: Tries,
    began: Option<Instant>,
    devices: HashMap<IpAddr, u32>,
    networks: HashMap<IpAddr, u32>,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            // All together have no limit here: the store keeps room for those who send few.
            hour: Tries::new(OF_HOUR, u32::MAX, 60 * MINUTE),
            began: None,
            devices: HashMap::new(),
            networks: HashMap::new(),
        }
    }
}

impl Reports {
    fn take(&mut self, client: IpAddr, now: Instant) -> Option<Crowd> {
        let is_over = |began: Instant| now.saturating_duration_since(began) >= DAY;
        if self.began.is_none_or(is_over) {
            self.began = Some(now);
            self.devices.clear();
            self.networks.clear();
        }
        let device = throttle::whole(client);
        let sent = self.devices.get(&device).copied();
        if sent.is_some_and(|sent| sent >= OF_DAY) || !self.hour.take(device, now) {
            return None;
        }
        let network = self.networks.entry(network(device)).or_default();
        *network = network.saturating_add(1);
        let of_network = *network;
        let is_known = sent.is_some() || self.devices.len() < MOST_DEVICES;
        if is_known {
            *self.devices.entry(device).or_default() += 1;
        }
        Some(match sent.unwrap_or(0) {
            sent if sent >= MANY_OF_DEVICE => Crowd::Device,
            _ if of_network > MANY_OF_NETWORK || !is_known => Crowd::Network,
            _ => Crowd::None,
        })
    }
}

/// The network that a device is of: one that changes its address stays in it. A segment of a school has
/// at least 24 equal bits, and a site 48 (RFC 6177).
fn network(device: IpAddr) -> IpAddr {
    match device {
        IpAddr::V4(four) => IpAddr::from((u32::from(four) & !0xff).to_be_bytes()),
        IpAddr::V6(six) => IpAddr::from((u128::from(six) & !(u128::MAX >> 48)).to_be_bytes()),
    }
}

fn take(tries: &Mutex<Tries>, client: IpAddr) -> bool {
    let mut tries = tries.lock().unwrap_or_else(PoisonError::into_inner);
    tries.take(client, Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(network: u8, host: u8) -> IpAddr {
        [10, 0, network, host].into()
    }

    /// So many reports of a device, an hour apart.
    fn sent(
        reports: &mut Reports,
        client: IpAddr,
        times: u32,
        start: Instant,
    ) -> Vec<Option<Crowd>> {
        (0..times)
            .map(|hour| reports.take(client, start + hour * 60 * MINUTE))
            .collect()
    }

    #[test]
    fn a_device_that_sends_many_comes_in_a_crowd_and_then_no_more() {
        let mut reports = Reports::default();
        let start = Instant::now();
        let taken = sent(&mut reports, device(1, 7), 22, start);
        assert_eq!(taken[..2], [Some(Crowd::None); 2]);
        assert_eq!(taken[2..20], [Some(Crowd::Device); 18]);
        assert_eq!(taken[20..], [None; 2]);
        // Its neighbour is none of that, and tomorrow is another day.
        let last = start + 22 * 60 * MINUTE;
        assert_eq!(reports.take(device(1, 8), last), Some(Crowd::None));
        assert_eq!(reports.take(device(1, 7), start + DAY), Some(Crowd::None));
    }

    #[test]
    fn a_device_that_changes_its_address_stays_in_its_network() {
        for network in ["10.0.1.", "fd00:0:0:1::", "::ffff:10.0.2."] {
            let mut reports = Reports::default();
            let start = Instant::now();
            let mut of = |number: u32| {
                let host = match network {
                    "fd00:0:0:1::" => format!("fd00:0:0:{number:x}::1"),
                    _ => format!("{network}{number}"),
                };
                reports.take(host.parse().unwrap(), start)
            };
            let taken: Vec<_> = (1..=MANY_OF_NETWORK + 2).map(&mut of).collect();
            let many = MANY_OF_NETWORK as usize;
            assert!(
                taken[..many]
                    .iter()
                    .all(|crowd| *crowd == Some(Crowd::None))
            );
            assert_eq!(taken[many..], [Some(Crowd::Network); 2], "{network}");
            // Whoever sits elsewhere is in no crowd.
            assert_eq!(reports.take(device(9, 1), start), Some(Crowd::None));
        }
    }

    #[test]
    fn an_hour_has_room_for_a_child_that_writes_twice() {
        let mut reports = Reports::default();
        let start = Instant::now();
        let taken = (0..8).filter(|_| reports.take(device(1, 7), start).is_some());
        assert_eq!(taken.count(), OF_HOUR as usize);
    }

    #[test]
    fn more_devices_than_are_told_apart_come_in_a_crowd_and_are_taken() {
        let mut reports = Reports::default();
        let start = Instant::now();
        for number in 0..MOST_DEVICES {
            let [.., high, low] = number.to_be_bytes();
            assert!(reports.take([10, high, low, 1].into(), start).is_some());
        }
        assert_eq!(reports.devices.len(), MOST_DEVICES);
        assert_eq!(
            reports.take([11, 0, 0, 1].into(), start),
            Some(Crowd::Network)
        );
        assert_eq!(reports.devices.len(), MOST_DEVICES);
    }
}
