//! What was decided, and why.

use crate::category::Category;
use crate::heuristics::Heuristic;
use crate::mode::Mode;
use crate::name::{Name, Scope};
use crate::ruleset::ListId;
use crate::tier::{Action, Role, Tier};

/// The order of precedence, highest first (DESIGN.md, What always holds 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A help line: always open, never logged.
    Help,
    /// A statutory list or a sealed entry.
    Statutory,
    /// A name that only a statutory block closes.
    AlwaysOpen,
    /// A category the department locked shut for the tier.
    DepartmentLock,
    /// An exam: its allowlist and the above, nothing else.
    Exam,
    /// A teacher's pass.
    LessonPass,
    /// The school's exception.
    LocalException,
    /// The department's exception.
    DepartmentException,
    /// Allowlist-only, or an online class.
    Mode,
    /// The group's timetable.
    Timetable,
    /// The tier's table.
    Tier,
    /// Nothing objects.
    Default,
}

impl Level {
    /// All levels, highest first.
    pub const ALL: [Self; 12] = [
        Self::Help,
        Self::Statutory,
        Self::AlwaysOpen,
        Self::DepartmentLock,
        Self::Exam,
        Self::LessonPass,
        Self::LocalException,
        Self::DepartmentException,
        Self::Mode,
        Self::Timetable,
        Self::Tier,
        Self::Default,
    ];

    /// The id used in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Statutory => "statutory",
            Self::AlwaysOpen => "always-open",
            Self::DepartmentLock => "department-lock",
            Self::Exam => "exam",
            Self::LessonPass => "lesson-pass",
            Self::LocalException => "local-exception",
            Self::DepartmentException => "department-exception",
            Self::Mode => "mode",
            Self::Timetable => "timetable",
            Self::Tier => "tier",
            Self::Default => "default",
        }
    }
}

/// The rule that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// None: the default.
    None,
    /// An entry for the suffix of the name that begins at this offset of its wire form.
    Entry {
        /// The offset, from [`Name::suffixes`].
        start: u8,
    },
    /// A sealed entry; nothing of it may be shown.
    Sealed,
    /// An exception, by its position in [`crate::Exceptions::all`].
    Exception(u32),
    /// A period of the group's timetable, by its position.
    Period(u16),
    /// A mode.
    Mode(Mode),
    /// The table's cell, for a name that no list knows.
    Cell,
    /// What the name's own letters betray, for a name that no list knows: closed softly, or open
    /// with an alert.
    Heuristic(Heuristic),
    /// An entry for an address the name stands for.
    Address,
    /// An entry for the URL: a prefix of it, or an expression it fits.
    Url,
}

/// What is decided of a name for a group at a moment.
///
/// Small and `Copy`: a decision allocates nothing. Texts come from the book and the exceptions
/// when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What happens.
    pub action: Action,
    /// The level that decided.
    pub level: Level,
    /// The category that decided, where one did.
    pub category: Option<Category>,
    /// The list whose entry decided.
    pub list: Option<ListId>,
    /// The rule.
    pub rule: Rule,
    /// The tier asked for.
    pub tier: Tier,
    /// Whether the counsellor is told, blocked or not.
    pub alert: bool,
    /// Whether the log keeps the category only.
    pub no_name: bool,
    /// Whether nothing at all is logged (help lines).
    pub no_log: bool,
    /// The engine whose safe form answers, by its position in the book.
    pub safe_form: Option<u16>,
}

impl Verdict {
    /// Whether the name is closed.
    #[must_use]
    pub fn is_block(&self) -> bool {
        self.action == Action::Block
    }

    /// The listed suffix that decided, if an entry did.
    #[must_use]
    pub fn matched(&self, name: &Name) -> Option<Name> {
        match self.rule {
            Rule::Entry { start } => Some(name.suffix(usize::from(start))),
            _ => None,
        }
    }
}

/// One step of the chain of reasons that `why` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A list knows a suffix of the name.
    Listed {
        /// Where the suffix begins.
        start: u8,
        /// The list.
        list: ListId,
        /// What the entry covers.
        scope: Scope,
    },
    /// The name is protected: these categories came from imported lists only and do not count.
    Protected {
        /// Where the protected suffix begins.
        start: u8,
        /// A category taken off.
        category: Category,
    },
    /// A department correction took a category off.
    Corrected {
        /// The category.
        category: Category,
    },
    /// Something is guessed of the name, which no list knows.
    Guessed(Heuristic),
    /// An allow that does not count, because the cell's lock admits only a higher role.
    Refused {
        /// The level it stood at.
        level: Level,
        /// The exception.
        exception: u32,
        /// The role the cell asks for.
        needs: Role,
    },
    /// The level that decided.
    Decided(Level),
}

/// Receives the steps of a decision; `()` drops them at no cost.
pub trait Trace {
    /// Whether steps are wanted at all.
    const WANTED: bool;
    /// Takes one step.
    fn step(&mut self, step: Step);
}

impl Trace for () {
    const WANTED: bool = false;
    fn step(&mut self, _: Step) {}
}

impl Trace for Vec<Step> {
    const WANTED: bool = true;
    fn step(&mut self, step: Step) {
        self.push(step);
    }
}
