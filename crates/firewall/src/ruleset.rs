//! From a plan to the whole ruleset: pure, so that what a school gets can be read in a golden file.
//!
//! ```text
//!  names   (nat prerouting)   from inside, to somebody else's port 53 ─► names-TIER ─► our port 53
//!  passing (filter forward)   from inside ─► passing-TIER ─► ways round the filter are refused
//!  coming  (filter input)     from inside ─► management ports, too many new connections
//!  leaving (nat postrouting)  to the outside ─► our own address
//! ```
//!
//! A device's tier is found as the policy finds it (`lachan_policy::Groups::recognise`): by its hardware
//! address, else by the longest subnet, else by the interface it is behind. A chain stands for a
//! tier, so a packet passes three look-ups however many groups there are.
//!
//! What is refused is told so at once (RFC 9293 §3.5.2, RFC 1812 §5.2.7.1): a program that hears
//! nothing waits for minutes, and its user blames the net.

use std::time::Duration;

use lachan_policy::{InterfaceName, Tier};
use nftables::batch::Batch;
use nftables::expr::MetaKey;
use nftables::schema::{Chain, Element, NfListObject, Nftables, Rule, Set, SetFlag, SetType};
use nftables::schema::{SetTypeValue, Table};
use nftables::types::{NfChainPolicy, NfChainType, NfFamily, NfHook};

use crate::plan::{Fail, Literal as _, Mode, Plan, Unsound, WaysRound};
use crate::terms::{
    Clause, Ranges, Term, accept, beyond, counter, dispatch, field, goto, is, is_answer, is_new,
    is_not, kind_of_destination, masquerade, meta, number, prohibited, redirect, reset, set, text,
    unreachable,
};

/// Our table, of the family `inet`.
pub const TABLE: &str = "lachan";
/// The set that says that somebody answers: see [`alive`].
pub const ALIVE: &str = "alive";
/// How long a sign of life holds.
pub const ALIVE_FOR: Duration = Duration::from_secs(15);

/// Port of plain DNS.
const DNS: u16 = 53;
/// Ports of DNS over TLS and over QUIC: RFC 7858 §3.1, RFC 9250 §4.1.1 with the port its drafts had.
const ENCRYPTED_DNS: [u16; 2] = [853, 8853];
/// Ports of HTTP/3. Browsers fall back to TCP when they are refused.
const QUIC: [u16; 2] = [80, 443];
/// Ports of tunnels over UDP: IKE and its NAT traversal, L2TP, OpenVPN, WireGuard, Teredo.
const TUNNELS_UDP: [u16; 6] = [500, 4500, 1701, 1194, 51820, 3544];
/// Ports of tunnels over TCP: OpenVPN, PPTP, Tor's relays, SOCKS.
const TUNNELS_TCP: [u16; 6] = [1194, 1723, 9001, 9030, 9050, 1080];
/// Protocols that programs need; whatever else is carried by IP is a tunnel (GRE, ESP, 6to4, L2TPv3,
/// EtherIP and more) or nothing a school uses.
const PROTOCOLS: [&str; 4] = ["tcp", "udp", "icmp", "ipv6-icmp"];

/// Priorities of the hooks, as `nft` names them: dstnat, filter, srcnat.
const DSTNAT: i32 = -100;
const FILTER: i32 = 0;
const SRCNAT: i32 = 100;

/// The whole ruleset of a plan, as one transaction that takes the place of what stood in our table.
///
/// # Errors
/// [`Unsound`] says what the plan lacks.
pub fn ruleset(plan: &Plan<'_>) -> Result<Nftables<'static>, Unsound> {
    plan.check()?;
    let mut writer = Writer::new();
    writer.alive_set();
    names(plan, &mut writer);
    if plan.mode == Mode::Gateway {
        passing(plan, &mut writer);
        leaving(plan, &mut writer);
    }
    coming(plan, &mut writer);
    Ok(writer.batch.to_nftables())
}

/// The rules of a box that filters nothing for a while: what it takes to be the devices' way out, and
/// nothing else.
///
/// # Errors
/// As [`ruleset()`].
pub fn unfiltered(plan: &Plan<'_>) -> Result<Nftables<'static>, Unsound> {
    plan.check()?;
    let mut writer = Writer::new();
    if plan.mode == Mode::Gateway {
        leaving(plan, &mut writer);
    }
    Ok(writer.batch.to_nftables())
}

/// The sign of life: who answers gives it again well within [`ALIVE_FOR`].
#[must_use]
pub fn alive() -> Nftables<'static> {
    let mut batch = Batch::new();
    // An element that is there keeps its old end, so it goes first; none may be missing meanwhile,
    // and none is: it is one transaction.
    let elements = || {
        NfListObject::Element(Element {
            family: NfFamily::INet,
            table: TABLE.into(),
            name: ALIVE.into(),
            elem: vec![text("tcp"), text("udp")].into(),
        })
    };
    batch.add(elements());
    batch.delete(elements());
    batch.add(elements());
    batch.to_nftables()
}

/// No table of ours.
pub(crate) fn nothing() -> Nftables<'static> {
    let mut batch = Batch::new();
    // Deleting fails where there is none.
    batch.add(table());
    batch.delete(table());
    batch.to_nftables()
}

