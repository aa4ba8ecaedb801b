//! Tests of reading, keeping and serving upstream answers.

use super::*;
use crate::wire::flat::Age;
use crate::wire::query::tests::{query, with_edns};
use crate::wire::query::{Query, Transport};
use hickory_proto::op::{Message, ResponseCode};
use proptest::prelude::*;

const DAY: u32 = 86_400;

/// An upstream's answer to `query`, its records written out with full names.
pub(crate) struct Script {
    bytes: Vec<u8>,
}

impl Script {
    pub(crate) fn new(query: &[u8], rcode: u8) -> Self {
        let question = Query::parse(query).unwrap().question_bytes().to_vec();
        let mut bytes = vec![
            query[0],
            query[1],
            0x81,
            0x80 | rcode,
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            0,
        ];
        bytes.extend(question);
        Self { bytes }
    }

    pub(crate) fn record(
        mut self,
        section: usize,
        owner: &str,
        rtype: u16,
        ttl: u32,
        data: &[u8],
    ) -> Self {
        self.bytes[5 + 2 * section] += 1;
        self.bytes.extend(wire(owner));
        self.bytes.extend(rtype.to_be_bytes());
        self.bytes.extend([0, 1]);
        self.bytes.extend(ttl.to_be_bytes());
        self.bytes
            .extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        self.bytes.extend(data);
        self
    }

    pub(crate) fn a(self, owner: &str, ttl: u32) -> Self {
        self.record(1, owner, 1, ttl, &[192, 0, 2, 1])
    }

    pub(crate) fn cname(self, owner: &str, target: &str, ttl: u32) -> Self {
        let data = wire(target);
        self.record(1, owner, 5, ttl, &data)
    }

