//! The four kinds of metadata (TUF §4.3 to §4.6) as types. Unknown fields are kept in `extra`, so
//! that a file read and written again loses nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::key::Key;
use super::{SPEC_VERSION, time};

/// Names of the top-level roles; no delegated role may take one.
const TOP_LEVEL: [&str; 4] = ["root", "targets", "snapshot", "timestamp"];
/// Most keys of one role.
const MOST_KEYS: usize = 256;
/// Longest name of a delegated role, in bytes: with three bytes for each it must be a file's name.
const MOST_NAME: usize = 80;

/// What every kind begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Which kind it is.
    #[serde(rename = "_type")]
    pub kind: String,
    /// The specification it follows.
    pub spec_version: String,
    /// Counts up from 1.
    pub version: u64,
    /// When it ends, as in [`time`].
    pub expires: String,
}

/// A kind of metadata.
pub trait Metadata: Serialize + DeserializeOwned {
    /// Its word in `_type`.
    const KIND: &'static str;

    /// What it begins with.
    fn head(&self) -> &Head;

    /// What is wrong with it beyond its form.
    ///
    /// # Errors
    /// The problem in a few words.
    fn check(&self) -> Result<(), String>;

    /// Its version.
    fn version(&self) -> u64 {
        self.head().version
    }

    /// When it ends, in Unix seconds. What was read has been checked; anything else ended long ago.
    fn expires(&self) -> i64 {
        time::seconds(&self.head().expires).unwrap_or(i64::MIN)
    }
}

