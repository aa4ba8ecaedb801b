//! The familiar names of a ruleset; layout in `lachan_policy::ruleset`, reader there.

use std::collections::BTreeSet;

use lachan_policy::Name;
use lachan_policy::heuristics::Skeleton;
use lachan_policy::ruleset::{familiar_hash, familiar_label};

/// The bytes of the section under a build's key; empty when there are none.
pub(super) fn section(names: &BTreeSet<Name>, seed: u64) -> Vec<u8> {
    let mut records = Vec::with_capacity(names.len());
    let mut texts = Vec::new();
    for name in names {
        let label = familiar_label(name);
        let Some(skeleton) = label.and_then(|label| Skeleton::of(&label)) else {
            continue; // a bare suffix, or a label that no ASCII name looks like
        };
        let wire = name.as_wire();
        let place = u32::try_from(texts.len())
            .ok()
            .zip(u32::try_from(wire.len()).ok());
        if let Some((offset, length)) = place {
            records.push((familiar_hash(seed, &skeleton), offset, length));
            texts.extend_from_slice(wire);
        }
    }
    if records.is_empty() {
        return Vec::new();
    }
    records.sort_unstable();
    let mut bytes = (records.len() as u64).to_le_bytes().to_vec();
    for (hash, offset, length) in records {
        bytes.extend(hash.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(length.to_le_bytes());
    }
    bytes.extend(texts);
    bytes
}
