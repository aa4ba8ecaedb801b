//! The stream of news: one long-lived answer of lines (server-sent events), which says only that there is something to
//! fetch. What is fetched proves itself; the stream needs no more trust than its connection.

use std::fmt;

/// A line without news, often enough that no router forgets the connection.
pub const ALIVE: &str = ":\n\n";
/// Longest event that a box reads, in bytes.
pub const MAX_EVENT: usize = 256;

/// A piece of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Something was published; its number counts up.
    Published(i64),
    /// The department answered a question of this box.
    Answered,
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published(number) => write!(f, "event: published\ndata: {number}\n\n"),
            Self::Answered => f.write_str("event: answered\ndata:\n\n"),
        }
    }
}

impl News {
    /// Reads one event, without the empty line behind it; `None` for what this program does not know.
    #[must_use]
    pub fn read(event: &str) -> Option<Self> {
        let mut name = "";
        let mut data = "";
        for line in event.lines() {
            match line.split_once(':') {
                Some(("event", value)) => name = value.trim(),
                Some(("data", value)) => data = value.trim(),
                _ => {}
            }
        }
        match name {
            "published" => data.parse().ok().map(Self::Published),
            "answered" => Some(Self::Answered),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn news_are_read_back() {
        for news in [News::Published(7), News::Answered] {
            let text = news.to_string();
            assert!(text.len() <= MAX_EVENT && text.ends_with("\n\n"));
            assert_eq!(News::read(text.trim_end()), Some(news));
        }
        assert_eq!(News::read(ALIVE.trim_end()), None);
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in "[a-z:0-9\\n ]{0,60}") {
            let _ = News::read(&text);
        }
    }
}
