//! The way of a query, stage by stage, over bytes: no socket, no listener.
//!
//! ```text
//!  parse ─► odd? ─► over its rate? ─► why? ─► local? ─► decide ─► closed? ─► not recursive?
//!    ─► ANY? ─► safe form? ─► no service bindings? ─► cached? ─► too many misses? ─┐
//!       answer ◄─ closed by what is behind? ◄─ cache ◄─ upstreams ◄────────────────┘
//! ```
//!
//! [`Engine::begin`] runs every stage that needs nobody else and never waits; only what it hands
//! back as [`Step::Ask`] waits for an upstream. Listeners of every kind call it, and then
//! [`Engine::finish`].
//!
//! Who has many queries at hand takes the same way in three steps, so that the cache misses of all
//! of them are under way together: [`Engine::read`] each, [`Snapshot::touch`] all, [`Engine::serve`]
//! each, on one [`Snapshot`]. `begin` is these steps for one query. None of them allocates (but for
//! a query that has to wait), takes a lock or asks the system for the time.

mod answers;
mod examine;
mod lookup;

pub use lookup::{ClosedLookup, LookedUp, Lookup, PendingLookup};

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use lachan_policy::ruleset::Probe;
use lachan_policy::{
    Ask, BypassKind, CategorySet, Group, Moment, Name, Policy, Tier, Token, Unsuspected, Verdict,
};
use tokio::time::timeout;

use crate::behind;
use crate::bypass::Attempts;
use crate::cache::{self, Cache, Found, KeyRef, Scratch};
use crate::client::Client;
use crate::cloak::Front;
use crate::counters::{Counters, Counts};
use crate::ddr::Offer;
use crate::devices::{DeviceNames, Neighbours, Nets};
use crate::events::{Behind, Blocked, Clock, Events};
use crate::forward::{Failure, Forwarder, UpstreamHealth};
use crate::latency::{self, Histogram, Latencies};
use crate::limit::Limits;
use crate::list_trial::ListTrial;
use crate::local::{LOCAL_TTL, LocalNames};
use crate::reason::{self, Reasons};
use crate::refresh::Refreshes;
use crate::safe::{self, Plan};
use crate::settings::{BlockAnswer, HttpsRecords, MAX_BLOCK_TTL, Settings};
use crate::why::Why;
use crate::wire::flat::{Age, View};
use crate::wire::query::{Head, Odd, Query};
use crate::wire::response::is_truncated;
use crate::wire::svcb::Ech;
use crate::wire::write::{Answer, Owner, refuse};
use crate::wire::{Ede, Rcode, Text, rtype};

/// How long the upstreams may take before a stale answer is given (RFC 8767 §5: the client response
/// timer, just under what stub resolvers wait).
const STALE_AFTER: Duration = Duration::from_millis(1800);
/// Seconds for which a question that failed is not asked again while there is a stale answer
/// (RFC 8767 §5: the failure recheck timer).
const FAILURE_RECHECK: u32 = 30;

/// What the resolver shares with the daemon.
#[derive(Clone)]
pub struct Shared {
    /// The snapshot decisions rest on. Storing a new one changes every later query; one that is
    /// under way keeps its own.
    pub policy: Arc<ArcSwap<Policy>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is told of decisions.
    pub events: Arc<dyn Events>,
    /// Which hardware address is behind which address; asked where a group names devices so, and by
    /// limits for IPv6.
    pub neighbours: Arc<ArcSwap<Neighbours>>,
    /// The nets on the links of this machine.
    pub nets: Arc<ArcSwap<Nets>>,
    /// The names that DHCP gave out.
    pub devices: Arc<ArcSwap<DeviceNames>>,
}

/// What the stages that need nobody else made of a message.
pub enum Step {
    /// The answer stands in the buffer, to be sent.
    Answered,
    /// No answer is due.
    Silence,
    /// An upstream has to be asked: [`Engine::finish`].
    Ask(Box<Waiting>),
}

/// What the decisions of one moment rest on.
pub(crate) struct Snapshot {
    policy: Arc<Policy>,
    /// The neighbour table, where a group names devices by MAC.
    neighbours: Option<Arc<Neighbours>>,
    at: Option<Moment>,
    /// The cache's time.
    seconds: u32,
    /// The list that is on trial, if any is.
    trial: Option<Arc<ListTrial>>,
}