/// The keys of a role and how many must sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRole {
    /// Ids of the keys.
    pub keyids: Vec<String>,
    /// How many different ones must have signed.
    pub threshold: u64,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Which keys may sign what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Kind, version, end.
    #[serde(flatten)]
    pub head: Head,
    /// Whether files carry their version or hash in their names.
    #[serde(default)]
    pub consistent_snapshot: bool,
    /// All keys, by id.
    pub keys: BTreeMap<String, Key>,
    /// The four roles.
    pub roles: RootRoles,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The top-level roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootRoles {
    /// Who may change this very file.
    pub root: KeyRole,
    /// Who says what is current.
    pub snapshot: KeyRole,
    /// Who delegates.
    pub targets: KeyRole,
    /// Who says that nothing newer is there.
    pub timestamp: KeyRole,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What a snapshot or timestamp says of another file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaFile {
    /// Its version.
    pub version: u64,
    /// Its length in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Its hashes by algorithm, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hashes: Option<BTreeMap<String, String>>,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Which versions belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Kind, version, end.
    #[serde(flatten)]
    pub head: Head,
    /// By file name (`targets.json`).
    pub meta: BTreeMap<String, MetaFile>,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Which snapshot is the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamp {
    /// Kind, version, end.
    #[serde(flatten)]
    pub head: Head,
    /// `snapshot.json` only.
    pub meta: BTreeMap<String, MetaFile>,
    /// When it was signed; ours, no part of TUF. For boxes without a clock it proves that it is not
    /// earlier than this.
    #[serde(rename = "signed-at", default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<String>,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A file that may be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its length in bytes.
    pub length: u64,
    /// Its hashes by algorithm, in hex.
    pub hashes: BTreeMap<String, String>,
    /// What the application wants to know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<Value>,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Files, and who else may name files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// Kind, version, end.
    #[serde(flatten)]
    pub head: Head,
    /// By path.
    pub targets: BTreeMap<String, Target>,
    /// Roles below this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegations: Option<Delegations>,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Roles below a targets role, in the order in which they are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegations {
    /// Their keys, by id.
    pub keys: BTreeMap<String, Key>,
    /// The roles, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Delegation>>,
    /// Or many roles of one pattern (TAP 15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succinct_roles: Option<SuccinctRoles>,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One delegated role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Its name.
    pub name: String,
    /// Its keys and threshold.
    #[serde(flatten)]
    pub signers: Signers,
    /// Whether the search ends with it for paths that it is trusted with.
    pub terminating: bool,
    /// Patterns of paths, as in [`super::delegation`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
    /// Or starts of the SHA-256 of paths, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_hash_prefixes: Option<Vec<String>>,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The keys of a delegation; a [`KeyRole`] whose unknown fields stand in the delegation itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signers {
    /// Ids of the keys.
    pub keyids: Vec<String>,
    /// How many different ones must have signed.
    pub threshold: u64,
}

/// 2^`bit_length` roles called `name_prefix`-xx, each for one range of the hashes of paths (TAP 15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuccinctRoles {
    /// Keys and threshold of all of them.
    #[serde(flatten)]
    pub signers: Signers,
    /// How many bits of the hash choose the role, 1 to 32.
    pub bit_length: u32,
    /// How their names begin.
    pub name_prefix: String,
    /// What else stands there.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Head {
    /// The head of a new file that ends at `expires` (Unix seconds).
    #[must_use]
    pub fn new<T: Metadata>(version: u64, expires: i64) -> Self {
        Self {
            kind: T::KIND.to_owned(),
            spec_version: SPEC_VERSION.to_owned(),
            version,
            expires: time::text(expires),
        }
    }

    pub(super) fn check(&self, kind: &str) -> Result<(), String> {
        if self.kind != kind {
            return Err("it is of another kind".to_owned());
        }
        // §4.2.2: another major version means another language.
        let mut parts = self.spec_version.split('.');
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let count = self.spec_version.split('.').count();
        if !(2..=3).contains(&count)
            || !self.spec_version.split('.').all(digits)
            || parts.next() != Some("1")
        {
            return Err("its spec_version is not 1.x".to_owned());
        }
        if self.version == 0 {
            return Err("its version is 0".to_owned());
        }
        time::seconds(&self.expires)
            .map(drop)
            .map_err(|error| error.to_string())
    }
}

impl KeyRole {
    /// A role of those keys.
    #[must_use]
    pub fn new(keyids: Vec<String>, threshold: u64) -> Self {
        Self {
            keyids,
            threshold,
            extra: Map::new(),
        }
    }

    fn check(&self) -> Result<(), String> {
        check_signers(&self.keyids, self.threshold)
    }
}

impl From<&Signers> for KeyRole {
    fn from(signers: &Signers) -> Self {
        Self::new(signers.keyids.clone(), signers.threshold)
    }
}

fn check_signers(keyids: &[String], threshold: u64) -> Result<(), String> {
    let distinct: BTreeSet<_> = keyids.iter().collect();
    if threshold == 0 {
        Err("a threshold is 0".to_owned())
    } else if distinct.len() != keyids.len() {
        Err("a role names one key twice".to_owned())
    } else if keyids.len() > MOST_KEYS {
        Err("a role has too many keys".to_owned())
    } else {
        Ok(())
    }
}

impl Metadata for Root {
    const KIND: &'static str = "root";
    fn head(&self) -> &Head {
        &self.head
    }
    fn check(&self) -> Result<(), String> {
        let RootRoles {
            root,
            snapshot,
            targets,
            timestamp,
            ..
        } = &self.roles;
        [root, snapshot, targets, timestamp]
            .into_iter()
            .try_for_each(KeyRole::check)
    }
}

impl MetaFile {
    /// A file of that version, and nothing else said of it.
    #[must_use]
    pub fn new(version: u64) -> Self {
        Self {
            version,
            length: None,
            hashes: None,
            extra: Map::new(),
        }
    }

    /// A file of that version and those bytes.
    #[must_use]
    pub fn of(version: u64, bytes: &[u8]) -> Self {
        let hashes = BTreeMap::from([("sha256".to_owned(), super::sha256_hex(bytes))]);
        Self {
            length: Some(bytes.len() as u64),
            hashes: Some(hashes),
            ..Self::new(version)
        }
    }

    fn check(&self) -> Result<(), String> {
        match &self.hashes {
            _ if self.version == 0 => Err("it names a version 0".to_owned()),
            Some(hashes) if hashes.is_empty() => Err("it has an empty set of hashes".to_owned()),
            _ => Ok(()),
        }
    }
}

impl Metadata for Snapshot {
    const KIND: &'static str = "snapshot";
    fn head(&self) -> &Head {
        &self.head
    }
    fn check(&self) -> Result<(), String> {
        self.meta.values().try_for_each(MetaFile::check)
    }
}

impl Metadata for Timestamp {
    const KIND: &'static str = "timestamp";
    fn head(&self) -> &Head {
        &self.head
    }
    fn check(&self) -> Result<(), String> {
        if self.meta.len() != 1 || !self.meta.contains_key("snapshot.json") {
            return Err("it does not name the snapshot and only it".to_owned());
        }
        if let Some(signed_at) = &self.signed_at {
            time::seconds(signed_at).map_err(|error| error.to_string())?;
        }
        self.meta.values().try_for_each(MetaFile::check)
    }
}

impl Timestamp {
    /// What it says of the snapshot. One that was read always does.
    #[must_use]
    pub fn snapshot(&self) -> Option<&MetaFile> {
        self.meta.get("snapshot.json")
    }

    /// When it was signed, in Unix seconds, where it says so.
    #[must_use]
    pub fn signed_at(&self) -> Option<i64> {
        self.signed_at
            .as_deref()
            .and_then(|text| time::seconds(text).ok())
    }
}

impl Metadata for Targets {
    const KIND: &'static str = "targets";
    fn head(&self) -> &Head {
        &self.head
    }
    fn check(&self) -> Result<(), String> {
        if self.targets.values().any(|target| target.hashes.is_empty()) {
            return Err("a target has no hash".to_owned());
        }
        self.delegations.as_ref().map_or(Ok(()), Delegations::check)
    }
}

impl Targets {
    /// Targets without files and delegations.
    #[must_use]
    pub fn new(version: u64, expires: i64) -> Self {
        Self {
            head: Head::new::<Self>(version, expires),
            targets: BTreeMap::new(),
            delegations: None,
            extra: Map::new(),
        }
    }
}

impl Delegations {
    fn check(&self) -> Result<(), String> {
        match (&self.roles, &self.succinct_roles) {
            (Some(roles), None) => {
                let names: BTreeSet<_> = roles.iter().map(|role| &role.name).collect();
                if names.len() != roles.len() {
                    return Err("two delegated roles have one name".to_owned());
                }
                roles.iter().try_for_each(Delegation::check)
            }
            (None, Some(succinct)) => succinct.check(),
            _ => Err("delegations are either by name or succinct".to_owned()),
        }
    }
}

impl Delegation {
    fn check(&self) -> Result<(), String> {
        check_name(&self.name)?;
        if self.paths.is_some() == self.path_hash_prefixes.is_some() {
            return Err("a delegation has either paths or prefixes of hashes".to_owned());
        }
        check_signers(&self.signers.keyids, self.signers.threshold)
    }
}

impl SuccinctRoles {
    fn check(&self) -> Result<(), String> {
        check_name(&self.name_prefix)?;
        if !(1..=32).contains(&self.bit_length) {
            return Err("succinct roles take 1 to 32 bits".to_owned());
        }
        check_signers(&self.signers.keyids, self.signers.threshold)
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > MOST_NAME {
        Err("the name of a delegated role is empty or too long".to_owned())
    } else if TOP_LEVEL.contains(&name) {
        Err("a delegated role takes a top-level role's name".to_owned())
    } else {
        Ok(())
    }
}
