//! A transaction under construction: tables, chains, sets and rules, one after the other.

use lachan_policy::{InterfaceName, Tier};
use nftables::batch::Batch;
use nftables::expr::MetaKey;
use nftables::schema::Table;
use nftables::schema::{Chain, NfListObject, Nftables, Rule, Set, SetFlag, SetType, SetTypeValue};
use nftables::types::{NfChainPolicy, NfChainType, NfFamily, NfHook};

use crate::plan::{Literal as _, Plan};
use crate::terms::{Clause, Ranges, Term, accept, dispatch, field, goto, is_not, meta, set, text};

/// Our table, of the family `inet`, and of the family `bridge` where the box is one.
pub const TABLE: &str = "lachan";

/// Where a chain hangs in the kernel's way of packets. All let pass what no rule of theirs holds.
#[derive(Clone, Copy)]
pub(crate) struct Hook {
    kind: NfChainType,
    hook: NfHook,
    priority: i32,
}

impl Hook {
    pub(crate) const fn filter(hook: NfHook, priority: i32) -> Self {
        let kind = NfChainType::Filter;
        Self {
            kind,
            hook,
            priority,
        }
    }

    pub(crate) const fn nat(hook: NfHook, priority: i32) -> Self {
        let kind = NfChainType::NAT;
        Self {
            kind,
            hook,
            priority,
        }
    }
}

/// A transaction under construction.
pub(crate) struct Writer {
    batch: Batch<'static>,
    family: NfFamily,
}

impl Writer {
    /// Our table, empty, whatever stood in it.
    pub(crate) fn new() -> Self {
        let mut writer = Self {
            batch: Batch::new(),
            family: NfFamily::INet,
        };
        writer.begin(NfFamily::INet);
        writer
    }

    /// From here on all stands in our table of this family, which is empty.
    pub(crate) fn begin(&mut self, family: NfFamily) {
        self.family = family;
        self.batch.add(table(family));
        self.batch.delete(table(family));
        self.batch.add(table(family));
    }

