//! Requests: "please open this site", from a group, for a site that is closed for it. Pupils ask their
//! teachers; a teacher asks the administrator, in her own name and with a reason.
//!
//! A pupil's request names no device and holds no words of hers. Those for one site from one group on one
//! day are one, with a count; who knows the block's request code can see what became of it.

use std::fmt;
use std::str::FromStr;

use lachan_policy::{Category, GroupId, Name, Scope, Tier};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde_json::{Value, json};

use crate::Store;
use crate::audit::{self, Act, AuthorError, Change};
use crate::error::{DbError, keep};
use crate::exceptions::{self, ExceptionError, Subject};
use crate::passes::{self, Ends};

/// Requests of one group that may wait for an answer. More than a teacher reads; what comes then is
/// refused kindly.
pub const MAX_OPEN_REQUESTS: u32 = 40;

/// Requests of one teacher that may wait for the administrator.
pub const MAX_ASKED: u32 = 20;

/// Longest note of an answer, and longest reason of a teacher, in characters.
pub const MAX_NOTE: usize = 200;

/// Why a pupil asks: a choice, so that nobody writes more about himself than he should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestWhy {
    /// For this lesson.
    Lesson,
    /// For homework.
    Homework,
    /// It was closed by mistake.
    Mistake,
    /// Something else.
    Other,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    /// Nobody answered.
    Open,
    /// A teacher gave it on to the administrator.
    Forwarded,
    /// The site was opened.
    Opened,
    /// It stays closed.
    Refused,
}

/// A request somebody makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestWish {
    /// The local day, since 1970-01-01.
    pub day: i64,
    /// The group.
    pub group: GroupId,
    /// Its tier.
    pub tier: Tier,
    /// The category that closed the site.
    pub category: Option<Category>,
    /// The registrable name.
    pub name: Name,
    /// The request code of the block.
    pub code: String,
    /// Why.
    pub why: Option<RequestWhy>,
    /// Unix seconds.
    pub at: i64,
}

/// A site that a teacher asks the administrator to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminWish {
    /// The local day, since 1970-01-01.
    pub day: i64,
    /// Her group.
    pub group: GroupId,
    /// Its tier.
    pub tier: Tier,
    /// The category that closes the site.
    pub category: Option<Category>,
    /// The site.
    pub name: Name,
    /// Why it is needed.
    pub reason: String,
    /// Her account.
    pub account: i64,
    /// Unix seconds.
    pub at: i64,
}

/// The teacher who asks the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// Her name, as it stands in the log of changes.
    pub name: String,
    /// Her account.
    pub account: i64,
    /// Why she needs it.
    pub reason: String,
}

/// A request as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its number.
    pub id: i64,
    /// The local day.
    pub day: i64,
    /// The group.
    pub group: GroupId,
    /// The group's name; `None` for devices of no group.
    pub group_name: Option<String>,
    /// Its tier.
    pub tier: Tier,
    /// The category that closed the site.
    pub category: Option<Category>,
    /// The registrable name.
    pub name: String,
    /// The request code; empty where a teacher asks.
    pub code: String,
    /// The teacher who asks; `None` where pupils do.
    pub by: Option<Asker>,
    /// Why, as the first who chose something said.
    pub why: Option<RequestWhy>,
    /// How often it was asked for.
    pub count: u32,
    /// Unix seconds of the first time.
    pub made_at: i64,
    /// Unix seconds of the last time.
    pub asked_at: i64,
    /// Where it stands.
    pub state: RequestState,
    /// Unix seconds until which it is open, where it was opened.
    pub until: Option<i64>,
    /// What the answer says besides.
    pub note: Option<String>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// Unix seconds of the answer.
    pub answered_at: Option<i64>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The site is opened for the group: as a pass where it ends, else as an exception without an end, which
    /// only the school can make.
    Open {
        /// Until when; `None` for no end.
        ends: Option<Ends>,
    },
    /// It stays closed.
    Refuse,
    /// The administrator shall look at it.
    Forward,
}

