//! Changes of accounts.

use lachan_web::TypedCode;
use serde_json::{Value, json};

use super::{Account, LONGEST_DISPLAY_NAME, LONGEST_NAME, look};
use crate::audit::{self, Act, Action};
use crate::role::{Roles, RolesError};
use crate::storage::{Failed, Never, OPEN, Storage, StorageError, Tx, storage_error};
use crate::units::{NewUnit, UnitRefusal};

/// Where the first code lies among the single values.
const FIRST_CODE: &str = "first-code";

/// Where the key lies by which browsers are known.
const DEVICE_KEY: &str = "device-key";

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its id, made by the caller.
    pub id: String,
    /// By which she signs in.
    pub name: String,
    /// As people know her.
    pub display_name: String,
    /// What she may do.
    pub roles: Roles,
    /// `vi` or `en`.
    pub language: String,
    /// The hash of the password.
    pub password: String,
    /// Whether it has to be changed first.
    pub must_change_password: bool,
    /// Unix seconds from which nobody signs in by it.
    pub until: Option<i64>,
}

/// What of an account is to change; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// As [`Account::display_name`].
    pub display_name: Option<String>,
    /// As [`Account::roles`].
    pub roles: Option<Roles>,
    /// As [`Account::language`].
    pub language: Option<String>,
    /// As [`Account::until`]; `Some(None)` takes the end away.
    pub until: Option<Option<i64>>,
}

/// Why a change of an account is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefusal {
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// The name to sign in by is none.
    #[error(
        "a name has 2 to {LONGEST_NAME} small letters without marks, digits, dots, hyphens or underscores"
    )]
    Name,
    /// The name for people is none.
    #[error("a name has 1 to {LONGEST_DISPLAY_NAME} characters on one line")]
    DisplayName,
    /// Somebody else signs in by the name.
    #[error("the name {0} is taken")]
    NameTaken(String),
    /// The last one who manages the whole hub stays.
    #[error("this is the last administrator of the whole hub")]
    LastAdministrator,
    /// Somebody changed it meanwhile.
    #[error("somebody changed the account meanwhile")]
    Changed(Box<Account>),
    /// It asks for one-time codes of a phone already.
    #[error("the account has one-time codes already")]
    TotpOn,
    /// There is an account already.
    #[error("there is an account already")]
    NotFirst,
    /// The roles do not go together.
    #[error(transparent)]
    Roles(#[from] RolesError),
    /// The root of the tree, made with the first account, is refused.
    #[error(transparent)]
    Unit(#[from] UnitRefusal),
}

use AccountRefusal as Refusal;

type Done<T> = Result<T, Failed<Refusal>>;

/// Checks a name to sign in by.
///
/// # Errors
/// [`AccountRefusal::Name`].
pub fn check_name(name: &str) -> Result<(), Refusal> {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if (2..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_plain) {
        Ok(())
    } else {
        Err(Refusal::Name)
    }
}

fn check_display_name(name: &str) -> Done<()> {
    let is_text = name.trim() == name && !name.chars().any(char::is_control);
    if is_text && (1..=LONGEST_DISPLAY_NAME).contains(&name.chars().count()) {
        Ok(())
    } else {
        Err(Failed::Refused(Refusal::DisplayName))
    }
}

/// The code by which the first account is made; made itself where there is none, and shared by all instances. `None` once
/// somebody has an account.
///
/// # Errors
/// The database failed.
pub async fn first_code(
    storage: &Storage,
    random: [u8; 8],
) -> Result<Option<TypedCode>, StorageError> {
    let new = TypedCode::new(random);
    let read: Result<Option<String>, Failed<Never>> = storage
        .write(|tx| {
            let new = new.as_str().to_owned();
            Box::pin(async move {
                let sql = "SELECT COUNT(*) FROM sign_in_names";
                if sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut **tx).await? > 0 {
                    return Ok(None);
                }
                let sql = "INSERT INTO single_values (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
                sqlx::query(sql).bind(FIRST_CODE).bind(new).execute(&mut **tx).await?;
                let sql = "SELECT value FROM single_values WHERE name = $1";
                Ok(Some(sqlx::query_scalar(sql).bind(FIRST_CODE).fetch_one(&mut **tx).await?))
            })
        })
        .await;
    // As it was made: three blocks, which `typed` would run together.
    Ok(read.map_err(storage_error)?.map(|text| {
        if text == new.as_str() {
            new.clone()
        } else {
            TypedCode::typed(&text)
        }
    }))
}

