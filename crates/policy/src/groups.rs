//! All groups, and the tables that find the one a device belongs to.
//!
//! One sorted table for each kind of selector, built once: a look-up is a binary search in each
//! that is not empty, whatever the number of groups, and allocates nothing.

use std::fmt;

use crate::group::{Group, GroupId};
use crate::subnet::{Subnet, address_bits};
use crate::token::{Token, TokenHash};
use crate::who::{InterfaceName, KnownBy, Mac, Who};

/// Something by which a group claims devices.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    /// A range of addresses.
    Subnet(Subnet),
    /// One device.
    Mac(Mac),
    /// All that comes in on an interface.
    Interface(InterfaceName),
    /// All that show a token, by its first characters.
    Token(String),
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subnet(subnet) => write!(f, "the subnet {subnet}"),
            Self::Mac(mac) => write!(f, "the device {mac}"),
            Self::Interface(name) => write!(f, "the interface {name}"),
            Self::Token(first) => write!(f, "the token {first}…"),
        }
    }
}

/// Two groups that claim the same devices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{selector} is claimed by both groups {first:?} and {second:?}; give it to one")]
pub struct GroupClash {
    /// What both claim.
    pub selector: Selector,
    /// The group that stands first.
    pub first: String,
    /// The other one.
    pub second: String,
}

/// Owner of addresses that no group claims.
const NOBODY: u32 = u32::MAX;

/// What groups claim, sorted, each with the position of its group.
type Claims<T> = Vec<(T, u32)>;

/// All groups, and the tables that find a client's.
///
/// Nested subnets are allowed, the longest prefix wins: their table is flattened to disjoint
/// ranges. In what order the groups were defined makes no difference.
#[derive(Debug, Clone)]
pub struct Groups {
    groups: Vec<Group>,
    tokens: Claims<TokenHash>,
    macs: Claims<Mac>,
    starts: Vec<u128>,
    owners: Vec<u32>,
    /// By the kernel's number; empty until [`Self::on_interfaces`].
    interfaces: Claims<u32>,
}

impl Groups {
    /// Builds the tables. `fallback` is the group of devices that belong to no other. What groups
    /// claim by interface counts only after [`Self::on_interfaces`].
    ///
    /// # Errors
    /// [`GroupClash`] when two groups claim the very same subnet, device, interface or token.
    pub fn new(fallback: Group, others: Vec<Group>) -> Result<Self, GroupClash> {
        let mut groups = vec![fallback];
        groups.extend(others);
        let subnets = claims(&groups, |group| group.subnets.clone(), Selector::Subnet)?;
        let macs = claims(&groups, |group| group.macs.clone(), Selector::Mac)?;
        claims(
            &groups,
            |group| group.interfaces.clone(),
            Selector::Interface,
        )?;
        let hashes = |group: &Group| group.tokens.iter().map(|mark| mark.hash).collect();
        let tokens = claims(&groups, hashes, |hash| token_of(&groups, hash))?;
        let (starts, owners) = flatten(&subnets);
        Ok(Self {
            tokens,
            macs,
            starts,
            owners,
            interfaces: Vec::new(),
            groups,
        })
    }

    /// The same groups on a machine with these interfaces: `number_of` gives the kernel's number of
    /// a name. An interface that is not there (yet) claims nothing.
    #[must_use]
    pub fn on_interfaces(mut self, number_of: impl Fn(&InterfaceName) -> Option<u32>) -> Self {
        let named = (0u32..).zip(&self.groups).flat_map(|(owner, group)| {
            let numbers = group.interfaces.iter().filter_map(&number_of);
            numbers.map(move |number| (number, owner))
        });
        // 0 stands for an interface that is not known.
        let mut interfaces: Claims<u32> = named.filter(|(number, _)| *number != 0).collect();
        interfaces.sort_unstable();
        self.interfaces = interfaces;
        self
    }

    /// Position of a client's group in [`Self::all`].
    #[must_use]
    pub fn index_of(&self, who: &Who) -> usize {
        self.recognise(who).0
    }

    /// Position of a client's group in [`Self::all`], and by what it was recognised: the most
    /// particular that any group claims ([`KnownBy`] has the order).
    #[must_use]
    pub fn recognise(&self, who: &Who) -> (usize, KnownBy) {
        let (owner, by) = self.claimant(who).unwrap_or((0, KnownBy::Nothing));
        (owner as usize, by)
    }

