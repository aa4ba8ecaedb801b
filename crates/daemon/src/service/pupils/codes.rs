//! Which block each request code of today and yesterday stands for: an index in memory over the log, which has
//! none, brought up to it at each look by what was written since. So a look costs the same however long
//! the log is.
//!
//! ```text
//!  log ─ rows since the last look, the newest window at first ─► code of each distinct block ─► block
//! ```
//!
//! It holds nothing that the log does not, and no device.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lachan_policy::{Category, GroupId, Name, Tier};
use lachan_resolver::{LoggedBlock, RequestCode, RequestKey};
use lachan_store::{DbError, Reader, WINDOW};

use crate::time::moment;

/// Distinct blocks that are known at once: two days of a large school, in a few MiB.
const MOST: usize = 50_000;
/// Rows that are read at once.
const PAGE: u32 = 5_000;
/// Days before today whose codes are known.
const BACK: i64 = 1;

/// A row of the log, or one that waits to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'r> {
    /// Minutes since 1970.
    pub(super) minute: Option<i64>,
    pub(super) group: GroupId,
    pub(super) tier: Tier,
    pub(super) category: Option<Category>,
    pub(super) name: Option<&'r str>,
}

/// What a code of a group stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) day: i64,
    pub(super) tier: Tier,
    pub(super) category: Option<Category>,
    pub(super) name: Option<Box<str>>,
}

/// By what codes are made.
#[derive(Clone, Copy)]
pub(super) struct Maker<'m> {
    pub(super) key: &'m RequestKey,
    pub(super) zone: &'m TimeZone,
    /// The local day.
    pub(super) today: i64,
}

/// The index.
#[derive(Debug, Default)]
pub(super) struct Codes(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The last row that was read.
    upto: i64,
    blocks: HashMap<(GroupId, RequestCode), Block>,
}

impl Maker<'_> {
    /// The code and the block of a row; `None` where it is of no known day, or too old.
    pub(super) fn made(&self, row: &Row<'_>) -> Option<(RequestCode, Block)> {
        let at = Timestamp::from_second(row.minute?.checked_mul(60)?).ok()?;
        let day = moment(at, self.zone).local_day();
        if !(self.today - BACK..=self.today).contains(&day) {
            return None;
        }
        let name = row.name.map(Name::from_text).transpose().ok()?;
        let logged = LoggedBlock {
            day,
            group: row.group,
            tier: row.tier,
            category: row.category,
            name: name.as_ref(),
        };
        let block = Block {
            day,
            tier: row.tier,
            category: row.category,
            name: row.name.map(Box::from),
        };
        Some((RequestCode::of(self.key, &logged), block))
    }
}

impl Codes {
    /// What a code of a group stands for in the log.
    ///
    /// # Errors
    /// [`DbError`] when the log cannot be read.
    pub(super) fn find(
        &self,
        reader: &Reader,
        maker: Maker<'_>,
        group: GroupId,
        code: RequestCode,
    ) -> Result<Option<Block>, DbError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.catch_up(reader, maker)?;
        Ok(known.blocks.get(&(group, code)).cloned())
    }
}

impl Known {
    fn catch_up(&mut self, reader: &Reader, maker: Maker<'_>) -> Result<(), DbError> {
        let last = reader.last_event()?;
        if last < self.upto {
            // The log is another one, or was emptied.
            *self = Self::default();
        }
        let oldest = maker.today - BACK;
        self.blocks.retain(|_, block| block.day >= oldest);
        self.upto = self.upto.max(last - WINDOW);
        while self.upto < last {
            let page = reader.events_after(self.upto, PAGE)?;
            for event in &page {
                let row = Row {
                    minute: event.minute,
                    group: event.group,
                    tier: event.tier,
                    category: event.category,
                    name: event.name.as_deref(),
                };
                if let Some((code, block)) = maker.made(&row) {
                    self.keep(event.group, code, block);
                }
            }
            // A row that cannot be read was left out; the others are behind it.
            self.upto = page.last().map_or(last, |event| event.id);
        }
        Ok(())
    }

