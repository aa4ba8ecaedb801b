//! A real kernel takes the rules: in a network namespace of the test's own, which needs no root.

use std::process::Command;

use lachan_firewall::{FirewallError, Nft, Routes, Signs, ruleset};
use nftables::schema::Nftables;

use crate::schools::{bridged, explicit, gateway, groups, proxied, resolver};

/// Set where a test runs in its namespace.
const INSIDE: &str = "LACHAN_TEST_NAMESPACE";
/// A namespace of one's own, where one may change the rules.
const SPACES: [&str; 3] = ["--user", "--map-root-user", "--net"];

/// Runs a test of this file in a namespace; says whether the system allows any, which some
/// containers do not.
fn in_namespace(test: &str) -> bool {
    let allowed = Command::new("unshare").args(SPACES).arg("true").status();
    if !allowed.unwrap().success() {
        return false;
    }
    let this = std::env::current_exe().unwrap();
    let status = Command::new("unshare")
        .args(SPACES)
        .arg(this)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .status()
        .unwrap();
    assert!(status.success(), "{test}");
    true
}

/// What another program has in the kernel.
fn theirs() -> String {
    let output = Command::new("/usr/sbin/nft")
        .args(["list", "table", "ip", "theirs"])
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

fn run(script: &str) {
    let status = Command::new("/usr/sbin/nft").arg(script).status().unwrap();
    assert!(status.success(), "{script}");
}

/// Runs itself in a namespace, and there tries the rules.
#[test]
fn the_kernel_takes_the_rules_whole_or_not_at_all() {
    if std::env::var_os(INSIDE).is_some() {
        takes_the_rules();
    } else if !in_namespace("kernel::the_kernel_takes_the_rules_whole_or_not_at_all") {
        eprintln!("this system allows no namespaces: nothing was tested");
    }
}

fn takes_the_rules() {
    let nft = Nft::default();
    run("table ip theirs { chain c { type filter hook input priority 5; tcp dport 9 drop; }; }");
    let before = theirs();
    assert_eq!(nft.live().unwrap(), None);
    let groups = groups();
    let everybody = Signs {
        dns: true,
        proxy: false,
    };
    for plan in [
        resolver(&groups),
        proxied(&groups),
        explicit(&groups),
        gateway(&groups),
    ] {
        let rules = ruleset(&plan).unwrap();
        let applied = nft.apply(&rules).unwrap();
        assert_eq!(applied.differences(&nft.live().unwrap().unwrap()), []);
        assert!(
            applied
                .rules()
                .filter(|rule| rule.packets() == Some(0))
                .count()
                > 3
        );
        nft.say(everybody).unwrap();
        assert_eq!(nft.apply(&rules).unwrap(), applied, "twice is once");
    }
    assert_eq!(theirs(), before);
    a_bridge_leaves_nothing_behind(&nft);
    refuses_what_it_does_not_know(&nft);
    tells_what_changed(&nft);
    nft.remove().unwrap();
    nft.remove().unwrap();
    assert_eq!(nft.live().unwrap(), None);
    assert_eq!(theirs(), before);
    assert!(
        nft.say(everybody).is_err(),
        "nobody lives in a table that is gone"
    );
}

fn refuses_what_it_does_not_know(nft: &Nft) {
    let before = nft.live().unwrap().unwrap();
    let groups = groups();
    let text = serde_json::to_string(&ruleset(&gateway(&groups)).unwrap()).unwrap();
    let text = text.replace("\"hook\":\"postrouting\"", "\"hook\":\"egress\"");
    let wrong: Nftables<'_> = serde_json::from_str(&text).unwrap();
    let refused = nft.apply(&wrong).unwrap_err().to_string();
    assert!(refused.contains("does not support this hook"), "{refused}");
    assert_eq!(before.differences(&nft.live().unwrap().unwrap()), []);
}

fn tells_what_changed(nft: &Nft) {
    let before = nft.live().unwrap().unwrap();
    run("insert rule inet lachan names accept comment \"mine\"");
    let differences = before.differences(&nft.live().unwrap().unwrap());
    let told: Vec<_> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["+ names: mine"]);
    run("add table inet lachan { flags dormant; }");
    let differences = before.differences(&nft.live().unwrap().unwrap());
    let told: Vec<_> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["! table: lachan", "+ names: mine"]);
}

#[expect(clippy::print_stderr, reason = "a test says what it did not test")]
fn a_bridge_leaves_nothing_behind(nft: &Nft) {
    let groups = groups();
    let rules = ruleset(&bridged(&groups)).unwrap();
    if !nft.knows_bridges().unwrap() {
        let refused = nft.apply(&rules).unwrap_err();
        assert!(matches!(refused, FirewallError::NoBridges), "{refused}");
        eprintln!("this kernel knows no rules for bridges: they were not tried");
        return;
    }
    let applied = nft.apply(&rules).unwrap();
    assert!(applied.rules().any(|rule| rule.chain() == "lifting"));
    assert_eq!(nft.apply(&rules).unwrap(), applied, "twice is once");
    let both = Signs {
        dns: true,
        proxy: true,
    };
    nft.say(both).unwrap();
    let routed = nft.apply(&ruleset(&gateway(&groups)).unwrap()).unwrap();
    assert!(routed.rules().all(|rule| rule.chain() != "lifting"));
}

/// Runs itself in a namespace, and there tries the routes.
#[test]
fn what_is_diverted_finds_its_way_here_until_it_is_taken_away() {
    if std::env::var_os(INSIDE).is_some() {
        finds_its_way();
    } else if !in_namespace("kernel::what_is_diverted_finds_its_way_here_until_it_is_taken_away") {
        eprintln!("this system allows no namespaces: nothing was tested");
    }
}

fn finds_its_way() {
    ip("link set lo up");
    let routes = Routes::new(0x4C43, 19_523);
    assert!(!routes.standing().unwrap());
    assert!(routes.apply().unwrap());
    assert!(routes.standing().unwrap());
    assert!(!routes.apply().unwrap(), "twice is once");
    // What others have stays; what they spoil of ours is mended.
    ip("rule add fwmark 0x7 lookup 7");
    ip("-6 route flush table 19523");
    ip("rule add pref 99 fwmark 0x4c43 lookup 19523");
    assert!(!routes.standing().unwrap());
    assert!(routes.apply().unwrap());
    assert!(routes.standing().unwrap());
    routes.remove().unwrap();
    routes.remove().unwrap();
    assert!(!routes.standing().unwrap());
    let left = Command::new("/usr/sbin/ip").arg("rule").output().unwrap();
    let left = String::from_utf8(left.stdout).unwrap();
    assert!(left.contains("0x7") && !left.contains("0x4c43"), "{left}");
}

fn ip(arguments: &str) {
    let arguments = arguments.split(' ');
    let status = Command::new("/usr/sbin/ip").args(arguments).status();
    assert!(status.unwrap().success());
}
