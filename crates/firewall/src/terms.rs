//! The few terms of nftables that our rules are written in, short enough to be read as rules.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;

use lachan_policy::Subnet;
use std::borrow::Cow;

use nftables::expr::{
    CT, Elem, Expression, Fib, FibFlag, FibResult, Meta, MetaKey, NamedExpression, Payload,
    PayloadField, Prefix, Range, SetItem, Socket, SocketAttr, Verdict,
};
use nftables::stmt::{
    CTCount, Counter, JumpTarget, Limit, Mangle, Match, Meter, NAT, NATFamily, Operator, Reject,
    RejectType, Statement, TProxy, VerdictMap,
};
use nftables::types::RejectCode;

pub(crate) type Term = Expression<'static>;
pub(crate) type Clause = Statement<'static>;

/// First and last of the IPv6 addresses that stand for IPv4 ones.
const MAPPED: (u128, u128) = (0xFFFF_0000_0000, 0xFFFF_FFFF_FFFF);

pub(crate) fn text(text: impl Into<String>) -> Term {
    Expression::String(text.into().into())
}

pub(crate) fn number(number: impl Into<u32>) -> Term {
    Expression::Number(number.into())
}

/// First to last of what is counted, such as ports.
pub(crate) fn span(numbers: &RangeInclusive<u16>) -> Term {
    if numbers.start() == numbers.end() {
        return number(*numbers.start());
    }
    let range = [number(*numbers.start()), number(*numbers.end())];
    Expression::Range(Box::new(Range { range }))
}

/// The addresses that share so many bits with this one.
pub(crate) fn prefix(address: &str, length: u32) -> Term {
    Expression::Named(NamedExpression::Prefix(Prefix {
        addr: Box::new(text(address)),
        len: length,
    }))
}

pub(crate) fn meta(key: MetaKey) -> Term {
    Expression::Named(NamedExpression::Meta(Meta { key }))
}

pub(crate) fn field(protocol: &'static str, field: &'static str) -> Term {
    let field = PayloadField {
        protocol: protocol.into(),
        field: field.into(),
    };
    Expression::Named(NamedExpression::Payload(Payload::PayloadField(field)))
}

/// What kind of address the packet goes to, as the machine's routes have it.
pub(crate) fn kind_of_destination() -> Term {
    let fib = Fib {
        result: FibResult::Type,
        flags: [FibFlag::Daddr].into(),
    };
    Expression::Named(NamedExpression::Fib(fib))
}

/// What the kernel remembers of the packet's connection.
fn connection(key: &'static str) -> Term {
    Expression::Named(NamedExpression::CT(CT {
        key: key.into(),
        ..CT::default()
    }))
}

pub(crate) fn set(items: impl IntoIterator<Item = Term>) -> Term {
    let items = items.into_iter().map(SetItem::Element).collect();
    Expression::Named(NamedExpression::Set(items))
}

pub(crate) fn is(left: Term, right: Term) -> Clause {
    compare(left, right, Operator::EQ)
}

pub(crate) fn is_not(left: Term, right: Term) -> Clause {
    compare(left, right, Operator::NEQ)
}

/// Whether the packet begins something.
pub(crate) fn is_new() -> Clause {
    compare(connection("state"), text("new"), Operator::IN)
}

/// Whether the packet is no error about something that is under way.
pub(crate) fn is_not_related() -> Clause {
    is_not(connection("state"), text("related"))
}

/// Whether the packet answers one that went the other way.
pub(crate) fn is_answer() -> Clause {
    is(connection("direction"), text("reply"))
}

/// Whether the packet belongs to a connection whose goal was changed on the way.
pub(crate) fn is_led_elsewhere() -> Clause {
    compare(connection("status"), text("dnat"), Operator::IN)
}

/// Whether a connection of the transparent proxy waits for the packet.
pub(crate) fn is_proxied() -> Clause {
    let transparent = Socket {
        key: Cow::Owned(SocketAttr::Transparent),
    };
    let socket = Expression::Named(NamedExpression::Socket(transparent));
    is(socket, Expression::Number(1))
}

fn compare(left: Term, right: Term, op: Operator) -> Clause {
    Statement::Match(Match { left, right, op })
}

pub(crate) fn counter() -> Clause {
    Statement::Counter(Counter::Anonymous(None))
}

pub(crate) fn accept() -> Clause {
    Statement::Accept(None)
}

pub(crate) fn goto(chain: String) -> Clause {
    Statement::Goto(JumpTarget {
        target: chain.into(),
    })
}

pub(crate) fn redirect(port: u16) -> Clause {
    Statement::Redirect(Some(NAT {
        addr: None,
        family: None,
        port: Some(number(port)),
        flags: None,
    }))
}

/// Leads to another address and port.
pub(crate) fn lead_to(address: SocketAddr) -> Clause {
    let family = match address {
        SocketAddr::V4(_) => NATFamily::IP,
        SocketAddr::V6(_) => NATFamily::IP6,
    };
    Statement::DNAT(Some(NAT {
        addr: Some(text(address.ip().to_string())),
        family: Some(family),
        port: Some(number(address.port())),
        flags: None,
    }))
}

/// Hands the packet, as it is, to who listens transparently on a port of ours. Does not hold where
/// nobody does.
pub(crate) fn divert(port: u16) -> Clause {
    Statement::TProxy(TProxy {
        family: None,
        port,
        addr: None,
    })
}

pub(crate) fn change(key: Term, value: Term) -> Clause {
    Statement::Mangle(Mangle { key, value })
}

/// Says nothing to the sender: only where there is no way to say it.
pub(crate) fn drop_silently() -> Clause {
    Statement::Drop(None)
}

pub(crate) fn masquerade() -> Clause {
    Statement::Masquerade(None)
}

