//! What a check found: how bad it is, what it is, what to do.

use anstyle::{AnsiColor, Style};
use lachan_api::ports::Severity;
use serde_json::{Value, json};

use crate::console::styled;
use crate::words::Words;

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// As it should be.
    Good,
    /// It could not be checked here.
    Unknown,
    /// It works, and something is not as it should be.
    Warning,
    /// It does not work, or devices go round the filter.
    Fault,
}

impl Level {
    /// Its id in JSON.
    const fn id(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }

    const fn mark(self) -> (Style, &'static str) {
        match self {
            Self::Good => (AnsiColor::Green.on_default(), "✓"),
            Self::Unknown => (Style::new().dimmed(), "?"),
            Self::Warning => (AnsiColor::Yellow.on_default(), "!"),
            Self::Fault => (AnsiColor::Red.on_default().bold(), "✗"),
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// Which check: an id that scripts may rely on.
    pub(super) check: &'static str,
    pub(super) level: Level,
    /// What was found.
    pub(super) text: String,
    /// What to do.
    pub(super) remedy: Option<String>,
}

impl Finding {
    fn new(check: &'static str, level: Level, text: String, remedy: Option<String>) -> Self {
        Self {
            check,
            level,
            text,
            remedy,
        }
    }

    /// All is well.
    pub(super) fn good(check: &'static str, text: String) -> Self {
        Self::new(check, Level::Good, text, None)
    }

    /// It could not be checked; the text says why.
    pub(super) fn unknown(check: &'static str, text: String) -> Self {
        Self::new(check, Level::Unknown, text, None)
    }

    /// It could not be checked, and the remedy says how it could.
    pub(super) fn unknown_until(check: &'static str, text: String, remedy: String) -> Self {
        Self::new(check, Level::Unknown, text, Some(remedy))
    }

    /// Not as it should be.
    pub(super) fn warning(check: &'static str, text: String, remedy: String) -> Self {
        Self::new(check, Level::Warning, text, Some(remedy))
    }

    /// Broken.
    pub(super) fn fault(check: &'static str, text: String, remedy: String) -> Self {
        Self::new(check, Level::Fault, text, Some(remedy))
    }

    /// For people: the finding, and the remedy below it.
    pub(super) fn lines(&self, words: Words) -> Vec<String> {
        let (style, mark) = self.level.mark();
        let mut text = self.text.lines();
        let first = text.next().unwrap_or_default();
        let mut lines = vec![format!("  {} {first}", styled(style, mark))];
        lines.extend(text.map(|line| format!("    {line}")));
        if let Some(remedy) = &self.remedy {
            lines.push(format!("    {} {remedy}", styled(style, words.remedy())));
        }
        lines
    }

    /// For the pages.
    pub(super) fn for_web(self) -> lachan_api::ports::Finding {
        lachan_api::ports::Finding {
            code: self.check.to_owned(),
            severity: match self.level {
                Level::Good | Level::Unknown => Severity::Info,
                Level::Warning => Severity::Warning,
                Level::Fault => Severity::Error,
            },
            checked: self.level != Level::Unknown,
            title: self.text,
            remedy: self.remedy,
        }
    }

    /// For programs.
    pub(super) fn as_json(&self) -> Value {
        json!({
            "check": self.check,
            "level": self.level.id(),
            "text": self.text,
            "remedy": self.remedy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_config::Language;

    #[test]
    fn the_remedy_stands_below_what_is_wrong() {
        let finding = Finding::fault("ports", "hỏng\nở đây".into(), "sửa đi".into());
        let lines = finding.lines(Words::new(Language::Vietnamese)).join("\n");
        let plain = anstream::adapter::strip_str(&lines).to_string();
        assert_eq!(plain, "  ✗ hỏng\n    ở đây\n    → sửa đi");
        assert_eq!(finding.as_json()["level"], "fault");
    }
}
