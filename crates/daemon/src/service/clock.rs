//! The time as the hot path reads it: one atomic, refreshed each second.
//!
//! The box does not trust a clock that stands before this program was made (`crate::time`); then
//! the time is unknown, which is said in the log, and said again when it becomes known.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::tz::TimeZone;
use lachan_policy::Moment;

use crate::time::Now;

/// How often the time is refreshed.
pub(super) const TICK: Duration = Duration::from_secs(1);

/// What stands for an unknown time: no packed moment is 0.
const UNKNOWN: u64 = 0;

/// The school's local time.
#[derive(Debug)]
pub(super) struct Clock {
    /// A packed moment, see [`pack`].
    moment: AtomicU64,
    zone: ArcSwap<TimeZone>,
}

impl Clock {
    /// The clock of a school in this zone.
    pub(super) fn new(zone: TimeZone) -> Self {
        let clock = Self {
            moment: AtomicU64::new(UNKNOWN),
            zone: ArcSwap::from_pointee(zone),
        };
        clock.set(Now::system());
        if clock.now().is_none() {
            tracing::warn!(
                "the clock of this machine is not set yet; timetables and ends hold as if closed"
            );
        }
        clock
    }

    /// Moves to another zone.
    pub(super) fn move_to(&self, zone: TimeZone) {
        self.zone.store(zone.into());
        self.set(Now::system());
    }

    /// The local time; `None` while it is not known.
    pub(super) fn now(&self) -> Option<Moment> {
        unpack(self.moment.load(Ordering::Relaxed))
    }

    /// Takes the time of the system.
    pub(super) fn tick(&self, now: Now) {
        let before = self.now().is_some();
        self.set(now);
        match (before, self.now().is_some()) {
            (false, true) => tracing::info!("the time is known now"),
            (true, false) => {
                tracing::warn!("the clock went back to a time that cannot be; the time is unknown")
            }
            _ => {}
        }
    }

    fn set(&self, now: Now) {
        let moment = now.moment(&self.zone.load());
        self.moment
            .store(moment.map_or(UNKNOWN, pack), Ordering::Relaxed);
    }
}

impl lachan_proxy::Clock for Clock {
    fn moment(&self) -> Option<Moment> {
        self.now()
    }
}

impl lachan_resolver::Clock for Clock {
    fn moment(&self) -> Option<Moment> {
        self.now()
    }
}

/// 48 bits of Unix seconds (8 million years), 3 of weekday, 11 of the minute, and a bit that is
/// always set.
fn pack(moment: Moment) -> u64 {
    let seconds = moment.unix.max(0).cast_unsigned() & 0xFFFF_FFFF_FFFF;
    seconds << 16 | u64::from(moment.weekday & 7) << 12 | u64::from(moment.minute & 0x7FF) << 1 | 1
}

fn unpack(packed: u64) -> Option<Moment> {
    let small = |bits: u64| u16::try_from(bits).unwrap_or(0);
    (packed != UNKNOWN).then(|| Moment {
        unix: (packed >> 16).cast_signed(),
        weekday: u8::try_from(packed >> 12 & 7).unwrap_or(0),
        minute: small(packed >> 1 & 0x7FF),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn moments_survive_packing(unix in 0i64..100_000_000_000, hours in -12i32..=14) {
            let moment = Moment::from_unix(unix, hours * 3600);
            prop_assert_eq!(unpack(pack(moment)), Some(moment));
        }
    }

    #[test]
    fn no_moment_is_the_unknown_one() {
        assert_eq!(unpack(UNKNOWN), None);
        assert_ne!(
            pack(Moment {
                unix: 0,
                weekday: 0,
                minute: 0
            }),
            UNKNOWN
        );
    }

    #[test]
    fn the_clock_tells_the_zone_s_time() {
        let clock = Clock::new(TimeZone::fixed(jiff::tz::offset(7)));
        let here = clock.now().unwrap();
        clock.move_to(TimeZone::UTC);
        let there = clock.now().unwrap();
        let apart = i32::from(here.minute) - i32::from(there.minute);
        assert!(
            [7 * 60, 7 * 60 - 1, 7 * 60 - 1440, 7 * 60 - 1441].contains(&apart),
            "{apart}"
        );
    }
}
