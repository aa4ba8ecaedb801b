//! DNS over HTTPS (RFC 8484): GET and POST, over HTTP/1.1 and HTTP/2, at `/dns-query` and
//! `/dns-query/<group token>`.
//!
//! HTTP is hyper's. What a request says is in [`request`], what is answered in [`response`], and how
//! long a connection may stand still in [`pulse`].

mod pulse;
pub(crate) mod request;
mod response;

use std::convert::Infallible;
use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until, timeout};

use super::doors::Pass;
use super::frame::MAX_QUERY;
use super::stop::{STOP_LIMIT, Stop};
use super::stream::{CLOSING, Terms};
use crate::client::Client;
use crate::engine::{Engine, Step};
use crate::wire::options::{Extras, Wishes};
use pulse::{Due, Pulse, Watched};
use request::Refusal;

/// HTTP/2 in ALPN.
pub(crate) const PROTOCOL_TWO: &[u8] = b"h2";
/// What is offered in ALPN.
pub(crate) const PROTOCOLS: &[&[u8]] = &[PROTOCOL_TWO, b"http/1.1"];
/// Requests of one HTTP/2 connection at once.
const STREAMS: u32 = 128;
/// Bytes of an HTTP/1 request's head.
const HEAD: usize = 16 << 10;
/// Header fields of an HTTP/1 request.
const FIELDS: usize = 64;
/// Streams of one HTTP/2 connection that may be opened and reset before they are even looked at
/// (rapid reset, CVE-2023-44487); then it is closed.
const RESETS: usize = 32;

/// What HTTP allows, made once for all connections of a listener.
#[derive(Clone)]
pub(crate) struct Http {
    one: Arc<auto::Builder<TokioExecutor>>,
    two: Arc<auto::Builder<TokioExecutor>>,
}

/// A connection that is to be served.
pub(crate) struct Visit {
    pub(crate) client: Client,
    pub(crate) terms: Terms,
    pub(crate) pass: Pass,
    pub(crate) stop: Stop,
}

/// What answers the requests of one connection.
struct Desk {
    engine: Arc<Engine>,
    client: Client,
    terms: Terms,
    pulse: Arc<Pulse>,
    pass: Pass,
    /// Requests that wait for upstreams.
    waiting: AtomicUsize,
}

impl Http {
    pub(crate) fn new() -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .max_buf_size(HEAD)
            .max_headers(FIELDS)
            .header_read_timeout(None); // a pulse's affair, with all other times
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX))
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(RESETS)
            // A query fits many times over; nothing larger is ever taken.
            .initial_stream_window_size(u32::from(u16::MAX))
            .initial_connection_window_size(u32::from(u16::MAX))
            .max_send_buf_size(usize::from(u16::MAX));
        Self {
            one: Arc::new(builder.clone().http1_only()),
            two: Arc::new(builder.http2_only()),
        }
    }

    /// Serves a connection until it ends or the word is said.
    pub(crate) async fn serve<S>(&self, stream: S, is_two: bool, visit: Visit, engine: &Arc<Engine>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Visit {
            client,
            terms,
            pass,
            stop,
        } = visit;
        let builder = if is_two { &self.two } else { &self.one };
        let pulse = Pulse::new(terms.idle, terms.slow, !is_two);
        let desk = Arc::new(Desk {
            engine: Arc::clone(engine),
            client,
            terms,
            pulse: Arc::clone(&pulse),
            pass,
            waiting: AtomicUsize::new(0),
        });
        let service = {
            let desk = Arc::clone(&desk);
            service_fn(move |request| {
                let desk = Arc::clone(&desk);
                async move { Ok::<_, Infallible>(desk.serve(request).await) }
            })
        };
        let stream = TokioIo::new(Watched {
            stream,
            pulse: Arc::clone(&pulse),
        });
        let connection = builder.serve_connection(stream, service);
        if watch(connection, &pulse, stop).await == End::Slow {
            desk.pass.doors().counters.slow();
        }
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By itself, or by being idle, or by the word.
    Done,
    /// Slowly.
    Slow,
}

