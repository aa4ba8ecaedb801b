//! Blocked, local, cached and forwarded answers.

use std::sync::Arc;
use std::time::Duration;

use lachan_policy::{Role, Tier};

use super::support::{School, ede, exception, policy, show};
use crate::BlockAnswer;
use crate::wire::query::tests::{query, with_edns};

const OPEN: &str = "A 192.0.2.1";

#[tokio::test]
async fn each_tier_gets_its_own_answer() {
    let school = School::new().await;
    for (tier, name, open) in [
        (Tier::TieuHoc, "hoc.vn", true),
        (Tier::Thcs, "nha-cai.example", false),
        (Tier::Staff, "nha-cai.example", false),
        (Tier::Thcs, "mang-xa-hoi.vn", false),
        (Tier::Staff, "mang-xa-hoi.vn", true),
        (Tier::Thpt, "chua-biet.vn", true),
        (Tier::TieuHoc, "chua-biet.vn", false),
        (Tier::Staff, "trai-phep.vn", false),
    ] {
        let answer = school.answer(tier, name, 1).await;
        assert_eq!(answer == OPEN, open, "{name} for {tier}: {answer}");
    }
}

#[tokio::test]
async fn a_blocked_answer_says_why_and_asks_nobody() {
    let school = School::new().await;
    let answer = school.answer(Tier::Thcs, "nha-cai.example", 1).await;
    assert!(
        answer.starts_with("NXDOMAIN 30 EDE 15 Lá Chắn: "),
        "{answer}"
    );
    assert!(answer.ends_with("(thcs)"), "{answer}");
    assert_eq!(school.upstream.asked(), 0);
}

#[tokio::test]
async fn authority_table_and_people_have_their_own_codes() {
    let school = School::with(vec![exception("dong-cua.vn", false, Role::School)], |_| ()).await;
    for (name, code, text) in [
        ("nha-cai.example", 15, "(thcs)"),
        ("trai-phep.vn", 16, "(thcs)"),
        ("dong-cua.vn", 17, "Lá Chắn: nhà trường đã đóng (thcs)"),
    ] {
        let message = with_edns(query(name, 1), 1232, 0, false);
        let (got, reason) = ede(&school.ask(Tier::Thcs, &message).await).unwrap();
        assert_eq!(got, code, "{name}");
        assert!(reason.ends_with(text), "{reason}");
        assert!(
            !reason.contains("Lan") && !reason.contains("Tin học"),
            "no person's words"
        );
    }
}

#[tokio::test]
async fn without_edns_a_blocked_answer_has_no_error() {
    let school = School::new().await;
    let message = school.ask(Tier::Thcs, &query("nha-cai.example", 1)).await;
    assert!(message.edns.is_none());
    assert_eq!(show(&message), "NXDOMAIN 30");
}

#[tokio::test]
async fn the_way_of_blocking_is_a_setting() {
    let page = BlockAnswer::Address {
        v4: Some([10, 9, 8, 7].into()),
        v6: None,
    };
    for (how, qtype, expected) in [
        (BlockAnswer::NoData, 1, "NODATA 30"),
        (page, 1, "A 10.9.8.7"),
        (page, 28, "NODATA 30"),
        (page, 65, "NODATA 30"),
    ] {
        let school = School::with(Vec::new(), |settings| settings.block_answer = how).await;
        let answer = school.answer(Tier::Thcs, "nha-cai.example", qtype).await;
        assert!(answer.starts_with(expected), "{how:?} {qtype}: {answer}");
    }
}

#[tokio::test]
async fn a_blocked_answer_never_lives_longer_than_a_minute() {
    let long = Duration::from_secs(86_400);
    let school = School::with(Vec::new(), |settings| settings.block_ttl = long).await;
    let answer = school.answer(Tier::Thcs, "nha-cai.example", 1).await;
    assert!(answer.starts_with("NXDOMAIN 60 "), "{answer}");
}

#[tokio::test]
async fn local_names_are_answered_for_everybody() {
    let school = School::new().await;
    for (name, qtype, expected) in [
        ("may-chu.home.arpa", 1, "A 10.0.0.1"),
        ("may-chu.home.arpa", 28, "AAAA fd00::1"),
        ("may-chu.home.arpa", 65, "NODATA 60"),
        ("khac.home.arpa", 1, "NXDOMAIN 60"),
        ("localhost", 1, "A 127.0.0.1"),
        ("may-in", 1, "NXDOMAIN 60"),
        ("1.0.168.192.in-addr.arpa", 12, "NXDOMAIN 60"),
        ("_dns.resolver.arpa", 64, "NODATA 60"),
    ] {
        assert_eq!(
            school.answer(Tier::MamNon, name, qtype).await,
            expected,
            "{name}"
        );
    }
    assert_eq!(school.upstream.asked(), 0);
    assert!(
        school.events.take().is_empty(),
        "a local name is nobody's verdict"
    );
}

