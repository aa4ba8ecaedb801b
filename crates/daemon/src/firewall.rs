//! The firewall as this box has it: the plan that settings and groups make, and the note of what was
//! applied last, by which a change by hand is told from one of ours.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use lachan_config::{Config, Network, NetworkMode, Paths};
use lachan_firewall::{
    Burst, Difference, Fail, Handling, Live, Management, Mode, Nftables, Plan, Unsound, WaysRound,
    ruleset, unfiltered,
};
use lachan_policy::ruleset::{ListInfo, Ruleset};
use lachan_policy::{BypassKind, Group, GroupId, Groups, Tier};
use serde::{Deserialize, Serialize};

use crate::policy_source::UNKNOWN;

/// Most connections at once, as a multiple of those a second: a page with all its parts.
const BURST: u32 = 4;
/// The usual port of DNS.
const DNS: u16 = 53;

/// The rules that settings, groups and lists make; `None` where the firewall is to be left alone.
///
/// # Errors
/// [`Unsound`], which the settings' checks refuse before.
pub(crate) fn rules(
    config: &Config,
    groups: &Groups,
    lists: &Ruleset,
) -> Result<Option<Nftables<'static>>, Unsound> {
    plan(config, groups, resolvers(lists))
        .as_ref()
        .map(ruleset)
        .transpose()
}

/// The rules while somebody has switched the filtering off: they need neither groups nor lists, which
/// may be what is broken.
///
/// # Errors
/// As [`rules`].
pub(crate) fn rules_without_filter(config: &Config) -> Result<Option<Nftables<'static>>, Unsound> {
    let nobody = Group::new(GroupId(0), UNKNOWN, Tier::Staff);
    // One group clashes with no other.
    let Ok(groups) = Groups::new(nobody, Vec::new()) else {
        return Ok(None);
    };
    let plan = plan(config, &groups, Vec::new());
    plan.as_ref().map(unfiltered).transpose()
}

fn plan<'g>(config: &Config, groups: &'g Groups, resolvers: Vec<(u128, u128)>) -> Option<Plan<'g>> {
    let network = &config.network;
    let mode = match network.mode {
        NetworkMode::Off => return None,
        NetworkMode::Resolver => Mode::Resolver,
        NetworkMode::Gateway => Mode::Gateway,
    };
    let most = network.connections_per_second;
    Some(Plan {
        mode,
        inside: network.inside.clone(),
        outside: network.outside.clone(),
        groups,
        handlings: Tier::ALL.map(|tier| handling(network, tier)),
        resolvers,
        management: Management {
            ports: network.management_ports.clone(),
            from: network.management_from.clone(),
        },
        burst: (most > 0).then(|| Burst {
            per_second: most,
            burst: most.saturating_mul(BURST),
        }),
        dns_port: dns_port(config),
    })
}

fn handling(network: &Network, tier: Tier) -> Handling {
    Handling {
        fail: if network.fail_open.contains(&tier) {
            Fail::Open
        } else {
            Fail::Closed
        },
        ways_round: if network.ways_round_kept_for.contains(&tier) {
            WaysRound::Leave
        } else {
            WaysRound::Reject
        },
    }
}

/// The port that plain DNS is answered on for others than this machine: the usual one where it is
/// among them.
fn dns_port(config: &Config) -> u16 {
    let listen = config.resolver.listen.iter();
    let ports = listen.filter(|address| !address.ip().is_loopback());
    // The system chooses a port for 0; then nobody but a test asks there.
    let ports: Vec<u16> = ports
        .map(|address| address.port())
        .filter(|port| *port != 0)
        .collect();
    let first = ports.first().copied().unwrap_or(DNS);
    if ports.contains(&DNS) { DNS } else { first }
}

/// The addresses that the lists know as resolvers and as nothing else.
fn resolvers(lists: &Ruleset) -> Vec<(u128, u128)> {
    let serves_dns = |list: &ListInfo| list.bypass == Some(BypassKind::Address);
    lists.address_ranges(serves_dns).collect()
}

/// What was applied last: our rules, and how the kernel told them right afterwards.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Applied {
    /// Our rules as `nft` took them.
    rules: serde_json::Value,
    /// Our table as `nft` told it.
    live: Live,
}

/// How the kernel's rules stand to what they should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// There are none of ours.
    Absent,
    /// As they should be.
    Current,
    /// Settings, groups or lists changed since they were applied.
    Outdated,
    /// Somebody changed them by hand.
    Touched(Vec<Difference>),
}

impl Applied {
    /// The note of rules that were applied just now.
    pub(crate) fn new(rules: &Nftables<'_>, live: &Live) -> Self {
        Self {
            rules: json(rules),
            live: live.clone(),
        }
    }

