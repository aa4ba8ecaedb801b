//! Names answered here and never asked of anybody: the school's own, and those that standards
//! keep off the public DNS. Asking an upstream for them would tell it about the school's inside
//! and load the root servers with questions that have no answer.
//!
//! Canaries and ways round the filter are no part of this: they are rules.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::LazyLock;

use lachan_policy::Name;

use crate::devices::{DeviceNames, reverse_address};
use crate::settings::LocalName;
use crate::wire::rtype;

/// Seconds a local answer lives.
pub(crate) const LOCAL_TTL: u32 = 60;

/// What a local name is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LocalAnswer {
    /// These addresses, all of the family asked for.
    Addresses(Vec<IpAddr>),
    /// The name that an address has.
    Pointer(Box<Name>),
    /// The name exists, the type does not.
    NoData,
    /// The name does not exist.
    NxDomain,
}

/// Names under which nothing exists, each with where that is written.
const NOWHERE: &[&str] = &[
    "invalid",   // RFC 6761 §6.4
    "test",      // RFC 6761 §6.2
    "onion",     // RFC 7686 §2
    "local",     // RFC 6762 §22.1: multicast DNS
    "alt",       // RFC 9476
    "internal",  // ICANN board 2024-07-29: private use
    "home.arpa", // RFC 8375
    // RFC 6303 §4 and RFC 7793: reverse zones of addresses that are no public ones.
    "0.in-addr.arpa",
    "10.in-addr.arpa",
    "127.in-addr.arpa",
    "254.169.in-addr.arpa",
    "2.0.192.in-addr.arpa",
    "100.51.198.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "255.255.255.255.in-addr.arpa",
    "168.192.in-addr.arpa",
    "d.f.ip6.arpa",
    "8.e.f.ip6.arpa",
    "9.e.f.ip6.arpa",
    "a.e.f.ip6.arpa",
    "b.e.f.ip6.arpa",
    "8.b.d.0.1.0.0.2.ip6.arpa",
    // The zones of :: and ::1.
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
];

/// What a suffix stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    /// RFC 6761 §6.3: loopback.
    Localhost,
    /// It exists, empty; nothing exists below it.
    Nowhere,
    /// It and all below it exist, empty (RFC 9462 §6.5: no discovery that cannot be verified).
    Empty,
}

static SPECIAL: LazyLock<HashMap<Name, Special>> = LazyLock::new(|| {
    let ranges = (16..32)
        .map(|number| format!("{number}.172.in-addr.arpa"))
        .chain((64..128).map(|number| format!("{number}.100.in-addr.arpa")));
    let nowhere = NOWHERE.iter().map(ToString::to_string).chain(ranges);
    let mut all: HashMap<Name, Special> = nowhere
        .filter_map(|text| Some((Name::from_text(&text).ok()?, Special::Nowhere)))
        .collect();
    for (text, special) in [
        ("localhost", Special::Localhost),
        ("resolver.arpa", Special::Empty),
    ] {
        if let Ok(name) = Name::from_text(text) {
            all.insert(name, special);
        }
    }
    all
});

/// The school's own names, over those of its devices, over the special ones.
#[derive(Debug, Default)]
pub(crate) struct LocalNames {
    own: HashMap<Name, Vec<IpAddr>>,
    /// The first of the own names that an address has.
    reverse: HashMap<IpAddr, Name>,
    domains: Vec<Name>,
    /// A bit for each top-level label under which some name is answered here, see [`bit`].
    tops: u64,
}

impl LocalNames {
    /// Indexes them; the addresses of names that stand twice are joined.
    pub(crate) fn new(names: &[LocalName], domains: &[Name]) -> Self {
        let mut own: HashMap<Name, Vec<IpAddr>> = HashMap::new();
        let mut reverse = HashMap::new();
        for local in names {
            own.entry(local.name).or_default().extend(&local.addresses);
            for address in &local.addresses {
                reverse.entry(address.to_canonical()).or_insert(local.name);
            }
        }
        let all = own.keys().chain(domains).chain(SPECIAL.keys());
        let tops = all.fold(0, |tops, name| tops | bit(name));
        Self {
            own,
            reverse,
            domains: domains.to_vec(),
            tops,
        }
    }

