//! From a plan to the whole ruleset: pure, so that what a school gets can be read in a golden file.
//!
//! ```text
//!  counting  (filter prerouting)  from inside, begun with shared DoH addresses: counted      ┐ divert
//!  diverting (filter prerouting)  from inside ─► diverting-TIER ─► ports 80, 443 to our proxy┘
//!  rescue    (nat prerouting)     from inside, to our DNS, nobody answers ─► rescue-TIER ─► an upstream
//!  names     (nat prerouting)     from inside, to somebody else's port 53 ─► names-TIER ─► our port 53
//!  passing   (filter forward)     from inside ─► passing-TIER ─► ways round the filter are refused
//!  coming    (filter input)       from inside ─► management ports, too many connections
//!  leaving   (nat postrouting)    to the outside ─► our own address
//!  sending   (filter output)      on one arm: nobody is told of a shorter way
//! ```
//!
//! A device's tier is found as the policy finds it (`lachan_policy::Groups::recognise`): by its hardware
//! address, else by the longest subnet, else by the interface it is behind. A chain stands for a
//! tier, so a packet passes three look-ups however many groups there are.
//!
//! What is refused is told so at once (RFC 9293 §3.5.2, RFC 1812 §5.2.7.1): a program that hears
//! nothing waits for minutes, and its user blames the net.

use std::net::SocketAddr;
use std::time::Duration;

use lachan_policy::{Subnet, Tier};
use nftables::batch::Batch;
use nftables::expr::MetaKey;
use nftables::schema::{Element, NfListObject, Nftables};
use nftables::types::{NfFamily, NfHook};

use crate::plan::{Fail, Mode, Plan, Transport, Unsound, WaysRound};
use crate::terms::{
    Clause, Ranges, Term, accept, beyond, counter, drop_silently, field, is, is_answer,
    is_led_elsewhere, is_new, is_not, kind_of_destination, lead_to, masquerade, meta, more_than,
    number, prohibited, redirect, reset, set, span, text,
};
use crate::writer::{Addresses, Hook, TABLE, Writer, table, tier_chain};
use crate::{bridge, divert, passing};

/// The set that says that somebody answers DNS: see [`signs`].
pub const ALIVE: &str = "alive";
/// The set that says that the proxy takes connections.
pub const PROXYING: &str = "proxying";
/// How long a sign of life holds.
pub const ALIVE_FOR: Duration = Duration::from_secs(15);

/// Port of plain DNS.
pub(crate) const DNS: u16 = 53;
/// Networks that belong to nobody's Internet: RFC 1918, RFC 3927, RFC 4193, RFC 4291 §2.5.6, and the
/// machine's own.
const PRIVATE: [&str; 8] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1",
];
/// Ways round that are addresses of their own kind: 6to4 (RFC 3056) with its relays (RFC 3068), and
/// Teredo (RFC 4380).
const IPV6_TUNNELS: [&str; 3] = ["2002::/16", "2001::/32", "192.88.99.0/24"];

/// Priorities of the hooks, as `nft` names them: mangle, dstnat, filter, srcnat.
pub(crate) const MANGLE: i32 = -150;
const DSTNAT: i32 = -100;
pub(crate) const FILTER: i32 = 0;
const SRCNAT: i32 = 100;

/// The sets of addresses that rules ask.
pub(crate) struct Sets {
    /// Not of the Internet, or to be treated so.
    pub(crate) own: Addresses,
    pub(crate) resolvers: Addresses,
    pub(crate) tunnels: Addresses,
    pub(crate) shared: Addresses,
    pub(crate) direct: Addresses,
}

