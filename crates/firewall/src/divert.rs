//! The web of devices comes to our proxy, as it was sent: the kernel hands the packet to a socket
//! that listens transparently (`IP_TRANSPARENT`), and nothing in it is changed.
//!
//! ```text
//!  to port 80 or 443 ─► mark ─► ip rule: marked ─► table of routes: all is here ─► the proxy's socket
//! ```
//!
//! Where nobody listens, the kernel's `tproxy` does not hold and the packet goes on: for tiers that
//! fail closed the chain `passing` then refuses it, for those that fail open it goes its way.

use nftables::expr::MetaKey;
use nftables::types::NfHook;

use crate::plan::Plan;
use crate::ruleset::{MANGLE, PROXYING, Sets, is_open};
use crate::terms::{
    Clause, accept, change, counter, divert, field, is, is_answer, is_new, is_not, is_proxied,
    kind_of_destination, meta, number, set, text,
};
use crate::writer::{Hook, Writer, tier_chain};

/// The ports of the web.
pub(crate) const HTTP: u16 = 80;
pub(crate) const TLS: u16 = 443;

/// Counts what is begun with addresses that serve DNS over HTTPS beside web sites, before anything
/// is done with it.
pub(crate) fn counting(plan: &Plan<'_>, sets: &Sets, to: &mut Writer) {
    const CHAIN: &str = "counting";
    if sets.shared.by_family().next().is_none() {
        return;
    }
    to.hooked(CHAIN, Hook::filter(NfHook::Prerouting, MANGLE - 1));
    to.only_inside(plan, CHAIN);
    for (family, there) in sets.shared.by_family() {
        let there = is(field(family, "daddr"), there);
        let comment = format!("shared resolvers ({family})");
        to.rule(CHAIN, &comment, vec![is_new(), there, counter()]);
    }
}

/// Hands the web to the proxy.
pub(crate) fn diverting(plan: &Plan<'_>, sets: &Sets, to: &mut Writer) {
    const CHAIN: &str = "diverting";
    let Some(proxy) = plan.diverts() else {
        return;
    };
    let keep_here = || change(meta(MetaKey::Mark), number(proxy.mark));
    to.hooked_by_tier(plan, CHAIN, Hook::filter(NfHook::Prerouting, MANGLE));
    to.only_inside(plan, CHAIN);
    let other = is_not(field("tcp", "dport"), set([HTTP, TLS].map(number)));
    to.rule(CHAIN, "not the web", vec![other, accept()]);
    let no_tcp = is_not(meta(MetaKey::L4proto), text("tcp"));
    to.rule(CHAIN, "not TCP", vec![no_tcp, accept()]);
    // What is under way goes on, also where the proxy takes no new connections.
    let goes_on = vec![is_proxied(), keep_here(), accept()];
    to.rule(CHAIN, "under way through the proxy", goes_on);
    // The port of a device that answers may be one of the web's.
    to.rule(CHAIN, "answers", vec![is_answer(), accept()]);
    let ours = is(kind_of_destination(), text("local"));
    to.rule(CHAIN, "to the box", vec![ours, accept()]);
    for (family, there) in sets.own.by_family() {
        let there = is(field(family, "daddr"), there);
        let comment = format!("to networks of our own ({family})");
        to.rule(CHAIN, &comment, vec![there, accept()]);
    }
    to.by_tier(plan, CHAIN);
    for tier in plan.tiers() {
        let chain = tier_chain(CHAIN, tier);
        let taken = if is_open(plan, tier) {
            format!("@{PROXYING}")
        } else {
            "tcp".to_owned()
        };
        for (name, port, at) in [("HTTP", HTTP, proxy.http), ("TLS", TLS, proxy.tls)] {
            let clauses: Vec<Clause> = vec![
                is(meta(MetaKey::L4proto), text(taken.clone())),
                is(field("tcp", "dport"), number(port)),
                counter(),
                divert(at),
                keep_here(),
                accept(),
            ];
            to.rule(&chain, &format!("{name} comes to the proxy"), clauses);
        }
    }
}
