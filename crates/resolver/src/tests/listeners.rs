//! The whole resolver over real sockets on loopback.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_proto::op::Message;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::timeout;
use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};

use super::support::{settings, shared, show, zone};
use crate::fake::Fake;
use crate::wire::query::tests::{query, with_edns};
use crate::{Resolver, Running, Settings};

const PATIENCE: Duration = Duration::from_secs(5);

async fn start(change: impl Fn(&mut Settings)) -> (Running, Fake) {
    let upstream = Fake::start(|query, _| vec![zone(query)]).await;
    let mut settings = settings(&upstream);
    settings.listen = vec!["127.0.0.1:0".parse().unwrap()];
    change(&mut settings);
    let running = Resolver::bind(&settings, shared(Vec::new()).0).unwrap();
    (running, upstream)
}

/// Asks over UDP from an address, as `dig -b` does.
async fn udp(from: &str, to: SocketAddr, message: &[u8]) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind((from, 0)).await.unwrap();
    socket.send_to(message, to).await.unwrap();
    let mut buffer = vec![0; 4096];
    let wait = if message.len() < 12 || message[2] & 0x80 != 0 {
        Duration::from_millis(100)
    } else {
        PATIENCE
    };
    let length = timeout(wait, socket.recv(&mut buffer)).await.ok()?.unwrap();
    buffer.truncate(length);
    Some(buffer)
}

async fn tcp(from: &str, to: SocketAddr, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket
        .bind(SocketAddr::new(from.parse().unwrap(), 0))
        .unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let mut answers = Vec::new();
    for message in messages {
        stream
            .write_u16(u16::try_from(message.len()).unwrap())
            .await
            .unwrap();
        stream.write_all(message).await.unwrap();
    }
    for _ in messages {
        let length = timeout(PATIENCE, stream.read_u16()).await.unwrap().unwrap();
        let mut answer = vec![0; usize::from(length)];
        stream.read_exact(&mut answer).await.unwrap();
        answers.push(answer);
    }
    answers
}

fn text(answer: &[u8]) -> String {
    show(&Message::from_vec(answer).unwrap())
}

