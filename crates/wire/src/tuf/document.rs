//! A signed file: what it says, the bytes that were signed, and whose signatures it has.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::json::{self, NotCanonical, canonical};
use super::key::{Key, Sign};
use super::metadata::{KeyRole, Metadata};

/// Most signatures of one file.
pub const MOST_SIGNATURES: usize = 256;

/// Why bytes are no metadata of the kind that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// No JSON, or JSON with two readings.
    #[error("this is no JSON that can be signed")]
    Json(#[source] serde_json::Error),
    /// No envelope of signatures and what is signed.
    #[error("this is no signed metadata")]
    Envelope(#[source] serde_json::Error),
    /// The wrong fields.
    #[error("this is no {kind} metadata")]
    Fields {
        /// What was asked for.
        kind: &'static str,
        /// The field.
        #[source]
        source: serde_json::Error,
    },
    /// The right fields with wrong content.
    #[error("this is no valid {kind} metadata: {problem}")]
    Content {
        /// What was asked for.
        kind: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// Too many signatures, or two by one key (TUF §4.2.1 forbids it).
    #[error("its signatures are too many, or two are of one key")]
    Signatures,
}

/// Too few signatures count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{valid} valid signatures where {threshold} are needed")]
pub struct ThresholdError {
    /// Different keys of the role whose signature is valid.
    pub valid: u64,
    /// How many the role wants.
    pub threshold: u64,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Id of the key.
    pub keyid: String,
    /// The signature in hex; whatever stands there, for a wrong one only does not count.
    pub sig: String,
}

#[derive(Deserialize)]
struct Envelope {
    signatures: Vec<Signature>,
    signed: Value,
}

/// Metadata as read from a file; nothing is verified yet.
#[derive(Debug, Clone)]
pub struct Signed<T> {
    /// What it says.
    pub content: T,
    /// Its signatures.
    pub signatures: Vec<Signature>,
    canonical: Vec<u8>,
}

impl<T: Metadata> Signed<T> {
    /// Reads a file. The caller has bounded its length.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let value = json::parse(bytes).map_err(FormatError::Json)?;
        let Envelope { signatures, signed } =
            serde_json::from_value(value).map_err(FormatError::Envelope)?;
        let keys: BTreeSet<_> = signatures
            .iter()
            .map(|signature| &signature.keyid)
            .collect();
        if keys.len() != signatures.len() || signatures.len() > MOST_SIGNATURES {
            return Err(FormatError::Signatures);
        }
        let kind = T::KIND;
        let problem = |problem| FormatError::Content { kind, problem };
        let canonical = canonical(&signed).map_err(|error| problem(error.to_string()))?;
        let content: T = serde_json::from_value(signed)
            .map_err(|source| FormatError::Fields { kind, source })?;
        content.head().check(kind).map_err(problem)?;
        content.check().map_err(problem)?;
        Ok(Self {
            content,
            signatures,
            canonical,
        })
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    /// Ids of the role's keys whose signature is valid, each key once, whatever names it has.
    #[must_use]
    pub fn signers<'k>(&self, keys: &'k BTreeMap<String, Key>, role: &KeyRole) -> Vec<&'k str> {
        valid_signers(&self.canonical, &self.signatures, keys, role)
    }

    /// Whether enough of the role's keys have signed.
    ///
    /// # Errors
    /// [`ThresholdError`].
    pub fn check(
        &self,
        keys: &BTreeMap<String, Key>,
        role: &KeyRole,
    ) -> Result<(), ThresholdError> {
        let valid = self.signers(keys, role).len() as u64;
        let threshold = role.threshold;
        if threshold > 0 && valid >= threshold {
            Ok(())
        } else {
            Err(ThresholdError { valid, threshold })
        }
    }
}

/// Ids of the role's keys that signed the message; two ids of one key count once.
pub(super) fn valid_signers<'k>(
    message: &[u8],
    signatures: &[Signature],
    keys: &'k BTreeMap<String, Key>,
    role: &KeyRole,
) -> Vec<&'k str> {
    let mut counted = BTreeSet::new();
    let mut valid = Vec::new();
    for signature in signatures {
        if !role.keyids.contains(&signature.keyid) {
            continue;
        }
        let Some((id, key)) = keys.get_key_value(&signature.keyid) else {
            continue;
        };
        let Some(material) = key
            .material()
            .filter(|material| !counted.contains(material))
        else {
            continue;
        };
        let bytes = HEXLOWER_PERMISSIVE.decode(signature.sig.as_bytes());
        if bytes.is_ok_and(|bytes| material.verifies(message, &bytes)) {
            counted.insert(material);
            valid.push(id.as_str());
        }
    }
    valid
}

