//! Several upstreams: who is asked, silence, failures, domains with upstreams of their own.

use super::*;

async fn answering() -> Fake {
    Fake::start(|query, _| vec![good(query)]).await
}

/// One that answers after so many milliseconds.
async fn slow(delay: u64) -> Fake {
    Fake::start(move |query, _| Act::Later(Duration::from_millis(delay), good(query))).await
}

#[tokio::test]
async fn the_next_upstream_is_asked_when_one_is_silent_or_fails() {
    let answers = answering().await;
    let silent = Fake::silent().await;
    assert!(is_good(
        &forwarder(&[&silent, &answers], |_| ())
            .ask(&key("a.vn"))
            .await
    ));
    let fails = Fake::start(|query, _| vec![Script::new(query, 2).bytes()]).await;
    assert!(is_good(
        &forwarder(&[&fails, &answers], |_| ())
            .ask(&key("a.vn"))
            .await
    ));
    assert_eq!(fails.asked(), 1);
}

#[tokio::test]
async fn a_failure_that_all_share_is_the_answer() {
    let fails = Fake::start(|query, _| vec![Script::new(query, 5).bytes()]).await;
    let reply = forwarder(&[&fails], |_| ())
        .ask(&key("a.vn"))
        .await
        .unwrap();
    assert!(
        reply.is_failure() && reply.rcode() == 2,
        "REFUSED is our failure"
    );
    let silent = Fake::silent().await;
    let forwarder = forwarder(&[&fails, &silent], impatient);
    assert!(forwarder.ask(&key("a.vn")).await.unwrap().is_failure());
}

#[tokio::test]
async fn one_lost_packet_is_no_failure() {
    let seen = AtomicUsize::new(0);
    let upstream = Fake::start(move |query, _| {
        let first = seen.fetch_add(1, Ordering::SeqCst) == 0;
        if first { Vec::new() } else { vec![good(query)] }
    })
    .await;
    let forwarder = forwarder(&[&upstream], |_| ());
    assert!(is_good(&forwarder.ask(&key("a.vn")).await));
    assert_eq!(forwarder.upstreams()[0].failed, 0);
}

#[tokio::test]
async fn an_answer_to_the_first_try_counts_though_a_second_was_begun() {
    let seen = AtomicUsize::new(0);
    let upstream = Fake::start(move |query, _| {
        let first = seen.fetch_add(1, Ordering::SeqCst) == 0;
        if first {
            Act::Later(Duration::from_millis(700), good(query))
        } else {
            Vec::new().into()
        }
    })
    .await;
    assert!(is_good(
        &forwarder(&[&upstream], |_| ()).ask(&key("a.vn")).await
    ));
}

#[tokio::test]
async fn silence_ends_with_the_time_limit() {
    let (first, second) = (Fake::silent().await, Fake::silent().await);
    let forwarder = forwarder(&[&first, &second], impatient);
    let outcome = forwarder.ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::Timeout);
    assert_eq!(forwarder.under_way(), 0);
}

#[tokio::test]
async fn a_silent_upstream_is_soon_no_more_waited_for() {
    let (silent, answers) = (Fake::silent().await, answering().await);
    let forwarder = forwarder(&[&silent, &answers], |settings| {
        settings.upstream_timeout = Duration::from_millis(400);
    });
    for index in 0..30 {
        assert!(is_good(&forwarder.ask(&key(&format!("a{index}.vn"))).await));
    }
    // The first question waited for it; what it is asked after that nobody waits for.
    assert!(silent.asked() <= 3, "{}", silent.asked());
    assert!(!forwarder.is_down());
}

#[tokio::test]
async fn the_faster_upstream_is_found_and_used() {
    let (slow, fast) = (slow(80).await, answering().await);
    let forwarder = forwarder(&[&slow, &fast], |_| ());
    for index in 0..20 {
        assert!(is_good(&forwarder.ask(&key(&format!("a{index}.vn"))).await));
        // What is asked beside a question is answered meanwhile.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(slow.asked() < 14, "{}", slow.asked());
    assert!(fast.asked() > 6, "{}", fast.asked());
}

#[tokio::test]
async fn a_line_that_is_down_is_known_and_found_to_be_back() {
    let up = Arc::new(AtomicBool::new(false));
    let is_up = Arc::clone(&up);
    let upstream = Fake::start(move |query, _| {
        if is_up.load(Ordering::SeqCst) {
            vec![good(query)]
        } else {
            Vec::new()
        }
    })
    .await;
    let forwarder = forwarder(&[&upstream], impatient);
    assert!(!forwarder.is_down(), "nothing is known yet");
    for name in ["a.vn", "b.vn"] {
        let outcome = forwarder.ask(&key(name)).await;
        assert_eq!(outcome.unwrap_err(), Failure::Timeout);
    }
    assert!(forwarder.is_down());
    up.store(true, Ordering::SeqCst);
    // Nobody asks, and yet it is noticed.
    while forwarder.is_down() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(is_good(&forwarder.ask(&key("c.vn")).await));
}

#[tokio::test]
async fn the_upstreams_of_the_longest_domain_are_asked() {
    let tell = |last: u8| {
        Fake::start(move |query, _| {
            let (name, _) = question(query);
            vec![
                Script::new(query, 0)
                    .record(1, &name, 1, 60, &[10, 0, 0, last])
                    .bytes(),
            ]
        })
    };
    let (general, school, reverse) = (tell(1).await, tell(2).await, tell(3).await);
    let forwarder = forwarder(&[&general], |settings| {
        settings.forwarding.rebind_protection = false;
        let zone = |domain: Name, fake: &Fake| ForwardZone {
            domain,
            upstreams: vec![fake.address.into()],
        };
        let reversed = Name::from_normal(b"\x011\x03168\x03192\x07in-addr\x04arpa").unwrap();
        settings.forwarding.zones = vec![
            zone(name("edu.vn"), &school),
            zone(name("ad.truong.edu.vn"), &reverse),
            zone(reversed, &reverse),
        ];
    });
    for (asked, last) in [
        ("bao.vn", 1),
        ("edu.vn", 2),
        ("www.truong.edu.vn", 2),
        ("ad.truong.edu.vn", 3),
        ("dc.ad.truong.edu.vn", 3),
        ("notedu.vn", 1),
    ] {
        let reply = forwarder.ask(&key(asked)).await.unwrap();
        assert_eq!(reply.data_of(1), [(60, &[10, 0, 0, last][..])], "{asked}");
    }
    let told: Vec<_> = forwarder
        .upstreams()
        .into_iter()
        .map(|upstream| upstream.domain)
        .collect();
    assert_eq!(told.len(), 4);
    assert_eq!(told[0], None);
    assert!(told.contains(&Some("ad.truong.edu.vn".into())));
}

#[tokio::test]
async fn a_domain_with_upstreams_needs_no_others() {
    let school = answering().await;
    let forwarder = forwarder(&[], |settings| {
        settings.forwarding.zones = vec![ForwardZone {
            domain: name("ad.lan"),
            upstreams: vec![school.address.into()],
        }];
    });
    assert!(is_good(&forwarder.ask(&key("dc.ad.lan")).await));
    let outcome = forwarder.ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::NoUpstream);
}
