//! test_quoting_issues.py.

use crate::cases;
use crate::simulator::pair;

async fn unusual_role_name((role, quoted): (&str, &str)) {
    let (server, client) = pair();
    {
        let mut repo = server.repo();
        repo.add_delegation("targets", role, false, &["*"]);
        repo.publish(&[role, "targets", "snapshot", "timestamp"]);
    }
    assert!(!client.download("nonexistent target").await);
    assert!(server.repo().asked.contains(&(quoted.to_owned(), Some(1))));
    assert_eq!(client.trusted_count(), 5);
    // And nothing lies outside the client's folder.
    let outside = client
        .trusted()
        .parent()
        .unwrap()
        .join("delegatedrole.json");
    assert!(!outside.exists());
}

cases! { unusual_role_name:
    unusual_role_name_question_mark => ("?", "%3F"),
    unusual_role_name_hash => ("#", "%23"),
    unusual_role_name_slash => ("/delegatedrole", "%2Fdelegatedrole"),
    unusual_role_name_dots => ("../delegatedrole", "..%2Fdelegatedrole"),
}

#[tokio::test]
async fn unusual_target_path() {
    let (server, client) = pair();
    for path in ["a b?c#d", "../../etc/passwd", "/etc/passwd", "cờ bạc.list"] {
        server.repo().add_artifact("targets", path.as_bytes(), path);
    }
    server.repo().publish(&["targets", "snapshot", "timestamp"]);
    for path in ["a b?c#d", "../../etc/passwd", "/etc/passwd", "cờ bạc.list"] {
        assert!(client.download(path).await, "{path}");
    }
}
