//! Questions over TCP connections: kept, pipelined, broken, dead.

use super::*;

fn over_tcp(upstream: &Fake) -> Upstream {
    Upstream {
        address: upstream.address,
        protocol: Protocol::Tcp,
    }
}

fn tcp_forwarder(upstream: &Fake, change: impl Fn(&mut Settings)) -> Forwarder {
    forwarder(&[], |settings| {
        settings.upstreams = vec![over_tcp(upstream)];
        change(settings);
    })
}

#[tokio::test]
async fn one_connection_serves_many_questions_in_any_order() {
    let upstream = Fake::start(|query, _| {
        // The first asked is answered last.
        let index: u64 = question(query).0[1..]
            .split('.')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        Act::Later(Duration::from_millis(200 - index * 10), good(query))
    })
    .await;
    let forwarder = tcp_forwarder(&upstream, |_| ());
    let mut asked = tokio::task::JoinSet::new();
    for index in 0..20 {
        let forwarder = forwarder.clone();
        asked.spawn(async move { forwarder.ask(&key(&format!("n{index}.vn"))).await });
    }
    while let Some(outcome) = asked.join_next().await {
        assert!(is_good(&outcome.unwrap()));
    }
    assert_eq!((upstream.asked(), upstream.connections()), (20, 1));
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_an_answer_is_made_anew() {
    let seen = AtomicUsize::new(0);
    let upstream = Fake::start(move |query, _| {
        if seen.fetch_add(1, Ordering::SeqCst) == 1 {
            return Act::Break(good(query));
        }
        vec![good(query)].into()
    })
    .await;
    let forwarder = tcp_forwarder(&upstream, |_| ());
    for name in ["a.vn", "b.vn", "c.vn"] {
        assert!(is_good(&forwarder.ask(&key(name)).await), "{name}");
    }
    assert_eq!((upstream.asked(), upstream.connections()), (4, 2));
}

#[tokio::test]
async fn a_server_that_always_breaks_is_a_failure_and_the_next_is_asked() {
    let broken = Fake::start(|query, _| Act::Break(good(query))).await;
    let outcome = tcp_forwarder(&broken, |_| ()).ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::Network);
    let sound = Fake::start(|query, _| vec![good(query)]).await;
    let forwarder = tcp_forwarder(&broken, |settings| {
        settings.upstreams.push(sound.address.into());
    });
    assert!(is_good(&forwarder.ask(&key("a.vn")).await));
}

#[tokio::test]
async fn an_answer_to_something_else_is_a_failure() {
    for at in [13, 20] {
        let upstream = Fake::start(move |query, _| {
            let mut other = good(query);
            other[at] ^= 1;
            vec![other]
        })
        .await;
        let outcome = tcp_forwarder(&upstream, |_| ())
            .ask(&key("abcdefg.vn"))
            .await;
        assert_eq!(outcome.unwrap_err(), Failure::Network, "{at}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_and_left_alone() {
    let gone = Fake::silent().await;
    let forwarder = tcp_forwarder(&gone, |_| ());
    drop(gone);
    tokio::task::yield_now().await;
    for name in ["a.vn", "b.vn"] {
        let outcome = forwarder.ask(&key(name)).await;
        assert_eq!(outcome.unwrap_err(), Failure::Network);
    }
    let told = &forwarder.upstreams()[0];
    assert_eq!(told.state, UpstreamState::Paused);
    assert!(
        told.trouble.as_ref().unwrap().contains("refused"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_connection_that_went_dead_is_replaced() {
    let dead = Arc::new(AtomicBool::new(false));
    let is_dead = Arc::clone(&dead);
    let connection = Arc::new(AtomicUsize::new(0));
    let upstream = Fake::start(move |query, _| {
        // Silent until the question is asked once more on a new connection.
        let silent =
            is_dead.load(Ordering::SeqCst) && connection.fetch_add(1, Ordering::SeqCst) < 1;
        if silent {
            Vec::new()
        } else {
            vec![good(query)]
        }
    })
    .await;
    let forwarder = tcp_forwarder(&upstream, |_| ());
    assert!(is_good(&forwarder.ask(&key("a.vn")).await));
    dead.store(true, Ordering::SeqCst);
    assert!(is_good(&forwarder.ask(&key("b.vn")).await));
    assert_eq!(upstream.connections(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed() {
    let upstream = Fake::start(|query, _| vec![good(query)]).await;
    let forwarder = tcp_forwarder(&upstream, |_| ());
    assert!(is_good(&forwarder.ask(&key("a.vn")).await));
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(is_good(&forwarder.ask(&key("b.vn")).await));
    assert_eq!(upstream.connections(), 2);
}