/// Ends a connection that begins, at once.
pub(crate) fn reset() -> Clause {
    Statement::Reject(Some(Reject::new(Some(RejectType::TCPReset), None)))
}

/// Tells the sender that nobody is there.
pub(crate) fn unreachable() -> Clause {
    let code = RejectCode::PortUnreach;
    Statement::Reject(Some(Reject::new(Some(RejectType::ICMPX), Some(code))))
}

/// Tells the sender that it is not wanted.
pub(crate) fn prohibited() -> Clause {
    let code = RejectCode::AdminProhibited;
    Statement::Reject(Some(Reject::new(Some(RejectType::ICMPX), Some(code))))
}

/// Sends each packet to the chain that belongs to its key.
pub(crate) fn dispatch(key: Term, chains: Vec<(Term, String)>) -> Clause {
    let verdict = |chain: String| {
        Expression::Verdict(Verdict::Goto(JumpTarget {
            target: chain.into(),
        }))
    };
    let items = chains
        .into_iter()
        .map(|(key, chain)| SetItem::Mapping(key, verdict(chain)));
    let data = Expression::Named(NamedExpression::Set(items.collect()));
    Statement::VerdictMap(VerdictMap { key, data })
}

/// Seconds that a sender is remembered from when it was first seen. Then its account begins anew: it
/// may have its burst once more each minute, and who is gone is forgotten.
const REMEMBERED: u32 = 60;

/// Holds of what one sender begins beyond a rate.
pub(crate) fn beyond(name: impl Into<String>, per_second: u32, burst: u32) -> Clause {
    let limit = Limit {
        rate: per_second,
        rate_unit: None,
        per: Some("second".into()),
        burst: Some(burst),
        burst_unit: None,
        inv: Some(true),
    };
    let sender = Elem {
        val: Box::new(field("ether", "saddr")),
        timeout: Some(REMEMBERED),
        ..Elem::default()
    };
    Statement::Meter(Meter {
        name: name.into().into(),
        key: Expression::Named(NamedExpression::Elem(sender)),
        stmt: Box::new(Statement::Limit(limit)),
    })
}

/// Holds of what one sender has open beyond a number. The kernel forgets a sender with its last
/// connection.
pub(crate) fn more_than(name: &'static str, most: u32) -> Clause {
    let count = CTCount {
        val: number(most),
        inv: Some(true),
    };
    Statement::Meter(Meter {
        name: name.into(),
        key: field("ether", "saddr"),
        stmt: Box::new(Statement::CTCount(count)),
    })
}

/// A range of addresses in the table of both families, as nftables has it: at most one range of
/// IPv4 addresses and two of IPv6.
#[derive(Debug, Default)]
pub(crate) struct Ranges {
    pub(crate) v4: Vec<Term>,
    pub(crate) v6: Vec<Term>,
}

impl Ranges {
    pub(crate) fn new(first: u128, last: u128) -> Self {
        let mut ranges = Self::default();
        let mut put = |from: u128, to: u128| {
            if from <= to && MAPPED.0 <= from && to <= MAPPED.1 {
                ranges.v4.push(range(v4(from), v4(to)));
            } else if from <= to {
                ranges.v6.push(range(v6(from), v6(to)));
            }
        };
        put(first, last.min(MAPPED.0 - 1));
        put(first.max(MAPPED.0), last.min(MAPPED.1));
        put(first.max(MAPPED.1 + 1), last);
        ranges
    }

    pub(crate) fn of(subnets: &[Subnet]) -> Self {
        Self::of_all(subnets.iter().map(|subnet| (subnet.first(), subnet.last())))
    }

    pub(crate) fn of_all(ranges: impl IntoIterator<Item = (u128, u128)>) -> Self {
        let mut all = Self::default();
        for (first, last) in ranges {
            let ranges = Self::new(first, last);
            all.v4.extend(ranges.v4);
            all.v6.extend(ranges.v6);
        }
        all
    }
}

fn v4(bits: u128) -> IpAddr {
    let [.., a, b, c, d] = bits.to_be_bytes();
    Ipv4Addr::new(a, b, c, d).into()
}

fn v6(bits: u128) -> IpAddr {
    Ipv6Addr::from(bits).into()
}

fn range(first: IpAddr, last: IpAddr) -> Term {
    if first == last {
        return text(first.to_string());
    }
    let range = [first, last].map(|address| text(address.to_string()));
    Expression::Range(Box::new(Range { range }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranges of both families as text.
    fn shown(subnet: &str) -> (String, String) {
        let subnet: Subnet = subnet.parse().unwrap();
        let ranges = Ranges::of(&[subnet]);
        let show = |terms: Vec<Term>| serde_json::to_string(&terms).unwrap();
        (show(ranges.v4), show(ranges.v6))
    }

    #[test]
    fn a_subnet_of_one_family_is_one_range() {
        let (v4, v6) = shown("10.1.0.0/16");
        assert_eq!(v4, r#"[{"range":["10.1.0.0","10.1.255.255"]}]"#);
        assert_eq!(v6, "[]");
        let (v4, v6) = shown("fd00::/127");
        assert_eq!(
            (v4.as_str(), v6.as_str()),
            ("[]", r#"[{"range":["fd00::","fd00::1"]}]"#)
        );
        assert_eq!(shown("10.1.2.3").0, r#"["10.1.2.3"]"#);
    }

    #[test]
    fn everything_is_everything_of_both_families() {
        let (v4, v6) = shown("::/0");
        assert_eq!(v4, r#"[{"range":["0.0.0.0","255.255.255.255"]}]"#);
        assert_eq!(
            v6,
            r#"[{"range":["::","::fffe:ffff:ffff"]},{"range":["::1:0:0:0","ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]}]"#
        );
    }
}
