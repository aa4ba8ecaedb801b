//! `[proxy]`: where the web is filtered.

use std::net::{IpAddr, SocketAddr};

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
