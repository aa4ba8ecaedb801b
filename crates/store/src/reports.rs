//! Reports of harm, for the counsellor alone. What a report says comes here encrypted to her key and
//! leaves so; this file has no type for its text. What kind it is of and when it came is known, so that
//! one that nobody looks at can be told of.

use std::fmt;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde_json::json;

use crate::Store;
use crate::audit::{self, Act, AuthorError, Change};
use crate::error::{DbError, keep};

/// Largest encrypted report or note, in bytes.
pub const MAX_SEALED: usize = 64 << 10;
/// Most reports that may wait: somebody who floods the counsellor must not fill the card.
pub const MAX_NEW_REPORTS: u32 = 500;
/// So many may wait before none is taken any more from a network that many came from: the rest is kept for
/// the others.
pub const MAX_OF_NETWORKS: u32 = 400;
/// So many may wait before none is taken any more from a device that has sent some already.
pub const MAX_OF_DEVICES: u32 = 250;
/// Most notes of one report.
pub const MAX_REPORT_NOTES: u32 = 200;
/// Longest public key, and longest wrapped private key, in bytes.
const MAX_KEY: usize = 16 << 10;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// Harmful pictures, films, pages.
    Content,
    /// Bullying.
    Bullying,
    /// A stranger who comes too near.
    Stranger,
    /// Blackmail.
    Blackmail,
    /// Worry that somebody harms himself.
    SelfHarm,
    /// Fake news.
    FakeNews,
    /// Fraud.
    Fraud,
    /// Something else.
    Other,
}

impl ReportKind {
    /// All, in the order of the form.
    pub const ALL: [Self; 8] = [
        Self::Content,
        Self::Bullying,
        Self::Stranger,
        Self::Blackmail,
        Self::SelfHarm,
        Self::FakeNews,
        Self::Fraud,
        Self::Other,
    ];

    /// The id used in files and in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Bullying => "bullying",
            Self::Stranger => "stranger",
            Self::Blackmail => "blackmail",
            Self::SelfHarm => "self-harm",
            Self::FakeNews => "fake-news",
            Self::Fraud => "fraud",
            Self::Other => "other",
        }
    }

    /// The one of an id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// Something encrypted in the format age: the bytes say nothing to the box.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// First line of every file of the format.
    const MAGIC: &'static [u8] = b"age-encryption.org/v1\n";

    /// Takes bytes that look encrypted and are not too many.
    ///
    /// # Errors
    /// [`NotSealed`]: what is plain text is never stored.
    pub fn new(bytes: Vec<u8>) -> Result<Self, NotSealed> {
        if bytes.starts_with(Self::MAGIC) && bytes.len() <= MAX_SEALED {
            Ok(Self(bytes))
        } else {
            Err(NotSealed)
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// Bytes that are no age file, or too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only what is encrypted in the format age is kept, of at most 64 KiB")]
pub struct NotSealed;

/// In what company a report comes. Who takes it tells that from what lies in memory; kept is only whether it
/// was in a crowd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowd {
    /// Few came from its device and its network.
    None,
    /// Many came from its network.
    Network,
    /// Several came from its device.
    Device,
}

impl Crowd {
    /// How many reports may wait for this one to be taken.
    #[must_use]
    pub const fn room(self) -> u32 {
        match self {
            Self::None => MAX_NEW_REPORTS,
            Self::Network => MAX_OF_NETWORKS,
            Self::Device => MAX_OF_DEVICES,
        }
    }
}

/// What nobody has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WaitingReports {
    /// How many.
    pub count: u32,
    /// How many of them came in a crowd.
    pub crowded: u32,
    /// Unix seconds when the oldest came: the acknowledgement clock.
    pub since: Option<i64>,
}

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// Nobody looked at it.
    New,
    /// The counsellor has seen it.
    Acknowledged,
    /// She is done with it.
    Closed,
}

impl ReportState {
    const ALL: [Self; 3] = [Self::New, Self::Acknowledged, Self::Closed];

