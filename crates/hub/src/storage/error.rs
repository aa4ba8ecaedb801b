//! What goes wrong with the database, and which of it may be tried again.

/// The database failed.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The address of the database is none.
    #[error("{url:?} is no address of a database; use sqlite:FILE or postgres://USER@HOST/NAME")]
    Url {
        /// As it was given, without a password.
        url: String,
    },
    /// It cannot be reached, or a connection was lost again and again.
    #[error("the database cannot be reached")]
    Unreachable(#[source] sqlx::Error),
    /// Others held it for too long.
    #[error("the database is held by others for too long")]
    Busy(#[source] sqlx::Error),
    /// A statement failed.
    #[error("a statement of the database failed")]
    Statement(#[source] sqlx::Error),
    /// Whoever acts is not what she was when her request came in: signed out, of other roles, or of another part.
    #[error("whoever acts may do this no longer")]
    Outdated,
    /// A newer program has moved the tables on.
    #[error(
        "the database is of version {found}, this program knows {known}: use the newer program"
    )]
    Newer {
        /// What the database has.
        found: i64,
        /// What this program has.
        known: i64,
    },
    /// A row holds what this program did not write.
    #[error("a row of {table} cannot be read: {what}")]
    Unreadable {
        /// Of which table.
        table: &'static str,
        /// What of it.
        what: String,
    },
}

/// What may be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Another transaction was first: try again at once.
    Again,
    /// A key is there already: another instance may have written it since we looked. Tried again, once or twice.
    Twice,
    /// No connection: try again until patience ends.
    Reconnect,
    /// None.
    None,
}

/// What may be done, by the codes of both engines.
pub(crate) fn remedy(error: &sqlx::Error) -> Remedy {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Remedy::Reconnect,
        sqlx::Error::Database(told) => {
            let code = told.code().unwrap_or_default();
            match code.as_ref() {
                // serialization_failure, deadlock_detected.
                "40001" | "40P01" => Remedy::Again,
                // unique_violation; SQLite's for a primary key and for another unique one.
                "23505" | "1555" | "2067" => Remedy::Twice,
                // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections.
                "57P01" | "57P02" | "57P03" | "53300" => Remedy::Reconnect,
                code if code.len() == 5 && code.starts_with("08") => Remedy::Reconnect,
                // SQLite's codes hold the kind in the low byte: SQLITE_BUSY, SQLITE_LOCKED.
                code => match code.parse::<u32>() {
                    Ok(number) if code.len() < 5 && matches!(number & 0xFF, 5 | 6) => Remedy::Again,
                    _ => Remedy::None,
                },
            }
        }
        _ => Remedy::None,
    }
}

/// Why something was not done: it was refused, or the database failed.
#[derive(Debug, thiserror::Error)]
pub enum Failed<R> {
    /// It was refused for a reason of its own.
    #[error(transparent)]
    Refused(R),
    /// The database failed.
    #[error(transparent)]
    Storage(StorageError),
    /// A statement failed inside a transaction; what tries transactions turns it into [`Self::Storage`].
    #[error("a statement of the database failed")]
    Statement(#[source] sqlx::Error),
}

impl<R> From<sqlx::Error> for Failed<R> {
    fn from(error: sqlx::Error) -> Self {
        Self::Statement(error)
    }
}

impl<R> From<StorageError> for Failed<R> {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

/// Nothing is refused for a reason of its own: only the database can fail.
#[derive(Debug, thiserror::Error)]
#[error("never")]
pub enum Never {}
