//! What is in a backup that was unpacked, for whoever is to decide whether it shall be restored; and
//! what is written into it before it is placed.

use std::fs;
use std::path::{Path, PathBuf};

use lachan_config::parts::{Difference, differences, with_network_of};
use lachan_config::{Config, LoadError};
use lachan_policy::Group;
use lachan_store::{Account, Act, Change, DbError, OpenError, Settings, Store};
use serde_json::Value;

use super::trial::NetworkTrial;
use super::{BackupError, Part, Places, Staging};

/// What is in it.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) groups: Vec<Group>,
    pub(crate) accounts: Vec<Account>,
    /// Settings that differ: this box's first.
    pub(crate) settings: Vec<Difference>,
    /// Whether its settings can be this box's as they are: they keep data where this box does.
    pub(crate) fits: bool,
}

impl Staging {
    /// Reads what was unpacked. Nothing in it is changed but the version of its database.
    ///
    /// # Errors
    /// As [`Staging::check`], but for [`BackupError::OtherFolder`].
    pub(crate) fn contents(&self, places: &Places) -> Result<Contents, BackupError> {
        self.check_database()?;
        let theirs = self.part(Part::Settings);
        let settings = Config::load(&theirs).map_err(BackupError::Settings)?;
        let store = open(&self.part(Part::Database))?;
        let read = |error| BackupError::Copy(error);
        let reader = store.reader().map_err(read)?;
        let contents = Contents {
            groups: reader.groups().map_err(read)?,
            accounts: reader.accounts().map_err(read)?,
            settings: differences(&text(&places.settings)?, &text(&theirs)?),
            fits: settings.paths.data == places.paths.data,
        };
        drop(reader);
        close(&store, &self.part(Part::Database))?;
        Ok(contents)
    }

    /// Gives what was unpacked the place in the network that this box has, and its folders.
    ///
    /// # Errors
    /// [`BackupError::Settings`], [`BackupError::File`].
    pub(crate) fn keep_network(&self, places: &Places) -> Result<(), BackupError> {
        let theirs = self.part(Part::Settings);
        fs::write(&theirs, self.with_own_network(places)?).map_err(BackupError::file(&theirs))
    }

    /// Lets the place in the network that the backup has be tried only: this box's own comes back unless
    /// somebody finds the box there and confirms.
    ///
    /// # Errors
    /// [`BackupError::Settings`], [`BackupError::File`].
    pub(crate) fn try_network(&self, places: &Places, by: &str) -> Result<(), BackupError> {
        let trial = NetworkTrial {
            by: by.to_owned(),
            own: self.with_own_network(places)?,
        };
        trial.write(self.folder())
    }

    /// The settings that were unpacked.
    ///
    /// # Errors
    /// [`BackupError::Settings`].
    pub(crate) fn settings(&self) -> Result<Config, BackupError> {
        Config::load(&self.part(Part::Settings)).map_err(BackupError::Settings)
    }

    /// Those, with the place in the network that this box has.
    fn with_own_network(&self, places: &Places) -> Result<String, BackupError> {
        let theirs = self.part(Part::Settings);
        let name = theirs.display().to_string();
        let merged = with_network_of(&text(&theirs)?, &text(&places.settings)?, &name);
        merged.map_err(|mistakes| BackupError::Settings(LoadError::Mistakes(mistakes)))
    }

    /// Puts into the log of the database that was unpacked how it came here: afterwards it is the log.
    ///
    /// # Errors
    /// [`BackupError::Database`], [`BackupError::Copy`].
    pub(crate) fn record(&self, entry: &LogEntry<'_>) -> Result<(), BackupError> {
        let file = self.part(Part::Database);
        let store = open(&file)?;
        entry.write(&store)?;
        close(&store, &file)
    }

    fn part(&self, part: Part) -> PathBuf {
        self.folder().join(part.name())
    }
}

/// What the log of changes says of a restore.
pub(crate) struct LogEntry<'l> {
    pub(crate) act: &'l Act,
    pub(crate) change: Change,
    /// The school in the backup.
    pub(crate) school: &'l str,
    pub(crate) about: Option<Value>,
    /// When the backup was made, which is the last one then.
    pub(crate) made_at: Option<i64>,
}

impl LogEntry<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// [`BackupError::Copy`].
    pub(crate) fn write(&self, store: &Store) -> Result<(), BackupError> {
        let about = self.about.clone();
        let recorded = store.note(self.act, self.change, self.school, None, about);
        recorded.map_err(|error| match error {
            lachan_store::NoteError::Db(error) => BackupError::Copy(error),
            // An author whom the log does not take: nobody is restored by nobody.
            lachan_store::NoteError::Author(_) => BackupError::Copy(DbError::Closed),
        })?;
        if let Some(at) = self.made_at {
            store.note_backup(at).map_err(BackupError::Copy)?;
        }
        Ok(())
    }
}

fn open(file: &Path) -> Result<Store, BackupError> {
    Store::open_tool(file, Settings::default())
        .map_err(|error| BackupError::Database(Box::new(error)))
}

/// Closes a database of which the file itself is placed: nothing may be left in its log.
fn close(store: &Store, file: &Path) -> Result<(), BackupError> {
    store.close().map_err(BackupError::Copy)?;
    let log = super::stage::beside(file, "-wal");
    match log.metadata() {
        Ok(about) if about.len() > 0 => Err(BackupError::Database(Box::new(OpenError::InUse(log)))),
        _ => Ok(()),
    }
}

fn text(file: &Path) -> Result<String, BackupError> {
    fs::read_to_string(file).map_err(BackupError::file(file))
}
