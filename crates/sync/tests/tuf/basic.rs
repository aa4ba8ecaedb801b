//! test_basic.py.

use lachan_sync::tuf::{Client, Clock, Patience, RefreshError, Role, Settings, Store};
use lachan_wire::tuf::{MetaFile, Signed, Timestamp, attach};
use serde_json::json;

use crate::cases;
use crate::simulator::{DAY, NOW, TOP, Tester, ed25519, pair, with_field};

fn asked(entries: &[(&str, Option<u64>)]) -> Vec<(String, Option<u64>)> {
    entries
        .iter()
        .map(|(role, version)| ((*role).to_owned(), *version))
        .collect()
}

const ALL: [(&str, Option<u64>); 4] = [
    ("root", Some(2)),
    ("timestamp", None),
    ("snapshot", Some(1)),
    ("targets", Some(1)),
];

#[tokio::test]
async fn basic_refresh_requests() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    assert_eq!(server.repo().asked, asked(&ALL));
}

#[tokio::test]
async fn basic_refresh_trusted_data() {
    let (_, client) = pair();
    let outcome = client.refresh().await.unwrap();
    assert!(outcome.is_new);
    for role in TOP {
        client.assert_newest(role);
    }
    assert!(!client.refresh().await.unwrap().is_new);
}

#[tokio::test]
async fn implicit_refresh() {
    let (server, client) = pair();
    assert!(!client.download("nonexistent artifact").await);
    assert_eq!(server.repo().asked, asked(&ALL));
    for role in TOP {
        client.assert_newest(role);
    }
}

