//! What a TLS connection costs to pass, by its name: our gate beside HAProxy, nginx and squid (where
//! they are installed) and a bare splice(2) relay, after the method of `reference/peer-measurements.md`, B.
//!
//! ```text
//!  core 0: one proxy at a time       core 1: clients and the servers they want
//! ```
//!
//! One connection is: connect, a ClientHello of 519 bytes, 128 bytes back, reset. One million names are
//! closed in each proxy; none of those asked for is. Everything speaks to loopback only.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run should stop")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints its table"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "figures for people"
)]

mod clients;
mod names;
mod peers;
#[expect(dead_code, reason = "shared with the DNS bench, which asks more of it")]
#[path = "../dns/process.rs"]
mod process;
/// What the shared `process` calls the raw limit: here a relay.
#[path = "relay.rs"]
mod reflector;
mod sites;

use std::path::PathBuf;
use std::time::Duration;

use clients::Clients;
use peers::{Kind, Peer};
use process::{Cores, Cpu, Process, pin};
use serde_json::{Map, Value, json};
use sites::Sites;

/// Names that every proxy closes.
const CLOSED: usize = 1_000_000;
/// Open relays whose memory is told.
const OPEN: usize = 10_000;

fn main() {
    let args: Vec<_> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    if args.first().is_some_and(|arg| arg == "child") {
        return process::child(&args[1..]);
    }
    let plan = Plan::read(&args);
    let found = measure(&plan);
    if plan.json {
        println!("{}", serde_json::to_string_pretty(&found.json()).unwrap());
    } else {
        println!("{}", found.table());
    }
}

/// How many relays can be open: each holds two descriptors in the proxy, and two here.
fn most_open(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    let _ = setrlimit(Resource::Nofile, limit);
    let descriptors = maximum.map_or(usize::MAX, |most| most as usize);
    // A third is what the proxy gives to TLS, see the daemon's `Room`.
    wanted.min(descriptors.saturating_sub(3_000) / 3)
}

/// How much is measured.
struct Plan {
    json: bool,
    rounds: usize,
    time: Duration,
    names: usize,
    open: usize,
    only: Option<String>,
}

