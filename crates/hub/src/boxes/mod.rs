//! Boxes: how they join, what they send, how they fare, what they ask.

pub mod asks;
pub mod codes;
pub mod fleet;
pub mod uploads;

use sqlx::Row as _;

use crate::audit::{self, Act, Action};
use crate::storage::{Failed, Never, OPEN, Storage, StorageError, storage_error};

/// Where a box belongs, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The school.
    pub unit: String,
    /// Its Ed25519 key.
    pub public_key: Vec<u8>,
}

/// A box that has not been taken off, by its id.
///
/// # Errors
/// The database failed.
pub async fn known(storage: &Storage, box_id: &str) -> Result<Option<Known>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let box_id = box_id.to_owned();
            Box::pin(async move {
                let sql =
                    "SELECT unit_id, public_key FROM boxes WHERE box_id = $1 AND ended_at = $2";
                let row = sqlx::query(sql)
                    .bind(box_id)
                    .bind(OPEN)
                    .fetch_optional(&mut **tx)
                    .await?;
                let Some(row) = row else {
                    return Ok(None);
                };
                Ok(Some(Known {
                    unit: row.try_get(0)?,
                    public_key: row.try_get(1)?,
                }))
            })
        })
        .await;
    read.map_err(storage_error)
}

/// Takes a box off: nothing that it signs counts any more. Whether there was one.
///
/// # Errors
/// The database failed.
pub async fn end(
    storage: &Storage,
    act: &Act,
    unit: &str,
    box_id: &str,
) -> Result<bool, StorageError> {
    let done: Result<_, Failed<Never>> = storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, box_id) = (act.clone(), unit.to_owned(), box_id.to_owned());
            Box::pin(async move {
                let sql = "UPDATE boxes SET ended_at = $3 WHERE unit_id = $1 AND box_id = $2 AND ended_at = $4";
                let ended = sqlx::query(sql).bind(&unit).bind(&box_id).bind(act.at).bind(OPEN);
                if ended.execute(&mut **tx).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                let detail = serde_json::json!({});
                audit::record(tx, &act, &unit, Action::EndBox, &box_id, &detail).await?;
                Ok(true)
            })
        })
        .await;
    done.map_err(storage_error)
}
