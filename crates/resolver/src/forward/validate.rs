//! DNSSEC validation of what upstreams answer, by hickory's validator.
//!
//! ```text
//!  answer ─► signed? ─ yes ─► hickory checks each set of records ─┐
//!              │ no                                               ├─► secure, insecure, bogus
//!              └─► is its zone proven to be unsigned? ────────────┘
//!                        │ DNSKEY, DS, NS: `Chain`, which asks the same upstreams and remembers
//! ```
//!
//! The message that a client gets is the upstream's own; hickory only judges it. Most answers are
//! unsigned, so that case is settled without taking the message apart: from the top-level domain
//! down it is found out once which zone is the unsigned one, and remembered for a while.
//!
//! With the clock not set, no signature is in its time, and nothing is validated (the caller sees
//! to it). Whoever validates needs an upstream that passes signatures on; [`Validator::is_served`]
//! finds out whether it does.

use std::collections::HashMap;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{Stream, StreamExt as _, once};
use hickory_net::NetError;
use hickory_net::dnssec::DnssecDnsHandle;
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::xfer::{DnsHandle, FirstAnswer as _};
use hickory_proto::dnssec::TrustAnchors;
use hickory_proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Message, MessageType, Query};
use hickory_proto::rr::rdata::{NS, NULL};
use hickory_proto::rr::{Name as HickoryName, RData, Record, RecordType};
use lachan_policy::Name;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::group::{Group, Questions};
use super::hickory::{Found, found_by, found_in, name_from, name_of, query_of, unheard};
use crate::cache::Key;
use crate::wire::response::Reply;
use crate::wire::rtype;

/// How long one question of the validator may take.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long it is believed that a zone is unsigned, or is no unsigned one.
const ZONE_KEPT: Duration = Duration::from_secs(900);
/// Zones remembered.
const ZONES: usize = 4096;
/// Answers to the validator's own questions remembered, and for how long at most.
const LINKS: usize = 1024;
const LINK_KEPT: Duration = Duration::from_secs(3600);
/// Labels of a name looked at for an unsigned zone; delegations end long before.
const DEPTH: usize = 16;
/// A type nobody uses (RFC 6895 §3.1, private use): the record that stands for "anything unsigned".
const ANYTHING: u16 = 65_399;

/// The validator.
pub(super) struct Validator {
    handle: DnssecDnsHandle<Chain>,
    chain: Chain,
    zones: Mutex<Kept<Name, bool>>,
}

impl Validator {
    /// A validator that asks these upstreams for keys and trusts these anchors.
    pub(super) fn new(group: Arc<Group>, anchors: Arc<TrustAnchors>) -> Self {
        let chain = Chain(Arc::new(Links {
            group,
            kept: Mutex::new(Kept::new(LINKS)),
            failures: AtomicU64::new(0),
        }));
        Self {
            handle: DnssecDnsHandle::with_trust_anchor(chain.clone(), anchors),
            chain,
            zones: Mutex::new(Kept::new(ZONES)),
        }
    }

    /// Judges an upstream's answer to a question that was asked with DO.
    pub(super) async fn judge(&self, key: &Key, bytes: &[u8], reply: &Reply) -> Found {
        let failures = self.chain.0.failures.load(Ordering::Relaxed);
        let found = if reply.has_record(rtype::RRSIG) {
            unheard(self.verify(key, bytes)).await
        } else {
            unheard(self.is_unsigned(key, reply)).await
        };
        // hickory takes a question that nobody answered for a proof that is missing.
        let failed = self.chain.0.failures.load(Ordering::Relaxed) != failures;
        match found {
            Found::Bogus if failed => Found::Unknown,
            found => found,
        }
    }

    /// Whether the upstreams pass on what validation needs: the root's SOA record, signed, and the
    /// keys to it.
    pub(super) async fn is_served(&self) -> bool {
        let root = |kind| (HickoryName::root(), kind);
        for kind in [RecordType::SOA, RecordType::DNSKEY] {
            lock(&self.chain.0.kept).forget(&root(kind));
        }
        let query = Query::query(HickoryName::root(), RecordType::SOA);
        let answer = self.handle.lookup(query, DnsRequestOptions::default());
        let answer = unheard(answer.first_answer()).await;
        answer.is_ok_and(|answer| matches!(found_in(&answer), Found::Secure { .. }))
    }

