//! The line down: bounded waiting, and answers that need nobody else.

use std::time::{Duration, Instant};

use lachan_policy::Tier;

use super::support::{School, client, impatient};
use crate::fake::Fake;
use crate::wire::query::tests::{query, with_edns};

const BLACK_HOLE: &str = "SERVFAIL EDE 22 Lá Chắn: máy chủ DNS phía trên không trả lời";

#[tokio::test]
async fn with_the_line_down_misses_fail_within_the_limit() {
    let school = School::upon(Fake::silent().await, Vec::new(), impatient);
    let begun = Instant::now();
    school.check(Tier::Staff, "hoc.vn", BLACK_HOLE).await;
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(school.engine.counts().failed, 1);
}

#[tokio::test]
async fn the_default_limit_is_under_two_seconds() {
    assert!(crate::TOTAL_TIMEOUT < Duration::from_secs(2));
    assert!(crate::UPSTREAM_TIMEOUT < crate::TOTAL_TIMEOUT);
}

#[tokio::test]
async fn with_the_line_down_and_no_room_left_the_rest_is_answered_at_once() {
    let school = School::upon(Fake::silent().await, Vec::new(), |settings| {
        settings.max_misses = 4;
    });
    let names: Vec<Vec<u8>> = (0..50)
        .map(|index| with_edns(query(&format!("ten{index}.vn"), 1), 1232, 0, false))
        .collect();
    let misses = async {
        let waits = names
            .iter()
            .map(|name| school.engine.answer(name, client(Tier::Staff)));
        let mut tasks: Vec<_> = waits.map(Box::pin).collect();
        for task in &mut tasks {
            // Each is begun; four of them wait.
            let _ = tokio::time::timeout(Duration::ZERO, task).await;
        }
        assert_eq!(school.engine.under_way(), 4);
        let begun = Instant::now();
        for _ in 0..100 {
            let blocked = school.answer(Tier::Thcs, "nha-cai.example", 1).await;
            assert!(blocked.starts_with("NXDOMAIN"));
            school.check(Tier::Thcs, "localhost", "A 127.0.0.1").await;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "{:?}",
            begun.elapsed()
        );
    };
    misses.await;
    let counts = school.engine.counts();
    assert_eq!((counts.overloaded, counts.failed), (46, 46));
    assert_eq!((counts.blocked, counts.local), (100, 100));
}

#[tokio::test]
async fn with_the_line_down_cached_answers_go_on() {
    let up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let seen = up.clone();
    let upstream = Fake::start(move |query, _| {
        let up = seen.load(std::sync::atomic::Ordering::SeqCst);
        if up {
            vec![super::support::zone(query)]
        } else {
            Vec::new()
        }
    })
    .await;
    let school = School::upon(upstream, Vec::new(), |settings| settings.max_misses = 1);
    school.check(Tier::Staff, "hoc.vn", "A 192.0.2.1").await;
    up.store(false, std::sync::atomic::Ordering::SeqCst);
    school.check(Tier::Staff, "hoc.vn", "A 192.0.2.1").await;
    assert_eq!(school.upstream.asked(), 1);
}

#[tokio::test]
async fn without_an_upstream_people_are_told() {
    let school = School::with(Vec::new(), |settings| settings.upstreams.clear()).await;
    let expected = "SERVFAIL EDE 23 Lá Chắn: chưa khai báo máy chủ DNS phía trên";
    school.check(Tier::Staff, "hoc.vn", expected).await;
    assert!(
        school
            .answer(Tier::Thcs, "nha-cai.example", 1)
            .await
            .starts_with("NXDOMAIN")
    );
}

#[tokio::test]
async fn an_upstreams_failure_is_passed_on_and_soon_forgotten() {
    let upstream =
        Fake::start(|query, _| vec![crate::wire::response::tests::Script::new(query, 2).bytes()])
            .await;
    let school = School::upon(upstream, Vec::new(), |_| ());
    school.check(Tier::Staff, "hoc.vn", "SERVFAIL").await;
    school.check(Tier::Staff, "hoc.vn", "SERVFAIL").await;
    assert_eq!(school.upstream.asked(), 1);
    school.clock.advance(2);
    school.check(Tier::Staff, "hoc.vn", "SERVFAIL").await;
    assert_eq!(school.upstream.asked(), 2);
}

#[tokio::test]
async fn a_large_answer_is_cut_for_udp_and_whole_over_a_stream() {
    let upstream = Fake::start(|query, transport| {
        let mut script = crate::wire::response::tests::Script::new(query, 0);
        for _ in 0..100 {
            script = script.a("hoc.vn", 60);
        }
        let mut bytes = script.bytes();
        if transport == crate::Transport::Udp {
            bytes[2] |= 2;
        }
        vec![bytes]
    })
    .await;
    let school = School::upon(upstream, Vec::new(), |_| ());
    for (payload, limit) in [(512, 512), (1232, 1232), (65535, 1232)] {
        let message = with_edns(query("hoc.vn", 1), payload, 0, false);
        let answer = school
            .engine
            .answer(&message, client(Tier::Staff))
            .await
            .unwrap();
        assert!(answer.len() <= limit);
        assert!(answer[2] & 2 != 0);
    }
    let mut stream = client(Tier::Staff);
    stream.transport = crate::Transport::Stream;
    let answer = school
        .engine
        .answer(&query("hoc.vn", 1), stream)
        .await
        .unwrap();
    assert!(answer.len() > 1600 && answer[2] & 2 == 0);
    assert_eq!(school.engine.counts().truncated, 3);
}
