//! The gate as pupils and staff meet it: a school whose web goes through the real proxy (`web.sh`), by
//! curl, openssl and Chromium; and every known way round it (`matrix.sh`, `web/matrix.txt`), whose table
//! stands in ARCHITECTURE.md as well.
//!
//! Needs what gate.rs needs, curl, openssl, ssh and python3; Chromium's test says so where there is none.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use lachan_e2e::{in_namespaces, lachan, project, run};

/// The school's settings beside the paths and the network's.
const SETTINGS: &str = r#"[resolver]
listen = ["0.0.0.0:53", "[::]:53"]
upstreams = ["127.0.0.1:5300", "203.0.113.53"]
block-answer = "address"
block-addresses = ["10.6.0.2", "fd00:6::2"]
[[resolver.local]]
name = "router.lan"
addresses = ["10.99.0.1"]
[store]
flush = "1s"
[proxy]
block-page = ["10.6.0.2", "fd00:6::2"]
"#;

/// How a school is cabled: its name for the scripts, and what the box's settings say of it.
struct School {
    mode: &'static str,
    proxy: &'static str,
    network: &'static str,
}

/// Two segments, and the Internet behind the box.
const GATEWAY: School = School {
    mode: "gateway",
    proxy: "transparent = \"on\"\nexplicit = [\"10.6.0.1\", \"10.8.0.1\", \"fd00:6::1\"]\n",
    network: "mode = \"gateway\"\ninside = [\"lan0\", \"lan1\"]\noutside = \"wan0\"\n\
              direct-addresses-refused-for = []\n",
};

/// One network, whose devices have the box as their way out.
const ONE_ARM: School = School {
    mode: "one-arm",
    proxy: "transparent = \"on\"\nexplicit = [\"10.6.0.1\", \"fd00:6::1\"]\n",
    network: "mode = \"gateway\"\ninside = [\"lan0\"]\noutside = \"lan0\"\n\
              direct-addresses-refused-for = []\n",
};

/// One network, cut by the box as by a wire.
const BRIDGE: School = School {
    mode: "bridge",
    proxy: "transparent = \"on\"\nexplicit = [\"10.6.0.1\", \"fd00:6::1\"]\n",
    network: "mode = \"bridge\"\ninside = [\"lan0\"]\noutside = \"wan0\"\nbridge = \"br0\"\n\
              direct-addresses-refused-for = []\n",
};

/// One network, whose devices ask the box for names and nothing else.
const RESOLVER: School = School {
    mode: "resolver",
    proxy: "explicit = [\"10.6.0.1\"]\n",
    network: "mode = \"resolver\"\ninside = [\"lan0\"]\n",
};

/// The rows of the table: a line each, `technique | who | how | what must happen | why`; `## HEADING`
/// begins a part, `mode NAME` says how the box stands from there on.
const MATRIX: &str = include_str!("web/matrix.txt");
/// What ends otherwise in a school of one network: `technique | who | mode | what must happen | why`.
const OTHERWISE: &str = include_str!("web/otherwise.txt");
/// Where the table stands in ARCHITECTURE.md.
const BEGIN: &str = "<!-- the bypass matrix: LACHAN_GOLDEN=write cargo test -p lachan-e2e --test web writes it -->\n";
const END: &str = "<!-- end of the bypass matrix -->\n";

#[test]
fn open_sites_pass_closed_ones_do_not_and_a_killed_box_does_what_the_fail_mode_says() {
    if let Some(told) = tell("web.sh", &GATEWAY, &[]) {
        assert_eq!(told.text, include_str!("web/web.txt"), "{}", told.errors);
    }
}

#[test]
fn chromium_is_filtered_with_the_box_s_dns_without_it_and_by_the_proxy() {
    let Some(chromium) = on_path("chromium") else {
        return skip("there is no Chromium here");
    };
    if let Some(told) = tell("web.sh", &GATEWAY, &[chromium]) {
        assert_eq!(
            told.text,
            include_str!("web/browser.txt"),
            "{}",
            told.errors
        );
    }
}

#[test]
fn every_known_way_round_a_gateway_ends_as_the_matrix_says() {
    compare(&GATEWAY, |mode| mode != "resolver");
}

#[test]
fn every_known_way_round_a_box_on_one_arm_ends_as_the_matrix_says() {
    compare(&ONE_ARM, |mode| mode == "gateway");
}

#[test]
fn every_known_way_round_a_bridge_ends_as_the_matrix_says() {
    compare(&BRIDGE, |mode| mode == "gateway");
}

#[test]
fn what_a_box_that_only_answers_dns_can_do_is_what_the_matrix_says() {
    compare(&RESOLVER, |mode| mode == "resolver");
}

/// Tries the rows of these modes, prints them with what really happened, and says of every one that
/// did otherwise.
#[track_caller]
#[expect(clippy::print_stdout, reason = "the table is the test's result")]
fn compare(school: &School, is_tried: impl Fn(&str) -> bool) {
    let list = project().join("tests/e2e/tests/web/matrix.txt");
    let Some(told) = tell("matrix.sh", school, &[list, school.mode.into()]) else {
        return;
    };
    if let Some(why) = told.text.strip_prefix("skipped: ") {
        return skip(why.trim());
    }
    let results: HashMap<&str, &str> = told
        .text
        .lines()
        .filter_map(|line| line.rsplit_once('\t'))
        .collect();
    let otherwise = otherwise();
    let mut wrong = String::new();
    for row in rows().iter().filter(|row| is_tried(row.mode)) {
        let key = row.key();
        let happened = results.get(key.as_str()).copied().unwrap_or("nothing");
        let must = otherwise
            .iter()
            .find(|other| other.mode == school.mode && other.key() == key)
            .map_or(row.must, |other| other.must);
        println!(
            "{:<48} {:<6} {:<18} {happened}",
            row.technique, row.who, row.mode
        );
        if happened != must {
            let _ = writeln!(wrong, "{}: {happened}, not {must}", row.technique);
        }
    }
    let said: Vec<&str> = told
        .text
        .lines()
        .filter(|line| !line.contains('\t'))
        .collect();
    assert!(
        wrong.is_empty(),
        "{wrong}\n{}\n{}",
        said.join("\n"),
        told.errors
    );
}

