//! A scripted upstream for tests: UDP and TCP on one loopback port, and TLS where it is wanted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use crate::wire::query::{Query, Transport};

/// What an upstream does about a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Sends these messages one after the other; none is silence.
    Say(Vec<Vec<u8>>),
    /// Sends this message after a while, and goes on with other queries meanwhile.
    Later(Duration, Vec<u8>),
    /// Over TCP: promises the whole message, sends its beginning and closes the connection.
    Break(Vec<u8>),
}

impl From<Vec<Vec<u8>>> for Act {
    fn from(messages: Vec<Vec<u8>>) -> Self {
        Self::Say(messages)
    }
}

/// How a query is answered.
type Script = dyn Fn(&[u8], Transport) -> Act + Send + Sync;

/// The upstream. Stops when dropped, connections apart.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    counts: Arc<Counts>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Counts {
    asked: AtomicUsize,
    connections: AtomicUsize,
}

impl Fake {
    /// An upstream that answers by a closure.
    pub(crate) async fn start<A: Into<Act>>(
        script: impl Fn(&[u8], Transport) -> A + Send + Sync + 'static,
    ) -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        Self::serve(udp, tcp, None, script)
    }

    /// One that speaks TLS on the TCP port.
    pub(crate) async fn over_tls<A: Into<Act>>(
        config: Arc<ServerConfig>,
        script: impl Fn(&[u8], Transport) -> A + Send + Sync + 'static,
    ) -> Self {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut fake = Self::serve(udp, tcp, Some(config.into()), script);
        // Nobody is to ask it over UDP.
        fake.tasks.remove(0).abort();
        fake
    }

    fn serve<A: Into<Act>>(
        udp: UdpSocket,
        tcp: TcpListener,
        tls: Option<TlsAcceptor>,
        script: impl Fn(&[u8], Transport) -> A + Send + Sync + 'static,
    ) -> Self {
        let script: Arc<Script> = Arc::new(move |query, transport| script(query, transport).into());
        let counts = Arc::new(Counts::default());
        let address = tcp.local_addr().unwrap();
        let tasks = vec![
            tokio::spawn(serve_udp(udp, Arc::clone(&script), Arc::clone(&counts))),
            tokio::spawn(serve_tcp(tcp, tls, script, Arc::clone(&counts))),
        ];
        Self {
            address,
            counts,
            tasks,
        }
    }

    /// An upstream that never says anything.
    pub(crate) async fn silent() -> Self {
        Self::start(|_, _| Vec::new()).await
    }

    /// How many queries came in.
    pub(crate) fn asked(&self) -> usize {
        self.counts.asked.load(Ordering::SeqCst)
    }

    /// How many connections came in.
    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// The question of a query, as text: `www.vn.vn`, and its type.
pub(crate) fn question(query: &[u8]) -> (String, u16) {
    let query = Query::parse(query).unwrap();
    (query.question.name.to_string(), query.question.qtype)
}

async fn serve_udp(socket: UdpSocket, script: Arc<Script>, counts: Arc<Counts>) {
    let socket = Arc::new(socket);
    let mut buffer = [0; 4096];
    while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
        counts.asked.fetch_add(1, Ordering::SeqCst);
        match script(&buffer[..length], Transport::Udp) {
            Act::Say(messages) => {
                for message in messages {
                    let _ = socket.send_to(&message, client).await;
                }
            }
            Act::Later(delay, message) => {
                let socket = Arc::clone(&socket);
                tokio::spawn(async move {
                    sleep(delay).await;
                    let _ = socket.send_to(&message, client).await;
                });
            }
            Act::Break(_) => {}
        }
    }
}

async fn serve_tcp(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    script: Arc<Script>,
    counts: Arc<Counts>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        counts.connections.fetch_add(1, Ordering::SeqCst);
        let (script, counts) = (Arc::clone(&script), Arc::clone(&counts));
        let tls = tls.clone();
        tokio::spawn(async move {
            match tls {
                None => serve_stream(stream, &*script, &counts).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve_stream(stream, &*script, &counts).await;
                    }
                }
            }
        });
    }
}

/// Reads queries one after the other, and answers each when its script says so.
async fn serve_stream(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    script: &Script,
    counts: &Counts,
) {
    let (mut reader, writer) = tokio::io::split(stream);
    let writer = Arc::new(tokio::sync::Mutex::new(writer));
    while let Ok(length) = reader.read_u16().await {
        let mut query = vec![0; usize::from(length)];
        if reader.read_exact(&mut query).await.is_err() {
            return;
        }
        counts.asked.fetch_add(1, Ordering::SeqCst);
        match script(&query, Transport::Stream) {
            Act::Say(messages) => {
                for message in messages {
                    say(&mut *writer.lock().await, &message, message.len()).await;
                }
            }
            Act::Later(delay, message) => {
                let writer = Arc::clone(&writer);
                tokio::spawn(async move {
                    sleep(delay).await;
                    say(&mut *writer.lock().await, &message, message.len()).await;
                });
            }
            Act::Break(message) => {
                say(&mut *writer.lock().await, &message, message.len() / 2).await;
                return;
            }
        }
    }
}

async fn say(writer: &mut (impl AsyncWrite + Unpin), message: &[u8], most: usize) {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    let _ = writer
        .write_all(&[&length, &message[..most]].concat())
        .await;
    let _ = writer.flush().await;
}
