//! Looking names up from the root down, by hickory's recursor, which its authors call experimental.
//!
//! What is done about its known weaknesses:
//! - It loses the CNAMEs that lead to a negative answer; they are looked up one by one, for the
//!   client is owed them and a closed name may hide among them ([`chain_to`]).
//! - It takes NXDOMAIN of a name's parent for that of the name, which broken zones make wrong
//!   (hickory-dns #3833); it is told not to.
//! - It waits 5 s for a name server; its clock is shortened ([`Hurried`]).
//! - It keeps failures nowhere; ours are kept for a moment as any upstream's.
//! - It logs names at `warn`; nobody hears it.
//!
//! A look-up goes on for some seconds after its client was told to wait no more, so that the
//! second try finds an answer in the cache.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use std::{io, time};

use futures_util::future::{BoxFuture, FutureExt as _};
use hickory_net::runtime::{
    RuntimeProvider, Spawn, Time, TokioHandle, TokioRuntimeProvider, TokioTime,
};
use hickory_net::{DnsError, NetError, NoRecords};
use hickory_proto::dnssec::TrustAnchors;
use hickory_proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{Name as HickoryName, RData, Record, RecordType};
use hickory_resolver::ConnectionProvider;
use hickory_resolver::recursor::{
    DnssecConfig, DnssecPolicy, QNameMinimization, Recursor, RecursorError, RecursorOptions,
};
use tokio::time::{sleep, timeout};

use super::Failure;
use super::hickory::{Found, found_among, found_by, found_in, query_of, unheard};
use super::trust::bogus;
use crate::cache::Key;
use crate::language::Language;
use crate::wire::Ede;
use crate::wire::response::Reply;

/// The root servers, A to M (IANA, named.root of 2026-05-13; the last change was B in 2023).
pub(super) const ROOTS: [IpAddr; 13] = [
    IpAddr::V4(Ipv4Addr::new(198, 41, 0, 4)),
    IpAddr::V4(Ipv4Addr::new(170, 247, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(192, 33, 4, 12)),
    IpAddr::V4(Ipv4Addr::new(199, 7, 91, 13)),
    IpAddr::V4(Ipv4Addr::new(192, 203, 230, 10)),
    IpAddr::V4(Ipv4Addr::new(192, 5, 5, 241)),
    IpAddr::V4(Ipv4Addr::new(192, 112, 36, 4)),
    IpAddr::V4(Ipv4Addr::new(198, 97, 190, 53)),
    IpAddr::V4(Ipv4Addr::new(192, 36, 148, 17)),
    IpAddr::V4(Ipv4Addr::new(192, 58, 128, 30)),
    IpAddr::V4(Ipv4Addr::new(193, 0, 14, 129)),
    IpAddr::V4(Ipv4Addr::new(199, 7, 83, 42)),
    IpAddr::V4(Ipv4Addr::new(202, 12, 27, 33)),
];
/// How long a look-up may go on, whoever still waits for it.
pub(super) const LIMIT: Duration = Duration::from_secs(8);
/// How long the recursor waits for one name server.
const PATIENCE: Duration = Duration::from_millis(1200);
/// Answers of name servers it remembers, about a KiB each; whole answers are in our own cache.
const REMEMBERED: u64 = 8192;
/// Longest chain of CNAMEs that is looked up for a negative answer.
const CHAIN: usize = 16;
/// Look-ups that fail one after the other before the line itself is suspected.
const SUSPICIOUS: u32 = 4;
/// How often a line that is down is tried at first, and how often at last.
const WATCH: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// Looks names up.
pub(super) struct Recursion {
    /// The one that validates, unless that is switched off.
    validating: Option<Box<dyn Recurse>>,
    plain: Box<dyn Recurse>,
    language: Language,
    failures: AtomicU32,
    down: AtomicBool,
    watched: AtomicBool,
}

/// A recursor over whatever network it is given.
trait Recurse: Send + Sync {
    fn resolve(
        &self,
        query: Query,
        dnssec_ok: bool,
    ) -> BoxFuture<'_, Result<Message, RecursorError>>;
}

impl<P: ConnectionProvider> Recurse for Recursor<P> {
    fn resolve(
        &self,
        query: Query,
        dnssec_ok: bool,
    ) -> BoxFuture<'_, Result<Message, RecursorError>> {
        Self::resolve(self, query, time::Instant::now(), dnssec_ok).boxed()
    }
}

/// The network under a recursor, and what is the same everywhere on it.
pub(super) struct World<P> {
    pub(super) roots: Vec<IpAddr>,
    pub(super) anchors: Arc<TrustAnchors>,
    /// Servers in networks that are asked although they are private.
    pub(super) inside: Vec<IpAddr>,
    pub(super) provider: P,
}

