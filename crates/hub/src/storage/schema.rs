//! The tables, as steps that go forward one at a time, each one statement in a transaction of its own.
//!
//! Tables that grow with the schools begin every key with the unit, which is the school: a distributed engine keeps what
//! belongs together in one place. Those that know officers are small and are looked up by what a browser brings.
//! No table has a sequence, a trigger, a foreign key across units or a time of the database's own.

use sqlx::{AssertSqlSafe, Row as _};

use super::{Engine, Failed, Never, Storage, StorageError};

/// The end of what has not ended: later than every time, and a number that indexes like.
pub(crate) const OPEN: i64 = i64::MAX;

/// Each step: what it is for, and its statement; `{bytes}` is the engine's type of bytes.
const STEPS: &[(&str, &str)] = &[
    (
        "kinds of units: ministry, province, commune, school, site, with the titles of who leads one",
        "CREATE TABLE unit_kinds (
            kind_id TEXT NOT NULL PRIMARY KEY, place BIGINT NOT NULL, has_boxes BIGINT NOT NULL,
            name_vi TEXT NOT NULL, name_en TEXT NOT NULL, head_vi TEXT NOT NULL, head_en TEXT NOT NULL)",
    ),
    (
        "units; a merged one points to the one it went into",
        "CREATE TABLE units (
            unit_id TEXT NOT NULL PRIMARY KEY, kind_id TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
            search TEXT NOT NULL, parent_id TEXT NOT NULL, made_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,
            merged_into TEXT NOT NULL, version BIGINT NOT NULL)",
    ),
    ("children", "CREATE INDEX units_by_parent ON units (parent_id, name)"),
    (
        "one code, one unit",
        "CREATE TABLE unit_codes (code TEXT NOT NULL PRIMARY KEY, unit_id TEXT NOT NULL)",
    ),
    (
        "who stood under whom, and when; each unit under itself, too",
        "CREATE TABLE unit_above (
            unit_id TEXT NOT NULL, above_id TEXT NOT NULL, from_at BIGINT NOT NULL, until_at BIGINT NOT NULL,
            distance BIGINT NOT NULL, PRIMARY KEY (unit_id, above_id, from_at))",
    ),
    (
        "all below a unit",
        "CREATE INDEX unit_above_by_above ON unit_above (above_id, until_at, unit_id)",
    ),
    (
        "what a unit was called, and when",
        "CREATE TABLE unit_names (
            unit_id TEXT NOT NULL, from_at BIGINT NOT NULL, kind_id TEXT NOT NULL, code TEXT NOT NULL,
            name TEXT NOT NULL, PRIMARY KEY (unit_id, from_at))",
    ),
    (
        "the last entry of each unit's log",
        "CREATE TABLE audit_heads (unit_id TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL, hash TEXT NOT NULL)",
    ),
    (
        "the log of changes, chained by hash",
        "CREATE TABLE audit (
            unit_id TEXT NOT NULL, number BIGINT NOT NULL, at BIGINT NOT NULL, account TEXT NOT NULL,
            author TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL,
            previous TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (unit_id, number))",
    ),
    (
        "accounts of officers",
        "CREATE TABLE accounts (
            unit_id TEXT NOT NULL, account_id TEXT NOT NULL, name TEXT NOT NULL, display_name TEXT NOT NULL,
            roles TEXT NOT NULL, language TEXT NOT NULL, password TEXT NOT NULL, must_change BIGINT NOT NULL,
            totp {bytes}, totp_offer {bytes}, totp_step BIGINT NOT NULL, until_at BIGINT NOT NULL,
            made_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, version BIGINT NOT NULL,
            PRIMARY KEY (unit_id, account_id))",
    ),
    (
        "whose name it is",
        "CREATE TABLE sign_in_names (
            name TEXT NOT NULL PRIMARY KEY, unit_id TEXT NOT NULL, account_id TEXT NOT NULL)",
    ),
    (
        "sessions, by the hash of the cookie",
        "CREATE TABLE sessions (
            session_hash TEXT NOT NULL PRIMARY KEY, unit_id TEXT NOT NULL, account_id TEXT NOT NULL,
            made_at BIGINT NOT NULL, seen_at BIGINT NOT NULL)",
    ),
    (
        "sessions of an account",
        "CREATE INDEX sessions_by_account ON sessions (unit_id, account_id)",
    ),
    (
        "single values of the whole hub: the first code, what was published last",
        "CREATE TABLE single_values (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (
        "one-time codes by which a school's box joins",
        "CREATE TABLE enrol_codes (
            unit_id TEXT NOT NULL, code_id TEXT NOT NULL, public TEXT NOT NULL, secret_key {bytes} NOT NULL,
            made_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, tries BIGINT NOT NULL, state TEXT NOT NULL,
            box_id TEXT NOT NULL, PRIMARY KEY (unit_id, code_id))",
    ),
    (
        "codes by what of them is public",
        "CREATE INDEX enrol_codes_by_public ON enrol_codes (public, state)",
    ),
    (
        "boxes, each with what it said of itself last",
        "CREATE TABLE boxes (
            unit_id TEXT NOT NULL, box_id TEXT NOT NULL, public_key {bytes} NOT NULL, enrolled_at BIGINT NOT NULL,
            ended_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, program TEXT NOT NULL, lists_version BIGINT NOT NULL,
            lists_at BIGINT NOT NULL, trouble BIGINT NOT NULL, status TEXT NOT NULL, PRIMARY KEY (unit_id, box_id))",
    ),
    ("boxes by their own id", "CREATE INDEX boxes_by_id ON boxes (box_id)"),
    (
        "numbers of uploads that were taken",
        "CREATE TABLE upload_numbers (
            unit_id TEXT NOT NULL, box_id TEXT NOT NULL, kind TEXT NOT NULL, number BIGINT NOT NULL,
            body_hash TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (unit_id, box_id, kind, number))",
    ),
    (
        "the highest number that was forgotten",
        "CREATE TABLE upload_marks (
            unit_id TEXT NOT NULL, box_id TEXT NOT NULL, kind TEXT NOT NULL, number BIGINT NOT NULL,
            PRIMARY KEY (unit_id, box_id, kind))",
    ),
    (
        "what schools ask the department for",
        "CREATE TABLE asks (
            unit_id TEXT NOT NULL, ask_id TEXT NOT NULL, box_id TEXT NOT NULL, what TEXT NOT NULL, name TEXT NOT NULL,
            tier TEXT NOT NULL, reason TEXT NOT NULL, asked_at BIGINT NOT NULL, state TEXT NOT NULL,
            answer TEXT NOT NULL, note TEXT NOT NULL, answered_at BIGINT NOT NULL, answered_by TEXT NOT NULL,
            PRIMARY KEY (unit_id, ask_id))",
    ),
    (
        "answers in the order they were given",
        "CREATE INDEX asks_by_answer ON asks (box_id, answered_at)",
    ),
    (
        "answers of all, for instances that hold streams",
        "CREATE INDEX asks_by_time ON asks (answered_at, box_id)",
    ),
    (
        "what waits for an answer",
        "CREATE INDEX asks_by_state ON asks (state, asked_at)",
    ),
    (
        "wrong one-time codes that came with the right password",
        "ALTER TABLE accounts ADD COLUMN code_failures BIGINT NOT NULL DEFAULT 0",
    ),
    (
        "until when none is looked at for them",
        "ALTER TABLE accounts ADD COLUMN code_locked_until BIGINT NOT NULL DEFAULT 0",
    ),
    (
        "when a password was set",
        "ALTER TABLE accounts ADD COLUMN password_at BIGINT NOT NULL DEFAULT 0",
    ),
    (
        "when a code was used",
        "ALTER TABLE enrol_codes ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0",
    ),
    (
        "boxes that were taken off, for instances that hold their streams",
        "CREATE INDEX boxes_by_end ON boxes (ended_at)",
    ),
];

