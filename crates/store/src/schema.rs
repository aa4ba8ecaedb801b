//! The tables, and the steps that bring an older database to them: forward only, one version at a
//! time, each in its own transaction.
//!
//! `events` and `names` have no index beyond their row number. An index on a random column costs a
//! page for nearly every row: 90 times the bytes on the card, whatever the batching (measured,
//! `reference/peer-measurements.md` D). Queries scan instead: a month of a school is a few MB.
//!
//! Freed pages are reused, not given back (`auto_vacuum` would write a page map with every
//! allocation): the file grows to a month's size and stays there.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::DbError;
use crate::people_schema::{ASKED, CROWDED, V6};

/// Marks the file as ours (`PRAGMA application_id`): "LChn".
pub(crate) const APPLICATION_ID: i32 = 0x4C43_686E;

/// The steps; a database of version `n` has seen the first `n`.
pub(crate) const STEPS: &[&str] = &[V1, V2, V3, V4, V5, V6, CROWDED, ASKED];

const V1: &str = "
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Dictionaries. No index: the writer keeps them in memory.
CREATE TABLE names   (id INTEGER PRIMARY KEY, name   TEXT NOT NULL) STRICT;
CREATE TABLE sources (id INTEGER PRIMARY KEY, source TEXT NOT NULL) STRICT;

-- Blocked attempts, coalesced. There is no action: only blocks are here.
CREATE TABLE events (
    id        INTEGER PRIMARY KEY,
    minute    INTEGER NOT NULL,  -- since 1970; below 0: time unknown, -1 - minutes since the start
    group_id  INTEGER NOT NULL,  -- 0: devices of no group
    tier      INTEGER NOT NULL,
    category  INTEGER,
    channel   INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    name_id   INTEGER,           -- NULL: the cell keeps no name
    device    INTEGER,           -- pseudonym under a key of the day that is never stored
    count     INTEGER NOT NULL
) STRICT;

-- All decisions, allowed ones too: numbers only.
CREATE TABLE counters (
    day      INTEGER NOT NULL,   -- local, since 1970; -1: time unknown
    hour     INTEGER NOT NULL,
    tier     INTEGER NOT NULL,
    category INTEGER NOT NULL,   -- -1: none
    action   INTEGER NOT NULL,
    channel  INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (day, hour, tier, category, action, channel)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a number is never given twice, because events outlive their group.
CREATE TABLE groups (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL,    -- the name in lower case, for uniqueness
    settings   TEXT NOT NULL,    -- JSON: tier, subnets, macs, interfaces, periods, mode, changes
    removed_at INTEGER           -- unix seconds; NULL while it exists, 0 when the time was unknown
) STRICT;
CREATE UNIQUE INDEX groups_by_name ON groups (name_key) WHERE removed_at IS NULL;

CREATE TABLE exceptions (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    target   TEXT NOT NULL,      -- name:ENTRY, service:ID, category:BIT
    allow    INTEGER NOT NULL,
    role     TEXT NOT NULL,
    author   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    group_id INTEGER REFERENCES groups (id),
    made_at  INTEGER,
    until    INTEGER,
    ended_at INTEGER,            -- NULL while nobody ended it, 0 when the time was unknown
    ended_by TEXT
) STRICT;

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER,             -- NULL: the box did not know the time
    author  TEXT NOT NULL,
    role    TEXT NOT NULL,
    change  TEXT NOT NULL,
    subject TEXT NOT NULL,
    before  TEXT,
    after   TEXT
) STRICT;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
BEGIN SELECT RAISE (ABORT, 'the audit log is append-only'); END;

-- Proof that the deletion job ran, and what it deleted.
CREATE TABLE retention (
    at         INTEGER NOT NULL,
    events     INTEGER NOT NULL,
    names      INTEGER NOT NULL,
    counters   INTEGER NOT NULL,
    audit      INTEGER NOT NULL,
    exceptions INTEGER NOT NULL,
    groups     INTEGER NOT NULL
) STRICT;
";

