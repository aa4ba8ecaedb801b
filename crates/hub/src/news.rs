//! Who waits for news: the streams of boxes that this instance holds, each a few hundred bytes, and the look into the
//! database that tells one instance what another one did.
//!
//! ```text
//!  list desk, any instance ─► single_values.published ─┐  each second
//!  answer, any instance ────► asks.answered_at ────────┴─► follow ─► mailboxes ─► streams
//! ```

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lachan_wire::push::{ALIVE, News};
use sqlx::Row as _;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::storage::{Failed, Never, OPEN, Storage, StorageError, storage_error};
use crate::web::held;

/// Where the number of what was published last lies.
const PUBLISHED: &str = "published";
/// How often the database is asked: a change is to be enforced within seconds.
const LOOK: Duration = Duration::from_secs(1);
/// How often a stream says that it is alive: routers at schools forget a silent connection after a minute.
const ALIVE_EACH: Duration = Duration::from_secs(45);
/// Seconds that are looked at once more: what another instance's clock, or a transaction that took long, wrote meanwhile.
const OVERLAP: i64 = 120;
/// Streams that one instance holds.
const MOST_STREAMS: usize = 12_000;

/// What one stream is to be told.
#[derive(Debug, Default)]
struct Mailbox {
    wake: Notify,
    answered: AtomicBool,
}

/// All streams of an instance.
#[derive(Debug, Default)]
pub struct Streams {
    published: AtomicI64,
    /// By box; a box that connects again takes the place of its stream before, which ends.
    all: Mutex<HashMap<String, Arc<Mailbox>>>,
}

impl Streams {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        held(&self.all).len()
    }

    /// Something was published.
    pub fn published(&self, number: i64) {
        if self.published.fetch_max(number, Ordering::SeqCst) < number {
            for mailbox in held(&self.all).values() {
                mailbox.wake.notify_one();
            }
        }
    }

    /// A box's question was answered.
    pub fn answered(&self, box_id: &str) {
        if let Some(mailbox) = held(&self.all).get(box_id) {
            mailbox.answered.store(true, Ordering::SeqCst);
            mailbox.wake.notify_one();
        }
    }

    /// A box was taken off: its stream ends.
    pub fn end(&self, box_id: &str) {
        if let Some(mailbox) = held(&self.all).remove(box_id) {
            mailbox.wake.notify_one();
        }
    }

    /// A stream for a box; `None` where there are too many.
    pub fn open(self: &Arc<Self>, box_id: &str) -> Option<Stream> {
        let mailbox = Arc::new(Mailbox::default());
        let mut all = held(&self.all);
        if all.len() >= MOST_STREAMS && !all.contains_key(box_id) {
            return None;
        }
        let before = all.insert(box_id.to_owned(), Arc::clone(&mailbox));
        drop(all);
        if let Some(before) = before {
            before.wake.notify_one();
        }
        Some(Stream {
            streams: Arc::clone(self),
            box_id: box_id.to_owned(),
            mailbox,
            told: -1,
        })
    }
}

/// One box's stream.
#[derive(Debug)]
pub struct Stream {
    streams: Arc<Streams>,
    box_id: String,
    mailbox: Arc<Mailbox>,
    /// The number that the box was told last; it is told the present one at once.
    told: i64,
}

impl Stream {
    /// The next lines; `None` once the box has another stream, or was taken off.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            if !self.is_current() {
                return None;
            }
            if self.mailbox.answered.swap(false, Ordering::SeqCst) {
                return Some(News::Answered.to_string());
            }
            let published = self.streams.published.load(Ordering::SeqCst);
            if published > self.told {
                self.told = published;
                return Some(News::Published(published).to_string());
            }
            if timeout(ALIVE_EACH, self.mailbox.wake.notified())
                .await
                .is_err()
            {
                return Some(ALIVE.to_owned());
            }
        }
    }

    fn is_current(&self) -> bool {
        let all = held(&self.streams.all);
        all.get(&self.box_id)
            .is_some_and(|other| Arc::ptr_eq(other, &self.mailbox))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut all = held(&self.streams.all);
        if all
            .get(&self.box_id)
            .is_some_and(|other| Arc::ptr_eq(other, &self.mailbox))
        {
            all.remove(&self.box_id);
        }
    }
}

