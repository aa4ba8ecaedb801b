//! The running filter: opens everything, starts the listeners, keeps the policy current, stops
//! cleanly.
//!
//! ```text
//!  watch (thread)  ── kernel's tables, lease files ──► ArcSwap<Neighbours>, <DeviceNames> ◄── resolver
//!        └─ "look" ─► keeper (thread) ── ruleset file, database ──► ArcSwap<Policy> ◄── resolver
//!  clock (task)    ── each second ──► Clock ◄── resolver, store
//!  memory (thread) ── saves and takes back ──► the cache's snapshot
//!  recorder        ◄── decisions ── resolver ;  recorder ──► store's bounded queue
//!  desk            ◄── asked by the control socket and the page of figures
//!  web (own threads)◄── people's browsers, over TLS; asks desk, policy, keeper, store
//!  heart (thread)  ── own queries, answered? ──► the service manager
//! ```

mod certificate;
mod certificate_desk;
mod clock;
mod desk;
mod dhcp;
mod firewall;
mod gate;
mod keeper;
mod leaner;
mod memory;
mod notify;
mod page;
mod pupils;
mod recorder;
mod roots;
mod ruleset;
mod series;
mod settings;
mod settings_desk;
mod watch;
mod web;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use lachan_config::{Config, LogFormat, Mode};
use lachan_policy::{Group, Policy};
use lachan_resolver::{
    Neighbours, Nets, RequestKey, Resolver, Running, Settings, Shared, UpstreamState,
};
use lachan_store::{Opened, Store};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use crate::console::{Console, TITLE, WARNING, styled};
use crate::control::{ControlSocket, Controls, SocketError, WebView};
use crate::database::store_settings;
use crate::fault::Fault;
use crate::first_run;
use crate::network::{self, Links};
use crate::policy_source::People;
use crate::request_key;
use crate::settings_file::SettingsFile;
use crate::settings_notice::PutBack;
use crate::time::{Now, shown_unix};
use crate::words::{Words, path};
use certificate::CertificateWatch;
use clock::{Clock, TICK};
use desk::Desk;
use firewall::FirewallHandle;
use gate::GateHandle;
use keeper::{Keeper, KeeperHandle};
use leaner::Leaner;
use memory::{Memory, MemoryHandle};
use notify::{Heart, Pulse};
pub(crate) use page::PageError;
use page::{Page, Serving};
use pupils::Pupils;
use recorder::Recorder;
pub(crate) use roots::Roots;
use ruleset::{Loaded, Origin};
pub(crate) use settings::upstream;
use settings_desk::SettingsDesk;
use watch::{Bell, Watch, WatchHandle};
use web::{WebDesk, WebHandle};

/// Why it ended in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Somebody told it to.
    Stopped,
    /// It has to begin again: settings changed that only a start takes up, or something is to be placed.
    BeginsAgain,
}

/// Has the filter end and begin again.
#[derive(Debug, Clone, Default)]
struct Restart(Arc<Notify>);

impl Restart {
    /// Soon: whoever asked is told before.
    fn soon(&self) {
        /// As long as an answer may take to be sent.
        const BEFORE: std::time::Duration = std::time::Duration::from_millis(500);
        let notify = Arc::clone(&self.0);
        let waits = std::thread::Builder::new()
            .name("restart".into())
            .spawn(move || {
                std::thread::sleep(BEFORE);
                notify.notify_one();
            });
        if waits.is_err() {
            self.0.notify_one();
        }
    }
}

/// Runs until SIGTERM or SIGINT, or until it has to begin again.
///
/// # Errors
/// [`Fault`]: what kept it from starting, or stopped it.
pub(crate) fn serve(
    config: Config,
    file: PathBuf,
    put_back: Option<&PutBack>,
    console: &mut Console<'_>,
) -> Result<Ended, Fault> {
    raise_descriptors(&config, console)?;
    write_no_core();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Fault::Runtime)?;
    runtime.block_on(async {
        let mut signals = Signals::new().map_err(Fault::Runtime)?;
        let settings_file = SettingsFile::new(&file);
        let service = Service::start(config, file, console)?;
        settings_desk::note_runs(&settings_file);
        if let Some(put_back) = put_back {
            let unix = service.clock.now().map(|now| now.unix);
            settings_desk::note_put_back(&service.store, unix, put_back);
        }
        service.until_stopped(&mut signals).await
    })
}

