//! Odd, damaged and hostile queries, through the whole engine.

use std::net::IpAddr;
use std::sync::LazyLock;

use hickory_proto::op::Message;
use lachan_policy::Tier;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::support::{School, client};
use crate::wire::query::tests::{query, with_edns};
use crate::{Client, Step, Transport};

/// The response code of the answer; `None` when there is none.
async fn rcode(school: &School, message: &[u8]) -> Option<u16> {
    let answer = school.engine.answer(message, client(Tier::Staff)).await?;
    assert_eq!(answer[..2], message[..2], "the id is echoed");
    assert_eq!(answer[2] & 0x80, 0x80, "it is an answer");
    Some(u16::from(
        Message::from_vec(&answer).unwrap().metadata.response_code,
    ))
}

#[tokio::test]
async fn odd_queries_get_the_code_the_standards_ask_for() {
    let school = School::new().await;
    let plain = query("hoc.vn", 1);
    let change = |at: usize, to: u8| {
        let mut bytes = plain.clone();
        bytes[at] = to;
        bytes
    };
    let mut two = change(5, 2);
    two.extend(&plain[12..]);
    let class = change(plain.len() - 1, 3);
    for (what, message, expected) in [
        ("an answer", change(2, 0x81), None),
        ("a scrap", plain[..11].to_vec(), None),
        ("nothing", Vec::new(), None),
        ("a bare header", plain[..12].to_vec(), Some(1)),
        ("no question", change(5, 0), Some(1)),
        ("two questions", two, Some(1)),
        ("an inverse query", change(2, 0x09), Some(4)),
        ("a status query", change(2, 0x11), Some(4)),
        ("a notify", change(2, 0x21), Some(4)),
        ("an update", change(2, 0x29), Some(4)),
        ("an unknown opcode", change(2, 0x79), Some(4)),
        ("class CHAOS", class, Some(5)),
        ("a zone transfer", query("hoc.vn", 252), Some(5)),
        (
            "EDNS version 1",
            with_edns(plain.clone(), 1232, 1, false),
            Some(16),
        ),
        (
            "two OPT records",
            with_edns(with_edns(plain.clone(), 1232, 0, false), 1232, 0, false),
            Some(1),
        ),
        (
            "a pointer for a name",
            b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\xC0\x0C\0\x01\0\x01".to_vec(),
            Some(1),
        ),
        (
            "rubbish behind the question",
            [&plain[..], &[0; 40]].concat(),
            Some(0),
        ),
    ] {
        assert_eq!(rcode(&school, &message).await, expected, "{what}");
    }
}

#[tokio::test]
async fn a_gigantic_query_is_answered_like_any_other() {
    let school = School::new().await;
    let mut message = query("hoc.vn", 1);
    message.resize(65_535, 0);
    assert_eq!(rcode(&school, &message).await, Some(0));
    message[query("hoc.vn", 1).len()..].fill(0xFF);
    message[11] = 255;
    assert_eq!(
        rcode(&school, &message).await,
        Some(1),
        "additional records that are no records"
    );
}

#[tokio::test]
async fn the_longest_name_is_answered() {
    let school = School::new().await;
    let label = "a".repeat(63);
    let name = format!("{label}.{label}.{label}.{}", "b".repeat(61));
    assert!(rcode(&school, &query(&name, 1)).await.is_some());
    let too_long = format!("{label}.{label}.{label}.{}", "b".repeat(62));
    assert_eq!(rcode(&school, &query(&too_long, 1)).await, Some(1));
}

#[tokio::test]
async fn bytes_that_no_host_name_has_are_decided_like_others() {
    let school = School::new().await;
    let mut message = query("xxxx.nha-cai.example", 1);
    message[13..17].copy_from_slice(b"\0.\\\"");
    assert_eq!(rcode(&school, &message).await, Some(3));
}

#[tokio::test]
async fn a_mapped_address_belongs_to_its_ipv4_group() {
    let school = School::new().await;
    let mapped: IpAddr = "::ffff:127.0.5.9".parse().unwrap();
    let message = query("mang-xa-hoi.vn", 1);
    let answer = school
        .engine
        .answer(&message, Client::new(mapped, Transport::Udp))
        .await
        .unwrap();
    assert_eq!(answer[3] & 15, 0, "staff may");
}

static SCHOOL: LazyLock<(Runtime, School)> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let school = runtime.block_on(School::new());
    (runtime, school)
});

proptest! {
    #[test]
    fn no_bytes_bring_the_engine_down(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        at in 0usize..60,
        to in any::<u8>(),
    ) {
        let mut damaged = with_edns(query("x.nha-cai.example", 1), 1232, 0, false);
        if let Some(byte) = damaged.get_mut(at) {
            *byte = to;
        }
        for message in [bytes, damaged] {
            let mut answer = Vec::new();
            let step = SCHOOL.1.engine.begin(&message, client(Tier::Thcs), &mut answer);
            if matches!(step, Step::Answered) {
                prop_assert!(answer.len() <= 1232 && answer.len() >= 12);
                prop_assert_eq!(&answer[..2], &message[..2]);
            }
        }
    }
}
