//! Safe search and restricted video.

use lachan_policy::Tier;

use super::support::{School, exception};
use lachan_policy::Role;

#[tokio::test]
async fn engines_answer_in_their_safe_form() {
    let school = School::new().await;
    for (tier, name, qtype, expected) in [
        (
            Tier::Thcs,
            "www.google.com",
            1,
            "CNAME forcesafesearch.google.com A 192.0.2.1",
        ),
        (
            Tier::Thcs,
            "www.google.com",
            28,
            "CNAME forcesafesearch.google.com 90",
        ),
        (Tier::Thcs, "www.google.com", 65, "NODATA 300"),
        (Tier::Thcs, "www.google.com", 16, "NODATA 300"),
        (Tier::Thcs, "duckduckgo.com", 1, "A 192.0.2.1"),
        (Tier::Thcs, "yandex.ru", 1, "A 213.180.193.56"),
        (Tier::Thcs, "yandex.ru", 28, "NODATA 300"),
        (
            Tier::Thcs,
            "www.youtube.com",
            1,
            "CNAME restrictmoderate.youtube.com A 192.0.2.1",
        ),
        (Tier::Staff, "www.google.com", 1, "A 192.0.2.1"),
        (Tier::Staff, "www.google.com", 65, "NODATA 90"),
        (Tier::Staff, "www.youtube.com", 1, "A 192.0.2.1"),
    ] {
        assert_eq!(
            school.answer(tier, name, qtype).await,
            expected,
            "{name} {qtype} for {tier}"
        );
    }
}

#[tokio::test]
async fn the_safe_form_and_the_open_one_do_not_mix_in_the_cache() {
    let school = School::new().await;
    for _ in 0..2 {
        school
            .check(Tier::Staff, "www.google.com", "A 192.0.2.1")
            .await;
        school
            .check(
                Tier::Thcs,
                "www.google.com",
                "CNAME forcesafesearch.google.com A 192.0.2.1",
            )
            .await;
    }
    assert_eq!(school.upstream.asked(), 2);
}

#[tokio::test]
async fn a_rewritten_answer_lives_five_minutes_at_most_and_ages() {
    let school = School::new().await;
    let ask = crate::wire::query::tests::query("www.google.com", 1);
    let first = school.ask(Tier::Thcs, &ask).await;
    assert!(first.answers.iter().all(|record| record.ttl == 120));
    school.clock.advance(100);
    let later = school.ask(Tier::Thcs, &ask).await;
    assert!(later.answers.iter().all(|record| record.ttl == 20));
}

#[tokio::test]
async fn opening_an_engine_keeps_it_safe() {
    let school = School::with(vec![exception("google.com", true, Role::School)], |_| ()).await;
    school
        .check(
            Tier::Thcs,
            "www.google.com",
            "CNAME forcesafesearch.google.com A 192.0.2.1",
        )
        .await;
}

#[tokio::test]
async fn a_safe_host_that_fails_does_not_open_the_engine() {
    let upstream = crate::fake::Fake::start(|query, _| {
        vec![crate::wire::response::tests::Script::new(query, 2).bytes()]
    })
    .await;
    let school = School::upon(upstream, Vec::new(), |_| ());
    school.check(Tier::Thcs, "www.google.com", "SERVFAIL").await;
}

#[tokio::test]
async fn an_examination_is_answered_as_the_group_is_and_told_to_nobody() {
    let school = School::new().await;
    for (tier, name, qtype) in [
        (Tier::Thcs, "www.google.com", 1),
        (Tier::Thcs, "www.google.com", 65),
        (Tier::Staff, "www.google.com", 1),
        (Tier::Thcs, "nha-cai.example", 1),
        (Tier::Thcs, "shop.hoc.vn", 1),
    ] {
        let message = crate::wire::query::tests::query(name, qtype);
        let group = school.policy.load().groups().all()[tier.index() + 1].id;
        for _ in 0..2 {
            // From the upstream, then from the cache.
            let examined = school.engine.examine(group, &message).await.unwrap();
            let examined = hickory_proto::op::Message::from_vec(&examined).unwrap();
            let asked = school.ask(tier, &message).await;
            let told = school.events.take();
            assert!(!told.is_empty(), "{name}");
            assert_eq!(examined.answers, asked.answers, "{name} {qtype} for {tier}");
            assert_eq!(
                examined.metadata.response_code,
                asked.metadata.response_code
            );
        }
        school.engine.examine(group, &message).await.unwrap();
        assert!(school.events.take().is_empty(), "{name}");
    }
    let query = crate::wire::query::tests::query("hoc.vn", 1);
    let nobody = lachan_policy::GroupId(4_000);
    assert!(school.engine.examine(nobody, &query).await.is_none());
}
