//! Who changed what, chained by hash, one chain for each unit: so a province's log can be checked by itself, and
//! instances that write for different units do not wait for one another.
//!
//! ```text
//!  hash(n) = SHA-256(form, unit, n, at, account, author, action, subject, detail, hash(n - 1))
//! ```
//!
//! An entry is written in the transaction of the change it tells of. The chain shows that an entry was altered or taken
//! out; whoever can write the database could write a whole chain anew, which only shows against heads that were kept elsewhere
//! (`lachan-hub audit verify` prints them).

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::storage::{Failed, Never, Storage, StorageError, Tx, storage_error};

/// The form of what is hashed.
const FORM: &str = "lachan-audit-v1";
/// Before the first entry.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Entries that a check reads at once.
const PAGE: i64 = 500;
/// Longest subject, in characters.
const LONGEST_SUBJECT: usize = 200;

/// Who does something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The account's id; `system` where the program acts by itself, `console` for the command line.
    pub account: String,
    /// As people know her: the name on the screen, and the one she signs in by.
    pub author: String,
    /// Unix seconds.
    pub at: i64,
    /// By which right; `None` for the program itself and the console.
    pub standing: Option<Standing>,
}

/// What somebody who acts was when her request came in: a change looks, in its own transaction, whether she still is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The hash of her session.
    pub session: String,
    /// The unit of her account.
    pub unit: String,
    /// The account's version: other roles, an end, or another password make another one.
    pub version: i64,
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $name:ident = $id:literal,)*) => {
        /// What was done; the ids outlive versions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($(#[doc = $doc])* $name,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The id used in the API and the database.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }
        }
    };
}

actions! {
    /// A unit was made.
    AddUnit = "add-unit",
    /// It has another name, code or kind.
    RenameUnit = "rename-unit",
    /// It stands below another unit.
    MoveUnit = "move-unit",
    /// It went into another one.
    MergeUnit = "merge-unit",
    /// A kind of units is called otherwise.
    ChangeKind = "change-kind",
    /// An account was made.
    AddAccount = "add-account",
    /// An account was changed.
    ChangeAccount = "change-account",
    /// An account was removed.
    RemoveAccount = "remove-account",
    /// A password was set.
    SetPassword = "set-password",
    /// One-time codes are asked for.
    AddTotp = "add-totp",
    /// One-time codes are asked for no longer.
    RemoveTotp = "remove-totp",
    /// Too many wrong one-time codes came with the right password: for a while none is looked at.
    LockCodes = "lock-codes",
    /// Codes for boxes were made.
    MakeCodes = "make-codes",
    /// A code for a box was taken back.
    RevokeCode = "revoke-code",
    /// A code for a box ended after too many wrong tries.
    SpendCode = "spend-code",
    /// A box joined.
    EnrolBox = "enrol-box",
    /// A box was taken off.
    EndBox = "end-box",
    /// A school's question was answered.
    AnswerAsk = "answer-ask",
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Of which unit.
    pub unit: String,
    /// Its place in the unit's log, from 1.
    pub number: i64,
    /// Unix seconds.
    pub at: i64,
    /// The account's id.
    pub account: String,
    /// Who it was, as people know her.
    pub author: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What it was before and after, as JSON text.
    pub detail: String,
    /// The hash of the entry before.
    pub previous: String,
    /// Its own.
    pub hash: String,
}

impl Entry {
    /// The hash that the entry must have.
    #[must_use]
    pub fn computed(&self) -> String {
        let mut digest = Sha256::new();
        let (number, at) = (self.number.to_string(), self.at.to_string());
        for part in [
            FORM,
            &self.unit,
            &number,
            &at,
            &self.account,
            &self.author,
            &self.action,
            &self.subject,
            &self.detail,
            &self.previous,
        ] {
            // The length before each: no two entries are the same text.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            digest.update(length.to_be_bytes());
            digest.update(part.as_bytes());
        }
        HEXLOWER.encode(&digest.finalize())
    }

    fn of(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            unit: row.try_get(0)?,
            number: row.try_get(1)?,
            at: row.try_get(2)?,
            account: row.try_get(3)?,
            author: row.try_get(4)?,
            action: row.try_get(5)?,
            subject: row.try_get(6)?,
            detail: row.try_get(7)?,
            previous: row.try_get(8)?,
            hash: row.try_get(9)?,
        })
    }
}

