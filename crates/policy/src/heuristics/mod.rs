//! Host heuristics: what a name's own letters betray when no list knows it.
//!
//! ```text
//!  name ─► labels ─► automaton ─► patterns ─► points a card ─► Sign      (rules/heuristics.toml)
//!     └──► site's label ─► skeleton ─► familiar names ─► look-alike      (section FAMILIAR)
//! ```
//!
//! Three kinds ([`HeuristicKind`]): *door-ways* of gambling, which change their names every week
//! and so are in no list yet; *impersonation*, a bank's or game's name beside a lure; *look-alikes*
//! of familiar names, IDN or ASCII. What a guess does is decided in `decide`: a door-way is closed
//! softly, the others tell the counsellor. Nothing here knows lists, tiers or groups.
//!
//! Every name that no list knows comes by here, so it must cost little: one pass of an automaton
//! over its bytes, one hash of one label, no allocation. `scripts/bench heuristics`, popular names
//! on the developers' machine: 94 ns a name (65 the cards, 30 the look-alikes), beside 82 for the walk
//! and 290 for a whole decision. The automaton takes 500 KB, of which such names touch little.
//! Recall and false positives over real lists: `crates/lists/tests/heuristics`.

mod card;
mod check;
mod data;
mod grams;
mod guess;
mod labels;
mod pattern;
mod punycode;
mod skeleton;

pub use card::{Found, Heuristics, Sign};
pub use check::BadHeuristics;
pub use data::{CardData, EndingsData, GroupData, HeuristicsData, LookAlikeData};
pub use guess::Guess;
pub use pattern::BadPattern;
pub use skeleton::Skeleton;

use crate::ruleset::FamiliarId;

/// What kind of guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeuristicKind {
    /// Built like the door-ways of gambling sites.
    Doorway,
    /// A trusted brand beside a lure.
    Impersonation,
    /// Reads like a familiar name.
    LookAlike,
}

impl HeuristicKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Doorway, Self::Impersonation, Self::LookAlike];

    /// The id used in the log and in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Doorway => "doorway",
            Self::Impersonation => "impersonation",
            Self::LookAlike => "look-alike",
        }
    }
}

/// A guess about a name that no list knows, with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heuristic {
    /// Built like the door-ways of gambling sites.
    Doorway(Sign),
    /// A trusted brand beside a lure.
    Impersonation(Sign),
    /// Reads like this familiar name.
    LookAlike(FamiliarId),
}

impl Heuristic {
    /// Its kind.
    #[must_use]
    pub const fn kind(self) -> HeuristicKind {
        match self {
            Self::Doorway(_) => HeuristicKind::Doorway,
            Self::Impersonation(_) => HeuristicKind::Impersonation,
            Self::LookAlike(_) => HeuristicKind::LookAlike,
        }
    }
}
