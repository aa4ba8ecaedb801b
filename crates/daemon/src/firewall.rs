//! The firewall as this box has it: the plan that settings and groups make, and the note of what was
//! applied last, by which a change by hand is told from one of ours.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use lachan_config::{Config, Network, NetworkMode, OpenPorts, Paths, Protocol};
use lachan_firewall::{
    Bridge, Burst, Difference, DirectAddresses, Fail, FirewallError, Handling, Live, Management,
    Mode, Nftables, Plan, Ports, ProxyPorts, Rescue, Routes, Transport, WaysRound, ruleset,
    unfiltered,
};
use lachan_policy::ruleset::{ListInfo, Ruleset};
use lachan_policy::{BypassKind, Group, GroupId, Groups, InterfaceName, Subnet, Tier};
use serde::{Deserialize, Serialize};

use crate::policy_source::UNKNOWN;

/// Most connections at once, as a multiple of those a second: a class that opens a page together,
/// behind one access point.
const BURST: u32 = 10;
/// The usual port of DNS.
const DNS: u16 = 53;
/// Ports of the block page.
const WEB: [u16; 2] = [80, 443];
/// Ports of servers of DHCP, for IPv4 and IPv6.
const DHCP: [u16; 2] = [67, 547];
/// The mark of what is diverted to the proxy, and the table of routes that keeps it here: the letters
/// LC, a number that no other program is known to use.
const MARK: u32 = 0x4C43;
/// Addresses that serve DNS over HTTPS beside web sites.
const SHARED: &str = include_str!("../../../rules/shared-doh.txt");

/// The rules that settings, groups and lists make; `None` where the firewall is to be left alone.
///
/// # Errors
/// [`FirewallError`]: a bridge that is not as the settings say.
pub(crate) fn rules(
    config: &Config,
    groups: &Groups,
    lists: &Ruleset,
) -> Result<Option<Nftables<'static>>, FirewallError> {
    let Some(mut plan) = plan(config, groups)? else {
        return Ok(None);
    };
    plan.resolvers = ranges(lists, &[BypassKind::Address]);
    plan.tunnels = ranges(
        lists,
        &[BypassKind::Vpn, BypassKind::Relay, BypassKind::Proxy],
    );
    plan.shared = shared();
    Ok(Some(ruleset(&plan)?))
}

/// The rules while somebody has switched the filtering off: they need neither groups nor lists, which
/// may be what is broken.
///
/// # Errors
/// As [`rules`].
pub(crate) fn rules_without_filter(
    config: &Config,
) -> Result<Option<Nftables<'static>>, FirewallError> {
    let nobody = Group::new(GroupId(0), UNKNOWN, Tier::Staff);
    // One group clashes with no other.
    let Ok(groups) = Groups::new(nobody, Vec::new()) else {
        return Ok(None);
    };
    let plan = plan(config, &groups)?;
    Ok(plan.as_ref().map(unfiltered).transpose()?)
}

/// The routes that keep here what is diverted to the proxy.
pub(crate) fn routes() -> Routes {
    Routes::new(MARK, MARK)
}

/// Whether the settings divert the web to the proxy.
pub(crate) fn diverts(config: &Config) -> bool {
    let passes = matches!(
        config.network.mode,
        NetworkMode::Gateway | NetworkMode::Bridge
    );
    passes && config.proxy.transparent.is_on()
}

/// The plan, with no address that only lists know.
fn plan<'g>(config: &Config, groups: &'g Groups) -> Result<Option<Plan<'g>>, FirewallError> {
    let network = &config.network;
    let mode = match network.mode {
        NetworkMode::Off => return Ok(None),
        NetworkMode::Resolver => Mode::Resolver,
        NetworkMode::Gateway => Mode::Gateway,
        NetworkMode::Proxy => Mode::Proxy,
        NetworkMode::Bridge => Mode::Bridge,
    };
    let (inside, outside, bridge) = place(network)?;
    let most = network.connections_per_second;
    let proxy = diverts(config).then_some(ProxyPorts {
        http: config.proxy.transparent_http,
        tls: config.proxy.transparent_tls,
        mark: MARK,
        table: MARK,
    });
    Ok(Some(Plan {
        mode,
        inside,
        outside,
        groups,
        handlings: Tier::ALL.map(|tier| handling(network, tier)),
        resolvers: Vec::new(),
        tunnels: Vec::new(),
        shared: Vec::new(),
        spared: config.proxy.never_diverted.clone(),
        proxy,
        rescue: rescue(config),
        direct_ports: network.direct_ports.iter().map(open_ports).collect(),
        direct_networks: network.direct_networks.clone(),
        own_ports: own_ports(config),
        bridge,
        management: Management {
            ports: network.management_ports.clone(),
            from: network.management_from.clone(),
        },
        burst: (most > 0).then(|| Burst {
            per_second: most,
            burst: most.saturating_mul(BURST),
        }),
        connections: Some(network.connections_per_device).filter(|most| *most > 0),
        dns_port: dns_port(config),
    }))
}

/// The interfaces as rules for IP see them: of a bridge, the bridge.
type Place = (Vec<InterfaceName>, Option<InterfaceName>, Option<Bridge>);

