//! Upstreams over TLS, HTTPS and QUIC: certificates, reuse, what of the answer stays.

use super::peer::{Authority, Peer, Period, Spoken};
use super::*;

const NAME: &str = "dns.truong.example";

fn tls(address: std::net::SocketAddr) -> Upstream {
    let name = NAME.to_owned();
    let protocol = Protocol::Tls { name };
    Upstream { address, protocol }
}

fn https(address: std::net::SocketAddr) -> Upstream {
    let (name, path) = (NAME.to_owned(), "/dns-query".to_owned());
    let protocol = Protocol::Https { name, path };
    Upstream { address, protocol }
}

fn quic(address: std::net::SocketAddr) -> Upstream {
    let name = NAME.to_owned();
    let protocol = Protocol::Quic { name };
    Upstream { address, protocol }
}

fn encrypted(upstream: Upstream, authority: &Authority, clock: Watch) -> Forwarder {
    let mut settings = settings(&[]);
    settings.upstreams = vec![upstream];
    settings.forwarding.tls_roots = vec![authority.root.clone()];
    let cache = Arc::new(Cache::new(1 << 20));
    Forwarder::new(&settings, cache, Arc::new(clock))
}

/// The end of a chain that leads to nothing, signed as authentic by the upstream, with an error.
fn rich(query: &[u8]) -> Vec<u8> {
    let asked = question(query).0;
    let script = Script::new(query, 3)
        .cname(&asked, "gone.example", 60)
        .soa(60, 60)
        .record(3, "", 41, 0, &[0, 15, 0, 4, 0, 29, b'o', b'k']);
    let mut bytes = script.bytes();
    bytes[3] |= 0x20;
    bytes
}

fn is_rich(outcome: &Outcome) {
    assert_eq!(codes(outcome), (3, Some(29)));
    let reply = outcome.as_ref().unwrap();
    assert_eq!(reply.targets(), [name("gone.example")]);
    assert!(
        reply.is_authentic(),
        "an encrypted upstream's word is taken"
    );
}

#[tokio::test]
async fn over_tls_the_whole_answer_comes_through_one_connection() {
    let authority = Authority::new();
    let config = authority.config(NAME, Period::Now, b"dot");
    let upstream = Fake::over_tls(config, |query, _| {
        assert_eq!(query.len() % 128, 0, "questions are padded");
        vec![rich(query)]
    })
    .await;
    let forwarder = encrypted(tls(upstream.address), &authority, Watch::set());
    let mut asked = tokio::task::JoinSet::new();
    for index in 0..50 {
        let forwarder = forwarder.clone();
        asked.spawn(async move { forwarder.ask(&key(&format!("a{index}.vn"))).await });
    }
    while let Some(outcome) = asked.join_next().await {
        is_rich(&outcome.unwrap());
    }
    assert_eq!((upstream.asked(), upstream.connections()), (50, 1));
}

#[tokio::test]
async fn over_https_and_quic_the_whole_answer_comes_through() {
    let authority = Authority::new();
    for spoken in [Spoken::Https, Spoken::Quic] {
        let alpn: &[u8] = if spoken == Spoken::Https {
            b"h2"
        } else {
            b"doq"
        };
        let config = authority.config(NAME, Period::Now, alpn);
        let upstream = Peer::start(spoken, config, rich).await;
        let upstream_at = match spoken {
            Spoken::Https => https(upstream.address),
            Spoken::Quic => quic(upstream.address),
        };
        let forwarder = encrypted(upstream_at, &authority, Watch::set());
        let mut asked = tokio::task::JoinSet::new();
        for index in 0..50 {
            let forwarder = forwarder.clone();
            asked.spawn(async move { forwarder.ask(&key(&format!("a{index}.vn"))).await });
        }
        while let Some(outcome) = asked.join_next().await {
            is_rich(&outcome.unwrap());
        }
        assert_eq!(upstream.asked(), 50);
    }
}

#[tokio::test]
async fn a_session_whose_server_went_away_is_opened_anew() {
    let authority = Authority::new();
    let config = authority.config(NAME, Period::Now, b"dot");
    let seen = AtomicUsize::new(0);
    let upstream = Fake::over_tls(config, move |query, _| {
        if seen.fetch_add(1, Ordering::SeqCst) % 3 == 2 {
            return Act::Break(good(query));
        }
        vec![good(query)].into()
    })
    .await;
    let forwarder = encrypted(tls(upstream.address), &authority, Watch::set());
    for index in 0..7 {
        assert!(is_good(&forwarder.ask(&key(&format!("a{index}.vn"))).await));
    }
    assert!(upstream.connections() > 2);
}

