//! Which upstream to ask first, and how long to leave a silent one alone.
//!
//! A pure record over times the caller gives, so that it is tested without a network. An upstream
//! is *silent* after a few failures in a row, else *ready*. Ready ones are ordered by how fast they
//! answer, the configured order deciding between those that are about as fast. Silent and slow
//! ones are tried again now and then beside a question that does not wait for them ([`Health::is_due`]).

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Failures in a row before an upstream is left alone: one lost packet says nothing.
const PATIENCE: u32 = 2;
/// How long it is left alone at first, milliseconds.
const FIRST_PAUSE: u64 = 1_000;
/// How long at most, milliseconds: a line that is back is used within that.
const LONGEST_PAUSE: u64 = 30_000;
/// How old what is known of an upstream's speed may be, milliseconds.
const PROBE_EVERY: u64 = 15_000;
/// Upstreams this close behind the fastest are as fast: the configured order decides.
const AS_FAST: Duration = Duration::from_millis(10);
/// How long the first answer is waited for before another is asked, while nothing is known.
const FIRST_HEDGE: Duration = Duration::from_millis(300);
/// The shortest such wait: a recursive resolver may have to ask around.
const SHORTEST_HEDGE: Duration = Duration::from_millis(100);
/// The longest such wait: three tries fit the total limit.
const LONGEST_HEDGE: Duration = Duration::from_millis(500);

/// How one upstream did lately.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Failures since the last answer.
    failures: AtomicU32,
    /// Milliseconds of the caller's clock until which it is left alone.
    paused_until: AtomicU64,
    /// When it was asked last, milliseconds of the caller's clock; 0 for never.
    asked_at: AtomicU64,
    /// Smoothed time to an answer, microseconds; 0 for none yet.
    round_trip: AtomicU32,
    /// How long an answer did not come that was not waited for to the end, microseconds; 0 since
    /// the last that came.
    overdue: AtomicU32,
    answered: AtomicU64,
    failed: AtomicU64,
}

/// How an upstream does, for people and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamHealth {
    /// Which one, as in the settings.
    pub label: String,
    /// The domain it is asked about; `None` for all that have no upstreams of their own.
    pub domain: Option<String>,
    /// Whether it is in use.
    pub state: UpstreamState,
    /// Smoothed time to an answer; `None` before the first.
    pub round_trip: Option<Duration>,
    /// Answers since the start.
    pub answered: u64,
    /// Questions that got no answer since the start.
    pub failed: u64,
    /// Why it could not be asked lately: a refused connection, a certificate that does not fit.
    pub trouble: Option<String>,
    /// Whether it was found not to echo the case of names, so that it is asked without it.
    pub ignores_case: bool,
}

/// Whether an upstream is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamState {
    /// It answers, as far as is known.
    Up,
    /// It failed lately and is left alone for a while.
    Paused,
}

impl Health {
    /// It is asked now.
    pub(super) fn asked(&self, now: Duration) {
        self.asked_at.store(millis(now).max(1), Ordering::Relaxed);
    }

    /// It answered, after so long. Smooths as TCP does (RFC 6298 §2); of two answers at the same
    /// moment one may be forgotten.
    pub(super) fn succeeded(&self, taken: Duration) {
        let before = self.round_trip.load(Ordering::Relaxed);
        let taken = micros(taken);
        let smoothed = match before {
            0 => taken,
            _ => before - before / 8 + taken / 8,
        };
        self.round_trip.store(smoothed.max(1), Ordering::Relaxed);
        self.overdue.store(0, Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.failures.store(0, Ordering::Relaxed);
        self.paused_until.store(0, Ordering::Relaxed);
    }

    /// It did not answer, at `now`. The pause doubles with every failure beyond the first few.
    pub(super) fn failed(&self, now: Duration) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        let failures = self
            .failures
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        if let Some(beyond) = failures.checked_sub(PATIENCE) {
            let pause = FIRST_PAUSE
                .saturating_mul(1 << beyond.min(10))
                .min(LONGEST_PAUSE);
            self.paused_until
                .store(millis(now).saturating_add(pause), Ordering::Relaxed);
        }
    }

    /// Nobody waits for its answer any more, which had not come after so long: it counts as that
    /// slow until one comes. It is tried again soon, for one lost packet looks the same.
    pub(super) fn slower_than(&self, elapsed: Duration) {
        self.overdue.fetch_max(micros(elapsed), Ordering::Relaxed);
    }

