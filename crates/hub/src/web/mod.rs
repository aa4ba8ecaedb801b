//! The hub's web: for officers the API below `/api/v1`, described by OpenAPI; for boxes `/box/v1`, where each request is signed;
//! and the folder of what was published.
//!
//! ```text
//!                              ┌─► guard (session, role, scope) ─► routes ─┐
//!  TLS, or a proxy ─► headers ─┼─► boxes (signature, number) ──────────────┴─► storage
//!                              └─► repository (files)
//! ```
//!
//! It opens no socket: whoever serves hands over requests, each with the address it came from ([`Peer`]).

mod access;
mod boxes;
mod caller;
mod device;
mod document;
mod fault;
mod guard;
mod repository;
mod routes;
mod state;

use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use lachan_web::Code;
use lachan_web::serve::{Refused, secure};

pub use axum::Router;
pub use caller::Peer;
pub use document::document;
pub(crate) use state::held;
pub use state::{Clock, Hub, Settings};

/// Longest body that is taken, in bytes.
const MOST_BODY: usize = 64 << 10;

/// The whole web.
pub fn app(hub: &Hub) -> Router {
    let (routes, _) = routes::all().split_for_parts();
    let routes = routes
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(middleware::from_fn_with_state(hub.clone(), guard::guard))
        .layer(DefaultBodyLimit::max(MOST_BODY));
    Router::new()
        .nest(guard::BASE, routes)
        .nest(boxes::BASE, boxes::routes(hub))
        .route("/repository/{*path}", get(repository::file))
        .layer(middleware::from_fn(secure))
        .with_state(hub.clone())
}

async fn not_found() -> Refused {
    Code::NotFound.into()
}

async fn not_allowed() -> Refused {
    Code::MethodNotAllowed.into()
}
