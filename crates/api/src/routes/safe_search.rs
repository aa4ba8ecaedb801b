//! Search engines and video sites with a safe form: what each tier gets, and whether the box's own resolver answers
//! so.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use lachan_policy::Tier;
use lachan_policy::book::{Book, EngineKind, SafeForm};
use lachan_web::{FieldFault, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::group_form::TierId;
use super::policy::{spoken, strictness};
use crate::caller::Visitor;
use crate::ports::SafeCheck;
use crate::state::Api;
use lachan_web::serve::{Input, Refused};

/// What a tier gets of an engine.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SafeFormView {
    /// `off`, `moderate` or `strict`.
    strictness: &'static str,
    /// The host that answers instead; `null` where addresses do, or the engine is as it is.
    host: Option<String>,
}

/// An engine with a safe form.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SafeEngine {
    id: String,
    name: String,
    /// `search` or `video`.
    kind: &'static str,
    /// By the tier's id.
    tiers: BTreeMap<&'static str, SafeFormView>,
}

/// All engines.
#[derive(Serialize, ToSchema)]
pub(crate) struct SafeEngineList {
    items: Vec<SafeEngine>,
    /// The tiers for which search engines without a safe form are closed.
    closed_without: Vec<TierId>,
}

/// For whom it is checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SafeQuestion {
    /// The group's number; devices in no group without.
    group: Option<u32>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct SafeChecks {
    items: Vec<SafeCheck>,
}

/// Every engine that has a safe form, and what each tier gets of it.
#[utoipa::path(get, path = "/safe-search", tag = "policy", responses((status = 200, body = SafeEngineList)))]
pub(crate) async fn engines(State(api): State<Api>, visitor: Visitor) -> Json<SafeEngineList> {
    let policy = api.ports.rules.policy();
    let book = policy.ruleset().book();
    let engines = (0..).zip(&book.data().engines);
    let items = engines.map(|(position, engine)| SafeEngine {
        id: engine.id.clone(),
        name: spoken(&engine.name, visitor.spoken),
        kind: match engine.kind {
            EngineKind::Search => "search",
            EngineKind::Youtube => "video",
        },
        tiers: Tier::ALL
            .map(|tier| (tier.id(), form(book, position, tier)))
            .into(),
    });
    let closes = |tier: &Tier| book.closes_unsafe_engines(*tier);
    Json(SafeEngineList {
        items: items.collect(),
        closed_without: Tier::ALL
            .into_iter()
            .filter(closes)
            .map(TierId::of)
            .collect(),
    })
}

fn form(book: &Book, engine: u16, tier: Tier) -> SafeFormView {
    let strict = book.strictness(engine, tier);
    let host = match book.safe_form(engine, strict) {
        Some(SafeForm::Host(host)) => Some(host.to_string()),
        Some(SafeForm::Addresses(_)) | None => None,
    };
    SafeFormView {
        strictness: strictness(strict),
        host,
    }
}

/// Asks the box's own resolver for the names of every engine, as the group would, and says whether addresses and
/// service bindings lead to the safe form and nowhere else. Nobody is told of it, and nothing is counted.
#[utoipa::path(post, path = "/safe-search/check", tag = "policy", request_body = SafeQuestion,
    responses((status = 200, body = SafeChecks), (status = 422, description = "`bad-field`: `group`")))]
pub(crate) async fn check(
    State(api): State<Api>,
    Input(asked): Input<SafeQuestion>,
) -> Result<Json<SafeChecks>, Refused> {
    let items = api.work(move |api| {
        let group = asked.group.unwrap_or(0);
        let found = api.ports.safe_search.check(group);
        found.ok_or_else(|| {
            Problem::field(FieldFault::new(
                "group",
                "unknown-group",
                "không có nhóm này",
                "there is no such group",
            ))
        })
    });
    Ok(Json(SafeChecks {
        items: items.await?,
    }))
}
