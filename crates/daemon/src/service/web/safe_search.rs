//! Whether engines answer in their safe form: the box's own resolver is asked as a group would be, and what it says
//! is compared with what the policy book wants.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name as DnsName, RData, RecordType};
use lachan_api::ports::{SafeCheck, SafeRecord, SafeSearch, SafeState};
use lachan_lists::rules::Rules;
use lachan_policy::book::{SafeForm, Strictness};
use lachan_policy::ruleset::ListClass;
use lachan_policy::{Ask, CategorySet, GroupId, Moment, Name, Policy};
use lachan_resolver::Engine;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::ports::Settings;
use crate::build;
use crate::dns::Question;
use crate::service::chain;
use crate::service::clock::Clock;

/// How long an answer may take: as long as a device would wait, and short enough for a page.
const PATIENCE: Duration = Duration::from_secs(6);
/// What a browser asks for before it goes anywhere.
const KINDS: [RecordType; 3] = [RecordType::A, RecordType::AAAA, RecordType::HTTPS];

/// The desk.
pub(super) struct SafeSearchDesk {
    pub(super) engine: Arc<Engine>,
    pub(super) policies: Arc<ArcSwap<Policy>>,
    pub(super) settings: Arc<Settings>,
    pub(super) clock: Arc<Clock>,
    /// Of the resolver: what it asks upstreams has to go on there.
    pub(super) runtime: Handle,
}

/// The names of an engine of the book, and what its answers should be.
struct Wanted {
    id: String,
    names: Vec<Name>,
    form: Form,
}

/// A safe form, kept for as long as the check runs.
enum Form {
    /// The tier gets the open form.
    Open,
    Host(Box<Name>),
    Addresses(Vec<IpAddr>),
}

/// What came for one question.
struct Came {
    engine: usize,
    kind: RecordType,
    name: Name,
    answer: Option<Message>,
}

impl SafeSearch for SafeSearchDesk {
    fn check(&self, group: u32) -> Option<Vec<SafeCheck>> {
        let group = GroupId(group);
        let policy = self.policies.load_full();
        let position = policy.groups().position(group)?;
        let wanted = self.wanted(&policy, position);
        let closed = closed(&policy, position, self.clock.now(), &wanted);
        let came = self.runtime.block_on(self.ask(group, &wanted, &closed));
        Some(judged(&wanted, &closed, &came))
    }
}

impl SafeSearchDesk {
    /// The engines of the ruleset in use, with the names that the rules have for them.
    fn wanted(&self, policy: &Policy, position: usize) -> Vec<Wanted> {
        let rules = build::rules(&self.settings.load().paths.rules);
        let rules = rules.unwrap_or_else(|error| {
            tracing::error!(error = %chain(&error), "the names of search engines cannot be read");
            Rules::default()
        });
        let book = policy.ruleset().book();
        let tier = policy.groups().all()[position].tier;
        let engines = (0..).zip(&book.data().engines);
        let wanted = engines.map(|(engine, info)| {
            let strictness = book.strictness(engine, tier);
            let form = match book.safe_form(engine, strictness) {
                _ if strictness == Strictness::Off => Form::Open,
                None => Form::Open,
                Some(SafeForm::Host(host)) => Form::Host(Box::new(*host)),
                Some(SafeForm::Addresses(all)) => Form::Addresses(all.to_vec()),
            };
            Wanted {
                names: names_of(&rules, &info.id),
                id: info.id.clone(),
                form,
            }
        });
        wanted.collect()
    }

    /// Asks for everything at once: the same question is sent to an upstream only once.
    async fn ask(&self, group: GroupId, wanted: &[Wanted], closed: &BTreeSet<Name>) -> Vec<Came> {
        let mut asked = JoinSet::new();
        for (engine, wanted) in wanted.iter().enumerate() {
            let mut names = Vec::new();
            match &wanted.form {
                Form::Open => continue,
                Form::Host(host) => names.push(**host),
                Form::Addresses(_) => {}
            }
            names.extend(wanted.names.iter().filter(|name| !closed.contains(*name)));
            for name in names {
                for kind in KINDS {
                    let resolver = Arc::clone(&self.engine);
                    asked.spawn(async move {
                        let message = Question {
                            name: name.to_string(),
                            qtype: kind.into(),
                            wants_dnssec: false,
                        };
                        let message = message.message();
                        let answer = timeout(PATIENCE, resolver.examine(group, &message)).await;
                        let answer = answer.ok().flatten();
                        Came {
                            engine,
                            kind,
                            name,
                            answer: answer.and_then(|bytes| Message::from_vec(&bytes).ok()),
                        }
                    });
                }
            }
        }
        let mut came = Vec::new();
        while let Some(one) = asked.join_next().await {
            came.extend(one);
        }
        came
    }
}

