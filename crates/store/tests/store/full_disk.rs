//! A disk that fills up: events wait, people are told, nothing is half done.

use lachan_policy::Tier;
use lachan_store::{DbError, GroupError, Settings, Store};

use crate::support::{Bench, DAY, NOW, act, events, no_devices};

/// A store whose file may have few pages, filled until a flush fails.
fn full() -> (Bench, Store, u32) {
    let bench = Bench::new();
    let settings = Settings {
        max_pages: Some(50),
        ..bench.settings.clone()
    };
    let bench = Bench { settings, ..bench };
    let store = bench.open();
    let mut recorded = 0;
    loop {
        for _ in 0..50 {
            let name = format!("a-name-of-some-length-{recorded}.com");
            assert!(
                store
                    .sink()
                    .try_record(bench.attempt(&name, u8::try_from(recorded % 251).unwrap()))
            );
            recorded += 1;
        }
        if let Err(error) = store.flush() {
            assert!(error.is_full(), "{error}");
            return (bench, store, recorded);
        }
    }
}

#[test]
fn events_wait_and_are_written_when_there_is_room_again() {
    let (bench, store, recorded) = full();
    let health = store.health();
    assert!(health.failing.unwrap().contains("disk is full"));
    assert_eq!((health.waiting, health.dropped), (50, 0));
    let written = events(&store).len();
    assert_eq!(written + 50, recorded as usize);
    // The deletion job makes room.
    bench.clock.set(NOW + 31 * DAY);
    store.retain().unwrap();
    store.flush().unwrap();
    assert_eq!(store.health().failing, None);
    assert_eq!(store.health().waiting, 0);
    assert_eq!(events(&store).len(), 50);
}

#[test]
fn a_person_is_told_and_nothing_is_half_done() {
    let (_bench, store, _) = full();
    let table = (0..500).map(|index| format!("a-long-name-of-a-group-{index},thcs,\n"));
    let table = table.collect::<String>();
    let error = store
        .import_groups(&act(), table.as_bytes(), &no_devices)
        .unwrap_err();
    let source = std::error::Error::source(&error)
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(
        format!("{error} {source}").contains("disk is full"),
        "{error} {source}"
    );
    let reader = store.reader().unwrap();
    assert_eq!(reader.groups().unwrap(), []);
    assert_eq!(reader.audit(None, 10).unwrap(), []);
}

#[test]
fn memory_stays_bounded_while_the_disk_is_full() {
    let bench = Bench::new();
    let settings = Settings {
        max_pages: Some(32),
        waiting_rows: 200,
        ..bench.settings.clone()
    };
    let bench = Bench { settings, ..bench };
    let store = bench.open();
    let mut recorded = 0u64;
    for minute in 0..40 {
        for device in 0..100 {
            let name = format!("a-name-of-some-length-{minute}.com");
            assert!(store.sink().try_record(bench.attempt(&name, device)));
            recorded += 1;
        }
        bench.clock.pass(60);
        let _ = store.flush();
        assert!(store.health().waiting <= 200);
    }
    assert!(store.health().failing.is_some());
    let path = bench.path();
    drop(store);
    // Room again: what is left is written, and nothing is missing without being counted.
    let store = Store::open_tool(&path, Settings::default()).unwrap();
    let written: u64 = events(&store)
        .iter()
        .map(|event| u64::from(event.count))
        .sum();
    assert!(written > 0 && written < recorded);
}

#[test]
fn a_lock_that_passes_costs_no_event() {
    let bench = Bench::new();
    let store = bench.open();
    let other = bench.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    assert!(matches!(store.flush(), Err(DbError::Locked(_))));
    assert!(store.health().failing.is_some());
    let refused = store.add_group(&act(), "6A", Tier::Thcs, vec![]);
    assert!(matches!(refused, Err(GroupError::Db(DbError::Locked(_)))));
    other.execute_batch("ROLLBACK").unwrap();
    store.flush().unwrap();
    assert_eq!(events(&store).len(), 1);
    assert_eq!(store.health().failing, None);
}
