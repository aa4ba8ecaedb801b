//! Token buckets, one a device, in a fixed table: no lock, no allocation, no growth.
//!
//! A bucket is one number, the time at which it will be full again (the generic cell rate
//! algorithm): a query pushes it on by what a query costs, and is over the limit when it lies
//! further ahead than a burst reaches. Eight buckets share a cache line; a device that is not in its
//! line takes the place of one that is full again, of whom nothing is lost. Where eight busy devices
//! meet, a ninth is not counted: a table too small errs to the open side.

use std::sync::atomic::{AtomicU64, Ordering};

/// Lines of eight: room for 8,192 busy devices in 64 KiB.
const LINES: usize = 1024;
/// Buckets that share a line.
const WAYS: usize = 8;
/// Parts of a second that time is counted in, as a power of 2: fine enough for the rate of 1,000
/// devices behind one address.
const FRACTION: u32 = 20;
/// Bits of a time; those above hold part of the device's hash.
const TIME_BITS: u32 = 48;
/// Tries to be the one that changes a bucket. Who loses them all is let through.
const TRIES: usize = 16;

/// Eight buckets.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Line([AtomicU64; WAYS]);

/// The table.
#[derive(Debug)]
pub(super) struct Buckets {
    lines: Box<[Line]>,
    /// Queries a second of one device.
    rate: u64,
    /// How far ahead a bucket may lie.
    reach: u64,
}

/// How much of what a burst reaches may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowance {
    /// A burst.
    Once,
    /// Two: for those that have shown they are there.
    Twice,
}

impl Buckets {
    /// Buckets of so many queries a second and in a burst; `None` for no limit.
    pub(super) fn new(rate: u32, burst: u32) -> Option<Self> {
        let rate = u64::from(rate);
        let reach = (u64::from(burst.max(1)) << FRACTION).checked_div(rate)?;
        Some(Self {
            lines: (0..LINES).map(|_| Line::default()).collect(),
            rate,
            reach,
        })
    }

    /// Whether a query of a device is within its limit at `now`, in seconds. `device` is a hash of
    /// who asks, `devices` for how many it stands.
    pub(super) fn admits(&self, device: u64, devices: u32, now: u32, allowance: Allowance) -> bool {
        let now = u64::from(now) << FRACTION;
        let cost = (1 << FRACTION) / (self.rate * u64::from(devices.max(1))).max(1);
        let reach = match allowance {
            Allowance::Once => self.reach,
            Allowance::Twice => 2 * self.reach,
        };
        let line = &self.lines[usize::try_from(device % LINES as u64).unwrap_or(0)];
        let tag = device >> TIME_BITS << TIME_BITS;
        for _ in 0..TRIES {
            let Some((slot, held, full_at)) = line.bucket(tag, now) else {
                return true;
            };
            // Further ahead than any query pushes it: the clock went back.
            let full_at = if full_at > now + 2 * self.reach + cost {
                now
            } else {
                full_at
            };
            let next = full_at + cost;
            if next > now + reach {
                return false;
            }
            let new = tag | next & ((1 << TIME_BITS) - 1);
            let swapped =
                slot.compare_exchange_weak(held, new, Ordering::Relaxed, Ordering::Relaxed);
            if swapped.is_ok() {
                return true;
            }
        }
        true
    }
}

