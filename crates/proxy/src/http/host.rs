//! Whom a request is for: the host and port of `Host`, of an absolute target, of CONNECT.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use lachan_policy::{Name, NameError};

use super::grammar::decimal;
use super::refusal::Refusal;

/// A host: a name in its normal form, or an address.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are names, and one is held for each request"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// A name.
    Name(Name),
    /// An address literal.
    Address(IpAddr),
}

/// A host with its port, as `Host` and targets write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// The host.
    pub host: Host,
    /// The port, where one is written.
    pub port: Option<u16>,
}

impl Host {
    /// The name, if it is one.
    #[must_use]
    pub const fn name(&self) -> Option<&Name> {
        match self {
            Self::Name(name) => Some(name),
            Self::Address(_) => None,
        }
    }
}

impl Authority {
    /// Reads `host`, `host:port`, `1.2.3.4:port`, `[v6]:port`.
    ///
    /// # Errors
    /// [`Refusal::UserInfo`], [`Refusal::Host`]. Addresses in odd notations (`0x7f.1`, `127.1`,
    /// `2130706433`) are refused: programs do not agree on what they stand for.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.contains(&b'@') {
            return Err(Refusal::UserInfo);
        }
        let text = str::from_utf8(bytes).map_err(|_| Refusal::Host)?;
        if !text.is_ascii() {
            return Err(Refusal::Host);
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (inner, after) = rest.split_once(']').ok_or(Refusal::Host)?;
            let address = inner.parse::<Ipv6Addr>().map_err(|_| Refusal::Host)?;
            return Ok(Self {
                host: Host::Address(IpAddr::V6(address).to_canonical()),
                port: port(after)?,
            });
        }
        let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
        Ok(Self {
            host: host_of(host)?,
            port: port(rest)?,
        })
    }

    /// The port, or this one where none is written.
    #[must_use]
    pub fn port_or(&self, default: u16) -> u16 {
        self.port.unwrap_or(default)
    }

    /// Whether both stand for one host and port, of URLs whose scheme has this port.
    #[must_use]
    pub fn is_same(&self, other: &Self, default: u16) -> bool {
        self.host == other.host && self.port_or(default) == other.port_or(default)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.host.fmt(f)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

fn host_of(text: &str) -> Result<Host, Refusal> {
    match Name::from_text(text) {
        // What WHATWG's URL standard reads as an address is none of ours to guess at.
        Ok(_) if last_label(text).starts_with("0x") => Err(Refusal::Host),
        Ok(name) => Ok(Host::Name(name)),
        Err(NameError::Address) => {
            let address = text.parse::<IpAddr>().map_err(|_| Refusal::Host)?;
            Ok(Host::Address(address.to_canonical()))
        }
        Err(_) => Err(Refusal::Host),
    }
}

fn last_label(text: &str) -> String {
    let text = text.strip_suffix('.').unwrap_or(text);
    text.rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// `:80`, or nothing.
fn port(text: &str) -> Result<Option<u16>, Refusal> {
    let Some(digits) = text.strip_prefix(':') else {
        return if text.is_empty() {
            Ok(None)
        } else {
            Err(Refusal::Host)
        };
    };
    let number = decimal(digits.as_bytes()).filter(|_| digits.len() <= 5);
    let port = number.and_then(|number| u16::try_from(number).ok());
    port.filter(|port| *port != 0)
        .map(Some)
        .ok_or(Refusal::Host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<&str, Refusal>) {
        let got = Authority::read(text.as_bytes()).map(|authority| authority.to_string());
        assert_eq!(got, expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn hosts_have_one_form() {
        check("WWW.Hoc.VN.", Ok("www.hoc.vn"));
        check("hoc.vn:8080", Ok("hoc.vn:8080"));
        check("192.0.2.1:80", Ok("192.0.2.1:80"));
        check("[2001:DB8::1]", Ok("[2001:db8::1]"));
        check("[::ffff:192.0.2.1]:80", Ok("192.0.2.1:80"));
        check("may-in", Ok("may-in"));
    }

    #[test]
    fn what_programs_read_differently_is_no_host() {
        for text in [
            "",
            ":80",
            "a:",
            "a:0",
            "a:65536",
            "a:080808",
            "a:-1",
            "a:80:80",
            "a b",
            "a/b",
            "127.1",
            "0x7f.0.0.1",
            "0x7f000001",
            "a.0x10",
            "2130706433",
            "017700000001",
            "[::1",
            "[::1]x",
            "[fe80::1%25eth0]",
            "::1",
            "a..b",
            "a%2eb",
            "b\u{e1}nh.vn",
            "a,b",
            "a\\b",
            "192.0.2.1.",
        ] {
            check(text, Err(Refusal::Host));
        }
        check("a@b.vn", Err(Refusal::UserInfo));
        check("a:b@b.vn:80", Err(Refusal::UserInfo));
    }

    proptest! {
        #[test]
        fn what_is_read_reads_back(text in "[a-zA-Z0-9.:@\\[\\]%-]{0,40}") {
            if let Ok(authority) = Authority::read(text.as_bytes()) {
                let again = Authority::read(authority.to_string().as_bytes());
                prop_assert_eq!(again, Ok(authority));
            }
        }
    }
}
