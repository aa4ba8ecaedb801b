//! A school for tests: one group a tier, small lists, names with fixed addresses, streams in memory.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock, Mutex};

use arc_swap::ArcSwap;
use lachan_lists::testing;
use lachan_policy::ruleset::{ListClass, Ruleset};
use lachan_policy::{
    BypassKind, CategorySet, Exceptions, Group, Moment, Name, Policy, Tier, Verdict,
};
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::http::{
    Arrival, Door, Net, Opinion, Page, PageHead, Refusal, Scan, Server, Settings, Shared, Tunnel,
};
use crate::pac::Pac;
use crate::{Blocked, Clock, Coming, Devices, Record, Resolve, ResolveError, Targets};

const LISTS: &[testing::TestList<'_>] = &[
    (
        "base/gambling",
        ListClass::Own,
        "gambling",
        &["nha-cai.example"],
    ),
    ("base/social", ListClass::Own, "social", &["mang-xa-hoi.vn"]),
    ("base/video", ListClass::Own, "video", &["youtube.com"]),
    (
        "base/education",
        ListClass::Own,
        "education",
        &[
            "hoc.vn",
            "ben-trong.vn",
            "hop.vn",
            "khong-co.vn",
            "khong-biet.vn",
            "im-lang.vn",
            "cham.vn",
            "hai.vn",
            "dong-sau.vn",
            "sach.vn",
        ],
    ),
    ("base/self-harm", ListClass::Own, "self-harm", &["buon.vn"]),
    (
        "statute/1",
        ListClass::Statutory,
        "statutory",
        &["trai-phep.vn"],
    ),
    ("help", ListClass::Help, "help", &["tong-dai-111.vn"]),
    ("bypass/proxy", ListClass::Own, "bypass", &["vong.vn"]),
    (
        "urls/gambling",
        ListClass::Own,
        "gambling",
        &["hoc.vn/bai/xau"],
    ),
    ("ut1/adult", ListClass::Imported, "adult", &["~/xau-[0-9]+"]),
    (
        "nets/gambling",
        ListClass::Own,
        "gambling",
        &["198.51.100.0/24"],
    ),
    (
        "safesearch/google",
        ListClass::SafeSearch,
        "",
        &["=www.google.com"],
    ),
    (
        "safesearch/youtube",
        ListClass::SafeSearch,
        "",
        &["=www.youtube.com"],
    ),
];

/// What was told: `blocked gambling nha-cai.example`, `bypass address`, `refused length`.
#[derive(Default)]
pub(super) struct Told(Mutex<Vec<String>>);

impl Told {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Record for Told {
    fn decided(&self, _: &Group, _: &Verdict) {}

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
        self.note(format!("blocked {id} {name}"));
    }

    fn bypass(&self, kind: BypassKind) {
        self.note(format!("bypass {}", kind.id()));
    }

    fn refused(&self, refusal: Refusal) {
        self.note(format!("refused {}", refusal.id()));
    }

    fn code(&self, _: &Blocked<'_>) -> Option<String> {
        Some("K7QX3M".to_owned())
    }
}

struct Noon;

impl Clock for Noon {
    fn moment(&self) -> Option<Moment> {
        Some(Moment::from_unix(1_795_342_140, 7 * 3600))
    }
}

struct Plain;

impl Devices for Plain {}

struct Table;

/// The addresses of a name.
pub(super) fn addresses(name: &str) -> Result<Vec<IpAddr>, ResolveError> {
    let one = |address: [u8; 4]| Ok(vec![IpAddr::from(address)]);
    match name {
        "hoc.vn" => one([192, 0, 2, 1]),
        "sach.vn" => one([192, 0, 2, 2]),
        "hai.vn" => Ok(vec![[192, 0, 2, 21].into(), [192, 0, 2, 80].into()]),
        "im-lang.vn" => one([192, 0, 2, 66]),
        "cham.vn" => one([192, 0, 2, 77]),
        "ben-trong.vn" => one([10, 0, 0, 5]),
        "hop.vn" => one([203, 0, 113, 9]),
        "khong-co.vn" => Err(ResolveError::NoSuchName),
        "khong-biet.vn" => Err(ResolveError::Failed),
        "dong-sau.vn" => Err(ResolveError::Closed),
        _ => one([192, 0, 2, 99]),
    }
}

impl Resolve for Table {
    fn resolve<'r>(
        &'r self,
        name: &'r Name,
        _: IpAddr,
    ) -> Coming<'r, Result<Vec<IpAddr>, ResolveError>> {
        Box::pin(async { addresses(&name.to_string()) })
    }
}