/// The whole ruleset of a plan, as one transaction that takes the place of what stood in our table.
///
/// # Errors
/// [`Unsound`] says what the plan lacks.
pub fn ruleset(plan: &Plan<'_>) -> Result<Nftables<'static>, Unsound> {
    plan.check()?;
    let mut writer = Writer::new();
    sign_sets(plan, &mut writer);
    let sets = sets(plan, &mut writer);
    divert::counting(plan, &sets, &mut writer);
    divert::diverting(plan, &sets, &mut writer);
    if plan.forwards() {
        rescue(plan, &mut writer);
    }
    names(plan, &mut writer);
    if plan.forwards() {
        passing::passing(plan, &sets, &mut writer);
        leaving(plan, &mut writer);
        sending(plan, &mut writer);
    }
    coming(plan, &mut writer);
    if let Some(bridge) = plan.bridge.as_ref().filter(|_| plan.mode == Mode::Bridge) {
        bridge::lifting(bridge, &mut writer);
    }
    Ok(writer.finish())
}

/// The rules of a box that filters nothing for a while: what it takes to be the devices' way out, and
/// nothing else. A bridge is a wire then.
///
/// # Errors
/// As [`ruleset()`].
pub fn unfiltered(plan: &Plan<'_>) -> Result<Nftables<'static>, Unsound> {
    plan.check()?;
    let mut writer = Writer::new();
    if plan.forwards() {
        leaving(plan, &mut writer);
    }
    Ok(writer.finish())
}

/// Who is known to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signs {
    /// DNS is answered.
    pub dns: bool,
    /// The proxy takes connections.
    pub proxy: bool,
}

impl Signs {
    /// Whether there is anything to say.
    #[must_use]
    pub const fn is_any(self) -> bool {
        self.dns || self.proxy
    }
}

/// Signs of life: who gives them gives them again well within [`ALIVE_FOR`].
#[must_use]
pub fn signs(signs: Signs) -> Nftables<'static> {
    let mut batch = Batch::new();
    // An element that is there keeps its old end, so it goes first; none may be missing meanwhile,
    // and none is: it is one transaction.
    let mut give = |name: &'static str, protocols: &[&'static str]| {
        let elements = || {
            let elements: Vec<_> = protocols.iter().copied().map(text).collect();
            NfListObject::Element(Element {
                family: NfFamily::INet,
                table: TABLE.into(),
                name: name.into(),
                elem: elements.into(),
            })
        };
        batch.add(elements());
        batch.delete(elements());
        batch.add(elements());
    };
    if signs.dns {
        give(ALIVE, &["tcp", "udp"]);
    }
    if signs.proxy {
        give(PROXYING, &["tcp"]);
    }
    batch.to_nftables()
}

/// No table of ours of this family.
pub(crate) fn nothing(family: NfFamily) -> Nftables<'static> {
    let mut batch = Batch::new();
    // Deleting fails where there is none.
    batch.add(table(family));
    batch.delete(table(family));
    batch.to_nftables()
}

/// The signs of life, as fresh as the rules.
fn sign_sets(plan: &Plan<'_>, to: &mut Writer) {
    let seconds = u32::try_from(ALIVE_FOR.as_secs()).unwrap_or(u32::MAX);
    to.passing_set(ALIVE, ["tcp", "udp"].map(text).to_vec(), seconds);
    if plan.diverts().is_some() {
        to.passing_set(PROXYING, vec![text("tcp")], seconds);
    }
}

fn sets(plan: &Plan<'_>, to: &mut Writer) -> Sets {
    let private = constant(&PRIVATE);
    let ranges = |subnets: &[Subnet]| -> Vec<(u128, u128)> {
        subnets
            .iter()
            .map(|net| (net.first(), net.last()))
            .collect()
    };
    // Not the management networks: what may reach the box's ports may be anywhere.
    let own = [private, ranges(&plan.spared)].concat();
    let tunnels = [plan.tunnels.clone(), constant(&IPV6_TUNNELS)].concat();
    let is_used = plan.forwards();
    let mut put = |name, all: Vec<(u128, u128)>| {
        let all = if is_used { apart(all) } else { Vec::new() };
        to.addresses(name, Ranges::of_all(all))
    };
    Sets {
        own: put("own", own),
        resolvers: put("resolvers", plan.resolvers.clone()),
        tunnels: put("tunnels", tunnels),
        shared: put("shared", plan.shared.clone()),
        direct: put("direct", ranges(&plan.direct_networks)),
    }
}

