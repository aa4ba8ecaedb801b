//! DoT, DoH and DoQ over real sockets on loopback, with certificates made on the spot.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::Message;
use lachan_policy::{BypassKind, GroupId, Token};
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig as QuicConfig, Connection, ConnectionError, Endpoint};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::streams::{framed, receive};
use super::support::{policy_with_tokens, settings, shared, show, zone};
use crate::fake::Fake;
use crate::listen::identity_tests::pem;
use crate::wire::options::tests::with_option;
use crate::wire::query::tests::{query, with_edns};
use crate::{Encrypted, Identity, Resolver, Running, Settings};

const PATIENCE: Duration = Duration::from_secs(10);
const NAME: &str = "dns.truong.vn";
/// What every certificate here is for.
const NAMES: &[&str] = &[NAME, "*.dns.truong.vn", "127.0.0.1"];

/// A running resolver with all encrypted listeners, whose certificate the clients trust.
struct Open {
    running: Running,
    trusted: CertificateDer<'static>,
    _upstream: Fake,
}

/// An identity, and the certificate that whoever trusts it holds.
fn identity() -> (Identity, CertificateDer<'static>) {
    let (chain, key) = pem(NAMES);
    let certificate = CertificateDer::from_pem_slice(chain.as_bytes()).unwrap();
    let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    (identity, certificate)
}

impl Open {
    async fn open(change: impl Fn(&mut Settings)) -> Self {
        let upstream = Fake::start(|query, _| vec![zone(query)]).await;
        let mut settings = settings(&upstream);
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        settings.listen = vec![any];
        settings.encrypted.dot = vec![any];
        settings.encrypted.doh = vec![any];
        settings.encrypted.doq = vec![any];
        change(&mut settings);
        let shared = shared(Vec::new()).0;
        let tokens = [(token(), GroupId(5))];
        shared.policy.store(policy_with_tokens(&tokens).into());
        let running = Resolver::bind(&settings, shared).unwrap();
        let (identity, trusted) = identity();
        running.certificates().present(Some(identity));
        Self {
            running,
            trusted,
            _upstream: upstream,
        }
    }

    fn address(&self, kind: Encrypted) -> SocketAddr {
        let mut all = self.running.encrypted().iter();
        all.find(|(other, _)| *other == kind).unwrap().1
    }

    fn tls(&self, protocols: &[&[u8]]) -> Arc<ClientConfig> {
        tls(&self.trusted, protocols)
    }

    async fn dot(&self, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        handshake(self.address(Encrypted::Tls), name, self.tls(&[b"dot"])).await
    }

    async fn doq(&self, name: &str) -> Result<Connection, ConnectionError> {
        let tls = self.tls(&[b"doq"]);
        let crypto = QuicClientConfig::try_from(tls).unwrap();
        let mut endpoint = Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
        endpoint.set_default_client_config(QuicConfig::new(Arc::new(crypto)));
        let connecting = endpoint.connect(self.address(Encrypted::Quic), name);
        timeout(PATIENCE, connecting.unwrap()).await.unwrap()
    }
}

fn tls(trusted: &CertificateDer<'static>, protocols: &[&[u8]]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

async fn handshake(
    to: SocketAddr,
    name: &str,
    config: Arc<ClientConfig>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(to).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let handshake = TlsConnector::from(config).connect(name, stream);
    timeout(PATIENCE, handshake).await.expect("in time")
}

fn token() -> Token {
    Token::from_bytes([7; 10])
}

/// The name a device with a token asks for.
fn name_of(token: Token) -> String {
    format!("{token}.{NAME}")
}

/// A query for a name that is open to the staff only.
fn social() -> Vec<u8> {
    let mut message = with_edns(query("mang-xa-hoi.vn", 1), 1232, 0, false);
    message[..2].copy_from_slice(&[0, 0]);
    message
}

fn text(answer: &[u8]) -> String {
    show(&Message::from_vec(answer).unwrap())
}

async fn ask_dot(stream: &mut TlsStream<TcpStream>, message: &[u8]) -> String {
    stream
        .write_all(&framed(&[message.to_vec()]))
        .await
        .unwrap();
    text(&receive(stream).await.expect("an answer"))
}

async fn ask_doq(connection: &Connection, bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut send, mut read) = connection.open_bi().await.unwrap();
    send.write_all(bytes).await.unwrap();
    send.finish().unwrap();
    let all = timeout(PATIENCE, read.read_to_end(70_000)).await.unwrap();
    all.ok().map(|all| all[2..].to_vec())
}