    /// Whether the name may be one that is answered here: a look at its last label, because this is
    /// asked of every query and the answer is nearly always no.
    #[inline]
    pub(crate) fn concerns(&self, name: &Name) -> bool {
        self.tops & bit(name) != 0 || name.parent_start().is_none()
    }

    /// The answer, if the name is to be answered here. `may_learn` says whether the client may be
    /// told which device has an address; it is asked only where there is something to tell.
    pub(crate) fn find(
        &self,
        name: &Name,
        qtype: u16,
        devices: &DeviceNames,
        may_learn: impl FnOnce(IpAddr) -> bool,
    ) -> Option<LocalAnswer> {
        if let Some(addresses) = self.own.get(name) {
            return Some(of_type(addresses, qtype));
        }
        if let Some(addresses) = self.device(name, devices) {
            return Some(of_type(addresses, qtype));
        }
        if let Some(named) = self.named(name, devices, may_learn) {
            return Some(match qtype {
                rtype::PTR => LocalAnswer::Pointer(Box::new(*named)),
                _ => LocalAnswer::NoData,
            });
        }
        special(name, qtype)
            .or_else(|| self.in_own_domain(name))
            .or_else(|| single_label(name))
    }

    /// The addresses of the device of that name: a label in one of the school's domains, or alone.
    /// No device takes the place of a top-level domain.
    fn device<'d>(&self, name: &Name, devices: &'d DeviceNames) -> Option<&'d [IpAddr]> {
        if devices.is_empty() {
            return None;
        }
        let (label, rest) = first_label(name)?;
        let is_ours = match rest {
            [] => !name.is_public_suffix(),
            _ => self.domains.iter().any(|domain| domain.as_wire() == rest),
        };
        devices.addresses_of(label).filter(|_| is_ours)
    }

    /// The name of the address that a reverse name stands for.
    fn named<'a>(
        &'a self,
        name: &Name,
        devices: &'a DeviceNames,
        may_learn: impl FnOnce(IpAddr) -> bool,
    ) -> Option<&'a Name> {
        if !name.as_wire().ends_with(b"\x04arpa") {
            return None;
        }
        let address = reverse_address(name)?;
        let own = self.reverse.get(&address);
        own.or_else(|| devices.name_of(address).filter(|_| may_learn(address)))
    }

    /// The school's own domains exist; nothing is in them but its own names.
    fn in_own_domain(&self, name: &Name) -> Option<LocalAnswer> {
        let domain = self.domains.iter().find(|domain| name.is_within(domain))?;
        let itself = name == domain && name.label_count() > 1;
        Some(if itself {
            LocalAnswer::NoData
        } else {
            LocalAnswer::NxDomain
        })
    }
}

/// One of 64 bits for the last label of a name. Names of one label and the root have none: they are
/// told by having no parent.
#[inline]
fn bit(name: &Name) -> u64 {
    let wire = name.as_wire();
    let [.., before, last] = wire else { return 0 };
    1 << ((u32::from(*before) * 7 ^ u32::from(*last) * 13) & 63)
}

/// The first label, and the rest in wire form.
fn first_label(name: &Name) -> Option<(&[u8], &[u8])> {
    let (length, rest) = name.as_wire().split_first()?;
    rest.split_at_checked(usize::from(*length))
}

/// The addresses of the family asked for.
fn of_type(addresses: &[IpAddr], qtype: u16) -> LocalAnswer {
    let wanted = |address: &IpAddr| match qtype {
        rtype::A => address.is_ipv4(),
        rtype::AAAA => address.is_ipv6(),
        _ => false,
    };
    let found: Vec<IpAddr> = addresses.iter().copied().filter(wanted).collect();
    if found.is_empty() {
        LocalAnswer::NoData
    } else {
        LocalAnswer::Addresses(found)
    }
}

