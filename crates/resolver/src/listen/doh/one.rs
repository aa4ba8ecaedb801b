//! DoH over HTTP/1.1, by hyper: one request after the other.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::pulse::Watched;
use super::request::{self, Refusal};
use super::{Begun, Desk, HEAD};
use crate::listen::frame::MAX_QUERY;

/// Header fields of a request.
const FIELDS: usize = 64;

/// What HTTP/1.1 allows.
pub(super) fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .max_buf_size(HEAD)
        .max_headers(FIELDS)
        .auto_date_header(false) // hyper asks the system, which may not know the time
        .header_read_timeout(None); // a pulse's affair, with all other times
    builder
}

/// A connection that just began.
pub(super) fn talk<S>(
    builder: &http1::Builder,
    stream: Watched<S>,
    desk: &Arc<Desk>,
) -> impl super::Talk
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let desk = Arc::clone(desk);
    let service = service_fn(move |request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(serve(&desk, request).await) }
    });
    builder.serve_connection(TokioIo::new(stream), service)
}

impl<I, S> super::Talk for http1::Connection<I, S>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
    S: HttpService<Incoming, ResBody = Full<Bytes>, Error = Infallible>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // A connection that failed is over like any other.
        Pin::new(self).poll(cx).map(drop)
    }

    fn leave(&mut self) {
        Pin::new(self).graceful_shutdown();
    }
}

async fn serve(desk: &Arc<Desk>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let beat = desk.pulse.begin();
    let answer = answer(desk, request).await;
    beat.end();
    desk.response(answer).map(Full::new)
}

async fn answer(desk: &Arc<Desk>, request: Request<Incoming>) -> Result<Vec<u8>, Refusal> {
    let client = desk.client_of(request.uri().path())?;
    let begun = match *request.method() {
        Method::GET => desk.begin(&request::query_of(request.uri().query())?, client)?,
        Method::POST => desk.begin(&body(desk, request).await?, client)?,
        _ => return Err(Refusal::Method),
    };
    match begun {
        Begun::Answered(answer) => Ok(answer),
        Begun::Ask(miss) => Ok(desk.finish(miss).await),
    }
}

/// The body of a POST.
async fn body(desk: &Desk, request: Request<Incoming>) -> Result<Bytes, Refusal> {
    let media_type = request.headers().get(CONTENT_TYPE);
    request::check_media_type(media_type.map(|value| value.as_bytes()))?;
    let body = request.into_body();
    let most = u64::try_from(MAX_QUERY).unwrap_or(u64::MAX);
    if body.size_hint().lower() > most {
        return Err(Refusal::TooLong);
    }
    let whole = Limited::new(body, MAX_QUERY).collect();
    let whole = timeout(desk.terms.slow, whole)
        .await
        .map_err(|_| Refusal::Slow)?;
    let bytes = whole.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            Refusal::TooLong
        } else {
            Refusal::NotAQuery
        }
    })?;
    let bytes = bytes.to_bytes();
    if bytes.is_empty() {
        return Err(Refusal::NoQuery);
    }
    Ok(bytes)
}
