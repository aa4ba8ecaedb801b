//! The workflow of a client, after §5 of the specification and with its step numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lachan_wire::tuf::{
    Delegations, Key, KeyRole, MetaFile, Metadata, Root, Signed, Snapshot, Target, Targets,
    Timestamp,
};

use super::disk::{Disk, RealDisk};
use super::download::hash_matches;
use super::error::{OpenError, RefreshError, Role};
use super::fetch::{Fetch, FetchError};
use super::quoted;
use super::store::Store;

/// How often the last trusted time is written anew, in seconds: the card is spared.
const CLOCK_STEP: u64 = 6 * 3600;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// What is known of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Unix seconds.
    pub now: i64,
    /// Whether somebody vouches for it (NTP, a battery); else expiry is not judged by it.
    pub is_trusted: bool,
}

/// Whether timestamp and snapshot may have ended. Root and targets never may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patience {
    /// Not at all: over the network.
    #[default]
    None,
    /// So many days ago at most: a USB stick, or after a long absence.
    Days(u16),
}

impl Patience {
    /// What DESIGN.md allows a USB stick.
    pub const STICK: Self = Self::Days(90);

    fn seconds(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Days(days) => i64::from(days) * DAY,
        }
    }
}

/// Bounds of the client.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Versions of root walked in one run; what lies beyond comes with the next.
    pub most_roots: usize,
    /// Delegated roles asked for one path.
    pub most_delegations: usize,
    /// Bytes of root, and of any file of metadata whose length nobody signed.
    pub most_root: u64,
    /// Bytes of timestamp.
    pub most_timestamp: u64,
    /// Bytes of snapshot.
    pub most_snapshot: u64,
    /// Bytes of targets and of a delegated role.
    pub most_targets: u64,
    /// How long one file of metadata may take.
    pub longest: Duration,
    /// Bytes a second that a target must bring in the long run. A school on 2G has 2 to 5 kB/s; a server
    /// that drips more slowly than that only keeps a box busy.
    pub slowest: u64,
    /// How long one target may take in any case. What came until then is kept, and the next try goes on
    /// with it, so that this bound costs a slow school nothing.
    pub longest_target: Duration,
    /// A time that has passed for certain: when the program was built.
    pub not_before: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            most_roots: 1024,
            most_delegations: 32,
            most_root: 512 << 10,
            most_timestamp: 16 << 10,
            most_snapshot: 2 << 20,
            most_targets: 5 << 20,
            longest: Duration::from_secs(60),
            slowest: 2048,
            longest_target: Duration::from_secs(6 * 3600),
            not_before: 0,
        }
    }
}

impl Settings {
    /// How long a target of so many bytes may take.
    #[must_use]
    pub fn longest_of(&self, bytes: u64) -> Duration {
        let steady = self.longest + Duration::from_secs(bytes / self.slowest.max(1));
        steady.min(self.longest_target)
    }
}

/// How far the lists can be called current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Signed as current until then (Unix seconds).
    Fresh {
        /// When that ends.
        until: i64,
    },
    /// Accepted though it ended then: a stick, a long absence. To be shown in red.
    Stale {
        /// When it ended.
        since: i64,
    },
    /// No trusted clock: it is only known not to have ended before this time.
    UnknownClock {
        /// A time that has certainly passed.
        not_before: i64,
    },
}

/// Versions of the top-level roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions {
    /// Of root.
    pub root: u64,
    /// Of timestamp.
    pub timestamp: u64,
    /// Of snapshot.
    pub snapshot: u64,
    /// Of targets.
    pub targets: u64,
}

/// What a refresh came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What is trusted now.
    pub versions: Versions,
    /// Whether another snapshot than before is trusted, so that files may have changed.
    pub is_new: bool,
    /// How current it is.
    pub freshness: Freshness,
    /// The trusted clock is behind the time of the last update: it was wrong then, or is now.
    pub clock_went_back: bool,
}

