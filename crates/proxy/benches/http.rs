//! What a request costs that passes: keep-alive requests of 1 kB and 50 kB through this proxy and
//! through squid, each on one core, CPU time read from the kernel.
//!
//! `cargo bench --profile release -p lachan-proxy --bench http -- [--quick] [--json]`
//!
//! ```text
//!  core 1: 16 clients, blocking ──► core 0: the proxy ──► core 1: origin, blocking
//! ```
//!
//! Ours decides on every request (the shipped lists, a group by subnet); squid lets everything pass
//! and keeps nothing, which favours it. Where squid is not installed, only ours is told.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench that cannot go on has to end"
)]

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use lachan_lists::testing;
use lachan_policy::{BypassKind, Exceptions, Group, Moment, Name, Subnet, Verdict};
use lachan_proxy::http::{Arrival, Door, Refusal, Server, Settings, Shared, Tcp, Tunnel, Tunnels};
use lachan_proxy::{Blocked, Clock, Coming, Devices, Record, Resolve, ResolveError, Targets};
use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Connections that ask without a pause.
const CLIENTS: usize = 16;
/// Rounds of each proxy, in turns; the middle one is told.
const ROUNDS: usize = 3;
const SIZES: [(&str, usize); 2] = [("1k", 1024), ("50k", 50 * 1024)];
const SQUID: &str = "/usr/sbin/squid";

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    if arguments
        .first()
        .is_some_and(|argument| argument == "child")
    {
        return child(&arguments[1..]);
    }
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let (server, generator) = cores();
    let seconds = if has("--quick") { 2 } else { 6 };
    pin(generator);
    let origin = origin();
    let ours = Proxy::ours(server);
    let squid = Path::new(SQUID).exists().then(|| Proxy::squid(server));
    let mut json = serde_json::Map::new();
    let mut text = String::from("CPU us a request      ours    squid    ours/squid\n");
    for (name, size) in SIZES {
        let (mut own, mut other) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            own.push(measure(&ours, origin, size, seconds));
            other.extend(
                squid
                    .as_ref()
                    .map(|squid| measure(squid, origin, size, seconds)),
            );
        }
        let own = middle(&mut own);
        json.insert(format!("http_{name}_us"), rounded(own));
        let _ = write!(text, "{name:>5} keep-alive     {own:6.1}");
        if let Some(other) = (!other.is_empty()).then(|| middle(&mut other)) {
            json.insert(format!("squid_{name}_us"), rounded(other));
            json.insert(format!("http_{name}_vs_squid"), rounded(own / other));
            let _ = write!(text, "   {other:6.1}    {:6.2}", own / other);
        }
        text.push('\n');
    }
    // The target of the issue is about 1 kB.
    if let Some(ratio) = json.get("http_1k_vs_squid").cloned() {
        json.insert("http_vs_squid".to_owned(), ratio);
    }
    if has("--json") {
        eprint!("{text}");
        println!("{}", serde_json::Value::Object(json));
    } else {
        print!("{text}");
    }
}

fn rounded(figure: f64) -> serde_json::Value {
    ((figure * 1000.0).round() / 1000.0).into()
}

fn middle(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The first two cores that this process may use.
fn cores() -> (usize, usize) {
    let set = sched_getaffinity(None).unwrap();
    let mut usable = (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core));
    match (usable.next(), usable.next()) {
        (Some(server), Some(generator)) => (server, generator),
        _ => panic!("bench http needs two cores: one for the proxy, one for clients and origin"),
    }
}

fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).unwrap();
}

/// A running proxy; dropped, it is ended.
struct Proxy {
    child: Child,
    address: SocketAddr,
    /// The host by which the origin is asked for.
    host: &'static str,
    _folder: Option<tempfile::TempDir>,
}

impl Proxy {
    fn ours(core: usize) -> Self {
        let address = free_address();
        let child = spawn(core, &["serve".to_owned(), address.to_string()]);
        Self::up(child, address, "hoc.vn", None)
    }

