//! Upstreams that stand for one another: who is asked when, and which answer is taken.
//!
//! ```text
//!  question ─► the best ──── hedge ───► the next ──── hedge ───► … ─► the first good answer
//!                  │                        │                             or the deadline
//!                  └─ error: next at once ──┘
//!  beside it: slow and silent upstreams whose turn it is to be tried, without waiting for them
//! ```
//!
//! While all are silent a task of its own tries them, so that a line that is back is noticed even
//! when everything that is asked is answered from the cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use lachan_policy::Name;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Failure;
use super::health::{Order, UpstreamHealth, order};
use super::server::{Common, ExchangeError, Server};
use crate::cache::Key;
use crate::upstream::Upstream;
use crate::wire::response::{is_answer, rcode_of};

/// Tries at one question, however many upstreams there are.
const TRIES: usize = 5;
/// How long others may take once one has said that it cannot answer: mostly none can.
const AFTER_REFUSAL: Duration = Duration::from_millis(800);
/// How often a silent group is tried at first, and how often at last.
const WATCH: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));
/// Type NS, what a silent upstream is asked of the root or of its domain.
const NS: u16 = 2;

/// The upstreams of one domain, or of all that have none of their own.
pub(super) struct Group {
    domain: Option<Name>,
    servers: Vec<Server>,
    /// How long silence may last before it counts as a failure.
    patience: Duration,
    started: Instant,
    /// Whether a task tries the silent upstreams.
    watched: AtomicBool,
}

/// What is asked, by how it is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Questions {
    /// Over an encrypted way.
    pub(super) encrypted: Key,
    /// In the clear.
    pub(super) plain: Key,
}

impl Questions {
    /// The same either way.
    pub(super) fn same(key: Key) -> Self {
        Self {
            encrypted: key,
            plain: key,
        }
    }

    fn of(&self, server: &Server) -> &Key {
        if server.is_encrypted() {
            &self.encrypted
        } else {
            &self.plain
        }
    }
}

/// An upstream's answer.
#[derive(Debug)]
pub(super) struct Heard {
    /// The message.
    pub(super) bytes: Vec<u8>,
    /// Whether it came over an encrypted way.
    pub(super) encrypted: bool,
}

impl Group {
    pub(super) fn new(
        domain: Option<Name>,
        upstreams: &[Upstream],
        patience: Duration,
        common: &Common,
    ) -> Self {
        Self {
            domain,
            servers: upstreams
                .iter()
                .map(|upstream| Server::new(upstream, common))
                .collect(),
            patience,
            started: common.started,
            watched: AtomicBool::new(false),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }

    /// Whether none of them answers, as far as is known.
    pub(super) fn is_down(&self) -> bool {
        self.servers.iter().all(|server| server.health.is_silent())
    }

    pub(super) fn domain(&self) -> Option<String> {
        self.domain.map(|domain| domain.to_unicode())
    }

    /// How each does, for people.
    pub(super) fn tell(&self) -> impl Iterator<Item = UpstreamHealth> + '_ {
        let domain = self.domain();
        self.servers.iter().map(move |server| UpstreamHealth {
            domain: domain.clone(),
            ..server.tell()
        })
    }

    /// Asks until one gives a good answer or the deadline comes. An upstream's own failure
    /// (SERVFAIL, REFUSED) is taken when nothing better is to be had.
    ///
    /// # Errors
    /// [`Failure::NoUpstream`], [`Failure::Timeout`], [`Failure::Network`].
    pub(super) async fn ask(
        self: &Arc<Self>,
        questions: &Questions,
        deadline: Instant,
    ) -> Result<Heard, Failure> {
        if self.is_empty() {
            return Err(Failure::NoUpstream);
        }
        let order = order(
            self.servers
                .iter()
                .map(|server| (&server.health, server.is_encrypted())),
        );
        self.try_others(&order, questions);
        self.race(questions, &self.plan(order), deadline).await
    }

