//! Tests of service bindings: what is taken out, what stays, and that the message stays whole.

use super::*;
use crate::wire::query::tests::query;
use crate::wire::response::Reply;
use crate::wire::response::tests::{Script, wire};
use hickory_proto::op::{Message, MessageType, OpCode, Query as Question};
use hickory_proto::rr::rdata::svcb::{Alpn, EchConfigList, IpHint, SvcParamKey, SvcParamValue};
use hickory_proto::rr::rdata::{self, HTTPS, MX, NAPTR, NULL, SOA, SRV, SVCB, TXT};
use hickory_proto::rr::{Name as HickoryName, RData, Record as HickoryRecord, RecordType};
use lachan_policy::Tier;
use proptest::prelude::*;

/// A service binding's data: priority, target, parameters in the order given.
fn service(priority: u16, target: &str, params: &[(u16, &[u8])]) -> Vec<u8> {
    let mut data = priority.to_be_bytes().to_vec();
    data.extend(wire(target));
    for (key, value) in params {
        data.extend(key.to_be_bytes());
        data.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        data.extend_from_slice(value);
    }
    data
}

const ALPN: (u16, &[u8]) = (1, b"\x02h2");
const ECH: (u16, &[u8]) = (5, b"\xFE\x0D keys");
const V4: (u16, &[u8]) = (4, &[192, 0, 2, 1, 198, 51, 100, 7]);
const V6: (u16, &[u8]) = (6, &[0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);

#[track_caller]
fn check(data: &[u8], expected: Fate) {
    assert_eq!(without_ech(data), expected, "{data:x?}");
}

#[test]
fn the_keys_go_and_the_other_parameters_stay_in_order() {
    let with = service(1, "", &[ALPN, V4, ECH, V6]);
    check(&with, Fate::Data(service(1, "", &[ALPN, V4, V6])));
    check(
        &service(1, "b.vn", &[ECH]),
        Fate::Data(service(1, "b.vn", &[])),
    );
    check(
        &service(0, "b.vn", &[ECH]),
        Fate::Data(service(0, "b.vn", &[])),
    );
    for without in [
        service(1, "", &[ALPN, V4, V6]),
        service(0, "b.vn", &[]),
        service(1, "", &[(0, &[0, 1]), ALPN]),
        service(1, "", &[ALPN, (65_000, b"x")]),
    ] {
        check(&without, Fate::Keep);
    }
}

#[test]
fn a_record_of_no_use_without_the_keys_goes() {
    for mandatory in [&[0, 5][..], &[0, 1, 0, 5], &[0], &[0, 1, 0]] {
        check(&service(1, "", &[(0, mandatory), ALPN, ECH]), Fate::Drop);
        // What was done before is not undone by doing it again.
        check(&service(1, "", &[(0, mandatory), ALPN]), Fate::Drop);
    }
}

#[test]
fn a_record_that_cannot_be_read_goes() {
    let good = service(1, "a.vn", &[ALPN, ECH]);
    for length in 0..good.len() {
        // Cut right behind the target or a parameter it is a shorter record.
        let whole = [8, 8 + 7].contains(&length);
        let fate = without_ech(&good[..length]);
        assert_eq!(fate == Fate::Drop, !whole, "{length}");
    }
    for odd in [
        service(1, "", &[ECH, ALPN]),
        service(1, "", &[ECH, ECH]),
        service(1, "", &[ALPN, ALPN]),
        b"\x00\x01\xC0\x0C".to_vec(),
    ] {
        check(&odd, Fate::Drop);
    }
}

/// What the answer to a question about `a.vn` of type HTTPS becomes.
fn stripped(script: Script) -> Option<Message> {
    let bytes = script.bytes();
    let stripped = strip(&bytes).unwrap()?;
    assert_eq!(strip(&stripped).unwrap(), None, "nothing is left to do");
    Some(Message::from_vec(&stripped).unwrap())
}

fn answer() -> Script {
    Script::new(&query("a.vn", 65), 0)
}

fn show(records: &[HickoryRecord]) -> Vec<String> {
    let one =
        |record: &HickoryRecord| format!("{} {} {}", record.name, record.record_type(), record.ttl);
    records.iter().map(one).collect()
}

#[test]
fn an_answer_without_keys_is_left_as_it_is() {
    let script = answer().record(1, "a.vn", 65, 300, &service(1, "", &[ALPN, V4]));
    assert!(stripped(script).is_none());
    assert!(stripped(Script::new(&query("a.vn", 1), 0).a("a.vn", 60)).is_none());
}

/// RRSIG data over a type (RFC 4034 §3.1).
fn signature(covered: u16) -> Vec<u8> {
    let mut data = covered.to_be_bytes().to_vec();
    data.extend([13, 2]);
    data.extend([0; 14]);
    data.extend(wire("vn"));
    data.extend([7; 64]);
    data
}

#[test]
fn signatures_over_what_changed_go_and_only_those() {
    let script = answer()
        .cname("a.vn", "b.vn", 60)
        .record(1, "a.vn", 46, 60, &signature(5))
        .record(1, "b.vn", 65, 300, &service(1, "", &[ALPN, ECH]))
        .record(1, "b.vn", 46, 300, &signature(65))
        .record(2, "vn", 2, 900, &wire("ns.b.vn"))
        .record(2, "vn", 46, 900, &signature(2));
    let message = stripped(script).unwrap();
    let expected = ["a.vn. CNAME 60", "a.vn. RRSIG 60", "b.vn. HTTPS 300"];
    assert_eq!(show(&message.answers), expected);
    assert_eq!(show(&message.authorities), ["vn. NS 900", "vn. RRSIG 900"]);
}

#[test]
fn when_no_record_is_left_that_is_remembered_as_long_as_the_record_was() {
    let needs_ech = service(1, "", &[(0, &[0, 5]), ECH]);
    let script = answer()
        .record(1, "a.vn", 65, 300, &needs_ech)
        .record(1, "a.vn", 65, 120, &needs_ech);
    let stripped = strip(&script.bytes()).unwrap().unwrap();
    let reply = Reply::keep(&stripped, 3600).unwrap();
    assert_eq!(reply.lifetime(), 120);
    let message = Message::from_vec(&stripped).unwrap();
    assert!(message.answers.is_empty());
    assert_eq!(show(&message.authorities), ["a.vn. SOA 120"]);
}

#[test]
fn the_last_good_record_is_the_answer() {
    let script = answer()
        .record(1, "a.vn", 65, 300, &service(1, "", &[(0, &[0, 5]), ECH]))
        .record(1, "a.vn", 65, 300, &service(2, "", &[ALPN]));
    let message = stripped(script).unwrap();
    assert_eq!(show(&message.answers), ["a.vn. HTTPS 300"]);
    assert!(message.authorities.is_empty());
}

#[test]
fn names_that_pointed_into_what_is_gone_are_written_out() {
    // The second record's owner points at the target inside the first, which is dropped.
    let mut bytes = answer()
        .record(
            1,
            "a.vn",
            65,
            300,
            &service(1, "x.y.vn", &[(0, &[0, 5]), ECH]),
        )
        .bytes();
    let target_at = bytes
        .windows(3)
        .position(|three| three == b"\x01x\x01")
        .unwrap();
    let pointer = 0xC000 | u16::try_from(target_at).unwrap();
    bytes.extend(pointer.to_be_bytes());
    bytes.extend([0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 9]);
    bytes[7] += 1;
    let stripped = strip(&bytes).unwrap().unwrap();
    let message = Message::from_vec(&stripped).unwrap();
    assert_eq!(show(&message.answers), ["x.y.vn. A 9"]);
}

#[test]
fn an_answer_that_cannot_be_written_anew_is_refused() {
    let mut bytes = answer()
        .record(1, "a.vn", 65, 300, &service(1, "", &[ALPN, ECH]))
        .bytes();
    // An owner that points at itself.
    let at = u16::try_from(bytes.len()).unwrap();
    bytes.extend((0xC000 | at).to_be_bytes());
    bytes.extend([0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 9]);
    bytes[7] += 1;
    assert_eq!(strip(&bytes), Err(ReplyError::Malformed));
    assert_eq!(
        Reply::keep(&bytes, 3600).and_then(|reply| reply.without_ech(3600)),
        Err(ReplyError::Malformed)
    );
}

#[test]
fn what_an_answer_leads_to_is_known() {
    let bytes = answer()
        .cname("a.vn", "b.vn", 60)
        .record(1, "b.vn", 65, 300, &service(0, "alias.vn", &[]))
        .record(1, "b.vn", 65, 300, &service(1, "svc.vn", &[ALPN, V4, V6]))
        .record(1, "b.vn", 65, 300, &service(2, "", &[V4]))
        .record(1, "c.vn", 1, 300, &[192, 0, 2, 9])
        .record(1, "c.vn", 28, 300, &[1; 16])
        .record(1, "c.vn", 28, 300, &[1; 15])
        .bytes();
    let reply = Reply::keep(&bytes, 3600).unwrap();
    let names = |names: Vec<Name>| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(reply.chain()), ["b.vn"]);
    assert_eq!(names(reply.services()), ["alias.vn", "svc.vn"]);
    assert_eq!(names(reply.targets()), ["b.vn", "alias.vn", "svc.vn"]);
    let addresses: Vec<String> = reply.addresses().iter().map(ToString::to_string).collect();
    let expected = [
        "192.0.2.1",
        "198.51.100.7",
        "2001:db8::7",
        "192.0.2.1",
        "198.51.100.7",
        "192.0.2.9",
        "101:101:101:101:101:101:101:101",
    ];
    assert_eq!(addresses, expected);
}

