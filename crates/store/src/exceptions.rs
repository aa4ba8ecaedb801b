//! Exceptions: made and ended by people, never deleted while anybody may ask about them. The
//! deletion job takes them 24 months after their end.

use std::fmt;
use std::str::FromStr;

use lachan_policy::book::Book;
use lachan_policy::{Category, Exception, GroupId, Name, NameError, Role, Scope, Target};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde_json::{Value, json};

use crate::Store;
use crate::audit::{self, Act, AuthorError, Change, role_named};
use crate::error::{DbError, keep};

/// What an exception is about, as it is stored: services by their id, because their position
/// changes with every ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A host name.
    Name(Box<Name>, Scope),
    /// A service of `rules/services.toml`, by its id.
    Service(String),
    /// A whole category.
    Category(Category),
}

impl Subject {
    /// The target in the words of a ruleset; `None` when its book has no such service.
    #[must_use]
    pub fn target(&self, book: &Book) -> Option<Target> {
        Some(match self {
            Self::Name(name, scope) => Target::Name(**name, *scope),
            Self::Service(id) => Target::Service(book.service_named(id)?),
            Self::Category(category) => Target::Category(*category),
        })
    }
}

impl Subject {
    /// As people type it: `fb88.com`, `service:zalo`, `category:games`. A category that the book does
    /// not know stays a number.
    #[must_use]
    pub fn typed(&self, book: Option<&Book>) -> String {
        match self {
            Self::Name(name, scope) => scope.entry(name),
            Self::Service(id) => format!("service:{id}"),
            Self::Category(category) => {
                let info = book.and_then(|book| book.category(*category));
                info.map_or_else(|| self.to_string(), |info| format!("category:{}", info.id))
            }
        }
    }

    /// Reads what people type; services and categories must be the
    /// book's, and are none without one.
    ///
    /// # Errors
    /// [`TypedError`].
    pub fn from_typed(text: &str, book: Option<&Book>) -> Result<Self, TypedError> {
        if let Some(id) = text.strip_prefix("service:") {
            let found = book.and_then(|book| book.service_named(id));
            let found = found.map(|_| Self::Service(id.to_owned()));
            return found.ok_or_else(|| TypedError::Service(id.to_owned()));
        }
        if let Some(id) = text.strip_prefix("category:") {
            let found = book.and_then(|book| book.category_named(id));
            let found = found.map(Self::Category);
            return found.ok_or_else(|| TypedError::Category(id.to_owned()));
        }
        let (name, scope) = Scope::parse_entry(text).map_err(TypedError::Name)?;
        Ok(Self::Name(name.into(), scope))
    }
}

/// Why nothing that an exception can be about was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// The book has no such service.
    #[error("there is no service {0:?}")]
    Service(String),
    /// The book has no such category.
    #[error("there is no category {0:?}")]
    Category(String),
    /// It is no name.
    #[error("this is no host name")]
    Name(#[source] NameError),
}

impl fmt::Display for Subject {
    /// The stored form: `name:*.a.vn`, `service:zalo`, `category:20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name, scope) => write!(f, "name:{}", scope.entry(name)),
            Self::Service(id) => write!(f, "service:{id}"),
            Self::Category(category) => write!(f, "category:{}", category.bit()),
        }
    }
}

/// A text that is no [`Subject`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is nothing an exception can be about")]
pub struct UnknownSubject(pub String);

impl FromStr for Subject {
    type Err = UnknownSubject;
    fn from_str(text: &str) -> Result<Self, UnknownSubject> {
        let unknown = || UnknownSubject(text.to_owned());
        let (kind, value) = text.split_once(':').ok_or_else(unknown)?;
        match kind {
            "name" => {
                let (name, scope) = Scope::parse_entry(value).map_err(|_| unknown())?;
                Ok(Self::Name(name.into(), scope))
            }
            "service" if !value.is_empty() => Ok(Self::Service(value.to_owned())),
            "category" => {
                let bit = value.parse().map_err(|_| unknown())?;
                Category::new(bit).map(Self::Category).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        }
    }
}

/// An exception somebody wants to make. Its role and author are those of the [`Act`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WishFor<G> {
    /// What it is about.
    pub subject: Subject,
    /// Opens (`true`) or closes.
    pub allow: bool,
    /// Why.
    pub reason: String,
    /// The group it is for, by name or else by number; `None` for the whole school.
    pub group: Option<G>,
    /// Unix seconds from which it no longer holds.
    pub until: Option<i64>,
}

