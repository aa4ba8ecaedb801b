//! The upstreams: do they answer, do they tell the truth, do they validate? Each is asked a handful
//! of questions about names that belong to nobody at the school.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;
use lachan_config::{Config, Mode, Protocol, Upstream};

use super::finding::Finding;
use super::{Case, private};
use crate::dns::{Question, Reply, SOA, over_tcp, over_udp};
use crate::service::{Roots, upstream};
use crate::words::Words;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Tries of a question over UDP: one lost packet says nothing.
const TRIES: usize = 3;
/// A name everybody knows, signed, whose letters come back as they were sent.
const SIGNED: &str = "eXaMpLe.CoM";
/// A name whose signatures are wrong on purpose (run for that by Comcast since 2012).
const BOGUS: &str = "dnssec-failed.org";
/// Slower than this and pupils notice.
const SLOW: Duration = Duration::from_millis(150);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let words = case.words;
    let targets = targets(case.config);
    if targets.is_empty() {
        let text = words.no_upstream().trim().to_owned();
        return vec![Finding::warning(
            "upstreams",
            text,
            words.no_upstream_remedy(),
        )];
    }
    if case.is_offline {
        return vec![Finding::unknown("upstreams", words.not_asked_offline())];
    }
    let roots = Roots::load(&case.config.resolver);
    let seen = thread::scope(|scope| {
        let probes: Vec<_> = targets
            .iter()
            .map(|target| match target.protocol {
                Protocol::Plain | Protocol::Tcp => {
                    scope.spawn(|| Heard::Clear(probe(target.address, PATIENCE)))
                }
                _ => scope.spawn(|| Heard::Private(private::ask(target, &roots, PATIENCE))),
            })
            .collect();
        let seen = probes
            .into_iter()
            .map(|probe| probe.join().unwrap_or_default());
        seen.collect::<Vec<_>>()
    });
    let any_answers = seen.iter().any(Heard::answers);
    let each = targets.iter().zip(&seen);
    each.flat_map(|(target, heard)| {
        let label = upstream(target).to_string();
        match heard {
            Heard::Clear(seen) => evaluate(words, &label, seen, any_answers),
            Heard::Private(answer) => private::evaluate(words, &label, answer, any_answers),
        }
    })
    .collect()
}

/// Every server that is asked, those of single domains among them, each once.
fn targets(config: &Config) -> Vec<&Upstream> {
    let zones = config.resolver.forward.iter();
    let zones = zones.flat_map(|zone| &zone.upstreams);
    let general = config
        .resolver
        .upstreams
        .iter()
        .filter(|_| config.resolver.mode == Mode::Forward);
    let mut all: Vec<&Upstream> = Vec::new();
    for one in general.chain(zones) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// What was heard of an upstream.
enum Heard {
    /// One that is asked in the clear.
    Clear(Seen),
    /// One that is asked over an encrypted way.
    Private(Result<private::Answer, String>),
}

impl Heard {
    fn answers(&self) -> bool {
        match self {
            Self::Clear(seen) => seen.answers(),
            Self::Private(answer) => answer.is_ok(),
        }
    }
}

impl Default for Heard {
    fn default() -> Self {
        Self::Clear(Seen::default())
    }
}

/// What was seen of an upstream; `None` where that could not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Seen {
    /// The fastest answer over UDP.
    udp: Option<Duration>,
    /// The answer over TCP.
    tcp: Option<Duration>,
    /// Whether letters come back as they were sent.
    keeps_case: Option<bool>,
    /// Whether a name that does not exist gets an address.
    invents: Option<bool>,
    /// Whether signatures come along when they are asked for.
    signs: Option<bool>,
    /// Whether it says that it validated.
    validates: Option<bool>,
    /// Whether it refuses what is signed wrongly.
    refuses_bogus: Option<bool>,
}

impl Seen {
    fn answers(&self) -> bool {
        self.udp.is_some() || self.tcp.is_some()
    }
}

