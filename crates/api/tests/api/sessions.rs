//! Signing in: the first run, passwords, one-time codes, how sessions end, and what is refused.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::Method;
use lachan_store::AccountChange;
use lachan_web::{Role, TotpSecret};
use serde_json::json;

use crate::support::{Bench, CODE, DAY, NOW, PASSWORD, act, phone};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_code_makes_one_administrator_and_no_second() {
    let bench = Bench::new();
    let mut first = bench.from("10.0.0.7");
    let state = first.get("/session").await;
    assert_eq!(state.body["state"], "setup");
    assert_eq!(state.body["school"], "Trường THCS Lê Lợi");
    let wish = |code: &str| json!({ "code": code, "name": "an", "display_name": "Thầy An", "password": PASSWORD });
    let wrong = first.post("/setup/account", wish("aaaa-bbbb-cccc")).await;
    assert_eq!((wrong.status, wrong.code()), (403, "wrong-code"));
    let elsewhere = bench
        .from("10.6.0.7")
        .post("/setup/account", wish(CODE))
        .await;
    assert_eq!(elsewhere.code(), "wrong-side");
    let made = first.post("/setup/account", wish("ABCD EFGH JKMN")).await;
    assert_eq!(made.status, 200, "{:?}", made.body);
    assert_eq!(made.body["account"]["role"], "admin");
    first.keep(&made);
    assert_eq!(first.get("/accounts").await.status, 200);
    let again = bench
        .from("10.0.0.8")
        .post("/setup/account", wish(CODE))
        .await;
    assert_eq!((again.status, again.code()), (409, "set-up-already"));
    assert_eq!(
        bench.from("10.0.0.8").get("/session").await.body["state"],
        "signed-out"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_the_first_run_code_is_slowed() {
    let bench = Bench::new();
    let browser = bench.from("10.0.0.7");
    let wish = json!({ "code": "x", "name": "an", "display_name": "A", "password": PASSWORD });
    let mut codes = Vec::new();
    for _ in 0..6 {
        codes.push(browser.post("/setup/account", wish.clone()).await);
    }
    let last = codes.last().unwrap();
    assert_eq!((last.status, last.code()), (429, "too-many-attempts"));
    assert!(last.headers.contains_key("retry-after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_bound_and_the_id_is_not_stored() {
    let bench = Bench::with_admin();
    let mut browser = bench.from("10.0.0.7");
    let signed = browser.sign_in("AN ", PASSWORD).await;
    let cookie = signed.headers["set-cookie"].to_str().unwrap();
    for part in [
        "__Host-lachan=",
        "; Path=/",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Strict",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    assert_eq!(signed.body["state"], "signed-in");
    assert_eq!(browser.get("/account").await.body["name"], "an");
    // Each sign-in gets an id of its own, and the one before ends.
    let before = browser.clone();
    browser.sign_in("an", PASSWORD).await;
    assert_ne!(before.cookie, browser.cookie);
    assert_eq!(before.get("/account").await.code(), "signed-out");
    let out = browser.delete("/session", None).await;
    assert_eq!(out.status, 204);
    assert!(
        out.headers["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(browser.get("/account").await.code(), "signed-out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_guesses_at_once_are_no_more_than_five() {
    let bench = Bench::with_admin();
    let guesser = bench.from("10.0.0.66");
    let guesses = (0..60).map(|number| {
        let wish = json!({ "name": "an", "password": format!("wrong password {number}") });
        let guesser = &guesser;
        async move { guesser.post("/session", wish).await.status }
    });
    let answers = futures_util::future::join_all(guesses).await;
    let guessed = answers.iter().filter(|status| **status == 401).count();
    assert_eq!(guessed, 5, "{answers:?}");
    assert!(
        answers
            .iter()
            .all(|status| [401, 429, 503].contains(status))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_in_flight_does_not_survive_a_new_password() {
    let bench = Bench::with_admin();
    let (an, secrets) = bench
        .store
        .reader()
        .unwrap()
        .account_named("an")
        .unwrap()
        .unwrap();
    // She proved herself by the old password; before her session begins it is changed.
    let hash = lachan_store::SessionHash([9; 32]);
    let set = bench
        .store
        .set_password(&act(), an.id, secrets.password, false, None);
    set.unwrap();
    let begin = |version| {
        bench
            .store
            .begin_session(an.id, version, hash, Some(NOW), None)
    };
    assert!(!begin(an.version).unwrap());
    assert!(begin(an.version + 1).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wrong_is_not_told_and_guessing_is_slowed() {
    let bench = Bench::with_admin();
    let mut guesser = bench.from("10.0.0.66");
    let unknown = guesser.sign_in("nobody", PASSWORD).await;
    let wrong = guesser.sign_in("an", "wrong password").await;
    assert_eq!(unknown.body, wrong.body);
    assert_eq!((wrong.status, wrong.code()), (401, "wrong-credentials"));
    for _ in 0..4 {
        guesser.sign_in("an", "wrong password").await;
    }
    let locked = guesser.sign_in("an", PASSWORD).await;
    assert_eq!((locked.status, locked.code()), (429, "too-many-attempts"));
    // Nobody locks out the owner by typing her name.
    assert_eq!(
        bench.from("10.0.0.7").sign_in("an", PASSWORD).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sides_hold_at_the_door_and_after_it() {
    let bench = Bench::with_admin();
    bench.account("lan", Role::Teacher, &[]);
    for (name, address, status) in [
        ("an", "10.0.0.7", 200),
        ("an", "10.1.0.7", 403),
        ("an", "10.6.0.7", 403),
        ("lan", "10.1.0.7", 200),
        ("lan", "10.6.0.7", 403),
    ] {
        let answer = bench.from(address).sign_in(name, PASSWORD).await;
        assert_eq!(
            answer.status, status,
            "{name} from {address}: {:?}",
            answer.body
        );
    }
    let mut stolen = bench.signed_in("an").await;
    stolen.address = "10.6.0.9".parse().unwrap();
    assert_eq!(stolen.get("/accounts").await.code(), "wrong-side");
    assert_eq!(stolen.get("/session").await.body["state"], "signed-out");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_time_codes_are_asked_for_and_hold_once() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let offer = admin.post("/account/totp", json!({})).await;
    assert!(
        offer.body["qr_svg"].as_str().unwrap().starts_with("<svg"),
        "{:?}",
        offer.body
    );
    let text = offer.body["secret"].as_str().unwrap();
    let bytes = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).unwrap();
    let secret = TotpSecret::from_bytes(bytes);
    let wrong = admin
        .post("/account/totp/confirm", json!({ "code": "0" }))
        .await;
    assert_eq!((wrong.status, wrong.code()), (422, "bad-field"));
    let code = phone(&secret, NOW);
    let confirmed = admin
        .post("/account/totp/confirm", json!({ "code": code }))
        .await;
    assert_eq!(confirmed.body["totp"], true, "{:?}", confirmed.body);

    let mut browser = bench.from("10.0.0.8");
    assert_eq!(
        browser.sign_in("an", PASSWORD).await.code(),
        "totp-required"
    );
    let with = |code: String| json!({ "name": "an", "password": PASSWORD, "totp": code });
    // The code that confirmed was taken.
    let again = browser.post("/session", with(code)).await;
    assert_eq!((again.status, again.code()), (401, "wrong-credentials"));
    assert_eq!(again.body["fields"][0]["field"], "totp");
    bench.at(NOW + 60);
    let code = phone(&secret, NOW + 60);
    assert_eq!(
        browser.post("/session", with(code.clone())).await.status,
        200
    );
    assert_eq!(browser.post("/session", with(code)).await.status, 401);
    bench.at(0);
    let timeless = browser.post("/session", with("123456".into())).await;
    assert_eq!(timeless.code(), "clock-unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn pupils_networks_neither_learn_of_a_password_nor_lock_a_name() {
    let bench = Bench::with_admin();
    for password in [PASSWORD, "wrong password"] {
        let told = bench.from("10.6.0.7").sign_in("an", password).await;
        assert_eq!((told.status, told.code()), (403, "wrong-side"));
    }
    // More than lock an account, of many devices.
    for device in 0..40 {
        let mut pupil = bench.from(&format!("10.6.1.{device}"));
        let told = pupil.sign_in("an", "wrong password").await;
        assert_eq!(told.code(), "wrong-side", "{device}");
    }
    bench.signed_in("an").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_screen_does_not_give_the_second_step_away() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let confirm = async |at: i64| {
        bench.at(at);
        let offer = admin.post("/account/totp", json!({})).await;
        let text = offer.body["secret"].as_str().unwrap();
        let bytes = data_encoding::BASE32_NOPAD.decode(text.as_bytes());
        let secret = TotpSecret::from_bytes(bytes.unwrap());
        let code = json!({ "code": phone(&secret, at) });
        (secret, admin.post("/account/totp/confirm", code).await)
    };
    let (own, set) = confirm(NOW).await;
    assert_eq!(set.body["totp"], true, "{:?}", set.body);
    let (_, second) = confirm(NOW + 60).await;
    assert_eq!((second.status, second.code()), (409, "totp-on"));
    // Hers still signs in.
    let form = json!({ "name": "an", "password": PASSWORD, "totp": phone(&own, NOW + 60) });
    let signed = bench.from("10.0.0.8").post("/session", form).await;
    assert_eq!(signed.status, 200, "{:?}", signed.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_flat_network_administrators_set_up_codes_first() {
    let bench = Bench::with_admin();
    bench.account("lan", Role::Teacher, &[]);
    bench.turns.is_flat.store(true, Ordering::SeqCst);
    let mut admin = bench.from("10.0.0.7");
    let signed = admin.sign_in("an", PASSWORD).await;
    assert_eq!(
        (&signed.body["totp_required"], &signed.body["flat_network"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(admin.get("/accounts").await.code(), "totp-setup-required");
    assert_eq!(admin.get("/account").await.status, 200);
    let teacher = bench.from("10.1.0.7").sign_in("lan", PASSWORD).await;
    assert_eq!(teacher.body["totp_required"], false);
    // Without a clock no code could be proved: she is let in to set it.
    bench.at(0);
    assert_eq!(admin.get("/accounts").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_accounts_end() {
    let bench = Bench::with_admin();
    bench.account("thanh", Role::Inspector, &[]);
    let inspector = bench.signed_in("thanh").await;
    let admin = bench.signed_in("an").await;
    bench.at(NOW + 3_600);
    assert_eq!(admin.get("/account").await.status, 200);
    bench.at(NOW + 3 * 3_600 + 1);
    assert_eq!(admin.get("/account").await.code(), "signed-out");
    for hours in (0..7 * 24).step_by(24) {
        bench.at(NOW + hours * 3_600);
        assert_eq!(inspector.get("/account").await.status, 200, "{hours}");
    }
    bench.at(NOW + 7 * DAY);
    assert_eq!(inspector.get("/account").await.code(), "signed-out");
    let fresh = bench.signed_in("thanh").await;
    bench.at(NOW + 7 * DAY + 60);
    // A clock that goes back makes no session of last year young.
    bench.at(NOW - 30 * DAY);
    assert_eq!(fresh.get("/account").await.code(), "signed-out");
    bench.at(NOW + 30 * DAY);
    let ended = bench.from("10.0.0.7").sign_in("thanh", PASSWORD).await;
    assert_eq!(ended.code(), "wrong-credentials");
    // What has an end has ended while nobody knows the time.
    bench.at(0);
    let ended = bench.from("10.0.0.8").sign_in("thanh", PASSWORD).await;
    assert_eq!(ended.code(), "wrong-credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_role_holds_at_the_next_request() {
    let bench = Bench::with_admin();
    let id = bench.account("binh", Role::Admin, &[]);
    let binh = bench.signed_in("binh").await;
    assert_eq!(binh.get("/accounts").await.status, 200);
    let change = AccountChange {
        role: Some("teacher".into()),
        ..AccountChange::default()
    };
    bench.store.change_account(&act(), id, 1, change).unwrap();
    assert_eq!(binh.get("/accounts").await.code(), "not-allowed");
    bench.store.remove_account(&act(), id, 2).unwrap();
    assert_eq!(binh.get("/accounts").await.code(), "signed-out");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_changes_nothing_and_reads_nothing() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let cookie = admin.cookie.clone().unwrap();
    let request = |headers: &[(&str, &str)]| {
        let mut request = axum::http::Request::builder()
            .method(Method::POST)
            .uri("/api/v1/accounts")
            .header("cookie", &cookie)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::from("{}")).unwrap()
    };
    for headers in [
        &[
            ("host", "10.0.0.1"),
            ("origin", "https://evil.example"),
            ("x-lachan", "1"),
        ][..],
        &[("host", "10.0.0.1"), ("origin", "https://10.0.0.1")],
        &[("host", "10.0.0.1"), ("x-lachan", "1")],
        &[
            ("host", "10.0.0.1"),
            ("sec-fetch-site", "cross-site"),
            ("x-lachan", "1"),
        ],
        &[
            ("host", "evil.example"),
            ("origin", "https://evil.example"),
            ("x-lachan", "1"),
        ],
    ] {
        let answer = admin.send(request(headers)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (403, "wrong-origin"),
            "{headers:?}"
        );
    }
    let answer = admin.get("/session").await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"));
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_told_in_the_reader_s_language() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    let send = |body: &'static str, kind: &'static str| {
        let request = admin
            .request(Method::POST, "/accounts")
            .header("content-type", kind);
        admin.send(
            request
                .header("accept-language", "en")
                .body(Body::from(body))
                .unwrap(),
        )
    };
    for (body, kind, status, code) in [
        ("{}", "text/plain", 415, "wrong-media-type"),
        ("{", "application/json", 400, "bad-request"),
        (
            r#"{"x":1}"#,
            "application/json; charset=utf-8",
            400,
            "bad-request",
        ),
        (
            r#"{"name":"l","display_name":"L","role":"teacher"}"#,
            "application/json",
            422,
            "bad-field",
        ),
        (
            r#"{"name":"lan","display_name":"L","role":"boss"}"#,
            "application/json",
            400,
            "bad-request",
        ),
    ] {
        let answer = send(body, kind).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{body}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let long = format!("\"{}\"", "x".repeat(70_000));
    let request = admin
        .request(Method::POST, "/accounts")
        .header("content-type", "application/json");
    let answer = admin.send(request.body(Body::from(long)).unwrap()).await;
    assert_eq!((answer.status, answer.code()), (413, "too-long"));
    assert_eq!(answer.body["title"], "Yêu cầu quá dài");
    // The account's language comes before the browser's; who is not signed in has only the latter.
    let signed_in = send("{", "application/json").await;
    assert_eq!(signed_in.body["title"], "Yêu cầu không đọc được");
    let stranger = bench.from("10.0.0.9");
    let request = stranger
        .request(Method::POST, "/session")
        .header("accept-language", "en");
    let request = request
        .header("content-type", "application/json")
        .body(Body::from("{"));
    let english = stranger.send(request.unwrap()).await;
    assert_eq!(english.body["title"], "The request cannot be read");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_flood_the_box() {
    let bench = Bench::with_admin();
    let browser = bench.from("10.6.0.9");
    let mut last = 200;
    for _ in 0..400 {
        last = browser.get("/session").await.status;
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    assert_eq!(bench.from("10.6.0.10").get("/session").await.status, 200);
}
