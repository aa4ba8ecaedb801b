//! `lachan lists info`: what a ruleset holds.
//!
//! Lists of sealed entries are left out: they appear in no listing.

use lachan_config::values::School;
use lachan_lists::open::open_verified;
use lachan_policy::ruleset::{ListClass, ListInfo, Ruleset, SectionKind};
use serde_json::{Value, json};

use crate::cli;
use crate::console::{Console, TITLE, styled};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::table::Table;
use crate::time::{Now, shown_unix};
use crate::words::path;

/// What look-ups touch.
const HOT: [SectionKind; 4] = [
    SectionKind::Table,
    SectionKind::Rows,
    SectionKind::Sources,
    SectionKind::Overflow,
];
/// The text, for listing, diff and convert.
const COLD: [SectionKind; 2] = [SectionKind::Text, SectionKind::TextIndex];

/// Verifies a ruleset and tells what it holds.
///
/// # Errors
/// [`Fault::Ruleset`] when it cannot be used.
pub(crate) fn info(asked: &cli::Info, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let ruleset = open_verified(&asked.file)?;
    if asked.json {
        console.json(&as_json(&asked.file.display().to_string(), &ruleset))?;
    } else {
        print(&path(&asked.file), &ruleset, console)?;
    }
    Ok(Exit::Done)
}

/// The lists that may be shown.
fn shown_lists(ruleset: &Ruleset) -> impl Iterator<Item = &ListInfo> {
    ruleset
        .lists()
        .iter()
        .filter(|list| list.class != ListClass::Sealed)
}

fn bytes_of(ruleset: &Ruleset, sections: &[SectionKind]) -> u64 {
    sections
        .iter()
        .map(|kind| ruleset.section(*kind).len() as u64)
        .sum()
}

fn category_of(ruleset: &Ruleset, list: &ListInfo) -> Option<String> {
    ruleset
        .book()
        .category(list.category?)
        .map(|info| info.id.clone())
}

/// The class of a list, as its files write it.
fn class_of(list: &ListInfo) -> String {
    serde_json::to_value(list.class)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Age in days; `None` when the ruleset or this machine does not know the time.
fn age(ruleset: &Ruleset) -> Option<i64> {
    let built = ruleset.header().built;
    let now = Now::system().known()?.as_second();
    (built > 0).then(|| (now - built).max(0) / 86_400)
}

fn as_json(file: &str, ruleset: &Ruleset) -> Value {
    let header = ruleset.header();
    let lists = shown_lists(ruleset).map(|list| {
        json!({
            "id": list.id,
            "class": list.class,
            "category": category_of(ruleset, list),
            "entries": list.entries,
            "refused": list.refused,
            "licence": list.licence,
            "source": list.source,
        })
    });
    json!({
        "file": file,
        "verified": true,
        "names": header.names,
        "built": header.built,
        "age_days": age(ruleset),
        "file_bytes": header.file_length,
        "hot_bytes": bytes_of(ruleset, &HOT),
        "cold_bytes": bytes_of(ruleset, &COLD),
        "lists": lists.collect::<Vec<_>>(),
    })
}

fn print(file: &str, ruleset: &Ruleset, console: &mut Console<'_>) -> Result<(), Fault> {
    let words = console.words;
    let header = ruleset.header();
    let built = shown_unix(header.built, &School::default().time_zone);
    console.line(styled(TITLE, words.ruleset_of(file, header.names)))?;
    match age(ruleset) {
        Some(days) => console.line(words.built(&built, days))?,
        None => console.line(words.built_unknown())?,
    }
    let (hot, cold) = (bytes_of(ruleset, &HOT), bytes_of(ruleset, &COLD));
    console.line(words.sizes(header.file_length, hot, cold))?;
    console.line(words.verified())?;
    let mut table = Table::new([
        &words.list(),
        &words.class(),
        &words.category(),
        &words.entries(),
        &words.refused_lines(),
        &words.licence(),
    ])
    .right(&[3, 4]);
    for list in shown_lists(ruleset) {
        table.row([
            list.id.clone(),
            class_of(list),
            category_of(ruleset, list).unwrap_or_default(),
            list.entries.to_string(),
            list.refused.to_string(),
            list.licence.clone(),
        ]);
    }
    table
        .lines()
        .into_iter()
        .try_for_each(|line| console.line(line))
}