/// The key by which browsers are known in which somebody signed in; made of `random` where there is none, and shared by all
/// instances.
///
/// # Errors
/// The database failed.
pub async fn device_key(storage: &Storage, random: [u8; 32]) -> Result<String, StorageError> {
    let new = data_encoding::HEXLOWER.encode(&random);
    let read: Result<String, Failed<Never>> = storage
        .write(|tx| {
            let new = new.clone();
            Box::pin(async move {
                let sql = "INSERT INTO single_values (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
                sqlx::query(sql).bind(DEVICE_KEY).bind(new).execute(&mut **tx).await?;
                let sql = "SELECT value FROM single_values WHERE name = $1";
                Ok(sqlx::query_scalar(sql).bind(DEVICE_KEY).fetch_one(&mut **tx).await?)
            })
        })
        .await;
    read.map_err(storage_error)
}

/// Makes the first account, an administrator, with the root of the tree where there is none yet.
///
/// # Errors
/// [`AccountRefusal`], or the database failed.
pub async fn add_first(
    storage: &Storage,
    act: &Act,
    root: NewUnit,
    new: NewAccount,
) -> Done<Account> {
    storage
        .write(|tx| {
            let (act, root, new) = (act.clone(), root.clone(), new.clone());
            Box::pin(async move {
                let sql = "SELECT COUNT(*) FROM sign_in_names";
                if sqlx::query_scalar::<_, i64>(sql)
                    .fetch_one(&mut **tx)
                    .await?
                    > 0
                {
                    return Err(Failed::Refused(Refusal::NotFirst));
                }
                let sql = "SELECT unit_id FROM units WHERE parent_id = ''";
                let found: Option<String> =
                    sqlx::query_scalar(sql).fetch_optional(&mut **tx).await?;
                let unit = match found {
                    Some(unit) => unit,
                    None => {
                        let made = crate::units::found_in(tx, &act, &root).await;
                        made.map_err(of_unit)?.id
                    }
                };
                let sql = "DELETE FROM single_values WHERE name = $1";
                sqlx::query(sql).bind(FIRST_CODE).execute(&mut **tx).await?;
                insert(tx, &act, &unit, &new).await
            })
        })
        .await
}

fn of_unit(failed: Failed<UnitRefusal>) -> Failed<Refusal> {
    match failed {
        Failed::Refused(refusal) => Failed::Refused(refusal.into()),
        Failed::Storage(error) => Failed::Storage(error),
        Failed::Statement(error) => Failed::Statement(error),
    }
}

/// Makes an account of a unit.
///
/// # Errors
/// [`AccountRefusal`], or the database failed.
pub async fn add(storage: &Storage, act: &Act, unit: &str, new: NewAccount) -> Done<Account> {
    storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, new) = (act.clone(), unit.to_owned(), new.clone());
            Box::pin(async move {
                let found = crate::units::living(tx, &unit).await;
                found.map_err(of_unit)?;
                insert(tx, &act, &unit, &new).await
            })
        })
        .await
}

async fn insert(tx: &mut Tx, act: &Act, unit: &str, new: &NewAccount) -> Done<Account> {
    check_name(&new.name).map_err(Failed::Refused)?;
    check_display_name(&new.display_name)?;
    let sql = "INSERT INTO sign_in_names (name, unit_id, account_id) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
    let taken = sqlx::query(sql).bind(&new.name).bind(unit).bind(&new.id);
    if taken.execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(Failed::Refused(Refusal::NameTaken(new.name.clone())));
    }
    let sql = "INSERT INTO accounts (unit_id, account_id, name, display_name, roles, language, password, must_change,
                                     totp_step, until_at, made_at, seen_at, password_at, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, 0, $10, 1)";
    sqlx::query(sql)
        .bind(unit)
        .bind(&new.id)
        .bind(&new.name)
        .bind(&new.display_name)
        .bind(new.roles.to_text())
        .bind(&new.language)
        .bind(&new.password)
        .bind(i64::from(new.must_change_password))
        .bind(new.until.unwrap_or(OPEN))
        .bind(act.at)
        .execute(&mut **tx)
        .await?;
    let made = known(tx, unit, &new.id).await?;
    let detail = json!({ "after": told(&made) });
    audit::record(tx, act, unit, Action::AddAccount, &made.name, &detail).await?;
    Ok(made)
}

