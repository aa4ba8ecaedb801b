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
use lachan_policy::{Ask, CategorySet, Moment, Policy, Tier, Token, Verdict};

use crate::cache::{Cache, Found, Key};
use crate::cloak::Front;
use crate::counters::{Counters, Counts};
use crate::devices::{DeviceNames, Neighbours};
use crate::events::{Blocked, Clock, Events};
use crate::forward::{Failure, Forwarder};
use crate::local::{LOCAL_TTL, LocalAnswer, LocalNames};
use crate::reason;
use crate::safe::{self, Plan};
use crate::settings::{BlockAnswer, MAX_BLOCK_TTL, Settings};
use crate::wire::query::{Odd, Query, Transport};
use crate::wire::response::is_truncated;
use crate::wire::write::{Answer, Owner, name_bytes, refuse, soa_data};
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
    /// Which hardware address is behind which address; asked only where a group names devices so.
    pub neighbours: Arc<ArcSwap<Neighbours>>,
    /// The names that DHCP gave out.
    pub devices: Arc<ArcSwap<DeviceNames>>,
}

/// Who asks, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The client's address; an IPv4 address mapped into IPv6 counts as the IPv4 one.
    pub address: IpAddr,
    /// How the query came in.
    pub transport: Transport,
    /// Number of the interface it came in on, as the kernel counts; 0 where that is not known.
    pub interface: u32,
    /// The group token of an encrypted query, if it carried one.
    pub token: Option<Token>,
}

/// What the stages that need nobody else made of a message.
pub enum Step<'q> {
    /// The answer stands in the buffer, to be sent.
    Answered,
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
    /// By tier.
    block_answers: [BlockAnswer; Tier::ALL.len()],
    block_ttl: u32,
}

