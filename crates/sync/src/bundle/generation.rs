//! Generations on the disk: which one serves, which one is being made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lachan_wire::tuf::list::About;
use serde::{Deserialize, Serialize};

/// Names the generation that serves.
const CURRENT: &str = "current";
/// What a generation holds, for the next one.
const STATE: &str = "generation.json";
/// What `lachan_lists::import` reads.
const MANIFEST: &str = "manifest.toml";
/// How the folder of a generation begins.
const PREFIX: &str = "gen-";
/// Since when which files of the repository are held back by a problem.
const BEHIND: &str = "behind.json";
/// Where a generation is made.
const NEXT: &str = "next";
/// Where whole lists arrive, each under the hash of its file, so that a try that is cut off goes on.
const PARTS: &str = "parts";

/// Why generations cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The disk.
    #[error("{path} cannot be written")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What the client says.
    #[error("the lists cannot be brought up to date")]
    Refresh(#[from] crate::tuf::RefreshError),
    /// The repository has no role for lists.
    #[error("the repository has no lists")]
    NoLists,
}

pub(super) fn io_error(path: &Path) -> impl Fn(io::Error) -> BundleError + '_ {
    |source| BundleError::Io {
        path: path.to_owned(),
        source,
    }
}

/// One list of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Its id.
    pub id: String,
    /// As its publisher describes it.
    pub about: About,
}

/// A finished generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Its folder.
    pub folder: PathBuf,
    /// Its number: the version of the snapshot it was made from, or the next free one.
    pub number: u64,
    /// The snapshot it was made from.
    pub snapshot: u64,
    /// Whether every list of that snapshot is in it, as the snapshot wants it.
    pub is_whole: bool,
    /// The keys that were trusted with lists, by their ids.
    pub signers: BTreeSet<String>,
    /// Its lists, by id, each with the version that it enforces.
    pub lists: Vec<Held>,
}

/// A generation as its folder describes it.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    snapshot: u64,
    is_whole: bool,
    signers: BTreeSet<String>,
    lists: Vec<Held>,
}

impl Generation {
    /// The manifest to compile.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.folder.join(MANIFEST)
    }

    /// The file of a list.
    #[must_use]
    pub fn file(&self, id: &str) -> PathBuf {
        self.folder.join(file_name(id))
    }

    /// The snapshot that this generation enforces; `None` when a problem holds one of its lists back,
    /// and it must not be told that the school enforces it.
    #[must_use]
    pub fn enforced(&self) -> Option<u64> {
        self.is_whole.then_some(self.snapshot)
    }

    /// The list of that id.
    #[must_use]
    pub fn list(&self, id: &str) -> Option<&Held> {
        self.lists.iter().find(|held| held.id == id)
    }
}

pub(super) fn file_name(id: &str) -> String {
    format!("{id}.list.zst")
}

/// The folder of all generations.
#[derive(Debug, Clone)]
pub struct Bundles {
    folder: PathBuf,
}

impl Bundles {
    /// The generations below a folder, which is made when it is first written.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The generation that serves; `None` before the first.
    #[must_use]
    pub fn current(&self) -> Option<Generation> {
        let number = fs::read_to_string(self.folder.join(CURRENT)).ok()?;
        self.generation(number.trim().parse().ok()?)
    }

    fn generation(&self, number: u64) -> Option<Generation> {
        let folder = self.folder.join(format!("{PREFIX}{number}"));
        let state: State = serde_json::from_slice(&fs::read(folder.join(STATE)).ok()?).ok()?;
        Some(Generation {
            folder,
            number,
            snapshot: state.snapshot,
            is_whole: state.is_whole,
            signers: state.signers,
            lists: state.lists,
        })
    }

