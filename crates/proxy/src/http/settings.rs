//! What the proxy is told once: names, limits, times. Each default is a constant with its reason.

use std::sync::Arc;
use std::time::Duration;

use lachan_policy::{Name, Tier};
use lachan_web::{HelpPlace, Language, Lessons};

use crate::pac::Pac;

/// Connections of all devices together: 2,000 devices of a large school with a few each, and 10 KiB
/// or so of memory for each that is busy.
pub const MAX_CONNECTIONS: usize = 8192;
/// Connections of one device: browsers open six to a site, or a hundred or so to a proxy.
pub const MAX_CONNECTIONS_PER_CLIENT: usize = 256;
/// From the first byte of a head to its last.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may say nothing between requests.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a body may stand still, in either direction.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long an upstream may think before it answers.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
/// How long one address may take to accept a connection.
pub const DIAL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a page is held back for a scanner.
pub const SCAN_TIMEOUT: Duration = Duration::from_millis(1500);
/// Bytes of a page, as they come over the wire, that are held back for a scanner.
pub const SCAN_BYTES: usize = 256 * 1024;
/// Idle connections to upstreams kept for one client connection: a browser speaks to several sites
/// over one connection to an explicit proxy.
pub(crate) const MAX_IDLE_UPSTREAMS: usize = 4;
/// How long such a connection is kept: less than the 5 s after which some servers close theirs.
pub(crate) const UPSTREAM_IDLE: Duration = Duration::from_secs(4);

/// Settings of the HTTP proxy.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The school's name on pages.
    pub school: String,
    /// Which language stands first on pages.
    pub language: Language,
    /// Where the box's own pages for people are (`http://lachan.lan`), for block pages to lead there; empty where
    /// there are none.
    pub home: String,
    /// Help near the school, for block pages.
    pub help: Vec<HelpPlace>,
    /// Short lessons, of which a block page names the one that fits.
    pub lessons: Arc<Lessons>,
    /// Names of this box, at which it serves its own pages (`/proxy.pac`).
    pub own_names: Vec<Name>,
    /// The name in `Via`: unlike any other proxy's.
    pub via: String,
    /// The proxy configuration that is served.
    pub pac: Pac,
    /// Ports to which CONNECT may open a tunnel.
    pub tunnel_ports: Vec<u16>,
    /// Tiers that may ask for a bare address instead of a name.
    pub open_numbers: Vec<Tier>,
    /// Connections at once.
    pub max_connections: usize,
    /// Connections of one device at once.
    pub max_per_client: usize,
    /// See [`HEAD_TIMEOUT`].
    pub head_timeout: Duration,
    /// See [`IDLE_TIMEOUT`].
    pub idle_timeout: Duration,
    /// See [`BODY_TIMEOUT`].
    pub body_timeout: Duration,
    /// See [`ANSWER_TIMEOUT`].
    pub answer_timeout: Duration,
    /// See [`DIAL_TIMEOUT`].
    pub dial_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            school: String::new(),
            language: Language::Vietnamese,
            home: String::new(),
            help: Vec::new(),
            lessons: Arc::default(),
            own_names: Vec::new(),
            via: "lachan".to_owned(),
            pac: Pac::default(),
            tunnel_ports: vec![443],
            open_numbers: vec![Tier::Staff],
            max_connections: MAX_CONNECTIONS,
            max_per_client: MAX_CONNECTIONS_PER_CLIENT,
            head_timeout: HEAD_TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            body_timeout: BODY_TIMEOUT,
            answer_timeout: ANSWER_TIMEOUT,
            dial_timeout: DIAL_TIMEOUT,
        }
    }
}