fn table() -> NfListObject<'static> {
    NfListObject::Table(Table {
        family: NfFamily::INet,
        name: TABLE.into(),
        handle: None,
    })
}

/// A transaction under construction.
struct Writer {
    batch: Batch<'static>,
}

/// Where a chain hangs in the kernel's way of packets.
struct Hook {
    kind: NfChainType,
    hook: NfHook,
    priority: i32,
}

impl Writer {
    /// Our table, empty, whatever stood in it.
    fn new() -> Self {
        let mut batch = Batch::new();
        batch.add(table());
        batch.delete(table());
        batch.add(table());
        Self { batch }
    }

    fn alive_set(&mut self) {
        let seconds = u32::try_from(ALIVE_FOR.as_secs()).unwrap_or(u32::MAX);
        let set = Set {
            family: NfFamily::INet,
            table: TABLE.into(),
            name: ALIVE.into(),
            set_type: SetTypeValue::Single(SetType::InetProto),
            flags: Some([SetFlag::Timeout].into()),
            timeout: Some(seconds),
            elem: Some(vec![text("tcp"), text("udp")].into()),
            ..Set::default()
        };
        self.batch.add(NfListObject::Set(Box::new(set)));
    }

    fn hooked(&mut self, name: &str, hook: Hook) {
        self.put_chain(Chain {
            name: name.to_owned().into(),
            _type: Some(hook.kind),
            hook: Some(hook.hook),
            prio: Some(hook.priority),
            policy: Some(NfChainPolicy::Accept),
            ..Chain::default()
        });
    }

    fn chain(&mut self, name: String) {
        self.put_chain(Chain {
            name: name.into(),
            ..Chain::default()
        });
    }

    fn put_chain(&mut self, chain: Chain<'static>) {
        self.batch.add(NfListObject::Chain(Chain {
            family: NfFamily::INet,
            table: TABLE.into(),
            ..chain
        }));
    }

    /// Adds a rule; `comment` says to people what it is for and is unique within its chain.
    fn rule(&mut self, chain: &str, comment: &str, clauses: Vec<Clause>) {
        self.batch.add(NfListObject::Rule(Rule {
            family: NfFamily::INet,
            table: TABLE.into(),
            chain: chain.to_owned().into(),
            expr: clauses.into(),
            comment: Some(comment.to_owned().into()),
            ..Rule::default()
        }));
    }

    /// Lets pass what does not come from the devices' side.
    fn only_inside(&mut self, plan: &Plan<'_>, chain: &str) {
        let inside = interfaces(&plan.inside);
        let elsewhere = is_not(meta(MetaKey::Iifname), inside);
        self.rule(chain, "not from devices", vec![elsewhere, accept()]);
    }

    /// Sends each packet to the chain of its device's tier.
    fn by_tier(&mut self, plan: &Plan<'_>, chain: &str) {
        let groups = plan.groups;
        let of = |position: usize| tier_chain(chain, groups.all()[position].tier);
        let devices = groups.devices();
        let devices = devices.map(|(mac, owner)| (text(mac.to_string()), of(owner)));
        self.dispatch(
            chain,
            "by device",
            field("ether", "saddr"),
            devices.collect(),
        );
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
        self.dispatch(
            chain,
            "by interface",
            meta(MetaKey::Iifname),
            named.collect(),
        );
        self.rule(chain, "unknown devices", vec![goto(of(0))]);
    }

