//! Fifty people at the pages of the box: real sessions over TLS, each with a live view open, who turn a page every
//! second. They run on cores of their own where the machine has any left, else beside the generator.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use crate::process::pin;

/// People, and how many share an account: it may have six live views.
const PEOPLE: usize = 50;
const OF_ONE_ACCOUNT: usize = 5;
/// What a page asks the box for.
const PAGE: [&str; 4] = [
    "/api/v1/overview",
    "/api/v1/groups",
    "/api/v1/blocks?limit=50",
    "/api/v1/passes",
];
/// Between two pages of one person.
const READS: Duration = Duration::from_secs(1);
/// When a request counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);
const PASSWORD: &str = "phở bò tái nạm gầu";

/// What became of the pages.
#[derive(Debug, Default)]
pub(crate) struct Served {
    /// Pages that were served whole.
    pub(crate) pages: u64,
    /// Pages of which something failed.
    pub(crate) failed: u64,
    /// Milliseconds of each page that was served.
    pub(crate) times: Vec<f64>,
}

/// The people, signed in.
pub(crate) struct People {
    config: Arc<ClientConfig>,
    pages: SocketAddr,
    cookies: Vec<String>,
    cores: Vec<usize>,
}

/// The people at work, until they are told to go.
pub(crate) struct AtWork {
    ends: Arc<AtomicBool>,
    failed: Arc<AtomicU64>,
    times: Arc<Mutex<Vec<f64>>>,
    threads: Vec<JoinHandle<()>>,
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

impl People {
    /// Makes accounts and signs everybody in, one after the other: a password's hash takes its time.
    pub(crate) fn sign_in(data: &Path, pages: SocketAddr, cores: Vec<usize>) -> Self {
        let certificate = fs::read(data.join("state/web-tls.pem")).unwrap();
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(&certificate).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut people = Self {
            config: Arc::new(config),
            pages,
            cookies: Vec::new(),
            cores,
        };
        let code = fs::read_to_string(data.join("state/first-run-code")).unwrap();
        let first = json!({ "code": code.trim(), "name": "admin", "display_name": "Admin", "password": PASSWORD });
        let (admin, _) = people.begin(0, "/api/v1/setup/account", &first);
        for account in 0..PEOPLE / OF_ONE_ACCOUNT {
            let name = format!("user{account}");
            let wish = json!({ "name": name, "display_name": name, "role": "admin" });
            let made = people.change(&admin, "/api/v1/accounts", &wish);
            let sign_in = json!({ "name": name, "password": made["password"] });
            let (cookie, _) = people.begin(0, "/api/v1/session", &sign_in);
            let change = json!({ "old": made["password"], "new": PASSWORD });
            people.change(&cookie, "/api/v1/account/password", &change);
            for _ in 0..OF_ONE_ACCOUNT {
                let person = people.cookies.len();
                let sign_in = json!({ "name": name, "password": PASSWORD });
                let (cookie, _) = people.begin(person, "/api/v1/session", &sign_in);
                people.cookies.push(cookie);
            }
        }
        people
    }

    /// A person's address: the box counts requests by it.
    fn connect(&self, person: usize) -> Stream {
        let own = Ipv4Addr::new(127, 9, 0, u8::try_from(person + 1).unwrap());
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let own = SocketAddr::new(IpAddr::V4(own), 0);
        socket.bind(&own.into()).unwrap();
        socket.connect(&self.pages.into()).unwrap();
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let name = ServerName::try_from("lachan.lan").unwrap();
        let connection = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        StreamOwned::new(connection, stream)
    }

    /// A request that begins a session: its cookie and the answer.
    fn begin(&self, person: usize, path: &str, body: &Value) -> (String, Value) {
        let mut stream = self.connect(person);
        send(&mut stream, "POST", path, None, Some(body));
        let answer = read(&mut BufReader::new(stream)).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        (answer.cookie.clone().unwrap(), answer.json())
    }

    fn change(&self, cookie: &str, path: &str, body: &Value) -> Value {
        let mut stream = self.connect(0);
        send(&mut stream, "POST", path, Some(cookie), Some(body));
        let answer = read(&mut BufReader::new(stream)).unwrap();
        assert!(answer.status < 300, "{path}: {}", answer.text());
        answer.json()
    }

