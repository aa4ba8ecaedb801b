//! The settings, changed from the pages of the built program: the file, the running filter, and the
//! ways back, through a power cut and past a port that is taken.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Place;
use crate::web::{Browser, PASSWORD};

/// Longest wait for anything; nothing comes near it unless it is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// A box on whose management side this machine is, so that no one-time codes are asked for.
pub(crate) fn ready() -> Place {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    let file = place.path("lachan.toml");
    let settings = fs::read_to_string(&file).unwrap();
    let pages = settings.replace(
        "[web]\nlisten = []",
        "# The pages of a test.\n[web]\nlisten = [\"127.0.0.1:0\"]\nmanagement = [\"127.0.0.0/8\"]",
    );
    fs::write(&file, pages).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    place.put_ruleset();
    place
}

/// The first administrator, signed in.
pub(crate) fn admin(place: &Place) -> Browser {
    let mut browser = Browser::new(place);
    let code = fs::read_to_string(place.path("data/state/first-run-code")).unwrap();
    let wish = json!({ "code": code.trim(), "name": "an", "display_name": "Thầy An", "password": PASSWORD });
    let (status, made) = browser.ask("POST", "/api/v1/setup/account", Some(&wish));
    assert_eq!(status, 200, "{made}");
    browser
}

/// Signs in where the pages are now.
pub(crate) fn again(place: &Place) -> Browser {
    let mut browser = Browser::new(place);
    let wish = json!({ "name": "an", "password": PASSWORD });
    let (status, signed) = browser.ask("POST", "/api/v1/session", Some(&wish));
    assert_eq!(status, 200, "{signed}");
    browser
}

pub(crate) fn settings(browser: &mut Browser) -> Value {
    let (status, view) = browser.ask("GET", "/api/v1/settings", None);
    assert_eq!(status, 200, "{view}");
    view
}

fn put(browser: &mut Browser, part: &str, change: impl FnOnce(&mut Value)) -> (u16, Value) {
    let view = settings(browser);
    let mut form = view["values"][part].clone();
    change(&mut form);
    browser.seen = view["tag"].as_str().map(str::to_owned);
    let answer = browser.ask("PUT", &format!("/api/v1/settings/{part}"), Some(&form));
    browser.seen = None;
    answer
}

pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "it never came about");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The school's name as the running filter knows it, once one answers.
fn school(place: &Place) -> Option<String> {
    let status = place.run(&["status", "--json"]);
    if status.code != 0 {
        return None;
    }
    status.json()["school"].as_str().map(str::to_owned)
}

/// Where the pages are, once a filter answers.
fn pages(place: &Place) -> Option<String> {
    let status = place.run(&["status", "--json"]);
    if status.code != 0 {
        return None;
    }
    status.json()["web"]["listeners"][0]
        .as_str()
        .map(str::to_owned)
}

/// Changes the note of the change that waits.
pub(crate) fn turn_note(place: &Place, key: &str, value: Value) {
    let file = place.path("lachan.toml.pending");
    let mut note: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    note[key] = value;
    fs::write(&file, note.to_string()).unwrap();
}

