//! What a list would do before anybody enables it: read and compiled alone, held beside the ruleset in use.
//!
//! ```text
//!  text ─► import ─► compile (this list only) ─► Candidate ─┬─► effect: what would be closed of names people know
//!                                                           └─► entries: for a count of what it would have hit
//! ```
//!
//! The candidate takes the road of every imported list (public suffixes refused, shared hosts narrowed, the
//! list's own allows taken off), and what it would close is asked of [`Policy::decide_if_listed`].

use std::collections::{BTreeMap, HashSet};
use std::io::BufRead;
use std::path::Path;

use lachan_policy::book::BookData;
use lachan_policy::ruleset::{ListClass, ListId, Ruleset, SideFlags};
use lachan_policy::{Ask, Category, CategorySet, Name, Policy, Scope, Tier};

use crate::compile::{CompileError, Compiler, ListReport, ListSpec, Options};
use crate::formats::Format;
use crate::import::{ImportError, NotTaken, import_from};
use crate::open::{OpenFileError, open_verified};
use crate::text::{Names, TextError};

/// The only list of a candidate's ruleset.
const ONLY: ListId = ListId(0);
/// Its id there.
const ID: &str = "trial";
/// Memory for sorting: what is tried is small, and the box has other things to do.
const SORT_MEMORY: usize = 8 << 20;
/// Refused lines that are kept to be shown.
const SHOWN: usize = 20;

/// What a candidate is made with.
#[derive(Debug, Clone)]
pub struct Making<'m> {
    /// The book of the ruleset in use, so that categories mean what they mean there.
    pub book: &'m BookData,
    /// Names that stand for many tenants.
    pub tenants: &'m HashSet<Name>,
    /// What its entries are.
    pub category: Category,
    /// How it is written.
    pub format: Format,
    /// Where a ruleset of it may stand while it is read.
    pub folder: &'m Path,
}

