//! What was found, for people and for programs.

use serde_json::{Map, Value, json};

use crate::servers::Kind;

/// Figures by server.
pub(crate) struct Report {
    servers: Vec<(Kind, Map<String, Value>)>,
    /// Peers whose programs are not installed.
    missing: Vec<Kind>,
    /// What must be known to judge the figures.
    remarks: Vec<String>,
    checks: Vec<Check>,
}

/// One server under one load by this generator and by dnsperf.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) kind: Kind,
    pub(crate) load: &'static str,
    pub(crate) own: Measured,
    pub(crate) dnsperf: Measured,
}

/// What a generator found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Thousand queries a second.
    pub(crate) kqps: f64,
    /// The server's CPU microseconds a query.
    pub(crate) cost: f64,
}

impl Check {
    fn line(&self) -> String {
        let Measured { kqps, cost } = self.own;
        let (rate, cpu) = (short(self.dnsperf.kqps), short(self.dnsperf.cost));
        format!(
            "cross-check, {}, {}: {} kq/s at {} us CPU by this generator, {rate} kq/s at {cpu} us by dnsperf\n",
            self.kind.name(),
            self.load,
            short(kqps),
            short(cost),
        )
    }

    fn json(&self) -> Value {
        json!({
            "server": self.kind.name(),
            "load": self.load,
            "kqps": rounded(self.own.kqps),
            "cpu_us": rounded(self.own.cost),
            "dnsperf_kqps": rounded(self.dnsperf.kqps),
            "dnsperf_cpu_us": rounded(self.dnsperf.cost),
        })
    }
}

/// A row of the table: what it says, and the key of its figure.
type Row = (&'static str, &'static str);

/// The table, a row a figure.
const ROWS: &[Row] = &[
    ("blocked: CPU us/query", "blocked_us"),
    ("  user part", "blocked_user_us"),
    ("    x reflector", "blocked_user_ratio"),
    ("  kq/s on one core", "blocked_kqps"),
    ("  x reflector", "blocked_ratio"),
    ("cached: CPU us/query", "cached_us"),
    ("  user part", "cached_user_us"),
    ("    x reflector", "cached_user_ratio"),
    ("  kq/s on one core", "cached_kqps"),
    ("  x reflector", "cached_ratio"),
    ("mix 70/25/5: CPU us/query", "mix_us"),
    ("  kq/s on one core", "mix_kqps"),
    ("  x reflector", "mix_ratio"),
    ("DoT, 100 connections: q/s", "dot_qps"),
    ("  CPU us/query", "dot_cpu_us"),
    ("  CPU x best peer", "dot_ratio"),
    ("  q/s x best peer", "dot_qps_ratio"),
    ("  share of its core", "dot_busy"),
    ("DoH, 100 connections: q/s", "doh_qps"),
    ("  CPU us/query", "doh_cpu_us"),
    ("  CPU x best peer", "doh_ratio"),
    ("  q/s x best peer", "doh_qps_ratio"),
    ("  share of its core", "doh_busy"),
    ("dnsperf, blocked: kq/s", "dnsperf_blocked_kqps"),
    ("  CPU us/query", "dnsperf_blocked_us"),
    ("dnsperf, cached: kq/s", "dnsperf_cached_kqps"),
    ("  CPU us/query", "dnsperf_cached_us"),
    ("at 10,000 q/s: p50 us", "p50_us"),
    ("  p99 us", "p99_us"),
    ("  p99 x reflector", "p99_ratio"),
    ("  p99 us, without misses", "p99_local_us"),
    ("  the same x reflector", "p99_local_ratio"),
    ("  CPU us/query", "paced_us"),
    ("1 M names: resident MiB", "rss_mib_1m"),
    ("  of it anonymous", "anon_mib_1m"),
    ("  s to the first answer", "first_answer_s_1m"),
    ("5 M names: resident MiB", "rss_mib_5m"),
    ("  of it anonymous", "anon_mib_5m"),
    ("  s to the first answer", "first_answer_s"),
    ("  blocked: CPU us/query", "blocked_us_5m"),
    ("  x reflector", "blocked_ratio_5m"),
    ("swap under load: lost", "swap_lost"),
    ("  p99 lifted by ms", "swap_p99_lift_ms"),
    ("line down: rate kept", "line_down_ratio"),
    ("  p99 against before", "line_down_p99_ratio"),
    ("  misses: p99 ms", "line_down_miss_ms"),
    ("  MiB grown", "line_down_mib"),
    ("twice the groups and lists: CPU x", "twice_ratio"),
    ("listening everywhere: CPU x", "everywhere_ratio"),
    ("50 at the pages: DNS rate kept", "pages_dns_ratio"),
    ("  pages/s beside full DNS", "pages_full_per_s"),
    ("  at 10,000 q/s: pages/s", "pages_school_per_s"),
    ("    a page, ms", "pages_school_ms"),
    ("    p95", "pages_school_p95_ms"),
    ("    share of queries answered", "pages_school_answered"),
];

