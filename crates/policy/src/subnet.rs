//! Address ranges in CIDR form, both families in one table.

use std::net::{IpAddr, Ipv6Addr};

/// An address range in CIDR form. IPv4 is held mapped (`::ffff:0:0/96`), so one table serves both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet {
    first: u128,
    length: u8,
}

/// Why a text is no subnet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubnetError {
    /// The part before the slash.
    #[error("{0:?} is not an IP address")]
    Address(String),
    /// The part after the slash.
    #[error("{0:?} is not a prefix length from 0 to {1}")]
    Length(String, u8),
    /// Bits are set after the prefix.
    #[error("{0} has bits set after its prefix; did you mean {1}?")]
    HostBits(String, Subnet),
}

/// How an address stands in the table of both families.
#[must_use]
pub fn address_bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

impl Subnet {
    /// The range of `length` prefix bits (0..=32 or 0..=128) around an address.
    #[must_use]
    pub fn around(address: IpAddr, length: u8) -> Self {
        let mapped = match address {
            IpAddr::V4(_) => 96 + length.min(32),
            IpAddr::V6(_) => length.min(128),
        };
        Self {
            first: address_bits(address) & mask(mapped),
            length: mapped,
        }
    }

    /// First address of the range, as [`address_bits`] gives it.
    #[must_use]
    pub const fn first(&self) -> u128 {
        self.first
    }

    /// Last address of the range, as [`address_bits`] gives it.
    #[must_use]
    pub fn last(&self) -> u128 {
        self.first | !mask(self.length)
    }

    /// Prefix length in the table of both families, 0 to 128.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// Whether the address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        (self.first..=self.last()).contains(&address_bits(address))
    }
}

/// The highest `length` bits.
const fn mask(length: u8) -> u128 {
    if length == 0 {
        0
    } else {
        u128::MAX << (128 - length)
    }
}

impl std::str::FromStr for Subnet {
    type Err = SubnetError;
    /// `192.168.1.0/24`, `fd00::/64`, or one address.
    fn from_str(text: &str) -> Result<Self, SubnetError> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| SubnetError::Address(address.to_owned()))?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => most,
            Some(digits) => digits
                .parse()
                .ok()
                .filter(|length| *length <= most)
                .ok_or_else(|| SubnetError::Length(digits.to_owned(), most))?,
        };
        let subnet = Self::around(address, length);
        if subnet.first == address_bits(address) {
            Ok(subnet)
        } else {
            Err(SubnetError::HostBits(text.to_owned(), subnet))
        }
    }
}

impl std::fmt::Display for Subnet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let v6 = Ipv6Addr::from(self.first);
        match v6.to_ipv4_mapped() {
            Some(v4) if self.length >= 96 => write!(f, "{v4}/{}", self.length - 96),
            _ => write!(f, "{v6}/{}", self.length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_are_read_strictly() {
        for good in [
            "10.0.0.0/24",
            "10.0.0.1/32",
            "fd00::/64",
            "0.0.0.0/0",
            "::/0",
        ] {
            assert_eq!(good.parse::<Subnet>().unwrap().to_string(), good);
        }
        assert_eq!(
            "10.0.0.1".parse::<Subnet>().unwrap().to_string(),
            "10.0.0.1/32"
        );
        assert!(matches!(
            "10.0.0.1/24".parse::<Subnet>(),
            Err(SubnetError::HostBits(..))
        ));
        assert!(matches!(
            "10.0.0.0/33".parse::<Subnet>(),
            Err(SubnetError::Length(..))
        ));
        assert!(matches!(
            "10.0.0/24".parse::<Subnet>(),
            Err(SubnetError::Address(_))
        ));
    }
}
