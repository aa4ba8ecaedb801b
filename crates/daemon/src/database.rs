//! The box's database as commands open it, perhaps beside a running filter.

use std::path::{Path, PathBuf};

use lachan_config::{Config, LoadError};
use lachan_store::{DbError, Reader, Retention, Settings, Store};

use crate::cli;
use crate::fault::Fault;

/// Where the settings are unless somebody says otherwise.
const DEFAULT_CONFIG: &str = "/etc/lachan/lachan.toml";

/// The settings file: the one given, else that of `LACHAN_CONFIG`, else the default.
pub(crate) fn config_path(given: Option<&Path>) -> PathBuf {
    let variable = || std::env::var_os("LACHAN_CONFIG").filter(|value| !value.is_empty());
    let given = given.map(Path::to_owned);
    given
        .or_else(|| variable().map(PathBuf::from))
        .unwrap_or_else(|| DEFAULT_CONFIG.into())
}

/// Reads the settings.
///
/// # Errors
/// As [`Config::load`].
pub(crate) fn config(settings: &cli::Settings) -> Result<Config, LoadError> {
    Config::load(&config_path(settings.config.as_deref()))
}

/// What the settings mean for the store.
pub(crate) fn store_settings(config: &Config) -> Settings {
    let defaults = Retention::default();
    let days = |kept: std::time::Duration, most: u16| {
        u16::try_from(kept.as_secs() / 86_400)
            .unwrap_or(most)
            .clamp(1, most)
    };
    let events = days(config.store.events_kept, Retention::MAX_EVENT_DAYS);
    let counters = days(config.store.counters_kept, Retention::MAX_DAYS);
    Settings {
        flush: config.store.flush,
        queue: usize::try_from(config.store.max_queued_events).unwrap_or(usize::MAX),
        // The config's bounds lie within the store's, so the defaults never stand in.
        retention: Retention::new(events, counters, defaults.audit()).unwrap_or(defaults),
        ..Settings::default()
    }
}

/// The database for a change or a question, and where it lies.
pub(crate) struct Database {
    path: PathBuf,
    store: Store,
}

impl Database {
    /// Opens (or makes) it.
    ///
    /// # Errors
    /// [`Fault::Open`].
    pub(crate) fn open(config: &Config) -> Result<Self, Fault> {
        let path = config.paths.database();
        match Store::open_tool(&path, store_settings(config)) {
            Ok(store) => Ok(Self { path, store }),
            Err(source) => Err(Fault::Open {
                path,
                source: Box::new(source),
            }),
        }
    }

    /// Opens it if it is there: a question makes no database.
    ///
    /// # Errors
    /// [`Fault::Open`].
    pub(crate) fn open_existing(config: &Config) -> Result<Option<Self>, Fault> {
        if config.paths.database().exists() {
            Self::open(config).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The store.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Asks something of it.
    ///
    /// # Errors
    /// [`Fault::Database`].
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, DbError>,
    ) -> Result<T, Fault> {
        let answer = self.store.reader().and_then(|reader| question(&reader));
        answer.map_err(|source| Fault::Database {
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_reach_the_store() {
        let config = Config::parse(
            "version = \"v1\"\n[store]\nflush = \"5s\"\nevents-kept = \"7d\"\nmax-queued-events = 200\n",
            "x",
        );
        let settings = store_settings(&config.unwrap());
        assert_eq!((settings.flush.as_secs(), settings.queue), (5, 200));
        assert_eq!(settings.retention.events(), 7);
        let defaults = store_settings(&Config::default());
        assert_eq!(
            (defaults.retention.events(), defaults.retention.counters()),
            (30, 730)
        );
    }

    #[test]
    fn a_given_settings_file_comes_first() {
        assert_eq!(config_path(Some("/x".as_ref())), PathBuf::from("/x"));
    }
}