/// Ranges as written above; one that cannot be read is none, which a test would find.
fn constant(subnets: &[&str]) -> Vec<(u128, u128)> {
    let read = subnets
        .iter()
        .filter_map(|text| text.parse::<Subnet>().ok());
    read.map(|subnet| (subnet.first(), subnet.last())).collect()
}

/// The same addresses in ranges that neither overlap nor touch, which sets of the kernel refuse. One
/// may hold addresses of both families; [`Ranges`] parts them.
pub(crate) fn apart(mut ranges: Vec<(u128, u128)>) -> Vec<(u128, u128)> {
    ranges.sort_unstable();
    let mut apart: Vec<(u128, u128)> = Vec::new();
    for (first, last) in ranges {
        match apart.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => {
                before.1 = before.1.max(last);
            }
            _ => apart.push((first, last)),
        }
    }
    apart
}

/// What is asked of our DNS while nobody answers goes to an upstream, of tiers that fail open.
fn rescue(plan: &Plan<'_>, to: &mut Writer) {
    const CHAIN: &str = "rescue";
    let v4 = plan
        .rescue
        .v4
        .map(|address| ("ip", SocketAddr::V4(address)));
    let v6 = plan
        .rescue
        .v6
        .map(|address| ("ip6", SocketAddr::V6(address)));
    let helpers: Vec<_> = v4.into_iter().chain(v6).collect();
    let mut open = plan.tiers().filter(|tier| is_open(plan, *tier)).peekable();
    if helpers.is_empty() || open.peek().is_none() {
        return;
    }
    to.hooked_by_tier(plan, CHAIN, Hook::nat(NfHook::Prerouting, DSTNAT - 1));
    to.only_inside(plan, CHAIN);
    let elsewhere = is_not(kind_of_destination(), text("local"));
    to.rule(CHAIN, "not to the box", vec![elsewhere, accept()]);
    only_port(to, CHAIN, plan.dns_port);
    let answered = is(meta(MetaKey::L4proto), text(format!("@{ALIVE}")));
    to.rule(CHAIN, "somebody answers", vec![answered, accept()]);
    to.by_tier(plan, CHAIN);
    for tier in open {
        for (family, address) in &helpers {
            let family_is = is(
                meta(MetaKey::Nfproto),
                text(if *family == "ip" { "ipv4" } else { "ipv6" }),
            );
            let ports = is(meta(MetaKey::L4proto), protocols());
            let clauses = vec![family_is, ports, counter(), lead_to(*address)];
            to.rule(
                &tier_chain(CHAIN, tier),
                &format!("DNS goes upstream ({family})"),
                clauses,
            );
        }
    }
}

/// DNS to whomever becomes DNS to us.
fn names(plan: &Plan<'_>, to: &mut Writer) {
    const CHAIN: &str = "names";
    to.hooked_by_tier(plan, CHAIN, Hook::nat(NfHook::Prerouting, DSTNAT));
    to.only_inside(plan, CHAIN);
    // What is asked of the box needs no help, on whatever port it answers.
    let ours = is(kind_of_destination(), text("local"));
    to.rule(CHAIN, "to the box", vec![ours, accept()]);
    only_port(to, CHAIN, DNS);
    to.by_tier(plan, CHAIN);
    for tier in plan.tiers() {
        // `nft` wants the protocol said in the rule that changes its port.
        let ports = is(meta(MetaKey::L4proto), protocols());
        let to_us = vec![ports, counter(), redirect(plan.dns_port)];
        let clauses = if is_open(plan, tier) {
            let somebody_answers = is(meta(MetaKey::L4proto), text(format!("@{ALIVE}")));
            [vec![somebody_answers], to_us].concat()
        } else {
            to_us
        };
        to.rule(&tier_chain(CHAIN, tier), "DNS comes to the box", clauses);
    }
}

pub(crate) fn is_open(plan: &Plan<'_>, tier: Tier) -> bool {
    plan.handling(tier).fail == Fail::Open
}

