//! The box as a whole, for the pages: the same functions that `lachan backup` calls.
//!
//! ```text
//!  back_up ─► backup.ready/ ─► fetched by the browser, half an hour long
//!  take_in ─► restore.taken/ ─► look_into ─► restore.unpacking/ ─► restore ─► restore.staged/ ─► the next start
//! ```
//!
//! What lies in such a folder belongs to this run of the program; the next one begins by removing it.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use lachan_api::ports::{
    Intake, Machine, Preview, PreviewAccount, PreviewGroup, PreviewSetting, Ready,
};
use lachan_config::{Config, Language};
use lachan_store::{Act, Change, OpenError, Store};
use lachan_web::{Code, Problem};

use super::Parts;
use super::ports::Settings;
use crate::backup::{
    BackupError, Contents, LogEntry, MIN_PASSPHRASE, Manifest, Part, Places, Staging, Wanted,
    check_room, check_settled, forget_before, make_passphrase, pack, stage_reset, undo, undo_until,
    unpack,
};
use crate::service::clock::Clock;
use crate::service::settings_desk::may_cut_off;
use crate::service::{Restart, chain};
use crate::settings_file::SettingsFile;
use crate::time::{Now, day_shown};
use crate::words::{Words, path};

/// Where a backup lies until it is fetched.
const READY: &str = "backup.ready";
const FILE: &str = "file.age";
/// Where one lies that was taken in.
const TAKEN: &str = "restore.taken";
/// How long either lies there.
const KEPT: Duration = Duration::from_secs(30 * 60);
/// The longest backup that is taken in, in bytes: a province's lists and two years of a big school.
const MOST_TAKEN: u64 = 2 << 30;
/// What the lists and the log press together to, at most: so much more room is needed to look into one.
const PRESSED: u64 = 3;

/// The desk for all that concerns the whole box.
pub(super) struct MachineDesk {
    places: Places,
    settings: Arc<Settings>,
    clock: Arc<Clock>,
    store: Arc<Store>,
    restart: Restart,
    ready: Mutex<Option<Made>>,
    taken: Arc<Mutex<Taken>>,
}

/// A backup that was taken in.
#[derive(Default)]
enum Taken {
    #[default]
    Nothing,
    /// It comes in.
    Coming,
    /// It lies there.
    Whole { since: Instant },
    /// It was opened and found good.
    Opened {
        since: Instant,
        staging: Staging,
        manifest: Manifest,
        fits: bool,
    },
}

impl Taken {
    /// Since when it lies there.
    fn since(&self) -> Option<Instant> {
        match self {
            Self::Nothing | Self::Coming => None,
            Self::Whole { since } | Self::Opened { since, .. } => Some(*since),
        }
    }
}

/// A backup that waits to be fetched.
struct Made {
    ready: Ready,
    since: Instant,
}

impl MachineDesk {
    /// Begins, and removes what an earlier run left.
    pub(super) fn new(places: Places, parts: &Parts) -> Self {
        let desk = Self {
            places,
            settings: Arc::clone(&parts.settings),
            clock: Arc::clone(&parts.clock),
            store: Arc::clone(&parts.store),
            restart: parts.restart.clone(),
            ready: Mutex::default(),
            taken: Arc::default(),
        };
        for folder in [READY, TAKEN] {
            forget(&desk.folder(folder));
        }
        desk
    }

    /// Removes what lay there for too long.
    pub(super) fn tidy(&self) {
        // What is worked on is not past its time.
        if let Ok(mut ready) = free(&self.ready)
            && ready
                .as_ref()
                .is_some_and(|made| made.since.elapsed() >= KEPT)
        {
            *ready = None;
            forget(&self.folder(READY));
        }
        if let Ok(mut taken) = free(&self.taken)
            && taken.since().is_some_and(|since| since.elapsed() >= KEPT)
        {
            *taken = Taken::Nothing;
            forget(&self.folder(TAKEN));
        }
        if let Err(error) = forget_before(&self.places) {
            tracing::warn!(%error, "what was there before the last restore cannot be removed");
        }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.places.paths.data.join(name)
    }

