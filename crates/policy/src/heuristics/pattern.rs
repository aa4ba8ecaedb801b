//! The patterns of `rules/heuristics.toml`: a text inside a label, and what stands on either side.
//!
//! ```text
//!  [^ | @] [#…] text [#…] [$ | @]
//!     ^ $   the label begins (ends) there        #…   at least so many digits
//!     |     the word ends there: no letter, and beside a digit no digit
//!     @     a letter stands there
//! ```
//!
//! `##win|` is two digits or more, `win`, and then no letter: `98win`, `98win7`, not `98wine`.

use std::ops::Range;
use std::str::FromStr;

/// What must stand beside the text, outwards: digits, then an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Side {
    /// At least so many digits.
    digits: u8,
    edge: Edge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Edge {
    #[default]
    Any,
    /// Nothing more of the label.
    End,
    /// No letter.
    NoLetter,
    /// No letter and no digit.
    NoWord,
    /// A letter.
    Letter,
}

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    before: Side,
    after: Side,
}

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no pattern; write [^ | @] [#…] text [#…] [$ | @], the text of a-z, 0-9, - and at least two long"
)]
pub struct BadPattern(pub String);

impl FromStr for Pattern {
    type Err = BadPattern;

    fn from_str(whole: &str) -> Result<Self, BadPattern> {
        let bad = || BadPattern(whole.to_owned());
        let (edge, rest) = match whole.split_at_checked(1) {
            Some(("^", rest)) => (Edge::End, rest),
            Some(("|", rest)) => (Edge::NoLetter, rest),
            Some(("@", rest)) => (Edge::Letter, rest),
            _ => (Edge::Any, whole),
        };
        let (other_edge, rest) = match rest.split_at_checked(rest.len().saturating_sub(1)) {
            Some((rest, "$")) => (Edge::End, rest),
            Some((rest, "|")) => (Edge::NoLetter, rest),
            Some((rest, "@")) => (Edge::Letter, rest),
            _ => (Edge::Any, rest),
        };
        let behind = rest.trim_start_matches('#');
        let text = behind.trim_end_matches('#');
        let side = |edge, longer: &str, shorter: &str, beside: Option<u8>| {
            let digits = u8::try_from(longer.len() - shorter.len()).map_err(|_| bad())?;
            let is_number = digits == 0 && beside.is_some_and(|byte| byte.is_ascii_digit());
            let edge = match edge {
                Edge::NoLetter if is_number => Edge::NoWord,
                edge => edge,
            };
            Ok(Side { digits, edge })
        };
        let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if text.len() < 2 || !text.bytes().all(allowed) {
            return Err(bad());
        }
        Ok(Self {
            text: text.to_owned(),
            before: side(edge, rest, behind, text.bytes().next())?,
            after: side(other_edge, behind, text, text.bytes().last())?,
        })
    }
}

impl Pattern {
    /// The text to look for.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Given that the text ends at `end` of a label: the part of the label the pattern covers, its
    /// digits included, if both sides are as it wants them.
    #[inline]
    pub(super) fn covers(&self, label: &[u8], end: usize) -> Option<Range<usize>> {
        let start = end.checked_sub(self.text.len())?;
        let (before, after) = (label.get(..start)?, label.get(end..)?);
        let first = self.before.reach(before.iter().rev())?;
        let last = self.after.reach(after.iter())?;
        Some(start - first..end + last)
    }
}

impl Side {
    /// How many digits of this side the pattern takes, if the side is as it should be.
    #[inline]
    fn reach<'b>(self, mut outwards: impl Iterator<Item = &'b u8> + Clone) -> Option<usize> {
        let mut taken = 0;
        if self.digits > 0 {
            taken = outwards
                .clone()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            if taken < usize::from(self.digits) {
                return None;
            }
        }
        let next = outwards.nth(taken);
        let fits = match self.edge {
            Edge::Any => true,
            Edge::End => next.is_none(),
            Edge::NoLetter => !next.is_some_and(u8::is_ascii_alphabetic),
            Edge::NoWord => !next.is_some_and(u8::is_ascii_alphanumeric),
            Edge::Letter => next.is_some_and(u8::is_ascii_alphabetic),
        };
        fits.then_some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a pattern covers of a label, at every place its text stands.
    fn covered(pattern: &str, label: &str) -> Vec<String> {
        let pattern: Pattern = pattern.parse().unwrap();
        let places = label
            .match_indices(pattern.text())
            .map(|(at, text)| at + text.len());
        places
            .filter_map(|end| pattern.covers(label.as_bytes(), end))
            .map(|range| label[range].to_owned())
            .collect()
    }

    #[track_caller]
    fn check(pattern: &str, label: &str, expected: &[&str]) {
        assert_eq!(covered(pattern, label), expected, "{pattern} {label}");
    }

    #[test]
    fn a_plain_text_stands_anywhere() {
        check("kuwin", "kuwin", &["kuwin"]);
        check("kuwin", "xkuwin88", &["kuwin"]);
        check("kuwin", "kuw-in", &[]);
    }

    #[test]
    fn digits_are_counted_and_shown() {
        check("##win|", "98win", &["98win"]);
        check("##win|", "a98win7", &["98win"]);
        check("##win|", "98wine", &[]);
        check("##win|", "8win", &[]);
        check("bet##|", "tai-bet365", &["bet365"]);
        check("bet##|", "bet365x", &[]);
        check("|#bet", "a9bet", &[]);
        check("|#bet", "-9bet", &["9bet"]);
    }

    #[test]
    fn edges_are_kept() {
        check("|w88", "w88", &["w88"]);
        check("|w88", "1w88", &["w88"]);
        check("|w88", "kuw88", &[]);
        check("|win7|", "win7", &["win7"]);
        check("|win7|", "win79", &[]);
        check("|88win", "188win", &[]);
        check("@88$", "fb88", &["88"]);
        check("@88$", "88", &[]);
        check("@88$", "fb88x", &[]);
        check("^88@", "88nb", &["88"]);
        check("^88@", "188nb", &[]);
        check("-vietcombank|", "my-vietcombank", &["-vietcombank"]);
    }

    #[test]
    fn what_is_no_pattern_is_said_to_be_none() {
        for bad in [
            "", "a", "^$", "##", "Win", "wi n", "a#b", "kuwin!", "đỏ", "|", "^^ab",
        ] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in "\\PC{0,12}") {
            let _ = text.parse::<Pattern>();
        }

        #[test]
        fn what_is_covered_lies_in_the_label(
            pattern in "[|^@]?#{0,2}[a-c1]{2,3}#{0,2}[|$@]?",
            label in "[a-c1-]{0,12}",
            end in 0usize..14,
        ) {
            let pattern: Pattern = pattern.parse().unwrap();
            if let Some(range) = pattern.covers(label.as_bytes(), end) {
                prop_assert!(range.start <= range.end && range.end <= label.len());
            }
        }
    }
}
