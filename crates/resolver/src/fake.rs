//! A scripted upstream for tests: UDP and TCP on one loopback port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;

use crate::wire::query::{Query, Transport};

/// The datagrams, or the one message over TCP, with which a query is answered.
type Script = dyn Fn(&[u8], Transport) -> Vec<Vec<u8>> + Send + Sync;

/// The upstream. Stops when dropped.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<()>>,
}

impl Fake {
    /// An upstream that answers by a closure; an empty list is silence.
    pub(crate) async fn start(
        script: impl Fn(&[u8], Transport) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let script: Arc<Script> = Arc::new(script);
        let asked = Arc::new(AtomicUsize::new(0));
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let tasks = vec![
            tokio::spawn(serve_udp(udp, Arc::clone(&script), Arc::clone(&asked))),
            tokio::spawn(serve_tcp(tcp, script, Arc::clone(&asked))),
        ];
        Self {
            address,
            asked,
            tasks,
        }
    }

    /// An upstream that never says anything.
    pub(crate) async fn silent() -> Self {
        Self::start(|_, _| Vec::new()).await
    }

    /// How many queries came in.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
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

async fn serve_udp(socket: UdpSocket, script: Arc<Script>, asked: Arc<AtomicUsize>) {
    let mut buffer = [0; 4096];
    while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
        asked.fetch_add(1, Ordering::SeqCst);
        for answer in script(&buffer[..length], Transport::Udp) {
            let _ = socket.send_to(&answer, client).await;
        }
    }
}

async fn serve_tcp(listener: TcpListener, script: Arc<Script>, asked: Arc<AtomicUsize>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        asked.fetch_add(1, Ordering::SeqCst);
        let Ok(length) = stream.read_u16().await else {
            continue;
        };
        let mut query = vec![0; usize::from(length)];
        if stream.read_exact(&mut query).await.is_err() {
            continue;
        }
        for answer in script(&query, Transport::Stream) {
            let length = u16::try_from(answer.len()).unwrap();
            let _ = stream.write_u16(length).await;
            let _ = stream.write_all(&answer).await;
        }
    }
}
