//! The compiler: any number of lists to one ruleset file.
//!
//! ```text
//!  entries ─► admit (public suffixes, tenants, depth) ─► sort (runs on disk) ─┬─► pass 1: rows, counts
//!                                                                             └─► pass 2: text, table ─► file
//! ```
//!
//! Memory is bounded whatever the number of names: the sorter's limit, then the table (8.4 bytes a
//! name). The result replaces the old file only when it is whole and on the disk.

mod admit;
mod familiar;
mod file;
mod group;
pub(crate) mod key;
mod nets;
mod rows;
mod sort;
mod table;
mod urls;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use lachan_policy::book::{Book, BookData, BookError};
use lachan_policy::phrases::PhrasesData;
use lachan_policy::ruleset::{ListClass, ListInfo, sealed_digest};
use lachan_policy::{Name, Scope};

pub use admit::Rejection;
pub use group::SharedParent;
pub(crate) use key::name_of_key;
pub(crate) use sort::shared_prefix;

use crate::formats::Item;
use nets::Nets;
use sort::{Mark, Payload, Sorter};
use urls::{LONGEST_PATH, Urls};

/// Memory the sorter may use before it writes runs to the disk, in bytes.
pub const DEFAULT_SORT_MEMORY: usize = 96 << 20;

/// Most familiar names a ruleset holds: far beyond what people know, and a bound of memory.
const MOST_FAMILIAR: usize = 1 << 15;

/// How to compile.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bound of the sorter's memory, in bytes.
    pub sort_memory: usize,
    /// Where its runs go; beside the result when `None`, because /tmp is often memory.
    pub temporary: Option<PathBuf>,
    /// Unix seconds to note as the time of the build.
    pub built: i64,
    /// Key of the name hash; random when `None`. Fix it only to compare files byte for byte.
    pub seed: Option<u64>,
    /// Names that stand for many tenants: an entry for one blocks itself, not its tenants, unless
    /// its list says so.
    pub tenants: HashSet<Name>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sort_memory: DEFAULT_SORT_MEMORY,
            temporary: None,
            built: 0,
            seed: None,
            tenants: HashSet::new(),
        }
    }
}

/// One list to compile.
#[derive(Debug, Clone)]
pub struct ListSpec {
    /// What the ruleset says of it.
    pub info: ListInfo,
    /// The list means tenants too when it names a shared host.
    pub covers_tenants: bool,
    /// The list may name public suffixes and top-level domains.
    pub public_suffixes: bool,
}

impl ListSpec {
    /// A list of that id, class and category, with nothing special.
    #[must_use]
    pub fn new(id: &str, class: ListClass, category: Option<lachan_policy::Category>) -> Self {
        let info = ListInfo {
            id: id.to_owned(),
            class,
            category,
            param: 0,
            bypass: None,
            source: String::new(),
            licence: String::new(),
            entries: 0,
            refused: 0,
        };
        Self {
            info,
            covers_tenants: false,
            public_suffixes: false,
        }
    }
}

/// A list being compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListHandle(u16);

/// Why nothing was compiled. The old ruleset stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The policy book.
    #[error("the rules cannot be used")]
    Book(#[from] BookError),
    /// More lists than a ruleset holds.
    #[error("there are more than 65,535 lists")]
    TooManyLists,
    /// Two lists with one id.
    #[error("two lists have the id {0:?}; give each its own")]
    DuplicateList(String),
    /// No table could be filled; tried with several keys.
    #[error("the names could not be placed in the table; this should not happen, please report it")]
    Table,
    /// Reading, sorting or writing.
    #[error("{path}: the ruleset could not be written (is the disk full?)")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl CompileError {
    /// Whether the disk was full.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull)
    }
}

/// What a list gave and what was refused of it, beyond what its reader refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ListReport {
    /// The list's id.
    pub id: String,
    /// Distinct entries kept.
    pub entries: u64,
    /// Names kept without what lies below, because they stand for many tenants.
    pub narrowed: u64,
    /// Entries refused here, by the id of the reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Allows of the list that a parent in it still covers.
    pub covered_allows: Vec<String>,
}

