//! Counting: how often each phrase was found, and what that makes of a text.

use aho_corasick::automaton::StateID;
use lachan_policy::phrases::{Folding, PhraseSide};

use super::outcome::{Fired, ListScore};
use super::set::{PhraseId, PhraseSet};
use super::witness::Witness;
use crate::text::syllable::{Key, Letters, Sink};

/// Share of Vietnamese letters, in percent, below which folded phrases count.
const GATE_PERCENT: u64 = 2;
/// Letters a text must have for that share to mean anything.
const GATE_LETTERS: u64 = 8;

/// Syllables of a text whose points count as they are: about a screen.
const USUAL: f32 = 200.0;
/// Texts beyond this many syllables weigh no less: padding has its end.
const LONGEST: f32 = 20_000.0;

/// What a phrase that speaks against weighs in a query: "tác hại của ma túy" is a lesson, "học sinh"
/// alone opens nothing.
const QUERY_STRESS: u32 = 10;

/// Counts of one text.
pub(super) struct Tally<W> {
    exact_state: StateID,
    plain_state: StateID,
    exact: Vec<u16>,
    plain: Vec<u16>,
    pub(super) witness: W,
}

impl<W: Witness> Tally<W> {
    pub(super) fn new(set: &PhraseSet, witness: W) -> Self {
        Self {
            exact_state: set.exact.start(),
            plain_state: set.plain.start(),
            exact: vec![0; set.len()],
            plain: vec![0; set.len()],
            witness,
        }
    }

    /// The counter as a receiver of syllables.
    pub(super) fn over<'a>(&'a mut self, set: &'a PhraseSet) -> Counter<'a, W> {
        Counter { set, tally: self }
    }

    /// How often a phrase counts: folded finds are among the exact ones, so the greater holds.
    fn count(&self, set: &PhraseSet, at: usize, gate_open: bool) -> u16 {
        let folded = match set.phrases[at].folding {
            Folding::No => 0,
            Folding::Gated if !gate_open => 0,
            Folding::Gated | Folding::Always => self.plain[at],
        };
        self.exact[at].max(folded)
    }

    /// How often each phrase counts, by phrase. What was found as part of a longer phrase that counts
    /// is taken off: "phòng chống ma túy" is no "ma túy", and nested phrases are not different ones.
    fn counts(&self, set: &PhraseSet, gate_open: bool, mode: Mode) -> Vec<u16> {
        let heard = |at: usize| {
            let phrase = &set.phrases[at];
            mode.hears(set, phrase.list, phrase.query)
        };
        let all = (0..set.len()).map(|at| match heard(at) {
            true => self.count(set, at, gate_open),
            false => 0,
        });
        let mut counts: Vec<u16> = all.collect();
        for id in &set.longest_first {
            let count = counts[usize::from(*id)];
            if count == 0 {
                continue;
            }
            for (inner, times) in &set.phrases[usize::from(*id)].inside {
                let inner = &mut counts[usize::from(*inner)];
                *inner = inner.saturating_sub(count.saturating_mul(*times));
            }
        }
        counts
    }

    /// What fired, and the score of each list.
    pub(super) fn scores(
        &self,
        set: &PhraseSet,
        gate_open: bool,
        mode: Mode,
    ) -> (Vec<ListScore>, Vec<Fired>) {
        let mut lists = vec![(0u32, 0u16); set.lists().len()];
        let mut fired = Vec::new();
        let counts = self.counts(set, gate_open, mode);
        for ((at, phrase), count) in (0u16..).zip(&set.phrases).zip(counts) {
            if count == 0 {
                continue;
            }
            let points = u32::from(phrase.weight) * u32::from(count.min(phrase.cap));
            let points = points * mode.stress(set.lists()[usize::from(phrase.list)].side);
            let (sum, distinct) = &mut lists[usize::from(phrase.list)];
            *sum = sum.saturating_add(points);
            *distinct = distinct.saturating_add(1);
            fired.push(Fired {
                phrase: PhraseId(at),
                list: phrase.list,
                count,
                points,
            });
        }
        let factor = mode.factor();
        let scores = lists.into_iter().map(|(sum, distinct)| ListScore {
            sum,
            distinct,
            score: scaled(sum, factor),
        });
        (scores.collect(), fired)
    }
}

/// What is scored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mode {
    /// A page of so many syllables.
    Page(u64),
    /// What was typed into a search engine.
    Query,
}

impl Mode {
    /// Whether a phrase counts here: those for queries in queries only, and there only they and what
    /// speaks against.
    fn hears(self, set: &PhraseSet, list: u16, query: bool) -> bool {
        match self {
            Self::Page(_) => !query,
            Self::Query => query || set.lists()[usize::from(list)].side == PhraseSide::Allow,
        }
    }

    /// A query is too short for several phrases, so that one of a lesson must outweigh one of a list.
    fn stress(self, side: PhraseSide) -> u32 {
        match (self, side) {
            (Self::Query, PhraseSide::Allow) => QUERY_STRESS,
            _ => 1,
        }
    }

    /// Points grow with a text, but not as fast as it: the square root of its length is taken out.
    fn factor(self) -> f32 {
        match self {
            Self::Query => 1.0,
            Self::Page(syllables) => {
                #[expect(clippy::cast_precision_loss, reason = "a length for a square root")]
                let length = (syllables as f32).clamp(USUAL, LONGEST);
                (USUAL / length).sqrt()
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a sum of points, never negative, rounded down; what is beyond u32 saturates"
)]
fn scaled(sum: u32, factor: f32) -> u32 {
    (sum as f32 * factor) as u32
}

/// Whether folded phrases count in a text of these letters.
pub(super) fn gate(letters: Letters) -> bool {
    letters.all >= GATE_LETTERS && letters.marked * 100 < letters.all * GATE_PERCENT
}

/// Syllables in, counts up.
pub(super) struct Counter<'a, W> {
    set: &'a PhraseSet,
    tally: &'a mut Tally<W>,
}

impl<W: Witness> Sink for Counter<'_, W> {
    #[inline]
    fn syllable(&mut self, exact: Key, plain: Key) {
        let Self { set, tally } = self;
        let numbers = set.vocabulary.get(exact);
        let folded = if exact == plain {
            numbers.plain
        } else {
            set.vocabulary.get(plain).plain
        };
        let Tally {
            exact_state,
            plain_state,
            exact: exact_counts,
            plain: plain_counts,
            witness,
        } = &mut **tally;
        witness.syllable(exact);
        *exact_state = set.exact.step(*exact_state, numbers.exact, |pattern| {
            raise(exact_counts, pattern);
            witness.fired(pattern, false);
        });
        *plain_state = set.plain.step(*plain_state, folded, |pattern| {
            if let Some(id) = set.plain_ids.get(pattern) {
                raise(plain_counts, usize::from(*id));
                witness.fired(usize::from(*id), true);
            }
        });
    }
}

fn raise(counts: &mut [u16], at: usize) {
    if let Some(count) = counts.get_mut(at) {
        *count = count.saturating_add(1);
    }
}
