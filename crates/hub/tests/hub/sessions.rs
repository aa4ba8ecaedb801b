//! Signing in: the first code, passwords, one-time codes, locks, ends; on any instance alike.

use axum::body::Body;
use axum::http::{Method, Request};
use data_encoding::BASE32_NOPAD;
use lachan_hub::accounts::AccountRefusal;
use lachan_hub::role::Role;
use lachan_hub::storage::Failed;
use lachan_hub::units;
use lachan_hub::{accounts, audit};
use serde_json::{Value, json};

use crate::support::{Bench, Browser, HOST, PASSWORD, Tree, both, phone};

async fn code(bench: &Bench) -> String {
    let code = accounts::first_code(&bench.storage, [9; 8]).await.unwrap();
    code.unwrap().as_str().to_owned()
}

fn first(code: &str) -> Value {
    json!({
        "code": code, "name": "an", "display_name": "Nguyễn An", "password": PASSWORD,
        "unit_name": "Sở Giáo dục tỉnh Mẫu", "unit_code": "P", "unit_kind": "province",
    })
}

both! {
    async fn the_first_account_is_made_once_by_the_code(bench: Bench) {
        let browser = bench.browser();
        assert_eq!(browser.get("/session").await.body["state"], "setup");
        let code = code(&bench).await;
        // Another instance shows the same code.
        let other = accounts::first_code(&bench.instance().await, [3; 8]).await.unwrap().unwrap();
        assert_eq!(other.as_str().replace('-', ""), code.replace('-', ""));
        let wrong = browser.post("/setup/account", first("aaaa-bbbb-cccc")).await;
        assert_eq!((wrong.status, wrong.code()), (403, "wrong-code"));
        let kind = json!({ "unit_kind": "kingdom" });
        let mut bad = first(&code);
        bad["unit_kind"] = kind["unit_kind"].clone();
        assert_eq!(browser.post("/setup/account", bad).await.body["fields"][0]["field"], "kind");
        let made = browser.post("/setup/account", first(&code)).await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!((&made.body["state"], &made.body["totp_required"]), (&json!("signed-in"), &json!(true)));
        assert_eq!(made.body["account"]["roles"], json!(["administrator"]));
        assert_eq!(made.body["unit"]["name"], "Sở Giáo dục tỉnh Mẫu");
        let again = bench.browser().post("/setup/account", first(&code)).await;
        assert_eq!((again.status, again.code()), (409, "set-up-already"));
        assert!(accounts::first_code(&bench.storage, [1; 8]).await.unwrap().is_none());
        assert_eq!(units::root(&bench.storage).await.unwrap().unwrap().code, "P");
    }

    async fn whoever_changes_things_sets_up_one_time_codes_first(bench: Bench) {
        let browser = bench.browser();
        let made = browser.post("/setup/account", first(&code(&bench).await)).await;
        let root = made.body["unit"]["id"].as_str().unwrap().to_owned();
        let path = format!("/units/{root}/accounts");
        assert_eq!(browser.get(&path).await.code(), "totp-setup-required");
        let offer = browser.post("/account/totp", json!({})).await;
        let secret = BASE32_NOPAD.decode(offer.body["secret"].as_str().unwrap().as_bytes()).unwrap();
        assert!(offer.body["qr_svg"].as_str().unwrap().starts_with("<svg"));
        // The other instance confirms what this one offered.
        let elsewhere = Browser { router: bench.other_router().await, ..browser.clone() };
        let wrong = elsewhere.post("/account/totp/confirm", json!({ "code": "1" })).await;
        assert_eq!(wrong.body["fields"][0]["code"], "wrong-code");
        let now = bench.later(0);
        let confirmed = elsewhere.post("/account/totp/confirm", json!({ "code": phone(&secret, now) })).await;
        assert_eq!(confirmed.body["totp"], true, "{}", confirmed.body);
        assert_eq!(browser.get(&path).await.status, 200);
        // From now on a code is asked for, and none holds twice.
        let fresh = bench.browser();
        assert_eq!(fresh.sign_in("an", PASSWORD, "").await.code(), "totp-required");
        let used = fresh.sign_in("an", PASSWORD, &phone(&secret, now)).await;
        assert_eq!((used.status, used.code()), (401, "wrong-credentials"));
        let now = bench.later(30);
        assert_eq!(fresh.sign_in("an", PASSWORD, &phone(&secret, now)).await.status, 200);
        let end = json!({ "password": "sai mật khẩu rồi" });
        let ended = fresh.ask(Method::DELETE, "/account/totp", Some(end), None).await;
        assert_eq!(ended.code(), "wrong-credentials");
        // Neither the password alone takes the codes away, nor a wrong code with it.
        for (totp, code) in [(Value::Null, "totp-required"), (json!("000"), "wrong-credentials")] {
            let end = json!({ "password": PASSWORD, "totp": totp });
            let refused = fresh.ask(Method::DELETE, "/account/totp", Some(end), None).await;
            assert_eq!((refused.status, refused.code()), (401, code));
        }
        // Nobody's confirmation takes the place of a phone that counts.
        let whose = units::root(&bench.storage).await.unwrap().unwrap().id;
        let (an, _) = accounts::named(&bench.storage, "an").await.unwrap().unwrap();
        let second = accounts::set_totp(&bench.storage, &bench.act(), &whose, &an.id, Some((vec![1; 20], 0))).await;
        assert!(matches!(second, Err(Failed::Refused(AccountRefusal::TotpOn))));
        let now = bench.later(30);
        let end = json!({ "password": PASSWORD, "totp": phone(&secret, now) });
        assert_eq!(fresh.ask(Method::DELETE, "/account/totp", Some(end), None).await.status, 204);
        assert_eq!(fresh.get(&path).await.code(), "totp-setup-required");
    }

    async fn a_session_holds_on_every_instance_and_ends_for_all(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        bench.account("binh", &[Role::Viewer], &root).await;
        let here = bench.signed_in("binh").await;
        let there = Browser { router: bench.other_router().await, ..here.clone() };
        assert_eq!(there.get("/account").await.body["name"], "binh");
        bench.later(7_100);
        assert_eq!(there.get("/account").await.status, 200);
        bench.later(7_300);
        assert_eq!(here.get("/account").await.code(), "signed-out");
        let again = bench.signed_in("binh").await;
        for _ in 0..6 {
            bench.later(7_100);
            assert_eq!(again.get("/account").await.status, 200);
        }
        bench.later(1_000);
        assert_eq!(again.get("/account").await.code(), "signed-out", "after twelve hours");
        let out = bench.signed_in("binh").await;
        let kept = out.cookie.lock().unwrap().clone();
        assert_eq!(out.ask(Method::DELETE, "/session", None, None).await.status, 204);
        *out.cookie.lock().unwrap() = kept;
        assert_eq!(out.get("/account").await.code(), "signed-out");
    }

    async fn guessing_is_slowed_and_tells_nothing(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        bench.account("binh", &[Role::Viewer], &root).await;
        let browser = bench.browser();
        for name in ["binh", "nobody"] {
            let wrong = browser.sign_in(name, "sai mật khẩu rồi", "").await;
            assert_eq!((wrong.status, wrong.code()), (401, "wrong-credentials"));
        }
        for _ in 0..4 {
            browser.sign_in("binh", "sai mật khẩu rồi", "").await;
        }
        let locked = browser.sign_in("binh", PASSWORD, "").await;
        assert_eq!((locked.status, locked.code()), (429, "too-many-attempts"));
        assert!(locked.headers.contains_key("retry-after"));
        // Another place is not locked by it.
        assert_eq!(bench.browser().sign_in("binh", PASSWORD, "").await.status, 200);
    }

    async fn a_thousand_guesses_at_once_are_no_more_than_five(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        bench.account("binh", &[Role::Viewer], &root).await;
        let browser = bench.browser();
        let guesses = (0..60).map(|number| {
            let browser = browser.clone();
            async move { browser.sign_in("binh", &format!("sai mật khẩu rồi {number}"), "").await.status }
        });
        let answers = futures_util::future::join_all(guesses).await;
        let guessed = answers.iter().filter(|status| **status == 401).count();
        assert_eq!(guessed, 5, "{answers:?}");
        assert!(answers.iter().all(|status| [401, 429].contains(status)));
        // The same of the password that an open screen is asked for.
        let signed = bench.signed_in("binh").await;
        let guesses = (0..60).map(|number| {
            let browser = signed.clone();
            let change = json!({ "old": format!("sai mật khẩu rồi {number}"), "new": "một câu khác hẳn" });
            async move { browser.post("/account/password", change).await.status }
        });
        let answers = futures_util::future::join_all(guesses).await;
        assert_eq!(answers.iter().filter(|status| **status == 401).count(), 5, "{answers:?}");
    }

    async fn whoever_has_the_password_guesses_few_codes(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        let op = bench.account("op", &[Role::Operator], &root).await;
        let other = bench.other_router().await;
        // From everywhere at once, on two instances.
        let guesses = (0..12).map(|number| {
            let mut browser = bench.browser();
            if number % 2 == 0 {
                browser.router = other.clone();
            }
            async move { browser.sign_in("op", PASSWORD, "000").await.status }
        });
        let answers = futures_util::future::join_all(guesses).await;
        assert_eq!(answers.iter().filter(|status| **status == 401).count(), 5, "{answers:?}");
        let code = bench.code();
        let locked = bench.browser().sign_in("op", PASSWORD, &code).await;
        assert_eq!((locked.status, locked.code()), (429, "too-many-attempts"));
        assert!(locked.headers.contains_key("retry-after"));
        let log = audit::page(&bench.storage, &root.id, None, 5).await.unwrap();
        let locks: Vec<_> = log.iter().filter(|entry| entry.action == "lock-codes").collect();
        assert_eq!((locks.len(), locks[0].subject.as_str()), (1, "op"));
        bench.later(61);
        // The lock is over, and one more wrong code begins a longer one.
        assert_eq!(bench.browser().sign_in("op", PASSWORD, "000").await.status, 401);
        bench.later(61);
        assert_eq!(bench.browser().sign_in("op", PASSWORD, &bench.code()).await.status, 429);
        bench.later(60);
        bench.signed_in("op").await;
        // It is forgotten now; and a new password ends a lock, for who guessed has it no more.
        for _ in 0..5 {
            assert_eq!(bench.browser().sign_in("op", PASSWORD, "000").await.status, 401);
        }
        let hash = accounts::one(&bench.storage, &root.id, &op.id).await.unwrap().unwrap().1.password;
        accounts::set_password(&bench.storage, &bench.act(), (&root.id, &op.id), &hash, false, None).await.unwrap();
        bench.signed_in("op").await;
    }

    async fn a_sign_in_in_flight_does_not_survive_a_new_password(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        let binh = bench.account("binh", &[Role::Viewer], &root).await;
        let (read, secrets) = accounts::one(&bench.storage, &root.id, &binh.id).await.unwrap().unwrap();
        // She proved herself by the old password; before her session begins it is changed.
        let whose = (root.id.as_str(), binh.id.as_str());
        let changed = accounts::set_password(&bench.storage, &bench.act(), whose, &secrets.password, false, None).await.unwrap();
        let now = bench.later(1);
        let begun = accounts::begin_session(&bench.storage, &read, "hash", None, now, 0).await.unwrap();
        assert!(!begun && accounts::session(&bench.storage, "hash").await.unwrap().is_none());
        assert!(accounts::begin_session(&bench.storage, &changed, "hash", None, now, 0).await.unwrap());
    }

    async fn a_password_for_once_ends_after_three_days(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        let admin = bench.signed_in_at_root().await;
        let path = format!("/units/{}/accounts", root.id);
        let wish = json!({ "name": "chi", "display_name": "Trần Chi", "roles": ["viewer"] });
        let made = admin.post(&path, wish).await;
        let password = made.body["password"].as_str().unwrap().to_owned();
        bench.later(72 * 3_600 - 60);
        assert_eq!(bench.browser().sign_in("chi", &password, "").await.status, 200);
        bench.later(60);
        assert_eq!(bench.browser().sign_in("chi", &password, "").await.code(), "wrong-credentials");
        // A new one begins its own three days.
        let admin = bench.signed_in("root").await;
        let id = made.body["account"]["id"].as_str().unwrap();
        let reset = admin.post(&format!("{path}/{id}/password"), json!({})).await;
        let password = reset.body["password"].as_str().unwrap().to_owned();
        assert_eq!(bench.browser().sign_in("chi", &password, "").await.status, 200);
    }

    async fn a_browser_that_signed_in_before_is_not_locked_out_by_strangers(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        bench.account("binh", &[Role::Viewer], &root).await;
        let browser = bench.browser();
        let signed = browser.sign_in("binh", PASSWORD, "").await;
        let cookies: Vec<_> = signed.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
        let known = cookies.iter().find(|one| one.starts_with("__Host-lachan-hub-device=")).unwrap();
        assert!(known.contains("; Secure; HttpOnly; SameSite=Strict"), "{known}");
        let known = known.split(';').next().unwrap().to_owned();
        // From forty places, until the name is locked for everybody.
        for _ in 0..40 {
            bench.browser().sign_in("binh", "sai mật khẩu rồi", "").await;
        }
        let stranger = bench.browser().sign_in("binh", PASSWORD, "").await;
        assert_eq!(stranger.code(), "too-many-attempts");
        // Her own browser is let in, from wherever she is.
        *browser.cookie.lock().unwrap() = Some(known.clone());
        let hers = Browser { address: bench.browser().address, ..browser };
        assert_eq!(hers.sign_in("binh", PASSWORD, "").await.status, 200);
        // But it guesses no more than others do.
        for number in 0..6 {
            *hers.cookie.lock().unwrap() = Some(known.clone());
            let guess = hers.sign_in("binh", "sai mật khẩu rồi", "").await;
            assert_eq!(guess.status, if number < 5 { 401 } else { 429 });
        }
    }

    async fn only_the_hub_s_own_page_and_names_are_heard(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        bench.account("binh", &[Role::Viewer], &root).await;
        let browser = bench.browser();
        let body = json!({ "name": "binh", "password": PASSWORD }).to_string();
        for (host, origin, ours, code) in [
            (HOST, "https://evil.example", "1", "wrong-origin"),
            (HOST, "https://hub.example.edu.vn", "0", "wrong-origin"),
            ("evil.example", "https://evil.example", "1", "wrong-origin"),
            ("10.0.0.1:8443", "https://10.0.0.1:8443", "1", ""),
        ] {
            let request = Request::post("/api/v1/session")
                .header("host", host).header("origin", origin).header("x-lachan", ours)
                .header("content-type", "application/json")
                .body(Body::from(body.clone())).unwrap();
            let answer = browser.send(request).await;
            assert_eq!(answer.code(), code, "{host} {origin} {ours}");
        }
        let answer = browser.get("/session").await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["x-frame-options"], "DENY");
        assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    }

    async fn problems_are_told_in_the_reader_s_language(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        bench.account("binh", &[Role::Viewer], &root).await;
        let browser = bench.signed_in("binh").await;
        let path = format!("/units/{}/accounts", root.id);
        assert_eq!(browser.get(&path).await.body["title"], "Tài khoản này không có quyền làm việc đó");
        let english = json!({ "language": "en" });
        assert_eq!(browser.ask(Method::PATCH, "/account", Some(english), None).await.status, 200);
        assert_eq!(browser.get(&path).await.body["title"], "This account may not do that");
        let unknown = json!({ "nickname": "b" });
        let told = browser.ask(Method::PATCH, "/account", Some(unknown), None).await;
        assert!(told.body["detail"].as_str().unwrap().contains("\"nickname\""), "{}", told.body);
    }
}
