//! The running filter: does it answer what it should, over UDP and over TCP? A local name needs
//! nobody; a blocked one goes through the policy; an open one through the upstreams.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::opt::EdnsOption;
use lachan_lists::open::open;
use lachan_policy::{Name, Policy, Who};

use super::Case;
use super::finding::Finding;
use crate::database::Database;
use crate::dns::{AskError, Question, Reply, over_tcp, over_udp, reached_at};
use crate::network;
use crate::policy_source::People;
use crate::rule::decide;
use crate::time::Now;
use crate::words::Words;

const CHECK: &str = "answering";
/// Longest wait for an answer: longer than the filter waits for its upstreams.
const PATIENCE: Duration = Duration::from_secs(4);
/// Names that most schools close, the canary of encrypted DNS first: nobody looks at them.
const OFTEN_CLOSED: [&str; 4] = [
    "use-application-dns.net",
    "mask.icloud.com",
    "fb88.com",
    "nohu.com",
];
/// Names that every school opens.
const OFTEN_OPEN: [&str; 3] = ["moet.gov.vn", "chinhphu.vn", "vnedu.vn"];

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let words = case.words;
    let Some(status) = case.status else {
        let text = words.filter_not_running();
        return vec![Finding::fault(
            CHECK,
            text,
            words.filter_not_running_remedy(),
        )];
    };
    let mut findings = Vec::new();
    for listener in &status.listeners {
        let question = Ours {
            kind: Kind::Local,
            name: "localhost".to_owned(),
        };
        findings.extend(ask(words, *listener, &question));
    }
    if let Some(listener) = status.listeners.first() {
        for question in decided(case, reached_at(*listener).ip()) {
            findings.extend(ask(words, *listener, &question));
        }
    }
    findings
}

/// What kind of answer a question of ours must get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Local,
    Blocked,
    Open,
}

/// A question of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ours {
    kind: Kind,
    name: String,
}

/// A closed and an open name, as the policy of this box has it for the address we ask from.
fn decided(case: &Case<'_>, from: IpAddr) -> Vec<Ours> {
    let Some(policy) = policy(case) else {
        return Vec::new();
    };
    let group = policy.groups().index_of(&Who::at(from));
    let at = Now::system().moment(&case.config.school.time_zone);
    let is_closed = |text: &&&str| {
        let name = Name::from_text(text).ok();
        name.is_some_and(|name| decide(&policy, &name, group, at).is_block())
    };
    let question = |kind, name: Option<&&str>| {
        name.map(|name| Ours {
            kind,
            name: (*name).to_owned(),
        })
    };
    let closed = question(Kind::Blocked, OFTEN_CLOSED.iter().find(is_closed));
    let asks_upstreams = !case.is_offline && !case.config.resolver.upstreams.is_empty();
    let open = OFTEN_OPEN
        .iter()
        .find(|name| asks_upstreams && !is_closed(name));
    closed
        .into_iter()
        .chain(question(Kind::Open, open))
        .collect()
}

/// The policy as the files have it; what keeps it from being read is told by other checks.
fn policy(case: &Case<'_>) -> Option<Policy> {
    let config = case.config;
    let ruleset = Arc::new(open(&config.paths.ruleset).ok()?);
    let database = Database::open_existing(config).ok()?;
    let people = match database {
        Some(database) => database.ask(People::read).ok()?,
        None => People::default(),
    };
    let links = network::links().unwrap_or_default();
    people
        .policy(ruleset, config.resolver.unknown_devices.tier, &links)
        .ok()
}

fn ask(words: Words, listener: SocketAddr, question: &Ours) -> [Finding; 2] {
    let address = reached_at(listener);
    let asked = Question::address_of(&question.name);
    let answers = [
        ("UDP", over_udp(address, &asked, PATIENCE)),
        ("TCP", over_tcp(address, &asked, PATIENCE)),
    ];
    answers.map(|(transport, answer)| {
        let place = format!("{address} ({transport})");
        evaluate(words, &place, question, &answer)
    })
}