#[test]
fn more_services_than_can_be_decided_about_are_refused() {
    let many = |count: usize| {
        let mut script = answer();
        for index in 0..count {
            let target = format!("s{index}.vn");
            script = script.record(1, "a.vn", 65, 300, &service(1, &target, &[]));
        }
        Reply::keep(&script.bytes(), 3600).map(|reply| reply.services().len())
    };
    assert_eq!(many(16), Ok(16));
    assert_eq!(many(17), Err(ReplyError::ManyServices));
}

#[test]
fn a_tier_keeps_the_keys_only_where_the_school_says_so_and_of_service_bindings_only() {
    for (kept, staff, pupils) in [
        (&[][..], false, false),
        (&[Tier::Staff], true, false),
        (&Tier::ALL, true, true),
    ] {
        let ech = Ech::kept_for(kept);
        for (tier, expected) in [(Tier::Staff, staff), (Tier::Thcs, pupils)] {
            for qtype in [rtype::HTTPS, rtype::SVCB] {
                assert_eq!(ech.keeps(tier, qtype), expected, "{kept:?} {tier} {qtype}");
            }
            assert!(!ech.keeps(tier, rtype::A));
        }
    }
}

#[test]
fn no_key_gets_through_in_another_section_or_class() {
    let keys = service(1, "", &[ALPN, ECH]);
    let beside = Script::new(&query("a.vn", 28), 0).record(2, "a.vn", 65, 300, &keys);
    let mut chaos = answer().record(1, "a.vn", 65, 300, &keys).bytes();
    let class_at = chaos.len() - keys.len() - 8;
    chaos[class_at..class_at + 2].copy_from_slice(&[0, 3]);
    for bytes in [beside.bytes(), chaos] {
        let reply = Reply::keep(&bytes, 3600).unwrap();
        let bare = reply.without_ech(3600).unwrap().expect("keys were there");
        let wire = bare.view().wire();
        let found = wire.windows(ECH.1.len()).any(|some| some == ECH.1);
        assert!(!found, "{wire:x?}");
    }
}

