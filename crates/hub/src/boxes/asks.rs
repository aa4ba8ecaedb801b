//! What schools ask the department for, and what it answers.

use lachan_wire::ask::{Answer, Answers, Ask, Decision, MOST_ANSWERS};
use lachan_wire::text::Id;
use serde_json::json;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::uploads::{self, Signed, Taken, UploadRefusal};
use crate::audit::{self, Act, Action};
use crate::storage::{Failed, Never, OPEN, Storage, StorageError, storage_error};

/// Questions of one box that wait for an answer at most: more is a mistake, or mischief.
const MOST_OPEN: i64 = 50;
/// Longest note to the teacher, in characters.
pub const LONGEST_NOTE: usize = 500;

/// Why a question is not taken in, or not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskRefusal {
    /// The upload itself is refused.
    #[error(transparent)]
    Upload(#[from] UploadRefusal),
    /// Too many of the box wait already.
    #[error("too many questions of this box wait for an answer")]
    TooMany,
    /// There is none.
    #[error("there is no such question")]
    Unknown,
    /// It has an answer.
    #[error("the question was answered already")]
    Answered,
    /// The note is too long or has characters that are no text.
    #[error("a note has at most {LONGEST_NOTE} characters")]
    Note,
}

/// Takes a question in under an id that the same upload gives again.
///
/// # Errors
/// [`AskRefusal`], or the database failed.
pub async fn ask(
    storage: &Storage,
    signed: &Signed,
    ask: &Ask,
    now: i64,
) -> Result<String, Failed<AskRefusal>> {
    let number = signed.number.to_string();
    let id = crate::id::derived(&["ask", &signed.unit, &signed.box_id, &number]);
    storage
        .append(|tx| {
            let (signed, ask, id) = (signed.clone(), ask.clone(), id.clone());
            Box::pin(async move {
                if uploads::take::<AskRefusal>(tx, &signed, now).await? == Taken::Same {
                    return Ok(id);
                }
                let sql = "SELECT COUNT(*) FROM asks WHERE unit_id = $1 AND box_id = $2 AND state = 'open'";
                let open = sqlx::query_scalar::<_, i64>(sql).bind(&signed.unit).bind(&signed.box_id);
                if open.fetch_one(&mut **tx).await? >= MOST_OPEN {
                    return Err(Failed::Refused(AskRefusal::TooMany));
                }
                let sql = "INSERT INTO asks (unit_id, ask_id, box_id, what, name, tier, reason, asked_at, state, answer, note,
                                             answered_at, answered_by)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', '', '', 0, '')";
                sqlx::query(sql)
                    .bind(&signed.unit)
                    .bind(&id)
                    .bind(&signed.box_id)
                    .bind(ask.what.id())
                    .bind(ask.name.as_str())
                    .bind(ask.tier.id())
                    .bind(ask.reason.id())
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                Ok(id)
            })
        })
        .await
}

/// The id, the decision, the note and the time of an answer.
type AnswerRow = (String, String, String, i64);

/// Answers of a box's questions that were given after a time (Unix milliseconds).
///
/// # Errors
/// The database failed.
pub async fn answers(
    storage: &Storage,
    unit: &str,
    box_id: &str,
    after: i64,
) -> Result<Answers, StorageError> {
    let most = i64::try_from(MOST_ANSWERS).unwrap_or(i64::MAX);
    let read: Result<Vec<AnswerRow>, Failed<Never>> = storage
        .read(|tx| {
            let (unit, box_id) = (unit.to_owned(), box_id.to_owned());
            Box::pin(async move {
                let sql = "SELECT ask_id, answer, note, answered_at FROM asks
                           WHERE unit_id = $1 AND box_id = $2 AND state = 'answered' AND answered_at > $3
                           ORDER BY answered_at LIMIT $4";
                let rows = sqlx::query(sql).bind(unit).bind(box_id).bind(after).bind(most);
                let rows = rows.fetch_all(&mut **tx).await?;
                let each = |row: &AnyRow| {
                    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
                };
                Ok(rows.iter().map(each).collect::<Result<Vec<_>, sqlx::Error>>()?)
            })
        })
        .await;
    let rows = read.map_err(storage_error)?;
    let next = rows.last().map_or(after, |(_, _, _, at)| *at);
    let unreadable = |what: &str| StorageError::Unreadable {
        table: "asks",
        what: what.to_owned(),
    };
    let items = rows.into_iter().map(|(id, decision, note, at)| {
        Ok(Answer {
            id: Id::try_from(id).map_err(|_| unreadable("ask_id"))?,
            decision: Decision::named(&decision).ok_or_else(|| unreadable("answer"))?,
            note,
            at,
        })
    });
    Ok(Answers {
        items: items.collect::<Result<_, StorageError>>()?,
        next,
    })
}

