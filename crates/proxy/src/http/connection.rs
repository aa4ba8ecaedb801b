//! One connection of a client, from its first byte to its end: a request is read, decided, and
//! answered here or by an upstream; then the next.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use lachan_policy::Name;
use lachan_web::{BlockPage, CertificatePage, Form, Notice, Opener, Site, Why};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::{Zeroize as _, Zeroizing};

use super::answer::{Answer, shown};
use super::body::{Body, Found};
use super::buffer::Buffer;
use super::lines::Head;
use super::net::{Net, Relay, Tunnel};
use super::own::{MAX_OWN_BODY, OwnRequest};
use super::refusal::Refusal;
use super::request::{Framing, Method, Request, Target, Version};
use super::server::{Arrival, Core};
use super::stages::{Open, Outcome, form_of};
use super::upstream::{Pool, Unreached};
use super::write::Said;

/// How long, and how much, is read of a client that is told to close, so that it reads why: a reset
/// would throw away what is on its way to it.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 256 * 1024;
/// More than the head of an answer of ours takes.
const ROOM_FOR_HEAD: usize = 2 * 1024;

/// The connection.
pub(crate) struct Connection<N: Net> {
    pub(crate) core: Arc<Core<N>>,
    pub(crate) arrival: Arrival,
    pub(crate) client: N::Stream,
    pub(crate) input: Buffer,
    /// What is about to be written, to whomever.
    pub(crate) out: Vec<u8>,
    /// The head of the request being served.
    pub(crate) head: Head,
    /// The head of its response.
    pub(crate) answer_head: Head,
    pub(crate) pool: Pool<N::Stream>,
    stop: watch::Receiver<bool>,
}

/// What comes after a request.
pub(crate) enum Next<S> {
    /// Another one.
    Request,
    /// The end; whether the client may still be sending.
    Close { linger: bool },
    /// Something else than HTTP, which takes both streams.
    Tunnel(Box<Open>),
    /// A `WebSocket` with this upstream.
    Relay(Box<(S, Option<Name>)>),
}

/// How the reading of a head ended, where not with a head.
enum NoHead {
    Refused(Refusal),
    /// Too slow.
    Slow,
    /// The client is gone, or has nothing more to ask.
    Gone,
}

/// Why the body of a request for a page of the box was not read.
enum NoBody {
    TooLong,
    Slow,
    Refused(Refusal),
    Gone,
}

impl<N: Net> Connection<N> {
    pub(crate) fn new(
        core: Arc<Core<N>>,
        client: N::Stream,
        arrival: Arrival,
        read: Vec<u8>,
    ) -> Self {
        Self {
            stop: core.stop(),
            core,
            arrival,
            client,
            input: Buffer::of(read),
            out: Vec::new(),
            head: Head::default(),
            answer_head: Head::default(),
            pool: Pool::new(),
        }
    }

    /// Serves it to its end.
    pub(crate) async fn run(mut self) {
        loop {
            let next = match self.read_head().await {
                Ok(length) => self.serve(length).await,
                Err(NoHead::Refused(refusal)) => self.refuse(refusal).await,
                Err(NoHead::Slow) => self.say(408, Notice::BadRequest).await,
                Err(NoHead::Gone) => Next::Close { linger: false },
            };
            match next {
                Next::Request => {}
                Next::Close { linger } => return self.close(linger).await,
                Next::Tunnel(open) => return self.tunnel(*open).await,
                Next::Relay(site) => {
                    let (upstream, name) = *site;
                    return self.relayed(upstream, name).await;
                }
            }
        }
    }

    /// Reads a head whole. Between requests a connection holds no memory.
    async fn read_head(&mut self) -> Result<usize, NoHead> {
        self.head.clear();
        if self.input.is_empty() {
            self.wait().await?;
        }
        let deadline = Instant::now() + self.core.gate.settings.head_timeout;
        loop {
            match self.head.read(self.input.filled()) {
                Ok(Some(length)) => return Ok(length),
                Ok(None) => {}
                Err(refusal) => return Err(NoHead::Refused(refusal)),
            }
            match timeout_at(deadline, self.input.fill(&mut self.client)).await {
                Ok(Ok(0) | Err(_)) => return Err(NoHead::Gone),
                Ok(Ok(_)) => {}
                Err(_) => return Err(NoHead::Slow),
            }
        }
    }

    /// Waits for the first bytes of a request.
    async fn wait(&mut self) -> Result<(), NoHead> {
        self.input.release();
        if self.out.capacity() > KEPT {
            self.out = Vec::new();
        }
        if self.is_stopping() {
            return Err(NoHead::Gone);
        }
        let idle = self.core.gate.settings.idle_timeout;
        let read = timeout(idle, self.input.fill(&mut self.client));
        tokio::select! {
            read = read => match read {
                Ok(Ok(count)) if count > 0 => Ok(()),
                _ => Err(NoHead::Gone),
            },
            _ = self.stop.changed() => Err(NoHead::Gone),
        }
    }

