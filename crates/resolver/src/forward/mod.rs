//! Forwarding: a question that nobody here can answer, to whoever can.
//!
//! ```text
//!  question ─► same one under way? ─► wait for it
//!                   │ no
//!                   ▼
//!             admission (max_misses) ─► whose domain? ─► upstreams of that domain ──┐
//!                                            │ nobody's                             ▼
//!                                            ├─► upstreams ─► trust, validation ─► rebind ─► cache
//!                                            └─► or the root servers ───────────────┘
//! ```
//!
//! Only this waits for the network, and only this is bounded. The forwarder knows questions and
//! answers; clients, groups and policy it does not see.
//!
//! | file | its one job |
//! |---|---|
//! | `group` | which of several upstreams is asked when: order, hedging, the line that is down |
//! | `server` | one upstream: the way to it, its health (`health`), its quirks (`quirk`) |
//! | `udp`, `stream`, `session` | the ways: datagrams; TCP and TLS; HTTPS and QUIC |
//! | `question` | the question as it goes out, and what answers it |
//! | `trust`, `validate`, `wildcard` | who vouches for an answer; DNSSEC |
//! | `recurse` | looking names up from the root down |
//! | `rebind` | inside addresses for outside names |
//! | `probe` | one question to one upstream, for `doctor` |

mod backoff;
mod group;
mod health;
mod hickory;
mod probe;
mod question;
mod quirk;
mod rebind;
mod recurse;
mod server;
mod session;
mod stream;
mod tls;
mod trust;
mod udp;
mod validate;
mod wildcard;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hickory_resolver::ConnectionProvider;
use lachan_policy::Name;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout};

use crate::cache::{Cache, Key};
use crate::events::Clock;
use crate::language::Language;
use crate::latency::{Histogram, Snapshot};
use crate::settings::Settings;
use crate::upstream::{Dnssec, Mode};
use crate::wire::Ede;
use crate::wire::response::Reply;
use group::{Group, Questions};
pub use health::{UpstreamHealth, UpstreamState};
pub use probe::{Probed, probe};
use rebind::Rebind;
use recurse::{Recursion, World};
use server::Common;
use tls::Tls;
use trust::Trust;
use udp::Limits;
use validate::Validator;

/// Clients that may wait for each question under way: a bound on memory when a whole school asks
/// the same thing while the line is down.
const WAITERS_PER_MISS: usize = 16;

/// Why a question got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Too many questions are under way already.
    Busy,
    /// There is nobody to ask.
    NoUpstream,
    /// Nobody answered in time.
    Timeout,
    /// The network refused, or what came could not be read.
    Network,
    /// The upstreams answered that they could not find out.
    Upstream,
    /// What an upstream answered cannot be used: it cannot be read, or leads through more names
    /// than are followed.
    Unusable,
}

impl Failure {
    /// The Extended DNS Error that tells the client.
    pub(crate) fn ede(self, language: Language) -> Ede {
        let (code, vi, en) = match self {
            Self::Busy => (
                Ede::NETWORK,
                "Lá Chắn: quá nhiều câu hỏi đang chờ, thử lại sau",
                "Lá Chắn: too many questions wait already, try again later",
            ),
            Self::NoUpstream => (
                Ede::NETWORK,
                "Lá Chắn: chưa khai báo máy chủ DNS phía trên",
                "Lá Chắn: no upstream is set",
            ),
            Self::Timeout => (
                Ede::UNREACHABLE,
                "Lá Chắn: máy chủ DNS phía trên không trả lời",
                "Lá Chắn: the upstreams do not answer",
            ),
            Self::Network => (
                Ede::NETWORK,
                "Lá Chắn: không nối được máy chủ DNS phía trên",
                "Lá Chắn: the upstreams cannot be reached",
            ),
            Self::Unusable => (
                Ede::OTHER,
                "Lá Chắn: câu trả lời của máy chủ DNS phía trên không dùng được",
                "Lá Chắn: the answer of the upstream cannot be used",
            ),
            Self::Upstream => (
                Ede::UNREACHABLE,
                "Lá Chắn: máy chủ DNS phía trên không tìm được câu trả lời",
                "Lá Chắn: the upstreams found no answer",
            ),
        };
        Ede::new(code, language.of(vi, en))
    }
}

