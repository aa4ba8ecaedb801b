//! Sessions: rows of the database, so that any instance knows them; what a browser has is not in it, only its hash.

use sqlx::Row as _;

use super::{Account, look};
use crate::storage::{Failed, Never, Storage, StorageError, storage_error};

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Whose session it is.
    pub account: Account,
    /// The hash of the session's id.
    pub hash: String,
    /// Unix seconds of its begin.
    pub made_at: i64,
    /// Unix seconds at which its owner was seen last, to some minutes.
    pub seen_at: i64,
}

/// Begins a session in the place of the one that this browser had; those that began before `stale` are forgotten. `false`, and no
/// session, where the account is not what it was when its owner proved herself: a password that was changed meanwhile, because
/// somebody has it, must not let that somebody in once more.
///
/// # Errors
/// The database failed.
pub async fn begin_session(
    storage: &Storage,
    account: &Account,
    hash: &str,
    before: Option<&str>,
    now: i64,
    stale: i64,
) -> Result<bool, StorageError> {
    let done: Result<bool, Failed<Never>> = storage
        .write(|tx| {
            let version = account.version;
            let (unit, account) = (account.unit.clone(), account.id.clone());
            let (hash, before) = (hash.to_owned(), before.unwrap_or_default().to_owned());
            Box::pin(async move {
                let found = look(tx, &unit, &account).await?;
                if found.is_none_or(|(found, _)| found.version != version) {
                    return Ok(false);
                }
                let sql = "DELETE FROM sessions WHERE session_hash = $1";
                sqlx::query(sql).bind(before).execute(&mut **tx).await?;
                let sql =
                    "DELETE FROM sessions WHERE unit_id = $1 AND account_id = $2 AND made_at < $3";
                sqlx::query(sql)
                    .bind(&unit)
                    .bind(&account)
                    .bind(stale)
                    .execute(&mut **tx)
                    .await?;
                let sql =
                    "INSERT INTO sessions (session_hash, unit_id, account_id, made_at, seen_at)
                           VALUES ($1, $2, $3, $4, $4)";
                sqlx::query(sql)
                    .bind(hash)
                    .bind(&unit)
                    .bind(&account)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                let sql = "UPDATE accounts SET seen_at = $3 WHERE unit_id = $1 AND account_id = $2";
                sqlx::query(sql)
                    .bind(&unit)
                    .bind(&account)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                Ok(true)
            })
        })
        .await;
    done.map_err(storage_error)
}

/// Ends a session.
///
/// # Errors
/// The database failed.
pub async fn end_session(storage: &Storage, hash: &str) -> Result<(), StorageError> {
    let done: Result<(), Failed<Never>> = storage
        .append(|tx| {
            let hash = hash.to_owned();
            Box::pin(async move {
                let sql = "DELETE FROM sessions WHERE session_hash = $1";
                sqlx::query(sql).bind(hash).execute(&mut **tx).await?;
                Ok(())
            })
        })
        .await;
    done.map_err(storage_error)
}

/// The session of a hash, with its account. Whether it still holds, the caller knows.
///
/// # Errors
/// The database failed.
pub async fn session(storage: &Storage, hash: &str) -> Result<Option<SignedIn>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let hash = hash.to_owned();
            Box::pin(async move {
                let sql = "SELECT unit_id, account_id, made_at, seen_at FROM sessions WHERE session_hash = $1";
                let row = sqlx::query(sql).bind(&hash).fetch_optional(&mut **tx).await?;
                let Some(row) = row else {
                    return Ok(None);
                };
                let (unit, account): (String, String) = (row.try_get(0)?, row.try_get(1)?);
                let (made_at, seen_at) = (row.try_get(2)?, row.try_get(3)?);
                let found = look(tx, &unit, &account).await?;
                Ok(found.map(|(account, _)| SignedIn {
                    account,
                    hash,
                    made_at,
                    seen_at,
                }))
            })
        })
        .await;
    read.map_err(storage_error)
}

/// Notes that somebody was seen.
///
/// # Errors
/// The database failed.
pub async fn note_seen(storage: &Storage, seen: &SignedIn, now: i64) -> Result<(), StorageError> {
    let done: Result<(), Failed<Never>> = storage
        .append(|tx| {
            let (hash, account) = (seen.hash.clone(), seen.account.clone());
            Box::pin(async move {
                let sql = "UPDATE sessions SET seen_at = $2 WHERE session_hash = $1";
                sqlx::query(sql)
                    .bind(hash)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                let sql = "UPDATE accounts SET seen_at = $3 WHERE unit_id = $1 AND account_id = $2";
                sqlx::query(sql)
                    .bind(account.unit)
                    .bind(account.id)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                Ok(())
            })
        })
        .await;
    done.map_err(storage_error)
}
