//! Publishing. Everything here waits for the disk, and large lists for the processor: callers put it
//! beside the runtime's threads (`spawn_blocking`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::PathBuf;

use lachan_lists::canonical::{self, Kind};
use lachan_lists::delta;
use lachan_policy::ruleset::ListClass;
use lachan_wire::tuf::list::{self, About, Custom};
use lachan_wire::tuf::{
    Head, MetaFile, Metadata, Root, Sign, Signature, Signed, SigningKey, Snapshot, Target, Targets,
    Timestamp, encode, sha256_hex, time,
};
use serde_json::{Map, Value};

use super::files::{Files, RepositoryError};
use super::offline::{OFFLINE, missing};

/// Versions of each list from which a box may come by a delta.
pub const DELTAS: usize = 60;
/// zstd's level for lists: they are compressed once and fetched by thousands.
const LEVEL: i32 = 19;
/// Seconds of a day.
const DAY: i64 = 86_400;
/// How long files that nothing names any more stay, for boxes in the middle of an update, in seconds.
const GRACE: i64 = 2 * DAY;

/// How far `now` may lie before the last publication, in seconds: clocks of two machines differ, days
/// do not pass backwards.
const MOST_BACK: i64 = DAY;
/// … and after it: a hub that signs twice a week is not silent for a month.
const MOST_FORTH: i64 = 30 * DAY;
/// By how much a signature may seem to hold for longer than it was made for, in seconds.
const SLACK: i64 = DAY;
/// What names all the rest.
const TIMESTAMP: &str = "metadata/timestamp.json";

/// How long signatures hold, in seconds. They are renewed at half of it.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Of the timestamp.
    pub timestamp: i64,
    /// Of the snapshot.
    pub snapshot: i64,
    /// Of lists and settings.
    pub lists: i64,
}

impl Default for Lifetimes {
    /// A hub that is down for three days, over a weekend, stops no school's updates.
    fn default() -> Self {
        Self {
            timestamp: 7 * DAY,
            snapshot: 14 * DAY,
            lists: 90 * DAY,
        }
    }
}

/// The keys that lie on the hub.
pub struct OnlineKeys {
    /// Signs lists.
    pub lists: SigningKey,
    /// Signs settings.
    pub settings: SigningKey,
    /// Signs snapshots.
    pub snapshot: SigningKey,
    /// Signs timestamps.
    pub timestamp: SigningKey,
}

/// A list to publish.
#[derive(Debug, Clone)]
pub struct ListInput {
    /// Its id.
    pub id: String,
    /// The canonical list, uncompressed.
    pub canonical: Vec<u8>,
    /// Its category's id.
    pub category: String,
    /// What it may do.
    pub class: ListClass,
    /// Counts up with each change; best the second of it (or one more than before), so that a hub
    /// restored from a backup goes on above what it published: boxes refuse an earlier one.
    pub version: u64,
    /// Under what licence it may be used.
    pub licence: String,
    /// Its name in Vietnamese.
    pub name_vi: String,
    /// Its name in English.
    pub name_en: String,
    /// Offline signatures over this version, for a mass change.
    pub approvals: Vec<Signature>,
}

/// A file of settings to publish.
#[derive(Debug, Clone)]
pub struct SettingsInput {
    /// Its name before `.settings.json.zst`: letters, digits and hyphens.
    pub name: String,
    /// The JSON.
    pub json: Vec<u8>,
    /// What boxes should know before they fetch it.
    pub custom: Option<Value>,
}

/// What was published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Published {
    /// Version of the timestamp that is current now.
    pub timestamp: u64,
    /// Version of the snapshot that is current now.
    pub snapshot: u64,
    /// Whether lists or settings changed; else only signatures were renewed, or nothing at all.
    pub is_changed: bool,
}

/// Writes one repository.
pub struct Writer {
    files: Files,
    lifetimes: Lifetimes,
    ignores_clock: bool,
}

/// What `timestamp.json` names at the moment.
struct Current {
    timestamp: Timestamp,
    snapshot: Snapshot,
    snapshot_bytes: Vec<u8>,
    lists: Option<Targets>,
    settings: Option<Targets>,
}