/// What became of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// It is the first of its kind.
    New(Request),
    /// It was asked before; where that was answered, here is the answer.
    Joined(Request),
}

/// Why there is no request, or none that can be answered. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The group has [`MAX_OPEN_REQUESTS`] that nobody answered.
    #[error("the group has {MAX_OPEN_REQUESTS} requests that wait for an answer")]
    TooMany,
    /// No request has the number.
    #[error("there is no request number {0}")]
    Unknown(i64),
    /// It has an answer.
    #[error("the request number {0} was answered before")]
    Answered(i64),
    /// Devices of no group asked: what is opened for them would be open for the whole school.
    #[error("the request number {0} is of devices of no group, for which nothing can be opened")]
    NoGroup(i64),
    /// Somebody asked the administrator for the site already, and nobody answered yet.
    #[error("the administrator was asked for the site already")]
    Asked,
    /// The reason.
    #[error("a reason has 1 to {MAX_NOTE} characters and no control characters")]
    Reason,
    /// The note.
    #[error("a note has at most {MAX_NOTE} characters and no control characters")]
    Note,
    /// The exception that would open it.
    #[error(transparent)]
    Exception(#[from] ExceptionError),
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl RequestWhy {
    /// All, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Lesson, Self::Homework, Self::Mistake, Self::Other];

    /// The id used in files and in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Homework => "homework",
            Self::Mistake => "mistake",
            Self::Other => "other",
        }
    }

    /// The one of an id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.id() == id)
    }
}

impl RequestState {
    const ALL: [Self; 4] = [Self::Open, Self::Forwarded, Self::Opened, Self::Refused];

    /// The id used in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Forwarded => "forwarded",
            Self::Opened => "opened",
            Self::Refused => "refused",
        }
    }

    /// Whether somebody is still to answer.
    #[must_use]
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Open | Self::Forwarded)
    }
}

impl fmt::Display for RequestState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A text that is no [`RequestState`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no state of a request")]
pub struct UnknownState(pub String);

impl FromStr for RequestState {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, UnknownState> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.id() == text)
            .ok_or_else(|| UnknownState(text.to_owned()))
    }
}

impl Request {
    /// Without the name: the log of changes is kept for years, what pupils ask for is not.
    fn to_audit(&self) -> Value {
        json!({
            "group": self.group.0,
            "state": self.state.id(),
            "until": self.until,
        })
    }
}

