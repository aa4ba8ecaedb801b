//! `[proxy]` of `v1`: where the web is filtered, and that nobody else has its ports.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr as _;

use super::cache::switch;
use super::network::port;
use super::rate_limit::subnet;
use super::resolver::{
    Listening, add_listener, ca_files, each_once, listen_address, plain_address,
};
use crate::fault::{AddressForm, Fault, Quoted, Unusable, Wanted};
use crate::reader::{Field, Section};
use crate::values::proxy::{
    DEFAULT_EXPLICIT_PORT, MAX_BLOCK_PAGE, MAX_EXPLICIT, MAX_INSIDE, MAX_INSPECTED_CATEGORIES,
    MAX_INSPECTED_GROUPS, MAX_INSPECTED_NAME, MAX_NEVER_DIVERTED,
};
use crate::values::{Inspection, Proxy, Switch};

/// Ports that devices ask for what they get elsewhere: nobody may be led to them, or shut out.
pub(super) const SERVED: [u16; 4] = [53, 80, 443, 853];
/// Ports of the block page.
const WEB: [u16; 2] = [80, 443];

/// Reads it; `taken` are the listeners over TCP that there are already.
pub(super) fn read(mut section: Section<'_>, mut taken: Listening) -> Proxy {
    let default = Proxy::default();
    let transparent = switch(&mut section, "transparent", default.transparent);
    let http = section.field("transparent-http");
    let tls = section.field("transparent-tls");
    let is_on = transparent == Switch::On;
    let transparent_http = own_port(http, default.transparent_http, is_on, &mut taken);
    let transparent_tls = own_port(tls, default.transparent_tls, is_on, &mut taken);
    let explicit = section.field("explicit");
    let explicit = explicit.and_then(|field| field.elements(Wanted::Texts, MAX_EXPLICIT));
    let explicit = listeners(&explicit.unwrap_or_default(), &mut taken);
    let page = section.field("block-page");
    let page = page.and_then(|field| field.elements(Wanted::Texts, MAX_BLOCK_PAGE));
    let block_page = pages(&page.unwrap_or_default(), &mut taken);
    let never = section.field("never-diverted");
    let never = never.and_then(|field| field.elements(Wanted::Texts, MAX_NEVER_DIVERTED));
    let inside = section.field("inside-targets");
    let inside = inside.and_then(|field| field.elements(Wanted::Texts, MAX_INSIDE));
    let inspection = inspection(section.section("inspection"));
    section.close();
    Proxy {
        transparent,
        transparent_http,
        transparent_tls,
        explicit,
        block_page,
        never_diverted: each_once(never.unwrap_or_default(), subnet),
        inside_targets: each_once(inside.unwrap_or_default(), subnet),
        inspection,
    }
}

/// Names of groups and categories are data: which there are, the running filter knows.
fn inspection(mut section: Section<'_>) -> Inspection {
    let groups = section.field("groups");
    let groups = groups.and_then(|field| field.elements(Wanted::Texts, MAX_INSPECTED_GROUPS));
    let categories = section.field("categories");
    let categories =
        categories.and_then(|field| field.elements(Wanted::Texts, MAX_INSPECTED_CATEGORIES));
    let default = Inspection::default().block_page_certificates;
    let read = Inspection {
        groups: each_once(groups.unwrap_or_default(), plain_name),
        categories: each_once(categories.unwrap_or_default(), plain_name),
        block_page_certificates: switch(&mut section, "block-page-certificates", default),
        ca_files: ca_files(&mut section),
    };
    section.close();
    read
}

fn plain_name(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::ControlCharacter(Quoted::new(text)));
    }
    if text.chars().count() > MAX_INSPECTED_NAME {
        return Err(Fault::TooLong {
            most: MAX_INSPECTED_NAME,
        });
    }
    Ok(text.to_owned())
}

/// A port on all addresses, which only counts as taken where it is listened on.
fn own_port(field: Option<Field<'_>>, default: u16, is_on: bool, taken: &mut Listening) -> u16 {
    let Some(field) = field else {
        return default;
    };
    let Some(port) = port(&field) else {
        return default;
    };
    if SERVED.contains(&port) {
        let _: Option<()> = field.refuse(Fault::PortServed(port));
    } else if is_on {
        for any in ["0.0.0.0", "::"] {
            if let Ok(ip) = IpAddr::from_str(any) {
                add_listener(&field, SocketAddr::new(ip, port), taken);
            }
        }
    }
    port
}

fn listeners(elements: &[Field<'_>], taken: &mut Listening) -> Vec<SocketAddr> {
    let before = taken.len();
    for element in elements {
        if let Some(address) = element.parsed(explicit) {
            add_listener(element, address, taken);
        }
    }
    taken[before..]
        .iter()
        .map(|(_, address)| *address)
        .collect()
}

/// An address with or without a port.
fn explicit(text: &str) -> Result<SocketAddr, Fault> {
    if let Ok(ip) = IpAddr::from_str(text) {
        return Ok(SocketAddr::new(ip.to_canonical(), DEFAULT_EXPLICIT_PORT));
    }
    listen_address(text).map_err(|fault| match fault {
        Fault::NotAnAddress { given, .. } => Fault::NotAnAddress {
            given,
            form: AddressForm::OptionalPort,
        },
        other => other,
    })
}

fn pages(elements: &[Field<'_>], taken: &mut Listening) -> Vec<IpAddr> {
    let mut pages = Vec::new();
    for element in elements {
        let Some(address) = element.parsed(page) else {
            continue;
        };
        for port in WEB {
            add_listener(element, SocketAddr::new(address, port), taken);
        }
        pages.push(address);
    }
    pages
}

/// An address of this box that others reach.
fn page(text: &str) -> Result<IpAddr, Fault> {
    let address = plain_address(text)?;
    let why = if address.is_unspecified() {
        Unusable::Unspecified
    } else if address.is_multicast() {
        Unusable::Multicast
    } else if address.is_loopback() {
        Unusable::Loopback
    } else {
        return Ok(address);
    };
    let given = Quoted::new(text);
    Err(Fault::UnusableAddress { given, why })
}
