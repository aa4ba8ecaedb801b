//! Blocked attempts: what is kept, what is not, and that the hot path never waits.

use std::fs;
use std::sync::Arc;

use lachan_policy::{Action, Category, GroupId, Tier, Verdict};
use lachan_store::{EventFilter, Settings, Source};

use crate::support::{Bench, NOW, attempt, block, cell, events, wait_until};
use lachan_store::Clock as _;

#[test]
fn an_event_holds_what_it_may_and_no_more() {
    let bench = Bench::new();
    let store = bench.open();
    store.sink().try_record(bench.attempt("m.cdn.nohu.com", 1));
    store.flush().unwrap();
    let [event] = events(&store).try_into().unwrap();
    assert_eq!(event.minute, Some(NOW / 60));
    assert_eq!((event.group, event.tier), (GroupId(1), Tier::Thcs));
    assert_eq!(event.category, Category::new(4));
    assert_eq!(event.source, Source::List("base/gambling".into()));
    assert_eq!(event.name.as_deref(), Some("nohu.com"));
    assert_eq!(event.count, 1);
    assert!(event.device.is_some());
}

#[test]
fn no_host_and_no_address_reaches_the_disk() {
    let bench = Bench::new();
    let store = bench.open();
    for client in 1..=200 {
        store
            .sink()
            .try_record(bench.attempt("private-host.nohu.com", client));
    }
    store.flush().unwrap();
    let mapped = |client: u8| [0, 0, 0xFF, 0xFF, 10, 0, 0, client];
    for entry in fs::read_dir(bench.folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(!holds(b"private-host") && !holds(b"10.0.0."));
        assert!((1..=200).all(|client| !holds(&mapped(client))));
    }
    store.close().unwrap();
    assert!(
        fs::read(bench.path())
            .unwrap()
            .windows(8)
            .any(|window| window == b"nohu.com")
    );
}

#[test]
fn equal_attempts_are_one_row_with_their_count() {
    let bench = Bench::new();
    let store = bench.open();
    for client in [1, 1, 1, 2] {
        store.sink().try_record(bench.attempt("nohu.com", client));
    }
    bench.clock.pass(60);
    store.sink().try_record(bench.attempt("nohu.com", 1));
    store.flush().unwrap();
    let counts = events(&store)
        .iter()
        .map(|event| event.count)
        .collect::<Vec<_>>();
    assert_eq!(counts, [1, 1, 3]);
}

#[test]
fn a_no_name_cell_leaves_a_category_and_no_name() {
    let bench = Bench::new();
    let store = bench.open();
    let verdict = Verdict {
        no_name: true,
        ..block()
    };
    store
        .sink()
        .try_record(attempt(bench.clock.now(), verdict, "tuhai.com", 1));
    store.flush().unwrap();
    let [event] = events(&store).try_into().unwrap();
    assert_eq!((event.name, event.category), (None, Category::new(4)));
    let names: i64 = bench
        .raw()
        .query_row("SELECT count(*) FROM names", [], |row| row.get(0))
        .unwrap();
    assert_eq!(names, 0);
}

#[test]
fn devices_cannot_be_linked_from_day_to_day() {
    let bench = Bench::new();
    let store = bench.open();
    for _ in 0..2 {
        store.sink().try_record(bench.attempt("a.com", 1));
        store.sink().try_record(bench.attempt("b.com", 1));
        store.flush().unwrap();
        bench.clock.pass(86_400);
    }
    let devices = events(&store)
        .iter()
        .map(|event| event.device.unwrap())
        .collect::<Vec<_>>();
    assert!(devices[0] == devices[1] && devices[2] == devices[3]);
    assert_ne!(devices[0], devices[2]);
}