impl Store {
    /// Takes a request, or joins it to the one of the same day, group and site. One that was opened and whose
    /// opening is over is asked anew.
    ///
    /// # Errors
    /// [`RequestError::TooMany`], or the database refused.
    pub fn ask_to_open(&self, wish: RequestWish) -> Result<Made, RequestError> {
        self.write(move |step| {
            let same = find(step, &wish)?;
            if let Some(same) = same {
                return Ok(Made::Joined(join(step, &wish, same)?));
            }
            let sql = "SELECT count(*) FROM requests WHERE group_id = ?1 AND state = 'open'";
            let open: u32 = step
                .query_row(sql, [wish.group.0], |row| row.get(0))
                .map_err(DbError::from)?;
            if open >= MAX_OPEN_REQUESTS {
                return Err(RequestError::TooMany);
            }
            step.execute(
                "INSERT INTO requests (day, group_id, tier, category, name, code, why, count,
                                       made_at, asked_at, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?8, 'open')",
                params![
                    wish.day,
                    wish.group.0,
                    tier_number(wish.tier),
                    wish.category.map(Category::bit),
                    wish.name.to_string(),
                    wish.code,
                    wish.why.map(RequestWhy::id),
                    wish.at,
                ],
            )
            .map_err(DbError::from)?;
            Ok(Made::New(by_id(step, step.last_insert_rowid())?))
        })
    }

    /// Takes what a teacher asks the administrator for.
    ///
    /// # Errors
    /// [`RequestError::Reason`]; [`RequestError::Asked`], also by a colleague; [`RequestError::TooMany`].
    pub fn ask_admin(&self, act: &Act, wish: AdminWish) -> Result<Request, RequestError> {
        act.check()?;
        let reason = wish.reason.trim().to_owned();
        if reason.is_empty() || !is_note(&reason) {
            return Err(RequestError::Reason);
        }
        let act = act.clone();
        self.write(move |step| {
            let name = wish.name.to_string();
            let count = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> Result<u32, DbError> {
                Ok(step.query_row(sql, values, |row| row.get(0))?)
            };
            let same = "SELECT count(*) FROM requests WHERE asked_by IS NOT NULL
                        AND state = 'forwarded' AND group_id = ?1 AND name = ?2";
            if count(same, &[&wish.group.0, &name])? > 0 {
                return Err(RequestError::Asked);
            }
            let hers =
                "SELECT count(*) FROM requests WHERE state = 'forwarded' AND account_id = ?1";
            if count(hers, &[&wish.account])? >= MAX_ASKED {
                return Err(RequestError::TooMany);
            }
            step.execute(
                "INSERT INTO requests (day, group_id, tier, category, name, code, count, made_at,
                                       asked_at, state, asked_by, account_id, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, '', 1, ?6, ?6, 'forwarded', ?7, ?8, ?9)",
                params![
                    wish.day,
                    wish.group.0,
                    tier_number(wish.tier),
                    wish.category.map(Category::bit),
                    name,
                    wish.at,
                    act.author,
                    wish.account,
                    reason,
                ],
            )
            .map_err(DbError::from)?;
            let made = by_id(step, step.last_insert_rowid())?;
            let (subject, new) = (made.id.to_string(), made.to_audit());
            audit::record(step, &act, Change::AskAdmin, &subject, None, Some(&new))?;
            Ok(made)
        })
    }

    /// Answers a request; an answer that opens makes the pass or exception with it, or neither.
    /// A forwarded one may be answered still. For devices of no group nothing is opened.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn answer_request(
        &self,
        act: &Act,
        id: i64,
        answer: Answer,
        note: Option<String>,
    ) -> Result<Request, RequestError> {
        act.check()?;
        let note = note.map(|note| note.trim().to_owned());
        let note = note.filter(|note| !note.is_empty());
        if note.as_ref().is_some_and(|note| !is_note(note)) {
            return Err(RequestError::Note);
        }
        let act = act.clone();
        self.write(move |step| {
            let before = by_id(step, id)?;
            if !before.state.is_waiting() {
                return Err(RequestError::Answered(id));
            }
            let (state, until, exception) = carry_out(step, &act, &before, &answer)?;
            step.execute(
                "UPDATE requests SET state = ?2, until = ?3, note = ?4, answered_by = ?5,
                                     answered_at = ?6, exception_id = ?7 WHERE id = ?1",
                params![id, state.id(), until, note, act.author, act.at, exception],
            )
            .map_err(DbError::from)?;
            let after = by_id(step, id)?;
            let (old, new) = (before.to_audit(), after.to_audit());
            let subject = id.to_string();
            audit::record(
                step,
                &act,
                Change::AnswerRequest,
                &subject,
                Some(&old),
                Some(&new),
            )?;
            Ok(after)
        })
    }
}

/// Whether a text is short enough and of one line.
fn is_note(text: &str) -> bool {
    text.chars().count() <= MAX_NOTE && !text.chars().any(char::is_control)
}

