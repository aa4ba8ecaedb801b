//! What the writer holds between two flushes, and the flush itself: one transaction that takes all
//! waiting events and counters, or none.

use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::buffer::{Buffer, Row, When};
use crate::bypasses::Bypasses;
use crate::counters::{Counters, Drain};
use crate::dictionary::Dictionary;
use crate::error::DbError;
use crate::event::Behind;
use crate::time::LocalHour;

/// Events and counters that wait, and the dictionaries they are written with.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) buffer: Buffer,
    pub(crate) drain: Drain,
    pub(crate) bypasses: Arc<Bypasses>,
    names: Dictionary,
    sources: Dictionary,
    /// First row of this run whose time was not known when it was written.
    undated: Option<i64>,
}

impl Recorder {
    pub(crate) fn load(connection: &Connection, waiting_rows: usize) -> Result<Self, DbError> {
        Ok(Self {
            buffer: Buffer::new(waiting_rows),
            drain: Drain::default(),
            bypasses: Arc::new(Bypasses::load(connection)?),
            names: Dictionary::names(connection)?,
            sources: Dictionary::sources(connection)?,
            undated: None,
        })
    }

    /// Reads the dictionaries again, after retention took rows out of them.
    pub(crate) fn reload(&mut self, connection: &Connection) -> Result<(), DbError> {
        self.names = Dictionary::names(connection)?;
        self.sources = Dictionary::sources(connection)?;
        Ok(())
    }

    /// Takes what the counters grew by, as of `hour`.
    pub(crate) fn collect(&mut self, counters: &Counters, hour: LocalHour) {
        self.drain.collect(counters, hour);
        self.bypasses.collect(hour.day);
    }

    /// Whether a flush would write anything.
    pub(crate) fn is_dirty(&self, start: Option<i64>) -> bool {
        !self.buffer.is_empty()
            || !self.drain.pending().is_empty()
            || self.bypasses.is_waiting()
            || (self.undated.is_some() && start.is_some())
    }

    /// Writes all that waits. `start` is the minute the program started in, once the time is
    /// known: it dates what was recorded before. On an error everything still waits.
    pub(crate) fn flush(
        &mut self,
        connection: &mut Connection,
        start: Option<i64>,
        max_events: u32,
    ) -> Result<(), DbError> {
        match self.try_flush(connection, start, max_events) {
            Ok(undated) => {
                self.undated = undated;
                self.buffer.clear();
                self.drain.written();
                self.bypasses.written();
                self.names.committed();
                self.sources.committed();
                Ok(())
            }
            Err(error) => {
                self.names.rolled_back();
                self.sources.rolled_back();
                Err(error)
            }
        }
    }

    fn try_flush(
        &mut self,
        connection: &mut Connection,
        start: Option<i64>,
        max_events: u32,
    ) -> Result<Option<i64>, DbError> {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut undated = self.undated;
        if let (Some(first), Some(start)) = (undated, start) {
            date_events(&step, first, start)?;
            undated = None;
        }
        for (row, count) in self.buffer.rows() {
            let minute = stored_minute(row.when, start);
            insert(
                &step,
                &mut self.names,
                &mut self.sources,
                row,
                minute,
                *count,
            )?;
            if minute < 0 && undated.is_none() {
                undated = Some(step.last_insert_rowid());
            }
        }
        if !self.buffer.is_empty() {
            bound_events(&step, max_events)?;
        }
        add_counters(&step, &self.drain)?;
        self.bypasses.write(&step)?;
        step.commit()?;
        Ok(undated)
    }
}

/// The column `minute`: a time that is not known is stored below zero, so that it can be set right
/// later in the same run.
fn stored_minute(when: When, start: Option<i64>) -> i64 {
    match (when, start) {
        (When::Unix(minute), _) => minute.max(0),
        (When::Uptime(minute), Some(start)) => (start + minute).max(0),
        (When::Uptime(minute), None) => -1 - minute,
    }
}

fn date_events(step: &Transaction<'_>, first: i64, start: i64) -> Result<(), DbError> {
    step.execute(
        "UPDATE events SET minute = max(0, ?2 - 1 - minute) WHERE id >= ?1 AND minute < 0",
        [first, start],
    )?;
    Ok(())
}

fn insert(
    step: &Transaction<'_>,
    names: &mut Dictionary,
    sources: &mut Dictionary,
    row: &Row,
    minute: i64,
    count: u32,
) -> Result<(), DbError> {
    let name = row
        .name
        .as_deref()
        .map(|name| names.id(step, name))
        .transpose()?;
    let behind = match &row.behind {
        Some(Behind::Name(name)) => Some(names.id(step, name)?),
        Some(Behind::Unnamed) => Some(0),
        None => None,
    };
    let source = sources.id(step, &row.source.to_string())?;
    step.prepare_cached(
        "INSERT INTO events
         (minute, group_id, tier, category, channel, source_id, name_id, device, count,
          behind_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        minute,
        row.group.0,
        row.tier.index() as i64,
        row.category.map(lachan_policy::Category::bit),
        row.channel.index() as i64,
        source,
        name,
        row.device.map(u64::cast_signed),
        count,
        behind,
    ])?;
    Ok(())
}

