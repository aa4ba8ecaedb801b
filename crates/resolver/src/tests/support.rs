//! A school for tests: one group a tier, a small ruleset, an upstream that knows every name.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::Record;
use hickory_proto::rr::rdata::opt::EdnsOption;
use lachan_lists::testing;
use lachan_policy::ruleset::{ListClass, Ruleset};
use lachan_policy::{
    Exception, Exceptions, Group, GroupId, Groups, Moment, Policy, Role, Scope, Target, Tier,
    Token, Verdict,
};

use crate::fake::{Fake, question};
use crate::wire::query::tests::{query, with_edns};
use crate::wire::response::tests::Script;
use crate::{
    Behind, Blocked, Client, Clock, DeviceNames, Dnssec, Engine, Events, Forwarding, LocalName,
    Neighbours, Nets, Settings, Shared, Transport,
};

/// The lists of the school.
const LISTS: &[testing::TestList<'_>] = &[
    (
        "base/gambling",
        ListClass::Own,
        "gambling",
        &["nha-cai.example", "t.nha-cai.net"],
    ),
    ("base/social", ListClass::Own, "social", &["mang-xa-hoi.vn"]),
    (
        "base/education",
        ListClass::Own,
        "education",
        &["hoc.vn", "truong.edu.vn"],
    ),
    ("base/self-harm", ListClass::Own, "self-harm", &["buon.vn"]),
    (
        "statute/1",
        ListClass::Statutory,
        "statutory",
        &["trai-phep.vn"],
    ),
    ("imported/ads", ListClass::Imported, "ads", &["tracker.net"]),
    (
        "imported/gambling",
        ListClass::Imported,
        "gambling",
        &["cdn-xau.net"],
    ),
    (
        "nets/gambling",
        ListClass::Own,
        "gambling",
        &["198.51.100.0/24", "2001:db8:bad::/48"],
    ),
    (
        "nets/social",
        ListClass::Own,
        "social",
        &["198.51.101.0/24"],
    ),
    (
        "imported/nets",
        ListClass::Imported,
        "gambling",
        &["203.0.113.0/24"],
    ),
    ("protected", ListClass::Protected, "", &["bao-moi.vn"]),
    ("exam", ListClass::Exam, "", &["thi.vn"]),
    ("help", ListClass::Help, "help", &["tong-dai-111.vn"]),
    ("always-open", ListClass::AlwaysOpen, "", &["chinh-phu.vn"]),
    (
        "safesearch/google",
        ListClass::SafeSearch,
        "",
        &["=www.google.com"],
    ),
    (
        "safesearch/duckduckgo-apex",
        ListClass::SafeSearch,
        "",
        &["=duckduckgo.com"],
    ),
    (
        "safesearch/yandex",
        ListClass::SafeSearch,
        "",
        &["=yandex.ru"],
    ),
    (
        "safesearch/youtube",
        ListClass::SafeSearch,
        "",
        &["=www.youtube.com"],
    ),
];

/// Names the upstream answers with a CNAME.
const CNAMES: &[(&str, &str)] = &[
    ("shop.hoc.vn", "t.nha-cai.net"),
    ("long.hoc.vn", "one.cdn.example.net"),
    ("one.cdn.example.net", "two.nha-cai.example"),
    ("mang.hoc.vn", "mang-xa-hoi.vn"),
    ("ads.hoc.vn", "pixel.tracker.net"),
    ("cdn.hoc.vn", "edge.cdn.example.net"),
    ("luat.hoc.vn", "trai-phep.vn"),
    ("img.bao-moi.vn", "pixel.tracker.net"),
    ("xau.bao-moi.vn", "x.cdn-xau.net"),
    ("bai.bao-moi.vn", "mang-xa-hoi.vn"),
    ("chat.tong-dai-111.vn", "t.nha-cai.net"),
    ("www.chinh-phu.vn", "t.nha-cai.net"),
    ("luat.chinh-phu.vn", "trai-phep.vn"),
    ("de.thi.vn", "edge.cdn.example.net"),
    ("mang.thi.vn", "mang-xa-hoi.vn"),
    ("xau.thi.vn", "t.nha-cai.net"),
    ("gone.hoc.vn", "missing.nha-cai.example"),
    ("game.hoc.vn", "kuwin88.example.net"),
    ("nobody-knows.net", "kuwin88.example.net"),
];

/// What was told: `blocked gambling nha-cai.example` or `allowed education`.
#[derive(Default)]
pub(super) struct Recorder {
    told: Mutex<Vec<String>>,
}

