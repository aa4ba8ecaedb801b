//! Unlock codes: six digits that a teacher makes on her phone and a pupil types on the block page.
//! One opens one site for one group until the bell, once.
//!
//! What is stored is a keyed hash ([`UnlockKey`] lies beside the database, not in it), so that a copy of
//! the database opens nothing. How often somebody may try is bounded by whoever serves the page.

use std::fmt;
use std::hash::Hasher as _;

use lachan_policy::{GroupId, Name, Scope};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde_json::json;
use siphasher::sip128::{Hasher128 as _, SipHasher24};
use zeroize::Zeroizing;

use crate::Store;
use crate::audit::{self, Act, AuthorError, Change};
use crate::error::DbError;
use crate::exceptions::{self, ExceptionError, Subject};
use crate::passes::{self, Ends, Pass};

/// Codes of a group that may wait to be used: one a pupil at most.
pub const MAX_CODES: u32 = 60;
/// Digits of a code.
const DIGITS: usize = 6;
/// One more than the largest.
const RANGE: u32 = 1_000_000;
/// Reason that stands with what a code opened.
const REASON: &str = "mã mở trang trên máy học sinh / unlock code on a pupil's page";

/// The secret of a box under which codes are hashed.
#[derive(Clone)]
pub struct UnlockKey(Zeroizing<[u8; 16]>);

impl UnlockKey {
    /// The key of these random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn hash(&self, group: GroupId, code: u32) -> [u8; 16] {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write(&group.0.to_be_bytes());
        hasher.write(&code.to_be_bytes());
        hasher.finish128().as_bytes()
    }
}

impl fmt::Debug for UnlockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnlockKey(…)")
    }
}

/// A code as the teacher sees it, this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeCode {
    /// Its six digits.
    pub digits: String,
    /// What is kept of it.
    pub code: UnlockCode,
}

/// What is kept of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlockCode {
    /// Its number.
    pub id: i64,
    /// The group it opens for.
    pub group: GroupId,
    /// The lesson whose bell ends it; `None` when it ends after minutes.
    pub lesson: Option<u8>,
    /// Unix seconds when it was made.
    pub made_at: i64,
    /// Who made it.
    pub made_by: String,
    /// Unix seconds from which neither it nor what it opened holds.
    pub until: i64,
    /// Unix seconds when it was used.
    pub used_at: Option<i64>,
}

/// Why no code was made. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// No group has the number.
    #[error("there is no group number {0}")]
    Group(u32),
    /// Too many wait.
    #[error("the group has {MAX_CODES} codes that were not used yet; they end with the lesson")]
    TooMany,
    /// The box does not know the time, so a code could hold for ever.
    #[error("the box does not know the time yet, so no code can be made; wait until it does")]
    NoClock,
    /// It would have ended before it began, or only after a day.
    #[error("a code ends with the lesson, within a day")]
    End,
    /// The kernel gave no randomness.
    #[error("the system gives no random numbers, so no code can be made; try again")]
    Random(#[source] getrandom::Error),
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why a code opened nothing. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// No such code waits for this group: mistyped, used, over, or another group's. Which of these
    /// is not told to whoever tries.
    #[error("no such code waits for this group")]
    Unknown,
    /// What it opens cannot be an exception.
    #[error(transparent)]
    Exception(#[from] ExceptionError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A code that somebody typed, and for what.
#[derive(Debug, Clone)]
pub struct Typed {
    /// The digits; spaces and hyphens are passed over.
    pub digits: Zeroizing<String>,
    /// The group of the device.
    pub group: GroupId,
    /// The site to open, and what is below it.
    pub name: Name,
    /// Unix seconds.
    pub at: i64,
}

impl Store {
    /// Makes a code for a group.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn make_code(
        &self,
        act: &Act,
        key: &UnlockKey,
        group: GroupId,
        ends: Ends,
    ) -> Result<MadeCode, CodeError> {
        act.check()?;
        let now = act.at.ok_or(CodeError::NoClock)?;
        let until = ends.until(now);
        if until <= now || until - now > exceptions::LONGEST_TEACHER_EXCEPTION {
            return Err(CodeError::End);
        }
        let (act, key) = (act.clone(), key.clone());
        self.write(move |step| {
            if passes::group_name(step, group)?.is_none() {
                return Err(CodeError::Group(group.0));
            }
            if waiting(step, group, now)? >= MAX_CODES {
                return Err(CodeError::TooMany);
            }
            let code = loop {
                let code = random()?;
                if find(step, &key.hash(group, code), group, now)?.is_none() {
                    break code;
                }
            };
            step.execute(
                "INSERT INTO unlock_codes (hash, group_id, lesson, made_at, made_by, until)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    key.hash(group, code),
                    group.0,
                    ends.lesson(),
                    now,
                    act.author,
                    until
                ],
            )
            .map_err(DbError::from)?;
            let id = step.last_insert_rowid();
            let after = json!({ "group": group.0, "until": until });
            let subject = id.to_string();
            audit::record(step, &act, Change::MakeCode, &subject, None, Some(&after))?;
            Ok(MadeCode {
                digits: format!("{code:06}"),
                code: UnlockCode {
                    id,
                    group,
                    lesson: ends.lesson(),
                    made_at: now,
                    made_by: act.author.clone(),
                    until,
                    used_at: None,
                },
            })
        })
    }

    /// Uses a code up and makes the pass it stands for: both, or neither.
    ///
    /// # Errors
    /// [`RedeemError`].
    pub fn redeem_code(&self, key: &UnlockKey, typed: Typed) -> Result<Pass, RedeemError> {
        let code = parse(&typed.digits).ok_or(RedeemError::Unknown)?;
        let hash = key.hash(typed.group, code);
        self.write(move |step| {
            let found = find(step, &hash, typed.group, typed.at)?.ok_or(RedeemError::Unknown)?;
            let act = Act {
                author: found.made_by.clone(),
                role: passes::ON_THE_PAGE,
                at: Some(typed.at),
            };
            let wanted = exceptions::Wanted {
                subject: Subject::Name(typed.name.into(), Scope::Suffix),
                allow: true,
                reason: REASON.to_owned(),
                group: Some(typed.group),
                until: Some(found.until),
            };
            exceptions::check(&act, &wanted)?;
            let pass = passes::add(step, &act, wanted, found.lesson)?;
            step.execute(
                "UPDATE unlock_codes SET used_at = ?2, exception_id = ?3 WHERE id = ?1",
                params![found.id, typed.at, pass.exception.id],
            )
            .map_err(DbError::from)?;
            Ok(pass)
        })
    }
}

