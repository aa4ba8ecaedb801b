//! Tests of forwarding against upstreams that answer, lie, cut, delay and keep silent.

use std::time::Duration;

use lachan_policy::{Moment, Name};
use tokio::time::Instant;

use super::*;
use crate::cache::Scratch;
use crate::fake::{Fake, question};
use crate::wire::query::{Query, Transport};
use crate::wire::response::tests::Script;

struct NoClock;
impl Clock for NoClock {
    fn moment(&self) -> Option<Moment> {
        None
    }
}

fn key(name: &str) -> Key {
    let name = Name::from_text(name).unwrap();
    Key {
        name,
        qtype: 1,
        dnssec_ok: false,
        checking_disabled: false,
    }
}

fn forwarder(upstreams: &[&Fake], change: impl Fn(&mut Settings)) -> Forwarder {
    let mut settings = Settings {
        upstreams: upstreams.iter().map(|fake| fake.address).collect(),
        upstream_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
        ..Settings::default()
    };
    change(&mut settings);
    Forwarder::new(&settings, Arc::new(Cache::new(1 << 20)), Arc::new(NoClock))
}

/// Time limits for upstreams that are known to keep silent.
fn impatient(settings: &mut Settings) {
    settings.upstream_timeout = Duration::from_millis(100);
    settings.total_timeout = Duration::from_millis(250);
}

/// A short time for one upstream, a long one for all: another answers.
fn hopeful(settings: &mut Settings) {
    settings.upstream_timeout = Duration::from_millis(200);
}

fn good(query: &[u8]) -> Vec<u8> {
    Script::new(query, 0).a(&question(query).0, 60).bytes()
}

/// The outcome with an upstream whose datagrams are a change of the right answer, sent before it.
async fn with_liar(lie: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Outcome {
    let upstream = Fake::start(move |query, _| {
        let mut forged = good(query);
        lie(&mut forged);
        vec![forged, good(query)]
    })
    .await;
    forwarder(&[&upstream], |_| ())
        .ask(&key("www.truong-hoc.edu.vn"))
        .await
}

fn is_good(outcome: &Outcome) -> bool {
    outcome
        .as_ref()
        .is_ok_and(|reply| reply.view().data_of(1).eq([(60, &[192, 0, 2, 1][..])]))
}

#[tokio::test]
async fn a_question_is_answered_and_kept() {
    let upstream = Fake::start(|query, _| vec![good(query)]).await;
    let forwarder = forwarder(&[&upstream], |_| ());
    assert!(is_good(&forwarder.ask(&key("a.vn")).await));
    assert!(
        forwarder
            .shared
            .cache
            .find(
                (&key("a.vn")).into(),
                NoClock.seconds(),
                &mut Scratch::new()
            )
            .is_some()
    );
    assert_eq!(forwarder.under_way(), 0);
}

#[tokio::test]
async fn forged_answers_are_passed_over() {
    let change_address = |answer: &mut Vec<u8>| *answer.last_mut().unwrap() = 66;
    assert!(
        is_good(
            &with_liar(move |forged| {
                forged[1] ^= 1;
                change_address(forged)
            })
            .await
        ),
        "id"
    );
    assert!(
        is_good(
            &with_liar(move |forged| {
                forged[13] = b'x';
                change_address(forged)
            })
            .await
        ),
        "name"
    );
    assert!(
        is_good(
            &with_liar(move |forged| {
                for byte in &mut forged[13..33] {
                    *byte = if byte.is_ascii_alphabetic() {
                        *byte ^ 0x20
                    } else {
                        *byte
                    };
                }
                change_address(forged)
            })
            .await
        ),
        "case",
    );
    assert!(
        is_good(&with_liar(|forged| forged[2] &= 0x7F).await),
        "a query"
    );
    assert!(
        is_good(&with_liar(|forged| forged.truncate(9)).await),
        "a scrap"
    );
}

#[tokio::test]
async fn an_upstream_that_only_lies_is_a_timeout() {
    let upstream = Fake::start(|query, _| {
        let mut forged = good(query);
        forged[0] ^= 0xFF;
        vec![forged]
    })
    .await;
    let outcome = forwarder(&[&upstream], impatient).ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::Timeout);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_a_failure() {
    let upstream = Fake::start(|query, _| {
        let mut cut = good(query);
        cut.truncate(cut.len() - 3);
        vec![cut]
    })
    .await;
    let outcome = forwarder(&[&upstream], |_| ()).ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::Network);
}

#[tokio::test]
async fn a_cut_answer_is_asked_for_over_tcp() {
    let upstream = Fake::start(|query, transport| {
        let mut answer = good(query);
        if transport == Transport::Udp {
            answer[2] |= 2;
            answer.truncate(30);
        }
        vec![answer]
    })
    .await;
    assert!(is_good(
        &forwarder(&[&upstream], |_| ()).ask(&key("a.vn")).await
    ));
    assert_eq!(upstream.asked(), 2);
}

#[tokio::test]
async fn an_upstream_without_edns_is_asked_plainly() {
    let upstream = Fake::start(|query, _| {
        let has_edns = Query::parse(query).unwrap().edns.is_some();
        vec![if has_edns {
            Script::new(query, 1).bytes()
        } else {
            good(query)
        }]
    })
    .await;
    assert!(is_good(
        &forwarder(&[&upstream], |_| ()).ask(&key("a.vn")).await
    ));
}

