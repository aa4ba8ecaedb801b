//! Setting values in a settings file while everything a person wrote in it stays.
//!
//! The text is cut and spliced at the places the TOML reader gives; nothing is written out anew, so
//! comments, blank lines, order and line ends stay byte for byte. The result is checked as a whole
//! before it is given back. Writing it to disk is the caller's.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::config::Config;
use crate::fault::Fault;
use crate::input::BOM;
use crate::mistake::{Mistakes, Sheet};
use crate::words;

/// A value to set. Numbers, texts and lists become what they are; a table sets each of its keys and
/// leaves the others alone.
pub use toml::Value;

/// Sets one value, given by its key path such as `resolver.upstreams`.
///
/// A key that is set is changed where it stands; one that is not is added below its commented
/// default, or at the end of its table. `file` is the name that mistakes are reported under.
///
/// # Errors
/// All mistakes of the file as it would be with this value; nothing is changed then.
pub fn set(text: &str, file: &str, path: &str, value: &Value) -> Result<String, Mistakes> {
    set_all(text, file, &[(path, value)])
}

/// Sets several values that are only right together, such as `block-answer` and `block-addresses`.
///
/// # Errors
/// As [`set`].
pub fn set_all(text: &str, file: &str, values: &[(&str, &Value)]) -> Result<String, Mistakes> {
    let body = text.strip_prefix(BOM).unwrap_or(text);
    let mut edited = body.to_owned();
    for (path, value) in values {
        let keys = bare_keys(path).ok_or_else(|| unknown(body, file, path))?;
        edited = put(edited, file, &keys, value)?;
    }
    Config::parse(&edited, file)?;
    Ok(if body.len() < text.len() {
        format!("{BOM}{edited}")
    } else {
        edited
    })
}

/// The paths of all values that a text sets, such as `resolver.upstreams`, in the order of the file;
/// none of what is no TOML. Lists of tables count as one value.
#[must_use]
pub fn set_keys(text: &str) -> Vec<String> {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let mut found = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        gather(table.get_ref(), "", &mut found);
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, path)| path).collect()
}

fn gather(table: &DeTable<'_>, above: &str, found: &mut Vec<(usize, String)>) {
    for (name, value) in table.iter() {
        let key = words::key(name.get_ref());
        let path = if above.is_empty() {
            key
        } else {
            format!("{above}.{key}")
        };
        match value.get_ref() {
            DeValue::Table(table) => gather(table, &path, found),
            _ => found.push((name.span().start, path)),
        }
    }
}

/// One value that two texts set differently; `None` where one does not set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The key path.
    pub path: String,
    /// As the first text has it.
    pub before: Option<String>,
    /// As the second has it.
    pub after: Option<String>,
}

/// What two texts set differently, by key path. Values are as the file writes them, texts without
/// their quotes; of lists of tables, which may name single devices, only the number is told. A text
/// that is no TOML sets nothing.
#[must_use]
pub fn differences(before: &str, after: &str) -> Vec<Difference> {
    let [before, after] = [before, after].map(values_of);
    // The whole of a value, by which it is compared: a list of tables may be as long as before.
    let is_same = |one: Option<&(String, String)>, other: Option<&(String, String)>| {
        one.map(|(_, raw)| raw) == other.map(|(_, raw)| raw)
    };
    let paths = differing(&before, &after, is_same);
    let shown = |of: &Values, path: &String| of.get(path).map(|(shown, _)| shown.clone());
    let each = paths.map(|path| Difference {
        path: path.clone(),
        before: shown(&before, path),
        after: shown(&after, path),
    });
    each.collect()
}

/// The keys whose values differ, sorted; a key that one of both lacks is one of them.
pub(crate) fn differing<'v, V>(
    first: &'v BTreeMap<String, V>,
    second: &'v BTreeMap<String, V>,
    is_same: impl Fn(Option<&V>, Option<&V>) -> bool,
) -> impl Iterator<Item = &'v String> {
    let keys: BTreeSet<_> = first.keys().chain(second.keys()).collect();
    let differs = move |key: &&String| !is_same(first.get(*key), second.get(*key));
    keys.into_iter().filter(differs)
}

/// What is told of each value, and the whole of it as the file writes it: a number that is none is the
/// same as itself there.
type Values = BTreeMap<String, (String, String)>;

fn values_of(text: &str) -> Values {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let mut all = Values::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        flatten(&table, "", &mut all);
    }
    all
}

