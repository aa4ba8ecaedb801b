//! What of a name could be inspected: nothing where a lock is on it, else its categories.

use super::evidence::Evidence;
use super::{Ask, Policy};
use crate::category::CategorySet;
use crate::ruleset::SideFlags;

/// Flags whose names are never inspected: help, public duties, what a school lives on, exams.
const LOCKED: SideFlags = SideFlags::HELP
    .with(SideFlags::ALWAYS_OPEN)
    .with(SideFlags::PROTECTED)
    .with(SideFlags::EXAM);

impl Policy {
    /// The categories by which a school may have asked to inspect a name; `None` where it is never
    /// inspected, whoever asks: a locked name, or a book without the locked list.
    ///
    /// # Panics
    /// When `ask.group` is no position of [`Groups::all`](crate::Groups::all).
    #[must_use]
    pub fn inspectable(&self, ask: &Ask<'_>) -> Option<CategorySet> {
        let never = self.ruleset.book().never_inspected();
        if never.is_empty() || never.covers(ask.name) {
            return None;
        }
        let walk = self.ruleset.walk(ask.name);
        let evidence = Evidence::gather(self, ask, &walk, &mut ());
        let is_locked = evidence.flags.has(LOCKED) || evidence.all.meets(never.categories());
        (!is_locked).then_some(evidence.all)
    }
}
