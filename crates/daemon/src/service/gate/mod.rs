//! Runs the proxy: listens where the settings say, follows them, and tells how it fares.
//!
//! ```text
//!  [proxy] ─► Doors ─► tls::Server (threads of its own)      ◄─ tunnels ─┐
//!                 └──► http::Server (tasks) ─────────────────────────────┘
//! ```
//!
//! A thread of its own keeps it: what cannot be listened on now (an address that is not there yet, a
//! capability that is missing) is told and tried again, and DNS goes on meanwhile. What happens then
//! to whose web is the firewall's affair: it asks whether the proxy takes connections.

mod inspecting;
mod listen;
mod outlook;

use std::io;
use std::net::IpAddr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use lachan_config::{Config, Network, Proxy, Switch};
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{Name, Policy};
use lachan_proxy::http::{self, Refusal, Refusals, Tcp};
use lachan_proxy::pac::Pac;
use lachan_proxy::phrases::Scanner;
use lachan_proxy::tls::{self, Handover};
use lachan_proxy::{Counts, Evasion, Targets};
use lachan_resolver::Engine;
use lachan_store::Channel;
use rustix::process::{Resource, getrlimit};
use tokio::runtime::Handle;

use super::chain;
use super::clock::Clock;
use super::recorder::Recorder;
use crate::control::{HttpCounts, InspectionView, ProxyState, ProxyView, TlsCounts};
use crate::firewall::diverts;
use crate::network;
use inspecting::{Ground, Inspecting};
use listen::{Doors, GateError};
use outlook::Outlook;

/// How often it is looked whether the ruleset is another now.
const LOOK: Duration = Duration::from_secs(1);
/// How often the machine's addresses are asked for.
const ADDRESSES: Duration = Duration::from_secs(15);
/// How long until what could not be listened on is tried again.
const AGAIN: Duration = Duration::from_secs(10);
/// How long requests under way may take when the proxy ends.
const GRACE: Duration = Duration::from_secs(2);

/// What the gate is made of.
pub(super) struct Parts {
    pub(super) engine: Arc<Engine>,
    pub(super) policies: Arc<ArcSwap<Policy>>,
    pub(super) clock: Arc<Clock>,
    pub(super) recorder: Arc<Recorder>,
    pub(super) runtime: Handle,
}

/// What the thread is told.
enum Order {
    /// The settings are others now.
    Settings(Box<(Network, Proxy)>),
    /// End.
    Stop,
}

/// The way to the thread, for who changes the settings.
#[derive(Clone)]
pub(super) struct Orders(Sender<Order>);

impl Orders {
    /// Has the proxy listen as these settings say.
    pub(super) fn take(&self, network: Network, proxy: Proxy) {
        // A thread that is gone is told at the stop.
        let _ = self.0.send(Order::Settings(Box::new((network, proxy))));
    }
}

/// What the thread is told through, and where it hears it.
pub(super) struct Inbox(Orders, Receiver<Order>);

impl Inbox {
    pub(super) fn new() -> Self {
        let (orders, inbox) = mpsc::channel();
        Self(Orders(orders), inbox)
    }

    pub(super) fn orders(&self) -> Orders {
        self.0.clone()
    }
}

/// How the proxy fares. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct GateDesk(Arc<Mutex<Shown>>);

#[derive(Default)]
struct Shown {
    running: Option<Running>,
    /// What was counted by servers that ended since.
    before: Counts,
    failing: Option<Failing>,
    inspection: InspectionView,
    /// Looks into pages.
    scanner: Scanner,
    /// Requests that made no sense.
    refusals: Arc<Refusals>,
}

