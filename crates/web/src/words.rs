//! Texts in the two languages of every screen.

use lachan_policy::book::Text;

/// A language of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Vietnamese, which stands first unless a school wants it otherwise.
    #[default]
    Vietnamese,
    /// English.
    English,
}

/// One text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words<'w> {
    /// Vietnamese.
    pub vi: &'w str,
    /// English.
    pub en: &'w str,
}

impl Language {
    /// Its tag (RFC 5646).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Vietnamese => Self::English,
            Self::English => Self::Vietnamese,
        }
    }
}

impl<'w> Words<'w> {
    /// A text in both languages.
    #[must_use]
    pub const fn new(vi: &'w str, en: &'w str) -> Self {
        Self { vi, en }
    }

    /// The text of a language.
    #[must_use]
    pub const fn of(self, language: Language) -> &'w str {
        match language {
            Language::Vietnamese => self.vi,
            Language::English => self.en,
        }
    }
}

impl<'w> From<&'w Text> for Words<'w> {
    fn from(text: &'w Text) -> Self {
        Self::new(&text.vi, &text.en)
    }
}
