//! The way of a query, stage by stage, over bytes: no socket, no listener.
//!
//! ```text
//!  parse ─► odd? ─► local? ─► decide ─► closed? ─► not recursive? ─► ANY? ─► safe form? ─► cached?
//!                                                                                          │ no
//!                        answer ◄─ closed behind a CNAME? ◄─ cache ◄─ upstreams ◄──────────┘
//! ```
//!
//! [`Engine::begin`] runs every stage that needs nobody else and never waits; only what it hands
//! back as [`Step::Ask`] waits for an upstream. Listeners of every kind call [`Engine::answer`], or
//! the two halves where they want to answer at once in place.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use lachan_policy::{Ask, CategorySet, Moment, Name, Policy, Verdict};

use crate::cache::{Cache, Found, Key};
use crate::cloak::Front;
use crate::counters::{Counters, Counts};
use crate::events::{Blocked, Clock, Events};
use crate::forward::{Failure, Forwarder, UpstreamHealth};
use crate::latency::{self, Histogram, Latencies};
use crate::local::{LOCAL_TTL, LocalAnswer, LocalNames};
use crate::reason;
use crate::safe::{self, Plan};
use crate::settings::{BlockAnswer, MAX_BLOCK_TTL, Settings};
use crate::wire::query::{Odd, Query, Transport};
use crate::wire::response::is_truncated;
use crate::wire::write::{Answer, Owner, refuse, soa_data};
use crate::wire::{Ede, Rcode, rtype};

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
}

/// Who asks, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The client's address; an IPv4 address mapped into IPv6 counts as the IPv4 one.
    pub address: IpAddr,
    /// How the query came in.
    pub transport: Transport,
}

/// What the stages that need nobody else made of a message.
pub enum Step<'q> {
    /// The answer, to be sent.
    Answer(Vec<u8>),
    /// No answer is due.
    Silence,
    /// An upstream has to be asked: [`Engine::finish`].
    Ask(Box<Asked<'q>>),
}

/// A query that was decided, with all its answer depends on.
pub struct Asked<'q> {
    query: Query<'q>,
    client: Client,
    policy: Arc<Policy>,
    group: usize,
    at: Option<Moment>,
    verdict: Verdict,
    /// How the safe form answers, where the verdict has one.
    plan: Option<Plan>,
    /// What an upstream is asked.
    key: Key,
}

/// The engine. Shared by all listeners.
pub struct Engine {
    shared: Shared,
    local: LocalNames,
    cache: Arc<Cache>,
    forwarder: Forwarder,
    counters: Counters,
    /// How long queries took that were answered here.
    here: Histogram,
    block_answer: BlockAnswer,
    block_ttl: u32,
}

/// A stage after the decision: the answer, if it has one.
type Stage = for<'q> fn(&Engine, &Asked<'q>) -> Option<Vec<u8>>;

/// The stages that need nobody else, in order.
const STAGES: [Stage; 5] = [
    Engine::closed,
    Engine::not_recursive,
    Engine::minimal_any,
    Engine::fixed_safe_form,
    Engine::cached,
];

impl Engine {
    /// An engine of these settings. Needs no runtime yet; asking does.
    #[must_use]
    pub fn new(settings: &Settings, shared: Shared) -> Self {
        let cache = Arc::new(Cache::new(settings.cache_bytes));
        let block_ttl = settings.block_ttl.min(MAX_BLOCK_TTL).as_secs();
        Self {
            local: LocalNames::new(&settings.local, &settings.local_domains),
            forwarder: Forwarder::new(settings, Arc::clone(&cache), Arc::clone(&shared.clock)),
            cache,
            shared,
            counters: Counters::default(),
            here: Histogram::default(),
            block_answer: settings.block_answer,
            block_ttl: u32::try_from(block_ttl).unwrap_or(0),
        }
    }

    /// Answers a message; `None` when none is due. Never fails: what goes wrong is an answer.
    pub async fn answer(&self, message: &[u8], client: Client) -> Option<Vec<u8>> {
        match self.begin(message, client) {
            Step::Answer(answer) => Some(answer),
            Step::Silence => None,
            Step::Ask(asked) => Some(self.finish(&asked).await),
        }
    }