    fn pack(&self, config: &Config, passphrase: String, has_lists: bool) -> Result<Ready, Problem> {
        let folder = self.folder(READY);
        let path = folder.join(FILE);
        let failed = |source| of_file(&path, source);
        self.check_room(has_lists)?;
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .map_err(failed)?;
        let made_at = self.clock.now().map(|now| now.unix);
        let wanted = Wanted {
            places: &self.places,
            school: &config.school.name,
            made_at,
            has_lists,
        };
        let mut out = BufWriter::new(File::create_new(&path).map_err(failed)?);
        pack(&wanted, SecretString::from(passphrase), &mut out)
            .map_err(|error| of_backup(&error))?;
        let out = out
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        let bytes = out.metadata().map_err(failed)?.len();
        let day = made_at.and_then(|_| day_shown(Now::system(), &config.school.time_zone));
        Ok(Ready {
            name: day.map_or_else(|| "lachan.age".into(), |day| format!("lachan-{day}.age")),
            bytes,
            made_at,
        })
    }

    /// Room for the copy of the database, which is read while the file is written, and for the file.
    fn check_room(&self, has_lists: bool) -> Result<(), Problem> {
        let bytes = |part| fs::metadata(self.places.of(part)).map_or(0, |about| about.len());
        let lists = if has_lists { bytes(Part::Ruleset) } else { 0 };
        let needed = bytes(Part::Database)
            .saturating_mul(2)
            .saturating_add(lists);
        check_room(&self.places.paths.data, needed).map_err(|error| of_backup(&error))
    }
}

impl Machine for MachineDesk {
    fn shortest_passphrase(&self) -> usize {
        MIN_PASSPHRASE
    }

    fn passphrase(&self) -> Result<String, Problem> {
        make_passphrase().map_err(|error| of_backup(&error))
    }

    fn back_up(&self, passphrase: String, has_lists: bool) -> Result<Ready, Problem> {
        let mut ready = free(&self.ready)?;
        *ready = None;
        let folder = self.folder(READY);
        forget(&folder);
        let made = self
            .pack(&self.settings.load(), passphrase, has_lists)
            .inspect_err(|_| forget(&folder))?;
        *ready = Some(Made {
            ready: made.clone(),
            since: Instant::now(),
        });
        Ok(made)
    }

    fn ready(&self) -> Option<Ready> {
        // While one is being made there is none, and nobody waits for it.
        let ready = self.ready.try_lock().ok()?;
        ready.as_ref().map(|made| made.ready.clone())
    }

    fn open_ready(&self) -> Result<(Ready, File), Problem> {
        let ready = self.ready().ok_or(Code::NotFound)?;
        let path = self.folder(READY).join(FILE);
        let file = File::open(&path).map_err(|source| of_file(&path, source))?;
        Ok((ready, file))
    }

    fn take_in(&self, bytes: Option<u64>) -> Result<Box<dyn Intake>, Problem> {
        let mut taken = free(&self.taken)?;
        if matches!(*taken, Taken::Coming) {
            return Err(busy());
        }
        if bytes.is_some_and(|bytes| bytes > MOST_TAKEN) {
            return Err(Code::TooLong.into());
        }
        *taken = Taken::Nothing;
        let folder = self.folder(TAKEN);
        forget(&folder);
        let needed = bytes.unwrap_or(0).saturating_mul(1 + PRESSED);
        check_room(&self.places.paths.data, needed).map_err(|error| of_backup(&error))?;
        let path = folder.join(FILE);
        let failed = |source| of_file(&path, source);
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .map_err(failed)?;
        let file = BufWriter::new(File::create_new(&path).map_err(failed)?);
        *taken = Taken::Coming;
        Ok(Box::new(Coming {
            file,
            path,
            folder,
            bytes: 0,
            taken: Arc::clone(&self.taken),
            is_whole: false,
        }))
    }

    fn look_into(&self, passphrase: String) -> Result<Preview, Problem> {
        let mut taken = free(&self.taken)?;
        let since = taken.since().ok_or(Code::NoUpload)?;
        // What was opened before goes first: both would have one folder.
        *taken = Taken::Whole { since };
        let path = self.folder(TAKEN).join(FILE);
        let file = File::open(&path).map_err(|source| of_file(&path, source))?;
        let problem = |error: BackupError| of_backup(&error);
        let staging = Staging::begin(&self.places).map_err(problem)?;
        let secret = SecretString::from(passphrase);
        let manifest = unpack(file, secret, staging.folder()).map_err(problem)?;
        let contents = staging
            .contents(&self.places)
            .map_err(|error| of_backup(&or_newer(error, &manifest)))?;
        let preview = preview(&manifest, &contents);
        *taken = Taken::Opened {
            since,
            staging,
            manifest,
            fits: contents.fits,
        };
        Ok(preview)
    }

    fn give_up(&self) -> Result<(), Problem> {
        let mut taken = free(&self.taken)?;
        if !matches!(*taken, Taken::Coming) {
            *taken = Taken::Nothing;
            forget(&self.folder(TAKEN));
        }
        Ok(())
    }

