//! For screens that look again and again: how the writer fares, and what was blocked in the last
//! minutes, up to this moment.
//!
//! ```text
//!  database (flushed each minute) ─┐
//!  writer's memory (since then) ───┴─► Recents ─► group, tier, category, name, count
//! ```
//!
//! The hot path knows nothing of it: the writer is asked what it holds, which costs something only
//! while somebody looks, and the database is read again only after a flush. What comes out names no
//! device, and no name where none may be kept.

use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use lachan_policy::{Category, GroupId, Tier};

use crate::buffer::{Buffer, When};
use crate::bypasses::BypassDays;
use crate::counters::Counters;
use crate::error::DbError;
use crate::event::Event;
use crate::query::{EventFilter, Reader};
use crate::shared::{EventSink, Health};
use crate::writer::Command;

/// Rows read from the database at once.
const PAGE: u32 = 500;
/// Most rows taken of the database: a bound for a school under attack by its own devices.
const MOST: usize = 20_000;

/// Blocked attempts that agree in everything told here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// Minutes since 1970; `None` when the box did not know the time.
    pub minute: Option<i64>,
    /// The group; number 0 is that of unknown devices.
    pub group: GroupId,
    /// The tier.
    pub tier: Tier,
    /// The category that decided.
    pub category: Option<Category>,
    /// The registrable name; `None` where it may not be kept.
    pub name: Option<Box<str>>,
    /// How many attempts.
    pub count: u32,
}

impl From<Event> for Recent {
    fn from(event: Event) -> Self {
        Self {
            minute: event.minute,
            group: event.group,
            tier: event.tier,
            category: event.category,
            name: event.name.map(Into::into),
            count: event.count,
        }
    }
}

/// What the writer holds in memory.
pub(crate) fn waiting(buffer: &Buffer) -> Vec<Recent> {
    let rows = buffer.rows().iter();
    rows.map(|(row, count)| Recent {
        minute: match row.when {
            When::Unix(minute) => Some(minute),
            When::Uptime(_) => None,
        },
        group: row.group,
        tier: row.tier,
        category: row.category,
        name: row.name.clone(),
        count: *count,
    })
    .collect()
}

/// A view of a store that outlives no writer: after [`crate::Store::close`] it tells
/// [`DbError::Closed`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Watch {
    pub(crate) path: PathBuf,
    pub(crate) busy_timeout: Duration,
    pub(crate) commands: Sender<Command>,
    pub(crate) sink: EventSink,
}

impl Watch {
    /// How the writer fares.
    #[must_use]
    pub fn health(&self) -> Health {
        self.sink.shared.health()
    }

    /// The counters of all decisions.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        self.sink.counters()
    }

    /// Attempts to get round the filter on a local day (since 1970) and the six before, from before
    /// the program started too. Waits for no disk.
    #[must_use]
    pub fn bypasses(&self, today: i64) -> BypassDays {
        self.sink.shared.bypasses.days(today)
    }

    /// Begins to look at what was blocked lately.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be opened.
    pub fn recents(&self) -> Result<Recents, DbError> {
        Ok(Recents {
            reader: Reader::open(&self.path, self.busy_timeout)?,
            watch: self.clone(),
            flushes: None,
            written: Vec::new(),
        })
    }

    fn waiting(&self) -> Result<Vec<Recent>, DbError> {
        let (reply, answer) = mpsc::sync_channel(1);
        let asked = self.commands.send(Command::Waiting(reply));
        asked.map_err(|_| DbError::Closed)?;
        self.sink.writer.unpark();
        answer.recv().map_err(|_| DbError::Closed)
    }
}

/// What was blocked lately, for one screen.
#[derive(Debug)]
pub struct Recents {
    reader: Reader,
    watch: Watch,
    /// The flushes that [`Self::written`] was read after.
    flushes: Option<u64>,
    written: Vec<Recent>,
}

impl Recents {
    /// Attempts from a minute (since 1970) on, and those whose minute is not known but which are
    /// not older than the last flush. `None` stands for a time that is not known: only the latter.
    ///
    /// A flush at this very moment may make some count twice, until the next look.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read or the store is closed.
    pub fn read(&mut self, since: Option<i64>) -> Result<Vec<Recent>, DbError> {
        let mut all = self.watch.waiting()?;
        let flushes = self.watch.health().flushes;
        if self.flushes != Some(flushes) {
            self.written = self.read_written(since)?;
            self.flushes = Some(flushes);
        }
        let is_recent = |recent: &&Recent| recent.minute >= since && recent.minute.is_some();
        if since.is_some() {
            all.retain(|recent| recent.minute.is_none() || recent.minute >= since);
            all.extend(self.written.iter().filter(is_recent).cloned());
        }
        Ok(all)
    }

    /// The newest rows back to a minute, page by page: the log has no index by time, and reading
    /// it from its beginning would take seconds.
    fn read_written(&self, since: Option<i64>) -> Result<Vec<Recent>, DbError> {
        let mut found: Vec<Recent> = Vec::new();
        let mut filter = EventFilter {
            limit: PAGE,
            ..EventFilter::default()
        };
        while since.is_some() && found.len() < MOST {
            let page = self.reader.events(&filter)?;
            filter.before = page.last().map(|event| event.id);
            let last = page.last().and_then(|event| event.minute);
            let is_whole = page.len() == PAGE as usize;
            found.extend(page.into_iter().map(Recent::from));
            // The rows of one flush are in the order of their arrival, so a page may hold some of
            // the minute before.
            if !is_whole || last < since {
                break;
            }
        }
        Ok(found)
    }
}
