//! UT1 lists: a category directory, a tree of them, a tar archive (plain or compressed) of either,
//! or a single file of a category.
//!
//! A first pass finds the categories, their aliases (symbolic links between categories) and what
//! they are meant for; [`Ut1::read`] then streams their parts. Nothing is unpacked to disk, links
//! are followed by name only and never out of the tree, and no category is read twice.

mod archive;
mod tree;

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use super::{InputError, MOST_BYTES, open_any, open_within};
use crate::formats::excerpt;
use crate::formats::ut1::{Part, Usage};

/// Most bytes of a `usage` file that are read.
const MOST_USAGE: u64 = 64 << 10;
/// Most categories, links, and things passed over that are remembered.
const MOST_CATEGORIES: usize = 10_000;

/// A category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// The name of its directory: `publicite`.
    pub name: String,
    /// Other names that link to it, sorted: `ads`.
    pub aliases: Vec<String>,
    /// What it is meant for.
    pub usage: Usage,
    /// Which files it has, in the order of [`Part`].
    pub parts: Vec<Part>,
    /// Its directory inside the tree or archive, without a slash at the end.
    folder: String,
}

/// Something in the tree that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path:?} passed over: {reason}")]
pub struct Skipped {
    /// Where, inside the tree or archive, shortened and safe to print.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why something in a tree is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// An absolute path, one with `..`, or with odd characters.
    #[error("its path leads outside or has odd characters")]
    Path,
    /// A link that leads outside, or to nothing that is a category.
    #[error("the link leads to no category here")]
    Link,
    /// Archive entries whose name does not fit a header; no UT1 name is that long.
    #[error("its name is too long")]
    LongName,
    /// Beyond the most categories a source may have (10,000; UT1 has about 65).
    #[error("the source has too many categories")]
    TooMany,
}

/// An opened UT1 source.
#[derive(Debug)]
pub struct Ut1 {
    path: PathBuf,
    most: u64,
    shape: Shape,
    categories: Vec<Category>,
    skipped: Vec<Skipped>,
    /// Standard input as it came, since it is read twice; gone with this value.
    _spool: Option<tempfile::NamedTempFile>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Tree,
    Archive,
    File(Part),
}

/// What a first pass finds.
#[derive(Default)]
struct Found {
    /// By folder.
    categories: BTreeMap<String, Category>,
    /// Folder of the link, its name, folder it leads to.
    links: Vec<(String, String, String)>,
    skipped: Vec<Skipped>,
}

impl Ut1 {
    /// Opens a source that may unpack to [`MOST_BYTES`]; `-` is standard input.
    ///
    /// # Errors
    /// [`InputError`]; a source without a category is one too.
    pub fn open(path: &Path) -> Result<Self, InputError> {
        Self::open_within(path, MOST_BYTES)
    }

    /// Opens a source that may unpack to `most` bytes.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_within(path: &Path, most: u64) -> Result<Self, InputError> {
        if super::is_stdin(path) {
            let spool = spooled(most).map_err(|source| read_error(path, source))?;
            let mut opened = Self::open_within(spool.path(), most)?;
            opened._spool = Some(spool);
            return Ok(opened);
        }
        let failed = |source| InputError::Open {
            path: path.to_owned(),
            source,
        };
        let path = path.canonicalize().map_err(failed)?;
        let shape = shape(&path, most)?;
        let found = match shape {
            Shape::Tree => tree::find(&path),
            Shape::Archive => archive::find(&path, most)?,
            Shape::File(part) => Ok(single(&path, part)),
        };
        let found = found.map_err(|source| read_error(&path, source))?;
        let (categories, skipped) = found.resolved();
        if categories.is_empty() {
            return Err(InputError::NoCategory(path));
        }
        Ok(Self {
            path,
            most,
            shape,
            categories,
            skipped,
            _spool: None,
        })
    }

    /// The categories, sorted by name.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// The category of that name or alias.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Category> {
        let named = |category: &&Category| {
            category.name == name || category.aliases.iter().any(|alias| alias == name)
        };
        self.categories.iter().find(named)
    }

    /// What was passed over.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Streams every part of every category to `visit`, each category's parts in the order they
    /// stand in the source. What `visit` does not read is passed over.
    ///
    /// # Errors
    /// [`InputError::Read`] when the source fails half-way, and whatever `visit` returns.
    pub fn read<E: From<InputError>>(
        &self,
        mut visit: impl FnMut(&Category, Part, &mut dyn BufRead) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.shape {
            Shape::Tree => tree::read(self, &mut visit),
            Shape::Archive => archive::read(self, &mut visit),
            Shape::File(part) => {
                let mut input = open_within(&self.path, self.most)?;
                self.categories
                    .first()
                    .map_or(Ok(()), |only| visit(only, part, &mut input))
            }
        }
    }
}