type Outcome = Result<Arc<Reply>, Failure>;
type Progress = watch::Receiver<Option<Outcome>>;

/// The forwarder. Cheap to clone: clones share everything.
#[derive(Clone)]
pub(crate) struct Forwarder {
    shared: Arc<Shared>,
}

struct Shared {
    zones: HashMap<Name, Arc<Group>>,
    source: Source,
    trust: Trust,
    rebind: Rebind,
    limits: Arc<Limits>,
    cache: Arc<Cache>,
    clock: Arc<dyn Clock>,
    under_way: Mutex<HashMap<Key, Progress>>,
    misses: Arc<Semaphore>,
    waiters: Semaphore,
    total_timeout: Duration,
    max_ttl: u32,
    /// The least TTL of data that nobody signed; never above `max_ttl`.
    min_ttl: u32,
    /// How long answers of upstreams took, each with all it needed.
    round_trips: Histogram,
    /// Answers that came with keys of Encrypted Client Hello, and go on without.
    without_ech: AtomicU64,
}

/// Who is asked about names of no particular domain.
enum Source {
    Upstreams(Arc<Group>),
    Root(Arc<Recursion>),
}

impl Forwarder {
    pub(crate) fn new(settings: &Settings, cache: Arc<Cache>, clock: Arc<dyn Clock>) -> Self {
        Self::within(&World::internet(), settings, cache, clock)
    }

