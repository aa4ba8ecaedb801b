//! The kernel's side: applying a ruleset, reading ours back, taking it away.

use std::ffi::OsString;
use std::fmt;
use std::io;

use nftables::schema::{NfCmd, NfListObject, NfObject, Nftables};
use nftables::types::NfFamily;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plan::Unsound;
use crate::program::{Program, ProgramError};
use crate::ruleset::{Signs, nothing, signs};
use crate::writer::TABLE;

/// Why the kernel's rules could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum FirewallError {
    /// The program is not installed.
    #[error("the program `{0}` is not there; install the package {package}", package = package(.0))]
    Missing(String),
    /// The system does not let us.
    #[error("the system does not let us change its firewall: CAP_NET_ADMIN is missing")]
    NotAllowed,
    /// The kernel does not know something a rule needs.
    #[error("the firewall's rules were refused: {0}")]
    Refused(String),
    /// What it said cannot be read.
    #[error("what a program tells of the firewall cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// It could not be run.
    #[error("`{0}` cannot be run")]
    Run(String, #[source] io::Error),
    /// It did not come to an end.
    #[error("`{0}` took too long and was ended")]
    Slow(String),
    /// The rules cannot be made.
    #[error("no rules can be made of the plan")]
    Unsound(#[from] Unsound),
    /// The bridge is not there.
    #[error("there is no bridge {0}")]
    NoBridge(String),
    /// The interface belongs to another bridge, or to none.
    #[error("the interface {0} is no port of that bridge")]
    NoPort(String),
    /// Rules would see what a bridge carries twice.
    #[error("`br_netfilter` is on: {0} is 1")]
    SeenTwice(String),
    /// Rules for bridges are nothing this kernel knows.
    #[error("this kernel cannot filter what a bridge carries: it lacks nftables' family `bridge`")]
    NoBridges,
}

impl From<ProgramError> for FirewallError {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::Missing(name) => Self::Missing(name),
            ProgramError::Run(name, source) => Self::Run(name, source),
            ProgramError::Slow(name) => Self::Slow(name),
        }
    }
}

/// The Debian package of a program.
fn package(program: &str) -> &'static str {
    match program.rsplit('/').next() {
        Some("ip") => "iproute2",
        _ => "nftables",
    }
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
            Self::Run(..) => "run",
            Self::Slow(_) => "slow",
            Self::Unsound(_) => "unsound",
            Self::NoBridge(_) => "no-bridge",
            Self::NoPort(_) => "no-port",
            Self::SeenTwice(_) => "seen-twice",
            Self::NoBridges => "no-bridges",
        }
    }

    /// What another program said, where one did.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Missing(text)
            | Self::Refused(text)
            | Self::Slow(text)
            | Self::NoBridge(text)
            | Self::NoPort(text)
            | Self::SeenTwice(text) => text.clone(),
            Self::Unsound(unsound) => unsound.to_string(),
            Self::Unreadable(error) => error.to_string(),
            Self::Run(name, error) => format!("{name}: {error}"),
            Self::NotAllowed | Self::NoBridges => String::new(),
        }
    }
}

/// The `nft` program.
#[derive(Debug, Clone)]
pub struct Nft {
    program: Program,
}

/// Where Debian has the program.
const USUAL: &str = "/usr/sbin/nft";

impl Default for Nft {
    /// The one at its usual place, else the one in the path.
    fn default() -> Self {
        Self {
            program: Program::usual(USUAL, "nft"),
        }
    }
}

impl Nft {
    /// The program of this name or path.
    #[must_use]
    pub fn at(program: impl Into<OsString>) -> Self {
        Self {
            program: Program::at(program),
        }
    }

    /// Puts a ruleset in place of ours, whole or not at all, and reads it back.
    ///
    /// # Errors
    /// [`FirewallError`]; then the rules that stood still stand.
    pub fn apply(&self, ruleset: &Nftables<'_>) -> Result<Live, FirewallError> {
        let bridges = is_of_bridges(ruleset);
        if let Err(error) = self.change(ruleset) {
            let is_bridge = bridges && matches!(error, FirewallError::Refused(_));
            let lacks_bridges = is_bridge && !self.knows_bridges()?;
            return Err(if lacks_bridges {
                FirewallError::NoBridges
            } else {
                error
            });
        }
        if !bridges {
            self.remove_of(NfFamily::Bridge)?;
        }
        let live = self.live()?;
        live.ok_or_else(|| FirewallError::Refused("the table is not there afterwards".into()))
    }

    /// Gives signs of life, without which tiers that fail open go their own way.
    ///
    /// # Errors
    /// [`FirewallError`], also where our table is gone.
    pub fn say(&self, given: Signs) -> Result<(), FirewallError> {
        if given.is_any() {
            self.change(&signs(given))?;
        }
        Ok(())
    }

    /// What stands in our tables; `None` where there is no rule of ours for what passes or comes.
    ///
    /// # Errors
    /// [`FirewallError`].
    pub fn live(&self) -> Result<Option<Live>, FirewallError> {
        let Some(mut live) = self.live_of("inet")? else {
            return Ok(None);
        };
        if let Some(bridged) = self.live_of("bridge")? {
            live.rules.extend(bridged.rules);
        }
        Ok(Some(live))
    }

