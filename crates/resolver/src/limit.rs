//! Limits by device: queries, misses, and misses of one domain.
//!
//! ```text
//!  query ─► over its rate? ─► TC over UDP, REFUSED over a stream
//!  miss  ─► over its rate? ─► too many names of one domain? ─► REFUSED, with an error that says so
//! ```
//!
//! What needs nobody else is not limited by default: to refuse it costs as much as to give it. Misses
//! are, because they cost the line and the upstreams, which all share; a device that floods loses
//! only those, and goes on getting blocked, local and cached answers. Nobody is met with silence:
//! over UDP a client is told to come again over TCP, where it cannot flood, else it is refused.
//!
//! A device is an IPv4 address, or of IPv6, where it makes itself as many addresses as it likes, the
//! MAC that the neighbour table has; where that has none (a device behind a router, one that was
//! never answered yet), it is the address, and all of its net of 64 bits have together what so many
//! devices have as the settings say. An access point that hides a class behind one address is told
//! in the settings, with how many devices it stands for. The box itself is not limited.

mod buckets;
mod domains;
mod shape;

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;

use lachan_policy::{Level, Mac, Name, address_bits};

use crate::language::Language;
use crate::settings::RateLimit;
use crate::wire::Ede;
use crate::wire::query::Transport;
use buckets::{Allowance, Buckets};
use domains::{Domains, Miss, Outcome, Quota};

/// The limits.
#[derive(Debug)]
pub(crate) struct Limits {
    queries: Option<Buckets>,
    misses: Option<Buckets>,
    domains: Option<Domains>,
    /// Addresses that stand for several devices, disjoint and sorted.
    crowds: Vec<Crowd>,
    /// The quota of a single device.
    quota: Option<Quota>,
    /// For how many devices a net of IPv6 stands whose devices are not known; `None` for no limit.
    net: Option<u32>,
    /// The quota of such a net.
    net_quota: Option<Quota>,
    /// Keyed anew at every start, so that nobody can choose addresses or names that meet.
    hasher: RandomState,
}

/// A range of addresses, each of which stands for several devices.
#[derive(Debug, Clone, Copy)]
struct Crowd {
    first: u128,
    last: u128,
    devices: u32,
    quota: Option<Quota>,
}

/// Who asks, as far as limits go.
#[derive(Debug, Clone, Copy)]
struct Device {
    hash: u64,
    devices: u32,
    quota: Option<Quota>,
}

/// Who asks, the widest first: what the net may not, costs its addresses nothing, so that a flood
/// of addresses does not fill the tables either.
type Askers = [Option<Device>; 2];

/// A question that an upstream would be asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Who asks.
    pub(crate) address: IpAddr,
    /// The MAC behind an IPv6 address, where it is known.
    pub(crate) mac: Option<Mac>,
    /// For what.
    pub(crate) name: &'a Name,
    /// The level that opened the name.
    pub(crate) level: Level,
    /// Whether a list knows the name.
    pub(crate) is_listed: bool,
}

/// Why a miss is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Too many misses.
    Misses,
    /// Too many different names of one domain.
    Domain(Shape),
}

/// What the names of a domain look like that is contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Random, as of a flood.
    Random,
    /// Data in a tunnel, and this is the first that is refused.
    NewTunnel,
    /// Data in a tunnel that was found before.
    Tunnel,
}

impl Refused {
    /// What a person who looks is told. No code of RFC 8914 says it: *Prohibited* is for clients
    /// that may not ask at all.
    pub(crate) fn ede(self, language: Language) -> Ede {
        let text = match self {
            Self::Misses => language.of(
                "Lá Chắn: thiết bị này hỏi quá nhiều tên mới, thử lại sau",
                "Lá Chắn: this device asks for too many new names, try again later",
            ),
            Self::Domain(_) => language.of(
                "Lá Chắn: thiết bị này hỏi quá nhiều tên của một tên miền, thử lại sau",
                "Lá Chắn: this device asks for too many names of one domain, try again later",
            ),
        };
        Ede::new(Ede::OTHER, text)
    }