    fn claimant(&self, who: &Who) -> Option<(u32, KnownBy)> {
        // Only an encrypted query carries a token, and only it pays for the hash.
        let token = who.token.filter(|_| !self.tokens.is_empty());
        let by_token = token.and_then(|token| find(&self.tokens, &token.hash()));
        if let Some(owner) = by_token {
            return Some((owner, KnownBy::Token));
        }
        if let Some(owner) = who.mac.and_then(|mac| find(&self.macs, &mac)) {
            return Some((owner, KnownBy::Mac));
        }
        let client = address_bits(who.address);
        let after = self.starts.partition_point(|start| *start <= client);
        if let Some(before) = after.checked_sub(1)
            && self.owners[before] != NOBODY
        {
            return Some((self.owners[before], KnownBy::Subnet));
        }
        find(&self.interfaces, &who.interface).map(|owner| (owner, KnownBy::Interface))
    }

    /// Position in [`Self::all`] of the group that a token puts a device into.
    #[must_use]
    pub fn of_token(&self, token: Token) -> Option<usize> {
        if self.tokens.is_empty() {
            return None;
        }
        find(&self.tokens, &token.hash()).map(|owner| owner as usize)
    }

    /// Whether any group claims devices by MAC: only then is it worth looking one up.
    #[must_use]
    pub fn know_macs(&self) -> bool {
        !self.macs.is_empty()
    }

    /// The group of a client.
    #[must_use]
    pub fn of(&self, who: &Who) -> &Group {
        &self.groups[self.index_of(who)]
    }

    /// The group of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// All groups, the one of unknown devices first.
    #[must_use]
    pub fn all(&self) -> &[Group] {
        &self.groups
    }

    /// The ranges of addresses that groups claim, disjoint and in order: first, last (as
    /// [`crate::address_bits`] gives them) and the position of the group in [`Self::all`].
    pub fn ranges(&self) -> impl Iterator<Item = (u128, u128, usize)> + '_ {
        let next = self.starts.iter().skip(1);
        let lasts = next.map(|start| start - 1).chain([u128::MAX]);
        let all = self.starts.iter().zip(lasts).zip(&self.owners);
        let claimed = all.filter(|(_, owner)| **owner != NOBODY);
        claimed.map(|((first, last), owner)| (*first, last, *owner as usize))
    }

    /// The devices that groups claim by hardware address, each with the position of its group in
    /// [`Self::all`].
    pub fn devices(&self) -> impl Iterator<Item = (Mac, usize)> + '_ {
        let devices = self.macs.iter();
        devices.map(|(mac, owner)| (*mac, *owner as usize))
    }

    /// Position of a group in [`Self::all`], by its number.
    #[must_use]
    pub fn position(&self, id: GroupId) -> Option<usize> {
        self.groups.iter().position(|group| group.id == id)
    }
}

/// What groups claim of one kind, sorted; what stands twice in one group counts once.
fn claims<T: Ord + Clone>(
    groups: &[Group],
    of: impl Fn(&Group) -> Vec<T>,
    selector: impl Fn(T) -> Selector,
) -> Result<Claims<T>, GroupClash> {
    let all = (0u32..).zip(groups).flat_map(|(owner, group)| {
        let own = of(group).into_iter();
        own.map(move |claim| (claim, owner))
    });
    let mut all: Claims<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    for pair in all.windows(2) {
        if let [(claim, first), (other, second)] = pair
            && claim == other
        {
            let name = |owner: u32| groups[owner as usize].name.clone();
            return Err(GroupClash {
                selector: selector(claim.clone()),
                first: name(*first),
                second: name(*second),
            });
        }
    }
    Ok(all)
}

/// How people know the token of this hash.
fn token_of(groups: &[Group], hash: TokenHash) -> Selector {
    let mut marks = groups.iter().flat_map(|group| &group.tokens);
    let found = marks.find(|mark| mark.hash == hash);
    Selector::Token(found.map_or_else(String::new, |mark| mark.first.clone()))
}

fn find<T: Ord>(claims: &[(T, u32)], wanted: &T) -> Option<u32> {
    let found = claims
        .binary_search_by(|(claim, _)| claim.cmp(wanted))
        .ok()?;
    claims.get(found).map(|(_, owner)| *owner)
}

