//! Exit codes: part of the interface, so that scripts and service managers can rely on them.

use std::process::ExitCode;

/// How the program ended. The numbers stand in `lachan --help` and in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Done = 0,
    /// The answer is no: mistakes were found, or a change was refused or held.
    No = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A file or database cannot be read or written, or is damaged.
    File = 3,
    /// The port is taken, or this user may not have it.
    Port = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
