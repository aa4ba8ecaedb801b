//! Why an update was refused.

use std::fmt;
use std::io;

use lachan_wire::tuf::{FormatError, ThresholdError, time};

use super::fetch::FetchError;

/// A role of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Who may sign what.
    Root,
    /// Which snapshot is the newest.
    Timestamp,
    /// Which versions belong together.
    Snapshot,
    /// Who may name files.
    Targets,
    /// A role below targets.
    Delegated(String),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "root",
            Self::Timestamp => "timestamp",
            Self::Snapshot => "snapshot",
            Self::Targets => "targets",
            Self::Delegated(name) => name,
        })
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The root that came with the program or with enrolment.
    #[error("the trusted root cannot be used")]
    Format(#[from] FormatError),
    /// It is not signed by its own keys.
    #[error("the trusted root is not signed by its own keys")]
    Threshold(#[from] ThresholdError),
    /// The disk.
    #[error("the trusted root cannot be kept")]
    Store(#[source] io::Error),
}

/// Why an update was refused. What was trusted before still is.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// A file did not come.
    #[error("the file of {role} did not come")]
    Fetch {
        /// Whose file.
        role: Role,
        /// Why.
        #[source]
        source: FetchError,
    },
    /// A file is no metadata.
    #[error("what came as {role} is none")]
    Format {
        /// Whose file.
        role: Role,
        /// Why.
        #[source]
        source: FormatError,
    },
    /// Too few of the right signatures.
    #[error("{role} is not signed as it must be")]
    Threshold {
        /// Whose file.
        role: Role,
        /// How many there are.
        #[source]
        source: ThresholdError,
    },
    /// An older version than one that was trusted already.
    #[error("{role} would go back from version {trusted} to {offered}")]
    Rollback {
        /// Whose file.
        role: Role,
        /// The version that was trusted.
        trusted: u64,
        /// The version that was offered; 0 when it is named no more.
        offered: u64,
    },
    /// Another version than the one named for it.
    #[error("{role} has version {found} where {expected} was named")]
    Version {
        /// Whose file.
        role: Role,
        /// The version that was named.
        expected: u64,
        /// The version it has.
        found: u64,
    },
    /// Another content than the one named for it.
    #[error("{role} has another content than was signed for it")]
    Content {
        /// Whose file.
        role: Role,
    },
    /// It has ended.
    #[error("{role} ended at {}", time::text(*.since))]
    Expired {
        /// Whose file.
        role: Role,
        /// When, in Unix seconds.
        since: i64,
    },
    /// The snapshot does not name it.
    #[error("the snapshot does not name {role}")]
    NotNamed {
        /// Whose file.
        role: Role,
    },
    /// More delegations than a search may follow.
    #[error("more than {most} delegated roles would have to be asked")]
    TooManyRoles {
        /// How many a search may follow.
        most: usize,
    },
    /// Nothing was refreshed yet.
    #[error("the repository was not refreshed yet")]
    NotRefreshed,
    /// The disk.
    #[error("{role} cannot be kept")]
    Store {
        /// Whose file.
        role: Role,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl RefreshError {
    /// A stable word for interfaces and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Fetch { .. } => "not-fetched",
            Self::Format { .. } => "not-metadata",
            Self::Threshold { .. } => "not-signed",
            Self::Rollback { .. } => "rollback",
            Self::Version { .. } => "wrong-version",
            Self::Content { .. } => "wrong-content",
            Self::Expired { .. } => "expired",
            Self::NotNamed { .. } => "not-named",
            Self::TooManyRoles { .. } => "too-many-roles",
            Self::NotRefreshed => "not-refreshed",
            Self::Store { .. } => "not-kept",
        }
    }

    /// Whether the line or the server is at fault, so that trying again may help.
    #[must_use]
    pub const fn is_of_the_line(&self) -> bool {
        matches!(self, Self::Fetch { .. })
    }
}
