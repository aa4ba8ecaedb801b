//! `[store]`: what is kept, and how long.

use std::ops::RangeInclusive;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Default time between two writes: the most a power cut may cost, and few enough writes that an SD
/// card lives for years.
pub const DEFAULT_FLUSH: Duration = Duration::from_secs(60);
/// At most a minute, which is what DESIGN.md promises for a power loss.
pub const FLUSH: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);

/// Default time blocked events are kept: long enough to answer "why was this blocked last week?"
/// (DESIGN.md, children's privacy).
pub const DEFAULT_EVENTS_KEPT: Duration = DAY.saturating_mul(30);
/// At most 90 days, the longest that children's data may be kept here.
pub const EVENTS_KEPT: RangeInclusive<Duration> = DAY..=DAY.saturating_mul(90);

/// Default time counters are kept: two school years, to compare a term with the year before.
pub const DEFAULT_COUNTERS_KEPT: Duration = DAY.saturating_mul(730);
/// At least a month, for the monthly report; at most 24 months.
pub const COUNTERS_KEPT: RangeInclusive<Duration> =
    DAY.saturating_mul(30)..=DAY.saturating_mul(730);

/// Default most events that wait to be written: a minute of the worst storm a school has made (a
/// blocked app that asks again on every device), in about 1 MiB.
pub const DEFAULT_MAX_QUEUED_EVENTS: u32 = 10_000;
/// From one classroom to what 100 MiB hold; what overflows is counted.
pub const MAX_QUEUED_EVENTS: RangeInclusive<u32> = 100..=1_000_000;

/// Default fewest devices of a group for its blocks to be shown with names: below that a list of what was blocked
/// is one of what a child tried (DESIGN.md, children's privacy: k).
pub const DEFAULT_NAMES_FROM_DEVICES: u32 = 10;
/// The floor of DESIGN.md, and more than a school has.
pub const NAMES_FROM_DEVICES: RangeInclusive<u32> = 5..=1_000;

/// `[store]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Store {
    /// Time between two writes, within [`FLUSH`].
    pub flush: Duration,
    /// How long blocked events are kept, within [`EVENTS_KEPT`].
    pub events_kept: Duration,
    /// How long counters are kept, within [`COUNTERS_KEPT`].
    pub counters_kept: Duration,
    /// Most events that wait to be written, within [`MAX_QUEUED_EVENTS`].
    pub max_queued_events: u32,
    /// Fewest devices of a group for its blocks to be shown with names, within [`NAMES_FROM_DEVICES`].
    pub names_from_devices: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            flush: DEFAULT_FLUSH,
            events_kept: DEFAULT_EVENTS_KEPT,
            counters_kept: DEFAULT_COUNTERS_KEPT,
            max_queued_events: DEFAULT_MAX_QUEUED_EVENTS,
            names_from_devices: DEFAULT_NAMES_FROM_DEVICES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_within_its_bounds() {
        assert!(FLUSH.contains(&DEFAULT_FLUSH));
        assert!(EVENTS_KEPT.contains(&DEFAULT_EVENTS_KEPT));
        assert!(COUNTERS_KEPT.contains(&DEFAULT_COUNTERS_KEPT));
        assert!(MAX_QUEUED_EVENTS.contains(&DEFAULT_MAX_QUEUED_EVENTS));
        assert!(NAMES_FROM_DEVICES.contains(&DEFAULT_NAMES_FROM_DEVICES));
    }
}
