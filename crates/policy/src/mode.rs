//! Modes: what a whole group is doing just now.

use serde::{Deserialize, Serialize};

/// A group's mode. What each opens and closes is data (`rules/modes.toml`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The tier's table holds.
    #[default]
    Normal,
    /// Only what the lists know as fit for learning and what people opened; for the youngest only
    /// the walled garden (`rules/garden.toml`) instead.
    AllowlistOnly,
    /// An exam: its own allowlist and what is always open, nothing else.
    Exam,
    /// A lesson over the net: conference tools open, distraction closed.
    OnlineClass,
}

impl Mode {
    /// The id used in files and in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::AllowlistOnly => "allowlist-only",
            Self::Exam => "exam",
            Self::OnlineClass => "online-class",
        }
    }
}
