//! Accounts: made, changed and removed by people, one transaction and one audit entry each, synced
//! before the call returns. A removed account is gone at once, its hash and its sessions with it; the
//! audit log keeps the names of those who acted.

use lachan_policy::GroupId;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::Store;
use crate::account::{
    Account, AccountError, NewAccount, Secrets, check_account_name, check_display_name,
};
use crate::audit::{self, Act, Change};
use crate::error::{DbError, keep};
use crate::sessions::{self, SessionHash};

/// The role of which one account always stays: without it nobody could make another.
pub const KEPT_ROLE: &str = "admin";
/// Most accounts of a box: every teacher of the largest school, with room.
pub const MAX_ACCOUNTS: u32 = 1_000;

/// What is to change of an account; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// As [`Account::display_name`].
    pub display_name: Option<String>,
    /// As [`Account::role`].
    pub role: Option<String>,
    /// As [`Account::groups`].
    pub groups: Option<Vec<GroupId>>,
    /// As [`Account::until`]; `Some(None)` takes the end away.
    pub until: Option<Option<i64>>,
    /// As [`Account::language`].
    pub language: Option<String>,
}

impl Store {
    /// Makes an account.
    ///
    /// # Errors
    /// [`AccountError`]: its names, a group, the author, or the database refused.
    pub fn add_account(&self, act: &Act, new: NewAccount) -> Result<Account, AccountError> {
        self.make_account(act, new, false)
    }

    /// Makes the first account of a box, which there is only one of, whoever asks at the same time.
    ///
    /// # Errors
    /// [`AccountError::NotFirst`], else as [`Self::add_account`].
    pub fn add_first_account(&self, act: &Act, new: NewAccount) -> Result<Account, AccountError> {
        self.make_account(act, new, true)
    }

    fn make_account(
        &self,
        act: &Act,
        new: NewAccount,
        is_first: bool,
    ) -> Result<Account, AccountError> {
        act.check()?;
        check_account_name(&new.name)?;
        check_display_name(&new.display_name)?;
        let act = act.clone();
        self.write(move |step| add(step, &act, &new, is_first))
    }

    /// Changes an account that is still at this version. With another role, other groups or another
    /// end its sessions go on: they are looked up with the account at every request.
    ///
    /// # Errors
    /// [`AccountError::Changed`] with the account as it is now, [`AccountError::LastAdmin`], a name
    /// or a group, the author, or the database refused.
    pub fn change_account(
        &self,
        act: &Act,
        id: i64,
        version: i64,
        change: AccountChange,
    ) -> Result<Account, AccountError> {
        act.check()?;
        if let Some(name) = &change.display_name {
            check_display_name(name)?;
        }
        let act = act.clone();
        self.write(move |step| {
            let before = at_version(step, id, version)?;
            let after = changed(&before, change);
            check_groups(step, &after.groups, &before.groups)?;
            if after.role != before.role || after.until != before.until {
                check_stays(step, &before, &after)?;
            }
            update(step, &act, &before, &after)
        })
    }

    /// Removes an account that is still at this version, and ends its sessions.
    ///
    /// # Errors
    /// [`AccountError::Changed`], [`AccountError::LastAdmin`], or the database refused.
    pub fn remove_account(
        &self,
        act: &Act,
        id: i64,
        version: i64,
    ) -> Result<Account, AccountError> {
        act.check()?;
        let act = act.clone();
        self.write(move |step| {
            let before = at_version(step, id, version)?;
            let gone = Account {
                role: String::new(),
                ..before.clone()
            };
            check_stays(step, &before, &gone)?;
            sessions::end_all_of(step, id, None)?;
            step.execute("DELETE FROM accounts WHERE id = ?1", [id])
                .map_err(DbError::from)?;
            let old = before.to_audit();
            audit::record(
                step,
                &act,
                Change::RemoveAccount,
                &before.name,
                Some(&old),
                None,
            )?;
            Ok(before)
        })
    }

