//! Answers past their lifetime, and answers that are renewed before they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use lachan_policy::Tier;
use tokio::time::Instant;

use super::support::{School, exception, policy, show, zone};
use crate::Settings;
use crate::fake::Fake;
use crate::wire::query::tests::{query, with_edns};
use crate::wire::response::tests::Script;

const GOOD: u8 = 0;
const SILENT: u8 = 1;
const FAILING: u8 = 2;

/// Seconds past the lifetime of every answer of the zone.
const LATER: u32 = 1000;
const STALE: &str = "EDE 3 Lá Chắn: câu trả lời cũ, vì máy chủ DNS phía trên không trả lời";

/// A school whose upstream can be made to fail.
struct Line {
    school: School,
    state: Arc<AtomicU8>,
}

impl Line {
    async fn new(change: impl Fn(&mut Settings)) -> Self {
        let state = Arc::new(AtomicU8::new(GOOD));
        let seen = Arc::clone(&state);
        let upstream = Fake::start(move |query, _| match seen.load(Ordering::SeqCst) {
            SILENT => Vec::new(),
            FAILING => vec![Script::new(query, 2).bytes()],
            _ => vec![zone(query)],
        })
        .await;
        let school = School::upon(upstream, Vec::new(), change);
        Self { school, state }
    }

    fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }

    fn pass(&self, seconds: u32) {
        self.school.clock.advance(seconds);
    }

    async fn check(&self, name: &str, expected: &str) {
        self.school.check(Tier::Staff, name, expected).await;
    }
}

/// Learns a name, lets it become stale and takes the line down.
async fn stale_and_down(state: u8, change: impl Fn(&mut Settings)) -> Line {
    let line = Line::new(change).await;
    line.check("hoc.vn", "A 192.0.2.1").await;
    line.pass(LATER);
    line.set(state);
    line
}

fn impatient(settings: &mut Settings) {
    super::support::impatient(settings);
}

#[tokio::test]
async fn when_the_upstreams_fail_a_stale_answer_is_given() {
    for state in [SILENT, FAILING] {
        let line = stale_and_down(state, impatient).await;
        line.check("hoc.vn", &format!("A 192.0.2.1 {STALE}")).await;
        let counts = line.school.engine.counts();
        assert_eq!((counts.cached, counts.stale, counts.failed), (1, 1, 0));
    }
}

#[tokio::test]
async fn a_stale_answer_lives_for_thirty_seconds_in_the_clients_cache() {
    let line = stale_and_down(FAILING, impatient).await;
    let message = with_edns(query("hoc.vn", 1), 1232, 0, false);
    let answer = line.school.ask(Tier::Staff, &message).await;
    assert_eq!(answer.answers[0].ttl, 30);
}

#[tokio::test]
async fn a_stale_nonexistence_says_so() {
    let line = Line::new(impatient).await;
    line.check("missing.hoc.vn", "NXDOMAIN 90").await;
    line.pass(LATER);
    line.set(FAILING);
    let expected = format!("NXDOMAIN 30 {}", STALE.replacen('3', "19", 1));
    line.check("missing.hoc.vn", &expected).await;
}

#[tokio::test]
async fn who_asks_soon_after_a_failure_is_not_kept_waiting() {
    let line = stale_and_down(SILENT, impatient).await;
    let stale = format!("A 192.0.2.1 {STALE}");
    line.check("hoc.vn", &stale).await;
    let asked = line.school.upstream.asked();
    line.pass(29);
    line.check("hoc.vn", &stale).await;
    assert_eq!(
        line.school.upstream.asked(),
        asked,
        "at once, without asking"
    );
}

#[tokio::test]
async fn an_upstream_that_is_back_is_heard_again() {
    let line = stale_and_down(FAILING, impatient).await;
    line.check("hoc.vn", &format!("A 192.0.2.1 {STALE}")).await;
    line.set(GOOD);
    line.pass(30);
    line.check("hoc.vn", "A 192.0.2.1").await;
    line.check("hoc.vn", "A 192.0.2.1").await;
    assert_eq!(line.school.engine.counts().stale, 1);
}

#[tokio::test]
async fn with_upstreams_known_to_be_down_nobody_is_kept_waiting() {
    let line = stale_and_down(SILENT, impatient).await;
    // Two failures in a row are enough to know.
    for name in ["a.hoc.vn", "b.hoc.vn"] {
        let answer = line.school.answer(Tier::Staff, name, 1).await;
        assert!(answer.starts_with("SERVFAIL"), "{answer}");
    }
    let asked = line.school.upstream.asked();
    line.check("hoc.vn", &format!("A 192.0.2.1 {STALE}")).await;
    assert_eq!(
        line.school.upstream.asked(),
        asked,
        "at once, without asking"
    );
}

#[tokio::test]
async fn a_slow_upstream_is_waited_for_as_long_as_a_client_waits() {
    let line = stale_and_down(SILENT, |_| ()).await;
    tokio::time::pause();
    let begun = Instant::now();
    line.check("hoc.vn", &format!("A 192.0.2.1 {STALE}")).await;
    assert_eq!(begun.elapsed().as_millis() / 10, 180, "simulated time");
}

#[tokio::test]
async fn with_stale_answers_off_a_failure_is_a_failure() {
    let line = stale_and_down(FAILING, |settings| {
        settings.stale_for = Duration::ZERO;
        impatient(settings);
    })
    .await;
    line.check("hoc.vn", "SERVFAIL").await;
}