fn flatten(table: &toml::Table, above: &str, all: &mut Values) {
    for (name, value) in table {
        let key = words::key(name);
        let path = if above.is_empty() {
            key
        } else {
            format!("{above}.{key}")
        };
        let shown = match value {
            Value::Table(table) => {
                flatten(table, &path, all);
                continue;
            }
            Value::Array(array) if array.iter().any(Value::is_table) => {
                format!("[{}]", array.len())
            }
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        all.insert(path, (shown, value.to_string()));
    }
}

/// The keys of a path. All of ours are bare; another could smuggle lines into the file.
fn bare_keys(path: &str) -> Option<Vec<&str>> {
    let keys = path.split('.').collect::<Vec<_>>();
    keys.iter()
        .all(|key| words::key(key) == *key)
        .then_some(keys)
}

fn unknown(text: &str, file: &str, path: &str) -> Mistakes {
    let known = vec!["school", "paths", "resolver", "store", "log"];
    Sheet::new(text, file).only(
        words::key(path),
        Fault::UnknownKey { near: None, known },
        None,
    )
}

fn put(text: String, file: &str, keys: &[&str], value: &Value) -> Result<String, Mistakes> {
    if let Value::Table(table) = value {
        return table.iter().try_fold(text, |text, (key, value)| {
            let path = [keys.join(".").as_str(), key].join(".");
            let keys = bare_keys(&path).ok_or_else(|| unknown(&text, file, &path))?;
            put(text, file, &keys, value)
        });
    }
    match DeTable::parse(&text) {
        Ok(table) => Ok(splice(&text, table.get_ref(), keys, &value.to_string())),
        // Every mistake of the file, not only the first of its syntax.
        Err(_) => Config::parse(&text, file).map(|_| text),
    }
}

/// The text with the value in place.
fn splice(text: &str, root: &DeTable<'_>, keys: &[&str], value: &str) -> String {
    let found = Found::walk(root, keys);
    match found.rest {
        [] => replace(text, found.at, value),
        [leaf] if found.is_tables(leaf) => {
            let without = remove_tables(text, found.table, leaf);
            match DeTable::parse(&without) {
                Ok(table) if value != "[]" => splice(&without, table.get_ref(), keys, value),
                _ => without,
            }
        }
        rest => insert(text, &found, &keys[..keys.len() - rest.len()], rest, value),
    }
}

/// How far a path leads into the file.
struct Found<'p, 't> {
    /// The deepest table on the path.
    table: &'t DeTable<'t>,
    /// What the file says of that table; of the value itself when nothing is left of the path.
    at: Range<usize>,
    /// The keys below the table that lead no further; empty when the value is there.
    rest: &'p [&'p str],
}

impl<'p, 't> Found<'p, 't> {
    fn walk(root: &'t DeTable<'t>, keys: &'p [&'p str]) -> Self {
        let mut found = Self {
            table: root,
            at: 0..0,
            rest: keys,
        };
        while let [key, rest @ ..] = found.rest {
            let Some((name, value)) = found.table.get_key_value(*key) else {
                break;
            };
            match value.get_ref() {
                DeValue::Table(table) => found.table = table,
                DeValue::Array(_) if in_header(name, value) => break,
                _ if !rest.is_empty() => break, // a value where a table should be; refused later
                _ => {}
            }
            found.at = value.span();
            found.rest = rest;
        }
        found
    }

    /// Whether the key is written as `[[tables]]`.
    fn is_tables(&self, key: &str) -> bool {
        self.table
            .get_key_value(key)
            .is_some_and(|(name, value)| in_header(name, value))
    }
}

type Entry<'t> = (
    &'t Spanned<std::borrow::Cow<'t, str>>,
    &'t Spanned<DeValue<'t>>,
);

/// Whether a value is written under a `[header]` or `[[header]]`: then its place is the header,
/// which the key is part of.
fn in_header(name: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) -> bool {
    value.span().start < name.span().start
}

/// Whether a table has no place of its own: it came from `a.b = 1` or from `[a.b]`.
fn is_implied(name: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().is_table() && value.span() == name.span()
}

fn replace(text: &str, at: Range<usize>, with: &str) -> String {
    [&text[..at.start], with, &text[at.end..]].concat()
}

/// Adds `rest = value` to the table that `base` leads to.
fn insert(text: &str, found: &Found<'_, '_>, base: &[&str], rest: &[&str], value: &str) -> String {
    let line = format!("{} = {value}", rest.join("."));
    let start = text.as_bytes().get(found.at.start);
    let written = found.table.iter().filter_map(own_extent);
    let last = written.max_by_key(|(_, end)| *end);
    match (start, last, rest) {
        (Some(b'{'), last, _) if !base.is_empty() => insert_inline(text, &found.at, last, &line),
        (Some(b'['), _, [leaf]) if !base.is_empty() => {
            let after = below_default(text, found, leaf)
                .or_else(|| last.map(|(_, end)| line_end(text, end)))
                .unwrap_or_else(|| line_end(text, found.at.end));
            let indent = last.map_or("", |(key, _)| before_on_line(text, key));
            insert_line(text, after, &format!("{indent}{line}"))
        }
        // Dotted keys: the new line begins like the last one.
        (Some(first), Some((key, end)), _) if *first != b'[' && !base.is_empty() => {
            let prefix = before_on_line(text, key);
            insert_line(text, line_end(text, end), &format!("{prefix}{line}"))
        }
        (_, Some((_, end)), [_]) if base.is_empty() => {
            insert_line(text, line_end(text, end), &line)
        }
        (_, None, [_]) if base.is_empty() => insert_line(text, 0, &line),
        _ => append_table(text, base, rest, value),
    }
}

