//! What a screen sees of the last minutes.

use lachan_policy::Verdict;
use lachan_store::{Recent, Recents};

use crate::support::{Bench, NOW, attempt, block};
use lachan_store::Clock as _;

/// Names with their counts, as text.
fn names(recents: &mut Recents, since: Option<i64>) -> Vec<String> {
    let shown = |recent: &Recent| {
        let name = recent.name.as_deref().unwrap_or("-");
        format!("{name} {}", recent.count)
    };
    let mut all: Vec<_> = recents.read(since).unwrap().iter().map(shown).collect();
    all.sort();
    all
}

#[test]
fn what_waits_and_what_is_written_are_seen_once_each() {
    let bench = Bench::new();
    let store = bench.open();
    let mut recents = store.watch().recents().unwrap();
    let since = Some(NOW / 60 - 5);
    assert_eq!(names(&mut recents, since), [] as [&str; 0]);
    store.sink().try_record(bench.attempt("a.nohu.com", 1));
    store.sink().try_record(bench.attempt("nohu.com", 1));
    assert_eq!(names(&mut recents, since), ["nohu.com 2"]);
    assert_eq!(names(&mut recents, since), ["nohu.com 2"]);
    store.flush().unwrap();
    assert_eq!(names(&mut recents, since), ["nohu.com 2"]);
    store.sink().try_record(bench.attempt("fb88.com", 2));
    assert_eq!(names(&mut recents, since), ["fb88.com 1", "nohu.com 2"]);
    assert_eq!(store.health().flushes, 1);
}

#[test]
fn what_is_older_is_not_seen() {
    let bench = Bench::new();
    let store = bench.open();
    let mut recents = store.watch().recents().unwrap();
    store.sink().try_record(bench.attempt("old.com", 1));
    store.flush().unwrap();
    bench.clock.pass(600);
    store.sink().try_record(bench.attempt("new.com", 1));
    assert_eq!(names(&mut recents, Some(NOW / 60 + 5)), ["new.com 1"]);
    assert_eq!(
        names(&mut recents, Some(NOW / 60)),
        ["new.com 1", "old.com 1"]
    );
}

#[test]
fn many_rows_are_read_back_to_the_minute_and_no_further() {
    let bench = Bench::new();
    let store = bench.open();
    for _ in 0..40 {
        for client in 1..=50 {
            store.sink().try_record(bench.attempt("nohu.com", client));
        }
        store.flush().unwrap();
        bench.clock.pass(60);
    }
    let mut recents = store.watch().recents().unwrap();
    let rows = recents.read(Some(NOW / 60 + 20)).unwrap();
    assert_eq!(rows.len(), 20 * 50);
}

#[test]
fn a_name_that_may_not_be_kept_is_not_seen() {
    let bench = Bench::new();
    let store = bench.open();
    let verdict = Verdict {
        no_name: true,
        ..block()
    };
    let nameless = attempt(bench.clock.now(), verdict, "buon.vn", 1);
    store.sink().try_record(nameless);
    let mut recents = store.watch().recents().unwrap();
    assert_eq!(names(&mut recents, Some(NOW / 60)), ["- 1"]);
}

#[test]
fn without_a_clock_what_waits_is_seen() {
    let bench = Bench::new();
    bench.clock.set(0);
    let store = bench.open();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    let mut recents = store.watch().recents().unwrap();
    assert_eq!(names(&mut recents, None), ["nohu.com 1"]);
}

#[test]
fn a_closed_store_is_told() {
    let bench = Bench::new();
    let store = bench.open();
    let mut recents = store.watch().recents().unwrap();
    store.close().unwrap();
    assert!(recents.read(Some(0)).is_err());
}
