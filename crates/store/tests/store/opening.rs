//! Opening a good file, and refusing what is none of ours.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use lachan_policy::Tier;
use lachan_store::{DbError, OpenError, Settings, Store};

use crate::support::{Bench, act, events};

#[test]
fn what_was_stored_is_there_after_a_restart() {
    let bench = Bench::new();
    let store = bench.open();
    store
        .add_group(
            &act(),
            "6A",
            Tier::Thcs,
            vec!["10.0.0.0/24".parse().unwrap()],
        )
        .unwrap();
    assert!(store.sink().try_record(bench.attempt("nohu.com", 1)));
    store.close().unwrap();
    let store = bench.open();
    assert_eq!(store.reader().unwrap().groups().unwrap()[0].name, "6A");
    assert_eq!(events(&store).len(), 1);
    assert_eq!(events(&store)[0].group_name.as_deref(), Some("6A"));
}

#[test]
fn only_the_owner_reads_the_files() {
    let bench = Bench::new();
    let store = bench.open();
    store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    for entry in std::fs::read_dir(bench.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
    }
}

#[test]
fn a_missing_folder_is_made() {
    let bench = Bench::new();
    let path = bench.folder.path().join("a/b/lachan.db");
    let store = Store::open_tool(&path, Settings::default()).unwrap();
    assert_eq!(store.reader().unwrap().groups().unwrap(), []);
}

#[test]
fn a_newer_database_is_refused_and_untouched() {
    let bench = Bench::new();
    bench.open().close().unwrap();
    bench.raw().pragma_update(None, "user_version", 99).unwrap();
    let error = bench.try_open().unwrap_err();
    assert!(
        matches!(
            error,
            OpenError::TooNew {
                found: 99,
                known: 8,
                ..
            }
        ),
        "{error}"
    );
    let version: i64 = bench
        .raw()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 99);
}

#[test]
fn another_program_s_database_is_refused_and_untouched() {
    let bench = Bench::new();
    bench
        .raw()
        .execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
        .unwrap();
    let error = bench.try_open().unwrap_err();
    assert!(matches!(error, OpenError::Foreign(_)), "{error}");
    let rows: i64 = bench
        .raw()
        .query_row("SELECT count(*) FROM theirs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn two_boxes_cannot_record_into_one_database() {
    let bench = Bench::new();
    let first = bench.open();
    let error = bench.try_open().unwrap_err();
    assert!(matches!(error, OpenError::InUse(_)), "{error}");
    assert!(error.to_string().contains("stop that one first"));
    drop(first);
    bench.open();
}

#[test]
fn a_database_that_another_program_locks_is_told() {
    let bench = Bench::new();
    bench.open().close().unwrap();
    let other = bench.raw();
    other
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    let error = bench.try_open().unwrap_err();
    let OpenError::Database { source, .. } = &error else {
        panic!("{error}")
    };
    assert!(source.is_locked() && source.to_string().contains("close it"));
    drop(other);
    bench.open();
}

#[test]
fn a_change_against_a_lock_fails_clearly_and_works_afterwards() {
    let bench = Bench::new();
    let store = bench.open();
    let other = bench.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store
        .add_group(&act(), "6A", Tier::Thcs, vec![])
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("another program holds the database"),
        "{error}"
    );
    other.execute_batch("ROLLBACK").unwrap();
    store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
}

#[test]
fn a_tool_changes_groups_beside_a_running_box() {
    let bench = Bench::new();
    let store = bench.open();
    let reader = store.reader().unwrap();
    let before = reader.revision().unwrap();
    let settings = Settings {
        busy_timeout: Duration::from_secs(5),
        ..bench.settings.clone()
    };
    let tool = Store::open_tool(&bench.path(), settings).unwrap();
    tool.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    tool.close().unwrap();
    assert!(reader.revision().unwrap() > before);
    assert_eq!(reader.groups().unwrap().len(), 1);
}

#[test]
fn a_tool_records_nothing_and_deletes_nothing() {
    let bench = Bench::new();
    bench.open().close().unwrap();
    let tool = Store::open_tool(&bench.path(), bench.settings.clone()).unwrap();
    assert!(!tool.sink().try_record(bench.attempt("nohu.com", 1)));
    assert_eq!(tool.health().dropped, 1);
    assert!(matches!(tool.retain(), Err(DbError::ClockUnknown)));
}

#[test]
fn the_revision_moves_with_people_s_changes_only() {
    let bench = Bench::new();
    let store = bench.open();
    let reader = store.reader().unwrap();
    let start = reader.revision().unwrap();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    store.flush().unwrap();
    assert_eq!(reader.revision().unwrap(), start);
    store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    assert!(reader.revision().unwrap() > start);
}
