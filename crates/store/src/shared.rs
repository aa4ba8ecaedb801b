//! What the hot path, the writer and the screens share: the sink of events, the counters, and how
//! the writer fares.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Thread;

use crate::counters::Counters;
use crate::error::{DbError, chain};
use crate::event::Attempt;

/// State outside the writer. The mutex is the screens' and the writer's; the hot path touches
/// atomics only.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) counters: Counters,
    /// Attempts in the queue, for the nudge.
    pub(crate) queued: AtomicUsize,
    /// Attempts that were given up.
    pub(crate) dropped: AtomicU64,
    /// Coalesced rows in memory.
    pub(crate) waiting: AtomicUsize,
    flushes: AtomicU64,
    failing: Mutex<Option<String>>,
}

/// How the writer fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Why the last flush failed; `None` when it went well. It is tried again at the next flush,
    /// meanwhile events wait in memory.
    pub failing: Option<String>,
    /// Coalesced events waiting in memory.
    pub waiting: usize,
    /// Attempts given up since the start, because the queue or the memory was full.
    pub dropped: u64,
    /// Flushes that wrote something since the start.
    pub flushes: u64,
}

impl Shared {
    pub(crate) fn health(&self) -> Health {
        Health {
            failing: self
                .failing
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
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
    /// Attempts in the queue that wake the writer before its time.
    pub(crate) nudge: usize,
    /// Attempts that the queue holds.
    pub(crate) room: usize,
}

impl EventSink {
    /// Hands an attempt to the writer. Never blocks and never allocates; `false` when the queue is
    /// full or the store closed, which is counted in [`Self::dropped`].
    pub fn try_record(&self, attempt: Attempt) -> bool {
        // Counted before it is sent, so that the writer never takes off what is not yet on.
        let before = self.shared.queued.fetch_add(1, Ordering::Relaxed);
        if self.queue.try_send(attempt).is_err() {
            self.shared.queued.fetch_sub(1, Ordering::Relaxed);
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        if before + 1 == self.nudge {
            self.writer.unpark();
        }
        true
    }

    /// Whether an attempt would find room. Where there is none it is given up here and counted,
    /// so that a flood costs the hot path one look and not the making of an attempt.
    pub fn has_room(&self) -> bool {
        let room = self.shared.queued.load(Ordering::Relaxed) < self.room;
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
