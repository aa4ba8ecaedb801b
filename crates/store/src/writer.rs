//! The one writer: a thread that owns the only connection that writes.
//!
//! ```text
//!  hot path ─try_record─► bounded queue ─┐
//!  hot path ─bump───────► atomics ───────┼─► writer ─one transaction a flush─► lachan.db (WAL)
//!  people ──store.write─► commands ──────┘
//! ```
//!
//! The thread parks between flushes; a queue that fills, a command or the end of an hour wakes it.
//! Every commit is synced (`synchronous = FULL`): with one flush a minute a sync costs the card
//! nothing measurable, and without it a power cut would lose what the kernel had not written back,
//! up to half a minute more than the last flush.
//!
//! Checkpoints are the writer's too: SQLite's own would run inside somebody's commit. One is made
//! when the log has grown by [`CHECKPOINT_FRAMES`], so that a page rewritten every minute reaches
//! the main file only a few times a day.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::buffer::{Row, When};
use crate::device::{DeviceKey, KeyDay};
use crate::error::{DbError, chain};
use crate::event::Attempt;
use crate::open::delete_set_aside;
use crate::own::{self, OwnAsked, OwnBlock};
use crate::recorder::Recorder;
use crate::retention::{self, Deleted};
use crate::settings::Settings;
use crate::shared::Shared;
use crate::time::{Clock, LocalHour, seconds_left_in_hour, unix_minute};
use crate::watch::{self, Recent};

/// Pages in the write-ahead log that ask for a checkpoint: 4 MiB.
const CHECKPOINT_FRAMES: i64 = 1_000;
/// Pages at which the writer waits for readers to let the log start over: 16 MiB.
const RESTART_FRAMES: i64 = 4 * CHECKPOINT_FRAMES;

/// Shortest time between two looks into the queue. A flood of attempts, which are all alike to
/// people, must not take the processor from the answers: with the queue's default of 4,096 it lets
/// 10,000 a second through, many times what a school of two thousand devices gives.
const PACE: Duration = Duration::from_millis(400);

/// A piece of work for the writer's connection.
pub(crate) type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// What others ask of the writer.
pub(crate) enum Command {
    /// A person's change.
    Write(Job),
    /// Write what waits, now.
    Flush(SyncSender<Result<(), DbError>>),
    /// Delete what is too old, now.
    Retain(SyncSender<Result<Deleted, DbError>>),
    /// Tell what waits; writes nothing.
    Waiting(SyncSender<Vec<Recent>>),
    /// Tell a device what was blocked for it; writes nothing.
    Own(OwnAsked, SyncSender<Result<Vec<OwnBlock>, DbError>>),
    /// Write what waits and end.
    Close(SyncSender<Result<(), DbError>>),
}

/// The thread's state.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) recorder: Recorder,
    /// Closed in a tool beside a running box: it records nothing and deletes nothing.
    pub(crate) queue: Option<Receiver<Attempt>>,
    pub(crate) commands: Receiver<Command>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) timers: Timers,
    pub(crate) device_key: DeviceKey,
    /// The hour that counts are collected for.
    pub(crate) hour: LocalHour,
    /// The day retention was last looked at.
    pub(crate) retained: Option<i64>,
    pub(crate) path: PathBuf,
}

/// When what is due, on the monotonic clock.
pub(crate) struct Timers {
    pub(crate) start: Instant,
    pub(crate) flush: Instant,
    pub(crate) counters: Instant,
    /// When the queue may be looked into again.
    pub(crate) take_in: Instant,
}

impl Timers {
    pub(crate) fn new(settings: &Settings) -> Self {
        let start = Instant::now();
        Self {
            start,
            flush: start + settings.flush,
            counters: start + settings.counter_flush,
            take_in: start,
        }
    }

    fn uptime_minutes(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_secs() / 60).unwrap_or(i64::MAX)
    }
}

impl Writer {
    /// Runs until told to close, or until nobody is left who could tell.
    pub(crate) fn run(mut self) {
        loop {
            self.turn();
            if let Some(reply) = self.obey() {
                self.close(&reply);
                return;
            }
            self.set_nudge();
            std::thread::park_timeout(self.rest());
        }
    }

    /// One round: take in what arrived, follow the clock, flush and retain when due.
    fn turn(&mut self) {
        if Instant::now() >= self.timers.take_in {
            self.take_in();
        }
        self.follow_clock();
        if self.is_due() {
            // `health` tells how it went; what failed waits for the next flush.
            drop(self.flush());
        }
        self.retain_daily();
    }

