//! `lachan lists compile`: rules and lists to a ruleset, with a report of what came in, what did
//! not, and what it would newly close.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lachan_lists::compile::{ListReport, ListSpec};
use lachan_lists::import::{Import, manifest};
use lachan_lists::open::open_verified;
use lachan_lists::rules::Rules;
use lachan_lists::survey::{Newly, newly_blocked};
use lachan_policy::ruleset::{ListClass, ListId, Ruleset};
use lachan_policy::{Category, Name, Scope};
use serde_json::{Value, json};

use super::progress::Watch;
use crate::build::{self, Candidate, Recipe, Wrong};
use crate::cli;
use crate::console::{Console, TITLE, WARNING, styled};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::mass_change::{MassChange, mass_changes};
use crate::table::Table;
use crate::words::path;

/// Where the package puts the rules; a working tree has them in `rules`.
const RULES: [&str; 2] = ["rules", lachan_config::values::DEFAULT_RULES];
/// Shared parents and newly closed names that are printed; `--json` has all.
const SHOWN: usize = 20;

/// Compiles.
///
/// # Errors
/// [`Fault`]: rules, a list or the disk; the old ruleset stays then.
pub(crate) fn compile(asked: &cli::Compile, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let start = Instant::now();
    // Before anything else: reading a pipe in its place would wait for ever.
    build::check_target(&asked.out)?;
    let rules = build::rules(&rules_folder(asked.rules.as_deref()))?;
    let imports = imports(asked, &rules)?;
    let old = old(asked)?;
    let mut watch = watch(asked, console)?;
    let recipe = Recipe {
        rules: &rules,
        imports: &imports,
    };
    let candidate = build::make(&recipe, &asked.out, &mut watch);
    let ended = watch.finish();
    let candidate = candidate?;
    if let (Err(source), Some(file)) = (ended, &asked.refused) {
        return Err(Fault::Write {
            path: file.clone(),
            source,
        });
    }
    let wrongs = candidate.wrongs(&rules);
    let mass_changes = old
        .as_ref()
        .map_or_else(Vec::new, |old| mass_changes(old, &candidate.ruleset));
    let is_held = !wrongs.is_empty() || !(mass_changes.is_empty() || asked.accept_mass_change);
    if !is_held {
        candidate.promote()?;
    }
    let newly = newly_blocked(
        &candidate.ruleset,
        old.as_ref(),
        rules.popular.iter().copied(),
    );
    let outcome = Outcome {
        asked,
        candidate,
        watch,
        wrongs,
        mass_changes,
        is_held,
        newly,
        shipped: rules.lists.len(),
        took: start.elapsed(),
    };
    outcome.tell(console)?;
    Ok(if is_held { Exit::No } else { Exit::Done })
}

fn rules_folder(given: Option<&Path>) -> PathBuf {
    let there = || {
        RULES
            .iter()
            .map(PathBuf::from)
            .find(|folder| folder.is_dir())
    };
    given
        .map(Path::to_owned)
        .or_else(there)
        .unwrap_or_else(|| RULES[1].into())
}

/// Everything to import: manifests first, then single lists, in the order given.
fn imports(asked: &cli::Compile, rules: &Rules) -> Result<Vec<Import>, Fault> {
    let mut imports = Vec::new();
    for file in &asked.manifest {
        let read = manifest(file, |id| rules.category(id));
        imports.extend(read.map_err(|source| Fault::Manifest {
            path: file.clone(),
            source: source.into(),
        })?);
    }
    for list in &asked.list {
        let category = category(rules, &list.category)?;
        imports.push(Import {
            spec: ListSpec::new(&list.id, ListClass::Imported, Some(category)),
            path: list.path.clone(),
            format: list.format,
            categories: Default::default(),
        });
    }
    Ok(imports)
}

fn category(rules: &Rules, id: &str) -> Result<Category, Fault> {
    let known = || {
        rules
            .book
            .categories
            .iter()
            .map(|info| info.id.as_str())
            .collect::<Vec<_>>()
    };
    let unknown = || Fault::UnknownCategory {
        id: id.to_owned(),
        known: known().join(", "),
    };
    rules.category(id).ok_or_else(unknown)
}

/// The ruleset to compare with. One that was asked for must be usable; the one that happens to be
/// there need not be.
fn old(asked: &cli::Compile) -> Result<Option<Ruleset>, Fault> {
    match &asked.previous {
        Some(file) => Ok(Some(open_verified(file)?)),
        None => Ok(open_verified(&asked.out).ok()),
    }
}

fn watch(asked: &cli::Compile, console: &Console<'_>) -> Result<Watch, Fault> {
    let create = |path: &PathBuf| {
        File::create(path).map_err(|source| Fault::Write {
            path: path.clone(),
            source,
        })
    };
    let file = asked.refused.as_ref().map(create).transpose()?;
    Ok(Watch::new(
        console.words,
        console.has_progress && !asked.quiet,
        file,
    ))
}

