//! UT1 categories in tar archives, streamed.
//!
//! Headers are taken raw: extension headers for long names are of the archive's choosing in size,
//! and no UT1 name needs one, so their entries are passed over instead of read into memory.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use tar::{Archive, Entry, EntryType};

use super::{
    Category, Found, InputError, Part, SkipReason, Ut1, is_tame, joined, read_error, stem, usage_of,
};
use crate::input::{Input, open_any};

/// Finds the categories. The outer error is that the file cannot be opened, the inner one that it
/// cannot be read.
pub(super) fn find(path: &Path, most: u64) -> Result<io::Result<Found>, InputError> {
    let (input, _) = open_any(path, most)?;
    Ok(find_in(input, &stem(path)))
}

fn find_in(input: Input, own_name: &str) -> io::Result<Found> {
    let mut found = Found::default();
    each(input, |place, entry| {
        note(&mut found, own_name, place, entry)
    })?;
    Ok(found)
}

/// Takes down what one entry tells.
fn note(
    found: &mut Found,
    own_name: &str,
    place: Result<Place, Misplaced>,
    entry: &mut Entry<'_, Input>,
) -> io::Result<()> {
    let place = match place {
        Ok(place) => place,
        Err((path, reason)) => {
            found.skip(&path, reason);
            return Ok(());
        }
    };
    let name = place.category_name(own_name);
    if let Some(target) = &place.target {
        found.link(&place.folder, &place.file, target);
    } else if let Some(part) = Part::of_file(&place.file) {
        found.part(&place.folder, name, part);
    } else if place.file == "usage" {
        found.usage(&place.folder, name, usage_of(entry)?);
    }
    Ok(())
}

/// Streams the parts of all categories.
pub(super) fn read<E: From<InputError>>(
    ut1: &Ut1,
    visit: &mut impl FnMut(&Category, Part, &mut dyn BufRead) -> Result<(), E>,
) -> Result<(), E> {
    let folders = ut1
        .categories
        .iter()
        .map(|category| (category.folder.as_str(), category));
    let folders = folders.collect::<BTreeMap<_, _>>();
    let (input, _) = open_any(&ut1.path, ut1.most)?;
    let outcome = each(input, |place, entry| {
        let Ok(Place {
            folder,
            file,
            target: None,
        }) = place
        else {
            return Ok(());
        };
        match (folders.get(folder.as_str()), Part::of_file(&file)) {
            (Some(category), Some(part)) => {
                let mut reader = BufReader::with_capacity(64 << 10, entry);
                visit(category, part, &mut reader).map_err(Stop::Visitor)
            }
            _ => Ok(()),
        }
    });
    outcome.map_err(|stop| match stop {
        Stop::Archive(source) => E::from(read_error(&ut1.path, source)),
        Stop::Visitor(error) => error,
    })
}

/// Why a pass ended early.
enum Stop<E> {
    Archive(io::Error),
    Visitor(E),
}

impl<E> From<io::Error> for Stop<E> {
    fn from(error: io::Error) -> Self {
        Self::Archive(error)
    }
}

/// Where an entry stands.
struct Place {
    folder: String,
    file: String,
    /// Of a symbolic link: the folder it leads to.
    target: Option<String>,
}

impl Place {
    /// The folder's own name; files at the top are of a category called like the archive.
    fn category_name<'a>(&'a self, archive: &'a str) -> &'a str {
        match self.folder.rsplit('/').next() {
            None | Some("") => archive,
            Some(name) => name,
        }
    }
}

/// The path of an entry that is passed over, and why.
type Misplaced = (String, SkipReason);

/// Calls `visit` for every file and symbolic link.
fn each<E: From<io::Error>>(
    input: Input,
    mut visit: impl FnMut(Result<Place, Misplaced>, &mut Entry<'_, Input>) -> Result<(), E>,
) -> Result<(), E> {
    let mut archive = Archive::new(input);
    let mut long_name = false;
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        match entry.header().entry_type() {
            EntryType::GNULongName | EntryType::GNULongLink => long_name = true,
            kind @ (EntryType::Regular | EntryType::Continuous | EntryType::Symlink) => {
                let place = if std::mem::take(&mut long_name) {
                    Err((shown(&entry), SkipReason::LongName))
                } else {
                    place(&entry, kind == EntryType::Symlink)
                };
                visit(place, &mut entry)?;
            }
            _ => long_name = false,
        }
    }
    Ok(())
}

fn shown(entry: &Entry<'_, Input>) -> String {
    String::from_utf8_lossy(&entry.path_bytes()).into_owned()
}

fn place(entry: &Entry<'_, Input>, link: bool) -> Result<Place, Misplaced> {
    let text = shown(entry);
    let parts = resolved("", &text).filter(|parts| parts.iter().all(|part| is_tame(part)));
    let Some(mut parts) = parts else {
        return Err((text, SkipReason::Path));
    };
    let Some(file) = parts.pop() else {
        return Err((text, SkipReason::Path));
    };
    let folder = parts.join("/");
    if !link {
        return Ok(Place {
            folder,
            file,
            target: None,
        });
    }
    let target = entry.link_name_bytes().unwrap_or_default();
    match resolved(&folder, &String::from_utf8_lossy(&target)) {
        Some(target) => Ok(Place {
            folder,
            file,
            target: Some(target.join("/")),
        }),
        None => Err((joined(&folder, &file), SkipReason::Link)),
    }
}

/// The components of `path` seen from `folder`; `None` when it is absolute or leads outside.
fn resolved(folder: &str, path: &str) -> Option<Vec<String>> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part.to_owned()),
        }
    }
    Some(parts)
}