#[tokio::test]
async fn the_second_client_is_served_from_the_cache() {
    let school = School::new().await;
    school.check(Tier::Thcs, "hoc.vn", OPEN).await;
    school.clock.advance(50);
    let message = school
        .ask(Tier::Staff, &with_edns(query("HOC.vn", 1), 1232, 0, false))
        .await;
    assert_eq!(message.answers[0].ttl, 70);
    assert_eq!(message.queries[0].name().to_ascii(), "HOC.vn.");
    assert_eq!(school.upstream.asked(), 1);
    school.clock.advance(70);
    school.check(Tier::Staff, "hoc.vn", OPEN).await;
    assert_eq!(school.upstream.asked(), 2);
    let counts = school.engine.counts();
    assert_eq!((counts.cached, counts.forwarded), (1, 2));
}

#[tokio::test]
async fn what_one_tier_put_in_the_cache_does_not_open_it_for_another() {
    let school = School::new().await;
    school.check(Tier::Staff, "mang-xa-hoi.vn", OPEN).await;
    let answer = school.answer(Tier::Thcs, "mang-xa-hoi.vn", 1).await;
    assert!(answer.starts_with("NXDOMAIN"), "{answer}");
    school.check(Tier::Staff, "mang-xa-hoi.vn", OPEN).await;
    assert_eq!(school.upstream.asked(), 1);
}

#[tokio::test]
async fn a_new_snapshot_holds_from_the_next_query_on() {
    let school = School::new().await;
    school.check(Tier::Thcs, "hoc.vn", OPEN).await;
    school.policy.store(Arc::new(policy(vec![exception(
        "hoc.vn",
        false,
        Role::School,
    )])));
    let answer = school.answer(Tier::Thcs, "hoc.vn", 1).await;
    assert!(answer.starts_with("NXDOMAIN"), "{answer}");
    school.policy.store(Arc::new(policy(Vec::new())));
    school.check(Tier::Thcs, "hoc.vn", OPEN).await;
}

#[tokio::test]
async fn negative_answers_keep_their_soa_and_are_kept() {
    let school = School::new().await;
    for _ in 0..2 {
        school
            .check(Tier::Staff, "missing.hoc.vn", "NXDOMAIN 90")
            .await;
        assert_eq!(school.answer(Tier::Staff, "hoc.vn", 16).await, "NODATA 90");
    }
    assert_eq!(school.upstream.asked(), 2);
}

#[tokio::test]
async fn any_is_answered_with_one_small_record() {
    let school = School::new().await;
    let answer = school.answer(Tier::Staff, "hoc.vn", 255).await;
    assert!(
        answer.starts_with("HINFO") && answer.contains("RFC8482"),
        "{answer}"
    );
    let answer = school.answer(Tier::Thcs, "nha-cai.example", 255).await;
    assert!(
        answer.starts_with("NXDOMAIN"),
        "a closed name stays closed: {answer}"
    );
    assert_eq!(school.upstream.asked(), 0);
}

#[tokio::test]
async fn the_cache_tells_nobody_what_others_looked_up() {
    let school = School::new().await;
    school.check(Tier::Staff, "hoc.vn", OPEN).await;
    let mut message = query("hoc.vn", 1);
    message[2] &= 0xFE;
    assert_eq!(show(&school.ask(Tier::Staff, &message).await), "REFUSED");
    let mut message = query("nha-cai.example", 1);
    message[2] &= 0xFE;
    assert_eq!(
        show(&school.ask(Tier::Staff, &message).await),
        "NXDOMAIN 30"
    );
}

#[tokio::test]
async fn blocked_queries_are_told_with_what_may_be_kept() {
    let school = School::new().await;
    school.answer(Tier::Thcs, "x.nha-cai.example", 1).await;
    assert_eq!(
        school.events.take(),
        ["thcs block", "blocked gambling x.nha-cai.example 127.0.3.9"]
    );
    school.answer(Tier::Thcs, "buon.vn", 1).await;
    assert_eq!(
        school.events.take(),
        ["thcs block", "blocked self-harm - 127.0.3.9"]
    );
}

#[tokio::test]
async fn open_queries_are_counted_once_and_help_lines_never() {
    let school = School::new().await;
    school.check(Tier::Thcs, "hoc.vn", OPEN).await;
    school.check(Tier::Thcs, "hoc.vn", OPEN).await;
    assert_eq!(school.events.take(), ["thcs allow", "thcs allow"]);
    school.check(Tier::Thcs, "tong-dai-111.vn", OPEN).await;
    assert!(school.events.take().is_empty());
}

#[tokio::test]
async fn every_query_ends_in_one_counter() {
    let school = School::new().await;
    school.check(Tier::Staff, "hoc.vn", OPEN).await;
    school.check(Tier::Staff, "hoc.vn", OPEN).await;
    school.answer(Tier::Thcs, "nha-cai.example", 1).await;
    school.answer(Tier::Thcs, "localhost", 1).await;
    school.answer(Tier::Thcs, "shop.hoc.vn", 1).await;
    school.answer(Tier::Thcs, "www.google.com", 65).await;
    let counts = school.engine.counts();
    let ends = counts.local
        + counts.blocked
        + counts.cached
        + counts.forwarded
        + counts.failed
        + counts.refused
        + counts.dropped;
    assert_eq!((counts.queries, ends), (6, 6));
    assert_eq!((counts.cloaked, counts.rewritten), (1, 1));
}
