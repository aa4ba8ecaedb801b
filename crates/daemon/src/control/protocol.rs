//! The lines that cross the control socket.
//!
//! A request is one line: `{"v":1,"do":"flush-cache","name":"vnedu.vn","below":true}`. An answer is
//! one line, of `top` one after the other: `{"v":1,"answer":{"flushed":{"count":2}}}`. Whoever is of
//! another version is told so in words both understand.

use lachan_policy::Name;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::view::{FirewallView, Sample, Status};

/// The version of the lines.
pub(crate) const VERSION: u64 = 1;
/// Longest request, the line's end included: a name has at most 253 characters, in JSON perhaps
/// six bytes each.
pub(crate) const MAX_REQUEST: usize = 4096;
/// Longest answer: a status with the most upstreams and groups a box may have is far below.
pub(crate) const MAX_ANSWER: usize = 4 << 20;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// What is running, and how it fares.
    Status,
    /// The page of figures.
    Metrics,
    /// A sample each second, until the asker goes.
    Top,
    /// Read everything again.
    Reload,
    /// Forget cached answers.
    FlushCache {
        /// Of this name; of all without one.
        name: Option<Box<Name>>,
        /// Also of what lies below it.
        below: bool,
    },
    /// Take the firewall's rules away for so many seconds; put them back without any.
    Firewall {
        /// For how long.
        off: Option<u32>,
    },
}

/// A request as it is written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    v: u64,
    #[serde(rename = "do")]
    what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    below: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    off: Option<u32>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// To `status`.
    Status(Box<Status>),
    /// To `top`, each second.
    Sample(Box<Sample>),
    /// To `metrics`.
    Metrics {
        /// The page, in the text format of Prometheus.
        text: String,
    },
    /// To `reload`.
    Reloaded {
        /// Whether settings changed that only a restart takes up.
        needs_restart: bool,
    },
    /// To `flush-cache`.
    Flushed {
        /// How many answers were forgotten.
        count: usize,
    },
    /// To `firewall`.
    Firewall(FirewallView),
    /// To what cannot be done.
    Error {
        /// Which kind of error.
        code: ErrorCode,
        /// What is wrong, in English or, of the settings, in the school's language.
        text: String,
    },
}

/// A kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ErrorCode {
    /// The line is no request.
    BadRequest,
    /// The line is of another version.
    Version,
    /// The settings have mistakes.
    Settings,
    /// The firewall could not be changed.
    Firewall,
    /// Too many are asking.
    Busy,
    /// The filter is stopping.
    Stopping,
    /// One this program does not know.
    #[serde(other)]
    Other,
}

/// An answer as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    v: u64,
    answer: Answer,
}

/// Why a line cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineError {
    /// Another version.
    #[error("this speaks version {VERSION} of the control socket's lines, not {0}")]
    Version(u64),
    /// No request or answer.
    #[error("this is no line of the control socket: {0}")]
    Form(String),
    /// No such request.
    #[error(
        "there is no request {0:?}; there are status, metrics, top, reload, flush-cache and firewall"
    )]
    Unknown(String),
}

impl LineError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Version(_) => ErrorCode::Version,
            Self::Form(_) | Self::Unknown(_) => ErrorCode::BadRequest,
        }
    }
}

impl From<LineError> for Answer {
    fn from(error: LineError) -> Self {
        Self::Error {
            code: error.code(),
            text: error.to_string(),
        }
    }
}

impl Request {
    /// The line, its end included.
    pub(crate) fn to_line(&self) -> String {
        let what = match self {
            Self::Status => "status",
            Self::Metrics => "metrics",
            Self::Top => "top",
            Self::Reload => "reload",
            Self::FlushCache { .. } => "flush-cache",
            Self::Firewall { .. } => "firewall",
        };
        let mut line = Line {
            v: VERSION,
            what: what.to_owned(),
            ..Line::default()
        };
        if let Self::FlushCache { name, below } = self {
            line.name = name.as_ref().map(ToString::to_string);
            line.below = *below;
        }
        if let Self::Firewall { off } = self {
            line.off = *off;
        }
        written(&line)
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`LineError`].
    pub(crate) fn from_line(line: &[u8]) -> Result<Self, LineError> {
        let line: Line = read(line)?;
        let is_flush = line.what == "flush-cache";
        if !is_flush && (line.name.is_some() || line.below) {
            return Err(LineError::Form("only flush-cache takes a name".to_owned()));
        }
        if line.what != "firewall" && line.off.is_some() {
            return Err(LineError::Form("only firewall takes a time".to_owned()));
        }
        Ok(match line.what.as_str() {
            "status" => Self::Status,
            "metrics" => Self::Metrics,
            "top" => Self::Top,
            "reload" => Self::Reload,
            "flush-cache" => Self::FlushCache {
                name: line.name.as_deref().map(name).transpose()?,
                below: line.below,
            },
            "firewall" => Self::Firewall { off: line.off },
            other => return Err(LineError::Unknown(other.chars().take(40).collect())),
        })
    }
}

