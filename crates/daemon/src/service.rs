//! The running filter: opens everything, starts the listeners, keeps the policy current, stops
//! cleanly.
//!
//! ```text
//!  watch (thread)  ── kernel's tables, lease files ──► ArcSwap<Neighbours>, <DeviceNames> ◄── resolver
//!        └─ "look" ─► keeper (thread) ── ruleset file, database ──► ArcSwap<Policy> ◄── resolver
//!  clock (task)    ── each second ──► Clock ◄── resolver, store
//!  recorder        ◄── decisions ── resolver ;  recorder ──► store's bounded queue
//! ```

mod clock;
mod keeper;
mod recorder;
mod ruleset;
mod settings;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use lachan_config::Config;
use lachan_policy::{Group, Policy};
use lachan_resolver::{Neighbours, Resolver, Running, Shared};
use lachan_store::{Opened, Store};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use crate::console::{Console, TITLE, WARNING, styled};
use crate::database::store_settings;
use crate::fault::Fault;
use crate::network::{self, Links};
use crate::policy_source::People;
use crate::time::{Now, shown_unix};
use crate::words::{Words, path};
use clock::{Clock, TICK};
use keeper::{Keeper, KeeperHandle};
use recorder::Recorder;
use ruleset::{Loaded, Origin};
use watch::{Bell, Watch, WatchHandle};

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// [`Fault`]: what kept it from starting, or stopped it.
pub(crate) fn serve(config: Config, file: PathBuf, console: &mut Console<'_>) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Fault::Runtime)?;
    runtime.block_on(async {
        let mut signals = Signals::new().map_err(Fault::Runtime)?;
        let service = Service::start(config, file, console)?;
        service.until_stopped(&mut signals).await
    })
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

/// Everything that runs.
struct Service {
    running: Running,
    store: Store,
    clock: Arc<Clock>,
    keeper: KeeperHandle,
    watch: WatchHandle,
}

impl Service {
    fn start(config: Config, file: PathBuf, console: &mut Console<'_>) -> Result<Self, Fault> {
        let clock = Arc::new(Clock::new(config.school.time_zone.clone()));
        let store = open_store(&config, &clock, console)?;
        let loaded = ruleset::load(&config.paths)?;
        tell_origin(&loaded, console)?;
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
        let bell = Bell::new().map_err(Fault::Runtime)?;
        bell.want_neighbours(policy.groups().know_macs());
        let recorder = Arc::new(Recorder::new(store.sink(), &loaded.ruleset));
        let shared = Shared {
            policy: Arc::new(ArcSwap::from_pointee(policy)),
            clock: Arc::clone(&clock) as _,
            events: Arc::clone(&recorder) as _,
            neighbours: Arc::new(ArcSwap::from_pointee(neighbours(&bell))),
            devices: Arc::default(),
        };
        let policies = Arc::clone(&shared.policy);
        let channel = keeper::channel();
        let watch = Watch {
            told: channel.0.clone(),
            clock: Arc::clone(&clock),
            neighbours: Arc::clone(&shared.neighbours),
            devices: Arc::clone(&shared.devices),
            lease_files: config.resolver.lease_files.clone(),
            domains: config.resolver.local_domains.clone(),
            kept_files: vec![database.clone(), config.paths.ruleset.clone()],
            links: links.clone(),
        };
        let watch = watch.start(bell.clone()).map_err(Fault::Runtime)?;
        let running = Resolver::bind(&settings::resolver(&config.resolver), shared)?;
        announce(&running, &policies.load(), &config, console)?;
        let keeper = Keeper {
            file,
            config,
            policies,
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
            eager_until: None,
        };
        let keeper = keeper.start(channel).map_err(Fault::Runtime)?;
        Ok(Self {
            running,
            store,
            clock,
            keeper,
            watch,
        })
    }

    async fn until_stopped(mut self, signals: &mut Signals) -> Result<(), Fault> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let ended = loop {
            tokio::select! {
                _ = ticks.tick() => self.clock.tick(Now::system()),
                _ = signals.terminate.recv() => break Ok(()),
                _ = signals.interrupt.recv() => break Ok(()),
                _ = signals.reload.recv() => self.keeper.reload(),
                ended = self.running.ended() => break ended.map_err(Fault::Serve),
            }
        };
        self.stop().await;
        ended
    }

    /// Stops in the order of the flow: no new queries, no new policies, then the last events.
    async fn stop(self) {
        tracing::info!("stopping");
        if let Err(error) = self.running.shutdown().await {
            tracing::warn!(error = %chain(&error), "the listeners did not stop cleanly");
        }
        self.watch.stop();
        self.keeper.stop();
        if let Err(error) = self.store.close() {
            tracing::error!(error = %chain(&error), "the last events could not be written");
        }
    }
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

/// The neighbour table, if the policy asks for it: devices have their groups with the first query.
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
        console.note(styled(WARNING, text))?;
    }
    Ok(store)
}

/// Says loudly when the ruleset in use is not the one that should be.
fn tell_origin(loaded: &Loaded, console: &mut Console<'_>) -> Result<(), Fault> {
    let words = console.words;
    let text = match &loaded.origin {
        Origin::InUse => return Ok(()),
        Origin::Previous { why } => words.serves_previous(why),
        Origin::Compiled { why } => words.serves_compiled(why),
    };
    console.note(styled(WARNING, text))
}

/// Prints what began: where it listens, with which ruleset, for which groups.
fn announce(
    running: &Running,
    policy: &Policy,
    config: &Config,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let words = console.words;
    console.line(styled(TITLE, words.started()))?;
    for address in running.addresses() {
        console.line(words.listens(&address.to_string()))?;
    }
    console.line(ruleset_line(policy, config, words))?;
    if config.resolver.upstreams.is_empty() {
        console.line(words.no_upstream())?;
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
