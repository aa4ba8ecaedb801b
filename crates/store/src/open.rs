//! Opening: the lock, the settings of the connection, the checks, and what happens to a damaged
//! file: it is set aside under another name and a new one is started, so that a box always boots.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::DbError;
use crate::recorder::Recorder;
use crate::schema::{APPLICATION_ID, STEPS, migrate, version};
use crate::settings::Settings;
use crate::time::DAY;

/// Why the database could not be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process records into it.
    #[error(
        "{} is in use by another Lá Chắn that is running; stop that one first \
         (systemctl stop lachan), or give this one a data folder of its own", .0.display()
    )]
    InUse(PathBuf),
    /// The folder, or the lock file beside the database.
    #[error("{} cannot be created or opened; check the folder's owner and free space", .path.display())]
    Folder {
        /// What could not be made.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Made by a newer program.
    #[error(
        "{} was made by a newer Lá Chắn (version {found} of its tables, this program knows \
         {known}); install the newer program again, or move the file away", .path.display()
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version this program knows.
        known: usize,
    },
    /// Another program's database.
    #[error("{} is the database of another program; choose another file", .0.display())]
    Foreign(PathBuf),
    /// Damaged, and in use, so that it cannot be set aside.
    #[error(
        "{} is damaged; restart the Lá Chắn that uses it, which sets it aside and starts a new \
         one", .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        #[source]
        source: DbError,
    },
    /// Damaged, and it cannot be moved.
    #[error("the damaged database {} cannot be moved aside; move it away by hand", .path.display())]
    SetAside {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database itself.
    #[error("{} cannot be opened", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: DbError,
    },
    /// The writer's thread.
    #[error("the writer of {} cannot be started", .path.display())]
    Thread {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// An opened file.
pub(crate) struct Loaded {
    pub(crate) connection: Connection,
    pub(crate) recorder: Recorder,
    pub(crate) set_aside: Option<PathBuf>,
    /// Held as long as this process records.
    pub(crate) lock: Option<File>,
}

/// Opens for the process that records. `now` is unix seconds, 0 when unknown.
pub(crate) fn open_recording(
    path: &Path,
    settings: &Settings,
    now: i64,
) -> Result<Loaded, OpenError> {
    let lock = take_lock(path)?;
    match load(path, settings, true) {
        Ok((connection, recorder)) => Ok(Loaded {
            connection,
            recorder,
            set_aside: None,
            lock: Some(lock),
        }),
        Err(OpenError::Damaged { source, .. }) => {
            let aside = set_aside(path, now).map_err(|source| OpenError::SetAside {
                path: path.to_owned(),
                source,
            })?;
            tracing::error!(
                error = %crate::error::chain(&source),
                set_aside = %aside.display(),
                "the database was damaged; it was set aside and a new one is started"
            );
            let (connection, recorder) = load(path, settings, true)?;
            Ok(Loaded {
                connection,
                recorder,
                set_aside: Some(aside),
                lock: Some(lock),
            })
        }
        Err(error) => Err(error),
    }
}

/// Opens for a tool that changes groups or exceptions, perhaps beside a running box.
pub(crate) fn open_tool(path: &Path, settings: &Settings) -> Result<Loaded, OpenError> {
    make_folder(path)?;
    let (connection, recorder) = load(path, settings, false)?;
    Ok(Loaded {
        connection,
        recorder,
        set_aside: None,
        lock: None,
    })
}

fn make_folder(path: &Path) -> Result<(), OpenError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), fs::create_dir_all)
        .map_err(|source| OpenError::Folder {
            path: folder.unwrap_or(path).to_owned(),
            source,
        })
}

/// A file beside the database that is locked while a process records into it. SQLite's own locks
/// are held only during a transaction.
pub(crate) fn take_lock(path: &Path) -> Result<File, OpenError> {
    make_folder(path)?;
    let name = beside(path, ".lock");
    let failed = |source| OpenError::Folder {
        path: name.clone(),
        source,
    };
    // A link would have root make or lock somebody else's file.
    if fs::symlink_metadata(&name).is_ok_and(|about| about.is_symlink()) {
        return Err(failed(io::ErrorKind::InvalidInput.into()));
    }
    let file = private().truncate(false).open(&name).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Files that only their owner reads.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options
}

fn load(
    path: &Path,
    settings: &Settings,
    check: bool,
) -> Result<(Connection, Recorder), OpenError> {
    let at_fault = |source: DbError| {
        let path = path.to_owned();
        match source {
            source @ DbError::Corrupt(_) => OpenError::Damaged { path, source },
            source => OpenError::Database { path, source },
        }
    };
    private()
        .truncate(false)
        .open(path)
        .map_err(|source| OpenError::Folder {
            path: path.to_owned(),
            source,
        })?;
    let mut connection = connect(path, settings).map_err(at_fault)?;
    check_owner(path, &connection)?;
    if check {
        quick_check(&connection).map_err(at_fault)?;
    }
    migrate(&mut connection, STEPS).map_err(at_fault)?;
    // Whatever else is damaged shows here, while the file can still be set aside.
    let recorder = Recorder::load(&connection, settings.waiting_rows).map_err(at_fault)?;
    crate::groups::load(&connection).map_err(at_fault)?;
    crate::exceptions::load(&connection, false).map_err(at_fault)?;
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
        .map_err(|error| at_fault(error.into()))?;
    Ok((connection, recorder))
}

