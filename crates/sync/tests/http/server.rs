//! A server that answers each request with what it was given, in order, and keeps what it was asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// One answer.
#[derive(Clone)]
pub(crate) struct Served {
    status: String,
    fields: Vec<String>,
    body: Vec<u8>,
    /// What `Content-Length` says, where not the truth.
    pub(crate) length: Option<usize>,
    /// Whether the connection is closed after it.
    pub(crate) closes: bool,
}

impl Served {
    pub(crate) fn new(status: &str, fields: &[&str], body: &[u8]) -> Self {
        Self {
            status: status.to_owned(),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            body: body.to_vec(),
            length: None,
            closes: false,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status);
        for field in &self.fields {
            head.push_str(&format!("{field}\r\n"));
        }
        let length = self.length.unwrap_or(self.body.len());
        head.push_str(&format!("content-length: {length}\r\n\r\n"));
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
    answers: Mutex<std::collections::VecDeque<Served>>,
}

/// A server that runs as long as the test's runtime.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
}

impl Server {
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }
}

pub(crate) async fn serve(answers: Vec<Served>) -> Server {
    started(answers, None).await
}

/// The same over TLS, with a certificate made for it, which is given back.
pub(crate) async fn serve_tls(answers: Vec<Served>) -> (Server, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = started(answers, Some(acceptor)).await;
    (server, certificate.der().to_vec())
}

async fn started(answers: Vec<Served>, tls: Option<TlsAcceptor>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    seen.answers.lock().unwrap().extend(answers);
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            match &tls {
                None => {
                    tokio::spawn(answer(stream, Arc::clone(&shared)));
                }
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        tokio::spawn(answer(stream, Arc::clone(&shared)));
                    }
                }
            }
        }
    });
    Server { address, seen }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, seen: Arc<Seen>) {
    while let Some(request) = read(&mut stream).await {
        seen.requests.lock().unwrap().push(request);
        let Some(served) = seen.answers.lock().unwrap().pop_front() else {
            return;
        };
        // The client may have gone: it is allowed to.
        if stream.write_all(&served.bytes()).await.is_err() {
            return;
        }
        if served.closes {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

/// A request as text: head, then as many bytes of a body as it says.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
}
