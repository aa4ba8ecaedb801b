//! A hub over a database of its own, and short ways to ask it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt as _;
use lachan_hub::accounts::{self, Account, NewAccount};
use lachan_hub::audit::Act;
use lachan_hub::id;
use lachan_hub::role::{Role, Roles};
use lachan_hub::storage::Storage;
use lachan_hub::units::{self, NewUnit, Unit};
use lachan_hub::web::{Hub, Peer, Router, Settings, app};
use lachan_web::TotpSecret;
use lachan_web::password::Hasher;
use ring::hmac;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::postgres;

/// Monday 2026-11-23, 08:30 in Vietnam.
pub(crate) const NOW: i64 = 1_795_397_400;
pub(crate) const PASSWORD: &str = "phở bò tái nạm gầu";
pub(crate) const HOST: &str = "hub.example.edu.vn";

/// On which engine.
#[derive(Debug, Clone, Copy)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

/// Makes two tests of one: on SQLite and on PostgreSQL.
macro_rules! both {
    ($($(#[$attribute:meta])* async fn $name:ident($bench:ident: Bench) $body:block)*) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all that its file does")]
            use super::*;

            async fn promise($bench: $crate::support::Bench) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                promise($crate::support::Bench::new($crate::support::On::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                promise($crate::support::Bench::new($crate::support::On::Postgres).await).await;
            }
        }
    )*};
}
pub(crate) use both;

/// A hub.
pub(crate) struct Bench {
    pub(crate) storage: Storage,
    pub(crate) url: String,
    pub(crate) router: Router,
    /// Unix seconds.
    pub(crate) now: Arc<AtomicI64>,
    pub(crate) folder: TempDir,
    addresses: AtomicI64,
}

/// A small tree: a province, two communes, a school in each.
pub(crate) struct Tree {
    pub(crate) root: Unit,
    pub(crate) east: Unit,
    pub(crate) west: Unit,
    pub(crate) east_school: Unit,
    pub(crate) west_school: Unit,
}

impl Bench {
    /// An empty hub that knows its kinds.
    pub(crate) async fn new(on: On) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match on {
            On::Sqlite => format!("sqlite:{}", folder.path().join("hub.db").display()),
            On::Postgres => postgres::shared().database().await,
        };
        let storage = Storage::open(&url, 8).await.unwrap();
        units::fill(&storage).await.unwrap();
        let now = Arc::new(AtomicI64::new(NOW));
        let hub = hub(&storage, &now, &folder);
        Self {
            router: app(&hub),
            storage,
            url,
            now,
            folder,
            addresses: AtomicI64::new(1),
        }
    }

    /// Another instance over the same database.
    pub(crate) async fn instance(&self) -> Storage {
        Storage::open(&self.url, 8).await.unwrap()
    }

    /// The web of another instance.
    pub(crate) async fn other_router(&self) -> Router {
        app(&hub(&self.instance().await, &self.now, &self.folder))
    }

    pub(crate) fn act(&self) -> Act {
        Act {
            account: "test".to_owned(),
            author: "Người thử (test)".to_owned(),
            at: self.now.load(Ordering::SeqCst),
            standing: None,
        }
    }

    /// Time passes.
    pub(crate) fn later(&self, seconds: i64) -> i64 {
        self.now.fetch_add(seconds, Ordering::SeqCst) + seconds
    }

    pub(crate) fn unit(kind: &str, code: &str, name: &str) -> NewUnit {
        NewUnit {
            id: id::new(NOW * 1_000).unwrap(),
            kind: kind.to_owned(),
            code: code.to_owned(),
            name: name.to_owned(),
        }
    }

    pub(crate) async fn add(&self, parent: &Unit, kind: &str, code: &str) -> Unit {
        let new = Self::unit(kind, code, &format!("Đơn vị {code}"));
        units::add(&self.storage, &self.act(), &parent.id, new)
            .await
            .unwrap()
    }

    pub(crate) async fn tree(&self) -> Tree {
        let root = Self::unit("province", "P", "Sở Giáo dục tỉnh Mẫu");
        let root = units::found(&self.storage, &self.act(), root)
            .await
            .unwrap();
        let east = self.add(&root, "commune", "E").await;
        let west = self.add(&root, "commune", "W").await;
        let east_school = self.add(&east, "school", "E1").await;
        let west_school = self.add(&west, "school", "W1").await;
        Tree {
            root,
            east,
            west,
            east_school,
            west_school,
        }
    }

    /// An account of a role; with one-time codes where the role needs them.
    pub(crate) async fn account(&self, name: &str, roles: &[Role], unit: &Unit) -> Account {
        let roles = Roles::new(roles).unwrap();
        let new = NewAccount {
            id: id::new(NOW * 1_000).unwrap(),
            name: name.to_owned(),
            display_name: format!("Cán bộ {name}"),
            roles: roles.clone(),
            language: "vi".to_owned(),
            password: hash(),
            must_change_password: false,
            until: None,
        };
        let act = self.act();
        let made = accounts::add(&self.storage, &act, &unit.id, new)
            .await
            .unwrap();
        if !roles.needs_totp() {
            return made;
        }
        let totp = Some((secret().as_bytes().to_vec(), 0));
        accounts::set_totp(&self.storage, &act, &unit.id, &made.id, totp)
            .await
            .unwrap()
    }

    /// A browser at an address of its own, for one address may ask only so often.
    pub(crate) fn browser(&self) -> Browser {
        let number = self.addresses.fetch_add(1, Ordering::SeqCst);
        let [.., high, low] = number.to_be_bytes();
        Browser {
            router: self.router.clone(),
            address: IpAddr::from([10, 7, high, low]),
            cookie: Arc::default(),
        }
    }

    /// A browser in which somebody signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser {
        let browser = self.browser();
        let signed = browser.sign_in(name, PASSWORD, &self.code()).await;
        assert_eq!(signed.status, 200, "{}", signed.body);
        browser
    }

    /// An administrator of the whole tree, signed in.
    pub(crate) async fn signed_in_at_root(&self) -> Browser {
        let root = units::root(&self.storage).await.unwrap().unwrap();
        self.account("root", &[Role::Administrator], &root).await;
        self.signed_in("root").await
    }

    /// The one-time code of now; a later one each time, for none is taken twice.
    pub(crate) fn code(&self) -> String {
        let now = self.later(30);
        code_at(now)
    }
}

