//! What a school tells of one day: noisy counts of blocked attempts, and nothing else (DESIGN.md, Statistics).
//!
//! There is no field for a person, a device, an address, a site's name or an hour. A test states the list of fields;
//! the hub refuses every other.

use std::fmt;
use std::str::FromStr;

pub use lachan_policy::Tier;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The version of this format.
pub const SCHEMA: u32 = 1;

/// Bytes of a hashed name.
pub const HASH_BYTES: usize = 16;

/// Most cells of a day: every tier with every category and channel.
pub const MOST_CELLS: usize = 4_096;

/// Most names of a day: a device gives one, so this is far beyond a school of two thousand.
pub const MOST_NAMES: usize = 256;

/// Where an attempt was seen.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A DNS query.
    Dns,
    /// The server name of a TLS connection.
    Tls,
    /// A plain HTTP request.
    Http,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dns, Self::Tls, Self::Http];
}

/// The id of a category of the policy book. Its form leaves no room for anything else: at most 32 of a to z, 0 to 9
/// and hyphens, beginning with a letter. Whether there is such a category, the hub checks against its book.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z][a-z0-9-]{0,31}$", max_length = 32)]
pub struct CategoryId(Box<str>);

/// A text that is no [`CategoryId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a category is written with a to z, 0 to 9 and hyphens, at most 32, a letter first")]
pub struct NotACategory;

impl CategoryId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CategoryId {
    type Err = NotACategory;
    fn from_str(text: &str) -> Result<Self, NotACategory> {
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let begins = text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase());
        (begins && text.len() <= 32 && text.bytes().all(fits))
            .then(|| Self(text.into()))
            .ok_or(NotACategory)
    }
}

impl TryFrom<String> for CategoryId {
    type Error = NotACategory;
    fn try_from(text: String) -> Result<Self, NotACategory> {
        text.parse()
    }
}

impl From<CategoryId> for String {
    fn from(id: CategoryId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for CategoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A keyed hash of a name: HMAC-SHA256 under the department's key of the term, its first 16 bytes in hexadecimal.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9a-f]{32}$", max_length = 32)]
pub struct NameHash(pub [u8; HASH_BYTES]);

/// A text that is no [`NameHash`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a hashed name is 32 hexadecimal digits in lower case")]
pub struct NotAHash;

impl TryFrom<String> for NameHash {
    type Error = NotAHash;
    fn try_from(text: String) -> Result<Self, NotAHash> {
        let bytes = data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| NotAHash)?;
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

impl From<NameHash> for String {
    fn from(hash: NameHash) -> Self {
        data_encoding::HEXLOWER.encode(&hash.0)
    }
}

/// A day of the school's own calendar, `2026-09-05`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = String, format = Date)]
pub struct Day(pub jiff::civil::Date);

/// What the numbers may reveal, stated with them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Privacy {
    /// ε of all that one device's day can change: the three below together.
    pub epsilon: f64,
    /// δ of the names; the cells need none.
    pub delta: f64,
    /// Scale of the noise of `devices`.
    pub devices_scale: f64,
    /// Scale of the noise of `attempts`.
    pub attempts_scale: f64,
    /// Scale of the noise of a name's devices.
    pub names_scale: f64,
    /// The least noisy count of devices that is told.
    pub threshold: u32,
    /// The least noisy count of devices for which a name is told; higher, for which names there are is itself told.
    pub names_threshold: u32,
    /// What the counts are rounded to.
    pub rounded_to: u32,
    /// Most attempts of one device that are counted.
    pub attempts_of_a_device: u32,
}

/// One number of the day. What is not named holds all: a cell without a channel is of all channels that had too little
/// to be told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cell {
    /// The tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(mam-non|tieu-hoc|thcs|thpt|staff)$")]
    pub tier: Option<Tier>,
    /// The category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^[a-z][a-z0-9-]{0,31}$")]
    pub category: Option<CategoryId>,
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Devices, noisy and rounded. A device counts in one cell of the day only.
    pub devices: u32,
    /// Attempts, noisy and rounded, at most so many a device as [`Privacy::attempts_of_a_device`] says.
    pub attempts: u32,
    /// How many draws of noise are in each number: the sum of so many cells was made. The error bars come from it.
    pub draws: u32,
}

/// A name that many devices asked for and were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Candidate {
    /// The name, hashed.
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    pub name: NameHash,
    /// Devices, noisy and rounded. A device counts for one name of the day only.
    pub devices: u32,
}

