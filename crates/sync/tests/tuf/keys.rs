//! test_keys.py.

use lachan_sync::tuf::{RefreshError, Role};
use lachan_wire::tuf::{Root, Signature, Signed, Snapshot, Timestamp, attach};

use crate::cases;
use crate::simulator::{Server, Signer, ecdsa, ed25519, pair, rsa};

/// Changes the signatures of the newest published file of a role.
fn resign(
    server: &Server,
    role: &str,
    read: fn(&[u8]) -> Vec<Signature>,
    change: impl FnOnce(&mut Vec<Signature>),
) {
    let mut repo = server.repo();
    let last = repo.signed.get_mut(role).unwrap().last_mut().unwrap();
    let mut signatures = read(last);
    change(&mut signatures);
    *last = attach(last, &signatures).unwrap();
}

fn snapshot(bytes: &[u8]) -> Vec<Signature> {
    Signed::<Snapshot>::parse(bytes).unwrap().signatures
}

fn timestamp(bytes: &[u8]) -> Vec<Signature> {
    Signed::<Timestamp>::parse(bytes).unwrap().signatures
}

fn root(bytes: &[u8]) -> Vec<Signature> {
    Signed::<Root>::parse(bytes).unwrap().signatures
}

#[tokio::test]
async fn snapshot_does_not_meet_threshold() {
    let (server, client) = pair();
    server.repo().root.roles.snapshot.threshold = 3;
    for _ in 0..2 {
        server.repo().add_key("snapshot", &ed25519());
    }
    server
        .repo()
        .publish(&["root", "targets", "snapshot", "timestamp"]);
    client.refresh().await.unwrap();
    server.repo().signers.get_mut("snapshot").unwrap().pop();
    server.repo().publish(&["targets", "snapshot", "timestamp"]);
    assert!(client.refresh().await.is_err());
    assert_eq!(client.version("snapshot"), Some(2));
}

#[tokio::test]
async fn snapshot_has_too_few_keys() {
    let (server, client) = pair();
    for _ in 0..4 {
        server.repo().add_key("snapshot", &ed25519());
    }
    server.repo().root.roles.snapshot.threshold = 6;
    server.repo().publish(&["root", "snapshot", "timestamp"]);
    assert!(client.refresh().await.is_err());
    assert_eq!(
        (client.version("root"), client.version("snapshot")),
        (Some(2), None)
    );
}

#[tokio::test]
async fn duplicate_keys() {
    let (server, client) = pair();
    let signer = ed25519();
    {
        let mut repo = server.repo();
        repo.add_key("snapshot", &signer);
        for n in 0..8 {
            // One key under nine ids.
            let id = format!("again{n}");
            repo.root.keys.insert(id.clone(), signer.key().clone());
            repo.root.roles.snapshot.keyids.push(id);
        }
        repo.root.roles.snapshot.threshold = 6;
        repo.publish(&["root", "snapshot", "timestamp"]);
    }
    resign(&server, "snapshot", snapshot, |signatures| {
        let own = signatures
            .iter()
            .find(|signature| signature.keyid == signer.id())
            .unwrap()
            .clone();
        for n in 0..8 {
            signatures.push(Signature {
                keyid: format!("again{n}"),
                ..own.clone()
            });
        }
    });
    // The snapshot's content did not change, but its bytes did: the timestamp names no hash.
    let error = client.refresh().await.unwrap_err();
    let RefreshError::Threshold {
        role: Role::Snapshot,
        source,
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((source.valid, source.threshold), (2, 6));
    assert_eq!(client.version("snapshot"), None);
}

#[tokio::test]
async fn duplicate_sig_keyids() {
    let (server, client) = pair();
    resign(&server, "snapshot", snapshot, |signatures| {
        let first = signatures[0].clone();
        signatures.push(first);
    });
    assert!(client.refresh().await.is_err());
    assert_eq!(client.version("snapshot"), None);
}

async fn keytype_and_scheme(make: fn() -> Signer) {
    let (server, client) = pair();
    let signer = make();
    server.repo().add_key("root", &signer);
    server.repo().root.roles.root.threshold += 1;
    server.repo().publish(&["root"]);
    client.refresh().await.unwrap();
    assert_eq!(client.version("root"), Some(2));
    server.repo().publish(&["root"]);
    // A signature of the right kind over something else.
    let wrong = data_encoding::HEXLOWER.encode(&signer.sign(b"something else"));
    resign(&server, "root", root, |signatures| {
        signatures
            .iter_mut()
            .find(|signature| signature.keyid == signer.id())
            .unwrap()
            .sig = wrong;
    });
    assert!(client.refresh().await.is_err());
    assert_eq!(client.version("root"), Some(2));
}

cases! { keytype_and_scheme:
    keytype_and_scheme_rsa => rsa,
    keytype_and_scheme_ecdsa => ecdsa,
    keytype_and_scheme_ed25519 => ed25519,
}

#[tokio::test]
async fn invalid_sig_in_valid_metadata() {
    let (server, client) = pair();
    let first = timestamp(&server.repo().signed["timestamp"][0])[0].clone();
    server.repo().add_key("timestamp", &ed25519());
    server.repo().publish(&["root", "timestamp"]);
    for sig in [first.sig.as_str(), ""] {
        resign(&server, "timestamp", timestamp, |signatures| {
            let own = signatures
                .iter_mut()
                .find(|signature| signature.keyid == first.keyid)
                .unwrap();
            sig.clone_into(&mut own.sig);
        });
        client.refresh().await.unwrap();
        client.assert_newest("timestamp");
        server.repo().publish(&["timestamp"]);
    }
}

#[tokio::test]
async fn root_has_keys_but_not_snapshot_older() {
    let (server, client) = pair();
    client.refresh().await.unwrap();
    // Keys in root that sign nothing count for nothing, and keys that are named and missing neither.
    let stranger = ed25519();
    {
        let mut repo = server.repo();
        repo.root
            .roles
            .snapshot
            .keyids
            .push(stranger.id().to_owned());
        repo.root.roles.snapshot.threshold = 2;
        repo.add_signer("snapshot", &stranger);
        repo.publish(&["root", "snapshot", "timestamp"]);
    }
    assert!(client.refresh().await.is_err());
    assert_eq!(client.versions(), [2, 2, 1, 1]);
}