    async fn serve(&mut self, length: usize) -> Next<N::Stream> {
        self.core.count_request();
        let bytes = &self.input.filled()[..length];
        let request = match Request::read(bytes, &self.head) {
            Ok(request) => request,
            Err(refusal) => return self.refuse(refusal).await,
        };
        match self
            .core
            .gate
            .decide(self.arrival, bytes, &self.head, &request)
        {
            Outcome::Answered(answer) => {
                self.input.consume(length);
                self.answer(&answer, &request).await
            }
            Outcome::Own(asked) => self.own_page(length, &request, *asked).await,
            Outcome::Refused(refusal) => self.refuse(refusal).await,
            Outcome::Open(open) if request.target == Target::Tunnel => {
                self.input.consume(length);
                Next::Tunnel(open)
            }
            Outcome::Open(open) => self.forward(length, &request, open).await,
        }
    }

    /// Answers a request for a page of the box. What was in its body is in none of our buffers after that,
    /// whatever became of it.
    async fn own_page(
        &mut self,
        length: usize,
        request: &Request,
        asked: OwnRequest,
    ) -> Next<N::Stream> {
        let next = self.make_own_page(length, request, asked).await;
        // After a body the connection ends, so nothing in them is of another request.
        if !request.framing.is_empty() {
            self.input.wipe_all();
            self.out.zeroize();
        }
        next
    }

    /// Reads the small body of a request for a page of the box, and has the page made.
    async fn make_own_page(
        &mut self,
        length: usize,
        request: &Request,
        mut asked: OwnRequest,
    ) -> Next<N::Stream> {
        let form = form_of(&self.input.filled()[..length], &self.head);
        self.input.consume(length);
        let core = Arc::clone(&self.core);
        let place = if request.framing.is_empty() {
            None
        } else {
            let Ok(place) = core.bodies.try_acquire() else {
                let answer = Answer::notice(&core.gate.settings, 503, Notice::Busy, form);
                return self.answer(&answer, request).await;
            };
            Some(place)
        };
        let (status, refused) = match self.own_body(request).await {
            Ok(body) => {
                asked.body = body;
                let page = match &self.core.gate.shared.own {
                    Some(own) => own.page(asked).await,
                    None => None,
                };
                drop(place);
                if let Some((status, page)) = page {
                    // A form that was not taken comes back with what was written. All the room at once, so that no
                    // copy of it is left behind by growing.
                    self.out.reserve(page.body.len() + ROOM_FOR_HEAD);
                    let mut answer = Answer::page(status, page);
                    let next = self.answer(&answer, request).await;
                    answer.wipe();
                    return next;
                }
                (404, Notice::NotFound)
            }
            Err(NoBody::TooLong) => (413, Notice::BadRequest),
            Err(NoBody::Slow) => (408, Notice::BadRequest),
            Err(NoBody::Refused(refusal)) => {
                self.core.gate.shared.record.refused(refusal);
                (refusal.status(), Notice::BadRequest)
            }
            Err(NoBody::Gone) => return Next::Close { linger: false },
        };
        let answer = Answer::notice(&self.core.gate.settings, status, refused, form);
        self.answer(&answer, request).await
    }

    /// The body; what of it was in the buffer is wiped there.
    async fn own_body(&mut self, request: &Request) -> Result<Zeroizing<Vec<u8>>, NoBody> {
        let room = match request.framing {
            Framing::Length(length) => usize::try_from(length).unwrap_or(usize::MAX),
            _ => MAX_OWN_BODY,
        };
        if room > MAX_OWN_BODY {
            return Err(NoBody::TooLong);
        }
        if request.expects {
            self.out.clear();
            self.out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            self.flush().await.map_err(|_| NoBody::Gone)?;
        }
        // All the room at once, so that no copy is left behind by growing.
        let mut whole = Zeroizing::new(Vec::with_capacity(room));
        let mut body = Body::new(request.framing);
        let deadline = Instant::now() + self.core.gate.settings.body_timeout;
        loop {
            match body.next(self.input.filled()).map_err(NoBody::Refused)? {
                Found::Piece(piece) => {
                    if piece.len() > room - whole.len() {
                        return Err(NoBody::TooLong);
                    }
                    let end = piece.end;
                    whole.extend_from_slice(&self.input.filled()[piece]);
                    self.input.wipe(end);
                }
                Found::End(count) => {
                    self.input.wipe(count);
                    return Ok(whole);
                }
                Found::More(count) => {
                    self.input.wipe(count);
                    match timeout_at(deadline, self.input.fill(&mut self.client)).await {
                        Ok(Ok(0) | Err(_)) => return Err(NoBody::Gone),
                        Ok(Ok(_)) => {}
                        Err(_) => return Err(NoBody::Slow),
                    }
                }
            }
        }
    }

