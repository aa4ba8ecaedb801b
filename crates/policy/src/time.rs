//! Time as policy sees it: handed in by the caller, already in the school's own zone.
//!
//! A box has no clock at boot. Then the caller passes no [`Moment`], and everything that depends
//! on time behaves safely: every closing period of a timetable holds, allows that end count as
//! ended, blocks that end still hold.

use serde::{Deserialize, Serialize};

use crate::category::CategorySet;
use crate::mode::Mode;

/// Minutes in a day.
pub const DAY: u16 = 24 * 60;

/// A moment in the school's local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Seconds since 1970-01-01T00:00Z, for ends of exceptions.
    pub unix: i64,
    /// Day of the week, 0 Monday to 6 Sunday, local.
    pub weekday: u8,
    /// Minute of the local day, 0 to 1439.
    pub minute: u16,
}

impl Moment {
    /// The moment `unix` in a zone that is `offset` seconds east of Greenwich just then.
    #[must_use]
    pub fn from_unix(unix: i64, offset: i32) -> Self {
        let local = unix.saturating_add(i64::from(offset));
        let days = local.div_euclid(86_400);
        let seconds = local.rem_euclid(86_400);
        Self {
            unix,
            // 1970-01-01 was a Thursday.
            weekday: u8::try_from((days + 3).rem_euclid(7)).unwrap_or(0),
            minute: u16::try_from(seconds / 60).unwrap_or(0),
        }
    }

    /// The local day, in days since 1970-01-01.
    ///
    /// A moment carries no zone, but its weekday tells which of the three days around the UTC day
    /// the school is in, whatever the zone.
    #[must_use]
    pub fn local_day(self) -> i64 {
        let utc = self.unix.div_euclid(86_400);
        // 1970-01-01 was a Thursday, day 3 of a week that begins on Monday.
        let fits = |day: &i64| (day + 3).rem_euclid(7) == i64::from(self.weekday);
        [utc, utc - 1, utc + 1]
            .into_iter()
            .find(fits)
            .unwrap_or(utc)
    }
}

/// Days of the week as bits, Monday lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(pub u8);

impl Days {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday to Saturday, the Vietnamese school week.
    pub const SCHOOL: Self = Self(0b011_1111);

    /// Whether the day is among them, 0 Monday to 6 Sunday.
    #[must_use]
    pub const fn contains(self, weekday: u8) -> bool {
        weekday < 7 && self.0 >> weekday & 1 == 1
    }
}

/// A stretch of the week in which more is closed, or another mode holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// What people call it: "Tiết 1", "Nội trú, đêm".
    pub name: String,
    /// The days it *begins* on.
    pub days: Days,
    /// First minute of the local day.
    pub from: u16,
    /// First minute after it; not later than `from` means past midnight.
    pub to: u16,
    /// Categories closed in it; [`Period::close_all`] closes the rest too.
    pub closed: CategorySet,
    /// Closes everything that is not always open.
    pub close_all: bool,
    /// The mode that holds in it.
    pub mode: Option<Mode>,
}

impl Period {
    /// Whether the moment lies in the period.
    #[must_use]
    pub fn contains(&self, at: Moment) -> bool {
        if self.from < self.to {
            return self.days.contains(at.weekday) && (self.from..self.to).contains(&at.minute);
        }
        let yesterday = (at.weekday + 6) % 7;
        (self.days.contains(at.weekday) && at.minute >= self.from)
            || (self.days.contains(yesterday) && at.minute < self.to)
    }
}

/// A group's week.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timetable {
    /// Periods in the order of the screen; where two give a mode, the first one's holds.
    pub periods: Vec<Period>,
}

impl Timetable {
    /// The periods that hold at a moment; without a clock every period that closes something.
    pub fn active(&self, at: Option<Moment>) -> impl Iterator<Item = (u16, &Period)> {
        (0..)
            .zip(&self.periods)
            .filter(move |(_, period)| match at {
                Some(moment) => period.contains(moment),
                None => period.close_all || !period.closed.is_empty(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(days: Days, from: u16, to: u16) -> Period {
        Period {
            name: "x".into(),
            days,
            from,
            to,
            closed: CategorySet::from_bits(1),
            close_all: false,
            mode: None,
        }
    }

    fn at(weekday: u8, hour: u16, minute: u16) -> Moment {
        Moment {
            unix: 0,
            weekday,
            minute: hour * 60 + minute,
        }
    }

    #[test]
    fn moments_know_their_weekday() {
        // 2026-11-22 10:09 UTC was a Sunday; in Vietnam (UTC+7) it was 17:09.
        let moment = Moment::from_unix(1_795_342_140, 7 * 3600);
        assert_eq!((moment.weekday, moment.minute), (6, 17 * 60 + 9));
        let before = Moment::from_unix(-1, 0);
        assert_eq!((before.weekday, before.minute), (2, DAY - 1));
    }

    #[test]
    fn a_lesson_begins_and_ends_on_the_minute() {
        let lesson = period(Days::SCHOOL, 7 * 60, 7 * 60 + 45);
        assert!(!lesson.contains(at(0, 6, 59)));
        assert!(lesson.contains(at(0, 7, 0)));
        assert!(lesson.contains(at(5, 7, 44)));
        assert!(!lesson.contains(at(5, 7, 45)));
        assert!(!lesson.contains(at(6, 7, 30)));
    }

    #[test]
    fn a_night_reaches_into_the_next_day() {
        let night = period(Days(0b100_0000), 22 * 60, 5 * 60); // Sunday night
        assert!(night.contains(at(6, 23, 0)));
        assert!(night.contains(at(0, 4, 59)));
        assert!(!night.contains(at(0, 5, 0)));
        assert!(!night.contains(at(0, 23, 0)));
        let whole_day = period(Days::ALL, 0, 0);
        assert!(whole_day.contains(at(3, 12, 0)));
    }

    #[test]
    fn without_a_clock_every_closing_period_holds() {
        let mut open = period(Days::ALL, 0, 60);
        open.closed = CategorySet::EMPTY;
        let table = Timetable {
            periods: vec![period(Days(1), 0, 1), open],
        };
        let held = table
            .active(None)
            .map(|(index, _)| index)
            .collect::<Vec<_>>();
        assert_eq!(held, [0]);
    }
}
