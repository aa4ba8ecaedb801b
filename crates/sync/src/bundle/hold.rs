//! The rule by which an update is held until the department's offline keys, or a person at the school,
//! say that it is meant (DESIGN.md, "What always holds" 5): pure, and all of it here.
//!
//! It stands against whoever has stolen the online keys, who can publish whatever list there is: what
//! would take protection away, or open something, is held. What only blocks a little more is not.

use lachan_wire::tuf::list::{About, ListClass};

/// Fewest entries that must be lost: small lists halve when somebody tidies them.
const LEAST_LOST: u64 = 1_000;
/// Fewest entries that must be gained: small lists triple when they are young.
const LEAST_GAINED: u64 = 10_000;
/// What the entries multiply by when they grew too much.
const MOST_GROWTH: u64 = 3;

/// One list before and after an update.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// What served; `None` for a new list.
    pub before: Option<&'a About>,
    /// What shall serve; `None` when the list is there no more.
    pub after: Option<&'a About>,
    /// Lines that go.
    pub removed: u64,
    /// Lines that come.
    pub added: u64,
}

/// Why a list's change is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The list is gone, or was emptied.
    Dropped {
        /// Entries it had.
        before: u64,
    },
    /// It does something else than before.
    Class {
        /// What it did.
        before: ListClass,
        /// What it would do.
        after: ListClass,
    },
    /// Its entries would be of another category, which may be open to pupils.
    Category,
    /// More than half of its entries went, and not a handful.
    Loss {
        /// Entries before.
        before: u64,
        /// Of those, entries that are there no more.
        removed: u64,
    },
    /// A sealed list lost more than half of its entries. It is not to be named in reports.
    SealedLoss {
        /// Entries before.
        before: u64,
        /// Of those, entries that are there no more.
        removed: u64,
    },
    /// It grew to more than three times, and not by a handful.
    Growth {
        /// Entries before.
        before: u64,
        /// Entries after.
        after: u64,
    },
    /// A list that opens names opens more of them, or is new.
    Opens {
        /// Entries that come.
        added: u64,
    },
}

/// A list that is held, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub list: String,
    /// Whether no report may name it.
    pub is_sealed: bool,
    /// Every reason; at least one.
    pub why: Vec<Why>,
}

/// Whether a list of this class opens what another would close, so that one name too many is harm.
#[must_use]
pub const fn opens(class: ListClass) -> bool {
    match class {
        ListClass::AlwaysOpen
        | ListClass::Help
        | ListClass::Protected
        | ListClass::Service
        | ListClass::Exam
        | ListClass::OnlineClass
        | ListClass::Garden
        | ListClass::Correction => true,
        ListClass::Imported
        | ListClass::Own
        | ListClass::Statutory
        | ListClass::SafeSearch
        | ListClass::UnsafeEngine
        | ListClass::Sealed => false,
    }
}

