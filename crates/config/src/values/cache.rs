//! The cache of answers: what `[resolver]` says of it beside its size.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Default highest TTL: an hour, so that what a timetable closes does not stay open for a day in a
/// device's own cache.
pub const DEFAULT_MAX_TTL: Duration = Duration::from_secs(3600);
/// Below half a minute there is hardly a cache, and the upstreams are asked for everything; above a
/// day an address that moved is not found for a day.
pub const MAX_TTL: RangeInclusive<Duration> = Duration::from_secs(30)..=Duration::from_secs(86_400);

/// Default least TTL: none, for whoever set a short one meant it.
pub const DEFAULT_MIN_TTL: Duration = Duration::ZERO;
/// Up to an hour: a slow line gains by it, but an address that moved is not found for so long.
pub const MIN_TTL: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(3600);

/// Default time for which an answer past its life may still be served: a weekend on which the line
/// is down (RFC 8767 §5 suggests one to three days).
pub const DEFAULT_STALE_FOR: Duration = Duration::from_secs(3 * 86_400);
/// From one short outage to the week that RFC 8767 §5 names as the most.
pub const STALE_FOR: RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);

/// What `[resolver]` says of the cache beside its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cache {
    /// Highest TTL kept and given out, within [`MAX_TTL`].
    pub max_ttl: Duration,
    /// Least TTL of data kept and given out, within [`MIN_TTL`]; never above `max_ttl`, and not of
    /// negative and signed answers.
    pub min_ttl: Duration,
    /// Whether answers past their life are served while the upstreams fail.
    pub serve_stale: Switch,
    /// For how long, within [`STALE_FOR`].
    pub stale_for: Duration,
    /// Whether popular answers are asked for again before they end.
    pub prefetch: Switch,
    /// Whether answers about names of the shipped popular, always-open and protected lists are kept
    /// over a restart; others never are.
    pub persist: Switch,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            max_ttl: DEFAULT_MAX_TTL,
            min_ttl: DEFAULT_MIN_TTL,
            serve_stale: Switch::On,
            stale_for: DEFAULT_STALE_FOR,
            prefetch: Switch::On,
            persist: Switch::On,
        }
    }
}

/// Whether something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Switch {
    /// Whether it is on.
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_within_its_bounds() {
        assert!(MAX_TTL.contains(&DEFAULT_MAX_TTL));
        assert!(MIN_TTL.contains(&DEFAULT_MIN_TTL));
        assert!(STALE_FOR.contains(&DEFAULT_STALE_FOR));
    }
}