fn probe(server: SocketAddr, patience: Duration) -> Seen {
    let ask =
        |question: &Question| (0..TRIES).find_map(|_| over_udp(server, question, patience).ok());
    let plain = Question::address_of(SIGNED);
    let first = ask(&plain);
    let mut seen = Seen {
        udp: first
            .as_ref()
            .map(|reply| fastest(reply, || over_udp(server, &plain, patience).ok())),
        tcp: over_tcp(server, &plain, patience)
            .ok()
            .map(|reply| reply.taken),
        keeps_case: first.as_ref().map(|reply| reply.keeps_case),
        ..Seen::default()
    };
    if !seen.answers() {
        return seen;
    }
    // A server that answers over TCP alone is asked the rest there.
    let ask = |question: &Question| match seen.udp {
        Some(_) => ask(question),
        None => over_tcp(server, question, patience).ok(),
    };
    let invented = ask(&Question::address_of(&nobodys_name()));
    let signed = ask(&Question {
        name: SIGNED.to_owned(),
        qtype: SOA,
        wants_dnssec: true,
    });
    let bogus = ask(&Question::address_of(BOGUS));
    seen.invents = invented.map(|reply| !reply.message.answers.is_empty());
    seen.signs = signed.as_ref().map(has_signature);
    seen.validates = signed.map(|reply| reply.message.metadata.authentic_data);
    seen.refuses_bogus = bogus.map(|reply| reply.code() == ResponseCode::ServFail);
    seen
}

/// The better of two answers: the first one may have had to be looked for.
fn fastest(first: &Reply, again: impl FnOnce() -> Option<Reply>) -> Duration {
    let again = again().map_or(first.taken, |reply| reply.taken);
    first.taken.min(again)
}

fn has_signature(reply: &Reply) -> bool {
    let mut answers = reply.message.answers.iter();
    answers.any(|record| record.record_type() == RecordType::RRSIG)
}

/// A name that nobody has: twenty random letters in a zone where everybody's names are.
fn nobodys_name() -> String {
    let letters = (0..20).map(|_| char::from(b'a' + rand::random::<u8>() % 26));
    letters.chain(".com".chars()).collect()
}

fn evaluate(words: Words, label: &str, seen: &Seen, any_answers: bool) -> Vec<Finding> {
    let mut findings = vec![reach(words, label, seen, any_answers)];
    if seen.invents == Some(true) {
        let text = words.upstream_invents(label);
        findings.push(Finding::warning(
            "upstream-truth",
            text,
            words.upstream_other_remedy(),
        ));
    }
    if seen.keeps_case == Some(false) {
        let text = words.upstream_changes_case(label);
        findings.push(Finding::warning(
            "upstream-case",
            text,
            words.upstream_other_remedy(),
        ));
    }
    if seen.answers() {
        findings.push(dnssec(words, label, seen));
    }
    findings
}

fn reach(words: Words, label: &str, seen: &Seen, any_answers: bool) -> Finding {
    const CHECK: &str = "upstream-reach";
    match (seen.udp, seen.tcp) {
        (Some(udp), Some(tcp)) if udp > SLOW => {
            let text = words.upstream_slow(label, udp.as_millis(), tcp.as_millis());
            Finding::warning(CHECK, text, words.upstream_slow_remedy())
        }
        (Some(udp), Some(tcp)) => Finding::good(
            CHECK,
            words.upstream_answers(label, udp.as_millis(), tcp.as_millis()),
        ),
        (Some(udp), None) => {
            let text = words.upstream_no_tcp(label, udp.as_millis());
            Finding::warning(CHECK, text, words.upstream_no_tcp_remedy())
        }
        (None, Some(_)) => Finding::fault(
            CHECK,
            words.upstream_no_udp(label),
            words.upstream_no_udp_remedy(),
        ),
        (None, None) if any_answers => {
            let text = words.upstream_no_answer(label);
            Finding::warning(CHECK, text, words.upstream_no_answer_remedy())
        }
        (None, None) => {
            let text = words.upstream_no_answer(label);
            Finding::fault(CHECK, text, words.line_down_remedy())
        }
    }
}

