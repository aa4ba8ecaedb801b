//! The cache over a restart: its snapshot is saved at the stop and every half hour, and taken back at
//! the start. What it holds, and that it holds only names of the shipped lists, is the resolver's
//! affair (`lachan_resolver::Snapshots`); here are the file, the lists and the clocks.
//!
//! A thread of its own, because all of it reads or writes the disk: the filter answers from the first
//! moment on and learns what it knew some milliseconds later.
//!
//! Who flushes a name goes through here, so that no file brings it back: flushing and saving exclude
//! one another, and a flush is answered when the file on the disk is without the name or gone.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lachan_config::Paths;
use lachan_lists::rules::Rules;
use lachan_policy::Name;
use lachan_resolver::{
    Boot, Engine, Listed, MAX_SNAPSHOT, Settings, SnapshotError, Snapshots, Stamp,
};

use super::{behind_answers, chain};
use crate::time::Now;

/// How often the snapshot is saved: some hundred KiB, so a card is worn by a few MiB a day, and a power
/// cut costs what was learned within half a lifetime of an answer.
const EVERY: Duration = Duration::from_secs(1800);

/// What the cache is remembered by.
pub(super) struct Memory {
    engine: Arc<Engine>,
    snapshots: Snapshots,
    /// The snapshot.
    file: PathBuf,
    /// The folder of the shipped lists.
    rules: PathBuf,
    state: Mutex<State>,
}

/// Changes only under the lock, which whoever touches the file holds.
#[derive(Default)]
struct State {
    /// Whether the lists were read and the snapshot was taken back.
    is_ready: bool,
    /// The names that may be written; `None` when the lists cannot be read, and nothing is.
    listed: Option<Listed>,
}

/// The running thread.
pub(super) struct MemoryHandle {
    memory: Arc<Memory>,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

/// Why a file is not taken back.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("it cannot be read")]
    Read(#[source] io::Error),
    #[error("it is no ordinary file")]
    Kind,
    #[error(transparent)]
    Content(#[from] SnapshotError),
}

/// Where the snapshot is.
fn file(paths: &Paths) -> PathBuf {
    paths.state().join("cache.snapshot")
}

/// Removes the snapshot of a box that is to keep none.
pub(super) fn forget(paths: &Paths) {
    let file = file(paths);
    match fs::remove_file(&file) {
        Ok(()) => tracing::info!("the saved cache was removed, since cache-persist is off"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::error!(
            file = %file.display(), %error, "the saved cache cannot be removed; remove it by hand"
        ),
    }
}

impl Memory {
    /// Begins to take the snapshot back, and to save new ones.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn begin(
        engine: Arc<Engine>,
        settings: &Settings,
        paths: &Paths,
    ) -> io::Result<MemoryHandle> {
        let memory = Arc::new(Self {
            engine,
            snapshots: Snapshots::new(settings),
            file: file(paths),
            rules: paths.rules.clone(),
            state: Mutex::default(),
        });
        let (stop, stopped) = mpsc::channel();
        let own = Arc::clone(&memory);
        let thread = thread::Builder::new()
            .name("memory".into())
            .spawn(move || {
                behind_answers();
                own.run(&stopped);
            })?;
        Ok(MemoryHandle {
            memory,
            stop,
            thread,
        })
    }

    fn run(&self, stopped: &Receiver<()>) {
        drop(self.ready());
        loop {
            let timeout = stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout);
            // Nothing to be told: it was.
            let _ = self.save(&self.ready());
            if !timeout {
                return;
            }
        }
    }

    /// Forgets what is cached of a name, and with `below` of the names below it, so that it does not
    /// come back at the next start either. Says how many answers were forgotten.
    pub(super) fn flush(&self, name: &Name, below: bool) -> usize {
        let state = self.ready();
        let count = self.engine.flush_cache(name, below);
        if !self.save(&state) {
            self.remove();
        }
        count
    }

    /// The state, once the snapshot was taken back: by whoever comes first.
    fn ready(&self) -> MutexGuard<'_, State> {
        // Who panicked with it left a whole state, and the file is never half written.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.is_ready {
            state.is_ready = true;
            state.listed = listed(&self.rules);
            if let Some(listed) = &state.listed {
                self.load(listed);
            }
        }
        state
    }

    fn load(&self, listed: &Listed) {
        let restored = read(&self.file).and_then(|bytes| {
            let restore = |bytes: Vec<u8>| {
                self.snapshots
                    .restore(&self.engine, &bytes, stamp(), listed)
            };
            Ok(bytes.map(restore).transpose()?)
        });
        match restored {
            Ok(None) => {}
            Ok(Some(restored)) => tracing::info!(
                answers = restored.answers,
                stale = restored.stale,
                passed_over = restored.passed_over,
                is_age_known = restored.aged,
                "cached answers came back from before the restart"
            ),
            Err(LoadError::Content(error @ SnapshotError::OtherTerms)) => {
                tracing::info!(%error, "the saved cache is not used");
            }
            Err(LoadError::Content(error)) => self.set_aside(error),
            Err(error) => tracing::warn!(
                file = %self.file.display(),
                error = %chain(&error),
                "the saved cache is not used; the cache begins empty"
            ),
        }
    }

    /// Puts a file that cannot be used where it is in nobody's way, for whoever wants to know what
    /// happened to it. One at most is kept.
    fn set_aside(&self, error: SnapshotError) {
        let aside = self.file.with_extension("damaged");
        match fs::rename(&self.file, &aside) {
            Ok(()) => tracing::warn!(
                file = %self.file.display(), aside = %aside.display(), %error,
                "the saved cache cannot be used and was set aside; the cache begins empty"
            ),
            Err(failure) => tracing::warn!(
                file = %self.file.display(), %error, %failure,
                "the saved cache cannot be used and not be set aside; the cache begins empty"
            ),
        }
    }

    /// Saves the snapshot. Says whether the file is what the cache is now.
    fn save(&self, state: &State) -> bool {
        let Some(listed) = &state.listed else {
            return false;
        };
        let snapshot = self.snapshots.take(&self.engine, stamp(), listed);
        let saved = write(&self.file, &snapshot.bytes);
        match &saved {
            Ok(()) => tracing::debug!(
                answers = snapshot.answers,
                left_out = snapshot.left_out,
                bytes = snapshot.bytes.len(),
                "cached answers were saved"
            ),
            Err(error) => tracing::warn!(
                file = %self.file.display(), %error,
                "cached answers cannot be saved; the filter goes on, and begins without them next time"
            ),
        }
        saved.is_ok()
    }

    fn remove(&self) {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::error!(
                file = %self.file.display(), %error,
                "the saved cache cannot be removed, and may bring back what was forgotten; remove it by hand"
            ),
            _ => {}
        }
    }
}

