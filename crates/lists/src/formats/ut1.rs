//! UT1 (squidGuard): the files of a category directory.
//!
//! `domains` holds names and addresses, `urls` URLs without a scheme, `expressions` regular
//! expressions for whole URLs, `usage` says whether the category is meant to block. Directories and
//! archives of them are opened by `crate::input`.

use std::io::{self, BufRead};

use super::item::{Item, Out, Sink, Summary};
use super::reason::Reason;
use super::{Parser, comment, domains, plain, range, run};

/// A file of a category that holds entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// `domains`.
    Domains,
    /// `urls`.
    Urls,
    /// `expressions`.
    Expressions,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Domains, Self::Urls, Self::Expressions];

    /// The name of its file.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Domains => "domains",
            Self::Urls => "urls",
            Self::Expressions => "expressions",
        }
    }

    /// The part whose file is called that.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.file() == name)
    }
}

/// Reads one part of a category; the UT1 sister of [`super::read`].
///
/// # Errors
/// As [`super::read`].
pub fn read_part(part: Part, input: impl BufRead, sink: &mut impl Sink) -> io::Result<Summary> {
    match part {
        Part::Domains => run(input, sink, domains::Domains),
        Part::Urls => run(input, sink, Urls),
        Part::Expressions => run(input, sink, Expressions),
    }
}

/// What a category is meant for, from its `usage` file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// It says `black`: for blocking.
    pub black: bool,
    /// It says `white`: for allowing. Some categories say both.
    pub white: bool,
}

impl Usage {
    /// Reads the text of a `usage` file: one word or phrase a line, most of them descriptions.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let says = |word: &str| {
            text.lines()
                .any(|line| line.trim().eq_ignore_ascii_case(word))
        };
        Self {
            black: says("black"),
            white: says("white"),
        }
    }
}

/// `urls`: host and path, no scheme. A slash after an address begins a path, not a prefix length.
struct Urls;

impl Parser for Urls {
    fn comment_start(&self, line: &[u8]) -> usize {
        comment::of_plain(line)
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        let text = text.trim();
        if text.contains(char::is_whitespace) {
            return out.refuse(Reason::Form("`host/path`"));
        }
        match range::of_entry(text) {
            Some(block) if !text.contains('/') => out.result(block.map(Item::Net)),
            _ => out.result(plain::url(text)),
        }
    }
}

/// `expressions`: kept as they stand; a `#` only begins a comment at the start of a line.
struct Expressions;

impl Parser for Expressions {
    fn comment_start(&self, line: &[u8]) -> usize {
        if line.trim_ascii_start().starts_with(b"#") {
            0
        } else {
            line.len()
        }
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        out.item(Item::Expression(text.trim().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_among_descriptions() {
        let usage = |black, white| Usage { black, white };
        assert_eq!(Usage::of("black\nadult\nporn\n"), usage(true, false));
        assert_eq!(Usage::of("white\r\nblack"), usage(true, true));
        assert_eq!(Usage::of("blackjack"), usage(false, false));
    }

    #[test]
    fn parts_are_known_by_their_file_names() {
        for part in Part::ALL {
            assert_eq!(Part::of_file(part.file()), Some(part));
        }
        assert_eq!(Part::of_file("very_restrictive_expression"), None);
    }
}