/// What a compilation did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Distinct names.
    pub names: u64,
    /// Distinct combinations of lists.
    pub rows: u64,
    /// Bytes that look-ups touch: table, rows, sources, overflow.
    pub hot_bytes: u64,
    /// Bytes of the text and its index.
    pub cold_bytes: u64,
    /// Bytes of the whole file.
    pub file_bytes: u64,
    /// Names that lists took off themselves.
    pub taken_off: u64,
    /// By list.
    pub lists: Vec<ListReport>,
    /// Listed names that many listed names lie below, most first.
    #[serde(skip)]
    pub shared_parents: Vec<SharedParent>,
}

/// Told how far the compilation is; `()` ignores it.
pub trait Progress {
    /// A stage begins; `total` steps of it, 0 when not known.
    fn stage(&mut self, stage: Stage, total: u64);
    /// So many steps more are done.
    fn advance(&mut self, steps: u64);
}

impl Progress for () {
    fn stage(&mut self, _: Stage, _: u64) {}
    fn advance(&mut self, _: u64) {}
}

/// A stage of the compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Sorting, and finding what lists say together.
    Sort,
    /// Writing text and table.
    Write,
    /// Flushing to the disk.
    Flush,
}

/// Collects lists, then writes the ruleset.
pub struct Compiler {
    book: BookData,
    options: Options,
    specs: Vec<ListSpec>,
    reports: Vec<ListReport>,
    sorter: Sorter,
    nets: Nets,
    urls: Urls,
    expressions: Vec<(u16, String)>,
    sealed_key: [u8; 16],
    sealed: Vec<(u128, u16)>,
    familiar: BTreeSet<Name>,
    phrases: PhrasesData,
}

impl Compiler {
    /// A compiler for the ruleset that will stand at `target`.
    ///
    /// # Errors
    /// [`CompileError::Book`] when the book cannot be used.
    pub fn new(book: BookData, target: &Path, options: Options) -> Result<Self, CompileError> {
        Book::new(book.clone())?;
        let beside = target
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = options
            .temporary
            .as_deref()
            .or(beside)
            .unwrap_or_else(|| Path::new("."))
            .to_owned();
        Ok(Self {
            book,
            specs: Vec::new(),
            reports: Vec::new(),
            sorter: Sorter::new(&folder, options.sort_memory),
            nets: Nets::default(),
            urls: Urls::default(),
            expressions: Vec::new(),
            sealed_key: [0; 16],
            sealed: Vec::new(),
            familiar: BTreeSet::new(),
            phrases: PhrasesData::default(),
            options,
        })
    }

    /// Announces a list.
    ///
    /// # Errors
    /// [`CompileError::TooManyLists`], [`CompileError::DuplicateList`].
    pub fn list(&mut self, spec: ListSpec) -> Result<ListHandle, CompileError> {
        let number = u16::try_from(self.specs.len()).map_err(|_| CompileError::TooManyLists)?;
        if self.specs.iter().any(|other| other.info.id == spec.info.id) {
            return Err(CompileError::DuplicateList(spec.info.id));
        }
        self.reports.push(ListReport {
            id: spec.info.id.clone(),
            ..ListReport::default()
        });
        self.specs.push(spec);
        Ok(ListHandle(number))
    }

    /// Takes an entry for a name. `says_tenants`: the entry itself says that it means everything
    /// below (`*.name`).
    ///
    /// # Errors
    /// When a run cannot be written to the disk. An entry that is not admitted is counted and
    /// given back as `Ok(Err(…))`, so that the caller can show it with its line.
    pub fn name(
        &mut self,
        list: ListHandle,
        name: &Name,
        scope: Scope,
        says_tenants: bool,
    ) -> io::Result<Result<(), Rejection>> {
        self.entry(list, name, scope, says_tenants, false)
    }

    /// Takes an item of a list's reader; see [`Self::name`].
    ///
    /// # Errors
    /// As [`Self::name`].
    pub fn item(&mut self, list: ListHandle, item: Item) -> io::Result<Result<(), Rejection>> {
        match item {
            Item::Name {
                name,
                scope,
                says_tenants,
                important,
            } => {
                return self.entry(list, &name, scope, says_tenants, important);
            }
            Item::Allow {
                name,
                scope,
                important,
            } => {
                let mark = match (scope, important) {
                    (Scope::Exact, false) => Mark::AllowExact,
                    (Scope::Exact, true) => Mark::Cancel,
                    (Scope::Below, _) => Mark::AllowBelow,
                    (Scope::Suffix, false) => Mark::AllowSuffix,
                    (Scope::Suffix, true) => Mark::AllowImportant,
                };
                self.sorter.push(&name, Payload { list: list.0, mark })?;
            }
            Item::Cancel { name, .. } => {
                self.sorter.push(
                    &name,
                    Payload {
                        list: list.0,
                        mark: Mark::Cancel,
                    },
                )?;
            }
            Item::Net(range) => {
                let (first, last) = range.bits();
                self.nets.push(first, last, list.0);
            }
            Item::Url { host, path } => return Ok(self.url(list, host, path)),
            Item::Expression(expression) => self.expressions.push((list.0, expression)),
        }
        Ok(Ok(()))
    }