    /// Takes our tables away. Whoever had none has none afterwards, too.
    ///
    /// # Errors
    /// [`FirewallError`]; then the rules that stood still stand.
    pub fn remove(&self) -> Result<(), FirewallError> {
        // The bridge first: what it lifts, nobody would filter any more.
        self.remove_of(NfFamily::Bridge)?;
        self.remove_of(NfFamily::INet)
    }

    /// Whether the kernel takes rules for bridges; nothing is changed.
    ///
    /// # Errors
    /// [`FirewallError`], where it cannot be asked.
    pub fn knows_bridges(&self) -> Result<bool, FirewallError> {
        let tried = serde_json::to_string(&nothing(NfFamily::Bridge));
        let tried = tried.map_err(FirewallError::Unreadable)?;
        match self.run(&["-c", "-f", "-"], &tried) {
            Ok(_) => Ok(true),
            Err(FirewallError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The program's version, such as `1.0.6`; `None` where it tells none.
    ///
    /// # Errors
    /// [`FirewallError`].
    pub fn version(&self) -> Result<Option<String>, FirewallError> {
        let ended = self.program.run(&["--version"], "")?;
        let version = ended.out.split_whitespace().nth(1);
        Ok(version.map(|text| text.trim_start_matches('v').to_owned()))
    }

    /// All base chains of the kernel, ours and others', as `nft -j list chains` tells them.
    ///
    /// # Errors
    /// [`FirewallError`].
    pub fn chains(&self) -> Result<String, FirewallError> {
        self.run(&["list", "chains"], "")
    }

    fn live_of(&self, family: &str) -> Result<Option<Live>, FirewallError> {
        match self.run(&["list", "table", family, TABLE], "") {
            Ok(text) => Live::read(&text).map(Some),
            Err(FirewallError::Refused(said)) if is_absent(&said) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn remove_of(&self, family: NfFamily) -> Result<(), FirewallError> {
        let name = if family == NfFamily::Bridge {
            "bridge"
        } else {
            "inet"
        };
        if self.live_of(name)?.is_none() {
            return Ok(());
        }
        self.change(&nothing(family))
    }

    fn change(&self, ruleset: &Nftables<'_>) -> Result<(), FirewallError> {
        let input = serde_json::to_string(ruleset).map_err(FirewallError::Unreadable)?;
        self.run(&["-f", "-"], &input).map(drop)
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<String, FirewallError> {
        let ended = self.program.run(&[&["-j"], arguments].concat(), input)?;
        if ended.is_success {
            return Ok(ended.out);
        }
        if ended.said.contains("Operation not permitted") {
            return Err(FirewallError::NotAllowed);
        }
        // The first line says what; what follows repeats it for each rule, or the whole input.
        Err(FirewallError::Refused(ended.complaint().to_owned()))
    }
}

/// Whether a ruleset has a table of the bridge's family.
fn is_of_bridges(ruleset: &Nftables<'_>) -> bool {
    ruleset.objects.iter().any(|object| {
        let NfObject::CmdObject(NfCmd::Add(NfListObject::Table(table))) = object else {
            return false;
        };
        table.family == NfFamily::Bridge
    })
}

/// Whether `nft` says that there is no such table.
fn is_absent(said: &str) -> bool {
    // A kernel without the family has none of its tables either.
    ["No such file or directory", "not supported"]
        .iter()
        .any(|text| said.contains(text))
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
                let is_passing = fields.get("flags").is_some_and(comes_and_goes);
                fields.retain(|key, _| key != "handle" && (key != "elem" || !is_passing));
            }
            let family = match text("family").as_str() {
                "bridge" => " (bridge)",
                _ => "",
            };
            return Some(Self {
                chain: kind.to_owned(),
                comment: text("name") + family,
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

    /// Whether it turns away what it holds.
    #[must_use]
    pub fn refuses(&self) -> bool {
        let clauses = self.clauses.as_array().map_or(&[][..], Vec::as_slice);
        let turns_away = |clause: &Value| {
            ["reject", "drop"]
                .iter()
                .any(|verdict| clause.get(verdict).is_some())
        };
        clauses.iter().any(turns_away)
    }

    /// The packets it has held; `None` where it does not count.
    #[must_use]
    pub fn packets(&self) -> Option<u64> {
        self.packets
    }
}

/// Whether a set with these flags changes by itself.
fn comes_and_goes(flags: &Value) -> bool {
    let flags = flags.as_array().map_or(&[][..], Vec::as_slice);
    flags
        .iter()
        .any(|flag| flag == "timeout" || flag == "dynamic")
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
        let set = |address: &str, flag: &str| {
            live(&format!(
                r#"{{"nftables":[{{"set":{{"name":"own4","handle":3,"flags":["{flag}"],"elem":["{address}"]}}}}]}}"#
            ))
        };
        let changed = |flag| set("10.0.0.1", flag).differences(&set("10.0.0.2", flag));
        assert_eq!(
            changed("interval"),
            [Difference::Changed("set: own4".into())]
        );
        assert_eq!(changed("timeout"), [], "what ends by itself");
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
