//! test_updater_delegation_graphs.py.

use std::collections::BTreeSet;

use lachan_sync::tuf::RefreshError;

use crate::cases;
use crate::simulator::{Repo, pair};

/// Who delegates, to whom, whether the search ends there, for which paths.
type Edge = (&'static str, &'static str, bool, &'static [&'static str]);
const ALL: &[&str] = &["*"];

fn build(repo: &mut Repo, edges: &[Edge], artifacts: &[(&str, &str, &str)]) {
    let mut changed = BTreeSet::new();
    for (delegator, name, terminating, paths) in edges {
        repo.add_delegation(delegator, name, *terminating, paths);
        // One role has one signer here, whoever delegates to it.
        changed.extend([*delegator, *name]);
    }
    for (role, content, path) in artifacts {
        repo.add_artifact(role, content.as_bytes(), path);
    }
    changed.remove("targets");
    let roles: Vec<&str> = changed.into_iter().collect();
    repo.publish(&roles);
    repo.publish(&["targets", "snapshot", "timestamp"]);
}

fn below(repo: &Repo) -> Vec<String> {
    repo.asked
        .iter()
        .skip(4)
        .map(|(role, _)| role.clone())
        .collect()
}

async fn graph_traversal((edges, visited): (&[Edge], &[&str])) {
    let (server, client) = pair();
    build(&mut server.repo(), edges, &[]);
    assert!(!client.download("missingpath").await);
    assert_eq!(below(&server.repo()), visited);
}

cases! { graph_traversal:
    graph_traversal_basic_delegation => (&[("targets", "A", false, ALL)], &["A"]),
    graph_traversal_single_level_delegations => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL)], &["A", "B"]),
    graph_traversal_two_level_delegations => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL), ("B", "C", false, ALL)],
        &["A", "B", "C"]),
    graph_traversal_two_level_dfs_order => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL), ("A", "C", false, ALL),
          ("A", "D", false, ALL)],
        &["A", "C", "D", "B"]),
    graph_traversal_three_level_dfs_order => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL), ("A", "C", false, ALL),
          ("C", "D", false, ALL)],
        &["A", "C", "D", "B"]),
    graph_traversal_two_level_terminating => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL), ("A", "C", true, ALL),
          ("A", "D", false, ALL)],
        &["A", "C"]),
    graph_traversal_three_level_terminating => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL), ("A", "C", true, ALL),
          ("C", "D", false, ALL)],
        &["A", "C", "D"]),
    graph_traversal_two_level_ignores_branches_not_matching => (
        &[("targets", "A", false, &["*.py"]), ("targets", "B", false, ALL), ("A", "C", false, ALL)],
        &["B"]),
    graph_traversal_three_level_ignores_branches_not_matching => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL), ("A", "C", false, &["*.py"]),
          ("C", "D", false, ALL)],
        &["A", "B"]),
    graph_traversal_cyclic_graph => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL), ("B", "C", false, ALL),
          ("C", "D", false, ALL), ("D", "B", false, ALL)],
        &["A", "B", "C", "D"]),
    graph_traversal_two_roles_delegating_to_a_third => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL), ("B", "C", false, ALL),
          ("A", "C", false, ALL)],
        &["A", "C", "B"]),
    graph_traversal_two_roles_delegating_to_a_third_different_paths => (
        &[("targets", "A", false, ALL), ("targets", "B", false, ALL), ("B", "C", false, ALL),
          ("A", "C", false, &["*.py"])],
        &["A", "B", "C"]),
}

async fn targetfile_search((path, found, visited): (&str, Option<&str>, &[&str])) {
    let (server, client) = pair();
    build(
        &mut server.repo(),
        &[
            ("targets", "A", false, &["*.doc", "*.md"]),
            ("targets", "B", false, &["releases/*/*"]),
            ("B", "C", false, &["releases/x/*"]),
            ("B", "D", false, &["releases/y/*.zip"]),
        ],
        &[
            ("targets", "targetfile content", "targetfile"),
            ("A", "README by A", "README.md"),
            ("C", "x release by C", "releases/x/x_v1"),
            ("D", "y release by D", "releases/y/y_v1.zip"),
            ("D", "z release by D", "releases/z/z_v1.zip"),
        ],
    );
    assert_eq!(client.download(path).await, found.is_some());
    assert_eq!(
        client.downloaded(path),
        found.map(|content| content.as_bytes().to_vec())
    );
    assert_eq!(below(&server.repo()), visited);
}

