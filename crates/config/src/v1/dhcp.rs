//! `[network.dhcp]` of `v1`: that what devices are given fits together.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use lachan_policy::{InterfaceName, Mac};

use super::absolute;
use super::cache::switch;
use super::network::interface;
use super::resolver::{domain_name, once};
use crate::fault::{AddressForm, DhcpFault, Fault, Quoted, Wanted};
use crate::reader::{Field, Section};
use crate::values::dhcp::{LEASE_TIME, MAX_RANGES, MAX_STATIC};
use crate::values::{Dhcp, DhcpFixed, DhcpMode, DhcpRange, NetworkMode, Switch};

/// The longest prefix that leaves room for a gateway and a device.
const LONGEST: u8 = 30;

/// Reads it, of a box that stands so, with these interfaces inside.
pub(super) fn read(mut section: Section<'_>, mode: NetworkMode, inside: &[InterfaceName]) -> Dhcp {
    // Who switches all off keeps what is written here.
    let inside = (mode != NetworkMode::Off).then_some(inside);
    let modes = [DhcpMode::Off, DhcpMode::Write, DhcpMode::Run].map(|mode| (mode.id(), mode));
    let default = Dhcp::default();
    let asked = section.field("mode");
    let given = asked.as_ref().and_then(|field| field.choice(&modes));
    let given = given.unwrap_or_default();
    let path = section.field("file").filter(|field| !field.is_text(""));
    let path = path.and_then(|field| absolute(&field));
    let lease_time = section.field("lease-time");
    let lease_time = lease_time.and_then(|field| field.duration(&LEASE_TIME));
    let domain = section.field("domain");
    let domain = domain.and_then(|field| field.parsed(domain_name));
    let ranges = ranges(&mut section, inside);
    let fixed = fixed(&mut section, &ranges);
    if given != DhcpMode::Off {
        if let Some(field) = asked.filter(|_| mode != NetworkMode::Gateway) {
            let _: Option<()> = field.refuse(Fault::Dhcp(DhcpFault::NoGateway));
        }
        if ranges.is_empty() {
            section.miss("range");
        }
    }
    section.close();
    Dhcp {
        mode: given,
        path,
        lease_time: lease_time.unwrap_or(default.lease_time),
        domain: domain.map_or(default.domain, |name| name.to_string()),
        ranges,
        fixed,
    }
}

fn ranges(section: &mut Section<'_>, inside: Option<&[InterfaceName]>) -> Vec<DhcpRange> {
    let field = section.field("range");
    let tables = field.and_then(|field| field.elements(Wanted::Tables, MAX_RANGES));
    let mut seen = HashMap::new();
    let mut all: Vec<DhcpRange> = Vec::new();
    for field in tables.unwrap_or_default() {
        let Some(section) = field.table() else {
            continue;
        };
        if let Some(range) = range(section, inside, &mut seen) {
            all.push(range);
        }
    }
    all
}

fn range(
    mut section: Section<'_>,
    inside: Option<&[InterfaceName]>,
    seen: &mut HashMap<InterfaceName, String>,
) -> Option<DhcpRange> {
    let name = section.required("interface").and_then(|field| {
        let name = interface(&field)?;
        if inside.is_some_and(|inside| !inside.contains(&name)) {
            return field.refuse(Fault::Dhcp(DhcpFault::NotInside(Quoted::new(
                name.as_str(),
            ))));
        }
        once(&field, name, seen)
    });
    let own = section.required("address");
    let own = own.and_then(|field| field.parsed(own_address));
    let mut given = |key| {
        let field = section.required(key)?;
        let address = field.parsed(v4)?;
        Some((field, address))
    };
    let (first, last) = (given("first"), given("last"));
    let advertise = switch(&mut section, "router-advertisements", Switch::On);
    section.close();
    let ((address, length), (first_field, first), (last_field, last)) = (own?, first?, last?);
    for (field, one) in [(&first_field, first), (&last_field, last)] {
        if !is_in(one, address, length) {
            let given = Quoted::new(&one.to_string());
            return field.refuse(Fault::Dhcp(DhcpFault::OtherNetwork(given)));
        }
    }
    if first > last {
        return last_field.refuse(Fault::Dhcp(DhcpFault::Backwards));
    }
    if (first..=last).contains(&address) {
        return first_field.refuse(Fault::Dhcp(DhcpFault::HoldsBox));
    }
    Some(DhcpRange {
        interface: name?,
        address,
        length,
        first,
        last,
        advertise,
    })
}

