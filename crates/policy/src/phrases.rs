//! What `rules/phrases/` says, as a ruleset carries it: the phrases by which a page's text is scored.
//!
//! Only data: how a text is read and scored is the proxy's affair (`lachan_proxy::phrases`). It
//! travels in a section of its own, so that one file swap changes names and phrases together, and
//! so that nobody who only looks names up reads it.

use serde::{Deserialize, Serialize};

use crate::book::Text;
use crate::category::Category;

/// All phrase lists of a ruleset; the default is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PhrasesData {
    /// Shortened spellings, and what they stand for.
    pub teencode: TeencodeData,
    /// The lists.
    pub lists: Vec<PhraseList>,
}

/// Shortened spellings of young people's chat: one word for one syllable.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TeencodeData {
    /// Counts up when the table changes, so that a score can be told apart from an older one.
    pub version: u32,
    /// Spelling and syllable.
    pub words: Vec<(String, String)>,
}

/// Which way a list weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhraseSide {
    /// For its category.
    Block,
    /// Against all of them: lessons, medicine, news.
    Allow,
}

/// Whether a phrase is also looked for in text without diacritics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Folding {
    /// Never.
    No,
    /// Where the text as a whole has hardly any Vietnamese letter.
    Gated,
    /// Everywhere.
    Always,
}

/// One list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhraseList {
    /// Its id: its file's name.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Which way it weighs.
    pub side: PhraseSide,
    /// The category of a page that it finds; none for the allow side.
    pub category: Option<Category>,
    /// By tier, youngest first: a score above this is found. Empty for the allow side.
    pub thresholds: Vec<u16>,
    /// So many different phrases must fire, whatever the score.
    pub distinct: u8,
    /// Its phrases.
    pub groups: Vec<PhraseGroup>,
}

/// Phrases with the same weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhraseGroup {
    /// Points of each time a phrase is found.
    pub weight: u16,
    /// A phrase counts at most so many times.
    pub cap: u8,
    /// Whether folded text is searched too; by the number of syllables where nothing is said.
    pub folded: Option<Folding>,
    /// Only for what is typed into a search engine, where it is enough alone.
    pub query: bool,
    /// The phrases, as people write them.
    pub phrases: Vec<String>,
}

impl PhraseGroup {
    /// How a phrase of this group is folded: what the group says, else by its syllables. A single
    /// folded syllable is another word too often (folded "chó" is in 8 % of clean comments).
    #[must_use]
    pub fn folding(&self, phrase: &str) -> Folding {
        self.folded.unwrap_or_else(|| {
            let is_plain = phrase.is_ascii();
            if is_plain || phrase.split_whitespace().nth(1).is_none() {
                Folding::No
            } else {
                Folding::Gated
            }
        })
    }
}
