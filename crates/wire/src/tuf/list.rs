//! What the signed `custom` of a list's target says, and the department's approval of a mass change.

use std::cmp::Ordering;
use std::collections::BTreeMap;

pub use lachan_policy::ruleset::ListClass;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{Signature, valid_signers};
use super::json::canonical;
use super::key::{Key, Sign};
use super::metadata::KeyRole;

/// How the file of a list's target ends.
pub const SUFFIX: &str = ".list.zst";

/// The application's words beside a list's target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custom {
    /// The list.
    pub list: About,
    /// Signatures of the role `approval`; only a mass change needs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Signature>,
}

/// A list as its publisher describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    /// Its category's id.
    pub category: String,
    /// What it may do.
    pub class: ListClass,
    /// Entries of the canonical list.
    pub entries: u64,
    /// Bytes of the canonical list, uncompressed.
    pub length: u64,
    /// SHA-256 of the canonical list, uncompressed, in hex.
    pub sha256: String,
    /// Counts up with each change of this list; boxes refuse a lower one. A publisher takes the second
    /// of the change, as for metadata, so that one restored from a backup goes on above what it had.
    pub version: u64,
    /// Under what licence it may be used.
    pub licence: String,
    /// Its name for people, in Vietnamese.
    pub name_vi: String,
    /// Its name for people, in English.
    pub name_en: String,
}

impl About {
    /// Whether both mean the same to a box: everything is equal but the names for people.
    #[must_use]
    pub fn means_the_same(&self, other: &Self) -> bool {
        let Self {
            category,
            class,
            entries,
            length,
            sha256,
            version,
            licence,
            name_vi: _,
            name_en: _,
        } = self;
        (category, class, entries, length)
            == (&other.category, &other.class, &other.entries, &other.length)
            && (sha256, version, licence) == (&other.sha256, &other.version, &other.licence)
    }

    /// Whether this may come after `old`: never an earlier version, and never other content under the
    /// same one. Else whoever has the online keys could publish again what was approved long ago.
    #[must_use]
    pub fn follows(&self, old: &Self) -> bool {
        match self.version.cmp(&old.version) {
            Ordering::Less => false,
            Ordering::Equal => self.sha256 == old.sha256,
            Ordering::Greater => true,
        }
    }
}

impl Custom {
    /// Reads a target's `custom`; unknown fields are of a later version and change nothing.
    ///
    /// # Errors
    /// The field that is missing or wrong.
    pub fn read(value: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(value)
    }
}

/// Whether a list of this class may come from outside. Help lines are never logged and services need
/// a place in the book of policies: both come with the program only, so that a stolen online key can
/// neither hide what pupils ask for nor open what it likes by them.
#[must_use]
pub const fn may_travel(class: ListClass) -> bool {
    matches!(
        class,
        ListClass::Imported
            | ListClass::Own
            | ListClass::Statutory
            | ListClass::AlwaysOpen
            | ListClass::Protected
            | ListClass::Exam
            | ListClass::OnlineClass
            | ListClass::Garden
            | ListClass::Correction
            | ListClass::Sealed
    )
}

/// The target's path of a list; `None` when that is no list's id (`[a-z0-9][a-z0-9-]{0,63}`).
#[must_use]
pub fn path_of(id: &str) -> Option<String> {
    is_id(id).then(|| format!("{id}{SUFFIX}"))
}

/// The list's id of a target's path.
#[must_use]
pub fn id_of(path: &str) -> Option<&str> {
    path.strip_suffix(SUFFIX).filter(|id| is_id(id))
}

fn is_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    (1..=64).contains(&bytes.len())
        && bytes[0] != b'-'
        && bytes
            .iter()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Where the delta between two versions of a list lies, from the repository's top; the hashes are of
/// the canonical lists, in hex.
#[must_use]
pub fn delta_path(id: &str, from: &str, to: &str) -> String {
    let short = |hash: &str| hash.chars().take(16).collect::<String>();
    format!("deltas/{id}/{}-{}.delta", short(from), short(to))
}

/// The bytes an approval signs: which list, which content, under which version, and what it is to do.
/// Category and class are part of it, or thieves of the online keys would make an approved blocklist
/// one that opens.
#[must_use]
pub fn approval_message(list: &str, about: &About) -> Vec<u8> {
    let value = json!({
        "_type": "approval",
        "category": about.category,
        "class": about.class,
        "list": list,
        "sha256": about.sha256,
        "version": about.version,
    });
    // Text and a whole number always have a canonical form.
    canonical(&value).unwrap_or_default()
}

/// Signs an approval.
#[must_use]
pub fn approve(list: &str, about: &About, signer: &dyn Sign) -> Signature {
    super::document::sign(&approval_message(list, about), signer)
}