impl Recorder {
    fn note(&self, text: String) {
        self.told.lock().unwrap().push(text);
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

impl Events for Recorder {
    fn decided(&self, group: &Group, verdict: &Verdict) {
        self.note(format!("{} {}", group.name, verdict.action.id()));
    }

    fn blocked(&self, blocked: &Blocked<'_>) {
        let book = blocked.policy.ruleset().book();
        let category = blocked
            .verdict
            .category
            .and_then(|category| book.category(category));
        let id = category.map_or("-", |info| &info.id);
        let name = blocked
            .name
            .map_or_else(|| "-".to_owned(), ToString::to_string);
        let behind = match blocked.behind {
            Some(Behind::Name(behind)) => format!(" cloaked:{behind}"),
            Some(Behind::Unnamed) => " cloaked".to_owned(),
            None => String::new(),
        };
        self.note(format!("blocked {id} {name} {}{behind}", blocked.client));
    }
}

/// A clock that goes when told.
#[derive(Default)]
pub(super) struct Hand {
    seconds: AtomicU32,
    /// Whether the box does not know the time.
    is_lost: AtomicBool,
}

impl Hand {
    pub(super) fn advance(&self, seconds: u32) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The time is not known from now on.
    pub(super) fn lose(&self) {
        self.is_lost.store(true, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn moment(&self) -> Option<Moment> {
        let is_known = !self.is_lost.load(Ordering::SeqCst);
        is_known.then(|| Moment::from_unix(1_795_342_140, 7 * 3600))
    }

    fn seconds(&self) -> u32 {
        self.seconds.load(Ordering::SeqCst)
    }
}

/// The school.
pub(super) struct School {
    pub(super) engine: Engine,
    pub(super) upstream: Fake,
    pub(super) events: Arc<Recorder>,
    pub(super) clock: Arc<Hand>,
    pub(super) policy: Arc<ArcSwap<Policy>>,
    pub(super) neighbours: Arc<ArcSwap<Neighbours>>,
    pub(super) nets: Arc<ArcSwap<Nets>>,
    pub(super) devices: Arc<ArcSwap<DeviceNames>>,
}

/// A policy over the small ruleset.
pub(super) fn policy(exceptions: Vec<Exception>) -> Policy {
    // Compiled once: the shipped book behind it takes a debug build a while to read.
    static RULESET: LazyLock<Arc<Ruleset>> = LazyLock::new(|| testing::ruleset(LISTS));
    testing::policy(RULESET.clone(), Exceptions::new(exceptions))
}

/// The same, with tokens of its groups.
pub(super) fn policy_with_tokens(tokens: &[(Token, GroupId)]) -> Policy {
    let plain = policy(Vec::new());
    let with_tokens = |group: &Group| {
        let mut group = group.clone();
        let own = tokens.iter().filter(|(_, id)| *id == group.id);
        group.tokens = own.map(|(token, _)| token.mark()).collect();
        group
    };
    let mut all = plain.groups().all().iter().map(with_tokens);
    let unknown = all.next().unwrap();
    let groups = Groups::new(unknown, all.collect()).unwrap();
    Policy::new(plain.ruleset().clone(), groups, Exceptions::default())
}

/// An exception of the school.
pub(super) fn exception(name: &str, allow: bool, role: Role) -> Exception {
    Exception {
        id: 1,
        target: Target::Name(testing::name(name), Scope::Suffix),
        allow,
        role,
        author: "cô Lan".into(),
        reason: "Giờ Tin học".into(),
        group: None,
        until: Some(i64::MAX),
    }
}

/// The same, with every device in one changed group of upper secondary school.
pub(super) fn policy_of(change: impl FnOnce(&mut Group)) -> Policy {
    let mut group = Group::new(GroupId(0), "12a", Tier::Thpt);
    change(&mut group);
    let groups = Groups::new(group, Vec::new()).unwrap();
    Policy::new(
        policy(Vec::new()).ruleset().clone(),
        groups,
        Exceptions::default(),
    )
}

/// Settings with time limits that a busy machine keeps, too.
pub(super) fn settings(upstream: &Fake) -> Settings {
    Settings {
        upstreams: vec![upstream.address.into()],
        forwarding: Forwarding {
            // The upstream signs nothing; validation has tests of its own.
            dnssec: Dnssec::Off,
            ..Forwarding::default()
        },
        upstream_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
        local: vec![LocalName {
            name: testing::name("may-chu.home.arpa"),
            addresses: vec![[10, 0, 0, 1].into(), "fd00::1".parse().unwrap()],
        }],
        ..Settings::default()
    }
}

/// Time limits for upstreams that are known to keep silent.
pub(super) fn impatient(settings: &mut Settings) {
    settings.upstream_timeout = Duration::from_millis(100);
    settings.total_timeout = Duration::from_millis(250);
}

/// What the daemon would share, and its parts.
pub(super) fn shared(exceptions: Vec<Exception>) -> (Shared, Arc<Recorder>, Arc<Hand>) {
    let (events, clock) = (Arc::new(Recorder::default()), Arc::new(Hand::default()));
    let shared = Shared {
        policy: Arc::new(ArcSwap::from_pointee(policy(exceptions))),
        clock: clock.clone(),
        events: events.clone(),
        neighbours: Arc::default(),
        nets: Arc::default(),
        devices: Arc::default(),
    };
    (shared, events, clock)
}

impl School {
    pub(super) async fn new() -> Self {
        Self::with(Vec::new(), |_| ()).await
    }

    pub(super) async fn with(exceptions: Vec<Exception>, change: impl Fn(&mut Settings)) -> Self {
        Self::upon(
            Fake::start(|query, _| vec![zone(query)]).await,
            exceptions,
            change,
        )
    }

    pub(super) fn upon(
        upstream: Fake,
        exceptions: Vec<Exception>,
        change: impl Fn(&mut Settings),
    ) -> Self {
        let mut settings = settings(&upstream);
        change(&mut settings);
        let (shared, events, clock) = shared(exceptions);
        let policy = shared.policy.clone();
        let (neighbours, devices) = (shared.neighbours.clone(), shared.devices.clone());
        let nets = shared.nets.clone();
        Self {
            engine: Engine::new(&settings, shared),
            upstream,
            events,
            clock,
            policy,
            neighbours,
            nets,
            devices,
        }
    }

    pub(super) async fn ask(&self, tier: Tier, message: &[u8]) -> Message {
        let answer = self.engine.answer(message, client(tier)).await.unwrap();
        Message::from_vec(&answer).unwrap()
    }

    /// The answer to an ordinary query with EDNS, as [`show`] writes it.
    pub(super) async fn answer(&self, tier: Tier, name: &str, qtype: u16) -> String {
        let message = with_edns(query(name, qtype), 1232, 0, false);
        show(&self.ask(tier, &message).await)
    }

    /// Checks an answer of A records.
    pub(super) async fn check(&self, tier: Tier, name: &str, expected: &str) {
        assert_eq!(
            self.answer(tier, name, 1).await,
            expected,
            "{name} for {tier}"
        );
    }
}

/// A device of a tier.
pub(super) fn client(tier: Tier) -> Client {
    let net = u8::try_from(tier.index()).unwrap() + 1;
    Client::new(IpAddr::from([127, 0, net, 9]), Transport::Udp)
}

/// The upstream's answer: CNAMEs to their end, an address for every name, names that begin with
/// `missing.` do not exist, other types have no data.
pub(super) fn zone(asked: &[u8]) -> Vec<u8> {
    let (mut name, qtype) = question(asked);
    let chain: Vec<(String, String)> = std::iter::from_fn(|| {
        let (_, target) = CNAMES.iter().find(|(from, _)| *from == name)?;
        let link = (name.clone(), (*target).to_owned());
        name.clone_from(&link.1);
        Some(link)
    })
    .collect();
    let missing = name.starts_with("missing.");
    let mut script = Script::new(asked, if missing { 3 } else { 0 });
    for (from, to) in &chain {
        script = script.cname(from, to, 300);
    }
    let script = match qtype {
        1 if !missing => script.a(&name, 120),
        _ => script.soa(600, 90),
    };
    script.bytes()
}

/// An answer as text: `CNAME x A 192.0.2.1`, `NXDOMAIN 30 EDE 15 …`: the code where it is not
/// NOERROR, `NODATA` without answers, the SOA's TTL of negative answers, the error.
pub(super) fn show(message: &Message) -> String {
    let mut parts = Vec::new();
    match message.metadata.response_code {
        ResponseCode::NoError if message.answers.is_empty() => parts.push("NODATA".to_owned()),
        ResponseCode::NoError => {}
        ResponseCode::NXDomain => parts.push("NXDOMAIN".to_owned()),
        ResponseCode::ServFail => parts.push("SERVFAIL".to_owned()),
        ResponseCode::Refused => parts.push("REFUSED".to_owned()),
        other => parts.push(format!("{other:?}")),
    }
    parts.extend(
        message
            .answers
            .iter()
            .map(|record| format!("{} {}", record.record_type(), data(record))),
    );
    parts.extend(
        message
            .authorities
            .iter()
            .map(|record| record.ttl.to_string()),
    );
    parts.extend(ede(message).map(|(code, text)| format!("EDE {code} {text}")));
    parts.join(" ").trim_end().to_owned()
}

fn data(record: &Record) -> String {
    record.data.to_string().trim_end_matches('.').to_owned()
}

/// The Extended DNS Error.
pub(super) fn ede(message: &Message) -> Option<(u16, String)> {
    let options = message.edns.as_ref()?.options();
    options
        .as_ref()
        .iter()
        .find_map(|(_, option)| match option {
            EdnsOption::Unknown(15, data) => Some((
                u16::from_be_bytes([data[0], data[1]]),
                String::from_utf8(data[2..].to_vec()).unwrap(),
            )),
            _ => None,
        })
}
