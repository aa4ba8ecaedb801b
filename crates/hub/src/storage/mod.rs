//! The database: SQLite in one file unless somebody names a PostgreSQL, one SQL for both.
//!
//! ```text
//!  storage.write(|tx| …) ─► begin ─► step ─► commit ─► done
//!            ▲                │        │        │
//!            └─ wait a little ◄────────┴────────┘  another was first, or the connection is lost
//! ```
//!
//! Every transaction is short and may run more than once, so a step has no effect but in the database; ids and the
//! time are made before it. What distributed engines that speak PostgreSQL's protocol lack is not used
//! (ARCHITECTURE.md, The hub's database).

mod error;
mod schema;
mod standing;

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyPool, Executor as _, Transaction};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::audit::Act;
pub use error::{Failed, Never, StorageError};
use error::{Remedy, remedy};
pub(crate) use schema::{OPEN, storage_error};

/// A transaction under way.
pub type Tx = Transaction<'static, Any>;
/// Who acts, and on which units.
type By<'b> = Option<(&'b Act, &'b [&'b str])>;
/// What a step of [`Storage::write`] gives.
pub type Step<'t, T, R> = BoxFuture<'t, Result<T, Failed<R>>>;

/// Connections that one instance holds at most unless told otherwise: more wait than a database of four cores could
/// serve at once.
pub const CONNECTIONS: u32 = 16;
/// How long a request waits for a database that is away or held by others.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);
/// The first wait before another try, and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(2);
const LONGEST_WAIT: Duration = Duration::from_millis(400);
/// How often a key that is there already is looked at again.
const KEY_TRIES: u32 = 2;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file of our own.
    Sqlite,
    /// PostgreSQL, or what speaks its protocol.
    Postgres,
}

/// How strictly transactions are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// As if one ran after the other: what is decided by looking, holds.
    Serial,
    /// Only what a key decides holds; for uploads, which touch nothing of one another.
    ByKey,
    /// Nothing is written.
    Reading,
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Storage {
    pool: AnyPool,
    engine: Engine,
    /// SQLite has one writer: ours wait here in their order, not by trying.
    turn: Arc<Mutex<()>>,
}