impl GateDesk {
    /// Compiles the expressions and phrases of a ruleset that is about to be used, so that no request
    /// waits for it.
    pub(super) fn learn(&self, ruleset: &Arc<Ruleset>) {
        let (http, scanner) = {
            let shown = self.shown();
            let http = shown.running.as_ref().map(|running| running.http.clone());
            (http, shown.scanner.clone())
        };
        let Some(http) = http else {
            return;
        };
        for refused in http.learn(ruleset) {
            tracing::warn!(
                expression = refused.expression,
                why = refused.why,
                "an expression of a list cannot be used"
            );
        }
        if let Err(error) = scanner.learn(ruleset) {
            tracing::error!(
                error = %chain(&error),
                "pages are scanned for the phrases of the ruleset before"
            );
        }
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it listens, and every thread of it works.
    pub(super) fn answers(&self, limit: Duration) -> bool {
        let handover = self.handover();
        handover.is_some_and(|handover| handover.answers(limit))
    }

    /// Whether it works, or need not: it is off, or could not listen, which is told elsewhere.
    pub(super) fn is_well(&self, limit: Duration) -> bool {
        let handover = self.handover();
        handover.is_none_or(|handover| handover.answers(limit))
    }

    /// The way to the threads. Asked through it, nobody waits for the lock meanwhile.
    fn handover(&self) -> Option<Handover> {
        let shown = self.shown();
        shown.running.as_ref().map(|running| running.tls.handover())
    }

    /// How it fares.
    pub(super) fn view(&self) -> ProxyView {
        let shown = self.shown();
        let running = shown.running.as_ref();
        let now = running.map(|running| running.tls.counts());
        let tls = shown.before.and(&now.unwrap_or_default());
        let http = running.map(|running| running.http.figures());
        let http = http.unwrap_or_default();
        let evasions = Evasion::ALL.into_iter();
        ProxyView {
            state: match (&shown.failing, running) {
                (Some(failing), _) => ProxyState::Failing {
                    address: failing.address.clone(),
                    why: failing.why.to_owned(),
                    detail: failing.told.clone(),
                },
                (None, Some(_)) => ProxyState::On,
                (None, None) => ProxyState::Off,
            },
            tls: TlsCounts {
                open: tls.open(),
                accepted: tls.accepted,
                passed: tls.passed,
                blocked: tls.blocked,
                turned_away: tls.turned_away,
                failed: tls.failed,
            },
            http: HttpCounts {
                open: http.open as u64,
                requests: http.requests,
                turned_away: http.refused,
                refusals: Refusal::ALL
                    .into_iter()
                    .map(|kind| (kind.id().to_owned(), shown.refusals.of(kind)))
                    .collect(),
            },
            evasions: evasions
                .map(|evasion| (evasion.id().to_owned(), tls.evasion(evasion)))
                .collect(),
            inspection: shown.inspection.clone(),
        }
    }
}

/// Why it does not listen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failing {
    address: Option<String>,
    why: &'static str,
    told: String,
}

/// Everything that listens.
struct Running {
    tls: tls::Server,
    http: http::Server<Tcp>,
    /// Dropped, the doors of HTTP close.
    doors: Doors,
}

/// The running thread.
pub(super) struct GateHandle {
    desk: GateDesk,
    orders: Orders,
    thread: JoinHandle<()>,
}

struct Keeper {
    parts: Parts,
    config: Config,
    desk: GateDesk,
    targets: Arc<ArcSwap<Targets>>,
    /// The ruleset whose expressions and phrases are in use.
    learned: Option<Arc<Ruleset>>,
    /// When to try again.
    again: Option<Instant>,
    /// When the machine's addresses were asked for.
    minded: Instant,
    inspecting: Inspecting,
}

impl GateHandle {
    /// Listens before it returns, if that can be done.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn begin(config: &Config, parts: Parts, inbox: Inbox) -> io::Result<Self> {
        let desk = GateDesk::default();
        let Inbox(orders, inbox) = inbox;
        let mut keeper = Keeper {
            parts,
            config: config.clone(),
            desk: desk.clone(),
            targets: Arc::default(),
            learned: None,
            again: None,
            minded: Instant::now(),
            inspecting: Inspecting::default(),
        };
        keeper.open();
        let thread = thread::Builder::new()
            .name("gate".into())
            .spawn(move || keeper.run(&inbox))?;
        Ok(Self {
            desk,
            orders,
            thread,
        })
    }

    /// How it fares.
    pub(super) fn desk(&self) -> GateDesk {
        self.desk.clone()
    }

    /// Ends it; what is under way may end first, for a moment.
    pub(super) async fn stop(self) {
        let http = self.desk.shown().running.as_ref().map(|running| {
            running.doors.close();
            running.http.clone()
        });
        if let Some(http) = http {
            http.shutdown(GRACE).await;
        }
        // Last, for it ends what is still under way. One that is gone is told below.
        let _ = self.orders.0.send(Order::Stop);
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the keeper of the proxy had failed");
        }
    }
}

