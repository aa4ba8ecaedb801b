//! `lachan run`: a real filter on loopback with an upstream of ours.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::support::{Device, Place, UPSTREAM_ANSWER, rules, shown, upstream};

fn place() -> Place {
    let place = Place::new();
    place.settings(&format!(
        "listen = [\"127.0.0.1:0\"]\nupstreams = [\"{}\"]",
        upstream()
    ));
    place
}

fn ready() -> Place {
    let place = place();
    place.put_ruleset();
    place.put_groups();
    place
}

fn compile(place: &Place, more: &[&str]) {
    let (rules, out) = (rules(), place.ruleset());
    let mut all = vec![
        "lists",
        "compile",
        "--quiet",
        "--rules",
        rules.to_str().unwrap(),
    ];
    all.extend(["--out", out.to_str().unwrap()]);
    all.extend(more);
    let done = place.run(&all);
    assert_eq!(done.code, 0, "{done:?}");
}

/// A device that asks one query after the other and counts wrong and missing answers.
struct Asker {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<(u32, u32)>,
}

impl Asker {
    fn start(server: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut device = Device::new(5);
            let (mut asked, mut lost) = (0, 0);
            while !stopped.load(Ordering::Relaxed) {
                let (name, expected) = match asked % 2 {
                    0 => ("fb88.com", "NXDOMAIN"),
                    _ => ("hoc.vn", UPSTREAM_ANSWER),
                };
                let answer = device.ask(server, name).map(|message| shown(&message));
                lost += u32::from(answer.as_deref() != Some(expected));
                asked += 1;
            }
            (asked, lost)
        });
        Self { stop, thread }
    }

    fn lost_nothing(self) {
        self.stop.store(true, Ordering::Relaxed);
        let (asked, lost) = self.thread.join().unwrap();
        assert_eq!(lost, 0, "of {asked}");
        assert!(asked > 10);
    }
}

#[test]
fn each_tier_gets_its_answers_and_a_stop_is_clean() {
    let place = ready();
    let server = place.start();
    for (group, name, expected) in [
        (1, "fb88.com", "NXDOMAIN"),
        (5, "fb88.com", "NXDOMAIN"),
        (3, "zalo.me", "NXDOMAIN"),
        (5, "zalo.me", UPSTREAM_ANSWER),
        (2, "chua-ai-biet.vn", "NXDOMAIN"),
        (4, "chua-ai-biet.vn", UPSTREAM_ANSWER),
        (1, "tongdai111.vn", UPSTREAM_ANSWER),
    ] {
        assert_eq!(server.answer(group, name), expected, "{name} for {group}");
    }
    let safe = server.ask(2, "www.google.com");
    assert!(
        shown(&safe).starts_with("forcesafesearch.google.com"),
        "{safe}"
    );
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn it_says_what_it_serves_and_an_interrupt_stops_it_cleanly() {
    let place = ready();
    let server = place.start();
    for part in [
        "Lá Chắn is running",
        "names in",
        "thcs (thcs): 127.0.3.0/24",
        "no group",
    ] {
        assert!(
            server.announced.contains(part),
            "{part}: {}",
            server.announced
        );
    }
    assert_eq!(server.stop("-INT"), 0);
}

#[test]
fn blocked_events_are_kept_and_allowed_names_are_nowhere() {
    let place = ready();
    let settings = fs::read_to_string(place.path("lachan.toml")).unwrap();
    place.file(
        "lachan.toml",
        &format!("{settings}[log]\nlevel = \"trace\"\n"),
    );
    let mut server = place.start();
    server.answer(3, "www.fb88.com");
    server.answer(5, "bi-mat-cua-em.vn");
    server.answer(3, "tongdai111.vn");
    server.signal("-HUP");
    server.wait_for("reloading");
    let heard = server.heard();
    assert!(
        !heard.contains("bi-mat-cua-em") && !heard.contains("tongdai111"),
        "{heard}"
    );
    assert_eq!(server.stop("-TERM"), 0);
    let events = place.run(&["events", "--json", "--since", "1h"]).json();
    assert_eq!(events.as_array().unwrap().len(), 1, "{events}");
    let event = &events[0];
    assert_eq!(
        (&event["name"], &event["group"]),
        (&"fb88.com".into(), &"thcs".into())
    );
    assert_eq!(
        (&event["category"], &event["source"]),
        (&"gambling".into(), &"list:base/gambling".into())
    );
    assert_eq!(
        place.run(&["events", "--json", "--tier", "staff"]).json(),
        serde_json::json!([])
    );
    assert!(
        place
            .run(&["events", "--name", "FB88"])
            .out
            .contains("fb88.com")
    );
    assert!(place.run(&["events", "--top"]).out.contains("fb88.com"));
    for file in fs::read_dir(place.path("data")).unwrap() {
        let path = file.unwrap().path();
        let bytes = if path.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        for secret in [&b"bi-mat-cua-em"[..], b"tongdai111"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "an allowed name stands in {}", path.display());
        }
    }
}