/// Lets pass what is not for this port.
fn only_port(to: &mut Writer, chain: &str, port: u16) {
    for protocol in ["udp", "tcp"] {
        // One rule for each, because `th` would also read the ports of other protocols.
        let other = is_not(field(protocol, "dport"), number(port));
        let comment = format!("no DNS over {protocol}");
        to.rule(chain, &comment, vec![other, accept()]);
    }
    let none = is_not(meta(MetaKey::L4proto), protocols());
    to.rule(chain, "neither", vec![none, accept()]);
}

/// Devices leave under the box's address, so that answers come back through it. A bridge changes no
/// addresses, but for what it leads elsewhere itself.
fn leaving(plan: &Plan<'_>, to: &mut Writer) {
    const CHAIN: &str = "leaving";
    let Some(outside) = &plan.outside else {
        return;
    };
    to.hooked(CHAIN, Hook::nat(NfHook::Postrouting, SRCNAT));
    let ours = is(meta(MetaKey::Oifname), text(outside.as_str()));
    let mut clauses = vec![ours];
    if plan.mode == Mode::Bridge {
        clauses.push(is_led_elsewhere());
    }
    clauses.push(masquerade());
    to.rule(CHAIN, "under the box's address", clauses);
}

/// A router that sends a packet on through the interface it came by tells its sender of the next
/// router (RFC 792, RFC 4861 §8.2), and the sender may go round us from then on. The kernel itself
/// drops these of connections whose addresses it changes, as a gateway's; a bridge changes none.
/// Nobody waits for such a packet, so nobody is told that it is dropped.
fn sending(plan: &Plan<'_>, to: &mut Writer) {
    const CHAIN: &str = "sending";
    if !plan.is_one_armed() {
        return;
    }
    to.hooked(CHAIN, Hook::filter(NfHook::Output, FILTER));
    for (family, protocol, kind) in [("ip", "icmp", "redirect"), ("ip6", "icmpv6", "nd-redirect")] {
        let shorter = is(field(protocol, "type"), text(kind));
        let comment = format!("a shorter way past the box ({family})");
        to.rule(CHAIN, &comment, vec![shorter, counter(), drop_silently()]);
    }
}

/// Who may reach the box itself, and how often.
fn coming(plan: &Plan<'_>, to: &mut Writer) {
    const CHAIN: &str = "coming";
    const HOOK: Hook = Hook::filter(NfHook::Input, FILTER);
    if plan.mode == Mode::Proxy {
        to.hooked_by_tier(plan, CHAIN, HOOK);
    } else {
        to.hooked(CHAIN, HOOK);
    }
    let own = is(meta(MetaKey::Iifname), text("lo"));
    to.rule(CHAIN, "the box itself", vec![own, accept()]);
    management(plan, to, CHAIN);
    if let Some(proxy) = plan.diverts() {
        // What is diverted keeps its port: whoever comes to these was not.
        let ports = set([proxy.http, proxy.tls].map(number));
        let clauses = vec![is(field("tcp", "dport"), ports), counter(), reset()];
        to.rule(CHAIN, "the proxy's own ports", clauses);
    }
    to.only_inside(plan, CHAIN);
    limit(plan, to, CHAIN, ["begun-here", "open-here"]);
    if plan.mode == Mode::Proxy {
        only_own_ports(plan, to, CHAIN);
    }
}

/// Of the box itself, tiers whose ways round are shut reach what they need.
fn only_own_ports(plan: &Plan<'_>, to: &mut Writer, chain: &str) {
    to.rule(chain, "answers", vec![is_answer(), accept()]);
    to.by_tier(plan, chain);
    let shut = |tier: &Tier| plan.handling(*tier).ways_round == WaysRound::Reject;
    for tier in plan.tiers().filter(shut) {
        let chain = tier_chain(chain, tier);
        for transport in [Transport::Tcp, Transport::Udp] {
            let ports = ports_of(&plan.own_ports, transport);
            open_ports(to, &chain, "the box's services", transport, ports);
        }
        let icmp = is(meta(MetaKey::L4proto), set(["icmp", "ipv6-icmp"].map(text)));
        to.rule(&chain, "ICMP", vec![icmp, accept()]);
        refuse_rest(to, &chain, "the box's other ports");
    }
}