impl Storage {
    /// Opens a database by its URL, `sqlite:FILE` or `postgres://…`, and moves its tables on.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn open(url: &str, connections: u32) -> Result<Self, StorageError> {
        let storage = Self::connect(url, connections).await?;
        storage.migrate().await?;
        Ok(storage)
    }

    /// Opens a database without touching its tables.
    ///
    /// # Errors
    /// [`StorageError::Url`], [`StorageError::Unreachable`].
    pub async fn connect(url: &str, connections: u32) -> Result<Self, StorageError> {
        sqlx::any::install_default_drivers();
        let engine = engine_of(url).ok_or_else(|| StorageError::Url {
            url: without_password(url),
        })?;
        let url = match engine {
            Engine::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        };
        let options = AnyConnectOptions::from_str(&url).map_err(|_| StorageError::Url {
            url: without_password(&url),
        })?;
        let pool = Self::pool(engine, options, connections).await?;
        Ok(Self {
            pool,
            engine,
            turn: Arc::default(),
        })
    }

    /// The connections; tried again for as long as a request would, for a database may start after us, and SQLite's file
    /// is locked for a moment while its first connection sets it up.
    async fn pool(
        engine: Engine,
        options: AnyConnectOptions,
        connections: u32,
    ) -> Result<AnyPool, StorageError> {
        let ends = Instant::now() + PATIENCE;
        loop {
            let opened = AnyPoolOptions::new()
                .max_connections(connections.max(2))
                .acquire_timeout(ACQUIRE)
                .after_connect(move |connection, _| {
                    Box::pin(async move {
                        for statement in settings_of(engine) {
                            connection.execute(*statement).await?;
                        }
                        Ok(())
                    })
                })
                .connect_with(options.clone())
                .await;
            match opened {
                Ok(pool) => return Ok(pool),
                Err(error) if remedy(&error) == Remedy::None || Instant::now() >= ends => {
                    return Err(StorageError::Unreachable(error));
                }
                Err(error) => tracing::debug!(%error, "the database is asked again"),
            }
            sleep(jittered(LONGEST_WAIT)).await;
        }
    }

    /// Which engine it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Moves the tables on to what this program knows, one step at a time; several instances may begin at once.
    ///
    /// # Errors
    /// [`StorageError::Newer`], or the database failed.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        schema::migrate(self).await
    }

    /// The version of the tables.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn version(&self) -> Result<i64, StorageError> {
        schema::version(self).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StorageError::Unreachable`].
    pub async fn health(&self) -> Result<(), StorageError> {
        let asked = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM schema_steps");
        asked
            .fetch_one(&self.pool)
            .await
            .map(drop)
            .map_err(StorageError::Unreachable)
    }

    /// Carries out a step that looks and then writes, as if nobody else did anything meanwhile.
    ///
    /// # Errors
    /// What the step refuses; [`StorageError`] when the database fails for longer than we wait. Where the
    /// connection breaks during the commit, nobody knows whether it was done: it is tried again, and refuses then what is there
    /// already.
    pub async fn write<T, R, F>(&self, step: F) -> Result<T, Failed<R>>
    where
        F: for<'t> Fn(&'t mut Tx) -> Step<'t, T, R> + Send + Sync,
        T: Send,
        R: Send,
    {
        self.run(Apart::Serial, None, &step).await
    }

    /// As [`Self::write`], for somebody: in the same transaction it is looked at whether she still is what she was when her request
    /// came in, and whether these units are in her part.
    ///
    /// # Errors
    /// As [`Self::write`]; [`StorageError::Outdated`].
    pub async fn write_as<T, R, F>(
        &self,
        act: &Act,
        units: &[&str],
        step: F,
    ) -> Result<T, Failed<R>>
    where
        F: for<'t> Fn(&'t mut Tx) -> Step<'t, T, R> + Send + Sync,
        T: Send,
        R: Send,
    {
        self.run(Apart::Serial, Some((act, units)), &step).await
    }

    /// Carries out a step in which keys decide everything, so that steps of different boxes never disturb one another.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn append<T, R, F>(&self, step: F) -> Result<T, Failed<R>>
    where
        F: for<'t> Fn(&'t mut Tx) -> Step<'t, T, R> + Send + Sync,
        T: Send,
        R: Send,
    {
        self.run(Apart::ByKey, None, &step).await
    }

    /// Carries out a step that only reads.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn read<T, R, F>(&self, step: F) -> Result<T, Failed<R>>
    where
        F: for<'t> Fn(&'t mut Tx) -> Step<'t, T, R> + Send + Sync,
        T: Send,
        R: Send,
    {
        self.run(Apart::Reading, None, &step).await
    }

    async fn run<T, R, F>(&self, apart: Apart, by: By<'_>, step: &F) -> Result<T, Failed<R>>
    where
        F: for<'t> Fn(&'t mut Tx) -> Step<'t, T, R> + Send + Sync,
        T: Send,
        R: Send,
    {
        let ends = Instant::now() + PATIENCE;
        let mut wait = FIRST_WAIT;
        let mut keys = 0;
        loop {
            let error = match self.once(apart, by, step).await {
                Err(Failed::Statement(error)) => error,
                done => return done,
            };
            let remedy = remedy(&error);
            let is_hopeless = match remedy {
                Remedy::None => true,
                Remedy::Twice => {
                    keys += 1;
                    keys > KEY_TRIES
                }
                Remedy::Again | Remedy::Reconnect => Instant::now() >= ends,
            };
            if is_hopeless {
                return Err(Failed::Storage(match remedy {
                    Remedy::Again => StorageError::Busy(error),
                    Remedy::Reconnect => StorageError::Unreachable(error),
                    Remedy::Twice | Remedy::None => StorageError::Statement(error),
                }));
            }
            tracing::debug!(%error, "a transaction is tried again");
            sleep(jittered(wait)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn once<T, R, F>(&self, apart: Apart, by: By<'_>, step: &F) -> Result<T, Failed<R>>
    where
        F: for<'t> Fn(&'t mut Tx) -> Step<'t, T, R> + Send + Sync,
        T: Send,
        R: Send,
    {
        let _turn = match (self.engine, apart) {
            (Engine::Sqlite, Apart::Serial | Apart::ByKey) => Some(self.turn.lock().await),
            _ => None,
        };
        let begin = match (self.engine, apart) {
            // The lock is taken at once: one that is taken later fails instead of waiting.
            (Engine::Sqlite, Apart::Serial | Apart::ByKey) => "BEGIN IMMEDIATE",
            (Engine::Sqlite, Apart::Reading) => "BEGIN",
            (Engine::Postgres, Apart::Serial) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            (Engine::Postgres, Apart::ByKey) => "BEGIN ISOLATION LEVEL READ COMMITTED",
            (Engine::Postgres, Apart::Reading) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let mut tx = self.pool.begin_with(begin).await?;
        let stepped = async {
            if let Some((act, units)) = by {
                standing::check(&mut tx, act, units).await?;
            }
            step(&mut tx).await
        };
        match stepped.await {
            Ok(done) => {
                tx.commit().await?;
                Ok(done)
            }
            Err(error) => {
                // The step's own error says more than one of taking it back; a broken connection takes itself back.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }

    /// Ends all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Half to all of a wait, so that two who met do not meet again.
fn jittered(wait: Duration) -> Duration {
    let mut byte = [0; 1];
    // Without randomness they wait the same.
    let _ = getrandom::fill(&mut byte);
    wait / 2 + (wait / 2) * u32::from(byte[0]) / 255
}

fn engine_of(url: &str) -> Option<Engine> {
    let (scheme, _) = url.split_once(':')?;
    match scheme {
        "sqlite" => Some(Engine::Sqlite),
        "postgres" | "postgresql" => Some(Engine::Postgres),
        _ => None,
    }
}

/// A URL as a message may show it.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{place}")
        }
        None => url.to_owned(),
    }
}

/// What each connection begins with.
const fn settings_of(engine: Engine) -> &'static [&'static str] {
    match engine {
        // What a box was told is taken, is on the disk: FULL, for a power cut loses the last commits of NORMAL.
        Engine::Sqlite => &[
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA busy_timeout = 5000",
            "PRAGMA foreign_keys = ON",
            "PRAGMA journal_size_limit = 67108864",
        ],
        // One that hangs in a transaction holds nobody up for longer than a request waits.
        Engine::Postgres => &[
            "SET idle_in_transaction_session_timeout = '15s'",
            "SET statement_timeout = '30s'",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_shows_no_password() {
        for (url, shown) in [
            ("postgres://hub:secret@db/hub", "postgres://hub@db/hub"),
            ("postgres://hub:p@ss@db/hub", "postgres://hub@db/hub"),
            ("postgres://db/hub", "postgres://db/hub"),
            ("sqlite:hub.db", "sqlite:hub.db"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn only_two_engines_are_known() {
        assert_eq!(engine_of("sqlite:hub.db"), Some(Engine::Sqlite));
        assert_eq!(engine_of("postgresql://h/d"), Some(Engine::Postgres));
        for other in ["mysql://h/d", "hub.db", ""] {
            assert_eq!(engine_of(other), None, "{other}");
        }
    }
}
