//! DHCP leases: which name a device gave itself when it asked for an address, read from the files
//! of the three servers a school has (dnsmasq, Kea, ISC dhcpd). A parser of outside bytes: what
//! cannot be read is left out, nothing fails.
//!
//! The names are the devices' own words. A group is never made of one alone; see
//! [`Leases::macs_named`].

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use lachan_policy::{Mac, Name};

use super::{dnsmasq, isc, kea};

/// Most bytes of one file that are read. Kea appends to its file until it is cleaned up.
pub const MAX_LEASE_BYTES: u64 = 16 << 20;

/// Most leases that are kept.
pub const MAX_LEASES: usize = 16_384;

/// One address that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The address.
    pub address: IpAddr,
    /// Whose it is, where the server knows.
    pub mac: Option<Mac>,
    /// The name the device gave itself, if it is one: a label in lower case.
    pub name: Option<String>,
    /// Unix seconds when it ends; `None` for never.
    pub until: Option<i64>,
}

/// What one line or block of a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// The address is given out.
    Given(Lease),
    /// It was, and is free again.
    Freed(IpAddr),
}

/// The leases of all files, one for each address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leases {
    all: BTreeMap<IpAddr, Lease>,
}

impl Leases {
    /// Adds what a file says; the server it is of is seen from its form. In one file the later
    /// word about an address counts.
    pub fn read(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut take = |entry| self.take(entry);
        if kea::is_it(&text) {
            kea::read(&text, &mut take);
        } else if isc::is_it(&text) {
            isc::read(&text, &mut take);
        } else {
            dnsmasq::read(&text, &mut take);
        }
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Freed(address) => {
                self.all.remove(&address);
            }
            Entry::Given(lease) => {
                if self.all.len() < MAX_LEASES || self.all.contains_key(&lease.address) {
                    self.all.insert(lease.address, lease);
                }
            }
        }
    }

    /// All of them, by address.
    pub fn iter(&self) -> impl Iterator<Item = &Lease> {
        self.all.values()
    }

    /// The hardware addresses of the devices that call themselves so; usually one.
    ///
    /// A person who names a device for a group means the one that has the name now. A device says
    /// its name itself, so a group must be made of the address that is found here: a pupil may call
    /// a phone whatever a teacher's is called.
    #[must_use]
    pub fn macs_named(&self, name: &str) -> Vec<Mac> {
        let Some(name) = label(name) else {
            return Vec::new();
        };
        let named = self
            .iter()
            .filter(|lease| lease.name.as_ref() == Some(&name));
        let macs: BTreeSet<Mac> = named.filter_map(|lease| lease.mac).collect();
        macs.into_iter().collect()
    }

    /// What a device calls itself.
    #[must_use]
    pub fn name_of(&self, mac: Mac) -> Option<&str> {
        let mut own = self.iter().filter(|lease| lease.mac == Some(mac));
        own.find_map(|lease| lease.name.as_deref())
    }

    /// The leases that have not ended; all of them while the time is not known.
    pub(super) fn current(&self, now: Option<i64>) -> impl Iterator<Item = &Lease> {
        let is_over = move |lease: &Lease| {
            let end = lease.until.zip(now);
            end.is_some_and(|(until, now)| until <= now)
        };
        self.iter().filter(move |lease| !is_over(lease))
    }
}

/// A device's name as a label: what stands before the first dot, if that can stand in DNS.
///
/// Left out are names by which machines look for services of their network: a device that calls
/// itself `wpad` would become every browser's proxy.
pub(super) fn label(text: &str) -> Option<String> {
    const TAKEN: [&str; 4] = ["wpad", "isatap", "localhost", "broadcasthost"];
    let first = text.split('.').next()?;
    let name = Name::from_text(&format!("{first}.lan")).ok()?;
    let mut labels = name.labels();
    let label = std::str::from_utf8(labels.next()?).ok()?;
    let is_one = labels.count() == 1;
    (is_one && !TAKEN.contains(&label)).then(|| label.to_owned())
}

