//! Resident memory with every page of the lists touched, and the time from the start to the first
//! answer.

use std::time::Duration;

use super::speed;
use crate::generator::{Generator, Until};
use crate::queries::Load;
use crate::report::Report;
use crate::servers::Server;

/// Queries of listed names, drawn uniformly: so many times the pages of the largest list that none
/// stays untouched.
const TOUCHES: u64 = 300_000;
/// Rounds of the blocked load with the larger list.
const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(1);

/// Measures a server that has just been started. The figures' names end with `suffix`: `1m`, `5m`.
pub(crate) fn run(
    generator: &mut Generator<'_>,
    report: &mut Report,
    server: &Server,
    suffix: &str,
    first_answer: &str,
) {
    generator.closed(server.address, Load::Blocked, Until::Sent(TOUCHES));
    let memory = server.process.memory();
    let kind = server.kind;
    report.set(kind, &format!("rss_mib_{suffix}"), memory.resident);
    report.set(kind, &format!("anon_mib_{suffix}"), memory.anonymous);
    report.set(kind, first_answer, server.first_answer.as_secs_f64());
}

/// The blocked load with the larger list, beside the reflector.
pub(crate) fn speed(
    generator: &mut Generator<'_>,
    report: &mut Report,
    reflector: &Server,
    server: &Server,
) {
    speed::blocked(generator, report, &[reflector, server], ROUNDS, TIME, "_5m");
}
