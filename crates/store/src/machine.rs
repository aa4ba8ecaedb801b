//! What is done to the box as a whole, for the log of changes; and when it was backed up last.

use serde_json::Value;

use crate::Store;
use crate::audit::{self, Act, AuthorError, Change};
use crate::error::DbError;
use crate::query::Reader;
use crate::retention;

/// Under which key the moment of the last backup stands.
const LAST_BACKUP: &str = "last-backup";

/// Why something is not in the log. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Store {
    /// Puts into the log that somebody made a backup, restored one, or took a restore back: of whom
    /// (the school's name in it), and what more there is to say.
    ///
    /// # Errors
    /// [`MachineError`].
    pub fn record_machine(
        &self,
        act: &Act,
        change: Change,
        subject: &str,
        after: Option<Value>,
    ) -> Result<(), MachineError> {
        act.check()?;
        let (act, subject) = (act.clone(), subject.to_owned());
        self.write(move |step| {
            audit::record(step, &act, change, &subject, None, after.as_ref())?;
            Ok(())
        })
    }

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
    use crate::{Settings, testing};

    #[test]
    fn the_newest_backup_counts_and_the_log_has_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_tool(&folder.path().join("x"), Settings::default()).unwrap();
        let reader = store.reader().unwrap();
        assert_eq!(reader.last_backup().unwrap(), None);
        for at in [20, 10] {
            store.note_backup(at).unwrap();
        }
        assert_eq!(reader.last_backup().unwrap(), Some(20));
        store
            .record_machine(&testing::act(), Change::MakeBackup, "THCS Kim Đồng", None)
            .unwrap();
        let [entry] = reader.audit(None, 9).unwrap().try_into().unwrap();
        assert_eq!(
            (entry.change, entry.subject.as_str()),
            (Change::MakeBackup, "THCS Kim Đồng")
        );
        let nobody = Act {
            author: String::new(),
            ..testing::act()
        };
        let refused = store.record_machine(&nobody, Change::MakeBackup, "x", None);
        assert!(matches!(refused, Err(MachineError::Author(_))));
    }
}