    fn restore(&self, act: &Act, own_network: bool) -> Result<(), Problem> {
        let problem = |error: BackupError| of_backup(&error);
        self.check_settings_file()?;
        let mut taken = free(&self.taken)?;
        let Taken::Opened {
            staging,
            manifest,
            fits,
            ..
        } = std::mem::take(&mut *taken)
        else {
            return Err(Code::NoUpload.into());
        };
        forget(&self.folder(TAKEN));
        if own_network || !fits {
            staging.keep_network(&self.places).map_err(problem)?;
        } else if may_cut_off(&self.settings.load(), &staging.settings().map_err(problem)?) {
            let tried = staging.try_network(&self.places, &act.author);
            tried.map_err(problem)?;
        }
        let mut entry = LogEntry {
            act,
            change: Change::RestoreBackup,
            school: &manifest.school,
            about: None,
            made_at: manifest.made_at,
        };
        staging.record(&entry).map_err(problem)?;
        staging.check(&self.places).map_err(problem)?;
        // Here, too, for whoever takes it back.
        entry.made_at = None;
        entry.write(&self.store).map_err(problem)?;
        staging.stage().map_err(problem)?;
        tracing::warn!("a backup is restored: the filter begins again");
        self.restart.soon();
        Ok(())
    }

    fn undo_until(&self) -> Option<i64> {
        undo_until(&self.places)
    }

    fn undo(&self, act: &Act) -> Result<(), Problem> {
        self.check_settings_file()?;
        let config = self.settings.load();
        let entry = LogEntry {
            act,
            change: Change::UndoRestore,
            school: &config.school.name,
            about: None,
            made_at: None,
        };
        undo(&self.places, &entry).map_err(|error| of_backup(&error))?;
        tracing::warn!("a restore is taken back: the filter begins again");
        self.restart.soon();
        Ok(())
    }

    fn reset(&self, keeps_network: bool) -> Result<(), Problem> {
        self.check_settings_file()?;
        stage_reset(&self.places, keeps_network).map_err(|error| of_backup(&error))?;
        tracing::warn!("the box is reset: the filter begins again");
        self.restart.soon();
        Ok(())
    }
}

impl MachineDesk {
    /// Whether the settings file can be replaced: found out when only it is left, the box would be half
    /// another one. Settings that may go back by themselves are not.
    fn check_settings_file(&self) -> Result<(), Problem> {
        check_settled(&self.places).map_err(|error| of_backup(&error))?;
        let file = SettingsFile::new(&self.places.settings);
        file.check_writable().map_err(|error| {
            tracing::error!(%error, file = %file.path().display(), "the settings file cannot be replaced");
            let told = |language| Words::new(language).settings_not_replaced(&path(&self.places.settings));
            Problem::from(Code::DiskFailed)
                .with_detail(told(Language::Vietnamese), told(Language::English))
        })
    }
}

/// A backup that comes in.
struct Coming {
    file: BufWriter<File>,
    path: PathBuf,
    folder: PathBuf,
    bytes: u64,
    taken: Arc<Mutex<Taken>>,
    is_whole: bool,
}

impl Intake for Coming {
    fn write(&mut self, piece: &[u8]) -> Result<(), Problem> {
        /// Between two looks at the room that is left, in bytes.
        const LOOK: u64 = 16 << 20;
        let before = self.bytes / LOOK;
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        if self.bytes > MOST_TAKEN {
            return Err(Code::TooLong.into());
        }
        if self.bytes / LOOK > before {
            check_room(&self.folder, LOOK).map_err(|error| of_backup(&error))?;
        }
        self.file
            .write_all(piece)
            .map_err(|source| of_file(&self.path, source))
    }

    fn keep(mut self: Box<Self>) -> Result<u64, Problem> {
        self.file
            .flush()
            .map_err(|source| of_file(&self.path, source))?;
        self.is_whole = true;
        *held(&self.taken) = Taken::Whole {
            since: Instant::now(),
        };
        Ok(self.bytes)
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        if !self.is_whole {
            forget(&self.folder);
            *held(&self.taken) = Taken::Nothing;
        }
    }
}

