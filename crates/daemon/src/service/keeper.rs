//! Keeps the policy current while the filter answers: looks at the ruleset's file and the people's
//! changes in the database, when the watcher says so and each second, and swaps the whole policy
//! when either changes, or the machine's interfaces do. A query under way keeps the policy it began
//! with, so nothing is lost.
//!
//! A thread of its own, because all of it reads the disk. Reading a big ruleset through is left to
//! a helper thread, so that a teacher's pass never waits for it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arc_swap::ArcSwap;
use lachan_config::Config;
use lachan_lists::verify::{VerifyError, verify};
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{Group, Policy};
use lachan_store::Reader;

use super::clock::Clock;
use super::pupils::Pupils;
use super::recorder::Recorder;
use super::watch::{Bell, Told};
use super::web::Settings;
use super::{behind_answers, chain, firewall, gate, notify, ruleset};
use crate::control::Reloaded;
use crate::files::Mark;
use crate::network::Links;
use crate::policy_source::People;

/// How often file and database are looked at: one `stat` and one page of SQLite.
pub(super) const LOOK: Duration = Duration::from_secs(1);
/// How soon it is looked at the database again after its file changed: what was written can be read
/// only when it has reached the disk. Each look after it waits twice as long, up to [`LOOK`]: a card
/// may be slow, and a log that is written in a flood changes the file all the time.
const EAGER_LOOK: Duration = Duration::from_millis(10);

/// What the keeper is told.
pub(super) enum Order {
    /// Read everything again, and tell how that went.
    Reload(Option<SyncSender<Reloaded>>),
    /// A file changed.
    Look,
    /// People's changes were saved: take them, and tell when they hold.
    TakePeople(SyncSender<()>),
    /// The interfaces are others now.
    Links(Links),
    /// The file with this mark was read through.
    Verified(Option<Mark>, Result<(), VerifyError>),
    /// End.
    Stop,
}

/// The keeper's state.
pub(super) struct Keeper {
    /// The settings file.
    pub(super) file: PathBuf,
    pub(super) config: Config,
    /// The same for the pages.
    pub(super) shown: Arc<Settings>,
    /// Who keeps the firewall.
    pub(super) wall: firewall::Orders,
    /// Who keeps the proxy.
    pub(super) doors: gate::Orders,
    /// What the proxy makes of a ruleset before it is used.
    pub(super) gate: gate::GateDesk,
    /// Who answers pupils.
    pub(super) pupils: Arc<Pupils>,
    pub(super) policies: Arc<ArcSwap<Policy>>,
    pub(super) recorder: Arc<Recorder>,
    pub(super) clock: Arc<Clock>,
    pub(super) reader: Reader,
    /// The database's revision that [`Self::people`] is of.
    pub(super) revision: i64,
    pub(super) people: People,
    pub(super) ruleset: Arc<Ruleset>,
    /// The mark of the file that [`Self::ruleset`] is of.
    pub(super) mark: Option<Mark>,
    /// The mark of the file that is being read through, or was and is damaged.
    pub(super) checking: Option<Mark>,
    /// Whether the database failed at the last look; told once.
    pub(super) is_failing: bool,
    /// The machine's interfaces.
    pub(super) links: Links,
    /// Who reads the neighbour table, if the policy asks for it.
    pub(super) bell: Bell,
    /// How long until the next look.
    pub(super) rest: Duration,
}

/// What the keeper is told through, and where it hears it.
pub(super) fn channel() -> (Sender<Order>, Receiver<Order>) {
    mpsc::channel()
}

impl Told for Sender<Order> {
    fn links(&self, links: Links) {
        // A keeper that is gone is told at the stop.
        let _ = self.send(Order::Links(links));
    }

    fn look(&self) {
        let _ = self.send(Order::Look);
    }
}

/// The running keeper.
pub(super) struct KeeperHandle {
    orders: Orders,
    thread: JoinHandle<()>,
}

/// The way to a keeper. Cheap to clone; may outlive it.
#[derive(Clone)]
pub(super) struct Orders(Sender<Order>);

impl Orders {
    /// Has everything read again and waits until that is done.
    pub(super) fn reload_and_wait(&self) -> Reloaded {
        let (reply, answer) = mpsc::sync_channel(1);
        let sent = self.0.send(Order::Reload(Some(reply)));
        let answer = sent.ok().and_then(|()| answer.recv().ok());
        answer.unwrap_or(Reloaded::Stopping)
    }

