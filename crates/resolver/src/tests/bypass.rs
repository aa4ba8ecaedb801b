//! Attempts to get round the filter, by kind: what counts as what, once a query, and what does not.

use std::sync::{Arc, LazyLock};

use lachan_lists::testing::{self, TestList};
use lachan_policy::ruleset::{ListClass, Ruleset};
use lachan_policy::{
    BypassKind, Exception, Exceptions, Group, GroupId, Groups, Mode, ModeSwitch, Policy, Role, Tier,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::support::{School, exception};
use crate::fake::{Fake, question};
use crate::settings::RateLimit;
use crate::wire::query::tests::query;
use crate::wire::response::tests::{Script, wire};
use crate::{BypassCounts, Client, Transport};

/// Lists called like the shipped ones are of the same kinds; the last tells none.
const LISTS: &[TestList<'_>] = &[
    ("bypass/doh", ListClass::Own, "bypass", &["doh.example"]),
    ("bypass/dot", ListClass::Own, "bypass", &["dot.example"]),
    ("bypass/vpn", ListClass::Own, "bypass", &["vpn.example"]),
    ("bypass/proxy", ListClass::Own, "bypass", &["proxy.example"]),
    ("bypass/relay", ListClass::Own, "bypass", &["mask.example"]),
    (
        "bypass/canaries/canary",
        ListClass::Own,
        "bypass",
        &["use-application-dns.net"],
    ),
    (
        "bypass/addresses",
        ListClass::Own,
        "bypass",
        &["198.51.100.0/24"],
    ),
    (
        "imported/ways",
        ListClass::Imported,
        "bypass",
        &["tor.example", "vpn.example"],
    ),
    (
        "base/gambling",
        ListClass::Own,
        "gambling",
        &["nha-cai.example"],
    ),
    (
        "base/education",
        ListClass::Own,
        "education",
        &["hoc.vn", "truong.edu.vn"],
    ),
    ("help", ListClass::Help, "help", &["tong-dai-111.vn"]),
    (
        "safesearch/google",
        ListClass::SafeSearch,
        "",
        &["=www.google.com"],
    ),
];

fn ruleset() -> Arc<Ruleset> {
    static RULESET: LazyLock<Arc<Ruleset>> = LazyLock::new(|| testing::ruleset(LISTS));
    RULESET.clone()
}

/// Names that stand for closed ones have an address of their own kind, service bindings lead to a
/// VPN or carry keys, all other names have an ordinary address.
fn zone(asked: &[u8]) -> Vec<u8> {
    let (name, qtype) = question(asked);
    let first = name.split('.').next().unwrap_or_default();
    let script = Script::new(asked, 0);
    let service = |target: &str, params: &[u8]| [&[0, 1][..], &wire(target), params].concat();
    let script = match (first, qtype) {
        ("cloak", 1) => script.cname(&name, "nha-cai.example", 60),
        ("vpn-cloak", 1) => script.cname(&name, "vpn.example", 60).a("vpn.example", 60),
        ("address", 1) => script.record(1, &name, 1, 60, &[198, 51, 100, 7]),
        ("service", 65) => script.record(1, &name, 65, 60, &service("vpn.example", &[])),
        ("keys", 65) => script.record(1, &name, 65, 60, &service("", b"\x00\x05\x00\x04keys")),
        (_, 1) => script.a(&name, 60),
        _ => script.soa(60, 60),
    };
    script.bytes()
}

async fn school(exceptions: Vec<Exception>) -> School {
    let upstream = Fake::start(|asked, _| vec![zone(asked)]).await;
    let school = School::upon(upstream, Vec::new(), |_| ());
    let policy = testing::policy(ruleset(), Exceptions::new(exceptions));
    school.policy.store(policy.into());
    school
}

/// The same policy with every device in one changed group of upper secondary school.
fn policy_of(change: impl FnOnce(&mut Group)) -> Policy {
    let mut group = Group::new(GroupId(0), "12a", Tier::Thpt);
    change(&mut group);
    let groups = Groups::new(group, Vec::new()).unwrap();
    Policy::new(ruleset(), groups, Exceptions::default())
}

/// What was counted, as text: `doh 1 vpn 2`.
fn shown(counts: &BypassCounts) -> String {
    let counted = counts.iter().filter(|(_, count)| *count > 0);
    let parts: Vec<_> = counted
        .map(|(kind, count)| format!("{} {count}", kind.id()))
        .collect();
    parts.join(" ")
}

/// Checks what one query counts as, in a school that was asked nothing before.
async fn check(tier: Tier, name: &str, qtype: u16, expected: &str) {
    let school = school(Vec::new()).await;
    school.answer(tier, name, qtype).await;
    assert_eq!(
        shown(&school.engine.bypasses()),
        expected,
        "{name} {qtype} for {tier}"
    );
}

#[tokio::test]
async fn a_closed_name_counts_as_the_kind_of_its_list() {
    for (name, expected) in [
        ("doh.example", "doh 1"),
        ("x.dot.example", "doh 1"),
        ("nam.vpn.example", "vpn 1"),
        ("proxy.example", "proxy 1"),
        ("mask.example", "relay 1"),
        ("use-application-dns.net", "canary 1"),
        ("tor.example", "other 1"),
        // What is closed for another reason is no way round.
        ("nha-cai.example", ""),
        ("hoc.vn", ""),
        ("www.google.com", ""),
        ("tong-dai-111.vn", ""),
    ] {
        check(Tier::Thcs, name, 1, expected).await;
    }
}

#[tokio::test]
async fn what_is_open_is_no_way_round() {
    for name in ["vpn.example", "doh.example", "tor.example"] {
        check(Tier::Staff, name, 1, "").await;
    }
    let school = school(vec![exception("vpn.example", true, Role::Department)]).await;
    let answer = school.answer(Tier::Thcs, "vpn.example", 1).await;
    assert_eq!(answer, "A 192.0.2.1");
    assert_eq!(shown(&school.engine.bypasses()), "");
}

#[tokio::test]
async fn the_search_for_other_resolvers_counts_where_none_is_offered() {
    for (name, qtype) in [("_dns.resolver.arpa", 64), ("resolver.arpa", 1)] {
        check(Tier::Thcs, name, qtype, "discovery 1").await;
    }
    check(Tier::Thcs, "may-chu.home.arpa", 1, "").await;
}

#[tokio::test]
async fn what_stands_behind_an_answer_counts_as_the_way_it_was_hidden() {
    for (name, qtype, expected) in [
        ("cloak.hoc.vn", 1, "cloak 1"),
        // A VPN behind a CNAME was tried by cloaking it.
        ("vpn-cloak.hoc.vn", 1, "cloak 1"),
        ("service.hoc.vn", 65, "cloak 1"),
        ("address.hoc.vn", 1, "address 1"),
        ("www.hoc.vn", 1, ""),
    ] {
        check(Tier::Thcs, name, qtype, expected).await;
        check(
            Tier::Staff,
            name,
            qtype,
            if name == "cloak.hoc.vn" {
                "cloak 1"
            } else {
                ""
            },
        )
        .await;
    }
}

#[tokio::test]
async fn an_answer_from_the_cache_counts_each_time_it_closes_something() {
    let school = school(Vec::new()).await;
    for _ in 0..3 {
        school.answer(Tier::Thcs, "address.hoc.vn", 1).await;
    }
    assert_eq!(school.upstream.asked(), 1);
    assert_eq!(shown(&school.engine.bypasses()), "address 3");
}

#[tokio::test]
async fn keys_count_once_for_each_answer_of_an_upstream_and_not_for_those_served() {
    let school = school(Vec::new()).await;
    for _ in 0..3 {
        school.answer(Tier::Thcs, "keys.hoc.vn", 65).await;
    }
    assert_eq!(school.upstream.asked(), 1);
    assert_eq!(shown(&school.engine.bypasses()), "ech 1");
    school.answer(Tier::Thcs, "www.hoc.vn", 65).await;
    assert_eq!(shown(&school.engine.bypasses()), "ech 1");
}

#[tokio::test]
async fn a_door_way_counts_where_it_is_closed() {
    check(Tier::Thcs, "kuwin88.example.net", 1, "doorway 1").await;
    let opened = school(vec![exception("kuwin88.example.net", true, Role::School)]).await;
    opened.answer(Tier::Thcs, "kuwin88.example.net", 1).await;
    assert_eq!(shown(&opened.engine.bypasses()), "");
}

#[tokio::test]
async fn a_look_alike_counts_though_it_is_open() {
    let school = school(Vec::new()).await;
    let shipped = testing::policy(testing::shipped_ruleset(), Exceptions::default());
    school.policy.store(shipped.into());
    let answer = school.answer(Tier::Thcs, "g00gle.com", 1).await;
    assert_eq!(answer, "A 192.0.2.1");
    assert_eq!(shown(&school.engine.bypasses()), "lookalike 1");
    school.answer(Tier::Thcs, "vi.wikipedia.org", 1).await;
    assert_eq!(shown(&school.engine.bypasses()), "lookalike 1");
}

#[tokio::test]
async fn each_refused_name_of_a_tunnel_counts() {
    let upstream = Fake::start(|asked, _| vec![zone(asked)]).await;
    let school = School::upon(upstream, Vec::new(), |settings| {
        settings.rate_limit = RateLimit {
            queries: 0,
            burst: 50,
            misses: 0,
            miss_burst: 10,
            names_per_domain: 60,
            net_devices: 0,
            nat: Vec::new(),
        };
    });
    school.policy.store(policy_of(|_| ()).into());
    let client = Client::new([10, 0, 0, 9].into(), Transport::Udp);
    for index in 0..100u64 {
        let data = index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let more = index * 2_654_435_761 % (1 << 32);
        let message = query(&format!("{data:016x}{more:08x}.t.duong-ham.net"), 1);
        school.engine.answer(&message, client).await.unwrap();
    }
    let (counts, bypasses) = (school.engine.counts(), school.engine.bypasses());
    assert!(counts.contained > 40, "{}", counts.contained);
    assert_eq!(bypasses.of(BypassKind::Tunnel), counts.contained);
    assert_eq!(shown(&bypasses), format!("tunnel {}", counts.contained));
    assert_eq!(counts.tunnels, 1, "domains are counted apart");
}

#[tokio::test]
async fn whoever_closes_a_way_round_it_counts_as_what_it_is() {
    let switched = |mode| {
        move |group: &mut Group| {
            let by = Role::School;
            let until = None;
            group.mode = Some(ModeSwitch { mode, until, by });
        }
    };
    for policy in [
        policy_of(switched(Mode::Exam)),
        policy_of(switched(Mode::AllowlistOnly)),
        testing::policy(
            ruleset(),
            Exceptions::new(vec![exception("vpn.example", false, Role::School)]),
        ),
    ] {
        let school = school(Vec::new()).await;
        school.policy.store(policy.into());
        school.answer(Tier::Thpt, "x.vpn.example", 1).await;
        assert_eq!(shown(&school.engine.bypasses()), "vpn 1");
        // Closed by the same mode, and no way round.
        school.answer(Tier::Thpt, "truong.edu.vn", 1).await;
        assert_eq!(shown(&school.engine.bypasses()), "vpn 1");
    }
}

#[tokio::test]
async fn the_question_why_is_no_attempt() {
    let school = school(Vec::new()).await;
    let answer = school.answer(Tier::Thcs, "why.vpn.example", 16).await;
    assert!(answer.starts_with("TXT"), "{answer}");
    assert_eq!(shown(&school.engine.bypasses()), "");
}

#[test]
fn a_query_counts_once_at_most_and_never_when_it_is_ordinary_and_open() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let school = runtime.block_on(school(Vec::new()));
    let first = prop::sample::select(vec![
        "",
        "www.",
        "cloak.",
        "vpn-cloak.",
        "address.",
        "service.",
        "why.",
        "kuwin88.",
        "a1b2c3.",
    ]);
    let rest = prop::sample::select(vec![
        "doh.example",
        "vpn.example",
        "proxy.example",
        "tor.example",
        "use-application-dns.net",
        "_dns.resolver.arpa",
        "nha-cai.example",
        "hoc.vn",
        "www.google.com",
        "tong-dai-111.vn",
        "khong-ai-biet.example.net",
        "home.arpa",
    ]);
    let tier = prop::sample::select(Tier::ALL.to_vec());
    let qtype = prop::sample::select(vec![1u16, 16, 28, 64, 65, 255]);
    let total = |school: &School| school.engine.bypasses().iter().map(|(_, n)| n).sum::<u64>();
    let mut runner = TestRunner::new(Config::with_cases(400));
    let outcome = runner.run(&(first, rest, tier, qtype), |(first, rest, tier, qtype)| {
        let name = format!("{first}{rest}");
        let (before, counted) = (school.engine.counts(), total(&school));
        runtime.block_on(school.answer(tier, &name, qtype));
        let (after, grown) = (school.engine.counts(), total(&school) - counted);
        let is_closed = after.blocked > before.blocked;
        let is_search = name.ends_with("resolver.arpa");
        prop_assert!(grown <= 1, "{} {} for {}: {}", name, qtype, tier, grown);
        prop_assert!(
            grown == 0 || is_closed || is_search,
            "{} {} for {} is open",
            name,
            qtype,
            tier
        );
        Ok(())
    });
    outcome.unwrap();
    let counts = school.engine.bypasses();
    for kind in [BypassKind::Doh, BypassKind::Cloak, BypassKind::Discovery] {
        assert!(counts.of(kind) > 0, "{kind:?} was tried");
    }
}
