//! `lachan phrases explain`: what fired, where, and what each tier gets.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::support::{Done, Place, rules, shipped};

const SHOP: &str =
    "<title>Bán cần sa</title><p>Ship cần sa, kẹo ke ship, bán thuốc lắc, giao hàng kín đáo.";

fn place() -> Place {
    let place = Place::new();
    place.settings("");
    place.put_ruleset();
    place
}

fn explain(place: &Place, arguments: &[&str]) -> Done {
    let mut all = vec!["phrases", "explain"];
    all.extend(arguments);
    place.run(&all)
}

fn tier<'j>(json: &'j Value, tier: &str) -> &'j Value {
    let tiers = json["tiers"].as_array().unwrap();
    tiers.iter().find(|row| row["tier"] == tier).unwrap()
}

#[test]
fn a_file_is_told_with_what_fired_and_what_each_tier_gets() {
    let place = place();
    place.file("shop.html", SHOP);
    let done = explain(&place, &["shop.html", "--json"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    let json = done.json();
    assert_eq!(json["charset"], "UTF-8");
    assert_eq!(json["scan"], "whole");
    assert_eq!(json["lists"][0]["list"], "drugs");
    let seen = json["sightings"].as_array().unwrap();
    assert!(
        seen.iter().any(|seen| seen["here"] == "kẹo ke ship"),
        "{json:#}"
    );
    // The table of tiers: closed and told for pupils, open for staff, whose threshold is higher too.
    let thcs = tier(&json, "thcs");
    assert_eq!(
        (&thcs["action"], &thcs["category"]),
        (&"block".into(), &"drugs".into())
    );
    assert_eq!(thcs["alert"], true);
    assert_eq!(tier(&json, "staff")["action"], "allow");
    assert_eq!(json["tiers"].as_array().unwrap().len(), 5);

    let text = explain(&place, &["shop.html", "--tier", "thcs"]);
    for part in [
        "Drugs",
        "kẹo ke ship",
        "BLOCKED",
        "the tier's table",
        "the counsellor is told",
    ] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
    assert!(!text.out.contains("STAFF"), "{}", text.out);
}

#[test]
fn it_speaks_the_reader_s_language() {
    let place = place();
    place.file("shop.html", SHOP);
    let mut command = place.command(&["phrases", "explain", "shop.html"]);
    let output = command.env("LANG", "vi_VN.UTF-8").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["Cụm từ tìm thấy", "Ma túy", "CHẶN", "bảng của cấp học"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn standard_input_and_other_character_sets_are_read() {
    let place = place();
    let mut command = place.command(&[
        "phrases",
        "explain",
        "-",
        "--json",
        "--content-type",
        "text/html; charset=viscii",
    ]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // "nổ hũ đổi thưởng" in VISCII.
    let body = b"<p>n\xB1 h\xFB \xF0\xB1i th\xDF\xB7ng";
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&json["charset"], &json["charset_by"]),
        (&"VISCII".into(), &"http".into())
    );
    assert_eq!(json["fired"][0]["phrase"], "nổ hũ đổi thưởng");
}

#[test]
fn a_folder_of_rules_is_tried_without_a_ruleset() {
    let place = Place::new();
    place.file("shop.html", SHOP);
    let folder = rules().display().to_string();
    let done = explain(&place, &["shop.html", "--rules", &folder, "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(tier(&done.json(), "tieu-hoc")["action"], "block");
    let ruleset = shipped().display().to_string();
    let done = explain(&place, &["shop.html", "--ruleset", &ruleset, "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
}

/// One answer for each connection, in order.
fn serve(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(&answer).unwrap();
        }
    });
    address
}

#[test]
fn a_page_is_fetched_with_its_redirects_and_a_private_address_is_said() {
    let place = place();
    let page = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{SHOP}",
        SHOP.len()
    );
    let redirect =
        "HTTP/1.1 302 Found\r\nLocation: /shop\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let address = serve(vec![redirect.into(), page.into()]);
    let done = explain(&place, &[&format!("http://{address}/"), "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    let json = done.json();
    assert_eq!(json["source"], format!("http://{address}/shop"));
    assert_eq!(json["status"], 200);
    assert_eq!(json["lists"][0]["list"], "drugs");
    assert!(
        done.err.contains("private address 127.0.0.1"),
        "{}",
        done.err
    );
    assert!(done.err.contains("redirected to"), "{}", done.err);
}

/// One answer over TLS, by a certificate for `localhost` of its own; gives the port and the certificate.
fn serve_tls(answer: Vec<u8>) -> (u16, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::new(config.clone())).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&answer);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (port, made.cert.pem())
}

#[test]
fn https_is_fetched_by_the_system_s_roots_and_no_others() {
    let place = place();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{SHOP}",
        SHOP.len()
    );
    let (port, certificate) = serve_tls(answer.into_bytes());
    let url = format!("https://localhost:{port}/");
    let roots = place.file("roots.pem", &certificate);
    let mut command = place.command(&["phrases", "explain", &url, "--json"]);
    let output = command.env("SSL_CERT_FILE", &roots).output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["lists"][0]["list"], "drugs");
    let done = explain(&place, &[&url]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("the connection failed"), "{}", done.err);
}

#[test]
fn what_cannot_be_had_is_said() {
    let place = place();
    assert_eq!(explain(&place, &["no-such-file.html"]).code, 3);
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let done = explain(&place, &[&format!("http://{gone}/")]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.err.contains("the page cannot be fetched"),
        "{}",
        done.err
    );
    let address = serve(vec![b"nonsense\r\n\r\n".to_vec()]);
    let done = explain(&place, &[&format!("http://{address}/")]);
    assert_eq!(done.code, 3, "{done:?}");
    let loops =
        "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let address = serve(vec![loops.into(); 6]);
    let done = explain(&place, &[&format!("http://{address}/")]);
    assert!(done.err.contains("more than 5 redirects"), "{}", done.err);
    // What is damaged is told, and closes nothing.
    place.file("damaged.html", "no gzip at all");
    let done = explain(
        &place,
        &["damaged.html", "--content-encoding", "gzip", "--json"],
    );
    let json = done.json();
    assert_eq!(
        (&json["scan"], &json["unscanned"]),
        (&"unscanned".into(), &"damaged".into())
    );
    assert_eq!(tier(&json, "mam-non")["action"], "allow");
}
