//! Groups of devices, and which group an address belongs to.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use crate::category::Category;
use crate::mode::Mode;
use crate::tier::{Action, Masks, Role, Tier};
use crate::time::{Moment, Timetable};
use crate::who::Token;

/// A group's number, as the store gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// A set of devices with one tier and its own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The number exceptions name it by.
    pub id: GroupId,
    /// What people call it: "lop-6a", "phong-tin".
    pub name: String,
    /// Its age tier.
    pub tier: Tier,
    /// Its subnets.
    pub subnets: Vec<Subnet>,
    /// Its week.
    pub timetable: Timetable,
    /// A mode somebody switched on, if any.
    pub mode: Option<ModeSwitch>,
    /// The school's changes of its tier's cells; those its role may not make are left out.
    pub changes: Vec<CellChange>,
}

/// A mode switched on by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModeSwitch {
    /// The mode.
    pub mode: Mode,
    /// Unix seconds when it ends by itself; `None` until somebody ends it.
    pub until: Option<i64>,
    /// Who switched it on.
    pub by: Role,
}

impl ModeSwitch {
    /// Whether it still holds; without a clock it does.
    #[must_use]
    pub fn holds(&self, at: Option<Moment>) -> bool {
        match (self.until, at) {
            (Some(until), Some(at)) => at.unix < until,
            _ => true,
        }
    }
}

/// A school's change of one cell of the table, for one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellChange {
    /// The cell's category.
    pub category: Category,
    /// What the group gets instead.
    pub action: Action,
    /// Who changed it.
    pub by: Role,
}

impl Group {
    /// A group with its tier's table as it is.
    #[must_use]
    pub fn new(id: GroupId, name: &str, tier: Tier) -> Self {
        Self {
            id,
            name: name.to_owned(),
            tier,
            subnets: Vec::new(),
            timetable: Timetable::default(),
            mode: None,
            changes: Vec::new(),
        }
    }

    /// The tier's masks with the group's changes.
    #[must_use]
    pub fn masks(&self, tier: &Masks) -> Masks {
        let mut masks = *tier;
        for change in &self.changes {
            masks.change(change.category, change.action, change.by);
        }
        masks
    }
}

/// An address range in CIDR form. IPv4 is held mapped (`::ffff:0:0/96`), so one table serves both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet {
    first: u128,
    length: u8,
}

/// Why a text is no subnet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubnetError {
    /// The part before the slash.
    #[error("{0:?} is not an IP address")]
    Address(String),
    /// The part after the slash.
    #[error("{0:?} is not a prefix length from 0 to {1}")]
    Length(String, u8),
    /// Bits are set after the prefix.
    #[error("{0} has bits set after its prefix; did you mean {1}?")]
    HostBits(String, Subnet),
}

/// How an address stands in the table of both families.
#[must_use]
pub fn address_bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

impl Subnet {
    /// The range of `length` prefix bits (0..=32 or 0..=128) around an address.
    #[must_use]
    pub fn around(address: IpAddr, length: u8) -> Self {
        let mapped = match address {
            IpAddr::V4(_) => 96 + length.min(32),
            IpAddr::V6(_) => length.min(128),
        };
        Self {
            first: address_bits(address) & mask(mapped),
            length: mapped,
        }
    }

    /// First address of the range, as [`address_bits`] gives it.
    #[must_use]
    pub const fn first(&self) -> u128 {
        self.first
    }

    /// Last address of the range, as [`address_bits`] gives it.
    #[must_use]
    pub fn last(&self) -> u128 {
        self.first | !mask(self.length)
    }

    /// Prefix length in the table of both families, 0 to 128.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// Whether the address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        (self.first..=self.last()).contains(&address_bits(address))
    }
}

/// The highest `length` bits.
const fn mask(length: u8) -> u128 {
    if length == 0 {
        0
    } else {
        u128::MAX << (128 - length)
    }
}

impl std::str::FromStr for Subnet {
    type Err = SubnetError;
    /// `192.168.1.0/24`, `fd00::/64`, or one address.
    fn from_str(text: &str) -> Result<Self, SubnetError> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| SubnetError::Address(address.to_owned()))?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => most,
            Some(digits) => digits
                .parse()
                .ok()
                .filter(|length| *length <= most)
                .ok_or_else(|| SubnetError::Length(digits.to_owned(), most))?,
        };
        let subnet = Self::around(address, length);
        if subnet.first == address_bits(address) {
            Ok(subnet)
        } else {
            Err(SubnetError::HostBits(text.to_owned(), subnet))
        }
    }
}

impl std::fmt::Display for Subnet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let v6 = Ipv6Addr::from(self.first);
        match v6.to_ipv4_mapped() {
            Some(v4) if self.length >= 96 => write!(f, "{v4}/{}", self.length - 96),
            _ => write!(f, "{v6}/{}", self.length),
        }
    }
}

/// Two groups that claim the same subnet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the subnet {subnet} is claimed by both groups {first:?} and {second:?}; give it to one")]
pub struct SubnetClash {
    /// The subnet.
    pub subnet: Subnet,
    /// The group that stands first.
    pub first: String,
    /// The other one.
    pub second: String,
}

/// All groups, and the table that finds a client's.
///
/// Nested subnets are allowed, the longest prefix wins: the table is flattened to disjoint ranges
/// once, so a look-up is one binary search whatever the number of groups.
#[derive(Debug, Clone)]
pub struct Groups {
    groups: Vec<Group>,
    starts: Vec<u128>,
    owners: Vec<u32>,
    tokens: HashMap<Token, usize>,
}

