//! The names a list really blocks, as plain text: without duplicates, without what the list itself
//! takes off again, sorted by bytes, one a line.
//!
//! A plain line stands for a name, `*.name` for a list that means only what lies below it. Plain
//! domains cannot say "this name, but not that one below it": there the name is kept and told in
//! the [`Report`], never silently dropped or widened. Addresses, URL rules and expressions are no
//! names; they are only counted.
//!
//! Memory: the text of every name plus 8 bytes each, some 150 MB for five million names.

pub(crate) mod names;

use std::io::{self, BufRead, BufWriter, Write};

use crate::formats::ut1::{Part, read_part};
use lachan_policy::Name;

use crate::formats::{Format, Item, Reason, Refused, Sink, Summary, read};
use crate::input::InputError;
use crate::input::ut1::{Category, Ut1};
use names::Names;

/// Most allows that are named in [`Report::kept`]; all of them are counted.
pub const MOST_KEPT: usize = 1000;

/// What a conversion did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was read.
    pub summary: Summary,
    /// Lines written.
    pub written: u64,
    /// Distinct names that the list blocks in one line and takes off in another.
    pub taken_off: u64,
    /// Allows that plain names cannot express, the first [`MOST_KEPT`] of them.
    pub kept: Vec<Kept>,
    /// How many there are.
    pub kept_count: u64,
}

/// An allow below a blocked name: the name stays blocked with everything below it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{allow} is allowed below {parent}, which plain names cannot say; {parent} stays blocked")]
pub struct Kept {
    /// The allow, in the project's entry syntax.
    pub allow: String,
    /// The name that is kept.
    pub parent: String,
}

/// Why a list could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// Reading it failed.
    #[error("cannot read the list to its end")]
    Read(#[source] io::Error),
    /// A UT1 source failed.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Writing the result failed.
    #[error("cannot write the names")]
    Write(#[source] io::Error),
    /// More than 4 GiB of names.
    #[error("the list has more than 4 GiB of names; split it")]
    TooManyNames,
}

/// Writes the names a list blocks to `out`; every refused line goes to `refused`.
///
/// # Errors
/// [`ConvertError`]. When reading fails, nothing has been written.
pub fn convert(
    format: Format,
    input: impl BufRead,
    out: &mut impl Write,
    refused: impl FnMut(Refused),
) -> Result<Report, ConvertError> {
    let mut gather = Gather {
        names: Names::default(),
        refused,
        suffixes: 0,
    };
    let summary = read(format, input, &mut gather).map_err(ConvertError::Read)?;
    finish(gather.names, without(summary, gather.suffixes), out)
}

/// Writes the names that the `domains` parts of the wanted UT1 categories block, all together.
///
/// # Errors
/// [`ConvertError`]. When reading fails, nothing has been written.
pub fn convert_ut1(
    ut1: &Ut1,
    wanted: impl Fn(&Category) -> bool,
    out: &mut impl Write,
    mut refused: impl FnMut(&Category, Refused),
) -> Result<Report, ConvertError> {
    let mut names = Names::default();
    let mut summary = Summary::default();
    ut1.read(|category, part, reader| {
        if part != Part::Domains || !wanted(category) {
            return Ok(());
        }
        let refused = |line| refused(category, line);
        let mut gather = Gather {
            names: std::mem::take(&mut names),
            refused,
            suffixes: 0,
        };
        let read = read_part(part, reader, &mut gather).map_err(ConvertError::Read)?;
        summary.add(&without(read, gather.suffixes));
        names = gather.names;
        Ok::<_, ConvertError>(())
    })?;
    finish(names, summary, out)
}

/// The counts of a reading, so many names of which were refused afterwards.
const fn without(summary: Summary, suffixes: u64) -> Summary {
    Summary {
        names: summary.names - suffixes,
        refused: summary.refused + suffixes,
        ..summary
    }
}

/// Whether a name stands for everybody who registers one under it: the compiler takes it only from
/// lists that are marked for that, so it is not what a list really blocks.
pub(crate) fn stands_for_others(name: &Name) -> bool {
    name.label_count() < 2 || name.is_public_suffix()
}

/// Splits what is read into names and refused lines.
struct Gather<F> {
    names: Names,
    refused: F,
    /// Names that no ruleset takes either.
    suffixes: u64,
}

impl<F: FnMut(Refused)> Sink for Gather<F> {
    fn item(&mut self, line: u64, item: Item) {
        match item {
            Item::Name { name, scope, .. } if stands_for_others(&name) => {
                self.suffixes += 1;
                let (reason, text) = (Reason::PublicSuffix, scope.entry(&name));
                (self.refused)(Refused { line, reason, text });
            }
            Item::Name {
                name,
                scope,
                important,
                ..
            } => self.names.block(&name, scope, important),
            Item::Allow {
                name,
                scope,
                important,
            } => self.names.allow(&name, scope, important),
            Item::Cancel {
                name,
                scope,
                important,
            } => self.names.cancel(&name, scope, important),
            Item::Net(_) | Item::Url { .. } | Item::Expression(_) => {}
        }
    }
    fn refused(&mut self, refused: Refused) {
        (self.refused)(refused);
    }
}

fn finish(names: Names, summary: Summary, out: &mut impl Write) -> Result<Report, ConvertError> {
    if names.is_too_large() {
        return Err(ConvertError::TooManyNames);
    }
    let mut report = Report {
        summary,
        ..Report::default()
    };
    let blocked = names.settle(&mut report);
    let mut out = BufWriter::with_capacity(64 << 10, out);
    report.written = blocked.write(&mut out).map_err(ConvertError::Write)?;
    out.flush().map_err(ConvertError::Write)?;
    Ok(report)
}

#[cfg(test)]
mod tests;