    /// Has everybody open a live view and turn pages.
    pub(crate) fn work(&self) -> AtWork {
        let mut work = AtWork {
            ends: Arc::default(),
            failed: Arc::default(),
            times: Arc::default(),
            threads: Vec::new(),
        };
        for (person, cookie) in self.cookies.iter().enumerate() {
            let core = self.cores[person % self.cores.len()];
            let mut live = self.connect(person);
            send(&mut live, "GET", "/api/v1/live", Some(cookie), None);
            let mut live = BufReader::new(live);
            let head = read_head(&mut live).unwrap();
            assert!(head.0 == 200, "a live view is refused: {}", head.0);
            let ends = Arc::clone(&work.ends);
            work.threads.push(thread::spawn(move || {
                pin(core);
                listen(live, &ends);
            }));
            let pages = BufReader::new(self.connect(person));
            let person = Person {
                pages,
                cookie: cookie.clone(),
                ends: Arc::clone(&work.ends),
                failed: Arc::clone(&work.failed),
                times: Arc::clone(&work.times),
            };
            // Not all at the same moment.
            let waits = READS * u32::try_from(work.threads.len()).unwrap() / 100;
            work.threads.push(thread::spawn(move || {
                pin(core);
                thread::sleep(waits);
                person.turn_pages();
            }));
        }
        work
    }
}

impl AtWork {
    /// Forgets what was served so far.
    pub(crate) fn count_anew(&self) {
        self.times.lock().unwrap().clear();
        self.failed.store(0, Ordering::SeqCst);
    }

    /// What was served since.
    pub(crate) fn served(&self) -> Served {
        let times = self.times.lock().unwrap().clone();
        Served {
            pages: times.len() as u64,
            failed: self.failed.load(Ordering::SeqCst),
            times,
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// One person, at a connection that is kept.
struct Person {
    pages: BufReader<Stream>,
    cookie: String,
    ends: Arc<AtomicBool>,
    failed: Arc<AtomicU64>,
    times: Arc<Mutex<Vec<f64>>>,
}

impl Person {
    fn turn_pages(mut self) {
        while !self.ends.load(Ordering::SeqCst) {
            let begun = Instant::now();
            let is_served = PAGE.iter().all(|path| {
                send(self.pages.get_mut(), "GET", path, Some(&self.cookie), None);
                read(&mut self.pages).is_some_and(|answer| answer.status == 200)
            });
            if is_served {
                let taken = begun.elapsed().as_secs_f64() * 1e3;
                self.times.lock().unwrap().push(taken);
            } else {
                self.failed.fetch_add(1, Ordering::SeqCst);
                // What is left of an answer would be taken for the next.
                return;
            }
            thread::sleep(READS.saturating_sub(begun.elapsed()));
        }
    }
}

/// Takes what a live view sends, until it ends or the people go.
fn listen(mut live: BufReader<Stream>, ends: &AtomicBool) {
    let look = Some(Duration::from_millis(300));
    live.get_ref().sock.set_read_timeout(look).unwrap();
    let mut buffer = [0; 4096];
    while !ends.load(Ordering::SeqCst) {
        match live.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock) => {}
            Err(_) => return,
        }
    }
}

/// An answer, whole.
struct Reply {
    status: u16,
    cookie: Option<String>,
    body: Vec<u8>,
}

impl Reply {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn send(stream: &mut Stream, method: &str, path: &str, cookie: Option<&str>, body: Option<&Value>) {
    let body = body.map(Value::to_string).unwrap_or_default();
    let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n"));
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: lachan.lan:8444\r\nOrigin: https://lachan.lan:8444\r\nX-Lachan: 1\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{body}",
        body.len(),
        cookie.unwrap_or_default(),
    );
    // What cannot be sent shows in the answer that does not come.
    let _ = stream.write_all(request.as_bytes());
}

/// Status, length of the body where it is told, and the cookie that is set.
fn read_head(stream: &mut BufReader<Stream>) -> Option<(u16, Option<usize>, Option<String>)> {
    let (mut status, mut length, mut cookie) = (None, None, None);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            return Some((status?, length, cookie));
        }
        if status.is_none() {
            status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
            continue;
        }
        let (name, value) = line.split_once(": ")?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok();
        } else if name.eq_ignore_ascii_case("set-cookie") {
            cookie = value.split(';').next().map(str::to_owned);
        }
    }
}

fn read(stream: &mut BufReader<Stream>) -> Option<Reply> {
    let (status, length, cookie) = read_head(stream)?;
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(Reply {
        status,
        cookie,
        body,
    })
}