/// A row of a name and numbers.
fn row(name: String, [a, b, c, d]: [String; 4]) -> [String; 5] {
    [name, a, b, c, d]
}

/// What came of a compilation.
struct Outcome<'c> {
    asked: &'c cli::Compile,
    candidate: Candidate,
    watch: Watch,
    wrongs: Vec<Wrong>,
    mass_changes: Vec<MassChange>,
    /// Whether the old ruleset stays.
    is_held: bool,
    newly: Vec<Newly>,
    /// How many of the lists are the shipped ones; they come first.
    shipped: usize,
    took: Duration,
}

impl Outcome<'_> {
    fn tell(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        if self.asked.json {
            console.json(&self.as_json())?;
        } else if !self.asked.quiet {
            self.print(console)?;
        }
        self.tell_wrongs(console)?;
        self.tell_mass_changes(console)
    }

    fn list_id(&self, newly: &Newly) -> String {
        let list = self.candidate.ruleset.list(newly.list);
        list.map_or_else(String::new, |list| list.id.clone())
    }

    /// Lines of a list that its reader or the compiler refused.
    fn refused(&self, list: &ListReport) -> u64 {
        self.watch
            .refused
            .get(&list.id)
            .map_or(0, |(_, count)| *count)
    }

    fn per_name(&self, bytes: u64) -> f64 {
        let names = self.candidate.report.names.max(1);
        #[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
        let ratio = bytes as f64 / names as f64;
        (ratio * 100.0).round() / 100.0
    }

    fn as_json(&self) -> Value {
        let report = &self.candidate.report;
        let lists = report.lists.iter().map(|list| {
            json!({
                "id": list.id,
                "entries": list.entries,
                "refused": self.refused(list),
                "narrowed": list.narrowed,
                "rejected": list.rejected,
                "covered_allows": covered_allows(list),
            })
        });
        let parents = report.shared_parents.iter().map(|parent| {
            json!({ "name": parent.name.to_string(), "below": parent.below, "covers": parent.covers })
        });
        let newly = self.newly.iter().map(|newly| {
            json!({
                "name": newly.name.to_string(),
                "list": self.list_id(newly),
                "entry": newly.entry.to_string(),
                "vietnamese": newly.vietnamese,
            })
        });
        json!({
            "file": self.asked.out.display().to_string(),
            "held": self.is_held,
            "wrongs": self.wrongs,
            "mass_changes": self.mass_changes,
            "names": report.names,
            "rows": report.rows,
            "taken_off": report.taken_off,
            "file_bytes": report.file_bytes,
            "hot_bytes": report.hot_bytes,
            "cold_bytes": report.cold_bytes,
            "hot_bytes_per_name": self.per_name(report.hot_bytes),
            "cold_bytes_per_name": self.per_name(report.cold_bytes),
            "seconds": (self.took.as_secs_f64() * 1000.0).round() / 1000.0,
            "lists": lists.collect::<Vec<_>>(),
            "shared_parents": parents.collect::<Vec<_>>(),
            "newly_blocked": newly.collect::<Vec<_>>(),
        })
    }

    fn print(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        self.print_refused(console)?;
        for line in self.lists(console).lines() {
            console.line(line)?;
        }
        self.print_parents(console)?;
        self.print_covered(console)?;
        self.print_newly(console)?;
        let report = &self.candidate.report;
        let words = console.words;
        let (hot, cold) = (
            self.per_name(report.hot_bytes),
            self.per_name(report.cold_bytes),
        );
        let seconds = format!("{:.1}", self.took.as_secs_f64());
        console.line("")?;
        console.line(words.bytes_per_name(report.file_bytes, hot, cold))?;
        if !self.is_held {
            let file = path(&self.asked.out);
            console.line(styled(TITLE, words.compiled(&file, report.names, &seconds)))?;
        }
        Ok(())
    }

    /// The first refused lines of each list, on standard error.
    fn print_refused(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        for (list, (shown, count)) in &self.watch.refused {
            console.note(styled(WARNING, console.words.refused_of(list, *count)))?;
            for line in shown {
                console.note(format_args!("  {line}"))?;
            }
        }
        if self.asked.refused.is_none()
            && self
                .watch
                .refused
                .values()
                .any(|(s, n)| *n > s.len() as u64)
        {
            console.note(console.words.all_refused_lines())?;
        }
        Ok(())
    }

    /// A row a list, the shipped ones in one: nobody chooses among those.
    fn lists(&self, console: &Console<'_>) -> Table {
        let words = console.words;
        let mut table = Table::new([
            &words.list(),
            &words.entries(),
            &words.refused_lines(),
            &words.narrowed(),
            &words.newly(),
        ])
        .right(&[1, 2, 3, 4]);
        let (shipped, imported) = self.candidate.report.lists.split_at(self.shipped);
        let entries = shipped.iter().map(|list| list.entries).sum::<u64>();
        let numbers = [entries, 0, 0, 0].map(|number| number.to_string());
        table.row(row(words.shipped_rules(shipped.len()), numbers));
        for list in imported {
            let newly = self
                .newly
                .iter()
                .filter(|newly| self.list_id(newly) == list.id);
            let numbers = [
                list.entries,
                self.refused(list),
                list.narrowed,
                newly.count() as u64,
            ];
            table.row(row(
                list.id.clone(),
                numbers.map(|number| number.to_string()),
            ));
        }
        table
    }

    fn print_parents(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        let words = console.words;
        let parents = &self.candidate.report.shared_parents;
        if parents.is_empty() {
            return Ok(());
        }
        console.line("")?;
        console.line(styled(TITLE, words.shared_parents(parents.len())))?;
        for parent in parents.iter().take(SHOWN) {
            let reach = if parent.covers {
                words.covers_below()
            } else {
                words.covers_itself()
            };
            console.line(format_args!("  {}  {}  {reach}", parent.name, parent.below))?;
        }
        Ok(())
    }

    /// What a list allows and closes all the same, because it closes a name above.
    fn print_covered(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        let words = console.words;
        let lists = (0..).zip(&self.candidate.report.lists);
        let all = lists.flat_map(|(position, list)| {
            let names = covered_allows(list).into_iter();
            names.map(move |name| (ListId(position), list.id.as_str(), name))
        });
        let all = all.collect::<Vec<_>>();
        if all.is_empty() {
            return Ok(());
        }
        console.line("")?;
        console.line(styled(TITLE, words.covered_allows(all.len())))?;
        for (list, id, name) in all.iter().take(SHOWN) {
            let above = closed_above(&self.candidate.ruleset, *list, name).unwrap_or_default();
            console.line(format_args!("  {}", words.covered_allow(name, id, &above)))?;
        }
        Ok(())
    }

    fn print_newly(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        let words = console.words;
        if self.newly.is_empty() {
            return Ok(());
        }
        let vietnamese = self.newly.iter().filter(|newly| newly.vietnamese).count();
        console.line("")?;
        console.line(styled(
            TITLE,
            words.newly_blocked(self.newly.len(), vietnamese),
        ))?;
        let mut table = Table::new([&words.name(), &words.list(), &words.rule()]);
        // The school's own country first: those are the names it lives on.
        let mut newly = self.newly.iter().collect::<Vec<_>>();
        newly.sort_by_key(|newly| !newly.vietnamese);
        for newly in newly.into_iter().take(SHOWN) {
            table.row([
                newly.name.to_unicode(),
                self.list_id(newly),
                newly.entry.to_unicode(),
            ]);
        }
        table
            .lines()
            .into_iter()
            .try_for_each(|line| console.line(line))
    }

    /// Why the ruleset was held, on standard error.
    fn tell_wrongs(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        if self.wrongs.is_empty() {
            return Ok(());
        }
        let file = path(&self.asked.out);
        console.note(styled(
            WARNING,
            console.words.held(&file, self.wrongs.len()),
        ))?;
        for wrong in self.wrongs.iter().take(SHOWN) {
            let list = wrong.list.as_deref().unwrap_or_default();
            console.note(format_args!("  {} ({}) {list}", wrong.name, wrong.tier))?;
        }
        Ok(())
    }

    /// Which lists changed too much, on standard error, and what accepts it.
    fn tell_mass_changes(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        if self.mass_changes.is_empty() || self.asked.accept_mass_change {
            return Ok(());
        }
        let words = console.words;
        let file = path(&self.asked.out);
        let title = words.held_for_mass_change(&file, self.mass_changes.len());
        console.note(styled(WARNING, title))?;
        for change in &self.mass_changes {
            let line = words.mass_change(&change.list, change.before, change.after);
            console.note(format_args!("  {line}"))?;
        }
        console.note(words.accept_mass_change())
    }
}

/// The covered allows of a list, each once.
fn covered_allows(list: &ListReport) -> BTreeSet<&str> {
    list.covered_allows.iter().map(String::as_str).collect()
}

/// The nearest name above that the list closes with all below it.
fn closed_above(ruleset: &Ruleset, list: ListId, name: &str) -> Option<String> {
    let name = Name::from_text(name).ok()?;
    let above = name.suffixes().skip(1).map(|start| name.suffix(start));
    let closes = |above: &Name| {
        let scope = ruleset
            .row_of(above)
            .and_then(|row| ruleset.scope_of(row, list));
        scope.is_some_and(Scope::covers_below)
    };
    above
        .into_iter()
        .find(closes)
        .map(|above| above.to_unicode())
}
