//! Names that no inspection ever opens up: a locked list of the book, beside what the lists' own
//! flags say.

use serde::{Deserialize, Serialize};

use crate::category::{Category, CategorySet};
use crate::name::{Name, Scope};

/// The locked list as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NeverInspectedData {
    /// Entries in the syntax of `rules/` (`a.vn`, `=a.vn`, `*.a.vn`).
    pub names: Vec<String>,
    /// Categories whose names are never inspected, wherever they are listed.
    pub categories: Vec<Category>,
}

/// The locked list, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NeverInspected {
    entries: Box<[(Name, Scope)]>,
    categories: CategorySet,
}

impl NeverInspected {
    /// Reads the stored form.
    ///
    /// # Errors
    /// The first entry that is none: a list with a hole is no lock.
    pub(crate) fn new(data: &NeverInspectedData) -> Result<Self, String> {
        let read = |text: &String| Scope::parse_entry(text).map_err(|_| text.clone());
        Ok(Self {
            entries: data.names.iter().map(read).collect::<Result<_, _>>()?,
            categories: data.categories.iter().copied().collect(),
        })
    }

    /// Whether there is none: the book is older than the list, and nothing may be inspected by it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[(Name, Scope)] {
        &self.entries
    }

    /// The categories.
    #[must_use]
    pub fn categories(&self) -> CategorySet {
        self.categories
    }

    /// Whether a name is on the list.
    #[must_use]
    pub fn covers(&self, name: &Name) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|(entry, scope)| name.is_within(entry) && scope.covers(name != entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Result<NeverInspected, String> {
        NeverInspected::new(&NeverInspectedData {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            categories: Vec::new(),
        })
    }

    #[test]
    fn entries_reach_as_far_as_they_are_written() {
        let list = list(&["gov.vn", "=pay.example", "*.school.example"]).unwrap();
        let covers = |name| list.covers(&Name::from_text(name).unwrap());
        for name in ["gov.vn", "a.b.gov.vn", "pay.example", "x.school.example"] {
            assert!(covers(name), "{name}");
        }
        for name in ["ov.vn", "notgov.vn", "a.pay.example", "school.example"] {
            assert!(!covers(name), "{name}");
        }
    }

    #[test]
    fn a_list_with_a_hole_is_none() {
        assert_eq!(list(&["a.vn", "a b"]), Err("a b".to_owned()));
        assert!(list(&[]).unwrap().is_empty());
    }
}
