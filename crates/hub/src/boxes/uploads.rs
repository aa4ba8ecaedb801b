//! Numbers of uploads: each is taken once. The same number with the same body is answered as before, with another one it is
//! refused; so a box may send again whatever it did not hear the answer of.

use sqlx::Row as _;

use crate::storage::{Failed, Never, OPEN, Storage, StorageError, Tx, storage_error};

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
    #[error("the number was used for another body")]
    Taken,
    /// It is older than what is remembered.
    #[error("the number is too old")]
    TooOld,
    /// The box was taken off meanwhile.
    #[error("the box was taken off")]
    Ended,
}

/// Takes a number, in the transaction of what the upload does; and notes that the box was seen.
///
/// # Errors
/// [`UploadRefusal`], or the database failed.
pub async fn take<R: From<UploadRefusal>>(
    tx: &mut Tx,
    signed: &Signed,
    now: i64,
) -> Result<Taken, Failed<R>> {
    let sql = "UPDATE boxes SET seen_at = $3 WHERE unit_id = $1 AND box_id = $2 AND ended_at = $4";
    let seen = sqlx::query(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(now)
        .bind(OPEN);
    if seen.execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(Failed::Refused(UploadRefusal::Ended.into()));
    }
    let sql = "SELECT number FROM upload_marks WHERE unit_id = $1 AND box_id = $2 AND kind = $3";
    let mark = sqlx::query_scalar::<_, i64>(sql)
        .bind(&signed.unit)
        .bind(&signed.box_id)
        .bind(signed.kind);
    let mark = mark.fetch_optional(&mut **tx).await?;
    if mark.is_some_and(|mark| signed.number <= mark) {
        return Err(Failed::Refused(UploadRefusal::TooOld.into()));
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
        Err(Failed::Refused(UploadRefusal::Taken.into()))
    }
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

/// Forgets the numbers of one box that were taken before a time (Unix seconds), and refuses them from now on. Numbers behind one
/// that is kept are kept, too.
///
/// # Errors
/// The database failed.
pub async fn forget(
    storage: &Storage,
    unit: &str,
    box_id: &str,
    before: i64,
) -> Result<(), StorageError> {
    let done: Result<(), Failed<Never>> = storage
        .write(|tx| {
            let (unit, box_id) = (unit.to_owned(), box_id.to_owned());
            Box::pin(async move {
                let sql = "SELECT kind, MAX(number) FROM upload_numbers n
                           WHERE unit_id = $1 AND box_id = $2 AND at < $3
                             AND NOT EXISTS (SELECT 1 FROM upload_numbers o WHERE o.unit_id = n.unit_id AND o.box_id = n.box_id
                                             AND o.kind = n.kind AND o.number < n.number AND o.at >= $3)
                           GROUP BY kind";
                let rows = sqlx::query(sql).bind(&unit).bind(&box_id).bind(before);
                for row in rows.fetch_all(&mut **tx).await? {
                    let (kind, number): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
                    let sql = "INSERT INTO upload_marks (unit_id, box_id, kind, number) VALUES ($1, $2, $3, $4)
                               ON CONFLICT (unit_id, box_id, kind) DO UPDATE SET number = excluded.number";
                    sqlx::query(sql).bind(&unit).bind(&box_id).bind(&kind).bind(number).execute(&mut **tx).await?;
                    let sql = "DELETE FROM upload_numbers WHERE unit_id = $1 AND box_id = $2 AND kind = $3 AND number <= $4";
                    sqlx::query(sql).bind(&unit).bind(&box_id).bind(&kind).bind(number).execute(&mut **tx).await?;
                }
                Ok(())
            })
        })
        .await;
    done.map_err(storage_error)
}
