//! Upstreams that are asked over an encrypted way: do they answer, is their certificate good, do
//! they validate? Asked as the resolver itself asks, since hickory's clients know no more.

use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use jiff::tz::TimeZone;
use lachan_config::Upstream;
use lachan_policy::Name;
use lachan_resolver::Probed;
use tokio::runtime::Builder;

use super::finding::Finding;
use crate::service::{Roots, upstream};
use crate::time::Now;
use crate::words::Words;

/// A name whose signatures are wrong on purpose (run for that by Comcast since 2012).
const BOGUS: &str = "dnssec-failed.org";
/// A name everybody knows.
const KNOWN: &str = "example.com";
/// Record type A.
const A: u16 = 1;
/// Slower than this and pupils notice.
const SLOW: Duration = Duration::from_millis(150);

/// What an upstream answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    /// How long one question took.
    pub(super) taken: Duration,
    /// Whether it refuses what is signed wrongly; `None` where that could not be seen.
    pub(super) refuses_bogus: Option<bool>,
}

/// Asks it; waits at most `patience` for each question.
pub(super) fn ask(target: &Upstream, roots: &Roots, patience: Duration) -> Result<Answer, String> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let now = Now::system().moment(&TimeZone::UTC);
    let target = upstream(target);
    let ask = |name: &str| {
        let name = Name::from_text(name).map_err(|error| error.to_string())?;
        let question = (name, A);
        let probe = lachan_resolver::probe(&target, &roots.certificates, now, question, patience);
        runtime.block_on(probe)
    };
    let known = ask(KNOWN)?;
    Ok(Answer {
        taken: known.taken,
        refuses_bogus: ask(BOGUS).ok().and_then(|probed| is_refusal(&probed)),
    })
}

fn is_refusal(probed: &Probed) -> Option<bool> {
    let message = Message::from_vec(&probed.answer).ok()?;
    Some(message.metadata.response_code == ResponseCode::ServFail)
}

pub(super) fn evaluate(
    words: Words,
    label: &str,
    answer: &Result<Answer, String>,
    any_answers: bool,
) -> Vec<Finding> {
    const CHECK: &str = "upstream-reach";
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => {
            let text = words.upstream_failed(label, why);
            return vec![if any_answers {
                Finding::warning(CHECK, text, words.upstream_no_answer_remedy())
            } else {
                Finding::fault(CHECK, text, words.line_down_remedy())
            }];
        }
    };
    let taken = answer.taken.as_millis();
    let reach = if answer.taken > SLOW {
        let text = words.private_upstream_slow(label, taken);
        Finding::warning(CHECK, text, words.upstream_slow_remedy())
    } else {
        Finding::good(CHECK, words.private_upstream_answers(label, taken))
    };
    const DNSSEC: &str = "upstream-dnssec";
    let dnssec = match answer.refuses_bogus {
        Some(true) => Finding::good(DNSSEC, words.upstream_validates(label)),
        Some(false) => Finding::warning(
            DNSSEC,
            words.private_upstream_lax(label),
            words.upstream_other_remedy(),
        ),
        None => Finding::unknown(DNSSEC, words.upstream_dnssec_unknown(label)),
    };
    vec![reach, dnssec]
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use lachan_config::Language;

    fn levels(answer: &Result<Answer, String>, any_answers: bool) -> Vec<(&'static str, Level)> {
        let words = Words::new(Language::Vietnamese);
        let found = evaluate(words, "tls://192.0.2.1#dns.example", answer, any_answers);
        found.iter().map(|one| (one.check, one.level)).collect()
    }

    #[test]
    fn an_encrypted_upstream_is_judged_by_speed_and_by_what_it_lets_through() {
        let good = Answer {
            taken: Duration::from_millis(20),
            refuses_bogus: Some(true),
        };
        let reach = |level| ("upstream-reach", level);
        let dnssec = |level| ("upstream-dnssec", level);
        for (answer, expected) in [
            (good, [reach(Level::Good), dnssec(Level::Good)]),
            (
                Answer {
                    taken: Duration::from_millis(400),
                    ..good
                },
                [reach(Level::Warning), dnssec(Level::Good)],
            ),
            (
                Answer {
                    refuses_bogus: Some(false),
                    ..good
                },
                [reach(Level::Good), dnssec(Level::Warning)],
            ),
            (
                Answer {
                    refuses_bogus: None,
                    ..good
                },
                [reach(Level::Good), dnssec(Level::Unknown)],
            ),
        ] {
            assert_eq!(levels(&Ok(answer), true), expected);
        }
    }

    #[test]
    fn an_encrypted_upstream_that_fails_is_a_fault_only_when_nobody_answers() {
        let failed = Err("the certificate is for another name".to_owned());
        assert_eq!(levels(&failed, true), [("upstream-reach", Level::Warning)]);
        assert_eq!(levels(&failed, false), [("upstream-reach", Level::Fault)]);
    }

    #[test]
    fn a_port_where_nobody_listens_is_told_with_its_reason() {
        let target = Upstream {
            address: "127.0.0.1:9".parse().unwrap(),
            protocol: lachan_config::Protocol::Tls {
                name: "dns.example".to_owned(),
            },
        };
        let certificate = rcgen::generate_simple_self_signed(["dns.example".to_owned()]).unwrap();
        let roots = Roots {
            certificates: vec![certificate.cert.der().to_vec()],
            ..Roots::default()
        };
        let why = ask(&target, &roots, Duration::from_secs(2)).unwrap_err();
        assert!(why.contains("refused"), "{why}");
    }
}