#[test]
fn the_hot_path_never_waits_for_the_disk() {
    let bench = Bench::new();
    let settings = Settings {
        queue: 64,
        busy_timeout: std::time::Duration::from_secs(60),
        ..bench.settings.clone()
    };
    let bench = Bench { settings, ..bench };
    let store = Arc::new(bench.open());
    store.flush().unwrap(); // the writer has settled
    let other = bench.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let sink = store.sink();
    sink.try_record(bench.attempt("first.com", 1));
    let flushing = std::thread::spawn({
        let store = Arc::clone(&store);
        move || store.flush()
    });
    // The writer hangs in its flush: the queue fills, is refused and counted, at once.
    let mut given = 1;
    wait_until("the queue's end", || {
        sink.dropped() > 0 || {
            sink.try_record(bench.attempt("more.com", 1));
            false
        }
    });
    while sink.dropped() < 100 {
        sink.try_record(bench.attempt("more.com", 1));
    }
    let dropped = sink.dropped();
    given += dropped;
    other.execute_batch("ROLLBACK").unwrap();
    flushing.join().unwrap().unwrap();
    store.flush().unwrap();
    assert_eq!(dropped, 100);
    let recorded: u64 = events(&store)
        .iter()
        .map(|event| u64::from(event.count))
        .sum();
    assert!(recorded >= 64 && given > 100, "{recorded} recorded");
}

#[test]
fn a_full_batch_is_written_without_waiting_for_its_time() {
    let bench = Bench::new();
    let settings = Settings {
        batch: 50,
        ..bench.settings.clone()
    };
    let bench = Bench { settings, ..bench };
    let store = bench.open();
    for client in 0..50 {
        assert!(store.sink().try_record(bench.attempt("nohu.com", client)));
    }
    wait_until("a flush", || store.health().flushes == 1);
    assert_eq!(events(&store).len(), 50);
}

/// The writer may look at any time, and takes what there is: what comes after makes the batch full.
#[test]
fn a_batch_that_came_in_two_parts_is_written_without_waiting_for_its_time() {
    let bench = Bench::new();
    let settings = Settings {
        batch: 50,
        ..bench.settings.clone()
    };
    let bench = Bench { settings, ..bench };
    let store = bench.open();
    let record = |client| assert!(store.sink().try_record(bench.attempt("nohu.com", client)));
    (0..30).for_each(record);
    assert_eq!(
        store.watch().recents().unwrap().read(None).unwrap().len(),
        30
    );
    assert_eq!(store.health().flushes, 0);
    (30..50).for_each(record);
    wait_until("a flush", || store.health().flushes == 1);
    assert_eq!(events(&store).len(), 50);
}

#[test]
fn what_waits_is_written_when_its_time_comes() {
    let bench = Bench::new();
    let flush = std::time::Duration::from_millis(10);
    let bench = Bench {
        settings: Settings {
            flush,
            ..bench.settings.clone()
        },
        ..bench
    };
    let store = bench.open();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    wait_until("a flush", || store.health().flushes == 1);
    assert_eq!(events(&store).len(), 1);
}

#[test]
fn a_dropped_store_writes_what_waits() {
    let bench = Bench::new();
    let store = bench.open();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    store.counters().bump(cell(Action::Block));
    drop(store);
    let store = bench.open();
    assert_eq!(events(&store).len(), 1);
    assert_eq!(store.reader().unwrap().counters(None).unwrap()[0].count, 1);
}

#[test]
fn a_closed_store_refuses_and_counts() {
    let bench = Bench::new();
    let store = bench.open();
    let sink = store.sink();
    store.close().unwrap();
    assert!(!sink.try_record(bench.attempt("nohu.com", 1)));
    assert_eq!(sink.dropped(), 1);
}

#[test]
fn many_threads_lose_nothing_uncounted() {
    let bench = Bench::new();
    let store = bench.open();
    let sink = store.sink();
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            let (sink, bench) = (sink.clone(), &bench);
            scope.spawn(move || {
                for index in 0..2_000 {
                    sink.try_record(bench.attempt(&format!("n{}.com", index % 100), thread));
                    sink.counters().bump(cell(Action::Block));
                }
            });
        }
    });
    store.flush().unwrap();
    let recorded: u64 = events(&store)
        .iter()
        .map(|event| u64::from(event.count))
        .sum();
    assert_eq!(recorded + sink.dropped(), 8_000);
    assert_eq!(
        store.reader().unwrap().counters(None).unwrap()[0].count,
        8_000
    );
}

