//! What was blocked: teachers see their groups', principals no name, nobody a device; and the
//! overview tells numbers only.

use lachan_policy::{Action, Category, GroupId, Level, Moment, Rule, Tier, Verdict};
use lachan_store::{Asked, Attempt, Channel, Source};
use lachan_web::Role;
use serde_json::{Value, json};

use crate::support::{Bench, FEWEST, NOW};

/// A block of gambling, recorded as the hot path does.
pub(crate) fn block(bench: &Bench, group: u32, name: &str, device: u8, at: i64) {
    block_as(bench, Category::new(4), group, name, device, at);
}

/// The same, of a category.
pub(crate) fn block_as(
    bench: &Bench,
    category: Option<Category>,
    group: u32,
    name: &str,
    device: u8,
    at: i64,
) {
    let verdict = Verdict {
        action: Action::Block,
        level: Level::Tier,
        category,
        list: None,
        rule: Rule::Cell,
        tier: Tier::Thcs,
        alert: false,
        no_name: false,
        no_log: false,
        safe_form: None,
    };
    let name = lachan_policy::Name::from_text(name).unwrap();
    let asked = Asked {
        name: &name,
        behind: None,
        client: [10, 6, 1, device].into(),
        group: GroupId(group),
        channel: Channel::Dns,
        source: Source::Cell,
        at: Some(Moment::from_unix(at, 7 * 3600)),
    };
    let attempt = Attempt::new(&verdict, asked).unwrap();
    assert!(bench.store.sink().try_record(attempt));
}

/// As many as names are told of.
pub(crate) const DEVICES: std::ops::Range<u8> = 7..7 + FEWEST;

async fn names(browser: &crate::support::Browser<'_>, path: &str) -> Vec<Value> {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
    let items = answer.body["items"].as_array().unwrap().clone();
    items.into_iter().map(|item| item["name"].clone()).collect()
}

