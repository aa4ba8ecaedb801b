//! What the service manager is told (sd_notify(3)): ready, reloading, stopping, one line of status,
//! and that we are alive. Nothing happens where there is no manager that listens.
//!
//! Alive means that a query of our own is answered through every real listener, that the runtime
//! still carries out tasks, and that the threads of the proxy read what they are told. All are asked
//! from a thread of its own, so that a filter that hangs cannot claim to be well; then the manager
//! kills and starts us anew.
//!
//! The query goes over UDP only: a device that holds all TCP connections must not have us restarted.

use std::net::SocketAddr;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sd_notify::NotifyState;

use tokio::runtime::Handle;

use crate::dns::{Question, over_udp_again, reached_at};

/// Answered here, without an upstream and without an event (RFC 6761 §6.3).
const OUR_QUESTION: &str = "localhost";
/// Longest wait for an answer of our own.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a query of ours is sent before it counts as unanswered.
const TRIES: u32 = 3;
/// Ports that each listener is asked from: of four threads, one that hangs is missed by all of
/// eight ports once in ten beats.
const PORTS: usize = 8;
/// Between two looks until the first query is answered.
const SOON: Duration = Duration::from_secs(1);
/// Between two looks where there is no watchdog: the status line is kept current.
const LEISURELY: Duration = Duration::from_secs(30);

/// Sends what there is to say. A manager that cannot be told is no reason to stop.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}

/// A reload begins.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The filter answers, for the first time or again after a reload.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The filter ends to begin again as the same process: the manager waits for [`ready`].
pub(super) fn beginning_again() {
    reloading();
    // The time until then is the next program's.
    tell(&[NotifyState::Watchdog]);
}

/// The filter stops.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Whether every listener answers queries of ours, from as many ports as it takes to come to each
/// of its threads. A flood may lose one, so each is sent a few times within the limit.
pub(super) fn answers(listeners: &[SocketAddr], limit: Duration) -> bool {
    let question = Question::address_of(OUR_QUESTION);
    listeners.iter().all(|listener| {
        let address = reached_at(*listener);
        (0..PORTS).all(|_| over_udp_again(address, &question, limit, TRIES).is_ok())
    })
}

/// Whether the runtime carries out a task within the limit.
pub(super) fn runs(runtime: &Handle, limit: Duration) -> bool {
    let (done, outcome) = mpsc::channel();
    runtime.spawn(async move {
        // Whoever asked may have given up.
        let _ = done.send(());
    });
    outcome.recv_timeout(limit).is_ok()
}

