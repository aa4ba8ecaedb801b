//! A repository in memory whose every file a test can bend, and a client with a folder of its own.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use data_encoding::BASE64;
use lachan_sync::tuf::{
    Client, Clock, DownloadError, Downloaded, Fetch, FetchError, Outcome, Patience, RefreshError,
    Settings, Store, Take,
};
use lachan_wire::tuf::{
    Delegation, Delegations, Head, Key, KeyRole, MetaFile, Metadata, Root, RootRoles, Sign, Signed,
    Signers, SigningKey, Snapshot, SuccinctRoles, Target, Targets, Timestamp, encode, sha256_hex,
};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PSS_SHA256, RsaKeyPair,
};
use serde_json::Map;

/// The time of the tests, in Unix seconds.
pub(crate) const NOW: i64 = 1_800_000_000;
/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;
/// The roles every repository has.
pub(crate) const TOP: [&str; 4] = ["root", "targets", "snapshot", "timestamp"];

pub(crate) type Signer = Arc<dyn Sign + Send + Sync>;

type Signing = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

/// An ECDSA or RSA key.
struct Other {
    key: Key,
    id: String,
    sign: Box<Signing>,
}

impl Sign for Other {
    fn key(&self) -> &Key {
        &self.key
    }
    fn id(&self) -> &str {
        &self.id
    }
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        (self.sign)(message)
    }
}

/// A signer whose key carries more fields than needed.
struct Dressed {
    inner: Signer,
    key: Key,
    id: String,
}

impl Sign for Dressed {
    fn key(&self) -> &Key {
        &self.key
    }
    fn id(&self) -> &str {
        &self.id
    }
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.inner.sign(message)
    }
}

pub(crate) fn ed25519() -> Signer {
    Arc::new(SigningKey::generate().unwrap().0)
}

pub(crate) fn ecdsa() -> Signer {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
    // SubjectPublicKeyInfo of P-256 (RFC 5480): everything before the point is always the same.
    let mut der = data_encoding::HEXLOWER
        .decode(b"3059301306072a8648ce3d020106082a8648ce3d030107034200")
        .unwrap();
    der.extend_from_slice(pair.public_key().as_ref());
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        BASE64.encode(&der)
    );
    let key = Key::new("ecdsa", "ecdsa-sha2-nistp256", pem);
    let id = key.id().unwrap();
    let sign = move |message: &[u8]| {
        pair.sign(&SystemRandom::new(), message)
            .unwrap()
            .as_ref()
            .to_vec()
    };
    Arc::new(Other {
        key,
        id,
        sign: Box::new(sign),
    })
}

/// The one RSA key of the tests: ring makes none.
pub(crate) fn rsa() -> Signer {
    let pair = RsaKeyPair::from_pkcs8(include_bytes!("data/rsa.pk8")).unwrap();
    let key = Key::new(
        "rsa",
        "rsassa-pss-sha256",
        include_str!("data/rsa.pem").to_owned(),
    );
    let id = key.id().unwrap();
    let sign = move |message: &[u8]| {
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(
            &RSA_PSS_SHA256,
            &SystemRandom::new(),
            message,
            &mut signature,
        )
        .unwrap();
        signature
    };
    Arc::new(Other {
        key,
        id,
        sign: Box::new(sign),
    })
}

pub(crate) fn with_field(inner: &Signer, field: &str, value: serde_json::Value) -> Signer {
    let mut key = inner.key().clone();
    key.extra.insert(field.to_owned(), value);
    let id = key.id().unwrap();
    Arc::new(Dressed {
        inner: Arc::clone(inner),
        key,
        id,
    })
}

/// A file and what the metadata says of it.
pub(crate) struct Artifact {
    pub(crate) data: Vec<u8>,
    pub(crate) target: Target,
}