    /// Keeps a block; of too many those of the day before are given up first.
    fn keep(&mut self, group: GroupId, code: RequestCode, block: Block) {
        if self.blocks.len() >= MOST {
            let day = block.day;
            self.blocks.retain(|_, known| known.day >= day);
            if self.blocks.len() >= MOST {
                self.blocks.clear();
            }
        }
        self.blocks.insert((group, code), block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::{Action, Level, Moment, Rule, Verdict};
    use lachan_store::{Asked, Attempt, Channel, Settings, Source, Store};

    /// Monday 2026-11-23, 08:30 in Vietnam.
    const NOW: i64 = 1_795_397_400;
    const DAY: i64 = 86_400;

    struct Bench {
        _folder: tempfile::TempDir,
        store: Store,
        codes: Codes,
        key: RequestKey,
        zone: TimeZone,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let now = || Some(Moment::from_unix(NOW, 7 * 3600));
            let file = folder.path().join("lachan.db");
            let store = Store::open(&file, Settings::default(), std::sync::Arc::new(now));
            Self {
                _folder: folder,
                store: store.unwrap().store,
                codes: Codes::default(),
                key: RequestKey::new([7; 16]),
                zone: TimeZone::fixed(jiff::tz::offset(7)),
            }
        }

        fn block(&self, group: u32, name: &str, at: i64) {
            let verdict = Verdict {
                action: Action::Block,
                level: Level::Tier,
                category: Category::new(4),
                list: None,
                rule: Rule::Cell,
                tier: Tier::Thcs,
                alert: false,
                no_name: false,
                no_log: false,
                safe_form: None,
            };
            let name = Name::from_text(name).unwrap();
            let asked = Asked {
                name: &name,
                behind: None,
                client: [10, 6, 1, 7].into(),
                group: GroupId(group),
                channel: Channel::Dns,
                source: Source::Cell,
                at: Some(Moment::from_unix(at, 7 * 3600)),
            };
            let attempt = Attempt::new(&verdict, asked).unwrap();
            assert!(self.store.sink().try_record(attempt));
            self.store.flush().unwrap();
        }

        fn maker(&self, now: i64) -> Maker<'_> {
            Maker {
                key: &self.key,
                zone: &self.zone,
                today: (now + 7 * 3600).div_euclid(DAY),
            }
        }

        /// The code of a name's block of a group at a time.
        fn code(&self, group: u32, name: &str, at: i64) -> RequestCode {
            let row = Row {
                minute: Some(at / 60),
                group: GroupId(group),
                tier: Tier::Thcs,
                category: Category::new(4),
                name: Some(name),
            };
            self.maker(at).made(&row).unwrap().0
        }

        fn find(&self, group: u32, code: RequestCode, now: i64) -> Option<String> {
            let reader = self.store.reader().unwrap();
            let found = self
                .codes
                .find(&reader, self.maker(now), GroupId(group), code);
            found.unwrap()?.name.map(String::from)
        }
    }

    #[test]
    fn a_code_is_found_among_what_was_written_before_and_after_the_first_look() {
        let bench = Bench::new();
        bench.block(1, "a.vn", NOW - 60);
        let (a, b) = (bench.code(1, "a.vn", NOW), bench.code(1, "b.vn", NOW));
        assert_eq!(bench.find(1, a, NOW).as_deref(), Some("a.vn"));
        assert_eq!(bench.find(1, b, NOW), None);
        bench.block(1, "b.vn", NOW);
        assert_eq!(bench.find(1, b, NOW).as_deref(), Some("b.vn"));
        assert_eq!(bench.find(1, a, NOW).as_deref(), Some("a.vn"));
        assert_eq!(bench.find(2, a, NOW), None, "another group's");
    }

    #[test]
    fn codes_of_yesterday_hold_and_older_ones_do_not() {
        let bench = Bench::new();
        for (name, days) in [("hom-nay.vn", 0), ("hom-qua.vn", 1), ("hom-kia.vn", 2)] {
            bench.block(1, name, NOW - days * DAY);
        }
        let check = |name: &str, days: i64, now: i64, is_known: bool| {
            let code = bench.code(1, name, NOW - days * DAY);
            assert_eq!(bench.find(1, code, now).is_some(), is_known, "{name}");
        };
        check("hom-nay.vn", 0, NOW, true);
        check("hom-qua.vn", 1, NOW, true);
        check("hom-kia.vn", 2, NOW, false);
        // The next day.
        check("hom-nay.vn", 0, NOW + DAY, true);
        check("hom-qua.vn", 1, NOW + DAY, false);
    }

    #[test]
    fn only_what_was_written_since_is_read() {
        let bench = Bench::new();
        bench.block(1, "a.vn", NOW);
        let a = bench.code(1, "a.vn", NOW);
        assert!(bench.find(1, a, NOW).is_some());
        let upto = bench.codes.0.lock().unwrap().upto;
        assert_eq!(upto, bench.store.reader().unwrap().last_event().unwrap());
        // Forgotten here, though it stands in the log: it is not read again.
        bench.codes.0.lock().unwrap().blocks.clear();
        assert!(bench.find(1, a, NOW).is_none());
        // A log that is another one is read anew.
        bench.codes.0.lock().unwrap().upto = upto + 1;
        assert!(bench.find(1, a, NOW).is_some());
    }

    #[test]
    fn what_is_known_is_bounded_and_the_newest_is_kept() {
        let bench = Bench::new();
        let code = bench.code(1, "a.vn", NOW);
        let mut known = Known::default();
        let block = |day| Block {
            day,
            tier: Tier::Thcs,
            category: None,
            name: None,
        };
        for group in 0..MOST {
            let group = GroupId(u32::try_from(group).unwrap());
            known.keep(group, code, block(i64::from(group.0 % 2)));
        }
        known.keep(GroupId(u32::MAX), code, block(1));
        assert_eq!(known.blocks.len(), MOST / 2 + 1);
        assert!(known.blocks.contains_key(&(GroupId(u32::MAX), code)));
        for group in 0..2 * MOST {
            known.keep(GroupId(u32::try_from(group).unwrap()), code, block(1));
            assert!(known.blocks.len() <= MOST);
        }
    }
}
