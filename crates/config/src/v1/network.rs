//! `[network]` of `v1`: where the box stands, and what its firewall does.

use lachan_policy::InterfaceName;

use super::rate_limit::subnet;
use super::resolver::tiers;
use crate::fault::{Fault, Quoted, Wanted};
use crate::reader::{Field, Section};
use crate::values::network::{CONNECTIONS, MAX_INSIDE, MAX_MANAGEMENT};
use crate::values::{Network, NetworkMode};

/// No interface.
const NONE: &str = "none";

pub(super) fn read(mut section: Section<'_>) -> Network {
    let default = Network::default();
    let modes = [
        NetworkMode::Off,
        NetworkMode::Resolver,
        NetworkMode::Gateway,
    ]
    .map(|mode| (mode.id(), mode));
    let mode = section.field("mode").and_then(|f| f.choice(&modes));
    let mode = mode.unwrap_or_default();
    let inside = list(&mut section, "inside", MAX_INSIDE, interface);
    let outside = section
        .field("outside")
        .filter(|field| !field.is_text(NONE));
    let has_outside = outside.is_some();
    let outside = outside.and_then(|field| interface(&field));
    let fail_open = section.field("fail-open").map(|field| tiers(&field));
    let kept_for = section
        .field("ways-round-kept-for")
        .map(|field| tiers(&field));
    let ports = list(&mut section, "management-ports", MAX_MANAGEMENT, port);
    let from = list(&mut section, "management-from", MAX_MANAGEMENT, |field| {
        field.parsed(subnet)
    });
    let connections = section.field("connections-per-second");
    let connections = connections.and_then(|field| field.count(&CONNECTIONS));
    if mode != NetworkMode::Off && inside.is_none() {
        section.miss("inside");
    }
    if mode == NetworkMode::Gateway && !has_outside {
        section.miss("outside");
    }
    if ports.is_some() && from.is_none() {
        section.miss("management-from");
    }
    section.close();
    Network {
        mode,
        inside: inside.unwrap_or_default(),
        outside,
        fail_open: fail_open.unwrap_or(default.fail_open),
        ways_round_kept_for: kept_for.unwrap_or(default.ways_round_kept_for),
        management_ports: ports.unwrap_or_default(),
        management_from: from.unwrap_or_default(),
        connections_per_second: connections.unwrap_or(default.connections_per_second),
    }
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

fn interface(field: &Field<'_>) -> Option<InterfaceName> {
    // What nft would take for many interfaces, or for a set. The firewall refuses it, too, of whoever
    // makes a plan; here it gets its line and remedy, and this crate may not know that one.
    let is_literal = |text: &str| !text.contains(['*', '@', '\\', '"']);
    field.parsed(|text| {
        let name = text.parse().ok().filter(|_| is_literal(text));
        name.ok_or_else(|| Fault::NotAnInterface(Quoted::new(text)))
    })
}

fn port(field: &Field<'_>) -> Option<u16> {
    let number = field.count(&(1..=u32::from(u16::MAX)))?;
    u16::try_from(number).ok()
}