pub(crate) struct Repo {
    pub(crate) root: Root,
    pub(crate) timestamp: Timestamp,
    pub(crate) snapshot: Snapshot,
    /// The top-level targets and every delegated role.
    pub(crate) targets: BTreeMap<String, Targets>,
    pub(crate) signers: HashMap<String, Vec<Signer>>,
    /// What is published, by role and in the order of versions.
    pub(crate) signed: HashMap<String, Vec<Vec<u8>>>,
    pub(crate) artifacts: BTreeMap<String, Artifact>,
    /// Whether snapshot and timestamp name lengths and hashes.
    pub(crate) with_hashes: bool,
    /// Files of metadata that were asked for.
    pub(crate) asked: Vec<(String, Option<u64>)>,
    /// Files that were asked for, with the hash in their names.
    pub(crate) asked_files: Vec<(String, Option<String>)>,
    /// Bytes of files that went out.
    pub(crate) sent: u64,
    /// Ends the transfer of a file after so many bytes.
    pub(crate) cut_after: Option<u64>,
}

pub(crate) fn no_extra() -> Map<String, serde_json::Value> {
    Map::new()
}

impl Repo {
    pub(crate) fn new() -> Self {
        let expires = NOW + 30 * DAY;
        let role = || KeyRole::new(Vec::new(), 1);
        let mut repo = Self {
            root: Root {
                head: Head::new::<Root>(1, expires),
                consistent_snapshot: true,
                keys: BTreeMap::new(),
                roles: RootRoles {
                    root: role(),
                    snapshot: role(),
                    targets: role(),
                    timestamp: role(),
                    extra: no_extra(),
                },
                extra: no_extra(),
            },
            timestamp: Timestamp {
                head: Head::new::<Timestamp>(1, expires),
                meta: BTreeMap::from([("snapshot.json".to_owned(), MetaFile::new(1))]),
                signed_at: None,
                extra: no_extra(),
            },
            snapshot: Snapshot {
                head: Head::new::<Snapshot>(1, expires),
                meta: BTreeMap::new(),
                extra: no_extra(),
            },
            targets: BTreeMap::from([("targets".to_owned(), Targets::new(1, expires))]),
            signers: HashMap::new(),
            signed: HashMap::new(),
            artifacts: BTreeMap::new(),
            with_hashes: false,
            asked: Vec::new(),
            asked_files: Vec::new(),
            sent: 0,
            cut_after: None,
        };
        for role in TOP {
            repo.add_key(role, &ed25519());
        }
        repo.publish(&["targets", "snapshot", "timestamp", "root"]);
        repo
    }

    pub(crate) fn role_mut(&mut self, role: &str) -> &mut KeyRole {
        match role {
            "root" => &mut self.root.roles.root,
            "timestamp" => &mut self.root.roles.timestamp,
            "snapshot" => &mut self.root.roles.snapshot,
            "targets" => &mut self.root.roles.targets,
            other => panic!("{other} is delegated"),
        }
    }

    pub(crate) fn head_mut(&mut self, role: &str) -> &mut Head {
        match role {
            "root" => &mut self.root.head,
            "timestamp" => &mut self.timestamp.head,
            "snapshot" => &mut self.snapshot.head,
            other => &mut self.targets.get_mut(other).unwrap().head,
        }
    }

    pub(crate) fn top_targets(&mut self) -> &mut Targets {
        self.targets.get_mut("targets").unwrap()
    }

    pub(crate) fn set_expiry(&mut self, role: &str, at: i64) {
        self.head_mut(role).expires = lachan_wire::tuf::time::text(at);
    }

    /// A key to root's role, without a signer.
    pub(crate) fn trust(&mut self, role: &str, signer: &Signer) {
        self.root
            .keys
            .insert(signer.id().to_owned(), signer.key().clone());
        let keyids = &mut self.role_mut(role).keyids;
        if !keyids.iter().any(|id| id == signer.id()) {
            keyids.push(signer.id().to_owned());
        }
    }

    pub(crate) fn add_signer(&mut self, role: &str, signer: &Signer) {
        self.signers
            .entry(role.to_owned())
            .or_default()
            .push(Arc::clone(signer));
    }

    pub(crate) fn add_key(&mut self, role: &str, signer: &Signer) {
        self.trust(role, signer);
        self.add_signer(role, signer);
    }

    pub(crate) fn clear_keys(&mut self, role: &str) {
        self.role_mut(role).keyids.clear();
        self.signers.entry(role.to_owned()).or_default().clear();
    }