    /// Whether the name is part of a tunnel, as far as its looks tell.
    pub(crate) fn is_tunnel(self) -> bool {
        matches!(self, Self::Domain(Shape::NewTunnel | Shape::Tunnel))
    }
}

/// The error of a query over its rate, where it is refused.
pub(crate) fn over_rate(language: Language) -> Ede {
    let text = language.of(
        "Lá Chắn: thiết bị này hỏi quá nhiều, thử lại sau",
        "Lá Chắn: this device asks too much, try again later",
    );
    Ede::new(Ede::OTHER, text)
}

impl Limits {
    /// The limits of these settings.
    pub(crate) fn new(settings: &RateLimit) -> Self {
        let quota = |devices| Quota::new(settings.names_per_domain, devices);
        let mut crowds: Vec<Crowd> = settings
            .nat
            .iter()
            .map(|nat| Crowd {
                first: nat.subnet.first(),
                last: nat.subnet.last(),
                devices: nat.devices,
                quota: quota(nat.devices),
            })
            .collect();
        crowds.sort_by_key(|crowd| crowd.first);
        Self {
            queries: Buckets::new(settings.queries, settings.burst),
            misses: Buckets::new(settings.misses, settings.miss_burst),
            domains: quota(1).map(|_| Domains::new()),
            crowds,
            quota: quota(1),
            net: (settings.net_devices > 0).then_some(settings.net_devices),
            net_quota: quota(settings.net_devices),
            hasher: RandomState::new(),
        }
    }

    /// Whether a query is over the rate of its device at `now`, in seconds. A client on a stream
    /// may use twice as much: it came back because it was told to. `mac` tells the one behind an
    /// IPv6 address.
    pub(crate) fn is_over_rate(
        &self,
        address: IpAddr,
        mac: impl FnOnce() -> Option<Mac>,
        transport: Transport,
        now: impl FnOnce() -> u32,
    ) -> bool {
        let Some(queries) = &self.queries else {
            return false;
        };
        let allowance = match transport {
            Transport::Udp => Allowance::Once,
            Transport::Stream => Allowance::Twice,
        };
        let askers = self.askers(address, mac);
        if askers.iter().all(Option::is_none) {
            return false;
        }
        let now = now();
        let admits = |who: &Device| queries.admits(who.hash, who.devices, now, allowance);
        !askers.iter().flatten().all(admits)
    }

    /// Whether an upstream may be asked at `now`, in seconds, for the one who asks.
    ///
    /// # Errors
    /// [`Refused`]; the name is answered neither with data nor as if it had none.
    pub(crate) fn miss(&self, asked: &Asked<'_>, now: u32) -> Result<(), Refused> {
        let askers = self.askers(asked.address, || asked.mac);
        for device in askers.iter().flatten() {
            self.of_domain(*device, asked, now)?;
        }
        for device in askers.iter().flatten() {
            let admits =
                |misses: &Buckets| misses.admits(device.hash, device.devices, now, Allowance::Once);
            if !self.misses.as_ref().is_none_or(admits) {
                return Err(Refused::Misses);
            }
        }
        Ok(())
    }

    /// Containment by domain. Names of DNS itself (a scanner's reverse look-ups) and names that a
    /// person or the department opened are not counted; names that a list knows never look like
    /// data.
    fn of_domain(&self, device: Device, asked: &Asked<'_>, now: u32) -> Result<(), Refused> {
        let name = asked.name;
        let (Some(domains), Some(quota)) = (&self.domains, device.quota) else {
            return Ok(());
        };
        if is_opened(asked.level) || name.is_infrastructure() {
            return Ok(());
        }
        let domain = name.registrable();
        if domain == *name {
            return Ok(());
        }
        let miss = Miss {
            pair: self.hasher.hash_one((device.hash, domain.as_wire())),
            name: self.hasher.hash_one(name.as_wire()),
            is_heavy: !asked.is_listed && shape::is_heavy(name, domain.as_wire().len()),
        };
        match domains.count(miss, quota, now) {
            Outcome::Open => Ok(()),
            Outcome::Contained {
                is_tunnel,
                is_first,
            } => Err(Refused::Domain(match (is_tunnel, is_first) {
                (false, _) => Shape::Random,
                (true, true) => Shape::NewTunnel,
                (true, false) => Shape::Tunnel,
            })),
        }
    }

