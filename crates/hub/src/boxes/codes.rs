//! One-time codes by which boxes join. The hub keeps the key that is made of a code's secret part, not the code; a code is
//! shown once, to be printed.

use lachan_wire::enrol::{EnrolCode, EnrolKey, EnrolRequest};
use serde_json::json;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::audit::{self, Act, Action};
use crate::storage::{Failed, Never, OPEN, Storage, StorageError, Tx, storage_error};

/// How long a code holds unless said otherwise, in days, and at most.
pub const DAYS: i64 = 14;
/// The longest.
pub const MOST_DAYS: i64 = 90;
/// Wrong proofs after which a code ends.
const MOST_TRIES: i64 = 10;
/// Seconds for which a code that was used answers the same box again, which did not hear the answer.
pub const USED_FOR: i64 = 86_400;
/// Codes made at once: a province's new schools of a year.
pub const MOST_AT_ONCE: usize = 500;

/// A code that was made, to be printed.
#[derive(Debug, Clone)]
pub struct Made {
    /// The school.
    pub unit: String,
    /// The school's name.
    pub unit_name: String,
    /// The id of the code's row.
    pub id: String,
    /// The code.
    pub code: EnrolCode,
    /// Unix seconds of its end.
    pub ends_at: i64,
}

/// For which schools codes are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum For {
    /// The unit itself.
    Itself,
    /// Every school below that has neither a box nor a code that holds, up to [`MOST_AT_ONCE`].
    WithoutBox,
}

/// Why no code is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// Boxes do not join such a unit.
    #[error("boxes do not join units of this kind")]
    Kind,
}

/// Makes codes. `random` is asked for each; ids and codes are made before the transaction, for it may run twice.
///
/// # Errors
/// [`CodeRefusal`], or the database failed.
pub async fn make(
    storage: &Storage,
    act: &Act,
    unit: &str,
    whom: &For,
    ends_at: i64,
    spare: Vec<(String, EnrolCode)>,
) -> Result<Vec<Made>, Failed<CodeRefusal>> {
    storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, whom, spare) = (act.clone(), unit.to_owned(), whom.clone(), spare.clone());
            Box::pin(async move {
                let units = match whom {
                    For::Itself => itself(tx, &unit).await?,
                    For::WithoutBox => without_box(tx, &unit, act.at).await?,
                };
                let mut made = Vec::with_capacity(units.len());
                for ((school, name), (id, code)) in units.into_iter().zip(spare) {
                    let sql = "INSERT INTO enrol_codes (unit_id, code_id, public, secret_key, made_at, ends_at, tries, state, box_id)
                               VALUES ($1, $2, $3, $4, $5, $6, 0, 'open', '')";
                    sqlx::query(sql)
                        .bind(&school)
                        .bind(&id)
                        .bind(code.public())
                        .bind(code.key().as_bytes().to_vec())
                        .bind(act.at)
                        .bind(ends_at)
                        .execute(&mut **tx)
                        .await?;
                    let detail = json!({ "ends": ends_at });
                    audit::record(tx, &act, &school, Action::MakeCodes, &code.public(), &detail).await?;
                    made.push(Made {
                        unit: school,
                        unit_name: name,
                        id,
                        code,
                        ends_at,
                    });
                }
                Ok(made)
            })
        })
        .await
}

async fn itself(tx: &mut Tx, unit: &str) -> Result<Vec<(String, String)>, Failed<CodeRefusal>> {
    let sql = "SELECT u.name FROM units u JOIN unit_kinds k ON k.kind_id = u.kind_id
               WHERE u.unit_id = $1 AND u.ended_at = $2 AND k.has_boxes = 1";
    let name: Option<String> = sqlx::query_scalar(sql)
        .bind(unit)
        .bind(OPEN)
        .fetch_optional(&mut **tx)
        .await?;
    let name = name.ok_or(Failed::Refused(CodeRefusal::Kind))?;
    Ok(vec![(unit.to_owned(), name)])
}

async fn without_box(
    tx: &mut Tx,
    unit: &str,
    now: i64,
) -> Result<Vec<(String, String)>, Failed<CodeRefusal>> {
    let sql = "SELECT u.unit_id, u.name FROM units u
               JOIN unit_above a ON a.unit_id = u.unit_id
               JOIN unit_kinds k ON k.kind_id = u.kind_id
               WHERE a.above_id = $1 AND a.until_at = $2 AND u.ended_at = $2 AND k.has_boxes = 1
                 AND NOT EXISTS (SELECT 1 FROM boxes b WHERE b.unit_id = u.unit_id AND b.ended_at = $2)
                 AND NOT EXISTS (SELECT 1 FROM enrol_codes c
                                 WHERE c.unit_id = u.unit_id AND c.state = 'open' AND c.ends_at > $3)
               ORDER BY u.unit_id LIMIT $4";
    let most = i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX);
    let rows = sqlx::query(sql).bind(unit).bind(OPEN).bind(now).bind(most);
    let rows = rows.fetch_all(&mut **tx).await?;
    let each = |row: &AnyRow| Ok((row.try_get(0)?, row.try_get(1)?));
    Ok(rows
        .iter()
        .map(each)
        .collect::<Result<Vec<_>, sqlx::Error>>()?)
}