/// The signature of one key over a canonical form.
#[must_use]
pub fn sign(canonical: &[u8], signer: &dyn Sign) -> Signature {
    Signature {
        keyid: signer.id().to_owned(),
        sig: HEXLOWER.encode(&signer.sign(canonical)),
    }
}

/// Writes metadata and signs it.
///
/// # Errors
/// [`NotCanonical`] when a free field holds a fraction.
pub fn encode<T: Metadata>(content: &T, signers: &[&dyn Sign]) -> Result<Vec<u8>, NotCanonical> {
    let value = serde_json::to_value(content).map_err(|_| NotCanonical)?;
    let bytes = canonical(&value)?;
    let mut signatures = Vec::new();
    for signer in signers {
        signatures.push(sign(&bytes, *signer));
    }
    envelope(&value, &signatures)
}

/// The same file with other signatures; what is signed keeps every field, known or not.
///
/// # Errors
/// [`FormatError`] when the bytes are no signed metadata.
pub fn attach(file: &[u8], signatures: &[Signature]) -> Result<Vec<u8>, FormatError> {
    let value = json::parse(file).map_err(FormatError::Json)?;
    let Envelope { signed, .. } = serde_json::from_value(value).map_err(FormatError::Envelope)?;
    envelope(&signed, signatures).map_err(|error| FormatError::Content {
        kind: "any",
        problem: error.to_string(),
    })
}

