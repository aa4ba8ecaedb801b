//! A box that is a wire between the devices and their router: two cards, one bridge, nobody's
//! addresses change.
//!
//! ```text
//!  frame from a device ─► port ─► lifting: the bridge's own hardware address ─► our IP rules ─► router
//!  frame from the router ─► port ─────────────────────────────────────────────────────────────► device
//! ```
//!
//! What a device sends over IP is lifted out of the bridge (its frame is addressed to the bridge
//! itself), so that all rules of the table `inet` hold for it as on a gateway, and is then routed to
//! where it would have gone. Frames towards devices are bridged untouched. This needs the family
//! `bridge` of the kernel's nftables and nothing of `br_netfilter`, which must not be on: it would
//! show the same packets to the rules twice.
//!
//! Frames of other protocols than IP and its address resolution are not carried from devices at all
//! (PPPoE, tagged VLANs, anything new): they would pass every rule. There is nobody to tell it to.

use std::fs;

use lachan_policy::InterfaceName;
use nftables::expr::MetaKey;
use nftables::types::{NfFamily, NfHook};

use serde::Deserialize;

use crate::live::FirewallError;
use crate::plan::Bridge;
use crate::routes::ip;
use crate::terms::{
    accept, change, counter, drop_silently, field, is, is_not, meta, number, set, text,
};
use crate::writer::{Hook, Writer, interfaces};

/// Priorities of a bridge's hooks: dstnat, filter.
const DSTNAT: i32 = -300;
const FILTER: i32 = -200;
/// Addresses that are not routed: of one wire only, of many, of all.
const NOT_ROUTED: [(&str, &[&str]); 2] = [
    ("ip", &["169.254.0.0/16", "224.0.0.0/4", "255.255.255.255"]),
    ("ip6", &["fe80::/10", "ff00::/8"]),
];
/// The port of DHCP servers. What renews an address goes to its server as it is, on a network of
/// private addresses: anywhere else it would be a way out.
const DHCP: u16 = 67;
const PRIVATE: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
/// Neighbour discovery, which nobody may forward (RFC 4861 §7.1: its hop limit must be 255).
const NEIGHBOURS: [&str; 5] = [
    "nd-router-solicit",
    "nd-router-advert",
    "nd-neighbor-solicit",
    "nd-neighbor-advert",
    "nd-redirect",
];

/// Where the kernel tells whether rules for IP see what a bridge carries.
const SEEN: [&str; 2] = [
    "/proc/sys/net/bridge/bridge-nf-call-iptables",
    "/proc/sys/net/bridge/bridge-nf-call-ip6tables",
];

impl Bridge {
    /// The bridge of this name as the kernel has it now, with devices behind some of its ports and the
    /// Internet behind another.
    ///
    /// # Errors
    /// [`FirewallError::NoBridge`], [`FirewallError::NoPort`]; [`FirewallError::SeenTwice`] where
    /// `br_netfilter` is on.
    pub fn look(
        name: &InterfaceName,
        inside: &[InterfaceName],
        outside: &InterfaceName,
    ) -> Result<Self, FirewallError> {
        let absent = || FirewallError::NoBridge(name.as_str().to_owned());
        let found = links(&["-d", "link", "show", "dev", name.as_str()])?;
        let is_bridge = |link: &&Link| link.linkinfo.info_kind == "bridge";
        let found = found.iter().find(is_bridge).ok_or_else(absent)?;
        let ports = links(&["link", "show", "master", name.as_str()])?;
        let lacks = |port: &&InterfaceName| ports.iter().all(|own| own.ifname != port.as_str());
        if let Some(port) = inside.iter().chain([outside]).find(lacks) {
            return Err(FirewallError::NoPort(port.as_str().to_owned()));
        }
        let is_on = |file: &&&str| fs::read_to_string(file).is_ok_and(|text| text.trim() == "1");
        if let Some(file) = SEEN.iter().find(is_on) {
            return Err(FirewallError::SeenTwice((*file).to_owned()));
        }
        Ok(Self {
            ports: inside.to_vec(),
            address: found.address.parse().map_err(|_| absent())?,
        })
    }
}

/// An interface as `ip -j link` tells it.
#[derive(Debug, Deserialize)]
struct Link {
    ifname: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    linkinfo: LinkInfo,
}

#[derive(Debug, Default, Deserialize)]
struct LinkInfo {
    #[serde(default)]
    info_kind: String,
}

/// The interfaces that `ip` tells of when it is asked so; none where it complains, as it does of one
/// that is not there.
fn links(arguments: &[&str]) -> Result<Vec<Link>, FirewallError> {
    let ended = ip().run(&[&["-j"], arguments].concat(), "")?;
    if !ended.is_success || ended.out.trim().is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(&ended.out).map_err(FirewallError::Unreadable)
}

/// The table of the bridge.
pub(crate) fn lifting(bridge: &Bridge, to: &mut Writer) {
    const CHAIN: &str = "lifting";
    to.begin(NfFamily::Bridge);
    to.hooked(CHAIN, Hook::filter(NfHook::Prerouting, DSTNAT));
    only_from_ports(bridge, to, CHAIN);
    let to_many = is(
        meta(MetaKey::Pkttype),
        set(["broadcast", "multicast"].map(text)),
    );
    to.rule(CHAIN, "to many", vec![to_many, accept()]);
    for (family, nets) in NOT_ROUTED {
        let nets = nets.iter().map(|net| subnet(net));
        let near = is(field(family, "daddr"), set(nets));
        let comment = format!("to this wire only ({family})");
        to.rule(CHAIN, &comment, vec![near, accept()]);
    }
    let neighbours = is(field("icmpv6", "type"), set(NEIGHBOURS.map(text)));
    to.rule(CHAIN, "neighbour discovery", vec![neighbours, accept()]);
    let dhcp = is(field("udp", "dport"), number(DHCP));
    let near = is(field("ip", "daddr"), set(PRIVATE.map(subnet)));
    to.rule(CHAIN, "DHCP", vec![dhcp, near, accept()]);
    for protocol in ["ip", "ip6"] {
        let carried = is(field("ether", "type"), text(protocol));
        let to_us = change(field("ether", "daddr"), text(bridge.address.to_string()));
        let here = change(meta(MetaKey::Pkttype), text("host"));
        let comment = format!("lifted out of the bridge ({protocol})");
        to.rule(CHAIN, &comment, vec![carried, counter(), to_us, here]);
    }
    carried(bridge, to);
}

/// What a device's frames may hold, of those that stay in the bridge.
fn carried(bridge: &Bridge, to: &mut Writer) {
    const CHAIN: &str = "carried";
    to.hooked(CHAIN, Hook::filter(NfHook::Forward, FILTER));
    only_from_ports(bridge, to, CHAIN);
    let known = set(["ip", "ip6", "arp"].map(text));
    let other = is_not(field("ether", "type"), known);
    to.rule(
        CHAIN,
        "other protocols",
        vec![other, counter(), drop_silently()],
    );
}

fn only_from_ports(bridge: &Bridge, to: &mut Writer, chain: &str) {
    let elsewhere = is_not(meta(MetaKey::Iifname), interfaces(&bridge.ports));
    to.rule(chain, "not from devices", vec![elsewhere, accept()]);
}

/// A network as it is written; `nft` takes texts with a length for host names.
fn subnet(net: &str) -> crate::terms::Term {
    match net.split_once('/') {
        Some((address, length)) => crate::terms::prefix(address, length.parse().unwrap_or(128)),
        None => text(net),
    }
}
