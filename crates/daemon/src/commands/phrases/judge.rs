//! By what a page is judged: the phrases and the table of tiers, of a ruleset or of a folder of rules.

use std::sync::Arc;

use lachan_lists::open::open_verified;
use lachan_lists::rules::Rules;
use lachan_policy::book::Book;
use lachan_policy::phrases::PhrasesData;
use lachan_policy::ruleset::PhrasesError;
use lachan_policy::{Action, Ask, Category, CategorySet, Level, Name, Policy, Tier};
use lachan_proxy::phrases::{BadPhrases, PhraseSet};

use crate::cli::Explain;
use crate::database;
use crate::fault::Fault;
use crate::network::Links;
use crate::policy_source::{People, tier_group};

/// Why phrase lists cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnusablePhrases {
    /// The ruleset's section.
    #[error(transparent)]
    Section(#[from] PhrasesError),
    /// An entry.
    #[error(transparent)]
    Entry(#[from] BadPhrases),
    /// An older ruleset, or rules without the folder.
    #[error("there are none; compile the lists again with rules that have phrases/")]
    None,
}

/// Phrases, book, and where there is a ruleset, the policy of the tiers.
pub(super) struct Judge {
    pub(super) set: PhraseSet,
    pub(super) book: Book,
    policy: Option<Policy>,
}

/// What a tier gets.
pub(super) struct Verdict {
    pub(super) action: Action,
    pub(super) category: Option<Category>,
    pub(super) alert: bool,
    pub(super) level: Level,
}

impl Judge {
    /// Reads what the arguments name.
    ///
    /// # Errors
    /// [`Fault`]: settings, ruleset or rules.
    pub(super) fn of(asked: &Explain) -> Result<Self, Fault> {
        match &asked.rules {
            Some(folder) => {
                let failed = |source| Fault::Rules {
                    folder: folder.clone(),
                    source: Box::new(source),
                };
                let rules = Rules::load(folder).map_err(failed)?;
                // The rules were checked with their book.
                let book = Book::new(rules.book).map_err(|_| UnusablePhrases::None)?;
                Self::new(&rules.phrases, book, None)
            }
            None => {
                let file = match &asked.ruleset {
                    Some(file) => file.clone(),
                    None => database::config(&asked.settings)?.paths.ruleset,
                };
                let ruleset = Arc::new(open_verified(&file)?);
                let phrases = ruleset.phrases().map_err(UnusablePhrases::Section)?;
                let book = ruleset.book().clone();
                let policy = People::default().policy_with_tiers(
                    ruleset,
                    Tier::MamNon,
                    &Links::default(),
                )?;
                Self::new(&phrases, book, Some(policy))
            }
        }
    }

    fn new(phrases: &PhrasesData, book: Book, policy: Option<Policy>) -> Result<Self, Fault> {
        let set = PhraseSet::compile(phrases).map_err(UnusablePhrases::Entry)?;
        if set.is_empty() {
            return Err(UnusablePhrases::None.into());
        }
        Ok(Self { set, book, policy })
    }

    /// What a tier gets for categories that were found: by the one decision where the page has a host
    /// and there is a ruleset, else by the tier's table alone.
    pub(super) fn verdict(&self, host: Option<&Name>, tier: Tier, found: CategorySet) -> Verdict {
        let (Some(policy), Some(name)) = (&self.policy, host) else {
            return self.by_table(tier, found);
        };
        let verdict = policy.decide(&Ask {
            name,
            group: tier_group(policy, tier),
            at: None,
            found,
        });
        Verdict {
            action: verdict.action,
            category: verdict.category,
            alert: verdict.alert,
            level: verdict.level,
        }
    }

    fn by_table(&self, tier: Tier, found: CategorySet) -> Verdict {
        let masks = self.book.masks(tier);
        let strictest = found.iter().fold(None, |best: Option<Category>, category| {
            let action = |category| masks.cell(category).action;
            match best {
                Some(best) if action(best) >= action(category) => Some(best),
                _ => Some(category),
            }
        });
        let cell = strictest.map(|category| masks.cell(category));
        Verdict {
            action: cell.map_or(Action::Allow, |cell| cell.action),
            category: strictest,
            alert: found.iter().any(|category| masks.cell(category).alert),
            level: cell.map_or(Level::Default, |_| Level::Tier),
        }
    }

    /// The id of a category.
    pub(super) fn id(&self, category: Category) -> String {
        let info = self.book.category(category);
        info.map_or_else(String::new, |info| info.id.clone())
    }
}
