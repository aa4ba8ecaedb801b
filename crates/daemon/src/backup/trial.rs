//! The place in the network that a backup brings, on trial: who restores from afar is cut off where it was another
//! box's, and gets this box's own back after two minutes, as after any change of the settings that nobody confirmed.
//!
//! ```text
//!  restore.staged/network.trial ─► lachan.toml: the backup's, on trial ─► confirmed, or this box's own again
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::stage::{give, sync};
use super::{BackupError, Places};
use crate::settings_file::{SettingsFile, Uptime, WAITS};

/// What is tried, while it is staged.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NetworkTrial {
    /// Who restores.
    pub(super) by: String,
    /// The settings of the backup with this box's own network.
    pub(super) own: String,
}

fn file(folder: &Path) -> PathBuf {
    folder.join("network.trial")
}

impl NetworkTrial {
    /// Notes it in a folder that is to be staged.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = file(folder);
        let written = serde_json::to_vec(self)
            .map_err(io::Error::other)
            .and_then(|text| fs::write(&path, text));
        written.map_err(BackupError::file(&path))
    }

    /// Makes it last, for the owner of the data folder.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub(super) fn keep(folder: &Path, data: &Path) -> Result<(), BackupError> {
        let path = file(folder);
        if !path.exists() {
            return Ok(());
        }
        sync(&path)?;
        give(&path, data)
    }

    /// Begins it, where one was staged: the settings are in their place.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub(super) fn begin(staged: &Path, places: &Places) -> Result<(), BackupError> {
        let path = file(staged);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read.map_err(BackupError::file(&path))?,
        };
        let trial: Self = serde_json::from_slice(&text)
            .map_err(io::Error::other)
            .map_err(BackupError::file(&path))?;
        let settings = SettingsFile::new(&places.settings);
        let waits = (WAITS, &Uptime::now());
        let begun = settings.goes_back_to(trial.own.as_bytes(), &trial.by, waits);
        begun.map_err(BackupError::file(&places.settings))
    }
}
