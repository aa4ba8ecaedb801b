//! `[school]` of `v1`: name, language, whom to ask, the zone, the bells, the help near the school.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use lachan_policy::{Bells, Lesson, MAX_LESSONS};

use crate::fault::{Fault, Quoted, Wanted};
use crate::reader::{Field, Section, nearest};
use crate::values::{
    self, HelpPlace, Language, MAX_CONTACT, MAX_CONTACTS, MAX_HELP, MAX_HELP_TEXT, MAX_NAME, School,
};

/// Reads `[school]`.
pub(super) fn read(mut section: Section<'_>) -> School {
    const LANGUAGES: [(&str, Language); 2] =
        [("vi", Language::Vietnamese), ("en", Language::English)];
    let default = School::default();
    let school = School {
        name: section
            .field("name")
            .and_then(|f| f.parsed(name))
            .unwrap_or(default.name),
        language: section
            .field("language")
            .and_then(|f| f.choice(&LANGUAGES))
            .unwrap_or_default(),
        time_zone: section
            .field("time-zone")
            .and_then(|f| f.parsed(time_zone))
            .unwrap_or(default.time_zone),
        contact: section
            .field("contact")
            .and_then(|f| f.elements(Wanted::Texts, MAX_CONTACTS))
            .map_or_else(Vec::new, contacts),
        bells: bells(section.section("bells")),
        help: section
            .field("help")
            .and_then(|f| f.elements(Wanted::Tables, MAX_HELP))
            .map_or_else(Vec::new, help),
    };
    section.close();
    school
}

fn contacts(elements: Vec<Field<'_>>) -> Vec<String> {
    elements
        .iter()
        .filter_map(|field| field.parsed(contact))
        .collect()
}

/// A URI of one of the schemes that no browser opens by itself (the registry of
/// draft-ietf-dnsop-structured-dns-error).
fn contact(text: &str) -> Result<String, Fault> {
    if text.len() > MAX_CONTACT {
        return Err(Fault::TooLong { most: MAX_CONTACT });
    }
    // RFC 3986 §2: what may stand in a URI.
    let fits = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    let is_one = text.split_once(':').is_some_and(|(scheme, rest)| {
        let digits = rest.bytes().filter(u8::is_ascii_digit).count();
        match scheme {
            "tel" => digits > 2,
            "mailto" | "sips" => rest
                .split_once('@')
                .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()),
            _ => false,
        }
    });
    if is_one && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(Fault::NotAContact(Quoted::new(text)))
    }
}

fn name(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::ControlCharacter(Quoted::new(text)));
    }
    if text.chars().count() > MAX_NAME {
        return Err(Fault::TooLong { most: MAX_NAME });
    }
    Ok(text.to_owned())
}

fn time_zone(text: &str) -> Result<TimeZone, Fault> {
    values::zone(text).ok_or_else(|| {
        let zones = TimeZoneDatabase::bundled();
        let names = zones
            .available()
            .map(|name| name.to_string())
            .collect::<Vec<_>>();
        let near = nearest_zone(text, &names);
        Fault::NotATimeZone {
            given: Quoted::new(text),
            near,
        }
    })
}

/// Zones are written with `_`, which [`nearest`] takes for `-`.
fn nearest_zone(text: &str, names: &[String]) -> Option<String> {
    let dashed = names
        .iter()
        .map(|name| name.replace('_', "-"))
        .collect::<Vec<_>>();
    let near = nearest(text, dashed.iter().map(String::as_str))?;
    let index = dashed.iter().position(|name| name == near)?;
    names.get(index).cloned()
}