/// A wish whose group is known by its name.
pub type Wish = WishFor<String>;
/// A wish whose group is known by its number.
pub(crate) type Wanted = WishFor<GroupId>;

/// An exception as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredException {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub subject: Subject,
    /// Opens (`true`) or closes.
    pub allow: bool,
    /// The role that made it.
    pub role: Role,
    /// Who made it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// The group it is for; `None` for the whole school.
    pub group: Option<GroupId>,
    /// Unix seconds when it was made; `None` when the time was not known.
    pub made: Option<i64>,
    /// Unix seconds from which it no longer holds.
    pub until: Option<i64>,
    /// Who ended it early, and when.
    pub ended: Option<Ended>,
}

/// An early end of an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Unix seconds; `None` when the time was not known.
    pub at: Option<i64>,
    /// Who ended it.
    pub by: String,
}

impl StoredException {
    /// The exception as policy takes it; `None` when somebody ended it, or when the ruleset has no
    /// such service (any more). Its end by time is policy's to check.
    #[must_use]
    pub fn to_policy(&self, book: &Book) -> Option<Exception> {
        if self.ended.is_some() {
            return None;
        }
        Some(Exception {
            id: self.id,
            target: self.subject.target(book)?,
            allow: self.allow,
            role: self.role,
            author: self.author.clone(),
            reason: self.reason.clone(),
            group: self.group,
            until: self.until,
        })
    }

    /// Whether it still holds: nobody ended it, and its end has not come as far as is known.
    #[must_use]
    pub fn holds(&self, now: Option<i64>) -> bool {
        let is_over = self.until.zip(now).is_some_and(|(until, now)| until <= now);
        self.ended.is_none() && !is_over
    }

    fn to_audit(&self) -> Value {
        json!({
            "about": self.subject.to_string(),
            "allow": self.allow,
            "role": self.role.id(),
            "author": self.author,
            "reason": self.reason,
            "group": self.group.map(|group| group.0),
            "until": self.until,
            "ended": self.ended.as_ref().map(|ended| json!({"at": ended.at, "by": ended.by})),
        })
    }
}

/// Why an exception was not made or ended. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ExceptionError {
    /// No reason, or one that is too long.
    #[error("an exception needs a reason of 1 to 500 characters, for those who ask later")]
    Reason,
    /// A reason with control characters, which could disturb a terminal or forge a line of a log.
    #[error("the reason {0:?} has control characters, such as a line break; leave them out")]
    ReasonCharacter(String),
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// A teacher's exception without an end.
    #[error("what a teacher opens or closes must have an end; give the end of the lesson")]
    TeacherWithoutEnd,
    /// A teacher's exception that ends after [`LONGEST_TEACHER_EXCEPTION`].
    #[error(
        "a teacher's exception lasts at most 24 hours; give the end of the lesson, or let the \
         school's administrator make it"
    )]
    TeacherTooLong,
    /// A teacher's exception while nobody can say how long it would last.
    #[error(
        "the box does not know the time yet, so a teacher's exception could last for ever; wait \
         until it has reached a time server, or let the school's administrator make it"
    )]
    TeacherWithoutClock,
    /// A teacher's exception for the whole school.
    #[error("a teacher opens and closes for her own group; name the group")]
    TeacherWithoutGroup,
    /// The end lies in the past.
    #[error("the exception would have ended before it began; give a later end")]
    EndsInPast,
    /// A name that cannot be stored, such as the root or one with bytes no host name has.
    #[error("{0:?} is no host name that an exception can be about")]
    Name(String),
    /// A public suffix or a bare top-level domain: below it lie names of unrelated people.
    #[error(
        "{0} is a public suffix or a bare top-level domain, under which unrelated people have \
         their names; name the site itself, such as example.{0}"
    )]
    PublicSuffix(String),
    /// No group has the name.
    #[error("there is no group {0:?}; `lachan groups list` shows them all")]
    UnknownGroup(String),
    /// No exception has the number.
    #[error("there is no exception number {0}")]
    Unknown(i64),
    /// It was ended before.
    #[error("the exception number {0} has ended already")]
    AlreadyEnded(i64),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Longest time that a teacher's exception holds, in seconds: one day. A teacher acts for a lesson;
/// the longest is a day's excursion or project. What should hold on the next day is the school's
/// to decide, so that a pass somebody forgot never outlives the day.
pub const LONGEST_TEACHER_EXCEPTION: i64 = 24 * 3600;

