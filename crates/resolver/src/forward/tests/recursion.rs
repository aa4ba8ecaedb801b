//! Looking names up from a root of the test's own, whose servers stand on loopback addresses.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use hickory_net::runtime::{
    DnsUdpSocket, RuntimeProvider, TokioHandle, TokioRuntimeProvider, TokioTime,
};
use tokio::net::UdpSocket;

use super::signed::internet;
use super::*;
use crate::forward::recurse::LIMIT;
use crate::upstream::Forwarding;

/// Where the servers really are: name servers live on port 53, which a test cannot have.
type Detours = Arc<HashMap<IpAddr, SocketAddr>>;

/// tokio, with every address replaced on the way out and back.
#[derive(Clone)]
struct Detoured {
    tokio: TokioRuntimeProvider,
    detours: Detours,
}

struct DetouredSocket {
    socket: UdpSocket,
    detours: Detours,
}

impl RuntimeProvider for Detoured {
    type Handle = TokioHandle;
    type Timer = TokioTime;
    type Udp = DetouredSocket;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.tokio.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        bind: Option<SocketAddr>,
        limit: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Tcp>>>> {
        let server = self.detours.get(&server.ip()).copied().unwrap_or(server);
        self.tokio.connect_tcp(server, bind, limit)
    }

    fn bind_udp(
        &self,
        local: SocketAddr,
        _server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Udp>>>> {
        let detours = Arc::clone(&self.detours);
        Box::pin(async move {
            let socket = UdpSocket::bind(local).await?;
            Ok(DetouredSocket { socket, detours })
        })
    }
}

impl DnsUdpSocket for DetouredSocket {
    type Time = TokioTime;

    fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let received = DnsUdpSocket::poll_recv_from(&self.socket, cx, buffer);
        received.map_ok(|(length, from)| {
            let real = self.detours.iter().find(|(_, detour)| **detour == from);
            (
                length,
                real.map_or(from, |(ip, _)| SocketAddr::new(*ip, 53)),
            )
        })
    }

    fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        let target = self.detours.get(&target.ip()).copied().unwrap_or(target);
        DnsUdpSocket::poll_send_to(&self.socket, cx, bytes, target)
    }
}

/// A forwarder that looks names up in the small Internet.
struct Recursing {
    forwarder: Forwarder,
    servers: Vec<Fake>,
    up: Arc<AtomicBool>,
}

impl Recursing {
    async fn new(dnssec: Dnssec) -> Self {
        let up = Arc::new(AtomicBool::new(true));
        let (mut servers, mut detours) = (Vec::new(), HashMap::new());
        for server in internet().servers() {
            let is_up = Arc::clone(&up);
            let fake = Fake::start(move |query, _| {
                if is_up.load(Ordering::SeqCst) {
                    vec![internet().serve(server, query)]
                } else {
                    Vec::new()
                }
            })
            .await;
            detours.insert(IpAddr::V4(server), fake.address);
            servers.push(fake);
        }
        let inside: Vec<IpAddr> = detours.keys().copied().collect();
        let world = World {
            roots: vec![IpAddr::V4(internet().servers()[0])],
            anchors: internet().anchors(),
            inside,
            provider: Detoured {
                tokio: TokioRuntimeProvider::new(),
                detours: Arc::new(detours),
            },
        };
        let settings = Settings {
            total_timeout: LIMIT,
            forwarding: Forwarding {
                mode: Mode::Recurse,
                dnssec,
                ..Forwarding::default()
            },
            ..settings(&[])
        };
        let cache = Arc::new(Cache::new(1 << 20));
        let forwarder = Forwarder::within(&world, &settings, cache, Arc::new(Watch::set()));
        Self {
            forwarder,
            servers,
            up,
        }
    }

