//! Copies of the database for a backup, and what is asked of one before it takes the database's place.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::DbError;
use crate::open::{OpenError, check_owner, quick_check, take_lock};

/// Keeps every process from recording into a database, until it is dropped.
#[derive(Debug)]
pub struct Locked {
    _file: File,
}

/// Locks a database that is about to be replaced.
///
/// # Errors
/// [`OpenError::InUse`] while somebody records into it; [`OpenError::Folder`].
pub fn lock(database: &Path) -> Result<Locked, OpenError> {
    take_lock(database).map(|file| Locked { _file: file })
}

/// Writes the database as it is at one moment into a new file, without what is free in it. Others may
/// write meanwhile.
///
/// # Errors
/// [`DbError`]: it cannot be read, the new file cannot be written or exists, the disk is full.
pub fn copy(database: &Path, to: &Path) -> Result<(), DbError> {
    let connection = read_only(database)?;
    let to = to.to_string_lossy();
    connection.execute("VACUUM INTO ?1", [to.as_ref()])?;
    Ok(())
}

/// Checks that a file is a whole database of ours, of a version that this program knows.
///
/// # Errors
/// [`OpenError::Foreign`], [`OpenError::TooNew`], [`OpenError::Damaged`], [`OpenError::Database`].
pub fn check(copy: &Path) -> Result<(), OpenError> {
    let failed = |source: DbError| {
        let path = copy.to_owned();
        match source {
            source @ DbError::Corrupt(_) => OpenError::Damaged { path, source },
            source => OpenError::Database { path, source },
        }
    };
    let connection = read_only(copy).map_err(failed)?;
    check_owner(copy, &connection)?;
    let id: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|error| failed(error.into()))?;
    if id != crate::schema::APPLICATION_ID {
        return Err(OpenError::Foreign(copy.to_owned()));
    }
    quick_check(&connection).map_err(failed)
}

fn read_only(path: &Path) -> Result<Connection, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Seek as _, SeekFrom, Write as _};

    use super::*;
    use crate::{Settings, Store};

    #[test]
    fn a_copy_made_while_the_store_is_open_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("lachan.db"), folder.path().join("copy"));
        let store = Store::open_tool(&from, Settings::default()).unwrap();
        copy(&from, &to).unwrap();
        check(&to).unwrap();
        // A copy replaces nothing.
        assert!(copy(&from, &to).is_err());
        drop(store);
    }

    #[test]
    fn what_is_no_database_of_ours_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("lachan.db"), folder.path().join("copy"));
        drop(Store::open_tool(&from, Settings::default()).unwrap());
        copy(&from, &to).unwrap();

        let text = folder.path().join("text");
        fs::write(&text, "a text, and no database at all").unwrap();
        assert!(check(&text).is_err());

        let empty = folder.path().join("empty");
        fs::write(&empty, "").unwrap();
        assert!(matches!(check(&empty), Err(OpenError::Foreign(_))));

        let other = folder.path().join("other");
        let connection = Connection::open(&other).unwrap();
        connection.execute("CREATE TABLE t (a)", []).unwrap();
        drop(connection);
        assert!(matches!(check(&other), Err(OpenError::Foreign(_))));

        let newer = folder.path().join("newer");
        fs::copy(&to, &newer).unwrap();
        let connection = Connection::open(&newer).unwrap();
        connection.pragma_update(None, "user_version", 900).unwrap();
        drop(connection);
        assert!(matches!(
            check(&newer),
            Err(OpenError::TooNew { found: 900, .. })
        ));

        let length = fs::metadata(&to).unwrap().len();
        let mut file = fs::OpenOptions::new().write(true).open(&to).unwrap();
        file.seek(SeekFrom::Start(length / 2)).unwrap();
        file.write_all(&[0x5A; 8192]).unwrap();
        drop(file);
        assert!(check(&to).is_err());
    }

    #[test]
    fn a_locked_database_is_recorded_into_by_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lachan.db");
        let locked = lock(&path).unwrap();
        assert!(matches!(lock(&path), Err(OpenError::InUse(_))));
        drop(locked);
        lock(&path).unwrap();
    }
}
