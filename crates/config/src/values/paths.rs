//! `[paths]`: where things lie. All absolute, so that nothing depends on where the box was started.

use std::path::{Path, PathBuf};

/// Default data folder, the one the Filesystem Hierarchy Standard (§5.8) gives to programs.
pub const DEFAULT_DATA: &str = "/var/lib/lachan";

/// Default folder of the shipped knowledge, where the package puts it.
pub const DEFAULT_RULES: &str = "/usr/share/lachan/rules";

/// `[paths]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paths {
    /// What the box writes: database, lists, keys, state.
    pub data: PathBuf,
    /// The shipped knowledge (`rules/` of the project).
    pub rules: PathBuf,
    /// The compiled ruleset in use.
    pub ruleset: PathBuf,
}

impl Paths {
    /// All paths at their defaults below a data folder.
    #[must_use]
    pub fn below(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            rules: PathBuf::from(DEFAULT_RULES),
            ruleset: data.join("lists").join("current.ruleset"),
        }
    }

    /// The database: what people do, events, counters.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data.join("lachan.db")
    }

    /// Bundles and rulesets.
    #[must_use]
    pub fn lists(&self) -> PathBuf {
        self.data.join("lists")
    }

    /// Keys, trusted metadata, cache snapshot.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.data.join("state")
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self::below(Path::new(DEFAULT_DATA))
    }
}
