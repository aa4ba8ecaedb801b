//! `[resolver.rate-limit]` of `v1`: limits by device, and access points that hide several.

use lachan_policy::Subnet;

use crate::fault::{Fault, Quoted, Wanted};
use crate::reader::{Field, Section};
use crate::values::answers::{BURST, MAX_NAT, NAMES_PER_DOMAIN, NAT_DEVICES, NET_DEVICES, RATE};
use crate::values::{Nat, RateLimit};

pub(super) fn read(mut section: Section<'_>) -> RateLimit {
    let default = RateLimit::default();
    let mut count = |key, bounds| section.field(key).and_then(|field| field.count(bounds));
    let queries_per_second = count("queries-per-second", &RATE);
    let burst = count("burst", &BURST);
    let misses_per_second = count("misses-per-second", &RATE);
    let miss_burst = count("miss-burst", &BURST);
    let names_per_domain = count("names-per-domain", &NAMES_PER_DOMAIN);
    let net_devices = count("ipv6-net-devices", &NET_DEVICES);
    let limit = RateLimit {
        queries_per_second: queries_per_second.unwrap_or(default.queries_per_second),
        burst: burst.unwrap_or(default.burst),
        misses_per_second: misses_per_second.unwrap_or(default.misses_per_second),
        miss_burst: miss_burst.unwrap_or(default.miss_burst),
        names_per_domain: names_per_domain.unwrap_or(default.names_per_domain),
        net_devices: net_devices.unwrap_or(default.net_devices),
        nat: nat(&mut section),
    };
    section.close();
    limit
}

fn nat(section: &mut Section<'_>) -> Vec<Nat> {
    let field = section.field("nat");
    let elements = field.and_then(|field| field.elements(Wanted::Tables, MAX_NAT));
    let tables = elements.unwrap_or_default();
    let mut seen: Vec<(Subnet, String)> = Vec::new();
    let read = |field: &Field<'_>| {
        let mut section = field.table()?;
        let address = section.required("address").and_then(|field| {
            let address = field.parsed(subnet)?;
            disjoint(&field, address, &mut seen)
        });
        let devices = section.required("devices");
        let devices = devices.and_then(|field| field.count(&NAT_DEVICES));
        section.close();
        Some(Nat {
            address: address?,
            devices: devices?,
        })
    };
    tables.iter().filter_map(read).collect()
}

/// A range of addresses.
pub(super) fn subnet(text: &str) -> Result<Subnet, Fault> {
    text.parse().map_err(|why| Fault::NotASubnet {
        given: Quoted::new(text),
        why,
    })
}

/// The addresses, unless some of them were named before: a device would have two limits.
fn disjoint(
    field: &Field<'_>,
    address: Subnet,
    seen: &mut Vec<(Subnet, String)>,
) -> Option<Subnet> {
    let overlaps =
        |other: &Subnet| other.first() <= address.last() && address.first() <= other.last();
    if let Some((other, first)) = seen.iter().find(|(other, _)| overlaps(other)) {
        return field.refuse(Fault::Overlap {
            given: Quoted::new(field.text(Wanted::Text)?),
            other: other.to_string(),
            first: first.clone(),
        });
    }
    seen.push((address, field.path.clone()));
    Some(address)
}
