//! `lachan backup` and `lachan restore` on a box that runs.

use std::fs;
use std::net::{TcpListener, UdpSocket};

use lachan_store::{Change, Settings, Store};
use serde_json::{Value, json};

use crate::settings::{admin, again, ready, settings, turn_note, wait_until};
use crate::support::Place;
use crate::web::PASSWORD;

/// A box with one group of this name.
fn a_box(group: &str) -> Place {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = [\"127.0.0.1:9\"]");
    place.put_ruleset();
    let added = [
        "groups",
        "add",
        group,
        "--tier",
        "thcs",
        "--subnet",
        "127.0.3.0/24",
    ];
    assert_eq!(place.run(&added).code, 0);
    place.file("passphrase", "a phrase of some length\n");
    place
}

#[test]
fn a_running_box_is_backed_up_and_takes_a_restore_up_when_it_starts_again() {
    let place = a_box("may-cu");
    let server = place.start();
    let made = place.run(&[
        "backup",
        "--out",
        "b.age",
        "--passphrase-file",
        "passphrase",
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(place.run(&["groups", "remove", "may-cu"]).code, 0);

    let restore = ["restore", "b.age", "--passphrase-file", "passphrase"];
    let shown = place.run(&restore);
    assert_eq!(shown.code, 1);
    assert!(shown.out.contains("the lists in use"), "{shown:?}");
    let staged = place.run(&[&restore[..], &["--yes"]].concat());
    assert!(staged.out.contains("restart it"), "{staged:?}");
    // Until then the box goes on as it is.
    assert!(!place.run(&["groups", "list"]).out.contains("may-cu"));
    assert_eq!(server.stop("-TERM"), 0);

    let server = place.start();
    assert!(place.run(&["groups", "list"]).out.contains("may-cu"));
    assert_eq!(server.answer(3, "fb88.com"), "NXDOMAIN");
    let undone = place.run(&["restore", "--undo"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(server.stop("-TERM"), 0);
    let server = place.start();
    assert!(!place.run(&["groups", "list"]).out.contains("may-cu"));
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_made_passphrase_opens_the_file_and_no_other_does() {
    let place = a_box("may-cu");
    let made = place.run(&["backup", "--out", "b.age", "--without-lists"]);
    assert_eq!(made.code, 0, "{made:?}");
    let passphrase = made
        .out
        .lines()
        .find_map(|line| line.strip_prefix("Passphrase: "));
    place.file("right", passphrase.unwrap());
    place.file("wrong", "2ma9-3rsn-uty2-z8bz-qwv8-6efk");
    let wrong = place.run(&["restore", "b.age", "--passphrase-file", "wrong", "--yes"]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
    let right = place.run(&["restore", "b.age", "--passphrase-file", "right", "--yes"]);
    assert_eq!(right.code, 0, "{right:?}");
    // Nobody is there to be asked.
    let unasked = place.run(&["restore", "b.age", "--yes"]);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    place.file("short", "short");
    let short = place.run(&["backup", "--out", "c.age", "--passphrase-file", "short"]);
    assert_eq!(short.code, 1, "{short:?}");
    assert!(!place.path("c.age").exists());
}

#[test]
fn a_box_that_is_reset_begins_as_new_at_its_next_start() {
    let place = a_box("may-cu");
    let server = place.start();
    let told = place.run(&["reset"]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.out.contains("no way back"), "{told:?}");
    let staged = place.run(&["reset", "--keep-network", "--yes"]);
    assert!(staged.out.contains("restart it"), "{staged:?}");
    // Until then the box goes on as it is.
    assert!(place.run(&["groups", "list"]).out.contains("may-cu"));
    assert_eq!(server.stop("-TERM"), 0);
    let server = place.start();
    assert!(!place.run(&["groups", "list"]).out.contains("may-cu"));
    assert!(!place.path("data/before-restore").exists());
    assert_eq!(server.stop("-TERM"), 0);
    // A box that stands still is reset at once.
    place.file("data/notes.txt", "not the box's");
    let done = place.run(&["reset", "--yes"]);
    assert!(done.out.contains("as new"), "{done:?}");
    assert!(done.err.contains("notes.txt is left"), "{done:?}");
    assert!(place.path("data/notes.txt").exists());
    let again = place.run(&["reset", "--yes"]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("nothing to delete"), "{again:?}");
    assert!(!place.path("data/lachan.db").exists());
}

#[test]
fn nothing_is_staged_that_the_running_filter_could_not_place() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let place = a_box("may-cu");
    let data = place.path("data");
    if fs::metadata(&data).unwrap().uid() != 0 {
        // Only root makes the data another user's.
        return;
    }
    let server = place.start();
    // As if the filter ran as that user: the settings are root's.
    chown(&data, Some(65_534), None).unwrap();
    let refused = place.run(&["reset", "--yes"]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(!place.path("data/reset.staged").exists());
    chown(&data, Some(0), None).unwrap();
    assert_eq!(server.stop("-TERM"), 0);
}

/// What the log of changes has, newest first.
fn log(place: &Place) -> Vec<Change> {
    let database = place.path("data/lachan.db");
    let store = Store::open_tool(&database, Settings::default()).unwrap();
    let all = store.reader().unwrap().audit(None, 9).unwrap();
    all.into_iter().map(|entry| entry.change).collect()
}

#[test]
fn backups_and_restores_are_in_the_log_of_changes() {
    let place = a_box("may-cu");
    let phrase = ["--passphrase-file", "passphrase"];
    let made = place.run(&[&["backup", "--out", "b.age"], &phrase[..]].concat());
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(log(&place), [Change::MakeBackup, Change::AddGroup]);
    let restored = place.run(&[&["restore", "b.age", "--yes"], &phrase[..]].concat());
    assert_eq!(restored.code, 0, "{restored:?}");
    // The backup was made before it was noted.
    assert_eq!(log(&place), [Change::RestoreBackup, Change::AddGroup]);
    let undone = place.run(&["restore", "--undo"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(
        log(&place),
        [Change::UndoRestore, Change::MakeBackup, Change::AddGroup]
    );
}

#[test]
fn a_restore_under_which_the_filter_does_not_start_is_taken_back() {
    let place = a_box("may-cu");
    let file = place.path("lachan.toml");
    let given = fs::read_to_string(&file).unwrap();
    // What the backup listens at is taken by the time it is restored.
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(taken).unwrap();
    let bad = given.replace("127.0.0.1:0", &taken.to_string());
    assert_ne!(bad, given);
    fs::write(&file, &bad).unwrap();
    let phrase = ["--passphrase-file", "passphrase"];
    let made = place.run(&[&["backup", "--out", "b.age"], &phrase[..]].concat());
    assert_eq!(made.code, 0, "{made:?}");
    fs::write(&file, &given).unwrap();
    assert_eq!(place.run(&["groups", "remove", "may-cu"]).code, 0);
    let server = place.start();
    let staged = place.run(&[&["restore", "b.age", "--yes"], &phrase[..]].concat());
    assert_eq!(staged.code, 0, "{staged:?}");
    assert_eq!(server.stop("-TERM"), 0);

    // It is placed, does not start, and the same process begins again with what was there.
    let server = place.start();
    assert_eq!(fs::read_to_string(&file).unwrap(), given);
    assert!(!place.run(&["groups", "list"]).out.contains("may-cu"));
    let notice = fs::read(place.path("lachan.toml.notice")).unwrap();
    let notice: Value = serde_json::from_slice(&notice).unwrap();
    assert_eq!(notice["why"], "restore");
    let reason = notice["reason"]["en"].as_str().unwrap();
    assert!(reason.contains(&taken.port().to_string()), "{notice}");
    assert_eq!(server.stop("-TERM"), 0);
    assert_eq!(log(&place)[0], Change::UndoRestore);
    drop((tcp, udp));
}

#[test]
fn the_network_of_a_backup_is_tried_by_the_running_box() {
    let place = ready();
    let server = place.start();
    drop(admin(&place));
    assert_eq!(server.stop("-TERM"), 0);
    let file = place.path("lachan.toml");
    let given = fs::read_to_string(&file).unwrap();
    let added = [
        "groups",
        "add",
        "may-cu",
        "--tier",
        "thcs",
        "--subnet",
        "127.0.3.0/24",
    ];
    assert_eq!(place.run(&added).code, 0);
    // The box of the backup had a network of staff.
    let elsewhere = given.replace(
        "management = [\"127.0.0.0/8\"]",
        "management = [\"127.0.0.0/8\"]\nstaff = [\"10.9.0.0/24\"]",
    );
    assert_ne!(elsewhere, given);
    fs::write(&file, &elsewhere).unwrap();
    place.file("passphrase", "a phrase of some length\n");
    let made = [
        "backup",
        "--out",
        "b.age",
        "--passphrase-file",
        "passphrase",
    ];
    assert_eq!(place.run(&made).code, 0);
    fs::write(&file, &given).unwrap();
    assert_eq!(place.run(&["groups", "remove", "may-cu"]).code, 0);

    let server = place.start();
    let mut browser = again(&place);
    let bytes = fs::read(place.path("b.age")).unwrap();
    assert_eq!(browser.send("/api/v1/box/restore/file", &bytes), 200);
    let opening = json!({ "passphrase": "a phrase of some length" });
    let (status, shown) = browser.ask("POST", "/api/v1/box/restore/check", Some(&opening));
    assert_eq!((status, &shown["fits"]), (200, &json!(true)), "{shown}");
    let yes = json!({ "password": PASSWORD, "own_network": false });
    let (status, said) = browser.ask("POST", "/api/v1/box/restore", Some(&yes));
    assert_eq!(status, 202, "{said}");
    wait_until(|| place.run(&["groups", "list"]).out.contains("may-cu"));
    wait_until(|| place.run(&["status"]).code == 0);
    let has_staff = || fs::read_to_string(&file).unwrap().contains("10.9.0.0/24");
    assert!(has_staff());
    let mut browser = again(&place);
    let pending = settings(&mut browser)["pending"].clone();
    assert!(pending["seconds"].as_u64().unwrap() > 60, "{pending}");
    assert_eq!(pending["by"], "Thầy An (an)");
    // Its time is over, and nobody confirmed.
    turn_note(&place, "until", json!(0));
    wait_until(|| !has_staff());
    // All else of the backup stays.
    assert!(place.run(&["groups", "list"]).out.contains("may-cu"));
    assert_eq!(server.stop("-TERM"), 0);
}