/// The error code a connection is closed with.
async fn closed(connection: &Connection) -> u64 {
    let reason = timeout(PATIENCE, connection.closed()).await.unwrap();
    match reason {
        ConnectionError::ApplicationClosed(close) => close.error_code.into_inner(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn dot_is_answered_whether_the_protocol_is_named_or_not() {
    let open = Open::open(|_| ()).await;
    let to = open.address(Encrypted::Tls);
    for protocols in [&[b"dot".as_slice()][..], &[]] {
        let mut stream = handshake(to, NAME, open.tls(protocols)).await.unwrap();
        assert_eq!(
            ask_dot(&mut stream, &query("hoc.vn", 1)).await,
            "A 192.0.2.1"
        );
        assert!(
            ask_dot(&mut stream, &social())
                .await
                .starts_with("NXDOMAIN")
        );
    }
    let other = handshake(to, NAME, open.tls(&[b"h2"])).await;
    assert!(other.is_err(), "another protocol is none of ours");
}

#[tokio::test]
async fn sessions_are_resumed() {
    let open = Open::open(|_| ()).await;
    let config = open.tls(&[b"dot"]);
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let to = open.address(Encrypted::Tls);
        let mut stream = handshake(to, NAME, Arc::clone(&config)).await.unwrap();
        ask_dot(&mut stream, &query("localhost", 1)).await;
        kinds.push(stream.get_ref().1.handshake_kind().unwrap());
    }
    assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed]);
}

#[tokio::test]
async fn a_token_in_the_server_name_chooses_the_group() {
    let open = Open::open(|_| ()).await;
    let name = name_of(token());
    let mut stream = open.dot(&name).await.unwrap();
    assert_eq!(ask_dot(&mut stream, &social()).await, "A 192.0.2.1");
    let connection = open.doq(&name).await.unwrap();
    let answer = ask_doq(&connection, &framed(&[social()])).await.unwrap();
    assert_eq!(text(&answer), "A 192.0.2.1");
}

#[tokio::test]
async fn a_token_of_no_group_ends_the_handshake() {
    let open = Open::open(|_| ()).await;
    for name in [
        name_of(Token::from_bytes([8; 10])),
        format!("lop-6a.{NAME}"),
    ] {
        assert!(open.dot(&name).await.is_err(), "{name}");
        assert!(open.doq(&name).await.is_err(), "{name}");
    }
    let counts = open.running.connections();
    assert_eq!((counts.unknown_tokens, counts.handshakes_failed), (4, 4));
}

#[tokio::test]
async fn a_new_certificate_is_presented_and_connections_go_on() {
    let open = Open::open(|_| ()).await;
    let mut old = open.dot(NAME).await.unwrap();
    let (identity, trusted) = identity();
    open.running.certificates().present(Some(identity));
    assert!(
        open.dot(NAME).await.is_err(),
        "the old one is trusted, the new one comes"
    );
    let to = open.address(Encrypted::Tls);
    let mut new = handshake(to, NAME, tls(&trusted, &[])).await.unwrap();
    for stream in [&mut old, &mut new] {
        assert_eq!(ask_dot(stream, &query("localhost", 1)).await, "A 127.0.0.1");
    }
    open.running.certificates().present(None);
    assert!(handshake(to, NAME, tls(&trusted, &[])).await.is_err());
    assert_eq!(
        ask_dot(&mut old, &query("localhost", 1)).await,
        "A 127.0.0.1"
    );
}

