//! CPU time of a query, and queries a second on one core, under full load: blocked, cached, mix.

use std::time::Duration;

use super::{judge, used, warm};
use crate::generator::{Generator, Until};
use crate::queries::Load;
use crate::report::Report;
use crate::servers::{Kind, Server};
use crate::tally::{Count, median};

/// The loads, with what their figures are called.
const LOADS: [(Load, &str); 3] = [
    (Load::Blocked, "blocked"),
    (Load::Cached, "cached"),
    (Load::Mix, "mix"),
];

/// What one server did in the rounds of one load.
#[derive(Debug, Default)]
struct Series {
    /// CPU microseconds a query, by round.
    cost: Vec<f64>,
    rate: Vec<f64>,
    /// Of all rounds: the kernel's sampling needs a long time.
    user: f64,
    answers: u64,
    counts: Vec<Count>,
}

/// Measures all servers, the reflector first among them, in interleaved rounds.
pub(crate) fn run(
    generator: &mut Generator<'_>,
    report: &mut Report,
    servers: &[Server],
    rounds: usize,
    time: Duration,
) {
    for (load, title) in LOADS {
        let mut all: Vec<_> = servers.iter().map(|_| Series::default()).collect();
        for round in 1..=rounds {
            crate::note(&format!("{title}, round {round} of {rounds}"));
            for (server, series) in servers.iter().zip(&mut all) {
                if load != Load::Blocked {
                    warm(generator, server);
                }
                series.round(generator, server, load, time);
            }
        }
        tell(report, servers, &all, title, "");
    }
}

/// Measures the blocked load alone; what the figures are called ends with `suffix`.
pub(crate) fn blocked(
    generator: &mut Generator<'_>,
    report: &mut Report,
    servers: &[&Server],
    rounds: usize,
    time: Duration,
    suffix: &str,
) {
    let mut all: Vec<_> = servers.iter().map(|_| Series::default()).collect();
    for _ in 0..rounds {
        for (server, series) in servers.iter().zip(&mut all) {
            series.round(generator, server, Load::Blocked, time);
        }
    }
    tell(report, servers, &all, "blocked", suffix);
}

/// CPU of the second server against the first, by round, under the blocked load.
pub(crate) fn compare(
    generator: &mut Generator<'_>,
    first: &Server,
    second: &Server,
    rounds: usize,
    time: Duration,
) -> Vec<f64> {
    let (mut one, mut other) = (Series::default(), Series::default());
    for _ in 0..rounds {
        one.round(generator, first, Load::Blocked, time);
        other.round(generator, second, Load::Blocked, time);
    }
    other.against(&one)
}

impl Series {
    fn round(
        &mut self,
        generator: &mut Generator<'_>,
        server: &Server,
        load: Load,
        time: Duration,
    ) {
        let until = Until::Elapsed(time);
        let (tally, cpu) = used(server, || generator.closed(server.address, load, until));
        let answers = tally.all().answered;
        self.cost.push(cpu.total / answers as f64);
        self.rate.push(tally.rate());
        self.user += cpu.user;
        self.answers += answers;
        self.counts.push(tally.all());
    }

    /// Cost against another's in the same rounds.
    fn against(&self, limit: &Self) -> Vec<f64> {
        let pairs = self.cost.iter().zip(&limit.cost);
        pairs.map(|(own, limit)| own / limit).collect()
    }
}

fn tell(
    report: &mut Report,
    servers: &[impl std::borrow::Borrow<Server>],
    all: &[Series],
    title: &str,
    suffix: &str,
) {
    for (server, series) in servers.iter().zip(all) {
        let server = server.borrow();
        let kind = server.kind;
        judge(report, server, title, &series.counts);
        let key = |what: &str| format!("{title}_{what}{suffix}");
        report.set(kind, &key("us"), median(series.cost.iter().copied()));
        report.set_spread(kind, &key("us"), &series.cost);
        report.set(
            kind,
            &key("kqps"),
            median(series.rate.iter().copied()) / 1e3,
        );
        let user = series.user / series.answers as f64;
        report.set(kind, &key("user_us"), user);
        if kind != Kind::Reflector {
            // A machine that is slower today is so for both.
            let limit = median(all[0].cost.iter().copied());
            report.set(kind, &key("user_ratio"), user / limit);
            let ratios = series.against(&all[0]);
            report.set(kind, &key("ratio"), median(ratios.iter().copied()));
            report.set_spread(kind, &key("ratio"), &ratios);
        }
    }
}
