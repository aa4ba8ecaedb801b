//! The deletion job: what is too old goes, and a row proves that it went.
//!
//! A clock that jumps must not empty the log: the job runs only when the time is plausible, that
//! is when the day it last ran lies at most [`LONGEST_GAP`] back. After a longer gap (a summer, a
//! wrong clock) it waits until the new time has held for a day.

use lachan_policy::Moment;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use crate::error::DbError;
use crate::settings::Retention;
use crate::time::DAY;

/// Longest time between two runs that is believed at once, in seconds: 40 days.
const LONGEST_GAP: i64 = 40 * DAY;

/// How many rows the deletion job took: the proof counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deleted {
    /// Events.
    pub events: u32,
    /// Names that no event uses any more.
    pub names: u32,
    /// Counters, those of attempts to get round the filter too.
    pub counters: u32,
    /// Entries of the audit log.
    pub audit: u32,
    /// Exceptions that ended long ago.
    pub exceptions: u32,
    /// Groups that were removed long ago.
    pub groups: u32,
    /// Pupils' requests, codes of lessons that are over, reports that were closed long ago.
    pub people: u32,
}

/// Notes the time, and says whether it may be believed: it fits the last one noted, and no jump
/// was seen in the day before. Kept in the file, so that a restart in between changes nothing.
pub(crate) fn is_plausible(connection: &Connection, now: Moment) -> Result<bool, DbError> {
    let seen = note(connection, "retention-seen", now.unix)?;
    if seen.is_some_and(|seen| !(0..=LONGEST_GAP).contains(&(now.unix - seen))) {
        note(connection, "retention-doubt", now.unix)?;
        return Ok(false);
    }
    let doubt = noted(connection, "retention-doubt")?;
    Ok(doubt.is_none_or(|doubt| !(0..DAY).contains(&(now.unix - doubt))))
}

pub(crate) fn noted(connection: &Connection, key: &str) -> Result<Option<i64>, DbError> {
    let query = "SELECT value FROM meta WHERE key = ?1";
    Ok(connection
        .query_row(query, [key], |row| row.get(0))
        .optional()?)
}

/// Notes a time; gives back the one noted before.
pub(crate) fn note(connection: &Connection, key: &str, at: i64) -> Result<Option<i64>, DbError> {
    let before = noted(connection, key)?;
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET value = excluded.value",
        params![key, at],
    )?;
    Ok(before)
}

/// Deletes what is too old at `now` (unix seconds), all or nothing.
pub(crate) fn run(
    connection: &mut Connection,
    retention: Retention,
    now: i64,
) -> Result<Deleted, DbError> {
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let people = now - i64::from(retention.audit()) * DAY;
    date_what_ended(&step, now)?;
    let deleted = Deleted {
        events: events(
            &step,
            (now - i64::from(retention.events()) * DAY).div_euclid(60),
        )?,
        names: names(&step)?,
        counters: counters(&step, now.div_euclid(DAY) - i64::from(retention.counters()))?,
        audit: audit(&step, people)?,
        exceptions: exceptions(&step, people)?,
        groups: groups(&step, people)?,
        people: crate::people_retention::run(&step, retention, now)?,
    };
    prove(&step, now, people, &deleted)?;
    step.commit()?;
    Ok(deleted)
}

fn delete(step: &Transaction<'_>, sql: &str, bound: i64) -> Result<u32, DbError> {
    let rows = step.execute(sql, [bound])?;
    Ok(u32::try_from(rows).unwrap_or(u32::MAX))
}

/// What ended while the time was not known is taken to have ended now.
fn date_what_ended(step: &Transaction<'_>, now: i64) -> Result<(), DbError> {
    step.execute(
        "UPDATE exceptions SET ended_at = ?1 WHERE ended_at = 0",
        [now],
    )?;
    step.execute(
        "UPDATE groups SET removed_at = ?1 WHERE removed_at = 0",
        [now],
    )?;
    Ok(())
}

/// Rows without a time are as old as the dated rows around them.
fn events(step: &Transaction<'_>, minute: i64) -> Result<u32, DbError> {
    let undated = delete(
        step,
        "DELETE FROM events WHERE minute < 0
         AND id < (SELECT min(id) FROM events WHERE minute >= ?1)",
        minute,
    )?;
    let dated = delete(
        step,
        "DELETE FROM events WHERE minute BETWEEN 0 AND ?1 - 1",
        minute,
    )?;
    Ok(undated + dated)
}

