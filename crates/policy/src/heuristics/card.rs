//! Score cards: patterns found in a name by one automaton, and the points they make.

use std::collections::BTreeMap;

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, MatchKind, StartKind};

use super::check::{BadHeuristics, check};
use super::data::{CardData, HeuristicsData, LookAlikeData};
use super::grams::Grams;
use super::labels::Labels;
use super::pattern::Pattern;
use crate::category::Category;
use crate::name::{MAX_LABELS, Name};

/// How many score cards there are: door-ways, impersonation.
const CARDS: usize = 2;

/// What a card found: the part of the name that weighed most, and the points of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sign {
    /// Where the part begins in the name's wire form.
    pub start: u8,
    /// How long it is.
    pub length: u8,
    /// The points; at least the card's threshold.
    pub score: u16,
}

impl Sign {
    /// The part of the name, as text.
    #[must_use]
    pub fn part(self, name: &Name) -> String {
        let (start, length) = (usize::from(self.start), usize::from(self.length));
        let bytes = name.as_wire().get(start..start + length);
        String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
    }
}

/// The heuristics of a ruleset, compiled.
#[derive(Clone)]
pub struct Heuristics {
    automaton: DFA,
    start: StateID,
    /// Whether asking the automaton is worth while.
    grams: Grams,
    /// By pattern of the automaton: those of `patterns` with that text.
    texts: Vec<std::ops::Range<usize>>,
    /// Each with its group.
    patterns: Vec<(Pattern, usize)>,
    groups: Vec<Group>,
    cards: [Option<Card>; CARDS],
    /// Top-level domains with the points for each card, sorted.
    endings: Vec<(Box<[u8]>, [i16; CARDS])>,
    /// Wire forms of names under which nothing is guessed, sorted.
    exceptions: Vec<Box<[u8]>>,
    look_alike: Option<LookAlikeData>,
}

#[derive(Debug, Clone)]
struct Card {
    category: Category,
    threshold: i32,
    numbered_host: i32,
}

#[derive(Debug, Clone)]
struct Group {
    card: usize,
    weight: i32,
    site_only: bool,
    longest: usize,
}

/// What the two cards found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// By the card of door-ways.
    pub doorway: Option<Sign>,
    /// By the card of impersonation.
    pub impersonation: Option<Sign>,
}

/// The points of one name while it is looked at.
#[derive(Default)]
struct Tally {
    /// Groups that counted already.
    seen: u64,
    points: [i32; CARDS],
    /// The heaviest part of each card.
    best: [(i32, Sign); CARDS],
}

/// A label being looked at.
#[derive(Clone, Copy)]
struct Label<'n> {
    bytes: &'n [u8],
    /// Where its first byte stands in the name's wire form.
    at: usize,
    is_site: bool,
}

impl Heuristics {
    /// Checks and compiles.
    ///
    /// # Errors
    /// [`BadHeuristics`] names the first thing that is wrong.
    pub fn new(data: &HeuristicsData) -> Result<Self, BadHeuristics> {
        if let Some(first) = check(data).into_iter().next() {
            return Err(first);
        }
        let cards = [data.doorway.as_ref(), data.impersonation.as_ref()];
        let mut groups = Vec::new();
        let mut patterns: Vec<(Pattern, usize)> = Vec::new();
        for (card, data) in cards.iter().enumerate() {
            for group in data.iter().flat_map(|data| &data.groups) {
                let texts = group.patterns.iter();
                patterns.extend(texts.filter_map(|text| Some((text.parse().ok()?, groups.len()))));
                groups.push(Group {
                    card,
                    weight: group.weight.into(),
                    site_only: group.site_only,
                    longest: group.longest.map_or(usize::MAX, usize::from),
                });
            }
        }
        patterns.sort_by(|a, b| a.0.text().cmp(b.0.text()).then(a.1.cmp(&b.1)));
        let texts = ranges_of_texts(&patterns);
        let grams = Grams::of(texts.iter().map(|range| patterns[range.start].0.text()));
        let automaton = automaton(texts.iter().map(|range| patterns[range.start].0.text()))?;
        let start = automaton
            .start_state(Anchored::No)
            .map_err(|error| BadHeuristics::Automaton(error.to_string()))?;
        Ok(Self {
            start,
            automaton,
            grams,
            texts,
            patterns,
            groups,
            cards: cards.map(|data| data.map(Card::new)),
            endings: endings(cards),
            exceptions: exceptions(&data.exceptions),
            look_alike: data.look_alike.clone(),
        })
    }

