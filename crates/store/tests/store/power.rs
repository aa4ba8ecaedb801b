//! A process that dies without warning: the database opens again and holds every flush and every
//! change of a person that was reported done.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lachan_policy::{BypassKind, Tier};
use lachan_store::{BypassTotals, Settings, Store};

use crate::support::{Bench, FakeClock, NOW, act, attempt, block, events};
use lachan_store::Clock as _;

const FOLDER: &str = "LACHAN_STORE_TEST_FOLDER";

/// The child: writes until it is killed, and says what is done.
#[test]
fn child_that_writes() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let clock = FakeClock::at(NOW);
    let path = Path::new(&folder).join("lachan.db");
    let store = Store::open(&path, Settings::default(), Arc::new(clock.clone()))
        .unwrap()
        .store;
    let tried = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&tried);
    store.keep_bypasses(move || {
        let mut totals = BypassTotals::default();
        totals[BypassKind::Vpn.index()] = counted.load(Ordering::SeqCst);
        totals
    });
    for round in 0.. {
        tried.fetch_add(1, Ordering::SeqCst);
        for index in 0..20 {
            let host = format!("nohu{round}-{index}.com");
            store
                .sink()
                .try_record(attempt(clock.now(), block(), &host, index));
        }
        store.flush().unwrap();
        store
            .add_group(&act(), &format!("group {round}"), Tier::Thcs, vec![])
            .unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "done {}", round + 1).unwrap();
        out.flush().unwrap();
        // Waits for the next flush, which never comes for this one.
        store
            .sink()
            .try_record(attempt(clock.now(), block(), "unflushed.com", 1));
    }
}

#[test]
fn a_killed_process_loses_nothing_it_reported_done() {
    for rounds in [1, 7, 40] {
        let bench = Bench::new();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "power::child_that_writes", "--nocapture"])
            .env(FOLDER, bench.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let done = lines
            .map_while(Result::ok)
            .filter_map(|line| line.split("done ").nth(1)?.trim().parse::<usize>().ok())
            .find(|done| *done >= rounds);
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        let done = done.expect("the child reported");
        let store = bench.open();
        let reader = store.reader().unwrap();
        assert!(reader.groups().unwrap().len() >= done);
        let count = events(&store)
            .iter()
            .filter(|event| event.count == 1)
            .count();
        assert!(count >= done * 20, "{count} events after {done} rounds");
        let today = bench.clock.now().unwrap().local_day();
        let tried = store.watch().bypasses(today).today[BypassKind::Vpn.index()];
        assert!(tried >= done as u64, "{tried} attempts after {done} rounds");
    }
}