/// What the figures should be (issue 3, "Speed and memory").
const TARGETS: &str = "\
targets for lachan: blocked <= 1.25 x, cached <= 1.35 x, mix <= 1.8 x, user part of the first two <= 0.7 us
(where the reflector takes 3.0: 0.23 x),
p99 <= 1.15 x, resident <= 36 MiB at 1 M and <= 72 MiB at 5 M names (anonymous <= 24), first answer <= 0.3 s,
a swap loses nothing and lifts p99 by < 1 ms, line down keeps >= 0.95 of the rate and of the p99,
DoT and DoH: CPU <= 1 x and q/s >= 1 x the best of unbound and dnsdist,
50 people at the pages leave DNS >= 0.95 of its rate (issue 5)";

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            servers: Vec::new(),
            missing: Vec::new(),
            remarks: Vec::new(),
            checks: Vec::new(),
        }
    }

    pub(crate) fn missing(&mut self, kind: Kind) {
        self.missing.push(kind);
    }

    /// Adds what two generators say of one server.
    pub(crate) fn check(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// Adds what must be known to judge the figures; said at once, too.
    pub(crate) fn remark(&mut self, text: String) {
        crate::note(&text);
        self.remarks.push(text);
    }

    /// Sets a figure; one that is no number is left out.
    pub(crate) fn set(&mut self, kind: Kind, key: &str, figure: f64) {
        self.put(kind, key, json!(rounded(figure)));
    }

    /// Sets the least and the most of what a figure is the median of.
    pub(crate) fn set_spread(&mut self, kind: Kind, key: &str, figures: &[f64]) {
        let least = figures.iter().copied().fold(f64::NAN, f64::min);
        let most = figures.iter().copied().fold(f64::NAN, f64::max);
        let spread = json!([rounded(least), rounded(most)]);
        self.put(kind, &format!("{key}_spread"), spread);
    }

    fn put(&mut self, kind: Kind, key: &str, value: Value) {
        let known = self.servers.iter().position(|(known, _)| *known == kind);
        let index = known.unwrap_or_else(|| {
            self.servers.push((kind, Map::new()));
            self.servers.len() - 1
        });
        self.servers[index].1.insert(key.to_owned(), value);
    }

    fn figures(&self, kind: Kind) -> Map<String, Value> {
        let found = self.servers.iter().find(|(known, _)| *known == kind);
        found
            .map(|(_, figures)| figures.clone())
            .unwrap_or_default()
    }

    /// One document: ours above, the others below.
    pub(crate) fn json(&self) -> Value {
        let mut all = self.figures(Kind::Lachan);
        all.insert("bench".into(), "dns".into());
        all.insert(
            "reflector".into(),
            Value::Object(self.figures(Kind::Reflector)),
        );
        let peers = Kind::PEERS.iter().filter(|kind| !self.is_missing(**kind));
        let peers = peers.map(|kind| (kind.name().to_owned(), Value::Object(self.figures(*kind))));
        all.insert("peers".into(), Value::Object(peers.collect()));
        let missing = self.missing.iter().map(|kind| Value::from(kind.name()));
        all.insert("not_installed".into(), missing.collect());
        all.insert("remarks".into(), self.remarks.clone().into());
        all.insert(
            "cross_check".into(),
            self.checks.iter().map(Check::json).collect(),
        );
        Value::Object(all)
    }

    fn is_missing(&self, kind: Kind) -> bool {
        self.missing.contains(&kind)
    }

    /// A table: a column a server, a row a figure that anybody has.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("{:<34}", "");
        for (kind, _) in &self.servers {
            text.push_str(&format!("{:>20}", kind.name()));
        }
        text.push('\n');
        for (title, key) in ROWS {
            if self
                .servers
                .iter()
                .all(|(_, figures)| !figures.contains_key(*key))
            {
                continue;
            }
            text.push_str(&format!("{title:<34}"));
            for (_, figures) in &self.servers {
                text.push_str(&format!("{:>20}", cell(figures, key)));
            }
            text.push('\n');
        }
        self.checks
            .iter()
            .for_each(|check| text.push_str(&check.line()));
        for remark in &self.remarks {
            text.push_str(&format!("note: {remark}\n"));
        }
        for kind in &self.missing {
            text.push_str(&format!("not measured: {} is not installed\n", kind.name()));
        }
        text.push_str("medians of interleaved rounds, [least-most] behind\n");
        text + TARGETS
    }
}

fn cell(figures: &Map<String, Value>, key: &str) -> String {
    let Some(figure) = figures.get(key).and_then(Value::as_f64) else {
        return "-".into();
    };
    let spread = figures.get(&format!("{key}_spread"));
    match spread.map(|spread| (spread[0].as_f64(), spread[1].as_f64())) {
        Some((Some(least), Some(most))) => {
            format!("{} [{}-{}]", short(figure), short(least), short(most))
        }
        _ => short(figure),
    }
}

fn short(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

/// Four digits behind the point: no figure is better than that.
fn rounded(figure: f64) -> Option<f64> {
    figure
        .is_finite()
        .then(|| (figure * 10_000.0).round() / 10_000.0)
}
