//! The firewall's surroundings: what it needs of the system, what spoils it, and who else has rules.

use std::fs;
use std::path::Path;

use lachan_config::{Config, DhcpMode, NetworkMode};
use lachan_firewall::{Bridge, FirewallError, Nft, Program, ProgramError};
use serde_json::Value;

use super::Case;
use super::finding::Finding;
use crate::dhcp;
use crate::firewall::{diverts, routes};
use crate::words::Words;

/// Where the kernel keeps what can be set of the network.
const SETTINGS: &str = "/proc/sys/net";
/// Where it names the tables of the older firewall, which `nft` does not show.
const OLD_TABLES: [&str; 2] = ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"];
/// The first `nft` that takes all our rules as JSON.
const OLDEST: (u32, u32) = (1, 0);
/// The priority of our chain that leads DNS to us.
const OURS: i64 = -100;
/// What somebody refused at once may wait for at most, in milliseconds: the kernel's rate for telling.
const MOST_WAIT: u32 = 100;

/// Feeds what reads other programs' words.
pub(super) fn fuzz(text: &str) {
    let words = Words::new(lachan_config::Language::English);
    drop(others(words, text));
    drop(old_tables(words, text));
    is_old(text);
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let (words, config) = (case.words, case.config);
    if config.network.mode == NetworkMode::Off {
        return Vec::new();
    }
    let nft = Nft::default();
    let mut findings = vec![program(words, nft.version())];
    findings.extend(bridge(words, config));
    let setting = |name: &str| fs::read_to_string(Path::new(SETTINGS).join(name)).ok();
    findings.extend(settings(words, config, &setting));
    findings.extend(diverting(words, config, || routes().standing()));
    match nft.chains() {
        Ok(text) => findings.extend(others(words, &text)),
        Err(FirewallError::NotAllowed) => findings.push(Finding::unknown_until(
            "other-firewalls",
            words.other_firewalls_unknown(),
            words.run_as_root(),
        )),
        Err(_) => {}
    }
    let old = OLD_TABLES
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    findings.extend(old_tables(words, &old.collect::<String>()));
    findings.extend(dnsmasq(words, config));
    findings
}

fn program(words: Words, version: Result<Option<String>, FirewallError>) -> Finding {
    const CHECK: &str = "nft";
    match version {
        Ok(version) => {
            let version = version.unwrap_or_default();
            if is_old(&version) {
                Finding::fault(CHECK, words.nft_old(&version), words.nft_old_remedy())
            } else {
                Finding::good(CHECK, words.nft_there(&version))
            }
        }
        Err(error) => {
            let text = words.firewall_error(&error);
            Finding::fault(CHECK, text, words.nft_remedy())
        }
    }
}

/// Whether a version such as `1.0.6` is before [`OLDEST`]. One that cannot be read is not.
fn is_old(version: &str) -> bool {
    let mut parts = version.split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
        return false;
    };
    (major, minor) < OLDEST
}

/// Whether the bridge is as the settings say, and the kernel can filter it.
fn bridge(words: Words, config: &Config) -> Option<Finding> {
    const CHECK: &str = "bridge";
    let network = &config.network;
    let (Some(name), Some(outside), NetworkMode::Bridge) =
        (&network.bridge, &network.outside, network.mode)
    else {
        return None;
    };
    let found = match Nft::default().knows_bridges() {
        Ok(false) => Err(FirewallError::NoBridges),
        _ => Bridge::look(name, &network.inside, outside),
    };
    Some(match found {
        Ok(_) => Finding::good(CHECK, words.bridge_is_there(name.as_str())),
        Err(error) => {
            let text = words.firewall_error(&error);
            Finding::fault(CHECK, text, words.bridge_remedy())
        }
    })
}