/// Takes as many descriptors as the system lets this process have: every connection and every
/// question under way holds one, and the usual limit of 1,024 is below what the settings allow.
fn raise_descriptors(config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    /// Sockets, files and what libraries hold open.
    const OTHERS: u64 = 128;
    let resolver = &config.resolver;
    let wanted = u64::from(resolver.max_tcp_connections) + u64::from(resolver.max_misses) + OTHERS;
    // The proxy takes what it gets: without a file a connection waits.
    let wished = wanted + gate::descriptors(&config.proxy);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wished) {
        return Ok(());
    }
    let most = limit.maximum.map_or(wished, |most| most.min(wished));
    let raised = Rlimit {
        current: Some(most),
        ..limit
    };
    let is_raised = setrlimit(Resource::Nofile, raised).is_ok();
    let most = if is_raised { Some(most) } else { limit.current };
    if let Some(most) = most.filter(|most| *most < wanted) {
        let text = console.words.few_descriptors(most, wanted);
        console.note(styled(WARNING, text))?;
    }
    Ok(())
}

/// What children wrote, and keys, are in memory: a crash writes none of it to the card.
fn write_no_core() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "a crash may write the memory to a file");
    }
}

/// The signals that are heeded.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            reload: signal(SignalKind::hangup())?,
        })
    }
}

/// How soon a listener must answer to count as one that does.
const ANSWERS_WITHIN: std::time::Duration = std::time::Duration::from_secs(1);

/// Everything that runs.
struct Service {
    running: Running,
    store: Arc<Store>,
    clock: Arc<Clock>,
    keeper: KeeperHandle,
    watch: WatchHandle,
    certificate: Option<CertificateWatch>,
    memory: Option<MemoryHandle>,
    firewall: FirewallHandle,
    gate: GateHandle,
    web: Option<WebHandle>,
    watched: Watched,
    leaner: Leaner,
    settings: Arc<SettingsDesk>,
    restart: Restart,
}

/// What lets people and the service manager see how the filter fares. Without any of it the filter
/// answers all the same.
struct Watched {
    controls: Option<Controls>,
    page: Option<Serving>,
    heart: Option<Heart>,
}

