//! What is wrong with the TOML itself, in words a school can use, and the rest of the text saved
//! from it: a missing quote in line 3 must not hide a wrong address in line 30.
//!
//! The TOML reader alone would stumble on from its first mistake and report its own guesses. So the
//! *statement* that holds the mistake (a key with its value, or a header with its table) is blanked
//! out, place for place, and the text read again:
//!
//! ```text
//!  text ─► read ─► first mistake ─► note it, blank its statement ─┐
//!            ▲                                                    │
//!            └────────────────────────────────────────────────────┘   until there is none
//! ```

use std::ops::Range;

use toml::de::{DeTable, Error};

use crate::fault::{Fault, SyntaxFault};
use crate::mistake::{MAX_REPORTED, Sheet};
use crate::reader::Note;
use crate::words;

/// Most bytes read over and over to find further mistakes: 100 rounds for a file of 20 KiB, three
/// times the template. A larger file with many mistakes is no settings file.
const MAX_WORK: usize = 2 << 20;

/// Notes the mistakes of the TOML on the sheet and gives the text without the statements that hold
/// them. Every byte that is left stands at its old place.
pub(crate) fn sound(text: &str, sheet: &mut Sheet<'_>) -> String {
    let mut sound = text.to_owned();
    for _ in 0..(MAX_WORK / text.len().max(1)).clamp(2, MAX_REPORTED) {
        let errors = DeTable::parse_recoverable(&sound).1;
        let Some(first) = errors.into_iter().min_by_key(place) else {
            return sound;
        };
        let mistake = Layout::of(&sound).find(&first);
        sheet.lose(&sound[mistake.blame.clone()]);
        blank(&mut sound, mistake.blame);
        sheet.syntax(mistake.note);
    }
    let mut errors = DeTable::parse_recoverable(&sound).1;
    errors.sort_by_key(place);
    if !errors.is_empty() {
        sheet.lose(&sound);
    }
    let layout = Layout::of(&sound);
    for error in errors {
        sheet.syntax(layout.find(&error).note);
    }
    sound
}

fn place(error: &Error) -> usize {
    error.span().unwrap_or_default().start
}

/// A mistake and the bytes to blame for it.
struct Mistake {
    note: Note,
    blame: Range<usize>,
}

/// A text cut into statements: the lines from one that begins a statement to the next such line.
/// Comments and blank lines belong to the statement above them.
struct Layout<'t> {
    text: &'t str,
    /// Where each statement begins; the first is 0, whatever stands there.
    starts: Vec<usize>,
    /// The first quote of a text over many lines.
    multi_line: Option<usize>,
}

impl<'t> Layout<'t> {
    fn of(text: &'t str) -> Self {
        let mut starts = vec![0];
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if at > 0 && begins_statement(line) {
                starts.push(at);
            }
            at += line.len();
        }
        let quotes = ["\"\"\"", "'''"]
            .iter()
            .filter_map(|quote| text.find(quote));
        Self {
            text,
            starts,
            multi_line: quotes.min(),
        }
    }

    fn find(&self, error: &Error) -> Mistake {
        let at = place(error).min(self.text.len());
        let index = self.index(at);
        let begin = self.starts[index];
        if error.message().starts_with("duplicate key") {
            let key = words::key(
                self.text
                    .get(error.span().unwrap_or_default())
                    .unwrap_or_default(),
            );
            return self.mistake(
                index,
                Note {
                    at,
                    key,
                    fault: Fault::DuplicateKey,
                },
            );
        }
        let fault = match classify(error.message()) {
            SyntaxFault::Unquoted if self.ends_line(at) => SyntaxFault::NoValue,
            fault => fault,
        };
        let runs_on = begin > 0 && at == self.start_of_words(begin);
        if runs_on && is_of_a_list(&fault, error.message()) {
            // A sound statement where a list should go on: the list before it has no end.
            let open = self.statement(index - 1);
            let note = note(self.value_of(open), SyntaxFault::OpenList);
            return self.mistake(index - 1, note);
        }
        match self
            .multi_line
            .filter(|_| error.message().starts_with("invalid multi-line"))
        {
            // It runs to the end of the file, where the reader notices.
            Some(quote) => Mistake {
                note: note(quote, fault),
                blame: quote..self.text.len(),
            },
            None => self.mistake(index, note(at, fault)),
        }
    }

    /// A mistake to blame a statement for. Without its header a table's keys would seem to belong
    /// to the table above, so they go too.
    fn mistake(&self, index: usize, note: Note) -> Mistake {
        let mut blame = self.statement(index);
        if is_header(&self.text[blame.clone()]) {
            let later = self.starts[index + 1..].iter().copied();
            let next = later
                .into_iter()
                .find(|start| is_header(&self.text[*start..]));
            blame.end = next.unwrap_or(self.text.len());
        }
        Mistake { note, blame }
    }

    /// The number of the statement a byte stands in.
    fn index(&self, at: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    fn statement(&self, index: usize) -> Range<usize> {
        let end = self.starts.get(index + 1).copied();
        self.starts[index]..end.unwrap_or(self.text.len())
    }

    /// Whether nothing but a comment follows on the line.
    fn ends_line(&self, at: usize) -> bool {
        let rest = self.text[at..]
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start();
        rest.is_empty() || rest.starts_with('#')
    }

    fn start_of_words(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        at + (rest.len() - rest.trim_start().len())
    }

    /// Where the value of a statement begins; its key, when there is no value.
    fn value_of(&self, statement: Range<usize>) -> usize {
        let equals = self.text[statement.clone()].find('=');
        self.start_of_words(statement.start + equals.map_or(0, |equals| equals + 1))
    }
}

