//! Backups, by a browser: who may, what it takes, and what becomes of it.

use lachan_web::Role;
use serde_json::{Value, json};

use crate::support::{Bench, Browser, DAY, NOW, PASSWORD, backup};

fn wish(passphrase: Option<&str>) -> Value {
    json!({ "password": PASSWORD, "passphrase": passphrase, "lists": false })
}

async fn due(browser: &Browser<'_>) -> Value {
    browser.get("/overview").await.body["open"]["backup"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_fetched_and_then_counts() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    assert_eq!(due(&admin).await, "never");
    assert_eq!(admin.get("/box/backup/file").await.code(), "not-found");
    let made = admin.post("/box/backup", wish(None)).await;
    assert_eq!(made.status, 200, "{:?}", made.body);
    assert_eq!(made.body["passphrase"], "abcd-efgh-jkmn");
    // What nobody fetched is no backup.
    let state = admin.get("/box").await.body;
    assert_eq!(state["last_backup"], Value::Null);
    assert_eq!(state["ready"]["name"], "lachan-2026-11-23.age");
    let fetched = admin.get("/box/backup/file").await;
    assert_eq!(fetched.bytes, backup());
    assert_eq!(
        fetched.headers["content-disposition"],
        "attachment; filename=\"lachan-2026-11-23.age\""
    );
    assert_eq!(fetched.headers["cache-control"], "no-store");
    assert_eq!(admin.get("/box").await.body["last_backup"], NOW);
    assert_eq!(due(&admin).await, Value::Null);
    let log = admin.get("/audit").await.body;
    assert_eq!(log["items"][0]["act"], "make-backup");
    assert!(!log.to_string().contains("abcd-efgh-jkmn"));
    bench.at(NOW + 91 * DAY);
    let admin = bench.signed_in("an").await;
    assert_eq!(due(&admin).await, "old");
    // Who cannot make one is not told.
    bench.account("hoa", Role::Teacher, &[]);
    assert_eq!(due(&bench.signed_in("hoa").await).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_takes_the_password_and_a_passphrase_of_some_length() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let mut stranger = wish(None);
    stranger["password"] = "sai mật khẩu".into();
    let refused = admin.post("/box/backup", stranger).await;
    assert_eq!((refused.status, refused.code()), (401, "wrong-credentials"));
    let short = admin.post("/box/backup", wish(Some("ngắn quá"))).await;
    assert_eq!(
        (short.status, &short.body["fields"][0]["field"]),
        (422, &json!("passphrase"))
    );
    let full = admin
        .post("/box/backup", wish(Some("a disk that is full")))
        .await;
    assert_eq!((full.status, full.code()), (507, "no-room"));
    let chosen = admin
        .post("/box/backup", wish(Some("một câu thật dài")))
        .await;
    assert_eq!(
        (chosen.status, &chosen.body["passphrase"]),
        (200, &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_the_box_make_backups_all_day() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    for _ in 0..12 {
        assert_eq!(admin.post("/box/backup", wish(None)).await.status, 200);
    }
    let refused = admin.post("/box/backup", wish(None)).await;
    assert_eq!((refused.status, refused.code()), (429, "too-many-attempts"));
}
