//! Reading a TOML tree key by key, noting every mistake instead of stopping at the first.
//!
//! A [`Section`] is a table that remembers which keys were asked for, so that [`Section::close`]
//! can refuse the others: the list of known keys is the code that reads them and cannot go stale.
//! A [`Field`] is one value with its path; its readers return `None` after noting what is wrong.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use crate::fault::{Fault, Kind, Quoted, Wanted};
use crate::{unit, words};

/// A mistake as it is noted: at a byte of the text.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) at: usize,
    pub(crate) key: String,
    pub(crate) fault: Fault,
}

/// A key nobody asked for. Judged at the end, when all keys that exist are known.
struct Stray {
    at: usize,
    section: String,
    key: String,
    known: Vec<&'static str>,
}

/// Gathers notes while a tree is read.
pub(crate) struct Report {
    notes: RefCell<Vec<Note>>,
    strays: RefCell<Vec<Stray>>,
    /// Every key asked for, with its table.
    asked: RefCell<Vec<(String, &'static str)>>,
}

impl Report {
    pub(crate) const fn new() -> Self {
        Self {
            notes: RefCell::new(Vec::new()),
            strays: RefCell::new(Vec::new()),
            asked: RefCell::new(Vec::new()),
        }
    }

    pub(crate) fn note(&self, at: usize, key: &str, fault: Fault) {
        self.notes.borrow_mut().push(Note {
            at,
            key: key.to_owned(),
            fault,
        });
    }

    pub(crate) fn into_notes(self) -> Vec<Note> {
        let asked = self.asked.into_inner();
        let mut notes = self.notes.into_inner();
        notes.extend(
            self.strays
                .into_inner()
                .into_iter()
                .map(|stray| stray.judge(&asked)),
        );
        notes
    }
}

impl Stray {
    fn judge(self, asked: &[(String, &'static str)]) -> Note {
        let key = join(&self.section, &self.key);
        let near = nearest(&self.key, self.known.iter().copied()).map(str::to_owned);
        let home = asked.iter().find(|(_, known)| *known == self.key);
        let fault = match (near, home) {
            (None, Some((home, _))) => Fault::Misplaced { home: home.clone() },
            (near, _) => Fault::UnknownKey {
                near,
                known: self.known,
            },
        };
        Note {
            at: self.at,
            key,
            fault,
        }
    }
}

/// A table of the file, or one that is not there and gives only defaults.
pub(crate) struct Section<'a> {
    report: &'a Report,
    path: String,
    at: usize,
    table: Option<&'a DeTable<'a>>,
    asked: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// The top of the file.
    pub(crate) fn root(table: &'a DeTable<'a>, report: &'a Report) -> Self {
        Self {
            report,
            path: String::new(),
            at: 0,
            table: Some(table),
            asked: Vec::new(),
        }
    }

    /// The value of a key, when it is set.
    pub(crate) fn field(&mut self, key: &'static str) -> Option<Field<'a>> {
        self.asked.push(key);
        let (_, value) = self.table?.get_key_value(key)?;
        let path = join(&self.path, key);
        Some(Field {
            report: self.report,
            path,
            at: value.span().start,
            value: value.get_ref(),
        })
    }

    /// The value of a key this table cannot do without; notes that it is missing.
    pub(crate) fn required(&mut self, key: &'static str) -> Option<Field<'a>> {
        let field = self.field(key);
        if field.is_none() {
            self.miss(key);
        }
        field
    }

    /// Notes that a key is missing.
    pub(crate) fn miss(&self, key: &str) {
        self.report
            .note(self.at, &join(&self.path, key), Fault::Missing);
    }

    /// The table under a key; an empty one when it is not set or no table.
    pub(crate) fn section(&mut self, key: &'static str) -> Self {
        let found = self.field(key).and_then(|field| field.table());
        found.unwrap_or_else(|| Self {
            report: self.report,
            path: join(&self.path, key),
            at: self.at,
            table: None,
            asked: Vec::new(),
        })
    }

    /// Ends the reading of this table: every key that was not asked for is a mistake.
    pub(crate) fn close(self) {
        let home = self.path.split('[').next().unwrap_or_default().to_owned();
        let mut asked = self.report.asked.borrow_mut();
        asked.extend(self.asked.iter().map(|key| (home.clone(), *key)));
        let entries = self.table.into_iter().flat_map(|table| table.iter());
        let strays = entries.filter(|(key, _)| !self.asked.contains(&key.get_ref().as_ref()));
        self.report
            .strays
            .borrow_mut()
            .extend(strays.map(|(key, _)| Stray {
                at: key.span().start,
                section: self.path.clone(),
                key: key.get_ref().to_string(),
                known: self.asked.clone(),
            }));
    }
}

/// One value of the file.
pub(crate) struct Field<'a> {
    report: &'a Report,
    pub(crate) path: String,
    at: usize,
    value: &'a DeValue<'a>,
}

impl<'a> Field<'a> {
    /// Notes a mistake in this value. Always `None`, to end a reader with.
    pub(crate) fn refuse<T>(&self, fault: Fault) -> Option<T> {
        self.report.note(self.at, &self.path, fault);
        None
    }

    fn wrong_type<T>(&self, wanted: Wanted) -> Option<T> {
        self.refuse(Fault::WrongType {
            found: kind(self.value),
            wanted,
        })
    }

    /// The text, or a note that `wanted` was wanted.
    pub(crate) fn text(&self, wanted: Wanted) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) => Some(text.as_ref()),
            _ => self.wrong_type(wanted),
        }
    }