/// What the log tells of an account.
fn told(account: &Account) -> Value {
    json!({
        "display-name": account.display_name,
        "roles": account.roles.to_text(),
        "until": account.until,
        "language": account.language,
    })
}

async fn known(tx: &mut Tx, unit: &str, account: &str) -> Done<Account> {
    let found = look(tx, unit, account).await?;
    found
        .map(|(account, _)| account)
        .ok_or(Failed::Refused(Refusal::Unknown))
}

async fn at_version(tx: &mut Tx, unit: &str, account: &str, version: i64) -> Done<Account> {
    let found = known(tx, unit, account).await?;
    if found.version != version {
        return Err(Failed::Refused(Refusal::Changed(Box::new(found))));
    }
    Ok(found)
}

/// Somebody who manages the whole hub always stays: an administrator at the root without an end.
async fn check_stays(tx: &mut Tx, but: &Account) -> Done<()> {
    let sql = "SELECT COUNT(*) FROM accounts a JOIN units u ON u.unit_id = a.unit_id
               WHERE u.parent_id = '' AND a.roles = 'administrator' AND a.until_at = $2 AND a.account_id <> $1";
    let others = sqlx::query_scalar::<_, i64>(sql).bind(&but.id).bind(OPEN);
    if others.fetch_one(&mut **tx).await? == 0 {
        return Err(Failed::Refused(Refusal::LastAdministrator));
    }
    Ok(())
}

async fn is_at_root(tx: &mut Tx, unit: &str) -> Done<bool> {
    let found = crate::units::look(tx, unit).await?;
    Ok(found.is_some_and(|unit| unit.parent.is_none()))
}

/// Changes an account that is still at this version.
///
/// # Errors
/// [`AccountRefusal`], or the database failed.
pub async fn change(
    storage: &Storage,
    act: &Act,
    unit: &str,
    account: &str,
    version: i64,
    change: AccountChange,
) -> Done<Account> {
    storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, account, change) =
                (act.clone(), unit.to_owned(), account.to_owned(), change.clone());
            Box::pin(async move {
                let before = at_version(tx, &unit, &account, version).await?;
                let mut after = before.clone();
                after.display_name = change.display_name.unwrap_or(after.display_name);
                after.roles = change.roles.unwrap_or(after.roles);
                after.language = change.language.unwrap_or(after.language);
                after.until = change.until.unwrap_or(after.until);
                check_display_name(&after.display_name)?;
                let manages = |account: &Account| account.roles.is_administrator() && account.until.is_none();
                if manages(&before) && !manages(&after) && is_at_root(tx, &unit).await? {
                    check_stays(tx, &before).await?;
                }
                let sql = "UPDATE accounts SET display_name = $3, roles = $4, language = $5, until_at = $6,
                                               version = version + 1
                           WHERE unit_id = $1 AND account_id = $2";
                sqlx::query(sql)
                    .bind(&unit)
                    .bind(&account)
                    .bind(&after.display_name)
                    .bind(after.roles.to_text())
                    .bind(&after.language)
                    .bind(after.until.unwrap_or(OPEN))
                    .execute(&mut **tx)
                    .await?;
                after.version += 1;
                let detail = json!({ "before": told(&before), "after": told(&after) });
                audit::record(tx, &act, &unit, Action::ChangeAccount, &before.name, &detail).await?;
                Ok(after)
            })
        })
        .await
}

/// Removes an account that is still at this version, with its sessions.
///
/// # Errors
/// [`AccountRefusal`], or the database failed.
pub async fn remove(
    storage: &Storage,
    act: &Act,
    unit: &str,
    account: &str,
    version: i64,
) -> Done<()> {
    storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, account) = (act.clone(), unit.to_owned(), account.to_owned());
            Box::pin(async move {
                let before = at_version(tx, &unit, &account, version).await?;
                if before.roles.is_administrator() && is_at_root(tx, &unit).await? {
                    check_stays(tx, &before).await?;
                }
                for sql in [
                    "DELETE FROM sessions WHERE unit_id = $1 AND account_id = $2",
                    "DELETE FROM sign_in_names WHERE unit_id = $1 AND account_id = $2",
                    "DELETE FROM accounts WHERE unit_id = $1 AND account_id = $2",
                ] {
                    sqlx::query(sql)
                        .bind(&unit)
                        .bind(&account)
                        .execute(&mut **tx)
                        .await?;
                }
                let detail = json!({ "before": told(&before) });
                audit::record(
                    tx,
                    &act,
                    &unit,
                    Action::RemoveAccount,
                    &before.name,
                    &detail,
                )
                .await
            })
        })
        .await
}