impl Line {
    /// The bucket of a device with what it holds and when it is full: its own, or that of one whose
    /// bucket is full.
    fn bucket(&self, tag: u64, now: u64) -> Option<(&AtomicU64, u64, u64)> {
        const TIME: u64 = (1 << TIME_BITS) - 1;
        let mut free = None;
        for slot in &self.0 {
            let held = slot.load(Ordering::Relaxed);
            let full_at = held & TIME;
            if held & !TIME == tag {
                return Some((slot, held, full_at.max(now)));
            }
            if full_at <= now && free.is_none() {
                free = Some((slot, held, now));
            }
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::hash::{BuildHasher as _, RandomState};

    /// How many of `tries` a device is admitted at a moment.
    fn admitted(buckets: &Buckets, device: u64, devices: u32, now: u32, tries: u32) -> u32 {
        let one = |_: &u32| buckets.admits(device, devices, now, Allowance::Once);
        u32::try_from((0..tries).filter(one).count()).unwrap()
    }

    #[test]
    fn a_burst_is_admitted_then_the_rate() {
        let buckets = Buckets::new(10, 50).unwrap();
        assert_eq!(admitted(&buckets, 7, 1, 100, 1000), 50);
        assert_eq!(admitted(&buckets, 7, 1, 100, 1000), 0);
        assert_eq!(admitted(&buckets, 7, 1, 101, 1000), 10);
        assert_eq!(admitted(&buckets, 7, 1, 103, 1000), 20);
        // A rested bucket holds no more than a burst.
        assert_eq!(admitted(&buckets, 7, 1, 9000, 1000), 50);
    }

    #[test]
    fn an_address_stands_for_its_devices() {
        for devices in [1, 3, 40, 900] {
            let buckets = Buckets::new(20, 100).unwrap();
            let burst = admitted(&buckets, 7, devices, 5, 1_000_000);
            let second = admitted(&buckets, 7, devices, 6, 1_000_000);
            // Rounding the cost of a query down lets a little more through.
            for (got, expected) in [(burst, 100 * devices), (second, 20 * devices)] {
                assert!(
                    got >= expected && got <= expected + expected / 50 + 1,
                    "{got}"
                );
            }
        }
    }

    #[test]
    fn one_device_takes_nothing_from_another() {
        let buckets = Buckets::new(1, 5).unwrap();
        let hasher = RandomState::new();
        let devices: Vec<u64> = (0..500).map(|index| hasher.hash_one(index)).collect();
        assert_eq!(admitted(&buckets, devices[0], 1, 9, 10_000), 5);
        for device in &devices[1..] {
            assert_eq!(admitted(&buckets, *device, 1, 9, 5), 5);
        }
    }

    #[test]
    fn a_full_table_lets_everybody_through_and_limits_those_it_knows() {
        let buckets = Buckets::new(1, 5).unwrap();
        // All in one line, each with its own tag.
        let device = |index: u64| index << TIME_BITS;
        for index in 0..WAYS as u64 {
            assert_eq!(admitted(&buckets, device(index), 1, 9, 10), 5);
        }
        assert_eq!(admitted(&buckets, device(99), 1, 9, 1000), 1000);
        assert_eq!(admitted(&buckets, device(3), 1, 9, 10), 0);
        // Later one of the eight is rested, and its place is free.
        assert_eq!(admitted(&buckets, device(99), 1, 100, 1000), 5);
    }

    #[test]
    fn who_has_shown_to_be_there_may_do_more() {
        let buckets = Buckets::new(10, 50).unwrap();
        assert_eq!(admitted(&buckets, 7, 1, 100, 1000), 50);
        let more = (0..1000).filter(|_| buckets.admits(7, 1, 100, Allowance::Twice));
        assert_eq!(more.count(), 50);
        assert_eq!(admitted(&buckets, 7, 1, 100, 1000), 0);
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let buckets = Buckets::new(1, 5).unwrap();
        assert_eq!(admitted(&buckets, 7, 1, 1_000_000, 10), 5);
        assert_eq!(admitted(&buckets, 7, 1, 10, 10), 5);
    }

    #[test]
    fn no_rate_is_no_limit() {
        assert!(Buckets::new(0, 50).is_none());
    }

    #[test]
    fn threads_share_a_bucket_exactly() {
        let buckets = Buckets::new(1, 1000).unwrap();
        let total = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let got = admitted(&buckets, 7, 1, 50, 2000);
                    total.fetch_add(got as usize, Ordering::Relaxed);
                });
            }
        });
        let total = total.into_inner();
        // A thread that lost all its tries was let through.
        assert!((1000..=1010).contains(&total), "{total}");
    }

    proptest! {
        /// However the queries come, in any stretch of time no more pass than a burst and the rate.
        #[test]
        fn never_more_than_a_burst_and_the_rate(
            rate in 1u32..500,
            burst in 1u32..2000,
            devices in 1u32..50,
            steps in proptest::collection::vec((0u32..5, 0u32..3000), 1..40),
        ) {
            let buckets = Buckets::new(rate, burst).unwrap();
            let mut now = 1000;
            let mut passed: Vec<(u32, u64)> = Vec::new();
            for (pause, tries) in steps {
                now += pause;
                let got = admitted(&buckets, 1 << 60 | 5, devices, now, tries);
                passed.push((now, got.into()));
            }
            for (from, _) in &passed {
                let within = passed.iter().filter(|(at, _)| at >= from);
                let sum: u64 = within.map(|(_, got)| got).sum();
                let most = u64::from(devices) * u64::from(burst + rate * (now - from));
                prop_assert!(sum <= most + most / 40 + 1, "{sum} of {most}");
            }
        }

        #[test]
        fn who_keeps_to_the_rate_is_never_refused(
            rate in 1u32..500,
            extra in 0u32..1000,
            seconds in 1u32..60,
        ) {
            let buckets = Buckets::new(rate, rate + extra).unwrap();
            for now in 0..seconds {
                prop_assert_eq!(admitted(&buckets, 3, 1, now, rate), rate);
            }
        }

        #[test]
        fn no_numbers_upset_it(
            rate in any::<u32>(), burst in any::<u32>(), device in any::<u64>(),
            devices in any::<u32>(), times in proptest::collection::vec(any::<u32>(), 0..20),
        ) {
            if let Some(buckets) = Buckets::new(rate, burst) {
                for now in times {
                    let _ = buckets.admits(device, devices, now, Allowance::Twice);
                }
            }
        }
    }
}
