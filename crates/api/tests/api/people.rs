//! Passes, codes, requests, reports and alerts, by whoever they are for.

use axum::http::Method;
use lachan_policy::{Category, GroupId, Name, Tier};
use lachan_store::{Crowd, ReportKind, RequestWish, Sealed};
use lachan_web::Role;
use serde_json::{Value, json};

use crate::blocks::{block_as, ready};
use crate::support::{Bench, Browser, NOW};

/// Closed for pupils, and the school's to open.
const LOAN: &str = "tamo.vn";
pub(crate) const SEALED: &[u8] = b"age-encryption.org/v1\n-> X25519 x\n--- y\nz";

pub(crate) fn ask_for(bench: &Bench, group: u32, name: &str) -> i64 {
    let wish = RequestWish {
        day: NOW / 86_400,
        group: GroupId(group),
        tier: Tier::Thcs,
        category: Category::new(3),
        name: Name::from_text(name).unwrap(),
        code: "ABCD".into(),
        why: None,
        at: NOW,
    };
    match bench.store.ask_to_open(wish).unwrap() {
        lachan_store::Made::New(request) | lachan_store::Made::Joined(request) => request.id,
    }
}

fn pass(group: u32, name: &str, until: Value) -> Value {
    json!({ "group": group, "target": { "name": name }, "until": until, "reason": "tiết học" })
}

