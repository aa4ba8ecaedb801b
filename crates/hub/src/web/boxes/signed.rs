//! Whether a request of a box proves itself: box, number and signature in its headers, over its very body.

use axum::body::Bytes;
use axum::extract::Request;
use lachan_web::serve::{self, Refused};
use lachan_web::{Code, Problem};
use lachan_wire::upload::{self, Kind, body_hash, verify};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::boxes::uploads::{Signed, UploadRefusal};
use crate::boxes::{self, Known};
use crate::id;
use crate::web::fault;
use crate::web::state::Hub;

/// A request that was proved, with its body. Nothing of the body is read for who is no box or brings no signature, and what is
/// read has its kind's length and a time.
///
/// # Errors
/// [`Code::NotProved`] whatever of it is wrong; [`Code::TooLong`], [`Code::TimedOut`].
pub(super) async fn proved(
    hub: &Hub,
    kind: Kind,
    request: Request,
) -> Result<(Signed, Bytes), Refused> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let box_id = text(upload::BOX)
        .filter(|id| id::is_one(id))
        .ok_or(Code::NotProved)?;
    let number = text(upload::NUMBER)
        .and_then(number)
        .ok_or(Code::NotProved)?;
    let signature = text(upload::SIGNATURE)
        .filter(|signature| upload::is_signature(signature))
        .ok_or(Code::NotProved)?;
    let known = known(hub, box_id).await?.ok_or(Code::NotProved)?;
    let body = serve::body(body, kind.most_bytes()).await?;
    let proved = verify(&known.public_key, box_id, kind, number, &body, signature);
    proved.map_err(|_| Code::NotProved)?;
    if !hub.may_send(box_id, kind) {
        return Err(Problem::from(Code::TooManyRequests).retry_after(60).into());
    }
    let signed = Signed {
        unit: known.unit,
        box_id: box_id.to_owned(),
        kind: kind.id(),
        number,
        body_hash: body_hash(&body),
    };
    Ok((signed, body))
}

/// A number in its one form.
fn number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

/// The box, from memory where it was asked for before. That it was taken off meanwhile, each transaction sees for itself.
async fn known(hub: &Hub, box_id: &str) -> Result<Option<Known>, Problem> {
    if let Some(known) = hub.known_box(box_id) {
        return Ok(Some(known));
    }
    let found = boxes::known(&hub.storage, box_id)
        .await
        .map_err(fault::of_storage)?;
    if let Some(found) = &found {
        hub.remember_box(box_id, found.clone());
    }
    Ok(found)
}

/// Reads a body strictly, after it was proved.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serve::read(body)
}

/// What an upload is refused for.
pub(super) fn of_upload(hub: &Hub, box_id: &str, refusal: UploadRefusal) -> Problem {
    match refusal {
        UploadRefusal::Taken { next } => Problem::from(Code::NumberTaken).with("next", json!(next)),
        UploadRefusal::TooOld { next } => {
            Problem::from(Code::NumberTooOld).with("next", json!(next))
        }
        UploadRefusal::Ended => {
            hub.forget_box(box_id);
            Code::NotProved.into()
        }
    }
}