    /// The id used in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Acknowledged => "acknowledged",
            Self::Closed => "closed",
        }
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its number.
    pub id: i64,
    /// Unix seconds when it came; `None` when the time was not known.
    pub made_at: Option<i64>,
    /// What it is about.
    pub kind: ReportKind,
    /// Whether it came among many of one device or network.
    pub is_crowded: bool,
    /// What it says.
    pub sealed: Sealed,
    /// Where it stands.
    pub state: ReportState,
    /// Unix seconds when the counsellor saw it.
    pub acknowledged_at: Option<i64>,
    /// Who saw it.
    pub acknowledged_by: Option<String>,
    /// Unix seconds when it was closed.
    pub closed_at: Option<i64>,
    /// What was written about it since, oldest first.
    pub notes: Vec<ReportNote>,
}

/// A note of the counsellor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportNote {
    /// Unix seconds; `None` when the time was not known.
    pub at: Option<i64>,
    /// What it says.
    pub sealed: Sealed,
}

/// To whom reports are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounsellorKey {
    /// The age recipient (`age1…`).
    pub recipient: String,
    /// The identity, wrapped by the counsellor's passphrase in her browser: the box cannot open it.
    pub wrapped: String,
    /// Unix seconds when it was set.
    pub made_at: Option<i64>,
    /// Who set it.
    pub made_by: String,
}

