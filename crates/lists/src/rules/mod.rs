//! The shipped knowledge of `rules/`: read, checked, and turned into the policy book and lists.
//!
//! Every mistake of every file is found in one run. The files and their formats are described in
//! `rules/README.md`; what must hold between them is checked by `check.rs`.

mod check;
mod files;
mod heuristics;
mod load;
mod phrases;

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use lachan_policy::book::BookData;
use lachan_policy::phrases::PhrasesData;
use lachan_policy::ruleset::ListClass;
use lachan_policy::{Category, Name, Scope, Subnet};

use crate::compile::{CompileError, Compiler, ListSpec};
use load::Loader;

pub use files::{Help, Source};

/// The content of a `rules/` folder.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Categories, tiers, services, safe forms and modes.
    pub book: BookData,
    /// Every list of names, with the entries as written.
    pub lists: Vec<RuleList>,
    /// Address ranges by the position of their list.
    pub nets: Vec<(usize, Subnet)>,
    /// Names that stand for many tenants.
    pub tenants: HashSet<Name>,
    /// Well-known names, for the report of what a list would newly block.
    pub popular: Vec<Name>,
    /// Where a child finds help.
    pub help: Vec<Help>,
    /// Public lists a department may subscribe to.
    pub sources: Vec<Source>,
    /// The phrases by which pages are scored.
    pub phrases: PhrasesData,
}

/// One list of the folder.
#[derive(Debug, Clone)]
pub struct RuleList {
    /// Id, class, category.
    pub spec: ListSpec,
    /// The file it stands in, relative to the folder.
    pub file: String,
    /// Its entries.
    pub entries: Vec<(Name, Scope)>,
}

/// One mistake in a rules file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file, relative to the folder.
    pub file: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.problem)
    }
}

/// Why a folder of rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A file cannot be read.
    #[error("{path} cannot be read; is this the rules folder?")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What is wrong in the files, all of it.
    #[error("{} mistakes in the rules:\n{}", .0.len(), lines(.0))]
    Mistakes(Vec<Mistake>),
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

impl Rules {
    /// Reads and checks a folder.
    ///
    /// # Errors
    /// [`RulesError::Mistakes`] with every mistake found, or the file that cannot be read.
    pub fn load(folder: &Path) -> Result<Self, RulesError> {
        let mut loader = Loader {
            folder,
            rules: Self::default(),
            mistakes: Vec::new(),
        };
        loader.load()?;
        let Loader {
            rules,
            mut mistakes,
            ..
        } = loader;
        check::check(&rules, &mut mistakes);
        if mistakes.is_empty() {
            Ok(rules)
        } else {
            Err(RulesError::Mistakes(mistakes))
        }
    }

    /// The category of an id.
    #[must_use]
    pub fn category(&self, id: &str) -> Option<Category> {
        self.book
            .categories
            .iter()
            .find(|info| info.id == id)
            .map(|info| info.bit)
    }

    /// Each name of the popular, always-open and protected lists, exactly as it stands there: what may
    /// be remembered on the disk. A help line never is, and neither is what an entry says only of the
    /// names below it. Some come twice.
    pub fn well_known(&self) -> impl Iterator<Item = Name> + '_ {
        let entries = |class: ListClass| {
            let lists = self.lists.iter();
            lists
                .filter(move |list| list.spec.info.class == class)
                .flat_map(|list| &list.entries)
                .filter(|(_, scope)| scope.covers_itself())
                .map(|(name, _)| *name)
        };
        let help: Vec<Name> = entries(ListClass::Help).collect();
        self.popular
            .iter()
            .copied()
            .chain(entries(ListClass::AlwaysOpen))
            .chain(entries(ListClass::Protected))
            .filter(move |name| !help.iter().any(|help| name.is_within(help)))
    }

    /// Hands all lists to a compiler.
    ///
    /// # Errors
    /// When a list's id is taken, or the disk is full.
    pub fn compile_into(&self, compiler: &mut Compiler) -> Result<(), CompileError> {
        let mut handles = Vec::new();
        for list in &self.lists {
            let handle = compiler.list(list.spec.clone())?;
            handles.push(handle);
            for (name, scope) in &list.entries {
                // What would be rejected was a mistake at loading.
                let _ = compiler
                    .name(handle, name, *scope, true)
                    .map_err(|source| CompileError::Io {
                        path: PathBuf::from(&list.file),
                        source,
                    })?;
            }
        }
        for name in &self.popular {
            compiler.familiar(name);
        }
        compiler.phrases(self.phrases.clone());
        for (list, net) in &self.nets {
            compiler.net(handles[*list], net.first(), net.last());
        }
        Ok(())
    }
}
