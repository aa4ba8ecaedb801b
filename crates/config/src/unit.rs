//! Durations and sizes as the settings file writes them: a whole number and a unit, nothing else.
//!
//! `"1500ms"`, `"30s"`, `"5m"`, `"2h"`, `"30d"`; `"512B"`, `"64KiB"`, `"32MiB"`, `"1GiB"`. One unit
//! only and no fractions, so that every value has one obvious reading; `MB` is refused because half
//! the world means 1,000,000 by it and the other half 1,048,576.

use std::time::Duration;

/// One day in seconds: the longest unit of a duration.
const DAY: u64 = 24 * 60 * 60;

/// Units of time in milliseconds, the longest first.
const TIMES: [(&str, u64); 5] = [
    ("d", DAY * 1000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Units of size in bytes, the largest first.
const SIZES: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// Why a text is no duration or size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// It does not begin with a digit.
    #[error("there is no whole number at the start")]
    Number,
    /// What follows the digits is no unit.
    #[error("there is no unit after the number that is known here")]
    Unit,
    /// More than 64 bits of the smallest unit.
    #[error("the value is too large to be counted")]
    TooLarge,
}

/// Reads a duration such as `30s`.
///
/// # Errors
/// [`UnitError`], when the text is not exactly digits and one of `ms`, `s`, `m`, `h`, `d`.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    parse(text, &TIMES).map(Duration::from_millis)
}

/// Writes a duration in the longest unit that holds it exactly; what is below a millisecond is
/// dropped.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    if duration.is_zero() {
        return "0s".to_owned(); // "0d" would read as if days mattered
    }
    format(
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        &TIMES,
    )
}

/// Reads a size in bytes such as `32MiB`.
///
/// # Errors
/// [`UnitError`], when the text is not exactly digits and one of `B`, `KiB`, `MiB`, `GiB`.
pub fn parse_size(text: &str) -> Result<u64, UnitError> {
    parse(text, &SIZES)
}

/// Writes a size in the largest unit that holds it exactly.
#[must_use]
pub fn format_size(bytes: u64) -> String {
    if bytes == 0 {
        "0B".to_owned()
    } else {
        format(bytes, &SIZES)
    }
}

fn parse(text: &str, units: &[(&str, u64)]) -> Result<u64, UnitError> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(UnitError::Number);
    }
    let (_, factor) = units
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or(UnitError::Unit)?;
    let number: u64 = number.parse().map_err(|_| UnitError::TooLarge)?;
    number.checked_mul(*factor).ok_or(UnitError::TooLarge)
}

fn format(count: u64, units: &[(&str, u64)]) -> String {
    let exact = units
        .iter()
        .find(|(_, factor)| count.is_multiple_of(*factor));
    exact.map_or_else(
        || count.to_string(),
        |(unit, factor)| format!("{}{unit}", count / factor),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_read_as_written() {
        for (text, millis) in [
            ("1500ms", 1500),
            ("30s", 30_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("30d", 2_592_000_000),
            ("0s", 0),
            ("007s", 7000),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_millis(millis)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for (text, why) in [
            ("", UnitError::Number),
            ("s", UnitError::Number),
            ("-1s", UnitError::Number),
            ("+1s", UnitError::Number),
            (" 1s", UnitError::Number),
            ("30", UnitError::Unit),
            ("30 s", UnitError::Unit),
            ("30S", UnitError::Unit),
            ("30s ", UnitError::Unit),
            ("1.5s", UnitError::Unit),
            ("1h30m", UnitError::Unit),
            ("30giây", UnitError::Unit),
            ("٣s", UnitError::Number),
            ("99999999999999999999s", UnitError::TooLarge),
            ("18446744073709551615d", UnitError::TooLarge),
        ] {
            assert_eq!(parse_duration(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn sizes_read_as_written() {
        for (text, bytes) in [
            ("0B", 0),
            ("512B", 512),
            ("64KiB", 65_536),
            ("32MiB", 33_554_432),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in [
            "32",
            "32MB",
            "32M",
            "32mib",
            "1.5GiB",
            "MiB",
            "-1MiB",
            "17179869184GiB",
        ] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_written_in_the_largest_exact_unit() {
        let duration = |millis| format_duration(Duration::from_millis(millis));
        assert_eq!(duration(0), "0s");
        assert_eq!(duration(1500), "1500ms");
        assert_eq!(duration(60_000), "1m");
        assert_eq!(duration(90_000), "90s");
        assert_eq!(duration(2_592_000_000), "30d");
        assert_eq!(format_size(0), "0B");
        assert_eq!(format_size(33_554_432), "32MiB");
        assert_eq!(format_size(1025), "1025B");
    }

    proptest! {
        #[test]
        fn a_written_duration_reads_back(millis: u64) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }

        #[test]
        fn a_written_size_reads_back(bytes: u64) {
            prop_assert_eq!(parse_size(&format_size(bytes)), Ok(bytes));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            let _ = (parse_duration(&text), parse_size(&text));
        }

        #[test]
        fn the_number_times_the_unit_is_the_value(number in 0u64..1_000_000, unit in 0usize..5) {
            let (name, factor) = TIMES[unit];
            let expected = Duration::from_millis(number * factor);
            prop_assert_eq!(parse_duration(&format!("{number}{name}")), Ok(expected));
        }
    }
}
