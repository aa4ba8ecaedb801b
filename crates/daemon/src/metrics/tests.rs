use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::time::Duration;

use lachan_policy::BypassKind;
use lachan_resolver::latency::Histogram;
use lachan_resolver::{BypassCounts, Counts};

use super::*;
use crate::control::RuleCount;
use crate::control::tests::sample;

fn held(rule: &str, refuses: bool, packets: u64) -> RuleCount {
    RuleCount {
        rule: rule.to_owned(),
        refuses,
        packets,
    }
}

fn figures() -> Figures {
    let (here, upstream) = (Histogram::default(), Histogram::default());
    for nanos in [900, 3_000, 3_100, 90_000_000] {
        here.record(Duration::from_nanos(nanos));
    }
    let mut status = sample().status;
    status.firewall.counts = vec![
        held("tunnels' addresses (ip)", true, 7),
        held("shared resolvers (ip6)", false, 2),
    ];
    Figures {
        status,
        tally: Tally {
            queries: Counts {
                queries: 9,
                blocked: 4,
                ..Counts::default()
            },
            bypasses: BypassCounts::default().with(BypassKind::Vpn, 3),
            ..Tally::default()
        },
        latencies: Latencies {
            here: here.read(),
            upstream: upstream.read(),
        },
    }
}

/// A page as a strict reader sees it: the kind of each family, and every series with its value.
#[derive(Debug, Default)]
struct Read {
    kinds: BTreeMap<String, String>,
    series: BTreeMap<String, f64>,
}

/// Reads a page by the formats' grammar; panics where it breaks it.
fn read(text: &str, form: Form) -> Read {
    let mut read = Read::default();
    let mut family = String::new();
    let text = match form {
        Form::Text => text,
        Form::OpenMetrics => text.strip_suffix("# EOF\n").expect("the end is marked"),
    };
    assert!(text.ends_with('\n') && !text.contains("\n\n"));
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(help.ends_with('.'), "{line}");
            let kind = lines.next().unwrap();
            let kind = kind.strip_prefix(&format!("# TYPE {name} ")).unwrap();
            assert!(["gauge", "counter", "histogram"].contains(&kind), "{kind}");
            let twice = read.kinds.insert(name.to_owned(), kind.to_owned());
            assert_eq!(twice, None, "{name} stands twice");
            family = name.to_owned();
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        check_name(name, &family, &read.kinds[&family], form);
        check_labels(&series[name.len()..]);
        let value: f64 = value.parse().unwrap();
        assert!(value >= 0.0, "{line}");
        let twice = read.series.insert(series.to_owned(), value);
        assert_eq!(twice, None, "{series} stands twice");
    }
    read
}

fn check_name(name: &str, family: &str, kind: &str, form: Form) {
    assert!(
        name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
        "{name}"
    );
    let ending = name
        .strip_prefix(family)
        .unwrap_or_else(|| panic!("{name} in {family}"));
    let fits = match (kind, form) {
        ("counter", Form::Text) => ending.is_empty() && name.ends_with("_total"),
        ("counter", Form::OpenMetrics) => ending == "_total" && !family.ends_with("_total"),
        ("histogram", _) => ["_bucket", "_sum", "_count"].contains(&ending),
        _ => ending.is_empty() && !name.ends_with("_total"),
    };
    assert!(fits, "{name} in the {kind} {family}");
}

fn check_labels(labels: &str) {
    if labels.is_empty() {
        return;
    }
    let inside = labels
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap();
    for label in inside.split("\",") {
        let (name, value) = label.split_once("=\"").unwrap();
        assert!(
            [
                "kind", "le", "outcome", "rule", "upstream", "verdict", "version"
            ]
            .contains(&name),
            "{labels}"
        );
        assert!(
            !value.trim_end_matches('"').contains(['\n', '"']),
            "{labels}"
        );
    }
}

