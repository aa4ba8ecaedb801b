//! Sessions: who is signed in, by the hash of an id that only her browser has. When they end by age
//! is the web's affair; it says what is stale.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::Store;
use crate::account::Account;
use crate::accounts::account;
use crate::error::DbError;

/// Most sessions of an account: a desk, a phone and some that were forgotten. The oldest give way.
pub const MAX_SESSIONS: u32 = 16;

/// What a session is known again by: a hash of its id, of which no id can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionHash(pub [u8; 32]);

/// Before when a session that was made or seen counts as stale, Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stale {
    /// Made before this.
    pub made: i64,
    /// Seen before this.
    pub seen: i64,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Her account as it is now.
    pub account: Account,
    /// Unix seconds when she signed in; `None` when the time was not known.
    pub made_at: Option<i64>,
    /// Unix seconds when she was last seen; to some minutes.
    pub seen_at: Option<i64>,
}

impl Store {
    /// Begins a session at a time, if it is known. Stale sessions of everybody go, and the oldest of
    /// this account where it has too many.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn add_session(
        &self,
        account: i64,
        hash: SessionHash,
        at: Option<i64>,
        stale: Option<Stale>,
    ) -> Result<(), DbError> {
        self.write(move |step| add(step, account, hash, at, stale))
    }

    /// As [`Self::add_session`], unless the account is at another version than when its owner proved herself: then
    /// `false`, and no session. A password that was changed meanwhile lets nobody in who had the old one.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn begin_session(
        &self,
        account: i64,
        version: i64,
        hash: SessionHash,
        at: Option<i64>,
        stale: Option<Stale>,
    ) -> Result<bool, DbError> {
        self.write(move |step| {
            let sql = "SELECT version FROM accounts WHERE id = ?1";
            let now: Option<i64> = step
                .query_row(sql, [account], |row| row.get(0))
                .optional()?;
            if now != Some(version) {
                return Ok(false);
            }
            add(step, account, hash, at, stale).map(|()| true)
        })
    }

    /// Notes that somebody was seen. A session made while the time was not known is taken to have
    /// been made now.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn note_seen(&self, hash: SessionHash, at: i64) -> Result<(), DbError> {
        self.write(move |step| {
            step.execute(
                "UPDATE sessions SET seen_at = ?2, made_at = coalesce(made_at, ?2) WHERE hash = ?1",
                params![hash.0, at],
            )?;
            let sql = "SELECT account_id FROM sessions WHERE hash = ?1";
            let account = step.query_row(sql, [hash.0], |row| row.get(0)).optional()?;
            account.map_or(Ok(()), |account| seen(step, account, Some(at)))
        })
    }

    /// Ends a session; one that is gone is no error.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn end_session(&self, hash: SessionHash) -> Result<(), DbError> {
        self.write(move |step| {
            step.execute("DELETE FROM sessions WHERE hash = ?1", [hash.0])?;
            Ok(())
        })
    }

    /// Ends the sessions that were made while the time was not known and never dated since: after a
    /// restart nobody can say how old they are.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn end_undated_sessions(&self) -> Result<(), DbError> {
        self.write(|step| {
            step.execute("DELETE FROM sessions WHERE made_at IS NULL", [])?;
            Ok(())
        })
    }
}

fn add(
    step: &Transaction<'_>,
    account: i64,
    hash: SessionHash,
    at: Option<i64>,
    stale: Option<Stale>,
) -> Result<(), DbError> {
    if let Some(stale) = stale {
        step.execute(
            "DELETE FROM sessions WHERE made_at < ?1 OR seen_at < ?2",
            [stale.made, stale.seen],
        )?;
    }
    step.execute(
        "DELETE FROM sessions WHERE account_id = ?1 AND hash NOT IN
                     (SELECT hash FROM sessions WHERE account_id = ?1
                      ORDER BY seen_at DESC LIMIT ?2)",
        params![account, MAX_SESSIONS - 1],
    )?;
    step.execute(
        "INSERT INTO sessions (hash, account_id, made_at, seen_at) VALUES (?1, ?2, ?3, ?3)",
        params![hash.0, account, at],
    )?;
    seen(step, account, at)
}

fn seen(step: &Transaction<'_>, account: i64, at: Option<i64>) -> Result<(), DbError> {
    if let Some(at) = at {
        let sql = "UPDATE accounts SET last_seen = ?2 WHERE id = ?1";
        step.execute(sql, [account, at])?;
    }
    Ok(())
}

/// Ends all sessions of an account, but one.
pub(crate) fn end_all_of(
    step: &Transaction<'_>,
    account: i64,
    but: Option<&SessionHash>,
) -> Result<(), DbError> {
    step.execute(
        "DELETE FROM sessions WHERE account_id = ?1 AND hash IS NOT ?2",
        params![account, but.map(|hash| hash.0)],
    )?;
    Ok(())
}

/// Who is signed in by a session.
pub(crate) fn find(
    connection: &Connection,
    hash: &SessionHash,
) -> Result<Option<SignedIn>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT s.made_at, s.seen_at, a.id, a.name, a.display_name, a.role, a.groups, a.until,
                a.totp IS NOT NULL, a.must_change, a.language, a.last_seen, a.version
         FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.hash = ?1",
    )?;
    let found = statement
        .query_row([hash.0], |row| Ok(signed_in(row)))
        .optional()?;
    found.transpose()
}

fn signed_in(row: &Row<'_>) -> Result<SignedIn, DbError> {
    Ok(SignedIn {
        account: account(row, 2)?,
        made_at: row.get(0)?,
        seen_at: row.get(1)?,
    })
}
