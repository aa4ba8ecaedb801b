//! What can go wrong between the store and its file, told so that somebody at a school can act.
//!
//! Each operation has its own error type beside it; this is the part they share.

use rusqlite::ErrorCode;

/// Why the database did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The disk, or the size the database may have, is used up.
    #[error("the disk is full, so nothing was saved; free some space and try again")]
    Full(#[source] rusqlite::Error),
    /// Another process holds the database.
    #[error(
        "another program holds the database, so nothing was saved; close it (a backup, a database \
         viewer) and try again"
    )]
    Locked(#[source] rusqlite::Error),
    /// The file is damaged.
    #[error(
        "the database file is damaged; restart Lá Chắn, which sets the damaged file aside and \
         starts a new one"
    )]
    Corrupt(#[source] rusqlite::Error),
    /// The disk did not read or write.
    #[error("the disk reports a read or write error; check the card or disk, it may be failing")]
    Io(#[source] rusqlite::Error),
    /// The file cannot be opened or written by this user.
    #[error("the database cannot be opened or written by this user; check owner and permissions")]
    Denied(#[source] rusqlite::Error),
    /// A stored value is none that this program writes.
    #[error("row {id} of the table {table} holds a value this version cannot read; update Lá Chắn")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The row.
        id: i64,
    },
    /// SQLite refused a statement of ours.
    #[error("SQLite refused a statement; this is a fault in Lá Chắn, please report it")]
    Statement(#[source] rusqlite::Error),
    /// What was asked needs the time, which the box does not know yet.
    #[error("the box does not know the time yet; wait until it has reached a time server")]
    ClockUnknown,
    /// The store was closed, or its writer died.
    #[error("the store is closed; restart Lá Chắn")]
    Closed,
}

impl DbError {
    /// Whether the file itself is damaged and no retry can help.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt(_))
    }

    /// Whether the disk or the allowed size is used up.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether waiting may help.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Locked(_))
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(error),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error),
            Some(ErrorCode::SystemIoFailure) => Self::Io(error),
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::Denied(error)
            }
            _ => Self::Statement(error),
        }
    }
}

/// The error and its causes in one line, for the log and for [`crate::Health`].
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Takes a row that could be read; one that could not is told in the log and left out, so that one
/// damaged row does not hide all the others.
pub(crate) fn keep<T>(rows: &mut Vec<T>, row: Result<T, DbError>) -> Result<(), DbError> {
    match row {
        Ok(row) => rows.push(row),
        Err(error @ DbError::Unreadable { .. }) => tracing::error!(%error, "a row is left out"),
        Err(error) => return Err(error),
    }
    Ok(())
}
