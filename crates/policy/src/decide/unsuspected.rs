//! Names of which nothing is guessed, remembered, so that what popular names look like is asked once.
//!
//! Asking the heuristics costs a name that no list knows some cache misses, a quarter of all that an answer from the
//! cache costs (perf, November 2026), and says nothing of nearly every name. What it says depends on the name and the
//! ruleset alone, so a thread may keep it: here, by the name's keyed hash. That hash is the one by which the ruleset
//! itself knows names, and all 64 bits kept must agree, which is more than the ruleset's own slots ask for.

use crate::ruleset::{NameHash, Ruleset};

/// Names remembered: 128 KiB, which stay near the processor. Twice what a large school asks for in an hour.
const SLOTS: usize = 1 << 14;

/// The names that one thread found unsuspected lately, by one ruleset.
pub struct Unsuspected {
    /// [`Ruleset::number`] of the one they were found by.
    ruleset: u64,
    /// Half of the hash of the last name of each slot; 0 where there was none.
    slots: Box<[u64]>,
}

impl Unsuspected {
    /// Nothing remembered yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            ruleset: 0,
            slots: vec![0; SLOTS].into(),
        }
    }

    /// For this ruleset: what another one said is forgotten.
    #[inline]
    pub(super) fn by(&mut self, ruleset: &Ruleset) -> &mut Self {
        if self.ruleset != ruleset.number() {
            self.forget(ruleset.number());
        }
        self
    }

    #[cold]
    fn forget(&mut self, ruleset: u64) {
        self.slots.fill(0);
        self.ruleset = ruleset;
    }

    /// Whether nothing is guessed of the name.
    #[inline]
    pub(super) fn has(&self, name: NameHash) -> bool {
        let (slot, tag) = place(name);
        tag != 0 && self.slots[slot] == tag
    }

    /// Keeps that nothing is guessed of a name.
    #[inline]
    pub(super) fn keep(&mut self, name: NameHash) {
        let (slot, tag) = place(name);
        self.slots[slot] = tag;
    }
}

impl Default for Unsuspected {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Unsuspected {
    /// Names no name, not even hashed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unsuspected")
            .field("ruleset", &self.ruleset)
            .finish_non_exhaustive()
    }
}

/// The slot of a name, and what tells it from others there: different halves of the hash.
#[inline]
fn place(name: NameHash) -> (usize, u64) {
    let slot = usize::try_from(name.high() % SLOTS as u64).unwrap_or_default();
    (slot, name.low())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use crate::ruleset::NameHasher;

    #[test]
    fn names_are_kept_until_another_takes_their_place() {
        let hasher = NameHasher::new(1);
        let hash = |number: usize| {
            let name = Name::from_text(&format!("n{number}.example")).unwrap();
            hasher.hash(&name)
        };
        let mut memory = Unsuspected::new();
        assert!((0..20_000).all(|number| !memory.has(hash(number))));
        for number in 0..20_000 {
            memory.keep(hash(number));
            assert!(memory.has(hash(number)));
        }
        let kept = (0..20_000).filter(|number| memory.has(hash(*number)));
        assert!((9_000..SLOTS).contains(&kept.count()));
        memory.forget(2);
        assert!((0..20_000).all(|number| !memory.has(hash(number))));
    }

    #[test]
    fn an_empty_slot_holds_nobody() {
        let name = NameHash::default();
        assert!(!Unsuspected::new().has(name));
    }

    #[test]
    fn what_is_printed_names_nobody() {
        assert_eq!(
            format!("{:?}", Unsuspected::new()),
            "Unsuspected { ruleset: 0, .. }"
        );
    }
}
