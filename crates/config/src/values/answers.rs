//! What `[resolver]` says of answers: keys of Encrypted Client Hello, local records, limits by
//! device.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use lachan_policy::{Name, Subnet, Tier};

/// Most records of one kind of a local name; they must fit one UDP answer.
pub const MAX_LOCAL_RECORDS: usize = 16;
/// Longest text of a local name, in bytes: a DKIM key fits.
pub const MAX_TEXT: usize = 1000;

/// Default rate of all queries: no limit. An answer from the box costs no more than a refusal.
pub const DEFAULT_QUERIES_PER_SECOND: u32 = 0;
/// Default burst of queries, where their rate is limited: ten pages at once.
pub const DEFAULT_BURST: u32 = 2000;
/// Default rate of questions to upstreams: a page has a hundred hosts, and most are remembered.
pub const DEFAULT_MISSES_PER_SECOND: u32 = 30;
/// Default burst of questions to upstreams: a computer that starts with all its programs.
pub const DEFAULT_MISS_BURST: u32 = 1000;
/// Default number of different names of one domain in five minutes: three times what the busiest
/// delivery network shows a device.
pub const DEFAULT_NAMES_PER_DOMAIN: u32 = 300;
/// Rates: from no limit to more than a box can answer.
pub const RATE: RangeInclusive<u32> = 0..=1_000_000;
/// Bursts: one is the least that lets anything through.
pub const BURST: RangeInclusive<u32> = 1..=1_000_000;
/// Names of a domain: from no limit to one that hardly limits.
pub const NAMES_PER_DOMAIN: RangeInclusive<u32> = 0..=100_000;
/// Default number of devices that a net of IPv6 stands for whose devices cannot be told apart: those
/// of an access point or a room, with some to spare.
pub const DEFAULT_NET_DEVICES: u32 = 64;
/// Devices of such a net: from no limit to a school's.
pub const NET_DEVICES: RangeInclusive<u32> = 0..=10_000;
/// Devices behind an address: one needs no entry, and no access point serves more than a school.
pub const NAT_DEVICES: RangeInclusive<u32> = 2..=10_000;
/// Most entries for access points.
pub const MAX_NAT: usize = 1000;

/// What happens to the keys of Encrypted Client Hello, which hide from the school which site a
/// browser opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ech {
    /// They are taken out of answers, but for the devices of these tiers.
    Strip(Vec<Tier>),
    /// They are left in.
    Keep,
}

impl Default for Ech {
    fn default() -> Self {
        Self::Strip(Vec::new())
    }
}

impl Ech {
    /// The tiers whose devices get the keys.
    #[must_use]
    pub fn kept_for(&self) -> Vec<Tier> {
        match self {
            Self::Strip(tiers) => tiers.clone(),
            Self::Keep => Tier::ALL.to_vec(),
        }
    }
}

/// Whether names have HTTPS and SVCB records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpsRecords {
    /// They have. The default: browsers reach a site faster with them.
    #[default]
    Keep,
    /// They have none.
    Nodata,
}

/// `[[resolver.local]]`: a name answered here, for every tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalName {
    /// The name.
    pub name: Name,
    /// Its addresses, each once.
    pub addresses: Vec<IpAddr>,
    /// Its other records. There is something in one of the two.
    pub records: Vec<LocalRecord>,
}

/// A record of a local name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalRecord {
    /// `alias`: the name stands for another local name, and has nothing else.
    Alias(Name),
    /// `pointer`: the name that a reverse name leads to.
    Pointer(Name),
    /// One of `texts`.
    Text(String),
    /// One of `mail`.
    Mail {
        /// Lower ones are tried first.
        preference: u16,
        /// The mail server.
        host: Name,
    },
    /// One of `services`.
    Service {
        /// Lower ones are tried first.
        priority: u16,
        /// Its share among those of one priority.
        weight: u16,
        /// The port.
        port: u16,
        /// The server.
        target: Name,
    },
}

/// `[resolver.rate-limit]`: limits by device; 0 is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Queries a second, within [`RATE`].
    pub queries_per_second: u32,
    /// Queries at once, within [`BURST`].
    pub burst: u32,
    /// Questions to upstreams a second, within [`RATE`].
    pub misses_per_second: u32,
    /// Questions to upstreams at once, within [`BURST`].
    pub miss_burst: u32,
    /// Different names of one domain asked of upstreams in five minutes, within
    /// [`NAMES_PER_DOMAIN`].
    pub names_per_domain: u32,
    /// Devices that a net of IPv6 (64 bits) stands for, as far as the neighbour table does not tell
    /// them apart, within [`NET_DEVICES`].
    pub net_devices: u32,
    /// Addresses that stand for several devices; no two overlap.
    pub nat: Vec<Nat>,
}

/// `[[resolver.rate-limit.nat]]`: addresses that each stand for several devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nat {
    /// The addresses.
    pub address: Subnet,
    /// How many devices stand behind each, within [`NAT_DEVICES`].
    pub devices: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            queries_per_second: DEFAULT_QUERIES_PER_SECOND,
            burst: DEFAULT_BURST,
            misses_per_second: DEFAULT_MISSES_PER_SECOND,
            miss_burst: DEFAULT_MISS_BURST,
            names_per_domain: DEFAULT_NAMES_PER_DOMAIN,
            net_devices: DEFAULT_NET_DEVICES,
            nat: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_within_its_bounds() {
        assert!(RATE.contains(&DEFAULT_QUERIES_PER_SECOND));
        assert!(RATE.contains(&DEFAULT_MISSES_PER_SECOND));
        assert!(BURST.contains(&DEFAULT_BURST));
        assert!(BURST.contains(&DEFAULT_MISS_BURST));
        assert!(NET_DEVICES.contains(&DEFAULT_NET_DEVICES));
        assert!(NAMES_PER_DOMAIN.contains(&DEFAULT_NAMES_PER_DOMAIN));
    }
}