    /// Whether the value is this text.
    pub(crate) fn is_text(&self, text: &str) -> bool {
        matches!(self.value, DeValue::String(value) if value.as_ref() == text)
    }

    /// Whether the value is a list with nothing in it.
    pub(crate) fn is_empty_list(&self) -> bool {
        matches!(self.value, DeValue::Array(list) if list.is_empty())
    }

    /// The text turned into a value, or a note of the fault.
    pub(crate) fn parsed<T>(&self, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        parse(self.text(Wanted::Text)?).map_or_else(|fault| self.refuse(fault), Some)
    }

    /// The value of one of a few words.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        self.parsed(|text| {
            let found = choices.iter().find(|(word, _)| *word == text);
            found.map(|(_, value)| *value).ok_or_else(|| {
                let words = choices.iter().map(|(word, _)| *word);
                Fault::NotOneOf {
                    given: Quoted::new(text),
                    near: nearest(text, words.clone()),
                    choices: words.collect(),
                }
            })
        })
    }

    /// A duration within bounds.
    pub(crate) fn duration(&self, bounds: &RangeInclusive<Duration>) -> Option<Duration> {
        let text = self.text(Wanted::Duration)?;
        match unit::parse_duration(text) {
            Ok(duration) => self.within(duration, bounds, |d| unit::format_duration(*d)),
            Err(_) => self.refuse(Fault::NotADuration(Quoted::new(text))),
        }
    }

    /// A size in bytes within bounds.
    pub(crate) fn size(&self, bounds: &RangeInclusive<u64>) -> Option<u64> {
        let text = self.text(Wanted::Size)?;
        match unit::parse_size(text) {
            Ok(size) => self.within(size, bounds, |size| unit::format_size(*size)),
            Err(_) => self.refuse(Fault::NotASize(Quoted::new(text))),
        }
    }

    /// A whole number within bounds.
    pub(crate) fn count(&self, bounds: &RangeInclusive<u32>) -> Option<u32> {
        let DeValue::Integer(integer) = self.value else {
            return self.wrong_type(Wanted::Integer);
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        match number.filter(|number| bounds.contains(number)) {
            Some(number) => Some(number),
            None => self.refuse(Fault::OutOfRange {
                given: integer.to_string().chars().take(40).collect(),
                least: bounds.start().to_string(),
                most: bounds.end().to_string(),
            }),
        }
    }

    fn within<T: PartialOrd>(
        &self,
        value: T,
        bounds: &RangeInclusive<T>,
        write: impl Fn(&T) -> String,
    ) -> Option<T> {
        if bounds.contains(&value) {
            return Some(value);
        }
        self.refuse(Fault::OutOfRange {
            given: write(&value),
            least: write(bounds.start()),
            most: write(bounds.end()),
        })
    }

    /// The elements of a list of at most so many, each a field of its own.
    pub(crate) fn elements(&self, wanted: Wanted, most: usize) -> Option<Vec<Self>> {
        let DeValue::Array(array) = self.value else {
            return self.wrong_type(wanted);
        };
        if array.len() > most {
            return self.refuse(Fault::TooMany {
                count: array.len(),
                most,
            });
        }
        let element = |(index, value): (usize, &'a toml::Spanned<DeValue<'a>>)| Self {
            report: self.report,
            path: format!("{}[{index}]", self.path),
            at: value.span().start,
            value: value.get_ref(),
        };
        Some(array.iter().enumerate().map(element).collect())
    }

    /// As [`Self::elements`], of a list that must not be empty.
    pub(crate) fn some_elements(&self, wanted: Wanted, most: usize) -> Option<Vec<Self>> {
        let elements = self.elements(wanted, most)?;
        if elements.is_empty() {
            self.refuse(Fault::Empty)
        } else {
            Some(elements)
        }
    }

    /// The table.
    pub(crate) fn table(&self) -> Option<Section<'a>> {
        let DeValue::Table(table) = self.value else {
            return self.wrong_type(Wanted::Table);
        };
        Some(Section {
            report: self.report,
            path: self.path.clone(),
            at: self.at,
            table: Some(table),
            asked: Vec::new(),
        })
    }
}

const fn kind(value: &DeValue<'_>) -> Kind {
    match value {
        DeValue::String(_) => Kind::Text,
        DeValue::Integer(_) => Kind::Integer,
        DeValue::Float(_) => Kind::Float,
        DeValue::Boolean(_) => Kind::Boolean,
        DeValue::Datetime(_) => Kind::Date,
        DeValue::Array(_) => Kind::List,
        DeValue::Table(_) => Kind::Table,
    }
}

fn join(path: &str, key: &str) -> String {
    let key = words::key(key);
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}

/// The word that was probably meant: at most a third of its letters away, whatever the case and
/// whether `_` or `-` joins its parts.
pub(crate) fn nearest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    const LONGEST: usize = 64; // longer than any word here; keeps a hostile key cheap
    if text.len() > LONGEST {
        return None;
    }
    let plain = text.to_lowercase().replace(['_', ' '], "-");
    let distances = words.map(|word| (strsim::osa_distance(&plain, &word.to_lowercase()), word));
    let (distance, word) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1.max(word.len() / 3)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_meant_is_found() {
        let words = ["listen", "upstreams", "upstream-timeout", "block-ttl"];
        for (text, expected) in [
            ("upstream", Some("upstreams")),
            ("upstream_timeout", Some("upstream-timeout")),
            ("Block TTL", Some("block-ttl")),
            ("lisetn", Some("listen")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(text, words.into_iter()), expected, "{text:?}");
        }
        assert_eq!(nearest(&"a".repeat(1_000_000), words.into_iter()), None);
    }
}