#[test]
fn an_answer_loses_its_keys_and_the_claim_that_it_was_proven_and_nothing_else() {
    let with = service(1, "", &[ALPN, V4, ECH, V6]);
    let script = |data: &[u8]| {
        let mut bytes = answer().bytes();
        bytes[7] += 1;
        // An owner that points at the question, as it stands in a message written anew.
        bytes.extend([0xC0, 12, 0, 65, 0, 1, 0, 0, 1, 44]);
        bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
        bytes
    };
    let keep = |bytes: &[u8]| Reply::keep(bytes, 3600).unwrap().with_lifetime(7);
    let bare = keep(&script(&with)).with_authentic(true).without_ech(3600);
    let (bare, data) = (bare.unwrap().unwrap(), service(1, "", &[ALPN, V4, V6]));
    assert_eq!(bare.data_of(65), [(300, &data[..])]);
    assert_eq!((bare.lifetime(), bare.is_authentic()), (7, false));
    let without = keep(&script(&service(1, "", &[ALPN, V4, V6]))).with_authentic(true);
    assert_eq!(without.without_ech(3600).unwrap(), None);
    let plain = keep(&answer().bytes()).with_authentic(true);
    assert_eq!(plain.without_ech(3600).unwrap(), None);
}

const NAMES: [&str; 6] = [
    "a.vn.",
    "b.a.vn.",
    "svc.example.net.",
    "c.svc.example.net.",
    "vn.",
    ".",
];