    /// The outcome as text: code, AD, the CNAMEs, the address, the error.
    async fn show(&self, key: &Key) -> String {
        let reply = match self.forwarder.ask(key).await {
            Ok(reply) => reply,
            Err(failure) => return format!("{failure:?}"),
        };
        let mut parts = vec![reply.rcode().to_string()];
        parts.extend(reply.is_authentic().then(|| "ad".to_owned()));
        parts.extend(reply.targets().iter().map(|name| format!("-> {name}")));
        parts.extend(
            reply
                .data_of(1)
                .iter()
                .map(|(_, data)| Ipv4Addr::from(<[u8; 4]>::try_from(*data).unwrap()).to_string()),
        );
        parts.extend(reply.ede().map(|ede| format!("ede {}", ede.code)));
        parts.join(" ")
    }

    async fn check(&self, cases: &[(&str, u16, &str)]) {
        let mut wrong = Vec::new();
        for (asked, qtype, expected) in cases {
            let got = self.show(&key_of(asked, *qtype)).await;
            if got != *expected {
                wrong.push(format!("{asked} {qtype}: {got}, not {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[tokio::test]
async fn names_are_found_from_the_root_down_and_proven() {
    let one = Recursing::new(Dnssec::Auto).await;
    one.check(&[
        ("www.tot.vn", 1, "0 ad 203.0.113.7"),
        ("bi-danh.tot.vn", 1, "0 ad -> www.tot.vn 203.0.113.7"),
        ("x.sao.tot.vn", 1, "0 ad 203.0.113.7"),
        ("www.tot.vn", 28, "0 ad"),
        ("khong-co.tot.vn", 1, "3 ad"),
        ("www.tron.vn", 1, "0 203.0.113.7"),
        ("www.tron.vn", 28, "0"),
        ("khong-co.tron.vn", 1, "3"),
        ("ngoai.tot.vn", 1, "0 -> www.tron.vn 203.0.113.7"),
        ("vao.tron.vn", 1, "0 -> www.tot.vn 203.0.113.7"),
        ("www.tot.bam", 1, "0 ad 203.0.113.7"),
        ("khong-co.tot.bam", 1, "3 ad"),
        ("www.tron.bam", 1, "0 203.0.113.7"),
        ("www.gia.vn", 1, "2 ede 6"),
        ("www.tran.vn", 1, "2 ede 6"),
        ("www.cu.vn", 1, "2 ede 6"),
    ])
    .await;
    assert!(one.servers[0].asked() > 0);
}

#[tokio::test]
async fn the_chain_to_a_negative_answer_is_kept() {
    let one = Recursing::new(Dnssec::Auto).await;
    one.check(&[
        ("dut.tot.vn", 1, "3 -> khong-co.tron.vn"),
        ("dai.tot.vn", 1, "3 -> dut.tot.vn -> khong-co.tron.vn"),
    ])
    .await;
}

#[tokio::test]
async fn without_validation_names_are_found_all_the_same() {
    let one = Recursing::new(Dnssec::Off).await;
    one.check(&[
        ("www.tot.vn", 1, "0 203.0.113.7"),
        ("www.gia.vn", 1, "0 203.0.113.66"),
        ("khong-co.tot.vn", 1, "3"),
    ])
    .await;
    let wanting = Key {
        dnssec_ok: true,
        ..key("bi-danh.tot.vn")
    };
    let reply = one.forwarder.ask(&wanting).await.unwrap();
    assert!(reply.has_record(46) && !reply.is_authentic());
}

#[tokio::test]
async fn whoever_validates_alone_gets_what_there_is() {
    let one = Recursing::new(Dnssec::Validate).await;
    let alone = Key {
        dnssec_ok: true,
        checking_disabled: true,
        keeps_ech: false,
        ..key("www.gia.vn")
    };
    assert_eq!(one.show(&alone).await, "0 203.0.113.66");
}

#[tokio::test(start_paused = true)]
async fn a_root_that_is_gone_is_noticed_and_so_is_its_return() {
    let one = Recursing::new(Dnssec::Off).await;
    one.up.store(false, Ordering::SeqCst);
    for index in 0..4 {
        let outcome = one.show(&key(&format!("a{index}.tot.vn"))).await;
        assert!(outcome == "2 ede 22" || outcome == "Timeout", "{outcome}");
    }
    while !one.forwarder.is_down() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    one.up.store(true, Ordering::SeqCst);
    while one.forwarder.is_down() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(one.show(&key("www.tot.vn")).await, "0 203.0.113.7");
}