    /// Has people's changes taken, and waits until they decide.
    pub(super) fn look_and_wait(&self) {
        let (reply, answer) = mpsc::sync_channel(1);
        if self.0.send(Order::TakePeople(reply)).is_ok() {
            // A keeper that is gone decides nothing any more.
            let _ = answer.recv();
        }
    }
}

impl KeeperHandle {
    /// The way to it.
    pub(super) fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// Has everything read again.
    pub(super) fn reload(&self) {
        // A keeper that is gone is told at the stop.
        let _ = self.orders.0.send(Order::Reload(None));
    }

    /// Ends the keeper.
    pub(super) fn stop(self) {
        let _ = self.orders.0.send(Order::Stop);
        if self.thread.join().is_err() {
            tracing::error!("the keeper of the policy had failed");
        }
    }
}

impl Keeper {
    /// Begins to watch, and has the ruleset in use read through.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        self,
        (orders, inbox): (Sender<Order>, Receiver<Order>),
    ) -> io::Result<KeeperHandle> {
        let outbox = orders.clone();
        let thread = thread::Builder::new()
            .name("keeper".into())
            .spawn(move || {
                let mut keeper = self;
                keeper.check(&outbox);
                keeper.watch(&inbox, &outbox);
            })?;
        Ok(KeeperHandle {
            orders: Orders(orders),
            thread,
        })
    }

    fn watch(&mut self, inbox: &Receiver<Order>, outbox: &Sender<Order>) {
        loop {
            match inbox.recv_timeout(self.rest) {
                Err(RecvTimeoutError::Timeout) => {
                    self.rest = (self.rest * 2).min(LOOK);
                    self.look(outbox);
                }
                Ok(Order::Look) => {
                    self.rest = EAGER_LOOK;
                    self.look(outbox);
                }
                Ok(Order::TakePeople(reply)) => {
                    self.look_at_people();
                    // Whoever asked may have gone.
                    let _ = reply.send(());
                }
                Ok(Order::Links(links)) => self.take_links(links),
                Ok(Order::Reload(reply)) => {
                    let outcome = self.reload(outbox);
                    // Whoever asked may have gone.
                    let _ = reply.map(|reply| reply.send(outcome));
                }
                Ok(Order::Verified(mark, outcome)) => self.verified(mark, outcome),
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Takes the machine's interfaces; only groups that name one make a difference.
    fn take_links(&mut self, links: Links) {
        self.links = links;
        let is_named = |group: &Group| !group.interfaces.is_empty();
        if self.people.groups.iter().any(is_named) {
            self.publish();
        }
    }

    fn look(&mut self, outbox: &Sender<Order>) {
        self.look_at_people();
        let now = Mark::of(&self.config.paths.ruleset);
        if now.is_some() && now != self.mark && now != self.checking {
            tracing::info!("the ruleset's file was replaced; reading it through");
            self.check(outbox);
        }
    }

    /// Takes what people changed.
    fn look_at_people(&mut self) {
        let revision = self.reader.revision();
        if revision
            .as_ref()
            .is_ok_and(|revision| *revision == self.revision)
            && !self.is_failing
        {
            return;
        }
        let read = revision.and_then(|revision| Ok((revision, People::read(&self.reader)?)));
        match read {
            Ok((revision, people)) => {
                self.is_failing = false;
                self.revision = revision;
                self.people = people;
                self.publish();
            }
            Err(error) if !self.is_failing => {
                self.is_failing = true;
                tracing::error!(error = %chain(&error), "groups and exceptions cannot be read; those known stay");
            }
            Err(_) => {}
        }
    }

    /// Makes the policy and hands it to the resolver.
    fn publish(&self) {
        let unknown = self.config.resolver.unknown_devices.tier;
        let ruleset = Arc::clone(&self.ruleset);
        match self.people.policy(ruleset, unknown, &self.links) {
            Ok(policy) => {
                self.recorder.learn(&self.ruleset);
                self.gate.learn(&self.ruleset);
                self.bell.want_neighbours(policy.groups().know_macs());
                let (groups, exceptions) =
                    (policy.groups().all().len(), policy.exceptions().all().len());
                self.policies.store(policy.into());
                let names = self.ruleset.header().names;
                tracing::info!(names, groups, exceptions, "a new policy holds");
            }
            Err(error) => tracing::error!(%error, "the groups cannot be used; the policy stays"),
        }
    }

    /// Has the file that is there read through beside.
    fn check(&mut self, outbox: &Sender<Order>) {
        let file = self.config.paths.ruleset.clone();
        let mark = Mark::of(&file);
        let outbox = outbox.clone();
        let read = move || {
            behind_answers();
            let outcome = verify(&file).map(drop);
            // The keeper may have ended meanwhile.
            let _ = outbox.send(Order::Verified(mark, outcome));
        };
        match thread::Builder::new().name("verify".into()).spawn(read) {
            Ok(_) => self.checking = mark,
            Err(error) => tracing::error!(%error, "the ruleset cannot be read through just now"),
        }
    }

    /// A file was read through: the one in use, or one that replaces it.
    fn verified(&mut self, mark: Option<Mark>, outcome: Result<(), VerifyError>) {
        if mark != Mark::of(&self.config.paths.ruleset) {
            // Replaced while it was read: the next look finds the newer one.
            self.checking = None;
            return;
        }
        let is_in_use = mark == self.mark;
        match outcome {
            Ok(()) if is_in_use => {
                tracing::info!("the ruleset was read through and is whole");
                give_back();
            }
            Ok(()) => {
                self.swap(mark);
                give_back();
            }
            Err(error) if is_in_use => self.recover(&error),
            Err(error) => tracing::error!(
                error = %chain(&error),
                "the new ruleset is damaged and not used; the one in use stays; compile again"
            ),
        }
    }

    fn swap(&mut self, mark: Option<Mark>) {
        match ruleset::open_checked(&self.config.paths.ruleset) {
            Ok(ruleset) => {
                self.ruleset = ruleset;
                self.mark = mark;
                self.publish();
            }
            Err(error) => tracing::error!(
                error = %chain(&error),
                "the new ruleset is not used; the one in use stays; compile again"
            ),
        }
    }

    /// The ruleset in use is damaged: another takes its place. When there is none, what is left of
    /// it still filters more than nothing.
    fn recover(&mut self, error: &VerifyError) {
        match ruleset::recover(&self.config.paths, &chain(error)) {
            Ok(loaded) => {
                self.ruleset = loaded.ruleset;
                self.mark = loaded.mark;
                self.publish();
            }
            Err(fault) => tracing::error!(
                error = %chain(&fault),
                "the ruleset in use is damaged and there is no other; compile the lists again"
            ),
        }
    }

    /// Reads settings, groups, exceptions and ruleset again. What only a start can change is told.
    fn reload(&mut self, outbox: &Sender<Order>) -> Reloaded {
        tracing::info!("reloading");
        notify::reloading();
        let outcome = match Config::load(&self.file) {
            Ok(config) => Reloaded::Done {
                needs_restart: self.take(config),
            },
            Err(error) => {
                let text = error.message(self.config.school.language);
                tracing::error!(
                    error = %text,
                    "the settings have mistakes and are not used; those in use stay"
                );
                Reloaded::Mistakes(text)
            }
        };
        self.revision = -1;
        self.checking = None;
        self.look(outbox);
        notify::ready();
        outcome
    }

    /// Takes the settings that can change while the filter runs; says whether others changed.
    fn take(&mut self, config: Config) -> bool {
        self.config.resolver.unknown_devices = config.resolver.unknown_devices;
        self.pupils.take(&config.school);
        self.config.school.bells = config.school.bells.clone();
        self.config.school.help.clone_from(&config.school.help);
        if self.config.school.time_zone != config.school.time_zone {
            self.clock.move_to(config.school.time_zone.clone());
            self.config.school.time_zone = config.school.time_zone.clone();
        }
        if self.config.lease_files() == config.lease_files() {
            self.config.network = config.network.clone();
        }
        self.config.proxy = config.proxy.clone();
        // The proxy first, so that nobody's web is led to where nobody listens.
        self.doors
            .take(config.network.clone(), config.proxy.clone());
        self.wall.take(config.network.clone(), config.proxy.clone());
        // Who is on which side of the pages; their listeners and certificate are the start's.
        self.config
            .web
            .management
            .clone_from(&config.web.management);
        self.config.web.staff.clone_from(&config.web.staff);
        self.shown.store(Arc::new(self.config.clone()));
        // Whose lease files are others now is watched only from the next start on.
        let needs_restart = self.config != config;
        if needs_restart {
            tracing::warn!("the settings changed in what only a restart takes up");
        }
        needs_restart
    }
}

/// Gives back what only the start needed, or the ruleset before: a small box has other uses for it.
fn give_back() {
    lachan_sys::give_back_memory();
    if let Err(error) = lachan_sys::give_back_code() {
        tracing::debug!(%error, "the program's code stays in memory");
    }
}