    fn squid(core: usize) -> Self {
        let address = free_address();
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("squid.conf");
        let text = format!(
            "http_port {address}\nhttp_access allow all\ncache deny all\naccess_log none\n\
             cache_log /dev/null\npid_filename none\nvisible_hostname bench\ncache_mem 8 MB\n\
             shutdown_lifetime 0 seconds\nclient_persistent_connections on\n\
             server_persistent_connections on\nmemory_pools on\n"
        );
        std::fs::write(&config, text).unwrap();
        let config = config.display().to_string();
        let program = [SQUID, "-N", "-f", &config].map(str::to_owned);
        let mut rest = vec!["exec".to_owned()];
        rest.extend(program);
        Self::up(spawn(core, &rest), address, "127.0.0.1", Some(folder))
    }

    /// Waits until it accepts connections.
    fn up(
        child: Child,
        address: SocketAddr,
        host: &'static str,
        folder: Option<tempfile::TempDir>,
    ) -> Self {
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{address} does not come up"
            );
            thread::sleep(Duration::from_millis(50));
        }
        Self {
            child,
            address,
            host,
            _folder: folder,
        }
    }

    /// CPU time of all its threads so far, in nanoseconds.
    fn cpu(&self) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let of = |path: std::path::PathBuf| {
            let text = std::fs::read_to_string(path.join("schedstat")).unwrap_or_default();
            text.split(' ')
                .next()
                .and_then(|first| first.parse().ok())
                .unwrap_or(0)
        };
        tasks.map(|task| of(task.unwrap().path())).sum::<u64>()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Starts this binary as a child on a core.
fn spawn(core: usize, rest: &[String]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child", &core.to_string()])
        .args(rest)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// `CORE exec PROGRAM…` or `CORE serve ADDRESS`.
fn child(arguments: &[String]) {
    set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    pin(arguments[0].parse().unwrap());
    match arguments[1].as_str() {
        "exec" => panic!(
            "{}",
            Command::new(&arguments[2]).args(&arguments[3..]).exec()
        ),
        _ => serve(arguments[2].parse().unwrap()),
    }
}

/// Microseconds of the proxy's CPU for one request of this size.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn measure(proxy: &Proxy, origin: SocketAddr, size: usize, seconds: u64) -> f64 {
    let count = Arc::new(AtomicU64::new(0));
    let ends = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (count, ends) = (Arc::clone(&count), Arc::clone(&ends));
            let (address, host) = (proxy.address, proxy.host);
            thread::spawn(move || ask(address, host, origin.port(), size, &count, &ends))
        })
        .collect();
    thread::sleep(Duration::from_millis(500));
    let before = (count.load(Ordering::Relaxed), proxy.cpu());
    thread::sleep(Duration::from_secs(seconds));
    let after = (count.load(Ordering::Relaxed), proxy.cpu());
    ends.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    (after.1 - before.1) as f64 / (after.0 - before.0) as f64 / 1000.0
}

/// Asks again and again over one connection.
fn ask(
    proxy: SocketAddr,
    host: &str,
    port: u16,
    size: usize,
    count: &AtomicU64,
    ends: &AtomicBool,
) {
    let mut stream = TcpStream::connect(proxy).unwrap();
    stream.set_nodelay(true).unwrap();
    // What a browser sends, roughly.
    let request = format!(
        "GET http://{host}:{port}/{size} HTTP/1.1\r\nHost: {host}:{port}\r\n\
         Proxy-Connection: keep-alive\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n\
         Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate\r\n\
         Accept-Language: vi-VN,vi;q=0.9,en;q=0.8\r\n\r\n"
    );
    let mut buffer = vec![0; 128 * 1024];
    while !ends.load(Ordering::Relaxed) {
        stream.write_all(request.as_bytes()).unwrap();
        let mut got = 0;
        let mut whole = usize::MAX;
        while got < whole {
            let read = stream.read(&mut buffer[got..]).unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&buffer[..got]));
            got += read;
            if whole == usize::MAX
                && let Some(end) = buffer[..got]
                    .windows(4)
                    .position(|part| part == b"\r\n\r\n")
            {
                assert!(
                    buffer.starts_with(b"HTTP/1.1 200"),
                    "{}",
                    String::from_utf8_lossy(&buffer[..end])
                );
                whole = end + 4 + size;
            }
        }
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// A server whose pages are as long as their names say.
fn origin() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            thread::spawn(move || answer(stream));
        }
    });
    address
}

