//! The program `lachan-hub`: reads arguments, calls the library, maps the outcome to an exit code.

mod run;
mod words;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::keys::{self, KeysArgs};
use crate::settings::{Overrides, SettingsError};
use words::Words;

/// Where the data lies unless told otherwise.
const DATA: &str = "/var/lib/lachan-hub";
/// What was asked for is not so: a log is not whole.
const NOT_SO: u8 = 1;
/// It could not be done.
const FAILED: u8 = 2;

/// Lá Chắn's hub for a department: lists, boxes, statistics.
#[derive(Debug, Parser)]
#[command(name = "lachan-hub", version, about)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Common {
    /// The settings file (LACHAN_HUB_CONFIG).
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// The data folder (LACHAN_HUB_DATA).
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// The database: sqlite:FILE or postgres://… (LACHAN_HUB_DATABASE, which no process list shows).
    #[arg(long, global = true)]
    database: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Keys of what is published: ceremonies, on machines that need neither settings nor a network.
    Keys(KeysArgs),
    #[command(flatten)]
    Work(Work),
}

/// What needs the hub's settings.
#[derive(Debug, Subcommand)]
enum Work {
    /// Runs the hub.
    Serve {
        /// Where to listen, as IP:port.
        #[arg(long)]
        listen: Option<String>,
    },
    /// Moves the database's tables on to this program's version.
    Migrate,
    /// Accounts, for whoever holds the machine.
    Accounts {
        #[command(subcommand)]
        command: Accounts,
    },
    /// The log of changes.
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
    /// The tree of units.
    Units {
        #[command(subcommand)]
        command: Units,
    },
}

#[derive(Debug, Subcommand)]
enum Accounts {
    /// Lists them.
    List,
    /// Shows the code by which the first account is made.
    FirstCode,
    /// Gives one a one-time password and switches its one-time codes off.
    Reset {
        /// By which she signs in.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Checks every unit's log from its first entry, and prints the heads to be noted elsewhere.
    Verify,
}

#[derive(Debug, Subcommand)]
enum Units {
    /// Puts a small made-up tree into an empty hub.
    Sample,
}

/// Runs the program.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is no reason for another message.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { FAILED } else { 0 });
        }
    };
    let words = Words::of_environment();
    let Cli { common, command } = cli;
    let work = match command {
        Command::Keys(asked) => return ended(words, keys::run(asked).map_err(Into::into)),
        Command::Work(work) => work,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(words, &error),
    };
    ended(words, runtime.block_on(run::run(common, work, words)))
}

/// The exit code of what was done.
fn ended(words: Words, done: Result<bool, Box<dyn std::error::Error>>) -> ExitCode {
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(NOT_SO),
        Err(error) => fail(words, error.as_ref()),
    }
}

/// Says why it could not be done, with the causes.
fn fail(words: Words, error: &(dyn std::error::Error + 'static)) -> ExitCode {
    if let Some(SettingsError::Values(mistakes)) = error.downcast_ref() {
        for mistake in mistakes {
            complain(&words.mistake(mistake.key, words.of(&mistake.words)));
        }
        return ExitCode::from(FAILED);
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    complain(&words.failed(&text));
    ExitCode::from(FAILED)
}

/// A line on the console; nobody hears that it cannot be written.
fn say(line: &str) {
    let _ = writeln!(anstream::stdout(), "{line}");
}

fn complain(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

impl Common {
    /// With what the environment says where the command line says nothing.
    fn overrides(self, listen: Option<String>) -> Overrides {
        let path = |name| std::env::var_os(name).map(PathBuf::from);
        let data = self.data.or_else(|| path("LACHAN_HUB_DATA"));
        Overrides {
            config: self.config.or_else(|| path("LACHAN_HUB_CONFIG")),
            data: data.unwrap_or_else(|| PathBuf::from(DATA)),
            database: self
                .database
                .or_else(|| std::env::var("LACHAN_HUB_DATABASE").ok()),
            listen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_fit_together() {
        Cli::command().debug_assert();
    }
}
