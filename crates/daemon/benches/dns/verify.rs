//! That what is measured is right: a fast wrong answer is no answer.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{RData, RecordType};

use crate::corpus::Corpus;
use crate::packet::{A, AAAA};
use crate::servers::{Asker, Kind, Server};
use crate::upstream::ADDRESS;

/// Names of each kind that are looked at.
const SAMPLE: usize = 50;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Extended DNS Errors of a filter: blocked, censored, filtered (RFC 8914, section 4).
const FILTERED: std::ops::RangeInclusive<u16> = 15..=17;

/// Stops the bench when a server does not do what it is measured for: refuse the listed names, their
/// subdomains too, and resolve the popular ones.
pub(crate) fn verify(server: &Server, corpus: &Corpus, names: usize) {
    if server.kind == Kind::Reflector {
        return;
    }
    let (asker, names) = (Asker::new(), names.min(corpus.listed.len()));
    for step in 0..SAMPLE {
        let name = corpus.listed.get(step * (names - 1) / (SAMPLE - 1));
        let below = format!("bench.{name}");
        for name in [name, &below] {
            let answer = ask(&asker, server, name, A);
            refused(server, name, &answer);
        }
        let name = corpus.popular.get(step);
        let answer = ask(&asker, server, name, A);
        let right = |data: &RData| matches!(data, RData::A(found) if found.0 == ADDRESS);
        let resolved = answer.answers.iter().any(|record| right(&record.data));
        assert!(
            resolved && answer.metadata.response_code == ResponseCode::NoError,
            "{} does not resolve {name}: {answer}",
            server.kind.name()
        );
        let answer = ask(&asker, server, name, AAAA);
        let found = answer.answers.iter().map(|record| record.record_type());
        assert!(
            found.eq([RecordType::AAAA]),
            "{} has no IPv6 address for {name}: {answer}",
            server.kind.name()
        );
    }
}

fn refused(server: &Server, name: &str, answer: &Message) {
    assert!(
        answer.metadata.response_code == ResponseCode::NXDomain,
        "{} does not refuse {name}: {answer}",
        server.kind.name()
    );
    if server.kind == Kind::Lachan {
        let code = extended_error(answer);
        assert!(
            code.is_some_and(|code| FILTERED.contains(&code)),
            "the refusal of {name} does not say why: {answer}"
        );
    }
}

fn ask(asker: &Asker, server: &Server, name: &str, kind: u16) -> Message {
    let answer = message(asker, server.address, name, kind);
    answer.unwrap_or_else(|| panic!("{} does not answer {name}", server.kind.name()))
}

/// A whole answer; asked for three times.
pub(crate) fn message(asker: &Asker, server: SocketAddr, name: &str, kind: u16) -> Option<Message> {
    let bytes = (0..3).find_map(|_| asker.message(server, name, kind, PATIENCE))?;
    Some(Message::from_vec(&bytes).unwrap())
}

/// The code of the Extended DNS Error of an answer.
pub(crate) fn extended_error(message: &Message) -> Option<u16> {
    let options = message.edns.as_ref()?.options();
    let all = options.as_ref().iter();
    all.map(|(_, option)| option)
        .find_map(|option| match option {
            EdnsOption::Unknown(15, bytes) => {
                let code = bytes.get(..2)?;
                Some(u16::from_be_bytes([code[0], code[1]]))
            }
            _ => None,
        })
}