#[tokio::test]
async fn the_next_upstream_is_asked_when_one_is_silent_or_fails() {
    let answers = Fake::start(|query, _| vec![good(query)]).await;
    let silent = Fake::silent().await;
    assert!(is_good(
        &forwarder(&[&silent, &answers], hopeful)
            .ask(&key("a.vn"))
            .await
    ));
    let fails = Fake::start(|query, _| vec![Script::new(query, 2).bytes()]).await;
    assert!(is_good(
        &forwarder(&[&fails, &answers], |_| ())
            .ask(&key("a.vn"))
            .await
    ));
}

#[tokio::test]
async fn a_failure_all_upstreams_agree_on_is_passed_on() {
    let fails = Fake::start(|query, _| vec![Script::new(query, 2).bytes()]).await;
    let reply = forwarder(&[&fails], |_| ())
        .ask(&key("a.vn"))
        .await
        .unwrap();
    assert!(reply.is_failure());
}

#[tokio::test]
async fn one_lost_packet_is_no_failure() {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    let upstream = Fake::start(move |query, _| {
        let first = seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        if first { Vec::new() } else { vec![good(query)] }
    })
    .await;
    assert!(is_good(
        &forwarder(&[&upstream], hopeful).ask(&key("a.vn")).await
    ));
}

#[tokio::test]
async fn silence_ends_within_the_time_limit() {
    let (first, second) = (Fake::silent().await, Fake::silent().await);
    let forwarder = forwarder(&[&first, &second], impatient);
    let begun = Instant::now();
    assert_eq!(
        forwarder.ask(&key("a.vn")).await.unwrap_err(),
        Failure::Timeout
    );
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(forwarder.under_way(), 0);
}

#[tokio::test]
async fn a_silent_upstream_is_soon_asked_last() {
    let silent = Fake::silent().await;
    let answers = Fake::start(|query, _| vec![good(query)]).await;
    let forwarder = forwarder(&[&silent, &answers], hopeful);
    for name in ["a.vn", "b.vn", "c.vn", "d.vn", "e.vn"] {
        assert!(is_good(&forwarder.ask(&key(name)).await));
    }
    assert!((2..5).contains(&silent.asked()), "{}", silent.asked());
}

#[tokio::test]
async fn the_same_question_is_asked_once() {
    let upstream = Fake::start(|query, transport| {
        // Cut first, so that all who ask find the question still under way.
        let mut answer = good(query);
        if transport == Transport::Udp {
            answer[2] |= 2;
        }
        vec![answer]
    })
    .await;
    let forwarder = forwarder(&[&upstream], |_| ());
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let forwarder = forwarder.clone();
        clients.spawn(async move { forwarder.ask(&key("a.vn")).await });
    }
    while let Some(outcome) = clients.join_next().await {
        assert!(is_good(&outcome.unwrap()));
    }
    assert_eq!(upstream.asked(), 2, "one question over UDP, one over TCP");
}

#[tokio::test]
async fn a_client_that_leaves_does_not_end_the_question_of_others() {
    let upstream = Fake::silent().await;
    let forwarder = forwarder(&[&upstream], |settings| {
        impatient(settings);
        settings.max_misses = 1;
    });
    let first = tokio::spawn({
        let forwarder = forwarder.clone();
        async move { forwarder.ask(&key("a.vn")).await }
    });
    while forwarder.under_way() == 0 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert!(first.await.is_err());
    assert_eq!(
        forwarder.ask(&key("a.vn")).await.unwrap_err(),
        Failure::Timeout
    );
}

#[tokio::test]
async fn beyond_the_limit_there_is_no_waiting() {
    let upstream = Fake::silent().await;
    let forwarder = forwarder(&[&upstream], |settings| {
        impatient(settings);
        settings.max_misses = 2;
    });
    let mut waiting = tokio::task::JoinSet::new();
    for name in ["a.vn", "b.vn"] {
        let forwarder = forwarder.clone();
        waiting.spawn(async move { forwarder.ask(&key(name)).await });
    }
    while forwarder.under_way() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        forwarder.ask(&key("c.vn")).await.unwrap_err(),
        Failure::Busy
    );
    while let Some(outcome) = waiting.join_next().await {
        assert_eq!(outcome.unwrap().unwrap_err(), Failure::Timeout);
    }
    // The places are given back.
    assert_eq!(
        forwarder.ask(&key("c.vn")).await.unwrap_err(),
        Failure::Timeout
    );
}

#[tokio::test]
async fn without_an_upstream_there_is_no_waiting() {
    let outcome = forwarder(&[], |_| ()).ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::NoUpstream);
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_told_at_once() {
    let gone = Fake::silent().await.address;
    let forwarder = forwarder(&[], |settings| {
        impatient(settings);
        settings.upstreams = vec![gone];
    });
    // The aborted tasks close their sockets when the runtime next runs them.
    let mut outcome = forwarder.ask(&key("a.vn")).await;
    for index in 0..20 {
        if matches!(outcome, Err(Failure::Network)) {
            return;
        }
        outcome = forwarder.ask(&key(&format!("a{index}.vn"))).await;
    }
    panic!("{outcome:?}");
}

#[test]
fn every_failure_tells_the_client_why() {
    for failure in [
        Failure::Busy,
        Failure::NoUpstream,
        Failure::Timeout,
        Failure::Network,
    ] {
        let ede = failure.ede();
        assert!(matches!(ede.code, 22 | 23) && ede.text.starts_with("Lá Chắn: "));
    }
}
