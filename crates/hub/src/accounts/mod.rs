//! Officers' accounts: made, changed and removed by people, one transaction and one entry of the log each. A removed
//! account is gone at once with its sessions; the log keeps the names of those who acted.

mod change;
mod codes;
mod sessions;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::role::Roles;
use crate::storage::{Failed, Never, OPEN, Storage, StorageError, Tx, storage_error};

pub use change::{
    AccountChange, AccountRefusal, NewAccount, add, add_first, change, check_name, device_key,
    first_code, offer_totp, remove, set_password, set_totp,
};
pub use codes::{CodeTaken, take_code};
pub use sessions::{SignedIn, begin_session, end_session, note_seen, session};

/// Longest name to sign in by, in characters.
pub const LONGEST_NAME: usize = 40;
/// Longest name for people, in characters.
pub const LONGEST_DISPLAY_NAME: usize = 80;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its part of the tree: this unit and all below.
    pub unit: String,
    /// Its id.
    pub id: String,
    /// By which she signs in.
    pub name: String,
    /// As people know her.
    pub display_name: String,
    /// What she may do.
    pub roles: Roles,
    /// `vi` or `en`.
    pub language: String,
    /// Whether the password has to be changed first.
    pub must_change_password: bool,
    /// Whether it asks for one-time codes.
    pub has_totp: bool,
    /// Unix seconds from which nobody signs in by it.
    pub until: Option<i64>,
    /// Unix seconds, to some minutes; 0 for never.
    pub seen_at: i64,
    /// Counts its changes.
    pub version: i64,
}

/// What an account is proved by.
#[derive(Clone)]
pub struct Secrets {
    /// The hash of the password, a PHC string.
    pub password: String,
    /// Unix seconds at which it was set.
    pub password_at: i64,
    /// The secret of the one-time codes.
    pub totp: Option<Vec<u8>>,
    /// One that was offered and not confirmed yet.
    pub offer: Option<Vec<u8>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

const SELECT: &str = "SELECT a.unit_id, a.account_id, a.name, a.display_name, a.roles, a.language, a.must_change,
                             a.until_at, a.seen_at, a.version, a.password, a.totp, a.totp_offer, a.password_at FROM accounts a";

fn select(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{SELECT} {rest}"))
}

fn of(row: &AnyRow) -> Result<(Account, Secrets), sqlx::Error> {
    let roles: String = row.try_get(4)?;
    let until: i64 = row.try_get(7)?;
    let totp: Option<Vec<u8>> = row.try_get(11)?;
    let account = Account {
        unit: row.try_get(0)?,
        id: row.try_get(1)?,
        name: row.try_get(2)?,
        display_name: row.try_get(3)?,
        roles: Roles::from_text(&roles),
        language: row.try_get(5)?,
        must_change_password: row.try_get::<i64, _>(6)? != 0,
        has_totp: totp.is_some(),
        until: (until != OPEN).then_some(until),
        seen_at: row.try_get(8)?,
        version: row.try_get(9)?,
    };
    let secrets = Secrets {
        password: row.try_get(10)?,
        totp,
        offer: row.try_get(12)?,
        password_at: row.try_get(13)?,
    };
    Ok((account, secrets))
}

pub(crate) async fn look(
    tx: &mut Tx,
    unit: &str,
    account: &str,
) -> Result<Option<(Account, Secrets)>, sqlx::Error> {
    let sql = select("WHERE a.unit_id = $1 AND a.account_id = $2");
    let row = sqlx::query(sql).bind(unit).bind(account);
    let row = row.fetch_optional(&mut **tx).await?;
    row.as_ref().map(of).transpose()
}

/// An account of a unit with its secrets.
///
/// # Errors
/// The database failed.
pub async fn one(
    storage: &Storage,
    unit: &str,
    account: &str,
) -> Result<Option<(Account, Secrets)>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let (unit, account) = (unit.to_owned(), account.to_owned());
            Box::pin(async move { Ok(look(tx, &unit, &account).await?) })
        })
        .await;
    read.map_err(storage_error)
}

/// The account that signs in by a name.
///
/// # Errors
/// The database failed.
pub async fn named(
    storage: &Storage,
    name: &str,
) -> Result<Option<(Account, Secrets)>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let name = name.to_owned();
            Box::pin(async move {
                let sql = select(
                    "JOIN sign_in_names n ON n.unit_id = a.unit_id AND n.account_id = a.account_id
                     WHERE n.name = $1",
                );
                let row = sqlx::query(sql)
                    .bind(name)
                    .fetch_optional(&mut **tx)
                    .await?;
                Ok(row.as_ref().map(of).transpose()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

/// Accounts at and below a unit, a page at a time behind the id given.
///
/// # Errors
/// The database failed.
pub async fn below(
    storage: &Storage,
    unit: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Account>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let (unit, after) = (unit.to_owned(), after.to_owned());
            Box::pin(async move {
                let sql = select(
                    "JOIN unit_above u ON u.unit_id = a.unit_id
                     WHERE u.above_id = $1 AND u.until_at = $2 AND a.account_id > $3
                     ORDER BY a.account_id LIMIT $4",
                );
                let rows = sqlx::query(sql)
                    .bind(unit)
                    .bind(OPEN)
                    .bind(after)
                    .bind(limit);
                let rows = rows.fetch_all(&mut **tx).await?;
                let each = rows.iter().map(|row| of(row).map(|(account, _)| account));
                Ok(each.collect::<Result<Vec<_>, _>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

/// Whether nobody has an account yet.
///
/// # Errors
/// The database failed.
pub async fn is_empty(storage: &Storage) -> Result<bool, StorageError> {
    let read: Result<i64, Failed<Never>> = storage
        .read(|tx| {
            Box::pin(async move {
                let sql = "SELECT COUNT(*) FROM sign_in_names";
                Ok(sqlx::query_scalar(sql).fetch_one(&mut **tx).await?)
            })
        })
        .await;
    Ok(read.map_err(storage_error)? == 0)
}
