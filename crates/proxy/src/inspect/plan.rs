//! Whose connections are opened up, and how far: the school's settings against what a name allows.
//! Pure.

use lachan_policy::{Ask, CategorySet, Policy};

use super::server::Opening;

/// What a school asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Groups, by name, whose machines are the school's and trust the box's authority.
    pub groups: Vec<String>,
    /// Categories, by id, whose sites are opened up for these groups; none is the middle way.
    pub categories: Vec<String>,
    /// Whether these groups are shown the block page over HTTPS for whatever is closed.
    pub block_pages: bool,
}

impl Plan {
    /// Whether anything is ever opened up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() || (self.categories.is_empty() && !self.block_pages)
    }

    /// How a connection is opened up whose name was decided, if it is.
    pub(crate) fn opening(
        &self,
        policy: &Policy,
        ask: &Ask<'_>,
        is_closed: bool,
    ) -> Option<Opening> {
        let group = policy.groups().all().get(ask.group)?;
        // Without the time no certificate can be judged, or made to hold.
        ask.at?;
        // Names of groups are one when they differ only in case.
        let name = group.name.to_lowercase();
        let is_named = || self.groups.iter().any(|named| named.to_lowercase() == name);
        if self.is_empty() || !is_named() {
            return None;
        }
        let can = policy.inspectable(ask)?;
        let is_wanted = can.pages && can.categories.meets(self.wanted(policy));
        match is_closed {
            true => (self.block_pages || is_wanted).then_some(Opening::BlockPage),
            false => is_wanted.then_some(Opening::Pages),
        }
    }

    fn wanted(&self, policy: &Policy) -> CategorySet {
        let book = policy.ruleset().book();
        let ids = self.categories.iter();
        ids.filter_map(|id| book.category_named(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing::{self, TestList};
    use lachan_policy::ruleset::ListClass;
    use lachan_policy::{Exceptions, Moment, Tier};

    const LISTS: &[TestList<'_>] = &[
        (
            "a",
            ListClass::Own,
            "video",
            &["phim.example", "vietcombank.com.vn"],
        ),
        ("b", ListClass::Own, "gambling", &["bac.example"]),
        ("c", ListClass::Protected, "video", &["song.example"]),
        ("d", ListClass::AlwaysOpen, "", &["mo.example"]),
        ("e", ListClass::Help, "help", &["giup.example"]),
        ("f", ListClass::Exam, "", &["thi.example"]),
        ("g", ListClass::Own, "education", &["hoc.example"]),
        ("h", ListClass::Protected, "messaging", &["nhan.example"]),
    ];

    fn opening(plan: &Plan, tier: Tier, name: &str, is_closed: bool) -> Option<Opening> {
        let policy = testing::policy(testing::ruleset(LISTS), Exceptions::default());
        let groups = policy.groups().all();
        let group = groups.iter().position(|group| group.name == tier.id());
        let name = testing::name(name);
        let ask = Ask {
            name: &name,
            group: group.unwrap(),
            at: Some(Moment::from_unix(1_795_342_140, 7 * 3600)),
            found: CategorySet::EMPTY,
        };
        plan.opening(&policy, &ask, is_closed)
    }

    fn plan(categories: &[&str], block_pages: bool) -> Plan {
        Plan {
            groups: vec!["thcs".to_owned()],
            categories: categories.iter().map(|&id| id.to_owned()).collect(),
            block_pages,
        }
    }

    #[test]
    fn only_groups_and_categories_that_were_named_are_opened_up() {
        let videos = plan(&["video", "no-such-category"], false);
        let open = |tier, name| opening(&videos, tier, name, false);
        assert_eq!(open(Tier::Thcs, "a.phim.example"), Some(Opening::Pages));
        assert_eq!(open(Tier::Thpt, "phim.example"), None);
        assert_eq!(open(Tier::Staff, "phim.example"), None);
        assert_eq!(open(Tier::Thcs, "khac.example"), None);
        let unknown = plan(&["uncategorised"], false);
        let open = opening(&unknown, Tier::Thcs, "khac.example", false);
        assert_eq!(open, Some(Opening::Pages));
    }

    #[test]
    fn locked_names_are_never_opened_up() {
        let all = testing::shipped_rules().book.categories.iter();
        let all = Plan {
            groups: vec!["thcs".to_owned()],
            categories: all.map(|category| category.id.clone()).collect(),
            block_pages: true,
        };
        for name in [
            "vietcombank.com.vn",
            "ib.vietcombank.com.vn",
            "hue.gov.vn",
            "mo.example",
            "giup.example",
            "thi.example",
            "hoc.example",
            "accounts.google.com",
        ] {
            for is_closed in [false, true] {
                let open = opening(&all, Tier::Thcs, name, is_closed);
                assert_eq!(open, None, "{name} {is_closed}");
            }
        }
        // What a school lives on is not read; that it is closed may be said.
        for name in ["song.example", "nhan.example"] {
            assert_eq!(opening(&all, Tier::Thcs, name, false), None, "{name}");
            let closed = opening(&all, Tier::Thcs, name, true);
            assert_eq!(closed, Some(Opening::BlockPage), "{name}");
        }
    }

    #[test]
    fn the_middle_way_opens_nothing_that_is_open() {
        let pages = plan(&[], true);
        assert_eq!(opening(&pages, Tier::Thcs, "phim.example", false), None);
        let closed = opening(&pages, Tier::Thcs, "bac.example", true);
        assert_eq!(closed, Some(Opening::BlockPage));
        assert_eq!(opening(&pages, Tier::Staff, "bac.example", true), None);
        assert_eq!(
            opening(&plan(&[], false), Tier::Thcs, "bac.example", true),
            None
        );
        let videos = plan(&["video"], false);
        assert_eq!(opening(&videos, Tier::Thcs, "bac.example", true), None);
    }

    #[test]
    fn nothing_is_opened_up_while_the_time_is_unknown() {
        let policy = testing::policy(testing::ruleset(LISTS), Exceptions::default());
        let name = testing::name("phim.example");
        let groups = policy.groups().all();
        let group = groups.iter().position(|group| group.name == "thcs");
        let ask = Ask {
            name: &name,
            group: group.unwrap(),
            at: None,
            found: CategorySet::EMPTY,
        };
        assert_eq!(plan(&["video"], true).opening(&policy, &ask, true), None);
    }
}
