//! Ranges so wide that they hold devices nobody thought of. The narrowest range that holds an
//! address decides its group, so a wide one takes every device that no other group claims: pupils'
//! phones too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lachan_policy::{Group, Subnet, Tier};

use crate::console::{Console, WARNING, styled};
use crate::fault::Fault;

/// The tier that is filtered least.
const LEAST_FILTERED: Tier = Tier::Staff;

/// The blocks schools take their addresses from (RFC 1918, RFC 4193). Whoever claims a whole one
/// claims what the school's net has, whatever that is.
const BLOCKS: [(IpAddr, u8); 4] = [
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V6(Ipv6Addr::new(0xFD00, 0, 0, 0, 0, 0, 0, 0)), 8),
];

/// Refuses all addresses for the tier that is filtered least, unless somebody says that it is meant.
///
/// # Errors
/// [`Fault::AllForStaff`].
pub(super) fn check(group: &Group, meant: bool) -> Result<(), Fault> {
    let all = group.subnets.iter().find(|subnet| is_all(subnet));
    match all {
        Some(all) if group.tier == LEAST_FILTERED && !meant => Err(Fault::AllForStaff {
            range: all.to_string(),
            tier: group.tier,
        }),
        _ => Ok(()),
    }
}

/// Warns of each wide range of a group.
pub(super) fn note(
    group: &Group,
    others: &[Group],
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let words = console.words;
    for subnet in &group.subnets {
        let (range, tier) = (subnet.to_string(), group.tier.id());
        if is_wide(subnet) {
            console.note(styled(WARNING, words.range_is_wide(&range, tier)))?;
        } else if let Some(younger) = younger_within(group, subnet, others) {
            let text = words.range_holds_others(&range, &younger.name, younger.tier.id(), tier);
            console.note(styled(WARNING, text))?;
        }
    }
    Ok(())
}

/// Whether it is every address there is of a family.
fn is_all(subnet: &Subnet) -> bool {
    let families = [
        IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    ];
    families
        .iter()
        .any(|any| *subnet == Subnet::around(*any, 0))
}

fn is_wide(subnet: &Subnet) -> bool {
    BLOCKS
        .iter()
        .any(|(address, length)| holds(subnet, &Subnet::around(*address, *length)))
}

fn holds(outer: &Subnet, inner: &Subnet) -> bool {
    outer.first() <= inner.first() && inner.last() <= outer.last()
}

/// A group of a younger tier that has a range of its own within this one.
fn younger_within<'g>(group: &Group, subnet: &Subnet, others: &'g [Group]) -> Option<&'g Group> {
    others.iter().find(|other| {
        other.name != group.name
            && other.tier < group.tier
            && other.subnets.iter().any(|inner| holds(subnet, inner))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::GroupId;

    fn group(name: &str, tier: Tier, subnets: &[&str]) -> Group {
        let mut group = Group::new(GroupId(1), name, tier);
        group.subnets = subnets.iter().map(|text| text.parse().unwrap()).collect();
        group
    }

    #[test]
    fn all_addresses_for_staff_have_to_be_meant() {
        for range in ["0.0.0.0/0", "::/0"] {
            let staff = group("gv", Tier::Staff, &["10.9.0.0/24", range]);
            let refused = check(&staff, false);
            assert!(
                matches!(refused, Err(Fault::AllForStaff { range: named, .. }) if named == range)
            );
            assert!(check(&staff, true).is_ok());
            assert!(check(&group("6a", Tier::Thcs, &[range]), false).is_ok());
        }
        assert!(check(&group("gv", Tier::Staff, &["10.0.0.0/8"]), false).is_ok());
    }

    #[test]
    fn a_range_that_holds_a_whole_private_block_is_wide() {
        for (range, wide) in [
            ("0.0.0.0/0", true),
            ("::/0", true),
            ("0.0.0.0/1", true),
            ("10.0.0.0/8", true),
            ("192.168.0.0/16", true),
            ("fc00::/7", true),
            ("10.0.0.0/9", false),
            ("192.168.6.0/24", false),
            ("fd00:1::/48", false),
        ] {
            assert_eq!(is_wide(&range.parse().unwrap()), wide, "{range}");
        }
    }

    #[test]
    fn the_ranges_of_younger_groups_within_one_are_seen() {
        let others = [
            group("6a", Tier::Thcs, &["10.6.0.0/24"]),
            group("gv", Tier::Staff, &["10.0.0.0/16"]),
        ];
        let within = |name: &str, tier, range: &str| {
            let group = group(name, tier, &[range]);
            let found = younger_within(&group, &group.subnets[0], &others);
            found.map(|found| found.name.clone())
        };
        let staff = |range| within("gv", Tier::Staff, range);
        assert_eq!(staff("10.0.0.0/9").as_deref(), Some("6a"));
        assert_eq!(staff("10.7.0.0/16"), None);
        assert_eq!(within("lop", Tier::TieuHoc, "10.0.0.0/9"), None);
    }
}