/// A code as officers see it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The school.
    pub unit: String,
    /// The school's name.
    pub unit_name: String,
    /// The id of the code's row.
    pub id: String,
    /// Its first four characters.
    pub public: String,
    /// Unix seconds.
    pub made_at: i64,
    /// Unix seconds of its end.
    pub ends_at: i64,
    /// Wrong proofs.
    pub tries: i64,
    /// `open`, `used`, `revoked` or `spent`.
    pub state: String,
}

/// Codes of units at and below one, by id.
///
/// # Errors
/// The database failed.
pub async fn list(
    storage: &Storage,
    unit: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Listed>, StorageError> {
    let read: Result<_, Failed<Never>> = storage
        .read(|tx| {
            let (unit, after) = (unit.to_owned(), after.to_owned());
            Box::pin(async move {
                let sql = "SELECT c.unit_id, u.name, c.code_id, c.public, c.made_at, c.ends_at, c.tries, c.state
                           FROM enrol_codes c
                           JOIN unit_above a ON a.unit_id = c.unit_id
                           JOIN units u ON u.unit_id = c.unit_id
                           WHERE a.above_id = $1 AND a.until_at = $2 AND c.code_id > $3
                           ORDER BY c.code_id LIMIT $4";
                let rows = sqlx::query(sql).bind(unit).bind(OPEN).bind(after).bind(limit);
                let rows = rows.fetch_all(&mut **tx).await?;
                let each = |row: &AnyRow| {
                    Ok(Listed {
                        unit: row.try_get(0)?,
                        unit_name: row.try_get(1)?,
                        id: row.try_get(2)?,
                        public: row.try_get(3)?,
                        made_at: row.try_get(4)?,
                        ends_at: row.try_get(5)?,
                        tries: row.try_get(6)?,
                        state: row.try_get(7)?,
                    })
                };
                Ok(rows.iter().map(each).collect::<Result<Vec<_>, sqlx::Error>>()?)
            })
        })
        .await;
    read.map_err(storage_error)
}

/// Takes a code back that nobody used yet; whether there was one.
///
/// # Errors
/// The database failed.
pub async fn revoke(
    storage: &Storage,
    act: &Act,
    unit: &str,
    code: &str,
) -> Result<bool, StorageError> {
    let done: Result<_, Failed<Never>> = storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, code) = (act.clone(), unit.to_owned(), code.to_owned());
            Box::pin(async move {
                let sql = "UPDATE enrol_codes SET state = 'revoked', secret_key = $3
                           WHERE unit_id = $1 AND code_id = $2 AND state = 'open' RETURNING public";
                let public: Option<String> = sqlx::query_scalar(sql)
                    .bind(&unit)
                    .bind(&code)
                    .bind(Vec::<u8>::new())
                    .fetch_optional(&mut **tx)
                    .await?;
                let Some(public) = public else {
                    return Ok(false);
                };
                audit::record(tx, &act, &unit, Action::RevokeCode, &public, &json!({})).await?;
                Ok(true)
            })
        })
        .await;
    done.map_err(storage_error)
}

/// A box that joined.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The school.
    pub unit: String,
    /// The school's code.
    pub unit_code: String,
    /// The school's name.
    pub unit_name: String,
    /// The box's id.
    pub box_id: String,
    /// By which the answer proves itself.
    pub key: EnrolKey,
}

/// Has a box join by its request; `None` where no code proves it. `box_id` is the id that it gets, made by the caller. A box that did
/// not hear the answer asks again and gets the same.
///
/// # Errors
/// The database failed.
pub async fn join(
    storage: &Storage,
    request: &EnrolRequest,
    box_id: &str,
    now: i64,
) -> Result<Option<Joined>, StorageError> {
    let done: Result<_, Failed<Never>> = storage
        .write(|tx| {
            let (request, box_id) = (request.clone(), box_id.to_owned());
            Box::pin(async move {
                let codes = candidates(tx, request.code.as_str(), now).await?;
                for code in &codes {
                    if request.check(&code.key).is_ok() {
                        return joined(tx, code, &request, box_id, now).await;
                    }
                }
                // Wrong proofs wear out every code that has these four characters.
                for code in codes.iter().filter(|code| code.state == "open") {
                    wear(tx, code, now).await?;
                }
                Ok(None)
            })
        })
        .await;
    done.map_err(storage_error)
}

/// A code that a request may mean.
struct Candidate {
    unit: String,
    id: String,
    public: String,
    key: EnrolKey,
    tries: i64,
    state: String,
    box_id: String,
}

