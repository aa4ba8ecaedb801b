//! The clock: timetables, signatures and the ends of passes depend on it.

use lachan_lists::open::open;
use lachan_sys::{ClockState, clock_state};

use super::Case;
use super::finding::Finding;
use crate::time::{Now, shown};
use crate::words::Words;

/// How far behind the ruleset's making the clock may be: compiled just now on another machine.
const LEEWAY: i64 = 3600;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let built = open(&case.config.paths.ruleset)
        .ok()
        .map(|ruleset| ruleset.header().built);
    let now = Now::system().known();
    let seen = Seen {
        now: now.map(|now| now.as_second()),
        shown: now.map_or_else(String::new, |now| shown(now, &case.config.school.time_zone)),
        ruleset_built: built.filter(|built| *built > 0),
        kernel: clock_state().ok(),
    };
    vec![evaluate(case.words, &seen)]
}

/// What was seen of the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    /// Unix seconds; `None` when they cannot be right.
    now: Option<i64>,
    shown: String,
    ruleset_built: Option<i64>,
    kernel: Option<ClockState>,
}

fn evaluate(words: Words, seen: &Seen) -> Finding {
    const CHECK: &str = "clock";
    let Some(now) = seen.now else {
        return Finding::fault(CHECK, words.clock_impossible(), words.clock_remedy());
    };
    if seen.ruleset_built.is_some_and(|built| built - LEEWAY > now) {
        let text = words.clock_before_ruleset(&seen.shown);
        return Finding::fault(CHECK, text, words.clock_remedy());
    }
    match seen.kernel {
        Some(state) if state.is_synchronised => Finding::good(
            CHECK,
            words.clock_synchronised(&seen.shown, state.error.as_millis()),
        ),
        Some(_) => {
            let text = words.clock_not_synchronised(&seen.shown);
            Finding::warning(CHECK, text, words.clock_remedy())
        }
        None => Finding::unknown(CHECK, words.clock_unknown(&seen.shown)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use lachan_config::Language;
    use std::time::Duration;

    const NOW: i64 = 1_795_397_400;

    #[test]
    fn the_clock_is_judged_by_what_it_shows_and_what_it_follows() {
        let state = |is_synchronised| {
            Some(ClockState {
                is_synchronised,
                error: Duration::from_millis(20),
            })
        };
        for (now, built, kernel, expected) in [
            (Some(NOW), Some(NOW - 9), state(true), Level::Good),
            (Some(NOW), None, state(true), Level::Good),
            (Some(NOW), None, state(false), Level::Warning),
            (Some(NOW), None, None, Level::Unknown),
            (Some(NOW), Some(NOW + 86_400), state(true), Level::Fault),
            (None, None, state(true), Level::Fault),
        ] {
            let seen = Seen {
                now,
                shown: "2026-11-23 08:30".into(),
                ruleset_built: built,
                kernel,
            };
            let finding = evaluate(Words::new(Language::Vietnamese), &seen);
            assert_eq!(finding.level, expected, "{finding:?}");
        }
    }
}