/// All that a school tells of a day. Which school, the signature of the upload says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DayReport {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The day.
    #[schema(value_type = String, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub day: Day,
    /// What the numbers may reveal.
    pub privacy: Privacy,
    /// The numbers.
    pub cells: Vec<Cell>,
    /// Which of the department's keys the names are hashed with; 0 where there are none.
    pub name_key: u32,
    /// The names.
    pub names: Vec<Candidate>,
}

/// What is wrong with a report that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Implausible {
    /// Another version of the format.
    #[error("schema {0} is not one that is known here")]
    Schema(u32),
    /// More cells or names than there can be.
    #[error("a day has at most {MOST_CELLS} cells and {MOST_NAMES} names")]
    TooMany,
    /// One cell or name twice.
    #[error("a cell or a name stands in it twice")]
    Twice,
    /// A number beyond what a school can have.
    #[error("a count is beyond {MOST_DEVICES} devices or {MOST_ATTEMPTS} attempts")]
    TooLarge,
    /// A statement of privacy that is none.
    #[error("the statement of privacy makes no sense")]
    Privacy,
    /// A cell of no draws.
    #[error("a cell says that it has no noise")]
    NoNoise,
}

/// Most devices of a school that are believed.
pub const MOST_DEVICES: u32 = 100_000;
/// Most attempts of a school on a day that are believed: twenty a device.
pub const MOST_ATTEMPTS: u32 = 20 * MOST_DEVICES;

impl DayReport {
    /// Whether a report makes sense. A hostile school can still lie, but within what a school can have.
    ///
    /// # Errors
    /// [`Implausible`].
    pub fn check(&self) -> Result<(), Implausible> {
        if self.schema != SCHEMA {
            return Err(Implausible::Schema(self.schema));
        }
        if self.cells.len() > MOST_CELLS || self.names.len() > MOST_NAMES {
            return Err(Implausible::TooMany);
        }
        self.privacy.check()?;
        let mut cells: Vec<_> = self.cells.iter().map(Cell::key).collect();
        cells.sort_unstable();
        let mut names: Vec<_> = self.names.iter().map(|name| name.name).collect();
        names.sort_unstable();
        if cells.windows(2).any(|pair| pair[0] == pair[1])
            || names.windows(2).any(|pair| pair[0] == pair[1])
        {
            return Err(Implausible::Twice);
        }
        let is_large =
            |devices: u32, attempts: u32| devices > MOST_DEVICES || attempts > MOST_ATTEMPTS;
        if self
            .cells
            .iter()
            .any(|cell| is_large(cell.devices, cell.attempts))
            || self.names.iter().any(|name| is_large(name.devices, 0))
        {
            return Err(Implausible::TooLarge);
        }
        if self.cells.iter().any(|cell| cell.draws == 0) {
            return Err(Implausible::NoNoise);
        }
        Ok(())
    }
}

impl Cell {
    fn key(&self) -> (Option<Tier>, Option<&CategoryId>, Option<Channel>) {
        (self.tier, self.category.as_ref(), self.channel)
    }
}

