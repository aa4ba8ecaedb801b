//! The bell: when the school's lessons begin and end, so that what a teacher opens closes by itself.
//!
//! Pure as all of policy: whoever asks brings the moment. A day here is a local day without a change
//! of the clock in it, as all of Vietnam's are.

use crate::time::{DAY, Moment};

/// How long before a lesson what is opened "for the lesson" may be opened, in minutes: the longest
/// break of an ordinary day.
pub const BREAK: u16 = 20;

/// Most lessons of a day.
pub const MAX_LESSONS: usize = 20;

/// A lesson of the day, as the bell rings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lesson {
    /// First minute of the local day.
    pub from: u16,
    /// First minute after it, on the same day.
    pub to: u16,
}

/// Why a day's lessons cannot be rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BellError {
    /// A lesson that ends before it begins, or on another day.
    #[error("a lesson begins before it ends, on one day")]
    Backwards,
    /// A lesson that begins while the one before goes on.
    #[error("a lesson begins when the one before has ended")]
    Overlap,
    /// More than [`MAX_LESSONS`].
    #[error("a day has at most {MAX_LESSONS} lessons")]
    TooMany,
}

/// A lesson of a certain day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Which lesson of the day it is, from 1: "tiết 3".
    pub number: u8,
    /// Unix seconds of its beginning.
    pub begins: i64,
    /// Unix seconds of its end.
    pub ends: i64,
}

/// The bell times of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bells {
    days: [Vec<Lesson>; 7],
}

impl Default for Bells {
    /// What most schools of two shifts ring, Monday to Saturday: lessons 1 to 5 from 7:00, 6 to 10 from
    /// 13:00, 45 minutes each, 20 minutes of break after the second.
    fn default() -> Self {
        let shift = |start: u16| {
            [0, 50, 115, 165, 215].map(|after| Lesson {
                from: start + after,
                to: start + after + 45,
            })
        };
        let day: Vec<Lesson> = [shift(7 * 60), shift(13 * 60)].concat();
        Self {
            days: std::array::from_fn(|weekday| if weekday < 6 { day.clone() } else { Vec::new() }),
        }
    }
}

impl Bells {
    /// The bells of a week, from Monday on; each day's lessons in their order.
    ///
    /// # Errors
    /// [`BellError`]: some day's lessons cannot be rung.
    pub fn new(days: [Vec<Lesson>; 7]) -> Result<Self, BellError> {
        for day in &days {
            check_day(day)?;
        }
        Ok(Self { days })
    }

    /// The lessons of a weekday, 0 Monday to 6 Sunday.
    #[must_use]
    pub fn lessons(&self, weekday: u8) -> &[Lesson] {
        self.days
            .get(usize::from(weekday))
            .map_or(&[], Vec::as_slice)
    }

    /// The lesson that goes on.
    #[must_use]
    pub fn current(&self, at: Moment) -> Option<Rung> {
        self.find(at, |lesson| (lesson.from..lesson.to).contains(&at.minute))
    }

    /// The lesson that something opened now is opened for: the one that goes on, or in the break
    /// before it the next.
    #[must_use]
    pub fn to_open_for(&self, at: Moment) -> Option<Rung> {
        self.find(at, |lesson| {
            lesson.to > at.minute && lesson.from <= at.minute + BREAK
        })
    }

    /// The lesson that a moment (unix minute `minute`, seen from `at`) lay in: what an event of today is told with.
    /// `None` for other days, and for breaks.
    #[must_use]
    pub fn of_minute(&self, minute: i64, at: Moment) -> Option<Rung> {
        let back = at.unix.div_euclid(60).checked_sub(minute)?;
        let of_day = i64::from(at.minute).checked_sub(back)?;
        let of_day = u16::try_from(of_day).ok().filter(|minute| *minute < DAY)?;
        self.current(Moment {
            unix: minute * 60,
            minute: of_day,
            ..at
        })
    }

    fn find(&self, at: Moment, fits: impl Fn(&Lesson) -> bool) -> Option<Rung> {
        let lessons = self.lessons(at.weekday);
        let (number, lesson) = (1..).zip(lessons).find(|(_, lesson)| fits(lesson))?;
        let midnight = at.unix.div_euclid(60) * 60 - i64::from(at.minute) * 60;
        Some(Rung {
            number,
            begins: midnight + i64::from(lesson.from) * 60,
            ends: midnight + i64::from(lesson.to) * 60,
        })
    }
}

