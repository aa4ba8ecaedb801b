//! No leak across roles: every route of the document, asked by everybody from everywhere, and what
//! comes is what this table says. The table is written by hand, from API.md, on purpose: it does not
//! know the server's.

use std::collections::BTreeSet;

use axum::http::Method;
use lachan_api::document;
use lachan_web::Role;
use serde_json::{Value, json};

use crate::support::{Bench, Browser};

/// Method, path, and who may: `*` anybody, `+` whoever is signed in, else the first letters of
/// admin, teacher, counsellor, principal, inspector.
const TABLE: &[(&str, &str, &str)] = &[
    ("GET", "/session", "*"),
    ("POST", "/session", "*"),
    ("DELETE", "/session", "+"),
    ("POST", "/setup/account", "*"),
    ("GET", "/account", "+"),
    ("PATCH", "/account", "+"),
    ("POST", "/account/password", "+"),
    ("POST", "/account/totp", "+"),
    ("POST", "/account/totp/confirm", "+"),
    ("DELETE", "/account/totp", "+"),
    ("GET", "/accounts", "a"),
    ("POST", "/accounts", "a"),
    ("PATCH", "/accounts/{id}", "a"),
    ("DELETE", "/accounts/{id}", "a"),
    ("POST", "/accounts/{id}/password", "a"),
    ("GET", "/audit", "api"),
    ("POST", "/why", "at"),
    ("GET", "/groups", "+"),
    ("POST", "/groups", "a"),
    ("PUT", "/groups/{id}", "a"),
    ("DELETE", "/groups/{id}", "a"),
    ("POST", "/groups/check", "a"),
    ("GET", "/groups/{id}/tokens", "a"),
    ("POST", "/groups/{id}/tokens", "a"),
    ("DELETE", "/groups/{id}/tokens/{first}", "a"),
    ("GET", "/exceptions", "a"),
    ("POST", "/exceptions", "a"),
    ("DELETE", "/exceptions/{id}", "a"),
    ("GET", "/tiers", "+"),
    ("GET", "/categories", "+"),
    ("GET", "/services", "+"),
    ("PUT", "/services/{id}", "a"),
    ("GET", "/lists", "api"),
    ("POST", "/lists/trial", "a"),
    ("GET", "/lists/trial", "a"),
    ("DELETE", "/lists/trial", "a"),
    ("GET", "/safe-search", "+"),
    ("POST", "/safe-search/check", "at"),
    ("GET", "/blocks", "atp"),
    ("GET", "/blocks/names/{name}", "at"),
    ("GET", "/passes", "at"),
    ("POST", "/passes", "at"),
    ("DELETE", "/passes/{id}", "at"),
    ("GET", "/codes", "at"),
    ("POST", "/codes", "at"),
    ("GET", "/requests", "at"),
    ("POST", "/requests", "at"),
    ("POST", "/requests/{id}/answer", "at"),
    ("GET", "/reports", "c"),
    ("POST", "/reports/{id}/acknowledge", "c"),
    ("POST", "/reports/{id}/note", "c"),
    ("POST", "/reports/{id}/close", "c"),
    ("GET", "/alerts", "c"),
    ("GET", "/counsellor/key", "c"),
    ("PUT", "/counsellor/key", "c"),
    ("GET", "/overview", "+"),
    ("GET", "/live", "+"),
    ("GET", "/certificates", "a"),
    ("POST", "/certificates/web/renew", "a"),
    ("PUT", "/certificates/web", "a"),
    ("PUT", "/certificates/dns", "a"),
    ("DELETE", "/certificates/web", "a"),
    ("GET", "/certificates/inspection/{kind}", "a"),
    ("GET", "/settings", "a"),
    ("PUT", "/settings/school", "a"),
    ("PUT", "/settings/network", "a"),
    ("PUT", "/settings/dns", "a"),
    ("PUT", "/settings/dhcp", "a"),
    ("PUT", "/settings/proxy", "a"),
    ("PUT", "/settings/web", "a"),
    ("GET", "/settings/text", "a"),
    ("PUT", "/settings/text", "a"),
    ("POST", "/settings/check", "a"),
    ("POST", "/settings/undo", "a"),
    ("POST", "/settings/confirm", "a"),
    ("DELETE", "/settings/notice", "a"),
    ("GET", "/settings/interfaces", "a"),
    ("POST", "/settings/upstreams/test", "a"),
    ("GET", "/system/status", "a"),
    ("GET", "/system/doctor", "a"),
    ("GET", "/system/notice", "+"),
    ("GET", "/box", "a"),
    ("POST", "/box/backup", "a"),
    ("GET", "/box/backup/file", "a"),
    ("POST", "/box/restore/file", "a"),
    ("DELETE", "/box/restore/file", "a"),
    ("POST", "/box/restore/check", "a"),
    ("POST", "/box/restore", "a"),
    ("POST", "/box/restore/undo", "a"),
    ("POST", "/box/reset", "a"),
    ("POST", "/setup/restore/file", "*"),
    ("POST", "/setup/restore/check", "*"),
    ("POST", "/setup/restore", "*"),
];

