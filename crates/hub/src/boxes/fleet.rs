//! How boxes fare: what each said last, the ones in trouble first.

use lachan_wire::fleet::FleetReport;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::uploads::{self, Signed, Taken, UploadRefusal};
use crate::storage::{Failed, Never, OPEN, Storage, StorageError, storage_error};

/// Seconds without a word after which a box counts as silent: a school's night and a morning without power.
pub const SILENT_AFTER: i64 = 26 * 3_600;
/// What weighs how much: the heaviest stands first.
const SILENT: i64 = 1_000;
const REFUSED: i64 = 100;
const TESTS_FAILED: i64 = 50;
const NO_LISTS: i64 = 40;
const OLD_LISTS: i64 = 20;
const DISK_FULL: i64 = 10;
const NO_CLOCK: i64 = 5;
const HOT: i64 = 2;
/// Hours after which lists count as old.
const OLD_HOURS: u32 = 48;
/// Percent of the disk below which it counts as full, degrees above which a box counts as hot.
const LITTLE_DISK: u8 = 10;
const HOT_FROM: i16 = 80;

/// How much trouble a report tells of; 0 for none.
#[must_use]
pub fn trouble(report: &FleetReport) -> i64 {
    let of = |is: bool, weight: i64| if is { weight } else { 0 };
    of(report.refused.is_some(), REFUSED)
        + of(report.self_test.failed > 0, TESTS_FAILED)
        + of(report.snapshot == 0, NO_LISTS)
        + of(report.checked_hours_ago > OLD_HOURS, OLD_LISTS)
        + of(report.disk_free_percent < LITTLE_DISK, DISK_FULL)
        + of(!report.clock_trusted, NO_CLOCK)
        + of(
            report
                .temperature
                .is_some_and(|degrees| degrees >= HOT_FROM),
            HOT,
        )
}

/// Keeps what a box says of itself, unless it said something newer.
///
/// # Errors
/// [`UploadRefusal`], or the database failed.
pub async fn report(
    storage: &Storage,
    signed: &Signed,
    report: &FleetReport,
    body: &str,
    now: i64,
) -> Result<(), Failed<UploadRefusal>> {
    let trouble = trouble(report);
    let lists_at = now - i64::from(report.checked_hours_ago) * 3_600;
    let snapshot = i64::try_from(report.snapshot).unwrap_or(i64::MAX);
    storage
        .append(|tx| {
            let (signed, body) = (signed.clone(), body.to_owned());
            let program = report.program.as_str().to_owned();
            Box::pin(async move {
                let taken = uploads::take::<UploadRefusal>(tx, &signed, now).await?;
                if taken == Taken::Same || !uploads::is_newest::<UploadRefusal>(tx, &signed).await? {
                    return Ok(());
                }
                let sql = "UPDATE boxes SET program = $3, lists_version = $4, lists_at = $5, trouble = $6, status = $7
                           WHERE unit_id = $1 AND box_id = $2";
                sqlx::query(sql)
                    .bind(&signed.unit)
                    .bind(&signed.box_id)
                    .bind(program)
                    .bind(snapshot)
                    .bind(lists_at)
                    .bind(trouble)
                    .bind(body)
                    .execute(&mut **tx)
                    .await?;
                Ok(())
            })
        })
        .await
}

/// Which boxes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those in trouble, the silent ones among them.
    pub in_trouble: bool,
    /// Only those that run this program.
    pub program: Option<String>,
    /// Only those whose school's name or code has these letters.
    pub search: Option<String>,
    /// Behind this one: its rank and id.
    pub after: Option<(i64, String)>,
    /// At most so many.
    pub limit: i64,
}

/// A box as officers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The school.
    pub unit: String,
    /// The school's name.
    pub unit_name: String,
    /// Its id.
    pub box_id: String,
    /// Unix seconds.
    pub enrolled_at: i64,
    /// Unix seconds of its last word.
    pub seen_at: i64,
    /// Its program.
    pub program: String,
    /// The snapshot that it enforces.
    pub snapshot: i64,
    /// Unix seconds at which it verified that there is nothing newer; 0 for never.
    pub checked_at: i64,
    /// How much trouble: the more, the worse; at least 1,000 for a silent one.
    pub rank: i64,
    /// What it said last, as JSON text; empty before the first word.
    pub status: String,
}

/// Boxes of units at and below one, those in trouble first.
///
/// # Errors
/// The database failed.
pub async fn list(
    storage: &Storage,
    unit: &str,
    wanted: &Wanted,
    now: i64,
) -> Result<Vec<Listed>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let (unit, wanted) = (unit.to_owned(), wanted.clone());
            Box::pin(async move {
                let (rank, box_id) = wanted.after.unwrap_or((i64::MAX, String::new()));
                let sql = "SELECT unit_id, name, box_id, enrolled_at, seen_at, program, lists_version, lists_at, weight, status
                           FROM (SELECT b.unit_id, u.name, b.box_id, b.enrolled_at, b.seen_at, b.program, b.lists_version,
                                        b.lists_at, b.status,
                                        b.trouble + CASE WHEN b.seen_at < $3 THEN $4 ELSE 0 END AS weight
                                 FROM boxes b
                                 JOIN unit_above a ON a.unit_id = b.unit_id
                                 JOIN units u ON u.unit_id = b.unit_id
                                 WHERE a.above_id = $1 AND a.until_at = $2 AND b.ended_at = $2
                                   AND (b.program = $5 OR $5 = '') AND u.search LIKE $6 ESCAPE '!') boxes_below
                           WHERE weight >= $7 AND (weight < $8 OR (weight = $8 AND box_id > $9))
                           ORDER BY weight DESC, box_id LIMIT $10";
                let rows = sqlx::query(sql)
                    .bind(unit)
                    .bind(OPEN)
                    .bind(now - SILENT_AFTER)
                    .bind(SILENT)
                    .bind(wanted.program.unwrap_or_default())
                    .bind(crate::units::pattern(&wanted.search.unwrap_or_default()))
                    .bind(i64::from(wanted.in_trouble))
                    .bind(rank)
                    .bind(box_id)
                    .bind(wanted.limit);
                let rows = rows.fetch_all(&mut **tx).await?;
                let each = |row: &AnyRow| {
                    Ok(Listed {
                        unit: row.try_get(0)?,
                        unit_name: row.try_get(1)?,
                        box_id: row.try_get(2)?,
                        enrolled_at: row.try_get(3)?,
                        seen_at: row.try_get(4)?,
                        program: row.try_get(5)?,
                        snapshot: row.try_get(6)?,
                        checked_at: row.try_get(7)?,
                        rank: row.try_get(8)?,
                        status: row.try_get(9)?,
                    })
                };
                Ok(rows.iter().map(each).collect::<Result<Vec<_>, sqlx::Error>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}