/// A message that was read, and whose it is. Does not hold the message's bytes, so that a place for
/// it can be used again and again.
pub(crate) struct Lane {
    client: Client,
    name: Name,
    head: Result<Head, Odd>,
    /// Position of the client's group.
    group: usize,
    /// Where the question would stand in the cache.
    cached: Option<cache::Probe>,
}

/// A query that was decided, with all its answer depends on.
struct Asked<'a> {
    query: &'a Query<'a>,
    client: Client,
    policy: &'a Policy,
    group: usize,
    at: Option<Moment>,
    verdict: Verdict,
    /// How the safe form answers, where the verdict has one.
    plan: Option<Plan<'a>>,
    /// Whether service bindings keep the keys of Encrypted Client Hello.
    keeps_ech: bool,
    /// Whether anybody is told of it: of what only examines the box nobody is.
    is_told: bool,
}

/// A query that was decided and waits for an upstream. What was decided holds, whatever changes
/// meanwhile.
pub struct Waiting {
    message: Box<[u8]>,
    name: Name,
    head: Head,
    client: Client,
    policy: Arc<Policy>,
    group: usize,
    at: Option<Moment>,
    verdict: Verdict,
    keeps_ech: bool,
    is_told: bool,
}

/// The engine. Shared by all listeners.
pub struct Engine {
    shared: Shared,
    local: LocalNames,
    why: Why,
    cache: Arc<Cache>,
    forwarder: Forwarder,
    refreshes: Refreshes,
    counters: Counters,
    /// Attempts to get round the filter.
    bypasses: Attempts,
    /// How long queries took that were answered here.
    here: Histogram,
    /// The encrypted listeners that can be discovered.
    offer: ArcSwapOption<Offer>,
    /// The list that is on trial.
    trial: ArcSwapOption<ListTrial>,
    /// By tier.
    block_answers: [BlockAnswer; Tier::ALL.len()],
    block_ttl: u32,
    reasons: Reasons,
    limits: Limits,
    ech: Ech,
    https_records: HttpsRecords,
}

thread_local! {
    /// Where answers from the cache are copied to.
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new());
    /// What this thread need not guess about again.
    static UNSUSPECTED: RefCell<Unsuspected> = RefCell::new(Unsuspected::new());
}

