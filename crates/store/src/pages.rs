//! The log of blocked attempts, page by page, for screens that filter it.
//!
//! The log has no index on purpose (see `schema`), so a filter that nearly nothing matches would read
//! all of it. A page reads [`WINDOW`] rows at most, newest first, and gives back where it stopped, full
//! or not: each answer takes the same little time however long the log is, and whoever wants more asks
//! on. Rows are written in the order of time, so a time is found among them by halving.

use lachan_policy::{Category, GroupId};
use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::error::{DbError, keep};
use crate::event::{Channel, Event};
use crate::query::{SELECT_EVENT, event};

/// Rows that one page reads at most: some tens of milliseconds on a small box.
pub const WINDOW: i64 = 100_000;
/// Minutes by which a row may stand before an older one: one flush holds them in no order.
pub(crate) const DISORDER: i64 = 5;

/// Which blocked attempts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageFilter {
    /// Only of these groups.
    pub groups: Option<Vec<GroupId>>,
    /// Only of this category.
    pub category: Option<Category>,
    /// Only seen here.
    pub channel: Option<Channel>,
    /// First minute since 1970; attempts without a time are left out when it is given.
    pub since: Option<i64>,
    /// First minute that is no longer wanted.
    pub until: Option<i64>,
    /// Only of exactly this name.
    pub name: Option<String>,
    /// Where the page before stopped.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: u32,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// Attempts, newest first; fewer than wanted, or none, where few match.
    pub events: Vec<Event>,
    /// Where it stopped; `None` where nothing older is left.
    pub next: Option<i64>,
}

/// Reads a page.
pub(crate) fn page(connection: &Connection, filter: &PageFilter) -> Result<EventPage, DbError> {
    let ends = ends(connection)?;
    let Some((first, last)) = ends else {
        return Ok(EventPage {
            events: Vec::new(),
            next: None,
        });
    };
    let oldest = match filter.since {
        Some(since) => first_at(connection, first, last, since - DISORDER)?,
        None => first,
    };
    let newest = match filter.until {
        Some(until) => first_at(connection, first, last, until + DISORDER)?,
        None => last + 1,
    };
    let before = filter.before.unwrap_or(i64::MAX).min(newest).min(last + 1);
    let floor = before.saturating_sub(WINDOW).max(oldest);
    let events = between(connection, filter, floor, before)?;
    let is_full = events.len() >= usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let stopped = events.last().map(|event| event.id).filter(|_| is_full);
    let next = stopped.unwrap_or(floor);
    Ok(EventPage {
        events,
        next: (next > oldest).then_some(next),
    })
}

/// How often a name was blocked since a minute (since 1970), and since a later one; of the newest
/// [`WINDOW`] rows.
pub(crate) fn name_counts(
    connection: &Connection,
    name: &str,
    groups: Option<&[GroupId]>,
    since: [i64; 2],
) -> Result<[u64; 2], DbError> {
    let Some((first, last)) = ends(connection)? else {
        return Ok([0; 2]);
    };
    let floor = first_at(connection, first, last, since[0].min(since[1]) - DISORDER)?;
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(sum(count) FILTER (WHERE minute >= :one), 0),
                coalesce(sum(count) FILTER (WHERE minute >= :two), 0)
         FROM events
         WHERE id >= :floor AND name_id IN (SELECT id FROM names WHERE name = :name)
           AND (:groups IS NULL OR group_id IN (SELECT value FROM json_each(:groups)))",
    )?;
    let counts = statement.query_row(
        named_params! {
            ":one": since[0].max(0),
            ":two": since[1].max(0),
            ":floor": floor.max(last.saturating_sub(WINDOW)),
            ":name": name,
            ":groups": groups.map(numbers),
        },
        |row| Ok([row.get::<_, i64>(0)?, row.get::<_, i64>(1)?]),
    )?;
    Ok(counts.map(i64::cast_unsigned))
}

/// The oldest and the newest row.
pub(crate) fn ends(connection: &Connection) -> Result<Option<(i64, i64)>, DbError> {
    // Two statements, each one step from an end of the table; one with both would read all of it.
    let one = |sql: &str| -> Result<Option<i64>, DbError> {
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.query_row([], |row| row.get(0))?)
    };
    let first = one("SELECT min(id) FROM events")?;
    let last = one("SELECT max(id) FROM events")?;
    Ok(first.zip(last))
}

/// The first row of a minute or later, or the one behind the last; found by halving. Rows without a
/// time count as what stands before them.
pub(crate) fn first_at(
    connection: &Connection,
    first: i64,
    last: i64,
    minute: i64,
) -> Result<i64, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT minute FROM events WHERE id >= ?1 AND id <= ?2 AND minute >= 0
         ORDER BY id LIMIT 1",
    )?;
    let (mut low, mut high) = (first, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        // A stretch of rows without a time is stepped over, but not a long one.
        let bound = (middle + 1_000).min(last);
        let found: Option<i64> = statement
            .query_row([middle, bound], |row| row.get(0))
            .optional()?;
        if found.is_some_and(|found| found < minute) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn between(
    connection: &Connection,
    filter: &PageFilter,
    floor: i64,
    before: i64,
) -> Result<Vec<Event>, DbError> {
    let mut statement = connection.prepare_cached(&format!(
        "{SELECT_EVENT}
         WHERE e.id >= :floor AND e.id < :before
           AND (:since IS NULL OR e.minute >= :since)
           AND (:until IS NULL OR e.minute < :until)
           AND (:groups IS NULL OR e.group_id IN (SELECT value FROM json_each(:groups)))
           AND (:category IS NULL OR e.category = :category)
           AND (:channel IS NULL OR e.channel = :channel)
           AND (:name IS NULL OR n.name = :name)
         ORDER BY e.id DESC LIMIT :limit"
    ))?;
    let channel = filter.channel.map(|channel| channel.index() as i64);
    let mut rows = statement.query(named_params! {
        ":floor": floor,
        ":before": before,
        ":since": filter.since.map(|since| since.max(0)),
        ":until": filter.until,
        ":groups": filter.groups.as_deref().map(numbers),
        ":category": filter.category.map(Category::bit),
        ":channel": channel,
        ":name": filter.name,
        ":limit": filter.limit.min(crate::query::MAX_ROWS),
    })?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        keep(&mut events, event(row))?;
    }
    Ok(events)
}

