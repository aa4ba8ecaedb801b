//! What the resolver is told: plain values with their defaults. Reading files and checking what
//! people wrote is `config`'s affair.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use lachan_policy::{Name, Subnet, Tier};

use crate::code::RequestKey;
use crate::language::Language;
use crate::upstream::{Forwarding, Upstream};

/// How long an upstream may be silent before that counts as a failure. Recursive resolvers rarely
/// need more than a second for a name nobody asked for before.
pub const UPSTREAM_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long a client waits in all before it gets SERVFAIL: under the 2 s after which stub
/// resolvers begin to ask again.
pub const TOTAL_TIMEOUT: Duration = Duration::from_millis(1800);
/// Questions under way to upstreams at once.
pub const MAX_MISSES: usize = 512;
/// Memory of the cache, its index included: about 120,000 answers.
pub const CACHE_BYTES: usize = 32 << 20;
/// How long an answer is kept beyond its lifetime, to be served while the upstreams fail: over a
/// weekend (RFC 8767 §5 suggests one to three days).
pub const STALE_FOR: Duration = Duration::from_secs(3 * 86_400);
/// Lifetime of a blocked answer: what a teacher opens is open within it.
pub const BLOCK_TTL: Duration = Duration::from_secs(30);
/// The most [`Settings::block_ttl`] may be.
pub const MAX_BLOCK_TTL: Duration = Duration::from_secs(60);
/// Highest TTL given to clients, so that what a timetable closes does not stay open for a day in
/// a device's own cache.
pub const MAX_TTL: Duration = Duration::from_secs(3600);
/// Misses a second of one device: a page has a hundred hosts at most, and most are in the cache.
pub const MISSES_PER_SECOND: u32 = 30;
/// Misses of one device at once: a computer that starts with all its programs, asking three types
/// of every name.
pub const MISS_BURST: u32 = 1000;
/// Queries of one device at once, where their rate is limited.
pub const BURST: u32 = 2000;
/// Different names of one domain that one device may miss in five minutes; the reasons stand in
/// `limit/shape.rs`.
pub const NAMES_PER_DOMAIN: u32 = 300;
/// Devices that a net of IPv6 stands for whose devices cannot be told apart: an access point's, and
/// a room's with some to spare.
pub const NET_DEVICES: u32 = 64;
/// How long a TCP connection may be idle (RFC 7766 §6.2.3 asks for a few seconds).
pub const TCP_IDLE: Duration = Duration::from_secs(10);
/// How long an encrypted connection may be idle: a phone that looks at a page now and then keeps its
/// own, since a handshake costs it a quarter of a second and us a signature.
pub const ENCRYPTED_IDLE: Duration = Duration::from_secs(30);
/// How long half a message may wait for its other half: several retransmissions on a bad line.
pub const SLOW: Duration = Duration::from_secs(5);
/// Connections in all: one for each device of the largest school. Each holds one descriptor.
pub const MAX_CONNECTIONS: usize = 2048;
/// Connections of one client address: a Wi-Fi router that hides a whole class behind it.
pub const MAX_CONNECTIONS_PER_CLIENT: usize = 256;
/// Questions of one connection that may wait for upstreams: a browser opening its tabs.
pub const MAX_UNDER_WAY: usize = 64;

/// Threads for each address that answer over UDP. One answers a hundred thousand queries a second,
/// two thousand devices ask some hundreds.
const MAX_UDP_THREADS: usize = 4;