    /// Carries out the commands that wait; gives back the reply of a `Close`.
    fn obey(&mut self) -> Option<SyncSender<Result<(), DbError>>> {
        loop {
            // A caller that no longer listens has no use for the reply.
            match self.commands.try_recv().ok()? {
                Command::Write(job) => {
                    job(&mut self.connection);
                    self.checkpoint_when_due();
                }
                Command::Flush(reply) => {
                    self.take_in();
                    self.follow_clock();
                    let flushed = self.flush();
                    self.retain_daily();
                    let _ = reply.send(flushed);
                }
                Command::Retain(reply) => {
                    let _ = reply.send(self.retain());
                }
                Command::Waiting(reply) => {
                    self.take_in();
                    let _ = reply.send(watch::waiting(&self.recorder.buffer));
                }
                Command::Own(asked, reply) => {
                    self.take_in();
                    let _ = reply.send(self.own(asked));
                }
                Command::Close(reply) => return Some(reply),
            }
        }
    }

    fn close(mut self, reply: &SyncSender<Result<(), DbError>>) {
        self.take_in();
        self.follow_clock();
        let flushed = self.flush();
        // A tool leaves the log to the box that runs beside it. What fails here stays in the log
        // and is read at the next start: nothing is lost.
        if self.queue.is_some()
            && let Err(error) = checkpoint(&self.connection, "TRUNCATE")
        {
            tracing::info!(error = %chain(&error), "the database was closed without a checkpoint");
        }
        drop(self.connection);
        let _ = reply.send(flushed);
    }

    /// How long the thread may sleep. What woke it for a queue that it may not look into yet is
    /// remembered by the queue itself.
    fn rest(&self) -> Duration {
        let now = Instant::now();
        let mut flush = self.timers.flush.saturating_duration_since(now);
        let nudge = self.shared.nudge.load(Ordering::Relaxed);
        if self.shared.queued.load(Ordering::SeqCst) >= nudge {
            flush = flush.min(self.timers.take_in.saturating_duration_since(now));
        }
        match self.clock.now() {
            Some(now) => flush.min(Duration::from_secs(seconds_left_in_hour(now))),
            None => flush,
        }
    }

    /// Moves the queue into the buffer; addresses become pseudonyms here.
    fn take_in(&mut self) {
        self.timers.take_in = Instant::now() + PACE;
        let mut taken = 0;
        while let Some(attempt) = self.queue.as_ref().and_then(|queue| queue.try_recv().ok()) {
            taken += 1;
            let row = self.row(attempt);
            let lost = self.recorder.buffer.add(row);
            if lost > 0 {
                self.shared.dropped.fetch_add(lost, Ordering::Relaxed);
            }
        }
        self.shared.queued.fetch_sub(taken, Ordering::Relaxed);
        self.shared.shares.renew();
        self.shared
            .waiting
            .store(self.recorder.buffer.len(), Ordering::Relaxed);
    }

    /// Says how many attempts more are to wake the thread: as many as make a batch of what waits, and
    /// no more than half of the queue. Whoever came while that was said is seen by [`Self::rest`].
    fn set_nudge(&self) {
        let missing = self
            .settings
            .batch
            .saturating_sub(self.recorder.buffer.len());
        let nudge = missing.min(self.settings.queue / 2).max(1);
        // In one order with the sink's count and look: one of the two sees the other's.
        self.shared.nudge.store(nudge, Ordering::SeqCst);
    }

    fn row(&mut self, attempt: Attempt) -> Row {
        let when = match attempt.time {
            Some(time) => When::Unix(time.minute),
            None => When::Uptime(self.timers.uptime_minutes()),
        };
        let day = self.key_day(attempt.time.map(|time| time.day));
        Row {
            when,
            group: attempt.group,
            tier: attempt.tier,
            category: attempt.category,
            channel: attempt.channel,
            source: attempt.source,
            name: attempt.name.map(|name| name.to_string().into()),
            behind: attempt.behind,
            device: self.device_key.pseudonym(attempt.device, day),
        }
    }

    fn own(&self, asked: OwnAsked) -> Result<Vec<OwnBlock>, DbError> {
        let day = self.key_day(Some(asked.day));
        let Some(pseudonym) = self.device_key.known(asked.device, day) else {
            return Ok(Vec::new());
        };
        let buffer = &self.recorder.buffer;
        own::find(buffer, &self.connection, pseudonym, asked.since)
    }

