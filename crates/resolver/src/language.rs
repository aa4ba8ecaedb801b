//! The language of what clients are told: the reasons of Extended DNS Errors, and the answers to
//! "why?". It is the school's, since a query names none.

/// A language. Every text stands in both, side by side where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vietnamese,
    /// English.
    English,
}

impl Language {
    /// The text of this language.
    #[inline]
    pub(crate) const fn of<'t>(self, vi: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Vietnamese => vi,
            Self::English => en,
        }
    }

    /// A text of the policy book.
    #[inline]
    pub(crate) fn of_book(self, text: &lachan_policy::book::Text) -> &str {
        self.of(&text.vi, &text.en)
    }

    /// Its tag (RFC 5646).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }
}