#[test]
fn the_matrix_has_every_row_once_and_a_reason_for_what_passes() {
    let rows = rows();
    assert!(rows.len() >= 40, "{} rows", rows.len());
    let mut seen = HashMap::new();
    for row in &rows {
        assert_eq!(
            seen.insert(row.key(), ()),
            None,
            "{} stands twice",
            row.technique
        );
        assert!(matches!(row.who, "pupil" | "staff"), "{}", row.technique);
        assert!(!row.why.is_empty(), "{} has no reason", row.technique);
    }
    let mut seen = HashMap::new();
    for other in otherwise() {
        let (key, name) = (other.key(), other.technique);
        assert_eq!(
            seen.insert((key.clone(), other.mode), ()),
            None,
            "{name} stands twice"
        );
        let row = rows.iter().find(|row| row.key() == key);
        assert!(
            row.is_some_and(|row| row.mode == "gateway" && row.must != other.must),
            "{name}"
        );
        assert!(matches!(other.mode, "one-arm" | "bridge"), "{name}");
        assert!(!other.why.is_empty(), "{name} has no reason");
    }
}

#[test]
fn architecture_md_shows_the_matrix_as_it_is_tested() {
    let file = project().join("ARCHITECTURE.md");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}"));
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (table, after) = rest.split_once(END)?;
        Some((before, table, after))
    });
    let Some((before, table, after)) = parts else {
        panic!("ARCHITECTURE.md has no markers of the bypass matrix");
    };
    let mut all = rows();
    all.extend(otherwise());
    let wanted = shown(&all);
    if std::env::var_os("LACHAN_GOLDEN").is_some_and(|value| value == "write") {
        let whole = [before, BEGIN, &wanted, END, after].concat();
        fs::write(&file, whole).unwrap_or_else(|error| panic!("{error}"));
        return;
    }
    assert_eq!(table, wanted, "LACHAN_GOLDEN=write writes it anew");
}

/// A row of the table.
struct Row {
    heading: &'static str,
    mode: &'static str,
    technique: &'static str,
    who: &'static str,
    must: &'static str,
    why: &'static str,
}

impl Row {
    /// What the script calls it.
    fn key(&self) -> String {
        format!("{}\t{}", self.technique, self.who)
    }
}

fn rows() -> Vec<Row> {
    let (mut heading, mut mode) = ("", "");
    let mut rows = Vec::new();
    for line in MATRIX.lines() {
        if let Some(named) = line.strip_prefix("## ") {
            heading = named;
        } else if let Some(named) = line.strip_prefix("mode ") {
            mode = named;
        } else if let [technique, who, _, must, why] =
            line.split(" | ").collect::<Vec<_>>().as_slice()
        {
            rows.push(Row {
                heading,
                mode,
                technique,
                who,
                must,
                why,
            });
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "{line}");
        }
    }
    rows
}

/// The rows that end otherwise somewhere.
fn otherwise() -> Vec<Row> {
    let lines = OTHERWISE.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let columns = line.split(" | ").collect::<Vec<_>>();
            let [technique, who, mode, must, why] = columns.as_slice() else {
                panic!("{line}");
            };
            Row {
                heading: "Otherwise where everybody is in one network",
                mode,
                technique,
                who,
                must,
                why,
            }
        })
        .collect()
}

/// The table as ARCHITECTURE.md has it.
fn shown(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut heading = "";
    for row in rows {
        if row.heading != heading {
            heading = row.heading;
            let _ = write!(
                text,
                "\n**{heading}**\n\n| technique | who, mode | what happens | why |\n|---|---|---|---|\n"
            );
        }
        let who = if row.mode == "gateway" {
            row.who.to_owned()
        } else {
            format!("{}, {}", row.who, row.mode)
        };
        let cells = [row.technique, &who, row.must, row.why].map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push('\n');
    text
}

/// What a script told.
struct Told {
    text: String,
    errors: String,
}

/// Builds the school and has a script try it; `None` where the system allows no namespaces.
fn tell(script: &str, school: &School, more: &[PathBuf]) -> Option<Told> {
    let Some(mut command) = in_namespaces(script) else {
        skip("this system allows no namespaces");
        return None;
    };
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    write_settings(folder.path(), school);
    command
        .arg(lachan())
        .arg(folder.path())
        .arg(project())
        .args(more);
    let output = run(&mut command);
    let log = fs::read_to_string(folder.path().join("err")).unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr);
    Some(Told {
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: format!("{errors}\n{log}"),
    })
}

fn write_settings(folder: &Path, school: &School) {
    let text = format!(
        "version = \"v1\"\n[paths]\ndata = \"{}/data\"\nrules = \"{}\"\n{SETTINGS}{}[network]\n{}",
        folder.display(),
        project().join("rules").display(),
        school.proxy,
        school.network,
    );
    let written = fs::write(folder.join("lachan.toml"), text);
    written.unwrap_or_else(|error| panic!("{error}"));
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut all = std::env::split_paths(&path).map(|folder| folder.join(name));
    all.find(|file| file.is_file())
}

#[expect(clippy::print_stderr, reason = "a test says why it tested nothing")]
fn skip(why: &str) {
    eprintln!("{why}: nothing was tested");
}