/// Finds the word `xau` in HTML, and is content with `tot`.
struct Words;

struct Seen(Vec<u8>);

impl Scan for Words {
    fn begin(&self, page: &PageHead<'_>) -> Option<Box<dyn Page>> {
        let is_text = page
            .content_type
            .is_some_and(|kind| kind.starts_with(b"text/html"));
        is_text.then(|| Box::new(Seen(Vec::new())) as Box<dyn Page>)
    }
}

impl Page for Seen {
    fn push(&mut self, bytes: &[u8]) -> Opinion {
        self.0.extend_from_slice(bytes);
        let has = |word: &[u8]| self.0.windows(3).any(|part| part == word);
        if has(b"xau") {
            let gambling = testing::shipped_rules().category("gambling").unwrap();
            Opinion::Found(CategorySet::of(gambling))
        } else if has(b"tot") {
            Opinion::Pass
        } else {
            Opinion::More
        }
    }

    fn end(&mut self) -> Opinion {
        Opinion::More
    }
}

/// Streams in memory; what is dialled comes out of a channel.
pub(super) struct Memory {
    dialled: UnboundedSender<(SocketAddr, DuplexStream)>,
    tunnels: UnboundedSender<Tunnel<DuplexStream>>,
}

impl Net for Memory {
    type Stream = DuplexStream;

    async fn dial(&self, address: SocketAddr) -> io::Result<DuplexStream> {
        match address.ip() {
            ip if ip == IpAddr::from([192, 0, 2, 66]) => {
                Err(io::ErrorKind::ConnectionRefused.into())
            }
            ip if ip == IpAddr::from([192, 0, 2, 77]) => std::future::pending().await,
            _ => {
                let (ours, theirs) = duplex(PIPE);
                let _ = self.dialled.send((address, theirs));
                Ok(ours)
            }
        }
    }

    async fn tunnel(&self, tunnel: Tunnel<DuplexStream>) {
        let _ = self.tunnels.send(tunnel);
    }
}

/// Bytes that a stream in memory holds.
pub(super) const PIPE: usize = 1 << 20;

pub(super) struct School {
    pub(super) server: Server<Memory>,
    pub(super) dialled: UnboundedReceiver<(SocketAddr, DuplexStream)>,
    pub(super) tunnels: UnboundedReceiver<Tunnel<DuplexStream>>,
    pub(super) told: Arc<Told>,
}

impl School {
    pub(super) fn new(scan: bool, change: impl FnOnce(&mut Settings)) -> Self {
        static RULESET: LazyLock<Arc<Ruleset>> = LazyLock::new(|| testing::ruleset(LISTS));
        let policy: Policy = testing::policy(RULESET.clone(), Exceptions::default());
        let told = Arc::new(Told::default());
        let shared = Shared {
            policy: Arc::new(ArcSwap::from_pointee(policy)),
            clock: Arc::new(Noon),
            devices: Arc::new(Plain),
            resolve: Arc::new(Table),
            record: Arc::clone(&told) as _,
            targets: Arc::new(ArcSwap::from_pointee(Targets::new(vec![
                [203, 0, 113, 9].into(),
            ]))),
            scan: scan.then(|| Arc::new(Words) as _),
            own: None,
        };
        let mut settings = Settings {
            school: "THCS Lê Lợi".to_owned(),
            via: "test".to_owned(),
            own_names: vec![testing::name("lachan.truong.vn")],
            pac: Pac {
                proxy: Some(("lachan.truong.vn".to_owned(), 3128)),
                ..Pac::default()
            },
            ..Settings::default()
        };
        change(&mut settings);
        let (dialled, dialled_out) = unbounded_channel();
        let (tunnels, tunnels_out) = unbounded_channel();
        Self {
            server: Server::new(settings, shared, Memory { dialled, tunnels }),
            dialled: dialled_out,
            tunnels: tunnels_out,
            told,
        }
    }

    /// A connection of a device.
    pub(super) fn connect(&self, tier: Tier, door: Door) -> DuplexStream {
        let (ours, theirs) = duplex(PIPE);
        self.server.accept(theirs, arrival(tier, door));
        ours
    }
}

pub(super) fn arrival(tier: Tier, door: Door) -> Arrival {
    let net = u8::try_from(tier.index()).unwrap() + 1;
    Arrival {
        client: IpAddr::from([127, 0, net, 9]),
        door,
    }
}

/// A connection that was on its way to some server's port 80.
pub(super) fn caught() -> Door {
    Door::Transparent {
        destination: "192.0.2.80:80".parse().unwrap(),
    }
}