/// By whom and from where.
const PLACES: [(&str, &str); 3] = [
    ("management", "10.0.0.9"),
    ("staff", "10.1.0.9"),
    ("pupils", "10.6.0.9"),
];

fn letter(role: Role) -> char {
    role.id().chars().next().unwrap()
}

/// Whether a role may work from a place at all.
fn works(role: Role, place: &str) -> bool {
    match place {
        "management" => true,
        "staff" => !matches!(role, Role::Admin | Role::Counsellor),
        _ => false,
    }
}

/// A path with something in its places.
fn filled(path: &str) -> String {
    path.replace("{id}", "4242")
        .replace("{name}", "fb88.com")
        .replace("{first}", "abcd")
        .replace("{kind}", "pem")
}

async fn ask(browser: &Browser<'_>, method: &str, path: &str) -> (u16, String) {
    let method: Method = method.parse().unwrap();
    // What is wrong in the body is told only to whoever may write at all.
    let body = (!method.is_safe()).then(|| json!({ "no": "such field" }));
    let answer = browser.ask(method, &filled(path), body, Some(1)).await;
    (answer.status, answer.code().to_owned())
}

#[test]
fn the_table_has_every_route() {
    let document: Value = serde_json::to_value(document()).unwrap();
    let mut served = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            served.insert((method.to_uppercase(), path.clone()));
        }
    }
    let known = TABLE
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(served, known.collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_what_is_another_role_s() {
    let bench = Bench::with_admin();
    for role in Role::ALL {
        bench.account(role.id(), role, &[]);
    }
    let mut sessions = Vec::new();
    for role in Role::ALL {
        sessions.push((role, bench.signed_in(role.id()).await));
    }
    // The route that ends the session is asked last.
    let (ending, others): (Vec<_>, Vec<_>) = TABLE
        .iter()
        .partition(|(method, path, _)| (*method, *path) == ("DELETE", "/session"));
    for (method, path, who) in others.into_iter().chain(ending) {
        for (place, address) in PLACES {
            let stranger = bench.from(address);
            let (status, code) = ask(&stranger, method, path).await;
            let what = format!("{method} {path} by nobody from {place}: {status} {code}");
            if who == "*" {
                assert_ne!(code, "signed-out", "{what}");
            } else {
                assert_eq!((status, code.as_str()), (401, "signed-out"), "{what}");
            }
        }
        for (role, session) in &sessions {
            // Management last: there an end of the session would be.
            for (place, address) in PLACES.into_iter().rev() {
                // Each from an address of her own, for one address may ask only so often.
                let host = 20 + Role::ALL.iter().position(|one| one == role).unwrap();
                let address = address.replace(".9", &format!(".{host}"));
                let browser = Browser {
                    address: address.parse().unwrap(),
                    ..session.clone()
                };
                let (status, code) = ask(&browser, method, path).await;
                let what = format!("{method} {path} by {role} from {place}: {status} {code}");
                let ends = (method, path) == ("DELETE", "/session");
                if who == "*" {
                    assert!(
                        !["not-allowed", "signed-out"].contains(&code.as_str()),
                        "{what}"
                    );
                } else if ends && place == "management" && !works(*role, "staff") {
                    assert_eq!(status, 204, "{what}");
                } else if ends && works(*role, place) {
                    // Ended from the staff side already, where she works from there too.
                    assert!(status == 204 || code == "signed-out", "{what}");
                } else if !works(*role, place) {
                    assert_eq!((status, code.as_str()), (403, "wrong-side"), "{what}");
                } else if who == "+" || who.contains(letter(*role)) {
                    assert!(![401, 403].contains(&status), "{what}");
                    assert!(status < 500, "{what}");
                } else {
                    assert_eq!((status, code.as_str()), (403, "not-allowed"), "{what}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_path_tells_nobody_anything() {
    let bench = Bench::with_admin();
    let admin = bench.signed_in("an").await;
    for browser in [bench.from("10.6.0.9"), admin] {
        assert_eq!(browser.get("/no/such/thing").await.code(), "not-found");
        let answer = browser.post("/audit", json!({})).await;
        assert_eq!((answer.status, answer.code()), (405, "method-not-allowed"));
    }
}