/// The version of the tables that this program knows.
pub(crate) fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Moves the tables on.
pub(super) async fn migrate(storage: &Storage) -> Result<(), StorageError> {
    let made: Result<(), Failed<Never>> = storage
        .write(|tx| {
            Box::pin(async move {
                let sql = "CREATE TABLE IF NOT EXISTS schema_steps (
                    step BIGINT NOT NULL PRIMARY KEY, about TEXT NOT NULL)";
                sqlx::query(sql).execute(&mut **tx).await?;
                Ok(())
            })
        })
        .await;
    made.map_err(storage_error)?;
    let found = version(storage).await?;
    if found > known() {
        return Err(StorageError::Newer {
            found,
            known: known(),
        });
    }
    for (step, (about, sql)) in (1..).zip(STEPS) {
        if step > found {
            one(storage, step, about, sql).await?;
        }
    }
    Ok(())
}

/// One step, unless another instance carried it out meanwhile.
async fn one(
    storage: &Storage,
    step: i64,
    about: &'static str,
    sql: &str,
) -> Result<(), StorageError> {
    let bytes = match storage.engine() {
        Engine::Sqlite => "BLOB",
        Engine::Postgres => "BYTEA",
    };
    let sql = sql.replace("{bytes}", bytes);
    let done: Result<(), Failed<Never>> = storage
        .write(|tx| {
            let sql = sql.clone();
            Box::pin(async move {
                // The key makes other instances wait here until this step is done.
                let taken = sqlx::query(
                    "INSERT INTO schema_steps (step, about) VALUES ($1, $2) ON CONFLICT (step) DO NOTHING",
                );
                let taken = taken.bind(step).bind(about).execute(&mut **tx).await?;
                if taken.rows_affected() == 1 {
                    sqlx::query(AssertSqlSafe(sql)).execute(&mut **tx).await?;
                }
                Ok(())
            })
        })
        .await;
    done.map_err(storage_error)
}