#[test]
fn a_change_is_in_the_file_in_use_and_can_be_taken_back() {
    let place = ready();
    let server = place.start();
    let file = place.path("lachan.toml");
    let before = fs::read_to_string(&file).unwrap();
    let mut browser = admin(&place);
    let (status, saved) = put(&mut browser, "school", |school| {
        school["name"] = json!("THCS Trần Phú")
    });
    assert_eq!((status, &saved["restarts"]), (200, &json!(true)), "{saved}");
    wait_until(|| school(&place).as_deref() == Some("THCS Trần Phú"));
    let after = fs::read_to_string(&file).unwrap();
    assert!(after.starts_with(&before[..20]) && after.contains("# The pages of a test."));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o640);
    let kept = place.path("lachan.toml.before");
    assert_eq!(
        (fs::read_to_string(&kept).unwrap(), mode(&kept)),
        (before.clone(), 0o600)
    );
    // It still answers, at ports of its own.
    assert_eq!(server.pid(), place.run(&["status", "--json"]).json()["pid"]);
    let mut browser = again(&place);
    // Bells are taken up without another start.
    let (status, saved) = put(&mut browser, "school", |school| {
        school["bells"] = json!([["07:00-07:40"], [], [], [], [], [], []]);
    });
    assert_eq!(
        (status, &saved["restarts"]),
        (200, &json!(false)),
        "{saved}"
    );
    let (_, audit) = browser.ask("GET", "/api/v1/audit", None);
    assert_eq!(audit["items"][0]["act"], "change-settings");
    let view = settings(&mut browser);
    browser.seen = view["tag"].as_str().map(str::to_owned);
    let (status, undone) = browser.ask("POST", "/api/v1/settings/undo", None);
    assert_eq!(status, 200, "{undone}");
    assert_eq!(fs::read_to_string(&file).unwrap(), after);
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn what_nobody_confirms_goes_back_and_what_is_confirmed_stays() {
    let place = ready();
    let server = place.start();
    let file = place.path("lachan.toml");
    let before = fs::read_to_string(&file).unwrap();
    let mut browser = admin(&place);
    let staff = |web: &mut Value| web["staff"] = json!(["10.9.0.0/24"]);
    let (status, saved) = put(&mut browser, "web", staff);
    assert_eq!(status, 200, "{saved}");
    let left = saved["settings"]["pending"]["seconds"].as_u64().unwrap();
    assert!((100..=120).contains(&left), "{left}");
    let (status, refused) = put(&mut browser, "school", |school| school["name"] = json!("B"));
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("settings-pending"))
    );
    // Its time is over.
    turn_note(&place, "until", json!(0));
    wait_until(|| fs::read_to_string(&file).unwrap() == before);
    wait_until(|| settings(&mut browser)["pending"].is_null());
    // It is noted once it is done.
    let mut last = Value::Null;
    wait_until(|| {
        last = browser.ask("GET", "/api/v1/audit", None).1["items"][0].clone();
        last["act"] == "undo-settings"
    });
    assert_eq!(last["author"], "Lá Chắn");
    let told = settings(&mut browser)["went_back"].clone();
    assert_eq!(
        (&told["why"], &told["by"]),
        (&json!("unconfirmed"), &json!("Thầy An (an)")),
        "{told}"
    );
    assert_eq!(put(&mut browser, "web", staff).0, 200);
    let (status, kept) = browser.ask("POST", "/api/v1/settings/confirm", None);
    assert_eq!((status, &kept["pending"]), (200, &Value::Null), "{kept}");
    assert!(!place.path("lachan.toml.pending").exists());
    thread::sleep(Duration::from_millis(1500));
    assert!(fs::read_to_string(&file).unwrap().contains("10.9.0.0/24"));
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_power_cut_before_the_confirmation_brings_the_settings_back() {
    let place = ready();
    let server = place.start();
    let file = place.path("lachan.toml");
    let before = fs::read_to_string(&file).unwrap();
    let mut browser = admin(&place);
    let (status, _) = put(&mut browser, "web", |web| {
        web["staff"] = json!(["10.9.0.0/24"])
    });
    assert_eq!(status, 200);
    server.stop("-KILL");
    // The machine was started anew: another boot.
    turn_note(&place, "boot", json!("another"));
    let server = place.start();
    wait_until(|| school(&place).is_some());
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    let mut browser = again(&place);
    let (_, audit) = browser.ask("GET", "/api/v1/audit", None);
    assert_eq!(audit["items"][0]["act"], "undo-settings");
    // A start without a power cut in between is no reason.
    let (status, _) = put(&mut browser, "web", |web| {
        web["staff"] = json!(["10.9.0.0/24"])
    });
    assert_eq!(status, 200);
    assert_eq!(server.stop("-TERM"), 0);
    let server = place.start();
    wait_until(|| school(&place).is_some());
    assert!(fs::read_to_string(&file).unwrap().contains("10.9.0.0/24"));
    assert!(settings(&mut again(&place))["pending"].is_object());
    assert_eq!(server.stop("-TERM"), 0);
}

/// Puts a whole text in the place of the settings.
fn put_text(browser: &mut Browser, text: &str) -> (u16, Value) {
    let view = settings(browser);
    browser.seen = view["tag"].as_str().map(str::to_owned);
    let answer = browser.ask(
        "PUT",
        "/api/v1/settings/text",
        Some(&json!({ "text": text })),
    );
    browser.seen = None;
    answer
}

