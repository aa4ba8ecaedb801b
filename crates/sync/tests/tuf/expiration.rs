//! test_expiration.py and test_delegated_expiration.py.

use lachan_sync::tuf::{RefreshError, Role};

use crate::simulator::{DAY, NOW, pair};

fn expired(error: &RefreshError) -> &Role {
    match error {
        RefreshError::Expired { role, .. } => role,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn root_expired() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    server.repo().publish(&["root"]);
    client.refresh().await.unwrap();
    server.repo().set_expiry("root", NOW - DAY);
    server
        .repo()
        .publish(&["root", "targets", "snapshot", "timestamp"]);
    let error = client.refresh().await.unwrap_err();
    assert_eq!(expired(&error), &Role::Root);
    assert_eq!(client.versions(), [3, 1, 1, 1]);
}

#[tokio::test]
async fn timestamp_expired() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    server.repo().set_expiry("timestamp", NOW - 5 * DAY);
    server.repo().publish(&["timestamp"]);
    let error = client.refresh().await.unwrap_err();
    assert_eq!(expired(&error), &Role::Timestamp);
    assert_eq!(client.versions(), [1, 1, 1, 1]);
}

#[tokio::test]
async fn snapshot_expired() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    server.repo().set_expiry("snapshot", NOW - 5 * DAY);
    server.repo().publish(&["snapshot", "timestamp"]);
    let error = client.refresh().await.unwrap_err();
    assert_eq!(expired(&error), &Role::Snapshot);
    assert_eq!(client.versions(), [1, 2, 1, 1]);
}

#[tokio::test]
async fn targets_expired() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    server.repo().set_expiry("targets", NOW - 5 * DAY);
    server.repo().publish(&["targets", "snapshot", "timestamp"]);
    let error = client.refresh().await.unwrap_err();
    assert_eq!(expired(&error), &Role::Targets);
    assert_eq!(client.versions(), [1, 2, 2, 1]);
}

#[tokio::test]
async fn expired_local_root() {
    let (server, client) = pair();
    server.repo().set_expiry("root", NOW + 7 * DAY);
    server.repo().publish(&["root"]);
    client.refresh().await.unwrap();
    server.repo().set_expiry("root", NOW + 21 * DAY);
    server.repo().publish(&["root"]);
    client.refresh_at(NOW + 18 * DAY).await.unwrap();
    assert_eq!(client.version("root"), Some(3));
}

#[tokio::test]
async fn expired_local_timestamp() {
    let (server, client) = pair();
    server.repo().set_expiry("timestamp", NOW + 7 * DAY);
    server.repo().publish(&["timestamp"]);
    client.refresh().await.unwrap();
    server.repo().set_expiry("timestamp", NOW + 21 * DAY);
    server.repo().publish(&["targets", "snapshot", "timestamp"]);
    client.refresh_at(NOW + 18 * DAY).await.unwrap();
    assert_eq!(client.versions(), [1, 3, 2, 2]);
}

#[tokio::test]
async fn expired_local_snapshot_and_targets_update() {
    let (server, client) = pair();
    for role in ["snapshot", "targets"] {
        server.repo().set_expiry(role, NOW + 7 * DAY);
    }
    server.repo().publish(&["targets", "snapshot", "timestamp"]);
    client.refresh().await.unwrap();
    assert!(client.refresh_at(NOW + 18 * DAY).await.is_err());
    for role in ["snapshot", "targets"] {
        server.repo().set_expiry(role, NOW + 21 * DAY);
    }
    server.repo().publish(&["targets", "snapshot", "timestamp"]);
    client.refresh_at(NOW + 18 * DAY).await.unwrap();
    assert_eq!(client.versions(), [1, 3, 3, 3]);
}

#[tokio::test]
async fn delegated_targets_expired() {
    let (server, client) = pair();
    {
        let mut repo = server.repo();
        repo.add_delegation("targets", "delegated", false, &["delegatedpath/*"]);
        repo.set_expiry("delegated", NOW - DAY);
        repo.add_artifact("delegated", b"delegated content", "delegatedpath/target");
        repo.publish(&["delegated", "targets", "snapshot", "timestamp"]);
    }
    client.refresh().await.unwrap();
    assert!(!client.download("delegatedpath/target").await);
    assert_eq!(client.downloads(), 0);
    assert_eq!(client.trusted_count(), 4);
}

#[tokio::test]
async fn expired_local_delegated_targets() {
    let (server, client) = pair();
    {
        let mut repo = server.repo();
        repo.add_delegation("targets", "delegated", false, &["delegatedpath/*"]);
        repo.set_expiry("delegated", NOW + 7 * DAY);
        repo.add_artifact("delegated", b"first", "delegatedpath/first");
        repo.add_artifact("delegated", b"second", "delegatedpath/second");
        repo.publish(&["delegated", "targets", "snapshot", "timestamp"]);
    }
    assert!(client.download("delegatedpath/first").await);
    assert!(
        !client
            .download_at("delegatedpath/second", NOW + 18 * DAY)
            .await
    );
    assert_eq!(client.downloads(), 1);
}

#[tokio::test]
async fn expired_local_delegated_targets_updates() {
    let (server, client) = pair();
    {
        let mut repo = server.repo();
        repo.add_delegation("targets", "delegated", false, &["delegatedpath/*"]);
        repo.set_expiry("delegated", NOW + 7 * DAY);
        repo.add_artifact("delegated", b"first", "delegatedpath/first");
        repo.add_artifact("delegated", b"second", "delegatedpath/second");
        repo.publish(&["delegated", "targets", "snapshot", "timestamp"]);
    }
    assert!(client.download("delegatedpath/first").await);
    server.repo().set_expiry("delegated", NOW + 21 * DAY);
    server
        .repo()
        .publish(&["delegated", "snapshot", "timestamp"]);
    assert!(
        client
            .download_at("delegatedpath/second", NOW + 18 * DAY)
            .await
    );
    assert_eq!(client.downloads(), 2);
}