    pub(crate) fn rotate_keys(&mut self, role: &str) {
        self.clear_keys(role);
        for _ in 0..self.role_mut(role).threshold {
            self.add_key(role, &ed25519());
        }
    }

    /// Signs new versions and puts them out, in that order. The first version of a role stays 1.
    pub(crate) fn publish(&mut self, roles: &[&str]) {
        for role in roles {
            if self.signed.contains_key(*role) {
                self.head_mut(role).version += 1;
            }
            let bytes = self.encoded(role);
            let (version, hashes) = (self.head_mut(role).version, self.with_hashes);
            let meta = if hashes {
                MetaFile::of(version, &bytes)
            } else {
                MetaFile::new(version)
            };
            match *role {
                "root" | "timestamp" => {}
                "snapshot" => {
                    self.timestamp.meta.insert("snapshot.json".to_owned(), meta);
                }
                other => {
                    self.snapshot.meta.insert(format!("{other}.json"), meta);
                }
            }
            self.signed
                .entry((*role).to_owned())
                .or_default()
                .push(bytes);
        }
    }

    pub(crate) fn encoded(&self, role: &str) -> Vec<u8> {
        let signers = self.signers.get(role).cloned().unwrap_or_default();
        let signers: Vec<&dyn Sign> = signers
            .iter()
            .map(|signer| &**signer as &dyn Sign)
            .collect();
        let encoded = match role {
            "root" => encode(&self.root, &signers),
            "timestamp" => encode(&self.timestamp, &signers),
            "snapshot" => encode(&self.snapshot, &signers),
            other => encode(&self.targets[other], &signers),
        };
        encoded.unwrap()
    }

    pub(crate) fn add_artifact(&mut self, role: &str, data: &[u8], path: &str) {
        let hashes = BTreeMap::from([("sha256".to_owned(), sha256_hex(data))]);
        let target = Target {
            length: data.len() as u64,
            hashes,
            custom: None,
            extra: no_extra(),
        };
        self.add_target(role, data, path, target);
    }

    pub(crate) fn add_target(&mut self, role: &str, data: &[u8], path: &str, target: Target) {
        let targets = &mut self.targets.get_mut(role).unwrap().targets;
        targets.insert(path.to_owned(), target.clone());
        self.artifacts.insert(
            path.to_owned(),
            Artifact {
                data: data.to_vec(),
                target,
            },
        );
    }

    /// A delegation with one new key; the role's metadata is made when it is not there yet.
    pub(crate) fn add_delegation(
        &mut self,
        delegator: &str,
        name: &str,
        terminating: bool,
        paths: &[&str],
    ) {
        let signer = ed25519();
        let expires = NOW + 30 * DAY;
        let parent = self.targets.get_mut(delegator).unwrap();
        let delegations = parent.delegations.get_or_insert_with(|| Delegations {
            keys: BTreeMap::new(),
            roles: Some(Vec::new()),
            succinct_roles: None,
            extra: no_extra(),
        });
        delegations
            .keys
            .insert(signer.id().to_owned(), signer.key().clone());
        delegations.roles.as_mut().unwrap().push(Delegation {
            name: name.to_owned(),
            signers: Signers {
                keyids: vec![signer.id().to_owned()],
                threshold: 1,
            },
            terminating,
            paths: Some(paths.iter().map(|path| (*path).to_owned()).collect()),
            path_hash_prefixes: None,
            extra: no_extra(),
        });
        self.add_signer(name, &signer);
        self.targets
            .entry(name.to_owned())
            .or_insert_with(|| Targets::new(1, expires));
    }

    /// Bins of hashes below the top-level targets.
    pub(crate) fn add_succinct(&mut self, bit_length: u32, prefix: &str) {
        let signer = ed25519();
        self.top_targets().delegations = Some(Delegations {
            keys: BTreeMap::from([(signer.id().to_owned(), signer.key().clone())]),
            roles: None,
            succinct_roles: Some(SuccinctRoles {
                signers: Signers {
                    keyids: vec![signer.id().to_owned()],
                    threshold: 1,
                },
                bit_length,
                name_prefix: prefix.to_owned(),
                extra: no_extra(),
            }),
            extra: no_extra(),
        });
        let last = (1u64 << bit_length) - 1;
        let width = format!("{last:x}").len();
        for bin in 0..=last {
            let name = format!("{prefix}-{bin:0width$x}");
            self.add_signer(&name, &signer);
            self.targets.insert(name, Targets::new(1, NOW + 30 * DAY));
        }
    }

