//! The box's own web: its API below `/api/v1`, described by OpenAPI, and the built pages.
//!
//! ```text
//!  TLS, by the daemon ─► headers ─┬─► guard ─► routes ─► store (lachan.db)
//!                                 │              └─────► ports: clock, side, policy, vitals (the daemon)
//!                                 └─► pages (web-ui/dist, inside the program)
//! ```
//!
//! It opens no socket and reads no settings: whoever serves hands over requests, each with the address
//! it came from ([`Peer`]), and implements the ports. No route tells what somebody was allowed to see,
//! and none names a device; there is no table of such things to ask.

mod access;
mod caller;
mod document;
mod fault;
mod guard;
mod pages;
pub mod ports;
mod routes;
mod state;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::DefaultBodyLimit;
use axum::http::{Request, Response};
use axum::middleware;
use tower::ServiceExt as _;

pub use axum::Router;
pub use caller::Peer;
pub use document::document;
pub use pages::built;
pub use routes::settings::shown_differences;
pub use state::Api;

/// Longest body that is taken, in bytes: the largest is a group with all its devices.
const MOST_BODY: usize = 64 << 10;

/// The whole web.
pub fn app(api: &Api) -> Router {
    let (routes, _) = routes::all().split_for_parts();
    let routes = routes
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(middleware::from_fn_with_state(api.clone(), guard::guard))
        .layer(DefaultBodyLimit::max(MOST_BODY));
    Router::new()
        .nest(guard::BASE, routes)
        .fallback(pages::page)
        .layer(middleware::from_fn(lachan_web::serve::secure))
        .with_state(api.clone())
}

/// Has a request answered. It carries a [`Peer`] among its extensions.
pub async fn answer<B>(router: Router, request: Request<B>) -> Response<Body>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let answered = router.oneshot(request).await;
    answered.unwrap_or_else(|never| match never {})
}

async fn not_found() -> lachan_web::serve::Refused {
    lachan_web::Code::NotFound.into()
}

async fn not_allowed() -> lachan_web::serve::Refused {
    lachan_web::Code::MethodNotAllowed.into()
}
