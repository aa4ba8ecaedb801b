//! The kernel's side: applying a ruleset, reading ours back, taking it away.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nftables::schema::Nftables;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ruleset::{TABLE, alive};

/// Why the kernel's rules could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum FirewallError {
    /// The program is not installed.
    #[error("the program `{0}` is not there; install the package nftables")]
    Missing(String),
    /// The system does not let us.
    #[error("the system does not let us change its firewall: CAP_NET_ADMIN is missing")]
    NotAllowed,
    /// The kernel does not know something a rule needs.
    #[error("the firewall's rules were refused: {0}")]
    Refused(String),
    /// What it said cannot be read.
    #[error("what `nft` tells of the firewall cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// It could not be run.
    #[error("`nft` cannot be run")]
    Run(#[source] io::Error),
    /// It did not come to an end.
    #[error("`nft` did not end within {} seconds and was ended", DEADLINE.as_secs())]
    Slow,
}

impl FirewallError {
    /// The id used between programs.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::NotAllowed => "not-allowed",
            Self::Refused(_) => "refused",
            Self::Unreadable(_) => "unreadable",
            Self::Run(_) => "run",
            Self::Slow => "slow",
        }
    }

    /// What another program said, where one did.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Missing(text) | Self::Refused(text) => text.clone(),
            Self::Unreadable(error) => error.to_string(),
            Self::Run(error) => error.to_string(),
            Self::NotAllowed | Self::Slow => String::new(),
        }
    }
}

/// How long `nft` may take: it needs some milliseconds, and seconds for sets of a million.
const DEADLINE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(2);

/// The `nft` program.
#[derive(Debug, Clone)]
pub struct Nft {
    program: OsString,
}

/// Where Debian has the program; a service's and many users' path do not lead there.
const USUAL: &str = "/usr/sbin/nft";

impl Default for Nft {
    /// The one at its usual place, else the one in the path.
    fn default() -> Self {
        let is_there = Path::new(USUAL).is_file();
        Self::at(if is_there { USUAL } else { "nft" })
    }
}

impl Nft {
    /// The program of this name or path.
    #[must_use]
    pub fn at(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
        }
    }

    /// Puts a ruleset in place of ours, whole or not at all, and reads it back.
    ///
    /// # Errors
    /// [`FirewallError`]; then the rules that stood still stand.
    pub fn apply(&self, ruleset: &Nftables<'_>) -> Result<Live, FirewallError> {
        self.change(ruleset)?;
        let live = self.live()?;
        live.ok_or_else(|| FirewallError::Refused("the table is not there afterwards".into()))
    }

    /// Gives the sign of life, without which queries of tiers that fail open go their own way.
    ///
    /// # Errors
    /// [`FirewallError`], also where our table is gone.
    pub fn say_alive(&self) -> Result<(), FirewallError> {
        self.change(&alive())
    }

    /// What stands in our table; `None` where there is none.
    ///
    /// # Errors
    /// [`FirewallError`].
    pub fn live(&self) -> Result<Option<Live>, FirewallError> {
        match self.run(&["list", "table", "inet", TABLE], "") {
            Ok(text) => Live::read(&text).map(Some),
            Err(FirewallError::Refused(said)) if is_absent(&said) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes our table away. Whoever had none has none afterwards, too.
    ///
    /// # Errors
    /// [`FirewallError`]; then the rules that stood still stand.
    pub fn remove(&self) -> Result<(), FirewallError> {
        self.change(&crate::ruleset::nothing())
    }

    fn change(&self, ruleset: &Nftables<'_>) -> Result<(), FirewallError> {
        let input = serde_json::to_string(ruleset).map_err(FirewallError::Unreadable)?;
        self.run(&["-f", "-"], &input).map(drop)
    }

    /// Runs the program to its end, or ends it. What goes in and comes out are files, so that neither
    /// side waits for the other.
    fn run(&self, arguments: &[&str], input: &str) -> Result<String, FirewallError> {
        let [mut from, mut out, mut said] = files().map_err(FirewallError::Run)?;
        from.write_all(input.as_bytes())
            .and_then(|()| from.rewind())
            .map_err(FirewallError::Run)?;
        let handle = |file: &File| file.try_clone().map_err(FirewallError::Run);
        let started = Command::new(&self.program)
            .arg("-j")
            .args(arguments)
            // Its words are read below.
            .env("LC_ALL", "C")
            .stdin(handle(&from)?)
            .stdout(handle(&out)?)
            .stderr(handle(&said)?)
            .spawn();
        let mut child = started.map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                FirewallError::Missing(self.program.to_string_lossy().into_owned())
            }
            _ => FirewallError::Run(error),
        })?;
        let begun = Instant::now();
        let status = loop {
            match child.try_wait().map_err(FirewallError::Run)? {
                Some(status) => break status,
                None if begun.elapsed() > DEADLINE => {
                    // One that has ended meanwhile need not be killed.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(FirewallError::Slow);
                }
                None => std::thread::sleep(LOOK),
            }
        };
        if status.success() {
            return text_of(&mut out).map_err(FirewallError::Run);
        }
        let said = text_of(&mut said).map_err(FirewallError::Run)?;
        if said.contains("Operation not permitted") {
            return Err(FirewallError::NotAllowed);
        }
        // The first line says what; what follows repeats it for each rule, or the whole input.
        let first = said.lines().find(|line| !line.trim().is_empty());
        Err(FirewallError::Refused(first.unwrap_or_default().to_owned()))
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