#[test]
fn what_people_change_holds_without_a_restart() {
    let place = ready();
    let server = place.start();
    assert_eq!(server.answer(5, "hoc-tap.vn"), UPSTREAM_ANSWER);
    place.run(&[
        "exceptions",
        "add",
        "hoc-tap.vn",
        "block",
        "--reason",
        "sai",
    ]);
    server.wait_for_answer(5, "hoc-tap.vn", "NXDOMAIN");
    place.run(&["groups", "set", "staff", "--tier", "mam-non"]);
    server.wait_for_answer(5, "zalo.me", "NXDOMAIN");
}

#[test]
fn a_replaced_ruleset_is_taken_up_and_no_query_is_lost() {
    let place = ready();
    let mut server = place.start();
    let asker = Asker::start(server.address);
    for (turn, name) in ["mot.example", "hai.example", "ba.example"]
        .iter()
        .enumerate()
    {
        let list = place.file(&format!("{turn}.txt"), &format!("{name}\n"));
        compile(
            &place,
            &[
                "--list",
                &format!("new={},domains,gambling", list.display()),
            ],
        );
        server.wait_for_answer(5, name, "NXDOMAIN");
    }
    asker.lost_nothing();
    server.wait_for("a new policy holds");
}

#[test]
fn many_changes_of_groups_hold_and_no_query_is_lost() {
    let place = ready();
    let server = place.start();
    let asker = Asker::start(server.address);
    for turn in 0..6 {
        let (tier, expected) = match turn % 2 {
            0 => ("staff", UPSTREAM_ANSWER),
            _ => ("thcs", "NXDOMAIN"),
        };
        let done = place.run(&["groups", "set", "thcs", "--tier", tier]);
        assert_eq!(done.code, 0, "{done:?}");
        server.wait_for_answer(3, "zalo.me", expected);
    }
    asker.lost_nothing();
}

#[test]
fn devices_have_the_names_that_dhcp_gave_them() {
    let place = place();
    let leases = place.file("dnsmasq.leases", "0 3c:22:fb:0a:b1:9e 10.6.0.9 ten-may *\n");
    let settings = fs::read_to_string(place.path("lachan.toml")).unwrap();
    place.file(
        "lachan.toml",
        &format!("{settings}lease-files = [\"{}\"]\n", leases.display()),
    );
    place.put_ruleset();
    let server = place.start();
    assert_eq!(server.answer(1, "ten-may.lan"), "10.6.0.9");
    assert_eq!(server.answer(1, "may-khac.lan"), "NXDOMAIN");
    fs::write(leases, "0 3c:22:fb:0a:b1:9f 10.6.0.8 may-khac *\n").unwrap();
    server.wait_for_answer(1, "may-khac.lan", "10.6.0.8");
    assert_eq!(server.answer(1, "ten-may.lan"), "NXDOMAIN");
    assert_eq!(server.stop("-TERM"), 0);
    let events = place.run(&["events", "--json"]).out;
    assert!(!events.contains("may"), "{events}");
}

#[test]
fn a_damaged_replacement_is_not_taken_up() {
    let place = ready();
    let mut server = place.start();
    let mut bytes = fs::read(place.ruleset()).unwrap();
    let end = bytes.len() - 100;
    bytes[end] ^= 0xFF;
    let candidate = place.path("data/lists/new");
    fs::write(&candidate, bytes).unwrap();
    fs::rename(&candidate, place.ruleset()).unwrap();
    server.wait_for("the new ruleset is damaged and not used");
    assert_eq!(server.answer(5, "fb88.com"), "NXDOMAIN");
}