impl Found {
    /// `folder` has a file with entries.
    fn part(&mut self, folder: &str, own_name: &str, part: Part) {
        let Some(category) = self.category(folder, own_name) else {
            return;
        };
        if !category.parts.contains(&part) {
            category.parts.push(part);
            category.parts.sort_unstable();
        }
    }

    /// `folder` has a `usage` file.
    fn usage(&mut self, folder: &str, own_name: &str, usage: Usage) {
        if let Some(category) = self.category(folder, own_name) {
            category.usage = usage;
        }
    }

    /// The category of a folder; `None` when there are too many already.
    fn category(&mut self, folder: &str, own_name: &str) -> Option<&mut Category> {
        if !self.categories.contains_key(folder) {
            if self.categories.len() >= MOST_CATEGORIES {
                self.skip(folder, SkipReason::TooMany);
                return None;
            }
            self.categories
                .insert(folder.to_owned(), Category::new(folder, own_name));
        }
        self.categories.get_mut(folder)
    }

    /// A symbolic link in `folder` leads to the folder `target`.
    fn link(&mut self, folder: &str, name: &str, target: &str) {
        if self.links.len() >= MOST_CATEGORIES {
            return self.skip(&joined(folder, name), SkipReason::TooMany);
        }
        self.links
            .push((folder.to_owned(), name.to_owned(), target.to_owned()));
    }

    fn skip(&mut self, path: &str, reason: SkipReason) {
        if self.skipped.len() < MOST_CATEGORIES {
            self.skipped.push(Skipped {
                path: excerpt(path),
                reason,
            });
        }
    }

    /// Categories with their aliases, sorted; those with a `usage` file only are none.
    fn resolved(mut self) -> (Vec<Category>, Vec<Skipped>) {
        self.categories
            .retain(|_, category| !category.parts.is_empty());
        for (folder, name, target) in std::mem::take(&mut self.links) {
            match self.categories.get_mut(&target) {
                Some(category) => category.aliases.push(name),
                None => self.skip(&joined(&folder, &name), SkipReason::Link),
            }
        }
        let mut categories = self.categories.into_values().collect::<Vec<_>>();
        for category in &mut categories {
            category.aliases.sort_unstable();
            category.aliases.dedup();
        }
        categories.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.folder.cmp(&b.folder)));
        (categories, self.skipped)
    }
}

impl Category {
    fn new(folder: &str, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            aliases: Vec::new(),
            usage: Usage::default(),
            parts: Vec::new(),
            folder: folder.to_owned(),
        }
    }
}

fn read_error(path: &Path, source: io::Error) -> InputError {
    InputError::Read {
        path: path.to_owned(),
        source,
    }
}

fn shape(path: &Path, most: u64) -> Result<Shape, InputError> {
    if path.is_dir() {
        return Ok(Shape::Tree);
    }
    if open_any(path, most)?.1 {
        return Ok(Shape::Archive);
    }
    let name = path
        .file_stem()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    Ok(Shape::File(Part::of_file(name).unwrap_or(Part::Domains)))
}

/// A lone file: `adult/domains` and `adult.txt` are both of the category `adult`.
fn single(path: &Path, part: Part) -> Found {
    let stem = stem(path);
    let folder = path
        .parent()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str());
    let name = if Part::of_file(&stem).is_some() {
        folder.unwrap_or_default()
    } else {
        &stem
    };
    let mut found = Found::default();
    found.part("", name, part);
    found
}

/// The file name up to its first dot: `adult` of `adult.tar.gz`.
fn stem(path: &Path) -> String {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// Characters UT1 uses in names, and nothing that means something to a shell or a terminal.
fn is_tame(name: &str) -> bool {
    let tame = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(tame)
}

fn usage_of(reader: impl Read) -> io::Result<Usage> {
    let mut bytes = Vec::new();
    reader.take(MOST_USAGE).read_to_end(&mut bytes)?;
    Ok(Usage::of(&String::from_utf8_lossy(&bytes)))
}

/// Standard input in a file of its own.
fn spooled(most: u64) -> io::Result<tempfile::NamedTempFile> {
    let mut spool = tempfile::NamedTempFile::new()?;
    let copied = io::copy(&mut io::stdin().lock().take(most + 1), &mut spool)?;
    if copied > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            super::TooLarge { most },
        ));
    }
    Ok(spool)
}

#[cfg(test)]
mod tests;
