//! What boxes ask.

use std::convert::Infallible;

use axum::Extension;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use data_encoding::BASE64;
use futures_util::stream;
use lachan_web::serve::{self, Refused};
use lachan_web::{Code, FieldFault, Problem};
use lachan_wire::WIRE_VERSION;
use lachan_wire::ask::{Answers, AnswersWanted, Ask, Asked};
use lachan_wire::enrol::{EnrolAnswer, EnrolRequest, MAX_REQUEST, School};
use lachan_wire::fleet::FleetReport;
use lachan_wire::text::{Bytes64, Id};
use lachan_wire::upload::Kind;

use super::signed::{of_upload, proved, read};
use crate::boxes::asks::{self, AskRefusal};
use crate::boxes::uploads::{self, Signed};
use crate::boxes::{codes, fleet as boxes_fleet};
use crate::web::caller::Peer;
use crate::web::fault;
use crate::web::repository;
use crate::web::state::Hub;

/// Joins: a code's proof for a box's id and the root of trust.
pub(super) async fn enrol(
    State(hub): State<Hub>,
    Extension(Peer(address)): Extension<Peer>,
    request: Request,
) -> Result<Json<EnrolAnswer>, Refused> {
    // Codes have 80 bits; this is for those who would wear out others' codes.
    if !hub.may_enrol(address) {
        return Err(Problem::from(Code::TooManyAttempts)
            .retry_after(3_600)
            .into());
    }
    let body = serve::body(request.into_body(), MAX_REQUEST).await?;
    let request: EnrolRequest = read(&body)?;
    check_version(request.v)?;
    let root = repository::newest_root(&hub.settings.repository).await;
    let root = root.ok_or_else(|| Problem::from(Code::NotPublished).retry_after(600))?;
    let joined = codes::join(&hub.storage, &request, &hub.id()?, hub.now()).await;
    let joined = joined.map_err(fault::of_storage)?.ok_or(Code::NotProved)?;
    let of_id = |id: String| Id::try_from(id).map_err(|_| Refused(Code::Internal.into()));
    let answer = EnrolAnswer {
        v: WIRE_VERSION,
        school: School {
            id: of_id(joined.unit)?,
            code: joined.unit_code,
            name: joined.unit_name,
        },
        box_id: of_id(joined.box_id)?,
        hub: hub.settings.name.clone(),
        root: BASE64.encode(&root),
        repository: hub.settings.repository_url.clone(),
        pins: hub
            .settings
            .pins
            .iter()
            .map(|pin| Bytes64::of(pin))
            .collect(),
        mac: Bytes64::of(&[0]),
    };
    let answer = answer.signed(&request, &joined.key).map_err(|error| {
        fault::log(&error);
        Refused(Code::Internal.into())
    })?;
    Ok(Json(answer))
}

/// How the box fares.
pub(super) async fn fleet(State(hub): State<Hub>, request: Request) -> Result<StatusCode, Refused> {
    let (signed, body) = proved(&hub, Kind::Fleet, request).await?;
    let report: FleetReport = read(&body)?;
    report.check().map_err(|error| {
        Problem::from(Code::BadRequest)
            .with_detail("báo cáo của hộp có giá trị không thể có", error.to_string())
    })?;
    // It was read as JSON, so it is text.
    let text = String::from_utf8_lossy(&body);
    let kept = boxes_fleet::report(&hub.storage, &signed, &report, &text, hub.now()).await;
    kept.map_err(|failed| fault::of(failed, |refusal| of_upload(&hub, &signed.box_id, refusal)))?;
    Ok(StatusCode::NO_CONTENT)
}

/// A question to the department.
pub(super) async fn ask(State(hub): State<Hub>, request: Request) -> Result<Json<Asked>, Refused> {
    let (signed, body) = proved(&hub, Kind::Ask, request).await?;
    let ask: Ask = read(&body)?;
    check_version(ask.v)?;
    let kept = asks::ask(&hub.storage, &signed, &ask, hub.now()).await;
    let id = kept.map_err(|failed| {
        fault::of(failed, |refusal| match refusal {
            AskRefusal::Upload(refusal) => of_upload(&hub, &signed.box_id, refusal),
            AskRefusal::TooMany => Code::TooMany.into(),
            AskRefusal::Unknown | AskRefusal::Answered | AskRefusal::Note => Code::Internal.into(),
        })
    })?;
    let id = Id::try_from(id).map_err(|_| Refused(Code::Internal.into()))?;
    Ok(Json(Asked { id }))
}

/// Answers to the box's questions.
pub(super) async fn answers(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Json<Answers>, Refused> {
    let (signed, body) = proved(&hub, Kind::Answers, request).await?;
    let wanted: AnswersWanted = read(&body)?;
    check_version(wanted.v)?;
    rise(&hub, &signed).await?;
    let found = asks::answers(&hub.storage, &signed.unit, &signed.box_id, wanted.after).await;
    Ok(Json(found.map_err(fault::of_storage)?))
}

/// The stream of news.
pub(super) async fn events(State(hub): State<Hub>, request: Request) -> Result<Response, Refused> {
    let (signed, _) = proved(&hub, Kind::Events, request).await?;
    rise(&hub, &signed).await?;
    let stream = hub.streams.open(&signed.box_id);
    let stream = stream.ok_or_else(|| Problem::from(Code::Busy).retry_after(60))?;
    let lines = stream::unfold(stream, |mut stream| async move {
        let lines = stream.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(lines)), stream))
    });
    let fields = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        // nginx would keep the lines back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((fields, Body::from_stream(lines)).into_response())
}

/// Takes the number of what only reads, and sees that the box was not taken off meanwhile, whatever this instance remembers.
async fn rise(hub: &Hub, signed: &Signed) -> Result<(), Problem> {
    let taken = uploads::rise(&hub.storage, signed, hub.now()).await;
    taken.map_err(|failed| fault::of(failed, |refusal| of_upload(hub, &signed.box_id, refusal)))
}

fn check_version(v: u32) -> Result<(), Problem> {
    if v == WIRE_VERSION {
        return Ok(());
    }
    Err(Problem::field(FieldFault::new(
        "v",
        "unknown-version",
        "máy chủ không hiểu phiên bản này; hãy cập nhật máy chủ hoặc hộp",
        "the hub does not know this version; update the hub or the box",
    )))
}
