//! Whether somebody who changes something still may: looked at in the transaction of the change. The guard looked before; up to
//! half a minute lies between, in which she may have been signed out, given other roles, or her part cut.

use super::{Failed, OPEN, StorageError, Tx};
use crate::audit::Act;

/// Checks who acts, and that the units are at or below hers.
pub(super) async fn check<R>(tx: &mut Tx, act: &Act, units: &[&str]) -> Result<(), Failed<R>> {
    let Some(standing) = &act.standing else {
        return Ok(());
    };
    let sql = "SELECT COUNT(*) FROM sessions s
               JOIN accounts a ON a.unit_id = s.unit_id AND a.account_id = s.account_id
               WHERE s.session_hash = $1 AND a.unit_id = $2 AND a.account_id = $3 AND a.version = $4 AND a.until_at > $5";
    let holds = sqlx::query_scalar::<_, i64>(sql)
        .bind(&standing.session)
        .bind(&standing.unit)
        .bind(&act.account)
        .bind(standing.version)
        .bind(act.at);
    if holds.fetch_one(&mut **tx).await? == 0 {
        return Err(Failed::Storage(StorageError::Outdated));
    }
    for unit in units {
        let sql = "SELECT COUNT(*) FROM unit_above WHERE unit_id = $1 AND above_id = $2 AND until_at = $3";
        let within = sqlx::query_scalar::<_, i64>(sql)
            .bind(*unit)
            .bind(&standing.unit)
            .bind(OPEN);
        if within.fetch_one(&mut **tx).await? == 0 {
            return Err(Failed::Storage(StorageError::Outdated));
        }
    }
    Ok(())
}
