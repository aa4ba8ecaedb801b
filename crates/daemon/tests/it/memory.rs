//! The cache over a restart of the built program: what comes back, what never stands on the disk,
//! and what becomes of a file that cannot be used.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;

use crate::support::{Place, Server, UPSTREAM_ANSWER, upstream};

/// Names of the shipped lists: popular, always open, protected.
const LISTED: [&str; 3] = ["wikipedia.org", "chinhphu.vn", "vnedu.vn"];
/// Names that are on none, one of them below a listed one; and a help line.
const OTHERS: [&str; 3] = [
    "bi-mat-cua-em.vn",
    "tin-nhan.wikipedia.org",
    "tongdai111.vn",
];

/// Answers came back; logged by a thread that begins behind the first answers.
const BACK: &str = "cached answers came back";

fn settings(place: &Place, upstream: SocketAddr, more: &str) {
    place.settings(&format!(
        "listen = [\"127.0.0.1:0\"]\nupstreams = [\"{upstream}\"]\nupstream-timeout = \"100ms\"\n{more}"
    ));
}

fn ready(more: &str) -> Place {
    let place = Place::new();
    settings(&place, upstream(), more);
    place.put_ruleset();
    place.put_groups();
    place
}

/// An upstream that never says a word; bound as long as it is kept.
fn silent() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn snapshot(place: &Place) -> PathBuf {
    place.path("data/state/cache.snapshot")
}

/// A place whose filter learned all names, listed or not, and was stopped.
fn learned(more: &str) -> Place {
    let place = ready(more);
    let server = place.start();
    for name in LISTED.iter().chain(&OTHERS) {
        assert_eq!(server.answer(5, name), UPSTREAM_ANSWER, "{name}");
    }
    assert_eq!(server.stop("-TERM"), 0);
    place
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

/// Starts the filter again, its upstream being dead by now.
fn start_in_the_dark(place: &Place, more: &str) -> (Server, UdpSocket) {
    let (socket, address) = silent();
    settings(place, address, more);
    (place.start(), socket)
}

#[test]
fn listed_names_survive_a_restart_and_others_stand_nowhere() {
    let place = learned("");
    let bytes = fs::read(snapshot(&place)).unwrap();
    // The first label is enough to find a name in a message.
    for name in LISTED {
        assert!(holds(&bytes, name.split('.').next().unwrap()), "{name}");
    }
    for file in fs::read_dir(place.path("data/state")).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap_or_default();
        for secret in ["bi-mat-cua-em", "tin-nhan", "tongdai111"] {
            assert!(
                !holds(&bytes, secret),
                "{secret} stands in {}",
                path.display()
            );
        }
    }
    let (mut server, _upstream) = start_in_the_dark(&place, "");
    server.wait_for(BACK);
    for name in LISTED {
        assert_eq!(server.answer(5, name), UPSTREAM_ANSWER, "{name}");
    }
    for name in OTHERS {
        assert_eq!(server.answer(5, name), "ServFail", "{name}");
    }
    let heard = server.heard().to_owned();
    assert!(
        !heard.contains("wikipedia") && !heard.contains("bi-mat"),
        "{heard}"
    );
    assert_eq!(server.stop("-TERM"), 0);
    // Another stop and start lose nothing.
    let (mut server, _upstream) = start_in_the_dark(&place, "");
    server.wait_for(BACK);
    assert_eq!(server.answer(5, LISTED[0]), UPSTREAM_ANSWER);
}

#[test]
fn with_the_same_upstream_answers_are_fresh_and_nobody_is_asked() {
    let place = learned("");
    let mut server = place.start();
    server.wait_for(BACK);
    let answer = server.ask(5, LISTED[0]);
    assert!(answer.answers[0].ttl <= 60);
    let totals = place.run(&["status", "--json"]).json()["totals"].clone();
    assert_eq!(
        (&totals["cached"], &totals["stale"]),
        (&1.into(), &0.into())
    );
    // What differs by tier is made of what came back, for each as before.
    assert_eq!(server.answer(1, LISTED[2]), UPSTREAM_ANSWER);
    assert_eq!(server.answer(1, "bi-mat-cua-em.vn"), "NXDOMAIN");
}

