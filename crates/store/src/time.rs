//! Time as the store sees it. The store reads no wall clock of its own: a [`Clock`] is handed in,
//! and says nothing while the box does not know the time.

use lachan_policy::Moment;

/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;

/// Tells the school's local time, or `None` while it is not known (a Pi has no clock at boot).
///
/// Any `Fn() -> Option<Moment>` is one.
pub trait Clock: Send + Sync {
    /// The moment it is now.
    fn now(&self) -> Option<Moment>;
}

impl<F: Fn() -> Option<Moment> + Send + Sync> Clock for F {
    fn now(&self) -> Option<Moment> {
        self()
    }
}

/// The minute of a moment, in minutes since 1970-01-01T00:00Z.
pub(crate) fn unix_minute(at: Moment) -> i64 {
    at.unix.div_euclid(60)
}

/// One hour of a school's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LocalHour {
    /// Days since 1970-01-01, local; [`LocalHour::UNKNOWN`] has -1.
    pub(crate) day: i64,
    /// Hour of the local day, 0 to 23.
    pub(crate) hour: u8,
}

impl LocalHour {
    /// What is counted while the box does not know the time.
    pub(crate) const UNKNOWN: Self = Self { day: -1, hour: 0 };

    pub(crate) fn of(at: Option<Moment>) -> Self {
        let Some(at) = at else { return Self::UNKNOWN };
        let hour = u8::try_from(at.minute / 60).unwrap_or(23);
        Self {
            day: at.local_day(),
            hour,
        }
    }
}

/// Seconds until the local hour ends, 1 to 3600.
pub(crate) fn seconds_left_in_hour(at: Moment) -> u64 {
    let minute = i64::from(at.minute % 60);
    let gone = minute * 60 + at.unix.rem_euclid(60);
    u64::try_from(3600 - gone).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_local_day_is_right_in_every_zone(
            unix in -100_000_000i64..10_000_000_000,
            quarter_hours in -48i32..=56,
        ) {
            let offset = quarter_hours * 900;
            let at = Moment::from_unix(unix, offset);
            prop_assert_eq!(at.local_day(), (unix + i64::from(offset)).div_euclid(DAY));
        }

        #[test]
        fn an_hour_ends_when_the_next_begins(unix in 0i64..10_000_000_000) {
            let at = Moment::from_unix(unix, 7 * 3600);
            let left = i64::try_from(seconds_left_in_hour(at)).unwrap();
            let hour = |unix| LocalHour::of(Some(Moment::from_unix(unix, 7 * 3600)));
            prop_assert_eq!(hour(unix), hour(unix + left - 1));
            prop_assert_ne!(hour(unix), hour(unix + left));
        }
    }

    #[test]
    fn an_unknown_time_has_its_own_hour() {
        assert_eq!(LocalHour::of(None), LocalHour::UNKNOWN);
    }
}
