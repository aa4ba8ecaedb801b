//! Attempts to get round the filter, by local day and kind: numbers only, for the whole box. There
//! is no column that could hold a device, a group or a name.
//!
//! ```text
//!  whoever counts (since the start) ◄─asks─ writer ─one transaction a flush─► table `bypasses`
//!                                             │
//!  screens ◄── memory: written days + waiting + grown since ──┘   (never waits for the disk)
//! ```
//!
//! Who counts hands in how to read its counters, which only grow; the writer looks at what each grew
//! by since it last looked, as it does with [`crate::Counters`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use lachan_policy::BypassKind;
use rusqlite::{Connection, Transaction, params};

use crate::error::DbError;

const KINDS: usize = BypassKind::ALL.len();
/// Days of "the last days" that screens show, today included.
const WEEK: i64 = 7;
/// Days held in memory: more than are shown, for a clock that jumped leaves days of its own.
const DAYS_IN_MEMORY: u32 = 64;

/// Attempts of each kind, by [`BypassKind::index`].
pub type BypassTotals = [u64; KINDS];

/// Attempts of today and of the last days, from before the program started too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BypassDays {
    /// Of the local day.
    pub today: BypassTotals,
    /// Of that day and the six before.
    pub week: BypassTotals,
}

/// How the counters since the start are read.
struct Source(Box<dyn Fn() -> BypassTotals + Send + Sync>);

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

/// What is known of these attempts outside the database.
#[derive(Debug)]
pub(crate) struct Bypasses {
    source: OnceLock<Source>,
    /// The writer's and the screens'; nobody holds it while the disk is busy.
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    /// What the counters said when they were read last.
    seen: BypassTotals,
    /// Not in the table yet, by local day (-1: the time was not known).
    waiting: BTreeMap<i64, BypassTotals>,
    /// In the table, by local day.
    written: BTreeMap<i64, BypassTotals>,
}

impl Bypasses {
    /// Reads the newest days.
    pub(crate) fn load(connection: &Connection) -> Result<Self, DbError> {
        let mut statement = connection.prepare_cached(
            "SELECT day, kind, count FROM bypasses WHERE day IN
             (SELECT DISTINCT day FROM bypasses WHERE day >= 0 ORDER BY day DESC LIMIT ?1)",
        )?;
        let mut rows = statement.query([DAYS_IN_MEMORY])?;
        let mut book = Book::default();
        while let Some(row) = rows.next()? {
            let kind = row.get::<_, String>(1)?;
            // A kind that a newer program counted stays in the table, for that program.
            if let Some(kind) = BypassKind::ALL.into_iter().find(|one| one.id() == kind) {
                let day = book.written.entry(row.get(0)?).or_default();
                day[kind.index()] = row.get::<_, i64>(2)?.cast_unsigned();
            }
        }
        Ok(Self {
            source: OnceLock::new(),
            book: Mutex::new(book),
        })
    }

    /// Takes whoever counts; the first one stays.
    pub(crate) fn count_from(&self, source: impl Fn() -> BypassTotals + Send + Sync + 'static) {
        // Two sources would count each other's growth.
        let _ = self.source.set(Source(Box::new(source)));
    }

    /// Takes what the counters grew by, as of a local day.
    pub(crate) fn collect(&self, day: i64) {
        let now = self.now();
        let mut book = self.book();
        let grown = grown(&book.seen, &now);
        if grown.iter().any(|n| *n > 0) {
            book.seen = now;
            add(book.waiting.entry(day).or_default(), &grown);
        }
    }

    /// Whether something waits to be written.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.book().waiting.is_empty()
    }

    /// Adds what waits to the table.
    pub(crate) fn write(&self, step: &Transaction<'_>) -> Result<(), DbError> {
        let waiting = self.book().waiting.clone();
        let mut statement = step.prepare_cached(
            "INSERT INTO bypasses (day, kind, count) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )?;
        for (day, totals) in waiting {
            for kind in BypassKind::ALL {
                let count = totals[kind.index()];
                if count > 0 {
                    statement.execute(params![day, kind.id(), count.cast_signed()])?;
                }
            }
        }
        Ok(())
    }

    /// Says that what waited is in the table: only the writer collects, so nothing came since.
    pub(crate) fn written(&self) {
        let mut book = self.book();
        for (day, totals) in std::mem::take(&mut book.waiting) {
            add(book.written.entry(day).or_default(), &totals);
        }
        while book.written.len() > DAYS_IN_MEMORY as usize {
            book.written.pop_first();
        }
    }

    /// Attempts of a local day and of the days before, up to this moment.
    pub(crate) fn days(&self, today: i64) -> BypassDays {
        let now = self.now();
        let book = self.book();
        let mut days = BypassDays::default();
        let first = today - (WEEK - 1);
        for (day, totals) in book.written.iter().chain(&book.waiting) {
            if (first..=today).contains(day) {
                add(&mut days.week, totals);
            }
            if *day == today {
                add(&mut days.today, totals);
            }
        }
        let grown = grown(&book.seen, &now);
        add(&mut days.today, &grown);
        add(&mut days.week, &grown);
        days
    }

    fn now(&self) -> BypassTotals {
        self.source.get().map_or([0; KINDS], |source| (source.0)())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What each counter grew by. One read before another thread's look may lie behind it: then by none.
fn grown(seen: &BypassTotals, now: &BypassTotals) -> BypassTotals {
    std::array::from_fn(|index| now[index].saturating_sub(seen[index]))
}

fn add(to: &mut BypassTotals, more: &BypassTotals) {
    for (to, more) in to.iter_mut().zip(more) {
        *to = to.saturating_add(*more);
    }
}
