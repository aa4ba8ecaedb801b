//! The parts of a run, and what they share.

pub(crate) mod dnsperf;
pub(crate) mod encrypted;
pub(crate) mod latency;
pub(crate) mod line_down;
pub(crate) mod memory;
pub(crate) mod pages;
pub(crate) mod scale;
pub(crate) mod speed;
pub(crate) mod swap;

use crate::corpus::POPULAR;
use crate::generator::{Generator, Until};
use crate::process::Cpu;
use crate::queries::Load;
use crate::report::Report;
use crate::servers::{Kind, Server};
use crate::tally::{Count, Tally};

/// Passes over the popular names until all of them are in the cache.
const PASSES: usize = 5;
/// The share of answers that may be other than they should before a figure is worth nothing.
const TOLERATED: f64 = 0.001;

/// Brings all popular names into a server's cache.
pub(crate) fn warm(generator: &mut Generator<'_>, server: &Server) {
    if server.kind == Kind::Reflector {
        return;
    }
    for _ in 0..PASSES {
        let until = Until::Sent(POPULAR as u64);
        let tally = generator.closed(server.address, Load::Warm, until);
        if tally.forwarded == 0 {
            return;
        }
    }
}

/// Does something to a server; gives the CPU it used for that.
pub(crate) fn used(server: &Server, work: impl FnOnce() -> Tally) -> (Tally, Cpu) {
    let before = server.process.cpu();
    let tally = work();
    (tally, server.process.cpu() - before)
}

/// Says so when answers were wrong or queries lost, once for all rounds of a load.
pub(crate) fn judge(report: &mut Report, server: &Server, what: &str, rounds: &[Count]) {
    let mut all = Count::default();
    rounds.iter().for_each(|round| all += *round);
    let name = server.kind.name();
    let is_measured = server.kind != Kind::Reflector;
    if is_measured && all.wrong as f64 > all.answered as f64 * TOLERATED {
        let (wrong, answered) = (all.wrong, all.answered);
        report.remark(format!(
            "{name}, {what}: {wrong} of {answered} answers were wrong"
        ));
    }
    if all.lost as f64 > all.sent as f64 * TOLERATED {
        let (lost, sent) = (all.lost, all.sent);
        report.remark(format!(
            "{name}, {what}: {lost} of {sent} queries were lost"
        ));
    }
}
