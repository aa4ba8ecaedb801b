//! A department of three people, its hub's keys, and a box.

use std::path::{Path, PathBuf};

use clap::Parser;
use lachan_hub::keys::{KeysArgs, KeysError, load, run_to};
use lachan_hub::repository::{
    Lifetimes, ListInput, OnlineKeys, Published, RepositoryError, SettingsInput, Writer,
};
use lachan_policy::ruleset::ListClass;
use lachan_sync::bundle::{Bundles, Prepared, Wish, update};
use lachan_sync::tuf::{Client, Clock, Folder, Outcome, Patience, RefreshError, Settings, Store};

/// The time of the tests, in Unix seconds.
pub(crate) const NOW: i64 = 1_800_000_000;
/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;
/// Who has a key.
pub(crate) const PEOPLE: [&str; 3] = ["an", "binh", "chi"];

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    keys: KeysArgs,
}

/// A desk with files on it, as one person has.
pub(crate) struct Desk(tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// `lachan-hub keys …`; an argument that begins with `@`, also behind `=`, is a file of the desk.
    pub(crate) fn keys(&self, line: &str) -> Result<(bool, String), KeysError> {
        let here = |word: &str| word.replace('@', &format!("{}/", self.0.path().display()));
        let words = std::iter::once("keys".to_owned()).chain(line.split_whitespace().map(here));
        let line = Line::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
        let mut out = Vec::new();
        let yes = run_to(line.keys, &mut out, NOW)?;
        Ok((yes, String::from_utf8(out).unwrap()))
    }

    pub(crate) fn yes(&self, line: &str) -> String {
        let (yes, out) = self
            .keys(line)
            .unwrap_or_else(|error| panic!("{line}: {error:?}"));
        assert!(yes, "{line}: {out}");
        out
    }
}

/// A department with a published folder.
pub(crate) struct Department {
    pub(crate) desk: Desk,
    pub(crate) online: OnlineKeys,
}

impl Department {
    /// The whole ceremony: 2 of 3 for root and targets, both of two for firmware and approval.
    pub(crate) fn new() -> Self {
        let desk = Desk::new();
        for name in PEOPLE
            .iter()
            .chain(&["lists", "settings", "snapshot", "timestamp"])
        {
            desk.yes(&format!("make @{name} --label {name} --no-passphrase"));
        }
        desk.yes(
            "draft-root --out @root.json --days 3650 --threshold root=2 --threshold targets=2 \
             --key root=@an.pub --key root=@binh.pub --key root=@chi.pub \
             --key targets=@an.pub --key targets=@binh.pub --key targets=@chi.pub \
             --key snapshot=@snapshot.pub --key timestamp=@timestamp.pub",
        );
        desk.yes(
            "draft-targets --out @targets.json --days 3650 --threshold firmware=2 --threshold approval=2 \
             --key lists=@lists.pub --key settings=@settings.pub \
             --key firmware=@an.pub --key firmware=@chi.pub \
             --key approval=@an.pub --key approval=@binh.pub",
        );
        for role in ["firmware", "approval"] {
            desk.yes(&format!("draft-role --out @{role}.json --days 3650"));
        }
        for (file, signers) in [
            ("root", ["an", "binh"]),
            ("targets", ["binh", "chi"]),
            ("firmware", ["an", "chi"]),
            ("approval", ["an", "binh"]),
        ] {
            sign(&desk, file, &signers);
        }
        let key = |name: &str| load(&desk.path(name), None).unwrap().key;
        let online = OnlineKeys {
            lists: key("lists"),
            settings: key("settings"),
            snapshot: key("snapshot"),
            timestamp: key("timestamp"),
        };
        let department = Self { desk, online };
        let writer = department.writer();
        writer
            .install_root(&department.desk.read("root.json"))
            .unwrap();
        for role in ["targets", "firmware", "approval"] {
            writer
                .install(role, &department.desk.read(&format!("{role}.json")))
                .unwrap();
        }
        department
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.writer().folder()
    }