    /// Begins the tries of the plan one after the other, each when the one before has had its time
    /// or failed, and takes the first good answer.
    async fn race(
        self: &Arc<Self>,
        questions: &Questions,
        plan: &[usize],
        mut deadline: Instant,
    ) -> Result<Heard, Failure> {
        let mut tries = Tries::new(self);
        let mut answers = FuturesUnordered::new();
        let (mut plan, mut due, mut next_at) = (plan.iter().copied(), true, deadline);
        let (mut refused, mut worst) = (None, Failure::Timeout);
        let wake = sleep_until(deadline);
        tokio::pin!(wake);
        loop {
            if due {
                next_at = deadline;
                if let Some(index) = plan.find(|index| !tries.has_spoken(*index)) {
                    let server = &self.servers[index];
                    let number = tries.begun.len();
                    next_at = tries.begin(index);
                    let exchange = server.exchange(questions.of(server));
                    answers.push(exchange.map(move |outcome| (number, outcome)));
                }
            }
            if answers.is_empty() {
                return refused.ok_or(worst);
            }
            wake.as_mut().reset(tries.next_event(next_at).min(deadline));
            tokio::select! {
                Some((number, outcome)) = answers.next() => match tries.settle(number, outcome) {
                    Some(heard) if is_answer(rcode_of(&heard.bytes)) => return Ok(heard),
                    Some(heard) => {
                        refused = Some(heard);
                        deadline = deadline.min(Instant::now() + AFTER_REFUSAL);
                        due = true;
                    }
                    None => (worst, due) = (Failure::Network, true),
                },
                () = &mut wake => {
                    let now = Instant::now();
                    tries.note_overdue(now);
                    if now >= deadline {
                        return refused.ok_or(worst);
                    }
                    due = now >= next_at;
                }
            }
        }
    }

    /// Who is asked, one after the other: those that answer, the lossy ones among them twice, and
    /// those that do not.
    fn plan(&self, order: Order) -> Vec<usize> {
        let again = order.ready.iter().copied();
        let again: Vec<usize> = again
            .filter(|index| self.servers[*index].loses_packets())
            .collect();
        let mut plan = order.ready;
        plan.extend(again);
        plan.extend(order.silent);
        plan.truncate(TRIES);
        plan
    }

    /// Asks upstreams about which nothing new is known beside the one that is asked first.
    fn try_others(self: &Arc<Self>, order: &Order, questions: &Questions) {
        let first = order.ready.first();
        let others = order.ready.iter().chain(&order.silent);
        for index in others.filter(|index| first.is_some_and(|first| first != *index)) {
            let server = &self.servers[*index];
            if server.health.is_due(self.started.elapsed()) {
                let (group, index) = (Arc::clone(self), *index);
                let key = *questions.of(server);
                tokio::spawn(async move { group.try_one(index, &key).await });
            }
        }
    }

    /// Tries one upstream for what its health has to know; whether it answered.
    async fn try_one(self: &Arc<Self>, index: usize, key: &Key) -> bool {
        let server = &self.servers[index];
        let asked = Instant::now();
        server.health.asked(self.started.elapsed());
        match timeout(self.patience, server.exchange(key)).await {
            Ok(Ok(_)) => {
                server.health.succeeded(asked.elapsed());
                true
            }
            Ok(Err(error)) => {
                self.failed(index, Some(&error));
                false
            }
            Err(_) => {
                self.failed(index, None);
                false
            }
        }
    }