fn names(step: &Transaction<'_>) -> Result<u32, DbError> {
    step.execute(
        "DELETE FROM sources WHERE id NOT IN (SELECT source_id FROM events)",
        [],
    )?;
    let unused = "DELETE FROM names WHERE id NOT IN
                  (SELECT name_id FROM events WHERE name_id IS NOT NULL
                   UNION SELECT behind_id FROM events WHERE behind_id IS NOT NULL)";
    Ok(u32::try_from(step.execute(unused, [])?).unwrap_or(u32::MAX))
}

fn counters(step: &Transaction<'_>, day: i64) -> Result<u32, DbError> {
    let hours = "DELETE FROM counters WHERE day BETWEEN 0 AND ?1 - 1";
    let bypasses = "DELETE FROM bypasses WHERE day BETWEEN 0 AND ?1 - 1";
    Ok(delete(step, hours, day)? + delete(step, bypasses, day)?)
}

fn audit(step: &Transaction<'_>, at: i64) -> Result<u32, DbError> {
    let undated = delete(
        step,
        "DELETE FROM audit WHERE at IS NULL AND id < (SELECT min(id) FROM audit WHERE at >= ?1)",
        at,
    )?;
    Ok(undated + delete(step, "DELETE FROM audit WHERE at < ?1", at)?)
}

fn exceptions(step: &Transaction<'_>, at: i64) -> Result<u32, DbError> {
    delete(
        step,
        "DELETE FROM exceptions WHERE coalesce(ended_at, until) < ?1",
        at,
    )
}

fn groups(step: &Transaction<'_>, at: i64) -> Result<u32, DbError> {
    delete(
        step,
        "DELETE FROM groups WHERE removed_at < ?1
         AND id NOT IN (SELECT group_id FROM exceptions WHERE group_id IS NOT NULL)",
        at,
    )
}

