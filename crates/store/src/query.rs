//! Reading: each [`Reader`] has its own read-only connection. The write-ahead log lets it read
//! while the writer writes; neither waits for the other.
//!
//! Queries of the event log scan it, newest first: it has no index on purpose (see `schema`).
//! A row that cannot be read is told in the log and left out; the others are given.

use std::path::Path;
use std::time::Duration;

use lachan_policy::{Action, Category, Group, GroupId, Tier};
use rusqlite::{Connection, OpenFlags, Row, named_params};

use crate::account::{Account, Secrets};
use crate::accounts;
use crate::audit::{Act, Change, Entry, role_named};
use crate::company::{self, Company};
use crate::counters::Cell;
use crate::error::{DbError, keep};
use crate::event::{Behind, Channel, Event};
use crate::exceptions::{self, StoredException};
use crate::groups::{self, GroupAt};
use crate::pages::{self, EventPage, PageFilter};
use crate::retention::Deleted;
use crate::sessions::{self, SessionHash, SignedIn};

/// Most rows one query gives; a screen asks for the next page with [`EventFilter::before`].
pub const MAX_ROWS: u32 = 10_000;

/// Which events are wanted. The default wants the newest hundred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFilter {
    /// First minute since 1970; events without a time are left out when it is given.
    pub since: Option<i64>,
    /// First minute that is no longer wanted.
    pub until: Option<i64>,
    /// Only this group's.
    pub group: Option<GroupId>,
    /// Only this tier's.
    pub tier: Option<Tier>,
    /// Only this category's.
    pub category: Option<Category>,
    /// Only names, or names behind them, that hold this text, in upper or lower case.
    pub name: Option<String>,
    /// Only events older than this one: the last of the page before.
    pub before: Option<i64>,
    /// How many at most, up to [`MAX_ROWS`].
    pub limit: u32,
}

impl Default for EventFilter {
    fn default() -> Self {
        Self {
            since: None,
            until: None,
            group: None,
            tier: None,
            category: None,
            name: None,
            before: None,
            limit: 100,
        }
    }
}

/// A name and how often it was blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopName {
    /// The registrable name.
    pub name: String,
    /// The category it was blocked by most recently.
    pub category: Option<Category>,
    /// Attempts.
    pub count: u64,
}

/// One counter of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourCount {
    /// Local day since 1970-01-01; `None` when the time was not known.
    pub day: Option<i64>,
    /// Hour of the local day, 0 to 23.
    pub hour: u8,
    /// What was counted.
    pub cell: Cell,
    /// How many decisions.
    pub count: u64,
}

/// What [`event`] reads.
pub(crate) const SELECT_EVENT: &str = "
    SELECT e.id, e.minute, e.group_id, g.name, e.tier, e.category, e.channel, s.source,
           n.name, e.device, e.count, e.behind_id, b.name
    FROM events e
    LEFT JOIN names n ON n.id = e.name_id
    LEFT JOIN names b ON b.id = e.behind_id
    LEFT JOIN sources s ON s.id = e.source_id
    LEFT JOIN groups g ON g.id = e.group_id";

/// A read-only connection of one thread.
#[derive(Debug)]
pub struct Reader {
    pub(crate) connection: Connection,
}

