//! The commands: each reads what it needs, asks the library that knows, and prints the answer.

mod accounts;
mod backup;
mod ca;
mod cache;
mod check_config;
mod doctor;
mod event_rows;
mod events;
mod exceptions;
mod firewall;
mod groups;
mod lists;
pub(crate) mod phrases;
pub(crate) mod profile;
mod reload;
mod reset;
mod run;
mod services;
mod status;
mod top;
mod why;

pub(crate) use ca::authority_for_web;
pub(crate) use doctor::for_web as doctor_for_web;
pub(crate) use doctor::fuzz as fuzz_probes;
pub(crate) use doctor::upstreams_for_web;
pub(crate) use profile::{token_for_web, ways_for_web};
pub(crate) use why::web as why_for_web;

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
        Command::Phrases(asked) => phrases::phrases(&asked, console),
        Command::Lists(lists) => lists::lists(&lists, console),
        Command::Top(top) => top::top(&top, console),
        Command::Status(status) => status::status(&status, console),
        Command::Doctor(doctor) => doctor::doctor(&doctor, console),
        Command::Reload(reload) => reload::reload(&reload, console),
        Command::Cache(cache) => cache::cache(&cache, console),
        Command::Firewall(asked) => firewall::firewall(&asked, console),
        Command::CheckConfig(check) => check_config::check_config(&check, console),
        Command::Events(events) => events::events(&events, console),
        Command::Groups(groups) => groups::groups(groups, console),
        Command::Ca(asked) => ca::ca(&asked, console),
        Command::Backup(asked) => backup::backup(&asked, console),
        Command::Restore(asked) => backup::restore(&asked, console),
        Command::Reset(asked) => reset::reset(&asked, console),
        Command::Profile(profile) => profile::profile(&profile, console),
        Command::Exceptions(exceptions) => exceptions::exceptions(&exceptions, console),
        Command::Accounts(asked) => accounts::accounts(&asked, console),
        Command::Services(services) => services::services(&services, console),
    }
}
