//! No leak across roles and parts of the tree: every route of the document, asked by every role about its own unit, one
//! below and one elsewhere. The table is written by hand, on purpose: it does not know the server's.

use std::collections::BTreeSet;

use axum::http::Method;
use lachan_hub::accounts::{self, AccountChange};
use lachan_hub::audit::{Act, Standing};
use lachan_hub::role::{Role, Roles};
use lachan_hub::storage::{Failed, StorageError};
use lachan_hub::units;
use lachan_hub::web::document;
use serde_json::{Value, json};

use crate::support::{Bench, Browser, Tree, both};

/// Method, path, and who may: `*` anybody, `+` whoever is signed in, else the letters of aDministrator, Editor,
/// aPprover, Operator, aNalyst, Intake, Viewer.
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
    ("GET", "/kinds", "+"),
    ("PUT", "/kinds/{kind}", "D"),
    ("GET", "/units/{unit}", "+"),
    ("PATCH", "/units/{unit}", "D"),
    ("GET", "/units/{unit}/children", "+"),
    ("POST", "/units/{unit}/children", "D"),
    ("GET", "/units/{unit}/below", "+"),
    ("GET", "/units/{unit}/history", "+"),
    ("POST", "/units/{unit}/move", "D"),
    ("POST", "/units/{unit}/merge", "D"),
    ("GET", "/units/{unit}/accounts", "D"),
    ("POST", "/units/{unit}/accounts", "D"),
    ("PATCH", "/units/{unit}/accounts/{account}", "D"),
    ("DELETE", "/units/{unit}/accounts/{account}", "D"),
    ("POST", "/units/{unit}/accounts/{account}/password", "D"),
    ("GET", "/units/{unit}/audit", "DPO"),
    ("POST", "/units/{unit}/audit/check", "DPO"),
    ("GET", "/units/{unit}/codes", "O"),
    ("POST", "/units/{unit}/codes", "O"),
    ("DELETE", "/units/{unit}/codes/{code}", "O"),
    ("GET", "/units/{unit}/boxes", "OV"),
    ("DELETE", "/units/{unit}/boxes/{box}", "O"),
    ("GET", "/units/{unit}/asks", "EPI"),
    ("POST", "/units/{unit}/asks/{ask}/answer", "EI"),
];

/// Routes that concern the whole tree.
const EVERYWHERE: &[(&str, &str)] = &[("PUT", "/kinds/{kind}")];

const fn letter(role: Role) -> char {
    match role {
        Role::Administrator => 'D',
        Role::Editor => 'E',
        Role::Approver => 'P',
        Role::Operator => 'O',
        Role::Analyst => 'N',
        Role::Intake => 'I',
        Role::Viewer => 'V',
    }
}

fn filled(path: &str, unit: &str) -> String {
    path.replace("{unit}", unit)
        .replace("{account}", "no-such-account")
        .replace("{kind}", "no-such-kind")
        .replace("{box}", "no-such-box")
        .replace("{code}", "no-such-code")
        .replace("{ask}", "no-such-ask")
}

