//! Groups, exceptions, services and the tables, as administrators and everybody else see them.

use axum::http::Method;
use lachan_web::Role;
use serde_json::{Value, json};

use crate::support::{Bench, NOW};

fn group(name: &str, subnet: &str) -> Value {
    json!({ "name": name, "tier": "thcs", "subnets": [subnet] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_changed_and_removed_by_one_at_a_time() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let whole = json!({
        "name": "Lớp 6A", "tier": "thcs", "subnets": ["10.6.1.0/24"], "macs": ["3c:22:fb:0a:b1:9e"],
        "interfaces": ["eth0.20"],
        "periods": [{ "name": "Tiết 1", "days": [1, 2, 6], "from": 420, "to": 465,
                      "closed": ["games"], "close_all": false, "mode": "online-class" }],
        "mode": { "mode": "exam", "until": NOW + 3600 },
        "changes": [{ "category": "social", "action": "block" }],
    });
    let ids = admin.get("/categories").await.body;
    let ids: Vec<_> = ids["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    let mut whole = whole;
    whole["periods"][0]["closed"] = json!([ids[3]]);
    whole["changes"][0]["category"] = ids[5].clone();
    let made = admin.post("/groups", whole.clone()).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    for key in [
        "name",
        "tier",
        "subnets",
        "macs",
        "interfaces",
        "periods",
        "mode",
        "changes",
    ] {
        assert_eq!(made.body[key], whole[key], "{key}");
    }
    let path = format!("/groups/{}", made.body["id"]);
    let put = |wish: Value, version| admin.ask(Method::PUT, &path, Some(wish), version);
    assert_eq!(
        put(group("6A", "10.6.1.0/24"), None).await.code(),
        "if-match-required"
    );
    let changed = put(group("6A", "10.6.1.0/24"), Some(1)).await;
    assert_eq!((changed.status, &changed.body["version"]), (200, &json!(2)));
    assert_eq!(changed.body["macs"], json!([]));
    let late = put(group("6B", "10.6.1.0/24"), Some(1)).await;
    assert_eq!((late.status, late.code()), (412, "changed-meanwhile"));
    assert_eq!(late.body["current"]["name"], "6A");
    assert_eq!(admin.delete(&path, Some(2)).await.status, 204);
    assert_eq!(
        put(group("6B", "10.6.1.0/24"), Some(2)).await.code(),
        "not-found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_group_is_told_by_field() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let bad = json!({ "name": "6A", "tier": "thcs", "subnets": ["10.6.300.0/24", "x"], "macs": ["y"],
                      "changes": [{ "category": "none", "action": "block" }] });
    let answer = admin.post("/groups", bad.clone()).await;
    assert_eq!((answer.status, answer.code()), (422, "bad-field"));
    let fields: Vec<_> = answer.body["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].clone())
        .collect();
    assert_eq!(fields, ["subnets", "subnets", "macs", "changes"]);
    let check = admin.post("/groups/check", json!({ "group": bad })).await;
    assert_eq!((check.status, &check.body["ok"]), (200, &json!(false)));
    assert_eq!(check.body["fields"].as_array().unwrap().len(), 4);

    admin.post("/groups", group("6A", "10.6.1.0/24")).await;
    let clash = admin.post("/groups", group("6B", "10.6.1.0/24")).await;
    assert_eq!((clash.status, clash.code()), (409, "clash"));
    assert_eq!(clash.body["groups"], json!(["6A", "6B"]));
    let check = admin
        .post(
            "/groups/check",
            json!({ "group": group("6B", "10.6.1.0/24") }),
        )
        .await;
    assert_eq!(check.body["fields"][0]["code"], "clash");
    assert_eq!(
        admin
            .post("/groups", group("6a", "10.6.2.0/24"))
            .await
            .code(),
        "name-taken"
    );
    let fine = admin
        .post(
            "/groups/check",
            json!({ "group": group("6B", "10.6.2.0/24") }),
        )
        .await;
    assert_eq!(fine.body["ok"], true);
    assert_eq!(
        admin.get("/groups").await.body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_nobody_s_business_but_the_administrator_s() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let mut wish = group("6A", "10.6.1.0/24");
    wish["macs"] = json!(["3c:22:fb:0a:b1:9e"]);
    admin.post("/groups", wish).await;
    for role in [
        Role::Teacher,
        Role::Counsellor,
        Role::Principal,
        Role::Inspector,
    ] {
        bench.account(role.id(), role, &[1]);
        let browser = bench.signed_in(role.id()).await;
        let listed = browser.get("/groups").await.body;
        assert_eq!(
            listed["items"],
            json!([{ "id": 1, "name": "6A", "tier": "thcs" }]),
            "{role}"
        );
        for path in ["/audit", "/overview", "/tiers", "/services", "/lists"] {
            let text = browser.get(path).await.body.to_string();
            assert!(!text.contains("3c:22"), "{role} {path}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exceptions_are_made_read_and_ended() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    admin.post("/groups", group("6A", "10.6.1.0/24")).await;
    let wish =
        |about: &str| json!({ "about": about, "action": "allow", "reason": "Bài tập", "group": 1 });
    let made = admin.post("/exceptions", wish("hoc.vn")).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(
        (&made.body["author"], &made.body["group_name"]),
        (&json!("Cô an (an)"), &json!("6A"))
    );
    for (bad, code) in [
        ("a b", "bad-name"),
        ("com.vn", "public-suffix"),
        ("service:none", "unknown-service"),
    ] {
        let refused = admin.post("/exceptions", wish(bad)).await;
        assert_eq!(
            refused.body["fields"][0]["code"], code,
            "{bad}: {:?}",
            refused.body
        );
    }
    let mut gone = wish("hoc.vn");
    gone["group"] = json!(9);
    assert_eq!(
        admin.post("/exceptions", gone).await.body["fields"][0]["field"],
        "group"
    );
    let path = format!("/exceptions/{}", made.body["id"]);
    assert_eq!(admin.delete(&path, None).await.status, 204);
    assert_eq!(admin.delete(&path, None).await.code(), "already-ended");
    assert_eq!(admin.get("/exceptions").await.body["items"], json!([]));
    let all = admin.get("/exceptions?all=true").await.body;
    assert_eq!(all["items"][0]["ended_by"], "Cô an (an)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_holds_at_once_and_the_next_one_ends_it() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let put = |body: Value| admin.ask(Method::PUT, "/services/zalo", Some(body), None);
    let closed = put(json!({ "action": "block", "reason": "thi học kỳ" })).await;
    assert_eq!(
        (closed.status, &closed.body["action"]),
        (200, &json!("block")),
        "{:?}",
        closed.body
    );
    let opened = put(json!({ "action": "allow", "reason": "họp phụ huynh" })).await;
    assert_eq!(opened.body["switches"].as_array().unwrap().len(), 1);
    let reset = put(json!({ "action": null })).await;
    assert_eq!(reset.body["switches"], json!([]));
    assert_eq!(
        put(json!({ "action": "block" })).await.body["fields"][0]["field"],
        "reason"
    );
    let unknown = admin.ask(
        Method::PUT,
        "/services/none",
        Some(json!({ "action": null })),
        None,
    );
    assert_eq!(unknown.await.code(), "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_and_the_lists_are_shown_in_the_reader_s_language() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let tiers = admin.get("/tiers").await.body;
    assert_eq!(tiers["items"].as_array().unwrap().len(), 5);
    let categories = admin.get("/categories").await.body;
    let first = categories["items"][0].clone();
    let id = first["id"].as_str().unwrap();
    assert!(tiers["items"][0]["cells"][id]["action"].is_string());
    admin
        .ask(
            Method::PATCH,
            "/account",
            Some(json!({ "language": "en" })),
            None,
        )
        .await;
    let english = admin.get("/categories").await.body["items"][0]["name"].clone();
    assert_ne!(english, first["name"]);
    let lists = admin.get("/lists").await.body;
    assert!(!lists["items"].as_array().unwrap().is_empty());
    assert!(
        !lists.to_string().contains("sealed"),
        "sealed lists show nowhere"
    );
    let why = admin.post("/why", json!({ "name": "fb88.com" })).await;
    assert_eq!(
        (why.status, &why.body["action"]),
        (200, &json!("block")),
        "{:?}",
        why.body
    );
    let bad = admin.post("/why", json!({ "name": "a b" })).await;
    assert_eq!(bad.body["fields"][0]["field"], "name");
    bench.account("lan", Role::Teacher, &[]);
    let teacher = bench.signed_in("lan").await;
    let device = teacher
        .post("/why", json!({ "name": "a.vn", "address": "10.6.1.7" }))
        .await;
    assert_eq!(device.code(), "not-allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_and_taken_back() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let made = admin.post("/groups", group("6A", "10.6.1.0/24")).await;
    let path = format!("/groups/{}/tokens", made.body["id"]);
    let none = admin.get(&path).await.body;
    assert_eq!((&none["items"], &none["most"]), (&json!([]), &json!(8)));
    assert_eq!(none["ways"]["is_public"], false);
    let made = admin.post(&path, json!({})).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let token = made.body["token"].as_str().unwrap();
    assert!(made.body["doh_url"].as_str().unwrap().ends_with(token));
    assert!(
        made.body["doh_qr_svg"]
            .as_str()
            .unwrap()
            .starts_with("<svg")
    );
    assert!(made.body["apple"].as_str().unwrap().contains("6A"));
    assert_eq!(made.body["windows"], Value::Null);
    let listed = admin.get(&path).await.body;
    let first = listed["items"][0]["first"].as_str().unwrap().to_owned();
    assert!(token.starts_with(&first) && first.len() < token.len());
    assert_eq!(listed["items"][0]["made_at"], NOW);
    assert!(!listed.to_string().contains(token));
    let audit = admin.get("/audit").await.body;
    assert_eq!(audit["items"][0]["act"], "add-token");
    assert!(!audit.to_string().contains(token));
    for _ in 1..8 {
        assert_eq!(admin.post(&path, json!({})).await.status, 201);
    }
    let ninth = admin.post(&path, json!({})).await;
    assert_eq!((ninth.status, ninth.code()), (409, "too-many"));
    let one = format!("{path}/{first}");
    assert_eq!(admin.delete(&one, None).await.status, 204);
    assert_eq!(admin.delete(&one, None).await.code(), "not-found");
    assert_eq!(admin.get("/groups/99/tokens").await.code(), "not-found");
    assert_eq!(
        admin.post("/groups/99/tokens", json!({})).await.code(),
        "not-found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_tried_before_it_is_enabled() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let form = |category: &str, format: &str, text: &str, counts: bool| {
        json!({ "label": " hosts.txt ", "category": category, "format": format, "text": text,
            "counts": counts })
    };
    let none = admin.get("/lists/trial").await;
    assert_eq!((none.status, &none.body["count"]), (200, &Value::Null));
    let looked = admin
        .post("/lists/trial", form("gambling", "domains", "a.vn", false))
        .await;
    assert_eq!(looked.status, 200, "{:?}", looked.body);
    assert_eq!(looked.body["effect"]["entries"], 3);
    assert_eq!(looked.body["count"], Value::Null);
    for (category, format, text, field, code) in [
        ("nothing", "domains", "a.vn", "category", "unknown-category"),
        ("gambling", "word", "a.vn", "format", "unknown-format"),
        ("gambling", "domains", "", "text", "nothing-usable"),
        ("gambling", "domains", "many", "text", "too-many"),
    ] {
        let refused = admin
            .post("/lists/trial", form(category, format, text, true))
            .await;
        let fault = &refused.body["fields"][0];
        assert_eq!((refused.status, refused.code()), (422, "bad-field"));
        assert_eq!(
            (&fault["field"], &fault["code"]),
            (&json!(field), &json!(code))
        );
    }
    let busy = admin
        .post("/lists/trial", form("gambling", "domains", "busy", true))
        .await;
    assert_eq!((busy.status, busy.code()), (503, "busy"));
    let mut nameless = form("gambling", "domains", "a.vn", false);
    nameless["label"] = json!("\u{7}");
    let nameless = admin.post("/lists/trial", nameless).await;
    assert_eq!(nameless.body["fields"][0]["field"], "label");
    // To look changes nothing; to count is noted, and so is its end.
    let audit = admin.get("/audit").await.body;
    assert!(!audit.to_string().contains("try-list"), "{audit}");
    let counted = admin
        .post("/lists/trial", form("gambling", "domains", "a.vn", true))
        .await;
    assert_eq!(counted.body["count"]["label"], "hosts.txt");
    assert_eq!(admin.get("/lists/trial").await.body["count"]["hit"], 1);
    let audit = admin.get("/audit").await.body;
    assert_eq!(audit["items"][0]["act"], "try-list");
    assert_eq!(audit["items"][0]["subject"], "hosts.txt");
    assert!(!audit.to_string().contains("a.vn"), "{audit}");
    assert_eq!(admin.delete("/lists/trial", None).await.status, 204);
    assert_eq!(admin.delete("/lists/trial", None).await.code(), "not-found");
    assert_eq!(admin.get("/lists/trial").await.body["count"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_may_be_longer_than_other_requests_and_not_without_end() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let form = |bytes: usize| {
        json!({ "label": "x", "category": "gambling", "format": "domains", "text": "x".repeat(bytes),
            "counts": false })
    };
    assert_eq!(admin.post("/lists/trial", form(4 << 20)).await.status, 200);
    for bytes in [(4 << 20) + 1, 7 << 20] {
        let refused = admin.post("/lists/trial", form(bytes)).await;
        assert_eq!((refused.status, refused.code()), (413, "too-long"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_are_told_by_tier_and_checked_for_a_group() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let all = admin.get("/safe-search").await.body;
    let engines = all["items"].as_array().unwrap();
    let google = engines.iter().find(|one| one["id"] == "google").unwrap();
    assert_eq!(google["name"], "Google Tìm kiếm");
    assert_eq!(
        google["tiers"]["thcs"]["host"],
        "forcesafesearch.google.com"
    );
    assert_eq!(google["tiers"]["staff"]["strictness"], "off");
    assert_eq!(google["tiers"]["staff"]["host"], Value::Null);
    assert!(engines.iter().any(|one| one["kind"] == "video"));
    let closed = all["closed_without"].as_array().unwrap();
    assert!(closed.contains(&json!("tieu-hoc")), "{closed:?}");
    let found = admin.post("/safe-search/check", json!({})).await;
    assert_eq!(found.body["items"][0]["state"], "unsafe");
    assert_eq!(found.body["items"][0]["records"][0]["kind"], "HTTPS");
    let none = admin
        .post("/safe-search/check", json!({ "group": 7 }))
        .await;
    assert_eq!(none.body["fields"][0]["code"], "unknown-group");
}
