//! Boxes: they join by a code, prove every request, and hear news.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Method, Request};
use data_encoding::BASE64;
use lachan_hub::news::{self, Streams};
use lachan_hub::role::Role;
use lachan_hub::storage::{Failed, Never};
use lachan_hub::{audit, boxes, units};
use lachan_wire::enrol::{EnrolAnswer, EnrolCode, EnrolRequest};
use lachan_wire::push::News;
use lachan_wire::text::ProgramVersion;
use lachan_wire::upload::{self, Kind, sign};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, Browser, Tree, both};

const ROOT: &[u8] = b"{\"signed\":{\"_type\":\"root\"}}";

/// A box that joined.
struct TestBox {
    id: String,
    key: Ed25519KeyPair,
    browser: Browser,
}

impl TestBox {
    async fn send(&self, kind: Kind, number: i64, body: &Value) -> Answer {
        let body = body.to_string();
        let signature = sign(&self.key, &self.id, kind, number, body.as_bytes());
        self.send_as(kind, number, &body, &signature).await
    }

    async fn send_as(&self, kind: Kind, number: i64, body: &str, signature: &str) -> Answer {
        let request = Request::post(format!("/box/v1/{}", kind.id()))
            .header(upload::BOX, &self.id)
            .header(upload::NUMBER, number)
            .header(upload::SIGNATURE, signature)
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.browser.send(request).await
    }
}

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn publish(bench: &Bench) {
    let folder = bench.folder.path().join("repository/metadata");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("1.root.json"), b"old").unwrap();
    fs::write(folder.join("2.root.json"), ROOT).unwrap();
}

async fn code(operator: &Browser, unit: &str) -> EnrolCode {
    let made = operator
        .post(&format!("/units/{unit}/codes"), json!({ "for": "itself" }))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    EnrolCode::typed(made.body["items"][0]["code"].as_str().unwrap()).unwrap()
}

fn request(code: &EnrolCode, key: &Ed25519KeyPair) -> EnrolRequest {
    let program = ProgramVersion::try_from("0.1.0".to_owned()).unwrap();
    EnrolRequest::new(code, key.public_key().as_ref(), &[7; 16], program).unwrap()
}

async fn enrol(browser: &Browser, request: &EnrolRequest) -> Answer {
    let body = serde_json::to_string(request).unwrap();
    let request = Request::post("/box/v1/enrol")
        .body(Body::from(body))
        .unwrap();
    browser.send(request).await
}

