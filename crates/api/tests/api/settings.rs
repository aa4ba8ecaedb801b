//! The settings as an administrator changes them: forms and text over one file, conflicts, the way
//! back.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::Method;
use lachan_api::ports::{SettingsFault, WentBack, WhyBack};
use lachan_config::TEMPLATE;
use serde_json::{Value, json};

use crate::support::{Answer, Bench, Browser, NOW};

async fn settings(admin: &Browser<'_>) -> Value {
    let answer = admin.get("/settings").await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer.body
}

fn tag(view: &Value) -> String {
    view["tag"].as_str().unwrap().to_owned()
}

async fn undo(admin: &Browser<'_>, tag: &str) -> Answer {
    let request = admin
        .request(Method::POST, "/settings/undo")
        .header("if-match", format!("\"{tag}\""));
    admin.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_changes_its_keys_and_leaves_every_comment() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let view = settings(&admin).await;
    assert_eq!(view["set"], json!(["version"]));
    assert_eq!(view["values"], view["defaults"]);
    let mut school = view["values"]["school"].clone();
    school["name"] = json!("THCS Nguyễn Trãi");
    school["help"] = json!([{ "name": "Cô Hoa", "phone": "024 1234 5678", "note": "" }]);
    let saved = admin
        .put("/settings/school", &tag(&view), school.clone())
        .await;
    assert_eq!(saved.status, 200, "{:?}", saved.body);
    assert_eq!(saved.body["settings"]["values"]["school"], school);
    assert_eq!(saved.body["restarts"], false);
    let text = bench.turns.settings.lock().unwrap().clone();
    let added: Vec<_> = text
        .lines()
        .filter(|line| !TEMPLATE.lines().any(|old| old == *line))
        .collect();
    assert_eq!(
        added,
        [
            "name = \"THCS Nguyễn Trãi\"",
            "help = [{ name = \"Cô Hoa\", phone = \"024 1234 5678\" }]"
        ]
    );
    let audit = admin.get("/audit").await.body;
    let entry = &audit["items"][0];
    assert_eq!(entry["act"], "change-settings");
    assert_eq!(entry["author"], "Cô an (an)");
    assert_eq!(
        entry["detail"]["after"],
        json!({ "school.name": "THCS Nguyễn Trãi", "school.help": "[1]" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_changes_nothing() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let view = settings(&admin).await;
    for part in ["school", "network", "dns", "dhcp", "proxy", "web"] {
        let path = format!("/settings/{part}");
        let saved = admin
            .put(&path, &tag(&view), view["values"][part].clone())
            .await;
        assert_eq!(saved.status, 200, "{part} {:?}", saved.body);
    }
    assert_eq!(*bench.turns.settings.lock().unwrap(), TEMPLATE);
    let audit = admin.get("/audit").await.body;
    assert_eq!(audit["items"][0]["act"], "add-account");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_at_once_the_second_is_shown_what_is_now() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let view = settings(&admin).await;
    // Somebody with an editor.
    let by_hand = TEMPLATE.replace("#level = \"info\"", "level = \"warn\"");
    bench.turns.settings.lock().unwrap().clone_from(&by_hand);
    let mut school = view["values"]["school"].clone();
    school["name"] = json!("B");
    let late = admin
        .put("/settings/school", &tag(&view), school.clone())
        .await;
    assert_eq!((late.status, late.code()), (412, "changed-meanwhile"));
    assert_eq!(late.body["current"]["set"], json!(["version", "log.level"]));
    assert_eq!(*bench.turns.settings.lock().unwrap(), by_hand);
    let text = json!({ "text": TEMPLATE });
    let late_text = admin.put("/settings/text", &tag(&view), text).await;
    assert_eq!(late_text.code(), "changed-meanwhile");
    assert_eq!(undo(&admin, &tag(&view)).await.code(), "changed-meanwhile");
    // What is now is enough to save once more: nothing of either is lost.
    let now = tag(&late.body["current"]);
    assert_eq!(
        admin.put("/settings/school", &now, school).await.status,
        200
    );
    let text = bench.turns.settings.lock().unwrap().clone();
    assert!(text.contains("level = \"warn\"") && text.contains("name = \"B\""));
    let unnamed = admin
        .ask(Method::PUT, "/settings/school", Some(json!({})), None)
        .await;
    assert_eq!(unnamed.code(), "if-match-required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_value_is_told_by_its_key_in_the_reader_s_language() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let view = settings(&admin).await;
    let mut dns = view["values"]["dns"].clone();
    dns["upstreams"] = json!(["1.1.1.1", "192.0.2.300"]);
    let wrong = admin.put("/settings/dns", &tag(&view), dns).await;
    assert_eq!((wrong.status, wrong.code()), (422, "bad-field"));
    let field = &wrong.body["fields"][0];
    assert_eq!(field["field"], "resolver.upstreams[1]");
    assert!(field["message"].as_str().unwrap().contains("192.0.2.300"));
    assert!(wrong.body["mistakes"][0]["line"].is_number());
    let mut network = view["values"]["network"].clone();
    network["mode"] = json!("gateway");
    let wrong = admin.put("/settings/network", &tag(&view), network).await;
    let fields: Vec<_> = wrong.body["fields"].as_array().unwrap().iter().collect();
    assert!(
        fields
            .iter()
            .any(|field| field["field"] == "network.outside"),
        "{fields:?}"
    );
    let mut school = view["values"]["school"].clone();
    school["bells"] = json!([["07:45-07:00"]]);
    let short = admin
        .put("/settings/school", &tag(&view), school.clone())
        .await;
    assert_eq!(short.body["fields"][0]["code"], "not-a-week");
    school["bells"] = json!([["07:45-07:00"], [], [], [], [], [], []]);
    let wrong = admin.put("/settings/school", &tag(&view), school).await;
    let field = wrong.body["fields"][0]["field"].as_str().unwrap();
    assert!(field.starts_with("school.bells.monday"), "{field}");
    assert_eq!(*bench.turns.settings.lock().unwrap(), TEMPLATE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_text_is_checked_saved_and_taken_back() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let file = admin.get("/settings/text").await.body;
    assert_eq!(file["text"], TEMPLATE);
    let wrong = json!({ "text": "version = \"v1\"\n[log]\nlevel = \"loud\"\n" });
    let checked = admin.post("/settings/check", wrong.clone()).await.body;
    assert_eq!(checked["mistakes"][0]["line"], 3);
    assert_eq!(checked["mistakes"][0]["key"], "log.level");
    let refused = admin.put("/settings/text", &tag(&file), wrong).await;
    assert_eq!((refused.status, refused.code()), (422, "bad-field"));
    let right = json!({ "text": "version = \"v1\"\n[log]\nlevel = \"warn\"\n" });
    let saved = admin
        .put("/settings/text", &tag(&file), right.clone())
        .await;
    assert_eq!(saved.status, 200, "{:?}", saved.body);
    assert_eq!(*bench.turns.settings.lock().unwrap(), right["text"]);
    assert_eq!(saved.body["settings"]["has_before"], true);
    let undone = undo(&admin, &tag(&saved.body["settings"])).await;
    assert_eq!(undone.status, 200, "{:?}", undone.body);
    assert_eq!(*bench.turns.settings.lock().unwrap(), TEMPLATE);
    let again = undo(&admin, &tag(&undone.body["settings"])).await;
    assert_eq!((again.status, again.code()), (409, "nothing-before"));
    let acts = admin.get("/audit").await.body;
    assert_eq!(acts["items"][0]["act"], "undo-settings");
    // As long as a file may be, and longer than any other body.
    let long = format!("{TEMPLATE}{}", "# ghi chú dài\n".repeat(20_000));
    let view = settings(&admin).await;
    let saved = admin
        .put("/settings/text", &tag(&view), json!({ "text": long }))
        .await;
    assert_eq!(saved.status, 200, "{:?}", saved.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_mistakes_shows_them_and_the_values_in_use() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    *bench.turns.settings.lock().unwrap() = "version = \"v1\"\n[log]\nlevel = 3\n".into();
    let view = settings(&admin).await;
    assert_eq!(view["mistakes"][0]["key"], "log.level");
    assert_eq!(view["values"], view["defaults"]);
    let school = view["values"]["school"].clone();
    let refused = admin.put("/settings/school", &tag(&view), school).await;
    assert_eq!(refused.body["fields"][0]["field"], "log.level");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_waits_is_confirmed_or_nothing_else_is_changed() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let none = admin.post("/settings/confirm", json!({})).await;
    assert_eq!((none.status, none.code()), (409, "nothing-pending"));
    bench.turns.is_risky.store(true, Ordering::SeqCst);
    let view = settings(&admin).await;
    let mut web = view["values"]["web"].clone();
    web["management"] = json!(["10.0.0.0/24"]);
    let saved = admin.put("/settings/web", &tag(&view), web).await.body;
    let pending = json!({ "seconds": 99, "by": "Cô an (an)" });
    assert_eq!(saved["settings"]["pending"], pending);
    let mut school = view["values"]["school"].clone();
    school["name"] = json!("B");
    let now = tag(&saved["settings"]);
    let refused = admin.put("/settings/school", &now, school).await;
    assert_eq!((refused.status, refused.code()), (409, "settings-pending"));
    let kept = admin.post("/settings/confirm", json!({})).await;
    assert_eq!((kept.status, &kept.body["pending"]), (200, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_is_told() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let view = settings(&admin).await;
    let mut school = view["values"]["school"].clone();
    school["name"] = json!("B");
    for (fault, status, code) in [
        (
            SettingsFault::ReadOnly("Permission denied".into()),
            409,
            "settings-read-only",
        ),
        (SettingsFault::Disk, 503, "disk-failed"),
        (
            SettingsFault::Listen {
                address: "10.0.0.1:53".into(),
                why: "Address already in use".into(),
            },
            409,
            "part-refused",
        ),
    ] {
        *bench.turns.refusal.lock().unwrap() = Some(fault);
        let refused = admin
            .put("/settings/school", &tag(&view), school.clone())
            .await;
        assert_eq!((refused.status, refused.code()), (status, code));
    }
    assert_eq!(*bench.turns.settings.lock().unwrap(), TEMPLATE);
}

#[tokio::test(flavor = "multi_thread")]
async fn interfaces_are_listed_and_upstreams_tried() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let items = admin.get("/settings/interfaces").await.body;
    assert_eq!(items["items"][0]["name"], "eth0");
    let wish = |all: &[&str]| json!({ "upstreams": all });
    let tried = admin
        .post("/settings/upstreams/test", wish(&["tls://192.0.2.1#a.vn"]))
        .await;
    assert_eq!(tried.body["findings"][0]["title"], "tls://192.0.2.1#a.vn");
    let wrong = admin.post("/settings/upstreams/test", wish(&["x"])).await;
    assert_eq!(wrong.body["fields"][0]["field"], "resolver.upstreams[0]");
    assert_eq!(*bench.turns.settings.lock().unwrap(), TEMPLATE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_put_and_its_key_is_never_told() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let put = |place: &str, key: &str| {
        let wish = json!({ "certificate": "CC:DD", "key": key });
        let path = format!("/certificates/{place}");
        let admin = &admin;
        async move { admin.ask(Method::PUT, &path, Some(wish), None).await }
    };
    let wrong = put("web", "x").await;
    assert_eq!(
        (wrong.status, &wrong.body["fields"][0]["field"]),
        (422, &json!("key"))
    );
    let pending = put("dns", "KEY").await;
    assert_eq!((pending.status, pending.code()), (409, "settings-pending"));
    assert_eq!(put("mail", "KEY").await.code(), "not-found");
    let done = put("web", "KEY").await;
    assert_eq!(
        (done.status, &done.body["web"]["is_uploaded"]),
        (200, &json!(true))
    );
    let audit = admin.get("/audit").await.body;
    assert_eq!(audit["items"][0]["act"], "change-certificate");
    assert_eq!(audit["items"][0]["detail"]["after"]["fingerprint"], "CC:DD");
    assert!(!audit.to_string().contains("KEY") && !done.body.to_string().contains("KEY"));
    assert_eq!(admin.delete("/certificates/web", None).await.status, 200);
    assert_eq!(
        admin.delete("/certificates/web", None).await.code(),
        "not-found"
    );
    assert_eq!(
        admin
            .post("/certificates/web/renew", json!({}))
            .await
            .status,
        200
    );
    let file = admin.get("/certificates/inspection/pem").await;
    assert_eq!(file.status, 200);
    let disposition = file.headers["content-disposition"].to_str().unwrap();
    assert_eq!(disposition, "attachment; filename=\"lachan.pem\"");
    assert_eq!(
        admin.get("/certificates/inspection/x").await.code(),
        "not-found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_box_put_back_is_told_until_somebody_dismisses_it() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    assert_eq!(admin.get("/settings").await.body["went_back"], Value::Null);
    assert_eq!(
        admin.delete("/settings/notice", None).await.code(),
        "not-found"
    );
    *bench.turns.went_back.lock().unwrap() = Some(WentBack {
        at: Some(NOW),
        why: WhyBack::NoStart,
        by: Some("Cô an (an)".into()),
        changed: vec!["resolver.listen".into()],
        reason: Some(("cổng đã có".into(), "the port is taken".into())),
    });
    let told = admin.get("/settings").await.body["went_back"].clone();
    assert_eq!(
        told,
        json!({ "at": NOW, "why": "no-start", "by": "Cô an (an)", "changed": ["resolver.listen"],
            "reason": "cổng đã có" })
    );
    assert_eq!(admin.delete("/settings/notice", None).await.status, 204);
    assert_eq!(admin.get("/settings").await.body["went_back"], Value::Null);
}