impl Writer {
    /// A writer of the folder, which is made when it is first written.
    #[must_use]
    pub const fn new(folder: PathBuf, lifetimes: Lifetimes) -> Self {
        Self {
            files: Files::new(folder),
            lifetimes,
            ignores_clock: false,
        }
    }

    /// Publishes though the clock is far from that of the last publication. Somebody must have looked at
    /// it: what is signed too early or too late, boxes without a clock believe.
    #[must_use]
    pub const fn in_spite_of_the_clock(mut self) -> Self {
        self.ignores_clock = true;
        self
    }

    /// Takes a root of the ceremony; returns its version.
    ///
    /// # Errors
    /// [`RepositoryError`]: not signed by the old and the new keys, or not the next version.
    pub fn install_root(&self, bytes: &[u8]) -> Result<u64, RepositoryError> {
        let _lock = self.files.lock()?;
        self.files.install_root(bytes)
    }

    /// Takes targets, firmware or approval of the ceremony; returns its version. It is seen by boxes
    /// with the next [`Writer::publish`] or [`Writer::renew`].
    ///
    /// # Errors
    /// [`RepositoryError`]: not signed as it must be, or no newer version.
    pub fn install(&self, role: &str, bytes: &[u8]) -> Result<u64, RepositoryError> {
        let _lock = self.files.lock()?;
        self.files.install_targets(role, bytes)
    }

    /// Takes a target of firmware, whose metadata is or will be signed offline.
    ///
    /// # Errors
    /// [`RepositoryError`].
    pub fn install_file(&self, name: &str, bytes: &[u8]) -> Result<(), RepositoryError> {
        if name.is_empty()
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        {
            let problem = "a target's name has letters, digits, dots, hyphens".to_owned();
            return Err(RepositoryError::Input {
                name: name.to_owned(),
                problem,
            });
        }
        let _lock = self.files.lock()?;
        self.files
            .write(&format!("targets/{}.{name}", sha256_hex(bytes)), bytes)
    }

    /// The newest root's bytes, with which a box is enrolled.
    ///
    /// # Errors
    /// [`RepositoryError`].
    pub fn root_bytes(&self) -> Result<Vec<u8>, RepositoryError> {
        let newest = self.files.newest("root").ok_or_else(|| missing("root"))?;
        self.files
            .read(&format!("metadata/{newest}.root.json"))?
            .ok_or_else(|| missing("root"))
    }

    /// Publishes exactly these lists and settings. `now` is in Unix seconds.
    ///
    /// # Errors
    /// [`RepositoryError`]; the repository is as it was then.
    pub fn publish(
        &self,
        lists: &[ListInput],
        settings: &[SettingsInput],
        keys: &OnlineKeys,
        now: i64,
    ) -> Result<Published, RepositoryError> {
        let _lock = self.files.lock()?;
        self.check_clock(now)?;
        let current = self.current()?;
        let old = current.as_ref().and_then(|current| current.lists.as_ref());
        let lists = self.list_targets(lists, old, self.has_our_lists(current.as_ref())?)?;
        let settings = self.settings_targets(settings)?;
        self.write(lists, settings, current.as_ref(), keys, now)
    }

    /// Signs anew what would end soon, and takes up newly installed offline files; content stays.
    ///
    /// # Errors
    /// [`RepositoryError`].
    pub fn renew(&self, keys: &OnlineKeys, now: i64) -> Result<Published, RepositoryError> {
        let _lock = self.files.lock()?;
        self.check_clock(now)?;
        let current = self.current()?;
        let of = |role: Option<&Targets>| role.map(|role| role.targets.clone()).unwrap_or_default();
        let lists = of(current.as_ref().and_then(|current| current.lists.as_ref()));
        let settings = of(current
            .as_ref()
            .and_then(|current| current.settings.as_ref()));
        self.write(lists, settings, current.as_ref(), keys, now)
    }

