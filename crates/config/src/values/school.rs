//! `[school]`: who we are.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use lachan_policy::Bells;

/// Default name of the school. True of every school, so a block page reads well before anyone has
/// set one.
pub const DEFAULT_NAME: &str = "Trường học";

/// Longest name of a school, in characters: one line on a block page.
pub const MAX_NAME: usize = 100;

/// Most ways to reach the school that a device is told; they must fit a small answer.
pub const MAX_CONTACTS: usize = 3;

/// Longest of them, in bytes.
pub const MAX_CONTACT: usize = 100;

/// Most places of help that the pages for pupils name beside 111: more than a frightened child reads.
pub const MAX_HELP: usize = 6;

/// Longest text of one, in characters: one line on a phone, or two.
pub const MAX_HELP_TEXT: usize = 80;

/// Default time zone: all of Vietnam has one.
pub const DEFAULT_TIME_ZONE: &str = "Asia/Ho_Chi_Minh";

/// `[school]`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct School {
    /// The name people see; 1 to [`MAX_NAME`] characters, no control characters.
    pub name: String,
    /// The language of messages, logs for people and pages where the reader's own is not known.
    pub language: Language,
    /// Whom a program may tell people to ask about a blocked name: at most [`MAX_CONTACTS`] URIs of
    /// the schemes `tel`, `mailto` and `sips`. Empty by default: nobody is named unasked.
    pub contact: Vec<String>,
    /// The zone that timetables and "today" are meant in.
    pub time_zone: TimeZone,
    /// `[school.bells]`: when lessons begin and end.
    pub bells: Bells,
    /// `[[school.help]]`: whom pupils may turn to near the school, beside 111.
    pub help: Vec<HelpPlace>,
}

/// Somebody near the school who helps children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpPlace {
    /// Who: "Phòng tư vấn học đường".
    pub name: String,
    /// Digits to call, with spaces as people write them; empty for none.
    pub phone: String,
    /// Where to go, or when; empty for none.
    pub note: String,
}

impl Default for School {
    fn default() -> Self {
        // The zone data is built in; should it ever lack Vietnam, seven hours have been right since 1975.
        let vietnam = || TimeZone::fixed(jiff::tz::offset(7));
        Self {
            name: DEFAULT_NAME.to_owned(),
            language: Language::default(),
            contact: Vec::new(),
            time_zone: zone(DEFAULT_TIME_ZONE).unwrap_or_else(vietnam),
            bells: Bells::default(),
            help: Vec::new(),
        }
    }
}

/// A language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// `vi`. The default: the box stands in a Vietnamese school.
    #[default]
    Vietnamese,
    /// `en`.
    English,
}

impl Language {
    /// The id used in files: `vi` or `en`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    /// The language of a POSIX locale such as `vi_VN.UTF-8` (`LANG`, `LC_MESSAGES`); English for
    /// every other, the `C` locale and an empty text.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let language = locale
            .split(['_', '.', '@', '-'])
            .next()
            .unwrap_or_default();
        if language.eq_ignore_ascii_case("vi") {
            Self::Vietnamese
        } else {
            Self::English
        }
    }
}

/// The zone of that IANA name: the system's data where it has it, since that is updated when a
/// government changes its mind, else the data built in.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name)
        .or_else(|_| TimeZoneDatabase::bundled().get(name))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_zone_is_vietnam() {
        assert_eq!(
            School::default().time_zone.iana_name(),
            Some(DEFAULT_TIME_ZONE)
        );
    }

    #[test]
    fn locales_give_a_language() {
        for (locale, language) in [
            ("vi_VN.UTF-8", Language::Vietnamese),
            ("vi", Language::Vietnamese),
            ("VI_vn", Language::Vietnamese),
            ("en_US.UTF-8", Language::English),
            ("C.UTF-8", Language::English),
            ("vietnam", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale:?}");
        }
    }
}
