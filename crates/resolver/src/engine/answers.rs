//! Stages of the engine that belong to answers of a particular kind: why, service bindings, what
//! stands behind an answer, limits. What each decides stands in a module of its own; here it is
//! counted, told and written.

use std::sync::Arc;

use super::{Asked, Engine, Lane, Snapshot, Waiting};
use crate::behind::{By, Closed};
use crate::bypass::BypassCounts;
use crate::client::Client;
use crate::events::Behind;
use crate::limit::{self, Refused, Shape};
use crate::local::{LOCAL_TTL, text_data};
use crate::safe;
use crate::settings::HttpsRecords;
use crate::why::{self, Question as WhyQuestion};
use crate::wire::query::{Query, Transport};
use crate::wire::write::{Answer, Owner, cut, soa_data};
use crate::wire::{Ede, Rcode, rtype};
use lachan_policy::{BypassKind, Moment, Policy, Rule, Verdict};

impl Engine {
    /// Attempts to get round the filter since the start, by kind.
    #[must_use]
    pub fn bypasses(&self) -> BypassCounts {
        self.bypasses.read(self.forwarder.answers_without_ech())
    }

    /// The time, as the daemon knows it.
    #[must_use]
    pub fn now(&self) -> Option<Moment> {
        self.moment()
    }

    pub(crate) fn moment(&self) -> Option<Moment> {
        self.shared.clock.moment()
    }

    /// The end of a query by a verdict, told and counted once, whatever came of it.
    pub(super) fn tell(&self, asked: &Asked<'_>, verdict: &Verdict, behind: Option<Behind<'_>>) {
        if behind.is_none() && asked.is_told {
            let name = &asked.query.question.name;
            self.bypasses.decided(asked.policy, name, verdict);
        }
        self.note(asked, verdict, behind);
    }

    /// A device over its rate comes again over TCP, and is refused there in the end.
    pub(super) fn over_rate(&self, query: &Query<'_>, client: Client, out: &mut Vec<u8>) -> bool {
        let now = || self.shared.clock.seconds();
        let transport = client.transport;
        let mac = || self.shared.mac_of(&client);
        if !self
            .limits
            .is_over_rate(client.address, mac, transport, now)
        {
            return false;
        }
        self.counters.refused();
        self.counters.limited();
        match transport {
            Transport::Udp => cut(query, out),
            Transport::Stream => {
                let answer = Answer::new(query, Rcode::Refused, out);
                answer.finish(transport, Some(&limit::over_rate(self.reasons.language())));
            }
        }
        true
    }

    /// A question why a name is open or closed, below a domain of the school's own. Not told to
    /// anybody: it is about a name, and no visit to it.
    pub(super) fn asks_why(
        &self,
        snapshot: &Snapshot,
        query: &Query<'_>,
        lane: &Lane,
        out: &mut Vec<u8>,
    ) -> bool {
        let name = query.question.name;
        if !self.local.concerns(name) {
            return false;
        }
        let Some(question) = self.why.asked(name).filter(|_| !self.local.owns(name)) else {
            return false;
        };
        let (client, group) = (lane.client, lane.group);
        if !self.shared.is_near(&client, group) {
            self.counters.refused();
            let ede = Ede::new(Ede::PROHIBITED, "");
            Answer::new(query, Rcode::Refused, out).finish(client.transport, Some(&ede));
            return true;
        }
        self.counters.local();
        let lines = self.explain(&question, &snapshot.policy, group, snapshot.at);
        self.put_lines(query, client, &lines, out);
        true
    }

    fn explain(
        &self,
        question: &WhyQuestion,
        policy: &Policy,
        group: usize,
        at: Option<Moment>,
    ) -> Vec<String> {
        let asked = why::Asked {
            policy,
            group,
            at,
            language: self.reasons.language(),
        };
        why::explain(question, &asked)
    }