/// Opens what an answer opens; gives the state, the end and the exception.
fn carry_out(
    step: &Transaction<'_>,
    act: &Act,
    request: &Request,
    answer: &Answer,
) -> Result<(RequestState, Option<i64>, Option<i64>), RequestError> {
    let ends = match answer {
        Answer::Refuse => return Ok((RequestState::Refused, None, None)),
        Answer::Forward => return Ok((RequestState::Forwarded, None, None)),
        Answer::Open { .. } if request.group.0 == 0 => {
            return Err(RequestError::NoGroup(request.id));
        }
        Answer::Open { ends } => *ends,
    };
    let name = Name::from_text(&request.name).map_err(|_| DbError::Unreadable {
        table: "requests",
        id: request.id,
    })?;
    let now = act.at.ok_or(ExceptionError::TeacherWithoutClock)?;
    let until = ends.map(|ends| ends.until(now));
    let wanted = exceptions::Wanted {
        subject: Subject::Name(name.into(), Scope::Suffix),
        allow: true,
        reason: match &request.by {
            Some(by) => format!("{}: {}", by.name, by.reason),
            None => format!("học sinh xin mở / a pupil asked ({})", request.code),
        },
        group: Some(request.group),
        until,
    };
    exceptions::check(act, &wanted)?;
    let exception = match ends {
        Some(ends) => passes::add(step, act, wanted, ends.lesson())?.exception,
        None => exceptions::add(step, act, wanted)?,
    };
    Ok((RequestState::Opened, until, Some(exception.id)))
}

/// The request that a wish is one more of.
fn find(step: &Transaction<'_>, wish: &RequestWish) -> Result<Option<Request>, DbError> {
    let sql = format!(
        "{SELECT} WHERE r.day = ?1 AND r.group_id = ?2 AND r.name = ?3
         AND r.category IS ?4 AND r.asked_by IS NULL ORDER BY r.id DESC LIMIT 1"
    );
    let category = wish.category.map(Category::bit);
    let values = params![wish.day, wish.group.0, wish.name.to_string(), category];
    step.query_row(&sql, values, |row| Ok(read(row)))
        .optional()?
        .transpose()
}

fn join(
    step: &Transaction<'_>,
    wish: &RequestWish,
    same: Request,
) -> Result<Request, RequestError> {
    let is_over =
        same.state == RequestState::Opened && same.until.is_some_and(|until| until <= wish.at);
    let state = if is_over {
        RequestState::Open
    } else {
        same.state
    };
    step.execute(
        "UPDATE requests SET count = count + 1, asked_at = max(asked_at, ?2),
                             why = coalesce(why, ?3), state = ?4 WHERE id = ?1",
        params![same.id, wish.at, wish.why.map(RequestWhy::id), state.id()],
    )
    .map_err(DbError::from)?;
    by_id(step, same.id)
}

fn by_id(step: &Connection, id: i64) -> Result<Request, RequestError> {
    let sql = format!("{SELECT} WHERE r.id = ?1");
    let found = step
        .query_row(&sql, [id], |row| Ok(read(row)))
        .optional()
        .map_err(DbError::from)?;
    Ok(found.ok_or(RequestError::Unknown(id))??)
}

const SELECT: &str = "SELECT r.id, r.day, r.group_id, g.name, r.tier, r.category, r.name, r.code,
                             r.why, r.count, r.made_at, r.asked_at, r.state, r.until, r.note,
                             r.answered_by, r.answered_at, r.asked_by, r.account_id, r.reason
                      FROM requests r LEFT JOIN groups g ON g.id = r.group_id";

/// Which requests are wanted. The default wants the newest hundred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFilter {
    /// Only those that wait for an answer (`true`), or that have one.
    pub waiting: Option<bool>,
    /// Only those of these groups; `None` for all.
    pub groups: Option<Vec<GroupId>>,
    /// Only those older than this one: the last of the page before.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: usize,
}

impl Default for RequestFilter {
    fn default() -> Self {
        Self {
            waiting: None,
            groups: None,
            before: None,
            limit: 100,
        }
    }
}

