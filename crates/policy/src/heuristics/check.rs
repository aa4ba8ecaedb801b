//! What can be wrong in heuristics, all of it in one go.

use std::collections::HashSet;
use std::hash::Hash;

use super::data::{CardData, HeuristicsData};
use super::pattern::{BadPattern, Pattern};
use crate::name::{Name, NameError};

/// Most groups of all cards together: one bit each while a name is looked at.
const MOST_GROUPS: usize = 64;

/// Why heuristics cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHeuristics {
    /// A pattern.
    #[error("group {group:?}: {bad}")]
    Pattern {
        /// The group's id.
        group: String,
        /// What is wrong.
        bad: BadPattern,
    },
    /// Something stands twice where it may stand once.
    #[error("{0:?} stands twice")]
    Twice(String),
    /// A name among the exceptions.
    #[error("the exception {text:?}: {error}")]
    Exception {
        /// The text.
        text: String,
        /// What is wrong.
        error: NameError,
    },
    /// A top-level domain.
    #[error("{0:?} is no top-level domain; write it in lower case without dots")]
    Ending(String),
    /// A card that finds everything, or nothing.
    #[error("a card needs a threshold above 0, and a group with points")]
    Threshold,
    /// More groups than there is room for.
    #[error("there are {0} groups; there is room for {MOST_GROUPS}")]
    TooManyGroups(usize),
    /// The automaton.
    #[error("the patterns make no automaton: {0}")]
    Automaton(String),
}

/// Every mistake.
pub(super) fn check(data: &HeuristicsData) -> Vec<BadHeuristics> {
    let mut mistakes = Vec::new();
    let cards = || data.doorway.iter().chain(&data.impersonation);
    let groups = cards().map(|card| card.groups.len()).sum();
    if groups > MOST_GROUPS {
        mistakes.push(BadHeuristics::TooManyGroups(groups));
    }
    for card in cards() {
        check_card(card, &mut mistakes);
    }
    let exceptions = data.exceptions.iter();
    for (text, name) in exceptions.map(|text| (text, Name::from_text(text))) {
        if let Err(error) = name {
            let text = text.clone();
            mistakes.push(BadHeuristics::Exception { text, error });
        }
    }
    twice(&data.exceptions, &mut mistakes);
    mistakes
}

fn check_card(card: &CardData, mistakes: &mut Vec<BadHeuristics>) {
    let useful = card.groups.iter().any(|group| group.weight > 0);
    if card.threshold == 0 || !useful {
        mistakes.push(BadHeuristics::Threshold);
    }
    twice(card.groups.iter().map(|group| &group.id), mistakes);
    for group in &card.groups {
        twice(&group.patterns, mistakes);
        let bad = group
            .patterns
            .iter()
            .filter_map(|text| text.parse::<Pattern>().err());
        mistakes.extend(bad.map(|bad| BadHeuristics::Pattern {
            group: group.id.clone(),
            bad,
        }));
    }
    let names = || card.endings.iter().flat_map(|ending| &ending.names);
    twice(names(), mistakes);
    let plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let bad = names().filter(|name| name.is_empty() || !name.bytes().all(plain));
    mistakes.extend(bad.cloned().map(BadHeuristics::Ending));
}

fn twice<'t, T>(texts: impl IntoIterator<Item = &'t T>, mistakes: &mut Vec<BadHeuristics>)
where
    T: Hash + Eq + ToString + 't,
{
    let mut seen = HashSet::new();
    let texts = texts.into_iter().filter(|text| !seen.insert(*text));
    mistakes.extend(texts.map(|text| BadHeuristics::Twice(text.to_string())));
}
