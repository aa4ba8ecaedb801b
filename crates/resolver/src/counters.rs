//! Counters of what the resolver does: exact, without names, readable at any time.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counters. Each query ends in exactly one of `local`, `blocked`, `cached`, `forwarded`,
/// `failed`, `refused` and `dropped`; the others say more about some of them.
#[derive(Debug, Default)]
pub struct Counters {
    queries: AtomicU64,
    local: AtomicU64,
    blocked: AtomicU64,
    cached: AtomicU64,
    forwarded: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    dropped: AtomicU64,
    stale: AtomicU64,
    refreshed: AtomicU64,
    cloaked: AtomicU64,
    by_address: AtomicU64,
    limited: AtomicU64,
    contained: AtomicU64,
    tunnels: AtomicU64,
    rewritten: AtomicU64,
    truncated: AtomicU64,
    overloaded: AtomicU64,
    unsent: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Messages received.
    pub queries: u64,
    /// Answered from local names, or without need of any name (ANY, fixed safe forms).
    pub local: u64,
    /// Closed by policy, those behind a CNAME included.
    pub blocked: u64,
    /// Answered from the cache.
    pub cached: u64,
    /// Answered by an upstream.
    pub forwarded: u64,
    /// Answered SERVFAIL because no upstream answered.
    pub failed: u64,
    /// Odd queries and those over a limit, answered with a response code or, over UDP, cut.
    pub refused: u64,
    /// Messages that get no answer.
    pub dropped: u64,
    /// Of `cached`: past their lifetime, because the upstreams failed.
    pub stale: u64,
    /// Popular answers asked for again before they ended. No query of a client's.
    pub refreshed: u64,
    /// Of `blocked`: closed because of a name behind a CNAME or a service binding.
    pub cloaked: u64,
    /// Of `blocked`: closed because of an address the answer leads to.
    pub by_address: u64,
    /// Of `refused`: over a device's rate of queries or misses.
    pub limited: u64,
    /// Of `refused`: one of too many names of one domain.
    pub contained: u64,
    /// Domains contained because their names look like data in a tunnel; how many queries that
    /// were stands in [`BypassCounts`](crate::BypassCounts).
    pub tunnels: u64,
    /// Answered in the safe form of an engine.
    pub rewritten: u64,
    /// Answers cut to what the client takes.
    pub truncated: u64,
    /// Of `failed`: refused at once because too many were under way.
    pub overloaded: u64,
    /// Answers over UDP that the system did not take.
    pub unsent: u64,
}

impl Counters {
    /// The running number of the query that was counted last, about: others may come between.
    pub(crate) fn number(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }
}

macro_rules! count {
    ($($name:ident),* $(,)?) => {
        impl Counters {
            $(#[inline]
            pub(crate) fn $name(&self) {
                self.$name.fetch_add(1, Ordering::Relaxed);
            })*

            /// All of them. Read one after the other, so sums may differ by queries just under way.
            #[must_use]
            pub fn read(&self) -> Counts {
                Counts {
                    $($name: self.$name.load(Ordering::Relaxed),)*
                    unsent: self.unsent.load(Ordering::Relaxed),
                }
            }
        }
    };
}

impl Counters {
    /// Counts answers that the system did not take.
    pub(crate) fn unsent(&self, count: usize) {
        if count > 0 {
            self.unsent.fetch_add(count as u64, Ordering::Relaxed);
        }
    }
}

count!(
    queries, local, blocked, cached, forwarded, failed, refused, dropped, stale, refreshed,
    cloaked, by_address, limited, contained, tunnels, rewritten, truncated, overloaded,
);
