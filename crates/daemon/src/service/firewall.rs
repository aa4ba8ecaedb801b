//! Keeps the kernel's rules as settings, groups and lists make them, with the routes that what is
//! diverted to the proxy needs, and gives the signs of life that tiers which fail open rest on. Looks
//! after dnsmasq, too ([`super::dhcp`]).
//!
//! A thread of its own, because every change runs the `nft` program. When the filter ends, the rules
//! stay: what then happens to whose DNS and web is what the settings say (`network.fail-open`).

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use lachan_config::{Config, Network, NetworkMode, Proxy};
use lachan_firewall::{ALIVE_FOR, FirewallError, Live, Nft, Nftables, Signs};
use lachan_policy::Policy;

use super::chain;
use super::dhcp::Dnsmasq;
use crate::control::{FirewallState, FirewallView, RuleCount};
use crate::firewall::{Applied, Standing, diverts, routes, rules, rules_without_filter, standing};

/// How often the signs of life are given, and it is looked whether another policy holds: three signs
/// may be lost before anybody goes his own way.
const BEAT: Duration = Duration::from_secs(ALIVE_FOR.as_secs() / 4);
/// How long whoever asks waits: as long as `nft` may take for what is under way and for what is asked.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often the kernel's rules are read back.
const LOOK: Duration = Duration::from_secs(60);
/// How long the proxy may take to take a connection.
const TAKES_WITHIN: Duration = Duration::from_millis(500);

/// Ask who answers.
pub(super) struct Answers {
    /// Whether every listener of the resolver answers.
    pub(super) dns: Box<dyn Fn() -> bool + Send>,
    /// Whether every thread of the proxy works.
    pub(super) proxy: Box<dyn Fn() -> bool + Send>,
}

/// What the thread is told.
pub(super) enum Order {
    /// Take the rules away for so long.
    Off(Duration, SyncSender<Result<(), FirewallError>>),
    /// Put them back.
    On(SyncSender<Result<(), FirewallError>>),
    /// The settings are others now.
    Settings(Box<(Network, Proxy)>),
    /// End; the rules stay.
    Stop,
}

/// What the thread is told through, and where it hears it.
pub(super) fn channel() -> (Orders, Receiver<Order>) {
    let (orders, inbox) = mpsc::channel();
    (Orders(orders), inbox)
}

/// The way to the thread, for who changes the settings.
#[derive(Clone)]
pub(super) struct Orders(Sender<Order>);

impl Orders {
    /// Has the rules made of these settings.
    pub(super) fn take(&self, network: Network, proxy: Proxy) {
        // A thread that is gone is told at the stop.
        let _ = self.0.send(Order::Settings(Box::new((network, proxy))));
    }
}

/// The way to the thread. Cheap to clone; may outlive it.
#[derive(Clone)]
pub(super) struct FirewallDesk {
    orders: Orders,
    shown: Arc<Mutex<Shown>>,
}

/// What is told of the firewall.
#[derive(Debug)]
struct Shown {
    mode: NetworkMode,
    state: State,
    counts: Vec<RuleCount>,
}

/// How the firewall stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// It is left alone.
    Alone,
    /// As it should be.
    On,
    /// Switched off for a while.
    Off { until: Instant },
    /// Not as it should be, by the error's id and what another program said.
    Failing(&'static str, String),
}

/// The running thread.
pub(super) struct FirewallHandle {
    desk: FirewallDesk,
    thread: Option<JoinHandle<()>>,
}

/// The thread's state.
struct Keeper {
    config: Config,
    policies: Arc<ArcSwap<Policy>>,
    nft: Nft,
    answers: Answers,
    shown: Arc<Mutex<Shown>>,
    dnsmasq: Dnsmasq,
    /// The policy whose rules were applied last.
    of: Option<Arc<Policy>>,
    /// What was applied last.
    applied: Option<Applied>,
    /// Until when somebody switched it off.
    off_until: Option<Instant>,
    looked: Instant,
}

impl FirewallDesk {
    /// How the firewall stands.
    pub(super) fn view(&self) -> FirewallView {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        FirewallView {
            mode: shown.mode.id().to_owned(),
            state: match &shown.state {
                State::Alone => FirewallState::Alone,
                State::On => FirewallState::On,
                State::Off { until } => FirewallState::Off {
                    seconds: until.saturating_duration_since(Instant::now()).as_secs(),
                },
                State::Failing(code, detail) => FirewallState::Failing {
                    code: (*code).to_owned(),
                    detail: detail.clone(),
                },
            },
            counts: shown.counts.clone(),
        }
    }

    /// Takes the rules away for so long; `None` where there is no firewall to switch off.
    pub(super) fn off(&self, time: Duration) -> Option<Result<(), FirewallError>> {
        self.ask(|reply| Order::Off(time, reply))
    }

