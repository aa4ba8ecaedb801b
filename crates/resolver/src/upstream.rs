//! Whom the resolver asks and how far it trusts the answers, as plain values. How they are written
//! in a file is `config`'s affair; asking is `forward`'s.

use std::fmt;
use std::net::SocketAddr;

use lachan_policy::Name;

/// One server to ask.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Upstream {
    /// Where it is. Never a name: nothing could resolve it before there is an upstream.
    pub address: SocketAddr,
    /// How it is spoken to.
    pub protocol: Protocol,
}

/// How an upstream is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// UDP, and TCP where an answer is cut or seems forged (RFC 1035, RFC 7766).
    Plain,
    /// TCP alone.
    Tcp,
    /// DNS over TLS (RFC 7858).
    Tls {
        /// The name that its certificate must have.
        name: String,
    },
    /// DNS over HTTPS, HTTP/2 (RFC 8484).
    Https {
        /// The name that its certificate must have, and the request's authority.
        name: String,
        /// The path, `/dns-query` mostly.
        path: String,
    },
    /// DNS over QUIC (RFC 9250).
    Quic {
        /// The name that its certificate must have.
        name: String,
    },
}

impl Protocol {
    /// Whether nobody on the way can read or change what is said.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        match self {
            Self::Plain | Self::Tcp => false,
            Self::Tls { .. } | Self::Https { .. } | Self::Quic { .. } => true,
        }
    }

    /// The port it has when none is said (RFC 1035, RFC 7858 §3.1, RFC 8484, RFC 9250 §4.1.1).
    #[must_use]
    pub fn port(&self) -> u16 {
        match self {
            Self::Plain | Self::Tcp => 53,
            Self::Tls { .. } | Self::Quic { .. } => 853,
            Self::Https { .. } => 443,
        }
    }
}

impl From<SocketAddr> for Upstream {
    /// An upstream that is asked in the clear.
    fn from(address: SocketAddr) -> Self {
        Self {
            address,
            protocol: Protocol::Plain,
        }
    }
}

impl fmt::Display for Upstream {
    /// As in the settings file, the port left out where it is the usual one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ip = self.address.ip();
        let place = match (self.address.port() == self.protocol.port(), ip.is_ipv6()) {
            (false, _) => self.address.to_string(),
            (true, true) if self.protocol != Protocol::Plain => format!("[{ip}]"),
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

/// Where answers come from, and how far they are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarding {
    /// Whether servers are asked or the answer is looked for from the root down.
    pub mode: Mode,
    /// Domains with upstreams of their own; the longest that fits is taken.
    pub zones: Vec<ForwardZone>,
    /// Who validates.
    pub dnssec: Dnssec,
    /// Domains whose signatures are not looked at (RFC 7646: negative trust anchors).
    pub dnssec_skip: Vec<Name>,
    /// Whether addresses of private networks in answers about public names are refused.
    pub rebind_protection: bool,
    /// Domains that may have such addresses all the same.
    pub rebind_allow: Vec<Name>,
    /// The certificates (DER) that encrypted upstreams are checked against.
    pub tls_roots: Vec<Vec<u8>>,
    /// Sockets that may be open for questions over UDP.
    pub max_sockets: usize,
}

/// Default of [`Forwarding::max_sockets`]: with the defaults of everything else a black-holed line
/// needs about eighty.
pub const MAX_SOCKETS: usize = 256;

impl Default for Forwarding {
    fn default() -> Self {
        Self {
            mode: Mode::Forward,
            zones: Vec::new(),
            dnssec: Dnssec::default(),
            dnssec_skip: Vec::new(),
            rebind_protection: true,
            rebind_allow: Vec::new(),
            tls_roots: Vec::new(),
            max_sockets: MAX_SOCKETS,
        }
    }
}

/// Where answers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The upstreams are asked.
    #[default]
    Forward,
    /// The name servers are asked from the root down; upstreams are not.
    Recurse,
}

/// A domain with upstreams of its own: an Active Directory, a reverse zone, a sister school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardZone {
    /// The domain; names below it belong to it.
    pub domain: Name,
    /// Its upstreams.
    pub upstreams: Vec<Upstream>,
}

/// Who checks DNSSEC signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dnssec {
    /// We do, when recursing and for upstreams that are asked in the clear, provided that they pass
    /// signatures on at all; encrypted upstreams are trusted to have done it.
    #[default]
    Auto,
    /// We do, always. An upstream that drops signatures makes every signed name fail.
    Validate,
    /// The upstream does.
    TrustUpstream,
    /// Nobody does.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_are_shown_as_they_are_written() {
        let name = || "dns.example".to_owned();
        let path = || "/dns-query".to_owned();
        for (address, protocol, expected) in [
            ("192.0.2.1:53", Protocol::Plain, "192.0.2.1"),
            ("192.0.2.1:54", Protocol::Plain, "192.0.2.1:54"),
            ("[2001:db8::1]:53", Protocol::Plain, "2001:db8::1"),
            ("[2001:db8::1]:53", Protocol::Tcp, "tcp://[2001:db8::1]"),
            (
                "192.0.2.1:853",
                Protocol::Tls { name: name() },
                "tls://192.0.2.1#dns.example",
            ),
            (
                "192.0.2.1:8443",
                Protocol::Https {
                    name: name(),
                    path: path(),
                },
                "https://192.0.2.1:8443/dns-query#dns.example",
            ),
            (
                "[2001:db8::1]:853",
                Protocol::Quic { name: name() },
                "quic://[2001:db8::1]#dns.example",
            ),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(Upstream { address, protocol }.to_string(), expected);
        }
    }
}
