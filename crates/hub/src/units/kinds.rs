//! Kinds of units, by the words of this year: data that begins as `rules/hub/kinds.toml` and is the hub's own from then
//! on.

use serde::Deserialize;
use serde_json::json;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::change::{NewUnit, UnitRefusal, add_in, found_in};
use crate::audit::{self, Act, Action};
use crate::id::{self, RandomError};
use crate::storage::{Failed, Never, Storage, StorageError, storage_error};

const SHIPPED: &str = include_str!("../../../../rules/hub/kinds.toml");
const SAMPLE: &str = include_str!("../../../../rules/hub/sample-tree.toml");
/// Longest word, in characters.
const LONGEST: usize = 80;

/// What a kind and the head of such a unit are called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wording {
    /// The kind, in Vietnamese.
    pub name_vi: String,
    /// The kind, in English.
    pub name_en: String,
    /// Who leads such a unit, in Vietnamese.
    pub head_vi: String,
    /// Who leads such a unit, in English.
    pub head_en: String,
}

/// A kind of units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// Its id, for ever.
    pub id: String,
    /// A unit stands only below one of a smaller place.
    pub place: i64,
    /// Whether boxes join such units.
    pub has_boxes: bool,
    /// What it is called.
    pub words: Wording,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindsFile {
    kind: Vec<KindEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KindEntry {
    id: String,
    place: i64,
    has_boxes: bool,
    name_vi: String,
    name_en: String,
    head_vi: String,
    head_en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TreeFile {
    unit: Vec<TreeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TreeEntry {
    code: String,
    kind: String,
    name: String,
    parent: Option<String>,
}

/// Why shipped data about units cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KindsError {
    /// It cannot be read.
    #[error("rules/hub cannot be read")]
    Rules(#[from] toml::de::Error),
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The tree was refused.
    #[error(transparent)]
    Refused(#[from] UnitRefusal),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The kinds that ship with the program.
///
/// # Errors
/// The file cannot be read, which a test excludes for the one that ships.
pub fn shipped() -> Result<Vec<Kind>, KindsError> {
    let file: KindsFile = toml::from_str(SHIPPED)?;
    let kinds = file.kind.into_iter().map(|entry| Kind {
        id: entry.id,
        place: entry.place,
        has_boxes: entry.has_boxes,
        words: Wording {
            name_vi: entry.name_vi,
            name_en: entry.name_en,
            head_vi: entry.head_vi,
            head_en: entry.head_en,
        },
    });
    Ok(kinds.collect())
}

/// Puts the shipped kinds into a hub that has none.
///
/// # Errors
/// [`KindsError`].
pub async fn fill(storage: &Storage) -> Result<(), KindsError> {
    let shipped = shipped()?;
    let done: Result<(), Failed<Never>> = storage
        .write(|tx| {
            let shipped = shipped.clone();
            Box::pin(async move {
                let sql = "SELECT COUNT(*) FROM unit_kinds";
                if sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut **tx).await? > 0 {
                    return Ok(());
                }
                for kind in shipped {
                    let sql = "INSERT INTO unit_kinds (kind_id, place, has_boxes, name_vi, name_en, head_vi, head_en)
                               VALUES ($1, $2, $3, $4, $5, $6, $7)";
                    sqlx::query(sql)
                        .bind(kind.id)
                        .bind(kind.place)
                        .bind(i64::from(kind.has_boxes))
                        .bind(kind.words.name_vi)
                        .bind(kind.words.name_en)
                        .bind(kind.words.head_vi)
                        .bind(kind.words.head_en)
                        .execute(&mut **tx)
                        .await?;
                }
                Ok(())
            })
        })
        .await;
    Ok(done.map_err(storage_error)?)
}

/// All kinds, the highest first.
///
/// # Errors
/// The database failed.
pub async fn kinds(storage: &Storage) -> Result<Vec<Kind>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            Box::pin(async move {
                let sql = "SELECT kind_id, place, has_boxes, name_vi, name_en, head_vi, head_en
                           FROM unit_kinds ORDER BY place, kind_id";
                let rows = sqlx::query(sql).fetch_all(&mut **tx).await?;
                Ok(rows.iter().map(of).collect::<Result<Vec<_>, _>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

fn of(row: &AnyRow) -> Result<Kind, sqlx::Error> {
    Ok(Kind {
        id: row.try_get(0)?,
        place: row.try_get(1)?,
        has_boxes: row.try_get::<i64, _>(2)? != 0,
        words: Wording {
            name_vi: row.try_get(3)?,
            name_en: row.try_get(4)?,
            head_vi: row.try_get(5)?,
            head_en: row.try_get(6)?,
        },
    })
}

/// Calls a kind and its heads otherwise.
///
/// # Errors
/// [`UnitRefusal::Kind`], [`UnitRefusal::Name`], or the database failed.
pub async fn change_kind(
    storage: &Storage,
    act: &Act,
    root: &str,
    kind: &str,
    words: Wording,
) -> Result<(), Failed<UnitRefusal>> {
    let all = [
        &words.name_vi,
        &words.name_en,
        &words.head_vi,
        &words.head_en,
    ];
    let is_word = |word: &&String| {
        (1..=LONGEST).contains(&word.chars().count()) && !word.chars().any(char::is_control)
    };
    if !all.iter().all(is_word) {
        return Err(Failed::Refused(UnitRefusal::Name));
    }
    storage
        .write_as(act, &[], |tx| {
            let (act, root, kind, words) =
                (act.clone(), root.to_owned(), kind.to_owned(), words.clone());
            Box::pin(async move {
                let sql = "UPDATE unit_kinds SET name_vi = $2, name_en = $3, head_vi = $4, head_en = $5
                           WHERE kind_id = $1";
                let done = sqlx::query(sql)
                    .bind(&kind)
                    .bind(&words.name_vi)
                    .bind(&words.name_en)
                    .bind(&words.head_vi)
                    .bind(&words.head_en)
                    .execute(&mut **tx)
                    .await?;
                if done.rows_affected() == 0 {
                    return Err(Failed::Refused(UnitRefusal::Kind(kind)));
                }
                let detail = json!({ "after": [words.name_vi, words.name_en, words.head_vi, words.head_en] });
                audit::record(tx, &act, &root, Action::ChangeKind, &kind, &detail).await
            })
        })
        .await
}

/// Puts the sample tree into an empty hub; how many units it has.
///
/// # Errors
/// [`KindsError`]: there is a tree already, or the database failed.
pub async fn sample(storage: &Storage, act: &Act) -> Result<usize, KindsError> {
    let file: TreeFile = toml::from_str(SAMPLE)?;
    let mut ids = Vec::with_capacity(file.unit.len());
    for _ in &file.unit {
        ids.push(id::new(act.at.saturating_mul(1_000))?);
    }
    let units: Vec<(NewUnit, Option<String>)> = file
        .unit
        .iter()
        .zip(&ids)
        .map(|(entry, id)| {
            let parent = entry.parent.as_ref().and_then(|code| {
                let place = file.unit.iter().position(|other| other.code == *code)?;
                ids.get(place).cloned()
            });
            let new = NewUnit {
                id: id.clone(),
                kind: entry.kind.clone(),
                code: entry.code.clone(),
                name: entry.name.clone(),
            };
            (new, parent)
        })
        .collect();
    let done = storage
        .write(|tx| {
            let (act, units) = (act.clone(), units.clone());
            Box::pin(async move {
                for (new, parent) in &units {
                    match parent {
                        Some(parent) => add_in(tx, &act, parent, new).await?,
                        None => found_in(tx, &act, new).await?,
                    };
                }
                Ok(units.len())
            })
        })
        .await;
    done.map_err(|failed| match failed {
        Failed::Refused(refusal) => KindsError::Refused(refusal),
        Failed::Storage(error) => error.into(),
        Failed::Statement(error) => StorageError::Statement(error).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_kinds_are_read_and_stand_in_an_order() {
        let kinds = shipped().unwrap();
        assert!(kinds.windows(2).all(|two| two[0].place < two[1].place));
        assert!(kinds.iter().any(|kind| kind.has_boxes));
        let sample: TreeFile = toml::from_str(SAMPLE).unwrap();
        for unit in &sample.unit {
            assert!(
                kinds.iter().any(|kind| kind.id == unit.kind),
                "{}",
                unit.code
            );
        }
    }
}