/// A stage after the decision: whether it wrote the answer.
type Stage = fn(&Engine, &Asked<'_>, &mut Vec<u8>) -> bool;

/// The stages that need neither an upstream nor the cache, in order.
const STAGES: [Stage; 5] = [
    Engine::closed,
    Engine::not_recursive,
    Engine::minimal_any,
    Engine::fixed_safe_form,
    Engine::no_services,
];

impl Engine {
    /// An engine of these settings. Needs no runtime yet; asking does.
    #[must_use]
    pub fn new(settings: &Settings, shared: Shared) -> Self {
        let stale_for = u32::try_from(settings.stale_for.as_secs()).unwrap_or(u32::MAX);
        let cache = Cache::new(settings.cache_bytes)
            .with_stale(stale_for)
            .with_prefetch(settings.prefetch);
        let cache = Arc::new(cache);
        let block_ttl = settings.block_ttl.min(MAX_BLOCK_TTL).as_secs();
        Self {
            local: LocalNames::new(&settings.local, &settings.records, &settings.local_domains)
                .except(&settings.forwarding.zones),
            why: Why::new(&settings.local_domains),
            forwarder: Forwarder::new(settings, Arc::clone(&cache), Arc::clone(&shared.clock)),
            cache,
            refreshes: Refreshes::new(),
            shared,
            counters: Counters::default(),
            bypasses: Attempts::default(),
            here: Histogram::default(),
            offer: ArcSwapOption::empty(),
            trial: ArcSwapOption::empty(),
            block_answers: settings.block_answers(),
            block_ttl: u32::try_from(block_ttl).unwrap_or(0),
            reasons: Reasons::new(settings),
            limits: Limits::new(&settings.rate_limit),
            ech: Ech::kept_for(&settings.ech_tiers),
            https_records: settings.https_records,
        }
    }

    /// Answers a message; `None` when none is due. Never fails: what goes wrong is an answer.
    pub async fn answer(&self, message: &[u8], client: Client) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        match self.begin(message, client, &mut out) {
            Step::Answered => {}
            Step::Silence => return None,
            Step::Ask(asked) => self.finish(&asked, &mut out).await,
        }
        Some(out)
    }

    /// Runs every stage that needs nobody else; an answer takes the place of what stood in `out`.
    pub fn begin(&self, message: &[u8], client: Client, out: &mut Vec<u8>) -> Step {
        let snapshot = self.snapshot();
        let mut probe = Probe::default();
        let mut lane = Lane::new();
        self.read(&snapshot, message, client, &mut lane, &mut probe);
        snapshot.touch(std::slice::from_mut(&mut probe));
        self.serve(&snapshot, message, &lane, &probe, out)
    }

    /// The state of this moment.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let policy = self.shared.policy.load_full();
        Snapshot {
            neighbours: self.shared.neighbours_for(&policy),
            policy,
            at: self.shared.clock.moment(),
            seconds: self.shared.clock.seconds(),
            trial: self.trial.load_full(),
        }
    }

    /// Reads a message and hashes its name.
    #[inline]
    pub(crate) fn read(
        &self,
        snapshot: &Snapshot,
        message: &[u8],
        client: Client,
        lane: &mut Lane,
        probe: &mut Probe,
    ) {
        let policy = &snapshot.policy;
        lane.client = client;
        lane.head = Head::read(message, &mut lane.name);
        let who = client.who(snapshot.neighbours.as_deref());
        lane.group = policy.groups().index_of(&who);
        let Ok(head) = lane.head else {
            lane.cached = None;
            return probe.clear();
        };
        policy.ruleset().probe_into(&lane.name, probe);
        let query = head.over(message, &lane.name);
        let keeps_ech = self.keeps_ech(policy, lane.group, &query);
        lane.cached = Some(self.cache.probe(key_of(&query, keeps_ech)));
    }

    /// Begins to load the answer to a message that was read, if the cache has one.
    #[inline]
    pub(crate) fn prefetch(&self, lane: &Lane) {
        if let Some(probe) = lane.cached {
            self.cache.prefetch(probe);
        }
    }

    /// Runs the stages for a message that was read and whose probe was touched.
    pub(crate) fn serve(
        &self,
        snapshot: &Snapshot,
        message: &[u8],
        lane: &Lane,
        probe: &Probe,
        out: &mut Vec<u8>,
    ) -> Step {
        self.counters.queries();
        let begun = latency::begin(self.counters.number());
        let step = self.run_stages(snapshot, message, lane, probe, out);
        if let Step::Answered = step {
            self.here.finish(begun);
        }
        step
    }

    #[inline]
    fn run_stages(
        &self,
        snapshot: &Snapshot,
        message: &[u8],
        lane: &Lane,
        probe: &Probe,
        out: &mut Vec<u8>,
    ) -> Step {
        let query = match lane.head {
            Ok(head) => head.over(message, &lane.name),
            Err(odd) => return self.odd(message, odd, out),
        };
        let answered = self.over_rate(&query, lane.client, out)
            || self.discovered(&query, lane.client, out)
            || self.asks_why(snapshot, &query, lane, out)
            || self.local(&query, lane.client, out);
        if answered {
            return self.send(out);
        }
        let asked = self.decide(snapshot, &query, lane, probe);
        if let Some(trial) = &snapshot.trial {
            asked.seen_by(trial);
        }
        let answered = STAGES.iter().any(|stage| stage(self, &asked, out))
            || self.cached(snapshot.seconds, lane.cached, &asked, out)
            || self.over_limit(&asked, out);
        if answered {
            return self.send(out);
        }
        Step::Ask(Waiting::new(message, lane, snapshot, &asked))
    }

    /// Whether the answer to a question of this group's keeps the keys of Encrypted Client Hello.
    #[inline]
    fn keeps_ech(&self, policy: &Policy, group: usize, query: &Query<'_>) -> bool {
        let tier = policy.groups().all()[group].tier;
        self.ech.keeps(tier, query.question.qtype)
    }

    /// Asks the upstreams and answers, within the total time limit of the settings; with what is
    /// stale, when they fail or take too long (RFC 8767 §5).
    pub async fn finish(&self, waiting: &Waiting, out: &mut Vec<u8>) {
        let query = waiting.query();
        let asked = waiting.asked(&query);
        let key = asked.key().owned();
        let mut asking = pin!(self.forwarder.ask(&key));
        let outcome = match timeout(STALE_AFTER, asking.as_mut()).await {
            Ok(outcome) => outcome,
            // The question goes on without this client, and its answer comes into the cache.
            Err(_) if self.stale(&asked, Failure::Timeout, out) => {
                return self.count_truncation(out);
            }
            Err(_) => asking.await,
        };
        match outcome {
            Ok(reply) if reply.is_failure() && self.stale(&asked, Failure::Upstream, out) => {}
            Ok(reply) => {
                self.conclude(&asked, &reply.view(), Age::NEW, Counters::forwarded, out);
            }
            Err(failure) if self.stale(&asked, failure, out) => {}
            Err(failure) => self.failed(&asked, failure, out),
        }
        self.count_truncation(out);
    }

    /// The answer to a query for which there is no room among those that wait.
    pub(crate) fn turn_away(&self, waiting: &Waiting, out: &mut Vec<u8>) {
        let query = waiting.query();
        let asked = waiting.asked(&query);
        if !self.stale(&asked, Failure::Busy, out) {
            self.failed(&asked, Failure::Busy, out);
        }
    }

    /// Whether a client may ask at all: one that shows a token must show a group's. Else a token
    /// that was withdrawn, or typed wrong, would silently put its device into whatever group its
    /// address has, where more may be open.
    #[must_use]
    pub fn admits(&self, client: &Client) -> bool {
        client.token.is_none_or(|token| self.knows(token))
    }

    /// The same client on the interface that its address is on the link of, where a transport does
    /// not tell it. Answers go that way and no other, so whoever completed a handshake is there.
    pub(crate) fn placed(&self, client: Client) -> Client {
        if client.interface != 0 {
            return client;
        }
        let found = self.shared.nets.load().interface_of(client.address);
        client.on_interface(found.unwrap_or(0))
    }

    /// Whether a group has this token.
    pub(crate) fn knows(&self, token: Token) -> bool {
        let policy = self.shared.policy.load();
        policy.groups().of_token(token).is_some()
    }

    /// Has popular answers asked for again before they end. Runs as a task of its own and never
    /// ends by itself.
    pub async fn refresh_popular(&self) {
        while let Some(key) = self.refreshes.next().await {
            self.counters.refreshed();
            self.forwarder.refresh(&key);
        }
    }

    /// Forgets what is cached of a name, and with `below` of the names below it, too; the root with
    /// all below is everything. Says how many answers were forgotten.
    #[must_use]
    pub fn flush_cache(&self, name: &Name, below: bool) -> usize {
        self.cache.flush(name, below)
    }

    /// The counters.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counters.read()
    }

    /// How long answers took.
    #[must_use]
    pub fn latencies(&self) -> Latencies {
        Latencies {
            here: self.here.read(),
            upstream: self.forwarder.round_trips(),
        }
    }

    /// How each upstream does.
    #[must_use]
    pub fn upstreams(&self) -> Vec<UpstreamHealth> {
        self.forwarder.upstreams()
    }

    /// What the cache holds: answers and bytes.
    #[must_use]
    pub fn cached_size(&self) -> (usize, usize) {
        (self.cache.len(), self.cache.bytes())
    }

    /// Questions under way to upstreams.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.forwarder.under_way()
    }

    /// Whether nobody who could be asked answers, as far as is known.
    #[must_use]
    pub fn is_line_down(&self) -> bool {
        self.forwarder.is_down()
    }

    /// Datagrams from upstreams' addresses that fitted no question, late or forged, since the
    /// start. A rise says that somebody tries to poison the cache.
    #[must_use]
    pub fn stray_answers(&self) -> u64 {
        self.forwarder.stray_answers()
    }

    /// The cache, and the moment on its clock.
    pub(crate) fn cache(&self) -> (&Cache, u32) {
        (&self.cache, self.shared.clock.seconds())
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Lets these encrypted listeners be discovered from now on.
    pub(crate) fn offer(&self, offer: Option<Offer>) {
        self.offer.store(offer.map(Arc::new));
    }

    fn send(&self, answer: &[u8]) -> Step {
        self.count_truncation(answer);
        Step::Answered
    }

    fn count_truncation(&self, answer: &[u8]) {
        if is_truncated(answer) {
            self.counters.truncated();
        }
    }

    fn odd(&self, message: &[u8], odd: Odd, out: &mut Vec<u8>) -> Step {
        match odd {
            Odd::Drop => {
                self.counters.dropped();
                Step::Silence
            }
            Odd::Refuse(refusal) => {
                self.counters.refused();
                refuse(message, &refusal, out);
                Step::Answered
            }
        }
    }

    /// Where the encrypted listeners are, for whoever can verify them.
    fn discovered(&self, query: &Query<'_>, client: Client, out: &mut Vec<u8>) -> bool {
        let question = &query.question;
        if question.qtype != rtype::SVCB {
            return false;
        }
        let now = self.shared.clock.moment().map(|moment| moment.unix);
        let offer = self.offer.load();
        let found = offer
            .as_ref()
            .and_then(|offer| offer.find(question.name, question.qtype, client.here, now));
        let Some(records) = found else {
            return false;
        };
        self.counters.local();
        let mut answer = Answer::new(query, Rcode::NoError, out);
        for data in &records {
            answer.answer(Owner::Question, rtype::SVCB, LOCAL_TTL, data);
        }
        answer.finish(client.transport, None);
        true
    }

    fn local(&self, query: &Query<'_>, client: Client, out: &mut Vec<u8>) -> bool {
        let question = &query.question;
        if !self.local.concerns(question.name) {
            return false;
        }
        let devices = self.shared.devices.load();
        let may_learn = |address| self.shared.may_learn(&client, address);
        let Some(found) = self.local.find(question.name, &devices, may_learn) else {
            return false;
        };
        self.counters.local();
        self.bypasses.answered_here(question.name);
        found.write(query, client.transport, out);
        true
    }

    /// The one decision.
    fn decide<'a>(
        &self,
        snapshot: &'a Snapshot,
        query: &'a Query<'a>,
        lane: &Lane,
        probe: &Probe,
    ) -> Asked<'a> {
        let policy = &*snapshot.policy;
        let ask = Ask {
            name: query.question.name,
            group: lane.group,
            at: snapshot.at,
            found: CategorySet::EMPTY,
        };
        let decide = |memory: &mut _| policy.decide_probed(&ask, probe, memory);
        let verdict = UNSUSPECTED.with_borrow_mut(decide);
        let book = policy.ruleset().book();
        Asked {
            query,
            client: lane.client,
            policy,
            group: lane.group,
            at: snapshot.at,
            verdict,
            plan: safe::plan(book, &verdict, query.question.qtype),
            keeps_ech: self.keeps_ech(policy, lane.group, query),
            is_told: true,
        }
    }

    fn closed(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        let closed = asked.verdict.is_block();
        if closed && !self.asks_why_closed(asked, out) {
            let how = self.block_answer(asked.policy, &asked.verdict);
            self.block(asked, &asked.verdict, None, how, out);
        }
        closed
    }

    /// How the tier of a verdict withholds what is closed. A canary is asked to hear "no": an
    /// address, if only the block page's, would tell a browser to go its own way.
    fn block_answer(&self, policy: &Policy, verdict: &Verdict) -> BlockAnswer {
        let how = self.block_answers[verdict.tier.index()];
        let list = |list| policy.ruleset().list(list)?.bypass;
        match how {
            BlockAnswer::Address { .. }
                if verdict
                    .list
                    .and_then(list)
                    .is_some_and(BypassKind::is_a_question) =>
            {
                BlockAnswer::NxDomain
            }
            how => how,
        }
    }

    /// The blocked answer by a verdict, told to whoever counts and logs.
    fn block(
        &self,
        asked: &Asked<'_>,
        verdict: &Verdict,
        behind: Option<Behind<'_>>,
        how: BlockAnswer,
        out: &mut Vec<u8>,
    ) {
        self.counters.blocked();
        self.tell(asked, verdict, behind);
        let mut text = Text::default();
        let ede = asked.query.edns.map(|edns| {
            let closed = reason::Closed {
                verdict,
                book: asked.policy.ruleset().book(),
                group: asked.group().id,
                at: asked.at,
                name: asked.logged_name(verdict),
                structured: edns.structured_errors,
            };
            self.reasons.tell(&closed, &mut text)
        });
        let (transport, ttl) = (asked.client.transport, self.block_ttl);
        reason::blocked(asked.query, transport, how, ttl, ede, out);
    }

    /// A query without RD may only be answered from what is here, and from the cache that would
    /// tell one child what others looked up. So it gets nothing but blocked and local answers.
    fn not_recursive(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        if asked.query.recursion_desired() {
            return false;
        }
        self.counters.refused();
        let ede = Ede::new(Ede::NOT_AUTHORITATIVE, "");
        let answer = Answer::new(asked.query, Rcode::Refused, out);
        answer.finish(asked.client.transport, Some(&ede));
        true
    }

    /// RFC 8482 §4.2: the answer to ANY is one synthesised HINFO record.
    fn minimal_any(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        const HINFO: &[u8] = b"\x07RFC8482\x00";
        const TTL: u32 = 3600;
        if asked.query.question.qtype != rtype::ANY {
            return false;
        }
        self.counters.local();
        self.tell(asked, &asked.verdict, None);
        let mut answer = Answer::new(asked.query, Rcode::NoError, out);
        answer.answer(Owner::Question, rtype::HINFO, TTL, HINFO);
        answer.finish(asked.client.transport, None);
        true
    }

    fn fixed_safe_form(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        let Some(Plan::Fixed(addresses)) = asked.plan else {
            return false;
        };
        self.counters.local();
        self.counters.rewritten();
        self.tell(asked, &asked.verdict, None);
        safe::fixed(asked.query, asked.client.transport, addresses, out);
        true
    }

    /// Answers from the cache: with an answer that lives, or with a stale one when it is known
    /// that asking is in vain.
    fn cached(
        &self,
        seconds: u32,
        probe: Option<cache::Probe>,
        asked: &Asked<'_>,
        out: &mut Vec<u8>,
    ) -> bool {
        SCRATCH.with_borrow_mut(|scratch| {
            // The probe is the question's; a safe form asks for another name.
            let found = match probe.filter(|_| asked.plan.is_none()) {
                Some(probe) => self.cache.find_probed(probe, asked.key(), seconds, scratch),
                None => self.cache.find(asked.key(), seconds, scratch),
            };
            let found = found.filter(|found| {
                !found.age.is_stale() || found.failed_lately || self.forwarder.is_down()
            });
            if let Some(found) = found {
                if found.refresh {
                    self.refreshes.want(asked.key().owned());
                }
                self.give(asked, &found, out);
            }
            found.is_some()
        })
    }

    /// Answers with what is stale, where there is something, since asking failed. Whoever asks
    /// within the next half minute gets it at once.
    fn stale(&self, asked: &Asked<'_>, failure: Failure, out: &mut Vec<u8>) -> bool {
        SCRATCH.with_borrow_mut(|scratch| {
            let now = self.shared.clock.seconds();
            let found = self.cache.find(asked.key(), now, scratch);
            let Some(found) = found.filter(|found| !found.view.is_failure()) else {
                return false;
            };
            // That there was no room to ask says nothing of the upstreams.
            if failure != Failure::Busy && !found.failed_lately {
                let ede = failure.ede(self.reasons.language());
                self.cache
                    .put_failure(&asked.key().owned(), &ede, FAILURE_RECHECK, now);
            }
            self.give(asked, &found, out);
            true
        })
    }

    fn give(&self, asked: &Asked<'_>, found: &Found<'_>, out: &mut Vec<u8>) {
        if found.age.is_stale() {
            self.counters.stale();
        }
        self.conclude(asked, &found.view, found.age, Counters::cached, out);
    }

    /// The answer made of an upstream's: closed when a name behind it is, in its safe form, or as
    /// it came.
    fn conclude(
        &self,
        asked: &Asked<'_>,
        reply: &View<'_>,
        age: Age,
        count: fn(&Counters),
        out: &mut Vec<u8>,
    ) {
        let transport = asked.client.transport;
        if let Some(Plan::Host(host)) = asked.plan
            && !reply.is_failure()
        {
            count(&self.counters);
            self.counters.rewritten();
            self.tell(asked, &asked.verdict, None);
            return safe::host(asked.query, transport, host, reply, age, out);
        }
        if asked.plan.is_some() {
            return self.servfail(asked, None, out);
        }
        if let Some(closed) = behind::closed(&asked.front(), reply) {
            return self.closed_behind(asked, &closed, out);
        }
        count(&self.counters);
        self.tell(asked, &asked.verdict, None);
        let ede = age
            .is_stale()
            .then(|| reason::stale(reply.rcode(), self.reasons.language()));
        reply.render(asked.query, age, transport, ede, out);
    }

    fn failed(&self, asked: &Asked<'_>, failure: Failure, out: &mut Vec<u8>) {
        if failure == Failure::Busy {
            self.counters.overloaded();
        }
        self.servfail(asked, Some(&failure.ede(self.reasons.language())), out);
    }

    fn servfail(&self, asked: &Asked<'_>, ede: Option<&Ede>, out: &mut Vec<u8>) {
        self.counters.failed();
        self.tell(asked, &asked.verdict, None);
        let answer = Answer::new(asked.query, Rcode::ServFail, out);
        answer.finish(asked.client.transport, ede);
    }

    /// Tells whoever counts and logs decisions.
    fn note(&self, asked: &Asked<'_>, verdict: &Verdict, behind: Option<Behind<'_>>) {
        if verdict.no_log || !asked.is_told {
            return;
        }
        let group = asked.group();
        self.shared.events.decided(group, verdict);
        if !verdict.is_block() {
            return;
        }
        self.shared.events.blocked(&Blocked {
            policy: asked.policy,
            group,
            verdict,
            name: asked.logged_name(verdict),
            behind,
            client: asked.client.address,
            at: asked.at,
        });
    }
}