    /// Has hickory check a signed answer. A request that is itself an answer is its own answer to
    /// [`Chain`].
    async fn verify(&self, key: &Key, bytes: &[u8]) -> Found {
        let Ok(mut message) = Message::from_vec(bytes) else {
            return Found::Unknown;
        };
        message.queries = vec![query_of(&key.name, key.qtype)];
        message.edns = None;
        let request = DnsRequest::new(message, DnsRequestOptions::default());
        match self.handle.send(request).first_answer().await {
            Ok(answer) => found_in(&answer),
            Err(error) => found_by(&error),
        }
    }

    /// Whether all names of an unsigned answer lie in unsigned zones.
    async fn is_unsigned(&self, key: &Key, reply: &Reply) -> Found {
        for name in std::iter::once(key.name).chain(reply.view().chain()) {
            match self.zone_of(&name).await {
                Found::Insecure => {}
                other => return other,
            }
        }
        Found::Insecure
    }

    /// From the top-level domain down: the first zone that is proven unsigned settles it, for all
    /// below it is unsigned, too.
    async fn zone_of(&self, name: &Name) -> Found {
        let mut starts: Vec<usize> = name.suffixes().collect();
        starts.sort_unstable_by(|a, b| b.cmp(a));
        for start in starts.into_iter().take(DEPTH) {
            let zone = name.suffix(start);
            if zone.is_root() {
                continue;
            }
            let known = lock(&self.zones).find(&zone);
            let unsigned = match known {
                Some(unsigned) => unsigned,
                None => self.prove_unsigned(&zone).await,
            };
            if unsigned {
                return Found::Insecure;
            }
        }
        Found::Bogus
    }

    /// Lets hickory look for the proof that a zone is unsigned, by giving it an unsigned record of
    /// the zone. What it finds out is kept, unless a question failed meanwhile.
    async fn prove_unsigned(&self, zone: &Name) -> bool {
        let failures = self.chain.0.failures.load(Ordering::Relaxed);
        let mut message = Message::query();
        message.metadata.message_type = MessageType::Response;
        message.add_query(query_of(zone, ANYTHING));
        let data = RData::Unknown {
            code: RecordType::from(ANYTHING),
            rdata: NULL::new(),
        };
        message.add_answer(Record::from_rdata(name_of(zone), 0, data));
        let request = DnsRequest::new(message, zone_cut());
        let unsigned = match self.handle.send(request).first_answer().await {
            Ok(answer) => found_in(&answer) == Found::Insecure,
            Err(_) => false,
        };
        if unsigned || self.chain.0.failures.load(Ordering::Relaxed) == failures {
            lock(&self.zones).keep(*zone, unsigned, ZONE_KEPT);
        }
        unsigned
    }
}

/// Options that mark a question about a name taken for the apex of a zone: [`Chain`] says so
/// itself where hickory asks for its NS records. Where it is none, there is no proof either that
/// it is unsigned, and the next label is tried.
fn zone_cut() -> DnsRequestOptions {
    let mut options = DnsRequestOptions::default();
    options.recursion_desired = false;
    options
}

/// Answers the validator's own questions, each asked once.
#[derive(Clone)]
struct Chain(Arc<Links>);

/// A question of the validator's, its name in lower case.
type Asked = (HickoryName, RecordType);

struct Links {
    group: Arc<Group>,
    kept: Mutex<Kept<Asked, Arc<OnceCell<Link>>>>,
    /// Questions that nobody answered.
    failures: AtomicU64,
}

/// An answer, and until when it holds.
struct Link {
    answer: DnsResponse,
    until: Instant,
}

impl DnsHandle for Chain {
    type Response = Pin<Box<dyn Stream<Item = Result<DnsResponse, NetError>> + Send>>;
    type Runtime = TokioRuntimeProvider;