/// The terms of those ports that are of a transport.
pub(crate) fn ports_of(ports: &[crate::Ports], transport: Transport) -> Vec<Term> {
    let of = ports.iter().filter(|ports| ports.transport == transport);
    of.map(|ports| span(&ports.range)).collect()
}

/// Lets pass what goes to these ports, where there are any.
pub(crate) fn open_ports(
    to: &mut Writer,
    chain: &str,
    comment: &str,
    transport: Transport,
    ports: Vec<Term>,
) {
    if !ports.is_empty() {
        let id = transport.id();
        let open = is(field(id, "dport"), set(ports));
        to.rule(chain, &format!("{comment} ({id})"), vec![open, accept()]);
    }
}

/// Refuses what is left.
pub(crate) fn refuse_rest(to: &mut Writer, chain: &str, comment: &str) {
    let tcp = is(meta(MetaKey::L4proto), text("tcp"));
    let over_tcp = format!("{comment}, TCP");
    to.rule(chain, &over_tcp, vec![tcp, counter(), reset()]);
    to.rule(chain, comment, vec![counter(), prohibited()]);
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

/// Refuses what one device begins beyond its rate, or has open beyond its number.
pub(crate) fn limit(plan: &Plan<'_>, to: &mut Writer, chain: &str, meters: [&'static str; 2]) {
    let place = if chain == "coming" {
        "with the box"
    } else {
        "through the box"
    };
    let mut refuse = |comment: &str, too_many: Clause| {
        let tcp = is(meta(MetaKey::L4proto), text("tcp"));
        let clauses = vec![tcp, is_new(), too_many, counter(), reset()];
        to.rule(chain, comment, clauses);
    };
    let [begun, open] = meters;
    if let Some(burst) = plan.burst {
        let too_many = beyond(begun, burst.per_second, burst.burst);
        refuse(&format!("too many begun {place}"), too_many);
    }
    if let Some(most) = plan.connections {
        refuse(&format!("too many open {place}"), more_than(open, most));
    }
}

pub(crate) fn protocols() -> Term {
    set(["tcp", "udp"].map(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_written_here_can_be_read() {
        assert_eq!(constant(&PRIVATE).len(), PRIVATE.len());
        assert_eq!(constant(&IPV6_TUNNELS).len(), IPV6_TUNNELS.len());
    }

    proptest::proptest! {
        /// What the kernel refuses never comes out, and no address is lost or added.
        #[test]
        fn ranges_come_out_apart_and_complete(given: Vec<(u8, u8)>, address: u8) {
            let base = 0xFFFF_0000_0000 - 128;
            let ranges: Vec<(u128, u128)> = given
                .iter()
                .map(|(a, b)| (base + u128::from(*a.min(b)), base + u128::from(*a.max(b))))
                .collect();
            let address = base + u128::from(address);
            let holds = |ranges: &[(u128, u128)]| {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&address))
            };
            let made = apart(ranges.clone());
            proptest::prop_assert_eq!(holds(&ranges), holds(&made));
            let is_apart = |pair: &[(u128, u128)]| pair[0].1 + 1 < pair[1].0;
            proptest::prop_assert!(made.windows(2).all(is_apart), "{:?}", made);
        }
    }

    #[test]
    fn ranges_that_meet_become_one() {
        assert_eq!(apart(vec![]), []);
        let given = vec![(20, 29), (5, 9), (10, 12), (25, 26), (28, 40), (50, 50)];
        assert_eq!(apart(given), [(5, 12), (20, 40), (50, 50)]);
        let everything = vec![(0, u128::MAX), (7, 9)];
        assert_eq!(apart(everything), [(0, u128::MAX)]);
    }
}
