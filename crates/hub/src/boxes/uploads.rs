//! Numbers of uploads: each is taken once. The same number with the same body is answered as before, with another one it is
//! refused; so a box may send again whatever it did not hear the answer of. Only the last numbers of a box and kind are
//! remembered, and all before them refused, so that no box fills the table. What only reads has one number that rises.

use sqlx::Row as _;

use crate::storage::{Failed, OPEN, Storage, Tx};

/// How far behind its newest a number may be that is taken: three weeks of hourly reports that could not be sent.
const WINDOW: i64 = 512;

/// A request whose signature was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The school of the box.
    pub unit: String,
    /// The box.
    pub box_id: String,
    /// What it is about: the id of [`lachan_wire::upload::Kind`].
    pub kind: &'static str,
    /// Its number.
    pub number: i64,
    /// The SHA-256 of its body, in hexadecimal.
    pub body_hash: String,
}

/// Whether a number is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is taken now, by this transaction.
    New,
    /// It was taken before with the same body: whatever it did, is done.
    Same,
}

/// Why a number is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UploadRefusal {
    /// It was used with another body.
    #[error("the number was used for another body; {next} is free")]
    Taken {
        /// The next that is free: a box that was restored from a backup goes on with it.
        next: i64,
    },
    /// It is older than what is remembered.
    #[error("the number is too old; {next} is free")]
    TooOld {
        /// As above.
        next: i64,
    },
    /// The box was taken off meanwhile.
    #[error("the box was taken off")]
    Ended,
}

/// Takes a number, in the transaction of what the upload does; and notes that the box was seen, if it is new: who only sends again
/// what somebody overheard keeps no dead box alive.
///
/// # Errors
/// [`UploadRefusal`], or the database failed.
pub async fn take<R: From<UploadRefusal>>(
    tx: &mut Tx,
    signed: &Signed,
    now: i64,
) -> Result<Taken, Failed<R>> {
    hold(tx, signed).await?;
    let next = next(tx, signed).await?;
    if signed.number <= mark(tx, signed).await? {
        return Err(Failed::Refused(UploadRefusal::TooOld { next }.into()));
    }
    let sql = "INSERT INTO upload_numbers (unit_id, box_id, kind, number, body_hash, at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (unit_id, box_id, kind, number) DO NOTHING";
    let taken = sqlx::query(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(signed.kind)
        .bind(signed.number)
        .bind(&signed.body_hash)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    if taken.rows_affected() == 1 {
        seen(tx, signed, now).await?;
        if signed.number >= next {
            forget(tx, signed, signed.number - WINDOW).await?;
        }
        return Ok(Taken::New);
    }
    let sql = "SELECT body_hash FROM upload_numbers WHERE unit_id = $1 AND box_id = $2 AND kind = $3 AND number = $4";
    let row = sqlx::query(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(signed.kind)
        .bind(signed.number)
        .fetch_one(&mut **tx)
        .await?;
    let body_hash: String = row.try_get(0)?;
    if body_hash == signed.body_hash {
        Ok(Taken::Same)
    } else {
        Err(Failed::Refused(UploadRefusal::Taken { next }.into()))
    }
}

/// Takes the number of a request that only reads: each has to be higher than the one before, so none that was overheard is
/// answered again.
///
/// # Errors
/// [`UploadRefusal`], or the database failed.
pub async fn rise(
    storage: &Storage,
    signed: &Signed,
    now: i64,
) -> Result<(), Failed<UploadRefusal>> {
    storage
        .append(|tx| {
            let signed = signed.clone();
            Box::pin(async move {
                hold::<UploadRefusal>(tx, &signed).await?;
                if raise(tx, &signed, signed.number).await? {
                    seen(tx, &signed, now).await?;
                    return Ok(());
                }
                let next = mark(tx, &signed).await?.saturating_add(1);
                Err(Failed::Refused(UploadRefusal::TooOld { next }))
            })
        })
        .await
}

/// Holds the box's row, so that what else concerns the box waits until this is done.
async fn hold<R: From<UploadRefusal>>(tx: &mut Tx, signed: &Signed) -> Result<(), Failed<R>> {
    let sql = "UPDATE boxes SET ended_at = $3 WHERE unit_id = $1 AND box_id = $2 AND ended_at = $3";
    let held = sqlx::query(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(OPEN);
    if held.execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(Failed::Refused(UploadRefusal::Ended.into()));
    }
    Ok(())
}

async fn seen(tx: &mut Tx, signed: &Signed, now: i64) -> Result<(), sqlx::Error> {
    let sql = "UPDATE boxes SET seen_at = $3 WHERE unit_id = $1 AND box_id = $2";
    let seen = sqlx::query(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(now);
    seen.execute(&mut **tx).await.map(drop)
}

/// The number up to which all are refused; 0 for none.
async fn mark(tx: &mut Tx, signed: &Signed) -> Result<i64, sqlx::Error> {
    let sql = "SELECT number FROM upload_marks WHERE unit_id = $1 AND box_id = $2 AND kind = $3";
    let mark = sqlx::query_scalar::<_, i64>(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(signed.kind);
    Ok(mark.fetch_optional(&mut **tx).await?.unwrap_or(0))
}

/// The number above all that were taken.
async fn next(tx: &mut Tx, signed: &Signed) -> Result<i64, sqlx::Error> {
    let sql =
        "SELECT MAX(number) FROM upload_numbers WHERE unit_id = $1 AND box_id = $2 AND kind = $3";
    let highest = sqlx::query_scalar::<_, Option<i64>>(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(signed.kind);
    let highest = highest.fetch_one(&mut **tx).await?.unwrap_or(0);
    Ok(highest.max(mark(tx, signed).await?).saturating_add(1))
}

/// Raises the mark, which never goes down; whether it was lower.
async fn raise(tx: &mut Tx, signed: &Signed, number: i64) -> Result<bool, sqlx::Error> {
    let sql = "INSERT INTO upload_marks (unit_id, box_id, kind, number) VALUES ($1, $2, $3, $4)
               ON CONFLICT (unit_id, box_id, kind) DO UPDATE SET number = excluded.number
               WHERE upload_marks.number < excluded.number";
    let raised = sqlx::query(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(signed.kind)
        .bind(number)
        .execute(&mut **tx)
        .await?;
    Ok(raised.rows_affected() == 1)
}

/// Forgets the numbers up to one, and refuses them from now on.
async fn forget(tx: &mut Tx, signed: &Signed, number: i64) -> Result<(), sqlx::Error> {
    if number <= 0 || !raise(tx, signed, number).await? {
        return Ok(());
    }
    let sql = "DELETE FROM upload_numbers WHERE unit_id = $1 AND box_id = $2 AND kind = $3 AND number <= $4";
    sqlx::query(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(signed.kind)
        .bind(number)
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// Whether an upload has the highest number of its kind so far: a late one does not take back what a newer one said.
///
/// # Errors
/// The database failed.
pub async fn is_newest<R>(tx: &mut Tx, signed: &Signed) -> Result<bool, Failed<R>> {
    let sql = "SELECT COUNT(*) FROM upload_numbers WHERE unit_id = $1 AND box_id = $2 AND kind = $3 AND number > $4";
    let newer = sqlx::query_scalar::<_, i64>(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(signed.kind)
        .bind(signed.number)
        .fetch_one(&mut **tx)
        .await?;
    Ok(newer == 0)
}