    /// Whether it failed too often in a row to be counted on.
    pub(super) fn is_silent(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= PATIENCE
    }

    /// Whether it should be tried beside a question that another is asked: its pause is over, or
    /// what is known of it is old. Says so to one caller only.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        let (now, asked) = (millis(now).max(1), self.asked_at.load(Ordering::Relaxed));
        let since = if self.is_silent() {
            let until = self.paused_until.load(Ordering::Relaxed);
            until.max(asked.saturating_add(FIRST_PAUSE))
        } else if asked == 0 {
            0
        } else if self.overdue.load(Ordering::Relaxed) > 0 {
            asked.saturating_add(FIRST_PAUSE)
        } else {
            asked.saturating_add(PROBE_EVERY)
        };
        now >= since
            && self
                .asked_at
                .compare_exchange(asked, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Smoothed time to an answer.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        let micros = self.round_trip.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros.into()))
    }

    /// How slow it counts as, for the order.
    fn slowness(&self) -> Option<Duration> {
        let overdue = Duration::from_micros(self.overdue.load(Ordering::Relaxed).into());
        self.round_trip()
            .max(Some(overdue).filter(|overdue| !overdue.is_zero()))
    }

    /// How long its answer is waited for before another upstream is asked as well.
    pub(super) fn hedge(&self) -> Duration {
        self.round_trip().map_or(FIRST_HEDGE, |taken| {
            (taken * 2).clamp(SHORTEST_HEDGE, LONGEST_HEDGE)
        })
    }

    /// For people. What the record does not know is left open.
    pub(super) fn tell(&self, label: String) -> UpstreamHealth {
        UpstreamHealth {
            label,
            domain: None,
            state: if self.is_silent() {
                UpstreamState::Paused
            } else {
                UpstreamState::Up
            },
            round_trip: self.round_trip(),
            answered: self.answered.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            trouble: None,
            ignores_case: false,
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

/// The upstreams by position, in the order to ask them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// Those that answer, the best first.
    pub(super) ready: Vec<usize>,
    /// Those that do not, the one whose pause ends first before the others. With nobody ready,
    /// asking them is still better than giving up.
    pub(super) silent: Vec<usize>,
}

/// Orders upstreams, each given with whether it is encrypted: one that is goes before any that is
/// not, however fast.
pub(super) fn order<'h>(all: impl Iterator<Item = (&'h Health, bool)> + Clone) -> Order {
    let best = |encrypted: bool| {
        let alike = all
            .clone()
            .filter(move |(health, kind)| *kind == encrypted && !health.is_silent());
        alike.filter_map(|(health, _)| health.slowness()).min()
    };
    let best = [best(false), best(true)];
    let (mut ready, mut silent) = (Vec::new(), Vec::new());
    for (index, (health, encrypted)) in all.enumerate() {
        if health.is_silent() {
            let until = health.paused_until.load(Ordering::Relaxed);
            silent.push((until, index));
            continue;
        }
        let fastest = best[usize::from(encrypted)].unwrap_or_default();
        let close = fastest + AS_FAST.max(fastest / 2);
        let behind = health.slowness().filter(|taken| *taken > close);
        ready.push((!encrypted, behind, index));
    }
    ready.sort_unstable();
    silent.sort_unstable();
    Order {
        ready: ready.into_iter().map(|(.., index)| index).collect(),
        silent: silent.into_iter().map(|(_, index)| index).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn three() -> Vec<Health> {
        (0..3).map(|_| Health::default()).collect()
    }

    fn ordered(all: &[Health]) -> (Vec<usize>, Vec<usize>) {
        let order = order(all.iter().map(|health| (health, false)));
        (order.ready, order.silent)
    }

    fn fail(health: &Health, times: u32, now: u64) {
        for _ in 0..times {
            health.failed(at(now));
        }
    }

    #[test]
    fn untried_ones_stand_in_the_configured_order() {
        assert_eq!(ordered(&three()), (vec![0, 1, 2], vec![]));
    }

    #[test]
    fn one_lost_packet_changes_nothing() {
        let all = three();
        fail(&all[0], 1, 100);
        assert_eq!(ordered(&all), (vec![0, 1, 2], vec![]));
    }

    #[test]
    fn a_silent_one_goes_last_until_it_answers() {
        let all = three();
        fail(&all[0], 2, 100);
        assert_eq!(ordered(&all), (vec![1, 2], vec![0]));
        all[0].succeeded(at(5));
        assert_eq!(ordered(&all), (vec![0, 1, 2], vec![]));
    }

    #[test]
    fn the_faster_goes_first_and_about_as_fast_is_as_fast() {
        let all = three();
        for (health, taken) in all.iter().zip([80, 25, 20]) {
            health.succeeded(at(taken));
        }
        assert_eq!(ordered(&all).0, [1, 2, 0]);
    }

    #[test]
    fn an_encrypted_one_goes_before_a_faster_plain_one() {
        let all = three();
        for (health, taken) in all.iter().zip([2, 90, 40]) {
            health.succeeded(at(taken));
        }
        let kinds = all.iter().zip([false, true, true]);
        assert_eq!(order(kinds).ready, [2, 1, 0]);
        fail(&all[1], 2, 0);
        fail(&all[2], 2, 0);
        let kinds = all.iter().zip([false, true, true]);
        assert_eq!(order(kinds).ready, [0]);
    }

    #[test]
    fn one_whose_answer_was_not_waited_for_is_as_slow_as_the_wait() {
        let all = three();
        all[0].succeeded(at(5));
        all[1].succeeded(at(50));
        assert_eq!(ordered(&all).0[0], 0);
        all[0].slower_than(at(150));
        all[0].slower_than(at(10));
        assert_eq!(ordered(&all).0[0], 1);
        all[0].succeeded(at(5));
        assert_eq!(ordered(&all).0[0], 0, "it was one lost packet");
    }

    #[test]
    fn with_all_silent_the_one_due_first_is_asked_first() {
        let all = three();
        fail(&all[0], 4, 0);
        fail(&all[1], 2, 0);
        fail(&all[2], 3, 0);
        assert_eq!(ordered(&all), (vec![], vec![1, 2, 0]));
    }

    #[test]
    fn pauses_grow_and_end() {
        let health = Health::default();
        for (failures, pause) in [(2, 1_000), (1, 2_000), (1, 4_000), (1000, LONGEST_PAUSE)] {
            fail(&health, failures, 0);
            assert!(!health.is_due(at(pause - 1)), "{pause}");
        }
        assert!(health.is_due(at(LONGEST_PAUSE)));
    }

    #[test]
    fn only_one_question_tries_a_silent_one_again() {
        let health = Health::default();
        fail(&health, 2, 100);
        assert!(health.is_due(at(1_100)) && !health.is_due(at(1_100)));
    }

    #[test]
    fn what_is_known_of_a_ready_one_is_renewed() {
        let health = Health::default();
        assert!(health.is_due(at(0)), "nothing is known yet");
        assert!(!health.is_due(at(PROBE_EVERY)));
        health.asked(at(20_000));
        assert!(!health.is_due(at(20_000 + PROBE_EVERY - 1)));
        assert!(health.is_due(at(20_000 + PROBE_EVERY)));
        health.asked(at(50_000));
        health.slower_than(at(200));
        assert!(!health.is_due(at(50_999)) && health.is_due(at(51_000)));
    }

    #[test]
    fn a_second_is_asked_after_twice_the_usual_time() {
        let health = Health::default();
        assert_eq!(health.hedge(), FIRST_HEDGE);
        for (taken, expected) in [(1, SHORTEST_HEDGE), (90, at(180)), (900, LONGEST_HEDGE)] {
            let health = Health::default();
            health.succeeded(at(taken));
            assert_eq!(health.hedge(), expected);
        }
    }

    #[test]
    fn health_is_told_as_it_is() {
        let health = Health::default();
        let told = health.tell("192.0.2.1".into());
        assert_eq!((told.state, told.round_trip), (UpstreamState::Up, None));
        health.succeeded(at(20));
        (0..100).for_each(|_| health.succeeded(at(40)));
        fail(&health, 2, 100);
        let told = health.tell("192.0.2.1".into());
        assert_eq!((told.state, told.failed), (UpstreamState::Paused, 2));
        assert_eq!((told.label.as_str(), told.answered), ("192.0.2.1", 101));
        let smoothed = told.round_trip.unwrap();
        assert!(smoothed > at(39) && smoothed <= at(40), "{smoothed:?}");
    }
}
