//! What is forgotten by and by: numbers of uploads, sessions that ended, codes that nobody used. Every instance does it; two
//! that do it at once disturb nobody.

use std::time::Duration;

use sqlx::Row as _;
use tokio::time::sleep;

use crate::boxes::uploads;
use crate::storage::{Failed, Never, Storage, StorageError, storage_error};

/// How often.
const EACH: Duration = Duration::from_secs(6 * 3_600);
/// Days after which the number of an upload is forgotten: longer than a box keeps what it could not send.
const NUMBERS_KEPT: i64 = 90;
/// Days after which a session is: it ended long before.
const SESSIONS_KEPT: i64 = 2;
/// Days after its end after which a code is, used or not; the log keeps that it was made.
const CODES_KEPT: i64 = 365;
/// Boxes that are looked at in one go.
const PAGE: i64 = 200;
const DAY: i64 = 86_400;

/// Does it once; `now` is Unix seconds.
///
/// # Errors
/// The database failed.
pub async fn once(storage: &Storage, now: i64) -> Result<(), StorageError> {
    let (sessions, codes) = (now - SESSIONS_KEPT * DAY, now - CODES_KEPT * DAY);
    for (sql, before) in [
        ("DELETE FROM sessions WHERE made_at < $1", sessions),
        ("DELETE FROM enrol_codes WHERE ends_at < $1", codes),
    ] {
        let done: Result<(), Failed<Never>> = storage
            .append(|tx| {
                Box::pin(async move {
                    sqlx::query(sql).bind(before).execute(&mut **tx).await?;
                    Ok(())
                })
            })
            .await;
        done.map_err(storage_error)?;
    }
    let mut after = String::new();
    loop {
        let page = boxes(storage, &after).await?;
        let Some((_, last)) = page.last() else {
            return Ok(());
        };
        after.clone_from(last);
        for (unit, box_id) in &page {
            uploads::forget(storage, unit, box_id, now - NUMBERS_KEPT * DAY).await?;
        }
    }
}

async fn boxes(storage: &Storage, after: &str) -> Result<Vec<(String, String)>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let after = after.to_owned();
            Box::pin(async move {
                let sql =
                    "SELECT unit_id, box_id FROM boxes WHERE box_id > $1 ORDER BY box_id LIMIT $2";
                let rows = sqlx::query(sql).bind(after).bind(PAGE);
                let rows = rows.fetch_all(&mut **tx).await?;
                let each = rows
                    .iter()
                    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
                Ok(each.collect::<Result<Vec<_>, sqlx::Error>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

/// Does it for ever. A database that is away is asked again the next time.
pub async fn keep(storage: Storage, now: impl Fn() -> i64 + Send) {
    loop {
        if let Err(error) = once(&storage, now()).await {
            tracing::warn!(%error, "what is old could not be forgotten");
        }
        sleep(EACH).await;
    }
}
