//! Questions over HTTPS and QUIC, by hickory's clients.
//!
//! A session is opened by the first question, in a task of its own, so that it comes about even
//! when that question is given up; those that come meanwhile wait for the same one. It is dropped
//! after an error, when it stays silent, and when nothing was asked for a while.
//!
//! hickory takes messages apart on both ways; the answer's bytes are those of the server all the
//! same. An answer that it cannot read is an error here, and the next upstream is asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use hickory_net::NetError;
use hickory_net::h2::HttpsClientStream;
use hickory_net::quic::QuicClientStream;
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::xfer::DnsRequestSender as _;
use hickory_proto::op::{DnsRequest, DnsRequestOptions, Message};
use rustls::ClientConfig;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tracing::instrument::WithSubscriber as _;

use super::backoff::Backoff;
use super::question::{Match, Outgoing, Style};
use crate::cache::Key;

/// How long opening may take, TLS included: three round trips of a bad line.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an unused session is kept; servers close after 10 to 60 s.
const IDLE: Duration = Duration::from_secs(30);
/// Questions given up one after the other before a session counts as dead.
const GIVEN_UP: u32 = 3;

/// Why a session gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum SessionError {
    /// No session came about, or it could not yet be tried again.
    #[error("no session: {0}")]
    Connect(Arc<str>),
    /// The question or its answer did not come through.
    #[error("the exchange failed")]
    Exchange(#[source] NetError),
    /// The answer was to something else.
    #[error("the answer does not match the question")]
    Mismatch,
}

/// What is spoken.
pub(super) enum Kind {
    /// HTTP/2, with the path of the resource.
    Https {
        /// `/dns-query` mostly.
        path: Arc<str>,
    },
    /// QUIC.
    Quic,
}

/// How to open a session.
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) name: Arc<str>,
    pub(super) kind: Kind,
    pub(super) tls: Arc<ClientConfig>,
}

/// The session with one upstream, whether it is open or not.
pub(super) struct Sessions {
    peer: Arc<Peer>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    session: Option<Progress>,
    backoff: Backoff,
}

type Opened = Result<Arc<Session>, SessionError>;
type Progress = watch::Receiver<Option<Opened>>;

struct Session {
    client: Client,
    used: Mutex<Instant>,
    /// Questions given up since the last answer.
    given_up: AtomicU32,
}

#[derive(Clone)]
enum Client {
    Https(HttpsClientStream),
    Quic(QuicClientStream),
}

impl Sessions {
    pub(super) fn new(peer: Peer) -> Self {
        Self {
            peer: Arc::new(peer),
            state: Arc::default(),
        }
    }

    /// Asks, and waits for the answer; for how long is the caller's affair.
    ///
    /// # Errors
    /// [`SessionError`].
    pub(super) async fn ask(&self, key: &Key, edns: bool) -> Result<Vec<u8>, SessionError> {
        let style = Style {
            edns,
            ..Style::PRIVATE
        };
        // Id 0: RFC 8484 §4.1, RFC 9250 §4.2.1.
        let outgoing = Outgoing::new(key, 0, style);
        for last in [false, true] {
            let (session, fresh) = self.session().await?;
            match session.ask(&outgoing).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    self.forget(&session);
                    // A server may end an old session at any moment; a new one that ends at once
                    // says something.
                    if fresh || last {
                        return Err(error);
                    }
                }
            }
        }
        Err(SessionError::Mismatch)
    }

    /// Why none can be opened, if so.
    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.state).backoff.why().map(|why| why.to_string())
    }

    /// The open session, or one that is opened now, and whether it is such.
    async fn session(&self) -> Result<(Arc<Session>, bool), SessionError> {
        let (mut progress, fresh) = self.progress()?;
        let opened = progress.wait_for(Option::is_some).await;
        let opened = opened.ok().and_then(|opened| opened.clone());
        let session = opened
            .unwrap_or_else(|| Err(SessionError::Connect("opening it was interrupted".into())))?;
        Ok((session, fresh))
    }

    fn progress(&self) -> Result<(Progress, bool), SessionError> {
        let mut state = lock(&self.state);
        if let Some(progress) = &state.session {
            let dead = matches!(&*progress.borrow(), Some(Ok(session)) if session.is_dead());
            if !dead {
                return Ok((progress.clone(), false));
            }
        }
        if let Some(why) = state.backoff.holds() {
            return Err(SessionError::Connect(why));
        }
        let (done, progress) = watch::channel(None);
        state.session = Some(progress.clone());
        drop(state);
        let (peer, state) = (Arc::clone(&self.peer), Arc::clone(&self.state));
        tokio::spawn(open(peer, state, done));
        Ok((progress, true))
    }

    fn forget(&self, session: &Arc<Session>) {
        forget(&mut lock(&self.state), session);
    }
}

