//! The settings file as the pages change it: replaced whole, the one before kept beside it, a change
//! that may cut people off put back unless somebody confirms it in time, and every other one unless the
//! box runs with it.
//!
//! ```text
//!  lachan.toml           what the box goes by
//!  lachan.toml.before    what stood there before the last change (0600)
//!  lachan.toml.pending   that this change waits: until when, in which boot of the machine
//! ```
//!
//! The order is: before, pending, file. So a power cut leaves either the old file, or the new one with
//! all that is needed to go back: a note of another boot means that nobody confirmed, and the file is
//! put back before anything reads it. Time is that of the machine since its boot, which nobody sets.
//!
//! A start that is killed, or panics, says nothing. So starts are counted in the note until one has lived for a
//! minute ([`SettingsFile::begins`]); after the second that did not, the file before is put back.
//!
//! The way back is: file, before, pending. A cut leaves the file as it was, to be put back still, or the
//! one that was put back, to which the note then does not apply.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use lachan_config::MAX_BYTES;
use rustix::fs::{Access, access};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes of a digest that a tag has: enough to tell texts apart, short enough for a header.
const TAG: usize = 16;
/// How long a change that may cut people off waits to be confirmed, in seconds: time to find the box
/// at its new address, and short enough to wait for in front of a dead screen.
pub(crate) const WAITS: u64 = 120;
/// How long the box has to run with new settings before they count as good, in seconds.
const PROVES: u64 = 60;
/// Starts that do not live as long before the settings before are put back.
const MOST_STARTS: u32 = 2;
/// Where the kernel tells which boot this is.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The settings file.
#[derive(Debug, Clone)]
pub(crate) struct SettingsFile {
    path: PathBuf,
}

/// A moment of this machine's run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Uptime {
    /// Which boot it is; empty where the kernel does not tell.
    pub(crate) boot: String,
    /// Seconds since it began.
    pub(crate) seconds: u64,
}

impl Uptime {
    /// Now.
    pub(crate) fn now() -> Self {
        let boot = fs::read_to_string(BOOT_ID).unwrap_or_default();
        let seconds = clock_gettime(ClockId::Boottime).tv_sec;
        Self {
            boot: boot.trim().to_owned(),
            seconds: u64::try_from(seconds).unwrap_or(0),
        }
    }
}

/// A change that waits to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    boot: String,
    /// Seconds of that boot at which it goes back.
    until: u64,
    /// The text that waits.
    tag: String,
    /// The one it goes back to.
    before: String,
    /// Who made it.
    pub(crate) by: String,
    /// Whether it waits for no person: only for the box to run with it.
    #[serde(default)]
    is_trial: bool,
    /// Starts with it that neither lived for a minute nor ended in order.
    #[serde(default)]
    starts: u32,
    /// Since when the box runs with it.
    #[serde(default)]
    runs: Option<Uptime>,
}

impl Note {
    /// Seconds that are left; `None` when its time is over, or the machine was started anew.
    pub(crate) fn left(&self, now: &Uptime) -> Option<u64> {
        let is_same = self.boot == now.boot && !now.boot.is_empty();
        let left = self.until.saturating_sub(now.seconds);
        (is_same && left > 0).then_some(left)
    }

    /// Whether the box has run with it for so long that it is good.
    fn is_proved(&self, now: &Uptime) -> bool {
        self.runs.as_ref().is_some_and(|since| {
            since.boot == now.boot && now.seconds >= since.seconds.saturating_add(PROVES)
        })
    }
}

/// What became of a change that waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settled {
    /// None does.
    Nothing,
    /// It waits still.
    Waits,
    /// The file before is back.
    PutBack,
}

/// Tells a text from every other.
pub(crate) fn tag(text: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(text)[..TAG])
}

impl SettingsFile {
    /// The file of this name; of a symbolic link the one it leads to.
    pub(crate) fn new(path: &Path) -> Self {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self { path }
    }

