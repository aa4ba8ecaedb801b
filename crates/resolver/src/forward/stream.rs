//! Questions over one connection, TCP or TLS: kept open, many at a time, answered in any order
//! (RFC 7766 §6.2, RFC 7858 §3.4).
//!
//! ```text
//!  questions ─► queue ─► writer ─┐                 ┌─► reader ─► by id ─► who asked
//!                                └─► connection ───┘
//! ```
//!
//! The connection is opened by the first question, lives in a task of its own, and is closed when
//! nothing was asked for a while, or when nothing comes back on it: behind a router that forgot
//! it, a connection is dead without a word. Then, and when the server closes it in the middle,
//! questions that were under way are asked once more on a new one. A server that cannot be
//! connected to is left alone for a time that doubles; questions meanwhile fail at once, so that
//! the next upstream is asked.
//!
//! hickory's client would do the same with every message taken apart and put together on its way,
//! all timers of a connection polled at every event, and no answer once 32 wait.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsConnector;

use super::backoff::Backoff;
use super::question::{Match, Outgoing, Style};
use crate::cache::Key;
use crate::wire::u16_at;

/// How long connecting may take, TLS included: three round trips of a bad line.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an unused connection is kept. RFC 7766 §6.2.3 asks for some seconds; servers close
/// after 10 to 30.
const IDLE: Duration = Duration::from_secs(15);
/// A connection on which a question waits so long while nothing at all comes in is dead.
const STALL: Duration = Duration::from_secs(3);
/// How long a question that nobody waits for any more is remembered.
const FORGET: Duration = Duration::from_secs(6);
/// How often that is looked at.
const WATCH: Duration = Duration::from_millis(500);
/// Questions that may wait to be written. Beyond it they fail.
const QUEUE: usize = 1024;
/// Questions written with one system call.
const BATCH: usize = 64;
/// Bytes read at a time.
const READ: usize = 16 << 10;

/// Why a connection gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum StreamError {
    /// No connection came about, or it could not yet be tried again.
    #[error("no connection: {0}")]
    Connect(Arc<str>),
    /// The connection ended before the answer.
    #[error("the connection ended")]
    Closed,
    /// More wait than a connection takes.
    #[error("too many questions wait on the connection")]
    Full,
    /// The answer was to something else: a server gone wrong, for nobody can forge here.
    #[error("the answer does not match the question")]
    Mismatch,
}

/// How to connect.
pub(super) struct Connector {
    pub(super) address: SocketAddr,
    /// With TLS, and to whom.
    pub(super) tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// The connection to one upstream, whether it is open or not.
pub(super) struct Line {
    connector: Arc<Connector>,
    style: Style,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The queue of the connection that is open or being opened.
    queue: Option<mpsc::Sender<Request>>,
    backoff: Backoff,
}

struct Request {
    outgoing: Outgoing,
    done: oneshot::Sender<Result<Vec<u8>, StreamError>>,
}

impl Line {
    pub(super) fn new(connector: Connector) -> Self {
        let style = match connector.tls {
            Some(_) => Style::PRIVATE,
            None => Style::STREAM,
        };
        Self {
            connector: Arc::new(connector),
            style,
            state: Arc::default(),
        }
    }

    /// Asks, and waits for the answer; for how long is the caller's affair.
    ///
    /// # Errors
    /// [`StreamError`].
    pub(super) async fn ask(&self, key: &Key, edns: bool) -> Result<Vec<u8>, StreamError> {
        let style = Style { edns, ..self.style };
        for last in [false, true] {
            let (queue, fresh) = self.queue()?;
            let (done, answer) = oneshot::channel();
            let outgoing = Outgoing::new(key, rand::random(), style);
            let sent = queue.try_send(Request { outgoing, done });
            if let Err(mpsc::error::TrySendError::Full(_)) = sent {
                return Err(StreamError::Full);
            }
            match answer.await.unwrap_or(Err(StreamError::Closed)) {
                // A server may close an old connection at any moment (RFC 7766 §6.2.4); a new one
                // that ends at once says something.
                Err(StreamError::Closed) if !fresh && !last => {}
                outcome => return outcome,
            }
        }
        Err(StreamError::Closed)
    }

    /// Why it cannot be connected to, if so.
    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.state).backoff.why().map(|why| why.to_string())
    }

    /// The queue of the connection; a new one is begun where none is open.
    fn queue(&self) -> Result<(mpsc::Sender<Request>, bool), StreamError> {
        let mut state = lock(&self.state);
        if let Some(queue) = state.queue.as_ref().filter(|queue| !queue.is_closed()) {
            return Ok((queue.clone(), false));
        }
        if let Some(why) = state.backoff.holds() {
            return Err(StreamError::Connect(why));
        }
        let (queue, requests) = mpsc::channel(QUEUE);
        state.queue = Some(queue.clone());
        drop(state);
        tokio::spawn(run(
            Arc::clone(&self.connector),
            requests,
            Arc::clone(&self.state),
        ));
        Ok((queue, true))
    }
}

