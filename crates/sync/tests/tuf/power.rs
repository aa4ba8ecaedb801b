//! A power cut at every step of an update: afterwards the old or the new file is there, never half of
//! one, and the next update goes through.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use lachan_sync::tuf::{Client, Clock, Disk, Patience, RealDisk, Settings, Store};

use crate::simulator::{NOW, Server, Tester, ed25519, pair};

/// A disk that loses its power before step number `left`, and then what was not flushed.
#[derive(Clone)]
struct Failing(Arc<Mutex<State>>);

struct State {
    left: usize,
    unflushed: BTreeSet<PathBuf>,
}

impl Failing {
    fn before(left: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            left,
            unflushed: BTreeSet::new(),
        })))
    }

    /// Counts a step; at the cut, files that were not flushed lose their second half.
    fn step(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.left == 0 {
            for path in std::mem::take(&mut state.unflushed) {
                if let Ok(bytes) = std::fs::read(&path) {
                    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
                }
            }
            return Err(io::Error::other("the power is gone"));
        }
        state.left -= 1;
        Ok(())
    }

    fn is_dead(&self) -> bool {
        self.0.lock().unwrap().left == 0
    }
}

impl Disk for Failing {
    fn read(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
        RealDisk.read(path, most)
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let cut = self.step();
        let bytes = if cut.is_err() {
            &bytes[..bytes.len() / 3]
        } else {
            bytes
        };
        RealDisk.write(path, bytes)?;
        self.0.lock().unwrap().unflushed.insert(path.to_owned());
        cut
    }
    fn sync(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        self.0.lock().unwrap().unflushed.remove(path);
        RealDisk.sync(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        let mut state = self.0.lock().unwrap();
        if state.unflushed.remove(from) {
            state.unflushed.insert(to.to_owned());
        }
        RealDisk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.remove(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.remove_folder(path)
    }
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        RealDisk.make_folder(path)
    }
}

/// An update with a new root, new keys where `rotates`, and a new version of every role.
fn next_version(server: &Server, rotates: bool) {
    let mut repo = server.repo();
    if rotates {
        repo.rotate_keys("timestamp");
        repo.rotate_keys("snapshot");
    }
    repo.add_key("root", &ed25519());
    repo.add_artifact("lists", b"new", "a.list");
    repo.publish(&["root", "lists", "targets", "snapshot", "timestamp"]);
}

async fn update(tester: &Tester, disk: Failing) -> bool {
    let store = Store::on(tester.trusted(), disk);
    let opened = Client::open(
        tester.server.clone(),
        store,
        &tester.root,
        Settings::default(),
    );
    let Ok(mut client) = opened else { return false };
    let clock = Clock {
        now: NOW + 86_400,
        is_trusted: true,
    };
    client.refresh(clock, Patience::None).await.is_ok() && client.find("a.list").await.is_ok()
}

async fn power_cut(rotates: bool) {
    let mut steps = 0;
    loop {
        let (server, tester) = pair();
        server
            .repo()
            .add_delegation("targets", "lists", true, &["*"]);
        server
            .repo()
            .publish(&["lists", "targets", "snapshot", "timestamp"]);
        tester.refresh().await.unwrap();
        assert!(
            tester
                .open()
                .refresh(
                    Clock {
                        now: NOW,
                        is_trusted: true
                    },
                    Patience::None
                )
                .await
                .is_ok()
        );
        assert_eq!(tester.versions(), [1, 2, 2, 2]);
        next_version(&server, rotates);
        let disk = Failing::before(steps);
        let done = update(&tester, disk.clone()).await;
        if !done {
            assert!(disk.is_dead(), "step {steps}: failed without a power cut");
        }
        // What lies there is readable, and old or new; timestamp and snapshot may be forgotten where
        // their keys were rotated.
        for (role, old, new) in [
            ("root", 1, 2),
            ("timestamp", 2, 3),
            ("snapshot", 2, 3),
            ("targets", 2, 3),
        ] {
            let version = tester.version(role);
            let forgotten =
                rotates && matches!(role, "timestamp" | "snapshot") && version.is_none();
            assert!(
                forgotten || version == Some(old) || version == Some(new),
                "step {steps}: {role} {version:?}"
            );
        }
        // The machine comes back.
        assert!(tester.download("a.list").await, "step {steps}");
        assert_eq!(tester.versions(), [2, 3, 3, 3], "step {steps}");
        if done {
            // Five files with four steps each, and the clock's.
            assert!(steps >= 20, "{steps}");
            return;
        }
        steps += 1;
    }
}

#[tokio::test]
async fn a_power_cut_at_any_step_leaves_old_or_new() {
    power_cut(false).await;
}

#[tokio::test]
async fn a_power_cut_while_keys_rotate_leaves_old_or_new() {
    power_cut(true).await;
}

#[tokio::test]
async fn a_power_cut_at_the_first_start_leaves_nothing_broken() {
    for steps in 0..30 {
        let (server, tester) = pair();
        server
            .repo()
            .add_delegation("targets", "lists", true, &["*"]);
        server.repo().add_artifact("lists", b"new", "a.list");
        server
            .repo()
            .publish(&["lists", "targets", "snapshot", "timestamp"]);
        update(&tester, Failing::before(steps)).await;
        assert!(tester.download("a.list").await, "step {steps}");
    }
}
