//! The line is down: every upstream is a black hole, misses keep arriving, and what needs nobody
//! else must be answered as before.

use std::time::Duration;

use super::{judge, warm};
use crate::generator::{Generator, Pace, Paced, Until};
use crate::packet::{A, SERVFAIL};
use crate::queries::{Kind as Query, Load};
use crate::report::Report;
use crate::servers::{Asker, Kind, Server};
use crate::tally::{Count, median};
use crate::upstream::Upstream;
use crate::verify;

/// Misses a second.
const RATE: u32 = 2_000;
/// Rounds, each without misses first, then with.
const ROUNDS: usize = 3;
const LOCAL: &[Query] = &[Query::Blocked, Query::Cached];

/// Rates, and p99s, with misses against without, by round.
#[derive(Default)]
struct Series {
    rate: Vec<f64>,
    p99: Vec<f64>,
    miss: Vec<f64>,
    calm: Vec<Count>,
    loaded: Vec<Count>,
}

/// Measures one server.
pub(crate) fn run(
    generator: &mut Generator<'_>,
    report: &mut Report,
    upstream: &Upstream,
    server: &Server,
    time: Duration,
) {
    warm(generator, server);
    upstream.set_silent(true);
    let before = server.process.memory().resident;
    let mut series = Series::default();
    for _ in 0..ROUNDS {
        series.round(generator, report, server, time);
    }
    judge(report, server, "line down, no misses", &series.calm);
    judge(report, server, "line down, with misses", &series.loaded);
    if server.kind == Kind::Lachan {
        say_why(report, server);
    }
    let grown = server.process.memory().resident - before;
    upstream.set_silent(false);
    let kind = server.kind;
    for (key, figures) in [
        ("line_down_ratio", &series.rate),
        ("line_down_p99_ratio", &series.p99),
        ("line_down_miss_ms", &series.miss),
    ] {
        report.set(kind, key, median(figures.iter().copied()));
        report.set_spread(kind, key, figures);
    }
    report.set(kind, "line_down_mib", grown);
    let descriptors = server.process.descriptors();
    report.set(kind, "line_down_descriptors", descriptors as f64);
}

impl Series {
    fn round(
        &mut self,
        generator: &mut Generator<'_>,
        report: &mut Report,
        server: &Server,
        time: Duration,
    ) {
        let until = Until::Elapsed(time);
        let calm = generator.closed(server.address, Load::Local, until);
        self.calm.push(calm.all());
        let pace = Pace {
            load: Load::Misses,
            rate: RATE,
            clients: 4,
        };
        let mut misses = Paced::new(server.address, pace);
        let (address, load) = (server.address, Load::Local);
        let loaded =
            generator.closed_with(address, load, until, Default::default(), Some(&mut misses));
        self.loaded.push(loaded.all());
        // What was lost among them is told below.
        generator.pace(&mut misses, None);
        self.rate.push(loaded.rate() / calm.rate());
        let p99 = loaded.quantile(LOCAL, 0.99) / calm.quantile(LOCAL, 0.99);
        self.p99.push(p99);
        let miss = misses.tally.quantile(&[Query::Miss], 0.99) / 1e3;
        self.miss.push(miss);
        let all = misses.tally.of(Query::Miss);
        let failed = misses.tally.codes[usize::from(SERVFAIL)];
        if server.kind == Kind::Lachan && failed < all.sent {
            let (sent, lost) = (all.sent, all.lost);
            report.remark(format!(
                "lachan, line down: of {sent} misses {failed} got SERVFAIL, {lost} no answer"
            ));
        }
    }
}

/// Checks that a miss is told why.
fn say_why(report: &mut Report, server: &Server) {
    let name = "nobody-asked-for-this-before.lachan-bench-line.com";
    let answer = verify::message(&Asker::new(), server.address, name, A);
    if answer.as_ref().and_then(verify::extended_error).is_none() {
        report.remark("lachan, line down: a miss is not told why (no Extended DNS Error)".into());
    }
}