#[tokio::test]
async fn the_source_address_chooses_the_tier() {
    let (running, _upstream) = start(|_| ()).await;
    let to = running.addresses()[0];
    let message = with_edns(query("mAng-xa-hoi.vn", 1), 1232, 0, false);
    for (from, open) in [
        ("127.0.1.1", false),
        ("127.0.3.1", false),
        ("127.0.5.1", true),
    ] {
        let over_udp = udp(from, to, &message).await.unwrap();
        let over_tcp = tcp(from, to, std::slice::from_ref(&message))
            .await
            .remove(0);
        for answer in [over_udp, over_tcp] {
            assert_eq!(
                text(&answer) == "A 192.0.2.1",
                open,
                "{from}: {}",
                text(&answer)
            );
            assert_eq!(answer[..2], message[..2]);
            assert_eq!(
                &answer[12..31],
                &message[12..31],
                "question and case are echoed"
            );
        }
    }
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn one_connection_carries_many_queries() {
    let (running, _upstream) = start(|_| ()).await;
    let mut messages: Vec<_> = ["hoc.vn", "nha-cai.example", "localhost", "hoc.vn"]
        .map(|name| with_edns(query(name, 1), 1232, 0, false))
        .to_vec();
    for (id, message) in (0..).zip(&mut messages) {
        message[1] = id;
    }
    let mut answers = tcp("127.0.3.1", running.addresses()[0], &messages).await;
    // They may overtake one another (RFC 7766 §7).
    answers.sort_by_key(|answer| answer[1]);
    let texts: Vec<_> = answers.iter().map(|answer| text(answer)).collect();
    assert_eq!(texts[0], "A 192.0.2.1");
    assert!(
        texts[1].starts_with("NXDOMAIN 30 EDE 15 Lá Chắn: "),
        "{}",
        texts[1]
    );
    assert_eq!(
        (texts[2].as_str(), texts[3].as_str()),
        ("A 127.0.0.1", "A 192.0.2.1")
    );
}

#[tokio::test]
async fn odd_packets_get_their_code_over_the_wire() {
    let (running, _upstream) = start(|_| ()).await;
    let to = running.addresses()[0];
    let plain = query("hoc.vn", 1);
    let change = |at: usize, to: u8| {
        let mut bytes = plain.clone();
        bytes[at] = to;
        bytes
    };
    let mut two = change(5, 2);
    two.extend(&plain[12..]);
    for (what, message, expected) in [
        ("an answer", change(2, 0x81), None),
        ("a scrap", plain[..7].to_vec(), None),
        ("a bare header", plain[..12].to_vec(), Some(1)),
        ("half a question", plain[..16].to_vec(), Some(1)),
        ("two questions", two, Some(1)),
        ("a status query", change(2, 0x11), Some(4)),
        ("an unknown opcode", change(2, 0x79), Some(4)),
        ("class CHAOS", change(plain.len() - 1, 3), Some(5)),
        (
            "EDNS version 1",
            with_edns(plain.clone(), 1232, 1, false),
            Some(16),
        ),
        (
            "a pointer loop",
            b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\xC0\x0C\0\x01\0\x01".to_vec(),
            Some(1),
        ),
    ] {
        let answer = udp("127.0.5.1", to, &message).await;
        let code = answer
            .map(|answer| u16::from(Message::from_vec(&answer).unwrap().metadata.response_code));
        assert_eq!(code, expected, "{what}");
    }
}

#[tokio::test]
async fn no_udp_answer_is_larger_than_the_client_takes() {
    let upstream = Fake::start(|query, transport| {
        let mut script = crate::wire::response::tests::Script::new(query, 0);
        for _ in 0..30 {
            script = script.a("hoc.vn", 60);
        }
        let mut bytes = script.bytes();
        bytes[2] |= if transport == crate::Transport::Udp {
            2
        } else {
            0
        };
        vec![bytes]
    })
    .await;
    let mut settings = settings(&upstream);
    settings.listen = vec!["127.0.0.1:0".parse().unwrap()];
    let running = Resolver::bind(&settings, shared(Vec::new()).0).unwrap();
    let to = running.addresses()[0];
    let plain = query("hoc.vn", 1);
    for (message, limit) in [
        (plain.clone(), 512),
        (with_edns(plain.clone(), 512, 0, false), 512),
        (with_edns(plain.clone(), 600, 0, false), 600),
        (with_edns(plain.clone(), 4096, 0, false), 1232),
    ] {
        let answer = udp("127.0.5.1", to, &message).await.unwrap();
        assert!(answer.len() <= limit, "{} for {limit}", answer.len());
    }
    let whole = tcp("127.0.5.1", to, &[plain]).await.remove(0);
    assert_eq!(Message::from_vec(&whole).unwrap().answers.len(), 30);
}

#[tokio::test]
async fn unknown_record_types_come_through() {
    let upstream = Fake::start(|query, _| {
        vec![
            crate::wire::response::tests::Script::new(query, 0)
                .record(1, "hoc.vn", 65_280, 60, b"abc")
                .bytes(),
        ]
    })
    .await;
    let mut settings = settings(&upstream);
    settings.listen = vec!["127.0.0.1:0".parse().unwrap()];
    let running = Resolver::bind(&settings, shared(Vec::new()).0).unwrap();
    let answer = udp(
        "127.0.5.1",
        running.addresses()[0],
        &query("hoc.vn", 65_280),
    )
    .await
    .unwrap();
    assert!(answer.ends_with(b"\x00\x03abc"), "{answer:x?}");
}

#[tokio::test]
async fn a_port_in_use_is_told_with_the_remedy() {
    let upstream = Fake::silent().await;
    let taken = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let settings = Settings {
        listen: vec![address],
        ..settings(&upstream)
    };
    let error = Resolver::bind(&settings, shared(Vec::new()).0)
        .err()
        .unwrap();
    let text = error.to_string();
    assert!(
        text.contains(&address.to_string()) && text.contains("UDP"),
        "{text}"
    );
    assert!(
        text.contains("another program") && text.contains("stop"),
        "{text}"
    );
    assert_eq!(error.transport, "UDP");
}

#[tokio::test]
async fn a_tcp_port_in_use_leaves_nothing_listening() {
    let upstream = Fake::silent().await;
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let settings = Settings {
        listen: vec![address],
        ..settings(&upstream)
    };
    let error = Resolver::bind(&settings, shared(Vec::new()).0)
        .err()
        .unwrap();
    assert_eq!(error.transport, "TCP");
    UdpSocket::bind(address).await.unwrap();
}

#[tokio::test]
async fn an_address_nobody_has_is_told() {
    let upstream = Fake::silent().await;
    let settings = Settings {
        listen: vec!["192.0.2.77:0".parse().unwrap()],
        ..settings(&upstream)
    };
    let error = Resolver::bind(&settings, shared(Vec::new()).0)
        .err()
        .unwrap();
    assert!(error.to_string().contains("no interface"), "{error}");
}

#[tokio::test]
async fn after_a_stop_the_port_is_free() {
    let (running, _upstream) = start(|_| ()).await;
    let address = running.addresses()[0];
    let _idle = TcpStream::connect(address).await.unwrap();
    timeout(PATIENCE, running.shutdown())
        .await
        .unwrap()
        .unwrap();
    UdpSocket::bind(address).await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let (running, _upstream) = start(|settings| {
        settings.tcp.idle = Duration::from_millis(50);
        settings.tcp.slow = Duration::from_millis(50);
    })
    .await;
    let mut stream = TcpStream::connect(running.addresses()[0]).await.unwrap();
    stream.write_all(&[0]).await.unwrap();
    let read = timeout(PATIENCE, stream.read_u8())
        .await
        .expect("closed in time");
    assert!(read.is_err());
}

/// Keeps every log line at info and above, fields included.
#[derive(Clone, Default)]
struct Log {
    lines: Arc<Mutex<String>>,
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::INFO
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut |field: &Field, value: &dyn Debug| {
            self.lines
                .lock()
                .unwrap()
                .push_str(&format!("{field}={value:?} "));
        });
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn the_log_holds_no_name_that_was_asked_for() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    tracing::info!("the log works");
    let (running, _upstream) = start(|_| ()).await;
    let to = running.addresses()[0];
    for name in ["hoc.vn", "x.nha-cai.example", "missing.hoc.vn"] {
        udp("127.0.5.1", to, &query(name, 1)).await.unwrap();
        tcp("127.0.5.1", to, &[query(name, 1)]).await;
    }
    let lines = log.lines.lock().unwrap().clone();
    assert!(lines.contains("the log works"));
    assert!(
        !lines.contains("hoc") && !lines.contains("nha-cai"),
        "{lines}"
    );
}

#[tokio::test]
async fn several_addresses_are_served_by_one_engine() {
    let (running, _upstream) = start(|settings| {
        settings.listen = vec![
            "127.0.0.1:0".parse().unwrap(),
            "127.0.0.2:0".parse().unwrap(),
        ];
    })
    .await;
    for to in running.addresses() {
        let answer = udp("127.0.5.1", *to, &query("hoc.vn", 1)).await.unwrap();
        assert_eq!(text(&answer), "A 192.0.2.1");
    }
    assert_eq!(running.engine().counts().queries, 2);
}