/// Drops the session, unless it is another one by now.
fn forget(state: &mut State, session: &Arc<Session>) {
    let same = state.session.as_ref().is_some_and(|progress| {
        matches!(&*progress.borrow(), Some(Ok(current)) if Arc::ptr_eq(current, session))
    });
    if same {
        state.session = None;
    }
}

/// Opens a session, tells those who wait, and drops it when it was idle for long.
async fn open(peer: Arc<Peer>, state: Arc<Mutex<State>>, done: watch::Sender<Option<Opened>>) {
    let opened = timeout(CONNECT, peer.open()).await;
    let failure = match opened {
        Ok(Ok(client)) => {
            lock(&state).backoff.succeeded();
            let session = Arc::new(Session {
                client,
                used: Mutex::new(Instant::now()),
                given_up: AtomicU32::new(0),
            });
            let _ = done.send(Some(Ok(Arc::clone(&session))));
            return session.expire(&state).await;
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    let mut state = lock(&state);
    let why = state.backoff.failed(failure);
    state.session = None;
    let _ = done.send(Some(Err(SessionError::Connect(why))));
}

impl Peer {
    async fn open(&self) -> Result<Client, NetError> {
        let name = Arc::clone(&self.name);
        match &self.kind {
            Kind::Https { path } => {
                let provider = TokioRuntimeProvider::new();
                let builder = HttpsClientStream::builder(Arc::clone(&self.tls), provider);
                let opened = builder.build(self.address, name, Arc::clone(path));
                Ok(Client::Https(opened.await?))
            }
            Kind::Quic => {
                let builder = QuicClientStream::builder().crypto_config((*self.tls).clone());
                Ok(Client::Quic(builder.build(self.address, name).await?))
            }
        }
    }
}

impl Session {
    async fn ask(&self, outgoing: &Outgoing) -> Result<Vec<u8>, SessionError> {
        *lock(&self.used) = Instant::now();
        let message = Message::from_vec(outgoing.bytes())
            .map_err(|error| SessionError::Exchange(NetError::from(error)))?;
        let request = DnsRequest::new(message, DnsRequestOptions::default());
        let mut answers = match self.client.clone() {
            Client::Https(mut client) => client.send_message(request),
            Client::Quic(mut client) => client.send_message(request),
        };
        let waiting = Waiting(&self.given_up);
        // hickory writes the names of questions into its own log.
        let answer = answers
            .next()
            .with_subscriber(tracing::Dispatch::none())
            .await
            .unwrap_or(Err(NetError::Timeout))
            .map_err(SessionError::Exchange)?;
        drop(waiting);
        self.given_up.store(0, Ordering::Relaxed);
        match outgoing.compare(answer.as_buffer()) {
            Match::Answer => Ok(answer.into_buffer()),
            Match::OtherCase | Match::Foreign => Err(SessionError::Mismatch),
        }
    }

    /// Whether it stayed silent so often that it cannot be counted on.
    fn is_dead(&self) -> bool {
        self.given_up.load(Ordering::Relaxed) >= GIVEN_UP
    }

    /// Waits until it was idle for long, and has it dropped.
    async fn expire(self: Arc<Self>, state: &Mutex<State>) {
        loop {
            let idle = lock(&self.used).elapsed();
            let Some(rest) = IDLE.checked_sub(idle).filter(|rest| !rest.is_zero()) else {
                return forget(&mut lock(state), &self);
            };
            sleep(rest).await;
        }
    }
}

/// A question under way; dropped without its answer, it was given up.
struct Waiting<'s>(&'s AtomicU32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one of these is held, and what they hold is whole either way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