    fn send(&self, request: DnsRequest) -> Self::Response {
        let (links, assumed) = (Arc::clone(&self.0), !request.options().recursion_desired);
        once(async move {
            if request.metadata.message_type == MessageType::Response {
                return Ok(DnsResponse::from_message(request.into_parts().0)?);
            }
            let query = request.queries.first().cloned().ok_or("no question")?;
            if assumed && query.query_type() == RecordType::NS {
                return assume_cut(query);
            }
            links.find(&query).await
        })
        .boxed()
    }
}

/// The answer that a name is the apex of a zone.
fn assume_cut(query: Query) -> Result<DnsResponse, NetError> {
    let mut message = Message::query();
    let data = RData::NS(NS(HickoryName::root()));
    message.add_answer(Record::from_rdata(query.name().clone(), 0, data));
    message.add_query(query);
    message.metadata.message_type = MessageType::Response;
    Ok(DnsResponse::from_message(message)?)
}

impl Links {
    async fn find(&self, query: &Query) -> Result<DnsResponse, NetError> {
        let key = (query.name().to_lowercase(), query.query_type());
        for _ in 0..2 {
            let cell = {
                let mut kept = lock(&self.kept);
                match kept.find(&key) {
                    Some(cell) => cell,
                    None => kept.keep(key.clone(), Arc::default(), LINK_KEPT),
                }
            };
            let link = cell.get_or_try_init(|| self.ask(query)).await?;
            if Instant::now() < link.until {
                return Ok(link.answer.clone());
            }
            lock(&self.kept).forget(&key);
        }
        Err(NetError::Timeout)
    }

    /// Asks the upstreams, wanting what may be bogus: that is for us to find out.
    async fn ask(&self, query: &Query) -> Result<Link, NetError> {
        let asked = async {
            let name = name_from(query.name()).ok_or(NetError::Message("no such name"))?;
            let key = Key {
                name,
                qtype: query.query_type().into(),
                dnssec_ok: true,
                checking_disabled: true,
                keeps_ech: false,
            };
            let deadline = Instant::now() + PATIENCE;
            let heard = self.group.ask(&Questions::same(key), deadline).await;
            let heard = heard.map_err(|_| NetError::Timeout)?;
            Ok(DnsResponse::from_buffer(heard.bytes)?)
        };
        let asked: Result<DnsResponse, NetError> = timeout(PATIENCE, asked)
            .await
            .unwrap_or(Err(NetError::Timeout));
        asked
            .map(|answer| Link {
                until: Instant::now() + lifetime(&answer),
                answer,
            })
            .inspect_err(|_| {
                self.failures.fetch_add(1, Ordering::Relaxed);
            })
    }
}

/// How long an answer holds; an instant at least, for the one who asked.
fn lifetime(answer: &DnsResponse) -> Duration {
    let lowest = answer
        .answers
        .iter()
        .chain(&answer.authorities)
        .map(|record| record.ttl);
    let lowest = lowest.chain(answer.negative_ttl()).min().unwrap_or(0);
    Duration::from_secs(lowest.max(1).into()).min(LINK_KEPT)
}

/// A bounded memory with ends. When it is full, the half that ends first goes.
struct Kept<K, V> {
    most: usize,
    entries: HashMap<K, (V, Instant)>,
}

impl<K: Eq + Hash + Clone, V: Clone> Kept<K, V> {
    fn new(most: usize) -> Self {
        Self {
            most,
            entries: HashMap::new(),
        }
    }

    fn find(&self, key: &K) -> Option<V> {
        let (value, until) = self.entries.get(key)?;
        (Instant::now() < *until).then(|| value.clone())
    }

    fn keep(&mut self, key: K, value: V, kept: Duration) -> V {
        if self.entries.len() >= self.most {
            let mut ends: Vec<Instant> = self.entries.values().map(|(_, until)| *until).collect();
            ends.sort_unstable();
            let middle = ends.get(ends.len() / 2).copied();
            self.entries
                .retain(|_, (_, until)| middle.is_some_and(|middle| *until > middle));
        }
        let until = Instant::now() + kept;
        self.entries.insert(key, (value.clone(), until));
        value
    }

    fn forget(&mut self, key: &K) {
        self.entries.remove(key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one of these is held, and what they hold is whole either way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
