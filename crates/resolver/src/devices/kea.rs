//! Kea's memfile (`kea-leases4.csv`, `kea-leases6.csv`): a table with the columns' names in its
//! first line, to which changes are appended (Kea ARM, "Memfile - Basic Storage for Leases").

use std::net::IpAddr;

use super::leases::{Entry, Lease, label, mac, until};

/// Where the columns stand that are of use here.
#[derive(Debug, Default)]
struct Columns {
    address: Option<usize>,
    hwaddr: Option<usize>,
    expire: Option<usize>,
    valid_lifetime: Option<usize>,
    hostname: Option<usize>,
    state: Option<usize>,
    lease_type: Option<usize>,
}

/// Whether a file is of this form.
pub(super) fn is_it(text: &str) -> bool {
    text.starts_with("address,")
}

/// Reads a file.
pub(super) fn read(text: &str, take: &mut dyn FnMut(Entry)) {
    let mut lines = text.lines();
    let columns = Columns::of(lines.next().unwrap_or_default());
    for line in lines {
        if let Some(entry) = columns.entry(line) {
            take(entry);
        }
    }
}

impl Columns {
    fn of(header: &str) -> Self {
        let mut columns = Self::default();
        for (place, name) in header.split(',').enumerate() {
            let column = match name.trim() {
                "address" => &mut columns.address,
                "hwaddr" => &mut columns.hwaddr,
                "expire" => &mut columns.expire,
                "valid_lifetime" => &mut columns.valid_lifetime,
                "hostname" => &mut columns.hostname,
                "state" => &mut columns.state,
                "lease_type" => &mut columns.lease_type,
                _ => continue,
            };
            *column = Some(place);
        }
        columns
    }

    fn entry(&self, line: &str) -> Option<Entry> {
        // A comma within a field is written as &#x2c, so none is quoted.
        let field = |column: Option<usize>| line.split(',').nth(column?).map(str::trim);
        let address: IpAddr = field(self.address)?.parse().ok()?;
        // 2 is a prefix that was handed to a router.
        if field(self.lease_type) == Some("2") {
            return None;
        }
        // 0 is in use, 1 declined, 2 reclaimed, 3 released. A lifetime of 0 deletes.
        let in_use = field(self.state).is_none_or(|state| state == "0");
        if !in_use || field(self.valid_lifetime) == Some("0") {
            return Some(Entry::Freed(address));
        }
        let forever = field(self.valid_lifetime) == Some("4294967295");
        let end = field(self.expire).and_then(|end| end.parse().ok());
        Some(Entry::Given(Lease {
            address,
            mac: field(self.hwaddr).and_then(mac),
            name: field(self.hostname).and_then(label),
            until: end.and_then(until).filter(|_| !forever),
        }))
    }
}

#[cfg(test)]
mod tests {
    use crate::devices::leases::tests::check;

    #[test]
    fn the_leases_of_kea_are_read_and_later_lines_count() {
        check(
            "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n\
             10.6.0.9,3c:22:fb:0a:b1:9e,01:3c:22:fb:0a:b1:9e,3600,1795342000,1,0,0,old-name,0,,0\n\
             10.6.0.10,da:00:00:00:00:01,,3600,1795342140,1,0,0,may-2.lan.,0,{ \"a\": 1&#x2c \"b\": 2 },0\n\
             10.6.0.9,3c:22:fb:0a:b1:9e,01:3c:22:fb:0a:b1:9e,3600,1795342140,1,0,0,ten-may,0,,0\n\
             10.6.0.11,da:00:00:00:00:02,,3600,1795342140,1,0,0,gone,0,,0\n\
             10.6.0.11,da:00:00:00:00:02,,0,1795342140,1,0,0,gone,0,,0\n\
             10.6.0.12,,,3600,1795342140,1,0,0,,1,,0\n\
             10.6.0.13,da:00:00:00:00:03,,4294967295,4294967295,1,0,0,server,0,,0\n\
             10.6.0.14\nx,y\n",
            &[
                "10.6.0.9 3c:22:fb:0a:b1:9e ten-may 1795342140",
                "10.6.0.10 da:00:00:00:00:01 may-2 1795342140",
                "10.6.0.13 da:00:00:00:00:03 server -",
                "10.6.0.14 - - -",
            ],
        );
    }

    #[test]
    fn prefixes_of_dhcpv6_are_no_devices() {
        check(
            "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state\n\
             fd00::9,00:01,3600,1795342140,1,1800,0,7,128,0,0,ten-may,3c:22:fb:0a:b1:9e,0\n\
             fd00:0:0:7::,00:01,3600,1795342140,1,1800,2,7,64,0,0,,,0\n",
            &["fd00::9 3c:22:fb:0a:b1:9e ten-may 1795342140"],
        );
    }
}
