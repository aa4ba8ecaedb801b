//! Expressions of lists (UT1) over whole URLs.
//!
//! Matched by the `regex` crate in time linear in the URL, whatever the expression; all of one ruleset
//! are one automaton. What cannot be compiled, or would be too large, is reported and left out.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use lachan_policy::ruleset::{ListId, Ruleset};
use regex::{RegexSet, RegexSetBuilder};

/// Most bytes that the automaton of one expression may take.
const MAX_ONE: usize = 2 << 20;
/// Most bytes of all together.
const MAX_ALL: usize = 32 << 20;
/// Most bytes of states that are made while matching; what is needed beyond that is made anew.
const MAX_LAZY: usize = 4 << 20;

/// An expression that is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedExpression {
    /// Its list.
    pub list: ListId,
    /// Its first characters.
    pub expression: String,
    /// Why not.
    pub why: String,
}

/// The expressions of a ruleset.
#[derive(Debug)]
pub(crate) struct Expressions {
    ruleset: Arc<Ruleset>,
    set: RegexSet,
    /// By expression.
    lists: Vec<ListId>,
    refused: Vec<RefusedExpression>,
}

impl Expressions {
    fn compile(ruleset: &Arc<Ruleset>) -> Self {
        let all = ruleset.expressions().unwrap_or_else(|error| {
            tracing::warn!(%error, "the ruleset's expressions cannot be read");
            Vec::new()
        });
        let mut refused = Vec::new();
        let (mut texts, mut lists) = (Vec::new(), Vec::new());
        for (list, text) in all {
            match builder([&text]).size_limit(MAX_ONE).build() {
                Ok(_) => {
                    texts.push(text);
                    lists.push(list);
                }
                Err(error) => refused.push(refuse(list, &text, &error)),
            }
        }
        // All together may be too much though each is not: then the longest go.
        let set = loop {
            match builder(&texts).size_limit(MAX_ALL).build() {
                Ok(set) => break set,
                Err(error) => {
                    let longest = (0..texts.len()).max_by_key(|index| texts[*index].len());
                    let Some(longest) = longest else {
                        break RegexSet::empty();
                    };
                    refused.push(refuse(
                        lists.remove(longest),
                        &texts.remove(longest),
                        &error,
                    ));
                }
            }
        };
        Self {
            ruleset: Arc::clone(ruleset),
            set,
            lists,
            refused,
        }
    }

    /// The lists whose expressions fit a URL without its scheme (`host/path?query`).
    pub(crate) fn matching<'e>(&'e self, url: &str) -> impl Iterator<Item = ListId> + 'e {
        let found = self.set.matches(url);
        found
            .into_iter()
            .filter_map(|index| self.lists.get(index).copied())
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }
}

/// UT1 writes expressions for squidGuard, which compares without regard to case and byte by byte.
fn builder<I: IntoIterator<Item = S>, S: AsRef<str>>(texts: I) -> RegexSetBuilder {
    let mut builder = RegexSetBuilder::new(texts);
    builder.case_insensitive(true).dfa_size_limit(MAX_LAZY);
    builder
}

fn refuse(list: ListId, text: &str, error: &regex::Error) -> RefusedExpression {
    let why = match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        other => other
            .to_string()
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned(),
    };
    RefusedExpression {
        list,
        expression: text.chars().take(80).collect(),
        why,
    }
}

/// The expressions of the ruleset in use, compiled once for each.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    current: ArcSwapOption<Expressions>,
    /// So that one compiles and the others wait for it.
    making: Mutex<()>,
}

impl Compiled {
    /// Those of this ruleset.
    pub(crate) fn of(&self, ruleset: &Arc<Ruleset>) -> Arc<Expressions> {
        let fits = |found: &Arc<Expressions>| Arc::ptr_eq(&found.ruleset, ruleset);
        if let Some(found) = self.current.load_full().filter(fits) {
            return found;
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = self.current.load_full().filter(fits) {
            return found;
        }
        let made = Arc::new(Expressions::compile(ruleset));
        self.current.store(Some(Arc::clone(&made)));
        made
    }

    /// Compiles those of a ruleset that is about to be used, and tells which are left out.
    pub(crate) fn learn(&self, ruleset: &Arc<Ruleset>) -> Vec<RefusedExpression> {
        self.of(ruleset).refused.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing;
    use lachan_policy::ruleset::ListClass;

    fn expressions(texts: &[&str]) -> (Arc<Expressions>, Vec<RefusedExpression>) {
        let entries: Vec<String> = texts.iter().map(|text| format!("~{text}")).collect();
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        let ruleset = testing::ruleset(&[("ut1/adult", ListClass::Imported, "adult", &entries)]);
        let compiled = Compiled::default();
        let refused = compiled.learn(&ruleset);
        (compiled.of(&ruleset), refused)
    }

    #[test]
    fn expressions_of_ut1_fit_urls() {
        let (found, refused) = expressions(&[r"(^|[-\?+=&/_])(xau|te)[0-9]{1,3}([-\?+=&/_]|$)"]);
        assert_eq!(refused, []);
        assert_eq!(found.matching("a.vn/XAU12/b").count(), 1);
        assert_eq!(found.matching("a.vn/xauxi/b").count(), 0);
    }

    #[test]
    fn what_cannot_be_matched_in_linear_time_or_little_memory_is_reported() {
        let (found, refused) = expressions(&[r"(a)\1", "(", r"\w{1000}{1000}", "xau"]);
        assert_eq!(refused.len(), 3, "{refused:?}");
        assert!(refused.iter().all(|one| !one.why.is_empty()));
        assert_eq!(found.matching("a.vn/xau").count(), 1);
    }
}