fn preview(manifest: &Manifest, contents: &Contents) -> Preview {
    let groups = contents.groups.iter().map(|group| PreviewGroup {
        name: group.name.to_string(),
        tier: group.tier.id().to_owned(),
    });
    let accounts = contents.accounts.iter().map(|account| PreviewAccount {
        display_name: account.display_name.clone(),
        role: account.role.clone(),
    });
    let settings = contents.settings.iter().map(|one| PreviewSetting {
        key: one.key.clone(),
        here: one.first.clone(),
        there: one.second.clone(),
    });
    let is_lists = |name: &str| name == Part::Ruleset.name();
    Preview {
        school: manifest.school.clone(),
        made_at: manifest.made_at,
        program: manifest.program.chars().take(40).collect(),
        lists: manifest.parts.iter().any(|entry| is_lists(&entry.name)),
        groups: groups.collect(),
        accounts: accounts.collect(),
        settings: settings.collect(),
        fits: contents.fits,
    }
}

/// A database of a newer version is a backup of a newer program.
fn or_newer(error: BackupError, manifest: &Manifest) -> BackupError {
    match error {
        BackupError::Database(source) if matches!(*source, OpenError::TooNew { .. }) => {
            BackupError::TooNew {
                program: manifest.program.chars().take(40).collect(),
            }
        }
        error => error,
    }
}

fn forget(folder: &Path) {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, folder = %folder.display(), "a folder cannot be removed");
        }
        _ => {}
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As [`held`], for whoever can be told to come again: a big backup is worked on for minutes.
fn free<T>(lock: &Mutex<T>) -> Result<MutexGuard<'_, T>, Problem> {
    match lock.try_lock() {
        Ok(held) => Ok(held),
        Err(TryLockError::Poisoned(error)) => Ok(error.into_inner()),
        Err(TryLockError::WouldBlock) => Err(busy()),
    }
}

fn busy() -> Problem {
    Problem::from(Code::Busy).retry_after(30)
}

fn of_file(path: &Path, source: io::Error) -> Problem {
    of_backup(&BackupError::File {
        path: path.to_owned(),
        source,
    })
}

/// Why there is no backup, or none is restored, as a problem: what is the file's fault is told in both
/// languages, what is the machine's goes to the log.
fn of_backup(error: &BackupError) -> Problem {
    let code = match error {
        BackupError::Passphrase => Code::WrongPassphrase,
        BackupError::NotOurs => Code::NotABackup,
        BackupError::Damaged(_) => Code::BackupDamaged,
        BackupError::TooNew { .. } => Code::BackupTooNew,
        BackupError::NoRoom { .. } => Code::NoRoom,
        BackupError::NothingBefore => return Code::NothingToUndo.into(),
        BackupError::SettingsPending => return Code::SettingsPending.into(),
        BackupError::TooMuchWork
        | BackupError::Part(_)
        | BackupError::Settings(_)
        | BackupError::OtherFolder { .. }
        | BackupError::Database(_) => Code::BackupUnfit,
        BackupError::File { .. } | BackupError::Copy(_) | BackupError::NoBox(_) => Code::DiskFailed,
        BackupError::Short | BackupError::NoTerminal | BackupError::Random(_) => Code::Internal,
    };
    if matches!(code, Code::DiskFailed | Code::Internal | Code::BackupUnfit) {
        tracing::error!(error = %chain(error), "a backup cannot be made or restored");
    }
    if matches!(code, Code::DiskFailed | Code::Internal) {
        return code.into();
    }
    let title = code.title();
    let told = |language, title| beyond(title, &Words::new(language).backup_error(error));
    let vi = told(Language::Vietnamese, title.vi);
    let en = told(Language::English, title.en);
    match vi.zip(en) {
        Some((vi, en)) => Problem::from(code).with_detail(sentence(vi), sentence(en)),
        None => code.into(),
    }
}