/// Checks whether an upstream is believed to be itself.
async fn check_certificate(what: &str, good: bool, name: &str, period: Period, clock: Watch) {
    let (authority, other) = (Authority::new(), Authority::new());
    let known = if what == "another authority" {
        &other
    } else {
        &authority
    };
    for spoken in [None, Some(Spoken::Https), Some(Spoken::Quic)] {
        let clock = Watch(clock.0.load(Ordering::SeqCst).into());
        let (outcome, trouble) = match spoken {
            None => {
                let config = authority.config(name, period, b"dot");
                let upstream = Fake::over_tls(config, |query, _| vec![super::good(query)]).await;
                ask_once(tls(upstream.address), known, clock).await
            }
            Some(spoken) => {
                let alpn: &[u8] = if spoken == Spoken::Https {
                    b"h2"
                } else {
                    b"doq"
                };
                let config = authority.config(name, period, alpn);
                let upstream = Peer::start(spoken, config, super::good).await;
                let upstream = match spoken {
                    Spoken::Https => https(upstream.address),
                    Spoken::Quic => quic(upstream.address),
                };
                // The peer lives to the end of the arm only, so it is asked here.
                ask_once(upstream, known, clock).await
            }
        };
        assert_eq!(is_good(&outcome), good, "{what}: {outcome:?} {trouble:?}");
        assert_eq!(trouble.is_none(), good, "{what}: {trouble:?}");
    }
}

async fn ask_once(
    upstream: Upstream,
    authority: &Authority,
    clock: Watch,
) -> (Outcome, Option<String>) {
    let forwarder = encrypted(upstream, authority, clock);
    let outcome = forwarder.ask(&key("a.vn")).await;
    let trouble = forwarder.upstreams()[0].trouble.clone();
    (outcome, trouble)
}

#[tokio::test]
async fn only_the_server_of_that_name_is_believed() {
    check_certificate("the right one", true, NAME, Period::Now, Watch::set()).await;
    check_certificate(
        "another name",
        false,
        "dns.evil.example",
        Period::Now,
        Watch::set(),
    )
    .await;
    check_certificate("another authority", false, NAME, Period::Now, Watch::set()).await;
    check_certificate("expired", false, NAME, Period::Past, Watch::set()).await;
    check_certificate("not yet valid", false, NAME, Period::Future, Watch::set()).await;
}

#[tokio::test]
async fn while_the_time_is_unknown_only_the_period_is_not_looked_at() {
    let unset = Watch::default;
    check_certificate("of later", true, NAME, Period::Future, unset()).await;
    check_certificate(
        "another name",
        false,
        "dns.evil.example",
        Period::Future,
        unset(),
    )
    .await;
    check_certificate("another authority", false, NAME, Period::Future, unset()).await;
}

#[tokio::test]
async fn without_roots_encrypted_upstreams_say_what_is_missing() {
    let upstream = tls("127.0.0.1:9".parse().unwrap());
    let forwarder = forwarder(&[], |settings| settings.upstreams = vec![upstream.clone()]);
    let outcome = forwarder.ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::Network);
    let trouble = forwarder.upstreams()[0].trouble.clone().unwrap();
    assert!(trouble.contains("ca-certificates"), "{trouble}");
}

#[tokio::test]
async fn a_plain_upstream_is_asked_only_when_no_encrypted_one_answers() {
    let authority = Authority::new();
    let config = authority.config(NAME, Period::Now, b"dot");
    let private = Fake::over_tls(config, |query, _| {
        // Slower by far than the one in the clear.
        Act::Later(Duration::from_millis(60), good(query))
    })
    .await;
    let plain = Fake::start(|query, _| vec![good(query)]).await;
    let forwarder = forwarder(&[], |settings| {
        settings.upstreams = vec![plain.address.into(), tls(private.address)];
        settings.forwarding.tls_roots = vec![authority.root.clone()];
    });
    for index in 0..10 {
        assert!(is_good(&forwarder.ask(&key(&format!("a{index}.vn"))).await));
    }
    assert_eq!(private.asked(), 10);
    assert!(
        plain.asked() <= 1,
        "tried once beside a question: {}",
        plain.asked()
    );
}
