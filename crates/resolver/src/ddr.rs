//! Discovery of the encrypted listeners by those who know only our address (RFC 9462), or our name
//! (RFC 9461): which SVCB records are given, to whom. Pure; asked beside [`crate::local`].
//!
//! A device that finds us by address accepts the encrypted listener only if its certificate holds
//! that address (RFC 9462 §4.2). Where it does not, there is no data: a device that then tried in
//! vain would be no better off, and one that does not verify would be worse.

use std::net::{IpAddr, SocketAddr};

use lachan_policy::Name;

use crate::bind::Encrypted;
use crate::listen::{CertificateFacts, Validity};
use crate::wire::rtype;
use crate::wire::write::name_bytes;

/// Where those ask who know only an address (RFC 9462 §4), in wire form without the root.
const BY_ADDRESS: &[u8] = b"\x04_dns\x08resolver\x04arpa";
/// The domain all this is in, in wire form without the root.
const ANY: &[u8] = b"\x08resolver\x04arpa";
/// What stands before a name that is asked by name (RFC 9461 §2).
const BY_NAME: &[u8] = b"\x04_dns";
/// Where DoH is asked, as a URI template (RFC 8484 §4.1).
const DOH_TEMPLATE: &[u8] = b"/dns-query{?dns}";

/// Keys of parameters (RFC 9460 §14.3.2, RFC 9461 §5).
mod key {
    pub(super) const ALPN: u16 = 1;
    pub(super) const PORT: u16 = 3;
    pub(super) const IPV4_HINT: u16 = 4;
    pub(super) const IPV6_HINT: u16 = 6;
    pub(super) const DOHPATH: u16 = 7;
}

/// Whether a name is one of those by which any resolver is searched for (RFC 9462 §6.4), and not
/// one of ours. What is offered is answered before, so what asks for these finds nothing here.
pub(crate) fn asks_for_any(name: &Name) -> bool {
    name.as_wire().ends_with(ANY)
}

/// What can be discovered.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// The names the certificate holds, of those devices know the box by.
    names: Vec<Name>,
    listeners: Vec<(Encrypted, SocketAddr)>,
    certificate: CertificateFacts,
}

impl Offer {
    /// What a box offers that shows this certificate, is known by these names and listens there.
    pub(crate) fn new(
        certificate: &CertificateFacts,
        names: &[Name],
        listeners: &[(Encrypted, SocketAddr)],
    ) -> Self {
        let covered = names.iter().filter(|name| certificate.covers(name));
        let mut listeners = listeners.to_vec();
        // The cheapest for us is preferred.
        listeners.sort_by_key(|(kind, _)| priority(*kind));
        Self {
            names: covered.copied().collect(),
            listeners,
            certificate: certificate.clone(),
        }
    }

    /// The data of the SVCB records for a name, asked at the address `here`, at a time in Unix
    /// seconds. `None` when nothing is offered under that name; none at all when it could not be
    /// verified.
    pub(crate) fn find(
        &self,
        name: &Name,
        qtype: u16,
        here: Option<IpAddr>,
        now: Option<i64>,
    ) -> Option<Vec<Vec<u8>>> {
        if qtype != rtype::SVCB || self.certificate.validity(now) != Validity::Holds {
            return None;
        }
        let wire = name.as_wire();
        if wire == BY_ADDRESS {
            here.filter(|here| self.certificate.covers_address(*here))?;
            return Some(self.records(self.names.first()?, here));
        }
        let asked = wire.strip_prefix(BY_NAME)?;
        let own = self.names.iter().find(|own| own.as_wire() == asked)?;
        Some(self.records(own, here))
    }

    fn records(&self, target: &Name, here: Option<IpAddr>) -> Vec<Vec<u8>> {
        let all = self.listeners.iter();
        all.filter_map(|(kind, address)| {
            let address = reached_at(*address, here)?;
            Some(record(*kind, target, address))
        })
        .collect()
    }
}

/// Where whoever asked `here` reaches a listener: an unspecified address stands for every address
/// of its family. `None` when it cannot be told.
fn reached_at(listener: SocketAddr, here: Option<IpAddr>) -> Option<SocketAddr> {
    let address = match here {
        _ if !listener.ip().is_unspecified() => listener.ip(),
        Some(here) if here.is_ipv4() == listener.is_ipv4() => here,
        _ => return None,
    };
    Some(SocketAddr::new(address, listener.port()))
}

const fn priority(kind: Encrypted) -> u16 {
    match kind {
        Encrypted::Tls => 1,
        Encrypted::Quic => 2,
        Encrypted::Https => 3,
    }
}

