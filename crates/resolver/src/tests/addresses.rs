//! Answers that lead to addresses in closed ranges.

use std::net::IpAddr;

use lachan_policy::{Role, Tier};

use super::support::{School, exception, policy};
use crate::BlockAnswer;
use crate::fake::{Fake, question};
use crate::wire::response::tests::Script;

/// A school whose upstream answers every name with these addresses of the family asked for.
async fn school(addresses: &'static [&'static str]) -> School {
    School::upon(upstream(addresses).await, Vec::new(), |_| ())
}

async fn upstream(addresses: &'static [&'static str]) -> Fake {
    Fake::start(move |asked, _| {
        let (name, qtype) = question(asked);
        let mut script = Script::new(asked, 0);
        for address in addresses {
            script = match (address.parse().unwrap(), qtype) {
                (IpAddr::V4(v4), 1) => script.record(1, &name, 1, 60, &v4.octets()),
                (IpAddr::V6(v6), 28) => script.record(1, &name, 28, 60, &v6.octets()),
                _ => script,
            };
        }
        vec![script.bytes()]
    })
    .await
}

#[tokio::test]
async fn an_address_in_a_closed_range_closes_the_answer() {
    for (addresses, qtype) in [
        (&["198.51.100.7"][..], 1),
        (&["192.0.2.1", "198.51.100.7"], 1),
        (&["2001:db8:bad::1"], 28),
        (&["64:ff9b::c633:6407"], 28),
        (&["::ffff:198.51.100.7"], 28),
    ] {
        let school = school(addresses).await;
        let answer = school.answer(Tier::Thcs, "hoc.vn", qtype).await;
        assert!(
            answer.starts_with("NXDOMAIN 30 EDE 15 Lá Chắn: Cờ bạc"),
            "{answer}"
        );
        assert_eq!(school.engine.counts().by_address, 1);
        assert_eq!(school.engine.counts().blocked, 1);
    }
}

#[tokio::test]
async fn other_addresses_close_nothing() {
    for (addresses, qtype, expected) in [
        (&["192.0.2.1"][..], 1, "A 192.0.2.1"),
        (&["2001:db8:900d::1"], 28, "AAAA 2001:db8:900d::1"),
    ] {
        let school = school(addresses).await;
        for _ in 0..2 {
            assert_eq!(school.answer(Tier::Thcs, "hoc.vn", qtype).await, expected);
        }
        assert_eq!(school.engine.counts().by_address, 0);
    }
}

#[tokio::test]
async fn the_address_is_decided_for_the_one_who_asks() {
    let school = school(&["198.51.101.7"]).await;
    let open = "A 198.51.101.7";
    school.check(Tier::Staff, "hoc.vn", open).await;
    let answer = school.answer(Tier::Thcs, "hoc.vn", 1).await;
    assert!(answer.starts_with("NXDOMAIN"), "{answer}");
    school.check(Tier::Staff, "hoc.vn", open).await;
    assert_eq!(school.upstream.asked(), 1);
}

#[tokio::test]
async fn the_event_names_the_name_and_the_category_of_the_address() {
    let school = school(&["198.51.100.7"]).await;
    school.answer(Tier::Thcs, "www.hoc.vn", 1).await;
    let expected = [
        "thcs block",
        "blocked gambling www.hoc.vn 127.0.3.9 cloaked",
    ];
    assert_eq!(school.events.take(), expected);
}

#[tokio::test]
async fn what_is_open_above_the_ranges_stays_open() {
    for (address, name, open) in [
        ("198.51.100.7", "www.chinh-phu.vn", true),
        ("198.51.100.7", "chat.tong-dai-111.vn", true),
        ("198.51.100.7", "www.bao-moi.vn", false),
        ("203.0.113.7", "www.bao-moi.vn", true),
        ("203.0.113.7", "hoc.vn", false),
    ] {
        let addresses: &'static [&'static str] = Box::leak(Box::new([address]));
        let school = school(addresses).await;
        let answer = school.answer(Tier::Thcs, name, 1).await;
        assert_eq!(answer == format!("A {address}"), open, "{name}: {answer}");
    }
}

#[tokio::test]
async fn a_person_opens_a_name_as_far_as_the_lock_of_the_address_admits() {
    for (address, open) in [("198.51.101.7", true), ("198.51.100.7", false)] {
        let addresses: &'static [&'static str] = Box::leak(Box::new([address]));
        let made = vec![exception("hoc.vn", true, Role::School)];
        let school = School::upon(upstream(addresses).await, made, |_| ());
        let answer = school.answer(Tier::Thcs, "hoc.vn", 1).await;
        assert_eq!(answer == format!("A {address}"), open, "{answer}");
    }
}

#[tokio::test]
async fn a_new_ruleset_is_asked_about_answers_that_were_clear_before() {
    let school = school(&["198.51.100.7"]).await;
    let lists = [(
        "base/x",
        lachan_policy::ruleset::ListClass::Own,
        "gambling",
        &["x.vn"][..],
    )];
    let empty = lachan_lists::testing::ruleset(&lists);
    let before = lachan_lists::testing::policy(empty, lachan_policy::Exceptions::default());
    school.policy.store(before.into());
    for _ in 0..2 {
        school.check(Tier::Thcs, "hoc.vn", "A 198.51.100.7").await;
    }
    school.policy.store(policy(Vec::new()).into());
    let answer = school.answer(Tier::Thcs, "hoc.vn", 1).await;
    assert!(answer.starts_with("NXDOMAIN"), "{answer}");
    assert_eq!(school.upstream.asked(), 1);
}

#[tokio::test]
async fn the_way_of_blocking_is_the_configured_one() {
    let page = BlockAnswer::Address {
        v4: Some([10, 9, 8, 7].into()),
        v6: None,
    };
    let upstream = upstream(&["198.51.100.7"]).await;
    let school = School::upon(upstream, Vec::new(), |settings| {
        settings.block_answer = page
    });
    let answer = school.answer(Tier::Thcs, "hoc.vn", 1).await;
    assert!(answer.starts_with("A 10.9.8.7"), "{answer}");
}
