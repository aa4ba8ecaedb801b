//! What of a name could be inspected: nothing where a lock is on it, else its categories.

use super::evidence::Evidence;
use super::{Ask, Policy};
use crate::category::CategorySet;
use crate::ruleset::SideFlags;

/// Flags whose names are never opened up: help, public duties, exams.
const LOCKED: SideFlags = SideFlags::HELP
    .with(SideFlags::ALWAYS_OPEN)
    .with(SideFlags::EXAM);

/// How far a name could be opened up, were a school to ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspectable {
    /// The categories by which a school may have asked for it.
    pub categories: CategorySet,
    /// Whether its pages may be read. Of a name that a school lives on (protected) only our own
    /// block page may be shown.
    pub pages: bool,
}

impl Policy {
    /// How far a name could be opened up; `None` where it never is, whoever asks: a locked name, or
    /// a book without the locked list.
    ///
    /// # Panics
    /// When `ask.group` is no position of [`Groups::all`](crate::Groups::all).
    #[must_use]
    pub fn inspectable(&self, ask: &Ask<'_>) -> Option<Inspectable> {
        let never = self.ruleset.book().never_inspected();
        if never.is_empty() || never.covers(ask.name) {
            return None;
        }
        let walk = self.ruleset.walk(ask.name);
        let evidence = Evidence::gather(self, ask, &walk, None, &mut ());
        if evidence.flags.has(LOCKED) || evidence.all.meets(never.categories()) {
            return None;
        }
        Some(Inspectable {
            categories: evidence.all,
            pages: !evidence.flags.has(SideFlags::PROTECTED),
        })
    }
}