fn envelope(signed: &Value, signatures: &[Signature]) -> Result<Vec<u8>, NotCanonical> {
    serde_json::to_vec(&json!({ "signatures": signatures, "signed": signed }))
        .map_err(|_| NotCanonical)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuf::{Root, SigningKey, Targets};

    fn keys(count: usize) -> Vec<SigningKey> {
        (0..count)
            .map(|_| SigningKey::generate().unwrap().0)
            .collect()
    }

    fn known(keys: &[SigningKey]) -> BTreeMap<String, Key> {
        keys.iter()
            .map(|key| (key.id().to_owned(), key.key().clone()))
            .collect()
    }

    fn role(keys: &[SigningKey], threshold: u64) -> KeyRole {
        KeyRole::new(
            keys.iter().map(|key| key.id().to_owned()).collect(),
            threshold,
        )
    }

    fn signed(by: &[&SigningKey]) -> Vec<u8> {
        let signers: Vec<&dyn Sign> = by.iter().map(|key| *key as &dyn Sign).collect();
        encode(&Targets::new(1, 0), &signers).unwrap()
    }

    #[test]
    fn a_threshold_counts_different_keys_of_the_role() {
        let keys = keys(4);
        let (role, all) = (role(&keys[..3], 2), known(&keys));
        let valid = |by: &[&SigningKey]| {
            let outcome = Signed::<Targets>::parse(&signed(by))
                .unwrap()
                .check(&all, &role);
            outcome.map_or_else(|error| error.valid, |()| 99)
        };
        assert_eq!(valid(&[&keys[0], &keys[1]]), 99);
        assert_eq!(valid(&[&keys[0], &keys[1], &keys[2], &keys[3]]), 99);
        assert_eq!(valid(&[&keys[0]]), 1);
        assert_eq!(valid(&[&keys[0], &keys[3]]), 1);
        assert_eq!(valid(&[]), 0);
    }

    #[test]
    fn one_key_under_two_ids_counts_once() {
        let keys = keys(1);
        let mut all = known(&keys);
        all.insert("other".to_owned(), keys[0].key().clone());
        let role = KeyRole::new(vec![keys[0].id().to_owned(), "other".to_owned()], 2);
        let file = signed(&[&keys[0]]);
        let first = Signed::<Targets>::parse(&file)
            .unwrap()
            .signatures
            .remove(0);
        let second = Signature {
            keyid: "other".to_owned(),
            ..first.clone()
        };
        let file = attach(&file, &[first.clone(), second]).unwrap();
        let outcome = Signed::<Targets>::parse(&file).unwrap().check(&all, &role);
        assert_eq!(
            outcome,
            Err(ThresholdError {
                valid: 1,
                threshold: 2
            })
        );
        // And two signatures of one id are no metadata at all.
        let file = attach(&file, &[first.clone(), first]).unwrap();
        assert!(matches!(
            Signed::<Targets>::parse(&file),
            Err(FormatError::Signatures)
        ));
    }

    #[test]
    fn a_signature_that_is_no_hex_or_is_empty_only_does_not_count() {
        let keys = keys(2);
        let file = signed(&[&keys[0], &keys[1]]);
        for wrong in ["", "zz", "0", "00", "é"] {
            let mut signatures = Signed::<Targets>::parse(&file).unwrap().signatures;
            wrong.clone_into(&mut signatures[0].sig);
            let file = attach(&file, &signatures).unwrap();
            let signed = Signed::<Targets>::parse(&file).unwrap();
            assert_eq!(signed.check(&known(&keys), &role(&keys, 1)), Ok(()));
            assert!(signed.check(&known(&keys), &role(&keys, 2)).is_err());
        }
    }

    #[test]
    fn unknown_fields_are_signed_and_kept() {
        let keys = keys(1);
        let mut targets = Targets::new(1, 0);
        targets
            .extra
            .insert("later".to_owned(), json!({"b": [1, "ệ"], "a": null}));
        let file = encode(&targets, &[&keys[0]]).unwrap();
        let read = Signed::<Targets>::parse(&file).unwrap();
        assert_eq!(read.content, targets);
        assert_eq!(read.check(&known(&keys), &role(&keys, 1)), Ok(()));
        let changed = String::from_utf8(file).unwrap().replace("ệ", "e");
        let read = Signed::<Targets>::parse(changed.as_bytes()).unwrap();
        assert!(read.check(&known(&keys), &role(&keys, 1)).is_err());
    }

    #[test]
    fn what_is_not_this_kind_of_metadata_is_refused() {
        let file = String::from_utf8(signed(&[])).unwrap();
        assert!(Signed::<Root>::parse(file.as_bytes()).is_err());
        for (old, new) in [
            (r#""version":1"#, r#""version":0"#),
            (r#""version":1"#, r#""version":-1"#),
            (r#""version":1"#, r#""version":"1""#),
            (r#""version":1"#, r#""version":1.0"#),
            (r#""spec_version":"1.0.31""#, r#""spec_version":"2.0.0""#),
            (r#""spec_version":"1.0.31""#, r#""spec_version":"1""#),
            (r#""spec_version":"1.0.31""#, r#""spec_version":"1.x""#),
            (r#""_type":"targets""#, r#""_type":"snapshot""#),
            ("1970-01-01T00:00:00Z", "1970-01-01"),
            (
                r#""targets":{}"#,
                r#""targets":{"a":{"length":1,"hashes":{}}}"#,
            ),
            (r#""targets":{}"#, r#""targets":[]"#),
            (r#""signatures":[]"#, r#""signatures":{}"#),
        ] {
            assert!(file.contains(old), "{old} in {file}");
            assert!(
                Signed::<Targets>::parse(file.replace(old, new).as_bytes()).is_err(),
                "{new}"
            );
        }
        let spec = file.replace("1.0.31", "1.9");
        assert!(Signed::<Targets>::parse(spec.as_bytes()).is_ok());
    }

    #[test]
    fn delegations_that_could_be_mistaken_are_refused() {
        let with = |delegation: &str| {
            let file = String::from_utf8(signed(&[])).unwrap();
            let delegations =
                format!(r#""delegations":{{"keys":{{}},{delegation}}},"targets":{{}}"#);
            Signed::<Targets>::parse(file.replace(r#""targets":{}"#, &delegations).as_bytes())
                .is_ok()
        };
        let role = |name: &str, paths: &str| {
            format!(r#"{{"name":"{name}","keyids":[],"threshold":1,"terminating":true{paths}}}"#)
        };
        let of = |roles: &[String]| format!(r#""roles":[{}]"#, roles.join(","));
        let all = r#","paths":["*"]"#;
        assert!(with(&of(&[role("a", all)])));
        assert!(with(&of(&[role("../a", all), role("?", all)])));
        assert!(!with(&of(&[role("a", all), role("a", all)])));
        assert!(!with(&of(&[role("timestamp", all)])));
        assert!(!with(&of(&[role("", all)])));
        assert!(!with(&of(&[role(&"a".repeat(200), all)])));
        assert!(!with(&of(&[role("a", "")])));
        assert!(!with(&of(&[role(
            "a",
            r#","paths":[],"path_hash_prefixes":[]"#
        )])));
        assert!(!with(&of(&[role("a", all).replace(":1,", ":0,")])));
        assert!(!with(&of(
            &[role("a", all).replace("[],", r#"["k","k"],"#)]
        )));
        assert!(!with(r#""x":1"#));
        let succinct = |bits: u32| {
            format!(
                r#""succinct_roles":{{"keyids":[],"threshold":1,"bit_length":{bits},"name_prefix":"b"}}"#
            )
        };
        assert!(with(&succinct(8)));
        assert!(!with(&succinct(0)));
        assert!(!with(&succinct(33)));
    }
}