async fn joined(bench: &Bench, operator: &Browser, unit: &str, seed: u8) -> TestBox {
    let code = code(operator, unit).await;
    let key = key(seed);
    let browser = bench.browser();
    let answer = enrol(&browser, &request(&code, &key)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id = answer.body["box-id"].as_str().unwrap().to_owned();
    TestBox { id, key, browser }
}

fn report() -> Value {
    json!({
        "v": 1, "program": "0.1.0", "up-hours": 3, "clock-trusted": true, "snapshot": 7, "checked-hours-ago": 0,
        "lists": [{ "id": "gambling-vn", "version": 4 }], "refused": null,
        "self-test": { "passed": 9, "failed": 0, "hours-ago": 1 },
        "disk-free-percent": 60, "temperature": 51,
    })
}

fn question() -> Value {
    json!({ "v": 1, "what": "open", "name": "thuvien.example.vn", "tier": "thcs", "reason": "lesson" })
}

/// Opens the stream of news.
async fn open(own: &TestBox, number: i64) -> axum::response::Response {
    let signature = sign(&own.key, &own.id, Kind::Events, number, b"");
    let request = Request::get("/box/v1/events")
        .header(upload::BOX, &own.id)
        .header(upload::NUMBER, number)
        .header(upload::SIGNATURE, signature);
    let mut request = request.body(Body::empty()).unwrap();
    let peer = lachan_hub::web::Peer(own.browser.address);
    request.extensions_mut().insert(peer);
    let answered = tower::ServiceExt::oneshot(own.browser.router.clone(), request).await;
    answered.unwrap()
}

async fn count(bench: &Bench, sql: &'static str) -> i64 {
    let read: Result<i64, Failed<Never>> = bench
        .storage
        .read(|tx| Box::pin(async move { Ok(sqlx::query_scalar(sql).fetch_one(&mut **tx).await?) }))
        .await;
    read.unwrap()
}

/// Numbers that are remembered.
async fn numbers(bench: &Bench) -> i64 {
    count(bench, "SELECT COUNT(*) FROM upload_numbers").await
}

/// Codes of which something is kept that proves a box.
async fn with_keys(bench: &Bench) -> i64 {
    count(
        bench,
        "SELECT COUNT(*) FROM enrol_codes WHERE LENGTH(secret_key) > 0",
    )
    .await
}

both! {
    async fn a_box_joins_by_its_code_and_both_sides_are_proved(bench: Bench) {
        let Tree { root, east_school, .. } = bench.tree().await;
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let code = code(&operator, &east_school.id).await;
        let key = key(1);
        let asked = request(&code, &key);
        let browser = bench.browser();
        // Nothing is published yet that it could trust.
        assert_eq!(enrol(&browser, &asked).await.code(), "not-published");
        publish(&bench);
        let told = enrol(&browser, &asked).await;
        assert_eq!(told.status, 200, "{}", told.body);
        let answer: EnrolAnswer = serde_json::from_value(told.body.clone()).unwrap();
        answer.check(&asked, &code).unwrap();
        assert_eq!(BASE64.decode(answer.root.as_bytes()).unwrap(), ROOT);
        assert_eq!((answer.school.code.as_str(), answer.school.id.as_str()), ("E1", east_school.id.as_str()));
        // By which keys it believes the hub from now on is proved with the rest.
        assert_eq!(answer.pins[0].bytes(), [8; 32]);
        let passed_on = EnrolAnswer { pins: Vec::new(), ..answer.clone() };
        assert!(passed_on.check(&asked, &code).is_err());
        // The answer was lost on its way: the same box asks again.
        let again = enrol(&browser, &asked).await;
        assert_eq!(again.body["box-id"], told.body["box-id"]);
        // Another box with the used code is none of ours.
        let stolen = enrol(&browser, &request(&code, &self::key(2))).await;
        assert_eq!((stolen.status, stolen.code()), (401, "not-proved"));
        let list = operator.get(&format!("/units/{}/codes", root.id)).await;
        assert_eq!(list.body["items"][0]["state"], "used");
        assert!(!list.body.to_string().contains(&code.to_text()[5..]));
        let log = audit::page(&bench.storage, &east_school.id, None, 2).await.unwrap();
        assert_eq!((log[0].action.as_str(), log[1].action.as_str()), ("enrol-box", "make-codes"));
        assert!(log.iter().all(|entry| !entry.detail.contains(&code.to_text()[5..])));
    }

    async fn a_code_ends_by_time_by_hand_and_by_wrong_proofs(bench: Bench) {
        let Tree { root, east_school, west_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let browser = bench.browser();
        let revoked = code(&operator, &east_school.id).await;
        let list = operator.get(&format!("/units/{}/codes", east_school.id)).await;
        let id = list.body["items"][0]["id"].as_str().unwrap();
        let path = format!("/units/{}/codes/{id}", east_school.id);
        assert_eq!(operator.ask(Method::DELETE, &path, None, None).await.status, 204);
        assert_eq!(operator.ask(Method::DELETE, &path, None, None).await.status, 404);
        assert_eq!(enrol(&browser, &request(&revoked, &key(1))).await.code(), "not-proved");
        // Ten wrong proofs: the right one comes too late.
        let worn = code(&operator, &west_school.id).await;
        let mut wrong = request(&worn, &key(1));
        wrong.nonce = lachan_wire::text::Bytes64::of(&[9; 16]);
        for _ in 0..10 {
            assert_eq!(enrol(&browser, &wrong).await.code(), "not-proved");
        }
        assert_eq!(enrol(&browser, &request(&worn, &key(1))).await.code(), "not-proved");
        let log = audit::page(&bench.storage, &west_school.id, None, 1).await.unwrap();
        assert_eq!(log[0].action, "spend-code");
        let late = code(&operator, &east_school.id).await;
        bench.later(14 * 86_400);
        assert_eq!(enrol(&browser, &request(&late, &key(1))).await.code(), "not-proved");
        // One address may try only so often.
        for _ in 0..40 {
            enrol(&browser, &wrong).await;
        }
        assert_eq!(enrol(&browser, &wrong).await.code(), "too-many-attempts");
    }

    async fn codes_are_made_for_all_schools_without_a_box(bench: Bench) {
        let Tree { root, east, east_school, west_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        joined(&bench, &operator, &east_school.id, 1).await;
        let path = format!("/units/{}/codes", root.id);
        let batch = operator.post(&path, json!({ "for": "without-box", "days": 30 })).await;
        let items = batch.body["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{}", batch.body);
        assert_eq!(items[0]["unit"], west_school.id.as_str());
        assert!(items[0]["qr_svg"].as_str().unwrap().starts_with("<svg"));
        // Each has a code now.
        let again = operator.post(&path, json!({ "for": "without-box" })).await;
        assert_eq!(again.body["items"], json!([]));
        let commune = operator.post(&format!("/units/{}/codes", east.id), json!({ "for": "itself" })).await;
        assert_eq!((commune.status, commune.code()), (409, "no-such-place"));
        let long = operator.post(&path, json!({ "for": "without-box", "days": 91 })).await;
        assert_eq!(long.body["fields"][0]["field"], "days");
    }

    async fn every_request_proves_itself_and_counts_once(bench: Bench) {
        let Tree { root, east_school, west_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let own = joined(&bench, &operator, &east_school.id, 1).await;
        let other = joined(&bench, &operator, &west_school.id, 2).await;
        let body = report();
        assert_eq!(own.send(Kind::Fleet, 1, &body).await.status, 204);
        assert_eq!(own.send(Kind::Fleet, 1, &body).await.status, 204, "sent again");
        let mut changed = body.clone();
        changed["snapshot"] = json!(8);
        let taken = own.send(Kind::Fleet, 1, &changed).await;
        assert_eq!((taken.status, taken.code()), (409, "number-taken"));
        assert_eq!(taken.body["next"], 2);
        // Signed by another box, for another kind, over another body, or with a number in another form.
        let text = body.to_string();
        let signature = |key: &Ed25519KeyPair, id: &str, kind, number| sign(key, id, kind, number, text.as_bytes());
        for bad in [
            signature(&other.key, &own.id, Kind::Fleet, 2),
            signature(&own.key, &other.id, Kind::Fleet, 2),
            signature(&own.key, &own.id, Kind::Ask, 2),
            signature(&own.key, &own.id, Kind::Fleet, 3),
            String::new(),
        ] {
            let refused = own.send_as(Kind::Fleet, 2, &text, &bad).await;
            assert_eq!((refused.status, refused.code()), (401, "not-proved"));
        }
        let zero = own.send(Kind::Fleet, 0, &body).await;
        assert_eq!(zero.code(), "not-proved");
        // An older report that comes late takes nothing back.
        assert_eq!(own.send(Kind::Fleet, 5, &changed).await.status, 204);
        assert_eq!(own.send(Kind::Fleet, 4, &body).await.status, 204);
        let seen = operator.get(&format!("/units/{}/boxes", east_school.id)).await;
        assert_eq!(seen.body["items"][0]["snapshot"], 8);
        assert_eq!(own.send(Kind::Answers, 1, &json!({ "v": 1, "after": 0 })).await.status, 200);
        let stream = open(&own, 1).await;
        assert_eq!(stream.status(), 200);
        // A box that was taken off is heard no more, on the instance that remembers it, too.
        let path = format!("/units/{}/boxes/{}", east_school.id, own.id);
        let elsewhere = Browser { router: bench.other_router().await, ..operator.clone() };
        assert_eq!(elsewhere.ask(Method::DELETE, &path, None, None).await.status, 204);
        let look = own.send(Kind::Answers, 2, &json!({ "v": 1, "after": 0 })).await;
        assert_eq!(look.code(), "not-proved");
        assert_eq!(open(&other, 1).await.status(), 200);
        assert_eq!(open(&own, 2).await.status(), 401);
        assert_eq!(own.send(Kind::Fleet, 7, &body).await.code(), "not-proved");
        // A stream that this instance holds ends by its look into the database.
        let streams = Arc::new(Streams::default());
        let mut held = streams.open(&own.id).unwrap();
        let mut others = streams.open(&other.id).unwrap();
        held.next().await.unwrap();
        others.next().await.unwrap();
        news::end_streams(&bench.storage, &streams, bench.later(0)).await.unwrap();
        assert_eq!((held.next().await, streams.count()), (None, 1));
        assert!(boxes::known(&bench.storage, &own.id).await.unwrap().is_none());
    }

    async fn nobody_s_body_is_waited_for(bench: Bench) {
        let Tree { root, east_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let own = joined(&bench, &operator, &east_school.id, 1).await;
        let endless = || Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let signature = sign(&own.key, &own.id, Kind::Fleet, 1, b"");
        let stranger = lachan_hub::id::new(1).unwrap();
        for (box_id, number, signature) in [
            (stranger.as_str(), "1", signature.as_str()),
            (&own.id, "0", &signature),
            (&own.id, "1", "none"),
            (&own.id, "1", &"!".repeat(86)),
        ] {
            let request = Request::post("/box/v1/fleet")
                .header(upload::BOX, box_id)
                .header(upload::NUMBER, number)
                .header(upload::SIGNATURE, signature)
                .body(endless())
                .unwrap();
            // It would wait for ever; or for the fifteen seconds of a box's body, and say so.
            assert_eq!(own.browser.send(request).await.code(), "not-proved");
        }
    }

    async fn old_numbers_are_forgotten_and_never_taken_again(bench: Bench) {
        let Tree { root, east_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let own = joined(&bench, &operator, &east_school.id, 1).await;
        for number in [1, 2, 600, 700] {
            assert_eq!(own.send(Kind::Fleet, number, &report()).await.status, 204);
        }
        // 512 behind the newest are remembered, so no box fills the table; the mark never goes down.
        assert_eq!(numbers(&bench).await, 2);
        for number in [1, 188] {
            let old = own.send(Kind::Fleet, number, &report()).await;
            assert_eq!((old.status, old.code()), (409, "number-too-old"));
            // A box that was restored from a backup goes on with this one.
            assert_eq!(old.body["next"], 701);
        }
        assert_eq!(own.send(Kind::Fleet, 189, &report()).await.status, 204);
        assert_eq!(own.send(Kind::Fleet, 701, &report()).await.status, 204);
        assert_eq!(own.send(Kind::Fleet, 600, &report()).await.status, 204, "sent again");
        assert_eq!(own.send(Kind::Fleet, 189, &report()).await.code(), "number-too-old");
        // The kinds count each for itself, and what only reads rises.
        let look = json!({ "v": 1, "after": 0 });
        assert_eq!(own.send(Kind::Answers, 5, &look).await.status, 200);
        for number in [5, 4] {
            let old = own.send(Kind::Answers, number, &look).await;
            assert_eq!((old.code(), &old.body["next"]), ("number-too-old", &json!(6)));
        }
        assert_eq!(own.send(Kind::Answers, 6, &look).await.status, 200);
        assert_eq!(open(&own, 3).await.status(), 200);
        assert_eq!(open(&own, 3).await.status(), 409);
    }

    async fn what_was_overheard_keeps_no_dead_box_alive(bench: Bench) {
        let Tree { root, east_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let own = joined(&bench, &operator, &east_school.id, 1).await;
        assert_eq!(own.send(Kind::Fleet, 1, &report()).await.status, 204);
        let look = json!({ "v": 1, "after": 0 });
        assert_eq!(own.send(Kind::Answers, 1, &look).await.status, 200);
        bench.later(27 * 3_600);
        assert_eq!(own.send(Kind::Fleet, 1, &report()).await.status, 204);
        assert_eq!(own.send(Kind::Answers, 1, &look).await.status, 409);
        assert_eq!(open(&own, 1).await.status(), 200);
        let silent = |body: &Value| body["items"][0]["silent"].clone();
        let operator = bench.signed_in("op").await;
        let path = format!("/units/{}/boxes", root.id);
        // The stream is a word of its own; a day later only what was overheard comes.
        assert_eq!(silent(&operator.get(&path).await.body), false);
        bench.later(27 * 3_600);
        assert_eq!(own.send(Kind::Fleet, 1, &report()).await.status, 204);
        assert_eq!(open(&own, 1).await.status(), 409);
        let operator = bench.signed_in("op").await;
        assert_eq!(silent(&operator.get(&path).await.body), true);
    }

    async fn a_merged_school_takes_no_box_in_and_dead_codes_have_no_keys(bench: Bench) {
        let Tree { root, east_school, west_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let merged = code(&operator, &east_school.id).await;
        let used = code(&operator, &west_school.id).await;
        let revoked = code(&operator, &west_school.id).await;
        let list = operator.get(&format!("/units/{}/codes", root.id)).await;
        let id = |of: &EnrolCode| {
            let items = list.body["items"].as_array().unwrap();
            let found = items.iter().find(|item| item["public"] == of.public().as_str());
            found.unwrap()["id"].as_str().unwrap().to_owned()
        };
        let path = format!("/units/{}/codes/{}", west_school.id, id(&revoked));
        assert_eq!(operator.ask(Method::DELETE, &path, None, None).await.status, 204);
        let browser = bench.browser();
        assert_eq!(enrol(&browser, &request(&used, &key(2))).await.status, 200);
        assert_eq!(with_keys(&bench).await, 2, "the revoked one has none");
        let (act, at) = (bench.act(), bench.later(0));
        units::merge(&bench.storage, &act, &east_school.id, 1, &west_school.id, at).await.unwrap();
        assert_eq!(enrol(&browser, &request(&merged, &key(1))).await.code(), "not-proved");
        lachan_hub::housekeeping::once(&bench.storage, at).await.unwrap();
        assert_eq!(with_keys(&bench).await, 1, "the used one answers its box for a day");
        assert_eq!(enrol(&browser, &request(&used, &key(2))).await.status, 200);
        let later = bench.later(86_400);
        assert_eq!(enrol(&browser, &request(&used, &key(2))).await.code(), "not-proved");
        lachan_hub::housekeeping::once(&bench.storage, later).await.unwrap();
        assert_eq!(with_keys(&bench).await, 0);
        // One that is worn out, and one that nobody used.
        let operator = bench.signed_in("op").await;
        let worn = code(&operator, &west_school.id).await;
        code(&operator, &west_school.id).await;
        let mut wrong = request(&worn, &key(1));
        wrong.nonce = lachan_wire::text::Bytes64::of(&[9; 16]);
        for _ in 0..10 {
            enrol(&bench.browser(), &wrong).await;
        }
        assert_eq!(with_keys(&bench).await, 1);
        lachan_hub::housekeeping::once(&bench.storage, bench.later(14 * 86_400)).await.unwrap();
        assert_eq!(with_keys(&bench).await, 0);
    }

    async fn what_is_not_known_is_refused(bench: Bench) {
        let Tree { root, east_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let own = joined(&bench, &operator, &east_school.id, 1).await;
        let with = |field: &str, value: Value| {
            let mut body = report();
            body[field] = value;
            body
        };
        for (number, body) in [
            with("device", json!("máy của An")),
            // What children try is no affair of a report about a machine.
            with("bypass", json!({ "doh": 10 })),
            with("program", json!("máy của An")),
            with("v", json!(2)),
            with("disk-free-percent", json!(101)),
            with("lists", json!([{ "id": "a", "version": 1 }, { "id": "a", "version": 2 }])),
            json!([]),
        ].into_iter().enumerate() {
            let number = i64::try_from(number).unwrap() + 1;
            let refused = own.send(Kind::Fleet, number, &body).await;
            assert_eq!((refused.status, refused.code()), (400, "bad-request"), "{body}");
        }
        let long = own.send(Kind::Ask, 1, &json!({ "x": "y".repeat(3_000) })).await;
        assert_eq!((long.status, long.code()), (413, "too-long"));
        let mut named = question();
        named["reason"] = json!("cho em An lớp 6A");
        assert_eq!(own.send(Kind::Ask, 1, &named).await.code(), "bad-request");
        // No number was used up by what was refused.
        assert_eq!(own.send(Kind::Fleet, 1, &report()).await.status, 204);
    }

    async fn a_question_is_answered_and_the_answer_comes_back(bench: Bench) {
        let Tree { root, east_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        bench.account("ed", &[Role::Editor], &root).await;
        let operator = bench.signed_in("op").await;
        let editor = bench.signed_in("ed").await;
        let own = joined(&bench, &operator, &east_school.id, 1).await;
        let asked = own.send(Kind::Ask, 1, &question()).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        let again = own.send(Kind::Ask, 1, &question()).await;
        assert_eq!(again.body, asked.body);
        let waiting = editor.get(&format!("/units/{}/asks", root.id)).await;
        let items = waiting.body["items"].as_array().unwrap();
        assert_eq!(items.len(), 1);
        assert_eq!((&items[0]["name"], &items[0]["unit"]), (&json!("thuvien.example.vn"), &json!(east_school.id)));
        let none = own.send(Kind::Answers, 1, &json!({ "v": 1, "after": 0 })).await;
        assert_eq!(none.body, json!({ "items": [], "next": 0 }));
        let streams = Arc::new(Streams::default());
        let mut stream = streams.open(&own.id).unwrap();
        assert_eq!(stream.next().await.unwrap(), News::Published(0).to_string());
        let path = format!("/units/{}/asks/{}/answer", east_school.id, items[0]["id"].as_str().unwrap());
        let answer = json!({ "decision": "done", "note": "Đã mở cho cấp THCS." });
        assert_eq!(editor.post(&path, answer.clone()).await.status, 204);
        assert_eq!(editor.post(&path, answer).await.code(), "answered-already");
        // The stream that another instance holds hears of it by that instance's look into the database.
        let last = news::follow_once(&bench.storage, &streams, 0).await.unwrap();
        assert_eq!(stream.next().await.unwrap(), News::Answered.to_string());
        assert_eq!(news::follow_once(&bench.storage, &streams, last).await.unwrap(), last);
        let told = own.send(Kind::Answers, 2, &json!({ "v": 1, "after": 0 })).await;
        assert_eq!(told.body["items"][0]["note"], "Đã mở cho cấp THCS.", "{}", told.body);
        assert_eq!((&told.body["items"][0]["id"], &told.body["next"]), (&asked.body["id"], &json!(last)));
        let rest = own.send(Kind::Answers, 3, &json!({ "v": 1, "after": last })).await;
        assert_eq!(rest.body["items"], json!([]));
    }

    async fn boxes_in_trouble_stand_first(bench: Bench) {
        let Tree { root, east, west, east_school, west_school } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let well = joined(&bench, &operator, &east_school.id, 1).await;
        let ill = joined(&bench, &operator, &west_school.id, 2).await;
        let third = bench.add(&east, "school", "E2").await;
        let silent = joined(&bench, &operator, &third.id, 3).await;
        bench.later(27 * 3_600);
        let operator = bench.signed_in("op").await;
        assert_eq!(well.send(Kind::Fleet, 1, &report()).await.status, 204);
        let mut bad = report();
        bad["refused"] = json!("rollback");
        assert_eq!(ill.send(Kind::Fleet, 1, &bad).await.status, 204);
        let all = operator.get(&format!("/units/{}/boxes", root.id)).await;
        let order: Vec<_> = all.body["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(order, [&silent.id, &ill.id, &well.id]);
        assert_eq!((&all.body["items"][0]["silent"], &all.body["items"][2]["trouble"]), (&json!(true), &json!(0)));
        assert_eq!(all.body["items"][1]["status"]["refused"], "rollback");
        let mut paged = Vec::new();
        let mut after = String::new();
        loop {
            let page = operator.get(&format!("/units/{}/boxes?limit=1{after}", root.id)).await;
            paged.extend(page.body["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            match page.body["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(paged, order);
        let trouble = operator.get(&format!("/units/{}/boxes?trouble=true", west.id)).await;
        assert_eq!(trouble.body["items"].as_array().unwrap().len(), 1);
        let found = operator.get(&format!("/units/{}/boxes?search=e1&program=0.1.0", root.id)).await;
        assert_eq!(found.body["items"][0]["id"], well.id.as_str());
        assert_eq!(operator.get(&format!("/units/{}/boxes?after=x", root.id)).await.code(), "bad-request");
    }

    async fn what_one_instance_publishes_every_stream_hears(bench: Bench) {
        let streams = Arc::new(Streams::default());
        let mut stream = streams.open("box").unwrap();
        assert_eq!(stream.next().await.unwrap(), News::Published(0).to_string());
        news::announce(&bench.instance().await, 7).await.unwrap();
        news::announce(&bench.storage, 5).await.unwrap();
        news::follow_once(&bench.storage, &streams, 0).await.unwrap();
        assert_eq!(stream.next().await.unwrap(), News::Published(7).to_string());
        // A box that connects again has one stream, not two.
        let mut second = streams.open("box").unwrap();
        assert_eq!(second.next().await.unwrap(), News::Published(7).to_string());
        assert_eq!(stream.next().await, None);
        drop(stream);
        assert_eq!(streams.count(), 1);
        drop(second);
        assert_eq!(streams.count(), 0);
    }

    async fn the_stream_is_for_boxes_that_joined(bench: Bench) {
        let Tree { root, east_school, .. } = bench.tree().await;
        publish(&bench);
        bench.account("op", &[Role::Operator], &root).await;
        let operator = bench.signed_in("op").await;
        let own = joined(&bench, &operator, &east_school.id, 1).await;
        let open = |signature: String| {
            let request = Request::get("/box/v1/events")
                .header(upload::BOX, &own.id).header(upload::NUMBER, 1).header(upload::SIGNATURE, signature);
            let mut request = request.body(Body::empty()).unwrap();
            request.extensions_mut().insert(lachan_hub::web::Peer(own.browser.address));
            tower::ServiceExt::oneshot(own.browser.router.clone(), request)
        };
        let refused = open(sign(&key(9), &own.id, Kind::Events, 1, b"")).await.unwrap();
        assert_eq!(refused.status(), 401);
        let opened = open(sign(&own.key, &own.id, Kind::Events, 1, b"")).await.unwrap();
        assert_eq!((opened.status().as_u16(), opened.headers()["content-type"].to_str().unwrap()), (200, "text/event-stream"));
        let mut body = opened.into_body();
        let frame = http_body_util::BodyExt::frame(&mut body).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), News::Published(0).to_string());
    }

    async fn what_was_published_is_served_whole_and_in_parts(bench: Bench) {
        publish(&bench);
        let big: Vec<u8> = (0..200_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        fs::write(bench.folder.path().join("repository/big.list.zst"), &big).unwrap();
        fs::write(bench.folder.path().join("secret"), b"x").unwrap();
        let browser = bench.browser();
        let get = |path: &str, fields: &[(&str, String)]| {
            let mut request = Request::get(path.to_owned());
            for (name, value) in fields {
                request = request.header(*name, value);
            }
            let mut request = request.body(Body::empty()).unwrap();
            request.extensions_mut().insert(lachan_hub::web::Peer(browser.address));
            let router = browser.router.clone();
            async move {
                let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
                let (parts, body) = answer.into_parts();
                let bytes = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
                (parts.status.as_u16(), parts.headers, bytes)
            }
        };
        let (status, headers, bytes) = get("/repository/big.list.zst", &[]).await;
        assert_eq!((status, bytes.as_ref() == big), (200, true));
        let tag = headers["etag"].to_str().unwrap().to_owned();
        let (status, _, bytes) = get("/repository/big.list.zst", &[("if-none-match", tag.clone())]).await;
        assert_eq!((status, bytes.len()), (304, 0));
        let part = [("range", "bytes=150000-".to_owned()), ("if-range", tag)];
        let (status, headers, bytes) = get("/repository/big.list.zst", &part).await;
        assert_eq!((status, bytes.as_ref() == &big[150_000..]), (206, true));
        assert_eq!(headers["content-range"], "bytes 150000-199999/200000");
        let other = [("range", "bytes=150000-".to_owned()), ("if-range", "\"other\"".to_owned())];
        assert_eq!(get("/repository/big.list.zst", &other).await.0, 200);
        let behind = [("range", "bytes=200000-".to_owned())];
        assert_eq!(get("/repository/big.list.zst", &behind).await.0, 416);
        for path in ["/repository/../secret", "/repository/%2e%2e/secret", "/repository/metadata", "/repository/no", "/repository/"] {
            assert_eq!(get(path, &[]).await.0, 404, "{path}");
        }
        assert_eq!(bench.now.load(Ordering::SeqCst), crate::support::NOW);
    }
}