/// Whether `nft` says that there is no such table.
fn is_absent(said: &str) -> bool {
    said.contains("No such file or directory")
}

/// What stands in our table, without what changes by itself: counts, handles, times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    rules: Vec<LiveRule>,
}

/// One rule that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRule {
    chain: String,
    comment: String,
    clauses: Value,
    packets: Option<u64>,
}

/// How two states of our table differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A rule is gone.
    Missing(String),
    /// A rule came that is not ours.
    Foreign(String),
    /// A rule says something else now.
    Changed(String),
    /// The rules stand in another order.
    Reordered,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(rule) => write!(f, "- {rule}"),
            Self::Foreign(rule) => write!(f, "+ {rule}"),
            Self::Changed(rule) => write!(f, "! {rule}"),
            Self::Reordered => f.write_str("~"),
        }
    }
}

impl Live {
    /// Reads what `nft -j list table` writes.
    ///
    /// # Errors
    /// [`FirewallError::Unreadable`] where it is no JSON. What is in it that we do not know is passed
    /// over.
    pub fn read(text: &str) -> Result<Self, FirewallError> {
        let value: Value = serde_json::from_str(text).map_err(FirewallError::Unreadable)?;
        let objects = value["nftables"].as_array();
        let rules = objects.into_iter().flatten();
        Ok(Self {
            rules: rules.filter_map(LiveRule::read).collect(),
        })
    }

    /// What came of these rules, as they stood right after they were applied, until now.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<Difference> {
        let find = |rules: &[LiveRule], wanted: &LiveRule| {
            let same = |rule: &&LiveRule| rule.name() == wanted.name();
            rules.iter().find(same).cloned()
        };
        let mut differences = Vec::new();
        for rule in &self.rules {
            match find(&now.rules, rule) {
                None => differences.push(Difference::Missing(rule.name())),
                Some(other) if other.clauses != rule.clauses => {
                    differences.push(Difference::Changed(rule.name()));
                }
                Some(_) => {}
            }
        }
        let foreign = now.rules.iter();
        let foreign = foreign.filter(|rule| find(&self.rules, rule).is_none());
        differences.extend(foreign.map(|rule| Difference::Foreign(rule.name())));
        let order =
            |live: &Self| -> Vec<String> { live.rules.iter().map(LiveRule::name).collect() };
        if differences.is_empty() && order(self) != order(now) {
            differences.push(Difference::Reordered);
        }
        differences
    }

    /// The rules, chain by chain.
    pub fn rules(&self) -> impl Iterator<Item = &LiveRule> {
        self.rules.iter().filter(|rule| rule.is_rule())
    }
}

