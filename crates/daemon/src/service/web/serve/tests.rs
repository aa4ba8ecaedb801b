//! Connections over streams in memory, by a clock that goes on when nobody else does.

use lachan_config::Paths;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::web_identity::{self, For};

const ADDRESS: [u8; 4] = [10, 0, 0, 7];
/// Longer than anything here may last.
const EVER: Duration = Duration::from_secs(3_600);
const ASKED: &[u8] = b"GET / HTTP/1.1\r\nHost: lachan.lan\r\n\r\n";
/// How HTTP/2 begins (RFC 9113 §3.4), with settings that say nothing.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A server for one connection, and its client before the handshake.
struct Pair {
    client: DuplexStream,
    served: JoinHandle<()>,
    trusted: RootCertStore,
}

fn pair() -> Pair {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::below(folder.path());
    std::fs::create_dir_all(paths.state()).unwrap();
    let whom = For {
        names: &[],
        addresses: &[],
    };
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let identity = web_identity::load_or_make(&paths, whom, i64::try_from(now).ok()).unwrap();
    let file = std::fs::read(web_identity::path(&paths)).unwrap();
    let mut trusted = RootCertStore::empty();
    trusted
        .add(CertificateDer::from_pem_slice(&file).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(identity.config);
    let router = Router::new().fallback(|| async { "xin chào" });
    let (client, stream) = duplex(64 << 10);
    let served = tokio::spawn(async move {
        converse(stream, ADDRESS.into(), &acceptor, router).await;
    });
    Pair {
        client,
        served,
        trusted,
    }
}

/// A client after the handshake, which chose a protocol.
async fn connected(alpn: &str) -> (TlsStream<DuplexStream>, JoinHandle<()>) {
    let pair = pair();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(pair.trusted)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.into()];
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, pair.client).await.unwrap();
    (stream, pair.served)
}

/// How long it takes from here until a conversation is over.
async fn over(served: JoinHandle<()>) -> Duration {
    let began = Instant::now();
    let ended = timeout(EVER, served).await;
    assert!(ended.is_ok(), "it goes on for ever");
    began.elapsed()
}

/// One more than the rounding of the clock's ticks.
fn about(most: Duration) -> Duration {
    most + Duration::from_secs(1)
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_at_all_is_let_go() {
    let pair = pair();
    assert!(over(pair.served).await <= about(HANDSHAKE));
    drop(pair.client);
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_after_the_handshake_is_let_go() {
    for alpn in ["http/1.1", "h2"] {
        let (client, served) = connected(alpn).await;
        assert!(over(served).await <= about(HEAD), "{alpn}");
        drop(client);
    }
}

#[tokio::test(start_paused = true)]
async fn who_opens_http_2_and_asks_nothing_is_let_go() {
    let (mut client, served) = connected("h2").await;
    client.write_all(PREFACE).await.unwrap();
    client.flush().await.unwrap();
    assert!(over(served).await <= about(HEAD));
}

#[tokio::test(start_paused = true)]
async fn a_head_that_comes_drop_by_drop_is_given_up() {
    let (mut client, served) = connected("http/1.1").await;
    let dripping = tokio::spawn(async move {
        for byte in ASKED.iter().chain(ASKED) {
            if client.write_all(&[*byte]).await.is_err() || client.flush().await.is_err() {
                return;
            }
            sleep(Duration::from_secs(5)).await;
        }
    });
    assert!(over(served).await <= about(HEAD));
    dripping.abort();
}

#[tokio::test(start_paused = true)]
async fn who_asks_is_answered_and_may_ask_again_until_it_rests() {
    let (mut client, served) = connected("http/1.1").await;
    for _ in 0..3 {
        client.write_all(ASKED).await.unwrap();
        client.flush().await.unwrap();
        let mut answer = vec![0; 4096];
        let length = client.read(&mut answer).await.unwrap();
        let text = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
        sleep(HEAD * 2 / 3).await;
    }
    assert!(over(served).await <= about(HEAD));
}

/// What the server says of a connection of HTTP/2 before anything else: frames of the kind SETTINGS and
/// WINDOW_UPDATE (RFC 9113 §6.5 and §6.9).
#[tokio::test(start_paused = true)]
async fn what_may_be_under_way_over_http_2_is_bounded() {
    let (mut client, served) = connected("h2").await;
    client.write_all(PREFACE).await.unwrap();
    client.flush().await.unwrap();
    let (mut settings, mut grown) = (HashMap::new(), 0);
    while settings.is_empty() || grown == 0 {
        let mut head = [0; 9];
        client.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        client.read_exact(&mut payload).await.unwrap();
        match head[3] {
            4 => settings.extend(payload.chunks_exact(6).map(|pair| {
                let value = u32::from_be_bytes([pair[2], pair[3], pair[4], pair[5]]);
                (u16::from_be_bytes([pair[0], pair[1]]), value)
            })),
            8 => grown = u32::from_be_bytes([payload[0], payload[1], payload[2], payload[3]]),
            other => panic!("a frame of the kind {other}"),
        }
    }
    // The first window of a connection is 65,535 bytes, whatever the settings say.
    assert_eq!(65_535 + grown, CONNECTION_WINDOW);
    const { assert!(CONNECTION_WINDOW <= 128 << 10 && STREAM_WINDOW <= 64 << 10) };
    let [streams, window, head] = [3, 4, 6].map(|id| settings.get(&id).copied());
    assert_eq!(streams, Some(MOST_STREAMS));
    assert!(
        window.is_none_or(|window| window == STREAM_WINDOW),
        "{window:?}"
    );
    assert_eq!(head, Some(32 << 10));
    const { assert!(MOST_STREAMS <= 16) };
    served.abort();
}

fn address(number: usize) -> IpAddr {
    let [.., high, low] = number.to_be_bytes();
    [10, 0, high, low].into()
}

#[test]
fn one_address_leaves_room_for_the_others() {
    let places = Places::default();
    let held: Vec<_> = (0..MOST_OF_ADDRESS)
        .map(|_| places.take(address(7), Side::Staff))
        .collect();
    assert!(held.iter().all(Option::is_some));
    assert!(places.take(address(7), Side::Staff).is_none());
    assert!(places.take(address(8), Side::Staff).is_some());
    drop(held);
    assert!(places.take(address(7), Side::Staff).is_some());
    let taken = places.0.lock().unwrap();
    assert!(taken.by_address.is_empty() && taken.all == 0);
}

#[test]
fn addresses_of_one_ipv6_net_are_one() {
    let places = Places::default();
    let of = |host: usize| format!("fd00::{host:x}").parse().unwrap();
    let held: Vec<_> = (0..MOST_OF_ADDRESS)
        .map(|host| places.take(of(host), Side::Staff))
        .collect();
    assert!(held.iter().all(Option::is_some));
    assert!(places.take(of(MOST_OF_ADDRESS), Side::Staff).is_none());
}

#[test]
fn an_administrator_gets_in_whatever_pupils_and_staff_hold() {
    let places = Places::default();
    let sides = [Side::Pupils, Side::Staff];
    let held: Vec<_> = (0..MOST_CONNECTIONS)
        .filter_map(|number| places.take(address(number), sides[number % 2]))
        .collect();
    assert_eq!(held.len(), MOST_CONNECTIONS - KEPT_FOR_MANAGEMENT);
    let kept: Vec<_> = (0..MOST_CONNECTIONS)
        .filter_map(|number| places.take(address(1_000 + number), Side::Management))
        .collect();
    assert_eq!(kept.len(), KEPT_FOR_MANAGEMENT);
}
