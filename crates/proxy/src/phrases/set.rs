//! The phrase lists of a ruleset, compiled for scoring.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use lachan_policy::phrases::{Folding, PhraseGroup, PhraseList, PhrasesData};

use super::automaton::{Automaton, FIRST, MOST};
use super::vocabulary::{Numbers, Vocabulary};
use crate::text::markup::{Markup, TextKind};
use crate::text::syllable::{Key, Sink, Words};

/// A phrase of a [`PhraseSet`], by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhraseId(pub u16);

/// A compiled phrase.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    /// As the list writes it.
    pub(super) text: Box<str>,
    /// Position of its list.
    pub(super) list: u16,
    pub(super) weight: u16,
    pub(super) cap: u16,
    pub(super) folding: Folding,
    pub(super) query: bool,
    pub(super) syllables: u8,
    /// Shorter phrases inside it, and how often: what is found as part of it is not found apart.
    pub(super) inside: Vec<(u16, u16)>,
}

/// Phrase lists, ready to score with. Immutable; a new ruleset brings a new one.
pub struct PhraseSet {
    lists: Vec<PhraseList>,
    pub(super) phrases: Vec<Phrase>,
    pub(super) vocabulary: Vocabulary,
    /// Over syllables as written; its patterns are all phrases, in their order.
    pub(super) exact: Automaton,
    /// Over folded syllables.
    pub(super) plain: Automaton,
    /// By pattern of `plain`: the phrase.
    pub(super) plain_ids: Vec<u16>,
    /// All phrases, those of most syllables first.
    pub(super) longest_first: Vec<u16>,
    teencode: u32,
}

impl fmt::Debug for PhraseSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhraseSet")
            .field("lists", &self.lists.len())
            .field("phrases", &self.phrases.len())
            .field("memory", &self.memory())
            .finish_non_exhaustive()
    }
}

/// What is wrong with a phrase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPhrase {
    /// No letter in it.
    #[error("has no letter")]
    Empty,
    /// A word that no text can be compared with.
    #[error("has a word of more than 15 letters")]
    LongWord,
    /// More syllables than a context shows.
    #[error("has more than 12 syllables")]
    LongPhrase,
    /// Another entry of the same list reads the same.
    #[error("reads the same as {0:?} of the same list")]
    Twice(String),
    /// A short spelling must be one word for one syllable.
    #[error("must stand for one syllable")]
    Teencode,
}

/// Why phrase lists cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPhrases {
    /// One entry.
    #[error("list {list}: {phrase:?} {problem}")]
    Phrase {
        /// The list's id.
        list: String,
        /// The phrase as written.
        phrase: String,
        /// What is wrong.
        problem: BadPhrase,
    },
    /// More phrases, or more different syllables, than there are numbers for.
    #[error("there are too many phrases or syllables in the phrase lists")]
    TooMany,
}

/// Most syllables of a phrase.
const LONGEST: usize = 12;

impl PhraseSet {
    /// Compiles lists. Costs some milliseconds for some thousand phrases.
    ///
    /// # Errors
    /// [`BadPhrases`] names the first entry that cannot be used.
    pub fn compile(data: &PhrasesData) -> Result<Self, BadPhrases> {
        let mut maker = Maker::default();
        for (at, list) in data.lists.iter().enumerate() {
            let number = u16::try_from(at).map_err(|_| BadPhrases::TooMany)?;
            maker.list(number, list)?;
        }
        for (short, long) in &data.teencode.words {
            maker.alias(short, long)?;
        }
        let exact = Automaton::new(&maker.exact).map_err(|_| BadPhrases::TooMany)?;
        let plain = Automaton::new(&maker.plain).map_err(|_| BadPhrases::TooMany)?;
        let Maker {
            mut phrases,
            exact: numbers,
            ..
        } = maker;
        find_inside(&mut phrases, &numbers, &exact);
        let mut longest_first: Vec<u16> = (0u16..).take(phrases.len()).collect();
        longest_first.sort_by_key(|id| std::cmp::Reverse(phrases[usize::from(*id)].syllables));
        Ok(Self {
            lists: data.lists.clone(),
            phrases,
            longest_first,
            vocabulary: Vocabulary::new(maker.words.into_iter()),
            exact,
            plain,
            plain_ids: maker.plain_ids,
            teencode: data.teencode.version,
        })
    }

    /// The lists, with their names and thresholds.
    #[must_use]
    pub fn lists(&self) -> &[PhraseList] {
        &self.lists
    }

    /// How many phrases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.phrases.len()
    }

    /// Whether there is none: then no page need be held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// A phrase as its list writes it.
    #[must_use]
    pub fn phrase(&self, id: PhraseId) -> Option<&str> {
        Some(&self.phrases.get(usize::from(id.0))?.text)
    }

    /// The version of the table of short spellings.
    #[must_use]
    pub fn teencode_version(&self) -> u32 {
        self.teencode
    }

    /// Bytes that its automata take.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.exact.memory() + self.plain.memory()
    }
}

/// Gathers the phrases.
#[derive(Default)]
struct Maker {
    phrases: Vec<Phrase>,
    exact: Vec<Vec<u16>>,
    plain: Vec<Vec<u16>>,
    plain_ids: Vec<u16>,
    words: BTreeMap<Key, Numbers>,
    next: [u16; 2],
}