impl LiveRule {
    /// A rule; and the table, each chain and each set as if they were rules, for who changes their
    /// flags, hooks and policies changes what the rules do.
    fn read(object: &Value) -> Option<Self> {
        let kinds = ["rule", "chain", "set", "map", "table"];
        let (kind, about) = kinds
            .iter()
            .find_map(|kind| Some((*kind, object.get(kind)?)))?;
        let text = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
        if kind != "rule" {
            let mut clauses = about.clone();
            if let Some(fields) = clauses.as_object_mut() {
                // What comes and goes by itself.
                fields.retain(|key, _| key != "handle" && key != "elem");
            }
            return Some(Self {
                chain: kind.to_owned(),
                comment: text("name"),
                clauses,
                packets: None,
            });
        }
        let mut clauses = about["expr"].clone();
        let mut packets = None;
        for clause in clauses.as_array_mut().into_iter().flatten() {
            if let Some(counter) = clause.get_mut("counter") {
                packets = counter["packets"].as_u64();
                *counter = Value::Null;
            }
        }
        Some(Self {
            chain: text("chain"),
            comment: text("comment"),
            clauses,
            packets,
        })
    }

    /// Whether it is a rule, and not the table, a chain or a set.
    #[must_use]
    pub fn is_rule(&self) -> bool {
        self.clauses.is_array()
    }

    fn name(&self) -> String {
        format!("{}: {}", self.chain, self.comment)
    }

    /// Its chain.
    #[must_use]
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// What it is for.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// The packets it has held; `None` where it does not count.
    #[must_use]
    pub fn packets(&self) -> Option<u64> {
        self.packets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = r#"{"nftables":[{"metainfo":{"version":"1.0.6"}},
        {"table":{"family":"inet","name":"lachan","handle":4}},
        {"rule":{"family":"inet","table":"lachan","chain":"names","handle":7,"comment":"to the box",
            "expr":[{"match":{"op":"==","left":{"fib":{"result":"type","flags":["daddr"]}},"right":"local"}},{"accept":null}]}},
        {"rule":{"family":"inet","table":"lachan","chain":"names-thcs","handle":9,"comment":"DNS comes to the box",
            "expr":[{"counter":{"packets":41,"bytes":2870}},{"redirect":{"port":53}}]}}]}"#;

    fn live(text: &str) -> Live {
        Live::read(text).unwrap()
    }

    #[test]
    fn counts_and_handles_are_no_differences() {
        let later = LISTED
            .replace("41", "42")
            .replace("\"handle\":9", "\"handle\":11");
        assert_eq!(live(LISTED).differences(&live(&later)), []);
        let later = live(&later);
        let counts: Vec<_> = later
            .rules()
            .map(|rule| (rule.chain(), rule.packets()))
            .collect();
        assert_eq!(counts, [("names", None), ("names-thcs", Some(42))]);
    }

    #[test]
    fn what_somebody_changed_by_hand_is_told() {
        let before = live(LISTED);
        let told = |text: &str| -> Vec<String> {
            let now = live(text);
            before
                .differences(&now)
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        assert_eq!(
            told(&LISTED.replace("{\"port\":53}", "{\"port\":5353}")),
            ["! names-thcs: DNS comes to the box"]
        );
        assert_eq!(
            told(&LISTED.replace("to the box\"", "mine\"")),
            [
                "- names: to the box",
                "- names-thcs: DNS comes to the box",
                "+ names: mine",
                "+ names-thcs: DNS comes mine"
            ]
        );
        let nothing = r#"{"nftables":[]}"#;
        assert_eq!(told(nothing).len(), 3);
        let dormant = LISTED.replace("\"handle\":4", "\"handle\":4,\"flags\":\"dormant\"");
        assert_eq!(told(&dormant), ["! table: lachan"]);
    }

    #[test]
    fn a_program_that_is_not_there_is_told_with_its_remedy() {
        let error = Nft::at("/nowhere/nft").live().unwrap_err();
        assert!(
            error.to_string().contains("install the package nftables"),
            "{error}"
        );
    }
}
