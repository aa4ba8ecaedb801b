//! Upstreams: whom the box asks, and how.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lachan_policy::Name;

use super::resolver::DNS_PORT;

/// The port of DNS over TLS (RFC 7858 §3.1) and over QUIC (RFC 9250 §4.1.1).
pub const PRIVATE_PORT: u16 = 853;
/// The port of HTTPS.
pub const HTTPS_PORT: u16 = 443;
/// The path of DNS over HTTPS where none is written; nearly all servers have it.
pub const DEFAULT_PATH: &str = "/dns-query";
/// Longest path, bytes.
pub const MAX_PATH: usize = 200;

/// Most upstreams: beyond a handful each further one is only asked when all before it are dead.
pub const MAX_UPSTREAMS: usize = 16;
/// Most domains with upstreams of their own: the inner domains and reverse zones of the largest school.
pub const MAX_FORWARD: usize = 64;
/// Most domains on a list of exceptions.
pub const MAX_EXEMPT: usize = 256;
/// Most files of certificate authorities.
pub const MAX_CA_FILES: usize = 8;

/// One server to ask.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Upstream {
    /// Where it is.
    pub address: SocketAddr,
    /// How it is spoken to.
    pub protocol: Protocol,
}

/// How an upstream is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `192.0.2.1`: UDP, and TCP where an answer does not fit.
    Plain,
    /// `tcp://192.0.2.1`: TCP only.
    Tcp,
    /// `tls://192.0.2.1#name`: DNS over TLS.
    Tls {
        /// The name its certificate must have.
        name: String,
    },
    /// `https://192.0.2.1/path#name`: DNS over HTTPS.
    Https {
        /// The name its certificate must have.
        name: String,
        /// The path.
        path: String,
    },
    /// `quic://192.0.2.1#name`: DNS over QUIC.
    Quic {
        /// The name its certificate must have.
        name: String,
    },
}

impl Protocol {
    /// Whether a certificate is needed to speak it.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        !matches!(self, Self::Plain | Self::Tcp)
    }
}

impl fmt::Display for Upstream {
    /// As it is written in the file, the port left out where it is the usual one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ip = self.address.ip();
        let (usual, is_plain) = match &self.protocol {
            Protocol::Plain => (DNS_PORT, true),
            Protocol::Tcp => (DNS_PORT, false),
            Protocol::Tls { .. } | Protocol::Quic { .. } => (PRIVATE_PORT, false),
            Protocol::Https { .. } => (HTTPS_PORT, false),
        };
        let place = match (self.address.port() == usual, ip.is_ipv6()) {
            (false, _) => self.address.to_string(),
            (true, true) if !is_plain => format!("[{ip}]"),
            (true, _) => ip.to_string(),
        };
        match &self.protocol {
            Protocol::Plain => f.write_str(&place),
            Protocol::Tcp => write!(f, "tcp://{place}"),
            Protocol::Tls { name } => write!(f, "tls://{place}#{name}"),
            Protocol::Https { name, path } => write!(f, "https://{place}{path}#{name}"),
            Protocol::Quic { name } => write!(f, "quic://{place}#{name}"),
        }
    }
}

/// Default upstreams: two operators over encrypted ways, each by another, since schools' lines
/// often let only one through; and the same two in the clear, which are asked only when neither
/// of those answers: a box whose line blocks both is to work all the same.
#[must_use]
pub fn default_upstreams() -> Vec<Upstream> {
    const QUAD9: Ipv4Addr = Ipv4Addr::new(9, 9, 9, 9);
    const CLOUDFLARE: Ipv4Addr = Ipv4Addr::new(1, 1, 1, 1);
    let at = |address: Ipv4Addr, port, protocol| Upstream {
        address: SocketAddr::new(IpAddr::V4(address), port),
        protocol,
    };
    let tls = Protocol::Tls {
        name: "dns.quad9.net".to_owned(),
    };
    let https = Protocol::Https {
        name: "cloudflare-dns.com".to_owned(),
        path: DEFAULT_PATH.to_owned(),
    };
    vec![
        at(QUAD9, PRIVATE_PORT, tls),
        at(CLOUDFLARE, HTTPS_PORT, https),
        at(QUAD9, DNS_PORT, Protocol::Plain),
        at(CLOUDFLARE, DNS_PORT, Protocol::Plain),
    ]
}

/// Where answers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// From the upstreams. The default: their caches are warm, and their way can be encrypted.
    #[default]
    Forward,
    /// From the name servers of each domain, looked up from the root down.
    Recurse,
}

/// Who checks DNSSEC signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dnssec {
    /// The box, for what was looked up from the root or came in the clear, unless the upstream
    /// drops signatures; encrypted upstreams are trusted to have done it. The default: it is as
    /// strict as it can be without a line that strips signatures taking the school down.
    #[default]
    Auto,
    /// The box, always.
    Validate,
    /// The upstreams.
    TrustUpstream,
    /// Nobody.
    Off,
}

/// Whether answers that lead outside names into the school are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RebindProtection {
    /// They are. The default: no honest public name needs them, save those on the allowlist.
    #[default]
    On,
    /// They are not.
    Off,
}

/// `[[resolver.forward]]`: a domain with upstreams of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardZone {
    /// The domain; what is below it belongs to it.
    pub domain: Name,
    /// Its upstreams; 1 to [`MAX_UPSTREAMS`], each once.
    pub upstreams: Vec<Upstream>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_shown_as_it_is_written() {
        let written = [
            "9.9.9.9",
            "[2001:db8::53]:5353",
            "2001:db8::53",
            "tcp://9.9.9.9",
            "tls://9.9.9.9#dns.quad9.net",
            "tls://[2001:db8::1]#dns.example",
            "https://1.1.1.1:8443/dns-query#cloudflare-dns.com",
            "quic://[2001:db8::1]#dns.example",
        ];
        let text = format!("version = \"v1\"\n[resolver]\nupstreams = {written:?}\n");
        let config = crate::Config::parse(&text, "x").unwrap();
        let shown = config.resolver.upstreams.iter().map(ToString::to_string);
        assert_eq!(shown.collect::<Vec<_>>(), written);
    }

    #[test]
    fn the_default_upstreams_are_two_operators_each_way() {
        let all = default_upstreams();
        let (encrypted, plain): (Vec<_>, Vec<_>) =
            all.iter().partition(|one| one.protocol.is_encrypted());
        for some in [encrypted, plain] {
            assert_eq!(some.len(), 2);
            assert_ne!(some[0].address.ip(), some[1].address.ip());
        }
    }
}