/// A group may claim devices and interfaces, which stand in its settings, and tokens. A program that
/// knows neither would lose them with its next change, and opens no database of a newer version.
const V2: &str = "
CREATE TABLE group_tokens (
    hash     BLOB PRIMARY KEY,   -- by which a token is known again; it cannot be made of it
    group_id INTEGER NOT NULL REFERENCES groups (id),
    first    TEXT NOT NULL,      -- its first characters, for people
    made_at  INTEGER,            -- unix seconds; NULL: the time was unknown
    made_by  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// A name may be closed by what stands behind it. The column is added without rewriting a row, and
/// costs the rows that have none a byte. Dictionary numbers begin at 1, so 0 names nothing.
const V3: &str = "
-- NULL: the name itself was closed; 0: an address of its answer, or a name that may not be kept;
-- else a name its answer leads to. (Behind the column a comment would swallow what SQLite adds.)
ALTER TABLE events ADD COLUMN behind_id INTEGER;
";

/// Attempts to get round the filter, for the whole box: no group, no device, no name.
const V4: &str = "
CREATE TABLE bypasses (
    day   INTEGER NOT NULL,      -- local, since 1970; -1: time unknown
    kind  TEXT NOT NULL,         -- its id, for kinds may come and go
    count INTEGER NOT NULL,
    PRIMARY KEY (day, kind)
) STRICT, WITHOUT ROWID;
";

/// Accounts of people and their sessions. Nothing here is about pupils: they have no accounts. The
/// groups learn how often they were changed, so that of two who change one at once the second is told.
const V5: &str = "
CREATE TABLE accounts (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL UNIQUE, -- by which she signs in; small letters
    display_name TEXT NOT NULL,
    role         TEXT NOT NULL,        -- an id of the web's
    groups       TEXT NOT NULL,        -- JSON: numbers of groups
    until        INTEGER,              -- unix seconds from which nobody signs in by it
    password     TEXT NOT NULL,        -- argon2id, as a PHC string
    must_change  INTEGER NOT NULL,     -- the password is somebody else's or an old one
    totp         BLOB,                 -- the secret of one-time codes; NULL: none
    totp_step    INTEGER NOT NULL,     -- the newest code that was taken: none holds twice
    language     TEXT NOT NULL,
    last_seen    INTEGER,
    version      INTEGER NOT NULL
) STRICT;

-- The id of a session is in its browser only; here is what it is known again by.
CREATE TABLE sessions (
    hash       BLOB PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    made_at    INTEGER,                -- unix seconds; NULL: the time was unknown
    seen_at    INTEGER
) STRICT, WITHOUT ROWID;

ALTER TABLE groups ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
";

/// The version of the database.
pub(crate) fn version(connection: &Connection) -> Result<i64, DbError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings the database forward through `steps`, one version at a time. Two processes may come at
/// once: each step looks again inside its own transaction.
pub(crate) fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<(), DbError> {
    while usize::try_from(version(connection)?).unwrap_or(usize::MAX) < steps.len() {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = version(&step)?;
        if let Some(sql) = usize::try_from(done).ok().and_then(|done| steps.get(done)) {
            step.execute_batch(sql)?;
            step.pragma_update(None, "application_id", APPLICATION_ID)?;
            step.pragma_update(None, "user_version", done + 1)?;
        }
        step.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn steps_run_once_each_and_in_order() {
        let mut connection = Connection::open_in_memory().unwrap();
        let one = "CREATE TABLE a (x)";
        let two = "ALTER TABLE a RENAME TO b";
        migrate(&mut connection, &[one]).unwrap();
        assert_eq!(
            (version(&connection).unwrap(), tables(&connection)),
            (1, vec!["a".into()])
        );
        migrate(&mut connection, &[one, two]).unwrap();
        migrate(&mut connection, &[one, two]).unwrap();
        assert_eq!(
            (version(&connection).unwrap(), tables(&connection)),
            (2, vec!["b".into()])
        );
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        let bad = "CREATE TABLE b (x); CREATE TABLE a (x)";
        assert!(migrate(&mut connection, &["CREATE TABLE a (x)", bad]).is_err());
        assert_eq!(
            (version(&connection).unwrap(), tables(&connection)),
            (1, vec!["a".into()])
        );
    }

    #[test]
    fn a_database_of_the_first_version_keeps_its_groups() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &STEPS[..1]).unwrap();
        let settings = r#"{"tier":"thcs","subnets":["10.6.0.0/24"]}"#;
        let insert = "INSERT INTO groups (name, name_key, settings) VALUES ('6A', '6a', ?1)";
        connection.execute(insert, [settings]).unwrap();
        migrate(&mut connection, STEPS).unwrap();
        let [group] = crate::groups::load(&connection)
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!((group.name.as_str(), group.subnets.len()), ("6A", 1));
        assert!(group.macs.is_empty() && group.interfaces.is_empty() && group.tokens.is_empty());
    }

    #[test]
    fn a_database_of_the_second_version_keeps_its_events() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &STEPS[..2]).unwrap();
        let rows = "INSERT INTO names (name) VALUES ('nohu.com');
                    INSERT INTO events
                    (minute, group_id, tier, channel, source_id, name_id, count)
                    VALUES (1, 0, 2, 0, 1, 1, 3)";
        connection.execute_batch(rows).unwrap();
        migrate(&mut connection, STEPS).unwrap();
        let read = "SELECT n.name, e.behind_id FROM events e JOIN names n ON n.id = e.name_id";
        let found: (String, Option<i64>) = connection
            .query_row(read, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(found, ("nohu.com".into(), None));
    }

    #[test]
    fn a_database_of_the_fourth_version_takes_accounts_and_keeps_its_groups() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &STEPS[..4]).unwrap();
        let rows = r#"INSERT INTO groups (name, name_key, settings)
                      VALUES ('6A', '6a', '{"tier":"thcs","subnets":[]}')"#;
        connection.execute_batch(rows).unwrap();
        migrate(&mut connection, STEPS).unwrap();
        let version: i64 = connection
            .query_row("SELECT version FROM groups", [], |row| row.get(0))
            .unwrap();
        assert_eq!(version, 1);
        assert!(crate::accounts::load(&connection).unwrap().is_empty());
    }

    #[test]
    fn a_database_of_the_sixth_version_keeps_its_requests() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &STEPS[..6]).unwrap();
        let rows = "INSERT INTO requests
                    (day, group_id, tier, name, code, count, made_at, asked_at, state)
                    VALUES (1, 2, 2, 'bai-hoc.vn', 'abc', 1, 1, 1, 'open')";
        connection.execute_batch(rows).unwrap();
        migrate(&mut connection, STEPS).unwrap();
        let all = crate::requests::load(&connection, &crate::RequestFilter::default()).unwrap();
        let [request] = all.try_into().unwrap();
        assert_eq!((request.name.as_str(), request.by), ("bai-hoc.vn", None));
    }

    #[test]
    fn the_audit_log_refuses_updates() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, STEPS).unwrap();
        let insert = "INSERT INTO audit (author, role, change, subject) VALUES ('a','b','c','d')";
        connection.execute(insert, []).unwrap();
        let error = connection
            .execute("UPDATE audit SET author = 'x'", [])
            .unwrap_err();
        assert!(error.to_string().contains("append-only"));
    }

    #[test]
    fn no_random_column_of_the_log_has_an_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, STEPS).unwrap();
        let indexes: i64 = connection
            .query_row(
                "SELECT count(*) FROM sqlite_schema
                 WHERE type = 'index' AND tbl_name IN ('events', 'names', 'sources')",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(indexes, 0);
    }
}
