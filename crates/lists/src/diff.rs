//! What changed between two rulesets, by list, in one merge of their sorted names.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use lachan_policy::ruleset::Ruleset;
use lachan_policy::{Name, Scope};

use crate::text::{Names, TextError};

/// How a list's entry for a name changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// New in the list.
    Added,
    /// No longer in the list.
    Removed,
    /// Still there, but it covers something else.
    Rescoped,
}

/// One changed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The list's id.
    pub list: String,
    /// The name.
    pub name: Name,
    /// What the entry covers, in the newer ruleset that has it.
    pub scope: Scope,
    /// How it changed.
    pub change: Change,
}

/// How many entries of a list changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries added.
    pub added: u64,
    /// Entries removed.
    pub removed: u64,
    /// Entries that cover something else.
    pub rescoped: u64,
}

/// Goes through all changed entries in canonical order and counts them by list. Sealed entries
/// appear nowhere.
///
/// # Errors
/// When the text of one of the rulesets is damaged.
pub fn diff(
    old: &Ruleset,
    new: &Ruleset,
    mut visit: impl FnMut(Changed),
) -> Result<BTreeMap<String, Counts>, TextError> {
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    let (mut olds, mut news) = (Names::of(old), Names::of(new));
    let (mut a, mut b) = (olds.next().transpose()?, news.next().transpose()?);
    loop {
        let order = match (&a, &b) {
            (None, None) => return Ok(counts),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.cmp(b),
        };
        let name = if order.is_le() { a } else { b };
        let Some(name) = name else { return Ok(counts) };
        let empty = BTreeMap::new;
        let before = if order.is_le() {
            entries(old, &name)
        } else {
            empty()
        };
        let after = if order.is_ge() {
            entries(new, &name)
        } else {
            empty()
        };
        for changed in changes(&name, &before, &after) {
            counts
                .entry(changed.list.clone())
                .or_default()
                .add(changed.change);
            visit(changed);
        }
        if order.is_le() {
            a = olds.next().transpose()?;
        }
        if order.is_ge() {
            b = news.next().transpose()?;
        }
    }
}

impl Counts {
    fn add(&mut self, change: Change) {
        *match change {
            Change::Added => &mut self.added,
            Change::Removed => &mut self.removed,
            Change::Rescoped => &mut self.rescoped,
        } += 1;
    }
}

/// Which lists hold a name, by id.
fn entries<'r>(ruleset: &'r Ruleset, name: &Name) -> BTreeMap<&'r str, Scope> {
    let Some(row) = ruleset.row_of(name) else {
        return BTreeMap::new();
    };
    let named = ruleset.sources(row).filter_map(|source| {
        let list = ruleset.lists().get(usize::from(source.list))?;
        Some((list.id.as_str(), source.scope))
    });
    named.collect()
}

fn changes(
    name: &Name,
    before: &BTreeMap<&str, Scope>,
    after: &BTreeMap<&str, Scope>,
) -> Vec<Changed> {
    let made = |list: &str, scope, change| Changed {
        list: list.to_owned(),
        name: *name,
        scope,
        change,
    };
    let mut changes = Vec::new();
    for (list, scope) in before {
        match after.get(list) {
            None => changes.push(made(list, *scope, Change::Removed)),
            Some(now) if now != scope => changes.push(made(list, *now, Change::Rescoped)),
            Some(_) => {}
        }
    }
    let added = after.iter().filter(|(list, _)| !before.contains_key(*list));
    changes.extend(added.map(|(list, scope)| made(list, *scope, Change::Added)));
    changes
}