/// Requests, newest first.
pub(crate) fn load(
    connection: &Connection,
    filter: &RequestFilter,
) -> Result<Vec<Request>, DbError> {
    let sql = format!(
        "{SELECT} WHERE r.id < ?1
         AND (?2 IS NULL OR (r.state IN ('open', 'forwarded')) = ?2) ORDER BY r.id DESC"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![filter.before.unwrap_or(i64::MAX), filter.waiting])?;
    let mut all: Vec<Request> = Vec::new();
    while all.len() < filter.limit {
        let Some(row) = rows.next()? else { break };
        let is_wanted = |request: &Request| {
            let groups = filter.groups.as_ref();
            groups.is_none_or(|groups| groups.contains(&request.group))
        };
        keep(&mut all, read(row))?;
        if all.last().is_some_and(|last| !is_wanted(last)) {
            all.pop();
        }
    }
    Ok(all)
}

/// What tells requests at one time from those at another: see [`crate::Reader::requests_mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestsMark([i64; 4]);

pub(crate) fn mark(
    connection: &Connection,
    groups: Option<&[GroupId]>,
) -> Result<RequestsMark, DbError> {
    let groups = groups.map(|all| json!(all.iter().map(|group| group.0).collect::<Vec<_>>()));
    let sql = "SELECT coalesce(max(id), 0), coalesce(sum(count), 0),
                      coalesce(sum(state IN ('open', 'forwarded')), 0), coalesce(max(answered_at), 0)
               FROM requests
               WHERE ?1 IS NULL OR group_id IN (SELECT value FROM json_each(?1))";
    let mut statement = connection.prepare_cached(sql)?;
    let groups = groups.map(|groups| groups.to_string());
    Ok(statement.query_row([groups], |row| {
        Ok(RequestsMark([
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
        ]))
    })?)
}

/// How many nobody answered.
pub(crate) fn waiting(connection: &Connection) -> Result<u32, DbError> {
    let sql = "SELECT count(*) FROM requests WHERE state IN ('open', 'forwarded')";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// The newest request of a code that a group made.
pub(crate) fn by_code(
    connection: &Connection,
    group: GroupId,
    code: &str,
) -> Result<Option<Request>, DbError> {
    let sql = format!(
        "{SELECT} WHERE r.group_id = ?1 AND r.code = ?2 AND r.asked_by IS NULL
         ORDER BY r.id DESC LIMIT 1"
    );
    connection
        .prepare_cached(&sql)?
        .query_row(params![group.0, code], |row| Ok(read(row)))
        .optional()?
        .transpose()
}

fn tier_number(tier: Tier) -> i64 {
    i64::try_from(tier.index()).unwrap_or_default()
}

fn read(row: &Row<'_>) -> Result<Request, DbError> {
    let id = row.get(0)?;
    let unreadable = || DbError::Unreadable {
        table: "requests",
        id,
    };
    let tier = Tier::ALL.get(usize::from(row.get::<_, u8>(4)?)).copied();
    let state: String = row.get(12)?;
    let why: Option<String> = row.get(8)?;
    let by: Option<String> = row.get(17)?;
    let by = by.map(|name| -> Result<Asker, DbError> {
        Ok(Asker {
            name,
            account: row.get(18)?,
            reason: row.get(19)?,
        })
    });
    Ok(Request {
        id,
        day: row.get(1)?,
        group: GroupId(row.get(2)?),
        group_name: row.get(3)?,
        tier: tier.ok_or_else(unreadable)?,
        category: row.get::<_, Option<u8>>(5)?.and_then(Category::new),
        name: row.get(6)?,
        code: row.get(7)?,
        by: by.transpose()?,
        why: why.as_deref().and_then(RequestWhy::named),
        count: row.get(9)?,
        made_at: row.get(10)?,
        asked_at: row.get(11)?,
        state: state.parse().map_err(|_| unreadable())?,
        until: row.get(13)?,
        note: row.get(14)?,
        answered_by: row.get(15)?,
        answered_at: row.get(16)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back() {
        for why in RequestWhy::ALL {
            assert_eq!(RequestWhy::named(why.id()), Some(why));
        }
        for state in RequestState::ALL {
            assert_eq!(state.id().parse(), Ok(state));
        }
        assert!("x".parse::<RequestState>().is_err());
    }
}
