//! DoT and DoH: queries a second on one core and CPU time of a query, over a hundred connections
//! that stay open for the whole run, several queries under way on each. Answers that need nobody
//! else: 74 % cached, 26 % blocked.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use super::{judge, used, warm};
use crate::corpus::POPULAR;
use crate::generator::{Generator, Until};
use crate::queries::Load;
use crate::report::Report;
use crate::secure::{Fleet, Protocol};
use crate::servers::{Doors, Kind, Server};
use crate::tally::{Count, median};

/// Passes over the popular names until all of them are in the cache of this transport.
const PASSES: usize = 5;
/// Share of its core below which a server's rate says more of the generator than of it.
const BUSY: f64 = 0.9;

/// One server's connections and rounds.
struct Series<'s> {
    server: &'s Server,
    fleet: Fleet,
    cost: Vec<f64>,
    rate: Vec<f64>,
    /// Share of the core that it used.
    busy: Vec<f64>,
    counts: Vec<Count>,
}

/// Measures all servers, ours first, in interleaved rounds.
pub(crate) fn run(
    generator: &mut Generator<'_>,
    report: &mut Report,
    servers: &[(Server, Doors<'_>)],
    client: &Arc<ClientConfig>,
    rounds: usize,
    time: Duration,
) {
    for protocol in Protocol::ALL {
        let mut all = Vec::new();
        for (server, doors) in servers {
            match Fleet::open(protocol, doors.address(protocol), client) {
                Ok(fleet) => all.push(Series::new(generator, server, fleet)),
                Err(error) => {
                    let name = server.kind.name();
                    report.remark(format!(
                        "{name} is not measured over {}: {error}",
                        protocol.name()
                    ));
                }
            }
        }
        for round in 1..=rounds {
            crate::note(&format!("{}, round {round} of {rounds}", protocol.name()));
            for series in &mut all {
                if let Err(error) = series.round(generator, time) {
                    let name = series.server.kind.name();
                    report.remark(format!("{name}, {}: {error}", protocol.name()));
                }
            }
        }
        tell(report, protocol, &all);
    }
}

impl<'s> Series<'s> {
    fn new(generator: &mut Generator<'_>, server: &'s Server, mut fleet: Fleet) -> Self {
        warm(generator, server);
        // Some keep what came over TCP apart.
        for _ in 0..PASSES {
            let until = Until::Sent(POPULAR as u64);
            let tally = generator.encrypted(&mut fleet, Load::Warm, until);
            if tally.forwarded == 0 {
                break;
            }
        }
        Self {
            server,
            fleet,
            cost: Vec::new(),
            rate: Vec::new(),
            busy: Vec::new(),
            counts: Vec::new(),
        }
    }

    fn round(&mut self, generator: &mut Generator<'_>, time: Duration) -> Result<(), String> {
        let (count, why) = self.fleet.revive()?;
        if count > 0 {
            let name = self.server.kind.name();
            crate::note(&format!("{name} had closed {count} connections: {why}"));
        }
        let (fleet, until) = (&mut self.fleet, Until::Elapsed(time));
        let (tally, cpu) = used(self.server, || {
            generator.encrypted(fleet, Load::Local, until)
        });
        let count = tally.all();
        self.counts.push(count);
        if count.answered == 0 {
            return Err("no query was answered".into());
        }
        self.cost.push(cpu.total / count.answered as f64);
        self.rate.push(tally.rate());
        self.busy
            .push(cpu.total / 1e6 / tally.elapsed.as_secs_f64());
        Ok(())
    }
}

fn tell(report: &mut Report, protocol: Protocol, all: &[Series<'_>]) {
    let of = |figures: &[f64]| median(figures.iter().copied());
    for series in all {
        let (server, kind) = (series.server, series.server.kind);
        judge(report, server, protocol.name(), &series.counts);
        for (what, figures) in [
            ("qps", &series.rate),
            ("cpu_us", &series.cost),
            ("busy", &series.busy),
        ] {
            let key = format!("{}_{what}", protocol.key());
            report.set(kind, &key, of(figures));
            report.set_spread(kind, &key, figures);
        }
        if of(&series.busy) < BUSY {
            report.remark(format!(
                "{}, {}: it did not have its core all the time (other work on this machine, or the generator is the limit): compare CPU, not rates",
                kind.name(),
                protocol.name()
            ));
        }
    }
    let (ours, peers): (Vec<_>, Vec<_>) = all
        .iter()
        .partition(|series| series.server.kind == Kind::Lachan);
    let Some(ours) = ours.first() else { return };
    let least = |figure: fn(&Series<'_>) -> f64| {
        let figures = peers.iter().map(|series| figure(series));
        figures.min_by(f64::total_cmp)
    };
    let cost = least(|series| median(series.cost.iter().copied()));
    // The most queries a second are the least negative of them.
    let rate = least(|series| -median(series.rate.iter().copied()));
    if let (Some(cost), Some(rate)) = (cost, rate) {
        let key = |what: &str| format!("{}_{what}", protocol.key());
        report.set(Kind::Lachan, &key("ratio"), of(&ours.cost) / cost);
        report.set(Kind::Lachan, &key("qps_ratio"), of(&ours.rate) / -rate);
    }
}
