//! test_file_download.py, and what lines do to downloads.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use lachan_sync::tuf::{DownloadError, Downloaded};
use lachan_wire::tuf::{Target, sha256_hex};
use ring::digest::{SHA512, digest};

use crate::cases;
use crate::simulator::{Repo, Server, Tester, no_extra, pair};

const CONTENT: &[u8] = b"target file contents";

fn publish(repo: &mut Repo) {
    repo.publish(&["targets", "snapshot", "timestamp"]);
}

#[tokio::test]
async fn client_downloads_expected_file() {
    let (server, client) = pair();
    server
        .repo()
        .add_artifact("targets", CONTENT, "target_file.txt");
    publish(&mut server.repo());
    client.refresh().await.unwrap();
    assert_eq!(client.downloads(), 0);
    assert!(client.download("target_file.txt").await);
    assert_eq!(client.downloaded("target_file.txt").unwrap(), CONTENT);
}

#[tokio::test]
async fn client_downloads_expected_file_in_sub_dir() {
    let (server, client) = pair();
    let path = "path/to/a/target_file.txt";
    server.repo().add_artifact("targets", CONTENT, path);
    publish(&mut server.repo());
    assert!(client.download(path).await);
    assert_eq!(client.downloaded(path).unwrap(), CONTENT);
    let asked = server.repo().asked_files.clone();
    assert_eq!(asked, [(path.to_owned(), Some(sha256_hex(CONTENT)))]);
}

#[tokio::test]
async fn repository_substitutes_target_file() {
    let (server, client) = pair();
    server
        .repo()
        .add_artifact("targets", CONTENT, "target_file.txt");
    server
        .repo()
        .add_artifact("targets", b"content", "another_target_file.txt");
    publish(&mut server.repo());
    assert!(client.download("target_file.txt").await);
    for path in ["target_file.txt", "another_target_file.txt"] {
        server.repo().artifacts.get_mut(path).unwrap().data = b"malicious data".to_vec();
    }
    assert_eq!(
        client.try_download("target_file.txt").await.unwrap(),
        Downloaded::Kept
    );
    assert_eq!(client.downloaded("target_file.txt").unwrap(), CONTENT);
    assert!(!client.download("another_target_file.txt").await);
    assert_eq!(client.downloads(), 1);
}

#[tokio::test]
async fn multiple_changes_to_target() {
    let (server, client) = pair();
    let path = "target_file.txt";
    server.repo().add_artifact("targets", CONTENT, path);
    publish(&mut server.repo());
    assert!(client.download(path).await);
    let mut expected = 1;
    for n in 0..11 {
        let (modified, new) = (
            format!("modified file contents {n}"),
            format!("new-target-{n}"),
        );
        server
            .repo()
            .add_artifact("targets", modified.as_bytes(), path);
        server
            .repo()
            .add_artifact("targets", format!("new file contents {n}").as_bytes(), &new);
        publish(&mut server.repo());
        if n % 5 == 0 {
            assert!(client.download(path).await);
            assert!(client.download(&new).await);
            expected += 1;
            server.repo().artifacts.get_mut(path).unwrap().data =
                format!("malicious {n}").into_bytes();
            publish(&mut server.repo());
            client.download(path).await;
            assert_eq!(client.downloaded(path).unwrap(), modified.as_bytes());
            assert_eq!(client.downloads(), expected);
        }
    }
}

fn hashes(algorithms: &[&str]) -> BTreeMap<String, String> {
    let hash = |algorithm: &str| match algorithm {
        "sha256" => sha256_hex(CONTENT),
        _ => HEXLOWER.encode(digest(&SHA512, CONTENT).as_ref()),
    };
    algorithms
        .iter()
        .map(|name| ((*name).to_owned(), hash(name)))
        .collect()
}

fn with_hashes(algorithms: &[&str]) -> (Server, Tester) {
    let (server, client) = pair();
    let target = Target {
        length: CONTENT.len() as u64,
        hashes: hashes(algorithms),
        custom: None,
        extra: no_extra(),
    };
    server
        .repo()
        .add_target("targets", CONTENT, "target_file.txt", target);
    publish(&mut server.repo());
    (server, client)
}

