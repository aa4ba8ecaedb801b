//! `[proxy]`: where the web is filtered.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use lachan_policy::Subnet;

use super::Switch;

/// Where the web on port 80 is taken to. Above the ports that only root may listen on, and none that
/// a common program has.
pub const DEFAULT_TRANSPARENT_HTTP: u16 = 8081;
/// Where the web on port 443 is taken to.
pub const DEFAULT_TRANSPARENT_TLS: u16 = 8443;
/// The port of a proxy that devices are told of, where only its address is written: the one that
/// squid made usual.
pub const DEFAULT_EXPLICIT_PORT: u16 = 3128;
/// Most listeners of it: an address of each kind on each of some networks.
pub const MAX_EXPLICIT: usize = 16;
/// Most addresses of the block page, as many as blocked names can be led to.
pub const MAX_BLOCK_PAGE: usize = 4;
/// Most networks that are never diverted.
pub const MAX_NEVER_DIVERTED: usize = 64;

/// Most networks inside that may be reached through it.
pub const MAX_INSIDE: usize = 64;

/// Most groups whose connections are inspected.
pub const MAX_INSPECTED_GROUPS: usize = 64;
/// Most categories that are inspected: as many as there can be.
pub const MAX_INSPECTED_CATEGORIES: usize = 128;
/// Longest name of a group or a category here.
pub const MAX_INSPECTED_NAME: usize = 80;

/// `[proxy]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proxy {
    /// Whether the web of devices that passes the box is taken to the proxy (TPROXY), in the modes
    /// gateway and bridge.
    pub transparent: Switch,
    /// The port, on all addresses, that takes what goes to TCP port 80.
    pub transparent_http: u16,
    /// The port, on all addresses, that takes what goes to TCP port 443; another.
    pub transparent_tls: u16,
    /// Where the proxy listens that devices are told of; empty where there is none.
    pub explicit: Vec<SocketAddr>,
    /// Addresses of this box whose ports 80 and 443 show the block page; empty where none does.
    pub block_page: Vec<IpAddr>,
    /// Networks, beside those of private addresses, whose web is never taken to the proxy.
    pub never_diverted: Vec<Subnet>,
    /// Networks of private addresses that the proxy may dial all the same: the school's own servers.
    /// Else no name leads inside, whoever made it (DNS rebinding).
    pub inside_targets: Vec<Subnet>,
    /// `[proxy.inspection]`.
    pub inspection: Inspection,
}

/// `[proxy.inspection]`: for whom encrypted connections are opened up; for nobody by default.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// Groups whose devices are the school's own and trust the box's authority.
    pub groups: Vec<String>,
    /// Categories, by their ids, whose pages are read for these groups.
    pub categories: Vec<String>,
    /// Whether these groups are shown the block page over HTTPS for whatever is closed.
    pub block_page_certificates: Switch,
    /// Files with authorities that sites may be vouched for by, beside the system's.
    pub ca_files: Vec<PathBuf>,
}

impl Default for Inspection {
    fn default() -> Self {
        Self {
            groups: Vec::new(),
            categories: Vec::new(),
            // A box that makes certificates is one that a school chose to have.
            block_page_certificates: Switch::Off,
            ca_files: Vec::new(),
        }
    }
}

impl Inspection {
    /// Whether anything is opened up for anybody.
    #[must_use]
    pub fn is_on(&self) -> bool {
        let wants = !self.categories.is_empty() || self.block_page_certificates.is_on();
        !self.groups.is_empty() && wants
    }
}

impl Default for Proxy {
    fn default() -> Self {
        Self {
            // Who asked for no proxy is not led to one.
            transparent: Switch::Off,
            transparent_http: DEFAULT_TRANSPARENT_HTTP,
            transparent_tls: DEFAULT_TRANSPARENT_TLS,
            explicit: Vec::new(),
            block_page: Vec::new(),
            never_diverted: Vec::new(),
            inside_targets: Vec::new(),
            inspection: Inspection::default(),
        }
    }
}

impl Proxy {
    /// The TCP ports that it has on this box.
    pub fn ports(&self) -> impl Iterator<Item = u16> {
        let transparent = [self.transparent_http, self.transparent_tls];
        let transparent = self.transparent.is_on().then_some(transparent);
        let explicit = self.explicit.iter().map(SocketAddr::port);
        transparent.into_iter().flatten().chain(explicit)
    }
}
