//! The proxy over streams in memory and a clock that goes when nothing else does: no socket, no
//! waiting. What it promises stands in `tests/scenarios/http`, in plain text.

mod limits;
mod pieces;
mod read;
mod run;
mod school;

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
        Self {
            line,
            what: what.into(),
        }
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios/http");
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    files
}

/// In how many bytes at a time everything arrives.
const PIECES: [usize; 3] = [usize::MAX, 1, 7];

#[test]
fn what_is_promised_in_the_scenarios_holds_in_whatever_pieces_it_comes() {
    let mut faults = Vec::new();
    let mut count = 0;
    for path in files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let scenarios = match File::read(&text) {
            Ok(file) => file.scenarios,
            Err(fault) => {
                faults.push(format!("{name}:{}: {}", fault.line, fault.what));
                continue;
            }
        };
        for scenario in &scenarios {
            count += 1;
            for piece in PIECES {
                let outcome = run::run(scenario, piece);
                if let Err(fault) = outcome {
                    let title = &scenario.title;
                    faults.push(format!(
                        "{name}:{}: {title} ({piece}): {}",
                        fault.line, fault.what
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count >= 60, "only {count} scenarios were found");
}

#[test]
fn a_scenario_that_does_not_hold_is_told_with_its_line() {
    for (lines, line, what) in [
        (
            "client GET / HTTP/1.1\nclient Host: hoc.vn\nclient\ndials hoc.vn 81",
            5,
            "192.0.2.1:80",
        ),
        (
            "client GET / HTTP/1.1\nclient Host: hoc.vn\nclient\ndials hoc.vn 80\nasked GET /b HTTP/1.1",
            6,
            "GET / ",
        ),
        ("client GET\nclient\npage 200", 4, "400"),
        ("dials hoc.vn 80", 2, "nothing"),
        ("client GET /\nclient\npage 400\ntold nothing", 5, "refused"),
    ] {
        let text = format!("scenario One\n{lines}\n");
        let file = File::read(&text).unwrap();
        let fault = run::run(&file.scenarios[0], usize::MAX).unwrap_err();
        assert!(
            fault.line == line && fault.what.contains(what),
            "{lines}\n{fault:?}"
        );
    }
}

#[test]
fn what_is_misspelt_is_refused_with_its_line() {
    for (lines, line) in [
        ("clinet GET / HTTP/1.1", 2),
        ("given tier thsc", 2),
        ("given dor explicit", 2),
        ("waits long", 2),
        ("dials hoc.vn", 2),
        ("client~ \\q", 2),
        ("scenario Two", 2),
    ] {
        let text = format!("scenario One\n{lines}\n");
        let Err(fault) = File::read(&text) else {
            panic!("{lines}: accepted")
        };
        assert_eq!(fault.line, line, "{lines}: {}", fault.what);
    }
}