fn prove(step: &Transaction<'_>, now: i64, oldest: i64, deleted: &Deleted) -> Result<(), DbError> {
    step.execute("DELETE FROM retention WHERE at < ?1", [oldest])?;
    step.execute(
        "INSERT INTO retention (at, events, names, counters, audit, exceptions, groups, people)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            now,
            deleted.events,
            deleted.names,
            deleted.counters,
            deleted.audit,
            deleted.exceptions,
            deleted.groups,
            deleted.people,
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, moment};

    fn database(rows: &str) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut connection, crate::schema::STEPS).unwrap();
        connection.execute_batch(rows).unwrap();
        connection
    }

    fn ids(connection: &Connection, table: &str) -> Vec<i64> {
        let mut statement = connection
            .prepare(&format!("SELECT id FROM {table} ORDER BY id"))
            .unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn event(id: i64, minute: i64, name: i64) -> String {
        event_behind(id, minute, name, "NULL")
    }

    fn event_behind(id: i64, minute: i64, name: i64, behind: &str) -> String {
        format!(
            "INSERT INTO events VALUES ({id}, {minute}, 1, 2, 4, 0, 1, {name}, 9, 1, {behind});"
        )
    }

    #[test]
    fn a_name_behind_goes_with_its_last_event() {
        let minute = |days: i64| (NOW - days * DAY) / 60;
        let mut connection = database(
            &[
                "INSERT INTO sources VALUES (1, 'cell');".to_owned(),
                "INSERT INTO names VALUES (1, 'a.vn'), (2, 'old.vn'), (3, 'new.vn');".to_owned(),
                event_behind(1, minute(31), 1, "2"),
                event_behind(2, minute(0), 1, "3"),
                event_behind(3, minute(0), 1, "0"),
            ]
            .concat(),
        );
        run(&mut connection, Retention::default(), NOW).unwrap();
        assert_eq!(ids(&connection, "names"), [1, 3]);
    }

    #[test]
    fn events_go_after_their_days_and_take_their_names_along() {
        let minute = |days: i64| (NOW - days * DAY) / 60;
        let mut connection = database(
            &[
                "INSERT INTO sources VALUES (1, 'cell');".to_owned(),
                "INSERT INTO names VALUES (1, 'old.vn'), (2, 'both.vn'), (3, 'new.vn');".to_owned(),
                event(1, minute(31), 1),
                event(2, -5, 1), // no time, but older than what is kept
                event(3, minute(31), 2),
                event(4, minute(30), 2),
                event(5, -5, 3),
                event(6, minute(0), 3),
            ]
            .concat(),
        );
        let deleted = run(&mut connection, Retention::default(), NOW).unwrap();
        assert_eq!(
            deleted,
            Deleted {
                events: 3,
                names: 1,
                ..Deleted::default()
            }
        );
        assert_eq!(ids(&connection, "events"), [4, 5, 6]);
        assert_eq!(ids(&connection, "names"), [2, 3]);
        let again = run(&mut connection, Retention::default(), NOW).unwrap();
        assert_eq!(again, Deleted::default());
    }

    #[test]
    fn a_run_leaves_its_proof() {
        let mut connection = database(&event(1, 5, 1));
        run(&mut connection, Retention::default(), NOW).unwrap();
        let proof: (i64, i64) = connection
            .query_row("SELECT at, events FROM retention", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(proof, (NOW, 1));
    }

    #[test]
    fn counters_and_people_s_changes_go_after_24_months() {
        let (old, new) = (NOW - 732 * DAY, NOW - 730 * DAY);
        let mut connection = database(&format!(
            "INSERT INTO counters VALUES ({}, 9, 2, 4, 2, 0, 7), ({}, 9, 2, 4, 2, 0, 7),
                                         (-1, 0, 2, 4, 2, 0, 7);
             INSERT INTO bypasses VALUES ({}, 'vpn', 5), ({}, 'vpn', 5), (-1, 'vpn', 5);
             INSERT INTO audit VALUES (1, {old}, 'a', 'school', 'c', 's', NULL, NULL),
                                      (2, NULL, 'a', 'school', 'c', 's', NULL, NULL),
                                      (3, {new}, 'a', 'school', 'c', 's', NULL, NULL);",
            old / DAY,
            new / DAY,
            old / DAY,
            new / DAY,
        ));
        let deleted = run(&mut connection, Retention::default(), NOW).unwrap();
        assert_eq!((deleted.counters, deleted.audit), (2, 2));
        assert_eq!(ids(&connection, "audit"), [3]);
    }

    #[test]
    fn exceptions_and_groups_go_only_when_they_ended_long_ago() {
        let old = NOW - 732 * DAY;
        let mut connection = database(&format!(
            "INSERT INTO groups VALUES (1, 'a', 'a', '{{}}', {old}, 1), (2, 'b', 'b', '{{}}', {old}, 1),
                                       (3, 'c', 'c', '{{}}', NULL, 1), (4, 'd', 'd', '{{}}', 0, 1);
             INSERT INTO exceptions
                 (id, target, allow, role, author, reason, group_id, until, ended_at) VALUES
                 (1, 'name:a.vn', 1, 'school', 'a', 'r', 1, {old}, NULL),
                 (2, 'name:a.vn', 1, 'school', 'a', 'r', 2, NULL, NULL),
                 (3, 'name:a.vn', 1, 'school', 'a', 'r', NULL, NULL, {old}),
                 (4, 'name:a.vn', 1, 'school', 'a', 'r', NULL, {old}, {NOW}),
                 (5, 'name:a.vn', 1, 'school', 'a', 'r', NULL, NULL, 0);"
        ));
        let deleted = run(&mut connection, Retention::default(), NOW).unwrap();
        assert_eq!((deleted.exceptions, deleted.groups), (2, 1));
        assert_eq!(ids(&connection, "exceptions"), [2, 4, 5]);
        assert_eq!(ids(&connection, "groups"), [2, 3, 4]);
    }

    #[test]
    fn a_clock_that_jumps_is_not_believed_for_a_day() {
        let connection = database("");
        let check = |unix: i64, expected| {
            assert_eq!(
                is_plausible(&connection, moment(unix)).unwrap(),
                expected,
                "{unix}"
            );
        };
        check(NOW, true);
        check(NOW + DAY, true);
        check(NOW + 900 * DAY, false); // far into the future
        check(NOW + 2 * DAY, false); // and back
        check(NOW + 3 * DAY, true);
        check(NOW + 93 * DAY, false); // the summer
        check(NOW + 93 * DAY + 3600, false); // a restart does not end the doubt
        check(NOW + 94 * DAY, true);
    }
}