    /// A hub whose clock jumped would sign what boxes cannot use, or what they take for the time.
    fn check_clock(&self, now: i64) -> Result<(), RepositoryError> {
        let last = self.files.parsed::<Timestamp>(TIMESTAMP)?;
        let before = last.and_then(|last| last.content.signed_at());
        let is_far = |before: i64| {
            before.saturating_sub(now) > MOST_BACK || now.saturating_sub(before) > MOST_FORTH
        };
        match before.filter(|before| is_far(*before) && !self.ignores_clock) {
            Some(before) => Err(RepositoryError::Clock {
                now: time::text(now),
                before: time::text(before),
            }),
            None => Ok(()),
        }
    }

    /// The second of publication, or one more than any version of the role that lies in the folder or
    /// was named: also when the file that named it is lost, and the clock is behind.
    fn next(&self, role: &str, before: Option<u64>, now: i64) -> u64 {
        let now = u64::try_from(now).unwrap_or(1).max(1);
        let known = before.max(self.files.newest(role));
        known.map_or(now, |known| now.max(known.saturating_add(1)))
    }

    fn current(&self) -> Result<Option<Current>, RepositoryError> {
        let Some(timestamp) = self.files.parsed::<Timestamp>(TIMESTAMP)? else {
            return Ok(None);
        };
        let timestamp = timestamp.content;
        let version = timestamp.snapshot().map_or(0, |meta| meta.version);
        let name = format!("metadata/{version}.snapshot.json");
        // Somebody lost files of the folder: everything is written anew, with later versions.
        let Some(snapshot_bytes) = self.files.read(&name)? else {
            return Ok(None);
        };
        let snapshot: Snapshot = super::files::parse::<Snapshot>(&name, &snapshot_bytes)?.content;
        let role = |role: &str| {
            let Some(meta) = snapshot.meta.get(&format!("{role}.json")) else {
                return Ok(None);
            };
            let file = self
                .files
                .parsed::<Targets>(&format!("metadata/{}.{role}.json", meta.version))?;
            Ok::<_, RepositoryError>(file.map(|file| file.content))
        };
        let (lists, settings) = (role("lists")?, role("settings")?);
        Ok(Some(Current {
            timestamp,
            snapshot,
            snapshot_bytes,
            lists,
            settings,
        }))
    }

    /// Whether the lists of now are signed by keys that are still trusted. Else a thief may have signed
    /// them, and new ones need not follow their versions.
    fn has_our_lists(&self, current: Option<&Current>) -> Result<bool, RepositoryError> {
        let meta = current.and_then(|current| current.snapshot.meta.get("lists.json"));
        meta.map_or(Ok(false), |meta| self.is_signed("lists", meta.version))
    }

    fn list_targets(
        &self,
        lists: &[ListInput],
        old: Option<&Targets>,
        is_ours: bool,
    ) -> Result<BTreeMap<String, Target>, RepositoryError> {
        let mut targets = BTreeMap::new();
        for input in lists {
            let wrong = |problem: String| RepositoryError::Input {
                name: input.id.clone(),
                problem,
            };
            let path =
                list::path_of(&input.id).ok_or_else(|| wrong("this is no list's id".to_owned()))?;
            if !list::may_travel(input.class) {
                return Err(wrong(
                    "lists of this class come with the program only".to_owned(),
                ));
            }
            let before = old.and_then(|old| old.targets.get(&path));
            let target = self.list_target(input, before, is_ours)?;
            if targets.insert(path, target).is_some() {
                return Err(wrong("two lists have this id".to_owned()));
            }
        }
        Ok(targets)
    }