    /// The note of the box with these paths; `None` where there is none that can be read.
    pub(crate) fn load(paths: &Paths) -> Option<Self> {
        let text = fs::read(file(paths)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Writes the note in one piece.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn save(&self, paths: &Paths) -> io::Result<()> {
        let text = serde_json::to_vec(self).map_err(io::Error::other)?;
        lachan_sys::replace_file(&file(paths), |file| file.write_all(&text))
    }

    /// Forgets that anything was applied.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn forget(paths: &Paths) -> io::Result<()> {
        fs::remove_file(file(paths))
    }

    /// Whether these are the rules that were applied.
    pub(crate) fn is_of(&self, rules: &Nftables<'_>) -> bool {
        self.rules == json(rules)
    }

    /// What became of what was applied.
    pub(crate) fn differences(&self, now: &Live) -> Vec<Difference> {
        self.live.differences(now)
    }
}

/// How the kernel's rules stand to these.
pub(crate) fn standing(
    applied: Option<&Applied>,
    live: Option<&Live>,
    rules: &Nftables<'_>,
) -> Standing {
    let (Some(live), Some(applied)) = (live, applied) else {
        return live.map_or(Standing::Absent, |_| Standing::Outdated);
    };
    let differences = applied.differences(live);
    if !differences.is_empty() {
        Standing::Touched(differences)
    } else if applied.is_of(rules) {
        Standing::Current
    } else {
        Standing::Outdated
    }
}

fn file(paths: &Paths) -> PathBuf {
    paths.state().join("firewall.json")
}

fn json(rules: &Nftables<'_>) -> serde_json::Value {
    // Types of plain data: there is nothing in them that JSON does not have.
    serde_json::to_value(rules).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing;

    const GATEWAY: &str =
        "version = \"v1\"\n[network]\nmode = \"gateway\"\ninside = [\"lan0\"]\noutside = \"wan0\"";

    fn groups(tier: Tier) -> Groups {
        Groups::new(Group::new(GroupId(0), "unknown", tier), Vec::new()).unwrap()
    }

    fn made(settings: &str, tier: Tier) -> Option<Nftables<'static>> {
        let config = Config::parse(settings, "lachan.toml").unwrap();
        rules(&config, &groups(tier), &testing::shipped_ruleset()).unwrap()
    }

    fn live(packets: u64) -> Live {
        let text = format!(
            r#"{{"nftables":[{{"rule":{{"chain":"names","comment":"a","expr":[{{"counter":{{"packets":{packets}}}}}]}}}}]}}"#
        );
        Live::read(&text).unwrap()
    }

    #[test]
    fn a_firewall_nobody_asked_for_is_left_alone() {
        assert_eq!(made("version = \"v1\"", Tier::Thcs), None);
    }

    #[test]
    fn settings_and_lists_reach_the_rules() {
        let text = |settings: &str, tier| serde_json::to_string(&made(settings, tier)).unwrap();
        let pupils = text(GATEWAY, Tier::Thcs);
        // Of rules/bypass/addresses.txt.
        assert!(pupils.contains("\"8.8.8.8\"") && pupils.contains("\"QUIC\""));
        assert!(!pupils.contains("@alive"));
        let staff = text(GATEWAY, Tier::Staff);
        assert!(!staff.contains("\"QUIC\"") && staff.contains("@alive"));
        let open = format!("{GATEWAY}\nfail-open = [\"thcs\"]\nways-round-kept-for = [\"thcs\"]");
        let open = text(&open, Tier::Thcs);
        assert!(!open.contains("\"QUIC\"") && open.contains("@alive"));
    }

    #[test]
    fn redirected_dns_finds_a_listener_that_others_can_ask() {
        let port = |listen: &str| {
            let text = format!("version = \"v1\"\n[resolver]\nlisten = {listen}");
            dns_port(&Config::parse(&text, "lachan.toml").unwrap())
        };
        assert_eq!(port(r#"["127.0.0.1:5354", "0.0.0.0:53"]"#), 53);
        assert_eq!(port(r#"["0.0.0.0:5300", "[::]:53"]"#), 53);
        assert_eq!(port(r#"["0.0.0.0:5300"]"#), 5300);
        assert_eq!(port(r#"["127.0.0.1:5354"]"#), 53);
    }

    #[test]
    fn what_became_of_the_rules_is_told() {
        let [before, after] = [Tier::Thcs, Tier::Staff].map(|tier| made(GATEWAY, tier).unwrap());
        let applied = Applied::new(&before, &live(1));
        let told = |live: Option<&Live>, rules| standing(Some(&applied), live, rules);
        assert_eq!(told(Some(&live(2)), &before), Standing::Current);
        assert_eq!(told(Some(&live(2)), &after), Standing::Outdated);
        assert_eq!(told(None, &before), Standing::Absent);
        let foreign = Live::read(r#"{"nftables":[]}"#).unwrap();
        assert!(matches!(
            told(Some(&foreign), &before),
            Standing::Touched(_)
        ));
        assert_eq!(standing(None, Some(&foreign), &before), Standing::Outdated);
    }

    #[test]
    fn the_note_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        fs::create_dir_all(paths.state()).unwrap();
        assert!(Applied::load(&paths).is_none());
        let rules = made(GATEWAY, Tier::Thcs).unwrap();
        Applied::new(&rules, &live(1)).save(&paths).unwrap();
        let noted = Applied::load(&paths).unwrap();
        assert!(noted.is_of(&rules));
        assert_eq!(noted.differences(&live(7)), []);
    }
}
