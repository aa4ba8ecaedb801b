//! `lachan backup` and `lachan restore` on a box that runs.

use lachan_store::{Change, Settings, Store};

use crate::support::Place;

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
    if std::fs::metadata(&data).unwrap().uid() != 0 {
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