    fn answer(&mut self, path: &str) -> Option<Vec<u8>> {
        if let Some(file) = path.strip_prefix("metadata/") {
            let stem = file.strip_suffix(".json")?;
            let plain =
                stem == "timestamp" || !self.root.consistent_snapshot && !stem.ends_with(".root");
            let (version, role) = match stem.split_once('.') {
                Some((version, role)) if !plain => (Some(version.parse::<u64>().ok()?), role),
                _ => (None, stem),
            };
            self.asked.push((role.to_owned(), version));
            let role = unquoted(role);
            let files = self.signed.get(&role)?;
            return match version {
                Some(version) => files
                    .get(usize::try_from(version.checked_sub(1)?).unwrap())
                    .cloned(),
                None => files.last().cloned(),
            };
        }
        let path = path.strip_prefix("targets/")?;
        let (folder, name) = path
            .rsplit_once('/')
            .map_or(("", path), |(folder, name)| (folder, name));
        let (hash, name) = if self.root.consistent_snapshot {
            let (hash, name) = name.split_once('.')?;
            (Some(hash.to_owned()), name)
        } else {
            (None, name)
        };
        let path = if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        };
        let path = unquoted(&path);
        self.asked_files.push((path.clone(), hash.clone()));
        let artifact = self.artifacts.get(&path)?;
        let known =
            hash.is_none_or(|hash| artifact.target.hashes.values().any(|known| *known == hash));
        known.then(|| artifact.data.clone())
    }
}

fn unquoted(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&rest[..2]).unwrap(), 16).unwrap());
            rest = &rest[2..];
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The repository as a client reaches it.
#[derive(Clone)]
pub(crate) struct Server(Arc<Mutex<Repo>>);

impl Server {
    pub(crate) fn new(repo: Repo) -> Self {
        Self(Arc::new(Mutex::new(repo)))
    }

    pub(crate) fn repo(&self) -> MutexGuard<'_, Repo> {
        self.0.lock().unwrap()
    }
}

impl Fetch for Server {
    async fn whole(&self, path: &str, most: u64) -> Result<Vec<u8>, FetchError> {
        let bytes = self.repo().answer(path).ok_or(FetchError::Missing)?;
        if bytes.len() as u64 > most {
            Err(FetchError::TooLong { most })
        } else {
            Ok(bytes)
        }
    }

    async fn pieces(&self, path: &str, from: u64, take: &mut Take<'_>) -> Result<(), FetchError> {
        let (bytes, cut) = {
            let mut repo = self.repo();
            (
                repo.answer(path).ok_or(FetchError::Missing)?,
                repo.cut_after.take(),
            )
        };
        let rest = bytes
            .get(usize::try_from(from).unwrap()..)
            .unwrap_or_default();
        let mut sent = 0;
        for piece in rest.chunks(7) {
            if cut.is_some_and(|cut| sent >= cut) {
                return Err(FetchError::Failed("the line broke".into()));
            }
            sent += piece.len() as u64;
            self.repo().sent += piece.len() as u64;
            if take(piece) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }
}

/// A client that starts anew for every call, as a program would, over one folder.
pub(crate) struct Tester {
    pub(crate) server: Server,
    pub(crate) root: Vec<u8>,
    pub(crate) settings: Settings,
    folder: tempfile::TempDir,
}

impl Tester {
    pub(crate) fn new(server: &Server) -> Self {
        let root = server.repo().signed["root"][0].clone();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("files")).unwrap();
        Self {
            server: server.clone(),
            root,
            settings: Settings::default(),
            folder,
        }
    }

    pub(crate) fn trusted(&self) -> PathBuf {
        self.folder.path().join("trusted")
    }

    pub(crate) fn open(&self) -> Client<Server> {
        let store = Store::new(self.trusted());
        Client::open(
            self.server.clone(),
            store,
            &self.root,
            self.settings.clone(),
        )
        .unwrap()
    }