fn note(at: usize, fault: SyntaxFault) -> Note {
    Note {
        at,
        key: String::new(),
        fault: Fault::Syntax(fault),
    }
}

/// Whether a line begins like `key =`, `[header` or a key that lacks its `=`; an element of a list
/// begins with a quote, a bracket or a brace.
fn begins_statement(line: &str) -> bool {
    is_header(line)
        || line
            .trim_start()
            .starts_with(|c: char| c.is_ascii_alphabetic())
}

fn is_header(line: &str) -> bool {
    let name = line
        .trim_start()
        .strip_prefix('[')
        .map(|rest| rest.trim_start_matches('['));
    name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether the reader was in a list when it stumbled.
fn is_of_a_list(fault: &SyntaxFault, message: &str) -> bool {
    matches!(
        fault,
        SyntaxFault::NoComma | SyntaxFault::OpenList | SyntaxFault::Unquoted
    ) || message.contains("in array")
}

/// Puts a space for every byte that is no line break.
fn blank(text: &mut String, at: Range<usize>) {
    let space = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
    let spaces = text[at.clone()].bytes().map(space).collect::<String>();
    text.replace_range(at, &spaces);
}

/// Begins of the TOML reader's messages and what they mean. A message that is not here, of a later
/// version of the reader for instance, is passed on as it is.
const MEANINGS: [(&str, SyntaxFault); 18] = [
    ("string values must be quoted", SyntaxFault::Unquoted),
    // No key takes true or false, and no number has two points: these are texts, too.
    ("invalid boolean", SyntaxFault::Unquoted),
    ("invalid float", SyntaxFault::Unquoted),
    ("invalid basic string", SyntaxFault::BadText),
    ("invalid literal string", SyntaxFault::BadText),
    ("invalid multi-line", SyntaxFault::BadText),
    ("missing escaped value", SyntaxFault::BadText),
    ("too few unicode value digits", SyntaxFault::BadText),
    ("unclosed array table", SyntaxFault::OpenTable),
    ("unclosed array", SyntaxFault::OpenList),
    ("unclosed table", SyntaxFault::OpenTable),
    ("unclosed inline table", SyntaxFault::OpenTable),
    ("key with no value", SyntaxFault::NoEquals),
    ("missing assignment", SyntaxFault::NoEquals),
    ("missing value", SyntaxFault::NoValue),
    ("missing comma", SyntaxFault::NoComma),
    ("cannot recurse further", SyntaxFault::TooDeep),
    ("recursion limit", SyntaxFault::TooDeep),
];

fn classify(message: &str) -> SyntaxFault {
    let meaning = MEANINGS
        .iter()
        .find(|(begin, _)| message.starts_with(begin));
    meaning.map_or_else(
        || SyntaxFault::Unexpected(message.to_owned()),
        |(_, fault)| fault.clone(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_reaches_to_the_next() {
        let text = "a = 1\nb = [\n  \"x = 1\",\n  # no\n]\n\n[t]\n  c = 2\n";
        let layout = Layout::of(text);
        let statement = |at| &text[layout.statement(layout.index(at))];
        assert_eq!(statement(0), "a = 1\n");
        assert_eq!(statement(14), "b = [\n  \"x = 1\",\n  # no\n]\n\n");
        assert_eq!(statement(text.find("[t]").unwrap()), "[t]\n");
        assert_eq!(statement(text.len()), "  c = 2\n");
    }

    #[test]
    fn what_is_blanked_keeps_every_place() {
        let mut text = "a = \"ệ\"\r\nb".to_owned();
        let length = text.len();
        blank(&mut text, 0..length - 1);
        assert_eq!(text.len(), length);
        assert!(text.ends_with(" \nb"), "{text:?}");
    }

    #[test]
    fn sound_text_is_left_as_it_is() {
        let mut sheet = Sheet::new(crate::TEMPLATE, "x");
        assert_eq!(sound(crate::TEMPLATE, &mut sheet), crate::TEMPLATE);
        assert!(sheet.finish().is_ok());
    }
}