/// Against what expiry is judged (5.1: fixed at the start).
#[derive(Debug, Clone, Copy)]
struct Start {
    at: i64,
    /// What has been proved besides by what signed files say of their time.
    floor: i64,
    is_known: bool,
    patience: i64,
}

/// A client of one repository.
pub struct Client<F, D = RealDisk> {
    pub(super) fetch: F,
    pub(super) settings: Settings,
    store: Store<D>,
    root: Signed<Root>,
    start: Option<Start>,
    timestamp: Option<Signed<Timestamp>>,
    snapshot: Option<Signed<Snapshot>>,
    targets: Option<Arc<Signed<Targets>>>,
    /// By the role that delegates, and its own name: two roles may delegate to one name with
    /// different keys.
    delegated: BTreeMap<(String, String), Arc<Signed<Targets>>>,
}

impl<F: Fetch, D: Disk> Client<F, D> {
    /// A client that trusts what the store holds, or `root` where it holds none. A box that joins another
    /// hub must let go of the old one's files first, by [`Store::forget_all`]: `root` is not looked at
    /// while the store holds one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        fetch: F,
        store: Store<D>,
        root: &[u8],
        settings: Settings,
    ) -> Result<Self, OpenError> {
        // 5.2: a stored root that cannot be used any more is damage of the disk; the chain of roots is
        // then walked again from the one that came with the program.
        let stored = store
            .read(&Role::Root)
            .and_then(|bytes| trusted_root(&bytes).ok());
        let root = match stored {
            Some(stored) => stored,
            None => {
                let first = trusted_root(root)?;
                store.save(&Role::Root, root).map_err(OpenError::Store)?;
                first
            }
        };
        Ok(Self {
            fetch,
            settings,
            store,
            root,
            start: None,
            timestamp: None,
            snapshot: None,
            targets: None,
            delegated: BTreeMap::new(),
        })
    }

    /// Where files come from.
    pub const fn fetch(&self) -> &F {
        &self.fetch
    }

    /// The root that is trusted.
    #[must_use]
    pub const fn root(&self) -> &Root {
        &self.root.content
    }

    /// The top-level targets, once refreshed.
    #[must_use]
    pub fn targets(&self) -> Option<&Targets> {
        self.targets.as_ref().map(|targets| &targets.content)
    }

    /// Brings the top-level metadata up to date. Each file is kept as soon as it is verified, so a
    /// refresh that is cut off goes on where it was.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(
        &mut self,
        clock: Clock,
        patience: Patience,
    ) -> Result<Outcome, RefreshError> {
        let before = self
            .local::<Snapshot>(&Role::Snapshot)
            .map(|snapshot| snapshot.content.version());
        self.timestamp = None;
        self.snapshot = None;
        self.targets = None;
        self.delegated.clear();
        // 5.1: the time is fixed before anything is fetched.
        let floor = self.store.clock();
        self.update_root().await?;
        // What an old root's timestamp proved, a new root may have made worthless.
        let start = self.start(clock, floor, patience);
        // 5.3.10
        not_ended(Role::Root, &self.root.content, start.at)?;
        let start = self.update_timestamp(start).await?;
        self.start = Some(start);
        self.update_snapshot(start).await?;
        self.update_targets(start).await?;
        if clock.is_trusted && floor.is_none_or(|floor| floor.abs_diff(clock.now) > CLOCK_STEP) {
            // Also when it is earlier: a visit to the future must not stop updates for ever.
            let saved = self.store.save_clock(clock.now);
            saved.map_err(|source| RefreshError::Store {
                role: Role::Timestamp,
                source,
            })?;
        }
        let versions = self.versions();
        Ok(Outcome {
            versions,
            is_new: before != Some(versions.snapshot),
            freshness: self.freshness(start),
            clock_went_back: clock.is_trusted && floor.is_some_and(|floor| clock.now < floor),
        })
    }

    /// Without a trusted clock, the latest time that something has proved: the program's build, the
    /// last update with a trusted clock, the moment at which the trusted timestamp was signed.
    fn start(&self, clock: Clock, floor: Option<i64>, patience: Patience) -> Start {
        let patience = patience.seconds();
        if clock.is_trusted {
            return Start {
                at: clock.now,
                floor: clock.now,
                is_known: true,
                patience,
            };
        }
        let floor = self.settings.not_before.max(floor.unwrap_or(i64::MIN));
        let signed = self
            .local::<Timestamp>(&Role::Timestamp)
            .and_then(|file| self.proof(&file.content));
        Start {
            at: floor.max(signed.unwrap_or(i64::MIN)),
            floor,
            is_known: false,
            patience,
        }
    }

    /// The time that a verified timestamp proves by when it was signed. A hub whose clock runs years
    /// ahead says that it signed after the end of what it signs under; such a timestamp proves nothing,
    /// for a box without a clock would refuse everything from then on.
    fn proof(&self, timestamp: &Timestamp) -> Option<i64> {
        let root = &self.root.content;
        let targets = self.store.read(&Role::Targets);
        let targets = targets.and_then(|bytes| Signed::<Targets>::parse(&bytes).ok());
        let targets = targets.filter(|file| file.check(&root.keys, &root.roles.targets).is_ok());
        let ends = [Some(timestamp.expires()), Some(root.expires())]
            .into_iter()
            .chain([targets.map(|file| file.content.expires())])
            .flatten()
            .min()?;
        timestamp.signed_at().filter(|signed| *signed < ends)
    }

    /// A newer timestamp that was signed at an earlier time takes back what the one before proved: the
    /// hub's clock was ahead then. Who has only old files has no newer version.
    fn lowered(&self, start: Start, newer: &Timestamp) -> Start {
        match self.proof(newer) {
            Some(signed) if !start.is_known => Start {
                at: start.at.min(start.floor.max(signed)),
                ..start
            },
            _ => start,
        }
    }

    /// 5.3: the root role.
    async fn update_root(&mut self) -> Result<(), RefreshError> {
        // 5.3.2, 5.3.9: version N+1 again and again, until there is none or enough for today.
        for _ in 0..self.settings.most_roots {
            let Some(next) = self.root.content.version().checked_add(1) else {
                break;
            };
            // 5.3.3
            let path = format!("metadata/{next}.root.json");
            let bytes = match self
                .whole(&Role::Root, &path, self.settings.most_root)
                .await
            {
                Err(RefreshError::Fetch { source, .. }) if source.is_missing() => break,
                other => other?,
            };
            let role = Role::Root;
            let new: Signed<Root> = parse(&role, &bytes)?;
            // 5.3.4: a threshold of the old root's keys and one of its own.
            for root in [&self.root.content, &new.content] {
                verify(&role, &new, &root.keys, &root.roles.root)?;
            }
            // 5.3.5
            if new.content.version() != next {
                let found = new.content.version();
                return Err(RefreshError::Version {
                    role,
                    expected: next,
                    found,
                });
            }
            // 5.3.11 stands before 5.3.8 here: were the power cut between the two, a timestamp that an
            // attacker drove far forward would outlive the root that was to end it. The other way
            // round at worst an old timestamp is forgotten under a root that says so anyway.
            if is_rotated(&self.root.content, &new.content) {
                self.forget()?;
            }
            // 5.3.6 to 5.3.8
            self.keep(&role, &bytes)?;
            self.root = new;
        }
        Ok(())
    }

    /// Recovery from a fast-forward attack: nothing is remembered that a later version would have to
    /// follow.
    fn forget(&self) -> Result<(), RefreshError> {
        for role in [Role::Timestamp, Role::Snapshot] {
            let removed = self.store.remove(&role).and_then(|()| self.store.settle());
            removed.map_err(|source| RefreshError::Store { role, source })?;
        }
        Ok(())
    }

    /// 5.4: the timestamp role. Returns against what expiry is judged from here on.
    async fn update_timestamp(&mut self, start: Start) -> Result<Start, RefreshError> {
        let role = Role::Timestamp;
        let local = self.local::<Timestamp>(&role);
        // 5.4.1
        let bytes = self
            .whole(
                &role,
                "metadata/timestamp.json",
                self.settings.most_timestamp,
            )
            .await?;
        let new: Signed<Timestamp> = parse(&role, &bytes)?;
        // 5.4.2
        verify(
            &role,
            &new,
            &self.root.content.keys,
            &self.root.content.roles.timestamp,
        )?;
        if let Some(local) = local {
            // 5.4.3.1
            let (trusted, offered) = (local.content.version(), new.content.version());
            if offered < trusted {
                return Err(RefreshError::Rollback {
                    role,
                    trusted,
                    offered,
                });
            }
            if offered == trusted {
                judge(role, &local.content, start)?;
                self.timestamp = Some(local);
                return Ok(start);
            }
            // 5.4.3.2
            let named = |timestamp: &Timestamp| timestamp.snapshot().map_or(0, |meta| meta.version);
            let (trusted, offered) = (named(&local.content), named(&new.content));
            if offered < trusted {
                return Err(RefreshError::Rollback {
                    role: Role::Snapshot,
                    trusted,
                    offered,
                });
            }
        }
        // 5.4.4
        let start = self.lowered(start, &new.content);
        judge(role.clone(), &new.content, start)?;
        // 5.4.5
        self.keep(&role, &bytes)?;
        self.timestamp = Some(new);
        Ok(start)
    }

    /// 5.5: the snapshot role.
    async fn update_snapshot(&mut self, start: Start) -> Result<(), RefreshError> {
        let role = Role::Snapshot;
        let named = self
            .timestamp
            .as_ref()
            .and_then(|timestamp| timestamp.content.snapshot());
        let meta = named.ok_or(RefreshError::NotRefreshed)?.clone();
        let local = self.local_with_bytes::<Snapshot>(&role);
        if let Some((local, bytes)) = &local
            && local.content.version() == meta.version
            && agrees(&meta, bytes)
            && judge(role.clone(), &local.content, start).is_ok()
        {
            self.snapshot = Some(local.clone());
            return Ok(());
        }
        // 5.5.1
        let path = self.path(&role, meta.version);
        let bytes = self
            .whole(&role, &path, bound(&meta, self.settings.most_snapshot))
            .await?;
        // 5.5.2
        if !agrees(&meta, &bytes) {
            return Err(RefreshError::Content { role });
        }
        let new: Signed<Snapshot> = parse(&role, &bytes)?;
        // 5.5.3
        verify(
            &role,
            &new,
            &self.root.content.keys,
            &self.root.content.roles.snapshot,
        )?;
        // 5.5.4
        same_version(&role, &new.content, meta.version)?;
        // 5.5.5
        for (file, old) in local.iter().flat_map(|(local, _)| &local.content.meta) {
            let offered = new.content.meta.get(file).map_or(0, |meta| meta.version);
            if offered < old.version {
                let role = role_of(file);
                return Err(RefreshError::Rollback {
                    role,
                    trusted: old.version,
                    offered,
                });
            }
        }
        // 5.5.6
        judge(role.clone(), &new.content, start)?;
        // 5.5.7
        self.keep(&role, &bytes)?;
        self.snapshot = Some(new);
        Ok(())
    }

    /// 5.6: the top-level targets role.
    async fn update_targets(&mut self, start: Start) -> Result<(), RefreshError> {
        let (keys, role) = (
            self.root.content.keys.clone(),
            self.root.content.roles.targets.clone(),
        );
        let targets = self.load(Role::Targets, &keys, &role, start).await?;
        self.targets = Some(targets);
        Ok(())
    }

    /// 5.6.1 to 5.6.6, for targets and every role below.
    async fn load(
        &self,
        role: Role,
        keys: &BTreeMap<String, Key>,
        signers: &KeyRole,
        start: Start,
    ) -> Result<Arc<Signed<Targets>>, RefreshError> {
        let snapshot = self.snapshot.as_ref().ok_or(RefreshError::NotRefreshed)?;
        let named = snapshot.content.meta.get(&format!("{role}.json"));
        let Some(meta) = named else {
            return Err(RefreshError::NotNamed { role });
        };
        let local = self.store.read(&role).filter(|bytes| agrees(meta, bytes));
        if let Some(local) = local.and_then(|bytes| Signed::<Targets>::parse(&bytes).ok())
            && local.content.version() == meta.version
            && local.check(keys, signers).is_ok()
            && not_ended(role.clone(), &local.content, start.at).is_ok()
        {
            return Ok(Arc::new(local));
        }
        // 5.6.1
        let path = self.path(&role, meta.version);
        let bytes = self
            .whole(&role, &path, bound(meta, self.settings.most_targets))
            .await?;
        // 5.6.2
        if !agrees(meta, &bytes) {
            return Err(RefreshError::Content { role });
        }
        let new: Signed<Targets> = parse(&role, &bytes)?;
        // 5.6.3
        verify(&role, &new, keys, signers)?;
        // 5.6.4
        same_version(&role, &new.content, meta.version)?;
        // 5.6.5
        not_ended(role.clone(), &new.content, start.at)?;
        // 5.6.6
        self.keep(&role, &bytes)?;
        Ok(Arc::new(new))
    }

    /// 5.6.7: looks for a target, depth first and in the order of delegations, fetching a role only
    /// when the search comes to it.
    ///
    /// # Errors
    /// [`RefreshError`]; a role that cannot be verified ends the search.
    pub async fn find(&mut self, path: &str) -> Result<Option<Target>, RefreshError> {
        let top = self.targets.clone().ok_or(RefreshError::NotRefreshed)?;
        let mut visited = BTreeSet::new();
        let mut left: Vec<(String, Arc<Signed<Targets>>, String)> = Vec::new();
        let mut current = (top, "targets".to_owned());
        loop {
            let (file, name) = &current;
            if let Some(target) = file.content.targets.get(path) {
                return Ok(Some(target.clone()));
            }
            let mut below = Vec::new();
            for trusted in file
                .content
                .delegations
                .iter()
                .flat_map(|all| all.of_path(path))
            {
                below.push((name.clone(), Arc::clone(file), trusted.name));
                if trusted.terminating {
                    // 5.6.7.2.1: nothing outside this role is asked any more.
                    left.clear();
                    break;
                }
            }
            left.extend(below.into_iter().rev());
            let (parent, file, role) = loop {
                match left.pop() {
                    None => return Ok(None),
                    Some(next) if visited.insert(next.2.clone()) => break next,
                    Some(_) => {} // 5.6.7.1: visited before
                }
            };
            if visited.len() > self.settings.most_delegations {
                return Err(RefreshError::TooManyRoles {
                    most: self.settings.most_delegations,
                });
            }
            let delegations = file.content.delegations.as_ref();
            let found = self.below(&parent, delegations, &role, path).await?;
            current = (found, role);
        }
    }

    /// Everything that one role directly below the top-level targets may name: paths that it is the
    /// first to be trusted with. `None` when there is no such role.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn role(
        &mut self,
        name: &str,
    ) -> Result<Option<BTreeMap<String, Target>>, RefreshError> {
        let top = self.targets.clone().ok_or(RefreshError::NotRefreshed)?;
        let Some(delegations) = &top.content.delegations else {
            return Ok(None);
        };
        if delegations.role(name).is_none() {
            return Ok(None);
        }
        let file = self.below("targets", Some(delegations), name, "").await?;
        let mut targets = file.content.targets.clone();
        targets.retain(|path, _| {
            let first = delegations.of_path(path).into_iter().next();
            !top.content.targets.contains_key(path) && first.is_some_and(|first| first.name == name)
        });
        Ok(Some(targets))
    }

    async fn below(
        &mut self,
        parent: &str,
        delegations: Option<&Delegations>,
        name: &str,
        path: &str,
    ) -> Result<Arc<Signed<Targets>>, RefreshError> {
        let place = (parent.to_owned(), name.to_owned());
        if let Some(known) = self.delegated.get(&place) {
            return Ok(Arc::clone(known));
        }
        let start = self.start.ok_or(RefreshError::NotRefreshed)?;
        let delegations = delegations.ok_or(RefreshError::NotRefreshed)?;
        let by_name = delegations
            .role(name)
            .map(|role| KeyRole::from(&role.signers));
        let by_path = || {
            delegations
                .of_path(path)
                .into_iter()
                .find(|role| role.name == name)
        };
        let signers = by_name.or_else(|| by_path().map(|trusted| trusted.role));
        let role = Role::Delegated(name.to_owned());
        let Some(signers) = signers else {
            return Err(RefreshError::NotNamed { role });
        };
        let file = self.load(role, &delegations.keys, &signers, start).await?;
        self.delegated.insert(place, Arc::clone(&file));
        Ok(file)
    }

    /// A file beside the signed ones, which nobody vouches for: a delta. What it is worth, the caller
    /// must know from something signed.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn extra(&self, path: &str, most: u64) -> Result<Vec<u8>, FetchError> {
        let bytes = in_time(self.settings.longest_of(most), self.fetch.whole(path, most)).await?;
        if bytes.len() as u64 > most {
            Err(FetchError::TooLong { most })
        } else {
            Ok(bytes)
        }
    }

    /// What is trusted of a role whose keys stand in root, verified anew.
    fn local<T: Top>(&self, role: &Role) -> Option<Signed<T>> {
        self.local_with_bytes(role).map(|(file, _)| file)
    }

    fn local_with_bytes<T: Top>(&self, role: &Role) -> Option<(Signed<T>, Vec<u8>)> {
        let bytes = self.store.read(role)?;
        let file = Signed::<T>::parse(&bytes).ok()?;
        file.check(&self.root.content.keys, T::signers(&self.root.content))
            .ok()?;
        Some((file, bytes))
    }

    fn freshness(&self, start: Start) -> Freshness {
        let timestamp = self.timestamp.as_ref().map(|file| file.content.expires());
        let snapshot = self.snapshot.as_ref().map(|file| file.content.expires());
        let until = timestamp
            .into_iter()
            .chain(snapshot)
            .min()
            .unwrap_or(i64::MIN);
        if until <= start.at {
            Freshness::Stale { since: until }
        } else if start.is_known {
            Freshness::Fresh { until }
        } else {
            Freshness::UnknownClock {
                not_before: start.at,
            }
        }
    }

    fn versions(&self) -> Versions {
        Versions {
            root: self.root.content.version(),
            timestamp: self
                .timestamp
                .as_ref()
                .map_or(0, |file| file.content.version()),
            snapshot: self
                .snapshot
                .as_ref()
                .map_or(0, |file| file.content.version()),
            targets: self
                .targets
                .as_ref()
                .map_or(0, |file| file.content.version()),
        }
    }

    fn path(&self, role: &Role, version: u64) -> String {
        let name = quoted(&role.to_string());
        if self.root.content.consistent_snapshot {
            format!("metadata/{version}.{name}.json")
        } else {
            format!("metadata/{name}.json")
        }
    }

    async fn whole(&self, role: &Role, path: &str, most: u64) -> Result<Vec<u8>, RefreshError> {
        let wrong = |source| RefreshError::Fetch {
            role: role.clone(),
            source,
        };
        let bytes = in_time(self.settings.longest, self.fetch.whole(path, most))
            .await
            .map_err(wrong)?;
        // A source that overlooks the bound is not believed.
        if bytes.len() as u64 > most {
            return Err(wrong(FetchError::TooLong { most }));
        }
        Ok(bytes)
    }

    fn keep(&self, role: &Role, bytes: &[u8]) -> Result<(), RefreshError> {
        let kept = self.store.save(role, bytes);
        kept.map_err(|source| RefreshError::Store {
            role: role.clone(),
            source,
        })
    }
}