/// The thread that says we are alive; ends when it is stopped or dropped.
pub(super) struct Heart {
    stop: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

/// What the heart is given.
pub(super) struct Pulse {
    /// Whether we answer, within a time limit.
    pub(super) answers: Box<dyn Fn(Duration) -> bool + Send>,
    /// The line of status.
    pub(super) status: Box<dyn Fn() -> String + Send>,
}

impl Heart {
    /// Tells that we are ready once the first query of ours is answered, and then, as often as the
    /// manager wants, that we are alive. `None` where no manager listens.
    pub(super) fn begin(pulse: Pulse) -> Option<Self> {
        std::env::var_os("NOTIFY_SOCKET")?;
        let watchdog = sd_notify::watchdog_enabled();
        let (stop, stopped) = mpsc::channel();
        let beat = move || {
            let mut heartbeat = Heartbeat::new(pulse, watchdog);
            loop {
                heartbeat.beat(tell);
                let ended = stopped.recv_timeout(heartbeat.rest());
                if ended != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("heart".into()).spawn(beat);
        match thread {
            Ok(thread) => Some(Self {
                stop,
                thread: Some(thread),
            }),
            Err(error) => {
                tracing::error!(%error, "the service manager cannot be told that the filter is alive");
                None
            }
        }
    }

    /// Ends it.
    pub(super) fn stop(mut self) {
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One beat after the other.
struct Heartbeat {
    pulse: Pulse,
    has_watchdog: bool,
    rest: Duration,
    limit: Duration,
    is_ready: bool,
    is_failing: bool,
    told: String,
}

impl Heartbeat {
    /// A third of the manager's patience passes between two beats, and another may pass until a
    /// query of ours is given up: there is time for a second try.
    fn new(pulse: Pulse, watchdog: Option<Duration>) -> Self {
        let rest = watchdog.map_or(LEISURELY, |patience| patience / 3);
        Self {
            pulse,
            has_watchdog: watchdog.is_some(),
            rest,
            limit: rest.min(PATIENCE),
            is_ready: false,
            is_failing: false,
            told: String::new(),
        }
    }

    fn rest(&self) -> Duration {
        if self.is_ready {
            self.rest
        } else {
            self.rest.min(SOON)
        }
    }

    fn beat(&mut self, tell: impl Fn(&[NotifyState<'_>])) {
        let answers = (self.pulse.answers)(self.limit);
        if answers == self.is_failing {
            self.is_failing = !answers;
            if answers {
                tracing::info!("the filter answers its own queries again");
            } else {
                tracing::error!("the filter does not answer its own queries");
            }
        }
        if !answers {
            return;
        }
        let mut states = Vec::new();
        if !std::mem::replace(&mut self.is_ready, true) {
            states.push(NotifyState::Ready);
        }
        if self.has_watchdog {
            states.push(NotifyState::Watchdog);
        }
        let status = (self.pulse.status)();
        let is_news = status != self.told;
        self.told = status;
        if is_news {
            states.push(NotifyState::Status(&self.told));
        }
        if !states.is_empty() {
            tell(&states);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::fake::{empty, server};
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Patient {
        heartbeat: Heartbeat,
        is_well: Arc<AtomicBool>,
    }

    fn patient(watchdog: Option<u64>) -> Patient {
        let is_well = Arc::new(AtomicBool::new(true));
        let answers = Arc::clone(&is_well);
        let pulse = Pulse {
            answers: Box::new(move |_| answers.load(Ordering::SeqCst)),
            status: Box::new(|| "Đang lọc".to_owned()),
        };
        Patient {
            heartbeat: Heartbeat::new(pulse, watchdog.map(Duration::from_secs)),
            is_well,
        }
    }

    impl Patient {
        /// What one beat tells.
        fn told(&mut self) -> String {
            let told = RefCell::new(Vec::new());
            self.heartbeat.beat(|states| {
                told.borrow_mut()
                    .extend(states.iter().map(ToString::to_string));
            });
            told.into_inner().join(" ")
        }
    }

    #[test]
    fn ready_and_status_are_told_once_and_life_at_every_beat() {
        let mut patient = patient(Some(30));
        assert_eq!(patient.told(), "READY=1 WATCHDOG=1 STATUS=Đang lọc");
        assert_eq!(patient.told(), "WATCHDOG=1");
        assert_eq!(patient.heartbeat.rest(), Duration::from_secs(10));
    }

    #[test]
    fn a_filter_that_does_not_answer_is_not_alive() {
        let mut patient = patient(Some(30));
        patient.is_well.store(false, Ordering::SeqCst);
        assert_eq!(
            (patient.told(), patient.told()),
            (String::new(), String::new())
        );
        patient.is_well.store(true, Ordering::SeqCst);
        assert!(patient.told().starts_with("READY=1 WATCHDOG=1"));
    }

    #[test]
    fn without_a_watchdog_nothing_is_told_twice() {
        let mut patient = patient(None);
        assert_eq!(patient.told(), "READY=1 STATUS=Đang lọc");
        assert_eq!(patient.told(), "");
    }

    #[test]
    fn every_listener_has_to_answer() {
        let limit = Duration::from_millis(200);
        let well = server(|query| Some(empty(query, 0)));
        assert!(answers(&[well], Duration::from_secs(10)));
        let silent = server(|_| None);
        assert!(!answers(&[well, silent], limit));
    }

    #[test]
    fn a_runtime_that_hangs_is_noticed() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        assert!(runs(runtime.handle(), Duration::from_secs(10)));
        let (release, held) = mpsc::channel::<()>();
        runtime.spawn(async move {
            let _ = held.recv();
        });
        assert!(!runs(runtime.handle(), Duration::from_millis(100)));
        drop(release);
        assert!(runs(runtime.handle(), Duration::from_secs(10)));
    }
}