    fn dispatch(&mut self, chain: &str, comment: &str, key: Term, chains: Vec<(Term, String)>) {
        if !chains.is_empty() {
            self.rule(chain, comment, vec![dispatch(key, chains)]);
        }
    }
}

/// DNS to whomever becomes DNS to us.
fn names(plan: &Plan<'_>, to: &mut Writer) {
    const CHAIN: &str = "names";
    for tier in plan.tiers() {
        to.chain(tier_chain(CHAIN, tier));
    }
    to.hooked(
        CHAIN,
        Hook {
            kind: NfChainType::NAT,
            hook: NfHook::Prerouting,
            priority: DSTNAT,
        },
    );
    to.only_inside(plan, CHAIN);
    // What is asked of the box needs no help, on whatever port it answers.
    let ours = is(kind_of_destination(), text("local"));
    to.rule(CHAIN, "to the box", vec![ours, accept()]);
    for protocol in ["udp", "tcp"] {
        // One rule for each, because `th` would also read the ports of other protocols.
        let other = is_not(field(protocol, "dport"), number(DNS));
        to.rule(
            CHAIN,
            &format!("no DNS over {protocol}"),
            vec![other, accept()],
        );
    }
    let none = is_not(meta(MetaKey::L4proto), protocols());
    to.rule(CHAIN, "neither", vec![none, accept()]);
    to.by_tier(plan, CHAIN);
    for tier in plan.tiers() {
        // `nft` wants the protocol said in the rule that changes its port.
        let ports = is(meta(MetaKey::L4proto), protocols());
        let to_us = vec![ports, counter(), redirect(plan.dns_port)];
        let clauses = match plan.handling(tier).fail {
            Fail::Closed => to_us,
            Fail::Open => {
                let somebody_answers = is(meta(MetaKey::L4proto), text(format!("@{ALIVE}")));
                [vec![somebody_answers], to_us].concat()
            }
        };
        to.rule(&tier_chain(CHAIN, tier), "DNS comes to the box", clauses);
    }
}

/// Ways round the filter are refused.
fn passing(plan: &Plan<'_>, to: &mut Writer) {
    const CHAIN: &str = "passing";
    for tier in plan.tiers() {
        to.chain(tier_chain(CHAIN, tier));
    }
    to.hooked(
        CHAIN,
        Hook {
            kind: NfChainType::Filter,
            hook: NfHook::Forward,
            priority: FILTER,
        },
    );
    if let Some(outside) = &plan.outside {
        only_for_devices(plan, outside, to, CHAIN);
    }
    to.only_inside(plan, CHAIN);
    if plan.is_one_armed() {
        // The Internet's answers come from inside, too, to ports that devices chose by chance. With
        // two arms they do not, and then no such rule may stand: who forges a packet of the other
        // side's makes his own an answer.
        to.rule(CHAIN, "answers", vec![is_answer(), accept()]);
    }
    limit(plan, to, CHAIN, "begun through the box");
    to.by_tier(plan, CHAIN);
    for tier in plan.tiers() {
        if plan.handling(tier).ways_round == WaysRound::Reject {
            refuse_ways_round(plan, to, &tier_chain(CHAIN, tier));
        }
    }
}

/// With two arms: nobody outside begins anything with a device, and nobody gets out but the devices
/// whose interfaces are named (a new VLAN would be unfiltered).
fn only_for_devices(plan: &Plan<'_>, outside: &InterfaceName, to: &mut Writer, chain: &str) {
    if plan.is_one_armed() {
        return;
    }
    let [from, to_outside] =
        [MetaKey::Iifname, MetaKey::Oifname].map(|key| is(meta(key), text(outside.as_str())));
    let begun = vec![from, is_new(), counter(), prohibited()];
    to.rule(chain, "begun outside", begun);
    let elsewhere = is_not(meta(MetaKey::Iifname), interfaces(&plan.inside));
    let unnamed = vec![to_outside, elsewhere, counter(), prohibited()];
    to.rule(chain, "from interfaces nobody named", unnamed);
}

