//! Importing list files into a ruleset, as a manifest names them.
//!
//! A manifest is a TOML file with one `[[list]]` a file: id, path, format, category; where its
//! entries are ways round the filter, which kind (`bypass`). It is what `lachan lists compile
//! --manifest` reads and what the department link will write.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use lachan_policy::ruleset::ListClass;
use lachan_policy::{BypassKind, Category};
use serde::Deserialize;

use crate::canonical;
use crate::compile::{CompileError, Compiler, ListHandle, ListSpec, Rejection};
use crate::formats::{Format, Item, Refused, Sink, Summary, read, ut1::read_part};
use crate::input::{self, InputError, ut1::Ut1};

/// One file to import.
#[derive(Debug, Clone)]
pub struct Import {
    /// The list it becomes; for UT1 the prefix of its lists' ids.
    pub spec: ListSpec,
    /// The file, or `-` for standard input.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// For UT1 sources: which of its categories become which of ours. Others are left out.
    pub categories: BTreeMap<String, Category>,
}

/// A line that did not come into the ruleset, for the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// The reader refused it.
    Refused(Refused),
    /// The compiler did not admit the entry.
    Rejected {
        /// The line's number.
        line: u64,
        /// The entry.
        entry: String,
        /// Why.
        reason: Rejection,
    },
}

impl std::fmt::Display for NotTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Rejected {
                line,
                entry,
                reason,
            } => write!(f, "line {line}: {reason}: {entry}"),
        }
    }
}

