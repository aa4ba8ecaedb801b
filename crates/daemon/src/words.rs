//! Every sentence a person at a school reads, in Vietnamese and in English.
//!
//! The macro below makes one function of each, and takes it only with both languages, so none can
//! be missing. Messages of libraries are English and stand as causes below a sentence of ours.

mod backup;
mod ca;
mod certificate;
mod control;
mod doctor;
mod doctor_net;
mod doctor_wall;
mod faults;
mod firewall;
mod lists;
mod people;
mod phrases;
mod profile;
mod proxy;
mod refusals;
mod run;
mod top;
mod usage;
mod why;

use lachan_config::Language;
use lachan_policy::book::Text;

pub(crate) use faults::path;

/// Declares sentences: `name(argument: Type) { vi: "…", en: "…" }`.
macro_rules! words {
    ($($name:ident($($argument:ident: $type:ty),* $(,)?) { vi: $vi:literal, en: $en:literal $(,)? })*) => {
        impl $crate::words::Words {
            $(pub(crate) fn $name(self $(, $argument: $type)*) -> String {
                if self.is_vietnamese() { format!($vi) } else { format!($en) }
            })*
        }
    };
}
pub(crate) use words;

/// The language of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    language: Language,
}

impl Words {
    /// Texts in a language.
    pub(crate) const fn new(language: Language) -> Self {
        Self { language }
    }

    /// The language of the environment, by the order of POSIX: `LC_ALL`, `LC_MESSAGES`, `LANG`.
    pub(crate) fn of_environment() -> Self {
        Self::new(language_of(|name| std::env::var(name).ok()).unwrap_or(Language::English))
    }

    /// As [`Self::of_environment`], or the given language where the environment names none, as
    /// under a service manager.
    pub(crate) fn of_environment_or(language: Language) -> Self {
        Self::new(language_of(|name| std::env::var(name).ok()).unwrap_or(language))
    }

    /// The language.
    pub(crate) const fn language(self) -> Language {
        self.language
    }

    /// Whether it is Vietnamese.
    pub(crate) fn is_vietnamese(self) -> bool {
        self.language == Language::Vietnamese
    }

    /// A text of the policy book.
    pub(crate) fn of(self, text: &Text) -> &str {
        if self.is_vietnamese() {
            &text.vi
        } else {
            &text.en
        }
    }
}

/// The language that the environment names; `None` for the `C` locale, which is no language.
fn language_of(variable: impl Fn(&str) -> Option<String>) -> Option<Language> {
    let given = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(given)?;
    let is_none = locale == "POSIX" || locale == "C" || locale.starts_with("C.");
    (!is_none).then(|| Language::of_locale(&locale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expected: Option<Language>) {
        let found = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(language_of(found), expected, "{variables:?}");
    }

    #[test]
    fn the_locale_gives_the_language() {
        check(&[("LANG", "vi_VN.UTF-8")], Some(Language::Vietnamese));
        check(&[("LANG", "en_US.UTF-8")], Some(Language::English));
        check(
            &[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "vi")],
            Some(Language::Vietnamese),
        );
        check(
            &[("LC_ALL", "en_GB"), ("LANG", "vi_VN")],
            Some(Language::English),
        );
        check(
            &[("LC_ALL", ""), ("LANG", "vi_VN")],
            Some(Language::Vietnamese),
        );
        check(&[("LANG", "C.UTF-8")], None);
        check(&[], None);
    }
}