    /// Puts the rules back; `None` where there is no firewall to switch on.
    pub(super) fn on(&self) -> Option<Result<(), FirewallError>> {
        self.ask(Order::On)
    }

    fn ask(
        &self,
        order: impl FnOnce(SyncSender<Result<(), FirewallError>>) -> Order,
    ) -> Option<Result<(), FirewallError>> {
        let mode = {
            let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.mode
        };
        if mode == NetworkMode::Off {
            return None;
        }
        let (reply, answer) = mpsc::sync_channel(1);
        self.orders.0.send(order(reply)).ok()?;
        answer.recv_timeout(PATIENCE).ok()
    }
}

impl FirewallHandle {
    /// Applies the rules before it returns, and begins to keep them. Where that fails the filter
    /// answers all the same, and everybody who looks is told.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn begin(
        config: &Config,
        policies: &Arc<ArcSwap<Policy>>,
        answers: Answers,
        (orders, inbox): (Orders, Receiver<Order>),
    ) -> io::Result<Self> {
        let shown = Arc::new(Mutex::new(Shown {
            mode: config.network.mode,
            state: State::Alone,
            counts: Vec::new(),
        }));
        let mut keeper = Keeper {
            config: config.clone(),
            policies: Arc::clone(policies),
            nft: Nft::default(),
            answers,
            shown: Arc::clone(&shown),
            dnsmasq: Dnsmasq::default(),
            of: None,
            applied: Applied::load(&config.paths),
            off_until: None,
            looked: Instant::now(),
        };
        if config.network.mode == NetworkMode::Off {
            keeper.clear_left_over();
        }
        keeper.turn();
        let desk = FirewallDesk { orders, shown };
        let thread = thread::Builder::new()
            .name("firewall".into())
            .spawn(move || keeper.run(&inbox))?;
        Ok(Self {
            desk,
            thread: Some(thread),
        })
    }

    /// The way to it.
    pub(super) fn desk(&self) -> FirewallDesk {
        self.desk.clone()
    }

    /// Ends the keeping. The rules stay.
    pub(super) fn stop(self) {
        // One that is gone is told below.
        let _ = self.desk.orders.0.send(Order::Stop);
        if self.thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the keeper of the firewall had failed");
        }
    }
}

impl Keeper {
    fn run(mut self, inbox: &Receiver<Order>) {
        loop {
            match inbox.recv_timeout(BEAT) {
                Err(RecvTimeoutError::Timeout) => self.turn(),
                // Whoever asked may have gone.
                Ok(Order::Off(time, reply)) => {
                    let _ = reply.send(self.off(time));
                }
                Ok(Order::On(reply)) => {
                    self.off_until = None;
                    self.of = None;
                    let _ = reply.send(self.keep());
                }
                Ok(Order::Settings(settings)) => self.take(*settings),
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => {
                    self.dnsmasq.stop();
                    return;
                }
            }
        }
    }

    /// Goes by other settings. Whoever switched the filtering off asked for it under the old ones.
    fn take(&mut self, (network, proxy): (Network, Proxy)) {
        if self.config.network == network && self.config.proxy == proxy {
            return;
        }
        let was_off = self.config.network.mode == NetworkMode::Off;
        let (mode, diverted) = (network.mode, diverts(&self.config));
        self.config.network = network;
        self.config.proxy = proxy;
        self.of = None;
        self.off_until = None;
        {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.mode = mode;
        }
        if mode == NetworkMode::Off && !was_off {
            self.clear_left_over();
        } else if diverted && !diverts(&self.config) {
            self.remove_routes();
        }
        self.turn();
    }

    /// Takes away the rules of a time before the settings said to leave the firewall alone.
    fn clear_left_over(&mut self) {
        if Applied::load(&self.config.paths).is_none() {
            return;
        }
        self.remove_routes();
        self.applied = None;
        match self
            .nft
            .remove()
            .map(|()| Applied::forget(&self.config.paths))
        {
            Ok(Ok(())) => {
                tracing::info!("the firewall's rules were removed, since network.mode is off");
            }
            Ok(Err(error)) => tracing::warn!(%error, "the note of the firewall's rules stays"),
            Err(error) => tracing::error!(
                error = %chain(&error),
                "the firewall's old rules stay though network.mode is off; remove them by hand: nft delete table inet lachan"
            ),
        }
    }

    fn remove_routes(&self) {
        if let Err(error) = routes().remove() {
            tracing::warn!(error = %chain(&error), "the routes to the proxy stay");
        }
    }