/// Why a file could not be imported. Nothing of it is used then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The manifest cannot be read.
    #[error("{path}: the manifest cannot be read")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The manifest has a mistake.
    #[error("{path}: {problem}")]
    Mistake {
        /// The manifest.
        path: PathBuf,
        /// What is wrong, with its place.
        problem: String,
    },
    /// A list cannot be opened or read to its end.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The compiler cannot take it.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A sort run could not be written.
    #[error("{path}: sorting failed (is the disk full?)")]
    Sort {
        /// The list.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A sealed list that is none.
    #[error("{path}: this is no sealed list in canonical form")]
    Sealed {
        /// The list.
        path: PathBuf,
        /// What is wrong. Its text holds no name: sealed lists have none.
        #[source]
        source: canonical::ReadError,
    },
    /// A UT1 category that the source does not have.
    #[error("{path} has no UT1 category {name:?}; it has {known}")]
    NoSuchCategory {
        /// The source.
        path: PathBuf,
        /// The category asked for.
        name: String,
        /// Those there are.
        known: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ManifestFile {
    #[serde(default)]
    root: Option<PathBuf>,
    list: Vec<ManifestList>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ManifestList {
    id: String,
    path: PathBuf,
    format: String,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    categories: BTreeMap<String, String>,
    #[serde(default)]
    bypass: Option<BypassKind>,
    #[serde(default = "imported")]
    class: ListClass,
    #[serde(default)]
    source: String,
    #[serde(default)]
    licence: String,
    #[serde(default)]
    public_suffixes: bool,
    #[serde(default)]
    covers_tenants: bool,
}

fn imported() -> ListClass {
    ListClass::Imported
}

/// Reads a manifest. Paths are relative to its `root`, which is relative to the manifest itself.
///
/// # Errors
/// [`ImportError::Manifest`], [`ImportError::Mistake`].
pub fn manifest(
    path: &Path,
    category: impl Fn(&str) -> Option<Category>,
) -> Result<Vec<Import>, ImportError> {
    let failed = |source| ImportError::Manifest {
        path: path.to_owned(),
        source,
    };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let mistake = |problem| ImportError::Mistake {
        path: path.to_owned(),
        problem,
    };
    let file: ManifestFile = toml::from_str(&text).map_err(|error| mistake(error.to_string()))?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let root = file
        .root
        .map_or_else(|| folder.to_owned(), |root| folder.join(root));
    let make = |list: ManifestList| import_of(list, &root, &category);
    file.list
        .into_iter()
        .map(make)
        .collect::<Result<_, _>>()
        .map_err(mistake)
}

fn import_of(
    list: ManifestList,
    root: &Path,
    category: &impl Fn(&str) -> Option<Category>,
) -> Result<Import, String> {
    let known = |name: &str| {
        category(name).ok_or_else(|| format!("list {:?}: {name:?} is no category", list.id))
    };
    let format: Format = list
        .format
        .parse()
        .map_err(|error| format!("list {:?}: {error}", list.id))?;
    let own = list.category.as_deref().map(known).transpose()?;
    let mut categories = BTreeMap::new();
    for (theirs, ours) in &list.categories {
        categories.insert(theirs.clone(), known(ours)?);
    }
    if own.is_none() && categories.is_empty() {
        return Err(format!("list {:?} has no category", list.id));
    }
    if let Some(kind) = list.bypass
        && !(categories.is_empty() && kind.is_of_lists())
    {
        let id = kind.id();
        return Err(format!(
            "list {:?}: {id:?} is no kind of its entries",
            list.id
        ));
    }
    let mut spec = ListSpec::new(&list.id, list.class, own);
    spec.info.bypass = list.bypass;
    spec.info.source = list.source;
    spec.info.licence = list.licence;
    spec.public_suffixes = list.public_suffixes;
    spec.covers_tenants = list.covers_tenants;
    Ok(Import {
        spec,
        path: root.join(list.path),
        format,
        categories,
    })
}

/// Imports one file; `not_taken` is told every line that did not come in, with its list's id.
///
/// # Errors
/// [`ImportError`]. The compiler then holds half a list and must not be finished.
pub fn import(
    compiler: &mut Compiler,
    import: &Import,
    not_taken: &mut dyn FnMut(&str, NotTaken),
) -> Result<Summary, ImportError> {
    if !import.categories.is_empty() {
        return import_ut1(compiler, import, not_taken);
    }
    if import.spec.info.class == ListClass::Sealed {
        return import_sealed(compiler, import);
    }
    let input = input::open(&import.path)?;
    import_from(
        compiler,
        import.spec.clone(),
        import.format,
        input,
        &import.path,
        not_taken,
    )
}

/// Imports what stands in a reader; `path` is its name in errors.
///
/// # Errors
/// As [`import`].
pub(crate) fn import_from(
    compiler: &mut Compiler,
    spec: ListSpec,
    format: Format,
    input: impl BufRead,
    path: &Path,
    not_taken: &mut dyn FnMut(&str, NotTaken),
) -> Result<Summary, ImportError> {
    let id = spec.info.id.clone();
    let list = compiler.list(spec)?;
    let mut feed = Feed::new(compiler, list, &id, not_taken);
    let summary = read(format, input, &mut feed).map_err(|source| InputError::Read {
        path: path.to_owned(),
        source,
    })?;
    feed.finish(path, &summary)?;
    Ok(summary)
}

/// Keyed hashes of names, which only the canonical form has. The caller gives the compiler their key.
fn import_sealed(compiler: &mut Compiler, import: &Import) -> Result<Summary, ImportError> {
    let list = compiler.list(import.spec.clone())?;
    let input = input::open(&import.path)?;
    let read = canonical::read(canonical::Kind::Sealed, input, |_, entry| {
        if let canonical::Entry::Sealed(digest) = entry {
            compiler.sealed(list, digest);
        }
    });
    let info = read.map_err(|source| ImportError::Sealed {
        path: import.path.clone(),
        source,
    })?;
    Ok(Summary {
        lines: info.entries,
        ..Summary::default()
    })
}

/// Every wanted category of a UT1 source as a list of its own: `ut1/gambling`.
fn import_ut1(
    compiler: &mut Compiler,
    import: &Import,
    not_taken: &mut dyn FnMut(&str, NotTaken),
) -> Result<Summary, ImportError> {
    let source = Ut1::open(&import.path)?;
    let mut lists: BTreeMap<String, (ListHandle, String)> = BTreeMap::new();
    for (theirs, ours) in &import.categories {
        let Some(found) = source.find(theirs) else {
            let names = source
                .categories()
                .iter()
                .map(|category| category.name.as_str());
            return Err(ImportError::NoSuchCategory {
                path: import.path.clone(),
                name: theirs.clone(),
                known: names.collect::<Vec<_>>().join(", "),
            });
        };
        let mut spec = import.spec.clone();
        spec.info.id = format!("{}/{}", import.spec.info.id, found.name);
        spec.info.category = Some(*ours);
        let id = spec.info.id.clone();
        lists.insert(found.name.clone(), (compiler.list(spec)?, id));
    }
    let mut total = Summary::default();
    source.read(|category, part, reader| {
        let Some((list, id)) = lists.get(&category.name) else {
            return Ok(());
        };
        let mut feed = Feed::new(compiler, *list, id, not_taken);
        let summary = read_part(part, reader, &mut feed).map_err(|source| InputError::Read {
            path: import.path.clone(),
            source,
        })?;
        feed.finish(&import.path, &summary)?;
        total.add(&summary);
        Ok::<_, ImportError>(())
    })?;
    Ok(total)
}

/// From a reader to the compiler.
struct Feed<'c> {
    compiler: &'c mut Compiler,
    list: ListHandle,
    id: &'c str,
    not_taken: &'c mut dyn FnMut(&str, NotTaken),
    failed: Option<io::Error>,
}

impl<'c> Feed<'c> {
    fn new(
        compiler: &'c mut Compiler,
        list: ListHandle,
        id: &'c str,
        not_taken: &'c mut dyn FnMut(&str, NotTaken),
    ) -> Self {
        Self {
            compiler,
            list,
            id,
            not_taken,
            failed: None,
        }
    }

    /// A reader cannot stop half-way, so a failure is kept until its end.
    fn finish(self, path: &Path, summary: &Summary) -> Result<(), ImportError> {
        self.compiler.refused_lines(self.list, summary.refused);
        match self.failed {
            None => Ok(()),
            Some(source) => Err(ImportError::Sort {
                path: path.to_owned(),
                source,
            }),
        }
    }
}

impl Sink for Feed<'_> {
    fn item(&mut self, line: u64, item: Item) {
        if self.failed.is_some() {
            return;
        }
        let entry = entry_of(&item);
        match self.compiler.item(self.list, item) {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => {
                let entry = entry.map_or_else(String::new, |(name, scope)| scope.entry(&name));
                (self.not_taken)(
                    self.id,
                    NotTaken::Rejected {
                        line,
                        entry,
                        reason,
                    },
                );
            }
            Err(error) => self.failed = Some(error),
        }
    }

    fn refused(&mut self, refused: Refused) {
        (self.not_taken)(self.id, NotTaken::Refused(refused));
    }
}

/// What to show of an item that is not admitted.
fn entry_of(item: &Item) -> Option<(lachan_policy::Name, lachan_policy::Scope)> {
    match item {
        Item::Name { name, scope, .. } => Some((*name, *scope)),
        Item::Url { host, .. } => Some((*host, lachan_policy::Scope::Suffix)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Result<Vec<Import>, ImportError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lists.toml");
        let head = "[[list]]\nid = \"x\"\npath = \"x.txt\"\nformat = \"domains\"\n";
        std::fs::write(&path, format!("{head}{list}\n")).unwrap();
        manifest(&path, |_| Category::new(14))
    }

    #[test]
    fn a_list_may_tell_which_way_round_the_filter_its_entries_are() {
        let kind = |list| read(list).map(|imports| imports[0].spec.info.bypass);
        assert_eq!(kind("category = \"bypass\"").unwrap(), None);
        let told = kind("category = \"bypass\"\nbypass = \"vpn\"");
        assert_eq!(told.unwrap(), Some(BypassKind::Vpn));
        for (list, expected) in [
            (
                "category = \"bypass\"\nbypass = \"tunnel\"",
                "\"tunnel\" is no kind",
            ),
            ("category = \"bypass\"\nbypass = \"tor\"", "unknown variant"),
            (
                "categories = { vpn = \"bypass\" }\nbypass = \"vpn\"",
                "\"vpn\" is no kind",
            ),
        ] {
            let told = kind(list).unwrap_err().to_string();
            assert!(told.contains(expected), "{told}");
        }
    }
}
