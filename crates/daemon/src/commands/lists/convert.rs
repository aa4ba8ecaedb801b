//! `lachan lists convert`: the names a list really blocks.

use lachan_lists::convert::{self as lists, ConvertError, Report};
use lachan_lists::formats::{Format, Refused};
use lachan_lists::input;
use lachan_lists::input::ut1::Ut1;

use crate::cli;
use crate::console::Console;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::words::path;

/// Prints the names to standard output, refused lines and the counts to standard error.
///
/// # Errors
/// [`Fault::Convert`]; then nothing was printed, unless printing itself failed.
pub(crate) fn convert(asked: &cli::Convert, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let cli::Target::Domains = asked.to;
    let report = names(asked, console).map_err(|source| Fault::Convert {
        path: asked.file.clone(),
        source: Box::new(source),
    })?;
    for kept in &report.kept {
        console.note(kept)?;
    }
    let words = console.words;
    console.note(words.converted(&path(&asked.file), report.written, report.summary.refused))?;
    if report.taken_off > 0 {
        console.note(words.taken_off(report.taken_off))?;
    }
    let others = report.summary.nets + report.summary.urls + report.summary.expressions;
    if others > 0 {
        console.note(words.no_names(others))?;
    }
    Ok(Exit::Done)
}

fn names(asked: &cli::Convert, console: &mut Console<'_>) -> Result<Report, ConvertError> {
    let Console { out, err, .. } = console;
    // A note that nobody takes is no reason to give up the names.
    let mut refused = |line: &Refused| drop(writeln!(err, "{line}"));
    let mut out = std::io::BufWriter::with_capacity(64 << 10, &mut **out);
    if asked.from == Format::Ut1 {
        let source = Ut1::open(&asked.file)?;
        return lists::convert_ut1(&source, |_| true, &mut out, |_, line| refused(&line));
    }
    let input = input::open(&asked.file)?;
    lists::convert(asked.from, input, &mut out, |line| refused(&line))
}