impl Service {
    fn start(config: Config, file: PathBuf, console: &mut Console<'_>) -> Result<Self, Fault> {
        let clock = Arc::new(Clock::new(config.school.time_zone.clone()));
        let started = Instant::now();
        let store = Arc::new(open_store(&config, &clock, console)?);
        store.in_writer(behind_answers);
        let socket = open_control(&config)?;
        let page = Page::open(config.metrics)?;
        let loaded = ruleset::load(&config.paths)?;
        tell_origin(&loaded, &config, console)?;
        let database = config.paths.database();
        let failed = |source| Fault::Database {
            path: database.clone(),
            source,
        };
        let reader = store.reader().map_err(failed)?;
        let revision = reader.revision().map_err(failed)?;
        let people = People::read(&reader).map_err(failed)?;
        let unknown = config.resolver.unknown_devices.tier;
        let links = links();
        let policy = people.policy(Arc::clone(&loaded.ruleset), unknown, &links)?;
        let bell = Bell::new(settings::limits(&config).is_any()).map_err(Fault::Runtime)?;
        bell.want_neighbours(policy.groups().know_macs());
        let recorder = Arc::new(Recorder::new(store.sink(), &loaded.ruleset));
        let shared = Shared {
            policy: Arc::new(ArcSwap::from_pointee(policy)),
            clock: Arc::clone(&clock) as _,
            events: Arc::clone(&recorder) as _,
            neighbours: Arc::new(ArcSwap::from_pointee(neighbours(&bell))),
            nets: Arc::new(ArcSwap::from_pointee(nets())),
            devices: Arc::default(),
        };
        let policies = Arc::clone(&shared.policy);
        let channel = keeper::channel();
        let watch = Watch {
            told: channel.0.clone(),
            clock: Arc::clone(&clock),
            neighbours: Arc::clone(&shared.neighbours),
            nets: Arc::clone(&shared.nets),
            devices: Arc::clone(&shared.devices),
            lease_files: config.lease_files(),
            domains: config.resolver.local_domains.clone(),
            kept_files: vec![database.clone(), config.paths.ruleset.clone()],
            links: links.clone(),
        };
        let watch = watch.start(bell.clone()).map_err(Fault::Runtime)?;
        let key = request_key(&config, console)?;
        let roots = Roots::load(&config.resolver);
        tell_roots(&roots, &config, console)?;
        let settings = settings::resolver(&config, roots, key.clone());
        let running = Resolver::bind(&settings, shared)?;
        let memory = begin_memory(&running, &settings, &config);
        let doors = gate::Inbox::new();
        let lessons = Arc::new(pupils::lessons(&config.paths.rules));
        let parts = pupils::Parts {
            engine: Arc::clone(running.engine()),
            policies: Arc::clone(&policies),
            clock: Arc::clone(&clock),
            store: Arc::clone(&store),
            key,
            lessons: Arc::clone(&lessons),
        };
        let pupils = Arc::new(Pupils::new(parts, &config).map_err(Fault::Runtime)?);
        let parts = gate::Parts {
            engine: Arc::clone(running.engine()),
            policies: Arc::clone(&policies),
            clock: Arc::clone(&clock),
            recorder: Arc::clone(&recorder),
            runtime: tokio::runtime::Handle::current(),
            own: Arc::new(pupils::Desk(Arc::clone(&pupils))),
            lessons,
        };
        let way_to_gate = doors.orders();
        let gate = GateHandle::begin(&config, parts, doors).map_err(Fault::Runtime)?;
        announce(&running, page.as_ref(), &policies.load(), &config, console)?;
        let web_desk = WebDesk::default();
        let pages = open_pages(&config, &store, &clock, &web_desk, console)?;
        let certificate = watch_certificate(&running, &config, &clock, console)?;
        let words = console.words;
        let wall = firewall::channel();
        let shown = Arc::new(ArcSwap::from_pointee(config.clone()));
        let settings_file = SettingsFile::new(&file);
        let keeper = Keeper {
            file: file.clone(),
            wall: wall.0.clone(),
            doors: way_to_gate,
            gate: gate.desk(),
            pupils,
            config: config.clone(),
            shown: Arc::clone(&shown),
            policies: Arc::clone(&policies),
            recorder,
            clock: Arc::clone(&clock),
            reader,
            revision,
            people,
            ruleset: loaded.ruleset,
            mark: loaded.mark,
            checking: None,
            is_failing: false,
            links,
            bell,
            rest: keeper::LOOK,
        };
        let keeper = keeper.start(channel).map_err(Fault::Runtime)?;
        // Last, so that nobody's DNS is sent to a box that does not answer yet.
        let asked = running.addresses().to_vec();
        let asked_gate = gate.desk();
        let answers = firewall::Answers {
            dns: Box::new(move || notify::answers(&asked, ANSWERS_WITHIN)),
            proxy: Box::new(move || asked_gate.answers(ANSWERS_WITHIN)),
        };
        let firewall =
            FirewallHandle::begin(&config, &policies, answers, wall).map_err(Fault::Runtime)?;
        let counted = Arc::clone(running.engine());
        store.keep_bypasses(move || counted.bypasses().all());
        let desk = Desk {
            firewall: firewall.desk(),
            gate: gate.desk(),
            engine: Arc::clone(running.engine()),
            memory: memory.as_ref().map(MemoryHandle::memory),
            connections: running.connection_watch(),
            policies,
            watch: store.watch(),
            clock: Arc::clone(&clock),
            orders: keeper.orders(),
            listeners: running.addresses().to_vec(),
            encrypted: running
                .encrypted()
                .iter()
                .map(|(kind, address)| (kind.transport().to_owned(), *address))
                .collect(),
            metrics: page.as_ref().map(|page| page.address),
            most_cache_bytes: config.resolver.cache_size,
            school: config.school.name.clone(),
            started,
            web: web_desk,
        };
        let restart = Restart::default();
        let settings = Arc::new(SettingsDesk::new(settings_desk::Parts {
            file: settings_file,
            settings: Arc::clone(&shown),
            orders: keeper.orders(),
            desk: desk.clone(),
            store: Arc::clone(&store),
            restart: restart.clone(),
        }));
        let parts = web::Parts {
            store: Arc::clone(&store),
            desk_of_settings: Arc::clone(&settings),
            settings: shown,
            clock: Arc::clone(&clock),
            desk: desk.clone(),
            config: config.clone(),
            file,
            restart: restart.clone(),
            runtime: tokio::runtime::Handle::current(),
        };
        let web = pages.and_then(|pages| begin_pages(pages, parts));
        Ok(Self {
            running,
            store,
            clock,
            keeper,
            watch,
            memory,
            firewall,
            gate,
            web,
            watched: Watched::begin(desk, socket, page, words),
            certificate,
            leaner: Leaner::new(Instant::now()),
            settings,
            restart,
        })
    }