/// Nested claims, sorted by start and then by length, to the starts of disjoint ranges, each with
/// its owner or [`NOBODY`].
fn flatten(claims: &[(Subnet, u32)]) -> (Vec<u128>, Vec<u32>) {
    let mut starts = Vec::new();
    let mut owners = Vec::new();
    let mut put = |start: u128, owner: u32| {
        if starts.last() == Some(&start) {
            starts.pop();
            owners.pop();
        }
        starts.push(start);
        owners.push(owner);
    };
    let mut open: Vec<(Subnet, u32)> = Vec::new();
    let close_before =
        |open: &mut Vec<(Subnet, u32)>, limit: Option<u128>, put: &mut dyn FnMut(u128, u32)| {
            while let Some((subnet, _)) = open.last() {
                if limit.is_some_and(|limit| subnet.last() >= limit) {
                    break;
                }
                let next = subnet.last().checked_add(1);
                open.pop();
                if let Some(next) = next {
                    put(next, open.last().map_or(NOBODY, |(_, owner)| *owner));
                }
            }
        };
    for (subnet, owner) in claims {
        close_before(&mut open, Some(subnet.first()), &mut put);
        put(subnet.first(), *owner);
        open.push((*subnet, *owner));
    }
    close_before(&mut open, None, &mut put);
    (starts, owners)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tier::Tier;
    use proptest::prelude::*;
    use std::net::IpAddr;

    /// A group of these selectors: subnets, MACs, `@` and an interface, `#` and a token's number.
    fn group(id: u32, name: &str, selectors: &[&str]) -> Group {
        let mut group = Group::new(GroupId(id), name, Tier::Thcs);
        for text in selectors {
            if let Some(interface) = text.strip_prefix('@') {
                group.interfaces.push(interface.parse().unwrap());
            } else if let Some(number) = text.strip_prefix('#') {
                group.tokens.push(token(number.parse().unwrap()).mark());
            } else if let Ok(mac) = text.parse() {
                group.macs.push(mac);
            } else {
                group.subnets.push(text.parse().unwrap());
            }
        }
        group
    }

    fn token(number: u8) -> Token {
        Token::from_bytes([number; 10])
    }

    fn groups(all: &[(&str, &[&str])]) -> Result<Groups, GroupClash> {
        let others = (1..)
            .zip(all)
            .map(|(id, (name, selectors))| group(id, name, selectors));
        Groups::new(group(0, "unknown", &[]), others.collect())
    }

    fn of(groups: &Groups, address: &str) -> String {
        groups.of(&Who::at(address.parse().unwrap())).name.clone()
    }

    #[test]
    fn ranges_are_what_single_addresses_say() {
        let groups = groups(&[
            ("school", &["10.0.0.0/8", "fd00::/48", "3c:22:fb:0a:b1:9e"]),
            ("lab", &["10.1.0.0/16", "::/0"]),
        ])
        .unwrap();
        let mut before = None;
        for (first, last, owner) in groups.ranges() {
            assert!(before.is_none_or(|before| before < first) && first <= last);
            before = Some(last);
            for bits in [first, last] {
                let who = Who::at(std::net::Ipv6Addr::from(bits).into());
                assert_eq!(groups.index_of(&who), owner);
            }
        }
        assert_eq!(groups.ranges().count(), 7);
        assert_eq!(before, Some(u128::MAX));
        let devices: Vec<_> = groups.devices().map(|(_, owner)| owner).collect();
        assert_eq!(devices, [1]);
    }

    #[test]
    fn the_longest_prefix_wins() {
        let groups = groups(&[
            ("school", &["10.0.0.0/8", "fd00::/48"]),
            ("lab", &["10.1.0.0/16"]),
            ("pc", &["10.1.2.3"]),
            ("v6-lab", &["fd00:0:0:5::/64"]),
        ])
        .unwrap();
        for (address, expected) in [
            ("9.255.255.255", "unknown"),
            ("10.0.0.0", "school"),
            ("10.1.0.0", "lab"),
            ("10.1.2.2", "lab"),
            ("10.1.2.3", "pc"),
            ("10.1.2.4", "lab"),
            ("10.2.0.0", "school"),
            ("11.0.0.0", "unknown"),
            ("fd00::1", "school"),
            ("fd00:0:0:5::1", "v6-lab"),
            ("fd00:0:0:6::", "school"),
            ("fe80::1", "unknown"),
            ("::ffff:10.1.2.3", "pc"),
        ] {
            assert_eq!(of(&groups, address), expected, "{address}");
        }
    }

    #[test]
    fn the_more_particular_selector_wins() {
        let groups = groups(&[
            ("vlan", &["@br-lan.20"]),
            ("lab", &["10.1.0.0/16"]),
            ("teacher", &["3c:22:fb:0a:b1:9e"]),
            ("tablets", &["#7"]),
        ])
        .unwrap()
        .on_interfaces(|name| (name.as_str() == "br-lan.20").then_some(4));
        let mac: Option<Mac> = Some("3c:22:fb:0a:b1:9e".parse().unwrap());
        let other: Option<Mac> = Some("3c:22:fb:0a:b1:9f".parse().unwrap());
        for (address, mac, interface, token, name, by) in [
            (
                "10.1.0.9",
                mac,
                4,
                Some(token(7)),
                "tablets",
                KnownBy::Token,
            ),
            ("10.1.0.9", mac, 4, Some(token(8)), "teacher", KnownBy::Mac),
            ("10.9.0.9", mac, 4, None, "teacher", KnownBy::Mac),
            ("10.1.0.9", other, 4, None, "lab", KnownBy::Subnet),
            ("10.1.0.9", None, 0, None, "lab", KnownBy::Subnet),
            ("10.9.0.9", other, 4, None, "vlan", KnownBy::Interface),
            ("fe80::1", None, 4, None, "vlan", KnownBy::Interface),
            ("10.9.0.9", other, 5, None, "unknown", KnownBy::Nothing),
            ("10.9.0.9", None, 0, None, "unknown", KnownBy::Nothing),
        ] {
            let address = address.parse().unwrap();
            let who = Who {
                address,
                mac,
                interface,
                token,
            };
            let (position, found) = groups.recognise(&who);
            assert_eq!(
                (groups.all()[position].name.as_str(), found),
                (name, by),
                "{who:?}"
            );
        }
    }

    #[test]
    fn an_interface_that_is_not_there_claims_nothing() {
        let groups = groups(&[("vlan", &["@eth0.20"])])
            .unwrap()
            .on_interfaces(|_| Some(0));
        let who = Who::at([10, 0, 0, 1].into());
        assert_eq!(groups.recognise(&who), (0, KnownBy::Nothing));
    }

    #[test]
    fn a_clash_names_both_groups() {
        for (selector, told) in [
            ("10.0.0.0/24", "the subnet 10.0.0.0/24"),
            ("3c:22:fb:0a:b1:9e", "the device 3c:22:fb:0a:b1:9e"),
            ("@eth0.20", "the interface eth0.20"),
            ("#0", "the token aaaa…"),
        ] {
            let clash = groups(&[("6a", &[selector]), ("6b", &[selector])]).unwrap_err();
            let expected =
                format!("{told} is claimed by both groups \"6a\" and \"6b\"; give it to one");
            assert_eq!(clash.to_string(), expected);
            assert!(groups(&[("6a", &[selector, selector])]).is_ok());
        }
    }

    #[test]
    fn macs_are_looked_up_only_where_a_group_has_one() {
        assert!(
            !groups(&[("lab", &["10.1.0.0/16", "@eth0", "#1"])])
                .unwrap()
                .know_macs()
        );
        assert!(
            groups(&[("lab", &["3c:22:fb:0a:b1:9e"])])
                .unwrap()
                .know_macs()
        );
    }

    /// What a group may claim, out of few, so that they meet.
    fn selector() -> impl Strategy<Value = String> {
        prop_oneof![
            (0u8..4, 8u8..=32).prop_map(|(n, length)| {
                Subnet::around([10, n, n, n].into(), length).to_string()
            }),
            (0u8..4).prop_map(|n| Mac([2, 0, 0, 0, 0, n]).to_string()),
            (1u8..4).prop_map(|n| format!("@eth{n}")),
            (0u8..4).prop_map(|n| format!("#{n}")),
        ]
    }

    fn who() -> impl Strategy<Value = Who> {
        let mac = proptest::option::of((0u8..5).prop_map(|n| Mac([2, 0, 0, 0, 0, n])));
        let shown = proptest::option::of((0u8..5).prop_map(token));
        (0u8..5, mac, 0u32..5, shown).prop_map(|(n, mac, interface, token)| Who {
            address: [10, n, n, n].into(),
            mac,
            interface,
            token,
        })
    }

    /// The slow and plain way: ask every group, kind by kind.
    fn scan(all: &[Group], who: &Who) -> Option<(String, KnownBy)> {
        let told = |group: Option<&Group>, by| group.map(|group| (group.name.clone(), by));
        let has = |wanted: &dyn Fn(&Group) -> bool| all.iter().find(|group| wanted(group));
        let hash = who.token.map(Token::hash);
        let longest = |group: &Group| {
            let within = group
                .subnets
                .iter()
                .filter(|subnet| subnet.contains(who.address));
            within.map(Subnet::length).max()
        };
        let name = format!("eth{}", who.interface);
        told(
            has(&|group| group.tokens.iter().any(|mark| Some(mark.hash) == hash)),
            KnownBy::Token,
        )
        .or_else(|| {
            told(
                has(&|group| group.macs.iter().any(|mac| Some(*mac) == who.mac)),
                KnownBy::Mac,
            )
        })
        .or_else(|| {
            let nearest = all.iter().max_by_key(|group| longest(group));
            told(
                nearest.filter(|group| longest(group).is_some()),
                KnownBy::Subnet,
            )
        })
        .or_else(|| {
            told(
                has(&|group| group.interfaces.iter().any(|i| i.as_str() == name)),
                KnownBy::Interface,
            )
        })
    }

    proptest! {
        #[test]
        fn the_tables_agree_with_a_scan_in_whatever_order_groups_are_defined(
            claims in proptest::collection::btree_map(selector(), 0usize..6, 0..24),
            order in Just((0usize..6).collect::<Vec<_>>()).prop_shuffle(),
            asking in proptest::collection::vec(who(), 1..20),
        ) {
            let make = |owner: usize| {
                let own = claims.iter().filter(|(_, to)| **to == owner).map(|(text, _)| text.as_str());
                group(1, &owner.to_string(), &own.collect::<Vec<_>>())
            };
            let build = |others: Vec<Group>| {
                let groups = Groups::new(group(0, "unknown", &[]), others).unwrap();
                groups.on_interfaces(|name| name.as_str().strip_prefix("eth")?.parse().ok())
            };
            let (straight, shuffled) = (
                build((0..6).map(make).collect()),
                build(order.into_iter().map(make).collect()),
            );
            for who in asking {
                let expected = scan(straight.all(), &who).unwrap_or_else(|| ("unknown".into(), KnownBy::Nothing));
                for groups in [&straight, &shuffled] {
                    let (position, by) = groups.recognise(&who);
                    prop_assert_eq!((groups.all()[position].name.clone(), by), expected.clone());
                    prop_assert_eq!(groups.index_of(&who), position);
                }
            }
        }

        #[test]
        fn the_flat_table_agrees_with_a_scan(
            claims in proptest::collection::vec((any::<u32>(), 0u8..=32), 0..40),
            probes in proptest::collection::vec(any::<u32>(), 1..40),
        ) {
            let mut seen = std::collections::HashSet::new();
            let others = claims
                .iter()
                .map(|(bits, length)| Subnet::around(IpAddr::V4((*bits).into()), *length))
                .filter(|subnet| seen.insert(*subnet))
                .zip(1..)
                .map(|(subnet, id)| {
                    let mut group = Group::new(GroupId(id), &id.to_string(), Tier::Thpt);
                    group.subnets = vec![subnet];
                    group
                })
                .collect::<Vec<_>>();
            let groups = Groups::new(group(0, "unknown", &[]), others).unwrap();
            let mut probes = probes.into_iter().map(|bits| IpAddr::V4(bits.into())).collect::<Vec<_>>();
            probes.extend(claims.iter().map(|(bits, _)| IpAddr::V4((*bits).into())));
            for probe in probes {
                let scan = groups.all().iter().filter(|group| group.subnets.iter().any(|s| s.contains(probe)))
                    .max_by_key(|group| group.subnets[0].length())
                    .unwrap_or_else(|| &groups.all()[0]);
                prop_assert_eq!(groups.of(&Who::at(probe)).id, scan.id);
            }
        }
    }
}
