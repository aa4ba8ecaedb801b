//! Damaged files: set aside, told, and the box goes on.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use lachan_policy::Tier;
use lachan_store::{OpenError, Store};
use proptest::prelude::*;

use crate::support::{Bench, DAY, NOW, act};

/// A closed database with a few pages of content; made once, then copied.
fn written() -> Bench {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    let bench = Bench::new();
    fs::write(bench.path(), FILE.get_or_init(content)).unwrap();
    bench
}

fn content() -> Vec<u8> {
    let bench = Bench::new();
    let store = bench.open();
    for index in 0..40 {
        store
            .add_group(&act(), &format!("group {index}"), Tier::Thcs, vec![])
            .unwrap();
        store
            .sink()
            .try_record(bench.attempt(&format!("nohu{index}.com"), index));
    }
    store.close().unwrap();
    fs::read(bench.path()).unwrap()
}

fn is_set_aside(bench: &Bench) {
    let bytes = fs::read(bench.path()).unwrap();
    let opened = bench.try_open().unwrap();
    let aside = opened.set_aside.expect("set aside");
    assert_eq!(
        aside,
        bench.folder.path().join(format!("lachan.db.corrupt-{NOW}"))
    );
    assert_eq!(fs::read(aside).unwrap(), bytes);
    assert_eq!(opened.store.reader().unwrap().groups().unwrap(), []);
    opened
        .store
        .add_group(&act(), "6A", Tier::Thcs, vec![])
        .unwrap();
    opened.store.close().unwrap();
    assert_eq!(bench.open().reader().unwrap().groups().unwrap().len(), 1);
}

fn alter(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_file_of_garbage_is_set_aside() {
    let bench = Bench::new();
    fs::write(bench.path(), "not a database".repeat(1_000)).unwrap();
    is_set_aside(&bench);
}

#[test]
fn a_truncated_file_is_set_aside() {
    let bench = written();
    alter(&bench.path(), |bytes| {
        bytes.truncate(bytes.len() / 2 / 4096 * 4096)
    });
    is_set_aside(&bench);
}

#[test]
fn a_file_with_a_destroyed_page_is_set_aside() {
    let bench = written();
    alter(&bench.path(), |bytes| bytes[4096 * 3..4096 * 4].fill(0xA5));
    is_set_aside(&bench);
}

#[test]
fn a_file_with_a_destroyed_header_is_set_aside() {
    let bench = written();
    alter(&bench.path(), |bytes| bytes[..16].fill(0));
    is_set_aside(&bench);
}

#[test]
fn a_version_that_no_program_writes_is_damage() {
    let bench = written();
    alter(&bench.path(), |bytes| bytes[60..64].fill(0x7F));
    is_set_aside(&bench);
}

#[test]
fn the_log_goes_aside_with_its_database() {
    let bench = Bench::new();
    fs::write(bench.path(), "garbage".repeat(1_000)).unwrap();
    fs::write(bench.folder.path().join("lachan.db-wal"), "log").unwrap();
    bench.try_open().unwrap();
    let log = bench
        .folder
        .path()
        .join(format!("lachan.db.corrupt-{NOW}-wal"));
    assert_eq!(fs::read_to_string(log).unwrap(), "log");
}

#[test]
fn nothing_that_was_set_aside_is_overwritten() {
    let bench = Bench::new();
    for _ in 0..3 {
        fs::write(bench.path(), "garbage".repeat(1_000)).unwrap();
        bench.try_open().unwrap().store.close().unwrap();
    }
    let names = ["", ".1", ".2"].map(|end| format!("lachan.db.corrupt-{NOW}{end}"));
    for name in names {
        assert!(bench.folder.path().join(&name).exists(), "{name}");
    }
}

#[test]
fn set_aside_files_are_deleted_with_the_events_they_hold() {
    let bench = Bench::new();
    fs::write(bench.path(), "garbage".repeat(1_000)).unwrap();
    let opened = bench.try_open().unwrap();
    let aside = opened.set_aside.unwrap();
    bench.clock.set(NOW + 29 * DAY);
    opened.store.retain().unwrap();
    assert!(aside.exists());
    bench.clock.set(NOW + 31 * DAY);
    opened.store.retain().unwrap();
    assert!(!aside.exists());
    assert!(bench.path().exists());
}

#[test]
fn a_tool_does_not_set_aside_what_a_box_uses() {
    let bench = Bench::new();
    fs::write(bench.path(), "garbage".repeat(1_000)).unwrap();
    let error = Store::open_tool(&bench.path(), bench.settings.clone()).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert!(bench.path().exists());
}

#[test]
fn an_unreadable_group_does_not_hide_the_others() {
    let bench = written();
    bench
        .raw()
        .execute(
            "UPDATE groups SET settings = '{' WHERE name = 'group 3'",
            [],
        )
        .unwrap();
    let store = bench.open();
    assert_eq!(store.reader().unwrap().groups().unwrap().len(), 39);
    store.add_group(&act(), "7A", Tier::Thcs, vec![]).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_damage_upsets_opening(
        at in 0usize..20_000,
        bytes in proptest::collection::vec(any::<u8>(), 1..64),
    ) {
        let bench = written();
        alter(&bench.path(), |file| {
            let at = at % file.len();
            let end = file.len().min(at + bytes.len());
            file[at..end].copy_from_slice(&bytes[..end - at]);
        });
        // Opened, set aside or refused with a reason; never a panic, never a hang.
        match bench.try_open() {
            Ok(opened) => {
                let reader = opened.store.reader().unwrap();
                let _ = reader.groups();
                let _ = reader.events(&lachan_store::EventFilter::default());
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