    /// Gives an account another password, by its hash, and ends its sessions but the one given.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], the author, or the database refused.
    pub fn set_password(
        &self,
        act: &Act,
        id: i64,
        password: String,
        must_change: bool,
        but: Option<SessionHash>,
    ) -> Result<Account, AccountError> {
        act.check()?;
        let act = act.clone();
        self.write(move |step| {
            let before = known(step, id)?;
            step.execute(
                "UPDATE accounts SET password = ?2, must_change = ?3, version = version + 1
                 WHERE id = ?1",
                params![id, password, must_change],
            )
            .map_err(DbError::from)?;
            sessions::end_all_of(step, id, but.as_ref())?;
            audit::record(step, &act, Change::SetPassword, &before.name, None, None)?;
            known(step, id)
        })
    }

    /// Has an account ask for one-time codes of a secret from now on, of which the one of this step
    /// was taken; or, without one, no longer.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], the author, or the database refused.
    pub fn set_totp(
        &self,
        act: &Act,
        id: i64,
        totp: Option<(Vec<u8>, i64)>,
    ) -> Result<Account, AccountError> {
        act.check()?;
        let act = act.clone();
        self.write(move |step| {
            let before = known(step, id)?;
            let is_added = totp.is_some();
            let (secret, taken) = totp.map_or((None, 0), |(secret, taken)| (Some(secret), taken));
            step.execute(
                "UPDATE accounts SET totp = ?2, totp_step = ?3, version = version + 1
                 WHERE id = ?1",
                params![id, secret, taken],
            )
            .map_err(DbError::from)?;
            let change = if is_added {
                Change::AddTotp
            } else {
                Change::RemoveTotp
            };
            audit::record(step, &act, change, &before.name, None, None)?;
            known(step, id)
        })
    }

    /// Takes the one-time code of a step; `false` when it, or a newer one, was taken before.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn take_totp_step(&self, id: i64, taken: i64) -> Result<bool, DbError> {
        self.write(move |step| {
            let sql = "UPDATE accounts SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2";
            Ok(step.execute(sql, [id, taken])? == 1)
        })
    }
}

const SELECT: &str = "SELECT id, name, display_name, role, groups, until, totp IS NOT NULL,
                             must_change, language, last_seen, version, password, totp
                      FROM accounts";

/// All accounts. One that cannot be read is told in the log and left out.
pub(crate) fn load(connection: &Connection) -> Result<Vec<Account>, DbError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        keep(&mut all, account(row, 0))?;
    }
    Ok(all)
}

/// The account of a name.
pub(crate) fn named(
    connection: &Connection,
    name: &str,
) -> Result<Option<(Account, Secrets)>, DbError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE name = ?1"))?;
    let found = statement
        .query_row([name], |row| Ok(whole(row)))
        .optional()?;
    found.transpose()
}

/// The account of a number.
pub(crate) fn numbered(
    connection: &Connection,
    id: i64,
) -> Result<Option<(Account, Secrets)>, DbError> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
    let found = statement.query_row([id], |row| Ok(whole(row))).optional()?;
    found.transpose()
}

fn whole(row: &Row<'_>) -> Result<(Account, Secrets), DbError> {
    let secrets = Secrets {
        password: row.get(11)?,
        totp: row.get(12)?,
    };
    Ok((account(row, 0)?, secrets))
}

/// Reads an account whose first column is the `from`-th.
pub(crate) fn account(row: &Row<'_>, from: usize) -> Result<Account, DbError> {
    let id = row.get(from)?;
    let groups: String = row.get(from + 4)?;
    let unreadable = |_| DbError::Unreadable {
        table: "accounts",
        id,
    };
    let groups: Vec<u32> = serde_json::from_str(&groups).map_err(unreadable)?;
    Ok(Account {
        id,
        name: row.get(from + 1)?,
        display_name: row.get(from + 2)?,
        role: row.get(from + 3)?,
        groups: groups.into_iter().map(GroupId).collect(),
        until: row.get(from + 5)?,
        has_totp: row.get(from + 6)?,
        must_change_password: row.get(from + 7)?,
        language: row.get(from + 8)?,
        last_seen: row.get(from + 9)?,
        version: row.get(from + 10)?,
    })
}

fn known(step: &Connection, id: i64) -> Result<Account, AccountError> {
    let found = numbered(step, id)?.map(|(account, _)| account);
    found.ok_or_else(|| AccountError::Unknown(id.to_string()))
}