    /// Its name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(ending);
        name.into()
    }

    /// What lies beside it of earlier settings, there or not.
    pub(crate) fn past(&self) -> [PathBuf; 3] {
        [self.before(), self.pending(), self.notice()]
    }

    /// What is told until somebody has read it.
    pub(crate) fn notice(&self) -> PathBuf {
        self.beside(".notice")
    }

    fn before(&self) -> PathBuf {
        self.beside(".before")
    }

    fn pending(&self) -> PathBuf {
        self.beside(".pending")
    }

    /// What is in it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        read_file(&self.path)
    }

    /// What stood in it before the last change.
    ///
    /// # Errors
    /// When it cannot be read; [`io::ErrorKind::NotFound`] when there is none.
    pub(crate) fn read_before(&self) -> io::Result<Vec<u8>> {
        read_file(&self.before())
    }

    /// Whether there are settings before these.
    pub(crate) fn has_before(&self) -> bool {
        self.before().is_file()
    }

    /// Whether it can be replaced, its owner kept.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check_writable(&self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or_else(|| Path::new("/"));
        access(folder, Access::WRITE_OK | Access::EXEC_OK)?;
        access(&self.path, Access::WRITE_OK)?;
        self.check_owner(rustix::process::geteuid().as_raw())
    }

    /// Whether the owner of `like` could replace it, as far as owners and modes tell.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check_writable_by(&self, like: &Metadata) -> io::Result<()> {
        let user = like.uid();
        if user == rustix::process::geteuid().as_raw() {
            return self.check_writable();
        }
        self.check_owner(user)?;
        let folder = self.path.parent().unwrap_or_else(|| Path::new("/"));
        let about = fs::metadata(folder)?;
        // Who is in its group nobody knows here.
        let write = if about.uid() == user { 0o200 } else { 0o022 };
        if user == 0 || about.mode() & write != 0 {
            return Ok(());
        }
        let text = "the filter's user may not write into its folder";
        Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
    }

    fn check_owner(&self, user: u32) -> io::Result<()> {
        if user == 0 || user == fs::metadata(&self.path)?.uid() {
            return Ok(());
        }
        let text = "the file belongs to another user, who would lose it";
        Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
    }

    /// What is known of a change that was made last.
    pub(crate) fn note(&self) -> Option<Note> {
        let text = read_file(&self.pending()).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The change that waits for a person, and the seconds it does. A file that somebody changed since
    /// waits for nobody.
    pub(crate) fn waiting(&self, now: &Uptime) -> Option<(Note, u64)> {
        let note = self.note().filter(|note| !note.is_trial)?;
        let left = note.left(now)?;
        let text = self.read().ok()?;
        (tag(&text) == note.tag).then_some((note, left))
    }

    /// Whether [`Self::settle`] has to be asked as time goes by.
    pub(crate) fn is_timed(&self) -> bool {
        self.note().is_some()
    }

    /// Puts a text in its place. With a number of seconds it goes back after them unless it is
    /// confirmed; without, when the box cannot run with it ([`Self::runs`]).
    ///
    /// # Errors
    /// The file system; the file is as it was then.
    pub(crate) fn write(
        &self,
        text: &[u8],
        by: &str,
        waits: Option<(u64, &Uptime)>,
    ) -> io::Result<()> {
        let old = self.read()?;
        // What nobody has run with yet is no way back: the one before it stays that.
        let untried = self.note().filter(|note| {
            let is_way_back = |before: Vec<u8>| tag(&before) == note.before;
            let is_untried = note.is_trial && note.runs.is_none();
            is_untried && tag(&old) == note.tag && self.read_before().is_ok_and(is_way_back)
        });
        let before = match &untried {
            Some(note) => note.before.clone(),
            None => {
                write_private(&self.before(), &old)?;
                tag(&old)
            }
        };
        let (boot, until) = match waits {
            Some((seconds, now)) => (now.boot.clone(), now.seconds.saturating_add(seconds)),
            None => Default::default(),
        };
        self.write_note(&Note {
            boot,
            until,
            tag: tag(text),
            before,
            by: by.to_owned(),
            is_trial: waits.is_none(),
            starts: 0,
            runs: None,
        })?;
        let replaced = self.replace(text);
        if replaced.is_err() {
            // The file is the one before, and so is what it waits for.
            let _ = match &untried {
                Some(note) => self.write_note(note),
                None => self.forget_note(),
            };
        }
        replaced
    }

    /// The text that is in the file by now goes back to another one, unless it is confirmed within so many
    /// seconds.
    ///
    /// # Errors
    /// The file system.
    pub(crate) fn goes_back_to(
        &self,
        before: &[u8],
        by: &str,
        (seconds, now): (u64, &Uptime),
    ) -> io::Result<()> {
        write_private(&self.before(), before)?;
        self.write_note(&Note {
            boot: now.boot.clone(),
            until: now.seconds.saturating_add(seconds),
            tag: tag(&self.read()?),
            before: tag(before),
            by: by.to_owned(),
            is_trial: false,
            starts: 0,
            runs: None,
        })
    }

    fn write_note(&self, note: &Note) -> io::Result<()> {
        write_private(&self.pending(), &serde_json::to_vec(note)?)
    }

    /// A start begins, before anything reads the file. Whether settings were new to it with which so many
    /// starts before it did not live that the ones before had to be put back, and are.
    ///
    /// # Errors
    /// The file system.
    pub(crate) fn begins(&self, now: &Uptime) -> io::Result<Settled> {
        let Some(mut note) = self.note() else {
            return Ok(Settled::Nothing);
        };
        // A file that somebody changed since is another one, and proves nothing of this.
        if self.way_back_of(&note)?.is_none() {
            return Ok(Settled::Nothing);
        }
        if note.starts >= MOST_STARTS {
            return self.put_back(&note);
        }
        if !note.is_proved(now) {
            note.starts += 1;
            note.runs = None;
            self.write_note(&note)?;
        }
        Ok(Settled::Waits)
    }

    /// The box runs with what is in the file. A change that waited for that only stays once that has been so for
    /// a minute ([`Self::settle`]).
    ///
    /// # Errors
    /// The file system.
    pub(crate) fn runs(&self, now: &Uptime) -> io::Result<()> {
        let Some(mut note) = self.note().filter(|note| note.runs.is_none()) else {
            return Ok(());
        };
        note.runs = Some(now.clone());
        self.write_note(&note)
    }

    /// The program ends in order: that it did not live for long is not the settings' doing.
    ///
    /// # Errors
    /// The file system.
    pub(crate) fn ends(&self) -> io::Result<()> {
        let Some(mut note) = self.note().filter(|note| note.starts > 0) else {
            return Ok(());
        };
        note.starts = 0;
        self.write_note(&note)
    }

    /// The settings to which [`Self::settle`] would go back at once.
    pub(crate) fn way_back(&self) -> Option<Vec<u8>> {
        self.way_back_of(&self.note()?).ok().flatten()
    }

    fn way_back_of(&self, note: &Note) -> io::Result<Option<Vec<u8>>> {
        let found = |read: io::Result<Vec<u8>>| match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other,
        };
        if tag(&found(self.read())?) != note.tag {
            return Ok(None);
        }
        let before = found(self.read_before())?;
        Ok((tag(&before) == note.before).then_some(before))
    }

    /// The change that waits is to stay; whether there was one.
    ///
    /// # Errors
    /// The file system.
    pub(crate) fn confirm(&self, now: &Uptime) -> io::Result<bool> {
        let waits = self.waiting(now).is_some();
        if waits {
            self.forget_note()?;
        }
        Ok(waits)
    }

    /// Puts the file before back where a change waited and its time is over, or at once. A file that
    /// somebody changed since, who therefore is not cut off, stays.
    ///
    /// # Errors
    /// The file system; the change waits still, and it is tried again at the next call.
    pub(crate) fn settle(&self, now: &Uptime, at_once: bool) -> io::Result<Settled> {
        let Some(note) = self.note() else {
            // One that cannot be read says nothing that could be done.
            self.forget_note()?;
            return Ok(Settled::Nothing);
        };
        if note.is_trial && note.is_proved(now) {
            self.forget_note()?;
            return Ok(Settled::Nothing);
        }
        // Settings that the box did run with are not to blame for every fault that ends it.
        let is_kept = note.is_trial && note.runs.is_some();
        if is_kept || !at_once && (note.is_trial || note.left(now).is_some()) {
            return Ok(Settled::Waits);
        }
        self.put_back(&note)
    }

    fn put_back(&self, note: &Note) -> io::Result<Settled> {
        let Some(before) = self.way_back_of(note)? else {
            self.forget_note()?;
            return Ok(Settled::Nothing);
        };
        let bad = self.read()?;
        self.replace(&before)?;
        // They are back, whatever becomes of the rest; a note that is left is of another text.
        if let Err(error) = write_private(&self.before(), &bad) {
            tracing::warn!(%error, "the settings that were put back are not kept");
        }
        if let Err(error) = self.forget_note() {
            tracing::warn!(%error, "the note of settings that were put back stays");
        }
        Ok(Settled::PutBack)
    }

    /// Forgets what waits, because the file was replaced by other means.
    ///
    /// # Errors
    /// The file system.
    pub(crate) fn forget_note(&self) -> io::Result<()> {
        forget_file(&self.pending())
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let about = fs::metadata(&self.path)?;
        let mode = fs::Permissions::from_mode(about.mode() & 0o7777);
        replace_as(&self.path, Some(mode), &about, &mut &*text)
    }
}

