//! Backups made and restored, by a browser: who may, what it takes, and what becomes of it.

use axum::body::{Body, Bytes};
use axum::http::Method;
use futures_util::stream;
use lachan_web::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Bench, Browser, CODE, DAY, NOW, PASSWORD, backup};

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

async fn send(browser: &Browser<'_>, path: &str, code: &str, body: Body) -> Answer {
    let request = browser
        .request(Method::POST, path)
        .header("x-lachan-code", code)
        .header("content-type", "application/octet-stream");
    browser.send(request.body(body).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_looked_into_and_restored_by_whoever_knows_her_password() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let open = json!({ "passphrase": "abcd-efgh-jkmn" });
    let none = admin.post("/box/restore/check", open.clone()).await;
    assert_eq!((none.status, none.code()), (409, "no-upload"));
    let sent = send(&admin, "/box/restore/file", "", backup().into()).await;
    assert_eq!((sent.status, &sent.body["bytes"]), (200, &json!(200_000)));
    let wrong = json!({ "passphrase": "abcd-efgh" });
    let wrong = admin.post("/box/restore/check", wrong).await;
    assert_eq!((wrong.status, wrong.code()), (422, "wrong-passphrase"));
    let shown = admin.post("/box/restore/check", open).await;
    assert_eq!(shown.body["school"], "THCS Kim Đồng", "{:?}", shown.body);
    let yes = |password: &str| json!({ "password": password, "own_network": true });
    let refused = admin.post("/box/restore", yes("sai mật khẩu")).await;
    assert_eq!((refused.status, refused.code()), (401, "wrong-credentials"));
    assert!(bench.turns.became.lock().unwrap().is_empty());
    assert_eq!(admin.post("/box/restore", yes(PASSWORD)).await.status, 202);
    let state = admin.get("/box").await.body;
    assert_eq!(state["undo_until"], NOW + 7 * DAY);
    let undo = json!({ "password": PASSWORD });
    assert_eq!(admin.post("/box/restore/undo", undo).await.status, 202);
    assert_eq!(
        *bench.turns.became.lock().unwrap(),
        ["restored true by Cô an (an)", "undone by Cô an (an)"]
    );
    // Once.
    assert_eq!(
        admin.post("/box/restore", yes(PASSWORD)).await.code(),
        "no-upload"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_breaks_off_leaves_nothing() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let pieces = [
        Ok(Bytes::from_static(b"age")),
        Err(std::io::Error::other("the line broke")),
    ];
    let broken = Body::from_stream(stream::iter(pieces));
    let refused = send(&admin, "/box/restore/file", "", broken).await;
    assert_eq!(refused.status, 503, "{:?}", refused.body);
    assert!(bench.turns.taken.lock().unwrap().is_none());
    let sent = send(&admin, "/box/restore/file", "", backup().into()).await;
    assert_eq!(sent.status, 200);
    assert_eq!(admin.delete("/box/restore/file", None).await.status, 204);
    assert!(bench.turns.taken.lock().unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_box_is_restored_by_its_first_run_code_and_no_other() {
    let bench = Bench::new();
    let owner = bench.from("10.0.0.7");
    let file = "/setup/restore/file";
    let refused = send(&owner, file, "aaaa-bbbb-cccc", backup().into()).await;
    assert_eq!((refused.status, refused.code()), (403, "wrong-code"));
    let pupil = bench.from("10.6.0.7");
    let refused = send(&pupil, file, CODE, backup().into()).await;
    assert_eq!((refused.status, refused.code()), (403, "wrong-side"));
    assert!(bench.turns.taken.lock().unwrap().is_none());
    assert_eq!(send(&owner, file, CODE, backup().into()).await.status, 200);
    let open = |code: &str| json!({ "code": code, "passphrase": "abcd-efgh-jkmn" });
    let refused = owner
        .post("/setup/restore/check", open("aaaa-bbbb-cccc"))
        .await;
    assert_eq!(refused.code(), "wrong-code");
    let shown = owner.post("/setup/restore/check", open(CODE)).await;
    assert_eq!(shown.body["school"], "THCS Kim Đồng");
    let yes = |code: &str| json!({ "code": code, "own_network": false });
    let refused = owner.post("/setup/restore", yes("aaaa-bbbb-cccc")).await;
    assert_eq!(refused.code(), "wrong-code");
    assert_eq!(owner.post("/setup/restore", yes(CODE)).await.status, 202);
    let became = bench.turns.became.lock().unwrap().clone();
    assert_eq!(became, ["restored false by mã cài đặt (first-run code)"]);
    // A box that somebody has an account on is nobody's to take over.
    bench.turns.code.lock().unwrap().take();
    let late = send(&owner, file, CODE, backup().into()).await;
    assert_eq!((late.status, late.code()), (409, "set-up-already"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_takes_the_school_s_name_and_the_password() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let name = admin.get("/box").await.body["confirm"].clone();
    assert_eq!(name, "Trường THCS Lê Lợi");
    let form = |name: &str, password: &str| json!({ "password": password, "confirm": name, "keeps_network": true });
    let refused = admin
        .post("/box/reset", form("Trường khác", PASSWORD))
        .await;
    assert_eq!(
        (refused.status, &refused.body["fields"][0]["field"]),
        (422, &json!("confirm"))
    );
    let name = " trường thcs Lê Lợi ";
    let refused = admin.post("/box/reset", form(name, "sai mật khẩu")).await;
    assert_eq!((refused.status, refused.code()), (401, "wrong-credentials"));
    assert!(bench.turns.became.lock().unwrap().is_empty());
    assert_eq!(
        admin.post("/box/reset", form(name, PASSWORD)).await.status,
        202
    );
    assert_eq!(*bench.turns.became.lock().unwrap(), ["new true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_whose_letters_are_taken_apart_is_the_same_name() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    // "Trường Lê Lợi", as macOS writes it, and as keyboards do.
    let apart = "Tru\u{31b}o\u{31b}\u{300}ng Le\u{302} Lo\u{31b}\u{323}i";
    let composed = "Tr\u{1b0}\u{1edd}ng L\u{ea} L\u{1ee3}i";
    let form = |name: &str| json!({ "password": PASSWORD, "confirm": name, "keeps_network": true });
    for (school, typed) in [(apart, composed), (composed, apart), (apart, apart)] {
        *bench.turns.school.lock().unwrap() = school.into();
        assert_eq!(admin.post("/box/reset", form(typed)).await.status, 202);
    }
    let other = admin.post("/box/reset", form("Truong Le Loi")).await;
    assert_eq!(other.body["fields"][0]["code"], "not-the-same");
}