/// Checks the lessons of one day.
///
/// # Errors
/// [`BellError`].
pub fn check_day(day: &[Lesson]) -> Result<(), BellError> {
    if day.len() > MAX_LESSONS {
        return Err(BellError::TooMany);
    }
    let mut free = 0;
    for lesson in day {
        if lesson.from >= lesson.to || lesson.to > DAY {
            return Err(BellError::Backwards);
        }
        if lesson.from < free {
            return Err(BellError::Overlap);
        }
        free = lesson.to;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Monday 2026-11-23 in Vietnam, at this time of day.
    fn monday(hour: u16, minute: u16) -> Moment {
        let midnight = 1_795_366_800;
        Moment::from_unix(
            midnight + i64::from(hour) * 3600 + i64::from(minute) * 60 + 17,
            7 * 3600,
        )
    }

    fn number(rung: Option<Rung>) -> Option<u8> {
        rung.map(|rung| rung.number)
    }

    #[test]
    fn a_lesson_goes_on_from_bell_to_bell() {
        let bells = Bells::default();
        for (at, expected) in [
            (monday(6, 59), None),
            (monday(7, 0), Some(1)),
            (monday(7, 44), Some(1)),
            (monday(7, 45), None),
            (monday(8, 55), Some(3)),
            (monday(11, 19), Some(5)),
            (monday(12, 0), None),
            (monday(13, 0), Some(6)),
            (monday(17, 19), Some(10)),
            (monday(23, 0), None),
        ] {
            assert_eq!(number(bells.current(at)), expected, "{at:?}");
        }
        let lesson = bells.current(monday(7, 30)).unwrap();
        assert_eq!(lesson.ends, monday(7, 45).unix - 17);
        assert_eq!(lesson.begins, monday(7, 0).unix - 17);
    }

    #[test]
    fn in_a_break_the_next_lesson_may_be_prepared() {
        let bells = Bells::default();
        assert_eq!(number(bells.to_open_for(monday(7, 47))), Some(2));
        assert_eq!(number(bells.to_open_for(monday(7, 44))), Some(1));
        assert_eq!(number(bells.to_open_for(monday(6, 39))), None);
        assert_eq!(number(bells.to_open_for(monday(6, 40))), Some(1));
        assert_eq!(number(bells.to_open_for(monday(11, 30))), None);
    }

    #[test]
    fn sunday_has_no_lessons() {
        let sunday = Moment::from_unix(monday(8, 0).unix - 86_400, 7 * 3600);
        assert_eq!(sunday.weekday, 6);
        assert_eq!(Bells::default().to_open_for(sunday), None);
    }

    #[test]
    fn a_minute_of_today_is_told_with_its_lesson() {
        let bells = Bells::default();
        let now = monday(9, 0);
        let of = |at: Moment| number(bells.of_minute(at.unix.div_euclid(60), now));
        assert_eq!(of(monday(7, 10)), Some(1));
        assert_eq!(of(monday(7, 47)), None);
        assert_eq!(of(Moment::from_unix(now.unix - 86_400, 7 * 3600)), None);
    }

    #[test]
    fn days_that_cannot_be_rung_are_refused() {
        let lesson = |from, to| Lesson { from, to };
        for (day, error) in [
            (vec![lesson(50, 50)], BellError::Backwards),
            (vec![lesson(50, 1441)], BellError::Backwards),
            (vec![lesson(50, 95), lesson(94, 100)], BellError::Overlap),
            (
                (0..21).map(|n| lesson(n * 10, n * 10 + 5)).collect(),
                BellError::TooMany,
            ),
        ] {
            let mut days: [Vec<Lesson>; 7] = std::array::from_fn(|_| Vec::new());
            days[2] = day;
            assert_eq!(Bells::new(days), Err(error));
        }
    }

    proptest! {
        #[test]
        fn a_lesson_found_holds_the_moment(unix in 0i64..4_000_000_000, quarters in -48i32..=56) {
            let at = Moment::from_unix(unix, quarters * 900);
            let bells = Bells::default();
            if let Some(lesson) = bells.current(at) {
                prop_assert!((lesson.begins..lesson.ends).contains(&unix));
                prop_assert_eq!(bells.to_open_for(at), Some(lesson));
            }
            if let Some(lesson) = bells.to_open_for(at) {
                prop_assert!(lesson.ends > unix && lesson.begins <= unix + i64::from(BREAK) * 60);
            }
        }
    }
}
