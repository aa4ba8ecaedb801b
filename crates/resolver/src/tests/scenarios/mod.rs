//! Runs the scenario files of `tests/scenarios/dns`, whose format stands in the README beside them:
//! a query in, what the upstream says, what comes out. Through the whole [`Engine`](crate::Engine),
//! with a scripted upstream and a clock that goes when told.
//!
//! ```text
//!  *.txt ─► read: files, scenarios, steps ─► run: a school for each scenario
//!                                              │ message: bytes of queries, records as text
//!                                              └ upstream: what was asked, what is answered
//! ```

mod message;
mod read;
mod run;
mod upstream;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use read::File;

/// A line that cannot be read or that does not hold: its number and what is wrong.
#[derive(Debug)]
struct Fault {
    line: usize,
    what: String,
}

impl Fault {
    fn new(line: usize, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { line, what }
    }
}

/// The fewest scenarios there may be: a file that got lost is noticed.
const AT_LEAST: usize = 150;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios/dns")
}

/// Every file of the folder, by name. Anything else than a scenario file and the README is a
/// mistake: it would not be run.
fn files() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name == "README.md" {
            continue;
        }
        assert!(name.ends_with(".txt"), "{name} is no scenario file");
        all.push((name, fs::read_to_string(path).unwrap()));
    }
    all.sort();
    all
}

/// How many lines begin a scenario, read as plainly as can be.
fn begun(text: &str) -> usize {
    let starts = text.lines().filter(|line| line.starts_with("scenario"));
    starts.count()
}

#[tokio::test]
async fn every_scenario_holds() {
    let mut faults = Vec::new();
    let mut titles = HashSet::new();
    let (mut ran, mut written) = (0, 0);
    for (name, text) in files() {
        written += begun(&text);
        let file = match File::read(&text) {
            Ok(file) => file,
            Err(fault) => {
                faults.push(format!("{name}:{}: {}", fault.line, fault.what));
                continue;
            }
        };
        let ruleset = file.ruleset();
        for scenario in &file.scenarios {
            ran += 1;
            let title = &scenario.title;
            if !titles.insert(title.clone()) {
                faults.push(format!("{name}:{}: {title}: twice", scenario.line));
            }
            if let Err(fault) = run::run(scenario, &ruleset).await {
                faults.push(format!("{name}:{}: {title}: {}", fault.line, fault.what));
            }
        }
    }
    assert!(faults.is_empty(), "{}\n", faults.join("\n"));
    assert_eq!(ran, written, "every scenario is run");
    assert!(ran >= AT_LEAST, "only {ran} scenarios");
}

/// A file of one scenario: these lines, of which the first is line 3.
fn one(lines: &str) -> String {
    format!("list base/gambling own gambling xau.vn\nscenario One\n{lines}\n")
}

/// What running a file gives first.
async fn outcome(text: &str) -> Result<(), Fault> {
    let file = File::read(text)?;
    let ruleset = file.ruleset();
    run::run(&file.scenarios[0], &ruleset).await
}

#[tokio::test]
async fn what_does_not_hold_is_told_with_its_line() {
    for (lines, line, what) in [
        (
            "ask thcs xau.vn A\nget NOERROR",
            4,
            "get NXDOMAIN soa=30 ede=15",
        ),
        (
            "ask thcs hoc.vn A\nget NODATA soa=90",
            3,
            "hoc.vn A was asked of the upstream",
        ),
        (
            "upstream hoc.vn A NOERROR\nask thcs xau.vn A\nget NXDOMAIN soa=30 ede=15",
            3,
            "hoc.vn A was never asked",
        ),
        (
            "upstream hoc.vn A NOERROR\nanswer hoc.vn 60 A 192.0.2.1\nask staff hoc.vn A\n\
             get NOERROR\nanswer hoc.vn 61 A 192.0.2.1",
            6,
            "answer hoc.vn 60 A 192.0.2.1",
        ),
        (
            "ask thcs localhost A\nget NOERROR",
            4,
            "answer localhost 60 A 127.0.0.1",
        ),
        (
            "ask thcs xau.vn A\nget NXDOMAIN soa=30 ede=15\nasked 1",
            5,
            "0 times",
        ),
        ("ask thcs xau.vn A\nget nothing", 4, "get NXDOMAIN"),
        (
            "ask thcs xau.vn A\nget NXDOMAIN soa=30 ede=15\nlogged nothing",
            5,
            "gambling xau.vn",
        ),
    ] {
        let fault = outcome(&one(lines)).await.unwrap_err();
        assert!(
            fault.line == line && fault.what.contains(what),
            "{lines}\n{fault:?}"
        );
    }
}

#[test]
fn what_is_misspelt_is_refused_with_its_line() {
    for (lines, line) in [
        ("ask thcs xau.vn A\ngot NXDOMAIN", 4),
        ("ask thsc xau.vn A\nget NXDOMAIN", 3),
        ("ask thcs xau.vn AX\nget NXDOMAIN", 3),
        ("ask thcs xau.vn A edsn=512\nget NXDOMAIN", 3),
        ("ask thcs xau.vn A\nget NXDOMIAN", 4),
        ("ask thcs xau.vn A\nget NXDOMAIN sao=30", 4),
        ("ask thcs xau.vn A\nask thcs xau.vn A", 3),
        ("ask thcs xau.vn A", 3),
        ("get NXDOMAIN", 3),
        ("wait 5", 2),
        ("answer hoc.vn 60 A 192.0.2.1", 3),
        ("given block-answr nodata\nask thcs xau.vn A\nget NODATA", 3),
        (
            "upstream hoc.vn A NOERROR\nanswer hoc.vn 60 A 192.0.2\nask staff hoc.vn A\nget NOERROR",
            4,
        ),
        ("ask thcs xau.vn A\nget NXDOMAIN\ngiven block-ttl 5", 5),
        ("scenario Two", 2),
    ] {
        let Err(fault) = File::read(&one(lines)) else {
            panic!("{lines}: accepted")
        };
        assert_eq!(fault.line, line, "{lines}: {}", fault.what);
    }
}
