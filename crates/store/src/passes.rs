//! Lesson passes: what a teacher opens for her group until the bell, or for some minutes.
//!
//! A pass *is* an exception of the teacher's role: policy obeys it as any other, with the same locks
//! and the same end. Beside it stands only which lesson's bell ends it.

use lachan_policy::{GroupId, Role, Rung};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::Store;
use crate::audit::Act;
use crate::error::DbError;
use crate::exceptions::{self, ExceptionError, StoredException, Subject};

/// When a pass ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// With the bell of this lesson ([`lachan_policy::Bells::to_open_for`]).
    Bell(Rung),
    /// After so many minutes, at least 1.
    Minutes(u16),
}

/// A pass somebody wants to make. Its author and role are those of the [`Act`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassWish {
    /// What it opens.
    pub subject: Subject,
    /// For whom.
    pub group: GroupId,
    /// Until when.
    pub ends: Ends,
    /// Why.
    pub reason: String,
}

/// A pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// The exception that opens.
    pub exception: StoredException,
    /// The group's name; `None` when its record was purged.
    pub group_name: Option<String>,
    /// The lesson whose bell ends it; `None` when it ends after minutes.
    pub lesson: Option<u8>,
}

impl Ends {
    /// Unix seconds of the end of something made now.
    #[must_use]
    pub fn until(self, now: i64) -> i64 {
        match self {
            Self::Bell(lesson) => lesson.ends,
            Self::Minutes(minutes) => now.saturating_add(i64::from(minutes) * 60),
        }
    }

    /// The lesson whose bell it is.
    #[must_use]
    pub const fn lesson(self) -> Option<u8> {
        match self {
            Self::Bell(lesson) => Some(lesson.number),
            Self::Minutes(_) => None,
        }
    }
}

impl Store {
    /// Makes a pass; it is saved and synced when this returns. Whether it opens anything is policy's
    /// to say: [`lachan_policy::Policy::who_opens`].
    ///
    /// # Errors
    /// [`ExceptionError`], as for every exception of that role; without a clock no pass can be made.
    pub fn add_pass(&self, act: &Act, wish: PassWish) -> Result<Pass, ExceptionError> {
        let now = act.at.ok_or(ExceptionError::TeacherWithoutClock)?;
        let wanted = exceptions::Wanted {
            subject: wish.subject,
            allow: true,
            reason: wish.reason,
            group: Some(wish.group),
            until: Some(wish.ends.until(now)),
        };
        exceptions::check(act, &wanted)?;
        let act = act.clone();
        let lesson = wish.ends.lesson();
        self.write(move |step| add(step, &act, wanted, lesson))
    }
}

/// Makes a pass inside somebody's transaction.
pub(crate) fn add(
    step: &Transaction<'_>,
    act: &Act,
    wanted: exceptions::Wanted,
    lesson: Option<u8>,
) -> Result<Pass, ExceptionError> {
    let group = wanted.group;
    let name = group.map(|group| group_name(step, group)).transpose()?;
    let name = name.flatten();
    if name.is_none() {
        let number = group.map_or(0, |group| group.0);
        return Err(ExceptionError::UnknownGroup(number.to_string()));
    }
    let exception = exceptions::add(step, act, wanted)?;
    step.execute(
        "INSERT INTO passes (exception_id, lesson) VALUES (?1, ?2)",
        params![exception.id, lesson],
    )
    .map_err(DbError::from)?;
    Ok(Pass {
        exception,
        group_name: name,
        lesson,
    })
}

/// The name of a group that is there.
pub(crate) fn group_name(
    connection: &Connection,
    group: GroupId,
) -> Result<Option<String>, DbError> {
    let sql = "SELECT name FROM groups WHERE id = ?1 AND removed_at IS NULL";
    Ok(connection
        .query_row(sql, [group.0], |row| row.get(0))
        .optional()?)
}

/// Passes that hold at a moment, newest first.
pub(crate) fn load(connection: &Connection, at: i64) -> Result<Vec<Pass>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT p.lesson, g.name FROM passes p
         JOIN exceptions e ON e.id = p.exception_id
         LEFT JOIN groups g ON g.id = e.group_id
         WHERE p.exception_id = ?1",
    )?;
    let mut passes = Vec::new();
    for exception in exceptions::load(connection, false)?.into_iter().rev() {
        if !exception.allow || exception.until.is_none_or(|until| until <= at) {
            continue;
        }
        let found = statement
            .query_row([exception.id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((lesson, group_name)) = found {
            passes.push(Pass {
                exception,
                group_name,
                lesson,
            });
        }
    }
    Ok(passes)
}

/// The role that a pass made on a pupil's page counts as: never more than a teacher's.
pub(crate) const ON_THE_PAGE: Role = Role::Teacher;
