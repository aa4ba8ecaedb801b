//! Keeps the kernel's rules as settings, groups and lists make them, and gives the sign of life that
//! tiers which fail open rest on.
//!
//! A thread of its own, because every change runs the `nft` program. When the filter ends, the rules
//! stay: what then happens to whose DNS is what the settings say (`network.fail-open`).

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use lachan_config::{Config, NetworkMode};
use lachan_firewall::{ALIVE_FOR, FirewallError, Nft, Nftables, Unsound};
use lachan_policy::Policy;

use super::chain;
use crate::control::{FirewallState, FirewallView};
use crate::firewall::{Applied, Standing, rules, rules_without_filter, standing};

/// How often the sign of life is given, and it is looked whether another policy holds: three signs
/// may be lost before anybody's DNS goes its own way.
const BEAT: Duration = Duration::from_secs(ALIVE_FOR.as_secs() / 4);
/// How long whoever asks waits: as long as `nft` may take for what is under way and for what is asked.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often the kernel's rules are read back.
const LOOK: Duration = Duration::from_secs(60);

/// Asks whether the listeners answer.
pub(super) type Answers = Box<dyn Fn() -> bool + Send>;

/// What the thread is told.
enum Order {
    /// Take the rules away for so long.
    Off(Duration, SyncSender<Result<(), FirewallError>>),
    /// Put them back.
    On(SyncSender<Result<(), FirewallError>>),
    /// End; the rules stay.
    Stop,
}

/// The way to the thread. Cheap to clone; may outlive it.
#[derive(Clone)]
pub(super) struct FirewallDesk {
    orders: Option<Sender<Order>>,
    mode: NetworkMode,
    state: Arc<Mutex<State>>,
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
    /// Whether the listeners answer.
    answers: Answers,
    state: Arc<Mutex<State>>,
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
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        FirewallView {
            mode: self.mode.id().to_owned(),
            state: match &*state {
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
        let (reply, answer) = mpsc::sync_channel(1);
        self.orders.as_ref()?.send(order(reply)).ok()?;
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
    ) -> io::Result<Self> {
        let mode = config.network.mode;
        let mut desk = FirewallDesk {
            orders: None,
            mode,
            state: Arc::new(Mutex::new(State::Alone)),
        };
        if mode == NetworkMode::Off {
            clear_left_over(config);
            return Ok(Self { desk, thread: None });
        }
        let mut keeper = Keeper {
            config: config.clone(),
            policies: Arc::clone(policies),
            nft: Nft::default(),
            answers,
            state: Arc::clone(&desk.state),
            of: None,
            applied: Applied::load(&config.paths),
            off_until: None,
            looked: Instant::now(),
        };
        keeper.turn();
        let (orders, inbox) = mpsc::channel();
        desk.orders = Some(orders);
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
        if let Some(orders) = &self.desk.orders {
            // One that is gone is told below.
            let _ = orders.send(Order::Stop);
        }
        if self.thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the keeper of the firewall had failed");
        }
    }
}

/// Takes away the rules of a time before the settings said to leave the firewall alone.
fn clear_left_over(config: &Config) {
    if Applied::load(&config.paths).is_none() {
        return;
    }
    let cleared = Nft::default().remove();
    match cleared.map(|()| Applied::forget(&config.paths)) {
        Ok(Ok(())) => {
            tracing::info!("the firewall's rules were removed, since network.mode is off")
        }
        Ok(Err(error)) => tracing::warn!(%error, "the note of the firewall's rules stays"),
        Err(error) => tracing::error!(
            error = %chain(&error),
            "the firewall's old rules stay though network.mode is off; remove them by hand: nft delete table inet lachan"
        ),
    }
}

fn unsound(unsound: Unsound) -> FirewallError {
    FirewallError::Refused(unsound.to_string())
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
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// One round. What fails is told once and tried again at the next.
    fn turn(&mut self) {
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
        let anybody_fails_open = !self.config.network.fail_open.is_empty();
        let kept = self.follow().and_then(|()| {
            // A thread of ours that lives answers nobody: it is asked who does.
            if anybody_fails_open && (self.answers)() {
                self.nft.say_alive()
            } else {
                Ok(())
            }
        });
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

    /// Applies the rules where they changed, or where somebody else changed them.
    fn follow(&mut self) -> Result<(), FirewallError> {
        let policy = self.policies.load_full();
        let is_same = self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &policy));
        if is_same && self.looked.elapsed() < LOOK {
            return Ok(());
        }
        let made = rules(&self.config, policy.groups(), policy.ruleset());
        let Some(rules) = made.map_err(unsound)? else {
            return Ok(());
        };
        let live = self.nft.live()?;
        self.looked = Instant::now();
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
        if let Some(bare) = rules_without_filter(&self.config).map_err(unsound)? {
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

    /// Tells how it stands; logs when that changes for the worse or gets well.
    fn tell(&self, now: State) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*state, &now) {
            (State::Failing(..), State::Failing(..)) if *state == now => {}
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
        *state = now;
    }
}
