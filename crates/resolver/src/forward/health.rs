//! Which upstream to ask first, and how long to leave a silent one alone.
//!
//! A pure record over times the caller gives, so that it is tested without a network.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Failures in a row before an upstream is left alone: one lost packet says nothing.
const PATIENCE: u32 = 2;
/// How long it is left alone at first, milliseconds.
const FIRST_PAUSE: u64 = 1_000;
/// How long at most, milliseconds: a line that is back is used within half a minute.
const LONGEST_PAUSE: u64 = 30_000;

/// One upstream and how it did lately.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    failures: AtomicU32,
    /// Milliseconds of the caller's clock until which it is left alone.
    paused_until: AtomicU64,
    /// Smoothed round trip, microseconds; 0 before the first answer.
    round_trip: AtomicU64,
    answered: AtomicU64,
    failed: AtomicU64,
}

/// How an upstream does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamHealth {
    /// Which one, as in the settings. Names no account.
    pub label: String,
    /// Whether it is asked first.
    pub state: UpstreamState,
    /// Smoothed time to an answer; `None` before the first.
    pub round_trip: Option<Duration>,
    /// Answers since the start.
    pub answered: u64,
    /// Questions that got no answer since the start.
    pub failed: u64,
}

/// Whether an upstream is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamState {
    /// It answers, as far as is known.
    Up,
    /// It failed lately and is left alone for a while.
    Paused,
}

