//! The hub's web for boxes, below `/box/v1`: joining, signed requests, the stream of news. No cookie, no session: each request
//! proves itself.

mod pace;
mod routes;
mod signed;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use lachan_web::serve::browser::language_of;
use lachan_web::serve::{Refused, told};
use lachan_web::{Code, Problem};

pub(super) use self::pace::Paces;
use super::caller::Peer;
use super::state::Hub;

/// The path all routes of boxes stand below.
pub(super) const BASE: &str = "/box/v1";
/// Longest body of any of them, in bytes; each kind has its own below it.
const MOST_BODY: usize = 256 << 10;

/// The routes of boxes.
pub(super) fn routes(hub: &Hub) -> Router<Hub> {
    Router::new()
        .route("/enrol", post(routes::enrol))
        .route("/fleet", post(routes::fleet))
        .route("/ask", post(routes::ask))
        .route("/answers", post(routes::answers))
        .route("/events", get(routes::events))
        .fallback(|| async { Refused(Code::NotFound.into()) })
        .method_not_allowed_fallback(|| async { Refused(Code::MethodNotAllowed.into()) })
        .layer(middleware::from_fn_with_state(hub.clone(), guard))
        .layer(DefaultBodyLimit::max(MOST_BODY))
}

/// How often an address may ask, and in which words it is refused.
async fn guard(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let language = language_of(request.headers()).unwrap_or_default();
    let peer = request.extensions().get::<Peer>().copied();
    let response = match peer {
        Some(Peer(address)) if hub.may_ask(address) => next.run(request).await,
        Some(_) => Refused(Problem::from(Code::TooManyRequests).retry_after(2)).into_response(),
        None => {
            tracing::error!("a request came without its address");
            Refused(Code::Internal.into()).into_response()
        }
    };
    told(response, language)
}
