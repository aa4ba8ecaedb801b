//! What devices send past the box: ways round the filter are refused.

use lachan_policy::{InterfaceName, Tier};
use nftables::expr::MetaKey;
use nftables::types::NfHook;

use crate::divert::{HTTP, TLS};
use crate::plan::{DirectAddresses, Mode, Plan, Transport, WaysRound};
use crate::ruleset::{ALIVE, DNS, FILTER, Sets, is_open, limit, open_ports, ports_of, refuse_rest};
use crate::terms::{
    Clause, Term, accept, counter, field, is, is_answer, is_new, is_not, meta, number, prohibited,
    reset, set, text, unreachable,
};
use crate::writer::{Addresses, Hook, Writer, interfaces, tier_chain};

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

pub(crate) fn passing(plan: &Plan<'_>, sets: &Sets, to: &mut Writer) {
    const CHAIN: &str = "passing";
    to.hooked_by_tier(plan, CHAIN, Hook::filter(NfHook::Forward, FILTER));
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
    limit(plan, to, CHAIN, ["begun-through", "open-through"]);
    to.by_tier(plan, CHAIN);
    for tier in plan.tiers() {
        let chain = tier_chain(CHAIN, tier);
        if plan.handling(tier).ways_round == WaysRound::Reject {
            refuse_ways_round(plan, tier, sets, to, &chain);
        }
        if plan.diverts().is_some() && !is_open(plan, tier) {
            refuse_web(&sets.own, to, &chain);
        }
        refuse_direct(plan, tier, sets, to, &chain);
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

fn refuse_ways_round(plan: &Plan<'_>, tier: Tier, sets: &Sets, to: &mut Writer, chain: &str) {
    let [udp, tcp] = ["udp", "tcp"].map(|protocol| field(protocol, "dport"));
    if is_open(plan, tier) {
        // Nobody answers: what was not taken to the box, or was led on from it, is to arrive.
        for (name, port) in [("UDP", udp.clone()), ("TCP", tcp.clone())] {
            let nobody = is_not(meta(MetaKey::L4proto), text(format!("@{ALIVE}")));
            let dns = is(port, number(DNS));
            let comment = format!("DNS over {name} while nobody answers");
            to.rule(chain, &comment, vec![nobody, dns, accept()]);
        }
    }
    let mut refuse = |comment: &str, key: Term, ports: &[u16], how: Clause| {
        let ports = set(ports.iter().copied().map(number));
        to.rule(chain, comment, vec![is(key, ports), counter(), how]);
    };
    // DNS that was under way before the redirection stood.
    refuse("DNS over UDP", udp.clone(), &[DNS], unreachable());
    refuse("DNS over TCP", tcp.clone(), &[DNS], reset());
    refuse("QUIC", udp.clone(), &QUIC, unreachable());
    refuse("DNS over QUIC", udp.clone(), &ENCRYPTED_DNS, unreachable());
    refuse("DNS over TLS", tcp.clone(), &ENCRYPTED_DNS, reset());
    refuse("tunnels over UDP", udp, &TUNNELS_UDP, unreachable());
    refuse("tunnels over TCP", tcp, &TUNNELS_TCP, reset());
    let other = is_not(meta(MetaKey::L4proto), set(PROTOCOLS.map(text)));
    let clauses = vec![other, counter(), prohibited()];
    to.rule(chain, "tunnels over IP", clauses);
    refuse_addresses("resolvers", &sets.resolvers, to, chain);
    refuse_addresses("tunnels' addresses", &sets.tunnels, to, chain);
}

fn refuse_addresses(what: &str, addresses: &Addresses, to: &mut Writer, chain: &str) {
    for (family, there) in addresses.by_family() {
        let there = is(field(family, "daddr"), there);
        let tcp = is(meta(MetaKey::L4proto), text("tcp"));
        let comment = format!("{what} over TCP ({family})");
        let clauses = vec![there.clone(), tcp, counter(), reset()];
        to.rule(chain, &comment, clauses);
        let comment = format!("{what} ({family})");
        to.rule(chain, &comment, vec![there, counter(), prohibited()]);
    }
}

/// The web that the proxy did not take: it is not there, or the connection is older than it.
fn refuse_web(own: &Addresses, to: &mut Writer, chain: &str) {
    for (family, there) in own.by_family() {
        let web = is(field("tcp", "dport"), set([HTTP, TLS].map(number)));
        let abroad = is_not(field(family, "daddr"), there);
        let comment = format!("the web past the proxy ({family})");
        to.rule(chain, &comment, vec![web, abroad, counter(), reset()]);
    }
}

/// All but what a school is known to need; in the proxy's mode, all but networks of its own.
fn refuse_direct(plan: &Plan<'_>, tier: Tier, sets: &Sets, to: &mut Writer, chain: &str) {
    let handling = plan.handling(tier);
    let by_proxy_only = plan.mode == Mode::Proxy && handling.ways_round == WaysRound::Reject;
    if !by_proxy_only && handling.direct == DirectAddresses::Leave {
        return;
    }
    let mut open = |what: &str, addresses: &Addresses| {
        for (family, there) in addresses.by_family() {
            let there = is(field(family, "daddr"), there);
            to.rule(chain, &format!("{what} ({family})"), vec![there, accept()]);
        }
    };
    open("to networks of our own", &sets.own);
    if !by_proxy_only {
        open("to networks that stay open", &sets.direct);
        for transport in [Transport::Tcp, Transport::Udp] {
            let mut ports = ports_of(&plan.direct_ports, transport);
            if transport == Transport::Tcp && plan.diverts().is_none() {
                ports.extend([HTTP, TLS].map(number));
            }
            open_ports(to, chain, "ports that stay open", transport, ports);
        }
        let icmp = is(meta(MetaKey::L4proto), set(["icmp", "ipv6-icmp"].map(text)));
        to.rule(chain, "ICMP", vec![icmp, accept()]);
    }
    refuse_rest(to, chain, "addresses of one's own choice");
}