    /// Runs every stage that needs nobody else.
    pub fn begin<'q>(&self, message: &'q [u8], client: Client) -> Step<'q> {
        self.counters.queries();
        let begun = latency::begin(self.counters.number());
        let step = self.run_stages(message, client);
        if let Step::Answer(_) = step {
            self.here.finish(begun);
        }
        step
    }

    fn run_stages<'q>(&self, message: &'q [u8], client: Client) -> Step<'q> {
        let query = match Query::parse(message) {
            Ok(query) => query,
            Err(odd) => return self.odd(message, odd),
        };
        if let Some(answer) = self.local(query, client) {
            return self.send(answer);
        }
        let asked = self.decide(query, client);
        match STAGES.iter().find_map(|stage| stage(self, &asked)) {
            Some(answer) => self.send(answer),
            None => Step::Ask(Box::new(asked)),
        }
    }

    /// Asks the upstreams and answers, within the total time limit of the settings.
    pub async fn finish(&self, asked: &Asked<'_>) -> Vec<u8> {
        let answer = match self.forwarder.ask(&asked.key).await {
            Ok(reply) => self.conclude(asked, &Found { reply, age: 0 }, Counters::forwarded),
            Err(failure) => self.failed(asked, failure),
        };
        self.count_truncation(&answer);
        answer
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

    /// How each upstream does, in the order of the settings.
    #[must_use]
    pub fn upstreams(&self) -> Vec<UpstreamHealth> {
        self.forwarder.upstreams()
    }

    /// Forgets what the cache holds: of one name, with `below` also of all names below it, or of
    /// every name. Gives how many answers were forgotten.
    pub fn flush_cache(&self, name: Option<&Name>, below: bool) -> usize {
        self.cache.flush(name, below)
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

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    fn send<'q>(&self, answer: Vec<u8>) -> Step<'q> {
        self.count_truncation(&answer);
        Step::Answer(answer)
    }

    fn count_truncation(&self, answer: &[u8]) {
        if is_truncated(answer) {
            self.counters.truncated();
        }
    }

    fn odd<'q>(&self, message: &[u8], odd: Odd) -> Step<'q> {
        match odd {
            Odd::Drop => {
                self.counters.dropped();
                Step::Silence
            }
            Odd::Refuse(refusal) => {
                self.counters.refused();
                Step::Answer(refuse(message, &refusal))
            }
        }
    }

    fn local(&self, query: Query<'_>, client: Client) -> Option<Vec<u8>> {
        let found = self
            .local
            .find(&query.question.name, query.question.qtype)?;
        self.counters.local();
        Some(match found {
            LocalAnswer::Addresses(all) => {
                safe::addresses(query, client.transport, &all, LOCAL_TTL)
            }
            LocalAnswer::NoData => safe::addresses(query, client.transport, &[], LOCAL_TTL),
            LocalAnswer::NxDomain => {
                let mut answer = Answer::new(query, Rcode::NxDomain);
                answer.authority(Owner::Question, rtype::SOA, LOCAL_TTL, &soa_data(LOCAL_TTL));
                answer.finish(client.transport, None)
            }
        })
    }

    /// The one decision, on the snapshot of this moment.
    fn decide<'q>(&self, query: Query<'q>, client: Client) -> Asked<'q> {
        let policy = self.shared.policy.load_full();
        let at = self.shared.clock.moment();
        let group = policy.groups().index_of(client.address);
        let name = query.question.name;
        let ask = Ask {
            name: &name,
            group,
            at,
            found: CategorySet::EMPTY,
        };
        let verdict = policy.decide(&ask);
        let book = policy.ruleset().book();
        let plan = safe::plan(book, &verdict, verdict.tier, query.question.qtype);
        let key = key_of(&query, plan.as_ref());
        Asked {
            query,
            client,
            group,
            at,
            verdict,
            plan,
            key,
            policy,
        }
    }

    fn closed(&self, asked: &Asked<'_>) -> Option<Vec<u8>> {
        asked
            .verdict
            .is_block()
            .then(|| self.block(asked, &asked.verdict, false))
    }

    /// The blocked answer by a verdict, told to whoever counts and logs.
    fn block(&self, asked: &Asked<'_>, verdict: &Verdict, cloaked: bool) -> Vec<u8> {
        self.counters.blocked();
        self.tell(asked, verdict, cloaked);
        let ede = reason::ede(verdict, asked.policy.ruleset().book());
        let transport = asked.client.transport;
        reason::blocked(
            asked.query,
            transport,
            self.block_answer,
            self.block_ttl,
            &ede,
        )
    }

    /// A query without RD may only be answered from what is here, and from the cache that would
    /// tell one child what others looked up. So it gets nothing but blocked and local answers.
    fn not_recursive(&self, asked: &Asked<'_>) -> Option<Vec<u8>> {
        if asked.query.recursion_desired() {
            return None;
        }
        self.counters.refused();
        let ede = Ede::new(Ede::NOT_AUTHORITATIVE, "");
        Some(Answer::new(asked.query, Rcode::Refused).finish(asked.client.transport, Some(&ede)))
    }

    /// RFC 8482 §4.2: the answer to ANY is one synthesised HINFO record.
    fn minimal_any(&self, asked: &Asked<'_>) -> Option<Vec<u8>> {
        const HINFO: &[u8] = b"\x07RFC8482\x00";
        const TTL: u32 = 3600;
        if asked.query.question.qtype != rtype::ANY {
            return None;
        }
        self.counters.local();
        self.tell(asked, &asked.verdict, false);
        let mut answer = Answer::new(asked.query, Rcode::NoError);
        answer.answer(Owner::Question, rtype::HINFO, TTL, HINFO);
        Some(answer.finish(asked.client.transport, None))
    }

    fn fixed_safe_form(&self, asked: &Asked<'_>) -> Option<Vec<u8>> {
        let Some(Plan::Fixed(addresses)) = &asked.plan else {
            return None;
        };
        self.counters.local();
        self.counters.rewritten();
        self.tell(asked, &asked.verdict, false);
        Some(safe::fixed(asked.query, asked.client.transport, addresses))
    }

    fn cached(&self, asked: &Asked<'_>) -> Option<Vec<u8>> {
        let found = self.cache.find(&asked.key, self.shared.clock.seconds())?;
        Some(self.conclude(asked, &found, Counters::cached))
    }

    /// The answer made of an upstream's: closed when a name behind it is, in its safe form, or as
    /// it came.
    fn conclude(&self, asked: &Asked<'_>, found: &Found, count: fn(&Counters)) -> Vec<u8> {
        let transport = asked.client.transport;
        if let Some(Plan::Host(host)) = &asked.plan
            && !found.reply.is_failure()
        {
            count(&self.counters);
            self.counters.rewritten();
            self.tell(asked, &asked.verdict, false);
            return safe::host(asked.query, transport, host, &found.reply, found.age);
        }
        if asked.plan.is_some() {
            return self.servfail(asked, None);
        }
        if let Some(verdict) = asked.front().closed_behind(found.reply.targets()) {
            self.counters.cloaked();
            return self.block(asked, &verdict, true);
        }
        count(&self.counters);
        self.tell(asked, &asked.verdict, false);
        found.reply.render(&asked.query, found.age, transport, None)
    }

    fn failed(&self, asked: &Asked<'_>, failure: Failure) -> Vec<u8> {
        if failure == Failure::Busy {
            self.counters.overloaded();
        }
        self.servfail(asked, Some(&failure.ede()))
    }

    fn servfail(&self, asked: &Asked<'_>, ede: Option<&Ede>) -> Vec<u8> {
        self.counters.failed();
        self.tell(asked, &asked.verdict, false);
        Answer::new(asked.query, Rcode::ServFail).finish(asked.client.transport, ede)
    }

    fn tell(&self, asked: &Asked<'_>, verdict: &Verdict, cloaked: bool) {
        if verdict.no_log {
            return;
        }
        let group = &asked.policy.groups().all()[asked.group];
        self.shared.events.decided(group, verdict);
        if !verdict.is_block() {
            return;
        }
        let nameless = verdict.no_name || asked.verdict.no_name;
        self.shared.events.blocked(&Blocked {
            policy: &asked.policy,
            group,
            verdict,
            name: (!nameless).then_some(&asked.query.question.name),
            cloaked,
            client: asked.client.address,
            at: asked.at,
        });
    }
}

impl Client {
    /// A client; an address mapped into IPv6 is unmapped.
    #[must_use]
    pub fn new(address: IpAddr, transport: Transport) -> Self {
        Self {
            address: address.to_canonical(),
            transport,
        }
    }
}

impl Asked<'_> {
    fn front(&self) -> Front<'_> {
        Front {
            policy: &self.policy,
            name: &self.query.question.name,
            verdict: &self.verdict,
            group: self.group,
            at: self.at,
        }
    }
}

/// What an upstream is asked: the question, or the one about the safe host.
fn key_of(query: &Query<'_>, plan: Option<&Plan>) -> Key {
    match plan {
        // Records of our own making are not signed, so signatures are not asked for.
        Some(Plan::Host(host)) => Key {
            name: **host,
            qtype: query.question.qtype,
            dnssec_ok: false,
            checking_disabled: false,
        },
        Some(Plan::Fixed(_)) | None => Key {
            name: query.question.name,
            qtype: query.question.qtype,
            dnssec_ok: query.dnssec_ok(),
            checking_disabled: query.checking_disabled(),
        },
    }
}