fn hickory(index: usize) -> HickoryName {
    HickoryName::from_ascii(NAMES[index % NAMES.len()]).unwrap()
}

/// A record of some type; `with` and `without` are the parameters of a service binding before and
/// after.
#[derive(Debug, Clone)]
struct Made {
    section: usize,
    owner: usize,
    data: RData,
    after: Option<RData>,
}

fn binding(priority: u16, target: usize, params: Vec<(SvcParamKey, SvcParamValue)>) -> RData {
    RData::HTTPS(HTTPS(SVCB::new(priority, hickory(target), params)))
}

fn some_binding() -> impl Strategy<Value = (RData, Option<RData>)> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (0u16..3, 0usize..6, flags, vec_of_bytes()).prop_map(
        |(priority, target, (alpn, hint, ech), keys)| {
            let mut params = Vec::new();
            if alpn {
                let alpn = Alpn(vec!["h2".into()]);
                params.push((SvcParamKey::Alpn, SvcParamValue::Alpn(alpn)));
            }
            if hint {
                let hint = IpHint(vec![rdata::A::new(192, 0, 2, 1)]);
                params.push((SvcParamKey::Ipv4Hint, SvcParamValue::Ipv4Hint(hint)));
            }
            let after = binding(priority, target, params.clone());
            if ech {
                let keys = SvcParamValue::EchConfigList(EchConfigList(keys));
                params.push((SvcParamKey::EchConfigList, keys));
            }
            (binding(priority, target, params), Some(after))
        },
    )
}

fn vec_of_bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 1..40)
}

fn some_data() -> impl Strategy<Value = (RData, Option<RData>)> {
    let same = |data: RData| (data.clone(), Some(data));
    let unknown = |code: u16, bytes: Vec<u8>| RData::Unknown {
        code: RecordType::from(code),
        rdata: NULL::with(bytes),
    };
    prop_oneof![
        3 => some_binding(),
        1 => any::<[u8; 4]>().prop_map(move |a| same(RData::A(rdata::A(a.into())))),
        1 => (0usize..6).prop_map(move |n| same(RData::CNAME(rdata::CNAME(hickory(n))))),
        1 => (0usize..6).prop_map(move |n| same(RData::NS(rdata::NS(hickory(n))))),
        1 => (0usize..6).prop_map(move |n| same(RData::MX(MX::new(5, hickory(n))))),
        1 => (0usize..6).prop_map(move |n| same(RData::SRV(SRV::new(1, 2, 3, hickory(n))))),
        1 => (0usize..6, 0usize..6).prop_map(move |(m, r)| {
            same(RData::SOA(SOA::new(hickory(m), hickory(r), 1, 2, 3, 4, 5)))
        }),
        1 => (0usize..6).prop_map(move |n| {
            let text = |text: &str| text.as_bytes().to_vec().into_boxed_slice();
            let (flags, services) = (text("u"), text("E2U+sip"));
            same(RData::NAPTR(NAPTR::new(1, 2, flags, services, text(""), hickory(n))))
        }),
        1 => vec_of_bytes().prop_map(move |bytes| {
            same(RData::TXT(TXT::from_bytes(vec![&bytes])))
        }),
        1 => vec_of_bytes().prop_map(move |bytes| same(unknown(65_280, bytes))),
        1 => Just(same(unknown(46, signature(1)))),
        1 => Just((unknown(46, signature(65)), None)),
    ]
}

