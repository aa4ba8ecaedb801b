//! Which group a device is in, and what it may learn of the others.

use std::net::IpAddr;
use std::sync::Arc;

use lachan_policy::{Exceptions, Group, GroupId, Groups, Mac, Policy, Tier, Token};

use super::support::{School, show};
use crate::wire::query::tests::{query, with_edns};
use crate::{BlockAnswer, Client, DeviceNames, Leases, Neighbours, Transport};

const PHONE: Mac = Mac([0x3c, 0x22, 0xfb, 0x0a, 0xb1, 0x9e]);

fn token() -> Token {
    Token::from_bytes([7; 10])
}

fn at(address: &str) -> Client {
    Client::new(address.parse().unwrap(), Transport::Udp)
}

/// A group of each kind of selector; unknown devices are primary school.
async fn school() -> School {
    let school = School::with(Vec::new(), |settings| {
        settings.local_domains = vec!["lan".parse().unwrap()];
    })
    .await;
    let group = |id, name, tier, set: fn(&mut Group)| {
        let mut group = Group::new(GroupId(id), name, tier);
        set(&mut group);
        group
    };
    let others = vec![
        group(1, "wire", Tier::Thcs, |group| {
            group.interfaces = vec!["eth0.20".parse().unwrap()];
        }),
        group(2, "net", Tier::Thpt, |group| {
            group.subnets = vec!["10.6.0.0/24".parse().unwrap()];
        }),
        group(3, "phone", Tier::Staff, |group| group.macs = vec![PHONE]),
        group(4, "tablets", Tier::MamNon, |group| {
            group.tokens = vec![token().mark()];
        }),
    ];
    let unknown = Group::new(GroupId(0), "unknown", Tier::TieuHoc);
    let groups = Groups::new(unknown, others).unwrap();
    let groups = groups.on_interfaces(|_| Some(4));
    let ruleset = Arc::clone(school.policy.load().ruleset());
    let policy = Policy::new(ruleset, groups, Exceptions::default());
    school.policy.store(Arc::new(policy));
    school
}

async fn ask(school: &School, client: Client, name: &str, qtype: u16) -> String {
    let message = with_edns(query(name, qtype), 1232, 0, false);
    let answer = school.engine.answer(&message, client).await.unwrap();
    show(&hickory_proto::op::Message::from_vec(&answer).unwrap())
}

/// The group that decides for a client.
async fn group_of(school: &School, client: Client) -> String {
    school.events.take();
    ask(school, client, "nha-cai.example", 1).await;
    let told = school.events.take();
    told[0].split(' ').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_most_particular_selector_decides() {
    let school = school().await;
    let known = [("10.6.0.9", 2), ("2001:db8::9", 2), ("fe80::9", 4)];
    let known = known.map(|(address, on)| (address.parse::<IpAddr>().unwrap(), on, PHONE));
    school
        .neighbours
        .store(Arc::new(known.into_iter().collect()));
    for (client, expected) in [
        (at("10.6.0.9"), "phone"),
        (at("2001:db8::9"), "phone"),
        (at("fe80::9").on_interface(4), "phone"),
        (at("fe80::9").on_interface(5), "unknown"),
        (at("10.6.0.9").with_token(token()), "tablets"),
        (at("10.6.0.8").on_interface(4), "net"),
        (at("10.7.0.8").on_interface(4), "wire"),
        (at("10.7.0.8").on_interface(5), "unknown"),
        (at("10.7.0.8"), "unknown"),
    ] {
        assert_eq!(group_of(&school, client).await, expected, "{client:?}");
    }
}

#[tokio::test]
async fn a_device_that_was_just_seen_has_its_group_with_the_next_query() {
    let school = school().await;
    let phone = at("10.9.0.9");
    assert_eq!(group_of(&school, phone).await, "unknown");
    let seen: Neighbours = [(phone.address, 2, PHONE)].into_iter().collect();
    school.neighbours.store(Arc::new(seen));
    assert_eq!(group_of(&school, phone).await, "phone");
}

#[tokio::test]
async fn the_names_of_devices_are_for_staff_and_themselves() {
    let school = school().await;
    let mut leases = Leases::default();
    leases.read(b"0 3c:22:fb:0a:b1:9e 10.9.0.9 may-co-lan *\n");
    let domains = ["lan".parse().unwrap()];
    school
        .devices
        .store(Arc::new(DeviceNames::of(&leases, &domains, None)));
    let reverse = "9.0.9.10.in-addr.arpa";
    let name = "PTR may-co-lan.lan";
    assert_eq!(
        ask(&school, at("10.6.0.9"), "may-co-lan.lan", 1).await,
        "A 10.9.0.9"
    );
    assert_eq!(ask(&school, at("10.9.0.9"), reverse, 12).await, name);
    assert_eq!(ask(&school, at("127.0.0.1"), reverse, 12).await, name);
    assert!(
        ask(&school, at("10.6.0.9"), reverse, 12)
            .await
            .starts_with("NXDOMAIN")
    );
    let staff: Neighbours = [("10.6.0.9".parse().unwrap(), 2, PHONE)]
        .into_iter()
        .collect();
    school.neighbours.store(Arc::new(staff));
    assert_eq!(ask(&school, at("10.6.0.9"), reverse, 12).await, name);
    assert_eq!(
        school.events.take(),
        [] as [String; 0],
        "no name of a device is told"
    );
}

#[tokio::test]
async fn a_tier_may_have_a_block_answer_of_its_own() {
    let school = School::with(Vec::new(), |settings| {
        settings.block_answer_by_tier[Tier::Staff.index()] = Some(BlockAnswer::NoData);
        settings.block_answer_by_tier[Tier::Thpt.index()] = Some(BlockAnswer::Address {
            v4: Some([10, 0, 0, 1].into()),
            v6: None,
        });
    })
    .await;
    for (tier, expected) in [
        (Tier::Thcs, "NXDOMAIN 30 EDE 15"),
        (Tier::Thpt, "A 10.0.0.1 EDE 15"),
        (Tier::Staff, "NODATA 30 EDE 15"),
    ] {
        let answer = school.answer(tier, "nha-cai.example", 1).await;
        assert!(answer.starts_with(expected), "{tier}: {answer}");
    }
}
