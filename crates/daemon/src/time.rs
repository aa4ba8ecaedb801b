//! Times as people write them on the command line, and what the clock of this machine is worth.
//!
//! A Pi has no clock at boot: it starts in 1970, or when its image was made. So a system clock that
//! stands before this program was made counts as unknown, and everything that depends on the time
//! behaves as `policy` says it should then.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use lachan_policy::Moment;

/// 2026-01-01T00:00Z in Unix seconds: no right clock shows an earlier time to this program.
pub(crate) const EARLIEST: i64 = 1_767_225_600;

/// The time as this machine has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Now(Timestamp);

impl Now {
    /// Reads the system's clock.
    pub(crate) fn system() -> Self {
        Self(Timestamp::now())
    }

    /// The time; `None` when the clock cannot be right.
    pub(crate) fn known(self) -> Option<Timestamp> {
        (self.0.as_second() >= EARLIEST).then_some(self.0)
    }

    /// Unix seconds; 0 when the clock cannot be right.
    pub(crate) fn unix(self) -> i64 {
        self.known().map_or(0, Timestamp::as_second)
    }

    /// The moment in a zone.
    pub(crate) fn moment(self, zone: &TimeZone) -> Option<Moment> {
        self.known().map(|now| moment(now, zone))
    }
}

/// A time as policy takes it.
pub(crate) fn moment(at: Timestamp, zone: &TimeZone) -> Moment {
    Moment::from_unix(at.as_second(), zone.to_offset(at).seconds())
}

/// A time in the zone, as people read it: `2026-11-22 10:09`.
pub(crate) fn shown(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// As [`shown`], of Unix seconds; empty when they are no time.
pub(crate) fn shown_unix(unix: i64, zone: &TimeZone) -> String {
    Timestamp::from_second(unix).map_or_else(|_| String::new(), |at| shown(at, zone))
}

/// The day in the zone, as files are named by it: `2026-11-22`. `None` while it is not known.
pub(crate) fn day_shown(now: Now, zone: &TimeZone) -> Option<String> {
    let now = now.known()?.to_zoned(zone.clone());
    Some(now.strftime("%Y-%m-%d").to_string())
}

/// RFC 3339 in the zone, to the second: `2026-11-22T10:09:00+07:00`.
pub(crate) fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TimeError {
    /// No point in time.
    #[error(
        "{0:?} is no time; write 2026-11-22T10:09:00+07:00, \"2026-11-22 10:09\", or 10:09 for today"
    )]
    Moment(String),
    /// No length of time.
    #[error("{0:?} is no length of time; write 45m, 2h, 3d or 1w")]
    Span(String),
    /// A time of day, and nobody knows which day it is.
    #[error("the clock of this machine is not set, so {0:?} has no day; write the whole date")]
    NoClock(String),
    /// An end that is over.
    #[error("{0:?} is over already; write a time that is still to come")]
    Past(String),
}

/// Reads a point in time: RFC 3339, `YYYY-MM-DD HH:MM`, or `HH:MM` of today.
///
/// # Errors
/// [`TimeError::Moment`], [`TimeError::NoClock`].
pub(crate) fn parse_moment(text: &str, now: Now, zone: &TimeZone) -> Result<Timestamp, TimeError> {
    let bad = || TimeError::Moment(text.to_owned());
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Ok(at) = DateTime::strptime("%Y-%m-%d %H:%M", text) {
        return at
            .to_zoned(zone.clone())
            .map(|at| at.timestamp())
            .map_err(|_| bad());
    }
    let time = Time::strptime("%H:%M", text).map_err(|_| bad())?;
    let now = now
        .known()
        .ok_or_else(|| TimeError::NoClock(text.to_owned()))?;
    let today = now.to_zoned(zone.clone()).date();
    today
        .to_datetime(time)
        .to_zoned(zone.clone())
        .map(|at: Zoned| at.timestamp())
        .map_err(|_| bad())
}

/// Reads a length of time in whole minutes, hours, days or weeks, as seconds.
///
/// # Errors
/// [`TimeError::Span`].
pub(crate) fn parse_span(text: &str) -> Result<i64, TimeError> {
    let bad = || TimeError::Span(text.to_owned());
    let unit = text.chars().last().ok_or_else(bad)?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(bad()),
    };
    let count = &text[..text.len() - unit.len_utf8()];
    let count: u32 = count.parse().map_err(|_| bad())?;
    Ok(i64::from(count) * seconds)
}

