//! The audit log: who changed what, with what it was before and after. Rows are added in the same
//! transaction as the change and never altered; the deletion job takes them after 24 months.

use lachan_policy::Role;
use rusqlite::{Transaction, params};
use serde_json::Value;

use crate::error::DbError;

/// Who changes something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The person's account, or what stands for one (`cli:root`).
    pub author: String,
    /// The role the person acts in.
    pub role: Role,
    /// Unix seconds; `None` while the box does not know the time.
    pub at: Option<i64>,
}

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// A group was made.
    AddGroup,
    /// A group's name, tier, subnets, week, mode or cells.
    ChangeGroup,
    /// A group was taken away.
    RemoveGroup,
    /// An exception was made.
    AddException,
    /// An exception was ended.
    EndException,
}

impl Change {
    const ALL: [Self; 5] = [
        Self::AddGroup,
        Self::ChangeGroup,
        Self::RemoveGroup,
        Self::AddException,
        Self::EndException,
    ];

    /// The id used in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::AddGroup => "add-group",
            Self::ChangeGroup => "change-group",
            Self::RemoveGroup => "remove-group",
            Self::AddException => "add-exception",
            Self::EndException => "end-exception",
        }
    }

    pub(crate) fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.id() == id)
    }
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, which only grows.
    pub id: i64,
    /// Who and when.
    pub act: Act,
    /// What.
    pub change: Change,
    /// Of what: a group's name, an exception's number.
    pub subject: String,
    /// The JSON it was, where it was.
    pub before: Option<Value>,
    /// The JSON it became, where it still is.
    pub after: Option<Value>,
}

/// Adds an entry to the change that is under way.
pub(crate) fn record(
    step: &Transaction<'_>,
    act: &Act,
    change: Change,
    subject: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<(), DbError> {
    step.execute(
        "INSERT INTO audit (at, author, role, change, subject, before, after)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            act.at,
            act.author,
            act.role.id(),
            change.id(),
            subject,
            before.map(Value::to_string),
            after.map(Value::to_string),
        ],
    )?;
    Ok(())
}

/// The role of an id.
pub(crate) fn role_named(id: &str) -> Option<Role> {
    [Role::Teacher, Role::School, Role::Department]
        .into_iter()
        .find(|role| role.id() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back() {
        for change in Change::ALL {
            assert_eq!(Change::named(change.id()), Some(change));
        }
        for role in [Role::Teacher, Role::School, Role::Department] {
            assert_eq!(role_named(role.id()), Some(role));
        }
        assert_eq!(Change::named("x"), None);
    }
}
