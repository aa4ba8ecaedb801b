//! The tree of units: ministry, province, commune, school, site, by whatever names and titles they have this year. A unit
//! keeps its id for ever; its name, code, kind and place change, and what they were stays known.
//!
//! ```text
//!  units        what is now: kind, code, name, parent
//!  unit_names   what it was called, from when on
//!  unit_above   under whom it stood, from when until when: one row for each unit above it, and one for itself
//! ```
//!
//! The table of all pairs (a closure table) was chosen over paths in a text: "all below" and "who was above on that day" are one
//! look into an index, the same on both engines whatever their collation, and a move rewrites five rows for each
//! unit it takes along. A merged unit stays in the tree below the one it went into, with its boxes and its figures.

mod change;
mod kinds;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::storage::{Failed, Never, OPEN, Storage, StorageError, Tx, storage_error};

pub use change::{NewUnit, Rename, UnitRefusal, add, found, merge, relocate, rename};
pub(crate) use change::{found_in, living};
pub use kinds::{Kind, KindsError, Wording, change_kind, fill, kinds, sample, shipped};

/// Most units of one page.
pub const MOST_ROWS: i64 = 200;
/// Most children that are told at once: a commune has some dozen schools, a province some hundred communes.
pub const MOST_CHILDREN: i64 = 2_000;

/// A unit as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its id, for ever.
    pub id: String,
    /// The id of its kind.
    pub kind: String,
    /// The code that people know it by.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Under which unit it stands; `None` for the root.
    pub parent: Option<String>,
    /// Unix seconds from which it is known.
    pub made_at: i64,
    /// Unix seconds of its merger.
    pub ended_at: Option<i64>,
    /// Into which unit it went.
    pub merged_into: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

pub(crate) const SELECT: &str =
    "SELECT u.unit_id, u.kind_id, u.code, u.name, u.parent_id, u.made_at, u.ended_at,
                                        u.merged_into, u.version FROM units u";

impl Unit {
    pub(crate) fn of(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let some = |text: String| (!text.is_empty()).then_some(text);
        let ended: i64 = row.try_get(6)?;
        Ok(Self {
            id: row.try_get(0)?,
            kind: row.try_get(1)?,
            code: row.try_get(2)?,
            name: row.try_get(3)?,
            parent: some(row.try_get(4)?),
            made_at: row.try_get(5)?,
            ended_at: (ended != OPEN).then_some(ended),
            merged_into: some(row.try_get(7)?),
            version: row.try_get(8)?,
        })
    }
}

pub(crate) fn select(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{SELECT} {rest}"))
}

/// A unit, within a transaction.
pub(crate) async fn look(tx: &mut Tx, unit: &str) -> Result<Option<Unit>, sqlx::Error> {
    let row = sqlx::query(select("WHERE u.unit_id = $1")).bind(unit);
    let row = row.fetch_optional(&mut **tx).await?;
    row.as_ref().map(Unit::of).transpose()
}

/// A unit by its id.
///
/// # Errors
/// The database failed.
pub async fn one(storage: &Storage, unit: &str) -> Result<Option<Unit>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let unit = unit.to_owned();
            Box::pin(async move { Ok(look(tx, &unit).await?) })
        })
        .await;
    read.map_err(storage_error)
}

