//! What a ceremony does to files, without reading or writing any: drafts, signatures, merging,
//! verifying.

use std::collections::BTreeMap;

use lachan_wire::tuf::{
    Delegation, Delegations, FormatError, Head, Key, KeyRole, Metadata, NotCanonical, Root,
    RootRoles, Sign, Signature, Signed, Signers, Snapshot, Target, Targets, Timestamp, attach,
    encode, sha256_hex, sign,
};
use serde_json::{Map, Value};

use super::file::PublicFile;

/// Delegated roles, what they may name and whether their keys are offline, in the order in which they
/// are asked.
const ROLES: [(&str, &[&str]); 4] = [
    ("lists", &["*.list.zst"]),
    ("settings", &["*.settings.json.zst"]),
    ("firmware", &["*.raucb", "*.raucb.json"]),
    // Names nothing: its keys sign approvals. A pattern that no path of ours fits.
    ("approval", &["approval/none"]),
];
/// The roles of root.
const TOP: [&str; 4] = ["root", "targets", "snapshot", "timestamp"];

/// Why a ceremony cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// A file is no metadata.
    #[error("this is no metadata")]
    Format(#[from] FormatError),
    /// It cannot be written in canonical form.
    #[error("this cannot be signed")]
    Sign(#[from] NotCanonical),
    /// No such role here.
    #[error("{0:?} is no role of this file")]
    Role(String),
    /// A role without enough keys.
    #[error("{role} has {keys} keys and needs {threshold} signatures")]
    TooFewKeys {
        /// The role.
        role: String,
        /// Keys.
        keys: usize,
        /// Threshold.
        threshold: u64,
    },
    /// A key to be removed that is not there.
    #[error("{role} has no key {keyid}")]
    NoSuchKey {
        /// The role.
        role: String,
        /// The id, or its beginning.
        keyid: String,
    },
    /// Files to be merged that say different things.
    #[error("the files say different things and cannot be merged")]
    Different,
    /// Two signatures of one key, and nothing by which to tell which one is valid.
    #[error("the copies hold different signatures of key {0}: name the file to trust by --trust")]
    Conflict(String),
    /// No more versions.
    #[error("the version cannot count further")]
    Version,
    /// Nothing to merge.
    #[error("there is no file to merge")]
    Nothing,
}

/// Changes to one role.
#[derive(Debug, Clone, Default)]
pub struct RoleChange {
    /// Keys that come.
    pub add: Vec<PublicFile>,
    /// Ids of keys that go, or their beginnings of at least eight digits.
    pub remove: Vec<String>,
    /// Its new threshold.
    pub threshold: Option<u64>,
}

/// The next root, unsigned.
///
/// # Errors
/// [`CeremonyError`].
pub fn draft_root(
    from: Option<&[u8]>,
    changes: &BTreeMap<String, RoleChange>,
    expires: i64,
) -> Result<Vec<u8>, CeremonyError> {
    let mut root = match from {
        Some(bytes) => Signed::<Root>::parse(bytes)?.content,
        None => empty_root(),
    };
    root.head = Head::new::<Root>(next(from.map(|_| root.version()))?, expires);
    if let Some(wrong) = changes.keys().find(|role| !TOP.contains(&role.as_str())) {
        return Err(CeremonyError::Role(wrong.clone()));
    }
    for name in TOP {
        let role = match name {
            "root" => &mut root.roles.root,
            "targets" => &mut root.roles.targets,
            "snapshot" => &mut root.roles.snapshot,
            _ => &mut root.roles.timestamp,
        };
        if let Some(change) = changes.get(name) {
            apply(name, change, &mut role.keyids, &mut role.threshold)?;
            root.keys.extend(
                change
                    .add
                    .iter()
                    .map(|file| (file.keyid.clone(), file.key.clone())),
            );
        }
        enough(name, &role.keyids, role.threshold)?;
    }
    let roles = &root.roles;
    let used = |id: &String| {
        [
            &roles.root,
            &roles.targets,
            &roles.snapshot,
            &roles.timestamp,
        ]
        .iter()
        .any(|role| role.keyids.contains(id))
    };
    let keys = root
        .keys
        .clone()
        .into_iter()
        .filter(|(id, _)| used(id))
        .collect();
    root.keys = keys;
    Ok(encode(&root, &[])?)
}

/// The next top-level targets, unsigned: they name no file and only say who may.
///
/// # Errors
/// [`CeremonyError`].
pub fn draft_targets(
    from: Option<&[u8]>,
    changes: &BTreeMap<String, RoleChange>,
    expires: i64,
) -> Result<Vec<u8>, CeremonyError> {
    let old = from
        .map(Signed::<Targets>::parse)
        .transpose()?
        .map(|old| old.content);
    let mut targets = Targets::new(next(old.as_ref().map(Metadata::version))?, expires);
    let mut delegations = old
        .and_then(|old| old.delegations)
        .unwrap_or_else(|| Delegations {
            keys: BTreeMap::new(),
            roles: Some(
                ROLES
                    .iter()
                    .map(|(name, paths)| delegation(name, paths))
                    .collect(),
            ),
            succinct_roles: None,
            extra: Map::new(),
        });
    for (name, change) in changes {
        let roles = delegations.roles.iter_mut().flatten();
        let mut found = roles.filter(|role| role.name == *name);
        let role = found
            .next()
            .ok_or_else(|| CeremonyError::Role(name.clone()))?;
        apply(
            name,
            change,
            &mut role.signers.keyids,
            &mut role.signers.threshold,
        )?;
        delegations.keys.extend(
            change
                .add
                .iter()
                .map(|file| (file.keyid.clone(), file.key.clone())),
        );
    }
    for role in delegations.roles.iter().flatten() {
        enough(&role.name, &role.signers.keyids, role.signers.threshold)?;
    }
    let roles = delegations.roles.clone().unwrap_or_default();
    delegations
        .keys
        .retain(|id, _| roles.iter().any(|role| role.signers.keyids.contains(id)));
    targets.delegations = Some(delegations);
    Ok(encode(&targets, &[])?)
}

/// The next file of firmware or approval, unsigned. `add` are names and contents of new targets.
///
/// # Errors
/// [`CeremonyError`].
pub fn draft_role(
    from: Option<&[u8]>,
    add: &[(String, Vec<u8>)],
    remove: &[String],
    expires: i64,
) -> Result<Vec<u8>, CeremonyError> {
    let old = from
        .map(Signed::<Targets>::parse)
        .transpose()?
        .map(|old| old.content);
    let mut targets = Targets::new(next(old.as_ref().map(Metadata::version))?, expires);
    targets.targets = old.map(|old| old.targets).unwrap_or_default();
    targets.targets.retain(|name, _| !remove.contains(name));
    for (name, bytes) in add {
        let hashes = BTreeMap::from([("sha256".to_owned(), sha256_hex(bytes))]);
        let target = Target {
            length: bytes.len() as u64,
            hashes,
            custom: None,
            extra: Map::new(),
        };
        targets.targets.insert(name.clone(), target);
    }
    Ok(encode(&targets, &[])?)
}

/// The file with one more signature; one of the same key is replaced.
///
/// # Errors
/// [`CeremonyError::Format`].
pub fn add_signature(file: &[u8], signer: &dyn Sign) -> Result<Vec<u8>, CeremonyError> {
    let (canonical, mut signatures) = parts(file)?;
    signatures.retain(|signature| signature.keyid != signer.id());
    signatures.push(sign(&canonical, signer));
    Ok(attach(file, &signatures)?)
}

/// One file with the signatures of all; they must say the same. Of two different signatures of one key
/// the valid one stays, by the keys of `trust` (the root or targets before it) or, for a root, its own:
/// a bent copy must not drive out a good one.
///
/// # Errors
/// [`CeremonyError::Different`], [`CeremonyError::Conflict`].
pub fn merge(files: &[Vec<u8>], trust: Option<&[u8]>) -> Result<Vec<u8>, CeremonyError> {
    let first = files.first().ok_or(CeremonyError::Nothing)?;
    let (canonical, _) = parts(first)?;
    let mut all: Vec<Signature> = Vec::new();
    for file in files {
        let (other, signatures) = parts(file)?;
        if other != canonical {
            return Err(CeremonyError::Different);
        }
        for signature in signatures {
            if !all.contains(&signature) {
                all.push(signature);
            }
        }
    }
    let keys = keys_of(first, trust)?;
    let mut merged: Vec<Signature> = Vec::new();
    for signature in &all {
        let same: Vec<&Signature> = all
            .iter()
            .filter(|other| other.keyid == signature.keyid)
            .collect();
        if merged.iter().any(|known| known.keyid == signature.keyid) {
            continue;
        }
        let mut chosen = signature;
        if same.len() > 1 {
            let mut valid = None;
            for one in same {
                if is_valid(first, one, &keys)? {
                    valid = Some(one);
                    break;
                }
            }
            chosen = valid.ok_or_else(|| CeremonyError::Conflict(signature.keyid.clone()))?;
        }
        merged.push(chosen.clone());
    }
    Ok(attach(first, &merged)?)
}

/// Keys by which signatures of a file can be checked.
fn keys_of(file: &[u8], trust: Option<&[u8]>) -> Result<BTreeMap<String, Key>, CeremonyError> {
    let mut keys = BTreeMap::new();
    for file in [Some(file), trust].into_iter().flatten() {
        if kind_of(file)? == "root" {
            keys.extend(Signed::<Root>::parse(file)?.content.keys);
        } else if let Some(delegations) = Signed::<Targets>::parse(file)?.content.delegations {
            keys.extend(delegations.keys);
        }
    }
    Ok(keys)
}

fn is_valid(
    file: &[u8],
    signature: &Signature,
    keys: &BTreeMap<String, Key>,
) -> Result<bool, CeremonyError> {
    let signed = attach(file, std::slice::from_ref(signature))?;
    let role = KeyRole::new(vec![signature.keyid.clone()], 1);
    let signers = if kind_of(file)? == "root" {
        valid::<Root>(&signed, keys, &role)
    } else {
        valid::<Targets>(&signed, keys, &role)
    }?;
    Ok(!signers.is_empty())
}

/// Ids of a role's keys that have validly signed, and how many must.
///
/// # Errors
/// [`CeremonyError`]: `trust` (a root, or targets for a role below) does not know the role.
pub fn signers_of(
    file: &[u8],
    trust: &[u8],
    role: &str,
) -> Result<(Vec<String>, u64), CeremonyError> {
    let (keys, signers) = if TOP.contains(&role) {
        let root = Signed::<Root>::parse(trust)?.content;
        let RootRoles {
            root: own,
            targets,
            snapshot,
            timestamp,
            ..
        } = root.roles;
        let signers = match role {
            "root" => own,
            "targets" => targets,
            "snapshot" => snapshot,
            _ => timestamp,
        };
        (root.keys, signers)
    } else {
        let delegations = Signed::<Targets>::parse(trust)?.content.delegations;
        let delegations = delegations.ok_or_else(|| CeremonyError::Role(role.to_owned()))?;
        let signers = delegations
            .role(role)
            .map(|role| KeyRole::from(&role.signers));
        (
            delegations.keys,
            signers.ok_or_else(|| CeremonyError::Role(role.to_owned()))?,
        )
    };
    let valid = match role {
        "root" => valid::<Root>(file, &keys, &signers),
        "snapshot" => valid::<Snapshot>(file, &keys, &signers),
        "timestamp" => valid::<Timestamp>(file, &keys, &signers),
        _ => valid::<Targets>(file, &keys, &signers),
    }?;
    Ok((valid, signers.threshold))
}

fn valid<T: Metadata>(
    file: &[u8],
    keys: &BTreeMap<String, Key>,
    signers: &KeyRole,
) -> Result<Vec<String>, CeremonyError> {
    let signed = Signed::<T>::parse(file)?;
    Ok(signed
        .signers(keys, signers)
        .into_iter()
        .map(str::to_owned)
        .collect())
}

/// Which kind of metadata a file is.
pub(super) fn kind_of(file: &[u8]) -> Result<String, CeremonyError> {
    let value = lachan_wire::tuf::parse(file).map_err(FormatError::Json)?;
    let kind = value.pointer("/signed/_type").and_then(Value::as_str);
    kind.map(str::to_owned)
        .ok_or_else(|| CeremonyError::Role(String::new()))
}

/// The canonical bytes and the signatures, of any kind of file that a ceremony knows.
fn parts(file: &[u8]) -> Result<(Vec<u8>, Vec<Signature>), CeremonyError> {
    if kind_of(file)? == "root" {
        let root = Signed::<Root>::parse(file)?;
        return Ok((root.canonical().to_vec(), root.signatures));
    }
    let targets = Signed::<Targets>::parse(file)?;
    Ok((targets.canonical().to_vec(), targets.signatures))
}

fn next(before: Option<u64>) -> Result<u64, CeremonyError> {
    before
        .unwrap_or(0)
        .checked_add(1)
        .ok_or(CeremonyError::Version)
}

fn empty_root() -> Root {
    let role = || KeyRole::new(Vec::new(), 1);
    Root {
        head: Head::new::<Root>(1, 0),
        consistent_snapshot: true,
        keys: BTreeMap::new(),
        roles: RootRoles {
            root: role(),
            snapshot: role(),
            targets: role(),
            timestamp: role(),
            extra: Map::new(),
        },
        extra: Map::new(),
    }
}

fn delegation(name: &str, paths: &[&str]) -> Delegation {
    Delegation {
        name: name.to_owned(),
        signers: Signers {
            keyids: Vec::new(),
            threshold: 1,
        },
        terminating: true,
        paths: Some(paths.iter().map(|path| (*path).to_owned()).collect()),
        path_hash_prefixes: None,
        extra: Map::new(),
    }
}

fn apply(
    role: &str,
    change: &RoleChange,
    keyids: &mut Vec<String>,
    threshold: &mut u64,
) -> Result<(), CeremonyError> {
    for gone in &change.remove {
        let matches = |id: &String| id == gone || gone.len() >= 8 && id.starts_with(gone.as_str());
        let before = keyids.len();
        keyids.retain(|id| !matches(id));
        if keyids.len() == before {
            return Err(CeremonyError::NoSuchKey {
                role: role.to_owned(),
                keyid: gone.clone(),
            });
        }
    }
    for file in &change.add {
        if !keyids.contains(&file.keyid) {
            keyids.push(file.keyid.clone());
        }
    }
    *threshold = change.threshold.unwrap_or(*threshold);
    Ok(())
}

fn enough(role: &str, keyids: &[String], threshold: u64) -> Result<(), CeremonyError> {
    if threshold == 0 || (keyids.len() as u64) < threshold {
        return Err(CeremonyError::TooFewKeys {
            role: role.to_owned(),
            keys: keyids.len(),
            threshold,
        });
    }
    Ok(())
}
