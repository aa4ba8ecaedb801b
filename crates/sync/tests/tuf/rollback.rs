//! test_rollback.py.

use lachan_sync::tuf::{RefreshError, Role};

use crate::cases;
use crate::simulator::pair;

#[tokio::test]
async fn simple_snapshot_rollback() {
    let (server, client) = pair();
    server.repo().publish(&["snapshot", "timestamp"]);
    client.refresh().await.unwrap();
    // The snapshot goes back, the timestamp does not say so: it is not even asked for.
    server.repo().signed.get_mut("snapshot").unwrap().pop();
    client.refresh().await.unwrap();
    assert_eq!(client.version("snapshot"), Some(2));
    assert_eq!(
        server.repo().asked.last().unwrap(),
        &("timestamp".to_owned(), None)
    );
}

#[tokio::test]
async fn new_timestamp_version_rollback() {
    let (server, client) = pair();
    server.repo().publish(&["timestamp"]);
    client.refresh().await.unwrap();
    server.repo().signed.get_mut("timestamp").unwrap().pop();
    let error = client.refresh().await.unwrap_err();
    let back = RefreshError::Rollback {
        role: Role::Timestamp,
        trusted: 2,
        offered: 1,
    };
    assert_eq!(error.to_string(), back.to_string());
    assert_eq!(client.version("timestamp"), Some(2));
    assert_eq!(
        server.repo().asked.last().unwrap(),
        &("timestamp".to_owned(), None)
    );
}

async fn snapshot_rollback(with_hashes: bool) {
    let (server, client) = pair();
    server.repo().with_hashes = with_hashes;
    server.repo().publish(&["snapshot", "timestamp"]);
    client.refresh().await.unwrap();
    {
        let mut repo = server.repo();
        let old = repo.signed["snapshot"][0].clone();
        let mut meta = lachan_wire::tuf::MetaFile::of(1, &old);
        if !with_hashes {
            (meta.length, meta.hashes) = (None, None);
        }
        repo.timestamp.meta.insert("snapshot.json".to_owned(), meta);
        repo.publish(&["timestamp"]);
    }
    assert!(matches!(
        client.refresh().await,
        Err(RefreshError::Rollback {
            role: Role::Snapshot,
            trusted: 2,
            offered: 1
        })
    ));
    assert_eq!(client.versions(), [1, 2, 2, 1]);
    assert_eq!(
        server.repo().asked.last().unwrap(),
        &("timestamp".to_owned(), None)
    );
}

cases! { snapshot_rollback:
    snapshot_rollback_basic => false,
    snapshot_rollback_with_hashes => true,
}

#[tokio::test]
async fn new_targets_fast_forward_recovery() {
    let (server, client) = pair();
    for _ in 0..99 {
        server.repo().publish(&["targets"]);
    }
    server.repo().publish(&["snapshot", "timestamp"]);
    client.refresh().await.unwrap();
    assert_eq!(client.version("targets"), Some(100));
    {
        let mut repo = server.repo();
        repo.rotate_keys("snapshot");
        repo.publish(&["root"]);
        repo.head_mut("targets").version = 1;
        repo.publish(&["targets", "snapshot", "timestamp"]);
        let newest = repo.signed["targets"].last().cloned().unwrap();
        repo.signed.get_mut("targets").unwrap()[1] = newest;
    }
    client.refresh().await.unwrap();
    assert_eq!(client.version("targets"), Some(2));
}

#[tokio::test]
async fn new_snapshot_fast_forward_recovery() {
    let (server, client) = pair();
    for _ in 0..99 {
        server.repo().publish(&["snapshot"]);
    }
    server.repo().publish(&["timestamp"]);
    client.refresh().await.unwrap();
    assert_eq!(client.version("snapshot"), Some(100));
    {
        let mut repo = server.repo();
        repo.rotate_keys("snapshot");
        repo.rotate_keys("timestamp");
        repo.publish(&["root"]);
        repo.head_mut("snapshot").version = 1;
        repo.signed.remove("snapshot");
        repo.publish(&["snapshot", "timestamp"]);
    }
    client.refresh().await.unwrap();
    assert_eq!(client.version("snapshot"), Some(1));
}

#[tokio::test]
async fn new_snapshot_version_mismatch() {
    let (server, client) = pair();
    // The file under version 1 says 2; the timestamp names 1.
    {
        let mut repo = server.repo();
        repo.head_mut("snapshot").version = 2;
        let bytes = repo.encoded("snapshot");
        repo.signed.get_mut("snapshot").unwrap()[0] = bytes;
    }
    assert!(client.refresh().await.is_err());
    assert_eq!(client.versions(), [1, 1, 0, 0]);
    assert_eq!(
        server.repo().asked.last().unwrap(),
        &("snapshot".to_owned(), Some(1))
    );
}

#[tokio::test]
async fn new_timestamp_fast_forward_recovery() {
    let (server, client) = pair();
    for _ in 0..99 {
        server.repo().publish(&["timestamp"]);
    }
    client.refresh().await.unwrap();
    assert_eq!(client.version("timestamp"), Some(100));
    {
        let mut repo = server.repo();
        repo.rotate_keys("timestamp");
        repo.publish(&["root"]);
        repo.head_mut("timestamp").version = 1;
        repo.signed.remove("timestamp");
        repo.publish(&["timestamp"]);
    }
    client.refresh().await.unwrap();
    assert_eq!(client.version("timestamp"), Some(1));
}

async fn targets_rollback(with_hashes: bool) {
    let (server, client) = pair();
    server.repo().with_hashes = with_hashes;
    server
        .repo()
        .publish(&["targets", "targets", "snapshot", "timestamp"]);
    client.refresh().await.unwrap();
    {
        let mut repo = server.repo();
        repo.head_mut("targets").version = 1;
        repo.publish(&["targets", "snapshot", "timestamp"]);
        let newest = repo.signed["targets"].last().cloned().unwrap();
        repo.signed.get_mut("targets").unwrap()[1] = newest;
    }
    assert!(matches!(
        client.refresh().await,
        Err(RefreshError::Rollback {
            role: Role::Targets,
            trusted: 3,
            offered: 2
        })
    ));
    assert_eq!(client.versions(), [1, 3, 2, 3]);
}

cases! { targets_rollback:
    targets_rollback_basic => false,
    targets_rollback_with_hashes => true,
}

#[tokio::test]
async fn a_file_that_the_snapshot_drops_is_a_rollback() {
    let (server, client) = pair();
    server
        .repo()
        .add_delegation("targets", "lists", true, &["*"]);
    server
        .repo()
        .publish(&["lists", "targets", "snapshot", "timestamp"]);
    client.refresh().await.unwrap();
    server.repo().snapshot.meta.remove("lists.json");
    server.repo().publish(&["snapshot", "timestamp"]);
    assert!(matches!(
        client.refresh().await,
        Err(RefreshError::Rollback {
            trusted: 1,
            offered: 0,
            ..
        })
    ));
}
