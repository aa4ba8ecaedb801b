//! What all requests of one instance share. Whatever has to be the same on every instance lies in the database; here are
//! only the limits of one process.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lachan_web::password::Hasher;
use lachan_web::throttle::{Requests, SignIns};
use lachan_web::{Code, Problem, Tries};
use lachan_wire::upload::Kind;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::boxes::Paces;
use super::fault;
use crate::accounts;
use crate::boxes::Known;
use crate::id;
use crate::news::Streams;
use crate::storage::Storage;

/// Requests that hash a password at once; the others wait.
const MOST_PROVING: usize = 2;
/// How long one may wait for that.
const PATIENCE: Duration = Duration::from_secs(15);
/// Requests of one address: a whole office may stand behind one.
const REQUESTS_PER_SECOND: u32 = 50;
const REQUESTS_AT_ONCE: u32 = 400;

/// Codes that one address may try in an hour (a department sets up a school's boxes behind one). All together have no bound:
/// strangers who use it up would keep every box with a right code out.
const ENROLMENTS_EACH: u32 = 40;
const ENROLMENTS_IN: Duration = Duration::from_secs(3_600);
/// Boxes whose keys are kept in memory: the whole country's take 10 MB.
const MOST_BOXES: usize = 60_000;
/// Seconds for which they are believed without a look.
const BOXES_KEPT: i64 = 60;

/// The time as Unix milliseconds; tests have their own.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What an instance runs on.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What the hub is called where officers and boxes see it.
    pub name: String,
    /// Host names under which it is asked.
    pub hosts: Vec<String>,
    /// The folder of what was published.
    pub repository: PathBuf,
    /// Where boxes fetch it: of this hub, or of a server of files.
    pub repository_url: String,
    /// SHA-256 of the SubjectPublicKeyInfo of each key by which boxes that join are to know the hub.
    pub pins: Vec<[u8; 32]>,
}

/// The state of the web. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

/// Behind [`Hub`].
pub struct Shared {
    /// The database.
    pub(crate) storage: Storage,
    pub(crate) settings: Settings,
    clock: Clock,
    hasher: Hasher,
    proving: Semaphore,
    sign_ins: Mutex<SignIns>,
    requests: Mutex<Requests>,
    started: Instant,
    /// The streams of news that this instance holds.
    pub(crate) streams: Arc<Streams>,
    /// The key of browsers that are known, once it was asked for.
    device_key: OnceCell<String>,
    enrolments: Mutex<Tries>,
    paces: Mutex<Paces>,
    /// Boxes that were asked for, by id, and when (Unix seconds).
    boxes: Mutex<HashMap<String, (Known, i64)>>,
}