    fn list_target(
        &self,
        input: &ListInput,
        before: Option<&Target>,
        is_ours: bool,
    ) -> Result<Target, RepositoryError> {
        let wrong = |problem: String| RepositoryError::Input {
            name: input.id.clone(),
            problem,
        };
        let sha256 = sha256_hex(&input.canonical);
        let old = before
            .and_then(|before| Custom::read(before.custom.as_ref()?).ok())
            .map(|old| old.list);
        // A list that was published before was read then; most are the same from one time to the next.
        let same = before.filter(|before| self.holds(&input.id, before));
        let same = same.and_then(|before| {
            let old = old.as_ref()?;
            (old.sha256 == sha256 && old.class == input.class).then_some((before, old.entries))
        });
        let entries = match same {
            Some((_, entries)) => entries,
            None => {
                let sealed = input.class == ListClass::Sealed;
                let kind = if sealed { Kind::Sealed } else { Kind::Open };
                let read = canonical::read(kind, input.canonical.as_slice(), |_, _| {});
                read.map_err(|error| wrong(error.to_string()))?.entries
            }
        };
        let about = About {
            category: input.category.clone(),
            class: input.class,
            entries,
            length: input.canonical.len() as u64,
            sha256: sha256.clone(),
            version: input.version,
            licence: input.licence.clone(),
            name_vi: input.name_vi.clone(),
            name_en: input.name_en.clone(),
        };
        if let Some(old) = old.filter(|old| is_ours && !about.follows(old)) {
            let (offered, published) = (about.version, old.version);
            return Err(wrong(format!(
                "version {offered} cannot follow version {published}: a change needs a higher one"
            )));
        }
        let custom = Custom {
            list: about,
            approvals: input.approvals.clone(),
        };
        let custom = serde_json::to_value(custom).map_err(|error| wrong(error.to_string()))?;
        if let Some((before, _)) = same {
            return Ok(Target {
                custom: Some(custom),
                ..before.clone()
            });
        }
        let packed = zstd::encode_all(input.canonical.as_slice(), LEVEL)
            .map_err(|error| wrong(error.to_string()))?;
        let target = target_of(&packed, Some(custom));
        let name = format!("{}{}", input.id, list::SUFFIX);
        self.files.write(&target_file(&target, &name), &packed)?;
        self.write_deltas(input, &sha256, &packed)?;
        Ok(target)
    }

    fn holds(&self, id: &str, target: &Target) -> bool {
        self.files
            .exists(&target_file(target, &format!("{id}{}", list::SUFFIX)))
    }

    /// From each of the last [`DELTAS`] versions to this one, the newest first. A delta that is no
    /// smaller than the list itself is not written: boxes then take the list.
    fn write_deltas(
        &self,
        input: &ListInput,
        sha256: &str,
        packed: &[u8],
    ) -> Result<(), RepositoryError> {
        let folder = format!("history/{}", input.id);
        let mut history: Vec<(u64, String, String)> = Vec::new();
        for name in self.files.names(&folder) {
            let parts = name
                .strip_suffix(".zst")
                .and_then(|stem| stem.split_once('-'));
            if let Some((number, hash)) = parts
                && let Ok(number) = number.parse()
            {
                history.push((number, hash.to_owned(), name.clone()));
            }
        }
        history.sort_unstable_by_key(|(number, ..)| Reverse(*number));
        let next = history.first().map_or(1, |(number, _, _)| number + 1);
        for (_, hash, name) in history
            .iter()
            .filter(|(_, hash, _)| hash != sha256)
            .take(DELTAS)
        {
            let Some(old) = self.files.read(&format!("{folder}/{name}"))? else {
                continue;
            };
            let mut text = Vec::new();
            let unpacked = zstd::Decoder::new(old.as_slice())
                .and_then(|decoder| decoder.take(delta::MOST_LENGTH).read_to_end(&mut text));
            let made = unpacked
                .ok()
                .and_then(|_| delta::make(&text, &input.canonical).ok());
            if let Some(made) = made.filter(|made| made.len() < packed.len()) {
                self.files
                    .write(&list::delta_path(&input.id, hash, sha256), &made)?;
            }
        }
        self.files
            .write(&format!("{folder}/{next:020}-{sha256}.zst"), packed)?;
        for (_, _, name) in history.iter().skip(DELTAS) {
            self.files.remove(&format!("{folder}/{name}"))?;
        }
        Ok(())
    }

    fn settings_targets(
        &self,
        inputs: &[SettingsInput],
    ) -> Result<BTreeMap<String, Target>, RepositoryError> {
        let mut targets = BTreeMap::new();
        for input in inputs {
            let wrong = |problem: &str| RepositoryError::Input {
                name: input.name.clone(),
                problem: problem.to_owned(),
            };
            if list::path_of(&input.name).is_none() {
                return Err(wrong("this is no name of settings"));
            }
            if serde_json::from_slice::<Value>(&input.json).is_err() {
                return Err(wrong("this is no JSON"));
            }
            let packed = zstd::encode_all(input.json.as_slice(), LEVEL)
                .map_err(|_| wrong("it cannot be compressed"))?;
            let name = format!("{}.settings.json.zst", input.name);
            let target = target_of(&packed, input.custom.clone());
            let file = target_file(&target, &name);
            if !self.files.exists(&file) {
                self.files.write(&file, &packed)?;
            }
            if targets.insert(name, target).is_some() {
                return Err(wrong("two files of settings have this name"));
            }
        }
        Ok(targets)
    }

