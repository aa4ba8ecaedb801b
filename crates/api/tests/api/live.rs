//! The live view: what it tells, to whom, and when it ends.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt as _;
use lachan_api::Peer;
use lachan_policy::GroupId;
use lachan_store::{AccountChange, Crowd, ReportKind, Sealed};
use lachan_web::Role;
use serde_json::json;
use tower::ServiceExt as _;

use crate::blocks::{DEVICES, block, ready};
use crate::people::{SEALED, ask_for};
use crate::support::{Bench, Browser, NOW, act};

/// What a view told, for as long as it is looked at.
struct View(Body);

impl View {
    async fn open(browser: &Browser<'_>) -> Self {
        let mut request: Request<Body> = browser
            .request(Method::GET, "/live")
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(Peer(browser.address));
        let answer = browser.bench.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut view = Self(answer.into_body());
        // What is there when it begins.
        view.until("sample").await;
        view
    }

    /// All that is told up to and with an event; `None` when the view ended before.
    async fn find(&mut self, event: &str) -> Option<String> {
        let mut told = String::new();
        let read = async {
            loop {
                let frame = self.0.frame().await?.unwrap();
                told.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
                if told.contains(&format!("event: {event}\n")) {
                    return Some(told.clone());
                }
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(20), read).await;
        found.unwrap_or_else(|_| panic!("never told: {event}"))
    }

    async fn until(&mut self, event: &str) -> String {
        self.find(event).await.unwrap()
    }

    /// Waits until it ends by itself.
    async fn ends(mut self) {
        assert_eq!(self.find("nothing of this name").await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_view_tells_samples() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let told = View::open(&admin).await.until("sample").await;
    assert!(told.contains("\"qps\":12.0"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_blocked_is_told_of_groups_that_many_devices_are_in() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    block(&bench, 2, "m88.com", 7, NOW - 30);
    for device in DEVICES {
        block(&bench, 1, "fb88.com", device, NOW - 30);
    }
    bench.store.flush().unwrap();
    let admin = bench.signed_in("an").await;
    let told = View::open(&admin).await.until("block").await;
    assert!(told.contains("\"group\":1"), "{told}");
    assert!(
        !told.contains("\"group\":2") && !told.contains(".com"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_told_to_those_who_may_answer_it_and_nothing_of_it() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    bench.account("mai", Role::Teacher, &[2]);
    let [lan, mai, hieu, an] = ["lan", "mai", "hieu", "an"];
    let mut hers = View::open(&bench.signed_in(lan).await).await;
    let mut other = View::open(&bench.signed_in(mai).await).await;
    let mut principal = View::open(&bench.signed_in(hieu).await).await;
    let mut admin = View::open(&bench.signed_in(an).await).await;
    ask_for(&bench, 1, "tiktok.com");
    for view in [&mut hers, &mut admin] {
        let told = view.until("request").await;
        assert!(!told.contains("tiktok"), "{told}");
    }
    for view in [&mut other, &mut principal] {
        // Two looks later they have not heard of it.
        let mut told = view.until("sample").await;
        told.push_str(&view.until("sample").await);
        told.push_str(&view.until("sample").await);
        assert!(!told.contains("event: request"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_report_is_counted_to_the_counsellor_and_nobody_else() {
    let bench = Bench::with_admin();
    bench.account("tam", Role::Counsellor, &[]);
    let tam = bench.signed_in("tam").await;
    let recipient = "age1gp4edvx2h4dssk00es9l4lzq8r728jxl53a0k9fhc9yxqfwgypjss9hw42";
    let key =
        json!({ "recipient": recipient, "wrapped_identity": "-----BEGIN AGE ENCRYPTED FILE-----" });
    let put = tam.ask(Method::PUT, "/counsellor/key", Some(key), None);
    assert_eq!(put.await.status, 200);
    let mut counsellor = View::open(&tam).await;
    let mut admin = View::open(&bench.signed_in("an").await).await;
    let sealed = Sealed::new(SEALED.to_vec()).unwrap();
    bench
        .store
        .add_report(ReportKind::Bullying, sealed, Crowd::None, Some(NOW))
        .unwrap();
    let told = counsellor.until("report").await;
    assert!(told.contains("{\"waiting\":1}"), "{told}");
    let mut told = admin.until("sample").await;
    told.push_str(&admin.until("sample").await);
    assert!(!told.contains("event: report"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_follows_the_account_at_once_and_ends_with_it() {
    let bench = Bench::with_admin();
    ready(&bench).await;
    let lan = bench.signed_in("lan").await;
    let mut view = View::open(&lan).await;
    // Another group is hers now.
    let id = lan.get("/account").await.body["id"].as_i64().unwrap();
    let groups = AccountChange {
        groups: Some(vec![GroupId(2)]),
        ..AccountChange::default()
    };
    bench.store.change_account(&act(), id, 1, groups).unwrap();
    view.until("account").await;
    ask_for(&bench, 2, "tiktok.com");
    view.until("request").await;
    // Another role begins another view.
    let role = AccountChange {
        role: Some(Role::Principal.id().into()),
        ..AccountChange::default()
    };
    bench.store.change_account(&act(), id, 2, role).unwrap();
    view.ends().await;
    let view = View::open(&lan).await;
    assert_eq!(lan.delete("/session", None).await.status, 204);
    view.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_has_so_many_views_and_is_told_when_there_are_more() {
    let bench = Bench::with_admin();
    bench.account("hieu", Role::Principal, &[]);
    let (admin, principal) = (bench.signed_in("an").await, bench.signed_in("hieu").await);
    let mut all = Vec::new();
    for _ in 0..6 {
        all.push(View::open(&admin).await);
    }
    let refused = admin.get("/live").await;
    assert_eq!((refused.status, refused.code()), (429, "too-many-live"));
    assert_eq!(refused.headers["retry-after"], "60");
    // The others have theirs, and a view that was closed leaves its place.
    drop(View::open(&principal).await);
    all.pop();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    drop(View::open(&admin).await);
}