async fn ask(browser: &Browser, method: &str, path: &str) -> (u16, String) {
    let method: Method = method.parse().unwrap();
    // What is wrong in the body is told only to whoever may write at all.
    let body = (!method.is_safe()).then(|| json!({ "no": "such field" }));
    let answer = browser.ask(method, path, body, Some(1)).await;
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

both! {
    async fn what_lies_above_one_s_part_is_not_told(bench: Bench) {
        let Tree { root, east, east_school, .. } = bench.tree().await;
        bench.account("an", &[Role::Viewer], &east).await;
        bench.account("binh", &[Role::Viewer], &root).await;
        let above = async |browser: &Browser, unit: &str| {
            let told = browser.get(&format!("/units/{unit}")).await;
            let above = told.body["above"].as_array().unwrap().clone();
            above.iter().map(|above| above["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (an, binh) = (bench.signed_in("an").await, bench.signed_in("binh").await);
        assert_eq!(above(&an, &east_school.id).await, std::slice::from_ref(&east.id));
        assert!(above(&an, &east.id).await.is_empty());
        assert_eq!(above(&binh, &east_school.id).await, [east.id.clone(), root.id.clone()]);
    }

    async fn a_zero_byte_is_refused_early(bench: Bench) {
        bench.tree().await;
        let admin = bench.signed_in_at_root().await;
        for path in ["/units/a%00b", "/units/a/below?search=%00"] {
            let refused = admin.get(path).await;
            assert_eq!((refused.status, refused.code()), (400, "bad-request"), "{path}");
        }
        let refused = bench.browser().sign_in("a\0b", "mật khẩu", "").await;
        assert_eq!((refused.status, refused.code()), (400, "bad-request"));
    }

    async fn whoever_was_cut_short_meanwhile_changes_nothing(bench: Bench) {
        let Tree { root, east, west, .. } = bench.tree().await;
        let an = bench.account("an", &[Role::Administrator], &east).await;
        // Her request passed the guard; then it waits for the database.
        let begin = async |session: &str| {
            let (an, _) = accounts::one(&bench.storage, &an.unit, &an.id).await.unwrap().unwrap();
            accounts::begin_session(&bench.storage, &an, session, None, bench.later(0), 0).await.unwrap();
            let standing = Standing { session: session.to_owned(), unit: east.id.clone(), version: an.version };
            Act { account: an.id, standing: Some(standing), ..bench.act() }
        };
        let add = async |act: &Act, under: &str, code: &str| {
            let made = units::add(&bench.storage, act, under, Bench::unit("school", code, code)).await;
            match made {
                Ok(_) => true,
                Err(Failed::Storage(StorageError::Outdated)) => false,
                other => panic!("{other:?}"),
            }
        };
        let act = begin("one").await;
        assert!(add(&act, &east.id, "N1").await);
        assert!(!add(&act, &west.id, "N2").await, "not her part");
        accounts::end_session(&bench.storage, "one").await.unwrap();
        assert!(!add(&act, &east.id, "N3").await, "signed out");
        let act = begin("two").await;
        let change = AccountChange { roles: Some(Roles::new(&[Role::Viewer]).unwrap()), ..AccountChange::default() };
        let version = act.standing.as_ref().unwrap().version;
        accounts::change(&bench.storage, &bench.act(), &east.id, &an.id, version, change).await.unwrap();
        assert!(!add(&act, &east.id, "N4").await, "of other roles");
        let act = begin("three").await;
        let change = AccountChange { until: Some(Some(act.at)), ..AccountChange::default() };
        accounts::change(&bench.storage, &bench.act(), &east.id, &an.id, version + 1, change).await.unwrap();
        assert!(!add(&act, &east.id, "N5").await, "ended");
        let children = units::children(&bench.storage, &east.id, true).await.unwrap();
        assert_eq!(children.len(), 2);
        assert!(units::is_within(&bench.storage, &east.id, &root.id).await.unwrap());
    }

    async fn nobody_gets_what_is_another_role_s_or_another_part_s(bench: Bench) {
        let Tree { root, east, west, east_school, .. } = bench.tree().await;
        for role in Role::ALL {
            bench.account(role.id(), &[role], &east).await;
        }
        let places = [("own", &east.id, true), ("below", &east_school.id, true), ("above", &root.id, false), ("beside", &west.id, false)];
        for role in Role::ALL {
            let session = bench.signed_in(role.id()).await;
            for (method, path, who) in TABLE {
                if (*method, *path) == ("DELETE", "/session") {
                    continue;
                }
                let is_scoped = path.contains("{unit}");
                for (place, unit, is_within) in places {
                    // One address may ask only so often.
                    let browser = Browser { address: bench.browser().address, ..session.clone() };
                    let (status, code) = ask(&browser, method, &filled(path, unit)).await;
                    let what = format!("{method} {path} by {} about {place}: {status} {code}", role.id());
                    let may = *who == "+" || who.contains(letter(role));
                    if *who == "*" {
                        assert!(!["not-allowed", "signed-out", "out-of-scope"].contains(&code.as_str()), "{what}");
                    } else if !may {
                        assert_eq!((status, code.as_str()), (403, "not-allowed"), "{what}");
                    } else if (is_scoped && !is_within) || EVERYWHERE.contains(&(method, path)) {
                        assert_eq!((status, code.as_str()), (403, "out-of-scope"), "{what}");
                    } else {
                        assert!(![401, 403].contains(&status) || code == "wrong-credentials", "{what}");
                        assert!(status < 500, "{what}");
                    }
                    if !is_scoped {
                        break;
                    }
                }
            }
            let ended = ask(&session, "DELETE", "/session").await;
            assert_eq!(ended.0, 204);
        }
    }

    async fn a_stranger_gets_nothing(bench: Bench) {
        let Tree { east, .. } = bench.tree().await;
        for (method, path, who) in TABLE {
            let (status, code) = ask(&bench.browser(), method, &filled(path, &east.id)).await;
            if *who == "*" {
                assert_ne!(code, "signed-out", "{method} {path}");
            } else {
                assert_eq!((status, code.as_str()), (401, "signed-out"), "{method} {path}");
            }
        }
        assert_eq!(bench.browser().get("/no/such/thing").await.code(), "not-found");
    }

    async fn nothing_is_moved_into_or_out_of_another_part(bench: Bench) {
        let Tree { east, west, east_school, west_school, .. } = bench.tree().await;
        bench.account("east", &[Role::Administrator], &east).await;
        let admin = bench.signed_in("east").await;
        let to = |unit: &str| json!({ "unit": unit });
        let path = |unit: &str, what: &str| format!("/units/{unit}/{what}");
        for (unit, what, target) in [
            (&east_school.id, "move", &west.id),
            (&east_school.id, "merge", &west_school.id),
            (&west_school.id, "move", &east.id),
            (&west_school.id, "merge", &east_school.id),
        ] {
            let refused = admin.ask(Method::POST, &path(unit, what), Some(to(target)), Some(1)).await;
            assert_eq!((refused.status, refused.code()), (403, "out-of-scope"), "{what}");
        }
        let whole = bench.signed_in_at_root().await;
        let moved = whole.ask(Method::POST, &path(&east_school.id, "move"), Some(to(&west.id)), Some(1)).await;
        assert_eq!(moved.status, 200, "{}", moved.body);
        // It is hers no more.
        assert_eq!(admin.get(&format!("/units/{}", east_school.id)).await.code(), "out-of-scope");
        let history = whole.get(&format!("/units/{}/history", east_school.id)).await;
        assert_eq!(history.body["places"].as_array().unwrap().len(), 2, "{}", history.body);
        let log = whole.get(&format!("/units/{}/audit", east_school.id)).await;
        assert_eq!(log.body["items"][0]["action"], "move-unit");
        let check = whole.post(&format!("/units/{}/audit/check", east_school.id), json!({})).await;
        assert_eq!(check.body["holds"], true);
    }
}