fn numbers(groups: &[GroupId]) -> String {
    let numbers: Vec<String> = groups.iter().map(|group| group.0.to_string()).collect();
    format!("[{}]", numbers.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::NOW;

    /// So many attempts, one a minute up to now, of ten groups and ten names, every 7th without a time.
    fn log(rows: i64) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut connection, crate::schema::STEPS).unwrap();
        let fill = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             INSERT INTO events (id, minute, group_id, tier, category, channel, source_id, name_id,
                                 device, count, behind_id)
             SELECT i, iif(i % 7 = 0, -i, {} - {rows} + i), i % 10, 2, i % 30, i % 3, 1, i % 10 + 1,
                    9, 1, NULL FROM n;
             INSERT INTO sources VALUES (1, 'cell');",
            NOW / 60
        );
        connection.execute_batch(&fill).unwrap();
        for name in 1..=10 {
            let sql = "INSERT INTO names VALUES (?1, 'n' || ?1 || '.vn')";
            connection.execute(sql, [name]).unwrap();
        }
        connection
    }

    /// All pages, with the longest time that one took.
    fn all(connection: &Connection, mut filter: PageFilter) -> (Vec<Event>, std::time::Duration) {
        let (mut events, mut longest) = (Vec::new(), std::time::Duration::ZERO);
        loop {
            let began = std::time::Instant::now();
            let found = page(connection, &filter).unwrap();
            longest = longest.max(began.elapsed());
            events.extend(found.events);
            filter.before = found.next;
            if filter.before.is_none() {
                return (events, longest);
            }
        }
    }

    #[test]
    fn pages_hold_each_attempt_once_whatever_is_filtered() {
        let connection = log(3_000);
        let check = |filter: PageFilter, expected: usize| {
            let filter = PageFilter {
                limit: 70,
                ..filter
            };
            let (events, _) = all(&connection, filter);
            assert_eq!(events.len(), expected);
            assert!(events.is_sorted_by(|a, b| a.id > b.id));
        };
        check(PageFilter::default(), 3_000);
        let groups = Some(vec![GroupId(3), GroupId(4)]);
        check(
            PageFilter {
                groups,
                ..PageFilter::default()
            },
            600,
        );
        check(
            PageFilter {
                groups: Some(vec![]),
                ..PageFilter::default()
            },
            0,
        );
        let name = Some("n4.vn".to_owned());
        check(
            PageFilter {
                name,
                ..PageFilter::default()
            },
            300,
        );
        let channel = Some(Channel::Tls);
        check(
            PageFilter {
                channel,
                ..PageFilter::default()
            },
            1_000,
        );
        let minute = NOW / 60;
        let (since, until) = (Some(minute - 699), Some(minute - 99));
        let timed = (2_301..2_901).filter(|id| id % 7 != 0).count();
        check(
            PageFilter {
                since,
                until,
                ..PageFilter::default()
            },
            timed,
        );
        check(
            PageFilter {
                since: Some(minute + 50),
                ..PageFilter::default()
            },
            0,
        );
        assert_eq!(page(&log(0), &PageFilter::default()).unwrap().next, None);
    }

    #[test]
    fn a_name_is_counted_by_its_days() {
        let connection = log(3_000);
        let minute = NOW / 60;
        let counts = |groups: Option<&[GroupId]>| {
            name_counts(&connection, "n4.vn", groups, [minute - 99, minute - 2_000]).unwrap()
        };
        let expected = |from: i64| {
            (from..=3_000)
                .filter(|id| id % 10 == 3 && id % 7 != 0)
                .count()
        };
        let expected = [expected(2_901), expected(1_000)].map(|count| count as u64);
        assert_eq!(counts(None), expected);
        assert_eq!(counts(Some(&[GroupId(3)])), expected);
        assert_eq!(counts(Some(&[GroupId(4)])), [0, 0]);
    }

    /// The figure of issue 5: any list view of 1,000,000 events answers within 100 ms. Unoptimised
    /// Rust around an optimised SQLite, on a machine that others use: a tenth of a second is ample.
    #[test]
    fn a_page_of_a_million_attempts_takes_a_tenth_of_a_second_at_most() {
        let connection = log(1_000_000);
        let minute = NOW / 60;
        let filters = [
            PageFilter::default(),
            PageFilter {
                groups: Some(vec![GroupId(77)]),
                ..PageFilter::default()
            },
            PageFilter {
                name: Some("none.vn".into()),
                ..PageFilter::default()
            },
            PageFilter {
                since: Some(minute - 900_000),
                until: Some(minute - 899_000),
                ..PageFilter::default()
            },
        ];
        for filter in filters {
            let filter = PageFilter {
                limit: 50,
                ..filter
            };
            // The best of some, for the machine may be busy with other things.
            let took = (0..5).map(|_| {
                let began = std::time::Instant::now();
                page(&connection, &filter).unwrap();
                began.elapsed()
            });
            let took = took.min().unwrap();
            assert!(took.as_millis() <= 100, "{filter:?}: {took:?}");
        }
    }
}