cases! { targetfile_search:
    targetfile_search_no_delegations => ("targetfile", Some("targetfile content"), &[]),
    targetfile_search_wildcard => ("README.md", Some("README by A"), &["A"]),
    targetfile_search_separators_x => ("releases/x/x_v1", Some("x release by C"), &["B", "C"]),
    targetfile_search_separators_y => ("releases/y/y_v1.zip", Some("y release by D"), &["B", "D"]),
    targetfile_search_not_delegated_by_all => ("releases/z/z_v1.zip", None, &["B"]),
}

#[tokio::test]
async fn succinct_roles_graph_traversal() {
    let (server, client) = pair();
    {
        let mut repo = server.repo();
        repo.add_succinct(5, "bin");
        let bins: Vec<String> = repo
            .targets
            .keys()
            .filter(|name| *name != "targets")
            .cloned()
            .collect();
        repo.publish(&bins.iter().map(String::as_str).collect::<Vec<_>>());
        repo.publish(&["targets", "snapshot", "timestamp"]);
    }
    assert!(!client.download("missingpath").await);
    let hash = lachan_wire::tuf::sha256_hex(b"missingpath");
    let bin = u32::from_str_radix(&hash[..2], 16).unwrap() >> 3;
    assert_eq!(below(&server.repo()), [format!("bin-{bin:02x}")]);
    assert_eq!(client.trusted_count(), 5);
}

#[tokio::test]
async fn prefixes_of_hashes_choose_roles() {
    let (server, client) = pair();
    {
        let mut repo = server.repo();
        build(
            &mut repo,
            &[("targets", "A", false, ALL), ("targets", "B", false, ALL)],
            &[("B", "b", "x")],
        );
        let hash = lachan_wire::tuf::sha256_hex(b"x");
        let delegations = repo.top_targets().delegations.as_mut().unwrap();
        for (role, prefix) in delegations
            .roles
            .as_mut()
            .unwrap()
            .iter_mut()
            .zip(["g", &hash[..3]])
        {
            role.paths = None;
            role.path_hash_prefixes = Some(vec![prefix.to_owned()]);
        }
        repo.publish(&["targets", "snapshot", "timestamp"]);
    }
    assert!(client.download("x").await);
    assert_eq!(below(&server.repo()), ["B"]);
}

#[tokio::test]
async fn a_search_ends_after_so_many_roles() {
    let (server, mut client) = pair();
    {
        let mut repo = server.repo();
        let mut parent = "targets".to_owned();
        for n in 0..6 {
            let name = format!("role{n}");
            repo.add_delegation(&parent, &name, false, ALL);
            parent = name;
        }
        for n in 0..6 {
            repo.publish(&[&format!("role{n}")]);
        }
        repo.publish(&["targets", "snapshot", "timestamp"]);
    }
    client.settings.most_delegations = 5;
    let mut opened = client.open();
    let clock = lachan_sync::tuf::Clock {
        now: crate::simulator::NOW,
        is_trusted: true,
    };
    opened
        .refresh(clock, lachan_sync::tuf::Patience::None)
        .await
        .unwrap();
    assert!(matches!(
        opened.find("x").await,
        Err(RefreshError::TooManyRoles { most: 5 })
    ));
}

#[tokio::test]
async fn a_role_that_the_snapshot_does_not_name_is_not_asked_for() {
    let (server, client) = pair();
    server.repo().add_delegation("targets", "lists", true, ALL);
    server.repo().publish(&["targets", "snapshot", "timestamp"]);
    assert!(!client.download("x").await);
    assert!(below(&server.repo()).is_empty());
}