/// Keeps the log within its bound by taking the oldest rows, a tenth more than needed, so that
/// this happens rarely.
fn bound_events(step: &Transaction<'_>, max_events: u32) -> Result<(), DbError> {
    let bounds = "SELECT (SELECT id FROM events ORDER BY id LIMIT 1),
                         (SELECT id FROM events ORDER BY id DESC LIMIT 1)";
    let (first, last): (Option<i64>, Option<i64>) = step
        .prepare_cached(bounds)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
    let most = i64::from(max_events);
    if last - first >= most {
        step.execute(
            "DELETE FROM events WHERE id <= ?1",
            [last - most + most / 10],
        )?;
    }
    Ok(())
}

fn add_counters(step: &Transaction<'_>, drain: &Drain) -> Result<(), DbError> {
    let mut statement = step.prepare_cached(
        "INSERT INTO counters (day, hour, tier, category, action, channel, count)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
    )?;
    for ((LocalHour { day, hour }, cell), count) in drain.pending() {
        statement.execute(params![
            day,
            hour,
            cell.tier.index() as i64,
            cell.category
                .map_or(-1, |category| i64::from(category.bit())),
            cell.action as i64,
            cell.channel.index() as i64,
            count.cast_signed(),
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::row;

    fn database() -> (Connection, Recorder) {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut connection, crate::schema::STEPS).unwrap();
        let recorder = Recorder::load(&connection, 100).unwrap();
        (connection, recorder)
    }

    fn minutes(connection: &Connection) -> Vec<i64> {
        let mut statement = connection
            .prepare("SELECT minute FROM events ORDER BY id")
            .unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn events_are_dated_once_the_time_is_known() {
        let (mut connection, mut recorder) = database();
        for uptime in [0, 3] {
            recorder.buffer.add(row(When::Uptime(uptime), "a.vn", 1));
            recorder.flush(&mut connection, None, 1_000).unwrap();
        }
        assert_eq!(minutes(&connection), [-1, -4]);
        assert!(!recorder.is_dirty(None) && recorder.is_dirty(Some(1_000)));
        recorder.buffer.add(row(When::Uptime(5), "a.vn", 1));
        recorder.buffer.add(row(When::Unix(1_006), "a.vn", 1));
        recorder.flush(&mut connection, Some(1_000), 1_000).unwrap();
        assert_eq!(minutes(&connection), [1_000, 1_003, 1_005, 1_006]);
        assert!(!recorder.is_dirty(Some(1_000)));
    }

    #[test]
    fn events_of_an_earlier_run_without_a_clock_are_never_dated_by_a_later_one() {
        let (mut connection, mut recorder) = database();
        recorder.buffer.add(row(When::Uptime(7), "a.vn", 1));
        recorder.flush(&mut connection, None, 1_000).unwrap();
        let mut recorder = Recorder::load(&connection, 100).unwrap();
        recorder.buffer.add(row(When::Uptime(1), "a.vn", 1));
        recorder.flush(&mut connection, Some(1_000), 1_000).unwrap();
        assert_eq!(minutes(&connection), [-8, 1_001]);
    }

    #[test]
    fn the_log_never_outgrows_its_bound() {
        let (mut connection, mut recorder) = database();
        for minute in 0..250 {
            recorder.buffer.add(row(When::Unix(minute), "a.vn", 1));
            recorder.flush(&mut connection, None, 100).unwrap();
            assert!(minutes(&connection).len() <= 100);
        }
        assert_eq!(minutes(&connection).last(), Some(&249));
        assert!(minutes(&connection).len() >= 89);
    }

    #[test]
    fn a_flush_that_fails_keeps_everything_for_the_next() {
        let (mut connection, mut recorder) = database();
        connection
            .execute_batch("ALTER TABLE counters RENAME TO gone")
            .unwrap();
        recorder.buffer.add(row(When::Unix(1), "a.vn", 1));
        let counters = Counters::default();
        counters.bump(crate::testing::cell());
        recorder
            .drain
            .collect(&counters, LocalHour { day: 1, hour: 1 });
        assert!(recorder.flush(&mut connection, None, 100).is_err());
        assert_eq!(minutes(&connection), [] as [i64; 0]);
        connection
            .execute_batch("ALTER TABLE gone RENAME TO counters")
            .unwrap();
        recorder.flush(&mut connection, None, 100).unwrap();
        let query = "SELECT n.name, s.source, (SELECT count FROM counters) FROM events e
                     JOIN names n ON n.id = e.name_id JOIN sources s ON s.id = e.source_id";
        let found: (String, String, i64) = connection
            .query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap();
        assert_eq!(found, ("a.vn".into(), "list:base/gambling".into(), 1));
    }
}