    /// Metadata from the leaves up; the timestamp last.
    fn write(
        &self,
        lists: BTreeMap<String, Target>,
        settings: BTreeMap<String, Target>,
        current: Option<&Current>,
        keys: &OnlineKeys,
        now: i64,
    ) -> Result<Published, RepositoryError> {
        let root = self.files.root()?.content;
        self.check_keys(&root, keys, now)?;
        let old = |of: fn(&Current) -> Option<&Targets>| current.and_then(of);
        let named = |role: &str| current.and_then(|current| current.snapshot.meta.get(role));
        let mut meta = BTreeMap::new();
        let (list_meta, lists_changed) = self.role(
            "lists",
            lists,
            old(|current| current.lists.as_ref()),
            named("lists.json"),
            &keys.lists,
            now,
        )?;
        let (settings_meta, settings_changed) = self.role(
            "settings",
            settings,
            old(|current| current.settings.as_ref()),
            named("settings.json"),
            &keys.settings,
            now,
        )?;
        meta.insert("lists.json".to_owned(), list_meta);
        meta.insert("settings.json".to_owned(), settings_meta);
        for role in ["targets"].into_iter().chain(OFFLINE) {
            meta.insert(format!("{role}.json"), self.offline_meta(role, now)?);
        }
        let is_changed = lists_changed || settings_changed;
        let (snapshot, snapshot_meta) = self.snapshot(meta, &root, current, &keys.snapshot, now)?;
        let timestamp = self.timestamp(snapshot_meta, &root, current, &keys.timestamp, now)?;
        self.prune(now)?;
        Ok(Published {
            timestamp,
            snapshot,
            is_changed,
        })
    }

    /// A key that the offline files do not name would make files that no box takes: better said here.
    fn check_keys(&self, root: &Root, keys: &OnlineKeys, now: i64) -> Result<(), RepositoryError> {
        if root.expires() <= now {
            return Err(missing("root"));
        }
        let wrong = |role: &str| RepositoryError::OnlineKey {
            role: role.to_owned(),
        };
        for (role, key, signers) in [
            ("snapshot", &keys.snapshot, &root.roles.snapshot),
            ("timestamp", &keys.timestamp, &root.roles.timestamp),
        ] {
            if signers.threshold != 1 || !signers.keyids.iter().any(|id| id == key.id()) {
                return Err(wrong(role));
            }
        }
        for (role, key) in [("lists", &keys.lists), ("settings", &keys.settings)] {
            let (_, signers) = self.files.signers(role)?;
            if signers.threshold != 1 || !signers.keyids.iter().any(|id| id == key.id()) {
                return Err(wrong(role));
            }
        }
        Ok(())
    }

    /// The file of lists or settings: the one from before when its content is the same, it holds for
    /// long enough and its key is still the right one.
    fn role(
        &self,
        role: &str,
        targets: BTreeMap<String, Target>,
        old: Option<&Targets>,
        named: Option<&MetaFile>,
        key: &SigningKey,
        now: i64,
    ) -> Result<(MetaFile, bool), RepositoryError> {
        let same = old.is_some_and(|old| old.targets == targets);
        if let (Some(old), Some(named), true) = (old, named, same)
            && holds(old.expires(), self.lifetimes.lists, now)
            && self.is_signed(role, named.version)?
        {
            return Ok((named.clone(), false));
        }
        let version = self.next(role, old.map(Metadata::version), now);
        let mut new = Targets::new(version, now.saturating_add(self.lifetimes.lists));
        new.targets = targets;
        let bytes = encode(&new, &[key])?;
        self.files
            .write(&format!("metadata/{version}.{role}.json"), &bytes)?;
        Ok((MetaFile::of(version, &bytes), !same))
    }

