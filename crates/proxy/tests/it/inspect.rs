//! Inspection over real sockets: curl and openssl ask, sites of ours answer. Loopback only.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwap, ArcSwapOption};
use lachan_lists::testing::{self, TestList};
use lachan_policy::ruleset::ListClass;
use lachan_policy::{BypassKind, Exceptions, Group, Moment, Name, Subnet, Verdict};
use lachan_proxy::http::{self, Refusal};
use lachan_proxy::inspect::{Authority, Inspector, Parts, Plan};
use lachan_proxy::tls::{self, Kind, Listen};
use lachan_proxy::{
    Addresses, Blocked, Clock, Coming, Devices, Later, Question, Record, Resolve, ResolveError,
    ResolveNow, Targets,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;

use super::site::answer;

const LISTS: &[TestList<'_>] = &[
    (
        "base/video",
        ListClass::Own,
        "video",
        &[
            "phim.example",
            "het-han.example",
            "tu-ky.example",
            "ten-khac.example",
            "vietcombank.com.vn",
        ],
    ),
    (
        "base/gambling",
        ListClass::Own,
        "gambling",
        &["bac.example"],
    ),
    (
        "urls/gambling",
        ListClass::Own,
        "gambling",
        &["phim.example/bac"],
    ),
];
/// "Lá Chắn" as openssl writes it.
const BOX: &str = "L\\C3\\A1 Ch\\E1\\BA\\AFn";
/// Where pupils of the tests are, and where their staff is.
const PUPIL: &str = "127.0.4.9";
const STAFF: &str = "127.0.5.9";
/// Where all sites are.
const SITES: Ipv4Addr = Ipv4Addr::new(127, 9, 3, 1);

/// All that the proxy asks of a daemon, and what it is told.
#[derive(Default)]
struct Daemon(Mutex<Vec<String>>);

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
        Box::pin(async { Ok(vec![SITES.into()]) })
    }
}

impl ResolveNow for Daemon {
    fn resolve_now(&self, _: &Question, _: Later) -> Option<Addresses> {
        Some(Addresses::of([SITES.into()]))
    }
}

impl Record for Daemon {
    fn decided(&self, _: &Group, _: &Verdict) {
        self.0.lock().unwrap().push("decided".to_owned());
    }
    fn blocked(&self, blocked: &Blocked<'_>) {
        let name = blocked.name.map(ToString::to_string).unwrap_or_default();
        self.0.lock().unwrap().push(format!("blocked {name}"));
    }
    fn bypass(&self, _: BypassKind) {}
    fn refused(&self, refusal: Refusal) {
        self.0
            .lock()
            .unwrap()
            .push(format!("refused {}", refusal.id()));
    }
    fn code(&self, _: &Blocked<'_>) -> Option<String> {
        Some("K7QX3M".to_owned())
    }
}

/// An authority of the Internet, and sites that it vouches for or not.
struct Internet {
    issuer: Issuer<'static, KeyPair>,
    root: Vec<u8>,
    pem: String,
}

impl Internet {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = &mut params.distinguished_name;
        name.push(rcgen::DnType::CommonName, "Internet");
        let root = params.self_signed(&key).unwrap();
        Self {
            root: root.der().to_vec(),
            pem: root.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    fn config(&self, sni: &str) -> Arc<rustls::ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let name = if sni == "ten-khac.example" {
            "xa-la.example"
        } else {
            sni
        };
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if sni == "het-han.example" {
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let made = match sni {
            "tu-ky.example" => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.unwrap().der().clone()], key);
        Arc::new(config.unwrap())
    }

    /// Serves every name over TLS at this port.
    async fn serve(self: Arc<Self>, port: u16) {
        let listener = TcpListener::bind((SITES, port)).await.unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let internet = Arc::clone(&self);
                tokio::spawn(async move {
                    let acceptor = rustls::server::Acceptor::default();
                    let start = tokio_rustls::LazyConfigAcceptor::new(acceptor, stream);
                    let start = start.await.ok()?;
                    let name = start.client_hello().server_name()?.to_owned();
                    let stream = start.into_stream(internet.config(&name)).await.ok()?;
                    answer(stream).await
                });
            }
        });
    }
}

/// A school whose gate is at this address.
struct School {
    _server: tls::Server,
    gate: SocketAddr,
    daemon: Arc<Daemon>,
    folder: TempDir,
}

impl School {
    async fn new(plan: Plan) -> Self {
        Self::of(plan, Kind::Transparent).await
    }

