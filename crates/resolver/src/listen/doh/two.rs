//! DoH over HTTP/2, by the `h2` crate.
//!
//! ```text
//!  frames ─► h2 ─► arrived ─┬─ answered at once ───────────────┬─► h2 ─► frames, by one write
//!                           └─ body or upstream: a task ───────┘
//! ```
//!
//! One task serves a connection. Whatever arrived together is taken before any of it is answered,
//! because h2 writes whenever it is asked for the next request: so the answers leave together, in
//! one record of TLS. Only a request that has to wait, for the rest of its body or for an upstream,
//! becomes a task; hyper makes one of every request.
//!
//! No `content-length` is sent: frames tell the length (RFC 9113 §8.1.1).

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use h2::RecvStream;
use h2::server::{Builder, Connection, Handshake, SendResponse};
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::pulse::{Beat, Watched};
use super::request::{self, Refusal};
use super::{Begun, Desk, HEAD, Miss};
use crate::client::Client;
use crate::listen::frame::MAX_QUERY;

/// Requests of one connection at once.
const STREAMS: usize = 128;
/// Streams of one connection that may be opened and reset before they are even looked at (rapid
/// reset, CVE-2023-44487); then it is closed.
const RESETS: usize = 32;
/// Bytes a client may send before more is allowed: a query fits many times over, and nothing larger
/// is ever taken.
const WINDOW: u16 = u16::MAX;

/// What HTTP/2 allows.
pub(super) fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(u32::try_from(STREAMS).unwrap_or(u32::MAX))
        .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(Some(RESETS))
        .initial_window_size(u32::from(WINDOW))
        .initial_connection_window_size(u32::from(WINDOW))
        .max_send_buffer_size(usize::from(WINDOW));
    builder
}

/// A request as h2 hands it over, and where its answer goes.
type Arrived = (Request<RecvStream>, SendResponse<Bytes>);

/// A connection.
pub(super) struct Talk<S> {
    state: State<Watched<S>>,
    desk: Arc<Desk>,
    /// Requests taken and not looked at yet.
    arrived: Vec<Arrived>,
    /// Requests that wait for something, each ending when it is answered.
    late: JoinSet<()>,
}

enum State<T> {
    /// The client's preface has not come.
    Greeting(Box<Handshake<T, Bytes>>),
    Open(Box<Connection<T, Bytes>>),
    Over,
}