/// The root of the tree, once there is one.
///
/// # Errors
/// The database failed.
pub async fn root(storage: &Storage) -> Result<Option<Unit>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            Box::pin(async move {
                let row = sqlx::query(select("WHERE u.parent_id = ''"));
                let row = row.fetch_optional(&mut **tx).await?;
                Ok(row.as_ref().map(Unit::of).transpose()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

/// The children of a unit by name; merged ones only when asked for.
///
/// # Errors
/// The database failed.
pub async fn children(
    storage: &Storage,
    unit: &str,
    with_merged: bool,
) -> Result<Vec<Unit>, StorageError> {
    let ended = if with_merged { 0 } else { OPEN };
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let unit = unit.to_owned();
            Box::pin(async move {
                let sql =
                    select("WHERE u.parent_id = $1 AND u.ended_at >= $2 ORDER BY u.name LIMIT $3");
                let rows = sqlx::query(sql).bind(unit).bind(ended).bind(MOST_CHILDREN);
                let rows = rows.fetch_all(&mut **tx).await?;
                Ok(rows.iter().map(Unit::of).collect::<Result<Vec<_>, _>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

/// Which of the units below one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this kind.
    pub kind: Option<String>,
    /// Whose name or code has these letters.
    pub search: Option<String>,
    /// Behind this one, by id.
    pub after: Option<String>,
    /// At most so many.
    pub limit: i64,
}

/// Units at and below one, by id.
///
/// # Errors
/// The database failed.
pub async fn below(
    storage: &Storage,
    unit: &str,
    wanted: &Wanted,
) -> Result<Vec<Unit>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let (unit, wanted) = (unit.to_owned(), wanted.clone());
            Box::pin(async move {
                let sql = select(
                    "JOIN unit_above a ON a.unit_id = u.unit_id
                     WHERE a.above_id = $1 AND a.until_at = $2 AND u.ended_at = $2 AND u.unit_id > $3
                       AND (u.kind_id = $4 OR $4 = '') AND u.search LIKE $5 ESCAPE '!'
                     ORDER BY u.unit_id LIMIT $6",
                );
                let rows = sqlx::query(sql)
                    .bind(unit)
                    .bind(OPEN)
                    .bind(wanted.after.unwrap_or_default())
                    .bind(wanted.kind.unwrap_or_default())
                    .bind(pattern(&wanted.search.unwrap_or_default()))
                    .bind(wanted.limit.clamp(1, MOST_ROWS));
                let rows = rows.fetch_all(&mut **tx).await?;
                Ok(rows.iter().map(Unit::of).collect::<Result<Vec<_>, _>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

/// What is looked for, as a pattern of LIKE in which nothing that somebody typed is a wildcard.
pub(crate) fn pattern(search: &str) -> String {
    let mut pattern = String::from("%");
    for letter in search.trim().chars().take(80).flat_map(char::to_lowercase) {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// Whether a unit is at or below another one now.
///
/// # Errors
/// The database failed.
pub async fn is_within(storage: &Storage, unit: &str, above: &str) -> Result<bool, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let (unit, above) = (unit.to_owned(), above.to_owned());
            Box::pin(async move { Ok(stands_below(tx, &unit, &above).await?) })
        })
        .await;
    read.map_err(storage_error)
}

/// As [`is_within`], within a transaction.
pub(crate) async fn stands_below(
    tx: &mut Tx,
    unit: &str,
    above: &str,
) -> Result<bool, sqlx::Error> {
    let sql =
        "SELECT COUNT(*) FROM unit_above WHERE unit_id = $1 AND above_id = $2 AND until_at = $3";
    let found = sqlx::query_scalar::<_, i64>(sql)
        .bind(unit)
        .bind(above)
        .bind(OPEN);
    Ok(found.fetch_one(&mut **tx).await? > 0)
}

/// A unit above another one at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Above {
    /// Its id.
    pub id: String,
    /// What it was called then.
    pub name: String,
    /// The kind it was of then.
    pub kind: String,
    /// How many steps above; 0 is the unit itself.
    pub distance: i64,
}

/// Who stood above a unit at a time (Unix seconds), itself first, by the names of that time.
///
/// # Errors
/// The database failed.
pub async fn above(storage: &Storage, unit: &str, at: i64) -> Result<Vec<Above>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let unit = unit.to_owned();
            Box::pin(async move {
                let sql = "SELECT a.above_id, n.name, n.kind_id, a.distance
                           FROM unit_above a JOIN unit_names n ON n.unit_id = a.above_id
                           WHERE a.unit_id = $1 AND a.from_at <= $2 AND a.until_at > $2
                             AND n.from_at = (SELECT MAX(m.from_at) FROM unit_names m
                                              WHERE m.unit_id = a.above_id AND m.from_at <= $2)
                           ORDER BY a.distance";
                let rows = sqlx::query(sql)
                    .bind(unit)
                    .bind(at)
                    .fetch_all(&mut **tx)
                    .await?;
                let each = |row: &AnyRow| {
                    Ok(Above {
                        id: row.try_get(0)?,
                        name: row.try_get(1)?,
                        kind: row.try_get(2)?,
                        distance: row.try_get(3)?,
                    })
                };
                Ok(rows
                    .iter()
                    .map(each)
                    .collect::<Result<Vec<_>, sqlx::Error>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

/// What a unit was called from some time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Unix seconds.
    pub from: i64,
    /// The kind it was of.
    pub kind: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Under whom a unit stood directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stood {
    /// Under which unit.
    pub under: String,
    /// Unix seconds.
    pub from: i64,
    /// Unix seconds; `None` for now.
    pub until: Option<i64>,
}

/// What a unit was called and under whom it stood, oldest first.
///
/// # Errors
/// The database failed.
pub async fn history(
    storage: &Storage,
    unit: &str,
) -> Result<(Vec<Named>, Vec<Stood>), StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let unit = unit.to_owned();
            Box::pin(async move {
                let sql = "SELECT from_at, kind_id, code, name FROM unit_names WHERE unit_id = $1 ORDER BY from_at";
                let rows = sqlx::query(sql).bind(&unit).fetch_all(&mut **tx).await?;
                let named = |row: &AnyRow| {
                    Ok(Named {
                        from: row.try_get(0)?,
                        kind: row.try_get(1)?,
                        code: row.try_get(2)?,
                        name: row.try_get(3)?,
                    })
                };
                let names = rows.iter().map(named).collect::<Result<Vec<_>, sqlx::Error>>()?;
                let sql = "SELECT above_id, from_at, until_at FROM unit_above
                           WHERE unit_id = $1 AND distance = 1 ORDER BY from_at";
                let rows = sqlx::query(sql).bind(&unit).fetch_all(&mut **tx).await?;
                let stood = |row: &AnyRow| {
                    let until: i64 = row.try_get(2)?;
                    Ok(Stood {
                        under: row.try_get(0)?,
                        from: row.try_get(1)?,
                        until: (until != OPEN).then_some(until),
                    })
                };
                let places = rows.iter().map(stood).collect::<Result<Vec<_>, sqlx::Error>>()?;
                Ok((names, places))
            })
        })
        .await;
    read.map_err(storage_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_typed_is_a_wildcard() {
        assert_eq!(pattern(" 100%_Á! "), "%100!%!_á!!%");
        assert_eq!(pattern(""), "%%");
    }
}