async fn candidates(tx: &mut Tx, public: &str, now: i64) -> Result<Vec<Candidate>, Failed<Never>> {
    // A school that was merged takes no box in: what joined it would belong to nobody's present.
    let sql = "SELECT c.unit_id, c.code_id, c.public, c.secret_key, c.tries, c.state, c.box_id FROM enrol_codes c
               JOIN units u ON u.unit_id = c.unit_id
               WHERE c.public = $1 AND c.ends_at > $2 AND u.ended_at = $3 AND LENGTH(c.secret_key) > 0
                 AND (c.state = 'open' OR (c.state = 'used' AND c.used_at > $4))";
    let rows = sqlx::query(sql)
        .bind(public)
        .bind(now)
        .bind(OPEN)
        .bind(now - USED_FOR)
        .fetch_all(&mut **tx)
        .await?;
    let each = |row: &AnyRow| {
        Ok(Candidate {
            unit: row.try_get(0)?,
            id: row.try_get(1)?,
            public: row.try_get(2)?,
            key: EnrolKey::from_bytes(row.try_get(3)?),
            tries: row.try_get(4)?,
            state: row.try_get(5)?,
            box_id: row.try_get(6)?,
        })
    };
    Ok(rows
        .iter()
        .map(each)
        .collect::<Result<Vec<_>, sqlx::Error>>()?)
}

async fn joined(
    tx: &mut Tx,
    code: &Candidate,
    request: &EnrolRequest,
    box_id: String,
    now: i64,
) -> Result<Option<Joined>, Failed<Never>> {
    let public_key = request.public_key.bytes();
    let box_id = if code.state == "used" {
        let sql = "SELECT COUNT(*) FROM boxes WHERE unit_id = $1 AND box_id = $2 AND public_key = $3 AND ended_at = $4";
        let same = sqlx::query_scalar::<_, i64>(sql)
            .bind(&code.unit)
            .bind(&code.box_id)
            .bind(public_key)
            .bind(OPEN)
            .fetch_one(&mut **tx)
            .await?;
        if same == 0 {
            return Ok(None);
        }
        code.box_id.clone()
    } else {
        let sql = "INSERT INTO boxes (unit_id, box_id, public_key, enrolled_at, ended_at, seen_at, program, lists_version,
                                      lists_at, trouble, status)
                   VALUES ($1, $2, $3, $4, $5, $4, $6, 0, 0, 0, '')";
        sqlx::query(sql)
            .bind(&code.unit)
            .bind(&box_id)
            .bind(public_key)
            .bind(now)
            .bind(OPEN)
            .bind(request.program.as_str())
            .execute(&mut **tx)
            .await?;
        let sql = "UPDATE enrol_codes SET state = 'used', box_id = $3, used_at = $4 WHERE unit_id = $1 AND code_id = $2";
        sqlx::query(sql)
            .bind(&code.unit)
            .bind(&code.id)
            .bind(&box_id)
            .bind(now)
            .execute(&mut **tx)
            .await?;
        let detail = json!({ "code": code.public, "program": request.program.as_str() });
        audit::record(
            tx,
            &by_box(&box_id, now),
            &code.unit,
            Action::EnrolBox,
            &box_id,
            &detail,
        )
        .await?;
        box_id
    };
    let sql = "SELECT code, name FROM units WHERE unit_id = $1";
    let unit = sqlx::query(sql)
        .bind(&code.unit)
        .fetch_one(&mut **tx)
        .await?;
    Ok(Some(Joined {
        unit: code.unit.clone(),
        unit_code: unit.try_get(0)?,
        unit_name: unit.try_get(1)?,
        box_id,
        key: code.key.clone(),
    }))
}

/// What a box does by itself.
fn by_box(box_id: &str, now: i64) -> Act {
    Act {
        account: box_id.to_owned(),
        author: "box".to_owned(),
        at: now,
        standing: None,
    }
}

async fn wear(tx: &mut Tx, code: &Candidate, now: i64) -> Result<(), Failed<Never>> {
    let tries = code.tries + 1;
    let is_spent = tries >= MOST_TRIES;
    let state = if is_spent { "spent" } else { "open" };
    // Of a code that is spent nothing is kept that proves anything.
    let key = if is_spent {
        Vec::new()
    } else {
        code.key.as_bytes().to_vec()
    };
    let sql = "UPDATE enrol_codes SET tries = $3, state = $4, secret_key = $5 WHERE unit_id = $1 AND code_id = $2";
    sqlx::query(sql)
        .bind(&code.unit)
        .bind(&code.id)
        .bind(tries)
        .bind(state)
        .bind(key)
        .execute(&mut **tx)
        .await?;
    if is_spent {
        let act = by_box("system", now);
        let detail = json!({ "tries": tries });
        audit::record(
            tx,
            &act,
            &code.unit,
            Action::SpendCode,
            &code.public,
            &detail,
        )
        .await?;
    }
    Ok(())
}