/// Why a change must be held unless it is approved; nothing when it need not.
///
/// A loss counts the entries that went, not by how many fewer there are: a list whose names were all
/// replaced by rubbish has lost them all.
#[must_use]
pub fn why(step: Step<'_>) -> Vec<Why> {
    let mut found = Vec::new();
    let Step {
        before,
        after,
        removed,
        added,
    } = step;
    let entries = |about: Option<&About>| about.map_or(0, |about| about.entries);
    let (had, has) = (entries(before), entries(after));
    if had > 0 && has == 0 {
        found.push(Why::Dropped { before: had });
    }
    if let (Some(before), Some(after)) = (before, after) {
        if before.class != after.class {
            found.push(Why::Class {
                before: before.class,
                after: after.class,
            });
        }
        if before.category != after.category {
            found.push(Why::Category);
        }
        let is_half = removed > had / 2 && has > 0;
        if before.class == ListClass::Sealed {
            // However few: sealed names are the gravest there are, and their lists are short.
            if is_half {
                found.push(Why::SealedLoss {
                    before: had,
                    removed,
                });
            }
        } else if is_half && removed >= LEAST_LOST {
            found.push(Why::Loss {
                before: had,
                removed,
            });
        }
        // A new list is a decision; one that was there and swells is an accident or worse.
        if has.saturating_sub(had) >= LEAST_GAINED && has > had.saturating_mul(MOST_GROWTH) {
            found.push(Why::Growth {
                before: had,
                after: has,
            });
        }
    }
    if added > 0 && after.is_some_and(|after| opens(after.class)) {
        found.push(Why::Opens { added });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn about(class: ListClass, category: &str, entries: u64) -> About {
        About {
            category: category.to_owned(),
            class,
            entries,
            length: entries * 6,
            sha256: "ab".repeat(32),
            version: 1,
            licence: "CC0-1.0".to_owned(),
            name_vi: String::new(),
            name_en: String::new(),
        }
    }

    /// Entries before and after with the fewest lines that can go and come between them.
    fn net(class: ListClass, before: u64, after: u64) -> Vec<Why> {
        let (old, new) = (about(class, "ads", before), about(class, "ads", after));
        why(Step {
            before: Some(&old),
            after: Some(&new),
            removed: before.saturating_sub(after),
            added: after.saturating_sub(before),
        })
    }

    #[test]
    fn a_loss_counts_above_half_and_from_a_thousand() {
        let check = |before, after, expected: bool| {
            let removed = before - after;
            let expected: Vec<Why> = expected
                .then_some(Why::Loss { before, removed })
                .into_iter()
                .collect();
            assert_eq!(
                net(ListClass::Own, before, after),
                expected,
                "{before} to {after}"
            );
        };
        check(2_000, 1_000, false);
        check(2_000, 999, true);
        check(2_001, 1_000, true);
        check(999, 1, false);
        check(1_500, 501, false);
        check(1_000_000, 500_000, false);
    }

    #[test]
    fn a_growth_counts_above_three_times_and_from_ten_thousand() {
        let check = |before, after, expected: bool| {
            let expected: Vec<Why> = expected
                .then_some(Why::Growth { before, after })
                .into_iter()
                .collect();
            assert_eq!(
                net(ListClass::Imported, before, after),
                expected,
                "{before} to {after}"
            );
        };
        check(5_000, 15_000, false);
        check(5_000, 15_001, true);
        check(0, 9_999, false);
        check(0, 10_000, true);
        check(1_000_000, 3_000_000, false);
    }

    #[test]
    fn a_list_whose_names_were_all_replaced_has_lost_them() {
        let list = about(ListClass::Own, "gambling", 5_000);
        let found = why(Step {
            before: Some(&list),
            after: Some(&list),
            removed: 5_000,
            added: 5_000,
        });
        assert_eq!(
            found,
            [Why::Loss {
                before: 5_000,
                removed: 5_000
            }]
        );
    }

    #[test]
    fn a_list_that_vanishes_or_is_emptied_is_held_however_short() {
        let list = about(ListClass::Own, "gambling", 3);
        let gone = Step {
            before: Some(&list),
            after: None,
            removed: 3,
            added: 0,
        };
        assert_eq!(why(gone), [Why::Dropped { before: 3 }]);
        assert_eq!(net(ListClass::Own, 3, 0), [Why::Dropped { before: 3 }]);
        assert_eq!(net(ListClass::Sealed, 3, 0), [Why::Dropped { before: 3 }]);
        // The tombstone was approved; its own going changes nothing.
        let tombstone = about(ListClass::Own, "gambling", 0);
        let gone = Step {
            before: Some(&tombstone),
            after: None,
            removed: 0,
            added: 0,
        };
        assert_eq!(why(gone), []);
    }

    #[test]
    fn another_class_or_category_is_held_though_no_entry_changed() {
        let own = about(ListClass::Own, "gambling", 10);
        let open = about(ListClass::AlwaysOpen, "gambling", 10);
        let other = about(ListClass::Own, "games", 10);
        let same = |after| Step {
            before: Some(&own),
            after: Some(after),
            removed: 0,
            added: 0,
        };
        let class = Why::Class {
            before: ListClass::Own,
            after: ListClass::AlwaysOpen,
        };
        assert_eq!(why(same(&open)), [class]);
        assert_eq!(why(same(&other)), [Why::Category]);
        assert_eq!(why(same(&own)), []);
    }

    #[test]
    fn a_sealed_list_is_held_when_it_loses_more_than_half_however_short() {
        let (before, removed) = (10, 6);
        assert_eq!(
            net(ListClass::Sealed, 10, 4),
            [Why::SealedLoss { before, removed }]
        );
        assert_eq!(net(ListClass::Sealed, 10, 5), []);
        assert_eq!(net(ListClass::Sealed, 10, 30), []);
    }

    #[test]
    fn what_opens_needs_approval_for_each_name() {
        for class in [
            ListClass::AlwaysOpen,
            ListClass::Correction,
            ListClass::Protected,
            ListClass::Exam,
            ListClass::OnlineClass,
            ListClass::Garden,
        ] {
            assert_eq!(net(class, 10, 11), [Why::Opens { added: 1 }], "{class:?}");
            assert_eq!(net(class, 10, 9), [], "{class:?}");
            let list = about(class, "ads", 10);
            let new = Step {
                before: None,
                after: Some(&list),
                removed: 0,
                added: 10,
            };
            assert_eq!(why(new), [Why::Opens { added: 10 }], "{class:?}");
            // One name for another is one that opens.
            let swapped = Step {
                before: Some(&list),
                after: Some(&list),
                removed: 1,
                added: 1,
            };
            assert_eq!(why(swapped), [Why::Opens { added: 1 }], "{class:?}");
        }
        let list = about(ListClass::Own, "ads", 100_000);
        let new = Step {
            before: None,
            after: Some(&list),
            removed: 0,
            added: 100_000,
        };
        assert_eq!(why(new), []);
    }

    proptest! {
        #[test]
        fn no_change_and_small_changes_of_what_blocks_pass(before in 1_000u64..10_000_000, change in 0u64..500) {
            prop_assert!(net(ListClass::Own, before, before).is_empty());
            prop_assert!(net(ListClass::Own, before, before - change).is_empty());
            prop_assert!(net(ListClass::Own, before, before + change).is_empty());
        }

        #[test]
        fn the_rule_is_never_milder_than_that_of_the_ruleset(before in 0u64..100_000, after in 0u64..400_000) {
            let (lost, gained) = (before.saturating_sub(after), after.saturating_sub(before));
            let is_mass = (lost >= 1_000 && lost > before / 2)
                || (gained >= 10_000 && after > before.saturating_mul(3));
            prop_assert!(!is_mass || !net(ListClass::Own, before, after).is_empty());
        }
    }
}
