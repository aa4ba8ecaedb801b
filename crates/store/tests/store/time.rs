//! Clocks that are not known, hours that end, and what grows old.

use lachan_policy::Action;
use lachan_store::{Clock as _, DbError, Deleted};

use crate::support::{Bench, DAY, NOW, attempt, block, cell, events};

#[test]
fn counts_go_to_the_hour_they_happened_in() {
    let bench = Bench::new();
    let store = bench.open();
    let counters = store.counters();
    (0..3).for_each(|_| counters.bump(cell(Action::Allow)));
    store.flush().unwrap();
    counters.bump(cell(Action::Allow));
    bench.clock.pass(1800); // 09:00
    store.flush().unwrap();
    counters.bump(cell(Action::Allow));
    counters.bump(cell(Action::Block));
    store.flush().unwrap();
    let counts = store.reader().unwrap().counters(None).unwrap();
    let found = counts
        .iter()
        .map(|c| (c.hour, c.cell.action, c.count))
        .collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            (8, Action::Allow, 4),
            (9, Action::Allow, 1),
            (9, Action::Block, 1)
        ]
    );
    assert_eq!(counts[0].day, Some((NOW + 7 * 3600) / DAY));
}

#[test]
fn without_a_clock_events_are_kept_and_dated_when_it_comes() {
    let bench = Bench::new();
    bench.clock.set(0);
    let store = bench.open();
    store
        .sink()
        .try_record(attempt(None, block(), "nohu.com", 1));
    store.flush().unwrap();
    assert_eq!(events(&store)[0].minute, None);
    bench.clock.set(NOW);
    store.flush().unwrap();
    assert_eq!(events(&store)[0].minute, Some(NOW / 60));
}

#[test]
fn events_of_a_run_that_never_knew_the_time_stay_undated() {
    let bench = Bench::new();
    bench.clock.set(0);
    let store = bench.open();
    store
        .sink()
        .try_record(attempt(None, block(), "nohu.com", 1));
    store.close().unwrap();
    bench.clock.set(NOW);
    let store = bench.open();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    store.flush().unwrap();
    let minutes = events(&store)
        .iter()
        .map(|event| event.minute)
        .collect::<Vec<_>>();
    assert_eq!(minutes, [Some(NOW / 60), None]);
}

#[test]
fn counts_without_a_clock_are_exact_and_undated() {
    let bench = Bench::new();
    bench.clock.set(0);
    let store = bench.open();
    store.counters().bump(cell(Action::Block));
    store.flush().unwrap();
    store.counters().bump(cell(Action::Block));
    bench.clock.set(NOW);
    store.flush().unwrap();
    let counts = store.reader().unwrap().counters(None).unwrap();
    let found = counts
        .iter()
        .map(|c| (c.day.is_some(), c.count))
        .collect::<Vec<_>>();
    assert_eq!(found, [(false, 1), (true, 1)]);
}

#[test]
fn nothing_is_deleted_without_a_clock() {
    let bench = Bench::new();
    bench.clock.set(0);
    assert!(matches!(bench.open().retain(), Err(DbError::ClockUnknown)));
}

#[test]
fn old_events_go_at_the_next_start_and_leave_proof() {
    let bench = Bench::new();
    let store = bench.open();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    store.close().unwrap();
    bench.clock.set(NOW + 31 * DAY);
    let store = bench.open();
    store.flush().unwrap();
    assert_eq!(events(&store), []);
    let deletions = store.reader().unwrap().deletions(1).unwrap();
    let deleted = Deleted {
        events: 1,
        names: 1,
        ..Deleted::default()
    };
    assert_eq!(deletions, [(NOW + 31 * DAY, deleted)]);
    // The name was taken out of the dictionary too, and comes back when it is met again.
    store.sink().try_record(bench.attempt("nohu.com", 1));
    store.flush().unwrap();
    assert_eq!(events(&store)[0].name.as_deref(), Some("nohu.com"));
}

#[test]
fn old_events_go_once_a_day_while_the_box_runs() {
    let bench = Bench::new();
    let store = bench.open();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    for _ in 0..32 {
        store.flush().unwrap();
        bench.clock.pass(DAY);
        store.sink().try_record(bench.attempt("zing.vn", 1));
    }
    store.flush().unwrap();
    let names = events(&store)
        .into_iter()
        .filter_map(|event| event.name)
        .collect::<Vec<_>>();
    assert!(!names.contains(&"nohu.com".to_owned()));
    assert!((30..=32).contains(&names.len()), "{}", names.len());
}

#[test]
fn a_clock_that_jumps_years_ahead_deletes_nothing() {
    let bench = Bench::new();
    let store = bench.open();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    store.close().unwrap();
    bench.clock.set(NOW + 3_000 * DAY);
    bench.open().close().unwrap();
    bench.clock.set(NOW + DAY);
    let store = bench.open();
    store.flush().unwrap();
    assert_eq!(events(&store).len(), 1);
    assert!(bench.clock.now().is_some());
}