    fn entry(
        &mut self,
        list: ListHandle,
        name: &Name,
        scope: Scope,
        says_tenants: bool,
        important: bool,
    ) -> io::Result<Result<(), Rejection>> {
        let spec = &self.specs[usize::from(list.0)];
        let admitted = match admit::admit(spec, &self.options.tenants, name, scope, says_tenants) {
            Ok(admitted) => admitted,
            Err(rejection) => {
                self.reject(list, rejection);
                return Ok(Err(rejection));
            }
        };
        if admitted.narrowed {
            self.reports[usize::from(list.0)].narrowed += 1;
        }
        let mark = match admitted.scope {
            Scope::Suffix if important => Mark::Important,
            Scope::Suffix => Mark::Suffix,
            Scope::Exact => Mark::Exact,
            Scope::Below => Mark::Below,
        };
        self.sorter.push(name, Payload { list: list.0, mark })?;
        if matches!(
            self.specs[usize::from(list.0)].info.class,
            ListClass::Protected | ListClass::AlwaysOpen | ListClass::Help
        ) {
            self.familiar(name);
        }
        Ok(Ok(()))
    }

    /// Takes a range of addresses, both ends included, as `lachan_policy::address_bits` numbers
    /// them.
    pub fn net(&mut self, list: ListHandle, first: u128, last: u128) {
        self.nets.push(first, last, list.0);
    }

    fn url(&mut self, list: ListHandle, host: Name, path: String) -> Result<(), Rejection> {
        if path.len() > LONGEST_PATH {
            self.reject(list, Rejection::LongPath);
            return Err(Rejection::LongPath);
        }
        self.urls.push(host, path, list.0);
        Ok(())
    }

    /// The key under which the sealed entries of this build were made.
    pub fn sealed_key(&mut self, key: [u8; 16]) {
        self.sealed_key = key;
    }

    /// Takes a sealed entry: the digest of a name, see `lachan_policy::ruleset::sealed_digest`.
    pub fn sealed(&mut self, list: ListHandle, digest: u128) {
        self.sealed.push((digest, list.0));
    }

    /// Seals a name under the build's key. For the department's tool and for tests: a box is only
    /// ever given digests.
    #[must_use]
    pub fn seal(&self, name: &Name) -> u128 {
        sealed_digest(&self.sealed_key, name.as_wire())
    }

    /// Takes a name that others are made to resemble. Those of protected and always-open lists
    /// are taken by themselves.
    pub fn familiar(&mut self, name: &Name) {
        if self.familiar.len() < MOST_FAMILIAR {
            self.familiar.insert(name.registrable());
        }
    }

    /// Sets the phrase lists.
    pub fn phrases(&mut self, phrases: PhrasesData) {
        self.phrases = phrases;
    }

    fn reject(&mut self, list: ListHandle, rejection: Rejection) {
        *self.reports[usize::from(list.0)]
            .rejected
            .entry(rejection.id())
            .or_default() += 1;
    }

    /// Notes how many lines of a list its reader refused, for `lists info`.
    pub fn refused_lines(&mut self, list: ListHandle, lines: u64) {
        self.specs[usize::from(list.0)].info.refused += lines;
    }

    /// Sorts, builds, and replaces the file at `target`.
    ///
    /// # Errors
    /// [`CompileError`]; the old file stays.
    pub fn finish(
        self,
        target: &Path,
        progress: &mut dyn Progress,
    ) -> Result<Report, CompileError> {
        file::write(self, target, progress)
    }
}

/// A key for the name hash that nobody outside can know: the standard library seeds its hash maps
/// from the system's random source.
fn random_seed() -> u64 {
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

#[cfg(test)]
mod tests;