async fn passes(browser: &Browser<'_>) -> Vec<Value> {
    let answer = browser.get("/passes").await;
    answer.body["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teacher_opens_for_her_lesson_what_her_lock_admits_and_nothing_else() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    let (teacher, admin) = (bench.signed_in("lan").await, bench.signed_in("an").await);
    let made = teacher
        .post("/passes", pass(1, "tiktok.com", json!("bell")))
        .await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["target"], json!({ "name": "tiktok.com" }));
    assert_eq!(made.body["ends"], "bell");
    let until = made.body["until"].as_i64().unwrap();
    assert!(until > NOW && until <= NOW + 2 * 3_600, "{until}");
    // It is open now.
    let again = teacher
        .post("/passes", pass(1, "tiktok.com", json!({ "minutes": 20 })))
        .await;
    assert_eq!(again.code(), "open-already", "{:?}", again.body);
    let locked = teacher
        .post("/passes", pass(1, "fb88.com", json!("bell")))
        .await;
    assert_eq!((locked.status, locked.code()), (403, "locked"));
    assert_eq!(locked.body["lock"], "department");
    let other = teacher
        .post("/passes", pass(2, "tiktok.com", json!("bell")))
        .await;
    assert_eq!(other.code(), "not-allowed");
    let long = teacher
        .post(
            "/passes",
            pass(1, "facebook.com", json!({ "minutes": 5_000 })),
        )
        .await;
    assert_eq!(long.code(), "bad-field", "{:?}", long.body);
    // The other group's pass is not hers to see or end.
    let theirs = admin
        .post("/passes", pass(2, "tiktok.com", json!({ "minutes": 20 })))
        .await;
    assert_eq!(theirs.status, 201, "{:?}", theirs.body);
    assert_eq!(passes(&teacher).await.len(), 1);
    assert_eq!(passes(&admin).await.len(), 2);
    let id = |answer: &Value| answer["id"].as_i64().unwrap();
    let path = |answer: &Value| format!("/passes/{}", id(answer));
    let foreign = teacher.delete(&path(&theirs.body), None).await;
    assert_eq!(foreign.code(), "not-found");
    let ended = teacher.delete(&path(&made.body), None).await;
    assert_eq!(ended.status, 204);
    assert!(passes(&teacher).await.is_empty());
    let last = teacher
        .post("/passes", pass(1, "tiktok.com", json!("bell")))
        .await;
    assert_eq!(last.status, 201, "{:?}", last.body);
    // The bell rang.
    bench.at(NOW + 86_400);
    assert!(passes(&teacher).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_shown_once() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    let teacher = bench.signed_in("lan").await;
    let made = teacher.post("/codes", json!({ "group": 1 })).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["code"].as_str().unwrap().len(), 6);
    let codes = teacher.get("/codes").await.body;
    assert_eq!(codes["items"][0]["code"], Value::Null);
    assert_eq!(codes["items"][0]["used"], false);
    let other = teacher.post("/codes", json!({ "group": 2 })).await;
    assert_eq!(other.code(), "not-allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pupil_s_request_is_answered_once() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    let (teacher, admin) = (bench.signed_in("lan").await, bench.signed_in("an").await);
    let own = ask_for(&bench, 1, "tiktok.com");
    let locked = ask_for(&bench, 1, "fb88.com");
    let foreign = ask_for(&bench, 2, "tiktok.com");
    let open = teacher.get("/requests?state=open").await.body;
    assert_eq!(open["items"].as_array().unwrap().len(), 2);
    assert_eq!(teacher.get("/overview").await.body["open"]["requests"], 2);
    assert_eq!(admin.get("/overview").await.body["open"]["requests"], 3);
    let answer = async |browser: &Browser<'_>, id: i64, body: Value| {
        browser.post(&format!("/requests/{id}/answer"), body).await
    };
    let not_hers = answer(&teacher, foreign, json!({ "answer": "refuse" })).await;
    assert_eq!(not_hers.code(), "not-found");
    let no = answer(&teacher, locked, json!({ "answer": "open" })).await;
    assert_eq!((no.status, no.code()), (403, "locked"));
    let note = json!({ "answer": "open", "note": "Trong tiết này thôi nhé" });
    let yes = answer(&teacher, own, note).await;
    assert_eq!(yes.status, 200, "{:?}", yes.body);
    assert_eq!(
        (&yes.body["state"], &yes.body["note"]),
        (&json!("opened"), &json!("Trong tiết này thôi nhé"))
    );
    assert_eq!(passes(&teacher).await.len(), 1);
    let again = answer(&teacher, own, json!({ "answer": "refuse" })).await;
    assert_eq!(again.code(), "answered-already");
    let over = answer(&teacher, locked, json!({ "answer": "forward" })).await;
    assert_eq!(over.body["state"], "forwarded", "{:?}", over.body);
    assert_eq!(teacher.get("/overview").await.body["open"]["requests"], 0);
    let refused = answer(&admin, locked, json!({ "answer": "refuse" })).await;
    assert_eq!(refused.body["state"], "refused");
    let answered = teacher.get("/requests?state=answered").await.body;
    assert_eq!(answered["items"].as_array().unwrap().len(), 2);
    let first = teacher.get("/requests?limit=1").await.body;
    let next = first["next"].as_i64().unwrap();
    let second = teacher
        .get(&format!("/requests?limit=1&before={next}"))
        .await
        .body;
    assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_of_no_group_asks_for_is_not_opened_for_the_whole_school() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    let admin = bench.signed_in("an").await;
    let id = ask_for(&bench, 0, "tiktok.com");
    let path = format!("/requests/{id}/answer");
    for until in [Value::Null, json!("bell"), json!({ "minutes": 20 })] {
        let form = json!({ "answer": "open", "until": until });
        let open = admin.post(&path, form).await;
        assert_eq!((open.status, open.code()), (409, "no-group"));
    }
    assert!(
        bench
            .store
            .reader()
            .unwrap()
            .exceptions()
            .unwrap()
            .is_empty()
    );
    let refused = admin.post(&path, json!({ "answer": "refuse" })).await;
    assert_eq!(refused.body["state"], "refused", "{:?}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_lessons_until_the_bell_is_the_length_of_a_lesson() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    // 21:30; who signs in now works on.
    let evening = NOW + 13 * 3_600;
    bench.at(evening);
    let teacher = bench.signed_in("lan").await;
    let made = teacher
        .post("/passes", pass(1, "tiktok.com", json!("bell")))
        .await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(made.body["until"], evening + 45 * 60);
    let code = teacher.post("/codes", json!({ "group": 1 })).await;
    assert_eq!(code.body["until"], evening + 45 * 60, "{:?}", code.body);
    let id = ask_for(&bench, 1, "tiktok.com");
    let form = json!({ "answer": "open", "until": "bell" });
    let opened = teacher.post(&format!("/requests/{id}/answer"), form).await;
    assert_eq!(opened.body["until"], evening + 45 * 60, "{:?}", opened.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teacher_asks_the_administrator_and_sees_the_answer() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    let (teacher, admin) = (bench.signed_in("lan").await, bench.signed_in("an").await);
    let page = teacher.get(&format!("/blocks/names/{LOAN}")).await.body;
    assert_eq!(page["can"]["ask_admin"], true, "{page}");
    assert_eq!(page["can"]["ask_for"], json!([1]));
    let admins = admin.get(&format!("/blocks/names/{LOAN}")).await.body;
    assert_eq!(admins["can"]["ask_for"], json!([]));
    let form = |group: u32, name: &str, reason: &str| json!({ "group": group, "name": name, "reason": reason });
    let why = "Bài GDKT&PL 10: đọc hợp đồng vay";
    for (form, code) in [
        (form(2, LOAN, why), "not-allowed"),
        (form(0, LOAN, why), "not-allowed"),
        (form(1, "fb88.com", why), "locked"),
        (form(1, "tiktok.com", why), "nothing-to-ask"),
        (form(1, "wikipedia.org", why), "open-already"),
        (form(1, "không phải tên", why), "bad-field"),
        (form(1, LOAN, " "), "bad-field"),
    ] {
        let refused = teacher.post("/requests", form.clone()).await;
        assert_eq!(refused.code(), code, "{form} {:?}", refused.body);
    }
    let asked = teacher.post("/requests", form(1, LOAN, why)).await;
    assert_eq!(asked.status, 201, "{:?}", asked.body);
    assert_eq!(
        (
            &asked.body["state"],
            &asked.body["asked_by"],
            &asked.body["reason"]
        ),
        (&json!("forwarded"), &json!("Cô lan (lan)"), &json!(why))
    );
    let again = teacher.post("/requests", form(1, LOAN, why)).await;
    assert_eq!((again.status, again.code()), (409, "asked-already"));
    // It waits for the administrator, and not for her.
    assert_eq!(teacher.get("/overview").await.body["open"]["requests"], 0);
    assert_eq!(admin.get("/overview").await.body["open"]["requests"], 1);
    let path = format!("/requests/{}/answer", asked.body["id"]);
    let own = teacher.post(&path, json!({ "answer": "open" })).await;
    assert_eq!(own.code(), "locked");
    let body = json!({ "answer": "open", "note": "Mở cả học kỳ" });
    let opened = admin.post(&path, body).await;
    assert_eq!(opened.status, 200, "{:?}", opened.body);
    let answered = teacher.get("/requests?state=answered").await.body;
    assert_eq!(
        (
            &answered["items"][0]["state"],
            &answered["items"][0]["note"]
        ),
        (&json!("opened"), &json!("Mở cả học kỳ"))
    );
    let exceptions = admin.get("/exceptions").await.body;
    assert_eq!(
        exceptions["items"][0]["reason"],
        format!("Cô lan (lan): {why}")
    );
    let open = teacher.post("/requests", form(1, LOAN, why)).await;
    assert_eq!(open.code(), "open-already");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_counsellor_sees_reports_and_only_sealed() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    bench.account("tam", Role::Counsellor, &[]);
    let counsellor = bench.signed_in("tam").await;
    let none = counsellor.get("/counsellor/key").await.body;
    assert_eq!(none["recipient"], Value::Null);
    let recipient = "age1gp4edvx2h4dssk00es9l4lzq8r728jxl53a0k9fhc9yxqfwgypjss9hw42";
    let key =
        json!({ "recipient": recipient, "wrapped_identity": "-----BEGIN AGE ENCRYPTED FILE-----" });
    let put = async |key: Value| {
        counsellor
            .ask(Method::PUT, "/counsellor/key", Some(key), None)
            .await
    };
    assert_eq!(
        put(json!({ "recipient": "x", "wrapped_identity": "y" }))
            .await
            .code(),
        "bad-field"
    );
    let set = put(key).await;
    assert_eq!(set.status, 200, "{:?}", set.body);
    // Another does not take its place, whoever asks; and what only looks like one is none.
    let other = "age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq";
    let taken = put(json!({ "recipient": other, "wrapped_identity": "x" })).await;
    assert!(
        ["key-in-use", "bad-field"].contains(&taken.code()),
        "{:?}",
        taken.body
    );
    let fake = format!("age1{}", "q".repeat(58));
    let fake = put(json!({ "recipient": fake, "wrapped_identity": "x" })).await;
    assert_eq!(fake.code(), "bad-field");
    let sealed = Sealed::new(SEALED.to_vec()).unwrap();
    let id = bench
        .store
        .add_report(ReportKind::Bullying, sealed, Crowd::None, Some(NOW - 60))
        .unwrap();
    let list = counsellor.get("/reports").await.body;
    assert_eq!(
        (&list["waiting"], &list["items"][0]["type"]),
        (&json!(1), &json!("bullying"))
    );
    assert_eq!(
        (&list["waiting_crowded"], &list["items"][0]["crowded"]),
        (&json!(0), &json!(false))
    );
    assert_eq!(counsellor.get("/overview").await.body["open"]["reports"], 1);
    let admin = bench.signed_in("an").await;
    assert_eq!(
        admin.get("/overview").await.body["open"]["reports"],
        Value::Null
    );
    let seen = counsellor
        .post(&format!("/reports/{id}/acknowledge"), json!({}))
        .await;
    assert_eq!(seen.body["state"], "acknowledged", "{:?}", seen.body);
    let note = async |text: &str| {
        let body = json!({ "sealed": text });
        counsellor.post(&format!("/reports/{id}/note"), body).await
    };
    // What is not encrypted is not taken.
    for plain in ["gặp em ở phòng 2", "Z-G6", ""] {
        assert_eq!(note(plain).await.code(), "bad-field", "{plain}");
    }
    let kept = note(&data_encoding::BASE64.encode(SEALED)).await;
    assert_eq!(
        kept.body["notes"].as_array().unwrap().len(),
        1,
        "{:?}",
        kept.body
    );
    let closed = counsellor
        .post(&format!("/reports/{id}/close"), json!({}))
        .await;
    assert_eq!(closed.body["state"], "closed");
    let late = note(&data_encoding::BASE64.encode(SEALED)).await;
    assert_eq!(late.code(), "already-ended");
    // The log of changes says that something was done, not what.
    let audit = admin.get("/audit").await.body.to_string();
    assert!(audit.contains("change-report") && !audit.contains("age-encryption"));
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_tell_where_and_when_and_not_what_or_who() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    bench.account("tam", Role::Counsellor, &[]);
    let ruleset = lachan_lists::testing::shipped_ruleset();
    let marked = ruleset.book().category_named("self-harm");
    assert!(marked.is_some());
    // Gambling is not marked.
    let gambling = ruleset.book().category_named("gambling");
    block_as(&bench, gambling, 1, "fb88.com", 7, NOW - 200);
    for device in [7, 8] {
        block_as(&bench, marked, 1, "quiet.example.com", device, NOW - 300);
    }
    bench.store.flush().unwrap();
    let alerts = bench.signed_in("tam").await.get("/alerts").await;
    assert_eq!(alerts.status, 200, "{:?}", alerts.body);
    let items = alerts.body["items"].as_array().unwrap();
    // Two devices in one minute are one.
    assert_eq!(
        (
            &items[0]["category"],
            &items[0]["count"],
            &items[0]["group_name"]
        ),
        (&json!("self-harm"), &json!(2), &json!("6A"))
    );
    let text = alerts.body.to_string();
    assert!(!text.contains("gambling"), "{text}");
    assert!(!text.contains(".com") && !text.contains("device"), "{text}");
}
