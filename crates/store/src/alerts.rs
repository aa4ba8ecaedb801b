//! Alerts for the counsellor: what was blocked in cells that are marked so, told by minute and group.
//!
//! They are no log of their own: a look at the events that are there anyway, without names and without
//! devices. There is no field here that could hold either.

use lachan_policy::{Category, GroupId, Tier};
use rusqlite::{Connection, Row, params_from_iter};

use crate::error::{DbError, keep};
use crate::event::{Channel, Source};

/// Rows that a query looks through at most: some days of a large school.
const MOST_ROWS: u32 = 200_000;

/// Something the counsellor is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its number: that of the newest event in it. The next page begins before the last one's.
    pub id: i64,
    /// Minutes since 1970-01-01T00:00Z; `None` when the box did not know the time.
    pub minute: Option<i64>,
    /// The group.
    pub group: GroupId,
    /// The group's name; `None` for unknown devices and when its record was purged.
    pub group_name: Option<String>,
    /// The tier.
    pub tier: Tier,
    /// The category.
    pub category: Category,
    /// Where it was seen.
    pub channel: Channel,
    /// What decided.
    pub source: Source,
    /// Attempts.
    pub count: u32,
}

/// Alerts of these cells, newest first, of events before a number; what happened in one minute, group and
/// category by one rule is one. `cells` says of each group what is marked; its own changes count.
pub(crate) fn load(
    connection: &Connection,
    marked: &dyn Fn(GroupId, Tier, Category) -> bool,
    categories: &[Category],
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Alert>, DbError> {
    if categories.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; categories.len()].join(", ");
    let sql = format!(
        "SELECT e.id, e.minute, e.group_id, g.name, e.tier, e.category, e.channel, s.source, e.count
         FROM events e
         LEFT JOIN sources s ON s.id = e.source_id
         LEFT JOIN groups g ON g.id = e.group_id
         WHERE e.id < ? AND e.category IN ({places})
         ORDER BY e.id DESC LIMIT {MOST_ROWS}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let bits = categories.iter().map(|category| i64::from(category.bit()));
    let values = std::iter::once(before.unwrap_or(i64::MAX)).chain(bits);
    let mut rows = statement.query(params_from_iter(values))?;
    let mut all: Vec<Alert> = Vec::new();
    while let Some(row) = rows.next()? {
        let mut one = Vec::new();
        keep(&mut one, read(row))?;
        let Some(alert) = one.pop() else { continue };
        if !marked(alert.group, alert.tier, alert.category) {
            continue;
        }
        // Rows of a minute stand together, but for those that others came between.
        let mut of_minute = all
            .iter()
            .rev()
            .take_while(|other| other.minute == alert.minute);
        let back = of_minute.position(|other| is_same(other, &alert));
        match back.map(|back| all.len() - 1 - back) {
            Some(index) => all[index].count = all[index].count.saturating_add(alert.count),
            None if all.len() >= limit => break,
            None => all.push(alert),
        }
    }
    Ok(all)
}

fn is_same(one: &Alert, other: &Alert) -> bool {
    one.minute == other.minute
        && one.group == other.group
        && one.category == other.category
        && one.channel == other.channel
        && one.source == other.source
}

fn read(row: &Row<'_>) -> Result<Alert, DbError> {
    let id = row.get(0)?;
    let unreadable = || DbError::Unreadable {
        table: "events",
        id,
    };
    let source: Option<String> = row.get(7)?;
    Ok(Alert {
        id,
        minute: Some(row.get(1)?).filter(|minute| *minute >= 0),
        group: GroupId(row.get(2)?),
        group_name: row.get(3)?,
        tier: Tier::ALL
            .get(usize::from(row.get::<_, u8>(4)?))
            .copied()
            .ok_or_else(unreadable)?,
        category: Category::new(row.get(5)?).ok_or_else(unreadable)?,
        channel: Channel::ALL
            .get(usize::from(row.get::<_, u8>(6)?))
            .copied()
            .ok_or_else(unreadable)?,
        source: source
            .and_then(|source| source.parse().ok())
            .ok_or_else(unreadable)?,
        count: row.get(8)?,
    })
}
