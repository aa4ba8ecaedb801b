//! The metadata a box trusts, on its disk: the bytes as they came, each file replaced whole.
//!
//! ```text
//!  trusted/root.json timestamp.json snapshot.json targets.json delegated/NAME.json clock.json
//! ```
//!
//! Nothing here is believed because it lies here: the client verifies it again when it reads it. A
//! file that a power cut left behind is therefore never worse than one that is missing.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, RealDisk};
use super::error::Role;
use super::quoted;

/// Longest file that is read back, in bytes: more than any limit of the client.
const MOST: u64 = 16 << 20;
/// Where the last trusted time stands.
const CLOCK: &str = "clock.json";
/// Where the roles below targets stand.
const DELEGATED: &str = "delegated";

/// A folder of trusted metadata.
#[derive(Debug, Clone)]
pub struct Store<D = RealDisk> {
    folder: PathBuf,
    disk: D,
}

impl Store {
    /// The folder, made when it is first written.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            disk: RealDisk,
        }
    }
}

impl<D: Disk> Store<D> {
    /// The folder on another kind of disk.
    #[must_use]
    pub const fn on(folder: PathBuf, disk: D) -> Self {
        Self { folder, disk }
    }

    /// Lets go of all that was trusted, for a box that joins a hub: the chain of roots, versions and
    /// times of another hub mean nothing there. Root goes first: cut off in the middle, the box trusts
    /// the old hub no more, and whatever of it is left is not signed by the new one's keys.
    ///
    /// # Errors
    /// What the system says; call it again then, before anything is opened.
    pub fn forget_all(&self) -> io::Result<()> {
        for role in [Role::Root, Role::Timestamp, Role::Snapshot, Role::Targets] {
            self.remove(&role)?;
            self.settle()?;
        }
        self.disk.remove(&self.folder.join(CLOCK))?;
        self.disk.remove_folder(&self.folder.join(DELEGATED))?;
        self.settle()
    }

    /// The bytes of a role. What cannot be read counts as not there, and is fetched again.
    pub(super) fn read(&self, role: &Role) -> Option<Vec<u8>> {
        self.disk.read(&self.path(role), MOST).ok().flatten()
    }

    pub(super) fn save(&self, role: &Role, bytes: &[u8]) -> io::Result<()> {
        self.replace(&self.path(role), bytes)
    }

    pub(super) fn remove(&self, role: &Role) -> io::Result<()> {
        self.disk.remove(&self.path(role))
    }

    /// Waits until what was removed is gone for good.
    pub(super) fn settle(&self) -> io::Result<()> {
        self.disk.make_folder(&self.folder)?;
        self.disk.sync(&self.folder)
    }

    /// The time of the last update with a trusted clock, in Unix seconds.
    pub(super) fn clock(&self) -> Option<i64> {
        let bytes = self
            .disk
            .read(&self.folder.join(CLOCK), 100)
            .ok()
            .flatten()?;
        std::str::from_utf8(&bytes).ok()?.trim().parse().ok()
    }

    pub(super) fn save_clock(&self, seconds: i64) -> io::Result<()> {
        self.replace(&self.folder.join(CLOCK), format!("{seconds}\n").as_bytes())
    }

    fn path(&self, role: &Role) -> PathBuf {
        match role {
            Role::Delegated(name) => self
                .folder
                .join(DELEGATED)
                .join(format!("{}.json", quoted(name))),
            top => self.folder.join(format!("{top}.json")),
        }
    }

    /// Write beside, flush, rename, flush the folder: at any moment the old or the new file is there.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.folder);
        self.disk.make_folder(folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = folder.join(format!(".{name}.new"));
        self.disk.write(&beside, bytes)?;
        self.disk.sync(&beside)?;
        self.disk.rename(&beside, path)?;
        self.disk.sync(folder)
    }
}