impl MemoryHandle {
    /// What to flush by.
    pub(super) fn memory(&self) -> Arc<Memory> {
        Arc::clone(&self.memory)
    }

    /// Saves the snapshot and ends.
    pub(super) fn stop(self) {
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("saving the cache had failed");
        }
    }
}

/// The names that may be written: those of the shipped lists.
fn listed(rules: &Path) -> Option<Listed> {
    match Rules::load(rules) {
        Ok(rules) => Some(rules.well_known().collect()),
        Err(error) => {
            tracing::warn!(
                error = %chain(&error),
                "the shipped lists cannot be read, so no cached answer is kept over a restart"
            );
            None
        }
    }
}

/// The bytes of a file that is there, no more than one too many.
fn read(path: &Path) -> Result<Option<Vec<u8>>, LoadError> {
    // A pipe would be waited for, so it is not even opened.
    let file = match fs::metadata(path) {
        Ok(about) if about.is_file() => File::open(path),
        Ok(_) => return Err(LoadError::Kind),
        Err(error) => Err(error),
    };
    let file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LoadError::Read(error)),
    };
    let mut bytes = Vec::new();
    let most = MAX_SNAPSHOT as u64 + 1;
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(LoadError::Read)?;
    Ok(Some(bytes))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        let mut folders = DirBuilder::new();
        folders.recursive(true).mode(0o700).create(folder)?;
    }
    lachan_sys::replace_file(path, |file| file.write_all(bytes))
}

/// This moment, as well as this machine knows it. A clock that no time service keeps right may stand
/// where it stood at the last stop, so it counts as unknown.
fn stamp() -> Stamp {
    let is_kept = lachan_sys::clock_state().is_ok_and(|state| state.is_synchronised);
    let now = Now::system().known().filter(|_| is_kept);
    Stamp {
        unix: now.map(|now| now.as_second()),
        boot: boot(),
    }
}

/// Where in which boot this machine is: the kernel draws an id at each (random(4)), and counts the
/// seconds since, sleep included (clock_gettime(2)).
fn boot() -> Option<Boot> {
    let id = boot_id(&fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?)?;
    let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(since.tv_sec).ok()?;
    Some(Boot { id, seconds })
}

fn boot_id(text: &str) -> Option<u128> {
    let digits = text.trim().replace('-', "");
    let id = u128::from_str_radix(&digits, 16).ok();
    id.filter(|id| *id != 0 && digits.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_has_a_number() {
        let id = boot_id("6f2f7b1c-0c56-4f8e-9d2c-0123456789ab\n");
        assert_eq!(id, Some(0x6f2f_7b1c_0c56_4f8e_9d2c_0123_4567_89ab));
        for none in ["", "x", "00000000-0000-0000-0000-000000000000", "12"] {
            assert_eq!(boot_id(none), None, "{none:?}");
        }
        assert!(boot().is_some_and(|boot| boot.seconds > 0));
    }

    #[test]
    fn only_an_ordinary_file_is_read_and_no_more_than_a_snapshot_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        assert!(read(&path).unwrap().is_none());
        fs::write(&path, vec![0; MAX_SNAPSHOT + 10]).unwrap();
        assert_eq!(
            read(&path).unwrap().map(|b| b.len()),
            Some(MAX_SNAPSHOT + 1)
        );
        assert!(matches!(read(folder.path()), Err(LoadError::Kind)));
    }

    #[test]
    fn what_may_be_written_is_what_the_shipped_lists_name() {
        let listed = listed(&lachan_lists::testing::rules_folder()).unwrap();
        assert!(listed.len() > 1000, "{}", listed.len());
        let rules = lachan_lists::testing::shipped_rules();
        let names: Vec<String> = rules.well_known().map(|name| name.to_string()).collect();
        for (name, expected) in [
            ("google.com", true),
            ("chinhphu.vn", true),
            ("vnedu.vn", true),
            ("tongdai111.vn", false),
            ("fb88.com", false),
        ] {
            assert_eq!(names.iter().any(|n| n == name), expected, "{name}");
        }
        assert!(super::listed(folder_without_rules().path()).is_none());
    }

    fn folder_without_rules() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }
}
