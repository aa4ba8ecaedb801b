//! What of pupils' requests, codes and reports is too old. Called by the deletion job.

use rusqlite::{Transaction, params};

use crate::error::DbError;
use crate::settings::Retention;
use crate::time::DAY;

/// Days that a code is kept after its lesson: to answer "who opened that?", as the audit log does longer.
const CODE_DAYS: i64 = 1;
/// Days that a report is kept after it was closed: a school year.
pub(crate) const CLOSED_REPORT_DAYS: i64 = 365;

/// Deletes what is too old at `now` (unix seconds). Requests go with the events they are about. An open report is
/// never deleted.
pub(crate) fn run(step: &Transaction<'_>, retention: Retention, now: i64) -> Result<u32, DbError> {
    step.execute(
        "UPDATE reports SET closed_at = ?1 WHERE closed_at = 0",
        [now],
    )?;
    let requests = now - i64::from(retention.events()) * DAY;
    let all = [
        ("DELETE FROM requests WHERE asked_at < ?1", requests),
        (
            "DELETE FROM unlock_codes WHERE until < ?1",
            now - CODE_DAYS * DAY,
        ),
        (
            "DELETE FROM reports WHERE state = 'closed' AND closed_at < ?1",
            now - CLOSED_REPORT_DAYS * DAY,
        ),
    ];
    let mut deleted = 0u32;
    for (sql, bound) in all {
        let rows = step.execute(sql, params![bound])?;
        deleted = deleted.saturating_add(u32::try_from(rows).unwrap_or(u32::MAX));
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::NOW;
    use rusqlite::Connection;

    #[test]
    fn old_requests_codes_and_closed_reports_go_and_open_reports_stay() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut connection, crate::schema::STEPS).unwrap();
        let request = |id: i64, days: i64| {
            format!(
                "INSERT INTO requests (id, day, group_id, tier, name, code, count, made_at, asked_at, state)
                 VALUES ({id}, 1, 1, 2, 'a.vn', 'K7QX3M', 1, 0, {}, 'open');",
                NOW - days * DAY
            )
        };
        let report = |id: i64, state: &str, closed: &str| {
            format!(
                "INSERT INTO reports (id, made_at, kind, sealed, state, closed_at)
                 VALUES ({id}, 0, 'other', x'00', '{state}', {closed});
                 INSERT INTO report_notes (report_id, at, sealed) VALUES ({id}, 0, x'00');"
            )
        };
        let code = |id: i64, until: i64| {
            format!(
                "INSERT INTO unlock_codes (id, hash, group_id, made_at, made_by, until)
                 VALUES ({id}, x'00', 1, 0, 'a', {until});"
            )
        };
        let rows = [
            request(1, 31),
            request(2, 29),
            code(1, NOW - 2 * DAY),
            code(2, NOW),
            report(1, "closed", &(NOW - 366 * DAY).to_string()),
            report(2, "closed", "0"),
            report(3, "new", "NULL"),
        ];
        connection.execute_batch(&rows.concat()).unwrap();
        let step = connection.transaction().unwrap();
        assert_eq!(run(&step, Retention::default(), NOW).unwrap(), 3);
        assert_eq!(run(&step, Retention::default(), NOW).unwrap(), 0);
        let left = |table: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {table}");
            step.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(
            ["requests", "unlock_codes", "reports", "report_notes"].map(left),
            [1, 1, 2, 2]
        );
    }
}
