//! How an upstream is written: `address`, or `protocol://address/path#name`.
//!
//! ```text
//!  192.0.2.1   192.0.2.1:53   2001:db8::1   [2001:db8::1]:53   tcp://192.0.2.1
//!  tls://192.0.2.1#dns.example   https://192.0.2.1/dns-query#dns.example   quic://[2001:db8::1]:853#dns.example
//! ```

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use lachan_policy::Name;

use super::resolver::{canonical, particular};
use crate::fault::{AddressForm, Fault, Quoted, Unusable, UpstreamFault};
use crate::values::resolver::DNS_PORT;
use crate::values::upstream::{DEFAULT_PATH, HTTPS_PORT, MAX_PATH, PRIVATE_PORT};
use crate::values::{Protocol, Upstream};

/// What stands before `://`.
const SCHEMES: [(&str, Scheme); 4] = [
    ("tcp", Scheme::Tcp),
    ("tls", Scheme::Tls),
    ("https", Scheme::Https),
    ("quic", Scheme::Quic),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Tcp,
    Tls,
    Https,
    Quic,
}

/// Reads an upstream.
pub(super) fn parse(text: &str) -> Result<Upstream, Fault> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return plain(text);
    };
    let wrong = |why| Fault::NotAnUpstream {
        given: Quoted::new(text),
        why,
    };
    let scheme = SCHEMES.iter().find(|(word, _)| *word == scheme);
    let (_, scheme) = *scheme.ok_or_else(|| wrong(UpstreamFault::Scheme))?;
    let (rest, name) = match rest.split_once('#') {
        Some((rest, name)) => (rest, Some(name)),
        None => (rest, None),
    };
    let (place, path) = match rest.find('/') {
        Some(at) => (&rest[..at], Some(&rest[at..])),
        None => (rest, None),
    };
    let address = place_of(place, scheme).ok_or_else(|| wrong(UpstreamFault::Host))?;
    usable(text, address)?;
    let protocol = protocol(scheme, name, path).map_err(wrong)?;
    Ok(Upstream {
        address: canonical(address),
        protocol,
    })
}

/// An address, with a port or without.
fn plain(text: &str) -> Result<Upstream, Fault> {
    let wrong = |why| Fault::NotAnUpstream {
        given: Quoted::new(text),
        why,
    };
    if text.contains('#') {
        return Err(wrong(UpstreamFault::NameNotUsed));
    }
    let bare = || IpAddr::from_str(text).map(|address| SocketAddr::new(address, DNS_PORT));
    let address = SocketAddr::from_str(text)
        .or_else(|_| bare())
        .map_err(|_| Fault::NotAnAddress {
            given: Quoted::new(text),
            form: AddressForm::OptionalPort,
        })?;
    usable(text, address)?;
    Ok(Upstream {
        address: canonical(address),
        protocol: Protocol::Plain,
    })
}

fn usable(text: &str, address: SocketAddr) -> Result<(), Fault> {
    let usable = match address.port() {
        0 => Err(Unusable::PortZero),
        _ => particular(address.ip()),
    };
    usable.map_err(|why| Fault::UnusableAddress {
        given: Quoted::new(text),
        why,
    })
}

/// The address behind a scheme; IPv6 stands in brackets there, as in any URL.
fn place_of(place: &str, scheme: Scheme) -> Option<SocketAddr> {
    let port = match scheme {
        Scheme::Tcp => DNS_PORT,
        Scheme::Tls | Scheme::Quic => PRIVATE_PORT,
        Scheme::Https => HTTPS_PORT,
    };
    let bracketed = || {
        let inner = place.strip_prefix('[')?.strip_suffix(']')?;
        Ipv6Addr::from_str(inner).ok().map(IpAddr::V6)
    };
    let bare = || IpAddr::from_str(place).ok().or_else(bracketed);
    SocketAddr::from_str(place)
        .ok()
        .or_else(|| Some(SocketAddr::new(bare()?, port)))
}

fn protocol(
    scheme: Scheme,
    name: Option<&str>,
    path: Option<&str>,
) -> Result<Protocol, UpstreamFault> {
    if path.is_some() && scheme != Scheme::Https {
        return Err(UpstreamFault::PathNotUsed);
    }
    if scheme == Scheme::Tcp {
        return match name {
            None => Ok(Protocol::Tcp),
            Some(_) => Err(UpstreamFault::NameNotUsed),
        };
    }
    let name = name.filter(|name| !name.is_empty());
    let name = Name::from_text(name.ok_or(UpstreamFault::NameMissing)?)
        .map_err(|_| UpstreamFault::Name)?
        .to_string();
    Ok(match scheme {
        Scheme::Https => Protocol::Https {
            name,
            path: path_of(path)?,
        },
        Scheme::Quic => Protocol::Quic { name },
        Scheme::Tls | Scheme::Tcp => Protocol::Tls { name },
    })
}

/// A path of visible characters; a query or a template has no place in it.
fn path_of(path: Option<&str>) -> Result<String, UpstreamFault> {
    let Some(path) = path.filter(|path| *path != "/") else {
        return Ok(DEFAULT_PATH.to_owned());
    };
    let fits = |byte: u8| byte.is_ascii_graphic() && !b"?{}<>\"\\^`|".contains(&byte);
    if path.len() > MAX_PATH || !path.bytes().all(fits) {
        return Err(UpstreamFault::Path);
    }
    Ok(path.to_owned())
}