fn connect(path: &Path, settings: &Settings) -> Result<Connection, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(settings.busy_timeout)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A file that turns out damaged is set aside as it is, its log beside it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "page_size", 4096)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // The writer makes the checkpoints (see `writer`); a log that grew once is cut again.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 8 << 20)?;
    // What is deleted is wiped where that costs no further page.
    connection.pragma_update(None, "secure_delete", "FAST")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if let Some(pages) = settings.max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(connection)
}

/// Refuses other programs' files and newer ones. Values that no program writes are damage.
pub(crate) fn check_owner(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let read = || -> Result<(i32, i64, i64, bool), DbError> {
        let id = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let count = |filter: &str| {
            let sql = format!("SELECT count(*) FROM sqlite_schema {filter}");
            connection.query_row(&sql, [], |row| row.get::<_, i64>(0))
        };
        let ours = count("WHERE name IN ('events', 'audit', 'exceptions')")? > 0;
        Ok((id, version(connection)?, count("")?, ours))
    };
    let (id, found, tables, ours) = read().map_err(|source| match source {
        source @ DbError::Corrupt(_) => OpenError::Damaged {
            path: path.to_owned(),
            source,
        },
        source => OpenError::Database {
            path: path.to_owned(),
            source,
        },
    })?;
    let is_new = id == 0 && found == 0 && tables == 0;
    if is_new {
        return Ok(());
    }
    let is_odd = id != APPLICATION_ID || !(1..1_000).contains(&found);
    if is_odd && ours {
        return Err(OpenError::Damaged {
            path: path.to_owned(),
            source: damage("its header"),
        });
    }
    if id != APPLICATION_ID {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    if usize::try_from(found).is_ok_and(|found| found > STEPS.len()) {
        return Err(OpenError::TooNew {
            path: path.to_owned(),
            found,
            known: STEPS.len(),
        });
    }
    Ok(())
}

/// Reads every page once. A month of a school is a few MB.
pub(crate) fn quick_check(connection: &Connection) -> Result<(), DbError> {
    let found: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if found == "ok" {
        Ok(())
    } else {
        Err(damage(&found))
    }
}

fn damage(found: &str) -> DbError {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    DbError::Corrupt(rusqlite::Error::SqliteFailure(code, Some(found.to_owned())))
}

/// The path with something after its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Moves the database, its log and its index aside as `NAME.corrupt-SECONDS` (with `-wal` and
/// `-shm` after it, so that the copy opens as a database). Nothing is ever overwritten.
fn set_aside(path: &Path, now: i64) -> io::Result<PathBuf> {
    let aside = (0..1_000)
        .map(|try_number| match try_number {
            0 => beside(path, &format!(".corrupt-{now}")),
            _ => beside(path, &format!(".corrupt-{now}.{try_number}")),
        })
        .find(|aside| !aside.exists())
        .ok_or(io::ErrorKind::AlreadyExists)?;
    // The log first: a power cut in between must not leave an old log beside a new database.
    for ending in ["-wal", "-shm", ""] {
        match fs::rename(beside(path, ending), beside(&aside, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    Ok(aside)
}

/// Deletes files set aside more than `days` ago: they hold events too. Gives back how many.
pub(crate) fn delete_set_aside(path: &Path, now: i64, days: u16) -> io::Result<usize> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
    else {
        return Ok(0);
    };
    let prefix = format!("{name}.corrupt-");
    let mut deleted = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let stamp = name.to_str().and_then(|name| name.strip_prefix(&prefix));
        let digits = stamp.map(|stamp| stamp.split(['.', '-']).next().unwrap_or_default());
        let Some(set_aside) = digits.and_then(|digits| digits.parse::<i64>().ok()) else {
            continue;
        };
        if now - set_aside > i64::from(days) * DAY {
            fs::remove_file(entry.path())?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_is_set_as_the_promises_need() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lachan.db");
        let connection = connect(&path, &Settings::default()).unwrap();
        let check = |pragma: &str, expected: &str| {
            let value = connection
                .pragma_query_value(None, pragma, |row| row.get::<_, rusqlite::types::Value>(0))
                .unwrap();
            let text = match value {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => panic!("{pragma}: {other:?}"),
            };
            assert_eq!(text, expected, "{pragma}");
        };
        check("journal_mode", "wal");
        check("synchronous", "2"); // FULL
        check("foreign_keys", "1");
        check("secure_delete", "2"); // FAST
        check("wal_autocheckpoint", "0");
        check("page_size", "4096");
    }

    #[test]
    fn only_old_set_aside_files_of_this_database_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lachan.db");
        let names = [
            "lachan.db",
            "lachan.db.corrupt-100",
            "lachan.db.corrupt-100-wal",
            "lachan.db.corrupt-100.1",
            "lachan.db.corrupt-2592000",
            "lachan.db.corrupt-x",
            "other.db.corrupt-100",
        ];
        for name in names {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(delete_set_aside(&path, 101 + 30 * DAY, 30).unwrap(), 3);
        let left = names.map(|name| folder.path().join(name).exists());
        assert_eq!(left, [true, false, false, false, true, true, true]);
    }
}
