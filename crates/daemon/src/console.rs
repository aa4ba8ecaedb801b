//! Where a command writes, and in whose language.
//!
//! The streams drop colours by themselves when they are no terminal or `NO_COLOR` is set
//! (`anstream`), so commands style their text without asking. JSON is written without styles.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use lachan_policy::Action;
use serde::Serialize;

use crate::fault::Fault;
use crate::words::Words;

/// A title above a table.
pub(crate) const TITLE: Style = Style::new().bold();
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// A warning.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// The colour of an action.
pub(crate) const fn action_style(action: Action) -> Style {
    match action {
        Action::Allow => AnsiColor::Green.on_default(),
        Action::Restrict => AnsiColor::Yellow.on_default(),
        Action::Block => AnsiColor::Red.on_default(),
    }
}

/// A text in a style, ended behind it.
pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Where a command writes.
pub(crate) struct Console<'c> {
    /// The language of its texts.
    pub(crate) words: Words,
    /// Its answer.
    pub(crate) out: &'c mut dyn Write,
    /// Notes, warnings and refused lines.
    pub(crate) err: &'c mut dyn Write,
    /// Whether somebody watches standard error, so that a progress bar is of use.
    pub(crate) has_progress: bool,
}

impl Console<'_> {
    /// Writes one line of the answer.
    pub(crate) fn line(&mut self, text: impl Display) -> Result<(), Fault> {
        writeln!(self.out, "{text}").map_err(Fault::Output)
    }

    /// Writes one JSON document.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Fault> {
        serde_json::to_writer_pretty(&mut *self.out, value)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(self.out))
            .map_err(Fault::Output)
    }

    /// Writes one line beside the answer.
    pub(crate) fn note(&mut self, text: impl Display) -> Result<(), Fault> {
        writeln!(self.err, "{text}").map_err(Fault::Output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_end_behind_their_text() {
        assert_eq!(styled(TITLE, "a"), "\u{1b}[1ma\u{1b}[0m");
    }

    #[test]
    fn a_stream_that_is_no_terminal_gets_no_colours() {
        let mut bytes = Vec::new();
        let mut stream = anstream::AutoStream::never(&mut bytes);
        write!(stream, "{}", styled(action_style(Action::Block), "CHẶN")).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "CHẶN");
    }
}
