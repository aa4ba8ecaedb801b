//! A school's proxy and one site, on loopback.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use arc_swap::ArcSwap;
use lachan_lists::testing::{self, TestList};
use lachan_policy::ruleset::ListClass;
use lachan_policy::{BypassKind, Exceptions, Group, Moment, Name, Subnet, Verdict};
use lachan_proxy::http::{Arrival, Door, Refusal, Server, Settings, Shared, Tcp, Tunnel, Tunnels};
use lachan_proxy::{Blocked, Clock, Coming, Devices, Record, Resolve, ResolveError, Targets};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const LISTS: &[TestList<'_>] = &[
    (
        "base/gambling",
        ListClass::Own,
        "gambling",
        &["nha-cai.example"],
    ),
    ("base/education", ListClass::Own, "education", &["hoc.vn"]),
];

/// All that the proxy asks of a daemon.
struct Daemon;

impl Clock for Daemon {
    fn moment(&self) -> Option<Moment> {
        Some(Moment::from_unix(1_795_342_140, 7 * 3600))
    }
}

impl Devices for Daemon {}

impl Resolve for Daemon {
    fn resolve<'r>(
        &'r self,
        _: &'r Name,
        _: IpAddr,
    ) -> Coming<'r, Result<Vec<IpAddr>, ResolveError>> {
        Box::pin(async { Ok(vec![Ipv4Addr::LOCALHOST.into()]) })
    }
}

impl Record for Daemon {
    fn decided(&self, _: &Group, _: &Verdict) {}
    fn blocked(&self, _: &Blocked<'_>) {}
    fn bypass(&self, _: BypassKind) {}
    fn refused(&self, _: Refusal) {}
    fn code(&self, _: &Blocked<'_>) -> Option<String> {
        Some("K7QX3M".to_owned())
    }
}

impl Tunnels for Daemon {
    fn carry(&self, mut tunnel: Tunnel<TcpStream>) -> Coming<'static, ()> {
        Box::pin(async move {
            let _ = tunnel.upstream.write_all(&tunnel.early).await;
            let _ = copy_bidirectional(&mut tunnel.client, &mut tunnel.upstream).await;
        })
    }
}

/// Starts an explicit proxy, and gives its address.
pub(crate) async fn proxy(tunnel_port: u16) -> SocketAddr {
    let policy = testing::policy(testing::ruleset(LISTS), Exceptions::default());
    let loopback = Subnet::around(Ipv4Addr::LOCALHOST.into(), 8);
    let shared = Shared {
        policy: Arc::new(ArcSwap::from_pointee(policy)),
        clock: Arc::new(Daemon),
        devices: Arc::new(Daemon),
        resolve: Arc::new(Daemon),
        record: Arc::new(Daemon),
        targets: Arc::new(ArcSwap::from_pointee(
            Targets::default().allow(vec![loopback]),
        )),
        scan: None,
    };
    let settings = Settings {
        tunnel_ports: vec![tunnel_port],
        ..Settings::default()
    };
    let server = Server::new(settings, shared, Tcp::new(Arc::new(Daemon)));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let client = [127, 0, 3, 9].into();
            server.accept(
                stream,
                Arrival {
                    client,
                    door: Door::Explicit,
                },
            );
        }
    });
    address
}

/// Starts a site that answers with the request it got: its head, and how many bytes of body came.
pub(crate) async fn site() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream));
        }
    });
    address
}

/// Answers every request of a stream.
pub(crate) async fn answer<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> Option<()> {
    let mut bytes = Vec::new();
    loop {
        let head = head(&mut stream, &mut bytes).await?;
        if head.contains("Upgrade: websocket") {
            let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                          Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\
                          Upgrade: websocket\r\n\r\nframes from here on";
            return stream.write_all(answer.as_bytes()).await.ok();
        }
        if head.contains("Expect: 100-continue") {
            stream
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await
                .ok()?;
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let count = match length.and_then(|length| length.parse::<usize>().ok()) {
            Some(length) => {
                while bytes.len() < length {
                    more(&mut stream, &mut bytes).await?;
                }
                bytes.drain(..length).count()
            }
            None if head.contains("Transfer-Encoding: chunked") => {
                while !bytes.ends_with(b"0\r\n\r\n") {
                    more(&mut stream, &mut bytes).await?;
                }
                bytes.drain(..).filter(|byte| *byte == b'z').count()
            }
            None => 0,
        };
        let text = format!("{head}got {count}\n");
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = format!("{head}{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

async fn more<S: AsyncRead + Unpin>(stream: &mut S, bytes: &mut Vec<u8>) -> Option<()> {
    let count = stream.read_buf(bytes).await.ok()?;
    (count > 0).then_some(())
}

async fn head<S: AsyncRead + Unpin>(stream: &mut S, bytes: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            let head: Vec<u8> = bytes.drain(..end + 4).collect();
            return String::from_utf8(head).ok();
        }
        more(stream, bytes).await?;
    }
}