#[tokio::test]
async fn what_is_too_old_is_not_served() {
    let line = Line::new(|settings| {
        settings.stale_for = Duration::from_secs(600);
        impatient(settings);
    })
    .await;
    line.check("hoc.vn", "A 192.0.2.1").await;
    line.set(FAILING);
    line.pass(120 + 599);
    line.check("hoc.vn", &format!("A 192.0.2.1 {STALE}")).await;
    line.pass(31);
    line.check("hoc.vn", "SERVFAIL").await;
}

#[tokio::test]
async fn a_stale_answer_is_decided_like_any_other() {
    let line = Line::new(impatient).await;
    line.check("mang.hoc.vn", "CNAME mang-xa-hoi.vn A 192.0.2.1")
        .await;
    line.pass(LATER);
    line.set(FAILING);
    let blocked = line.school.answer(Tier::Thcs, "mang.hoc.vn", 1).await;
    assert!(blocked.starts_with("NXDOMAIN"), "{blocked}");
    let closing = policy(vec![exception(
        "hoc.vn",
        false,
        lachan_policy::Role::School,
    )]);
    line.school.policy.store(Arc::new(closing));
    let blocked = line.school.answer(Tier::Staff, "mang.hoc.vn", 1).await;
    assert!(blocked.starts_with("NXDOMAIN"), "{blocked}");
}

/// Runs what a service runs beside the listeners, until `done`.
async fn with_refreshing(school: &School, done: impl Fn() -> bool) {
    let wait = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let limit = tokio::time::timeout(Duration::from_secs(20), wait);
    tokio::select! {
        () = school.engine.refresh_popular() => {}
        waited = limit => waited.unwrap(),
    }
}

#[tokio::test]
async fn a_popular_answer_is_asked_for_again_before_it_ends() {
    let line = Line::new(|_| ()).await;
    for _ in 0..4 {
        line.check("hoc.vn", "A 192.0.2.1").await;
    }
    line.pass(108);
    for _ in 0..5 {
        line.check("hoc.vn", "A 192.0.2.1").await;
    }
    let school = &line.school;
    let renewed = || school.upstream.asked() == 2 && school.engine.under_way() == 0;
    with_refreshing(school, renewed).await;
    // Past the end of the first answer, and nobody waited.
    line.pass(60);
    line.check("hoc.vn", "A 192.0.2.1").await;
    let counts = school.engine.counts();
    assert_eq!(
        (counts.forwarded, counts.cached, counts.refreshed),
        (1, 9, 1)
    );
    assert_eq!(school.upstream.asked(), 2);
}

#[tokio::test]
async fn what_few_ask_for_or_prefetch_is_off_is_left_to_end() {
    for (hits, prefetch) in [(1, true), (5, false)] {
        let line = Line::new(|settings| settings.prefetch = prefetch).await;
        line.check("hoc.vn", "A 192.0.2.1").await;
        line.pass(110);
        for _ in 0..hits {
            line.check("hoc.vn", "A 192.0.2.1").await;
        }
        let waited = tokio::time::timeout(
            Duration::from_millis(20),
            line.school.engine.refresh_popular(),
        );
        assert!(waited.await.is_err());
        assert_eq!(line.school.upstream.asked(), 1);
    }
}

#[tokio::test]
async fn a_flushed_name_is_asked_for_anew() {
    let line = Line::new(|_| ()).await;
    for name in ["hoc.vn", "a.hoc.vn", "xhoc.vn"] {
        line.check(name, "A 192.0.2.1").await;
    }
    let name = lachan_policy::Name::from_text("hoc.vn").unwrap();
    let engine = &line.school.engine;
    assert_eq!(engine.flush_cache(&name, false), 1);
    assert_eq!(engine.flush_cache(&name, true), 1);
    assert_eq!(engine.cached_size().0, 1);
    line.check("hoc.vn", "A 192.0.2.1").await;
    assert_eq!(line.school.upstream.asked(), 4);
    assert_eq!(engine.flush_cache(&lachan_policy::Name::ROOT, true), 2);
}

#[tokio::test]
async fn no_query_says_upstream_which_net_it_came_from() {
    let upstream = Fake::start(|query, _| {
        let asked = hickory_proto::op::Message::from_vec(query).unwrap();
        let subnet = asked.edns.as_ref().is_some_and(|edns| {
            let options = edns.options().as_ref();
            options.iter().any(|(code, _)| u16::from(*code) == 8)
        });
        if subnet {
            Vec::new()
        } else {
            vec![zone(query)]
        }
    })
    .await;
    let school = School::upon(upstream, Vec::new(), impatient);
    // EDNS with the option CLIENT-SUBNET (RFC 7871 §6): 198.51.100.0/24.
    let mut asked = with_edns(query("hoc.vn", 1), 1232, 0, false);
    let option = [0, 8, 0, 7, 0, 1, 24, 0, 198, 51, 100];
    let at = asked.len() - 2;
    asked[at..].copy_from_slice(&[0, 11]);
    asked.extend(option);
    assert_eq!(show(&school.ask(Tier::Staff, &asked).await), "A 192.0.2.1");
    // And so the answer is everybody's.
    school.check(Tier::Thpt, "hoc.vn", "A 192.0.2.1").await;
    assert_eq!(school.upstream.asked(), 1);
}
