//! Bounds: questions under way, descriptors, clients that leave.

use super::*;

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
    let outcome = forwarder.ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::Timeout);
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
        settings.upstreams = vec![gone.into()];
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

#[tokio::test]
async fn sockets_are_bounded_and_given_back() {
    const SOCKETS: usize = 3;
    let upstream = Fake::start(|query, _| vec![good(query)]).await;
    let forwarder = forwarder(&[&upstream], |settings| {
        settings.forwarding.max_sockets = SOCKETS;
    });
    for index in 0..300 {
        assert!(is_good(&forwarder.ask(&key(&format!("a{index}.vn"))).await));
    }
    assert!(forwarder.shared.limits.free_sockets() < SOCKETS);
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(forwarder.shared.limits.free_sockets(), SOCKETS);
}

#[tokio::test]
async fn ports_change_with_use_and_time() {
    let ports = Arc::new(Mutex::new(Vec::new()));
    let upstream = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = upstream.local_addr().unwrap();
    let seen = Arc::clone(&ports);
    tokio::spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((length, client)) = upstream.recv_from(&mut buffer).await {
            seen.lock().unwrap().push(client.port());
            let _ = upstream.send_to(&good(&buffer[..length]), client).await;
        }
    });
    let forwarder = forwarder(&[], |settings| settings.upstreams = vec![address.into()]);
    for index in 0..2000 {
        assert!(is_good(&forwarder.ask(&key(&format!("a{index}.vn"))).await));
    }
    let ports: Vec<u16> = ports.lock().unwrap().clone();
    let mut uses = HashMap::new();
    for port in &ports {
        *uses.entry(*port).or_insert(0) += 1;
    }
    assert!(uses.len() >= 2000 / 64, "{} ports", uses.len());
    // The system may give one of its 28,000 ports a second time: once in thirty runs one of these
    // forty, three of them once in a hundred thousand.
    let worn = uses.values().filter(|uses| **uses > 64).count();
    assert!(worn <= 2, "{worn} ports were used more than 64 times");
    let distinct: std::collections::HashSet<_> = ports[..64].iter().collect();
    assert!(distinct.len() > 8, "several at a time");
}

#[tokio::test]
async fn with_every_upstream_black_holed_nothing_grows() {
    let (first, second) = (Fake::silent().await, Fake::silent().await);
    let forwarder = forwarder(&[&first, &second], |settings| {
        impatient(settings);
        settings.max_misses = 64;
    });
    let mut asked = tokio::task::JoinSet::new();
    let mut most = 0;
    for round in 0..20 {
        for index in 0..200 {
            let forwarder = forwarder.clone();
            asked.spawn(async move { forwarder.ask(&key(&format!("a{round}-{index}.vn"))).await });
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
        most = most.max(forwarder.under_way());
    }
    let mut outcomes = HashMap::new();
    while let Some(outcome) = asked.join_next().await {
        let failure = outcome.unwrap().unwrap_err();
        *outcomes.entry(format!("{failure:?}")).or_insert(0) += 1;
    }
    assert_eq!(outcomes.values().sum::<usize>(), 4000);
    assert!(most <= 64 && outcomes["Busy"] > 2000, "{outcomes:?}");
    assert_eq!(forwarder.under_way(), 0);
    assert!(forwarder.is_down());
    let open = crate::MAX_SOCKETS - forwarder.shared.limits.free_sockets();
    assert!(open <= 100, "{open} sockets");
}

#[test]
fn every_failure_tells_the_client_why() {
    for failure in [
        Failure::Busy,
        Failure::NoUpstream,
        Failure::Timeout,
        Failure::Network,
    ] {
        let ede = failure.ede(Language::default());
        assert!(matches!(ede.code, 22 | 23) && ede.text.starts_with("Lá Chắn: "));
    }
}
