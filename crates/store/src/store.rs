//! The store as others hold it: it starts the writer, hands it work and waits for the answer.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::bypasses::BypassTotals;
use crate::counters::Counters;
use crate::device::DeviceKey;
use crate::error::DbError;
use crate::open::{self, Loaded, OpenError};
use crate::query::Reader;
use crate::retention::Deleted;
use crate::settings::Settings;
use crate::shared::{EventSink, Health, Shared};
use crate::time::{Clock, LocalHour};
use crate::watch::Watch;
use crate::writer::{Command, Timers, Writer};

/// The opened database of a box.
///
/// Dropping it writes what waits, as [`Store::close`] does, but tells nobody whether that went well.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    settings: Settings,
    commands: Sender<Command>,
    sink: EventSink,
    /// The writer, and what is released after it ended; nothing once the store is closed.
    running: Mutex<Option<Running>>,
}

/// The writer's thread, and the lock of a process that records.
#[derive(Debug)]
struct Running {
    thread: JoinHandle<()>,
    _lock: Option<File>,
}

/// What opening gave.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Where a damaged database was put, if there was one; the store is then empty, and people
    /// must be told.
    pub set_aside: Option<PathBuf>,
}

impl Store {
    /// Opens (or makes) the database of a box that records: checks it, brings it to the current
    /// version, sets a damaged one aside, deletes what is too old, and starts the writer.
    ///
    /// # Errors
    /// [`OpenError`] says what stands in the way and what to do.
    pub fn open(
        path: &Path,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Opened, OpenError> {
        let now = clock.now().map_or(0, |now| now.unix);
        let loaded = open::open_recording(path, &settings, now)?;
        start(path, settings, clock, loaded)
    }

    /// Opens the database for a tool (`lachan groups add`), perhaps beside a running box. What it
    /// records is refused and counted as dropped; it deletes nothing and sets nothing aside.
    ///
    /// # Errors
    /// [`OpenError`] says what stands in the way and what to do.
    pub fn open_tool(path: &Path, settings: Settings) -> Result<Self, OpenError> {
        let loaded = open::open_tool(path, &settings)?;
        Ok(start(path, settings, Arc::new(|| None), loaded)?.store)
    }

    /// Where the hot path puts blocked attempts.
    #[must_use]
    pub fn sink(&self) -> EventSink {
        self.sink.clone()
    }

    /// The counters of all decisions.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        self.sink.counters()
    }

    /// Keeps attempts to get round the filter by day and kind, as `totals` counts them since the
    /// program started. Asked once: a second source is ignored. It is let go when the store closes
    /// and the last [`Watch`] is gone.
    pub fn keep_bypasses(&self, totals: impl Fn() -> BypassTotals + Send + Sync + 'static) {
        self.sink.shared.bypasses.count_from(totals);
    }

    /// Runs something in the writer's thread, some time soon: what the kernel is told of a thread, the
    /// thread itself has to tell.
    pub fn in_writer(&self, work: impl FnOnce() + Send + 'static) {
        // A writer that has ended needs to tell nothing.
        let _ = self.commands.send(Command::Write(Box::new(|_| work())));
        self.sink.writer.unpark();
    }

    /// How the writer fares.
    #[must_use]
    pub fn health(&self) -> Health {
        self.sink.shared.health()
    }

    /// A view for screens, which may outlive this handle.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch {
            path: self.path.clone(),
            busy_timeout: self.settings.busy_timeout,
            commands: self.commands.clone(),
            sink: self.sink(),
        }
    }

    /// A read-only connection, for one thread.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be opened.
    pub fn reader(&self) -> Result<Reader, DbError> {
        Reader::open(&self.path, self.settings.busy_timeout)
    }

    /// Writes what waits, now, and runs the deletion job if it is due.
    ///
    /// # Errors
    /// [`DbError`]; then everything still waits.
    pub fn flush(&self) -> Result<(), DbError> {
        self.ask(Command::Flush)?
    }

    /// Deletes what is too old, now. The writer does so by itself once a day.
    ///
    /// # Errors
    /// [`DbError`]; then nothing was deleted. [`DbError::ClockUnknown`] without a clock.
    pub fn retain(&self) -> Result<Deleted, DbError> {
        self.ask(Command::Retain)?
    }

    /// Writes what waits, brings the log into the main file and ends the writer: whoever holds the store
    /// too hears [`DbError::Closed`] from then on.
    ///
    /// # Errors
    /// [`DbError`] when the last flush failed; what waited is lost.
    pub fn close(&self) -> Result<(), DbError> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = running.take() else {
            return Ok(());
        };
        let flushed = self.ask(Command::Close);
        running.thread.join().map_err(|_| DbError::Closed)?;
        flushed?
    }

    /// Carries out a person's change in one transaction that is synced before this returns. On an
    /// error nothing of it is done.
    pub(crate) fn write<T, E>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.ask(|reply: SyncSender<Result<T, E>>| {
            Command::Write(Box::new(move |connection| {
                // A caller that is gone needs no answer.
                let _ = reply.send(in_transaction(connection, change));
            }))
        })?
    }

    /// Sends a command, wakes the writer and waits for the reply.
    pub(crate) fn ask<T>(
        &self,
        command: impl FnOnce(SyncSender<T>) -> Command,
    ) -> Result<T, DbError> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.commands
            .send(command(reply))
            .map_err(|_| DbError::Closed)?;
        self.sink.writer.unpark();
        answer.recv().map_err(|_| DbError::Closed)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            let error = crate::error::chain(&error);
            tracing::error!(%error, "the last events could not be written");
        }
    }
}

fn in_transaction<T, E: From<DbError>>(
    connection: &mut Connection,
    change: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let step = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(DbError::from)?;
    let done = change(&step)?;
    step.commit().map_err(DbError::from)?;
    Ok(done)
}

fn start(
    path: &Path,
    settings: Settings,
    clock: Arc<dyn Clock>,
    loaded: Loaded,
) -> Result<Opened, OpenError> {
    let records = loaded.lock.is_some();
    let (queue, attempts) = mpsc::sync_channel(settings.queue.max(1));
    let (commands, orders) = mpsc::channel();
    let shared = Arc::new(Shared::new(Arc::clone(&loaded.recorder.bypasses)));
    let nudge = (settings.queue / 2).clamp(1, settings.batch.max(1));
    shared.nudge.store(nudge, Ordering::Relaxed);
    let writer = Writer {
        connection: loaded.connection,
        recorder: loaded.recorder,
        queue: records.then_some(attempts),
        commands: orders,
        shared: Arc::clone(&shared),
        hour: LocalHour::of(clock.now()),
        clock,
        settings: settings.clone(),
        timers: Timers::new(&settings),
        device_key: DeviceKey::default(),
        path: path.to_owned(),
        retained: None,
    };
    let thread = std::thread::Builder::new()
        .name("store".into())
        .spawn(move || writer.run())
        .map_err(|source| OpenError::Thread {
            path: path.to_owned(),
            source,
        })?;
    let sink = EventSink {
        queue,
        shared,
        writer: thread.thread().clone(),
        room: settings.queue.max(1),
    };
    let store = Store {
        path: path.to_owned(),
        settings,
        commands,
        sink,
        running: Mutex::new(Some(Running {
            thread,
            _lock: loaded.lock,
        })),
    };
    Ok(Opened {
        store,
        set_aside: loaded.set_aside,
    })
}