impl Reader {
    pub(crate) fn open(path: &Path, busy_timeout: Duration) -> Result<Self, DbError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(busy_timeout)?;
        Ok(Self { connection })
    }

    /// A number that grows with every change people make, also from another process. Reading it
    /// costs one page: ask often, load groups and exceptions again when it changed.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn revision(&self) -> Result<i64, DbError> {
        let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)";
        Ok(self
            .connection
            .prepare_cached(sql)?
            .query_row([], |row| row.get(0))?)
    }

    /// A number that is another one once anybody else changed anything in the database, for whoever
    /// looks again and again.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn changes_mark(&self) -> Result<i64, DbError> {
        Ok(self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// All groups, in the order they were made. The group of unknown devices is not among them:
    /// it is a setting.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn groups(&self) -> Result<Vec<Group>, DbError> {
        groups::load(&self.connection)
    }

    /// As [`Self::groups`], each with how often it was changed.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn groups_at(&self) -> Result<Vec<GroupAt>, DbError> {
        groups::load_at(&self.connection)
    }

    /// All accounts, in the order they were made.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn accounts(&self) -> Result<Vec<Account>, DbError> {
        accounts::load(&self.connection)
    }

    /// The account that signs in by a name, with what it proves itself by.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn account_named(&self, name: &str) -> Result<Option<(Account, Secrets)>, DbError> {
        accounts::named(&self.connection, name)
    }

    /// The account with a number, with what it proves itself by.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn account(&self, id: i64) -> Result<Option<(Account, Secrets)>, DbError> {
        accounts::numbered(&self.connection, id)
    }

    /// Who is signed in by a session, whatever its age.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn session(&self, hash: &SessionHash) -> Result<Option<SignedIn>, DbError> {
        sessions::find(&self.connection, hash)
    }

    /// Exceptions that nobody ended (their own end may have passed).
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn exceptions(&self) -> Result<Vec<StoredException>, DbError> {
        exceptions::load(&self.connection, false)
    }

    /// All exceptions that are kept, the ended ones too.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn all_exceptions(&self) -> Result<Vec<StoredException>, DbError> {
        exceptions::load(&self.connection, true)
    }

    /// Events, newest first.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn events(&self, filter: &EventFilter) -> Result<Vec<Event>, DbError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "{SELECT_EVENT}
             WHERE e.id < :before
               AND (:since IS NULL OR e.minute >= :since)
               AND (:until IS NULL OR e.minute < :until)
               AND (:group IS NULL OR e.group_id = :group)
               AND (:tier IS NULL OR e.tier = :tier)
               AND (:category IS NULL OR e.category = :category)
               AND (:name IS NULL OR instr(n.name, :name) > 0 OR instr(b.name, :name) > 0)
             ORDER BY e.id DESC LIMIT :limit"
        ))?;
        let mut rows = statement.query(named_params! {
            ":before": filter.before.unwrap_or(i64::MAX),
            ":since": filter.since.map(|since| since.max(0)),
            ":until": filter.until,
            ":group": filter.group.map(|group| group.0),
            ":tier": filter.tier.map(|tier| tier.index() as i64),
            ":category": filter.category.map(Category::bit),
            ":name": filter.name.as_deref().map(needle),
            ":limit": filter.limit.min(MAX_ROWS),
        })?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            keep(&mut events, event(row))?;
        }
        Ok(events)
    }

    /// The number of the newest event; 0 where there is none.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn last_event(&self) -> Result<i64, DbError> {
        let sql = "SELECT coalesce(max(id), 0) FROM events";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Events after one, oldest first, up to [`MAX_ROWS`].
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn events_after(&self, after: i64, limit: u32) -> Result<Vec<Event>, DbError> {
        let sql = format!("{SELECT_EVENT} WHERE e.id > ?1 ORDER BY e.id LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query((after, limit.min(MAX_ROWS)))?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            keep(&mut events, event(row))?;
        }
        Ok(events)
    }

    /// A page of blocked attempts, newest first; see [`crate::PageFilter`].
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn event_page(&self, filter: &PageFilter) -> Result<EventPage, DbError> {
        pages::page(&self.connection, filter)
    }

    /// Groups and names that at least so many devices stand behind, on one of the seven days up to the one that began
    /// at `midnight` (minutes since 1970); of the newest [`crate::WINDOW`] rows of the log.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn company(&self, fewest: u32, midnight: i64) -> Result<Company, DbError> {
        company::company(&self.connection, fewest, midnight)
    }

    /// How often a name was blocked since each of two minutes (since 1970), for some groups or all;
    /// of the newest [`crate::WINDOW`] rows of the log.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn name_counts(
        &self,
        name: &str,
        groups: Option<&[GroupId]>,
        since: [i64; 2],
    ) -> Result<[u64; 2], DbError> {
        pages::name_counts(&self.connection, name, groups, since)
    }

    /// The names blocked most often since a minute, most often first.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn top_blocked(&self, since: i64, limit: u32) -> Result<Vec<TopName>, DbError> {
        // A bare column beside one max() is that of the row with the maximum (sqlite.org/quirks).
        let mut statement = self.connection.prepare_cached(
            "SELECT n.name, e.category, sum(e.count) AS total, max(e.id)
             FROM events e JOIN names n ON n.id = e.name_id
             WHERE e.minute >= ?1 GROUP BY n.name ORDER BY total DESC, n.name LIMIT ?2",
        )?;
        let rows = statement.query_map([since.max(0), limit.min(MAX_ROWS).into()], |row| {
            let category = row.get::<_, Option<u8>>(1)?.and_then(Category::new);
            let count = row.get::<_, i64>(2)?.cast_unsigned();
            Ok(TopName {
                name: row.get(0)?,
                category,
                count,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The counters from a local day on (days since 1970-01-01), and those of unknown time when
    /// `since` is `None`; oldest first.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn counters(&self, since: Option<i64>) -> Result<Vec<HourCount>, DbError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT day, hour, tier, category, action, channel, count FROM counters
             WHERE day >= ?1 ORDER BY day, hour, tier, category, action, channel",
        )?;
        let mut rows = statement.query([since.map_or(-1, |day| day.max(0))])?;
        let mut counts = Vec::new();
        while let Some(row) = rows.next()? {
            keep(&mut counts, hour_count(row))?;
        }
        Ok(counts)
    }

    /// The audit log, newest first, from before an entry on.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<Entry>, DbError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, at, author, role, change, subject, before, after FROM audit
             WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let mut rows = statement.query([before.unwrap_or(i64::MAX), limit.min(MAX_ROWS).into()])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            keep(&mut entries, entry(row))?;
        }
        Ok(entries)
    }

    /// What the deletion job took and when (unix seconds), newest run first.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn deletions(&self, limit: u32) -> Result<Vec<(i64, Deleted)>, DbError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT at, events, names, counters, audit, exceptions, groups, people FROM retention
             ORDER BY rowid DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([limit.min(MAX_ROWS)], |row| {
            let deleted = Deleted {
                events: row.get(1)?,
                names: row.get(2)?,
                counters: row.get(3)?,
                audit: row.get(4)?,
                exceptions: row.get(5)?,
                groups: row.get(6)?,
                people: row.get(7)?,
            };
            Ok((row.get(0)?, deleted))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// What a name is searched by: names are stored in lower case with A-labels.
fn needle(text: &str) -> String {
    let text = text.trim();
    let unchanged = || text.to_lowercase();
    if text.is_ascii() {
        return unchanged();
    }
    lachan_policy::Name::from_text(text).map_or_else(|_| unchanged(), |name| name.to_string())
}

fn tier(number: usize) -> Option<Tier> {
    Tier::ALL.get(number).copied()
}

pub(crate) fn event(row: &Row<'_>) -> Result<Event, DbError> {
    let id = row.get(0)?;
    let unreadable = || DbError::Unreadable {
        table: "events",
        id,
    };
    let source = row.get::<_, Option<String>>(7)?;
    let channel = Channel::ALL.get(usize::from(row.get::<_, u8>(6)?));
    Ok(Event {
        id,
        minute: Some(row.get(1)?).filter(|minute| *minute >= 0),
        group: GroupId(row.get(2)?),
        group_name: row.get(3)?,
        tier: tier(row.get::<_, u8>(4)?.into()).ok_or_else(unreadable)?,
        category: row.get::<_, Option<u8>>(5)?.and_then(Category::new),
        channel: *channel.ok_or_else(unreadable)?,
        source: source
            .and_then(|source| source.parse().ok())
            .ok_or_else(unreadable)?,
        name: row.get(8)?,
        behind: behind(row)?,
        device: row.get::<_, Option<i64>>(9)?.map(i64::cast_unsigned),
        count: row.get(10)?,
    })
}

fn behind(row: &Row<'_>) -> Result<Option<Behind<String>>, DbError> {
    let is_behind = row.get::<_, Option<i64>>(11)?.is_some();
    let name: Option<String> = row.get(12)?;
    Ok(is_behind.then(|| name.map_or(Behind::Unnamed, Behind::Name)))
}

fn hour_count(row: &Row<'_>) -> Result<HourCount, DbError> {
    let day: i64 = row.get(0)?;
    let unreadable = || DbError::Unreadable {
        table: "counters",
        id: day,
    };
    let action = match row.get::<_, u8>(4)? {
        0 => Action::Allow,
        1 => Action::Restrict,
        2 => Action::Block,
        _ => return Err(unreadable()),
    };
    let channel = Channel::ALL.get(usize::from(row.get::<_, u8>(5)?));
    let cell = Cell {
        tier: tier(row.get::<_, u8>(2)?.into()).ok_or_else(unreadable)?,
        category: u8::try_from(row.get::<_, i16>(3)?)
            .ok()
            .and_then(Category::new),
        action,
        channel: *channel.ok_or_else(unreadable)?,
    };
    let count = row.get::<_, i64>(6)?.cast_unsigned();
    Ok(HourCount {
        day: (day >= 0).then_some(day),
        hour: row.get(1)?,
        cell,
        count,
    })
}

fn entry(row: &Row<'_>) -> Result<Entry, DbError> {
    let id = row.get(0)?;
    let unreadable = || DbError::Unreadable { table: "audit", id };
    let json = |text: Option<String>| {
        text.map(|text| serde_json::from_str(&text).map_err(|_| unreadable()))
            .transpose()
    };
    Ok(Entry {
        id,
        act: Act {
            at: row.get(1)?,
            author: row.get(2)?,
            role: role_named(&row.get::<_, String>(3)?).ok_or_else(unreadable)?,
        },
        change: Change::named(&row.get::<_, String>(4)?).ok_or_else(unreadable)?,
        subject: row.get(5)?,
        before: json(row.get(6)?)?,
        after: json(row.get(7)?)?,
    })
}
