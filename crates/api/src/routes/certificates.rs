//! The certificates that the box shows: of its pages, of encrypted DNS, and of the authority that makes
//! others where connections are inspected. A key goes in and never out.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use lachan_store::Change;
use lachan_web::{Code, FieldFault, Problem};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::settings::of_fault;
use crate::caller::{Caller, Visitor};
use crate::fault;
use crate::guard::of_config;
use crate::ports::{CertificateFault, CertificatePlace, Certificates};
use crate::state::Api;
use lachan_web::serve::{At, Input, Refused};

/// A certificate with its key. The key is stored for the program's user only and never told again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCertificate {
    /// The box's own first, then those of its chain (PEM).
    certificate: String,
    /// Without a pass phrase (PEM).
    key: String,
}

/// All certificates.
#[utoipa::path(get, path = "/certificates", tag = "certificates",
    responses((status = 200, body = Certificates)))]
pub(crate) async fn list(State(api): State<Api>) -> Result<Json<Certificates>, Refused> {
    let all = api.work(|api| Ok(api.ports.certificates.all())).await?;
    Ok(Json(all))
}

/// Makes another certificate of the box's own for its pages; browsers ask once whether to trust it.
#[utoipa::path(post, path = "/certificates/web/renew", tag = "certificates",
    responses((status = 200, body = Certificates)))]
pub(crate) async fn renew(
    State(api): State<Api>,
    caller: Caller,
    visitor: Visitor,
) -> Result<Json<Certificates>, Refused> {
    let all = api.work(move |api| {
        let before = api.ports.certificates.all();
        let renewed = api.ports.certificates.renew_web();
        renewed.map_err(|error| of_certificate(api, error, &visitor))?;
        Ok(noted(api, &caller, CertificatePlace::Web, &before))
    });
    Ok(Json(all.await?))
}

/// Shows a certificate that somebody else made on the pages.
#[utoipa::path(put, path = "/certificates/web", tag = "certificates", request_body = NewCertificate,
    responses(
        (status = 200, body = Certificates),
        (status = 409, description = "`settings-read-only`, `settings-pending`"),
        (status = 422, description = "`bad-field`: `certificate` or `key`"),
    ))]
pub(crate) async fn put_web(
    State(api): State<Api>,
    caller: Caller,
    visitor: Visitor,
    Input(given): Input<NewCertificate>,
) -> Result<Json<Certificates>, Refused> {
    let all = api.work(move |api| put(api, CertificatePlace::Web, &caller, &visitor, &given));
    Ok(Json(all.await?))
}

/// Shows a certificate that somebody else made to devices that ask over encrypted DNS.
#[utoipa::path(put, path = "/certificates/dns", tag = "certificates", request_body = NewCertificate,
    responses(
        (status = 200, body = Certificates),
        (status = 409, description = "`settings-read-only`, `settings-pending`"),
        (status = 422, description = "`bad-field`: `certificate` or `key`"),
    ))]
pub(crate) async fn put_dns(
    State(api): State<Api>,
    caller: Caller,
    visitor: Visitor,
    Input(given): Input<NewCertificate>,
) -> Result<Json<Certificates>, Refused> {
    let all = api.work(move |api| put(api, CertificatePlace::Dns, &caller, &visitor, &given));
    Ok(Json(all.await?))
}

/// Has the pages show the box's own certificate again.
#[utoipa::path(delete, path = "/certificates/web", tag = "certificates",
    responses(
        (status = 200, body = Certificates),
        (status = 404, description = "`not-found`: it is the box's own"),
    ))]
pub(crate) async fn remove(
    State(api): State<Api>,
    caller: Caller,
    visitor: Visitor,
) -> Result<Json<Certificates>, Refused> {
    let all = api.work(move |api| {
        let before = api.ports.certificates.all();
        let removed = api.ports.certificates.remove_web();
        removed.map_err(|error| of_certificate(api, error, &visitor))?;
        Ok(noted(api, &caller, CertificatePlace::Web, &before))
    });
    Ok(Json(all.await?))
}

/// What machines need to trust the authority of inspection: `pem`, `cer`, `windows`, `apple`, and what
/// to do for `android` and `chromebook`. Nothing of its key.
#[utoipa::path(get, path = "/certificates/inspection/{kind}", tag = "certificates",
    params(("kind" = String, Path)),
    responses(
        (status = 200, description = "A file", body = String, content_type = "application/octet-stream"),
        (status = 404, description = "`not-found`: nothing is inspected, or no such kind"),
    ))]
pub(crate) async fn export(
    State(api): State<Api>,
    visitor: Visitor,
    At(kind): At<String>,
) -> Result<Response, Refused> {
    let file = api.work(move |api| {
        let language = of_config(visitor.spoken);
        let file = api.ports.certificates.export(&kind, language);
        file.ok_or_else(|| Problem::from(Code::NotFound))
    });
    let file = file.await?;
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, file.bytes).into_response())
}

fn put(
    api: &Api,
    place: CertificatePlace,
    caller: &Caller,
    visitor: &Visitor,
    given: &NewCertificate,
) -> Result<Certificates, Problem> {
    let certificates = &api.ports.certificates;
    let before = certificates.all();
    let by = api.act(caller).author;
    let put = certificates.put(place, &given.certificate, &given.key, &by);
    put.map_err(|error| of_certificate(api, error, visitor))?;
    Ok(noted(api, caller, place, &before))
}

/// Notes what changed, and gives what is now.
fn noted(
    api: &Api,
    caller: &Caller,
    place: CertificatePlace,
    before: &Certificates,
) -> Certificates {
    let now = api.ports.certificates.all();
    let shown = |all: &Certificates| -> Option<Value> {
        let one = match place {
            CertificatePlace::Web => &all.web,
            CertificatePlace::Dns => &all.dns,
        };
        let one = one.as_ref()?;
        Some(json!({ "fingerprint": one.fingerprint, "until": one.until, "names": one.names }))
    };
    let subject = match place {
        CertificatePlace::Web => "web",
        CertificatePlace::Dns => "dns",
    };
    let act = api.act(caller);
    let (old, new) = (shown(before), shown(&now));
    let noted = api
        .store
        .note(&act, Change::ChangeCertificate, subject, old, new);
    if let Err(error) = noted {
        fault::log(&error);
    }
    now
}

fn of_certificate(api: &Api, error: CertificateFault, visitor: &Visitor) -> Problem {
    match error {
        CertificateFault::Field {
            field,
            code,
            vi,
            en,
        } => Problem::field(FieldFault::new(field, code, vi, en)),
        CertificateFault::Settings(error) => of_fault(api, error, visitor.spoken),
        CertificateFault::None => Code::NotFound.into(),
        CertificateFault::Disk => Code::DiskFailed.into(),
    }
}
