//! Limits by device: what a flood loses, and what it does not.

use std::net::IpAddr;
use std::sync::Arc;

use hickory_proto::op::Message;
use lachan_policy::Mac;

use super::support::{School, policy_of, show};
use crate::settings::{Nat, RateLimit};
use crate::wire::query::tests::{query, with_edns};
use crate::{Client, Settings, Transport};

/// A school in which every device is in upper secondary, with these limits.
async fn school(limit: impl Fn(&mut RateLimit)) -> School {
    let change = |settings: &mut Settings| {
        settings.rate_limit = RateLimit {
            queries: 0,
            burst: 50,
            misses: 2,
            miss_burst: 10,
            names_per_domain: 0,
            net_devices: 3,
            nat: Vec::new(),
        };
        limit(&mut settings.rate_limit);
    };
    let school = School::with(Vec::new(), change).await;
    school.policy.store(policy_of(|_| ()).into());
    school
}

async fn ask(school: &School, last: u8, transport: Transport, name: &str) -> Message {
    let client = Client::new([10, 0, 0, last].into(), transport);
    let message = with_edns(query(name, 1), 1232, 0, false);
    let answer = school.engine.answer(&message, client).await.unwrap();
    Message::from_vec(&answer).unwrap()
}

async fn answer(school: &School, last: u8, name: &str) -> String {
    show(&ask(school, last, Transport::Udp, name).await)
}

const OPEN: &str = "A 192.0.2.1";
const MISSES: &str = "REFUSED EDE 0 Lá Chắn: thiết bị này hỏi quá nhiều tên mới, thử lại sau";
const DOMAIN: &str =
    "REFUSED EDE 0 Lá Chắn: thiết bị này hỏi quá nhiều tên của một tên miền, thử lại sau";

#[tokio::test]
async fn a_device_with_privacy_addresses_has_one_bucket() {
    let school = school(|_| ()).await;
    let address = |host: u16| IpAddr::from([0x2001, 0xdb8, 6, 0, 0, 0, 0, host]);
    let mac = Mac([0x3c, 0x22, 0xfb, 0, 0, 1]);
    let known = (1..=40).map(|host| (address(host), 2, mac)).collect();
    school.neighbours.store(Arc::new(known));
    let mut open = [0, 0];
    for host in 1..=80 {
        let client = Client::new(address(host), Transport::Udp).on_interface(2);
        let message = with_edns(query(&format!("ten{host}.vn"), 1), 1232, 0, false);
        let answer = school.engine.answer(&message, client).await.unwrap();
        let is_open = show(&Message::from_vec(&answer).unwrap()) == OPEN;
        open[usize::from(host > 40)] += usize::from(is_open);
    }
    // One burst for all that the neighbour table knows, and three for the others of the net.
    assert_eq!(open, [10, 30]);
}

#[tokio::test]
async fn a_flood_loses_its_misses_and_nothing_else() {
    let school = school(|_| ()).await;
    assert_eq!(answer(&school, 1, "www.hoc.vn").await, OPEN);
    for index in 0..50 {
        let got = answer(&school, 9, &format!("ten{index}.vn")).await;
        assert_eq!(got, if index < 10 { OPEN } else { MISSES }, "{index}");
    }
    assert_eq!(school.upstream.asked(), 11, "no upstream is troubled");
    // Cached, blocked and local answers go on, and so does everybody else.
    assert_eq!(answer(&school, 9, "www.hoc.vn").await, OPEN);
    assert!(
        answer(&school, 9, "nha-cai.example")
            .await
            .starts_with("NXDOMAIN 30")
    );
    assert_eq!(answer(&school, 9, "may-chu.home.arpa").await, "A 10.0.0.1");
    assert_eq!(answer(&school, 1, "khac.vn").await, OPEN);
    let counts = school.engine.counts();
    assert_eq!((counts.limited, counts.refused), (40, 40));
    school.clock.advance(1);
    assert_eq!(answer(&school, 9, "sau.vn").await, OPEN);
}

#[tokio::test]
async fn an_access_point_may_do_what_its_devices_may() {
    let school = school(|limit| {
        limit.nat = vec![Nat {
            subnet: "10.0.0.9".parse().unwrap(),
            devices: 4,
        }];
    })
    .await;
    for index in 0..50 {
        let got = answer(&school, 9, &format!("ten{index}.vn")).await;
        assert_eq!(got, if index < 40 { OPEN } else { MISSES }, "{index}");
    }
}

#[tokio::test]
async fn over_its_rate_a_device_is_sent_to_tcp_and_at_last_refused() {
    let school = school(|limit| limit.queries = 5).await;
    for index in 0..60 {
        let message = ask(&school, 9, Transport::Udp, "nha-cai.example").await;
        let cut = message.metadata.truncation;
        assert_eq!(cut, index >= 50, "{index}");
        assert_eq!(message.queries.len(), 1);
        assert!(!cut || message.answers.is_empty());
    }
    for index in 0..60 {
        let got = show(&ask(&school, 9, Transport::Stream, "nha-cai.example").await);
        let refused = "REFUSED EDE 0 Lá Chắn: thiết bị này hỏi quá nhiều, thử lại sau";
        assert_eq!(got == refused, index >= 50, "{index}: {got}");
    }
    let counts = school.engine.counts();
    assert_eq!(
        (counts.limited, counts.refused, counts.truncated),
        (20, 20, 10)
    );
    assert_eq!(counts.queries, 120, "nobody is met with silence");
    assert!(
        answer(&school, 1, "nha-cai.example")
            .await
            .starts_with("NXDOMAIN")
    );
}

#[tokio::test]
async fn random_names_of_one_domain_are_contained() {
    let school = school(|limit| {
        limit.misses = 0;
        limit.names_per_domain = 50;
    })
    .await;
    let mut refused = 0;
    for index in 0..200 {
        let got = answer(&school, 9, &format!("x{index}.nan-nhan.vn")).await;
        refused += usize::from(got == DOMAIN);
    }
    assert!((100..180).contains(&refused), "{refused}");
    // What is in the cache is answered, and so is another domain and another device.
    assert_eq!(answer(&school, 9, "x1.nan-nhan.vn").await, OPEN);
    assert_eq!(answer(&school, 9, "www.vidu.vn").await, OPEN);
    assert_eq!(answer(&school, 1, "y.nan-nhan.vn").await, OPEN);
    let counts = school.engine.counts();
    assert_eq!((counts.contained, counts.tunnels), (refused as u64, 0));
    assert_eq!(counts.queries, 203);
}

#[tokio::test]
async fn a_tunnel_is_counted_as_a_bypass_attempt_once() {
    let school = school(|limit| {
        limit.misses = 0;
        limit.names_per_domain = 60;
    })
    .await;
    for index in 0..100u64 {
        let data = index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let name = format!(
            "{data:016x}{:08x}.t.duong-ham.net",
            index * 2_654_435_761 % (1 << 32)
        );
        answer(&school, 9, &name).await;
    }
    let counts = school.engine.counts();
    assert_eq!(counts.tunnels, 1);
    assert!(counts.contained > 40, "{}", counts.contained);
}

#[tokio::test]
async fn the_defaults_let_a_class_work() {
    let school = School::new().await;
    school.policy.store(policy_of(|_| ()).into());
    for index in 0..300 {
        let got = answer(&school, 9, &format!("www{index}.trang{index}.vn")).await;
        assert_eq!(got, OPEN);
    }
    assert_eq!(school.engine.counts().refused, 0);
}