fn dnssec(words: Words, label: &str, seen: &Seen) -> Finding {
    const CHECK: &str = "upstream-dnssec";
    match (seen.validates, seen.refuses_bogus, seen.signs) {
        (Some(true), Some(true), _) => Finding::good(CHECK, words.upstream_validates(label)),
        (Some(_), Some(_), Some(true)) => Finding::warning(
            CHECK,
            words.upstream_signs_only(label),
            words.upstream_signs_only_remedy(),
        ),
        (Some(_), Some(_), Some(false)) => Finding::warning(
            CHECK,
            words.upstream_strips(label),
            words.upstream_other_remedy(),
        ),
        _ => Finding::unknown(CHECK, words.upstream_dnssec_unknown(label)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use crate::dns::fake::{empty, name_of, server, with};
    use lachan_config::Language;

    const VI: Words = Words::new(Language::Vietnamese);

    /// A server in good order, of which `change` takes something away.
    fn answer(query: &[u8]) -> Vec<u8> {
        let name = name_of(query).to_ascii_lowercase();
        match name.as_str() {
            "example.com." => with(query, true, &[(1, &[192, 0, 2, 1]), (46, SIGNATURE)]),
            "dnssec-failed.org." => empty(query, 2),
            _ => empty(query, 3),
        }
    }

    /// The fixed part of a signature, of the root, and one byte of it (RFC 4034 §3.1).
    const SIGNATURE: &[u8] = &[0, 1, 13, 2, 0, 0, 0, 60, 0, 0, 0, 9, 0, 0, 0, 1, 0, 7, 0, 1];

    fn seen(change: impl Fn(&[u8], Vec<u8>) -> Option<Vec<u8>> + Send + Sync + 'static) -> Seen {
        let server = server(move |query| change(query, answer(query)));
        probe(server, Duration::from_millis(300))
    }

    #[track_caller]
    fn check(seen: &Seen, expected: &[(&str, Level)]) {
        let findings = evaluate(VI, "192.0.2.1:53", seen, seen.answers());
        let found: Vec<_> = findings
            .iter()
            .map(|finding| (finding.check, finding.level))
            .collect();
        assert_eq!(found, expected, "{findings:?}");
    }

    #[test]
    fn a_server_in_good_order_has_nothing_against_it() {
        let seen = seen(|_, answer| Some(answer));
        check(
            &seen,
            &[
                ("upstream-reach", Level::Good),
                ("upstream-dnssec", Level::Good),
            ],
        );
    }

    #[test]
    fn a_server_that_invents_addresses_is_found() {
        let seen = seen(|query, answer| {
            let is_nobodys = answer[3] & 0xF == 3;
            Some(if is_nobodys {
                with(query, false, &[(1, &[203, 0, 113, 9])])
            } else {
                answer
            })
        });
        check(
            &seen,
            &[
                ("upstream-reach", Level::Good),
                ("upstream-truth", Level::Warning),
                ("upstream-dnssec", Level::Good),
            ],
        );
    }

    #[test]
    fn a_server_that_does_not_validate_or_strips_signatures_is_found() {
        let lax = seen(|query, mut answer| {
            answer[3] &= !0x20;
            let is_bogus = answer[3] & 0xF == 2;
            Some(if is_bogus {
                with(query, false, &[(1, &[192, 0, 2, 2])])
            } else {
                answer
            })
        });
        assert_eq!(
            (lax.validates, lax.refuses_bogus, lax.signs),
            (Some(false), Some(false), Some(true))
        );
        check(
            &lax,
            &[
                ("upstream-reach", Level::Good),
                ("upstream-dnssec", Level::Warning),
            ],
        );
        let bare = Seen {
            signs: Some(false),
            ..lax
        };
        let findings = evaluate(VI, "x", &bare, true);
        assert!(findings[1].text != evaluate(VI, "x", &lax, true)[1].text);
    }

    #[test]
    fn a_server_that_changes_letters_is_found() {
        let seen = seen(|_, mut answer| {
            answer[12..].make_ascii_lowercase();
            Some(answer)
        });
        assert_eq!(seen.keeps_case, Some(false));
    }

    #[test]
    fn silence_is_a_fault_only_when_nobody_answers() {
        let silent = probe(server(|_| None), Duration::from_millis(30));
        assert_eq!(silent, Seen::default());
        check(&silent, &[("upstream-reach", Level::Fault)]);
        let beside_another = evaluate(VI, "x", &silent, true);
        assert_eq!(beside_another[0].level, Level::Warning);
    }

    #[test]
    fn one_transport_alone_is_told() {
        let whole = Seen {
            udp: Some(Duration::from_millis(20)),
            tcp: Some(Duration::from_millis(40)),
            validates: Some(true),
            refuses_bogus: Some(true),
            ..Seen::default()
        };
        for (seen, expected) in [
            (Seen { tcp: None, ..whole }, Level::Warning),
            (Seen { udp: None, ..whole }, Level::Fault),
            (
                Seen {
                    udp: Some(Duration::from_millis(400)),
                    ..whole
                },
                Level::Warning,
            ),
        ] {
            assert_eq!(reach(VI, "x", &seen, true).level, expected);
        }
    }

    #[test]
    fn nobody_s_name_is_another_each_time() {
        let name = nobodys_name();
        assert_eq!(name.len(), 24);
        assert_ne!(name, nobodys_name());
    }
}