async fn download_with_hash_algorithms(algorithms: &[&str]) {
    let (server, client) = with_hashes(algorithms);
    assert!(client.download("target_file.txt").await);
    let asked = server.repo().asked_files.clone();
    assert_eq!(asked.len(), 1);
    assert!(
        hashes(algorithms)
            .values()
            .any(|hash| asked[0].1.as_ref() == Some(hash))
    );
    assert_eq!(client.downloaded("target_file.txt").unwrap(), CONTENT);
}

cases! { download_with_hash_algorithms:
    download_with_hash_algorithms_sha256 => &["sha256"],
    download_with_hash_algorithms_sha512 => &["sha512"],
    download_with_hash_algorithms_both => &["sha256", "sha512"],
}

#[tokio::test]
async fn download_with_unknown_hash_algorithm() {
    let (_, client) = with_hashes(&["unknown-hash"]);
    let outcome = client.try_download("target_file.txt").await;
    assert!(
        matches!(outcome, Err(DownloadError::UnknownHash)),
        "{outcome:?}"
    );
    assert_eq!(client.downloads(), 0);
}

#[tokio::test]
async fn of_two_hashes_both_must_be_right() {
    let (server, client) = with_hashes(&["sha256", "sha512"]);
    let mut wrong = hashes(&["sha256", "sha512"]);
    wrong.insert("sha512".to_owned(), "00".repeat(64));
    server
        .repo()
        .top_targets()
        .targets
        .get_mut("target_file.txt")
        .unwrap()
        .hashes = wrong.clone();
    server
        .repo()
        .artifacts
        .get_mut("target_file.txt")
        .unwrap()
        .target
        .hashes = wrong;
    publish(&mut server.repo());
    assert!(matches!(
        client.try_download("target_file.txt").await,
        Err(DownloadError::Content)
    ));
}

#[tokio::test]
async fn a_broken_line_goes_on_where_it_broke() {
    let (server, client) = pair();
    let content: Vec<u8> = (0..=255).cycle().take(1000).collect();
    server.repo().add_artifact("targets", &content, "big");
    publish(&mut server.repo());
    server.repo().cut_after = Some(600);
    assert!(matches!(
        client.try_download("big").await,
        Err(DownloadError::Fetch(_))
    ));
    assert_eq!(client.downloaded("big"), None);
    assert_eq!(
        client.try_download("big").await.unwrap(),
        Downloaded::Fetched(398)
    );
    assert_eq!(client.downloaded("big").unwrap(), content);
    assert_eq!(server.repo().sent, 1000);
}

#[tokio::test]
async fn a_part_of_another_file_costs_one_more_try() {
    let (server, client) = pair();
    server.repo().add_artifact("targets", CONTENT, "a");
    publish(&mut server.repo());
    let mut part = client.place("a").into_os_string();
    part.push(".part");
    std::fs::write(&part, b"of another").unwrap();
    assert_eq!(
        client.try_download("a").await.unwrap(),
        Downloaded::Fetched(20)
    );
    std::fs::remove_file(client.place("a")).unwrap();
    std::fs::write(&part, b"longer than the file could ever be").unwrap();
    assert_eq!(
        client.try_download("a").await.unwrap(),
        Downloaded::Fetched(20)
    );
    assert_eq!(client.downloaded("a").unwrap(), CONTENT);
}

#[tokio::test]
async fn a_short_or_long_file_is_refused() {
    let (server, client) = pair();
    server.repo().add_artifact("targets", CONTENT, "a");
    publish(&mut server.repo());
    for data in [&CONTENT[..5], &[CONTENT, b"more"].concat()[..], b""] {
        server.repo().artifacts.get_mut("a").unwrap().data = data.to_vec();
        assert!(client.try_download("a").await.is_err());
        assert_eq!(client.downloads(), 0);
    }
    server.repo().artifacts.get_mut("a").unwrap().data = CONTENT.to_vec();
    assert!(client.download("a").await);
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let (server, client) = pair();
    server.repo().add_artifact("targets", b"", "empty");
    publish(&mut server.repo());
    assert!(client.download("empty").await);
    assert_eq!(client.downloaded("empty").unwrap(), b"");
}
