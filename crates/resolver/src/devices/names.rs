//! The names of devices that local answers are made of: those of the current leases.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lachan_policy::{MAX_LABEL, Name};

use super::leases::Leases;

/// Most addresses a name is answered with; they fit one UDP answer.
const MAX_ADDRESSES: usize = 16;

/// A snapshot of the names that DHCP gave out.
///
/// Whoever knows a device's name is told its address, as on every network; whoever asks for the
/// name of an address must be allowed to learn it, since people call their phones by their own
/// names (see [`crate::Engine`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceNames {
    addresses: HashMap<Box<[u8]>, Vec<IpAddr>>,
    names: HashMap<IpAddr, Name>,
}

impl DeviceNames {
    /// Of the leases that hold at `now` (Unix seconds; `None` when the time is not known). An
    /// address's name stands in the first of the school's domains.
    #[must_use]
    pub fn of(leases: &Leases, domains: &[Name], now: Option<i64>) -> Self {
        let mut names = Self::default();
        for lease in leases.current(now) {
            let Some(label) = &lease.name else {
                continue;
            };
            let address = lease.address.to_canonical();
            let known = names.addresses.entry(label.as_bytes().into()).or_default();
            if known.len() < MAX_ADDRESSES {
                known.push(address);
            }
            if let Some(name) = domains.first().and_then(|domain| below(domain, label)) {
                names.names.insert(address, name);
            }
        }
        names
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// The addresses of the device of this name, a label in lower case.
    pub(crate) fn addresses_of(&self, label: &[u8]) -> Option<&[IpAddr]> {
        self.addresses.get(label).map(Vec::as_slice)
    }

    /// The full name of the device that has an address.
    pub(crate) fn name_of(&self, address: IpAddr) -> Option<&Name> {
        self.names.get(&address)
    }
}

/// `label.domain`, if that is not too long.
fn below(domain: &Name, label: &str) -> Option<Name> {
    let length = u8::try_from(label.len()).ok()?;
    let mut wire = Vec::with_capacity(1 + MAX_LABEL + domain.as_wire().len());
    wire.push(length);
    wire.extend(label.as_bytes());
    wire.extend(domain.as_wire());
    Name::from_normal(&wire).ok()
}

/// The address that a whole reverse name stands for (RFC 1035 §3.5, RFC 3596 §2.5).
pub(crate) fn reverse_address(name: &Name) -> Option<IpAddr> {
    let labels = name.label_count();
    let wire = name.as_wire();
    if labels == 6 && wire.ends_with(b"\x07in-addr\x04arpa") {
        let mut bytes = [0; 4];
        for (byte, label) in bytes.iter_mut().rev().zip(name.labels()) {
            *byte = octet(label)?;
        }
        return Some(Ipv4Addr::from(bytes).into());
    }
    if labels == 34 && wire.ends_with(b"\x03ip6\x04arpa") {
        let mut bits = 0u128;
        for (place, label) in name.labels().take(32).enumerate() {
            let [digit] = label else {
                return None;
            };
            bits |= u128::from(char::from(*digit).to_digit(16)?) << (4 * place);
        }
        return Some(Ipv6Addr::from(bits).into());
    }
    None
}

/// A decimal octet without leading zeros, so that each address has one reverse name.
fn octet(label: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(label).ok()?;
    let is_plain = text == "0" || text.starts_with(|c: char| ('1'..='9').contains(&c));
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(now: Option<i64>) -> DeviceNames {
        let mut leases = Leases::default();
        leases.read(
            b"100 3c:22:fb:00:00:01 10.6.0.9 Ten-May *\n200 3c:22:fb:00:00:02 10.6.0.10 tv *\n\
              duid 00:01\n200 7 fd00::9 ten-may 00:01\n",
        );
        DeviceNames::of(&leases, &[Name::from_text("lan").unwrap()], now)
    }

    fn reverse(text: &str) -> Option<String> {
        let mut wire = Vec::new();
        for label in text.split('.') {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label.as_bytes());
        }
        let name = Name::from_normal(&wire).unwrap();
        reverse_address(&name).map(|address| address.to_string())
    }

    #[test]
    fn current_leases_give_names_and_addresses() {
        let all = names(Some(99));
        let two: [IpAddr; 2] = ["10.6.0.9".parse().unwrap(), "fd00::9".parse().unwrap()];
        assert_eq!(all.addresses_of(b"ten-may"), Some(&two[..]));
        let name = all.name_of(two[0]).unwrap();
        assert_eq!(name.to_string(), "ten-may.lan");
        let later = names(Some(150));
        assert_eq!(later.addresses_of(b"ten-may"), Some(&two[1..]));
        assert_eq!(later.name_of(two[0]), None);
        assert!(names(Some(999)).is_empty() && !names(None).is_empty());
    }

    #[test]
    fn reverse_names_are_read_strictly() {
        for (text, expected) in [
            ("9.0.6.10.in-addr.arpa", Some("10.6.0.9")),
            ("09.0.6.10.in-addr.arpa", None),
            ("+9.0.6.10.in-addr.arpa", None),
            ("256.0.6.10.in-addr.arpa", None),
            ("0.6.10.in-addr.arpa", None),
            ("1.9.0.6.10.in-addr.arpa", None),
            ("10.in-addr.arpa", None),
        ] {
            assert_eq!(reverse(text).as_deref(), expected, "{text}");
        }
        let v6 = format!("9.{}0.0.d.f.ip6.arpa", "0.".repeat(27));
        assert_eq!(reverse(&v6).as_deref(), Some("fd00::9"));
        assert_eq!(reverse(&v6.replace('9', "99")), None);
        assert_eq!(reverse(&v6.replace('9', "g")), None);
    }

    proptest! {
        #[test]
        fn every_v4_address_has_its_reverse_name(bytes in any::<[u8; 4]>()) {
            let [a, b, c, d] = bytes;
            let expected = Ipv4Addr::from(bytes).to_string();
            prop_assert_eq!(reverse(&format!("{d}.{c}.{b}.{a}.in-addr.arpa")), Some(expected));
        }
    }
}