/// The kernel's settings that the rules rest on, each read by its name below [`SETTINGS`].
fn settings(
    words: Words,
    config: &Config,
    setting: &dyn Fn(&str) -> Option<String>,
) -> Vec<Finding> {
    let number = |name: &str| -> Option<u32> { setting(name)?.trim().parse().ok() };
    let mut findings = Vec::new();
    let network = &config.network;
    let routes = match network.mode {
        NetworkMode::Off | NetworkMode::Resolver => false,
        NetworkMode::Gateway | NetworkMode::Bridge => true,
        NetworkMode::Proxy => network.outside.is_some(),
    };
    if routes {
        for name in ["ipv4/ip_forward", "ipv6/conf/all/forwarding"] {
            // A kernel without IPv6 has no such setting.
            let Some(value) = number(name) else { continue };
            let key = key(name);
            findings.push(if value == 0 {
                let remedy = words.set_kernel(&key, 1);
                Finding::fault("forwarding", words.forwards_nothing(&key), remedy)
            } else {
                Finding::good("forwarding", words.forwards(&key))
            });
        }
        let slow = ["ipv4/icmp_ratelimit", "ipv6/icmp/ratelimit"]
            .into_iter()
            .find(|name| number(name).is_some_and(|value| value > MOST_WAIT));
        findings.extend(slow.map(|name| {
            let (key, value) = (key(name), number(name).unwrap_or_default());
            let remedy = words.set_kernel(&key, MOST_WAIT);
            Finding::warning("icmp-rate", words.refuses_slowly(&key, value), remedy)
        }));
    }
    for interface in &network.inside {
        let name = format!("ipv4/conf/{interface}/route_localnet");
        if number(&name) == Some(1) {
            let key = key(&name);
            let text = words.localnet_is_routed(interface.as_str());
            findings.push(Finding::warning(
                "localnet",
                text,
                words.set_kernel(&key, 0),
            ));
        }
    }
    findings.extend(marks(words, config, &number));
    findings
}

/// With both of these the kernel takes what is marked for the proxy for forged: the way back, by the
/// mark, is this machine itself.
fn marks(words: Words, config: &Config, number: &dyn Fn(&str) -> Option<u32>) -> Option<Finding> {
    if !diverts(config) || number("ipv4/conf/all/src_valid_mark") != Some(1) {
        return None;
    }
    let network = &config.network;
    let bridge = network.bridge.iter();
    let mut names = network.inside.iter().chain(bridge).map(ToString::to_string);
    let checks = |name: &str| number(&format!("ipv4/conf/{name}/rp_filter")) > Some(0);
    let is_checked = checks("all") || names.any(|name| checks(&name));
    is_checked.then(|| {
        let remedy = words.set_kernel("net.ipv4.conf.all.src_valid_mark", 0);
        Finding::fault("valid-mark", words.marks_are_forged(), remedy)
    })
}

/// The name that sysctl(8) has for a setting.
fn key(name: &str) -> String {
    format!(
        "net.{}",
        name.replace('.', "\0").replace('/', ".").replace('\0', "/")
    )
}

/// Whether what is diverted finds its way to the proxy.
fn diverting(
    words: Words,
    config: &Config,
    standing: impl FnOnce() -> Result<bool, FirewallError>,
) -> Option<Finding> {
    const CHECK: &str = "proxy-routes";
    if !diverts(config) {
        return None;
    }
    Some(match standing() {
        Ok(true) => Finding::good(CHECK, words.proxy_routes_there()),
        Ok(false) => Finding::fault(
            CHECK,
            words.proxy_routes_lack(),
            words.proxy_routes_remedy(),
        ),
        Err(error) => Finding::unknown(CHECK, words.firewall_error(&error)),
    })
}