impl Privacy {
    fn check(&self) -> Result<(), Implausible> {
        let scales = [self.devices_scale, self.attempts_scale, self.names_scale];
        let makes_sense = self.epsilon.is_finite()
            && self.epsilon > 0.0
            && (0.0..1.0).contains(&self.delta)
            && scales
                .into_iter()
                .all(|scale| scale.is_finite() && scale > 0.0);
        makes_sense.then_some(()).ok_or(Implausible::Privacy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn report() -> DayReport {
        let cell = |tier, category: Option<&str>, channel| Cell {
            tier,
            category: category.map(|id| id.parse().unwrap()),
            channel,
            devices: 15,
            attempts: 120,
            draws: 1,
        };
        DayReport {
            schema: SCHEMA,
            day: Day(jiff::civil::date(2026, 9, 7)),
            privacy: Privacy {
                epsilon: 1.0,
                delta: 1e-6,
                devices_scale: 4.0,
                attempts_scale: 57.0,
                names_scale: 2.5,
                threshold: 10,
                names_threshold: 35,
                rounded_to: 5,
                attempts_of_a_device: 20,
            },
            cells: vec![
                cell(Some(Tier::Thcs), Some("gambling"), Some(Channel::Dns)),
                cell(Some(Tier::Thcs), Some("gambling"), None),
                cell(None, Some("gambling"), None),
            ],
            name_key: 3,
            names: vec![Candidate {
                name: NameHash([0xAB; HASH_BYTES]),
                devices: 40,
            }],
        }
    }

    #[test]
    fn a_report_reads_as_it_was_written() {
        let text = serde_json::to_string(&report()).unwrap();
        assert_eq!(serde_json::from_str::<DayReport>(&text).unwrap(), report());
        assert_eq!(report().check(), Ok(()));
        assert!(
            text.starts_with(r#"{"schema":1,"day":"2026-09-07","#),
            "{text}"
        );
    }

    #[test]
    fn no_field_but_these_is_taken() {
        let value = serde_json::to_value(report()).unwrap();
        for place in ["", "/privacy", "/cells/0", "/names/0"] {
            let mut planted = value.clone();
            let object = planted.pointer_mut(place).unwrap().as_object_mut().unwrap();
            object.insert("device".into(), "aa:bb:cc:dd:ee:ff".into());
            let refused = serde_json::from_value::<DayReport>(planted).unwrap_err();
            assert!(
                refused.to_string().contains("unknown field"),
                "{place}: {refused}"
            );
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let check = |change: fn(&mut DayReport), expected| {
            let mut report = report();
            change(&mut report);
            assert_eq!(report.check(), Err(expected));
        };
        check(|r| r.schema = 2, Implausible::Schema(2));
        check(
            |r| r.cells = vec![r.cells[0].clone(); MOST_CELLS + 1],
            Implausible::TooMany,
        );
        check(
            |r| r.names = vec![r.names[0]; MOST_NAMES + 1],
            Implausible::TooMany,
        );
        check(|r| r.cells.push(r.cells[0].clone()), Implausible::Twice);
        check(|r| r.names.push(r.names[0]), Implausible::Twice);
        check(|r| r.cells[0].devices = u32::MAX, Implausible::TooLarge);
        check(|r| r.cells[0].attempts = u32::MAX, Implausible::TooLarge);
        check(|r| r.names[0].devices = u32::MAX, Implausible::TooLarge);
        check(|r| r.cells[0].draws = 0, Implausible::NoNoise);
        check(|r| r.privacy.epsilon = 0.0, Implausible::Privacy);
        check(|r| r.privacy.delta = 1.0, Implausible::Privacy);
        check(|r| r.privacy.names_scale = f64::NAN, Implausible::Privacy);
    }

    #[test]
    fn a_category_has_no_room_for_anything_else() {
        for good in ["adult", "self-harm", "a", "x2"] {
            assert_eq!(good.parse::<CategoryId>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "-a",
            "2a",
            "Adult",
            "a.b",
            "a b",
            "nguyễn",
            "aa:bb",
            "a/b",
            &"a".repeat(33),
        ] {
            assert_eq!(bad.parse::<CategoryId>(), Err(NotACategory), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(report) = serde_json::from_slice::<DayReport>(&bytes) {
                let _ = report.check();
            }
        }

        #[test]
        fn hashes_read_as_they_were_written(bytes in any::<[u8; HASH_BYTES]>()) {
            let text = String::from(NameHash(bytes));
            prop_assert_eq!(NameHash::try_from(text.clone()), Ok(NameHash(bytes)));
            prop_assert_eq!(NameHash::try_from(text.to_uppercase()).is_ok(), !text.contains(|c: char| c.is_ascii_lowercase()));
        }
    }
}