/// Gives up after `longest`, so that a server that sends a byte a minute stops no update for ever.
pub(super) async fn in_time<T>(
    longest: Duration,
    work: impl Future<Output = Result<T, FetchError>>,
) -> Result<T, FetchError> {
    tokio::time::timeout(longest, work)
        .await
        .unwrap_or(Err(FetchError::TooSlow))
}

/// Kinds whose keys stand in root.
trait Top: Metadata {
    fn signers(root: &Root) -> &KeyRole;
}

impl Top for Timestamp {
    fn signers(root: &Root) -> &KeyRole {
        &root.roles.timestamp
    }
}

impl Top for Snapshot {
    fn signers(root: &Root) -> &KeyRole {
        &root.roles.snapshot
    }
}

fn trusted_root(bytes: &[u8]) -> Result<Signed<Root>, OpenError> {
    let root = Signed::<Root>::parse(bytes)?;
    root.check(&root.content.keys, &root.content.roles.root)?;
    Ok(root)
}

/// Whether a key of timestamp or snapshot was taken away.
fn is_rotated(old: &Root, new: &Root) -> bool {
    let gone = |old: &KeyRole, new: &KeyRole| old.keyids.iter().any(|id| !new.keyids.contains(id));
    gone(&old.roles.timestamp, &new.roles.timestamp)
        || gone(&old.roles.snapshot, &new.roles.snapshot)
}