impl World<Hurried> {
    /// The Internet.
    pub(super) fn internet() -> Self {
        Self {
            roots: ROOTS.to_vec(),
            anchors: Arc::new(TrustAnchors::default()),
            inside: Vec::new(),
            provider: Hurried::default(),
        }
    }
}

impl Recursion {
    /// A recursion that validates or not.
    ///
    /// # Errors
    /// What hickory says of its own settings.
    pub(super) fn new<P: ConnectionProvider>(
        world: &World<P>,
        validate: bool,
        language: Language,
    ) -> Result<Self, RecursorError> {
        let recursor = |policy| -> Result<Box<dyn Recurse>, RecursorError> {
            let options = RecursorOptions {
                response_cache_size: REMEMBERED,
                case_randomization: false,
                edns_payload_len: crate::wire::UDP_PAYLOAD,
                qname_minimization: QNameMinimization::Relaxed,
                allow_server: world.inside.iter().copied().map(Into::into).collect(),
                ..RecursorOptions::default()
            };
            let provider = world.provider.clone();
            let recursor = Recursor::new(&world.roots, policy, None, options, provider)?;
            Ok(Box::new(recursor))
        };
        let mut config = DnssecConfig::default();
        config.trust_anchor = Some(Arc::clone(&world.anchors));
        let policy = DnssecPolicy::ValidateWithStaticKey(config);
        Ok(Self {
            validating: validate.then(|| recursor(policy)).transpose()?,
            plain: recursor(DnssecPolicy::ValidationDisabled)?,
            language,
            failures: AtomicU32::new(0),
            down: AtomicBool::new(false),
            watched: AtomicBool::new(false),
        })
    }

    /// Whether not even the root servers answer.
    pub(super) fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// Looks a name up; `validate` says whether signatures can and should be looked at. What
    /// cannot be resolved is a reply, too: a failure that is kept for a moment.
    ///
    /// # Errors
    /// [`Failure::Timeout`], [`Failure::Network`].
    pub(super) async fn resolve(
        self: &Arc<Self>,
        key: &Key,
        validate: bool,
        max_ttl: u32,
    ) -> Result<Reply, Failure> {
        let validating = self.validating.as_deref().filter(|_| validate);
        let recursor = validating.unwrap_or(&*self.plain);
        let outcome = timeout(LIMIT, unheard(look_up(recursor, key))).await;
        self.note(matches!(outcome, Ok(Ok(_))));
        match outcome {
            Err(_) => Err(Failure::Timeout),
            Ok(Err(_)) => Ok(unresolved(key, self.language)),
            Ok(Ok((message, found))) => match found {
                Found::Bogus if validating.is_some() => Ok(bogus(key, self.language)),
                Found::Secure { ttl } if validating.is_some() => {
                    written(key, message, max_ttl.min(ttl)).map(|reply| reply.with_authentic(true))
                }
                _ => written(key, message, max_ttl),
            },
        }
    }

    /// Notes how a look-up went, and has the line watched when too many failed.
    fn note(self: &Arc<Self>, resolved: bool) {
        if resolved {
            self.failures.store(0, Ordering::Relaxed);
            return;
        }
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if failures >= SUSPICIOUS && !self.watched.swap(true, Ordering::Relaxed) {
            tokio::spawn(Arc::clone(self).watch());
        }
    }

    /// Tries the root servers until they answer.
    async fn watch(self: Arc<Self>) {
        let mut pause = WATCH.0;
        while !self.reaches_the_root().await {
            if !self.down.swap(true, Ordering::Relaxed) {
                tracing::warn!("no root server answers; blocked, local and cached names still are");
            }
            sleep(pause).await;
            pause = (pause * 2).min(WATCH.1);
        }
        if self.down.swap(false, Ordering::Relaxed) {
            tracing::info!("the root servers answer again");
        }
        self.failures.store(0, Ordering::Relaxed);
        self.watched.store(false, Ordering::Relaxed);
    }

    /// Looks up a top-level domain that does not exist: nothing remembered can answer for it.
    async fn reaches_the_root(&self) -> bool {
        let label = format!("lachan-{:016x}.", rand::random::<u64>());
        let Ok(name) = HickoryName::from_ascii(&label) else {
            return false;
        };
        let query = Query::query(name, RecordType::NS);
        let outcome = timeout(LIMIT, unheard(self.plain.resolve(query, false))).await;
        match outcome {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => negative(error).is_ok(),
            Err(_) => false,
        }
    }
}

/// Looks a name up, positive or negative.
async fn look_up(recursor: &dyn Recurse, key: &Key) -> Result<(Message, Found), RecursorError> {
    let query = query_of(&key.name, key.qtype);
    let error = match recursor.resolve(query.clone(), key.dnssec_ok).await {
        Ok(message) => {
            let found = found_in(&message);
            return Ok((message, found));
        }
        Err(error) => error,
    };
    let (mut message, end, mut found) = negative(error)?;
    if end != query.name {
        let chain = chain_to(recursor, query.name, &end, key.dnssec_ok).await?;
        if !matches!(found_among(chain.iter()), Found::Secure { .. }) && found != Found::Bogus {
            found = Found::Insecure;
        }
        message.answers = chain;
    }
    Ok((message, found))
}

