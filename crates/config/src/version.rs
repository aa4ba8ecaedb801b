//! Which version of the format a file is written in.
//!
//! This is where a format step will stand: a new version gets a variant and a reader beside `v1`,
//! and the old reader goes on to give the same [`crate::Config`], so that an old file never stops
//! a box from starting after an update.

use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Quoted};
use crate::reader::Report;

/// The key that names the version; it stands first.
pub(crate) const KEY: &str = "version";

/// The version this program writes.
pub(crate) const CURRENT: u32 = 1;

/// The reader to use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// `v1`, or no version that could be read: the mistake is noted, the rest read as `v1`.
    V1,
    /// A version of a later program; the mistake is noted.
    Newer,
}

/// Finds the version and notes what is wrong with it.
pub(crate) fn read(table: &DeTable<'_>, report: &Report) -> Version {
    let Some((key, value)) = table.get_key_value(KEY) else {
        report.note(0, KEY, Fault::VersionMissing);
        return Version::V1;
    };
    let at = key.span().start;
    if table.keys().any(|other| other.span().start < at) {
        report.note(at, KEY, Fault::VersionNotFirst);
    }
    match classify(value.get_ref()) {
        Ok(version) => version,
        Err(fault) => {
            let newer = matches!(fault, Fault::VersionNewer(_));
            report.note(value.span().start, KEY, fault);
            if newer { Version::Newer } else { Version::V1 }
        }
    }
}

fn classify(value: &DeValue<'_>) -> Result<Version, Fault> {
    let Some(text) = value.as_str() else {
        let shown = value
            .as_integer()
            .map_or_else(|| value.type_str().to_owned(), |i| i.to_string());
        return Err(Fault::VersionUnknown(Quoted::new(&shown)));
    };
    let number = text
        .strip_prefix('v')
        .filter(|digits| !digits.starts_with(['0', '+']));
    match number.and_then(|digits| digits.parse::<u32>().ok()) {
        Some(CURRENT) => Ok(Version::V1),
        Some(number) if number > CURRENT => Err(Fault::VersionNewer(Quoted::new(text))),
        _ => Err(Fault::VersionUnknown(Quoted::new(text))),
    }
}