impl Maker {
    fn list(&mut self, number: u16, list: &PhraseList) -> Result<(), BadPhrases> {
        let mut seen: HashMap<(bool, Vec<Key>), &str> = HashMap::new();
        for group in &list.groups {
            for text in &group.phrases {
                let failed = |problem| BadPhrases::Phrase {
                    list: list.id.clone(),
                    phrase: text.clone(),
                    problem,
                };
                let syllables = syllables_of(text).map_err(failed)?;
                let keys = syllables.iter().map(|(exact, _)| *exact).collect();
                if let Some(first) = seen.insert((group.query, keys), text) {
                    return Err(failed(BadPhrase::Twice(first.to_owned())));
                }
                self.phrase(number, group, text, &syllables)?;
            }
        }
        Ok(())
    }

    fn phrase(
        &mut self,
        list: u16,
        group: &PhraseGroup,
        text: &str,
        syllables: &[(Key, Key)],
    ) -> Result<(), BadPhrases> {
        let id = u16::try_from(self.phrases.len()).map_err(|_| BadPhrases::TooMany)?;
        let folding = group.folding(text);
        let numbers = syllables.iter().map(|(exact, _)| self.number(*exact, 0));
        let exact = numbers.collect::<Result<Vec<_>, _>>()?;
        self.exact.push(exact);
        if folding != Folding::No {
            let numbers = syllables.iter().map(|(_, plain)| self.number(*plain, 1));
            let plain = numbers.collect::<Result<Vec<_>, _>>()?;
            self.plain.push(plain);
            self.plain_ids.push(id);
        }
        self.phrases.push(Phrase {
            text: text.into(),
            list,
            weight: group.weight,
            cap: u16::from(group.cap.max(1)),
            folding,
            query: group.query,
            syllables: u8::try_from(syllables.len()).unwrap_or(u8::MAX),
            inside: Vec::new(),
        });
        Ok(())
    }

    /// The number of a syllable in one of the automata.
    fn number(&mut self, key: Key, automaton: usize) -> Result<u16, BadPhrases> {
        let numbers = self.words.entry(key).or_default();
        let number = match automaton {
            0 => &mut numbers.exact,
            _ => &mut numbers.plain,
        };
        if *number == 0 {
            let next = &mut self.next[automaton];
            *number = FIRST
                .checked_add(*next)
                .filter(|number| *number <= MOST)
                .ok_or(BadPhrases::TooMany)?;
            *next += 1;
        }
        Ok(*number)
    }

    /// A short spelling reads as its syllable, unless a phrase means it as it is.
    fn alias(&mut self, short: &str, long: &str) -> Result<(), BadPhrases> {
        let failed = |problem| BadPhrases::Phrase {
            list: "teencode".to_owned(),
            phrase: short.to_owned(),
            problem,
        };
        let (from, to) = (syllables_of(short), syllables_of(long));
        let (Ok([(exact, _)]), Ok([(meant, plain)])) = (from.as_deref(), to.as_deref()) else {
            return Err(failed(BadPhrase::Teencode));
        };
        let meant = self.words.get(meant).copied().unwrap_or_default();
        let plain = self.words.get(plain).copied().unwrap_or_default();
        let own = self.words.get(exact).copied().unwrap_or_default();
        let numbers = Numbers {
            exact: if own.exact == 0 {
                meant.exact
            } else {
                own.exact
            },
            plain: if own.plain == 0 {
                plain.plain
            } else {
                own.plain
            },
        };
        if numbers != Numbers::default() {
            self.words.insert(*exact, numbers);
        }
        Ok(())
    }
}

/// Notes for each phrase which shorter ones it holds.
fn find_inside(phrases: &mut [Phrase], numbers: &[Vec<u16>], exact: &Automaton) {
    for at in 0..phrases.len() {
        let mut found: BTreeMap<u16, u16> = BTreeMap::new();
        let mut state = exact.start();
        for number in &numbers[at] {
            state = exact.step(state, *number, |other| {
                if numbers[other].len() < numbers[at].len()
                    && let Ok(other) = u16::try_from(other)
                {
                    *found.entry(other).or_default() += 1;
                }
            });
        }
        phrases[at].inside = found.into_iter().collect();
    }
}

/// The syllables of a phrase, as a page's text is read.
fn syllables_of(text: &str) -> Result<Vec<(Key, Key)>, BadPhrase> {
    struct Keys(Vec<(Key, Key)>);
    impl Sink for Keys {
        fn syllable(&mut self, exact: Key, plain: Key) {
            self.0.push((exact, plain));
        }
    }
    let mut keys = Keys(Vec::new());
    let (mut markup, mut words) = (Markup::new(TextKind::Plain), Words::default());
    markup.feed(text.as_bytes(), &mut words, &mut keys);
    markup.end(&mut words, &mut keys);
    let keys = keys.0;
    match keys.len() {
        0 => Err(BadPhrase::Empty),
        LONGEST.. if keys.len() > LONGEST => Err(BadPhrase::LongPhrase),
        _ if keys.iter().any(|(exact, _)| *exact == Key::UNKNOWN) => Err(BadPhrase::LongWord),
        _ => Ok(keys),
    }
}
