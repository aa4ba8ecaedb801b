//! The `date` of responses (RFC 9110 §6.6.1): when they were made, by the box's clock; none while
//! the box does not know the time, since a wrong one would make fresh answers old.

use std::cell::RefCell;
use std::time::{Duration, UNIX_EPOCH};

use hyper::header::HeaderValue;
use lachan_policy::Moment;

/// The field's value at a time.
///
/// It changes once a second and is asked for with every response, so each thread keeps the last. No
/// thread waits for another, and no clock is asked: the moment is that of the engine, a stored one.
pub(super) fn at(moment: Moment) -> Option<HeaderValue> {
    thread_local! {
        static LAST: RefCell<Option<(i64, HeaderValue)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| {
        if let Some((unix, value)) = last
            && *unix == moment.unix
        {
            return Some(value.clone());
        }
        let value = written(moment.unix)?;
        *last = Some((moment.unix, value.clone()));
        Some(value)
    })
}

/// As IMF-fixdate (RFC 9110 §5.6.7); `None` for a time that has none.
fn written(unix: i64) -> Option<HeaderValue> {
    /// Where four digits of a year end: 9999-12-31T23:59:59Z.
    const LAST: u64 = 253_402_300_799;
    let since = u64::try_from(unix).ok().filter(|unix| *unix <= LAST)?;
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(since))?;
    HeaderValue::try_from(httpdate::fmt_http_date(time)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_http_wants_it() {
        for (unix, expected) in [
            (784_111_777, Some("Sun, 06 Nov 1994 08:49:37 GMT")),
            (1_795_342_140, Some("Sun, 22 Nov 2026 10:09:00 GMT")),
            (0, Some("Thu, 01 Jan 1970 00:00:00 GMT")),
            (-1, None),
            (i64::MAX, None),
        ] {
            // Twice: the second is the one that is kept.
            for _ in 0..2 {
                let value = at(Moment::from_unix(unix, 0));
                let text = value.as_ref().map(|value| value.to_str().unwrap());
                assert_eq!(text, expected, "{unix}");
            }
        }
    }
}