impl Upstream {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            failures: AtomicU32::new(0),
            paused_until: AtomicU64::new(0),
            round_trip: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// How it does.
    pub(crate) fn health(&self) -> UpstreamHealth {
        let is_paused = self.paused_until.load(Ordering::Relaxed) != 0;
        let micros = self.round_trip.load(Ordering::Relaxed);
        UpstreamHealth {
            label: self.address.to_string(),
            state: if is_paused {
                UpstreamState::Paused
            } else {
                UpstreamState::Up
            },
            round_trip: (micros > 0).then(|| Duration::from_micros(micros)),
            answered: self.answered.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    /// Smooths as TCP does (RFC 6298 §2): an eighth of the new one. Of two answers at the same
    /// moment one may be forgotten.
    fn smooth(&self, taken: Duration) {
        let taken = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX).max(1);
        let before = self.round_trip.load(Ordering::Relaxed);
        let smoothed = if before == 0 {
            taken
        } else {
            (before / 8 * 7).saturating_add(taken / 8).max(1)
        };
        self.round_trip.store(smoothed, Ordering::Relaxed);
    }

    /// It answered, after so long.
    pub(crate) fn succeeded(&self, taken: Duration) {
        self.smooth(taken);
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.failures.store(0, Ordering::Relaxed);
        self.paused_until.store(0, Ordering::Relaxed);
    }

    /// It did not answer, at `now`. The pause doubles with every failure beyond the first few.
    pub(crate) fn failed(&self, now: Duration) {
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

    /// Whether it may be asked before those that are paused. When a pause is over, one caller only
    /// is told so and tries; the others wait for what it finds (`probe` long at most).
    fn is_ready(&self, now: Duration, probe: Duration) -> bool {
        let until = self.paused_until.load(Ordering::Relaxed);
        if until == 0 {
            return true;
        }
        let next = millis(now.saturating_add(probe));
        until <= millis(now)
            && self
                .paused_until
                .compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The upstreams in the order to ask them: the ready ones as configured, then the paused ones,
/// the one whose pause ends first before the others. Nobody is left out: with all of them paused,
/// asking is still better than giving up.
pub(crate) fn order(all: &[Upstream], now: Duration, probe: Duration) -> Vec<&Upstream> {
    let mut ordered: Vec<(bool, u64, &Upstream)> = all
        .iter()
        .map(|upstream| {
            let ready = upstream.is_ready(now, probe);
            let until = if ready {
                0
            } else {
                upstream.paused_until.load(Ordering::Relaxed)
            };
            (!ready, until, upstream)
        })
        .collect();
    ordered.sort_by_key(|(paused, until, _)| (*paused, *until));
    ordered
        .into_iter()
        .map(|(_, _, upstream)| upstream)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBE: Duration = Duration::from_millis(1500);

    fn upstreams() -> Vec<Upstream> {
        (1..=3)
            .map(|port| Upstream::new(([127, 0, 0, 1], port).into()))
            .collect()
    }

    fn ports(all: &[Upstream], now: u64) -> Vec<u16> {
        let ordered = order(all, Duration::from_millis(now), PROBE);
        ordered
            .iter()
            .map(|upstream| upstream.address.port())
            .collect()
    }

    fn fail(upstream: &Upstream, times: u32, now: u64) {
        for _ in 0..times {
            upstream.failed(Duration::from_millis(now));
        }
    }

    #[test]
    fn healthy_ones_stand_in_the_configured_order() {
        assert_eq!(ports(&upstreams(), 5), [1, 2, 3]);
    }

    #[test]
    fn one_lost_packet_changes_nothing() {
        let all = upstreams();
        fail(&all[0], 1, 100);
        assert_eq!(ports(&all, 101), [1, 2, 3]);
    }

    #[test]
    fn a_silent_one_goes_last_until_its_pause_is_over() {
        let all = upstreams();
        fail(&all[0], 2, 100);
        assert_eq!(ports(&all, 101), [2, 3, 1]);
        assert_eq!(ports(&all, 1099), [2, 3, 1]);
        assert_eq!(ports(&all, 1100), [1, 2, 3]);
    }

    #[test]
    fn only_one_query_tries_a_silent_one_again() {
        let all = upstreams();
        fail(&all[0], 2, 100);
        assert_eq!(ports(&all, 1200), [1, 2, 3]);
        assert_eq!(ports(&all, 1201), [2, 3, 1]);
        assert_eq!(
            ports(&all, 1200 + 1500),
            [1, 2, 3],
            "the first one never came back"
        );
    }

    #[test]
    fn pauses_grow_and_end() {
        let all = upstreams();
        fail(&all[0], 3, 0);
        assert_eq!(ports(&all, 1999), [2, 3, 1]);
        fail(&all[0], 1000, 0);
        assert_eq!(ports(&all, LONGEST_PAUSE - 1), [2, 3, 1]);
        assert_eq!(ports(&all, LONGEST_PAUSE), [1, 2, 3]);
    }

    #[test]
    fn success_forgives_everything() {
        let all = upstreams();
        fail(&all[0], 9, 0);
        all[0].succeeded(Duration::from_millis(20));
        assert_eq!(ports(&all, 1), [1, 2, 3]);
        fail(&all[0], 1, 2);
        assert_eq!(ports(&all, 3), [1, 2, 3]);
    }

    #[test]
    fn health_is_told_as_it_is() {
        let all = upstreams();
        let untried = all[0].health();
        assert_eq!(
            (untried.state, untried.round_trip, untried.answered),
            (UpstreamState::Up, None, 0)
        );
        all[0].succeeded(Duration::from_millis(20));
        (0..100).for_each(|_| all[0].succeeded(Duration::from_millis(40)));
        fail(&all[0], 2, 100);
        let told = all[0].health();
        assert_eq!((told.label.as_str(), told.answered), ("127.0.0.1:1", 101));
        assert_eq!((told.state, told.failed), (UpstreamState::Paused, 2));
        let smoothed = told.round_trip.unwrap();
        assert!(smoothed > Duration::from_millis(39) && smoothed <= Duration::from_millis(40));
    }

    #[test]
    fn with_all_silent_the_one_due_first_is_asked_first() {
        let all = upstreams();
        fail(&all[0], 4, 0);
        fail(&all[1], 2, 0);
        fail(&all[2], 3, 0);
        assert_eq!(ports(&all, 10), [2, 3, 1]);
    }
}