/// A stage after the decision: whether it wrote the answer.
type Stage = for<'q> fn(&Engine, &Asked<'q>, &mut Vec<u8>) -> bool;

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
            block_answers: settings.block_answers(),
            block_ttl: u32::try_from(block_ttl).unwrap_or(0),
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
    pub fn begin<'q>(&self, message: &'q [u8], client: Client, out: &mut Vec<u8>) -> Step<'q> {
        self.counters.queries();
        let query = match Query::parse(message) {
            Ok(query) => query,
            Err(odd) => return self.odd(message, odd, out),
        };
        if self.local(&query, client, out) {
            return self.send(out);
        }
        let asked = self.decide(query, client);
        if STAGES.iter().any(|stage| stage(self, &asked, out)) {
            return self.send(out);
        }
        Step::Ask(Box::new(asked))
    }

    /// Asks the upstreams and answers, within the total time limit of the settings.
    pub async fn finish(&self, asked: &Asked<'_>, out: &mut Vec<u8>) {
        match self.forwarder.ask(&asked.key).await {
            Ok(reply) => self.conclude(asked, &Found { reply, age: 0 }, Counters::forwarded, out),
            Err(failure) => self.failed(asked, failure, out),
        }
        self.count_truncation(out);
    }

    /// The counters.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counters.read()
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

    fn send<'q>(&self, answer: &[u8]) -> Step<'q> {
        self.count_truncation(answer);
        Step::Answered
    }

    fn count_truncation(&self, answer: &[u8]) {
        if is_truncated(answer) {
            self.counters.truncated();
        }
    }

    fn odd<'q>(&self, message: &[u8], odd: Odd, out: &mut Vec<u8>) -> Step<'q> {
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

    fn local(&self, query: &Query<'_>, client: Client, out: &mut Vec<u8>) -> bool {
        let question = &query.question;
        let devices = self.shared.devices.load();
        let may_learn = |address| self.shared.may_learn(&client, address);
        let found = self
            .local
            .find(&question.name, question.qtype, &devices, may_learn);
        let Some(found) = found else {
            return false;
        };
        self.counters.local();
        match found {
            LocalAnswer::Addresses(all) => {
                safe::addresses(query, client.transport, &all, LOCAL_TTL, out);
            }
            LocalAnswer::Pointer(name) => {
                let mut answer = Answer::new(query, Rcode::NoError, out);
                answer.answer(Owner::Question, rtype::PTR, LOCAL_TTL, &name_bytes(&name));
                answer.finish(client.transport, None);
            }
            LocalAnswer::NoData => safe::addresses(query, client.transport, &[], LOCAL_TTL, out),
            LocalAnswer::NxDomain => {
                let mut answer = Answer::new(query, Rcode::NxDomain, out);
                answer.authority(Owner::Question, rtype::SOA, LOCAL_TTL, &soa_data(LOCAL_TTL));
                answer.finish(client.transport, None);
            }
        }
        true
    }

    /// The one decision, on the snapshot of this moment.
    fn decide<'q>(&self, query: Query<'q>, client: Client) -> Asked<'q> {
        let policy = self.shared.policy.load_full();
        let at = self.shared.clock.moment();
        let group = policy.groups().index_of(&self.shared.who(&policy, &client));
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

    fn closed(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        let closed = asked.verdict.is_block();
        if closed {
            self.block(asked, &asked.verdict, false, out);
        }
        closed
    }

    /// The blocked answer by a verdict, told to whoever counts and logs.
    fn block(&self, asked: &Asked<'_>, verdict: &Verdict, cloaked: bool, out: &mut Vec<u8>) {
        self.counters.blocked();
        self.tell(asked, verdict, cloaked);
        let ede = reason::ede(verdict, asked.policy.ruleset().book());
        let transport = asked.client.transport;
        reason::blocked(
            &asked.query,
            transport,
            self.block_answers[verdict.tier.index()],
            self.block_ttl,
            &ede,
            out,
        );
    }

    /// A query without RD may only be answered from what is here, and from the cache that would
    /// tell one child what others looked up. So it gets nothing but blocked and local answers.
    fn not_recursive(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        if asked.query.recursion_desired() {
            return false;
        }
        self.counters.refused();
        let ede = Ede::new(Ede::NOT_AUTHORITATIVE, "");
        let answer = Answer::new(&asked.query, Rcode::Refused, out);
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
        self.tell(asked, &asked.verdict, false);
        let mut answer = Answer::new(&asked.query, Rcode::NoError, out);
        answer.answer(Owner::Question, rtype::HINFO, TTL, HINFO);
        answer.finish(asked.client.transport, None);
        true
    }

    fn fixed_safe_form(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        let Some(Plan::Fixed(addresses)) = &asked.plan else {
            return false;
        };
        self.counters.local();
        self.counters.rewritten();
        self.tell(asked, &asked.verdict, false);
        safe::fixed(&asked.query, asked.client.transport, addresses, out);
        true
    }

    fn cached(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        let Some(found) = self.cache.find(&asked.key, self.shared.clock.seconds()) else {
            return false;
        };
        self.conclude(asked, &found, Counters::cached, out);
        true
    }

    /// The answer made of an upstream's: closed when a name behind it is, in its safe form, or as
    /// it came.
    fn conclude(&self, asked: &Asked<'_>, found: &Found, count: fn(&Counters), out: &mut Vec<u8>) {
        let transport = asked.client.transport;
        if let Some(Plan::Host(host)) = &asked.plan
            && !found.reply.is_failure()
        {
            count(&self.counters);
            self.counters.rewritten();
            self.tell(asked, &asked.verdict, false);
            return safe::host(&asked.query, transport, host, &found.reply, found.age, out);
        }
        if asked.plan.is_some() {
            return self.servfail(asked, None, out);
        }
        if let Some(verdict) = asked.front().closed_behind(found.reply.targets()) {
            self.counters.cloaked();
            return self.block(asked, &verdict, true, out);
        }
        count(&self.counters);
        self.tell(asked, &asked.verdict, false);
        let reply = &found.reply;
        reply.render(&asked.query, found.age, transport, None, out);
    }

    fn failed(&self, asked: &Asked<'_>, failure: Failure, out: &mut Vec<u8>) {
        if failure == Failure::Busy {
            self.counters.overloaded();
        }
        self.servfail(asked, Some(&failure.ede()), out);
    }

    fn servfail(&self, asked: &Asked<'_>, ede: Option<&Ede>, out: &mut Vec<u8>) {
        self.counters.failed();
        self.tell(asked, &asked.verdict, false);
        let answer = Answer::new(&asked.query, Rcode::ServFail, out);
        answer.finish(asked.client.transport, ede);
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
            interface: 0,
            token: None,
        }
    }

    /// The same client, who came in on this interface.
    #[must_use]
    pub fn on_interface(self, interface: u32) -> Self {
        Self { interface, ..self }
    }

    /// The same client, who showed this token.
    #[must_use]
    pub fn with_token(self, token: Token) -> Self {
        let token = Some(token);
        Self { token, ..self }
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