#[tokio::test]
async fn doh_speaks_what_the_client_speaks() {
    let open = Open::open(|_| ()).await;
    let to = open.address(Encrypted::Https);
    for protocols in [&[b"http/1.1".as_slice()][..], &[]] {
        let mut stream = handshake(to, NAME, open.tls(protocols)).await.unwrap();
        let request =
            b"GET /dns-query?dns=AAABAAABAAAAAAAACWxvY2FsaG9zdAAAAQAB HTTP/1.1\r\nhost: a\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut head = [0; 15];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200 OK");
    }
    let stream = handshake(to, NAME, open.tls(&[b"h2", b"http/1.1"]))
        .await
        .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut requests, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let uri = "https://dns.truong.vn/dns-query?dns=AAABAAABAAAAAAAACWxvY2FsaG9zdAAAAQAB";
    let request = hyper::Request::get(uri).body(()).unwrap();
    let (response, _) = requests.send_request(request, true).unwrap();
    assert_eq!(response.await.unwrap().status(), 200);
    connection.abort();
}

#[tokio::test]
async fn doq_answers_a_query_a_stream() {
    let open = Open::open(|_| ()).await;
    let connection = open.doq(NAME).await.unwrap();
    let mut asked = Vec::new();
    for index in 0..100 {
        let mut message = query(&format!("ten{index}.hoc.vn"), 1);
        message[..2].copy_from_slice(&[0, 0]);
        let connection = connection.clone();
        asked.push(tokio::spawn(async move {
            ask_doq(&connection, &framed(&[message])).await
        }));
    }
    for one in asked {
        assert_eq!(text(&one.await.unwrap().unwrap()), "A 192.0.2.1");
    }
    let padded = with_option(social(), 12, &[0; 40]);
    let answer = ask_doq(&connection, &framed(&[padded])).await.unwrap();
    assert_eq!(answer.len(), 468);
}

#[tokio::test]
async fn what_doq_forbids_ends_the_connection() {
    let open = Open::open(|_| ()).await;
    let mut answer = social();
    answer[2] |= 0x80;
    for bytes in [
        framed(&[query("hoc.vn", 1)]),
        framed(&[social(), social()]),
        framed(&[social()])[..20].to_vec(),
        framed(&[with_option(social(), 11, &[])]),
        framed(&[answer]),
        Vec::new(),
    ] {
        let connection = open.doq(NAME).await.unwrap();
        assert_eq!(ask_doq(&connection, &bytes).await, None);
        assert_eq!(closed(&connection).await, 2, "{bytes:x?}");
    }
}

#[tokio::test]
async fn a_query_longer_than_any_is_not_taken_over_doq() {
    let open = Open::open(|_| ()).await;
    let connection = open.doq(NAME).await.unwrap();
    let (mut send, mut read) = connection.open_bi().await.unwrap();
    // It may be stopped before all is sent.
    let _ = send.write_all(&[0xFF; 65_537]).await;
    let _ = send.finish();
    assert!(
        timeout(PATIENCE, read.read_to_end(100))
            .await
            .unwrap()
            .is_err()
    );
    let answer = ask_doq(&connection, &framed(&[social()])).await;
    assert!(answer.is_some(), "other streams go on");
}

