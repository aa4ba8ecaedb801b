//! What devices send past the box: ways round the filter are refused.

use lachan_policy::{InterfaceName, Tier};
use nftables::expr::MetaKey;
use nftables::types::NfHook;

use crate::divert::{HTTP, TLS};
use crate::plan::{DirectAddresses, Mode, Plan, Transport, WaysRound};
use crate::ruleset::{ALIVE, DNS, FILTER, Sets, is_open, limit, open_ports, ports_of, refuse_rest};
use crate::terms::{
    Clause, Term, accept, beyond, counter, field, is, is_answer, is_new, is_not, is_not_related,
    meta, number, prohibited, reset, set, span, text, unreachable,
};
use crate::writer::{Addresses, Hook, Writer, interfaces, tier_chain};

/// Ports of DNS over TLS and over QUIC: RFC 7858 §3.1, RFC 9250 §4.1.1 with the port its drafts had.
const ENCRYPTED_DNS: [u16; 2] = [853, 8853];
/// Other ports at which public resolvers answer plain DNS, and those of mDNS and LLMNR, which belong on
/// a link and not beyond the box.
const ODD_DNS: [u16; 5] = [1253, 5353, 5355, 9953, 15353];
/// Ports of HTTP/3. Browsers fall back to TCP when they are refused.
const QUIC: [u16; 2] = [80, 443];
/// Ports of tunnels over UDP: IKE and its NAT traversal, L2TP, OpenVPN, WireGuard, Teredo.
const TUNNELS_UDP: [u16; 6] = [500, 4500, 1701, 1194, 51820, 3544];
/// Ports of tunnels over TCP: OpenVPN, PPTP, Tor's relays and its SOCKS, SOCKS, proxies of squid's and
/// Privoxy's usual port. Other ports of proxies (8080, 8888) are those of sites, too.
const TUNNELS_TCP: [u16; 9] = [1194, 1723, 9001, 9030, 9050, 9150, 1080, 3128, 8118];
/// Protocols that programs need, by family; whatever else is carried by IP is a tunnel (GRE, ESP, 6to4,
/// L2TPv3, EtherIP and more) or nothing a school uses. Each family has an ICMP of its own: the other's
/// would pass the rules for it unseen.
const PROTOCOLS: [(&str, &str, [&str; 3]); 2] = [
    ("ipv4", "ip", ["tcp", "udp", "icmp"]),
    ("ipv6", "ip6", ["tcp", "udp", "ipv6-icmp"]),
];
/// The most that a ping of a pupil's carries, in bytes. Those of systems carry 32 to 64; a tunnel that
/// lives on so little is slower than a telephone line.
const PING: u16 = 128;
/// The length that an IPv4 packet with such a ping states (header and ICMP's own included), and that an
/// IPv6 packet does (RFC 8200 §3: without its header).
const PING_LENGTH: [(&str, &str, u16); 2] =
    [("ip", "icmp", 20 + 8 + PING), ("ip6", "icmpv6", 8 + PING)];
/// ICMP packets that one device may send abroad in a second, and at once: enough for a `traceroute`.
const PINGS_PER_SECOND: u32 = 10;
const PINGS_AT_ONCE: u32 = 50;

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
    refuse(
        "DNS over odd ports over UDP",
        udp.clone(),
        &ODD_DNS,
        unreachable(),
    );
    refuse(
        "DNS over odd ports over TCP",
        tcp.clone(),
        &ODD_DNS,
        reset(),
    );
    refuse("QUIC", udp.clone(), &QUIC, unreachable());
    refuse("DNS over QUIC", udp.clone(), &ENCRYPTED_DNS, unreachable());
    refuse("DNS over TLS", tcp.clone(), &ENCRYPTED_DNS, reset());
    refuse("tunnels over UDP", udp, &TUNNELS_UDP, unreachable());
    refuse("tunnels over TCP", tcp, &TUNNELS_TCP, reset());
    for (family, name, protocols) in PROTOCOLS {
        let of_family = is(meta(MetaKey::Nfproto), text(family));
        let other = is_not(meta(MetaKey::L4proto), set(protocols.map(text)));
        let clauses = vec![of_family, other, counter(), prohibited()];
        to.rule(chain, &format!("tunnels over IP ({name})"), clauses);
    }
    refuse_icmp(tier, &sets.own, to, chain);
    refuse_addresses("resolvers", &sets.resolvers, to, chain);
    refuse_addresses("tunnels' addresses", &sets.tunnels, to, chain);
}

/// Of ICMP, small pings and the errors of what is under way go abroad, few a second: a tunnel in them
/// (icmptunnel, ptunnel, hans) carries next to nothing.
fn refuse_icmp(tier: Tier, own: &Addresses, to: &mut Writer, chain: &str) {
    for (family, there) in own.by_family() {
        let of_family = PING_LENGTH.iter().find(|(name, ..)| *name == family);
        let Some(&(_, protocol, longest)) = of_family else {
            continue;
        };
        let abroad = || is_not(field(family, "daddr"), there.clone());
        let ping = || text("echo-request");
        let kind = || field(protocol, "type");
        let other = vec![
            abroad(),
            is_not(kind(), ping()),
            is_not_related(),
            counter(),
            prohibited(),
        ];
        to.rule(chain, &format!("ICMP but pings ({family})"), other);
        let large = vec![
            abroad(),
            is(kind(), ping()),
            is_not(field(family, "length"), span(&(0..=longest))),
            counter(),
            prohibited(),
        ];
        to.rule(chain, &format!("large pings ({family})"), large);
        let icmp = is(
            meta(MetaKey::L4proto),
            text(if family == "ip" { "icmp" } else { "ipv6-icmp" }),
        );
        let meter = format!("pings-{family}-{}", tier.id());
        let many = beyond(meter, PINGS_PER_SECOND, PINGS_AT_ONCE);
        let many = vec![abroad(), icmp, many, counter(), prohibited()];
        to.rule(chain, &format!("too many pings ({family})"), many);
    }
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