    async fn of(plan: Plan, kind: Kind) -> Self {
        let internet = Arc::new(Internet::new());
        let policy = testing::policy(testing::ruleset(LISTS), Exceptions::default());
        let never = policy.ruleset().book().never_inspected().clone();
        let policy = Arc::new(ArcSwap::from_pointee(policy));
        let targets = Targets::default().allow(vec![Subnet::around(SITES.into(), 24)]);
        let targets = Arc::new(ArcSwap::from_pointee(targets));
        let daemon = Arc::new(Daemon::default());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = i64::try_from(now.unwrap().as_secs()).unwrap();
        let (key, certificate) = Authority::make("Trường", now, &never).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("school.pem"), &certificate).unwrap();
        std::fs::write(folder.path().join("internet.pem"), &internet.pem).unwrap();
        let inspector = Inspector::new(Parts {
            authority: Authority::read(&key, &certificate).unwrap(),
            plan,
            roots: vec![internet.root.clone()],
            settings: http::Settings::default(),
            shared: http::Shared {
                policy: Arc::clone(&policy),
                clock: Arc::clone(&daemon) as _,
                devices: Arc::clone(&daemon) as _,
                resolve: Arc::clone(&daemon) as _,
                record: Arc::clone(&daemon) as _,
                targets: Arc::clone(&targets),
                scan: None,
                own: None,
            },
            runtime: tokio::runtime::Handle::current(),
        });
        let shared = tls::Shared {
            policy,
            clock: Arc::clone(&daemon) as _,
            devices: Arc::clone(&daemon) as _,
            resolve: Arc::clone(&daemon) as _,
            record: Arc::clone(&daemon) as _,
            targets,
            inspect: Arc::new(ArcSwapOption::from_pointee(inspector.unwrap())),
        };
        let listen = Listen {
            address: (Ipv4Addr::new(127, 8, 3, 1), 0).into(),
            kind,
        };
        let server = tls::Server::start(&[listen], 1, &tls::Settings::default(), &shared).unwrap();
        let gate = server.addresses()[0];
        internet.serve(gate.port()).await;
        Self {
            _server: server,
            gate,
            daemon,
            folder,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What curl says that asks from here and trusts this authority.
    async fn curl(&self, from: &str, trusts: &str, arguments: &[&str], url: &str) -> String {
        let host = url.split('/').next().unwrap();
        let port = self.gate.port();
        let mut child = Command::new("curl");
        child
            .args([
                "-sS",
                "-i",
                "--max-time",
                "20",
                "--interface",
                from,
                "--cacert",
            ])
            .arg(self.file(trusts))
            .args(["--resolve", &format!("{host}:{port}:{}", self.gate.ip())])
            .args(arguments)
            .arg(format!(
                "https://{}",
                url.replacen(host, &format!("{host}:{port}"), 1)
            ));
        said(child).await
    }

    /// As a machine of the school's, which trusts its authority.
    async fn page(&self, arguments: &[&str], url: &str) -> String {
        let html = [&["-H", "Accept: text/html"], arguments].concat();
        self.curl(PUPIL, "school.pem", &html, url).await
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.daemon.0.lock().unwrap())
    }
}

