//! `lachan doctor`: everything the filter needs, checked one thing after the other, each with what
//! to do about it.
//!
//! ```text
//!  files ─► ports ─► answering ─► upstreams ─► clock ─► network ─► wall ─► machine     each: probe ─► evaluate
//! ```
//!
//! Each check is two halves: a probe that looks, and a pure function from what was seen to findings,
//! which is what the tests check. Probes send nothing to anybody but this machine, the configured
//! upstreams and the local link.

mod answering;
mod clock;
mod dhcp;
mod files;
mod finding;
mod link;
mod machine;
mod network;
mod ports;
mod private;
mod proc;
mod routers;
mod upstreams;
mod wall;

use lachan_config::{Config, LoadError};
use serde_json::json;

use crate::cli;
use crate::console::{Console, TITLE, styled};
use crate::control::{Answer, Client, Request, Status};
use crate::database::config_path;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::words::{Words, path};
use finding::{Finding, Level};

/// Feeds what reads outside bytes.
pub(crate) fn fuzz(bytes: &[u8]) {
    dhcp::fuzz(bytes);
    routers::fuzz(bytes);
    wall::fuzz(&String::from_utf8_lossy(bytes));
    proc::fuzz(&String::from_utf8_lossy(bytes));
}

/// What all checks are given.
struct Case<'c> {
    words: Words,
    config: &'c Config,
    /// The running filter, if one answers.
    status: Option<&'c Status>,
    /// Whether nothing may be sent off this machine.
    is_offline: bool,
}

/// What the pages show: all findings, without sending anything off this machine. The settings were
/// sound when they were taken.
pub(crate) fn for_web(
    config: &Config,
    status: &Status,
    words: Words,
) -> Vec<lachan_api::ports::Finding> {
    let case = Case {
        words,
        config,
        status: Some(status),
        is_offline: true,
    };
    let checks = CHAPTERS.iter().flat_map(|(_, check)| check(&case));
    checks.map(Finding::for_web).collect()
}

/// What the pages show of upstreams that somebody tries: each is asked.
pub(crate) fn upstreams_for_web(config: &Config, words: Words) -> Vec<lachan_api::ports::Finding> {
    let case = Case {
        words,
        config,
        status: None,
        is_offline: false,
    };
    let found = upstreams::check(&case).into_iter();
    found.map(Finding::for_web).collect()
}

/// A title and the check below it.
type Chapter = (fn(Words) -> String, fn(&Case<'_>) -> Vec<Finding>);

const CHAPTERS: [Chapter; 8] = [
    (Words::files_title, files::check),
    (Words::ports_title, ports::check),
    (Words::answering_title, answering::check),
    (Words::upstreams_title, upstreams::check),
    (Words::clock_title, clock::check),
    (Words::network_title, network::check),
    (Words::wall_title, wall::check),
    (Words::machine_title, machine::check),
];

/// Checks everything. [`Exit::No`] when something is at fault.
///
/// # Errors
/// [`Fault::Output`]: what is wrong is a finding, not an error.
pub(crate) fn doctor(asked: &cli::Doctor, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let file = config_path(asked.settings.config.as_deref());
    let loaded = Config::load(&file);
    let config = loaded.as_ref().cloned().unwrap_or_default();
    console.words = Words::of_environment_or(config.school.language);
    let status = running(&config);
    let case = Case {
        words: console.words,
        config: &config,
        status: status.as_ref(),
        is_offline: asked.offline,
    };
    let settings = settings(&case, &path(&file), loaded.err().as_ref());
    let findings = if asked.json {
        gather(&case, settings)
    } else {
        tell(&case, settings, console)?
    };
    let is_well = findings.iter().all(|finding| finding.level != Level::Fault);
    if asked.json {
        let findings: Vec<_> = findings.iter().map(Finding::as_json).collect();
        console.json(&json!({ "ok": is_well, "findings": findings }))?;
    } else {
        console.line("")?;
        console.line(styled(TITLE, summary(console.words, &findings)))?;
    }
    Ok(if is_well { Exit::Done } else { Exit::No })
}

/// The running filter's status, if it can be asked.
fn running(config: &Config) -> Option<Status> {
    let client = Client::connect(&config.control.socket).ok()?;
    match client.ask(&Request::Status) {
        Ok(Answer::Status(status)) => Some(*status),
        _ => None,
    }
}

/// The settings file; with mistakes in it the other checks go by the defaults.
fn settings(case: &Case<'_>, file: &str, error: Option<&LoadError>) -> Finding {
    let words = case.words;
    match error {
        None => Finding::good("settings", words.config_sound(file)),
        Some(error) => Finding::fault(
            "settings",
            error.message(words.language()),
            words.settings_remedy(),
        ),
    }
}

fn gather(case: &Case<'_>, settings: Finding) -> Vec<Finding> {
    let mut findings = vec![settings];
    for (_, check) in CHAPTERS {
        findings.extend(check(case));
    }
    findings
}

/// Checks and prints, chapter by chapter, so that nobody waits before an empty screen.
fn tell(
    case: &Case<'_>,
    settings: Finding,
    console: &mut Console<'_>,
) -> Result<Vec<Finding>, Fault> {
    let mut all = Vec::new();
    let mut first = Some(settings);
    for (title, check) in CHAPTERS {
        let findings: Vec<_> = first.take().into_iter().chain(check(case)).collect();
        if !findings.is_empty() {
            console.line(styled(TITLE, title(case.words)))?;
        }
        for finding in &findings {
            for line in finding.lines(case.words) {
                console.line(line)?;
            }
        }
        console.out.flush().map_err(Fault::Output)?;
        all.extend(findings);
    }
    Ok(all)
}

fn summary(words: Words, findings: &[Finding]) -> String {
    let count = |level| {
        findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let (faults, warnings) = (count(Level::Fault), count(Level::Warning));
    if faults + warnings == 0 {
        words.all_well(count(Level::Unknown))
    } else {
        words.not_all_well(faults, warnings, count(Level::Unknown))
    }
}