/// Drives a connection and ends it in time: idle ones and all at the word gracefully (GOAWAY), slow
/// ones at once.
async fn watch<I, S>(
    connection: auto::Connection<'_, I, S, TokioExecutor>,
    pulse: &Pulse,
    mut stop: Stop,
) -> End
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
    S: hyper::service::Service<
            Request<Incoming>,
            Response = Response<Full<Bytes>>,
            Error = Infallible,
        >,
    S::Future: Send + 'static,
{
    let mut connection = pin!(connection);
    let mut word = pin!(stop.heard());
    let mut timer = pin!(sleep_until(pulse.due().at()));
    // The pulse changes while the connection is driven, so it is felt each time anew.
    let limit = poll_fn(|cx| {
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        if word.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(STOP_LIMIT));
        }
        loop {
            let due = pulse.due();
            match due {
                Due::Slow(at) if at <= Instant::now() => return Poll::Ready(Some(Duration::ZERO)),
                Due::Idle(at) if at <= Instant::now() => return Poll::Ready(Some(CLOSING)),
                _ => {}
            }
            if timer.deadline() > due.at() || timer.is_elapsed() {
                timer.as_mut().reset(due.at());
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    });
    let limit = match limit.await {
        None => return End::Done,
        Some(Duration::ZERO) => return End::Slow,
        Some(limit) => limit,
    };
    connection.as_mut().graceful_shutdown();
    // What is not done then is cut off.
    let _ = timeout(limit, connection).await;
    End::Done
}

impl Desk {
    async fn serve(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let beat = self.pulse.begin();
        let answer = self.answer(request).await;
        beat.end();
        match answer {
            Ok(message) => response::answer(message),
            Err(refusal) => response::problem(refusal),
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Vec<u8>, Refusal> {
        let client = self.client_of(request.uri().path())?;
        let message = match *request.method() {
            Method::GET => request::query_of(request.uri().query())?,
            Method::POST => self.body(request).await?,
            _ => return Err(Refusal::Method),
        };
        let extras = Extras {
            keepalive: None,
            padding: Wishes::of(&message).padding,
        };
        let mut answer = Vec::new();
        match self.engine.begin(&message, client, &mut answer) {
            Step::Answered => {}
            Step::Silence => return Err(Refusal::NotAQuery),
            Step::Ask(waiting) => {
                let _waiting = self.wait()?;
                self.engine.finish(&waiting, &mut answer).await;
            }
        }
        extras.add(&mut answer);
        Ok(answer)
    }

    /// The client with the token of the path, which counts more than one in the server name.
    fn client_of(&self, path: &str) -> Result<Client, Refusal> {
        let client = match request::token_of(path) {
            Ok(Some(token)) => self.client.with_token(token),
            Ok(None) => self.client,
            Err(Refusal::UnknownToken) => return Err(self.unknown()),
            Err(refusal) => return Err(refusal),
        };
        if self.engine.admits(&client) {
            Ok(client)
        } else {
            Err(self.unknown())
        }
    }

    fn unknown(&self) -> Refusal {
        self.pass.doors().counters.unknown_token();
        Refusal::UnknownToken
    }

    /// The body of a POST.
    async fn body(&self, request: Request<Incoming>) -> Result<Vec<u8>, Refusal> {
        let media_type = request.headers().get(CONTENT_TYPE);
        request::check_media_type(media_type.map(|value| value.as_bytes()))?;
        let body = request.into_body();
        let most = u64::try_from(MAX_QUERY).unwrap_or(u64::MAX);
        if body.size_hint().lower() > most {
            return Err(Refusal::TooLong);
        }
        let whole = Limited::new(body, MAX_QUERY).collect();
        let whole = timeout(self.terms.slow, whole)
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
        Ok(bytes.into())
    }

    /// A place among the requests that wait for upstreams.
    fn wait(&self) -> Result<Waiting<'_>, Refusal> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&self.waiting);
        if before >= self.terms.under_way {
            return Err(Refusal::Busy);
        }
        Ok(waiting)
    }
}

/// A request that waits for an upstream.
struct Waiting<'w>(&'w AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