/// Why nothing was done with a report. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// As many wait as [`Crowd::room`] allows.
    #[error("too many reports wait to be looked at")]
    TooMany,
    /// There is no key to encrypt to, so no report can have been encrypted to it.
    #[error("the counsellor has set no key yet, so no report can be taken")]
    NoKey,
    /// No report has the number.
    #[error("there is no report number {0}")]
    Unknown(i64),
    /// It was closed.
    #[error("the report number {0} is closed")]
    Closed(i64),
    /// It has [`MAX_REPORT_NOTES`].
    #[error("the report has {MAX_REPORT_NOTES} notes")]
    TooManyNotes,
    /// No key that could be used.
    #[error(
        "the recipient must be an age X25519 key (age1…), and the wrapped identity at most 16 KiB of text"
    )]
    Key,
    /// A key is there.
    #[error("there is a key already; it can be taken away on the box itself only")]
    KeyInUse,
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Store {
    /// Takes a report; it is saved and synced when this returns. Gives its number.
    ///
    /// # Errors
    /// [`ReportError::TooMany`], [`ReportError::NoKey`], or the database refused.
    pub fn add_report(
        &self,
        kind: ReportKind,
        sealed: Sealed,
        crowd: Crowd,
        at: Option<i64>,
    ) -> Result<i64, ReportError> {
        self.write(move |step| {
            if key(step)?.is_none() {
                return Err(ReportError::NoKey);
            }
            let sql = "SELECT count(*) FROM reports WHERE state = 'new'";
            let waiting: u32 = step
                .query_row(sql, [], |row| row.get(0))
                .map_err(DbError::from)?;
            if waiting >= crowd.room() {
                return Err(ReportError::TooMany);
            }
            step.execute(
                "INSERT INTO reports (made_at, kind, sealed, state, crowded)
                 VALUES (?1, ?2, ?3, 'new', ?4)",
                params![at, kind.id(), sealed.as_bytes(), crowd != Crowd::None],
            )
            .map_err(DbError::from)?;
            Ok(step.last_insert_rowid())
        })
    }

    /// Notes that the counsellor has seen a report: the clock stops. One seen before stays as it is.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn acknowledge_report(&self, act: &Act, id: i64) -> Result<Report, ReportError> {
        self.change(act, id, |step, act, report| {
            if report.state != ReportState::New {
                return Ok(());
            }
            step.execute(
                "UPDATE reports SET state = 'acknowledged', acknowledged_at = ?2,
                                    acknowledged_by = ?3 WHERE id = ?1",
                params![report.id, act.at, act.author],
            )
            .map_err(DbError::from)?;
            tell(step, act, report.id, "acknowledged")
        })
    }

    /// Adds a note, encrypted where it was written.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn note_report(&self, act: &Act, id: i64, sealed: Sealed) -> Result<Report, ReportError> {
        self.change(act, id, move |step, act, report| {
            if u32::try_from(report.notes.len()).is_ok_and(|notes| notes >= MAX_REPORT_NOTES) {
                return Err(ReportError::TooManyNotes);
            }
            step.execute(
                "INSERT INTO report_notes (report_id, at, sealed) VALUES (?1, ?2, ?3)",
                params![report.id, act.at, sealed.as_bytes()],
            )
            .map_err(DbError::from)?;
            tell(step, act, report.id, "noted")
        })
    }

    /// Closes a report: the deletion job takes it a year later.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn close_report(&self, act: &Act, id: i64) -> Result<Report, ReportError> {
        self.change(act, id, |step, act, report| {
            // 0 stands for a time that was not known; the deletion job dates it.
            step.execute(
                "UPDATE reports SET state = 'closed', closed_at = ?2 WHERE id = ?1",
                params![report.id, act.at.unwrap_or(0)],
            )
            .map_err(DbError::from)?;
            tell(step, act, report.id, "closed")
        })
    }

    /// Takes the key away, so that the next counsellor can set hers; until then no reports are taken. What was
    /// encrypted to it opens with it only, as before. Whether there was one.
    ///
    /// # Errors
    /// [`ReportError`] when the database refused.
    pub fn remove_counsellor_key(&self, act: &Act) -> Result<bool, ReportError> {
        act.check()?;
        let act = act.clone();
        self.write(move |step| {
            let Some(before) = key(step)? else {
                return Ok(false);
            };
            step.execute("DELETE FROM counsellor_key", [])
                .map_err(DbError::from)?;
            let old = json!({ "recipient": before.recipient });
            let subject = "counsellor";
            let change = Change::SetCounsellorKey;
            audit::record(step, &act, change, subject, Some(&old), None)?;
            Ok(true)
        })
    }

    /// Sets the key that reports are encrypted to. Where there is one already, another is refused.
    ///
    /// # Errors
    /// [`ReportError::Key`], [`ReportError::KeyInUse`], or the database refused.
    pub fn set_counsellor_key(
        &self,
        act: &Act,
        recipient: &str,
        wrapped: &str,
    ) -> Result<CounsellorKey, ReportError> {
        act.check()?;
        let is_text = |text: &str| text.len() <= MAX_KEY && !text.contains('\0');
        let is_recipient = recipient.len() == 62
            && recipient.starts_with("age1")
            && recipient
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !is_recipient || wrapped.is_empty() || !is_text(wrapped) {
            return Err(ReportError::Key);
        }
        let (act, recipient, wrapped) = (act.clone(), recipient.to_owned(), wrapped.to_owned());
        self.write(move |step| {
            // An administrator who takes the counsellor's place must not take her mail: the key in use is
            // taken away on the box itself only ([`Self::remove_counsellor_key`]).
            if key(step)?.is_some() {
                return Err(ReportError::KeyInUse);
            }
            step.execute(
                "INSERT INTO counsellor_key (id, recipient, wrapped, made_at, made_by)
                 VALUES (1, ?1, ?2, ?3, ?4)",
                params![recipient, wrapped, act.at, act.author],
            )
            .map_err(DbError::from)?;
            let new = json!({ "recipient": recipient });
            let change = Change::SetCounsellorKey;
            audit::record(step, &act, change, "counsellor", None, Some(&new))?;
            Ok(CounsellorKey {
                recipient,
                wrapped,
                made_at: act.at,
                made_by: act.author.clone(),
            })
        })
    }

    /// Changes a report that is not closed, and gives it as it is then.
    fn change(
        &self,
        act: &Act,
        id: i64,
        change: impl FnOnce(&Transaction<'_>, &Act, &Report) -> Result<(), ReportError> + Send + 'static,
    ) -> Result<Report, ReportError> {
        act.check()?;
        let act = act.clone();
        self.write(move |step| {
            let before = by_id(step, id)?;
            if before.state == ReportState::Closed {
                return Err(ReportError::Closed(id));
            }
            change(step, &act, &before)?;
            by_id(step, id)
        })
    }
}

/// The audit log knows that something was done with a report, never what it says.
fn tell(step: &Transaction<'_>, act: &Act, id: i64, what: &str) -> Result<(), ReportError> {
    let after = json!({ "state": what });
    let subject = id.to_string();
    audit::record(
        step,
        act,
        Change::ChangeReport,
        &subject,
        None,
        Some(&after),
    )?;
    Ok(())
}

