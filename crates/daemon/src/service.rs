//! The running filter: opens everything, starts the listeners, keeps the policy current, stops
//! cleanly.
//!
//! ```text
//!  keeper (thread) ── watches ruleset file and database ──► ArcSwap<Policy> ◄── resolver
//!  clock (task)    ── each second ──► Clock ◄── resolver, store
//!  recorder        ◄── decisions ── resolver ;  recorder ──► store's bounded queue
//! ```

mod certificate;
mod clock;
mod keeper;
mod recorder;
mod ruleset;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use lachan_config::Config;
use lachan_policy::{Group, Policy};
use lachan_resolver::{Resolver, Running, Shared};
use lachan_store::{Opened, Store};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use crate::console::{Console, TITLE, WARNING, styled};
use crate::database::store_settings;
use crate::fault::Fault;
use crate::policy_source::People;
use crate::time::{Now, shown_unix};
use crate::words::{Words, path};
use certificate::CertificateWatch;
use clock::{Clock, TICK};
use keeper::{Keeper, KeeperHandle};
use recorder::Recorder;
use ruleset::{Loaded, Origin};

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// [`Fault`]: what kept it from starting, or stopped it.
pub(crate) fn serve(config: Config, file: PathBuf, console: &mut Console<'_>) -> Result<(), Fault> {
    raise_descriptors(&config, console)?;
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

/// Takes as many descriptors as the system lets this process have: every connection and every
/// question under way holds one, and the usual limit of 1,024 is below what the settings allow.
fn raise_descriptors(config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    /// Sockets, files and what libraries hold open.
    const OTHERS: u64 = 128;
    let resolver = &config.resolver;
    let wanted = u64::from(resolver.max_tcp_connections) + u64::from(resolver.max_misses) + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let most = limit.maximum.map_or(wanted, |most| most.min(wanted));
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
    certificate: Option<CertificateWatch>,
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
        let policy = Arc::new(people.policy(Arc::clone(&loaded.ruleset), unknown)?);
        let recorder = Arc::new(Recorder::new(store.sink(), &loaded.ruleset));
        let shared = Shared {
            policy: Arc::new(ArcSwap::new(policy)),
            clock: Arc::clone(&clock) as _,
            events: Arc::clone(&recorder) as _,
        };
        let policies = Arc::clone(&shared.policy);
        let running = Resolver::bind(&settings::resolver(&config.resolver), shared)?;
        announce(&running, &policies.load(), &config, console)?;
        let certificate = watch_certificate(&running, &config, &clock, console)?;
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
        };
        let keeper = keeper.start().map_err(Fault::Runtime)?;
        Ok(Self {
            running,
            store,
            clock,
            keeper,
            certificate,
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
                _ = signals.reload.recv() => self.reload(),
                ended = self.running.ended() => break ended.map_err(Fault::Serve),
            }
        };
        self.stop().await;
        ended
    }

    fn reload(&self) {
        self.keeper.reload();
        if let Some(certificate) = &self.certificate {
            certificate.reload();
        }
    }

    /// Stops in the order of the flow: no new queries, no new policies, then the last events.
    async fn stop(self) {
        tracing::info!("stopping");
        if let Err(error) = self.running.shutdown().await {
            tracing::warn!(error = %chain(&error), "the listeners did not stop cleanly");
        }
        self.keeper.stop();
        if let Some(certificate) = self.certificate {
            certificate.stop();
        }
        if let Err(error) = self.store.close() {
            tracing::error!(error = %chain(&error), "the last events could not be written");
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
        console.note(styled(WARNING, text))?;
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
    for (kind, address) in running.encrypted() {
        console.line(words.listens_encrypted(kind.transport(), &address.to_string()))?;
    }
    console.line(ruleset_line(policy, config, words))?;
    if config.resolver.upstreams.is_empty() {
        console.line(words.no_upstream())?;
    }
    // The group of unknown devices stands first there and is told last.
    let (unknown, groups) = policy.groups().all().split_at(1);
    for group in groups {
        console.line(words.serves_group(&group.name, group.tier.id(), &subnets_of(group)))?;
    }
    for group in unknown {
        console.line(words.serves_unknown(group.tier.id()))?;
    }
    console.out.flush().map_err(Fault::Output)
}

fn subnets_of(group: &Group) -> String {
    let texts = group.subnets.iter().map(ToString::to_string);
    texts.collect::<Vec<_>>().join(" ")
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
