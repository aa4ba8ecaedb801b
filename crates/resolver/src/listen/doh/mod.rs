//! DNS over HTTPS (RFC 8484): GET and POST, over HTTP/1.1 and HTTP/2, at `/dns-query` and
//! `/dns-query/<group token>`.
//!
//! HTTP/1.1 is hyper's ([`one`]). HTTP/2 is spoken by the `h2` crate under hyper in a loop of our own
//! ([`two`]), which answers together what came together. What a request says is in [`request`], what
//! is answered in [`response`], and how long a connection may stand still in [`pulse`].

mod date;
mod one;
mod pulse;
pub(crate) mod request;
mod response;
mod two;

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Response;
use hyper::body::Bytes;
use hyper::header::DATE;
use hyper::server::conn::http1;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until, timeout};

use super::doors::Pass;
use super::stop::{STOP_LIMIT, Stop};
use super::stream::{CLOSING, Terms};
use crate::client::Client;
use crate::engine::{Engine, Step, Waiting};
use crate::wire::options::{Extras, Wishes};
use pulse::{Due, Pulse, Watched};
use request::Refusal;

/// HTTP/2 in ALPN.
pub(crate) const PROTOCOL_TWO: &[u8] = b"h2";
/// What is offered in ALPN.
pub(crate) const PROTOCOLS: &[&[u8]] = &[PROTOCOL_TWO, b"http/1.1"];
/// Bytes of a request's head.
const HEAD: usize = 16 << 10;

/// What HTTP allows, made once for all connections of a listener.
#[derive(Clone)]
pub(crate) struct Http {
    one: http1::Builder,
    two: h2::server::Builder,
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

/// What became of a query at once.
enum Begun {
    /// The answer to it.
    Answered(Vec<u8>),
    /// An upstream has to be asked.
    Ask(Miss),
}

/// A query that waits for an upstream.
struct Miss {
    waiting: Box<Waiting>,
    extras: Extras,
    _place: Place,
}

/// A connection as HTTP has it, of whichever version.
trait Talk {
    /// Goes on until it is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    /// Takes no more requests, and is over when those under way are answered.
    fn leave(&mut self);
}

impl Http {
    pub(crate) fn new() -> Self {
        Self {
            one: one::builder(),
            two: two::builder(),
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
        let pulse = Pulse::new(terms.idle, terms.slow, !is_two);
        let desk = Arc::new(Desk {
            engine: Arc::clone(engine),
            client,
            terms,
            pulse: Arc::clone(&pulse),
            pass,
            waiting: AtomicUsize::new(0),
        });
        let stream = Watched {
            stream,
            pulse: Arc::clone(&pulse),
        };
        let end = if is_two {
            let talk = two::Talk::new(&self.two, stream, Arc::clone(&desk));
            watch(talk, &pulse, stop).await
        } else {
            watch(one::talk(&self.one, stream, &desk), &pulse, stop).await
        };
        if end == End::Slow {
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
async fn watch(mut talk: impl Talk, pulse: &Pulse, mut stop: Stop) -> End {
    let mut word = pin!(stop.heard());
    let mut timer = pin!(sleep_until(pulse.due().at()));
    // The pulse changes while the connection is driven, so it is felt each time anew.
    let limit = poll_fn(|cx| {
        if talk.poll(cx).is_ready() {
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
    talk.leave();
    // What is not done then is cut off.
    let _ = timeout(limit, poll_fn(|cx| talk.poll(cx))).await;
    End::Done
}

impl Desk {
    /// Answers a query as far as nobody else has to be asked.
    fn begin(self: &Arc<Self>, message: &[u8], client: Client) -> Result<Begun, Refusal> {
        let extras = Extras {
            keepalive: None,
            padding: Wishes::of(message).padding,
        };
        let mut answer = Vec::new();
        match self.engine.begin(message, client, &mut answer) {
            Step::Answered => {
                extras.add(&mut answer);
                Ok(Begun::Answered(answer))
            }
            Step::Silence => Err(Refusal::NotAQuery),
            Step::Ask(waiting) => Ok(Begun::Ask(Miss {
                waiting,
                extras,
                _place: self.place()?,
            })),
        }
    }

    /// The answer to a query, after the upstream's.
    async fn finish(&self, miss: Miss) -> Vec<u8> {
        let mut answer = Vec::new();
        self.engine.finish(&miss.waiting, &mut answer).await;
        miss.extras.add(&mut answer);
        answer
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

    /// The response to a request, dated where the box knows the time.
    fn response(&self, answer: Result<Vec<u8>, Refusal>) -> Response<Bytes> {
        let mut response = response::of(answer);
        if let Some(date) = self.engine.moment().and_then(date::at) {
            response.headers_mut().insert(DATE, date);
        }
        response
    }

    fn unknown(&self) -> Refusal {
        self.pass.doors().counters.unknown_token();
        Refusal::UnknownToken
    }

    /// A place among the requests that wait for upstreams.
    fn place(self: &Arc<Self>) -> Result<Place, Refusal> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(self));
        if before >= self.terms.under_way {
            return Err(Refusal::Busy);
        }
        Ok(place)
    }
}

/// A place among the requests that wait for upstreams.
struct Place(Arc<Desk>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
