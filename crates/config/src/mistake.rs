//! A mistake in a settings file, with its place, and the report of all of them.

use std::fmt;

use crate::fault::Fault;
use crate::reader::{Note, Report};
use crate::values::Language;
use crate::words;

/// Most mistakes one report holds: nobody reads more, and a wrong file should not fill a log.
pub const MAX_REPORTED: usize = 100;

/// A place in the file, counted from 1; columns are characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// One mistake: where, which key, what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands; `None` when it is the whole file.
    pub place: Option<Place>,
    /// The key path, such as `resolver.upstreams[1]`; empty where no key is to blame.
    pub key: String,
    /// What is wrong.
    pub fault: Fault,
}

impl Mistake {
    /// The stable code of this kind of mistake.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.fault.code()
    }

    /// What is wrong and what would be right, without the place.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        words::fault(&self.fault, language)
    }

    /// `line:column: key: message`, to stand after the file's name.
    #[must_use]
    pub fn line(&self, language: Language) -> String {
        let place = self
            .place
            .map_or_else(String::new, |p| format!("{}:{}: ", p.line, p.column));
        let key = if self.key.is_empty() {
            String::new()
        } else {
            format!("{}: ", self.key)
        };
        format!("{place}{key}{}", self.message(language))
    }
}

/// Every mistake of one file, in the order of the file; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    file: String,
    list: Vec<Mistake>,
    more: usize,
}

impl Mistakes {
    /// The name of the file.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The mistakes, the first [`MAX_REPORTED`] of them.
    #[must_use]
    pub fn list(&self) -> &[Mistake] {
        &self.list
    }

    /// How many mistakes there are beyond [`Self::list`].
    #[must_use]
    pub const fn more(&self) -> usize {
        self.more
    }

    /// One line per mistake, each beginning with the file's name.
    #[must_use]
    pub fn report(&self, language: Language) -> String {
        let name = words::path(&self.file);
        let lines = self.list.iter().map(|mistake| match mistake.place {
            Some(_) => format!("{name}:{}", mistake.line(language)),
            None => format!("{name}: {}", mistake.line(language)),
        });
        let rest = (self.more > 0).then(|| format!("{name}: {}", words::more(self.more, language)));
        lines.chain(rest).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report(Language::English))
    }
}

impl std::error::Error for Mistakes {}

/// Gathers the mistakes of one text and turns byte offsets into places.
pub(crate) struct Sheet<'t> {
    text: &'t str,
    file: String,
    /// Offsets of the first byte of every line.
    starts: Vec<usize>,
    syntax: Vec<Note>,
    rest: Vec<Note>,
    /// What could not be read, and so may hold what seems to be missing.
    lost: String,
}

impl<'t> Sheet<'t> {
    pub(crate) fn new(text: &'t str, file: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        Self {
            text,
            file: file.to_owned(),
            starts,
            syntax: Vec::new(),
            rest: Vec::new(),
            lost: String::new(),
        }
    }

    /// Adds a mistake of TOML itself; of one line only the first counts, since the others are
    /// mostly what the reader made of it.
    pub(crate) fn syntax(&mut self, note: Note) {
        let line = self.row(note.at);
        if self
            .syntax
            .last()
            .is_none_or(|last| self.row(last.at) != line)
        {
            self.syntax.push(note);
        }
    }

    /// Adds text that could not be read.
    pub(crate) fn lose(&mut self, text: &str) {
        self.lost.push_str(text);
    }

    /// Adds what the reader of keys and values noted.
    pub(crate) fn take(&mut self, report: Report) {
        self.rest.extend(report.into_notes());
    }

    /// The report, when there is something to report. That a key is missing is no mistake when it
    /// may stand in what could not be read.
    pub(crate) fn finish(mut self) -> Result<(), Mistakes> {
        let lost = |note: &Note| {
            note.fault
                .absent(&note.key)
                .is_some_and(|key| self.lost.contains(key))
        };
        let mut notes = std::mem::take(&mut self.rest);
        notes.retain(|note| !lost(note));
        notes.append(&mut self.syntax);
        if notes.is_empty() {
            return Ok(());
        }
        notes.sort_by_key(|note| note.at);
        let more = notes.len().saturating_sub(MAX_REPORTED);
        notes.truncate(MAX_REPORTED);
        let list = notes.into_iter().map(|note| self.mistake(note)).collect();
        Err(Mistakes {
            file: self.file,
            list,
            more,
        })
    }

    /// A report of one mistake, at a byte or of the whole file.
    pub(crate) fn only(self, key: String, fault: Fault, at: Option<usize>) -> Mistakes {
        let place = at.map(|at| self.place(at));
        let list = vec![Mistake { place, key, fault }];
        Mistakes {
            file: self.file,
            list,
            more: 0,
        }
    }

    fn mistake(&self, note: Note) -> Mistake {
        Mistake {
            place: Some(self.place(note.at)),
            key: note.key,
            fault: note.fault,
        }
    }

    /// The line of a byte, counted from 0.
    fn row(&self, at: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    fn place(&self, at: usize) -> Place {
        let row = self.row(at);
        let before = self.text.get(self.starts[row]..at).unwrap_or_default();
        Place {
            line: row + 1,
            column: before.chars().count() + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let sheet = Sheet::new("a = 1\r\ntrường = 2\n", "x.toml");
        for (at, line, column) in [
            (0, 1, 1),
            (4, 1, 5),
            (7, 2, 1),
            (17, 2, 8),
            (21, 3, 1),
            (99, 3, 1),
        ] {
            assert_eq!(sheet.place(at), Place { line, column }, "{at}");
        }
    }

    #[test]
    fn a_file_name_cannot_write_to_the_terminal() {
        let mistakes = Sheet::new("", "a\u{1b}[31m.toml").only(String::new(), Fault::Utf16, None);
        assert!(!mistakes.to_string().contains('\u{1b}'), "{mistakes}");
    }
}
