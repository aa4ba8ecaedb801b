//! Numbers as people here write them: `1.234,5` in Vietnamese, `1,234.5` in English.

use std::time::Duration;

use crate::words::Words;

/// Between groups of three digits, and before a fraction.
fn marks(words: Words) -> (char, char) {
    if words.is_vietnamese() {
        ('.', ',')
    } else {
        (',', '.')
    }
}

/// `1.234.567`.
pub(super) fn count(number: u64, words: Words) -> String {
    grouped(&number.to_string(), words)
}

/// Digits in groups of three.
fn grouped(digits: &str, words: Words) -> String {
    let (thousands, _) = marks(words);
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(thousands);
        }
        text.push(digit);
    }
    text
}

/// One digit behind the mark below a hundred, none above.
pub(super) fn decimal(number: f64, words: Words) -> String {
    if number >= 99.95 {
        return grouped(&format!("{number:.0}"), words);
    }
    let text = format!("{number:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    text.replace('.', &marks(words).1.to_string())
}

/// `83 %`.
pub(super) fn percent(share: f64, words: Words) -> String {
    format!("{} %", decimal(share * 100.0, words))
}

/// `12,3 MiB`.
pub(super) fn bytes(bytes: u64, words: Words) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    format!("{} {unit}", decimal(value, words))
}

/// `3,2 µs`, `18 ms`, `1,2 s`.
pub(super) fn duration(time: Duration, words: Words) -> String {
    let micros = time.as_secs_f64() * 1e6;
    let (value, unit) = match micros {
        small if small < 1e3 => (small, "µs"),
        middle if middle < 1e6 => (middle / 1e3, "ms"),
        large => (large / 1e6, "s"),
    };
    format!("{} {unit}", decimal(value, words))
}

/// `3 ngày 02:11`, `02:11`, `41 s`.
pub(super) fn span(seconds: u64, words: Words) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, seconds) {
        (0, 0..120) => format!("{seconds} s"),
        (0, _) => format!("{hours:02}:{minutes:02}"),
        _ => words.days_and_hours(days, &format!("{hours:02}:{minutes:02}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_config::Language;

    const VI: Words = Words::new(Language::Vietnamese);
    const EN: Words = Words::new(Language::English);

    #[test]
    fn numbers_are_written_as_the_reader_writes_them() {
        assert_eq!(
            (count(1_234_567, VI), count(1_234, EN)),
            ("1.234.567".into(), "1,234".into())
        );
        assert_eq!((count(0, VI), count(999, VI)), ("0".into(), "999".into()));
        assert_eq!(
            (decimal(30.5, VI), decimal(1234.4, EN)),
            ("30,5".into(), "1,234".into())
        );
        assert_eq!(
            (decimal(0.0, VI), decimal(99.96, EN)),
            ("0".into(), "100".into())
        );
        assert_eq!(percent(0.834, VI), "83,4 %");
    }

    #[test]
    fn sizes_and_times_have_a_unit_that_fits() {
        assert_eq!(
            (bytes(512, VI), bytes(12 << 20, VI)),
            ("512 B".into(), "12 MiB".into())
        );
        assert_eq!(bytes(u64::MAX, EN), "16,777,216 TiB");
        assert_eq!(duration(Duration::from_nanos(3_200), VI), "3,2 µs");
        assert_eq!(duration(Duration::from_millis(18), EN), "18 ms");
        assert_eq!(duration(Duration::from_millis(1_250), EN), "1.2 s");
        assert_eq!(
            (span(41, VI), span(7_860, VI)),
            ("41 s".into(), "02:11".into())
        );
        assert_eq!(span(3 * 86_400 + 60, VI), "3 ngày 00:01");
    }
}