/// Days of the week, from Monday on, as the file names them.
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// `[school.bells]`: `lessons` of Monday to Saturday, and days that are other than that.
fn bells(mut section: Section<'_>) -> Bells {
    let default = Bells::default();
    let usual = section
        .field("lessons")
        .and_then(|field| day(&field))
        .unwrap_or_else(|| default.lessons(0).to_vec());
    let mut days: [Vec<Lesson>; 7] = std::array::from_fn(|_| Vec::new());
    for (weekday, key) in (0..).zip(WEEKDAYS) {
        let own = section.field(key).and_then(|field| day(&field));
        days[weekday] = own.unwrap_or_else(|| {
            if weekday < 6 {
                usual.clone()
            } else {
                Vec::new()
            }
        });
    }
    section.close();
    // What could not be rung was noted where it stands.
    Bells::new(days).unwrap_or(default)
}

/// The lessons of a day; what is wrong with them is noted.
fn day(field: &Field<'_>) -> Option<Vec<Lesson>> {
    let mut lessons: Vec<Lesson> = Vec::new();
    for field in field.elements(Wanted::Texts, MAX_LESSONS)? {
        let lesson = field.parsed(lesson)?;
        if lessons.last().is_some_and(|last| lesson.from < last.to) {
            return field.refuse(Fault::LessonsOverlap);
        }
        lessons.push(lesson);
    }
    Some(lessons)
}

/// `07:00-07:45`.
fn lesson(text: &str) -> Result<Lesson, Fault> {
    let times = text
        .split_once('-')
        .map(|(from, to)| (clock(from), clock(to)));
    match times {
        Some((Some(from), Some(to))) if from < to => Ok(Lesson { from, to }),
        _ => Err(Fault::NotALesson(Quoted::new(text))),
    }
}

/// The minute of the day of `07:45` or `7:45`; `24:00` ends a day.
fn clock(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=2).contains(&hour.len()) || minute.len() != 2 || !is_number(hour) || !is_number(minute)
    {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day <= lachan_policy::DAY).then_some(of_day)
}

fn help(elements: Vec<Field<'_>>) -> Vec<HelpPlace> {
    let place = |field: &Field<'_>| {
        let mut section = field.table()?;
        let name = section
            .required("name")
            .and_then(|field| field.parsed(short));
        let phone = section
            .field("phone")
            .and_then(|field| field.parsed(phone_number));
        let note = section.field("note").and_then(|field| field.parsed(short));
        section.close();
        Some(HelpPlace {
            name: name?,
            phone: phone.unwrap_or_default(),
            note: note.unwrap_or_default(),
        })
    };
    elements.iter().filter_map(place).collect()
}

/// A line for people.
fn short(text: &str) -> Result<String, Fault> {
    if text.chars().count() > MAX_HELP_TEXT {
        return Err(Fault::TooLong {
            most: MAX_HELP_TEXT,
        });
    }
    name(text)
}

/// A number that a phone can call: digits with a plus before and spaces, dots or hyphens between.
fn phone_number(text: &str) -> Result<String, Fault> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    let fits = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b" .-".contains(&byte));
    if fits && (3..=15).contains(&count) {
        Ok(text.to_owned())
    } else {
        Err(Fault::NotAPhone(Quoted::new(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_are_written_as_people_do() {
        for (text, from, to) in [
            ("07:00-07:45", 420, 465),
            ("7:00 - 7:45", 420, 465),
            ("23:00-24:00", 1380, 1440),
        ] {
            assert_eq!(lesson(text), Ok(Lesson { from, to }), "{text}");
        }
        for bad in [
            "",
            "7",
            "7:00",
            "7:45-7:00",
            "7:00-7:00",
            "7:0-7:45",
            "07:60-08:00",
            "24:00-24:30",
            "a:bb-c:dd",
            "+7:00-8:00",
            "7:00-8:00-9:00",
        ] {
            assert!(lesson(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_can_be_called() {
        for good in ["111", "024 1234 5678", "+84 24.1234-5678"] {
            assert!(phone_number(good).is_ok(), "{good}");
        }
        for bad in ["11", "gọi 111", "1+11", "javascript:1234"] {
            assert!(phone_number(bad).is_err(), "{bad}");
        }
    }
}