    /// Lines of text, which nobody on the way may keep: another device gets others.
    fn put_lines(&self, query: &Query<'_>, client: Client, lines: &[String], out: &mut Vec<u8>) {
        let mut answer = Answer::new(query, Rcode::NoError, out);
        if matches!(query.question.qtype, rtype::TXT | rtype::ANY) {
            let data = text_data(lines.iter().map(String::as_str));
            answer.answer(Owner::Question, rtype::TXT, 0, &data);
        } else {
            answer.authority(Owner::Question, rtype::SOA, 0, &soa_data(0));
        }
        answer.finish(client.transport, None);
    }

    /// `TXT why.NAME` of a closed name: all its records are withheld, so this hides none. Of a
    /// sealed entry there is nothing to tell.
    pub(super) fn asks_why_closed(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        let question = &asked.query.question;
        if question.qtype != rtype::TXT || asked.verdict.rule == Rule::Sealed {
            return false;
        }
        let about = why::short_form(question.name);
        let Some(about) = about.filter(|_| self.shared.is_near(&asked.client, asked.group)) else {
            return false;
        };
        self.counters.local();
        let about = WhyQuestion::About(about);
        let lines = self.explain(&about, asked.policy, asked.group, asked.at);
        self.put_lines(asked.query, asked.client, &lines, out);
        true
    }

    /// By option, names have no service bindings at all.
    pub(super) fn no_services(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        let is_service = matches!(asked.query.question.qtype, rtype::SVCB | rtype::HTTPS);
        if !is_service || self.https_records == HttpsRecords::Keep {
            return false;
        }
        self.counters.local();
        self.tell(asked, &asked.verdict, None);
        safe::addresses(asked.query, asked.client.transport, &[], LOCAL_TTL, out);
        true
    }

    /// A device that asks the upstreams too much is refused, and told why. It loses nothing that is
    /// answered from here.
    pub(super) fn over_limit(&self, asked: &Asked<'_>, out: &mut Vec<u8>) -> bool {
        let book = asked.policy.ruleset().book();
        let category = asked.verdict.category;
        let miss = limit::Asked {
            address: asked.client.address,
            mac: self.shared.mac_of(&asked.client),
            name: asked.query.question.name,
            level: asked.verdict.level,
            is_listed: category.is_some_and(|category| category != book.uncategorised()),
        };
        let Err(refused) = self.limits.miss(&miss, self.shared.clock.seconds()) else {
            return false;
        };
        self.counters.refused();
        match refused {
            Refused::Misses => self.counters.limited(),
            Refused::Domain(shape) => {
                self.counters.contained();
                if shape == Shape::NewTunnel {
                    self.counters.tunnels();
                }
            }
        }
        if refused.is_tunnel() {
            self.bypasses.count(BypassKind::Tunnel);
            self.note(asked, &asked.verdict, None);
        } else {
            self.tell(asked, &asked.verdict, None);
        }
        let answer = Answer::new(asked.query, Rcode::Refused, out);
        answer.finish(
            asked.client.transport,
            Some(&refused.ede(self.reasons.language())),
        );
        true
    }

    /// The blocked answer to a query whose name is open and whose answer leads to what is closed.
    pub(super) fn closed_behind(&self, asked: &Asked<'_>, closed: &Closed, out: &mut Vec<u8>) {
        match closed.by {
            By::Chain | By::Service => self.counters.cloaked(),
            By::Address => self.counters.by_address(),
        }
        if asked.is_told {
            self.bypasses.closed_behind(closed.by);
        }
        let how = closed.how(
            asked.query.question.qtype,
            self.block_answer(asked.policy, &closed.verdict),
        );
        let behind = closed.behind(asked.logged_name(&closed.verdict).is_some());
        self.block(asked, &closed.verdict, Some(behind), how, out);
    }
}

impl Waiting {
    /// What was decided of a message, to be kept until an upstream has answered.
    pub(super) fn new(
        message: &[u8],
        lane: &Lane,
        snapshot: &Snapshot,
        asked: &Asked<'_>,
    ) -> Box<Self> {
        Box::new(Self {
            message: message.into(),
            name: lane.name,
            head: asked.query.head(),
            client: lane.client,
            policy: Arc::clone(&snapshot.policy),
            group: asked.group,
            at: asked.at,
            verdict: asked.verdict,
            keeps_ech: asked.keeps_ech,
            is_told: asked.is_told,
        })
    }
}