    pub(crate) fn soa(self, ttl: u32, minimum: u32) -> Self {
        let mut data = b"\x00\x00".to_vec();
        data.extend([0; 16]);
        data.extend(minimum.to_be_bytes());
        self.record(2, "vn", 6, ttl, &data)
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn reply(self) -> Reply {
        Reply::keep(&self.bytes, DAY).unwrap()
    }
}

fn wire(name: &str) -> Vec<u8> {
    let mut bytes =
        Name::from_text(name).map_or_else(|_| Vec::new(), |name| name.as_wire().to_vec());
    bytes.push(0);
    bytes
}

fn targets(reply: &Reply) -> Vec<Name> {
    reply.view().targets().collect()
}

fn rendered(reply: &Reply, query: &Query<'_>, age: u32, transport: Transport) -> Vec<u8> {
    let mut bytes = Vec::new();
    let view = reply.view();
    view.render(query, Age::fresh(age), transport, None, &mut bytes);
    bytes
}

fn served(reply: &Reply, asked: &[u8], age: u32) -> Message {
    let query = Query::parse(asked).unwrap();
    Message::from_vec(&rendered(reply, &query, age, Transport::Udp)).unwrap()
}

#[test]
fn ttls_count_down_and_never_below_zero() {
    let asked = query("www.vn.vn", 1);
    let reply = Script::new(&asked, 0)
        .cname("www.vn.vn", "a.b", 300)
        .a("a.b", 60)
        .reply();
    assert_eq!(reply.lifetime(), 60);
    for (age, expected) in [
        (0, [300, 60]),
        (59, [241, 1]),
        (60, [240, 0]),
        (9999, [0, 0]),
    ] {
        let message = served(&reply, &asked, age);
        let ttls = [message.answers[0].ttl, message.answers[1].ttl];
        assert_eq!(ttls, expected, "{age}");
    }
}

#[test]
fn a_client_gets_its_own_id_case_and_flags() {
    let reply = Script::new(&query("www.vn.vn", 1), 0)
        .a("www.vn.vn", 60)
        .reply();
    let mut asked = with_edns(query("WwW.vn.VN", 1), 1232, 0, false);
    asked[0] = 0xAB;
    asked[3] |= 0x10;
    let message = served(&reply, &asked, 0);
    assert_eq!(message.metadata.id, 0xAB34);
    assert!(message.metadata.checking_disabled && message.metadata.recursion_available);
    assert_eq!(message.queries[0].name().to_ascii(), "WwW.vn.VN.");
    assert!(message.edns.is_some());
}

#[test]
fn the_upstreams_claim_of_authenticity_is_not_passed_on() {
    let asked = query("www.vn.vn", 1);
    let mut bytes = Script::new(&asked, 0).a("www.vn.vn", 60).bytes();
    bytes[2] |= 0x04;
    bytes[3] |= 0x20;
    let message = served(&Reply::keep(&bytes, DAY).unwrap(), &asked, 0);
    assert!(!message.metadata.authentic_data && !message.metadata.authoritative);
}

#[test]
fn the_additional_section_is_dropped() {
    let asked = query("www.vn.vn", 1);
    let script = Script::new(&asked, 0).a("www.vn.vn", 60);
    let length = script.bytes.len();
    let reply = script.record(3, "ns.vn.vn", 1, 9, &[9, 9, 9, 9]).reply();
    assert_eq!(reply.view().wire().len(), length);
    assert!(served(&reply, &asked, 0).additionals.is_empty());
}

#[test]
fn a_negative_answer_lives_as_long_as_its_soa_says() {
    for (ttl, minimum, expected) in [
        (300, 60, 60),
        (30, 60, 30),
        (300, 0, 0),
        (99_999, 99_999, MAX_NEGATIVE),
        (1 << 31, 60, 0),
    ] {
        for rcode in [0, 3] {
            let asked = query("no.vn", 1);
            let reply = Script::new(&asked, rcode).soa(ttl, minimum).reply();
            assert_eq!(reply.lifetime(), expected, "{ttl} {minimum}");
            assert_eq!(served(&reply, &asked, 0).authorities[0].ttl, expected);
        }
    }
}

#[test]
fn a_positive_soa_answer_keeps_its_ttl() {
    let asked = query("vn", 6);
    let mut data = vec![0; 18];
    data.extend(5u32.to_be_bytes());
    let reply = Script::new(&asked, 0)
        .record(1, "vn", 6, 900, &data)
        .reply();
    assert_eq!(reply.lifetime(), 900);
    assert_eq!(served(&reply, &asked, 0).answers[0].ttl, 900);
}

#[test]
fn a_negative_answer_without_soa_is_not_kept() {
    for rcode in [0, 3] {
        assert_eq!(Script::new(&query("no.vn", 1), rcode).reply().lifetime(), 0);
    }
}

#[test]
fn a_failure_is_kept_for_a_moment_only() {
    let reply = Script::new(&query("no.vn", 1), 2).reply();
    assert_eq!(reply.lifetime(), FAILURE);
    assert!(reply.is_failure());
}

#[test]
fn the_chain_of_a_negative_answer_stays() {
    let asked = query("www.shop.vn", 1);
    let reply = Script::new(&asked, 3)
        .cname("www.shop.vn", "t.tracker.net", 300)
        .cname("t.tracker.net", "gone.tracker.net", 20)
        .soa(900, 900)
        .reply();
    let names: Vec<_> = targets(&reply).iter().map(ToString::to_string).collect();
    assert_eq!(names, ["t.tracker.net", "gone.tracker.net"]);
    assert_eq!(reply.lifetime(), 20);
    let message = served(&reply, &asked, 0);
    assert_eq!(message.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(message.answers.len(), 2);
}

#[test]
fn chains_are_followed_in_any_order_and_loops_end() {
    let asked = query("a.vn", 1);
    let reply = Script::new(&asked, 0)
        .cname("b.vn", "c.vn", 1)
        .cname("a.vn", "b.vn", 1)
        .reply();
    assert_eq!(targets(&reply).len(), 2);
    let looped = Script::new(&asked, 0)
        .cname("a.vn", "b.vn", 1)
        .cname("b.vn", "a.vn", 1)
        .reply();
    assert_eq!(targets(&looped), [Name::from_text("b.vn").unwrap()]);
    let itself = Script::new(&asked, 0).cname("a.vn", "a.vn", 1).reply();
    assert!(targets(&itself).is_empty());
    let stranger = Script::new(&asked, 0).cname("x.vn", "y.vn", 1).reply();
    assert!(targets(&stranger).is_empty());
}

#[test]
fn a_chain_too_long_to_be_decided_about_is_refused() {
    let chain = |links: usize| {
        let mut script = Script::new(&query("n0.vn", 1), 0);
        for index in 0..links {
            script = script.cname(&format!("n{index}.vn"), &format!("n{}.vn", index + 1), 9);
        }
        Reply::keep(&script.bytes, DAY).map(|reply| targets(&reply).len())
    };
    assert_eq!(chain(MAX_CHAIN), Ok(MAX_CHAIN));
    assert_eq!(chain(MAX_CHAIN + 1), Err(ReplyError::LongChain));
}

#[test]
fn only_the_answer_to_our_question_passes() {
    let asked = query("wWw.vn.vN", 1);
    let question = Query::parse(&asked).unwrap().question_bytes().to_vec();
    let expected = |same_case| Expected {
        id: 0x1234,
        question: &question,
        same_case,
    };
    let good = Script::new(&asked, 0).a("www.vn.vn", 60).bytes();
    assert_eq!(check(&good, &expected(true)), Ok(()));

    let mut other = good.clone();
    other[1] ^= 1;
    assert_eq!(check(&other, &expected(true)), Err(ReplyError::Id));

    let mut other = good.clone();
    other[2] &= 0x7F;
    assert_eq!(check(&other, &expected(true)), Err(ReplyError::NotAnAnswer));

    let mut other = good.clone();
    other[5] = 0;
    assert_eq!(check(&other, &expected(true)), Err(ReplyError::Question));

    let mut other = good.clone();
    other[13] ^= 0x20;
    assert_eq!(check(&other, &expected(true)), Err(ReplyError::Question));
    assert_eq!(check(&other, &expected(false)), Ok(()));

    let mut other = good;
    other[13] = b'x';
    assert_eq!(check(&other, &expected(false)), Err(ReplyError::Question));
    assert!(check(&[0x12, 0x34], &expected(true)).is_err());
}

#[test]
fn a_cut_answer_is_malformed() {
    let whole = Script::new(&query("a.vn", 1), 0).a("a.vn", 60).bytes();
    for length in 0..whole.len() {
        assert_eq!(
            Reply::keep(&whole[..length], DAY),
            Err(ReplyError::Malformed),
            "{length}"
        );
    }
}

#[test]
fn what_does_not_fit_is_cut_with_tc() {
    let asked = query("a.vn", 1);
    let mut script = Script::new(&asked, 0);
    for _ in 0..60 {
        script = script.a("a.vn", 60);
    }
    let reply = script.reply();
    let query = Query::parse(&asked).unwrap();
    let bytes = rendered(&reply, &query, 0, Transport::Udp);
    assert!(bytes.len() <= 512);
    let message = Message::from_vec(&bytes).unwrap();
    assert!(message.metadata.truncation && message.answers.is_empty());
    assert_eq!(served(&reply, &asked, 0).queries.len(), 1);
    let whole = Message::from_vec(&rendered(&reply, &query, 0, Transport::Stream)).unwrap();
    assert_eq!(whole.answers.len(), 60);
}

#[test]
fn addresses_are_found_behind_a_chain() {
    let asked = query("a.vn", 1);
    let reply = Script::new(&asked, 0)
        .cname("a.vn", "b.vn", 9)
        .a("b.vn", 7)
        .reply();
    assert_eq!(
        reply.view().data_of(1).collect::<Vec<_>>(),
        [(7, &[192, 0, 2, 1][..])]
    );
    assert!(reply.view().data_of(28).next().is_none());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_fail_hard(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Reply::keep(&bytes, DAY);
        let _ = check(&bytes, &Expected { id: 0, question: b"\0\0\0\0\0", same_case: true });
    }

    #[test]
    fn a_damaged_answer_is_refused_or_served_within_bounds(
        at in 0usize..120,
        to in any::<u8>(),
        age in any::<u32>(),
    ) {
        let asked = query("www.shop.vn", 1);
        let mut bytes = Script::new(&asked, 0)
            .cname("www.shop.vn", "t.tracker.net", 300)
            .a("t.tracker.net", 60)
            .bytes();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = to;
        }
        if let Ok(reply) = Reply::keep(&bytes, DAY) {
            let query = Query::parse(&asked).unwrap();
            prop_assert!(rendered(&reply, &query, age, Transport::Udp).len() <= 512);
            let _ = reply.view().data_of(1).count();
        }
    }

    #[test]
    fn no_ttl_rises_and_none_outlives_its_record(ttl in any::<u32>(), cap in 0u32..100_000, age in any::<u32>()) {
        let asked = query("a.vn", 1);
        let bytes = Script::new(&asked, 0).a("a.vn", ttl).bytes();
        let reply = Reply::keep(&bytes, cap).unwrap();
        let expected = sane_ttl(ttl).min(cap);
        prop_assert_eq!(reply.lifetime(), expected);
        prop_assert_eq!(served(&reply, &asked, age).answers[0].ttl, expected.saturating_sub(age));
    }
}
