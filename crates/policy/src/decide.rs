//! The one decision.
//!
//! The levels (`levels.rs`) stand in [`Policy::decide_traced`] in the order of precedence of DESIGN.md, one
//! after the other; the first that has an opinion gives the verdict. Before them two corrections
//! take categories off the name: *protected* names lose what only imported lists say of them, a
//! *department correction* strikes named categories.

mod evidence;
mod guessed;
mod inspection;
mod levels;
mod opening;
mod unsuspected;

use std::net::IpAddr;
use std::sync::Arc;

use crate::category::{Category, CategorySet};
use crate::exception::Exceptions;
use crate::groups::Groups;
use crate::name::Name;
use crate::ruleset::{ListId, Probe, Ruleset};
use crate::tier::{Action, Masks, Role};
use crate::time::Moment;
use crate::verdict::{Level, Rule, Step, Trace, Verdict};
use evidence::{Beside, Evidence};
pub use inspection::Inspectable;
pub use unsuspected::Unsuspected;

/// Everything a decision rests on: one immutable snapshot, swapped whole when anything changes.
#[derive(Debug)]
pub struct Policy {
    ruleset: Arc<Ruleset>,
    groups: Groups,
    exceptions: Exceptions,
    /// By position of the group: its tier's masks with its changes.
    masks: Vec<Masks>,
}

/// One question to the policy.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The name asked for.
    pub name: &'a Name,
    /// Position of the asking group in [`Groups::all`].
    pub group: usize,
    /// When; `None` when the box does not know the time.
    pub at: Option<Moment>,
    /// Categories found otherwise (phrase score, host heuristics); they enter at the tier's level.
    pub found: CategorySet,
}

/// What the lists know of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlEntry {
    /// A prefix of it ([`Ruleset::url_rule`]).
    Prefix {
        /// The rule's row.
        row: u32,
    },
    /// An expression of this list fits it ([`Ruleset::expressions`]).
    Expression(ListId),
}

impl Policy {
    /// Joins a ruleset with the groups and exceptions of the box.
    #[must_use]
    pub fn new(ruleset: Arc<Ruleset>, groups: Groups, exceptions: Exceptions) -> Self {
        let book = ruleset.book();
        let masks = groups
            .all()
            .iter()
            .map(|group| group.masks(book.masks(group.tier)))
            .collect();
        Self {
            masks,
            ruleset,
            groups,
            exceptions,
        }
    }

    /// The ruleset.
    #[must_use]
    pub fn ruleset(&self) -> &Arc<Ruleset> {
        &self.ruleset
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The exceptions.
    #[must_use]
    pub fn exceptions(&self) -> &Exceptions {
        &self.exceptions
    }

    /// Whether a role may open what a group's table closes of a category. What the table does not
    /// close needs nobody.
    ///
    /// # Panics
    /// When `group` is no position of [`Groups::all`].
    #[must_use]
    pub fn admits(&self, group: usize, category: Category, role: Role) -> bool {
        let cell = self.masks[group].cell(category);
        cell.action != Action::Block || cell.lock <= role
    }

    /// Decides. Allocates nothing, takes no lock, reads no clock.
    #[must_use]
    pub fn decide(&self, ask: &Ask<'_>) -> Verdict {
        self.decide_traced(ask, &mut ())
    }

    /// [`Self::decide`] for a name whose probe was made and touched on this ruleset, with the memory of the calling
    /// thread, which changes what it costs and never what it says.
    #[must_use]
    pub fn decide_probed(&self, ask: &Ask<'_>, probe: &Probe, memory: &mut Unsuspected) -> Verdict {
        let walk = self.ruleset.walk_probed(probe);
        let memory = probe.whole().map(|name| (name, memory.by(&self.ruleset)));
        Self::judge(
            &Evidence::gather(self, ask, &walk, memory, &mut ()),
            &mut (),
        )
    }

    /// Decides, and tells the chain of reasons. Sealed entries are passed over: they appear in no
    /// explanation, so that nobody can try names against them.
    ///
    /// # Panics
    /// When `ask.group` is no position of [`Groups::all`].
    pub fn decide_traced<T: Trace>(&self, ask: &Ask<'_>, trace: &mut T) -> Verdict {
        let walk = self.ruleset.walk(ask.name);
        Self::judge(&Evidence::gather(self, ask, &walk, None, trace), trace)
    }

    /// Decides on a name with what the lists say of an address it stands for, as one piece of
    /// evidence more: the levels, the corrections and whoever opened the name count as ever. `None`
    /// when no list knows the address: then [`Self::decide`] has said all there is.
    ///
    /// # Panics
    /// When `ask.group` is no position of [`Groups::all`].
    #[must_use]
    pub fn decide_address(&self, ask: &Ask<'_>, address: IpAddr) -> Option<Verdict> {
        let row = self.ruleset.address_row(address)?;
        let walk = self.ruleset.walk(ask.name);
        let mut evidence = Evidence::gather(self, ask, &walk, None, &mut ());
        evidence.add(Beside::Row(row), Rule::Address);
        Some(Self::judge(&evidence, &mut ()))
    }

    /// Decides as if one more imported list had an entry of this category for the suffix of the name that
    /// begins at `start`: what a list would do before it is enabled. Levels, corrections, protected names and
    /// whoever opened the name count as ever.
    ///
    /// # Panics
    /// When `ask.group` is no position of [`Groups::all`].
    #[must_use]
    pub fn decide_if_listed(&self, ask: &Ask<'_>, start: u8, category: Category) -> Verdict {
        let walk = self.ruleset.walk(ask.name);
        let mut evidence = Evidence::gather(self, ask, &walk, None, &mut ());
        evidence.suppose(start, category, ask.found);
        Self::judge(&evidence, &mut ())
    }

    /// Decides on a name with what the lists say of a URL of it, which a channel that sees the URL
    /// looked up: levels, corrections and whoever opened the name count as ever.
    ///
    /// # Panics
    /// When `ask.group` is no position of [`Groups::all`].
    #[must_use]
    pub fn decide_url(&self, ask: &Ask<'_>, entry: UrlEntry) -> Verdict {
        let walk = self.ruleset.walk(ask.name);
        let mut evidence = Evidence::gather(self, ask, &walk, None, &mut ());
        let beside = match entry {
            UrlEntry::Prefix { row } => Beside::Row(row),
            UrlEntry::Expression(list) => Beside::List(list),
        };
        evidence.add(beside, Rule::Url);
        Self::judge(&evidence, &mut ())
    }

    /// Asks the levels, highest first.
    fn judge<T: Trace>(evidence: &Evidence<'_>, trace: &mut T) -> Verdict {
        let verdict = evidence
            .help()
            .or_else(|| if T::WANTED { None } else { evidence.sealed() })
            .or_else(|| evidence.statutory())
            .or_else(|| evidence.always_open())
            .or_else(|| evidence.department_lock())
            .or_else(|| evidence.exam())
            .or_else(|| evidence.exception(Level::LessonPass, Role::Teacher, trace))
            .or_else(|| evidence.exception(Level::LocalException, Role::School, trace))
            .or_else(|| evidence.exception(Level::DepartmentException, Role::Department, trace))
            .or_else(|| evidence.mode())
            .or_else(|| evidence.timetable())
            .unwrap_or_else(|| evidence.tier());
        trace.step(Step::Decided(verdict.level));
        verdict
    }
}
