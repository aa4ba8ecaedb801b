//! A real kernel takes the rules: in a network namespace of the test's own, which needs no root.

use std::process::Command;

use lachan_firewall::{Nft, ruleset};
use nftables::schema::Nftables;

use crate::schools::{gateway, groups, resolver};

/// Runs a test of this file in a namespace where it may change the rules.
fn in_namespace(test: &str) {
    let this = std::env::current_exe().unwrap();
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net"])
        .arg(this)
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .status()
        .unwrap();
    assert!(status.success(), "{test}");
}

/// What another program has in the kernel.
fn theirs() -> String {
    let output = Command::new("nft")
        .args(["list", "table", "ip", "theirs"])
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

fn run(script: &str) {
    let status = Command::new("nft").arg(script).status().unwrap();
    assert!(status.success(), "{script}");
}

#[test]
fn the_kernel_takes_the_rules_whole_or_not_at_all() {
    in_namespace("kernel::takes_the_rules");
}

#[test]
#[ignore = "run by the_kernel_takes_the_rules_whole_or_not_at_all, in a namespace"]
fn takes_the_rules() {
    let nft = Nft::default();
    run("table ip theirs { chain c { type filter hook input priority 5; tcp dport 9 drop; }; }");
    let before = theirs();
    assert_eq!(nft.live().unwrap(), None);
    let groups = groups();
    for plan in [resolver(&groups), gateway(&groups)] {
        let rules = ruleset(&plan).unwrap();
        let applied = nft.apply(&rules).unwrap();
        assert_eq!(applied.differences(&nft.live().unwrap().unwrap()), []);
        assert!(applied.counts().count() > 3);
        nft.say_alive().unwrap();
        assert_eq!(nft.apply(&rules).unwrap(), applied, "twice is once");
    }
    assert_eq!(theirs(), before);
    refuses_what_it_does_not_know(&nft);
    tells_what_changed(&nft);
    nft.remove().unwrap();
    nft.remove().unwrap();
    assert_eq!(nft.live().unwrap(), None);
    assert_eq!(theirs(), before);
    assert!(
        nft.say_alive().is_err(),
        "nobody lives in a table that is gone"
    );
}

fn refuses_what_it_does_not_know(nft: &Nft) {
    let before = nft.live().unwrap().unwrap();
    let groups = groups();
    let text = serde_json::to_string(&ruleset(&gateway(&groups)).unwrap()).unwrap();
    let text = text.replace("\"hook\":\"postrouting\"", "\"hook\":\"egress\"");
    let wrong: Nftables<'_> = serde_json::from_str(&text).unwrap();
    nft.apply(&wrong).unwrap_err();
    assert_eq!(before.differences(&nft.live().unwrap().unwrap()), []);
}

fn tells_what_changed(nft: &Nft) {
    let before = nft.live().unwrap().unwrap();
    run("insert rule inet lachan names accept comment \"mine\"");
    let differences = before.differences(&nft.live().unwrap().unwrap());
    let told: Vec<_> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["+ names: mine"]);
}
