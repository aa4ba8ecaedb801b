//! A box in a folder of its own, and short ways to ask it.

use std::fs::{self, File};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use lachan_api::ports::{
    Bypasses, CertificateDesk, CertificateFault, CertificateFile, CertificatePlace,
    CertificateView, Certificates, Clock, DnsWays, EncryptedDns, Explain, Finding, FirstRun,
    Intake, Interface, ListTrials, Machine, Pending, Place, Ports, Preview, Ready, Recorded, Rules,
    SafeCheck, SafeRecord, SafeSearch, SafeState, Sample, Saved, School, Series, SettingsFault,
    SettingsFile, SettingsText, Severity, TokenUse, TrialCount, TrialEffect, TrialFault, TrialWish,
    Vitals, WentBack, WhyFault, WhyQuestion,
};
use lachan_api::{Api, Peer, app};
use lachan_config::{Config, Language, TEMPLATE};
use lachan_lists::testing;
use lachan_policy::{Bells, Exceptions, Group, GroupId, Groups, Moment, Policy, Tier, Token};
use lachan_store::{Act, NewAccount, Settings, Store, UnlockKey};
use lachan_web::password::Hasher;
use lachan_web::{Code, Problem, Role, Side, TotpSecret, TypedCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Monday 2026-11-23, 08:30 in Vietnam.
pub(crate) const NOW: i64 = 1_795_397_400;
pub(crate) const DAY: i64 = 86_400;
pub(crate) const PASSWORD: &str = "phở bò tái nạm gầu";
/// Devices from which a group's blocks have names.
pub(crate) const FEWEST: u8 = 5;
pub(crate) const CODE: &str = "abcd-efgh-jkmn";

/// What a test turns.
#[derive(Debug)]
pub(crate) struct Turns {
    /// Unix seconds; 0 stands for a time not known.
    pub(crate) now: AtomicI64,
    pub(crate) is_flat: AtomicBool,
    pub(crate) code: Mutex<Option<TypedCode>>,
    /// The school's name.
    pub(crate) school: Mutex<String>,
    /// The settings file.
    pub(crate) settings: Mutex<String>,
    /// The one before.
    pub(crate) before: Mutex<Option<String>>,
    /// Whether the next change waits to be confirmed.
    pub(crate) is_risky: AtomicBool,
    /// Whether one waits.
    pub(crate) waits: AtomicBool,
    /// The certificate that somebody put.
    pub(crate) certificate: Mutex<Option<String>>,
    /// What the next change is refused for.
    pub(crate) refusal: Mutex<Option<SettingsFault>>,
    /// The backup that was taken in, whole.
    pub(crate) taken: Mutex<Option<Vec<u8>>>,
    /// What the box was told to become, and by whom.
    pub(crate) became: Mutex<Vec<String>>,
    /// What the box put back by itself.
    pub(crate) went_back: Mutex<Option<WentBack>>,
    /// The list that is counted.
    pub(crate) counted: Mutex<Option<TrialWish>>,
}

struct Fake {
    turns: Arc<Turns>,
    store: Arc<Store>,
    /// The backup that lies there, and its file.
    ready: Mutex<Option<Ready>>,
    folder: PathBuf,
}

impl Clock for Fake {
    fn now(&self) -> Option<Moment> {
        let unix = self.turns.now.load(Ordering::SeqCst);
        (unix != 0).then(|| Moment::from_unix(unix, 7 * 3600))
    }

    fn local(&self, unix: i64) -> Option<(i64, u8)> {
        let local = unix + 7 * 3600;
        let hour = u8::try_from(local.rem_euclid(DAY) / 3600).unwrap();
        Some((local.div_euclid(DAY), hour))
    }
}

impl Place for Fake {
    /// 10.0.0.x is management, 10.1.x.x staff.
    fn side(&self, address: IpAddr) -> Side {
        let IpAddr::V4(four) = address else {
            return Side::Pupils;
        };
        match four.octets() {
            [10, 0, 0, _] => Side::Management,
            [10, 1, ..] => Side::Staff,
            _ => Side::Pupils,
        }
    }

    fn is_flat(&self) -> bool {
        self.turns.is_flat.load(Ordering::SeqCst)
    }

    fn is_own_name(&self, name: &str) -> bool {
        name == "lachan.lan"
    }
}

impl School for Fake {
    fn name(&self) -> String {
        self.turns.school.lock().unwrap().clone()
    }

    fn language(&self) -> Language {
        Language::Vietnamese
    }

    fn bells(&self) -> Bells {
        Bells::default()
    }

    fn names_from_devices(&self) -> u32 {
        FEWEST.into()
    }
}

impl Rules for Fake {
    fn policy(&self) -> Arc<Policy> {
        let reader = self.store.reader().unwrap();
        let ruleset = testing::shipped_ruleset();
        let unknown = Group::new(GroupId(0), "unknown", Tier::TieuHoc);
        let groups = Groups::new(unknown, reader.groups().unwrap()).unwrap();
        let all = reader.exceptions().unwrap();
        let exceptions = all.iter().filter_map(|made| made.to_policy(ruleset.book()));
        let exceptions = Exceptions::new(exceptions.collect());
        Arc::new(Policy::new(ruleset, groups, exceptions))
    }

    fn changed(&self) {}
}

impl FirstRun for Fake {
    fn code(&self) -> Option<TypedCode> {
        self.turns.code.lock().unwrap().clone()
    }

    fn done(&self) {
        *self.turns.code.lock().unwrap() = None;
    }
}

impl Explain for Fake {
    fn why(&self, question: &WhyQuestion) -> Result<Value, WhyFault> {
        if question.name.contains(' ') {
            return Err(WhyFault::Name(question.name.clone()));
        }
        let answer = json!({ "action": "block", "alert": false, "no_name": false,
            "category": "gambling", "list": "base/gambling", "rule": "fb88.com", "level": "tier" });
        let mut whole = answer.clone();
        let more = json!({ "name": question.name, "group": null, "tier": "thcs", "author": null,
            "reason": null, "safe_form": null, "at": null, "chain": [], "tiers": { "thcs": answer } });
        whole
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Ok(whole)
    }
}

struct Samples;

impl Series for Samples {
    fn next(&mut self) -> Sample {
        Sample {
            qps: 12.0,
            blocked_per_s: 1.0,
            cached_share: Some(0.5),
            p99_us: Some(40),
        }
    }
}

impl Vitals for Fake {
    fn status(&self) -> Value {
        json!({ "version": "0.1.0" })
    }

    fn doctor(&self, _: Language) -> Vec<Finding> {
        vec![Finding {
            code: "ports".into(),
            severity: Severity::Warning,
            checked: true,
            title: "cổng 53".into(),
            remedy: Some("sửa đi".into()),
        }]
    }

    fn protection(&self, language: Language) -> Vec<Finding> {
        self.doctor(language)
    }

    fn series(&self) -> Box<dyn Series> {
        Box::new(Samples)
    }

    fn bypasses(&self) -> Option<Bypasses> {
        Some(Bypasses::default())
    }

    fn recorded(&self, _: Language) -> Vec<Recorded> {
        Vec::new()
    }
}

impl EncryptedDns for Fake {
    fn ways(&self) -> DnsWays {
        DnsWays {
            host: Some("dns.truong.vn".into()),
            has_doh: true,
            has_dot: false,
            is_public: false,
        }
    }

    fn token_use(&self, group: &str, token: Token, _: Language) -> TokenUse {
        TokenUse {
            doh_url: Some(format!("https://dns.truong.vn/dns-query/{token}")),
            dot_name: None,
            apple: Some(format!("<plist>{group} {token}</plist>")),
            windows: None,
        }
    }
}

impl CertificateDesk for Fake {
    fn all(&self) -> Certificates {
        let web = self.turns.certificate.lock().unwrap().clone();
        Certificates {
            web: Some(CertificateView {
                names: vec!["lachan.lan".into()],
                is_uploaded: web.is_some(),
                fingerprint: web.unwrap_or_else(|| "AA:BB".into()),
                from: NOW,
                until: NOW + 800 * DAY,
                is_public: false,
            }),
            ..Certificates::default()
        }
    }

    fn renew_web(&self) -> Result<(), CertificateFault> {
        Ok(())
    }

    fn put(
        &self,
        place: CertificatePlace,
        certificate: &str,
        key: &str,
        _: &str,
    ) -> Result<(), CertificateFault> {
        if place == CertificatePlace::Dns {
            return Err(CertificateFault::Settings(SettingsFault::Pending));
        }
        if key != "KEY" {
            return Err(CertificateFault::Field {
                field: "key",
                code: "unusable",
                vi: "khóa hỏng".into(),
                en: "a bad key".into(),
            });
        }
        *self.turns.certificate.lock().unwrap() = Some(certificate.into());
        Ok(())
    }

    fn remove_web(&self) -> Result<(), CertificateFault> {
        let removed = self.turns.certificate.lock().unwrap().take();
        removed.map(drop).ok_or(CertificateFault::None)
    }

    fn export(&self, kind: &str, _: Language) -> Option<CertificateFile> {
        (kind == "pem").then(|| CertificateFile {
            name: "lachan.pem",
            bytes: b"PEM".to_vec(),
        })
    }
}

impl ListTrials for Fake {
    fn try_list(&self, wish: &TrialWish) -> Result<TrialEffect, TrialFault> {
        match (
            wish.category.as_str(),
            wish.format.as_str(),
            wish.text.as_str(),
        ) {
            ("gambling", "domains", "") => Err(TrialFault::Empty),
            ("gambling", "domains", "many") => Err(TrialFault::TooMany(9)),
            ("gambling", "domains", "busy") => Err(TrialFault::Busy),
            ("gambling", "domains", _) => {
                if wish.counts {
                    *self.turns.counted.lock().unwrap() = Some(wish.clone());
                }
                Ok(TrialEffect {
                    entries: 3,
                    ..TrialEffect::default()
                })
            }
            ("gambling", ..) => Err(TrialFault::Format),
            _ => Err(TrialFault::Category),
        }
    }

    fn count(&self) -> Option<TrialCount> {
        let wish = self.turns.counted.lock().unwrap().clone()?;
        Some(TrialCount {
            label: wish.label,
            category: wish.category,
            entries: 3,
            seconds: 60,
            left: 3_600,
            fewest: FEWEST.into(),
            hit: 1,
            devices: 10,
            is_full: false,
        })
    }

    fn end(&self) -> bool {
        self.turns.counted.lock().unwrap().take().is_some()
    }
}

impl SafeSearch for Fake {
    fn check(&self, group: u32) -> Option<Vec<SafeCheck>> {
        (group == 0).then(|| {
            vec![SafeCheck {
                engine: "google".into(),
                state: SafeState::Unsafe,
                names: 2,
                records: vec![SafeRecord {
                    kind: "HTTPS".into(),
                    state: SafeState::Unsafe,
                    names: 1,
                    example: Some("www.google.com".into()),
                }],
            }]
        })
    }
}

/// Tells texts apart by their length and sum: enough for a test.
fn tag(text: &str) -> String {
    let sum: u64 = text.bytes().map(u64::from).sum();
    format!("{}-{sum}", text.len())
}

impl SettingsFile for Fake {
    fn read(&self) -> Result<SettingsText, SettingsFault> {
        let text = self.turns.settings.lock().unwrap().clone();
        let pending = Pending {
            seconds: 99,
            by: "Cô an (an)".into(),
        };
        Ok(SettingsText {
            path: "/etc/lachan/lachan.toml".into(),
            tag: tag(&text),
            text,
            read_only: None,
            has_before: self.turns.before.lock().unwrap().is_some(),
            pending: self.turns.waits.load(Ordering::SeqCst).then_some(pending),
            went_back: self.turns.went_back.lock().unwrap().clone(),
        })
    }

    fn in_use(&self) -> Arc<Config> {
        Arc::default()
    }

    fn save(&self, seen: &str, text: &str, _: &str) -> Result<Saved, SettingsFault> {
        if let Some(fault) = self.turns.refusal.lock().unwrap().take() {
            return Err(fault);
        }
        if self.turns.waits.load(Ordering::SeqCst) {
            return Err(SettingsFault::Pending);
        }
        let mut now = self.turns.settings.lock().unwrap();
        assert_eq!(tag(&now), seen);
        *self.turns.before.lock().unwrap() = Some(std::mem::replace(&mut now, text.into()));
        let is_risky = self.turns.is_risky.load(Ordering::SeqCst);
        self.turns.waits.store(is_risky, Ordering::SeqCst);
        Ok(Saved {
            restarts: text.contains("upstreams = [\"192.0.2"),
            troubles: Vec::new(),
        })
    }

    fn undo(&self, _: &str, _: &str) -> Result<Saved, SettingsFault> {
        let before = self.turns.before.lock().unwrap().take();
        let before = before.ok_or(SettingsFault::NothingBefore)?;
        *self.turns.settings.lock().unwrap() = before;
        self.turns.waits.store(false, Ordering::SeqCst);
        Ok(Saved::default())
    }

    fn confirm(&self) -> Result<(), SettingsFault> {
        if self.turns.waits.swap(false, Ordering::SeqCst) {
            Ok(())
        } else {
            Err(SettingsFault::NothingPending)
        }
    }

    fn dismiss(&self) -> Result<bool, SettingsFault> {
        Ok(self.turns.went_back.lock().unwrap().take().is_some())
    }

    fn interfaces(&self) -> Vec<Interface> {
        vec![Interface {
            name: "eth0".into(),
            is_up: Some(true),
            addresses: vec!["10.0.0.1/24".into()],
            leads_out: true,
        }]
    }

    fn try_upstreams(&self, config: &Config, _: Language) -> Vec<Finding> {
        let each = config.resolver.upstreams.iter();
        let each = each.map(|upstream| Finding {
            code: "upstream-reach".into(),
            severity: Severity::Info,
            checked: true,
            title: upstream.to_string(),
            remedy: None,
        });
        each.collect()
    }
}

/// What the stand-in's backup holds: more than one piece of it.
pub(crate) fn backup() -> Vec<u8> {
    (0..200_000_u32).map(|at| (at % 251) as u8).collect()
}

impl Machine for Fake {
    fn shortest_passphrase(&self) -> usize {
        12
    }

    fn passphrase(&self) -> Result<String, Problem> {
        Ok("abcd-efgh-jkmn".into())
    }

    fn back_up(&self, passphrase: String, _: bool) -> Result<Ready, Problem> {
        if passphrase == "a disk that is full" {
            return Err(Code::NoRoom.into());
        }
        fs::write(self.folder.join("backup"), backup()).unwrap();
        let ready = Ready {
            name: "lachan-2026-11-23.age".into(),
            bytes: 200_000,
            made_at: Some(self.turns.now.load(Ordering::SeqCst)),
        };
        *self.ready.lock().unwrap() = Some(ready.clone());
        Ok(ready)
    }

    fn ready(&self) -> Option<Ready> {
        self.ready.lock().unwrap().clone()
    }

    fn open_ready(&self) -> Result<(Ready, File), Problem> {
        let ready = self.ready().ok_or(Code::NotFound)?;
        Ok((ready, File::open(self.folder.join("backup")).unwrap()))
    }

    fn take_in(&self, bytes: Option<u64>) -> Result<Box<dyn Intake>, Problem> {
        if bytes.is_some_and(|bytes| bytes > 1 << 20) {
            return Err(Code::NoRoom.into());
        }
        Ok(Box::new(FakeIntake(Arc::clone(&self.turns), Vec::new())))
    }

    fn look_into(&self, passphrase: String) -> Result<Preview, Problem> {
        let taken = self.turns.taken.lock().unwrap();
        let taken = taken.as_ref().ok_or(Code::NoUpload)?;
        if *taken != backup() {
            return Err(Code::NotABackup.into());
        }
        if passphrase != "abcd-efgh-jkmn" {
            return Err(Code::WrongPassphrase.into());
        }
        Ok(Preview {
            school: "THCS Kim Đồng".into(),
            made_at: Some(NOW - DAY),
            program: "0.1.0".into(),
            lists: true,
            groups: Vec::new(),
            accounts: Vec::new(),
            settings: Vec::new(),
            fits: true,
        })
    }

    fn give_up(&self) -> Result<(), Problem> {
        self.turns.taken.lock().unwrap().take();
        Ok(())
    }

    fn restore(&self, act: &Act, own_network: bool) -> Result<(), Problem> {
        self.turns
            .taken
            .lock()
            .unwrap()
            .take()
            .ok_or(Code::NoUpload)?;
        self.became(format!("restored {own_network} by {}", act.author));
        Ok(())
    }

    fn undo_until(&self) -> Option<i64> {
        let became = self.turns.became.lock().unwrap();
        (!became.is_empty()).then_some(NOW + 7 * DAY)
    }

    fn undo(&self, act: &Act) -> Result<(), Problem> {
        self.undo_until().ok_or(Code::NothingToUndo)?;
        self.became(format!("undone by {}", act.author));
        Ok(())
    }

    fn reset(&self, keeps_network: bool) -> Result<(), Problem> {
        self.became(format!("new {keeps_network}"));
        Ok(())
    }
}

impl Fake {
    fn became(&self, what: String) {
        self.turns.became.lock().unwrap().push(what);
    }
}

struct FakeIntake(Arc<Turns>, Vec<u8>);

impl Intake for FakeIntake {
    fn write(&mut self, piece: &[u8]) -> Result<(), Problem> {
        self.1.extend(piece);
        Ok(())
    }

    fn keep(self: Box<Self>) -> Result<u64, Problem> {
        let bytes = self.1.len() as u64;
        *self.0.taken.lock().unwrap() = Some(self.1);
        Ok(bytes)
    }
}

/// A box.
pub(crate) struct Bench {
    _folder: tempfile::TempDir,
    pub(crate) store: Arc<Store>,
    pub(crate) turns: Arc<Turns>,
    pub(crate) router: Router,
}

impl Bench {
    /// A box that nobody has an account on.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let turns = Arc::new(Turns {
            now: AtomicI64::new(NOW),
            is_flat: AtomicBool::new(false),
            code: Mutex::new(Some(TypedCode::typed(CODE))),
            school: Mutex::new("Trường THCS Lê Lợi".into()),
            settings: Mutex::new(TEMPLATE.into()),
            before: Mutex::default(),
            is_risky: AtomicBool::new(false),
            waits: AtomicBool::new(false),
            certificate: Mutex::default(),
            refusal: Mutex::default(),
            taken: Mutex::default(),
            became: Mutex::default(),
            went_back: Mutex::default(),
            counted: Mutex::default(),
        });
        let clock = Arc::clone(&turns);
        let settings = Settings::default();
        let now = move || {
            Some(Moment::from_unix(
                clock.now.load(Ordering::SeqCst),
                7 * 3600,
            ))
        };
        let store = Store::open(&folder.path().join("lachan.db"), settings, Arc::new(now));
        let store = Arc::new(store.unwrap().store);
        let fake = Arc::new(Fake {
            turns: Arc::clone(&turns),
            store: Arc::clone(&store),
            ready: Mutex::default(),
            folder: folder.path().to_owned(),
        });
        let ports = Ports {
            clock: Arc::clone(&fake) as _,
            place: Arc::clone(&fake) as _,
            school: Arc::clone(&fake) as _,
            rules: Arc::clone(&fake) as _,
            first_run: Arc::clone(&fake) as _,
            explain: Arc::clone(&fake) as _,
            vitals: Arc::clone(&fake) as _,
            settings: Arc::clone(&fake) as _,
            encrypted: Arc::clone(&fake) as _,
            machine: Arc::clone(&fake) as _,
            certificates: Arc::clone(&fake) as _,
            trials: Arc::clone(&fake) as _,
            safe_search: fake,
            unlock: Some(Arc::new(UnlockKey::new([7; 16]))),
        };
        let router = app(&Api::new(Arc::clone(&store), ports));
        Self {
            _folder: folder,
            store,
            turns,
            router,
        }
    }

    /// A box with an administrator `an`.
    pub(crate) fn with_admin() -> Self {
        let bench = Self::new();
        bench.account("an", Role::Admin, &[]);
        bench.turns.code.lock().unwrap().take();
        bench
    }

    /// Makes an account with [`PASSWORD`], past the web.
    pub(crate) fn account(&self, name: &str, role: Role, groups: &[u32]) -> i64 {
        let until = role.must_end().then_some(NOW + 30 * DAY);
        let new = NewAccount {
            name: name.into(),
            display_name: format!("Cô {name}"),
            role: role.id().into(),
            groups: groups.iter().map(|group| GroupId(*group)).collect(),
            until,
            password: hash(),
            must_change_password: false,
            language: "vi".into(),
        };
        self.store.add_account(&act(), new).unwrap().id
    }

    pub(crate) fn at(&self, unix: i64) {
        self.turns.now.store(unix, Ordering::SeqCst);
    }

    /// Somebody at an address who is signed in by nothing yet.
    pub(crate) fn from(&self, address: &str) -> Browser<'_> {
        Browser {
            bench: self,
            address: address.parse().unwrap(),
            cookie: None,
        }
    }

    /// Somebody who signed in on the management side.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser<'_> {
        let mut browser = self.from("10.0.0.7");
        let answer = browser.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        browser
    }
}

