//! Accounts: made and changed within a part of the tree.

use axum::http::Method;
use lachan_hub::audit;
use lachan_hub::role::Role;
use serde_json::json;

use crate::support::{PASSWORD, Tree, both};

both! {
    async fn an_account_is_made_with_a_password_for_once(bench: Bench) {
        let Tree { root, east, .. } = bench.tree().await;
        bench.account("an", &[Role::Administrator], &root).await;
        let admin = bench.signed_in("an").await;
        let path = format!("/units/{}/accounts", east.id);
        let wish = json!({ "name": "chi", "display_name": "Trần Chi", "roles": ["analyst", "viewer"] });
        let made = admin.post(&path, wish.clone()).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.body["account"]["unit"], east.id.as_str());
        let password = made.body["password"].as_str().unwrap().to_owned();
        let taken = admin.post(&path, wish).await;
        assert_eq!((taken.status, taken.code()), (409, "name-taken"));
        let chi = bench.browser();
        assert_eq!(chi.sign_in("chi", &password, "").await.body["account"]["must_change_password"], true);
        assert_eq!(chi.get(&format!("/units/{}", east.id)).await.code(), "password-change-required");
        let weak = json!({ "old": password, "new": "matkhau123" });
        assert_eq!(chi.post("/account/password", weak).await.body["fields"][0]["code"], "too-common");
        let new = json!({ "old": password, "new": PASSWORD });
        assert_eq!(chi.post("/account/password", new).await.status, 200);
        assert_eq!(chi.get(&format!("/units/{}", east.id)).await.body["unit"]["code"], "E");
        // A reset ends her sessions.
        let id = made.body["account"]["id"].as_str().unwrap();
        let reset = admin.post(&format!("{path}/{id}/password"), json!({})).await;
        assert_eq!(reset.status, 200);
        assert_eq!(chi.get("/account").await.code(), "signed-out");
        let log = audit::page(&bench.storage, &east.id, None, 3).await.unwrap();
        let actions: Vec<_> = log.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["set-password", "set-password", "add-account"]);
        assert!(log.iter().all(|entry| !entry.detail.contains(&password) && !entry.detail.contains("argon2")));
    }

    async fn the_last_administrator_of_the_hub_stays(bench: Bench) {
        let Tree { root, east, .. } = bench.tree().await;
        let an = bench.account("an", &[Role::Administrator], &root).await;
        // One of a commune manages no hub.
        bench.account("east", &[Role::Administrator], &east).await;
        let admin = bench.signed_in("an").await;
        let path = format!("/units/{}/accounts/{}", root.id, an.id);
        let stepping_down = json!({ "roles": ["viewer"] });
        let ending = json!({ "until": bench.later(0) + 86_400 });
        let version = admin.get("/account").await.body["version"].as_i64();
        for edit in [&stepping_down, &ending] {
            let refused = admin.ask(Method::PATCH, &path, Some(edit.clone()), version).await;
            assert_eq!((refused.status, refused.code()), (409, "last-admin"));
        }
        let refused = admin.ask(Method::DELETE, &path, None, version).await;
        assert_eq!(refused.code(), "last-admin");
        bench.account("second", &[Role::Administrator], &root).await;
        let stale = admin.ask(Method::PATCH, &path, Some(stepping_down.clone()), Some(1)).await;
        assert_eq!(stale.code(), "changed-meanwhile");
        assert_eq!(stale.body["current"]["name"], "an");
        let done = admin.ask(Method::PATCH, &path, Some(stepping_down), version).await;
        assert_eq!(done.status, 200, "{}", done.body);
        // The role counts at once, in the session that is open.
        assert_eq!(admin.get(&format!("/units/{}/accounts", root.id)).await.code(), "not-allowed");
    }

    async fn who_hands_out_rights_has_no_others(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        bench.account("an", &[Role::Administrator], &root).await;
        let admin = bench.signed_in("an").await;
        let path = format!("/units/{}/accounts", root.id);
        for roles in [json!([]), json!(["administrator", "editor"])] {
            let wish = json!({ "name": "chi", "display_name": "Trần Chi", "roles": roles });
            let refused = admin.post(&path, wish).await;
            assert_eq!((refused.status, &refused.body["fields"][0]["field"]), (422, &json!("roles")));
        }
        let wish = json!({ "name": "chi", "display_name": "Trần Chi", "roles": ["king"] });
        assert_eq!(admin.post(&path, wish).await.code(), "bad-request");
    }

    async fn an_account_that_ended_signs_in_no_more(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        bench.account("an", &[Role::Administrator], &root).await;
        let chi = bench.account("chi", &[Role::Viewer], &root).await;
        let admin = bench.signed_in("an").await;
        let session = bench.signed_in("chi").await;
        let path = format!("/units/{}/accounts/{}", root.id, chi.id);
        let edit = json!({ "until": bench.later(0) + 60 });
        assert_eq!(admin.ask(Method::PATCH, &path, Some(edit), Some(1)).await.status, 200);
        bench.later(61);
        assert_eq!(session.get("/account").await.code(), "signed-out");
        assert_eq!(bench.browser().sign_in("chi", PASSWORD, "").await.code(), "wrong-credentials");
        let past = json!({ "until": 1 });
        let refused = admin.ask(Method::PATCH, &path, Some(past), Some(2)).await;
        assert_eq!(refused.body["fields"][0]["code"], "past");
        assert_eq!(admin.ask(Method::DELETE, &path, None, Some(2)).await.status, 204);
        // The name is free again.
        let wish = json!({ "name": "chi", "display_name": "Lê Chi", "roles": ["viewer"] });
        assert_eq!(admin.post(&format!("/units/{}/accounts", root.id), wish).await.status, 201);
    }

    async fn pages_of_accounts_hold_each_once(bench: Bench) {
        let Tree { root, east, .. } = bench.tree().await;
        bench.account("an", &[Role::Administrator], &root).await;
        for number in 0..5 {
            bench.account(&format!("v{number}"), &[Role::Viewer], &east).await;
        }
        let admin = bench.signed_in("an").await;
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let page = admin.get(&format!("/units/{}/accounts?limit=2{after}", root.id)).await;
            let items = page.body["items"].as_array().unwrap();
            seen.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
            match page.body["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        seen.sort();
        assert_eq!(seen, ["an", "v0", "v1", "v2", "v3", "v4"]);
    }
}