    async fn until_stopped(mut self, signals: &mut Signals) -> Result<Ended, Fault> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let ended = loop {
            tokio::select! {
                _ = ticks.tick() => self.tick(),
                _ = signals.terminate.recv() => break Ok(Ended::Stopped),
                _ = signals.interrupt.recv() => break Ok(Ended::Stopped),
                () = self.restart.0.notified() => break Ok(Ended::BeginsAgain),
                _ = signals.reload.recv() => self.reload(),
                ended = self.running.ended() => {
                    break ended.map(|()| Ended::Stopped).map_err(Fault::Serve);
                }
            }
        };
        match ended {
            Ok(Ended::BeginsAgain) => notify::beginning_again(),
            _ => notify::stopping(),
        }
        self.stop().await;
        ended
    }

    /// Each second.
    fn tick(&mut self) {
        self.clock.tick(Now::system());
        if self.settings.waits() {
            let settings = Arc::clone(&self.settings);
            // It reads files and may have everything read again.
            drop(tokio::task::spawn_blocking(move || settings.settle()));
        }
        let counts = self.running.connection_watch().counts();
        if self.leaner.is_due(&counts, Instant::now()) {
            // Not on a thread that answers; how it went changes nothing.
            drop(tokio::task::spawn_blocking(lachan_sys::give_back_memory));
        }
    }

    fn reload(&self) {
        self.keeper.reload();
        if let Some(certificate) = &self.certificate {
            certificate.reload();
        }
    }

    /// Stops in the order of the flow: no new queries, no new policies, then what is kept: the cache
    /// and the last events.
    async fn stop(self) {
        tracing::info!("stopping");
        self.watched.end();
        if let Some(web) = self.web {
            // A runtime may not be ended, and waited for, from within another.
            drop(tokio::task::spawn_blocking(move || web.stop()).await);
        }
        // Before the listeners, so that it is not said that somebody answers when nobody does.
        self.firewall.stop();
        self.gate.stop().await;
        if let Err(error) = self.running.shutdown().await {
            tracing::warn!(error = %chain(&error), "the listeners did not stop cleanly");
        }
        self.watch.stop();
        self.keeper.stop();
        if let Some(certificate) = self.certificate {
            certificate.stop();
        }
        if let Some(memory) = self.memory {
            memory.stop();
        }
        if let Err(error) = self.store.close() {
            tracing::error!(error = %chain(&error), "the last events could not be written");
        }
    }
}

impl Watched {
    fn begin(desk: Desk, socket: Option<ControlSocket>, page: Option<Page>, words: Words) -> Self {
        let served = desk.clone();
        let page = page.map(|page| page.serve(Arc::new(move |form| served.page(form))));
        let heart = Heart::begin(pulse(&desk, words));
        let controls = socket.and_then(|socket| {
            let served = crate::control::serve(socket, Arc::new(desk));
            served
                .inspect_err(|error| tracing::error!(%error, "the control socket cannot be served"))
                .ok()
        });
        Self {
            controls,
            page,
            heart,
        }
    }

    fn end(self) {
        // Its last beat could claim life after the listeners are gone.
        if let Some(heart) = self.heart {
            heart.stop();
        }
        if let Some(controls) = self.controls {
            controls.stop();
        }
        drop(self.page);
    }
}

/// Lets this thread run only when nobody waits for an answer.
fn behind_answers() {
    if let Err(error) = lachan_sys::work_behind_others() {
        tracing::debug!(%error, "a thread that nobody waits for runs like the others");
    }
}

/// What the service manager is told, and how often we look whether it is true.
fn pulse(desk: &Desk, words: Words) -> Pulse {
    let runtime = tokio::runtime::Handle::current();
    let listeners = desk.listeners.clone();
    let (status, gate) = (desk.clone(), desk.gate.clone());
    Pulse {
        answers: Box::new(move |limit| {
            notify::runs(&runtime, limit)
                && gate.is_well(limit)
                && notify::answers(&listeners, limit)
        }),
        status: Box::new(move || status_line(&status, words)),
    }
}

/// One line for `systemctl status`.
fn status_line(desk: &Desk, words: Words) -> String {
    let policy = desk.policies.load();
    let upstreams = desk.engine.upstreams();
    let up = upstreams
        .iter()
        .filter(|upstream| upstream.state == UpstreamState::Up)
        .count();
    words.status_line(policy.ruleset().header().names, up, upstreams.len())
}