/// Chains of others that decide before or beside ours, out of what `nft -j list chains` tells.
fn others(words: Words, text: &str) -> Vec<Finding> {
    const CHECK: &str = "other-firewalls";
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let objects = value["nftables"].as_array().map_or(&[][..], Vec::as_slice);
    let mut findings = Vec::new();
    for chain in objects.iter().map(|object| &object["chain"]) {
        let field = |key: &str| chain[key].as_str().unwrap_or_default();
        if field("table") == lachan_firewall::TABLE || field("hook").is_empty() {
            continue;
        }
        let name = format!("{} {} {}", field("family"), field("table"), field("name"));
        let passes_devices = ["prerouting", "forward", "input"].contains(&field("hook"));
        let leads = field("type") == "nat" && field("hook") == "prerouting";
        let is_before = chain["prio"].as_i64().is_some_and(|prio| prio <= OURS);
        if passes_devices && field("policy") == "drop" {
            let remedy = words.other_drops_remedy(field("family"), field("table"));
            findings.push(Finding::warning(CHECK, words.other_drops(&name), remedy));
        } else if leads && is_before {
            let remedy = words.other_leads_remedy(field("family"), field("table"));
            findings.push(Finding::warning(CHECK, words.other_leads(&name), remedy));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::good(CHECK, words.no_other_firewalls()));
    }
    findings
}

/// Rules of the older firewall, which stand beside ours and cannot be shown by `nft`.
fn old_tables(words: Words, names: &str) -> Option<Finding> {
    let mut names: Vec<&str> = names.split_whitespace().collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| {
        let text = words.old_firewall(&names.join(", "));
        Finding::warning("old-firewall", text, words.old_firewall_remedy())
    })
}

