//! Addresses, CIDR blocks and ranges as lists write them.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use lachan_policy::{Subnet, SubnetError, address_bits};

use super::item::shortened;
use super::reason::Reason;

/// How much of a wrong word is repeated in a reason.
const WORD: usize = 40;

/// The addresses from `first` to `last`, both of one family; IPv4 is never written as mapped IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

impl AddressRange {
    /// The range of those ends.
    ///
    /// # Errors
    /// [`Reason::Range`] when they are of two families or the wrong way round.
    pub fn new(first: IpAddr, last: IpAddr) -> Result<Self, Reason> {
        let (first, last) = (first.to_canonical(), last.to_canonical());
        if first.is_ipv4() != last.is_ipv4() || first > last {
            return Err(Reason::Range);
        }
        Ok(Self { first, last })
    }

    /// Reads `address`, `address/length` or `first-last`.
    ///
    /// # Errors
    /// [`Reason::Address`], [`Reason::PrefixLength`], [`Reason::HostBits`], [`Reason::Range`].
    pub fn parse(text: &str) -> Result<Self, Reason> {
        if text.contains('/') {
            return Self::of_cidr(text);
        }
        match text.split_once('-') {
            Some((first, last)) => Self::new(address(first.trim())?, address(last.trim())?),
            None => address(text).map(Self::of_one),
        }
    }

    fn of_one(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self {
            first: address,
            last: address,
        }
    }

    fn of_cidr(text: &str) -> Result<Self, Reason> {
        let subnet = text.parse::<Subnet>().map_err(|error| match error {
            SubnetError::Address(address) => Reason::Address(shortened(&address, WORD)),
            SubnetError::Length(length, _) => Reason::PrefixLength(shortened(&length, WORD)),
            SubnetError::HostBits(_, meant) => Reason::HostBits(meant),
        })?;
        Ok(Self::from(subnet))
    }

    /// First address.
    #[must_use]
    pub const fn first(&self) -> IpAddr {
        self.first
    }

    /// Last address; itself part of the range.
    #[must_use]
    pub const fn last(&self) -> IpAddr {
        self.last
    }

    /// Both ends as [`address_bits`] gives them.
    #[must_use]
    pub fn bits(&self) -> (u128, u128) {
        (address_bits(self.first), address_bits(self.last))
    }
}

impl From<Subnet> for AddressRange {
    fn from(subnet: Subnet) -> Self {
        let end = |bits| IpAddr::V6(Ipv6Addr::from(bits));
        let (first, last) = (end(subnet.first()), end(subnet.last()));
        // A block wider than ::ffff:0:0/96 is an IPv6 one, though one end may look like IPv4.
        if subnet.length() < 96 {
            return Self { first, last };
        }
        Self {
            first: first.to_canonical(),
            last: last.to_canonical(),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        write!(f, "{}-{}", self.first, self.last)
    }
}

fn address(text: &str) -> Result<IpAddr, Reason> {
    text.parse()
        .map_err(|_| Reason::Address(shortened(text, WORD)))
}

/// Whether an answer with this address means "blocked": the unspecified and loopback addresses.
#[must_use]
pub const fn is_sink(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_unspecified() || address.is_loopback()
}

/// The address block a text is when it stands where a name could stand: `None` when it is a name,
/// a URL, or anything else that merely begins with digits.
pub(super) fn of_entry(text: &str) -> Option<Result<AddressRange, Reason>> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(':') {
        return None;
    }
    let end = text.find(['/', '-']).unwrap_or(text.len());
    let head = text[..end].trim_end().parse::<IpAddr>().ok()?;
    let rest = &text[end..];
    let block = match rest.as_bytes().first() {
        None => return Some(Ok(AddressRange::of_one(head))),
        Some(b'/') => rest.len() > 1 && rest[1..].bytes().all(|byte| byte.is_ascii_digit()),
        _ => rest[1..].trim().parse::<IpAddr>().is_ok(),
    };
    block.then(|| AddressRange::parse(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let got = AddressRange::parse(text);
        let got = got
            .map(|range| range.to_string())
            .map_err(|reason| reason.id());
        assert_eq!(got, expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn addresses_blocks_and_ranges_are_read() {
        check("1.2.3.4", Ok("1.2.3.4"));
        check("1.2.3.0/24", Ok("1.2.3.0-1.2.3.255"));
        check("1.2.3.4/32", Ok("1.2.3.4"));
        check("0.0.0.0/0", Ok("0.0.0.0-255.255.255.255"));
        check("2001:db8::/126", Ok("2001:db8::-2001:db8::3"));
        check("::/0", Ok("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
        check("1.2.3.4-1.2.3.9", Ok("1.2.3.4-1.2.3.9"));
        check("1.2.3.4 - 1.2.3.9", Ok("1.2.3.4-1.2.3.9"));
        check("::ffff:1.2.3.4", Ok("1.2.3.4"));
        check("::ffff:1.2.3.0/120", Ok("1.2.3.0-1.2.3.255"));
    }

    #[test]
    fn what_is_no_block_is_refused_with_its_reason() {
        check("1.2.3.1/24", Err("host-bits"));
        check("1.2.3.0/33", Err("prefix-length"));
        check("1.2.3/24", Err("address"));
        check("1.2.3.9-1.2.3.4", Err("range"));
        check("1.2.3.4-::1", Err("range"));
        check("a.vn", Err("address"));
        check("01.2.3.4", Err("address"));
    }

    #[test]
    fn names_and_urls_are_not_taken_for_addresses() {
        for text in [
            "1and1.com",
            "1.2.3.4-static.net",
            "1.2.3.4/a",
            "1.2.3.4/",
            "a.vn/1",
            "http://::1",
        ] {
            assert_eq!(of_entry(text), None, "{text}");
        }
        for text in [
            "1.2.3.4",
            "1.2.3.4/8",
            "::1",
            "fe80::/10",
            "1.2.3.4-1.2.3.5",
        ] {
            assert!(of_entry(text).is_some(), "{text}");
        }
    }

    #[test]
    fn loopback_and_unspecified_mean_blocked() {
        for text in [
            "0.0.0.0",
            "127.0.0.1",
            "127.9.9.9",
            "::",
            "::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(is_sink(text.parse().unwrap()), "{text}");
        }
        for text in ["0.0.0.1", "10.0.0.1", "255.255.255.255", "::2"] {
            assert!(!is_sink(text.parse().unwrap()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(a in any::<u32>(), b in any::<u32>()) {
            let range = AddressRange::new(IpAddr::V4(a.min(b).into()), IpAddr::V4(a.max(b).into()));
            let range = range.unwrap();
            prop_assert_eq!(AddressRange::parse(&range.to_string()), Ok(range));
        }
    }
}
