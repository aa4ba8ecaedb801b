//! CNAME cloaking: a harmless name that is a CNAME for a closed one is closed, too.
//!
//! Every name an upstream's answer leads through is decided like a queried one. Only what lists or
//! people say of *that* name counts: that a delivery network's host is on no list closes nothing.

use lachan_policy::ruleset::{ListClass, Ruleset, SideFlags};
use lachan_policy::{
    Ask, CategorySet, Level, Mode, Moment, Name, Policy, Role, Rule, Target, Verdict,
};

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
    /// The first name behind that closes the answer, and the verdict on it.
    pub(crate) fn closed_behind(
        &self,
        mut targets: impl Iterator<Item = Name>,
    ) -> Option<(Name, Verdict)> {
        targets.find_map(|target| {
            let ask = Ask {
                name: &target,
                group: self.group,
                at: self.at,
                found: CategorySet::EMPTY,
            };
            let verdict = self.policy.decide(&ask);
            (verdict.is_block() && self.counts(&verdict)).then_some((target, verdict))
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
                let speaks = names_it(self.policy, behind) || self.is_guessed(behind);
                !self.opens(behind) && speaks && !self.is_shielded(behind)
            }
        }
    }

    /// Whether the name behind was guessed to be a door-way, and nobody knows the one in front of
    /// it either: of a name that lists or people know a guess says nothing.
    fn is_guessed(&self, behind: &Verdict) -> bool {
        matches!(behind.rule, Rule::Heuristic(_))
            && matches!(self.verdict.rule, Rule::Cell | Rule::Heuristic(_))
    }

    /// Whether whoever opened the very name that was asked for may open what stands behind it,
    /// too. A pass for a whole category or service names no name, so it opens none behind one.
    fn opens(&self, behind: &Verdict) -> bool {
        let role = match self.verdict.level {
            Level::Help | Level::AlwaysOpen => return true,
            Level::LessonPass => Role::Teacher,
            // The lists of these modes are the school's to switch on.
            Level::LocalException | Level::Exam | Level::Mode => Role::School,
            Level::DepartmentException => Role::Department,
            Level::Statutory
            | Level::DepartmentLock
            | Level::Timetable
            | Level::Tier
            | Level::Default => return false,
        };
        if let Rule::Exception(index) = self.verdict.rule {
            let exception = self.policy.exceptions().all().get(index as usize);
            let names = exception.is_some_and(|one| matches!(one.target, Target::Name(..)));
            if !names {
                return false;
            }
        }
        behind
            .category
            .is_none_or(|category| self.policy.admits(self.group, category, role))
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
        Rule::Entry { .. } | Rule::Sealed | Rule::Address | Rule::Url => true,
        Rule::Exception(index) => {
            let exception = policy.exceptions().all().get(index as usize);
            categorised
                || exception.is_some_and(|exception| matches!(exception.target, Target::Name(..)))
        }
        Rule::Period(_) | Rule::Mode(Mode::OnlineClass) => categorised,
        Rule::None | Rule::Cell | Rule::Heuristic(_) | Rule::Mode(_) => false,
    }
}
