//! UT1 categories in directories.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{Category, Found, InputError, Part, SkipReason, Ut1, is_tame, joined, usage_of};
use crate::input::open_within;

/// How deep categories may lie below the directory named; `ut1/blacklists/adult` is two.
const MOST_DEPTH: usize = 4;

/// Finds the categories at and below `root`, which is canonical.
pub(super) fn find(root: &Path) -> io::Result<Found> {
    let mut found = Found::default();
    let name = root
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("ut1");
    Walk {
        root,
        found: &mut found,
    }
    .folder("", name, 0)?;
    Ok(found)
}

struct Walk<'a> {
    root: &'a Path,
    found: &'a mut Found,
}

impl Walk<'_> {
    /// `folder` is relative to the root.
    fn folder(&mut self, folder: &str, own_name: &str, depth: usize) -> io::Result<()> {
        let mut entries = fs::read_dir(self.root.join(folder))?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = joined(folder, &name);
            let kind = entry.file_type()?;
            if !is_tame(&name) {
                self.found.skip(&path, SkipReason::Path);
            } else if kind.is_symlink() {
                self.link(folder, &name);
            } else if kind.is_dir() && depth < MOST_DEPTH {
                self.folder(&path, &name, depth + 1)?;
            } else if let Some(part) = Part::of_file(&name).filter(|_| kind.is_file()) {
                self.found.part(folder, own_name, part);
            } else if kind.is_file() && name == "usage" {
                let usage = usage_of(File::open(entry.path())?)?;
                self.found.usage(folder, own_name, usage);
            }
        }
        Ok(())
    }

    /// A link is an alias when it leads to a directory of this tree.
    fn link(&mut self, folder: &str, name: &str) {
        let path = joined(folder, name);
        let target = self
            .root
            .join(&path)
            .canonicalize()
            .ok()
            .filter(|target| target.is_dir());
        let inside = target
            .as_deref()
            .and_then(|target| target.strip_prefix(self.root).ok());
        match inside.and_then(Path::to_str) {
            Some(inside) => self.found.link(folder, name, inside),
            None => self.found.skip(&path, SkipReason::Link),
        }
    }
}

/// Streams the parts of all categories.
pub(super) fn read<E: From<InputError>>(
    ut1: &Ut1,
    visit: &mut impl FnMut(&Category, Part, &mut dyn io::BufRead) -> Result<(), E>,
) -> Result<(), E> {
    for category in &ut1.categories {
        for part in &category.parts {
            let path = ut1.path.join(&category.folder).join(part.file());
            visit(category, *part, &mut open_within(&path, ut1.most)?)?;
        }
    }
    Ok(())
}
