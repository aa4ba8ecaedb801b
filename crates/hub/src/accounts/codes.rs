//! One-time codes of phones: each taken once, and only so many wrong ones beside the right password, whichever instances and
//! addresses they come to. Who has the password guesses the code, so the count belongs to the account and outlives every process.

use serde_json::json;
use sqlx::Row as _;

use super::Account;
use crate::audit::{self, Act, Action};
use crate::storage::{Failed, Never, Storage, StorageError, storage_error};

/// Wrong codes in a row before the first lock.
const TRIES: i64 = 5;
/// The first lock, in seconds; each wrong code after it doubles the next.
const FIRST_LOCK: i64 = 60;
/// The longest: some twenty guesses a day, of a million codes.
const LONGEST_LOCK: i64 = 3_600;

/// What became of a one-time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeTaken {
    /// It was right, and holds no more.
    Taken,
    /// It was wrong, or taken before.
    Wrong,
    /// After too many wrong ones none is looked at.
    Locked {
        /// Until the next may be tried.
        seconds: u64,
    },
}

/// Takes the one-time code of a step, by whichever instance; `None` is a wrong code. Too many wrong ones lock the account, which
/// its unit's log tells; `now` is Unix seconds.
///
/// # Errors
/// The database failed.
pub async fn take_code(
    storage: &Storage,
    account: &Account,
    step: Option<i64>,
    now: i64,
) -> Result<CodeTaken, StorageError> {
    let done: Result<CodeTaken, Failed<Never>> = storage
        .write(|tx| {
            let (unit, id, name) = (account.unit.clone(), account.id.clone(), account.name.clone());
            Box::pin(async move {
                let sql = "SELECT totp_step, code_failures, code_locked_until FROM accounts
                           WHERE unit_id = $1 AND account_id = $2";
                let row = sqlx::query(sql).bind(&unit).bind(&id);
                let Some(row) = row.fetch_optional(&mut **tx).await? else {
                    return Ok(CodeTaken::Wrong);
                };
                let (last, failures, until): (i64, i64, i64) =
                    (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
                // A clock that was set back by years must not lock for years.
                let left = (until - now).min(LONGEST_LOCK);
                if let Ok(seconds @ 1..) = u64::try_from(left) {
                    return Ok(CodeTaken::Locked { seconds });
                }
                if let Some(step) = step.filter(|step| *step > last) {
                    let sql = "UPDATE accounts SET totp_step = $3, code_failures = 0, code_locked_until = 0
                               WHERE unit_id = $1 AND account_id = $2";
                    let taken = sqlx::query(sql).bind(&unit).bind(&id).bind(step);
                    taken.execute(&mut **tx).await?;
                    return Ok(CodeTaken::Taken);
                }
                let failures = failures.saturating_add(1);
                let until = now + lock_after(failures);
                let sql = "UPDATE accounts SET code_failures = $3, code_locked_until = $4
                           WHERE unit_id = $1 AND account_id = $2";
                let noted = sqlx::query(sql).bind(&unit).bind(&id).bind(failures).bind(until);
                noted.execute(&mut **tx).await?;
                if until > now {
                    let act = Act {
                        account: "system".to_owned(),
                        author: "system".to_owned(),
                        at: now,
                        standing: None,
                    };
                    let detail = json!({ "wrong-codes": failures, "until": until });
                    audit::record(tx, &act, &unit, Action::LockCodes, &name, &detail).await?;
                }
                Ok(CodeTaken::Wrong)
            })
        })
        .await;
    done.map_err(storage_error)
}

/// Seconds for which no code is looked at after so many wrong ones.
fn lock_after(failures: i64) -> i64 {
    match failures - TRIES {
        ..0 => 0,
        beyond => (FIRST_LOCK << beyond.min(16)).min(LONGEST_LOCK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_grow_to_an_hour() {
        let locks: Vec<i64> = [1, 4, 5, 6, 7, 12, 1_000, i64::MAX].map(lock_after).into();
        assert_eq!(locks, [0, 0, 60, 120, 240, 3_600, 3_600, 3_600]);
    }
}