/// Writes an entry into a unit's log, in the transaction of the change.
///
/// # Errors
/// The database failed; another writer of the same unit makes the transaction run again.
pub async fn record<R>(
    tx: &mut Tx,
    act: &Act,
    unit: &str,
    action: Action,
    subject: &str,
    detail: &Value,
) -> Result<(), Failed<R>> {
    let sql = "INSERT INTO audit_heads (unit_id, number, hash) VALUES ($1, 0, $2) ON CONFLICT (unit_id) DO NOTHING";
    sqlx::query(sql)
        .bind(unit)
        .bind(NOTHING)
        .execute(&mut **tx)
        .await?;
    // The row is held until the end of the transaction: writers of one unit come one after the other.
    let sql =
        "UPDATE audit_heads SET number = number + 1 WHERE unit_id = $1 RETURNING number, hash";
    let head = sqlx::query(sql).bind(unit).fetch_one(&mut **tx).await?;
    let mut entry = Entry {
        unit: unit.to_owned(),
        number: head.try_get(0)?,
        at: act.at,
        account: act.account.clone(),
        author: act.author.clone(),
        action: action.id().to_owned(),
        subject: subject.chars().take(LONGEST_SUBJECT).collect(),
        detail: detail.to_string(),
        previous: head.try_get(1)?,
        hash: String::new(),
    };
    entry.hash = entry.computed();
    let sql = "INSERT INTO audit (unit_id, number, at, account, author, action, subject, detail, previous, hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(sql)
        .bind(&entry.unit)
        .bind(entry.number)
        .bind(entry.at)
        .bind(&entry.account)
        .bind(&entry.author)
        .bind(&entry.action)
        .bind(&entry.subject)
        .bind(&entry.detail)
        .bind(&entry.previous)
        .bind(&entry.hash)
        .execute(&mut **tx)
        .await?;
    let sql = "UPDATE audit_heads SET hash = $2 WHERE unit_id = $1";
    sqlx::query(sql)
        .bind(unit)
        .bind(&entry.hash)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const SELECT: &str =
    "SELECT unit_id, number, at, account, author, action, subject, detail, previous, hash
                      FROM audit WHERE unit_id = $1";

/// A page of a unit's log, newest first: at most `limit` entries older than `before`.
///
/// # Errors
/// The database failed.
pub async fn page(
    storage: &Storage,
    unit: &str,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Entry>, StorageError> {
    let before = before.unwrap_or(i64::MAX);
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let unit = unit.to_owned();
            Box::pin(async move {
                let sql = entries(" AND number < $2 ORDER BY number DESC LIMIT $3");
                let rows = sqlx::query(sql).bind(unit).bind(before).bind(limit);
                let rows = rows.fetch_all(&mut **tx).await?;
                Ok(rows.iter().map(Entry::of).collect::<Result<Vec<_>, _>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

fn entries(rest: &'static str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{SELECT}{rest}"))
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// An entry's text is not what its hash is of.
    Altered {
        /// Which.
        number: i64,
    },
    /// An entry does not follow the one before: one was taken out, put in, or its hash changed.
    Unlinked {
        /// Which.
        number: i64,
    },
    /// There is such a unit, and nothing of its log: entries and head were taken out. Every unit's log begins with its making.
    Gone,
    /// The head names another last entry than the log has: the end was cut off.
    Head {
        /// What the head says.
        said: i64,
        /// What the log has.
        found: i64,
    },
}

/// What a check of one unit's log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The unit.
    pub unit: String,
    /// Entries that hold.
    pub entries: i64,
    /// The hash of the last of them.
    pub head: String,
    /// The first place where the chain breaks.
    pub broken: Option<Break>,
}

/// Checks the log of a unit from its first entry.
///
/// # Errors
/// The database failed.
pub async fn verify(storage: &Storage, unit: &str) -> Result<Checked, StorageError> {
    let mut checked = Checked {
        unit: unit.to_owned(),
        entries: 0,
        head: NOTHING.to_owned(),
        broken: None,
    };
    // The head first: entries that come meanwhile stand behind it.
    let (said, head) = head(storage, unit).await?;
    loop {
        let after = checked.entries;
        let read: Result<Vec<Entry>, Failed<Never>> = storage
            .read(|tx| {
                let unit = unit.to_owned();
                Box::pin(async move {
                    let sql = entries(" AND number > $2 AND number <= $3 ORDER BY number LIMIT $4");
                    let rows = sqlx::query(sql)
                        .bind(unit)
                        .bind(after)
                        .bind(said)
                        .bind(PAGE);
                    let rows = rows.fetch_all(&mut **tx).await?;
                    Ok(rows.iter().map(Entry::of).collect::<Result<Vec<_>, _>>()?)
                })
            })
            .await;
        let page = read.map_err(storage_error)?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            let number = entry.number;
            if number != checked.entries + 1 || entry.previous != checked.head {
                checked.broken = Some(Break::Unlinked { number });
                return Ok(checked);
            }
            if entry.computed() != entry.hash {
                checked.broken = Some(Break::Altered { number });
                return Ok(checked);
            }
            checked.entries = number;
            checked.head = entry.hash;
        }
    }
    if said == 0 && is_unit(storage, unit).await? {
        checked.broken = Some(Break::Gone);
    } else if said != checked.entries || head != checked.head {
        checked.broken = Some(Break::Head {
            said,
            found: checked.entries,
        });
    }
    Ok(checked)
}

async fn is_unit(storage: &Storage, unit: &str) -> Result<bool, StorageError> {
    let found = crate::units::one(storage, unit).await?;
    Ok(found.is_some())
}

async fn head(storage: &Storage, unit: &str) -> Result<(i64, String), StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let unit = unit.to_owned();
            Box::pin(async move {
                let sql = "SELECT number, hash FROM audit_heads WHERE unit_id = $1";
                let row = sqlx::query(sql)
                    .bind(unit)
                    .fetch_optional(&mut **tx)
                    .await?;
                match row {
                    Some(row) => Ok((row.try_get(0)?, row.try_get(1)?)),
                    None => Ok((0, NOTHING.to_owned())),
                }
            })
        })
        .await;
    read.map_err(storage_error)
}

/// The units that have a log, or should have one, a page at a time, after the one given.
///
/// # Errors
/// The database failed.
pub async fn units(storage: &Storage, after: &str) -> Result<Vec<String>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let after = after.to_owned();
            Box::pin(async move {
                // Of a unit whose log was taken out with its head, only the tree still knows.
                let sql = "SELECT unit_id FROM (SELECT unit_id FROM audit_heads UNION SELECT unit_id FROM units) known
                           WHERE unit_id > $1 ORDER BY unit_id LIMIT $2";
                let rows = sqlx::query_scalar(sql).bind(after).bind(PAGE);
                Ok(rows.fetch_all(&mut **tx).await?)
            })
        })
        .await;
    read.map_err(storage_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn whatever_is_changed_of_an_entry_changes_its_hash() {
        let entry = Entry {
            unit: "u".into(),
            number: 1,
            at: 2,
            account: "a".into(),
            author: "An (an)".into(),
            action: "add-unit".into(),
            subject: "s".into(),
            detail: "{}".into(),
            previous: NOTHING.into(),
            hash: String::new(),
        };
        let changed = |change: fn(&mut Entry)| {
            let mut other = entry.clone();
            change(&mut other);
            other.computed()
        };
        let all = [
            entry.computed(),
            changed(|e| e.unit.push('x')),
            changed(|e| e.number = 2),
            changed(|e| e.at = 3),
            changed(|e| e.account.push('x')),
            changed(|e| e.author.push('x')),
            changed(|e| e.action.push('x')),
            changed(|e| e.subject.push('x')),
            changed(|e| e.detail.push('x')),
            changed(|e| e.previous.push('x')),
            // What moves from one field to the next is another entry.
            changed(|e| {
                e.account.clear();
                e.author.insert(0, 'a');
            }),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    }

    #[test]
    fn every_action_has_an_id_of_its_own() {
        let ids: HashSet<_> = Action::ALL.iter().map(|action| action.id()).collect();
        assert_eq!(ids.len(), Action::ALL.len());
    }
}