/// How far a request got at once.
enum Outcome {
    Answered(Vec<u8>),
    /// It waits for an upstream.
    Miss(Miss),
    /// Its body is not whole.
    Partial(Upload, Client),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    /// A connection that just began.
    pub(super) fn new(builder: &Builder, stream: Watched<S>, desk: Arc<Desk>) -> Self {
        Self {
            state: State::Greeting(Box::new(builder.handshake(stream))),
            desk,
            arrived: Vec::new(),
            late: JoinSet::new(),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> super::Talk for Talk<S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Poll::Ready(Some(_)) = self.late.poll_join_next(cx) {}
        loop {
            match &mut self.state {
                State::Greeting(handshake) => {
                    let Poll::Ready(outcome) = Pin::new(handshake).poll(cx) else {
                        return Poll::Pending;
                    };
                    self.state = outcome.map_or(State::Over, |open| State::Open(Box::new(open)));
                }
                State::Open(connection) => {
                    if take(connection, &mut self.arrived, cx).is_ready() {
                        self.state = State::Over;
                    } else if self.arrived.is_empty() {
                        return Poll::Pending;
                    }
                    for (request, respond) in self.arrived.drain(..) {
                        serve(&self.desk, &mut self.late, request, respond, cx);
                    }
                }
                State::Over => return Poll::Ready(()),
            }
        }
    }

    fn leave(&mut self) {
        match &mut self.state {
            // Whoever said nothing yet is owed nothing.
            State::Greeting(_) => self.state = State::Over,
            State::Open(connection) => connection.graceful_shutdown(),
            State::Over => {}
        }
    }
}

/// Takes the requests that are there; ready when the connection is over.
fn take<T: AsyncRead + AsyncWrite + Unpin>(
    connection: &mut Connection<T, Bytes>,
    arrived: &mut Vec<Arrived>,
    cx: &mut Context<'_>,
) -> Poll<()> {
    // No client has more under way but one that takes them back as fast as it sends them.
    while arrived.len() < STREAMS {
        match connection.poll_accept(cx) {
            Poll::Ready(Some(Ok(one))) => arrived.push(one),
            Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
            Poll::Pending => break,
        }
    }
    Poll::Pending
}

/// Answers a request, or has a task answer it.
fn serve(
    desk: &Arc<Desk>,
    late: &mut JoinSet<()>,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    cx: &mut Context<'_>,
) {
    let beat = desk.pulse.begin();
    let (head, body) = request.into_parts();
    let answer = match begin(desk, &head, body, cx) {
        Ok(Outcome::Answered(answer)) => Ok(answer),
        Err(refusal) => Err(refusal),
        Ok(outcome) => {
            let desk = Arc::clone(desk);
            late.spawn(async move {
                if let Some(answer) = unless_reset(&mut respond, wait(&desk, outcome)).await {
                    let response = desk.response(answer);
                    reply(&mut respond, response, false, beat);
                }
            });
            return;
        }
    };
    let is_head = head.method == Method::HEAD;
    reply(&mut respond, desk.response(answer), is_head, beat);
}

fn begin(
    desk: &Arc<Desk>,
    head: &Parts,
    body: RecvStream,
    cx: &mut Context<'_>,
) -> Result<Outcome, Refusal> {
    let client = desk.client_of(head.uri.path())?;
    let begun = match head.method {
        Method::GET => desk.begin(&request::query_of(head.uri.query())?, client)?,
        Method::POST => {
            let mut upload = Upload::new(&head.headers, body)?;
            match upload.poll(cx) {
                Poll::Ready(message) => desk.begin(&message?, client)?,
                Poll::Pending => return Ok(Outcome::Partial(upload, client)),
            }
        }
        _ => return Err(Refusal::Method),
    };
    Ok(match begun {
        Begun::Answered(answer) => Outcome::Answered(answer),
        Begun::Ask(miss) => Outcome::Miss(miss),
    })
}

/// The answer to a request that was not answered at once.
async fn wait(desk: &Arc<Desk>, outcome: Outcome) -> Result<Vec<u8>, Refusal> {
    let miss = match outcome {
        Outcome::Answered(answer) => return Ok(answer),
        Outcome::Miss(miss) => miss,
        Outcome::Partial(mut upload, client) => {
            let whole = timeout(desk.terms.slow, poll_fn(|cx| upload.poll(cx)));
            let message = whole.await.map_err(|_| Refusal::Slow)??;
            match desk.begin(&message, client)? {
                Begun::Answered(answer) => return Ok(answer),
                Begun::Ask(miss) => miss,
            }
        }
    };
    Ok(desk.finish(miss).await)
}

/// What comes of it, unless the client takes its request back before.
async fn unless_reset<T>(
    respond: &mut SendResponse<Bytes>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        // A connection that broke is told here, too.
        Poll::Pending => respond.poll_reset(cx).map(|_| None),
    })
    .await
}

/// Hands an answer over to be sent. A request that was taken back meanwhile has none.
fn reply(respond: &mut SendResponse<Bytes>, response: Response<Bytes>, is_head: bool, beat: Beat) {
    let (head, body) = response.into_parts();
    let Ok(mut stream) = respond.send_response(Response::from_parts(head, ()), is_head) else {
        return;
    };
    if is_head || stream.send_data(body, true).is_ok() {
        beat.end();
    }
}

/// The body of a POST as it comes.
struct Upload {
    stream: RecvStream,
    /// What came.
    bytes: Bytes,
}

impl Upload {
    fn new(headers: &HeaderMap, stream: RecvStream) -> Result<Self, Refusal> {
        let media_type = headers.get(CONTENT_TYPE);
        request::check_media_type(media_type.map(|value| value.as_bytes()))?;
        let length = headers.get(CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > MAX_QUERY as u64) {
            return Err(Refusal::TooLong);
        }
        Ok(Self {
            stream,
            bytes: Bytes::new(),
        })
    }

    /// The body once it is whole; most are one frame that is there already.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Refusal>> {
        while !self.stream.is_end_stream() {
            match self.stream.poll_data(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => break,
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Err(Refusal::NotAQuery)),
                Poll::Ready(Some(Ok(piece))) => self.put(piece)?,
            }
        }
        if self.bytes.is_empty() {
            return Poll::Ready(Err(Refusal::NoQuery));
        }
        Poll::Ready(Ok(std::mem::take(&mut self.bytes)))
    }

    fn put(&mut self, piece: Bytes) -> Result<(), Refusal> {
        // Fails only where more is given back than came.
        let _ = self.stream.flow_control().release_capacity(piece.len());
        if self.bytes.len() + piece.len() > MAX_QUERY {
            return Err(Refusal::TooLong);
        }
        self.bytes = if self.bytes.is_empty() {
            piece
        } else {
            [&self.bytes[..], &piece].concat().into()
        };
        Ok(())
    }
}