/// Opens the box's own pages and tells where they are. Without them the filter answers all the same.
fn open_pages(
    config: &Config,
    store: &Store,
    clock: &Clock,
    desk: &WebDesk,
    console: &mut Console<'_>,
) -> Result<Option<web::Opened>, Fault> {
    let words = console.words;
    let now = clock.now().map(|now| now.unix);
    let opened = match web::open(config, store, now) {
        Ok(opened) => opened,
        Err(error) => {
            let why = chain(&error);
            warn(&words.pages_not_served(&why), config, console)?;
            desk.tell(WebView {
                failing: Some(why),
                ..WebView::default()
            });
            return Ok(None);
        }
    };
    if let Some(pages) = &opened {
        for address in &pages.addresses {
            console.line(words.shows_pages(&address.to_string()))?;
        }
        console.line(words.pages_fingerprint(pages.fingerprint()))?;
        if let Some(code) = &pages.code {
            let file = path(&first_run::path(&config.paths));
            console.line(words.first_run_code(&first_run::shown(code), &file))?;
        }
        console.out.flush().map_err(Fault::Output)?;
        desk.tell(WebView {
            listeners: pages.addresses.clone(),
            fingerprint: Some(pages.fingerprint().to_owned()),
            failing: None,
        });
    }
    Ok(opened)
}

/// Begins to serve the pages.
fn begin_pages(pages: web::Opened, parts: web::Parts) -> Option<WebHandle> {
    let desk = parts.desk.web.clone();
    let begun = WebHandle::begin(pages, parts);
    begun
        .inspect_err(|error| {
            let why = chain(error);
            tracing::error!(error = %why, "the pages cannot be served");
            desk.tell(WebView {
                failing: Some(why),
                ..WebView::default()
            });
        })
        .ok()
}

/// Opens the control socket. Where it cannot be had the filter answers all the same; where another
/// filter has it, one of the two is a mistake.
fn open_control(config: &Config) -> Result<Option<ControlSocket>, Fault> {
    match ControlSocket::open(&config.control.socket, config.control.access) {
        Ok(socket) => Ok(Some(socket)),
        Err(error @ SocketError::Live(_)) => Err(error.into()),
        Err(error) => {
            tracing::error!(error = %chain(&error), "commands cannot reach this filter");
            Ok(None)
        }
    }
}

/// Begins to keep the cache over a restart, where the settings want it. Without it the filter answers
/// all the same.
fn begin_memory(running: &Running, settings: &Settings, config: &Config) -> Option<MemoryHandle> {
    if !config.resolver.cache.persist.is_on() {
        memory::forget(&config.paths);
        return None;
    }
    Memory::begin(Arc::clone(running.engine()), settings, &config.paths)
        .inspect_err(|error| tracing::error!(%error, "the cache cannot be kept over a restart"))
        .ok()
}

/// Warns: people on standard error, or a log collector in its own form.
fn warn(text: &str, config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    match config.log.format {
        LogFormat::Text => console.note(styled(WARNING, text)),
        LogFormat::Json => {
            tracing::warn!("{text}");
            Ok(())
        }
    }
}

/// Shows the certificate of the settings, where there is one, and keeps it current.
fn watch_certificate(
    running: &Running,
    config: &Config,
    clock: &Arc<Clock>,
    console: &mut Console<'_>,
) -> Result<Option<CertificateWatch>, Fault> {
    let encrypted = &config.resolver.encrypted;
    let Some(tls) = encrypted.tls.as_ref().filter(|_| encrypted.is_on()) else {
        return Ok(None);
    };
    let mut warnings = Vec::new();
    let warn = |text| warnings.push(text);
    let words = console.words;
    let watch = CertificateWatch::start(tls, running.certificates(), clock, words, warn);
    for text in warnings {
        self::warn(&text, config, console)?;
    }
    watch.map(Some).map_err(Fault::Runtime)
}

/// An error and its causes in one line, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The machine's interfaces. Where they cannot be read the watcher tells so.
fn links() -> Links {
    network::links().unwrap_or_default()
}

/// The nets on the machine's links.
fn nets() -> Nets {
    network::addresses().map_or_else(|_| Nets::default(), |addresses| addresses.nets())
}

