//! DNS rebinding: a page from outside whose name suddenly has an address inside the school would
//! let its script talk to printers and routers as if it came from them.
//!
//! An answer about a public name that holds such an address is not given at all: it becomes "no
//! data", as dnsmasq makes it (unbound drops the records one by one, which leaves an attacker the
//! public half). The Extended DNS Error is 15, *blocked* by a policy of the operator's, and says to
//! whoever looks what to allow. Names of the school's own, of conditional forwarding and of the
//! allowlist are exempt by the name that was asked for: a CNAME from outside into an exempt domain
//! exempts nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lachan_policy::Name;

use crate::language::Language;
use crate::wire::response::Reply;
use crate::wire::{Ede, rtype, skip_name, u16_at};

/// How long the refusal lives: what is put on the allowlist is open within it.
const TTL: u32 = 60;
/// Parameters of HTTPS and SVCB records that hold addresses (RFC 9460 §7.3).
const HINTS: [(u16, usize); 2] = [(4, 4), (6, 16)];

/// Who may have inside addresses.
#[derive(Debug)]
pub(super) struct Rebind {
    on: bool,
    allow: Vec<Name>,
    language: Language,
}

impl Rebind {
    pub(super) fn new(on: bool, allow: &[Name], language: Language) -> Self {
        let allow = allow.to_vec();
        Self {
            on,
            allow,
            language,
        }
    }

    /// What is answered instead, when the reply leads a public name into a private network.
    pub(super) fn refuse(&self, name: &Name, qtype: u16, reply: &Reply) -> Option<Reply> {
        let refused = self.on && leads_inside(reply) && !self.is_allowed(name);
        refused.then(|| {
            let why = self.language.of(
                "Lá Chắn: câu trả lời từ bên ngoài chứa địa chỉ nội bộ (rebind-allow)",
                "Lá Chắn: an answer from outside holds an inside address (rebind-allow)",
            );
            Reply::no_data(name, qtype, TTL, &Ede::new(Ede::BLOCKED, why))
        })
    }

    fn is_allowed(&self, name: &Name) -> bool {
        self.allow.iter().any(|domain| name.is_within(domain))
    }
}

fn leads_inside(reply: &Reply) -> bool {
    reply.any_answer(|kind, data| match kind {
        rtype::A | rtype::AAAA => address(data).is_some_and(is_inside),
        rtype::SVCB | rtype::HTTPS => hints(data).any(is_inside),
        _ => false,
    })
}

fn address(data: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(data).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(data).map(IpAddr::from))
        .ok()
}

/// The addresses that a service record hints at (RFC 9460 §2.2).
fn hints(data: &[u8]) -> impl Iterator<Item = IpAddr> + '_ {
    let mut at = skip_name(data, 2);
    let params = std::iter::from_fn(move || {
        let start = at?;
        let (key, length) = (u16_at(data, start)?, u16_at(data, start + 2)?);
        let end = start + 4 + usize::from(length);
        let value = data.get(start + 4..end)?;
        at = Some(end);
        Some((key, value))
    });
    params.flat_map(|(key, value)| {
        let size = HINTS.iter().find(|(hint, _)| *hint == key);
        let size = size.map_or(value.len() + 1, |(_, size)| *size);
        value.chunks_exact(size).filter_map(address)
    })
}

/// Whether an address lies in a private network, or is the asking machine itself.
///
/// Carrier-grade NAT (100.64.0.0/10) is not inside the school: providers keep caches there.
fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_inside_v4(v4),
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || embedded(v6).is_some_and(is_inside_v4)
        }
    }
}

fn is_inside_v4(v4: Ipv4Addr) -> bool {
    // All of 0.0.0.0/8 reaches this host on Linux and macOS (RFC 1122 §3.2.1.3).
    v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.octets()[0] == 0
}