/// What a text says beyond a title that it may begin with; `None` when nothing is left.
fn beyond(title: &str, text: &str) -> Option<String> {
    let (first, rest) = text.split_once("; ").unwrap_or((text, ""));
    if first.to_lowercase() != title.to_lowercase() {
        return Some(text.to_owned());
    }
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// On the command line an error is part of a sentence; on a page it is one.
fn sentence(text: String) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let mut text: String = first.into_iter().flatten().chain(letters).collect();
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings_file::{SettingsFile, Uptime};

    fn detail(error: &BackupError) -> Option<(String, String)> {
        of_backup(error).detail
    }

    #[test]
    fn a_problem_says_no_more_than_once_what_is_wrong() {
        let (vi, en) = detail(&BackupError::Passphrase).unwrap();
        assert_eq!(vi, "Hãy gõ đúng từng ký tự, kể cả dấu gạch.");
        assert_eq!(en, "Type it letter by letter, with its dashes.");
        assert_eq!(detail(&BackupError::NotOurs), None);
        let newer = BackupError::TooNew {
            program: "9.0".into(),
        };
        let (vi, en) = detail(&newer).unwrap();
        assert!(vi.contains("(9.0)") && en.ends_with("update this box first."));
        // What is the machine's fault is told by its log.
        assert_eq!(
            detail(&BackupError::Copy(lachan_store::DbError::Closed)),
            None
        );
    }

    #[test]
    fn each_fault_of_a_file_has_a_code_of_its_own() {
        let cut = || BackupError::Damaged(io::ErrorKind::UnexpectedEof.into());
        let newer = BackupError::TooNew {
            program: String::new(),
        };
        let room = BackupError::NoRoom { needed: 2, free: 1 };
        for (error, code) in [
            (BackupError::Passphrase, "wrong-passphrase"),
            (BackupError::NotOurs, "not-a-backup"),
            (cut(), "backup-damaged"),
            (newer, "backup-too-new"),
            (BackupError::Part("x".into()), "backup-unfit"),
            (room, "no-room"),
            (BackupError::NothingBefore, "nothing-to-undo"),
        ] {
            assert_eq!(of_backup(&error).code.id(), code);
        }
    }
    struct ADesk {
        folder: tempfile::TempDir,
        desk: MachineDesk,
    }

    fn a_desk() -> ADesk {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let places = Places {
            settings: folder.path().join("lachan.toml"),
            paths: lachan_config::Paths::below(&data),
        };
        let text = format!("version = \"v1\"\n[paths]\ndata = \"{}\"\n", data.display());
        fs::write(&places.settings, &text).unwrap();
        fs::create_dir_all(places.paths.lists()).unwrap();
        let config = Config::parse(&text, "x").unwrap();
        let store = Store::open_tool(&places.paths.database(), lachan_store::Settings::default());
        let desk = MachineDesk {
            places,
            clock: Arc::new(Clock::new(config.school.time_zone.clone())),
            settings: Arc::new(arc_swap::ArcSwap::from_pointee(config)),
            store: Arc::new(store.unwrap()),
            restart: Restart::default(),
            ready: Mutex::default(),
            taken: Arc::default(),
        };
        ADesk { folder, desk }
    }

    fn act() -> Act {
        Act {
            author: "an".into(),
            role: lachan_policy::Role::School,
            at: Some(1_800_000_000),
        }
    }

    fn code<T>(outcome: Result<T, Problem>) -> Option<&'static str> {
        outcome.err().map(|problem| problem.code.id())
    }

    #[test]
    fn who_comes_while_a_backup_is_worked_on_is_told_and_does_not_wait() {
        let ADesk {
            desk,
            folder: _folder,
        } = a_desk();
        let (_taken, _ready) = (held(&desk.taken), held(&desk.ready));
        assert_eq!(code(desk.look_into("x".into())), Some("busy"));
        assert_eq!(code(desk.take_in(None)), Some("busy"));
        assert_eq!(code(desk.give_up()), Some("busy"));
        assert_eq!(code(desk.restore(&act(), true)), Some("busy"));
        assert_eq!(code(desk.back_up("x".into(), false)), Some("busy"));
        desk.tidy();
    }

    #[test]
    fn no_box_becomes_another_while_its_settings_may_go_back() {
        let ADesk {
            desk,
            folder: _folder,
        } = a_desk();
        let file = SettingsFile::new(&desk.places.settings);
        let other = [&file.read().unwrap()[..], b"# changed\n"].concat();
        let now = Uptime::now();
        file.write(&other, "an", Some((120, &now))).unwrap();
        assert_eq!(code(desk.restore(&act(), true)), Some("settings-pending"));
        assert_eq!(code(desk.undo(&act())), Some("settings-pending"));
        assert_eq!(code(desk.reset(true)), Some("settings-pending"));
        assert!(!desk.folder("reset.staged").exists());
        assert!(file.confirm(&now).unwrap());
        assert_eq!(code(desk.restore(&act(), true)), Some("no-upload"));
        assert_eq!(code(desk.undo(&act())), Some("nothing-to-undo"));
        assert_eq!(code(desk.reset(true)), None);
        assert!(desk.folder("reset.staged").exists());
    }

    #[test]
    fn what_was_before_a_restore_goes_in_its_time_while_the_box_runs() {
        let ADesk { desk, folder } = a_desk();
        let before = folder.path().join("data/before-restore");
        fs::create_dir(&before).unwrap();
        let week = Duration::from_secs(7 * 24 * 3_600);
        let made = std::time::SystemTime::now() - week;
        File::open(&before).unwrap().set_modified(made).unwrap();
        desk.tidy();
        assert!(!before.exists());
    }
}
