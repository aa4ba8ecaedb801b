//! Who asks: by what a device can be known, and how particular each of those is. Which group that
//! makes is [`crate::Groups::recognise`]'s affair.
//!
//! | a device is known by | because |
//! |---|---|
//! | the [`Token`] it shows | it was given to this device by a person, and a managed device keeps its group on every segment of the school |
//! | its [`Mac`] | it is one device, whatever address it has just now: IPv6 privacy addresses change by the day |
//! | its address's longest subnet | a range of devices, and a shorter one within a longer one is meant more particularly |
//! | the [`InterfaceName`] it came in on | whole segments: all that is behind a wire or a VLAN, ranges that nobody wrote down too |
//! | nothing | the group of unknown devices |
//!
//! The particular wins over the general, in this order. None of them is proof: an address or a MAC
//! can be taken by whoever owns his device, a token can be copied. A school that must be sure keeps
//! apart, on segments of their own, those who must not mix.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::token::Token;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// The client's address.
    pub address: IpAddr,
    /// Its hardware address, where it is known.
    pub mac: Option<Mac>,
    /// Number of the interface it came in on, as the kernel counts; 0 where that is not known.
    pub interface: u32,
    /// The token it showed.
    pub token: Option<Token>,
}

impl Who {
    /// A device of which nothing but the address is known.
    #[must_use]
    pub const fn at(address: IpAddr) -> Self {
        Self {
            address,
            mac: None,
            interface: 0,
            token: None,
        }
    }
}

/// By what a device was recognised, the most particular first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KnownBy {
    /// The token it showed.
    Token,
    /// Its hardware address.
    Mac,
    /// Its address.
    Subnet,
    /// The interface it came in on.
    Interface,
    /// Nothing: it is in the group of unknown devices.
    Nothing,
}

impl KnownBy {
    /// The id used in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Mac => "mac",
            Self::Subnet => "subnet",
            Self::Interface => "interface",
            Self::Nothing => "nothing",
        }
    }
}

/// A hardware address (EUI-48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

/// A text that is no hardware address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a MAC address; it has six pairs of hexadecimal digits, as in 3c:22:fb:0a:b1:9e"
)]
pub struct BadMac(pub String);

impl Mac {
    /// Whether the address was made up by the device (the locally administered bit of IEEE 802):
    /// phones do so for each network, and some anew each day.
    #[must_use]
    pub const fn is_random(self) -> bool {
        self.0[0] & 2 != 0
    }

    /// Whether it can be one device's: neither empty nor the address of many (the group bit of
    /// IEEE 802, which broadcast has too).
    #[must_use]
    pub fn is_of_one_device(self) -> bool {
        self.0[0] & 1 == 0 && self.0 != [0; 6]
    }
}

impl FromStr for Mac {
    type Err = BadMac;
    /// Six pairs of hexadecimal digits with `:`, `-`, `.` or nothing between them, in either case.
    fn from_str(text: &str) -> Result<Self, BadMac> {
        let bad = || BadMac(text.to_owned());
        let mut bytes = [0; 6];
        let mut digits = 0;
        for character in text.trim().chars() {
            if matches!(character, ':' | '-' | '.') {
                continue;
            }
            let digit = character
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok());
            let byte: &mut u8 = bytes.get_mut(digits / 2).ok_or_else(bad)?;
            *byte = *byte << 4 | digit.ok_or_else(bad)?;
            digits += 1;
        }
        if digits == 12 {
            Ok(Self(bytes))
        } else {
            Err(bad())
        }
    }
}

impl fmt::Display for Mac {
    /// `3c:22:fb:0a:b1:9e`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// The name of a network interface, as the kernel takes it: `eth0`, `br-lan`, the VLAN `eth0.20`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceName(String);

/// A text that is no interface's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the name of a network interface; it has 1 to 15 characters without spaces, as in eth0 or br-lan"
)]
pub struct BadInterface(pub String);

impl InterfaceName {
    /// Most bytes of a name: `IFNAMSIZ` of the kernel without the closing zero.
    pub const MAX: usize = 15;

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InterfaceName {
    type Err = BadInterface;
    /// What `dev_valid_name` of the kernel takes, and nothing that could disturb a terminal.
    fn from_str(text: &str) -> Result<Self, BadInterface> {
        let is_odd = |c: char| {
            matches!(c, '/' | ':') || c.is_whitespace() || c.is_control() || !c.is_ascii()
        };
        let length = 1..=Self::MAX;
        if !length.contains(&text.len()) || text == "." || text == ".." || text.contains(is_odd) {
            return Err(BadInterface(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hardware_addresses_are_read_however_they_are_written() {
        for text in [
            "3C:22:fb:0a:B1:9e",
            "3c-22-fb-0a-b1-9e",
            "3c22.fb0a.b19e",
            "3c22fb0ab19e",
        ] {
            assert_eq!(
                text.parse::<Mac>().unwrap().to_string(),
                "3c:22:fb:0a:b1:9e"
            );
        }
        for text in [
            "",
            "3c:22:fb:0a:b1",
            "3c:22:fb:0a:b1:9e:00",
            "3g:22:fb:0a:b1:9e",
        ] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }

    #[test]
    fn made_up_hardware_addresses_are_told() {
        assert!(Mac([0xda, 0, 0, 0, 0, 1]).is_random());
        assert!(!Mac([0x3c, 0, 0, 0, 0, 1]).is_random());
    }

    #[test]
    fn addresses_of_many_are_no_device_s() {
        for text in [
            "ff:ff:ff:ff:ff:ff",
            "01:00:5e:00:00:fb",
            "00:00:00:00:00:00",
        ] {
            assert!(!text.parse::<Mac>().unwrap().is_of_one_device(), "{text}");
        }
        assert!(Mac([0xda, 0, 0, 0, 0, 1]).is_of_one_device());
    }

    #[test]
    fn interfaces_are_named_as_the_kernel_takes_it() {
        for good in ["eth0", "eth0.20", "br-lan", "a", "wlp0s20f0u1u2_x"] {
            assert_eq!(good.parse::<InterfaceName>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "a b",
            "a:1",
            "sixteen-letters-",
            "cổng",
            "a\u{7}",
        ] {
            assert!(bad.parse::<InterfaceName>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".{0,40}") {
            let _ = (text.parse::<Mac>(), text.parse::<InterfaceName>());
        }
    }
}
