//! How long things take: histograms that many threads fill at once without a lock.
//!
//! Buckets are log-linear, as in HdrHistogram: each power of two of nanoseconds is cut into
//! [`STEPS`] equal steps, so a value is known to within 1/16 of itself from 64 ns to about 68 s, in
//! 4 KiB. Filling is one add to an atomic.
//!
//! What is measured is the daemon's and the listeners' choice. Reading a clock costs more than a
//! blocked answer may, so the fast path measures one query in [`ONE_IN`]; round trips to upstreams,
//! which wait for the network anyway, are all measured.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Of the queries answered here, one in so many is measured: the clock is then read for under a
/// hundredth of them, and a school at work still gives some samples a second.
pub const ONE_IN: u64 = 128;

/// Steps of each power of two.
const STEPS: usize = 1 << STEP_BITS;
const STEP_BITS: u32 = 4;
/// Everything below 2^6 ns is one bucket: no clock here tells it apart.
const LOWEST: u32 = 6;
/// Everything from 2^36 ns (68 s) on is one bucket: nothing waits so long.
const HIGHEST: u32 = 36;
const BUCKETS: usize = (HIGHEST - LOWEST) as usize * STEPS + 2;

/// Which bucket holds so many nanoseconds.
fn bucket(nanos: u64) -> usize {
    if nanos < 1 << LOWEST {
        return 0;
    }
    let power = nanos.ilog2();
    if power >= HIGHEST {
        return BUCKETS - 1;
    }
    let step = usize::try_from(nanos >> (power - STEP_BITS)).unwrap_or(0) & (STEPS - 1);
    1 + (power - LOWEST) as usize * STEPS + step
}

/// The first nanosecond that is above a bucket; `None` above the last.
fn end(bucket: usize) -> Option<u64> {
    if bucket + 1 >= BUCKETS {
        return None;
    }
    let (power, step) = (bucket / STEPS, bucket % STEPS);
    let start = 1u64 << (LOWEST as usize + power);
    Some(start + (start >> STEP_BITS) * step as u64)
}

/// Durations, counted by bucket.
#[derive(Debug)]
pub struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    /// Nanoseconds of all together.
    sum: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
            sum: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&self, taken: Duration) {
        let nanos = u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket(nanos)].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Counts the time since [`begin`], if that was measured.
    pub(crate) fn finish(&self, begun: Option<Instant>) {
        if let Some(begun) = begun {
            self.record(begun.elapsed());
        }
    }

    /// All counts. Read one after the other, so durations counted meanwhile may be in or not.
    #[must_use]
    pub fn read(&self) -> Snapshot {
        let counts = self.buckets.iter().map(|n| n.load(Ordering::Relaxed));
        Snapshot {
            counts: counts.collect(),
            sum: Duration::from_nanos(self.sum.load(Ordering::Relaxed)),
        }
    }
}

/// The counts of a [`Histogram`] at one moment, or between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    counts: Box<[u64]>,
    sum: Duration,
}

impl Snapshot {
    /// How many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them added up.
    #[must_use]
    pub fn sum(&self) -> Duration {
        self.sum
    }

    /// What was counted since an earlier snapshot of the same histogram.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let pairs = self.counts.iter().zip(&earlier.counts);
        Self {
            counts: pairs.map(|(now, then)| now.saturating_sub(*then)).collect(),
            sum: self.sum.saturating_sub(earlier.sum),
        }
    }

    /// The duration that so many thousandths of all stay within (500 is the median), rounded up to
    /// the end of its bucket; `None` when nothing was counted.
    #[must_use]
    pub fn quantile(&self, thousandths: u32) -> Option<Duration> {
        let count = self.count();
        let share = u128::from(count) * u128::from(thousandths.min(1000));
        let wanted = u64::try_from(share.div_ceil(1000)).unwrap_or(u64::MAX);
        if count == 0 {
            return None;
        }
        let mut seen = 0;
        let found = self.counts.iter().position(|n| {
            seen += n;
            seen >= wanted.max(1)
        })?;
        Some(Duration::from_nanos(end(found).unwrap_or(1 << HIGHEST)))
    }

    /// For each whole power of two, its end and how many durations are below it: the cumulative
    /// buckets that Prometheus wants. Those above the last end are only in [`Self::count`].
    pub fn cumulative(&self) -> impl Iterator<Item = (Duration, u64)> {
        let mut seen = self.counts.first().copied().unwrap_or(0);
        let rest = self.counts.get(1..).unwrap_or_default();
        let powers = rest.chunks_exact(STEPS).zip(LOWEST + 1..);
        powers.map(move |(steps, power)| {
            seen += steps.iter().sum::<u64>();
            (Duration::from_nanos(1 << power), seen)
        })
    }
}