/// Reads `2h` (that long ago) or a point in time, as Unix seconds.
///
/// # Errors
/// [`TimeError`].
pub(crate) fn parse_since(text: &str, now: Now, zone: &TimeZone) -> Result<i64, TimeError> {
    match parse_span(text) {
        Ok(span) => {
            let now = now
                .known()
                .ok_or_else(|| TimeError::NoClock(text.to_owned()))?;
            Ok(now.as_second() - span)
        }
        Err(_) => parse_moment(text, now, zone).map(Timestamp::as_second),
    }
}

/// Reads when something ends, in Unix seconds: at a point in time (`until`) or after a length of
/// time (`lasting`); `None` for no end.
///
/// # Errors
/// [`TimeError`].
pub(crate) fn parse_end(
    until: Option<&str>,
    lasting: Option<&str>,
    now: Now,
    zone: &TimeZone,
) -> Result<Option<i64>, TimeError> {
    if let Some(text) = until {
        return parse_moment(text, now, zone).map(|at| Some(at.as_second()));
    }
    let Some(text) = lasting else {
        return Ok(None);
    };
    let span = parse_span(text)?;
    let now = now
        .known()
        .ok_or_else(|| TimeError::NoClock(text.to_owned()))?;
    Ok(Some(now.as_second() + span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-22 17:09 in Vietnam.
    const NOW: i64 = 1_795_342_140;

    fn now(unix: i64) -> Now {
        Now(Timestamp::from_second(unix).unwrap())
    }

    fn vietnam() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(7))
    }

    fn check(text: &str, expected: Option<&str>) {
        let read = parse_moment(text, now(NOW), &vietnam());
        let shown = read.ok().map(|at| rfc3339(at, &vietnam()));
        assert_eq!(shown.as_deref(), expected, "{text}");
    }

    #[test]
    fn points_in_time_are_read_as_people_write_them() {
        check("2026-09-05T00:00:00Z", Some("2026-09-05T07:00:00+07:00"));
        check(
            "2026-09-05T07:00:00+07:00",
            Some("2026-09-05T07:00:00+07:00"),
        );
        check("2026-09-05 07:15", Some("2026-09-05T07:15:00+07:00"));
        check("7:15", Some("2026-11-22T07:15:00+07:00"));
        check("23:59", Some("2026-11-22T23:59:00+07:00"));
        check("25:00", None);
        check("2026-02-30 07:15", None);
        check("", None);
        check("mai", None);
    }

    #[test]
    fn lengths_of_time_are_read_with_their_unit() {
        for (text, seconds) in [
            ("45m", 2_700),
            ("2h", 7_200),
            ("3d", 259_200),
            ("1w", 604_800),
        ] {
            assert_eq!(parse_span(text), Ok(seconds));
        }
        for bad in ["", "m", "2", "-2h", "2ư", "99999999999h", "2 h"] {
            assert!(parse_span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn since_takes_both_forms() {
        assert_eq!(parse_since("2h", now(NOW), &vietnam()), Ok(NOW - 7_200));
        assert_eq!(parse_since("17:09", now(NOW), &vietnam()), Ok(NOW));
        assert!(matches!(
            parse_since("2h", now(0), &vietnam()),
            Err(TimeError::NoClock(_))
        ));
    }

    #[test]
    fn an_end_is_a_time_or_a_length_of_time() {
        let end = |until, lasting| parse_end(until, lasting, now(NOW), &vietnam());
        assert_eq!(end(Some("17:30"), None), Ok(Some(NOW + 21 * 60)));
        assert_eq!(end(None, Some("45m")), Ok(Some(NOW + 45 * 60)));
        assert_eq!(end(None, None), Ok(None));
        assert!(end(None, Some("x")).is_err() && end(Some("x"), None).is_err());
    }

    #[test]
    fn a_clock_that_cannot_be_right_is_none() {
        assert_eq!(now(EARLIEST - 1).known(), None);
        assert_eq!(now(EARLIEST - 1).unix(), 0);
        assert!(now(EARLIEST).moment(&vietnam()).is_some());
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_readers(text in "\\PC{0,20}") {
            let _ = parse_moment(&text, now(NOW), &vietnam());
            let _ = parse_since(&text, now(NOW), &vietnam());
        }
    }
}