    fn is_signed(&self, role: &str, version: u64) -> Result<bool, RepositoryError> {
        let (keys, signers) = self.files.signers(role)?;
        let file = self
            .files
            .parsed::<Targets>(&format!("metadata/{version}.{role}.json"))?;
        Ok(file.is_some_and(|file| file.check(&keys, &signers).is_ok()))
    }

    fn offline_meta(&self, role: &str, now: i64) -> Result<MetaFile, RepositoryError> {
        let version = self.files.newest(role).ok_or_else(|| missing(role))?;
        let name = format!("metadata/{version}.{role}.json");
        let bytes = self.files.read(&name)?.ok_or_else(|| missing(role))?;
        let file: Signed<Targets> = super::files::parse(&name, &bytes)?;
        // New keys of targets may not have signed the old file of a role below.
        if role != "targets" {
            let (keys, signers) = self.files.signers(role)?;
            let checked = file.check(&keys, &signers);
            checked.map_err(|source| RepositoryError::Threshold { file: name, source })?;
        } else {
            let root = self.files.root()?.content;
            let checked = file.check(&root.keys, &root.roles.targets);
            checked.map_err(|source| RepositoryError::Threshold { file: name, source })?;
        }
        if file.content.expires() <= now {
            return Err(missing(role));
        }
        Ok(MetaFile::of(version, &bytes))
    }

    fn snapshot(
        &self,
        meta: BTreeMap<String, MetaFile>,
        root: &Root,
        current: Option<&Current>,
        key: &SigningKey,
        now: i64,
    ) -> Result<(u64, MetaFile), RepositoryError> {
        if let Some(current) = current
            && current.snapshot.meta == meta
            && holds(current.snapshot.expires(), self.lifetimes.snapshot, now)
            && is_trusted::<Snapshot>(&current.snapshot_bytes, root, |root| &root.roles.snapshot)
        {
            let version = current.snapshot.version();
            return Ok((version, MetaFile::of(version, &current.snapshot_bytes)));
        }
        // What the timestamp names counts though it be lost.
        let named = self.files.parsed::<Timestamp>(TIMESTAMP)?;
        let named = named.and_then(|file| file.content.snapshot().map(|meta| meta.version));
        let before = named.max(current.map(|current| current.snapshot.version()));
        let version = self.next("snapshot", before, now);
        let head = Head::new::<Snapshot>(version, now.saturating_add(self.lifetimes.snapshot));
        let bytes = encode(
            &Snapshot {
                head,
                meta,
                extra: Map::new(),
            },
            &[key],
        )?;
        self.files
            .write(&format!("metadata/{version}.snapshot.json"), &bytes)?;
        Ok((version, MetaFile::of(version, &bytes)))
    }

    fn timestamp(
        &self,
        snapshot: MetaFile,
        root: &Root,
        current: Option<&Current>,
        key: &SigningKey,
        now: i64,
    ) -> Result<u64, RepositoryError> {
        let name = TIMESTAMP;
        if let Some(current) = current
            && current.timestamp.snapshot() == Some(&snapshot)
            && holds(current.timestamp.expires(), self.lifetimes.timestamp, now)
            && let Some(bytes) = self.files.read(name)?
            && is_trusted::<Timestamp>(&bytes, root, |root| &root.roles.timestamp)
        {
            return Ok(current.timestamp.version());
        }
        // The snapshot that it names may be lost, and `current` with it. Were the timestamp lost itself,
        // the snapshots tell about how far versions are.
        let before = self.files.parsed::<Timestamp>(name)?;
        let snapshots = self
            .files
            .newest("snapshot")
            .map(|newest| newest.saturating_sub(1));
        let before = before.map_or(snapshots, |before| Some(before.content.version()));
        let version = self.next("timestamp", before, now);
        let timestamp = Timestamp {
            head: Head::new::<Timestamp>(version, now.saturating_add(self.lifetimes.timestamp)),
            meta: BTreeMap::from([("snapshot.json".to_owned(), snapshot)]),
            signed_at: Some(time::text(now)),
            extra: Map::new(),
        };
        self.files.write(name, &encode(&timestamp, &[key])?)?;
        Ok(version)
    }