pub(crate) async fn ready(bench: &Bench) {
    let admin = bench.signed_in("an").await;
    for (name, subnet) in [("6A", "10.6.1.0/24"), ("6B", "10.6.2.0/24")] {
        let wish = json!({ "name": name, "tier": "thcs", "subnets": [subnet] });
        assert_eq!(admin.post("/groups", wish).await.status, 201);
    }
    block(bench, 1, "fb88.com", 7, NOW - 3 * 86_400);
    // A class.
    for device in DEVICES {
        block(bench, 1, "nohu.com", device, NOW - 60);
    }
    // One device has a group of its own.
    block(bench, 2, "w88.com", 7, NOW - 120);
    bench.store.flush().unwrap();
    bench.account("lan", Role::Teacher, &[1]);
    bench.account("hieu", Role::Principal, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_what_is_hers_and_no_device() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    let admin = bench.signed_in("an").await;
    let mut all = names(&admin, "/blocks").await;
    all.sort_by_key(Value::to_string);
    assert_eq!(all, [json!("fb88.com"), json!("nohu.com"), Value::Null]);
    let teacher = bench.signed_in("lan").await;
    let mut own = names(&teacher, "/blocks").await;
    own.sort_by_key(Value::to_string);
    assert_eq!(own, ["fb88.com", "nohu.com"]);
    assert_eq!(teacher.get("/blocks?group=2").await.code(), "not-allowed");
    assert_eq!(
        names(&teacher, "/blocks?group=1&lesson=current").await,
        ["nohu.com"]
    );
    assert_eq!(
        names(&teacher, &format!("/blocks?to={}", NOW - 86_400)).await,
        ["fb88.com"]
    );
    let principal = bench.signed_in("hieu").await;
    let answer = principal.get("/blocks").await.body;
    assert!(!answer.to_string().contains(".com"), "{answer}");
    // Devices that tried the same are one row.
    let rows = admin.get("/blocks?group=1&lesson=current").await.body;
    assert_eq!(
        (
            rows["items"].as_array().unwrap().len(),
            &rows["items"][0]["count"]
        ),
        (1, &json!(FEWEST))
    );
    assert!(!rows.to_string().contains("device"), "{rows}");
    for bad in ["/blocks?category=none", "/blocks?channel=ftp"] {
        assert_eq!(admin.get(bad).await.code(), "bad-field", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_blocked_for_one_device_is_no_list_of_what_a_child_tried() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    bench.account("hoa", Role::Teacher, &[2]);
    for (name, minutes) in [("m88.com", 2), ("nohu.com", 3), ("w88.com", 4)] {
        block(&bench, 2, name, 7, NOW - minutes * 60);
    }
    bench.store.flush().unwrap();
    for who in ["hoa", "an"] {
        let browser = bench.signed_in(who).await;
        for path in ["/blocks?group=2", "/blocks?group=2&lesson=current"] {
            let told = browser.get(path).await.body;
            let items = told["items"].as_array().unwrap();
            // By the hour (08:30 stands for 08:00), and of names only what many devices of the school met.
            assert!(items.iter().all(|item| item["few"] == true), "{told}");
            // Nor does their number tell which came before which: rows of the log have small ones.
            let ids: Vec<_> = items
                .iter()
                .filter_map(|item| item["id"].as_i64())
                .collect();
            assert!(ids.iter().all(|id| *id > 1_000_000), "{told}");
            let hours: Vec<_> = items.iter().map(|item| item["minute"].as_i64()).collect();
            assert!(
                hours.iter().all(|minute| minute.unwrap() % 60 == 0),
                "{told}"
            );
            let mut names: Vec<_> = items.iter().map(|item| item["name"].as_str()).collect();
            names.sort_unstable();
            assert_eq!(names, [None, Some("nohu.com")], "{told}");
            let counts: u64 = items.iter().filter_map(|item| item["count"].as_u64()).sum();
            assert_eq!((counts, items[0]["category"].is_string()), (4, true));
        }
        // Minute by minute no more comes out.
        let minute = NOW - 2 * 60;
        let path = format!("/blocks?group=2&from={minute}&to={}", minute + 60);
        let told = browser.get(&path).await.body;
        assert_eq!(told["items"].as_array().unwrap().len(), 2, "{told}");
        // She may ask for a name that she knows.
        let page = browser.get("/blocks/names/w88.com").await;
        assert_eq!(page.body["count"]["today"], 2, "{:?}", page.body);
    }
    // When the class is there, its names are.
    for device in DEVICES {
        block(&bench, 2, "fb88.com", device, NOW - 30);
    }
    bench.store.flush().unwrap();
    let hoa = bench.signed_in("hoa").await;
    let mut all = names(&hoa, "/blocks?group=2&lesson=current").await;
    all.sort_by_key(Value::to_string);
    all.dedup();
    assert_eq!(all, ["fb88.com", "m88.com", "nohu.com", "w88.com"]);
    // Without a clock devices of several days cannot be told apart.
    bench.at(0);
    let timeless = hoa.get("/blocks?group=2").await;
    assert_eq!(timeless.status, 200, "{:?}", timeless.body);
    assert!(
        !timeless.body.to_string().contains(".com"),
        "{:?}",
        timeless.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_has_a_page() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    let teacher = bench.signed_in("lan").await;
    let page = teacher.get("/blocks/names/nohu.com").await;
    assert_eq!(page.status, 200, "{:?}", page.body);
    assert_eq!(
        page.body["count"],
        json!({ "today": FEWEST, "week": FEWEST })
    );
    assert_eq!(page.body["decisions"].as_array().unwrap().len(), 5);
    let other = teacher.get("/blocks/names/w88.com").await.body;
    assert_eq!(
        other["count"],
        json!({ "today": 0, "week": 0 }),
        "another group's"
    );
    assert_eq!(
        bench
            .signed_in("hieu")
            .await
            .get("/blocks/names/nohu.com")
            .await
            .code(),
        "not-allowed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_tells_numbers_and_no_name() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    let principal = bench.signed_in("hieu").await;
    let overview = principal.get("/overview").await;
    assert_eq!(overview.status, 200, "{:?}", overview.body);
    let body = &overview.body;
    assert_eq!(
        (&body["protection"]["state"], &body["week"][6]["day"]),
        (&json!("attention"), &json!("2026-11-23"))
    );
    assert_eq!(
        (
            body["week"].as_array().unwrap().len(),
            body["hours"].as_array().unwrap().len()
        ),
        (7, 24)
    );
    assert_eq!(body["changes"].as_array().unwrap().len(), 5);
    assert!(!body.to_string().contains(".com"));
    let teacher = bench.signed_in("lan").await.get("/overview").await.body;
    assert_eq!(teacher["changes"], json!([]));
    bench.at(0);
    let timeless = principal.get("/overview").await;
    assert_eq!(
        (timeless.status, &timeless.body["today"]),
        (200, &Value::Null)
    );
}
