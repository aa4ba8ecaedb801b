//! Who changed what.

use axum::Json;
use axum::extract::State;
use lachan_policy::Subnet;
use lachan_store::Entry;
use lachan_web::Role;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::caller::Caller;
use crate::state::Api;
use lachan_web::serve::{Asked, Refused};

/// Most rows of a page.
pub(crate) const MOST_ROWS: u32 = 200;
/// Rows of a page unless somebody asks for more.
pub(crate) const ROWS: u32 = 50;

/// Bits that the addresses of few devices differ in: four of them.
const FEW_BITS: u8 = 2;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// At most so many rows, up to 200.
    limit: Option<u32>,
    /// Only older than this one: `next` of the page before.
    before: Option<i64>,
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditItem {
    id: i64,
    /// Unix seconds; `null` when the box did not know the time.
    at: Option<i64>,
    author: String,
    /// In whose authority: `teacher`, `school` or `department`.
    role: &'static str,
    /// What was done: `add-group`, `set-password`, …
    act: &'static str,
    /// To what: a group's or account's name, an exception's number.
    subject: String,
    /// What it was before and after.
    detail: Option<Value>,
}

impl AuditItem {
    /// An entry as a role sees it: only administrators see which devices a group has.
    pub(crate) fn of(entry: Entry, role: Role) -> Self {
        let seen = |value: Option<Value>| match (value, role) {
            (Some(value), Role::Admin) => Some(value),
            (Some(value), _) => Some(without_devices(value)),
            (None, _) => None,
        };
        let (before, after) = (seen(entry.before), seen(entry.after));
        let has_detail = before.is_some() || after.is_some();
        Self {
            id: entry.id,
            at: entry.act.at,
            author: entry.act.author,
            role: entry.act.role.id(),
            act: entry.change.id(),
            subject: entry.subject,
            detail: has_detail.then(|| json!({ "before": before, "after": after })),
        }
    }
}

/// Hardware addresses become their number, and so do subnets that are as good as a device.
fn without_devices(mut value: Value) -> Value {
    if let Some(macs) = value.get_mut("macs") {
        *macs = macs.as_array().map_or(0, Vec::len).into();
    }
    let Some(subnets) = value.get_mut("subnets").and_then(Value::as_array_mut) else {
        return value;
    };
    let all = subnets.len();
    subnets.retain(|subnet| subnet.as_str().is_some_and(is_of_many));
    let devices = all - subnets.len();
    if devices > 0 {
        value["devices"] = devices.into();
    }
    value
}

/// Whether a subnet of the log has room for more than a handful of devices.
fn is_of_many(subnet: &str) -> bool {
    // What is no subnet is not told either.
    subnet.parse::<Subnet>().is_ok_and(|subnet| {
        // Of both families: IPv4 is held mapped.
        128 - subnet.length() > FEW_BITS
    })
}

/// A page of entries.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditList {
    items: Vec<AuditItem>,
    /// What to ask for as `before`; `null` on the last page.
    next: Option<i64>,
}

/// Who changed what, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Page), responses((status = 200, body = AuditList)))]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Asked(page): Asked<Page>,
) -> Result<Json<AuditList>, Refused> {
    let limit = page.limit.unwrap_or(ROWS).clamp(1, MOST_ROWS);
    let role = caller.role;
    let mut all = api
        .work(move |api| api.ask(|reader| reader.audit(page.before, limit + 1)))
        .await?;
    let is_last = all.len() <= usize::try_from(limit).unwrap_or(usize::MAX);
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = all.last().map(|entry| entry.id).filter(|_| !is_last);
    let items = all
        .into_iter()
        .map(|entry| AuditItem::of(entry, role))
        .collect();
    Ok(Json(AuditList { items, next }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_counted_for_whoever_only_reads() {
        let value = json!({ "name": "6A", "macs": ["02:00:00:00:00:01", "02:00:00:00:00:02"] });
        assert_eq!(without_devices(value), json!({ "name": "6A", "macs": 2 }));
        assert_eq!(without_devices(json!(null)), json!(null));
        let subnets = [
            "10.6.1.0/24",
            "10.6.2.7/32",
            "10.6.2.7",
            "10.6.2.4/30",
            "10.6.2.8/29",
            "fd00:6::/64",
            "fd00:6::7/128",
            "rubbish",
        ];
        let told = without_devices(json!({ "subnets": subnets }));
        let wide = ["10.6.1.0/24", "10.6.2.8/29", "fd00:6::/64"];
        assert_eq!(told, json!({ "subnets": wide, "devices": 5 }));
        let plain = json!({ "subnets": ["10.6.1.0/24"], "macs": 0 });
        assert_eq!(
            without_devices(json!({ "subnets": ["10.6.1.0/24"], "macs": [] })),
            plain
        );
    }
}
