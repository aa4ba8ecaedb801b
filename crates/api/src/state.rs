//! What all requests share, and how their work is done: off the threads that serve, a bounded number
//! at a time, within a time limit.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lachan_policy::{Moment, Role as Authority};
use lachan_store::{Act, Company, Reader, Store};
use lachan_web::password::Hasher;
use lachan_web::throttle::{Requests, SignIns};
use lachan_web::{Code, Problem, Role, TotpSecret, Tries};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::caller::Caller;
use crate::fault;
use crate::ports::Ports;

/// Requests whose work is under way at once; the others wait.
const MOST_AT_WORK: usize = 8;
/// Of those that hash a password.
const MOST_PROVING: usize = 2;
/// How long a request may wait and work.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long something may take that concerns the whole box: a backup of a big school on a slow card.
const LONG: Duration = Duration::from_secs(600);
/// How often somebody may have a backup made or one opened, each of which costs 64 MiB and a second of
/// work: of one address, and of all together, in an hour.
const HEAVY_EACH: u32 = 12;
const HEAVY_ALL: u32 = 24;
const HEAVY_IN: Duration = Duration::from_secs(3_600);
/// Connections to the database that are kept for the next request.
const READERS_KEPT: usize = 4;
/// Requests of one address: a page asks some ten at once.
const REQUESTS_PER_SECOND: u32 = 30;
const REQUESTS_AT_ONCE: u32 = 240;
/// Live views at once, for all, and of one account: a desk, a phone and some tabs.
const MOST_LIVE: usize = 64;
const MOST_LIVE_EACH: usize = 6;

/// What [`Shared::company`] was found of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CompanyOf {
    /// When the day began, in minutes since 1970.
    midnight: i64,
    fewest: u32,
    /// How often the log was written to.
    flushes: u64,
}

/// The state of the web. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Shared>);

/// Behind [`Api`].
pub struct Shared {
    /// The database.
    pub(crate) store: Arc<Store>,
    pub(crate) ports: Ports,
    pub(crate) hasher: Hasher,
    live: Arc<Semaphore>,
    /// Live views by account.
    live_by: Mutex<HashMap<i64, usize>>,
    sign_ins: Mutex<SignIns>,
    requests: Mutex<Requests>,
    /// Secrets of one-time codes that were offered and not confirmed yet, by account.
    offers: Mutex<HashMap<i64, TotpSecret>>,
    readers: Mutex<Vec<Reader>>,
    /// In which company devices are in the log, and what that was found of.
    company: Mutex<Option<(CompanyOf, Arc<Company>)>>,
    /// The key of [`Self::opaque`], of this run.
    opaque: RandomState,
    at_work: Arc<Semaphore>,
    proving: Arc<Semaphore>,
    heavy: Arc<Semaphore>,
    heavy_tries: Mutex<Tries>,
    started: Instant,
}

impl Deref for Api {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Api {
    /// A web over a database and what it asks of the box.
    #[must_use]
    pub fn new(store: Arc<Store>, ports: Ports) -> Self {
        Self(Arc::new(Shared {
            store,
            ports,
            hasher: Hasher::default(),
            live: Arc::new(Semaphore::new(MOST_LIVE)),
            live_by: Mutex::default(),
            sign_ins: Mutex::default(),
            requests: Mutex::new(Requests::new(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE)),
            offers: Mutex::default(),
            readers: Mutex::default(),
            company: Mutex::default(),
            opaque: RandomState::new(),
            at_work: Arc::new(Semaphore::new(MOST_AT_WORK)),
            proving: Arc::new(Semaphore::new(MOST_PROVING)),
            heavy: Arc::new(Semaphore::new(1)),
            heavy_tries: Mutex::new(Tries::new(HEAVY_EACH, HEAVY_ALL, HEAVY_IN)),
            started: Instant::now(),
        }))
    }

    /// Does work that may read files, off the threads that serve.
    ///
    /// # Errors
    /// What the work says; [`Code::TimedOut`], [`Code::Internal`].
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.work_in(Arc::clone(&self.at_work), PATIENCE, work)
            .await
    }

