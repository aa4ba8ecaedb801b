//! Blocked attempts waiting for the next flush, coalesced.
//!
//! Attempts that agree in everything that is kept become one row with a count. The buffer is
//! bounded twice: one device gives at most [`NAMES_PER_DEVICE_MINUTE`] rows with names a minute
//! (a device in a loop must not wear the card), and the whole holds at most `limit` rows. What
//! exceeds loses its detail first (the name, then the device) and its row last; every loss of a
//! count is counted.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use lachan_policy::{Category, GroupId, Tier};

use crate::event::{Behind, Channel, Source};

/// Distinct rows with a name that one device gives in one minute. A page with all its trackers
/// stays below; a program that guesses names does not.
pub(crate) const NAMES_PER_DEVICE_MINUTE: u16 = 60;

/// When something was attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum When {
    /// Minutes since 1970.
    Unix(i64),
    /// The time was not known: minutes since the program started.
    Uptime(i64),
}

/// Everything that is kept of an attempt: equal rows are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) when: When,
    pub(crate) group: GroupId,
    pub(crate) tier: Tier,
    pub(crate) category: Option<Category>,
    pub(crate) channel: Channel,
    pub(crate) source: Source,
    pub(crate) name: Option<Box<str>>,
    pub(crate) behind: Option<Behind<Box<str>>>,
    pub(crate) device: Option<u64>,
}

impl Hash for Row {
    /// What tells nearly all rows apart, in as few pieces as possible: a flood has each of its
    /// attempts looked up here. What the name is of (group, tier, source) follows from it and the
    /// device but for chance.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (When::Unix(minute) | When::Uptime(minute)) = self.when;
        state.write_i64(minute);
        state.write_u64(self.device.unwrap_or_else(|| self.group.0.into()));
        if let Some(name) = &self.name {
            state.write(name.as_bytes());
        }
    }
}

impl Row {
    fn without_name(self) -> Self {
        Self {
            name: None,
            behind: self.behind.map(|_| Behind::Unnamed),
            ..self
        }
    }

    fn without_detail(self) -> Self {
        Self {
            device: None,
            ..self.without_name()
        }
    }
}

/// The rows in order of arrival, with their counts.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    rows: Vec<(Row, u32)>,
    positions: HashMap<Row, usize>,
    /// By device and minute: its distinct rows with names.
    named: HashMap<(When, u64), u16>,
    limit: usize,
}

impl Buffer {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(2),
            ..Self::default()
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, oldest first.
    pub(crate) fn rows(&self) -> &[(Row, u32)] {
        &self.rows
    }

    /// Adds one attempt; says how many attempts had to be given up for it.
    pub(crate) fn add(&mut self, row: Row) -> u64 {
        self.put(row, 1);
        if self.rows.len() <= self.limit {
            0
        } else {
            self.squeeze()
        }
    }