/// Answers a question; the box that gets the answer.
///
/// # Errors
/// [`AskRefusal`], or the database failed.
pub async fn answer(
    storage: &Storage,
    act: &Act,
    (unit, ask): (&str, &str),
    decision: Decision,
    note: &str,
    now_millis: i64,
) -> Result<String, Failed<AskRefusal>> {
    let is_control = |c: char| c.is_control() && c != '\n';
    if note.chars().count() > LONGEST_NOTE || note.chars().any(is_control) {
        return Err(Failed::Refused(AskRefusal::Note));
    }
    storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, ask, note) = (act.clone(), unit.to_owned(), ask.to_owned(), note.to_owned());
            Box::pin(async move {
                let sql = "SELECT box_id, state, name FROM asks WHERE unit_id = $1 AND ask_id = $2";
                let row = sqlx::query(sql).bind(&unit).bind(&ask).fetch_optional(&mut **tx).await?;
                let row = row.ok_or(Failed::Refused(AskRefusal::Unknown))?;
                let (box_id, state, name): (String, String, String) =
                    (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
                if state != "open" {
                    return Err(Failed::Refused(AskRefusal::Answered));
                }
                // No two answers of a box at one time: it looks for those after the last it has.
                let sql = "SELECT MAX(answered_at) FROM asks WHERE unit_id = $1 AND box_id = $2";
                let last = sqlx::query_scalar::<_, Option<i64>>(sql).bind(&unit).bind(&box_id);
                let last = last.fetch_one(&mut **tx).await?.unwrap_or_default();
                let at = now_millis.max(last + 1);
                let sql = "UPDATE asks SET state = 'answered', answer = $3, note = $4, answered_at = $5, answered_by = $6
                           WHERE unit_id = $1 AND ask_id = $2";
                sqlx::query(sql)
                    .bind(&unit)
                    .bind(&ask)
                    .bind(decision.id())
                    .bind(&note)
                    .bind(at)
                    .bind(&act.author)
                    .execute(&mut **tx)
                    .await?;
                let detail = json!({ "answer": decision.id(), "note": note });
                audit::record(tx, &act, &unit, Action::AnswerAsk, &name, &detail).await?;
                Ok(box_id)
            })
        })
        .await
}

/// A question as officers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The school.
    pub unit: String,
    /// The school's name.
    pub unit_name: String,
    /// Its id.
    pub id: String,
    /// What is asked for.
    pub what: String,
    /// The site.
    pub name: String,
    /// For which pupils.
    pub tier: String,
    /// Why.
    pub reason: String,
    /// Unix seconds.
    pub asked_at: i64,
    /// What was decided; empty while it waits.
    pub answer: String,
    /// What was written to the teacher.
    pub note: String,
    /// Who answered.
    pub answered_by: String,
}

/// Questions of units at and below one by id, those that wait or those that were answered.
///
/// # Errors
/// The database failed.
pub async fn list(
    storage: &Storage,
    unit: &str,
    is_open: bool,
    after: &str,
    limit: i64,
) -> Result<Vec<Listed>, StorageError> {
    let state = if is_open { "open" } else { "answered" };
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let (unit, after) = (unit.to_owned(), after.to_owned());
            Box::pin(async move {
                let sql = "SELECT q.unit_id, u.name, q.ask_id, q.what, q.name, q.tier, q.reason, q.asked_at, q.answer, q.note,
                                  q.answered_by
                           FROM asks q
                           JOIN unit_above a ON a.unit_id = q.unit_id
                           JOIN units u ON u.unit_id = q.unit_id
                           WHERE a.above_id = $1 AND a.until_at = $2 AND q.state = $3 AND q.ask_id > $4
                           ORDER BY q.ask_id LIMIT $5";
                let rows = sqlx::query(sql).bind(unit).bind(OPEN).bind(state).bind(after).bind(limit);
                let rows = rows.fetch_all(&mut **tx).await?;
                let each = |row: &AnyRow| {
                    Ok(Listed {
                        unit: row.try_get(0)?,
                        unit_name: row.try_get(1)?,
                        id: row.try_get(2)?,
                        what: row.try_get(3)?,
                        name: row.try_get(4)?,
                        tier: row.try_get(5)?,
                        reason: row.try_get(6)?,
                        asked_at: row.try_get(7)?,
                        answer: row.try_get(8)?,
                        note: row.try_get(9)?,
                        answered_by: row.try_get(10)?,
                    })
                };
                Ok(rows.iter().map(each).collect::<Result<Vec<_>, sqlx::Error>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}
