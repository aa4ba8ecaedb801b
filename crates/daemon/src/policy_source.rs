//! From ruleset, groups and exceptions to the one [`Policy`] that decides, for the running filter
//! and for `why` alike.

use std::sync::Arc;

use lachan_policy::ruleset::Ruleset;
use lachan_policy::{Exceptions, Group, GroupClash, GroupId, Groups, Policy, Tier};
use lachan_store::{DbError, Reader, StoredException};

use crate::network::Links;

/// What the group of unknown devices is called.
pub(crate) const UNKNOWN: &str = "unknown";

/// Numbers from here on are of the groups that stand for a tier in `why`; the store counts from 1.
const TIER_GROUPS: u32 = u32::MAX - 8;

/// What people made: groups and exceptions.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    /// Groups, without the one of unknown devices.
    pub(crate) groups: Vec<Group>,
    /// Exceptions that nobody ended.
    pub(crate) exceptions: Vec<StoredException>,
}

impl People {
    /// Reads them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn read(reader: &Reader) -> Result<Self, DbError> {
        Ok(Self {
            groups: reader.groups()?,
            exceptions: reader.exceptions()?,
        })
    }

    /// The policy of the box, whose interfaces are `links`.
    ///
    /// # Errors
    /// [`GroupClash`], which the store refuses, so that it cannot be in a sound database.
    pub(crate) fn policy(
        &self,
        ruleset: Arc<Ruleset>,
        unknown: Tier,
        links: &Links,
    ) -> Result<Policy, GroupClash> {
        let groups = Groups::new(
            Group::new(GroupId(0), UNKNOWN, unknown),
            self.groups.clone(),
        )?;
        let groups = groups.on_interfaces(|name| links.number_of(name));
        Ok(Policy::new(
            Arc::clone(&ruleset),
            groups,
            self.exceptions_of(&ruleset),
        ))
    }

    /// The policy of the box with one group more for each tier, which has no device, no week and
    /// no exception of its own: what a tier gets by itself. They come last, in the order of
    /// [`Tier::ALL`].
    ///
    /// # Errors
    /// As [`Self::policy`].
    pub(crate) fn policy_with_tiers(
        &self,
        ruleset: Arc<Ruleset>,
        unknown: Tier,
        links: &Links,
    ) -> Result<Policy, GroupClash> {
        let mut all = self.clone();
        all.groups.extend(
            (TIER_GROUPS..)
                .zip(Tier::ALL)
                .map(|(id, tier)| Group::new(GroupId(id), tier.id(), tier)),
        );
        all.policy(ruleset, unknown, links)
    }

    fn exceptions_of(&self, ruleset: &Ruleset) -> Exceptions {
        let made = self
            .exceptions
            .iter()
            .filter_map(|stored| stored.to_policy(ruleset.book()));
        Exceptions::new(made.collect())
    }
}

/// The position of the group that stands for a tier in a policy with tiers.
pub(crate) fn tier_group(policy: &Policy, tier: Tier) -> usize {
    policy.groups().all().len() - Tier::ALL.len() + tier.index()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing;
    use lachan_policy::{Ask, CategorySet, Role, Who};
    use lachan_store::Subject;

    fn exception(subject: &str, group: Option<u32>) -> StoredException {
        StoredException {
            id: 7,
            subject: subject.parse().unwrap(),
            allow: false,
            role: Role::School,
            author: "cli:an".into(),
            reason: "thi".into(),
            group: group.map(GroupId),
            made: None,
            until: None,
            ended: None,
        }
    }

    fn people(exceptions: Vec<StoredException>) -> People {
        let mut class = Group::new(GroupId(1), "6A", Tier::Thcs);
        class.subnets = vec!["10.6.0.0/24".parse().unwrap()];
        People {
            groups: vec![class],
            exceptions,
        }
    }

    fn is_blocked(policy: &Policy, name: &str, group: usize) -> bool {
        let name = testing::name(name);
        policy
            .decide(&Ask {
                name: &name,
                group,
                at: None,
                found: CategorySet::EMPTY,
            })
            .is_block()
    }

    #[test]
    fn groups_keep_their_devices_and_others_are_unknown() {
        let policy = people(Vec::new())
            .policy(testing::ruleset(&[]), Tier::TieuHoc, &Links::default())
            .unwrap();
        assert_eq!(
            policy.groups().of(&Who::at([10, 6, 0, 9].into())).name,
            "6A"
        );
        let unknown = policy.groups().of(&Who::at([10, 7, 0, 9].into()));
        assert_eq!(
            (unknown.name.as_str(), unknown.tier),
            (UNKNOWN, Tier::TieuHoc)
        );
    }

    #[test]
    fn a_group_s_exception_is_not_its_tier_s() {
        let people = people(vec![exception("name:hoc.vn", Some(1))]);
        let policy = people
            .policy_with_tiers(testing::ruleset(&[]), Tier::TieuHoc, &Links::default())
            .unwrap();
        let tier = tier_group(&policy, Tier::Thcs);
        assert_eq!(policy.groups().all()[tier].tier, Tier::Thcs);
        assert!(is_blocked(&policy, "hoc.vn", 1));
        assert!(!is_blocked(&policy, "hoc.vn", tier));
    }

    #[test]
    fn services_are_found_by_their_id_in_whatever_ruleset() {
        let service = Subject::Service("zalo".into()).to_string();
        let people = people(vec![
            exception(&service, None),
            exception("service:none", None),
        ]);
        let policy = people
            .policy(testing::shipped_ruleset(), Tier::Staff, &Links::default())
            .unwrap();
        assert_eq!(policy.exceptions().all().len(), 1);
        assert!(is_blocked(&policy, "zalo.me", 0));
    }
}