fn evaluate(
    words: Words,
    place: &str,
    question: &Ours,
    answer: &Result<Reply, AskError>,
) -> Finding {
    let name = &question.name;
    let reply = match answer {
        Ok(reply) => reply,
        Err(error) => {
            let text = words.no_answer(place, name, &error.to_string());
            return Finding::fault(CHECK, text, words.no_answer_remedy());
        }
    };
    let millis = reply.taken.as_millis();
    let (is_right, text) = match question.kind {
        Kind::Local => (
            !reply.message.answers.is_empty(),
            words.local_answered(place, millis),
        ),
        Kind::Blocked => (
            is_blocked(reply),
            words.blocked_answered(place, name, millis),
        ),
        Kind::Open => (
            !reply.message.answers.is_empty(),
            words.open_answered(place, name, millis),
        ),
    };
    if is_right {
        return Finding::good(CHECK, text);
    }
    let code = reply.code().to_string();
    match question.kind {
        Kind::Open => Finding::fault(
            CHECK,
            words.open_not_answered(place, name, &code),
            words.open_not_answered_remedy(),
        ),
        Kind::Blocked => Finding::fault(
            CHECK,
            words.blocked_not_blocked(place, name),
            words.blocked_not_blocked_remedy(name),
        ),
        Kind::Local => Finding::fault(
            CHECK,
            words.no_answer(place, name, &code),
            words.no_answer_remedy(),
        ),
    }
}

/// Closed answers are told by their code or by the reason they carry (RFC 8914 §4.16 to §4.18).
fn is_blocked(reply: &Reply) -> bool {
    const EXTENDED_ERROR: u16 = 15;
    let edns = reply.message.edns.as_ref();
    let options = edns
        .map(|edns| edns.options().as_ref().to_vec())
        .unwrap_or_default();
    let has_reason = options.iter().any(|(_, option)| match option {
        EdnsOption::Unknown(EXTENDED_ERROR, data) => {
            matches!(data.get(..2), Some([0, 15..=17]))
        }
        _ => false,
    });
    has_reason || reply.code() == ResponseCode::NXDomain
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use crate::dns::fake::{empty, server, with};
    use lachan_config::Language;

    const VI: Words = Words::new(Language::Vietnamese);
    const SHORT: Duration = Duration::from_millis(50);

    #[track_caller]
    fn check(kind: Kind, answer: fn(&[u8]) -> Option<Vec<u8>>, expected: Level) {
        let question = Ours {
            kind,
            name: "hoc.vn".into(),
        };
        let limit = if answer(&query()).is_some() {
            PATIENCE
        } else {
            SHORT
        };
        let reply = over_udp(server(answer), &Question::address_of("hoc.vn"), limit);
        let finding = evaluate(VI, "127.0.0.1:53 (UDP)", &question, &reply);
        assert_eq!(finding.level, expected, "{finding:?}");
        assert_eq!(finding.remedy.is_some(), expected == Level::Fault);
    }

    /// Any query that has a question.
    fn query() -> Vec<u8> {
        [
            &[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0][..],
            b"\x01a\x00\x00\x01\x00\x01",
        ]
        .concat()
    }

    fn address(query: &[u8]) -> Option<Vec<u8>> {
        Some(with(query, false, &[(1, &[192, 0, 2, 1])]))
    }

    #[test]
    fn each_kind_of_name_must_get_its_kind_of_answer() {
        check(Kind::Local, address, Level::Good);
        check(Kind::Local, |query| Some(empty(query, 3)), Level::Fault);
        check(Kind::Open, address, Level::Good);
        check(Kind::Open, |query| Some(empty(query, 2)), Level::Fault);
        check(Kind::Blocked, |query| Some(empty(query, 3)), Level::Good);
        check(Kind::Blocked, address, Level::Fault);
        check(Kind::Blocked, |_| None, Level::Fault);
    }

    #[test]
    fn a_block_address_with_its_reason_is_a_block() {
        let answer = |query: &[u8]| {
            let mut bytes = with(query, false, &[(1, &[10, 0, 0, 1])]);
            bytes[11] = 1;
            // OPT with an Extended DNS Error 15.
            bytes.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 6, 0, 15, 0, 2, 0, 15]);
            Some(bytes)
        };
        check(Kind::Blocked, answer, Level::Good);
    }
}
