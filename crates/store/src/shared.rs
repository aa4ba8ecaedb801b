//! What the hot path, the writer and the screens share: the sink of events, the counters, and how
//! the writer fares.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Thread;

use crate::bypasses::Bypasses;
use crate::counters::Counters;
use crate::error::{DbError, chain};
use crate::event::Attempt;

/// State outside the writer. The mutex is the screens' and the writer's; the hot path touches
/// atomics only.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) counters: Counters,
    pub(crate) bypasses: Arc<Bypasses>,
    /// Attempts in the queue, for the nudge.
    pub(crate) queued: AtomicUsize,
    /// Attempts in the queue that wake the writer before its time: fewer when rows wait already.
    pub(crate) nudge: AtomicUsize,
    /// Attempts that were given up.
    pub(crate) dropped: AtomicU64,
    /// Coalesced rows in memory.
    pub(crate) waiting: AtomicUsize,
    /// How much of the queue each device has taken since the writer looked last.
    pub(crate) shares: Shares,
    flushes: AtomicU64,
    failing: Mutex<Option<String>>,
}

/// Places that devices share by a hash of their addresses.
const PLACES: usize = 256;
/// Of the queue a device may take at most the n-th part.
const SHARE: usize = 8;

/// What devices took of the queue: one that floods, by itself or to have others' attempts forgotten,
/// takes no more than its share.
#[derive(Debug)]
pub(crate) struct Shares([AtomicU32; PLACES]);

impl Default for Shares {
    fn default() -> Self {
        Self([const { AtomicU32::new(0) }; PLACES])
    }
}

impl Shares {
    /// Takes a place in a queue of so much room; whether the device had one left.
    fn take(&self, client: IpAddr, room: usize) -> bool {
        let bits = lachan_policy::address_bits(client).to_le_bytes();
        let half = |at: usize| u64::from_le_bytes(std::array::from_fn(|index| bits[at + index]));
        // Fibonacci hashing: the highest byte depends on all.
        let [place, ..] = (half(0) ^ half(8))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .to_be_bytes();
        let taken = self.0[usize::from(place)].fetch_add(1, Ordering::Relaxed);
        usize::try_from(taken).is_ok_and(|taken| taken < (room / SHARE).max(1))
    }

    /// The writer has looked: everybody may take a share again.
    pub(crate) fn renew(&self) {
        for share in &self.0 {
            // Most are 0, and reading does not take the line from the other threads.
            if share.load(Ordering::Relaxed) > 0 {
                share.store(0, Ordering::Relaxed);
            }
        }
    }
}

/// How the writer fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Why the last flush failed; `None` when it went well. It is tried again at the next flush,
    /// meanwhile events wait in memory.
    pub failing: Option<String>,
    /// Attempts in the queue, which the writer has not taken yet.
    pub queued: usize,
    /// Coalesced events waiting in memory.
    pub waiting: usize,
    /// Attempts given up since the start, because the queue or the memory was full.
    pub dropped: u64,
    /// Flushes that wrote something since the start.
    pub flushes: u64,
}

impl Shared {
    /// Nothing recorded yet in this run.
    pub(crate) fn new(bypasses: Arc<Bypasses>) -> Self {
        Self {
            nudge: AtomicUsize::default(),
            counters: Counters::default(),
            bypasses,
            queued: AtomicUsize::new(0),
            dropped: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            shares: Shares::default(),
            flushes: AtomicU64::new(0),
            failing: Mutex::default(),
        }
    }

    pub(crate) fn health(&self) -> Health {
        Health {
            failing: self
                .failing
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            queued: self.queued.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            flushes: self.flushes.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.failing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// Notes how a flush went; logs when that changes.
    pub(crate) fn tell(&self, outcome: &Result<(), DbError>) {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(()) => {
                self.flushes.fetch_add(1, Ordering::Relaxed);
                if failing.take().is_some() {
                    tracing::info!("events are written again");
                }
            }
            Err(error) => {
                let text = chain(error);
                if failing.is_none() {
                    tracing::error!(error = %text, "events cannot be written and wait in memory");
                }
                *failing = Some(text);
            }
        }
    }
}

/// Where the hot path puts blocked attempts. Cheap to clone; one for each thread or one for all.
#[derive(Debug, Clone)]
pub struct EventSink {
    pub(crate) queue: SyncSender<Attempt>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) writer: Thread,
    /// Attempts that the queue holds.
    pub(crate) room: usize,
}

impl EventSink {
    /// Hands an attempt to the writer. Never blocks and never allocates; `false` when the queue is
    /// full or the store closed, which is counted in [`Self::dropped`].
    pub fn try_record(&self, attempt: Attempt) -> bool {
        // Counted before it is sent, so that the writer never takes off what is not yet on.
        let before = self.shared.queued.fetch_add(1, Ordering::SeqCst);
        if self.queue.try_send(attempt).is_err() {
            self.shared.queued.fetch_sub(1, Ordering::Relaxed);
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        if before + 1 == self.shared.nudge.load(Ordering::SeqCst) {
            self.writer.unpark();
        }
        true
    }

    /// Whether an attempt of this device would find room: in the queue, and in the device's share
    /// of it. Where there is none it is given up here and counted, so that a flood costs the hot path
    /// one look and not the making of an attempt.
    pub fn has_room(&self, client: IpAddr) -> bool {
        let room = self.shared.queued.load(Ordering::Relaxed) < self.room
            && self.shared.shares.take(client, self.room);
        if !room {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
        room
    }

    /// The counters of all decisions.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// Attempts given up since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_floods_leaves_room_for_the_others() {
        let shares = Shares::default();
        let [flooding, quiet] = ["10.0.0.7", "fd00::9"].map(|text| text.parse().unwrap());
        let taken = (0..10_000).filter(|_| shares.take(flooding, 4096)).count();
        assert_eq!(taken, 4096 / SHARE);
        assert!(shares.take(quiet, 4096));
        shares.renew();
        assert!(shares.take(flooding, 4096));
    }

    #[test]
    fn the_smallest_queue_has_room_for_one_of_each() {
        let shares = Shares::default();
        assert!(shares.take([10, 0, 0, 7].into(), 1));
        assert!(!shares.take([10, 0, 0, 7].into(), 1));
    }
}
