//! A list before it is enabled, and safe search, through the built program: what it would close, and how many devices it would
//! have hit, asked over real sockets by devices with addresses of their own.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use hickory_proto::op::Message;
use serde_json::{Value, json};

use crate::settings::admin;
use crate::support::{Place, Server, query, upstream};
use crate::web::Browser;

fn ready() -> Place {
    let place = Place::new();
    place.settings(&format!(
        "listen = [\"127.0.0.1:0\"]\nupstreams = [\"{}\"]",
        upstream()
    ));
    let file = place.path("lachan.toml");
    let settings = fs::read_to_string(&file).unwrap();
    let settings = settings
        .replace(
            "[web]\nlisten = []",
            "[web]\nlisten = [\"127.0.0.1:0\"]\nmanagement = [\"127.0.0.0/8\"]",
        )
        .replace("[store]\n", "[store]\nnames-from-devices = 5\n");
    fs::write(&file, settings).unwrap();
    place.put_ruleset();
    place.put_groups();
    place
}

/// A device of THCS asks, and is answered.
fn ask(server: &Server, device: u8, name: &str) {
    let socket = UdpSocket::bind(SocketAddr::from(([127, 0, 3, device], 0))).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    socket.send_to(&query(7, name), server.address).unwrap();
    let mut buffer = [0; 4096];
    let (length, _) = socket.recv_from(&mut buffer).unwrap();
    assert!(Message::from_vec(&buffer[..length]).is_ok());
}

fn tried(browser: &mut Browser, text: &str, counts: bool) -> Value {
    let form = json!({ "label": "hosts.txt", "category": "gambling", "format": "domains", "text": text,
        "counts": counts });
    let (status, view) = browser.ask("POST", "/api/v1/lists/trial", Some(&form));
    assert_eq!(status, 200, "{view}");
    view
}

fn count(browser: &mut Browser) -> Value {
    let (status, state) = browser.ask("GET", "/api/v1/lists/trial", None);
    assert_eq!(status, 200, "{state}");
    state["count"].clone()
}

#[test]
fn a_list_on_trial_tells_what_it_would_close_and_what_it_would_have_hit() {
    let place = ready();
    let server = place.start();
    let mut browser = admin(&place);
    let text = "fastly.com\nzalo.me\nfb88.com\nmany.example\nfew.example\nnot a name\n";
    let view = tried(&mut browser, text, true);
    let effect = &view["effect"];
    assert_eq!(
        (&effect["entries"], &effect["refused"]),
        (&json!(5), &json!(1))
    );
    assert_eq!(effect["refused_lines"][0]["line"], 6);
    // Known as a betting site already.
    assert_eq!(effect["new"], 4, "{effect}");
    let has = |what: &str, name: &str| {
        let all = effect[what].as_array().unwrap().iter();
        let mut names = all.map(|one| one["name"].as_str().or(one.as_str()).unwrap());
        names.any(|found| found == name)
    };
    assert!(has("spared", "zalo.me"), "{effect}");
    assert!(has("closes", "fastly.com"), "{effect}");
    // Nothing is closed by it.
    for device in 1..=20 {
        ask(&server, device, "www.many.example");
    }
    for device in 1..=4 {
        ask(&server, device, "few.example");
    }
    ask(&server, 1, "other.example");
    let counted = count(&mut browser);
    // Four devices are too few to be told of.
    assert_eq!(
        (&counted["hit"], &counted["fewest"]),
        (&json!(1), &json!(5)),
        "{counted}"
    );
    let devices = counted["devices"].as_u64().unwrap();
    assert!(
        (10..=20).contains(&devices) && devices.is_multiple_of(5),
        "{counted}"
    );
    // Another list begins at nothing, and a look without a count leaves the one that runs.
    tried(&mut browser, "b.example\n", true);
    assert_eq!(count(&mut browser)["hit"], 0);
    tried(&mut browser, "c.example\n", false);
    assert_eq!(count(&mut browser)["entries"], 1);
    // Nothing of it is on the disk, before or after its end.
    let left = |place: &Place| fs::exists(place.path("data/list.trial")).unwrap();
    assert!(!left(&place));
    let (status, _) = browser.ask("DELETE", "/api/v1/lists/trial", None);
    assert_eq!((status, count(&mut browser)), (204, Value::Null));
    assert_eq!(
        server.answer(3, "many.example"),
        crate::support::UPSTREAM_ANSWER
    );
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn safe_search_is_checked_as_a_group_is_answered_and_nothing_of_it_is_counted() {
    let place = ready();
    let server = place.start();
    let mut browser = admin(&place);
    let counted = |place: &Place| place.run(&["status", "--json"]).json()["totals"].clone();
    let before = counted(&place);
    let (_, groups) = browser.ask("GET", "/api/v1/groups", None);
    let id = |name: &str| {
        let mut all = groups["items"].as_array().unwrap().iter();
        all.find(|group| group["name"] == name).unwrap()["id"].clone()
    };
    let check = |browser: &mut Browser, group: Value| {
        let asked = json!({ "group": group });
        let (status, found) = browser.ask("POST", "/api/v1/safe-search/check", Some(&asked));
        assert_eq!(status, 200, "{found}");
        found["items"].as_array().unwrap().clone()
    };
    let of = |checks: &[Value], engine: &str| {
        let mut all = checks.iter();
        all.find(|check| check["engine"] == engine).unwrap().clone()
    };
    let google = of(&check(&mut browser, id("thcs")), "google");
    assert_eq!(google["state"], "safe", "{google}");
    assert!(google["names"].as_u64().unwrap() > 100, "{google}");
    let kinds = google["records"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|record| record["kind"].clone()).collect();
    assert_eq!(kinds, ["A", "AAAA", "HTTPS"]);
    let staff = of(&check(&mut browser, id("staff")), "google");
    assert_eq!(staff["state"], "off", "{staff}");
    // Nobody asked for anything.
    assert_eq!(counted(&place)["queries"], before["queries"]);
    let events = place.run(&["events", "--json"]);
    assert!(!events.out.contains("google"), "{events:?}");
    assert_eq!(server.stop("-TERM"), 0);
}