/// How far the tables are.
pub(super) async fn version(storage: &Storage) -> Result<i64, StorageError> {
    let found: Result<i64, Failed<Never>> = storage
        .read(|tx| {
            Box::pin(async move {
                let sql = "SELECT COALESCE(MAX(step), 0) FROM schema_steps";
                let row = sqlx::query(sql).fetch_one(&mut **tx).await?;
                Ok(row.try_get(0)?)
            })
        })
        .await;
    found.map_err(storage_error)
}

/// The error of a step that refuses nothing.
pub(crate) fn storage_error(failed: Failed<Never>) -> StorageError {
    match failed {
        Failed::Refused(never) => match never {},
        Failed::Storage(error) => error,
        Failed::Statement(error) => StorageError::Statement(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_one_statement_and_uses_nothing_that_distributed_engines_lack() {
        for (about, sql) in STEPS {
            assert!(!about.is_empty());
            let upper = sql.to_uppercase();
            for bad in [
                ";",
                "SERIAL",
                "REFERENCES",
                "TRIGGER",
                "NOW()",
                "AUTOINCREMENT",
                "TIMESTAMP",
                "JSON",
                "UNIQUE",
            ] {
                assert!(!upper.contains(bad), "{sql} has {bad}");
            }
        }
    }

    #[test]
    fn what_grows_with_the_schools_begins_with_the_unit() {
        for table in [
            "units",
            "unit_above",
            "unit_names",
            "audit",
            "audit_heads",
            "enrol_codes",
            "boxes",
            "upload_numbers",
            "upload_marks",
            "asks",
        ] {
            let start = format!("CREATE TABLE {table} (");
            let (_, sql) = STEPS
                .iter()
                .find(|(_, sql)| sql.starts_with(&start))
                .unwrap();
            let rest = sql[start.len()..].trim_start();
            assert!(rest.starts_with("unit_id TEXT NOT NULL"), "{table}");
            let key = rest.split("PRIMARY KEY (").nth(1);
            assert!(key.is_none_or(|key| key.starts_with("unit_id")), "{table}");
        }
    }
}