#[test]
fn a_reload_is_done_on_sighup_and_loses_nothing() {
    let place = ready();
    let mut server = place.start();
    let settings = fs::read_to_string(place.path("lachan.toml")).unwrap();
    place.file(
        "lachan.toml",
        &format!("{settings}[resolver.unknown-devices]\ntier = \"staff\"\n"),
    );
    assert_eq!(server.answer(9, "chua-ai-biet.vn"), "NXDOMAIN");
    server.signal("-HUP");
    server.wait_for_answer(9, "chua-ai-biet.vn", UPSTREAM_ANSWER);
    place.file("lachan.toml", "version = \"v1\"\nnonsense = 1\n");
    server.signal("-HUP");
    server.wait_for("the settings have mistakes");
    assert_eq!(server.answer(9, "chua-ai-biet.vn"), UPSTREAM_ANSWER);
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn without_a_ruleset_the_rules_are_compiled_at_the_start() {
    let place = place();
    let mut server = place.start();
    server.wait_for("WARNING");
    assert_eq!(server.answer(9, "fb88.com"), "NXDOMAIN");
    assert!(place.ruleset().exists());
}

#[test]
fn a_cut_ruleset_falls_back_to_the_last_good_one() {
    let place = ready();
    let list = place.file("x.txt", "chi-trong-ban-moi.example\n");
    compile(
        &place,
        &["--list", &format!("x={},domains,gambling", list.display())],
    );
    let bytes = fs::read(place.ruleset()).unwrap();
    fs::remove_file(place.ruleset()).unwrap();
    fs::write(place.ruleset(), &bytes[..bytes.len() / 3]).unwrap();
    let mut server = place.start();
    server.wait_for("the last good one serves");
    assert_eq!(server.answer(5, "fb88.com"), "NXDOMAIN");
    assert_eq!(
        server.answer(5, "chi-trong-ban-moi.example"),
        UPSTREAM_ANSWER
    );
}

#[test]
fn damage_inside_the_ruleset_is_found_while_it_serves() {
    let place = ready();
    compile(&place, &[]);
    let mut bytes = fs::read(place.ruleset()).unwrap();
    // In the table, behind the header's page: found only by reading the file through.
    bytes[5_000] ^= 0xFF;
    fs::remove_file(place.ruleset()).unwrap();
    fs::write(place.ruleset(), bytes).unwrap();
    let mut server = place.start();
    server.wait_for("the last good ruleset serves");
    server.wait_for("a new policy holds");
    assert_eq!(server.answer(5, "fb88.com"), "NXDOMAIN");
}

#[test]
fn without_any_ruleset_it_refuses_to_start() {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    let text = fs::read_to_string(place.path("lachan.toml")).unwrap();
    place.file(
        "lachan.toml",
        &text.replace("rules = \"", "rules = \"/nonexistent"),
    );
    let done = place.run(&["run"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("never runs without a filter"), "{done:?}");
}

#[test]
fn a_damaged_database_is_set_aside_and_told() {
    let place = ready();
    fs::write(
        place.path("data/lachan.db"),
        b"this is no database at all, it is damaged",
    )
    .unwrap();
    let mut server = place.start();
    server.wait_for("WARNING");
    assert!(server.heard().contains("set aside"));
    assert_eq!(server.answer(9, "fb88.com"), "NXDOMAIN");
    let names = fs::read_dir(place.path("data"))
        .unwrap()
        .map(|file| file.unwrap().file_name());
    assert!(
        names
            .into_iter()
            .any(|name| name.to_string_lossy().contains(".corrupt-"))
    );
}

#[test]
fn a_taken_port_is_code_4_with_the_remedy() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let place = Place::new();
    place.settings(&format!("listen = [\"{address}\"]\nupstreams = []"));
    place.put_ruleset();
    let done = place.run(&["run"]);
    assert_eq!(done.code, 4, "{done:?}");
    assert!(
        done.err.contains(&address.to_string()) && done.err.contains("stop that program"),
        "{done:?}"
    );
}

#[test]
fn a_second_filter_on_one_database_is_refused() {
    let place = ready();
    let _server = place.start();
    let done = place.run(&["run"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("in use by another"), "{done:?}");
}

#[test]
fn without_upstreams_blocked_names_are_answered_and_it_is_said() {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    place.put_ruleset();
    place.put_groups();
    let server = place.start();
    assert_eq!(server.answer(5, "fb88.com"), "NXDOMAIN");
    assert_eq!(server.answer(5, "hoc.vn"), "ServFail");
}

#[test]
fn an_upstream_that_is_dead_leaves_blocked_names_answered() {
    let dead = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let place = Place::new();
    place.settings(&format!(
        "listen = [\"127.0.0.1:0\"]\nupstreams = [\"{dead}\"]\nupstream-timeout = \"100ms\""
    ));
    place.put_ruleset();
    place.put_groups();
    let server = place.start();
    assert_eq!(server.answer(5, "hoc.vn"), "ServFail");
    assert_eq!(server.answer(5, "fb88.com"), "NXDOMAIN");
}

#[test]
fn the_log_can_be_json() {
    let place = ready();
    let settings = fs::read_to_string(place.path("lachan.toml")).unwrap();
    place.file(
        "lachan.toml",
        &format!("{settings}[log]\nformat = \"json\"\n"),
    );
    let mut server = place.start();
    server.wait_for("whole");
    let line = server.heard().lines().last().unwrap().to_owned();
    serde_json::from_str::<serde_json::Value>(&line).unwrap();
}

#[test]
fn new_events_are_followed_as_they_are_written() {
    let place = ready();
    let server = place.start();
    server.answer(3, "fb88.com");
    let mut command = place.command(&["events", "--follow", "--json"]);
    let mut follower = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let mut next =
        || -> serde_json::Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["name"], "fb88.com");
    server.answer(4, "nohu.com");
    server.answer(4, "w88.com");
    assert_eq!(next()["group"], "thpt");
    follower.kill().unwrap();
    follower.wait().unwrap();
}