/// What the resolver runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it listens, over UDP and TCP. Port 0 takes a free one, the same for both.
    pub listen: Vec<SocketAddr>,
    /// Whom it asks; of those that answer about as fast the first is preferred, and an encrypted
    /// one to any that is not.
    pub upstreams: Vec<Upstream>,
    /// Where answers come from beside that, and how far they are trusted.
    pub forwarding: Forwarding,
    /// How long an upstream may be silent before that counts as a failure.
    pub upstream_timeout: Duration,
    /// How long a client waits in all for the upstreams.
    pub total_timeout: Duration,
    /// Questions under way to upstreams at once. Those beyond it get SERVFAIL at once.
    pub max_misses: usize,
    /// Bytes the cache may hold.
    pub cache_bytes: usize,
    /// How long an answer past its lifetime may be served while the upstreams fail; zero for not
    /// at all.
    pub stale_for: Duration,
    /// Whether popular answers are asked for again before they end.
    pub prefetch: bool,
    /// Highest TTL kept and given out.
    pub max_ttl: Duration,
    /// Least TTL of data, kept and given out; [`Self::max_ttl`] goes before it. Negative answers
    /// and what is signed keep theirs.
    pub min_ttl: Duration,
    /// How a closed name is answered where the tier has no answer of its own.
    pub block_answer: BlockAnswer,
    /// By [`Tier::index`]: how a closed name is answered for that tier.
    pub block_answer_by_tier: [Option<BlockAnswer>; Tier::ALL.len()],
    /// Lifetime of a blocked answer, at most [`MAX_BLOCK_TTL`].
    pub block_ttl: Duration,
    /// Tiers whose devices may use Encrypted Client Hello: for all others its keys are taken out
    /// of answers.
    pub ech_tiers: Vec<Tier>,
    /// What becomes of HTTPS and SVCB records.
    pub https_records: HttpsRecords,
    /// Who is named in errors written for programs.
    pub school: School,
    /// The secret that request codes are made from; without it answers carry none.
    pub request_key: Option<RequestKey>,
    /// Limits by device.
    pub rate_limit: RateLimit,
    /// Names of the school's own, and their addresses.
    pub local: Vec<LocalName>,
    /// Records of the school's own other than addresses.
    pub records: Vec<LocalRecord>,
    /// Domains of the school's own: what is not among the names above does not exist in them.
    pub local_domains: Vec<Name>,
    /// The encrypted listeners.
    pub encrypted: EncryptedListeners,
    /// Limits of connections.
    pub tcp: StreamLimits,
}

impl Settings {
    /// Threads that answer over UDP on each address: one for each processor this process may use,
    /// but no more than serve the largest school.
    pub(crate) fn udp_threads(&self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        processors.min(MAX_UDP_THREADS)
    }
}

impl Default for Settings {
    /// The defaults, without a listener or an upstream.
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            upstreams: Vec::new(),
            forwarding: Forwarding::default(),
            upstream_timeout: UPSTREAM_TIMEOUT,
            total_timeout: TOTAL_TIMEOUT,
            max_misses: MAX_MISSES,
            cache_bytes: CACHE_BYTES,
            stale_for: STALE_FOR,
            prefetch: true,
            max_ttl: MAX_TTL,
            min_ttl: Duration::ZERO,
            block_answer: BlockAnswer::NxDomain,
            block_answer_by_tier: [None; Tier::ALL.len()],
            block_ttl: BLOCK_TTL,
            ech_tiers: Vec::new(),
            https_records: HttpsRecords::Keep,
            school: School::default(),
            request_key: None,
            rate_limit: RateLimit::default(),
            local: Vec::new(),
            records: Vec::new(),
            local_domains: Vec::new(),
            encrypted: EncryptedListeners::default(),
            tcp: StreamLimits::default(),
        }
    }
}

impl RateLimit {
    /// Whether anything is limited by device, so that devices have to be told apart.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.queries > 0 || self.misses > 0 || self.names_per_domain > 0
    }
}

impl Settings {
    /// By [`Tier::index`]: how a closed name is answered for each tier.
    pub(crate) fn block_answers(&self) -> [BlockAnswer; Tier::ALL.len()] {
        self.block_answer_by_tier
            .map(|own| own.unwrap_or(self.block_answer))
    }
}

