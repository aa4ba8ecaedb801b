//! How often a box may send: by box and kind, counted only of what it signed. A box that went wrong, or whose key was stolen, neither
//! fills the database nor keeps it busy. In memory, for each instance: what is kept for good has bounds of its own.

use std::collections::HashMap;

use lachan_wire::upload::Kind;

/// Boxes and kinds that are told apart; beyond, those that sent nothing for long are forgotten.
const MOST: usize = 200_000;

/// A pace: so many at once, and one more after so many seconds.
const fn pace_of(kind: Kind) -> (u64, u64) {
    match kind {
        // Each hour and when something changes; after weeks without a line those that waited.
        Kind::Fleet => (600, 30),
        Kind::Ask => (100, 60),
        Kind::Answers | Kind::Events => (60, 5),
        // One a day, and those of the weeks before.
        Kind::Statistics => (100, 600),
    }
}

/// What each box has left of each kind, in seconds: a full store is the number at once times the seconds of one.
#[derive(Debug, Default)]
pub(in crate::web) struct Paces(HashMap<(String, Kind), (u64, u64)>);

impl Paces {
    /// Whether a box may send now; `now` in seconds of a clock that only goes forward.
    pub(in crate::web) fn take(&mut self, box_id: &str, kind: Kind, now: u64) -> bool {
        if self.0.len() >= MOST {
            self.0.retain(|(_, kind), (left, at)| {
                let (most, each) = pace_of(*kind);
                left.saturating_add(now.saturating_sub(*at)) < most * each
            });
        }
        let (most, each) = pace_of(kind);
        let full = most * each;
        let (left, at) = self
            .0
            .entry((box_id.to_owned(), kind))
            .or_insert((full, now));
        *left = left.saturating_add(now.saturating_sub(*at)).min(full);
        *at = now;
        if *left < each {
            return false;
        }
        *left -= each;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_sends_at_its_pace_and_disturbs_no_other() {
        let mut paces = Paces::default();
        let taken = (0..10_000)
            .filter(|_| paces.take("a", Kind::Ask, 0))
            .count();
        assert_eq!(taken, 100);
        assert!(paces.take("b", Kind::Ask, 0) && paces.take("a", Kind::Fleet, 0));
        assert!(!paces.take("a", Kind::Ask, 59));
        assert!(paces.take("a", Kind::Ask, 60));
        assert!(!paces.take("a", Kind::Ask, 60));
    }

    #[test]
    fn an_hour_s_report_and_a_connection_lost_each_minute_are_no_haste() {
        let mut paces = Paces::default();
        for minute in 0..10_000 {
            assert!(paces.take("a", Kind::Events, minute * 60));
            assert!(paces.take("a", Kind::Fleet, minute * 60));
        }
    }
}