/// Tells all instances that something was published; the number only goes up.
///
/// # Errors
/// The database failed.
pub async fn announce(storage: &Storage, number: i64) -> Result<(), StorageError> {
    let done: Result<(), Failed<Never>> = storage
        .write(|tx| {
            Box::pin(async move {
                let sql = "SELECT value FROM single_values WHERE name = $1";
                let now: Option<String> = sqlx::query_scalar(sql)
                    .bind(PUBLISHED)
                    .fetch_optional(&mut **tx)
                    .await?;
                let now = now.and_then(|text| text.parse::<i64>().ok());
                if now.is_some_and(|now| now >= number) {
                    return Ok(());
                }
                let sql = "INSERT INTO single_values (name, value) VALUES ($1, $2)
                           ON CONFLICT (name) DO UPDATE SET value = excluded.value";
                sqlx::query(sql)
                    .bind(PUBLISHED)
                    .bind(number.to_string())
                    .execute(&mut **tx)
                    .await?;
                Ok(())
            })
        })
        .await;
    done.map_err(storage_error)
}

/// One look into the database: what was published, and which boxes got an answer after `since` (Unix milliseconds).
async fn look(storage: &Storage, since: i64) -> Result<(i64, Vec<(String, i64)>), StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            Box::pin(async move {
                let sql = "SELECT value FROM single_values WHERE name = $1";
                let value: Option<String> = sqlx::query_scalar(sql).bind(PUBLISHED).fetch_optional(&mut **tx).await?;
                let published = value.and_then(|text| text.parse().ok()).unwrap_or(0);
                let sql = "SELECT box_id, answered_at FROM asks WHERE answered_at > $1 ORDER BY answered_at LIMIT 1000";
                let rows = sqlx::query(sql).bind(since).fetch_all(&mut **tx).await?;
                let answered = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
                Ok((published, answered.collect::<Result<Vec<_>, sqlx::Error>>()?))
            })
        })
        .await;
    read.map_err(storage_error)
}

/// Looks once and tells the streams of this instance; the time after which the next look begins.
///
/// # Errors
/// The database failed.
pub async fn follow_once(
    storage: &Storage,
    streams: &Streams,
    since: i64,
) -> Result<i64, StorageError> {
    let (published, answered) = look(storage, since).await?;
    streams.published(published);
    let mut last = since;
    for (box_id, at) in answered {
        streams.answered(&box_id);
        last = last.max(at);
    }
    Ok(last)
}

/// Ends the streams of boxes that were taken off since a time (Unix seconds); the time from which on the next look begins.
///
/// # Errors
/// The database failed.
pub async fn end_streams(
    storage: &Storage,
    streams: &Streams,
    since: i64,
) -> Result<i64, StorageError> {
    let read: Result<Vec<(String, i64)>, Failed<Never>> = storage
        .read(|tx| {
            Box::pin(async move {
                let sql =
                    "SELECT box_id, ended_at FROM boxes WHERE ended_at > $1 AND ended_at < $2";
                let rows = sqlx::query_as(sql).bind(since - OVERLAP).bind(OPEN);
                Ok(rows.fetch_all(&mut **tx).await?)
            })
        })
        .await;
    let mut last = since;
    for (box_id, at) in read.map_err(storage_error)? {
        streams.end(&box_id);
        last = last.max(at);
    }
    Ok(last)
}

/// Follows what any instance does, for ever. A database that is away is asked again; boxes poll beside. `now` is Unix
/// milliseconds.
pub async fn follow(storage: Storage, streams: Arc<Streams>, now: i64) {
    let mut since = now;
    let mut ended = now.div_euclid(1_000);
    loop {
        match end_streams(&storage, &streams, ended).await {
            Ok(last) => ended = last,
            Err(error) => tracing::warn!(%error, "which boxes were taken off cannot be seen"),
        }
        match follow_once(&storage, &streams, since).await {
            Ok(last) => since = last,
            Err(error) => tracing::warn!(%error, "what other instances publish cannot be seen"),
        }
        sleep(LOOK).await;
    }
}
