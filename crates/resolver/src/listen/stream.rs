//! Queries over a stream of bytes (RFC 7766), for TCP and for DoT, which differ only in the stream.
//!
//! ```text
//!  bytes ─► inbox ─► Engine::begin ─┬─ answered ─────────────────► outbox ─► bytes
//!                                   └─ Ask ─► task: Engine::finish ──┘
//! ```
//!
//! One task serves a connection. Whatever arrived together is answered together, by one write; a
//! question that has to wait for an upstream waits in a task of its own, so the answers behind it
//! overtake it. A connection that holds nothing costs no buffer.
//!
//! What a client may do to us is bounded: queries that wait for upstreams (then nothing more is
//! read), answers it does not read (then nothing more is read, and after a while it is closed), the
//! time a message may take to arrive, and the time nothing arrives at all.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::doors::Pass;
use super::frame::{Frame, Inbox, Outbox};
use super::stop::{STOP_LIMIT, Stop};
use crate::client::Client;
use crate::engine::{Engine, Step};
use crate::wire::options::{Extras, Wishes};

/// Bytes read at once: about two hundred queries.
const READ: usize = 8 << 10;
/// Answers that may wait to be read by the client, bytes; beyond it no more queries are taken.
const UNREAD: usize = 64 << 10;
/// How long a closing handshake may take.
pub(crate) const CLOSING: Duration = Duration::from_secs(1);

/// What a connection may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// How long it may be idle.
    pub(crate) idle: Duration,
    /// How long a message may take to arrive, and the client to read anything of its answers.
    pub(crate) slow: Duration,
    /// Queries that may wait for upstreams.
    pub(crate) under_way: usize,
    /// Whether nobody can read along, so that answers are padded where that is wished.
    pub(crate) encrypted: bool,
}

/// A connection.
pub(crate) struct Connection<S> {
    stream: S,
    engine: Arc<Engine>,
    client: Client,
    terms: Terms,
    inbox: Inbox,
    outbox: Outbox,
    /// Questions that wait for upstreams, each ending in its answer.
    misses: JoinSet<Vec<u8>>,
    /// Whether anything more is read.
    is_reading: bool,
    /// Whether written bytes may still stand in a buffer of the stream's.
    is_flushed: bool,
    marks: Marks,
    timer: Pin<Box<Sleep>>,
}

/// Moments that time-outs count from.
#[derive(Debug, Clone, Copy)]
struct Marks {
    /// The last answer, or the beginning.
    active: Instant,
    /// When the first byte of an unfinished message arrived.
    partial: Instant,
    /// When the client last took bytes of an answer, or was last owed none.
    taken: Instant,
}

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The client is done, and has what it asked for.
    Done,
    /// Nothing came for as long as it may be idle.
    Idle,
    /// A message did not arrive whole in time, or answers were not read.
    Slow,
    /// The stream broke.
    Broken,
    /// Its token is no group's any more.
    Unknown,
}