fn name(text: &str) -> Result<Box<Name>, LineError> {
    Name::from_text(text)
        .map(Box::new)
        .map_err(|error| LineError::Form(format!("the name: {error}")))
}

impl Answer {
    /// The line, its end included.
    pub(crate) fn into_line(self) -> String {
        written(&Envelope {
            v: VERSION,
            answer: self,
        })
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`LineError`].
    pub(crate) fn from_line(line: &[u8]) -> Result<Self, LineError> {
        read(line).map(|envelope: Envelope| envelope.answer)
    }
}

/// The version is judged first: the rest may mean something else in another one.
fn read<T: serde::de::DeserializeOwned>(line: &[u8]) -> Result<T, LineError> {
    let form = |error: serde_json::Error| LineError::Form(error.to_string());
    let value: Value = serde_json::from_slice(line).map_err(form)?;
    match value.get("v").and_then(Value::as_u64) {
        Some(VERSION) => serde_json::from_value(value).map_err(form),
        Some(other) => Err(LineError::Version(other)),
        None => Err(LineError::Form("its version \"v\" is missing".to_owned())),
    }
}

fn written(value: &impl Serialize) -> String {
    // Our types are maps with text keys, which cannot fail to be written.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

/// Feeds the readers with what might come.
pub(crate) fn fuzz(bytes: &[u8]) {
    if let Ok(request) = Request::from_line(bytes) {
        assert_eq!(
            Request::from_line(request.to_line().as_bytes()),
            Ok(request)
        );
    }
    let _ = Answer::from_line(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str, expected: Result<Request, LineError>) {
        assert_eq!(Request::from_line(line.as_bytes()), expected, "{line}");
    }

    #[test]
    fn every_request_reads_back_as_it_was() {
        let name = Name::from_text("vnedu.vn").unwrap();
        for request in [
            Request::Status,
            Request::Metrics,
            Request::Top,
            Request::Reload,
            Request::FlushCache {
                name: None,
                below: false,
            },
            Request::FlushCache {
                name: Some(Box::new(name)),
                below: true,
            },
        ] {
            let line = request.to_line();
            assert!(line.ends_with('\n') && line.len() <= MAX_REQUEST);
            check(&line, Ok(request));
        }
    }

    #[test]
    fn another_version_is_told_whatever_else_the_line_holds() {
        check(
            r#"{"v":2,"do":"dance","fast":true}"#,
            Err(LineError::Version(2)),
        );
        assert_eq!(
            Answer::from_line(br#"{"v":9,"answer":{"new":1}}"#),
            Err(LineError::Version(9))
        );
    }

    #[test]
    fn what_is_no_request_is_refused() {
        check(
            r#"{"v":1,"do":"dance"}"#,
            Err(LineError::Unknown("dance".into())),
        );
        for line in [
            "",
            "status",
            "{}",
            r#"{"do":"status"}"#,
            r#"{"v":1}"#,
            r#"{"v":1,"do":"status","more":1}"#,
            r#"{"v":1,"do":"status","name":"a.vn"}"#,
            r#"{"v":1,"do":"flush-cache","name":"a b"}"#,
            r#"{"v":"1","do":"status"}"#,
        ] {
            let error = Request::from_line(line.as_bytes()).unwrap_err();
            assert!(matches!(error, LineError::Form(_)), "{line}: {error}");
        }
    }

    #[test]
    fn answers_read_back_as_they_were() {
        for answer in [
            Answer::Flushed { count: 2 },
            Answer::from(LineError::Version(7)),
            Answer::Metrics {
                text: "a 1\n".into(),
            },
        ] {
            assert_eq!(
                Answer::from_line(answer.clone().into_line().as_bytes()),
                Ok(answer)
            );
        }
        let line = br#"{"v":1,"answer":{"error":{"code":"brand-new","text":"x"}}}"#;
        let Ok(Answer::Error { code, .. }) = Answer::from_line(line) else {
            panic!("an error of an unknown kind is still an error");
        };
        assert_eq!(code, ErrorCode::Other);
    }

    proptest! {
        #[test]
        fn no_line_upsets_the_readers(line in "\\PC{0,120}") {
            fuzz(line.as_bytes());
        }
    }
}
