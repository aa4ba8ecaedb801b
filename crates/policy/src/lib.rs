//! The policy of Lá Chắn: names, categories, tiers, groups, timetables, exceptions, the ruleset's
//! reader, and the one function that decides, [`Policy::decide`].
//!
//! Pure: it reads a byte slice it is given, is told the time, and spawns nothing. DNS, SNI, URL and
//! phrase checks, the "why?" tool and the tests all ask here, so they cannot disagree.
//!
//! ```text
//!  name ─► Ruleset::walk ─► categories, flags ─┐
//!  group (tier, week, mode) ───────────────────┼─► decide ─► Verdict { action, level, rule, … }
//!  exceptions, moment ─────────────────────────┘
//! ```

mod bell;
pub mod book;
mod bypass;
mod category;
mod decide;
mod exception;
mod group;
mod groups;
pub mod heuristics;
mod inspection;
mod mode;
mod name;
pub mod phrases;
pub mod ruleset;
mod subnet;
mod tier;
mod time;
mod token;
mod verdict;
mod who;

pub use bell::{BREAK, BellError, Bells, Lesson, MAX_LESSONS, Rung, check_day};
pub use bypass::BypassKind;
pub use category::{BadBit, Category, CategorySet};
pub use decide::{Ask, Inspectable, Policy, Unsuspected, UrlEntry};
pub use exception::{Exception, Exceptions, Target};
pub use group::{CellChange, Group, GroupId, ModeSwitch};
pub use groups::{GroupClash, Groups, Selector};
pub use heuristics::{Heuristic, HeuristicKind};
pub use inspection::{NeverInspected, NeverInspectedData};
pub use mode::Mode;
pub use name::{MAX_LABEL, MAX_LABELS, MAX_WIRE, Name, NameError, Scope};
pub use subnet::{Subnet, SubnetError, address_bits};
pub use tier::{Action, BadCell, Cell, Masks, Role, Tier, UnknownTier};
pub use time::{DAY, Days, Moment, Period, Timetable};
pub use token::{BadToken, Token, TokenHash, TokenMark};
pub use verdict::{Level, Rule, Step, Trace, Verdict};
pub use who::{BadInterface, BadMac, InterfaceName, KnownBy, Mac, Who};