fn refuse_ways_round(plan: &Plan<'_>, to: &mut Writer, chain: &str) {
    let mut refuse = |comment: &str, key: Term, ports: &[u16], how: Clause| {
        let ports = set(ports.iter().copied().map(number));
        to.rule(chain, comment, vec![is(key, ports), counter(), how]);
    };
    let [udp, tcp] = ["udp", "tcp"].map(|protocol| field(protocol, "dport"));
    // DNS that was under way before the redirection stood.
    refuse("DNS over UDP", udp.clone(), &[DNS], unreachable());
    refuse("DNS over TCP", tcp.clone(), &[DNS], reset());
    refuse("QUIC", udp.clone(), &QUIC, unreachable());
    refuse("DNS over QUIC", udp.clone(), &ENCRYPTED_DNS, unreachable());
    refuse("DNS over TLS", tcp.clone(), &ENCRYPTED_DNS, reset());
    refuse("tunnels over UDP", udp, &TUNNELS_UDP, unreachable());
    refuse("tunnels over TCP", tcp, &TUNNELS_TCP, reset());
    let other = is_not(meta(MetaKey::L4proto), set(PROTOCOLS.map(text)));
    to.rule(
        chain,
        "tunnels over IP",
        vec![other, counter(), prohibited()],
    );
    let resolvers = Ranges::of_all(plan.resolvers.iter().copied());
    for (family, ranges) in [("ip", resolvers.v4), ("ip6", resolvers.v6)] {
        if ranges.is_empty() {
            continue;
        }
        let there = is(field(family, "daddr"), set(ranges));
        let tcp = is(meta(MetaKey::L4proto), text("tcp"));
        let comment = format!("resolvers over TCP ({family})");
        to.rule(
            chain,
            &comment,
            vec![there.clone(), tcp, counter(), reset()],
        );
        let comment = format!("resolvers ({family})");
        to.rule(chain, &comment, vec![there, counter(), prohibited()]);
    }
}

/// Devices leave under the box's address, so that answers come back through it.
fn leaving(plan: &Plan<'_>, to: &mut Writer) {
    const CHAIN: &str = "leaving";
    let Some(outside) = &plan.outside else {
        return;
    };
    to.hooked(
        CHAIN,
        Hook {
            kind: NfChainType::NAT,
            hook: NfHook::Postrouting,
            priority: SRCNAT,
        },
    );
    let ours = is(meta(MetaKey::Oifname), text(outside.as_str()));
    to.rule(CHAIN, "under the box's address", vec![ours, masquerade()]);
}

/// Who may reach the box itself, and how often.
fn coming(plan: &Plan<'_>, to: &mut Writer) {
    const CHAIN: &str = "coming";
    to.hooked(
        CHAIN,
        Hook {
            kind: NfChainType::Filter,
            hook: NfHook::Input,
            priority: FILTER,
        },
    );
    let own = is(meta(MetaKey::Iifname), text("lo"));
    to.rule(CHAIN, "the box itself", vec![own, accept()]);
    management(plan, to, CHAIN);
    to.only_inside(plan, CHAIN);
    limit(plan, to, CHAIN, "begun with the box");
}

fn management(plan: &Plan<'_>, to: &mut Writer, chain: &str) {
    let management = &plan.management;
    if management.ports.is_empty() {
        return;
    }
    let ports = || {
        let ports = set(management.ports.iter().copied().map(number));
        is(field("tcp", "dport"), ports)
    };
    let from = Ranges::of(&management.from);
    for (family, ranges) in [("ip", from.v4), ("ip6", from.v6)] {
        if !ranges.is_empty() {
            let admitted = is(field(family, "saddr"), set(ranges));
            let comment = format!("management ({family})");
            to.rule(chain, &comment, vec![ports(), admitted, accept()]);
        }
    }
    let clauses = vec![ports(), counter(), reset()];
    to.rule(chain, "management ports are shut", clauses);
}

/// Refuses what one device begins beyond its rate.
fn limit(plan: &Plan<'_>, to: &mut Writer, chain: &str, comment: &str) {
    let Some(burst) = plan.burst else {
        return;
    };
    let meter = match chain {
        "coming" => "begun-here",
        _ => "begun-through",
    };
    let tcp = is(meta(MetaKey::L4proto), text("tcp"));
    let too_many = beyond(meter, burst.per_second, burst.burst);
    let clauses = vec![tcp, is_new(), too_many, counter(), reset()];
    to.rule(chain, &format!("too many {comment}"), clauses);
}

fn protocols() -> Term {
    set(["tcp", "udp"].map(text))
}

fn interfaces(names: &[InterfaceName]) -> Term {
    set(names.iter().map(|name| text(name.as_str())))
}

fn tier_chain(chain: &str, tier: Tier) -> String {
    format!("{chain}-{}", tier.id())
}