/// A certificate with its key.
fn certificate(place: &Place) -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["dns.truong.vn".to_owned()]).unwrap();
    let pem = params.self_signed(&key).unwrap().pem() + &key.serialize_pem();
    place.file("tls.pem", &pem).display().to_string()
}

#[test]
fn settings_the_box_cannot_start_with_are_put_back() {
    let place = ready();
    let file = place.path("lachan.toml");
    let [port, dns] = ["127.0.0.1:0"; 2]
        .map(|any| TcpListener::bind(any).unwrap())
        .map(|listener| listener.local_addr().unwrap().port());
    // A port of our own at every address is in the way of none that is tried, and of each that starts.
    let plain = format!("[resolver]\nlisten = [\"127.0.0.1:{dns}\"]");
    let given = fs::read_to_string(&file).unwrap();
    let before = given.replace("[resolver]\nlisten = [\"127.0.0.1:0\"]", &plain)
        + &format!("[metrics]\nlisten = \"127.0.0.1:{port}\"\n");
    fs::write(&file, &before).unwrap();
    let server = place.start();
    let mut browser = admin(&place);
    let pem = certificate(&place);
    let dot = |address: &str| {
        let tls = format!("[resolver.tls]\ncert = \"{pem}\"\nkey = \"{pem}\"\n");
        let listens = format!("[resolver]\nlisten-dot = [\"{address}\"]\n");
        before.replace("[resolver]\n", &listens) + &tls
    };
    // What can be told before is told: an address that the machine lacks, at a port of ours.
    let (status, refused) = put_text(&mut browser, &dot(&format!("192.0.2.77:{port}")));
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("part-refused")),
        "{refused}"
    );
    for bad in [
        dot(&format!("0.0.0.0:{port}")),
        before.replace(
            &plain,
            &format!("[resolver]\nlisten = [\"127.0.0.1:{dns}\", \"0.0.0.0:{port}\"]"),
        ),
        before.replace(
            &format!("[metrics]\nlisten = \"127.0.0.1:{port}\""),
            &format!("[metrics]\nreach = \"network\"\nlisten = \"0.0.0.0:{dns}\""),
        ),
    ] {
        assert_ne!(bad, before);
        let (status, saved) = put_text(&mut browser, &bad);
        assert_eq!((status, &saved["restarts"]), (200, &json!(true)), "{saved}");
        wait_until(|| fs::read_to_string(&file).unwrap() == before);
        wait_until(|| school(&place).is_some());
        assert!(!place.path("lachan.toml.pending").exists());
        browser = again(&place);
        let (_, audit) = browser.ask("GET", "/api/v1/audit", None);
        assert_eq!(audit["items"][0]["act"], "undo-settings");
        let told = settings(&mut browser)["went_back"].clone();
        assert_eq!(told["why"], "no-start", "{told}");
        assert!(
            told["reason"].as_str().unwrap().contains("lachan:"),
            "{told}"
        );
    }
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn settings_the_box_starts_with_stay() {
    let place = ready();
    let server = place.start();
    let mut browser = admin(&place);
    let (status, saved) = put(&mut browser, "school", |school| {
        school["name"] = json!("THCS Trần Phú")
    });
    assert_eq!((status, &saved["restarts"]), (200, &json!(true)), "{saved}");
    // Until they do, there is a way back, which waits for nobody.
    assert!(place.path("lachan.toml.pending").exists());
    assert!(saved["settings"]["pending"].is_null(), "{saved}");
    wait_until(|| school(&place).as_deref() == Some("THCS Trần Phú"));
    // It has to run with them for a minute, of which a test does not wait.
    let mut since = Value::Null;
    wait_until(|| {
        let note = fs::read(place.path("lachan.toml.pending")).unwrap();
        since = serde_json::from_slice::<Value>(&note).unwrap()["runs"].clone();
        since.is_object()
    });
    since["seconds"] = json!(0);
    turn_note(&place, "runs", since);
    wait_until(|| !place.path("lachan.toml.pending").exists());
    let mut browser = again(&place);
    assert!(settings(&mut browser)["went_back"].is_null());
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn settings_under_which_the_box_is_killed_again_and_again_go_back() {
    let place = ready();
    let mut server = place.start();
    let file = place.path("lachan.toml");
    let before = fs::read_to_string(&file).unwrap();
    let mut browser = admin(&place);
    let (status, saved) = put(&mut browser, "school", |school| {
        school["name"] = json!("THCS Trần Phú")
    });
    assert_eq!((status, &saved["restarts"]), (200, &json!(true)), "{saved}");
    wait_until(|| school(&place).as_deref() == Some("THCS Trần Phú"));
    // The start that took them up, and the one after it.
    for _ in 0..2 {
        assert_ne!(fs::read_to_string(&file).unwrap(), before);
        server.stop("-KILL");
        server = place.start();
        wait_until(|| school(&place).is_some());
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    assert_ne!(school(&place).as_deref(), Some("THCS Trần Phú"));
    let mut browser = again(&place);
    let (_, audit) = browser.ask("GET", "/api/v1/audit", None);
    assert_eq!(audit["items"][0]["act"], "undo-settings");
    let told = settings(&mut browser)["went_back"].clone();
    assert_eq!(
        (&told["why"], &told["by"], &told["changed"]),
        (
            &json!("died"),
            &json!("Thầy An (an)"),
            &json!(["school.name"])
        ),
        "{told}"
    );
    let (_, overview) = browser.ask("GET", "/api/v1/overview", None);
    let findings = overview["protection"]["findings"].as_array().unwrap();
    assert!(
        findings.iter().any(|one| one["code"] == "went-back"),
        "{overview}"
    );
    // It is told after another start, too, until somebody has read it.
    assert_eq!(server.stop("-TERM"), 0);
    let server = place.start();
    let mut browser = again(&place);
    assert!(settings(&mut browser)["went_back"].is_object());
    let (status, _) = browser.ask("DELETE", "/api/v1/settings/notice", None);
    assert_eq!(status, 204);
    assert!(settings(&mut browser)["went_back"].is_null());
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn starts_that_end_in_order_are_not_counted() {
    let place = ready();
    let mut server = place.start();
    let file = place.path("lachan.toml");
    let mut browser = admin(&place);
    let (status, _) = put(&mut browser, "school", |school| {
        school["name"] = json!("THCS Trần Phú")
    });
    assert_eq!(status, 200);
    wait_until(|| school(&place).as_deref() == Some("THCS Trần Phú"));
    for _ in 0..3 {
        assert_eq!(server.stop("-TERM"), 0);
        server = place.start();
        wait_until(|| school(&place).is_some());
    }
    assert!(fs::read_to_string(&file).unwrap().contains("THCS Trần Phú"));
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn what_waits_stays_past_a_second_filter_and_a_reset_by_mistake() {
    let place = ready();
    let server = place.start();
    let file = place.path("lachan.toml");
    let mut browser = admin(&place);
    let (status, _) = put(&mut browser, "web", |web| {
        web["staff"] = json!(["10.9.0.0/24"])
    });
    assert_eq!(status, 200);
    assert_ne!(place.run(&["run"]).code, 0);
    // Nor does the box become another one meanwhile.
    let refused = place.run(&["reset", "--yes"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(!place.path("data/reset.staged").exists());
    assert!(fs::read_to_string(&file).unwrap().contains("10.9.0.0/24"));
    assert!(settings(&mut browser)["pending"].is_object());
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_port_that_is_taken_is_told_and_nothing_changes() {
    let place = ready();
    let server = place.start();
    let file = place.path("lachan.toml");
    let before = fs::read_to_string(&file).unwrap();
    let mut browser = admin(&place);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (status, refused) = put(&mut browser, "proxy", |proxy| {
        proxy["explicit"] = json!([address])
    });
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("part-refused")),
        "{refused}"
    );
    assert!(refused["detail"].as_str().unwrap().contains(&address));
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_folder_that_may_not_be_written_is_told_before_anybody_types() {
    // Root may write everywhere, so there is nothing to see for it.
    let place = ready();
    let folder = place.path("etc");
    fs::create_dir(&folder).unwrap();
    fs::copy(place.path("lachan.toml"), folder.join("lachan.toml")).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let may_write = fs::write(folder.join("probe"), "").is_ok();
    let _ = fs::remove_file(folder.join("probe"));
    let link = place.path("lachan.toml");
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(folder.join("lachan.toml"), &link).unwrap();
    let server = place.start();
    let mut browser = admin(&place);
    let view = settings(&mut browser);
    assert_eq!(
        view["read_only"].is_null(),
        may_write,
        "{}",
        view["read_only"]
    );
    if !may_write {
        let (status, refused) = put(&mut browser, "school", |school| school["name"] = json!("B"));
        assert_eq!(
            (status, &refused["code"]),
            (409, &json!("settings-read-only")),
            "{refused}"
        );
    }
    assert_eq!(server.stop("-TERM"), 0);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_certificate_of_somebody_else_is_shown_and_taken_away_again() {
    let place = ready();
    let server = place.start();
    let mut browser = admin(&place);
    let fingerprint =
        |place: &Place| place.run(&["status", "--json"]).json()["web"]["fingerprint"].clone();
    let own = fingerprint(&place);
    let (_, before) = browser.ask("GET", "/api/v1/certificates", None);
    assert_eq!(
        (&before["web"]["fingerprint"], &before["web"]["is_uploaded"]),
        (&own, &json!(false))
    );
    let key = rcgen::KeyPair::generate().unwrap();
    let made = |name: &str| {
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.self_signed(&key).unwrap().pem()
    };
    let wish = |name: &str| json!({ "certificate": made(name), "key": key.serialize_pem() });
    let (status, refused) = browser.ask("PUT", "/api/v1/certificates/web", Some(&wish("other.vn")));
    assert_eq!(
        (status, &refused["fields"][0]["code"]),
        (422, &json!("other-names")),
        "{refused}"
    );
    let (status, put) = browser.ask("PUT", "/api/v1/certificates/web", Some(&wish("lachan.lan")));
    assert_eq!(
        (status, &put["web"]["is_uploaded"]),
        (200, &json!(true)),
        "{put}"
    );
    let file = place.path("data/state/web-own.pem");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    wait_until(|| fingerprint(&place) == put["web"]["fingerprint"]);
    // A browser that knows only the box's own certificate goes no further.
    fs::remove_file(&file).unwrap();
    assert_eq!(server.stop("-TERM"), 0);
    let server = place.start();
    wait_until(|| school(&place).is_some());
    assert_eq!(fingerprint(&place), own);
    let mut browser = again(&place);
    let (status, renewed) = browser.ask("POST", "/api/v1/certificates/web/renew", None);
    assert_eq!(status, 200);
    assert_ne!(renewed["web"]["fingerprint"], own);
    wait_until(|| fingerprint(&place) == renewed["web"]["fingerprint"]);
    // Encrypted DNS: the settings name the file from then on.
    let mut browser = again(&place);
    let at = pages(&place);
    let (status, put) = browser.ask(
        "PUT",
        "/api/v1/certificates/dns",
        Some(&wish("dns.truong.vn")),
    );
    assert_eq!(
        (status, &put["dns"]["names"]),
        (200, &json!(["dns.truong.vn"])),
        "{put}"
    );
    let text = fs::read_to_string(place.path("lachan.toml")).unwrap();
    assert_eq!(text.matches("state/dns-tls.pem").count(), 2, "{text}");
    // A name that devices know the box by must be among its own.
    assert!(text.contains("[resolver.tls]\n"), "{text}");
    let named = text.replace(
        "[resolver.tls]\n",
        "[resolver.tls]\nnames = [\"dns.truong.vn\"]\n",
    );
    // The start that takes the file up gives the pages another port.
    wait_until(|| pages(&place).is_some_and(|now| Some(now) != at));
    fs::write(place.path("lachan.toml"), named).unwrap();
    let mut browser = again(&place);
    let (status, refused) = browser.ask("PUT", "/api/v1/certificates/dns", Some(&wish("other.vn")));
    assert_eq!(
        (status, &refused["fields"][0]["code"]),
        (422, &json!("other-names")),
        "{refused}"
    );
    assert_eq!(server.stop("-TERM"), 0);
}
