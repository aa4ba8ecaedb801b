//! Which paths a delegation covers (TUF §4.5, TAP 15).
//!
//! Patterns are those of a shell: `*` for any characters and `?` for one, neither across a `/`.
//! Brackets are no part of the specification and stand for themselves here, which can only make a
//! delegation narrower.

use super::metadata::{Delegation, Delegations, KeyRole, SuccinctRoles};

/// A delegated role that is trusted with a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// Its name.
    pub name: String,
    /// Its keys and threshold; the keys stand in the delegations.
    pub role: KeyRole,
    /// Whether the search ends with it.
    pub terminating: bool,
}

impl Delegations {
    /// The roles that are trusted with a path, in the order in which they are asked.
    #[must_use]
    pub fn of_path(&self, path: &str) -> Vec<Trusted> {
        if let Some(succinct) = &self.succinct_roles {
            return vec![succinct.of_path(path)];
        }
        let roles = self.roles.iter().flatten();
        roles
            .filter(|role| role.covers(path))
            .map(|role| Trusted {
                name: role.name.clone(),
                role: KeyRole::from(&role.signers),
                terminating: role.terminating,
            })
            .collect()
    }

    /// The role of that name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Delegation> {
        self.roles.iter().flatten().find(|role| role.name == name)
    }
}

impl Delegation {
    /// Whether the role is trusted with a path.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        if let Some(prefixes) = &self.path_hash_prefixes {
            let hash = super::sha256_hex(path.as_bytes());
            return prefixes
                .iter()
                .any(|prefix| hash.starts_with(prefix.as_str()));
        }
        let patterns = self.paths.iter().flatten();
        patterns.into_iter().any(|pattern| matches(pattern, path))
    }
}

impl SuccinctRoles {
    fn of_path(&self, path: &str) -> Trusted {
        use sha2::Digest as _;
        let hash = sha2::Sha256::digest(path.as_bytes());
        let first = hash
            .iter()
            .take(4)
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        // `check` has seen to it that there are 1 to 32 bits.
        let bin = first >> (32 - self.bit_length.clamp(1, 32));
        // As many hex digits as the last role's number needs.
        let last = (1u64 << self.bit_length.clamp(1, 32)) - 1;
        let width = format!("{last:x}").len();
        Trusted {
            name: format!("{}-{bin:0width$x}", self.name_prefix),
            role: KeyRole::from(&self.signers),
            terminating: true,
        }
    }
}

/// Whether a shell pattern fits a path, part by part.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if part_matches(pattern, part) => {}
            _ => return false,
        }
    }
}

/// One part, with one place to come back to, so that the time is bounded by the product of lengths.
fn part_matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some('?') => {
                p += 1;
                t += 1;
            }
            Some(character) if *character == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|character| *character == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_a_shell_and_stop_at_slashes() {
        for (pattern, path, expected) in [
            ("*", "a.list.zst", true),
            ("*", "a/b", false),
            ("*.list.zst", "game.list.zst", true),
            ("*.list.zst", ".list.zst", true),
            ("*.list.zst", "x.raucb", false),
            ("*.list.zst", "game.list.zst/x", false),
            ("releases/*/*", "releases/x/x_v1", true),
            ("releases/y/*.zip", "releases/z/z_v1.zip", false),
            ("foo-?.tgz", "foo-b.tgz", true),
            ("foo-?.tgz", "foo-.tgz", false),
            ("a*b*c", "aXXbXbYc", true),
            ("a*b*c", "aXXbXbY", false),
            ("ệ?", "ệữ", true),
            ("[ab]", "a", false),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
        assert!(!matches(&"*a".repeat(2000), &"a".repeat(1999)));
    }

    #[test]
    fn succinct_roles_choose_by_the_first_bits_of_the_hash() {
        // The hash of "" is e3b0c4…: 1110 0011 1011.
        let of = |bit_length| {
            let signers = super::super::metadata::Signers {
                keyids: Vec::new(),
                threshold: 1,
            };
            let extra = serde_json::Map::new();
            SuccinctRoles {
                signers,
                bit_length,
                name_prefix: "bin".to_owned(),
                extra,
            }
            .of_path("")
            .name
        };
        assert_eq!(of(1), "bin-1");
        assert_eq!(of(3), "bin-7");
        assert_eq!(of(5), "bin-1c");
        assert_eq!(of(8), "bin-e3");
        assert_eq!(of(32), "bin-e3b0c442");
    }
}