fn some_records() -> impl Strategy<Value = Vec<Made>> {
    let one =
        (0usize..3, 0usize..6, some_data()).prop_map(|(section, owner, (data, after))| Made {
            section,
            owner,
            data,
            after,
        });
    proptest::collection::vec(one, 0..12)
}

/// The records as a message with every name compressed that may be.
fn message(records: &[Made], pick: impl Fn(&Made) -> Option<RData>) -> Message {
    let mut message = Message::new(7, MessageType::Response, OpCode::Query);
    let name = HickoryName::from_ascii("A.vn.").unwrap();
    message.add_query(Question::query(name, RecordType::HTTPS));
    for (index, made) in records.iter().enumerate() {
        let Some(data) = pick(made) else { continue };
        let ttl = u32::try_from(index).unwrap() * 10;
        let record = HickoryRecord::from_rdata(hickory(made.owner), ttl, data);
        match made.section {
            0 => message.add_answer(record),
            1 => message.add_authority(record),
            _ => message.add_additional(record),
        };
    }
    message
}

proptest! {
    /// The oracle is hickory: it writes the message with the keys and reads what is left.
    #[test]
    fn a_stripped_message_is_the_same_message_without_the_keys(records in some_records()) {
        let has_keys = |made: &Made| made.after.as_ref().is_some_and(|after| *after != made.data);
        let changed: Vec<usize> =
            records.iter().filter(|made| has_keys(made)).map(|made| made.owner).collect();
        let before = message(&records, |made| Some(made.data.clone()));
        let bytes = before.to_vec().unwrap();
        let Some(stripped) = strip(&bytes).unwrap() else {
            prop_assert!(changed.is_empty());
            return Ok(());
        };
        prop_assert!(!changed.is_empty());
        // A signature over HTTPS goes where its set was changed, and stays elsewhere.
        let expected = message(&records, |made| match &made.after {
            Some(after) => Some(after.clone()),
            None if changed.contains(&made.owner) => None,
            None => Some(made.data.clone()),
        });
        let after = Message::from_vec(&stripped).unwrap();
        // Hickory's own reading of the expected message: it, too, has rules of its own.
        let expected = Message::from_vec(&expected.to_vec().unwrap()).unwrap();
        prop_assert_eq!(&after.answers, &expected.answers);
        prop_assert_eq!(&after.authorities, &expected.authorities);
        prop_assert_eq!(&after.additionals, &expected.additionals);
        prop_assert_eq!(&after.queries, &expected.queries);
        prop_assert_eq!(strip(&stripped).unwrap(), None);
        prop_assert!(stripped.len() <= bytes.len() + 64, "compressed like before");
    }

    #[test]
    fn no_bytes_upset_the_reader(data in proptest::collection::vec(any::<u8>(), 0..80)) {
        let fate = without_ech(&data);
        if let Fate::Data(kept) = &fate {
            prop_assert_eq!(without_ech(kept), Fate::Keep);
        }
    }

    #[test]
    fn a_damaged_message_is_refused_or_holds_no_keys(
        records in some_records(),
        at in 12usize..400,
        to in any::<u8>(),
    ) {
        let mut bytes = message(&records, |made| Some(made.data.clone())).to_vec().unwrap();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = to;
        }
        if let Ok(Some(stripped)) = strip(&bytes) {
            prop_assert_eq!(strip(&stripped), Ok(None));
            prop_assert!(Reply::keep(&stripped, 60).is_ok() == Reply::keep(&bytes, 60).is_ok()
                || Reply::keep(&stripped, 60).is_ok());
        }
        let _ = Reply::keep(&bytes, 60).and_then(|reply| reply.without_ech(60));
    }
}