/// The key in use.
pub(crate) fn key(connection: &Connection) -> Result<Option<CounsellorKey>, DbError> {
    let sql = "SELECT recipient, wrapped, made_at, made_by FROM counsellor_key WHERE id = 1";
    Ok(connection
        .query_row(sql, [], |row| {
            Ok(CounsellorKey {
                recipient: row.get(0)?,
                wrapped: row.get(1)?,
                made_at: row.get(2)?,
                made_by: row.get(3)?,
            })
        })
        .optional()?)
}

fn by_id(connection: &Connection, id: i64) -> Result<Report, ReportError> {
    let sql = format!("{SELECT} WHERE id = ?1");
    let found = connection
        .query_row(&sql, [id], |row| Ok(read(row)))
        .optional()
        .map_err(DbError::from)?;
    let mut report = found.ok_or(ReportError::Unknown(id))??;
    report.notes = notes(connection, id)?;
    Ok(report)
}

const SELECT: &str = "SELECT id, made_at, kind, sealed, state, acknowledged_at, acknowledged_by,
                             closed_at, crowded FROM reports";

/// Reports, newest first, with their notes.
pub(crate) fn load(
    connection: &Connection,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Report>, DbError> {
    let sql = format!("{SELECT} WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![before.unwrap_or(i64::MAX), limit])?;
    let mut all: Vec<Report> = Vec::new();
    while let Some(row) = rows.next()? {
        keep(&mut all, read(row))?;
    }
    for report in &mut all {
        report.notes = notes(connection, report.id)?;
    }
    Ok(all)
}

/// What nobody has looked at.
pub(crate) fn waiting(connection: &Connection) -> Result<WaitingReports, DbError> {
    let sql = "SELECT count(*), coalesce(sum(crowded), 0), min(made_at)
               FROM reports WHERE state = 'new'";
    Ok(connection.query_row(sql, [], |row| {
        Ok(WaitingReports {
            count: row.get(0)?,
            crowded: row.get(1)?,
            since: row.get(2)?,
        })
    })?)
}

fn notes(connection: &Connection, report: i64) -> Result<Vec<ReportNote>, DbError> {
    let sql = "SELECT id, at, sealed FROM report_notes WHERE report_id = ?1 ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([report])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let sealed = Sealed::new(row.get(2)?);
        let unreadable = DbError::Unreadable {
            table: "report_notes",
            id,
        };
        let at = row.get(1)?;
        let note = sealed
            .map(|sealed| ReportNote { at, sealed })
            .map_err(|_| unreadable);
        keep(&mut all, note)?;
    }
    Ok(all)
}

fn read(row: &Row<'_>) -> Result<Report, DbError> {
    let id = row.get(0)?;
    let unreadable = || DbError::Unreadable {
        table: "reports",
        id,
    };
    let state: String = row.get(4)?;
    let mut states = ReportState::ALL.into_iter();
    Ok(Report {
        id,
        made_at: row.get(1)?,
        kind: ReportKind::named(&row.get::<_, String>(2)?).ok_or_else(unreadable)?,
        sealed: Sealed::new(row.get(3)?).map_err(|_| unreadable())?,
        state: states
            .find(|known| known.id() == state)
            .ok_or_else(unreadable)?,
        acknowledged_at: row.get(5)?,
        acknowledged_by: row.get(6)?,
        closed_at: row.get::<_, Option<i64>>(7)?.filter(|at| *at != 0),
        is_crowded: row.get(8)?,
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_cannot_be_stored() {
        assert_eq!(Sealed::new(b"em bi bat nat".to_vec()), Err(NotSealed));
        let mut long = Sealed::MAGIC.to_vec();
        assert!(Sealed::new(long.clone()).is_ok());
        long.resize(MAX_SEALED + 1, 0);
        assert_eq!(Sealed::new(long), Err(NotSealed));
    }

    #[test]
    fn what_is_sealed_is_not_printed() {
        let sealed = Sealed::new([Sealed::MAGIC, b"x".as_slice()].concat()).unwrap();
        assert_eq!(format!("{sealed:?}"), "Sealed(23 bytes)");
    }

    #[test]
    fn kinds_are_read_back() {
        for kind in ReportKind::ALL {
            assert_eq!(ReportKind::named(kind.id()), Some(kind));
        }
    }
}