    /// Notes a failure, and has the group watched when it was the last that answered.
    fn failed(self: &Arc<Self>, index: usize, error: Option<&ExchangeError>) {
        let server = &self.servers[index];
        let was_silent = server.health.is_silent();
        server.health.failed(self.started.elapsed());
        let why = error.map_or_else(|| "no answer in time".to_owned(), ToString::to_string);
        if server.health.is_silent() && !was_silent {
            let upstream = server.label();
            tracing::info!(%upstream, why, "an upstream does not answer; it is asked last");
        }
        if self.is_down() && !self.watched.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                domain = self.domain(),
                "no upstream answers; blocked, local and cached names still are"
            );
            tokio::spawn(Arc::clone(self).watch());
        }
    }

    /// Tries the silent upstreams until one answers.
    async fn watch(self: Arc<Self>) {
        let key = Key {
            name: self.domain.unwrap_or(Name::ROOT),
            qtype: NS,
            dnssec_ok: false,
            checking_disabled: false,
            keeps_ech: false,
        };
        let mut pause = WATCH.0;
        while self.is_down() {
            sleep(pause).await;
            pause = (pause * 2).min(WATCH.1);
            for index in 0..self.servers.len() {
                if !self.is_down() || self.try_one(index, &key).await {
                    break;
                }
            }
        }
        self.watched.store(false, Ordering::Relaxed);
        tracing::info!("upstreams answer again");
    }
}

/// The tries at one question, for the health of those that were asked.
struct Tries<'g> {
    group: &'g Arc<Group>,
    begun: Vec<Try>,
}

/// A try that was begun.
#[derive(Debug, Clone, Copy)]
struct Try {
    server: usize,
    begun: Instant,
    /// Answered, failed, or noted as failed.
    settled: bool,
    answered: bool,
}

impl<'g> Tries<'g> {
    fn new(group: &'g Arc<Group>) -> Self {
        let begun = Vec::with_capacity(2);
        Self { group, begun }
    }

    /// Begins a try, and says when the next one is due.
    fn begin(&mut self, server: usize) -> Instant {
        let begun = Instant::now();
        self.begun.push(Try {
            server,
            begun,
            settled: false,
            answered: false,
        });
        let health = &self.group.servers[server].health;
        health.asked(self.group.started.elapsed());
        begun + health.hedge()
    }

    /// Whether a server has answered already, be it that it cannot.
    fn has_spoken(&self, server: usize) -> bool {
        self.begun
            .iter()
            .any(|one| one.server == server && one.answered)
    }

    /// When the next one that is under way has been silent for too long, or `at` before that.
    fn next_event(&self, at: Instant) -> Instant {
        let open = self.begun.iter().filter(|one| !one.settled);
        let ends = open.map(|one| one.begun + self.group.patience);
        ends.fold(at, Instant::min)
    }

    /// Notes what became of a try; the answer, if it is one.
    fn settle(&mut self, number: usize, outcome: Result<Vec<u8>, ExchangeError>) -> Option<Heard> {
        let one = self.begun.get_mut(number)?;
        let noted = std::mem::replace(&mut one.settled, true);
        let (index, begun) = (one.server, one.begun);
        let server = &self.group.servers[index];
        match outcome {
            Ok(bytes) => {
                server.health.succeeded(begun.elapsed());
                // What this one has to say of others it asked before means the same server.
                for other in self.begun.iter_mut().filter(|other| other.server == index) {
                    (other.settled, other.answered) = (true, true);
                }
                let encrypted = server.is_encrypted();
                Some(Heard { bytes, encrypted })
            }
            Err(error) => {
                if !noted {
                    self.group.failed(index, Some(&error));
                }
                None
            }
        }
    }

    /// Counts as failures those that have been silent for too long. They may still answer.
    fn note_overdue(&mut self, now: Instant) {
        for one in self.begun.iter_mut().filter(|one| !one.settled) {
            if now >= one.begun + self.group.patience {
                one.settled = true;
                self.group.failed(one.server, None);
            }
        }
    }
}

impl Drop for Tries<'_> {
    /// Whoever has not answered by now is at least so slow.
    fn drop(&mut self) {
        for one in self.begun.iter().filter(|one| !one.settled) {
            let health = &self.group.servers[one.server].health;
            health.slower_than(one.begun.elapsed());
        }
    }
}
