//! Forwarding: a question that nobody here can answer, to the upstreams.
//!
//! ```text
//!  question ─► same one under way? ─► wait for it
//!                   │ no
//!                   ▼
//!             admission (max_misses) ─► upstreams by health, each with a time limit ─► cache
//! ```
//!
//! Only this waits for the network, and only this is bounded. The forwarder knows questions and
//! answers; clients, groups and policy it does not see.

mod exchange;
mod health;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout};

use crate::cache::{Cache, Key};
use crate::events::Clock;
use crate::settings::Settings;
use crate::wire::Ede;
use crate::wire::response::Reply;
use exchange::{ExchangeError, exchange};
use health::Upstream;

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
}

impl Failure {
    /// The Extended DNS Error that tells the client.
    pub(crate) fn ede(self) -> Ede {
        match self {
            Self::Busy => Ede::new(
                Ede::NETWORK,
                "Lá Chắn: quá nhiều câu hỏi đang chờ, thử lại sau",
            ),
            Self::NoUpstream => {
                Ede::new(Ede::NETWORK, "Lá Chắn: chưa khai báo máy chủ DNS phía trên")
            }
            Self::Timeout => Ede::new(
                Ede::UNREACHABLE,
                "Lá Chắn: máy chủ DNS phía trên không trả lời",
            ),
            Self::Network => Ede::new(
                Ede::NETWORK,
                "Lá Chắn: không nối được máy chủ DNS phía trên",
            ),
        }
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
    upstreams: Vec<Upstream>,
    cache: Arc<Cache>,
    clock: Arc<dyn Clock>,
    under_way: Mutex<HashMap<Key, Progress>>,
    misses: Arc<Semaphore>,
    waiters: Semaphore,
    upstream_timeout: Duration,
    total_timeout: Duration,
    max_ttl: u32,
    started: Instant,
}

impl Forwarder {
    pub(crate) fn new(settings: &Settings, cache: Arc<Cache>, clock: Arc<dyn Clock>) -> Self {
        let misses = settings.max_misses.min(Semaphore::MAX_PERMITS);
        let waiters = misses
            .saturating_mul(WAITERS_PER_MISS)
            .min(Semaphore::MAX_PERMITS);
        let shared = Shared {
            upstreams: settings
                .upstreams
                .iter()
                .copied()
                .map(Upstream::new)
                .collect(),
            cache,
            clock,
            under_way: Mutex::default(),
            misses: Arc::new(Semaphore::new(misses)),
            waiters: Semaphore::new(waiters),
            upstream_timeout: settings.upstream_timeout,
            total_timeout: settings.total_timeout,
            max_ttl: u32::try_from(settings.max_ttl.as_secs()).unwrap_or(u32::MAX),
            started: Instant::now(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Asks the upstreams. Waits at most the total time limit, and not at all when too many
    /// questions are under way. The answer is in the cache before it is returned.
    ///
    /// # Errors
    /// [`Failure`]. An upstream's own failure (SERVFAIL, REFUSED) is an answer.
    pub(crate) async fn ask(&self, key: &Key) -> Outcome {
        if self.shared.upstreams.is_empty() {
            return Err(Failure::NoUpstream);
        }
        let _waiter = self
            .shared
            .waiters
            .try_acquire()
            .map_err(|_| Failure::Busy)?;
        let mut progress = self.join(key)?;
        let outcome = progress.wait_for(Option::is_some).await;
        // The sender gone without a word means its task died; that is no answer either.
        outcome
            .ok()
            .and_then(|outcome| outcome.clone())
            .unwrap_or(Err(Failure::Network))
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

    /// How many questions are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.shared.under_way().len()
    }
}

impl Shared {
    fn under_way(&self) -> MutexGuard<'_, HashMap<Key, Progress>> {
        // Nothing panics between taking and giving back, and a map is whole either way.
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        let outcome = timeout(self.shared.total_timeout, self.go_round()).await;
        let outcome = outcome.unwrap_or(Err(Failure::Timeout));
        if let Ok(reply) = &outcome {
            self.shared
                .cache
                .put(&self.key, reply, self.shared.clock.seconds());
        }
        outcome
    }

    /// Asks one upstream after the other. When none answered and there is time left, it begins
    /// again: a single upstream that lost one packet deserves a second one.
    async fn go_round(&self) -> Outcome {
        let deadline = Instant::now() + self.shared.total_timeout;
        let mut worst = Failure::Timeout;
        loop {
            let mut refused = None;
            let now = self.shared.started.elapsed();
            for upstream in health::order(&self.shared.upstreams, now, self.shared.upstream_timeout)
            {
                match self.ask_one(upstream).await {
                    Ok(reply) if !reply.is_failure() => return Ok(reply),
                    Ok(reply) => refused = Some(reply),
                    Err(failure) => worst = failure,
                }
            }
            if let Some(reply) = refused {
                return Ok(reply);
            }
            // An upstream that refuses at once must not be asked in a tight loop.
            if worst == Failure::Network || Instant::now() >= deadline {
                return Err(worst);
            }
        }
    }

    async fn ask_one(&self, upstream: &Upstream) -> Outcome {
        let now = || self.shared.started.elapsed();
        match exchange(upstream.address, &self.key, self.shared.upstream_timeout).await {
            Ok(bytes) => {
                upstream.succeeded();
                let reply = Reply::keep(&bytes, self.shared.max_ttl);
                reply.map(Arc::new).map_err(|_| Failure::Network)
            }
            Err(error) => {
                upstream.failed(now());
                tracing::debug!(upstream = %upstream.address, %error, "upstream gave no answer");
                Err(match error {
                    ExchangeError::Timeout => Failure::Timeout,
                    ExchangeError::Network(_) | ExchangeError::Mismatch => Failure::Network,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