fn names_of(rules: &Rules, engine: &str) -> Vec<Name> {
    let engines = &rules.book.engines;
    let lists = rules.lists.iter().filter(|list| {
        let info = &list.spec.info;
        let named = engines.get(usize::from(info.param));
        info.class == ListClass::SafeSearch && named.is_some_and(|named| named.id == engine)
    });
    let entries = lists.flat_map(|list| list.entries.iter());
    entries.map(|(name, _)| *name).collect()
}

/// Names that are closed for the group: nothing of them is asked.
fn closed(policy: &Policy, group: usize, at: Option<Moment>, wanted: &[Wanted]) -> BTreeSet<Name> {
    let names = wanted.iter().flat_map(|wanted| &wanted.names);
    let is_closed = |name: &&Name| {
        let ask = Ask {
            name,
            group,
            at,
            found: CategorySet::EMPTY,
        };
        policy.decide(&ask).is_block()
    };
    names.filter(is_closed).copied().collect()
}

fn judged(wanted: &[Wanted], closed: &BTreeSet<Name>, came: &[Came]) -> Vec<SafeCheck> {
    let each = wanted.iter().enumerate().map(|(engine, wanted)| {
        let came = came.iter().filter(|came| came.engine == engine);
        let came: Vec<_> = came.collect();
        let records = KINDS.map(|kind| record(wanted, closed, kind, &came));
        SafeCheck {
            engine: wanted.id.clone(),
            state: records
                .iter()
                .map(|record| record.state)
                .max()
                .unwrap_or(SafeState::Off),
            names: wanted.names.len(),
            records: records.into(),
        }
    });
    each.collect()
}

/// The worst that is true of a kind of record.
fn record(
    wanted: &Wanted,
    closed: &BTreeSet<Name>,
    kind: RecordType,
    came: &[&Came],
) -> SafeRecord {
    let of_host = match &wanted.form {
        Form::Host(host) => {
            let own = came
                .iter()
                .filter(|came| came.name == **host && came.kind == kind);
            own.filter_map(|came| came.answer.as_ref())
                .flat_map(addresses)
                .collect()
        }
        Form::Addresses(all) => all.iter().copied().collect(),
        Form::Open => BTreeSet::new(),
    };
    let mut by_state: BTreeMap<SafeState, (usize, Name)> = BTreeMap::new();
    for name in &wanted.names {
        let state = match &wanted.form {
            Form::Open => SafeState::Off,
            _ if closed.contains(name) => SafeState::Closed,
            form => {
                let own = came
                    .iter()
                    .find(|came| came.name == *name && came.kind == kind);
                let answer = own.and_then(|came| came.answer.as_ref());
                state_of(form, &of_host, kind, answer)
            }
        };
        by_state.entry(state).or_insert((0, *name)).0 += 1;
    }
    let worst = by_state.last_key_value();
    let (state, (names, example)) = match worst {
        Some((state, (names, example))) => (*state, (*names, Some(example.to_string()))),
        // An engine whose names the rules do not know cannot be judged.
        None => (SafeState::Unanswered, (0, None)),
    };
    SafeRecord {
        kind: kind.to_string(),
        state,
        names,
        example,
    }
}

/// What an answer to a question about an engine's name is.
fn state_of(
    form: &Form,
    safe: &BTreeSet<IpAddr>,
    kind: RecordType,
    answer: Option<&Message>,
) -> SafeState {
    let Some(answer) = answer.filter(|answer| {
        let code = answer.metadata.response_code;
        matches!(code, ResponseCode::NoError | ResponseCode::NXDomain)
    }) else {
        return SafeState::Unanswered;
    };
    if kind == RecordType::HTTPS {
        // An untouched record has the addresses and keys of the open form.
        let mut bindings = answer
            .answers
            .iter()
            .filter(|record| matches!(record.record_type(), RecordType::HTTPS | RecordType::SVCB));
        return match bindings.next() {
            Some(_) => SafeState::Unsafe,
            None => SafeState::Safe,
        };
    }
    let leads_there = |record: &hickory_proto::rr::Record| match (&record.data, form) {
        (RData::CNAME(target), Form::Host(host)) => is_name(&target.0, host),
        (RData::CNAME(_), _) => false,
        _ => true,
    };
    let is_safe = answer.answers.iter().all(leads_there)
        && (has_cname(answer) || addresses(answer).all(|address| safe.contains(&address)));
    match is_safe {
        true => SafeState::Safe,
        false => SafeState::Unsafe,
    }
}