fn at_version(step: &Connection, id: i64, version: i64) -> Result<Account, AccountError> {
    let now = known(step, id)?;
    if now.version == version {
        Ok(now)
    } else {
        Err(AccountError::Changed(Box::new(now)))
    }
}

fn add(
    step: &Transaction<'_>,
    act: &Act,
    new: &NewAccount,
    is_first: bool,
) -> Result<Account, AccountError> {
    let count: u32 = step
        .query_row("SELECT count(*) FROM accounts", [], |row| row.get(0))
        .map_err(DbError::from)?;
    if is_first && count > 0 {
        return Err(AccountError::NotFirst);
    }
    if count >= MAX_ACCOUNTS {
        return Err(AccountError::TooMany);
    }
    if named(step, &new.name)?.is_some() {
        return Err(AccountError::Taken(new.name.clone()));
    }
    check_groups(step, &new.groups, &[])?;
    step.execute(
        "INSERT INTO accounts (name, display_name, role, groups, until, password, must_change,
                               totp_step, language, version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, 1)",
        params![
            new.name,
            new.display_name,
            new.role,
            group_numbers(&new.groups),
            new.until,
            new.password,
            new.must_change_password,
            new.language,
        ],
    )
    .map_err(DbError::from)?;
    let made = known(step, step.last_insert_rowid())?;
    let after = made.to_audit();
    audit::record(
        step,
        act,
        Change::AddAccount,
        &made.name,
        None,
        Some(&after),
    )?;
    Ok(made)
}

fn changed(before: &Account, change: AccountChange) -> Account {
    let mut after = before.clone();
    if let Some(name) = change.display_name {
        after.display_name = name;
    }
    if let Some(role) = change.role {
        after.role = role;
    }
    if let Some(groups) = change.groups {
        after.groups = groups;
    }
    if let Some(until) = change.until {
        after.until = until;
    }
    if let Some(language) = change.language {
        after.language = language;
    }
    after
}

fn update(
    step: &Transaction<'_>,
    act: &Act,
    before: &Account,
    after: &Account,
) -> Result<Account, AccountError> {
    if before == after {
        return Ok(before.clone());
    }
    step.execute(
        "UPDATE accounts SET display_name = ?2, role = ?3, groups = ?4, until = ?5, language = ?6,
                             version = version + 1
         WHERE id = ?1",
        params![
            after.id,
            after.display_name,
            after.role,
            group_numbers(&after.groups),
            after.until,
            after.language,
        ],
    )
    .map_err(DbError::from)?;
    let (old, new) = (before.to_audit(), after.to_audit());
    let change = Change::ChangeAccount;
    audit::record(step, act, change, &after.name, Some(&old), Some(&new))?;
    known(step, after.id)
}

fn group_numbers(groups: &[GroupId]) -> String {
    let numbers: Vec<String> = groups.iter().map(|group| group.0.to_string()).collect();
    format!("[{}]", numbers.join(","))
}

/// Groups that are new to the account must be there; one it had may have been removed since.
fn check_groups(step: &Connection, all: &[GroupId], had: &[GroupId]) -> Result<(), AccountError> {
    let mut statement = step
        .prepare_cached("SELECT 1 FROM groups WHERE id = ?1 AND removed_at IS NULL")
        .map_err(DbError::from)?;
    for group in all.iter().filter(|group| !had.contains(group)) {
        if !statement.exists([group.0]).map_err(DbError::from)? {
            return Err(AccountError::Group(group.0));
        }
    }
    Ok(())
}

/// Whether somebody stays who can make accounts, without an end, when `before` becomes `after`.
fn check_stays(step: &Connection, before: &Account, after: &Account) -> Result<(), AccountError> {
    let keeps = |account: &Account| account.role == KEPT_ROLE && account.until.is_none();
    if !keeps(before) || keeps(after) {
        return Ok(());
    }
    let others = load(step)?;
    let stays = others
        .iter()
        .any(|other| other.id != before.id && keeps(other));
    stays.then_some(()).ok_or(AccountError::LastAdmin)
}
