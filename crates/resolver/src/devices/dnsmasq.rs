//! `dnsmasq.leases`: a line a lease, `EXPIRY MAC ADDRESS NAME CLIENT-ID`; behind a line that begins
//! with `duid` those of DHCPv6, `EXPIRY IAID ADDRESS NAME DUID` (lease.c of dnsmasq).

use super::leases::{Entry, Lease, label, mac, until};

/// Reads a file.
pub(super) fn read(text: &str, take: &mut dyn FnMut(Entry)) {
    for line in text.lines() {
        if let Some(lease) = lease(line) {
            take(Entry::Given(lease));
        }
    }
}

fn lease(line: &str) -> Option<Lease> {
    let mut fields = line.split_ascii_whitespace();
    let end = fields.next()?.parse().ok()?;
    // The IAID of a DHCPv6 lease is no MAC and reads as none. Other hardware than Ethernet has its
    // type in front.
    let hardware = fields.next()?;
    let address = fields.next()?.parse().ok()?;
    Some(Lease {
        address,
        mac: mac(hardware),
        name: fields.next().and_then(label),
        until: until(end),
    })
}

#[cfg(test)]
mod tests {
    use crate::devices::leases::tests::check;

    #[test]
    fn the_leases_of_dnsmasq_are_read() {
        check(
            "1795342140 3c:22:fb:0a:b1:9e 192.168.1.50 Ten-May 01:3c:22:fb:0a:b1:9e\n\
             0 da:00:00:00:00:01 192.168.1.51 * *\n\
             1795342140 06-00:11:22:33:44:55 192.168.1.52 token-ring *\n\
             broken\n1795342140 3c:22:fb:0a:b1:9e here x *\n\
             duid 00:01:00:01:2c:5f:0e:1a:3c:22:fb:0a:b1:9e\n\
             1795342140 67480323 fd00::50 ten-may 00:01:00:01:2c:5f:0e:1a:3c:22:fb:0a:b1:9e\n\
             1795342140 T67480323 fd00::51 * 00:03\n",
            &[
                "192.168.1.50 3c:22:fb:0a:b1:9e ten-may 1795342140",
                "192.168.1.51 da:00:00:00:00:01 - -",
                "192.168.1.52 - token-ring 1795342140",
                "fd00::50 - ten-may 1795342140",
                "fd00::51 - - 1795342140",
            ],
        );
    }

    #[test]
    fn an_empty_file_has_no_lease() {
        check("", &[]);
        check("\n\n", &[]);
    }
}
