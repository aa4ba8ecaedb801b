//! How the machine fares, and what is recorded.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::caller::Visitor;
use crate::guard::of_config;
use crate::ports::{Finding, Recorded, Severity};
use crate::state::Api;
use lachan_web::serve::Refused;

/// What the doctor found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DoctorView {
    /// Whether nothing is at fault.
    ok: bool,
    findings: Vec<Finding>,
}

/// What is recorded, to print for parents.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    school: String,
    items: Vec<Recorded>,
}

/// What is running and how it fares, as `lachan status --json` prints it.
#[utoipa::path(get, path = "/system/status", tag = "system",
    responses((status = 200, body = Object)))]
pub(crate) async fn status(State(api): State<Api>) -> Result<Json<Value>, Refused> {
    let status = api.work(|api| Ok(api.ports.vitals.status())).await?;
    Ok(Json(status))
}

/// All that the filter needs, checked, each with what to do. Nothing is sent off this machine.
#[utoipa::path(get, path = "/system/doctor", tag = "system", responses((status = 200, body = DoctorView)))]
pub(crate) async fn doctor(
    State(api): State<Api>,
    visitor: Visitor,
) -> Result<Json<DoctorView>, Refused> {
    let language = of_config(visitor.spoken);
    let findings = api
        .work(move |api| Ok(api.ports.vitals.doctor(language)))
        .await?;
    let ok = findings
        .iter()
        .all(|finding| finding.severity != Severity::Error);
    Ok(Json(DoctorView { ok, findings }))
}

/// What is recorded and how long, by the settings in use.
#[utoipa::path(get, path = "/system/notice", tag = "system", responses((status = 200, body = NoticeView)))]
pub(crate) async fn notice(
    State(api): State<Api>,
    visitor: Visitor,
) -> Result<Json<NoticeView>, Refused> {
    let language = of_config(visitor.spoken);
    let view = api.work(move |api| {
        Ok(NoticeView {
            school: api.ports.school.name(),
            items: api.ports.vitals.recorded(language),
        })
    });
    Ok(Json(view.await?))
}