fn place(network: &Network) -> Result<Place, FirewallError> {
    let (Some(bridge), Some(outside), NetworkMode::Bridge) =
        (&network.bridge, &network.outside, network.mode)
    else {
        return Ok((network.inside.clone(), network.outside.clone(), None));
    };
    let found = Bridge::look(bridge, &network.inside, outside)?;
    Ok((vec![bridge.clone()], Some(bridge.clone()), Some(found)))
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
        direct: if network.direct_addresses_refused_for.contains(&tier) {
            DirectAddresses::Reject
        } else {
            DirectAddresses::Leave
        },
    }
}

/// Upstreams that can be asked in the clear, by whoever was led to them, and are other machines.
fn rescue(config: &Config) -> Rescue {
    let upstreams = config.resolver.upstreams.iter();
    let plain = upstreams.filter(|upstream| upstream.protocol == Protocol::Plain);
    let abroad = plain.map(|upstream| upstream.address);
    let mut rescue = Rescue::default();
    for address in abroad.filter(|address| !address.ip().is_loopback()) {
        match address {
            SocketAddr::V4(v4) => rescue.v4 = rescue.v4.or(Some(v4)),
            SocketAddr::V6(v6) => rescue.v6 = rescue.v6.or(Some(v6)),
        }
    }
    rescue
}

fn open_ports(open: &OpenPorts) -> Ports {
    let transport = match open.transport {
        lachan_config::Transport::Tcp => Transport::Tcp,
        lachan_config::Transport::Udp => Transport::Udp,
    };
    Ports {
        transport,
        range: open.first..=open.last,
    }
}

/// The ports of this box that devices need.
fn own_ports(config: &Config) -> Vec<Ports> {
    let (proxy, encrypted) = (&config.proxy, &config.resolver.encrypted);
    let ports =
        |listen: &[SocketAddr]| -> Vec<u16> { listen.iter().map(SocketAddr::port).collect() };
    let dns = [vec![DNS], ports(&config.resolver.listen)].concat();
    let page = if proxy.block_page.is_empty() {
        Vec::new()
    } else {
        WEB.to_vec()
    };
    let tcp = [
        dns.clone(),
        ports(&encrypted.listen_dot),
        ports(&encrypted.listen_doh),
        ports(&proxy.explicit),
        page,
    ];
    let udp = [dns, ports(&encrypted.listen_doq), DHCP.to_vec()];
    let tcp = single(Transport::Tcp, tcp.concat());
    let udp = single(Transport::Udp, udp.concat());
    tcp.chain(udp).collect()
}

/// Each port once; the system chooses one for 0.
fn single(transport: Transport, mut ports: Vec<u16>) -> impl Iterator<Item = Ports> {
    ports.sort_unstable();
    ports.dedup();
    let range = |port: u16| -> RangeInclusive<u16> { port..=port };
    let ports = ports.into_iter().filter(|port| *port != 0);
    ports.map(move |port| Ports {
        transport,
        range: range(port),
    })
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

/// The addresses that lists of these kinds name.
fn ranges(lists: &Ruleset, kinds: &[BypassKind]) -> Vec<(u128, u128)> {
    let is_such = |list: &ListInfo| list.bypass.is_some_and(|kind| kinds.contains(&kind));
    lists.address_ranges(is_such).collect()
}

/// The addresses of [`SHARED`].
fn shared() -> Vec<(u128, u128)> {
    let lines = SHARED
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    let subnets = lines.filter_map(|text| text.parse::<Subnet>().ok());
    subnets.map(|net| (net.first(), net.last())).collect()
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
    fn a_proxy_and_its_exemptions_reach_the_rules() {
        let text = |settings: &str| {
            let settings =
                format!("{GATEWAY}\ndirect-addresses-refused-for = [\"thcs\"]\n{settings}");
            serde_json::to_string(&made(&settings, Tier::Thcs)).unwrap()
        };
        let without = text("");
        assert!(!without.contains("tproxy") && without.contains("own choice"));
        // The shared addresses and the ports that stay open.
        assert!(without.contains("104.16.248.249") && without.contains("19302"));
        let with = text(
            "[proxy]\ntransparent = \"on\"\ntransparent-http = 8090\nnever-diverted = [\"203.0.113.0/24\"]",
        );
        assert!(with.contains("\"port\":8090") && with.contains("\"port\":8443"));
        assert!(with.contains("203.0.113.255"));
    }

    #[test]
    fn shared_addresses_can_all_be_read() {
        let lines = SHARED
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(shared().len(), lines.count());
        assert!(shared().len() > 8);
    }

    #[test]
    fn who_is_asked_in_the_filter_s_place_is_another_machine_and_plain() {
        let asked = |upstreams: &str| {
            let text = format!("version = \"v1\"\n[resolver]\nupstreams = {upstreams}");
            let rescue = rescue(&Config::parse(&text, "x").unwrap());
            (
                rescue.v4.map(|v4| v4.to_string()),
                rescue.v6.map(|v6| v6.to_string()),
            )
        };
        let four = |text: &str| Some(text.to_owned());
        let plain = asked(
            r#"["tls://9.9.9.9#dns.quad9.net", "127.0.0.1:5300", "1.1.1.1", "2620:fe::fe", "8.8.8.8"]"#,
        );
        assert_eq!(plain, (four("1.1.1.1:53"), four("[2620:fe::fe]:53")));
        assert_eq!(asked(r#"["tls://9.9.9.9#dns.quad9.net"]"#), (None, None));
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
