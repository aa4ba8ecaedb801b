//! URL-prefix rules, by the hash of their host. A URL is never cut to its host.

use std::collections::BTreeMap;

use lachan_policy::ruleset::{NameHasher, SourceRef};
use lachan_policy::{Name, Scope};

use super::rows::Rows;

/// Longest path kept; longer ones are refused by the compiler.
pub(super) const LONGEST_PATH: usize = 2048;

/// Rules by host and path, with the lists that give them.
#[derive(Default)]
pub(super) struct Urls {
    rules: BTreeMap<(Name, String), Vec<SourceRef>>,
}

impl Urls {
    /// Takes a rule of a list.
    pub(super) fn push(&mut self, host: Name, path: String, list: u16) {
        let sources = self.rules.entry((host, path)).or_default();
        let source = SourceRef {
            list,
            scope: Scope::Suffix,
        };
        if let Err(at) = sources.binary_search(&source) {
            sources.insert(at, source);
        }
    }

    /// How many rules each list gave, added to `counts`.
    pub(super) fn count(&self, counts: &mut [u64]) {
        for source in self.rules.values().flatten() {
            counts[usize::from(source.list)] += 1;
        }
    }

    /// The section: number of hosts (u64); by ascending hash of the host: hash (u64), where its
    /// rules begin (u32), how many (u32); then the rules: row (u32), length (u16), path.
    pub(super) fn to_bytes(&self, seed: u64, rows: &mut Rows) -> Vec<u8> {
        let hasher = NameHasher::new(seed);
        let mut hosts: Vec<(u64, u32, u32)> = Vec::new();
        let mut blob: Vec<u8> = Vec::new();
        let mut current: Option<&Name> = None;
        for ((host, path), sources) in &self.rules {
            if current != Some(host) {
                let from = u32::try_from(blob.len()).unwrap_or(u32::MAX);
                hosts.push((hasher.hash(host).high(), from, 0));
                current = Some(host);
            }
            if let Some(last) = hosts.last_mut() {
                last.2 += 1;
            }
            blob.extend_from_slice(&rows.intern(sources).to_le_bytes());
            let length = u16::try_from(path.len()).unwrap_or(u16::MAX);
            blob.extend_from_slice(&length.to_le_bytes());
            blob.extend_from_slice(path.as_bytes());
        }
        hosts.sort_unstable();
        let mut bytes = (hosts.len() as u64).to_le_bytes().to_vec();
        for (hash, from, count) in hosts {
            bytes.extend_from_slice(&hash.to_le_bytes());
            bytes.extend_from_slice(&from.to_le_bytes());
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        bytes.extend_from_slice(&blob);
        bytes
    }
}