    /// Removes what nothing names any more, after a time in which a box may still be fetching it.
    fn prune(&self, now: i64) -> Result<(), RepositoryError> {
        let Some(current) = self.current()? else {
            return Ok(());
        };
        let old = u64::try_from(now.saturating_sub(GRACE)).unwrap_or(0);
        let mut kept_files = BTreeSet::new();
        for name in self.files.names("metadata") {
            let Some((version, role)) = name
                .strip_suffix(".json")
                .and_then(|stem| stem.split_once('.'))
            else {
                continue;
            };
            let Ok(version) = version.parse::<u64>() else {
                continue;
            };
            let is_named = match role {
                "snapshot" => version == current.snapshot.version(),
                "lists" | "settings" => current
                    .snapshot
                    .meta
                    .get(&format!("{role}.json"))
                    .is_some_and(|meta| meta.version == version),
                _ => true, // what the ceremony made stays
            };
            if !is_named && version < old {
                self.files.remove(&format!("metadata/{name}"))?;
            } else if !matches!(role, "snapshot" | "root")
                && let Some(file) = self.files.parsed::<Targets>(&format!("metadata/{name}"))?
            {
                let names = file
                    .content
                    .targets
                    .iter()
                    .map(|(path, target)| target_file(target, path));
                kept_files.extend(names);
            }
        }
        for name in self.files.names("targets") {
            let path = format!("targets/{name}");
            let is_ours = name.ends_with(list::SUFFIX) || name.ends_with(".settings.json.zst");
            if is_ours && !kept_files.contains(&path) {
                self.files.remove(&path)?;
            }
        }
        self.prune_deltas(&current)
    }

    /// Deltas lead to the newest version of a list; others are of no use.
    fn prune_deltas(&self, current: &Current) -> Result<(), RepositoryError> {
        let mut newest = BTreeMap::new();
        for (path, target) in current.lists.iter().flat_map(|lists| &lists.targets) {
            let custom = target
                .custom
                .as_ref()
                .and_then(|custom| Custom::read(custom).ok());
            if let (Some(id), Some(custom)) = (list::id_of(path), custom) {
                newest.insert(id.to_owned(), custom.list.sha256);
            }
        }
        for folder in ["metadata", "targets"] {
            self.files.sweep(folder)?;
        }
        for id in self.files.names("deltas") {
            self.files.sweep(&format!("deltas/{id}"))?;
            self.files.sweep(&format!("history/{id}"))?;
            for name in self.files.names(&format!("deltas/{id}")) {
                let leads = newest.get(&id).is_some_and(|hash| {
                    name.strip_suffix(".delta")
                        .is_some_and(|stem| stem.ends_with(&format!("-{}", &hash[..16])))
                });
                if !leads {
                    self.files.remove(&format!("deltas/{id}/{name}"))?;
                }
            }
        }
        Ok(())
    }

    /// The folder to serve, or to copy to a stick: `public` below the writer's own.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.files.path("")
    }
}

/// Whether more than half of its life is left, and not more than all: that was signed by a clock that
/// ran ahead.
fn holds(expires: i64, lifetime: i64, now: i64) -> bool {
    let left = expires.saturating_sub(now);
    left > lifetime / 2 && left <= lifetime.saturating_add(SLACK)
}

fn is_trusted<T: Metadata>(
    bytes: &[u8],
    root: &Root,
    signers: impl Fn(&Root) -> &lachan_wire::tuf::KeyRole,
) -> bool {
    Signed::<T>::parse(bytes).is_ok_and(|file| file.check(&root.keys, signers(root)).is_ok())
}

fn target_of(bytes: &[u8], custom: Option<Value>) -> Target {
    Target {
        length: bytes.len() as u64,
        hashes: BTreeMap::from([("sha256".to_owned(), sha256_hex(bytes))]),
        custom,
        extra: Map::new(),
    }
}

fn target_file(target: &Target, path: &str) -> String {
    format!(
        "targets/{}.{path}",
        target.hashes.get("sha256").map_or("", String::as_str)
    )
}
