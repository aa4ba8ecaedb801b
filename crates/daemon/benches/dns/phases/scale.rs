//! What must cost nothing a query: twice the groups and lists, and listening on all addresses.

use std::time::Duration;

use super::speed;
use crate::generator::Generator;
use crate::report::Report;
use crate::servers::{Context, School, Server};
use crate::tally::median;

/// Measures variants of the school that `server` runs.
pub(crate) fn run(
    generator: &mut Generator<'_>,
    report: &mut Report,
    context: &Context<'_>,
    (server, school): (&Server, &School),
    rounds: usize,
    time: Duration,
) {
    let everywhere = School {
        title: "everywhere",
        listens_everywhere: true,
        ..*school
    };
    for (key, variant) in [
        ("twice_ratio", school.twice()),
        ("everywhere_ratio", everywhere),
    ] {
        crate::note(&format!("comparing: {}", variant.title));
        let other = context.lachan(&variant);
        let ratios = speed::compare(generator, server, &other, rounds, time);
        report.set(server.kind, key, median(ratios.iter().copied()));
        report.set_spread(server.kind, key, &ratios);
    }
}
