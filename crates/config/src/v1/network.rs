//! `[network]` of `v1`: where the box stands, and what its firewall does.

use lachan_policy::{InterfaceName, Tier};

use super::dhcp;
use super::proxy::SERVED;
use super::rate_limit::subnet;
use super::resolver::tiers;
use crate::fault::{Fault, Quoted, Wanted};
use crate::reader::{Field, Section};
use crate::values::network::{CONNECTIONS, MAX_DIRECT, MAX_INSIDE, MAX_MANAGEMENT, OPEN};
use crate::values::{Network, NetworkMode, OpenPorts, Proxy, Resolver};

/// No interface.
const NONE: &str = "none";

/// Reads it, of a box whose proxy and resolver have these ports.
pub(super) fn read(mut section: Section<'_>, proxy: &Proxy, resolver: &Resolver) -> Network {
    let default = Network::default();
    let place = Place::read(&mut section);
    let mut tiers_of = |key, default: Vec<Tier>| {
        let field = section.field(key);
        field.map_or(default, |field| tiers(&field))
    };
    let fail_open = tiers_of("fail-open", default.fail_open);
    let kept_for = tiers_of("ways-round-kept-for", default.ways_round_kept_for);
    let refused_for = default.direct_addresses_refused_for;
    let refused_for = tiers_of("direct-addresses-refused-for", refused_for);
    let direct_ports = direct_ports(&mut section).unwrap_or(default.direct_ports);
    let direct_networks = list(&mut section, "direct-networks", MAX_DIRECT, |field| {
        field.parsed(subnet)
    });
    let taken = taken(proxy, resolver);
    let ports = list(&mut section, "management-ports", MAX_MANAGEMENT, |field| {
        management_port(field, &taken)
    });
    let from = list(&mut section, "management-from", MAX_MANAGEMENT, |field| {
        field.parsed(subnet)
    });
    if ports.is_some() && from.is_none() {
        section.miss("management-from");
    }
    let connections = section.field("connections-per-second");
    let connections = connections.and_then(|field| field.count(&CONNECTIONS));
    let open = section.field("connections-per-device");
    let open = open.and_then(|field| field.count(&OPEN));
    let dhcp = dhcp::read(section.section("dhcp"), place.mode, &place.inside);
    section.close();
    Network {
        mode: place.mode,
        inside: place.inside,
        outside: place.outside,
        bridge: place.bridge,
        fail_open,
        ways_round_kept_for: kept_for,
        direct_addresses_refused_for: refused_for,
        direct_ports,
        direct_networks: direct_networks.unwrap_or_default(),
        management_ports: ports.unwrap_or_default(),
        management_from: from.unwrap_or_default(),
        connections_per_second: connections.unwrap_or(default.connections_per_second),
        connections_per_device: open.unwrap_or(default.connections_per_device),
        dhcp,
    }
}

/// Where the box stands.
struct Place {
    mode: NetworkMode,
    inside: Vec<InterfaceName>,
    outside: Option<InterfaceName>,
    bridge: Option<InterfaceName>,
}

impl Place {
    fn read(section: &mut Section<'_>) -> Self {
        let modes = [
            NetworkMode::Off,
            NetworkMode::Resolver,
            NetworkMode::Gateway,
            NetworkMode::Proxy,
            NetworkMode::Bridge,
        ]
        .map(|mode| (mode.id(), mode));
        let mode = section.field("mode").and_then(|f| f.choice(&modes));
        let mode = mode.unwrap_or_default();
        let inside = list(section, "inside", MAX_INSIDE, interface);
        let mut other = |key| section.field(key).filter(|field| !field.is_text(NONE));
        let (outside_field, bridge_field) = (other("outside"), other("bridge"));
        let outside = outside_field.as_ref().and_then(interface);
        let bridge = bridge_field.as_ref().and_then(interface);
        if mode != NetworkMode::Off && inside.is_none() {
            section.miss("inside");
        }
        if matches!(mode, NetworkMode::Gateway | NetworkMode::Bridge) && outside_field.is_none() {
            section.miss("outside");
        }
        if mode == NetworkMode::Bridge && bridge_field.is_none() {
            section.miss("bridge");
        }
        let inside = inside.unwrap_or_default();
        let is_bridged = mode == NetworkMode::Bridge;
        if let (true, Some(field), Some(name)) = (is_bridged, &outside_field, &outside)
            && inside.contains(name)
        {
            let given = Quoted::new(name.as_str());
            let _: Option<()> = field.refuse(Fault::BridgeOfOne(given));
        }
        Self {
            mode,
            inside,
            outside,
            bridge,
        }
    }
}

/// The ports that devices come to, and so may not be shut for them.
fn taken(proxy: &Proxy, resolver: &Resolver) -> Vec<u16> {
    let encrypted = &resolver.encrypted;
    let listen = [
        &resolver.listen,
        &encrypted.listen_dot,
        &encrypted.listen_doh,
    ];
    let listen = listen.into_iter().flatten().map(std::net::SocketAddr::port);
    SERVED
        .into_iter()
        .chain(proxy.ports())
        .chain(listen)
        .collect()
}

fn management_port(field: &Field<'_>, taken: &[u16]) -> Option<u16> {
    let port = port(field)?;
    if taken.contains(&port) {
        return field.refuse(Fault::PortServed(port));
    }
    Some(port)
}

/// The ports that stay open; `None` where the file says nothing of them.
fn direct_ports(section: &mut Section<'_>) -> Option<Vec<OpenPorts>> {
    let field = section.field("direct-ports")?;
    let elements = field.elements(Wanted::Texts, MAX_DIRECT)?;
    let read = |text: &str| OpenPorts::read(text).ok_or_else(|| Fault::NotPorts(Quoted::new(text)));
    Some(super::resolver::each_once(elements, read))
}

/// The elements of a list, each once; `None` where it is not set, or empty.
fn list<T: PartialEq + ToString>(
    section: &mut Section<'_>,
    key: &'static str,
    most: usize,
    read: impl Fn(&Field<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let field = section.field(key)?;
    let mut seen: Vec<(T, String)> = Vec::new();
    for element in field.elements(Wanted::Texts, most).unwrap_or_default() {
        let Some(value) = read(&element) else {
            continue;
        };
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == value) {
            let first = first.clone();
            let given = Quoted::new(&value.to_string());
            let _: Option<()> = element.refuse(Fault::Repeated { given, first });
            continue;
        }
        seen.push((value, element.path.clone()));
    }
    let is_set = !field.is_empty_list();
    is_set.then(|| seen.into_iter().map(|(value, _)| value).collect())
}

pub(super) fn interface(field: &Field<'_>) -> Option<InterfaceName> {
    // What nft would take for many interfaces, or for a set. The firewall refuses it, too, of whoever
    // makes a plan; here it gets its line and remedy, and this crate may not know that one.
    let is_literal = |text: &str| !text.contains(['*', '@', '\\', '"']);
    field.parsed(|text| {
        let name = text.parse().ok().filter(|_| is_literal(text));
        name.ok_or_else(|| Fault::NotAnInterface(Quoted::new(text)))
    })
}

pub(super) fn port(field: &Field<'_>) -> Option<u16> {
    let number = field.count(&(1..=u32::from(u16::MAX)))?;
    u16::try_from(number).ok()
}
