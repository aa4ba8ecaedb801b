//! The "why?" tool: the verdict with every step that led to it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use lachan_web::{Code, FieldFault, Problem, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::ports::{WhyFault, WhyQuestion};
use crate::state::Api;
use lachan_web::serve::{Input, Refused};

/// A question. Without group and address it is asked for devices in no group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhyAsked {
    /// The name, or a URL whose host is meant.
    name: String,
    /// The group's number.
    group: Option<u32>,
    /// The address of a device; for administrators.
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// Unix seconds; now without.
    at: Option<i64>,
}

/// A verdict in words that outlive versions.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct VerdictView {
    /// `allow`, `block` or `restrict`.
    action: String,
    /// Whether the counsellor is told.
    alert: bool,
    /// Whether the log keeps no name.
    no_name: bool,
    /// The id of the category that decided.
    category: Option<String>,
    /// The id of the list whose entry decided.
    list: Option<String>,
    /// The entry, `exception 12`, `mode exam`, `timetable …`, `heuristic …`.
    rule: Option<String>,
    /// The id of the level that decided.
    level: String,
}

/// The device that was asked for, and by what it was recognised.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct WhyDevice {
    address: String,
    mac: Option<String>,
    name: Option<String>,
    interface: Option<String>,
    known_by: String,
    selector: Option<String>,
}

/// One step.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub(crate) enum WhyStep {
    /// A list knows the name, or one above it.
    Listed {
        list: String,
        class: String,
        category: Option<String>,
        entry: String,
    },
    /// A category of imported lists does not count, because the name is protected.
    Protected {
        name: String,
        category: Option<String>,
    },
    /// The department struck a category off.
    Corrected { category: Option<String> },
    /// No list knows the name, and something is guessed of it.
    Guessed { kind: String, what: String },
    /// An allow does not count, because its author may not open this.
    Refused {
        level: String,
        exception: i64,
        needs: String,
        author: String,
        reason: String,
    },
    /// The level that decided.
    Decided { level: String },
}

/// The verdict and all that leads to it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct WhyView {
    /// The name, in A-labels.
    pub(crate) name: String,
    /// The group's name.
    group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<WhyDevice>,
    tier: String,
    #[serde(flatten)]
    verdict: VerdictView,
    /// Who made the rule: the author of an exception, the source of a list.
    author: Option<String>,
    /// The reason somebody gave.
    reason: Option<String>,
    /// What answers instead, where the name has a safe form.
    safe_form: Option<String>,
    /// The time of the question, RFC 3339.
    at: Option<String>,
    /// What led to it, in order.
    pub(crate) chain: Vec<WhyStep>,
    /// What each tier gets by itself.
    tiers: BTreeMap<String, VerdictView>,
}

/// Says why a name is open or closed.
#[utoipa::path(post, path = "/why", tag = "why", request_body = WhyAsked,
    responses((status = 200, body = WhyView), (status = 422, description = "`bad-field`")))]
pub(crate) async fn ask(
    State(api): State<Api>,
    caller: Caller,
    Input(asked): Input<WhyAsked>,
) -> Result<Json<WhyView>, Refused> {
    if asked.address.is_some() && caller.role != Role::Admin {
        return Err(Code::NotAllowed.into());
    }
    let question = WhyQuestion {
        name: asked.name.chars().take(2_048).collect(),
        group: asked.group,
        address: asked.address,
        at: asked.at,
    };
    let view = api.work(move |api| explain(api, &question)).await?;
    Ok(Json(view))
}

/// The explanation of the box.
pub(crate) fn explain(api: &Api, question: &WhyQuestion) -> Result<WhyView, Problem> {
    let told = api.ports.explain.why(question).map_err(of_fault)?;
    serde_json::from_value(told).map_err(|error| {
        tracing::error!(%error, "an explanation is of another form");
        Code::Internal.into()
    })
}

fn of_fault(fault: WhyFault) -> Problem {
    let (field, code, vi, en) = match fault {
        WhyFault::Name(_) => (
            "name",
            "bad-name",
            "đây không phải tên miền",
            "this is no host name",
        ),
        WhyFault::Group => (
            "group",
            "unknown-group",
            "không có nhóm này",
            "there is no such group",
        ),
        WhyFault::Time => (
            "at",
            "bad-time",
            "thời điểm không hợp lệ",
            "this is no time",
        ),
        WhyFault::Failed => return Code::Internal.into(),
    };
    Problem::field(FieldFault::new(field, code, vi, en))
}
