//! Every route, every field, fed with what nobody should send: whatever it is, the answer is a problem
//! with a code or what was asked for, never a fault of ours.

use axum::body::Body;
use axum::http::Method;
use lachan_api::document;
use serde_json::{Map, Value, json};

use crate::support::{Answer, Bench, Browser, NOW};

/// What stands in a field.
fn hostile() -> Vec<Value> {
    vec![
        json!(null),
        json!(""),
        json!(" "),
        json!("\u{0}\u{7}\u{1b}[2J"),
        json!("\u{202e}a\u{feff}"),
        json!("ă".repeat(3_000)),
        json!("../../etc/passwd"),
        json!("' OR 1=1 --"),
        json!("<script>alert(1)</script>"),
        json!("{0}%s%n"),
        json!("xn--a.vn."),
        json!("0.0.0.0/0"),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1.5),
        json!(true),
        json!([]),
        json!([null, [], {}]),
        json!(["x", "x", ""]),
        json!([-1, 0, 255, 4_294_967_296_i64]),
        json!({}),
        json!({ "mode": "exam", "until": i64::MIN }),
        json!([{ "name": "", "days": [0, 9], "from": 9_999, "to": 0 }]),
        json!([{ "category": "", "action": "block" }]),
    ]
}

/// A body that would do, by its schema.
fn plain(document: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        return plain(document, document.pointer(pointer).unwrap());
    }
    if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    for kind in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema[kind].as_array() {
            let one = all.iter().find(|one| one["type"] != "null");
            return one.map_or(Value::Null, |one| plain(document, one));
        }
    }
    let kind = match &schema["type"] {
        Value::Array(all) => all
            .iter()
            .find(|one| *one != "null")
            .cloned()
            .unwrap_or_default(),
        kind => kind.clone(),
    };
    match kind.as_str() {
        Some("object") => {
            let all = schema["properties"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            let fields = all
                .iter()
                .map(|(name, one)| (name.clone(), plain(document, one)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Some("array") => json!([]),
        Some("integer") => json!(NOW + 3_600),
        Some("boolean") => json!(false),
        Some("string") => json!("hoc.vn"),
        _ => Value::Null,
    }
}

fn check(answer: &Answer, what: &str) {
    let code = answer.code();
    assert_ne!(code, "signed-out", "{what}");
    assert!(
        answer.status < 500,
        "{what}: {} {:?}",
        answer.status,
        answer.body
    );
    assert!(
        answer.status < 400 || !code.is_empty(),
        "{what}: {:?}",
        answer.body
    );
}

/// Asks from an address of its own, for one address may ask only so often.
async fn ask(
    browser: &Browser<'_>,
    count: &mut u32,
    method: &Method,
    path: &str,
    body: Option<String>,
) -> Answer {
    *count += 1;
    let host = *count / 200 % 250;
    let browser = Browser {
        address: [10, 0, 0, u8::try_from(host).unwrap()].into(),
        ..browser.clone()
    };
    let mut request = browser
        .request(method.clone(), path)
        .header("if-match", "\"1\"");
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, Body::from);
    browser.send(request.body(body).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_input_makes_the_box_fail() {
    let bench = Bench::with_admin();
    // Not the account whose number stands in the paths: its password is set anew on the way.
    bench.account("binh", lachan_web::Role::Admin, &[]);
    let admin = bench.signed_in("binh").await;
    let document = serde_json::to_value(document()).unwrap();
    let mut count = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            // The one ends the session that asks, the other takes a hash's time for each try.
            if (&method, path.as_str()) == (&Method::DELETE, "/session") {
                continue;
            }
            for part in [
                "1",
                "-1",
                "0",
                "99999999999999999999",
                "x",
                "%00",
                "%ff",
                "..",
                "a%20b",
                "fb88.com",
            ] {
                let path = path.replace("{id}", part).replace("{name}", part);
                let answer = ask(&admin, &mut count, &method, &path, Some("{}".into())).await;
                check(&answer, &format!("{method} {path}"));
                if !path.contains(part) {
                    break;
                }
            }
            let path = path.replace("{id}", "1").replace("{name}", "fb88.com");
            let parameters = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            for parameter in parameters.iter().filter(|one| one["in"] == "query") {
                let name = parameter["name"].as_str().unwrap();
                for value in [
                    "",
                    "x",
                    "-1",
                    "0",
                    "9223372036854775807",
                    "%00",
                    "current",
                    "true",
                ] {
                    let path = format!("{path}?{name}={value}");
                    let answer = ask(&admin, &mut count, &method, &path, None).await;
                    check(&answer, &format!("{method} {path}"));
                }
            }
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() {
                continue;
            }
            for broken in [
                "",
                "[",
                "null",
                "[]",
                "\u{feff}{}",
                "{\"a\":{\"a\":{\"a\":{}}}}",
            ] {
                let answer = ask(&admin, &mut count, &method, &path, Some(broken.into())).await;
                check(&answer, &format!("{method} {path} {broken}"));
            }
            let body = plain(&document, schema);
            for name in body.as_object().unwrap().keys() {
                for value in hostile() {
                    let mut body = body.clone();
                    body[name] = value;
                    let text = body.to_string();
                    let answer = ask(&admin, &mut count, &method, &path, Some(text)).await;
                    check(&answer, &format!("{method} {path} {body}"));
                }
            }
        }
    }
    assert!(count > 1_000, "{count}");
    // Nothing of it broke what was there.
    assert_eq!(admin.get("/session").await.body["state"], "signed-in");
    assert_eq!(admin.get("/overview").await.status, 200);
}
