//! When the box was backed up last.

use crate::Store;
use crate::error::DbError;
use crate::query::Reader;
use crate::retention;

/// Under which key the moment of the last backup stands.
const LAST_BACKUP: &str = "last-backup";

impl Store {
    /// Notes that a backup made at this moment (unix seconds) is in people's hands. An older one than
    /// the last changes nothing.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn note_backup(&self, at: i64) -> Result<(), DbError> {
        self.write(move |step| {
            if retention::noted(step, LAST_BACKUP)?.is_none_or(|before| before < at) {
                retention::note(step, LAST_BACKUP, at)?;
            }
            Ok(())
        })
    }
}

impl Reader {
    /// When the last backup was made that is in people's hands, in unix seconds.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn last_backup(&self) -> Result<Option<i64>, DbError> {
        retention::noted(&self.connection, LAST_BACKUP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn the_newest_backup_counts() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_tool(&folder.path().join("x"), Settings::default()).unwrap();
        let reader = store.reader().unwrap();
        assert_eq!(reader.last_backup().unwrap(), None);
        for at in [20, 10] {
            store.note_backup(at).unwrap();
        }
        assert_eq!(reader.last_backup().unwrap(), Some(20));
    }
}
