//! What fifty people at the pages cost DNS, and what DNS leaves them: the same load with and without them, in turn,
//! then a load that a school really has.

use std::time::Duration;

use crate::generator::{Generator, Pace, Until};
use crate::queries::Load;
use crate::report::Report;
use crate::servers::Server;
use crate::tally::median;
use crate::users::{People, Served};

use super::{judge, warm};

/// Queries a second of a big school at its worst minute.
const SCHOOL: u32 = 10_000;
/// How long the people have been there when it is counted.
const SETTLES: Duration = Duration::from_millis(1_500);

/// Measures.
pub(crate) fn run(
    generator: &mut Generator<'_>,
    report: &mut Report,
    server: &Server,
    people: &People,
    rounds: usize,
    time: Duration,
) {
    warm(generator, server);
    let mut ratios = Vec::new();
    let mut counts = Vec::new();
    let mut full = Served::default();
    let until = Until::Elapsed(time);
    for _ in 0..rounds {
        let without = generator.closed(server.address, Load::Local, until);
        let work = people.work();
        generator.closed(server.address, Load::Local, Until::Elapsed(SETTLES));
        work.count_anew();
        let with = generator.closed(server.address, Load::Local, until);
        add(&mut full, work.served());
        drop(work);
        let rate =
            |tally: &crate::tally::Tally| tally.all().answered as f64 / tally.elapsed.as_secs_f64();
        ratios.push(rate(&with) / rate(&without));
        counts.extend([without.all(), with.all()]);
    }
    judge(report, server, "with people at the pages", &counts);
    report.set(
        server.kind,
        "pages_dns_ratio",
        median(ratios.iter().copied()),
    );
    report.set_spread(server.kind, "pages_dns_ratio", &ratios);
    let seconds = time.as_secs_f64() * rounds as f64;
    report.set(server.kind, "pages_full_per_s", full.pages as f64 / seconds);

    let work = people.work();
    let pace = Pace {
        load: Load::Local,
        rate: SCHOOL,
        clients: 16,
    };
    generator.paced(server.address, pace, SETTLES);
    work.count_anew();
    let time = time.max(Duration::from_secs(5));
    let tally = generator.paced(server.address, pace, time);
    let served = work.served();
    drop(work);
    let all = tally.all();
    report.set(
        server.kind,
        "pages_school_answered",
        all.answered as f64 / all.sent as f64,
    );
    report.set(
        server.kind,
        "pages_school_per_s",
        served.pages as f64 / time.as_secs_f64(),
    );
    report.set(server.kind, "pages_school_ms", percentile(&served, 0.5));
    report.set(
        server.kind,
        "pages_school_p95_ms",
        percentile(&served, 0.95),
    );
    let failed = full.failed + served.failed;
    report.set(server.kind, "pages_failed", failed as f64);
    if failed > 0 {
        report.remark(format!("{failed} pages were not served whole"));
    }
}

fn add(all: &mut Served, more: Served) {
    all.pages += more.pages;
    all.failed += more.failed;
    all.times.extend(more.times);
}

fn percentile(served: &Served, share: f64) -> f64 {
    let mut times = served.times.clone();
    times.sort_by(f64::total_cmp);
    let at = (times.len() as f64 * share) as usize;
    times
        .get(at.min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}
