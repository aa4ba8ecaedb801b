//! Reading `rules/phrases/` into the phrase lists of a ruleset.
//!
//! What a phrase looks like to the scanner (words that are too long, spellings that read the same) is
//! checked where it is compiled, in `lachan_proxy::phrases`; here, what can be told of the text itself.

use std::collections::{BTreeMap, HashMap};

use lachan_policy::Tier;
use lachan_policy::book::Text;
use lachan_policy::phrases::{PhraseGroup, PhraseList, PhraseSide, PhrasesData, TeencodeData};

use super::RulesError;
use super::files::{PhraseGroupRow, PhrasesFile, TeencodeFile};
use super::load::Loader;

const FOLDER: &str = "phrases";
/// The table of short spellings, which is no list.
const TEENCODE: &str = "teencode";
/// Points beyond which one phrase would be a verdict by itself.
const HEAVIEST: u16 = 200;

impl Loader<'_> {
    /// Every list of the folder, in the order of their names. A folder of rules without phrases, as
    /// those of tests are, scores nothing.
    pub(super) fn phrases(&mut self) -> Result<(), RulesError> {
        if !self.folder.join(FOLDER).is_dir() {
            return Ok(());
        }
        let mut data = PhrasesData::default();
        for stem in self.stems(FOLDER, ".toml")? {
            let file = format!("{FOLDER}/{stem}.toml");
            if stem == TEENCODE {
                let table: TeencodeFile = self.toml(&file)?;
                data.teencode = self.teencode(&file, table);
            } else {
                let list: PhrasesFile = self.toml(&file)?;
                data.lists.extend(self.phrase_list(&file, stem, list));
            }
        }
        self.rules.phrases = data;
        Ok(())
    }

    fn teencode(&mut self, file: &str, table: TeencodeFile) -> TeencodeData {
        for (short, long) in &table.words {
            for word in [short, long] {
                if !is_tidy(word) || word.contains(' ') {
                    self.mistake(file, format!("{word:?} is no word in lower case"));
                }
            }
        }
        TeencodeData {
            version: table.table_version,
            words: table.words.into_iter().collect(),
        }
    }

    fn phrase_list(&mut self, file: &str, id: String, list: PhrasesFile) -> Option<PhraseList> {
        let side = list.side?;
        let category = match (&list.category, side) {
            (Some(category), PhraseSide::Block) => Some(self.known_category(file, category)?),
            (None, PhraseSide::Allow) => None,
            (None, PhraseSide::Block) => {
                self.mistake(file, "a list of the block side needs a category".to_owned());
                None
            }
            (Some(_), PhraseSide::Allow) => {
                let problem = "a list of the allow side has no category: it speaks against all";
                self.mistake(file, problem.to_owned());
                None
            }
        };
        let thresholds = self.thresholds(file, side, &list.thresholds);
        if side == PhraseSide::Block && list.distinct == 0 {
            self.mistake(file, "distinct must be at least 1; 3 is usual".to_owned());
        }
        if list.group.is_empty() {
            self.mistake(file, "there is no [[group]] of phrases".to_owned());
        }
        self.check_groups(file, &list.group);
        let groups = list.group.into_iter().map(|group| PhraseGroup {
            weight: group.weight,
            cap: group.cap,
            folded: group.folded,
            query: group.query,
            phrases: group.phrases,
        });
        Some(PhraseList {
            id,
            name: Text {
                vi: list.vi,
                en: list.en,
            },
            side,
            category,
            thresholds,
            distinct: list.distinct,
            groups: groups.collect(),
        })
    }

    /// One threshold a tier, or none at all on the allow side.
    fn thresholds(
        &mut self,
        file: &str,
        side: PhraseSide,
        table: &BTreeMap<Tier, u16>,
    ) -> Vec<u16> {
        match side {
            PhraseSide::Allow if table.is_empty() => Vec::new(),
            PhraseSide::Allow => {
                let problem = "a list of the allow side has no thresholds";
                self.mistake(file, problem.to_owned());
                Vec::new()
            }
            PhraseSide::Block => {
                let all = Tier::ALL.map(|tier| table.get(&tier).copied());
                for (tier, threshold) in Tier::ALL.iter().zip(all) {
                    if threshold.is_none_or(|points| points == 0) {
                        let problem = format!("thresholds: {tier} needs a number above 0");
                        self.mistake(file, problem);
                    }
                }
                all.into_iter().flatten().collect()
            }
        }
    }

    fn check_groups(&mut self, file: &str, groups: &[PhraseGroupRow]) {
        let mut seen: HashMap<(bool, &str), ()> = HashMap::new();
        for (number, group) in (1..).zip(groups) {
            if !(1..=HEAVIEST).contains(&group.weight) {
                let problem = format!("group {number}: the weight must be 1 to {HEAVIEST}");
                self.mistake(file, problem);
            }
            if group.cap == 0 {
                let problem = format!("group {number}: with a cap of 0 no phrase counts");
                self.mistake(file, problem);
            }
            for phrase in &group.phrases {
                if !is_tidy(phrase) {
                    let problem = "write it in lower case, with single spaces and no marks apart";
                    self.mistake(file, format!("group {number}: {phrase:?}: {problem}"));
                }
                if seen.insert((group.query, phrase), ()).is_some() {
                    self.mistake(file, format!("group {number}: {phrase:?} stands twice"));
                }
            }
        }
    }
}

/// Lower case, single spaces, no combining marks: one way of writing each phrase.
fn is_tidy(phrase: &str) -> bool {
    let marks = |c: char| ('\u{300}'..='\u{36F}').contains(&c) || c.is_control();
    let spaces = phrase.split(' ').all(|word| !word.is_empty());
    spaces && !phrase.contains(marks) && phrase.to_lowercase() == phrase
}
