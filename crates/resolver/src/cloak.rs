//! CNAME cloaking: a harmless name that is a CNAME for a closed one is closed, too.
//!
//! Every name an upstream's answer leads through is decided like a queried one. Only what lists or
//! people say of *that* name counts: that a delivery network's host is on no list closes nothing.

use lachan_policy::ruleset::{ListClass, Ruleset, SideFlags};
use lachan_policy::{Ask, CategorySet, Level, Mode, Moment, Name, Policy, Rule, Target, Verdict};

/// The name asked for, its verdict, and whom it holds for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Front<'f> {
    pub(crate) policy: &'f Policy,
    pub(crate) name: &'f Name,
    pub(crate) verdict: &'f Verdict,
    /// Position of the group.
    pub(crate) group: usize,
    pub(crate) at: Option<Moment>,
}

impl Front<'_> {
    /// The verdict on the first name behind that closes the answer.
    pub(crate) fn closed_behind(&self, targets: &[Name]) -> Option<Verdict> {
        targets.iter().find_map(|target| {
            let ask = Ask {
                name: target,
                group: self.group,
                at: self.at,
                found: CategorySet::EMPTY,
            };
            let verdict = self.policy.decide(&ask);
            (verdict.is_block() && self.counts(&verdict)).then_some(verdict)
        })
    }

    fn counts(&self, behind: &Verdict) -> bool {
        match behind.level {
            Level::Statutory => self.verdict.level != Level::Help,
            Level::DepartmentLock => {
                !matches!(self.verdict.level, Level::Help | Level::AlwaysOpen)
                    && !self.is_shielded(behind)
            }
            _ => {
                !self.opened_by_name() && names_it(self.policy, behind) && !self.is_shielded(behind)
            }
        }
    }

    /// Whether somebody opened the very name that was asked for: then what stands behind it was
    /// opened with it, as far as an ordinary cell or a person closed it.
    fn opened_by_name(&self) -> bool {
        match self.verdict.level {
            Level::Help
            | Level::AlwaysOpen
            | Level::Exam
            | Level::LessonPass
            | Level::LocalException
            | Level::DepartmentException
            | Level::Mode => true,
            Level::Statutory
            | Level::DepartmentLock
            | Level::Timetable
            | Level::Tier
            | Level::Default => false,
        }
    }

    /// Whether the name is protected and only an imported list speaks against the one behind: an
    /// imported entry never closes a protected name, by this way either.
    fn is_shielded(&self, behind: &Verdict) -> bool {
        let ruleset = self.policy.ruleset();
        let imported = behind
            .list
            .and_then(|list| ruleset.list(list))
            .is_some_and(|list| list.class == ListClass::Imported);
        imported && is_protected(ruleset, self.name)
    }
}

fn is_protected(ruleset: &Ruleset, name: &Name) -> bool {
    let walk = ruleset.walk(name);
    let mut sides = walk
        .hits()
        .iter()
        .map(|hit| ruleset.side(hit.row, hit.is_above()));
    sides.any(|side| side.flags.has(SideFlags::PROTECTED))
}

/// Whether a block speaks of the name itself, and not of all names that nobody listed.
fn names_it(policy: &Policy, verdict: &Verdict) -> bool {
    let uncategorised = policy.ruleset().book().uncategorised();
    let categorised = verdict
        .category
        .is_some_and(|category| category != uncategorised);
    match verdict.rule {
        Rule::Entry { .. } | Rule::Sealed => true,
        Rule::Exception(index) => {
            let exception = policy.exceptions().all().get(index as usize);
            categorised
                || exception.is_some_and(|exception| matches!(exception.target, Target::Name(..)))
        }
        Rule::Period(_) | Rule::Mode(Mode::OnlineClass) => categorised,
        Rule::None | Rule::Cell | Rule::Mode(_) => false,
    }
}