/// Gives an account another password, by its hash, and ends its sessions but the one given.
///
/// # Errors
/// [`AccountRefusal::Unknown`], or the database failed.
pub async fn set_password(
    storage: &Storage,
    act: &Act,
    (unit, account): (&str, &str),
    password: &str,
    must_change: bool,
    but: Option<&str>,
) -> Done<Account> {
    storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, account) = (act.clone(), unit.to_owned(), account.to_owned());
            let (password, but) = (password.to_owned(), but.unwrap_or_default().to_owned());
            Box::pin(async move {
                let before = known(tx, &unit, &account).await?;
                let sql = "UPDATE accounts SET password = $3, must_change = $4, password_at = $5, code_failures = 0, code_locked_until = 0,
                                               version = version + 1
                           WHERE unit_id = $1 AND account_id = $2";
                sqlx::query(sql)
                    .bind(&unit)
                    .bind(&account)
                    .bind(password)
                    .bind(i64::from(must_change))
                    .bind(act.at)
                    .execute(&mut **tx)
                    .await?;
                let sql = "DELETE FROM sessions WHERE unit_id = $1 AND account_id = $2 AND session_hash <> $3";
                sqlx::query(sql).bind(&unit).bind(&account).bind(but).execute(&mut **tx).await?;
                audit::record(tx, &act, &unit, Action::SetPassword, &before.name, &json!({})).await?;
                known(tx, &unit, &account).await
            })
        })
        .await
}

/// Keeps a secret that is offered for one-time codes until it is confirmed, by whichever instance is asked then.
///
/// # Errors
/// The database failed.
pub async fn offer_totp(
    storage: &Storage,
    unit: &str,
    account: &str,
    secret: &[u8],
) -> Result<(), StorageError> {
    let done: Result<(), Failed<Never>> = storage
        .write(|tx| {
            let (unit, account, secret) = (unit.to_owned(), account.to_owned(), secret.to_vec());
            Box::pin(async move {
                let sql =
                    "UPDATE accounts SET totp_offer = $3 WHERE unit_id = $1 AND account_id = $2";
                sqlx::query(sql)
                    .bind(unit)
                    .bind(account)
                    .bind(secret)
                    .execute(&mut **tx)
                    .await?;
                Ok(())
            })
        })
        .await;
    done.map_err(storage_error)
}

/// Has an account ask for one-time codes of a secret, of which the one of this step was taken; or, without one, no longer.
///
/// # Errors
/// [`AccountRefusal::Unknown`], or the database failed.
pub async fn set_totp(
    storage: &Storage,
    act: &Act,
    unit: &str,
    account: &str,
    totp: Option<(Vec<u8>, i64)>,
) -> Done<Account> {
    storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, account) = (act.clone(), unit.to_owned(), account.to_owned());
            let totp = totp.clone();
            Box::pin(async move {
                let before = known(tx, &unit, &account).await?;
                let action = if totp.is_some() { Action::AddTotp } else { Action::RemoveTotp };
                // Two who confirm at once: the first one's phone counts, and is not taken away by the other's.
                let only_new = if totp.is_some() { " AND totp IS NULL" } else { "" };
                let (secret, step) = totp.map_or((None, 0), |(secret, step)| (Some(secret), step));
                let sql = format!(
                    "UPDATE accounts SET totp = $3, totp_offer = NULL, totp_step = $4, version = version + 1
                     WHERE unit_id = $1 AND account_id = $2{only_new}"
                );
                let set = sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(&unit)
                    .bind(&account)
                    .bind(secret)
                    .bind(step)
                    .execute(&mut **tx)
                    .await?;
                if set.rows_affected() == 0 {
                    return Err(Failed::Refused(Refusal::TotpOn));
                }
                audit::record(tx, &act, &unit, action, &before.name, &json!({})).await?;
                known(tx, &unit, &account).await
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_to_sign_in_by_are_plain() {
        for good in ["an", "nguyen.an", "so-gd_01"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "An", "ân", "a b", "a@b", &"a".repeat(41)] {
            assert_eq!(check_name(bad), Err(Refusal::Name), "{bad}");
        }
    }
}