impl Snapshot {
    /// Begins to load what the look-ups of these names need.
    #[inline]
    pub(crate) fn touch(&self, probes: &mut [Probe]) {
        let ruleset = self.policy.ruleset();
        ruleset.touch_with(probes, lachan_sys::prefetch);
    }
}

impl Lane {
    /// A place for a message.
    pub(crate) const fn new() -> Self {
        Self {
            client: Client::NOBODY,
            name: Name::ROOT,
            head: Err(Odd::Drop),
            group: 0,
            cached: None,
        }
    }
}

impl Waiting {
    fn query(&self) -> Query<'_> {
        self.head.over(&self.message, &self.name)
    }

    fn asked<'a>(&'a self, query: &'a Query<'a>) -> Asked<'a> {
        let book = self.policy.ruleset().book();
        Asked {
            query,
            client: self.client,
            policy: &self.policy,
            group: self.group,
            at: self.at,
            verdict: self.verdict,
            plan: safe::plan(book, &self.verdict, query.question.qtype),
            keeps_ech: self.keeps_ech,
            is_told: self.is_told,
        }
    }
}

impl Asked<'_> {
    fn group(&self) -> &Group {
        &self.policy.groups().all()[self.group]
    }

    /// The name that may be kept of a block by this verdict.
    fn logged_name(&self, verdict: &Verdict) -> Option<&Name> {
        let nameless = verdict.no_name || self.verdict.no_name;
        (!nameless).then_some(self.query.question.name)
    }

    fn front(&self) -> Front<'_> {
        Front {
            policy: self.policy,
            name: self.query.question.name,
            verdict: &self.verdict,
            group: self.group,
            at: self.at,
        }
    }

    /// What an upstream is asked: the question, or the one about the safe host.
    fn key(&self) -> KeyRef<'_> {
        let qtype = self.query.question.qtype;
        match self.plan {
            // Records of our own making are not signed, so signatures are not asked for.
            Some(Plan::Host(host)) => KeyRef {
                name: host,
                qtype,
                dnssec_ok: false,
                checking_disabled: false,
                keeps_ech: false,
            },
            Some(Plan::Fixed(_)) | None => key_of(self.query, self.keeps_ech),
        }
    }
}

/// What an upstream is asked for a question that is asked as it is.
#[inline]
fn key_of<'q>(query: &'q Query<'_>, keeps_ech: bool) -> KeyRef<'q> {
    KeyRef {
        name: query.question.name,
        qtype: query.question.qtype,
        dnssec_ok: query.dnssec_ok(),
        checking_disabled: query.checking_disabled(),
        keeps_ech,
    }
}