    /// Which names read like another, if any are looked for.
    #[must_use]
    pub fn look_alike(&self) -> Option<&LookAlikeData> {
        self.look_alike.as_ref()
    }

    /// The category a door-way probably has.
    #[must_use]
    pub fn doorway(&self) -> Option<Category> {
        self.cards[0].as_ref().map(|card| card.category)
    }

    /// The category of impersonation.
    #[must_use]
    pub fn impersonation(&self) -> Option<Category> {
        self.cards[1].as_ref().map(|card| card.category)
    }

    /// Whether nothing is guessed of the name, whatever stands in it.
    #[cold]
    pub(super) fn is_excepted(&self, labels: &Labels<'_>) -> bool {
        labels.suffixes().any(|suffix| {
            let found = self.exceptions.binary_search_by(|one| (**one).cmp(suffix));
            found.is_ok()
        })
    }

    /// What the score cards find in a name. Allocates nothing.
    #[must_use]
    pub fn look(&self, name: &Name) -> Found {
        self.look_at(&Labels::of(name, &mut [0; MAX_LABELS]))
    }

    /// The same, of a name whose labels are known.
    #[inline]
    pub(super) fn look_at(&self, labels: &Labels<'_>) -> Found {
        let mut tally = Tally::default();
        for (index, start) in labels.hosts().iter().enumerate() {
            let label = Label {
                bytes: labels.at(*start),
                at: usize::from(*start) + 1,
                is_site: index == labels.site,
            };
            self.scan(label, &mut tally);
        }
        if tally.seen == 0 {
            return Found::default();
        }
        self.conclude(labels, &tally)
    }

    /// Runs the automaton over one label: from each place where a text may begin for as long as it
    /// has hope of one. Each of its steps may have to wait for memory.
    #[inline]
    fn scan(&self, label: Label<'_>, tally: &mut Tally) {
        let beginnings = self.grams.beginnings(label.bytes);
        let mut at = beginnings.trailing_zeros() as usize;
        while let Some(rest) = label.bytes.get(at..) {
            let mut state = self.start;
            for byte in rest {
                state = self.automaton.next_state(Anchored::No, state, *byte);
                at += 1;
                if self.automaton.is_special(state) && self.automaton.is_match(state) {
                    self.take(state, label, at, tally);
                }
                if state == self.start {
                    break;
                }
            }
            let left = u32::try_from(at)
                .ok()
                .and_then(|at| beginnings.checked_shr(at));
            let left = left.unwrap_or_default();
            at += left.trailing_zeros() as usize;
        }
    }

    /// Counts the patterns whose text ends here.
    #[cold]
    fn take(&self, state: StateID, label: Label<'_>, end: usize, tally: &mut Tally) {
        for index in 0..self.automaton.match_len(state) {
            let text = self.automaton.match_pattern(state, index).as_usize();
            for (pattern, group) in &self.patterns[self.texts[text].clone()] {
                let rules = &self.groups[*group];
                let passes = tally.seen >> group & 1 == 0
                    && label.bytes.len() <= rules.longest
                    && (label.is_site || !rules.site_only);
                if passes && let Some(part) = pattern.covers(label.bytes, end) {
                    tally.seen |= 1 << group;
                    tally.count(rules, label.at + part.start, part.len());
                }
            }
        }
    }