    /// As [`Self::work`], of what hashes a password: it waits for its own kind only, so that a flood
    /// of sign-ins holds up nobody who is signed in.
    ///
    /// # Errors
    /// As [`Self::work`].
    pub(crate) async fn prove<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.work_in(Arc::clone(&self.proving), PATIENCE, work)
            .await
    }

    /// Does what concerns the whole box and may take minutes: one at a time, and only so often.
    ///
    /// # Errors
    /// What the work says; [`Code::Busy`] while another is under way, [`Code::TooManyAttempts`].
    pub(crate) async fn work_long<T: Send + 'static>(
        &self,
        address: IpAddr,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        if self.heavy.available_permits() == 0 {
            return Err(Problem::from(Code::Busy).retry_after(30));
        }
        if !held(&self.heavy_tries).take(address, Instant::now()) {
            return Err(Problem::from(Code::TooManyAttempts).retry_after(HEAVY_IN.as_secs()));
        }
        self.work_in(Arc::clone(&self.heavy), LONG, work).await
    }

    async fn work_in<T: Send + 'static>(
        &self,
        places: Arc<Semaphore>,
        patience: Duration,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let api = self.clone();
        let done = timeout(patience, async move {
            let place = places.acquire_owned().await;
            // Never closed.
            let place = place.map_err(|_| Code::Busy)?;
            let done = spawn_blocking(move || {
                // Kept until the work ends, also when nobody waits for it any more.
                let _place = place;
                work(&api)
            });
            done.await.map_err(|error| {
                tracing::error!(%error, "a request's work failed");
                Problem::from(Code::Internal)
            })?
        });
        done.await.unwrap_or_else(|_| Err(Code::TimedOut.into()))
    }

    /// Asks the database, by a connection that is kept for the next.
    ///
    /// # Errors
    /// As [`fault::of_database`].
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, lachan_store::DbError>,
    ) -> Result<T, Problem> {
        let kept = held(&self.readers).pop();
        let reader = kept.map_or_else(|| self.store.reader(), Ok);
        let reader = reader.map_err(|error| fault::of_database(&error))?;
        let answer = question(&reader).map_err(|error| fault::of_database(&error))?;
        let mut readers = held(&self.readers);
        if readers.len() < READERS_KEPT {
            readers.push(reader);
        }
        Ok(answer)
    }

    /// A number in the place of a row's, from which nobody reads which row was before which: 53 bits, which
    /// JavaScript holds.
    pub(crate) fn opaque(&self, id: i64) -> i64 {
        (self.opaque.hash_one(id) >> 11).cast_signed()
    }

    /// In which company devices are in the log: found anew when the log was written to, the day or the setting is
    /// another. Without a clock devices of several days cannot be told apart, so nobody is in company.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub(crate) fn company(&self) -> Result<Arc<Company>, Problem> {
        let Some(now) = self.now() else {
            return Ok(Arc::default());
        };
        let of = CompanyOf {
            midnight: now.unix.div_euclid(60) - i64::from(now.minute),
            fewest: self.ports.school.names_from_devices(),
            flushes: self.store.health().flushes,
        };
        if let Some((known, company)) = &*held(&self.company)
            && *known == of
        {
            return Ok(Arc::clone(company));
        }
        let found = self.ask(|reader| reader.company(of.fewest, of.midnight))?;
        let found = Arc::new(found);
        *held(&self.company) = Some((of, Arc::clone(&found)));
        Ok(found)
    }

    /// Carries out an attempt to prove oneself, which counts as failed from before its first step: a thousand requests at
    /// once are a thousand tries. What ends by anything but wrong credentials or a wrong code says nothing, and does not
    /// count.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`]; what the attempt says.
    pub(crate) fn attempt<T>(
        &self,
        name: &str,
        address: IpAddr,
        attempt: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let now = self.started.elapsed().as_secs();
        let begun = held(&self.sign_ins).begin(name, address, now);
        begun.map_err(|wait| Problem::from(Code::TooManyAttempts).retry_after(wait))?;
        let done = attempt();
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

    /// A place for a live view of an account.
    ///
    /// # Errors
    /// [`Code::TooManyLive`] where the account has as many as it may, [`Code::Busy`] where all have.
    pub(crate) fn live_place(&self, account: i64) -> Result<LivePlace, Problem> {
        let permit = Arc::clone(&self.live).try_acquire_owned();
        let permit = permit.map_err(|_| Problem::from(Code::Busy).retry_after(30))?;
        let mut all = held(&self.live_by);
        let taken = all.entry(account).or_insert(0);
        if *taken >= MOST_LIVE_EACH {
            return Err(Problem::from(Code::TooManyLive).retry_after(60));
        }
        *taken += 1;
        drop(all);
        Ok(LivePlace {
            api: self.clone(),
            account,
            _permit: permit,
        })
    }

    /// Keeps a secret that is offered to an account, in the place of one before.
    pub(crate) fn offer(&self, account: i64, secret: TotpSecret) {
        held(&self.offers).insert(account, secret);
    }

    /// The secret that was offered to an account.
    pub(crate) fn offered(&self, account: i64) -> Option<TotpSecret> {
        held(&self.offers).get(&account).cloned()
    }

    /// The offer was taken.
    pub(crate) fn forget_offer(&self, account: i64) {
        held(&self.offers).remove(&account);
    }

    /// The time; `None` while the box does not know it.
    pub(crate) fn now(&self) -> Option<Moment> {
        self.ports.clock.now()
    }

    /// Unix seconds now; `None` while the box does not know the time.
    pub(crate) fn unix(&self) -> Option<i64> {
        self.now().map(|now| now.unix)
    }

    /// What somebody does, for the audit log.
    pub(crate) fn act(&self, caller: &Caller) -> Act {
        let account = &caller.account;
        Act {
            author: author(&account.display_name, &account.name),
            role: authority(caller.role),
            at: self.unix(),
        }
    }
}

/// A place of a live view, until it is dropped.
pub(crate) struct LivePlace {
    api: Api,
    account: i64,
    _permit: OwnedSemaphorePermit,
}

impl Drop for LivePlace {
    fn drop(&mut self) {
        let mut all = held(&self.api.live_by);
        if let Some(taken) = all.get_mut(&self.account) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.account);
            }
        }
    }
}

/// Who stands in the audit log: the name people know, and the one she signs in by.
pub(crate) fn author(display_name: &str, name: &str) -> String {
    format!("{display_name} ({name})")
}

/// In whose authority a role acts, in the words of the policy's locks.
pub(crate) const fn authority(role: Role) -> Authority {
    match role {
        Role::Admin => Authority::School,
        Role::Teacher | Role::Counsellor | Role::Principal | Role::Inspector => Authority::Teacher,
    }
}

/// Whether an attempt was refused for what was guessed.
const fn is_guess(problem: &Problem) -> bool {
    matches!(problem.code, Code::WrongCredentials | Code::WrongCode)
}

/// A lock whose holder cannot have left it half done: each use is one call that does not fail.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
