//! How often something may be tried: by one device and by all together, in a stretch of time. In memory only.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::throttle::whole;

/// Devices told apart; those that come when so many tried in one stretch share what all have.
const MOST_DEVICES: usize = 4096;

/// Counts tries.
#[derive(Debug)]
pub struct Tries {
    each: u32,
    all: u32,
    stretch: Duration,
    began: Option<Instant>,
    by_device: HashMap<IpAddr, u32>,
    total: u32,
}

impl Tries {
    /// So many of a device, and so many of all together, in each stretch of time.
    #[must_use]
    pub fn new(each: u32, all: u32, stretch: Duration) -> Self {
        Self {
            each,
            all,
            stretch,
            began: None,
            by_device: HashMap::new(),
            total: 0,
        }
    }

    /// Takes one try; whether there was one left. What was refused counts no further: who goes on
    /// trying takes nothing from the others.
    pub fn take(&mut self, device: IpAddr, now: Instant) -> bool {
        let is_over = |began: Instant| now.saturating_duration_since(began) >= self.stretch;
        if self.began.is_none_or(is_over) {
            self.began = Some(now);
            self.by_device.clear();
            self.total = 0;
        }
        if self.total >= self.all {
            return false;
        }
        let device = whole(device);
        if self.by_device.len() >= MOST_DEVICES && !self.by_device.contains_key(&device) {
            self.total += 1;
            return true;
        }
        let taken = self.by_device.entry(device).or_default();
        if *taken >= self.each {
            return false;
        }
        *taken += 1;
        self.total += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(number: u8) -> IpAddr {
        [10, 0, 0, number].into()
    }

    #[test]
    fn a_device_and_all_together_have_so_many() {
        let start = Instant::now();
        let mut tries = Tries::new(3, 5, Duration::from_secs(60));
        let taken = |tries: &mut Tries, number| {
            (0..10)
                .filter(|_| tries.take(device(number), start))
                .count()
        };
        assert_eq!(taken(&mut tries, 1), 3);
        assert_eq!(taken(&mut tries, 2), 2, "five of all together");
        assert_eq!(taken(&mut tries, 3), 0);
        let later = start + Duration::from_secs(60);
        assert!(tries.take(device(1), later));
    }

    #[test]
    fn who_goes_on_trying_takes_nothing_from_the_others() {
        let start = Instant::now();
        let mut tries = Tries::new(1, 3, Duration::from_secs(60));
        for _ in 0..100 {
            tries.take(device(1), start);
        }
        assert!(tries.take(device(2), start));
    }

    #[test]
    fn an_address_in_two_forms_is_one_device() {
        let start = Instant::now();
        let mut tries = Tries::new(1, 3, Duration::from_secs(60));
        assert!(tries.take(device(1), start));
        assert!(!tries.take("::ffff:10.0.0.1".parse().unwrap(), start));
    }
}
