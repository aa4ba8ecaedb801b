//! Scoring the text of a page by phrases.
//!
//! Two Aho-Corasick automata run over syllables, not over bytes: A over the syllables as they are
//! written, B over the same without diacritics. What B finds counts only where the text as a whole
//! has hardly a Vietnamese letter, or for phrases that say so: folded syllables are other words
//! too often. Each list's points are summed with a cap per phrase, brought to a common length, and
//! a category is found only when enough different phrases fired, when its score is above the
//! tier's threshold and above every list of the other side (lessons, medicine, news).
//!
//! ```text
//!  body ─► Page (text) ─► Vocabulary ─► automata A, B ─► counts ─► Outcome ─► found ─► policy::decide
//! ```

mod automaton;
mod outcome;
mod page;
mod query;
mod score;
mod set;
mod vocabulary;
mod witness;

pub use outcome::{Fired, ListScore, Outcome, Scan, Strength};
pub use page::{Hold, Page, PageHead};
pub use query::search_query;
pub use set::{BadPhrase, BadPhrases, PhraseId, PhraseSet};
pub use witness::Sighting;