#[tokio::test]
async fn at_a_stop_every_protocol_says_goodbye() {
    let open = Open::open(|_| ()).await;
    let mut stream = open.dot(NAME).await.unwrap();
    ask_dot(&mut stream, &query("localhost", 1)).await;
    let connection = open.doq(NAME).await.unwrap();
    ask_doq(&connection, &framed(&[social()])).await.unwrap();
    let addresses: Vec<_> = open.running.encrypted().to_vec();
    let (running, client) = (open.running, connection.clone());
    let stop = tokio::spawn(running.shutdown());
    // Without a close_notify this is an error.
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    assert_eq!(closed(&client).await, 0);
    timeout(PATIENCE, stop).await.unwrap().unwrap().unwrap();
    for (kind, address) in addresses {
        let free = match kind {
            Encrypted::Quic => UdpSocket::bind(address).await.is_ok(),
            Encrypted::Tls | Encrypted::Https => TcpStream::connect(address).await.is_err(),
        };
        assert!(free, "{kind:?}");
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_counted_and_closed() {
    let open = Open::open(|_| ()).await;
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0; 200],
        b"\x16\x03\x01\xff\xff",
    ] {
        for kind in [Encrypted::Tls, Encrypted::Https] {
            let mut stream = TcpStream::connect(open.address(kind)).await.unwrap();
            stream.write_all(garbage).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut rest = Vec::new();
            let _ = timeout(PATIENCE, stream.read_to_end(&mut rest))
                .await
                .unwrap();
        }
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket
            .send_to(garbage, open.address(Encrypted::Quic))
            .await
            .unwrap();
    }
    let mut stream = open.dot(NAME).await.unwrap();
    assert_eq!(
        ask_dot(&mut stream, &query("localhost", 1)).await,
        "A 127.0.0.1"
    );
    assert_eq!(open.running.connections().handshakes_failed, 6);
}

#[tokio::test]
async fn no_client_holds_more_connections_than_it_may() {
    let open = Open::open(|settings| settings.tcp.per_client = 3).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = open.dot(NAME).await.unwrap();
        ask_dot(&mut stream, &query("localhost", 1)).await;
        streams.push(stream);
    }
    assert!(open.dot(NAME).await.is_err());
    assert!(
        open.doq(NAME).await.is_err(),
        "all transports count together"
    );
    let counts = open.running.connections();
    assert_eq!((counts.open, counts.refused_client), (3, 2));
    drop(streams);
    let mut tries = 0;
    while open.running.connections().open > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        tries += 1;
        assert!(tries < 1000, "connections are not let go");
    }
    assert!(open.dot(NAME).await.is_ok());
}

#[tokio::test]
async fn when_many_are_in_a_quic_client_shows_its_address_first() {
    let open = Open::open(|settings| settings.tcp.connections = 4).await;
    let mut connections = Vec::new();
    for _ in 0..4 {
        let connection = open.doq(NAME).await.unwrap();
        assert!(ask_doq(&connection, &framed(&[social()])).await.is_some());
        connections.push(connection);
    }
    assert!(open.doq(NAME).await.is_err());
    assert_eq!(open.running.connections().refused, 1);
}

/// The answer over UDP to a question about discovery.
async fn discover(to: SocketAddr, name: &str) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&query(name, 64), to).await.unwrap();
    let mut buffer = [0; 1500];
    let length = timeout(PATIENCE, socket.recv(&mut buffer))
        .await
        .unwrap()
        .unwrap();
    text(&buffer[..length])
}

#[tokio::test]
async fn listeners_are_discovered_only_where_the_certificate_holds_the_address() {
    let open = Open::open(|settings| {
        settings.listen.push("127.0.0.2:0".parse().unwrap());
    })
    .await;
    let [verified, other] = open.running.addresses() else {
        panic!("two addresses");
    };
    let found = discover(*verified, "_dns.resolver.arpa").await;
    for part in ["dot", "doq", "h2", NAME, "127.0.0.1"] {
        assert!(found.contains(part), "{part}: {found}");
    }
    let searches = || open.running.engine().bypasses().of(BypassKind::Discovery);
    assert_eq!(searches(), 0, "who is offered something goes no way round");
    assert_eq!(discover(*other, "_dns.resolver.arpa").await, "NODATA 60");
    assert_eq!(searches(), 1);
    assert!(discover(*other, "_dns.dns.truong.vn").await.contains(NAME));
    open.running.certificates().present(None);
    assert_eq!(discover(*verified, "_dns.resolver.arpa").await, "NODATA 60");
    assert_eq!(searches(), 2);
}