#[tokio::test]
async fn invalid_initial_root() {
    let (server, client) = pair();
    let text = String::from_utf8(client.root.clone()).unwrap();
    let broken = text.replace(r#","version":1"#, "");
    assert_ne!(text, broken);
    let store = Store::new(client.trusted());
    let opened = Client::open(
        server.clone(),
        store,
        broken.as_bytes(),
        Settings::default(),
    );
    assert!(opened.is_err());
    assert!(server.repo().asked.is_empty());
}

#[tokio::test]
async fn unsigned_initial_root() {
    let (server, client) = pair();
    let mut signatures = Signed::<lachan_wire::tuf::Root>::parse(&client.root)
        .unwrap()
        .signatures;
    signatures[0].sig = "30450221".to_owned();
    let broken = attach(&client.root, &signatures).unwrap();
    let store = Store::new(client.trusted());
    assert!(Client::open(server.clone(), store, &broken, Settings::default()).is_err());
    assert!(server.repo().asked.is_empty());
}

async fn unsigned_metadata((role, trusted): (&str, [u64; 4])) {
    let (server, client) = pair();
    server.repo().signers.get_mut(role).unwrap().pop();
    server
        .repo()
        .publish(&["root", "targets", "snapshot", "timestamp"]);
    let error = client.refresh().await.unwrap_err();
    assert!(matches!(error, RefreshError::Threshold { .. }), "{error:?}");
    client.open();
    assert_eq!(client.versions(), trusted);
}

cases! { unsigned_metadata:
    unsigned_metadata_root => ("root", [1, 0, 0, 0]),
    unsigned_metadata_timestamp => ("timestamp", [2, 0, 0, 0]),
    unsigned_metadata_snapshot => ("snapshot", [2, 2, 0, 0]),
    unsigned_metadata_targets => ("targets", [2, 2, 2, 0]),
}

async fn url_and_metadata_version_mismatch((role, trusted): (&str, [u64; 4])) {
    let (server, client) = pair();
    // The content says 3, the name says 2.
    server.repo().head_mut(role).version += 1;
    server
        .repo()
        .publish(&["root", "targets", "snapshot", "timestamp"]);
    if role == "snapshot" {
        server
            .repo()
            .timestamp
            .meta
            .insert("snapshot.json".to_owned(), MetaFile::new(2));
        let bytes = server.repo().encoded("timestamp");
        *server
            .repo()
            .signed
            .get_mut("timestamp")
            .unwrap()
            .last_mut()
            .unwrap() = bytes;
    }
    if role == "targets" {
        let mut repo = server.repo();
        repo.snapshot
            .meta
            .insert("targets.json".to_owned(), MetaFile::new(2));
        let bytes = repo.encoded("snapshot");
        *repo.signed.get_mut("snapshot").unwrap().last_mut().unwrap() = bytes;
    }
    let error = client.refresh().await.unwrap_err();
    assert!(
        matches!(
            error,
            RefreshError::Version {
                expected: 2,
                found: 3,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(client.versions(), trusted);
}

cases! { url_and_metadata_version_mismatch:
    url_and_metadata_version_mismatch_root => ("root", [1, 0, 0, 0]),
    url_and_metadata_version_mismatch_snapshot => ("snapshot", [2, 2, 0, 0]),
    url_and_metadata_version_mismatch_targets => ("targets", [2, 2, 2, 0]),
}

#[tokio::test]
async fn timestamp_content_changes() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    {
        let mut repo = server.repo();
        repo.timestamp
            .meta
            .insert("snapshot.json".to_owned(), MetaFile::new(100));
        repo.signed.remove("timestamp");
        repo.publish(&["timestamp"]);
    }
    client.refresh().await.unwrap();
    assert_eq!(
        server.repo().asked.last().unwrap(),
        &("timestamp".to_owned(), None)
    );
    let kept = Signed::<Timestamp>::parse(&client.bytes("timestamp").unwrap()).unwrap();
    assert_eq!(kept.content.snapshot().unwrap().version, 1);
}

#[tokio::test]
async fn basic_metadata_hash_support() {
    let (server, client) = pair();
    server.repo().with_hashes = true;
    server.repo().publish(&["targets", "snapshot", "timestamp"]);
    client.refresh().await.unwrap();
    {
        let mut repo = server.repo();
        repo.publish(&["targets"]);
        let meta = repo.snapshot.meta.get_mut("targets.json").unwrap();
        meta.hashes
            .as_mut()
            .unwrap()
            .insert("sha256".to_owned(), "46".repeat(32));
        repo.publish(&["snapshot", "timestamp"]);
    }
    let error = client.refresh().await.unwrap_err();
    assert!(
        matches!(
            error,
            RefreshError::Content {
                role: Role::Targets
            }
        ),
        "{error:?}"
    );
    assert_eq!(client.versions(), [1, 3, 3, 2]);
}

#[tokio::test]
async fn metadata_bytes_match() {
    let (server, client) = pair();
    server.repo().signed.get_mut("timestamp").unwrap()[0].push(b' ');
    client.refresh().await.unwrap();
    client.assert_newest("timestamp");
}

#[tokio::test]
async fn custom_fields() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    {
        let mut repo = server.repo();
        let signer = with_field(&ed25519(), "extra-field", json!({"a": 1, "b": 2}));
        repo.root
            .extra
            .insert("custom-field".to_owned(), json!("value"));
        repo.add_key("root", &signer);
        repo.root
            .roles
            .root
            .extra
            .insert("another-field".to_owned(), json!("value"));
        repo.publish(&["root"]);
    }
    client.refresh().await.unwrap();
    assert_eq!(client.version("root"), Some(2));
}

#[tokio::test]
async fn deprecated_keyid_hash_algorithms() {
    let (server, client) = pair();
    {
        let mut repo = server.repo();
        repo.clear_keys("snapshot");
        let signer = with_field(&ed25519(), "keyid_hash_algorithms", json!("md5"));
        repo.add_key("snapshot", &signer);
        repo.publish(&["root", "snapshot", "timestamp"]);
    }
    client.refresh().await.unwrap();
    assert_eq!(client.versions(), [2, 2, 2, 1]);
}

#[tokio::test]
async fn snapshot_404() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    server
        .repo()
        .timestamp
        .meta
        .get_mut("snapshot.json")
        .unwrap()
        .version += 1;
    server.repo().publish(&["timestamp"]);
    assert!(client.refresh().await.is_err());
    assert_eq!(
        server.repo().asked.last().unwrap(),
        &("snapshot".to_owned(), Some(2))
    );
    assert_eq!(client.versions(), [1, 2, 1, 1]);
}

#[tokio::test]
async fn targets_404() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    server
        .repo()
        .snapshot
        .meta
        .get_mut("targets.json")
        .unwrap()
        .version += 1;
    server.repo().publish(&["snapshot", "timestamp"]);
    assert!(client.refresh().await.is_err());
    assert_eq!(
        server.repo().asked.last().unwrap(),
        &("targets".to_owned(), Some(2))
    );
    assert_eq!(client.versions(), [1, 2, 2, 1]);
}

#[tokio::test]
async fn timestamp_404() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    server.repo().signed.remove("timestamp");
    let error = client.refresh().await.unwrap_err();
    assert!(error.is_of_the_line(), "{error:?}");
    assert_eq!(
        server.repo().asked.last().unwrap(),
        &("timestamp".to_owned(), None)
    );
}