    /// One round. What fails is told once and tried again at the next.
    fn turn(&mut self) {
        self.dnsmasq.keep(&self.config);
        if self.config.network.mode == NetworkMode::Off {
            self.tell(State::Alone);
            return;
        }
        if self.off_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        if self.off_until.take().is_some() {
            tracing::info!(
                "the firewall filtered nothing for the time that was asked for; it does again"
            );
        }
        drop(self.keep());
    }

    /// Has the rules as they should be, and says that somebody answers.
    fn keep(&mut self) -> Result<(), FirewallError> {
        let kept = self.follow().and_then(|()| self.nft.say(self.signs()));
        if kept.is_err() {
            // The table may be gone: the next round begins anew.
            self.of = None;
        }
        self.tell(match &kept {
            Ok(()) => State::On,
            Err(error) => State::Failing(error.id(), error.detail()),
        });
        kept
    }

    /// Who answers, as far as anybody asks.
    fn signs(&self) -> Signs {
        if self.config.network.fail_open.is_empty() {
            return Signs::default();
        }
        let proxy = &self.config.proxy;
        let ports = [proxy.transparent_http, proxy.transparent_tls];
        Signs {
            // A thread of ours that lives answers nobody: it is asked who does.
            dns: (self.answers.dns)(),
            proxy: diverts(&self.config)
                && (self.answers.proxy)()
                && ports.into_iter().all(takes_connections),
        }
    }

    /// Applies the rules where they changed, or where somebody else changed them.
    fn follow(&mut self) -> Result<(), FirewallError> {
        let policy = self.policies.load_full();
        let is_same = self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &policy));
        if is_same && self.looked.elapsed() < LOOK {
            return Ok(());
        }
        let made = rules(&self.config, policy.groups(), policy.ruleset())?;
        let Some(rules) = made else {
            return Ok(());
        };
        if diverts(&self.config) && routes().apply()? {
            tracing::info!("the routes to the proxy were set");
        }
        let live = self.nft.live()?;
        self.looked = Instant::now();
        self.count(live.as_ref());
        match standing(self.applied.as_ref(), live.as_ref(), &rules) {
            Standing::Current => {}
            Standing::Touched(differences) => {
                let changed: Vec<String> = differences.iter().map(ToString::to_string).collect();
                tracing::warn!(
                    changed = changed.join("; "),
                    "the firewall's rules were changed by hand; ours are applied again"
                );
                self.apply(&rules)?;
            }
            Standing::Absent | Standing::Outdated => self.apply(&rules)?,
        }
        self.of = Some(policy);
        Ok(())
    }

    fn apply(&mut self, rules: &Nftables<'_>) -> Result<(), FirewallError> {
        let live = self.nft.apply(rules)?;
        let applied = Applied::new(rules, &live);
        if let Err(error) = applied.save(&self.config.paths) {
            // Without the note a restart applies the rules once more, which changes nothing.
            tracing::warn!(%error, "what the firewall was told cannot be noted");
        }
        self.applied = Some(applied);
        tracing::info!("the firewall's rules were applied");
        Ok(())
    }

    fn off(&mut self, time: Duration) -> Result<(), FirewallError> {
        if let Some(bare) = rules_without_filter(&self.config)? {
            self.apply(&bare)?;
        }
        let until = Instant::now() + time;
        self.off_until = Some(until);
        self.of = None;
        let seconds = time.as_secs();
        tracing::warn!(
            seconds,
            "nothing is filtered by the firewall, because somebody asked for it"
        );
        self.tell(State::Off { until });
        Ok(())
    }

    /// Tells what the rules have held, over all chains: of which tier is nobody's business here.
    fn count(&self, live: Option<&Live>) {
        let mut counts: Vec<RuleCount> = Vec::new();
        for rule in live.into_iter().flat_map(Live::rules) {
            let Some(packets) = rule.packets() else {
                continue;
            };
            match counts.iter_mut().find(|count| count.rule == rule.comment()) {
                Some(count) => count.packets = count.packets.saturating_add(packets),
                None => counts.push(RuleCount {
                    rule: rule.comment().to_owned(),
                    refuses: rule.refuses(),
                    packets,
                }),
            }
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.counts = counts;
    }

    /// Tells how it stands; logs when that changes for the worse or gets well.
    fn tell(&self, now: State) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match (&shown.state, &now) {
            (State::Failing(..), State::Failing(..)) if shown.state == now => {}
            (_, State::Failing(code, detail)) => {
                tracing::error!(
                    code,
                    detail,
                    "the firewall's rules are not as they should be"
                );
            }
            (State::Failing(..), State::On) => {
                tracing::info!("the firewall is as it should be again");
            }
            _ => {}
        }
        shown.state = now;
    }
}

/// Whether somebody on this machine takes connections on a port.
fn takes_connections(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, TAKES_WITHIN).is_ok()
}