/// A hardware address as servers write it, if it is one device's.
pub(super) fn mac(text: &str) -> Option<Mac> {
    let mac: Mac = text.parse().ok()?;
    mac.is_of_one_device().then_some(mac)
}

/// An end of 0, or one past all reason, is none.
pub(super) fn until(seconds: i64) -> Option<i64> {
    (1..=253_402_300_799).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `ADDRESS MAC NAME UNTIL` of each lease, `-` for what is missing.
    #[track_caller]
    pub(in super::super) fn check(text: &str, expected: &[&str]) {
        let mut leases = Leases::default();
        leases.read(text.as_bytes());
        let shown = |lease: &Lease| {
            let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
            format!(
                "{} {} {} {}",
                lease.address,
                or_dash(lease.mac.map(|mac| mac.to_string())),
                or_dash(lease.name.clone()),
                or_dash(lease.until.map(|until| until.to_string())),
            )
        };
        assert_eq!(leases.iter().map(shown).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn names_become_labels() {
        for (text, expected) in [
            ("Ten-May", Some("ten-may")),
            ("ten-may.lan", Some("ten-may")),
            ("DESKTOP_1", Some("desktop_1")),
            ("123", Some("123")),
            ("máy-in", Some("xn--my-in-xqa")),
            ("*", None),
            ("", None),
            ("a b", None),
            ("wpad", None),
            ("WPAD.lan", None),
            ("localhost", None),
        ] {
            assert_eq!(label(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_device_is_found_by_its_name_and_two_are_two() {
        let mut leases = Leases::default();
        leases.read(
            b"0 3c:22:fb:00:00:01 10.0.0.1 may-1 *\n0 3c:22:fb:00:00:01 10.0.0.2 may-1 *\n\
              0 3c:22:fb:00:00:03 10.0.0.3 may-2 *\n0 3c:22:fb:00:00:04 10.0.0.4 may-2 *\n",
        );
        assert_eq!(
            leases.macs_named("May-1"),
            [Mac([0x3c, 0x22, 0xfb, 0, 0, 1])]
        );
        assert_eq!(leases.macs_named("may-2").len(), 2);
        assert_eq!(leases.macs_named("may-3"), []);
        assert_eq!(
            leases.name_of(Mac([0x3c, 0x22, 0xfb, 0, 0, 4])),
            Some("may-2")
        );
    }

    #[test]
    fn a_lease_ends_when_its_time_is_over_and_only_if_that_is_known() {
        let mut leases = Leases::default();
        leases.read(b"100 3c:22:fb:00:00:01 10.0.0.1 a *\n0 3c:22:fb:00:00:02 10.0.0.2 b *\n");
        let current = |now| leases.current(now).count();
        assert_eq!(
            (current(Some(99)), current(Some(100)), current(None)),
            (2, 1, 2)
        );
    }

    #[test]
    fn a_file_without_end_is_bounded() {
        let text = (0..MAX_LEASES + 10)
            .map(|n| {
                format!(
                    "0 3c:22:fb:00:00:01 10.{}.{}.{} a *\n",
                    n >> 16,
                    n >> 8 & 255,
                    n & 255
                )
            })
            .collect::<String>();
        let mut leases = Leases::default();
        leases.read(text.as_bytes());
        assert_eq!(leases.iter().count(), MAX_LEASES);
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            Leases::default().read(&bytes);
        }

        #[test]
        fn no_text_upsets_the_readers(
            head in prop_oneof![
                Just(""), Just("lease 10.0.0.1 {\n"), Just("address,hwaddr,expire,hostname,state\n"),
            ],
            text in "[0-9a-f:.,{}; \\n\"/lease-]{0,200}",
        ) {
            Leases::default().read(format!("{head}{text}").as_bytes());
        }
    }
}