impl Plan {
    fn read(args: &[String]) -> Self {
        let has = |flag: &str| args.iter().any(|arg| arg == flag);
        let value = |flag: &str| {
            let at = args.iter().position(|arg| arg == flag)?;
            args.get(at + 1).cloned()
        };
        let quick = has("--quick");
        Self {
            json: has("--json"),
            rounds: value("--rounds").map_or(if quick { 3 } else { 9 }, |n| n.parse().unwrap()),
            time: Duration::from_millis(if quick { 700 } else { 2000 }),
            names: if quick { CLOSED / 10 } else { CLOSED },
            open: most_open(if quick { OPEN / 10 } else { OPEN }),
            only: value("--only"),
        }
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

/// Figures of one proxy.
#[derive(Default)]
struct Figures {
    connection_us: Vec<f64>,
    connection_user_us: Vec<f64>,
    rate: Vec<f64>,
    per_gb: Vec<f64>,
    p99_ms: Vec<f64>,
    rss_mib: Option<f64>,
    rss_open_mib: Option<f64>,
    gb_with_open: Option<f64>,
}

struct Found {
    peers: Vec<(Kind, Figures)>,
    missing: Vec<Kind>,
}

fn measure(plan: &Plan) -> Found {
    let cores = Cores::choose();
    pin(cores.generator);
    let folder = tempfile::tempdir().unwrap();
    let lists = peers::write_lists(folder.path(), plan.names);
    let mut sites = Sites::start();
    let names = names::serve();
    let mut found = Found {
        peers: Vec::new(),
        missing: Vec::new(),
    };
    let mut running = Vec::new();
    for kind in Kind::ALL {
        eprintln!("bench tls: starting {}", kind.name());
        match Peer::start(
            kind,
            cores.server,
            folder.path(),
            &lists,
            sites.port(),
            names,
        ) {
            Some(peer) => {
                running.push(peer);
                found.peers.push((kind, Figures::default()));
            }
            None => found.missing.push(kind),
        }
    }
    for (peer, (_, figures)) in running.iter().zip(&mut found.peers) {
        // Everything was used once before its memory is read.
        let _ = Clients::connect_for(peer, Duration::from_millis(300), &mut sites);
        figures.rss_mib = Some(peer.memory());
    }
    for round in 0..plan.rounds {
        eprintln!("bench tls: round {} of {}", round + 1, plan.rounds);
        for at in 0..running.len() {
            // Each round begins with another one.
            let at = (at + round) % running.len();
            let (peer, figures) = (&running[at], &mut found.peers[at].1);
            one_round(plan, peer, figures, &mut sites);
        }
    }
    if plan.wants("open") {
        let at = found
            .peers
            .iter()
            .position(|(kind, _)| *kind == Kind::Lachan);
        if let Some(at) = at {
            open_relays(plan, &running[at], &mut found.peers[at].1, &mut sites);
        }
    }
    found
}

fn one_round(plan: &Plan, peer: &Peer, figures: &mut Figures, sites: &mut Sites) {
    if plan.wants("connection") {
        let before = peer.cpu();
        let count = Clients::connect_for(peer, plan.time, sites);
        let used = peer.cpu() - before;
        let per = |cpu: f64| cpu / count as f64;
        figures.connection_us.push(per(used.total));
        figures.connection_user_us.push(per(used.user));
        figures.rate.push(count as f64 / plan.time.as_secs_f64());
    }
    if plan.wants("relay") {
        let before = peer.cpu();
        let bytes = Clients::load_for(peer, plan.time, sites, 4);
        let used = peer.cpu() - before;
        figures.per_gb.push(used.total / 1e6 / (bytes as f64 / 1e9));
    }
    if plan.wants("latency") {
        figures
            .p99_ms
            .push(Clients::paced(peer, plan.time, sites, 500.0));
    }
}

/// Memory with many relays open, and what a byte costs then.
fn open_relays(plan: &Plan, peer: &Peer, figures: &mut Figures, sites: &mut Sites) {
    eprintln!("bench tls: {} open relays", plan.open);
    let before = peer.memory();
    let held = Clients::hold(peer, plan.open, sites);
    // Where the system lets fewer be open, as many as wanted would take in proportion.
    let each = (peer.memory() - before) / plan.open as f64;
    figures.rss_open_mib = Some(before + each * OPEN as f64);
    let before = peer.cpu();
    let bytes = Clients::load_for(peer, plan.time, sites, 4);
    let used = peer.cpu() - before;
    figures.gb_with_open = Some(used.total / 1e6 / (bytes as f64 / 1e9));
    drop(held);
}

impl Found {
    fn of(&self, kind: Kind) -> Option<&Figures> {
        let found = self.peers.iter().find(|(known, _)| *known == kind)?;
        Some(&found.1)
    }

    fn ratio(&self, of: impl Fn(&Figures) -> &Vec<f64>, to: Kind) -> Option<f64> {
        let ours = of(self.of(Kind::Lachan)?);
        let theirs = of(self.of(to)?);
        // Round by round, since the machine's speed changes between them.
        let mut ratios: Vec<_> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
        median(&mut ratios)
    }

    fn json(&self) -> Value {
        let mut out = Map::new();
        for (kind, figures) in &self.peers {
            out.insert(kind.name().to_owned(), figures.json());
        }
        let ratio = |value: Option<f64>| value.map_or(Value::Null, |value| json!(round(value)));
        out.insert(
            "connection_vs_haproxy".to_owned(),
            ratio(self.ratio(|f| &f.connection_us, Kind::Haproxy)),
        );
        out.insert(
            "connection_vs_relay".to_owned(),
            ratio(self.ratio(|f| &f.connection_us, Kind::Relay)),
        );
        out.insert(
            "relay_vs_splice".to_owned(),
            ratio(self.ratio(|f| &f.per_gb, Kind::Relay)),
        );
        let open = self.of(Kind::Lachan).and_then(|ours| ours.rss_open_mib);
        out.insert("rss_mib_10k".to_owned(), ratio(open));
        out.insert(
            "missing".to_owned(),
            json!(
                self.missing
                    .iter()
                    .map(|kind| kind.name())
                    .collect::<Vec<_>>()
            ),
        );
        Value::Object(out)
    }

    fn table(&self) -> String {
        let mut text = format!(
            "{:<14} {:>16} {:>8} {:>8} {:>14} {:>8} {:>8}\n",
            "", "us/connection", "user", "conn/s", "s/GB", "p99 ms", "MiB"
        );
        for (kind, figures) in &self.peers {
            text += &format!(
                "{:<14} {:>16} {:>8} {:>8} {:>14} {:>8} {:>8}\n",
                kind.name(),
                spread(&figures.connection_us),
                spread(&figures.connection_user_us)
                    .split(' ')
                    .next()
                    .unwrap(),
                spread(&figures.rate).split(' ').next().unwrap(),
                spread(&figures.per_gb),
                spread(&figures.p99_ms).split(' ').next().unwrap(),
                figures
                    .rss_mib
                    .map_or_else(|| "-".to_owned(), |mib| format!("{mib:.1}")),
            );
        }
        for (name, value, target) in [
            (
                "connection x HAProxy",
                self.ratio(|f| &f.connection_us, Kind::Haproxy),
                "<= 1.05",
            ),
            (
                "connection x bare relay",
                self.ratio(|f| &f.connection_us, Kind::Relay),
                "",
            ),
            (
                "relay x bare splice",
                self.ratio(|f| &f.per_gb, Kind::Relay),
                "<= 1.2",
            ),
        ] {
            if let Some(value) = value {
                text += &format!("{name}: {value:.2} {target}\n");
            }
        }
        if let Some(ours) = self.of(Kind::Lachan)
            && let (Some(mib), Some(gb)) = (ours.rss_open_mib, ours.gb_with_open)
        {
            text += &format!("with the relays open: {mib:.1} MiB (<= 60), {gb:.2} s/GB\n");
        }
        for kind in &self.missing {
            text += &format!("{} is not installed\n", kind.name());
        }
        text
    }
}

impl Figures {
    fn json(&self) -> Value {
        let middle = |values: &[f64]| {
            let middle = median(&mut values.to_vec());
            middle.map_or(Value::Null, |value| json!(round(value)))
        };
        json!({
            "connection_us": middle(&self.connection_us),
            "connection_user_us": middle(&self.connection_user_us),
            "connections_per_s": middle(&self.rate),
            "s_per_gb": middle(&self.per_gb),
            "p99_ms_at_500": middle(&self.p99_ms),
            "rss_mib": self.rss_mib.map(round),
            "s_per_gb_with_10k": self.gb_with_open.map(round),
        })
    }
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn spread(values: &[f64]) -> String {
    let mut sorted = values.to_vec();
    match median(&mut sorted) {
        Some(middle) => format!(
            "{middle:.2} [{:.2}-{:.2}]",
            sorted[0],
            sorted[sorted.len() - 1]
        ),
        None => "-".to_owned(),
    }
}

impl Peer {
    fn cpu(&self) -> Cpu {
        self.processes
            .iter()
            .map(Process::cpu)
            .fold(Cpu::default(), |sum, one| Cpu {
                total: sum.total + one.total,
                user: sum.user + one.user,
            })
    }

    fn memory(&self) -> f64 {
        self.processes.iter().map(|one| one.memory().resident).sum()
    }
}

/// Where a program is.
fn program(name: &str) -> Option<PathBuf> {
    ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]
        .iter()
        .map(|folder| PathBuf::from(folder).join(name))
        .find(|path| path.exists())
}
