//! Attempts to get round the filter, counted by kind ([`BypassKind`]): for the whole box, never for
//! a person or a group, never with a name.
//!
//! Every way round is closed elsewhere, where it is met; here it is told which query counts as what.
//! A query counts once at most, however many ways it tries: where it is closed by what stands behind
//! its answer, that is how it was tried; else the name tells it.
//!
//! | kind | counted |
//! |---|---|
//! | doh, vpn, proxy, relay, canary, other | a closed query for a name of such a list |
//! | discovery | a query below `resolver.arpa` while no encrypted listener is offered |
//! | cloak | an answer closed for a name behind a CNAME or a service binding |
//! | address | an answer closed for an address |
//! | tunnel | a query refused because names of its domain look like data |
//! | doorway | a name closed because it is built like the door-ways of gambling sites |
//! | lookalike | a name that reads like a well-known one and is open: told, not closed |
//! | ech | an *upstream's answer* whose keys were taken out, see below |
//!
//! **ECH is the one kind that no query is counted for.** Browsers ask for these keys with each name,
//! the site's owner offers them, and the answer is given without them: every page of a large
//! delivery network would be an attempt. So it is counted where the keys are taken out, once for
//! each answer an upstream gives, however often that is then served from the cache.
//!
//! Not counted: questions *why* a name is closed, messages refused for their rate or their form,
//! and whatever is open to the one who asks.

use std::sync::atomic::{AtomicU64, Ordering};

use lachan_policy::{BypassKind, Name, Policy, Verdict};

use crate::behind::By;
use crate::ddr;

const KINDS: usize = BypassKind::ALL.len();

/// The counters. To count is one add to an atomic.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// By [`BypassKind::index`].
    kinds: [AtomicU64; KINDS],
}

/// How many attempts of each kind there were since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BypassCounts {
    /// By [`BypassKind::index`].
    kinds: [u64; KINDS],
}

impl Attempts {
    /// Counts one.
    #[inline]
    pub(crate) fn count(&self, kind: BypassKind) {
        self.kinds[kind.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a query that ends by the verdict on its own name, if that is one.
    #[inline]
    pub(crate) fn decided(&self, policy: &Policy, name: &Name, verdict: &Verdict) {
        if let Some(kind) = policy.bypass_of(name, verdict) {
            self.count(kind);
        }
    }

    /// Counts a query that is answered from local names, if it searched for another resolver than
    /// us: listeners of ours that could be found were offered before.
    #[inline]
    pub(crate) fn answered_here(&self, name: &Name) {
        if ddr::asks_for_any(name) {
            self.count(BypassKind::Discovery);
        }
    }

    /// Counts a query that is closed by what stands behind its answer.
    pub(crate) fn closed_behind(&self, by: By) {
        self.count(match by {
            By::Chain | By::Service => BypassKind::Cloak,
            By::Address => BypassKind::Address,
        });
    }

    /// All of them, with the answers whose keys of Encrypted Client Hello were taken out. Read one
    /// after the other, so attempts counted meanwhile may be in or not.
    pub(crate) fn read(&self, without_ech: u64) -> BypassCounts {
        let mut kinds = self.kinds.each_ref().map(|n| n.load(Ordering::Relaxed));
        kinds[BypassKind::Ech.index()] = without_ech;
        BypassCounts { kinds }
    }
}

impl BypassCounts {
    /// Attempts of a kind.
    #[must_use]
    pub const fn of(&self, kind: BypassKind) -> u64 {
        self.kinds[kind.index()]
    }

    /// Attempts of all kinds, by [`BypassKind::index`].
    #[must_use]
    pub const fn all(&self) -> [u64; KINDS] {
        self.kinds
    }

    /// Attempts of each kind, in the order of [`BypassKind::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (BypassKind, u64)> {
        BypassKind::ALL.into_iter().zip(self.kinds)
    }

    /// The same with so many attempts of a kind.
    #[must_use]
    pub const fn with(mut self, kind: BypassKind, count: u64) -> Self {
        self.kinds[kind.index()] = count;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_by_itself() {
        let attempts = Attempts::default();
        for kind in BypassKind::ALL {
            (0..=kind.index()).for_each(|_| attempts.count(kind));
        }
        for (kind, count) in attempts.read(99).iter() {
            let expected = match kind {
                BypassKind::Ech => 99,
                _ => kind.index() as u64 + 1,
            };
            assert_eq!(count, expected, "{kind:?}");
        }
    }

    #[test]
    fn threads_count_together_exactly() {
        let attempts = Attempts::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| attempts.count(BypassKind::Vpn)));
            }
        });
        let counts = attempts.read(0);
        assert_eq!(
            counts,
            BypassCounts::default().with(BypassKind::Vpn, 40_000)
        );
    }
}
