//! What a text turned out to be.

use lachan_policy::phrases::{PhraseList, PhraseSide};
use lachan_policy::{CategorySet, Tier};

use super::set::{PhraseId, PhraseSet};
use crate::text::{Charset, CharsetSource, Coding, Fault};

/// How much of a body was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// All of it.
    Whole,
    /// Its beginning, up to the cap.
    Start,
    /// Nothing that counts, and why.
    Unscanned(Fault),
}

/// Points of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListScore {
    /// Weights of what fired, capped per phrase.
    pub sum: u32,
    /// The sum brought to a common length: what thresholds are about.
    pub score: u32,
    /// How many different phrases fired.
    pub distinct: u16,
}

/// A phrase that fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fired {
    /// Which.
    pub phrase: PhraseId,
    /// Position of its list in [`PhraseSet::lists`].
    pub list: u16,
    /// How often it was found.
    pub count: u16,
    /// Its points, capped.
    pub points: u32,
}

/// How sure a category of a text is, for one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Nothing of it, or too little.
    No,
    /// Enough to tell somebody, not to block: at least half the threshold, or outweighed by lessons,
    /// medicine or news.
    Grey,
    /// Found.
    Found,
}

/// The outcome of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How much was looked at.
    pub scan: Scan,
    /// The content codings, in the order in which they were applied.
    pub codings: Vec<Coding>,
    /// The character set and who said so.
    pub charset: (Charset, CharsetSource),
    /// Decoded bytes that were read.
    pub decoded: u64,
    /// Syllables that were read.
    pub syllables: u64,
    /// Letters that were read.
    pub letters: u64,
    /// Those of them that only Vietnamese has.
    pub marked: u64,
    /// Whether folded phrases counted.
    pub gate_open: bool,
    /// A search query: one phrase is enough.
    pub is_query: bool,
    /// By list of [`PhraseSet::lists`].
    pub scores: Vec<ListScore>,
    /// What fired, in the order of the lists.
    pub fired: Vec<Fired>,
}

impl Outcome {
    /// The greatest score of lists that speak against.
    #[must_use]
    pub fn best_allow(&self, set: &PhraseSet) -> u32 {
        let lists = set.lists().iter().zip(&self.scores);
        let allow = lists.filter(|(list, _)| list.side == PhraseSide::Allow);
        allow.map(|(_, score)| score.score).max().unwrap_or(0)
    }

    /// How sure one list's category is for a tier.
    #[must_use]
    pub fn strength(&self, set: &PhraseSet, list: usize, tier: Tier) -> Strength {
        let (Some(list), Some(score)) = (set.lists().get(list), self.scores.get(list)) else {
            return Strength::No;
        };
        if list.side == PhraseSide::Allow || matches!(self.scan, Scan::Unscanned(_)) {
            return Strength::No;
        }
        self.weigh(list, *score, self.best_allow(set), tier)
    }

    fn weigh(&self, list: &PhraseList, score: ListScore, allow: u32, tier: Tier) -> Strength {
        let threshold = u32::from(
            list.thresholds
                .get(tier.index())
                .copied()
                .unwrap_or(u16::MAX),
        );
        let distinct = if self.is_query {
            1
        } else {
            u16::from(list.distinct)
        };
        let enough = score.distinct >= distinct;
        if enough && score.score > threshold && score.score > allow {
            Strength::Found
        } else if enough && score.score * 2 > threshold {
            Strength::Grey
        } else {
            Strength::No
        }
    }

    /// The categories of a strength for a tier: what [`Strength::Found`] gives goes into
    /// `policy::Ask::found`, [`Strength::Grey`] to whoever is alerted.
    #[must_use]
    pub fn categories(&self, set: &PhraseSet, tier: Tier, strength: Strength) -> CategorySet {
        let lists = set.lists().iter().enumerate();
        let such = lists.filter(|(at, _)| self.strength(set, *at, tier) == strength);
        such.filter_map(|(_, list)| list.category).collect()
    }

    /// What a decision takes: the categories found for a tier.
    #[must_use]
    pub fn found(&self, set: &PhraseSet, tier: Tier) -> CategorySet {
        self.categories(set, tier, Strength::Found)
    }
}