/// How a closed name is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockAnswer {
    /// The name does not exist.
    NxDomain,
    /// The name exists and has no such record.
    NoData,
    /// The address where the block page is; other types, and a family without an address here,
    /// get no data.
    Address {
        /// For A.
        v4: Option<Ipv4Addr>,
        /// For AAAA.
        v6: Option<Ipv6Addr>,
    },
}

/// The school, as clients are told of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct School {
    /// Its name; empty to name none.
    pub name: String,
    /// Whom to ask, as URIs of the schemes tel, mailto and sips.
    pub contacts: Vec<String>,
    /// The language they are told in.
    pub language: Language,
}

/// What becomes of HTTPS and SVCB records (RFC 9460).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpsRecords {
    /// They are given, without the keys of Encrypted Client Hello.
    #[default]
    Keep,
    /// Every name has none.
    NoData,
}

/// A name of the school's own and its addresses. Without addresses it exists and has no data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalName {
    /// The name.
    pub name: Name,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// The encrypted listeners, all off without an address here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EncryptedListeners {
    /// Where DoT listens (RFC 7858), over TCP.
    pub dot: Vec<SocketAddr>,
    /// Where DoH listens (RFC 8484), over TCP.
    pub doh: Vec<SocketAddr>,
    /// Where DoQ listens (RFC 9250), over UDP.
    pub doq: Vec<SocketAddr>,
    /// The names devices know the box by; a token stands before one of them. Without any those of
    /// the certificate count.
    pub names: Vec<Name>,
}

/// Limits by device; 0 is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    /// Queries a second. No limit by default: an answer from here costs no more than a refusal.
    pub queries: u32,
    /// Queries at once.
    pub burst: u32,
    /// Questions to upstreams a second.
    pub misses: u32,
    /// Questions to upstreams at once.
    pub miss_burst: u32,
    /// Different names of one domain that are asked of upstreams, in five minutes.
    pub names_per_domain: u32,
    /// For how many devices a net of IPv6 (64 bits) stands, as far as the neighbour table does not
    /// tell its devices apart; they are bounded by address, too.
    pub net_devices: u32,
    /// Addresses that stand for several devices. No two overlap.
    pub nat: Vec<Nat>,
}

/// Addresses that each stand for several devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nat {
    /// The addresses: one access point, or the net that several stand in.
    pub subnet: Subnet,
    /// How many devices stand behind each.
    pub devices: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            queries: 0,
            burst: BURST,
            misses: MISSES_PER_SECOND,
            miss_burst: MISS_BURST,
            names_per_domain: NAMES_PER_DOMAIN,
            net_devices: NET_DEVICES,
            nat: Vec::new(),
        }
    }
}

/// A record of the school's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalRecord {
    /// The name it stands at.
    pub name: Name,
    /// What it says.
    pub data: LocalData,
}

/// What a record of the school's own says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalData {
    /// CNAME: the name stands for another one of the school's own. It has no other record.
    Alias(Name),
    /// PTR: for a reverse name; names with addresses have theirs without.
    Pointer(Name),
    /// TXT.
    Text(String),
    /// MX.
    Mail {
        /// Lower ones are tried first.
        preference: u16,
        /// The mail server.
        host: Name,
    },
    /// SRV (RFC 2782).
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

/// What clients of connections may do: over TCP, DoT, DoH and DoQ alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// How long a TCP connection may be idle.
    pub idle: Duration,
    /// How long an encrypted connection may be idle, where that is longer.
    pub idle_encrypted: Duration,
    /// How long half a message may wait for its other half, and an answer for the client to read it.
    pub slow: Duration,
    /// Connections in all.
    pub connections: usize,
    /// Connections of one client address.
    pub per_client: usize,
    /// Questions of one connection that may wait for upstreams.
    pub under_way: usize,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            idle: TCP_IDLE,
            idle_encrypted: ENCRYPTED_IDLE,
            slow: SLOW,
            connections: MAX_CONNECTIONS,
            per_client: MAX_CONNECTIONS_PER_CLIENT,
            under_way: MAX_UNDER_WAY,
        }
    }
}
