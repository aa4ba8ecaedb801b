//! A program of the system's, run to its end or ended.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a program may take: `nft` needs some milliseconds, and seconds for sets of a million.
const DEADLINE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(2);

/// Why a program did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not installed.
    #[error("the program `{0}` is not there")]
    Missing(String),
    /// It could not be run.
    #[error("`{0}` cannot be run")]
    Run(String, #[source] io::Error),
    /// It did not come to an end.
    #[error("`{0}` did not end within {limit} seconds and was ended", limit = DEADLINE.as_secs())]
    Slow(String),
}

/// What a program left behind.
#[derive(Debug)]
pub struct Ended {
    /// Whether it says that all went well.
    pub is_success: bool,
    /// What it printed.
    pub out: String,
    /// What it complained about.
    pub said: String,
}

impl Ended {
    /// The first line of its complaint: what follows mostly repeats it.
    #[must_use]
    pub fn complaint(&self) -> &str {
        let mut lines = self.said.lines();
        lines
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default()
    }
}

/// A program of the system's.
#[derive(Debug, Clone)]
pub struct Program {
    name: OsString,
}

impl Program {
    /// The program of this name or path.
    #[must_use]
    pub fn at(name: impl Into<OsString>) -> Self {
        Self { name: name.into() }
    }

    /// The one at its usual place, else the one of this name in the path. A service's and many users'
    /// path do not lead to where Debian has what only root needs.
    #[must_use]
    pub fn usual(place: &str, name: &str) -> Self {
        let is_there = Path::new(place).is_file();
        Self::at(if is_there { place } else { name })
    }

    /// Its name, as it is called.
    #[must_use]
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// Runs it to its end, or ends it. What goes in and comes out are files, so that neither side
    /// waits for the other.
    ///
    /// # Errors
    /// [`ProgramError`]; that it complains is none.
    pub fn run(&self, arguments: &[&str], input: &str) -> Result<Ended, ProgramError> {
        let failed = |error| ProgramError::Run(self.shown(), error);
        let [mut from, mut out, mut said] = files().map_err(failed)?;
        from.write_all(input.as_bytes())
            .and_then(|()| from.rewind())
            .map_err(failed)?;
        let handle = |file: &File| file.try_clone().map_err(failed);
        let started = Command::new(&self.name)
            .args(arguments)
            // Its words are read by us.
            .env("LC_ALL", "C")
            .stdin(handle(&from)?)
            .stdout(handle(&out)?)
            .stderr(handle(&said)?)
            .spawn();
        let mut child = started.map_err(|error| match error.kind() {
            ErrorKind::NotFound => ProgramError::Missing(self.shown()),
            _ => failed(error),
        })?;
        let begun = Instant::now();
        let status = loop {
            match child.try_wait().map_err(failed)? {
                Some(status) => break status,
                None if begun.elapsed() > DEADLINE => {
                    // One that has ended meanwhile need not be killed.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(ProgramError::Slow(self.shown()));
                }
                None => std::thread::sleep(LOOK),
            }
        };
        Ok(Ended {
            is_success: status.success(),
            out: text_of(&mut out).map_err(failed)?,
            said: text_of(&mut said).map_err(failed)?,
        })
    }

    fn shown(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }
}

/// Three files that have no name.
fn files() -> io::Result<[File; 3]> {
    Ok([
        tempfile::tempfile()?,
        tempfile::tempfile()?,
        tempfile::tempfile()?,
    ])
}

fn text_of(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_is_told() {
        let shell = Program::at("sh");
        let ended = shell.run(&["-c", "cat; echo >&2; echo no >&2; exit 3"], "in");
        let ended = ended.unwrap();
        assert!(!ended.is_success);
        assert_eq!((ended.out.as_str(), ended.complaint()), ("in", "no"));
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let missing = Program::at("/nowhere/nft").run(&[], "").unwrap_err();
        assert!(matches!(missing, ProgramError::Missing(_)), "{missing}");
    }
}
