//! Who asks, as far as a listener can tell.

use std::net::{IpAddr, Ipv4Addr};

use lachan_policy::Token;

use crate::why;
use crate::wire::query::Transport;

/// Who asks, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The client's address; an IPv4 address mapped into IPv6 counts as the IPv4 one.
    pub address: IpAddr,
    /// How the query came in.
    pub transport: Transport,
    /// Number of the interface it came in on, as the kernel counts; 0 where that is not known.
    pub interface: u32,
    /// The group token of an encrypted query, if it carried one.
    pub token: Option<Token>,
    /// The address of this box that was asked; `None` where that is not known.
    pub here: Option<IpAddr>,
}

impl Client {
    /// Nobody yet: what stands in a place that was not used.
    pub(crate) const NOBODY: Self = Self {
        address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        transport: Transport::Udp,
        interface: 0,
        token: None,
        here: None,
    };

    /// A client; an address mapped into IPv6 is unmapped.
    #[must_use]
    pub fn new(address: IpAddr, transport: Transport) -> Self {
        Self {
            address: address.to_canonical(),
            transport,
            interface: 0,
            token: None,
            here: None,
        }
    }

    /// Whether the client is on the school's net, as far as it tells by itself: it has an address of
    /// the kind used inside, or is in a group (position 0 is of unknown devices), or shows a group's
    /// token.
    pub(crate) fn is_known(&self, group: usize) -> bool {
        group != 0 || self.token.is_some() || why::is_near(self.address)
    }

    /// The same client, who asked this address of the box.
    #[must_use]
    pub fn at(self, here: IpAddr) -> Self {
        let here = Some(here.to_canonical());
        Self { here, ..self }
    }

    /// The same client, who came in on this interface.
    #[must_use]
    pub fn on_interface(self, interface: u32) -> Self {
        Self { interface, ..self }
    }

    /// The same client, who showed this token.
    #[must_use]
    pub fn with_token(self, token: Token) -> Self {
        let token = Some(token);
        Self { token, ..self }
    }
}