/// A connection from its opening to its end.
async fn run(
    connector: Arc<Connector>,
    mut requests: mpsc::Receiver<Request>,
    state: Arc<Mutex<State>>,
) {
    let opened = timeout(CONNECT, connector.connect()).await;
    let failure = match opened {
        Ok(Ok(stream)) => {
            lock(&state).backoff.succeeded();
            return serve(stream, requests).await;
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    let why = lock(&state).backoff.failed(failure);
    requests.close();
    while let Some(request) = requests.recv().await {
        let _ = request
            .done
            .send(Err(StreamError::Connect(Arc::clone(&why))));
    }
}

/// Any two-way stream.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Connector {
    async fn connect(&self) -> io::Result<Box<dyn Duplex>> {
        let tcp = TcpStream::connect(self.address).await?;
        tcp.set_nodelay(true)?;
        match &self.tls {
            None => Ok(Box::new(tcp)),
            Some((tls, name)) => Ok(Box::new(tls.connect(name.clone(), tcp).await?)),
        }
    }
}

/// The questions on a connection, by id.
struct Pending {
    questions: HashMap<u16, Question>,
    /// When something last came in, or when a question began to wait on a connection where none
    /// did.
    heard: Instant,
    /// When it was last used.
    used: Instant,
}

struct Question {
    request: Request,
    since: Instant,
}

impl Pending {
    /// Takes a question in, its id changed where another has it, and gives its bytes.
    fn enter(&mut self, mut request: Request) -> &[u8] {
        self.used = Instant::now();
        if self.questions.is_empty() {
            self.heard = self.used;
        }
        while self.questions.contains_key(&request.outgoing.id()) {
            request.outgoing.set_id(rand::random());
        }
        let question = Question {
            since: self.used,
            request,
        };
        let place = self.questions.entry(question.request.outgoing.id());
        place.or_insert(question).request.outgoing.bytes()
    }

    fn arrived(&mut self, message: &[u8]) {
        self.heard = Instant::now();
        let id = u16_at(message, 0).unwrap_or_default();
        // An answer to nothing is dropped: the question it belonged to may have been given up.
        let Some(question) = self.questions.remove(&id) else {
            return;
        };
        let outcome = match question.request.outgoing.compare(message) {
            Match::Answer => Ok(message.to_vec()),
            Match::OtherCase | Match::Foreign => Err(StreamError::Mismatch),
        };
        let _ = question.request.done.send(outcome);
    }

    /// Whether the connection is of no more use. Forgets questions that were given up long ago.
    fn is_over(&mut self) -> bool {
        self.questions.retain(|_, question| {
            !question.request.done.is_closed() || question.since.elapsed() < FORGET
        });
        if self.questions.is_empty() {
            self.used.elapsed() >= IDLE
        } else {
            self.heard.elapsed() >= STALL
        }
    }
}

/// Serves an open connection until it ends, is silent, or was idle for long. What is still under
/// way then is told that it ended; what is in the queue by the queue's end.
async fn serve(stream: Box<dyn Duplex>, requests: mpsc::Receiver<Request>) {
    let now = Instant::now();
    let pending = Mutex::new(Pending {
        questions: HashMap::new(),
        heard: now,
        used: now,
    });
    let (reader, writer) = tokio::io::split(stream);
    tokio::select! {
        _ = read(reader, &pending) => {}
        _ = write(writer, requests, &pending) => {}
        () = watch(&pending) => {}
    }
}

async fn watch(pending: &Mutex<Pending>) {
    while !lock(pending).is_over() {
        sleep(WATCH).await;
    }
}

/// Writes questions as they come, those that wait together with one call, each with its length
/// (RFC 7766 §8).
async fn write(
    mut writer: impl AsyncWrite + Unpin,
    mut requests: mpsc::Receiver<Request>,
    pending: &Mutex<Pending>,
) -> io::Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut bytes = Vec::new();
    while requests.recv_many(&mut batch, BATCH).await > 0 {
        bytes.clear();
        {
            let mut pending = lock(pending);
            for request in batch.drain(..) {
                let message = pending.enter(request);
                let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
                bytes.extend(length.to_be_bytes());
                bytes.extend_from_slice(message);
            }
        }
        writer.write_all(&bytes).await?;
        writer.flush().await?;
    }
    Ok(())
}

/// Reads answers, each behind its length, until the connection ends.
async fn read(mut reader: impl AsyncRead + Unpin, pending: &Mutex<Pending>) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(READ);
    while reader.read_buf(&mut bytes).await? > 0 {
        let mut at = 0;
        while let Some(length) = u16_at(&bytes, at) {
            let end = at + 2 + usize::from(length);
            let Some(message) = bytes.get(at + 2..end) else {
                break;
            };
            lock(pending).arrived(message);
            at = end;
        }
        bytes.drain(..at);
        bytes.reserve(READ);
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one of these is held, and what they hold is whole either way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