/// The hash of [`PASSWORD`], made once: each takes its time on purpose.
pub(crate) fn hash() -> String {
    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let made = || Hasher::default().hash(PASSWORD, [7; 16]).unwrap();
    HASH.get_or_init(made).clone()
}

pub(crate) fn act() -> Act {
    Act {
        author: "cli:root".into(),
        role: lachan_policy::Role::School,
        at: Some(NOW),
    }
}

/// The code that a phone shows at a time.
pub(crate) fn phone(secret: &TotpSecret, unix: i64) -> String {
    (0..1_000_000)
        .map(|code| format!("{code:06}"))
        .find(|code| secret.step_of(code, unix) == Some(unix / 30))
        .unwrap()
}

/// A browser at an address, with its cookie.
#[derive(Clone)]
pub(crate) struct Browser<'b> {
    pub(crate) bench: &'b Bench,
    pub(crate) address: IpAddr,
    pub(crate) cookie: Option<String>,
}

/// What came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) bytes: Vec<u8>,
    pub(crate) headers: axum::http::HeaderMap,
}

impl Answer {
    /// The code of a problem.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Browser<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body), None).await
    }

    pub(crate) async fn delete(&self, path: &str, version: Option<i64>) -> Answer {
        self.ask(Method::DELETE, path, None, version).await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        version: Option<i64>,
    ) -> Answer {
        let mut request = self.request(method, path);
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    /// Changes something that is told apart by a text.
    pub(crate) async fn put(&self, path: &str, tag: &str, body: Value) -> Answer {
        let request = self
            .request(Method::PUT, path)
            .header("if-match", format!("\"{tag}\""))
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// A request as our own pages make it.
    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("host", "10.0.0.1:8444")
            .header("origin", "https://10.0.0.1:8444")
            .header("x-lachan", "1");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        request
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(Peer(self.address));
        let answer: Response<Body> = self.bench.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        // A live view goes on for as long as somebody looks.
        if headers
            .get("content-type")
            .is_some_and(|kind| kind == "text/event-stream")
        {
            return Answer {
                status,
                body: Value::Null,
                bytes: Vec::new(),
                headers,
            };
        }
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer {
            status,
            body,
            bytes: bytes.to_vec(),
            headers,
        }
    }

    /// Signs in and keeps the cookie.
    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let answer = self
            .post("/session", json!({ "name": name, "password": password }))
            .await;
        self.keep(&answer);
        answer
    }

    /// Keeps the cookie of an answer, as a browser does.
    pub(crate) fn keep(&mut self, answer: &Answer) {
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let text = cookie.to_str().unwrap();
            self.cookie = text.split(';').next().map(str::to_owned);
        }
    }
}
