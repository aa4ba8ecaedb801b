//! `listen-dot`, `listen-doh`, `listen-doq` of `[resolver]`, and `[resolver.tls]`: encrypted DNS for
//! devices.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use lachan_policy::Name;

/// Most names devices know the box by: the public one, and one to spare for each of its networks.
pub const MAX_NAMES: usize = 8;

/// Default most connections, over TCP and encrypted: one for each device of the largest school. Each
/// holds one of the descriptors of the process.
pub const DEFAULT_MAX_CONNECTIONS: u32 = 2048;
/// Fewer than 16 starve one classroom; more than 65,536 are more than a box has memory for.
pub const MAX_CONNECTIONS: RangeInclusive<u32> = 16..=65_536;

/// Default most connections of one address: a Wi-Fi router that hides a whole class behind it.
pub const DEFAULT_MAX_CONNECTIONS_PER_CLIENT: u32 = 256;
/// With fewer than 4 a browser is in its own way.
pub const MAX_CONNECTIONS_PER_CLIENT: RangeInclusive<u32> = 4..=65_536;

/// The encrypted listeners. All off by default: without a certificate that devices trust they are of
/// no use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Encrypted {
    /// Where DNS over TLS (RFC 7858) listens, over TCP.
    pub listen_dot: Vec<SocketAddr>,
    /// Where DNS over HTTPS (RFC 8484) listens, over TCP.
    pub listen_doh: Vec<SocketAddr>,
    /// Where DNS over QUIC (RFC 9250) listens, over UDP.
    pub listen_doq: Vec<SocketAddr>,
    /// The certificate; always there when one of the listeners is.
    pub tls: Option<Tls>,
}

/// `[resolver.tls]`: what the box shows to devices. Only where the files are; what is in them is
/// checked when they are read, and read again when they change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// The certificate and its chain, PEM.
    pub cert: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// The names devices know the box by, at most [`MAX_NAMES`]. None means those of the certificate.
    pub names: Vec<Name>,
}

impl Encrypted {
    /// Whether any of the listeners is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        let all = [&self.listen_dot, &self.listen_doh, &self.listen_doq];
        all.iter().any(|listeners| !listeners.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_within_its_bounds() {
        assert!(MAX_CONNECTIONS.contains(&DEFAULT_MAX_CONNECTIONS));
        assert!(MAX_CONNECTIONS_PER_CLIENT.contains(&DEFAULT_MAX_CONNECTIONS_PER_CLIENT));
    }
}