#[test]
fn events_are_found_by_every_filter() {
    let bench = Bench::new();
    let store = bench.open();
    for (host, category) in [("a.com", 1), ("xn--2bnh-6na.vn", 2), ("b.com", 1)] {
        let verdict = Verdict {
            category: Category::new(category),
            ..block()
        };
        store
            .sink()
            .try_record(attempt(bench.clock.now(), verdict, host, 1));
        bench.clock.pass(60);
    }
    store.flush().unwrap();
    let reader = store.reader().unwrap();
    let check = |filter: EventFilter, expected: &[&str]| {
        let found = reader.events(&filter).unwrap();
        let names = found
            .iter()
            .map(|event| event.name.as_deref().unwrap())
            .collect::<Vec<_>>();
        assert_eq!(names, expected, "{filter:?}");
    };
    let all = EventFilter::default();
    let since = Some(NOW / 60 + 1);
    check(all.clone(), &["b.com", "xn--2bnh-6na.vn", "a.com"]);
    check(
        EventFilter {
            since,
            ..all.clone()
        },
        &["b.com", "xn--2bnh-6na.vn"],
    );
    check(
        EventFilter {
            until: since,
            ..all.clone()
        },
        &["a.com"],
    );
    check(
        EventFilter {
            category: Category::new(1),
            ..all.clone()
        },
        &["b.com", "a.com"],
    );
    check(
        EventFilter {
            tier: Some(Tier::Thpt),
            ..all.clone()
        },
        &[],
    );
    check(
        EventFilter {
            group: Some(GroupId(2)),
            ..all.clone()
        },
        &[],
    );
    check(
        EventFilter {
            name: Some(" B.co".into()),
            ..all.clone()
        },
        &["b.com"],
    );
    check(
        EventFilter {
            name: Some("2bánh.vn".into()),
            ..all.clone()
        },
        &["xn--2bnh-6na.vn"],
    );
    check(
        EventFilter {
            name: Some("%".into()),
            ..all.clone()
        },
        &[],
    );
    check(
        EventFilter {
            limit: 1,
            ..all.clone()
        },
        &["b.com"],
    );
    check(
        EventFilter {
            before: Some(2),
            ..all
        },
        &["a.com"],
    );
}

#[test]
fn the_names_blocked_most_come_first() {
    let bench = Bench::new();
    let store = bench.open();
    for (host, times) in [("a.com", 2), ("b.com", 5), ("c.com", 1)] {
        for _ in 0..times {
            store.sink().try_record(bench.attempt(host, 1));
        }
    }
    store.flush().unwrap();
    let top = store.reader().unwrap().top_blocked(0, 2).unwrap();
    let top = top
        .iter()
        .map(|top| (top.name.as_str(), top.count))
        .collect::<Vec<_>>();
    assert_eq!(top, [("b.com", 5), ("a.com", 2)]);
}

#[test]
fn a_reader_in_the_middle_of_its_work_holds_nobody_up() {
    let bench = Bench::new();
    let store = bench.open();
    store.sink().try_record(bench.attempt("a.com", 1));
    store.flush().unwrap();
    let other = bench.raw();
    let count = || -> i64 {
        other
            .query_row("SELECT count(*) FROM events", [], |row| row.get(0))
            .unwrap()
    };
    other.execute_batch("BEGIN").unwrap();
    assert_eq!(count(), 1);
    store.sink().try_record(bench.attempt("b.com", 1));
    store.flush().unwrap();
    assert_eq!(count(), 1, "a reader sees one state");
    assert_eq!(events(&store).len(), 2);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(count(), 2);
}