/// Whether enough keys of the role `approval` have approved exactly this version of the list.
#[must_use]
pub fn is_approved(
    list: &str,
    custom: &Custom,
    keys: &BTreeMap<String, Key>,
    role: &KeyRole,
) -> bool {
    let message = approval_message(list, &custom.list);
    let valid = valid_signers(&message, &custom.approvals, keys, role).len() as u64;
    role.threshold > 0 && valid >= role.threshold
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuf::SigningKey;

    fn about() -> About {
        About {
            category: "gambling".to_owned(),
            class: ListClass::Own,
            entries: 1,
            length: 5,
            sha256: "ab".repeat(32),
            version: 7,
            licence: "MIT".to_owned(),
            name_vi: "Cờ bạc".to_owned(),
            name_en: "Gambling".to_owned(),
        }
    }

    #[test]
    fn ids_and_paths_belong_together() {
        assert_eq!(path_of("co-bac").as_deref(), Some("co-bac.list.zst"));
        assert_eq!(id_of("co-bac.list.zst"), Some("co-bac"));
        for wrong in ["", "-a", "A", "a/b", "a.b", "..", "cờ", &"a".repeat(65)] {
            assert_eq!(path_of(wrong), None, "{wrong}");
            assert_eq!(id_of(&format!("{wrong}.list.zst")), None, "{wrong}");
        }
        assert_eq!(id_of("co-bac.raucb"), None);
    }

    #[test]
    fn an_approval_counts_for_one_version_of_one_list() {
        let keys: Vec<SigningKey> = (0..3).map(|_| SigningKey::generate().unwrap().0).collect();
        let known: BTreeMap<_, _> = keys
            .iter()
            .map(|key| (key.id().to_owned(), key.key().clone()))
            .collect();
        let role = KeyRole::new(keys[..2].iter().map(|key| key.id().to_owned()).collect(), 2);
        let signed = |signers: &[&SigningKey]| Custom {
            list: about(),
            approvals: signers
                .iter()
                .map(|key| approve("co-bac", &about(), *key))
                .collect(),
        };
        let both = signed(&[&keys[0], &keys[1]]);
        assert!(is_approved("co-bac", &both, &known, &role));
        assert!(!is_approved("other", &both, &known, &role));
        assert!(!is_approved("co-bac", &signed(&[&keys[0]]), &known, &role));
        // One key twice, and a key that is not of the role.
        assert!(!is_approved(
            "co-bac",
            &signed(&[&keys[0], &keys[0]]),
            &known,
            &role
        ));
        assert!(!is_approved(
            "co-bac",
            &signed(&[&keys[0], &keys[2]]),
            &known,
            &role
        ));
        let bent = |bend: fn(&mut About)| {
            let mut custom = both.clone();
            bend(&mut custom.list);
            assert!(
                !is_approved("co-bac", &custom, &known, &role),
                "{:?}",
                custom.list
            );
        };
        bent(|about| about.version += 1);
        bent(|about| about.sha256.replace_range(..1, "0"));
        bent(|about| about.class = ListClass::AlwaysOpen);
        bent(|about| about.category.push('x'));
    }

    #[test]
    fn versions_only_go_up_and_one_is_one_content() {
        let old = about();
        let with = |version, sha256: &str| About {
            version,
            sha256: sha256.repeat(32),
            ..about()
        };
        assert!(with(7, "ab").follows(&old));
        assert!(!with(7, "ac").follows(&old));
        assert!(with(8, "ac").follows(&old));
        assert!(!with(6, "ab").follows(&old));
    }

    #[test]
    fn only_the_names_mean_nothing() {
        let named = About {
            name_vi: "Khác".to_owned(),
            name_en: "Other".to_owned(),
            ..about()
        };
        assert!(about().means_the_same(&named));
        let bent = |bend: fn(&mut About)| {
            let mut other = about();
            bend(&mut other);
            assert!(!about().means_the_same(&other), "{other:?}");
        };
        bent(|about| about.category.push('x'));
        bent(|about| about.class = ListClass::Correction);
        bent(|about| about.entries += 1);
        bent(|about| about.length += 1);
        bent(|about| about.sha256.push('0'));
        bent(|about| about.version += 1);
        bent(|about| about.licence.push('x'));
    }

    #[test]
    fn custom_survives_a_round_trip_and_ignores_what_is_new() {
        let custom = Custom {
            list: about(),
            approvals: Vec::new(),
        };
        let mut value = serde_json::to_value(&custom).unwrap();
        assert_eq!(Custom::read(&value).unwrap(), custom);
        value["list"]["later"] = json!(1);
        assert_eq!(Custom::read(&value).unwrap(), custom);
        value["list"]["class"] = json!("unheard-of");
        assert!(Custom::read(&value).is_err());
    }
}
