//! A ruleset swap under full load: what it loses, and how much slower answers come meanwhile.

use std::thread;
use std::time::Duration;

use crate::generator::{Generator, Pace, Paced, Until};
use crate::queries::Load;
use crate::report::Report;
use crate::servers::{Context, MARKER, School, Server};
use crate::tally::Tally;

use super::warm;

/// Latencies are compared by windows this long: short enough that a stall shows in one.
const WINDOW: Duration = Duration::from_millis(100);
/// Load before the new ruleset is put in place.
const BEFORE: Duration = Duration::from_millis(1500);
/// Load after that, at most. The swap has to fall into it.
const MOST: Duration = Duration::from_secs(8);
/// Load after the swap.
const AFTER: Duration = Duration::from_millis(600);
/// Windows at the start that tell more of the warm-up than of the server.
const START: Duration = Duration::from_millis(300);
/// How often a name that only the new ruleset holds is asked for, a second.
const PROBES: u32 = 50;

/// Puts the ruleset of `next` in the place of `school`'s while the server is under full load.
pub(crate) fn run(
    generator: &mut Generator<'_>,
    report: &mut Report,
    context: &Context<'_>,
    server: &Server,
    (school, next): (&School, &School),
) {
    warm(generator, server);
    generator.queries.set_marker(MARKER);
    let pace = Pace {
        load: Load::Marker,
        rate: PROBES,
        clients: 1,
    };
    let mut probe = Paced::new(server.address, pace);
    let tally = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(BEFORE);
            context.replace_ruleset(school, next);
        });
        let tally = Tally::with_windows(WINDOW);
        let until = Until::Refused {
            after: AFTER,
            most: BEFORE + MOST,
        };
        generator.closed_with(server.address, Load::Local, until, tally, Some(&mut probe))
    });
    generator.pace(&mut probe, None);
    let Some(swapped) = probe.tally.first_refusal else {
        report.remark("the new ruleset was not taken up under load".into());
        return;
    };
    let all = tally.all();
    let lost = all.lost + probe.tally.all().lost;
    let worst = |windows: Vec<f64>| windows.into_iter().fold(f64::NAN, f64::max);
    // As many windows before as after, or chance would favour one side.
    let calm = worst(tally.windows(START, BEFORE, 0.99));
    let meanwhile = worst(tally.windows(BEFORE, swapped + WINDOW * 5, 0.99));
    report.set(server.kind, "swap_lost", lost as f64);
    report.set(server.kind, "swap_wrong", all.wrong as f64);
    report.set(server.kind, "swap_p99_lift_ms", (meanwhile - calm) / 1e3);
    report.set(server.kind, "swap_p99_us", meanwhile);
    report.set(server.kind, "swap_s", (swapped - BEFORE).as_secs_f64());
}