/// The box's own address with the length of its network: `10.6.0.1/24`.
fn own_address(text: &str) -> Result<(Ipv4Addr, u8), Fault> {
    let parsed = text.split_once('/').and_then(|(address, length)| {
        let length: u8 = length
            .parse()
            .ok()
            .filter(|length| (8..=LONGEST).contains(length))?;
        Some((address.parse().ok()?, length))
    });
    parsed.ok_or_else(|| Fault::Dhcp(DhcpFault::NotOwnAddress(Quoted::new(text))))
}

/// Whether an address can be a device's in the network of another: neither its first nor its last.
fn is_in(address: Ipv4Addr, own: Ipv4Addr, length: u8) -> bool {
    let hosts = u32::MAX.checked_shr(length.into()).unwrap_or(0);
    let [one, own] = [address, own].map(u32::from);
    let host = one & hosts;
    one & !hosts == own & !hosts && host != 0 && host != hosts
}

fn v4(text: &str) -> Result<Ipv4Addr, Fault> {
    text.parse().map_err(|_| Fault::NotAnAddress {
        given: Quoted::new(text),
        form: AddressForm::Address,
    })
}

fn fixed(section: &mut Section<'_>, ranges: &[DhcpRange]) -> Vec<DhcpFixed> {
    let field = section.field("static");
    let tables = field.and_then(|field| field.elements(Wanted::Tables, MAX_STATIC));
    let (mut macs, mut addresses, mut names) = (HashMap::new(), HashMap::new(), HashMap::new());
    let read = |field: Field<'_>| {
        let mut section = field.table()?;
        let device = section.required("mac");
        let device = device.and_then(|field| once(&field, field.parsed(mac)?, &mut macs));
        let address = section.field("address").and_then(|field| {
            let address = field.parsed(v4)?;
            let fits = |range: &DhcpRange| {
                is_in(address, range.address, range.length) && address != range.address
            };
            if !ranges.iter().any(fits) {
                let given = Quoted::new(&address.to_string());
                return field.refuse(Fault::Dhcp(DhcpFault::OtherNetwork(given)));
            }
            once(&field, address, &mut addresses)
        });
        let name = section.field("name");
        let name = name.and_then(|field| once(&field, field.parsed(label)?, &mut names));
        section.close();
        let mac = device?;
        Some(DhcpFixed { mac, address, name })
    };
    let tables = tables.unwrap_or_default();
    tables.into_iter().filter_map(read).collect()
}

fn mac(text: &str) -> Result<Mac, Fault> {
    let refused = |_| Fault::Dhcp(DhcpFault::NotAMac(Quoted::new(text)));
    text.parse().map_err(refused)
}

/// A name of one label, as dnsmasq writes it among its leases.
fn label(text: &str) -> Result<String, Fault> {
    let name = domain_name(text)?.to_string();
    if name.contains('.') {
        return Err(Fault::Dhcp(DhcpFault::NotALabel(Quoted::new(text))));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_s_first_and_last_address_are_no_device_s() {
        let own = Ipv4Addr::new(10, 6, 0, 1);
        for (last, expected) in [(0, false), (2, true), (254, true), (255, false)] {
            assert_eq!(is_in(Ipv4Addr::new(10, 6, 0, last), own, 24), expected);
        }
        assert!(!is_in(Ipv4Addr::new(10, 6, 1, 2), own, 24));
        assert!(is_in(Ipv4Addr::new(10, 6, 1, 2), own, 16));
    }
}
