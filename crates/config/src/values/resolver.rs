//! `[resolver]`: how names are answered.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use lachan_policy::{Name, Tier};

use super::answers::{Ech, HttpsRecords, LocalName, RateLimit};
use super::cache::Cache;
use super::encrypted::{DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_CONNECTIONS_PER_CLIENT, Encrypted};
use super::upstream::{Dnssec, ForwardZone, Mode, RebindProtection, Upstream, default_upstreams};

/// The port of DNS (RFC 1035 §4.2), for upstreams written without one.
pub const DNS_PORT: u16 = 53;

/// Default listeners: every address of the box, both families, since devices find the box by DHCP
/// or router advertisement and either may be used. The firewall decides who reaches it.
pub const DEFAULT_LISTEN: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), DNS_PORT),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), DNS_PORT),
];
/// Most listeners: more addresses than any school's box has.
pub const MAX_LISTEN: usize = 64;

/// Default wait for one upstream before its silence counts as a failure: long enough for a slow
/// ADSL line and a name that nobody asked for before. Others are asked meanwhile.
pub const DEFAULT_UPSTREAM_TIMEOUT: Duration = Duration::from_millis(1500);
/// Below 100 ms a far upstream never answers in time; above 10 s no client is waiting any more.
pub const UPSTREAM_TIMEOUT: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(10);

/// Default most questions in flight to upstreams: a school of 2,000 devices at first bell.
pub const DEFAULT_MAX_MISSES: u32 = 512;
/// Fewer than 16 starve one classroom; more than 65,536 are no school.
pub const MAX_MISSES: RangeInclusive<u32> = 16..=65_536;

/// Default cache: a school's working set several times over (about 300,000 answers), on a box of 1 GiB.
pub const DEFAULT_CACHE_SIZE: u64 = 32 << 20;
/// From a cache that is hardly one to what a box of 2 GiB can still spare.
pub const CACHE_SIZE: RangeInclusive<u64> = 1 << 20..=1 << 30;

/// Default lifetime of a blocked answer: a site that is opened works within half a minute, and a
/// page that asks again and again does not ask the box each time.
pub const DEFAULT_BLOCK_TTL: Duration = Duration::from_secs(30);
/// At most a minute, so that what a teacher opens is open in this lesson.
pub const BLOCK_TTL: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);

/// Most block addresses: one of each family, and one to spare of each.
pub const MAX_BLOCK_ADDRESSES: usize = 4;

/// Default wait on an idle TCP connection: RFC 7766 §6.2.3 asks for "a few seconds" under load.
pub const DEFAULT_TCP_IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// Below a second connections cannot be used twice; above two minutes they are only hoarded.
pub const TCP_IDLE_TIMEOUT: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(120);

/// Default local domains, which are never asked upstream: `home.arpa` (RFC 8375), `internal`
/// (reserved by ICANN for private use, 2024), and `lan`, which most routers give out.
pub const DEFAULT_LOCAL_DOMAINS: [&str; 3] = ["home.arpa", "internal", "lan"];
/// Most local domains.
pub const MAX_LOCAL_DOMAINS: usize = 32;
/// Most local names: printers, servers and access points of the largest school.
pub const MAX_LOCAL: usize = 1000;
/// Most addresses of a local name; they must fit one UDP answer.
pub const MAX_LOCAL_ADDRESSES: usize = 16;

/// Most lease files: a DHCP server for each family and a few relays to spare.
pub const MAX_LEASE_FILES: usize = 8;

/// Default tier of devices in no group: primary school, closed by default without being useless.
pub const DEFAULT_UNKNOWN_TIER: Tier = Tier::TieuHoc;

