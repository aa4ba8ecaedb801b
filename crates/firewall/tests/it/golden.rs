//! Rulesets as files, one command a line: what changes in them is seen in a review.

use std::path::Path;

use lachan_firewall::{Plan, Unsound, ruleset, unfiltered};

use crate::schools::{bridged, explicit, gateway, groups, proxied, resolver};

/// The commands of a plan, one a line.
fn shown(plan: &Plan<'_>) -> String {
    let ruleset = ruleset(plan).unwrap();
    let commands = ruleset.objects.iter();
    commands
        .map(|command| serde_json::to_string(command).unwrap() + "\n")
        .collect()
}

/// Compares with the file; `LACHAN_GOLDEN=write` makes it anew.
fn check(name: &str, plan: &Plan<'_>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    let file = file.join(name);
    let got = shown(plan);
    if std::env::var_os("LACHAN_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(&file, &got).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap();
    let (got, expected): (Vec<_>, Vec<_>) = (got.lines().collect(), expected.lines().collect());
    for (got, expected) in got.iter().zip(&expected) {
        assert_eq!(got, expected, "in {name}");
    }
    assert_eq!(got.len(), expected.len(), "in {name}");
}

#[test]
fn a_gateway_s_rules_are_those_of_its_file() {
    check("gateway.jsonl", &gateway(&groups()));
}

#[test]
fn a_resolver_s_rules_are_those_of_its_file() {
    check("resolver.jsonl", &resolver(&groups()));
}

#[test]
fn a_proxied_school_s_rules_are_those_of_its_file() {
    check("proxied.jsonl", &proxied(&groups()));
}

#[test]
fn the_rules_of_a_proxy_that_devices_set_are_those_of_its_file() {
    check("explicit.jsonl", &explicit(&groups()));
    let groups = groups();
    let mut plan = explicit(&groups);
    plan.outside = None;
    check("explicit-beside.jsonl", &plan);
}

#[test]
fn from_where_the_box_is_managed_is_no_way_round() {
    let groups = groups();
    let mut plan = proxied(&groups);
    plan.management.ports = vec![22];
    plan.management.from = vec!["198.51.100.0/24".parse().unwrap()];
    // Once, for the ports of the box; not among what goes its way unfiltered.
    let own = |line: &&str| line.contains("\"own4\"") && line.contains("198.51.100.0");
    assert_eq!(shown(&plan).lines().filter(own).count(), 0);
    assert!(shown(&plan).contains("198.51.100.0"));
}

#[test]
fn a_bridge_s_rules_are_those_of_its_file() {
    check("bridge.jsonl", &bridged(&groups()));
}

#[test]
fn a_gateway_that_filters_nothing_is_still_the_way_out() {
    let groups = groups();
    for plan in [gateway(&groups), proxied(&groups), bridged(&groups)] {
        let text = serde_json::to_string(&unfiltered(&plan).unwrap()).unwrap();
        assert!(text.contains("masquerade"));
        for word in ["redirect", "reject", "limit", "tproxy", "bridge"] {
            assert!(!text.contains(word), "{word}");
        }
    }
}

#[test]
fn a_wall_without_a_proxy_leaves_the_web_alone() {
    let rules = shown(&gateway(&groups()));
    assert!(!rules.contains("tproxy") && !rules.contains("past the proxy"));
    let resolver = shown(&resolver(&groups()));
    for word in ["forward", "tproxy", "masquerade", "dnat"] {
        assert!(!resolver.contains(word), "{word}");
    }
}

#[test]
fn nothing_but_our_table_is_ever_named() {
    let groups = groups();
    for plan in [proxied(&groups), bridged(&groups)] {
        for line in shown(&plan).lines() {
            let is_ours =
                line.contains(r#""name":"lachan""#) || line.contains(r#""table":"lachan""#);
            assert!(is_ours, "{line}");
        }
    }
}

#[test]
fn a_plan_that_would_shut_everybody_out_is_refused() {
    let groups = groups();
    let mut plan = gateway(&groups);
    plan.management.from.clear();
    assert_eq!(ruleset(&plan).unwrap_err(), Unsound::NoManagement);
    let mut plan = gateway(&groups);
    plan.outside = None;
    assert_eq!(ruleset(&plan).unwrap_err(), Unsound::NoOutside);
    let mut plan = gateway(&groups);
    plan.inside.clear();
    assert_eq!(ruleset(&plan).unwrap_err(), Unsound::NoInside);
    let mut plan = bridged(&groups);
    plan.bridge = None;
    assert_eq!(ruleset(&plan).unwrap_err(), Unsound::NoBridge);
}
