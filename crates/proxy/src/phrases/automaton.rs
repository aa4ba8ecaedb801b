//! An Aho-Corasick automaton over numbered syllables.
//!
//! The crate's automata read bytes, so a syllable's number is written as two: the first with its
//! highest bit set, the second without. No pattern can then begin in the middle of a syllable. A syllable
//! of no phrase is the byte 0x80 alone, which no pattern has, and brings the automaton to its start.

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, BuildError, MatchKind};

/// Highest number of a syllable: seven bits in each byte, the first of which is not 0.
pub(super) const MOST: u16 = 127 << 7 | 127;
/// The number of the first syllable, so that no first byte is 0x80.
pub(super) const FIRST: u16 = 1 << 7;

/// The automaton.
pub(super) struct Automaton {
    nfa: NFA,
    /// By number: some phrase begins with it.
    begins: Vec<bool>,
    start: StateID,
}

impl Automaton {
    /// For phrases as numbers from [`FIRST`] to [`MOST`].
    pub(super) fn new(phrases: &[Vec<u16>]) -> Result<Self, BuildError> {
        let patterns = phrases.iter().map(|phrase| {
            let bytes = phrase.iter().flat_map(|number| encode(*number));
            bytes.collect::<Vec<_>>()
        });
        let nfa = NFA::builder()
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .dense_depth(2)
            .build(patterns)?;
        let mut begins = vec![false; usize::from(MOST) + 1];
        for first in phrases.iter().filter_map(|phrase| phrase.first()) {
            begins[usize::from(*first)] = true;
        }
        let start = nfa.start_state(Anchored::No).unwrap_or_default();
        Ok(Self { nfa, begins, start })
    }

    /// Where a text begins.
    pub(super) const fn start(&self) -> StateID {
        self.start
    }

    /// The next syllable; 0 for one of no phrase. `found` is told each phrase that ends here.
    #[inline]
    pub(super) fn step(
        &self,
        state: StateID,
        number: u16,
        mut found: impl FnMut(usize),
    ) -> StateID {
        if number == 0 {
            return self.start;
        }
        if state == self.start
            && !self
                .begins
                .get(usize::from(number))
                .copied()
                .unwrap_or(false)
        {
            return state;
        }
        let [first, second] = encode(number);
        let state = self.nfa.next_state(Anchored::No, state, first);
        let state = self.nfa.next_state(Anchored::No, state, second);
        if self.nfa.is_match(state) {
            for index in 0..self.nfa.match_len(state) {
                found(self.nfa.match_pattern(state, index).as_usize());
            }
        }
        state
    }

    /// Bytes it takes.
    pub(super) fn memory(&self) -> usize {
        self.nfa.memory_usage() + self.begins.len()
    }
}

fn encode(number: u16) -> [u8; 2] {
    let [high, low] = (number << 1).to_be_bytes();
    [high | 0x80, low >> 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_found_where_it_ends_and_nowhere_else() {
        let [a, b, c] = [FIRST, FIRST + 1, MOST];
        let phrases = [vec![a, b], vec![b], vec![a, b, c], vec![c, c]];
        let automaton = Automaton::new(&phrases).unwrap();
        let mut seen = Vec::new();
        let mut state = automaton.start();
        for (at, number) in [a, b, c, c, 0, c, a, 0, b].into_iter().enumerate() {
            state = automaton.step(state, number, |phrase| seen.push((at, phrase)));
        }
        seen.sort_unstable();
        assert_eq!(seen, [(1, 0), (1, 1), (2, 2), (3, 3), (8, 1)]);
    }
}