    fn key_day(&self, local: Option<i64>) -> KeyDay {
        match local {
            Some(day) => KeyDay::Local(day),
            None => KeyDay::Uptime(self.timers.uptime_minutes() / (24 * 60)),
        }
    }

    /// Collects the counts of an hour that ended, and wipes the key of a day that ended.
    fn follow_clock(&mut self) {
        let now = self.clock.now();
        let hour = LocalHour::of(now);
        if hour != self.hour {
            // What was counted before the time was known belongs to the hour it became known in.
            if self.hour != LocalHour::UNKNOWN {
                self.recorder.collect(&self.shared.counters, self.hour);
            }
            self.hour = hour;
        }
        self.device_key
            .turn(self.key_day(now.map(lachan_policy::Moment::local_day)));
    }

    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let time_is_up = now >= self.timers.flush;
        if self.shared.is_failing() {
            return time_is_up;
        }
        let rows = self.recorder.buffer.len();
        if rows >= self.settings.batch.max(1) {
            return true;
        }
        if !time_is_up {
            return false;
        }
        // Nothing else to write: counters alone may wait longer.
        let due = rows > 0 || now >= self.timers.counters;
        if !due {
            self.timers.flush = now + self.settings.flush;
        }
        due
    }

    /// Writes what waits, if anything does; tells [`crate::Store::health`] how it went.
    fn flush(&mut self) -> Result<(), DbError> {
        let now = Instant::now();
        self.timers.flush = now + self.settings.flush;
        self.timers.counters = now + self.settings.counter_flush;
        self.recorder.collect(&self.shared.counters, self.hour);
        let start = self
            .clock
            .now()
            .map(|now| unix_minute(now) - self.timers.uptime_minutes());
        if !self.recorder.is_dirty(start) {
            return Ok(());
        }
        let max_events = self.settings.max_events;
        let outcome = self.recorder.flush(&mut self.connection, start, max_events);
        self.shared.tell(&outcome);
        self.shared
            .waiting
            .store(self.recorder.buffer.len(), Ordering::Relaxed);
        if outcome.is_ok() {
            self.checkpoint_when_due();
        }
        outcome
    }

    fn checkpoint_when_due(&self) {
        if let Err(error) = self.try_checkpoint() {
            tracing::warn!(error = %chain(&error), "the database could not be checkpointed");
        }
    }

    fn try_checkpoint(&self) -> Result<(), DbError> {
        let (frames, done) = checkpoint(&self.connection, "NOOP")?;
        if frames >= RESTART_FRAMES {
            checkpoint(&self.connection, "RESTART")?;
        } else if frames - done >= CHECKPOINT_FRAMES {
            checkpoint(&self.connection, "PASSIVE")?;
        }
        Ok(())
    }

    fn retain_daily(&mut self) {
        let Some(now) = self.clock.now().filter(|_| self.queue.is_some()) else {
            return;
        };
        let today = Some(now.local_day());
        if self.retained == today {
            return;
        }
        // What fails (a lock, a full disk) is tried again on the next round.
        self.retained = match retention::is_plausible(&self.connection, now) {
            Ok(true) => today.filter(|_| self.retain().is_ok()),
            Ok(false) => {
                tracing::warn!("the clock jumped: nothing is deleted until it has held for a day");
                today
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "old events could not be deleted");
                None
            }
        };
    }

    fn retain(&mut self) -> Result<Deleted, DbError> {
        let now = self.clock.now().ok_or(DbError::ClockUnknown)?.unix;
        let outcome = self.delete_old(now);
        match &outcome {
            Ok(_) => self.checkpoint_when_due(),
            Err(error) => {
                tracing::warn!(error = %chain(error), "old events could not be deleted");
            }
        }
        outcome
    }

    fn delete_old(&mut self, now: i64) -> Result<Deleted, DbError> {
        let retention = self.settings.retention;
        let deleted = retention::run(&mut self.connection, retention, now)?;
        self.recorder.reload(&self.connection)?;
        if let Err(error) = delete_set_aside(&self.path, now, retention.events()) {
            tracing::warn!(%error, "an old damaged database could not be deleted");
        }
        Ok(deleted)
    }
}

/// Runs a checkpoint; gives the frames in the log and those already in the main file.
fn checkpoint(connection: &Connection, kind: &str) -> Result<(i64, i64), DbError> {
    let sql = format!("PRAGMA wal_checkpoint({kind})");
    Ok(connection.query_row(&sql, [], |row| Ok((row.get(1)?, row.get(2)?)))?)
}