impl Groups {
    /// Builds the table. `groups[0]` is the group of devices that belong to no other.
    ///
    /// # Errors
    /// [`SubnetClash`] when two groups claim the very same subnet.
    ///
    /// # Panics
    /// Never for fewer than 2^32 groups.
    pub fn new(fallback: Group, others: Vec<Group>) -> Result<Self, SubnetClash> {
        let mut groups = vec![fallback];
        groups.extend(others);
        let mut claims = Vec::new();
        for (index, group) in (0u32..).zip(&groups) {
            claims.extend(group.subnets.iter().map(|subnet| (*subnet, index)));
        }
        claims.sort_by_key(|(subnet, index)| (subnet.first, subnet.length, *index));
        for pair in claims.windows(2) {
            if pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1 {
                let name = |index: u32| groups[index as usize].name.clone();
                return Err(SubnetClash {
                    subnet: pair[0].0,
                    first: name(pair[0].1),
                    second: name(pair[1].1),
                });
            }
        }
        let (starts, owners) = flatten(&claims);
        Ok(Self {
            groups,
            starts,
            owners,
            tokens: HashMap::new(),
        })
    }

    /// The same groups, known by these tokens, too. One of a group that is not among them is left
    /// out.
    #[must_use]
    pub fn with_tokens(mut self, tokens: impl IntoIterator<Item = (Token, GroupId)>) -> Self {
        let positions = tokens
            .into_iter()
            .filter_map(|(token, id)| Some((token, self.position(id)?)));
        self.tokens = positions.collect();
        self
    }

    /// Position in [`Self::all`] of the group that a token puts a device into.
    #[must_use]
    pub fn of_token(&self, token: Token) -> Option<usize> {
        self.tokens.get(&token).copied()
    }

    /// The group of a client.
    #[must_use]
    pub fn of(&self, client: IpAddr) -> &Group {
        &self.groups[self.index_of(client)]
    }

    /// Position of a client's group in [`Self::all`].
    #[must_use]
    pub fn index_of(&self, client: IpAddr) -> usize {
        let client = address_bits(client);
        let after = self.starts.partition_point(|start| *start <= client);
        after
            .checked_sub(1)
            .map_or(0, |index| self.owners[index] as usize)
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

    /// Position of a group in [`Self::all`], by its number.
    #[must_use]
    pub fn position(&self, id: GroupId) -> Option<usize> {
        self.groups.iter().position(|group| group.id == id)
    }
}

/// Nested claims, sorted by start and then by length, to the starts of disjoint ranges.
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
                    put(next, open.last().map_or(0, |(_, owner)| *owner));
                }
            }
        };
    for (subnet, owner) in claims {
        close_before(&mut open, Some(subnet.first), &mut put);
        put(subnet.first, *owner);
        open.push((*subnet, *owner));
    }
    close_before(&mut open, None, &mut put);
    (starts, owners)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn group(id: u32, name: &str, subnets: &[&str]) -> Group {
        let mut group = Group::new(GroupId(id), name, Tier::Thcs);
        group.subnets = subnets.iter().map(|text| text.parse().unwrap()).collect();
        group
    }

    fn of(groups: &Groups, address: &str) -> String {
        groups.of(address.parse().unwrap()).name.clone()
    }

    #[test]
    fn the_longest_prefix_wins() {
        let groups = Groups::new(
            group(0, "unknown", &[]),
            vec![
                group(1, "school", &["10.0.0.0/8", "fd00::/48"]),
                group(2, "lab", &["10.1.0.0/16"]),
                group(3, "pc", &["10.1.2.3"]),
                group(4, "v6-lab", &["fd00:0:0:5::/64"]),
            ],
        )
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
    fn a_clash_names_both_groups() {
        let clash = Groups::new(
            group(0, "unknown", &[]),
            vec![
                group(1, "6a", &["10.0.0.0/24"]),
                group(2, "6b", &["10.0.0.0/24"]),
            ],
        )
        .unwrap_err();
        assert!(clash.to_string().contains("10.0.0.0/24") && clash.to_string().contains("\"6a\""));
        assert!(clash.to_string().contains("\"6b\""));
    }

    #[test]
    fn subnets_are_read_strictly() {
        for good in [
            "10.0.0.0/24",
            "10.0.0.1/32",
            "fd00::/64",
            "0.0.0.0/0",
            "::/0",
        ] {
            assert_eq!(good.parse::<Subnet>().unwrap().to_string(), good);
        }
        assert_eq!(
            "10.0.0.1".parse::<Subnet>().unwrap().to_string(),
            "10.0.0.1/32"
        );
        assert!(matches!(
            "10.0.0.1/24".parse::<Subnet>(),
            Err(SubnetError::HostBits(..))
        ));
        assert!(matches!(
            "10.0.0.0/33".parse::<Subnet>(),
            Err(SubnetError::Length(..))
        ));
        assert!(matches!(
            "10.0.0/24".parse::<Subnet>(),
            Err(SubnetError::Address(_))
        ));
    }

    proptest! {
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
                prop_assert_eq!(groups.of(probe).id, scan.id);
                prop_assert_eq!(groups.all()[groups.index_of(probe)].id, scan.id);
            }
        }
    }
}
