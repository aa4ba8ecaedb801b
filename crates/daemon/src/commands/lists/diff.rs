//! `lachan lists diff`: which entries changed between two rulesets.

use std::collections::BTreeMap;

use lachan_lists::diff::{Change, Changed, Counts};
use lachan_lists::open::open_verified;
use lachan_policy::ruleset::Ruleset;
use serde_json::{Value, json};

use crate::cli;
use crate::console::{Console, TITLE, styled};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::table::Table;

/// Compares.
///
/// # Errors
/// [`Fault`]: a ruleset that cannot be used.
pub(crate) fn diff(asked: &cli::Diff, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let (old, new) = (open_verified(&asked.old)?, open_verified(&asked.new)?);
    let mut shown = Vec::new();
    let counts = lachan_lists::diff::diff(&old, &new, |changed| {
        if shown.len() < asked.limit {
            shown.push(changed);
        }
    })?;
    let difference = Difference {
        old,
        new,
        counts,
        shown,
    };
    if asked.json {
        console.json(&difference.as_json())?;
    } else {
        difference.print(console)?;
    }
    Ok(Exit::Done)
}

struct Difference {
    old: Ruleset,
    new: Ruleset,
    counts: BTreeMap<String, Counts>,
    shown: Vec<Changed>,
}

const fn sign(change: Change) -> (&'static str, &'static str) {
    match change {
        Change::Added => ("added", "+"),
        Change::Removed => ("removed", "-"),
        Change::Rescoped => ("rescoped", "~"),
    }
}

impl Difference {
    /// The id of the category a list gives, in whichever ruleset has the list.
    fn category(&self, list: &str) -> Option<String> {
        let of = |ruleset: &Ruleset| {
            let info = ruleset.lists().iter().find(|info| info.id == list)?;
            ruleset
                .book()
                .category(info.category?)
                .map(|info| info.id.clone())
        };
        of(&self.new).or_else(|| of(&self.old))
    }

    fn total(&self) -> u64 {
        self.counts
            .values()
            .map(|counts| counts.added + counts.removed + counts.rescoped)
            .sum()
    }

    fn as_json(&self) -> Value {
        let lists = self.counts.iter().map(|(list, counts)| {
            json!({
                "list": list,
                "category": self.category(list),
                "added": counts.added,
                "removed": counts.removed,
                "rescoped": counts.rescoped,
            })
        });
        let entries = self.shown.iter().map(|changed| {
            json!({
                "change": sign(changed.change).0,
                "list": changed.list,
                "entry": changed.scope.entry(&changed.name),
            })
        });
        json!({
            "names": { "old": self.old.header().names, "new": self.new.header().names },
            "changed": self.total(),
            "lists": lists.collect::<Vec<_>>(),
            "entries": entries.collect::<Vec<_>>(),
        })
    }

    fn print(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        let words = console.words;
        let (old, new) = (self.old.header().names, self.new.header().names);
        console.line(styled(TITLE, words.names_before_and_after(old, new)))?;
        if self.counts.is_empty() {
            return console.line(words.no_difference());
        }
        let mut table = Table::new([
            &words.list(),
            &words.category(),
            &words.added(),
            &words.removed(),
            &words.rescoped(),
        ])
        .right(&[2, 3, 4]);
        for (list, counts) in &self.counts {
            table.row([
                list.clone(),
                self.category(list).unwrap_or_default(),
                counts.added.to_string(),
                counts.removed.to_string(),
                counts.rescoped.to_string(),
            ]);
        }
        table
            .lines()
            .into_iter()
            .try_for_each(|line| console.line(line))?;
        for changed in &self.shown {
            let entry = changed.scope.entry(&changed.name);
            console.line(format_args!(
                "{} {entry}  {}",
                sign(changed.change).1,
                changed.list
            ))?;
        }
        let left = self.total().saturating_sub(self.shown.len() as u64);
        if left > 0 {
            console.line(words.and_more(left))
        } else {
            Ok(())
        }
    }
}
