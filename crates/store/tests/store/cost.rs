//! What the card is asked to write, counted from the writer's own log file: frames appended, and
//! pages brought into the main file by checkpoints.
//!
//! The shared index beside the log (`-shm`) is mapped memory that the kernel writes back when it
//! likes: up to [`INDEX_PAGES`] pages a flush, counted in full.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use lachan_policy::Action;
use lachan_store::Store;

use crate::support::{Bench, cell};

const PAGE: u64 = 4096;
const FRAME: u64 = PAGE + 24;
const INDEX_PAGES: u64 = 2;

/// Watches the log between flushes.
#[derive(Default)]
struct Meter {
    /// Frames of the log as of the last look, and their salt: a new one means a new log.
    frames: u64,
    salt: [u8; 8],
    /// Pages in the log that no checkpoint took yet.
    pages: HashSet<u32>,
    bytes: u64,
}

impl Meter {
    /// Adds what was written since the last look.
    fn look(&mut self, path: &Path) {
        let log = fs::read(path.with_file_name("lachan.db-wal")).unwrap_or_default();
        let Some(salt) = log.get(16..24) else { return };
        if salt != self.salt {
            self.checkpoint();
            self.salt.copy_from_slice(salt);
            self.frames = 0;
        }
        let frames = log[32..].chunks_exact(usize::try_from(FRAME).unwrap());
        let valid = frames
            .take_while(|frame| frame[8..16] == self.salt)
            .collect::<Vec<_>>();
        for frame in &valid[usize::try_from(self.frames).unwrap()..] {
            self.pages
                .insert(u32::from_be_bytes(frame[..4].try_into().unwrap()));
            self.bytes += FRAME;
        }
        if self.frames < valid.len() as u64 {
            self.bytes += INDEX_PAGES * PAGE;
        }
        self.frames = valid.len() as u64;
    }

    /// A checkpoint wrote each page of the log once.
    fn checkpoint(&mut self) {
        self.bytes += self.pages.drain().count() as u64 * PAGE;
    }
}

/// Deterministic, and spread enough: a linear congruential generator.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }

    /// One of 3,000 names, a few of them most of the time, as pupils do.
    fn name(&mut self) -> String {
        let range = [20, 300, 3_000][usize::try_from(self.roll(3)).unwrap()];
        format!("some-game-site-{}.com", self.roll(range))
    }
}

fn record(bench: &Bench, store: &Store, dice: &mut Dice) {
    let client = u8::try_from(dice.roll(200)).unwrap();
    assert!(store.sink().try_record(bench.attempt(&dice.name(), client)));
}

#[test]
fn an_event_costs_at_most_150_bytes_in_batches_of_1000() {
    let bench = Bench::new();
    let store = bench.open();
    let mut dice = Dice(1);
    store.flush().unwrap();
    let mut meter = Meter::default();
    meter.look(&bench.path());
    meter.bytes = 0;
    let mut rows = 0;
    for _ in 0..50 {
        bench.clock.pass(60);
        (0..1_000).for_each(|_| record(&bench, &store, &mut dice));
        store.flush().unwrap();
        meter.look(&bench.path());
    }
    meter.checkpoint();
    rows += store.reader().unwrap().events(&Default::default()).unwrap()[0].id;
    let each = meter.bytes / u64::try_from(rows).unwrap();
    println!("{each} bytes an event, {rows} rows, {} bytes", meter.bytes);
    assert!(rows > 45_000, "{rows} rows");
    assert!(each <= 150, "{each} bytes an event");
}

#[test]
fn a_school_day_of_5000_blocks_writes_at_most_20_mb() {
    let bench = Bench::new();
    bench.clock.set(crate::support::NOW - 90 * 60); // 07:00
    let store = bench.open();
    let mut dice = Dice(7);
    store.flush().unwrap();
    let mut meter = Meter::default();
    meter.look(&bench.path());
    meter.bytes = 0;
    for minute in 0..24 * 60 {
        bench.clock.pass(60);
        // Ten hours of school, 5,000 blocks in all; allowed names are asked for all day and night.
        let blocks = if minute < 600 {
            8 + u64::from(minute % 3 == 0)
        } else {
            0
        };
        for _ in 0..blocks {
            record(&bench, &store, &mut dice);
            store.counters().bump(cell(Action::Block));
        }
        for bit in 0..30 {
            let category = lachan_policy::Category::new(bit);
            store.counters().bump(lachan_store::Cell {
                category,
                ..cell(Action::Allow)
            });
        }
        // At night counters alone are flushed every ten minutes.
        if blocks > 0 || minute % 10 == 0 {
            store.flush().unwrap();
            meter.look(&bench.path());
        }
    }
    meter.checkpoint();
    let log = fs::metadata(bench.path().with_file_name("lachan.db-wal"))
        .unwrap()
        .len();
    assert!(log < 1_100 * FRAME, "the log was checkpointed: {log} bytes");
    let megabytes = meter.bytes / 1_000_000;
    println!("{megabytes} MB a day, {} bytes", meter.bytes);
    assert!(megabytes <= 20, "{megabytes} MB");
}

#[test]
fn nothing_is_written_when_nothing_happened() {
    let bench = Bench::new();
    let store = bench.open();
    store.sink().try_record(bench.attempt("nohu.com", 1));
    store.counters().bump(cell(Action::Block));
    store.flush().unwrap();
    let state = |name: &str| -> (u64, SystemTime, Vec<u8>) {
        let path = bench.path().with_file_name(name);
        let metadata = fs::metadata(&path).unwrap();
        (
            metadata.len(),
            metadata.modified().unwrap(),
            fs::read(path).unwrap(),
        )
    };
    let files = ["lachan.db", "lachan.db-wal"];
    let before = files.map(state);
    let reader = bench.raw();
    let version = |connection: &rusqlite::Connection| -> i64 {
        connection
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .unwrap()
    };
    let first = version(&reader);
    for _ in 0..100 {
        bench.clock.pass(60);
        store.flush().unwrap();
    }
    assert_eq!(files.map(state), before);
    assert_eq!(version(&reader), first);
    assert_eq!(store.health().flushes, 1);
}
