//! Accounts by the web: made with a one-time password, changed by one at a time, never without an
//! administrator.

use axum::http::Method;
use lachan_web::Role;
use serde_json::json;

use crate::support::{Bench, DAY, NOW, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_changes_its_password_before_anything_else() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let wish =
        json!({ "name": "lan", "display_name": "Cô Lan", "role": "teacher", "language": "en" });
    let made = admin.post("/accounts", wish.clone()).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(admin.post("/accounts", wish).await.code(), "name-taken");
    let once = made.body["password"].as_str().unwrap();

    let mut lan = bench.from("10.1.0.7");
    let signed = lan.sign_in("lan", once).await;
    assert_eq!(signed.body["account"]["must_change_password"], true);
    assert_eq!(lan.get("/accounts").await.code(), "not-allowed");
    let change = |new: &str| json!({ "old": once, "new": new });
    let short = lan.post("/account/password", change("ngắn")).await;
    assert_eq!(
        (short.code(), &short.body["fields"][0]["code"]),
        ("bad-field", &json!("too-short"))
    );
    // Her account's language, where her browser asks for none.
    assert_eq!(short.body["title"], "Some fields are not valid");
    assert_eq!(
        lan.post("/account/password", change(once)).await.code(),
        "bad-field"
    );
    let wrong = json!({ "old": "wrong one", "new": PASSWORD });
    assert_eq!(
        lan.post("/account/password", wrong).await.code(),
        "wrong-credentials"
    );
    let changed = lan.post("/account/password", change(PASSWORD)).await;
    assert_eq!(
        changed.body["must_change_password"], false,
        "{:?}",
        changed.body
    );
    assert_eq!(lan.get("/account").await.status, 200);
    assert_eq!(
        bench.from("10.1.0.8").sign_in("lan", once).await.status,
        401
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn until_it_is_changed_a_one_time_password_opens_nothing() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let wish = json!({ "name": "hieu", "display_name": "Thầy Hiệu", "role": "principal" });
    let made = admin.post("/accounts", wish).await;
    let mut principal = bench.from("10.1.0.7");
    principal
        .sign_in("hieu", made.body["password"].as_str().unwrap())
        .await;
    assert_eq!(
        principal.get("/audit").await.code(),
        "password-change-required"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_edit_at_once_the_second_is_shown_what_it_is_now() {
    let bench = Bench::with_admin();
    let id = bench.account("lan", Role::Teacher, &[]);
    let admin = bench.signed_in("an").await;
    let path = format!("/accounts/{id}");
    let edit = |name: &str, version| {
        admin.ask(
            Method::PATCH,
            &path,
            Some(json!({ "display_name": name })),
            version,
        )
    };
    assert_eq!(edit("Cô Lan", None).await.code(), "if-match-required");
    let first = edit("Cô Lan A", Some(1)).await;
    assert_eq!((first.status, &first.body["version"]), (200, &json!(2)));
    let second = edit("Cô Lan B", Some(1)).await;
    assert_eq!((second.status, second.code()), (412, "changed-meanwhile"));
    assert_eq!(second.body["current"]["display_name"], "Cô Lan A");
    assert_eq!(
        admin.delete(&path, Some(1)).await.code(),
        "changed-meanwhile"
    );
    assert_eq!(admin.delete(&path, Some(2)).await.status, 204);
    assert_eq!(admin.delete(&path, Some(2)).await.code(), "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays_and_an_inspector_ends() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let id = admin.get("/account").await.body["id"].as_i64().unwrap();
    let path = format!("/accounts/{id}");
    assert_eq!(admin.delete(&path, Some(1)).await.code(), "last-admin");
    let demoted = json!({ "role": "teacher" });
    let demoted = admin
        .ask(Method::PATCH, &path, Some(demoted), Some(1))
        .await;
    assert_eq!(demoted.code(), "last-admin");
    let inspector = |until| json!({ "name": "thanh", "display_name": "Thanh tra", "role": "inspector", "until": until });
    for until in [json!(null), json!(NOW - DAY)] {
        let refused = admin.post("/accounts", inspector(until)).await;
        assert_eq!(refused.body["fields"][0]["field"], "until");
    }
    let late = admin
        .post("/accounts", inspector(json!(NOW + 367 * DAY)))
        .await;
    assert_eq!(late.body["fields"][0]["code"], "too-late");
    let made = admin.post("/accounts", inspector(json!(NOW + DAY))).await;
    assert_eq!(made.status, 201);
    let path = format!("/accounts/{}", made.body["account"]["id"]);
    let endless = admin
        .ask(
            Method::PATCH,
            &path,
            Some(json!({ "until": null })),
            Some(1),
        )
        .await;
    assert_eq!(endless.code(), "bad-field");
    let later = json!({ "until": NOW + 367 * DAY });
    let later = admin.ask(Method::PATCH, &path, Some(later), Some(1)).await;
    assert_eq!(later.body["fields"][0]["code"], "too-late");
    let unknown = admin
        .ask(
            Method::PATCH,
            &path,
            Some(json!({ "groups": [77] })),
            Some(1),
        )
        .await;
    assert_eq!(unknown.body["fields"][0]["code"], "unknown-group");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_password_ends_all_sessions() {
    let bench = Bench::with_admin();
    let id = bench.account("lan", Role::Teacher, &[]);
    let lan = bench.signed_in("lan").await;
    let admin = bench.signed_in("an").await;
    let reset = admin
        .post(&format!("/accounts/{id}/password"), json!({}))
        .await;
    assert_eq!(reset.status, 200, "{:?}", reset.body);
    assert_eq!(lan.get("/account").await.code(), "signed-out");
    let once = reset.body["password"].as_str().unwrap();
    assert_eq!(
        bench.from("10.1.0.7").sign_in("lan", once).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_changes_is_read_page_by_page() {
    let bench = Bench::with_admin();
    for number in 0..7 {
        bench.account(&format!("lan{number}"), Role::Teacher, &[]);
    }
    bench.account("hieu", Role::Principal, &[]);
    let principal = bench.signed_in("hieu").await;
    let mut seen = Vec::new();
    let mut path = "/audit?limit=3".to_owned();
    loop {
        let page = principal.get(&path).await.body;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(
            items
                .iter()
                .map(|item| item["subject"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_i64() else {
            break;
        };
        path = format!("/audit?limit=3&before={next}");
    }
    assert_eq!(seen.len(), 9);
    assert_eq!((seen[0].as_str(), seen[8].as_str()), ("hieu", "an"));
    for bad in ["/audit?limit=x", "/audit?nonsense=1"] {
        assert_eq!(principal.get(bad).await.code(), "bad-request", "{bad}");
    }
}
