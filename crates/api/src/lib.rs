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
mod fault;
mod guard;
mod headers;
mod pages;
pub mod ports;
mod reply;
mod routes;
mod state;
mod unreadable;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::DefaultBodyLimit;
use axum::http::{Request, Response};
use axum::middleware;
use tower::ServiceExt as _;
use utoipa::openapi::{InfoBuilder, OpenApi, ServerBuilder};

pub use axum::Router;
pub use caller::Peer;
pub use pages::built;
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
        .layer(middleware::from_fn(headers::secure))
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

/// The document of all routes, which `openapi.json` is a copy of.
#[must_use]
pub fn document() -> OpenApi {
    let (_, mut document) = routes::all().split_for_parts();
    document.info = InfoBuilder::new()
        .title("Lá Chắn")
        .version("1")
        .description(Some(
            "The box's API. Errors are application/problem+json with a stable `code`; changes need the \
             header X-Lachan: 1 and come from the box's own pages.",
        ))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url(guard::BASE).build()]);
    document
}

async fn not_found() -> reply::Refused {
    lachan_web::Code::NotFound.into()
}

async fn not_allowed() -> reply::Refused {
    lachan_web::Code::MethodNotAllowed.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_has_its_line_in_the_table_of_access_and_no_other_is_there() {
        let document = serde_json::to_value(document()).unwrap();
        let mut served = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                served.insert((method.to_uppercase(), path.clone()));
            }
        }
        let known: BTreeSet<_> = access::all()
            .map(|(method, path)| (method.to_owned(), path.to_owned()))
            .collect();
        assert_eq!(served, known);
    }
}