/// Why a candidate cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// It cannot be read or compiled.
    #[error("the list cannot be read")]
    Import(#[from] ImportError),
    /// It cannot be compiled.
    #[error("the list cannot be compiled")]
    Compile(#[from] CompileError),
    /// What was compiled cannot be opened.
    #[error("the compiled list cannot be opened")]
    Open(#[from] OpenFileError),
    /// The text of the compiled list.
    #[error("the compiled list cannot be listed")]
    Text(#[from] TextError),
}

/// A list that is tried.
pub struct Candidate {
    ruleset: Ruleset,
    category: Category,
    /// What it gave, as the compiler counts.
    pub report: ListReport,
    /// Lines that did not come in.
    pub not_taken: u64,
    /// The first of them.
    pub first_not_taken: Vec<NotTaken>,
}

/// What a candidate would change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Entries whose name has the category nowhere yet, neither itself nor by one above it.
    pub new: u64,
    /// Lists in use that have an entry at or above one of the candidate's, and for how many; most first.
    pub overlaps: Vec<(ListId, u64)>,
    /// Names that people know and that it would newly close.
    pub closes: Vec<Closes>,
    /// Names that people know, that it has and that stay open whatever it says: help lines, always-open and
    /// protected ones.
    pub spared: Vec<Name>,
}

/// A name that would be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closes {
    /// The name.
    pub name: Name,
    /// The entry: the name or one above it.
    pub entry: Name,
    /// For which tiers.
    pub tiers: Vec<Tier>,
}

impl Candidate {
    /// Reads a list and compiles it alone.
    ///
    /// # Errors
    /// [`TrialError`].
    pub fn read(making: &Making<'_>, input: impl BufRead) -> Result<Self, TrialError> {
        let file = making.folder.join("trial.ruleset");
        let options = Options {
            sort_memory: SORT_MEMORY,
            tenants: making.tenants.clone(),
            ..Options::default()
        };
        let mut compiler = Compiler::new(making.book.clone(), &file, options)?;
        let spec = ListSpec::new(ID, ListClass::Imported, Some(making.category));
        let (mut not_taken, mut first) = (0, Vec::new());
        let mut tell = |_: &str, line: NotTaken| {
            not_taken += 1;
            if first.len() < SHOWN {
                first.push(line);
            }
        };
        import_from(
            &mut compiler,
            spec,
            making.format,
            input,
            Path::new(ID),
            &mut tell,
        )?;
        let report = compiler.finish(&file, &mut ())?;
        let ruleset = open_verified(&file)?;
        // The mapping stays whatever becomes of the name.
        let _ = std::fs::remove_file(&file);
        Ok(Self {
            ruleset,
            category: making.category,
            report: report.lists.into_iter().next().unwrap_or_default(),
            not_taken,
            first_not_taken: first,
        })
    }

    /// What its entries are.
    #[must_use]
    pub fn category(&self) -> Category {
        self.category
    }

    /// Its entries, each with what it covers.
    ///
    /// # Errors
    /// [`TrialError::Text`].
    pub fn entries(&self) -> Result<Vec<(Name, Scope)>, TrialError> {
        let mut entries = Vec::new();
        for name in Names::of(&self.ruleset) {
            let name = name?;
            let row = self.ruleset.row_of(&name);
            let scope = row.and_then(|row| self.ruleset.scope_of(row, ONLY));
            entries.extend(scope.map(|scope| (name, scope)));
        }
        Ok(entries)
    }

    /// What it would change under a policy whose group at position `group(tier)` is nobody's and has what that
    /// tier gets by itself. `known` are names that people know; those that are given twice count once.
    ///
    /// # Errors
    /// [`TrialError::Text`].
    pub fn effect(
        &self,
        policy: &Policy,
        group: impl Fn(Tier) -> usize,
        known: impl IntoIterator<Item = Name>,
    ) -> Result<Effect, TrialError> {
        let (new, overlaps) = self.beside(policy.ruleset())?;
        let mut effect = Effect {
            new,
            overlaps,
            ..Effect::default()
        };
        let mut seen = HashSet::new();
        for name in known {
            let Some(start) = self.entry_of(&name) else {
                continue;
            };
            if !seen.insert(name) {
                continue;
            }
            if stays_open(policy.ruleset(), &name) {
                effect.spared.push(name);
                continue;
            }
            let tiers = Tier::ALL.into_iter();
            let closed = |tier: &Tier| {
                let ask = Ask {
                    name: &name,
                    group: group(*tier),
                    at: None,
                    found: CategorySet::EMPTY,
                };
                !policy.decide(&ask).is_block()
                    && policy
                        .decide_if_listed(&ask, start, self.category)
                        .is_block()
            };
            let tiers: Vec<_> = tiers.filter(closed).collect();
            if !tiers.is_empty() {
                let entry = name.suffix(usize::from(start));
                effect.closes.push(Closes { name, entry, tiers });
            }
        }
        Ok(effect)
    }

    /// Where the longest entry that covers a name begins in it.
    fn entry_of(&self, name: &Name) -> Option<u8> {
        let walk = self.ruleset.walk(name);
        let covers = |hit: &&lachan_policy::ruleset::Hit| {
            let side = self.ruleset.side(hit.row, hit.is_above());
            side.imported.contains(self.category)
        };
        walk.hits().iter().find(covers).map(|hit| hit.start)
    }

    /// How many entries are new to a ruleset, and which of its lists have the others already.
    fn beside(&self, ruleset: &Ruleset) -> Result<(u64, Vec<(ListId, u64)>), TrialError> {
        let mut new = 0;
        let mut overlaps: BTreeMap<ListId, u64> = BTreeMap::new();
        for name in Names::of(&self.ruleset) {
            let name = name?;
            let mut lists = HashSet::new();
            let mut is_new = true;
            for hit in ruleset.walk(&name).hits() {
                let side = ruleset.side(hit.row, hit.is_above());
                is_new &= !side.own.union(side.imported).contains(self.category);
                let sources = ruleset.sources(hit.row);
                let covering = sources.filter(|source| source.scope.covers(hit.is_above()));
                lists.extend(covering.map(|source| ListId(source.list)));
            }
            new += u64::from(is_new);
            let told = |list: &ListId| {
                let info = ruleset.list(*list);
                // Sealed lists are told of nowhere.
                info.is_some_and(|info| info.class != ListClass::Sealed && info.category.is_some())
            };
            for list in lists.into_iter().filter(told) {
                *overlaps.entry(list).or_default() += 1;
            }
        }
        let mut overlaps: Vec<_> = overlaps.into_iter().collect();
        overlaps.sort_by_key(|(list, count)| (u64::MAX - count, *list));
        Ok((new, overlaps))
    }
}

/// Whether a name is one that no imported list closes.
fn stays_open(ruleset: &Ruleset, name: &Name) -> bool {
    let open = SideFlags::PROTECTED
        .with(SideFlags::ALWAYS_OPEN)
        .with(SideFlags::HELP);
    let walk = ruleset.walk(name);
    let mut sides = walk
        .hits()
        .iter()
        .map(|hit| ruleset.side(hit.row, hit.is_above()));
    sides.any(|side| side.flags.has(open))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, TestList, shipped_rules};
    use lachan_policy::Exceptions;

    const LISTS: &[TestList<'_>] = &[
        ("base/gambling", ListClass::Own, "gambling", &["nha-cai.vn"]),
        ("protected", ListClass::Protected, "", &["zalo.me"]),
        ("open", ListClass::AlwaysOpen, "", &["chinhphu.vn"]),
        ("other", ListClass::Imported, "gambling", &["x.com"]),
    ];

    fn candidate(format: Format, text: &str) -> Candidate {
        let folder = tempfile::tempdir().unwrap();
        let rules = shipped_rules();
        let making = Making {
            book: &rules.book,
            tenants: &rules.tenants,
            category: rules.category("gambling").unwrap(),
            format,
            folder: folder.path(),
        };
        let made = Candidate::read(&making, text.as_bytes()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        made
    }

    /// The effect on a policy whose groups 1 to 5 are those of the tiers.
    fn effect(text: &str, known: &[&str]) -> Effect {
        let policy = testing::policy(testing::ruleset(LISTS), Exceptions::default());
        let position = |tier: Tier| {
            let groups = policy.groups().all();
            groups.iter().position(|group| group.tier == tier).unwrap()
        };
        let known = known.iter().map(|name| testing::name(name));
        let candidate = candidate(Format::Domains, text);
        candidate.effect(&policy, position, known).unwrap()
    }

    #[test]
    fn what_is_new_and_what_others_have_is_counted() {
        let effect = effect("nha-cai.vn\nwww.nha-cai.vn\na.x.com\nmoi.vn\n", &[]);
        assert_eq!(effect.new, 1);
        let policy = testing::ruleset(LISTS);
        let named = effect.overlaps.iter().map(|(list, count)| {
            let info = policy.list(*list).unwrap();
            (info.id.as_str(), *count)
        });
        let named: Vec<_> = named.collect();
        assert_eq!(named, [("base/gambling", 2), ("other", 1)]);
    }

    #[test]
    fn known_names_are_closed_by_tier_and_only_where_they_are_open() {
        let effect = effect(
            "tuoitre.vn\nnha-cai.vn\n",
            &["m.tuoitre.vn", "nha-cai.vn", "m.tuoitre.vn", "hoc.vn"],
        );
        let [closes] = effect.closes.as_slice() else {
            panic!("{effect:?}");
        };
        assert_eq!(closes.name.to_string(), "m.tuoitre.vn");
        assert_eq!(closes.entry.to_string(), "tuoitre.vn");
        assert!(closes.tiers.contains(&Tier::Thcs), "{closes:?}");
    }

    #[test]
    fn protected_and_always_open_names_stay_open_and_are_told() {
        let effect = effect(
            "zalo.me\nchinhphu.vn\n",
            &["chat.zalo.me", "chinhphu.vn", "hoc.vn"],
        );
        assert_eq!(effect.closes, []);
        let spared: Vec<_> = effect.spared.iter().map(ToString::to_string).collect();
        assert_eq!(spared, ["chat.zalo.me", "chinhphu.vn"]);
    }

    #[test]
    fn a_candidate_takes_the_road_of_every_list() {
        let text = "||moi.vn^\n||com.vn^\n@@||tot.moi.vn^\n||exact.vn^\nnot a line\n";
        let candidate = candidate(Format::AdBlock, text);
        let entries = candidate.entries().unwrap();
        let names: Vec<_> = entries.iter().map(|(name, _)| name.to_string()).collect();
        // A public suffix stands for everybody below it.
        assert!(!names.contains(&"com.vn".to_owned()), "{names:?}");
        assert!(names.contains(&"exact.vn".to_owned()), "{names:?}");
        assert!(candidate.not_taken >= 1);
        assert!(!candidate.first_not_taken.is_empty());
        assert!(candidate.report.entries >= 2);
    }
}