    pub(crate) fn writer(&self) -> Writer {
        Writer::new(self.desk.path("repository"), Lifetimes::default())
    }

    pub(crate) fn publish(&self, lists: &[ListInput], now: i64) -> Published {
        self.try_publish(lists, now).unwrap()
    }

    pub(crate) fn try_publish(
        &self,
        lists: &[ListInput],
        now: i64,
    ) -> Result<Published, RepositoryError> {
        let settings = SettingsInput {
            name: "tiers".to_owned(),
            json: br#"{"version":1}"#.to_vec(),
            custom: None,
        };
        self.writer().publish(lists, &[settings], &self.online, now)
    }
}

/// Each signs a copy of their own; the copies are merged.
pub(crate) fn sign(desk: &Desk, file: &str, signers: &[&str]) {
    let mut copies = String::new();
    for signer in signers {
        desk.yes(&format!(
            "sign @{file}.json --key @{signer} --out @{file}.{signer}.json"
        ));
        copies.push_str(&format!(" @{file}.{signer}.json"));
    }
    desk.yes(&format!("merge --out @{file}.json{copies}"));
}

/// A list of names.
pub(crate) fn list(id: &str, version: u64, names: &[&str]) -> ListInput {
    let mut names = names.to_vec();
    names.sort_unstable();
    let text: String = names.iter().map(|name| format!("{name}\n")).collect();
    of_bytes(id, version, text.into_bytes())
}

pub(crate) fn of_bytes(id: &str, version: u64, canonical: Vec<u8>) -> ListInput {
    ListInput {
        id: id.to_owned(),
        canonical,
        category: "gambling".to_owned(),
        class: ListClass::Own,
        version,
        licence: "CC0-1.0".to_owned(),
        name_vi: "Cờ bạc \"mới\"".to_owned(),
        name_en: "Gambling".to_owned(),
        approvals: Vec::new(),
    }
}

/// An update of a program that knows the categories `gambling` and `games`.
pub(crate) fn wish(snapshot: u64, now: i64) -> Wish<'static> {
    Wish {
        snapshot,
        now,
        knows: &|category| ["gambling", "games"].contains(&category),
    }
}

/// A box, which starts anew for every update.
pub(crate) struct School {
    folder: tempfile::TempDir,
    root: Vec<u8>,
    www: PathBuf,
}

impl School {
    pub(crate) fn new(department: &Department) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            root: department.writer().root_bytes().unwrap(),
            www: department.folder(),
        }
    }

    pub(crate) fn client(&self) -> Client<Folder> {
        let store = Store::new(self.folder.path().join("trusted"));
        Client::open(
            Folder::new(self.www.clone()),
            store,
            &self.root,
            Settings::default(),
        )
        .unwrap()
    }

    pub(crate) fn bundles(&self) -> Bundles {
        Bundles::new(self.folder.path().join("lists"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn refresh(&self, now: i64) -> Result<Outcome, RefreshError> {
        self.client()
            .refresh(
                Clock {
                    now,
                    is_trusted: true,
                },
                Patience::None,
            )
            .await
    }

    pub(crate) async fn prepare(&self, now: i64) -> Prepared {
        let mut client = self.client();
        let outcome = client
            .refresh(
                Clock {
                    now,
                    is_trusted: true,
                },
                Patience::None,
            )
            .await
            .unwrap();
        update(
            &mut client,
            &self.bundles(),
            &wish(outcome.versions.snapshot, now),
        )
        .await
        .unwrap()
    }

    /// Prepares and lets it serve.
    pub(crate) async fn follow(&self, now: i64) -> Prepared {
        let prepared = self.prepare(now).await;
        self.bundles().accept(&prepared.generation).unwrap();
        prepared
    }

    /// The text of a list that serves.
    pub(crate) fn text(&self, id: &str) -> String {
        let file = self.bundles().current().unwrap().file(id);
        let packed = std::fs::read(file).unwrap();
        String::from_utf8(zstd::decode_all(packed.as_slice()).unwrap()).unwrap()
    }
}
