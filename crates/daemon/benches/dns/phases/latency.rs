//! Latency at 10,000 queries a second of the mix, from the moment each query was due.

use std::time::Duration;

use super::{judge, used, warm};
use crate::generator::{CLIENTS, Generator, Pace};
use crate::queries::{Kind as Query, Load};
use crate::report::Report;
use crate::servers::{Kind, Server};
use crate::tally::{Count, median};

/// Queries a second.
const RATE: u32 = 10_000;
/// Answers that need nobody else, and all.
const LOCAL: &[Query] = &[Query::Blocked, Query::Cached];
const ALL: &[Query] = &[Query::Blocked, Query::Cached, Query::Miss];

/// One server's rounds, in microseconds.
#[derive(Default)]
struct Series {
    p50: Vec<f64>,
    p99: Vec<f64>,
    local: Vec<f64>,
    cost: Vec<f64>,
    counts: Vec<Count>,
}

/// Measures all servers, the reflector first among them, in interleaved rounds.
pub(crate) fn run(
    generator: &mut Generator<'_>,
    report: &mut Report,
    servers: &[&Server],
    rounds: usize,
    time: Duration,
) {
    let pace = Pace {
        load: Load::Mix,
        rate: RATE,
        clients: CLIENTS,
    };
    let mut all: Vec<_> = servers.iter().map(|_| Series::default()).collect();
    for server in servers {
        warm(generator, server);
    }
    for round in 1..=rounds {
        crate::note(&format!("latency, round {round} of {rounds}"));
        for (server, series) in servers.iter().zip(&mut all) {
            let (tally, cpu) = used(server, || generator.paced(server.address, pace, time));
            series.p50.push(tally.quantile(ALL, 0.5));
            series.p99.push(tally.quantile(ALL, 0.99));
            series.local.push(tally.quantile(LOCAL, 0.99));
            series.cost.push(cpu.total / tally.all().answered as f64);
            series.counts.push(tally.all());
        }
    }
    let limit = &all[0];
    for (server, series) in servers.iter().zip(&all) {
        judge(report, server, "at 10,000 q/s", &series.counts);
        tell(report, server.kind, series, limit);
    }
}

fn tell(report: &mut Report, kind: Kind, series: &Series, limit: &Series) {
    let of = |figures: &[f64]| median(figures.iter().copied());
    for (key, figures) in [
        ("p50_us", &series.p50),
        ("p99_us", &series.p99),
        ("p99_local_us", &series.local),
        ("paced_us", &series.cost),
    ] {
        report.set(kind, key, of(figures));
        report.set_spread(kind, key, figures);
    }
    if kind != Kind::Reflector {
        report.set(kind, "p99_ratio", of(&series.p99) / of(&limit.p99));
        report.set(
            kind,
            "p99_local_ratio",
            of(&series.local) / of(&limit.local),
        );
    }
}
