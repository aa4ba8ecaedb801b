//! `[log]`: what the program says about itself. Never a pupil's query: that is no log level.

/// `[log]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Log {
    /// The least important message that is written.
    pub level: LogLevel,
    /// How messages are written.
    pub format: LogFormat,
}

/// Importance of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LogLevel {
    /// Something does not work.
    Error,
    /// Something will not work for long.
    Warn,
    /// Starts, stops, changes. The default: a few lines a day.
    #[default]
    Info,
    /// For whoever looks for a fault.
    Debug,
    /// For whoever writes the program.
    Trace,
}

impl LogLevel {
    /// The id used in files, which is also what `tracing` calls it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Lines for people. The default: the journal is read by a teacher.
    #[default]
    Text,
    /// One JSON object a line, for a log collector.
    Json,
}