/// The negative answer in an error, the name it is about, and what its proofs come to.
fn negative(error: RecursorError) -> Result<(Message, HickoryName, Found), RecursorError> {
    let no_records: NoRecords = match error {
        RecursorError::Negative(data) => data.into(),
        RecursorError::Net(NetError::Dns(DnsError::NoRecordsFound(no_records))) => no_records,
        RecursorError::Net(error @ NetError::Dns(DnsError::Nsec { .. })) => {
            let found = found_by(&error);
            let NetError::Dns(DnsError::Nsec {
                query, response, ..
            }) = error
            else {
                return Err(error.into());
            };
            return Ok((response.into_message(), query.name, found));
        }
        error => return Err(error),
    };
    let mut message = Message::query();
    message.metadata.response_code = no_records.response_code;
    let soa = no_records.soa.map(|soa| soa.into_record_of_rdata());
    let others = no_records.authorities.iter().flat_map(|all| all.iter());
    let others = others
        .filter(|record| Some(*record) != soa.as_ref())
        .cloned();
    let others: Vec<Record> = others.collect();
    message.authorities = soa.into_iter().chain(others).collect();
    let found = found_among(message.authorities.iter());
    Ok((message, no_records.query.name, found))
}

/// The CNAMEs from one name to another, each looked up by itself.
async fn chain_to(
    recursor: &dyn Recurse,
    from: HickoryName,
    to: &HickoryName,
    dnssec_ok: bool,
) -> Result<Vec<Record>, RecursorError> {
    let (mut chain, mut name) = (Vec::new(), from);
    for _ in 0..CHAIN {
        if name == *to {
            return Ok(chain);
        }
        let query = Query::query(name.clone(), RecordType::CNAME);
        let answer = recursor.resolve(query, dnssec_ok).await?;
        let next = answer.answers.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == name => Some(target.0.clone()),
            _ => None,
        });
        chain.extend(answer.answers);
        let Some(next) = next else {
            break;
        };
        name = next;
    }
    Err(RecursorError::Message(
        "the chain of CNAMEs does not lead to the answer",
    ))
}

/// The reply for a client, of what was found.
fn written(key: &Key, found: Message, max_ttl: u32) -> Result<Reply, Failure> {
    let mut message = Message::query();
    message.metadata.message_type = MessageType::Response;
    message.metadata.response_code = match found.metadata.response_code {
        ResponseCode::NXDomain => ResponseCode::NXDomain,
        _ => ResponseCode::NoError,
    };
    message.add_query(query_of(&key.name, key.qtype));
    message.answers = found.answers;
    message.authorities = found.authorities;
    let message = message.maybe_strip_dnssec_records(key.dnssec_ok);
    let bytes = message.to_vec().map_err(|_| Failure::Network)?;
    Reply::keep(&bytes, max_ttl).map_err(|_| Failure::Unusable)
}

fn unresolved(key: &Key, language: Language) -> Reply {
    let why = language.of(
        "Lá Chắn: không hỏi được máy chủ của tên miền này",
        "Lá Chắn: the servers of this domain cannot be asked",
    );
    Reply::failure(&key.name, key.qtype, &Ede::new(Ede::UNREACHABLE, why))
}

/// tokio for hickory, with less patience and no log.
#[derive(Clone, Default)]
pub(super) struct Hurried(TokioRuntimeProvider);

/// Its tasks.
#[derive(Clone)]
pub(super) struct Unheard(TokioHandle);

/// Its clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hasty;

impl RuntimeProvider for Hurried {
    type Handle = Unheard;
    type Timer = Hasty;
    type Udp = <TokioRuntimeProvider as RuntimeProvider>::Udp;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        Unheard(self.0.create_handle())
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        bind: Option<SocketAddr>,
        limit: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Tcp>>>> {
        let limit = limit.unwrap_or(PATIENCE).min(PATIENCE);
        self.0.connect_tcp(server, bind, Some(limit))
    }

    fn bind_udp(
        &self,
        local: SocketAddr,
        server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Udp>>>> {
        self.0.bind_udp(local, server)
    }
}

impl Spawn for Unheard {
    fn spawn_bg(&mut self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn_bg(unheard(future));
    }
}

#[async_trait::async_trait]
impl Time for Hasty {
    async fn delay_for(duration: Duration) {
        TokioTime::delay_for(duration.min(PATIENCE)).await;
    }

    async fn timeout<F: 'static + Future + Send>(
        duration: Duration,
        future: F,
    ) -> Result<F::Output, io::Error> {
        TokioTime::timeout(duration.min(PATIENCE), future).await
    }
}