/// Serves a connection until it ends or the word is said, and closes it.
pub(crate) async fn serve<S>(
    stream: S,
    client: Client,
    terms: Terms,
    engine: &Arc<Engine>,
    pass: Pass,
    mut stop: Stop,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = Connection::new(stream, client, terms, engine);
    let end = tokio::select! {
        end = connection.run() => end,
        () = stop.heard() => connection.drain().await,
    };
    match end {
        End::Slow => pass.doors().counters.slow(),
        End::Unknown => pass.doors().counters.unknown_token(),
        End::Done | End::Idle | End::Broken => {}
    }
    if end != End::Broken {
        connection.close().await;
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// A connection that just began.
    pub(crate) fn new(stream: S, client: Client, terms: Terms, engine: &Arc<Engine>) -> Self {
        let now = Instant::now();
        Self {
            stream,
            engine: Arc::clone(engine),
            client,
            terms,
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            misses: JoinSet::new(),
            is_reading: true,
            is_flushed: true,
            marks: Marks {
                active: now,
                partial: now,
                taken: now,
            },
            timer: Box::pin(sleep_until(now + terms.idle)),
        }
    }

    /// Serves until it is over. May be dropped and called again; nothing is lost.
    pub(crate) async fn run(&mut self) -> End {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// Takes no more queries and sends what is under way, within [`STOP_LIMIT`].
    async fn drain(&mut self) -> End {
        self.is_reading = false;
        timeout(STOP_LIMIT, self.run()).await.unwrap_or(End::Slow)
    }

    /// Says goodbye, over TLS with a close_notify.
    async fn close(&mut self) {
        // A client that is gone already needs no goodbye.
        let _ = timeout(CLOSING, self.stream.shutdown()).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            let mut moved = self.poll_misses(cx);
            match self.poll_read(cx) {
                Ok(read) => moved |= read,
                Err(end) => return Poll::Ready(end),
            }
            match self.poll_write(cx) {
                Ok(written) => moved |= written,
                Err(_) => return Poll::Ready(End::Broken),
            }
            if self.is_over() {
                return Poll::Ready(End::Done);
            }
            if !moved {
                break;
            }
        }
        self.rest();
        self.poll_deadline(cx)
    }

    /// Whether nothing is left to be done. A message that was cut off is nothing.
    fn is_over(&self) -> bool {
        let owes = !self.outbox.is_empty() || !self.is_flushed || !self.misses.is_empty();
        !self.is_reading && !owes && !self.inbox.has_whole()
    }

    /// Takes the answers that upstreams have given meanwhile.
    fn poll_misses(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while self.has_room() {
            let Poll::Ready(Some(answer)) = self.misses.poll_join_next(cx) else {
                break;
            };
            // A task that failed has no answer; its client asks again.
            self.put(&answer.unwrap_or_default());
            moved = true;
        }
        moved
    }

    /// Reads once and answers what can be answered; says whether there was anything.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        // What was read before and had no room then.
        let mut moved = self.answer_inbox()?;
        if !self.is_reading || !self.may_take() {
            return Ok(moved);
        }
        let mut space = [MaybeUninit::uninit(); READ];
        let mut buffer = ReadBuf::uninit(&mut space);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
            Poll::Pending => return Ok(moved),
            Poll::Ready(Err(_)) => return Err(End::Broken),
            Poll::Ready(Ok(())) => moved = true,
        }
        if buffer.filled().is_empty() {
            // The client asks no more and may still wait for answers (RFC 7766 §6.2.4).
            self.is_reading = false;
            return Ok(true);
        }
        if !self.inbox.is_partial() {
            self.marks.partial = Instant::now();
        }
        self.inbox.put(buffer.filled());
        self.answer_inbox()?;
        Ok(moved)
    }

    /// Answers the messages that are whole, as far as there is room.
    fn answer_inbox(&mut self) -> Result<bool, End> {
        if !self.inbox.is_partial() || !self.may_take() {
            return Ok(false);
        }
        if !self.engine.admits(&self.client) {
            return Err(End::Unknown);
        }
        // The inbox is out of `self` while its messages are borrowed.
        let mut inbox = std::mem::take(&mut self.inbox);
        let mut answer = Vec::new();
        let mut moved = false;
        while self.may_take() {
            let Some(Frame::Whole(message) | Frame::TooLong(message)) = inbox.next() else {
                break;
            };
            moved = true;
            self.answer(message, &mut answer);
        }
        self.inbox = inbox;
        if moved {
            self.marks.partial = Instant::now();
        }
        Ok(moved)
    }

    fn answer(&mut self, message: &[u8], answer: &mut Vec<u8>) {
        let extras = self.extras(message);
        match self.engine.begin(message, self.client, answer) {
            Step::Answered => {
                extras.add(answer);
                self.put(answer);
            }
            Step::Silence => {}
            Step::Ask(waiting) => {
                let engine = Arc::clone(&self.engine);
                self.misses.spawn(async move {
                    let mut answer = Vec::new();
                    engine.finish(&waiting, &mut answer).await;
                    extras.add(&mut answer);
                    answer
                });
            }
        }
    }

    /// What this connection adds to the answer to a query.
    fn extras(&self, message: &[u8]) -> Extras {
        let wishes = Wishes::of(message);
        let tenths = self.terms.idle.as_millis() / 100;
        let tenths = u16::try_from(tenths).unwrap_or(u16::MAX);
        Extras {
            keepalive: wishes.keepalive.then_some(tenths),
            padding: wishes.padding && self.terms.encrypted,
        }
    }

    fn put(&mut self, answer: &[u8]) {
        if answer.is_empty() {
            return;
        }
        if self.outbox.is_empty() {
            self.marks.taken = Instant::now();
        }
        self.outbox.put(answer);
        self.marks.active = Instant::now();
    }

    /// Writes what stands ready; says whether any of it went.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut moved = false;
        while !self.outbox.is_empty() {
            let written = Pin::new(&mut self.stream).poll_write(cx, self.outbox.unsent());
            let Poll::Ready(count) = written? else {
                return Ok(moved);
            };
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.outbox.sent(count);
            self.marks.taken = Instant::now();
            self.is_flushed = false;
            moved = true;
        }
        if !self.is_flushed && Pin::new(&mut self.stream).poll_flush(cx)?.is_ready() {
            self.is_flushed = true;
            moved = true;
        }
        Ok(moved)
    }

    /// Whether another answer may be added to those unread.
    fn has_room(&self) -> bool {
        self.outbox.unsent().len() < UNREAD
    }

    /// Whether another query may be taken.
    fn may_take(&self) -> bool {
        self.has_room() && self.misses.len() < self.terms.under_way
    }

    /// Gives memory back while there is nothing to do.
    fn rest(&mut self) {
        self.inbox.rest();
        self.outbox.rest();
    }

    /// When it is to end if nothing happens until then, and as what.
    fn deadline(&self) -> Option<(Instant, End)> {
        let marks = &self.marks;
        let owes = !self.outbox.is_empty() || !self.is_flushed;
        let unread = owes.then(|| (marks.taken + self.terms.slow, End::Slow));
        let half = self.is_reading && self.inbox.is_partial() && self.may_take();
        let partial = half.then(|| (marks.partial + self.terms.slow, End::Slow));
        let waits = owes || half || !self.misses.is_empty();
        let idle = (!waits).then(|| (marks.active + self.terms.idle, End::Idle));
        let all = [unread, partial, idle].into_iter().flatten();
        all.min_by_key(|(at, _)| *at)
    }

    /// The timer is only ever moved back when it rings, so that a busy connection does not touch it.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            let Some((at, end)) = self.deadline() else {
                return Poll::Pending;
            };
            if self.timer.deadline() > at || self.timer.is_elapsed() {
                self.timer.as_mut().reset(at);
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if Instant::now() >= at {
                return Poll::Ready(end);
            }
        }
    }
}