    /// Who asks; nobody for the box itself, behind which anybody may stand.
    fn askers(&self, address: IpAddr, mac: impl FnOnce() -> Option<Mac>) -> Askers {
        if address.is_loopback() {
            return [None; 2];
        }
        let bits = address_bits(address);
        let crowd = self.crowds.partition_point(|crowd| crowd.first <= bits);
        let crowd = crowd
            .checked_sub(1)
            .and_then(|index| self.crowds.get(index))
            .filter(|crowd| bits <= crowd.last);
        let makes_addresses = address.is_ipv6() && crowd.is_none();
        let mac = if makes_addresses { mac() } else { None };
        let net = self.net.filter(|_| makes_addresses && mac.is_none());
        let net = net.map(|devices| Device {
            // The upper half of an address.
            hash: self.hasher.hash_one((bits >> 64, "net")),
            devices,
            quota: self.net_quota,
        });
        let device = Device {
            hash: mac.map_or_else(
                || self.hasher.hash_one(bits),
                |mac| self.hasher.hash_one(mac.0),
            ),
            devices: crowd.map_or(1, |crowd| crowd.devices),
            quota: crowd.map_or(self.quota, |crowd| crowd.quota),
        };
        [net, Some(device)]
    }
}

/// Whether somebody vouches for the name.
const fn is_opened(level: Level) -> bool {
    matches!(
        level,
        Level::Help
            | Level::AlwaysOpen
            | Level::LessonPass
            | Level::LocalException
            | Level::DepartmentException
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Nat;
    use proptest::prelude::*;

    const PUPIL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 9));

    fn settings() -> RateLimit {
        RateLimit {
            queries: 10,
            burst: 20,
            misses: 5,
            miss_burst: 10,
            names_per_domain: 300,
            net_devices: 4,
            nat: vec![Nat {
                subnet: "10.0.7.0/24".parse().unwrap(),
                devices: 30,
            }],
        }
    }

    /// How many misses of different names pass in one second.
    fn misses(
        limits: &Limits,
        address: IpAddr,
        level: Level,
        is_listed: bool,
        names: impl Iterator<Item = String>,
    ) -> (usize, Option<Refused>) {
        let mut passed = 0;
        for text in names {
            let name = Name::from_text(&text).unwrap();
            let asked = Asked {
                address,
                mac: None,
                name: &name,
                level,
                is_listed,
            };
            match limits.miss(&asked, 1000) {
                Ok(()) => passed += 1,
                Err(refused) => return (passed, Some(refused)),
            }
        }
        (passed, None)
    }

    fn hosts(count: usize) -> impl Iterator<Item = String> {
        (0..count).map(|index| format!("h{index}.domain{index}.vn"))
    }

    #[test]
    fn queries_and_misses_have_buckets_of_their_own() {
        let limits = Limits::new(&settings());
        let open = misses(&limits, PUPIL, Level::Default, false, hosts(1000));
        assert_eq!(open, (10, Some(Refused::Misses)));
        let within =
            (0..1000).filter(|_| !limits.is_over_rate(PUPIL, || None, Transport::Udp, || 1000));
        assert_eq!(within.count(), 20);
        let more =
            (0..1000).filter(|_| !limits.is_over_rate(PUPIL, || None, Transport::Stream, || 1000));
        assert_eq!(more.count(), 20, "a client that came back over TCP");
    }

    #[test]
    fn an_access_point_counts_as_its_devices() {
        let limits = Limits::new(&settings());
        for (address, expected) in [("10.0.7.1", 300), ("10.0.7.255", 300), ("10.0.8.1", 10)] {
            let address = address.parse().unwrap();
            let (passed, _) = misses(&limits, address, Level::Default, false, hosts(1000));
            assert!(
                (expected..=expected + expected / 50 + 1).contains(&passed),
                "{passed}"
            );
        }
    }

    #[test]
    fn the_box_itself_is_not_limited() {
        let limits = Limits::new(&settings());
        for address in ["127.0.0.1", "::1"] {
            let address = address.parse().unwrap();
            let open = misses(&limits, address, Level::Default, false, hosts(1000));
            assert_eq!(open, (1000, None));
            assert!((0..1000).all(|_| !limits.is_over_rate(
                address,
                || None,
                Transport::Udp,
                || 7
            )));
        }
    }

    /// How many misses of so many addresses of one net pass, one of each, and how many queries.
    fn flood(limits: &Limits, mac: Option<Mac>) -> (usize, usize) {
        let name = Name::from_text("hoc.vn").unwrap();
        let address = |host: u128| {
            let net = 0x2001_0db8_0000_0007_u128 << 64;
            IpAddr::from(std::net::Ipv6Addr::from(net | host))
        };
        let passes = |host: &u128| {
            let asked = Asked {
                address: address(*host),
                mac,
                name: &name,
                level: Level::Default,
                is_listed: false,
            };
            limits.miss(&asked, 1000).is_ok()
        };
        let asks =
            |host: &u128| !limits.is_over_rate(address(*host), || mac, Transport::Udp, || 1000);
        (
            (1..=5000).filter(passes).count(),
            (1..=5000).filter(asks).count(),
        )
    }

    #[test]
    fn a_device_has_one_bucket_whatever_addresses_of_ipv6_it_makes_itself() {
        let limits = Limits::new(&settings());
        let mac = Some(Mac([2, 0, 0, 0, 0, 9]));
        assert_eq!(flood(&limits, mac), (10, 20));
        assert_eq!(flood(&limits, mac), (0, 0));
        // Its neighbour in the same net loses nothing by it.
        assert_eq!(flood(&limits, Some(Mac([2, 0, 0, 0, 0, 8]))), (10, 20));
    }

    #[test]
    fn a_net_whose_devices_are_not_known_is_bounded_as_so_many_devices() {
        let limits = Limits::new(&settings());
        let (misses, queries) = flood(&limits, None);
        assert!((40..=42).contains(&misses), "{misses}");
        assert!((80..=83).contains(&queries), "{queries}");
        // Each address has its own bound within that.
        let limits = Limits::new(&settings());
        let alone = "2001:db8:0:9::1".parse().unwrap();
        let (passed, _) = self::misses(&limits, alone, Level::Default, false, hosts(1000));
        assert_eq!(passed, 10);
    }

    #[test]
    fn a_net_is_not_bounded_where_the_settings_say_so() {
        let limits = Limits::new(&RateLimit {
            net_devices: 0,
            ..settings()
        });
        assert_eq!(flood(&limits, None).0, 5000);
    }

    #[test]
    fn an_access_point_of_ipv6_counts_as_its_devices_by_address() {
        let mut settings = settings();
        settings.nat.push(Nat {
            subnet: "2001:db8:0:7::/64".parse().unwrap(),
            devices: 30,
        });
        let limits = Limits::new(&settings);
        let mac = Some(Mac([2, 0, 0, 0, 0, 9]));
        assert_eq!(flood(&limits, mac), (5000, 5000));
    }

    #[test]
    fn limits_can_be_switched_off_one_by_one() {
        let limits = Limits::new(&RateLimit {
            queries: 0,
            misses: 0,
            names_per_domain: 0,
            ..settings()
        });
        let flood = (0..5000).map(|index| format!("{index}x.vidu.vn"));
        let open = misses(&limits, PUPIL, Level::Default, false, flood);
        assert_eq!(open, (5000, None));
        assert!((0..5000).all(|_| !limits.is_over_rate(PUPIL, || None, Transport::Udp, || 7)));
    }

    #[test]
    fn new_addresses_do_not_open_a_domain_again() {
        let limits = Limits::new(&RateLimit {
            misses: 0,
            net_devices: 1,
            ..settings()
        });
        let passed = random(5000, "vidu.vn").enumerate().filter(|(host, text)| {
            let name = Name::from_text(text).unwrap();
            let host = u16::try_from(*host).unwrap();
            let asked = Asked {
                address: std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 0, 0, 1, host).into(),
                mac: None,
                name: &name,
                level: Level::Default,
                is_listed: false,
            };
            limits.miss(&asked, 1000).is_ok()
        });
        let passed = passed.count();
        assert!((200..450).contains(&passed), "{passed}");
    }

    /// Only what counts domains.
    fn contained(level: Level, is_listed: bool, names: impl Iterator<Item = String>) -> usize {
        let limits = Limits::new(&RateLimit {
            misses: 0,
            ..settings()
        });
        misses(&limits, PUPIL, level, is_listed, names).0
    }

    fn random(count: usize, domain: &str) -> impl Iterator<Item = String> {
        (0..count).map(move |index| format!("k{}q{index}.{domain}", index * 7919 % 10_007))
    }

    /// As dnscat2 writes: hexadecimal digits, by a step that makes them look like chance.
    fn tunnelled(count: u64, domain: &str) -> impl Iterator<Item = String> {
        (0..count).map(move |index| {
            let chance = |step: u64| (index + step).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            format!("{:016x}{:016x}.t.{domain}", chance(1), chance(7))
        })
    }

    #[test]
    fn a_flood_of_random_names_of_one_domain_is_contained() {
        let passed = contained(Level::Default, false, random(5000, "vidu.vn"));
        assert!((200..450).contains(&passed), "{passed}");
        let known = contained(Level::Tier, true, random(5000, "vnexpress.net"));
        assert!(
            (200..450).contains(&known),
            "listed names are attacked, too: {known}"
        );
    }

    #[test]
    fn a_tunnel_is_found_sooner_and_told_once() {
        let limits = Limits::new(&RateLimit {
            misses: 0,
            ..settings()
        });
        let names = tunnelled(5000, "vidu.net");
        let (passed, refused) = misses(&limits, PUPIL, Level::Default, false, names);
        assert!((50..200).contains(&passed), "{passed}");
        assert_eq!(refused, Some(Refused::Domain(Shape::NewTunnel)));
        let names = tunnelled(5000, "vidu.net");
        let (passed, refused) = misses(&limits, PUPIL, Level::Default, false, names);
        assert_eq!((passed, refused), (0, Some(Refused::Domain(Shape::Tunnel))));
    }

    #[test]
    fn a_domain_on_a_list_is_no_tunnel_however_its_names_look() {
        let passed = contained(Level::Tier, true, tunnelled(5000, "vidu.net"));
        assert!(passed >= 200, "{passed}");
    }

    #[test]
    fn what_somebody_vouches_for_is_not_contained() {
        for level in [
            Level::Help,
            Level::AlwaysOpen,
            Level::LessonPass,
            Level::LocalException,
            Level::DepartmentException,
        ] {
            let passed = contained(level, false, tunnelled(2000, "vidu.net"));
            assert_eq!(passed, 2000, "{level:?}");
        }
    }

    #[test]
    fn looking_up_addresses_is_not_contained() {
        let reverse =
            (0..2000).map(|index| format!("{}.{}.0.10.in-addr.arpa", index % 256, index / 256));
        assert_eq!(contained(Level::Default, false, reverse), 2000);
    }

    #[test]
    fn a_page_with_many_hosts_of_one_network_is_not_contained() {
        let hosts = (0..80).flat_map(|index| {
            ["fbcdn.net", "googlevideo.com", "tiktokcdn.com"]
                .map(|domain| format!("r{index}---sn-8qj-n{index}e.{domain}"))
        });
        assert_eq!(contained(Level::Default, false, hosts), 240);
    }

    proptest! {
        #[test]
        fn no_address_or_name_upsets_it(
            address in any::<u128>(),
            label in proptest::collection::vec(any::<u8>(), 1..63),
            now in any::<u32>(),
        ) {
            let limits = Limits::new(&settings());
            let address = IpAddr::V6(address.into()).to_canonical();
            let mut wire = vec![u8::try_from(label.len()).unwrap()];
            wire.extend(label);
            wire.extend(b"\x04vidu\x02vn");
            let name = Name::from_normal(&wire).unwrap();
            let asked = Asked {
                address,
                mac: None,
                name: &name,
                level: Level::Default,
                is_listed: false,
            };
            prop_assert!(limits.miss(&asked, now).is_ok());
        }
    }
}
