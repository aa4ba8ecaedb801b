//! Who changed what, unit by unit.

use axum::Json;
use axum::extract::State;
use lachan_web::serve::{Asked, At, Refused};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::rows;
use crate::audit::{self, Break, Entry};
use crate::web::fault;
use crate::web::state::Hub;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditPage {
    /// At most so many rows, up to 200.
    limit: Option<u32>,
    /// Only older than this number: `next` of the page before.
    before: Option<i64>,
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditItem {
    /// Its place in the unit's log, from 1.
    number: i64,
    /// Unix seconds.
    at: i64,
    author: String,
    /// What was done: `add-unit`, `set-password`, …
    action: String,
    /// To what: a name or number.
    subject: String,
    /// What it was before and after.
    detail: Value,
    /// SHA-256 over the entry and the one before it, in hexadecimal.
    hash: String,
}

impl AuditItem {
    fn of(entry: Entry) -> Self {
        Self {
            number: entry.number,
            at: entry.at,
            author: entry.author,
            action: entry.action,
            subject: entry.subject,
            detail: serde_json::from_str(&entry.detail).unwrap_or(Value::Null),
            hash: entry.hash,
        }
    }
}

/// A page of a unit's log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditList {
    items: Vec<AuditItem>,
    /// What `before` is for the next page.
    next: Option<i64>,
}

/// What a check of a unit's log found.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditCheck {
    /// Entries that hold, from the first.
    entries: i64,
    /// The hash of the last of them: note it elsewhere to know the log again.
    head: String,
    holds: bool,
    /// The first entry where the chain breaks; `null` where it holds or only its end is missing.
    broken_at: Option<i64>,
}

/// A page of a unit's own log, newest first.
#[utoipa::path(get, path = "/units/{unit}/audit", tag = "audit",
    params(("unit" = String, Path), AuditPage), responses((status = 200, body = AuditList)))]
pub(crate) async fn list(
    State(hub): State<Hub>,
    At(unit): At<String>,
    Asked(page): Asked<AuditPage>,
) -> Result<Json<AuditList>, Refused> {
    let limit = rows(page.limit);
    let found = audit::page(&hub.storage, &unit, page.before, limit).await;
    let found = found.map_err(fault::of_storage)?;
    // The chain has no holes: behind number 1 is nothing.
    let next = found
        .last()
        .map(|entry| entry.number)
        .filter(|number| *number > 1);
    Ok(Json(AuditList {
        items: found.into_iter().map(AuditItem::of).collect(),
        next,
    }))
}

/// Checks a unit's log from its first entry.
#[utoipa::path(post, path = "/units/{unit}/audit/check", tag = "audit",
    params(("unit" = String, Path)), responses((status = 200, body = AuditCheck)))]
pub(crate) async fn check(
    State(hub): State<Hub>,
    At(unit): At<String>,
) -> Result<Json<AuditCheck>, Refused> {
    let checked = audit::verify(&hub.storage, &unit).await;
    let checked = checked.map_err(fault::of_storage)?;
    let broken_at = match checked.broken {
        Some(Break::Altered { number } | Break::Unlinked { number }) => Some(number),
        Some(Break::Head { .. } | Break::Gone) | None => None,
    };
    Ok(Json(AuditCheck {
        entries: checked.entries,
        head: checked.head,
        holds: checked.broken.is_none(),
        broken_at,
    }))
}
