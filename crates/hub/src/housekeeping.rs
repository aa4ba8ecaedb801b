//! What is forgotten by and by: sessions that ended, keys of codes that hold no more, codes. Every instance does it; two that do
//! it at once disturb nobody.

use std::time::Duration;

use tokio::time::sleep;

use crate::boxes::codes::USED_FOR;
use crate::storage::{Failed, Never, OPEN, Storage, StorageError, storage_error};

/// How often.
const EACH: Duration = Duration::from_secs(6 * 3_600);
/// Days after which a session is: it ended long before.
const SESSIONS_KEPT: i64 = 2;
/// Days after its end after which a code is, used or not; the log keeps that it was made.
const CODES_KEPT: i64 = 365;
const DAY: i64 = 86_400;

/// Does it once; `now` is Unix seconds. What fails holds nothing else up.
///
/// # Errors
/// The database failed; the first of several errors.
pub async fn once(storage: &Storage, now: i64) -> Result<(), StorageError> {
    let mut ended = Ok(());
    for (sql, times) in [
        (
            "DELETE FROM sessions WHERE made_at < $1",
            vec![now - SESSIONS_KEPT * DAY],
        ),
        (
            "DELETE FROM enrol_codes WHERE ends_at < $1",
            vec![now - CODES_KEPT * DAY],
        ),
        (
            // A key that proves nothing any more need not lie about for a year.
            "UPDATE enrol_codes SET secret_key = $4
             WHERE LENGTH(secret_key) > 0
               AND (ends_at <= $1 OR (state = 'used' AND used_at <= $2)
                    OR unit_id IN (SELECT u.unit_id FROM units u WHERE u.ended_at < $3))",
            vec![now, now - USED_FOR, OPEN],
        ),
    ] {
        let done: Result<(), Failed<Never>> = storage
            .append(|tx| {
                let times = times.clone();
                Box::pin(async move {
                    let mut query = sqlx::query(sql);
                    for time in &times {
                        query = query.bind(*time);
                    }
                    if times.len() > 1 {
                        query = query.bind(Vec::<u8>::new());
                    }
                    query.execute(&mut **tx).await?;
                    Ok(())
                })
            })
            .await;
        ended = ended.and_then(|()| done.map_err(storage_error));
    }
    ended
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
