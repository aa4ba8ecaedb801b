//! `[web]`: the box's own pages, and who is on which side of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use lachan_policy::{Name, Subnet};

/// The port of the pages. Above those that only root may listen on; 443 is the block page's, and 8443
/// takes the web that passes the box.
pub const DEFAULT_PORT: u16 = 8444;
/// What people type unless the school has another name for the box.
pub const DEFAULT_NAME: &str = "lachan.lan";
/// Most listeners: an address of each kind on each of some networks.
pub const MAX_LISTEN: usize = 16;
/// Most names.
pub const MAX_NAMES: usize = 16;
/// Most networks of a side.
pub const MAX_SIDE: usize = 64;

/// `[web]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Web {
    /// Where the pages are, over TLS; empty is off. Port 0 asks the system for a free one.
    pub listen: Vec<SocketAddr>,
    /// Names by which people open them. A browser that comes by another one is sent away, so that no
    /// site can give its own name our address.
    pub names: Vec<Name>,
    /// Networks from which the box is looked after; empty on a flat network, where every device that
    /// is in no group of pupils counts, and administrators need one-time codes.
    pub management: Vec<Subnet>,
    /// Networks of staff, beside the devices of groups of the tier `staff`.
    pub staff: Vec<Subnet>,
}

impl Default for Web {
    fn default() -> Self {
        let any = [
            IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        ];
        Self {
            // On: it is how a school sets the box up. Without an account nothing can be done there but
            // make one, with the code that the box shows at its start.
            listen: any.map(|ip| SocketAddr::new(ip, DEFAULT_PORT)).to_vec(),
            names: Name::from_text(DEFAULT_NAME).into_iter().collect(),
            management: Vec::new(),
            staff: Vec::new(),
        }
    }
}

impl Web {
    /// Whether the pages are served.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.listen.is_empty()
    }
}
