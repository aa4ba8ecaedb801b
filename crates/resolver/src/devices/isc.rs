//! `dhcpd.leases` of ISC dhcpd: a block a lease, the later one counts (dhcpd.leases(5)).

use std::net::IpAddr;

use super::leases::{Entry, Lease, label, mac, until};

/// Whether a file is of this form.
pub(super) fn is_it(text: &str) -> bool {
    text.lines()
        .take(1000)
        .any(|line| opening(line.trim()).is_some())
}

/// `lease 192.168.1.50 {`
fn opening(line: &str) -> Option<IpAddr> {
    let address = line.strip_prefix("lease ")?.strip_suffix('{')?;
    address.trim().parse().ok()
}

/// Reads a file.
pub(super) fn read(text: &str, take: &mut dyn FnMut(Entry)) {
    let mut block: Option<(Lease, bool)> = None;
    for line in text.lines().map(str::trim) {
        if let Some(address) = opening(line) {
            let lease = Lease {
                address,
                mac: None,
                name: None,
                until: None,
            };
            block = Some((lease, true));
        } else if line == "}" {
            take_block(block.take(), take);
        } else if let Some((lease, active)) = &mut block {
            statement(line, lease, active);
        }
    }
}

fn take_block(block: Option<(Lease, bool)>, take: &mut dyn FnMut(Entry)) {
    match block {
        Some((lease, true)) => take(Entry::Given(lease)),
        Some((lease, false)) => take(Entry::Freed(lease.address)),
        None => {}
    }
}

fn statement(line: &str, lease: &mut Lease, active: &mut bool) {
    let Some((statement, _)) = line.split_once(';') else {
        return;
    };
    if let Some(state) = statement.strip_prefix("binding state ") {
        *active = state.trim() == "active";
    } else if let Some(hardware) = statement.strip_prefix("hardware ethernet ") {
        lease.mac = mac(hardware.trim());
    } else if let Some(name) = statement.strip_prefix("client-hostname ") {
        lease.name = label(name.trim().trim_matches('"'));
    } else if let Some(end) = statement.strip_prefix("ends ") {
        lease.until = time(end).and_then(until);
    }
}

/// `4 2026/11/22 22:09:00` (in UTC), `epoch 1795342140`; `None` for `never` and what is no time.
fn time(text: &str) -> Option<i64> {
    let mut words = text.split_ascii_whitespace();
    let first = words.next()?;
    if first == "epoch" {
        return words.next()?.parse().ok();
    }
    let numbers = |text: &str, mark| -> Option<[i64; 3]> {
        let all: Vec<u16> = text
            .split(mark)
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        let all: [u16; 3] = all.try_into().ok()?;
        Some(all.map(i64::from))
    };
    let [year, month, day] = numbers(words.next()?, '/')?;
    let [hour, minute, second] = numbers(words.next()?, ':')?;
    Some(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar, counted in years from March, so that
/// the leap day is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 306 + 5) / 10 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::leases::tests::check;

    #[test]
    fn the_leases_of_dhcpd_are_read_and_later_blocks_count() {
        check(
            "# The format of this file is documented in the dhcpd.leases(5) manual page.\n\
             authoring-byte-order little-endian;\n\n\
             lease 192.168.1.50 {\n  starts 4 2026/11/22 10:09:00;\n  ends 0 2026/11/22 10:09:00;\n\
             \x20 binding state active;\n  hardware ethernet 3c:22:fb:0a:b1:9e;\n  client-hostname \"Ten-May\";\n}\n\
             lease 192.168.1.51 {\n  ends never;\n  binding state active;\n  next binding state free;\n\
             \x20 hardware ethernet da:00:00:00:00:01;\n  uid \"\\001}\";\n}\n\
             lease 192.168.1.52 {\n  binding state active;\n}\n\
             lease 192.168.1.52 {\n  binding state free;\n}\n\
             lease 192.168.1.53 {\n  ends epoch 1795342140; # Sun Nov 22 10:09:00 2026\n  binding state active;\n",
            &[
                "192.168.1.50 3c:22:fb:0a:b1:9e ten-may 1795342140",
                "192.168.1.51 da:00:00:00:00:01 - -",
            ],
        );
    }

    #[test]
    fn times_are_in_utc() {
        for (text, expected) in [
            ("0 2026/11/22 10:09:00", Some(1_795_342_140)),
            ("4 1970/01/01 00:00:01", Some(1)),
            ("6 2000/02/29 12:00:00", Some(951_825_600)),
            ("epoch 7", Some(7)),
            ("never", None),
            ("4 2026/11", None),
            ("4 99999999/1/1 0:0:0", None),
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
    }
}
