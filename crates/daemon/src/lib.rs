//! The program `lachan`: the only crate that sees all the others. It reads arguments, joins the
//! parts with channels and small traits, takes signals, and turns outcomes into exit codes.
//!
//! ```text
//!  cli ─► commands ─┬─► run: service ─► resolver, store, ruleset (watched, swapped by pointer)
//!                   ├─► why, events, groups, exceptions: policy_source ─► ruleset + lachan.db
//!                   └─► lists, check-config: lists, config
//!  words: every sentence in Vietnamese and English      console: where they go
//! ```
//!
//! What a name *is* and who may open it is `policy`'s affair, and how the answer is sent is
//! `resolver`'s. No name that a device asked for is logged here at any level.

mod author;
mod authority;
mod backup;
mod build;
mod certificate;
mod cli;
mod commands;
mod console;
mod control;
mod database;
mod dhcp;
mod dns;
mod exit;
mod fault;
mod figures;
mod files;
mod firewall;
mod first_run;
mod leases;
mod mass_change;
mod metrics;
mod network;
mod policy_source;
mod process;
mod protection;
mod request_key;
mod rule;
mod secret;
mod service;
mod settings_file;
mod settings_notice;
mod table;
mod time;
mod unlock_key;
mod web_identity;
mod words;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use console::Console;
use fault::Fault;
use words::Words;

pub use exit::Exit;

/// What `crates/daemon/fuzz` feeds: the lines of the control socket, which have no business in the
/// public API.
#[doc(hidden)]
pub fn fuzz_lines(bytes: &[u8]) {
    control::fuzz_lines(bytes);
}

/// As [`fuzz_lines`]: what is inside a backup.
#[doc(hidden)]
pub fn fuzz_backup(bytes: &[u8]) {
    backup::fuzz_archive(bytes);
}

/// As [`fuzz_lines`]: what comes to the probes of `doctor`.
#[doc(hidden)]
pub fn fuzz_packets(bytes: &[u8]) {
    dns::fuzz(bytes);
    commands::fuzz_probes(bytes);
}

/// Runs the program with these arguments, the first of which is its own name.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words = Words::of_environment();
    let arguments = match cli::parse(arguments, words) {
        Ok(arguments) => arguments,
        Err(error) => return told_usage(&error, words).into(),
    };
    let mut out = anstream::AutoStream::auto(std::io::stdout().lock());
    let mut err = anstream::AutoStream::auto(std::io::stderr());
    let mut console = Console {
        words,
        out: &mut out,
        err: &mut err,
        has_progress: std::io::stderr().is_terminal(),
    };
    let done = commands::carry_out(arguments, &mut console);
    let done = done.and_then(|exit| console.out.flush().map(|()| exit).map_err(Fault::Output));
    done.unwrap_or_else(|fault| tell(&fault, &mut console))
        .into()
}

/// Prints help, or what is wrong with the command line.
fn told_usage(error: &clap::Error, words: Words) -> Exit {
    use clap::error::ErrorKind;
    // Nobody is left to be told when even this cannot be printed.
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            Exit::Done
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            Exit::Usage
        }
        _ => {
            let _ = writeln!(std::io::stderr(), "{}", words.usage_error(error));
            Exit::Usage
        }
    }
}

/// Prints what went wrong. A reader that closed the pipe (`| head`) has what it wanted.
fn tell(fault: &Fault, console: &mut Console<'_>) -> Exit {
    if fault.is_broken_pipe() {
        return Exit::Done;
    }
    let text = fault.report(console.words);
    // Nobody is left to be told when even this cannot be printed.
    let _ = writeln!(console.err, "{text}");
    fault.exit()
}