/// Writes a file that is either whole or as before, with these rights, for the owner of `like`.
///
/// # Errors
/// The file system, or when the owner would be another one.
pub(crate) fn replace_as(
    path: &Path,
    mode: Option<fs::Permissions>,
    like: &Metadata,
    text: &mut impl io::Read,
) -> io::Result<()> {
    lachan_sys::replace_file(path, |file| {
        keep_owner(file, like)?;
        if let Some(mode) = mode {
            file.set_permissions(mode)?;
        }
        io::copy(text, file)
    })
    .map(drop)
}

/// Makes the owner and group of `like` those of a file. A group that is not ours is lost; the owner is not.
///
/// # Errors
/// When the owner would be another one.
pub(crate) fn keep_owner(file: &File, like: &Metadata) -> io::Result<()> {
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    match fchown(file, Some(like.uid()), Some(like.gid())) {
        Err(_) if own.uid() == like.uid() => Ok(()),
        changed => changed,
    }
}

/// Removes a file for good, if it is there.
///
/// # Errors
/// The file system.
pub(crate) fn forget_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(()) => {}
    }
    let folder = path.parent().unwrap_or_else(|| Path::new("/"));
    File::open(folder)?.sync_all()
}

/// Reads as much of a file as settings may have.
///
/// # Errors
/// The file system.
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// For its owner's eyes only.
///
/// # Errors
/// The file system.
pub(crate) fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    lachan_sys::replace_file(path, |file| {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(text)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::chown;

    use super::*;

    /// A user who is not root.
    const NOBODY: u32 = 65_534;

    struct Place {
        _folder: tempfile::TempDir,
        file: SettingsFile,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lachan.toml");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        Place {
            file: SettingsFile::new(&path),
            _folder: folder,
        }
    }

    fn at(boot: &str, seconds: u64) -> Uptime {
        Uptime {
            boot: boot.into(),
            seconds,
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_keeps_its_mode_and_the_one_before_is_its_owner_s_only() {
        let place = place();
        place.file.check_writable().unwrap();
        assert!(!place.file.has_before());
        place.file.write(b"new", "an", None).unwrap();
        assert_eq!(place.file.read().unwrap(), b"new");
        assert_eq!(mode(place.file.path()), 0o640);
        assert_eq!(mode(&place.file.before()), 0o600);
        assert_eq!(place.file.read_before().unwrap(), b"old");
    }

    #[test]
    fn a_file_is_the_filter_s_to_replace_when_it_owns_it_and_may_write_the_folder() {
        let place = place();
        let folder = place.file.path().parent().unwrap();
        let own = fs::metadata(place.file.path()).unwrap();
        place.file.check_writable_by(&own).unwrap();
        if own.uid() != 0 {
            // Only root makes a file another user's.
            return;
        }
        let theirs = folder.join("theirs");
        fs::write(&theirs, "").unwrap();
        chown(&theirs, Some(NOBODY), None).unwrap();
        let theirs = fs::metadata(&theirs).unwrap();
        let may = |mode| {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
            place.file.check_writable_by(&theirs).is_ok()
        };
        assert!(!may(0o777), "root's file");
        chown(place.file.path(), Some(NOBODY), None).unwrap();
        assert!(may(0o777));
        assert!(!may(0o755), "root's folder");
        chown(folder, Some(NOBODY), None).unwrap();
        assert!(may(0o755));
    }

    #[test]
    fn a_link_stays_a_link() {
        let place = place();
        let link = place.file.path().with_file_name("link.toml");
        std::os::unix::fs::symlink(place.file.path(), &link).unwrap();
        SettingsFile::new(&link).write(b"new", "an", None).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(place.file.read().unwrap(), b"new");
    }

    #[test]
    fn what_nobody_confirms_goes_back_in_its_time() {
        let place = place();
        let now = at("a", 1000);
        place.file.write(b"new", "an", Some((120, &now))).unwrap();
        assert_eq!(mode(&place.file.pending()), 0o600);
        assert_eq!(place.file.waiting(&at("a", 1001)).unwrap().1, 119);
        let settled = |now: &Uptime| place.file.settle(now, false).unwrap();
        assert_eq!(settled(&at("a", 1119)), Settled::Waits);
        assert_eq!(place.file.read().unwrap(), b"new");
        assert_eq!(settled(&at("a", 1120)), Settled::PutBack);
        assert_eq!(place.file.read().unwrap(), b"old");
        assert_eq!(settled(&at("a", 1121)), Settled::Nothing);
        // Nothing is lost: what went back can be had again.
        assert_eq!(place.file.read_before().unwrap(), b"new");
    }

    #[test]
    fn what_is_confirmed_stays() {
        let place = place();
        place
            .file
            .write(b"new", "an", Some((120, &at("a", 5))))
            .unwrap();
        assert!(place.file.confirm(&at("a", 100)).unwrap());
        assert!(!place.file.confirm(&at("a", 100)).unwrap());
        assert_eq!(
            place.file.settle(&at("b", 0), false).unwrap(),
            Settled::Nothing
        );
        assert_eq!(place.file.read().unwrap(), b"new");
    }

    #[test]
    fn a_power_cut_is_no_confirmation() {
        let place = place();
        place
            .file
            .write(b"new", "an", Some((120, &at("a", 5))))
            .unwrap();
        assert!(!place.file.confirm(&at("b", 6)).unwrap());
        assert_eq!(
            place.file.settle(&at("b", 6), false).unwrap(),
            Settled::PutBack
        );
        assert_eq!(place.file.read().unwrap(), b"old");
    }

    #[test]
    fn a_cut_between_the_note_and_the_file_changes_nothing() {
        let place = place();
        place
            .file
            .write(b"new", "an", Some((120, &at("a", 5))))
            .unwrap();
        // As it was before the last rename.
        fs::write(place.file.path(), "old").unwrap();
        assert_eq!(
            place.file.settle(&at("b", 6), false).unwrap(),
            Settled::Nothing
        );
        assert_eq!(place.file.read().unwrap(), b"old");
        assert!(!place.file.pending().exists());
    }

    #[test]
    fn what_somebody_wrote_since_stays() {
        let place = place();
        place
            .file
            .write(b"new", "an", Some((120, &at("a", 5))))
            .unwrap();
        fs::write(place.file.path(), "by hand").unwrap();
        assert_eq!(
            place.file.settle(&at("a", 500), false).unwrap(),
            Settled::Nothing
        );
        assert_eq!(place.file.read().unwrap(), b"by hand");
    }

    #[test]
    fn what_somebody_wrote_since_waits_for_nobody() {
        let place = place();
        let now = at("a", 5);
        place.file.write(b"new", "an", Some((120, &now))).unwrap();
        assert!(place.file.waiting(&now).is_some());
        fs::write(place.file.path(), "by hand").unwrap();
        assert_eq!(place.file.waiting(&now), None);
        assert!(!place.file.confirm(&now).unwrap());
    }

    #[test]
    fn a_cut_at_any_step_of_the_way_back_leaves_settings_that_are_known() {
        let (then, later) = (at("a", 5), at("b", 6));
        let check = |file: &str, before: &str, expected| {
            let place = place();
            place.file.write(b"bad", "an", Some((120, &then))).unwrap();
            fs::write(place.file.path(), file).unwrap();
            fs::write(place.file.before(), before).unwrap();
            assert_eq!(place.file.settle(&later, false).unwrap(), expected);
            assert_eq!(place.file.read().unwrap(), b"old", "{file} {before}");
            assert!(!place.file.pending().exists());
        };
        check("bad", "old", Settled::PutBack);
        // The file is back.
        check("old", "old", Settled::Nothing);
        // And so is the other one beside it.
        check("old", "bad", Settled::Nothing);
    }

    #[test]
    fn the_file_is_back_before_anything_else_is_written() {
        let place = place();
        let now = at("a", 5);
        place.file.write(b"bad", "an", Some((120, &now))).unwrap();
        // A pipe can be read and not be replaced: what is to be written beside the file fails.
        let pipe = place.file.before();
        fs::remove_file(&pipe).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let writer = std::thread::spawn(move || fs::write(pipe, "old").unwrap());
        assert_eq!(place.file.settle(&now, true).unwrap(), Settled::PutBack);
        writer.join().unwrap();
        assert_eq!(place.file.read().unwrap(), b"old");
        assert!(!place.file.pending().exists());
    }

    #[test]
    fn a_way_back_that_fails_is_tried_again() {
        let place = place();
        place
            .file
            .write(b"bad", "an", Some((120, &at("a", 5))))
            .unwrap();
        let before = fs::read(place.file.before()).unwrap();
        fs::remove_file(place.file.before()).unwrap();
        // Something that cannot be read, as on a failing card.
        fs::create_dir(place.file.before()).unwrap();
        assert!(place.file.settle(&at("b", 6), false).is_err());
        assert!(place.file.pending().exists());
        fs::remove_dir(place.file.before()).unwrap();
        fs::write(place.file.before(), before).unwrap();
        assert_eq!(
            place.file.settle(&at("b", 6), false).unwrap(),
            Settled::PutBack
        );
        assert_eq!(place.file.read().unwrap(), b"old");
    }

    #[test]
    fn what_the_box_runs_with_stays_and_what_it_cannot_goes_back() {
        let place = place();
        let settled = |now: &Uptime, at_once| place.file.settle(now, at_once).unwrap();
        place.file.write(b"new", "an", None).unwrap();
        assert_eq!(place.file.waiting(&Uptime::now()), None);
        // No time and no power cut ends a trial.
        assert_eq!(settled(&at("b", 6), false), Settled::Waits);
        place.file.runs(&at("b", 6)).unwrap();
        // A fault after that is not of the settings, and after a minute nothing is.
        assert_eq!(settled(&at("b", 8), true), Settled::Waits);
        assert_eq!(settled(&at("b", 65), false), Settled::Waits);
        assert_eq!(settled(&at("b", 66), false), Settled::Nothing);
        assert!(!place.file.pending().exists());
        assert_eq!(place.file.read().unwrap(), b"new");
        place.file.write(b"bad", "an", None).unwrap();
        assert_eq!(place.file.way_back().unwrap(), b"new");
        assert_eq!(settled(&at("b", 67), true), Settled::PutBack);
        assert_eq!(place.file.read().unwrap(), b"new");
    }

    #[test]
    fn settings_under_which_two_starts_did_not_live_go_back() {
        for waits in [None, Some((120, &at("a", 5)))] {
            let place = place();
            let begins = |now: &Uptime| place.file.begins(now).unwrap();
            place.file.write(b"bad", "an", waits).unwrap();
            assert_eq!(begins(&at("a", 10)), Settled::Waits);
            place.file.runs(&at("a", 11)).unwrap();
            // It was killed, once and again, however far each of them came.
            assert_eq!(begins(&at("a", 20)), Settled::Waits);
            assert_eq!(place.file.read().unwrap(), b"bad");
            assert_eq!(begins(&at("a", 30)), Settled::PutBack);
            assert_eq!(place.file.read().unwrap(), b"old");
            assert_eq!(place.file.read_before().unwrap(), b"bad");
            assert_eq!(begins(&at("a", 40)), Settled::Nothing);
        }
    }

    #[test]
    fn a_start_that_lived_or_ended_in_order_counts_not() {
        let place = place();
        let begins = |now: &Uptime| place.file.begins(now).unwrap();
        place.file.write(b"new", "an", None).unwrap();
        for second in 0..9 {
            assert_eq!(begins(&at("a", second)), Settled::Waits);
            place.file.runs(&at("a", second)).unwrap();
            place.file.ends().unwrap();
        }
        place.file.runs(&at("a", 10)).unwrap();
        for second in 80..90 {
            assert_eq!(begins(&at("a", second)), Settled::Waits);
        }
        assert_eq!(place.file.read().unwrap(), b"new");
    }

    #[test]
    fn starts_with_what_somebody_wrote_by_hand_are_not_counted() {
        let place = place();
        place.file.write(b"bad", "an", None).unwrap();
        fs::write(place.file.path(), "by hand").unwrap();
        for second in 0..9 {
            let begun = place.file.begins(&at("a", second)).unwrap();
            assert_eq!(begun, Settled::Nothing);
        }
        assert_eq!(place.file.read().unwrap(), b"by hand");
    }

    #[test]
    fn what_the_box_runs_with_is_a_way_back_at_once() {
        let place = place();
        place.file.write(b"good", "an", None).unwrap();
        place.file.runs(&at("a", 5)).unwrap();
        place.file.write(b"bad", "an", None).unwrap();
        assert_eq!(place.file.way_back().unwrap(), b"good");
    }

    #[test]
    fn what_was_not_run_with_yet_is_no_way_back() {
        let place = place();
        place.file.write(b"bad", "an", None).unwrap();
        place.file.write(b"worse", "an", None).unwrap();
        assert_eq!(
            place.file.settle(&at("b", 6), true).unwrap(),
            Settled::PutBack
        );
        assert_eq!(place.file.read().unwrap(), b"old");
    }

    #[test]
    fn to_run_is_no_confirmation() {
        let place = place();
        let now = at("a", 5);
        place.file.write(b"new", "an", Some((120, &now))).unwrap();
        place.file.runs(&now).unwrap();
        assert!(place.file.waiting(&now).is_some());
    }

    #[test]
    fn a_damaged_note_keeps_nobody_waiting() {
        let place = place();
        fs::write(place.file.pending(), "{").unwrap();
        assert_eq!(place.file.note(), None);
        assert_eq!(
            place.file.settle(&at("a", 5), false).unwrap(),
            Settled::Nothing
        );
        assert!(!place.file.pending().exists());
    }

    #[test]
    fn this_machine_tells_its_boot() {
        let now = Uptime::now();
        assert!(!now.boot.is_empty() && now.seconds > 0);
        assert_eq!(now.boot, Uptime::now().boot);
    }
}
