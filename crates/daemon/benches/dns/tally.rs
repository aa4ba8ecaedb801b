//! What became of the queries of a run.

use std::time::Duration;

use crate::packet::{Answer, NOERROR, NXDOMAIN};
use crate::queries::Kind;

/// Counts of one kind of query.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) sent: u64,
    pub(crate) answered: u64,
    /// Answered by something else than belongs to it.
    pub(crate) wrong: u64,
    pub(crate) lost: u64,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.answered += other.answered;
        self.wrong += other.wrong;
        self.lost += other.lost;
    }
}

/// What became of the queries of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    counts: [Count; 3],
    /// Microseconds from the moment a query was due, by kind.
    latencies: [Vec<u32>; 3],
    /// The same of all kinds, by the time an answer came: one vector for each [`Tally::window`].
    windows: Vec<Vec<u32>>,
    window: Option<Duration>,
    /// When the first refusal came.
    pub(crate) first_refusal: Option<Duration>,
    /// Answers by code.
    pub(crate) codes: [u64; 16],
    /// When the last answer came: waiting for what is lost is not the server's time.
    pub(crate) elapsed: Duration,
    /// Questions the upstream got meanwhile.
    pub(crate) forwarded: u64,
}

impl Tally {
    /// One that keeps latencies by the time an answer came, too.
    pub(crate) fn with_windows(window: Duration) -> Self {
        Self {
            window: Some(window),
            ..Self::default()
        }
    }

    pub(crate) fn sent(&mut self, kind: Kind) {
        self.counts[kind as usize].sent += 1;
    }

    pub(crate) fn lost(&mut self, kind: Kind) {
        self.counts[kind as usize].lost += 1;
    }

    /// An answer that came at `now` to what was due at `due`, in nanoseconds of the run.
    pub(crate) fn answered(&mut self, kind: Kind, answer: Answer, due: u64, now: u64) {
        let count = &mut self.counts[kind as usize];
        count.answered += 1;
        let is_right = match kind {
            Kind::Blocked => answer.code == NXDOMAIN,
            Kind::Cached | Kind::Miss => answer.code == NOERROR && answer.has_records,
        };
        count.wrong += u64::from(!is_right);
        self.codes[usize::from(answer.code)] += 1;
        self.elapsed = Duration::from_nanos(now);
        if answer.code == NXDOMAIN && self.first_refusal.is_none() {
            self.first_refusal = Some(Duration::from_nanos(now));
        }
        let latency = u32::try_from(now.saturating_sub(due) / 1000).unwrap_or(u32::MAX);
        self.latencies[kind as usize].push(latency);
        if let Some(window) = self.window {
            let index = (now / u64::try_from(window.as_nanos()).unwrap()) as usize;
            if self.windows.len() <= index {
                self.windows.resize_with(index + 1, Vec::new);
            }
            self.windows[index].push(latency);
        }
    }

    pub(crate) fn of(&self, kind: Kind) -> Count {
        self.counts[kind as usize]
    }

    /// Counts of all kinds.
    pub(crate) fn all(&self) -> Count {
        let mut all = Count::default();
        self.counts.iter().for_each(|count| all += *count);
        all
    }

    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.all().answered as f64 / self.elapsed.as_secs_f64()
    }

    /// A quantile of the latencies of some kinds, in microseconds.
    pub(crate) fn quantile(&self, kinds: &[Kind], share: f64) -> f64 {
        let parts = kinds
            .iter()
            .flat_map(|kind| &self.latencies[*kind as usize]);
        quantile(&mut parts.copied().collect::<Vec<_>>(), share)
    }

    /// A quantile of each window between two moments.
    pub(crate) fn windows(&self, from: Duration, to: Duration, share: f64) -> Vec<f64> {
        let Some(window) = self.window else {
            return Vec::new();
        };
        let index = |at: Duration| (at.as_nanos() / window.as_nanos()) as usize;
        let last = index(to).min(self.windows.len());
        let some = &self.windows[index(from).min(last)..last];
        some.iter()
            .map(|window| quantile(&mut window.clone(), share))
            .collect()
    }
}

/// A quantile of some figures, by its nearest rank; 0 of none.
fn quantile(figures: &mut [u32], share: f64) -> f64 {
    let rank = (figures.len() as f64 * share).ceil() as usize;
    match rank.checked_sub(1) {
        Some(index) => f64::from(*figures.select_nth_unstable(index).1),
        None => 0.0,
    }
}

/// The median of some figures; not a number of none.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    let Some(last) = figures.len().checked_sub(1) else {
        return f64::NAN;
    };
    // The two in the middle, which of an odd number are one.
    f64::midpoint(figures[last / 2], figures[figures.len() / 2])
}
