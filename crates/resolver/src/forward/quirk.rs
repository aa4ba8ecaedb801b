//! What an upstream was found not to do: echo the case of names, understand EDNS. Remembered for a
//! while, then tried again, for servers are replaced.
//!
//! A pure record over times the caller gives.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// How long a quirk is believed in, milliseconds.
const REMEMBERED: u64 = 3_600_000;
/// Answers in other letters, one after the other, before an upstream counts as one that does not
/// keep them. A forger who guessed port and id of one question does not meet the next two as well.
const STRIKES: u32 = 3;

/// The quirks of one upstream.
#[derive(Debug, Default)]
pub(super) struct Quirks {
    /// Answers in other letters since the last that kept them.
    strikes: AtomicU32,
    /// Until when it is asked in plain letters, milliseconds of the caller's clock.
    plain_case_until: AtomicU64,
    /// Until when it is asked without EDNS.
    no_edns_until: AtomicU64,
}

impl Quirks {
    /// Whether its answers are expected in the letters of the question.
    pub(super) fn keeps_case(&self, now: Duration) -> bool {
        millis(now) >= self.plain_case_until.load(Ordering::Relaxed)
    }

    /// An answer kept the letters.
    pub(super) fn case_kept(&self) {
        if self.strikes.load(Ordering::Relaxed) > 0 {
            self.strikes.store(0, Ordering::Relaxed);
        }
    }

    /// An answer came in other letters.
    pub(super) fn case_lost(&self, now: Duration) {
        if self.strikes.fetch_add(1, Ordering::Relaxed) + 1 >= STRIKES {
            self.strikes.store(0, Ordering::Relaxed);
            self.plain_case_until
                .store(millis(now).saturating_add(REMEMBERED), Ordering::Relaxed);
        }
    }

    /// Whether it is asked with EDNS.
    pub(super) fn knows_edns(&self, now: Duration) -> bool {
        millis(now) >= self.no_edns_until.load(Ordering::Relaxed)
    }

    /// It refused a question with EDNS and answered the same one without (RFC 6891 §7).
    pub(super) fn edns_refused(&self, now: Duration) {
        self.no_edns_until
            .store(millis(now).saturating_add(REMEMBERED), Ordering::Relaxed);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn three_answers_in_other_letters_in_a_row_are_believed_for_an_hour() {
        let quirks = Quirks::default();
        quirks.case_lost(at(10));
        quirks.case_lost(at(10));
        quirks.case_kept();
        quirks.case_lost(at(10));
        quirks.case_lost(at(10));
        assert!(quirks.keeps_case(at(10)), "one kept them in between");
        quirks.case_lost(at(10));
        assert!(!quirks.keeps_case(at(10)));
        assert!(!quirks.keeps_case(at(REMEMBERED + 9)));
        assert!(quirks.keeps_case(at(REMEMBERED + 10)));
    }

    #[test]
    fn edns_is_tried_again_after_an_hour() {
        let quirks = Quirks::default();
        assert!(quirks.knows_edns(at(0)));
        quirks.edns_refused(at(5));
        assert!(!quirks.knows_edns(at(REMEMBERED + 4)));
        assert!(quirks.knows_edns(at(REMEMBERED + 5)));
    }
}
