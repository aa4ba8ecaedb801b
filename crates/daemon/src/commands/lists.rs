//! `lachan lists`: making, inspecting, comparing and converting lists.

mod compile;
mod convert;
mod diff;
mod info;
mod progress;

use crate::cli;
use crate::console::Console;
use crate::exit::Exit;
use crate::fault::Fault;

/// Carries out one of them.
///
/// # Errors
/// [`Fault`]: a file, or a mistake in what is to be read.
pub(crate) fn lists(asked: &cli::Lists, console: &mut Console<'_>) -> Result<Exit, Fault> {
    match asked {
        cli::Lists::Compile(asked) => compile::compile(asked, console),
        cli::Lists::Info(asked) => info::info(asked, console),
        cli::Lists::Diff(asked) => diff::diff(asked, console),
        cli::Lists::Convert(asked) => convert::convert(asked, console),
    }
}