/// What the resolver measures, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latencies {
    /// From a query's arrival to its answer, of queries that were answered here: one in [`ONE_IN`].
    pub here: Snapshot,
    /// From a question to an upstream to its answer: all of them.
    pub upstream: Snapshot,
}

/// Reads the clock if the query of this running number is one to be measured.
#[must_use]
pub(crate) fn begin(number: u64) -> Option<Instant> {
    number.is_multiple_of(ONE_IN).then(Instant::now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(nanos: impl IntoIterator<Item = u64>) -> Snapshot {
        let histogram = Histogram::default();
        for nanos in nanos {
            histogram.record(Duration::from_nanos(nanos));
        }
        histogram.read()
    }

    #[test]
    fn nothing_counted_has_no_quantile() {
        assert_eq!(of([]).quantile(500), None);
        assert_eq!(of([]).count(), 0);
    }

    #[test]
    fn every_bucket_ends_where_the_next_begins() {
        for index in 0..BUCKETS - 1 {
            let end = end(index).unwrap();
            assert_eq!((bucket(end - 1), bucket(end)), (index, index + 1), "{end}");
        }
        assert_eq!(end(BUCKETS - 1), None);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn the_median_and_the_tail_are_told_apart() {
        let snapshot = of((0..990).map(|_| 3_000).chain((0..10).map(|_| 80_000_000)));
        let median = snapshot.quantile(500).unwrap();
        assert!(median >= Duration::from_nanos(3_000) && median <= Duration::from_nanos(3_200));
        assert_eq!(snapshot.quantile(990), Some(median));
        let tail = snapshot.quantile(995).unwrap();
        assert!(tail >= Duration::from_millis(80) && tail <= Duration::from_millis(86));
    }

    #[test]
    fn a_difference_holds_only_what_came_between() {
        let histogram = Histogram::default();
        histogram.record(Duration::from_secs(1));
        let before = histogram.read();
        histogram.record(Duration::from_micros(2));
        let between = histogram.read().since(&before);
        assert_eq!(between.count(), 1);
        assert!(between.quantile(1000).unwrap() < Duration::from_micros(3));
        assert_eq!(between.sum(), Duration::from_micros(2));
    }

    #[test]
    fn cumulative_counts_grow_to_all_that_is_below_the_last_end() {
        let snapshot = of([10, 100, 100_000, 1 << 40]);
        let all: Vec<_> = snapshot.cumulative().collect();
        assert_eq!(all.first(), Some(&(Duration::from_nanos(128), 2)));
        assert_eq!(all.last(), Some(&(Duration::from_nanos(1 << 36), 3)));
        assert!(all.is_sorted());
        assert_eq!(snapshot.count(), 4);
    }

    #[test]
    fn one_query_in_many_is_measured() {
        let measured = (0..10 * ONE_IN).filter(|n| begin(*n).is_some());
        assert_eq!(measured.count(), 10);
    }

    #[test]
    fn threads_count_together_exactly() {
        let histogram = Histogram::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    (0..10_000).for_each(|n| histogram.record(Duration::from_nanos(n)));
                });
            }
        });
        assert_eq!(histogram.read().count(), 40_000);
    }

    proptest! {
        #[test]
        fn a_value_is_known_to_within_a_sixteenth(nanos in 64u64..1 << 36) {
            let found = of([nanos]).quantile(500).unwrap().as_nanos();
            let nanos = u128::from(nanos);
            prop_assert!(found > nanos && found - nanos <= nanos / 16 + 1);
        }

        #[test]
        fn any_value_is_counted(all in proptest::collection::vec(any::<u64>(), 1..50)) {
            prop_assert_eq!(of(all.iter().copied()).count(), all.len() as u64);
        }
    }
}