    /// Forgets all rows.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.positions.clear();
        self.named.clear();
    }

    fn put(&mut self, row: Row, count: u32) {
        if let Some(position) = self.positions.get(&row) {
            let total = &mut self.rows[*position].1;
            *total = total.saturating_add(count);
            return;
        }
        if row.name.is_some() && self.is_flooding(&row) {
            return self.put(row.without_name(), count);
        }
        self.positions.insert(row.clone(), self.rows.len());
        self.rows.push((row, count));
    }

    /// Counts a new named row against its device's share of the minute.
    fn is_flooding(&mut self, row: &Row) -> bool {
        let Some(device) = row.device else {
            return false;
        };
        let named = self.named.entry((row.when, device)).or_default();
        *named = named.saturating_add(1);
        *named > NAMES_PER_DEVICE_MINUTE
    }

    /// Makes room, as long flushes fail: the older half loses its detail and coalesces; if that
    /// does not help, the oldest rows go. Returns how many attempts went.
    fn squeeze(&mut self) -> u64 {
        let rows = std::mem::take(&mut self.rows);
        self.positions.clear();
        let half = rows.len() / 2;
        for (index, (row, count)) in rows.into_iter().enumerate() {
            let row = if index < half {
                row.without_detail()
            } else {
                row
            };
            self.restore(row, count);
        }
        if self.rows.len() <= self.limit {
            0
        } else {
            self.drop_oldest()
        }
    }

    /// Puts back a row that already had its share.
    fn restore(&mut self, row: Row, count: u32) {
        if let Some(position) = self.positions.get(&row) {
            let total = &mut self.rows[*position].1;
            *total = total.saturating_add(count);
        } else {
            self.positions.insert(row.clone(), self.rows.len());
            self.rows.push((row, count));
        }
    }

    fn drop_oldest(&mut self) -> u64 {
        let rows = std::mem::take(&mut self.rows);
        self.positions.clear();
        let surplus = rows.len() - self.limit / 2;
        let lost = rows[..surplus]
            .iter()
            .map(|(_, count)| u64::from(*count))
            .sum();
        for (row, count) in rows.into_iter().skip(surplus) {
            self.restore(row, count);
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(minute: i64, name: &str, device: u64) -> Row {
        Row {
            when: When::Unix(minute),
            group: GroupId(1),
            tier: Tier::Thcs,
            category: Category::new(4),
            channel: Channel::Dns,
            source: Source::List("base/gambling".into()),
            name: Some(name.into()),
            behind: None,
            device: Some(device),
        }
    }

    fn total(buffer: &Buffer) -> u64 {
        buffer
            .rows()
            .iter()
            .map(|(_, count)| u64::from(*count))
            .sum()
    }

    #[test]
    fn equal_attempts_become_one_row() {
        let mut buffer = Buffer::new(100);
        for _ in 0..5 {
            buffer.add(row(1, "a.vn", 1));
        }
        assert_eq!(buffer.rows(), [(row(1, "a.vn", 1), 5)]);
    }

    #[test]
    fn attempts_that_differ_in_anything_kept_stay_apart() {
        let base = row(1, "a.vn", 1);
        let others = [
            row(2, "a.vn", 1),
            row(1, "b.vn", 1),
            row(1, "a.vn", 2),
            Row {
                group: GroupId(2),
                ..base.clone()
            },
            Row {
                tier: Tier::Thpt,
                ..base.clone()
            },
            Row {
                category: None,
                ..base.clone()
            },
            Row {
                channel: Channel::Tls,
                ..base.clone()
            },
            Row {
                source: Source::Cell,
                ..base.clone()
            },
            Row {
                behind: Some(Behind::Name("b.vn".into())),
                ..base.clone()
            },
            Row {
                behind: Some(Behind::Unnamed),
                ..base.clone()
            },
            Row {
                when: When::Uptime(1),
                ..base.clone()
            },
        ];
        let mut buffer = Buffer::new(100);
        buffer.add(base);
        for other in others.clone() {
            buffer.add(other);
        }
        assert_eq!(buffer.len(), others.len() + 1);
    }

    #[test]
    fn a_device_in_a_loop_does_not_fill_the_log() {
        let mut buffer = Buffer::new(100_000);
        for index in 0..5_000 {
            buffer.add(row(1, &format!("{index}.vn"), 1));
        }
        buffer.add(row(1, "b.vn", 2));
        buffer.add(row(2, "a.vn", 1));
        assert_eq!(buffer.len(), usize::from(NAMES_PER_DEVICE_MINUTE) + 3);
        assert_eq!(total(&buffer), 5_002);
    }

    #[test]
    fn a_full_buffer_loses_detail_before_counts() {
        let mut buffer = Buffer::new(100);
        let lost: u64 = (0..150)
            .map(|device| buffer.add(row(1, "a.vn", device)))
            .sum();
        assert_eq!((lost, total(&buffer)), (0, 150));
        assert!(buffer.len() <= 100);
        let newest = &buffer.rows().last().unwrap().0;
        assert_eq!(newest, &row(1, "a.vn", 149));
    }

    #[test]
    fn what_is_given_up_is_counted_and_is_the_oldest() {
        let mut buffer = Buffer::new(10);
        let lost: u64 = (0..1_000)
            .map(|minute| buffer.add(row(minute, "a.vn", 1)))
            .sum();
        assert_eq!(lost + total(&buffer), 1_000);
        assert!(lost > 0 && buffer.len() <= 10);
        assert_eq!(buffer.rows().last().unwrap().0.when, When::Unix(999));
    }

    proptest! {
        #[test]
        fn no_attempt_is_lost_uncounted(
            attempts in proptest::collection::vec((0i64..20, 0u8..30, 0u64..5), 0..600),
            limit in 2usize..50,
        ) {
            let mut buffer = Buffer::new(limit);
            let mut lost = 0;
            for (minute, name, device) in &attempts {
                lost += buffer.add(row(*minute, &name.to_string(), *device));
                prop_assert!(buffer.len() <= limit);
            }
            prop_assert_eq!(lost + total(&buffer), attempts.len() as u64);
        }
    }
}