/// The IPv4 address in one of the well-known translation prefix (RFC 6052 §2.1), of 6to4 (RFC 3056)
/// or of the old compatible form (RFC 4291 §2.5.5.1).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match (a, b, c, d, e, f) {
        (0x64, 0xFF9B, 0, 0, 0, 0) | (0, 0, 0, 0, 0, 0) => Some(join(g, h)),
        (0x2002, high, low, ..) => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::query::tests::query;
    use crate::wire::response::tests::Script;
    use proptest::prelude::*;

    fn name(text: &str) -> Name {
        Name::from_text(text).unwrap()
    }

    fn reply(rtype: u16, data: &[u8]) -> Reply {
        let script = Script::new(&query("a.evil.vn", rtype), 0).a("a.evil.vn", 60);
        let script = script.record(1, "a.evil.vn", rtype, 60, data);
        Reply::keep(&script.bytes(), 3600).unwrap()
    }

    fn is_refused(asked: &str, rtype: u16, data: &[u8]) -> bool {
        let rebind = Rebind::new(true, &[name("plex.direct")], Language::default());
        let refused = rebind.refuse(&name(asked), rtype, &reply(rtype, data));
        if let Some(refused) = &refused {
            assert_eq!(refused.ede().unwrap().code, 15);
            assert!(refused.lifetime() == TTL && refused.data_of(rtype).is_empty());
        }
        refused.is_some()
    }

    #[test]
    fn inside_addresses_are_refused_in_every_form() {
        for (address, inside) in [
            ("10.0.0.1", true),
            ("172.16.0.1", true),
            ("172.32.0.1", false),
            ("192.168.1.1", true),
            ("127.0.0.1", true),
            ("169.254.169.254", true),
            ("0.0.0.0", true),
            ("100.64.0.1", false),
            ("203.113.131.1", false),
            ("::1", true),
            ("::", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("::ffff:10.0.0.1", true),
            ("::10.0.0.1", true),
            ("64:ff9b::192.168.1.1", true),
            ("64:ff9b::203.113.131.1", false),
            ("2002:c0a8:101::1", true),
            ("2405:4800::1", false),
        ] {
            let (kind, data) = match address.parse().unwrap() {
                IpAddr::V4(v4) => (1, v4.octets().to_vec()),
                IpAddr::V6(v6) => (28, v6.octets().to_vec()),
            };
            assert_eq!(is_refused("a.evil.vn", kind, &data), inside, "{address}");
        }
    }

    #[test]
    fn hints_of_service_records_count_too() {
        let record = |key: u16, value: &[u8]| {
            let length = u16::try_from(value.len()).unwrap();
            let alpn = [0, 1, 0, 3, 2, b'h', b'2'];
            let param = [&key.to_be_bytes()[..], &length.to_be_bytes(), value].concat();
            [&[0, 1, 0][..], &alpn, &param].concat()
        };
        let outside = [203, 113, 131, 1];
        for (data, expected) in [
            (record(4, &outside), false),
            (record(4, &[outside, [10, 0, 0, 1]].concat()), true),
            (record(6, &Ipv6Addr::LOCALHOST.octets()), true),
            (record(7, &[10, 0, 0, 1]), false),
            (record(4, &[10, 0, 0]), false),
            (vec![0, 1], false),
        ] {
            for kind in [64, 65] {
                assert_eq!(is_refused("a.evil.vn", kind, &data), expected, "{data:?}");
            }
        }
    }

    #[test]
    fn only_the_name_asked_for_can_be_exempt() {
        let inside = [192, 168, 1, 1];
        assert!(!is_refused("1-2.abc.plex.direct", 1, &inside));
        assert!(!is_refused("plex.direct", 1, &inside));
        assert!(is_refused("notplex.direct", 1, &inside));
        let off = Rebind::new(false, &[], Language::default());
        assert!(
            off.refuse(&name("a.evil.vn"), 1, &reply(1, &inside))
                .is_none()
        );
    }

    proptest! {
        #[test]
        fn no_service_record_makes_the_reader_fail_hard(
            data in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let _ = hints(&data).count();
        }
    }
}