fn answer(mut stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 16 * 1024];
    let mut filled = 0;
    loop {
        let end = buffer[..filled]
            .windows(4)
            .position(|part| part == b"\r\n\r\n");
        let Some(end) = end else {
            match stream.read(&mut buffer[filled..]) {
                Ok(0) | Err(_) => return,
                Ok(read) => filled += read,
            }
            continue;
        };
        let line = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let size = line
            .split(' ')
            .nth(1)
            .and_then(|path| path.rsplit('/').next());
        let size: usize = size.and_then(|size| size.parse().ok()).unwrap_or(0);
        buffer.copy_within(end + 4..filled, 0);
        filled -= end + 4;
        let mut page = format!(
            "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 26 Nov 2026 12:00:00 GMT\r\n\
             Content-Type: text/html; charset=utf-8\r\nContent-Length: {size}\r\n\
             Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT\r\nETag: \"abc\"\r\nVary: Accept-Encoding\r\n\r\n"
        )
        .into_bytes();
        page.resize(page.len() + size, b'x');
        if stream.write_all(&page).is_err() {
            return;
        }
    }
}

/// Our proxy, for all that asks.
fn serve(address: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let policy = testing::policy(testing::shipped_ruleset(), Exceptions::default());
        let all = Subnet::around(Ipv4Addr::LOCALHOST.into(), 8);
        let targets = Targets::new(Vec::new()).allow(vec![all]);
        let shared = Shared {
            policy: Arc::new(ArcSwap::from_pointee(policy)),
            clock: Arc::new(Quiet),
            devices: Arc::new(Quiet),
            resolve: Arc::new(Quiet),
            record: Arc::new(Quiet),
            targets: Arc::new(ArcSwap::from_pointee(targets)),
            scan: None,
            own: None,
        };
        let server = Server::new(Settings::default(), shared, Tcp::new(Arc::new(Quiet)));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let client = IpAddr::from([127, 0, 4, 9]);
            server.accept(
                stream,
                Arrival {
                    client,
                    door: Door::Explicit,
                },
            );
        }
    });
}

/// A daemon that knows nothing and takes note of nothing.
struct Quiet;

impl Clock for Quiet {
    fn moment(&self) -> Option<Moment> {
        Some(Moment::from_unix(1_795_342_140, 7 * 3600))
    }
}

impl Devices for Quiet {}

impl Resolve for Quiet {
    fn resolve<'r>(
        &'r self,
        _: &'r Name,
        _: IpAddr,
    ) -> Coming<'r, Result<Vec<IpAddr>, ResolveError>> {
        Box::pin(async { Ok(vec![Ipv4Addr::LOCALHOST.into()]) })
    }
}

impl Record for Quiet {
    fn decided(&self, _: &Group, _: &Verdict) {}
    fn blocked(&self, _: &Blocked<'_>) {}
    fn bypass(&self, _: BypassKind) {}
    fn refused(&self, _: Refusal) {}
    fn code(&self, _: &Blocked<'_>) -> Option<String> {
        None
    }
}

impl Tunnels for Quiet {
    fn carry(&self, _: Tunnel<tokio::net::TcpStream>) -> Coming<'static, ()> {
        Box::pin(async {})
    }
}