fn parse<T: Metadata>(role: &Role, bytes: &[u8]) -> Result<Signed<T>, RefreshError> {
    Signed::parse(bytes).map_err(|source| RefreshError::Format {
        role: role.clone(),
        source,
    })
}

fn verify<T: Metadata>(
    role: &Role,
    file: &Signed<T>,
    keys: &BTreeMap<String, Key>,
    signers: &KeyRole,
) -> Result<(), RefreshError> {
    let checked = file.check(keys, signers);
    checked.map_err(|source| RefreshError::Threshold {
        role: role.clone(),
        source,
    })
}

fn same_version<T: Metadata>(role: &Role, content: &T, expected: u64) -> Result<(), RefreshError> {
    let found = content.version();
    if found == expected {
        Ok(())
    } else {
        Err(RefreshError::Version {
            role: role.clone(),
            expected,
            found,
        })
    }
}

/// Expiry of timestamp and snapshot.
fn judge<T: Metadata>(role: Role, content: &T, start: Start) -> Result<(), RefreshError> {
    not_ended(role, content, start.at.saturating_sub(start.patience))
}

fn not_ended<T: Metadata>(role: Role, content: &T, at: i64) -> Result<(), RefreshError> {
    let since = content.expires();
    if since > at {
        Ok(())
    } else {
        Err(RefreshError::Expired { role, since })
    }
}

/// Whether bytes have the length and hashes that were signed for them, where any were.
fn agrees(meta: &MetaFile, bytes: &[u8]) -> bool {
    let length = meta
        .length
        .is_none_or(|length| length == bytes.len() as u64);
    length
        && meta
            .hashes
            .as_ref()
            .is_none_or(|hashes| hash_matches(hashes, bytes))
}

fn bound(meta: &MetaFile, most: u64) -> u64 {
    meta.length.map_or(most, |length| length.min(most))
}

fn role_of(file: &str) -> Role {
    match file.strip_suffix(".json").unwrap_or(file) {
        "targets" => Role::Targets,
        name => Role::Delegated(name.to_owned()),
    }
}
