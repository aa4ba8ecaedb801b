//! What the store is told at its start. Plain values: reading them from `lachan.toml` is the affair
//! of `config` and the daemon.

use std::time::Duration;

/// How the store batches, bounds and keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Longest time an event waits in memory; what a power cut may lose. Default 60 s.
    pub flush: Duration,
    /// Longest time counters wait when no event takes them along. Default 10 min: they grow all
    /// night on a box nobody uses, and would keep the card busy every minute.
    pub counter_flush: Duration,
    /// Coalesced rows that start a flush before its time. Default 1,000: larger batches save
    /// almost nothing (`reference/peer-measurements.md` D).
    pub batch: usize,
    /// Attempts that fit the queue between the hot path and the writer. Default 4,096 (1.5 MB).
    pub queue: usize,
    /// Rows kept in memory while the disk refuses them. Default 20,000.
    pub waiting_rows: usize,
    /// Rows of the event log, whatever their age. Default 2 million (some 70 MB): a flood, or a
    /// box that never learns the time, must not fill the card.
    pub max_events: u32,
    /// Pages of 4 KiB the database may have; `None` for no bound.
    pub max_pages: Option<u32>,
    /// How long to wait for another process that writes. Default 5 s.
    pub busy_timeout: Duration,
    /// How long what is kept.
    pub retention: Retention,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            flush: Duration::from_secs(60),
            counter_flush: Duration::from_secs(600),
            batch: 1_000,
            queue: 4_096,
            waiting_rows: 20_000,
            max_events: 2_000_000,
            max_pages: None,
            busy_timeout: Duration::from_secs(5),
            retention: Retention::default(),
        }
    }
}

/// How long what is kept, in days (`reference/privacy.md`, Log rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    events: u16,
    counters: u16,
    audit: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            events: 30,
            counters: Self::MAX_DAYS,
            audit: Self::MAX_DAYS,
        }
    }
}

impl Retention {
    /// Longest time events are kept.
    pub const MAX_EVENT_DAYS: u16 = 90;
    /// Longest time counters, the audit log and ended exceptions are kept: 24 months.
    pub const MAX_DAYS: u16 = 731;

    /// Days that events, counters and people's changes are kept.
    ///
    /// # Errors
    /// [`RetentionError`] for 0 days and for more than the longest times.
    pub fn new(events: u16, counters: u16, audit: u16) -> Result<Self, RetentionError> {
        let check = |what, days, most| {
            let fits = (1..=most).contains(&days);
            if fits {
                Ok(())
            } else {
                Err(RetentionError { what, days, most })
            }
        };
        check("events", events, Self::MAX_EVENT_DAYS)?;
        check("counters", counters, Self::MAX_DAYS)?;
        check("audit", audit, Self::MAX_DAYS)?;
        Ok(Self {
            events,
            counters,
            audit,
        })
    }

    /// Days that events are kept.
    #[must_use]
    pub const fn events(self) -> u16 {
        self.events
    }

    /// Days that counters are kept.
    #[must_use]
    pub const fn counters(self) -> u16 {
        self.counters
    }

    /// Days that the audit log, ended exceptions and removed groups are kept.
    #[must_use]
    pub const fn audit(self) -> u16 {
        self.audit
    }
}

/// A time that nothing may be kept for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be kept for {days} days; use 1 to {most}")]
pub struct RetentionError {
    /// What was to be kept.
    pub what: &'static str,
    /// For how many days.
    pub days: u16,
    /// The most allowed.
    pub most: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_s_limits_cannot_be_exceeded() {
        assert!(Retention::new(90, 731, 731).is_ok());
        for (events, counters, audit) in
            [(91, 1, 1), (0, 1, 1), (1, 732, 1), (1, 1, 732), (1, 0, 1)]
        {
            assert!(Retention::new(events, counters, audit).is_err());
        }
        let error = Retention::new(120, 1, 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "events cannot be kept for 120 days; use 1 to 90"
        );
    }
}
