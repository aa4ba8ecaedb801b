//! In which company devices are in the log: which groups many of them are in, and which names many of them met.
//!
//! A list of what was blocked for a group of one device is a list of what one child tried. So screens tell names
//! only of groups, or names, with enough devices on one day; pseudonyms are those of a day, so
//! devices of two days are never added up.

use std::collections::HashSet;

use lachan_policy::GroupId;
use rusqlite::{Connection, named_params};

use crate::error::DbError;
use crate::pages::{DISORDER, WINDOW, ends, first_at};

/// Days that are looked at, the present one among them: a class that was here this week.
const DAYS: i64 = 7;
/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// Groups and names that at least so many devices stand behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Company {
    /// Groups that so many devices of one day were in.
    pub groups: HashSet<GroupId>,
    /// Names that so many devices of the school met on one day.
    pub names: HashSet<String>,
}

/// What `fewest` devices or more stand behind, in the days up to the one that began at `midnight` (minutes since
/// 1970), of the newest [`WINDOW`] rows of the log.
pub(crate) fn company(
    connection: &Connection,
    fewest: u32,
    midnight: i64,
) -> Result<Company, DbError> {
    let Some((first, last)) = ends(connection)? else {
        return Ok(Company::default());
    };
    let since = midnight - (DAYS - 1) * DAY;
    let floor =
        first_at(connection, first, last, since - DISORDER)?.max(last.saturating_sub(WINDOW));
    let found = |key: &str| {
        format!(
            "SELECT DISTINCT {key} FROM (
                 SELECT {key}, (minute - :since) / {DAY} AS day FROM events
                 WHERE id >= :floor AND minute >= :since AND device IS NOT NULL AND {key} IS NOT NULL
                 GROUP BY 1, 2 HAVING count(DISTINCT device) >= :fewest)"
        )
    };
    let values = named_params! { ":since": since, ":floor": floor, ":fewest": fewest };
    let mut statement = connection.prepare_cached(&found("group_id"))?;
    let groups = statement.query_map(values, |row| row.get(0).map(GroupId))?;
    let groups = groups.collect::<Result<_, _>>()?;
    let names = format!(
        "SELECT n.name FROM names n WHERE n.id IN ({})",
        found("name_id")
    );
    let mut statement = connection.prepare_cached(&names)?;
    let names = statement.query_map(values, |row| row.get(0))?;
    Ok(Company {
        groups,
        names: names.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Local midnight.
    const MIDNIGHT: i64 = 20_000 * DAY - 7 * 60;

    fn log(rows: &[(i64, u32, i64, u64)]) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut connection, crate::schema::STEPS).unwrap();
        connection
            .execute_batch("INSERT INTO names VALUES (1, 'a.vn'), (2, 'b.vn')")
            .unwrap();
        for (minute, group, name, device) in rows {
            let sql = "INSERT INTO events (minute, group_id, tier, channel, source_id, name_id, device, count)
                       VALUES (?1, ?2, 2, 0, 1, nullif(?3, 0), nullif(?4, 0), 1)";
            let row = (MIDNIGHT + minute, group, name, device.cast_signed());
            connection.execute(sql, row).unwrap();
        }
        connection
    }

    fn check(rows: &[(i64, u32, i64, u64)], groups: &[u32], names: &[&str]) {
        let found = company(&log(rows), 3, MIDNIGHT).unwrap();
        assert_eq!(found.groups, groups.iter().copied().map(GroupId).collect());
        let names: HashSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(found.names, names);
    }

    #[test]
    fn enough_devices_of_one_day_are_company() {
        let [a, b] = [1, 2];
        // Three devices of a group, and a name that three of two groups met.
        check(
            &[(0, 1, a, 11), (5, 1, b, 12), (9, 1, a, 13), (9, 2, a, 14)],
            &[1],
            &["a.vn"],
        );
        // One device that tries again and again is one.
        check(&[(0, 1, a, 11), (5, 1, a, 11), (9, 1, a, 11)], &[], &[]);
        // Three devices of three days may be the same one; nor does what has no device count.
        check(
            &[(0, 1, a, 11), (-9, 1, a, 12), (-1449, 1, a, 13)],
            &[],
            &[],
        );
        check(&[(0, 1, a, 11), (5, 1, a, 12), (9, 1, a, 0)], &[], &[]);
        // Names that are not kept are none.
        check(&[(0, 1, 0, 11), (5, 1, 0, 12), (9, 1, 0, 13)], &[1], &[]);
        check(&[], &[], &[]);
    }

    #[test]
    fn the_days_of_a_week_count_and_no_older_ones() {
        let of = |day: i64| [11, 12, 13].map(|device| (-day * DAY, 1, 1, device));
        check(&of(6), &[1], &["a.vn"]);
        check(&of(7), &[], &[]);
    }
}