    /// The signs, with the points of what surrounds the patterns.
    #[cold]
    fn conclude(&self, labels: &Labels<'_>, tally: &Tally) -> Found {
        let ending = labels.ending();
        let found = self
            .endings
            .binary_search_by(|(one, _)| (**one).cmp(ending));
        let by_ending = found.map_or([0; CARDS], |index| self.endings[index].1);
        let mut below = labels.hosts().iter().take(labels.site);
        let numbered = below.any(|start| is_number(labels.at(*start)));
        let sign = |index: usize| {
            let card = self.cards[index].as_ref()?;
            let (heaviest, sign) = tally.best[index];
            let around = i32::from(by_ending[index]) + i32::from(numbered) * card.numbered_host;
            let score = tally.points[index] + around;
            (heaviest > 0 && score >= card.threshold).then(|| Sign {
                score: u16::try_from(score).unwrap_or(u16::MAX),
                ..sign
            })
        };
        let found = Found {
            doorway: sign(0),
            impersonation: sign(1),
        };
        if found != Found::default() && self.is_excepted(labels) {
            return Found::default();
        }
        found
    }
}

impl std::fmt::Debug for Heuristics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Heuristics")
            .field("patterns", &self.patterns.len())
            .field("cards", &self.cards)
            .finish_non_exhaustive()
    }
}

impl Card {
    fn new(data: &CardData) -> Self {
        Self {
            category: data.category,
            threshold: data.threshold.into(),
            numbered_host: data.numbered_host.into(),
        }
    }
}

impl Tally {
    fn count(&mut self, group: &Group, at: usize, length: usize) {
        let card = group.card;
        self.points[card] += group.weight;
        if group.weight > self.best[card].0 {
            // A name has at most 254 bytes.
            let sign = Sign {
                start: u8::try_from(at).unwrap_or(u8::MAX),
                length: u8::try_from(length).unwrap_or(0),
                score: 0,
            };
            self.best[card] = (group.weight, sign);
        }
    }
}

fn is_number(label: &[u8]) -> bool {
    label.len() >= 2 && label.iter().all(u8::is_ascii_digit)
}

/// The runs of patterns that share a text.
fn ranges_of_texts(patterns: &[(Pattern, usize)]) -> Vec<std::ops::Range<usize>> {
    let mut from = 0;
    let runs = patterns.chunk_by(|a, b| a.0.text() == b.0.text());
    runs.map(|run| {
        let range = from..from + run.len();
        from = range.end;
        range
    })
    .collect()
}

/// The table automaton: one load a byte. It reports every text that ends at a byte.
fn automaton<'t>(texts: impl Iterator<Item = &'t str>) -> Result<DFA, BadHeuristics> {
    DFA::builder()
        .match_kind(MatchKind::Standard)
        .start_kind(StartKind::Unanchored)
        .prefilter(false)
        .build(texts)
        .map_err(|error| BadHeuristics::Automaton(error.to_string()))
}

/// Top-level domains with their points for each card, sorted.
fn endings(cards: [Option<&CardData>; CARDS]) -> Vec<(Box<[u8]>, [i16; CARDS])> {
    let mut all = BTreeMap::<Box<[u8]>, [i16; CARDS]>::new();
    for (card, data) in cards.iter().enumerate() {
        for ending in data.iter().flat_map(|data| &data.endings) {
            for name in &ending.names {
                all.entry(name.as_bytes().into()).or_default()[card] = ending.weight;
            }
        }
    }
    all.into_iter().collect()
}

/// Wire forms, sorted.
fn exceptions(texts: &[String]) -> Vec<Box<[u8]>> {
    let names = texts.iter().filter_map(|text| Name::from_text(text).ok());
    let mut all: Vec<Box<[u8]>> = names.map(|name| name.as_wire().into()).collect();
    all.sort();
    all
}

#[cfg(test)]
#[path = "card_tests.rs"]
mod tests;