fn special(name: &Name, qtype: u16) -> Option<LocalAnswer> {
    let (start, special) = name.suffixes().find_map(|start| {
        let suffix = if start == 0 {
            *name
        } else {
            name.suffix(start)
        };
        SPECIAL.get(&suffix).map(|special| (start, *special))
    })?;
    Some(match special {
        Special::Localhost => of_type(
            &[
                [127, 0, 0, 1].into(),
                IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
            ],
            qtype,
        ),
        Special::Nowhere if start == 0 && name.label_count() > 1 => LocalAnswer::NoData,
        Special::Nowhere => LocalAnswer::NxDomain,
        Special::Empty => LocalAnswer::NoData,
    })
}

/// A name of one label is a machine's name that somebody forgot to complete, unless it is a real
/// top-level domain: its NS and DS records are asked for by clients that validate.
fn single_label(name: &Name) -> Option<LocalAnswer> {
    let single = name.label_count() == 1 && !name.is_public_suffix();
    single.then_some(LocalAnswer::NxDomain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[(&str, &[&str])], name: &str, qtype: u16) -> Option<String> {
        let own: Vec<LocalName> = names
            .iter()
            .map(|(name, addresses)| LocalName {
                name: Name::from_text(name).unwrap(),
                addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            })
            .collect();
        let name = if name == "." {
            Name::ROOT
        } else {
            wire_name(name)
        };
        let names = LocalNames::new(&own, &[wire_name("truong.vn"), wire_name("lan")]);
        let found = names.find(&name, qtype, &devices(), |address| address == LEARNED);
        assert!(names.concerns(&name) || found.is_none(), "{name}");
        found.map(|answer| match answer {
            LocalAnswer::Pointer(name) => name.to_string(),
            LocalAnswer::Addresses(all) => all
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            LocalAnswer::NoData => "NODATA".into(),
            LocalAnswer::NxDomain => "NXDOMAIN".into(),
        })
    }

    /// The one address of a device whose name the client may learn.
    const LEARNED: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 6, 0, 9));

    fn devices() -> DeviceNames {
        let mut leases = crate::devices::Leases::default();
        leases.read(
            b"0 3c:22:fb:00:00:01 10.6.0.9 ten-may *\n0 3c:22:fb:00:00:02 10.6.0.10 dien-thoai *\n\
              0 3c:22:fb:00:00:03 10.6.0.11 vn *\n0 3c:22:fb:00:00:04 10.6.0.12 may-chieu *\n\
              0 3c:22:fb:00:00:01 fd00::9 ten-may *\n",
        );
        DeviceNames::of(&leases, &[wire_name("truong.vn"), wire_name("lan")], None)
    }

    /// As a query brings it: labels of digits only are no matter there.
    fn wire_name(text: &str) -> Name {
        let mut wire = Vec::new();
        for label in text.split('.') {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label.as_bytes());
        }
        Name::from_normal(&wire).unwrap()
    }

    #[test]
    fn all_special_names_are_readable() {
        assert_eq!(SPECIAL.len(), NOWHERE.len() + 16 + 64 + 2);
    }

    #[test]
    fn the_schools_names_are_answered_by_family() {
        let own: &[(&str, &[&str])] = &[("lachan.home.arpa", &["10.0.0.1", "fd00::1", "10.0.0.2"])];
        for (qtype, expected) in [
            (1, "10.0.0.1 10.0.0.2"),
            (28, "fd00::1"),
            (16, "NODATA"),
            (65, "NODATA"),
        ] {
            assert_eq!(
                find(own, "lachan.home.arpa", qtype).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(
            find(own, "x.lachan.home.arpa", 1).as_deref(),
            Some("NXDOMAIN")
        );
        assert_eq!(
            find(&[("may-in", &["10.0.0.9"])], "may-in", 1).as_deref(),
            Some("10.0.0.9")
        );
    }

    #[test]
    fn devices_are_found_by_their_names_in_the_schools_domains_only() {
        for (name, qtype, expected) in [
            ("ten-may.lan", 1, Some("10.6.0.9")),
            ("ten-may.truong.vn", 28, Some("fd00::9")),
            ("ten-may", 1, Some("10.6.0.9")),
            ("ten-may.lan", 16, Some("NODATA")),
            ("x.ten-may.lan", 1, Some("NXDOMAIN")),
            ("ten-may.com", 1, None),
            ("vn", 1, None),
            ("vn.lan", 1, Some("10.6.0.11")),
        ] {
            assert_eq!(find(&[], name, qtype).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_schools_own_names_come_before_a_device_s() {
        let own: &[(&str, &[&str])] = &[("may-chieu.lan", &["10.0.0.20"])];
        assert_eq!(find(own, "may-chieu.lan", 1).as_deref(), Some("10.0.0.20"));
        let reverse = "20.0.0.10.in-addr.arpa";
        assert_eq!(find(own, reverse, 12).as_deref(), Some("may-chieu.lan"));
        assert_eq!(find(own, reverse, 1).as_deref(), Some("NODATA"));
    }

    #[test]
    fn the_name_of_an_address_is_told_only_to_those_who_may_learn_it() {
        for (name, expected) in [
            ("9.0.6.10.in-addr.arpa", "ten-may.truong.vn"),
            ("10.0.6.10.in-addr.arpa", "NXDOMAIN"),
            ("99.0.6.10.in-addr.arpa", "NXDOMAIN"),
        ] {
            assert_eq!(find(&[], name, 12).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn special_names_never_leave_the_school() {
        for (name, qtype, expected) in [
            ("localhost", 1, "127.0.0.1"),
            ("a.b.localhost", 28, "::1"),
            ("localhost", 15, "NODATA"),
            ("x.invalid", 1, "NXDOMAIN"),
            ("test", 1, "NXDOMAIN"),
            ("example.test", 1, "NXDOMAIN"),
            ("abc.onion", 1, "NXDOMAIN"),
            ("printer.local", 1, "NXDOMAIN"),
            ("nas.home.arpa", 1, "NXDOMAIN"),
            ("home.arpa", 6, "NODATA"),
            ("5.0.168.192.in-addr.arpa", 12, "NXDOMAIN"),
            ("168.192.in-addr.arpa", 12, "NODATA"),
            ("1.0.16.172.in-addr.arpa", 12, "NXDOMAIN"),
            ("1.0.31.172.in-addr.arpa", 12, "NXDOMAIN"),
            ("1.0.64.100.in-addr.arpa", 12, "NXDOMAIN"),
            ("1.0.0.127.in-addr.arpa", 12, "NXDOMAIN"),
            ("a.8.e.f.ip6.arpa", 12, "NXDOMAIN"),
            ("_dns.resolver.arpa", 64, "NODATA"),
            ("resolver.arpa", 1, "NODATA"),
            ("may-tinh-5", 1, "NXDOMAIN"),
            ("may-in.lan", 1, "NXDOMAIN"),
            ("lan", 6, "NXDOMAIN"),
            ("may-in.truong.vn", 1, "NXDOMAIN"),
            ("truong.vn", 1, "NODATA"),
        ] {
            assert_eq!(find(&[], name, qtype).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn public_names_are_not_answered_here() {
        for name in [
            ".",
            "vn",
            "com",
            "edu.vn",
            "localhost.vn",
            "notlocal",
            "8.8.8.8.in-addr.arpa",
            "1.0.15.172.in-addr.arpa",
            "1.0.32.172.in-addr.arpa",
            "1.0.128.100.in-addr.arpa",
            "invalid.vn",
            "1.1.168.193.in-addr.arpa",
            "in-addr.arpa",
            "arpa",
        ] {
            let expected = (name == "notlocal").then_some("NXDOMAIN");
            assert_eq!(find(&[], name, 1).as_deref(), expected, "{name}");
        }
    }
}