#[test]
fn both_formats_keep_their_grammar() {
    for form in [Form::Text, Form::OpenMetrics] {
        let read = read(&render(&figures(), form), form);
        assert_eq!(read.series["lachan_dns_messages_total"], 9.0);
        assert_eq!(
            read.series["lachan_dns_queries_total{outcome=\"blocked\"}"],
            4.0
        );
        let attempts = |kind: &str| {
            read.series[&format!("lachan_dns_bypass_attempts_total{{kind=\"{kind}\"}}")]
        };
        assert_eq!((attempts("vpn"), attempts("lookalike")), (3.0, 0.0));
        assert_eq!(
            read.series["lachan_dns_upstream_up{upstream=\"1.1.1.1:53\"}"],
            0.0
        );
        assert!(read.kinds.len() > 25, "{:?}", read.kinds);
    }
}

#[test]
fn histograms_grow_to_their_count() {
    let read = read(&render(&figures(), Form::Text), Form::Text);
    let bucket =
        |end: &str| read.series[&format!("lachan_dns_answer_here_seconds_bucket{{le=\"{end}\"}}")];
    assert_eq!(bucket("0.000001024"), 1.0);
    assert_eq!(bucket("0.000004096"), 3.0);
    assert_eq!(bucket("+Inf"), 4.0);
    assert_eq!(read.series["lachan_dns_answer_here_seconds_count"], 4.0);
    let sum = read.series["lachan_dns_answer_here_seconds_sum"];
    assert!((sum - 0.090_007).abs() < 1e-9, "{sum}");
}

/// What leaves the school by this page: numbers about the box.
#[test]
fn nothing_of_pupils_stands_on_the_page() {
    let text = render(&figures(), Form::Text);
    let status = sample();
    let blocked = status.blocked.unwrap();
    let secrets = blocked.names.iter().map(|top| top.name.clone());
    let secrets = secrets.chain(blocked.groups.iter().map(|group| group.name.clone()));
    let secrets = secrets.chain(blocked.categories.iter().map(|top| top.id.clone()));
    for secret in secrets.chain([status.status.school]) {
        assert!(!text.contains(&secret), "{secret}");
    }
    let labels: BTreeSet<_> = text
        .split(['{', ','])
        .skip(1)
        .filter_map(|part| part.split_once("=\"").map(|(name, _)| name))
        .collect();
    assert_eq!(
        labels,
        BTreeSet::from([
            "kind", "le", "outcome", "rule", "upstream", "verdict", "version"
        ])
    );
}

#[test]
fn labels_cannot_break_out_of_their_quotes() {
    let mut figures = figures();
    figures.status.version = "1\"\\\n{}".into();
    let text = render(&figures, Form::Text);
    assert!(
        text.contains("lachan_build_info{version=\"1\\\"\\\\\\n{}\"} 1\n"),
        "{text}"
    );
}

#[test]
fn readers_get_the_format_they_ask_for() {
    assert_eq!(Form::accepted("*/*"), Form::Text);
    assert_eq!(
        Form::accepted("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"),
        Form::OpenMetrics
    );
}

/// Prometheus' own judge, where it is installed (Debian: prometheus); the strict reader above is
/// the check everywhere else.
#[test]
fn promtool_finds_no_fault_where_it_is() {
    let judge = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut judge) = judge else {
        return;
    };
    let page = render(&figures(), Form::Text);
    std::io::Write::write_all(&mut judge.stdin.take().unwrap(), page.as_bytes()).unwrap();
    let said = judge.wait_with_output().unwrap();
    assert!(said.status.success() && said.stderr.is_empty(), "{said:?}");
}

#[test]
fn what_the_firewall_held_is_told_by_purpose_and_by_nothing_else() {
    let mut figures = figures();
    for form in [Form::Text, Form::OpenMetrics] {
        let page = read(&render(&figures, form), form);
        let firewall = page.series.iter();
        let firewall = firewall.filter(|(name, _)| name.starts_with("lachan_firewall_packets"));
        let told: Vec<_> = firewall
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        assert_eq!(
            told,
            [
                "lachan_firewall_packets_total{rule=\"shared-resolvers-ip6\",verdict=\"passed\"} 2",
                "lachan_firewall_packets_total{rule=\"tunnels-addresses-ip\",verdict=\"refused\"} 7",
            ]
        );
    }
    figures.status.firewall.counts.clear();
    assert!(!render(&figures, Form::Text).contains("lachan_firewall"));
}
