//! Counters of all decisions: numbers only, exact.
//!
//! The hot path bumps an atomic; the writer looks at what each grew by since it last looked, and
//! adds that to the table under the local hour. Numbers in memory only grow, so nothing is lost
//! between the two, whatever fails on the way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use lachan_policy::{Action, Category, Tier, Verdict};

use crate::event::Channel;
use crate::time::LocalHour;

const ACTIONS: [Action; 3] = [Action::Allow, Action::Restrict, Action::Block];
const CHANNELS: usize = Channel::ALL.len();
/// Each category, and none.
const CATEGORIES: usize = Category::LIMIT as usize + 1;
const CELLS: usize = Tier::ALL.len() * CATEGORIES * ACTIONS.len() * CHANNELS;

/// What is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The tier.
    pub tier: Tier,
    /// The category that decided, if one did.
    pub category: Option<Category>,
    /// What happened.
    pub action: Action,
    /// Where it was seen.
    pub channel: Channel,
}

impl Cell {
    /// Where a verdict counts.
    #[must_use]
    pub fn of(verdict: &Verdict, channel: Channel) -> Self {
        Self {
            tier: verdict.tier,
            category: verdict.category,
            action: verdict.action,
            channel,
        }
    }

    fn index(self) -> usize {
        let category = self
            .category
            .map_or(CATEGORIES - 1, |category| category.bit().into());
        let row = self.tier.index() * CATEGORIES + category;
        (row * ACTIONS.len() + self.action as usize) * CHANNELS + self.channel.index()
    }

    fn at(index: usize) -> Self {
        let (row, channel) = (index / CHANNELS, index % CHANNELS);
        let (row, action) = (row / ACTIONS.len(), row % ACTIONS.len());
        let category = u8::try_from(row % CATEGORIES).unwrap_or(Category::LIMIT);
        Self {
            tier: Tier::ALL[row / CATEGORIES],
            category: Category::new(category),
            action: ACTIONS[action],
            channel: Channel::ALL[channel],
        }
    }
}

/// Counts since the start of the program, for the hot path: no lock, no allocation.
#[derive(Debug)]
pub struct Counters {
    cells: Box<[AtomicU64]>,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            cells: (0..CELLS).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Counters {
    /// Counts one decision.
    pub fn bump(&self, cell: Cell) {
        self.cells[cell.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// Decisions of a cell since the program started.
    #[must_use]
    pub fn since_start(&self, cell: Cell) -> u64 {
        self.cells[cell.index()].load(Ordering::Relaxed)
    }
}

/// The writer's side: what is not in the table yet, by hour.
#[derive(Debug)]
pub(crate) struct Drain {
    seen: Box<[u64]>,
    pending: BTreeMap<(LocalHour, Cell), u64>,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            seen: vec![0; CELLS].into(),
            pending: BTreeMap::new(),
        }
    }
}

impl Drain {
    /// Takes what the counters grew by, as of `hour`.
    pub(crate) fn collect(&mut self, counters: &Counters, hour: LocalHour) {
        for (index, (cell, seen)) in counters.cells.iter().zip(&mut self.seen).enumerate() {
            let now = cell.load(Ordering::Relaxed);
            let grown = now.wrapping_sub(*seen);
            if grown > 0 {
                *seen = now;
                *self.pending.entry((hour, Cell::at(index))).or_default() += grown;
            }
        }
    }

    /// What waits to be written.
    pub(crate) fn pending(&self) -> &BTreeMap<(LocalHour, Cell), u64> {
        &self.pending
    }

    /// Says that all that waited was written.
    pub(crate) fn written(&mut self) {
        self.pending.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: LocalHour = LocalHour {
        day: 20_000,
        hour: 9,
    };

    fn cell(bit: u8) -> Cell {
        let category = Category::new(bit);
        Cell {
            tier: Tier::Thpt,
            category,
            action: Action::Block,
            channel: Channel::Dns,
        }
    }

    #[test]
    fn every_cell_has_its_own_place() {
        for index in 0..CELLS {
            assert_eq!(Cell::at(index).index(), index);
        }
    }

    #[test]
    fn each_count_is_taken_once() {
        let (counters, mut drain) = (Counters::default(), Drain::default());
        counters.bump(cell(3));
        counters.bump(cell(3));
        counters.bump(cell(128));
        drain.collect(&counters, HOUR);
        drain.collect(&counters, HOUR);
        let pending = drain
            .pending()
            .iter()
            .map(|(key, n)| (key.1, *n))
            .collect::<Vec<_>>();
        assert_eq!(pending, [(cell(128), 1), (cell(3), 2)]);
        assert_eq!(counters.since_start(cell(3)), 2);
    }

    #[test]
    fn what_was_not_written_waits_under_its_own_hour() {
        let (counters, mut drain) = (Counters::default(), Drain::default());
        let next = LocalHour { hour: 10, ..HOUR };
        counters.bump(cell(3));
        drain.collect(&counters, HOUR);
        counters.bump(cell(3));
        drain.collect(&counters, next);
        let hours = drain.pending().keys().map(|key| key.0).collect::<Vec<_>>();
        assert_eq!(hours, [HOUR, next]);
        drain.written();
        assert!(drain.pending().is_empty());
    }

    #[test]
    fn threads_count_together_exactly() {
        let (counters, mut drain) = (Counters::default(), Drain::default());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| counters.bump(cell(3))));
            }
            for _ in 0..50 {
                drain.collect(&counters, HOUR);
            }
        });
        drain.collect(&counters, HOUR);
        assert_eq!(drain.pending().values().sum::<u64>(), 40_000);
    }
}