/// Whether the program that gives addresses is there, and has our file, in which its DNS is off.
fn dnsmasq(words: Words, config: &Config) -> Vec<Finding> {
    const CHECK: &str = "dnsmasq";
    let settings = &config.network.dhcp;
    if settings.mode == DhcpMode::Off {
        return Vec::new();
    }
    let asked = Program::usual("/usr/sbin/dnsmasq", "dnsmasq").run(&["--version"], "");
    if let Err(ProgramError::Missing(_)) = asked {
        return vec![Finding::fault(
            CHECK,
            words.dnsmasq_missing(),
            words.dnsmasq_remedy(),
        )];
    }
    let path = settings.file(&config.paths);
    let shown = path.display().to_string();
    let finding = match fs::read_to_string(&path) {
        Ok(text) if text == dhcp::file(config) => {
            Finding::good(CHECK, words.dnsmasq_has_its_file(&shown))
        }
        _ => Finding::warning(
            CHECK,
            words.dnsmasq_file_differs(&shown),
            words.reload_remedy(),
        ),
    };
    vec![finding]
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use lachan_config::Language;

    const VI: Words = Words::new(Language::Vietnamese);
    const GATEWAY: &str = "version = \"v1\"\n[network]\nmode = \"gateway\"\ninside = [\"lan0.20\"]\noutside = \"wan0\"\n";

    fn config(more: &str) -> Config {
        Config::parse(&format!("{GATEWAY}{more}"), "x").unwrap()
    }

    /// The checks that are not good, with a kernel that is set so.
    fn bad(config: &Config, values: &[(&str, &str)]) -> Vec<(&'static str, Level)> {
        let setting = |name: &str| {
            let found = values.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| format!("{value}\n"))
        };
        let findings = settings(VI, config, &setting).into_iter();
        let not_good = findings.filter(|finding| finding.level != Level::Good);
        not_good
            .map(|finding| (finding.check, finding.level))
            .collect()
    }

    #[test]
    fn an_nft_that_is_too_old_or_not_there_is_told() {
        let level = |version: &str| program(VI, Ok(Some(version.to_owned()))).level;
        assert_eq!(level("1.0.6"), Level::Good);
        assert_eq!(level("0.9.8"), Level::Fault);
        assert_eq!(level("git"), Level::Good);
        let missing = program(VI, Err(FirewallError::Missing("nft".into())));
        assert_eq!(missing.level, Level::Fault);
    }

    #[test]
    fn a_gateway_that_forwards_nothing_is_told() {
        let well = [("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1")];
        assert_eq!(bad(&config(""), &well), []);
        let ill = [
            ("ipv4/ip_forward", "0"),
            ("ipv4/icmp_ratelimit", "1000"),
            ("ipv4/conf/lan0.20/route_localnet", "1"),
        ];
        let expected = [
            ("forwarding", Level::Fault),
            ("icmp-rate", Level::Warning),
            ("localnet", Level::Warning),
        ];
        assert_eq!(bad(&config(""), &ill), expected);
        let resolver = GATEWAY.replace("gateway", "resolver");
        let resolver = Config::parse(&resolver, "x").unwrap();
        assert_eq!(bad(&resolver, &ill[..2]), []);
    }

    #[test]
    fn marks_that_the_kernel_takes_for_forged_are_told_where_they_matter() {
        let strict = [
            ("ipv4/conf/all/src_valid_mark", "1"),
            ("ipv4/conf/lan0.20/rp_filter", "2"),
        ];
        let proxied = config("[proxy]\ntransparent = \"on\"\n");
        assert_eq!(bad(&proxied, &strict), [("valid-mark", Level::Fault)]);
        assert_eq!(bad(&proxied, &strict[..1]), []);
        assert_eq!(bad(&config(""), &strict), []);
    }

    #[test]
    fn a_setting_has_the_name_that_sysctl_knows() {
        assert_eq!(key("ipv4/ip_forward"), "net.ipv4.ip_forward");
        // An interface's dot is written as a slash: sysctl(8).
        let name = "ipv4/conf/lan0.20/route_localnet";
        assert_eq!(key(name), "net.ipv4.conf.lan0/20.route_localnet");
    }

    #[test]
    fn a_proxy_that_nothing_leads_to_is_told() {
        let proxied = config("[proxy]\ntransparent = \"on\"\n");
        let level = |standing| diverting(VI, &proxied, || standing).map(|finding| finding.level);
        assert_eq!(level(Ok(true)), Some(Level::Good));
        assert_eq!(level(Ok(false)), Some(Level::Fault));
        assert_eq!(level(Err(FirewallError::NotAllowed)), Some(Level::Unknown));
        assert_eq!(diverting(VI, &config(""), || Ok(false)), None);
    }

    #[test]
    fn chains_of_others_that_decide_too_are_told() {
        let told = |chain: &str| {
            let text = format!(r#"{{"nftables":[{{"metainfo":{{}}}},{{"chain":{chain}}}]}}"#);
            let findings = others(VI, &text);
            (findings[0].level, findings[0].text.clone())
        };
        let docker = r#"{"family":"ip","table":"filter","name":"FORWARD","type":"filter","hook":"forward","prio":0,"policy":"drop"}"#;
        let (level, text) = told(docker);
        assert!(
            level == Level::Warning && text.contains("ip filter FORWARD"),
            "{text}"
        );
        let nat = r#"{"family":"ip","table":"nat","name":"PREROUTING","type":"nat","hook":"prerouting","prio":-100,"policy":"accept"}"#;
        assert_eq!(told(nat).0, Level::Warning);
        for harmless in [
            nat.replace("-100", "-90"),
            docker.replace("\"drop\"", "\"accept\""),
            docker.replace("\"filter\",\"name\"", "\"lachan\",\"name\""),
            r#"{"family":"ip","table":"x","name":"y"}"#.to_owned(),
        ] {
            assert_eq!(told(&harmless).0, Level::Good, "{harmless}");
        }
        assert_eq!(others(VI, "no JSON")[0].level, Level::Good);
    }

    #[test]
    fn the_older_firewall_is_told_with_its_tables() {
        assert_eq!(old_tables(VI, ""), None);
        let found = old_tables(VI, "nat\nfilter\nfilter\n").unwrap();
        assert!(found.text.contains("filter, nat"), "{found:?}");
    }
}