/// `[resolver]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolver {
    /// Where UDP and TCP listeners stand; 1 to [`MAX_LISTEN`]. No two want the same port of one
    /// address, where `[::]` means IPv6 only: such a socket must be bound with `IPV6_V6ONLY`.
    /// Port 0 asks the system for a free one.
    pub listen: Vec<SocketAddr>,
    /// Whether the upstreams are asked or the name servers from the root down.
    pub mode: Mode,
    /// Servers that are asked: encrypted ones first, of those alike the fastest, of those about as
    /// fast the first written. None means that only blocked, local and cached names are answered.
    /// Never one of the listeners.
    pub upstreams: Vec<Upstream>,
    /// Domains with upstreams of their own. No domain twice.
    pub forward: Vec<ForwardZone>,
    /// Who checks DNSSEC signatures.
    pub dnssec: Dnssec,
    /// Domains whose signatures are not checked.
    pub dnssec_skip: Vec<Name>,
    /// Whether inside addresses for outside names are refused.
    pub rebind_protection: RebindProtection,
    /// Domains that may have inside addresses all the same.
    pub rebind_allow: Vec<Name>,
    /// Certificate authorities (PEM files) that encrypted upstreams may have beside the system's.
    pub ca_files: Vec<PathBuf>,
    /// How long one upstream may be silent, within [`UPSTREAM_TIMEOUT`].
    pub upstream_timeout: Duration,
    /// Most questions in flight to upstreams, within [`MAX_MISSES`].
    pub max_misses: u32,
    /// Bytes the cache may hold, within [`CACHE_SIZE`].
    pub cache_size: u64,
    /// What else is said of the cache.
    pub cache: Cache,
    /// How a blocked name is answered where nothing is said of the tier.
    pub block_answer: BlockAnswer,
    /// By [`Tier::index`]: how a blocked name is answered for that tier.
    pub block_answer_by_tier: [BlockAnswer; Tier::ALL.len()],
    /// Lifetime of a blocked answer, within [`BLOCK_TTL`].
    pub block_ttl: Duration,
    /// How long a TCP connection may stay idle, within [`TCP_IDLE_TIMEOUT`].
    pub tcp_idle_timeout: Duration,
    /// Most connections open at once, over TCP and encrypted, within
    /// [`super::encrypted::MAX_CONNECTIONS`].
    pub max_tcp_connections: u32,
    /// Most of them from one address, within
    /// [`super::encrypted::MAX_CONNECTIONS_PER_CLIENT`].
    pub max_connections_per_client: u32,
    /// The encrypted listeners.
    pub encrypted: Encrypted,
    /// Domains whose names are answered here or not at all, never asked upstream.
    pub local_domains: Vec<Name>,
    /// Names answered here. No name twice.
    pub local: Vec<LocalName>,
    /// What happens to the keys of Encrypted Client Hello.
    pub ech: Ech,
    /// Whether names have HTTPS and SVCB records.
    pub https_records: HttpsRecords,
    /// Limits by device.
    pub rate_limit: RateLimit,
    /// The lease files of DHCP servers on this box, which give devices names; at most
    /// [`MAX_LEASE_FILES`].
    pub lease_files: Vec<PathBuf>,
    /// What devices in no group get.
    pub unknown_devices: UnknownDevices,
}

impl Default for Resolver {
    fn default() -> Self {
        // Each default is a name; a test holds that none is lost here.
        let domains = DEFAULT_LOCAL_DOMAINS
            .iter()
            .filter_map(|name| Name::from_text(name).ok());
        Self {
            listen: DEFAULT_LISTEN.to_vec(),
            mode: Mode::default(),
            upstreams: default_upstreams(),
            forward: Vec::new(),
            dnssec: Dnssec::default(),
            dnssec_skip: Vec::new(),
            rebind_protection: RebindProtection::default(),
            rebind_allow: Vec::new(),
            ca_files: Vec::new(),
            upstream_timeout: DEFAULT_UPSTREAM_TIMEOUT,
            max_misses: DEFAULT_MAX_MISSES,
            cache_size: DEFAULT_CACHE_SIZE,
            cache: Cache::default(),
            block_answer: BlockAnswer::default(),
            block_answer_by_tier: Default::default(),
            block_ttl: DEFAULT_BLOCK_TTL,
            tcp_idle_timeout: DEFAULT_TCP_IDLE_TIMEOUT,
            max_tcp_connections: DEFAULT_MAX_CONNECTIONS,
            max_connections_per_client: DEFAULT_MAX_CONNECTIONS_PER_CLIENT,
            encrypted: Encrypted::default(),
            local_domains: domains.collect(),
            local: Vec::new(),
            ech: Ech::default(),
            https_records: HttpsRecords::default(),
            rate_limit: RateLimit::default(),
            lease_files: Vec::new(),
            unknown_devices: UnknownDevices::default(),
        }
    }
}

/// How a blocked name is answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BlockAnswer {
    /// The name does not exist. The default: every client understands it and gives up at once.
    #[default]
    Nxdomain,
    /// The name exists and has no such record.
    Nodata,
    /// These addresses stand for the name; 1 to [`MAX_BLOCK_ADDRESSES`]. A family without an
    /// address gets no data. Off by default until the box has a block page to show.
    Address(Vec<IpAddr>),
}

/// `[resolver.unknown-devices]`: what devices in no group get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownDevices {
    /// Their tier.
    pub tier: Tier,
}

impl Default for UnknownDevices {
    fn default() -> Self {
        Self {
            tier: DEFAULT_UNKNOWN_TIER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_default_local_domain_is_lost() {
        assert_eq!(
            Resolver::default().local_domains.len(),
            DEFAULT_LOCAL_DOMAINS.len()
        );
    }

    #[test]
    fn every_default_is_within_its_bounds() {
        assert!(UPSTREAM_TIMEOUT.contains(&DEFAULT_UPSTREAM_TIMEOUT));
        assert!(MAX_MISSES.contains(&DEFAULT_MAX_MISSES));
        assert!(CACHE_SIZE.contains(&DEFAULT_CACHE_SIZE));
        assert!(BLOCK_TTL.contains(&DEFAULT_BLOCK_TTL));
        assert!(TCP_IDLE_TIMEOUT.contains(&DEFAULT_TCP_IDLE_TIMEOUT));
    }
}
