//! What `rules/heuristics.toml` says, as the policy book carries it.

use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::tier::Role;

/// The heuristics of a ruleset; the default is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeuristicsData {
    /// Names under which nothing is guessed.
    #[serde(default)]
    pub exceptions: Vec<String>,
    /// Newly seen door-ways of gambling: closed softly where the tier closes the category.
    #[serde(default)]
    pub doorway: Option<CardData>,
    /// Who may open a door-way, where the category's cell asks for a higher role.
    #[serde(default = "school")]
    pub doorway_lock: Role,
    /// Names that put a trusted brand beside a lure: open, and the counsellor is told.
    #[serde(default)]
    pub impersonation: Option<CardData>,
    /// Names that read like a familiar one: the same.
    #[serde(default)]
    pub look_alike: Option<LookAlikeData>,
}

impl Default for HeuristicsData {
    fn default() -> Self {
        Self {
            exceptions: Vec::new(),
            doorway: None,
            doorway_lock: school(),
            impersonation: None,
            look_alike: None,
        }
    }
}

impl HeuristicsData {
    /// Everything that is wrong in it; what [`super::Heuristics::new`] refuses.
    #[must_use]
    pub fn mistakes(&self) -> Vec<super::BadHeuristics> {
        super::check::check(self)
    }
}

/// What was only guessed is the school's to open.
const fn school() -> Role {
    Role::School
}

/// A score card: points for what stands in a name, and how many make a sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardData {
    /// The category such a name probably has.
    pub category: Category,
    /// So many points make a sign.
    pub threshold: u16,
    /// Points for a label of digits only below the site, once there are others.
    #[serde(default)]
    pub numbered_host: i16,
    /// Patterns by their points.
    pub groups: Vec<GroupData>,
    /// Points for top-level domains, once there are others.
    #[serde(default)]
    pub endings: Vec<EndingsData>,
}

/// Patterns that say the same: they count once a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupData {
    /// Its id, unique in the card.
    pub id: String,
    /// Points; less than none for what speaks against.
    pub weight: i16,
    /// Counts in the site's own label only, not in those of its hosts.
    #[serde(default)]
    pub site_only: bool,
    /// Counts in labels up to this length only.
    #[serde(default)]
    pub longest: Option<u8>,
    /// The patterns.
    pub patterns: Vec<String>,
}

/// Top-level domains with the same points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingsData {
    /// Points.
    pub weight: i16,
    /// The domains, without dots.
    pub names: Vec<String>,
}

/// Which names read like another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAlikeData {
    /// The category such a name probably has.
    pub category: Category,
    /// ASCII labels shorter than this resemble nothing: too many short ones are words.
    pub shortest: u8,
    /// The same for labels with letters of other scripts or with marks.
    pub shortest_marked: u8,
}