impl Store {
    /// Makes an exception; it is saved and synced when this returns.
    ///
    /// # Errors
    /// [`ExceptionError`] says what is missing, or that the database refused.
    pub fn add_exception(&self, act: &Act, wish: Wish) -> Result<StoredException, ExceptionError> {
        check(act, &wish)?;
        let act = act.clone();
        self.write(move |step| add_named(step, &act, wish))
    }

    /// Makes an exception in the place of others, which end: all of it, or nothing.
    ///
    /// # Errors
    /// As [`Self::add_exception`] and [`Self::end_exception`].
    pub fn replace_exceptions(
        &self,
        act: &Act,
        others: Vec<i64>,
        wish: Wish,
    ) -> Result<StoredException, ExceptionError> {
        check(act, &wish)?;
        let act = act.clone();
        self.write(move |step| {
            for other in others {
                end(step, &act, other)?;
            }
            add_named(step, &act, wish)
        })
    }

    /// Ends an exception early.
    ///
    /// # Errors
    /// [`ExceptionError::Author`], [`ExceptionError::Unknown`],
    /// [`ExceptionError::AlreadyEnded`], or the database refused.
    pub fn end_exception(&self, act: &Act, id: i64) -> Result<StoredException, ExceptionError> {
        act.check()?;
        let act = act.clone();
        self.write(move |step| end(step, &act, id))
    }
}

/// Whether a wish can be an exception, as far as that can be said without the database.
pub(crate) fn check<G>(act: &Act, wish: &WishFor<G>) -> Result<(), ExceptionError> {
    act.check()?;
    check_reason(wish.reason.trim())?;
    if act.role == Role::Teacher {
        check_teacher(act, wish)?;
    }
    let end = wish.until.zip(act.at);
    if end.is_some_and(|(until, now)| until <= now) {
        return Err(ExceptionError::EndsInPast);
    }
    check_subject(&wish.subject)
}

fn check_reason(reason: &str) -> Result<(), ExceptionError> {
    if !(1..=LONGEST_REASON).contains(&reason.chars().count()) {
        return Err(ExceptionError::Reason);
    }
    if reason.chars().any(char::is_control) {
        return Err(ExceptionError::ReasonCharacter(reason.to_owned()));
    }
    Ok(())
}

/// A teacher acts for her own group and for a lesson.
fn check_teacher<G>(act: &Act, wish: &WishFor<G>) -> Result<(), ExceptionError> {
    if wish.group.is_none() {
        return Err(ExceptionError::TeacherWithoutGroup);
    }
    let until = wish.until.ok_or(ExceptionError::TeacherWithoutEnd)?;
    let now = act.at.ok_or(ExceptionError::TeacherWithoutClock)?;
    if until.saturating_sub(now) > LONGEST_TEACHER_EXCEPTION {
        return Err(ExceptionError::TeacherTooLong);
    }
    Ok(())
}

fn check_subject(subject: &Subject) -> Result<(), ExceptionError> {
    let stored = subject.to_string();
    if stored.parse().as_ref() != Ok(subject) {
        return Err(ExceptionError::Name(stored));
    }
    match subject {
        Subject::Name(name, _) if name.label_count() < 2 || name.is_public_suffix() => {
            Err(ExceptionError::PublicSuffix(name.to_unicode()))
        }
        _ => Ok(()),
    }
}

fn add_named(
    step: &Transaction<'_>,
    act: &Act,
    wish: Wish,
) -> Result<StoredException, ExceptionError> {
    let group = wish
        .group
        .map(|name| group_number(step, &name))
        .transpose()?;
    let wanted = Wanted {
        subject: wish.subject,
        allow: wish.allow,
        reason: wish.reason,
        group,
        until: wish.until,
    };
    Ok(add(step, act, wanted)?)
}

/// Makes an exception that was checked, inside somebody's transaction.
pub(crate) fn add(
    step: &Transaction<'_>,
    act: &Act,
    wish: Wanted,
) -> Result<StoredException, DbError> {
    let mut stored = StoredException {
        id: 0,
        subject: wish.subject,
        allow: wish.allow,
        role: act.role,
        author: act.author.clone(),
        reason: wish.reason.trim().to_owned(),
        group: wish.group,
        made: act.at,
        until: wish.until,
        ended: None,
    };
    stored.id = insert(step, &stored)?;
    let subject = stored.id.to_string();
    audit::record(
        step,
        act,
        Change::AddException,
        &subject,
        None,
        Some(&stored.to_audit()),
    )?;
    Ok(stored)
}

