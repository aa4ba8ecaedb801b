//! The guard against a bad update: a list that lost or gained too much at once is held until a
//! person says that it is meant (DESIGN.md, "What always holds" 5).

use std::collections::HashMap;

use lachan_policy::ruleset::{ListClass, ListInfo, Ruleset};
use serde::Serialize;

/// Fewest entries that must be lost: small lists halve when somebody tidies them.
const LEAST_LOST: u64 = 1_000;
/// Fewest entries that must be gained: small lists triple when they are young.
const LEAST_GAINED: u64 = 10_000;
/// What the entries multiply by when they grew too much.
const MOST_GROWTH: u64 = 3;

/// A list that changed too much at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MassChange {
    /// Its id.
    pub(crate) list: String,
    /// Its entries in the ruleset in use.
    pub(crate) before: u64,
    /// Its entries in the new one.
    pub(crate) after: u64,
}

/// The lists of both rulesets that changed too much, in the order of the new one. A list that
/// stands in one of them only is left out: adding or dropping a list is a decision in the
/// manifest. So are sealed lists, which no report may name.
pub(crate) fn mass_changes(old: &Ruleset, new: &Ruleset) -> Vec<MassChange> {
    let before = open_lists(old)
        .map(|list| (list.id.as_str(), list.entries))
        .collect::<HashMap<_, _>>();
    let changed = open_lists(new).filter_map(|list| {
        let before = *before.get(list.id.as_str())?;
        is_mass(before, list.entries).then(|| MassChange {
            list: list.id.clone(),
            before,
            after: list.entries,
        })
    });
    changed.collect()
}

fn open_lists(ruleset: &Ruleset) -> impl Iterator<Item = &ListInfo> {
    let lists = ruleset.lists().iter();
    lists.filter(|list| list.class != ListClass::Sealed)
}

/// Lost more than half, or grew to more than three times, and not by a handful.
fn is_mass(before: u64, after: u64) -> bool {
    let (lost, gained) = (before.saturating_sub(after), after.saturating_sub(before));
    let is_lost = lost >= LEAST_LOST && lost > before / 2;
    let is_grown = gained >= LEAST_GAINED && after > before.saturating_mul(MOST_GROWTH);
    is_lost || is_grown
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing;
    use proptest::prelude::*;

    fn check(before: u64, after: u64, expected: bool) {
        assert_eq!(is_mass(before, after), expected, "{before} to {after}");
    }

    #[test]
    fn a_loss_counts_above_half_and_from_a_thousand() {
        check(2_000, 1_000, false);
        check(2_000, 999, true);
        check(2_001, 1_000, true);
        check(1_000, 0, true);
        check(999, 0, false);
        check(1_500, 501, false);
        check(1_000_000, 500_000, false);
    }

    #[test]
    fn a_growth_counts_above_three_times_and_from_ten_thousand() {
        check(5_000, 15_000, false);
        check(5_000, 15_001, true);
        check(0, 9_999, false);
        check(0, 10_000, true);
        check(1_000_000, 3_000_000, false);
        check(u64::MAX / 2, u64::MAX, false);
    }

    #[test]
    fn lists_on_one_side_only_are_a_decision() {
        let many = (0..1_200)
            .map(|n| format!("n{n}.example"))
            .collect::<Vec<_>>();
        let many = many.iter().map(String::as_str).collect::<Vec<_>>();
        let own = ListClass::Own;
        let old = testing::ruleset(&[
            ("dropped", own, "ads", &many),
            ("shrunk", own, "ads", &many),
        ]);
        let new = testing::ruleset(&[
            ("shrunk", own, "ads", &["a.example"]),
            ("added", own, "ads", &many),
        ]);
        let shrunk = MassChange {
            list: "shrunk".into(),
            before: 1_200,
            after: 1,
        };
        assert_eq!(mass_changes(&old, &new), [shrunk]);
        assert_eq!(mass_changes(&new, &new), []);
    }

    proptest! {
        #[test]
        fn no_change_and_small_changes_pass(before in 0u64..10_000_000, change in 0u64..1_000) {
            prop_assert!(!is_mass(before, before));
            prop_assert!(!is_mass(before, before.saturating_sub(change)));
            prop_assert!(!is_mass(before, before + change));
        }
    }
}