    pub(crate) async fn refresh(&self) -> Result<Outcome, RefreshError> {
        self.refresh_at(NOW).await
    }

    pub(crate) async fn refresh_at(&self, now: i64) -> Result<Outcome, RefreshError> {
        self.refresh_with(
            Clock {
                now,
                is_trusted: true,
            },
            Patience::None,
        )
        .await
    }

    pub(crate) async fn refresh_with(
        &self,
        clock: Clock,
        patience: Patience,
    ) -> Result<Outcome, RefreshError> {
        self.open().refresh(clock, patience).await
    }

    /// Refreshes, looks for the target, fetches it to a file named by the hash of its path.
    pub(crate) async fn download(&self, path: &str) -> bool {
        self.download_at(path, NOW).await
    }

    pub(crate) async fn download_at(&self, path: &str, now: i64) -> bool {
        let mut client = self.open();
        if client
            .refresh(
                Clock {
                    now,
                    is_trusted: true,
                },
                Patience::None,
            )
            .await
            .is_err()
        {
            return false;
        }
        match client.find(path).await {
            Ok(Some(target)) => client
                .download(path, &target, &self.place(path))
                .await
                .is_ok(),
            _ => false,
        }
    }

    pub(crate) async fn try_download(&self, path: &str) -> Result<Downloaded, DownloadError> {
        let mut client = self.open();
        client
            .refresh(
                Clock {
                    now: NOW,
                    is_trusted: true,
                },
                Patience::None,
            )
            .await
            .unwrap();
        let target = client.find(path).await.unwrap().unwrap();
        client.download(path, &target, &self.place(path)).await
    }

    pub(crate) fn place(&self, path: &str) -> PathBuf {
        self.folder
            .path()
            .join("files")
            .join(sha256_hex(path.as_bytes()))
    }

    /// The bytes of a downloaded target.
    pub(crate) fn downloaded(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.place(path)).ok()
    }

    /// How many files were downloaded.
    pub(crate) fn downloads(&self) -> usize {
        let files = std::fs::read_dir(self.folder.path().join("files")).unwrap();
        files
            .filter(|file| file.as_ref().unwrap().path().extension().is_none())
            .count()
    }

    pub(crate) fn bytes(&self, role: &str) -> Option<Vec<u8>> {
        std::fs::read(self.trusted().join(format!("{role}.json"))).ok()
    }

    /// The trusted version of a top-level role.
    pub(crate) fn version(&self, role: &str) -> Option<u64> {
        let bytes = self.bytes(role)?;
        Some(match role {
            "root" => Signed::<Root>::parse(&bytes).unwrap().content.version(),
            "timestamp" => Signed::<Timestamp>::parse(&bytes)
                .unwrap()
                .content
                .version(),
            "snapshot" => Signed::<Snapshot>::parse(&bytes).unwrap().content.version(),
            _ => Signed::<Targets>::parse(&bytes).unwrap().content.version(),
        })
    }

    /// Versions of root, timestamp, snapshot, targets; 0 for what is not trusted.
    pub(crate) fn versions(&self) -> [u64; 4] {
        ["root", "timestamp", "snapshot", "targets"].map(|role| self.version(role).unwrap_or(0))
    }

    /// How many roles are trusted, delegated ones too.
    pub(crate) fn trusted_count(&self) -> usize {
        let count = |folder: PathBuf| {
            let files = std::fs::read_dir(folder).into_iter().flatten();
            files
                .filter(|file| {
                    let name = file.as_ref().unwrap().file_name().into_string().unwrap();
                    name.ends_with(".json") && name != "clock.json"
                })
                .count()
        };
        count(self.trusted()) + count(self.trusted().join("delegated"))
    }

    /// Asserts that the newest published bytes of a role are the trusted ones.
    pub(crate) fn assert_newest(&self, role: &str) {
        let published = self.server.repo().signed[role].last().cloned();
        assert_eq!(self.bytes(role), published, "{role}");
    }
}

/// A repository and a client that trusts its first root.
pub(crate) fn pair() -> (Server, Tester) {
    let server = Server::new(Repo::new());
    let tester = Tester::new(&server);
    (server, tester)
}