    /// A forwarder in a world of its own: the Internet, or one that a test has made.
    fn within<P: ConnectionProvider>(
        world: &World<P>,
        settings: &Settings,
        cache: Arc<Cache>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let forwarding = &settings.forwarding;
        let limits = Arc::new(Limits::new(forwarding.max_sockets));
        let common = Common {
            limits: Arc::clone(&limits),
            tls: Tls::new(&forwarding.tls_roots, Arc::clone(&clock)),
            started: Instant::now(),
        };
        let group = |domain, upstreams: &[_]| {
            let patience = settings.upstream_timeout;
            Arc::new(Group::new(domain, upstreams, patience, &common))
        };
        let zones = forwarding.zones.iter();
        let zones = zones.map(|zone| (zone.domain, group(Some(zone.domain), &zone.upstreams)));
        let upstreams = group(None, &settings.upstreams);
        let anchors = Arc::clone(&world.anchors);
        let language = settings.school.language;
        let trust = Trust::new(forwarding, language, Arc::clone(&clock), || {
            Validator::new(Arc::clone(&upstreams), anchors)
        });
        let misses = settings.max_misses.min(Semaphore::MAX_PERMITS);
        let waiters = misses
            .saturating_mul(WAITERS_PER_MISS)
            .min(Semaphore::MAX_PERMITS);
        let shared = Shared {
            zones: zones.collect(),
            source: Source::new(world, settings, &upstreams),
            trust,
            rebind: Rebind::new(
                forwarding.rebind_protection,
                &forwarding.rebind_allow,
                language,
            ),
            limits,
            cache,
            clock,
            under_way: Mutex::default(),
            misses: Arc::new(Semaphore::new(misses)),
            waiters: Semaphore::new(waiters),
            total_timeout: settings.total_timeout,
            max_ttl: seconds(settings.max_ttl),
            min_ttl: seconds(settings.min_ttl.min(settings.max_ttl)),
            round_trips: Histogram::default(),
            without_ech: AtomicU64::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Asks whoever knows. Waits at most the total time limit, and not at all when too many
    /// questions are under way. The answer is in the cache before it is returned.
    ///
    /// # Errors
    /// [`Failure`]. An upstream's own failure (SERVFAIL, and REFUSED as such) is an answer.
    pub(crate) async fn ask(&self, key: &Key) -> Outcome {
        let shared = &self.shared;
        if !shared.has_anybody_to_ask(key) {
            return Err(Failure::NoUpstream);
        }
        let _waiter = shared.waiters.try_acquire().map_err(|_| Failure::Busy)?;
        let mut progress = self.join(key)?;
        let outcome = progress.wait_for(Option::is_some);
        let outcome = match shared.source {
            // A group keeps the limit by itself.
            Source::Upstreams(_) => outcome.await,
            Source::Root(_) => timeout(shared.total_timeout, outcome)
                .await
                .map_err(|_| Failure::Timeout)?,
        };
        // The sender gone without a word means its task died; that is no answer either.
        outcome
            .ok()
            .and_then(|outcome| outcome.clone())
            .unwrap_or(Err(Failure::Network))
    }

    /// Has a question asked for the cache alone; nobody waits for the answer.
    pub(crate) fn refresh(&self, key: &Key) {
        if self.shared.has_anybody_to_ask(key) {
            // With too many under way, those that somebody waits for go first.
            let _ = self.join(key);
        }
    }

    /// The progress of this question: the one under way, or a new one.
    ///
    /// A new one runs as a task of its own, so that it does not end with the client that happened
    /// to ask first.
    fn join(&self, key: &Key) -> Result<Progress, Failure> {
        let mut under_way = self.shared.under_way();
        if let Some(progress) = under_way.get(key) {
            return Ok(progress.clone());
        }
        let permit = Arc::clone(&self.shared.misses)
            .try_acquire_owned()
            .map_err(|_| Failure::Busy)?;
        let (done, progress) = watch::channel(None);
        under_way.insert(*key, progress.clone());
        drop(under_way);
        let miss = Miss {
            shared: Arc::clone(&self.shared),
            key: *key,
            _permit: permit,
        };
        tokio::spawn(async move {
            let outcome = miss.run().await;
            // Sent while the question still stands among those under way: whoever comes later
            // finds it in the cache.
            let _ = done.send(Some(outcome));
        });
        Ok(progress)
    }

    /// How long upstreams took to answer.
    pub(crate) fn round_trips(&self) -> Snapshot {
        self.shared.round_trips.read()
    }

    /// How many questions are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.shared.under_way().len()
    }

    /// Whether nobody who could be asked answers, as far as is known: what is stale in the cache
    /// may then be given at once. Upstreams of single domains do not count.
    pub(crate) fn is_down(&self) -> bool {
        match &self.shared.source {
            Source::Upstreams(group) => group.is_down(),
            Source::Root(recursion) => recursion.is_down(),
        }
    }

    /// How each upstream does.
    pub(crate) fn upstreams(&self) -> Vec<UpstreamHealth> {
        let general = match &self.shared.source {
            Source::Upstreams(group) => Some(group),
            Source::Root(_) => None,
        };
        let mut zones: Vec<_> = self.shared.zones.values().collect();
        zones.sort_by_cached_key(|group| group.domain());
        let groups = general.into_iter().chain(zones);
        groups.flat_map(|group| group.tell()).collect()
    }

    /// Answers of upstreams whose keys of Encrypted Client Hello were taken out.
    pub(crate) fn answers_without_ech(&self) -> u64 {
        self.shared.without_ech.load(Ordering::Relaxed)
    }

    /// Datagrams from upstreams' addresses that fitted no question: late or forged.
    pub(crate) fn stray_answers(&self) -> u64 {
        self.shared.limits.stray()
    }
}

impl Source {
    fn new<P: ConnectionProvider>(
        world: &World<P>,
        settings: &Settings,
        upstreams: &Arc<Group>,
    ) -> Self {
        let forwarding = &settings.forwarding;
        if forwarding.mode == Mode::Forward {
            return Self::Upstreams(Arc::clone(upstreams));
        }
        match Recursion::new(
            world,
            forwarding.dnssec != Dnssec::Off,
            settings.school.language,
        ) {
            Ok(recursion) => Self::Root(Arc::new(recursion)),
            Err(error) => {
                tracing::error!(%error, "recursion cannot be set up; upstreams are asked instead");
                Self::Upstreams(Arc::clone(upstreams))
            }
        }
    }
}

impl Shared {
    fn under_way(&self) -> MutexGuard<'_, HashMap<Key, Progress>> {
        // Nothing panics between taking and giving back, and a map is whole either way.
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn has_anybody_to_ask(&self, key: &Key) -> bool {
        match &self.source {
            Source::Upstreams(group) => !group.is_empty() || self.zone_of(&key.name).is_some(),
            Source::Root(_) => true,
        }
    }