async fn said(mut child: Command) -> String {
    let output = child.stdin(Stdio::null()).output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

fn videos() -> Plan {
    Plan {
        groups: vec!["thpt".to_owned()],
        categories: vec!["video".to_owned()],
        block_pages: false,
    }
}

fn pages() -> Plan {
    Plan {
        categories: Vec::new(),
        block_pages: true,
        ..videos()
    }
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "lacks {part}:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_read_over_both_protocols() {
    let school = School::new(videos()).await;
    for (protocol, line) in [("--http1.1", "HTTP/1.1 200"), ("--http2", "HTTP/2 200")] {
        let text = school.page(&[protocol], "phim.example/a?b=c").await;
        // The box was between: it says so.
        has(&text, &[line, "GET /a?b=c HTTP/1.1", "Via: 1.1 lachan"]);
        let closed = school.page(&[protocol], "phim.example/bac/1").await;
        has(&closed, &["403", "K7QX3M", "111"]);
    }
    assert!(school.told().contains(&"blocked phim.example".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_streams_and_bodies_go_through_one_connection() {
    let school = School::new(videos()).await;
    let many = ["--http2", "-Z", "-w", "%{http_version} %{num_connects}\n"];
    let text = school.page(&many, "phim.example/[1-40]").await;
    for number in [1, 17, 40] {
        has(&text, &[&format!("GET /{number} HTTP/1.1")]);
    }
    assert_eq!(text.matches("HTTP/2 200").count(), 40, "{text}");
    let large = school.file("large");
    std::fs::write(&large, "z".repeat(1 << 20)).unwrap();
    let data = format!("@{}", large.display());
    let text = school
        .page(&["--http2", "--data-binary", &data], "phim.example/")
        .await;
    has(&text, &["POST / HTTP/1.1", "got 1048576"]);
    // Without a length it comes in chunks.
    let upload = large.display().to_string();
    let chunked = [
        "--http2",
        "-X",
        "POST",
        "-H",
        "Content-Length:",
        "-T",
        &upload,
    ];
    let text = school.page(&chunked, "phim.example/").await;
    has(&text, &["Transfer-Encoding: chunked", "got 1048576"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_goes_through() {
    let school = School::new(videos()).await;
    // The site's answer, and what it sends afterwards.
    let upgrade = [
        "--http1.1",
        "-N",
        "-H",
        "Connection: Upgrade",
        "-H",
        "Upgrade: websocket",
        "-H",
        "Sec-WebSocket-Version: 13",
        "-H",
        "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
    ];
    let text = school.page(&upgrade, "phim.example/echo").await;
    has(&text, &["101", "frames from here on"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_locked_or_not_asked_for_shows_its_own_certificate() {
    let school = School::new(videos()).await;
    // A bank, although it stands in the category; a name of no category; another group.
    for (from, url) in [
        (PUPIL, "vietcombank.com.vn/"),
        (PUPIL, "khac.example/"),
        (STAFF, "phim.example/"),
    ] {
        let own = school.curl(from, "internet.pem", &[], url).await;
        has(&own, &["200 OK", "GET / HTTP/1.1"]);
        assert!(!own.contains("Via:"), "{own}");
        let ours = school.curl(from, "school.pem", &[], url).await;
        has(&ours, &["certificate"]);
    }
    let inspected = school
        .curl(PUPIL, "internet.pem", &[], "phim.example/")
        .await;
    assert!(!inspected.contains("200 OK"), "{inspected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_sees_who_issued_a_certificate() {
    let school = School::new(videos()).await;
    let issuer = async |name: &str| {
        let mut child = Command::new("openssl");
        child
            .args([
                "s_client",
                "-bind",
                &format!("{PUPIL}:0"),
                "-servername",
                name,
            ])
            .args(["-connect", &school.gate.to_string()]);
        said(child).await
    };
    let of_box = issuer("phim.example").await;
    // openssl writes what is not ASCII by its bytes.
    has(&of_box, &[BOX, "id-ecPublicKey, 256 (bit)"]);
    let of_bank = issuer("vietcombank.com.vn").await;
    has(&of_bank, &["Internet"]);
    assert!(!of_bank.contains(BOX), "{of_bank}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_with_a_wrong_certificate_is_shown_as_that() {
    let school = School::new(videos()).await;
    for (name, why) in [
        ("het-han.example", "đã hết hạn"),
        ("tu-ky.example", "Không có nơi cấp đáng tin"),
        ("ten-khac.example", "của một trang khác"),
    ] {
        for protocol in ["--http1.1", "--http2"] {
            let text = school.page(&[protocol], &format!("{name}/geheim")).await;
            has(&text, &["502", name, why]);
            assert!(!text.contains("GET /"), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_inside_is_misdirected() {
    let school = School::new(videos()).await;
    for protocol in ["--http1.1", "--http2"] {
        let text = school
            .page(&[protocol, "-H", "Host: bac.example"], "phim.example/")
            .await;
        has(&text, &["421"]);
    }
    assert!(school.told().contains(&"refused misdirected".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_middle_way_shows_the_block_page_and_touches_nothing_else() {
    let school = School::new(pages()).await;
    for protocol in ["--http1.1", "--http2"] {
        let text = school.page(&[protocol], "bac.example/x").await;
        has(&text, &["403", "K7QX3M", "bac.example"]);
        // Told once, when the connection was decided.
        assert_eq!(school.told(), ["decided", "blocked bac.example"]);
    }
    let open = school
        .curl(PUPIL, "internet.pem", &[], "phim.example/")
        .await;
    has(&open, &["200 OK"]);
    assert!(!open.contains("Via:"), "{open}");
    // Others get the alert, whatever they trust.
    let staff = school.curl(STAFF, "school.pem", &[], "bac.example/").await;
    assert!(!staff.contains("403"), "{staff}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_closed_names_shows_the_page_to_who_can_see_it() {
    let school = School::of(pages(), Kind::Closed).await;
    let text = school.page(&[], "bac.example/").await;
    has(&text, &["403", "bac.example"]);
    // No certificate is made for what is open.
    let open = school.page(&[], "phim.example/").await;
    has(&open, &["alert"]);
    let other = school.curl(STAFF, "school.pem", &[], "bac.example/").await;
    has(&other, &["alert"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_speaks_no_http_is_left_alone() {
    let school = School::new(videos()).await;
    let mut child = Command::new("openssl");
    child
        .args([
            "s_client",
            "-bind",
            &format!("{PUPIL}:0"),
            "-alpn",
            "xmpp-client",
        ])
        .args([
            "-servername",
            "phim.example",
            "-connect",
            &school.gate.to_string(),
        ]);
    let text = said(child).await;
    assert!(!text.contains(BOX), "{text}");
    has(&text, &["Internet"]);
}