/// The number of six digits, however they are spaced.
fn parse(text: &str) -> Option<u32> {
    let mut digits = Zeroizing::new(String::with_capacity(DIGITS));
    for character in text.chars() {
        match character {
            ' ' | '-' | '.' | '\u{a0}' => {}
            '0'..='9' if digits.len() < DIGITS => digits.push(character),
            _ => return None,
        }
    }
    if digits.len() == DIGITS {
        digits.parse().ok()
    } else {
        None
    }
}

/// A code by chance, each as likely as the others.
fn random() -> Result<u32, CodeError> {
    loop {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).map_err(CodeError::Random)?;
        // 20 bits are 1,048,576: few tries are in vain.
        let number = u32::from_be_bytes(bytes) >> 12;
        if number < RANGE {
            return Ok(number);
        }
    }
}

fn waiting(connection: &Connection, group: GroupId, at: i64) -> Result<u32, DbError> {
    let sql = "SELECT count(*) FROM unlock_codes
               WHERE group_id = ?1 AND used_at IS NULL AND until > ?2";
    Ok(connection.query_row(sql, params![group.0, at], |row| row.get(0))?)
}

const SELECT: &str =
    "SELECT id, group_id, lesson, made_at, made_by, until, used_at FROM unlock_codes";

/// The code of this hash that waits for a group. One made much later than now is of a clock that jumped; a few seconds are
/// what two clocks of one box may differ by.
fn find(
    step: &Transaction<'_>,
    hash: &[u8; 16],
    group: GroupId,
    at: i64,
) -> Result<Option<UnlockCode>, DbError> {
    let sql = format!(
        "{SELECT} WHERE hash = ?1 AND group_id = ?2 AND used_at IS NULL AND until > ?3 AND made_at <= ?3 + 60"
    );
    Ok(step
        .query_row(&sql, params![hash, group.0, at], read)
        .optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<UnlockCode> {
    Ok(UnlockCode {
        id: row.get(0)?,
        group: GroupId(row.get(1)?),
        lesson: row.get(2)?,
        made_at: row.get(3)?,
        made_by: row.get(4)?,
        until: row.get(5)?,
        used_at: row.get(6)?,
    })
}

/// Codes whose lesson is not over, newest first.
pub(crate) fn load(connection: &Connection, at: i64) -> Result<Vec<UnlockCode>, DbError> {
    let sql = format!("{SELECT} WHERE until > ?1 ORDER BY id DESC");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([at], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_are_read_as_people_write_them() {
        for text in ["482913", "482 913", "482-913", " 4 8 2 9 1 3 "] {
            assert_eq!(parse(text), Some(482_913), "{text}");
        }
        assert_eq!(parse("000007"), Some(7));
        for bad in ["", "48291", "4829131", "48291x", "４８２９１３"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_hash_is_of_one_key_group_and_code() {
        let key = UnlockKey::new([7; 16]);
        let hash = key.hash(GroupId(1), 482_913);
        assert_eq!(hash, key.hash(GroupId(1), 482_913));
        assert_ne!(hash, key.hash(GroupId(2), 482_913));
        assert_ne!(hash, key.hash(GroupId(1), 482_914));
        assert_ne!(hash, UnlockKey::new([8; 16]).hash(GroupId(1), 482_913));
    }

    proptest! {
        #[test]
        fn no_typed_text_panics(text in "\\PC{0,30}") {
            prop_assert!(parse(&text).is_none_or(|code| code < RANGE));
        }
    }
}