#[test]
fn a_flushed_name_does_not_come_back_from_the_disk() {
    let place = learned("");
    let mut server = place.start();
    server.wait_for(BACK);
    let done = place.run(&["cache", "flush", LISTED[0], "--json"]);
    assert_eq!(done.json()["flushed"], 1, "{done:?}");
    let bytes = fs::read(snapshot(&place)).unwrap();
    assert!(!holds(&bytes, "wikipedia") && holds(&bytes, "vnedu"));
    // Not even after an end without a last word.
    server.signal("-KILL");
    drop(server);
    let (mut server, _upstream) = start_in_the_dark(&place, "");
    server.wait_for(BACK);
    assert_eq!(server.answer(5, LISTED[0]), "ServFail");
    assert_eq!(server.answer(5, LISTED[2]), UPSTREAM_ANSWER);
    assert_eq!(place.run(&["cache", "flush"]).code, 0);
    let bytes = fs::read(snapshot(&place)).unwrap();
    assert!(
        !LISTED
            .iter()
            .any(|name| holds(&bytes, name.split('.').next().unwrap()))
    );
}

#[test]
fn a_flush_right_after_the_start_forgets_what_the_disk_holds() {
    let place = learned("");
    let server = place.start();
    // Whichever comes first, the taking back or the flush.
    let done = place.run(&["cache", "flush", LISTED[0], "--json"]);
    assert_eq!(done.json()["flushed"], 1, "{done:?}");
    assert_eq!(server.stop("-TERM"), 0);
    assert!(!holds(&fs::read(snapshot(&place)).unwrap(), "wikipedia"));
}

#[test]
fn a_file_that_cannot_be_used_is_set_aside_with_a_word() {
    let place = learned("");
    let good = fs::read(snapshot(&place)).unwrap();
    let mut newer = good.clone();
    newer[8] = 9;
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for (bytes, why) in [
        (&b"not ours at all"[..], "this is no snapshot of a cache"),
        (b"", "cut off"),
        (&good[..good.len() / 2], "cut off"),
        (&damaged, "its checksum is wrong"),
        (&newer, "of version 9"),
        (&vec![0; 5 << 20], "larger than"),
    ] {
        fs::write(snapshot(&place), bytes).unwrap();
        let mut server = place.start();
        server.wait_for(why);
        server.wait_for("was set aside; the cache begins empty");
        assert_eq!(server.answer(5, LISTED[0]), UPSTREAM_ANSWER);
        assert_eq!(server.stop("-TERM"), 0);
        let aside = place.path("data/state/cache.damaged");
        assert_eq!(fs::read(aside).unwrap(), bytes, "{why}");
        assert!(holds(&fs::read(snapshot(&place)).unwrap(), "wikipedia"));
    }
}

#[test]
fn what_is_no_ordinary_file_stays_and_the_filter_runs() {
    let place = ready("");
    fs::create_dir_all(snapshot(&place)).unwrap();
    let mut server = place.start();
    server.wait_for("it is no ordinary file");
    assert_eq!(server.answer(5, LISTED[0]), UPSTREAM_ANSWER);
    server.signal("-TERM");
    server.wait_for("cached answers cannot be saved");
    assert!(snapshot(&place).is_dir());
}

#[test]
fn without_the_shipped_lists_nothing_is_written() {
    let place = ready("");
    let text = fs::read_to_string(place.path("lachan.toml")).unwrap();
    let rules = crate::support::rules().display().to_string();
    place.file("lachan.toml", &text.replace(&rules, "/nonexistent"));
    let mut server = place.start();
    server.wait_for("no cached answer is kept over a restart");
    assert_eq!(server.answer(5, LISTED[0]), UPSTREAM_ANSWER);
    assert_eq!(place.run(&["cache", "flush"]).code, 0);
    assert_eq!(server.stop("-TERM"), 0);
    assert!(!snapshot(&place).exists());
}

#[test]
fn a_box_that_is_to_keep_nothing_keeps_nothing_and_removes_what_it_kept() {
    let place = learned("");
    assert!(snapshot(&place).exists());
    let (mut server, _upstream) = start_in_the_dark(&place, "cache-persist = \"off\"");
    server.wait_for("the saved cache was removed");
    assert_eq!(server.answer(5, LISTED[0]), "ServFail");
    assert_eq!(place.run(&["cache", "flush"]).code, 0);
    assert_eq!(server.stop("-TERM"), 0);
    assert!(!snapshot(&place).exists());
}

#[test]
fn a_box_that_serves_nothing_stale_takes_nothing_stale_back() {
    let more = "cache-serve-stale = \"off\"";
    let place = learned(more);
    // Another upstream makes all of it stale.
    let (mut server, _upstream) = start_in_the_dark(&place, more);
    server.wait_for(BACK);
    assert_eq!(server.answer(5, LISTED[0]), "ServFail");
}