    /// The upstreams of the longest domain that a name is in.
    fn zone_of(&self, name: &Name) -> Option<&Arc<Group>> {
        if self.zones.is_empty() {
            return None;
        }
        let mut suffixes = name.suffixes();
        suffixes.find_map(|start| self.zones.get(&name.suffix(start)))
    }
}

/// One question under way. Dropping it, however that happens, takes it off the list.
struct Miss {
    shared: Arc<Shared>,
    key: Key,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Miss {
    fn drop(&mut self) {
        self.shared.under_way().remove(&self.key);
    }
}

impl Miss {
    async fn run(&self) -> Outcome {
        let Self { shared, key, .. } = self;
        let asked = Instant::now();
        let reply = Arc::new(self.find().await?);
        shared.round_trips.record(asked.elapsed());
        shared.cache.put(key, &reply, shared.clock.seconds());
        Ok(reply)
    }

    /// What is kept and given of the answer: without the keys of Encrypted Client Hello, unless they
    /// are wanted. They are taken out last, when signatures have been checked.
    async fn find(&self) -> Result<Reply, Failure> {
        let reply = self.heard().await?;
        let reply = reply.refusal_as_failure(refused());
        let reply = if self.key.keeps_ech {
            reply
        } else {
            self.without_ech(reply)?
        };
        Ok(reply.at_least(self.shared.min_ttl))
    }

    fn without_ech(&self, reply: Reply) -> Result<Reply, Failure> {
        let bare = reply.without_ech(self.shared.max_ttl);
        let Some(bare) = bare.map_err(|_| Failure::Unusable)? else {
            return Ok(reply);
        };
        self.shared.without_ech.fetch_add(1, Ordering::Relaxed);
        Ok(bare)
    }

    async fn heard(&self) -> Result<Reply, Failure> {
        let Self { shared, key, .. } = self;
        let deadline = Instant::now() + shared.total_timeout;
        if let Some(group) = shared.zone_of(&key.name) {
            let heard = group.ask(&Questions::same(*key), deadline).await?;
            return Reply::keep(&heard.bytes, shared.max_ttl).map_err(|_| Failure::Unusable);
        }
        let reply = match &shared.source {
            Source::Upstreams(group) => {
                let plan = shared.trust.plan(key);
                let heard = group.ask(&plan.questions, deadline).await?;
                let trust = &shared.trust;
                trust
                    .conclude(key, &plan, &heard, shared.max_ttl, deadline)
                    .await?
            }
            Source::Root(recursion) => {
                let validate = shared.trust.looks_at(key);
                Box::pin(recursion.resolve(key, validate, shared.max_ttl)).await?
            }
        };
        let refused = shared.rebind.refuse(&key.name, key.qtype, &reply);
        Ok(refused.unwrap_or(reply))
    }
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

/// That the upstreams answered, but would not.
fn refused() -> Ede {
    Ede::new(
        Ede::UNREACHABLE,
        "Lá Chắn: máy chủ DNS phía trên từ chối trả lời câu hỏi này",
    )
}

#[cfg(test)]
mod tests;
