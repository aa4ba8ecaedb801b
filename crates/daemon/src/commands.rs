//! The commands: each reads what it needs, asks the library that knows, and prints the answer.

mod check_config;
mod events;
mod exceptions;
mod groups;
mod lists;
pub(crate) mod profile;
mod run;
mod why;

use crate::cli::{Arguments, Command};
use crate::console::Console;
use crate::exit::Exit;
use crate::fault::Fault;

/// Carries out a command.
///
/// # Errors
/// [`Fault`]: why it did not do what was asked.
pub(crate) fn carry_out(arguments: Arguments, console: &mut Console<'_>) -> Result<Exit, Fault> {
    match arguments.command {
        Command::Run(run) => run::run(&run, console),
        Command::Why(why) => why::why(&why, console),
        Command::Lists(lists) => lists::lists(&lists, console),
        Command::CheckConfig(check) => check_config::check_config(&check, console),
        Command::Events(events) => events::events(&events, console),
        Command::Groups(groups) => groups::groups(groups, console),
        Command::Profile(profile) => profile::profile(&profile, console),
        Command::Exceptions(exceptions) => exceptions::exceptions(&exceptions, console),
    }
}