    /// Since when (Unix seconds) files of the repository are held back, by their paths: as the last
    /// update left it. None when that cannot be read.
    #[must_use]
    pub fn behind(&self) -> BTreeMap<String, i64> {
        let bytes = fs::read(self.folder.join(BEHIND)).ok();
        bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Keeps since when what is held back, whether or not the generation will serve.
    pub(super) fn keep_behind(&self, behind: &BTreeMap<String, i64>) -> Result<(), BundleError> {
        let path = self.folder.join(BEHIND);
        let failed = io_error(&path);
        if *behind == self.behind() {
            return Ok(());
        }
        let bytes = serde_json::to_vec(behind).map_err(|error| failed(error.into()))?;
        let beside = self.folder.join(".behind.new");
        write(&beside, &bytes)
            .and_then(|()| fs::rename(&beside, &path))
            .and_then(|()| sync(&self.folder))
            .map_err(&failed)
    }

    /// An empty folder to make the next generation in; what an interrupted try left goes.
    pub(super) fn begin(&self) -> Result<PathBuf, BundleError> {
        let next = self.folder.join(NEXT);
        let failed = io_error(&next);
        match fs::remove_dir_all(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        fs::create_dir_all(&next).map_err(failed)?;
        Ok(next)
    }

    /// Where a file with that hash arrives.
    pub(super) fn part(&self, hash: &str) -> PathBuf {
        self.folder.join(PARTS).join(hash)
    }

    /// Makes room for files that arrive; what none of the wanted hashes needs goes.
    pub(super) fn keep_parts(&self, wanted: &[String]) -> Result<(), BundleError> {
        let folder = self.folder.join(PARTS);
        let failed = io_error(&folder);
        fs::create_dir_all(&folder).map_err(&failed)?;
        for entry in fs::read_dir(&folder).map_err(&failed)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let hash = name.strip_suffix(".part").unwrap_or(&name);
            if !wanted.iter().any(|wanted| wanted == hash) {
                fs::remove_file(entry.path()).map_err(&failed)?;
            }
        }
        Ok(())
    }

    /// Writes the manifest, waits for the disk and gives the folder its name.
    pub(super) fn finish(
        &self,
        next: &Path,
        snapshot: u64,
        is_whole: bool,
        signers: BTreeSet<String>,
        lists: Vec<Held>,
    ) -> Result<Generation, BundleError> {
        let failed = io_error(next);
        let state = State {
            snapshot,
            is_whole,
            signers,
            lists,
        };
        let bytes = serde_json::to_vec(&state).map_err(|error| failed(error.into()))?;
        let State { signers, lists, .. } = state;
        write(&next.join(STATE), &bytes).map_err(&failed)?;
        write(&next.join(MANIFEST), manifest(&lists).as_bytes()).map_err(&failed)?;
        sync(next).map_err(&failed)?;
        let mut number = snapshot;
        // The same snapshot again, after a refusal or with lists that could not come the first time.
        while self.path(number).exists() {
            number += 1;
        }
        let folder = self.path(number);
        fs::rename(next, &folder).map_err(&failed)?;
        sync(&self.folder).map_err(&failed)?;
        Ok(Generation {
            folder,
            number,
            snapshot,
            is_whole,
            signers,
            lists,
        })
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{PREFIX}{number}"))
    }

    /// Lets a generation serve, and removes all but it and the one before.
    ///
    /// # Errors
    /// [`BundleError::Io`]; the one before then still serves.
    pub fn accept(&self, generation: &Generation) -> Result<(), BundleError> {
        let before = self.current().map(|current| current.number);
        let (path, beside) = (self.folder.join(CURRENT), self.folder.join(".current.new"));
        let failed = io_error(&path);
        write(&beside, format!("{}\n", generation.number).as_bytes()).map_err(&failed)?;
        fs::rename(&beside, &path).map_err(&failed)?;
        sync(&self.folder).map_err(&failed)?;
        for number in self.numbers() {
            if number != generation.number && Some(number) != before {
                // What cannot be removed costs room and nothing else.
                let _ = fs::remove_dir_all(self.path(number));
            }
        }
        Ok(())
    }

    /// Removes a generation that the canary refused.
    ///
    /// # Errors
    /// [`BundleError::Io`].
    pub fn refuse(&self, generation: &Generation) -> Result<(), BundleError> {
        fs::remove_dir_all(&generation.folder).map_err(io_error(&generation.folder))
    }

    /// Lets go of every generation, for a box that joins another hub (with
    /// [`Store::forget_all`](crate::tuf::Store::forget_all)): versions of another hub's lists mean nothing
    /// there. What was compiled of them goes on serving.
    ///
    /// # Errors
    /// [`BundleError::Io`].
    pub fn forget_all(&self) -> Result<(), BundleError> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_error(&self.folder)(error))
            }
            _ => Ok(()),
        }
    }

    fn numbers(&self) -> Vec<u64> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let number = |name: String| name.strip_prefix(PREFIX)?.parse().ok();
        entries
            .filter_map(|entry| number(entry.file_name().into_string().ok()?))
            .collect()
    }
}

/// TOML by hand: every text goes through the quoting of JSON, whose strings are TOML's basic ones but
/// for DEL, which must be escaped there.
fn manifest(lists: &[Held]) -> String {
    let quoted = |text: &str| {
        serde_json::Value::from(text)
            .to_string()
            .replace('\u{7f}', "\\u007F")
    };
    let mut out = String::from("# Written by the department link; see lachan_lists::import.\n");
    for Held { id, about } in lists {
        let class = serde_json::to_value(about.class).unwrap_or_default();
        let class = class.as_str().unwrap_or_default();
        for line in [
            "\n[[list]]".to_owned(),
            format!("id = {}", quoted(id)),
            format!("path = {}", quoted(&file_name(id))),
            "format = \"canonical\"".to_owned(),
            format!("category = {}", quoted(&about.category)),
            format!("class = {}", quoted(class)),
            format!("source = {}", quoted(&about.name_vi)),
            format!("licence = {}", quoted(&about.licence)),
        ] {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

pub(super) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