    pub(crate) fn finish(self) -> Nftables<'static> {
        self.batch.to_nftables()
    }

    /// A set whose elements end by themselves after so many seconds.
    pub(crate) fn passing_set(&mut self, name: &'static str, elements: Vec<Term>, seconds: u32) {
        self.set(Set {
            name: name.into(),
            set_type: SetTypeValue::Single(SetType::InetProto),
            flags: Some([SetFlag::Timeout].into()),
            timeout: Some(seconds),
            elem: Some(elements.into()),
            ..Set::default()
        });
    }

    /// Two sets of addresses, `NAME4` and `NAME6`; of what has no addresses there is none.
    pub(crate) fn addresses(&mut self, name: &str, ranges: Ranges) -> Addresses {
        let mut put = |family: u8, of: SetType, elements: Vec<Term>| {
            let name = format!("{name}{family}");
            if elements.is_empty() {
                return None;
            }
            self.set(Set {
                name: name.clone().into(),
                set_type: SetTypeValue::Single(of),
                flags: Some([SetFlag::Interval].into()),
                elem: Some(elements.into()),
                ..Set::default()
            });
            Some(text(format!("@{name}")))
        };
        Addresses {
            v4: put(4, SetType::Ipv4Addr, ranges.v4),
            v6: put(6, SetType::Ipv6Addr, ranges.v6),
        }
    }

    fn set(&mut self, set: Set<'static>) {
        self.batch.add(NfListObject::Set(Box::new(Set {
            family: self.family,
            table: TABLE.into(),
            ..set
        })));
    }

    /// A chain that packets come to by themselves.
    pub(crate) fn hooked(&mut self, name: &str, hook: Hook) {
        self.put_chain(Chain {
            name: name.to_owned().into(),
            _type: Some(hook.kind),
            hook: Some(hook.hook),
            prio: Some(hook.priority),
            policy: Some(NfChainPolicy::Accept),
            ..Chain::default()
        });
    }

    /// The same, and a chain for each tier that any group has.
    pub(crate) fn hooked_by_tier(&mut self, plan: &Plan<'_>, name: &str, hook: Hook) {
        for tier in plan.tiers() {
            self.put_chain(Chain {
                name: tier_chain(name, tier).into(),
                ..Chain::default()
            });
        }
        self.hooked(name, hook);
    }

    fn put_chain(&mut self, chain: Chain<'static>) {
        self.batch.add(NfListObject::Chain(Chain {
            family: self.family,
            table: TABLE.into(),
            ..chain
        }));
    }

    /// Adds a rule; `comment` says to people what it is for and is unique within its chain.
    pub(crate) fn rule(&mut self, chain: &str, comment: &str, clauses: Vec<Clause>) {
        self.batch.add(NfListObject::Rule(Rule {
            family: self.family,
            table: TABLE.into(),
            chain: chain.to_owned().into(),
            expr: clauses.into(),
            comment: Some(comment.to_owned().into()),
            ..Rule::default()
        }));
    }

    /// Lets pass what does not come from the devices' side.
    pub(crate) fn only_inside(&mut self, plan: &Plan<'_>, chain: &str) {
        let inside = interfaces(&plan.inside);
        let elsewhere = is_not(meta(MetaKey::Iifname), inside);
        self.rule(chain, "not from devices", vec![elsewhere, accept()]);
    }

    /// Sends each packet to the chain of its device's tier.
    pub(crate) fn by_tier(&mut self, plan: &Plan<'_>, chain: &str) {
        let groups = plan.groups;
        let of = |position: usize| tier_chain(chain, groups.all()[position].tier);
        let devices = groups.devices();
        let devices = devices.map(|(mac, owner)| (text(mac.to_string()), of(owner)));
        let mac = field("ether", "saddr");
        self.dispatch(chain, "by device", mac, devices.collect());
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (first, last, owner) in groups.ranges() {
            let ranges = Ranges::new(first, last);
            v4.extend(ranges.v4.into_iter().map(|range| (range, of(owner))));
            v6.extend(ranges.v6.into_iter().map(|range| (range, of(owner))));
        }
        self.dispatch(chain, "by subnet", field("ip", "saddr"), v4);
        self.dispatch(chain, "by IPv6 subnet", field("ip6", "saddr"), v6);
        let named = groups.all().iter().enumerate().flat_map(|(owner, group)| {
            let names = group.interfaces.iter().filter(|name| name.is_literal());
            names.map(move |name| (text(name.as_str()), of(owner)))
        });
        let key = meta(MetaKey::Iifname);
        self.dispatch(chain, "by interface", key, named.collect());
        self.rule(chain, "unknown devices", vec![goto(of(0))]);
    }

    fn dispatch(&mut self, chain: &str, comment: &str, key: Term, chains: Vec<(Term, String)>) {
        if !chains.is_empty() {
            self.rule(chain, comment, vec![dispatch(key, chains)]);
        }
    }
}

/// The sets of one purpose, by the family of their addresses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Addresses {
    v4: Option<Term>,
    v6: Option<Term>,
}

impl Addresses {
    /// The family's name in rules, and its set, where it has one.
    pub(crate) fn by_family(&self) -> impl Iterator<Item = (&'static str, Term)> {
        let named = [("ip", self.v4.clone()), ("ip6", self.v6.clone())];
        named
            .into_iter()
            .filter_map(|(family, set)| Some((family, set?)))
    }
}

pub(crate) fn table(family: NfFamily) -> NfListObject<'static> {
    NfListObject::Table(Table {
        family,
        name: TABLE.into(),
        handle: None,
    })
}

pub(crate) fn interfaces(names: &[InterfaceName]) -> Term {
    set(names.iter().map(|name| text(name.as_str())))
}

pub(crate) fn tier_chain(chain: &str, tier: Tier) -> String {
    format!("{chain}-{}", tier.id())
}