impl Keeper {
    fn run(mut self, inbox: &Receiver<Order>) {
        loop {
            match inbox.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) => self.look(),
                Ok(Order::Settings(settings)) => {
                    let (network, proxy) = *settings;
                    self.take(network, proxy);
                }
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => {
                    self.close();
                    return;
                }
            }
        }
    }

    fn look(&mut self) {
        self.learn();
        self.inspect();
        if self.again.is_some_and(|again| again <= Instant::now()) {
            self.open();
        } else if self.minded.elapsed() >= ADDRESSES {
            self.mind_addresses();
        }
    }

    /// Goes by other settings. Connections under way end: they were let in by the old ones. What else
    /// changed in the network is the firewall's affair, and nobody's connection ends for it.
    fn take(&mut self, network: Network, proxy: Proxy) {
        let diverted = diverts(&self.config);
        let is_same = self.config.proxy == proxy;
        self.config.network = network;
        self.config.proxy = proxy;
        if is_same && diverted == diverts(&self.config) {
            return;
        }
        self.inspecting.reset();
        self.close();
        self.open();
    }

    /// Listens, if the settings want it.
    fn open(&mut self) {
        self.again = None;
        self.mind_addresses();
        if !is_wanted(&self.config.proxy) {
            self.desk.shown().failing = None;
            return;
        }
        self.inspect();
        match self.start() {
            Ok(running) => {
                tracing::info!("the proxy listens");
                {
                    let mut shown = self.desk.shown();
                    shown.running = Some(running);
                    shown.failing = None;
                }
                self.learned = None;
                self.learn();
            }
            Err(error) => {
                let failing = Failing {
                    address: error.address().map(|address| address.to_string()),
                    why: error.why(),
                    told: chain(&error),
                };
                let mut shown = self.desk.shown();
                if shown.failing.as_ref() != Some(&failing) {
                    tracing::error!(error = %failing.told, "the proxy cannot listen; it is tried again every ten seconds");
                }
                shown.failing = Some(failing);
                drop(shown);
                self.again = Some(Instant::now() + AGAIN);
            }
        }
    }

    fn start(&self) -> Result<Running, GateError> {
        let secure = self.outlook(Channel::Tls);
        let shared = tls::Shared {
            policy: Arc::clone(&self.parts.policies),
            clock: Arc::clone(&self.parts.clock) as _,
            devices: Arc::clone(&secure) as _,
            resolve: Arc::clone(&secure) as _,
            record: secure as _,
            targets: Arc::clone(&self.targets),
            inspect: self.inspecting.slot(),
        };
        let listen = listen::secure(&self.config.proxy);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.min(MOST_THREADS);
        let room = Room::of(&self.config, threads);
        let tls = tls::Server::start(&listen, threads, &room.tls(), &shared)?;
        let net = Tcp::new(Arc::new(tls.handover()));
        let http = http::Server::new(self.settings(), self.visible(), net);
        let doors = Doors::open(
            &self.config.proxy,
            &self.parts.runtime,
            &http,
            &self.parts.engine,
        )?;
        Ok(Running { tls, http, doors })
    }

    fn outlook(&self, channel: Channel) -> Arc<Outlook> {
        Arc::new(Outlook {
            engine: Arc::clone(&self.parts.engine),
            recorder: Arc::clone(&self.parts.recorder),
            runtime: self.parts.runtime.clone(),
            channel,
            refusals: Arc::clone(&self.desk.shown().refusals),
        })
    }

    /// What HTTP that can be seen shares with the rest: what was sent in the clear, and what was
    /// opened up.
    fn visible(&self) -> http::Shared {
        let plain = self.outlook(Channel::Http);
        http::Shared {
            policy: Arc::clone(&self.parts.policies),
            clock: Arc::clone(&self.parts.clock) as _,
            devices: Arc::clone(&plain) as _,
            resolve: Arc::clone(&plain) as _,
            record: plain as _,
            targets: Arc::clone(&self.targets),
            scan: Some(Arc::new(self.desk.shown().scanner.clone())),
        }
    }

    /// Sees that what is opened up is what the settings say.
    fn inspect(&mut self) {
        let ground = Ground {
            config: &self.config,
            policy: &self.parts.policies.load_full(),
            runtime: &self.parts.runtime,
        };
        let mut inspecting = std::mem::take(&mut self.inspecting);
        inspecting.mind(&ground, || (self.settings(), self.visible()));
        self.desk.shown().inspection = inspecting.view();
        self.inspecting = inspecting;
    }

    fn settings(&self) -> http::Settings {
        let school = &self.config.school;
        http::Settings {
            school: school.name.clone(),
            language: match school.language {
                lachan_config::Language::Vietnamese => lachan_web::Language::Vietnamese,
                lachan_config::Language::English => lachan_web::Language::English,
            },
            own_names: OWN_NAMES
                .iter()
                .filter_map(|name| Name::from_text(name).ok())
                .collect(),
            via: via(&school.name),
            pac: self.pac(),
            max_connections: Room::of(&self.config, 1).http,
            ..http::Settings::default()
        }
    }

    /// What browsers are told: the box's own proxy for all but what is inside. They may go directly
    /// where it is dead only if what goes directly is filtered, too.
    fn pac(&self) -> Pac {
        let proxy = self.config.proxy.explicit.iter().find_map(|address| {
            let ip = if address.ip().is_unspecified() {
                own_private(address.is_ipv6())?
            } else {
                address.ip()
            };
            let host = match ip {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            };
            Some((host, address.port()))
        });
        Pac {
            proxy,
            direct_names: self.config.resolver.local_domains.clone(),
            direct_nets: INSIDE.iter().filter_map(|net| net.parse().ok()).collect(),
            or_direct: diverts(&self.config),
        }
    }

    /// Compiles expressions and phrases of the ruleset in use, so that no request waits for it.
    fn learn(&mut self) {
        let ruleset = Arc::clone(self.parts.policies.load().ruleset());
        let is_known = self
            .learned
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, &ruleset));
        if is_known {
            return;
        }
        let is_running = self.desk.shown().running.is_some();
        if is_running {
            self.desk.learn(&ruleset);
            self.inspecting.learn(&ruleset);
            self.learned = Some(ruleset);
        }
    }

    /// Which addresses are the box's own or the school's, and so no place to be sent to. Where they
    /// cannot be read, those that were known stay.
    fn mind_addresses(&mut self) {
        self.minded = Instant::now();
        let Ok(addresses) = network::addresses() else {
            return;
        };
        let inside = network::links().map(|links| {
            let names = self.config.network.inside.iter();
            names.filter_map(|name| links.number_of(name)).collect()
        });
        let inside: Vec<u32> = inside.unwrap_or_default();
        let targets = Targets::new(addresses.own().collect())
            .refuse(addresses.on_links(&inside).collect())
            .allow(self.config.proxy.inside_targets.clone());
        self.targets.store(Arc::new(targets));
    }

    fn close(&mut self) {
        let ended = {
            let mut shown = self.desk.shown();
            let ended = shown.running.take();
            if let Some(running) = &ended {
                shown.before = shown.before.and(&running.tls.counts().all_ended());
            }
            ended
        };
        // Outside the lock: its threads and tasks are waited for.
        if let Some(mut running) = ended {
            running.doors.close_now();
            let http = running.http.clone();
            self.parts.runtime.spawn(async move {
                http.shutdown(GRACE).await;
            });
        }
    }
}

