//! Attempts to get round the filter, by day and kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lachan_policy::BypassKind;
use lachan_store::{BypassDays, BypassTotals, Clock as _, Store};

use crate::support::{Bench, DAY};

const KINDS: usize = BypassKind::ALL.len();

/// Counters of a run, as the resolver has them: they begin at 0 and only grow.
#[derive(Clone, Default)]
struct Run(Arc<[AtomicU64; KINDS]>);

impl Run {
    fn of(store: &Store) -> Self {
        let run = Self::default();
        let counted = run.clone();
        store.keep_bypasses(move || counted.0.each_ref().map(|n| n.load(Ordering::SeqCst)));
        run
    }

    fn count(&self, kind: BypassKind, attempts: u64) {
        self.0[kind.index()].fetch_add(attempts, Ordering::SeqCst);
    }
}

fn totals(counts: &[(BypassKind, u64)]) -> BypassTotals {
    let mut totals = BypassTotals::default();
    for (kind, count) in counts {
        totals[kind.index()] = *count;
    }
    totals
}

fn days(bench: &Bench, store: &Store) -> BypassDays {
    let today = bench.clock.now().unwrap().local_day();
    store.watch().bypasses(today)
}

#[test]
fn attempts_outlive_a_restart_by_day_and_kind() {
    let bench = Bench::new();
    let store = bench.open();
    let run = Run::of(&store);
    run.count(BypassKind::Vpn, 3);
    store.flush().unwrap();
    run.count(BypassKind::Doh, 1);
    store.close().unwrap(); // writes what waits
    bench.clock.pass(DAY);
    let store = bench.open();
    let run = Run::of(&store);
    run.count(BypassKind::Vpn, 2);
    let both = totals(&[(BypassKind::Vpn, 5), (BypassKind::Doh, 1)]);
    let expected = BypassDays {
        today: totals(&[(BypassKind::Vpn, 2)]),
        week: both,
    };
    assert_eq!(days(&bench, &store), expected, "seen before it is written");
    store.flush().unwrap();
    assert_eq!(days(&bench, &store), expected, "and once after");
    store.flush().unwrap();
    assert_eq!(days(&bench, &store), expected);
}

#[test]
fn a_day_leaves_the_week_after_seven_days() {
    let bench = Bench::new();
    let store = bench.open();
    let run = Run::of(&store);
    for day in 1..=10 {
        run.count(BypassKind::Proxy, day);
        store.flush().unwrap();
        let first = day.saturating_sub(6).max(1);
        let expected = BypassDays {
            today: totals(&[(BypassKind::Proxy, day)]),
            week: totals(&[(BypassKind::Proxy, (first..=day).sum())]),
        };
        assert_eq!(days(&bench, &store), expected, "day {day}");
        bench.clock.pass(DAY);
        store.flush().unwrap(); // the writer has seen that the day ended
    }
}

#[test]
fn what_was_counted_before_midnight_belongs_to_that_day() {
    let bench = Bench::new();
    let store = bench.open();
    let run = Run::of(&store);
    run.count(BypassKind::Vpn, 4);
    bench.clock.pass(DAY);
    store.flush().unwrap(); // the first look of the new day
    let days = days(&bench, &store);
    assert_eq!(days.today, totals(&[]));
    assert_eq!(days.week, totals(&[(BypassKind::Vpn, 4)]));
}

#[test]
fn attempts_of_an_unknown_time_are_kept_and_belong_to_no_day() {
    let bench = Bench::new();
    let now = bench.clock.now().unwrap().unix;
    bench.clock.set(0);
    let store = bench.open();
    Run::of(&store).count(BypassKind::Relay, 6);
    store.close().unwrap();
    bench.clock.set(now);
    let store = bench.open();
    assert_eq!(days(&bench, &store), BypassDays::default());
    let undated: i64 = bench
        .raw()
        .query_row("SELECT count FROM bypasses WHERE day = -1", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(undated, 6);
}

#[test]
fn the_table_has_no_place_for_a_device_or_a_name() {
    let bench = Bench::new();
    let store = bench.open();
    Run::of(&store).count(BypassKind::Vpn, 1);
    store.flush().unwrap();
    let raw = bench.raw();
    let mut statement = raw
        .prepare("SELECT name FROM pragma_table_info('bypasses')")
        .unwrap();
    let columns: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(columns, ["day", "kind", "count"]);
}

#[test]
fn an_idle_box_writes_nothing() {
    let bench = Bench::new();
    let store = bench.open();
    let run = Run::of(&store);
    run.count(BypassKind::Vpn, 1);
    store.flush().unwrap();
    store.flush().unwrap();
    assert_eq!(store.health().flushes, 1);
}

#[test]
fn a_flush_that_fails_counts_nothing_twice() {
    let bench = Bench::new();
    let store = bench.open();
    let run = Run::of(&store);
    run.count(BypassKind::Vpn, 3);
    let other = bench.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(store.flush().is_err());
    let expected = totals(&[(BypassKind::Vpn, 3)]);
    assert_eq!(days(&bench, &store).today, expected);
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    store.flush().unwrap();
    assert_eq!(days(&bench, &store).today, expected);
    store.close().unwrap();
    let store = bench.open();
    assert_eq!(days(&bench, &store).today, expected);
}
