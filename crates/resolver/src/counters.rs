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
    cloaked: AtomicU64,
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
    /// Odd queries, answered with a response code.
    pub refused: u64,
    /// Messages that get no answer.
    pub dropped: u64,
    /// Of `blocked`: closed because of a name behind a CNAME.
    pub cloaked: u64,
    /// Answered in the safe form of an engine.
    pub rewritten: u64,
    /// Answers cut to what the client takes.
    pub truncated: u64,
    /// Of `failed`: refused at once because too many were under way.
    pub overloaded: u64,
    /// Answers over UDP that the system did not take.
    pub unsent: u64,
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
    queries, local, blocked, cached, forwarded, failed, refused, dropped, cloaked, rewritten,
    truncated, overloaded,
);
