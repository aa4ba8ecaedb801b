//! The box's own pages, by a browser's eyes: TLS by a certificate of its own, the first account by the
//! code of the start, a new password from the command line.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};

use crate::support::Place;

pub(crate) const PASSWORD: &str = "phở bò tái nạm gầu";

fn ready() -> Place {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    let settings = fs::read_to_string(place.path("lachan.toml")).unwrap();
    let pages = settings.replace("[web]\nlisten = []", "[web]\nlisten = [\"127.0.0.1:0\"]");
    fs::write(place.path("lachan.toml"), pages).unwrap();
    place.put_ruleset();
    place
}

/// Somebody who compared the fingerprint and trusts the certificate from now on.
pub(crate) struct Browser {
    config: Arc<ClientConfig>,
    address: SocketAddr,
    cookie: Option<String>,
    /// The version that is changed.
    pub(crate) seen: Option<String>,
}

impl Browser {
    pub(crate) fn new(place: &Place) -> Self {
        let status = place.run(&["status", "--json"]).json();
        let address = status["web"]["listeners"][0]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let file = fs::read(place.path("data/state/web-tls.pem")).unwrap();
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(&file).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            config: Arc::new(config),
            address,
            cookie: None,
            seen: None,
        }
    }

    /// Asks; gives status, cookie and body.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let (head, text) = self.raw(method, path, body);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let cookie = head
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "));
        if let Some(cookie) = cookie {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Sends a file.
    pub(crate) fn send(&self, path: &str, bytes: &[u8]) -> u16 {
        let (head, _) = self.exchange("POST", path, "application/octet-stream", bytes);
        head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn raw(&self, method: &str, path: &str, body: Option<&Value>) -> (String, String) {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.exchange(method, path, "application/json", body.as_bytes())
    }

    fn exchange(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (String, String) {
        let name = ServerName::try_from("lachan.lan").unwrap();
        let connection = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let cookie = self
            .cookie
            .as_ref()
            .map(|cookie| format!("Cookie: {cookie}\r\n"));
        let seen = self.seen.as_ref();
        let seen = seen.map(|seen| format!("If-Match: \"{seen}\"\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: lachan.lan:8444\r\nOrigin: https://lachan.lan:8444\r\n\
             X-Lachan: 1\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
             Connection: close\r\n{}{}\r\n",
            body.len(),
            cookie.unwrap_or_default(),
            seen.unwrap_or_default(),
        );
        stream.write_all(request.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        // Whoever closes without saying so has still sent all that its length told.
        let _ = stream.read_to_string(&mut answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }
}

#[test]
fn the_first_account_is_made_by_the_code_of_the_start() {
    let place = ready();
    let server = place.start();
    // A status is answered only when all is opened.
    let mut browser = Browser::new(&place);
    let file = place.path("data/state/first-run-code");
    let code = fs::read_to_string(&file).unwrap().trim().to_owned();
    for secret in ["first-run-code", "web-tls.pem"] {
        let about = fs::metadata(place.path(&format!("data/state/{secret}"))).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{secret}");
    }
    let (status, session) = browser.ask("GET", "/api/v1/session", None);
    assert_eq!((status, &session["state"]), (200, &json!("setup")));
    let wish = |code: &str| json!({ "code": code, "name": "an", "display_name": "Thầy An", "password": PASSWORD });
    let (status, _) = browser.ask(
        "POST",
        "/api/v1/setup/account",
        Some(&wish("aaaa-bbbb-cccc")),
    );
    assert_eq!(status, 403);
    let (status, made) = browser.ask("POST", "/api/v1/setup/account", Some(&wish(&code)));
    assert_eq!(
        (status, &made["account"]["role"]),
        (200, &json!("admin")),
        "{made}"
    );
    assert!(!file.exists());
    // The network is flat here, so one-time codes come first.
    let (status, refused) = browser.ask("GET", "/api/v1/accounts", None);
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("totp-setup-required"))
    );

    let listed = place.run(&["accounts", "list", "--json"]).json();
    assert_eq!(listed[0]["name"], "an");
    let once = place.run(&["accounts", "password", "an"]);
    assert_eq!(once.code, 0, "{once:?}");
    let (status, _) = browser.ask("GET", "/api/v1/account", None);
    assert_eq!(status, 401);
    let sign_in = json!({ "name": "an", "password": once.out.trim() });
    let (status, signed) = browser.ask("POST", "/api/v1/session", Some(&sign_in));
    assert_eq!(status, 200, "{signed}");
    assert_eq!(signed["account"]["must_change_password"], true);
    assert_eq!(place.run(&["accounts", "totp-off", "nobody"]).code, 1);
    assert_eq!(server.stop("-TERM"), 0);
    // Nobody makes a second first account after a restart.
    let server = place.start();
    assert!(!file.exists());
    let (status, _) = Browser::new(&place).ask("POST", "/api/v1/setup/account", Some(&wish(&code)));
    assert_eq!(status, 409);
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn the_certificate_stays_and_its_fingerprint_is_shown() {
    let place = ready();
    let shown = || {
        let server = place.start();
        let fingerprint = place.run(&["status", "--json"]).json()["web"]["fingerprint"].clone();
        let text = place.run(&["status"]).out;
        assert!(text.contains(fingerprint.as_str().unwrap()), "{text}");
        let browser = Browser::new(&place);
        let (head, page) = browser.raw("GET", "/groups/7", None);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(
            head.contains("content-security-policy: default-src 'none'"),
            "{head}"
        );
        assert!(
            page.contains("Lá Chắn") || page.contains("<script"),
            "{page}"
        );
        assert_eq!(server.stop("-TERM"), 0);
        fingerprint
    };
    assert_eq!(shown(), shown());
}

#[test]
fn a_taken_port_costs_the_pages_and_nothing_else() {
    let place = ready();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let settings = fs::read_to_string(place.path("lachan.toml")).unwrap();
    let settings = settings.replace(
        "[web]\nlisten = [\"127.0.0.1:0\"]",
        &format!("[web]\nlisten = [\"{address}\"]"),
    );
    fs::write(place.path("lachan.toml"), settings).unwrap();
    place.put_groups();
    let server = place.start();
    assert_eq!(server.answer(3, "fb88.com"), "NXDOMAIN");
    let status = place.run(&["status", "--json"]).json();
    assert!(status["web"]["failing"].is_string(), "{}", status["web"]);
    assert_eq!(server.stop("-TERM"), 0);
}
