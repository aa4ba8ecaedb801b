//! What stands behind an answer: the names it leads through (`cloak.rs`) and the addresses it leads
//! to. A harmless name whose answer points into a closed range is closed.
//!
//! Addresses are asked about only where the ruleset has ranges: a search among those, which fit a
//! processor's cache.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lachan_policy::{Ask, CategorySet, Name, Rule, Verdict};

use crate::cloak::Front;
use crate::events::Behind;
use crate::settings::BlockAnswer;
use crate::wire::flat::View;
use crate::wire::rtype;

/// By what an answer was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A name of its chain of CNAMEs.
    Chain,
    /// A name that a service binding leads to.
    Service,
    /// An address.
    Address,
}

/// An answer closed by what stands behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closed {
    /// The verdict that closes it.
    pub(crate) verdict: Verdict,
    /// What it is on.
    pub(crate) by: By,
    /// The name it is on; `None` for an address.
    pub(crate) name: Option<Name>,
}

impl Closed {
    /// What may be told of what stands behind, where names may be told at all.
    pub(crate) fn behind(&self, may_name: bool) -> Behind<'_> {
        // A sealed entry is named nowhere.
        let may_name = may_name && self.verdict.rule != Rule::Sealed;
        let name = self.name.as_ref().filter(|_| may_name);
        name.map_or(Behind::Unnamed, Behind::Name)
    }

    /// How the answer to a query of this type is withheld.
    ///
    /// A chain of CNAMEs closes the name. A service binding closes itself only: that the name does
    /// not exist, said to this type, would be remembered for its addresses too (RFC 8020), which
    /// may be harmless and are judged by themselves.
    pub(crate) fn how(&self, qtype: u16, configured: BlockAnswer) -> BlockAnswer {
        let is_service = matches!(qtype, rtype::SVCB | rtype::HTTPS);
        match self.by {
            By::Service => BlockAnswer::NoData,
            By::Address if is_service => BlockAnswer::NoData,
            By::Chain | By::Address => configured,
        }
    }
}

/// What closes the answer, if anything does.
pub(crate) fn closed(front: &Front<'_>, reply: &View<'_>) -> Option<Closed> {
    let named = |by| {
        move |(name, verdict)| Closed {
            verdict,
            by,
            name: Some(name),
        }
    };
    let by_address = |verdict| Closed {
        verdict,
        by: By::Address,
        name: None,
    };
    let chain = front.closed_behind(reply.chain());
    chain
        .map(named(By::Chain))
        .or_else(|| closed_address(front, reply).map(by_address))
        .or_else(|| {
            front
                .closed_behind(reply.services())
                .map(named(By::Service))
        })
}

fn closed_address(front: &Front<'_>, reply: &View<'_>) -> Option<Verdict> {
    if !front.policy.ruleset().has_addresses() {
        return None;
    }
    let ask = Ask {
        name: front.name,
        group: front.group,
        at: front.at,
        found: CategorySet::EMPTY,
    };
    reply.addresses().flat_map(meanings).find_map(|address| {
        let verdict = front.policy.decide_address(&ask, address)?;
        verdict.is_block().then_some(verdict)
    })
}

/// The address, and the IPv4 one inside it that a translator would reach: a list of IPv4 ranges
/// must not be evaded by writing it as an IPv6 address.
fn meanings(address: IpAddr) -> impl Iterator<Item = IpAddr> {
    let inside = match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(v6) => embedded(v6).map(IpAddr::V4),
    };
    std::iter::once(address).chain(inside)
}

/// The IPv4 address in one of NAT64's well-known prefix (RFC 6052 §2.1) or of 6to4 (RFC 3056 §2).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    match v6.segments() {
        [0x64, 0xFF9B, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_address_inside_an_ipv6_one_is_seen() {
        for (text, expected) in [
            ("64:ff9b::c633:6407", Some([198, 51, 100, 7])),
            ("2002:c633:6407::1", Some([198, 51, 100, 7])),
            ("2001:db8::c633:6407", None),
            ("64:ff9b:1::c633:6407", None),
            ("::1", None),
        ] {
            let expected = expected.map(Ipv4Addr::from);
            assert_eq!(embedded(text.parse().unwrap()), expected, "{text}");
        }
    }
}