/// Threads that relay; more only help where a school's line is faster than a core.
const MOST_THREADS: usize = 4;
/// Names of this box, below which its own pages are found.
const OWN_NAMES: [&str; 2] = ["lachan.home.arpa", "wpad.home.arpa"];
/// Where browsers go by themselves.
const INSIDE: [&str; 7] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "fc00::/7",
    "fe80::/10",
];

/// How many connections there is room for: what the system lets us open, but for what DNS, the
/// database and people's commands need.
struct Room {
    /// TLS connections of each thread.
    each: usize,
    /// Of these, of one device.
    of_one: u32,
    /// Connections of HTTP.
    http: usize,
}

impl Room {
    fn of(config: &Config, threads: usize) -> Self {
        let limit = getrlimit(Resource::Nofile).current;
        let most = usize::try_from(limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let resolver = &config.resolver;
        let kept = u64::from(resolver.max_tcp_connections) + u64::from(resolver.max_misses) + 256;
        let left = most
            .saturating_sub(usize::try_from(kept).unwrap_or(usize::MAX))
            .max(256);
        let usual = tls::Settings::default();
        // Two thirds for TLS, two descriptors each; of HTTP four each, for idle ones to sites.
        let each = (left / 3 / threads.max(1)).clamp(32, usual.max_open);
        // One device never takes more than a quarter.
        let of_one = u32::try_from(each / 4).unwrap_or(u32::MAX);
        Self {
            each,
            of_one: of_one.min(usual.max_per_client),
            http: (left / 3 / 4).clamp(32, http::MAX_CONNECTIONS),
        }
    }

    fn tls(&self) -> tls::Settings {
        tls::Settings {
            max_open: self.each,
            max_per_client: self.of_one,
            ..tls::Settings::default()
        }
    }
}

/// Descriptors that a proxy of these settings may have a use for: two for each connection, and pipes.
pub(super) fn descriptors(proxy: &Proxy) -> u64 {
    const WISHED: u64 = 3 * 16_384;
    if is_wanted(proxy) { WISHED } else { 0 }
}

/// An address of this box by which devices reach it, where a listener names none.
fn own_private(wants_v6: bool) -> Option<IpAddr> {
    let addresses = network::addresses().ok()?;
    let mut own = addresses.own();
    own.find(|ip| match ip {
        IpAddr::V4(v4) => !wants_v6 && v4.is_private(),
        IpAddr::V6(v6) => wants_v6 && v6.is_unique_local(),
    })
}

fn is_wanted(proxy: &Proxy) -> bool {
    proxy.transparent == Switch::On || !proxy.explicit.is_empty() || !proxy.block_page.is_empty()
}

/// A name in `Via` that no other box has, so that a request that comes back is known.
fn via(school: &str) -> String {
    use std::hash::BuildHasher as _;
    let salt = std::collections::hash_map::RandomState::new().hash_one(school);
    format!("lachan-{:08x}", salt & 0xffff_ffff)
}
