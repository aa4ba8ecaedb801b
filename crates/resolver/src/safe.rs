//! Safe forms: an engine's host is answered with the address of its safe-search or restricted
//! form, in every type through which a client could reach it.
//!
//! Which engine and how strictly is policy's affair; the book names the safe host or its
//! addresses.

use std::net::IpAddr;

use lachan_policy::book::{Book, SafeForm};
use lachan_policy::{Name, Verdict};

use crate::wire::flat::{Age, View};
use crate::wire::query::{Query, Transport};
use crate::wire::write::{Answer, Owner, name_bytes, soa_data};
use crate::wire::{Rcode, rtype};

/// Longest lifetime of a rewritten answer, seconds: what a teacher opens for a lesson should not
/// wait for an hour-old answer.
const SAFE_TTL: u32 = 300;

/// How a query for an engine's host is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan<'b> {
    /// With those of these addresses that are of the family asked for; none means no data.
    Fixed(&'b [IpAddr]),
    /// With what this host has of the type asked for.
    Host(&'b Name),
}

/// The plan for a verdict that has a safe form; `None` when the name is answered as it is.
///
/// Only addresses can be rewritten. HTTPS and SVCB records would carry addresses and keys of the
/// open form, TXT and the rest are of no use to a browser: they get no data.
pub(crate) fn plan<'b>(book: &'b Book, verdict: &Verdict, qtype: u16) -> Option<Plan<'b>> {
    let engine = verdict.safe_form?;
    let form = book.safe_form(engine, book.strictness(engine, verdict.tier))?;
    Some(match form {
        _ if !matches!(qtype, rtype::A | rtype::AAAA) => Plan::Fixed(&[]),
        SafeForm::Addresses(all) => Plan::Fixed(all),
        SafeForm::Host(host) => Plan::Host(host),
    })
}

/// An answer of those addresses of our own that are of the family asked for; none means no data,
/// cacheable as such.
pub(crate) fn addresses(
    query: &Query<'_>,
    transport: Transport,
    addresses: &[IpAddr],
    ttl: u32,
    out: &mut Vec<u8>,
) {
    let mut answer = Answer::new(query, Rcode::NoError, out);
    let mut none = true;
    for address in addresses {
        match (address, query.question.qtype) {
            (IpAddr::V4(v4), qtype @ rtype::A) => {
                answer.answer(Owner::Question, qtype, ttl, &v4.octets());
            }
            (IpAddr::V6(v6), qtype @ rtype::AAAA) => {
                answer.answer(Owner::Question, qtype, ttl, &v6.octets());
            }
            _ => continue,
        }
        none = false;
    }
    if none {
        answer.authority(Owner::Question, rtype::SOA, ttl, &soa_data(ttl));
    }
    answer.finish(transport, None);
}

/// The answer made of a fixed safe form.
pub(crate) fn fixed(query: &Query<'_>, transport: Transport, all: &[IpAddr], out: &mut Vec<u8>) {
    addresses(query, transport, all, SAFE_TTL, out);
}

/// The answer made of the safe host's: `name CNAME host` and the host's addresses. At the apex of
/// a registrable domain, where other records stand and a CNAME may not (RFC 1034 §3.6.2), the
/// addresses alone.
pub(crate) fn host(
    query: &Query<'_>,
    transport: Transport,
    host: &Name,
    reply: &View<'_>,
    age: Age,
    out: &mut Vec<u8>,
) {
    let mut found = reply.data_of(query.question.qtype).peekable();
    let ttl = age.left(reply.lifetime()).min(SAFE_TTL);
    let mut answer = Answer::new(query, Rcode::NoError, out);
    let name = query.question.name;
    let owner = if *name == name.registrable() {
        Owner::Question
    } else {
        Owner::At(answer.answer(Owner::Question, rtype::CNAME, ttl, &name_bytes(host)))
    };
    if found.peek().is_none() {
        answer.authority(Owner::Question, rtype::SOA, ttl, &soa_data(ttl));
    }
    for (record_ttl, data) in found {
        let ttl = age.left(record_ttl).min(ttl);
        answer.answer(owner, query.question.qtype, ttl, data);
    }
    answer.finish(transport, None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::query::tests::query;
    use crate::wire::response::Reply;
    use crate::wire::response::tests::Script;
    use hickory_proto::op::Message;

    fn rewritten(name: &str, qtype: u16, age: u32) -> Vec<String> {
        let host = Name::from_text("forcesafesearch.google.com").unwrap();
        let upstream = Script::new(&query("forcesafesearch.google.com", qtype), 0);
        let upstream = match qtype {
            1 => upstream.a("forcesafesearch.google.com", 86_400),
            _ => upstream.soa(60, 60),
        };
        let reply = Reply::keep(&upstream.bytes(), 3600).unwrap();
        let asked = query(name, qtype);
        let mut bytes = Vec::new();
        super::host(
            &Query::parse(&asked).unwrap(),
            Transport::Udp,
            &host,
            &reply.view(),
            Age::fresh(age),
            &mut bytes,
        );
        let message = Message::from_vec(&bytes).unwrap();
        message
            .answers
            .iter()
            .chain(&message.authorities)
            .map(|record| format!("{} {} {}", record.name, record.ttl, record.record_type()))
            .collect()
    }

    #[test]
    fn a_host_gets_a_cname_and_the_safe_addresses() {
        assert_eq!(
            rewritten("www.google.com", 1, 0),
            [
                "www.google.com. 300 CNAME",
                "forcesafesearch.google.com. 300 A"
            ]
        );
    }

    #[test]
    fn at_the_apex_the_addresses_stand_alone() {
        assert_eq!(rewritten("google.com", 1, 3590), ["google.com. 10 A"]);
    }

    #[test]
    fn a_family_the_safe_host_lacks_gets_no_data() {
        assert_eq!(
            rewritten("www.google.com", 28, 0),
            ["www.google.com. 60 CNAME", "www.google.com. 60 SOA"]
        );
    }
}
