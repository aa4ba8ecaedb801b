//! Times of metadata: `2030-01-31T00:00:00Z`, whole seconds in UTC, and nothing else (TUF §4.2.2).

use jiff::Timestamp;

/// A text that is no time of metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time like 2030-01-31T00:00:00Z")]
pub struct NoTime(String);

/// Unix seconds of a time.
///
/// # Errors
/// [`NoTime`].
pub fn seconds(text: &str) -> Result<i64, NoTime> {
    let wrong = || NoTime(text.chars().take(40).collect());
    let shape = b"dddd-dd-ddTdd:dd:ddZ";
    let fits = text.len() == shape.len()
        && text.bytes().zip(shape).all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            other => byte == *other,
        });
    if !fits {
        return Err(wrong());
    }
    text.parse::<Timestamp>()
        .map(Timestamp::as_second)
        .map_err(|_| wrong())
}

/// The text of a time in Unix seconds; times outside the years 0 to 9999 become the nearest there is.
#[must_use]
pub fn text(seconds: i64) -> String {
    // 0000-01-01 and 9999-12-30T22:00:00Z, the last that jiff's timestamps hold.
    let inside = seconds.clamp(-62_167_219_200, 253_402_207_200);
    Timestamp::from_second(inside).map_or_else(
        |_| "9999-12-30T22:00:00Z".to_owned(),
        |time| time.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_in_one_form() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Ok(0));
        assert_eq!(seconds("2030-01-31T12:00:01Z"), Ok(1_896_091_201));
        for wrong in [
            "2030-01-31T12:00:01+00:00",
            "2030-01-31T12:00:01.5Z",
            "2030-01-31 12:00:01Z",
            "2030-02-31T12:00:01Z",
            "2030-01-31",
            "",
            "20300131T120001Z   ",
            "२०३०-01-31T12:00:01Z",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
        for time in [0, 1_896_091_201, i64::MAX, i64::MIN] {
            let text = text(time);
            assert_eq!(text.len(), 20, "{text}");
            assert!(seconds(&text).is_ok(), "{text}");
        }
    }
}