/// The data of a record (RFC 9460 §2.2), its parameters in the order of their keys.
fn record(kind: Encrypted, target: &Name, address: SocketAddr) -> Vec<u8> {
    let mut data = priority(kind).to_be_bytes().to_vec();
    data.extend(name_bytes(target));
    let protocol: &[u8] = match kind {
        Encrypted::Tls => b"\x03dot",
        Encrypted::Quic => b"\x03doq",
        Encrypted::Https => b"\x02h2",
    };
    put(&mut data, key::ALPN, protocol);
    put(&mut data, key::PORT, &address.port().to_be_bytes());
    match address.ip() {
        IpAddr::V4(v4) => put(&mut data, key::IPV4_HINT, &v4.octets()),
        IpAddr::V6(v6) => put(&mut data, key::IPV6_HINT, &v6.octets()),
    }
    if kind == Encrypted::Https {
        put(&mut data, key::DOHPATH, DOH_TEMPLATE);
    }
    data
}

fn put(data: &mut Vec<u8>, key: u16, value: &[u8]) {
    data.extend(key.to_be_bytes());
    // No value of ours is longer than a template.
    data.extend(u16::try_from(value.len()).unwrap_or_default().to_be_bytes());
    data.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listen::identity_tests::identity;
    use hickory_proto::op::Message;

    fn name(text: &str) -> Name {
        let mut wire = Vec::new();
        for label in text.split('.') {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label.as_bytes());
        }
        Name::from_normal(&wire).unwrap()
    }

    fn offer(listeners: &[(Encrypted, &str)]) -> Offer {
        let listeners: Vec<_> = listeners
            .iter()
            .map(|(kind, address)| (*kind, address.parse().unwrap()))
            .collect();
        let identity = identity(&["dns.truong.vn", "10.0.0.1", "fd00::1"]);
        let names = [name("dns.truong.vn"), name("other.vn")];
        Offer::new(identity.facts(), &names, &listeners)
    }

    /// The records as people write them.
    fn find(offer: &Offer, asked: &str, here: &str) -> Option<Vec<String>> {
        let here = here.parse().ok();
        let data = offer.find(&name(asked), 64, here, None)?;
        let text = |data: &Vec<u8>| {
            // An answer of one record, for hickory to read.
            let mut message = vec![
                0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 64, 0, 1, 0, 0, 0, 60,
            ];
            message.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            message.extend(data);
            let message = Message::from_vec(&message).unwrap();
            message.answers[0].data.to_string()
        };
        Some(data.iter().map(text).collect())
    }

    #[test]
    fn listeners_are_offered_at_addresses_the_certificate_holds() {
        let offer = offer(&[
            (Encrypted::Https, "0.0.0.0:443"),
            (Encrypted::Quic, "[::]:853"),
            (Encrypted::Tls, "0.0.0.0:853"),
        ]);
        let found = find(&offer, "_dns.resolver.arpa", "10.0.0.1").unwrap();
        assert_eq!(found.len(), 2, "IPv6 alone reaches the other: {found:?}");
        assert!(found[0].starts_with("1 dns.truong.vn. alpn"), "{found:?}");
        assert!(found[0].contains("dot") && found[0].contains("10.0.0.1"));
        assert!(found[1].starts_with("3 dns.truong.vn. "), "{found:?}");
        assert!(found[1].contains("h2") && found[1].contains("443"));
        let found = find(&offer, "_dns.resolver.arpa", "fd00::1").unwrap();
        assert!(found[0].contains("doq") && found[0].contains("fd00::1"));
    }

    #[test]
    fn where_nothing_could_be_verified_nothing_is_offered() {
        let offer = offer(&[(Encrypted::Tls, "0.0.0.0:853")]);
        assert_eq!(find(&offer, "_dns.resolver.arpa", "10.0.0.2"), None);
        assert_eq!(find(&offer, "_dns.resolver.arpa", "unknown"), None);
        assert_eq!(find(&offer, "_dns.other.vn", "10.0.0.1"), None);
        let here = Some("10.0.0.1".parse().unwrap());
        let asked = name("_dns.resolver.arpa");
        let ended = Some(offer.certificate.not_after() + 1);
        assert_eq!(offer.find(&asked, 64, here, ended), None);
        assert_eq!(offer.find(&asked, 1, here, None), None);
    }

    #[test]
    fn who_knows_our_name_is_told_at_any_address() {
        let offer = offer(&[(Encrypted::Https, "192.0.2.7:8443")]);
        for here in ["10.0.0.2", "unknown"] {
            let found = find(&offer, "_dns.dns.truong.vn", here).unwrap();
            assert!(found[0].contains("192.0.2.7"), "{found:?}");
        }
        assert_eq!(find(&offer, "_dns.x.dns.truong.vn", "10.0.0.1"), None);
        assert_eq!(find(&offer, "dns.truong.vn", "10.0.0.1"), None);
    }

    #[test]
    fn the_path_of_doh_is_told() {
        let data = record(
            Encrypted::Https,
            &name("a.vn"),
            "10.0.0.1:443".parse().unwrap(),
        );
        assert!(
            data.ends_with(b"\x00\x07\x00\x10/dns-query{?dns}"),
            "{data:x?}"
        );
    }
}
