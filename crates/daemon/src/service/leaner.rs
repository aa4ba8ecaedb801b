//! Gives freed memory back after many connections ended: what they held lies scattered over the
//! allocator's arenas (one for each busy thread), between pieces that live on, and would stay there
//! for good.
//!
//! Anonymous memory with two waves of 1,500 TCP connections of 8 queries each, every wave closed
//! before the next: 22 MiB at first, 44 with the second wave, 44 for good without this; with it 19
//! half a minute after. Fewer arenas (`M_ARENA_MAX`) are not needed for that, and would have busy
//! threads wait for one another.

use std::time::{Duration, Instant};

use lachan_resolver::ConnectionCounts;

/// Ended connections that are worth it: some ten KiB each.
const WORTH: u64 = 256;
/// Shortest time between two: a crowd that comes and goes all day costs a millisecond each time.
const PAUSE: Duration = Duration::from_secs(30);

/// When it was last done.
#[derive(Debug)]
pub(super) struct Leaner {
    /// Connections that had ended then.
    ended: u64,
    next: Instant,
}

impl Leaner {
    /// Nothing has ended yet.
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            ended: 0,
            next: now,
        }
    }

    /// Whether it is due, going by what became of connections; then it counts as done.
    pub(super) fn is_due(&mut self, counts: &ConnectionCounts, now: Instant) -> bool {
        let ended = counts.opened.saturating_sub(counts.open);
        let due = ended.saturating_sub(self.ended) >= WORTH && now >= self.next;
        if due {
            self.ended = ended;
            self.next = now + PAUSE;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_back_after_many_connections_ended_and_not_too_often() {
        let start = Instant::now();
        let mut leaner = Leaner::new(start);
        let mut check = |seconds: u64, opened, open, expected| {
            let counts = ConnectionCounts {
                opened,
                open,
                ..ConnectionCounts::default()
            };
            let now = start + Duration::from_secs(seconds);
            assert_eq!(leaner.is_due(&counts, now), expected, "{opened} {open}");
        };
        check(1, 3000, 3000, false); // all are open
        check(2, 3000, 2900, false);
        check(3, 3000, 2000, true);
        check(4, 3000, 2000, false); // nothing new
        check(5, 3000, 0, false); // too soon
        check(33, 3000, 0, true);
        check(99, 3200, 0, false); // not worth it yet
        check(99, 3256, 0, true);
    }
}