    /// Answers a request here. The connection lives on unless a body is still to come, or the request
    /// was for a tunnel: what follows such a request may be anything.
    pub(crate) async fn answer(&mut self, answer: &Answer, request: &Request) -> Next<N::Stream> {
        let persistent = request.persistent
            && request.framing.is_empty()
            && request.method != Method::Connect
            && request.websocket.is_none()
            && !self.is_stopping();
        let said = Said {
            version: request.version,
            persistent,
        };
        self.out.clear();
        answer.write(&mut self.out, said, request.method != Method::Head);
        if self.flush().await.is_err() {
            return Next::Close { linger: false };
        }
        if persistent {
            Next::Request
        } else {
            Next::Close { linger: true }
        }
    }

    /// Refuses what was sent, and everything after it.
    pub(crate) async fn refuse(&mut self, refusal: Refusal) -> Next<N::Stream> {
        self.core.gate.shared.record.refused(refusal);
        self.say(refusal.status(), Notice::BadRequest).await
    }

    /// Says something and closes.
    async fn say(&mut self, status: u16, notice: Notice) -> Next<N::Stream> {
        let form = form_of(self.input.filled(), &self.head);
        let answer = Answer::notice(&self.core.gate.settings, status, notice, form);
        let said = Said {
            version: Version::Http11,
            persistent: false,
        };
        self.out.clear();
        answer.write(&mut self.out, said, true);
        let _ = self.flush().await;
        Next::Close { linger: true }
    }

    /// What a client is told of an upstream that cannot be reached.
    pub(crate) fn unreached(&self, open: &Open, why: Unreached, form: Form) -> Answer {
        let settings = &self.core.gate.settings;
        match why {
            Unreached::Notice(status, notice) => Answer::notice(settings, status, notice, form),
            Unreached::Certificate(fault) => {
                let page = CertificatePage {
                    language: settings.language,
                    name: &shown(&open.name),
                    fault,
                };
                Answer::page(502, page.reply(form))
            }
            // The resolver has told whoever counts; what stands behind the name it does not tell.
            Unreached::Closed => {
                let page = BlockPage {
                    site: Site {
                        language: settings.language,
                        school: &settings.school,
                    },
                    tier: open.policy.groups().all()[open.group].tier,
                    name: None,
                    why: Why::Untold,
                    opener: Opener::School,
                    code: None,
                    gentle: false,
                    own: None,
                    help: &[],
                };
                Answer::page(403, page.reply(form))
            }
        }
    }

    /// Writes what stands in `out` to the client.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        let limit = self.core.gate.settings.body_timeout;
        match timeout(limit, self.client.write_all(&self.out)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    async fn close(mut self, linger: bool) {
        let _ = timeout(LINGER, self.client.shutdown()).await;
        if linger {
            drop(timeout(LINGER, drain(&mut self.client)).await);
        }
    }

    /// Carries a `WebSocket`; what the client sent before it could know that it is one goes first.
    async fn relayed(mut self, mut upstream: N::Stream, name: Option<Name>) {
        let early = self.input.take();
        if !early.is_empty() && upstream.write_all(&early).await.is_err() {
            return;
        }
        let core = Arc::clone(&self.core);
        drop(self.stop);
        let relay = Relay {
            client: self.client,
            upstream,
            name,
            device: self.arrival.client,
        };
        core.net.relay(relay).await;
    }

    /// Whether the server ends.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Opens a tunnel and hands it over. Whoever is refused one is closed: what he sends next was
    /// meant for the tunnel.
    async fn tunnel(mut self, open: Open) {
        let upstream = match self.core.dial(&open, self.arrival.client).await {
            Ok(upstream) => upstream,
            Err(why) => {
                let answer = self.unreached(&open, why, Form::Text);
                let said = Said {
                    version: Version::Http11,
                    persistent: false,
                };
                self.out.clear();
                answer.write(&mut self.out, said, true);
                let _ = self.flush().await;
                return self.close(true).await;
            }
        };
        self.out.clear();
        self.out
            .extend_from_slice(b"HTTP/1.1 200 Connection established\r\n\r\n");
        if self.flush().await.is_err() {
            return;
        }
        let tunnel = Tunnel {
            client: self.client,
            early: self.input.take(),
            upstream: upstream.stream,
            host: open.authority.host,
            port: open.port,
            device: self.arrival.client,
        };
        // A tunnel outlives its HTTP: shutting down does not wait for it.
        let core = Arc::clone(&self.core);
        drop(self.stop);
        core.net.tunnel(tunnel).await;
    }
}

/// Bytes that a connection keeps for writing while it is idle.
const KEPT: usize = 1024;

async fn drain<S: AsyncRead + Unpin>(stream: &mut S) {
    // What is let go half read may be what a child wrote.
    let mut waste = Zeroizing::new(vec![0; 4096]);
    let mut left = LINGER_BYTES;
    while let Ok(count) = stream.read(&mut waste).await {
        left = left.saturating_sub(count);
        if count == 0 || left == 0 {
            return;
        }
    }
}