fn has_cname(answer: &Message) -> bool {
    let mut kinds = answer
        .answers
        .iter()
        .map(hickory_proto::rr::Record::record_type);
    kinds.any(|kind| kind == RecordType::CNAME)
}

fn is_name(shown: &DnsName, name: &Name) -> bool {
    let shown = shown.to_ascii().to_ascii_lowercase();
    shown.trim_end_matches('.') == name.to_string()
}

fn addresses(answer: &Message) -> impl Iterator<Item = IpAddr> + '_ {
    answer
        .answers
        .iter()
        .filter_map(|record| match &record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{MessageType, OpCode};
    use hickory_proto::rr::Record;
    use hickory_proto::rr::rdata::{A, CNAME};

    fn name(text: &str) -> Name {
        Name::from_text(text).unwrap()
    }

    fn answer(records: Vec<RData>) -> Message {
        let mut message = Message::new(1, MessageType::Response, OpCode::Query);
        let owner = DnsName::from_ascii("www.engine.example.").unwrap();
        for data in records {
            message.add_answer(Record::from_rdata(owner.clone(), 60, data));
        }
        message
    }

    fn cname(target: &str) -> RData {
        RData::CNAME(CNAME(DnsName::from_ascii(target).unwrap()))
    }

    fn a(last: u8) -> RData {
        RData::A(A::new(192, 0, 2, last))
    }

    fn state(form: &Form, records: Vec<RData>) -> SafeState {
        let safe = BTreeSet::from([IpAddr::from([192, 0, 2, 1])]);
        state_of(form, &safe, RecordType::A, Some(&answer(records)))
    }

    #[test]
    fn what_leads_to_the_safe_host_is_safe_and_nothing_else() {
        let form = Form::Host(Box::new(name("safe.example")));
        assert_eq!(
            state(&form, vec![cname("SAFE.example."), a(9)]),
            SafeState::Safe
        );
        assert_eq!(state(&form, vec![a(1)]), SafeState::Safe);
        assert_eq!(state(&form, vec![]), SafeState::Safe);
        assert_eq!(state(&form, vec![a(1), a(2)]), SafeState::Unsafe);
        assert_eq!(
            state(&form, vec![cname("open.example."), a(1)]),
            SafeState::Unsafe
        );
    }

    #[test]
    fn fixed_addresses_are_safe_and_no_others() {
        let form = Form::Addresses(vec![[192, 0, 2, 1].into()]);
        assert_eq!(state(&form, vec![a(1)]), SafeState::Safe);
        assert_eq!(state(&form, vec![a(7)]), SafeState::Unsafe);
        assert_eq!(
            state(&form, vec![cname("safe.example."), a(1)]),
            SafeState::Unsafe
        );
    }

    #[test]
    fn a_service_binding_leads_past_the_safe_form() {
        let form = Form::Host(Box::new(name("safe.example")));
        let none = BTreeSet::new();
        let state = |answer: &Message| state_of(&form, &none, RecordType::HTTPS, Some(answer));
        assert_eq!(state(&answer(vec![])), SafeState::Safe);
        let target = DnsName::from_ascii("open.example.").unwrap();
        let binding = hickory_proto::rr::rdata::SVCB::new(1, target, Vec::new());
        let binding = RData::HTTPS(hickory_proto::rr::rdata::HTTPS(binding));
        assert_eq!(state(&answer(vec![binding])), SafeState::Unsafe);
    }

    #[test]
    fn a_failure_says_nothing() {
        let form = Form::Host(Box::new(name("safe.example")));
        let mut failed = answer(vec![]);
        failed.metadata.response_code = ResponseCode::ServFail;
        let none = BTreeSet::new();
        for answer in [None, Some(&failed)] {
            let state = state_of(&form, &none, RecordType::A, answer);
            assert_eq!(state, SafeState::Unanswered);
        }
    }
}