#[tokio::test]
async fn incorrect_metadata_type() {
    let (server, client) = pair();
    {
        let mut repo = server.repo();
        let signer = std::sync::Arc::clone(&repo.signers["timestamp"][0]);
        repo.add_key("snapshot", &signer);
        repo.snapshot.meta = [("snapshot.json".to_owned(), MetaFile::new(1))].into();
        repo.publish(&["root", "snapshot"]);
        let false_timestamp = repo.signed.get_mut("snapshot").unwrap().pop().unwrap();
        repo.signed
            .get_mut("timestamp")
            .unwrap()
            .push(false_timestamp);
    }
    let error = client.refresh().await.unwrap_err();
    assert!(
        matches!(
            error,
            RefreshError::Format {
                role: Role::Timestamp,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(client.versions(), [2, 0, 0, 0]);
}

#[tokio::test]
async fn faketime() {
    let (server, client) = pair();
    server.repo().set_expiry("root", NOW + 7 * DAY);
    server.repo().publish(&["root"]);
    client.refresh().await.unwrap();
    assert!(client.refresh_at(NOW + 8 * DAY).await.is_err());
    assert!(client.refresh_at(NOW + 6 * DAY).await.is_ok());
}

#[tokio::test]
async fn new_targets_version_mismatch_older() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    server.repo().publish(&["targets"]);
    client.refresh().await.unwrap();
    assert_eq!(client.version("targets"), Some(1));
    assert_eq!(
        server.repo().asked.last().unwrap(),
        &("timestamp".to_owned(), None)
    );
}

#[tokio::test]
async fn max_root_rotations_older() {
    let (server, mut client) = pair();
    for _ in 0..6 {
        server.repo().publish(&["root"]);
    }
    client.settings.most_roots = 3;
    client.refresh().await.unwrap();
    assert_eq!(client.version("root"), Some(4));
    client.refresh().await.unwrap();
    assert_eq!(client.version("root"), Some(7));
}

#[tokio::test]
async fn consistent_snapshot_disabled_older() {
    let (server, client) = pair();
    {
        let mut repo = server.repo();
        repo.root.consistent_snapshot = false;
        for name in ["role1", "..", "."] {
            repo.add_delegation("targets", name, false, &["*"]);
            repo.publish(&[name]);
        }
        repo.publish(&["root", "targets", "snapshot", "timestamp"]);
        repo.add_artifact("targets", b"x", "a");
    }
    client.refresh().await.unwrap();
    assert!(!client.download("missing").await);
    let asked = server.repo().asked.clone();
    let tail: Vec<_> = asked.iter().rev().take(3).rev().cloned().collect();
    assert_eq!(
        tail,
        [
            ("role1".to_owned(), None),
            ("..".to_owned(), None),
            (".".to_owned(), None)
        ]
    );
    assert_eq!(client.trusted_count(), 7);
}

#[tokio::test]
async fn a_damaged_stored_root_is_replaced_from_the_first() {
    let (server, client) = pair();
    server.repo().publish(&["root"]);
    client.refresh().await.unwrap();
    std::fs::write(client.trusted().join("root.json"), b"{").unwrap();
    client.refresh().await.unwrap();
    assert_eq!(client.version("root"), Some(2));
}

#[tokio::test]
async fn nothing_is_found_before_a_refresh() {
    let (_, client) = pair();
    let mut client: Client<_> = Tester::open(&client);
    assert!(matches!(
        client.find("a").await,
        Err(RefreshError::NotRefreshed)
    ));
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
    assert!(client.find("a").await.unwrap().is_none());
}

/// The daemon runs all of it on any thread.
#[tokio::test]
async fn every_step_can_move_between_threads() {
    fn sendable<T: Send>(step: T) -> T {
        step
    }
    let (server, client) = pair();
    server.repo().add_artifact("targets", b"x", "a");
    server.repo().publish(&["targets", "snapshot", "timestamp"]);
    let place = client.place("a");
    let mut opened = client.open();
    let clock = Clock {
        now: NOW,
        is_trusted: true,
    };
    sendable(opened.refresh(clock, Patience::None))
        .await
        .unwrap();
    let target = sendable(opened.find("a")).await.unwrap().unwrap();
    sendable(opened.download("a", &target, &place))
        .await
        .unwrap();
    let bundles = lachan_sync::bundle::Bundles::new(client.trusted().join("lists"));
    let wish = lachan_sync::bundle::Wish {
        snapshot: 1,
        now: NOW,
        knows: &|_| true,
    };
    let made = sendable(lachan_sync::bundle::update(&mut opened, &bundles, &wish)).await;
    assert!(matches!(
        made,
        Err(lachan_sync::bundle::BundleError::NoLists)
    ));
    assert!(
        sendable(lachan_sync::bundle::settings(
            &mut opened,
            client.trusted().as_path()
        ))
        .await
        .unwrap()
        .is_empty()
    );
}

#[tokio::test]
async fn a_box_that_joins_another_hub_forgets_the_one_before() {
    let clock = Clock {
        now: NOW,
        is_trusted: true,
    };
    let (old, client) = pair();
    for _ in 0..4 {
        old.repo()
            .publish(&["root", "targets", "snapshot", "timestamp"]);
    }
    client.refresh().await.unwrap();
    let (new, other) = pair();
    let open = || {
        let store = Store::new(client.trusted());
        Client::open(new.clone(), store, &other.root, Settings::default()).unwrap()
    };
    // With the old hub's files the root of the enrolment is not looked at.
    assert!(open().refresh(clock, Patience::None).await.is_err());
    Store::new(client.trusted()).forget_all().unwrap();
    assert_eq!(client.trusted_count(), 0);
    open().refresh(clock, Patience::None).await.unwrap();
    // Nothing to forget is no error.
    let empty = client.trusted().join("nowhere");
    Store::new(empty).forget_all().unwrap();
}

#[test]
fn a_server_that_drips_ends_in_hours_and_not_in_days() {
    let settings = Settings::default();
    let hours = |bytes| settings.longest_of(bytes).as_secs() / 3600;
    assert_eq!(hours(100 << 20), 6);
    // 10 MB on 2G, at 2 kB/s, may come in one go.
    assert!(settings.longest_of(10_000_000).as_secs() >= 10_000_000 / 2_048);
}