/// Where an entry of a table begins and ends, when it is written in the table itself and not under
/// a header of its own.
fn own_extent((name, value): Entry<'_>) -> Option<(usize, usize)> {
    if in_header(name, value) {
        return None;
    }
    if !is_implied(name, value) {
        return Some((name.span().start, value.span().end));
    }
    let deeper = value.get_ref().as_table()?.iter().filter_map(own_extent);
    let end = deeper.map(|(_, end)| end).max()?;
    Some((name.span().start, end))
}

/// `{ a = 1 }` to `{ a = 1, line }`.
fn insert_inline(
    text: &str,
    table: &Range<usize>,
    last: Option<(usize, usize)>,
    line: &str,
) -> String {
    match last {
        Some((_, end)) => replace(text, end..end, &format!(", {line}")),
        None => replace(text, table.clone(), &format!("{{ {line} }}")),
    }
}

/// Adds a table at the end of the file. `[a.b]` may come before `[a]`, so this is always allowed.
fn append_table(text: &str, base: &[&str], rest: &[&str], value: &str) -> String {
    let Some((leaf, middle)) = rest.split_last() else {
        return text.to_owned();
    };
    let header = base
        .iter()
        .chain(middle)
        .copied()
        .collect::<Vec<_>>()
        .join(".");
    let with_header = insert_line(text, text.len(), &format!("{}[{header}]", line_break(text)));
    insert_line(
        &with_header,
        with_header.len(),
        &format!("{leaf} = {value}"),
    )
}

/// The end of the line that states the default of a key in a comment, `#key = …`, below the header
/// of its table and not inside another value.
fn below_default(text: &str, found: &Found<'_, '_>, key: &str) -> Option<usize> {
    let mut at = line_end(text, found.at.end);
    for line in text.get(at..)?.split_inclusive('\n') {
        if line.starts_with('[') {
            return None;
        }
        let inside = |entry| own_extent(entry).is_some_and(|(from, to)| from < at && at < to);
        if states_default(line, key) && !found.table.iter().any(inside) {
            return Some(at + line.len());
        }
        at += line.len();
    }
    None
}

fn states_default(line: &str, key: &str) -> bool {
    let comment = line.trim_start().strip_prefix('#').map(str::trim_start);
    let rest = comment
        .and_then(|comment| comment.strip_prefix(key))
        .map(str::trim_start);
    rest.is_some_and(|rest| rest.starts_with('='))
}

/// Takes out the lines of all `[[tables]]` of a key; comments between them stay.
fn remove_tables(text: &str, parent: &DeTable<'_>, key: &str) -> String {
    let array = parent.get(key).and_then(|value| value.get_ref().as_array());
    let mut lines = array.map(table_lines).unwrap_or_default();
    lines.sort_by_key(|at| at.start);
    let mut kept = text.to_owned();
    for at in lines.into_iter().rev() {
        kept.replace_range(line_start(text, at.start)..line_end(text, at.end), "");
    }
    kept
}

/// The places of the headers and entries of `[[tables]]`.
fn table_lines(array: &DeArray<'_>) -> Vec<Range<usize>> {
    let entries = |table: &Spanned<DeValue<'_>>| {
        let entries = table
            .get_ref()
            .as_table()
            .into_iter()
            .flat_map(|table| table.iter());
        entries
            .filter_map(own_extent)
            .map(|(from, to)| from..to)
            .collect::<Vec<_>>()
    };
    array
        .iter()
        .flat_map(|table| std::iter::once(table.span()).chain(entries(table)))
        .collect()
}

/// Puts a line at an offset where a line begins, or at the end of the text.
fn insert_line(text: &str, at: usize, line: &str) -> String {
    let (before, after) = text.split_at(at);
    let end = line_break(text);
    let start = if before.is_empty() || before.ends_with('\n') {
        ""
    } else {
        end
    };
    [before, start, line, end, after].concat()
}

/// The line break the file uses.
fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// The offset after the line break that follows; the end of the text when none does.
fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |length| at + length + 1)
}

/// What stands on the line before an offset: the indent, or the first part of a dotted key.
fn before_on_line(text: &str, at: usize) -> &str {
    &text[line_start(text, at)..at]
}