impl Deref for Hub {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Hub {
    /// A hub over a database.
    #[must_use]
    pub fn new(storage: Storage, settings: Settings, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            storage,
            settings,
            clock,
            hasher: Hasher::default(),
            proving: Semaphore::new(MOST_PROVING),
            sign_ins: Mutex::default(),
            requests: Mutex::new(Requests::new(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE)),
            started: Instant::now(),
            streams: Arc::default(),
            device_key: OnceCell::new(),
            enrolments: Mutex::new(Tries::new(ENROLMENTS_EACH, u32::MAX, ENROLMENTS_IN)),
            paces: Mutex::default(),
            boxes: Mutex::default(),
        }))
    }

    /// The streams of news, for whoever follows what other instances do.
    #[must_use]
    pub fn streams(&self) -> &Arc<Streams> {
        &self.streams
    }

    /// The key of browsers that are known, the same on every instance.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn device_key(&self) -> Result<&str, Problem> {
        let made = self.device_key.get_or_try_init(async || {
            let random = id::random().map_err(fault::of_random)?;
            let key = accounts::device_key(&self.storage, random).await;
            key.map_err(fault::of_storage)
        });
        made.await.map(String::as_str)
    }

    /// Whether an address may try a code now.
    pub(crate) fn may_enrol(&self, address: IpAddr) -> bool {
        held(&self.enrolments).take(address, Instant::now())
    }

    /// Whether a box may send something of a kind now, of which it proved that it is its own.
    pub(crate) fn may_send(&self, box_id: &str, kind: Kind) -> bool {
        let now = self.started.elapsed().as_secs();
        held(&self.paces).take(box_id, kind, now)
    }

    /// A box that was asked for before.
    pub(crate) fn known_box(&self, box_id: &str) -> Option<Known> {
        let now = self.now();
        let boxes = held(&self.boxes);
        let found = boxes.get(box_id);
        found
            .filter(|(_, at)| (0..BOXES_KEPT).contains(&(now - at)))
            .map(|(known, _)| known.clone())
    }

    /// Keeps a box for the next time.
    pub(crate) fn remember_box(&self, box_id: &str, known: Known) {
        let mut boxes = held(&self.boxes);
        if boxes.len() >= MOST_BOXES {
            boxes.clear();
        }
        boxes.insert(box_id.to_owned(), (known, self.now()));
    }

    /// A box was taken off.
    pub(crate) fn forget_box(&self, box_id: &str) {
        held(&self.boxes).remove(box_id);
    }

    /// Unix milliseconds.
    pub(crate) fn millis(&self) -> i64 {
        (self.clock)()
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.millis().div_euclid(1_000)
    }

    /// A new id.
    ///
    /// # Errors
    /// [`Code::Internal`].
    pub(crate) fn id(&self) -> Result<String, Problem> {
        id::new(self.millis()).map_err(fault::of_random)
    }

    /// Whether a password is the one that was hashed, off the threads that serve.
    ///
    /// # Errors
    /// [`Code::Busy`], [`Code::TimedOut`], [`Code::Internal`].
    pub(crate) async fn proves(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, Problem> {
        self.hashing(move |hub| {
            let proved = hub.hasher.proves(&password, stored.as_deref());
            proved.map_err(fault::of_hash)
        })
        .await
    }

    /// The hash of a password.
    ///
    /// # Errors
    /// As [`Self::proves`].
    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        let salt = id::random().map_err(fault::of_random)?;
        self.hashing(move |hub| hub.hasher.hash(&password, salt).map_err(fault::of_hash))
            .await
    }

    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let hub = self.clone();
        let done = timeout(PATIENCE, async {
            // Never closed.
            let _place = self.proving.acquire().await.map_err(|_| Code::Busy)?;
            let done = spawn_blocking(move || work(&hub)).await;
            done.map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                Problem::from(Code::Internal)
            })?
        });
        done.await.unwrap_or_else(|_| Err(Code::TimedOut.into()))
    }

    /// Carries out an attempt to prove oneself, which counts as failed from before its first step: a thousand requests at once
    /// are a thousand tries. What ends by anything but wrong credentials or a wrong code says nothing, and does not count.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`]; what the attempt says.
    pub(crate) async fn attempt<T>(
        &self,
        name: &str,
        address: IpAddr,
        attempt: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let now = self.started.elapsed().as_secs();
        let begun = held(&self.sign_ins).begin(name, address, now);
        begun.map_err(|wait| Problem::from(Code::TooManyAttempts).retry_after(wait))?;
        let done = attempt.await;
        match &done {
            Ok(_) => held(&self.sign_ins).succeeded(name, address),
            Err(problem) if is_guess(problem) => {}
            Err(_) => held(&self.sign_ins).given_back(name, address),
        }
        done
    }

    /// Whether an address may ask now.
    pub(crate) fn may_ask(&self, address: IpAddr) -> bool {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        held(&self.requests).take(address, millis)
    }
}

/// Whether an attempt was refused for what was guessed.
const fn is_guess(problem: &Problem) -> bool {
    matches!(problem.code, Code::WrongCredentials | Code::WrongCode)
}

/// A lock whose holder cannot have left it half done: each use is one call that does not fail.
pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
