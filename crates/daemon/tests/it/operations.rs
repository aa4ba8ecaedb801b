//! What looks after a running filter: the control socket and its commands, the page of figures,
//! the service manager, the log.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Place, UPSTREAM_ANSWER, rules, upstream};

fn ready() -> Place {
    let place = Place::new();
    place.settings(&format!(
        "listen = [\"127.0.0.1:0\"]\nupstreams = [\"{}\"]",
        upstream()
    ));
    place.put_ruleset();
    place.put_groups();
    place
}

fn totals(place: &Place) -> Value {
    place.run(&["status", "--json"]).json()["totals"].clone()
}

#[test]
fn bypass_attempts_of_the_day_outlive_a_restart() {
    let place = ready();
    let today = || place.run(&["status", "--json"]).json()["bypasses"].clone();
    let server = place.start();
    for _ in 0..3 {
        server.answer(3, "mask.icloud.com");
    }
    assert_eq!(today()["today"]["bypass_relay"], 3);
    assert_eq!(server.stop("-TERM"), 0);
    let server = place.start();
    server.answer(3, "mask.icloud.com");
    assert_eq!(today()["today"]["bypass_relay"], 4);
    assert_eq!(today()["week"]["bypass_relay"], 4);
    assert_eq!(totals(&place)["bypass_relay"], 1);
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn the_status_tells_what_runs_and_a_stopped_filter_is_told() {
    let place = ready();
    let server = place.start();
    server.answer(3, "fb88.com");
    server.answer(5, "hoc.vn");
    let status = place.run(&["status", "--json"]).json();
    assert_eq!(status["pid"], server.pid());
    assert_eq!(status["listeners"][0], server.address.to_string());
    assert_eq!(status["groups"], 6);
    assert_eq!(status["totals"]["blocked"], 1);
    // It is also asked whether it passes signatures on.
    assert!(status["upstreams"][0]["answered"].as_u64() >= Some(1));
    assert!(status["process"]["resident"].as_u64() > Some(1 << 20));
    let shown = place.run(&["status"]);
    assert!(shown.out.contains(&server.address.to_string()), "{shown:?}");
    let socket = place.path("data/state/control.sock");
    let mode = fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(server.stop("-TERM"), 0);
    assert!(!socket.exists());
    for command in [
        &["status"][..],
        &["top", "--once"],
        &["reload"],
        &["cache", "flush"],
    ] {
        let done = place.run(command);
        assert_eq!(done.code, 1, "{done:?}");
        assert!(done.err.contains("the filter is not running"), "{done:?}");
    }
}

#[test]
fn the_cache_is_flushed_by_name_and_whole() {
    let place = ready();
    let mut server = place.start();
    for name in ["hoc.vn", "a.hoc.vn", "khac.vn", "hoc.vn"] {
        assert_eq!(server.answer(5, name), UPSTREAM_ANSWER);
    }
    let before = totals(&place);
    assert_eq!(
        (&before["forwarded"], &before["cached"]),
        (&3.into(), &1.into())
    );
    let done = place.run(&["cache", "flush", "hoc.vn", "--below", "--json"]);
    assert_eq!(done.json()["flushed"], 2, "{done:?}");
    server.answer(5, "hoc.vn");
    assert_eq!(totals(&place)["forwarded"], 4);
    let done = place.run(&["cache", "flush"]);
    assert!(done.out.contains("Forgot 2 cached answers"), "{done:?}");
    assert_eq!(place.run(&["cache", "flush", "a b"]).code, 2);
    assert_eq!(place.run(&["cache", "flush", "--below"]).code, 2);
    let heard = server.heard();
    assert!(
        heard.contains("forgotten by request") && !heard.contains("hoc.vn"),
        "{heard}"
    );
}

#[test]
fn a_reload_tells_how_it_went() {
    let place = ready();
    let server = place.start();
    let done = place.run(&["reload"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.starts_with("Read the settings"), "{done:?}");
    place.add_settings("[resolver.unknown-devices]\ntier = \"staff\"");
    assert_eq!(place.run(&["reload"]).code, 0);
    assert_eq!(server.answer(9, "chua-ai-biet.vn"), UPSTREAM_ANSWER);
    place.add_settings("[log]\nlevel = \"warn\"");
    let done = place.run(&["reload"]);
    assert!(done.out.contains("need a restart"), "{done:?}");
}

#[test]
fn settings_with_mistakes_are_told_and_the_old_ones_stay() {
    let place = ready();
    let server = place.start();
    // The command reads the same file as the filter, so it is the first to find the mistake.
    let sound = fs::read_to_string(place.path("lachan.toml")).unwrap();
    place.add_settings("[log]\nlevel = \"loud\"");
    let done = place.run(&["reload"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("loud"), "{done:?}");
    let other = place.file("sound.toml", &sound);
    let done = place.run(&["reload", "--config", other.to_str().unwrap()]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.err.contains("those in use stay") && done.err.contains("loud"),
        "{done:?}"
    );
    assert_eq!(server.answer(3, "fb88.com"), "NXDOMAIN");
}

#[test]
fn the_live_view_shows_what_is_blocked_and_nothing_that_is_allowed() {
    let place = ready();
    let server = place.start();
    for _ in 0..5 {
        server.answer(3, "www.fb88.com");
    }
    server.answer(4, "w88.com");
    server.answer(5, "bi-mat-cua-em.vn");
    let done = place.run(&["top", "--once", "--json"]);
    let sample = done.json();
    let blocked = &sample["blocked"];
    assert_eq!(blocked["attempts"], 6, "{sample}");
    assert_eq!(
        (&blocked["names"][0]["name"], &blocked["names"][0]["count"]),
        (&"fb88.com".into(), &5.into())
    );
    assert_eq!(blocked["categories"][0]["id"], "gambling");
    let of = |group: &str| {
        let groups = blocked["groups"].as_array().unwrap();
        groups.iter().find(|found| found["name"] == group).unwrap()["count"].clone()
    };
    assert_eq!(
        (of("thcs"), of("thpt"), of("staff")),
        (5.into(), 1.into(), 0.into())
    );
    assert_eq!(sample["upstream"]["count"], 1);
    assert!(!done.out.contains("bi-mat"), "{done:?}");
    let shown = place.run(&["top", "--once"]);
    for part in ["fb88.com", "Gambling", "thcs (thcs)", "answered here"] {
        assert!(shown.out.contains(part), "{part}: {shown:?}");
    }
    assert!(
        !shown.out.contains('\u{1b}') && !shown.out.contains("bi-mat"),
        "{shown:?}"
    );
    // What was shown before it was written is written all the same, once.
    assert_eq!(server.stop("-TERM"), 0);
    let events = place.run(&["events", "--json"]).json();
    let counts = events
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| event["count"].as_u64());
    assert_eq!(counts.sum::<u64>(), 6, "{events}");
}

#[test]
fn looks_come_one_after_the_other_until_nobody_takes_them() {
    let place = ready();
    let server = place.start();
    let program = env!("CARGO_BIN_EXE_lachan");
    let script = format!("set -o pipefail; {program} top --json | head -n 2 | wc -l");
    let mut command = std::process::Command::new("bash");
    command
        .args(["-c", &script])
        .env("LACHAN_CONFIG", place.path("lachan.toml"));
    let done = crate::support::done(command.output().unwrap());
    assert_eq!((done.code, done.out.trim()), (0, "2"), "{done:?}");
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn figures_are_served_where_the_settings_say() {
    let place = ready();
    place.add_settings("[metrics]\nlisten = \"127.0.0.1:0\"");
    let server = place.start();
    server.answer(3, "fb88.com");
    let line = server
        .announced
        .lines()
        .find_map(|line| line.split("Figures: http://").nth(1));
    let address = line.unwrap().trim_end_matches("/metrics").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
    assert!(
        page.contains("lachan_dns_queries_total{outcome=\"blocked\"} 1\n"),
        "{page}"
    );
    assert!(!page.contains("fb88"), "{page}");
    let printed = place.run(&["status", "--metrics"]);
    assert!(
        printed
            .out
            .contains("# TYPE lachan_dns_queries_total counter"),
        "{printed:?}"
    );
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn figures_are_off_unless_told() {
    let place = ready();
    let server = place.start();
    assert!(
        !server.announced.contains("Figures"),
        "{}",
        server.announced
    );
    assert_eq!(
        place.run(&["status", "--json"]).json()["metrics"],
        Value::Null
    );
}

#[test]
fn a_taken_port_of_the_figures_is_code_4() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let place = ready();
    place.add_settings(&format!("[metrics]\nlisten = \"{address}\""));
    let done = place.run(&["run"]);
    assert_eq!(done.code, 4, "{done:?}");
    assert!(done.err.contains("metrics.listen"), "{done:?}");
}

#[test]
fn a_dead_filter_s_socket_is_replaced_and_a_live_one_s_is_not() {
    let place = ready();
    let server = place.start();
    let socket = place.path("data/state/control.sock");
    server.signal("-KILL");
    drop(server);
    assert!(socket.exists());
    let server = place.start();
    assert_eq!(place.run(&["status", "--json"]).json()["pid"], server.pid());
    let other = ready();
    other.add_settings(&format!("[control]\nsocket = \"{}\"", socket.display()));
    let done = other.run(&["run"]);
    assert_eq!(done.code, 4, "{done:?}");
    assert!(done.err.contains("control.socket"), "{done:?}");
    assert_eq!(place.run(&["status", "--json"]).json()["pid"], server.pid());
}

#[test]
fn a_socket_that_cannot_be_had_does_not_keep_the_filter_from_filtering() {
    let place = ready();
    place.add_settings("[control]\nsocket = \"/proc/nowhere/control.sock\"");
    let mut server = place.start();
    assert_eq!(server.answer(3, "fb88.com"), "NXDOMAIN");
    server.wait_for("commands cannot reach this filter");
    assert_eq!(server.stop("-TERM"), 0);
}

/// What a service manager hears, message by message.
struct Manager {
    socket: UnixDatagram,
    path: String,
}

impl Manager {
    fn new(place: &Place) -> Self {
        let path = place.text("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Self { socket, path }
    }

    /// Waits until a message holds this line.
    fn wait_for(&self, line: &str) -> String {
        let mut buffer = [0; 4096];
        loop {
            let length = self
                .socket
                .recv(&mut buffer)
                .unwrap_or_else(|e| panic!("{line}: {e}"));
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.lines().any(|told| told.starts_with(line)) {
                return text;
            }
        }
    }
}

#[test]
fn the_service_manager_is_told_of_the_whole_life() {
    let place = ready();
    let manager = Manager::new(&place);
    let variables = [
        ("NOTIFY_SOCKET", manager.path.as_str()),
        ("WATCHDOG_USEC", "600000"),
    ];
    let server = place.start_with(&variables);
    let first = manager.wait_for("READY=1");
    assert!(
        first.contains("WATCHDOG=1") && first.contains("STATUS=Filtering "),
        "{first}"
    );
    manager.wait_for("WATCHDOG=1");
    manager.wait_for("WATCHDOG=1");
    assert_eq!(server.answer(3, "fb88.com"), "NXDOMAIN");
    server.signal("-HUP");
    let reloading = manager.wait_for("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    manager.wait_for("READY=1");
    server.signal("-TERM");
    manager.wait_for("STOPPING=1");
}

#[test]
fn a_process_that_stands_still_is_not_alive() {
    let place = ready();
    let manager = Manager::new(&place);
    let variables = [
        ("NOTIFY_SOCKET", manager.path.as_str()),
        ("WATCHDOG_USEC", "600000"),
    ];
    let server = place.start_with(&variables);
    manager.wait_for("READY=1");
    server.signal("-STOP");
    manager.socket.set_nonblocking(true).unwrap();
    let mut buffer = [0; 4096];
    while manager.socket.recv(&mut buffer).is_ok() {}
    // The signal is heeded before kill(1) ends; what was sent before it is taken above.
    std::thread::sleep(Duration::from_secs(1));
    assert!(manager.socket.recv(&mut buffer).is_err());
    server.signal("-CONT");
    manager.socket.set_nonblocking(false).unwrap();
    manager.wait_for("WATCHDOG=1");
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_json_log_is_json_from_the_first_line_to_the_last() {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    place.add_settings("[log]\nformat = \"json\"\nlevel = \"trace\"");
    // Without a ruleset the start warns; a damaged database does, too.
    fs::create_dir_all(place.path("data")).unwrap();
    fs::write(place.path("data/lachan.db"), b"this is no database at all").unwrap();
    let mut server = place.start();
    server.answer(5, "bi-mat-cua-em.vn");
    server.signal("-HUP");
    server.wait_for("reloading");
    server.signal("-TERM");
    server.wait_for("stopping");
    let heard = server.heard();
    assert!(
        heard.contains("set aside") && !heard.contains("bi-mat"),
        "{heard}"
    );
    for line in heard.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(
            line["level"].is_string() && line["timestamp"].is_string(),
            "{line}"
        );
    }
}

#[test]
fn a_failed_start_is_told_in_the_log_s_own_form() {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    let text = fs::read_to_string(place.path("lachan.toml")).unwrap();
    let rules = rules().display().to_string();
    place.file("lachan.toml", &text.replace(&rules, "/nonexistent"));
    place.add_settings("[log]\nformat = \"json\"");
    let done = place.run(&["run"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("never runs without a filter"), "{done:?}");
    for line in done.err.lines() {
        let told = serde_json::from_str::<Value>(line);
        assert!(told.is_ok(), "no JSON: {line}");
    }
}
