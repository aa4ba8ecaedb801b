//! The cache's ring and index under loom: every order in which a reader and the writer can meet,
//! with every value that the memory model lets a load return. The files are the crate's own, built
//! upon loom's atomics.

#[allow(
    dead_code,
    unreachable_pub,
    reason = "the crate's own file, of which these tests use a part"
)]
#[path = "../src/cache/index.rs"]
mod index;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the crate's own file, of which these tests use a part"
)]
#[path = "../src/cache/ring.rs"]
mod ring;

/// What `src/cache/sync.rs` is to the crate.
mod sync {
    pub(super) use loom::sync::atomic::{AtomicU64, Ordering, fence};

    pub(super) fn zeroed(words: usize) -> Box<[AtomicU64]> {
        (0..words).map(|_| AtomicU64::new(0)).collect()
    }

    pub(super) fn prefetch<T>(_: &T) {}
}

use index::Slot;
use loom::sync::Arc;
use loom::thread;
use ring::{Ring, after};

/// Words of an entry here.
const ENTRY: usize = 2;
/// The hash of every key here.
const HASH: u64 = 0x00AB_CDEF_0000_0000;

struct Small {
    ring: Ring,
    slot: sync::AtomicU64,
}

impl Small {
    /// A ring of two entries and one slot, with an entry of ones at its beginning.
    fn new() -> Arc<Self> {
        let small = Self {
            ring: Ring::new(2 * ENTRY),
            slot: sync::AtomicU64::new(0),
        };
        small.put(0, 1);
        Arc::new(small)
    }

    fn put(&self, position: u64, value: u64) {
        self.ring.write(position, [value; ENTRY]);
        index::publish(&self.slot, Slot::new(HASH, position));
    }

    /// What a reader makes of one try: `None` when the entry went meanwhile.
    fn read(&self) -> Option<u64> {
        let seen = index::read(&self.slot)?;
        sync::fence(sync::Ordering::Acquire);
        let mut words = [0; ENTRY];
        self.ring.copy(seen.position(), &mut words);
        if !self.ring.is_whole(seen.position()) {
            return None;
        }
        assert_eq!(words[0], words[1], "a torn entry was taken for a whole one");
        assert_ne!(words[0], 0, "an entry was read before it was written");
        Some(words[0])
    }

    /// A try, and a second one as `Shard::find` makes it.
    fn read_again(&self) -> Option<u64> {
        self.read().or_else(|| {
            sync::fence(sync::Ordering::Acquire);
            self.read()
        })
    }
}

fn check(writer: fn(&Small), reader: fn(&Small)) {
    loom::model(move || {
        let small = Small::new();
        let other = Arc::clone(&small);
        let reading = thread::spawn(move || reader(&other));
        writer(&small);
        reading.join().expect("the reader does not panic");
    });
}

#[test]
fn an_entry_that_is_overwritten_is_never_served_torn() {
    check(
        |small| {
            small.put(after(0, ENTRY), 2);
            small.ring.reclaim(after(0, ENTRY));
            small.put(after(0, 2 * ENTRY), 3);
        },
        |small| {
            small.read();
        },
    );
}

#[test]
fn an_entry_that_is_spared_is_found_all_the_time() {
    check(
        |small| {
            // Written again at the head, published, and only then given up where it was.
            small.ring.write(after(0, ENTRY), [1; ENTRY]);
            let moved = index::read(&small.slot).unwrap().moved(after(0, ENTRY));
            index::publish(&small.slot, moved);
            small.ring.reclaim(after(0, ENTRY));
            small.ring.write(after(0, 2 * ENTRY), [9; ENTRY]);
        },
        |small| assert_eq!(small.read_again(), Some(1)),
    );
}

#[test]
fn a_late_note_changes_nothing_of_another_entry() {
    check(
        |small| {
            index::clear(&small.slot);
            small.put(after(0, ENTRY), 2);
        },
        |small| {
            if let Some(seen) = index::read(&small.slot) {
                index::note(&small.slot, seen, false);
            }
            // The position is one of the two entries', or the slot is empty just now.
            let position = index::read(&small.slot).map(Slot::position);
            assert!(matches!(position, None | Some(0 | 2)));
        },
    );
}

#[test]
fn of_two_readers_one_is_to_have_a_popular_entry_refreshed() {
    loom::model(|| {
        let small = Small::new();
        for _ in 0..2 {
            let seen = index::read(&small.slot).unwrap();
            assert!(!index::note(&small.slot, seen, true), "not popular yet");
        }
        let readers = [0, 1].map(|_| {
            let small = Arc::clone(&small);
            thread::spawn(move || {
                let seen = index::read(&small.slot).unwrap();
                index::note(&small.slot, seen, true)
            })
        });
        let told = readers.map(|reader| reader.join().unwrap());
        assert_eq!(told.iter().filter(|told| **told).count(), 1);
    });
}