fn insert(step: &Transaction<'_>, stored: &StoredException) -> Result<i64, DbError> {
    step.execute(
        "INSERT INTO exceptions (target, allow, role, author, reason, group_id, made_at, until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            stored.subject.to_string(),
            stored.allow,
            stored.role.id(),
            stored.author,
            stored.reason,
            stored.group.map(|group| group.0),
            stored.made,
            stored.until,
        ],
    )?;
    Ok(step.last_insert_rowid())
}

fn group_number(step: &Transaction<'_>, name: &str) -> Result<GroupId, ExceptionError> {
    let found = crate::groups::find(step, name)?;
    found
        .map(|group| group.id)
        .ok_or_else(|| ExceptionError::UnknownGroup(name.to_owned()))
}

fn end(step: &Transaction<'_>, act: &Act, id: i64) -> Result<StoredException, ExceptionError> {
    let sql = format!("{SELECT} WHERE id = ?1");
    let before = step.query_row(&sql, [id], |row| Ok(read(row))).optional();
    let before = before
        .map_err(DbError::from)?
        .ok_or(ExceptionError::Unknown(id))??;
    if before.ended.is_some() {
        return Err(ExceptionError::AlreadyEnded(id));
    }
    let ended = Some(Ended {
        at: act.at,
        by: act.author.clone(),
    });
    let after = StoredException {
        ended,
        ..before.clone()
    };
    // 0 stands for a time that was not known; the deletion job dates it.
    step.execute(
        "UPDATE exceptions SET ended_at = ?2, ended_by = ?3 WHERE id = ?1",
        params![id, act.at.unwrap_or(0), act.author],
    )
    .map_err(DbError::from)?;
    let (old, new) = (before.to_audit(), after.to_audit());
    audit::record(
        step,
        act,
        Change::EndException,
        &id.to_string(),
        Some(&old),
        Some(&new),
    )?;
    Ok(after)
}

const SELECT: &str = "SELECT id, target, allow, role, author, reason, group_id, made_at, until,
                             ended_at, ended_by FROM exceptions";

/// Exceptions nobody ended, or all of them, in the order they were made.
pub(crate) fn load(
    connection: &Connection,
    ended_too: bool,
) -> Result<Vec<StoredException>, DbError> {
    let filter = if ended_too {
        ""
    } else {
        "WHERE ended_at IS NULL"
    };
    let mut statement = connection.prepare(&format!("{SELECT} {filter} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        keep(&mut all, read(row))?;
    }
    Ok(all)
}

fn read(row: &Row<'_>) -> Result<StoredException, DbError> {
    let id = row.get(0)?;
    let unreadable = DbError::Unreadable {
        table: "exceptions",
        id,
    };
    let subject = row.get::<_, String>(1)?.parse().ok();
    let role = role_named(&row.get::<_, String>(3)?);
    let (Some(subject), Some(role)) = (subject, role) else {
        return Err(unreadable);
    };
    let ended = match row.get::<_, Option<i64>>(9)? {
        None => None,
        Some(at) => Some(Ended {
            at: (at != 0).then_some(at),
            by: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
        }),
    };
    Ok(StoredException {
        id,
        subject,
        allow: row.get(2)?,
        role,
        author: row.get(4)?,
        reason: row.get(5)?,
        group: row.get::<_, Option<u32>>(6)?.map(GroupId),
        made: row.get(7)?,
        until: row.get(8)?,
        ended,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_read_back() {
        for text in [
            "name:a.vn",
            "name:=a.vn",
            "name:*.a.vn",
            "service:zalo",
            "category:127",
        ] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "a.vn",
            "name:",
            "name:1.2.3.4",
            "service:",
            "category:128",
            "x:y",
        ] {
            assert!(bad.parse::<Subject>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_stored_is_refused() {
        let act = crate::testing::act();
        let (odd, _) = Name::from_wire(b"\x03a b\x02vn\x00").unwrap();
        for name in [odd, Name::ROOT] {
            let wish = Wish {
                subject: Subject::Name(name.into(), Scope::Suffix),
                allow: true,
                reason: "r".into(),
                group: None,
                until: None,
            };
            assert!(matches!(check(&act, &wish), Err(ExceptionError::Name(_))));
        }
    }
}