/// The neighbour table, if policy or limits ask for it: devices have their groups with the first query.
fn neighbours(bell: &Bell) -> Neighbours {
    let known = if bell.wants_neighbours() {
        network::neighbours().unwrap_or_default()
    } else {
        Vec::new()
    };
    known.into_iter().collect()
}

fn open_store(
    config: &Config,
    clock: &Arc<Clock>,
    console: &mut Console<'_>,
) -> Result<Store, Fault> {
    let file = config.paths.database();
    let clock = Arc::clone(clock);
    let opened = Store::open(&file, store_settings(config), Arc::new(move || clock.now()));
    let Opened { store, set_aside } = opened.map_err(|source| Fault::Open {
        path: file.clone(),
        source: Box::new(source),
    })?;
    if let Some(aside) = set_aside {
        let text = console
            .words
            .database_set_aside(&path(&file), &path(&aside));
        warn(&text, config, console)?;
    }
    Ok(store)
}

/// The key of request codes. A box that cannot keep one filters all the same.
fn request_key(config: &Config, console: &mut Console<'_>) -> Result<Option<RequestKey>, Fault> {
    match request_key::load_or_make(&config.paths) {
        Ok(key) => Ok(Some(key)),
        Err(error) => {
            let file = path(&request_key::path(&config.paths));
            let text = console.words.no_request_codes(&file, &error.to_string());
            console.note(styled(WARNING, text))?;
            Ok(None)
        }
    }
}

/// Says loudly when the ruleset in use is not the one that should be.
fn tell_origin(loaded: &Loaded, config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    let words = console.words;
    let text = match &loaded.origin {
        Origin::InUse => return Ok(()),
        Origin::Previous { why } => words.serves_previous(why),
        Origin::Compiled { why } => words.serves_compiled(why),
    };
    warn(&text, config, console)
}

/// Says loudly what is wrong with the roots of certificates. The box starts all the same: what
/// needs no certificate works.
fn tell_roots(roots: &Roots, config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    let words = console.words;
    for (file, why) in &roots.unreadable {
        warn(&words.ca_file_unreadable(&path(file), why), config, console)?;
    }
    if roots.missing {
        warn(&words.no_roots(), config, console)?;
    }
    Ok(())
}

/// Prints what began: where it listens, with which ruleset, for which groups.
fn announce(
    running: &Running,
    page: Option<&Page>,
    policy: &Policy,
    config: &Config,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let words = console.words;
    console.line(styled(TITLE, words.started()))?;
    for address in running.addresses() {
        console.line(words.listens(&address.to_string()))?;
    }
    for (kind, address) in running.encrypted() {
        console.line(words.listens_encrypted(kind.transport(), &address.to_string()))?;
    }
    if let Some(page) = page {
        console.line(words.shows_figures(&page.address.to_string()))?;
    }
    console.line(ruleset_line(policy, config, words))?;
    match config.resolver.mode {
        Mode::Recurse => console.line(words.recurses())?,
        Mode::Forward if config.resolver.upstreams.is_empty() => {
            console.line(words.no_upstream())?;
        }
        Mode::Forward => {}
    }
    // The group of unknown devices stands first there and is told last.
    let (unknown, groups) = policy.groups().all().split_at(1);
    for group in groups {
        console.line(words.serves_group(&group.name, group.tier.id(), &claims_of(group, words)))?;
    }
    for group in unknown {
        console.line(words.serves_unknown(group.tier.id()))?;
    }
    console.out.flush().map_err(Fault::Output)
}

/// What a group claims. Single devices are counted: what is printed here may stand in a log.
fn claims_of(group: &Group, words: Words) -> String {
    let subnets = group.subnets.iter().map(ToString::to_string);
    let interfaces = group.interfaces.iter().map(ToString::to_string);
    let devices = Some(group.macs.len()).filter(|count| *count > 0);
    let devices = devices.map(|count| words.device_count(count));
    let all = subnets.chain(interfaces).chain(devices);
    all.collect::<Vec<_>>().join(" ")
}

fn ruleset_line(policy: &Policy, config: &Config, words: Words) -> String {
    let header = policy.ruleset().header();
    let built = shown_unix(header.built, &config.school.time_zone);
    let lists = policy.ruleset().lists().len();
    let now = Now::system().known().filter(|_| header.built > 0);
    match now {
        Some(now) => {
            let days = (now.as_second() - header.built).max(0) / 86_400;
            words.serves_ruleset(&built, days, header.names, lists)
        }
        None => words.serves_ruleset_of_unknown_age(header.names, lists),
    }
}