/// The six digits that a phone shows at a time.
pub(crate) fn code_at(unix: i64) -> String {
    phone(secret().as_bytes(), unix)
}

/// RFC 6238 over RFC 4226, by another program's HMAC than the hub's.
pub(crate) fn phone(secret: &[u8], unix: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &unix.div_euclid(30).to_be_bytes());
    let hash = tag.as_ref();
    let offset = usize::from(hash[19] & 0xF);
    let number = u32::from_be_bytes([0, 1, 2, 3].map(|at| hash[offset + at])) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}

pub(crate) fn secret() -> TotpSecret {
    TotpSecret::new([7; 20])
}

fn hub(storage: &Storage, now: &Arc<AtomicI64>, folder: &TempDir) -> Hub {
    let now = Arc::clone(now);
    let settings = Settings {
        name: "Sở Giáo dục tỉnh Mẫu".to_owned(),
        hosts: vec![HOST.to_owned()],
        repository: folder.path().join("repository"),
        repository_url: format!("https://{HOST}/repository/"),
        pins: vec![[8; 32]],
    };
    Hub::new(
        storage.clone(),
        settings,
        Arc::new(move || now.load(Ordering::SeqCst) * 1_000),
    )
}

/// The hash of [`PASSWORD`], made once: it takes a tenth of a second.
fn hash() -> String {
    static HASH: Mutex<Option<String>> = Mutex::new(None);
    let mut kept = HASH.lock().unwrap();
    kept.get_or_insert_with(|| Hasher::default().hash(PASSWORD, [7; 16]).unwrap())
        .clone()
}

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) router: Router,
    pub(crate) address: IpAddr,
    pub(crate) cookie: Arc<Mutex<Option<String>>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: axum::http::HeaderMap,
}

impl Answer {
    /// The stable code of a problem.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Browser {
    pub(crate) async fn sign_in(&self, name: &str, password: &str, totp: &str) -> Answer {
        let body = json!({ "name": name, "password": password, "totp": totp });
        self.ask(Method::POST, "/session", Some(body), None).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body), None).await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        version: Option<i64>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("host", HOST)
            .header("origin", format!("https://{HOST}"))
            .header("x-lachan", "1");
        if let Some(cookie) = &*self.cookie.lock().unwrap() {
            request = request.header("cookie", cookie);
        }
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(Peer(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        if let Some(cookie) = parts.headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            *self.cookie.lock().unwrap() = Some(cookie.to_owned());
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            headers: parts.headers,
        }
    }
}
