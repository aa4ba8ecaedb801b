//! Who else is told what was found: nobody on the way of pages, `phrases explain` for people.

use super::set::{PhraseId, PhraseSet};
use crate::text::syllable::Key;

/// Told each syllable and each find.
pub(super) trait Witness {
    /// The next syllable.
    fn syllable(&mut self, key: Key);
    /// A phrase ends with the syllable told last; `folded`: found without diacritics.
    fn fired(&mut self, phrase: usize, folded: bool);
}

impl Witness for () {
    #[inline]
    fn syllable(&mut self, _: Key) {}
    #[inline]
    fn fired(&mut self, _: usize, _: bool) {}
}

/// Where a phrase was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The phrase.
    pub phrase: PhraseId,
    /// How many syllables stand before it in the text.
    pub at: u64,
    /// Found without diacritics.
    pub folded: bool,
    /// The words before it, normalised.
    pub before: String,
    /// The words themselves.
    pub here: String,
    /// The words after it.
    pub after: String,
}

/// Remembers all syllables and finds of one text; bounded by the cap of what is decoded.
#[derive(Debug, Default)]
pub(super) struct Memory {
    syllables: Vec<Key>,
    finds: Vec<(u16, usize, bool)>,
}

/// Words of context on each side.
const CONTEXT: usize = 6;

impl Witness for Memory {
    fn syllable(&mut self, key: Key) {
        self.syllables.push(key);
    }

    fn fired(&mut self, phrase: usize, folded: bool) {
        if let Ok(phrase) = u16::try_from(phrase) {
            self.finds.push((phrase, self.syllables.len(), folded));
        }
    }
}

impl Memory {
    /// The finds with their context, in the order of the text, at most `each` of a phrase.
    pub(super) fn sightings(&self, set: &PhraseSet, each: usize) -> Vec<Sighting> {
        let mut told = vec![0; set.len()];
        let mut all = Vec::new();
        for (phrase, end, folded) in &self.finds {
            // A folded find of what was also found as written says nothing new.
            let again = *folded && self.finds.contains(&(*phrase, *end, false));
            let Some(length) = set
                .phrases
                .get(usize::from(*phrase))
                .map(|known| known.syllables)
            else {
                continue;
            };
            if again || told[usize::from(*phrase)] >= each {
                continue;
            }
            told[usize::from(*phrase)] += 1;
            let from = end.saturating_sub(usize::from(length));
            all.push(Sighting {
                phrase: PhraseId(*phrase),
                at: from as u64,
                folded: *folded,
                before: self.spell(from.saturating_sub(CONTEXT), from),
                here: self.spell(from, *end),
                after: self.spell(*end, end + CONTEXT),
            });
        }
        all
    }

    fn spell(&self, from: usize, to: usize) -> String {
        let to = to.min(self.syllables.len());
        let words = self.syllables.get(from..to).unwrap_or_default().iter();
        let words = words.map(|key| crate::text::spell(*key));
        words.collect::<Vec<_>>().join(" ")
    }
}
