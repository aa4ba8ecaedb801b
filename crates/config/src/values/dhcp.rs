//! `[network.dhcp]`: addresses for devices, given by dnsmasq.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use lachan_policy::{InterfaceName, Mac};

use super::{Paths, Switch};

/// Most interfaces with devices that get addresses; as many as there can be inside.
pub const MAX_RANGES: usize = super::network::MAX_INSIDE;
/// Most devices with an address or name of their own: every device of a big school.
pub const MAX_STATIC: usize = 4096;
/// How long an address is lent. Shorter than dnsmasq's least would be taken for it.
pub const LEASE_TIME: RangeInclusive<Duration> =
    Duration::from_secs(120)..=Duration::from_secs(7 * 86_400);
/// A school day: who comes back tomorrow gets the same, and a used-up range is free again overnight.
pub const DEFAULT_LEASE_TIME: Duration = Duration::from_secs(12 * 3600);
/// The domain of devices: one of those that are never asked outside.
pub const DEFAULT_DOMAIN: &str = "lan";

/// What the filter does about DHCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DhcpMode {
    /// Nothing: somebody else gives addresses.
    #[default]
    Off,
    /// It writes dnsmasq's file; a service of the system's runs it.
    Write,
    /// It writes the file and runs dnsmasq itself.
    Run,
}

impl DhcpMode {
    /// The word for it in the file.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Write => "write",
            Self::Run => "run",
        }
    }
}

/// `[network.dhcp]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dhcp {
    /// What the filter does about it.
    pub mode: DhcpMode,
    /// The file that is written for dnsmasq; `None` for the usual one, see [`Self::file`].
    pub path: Option<PathBuf>,
    /// How long an address is lent, within [`LEASE_TIME`].
    pub lease_time: Duration,
    /// The domain that devices are told.
    pub domain: String,
    /// Which addresses are given behind which interface; not empty unless the mode is off.
    pub ranges: Vec<DhcpRange>,
    /// Devices with an address or a name of their own.
    pub fixed: Vec<DhcpFixed>,
}

impl Default for Dhcp {
    fn default() -> Self {
        Self {
            mode: DhcpMode::default(),
            path: None,
            lease_time: DEFAULT_LEASE_TIME,
            domain: DEFAULT_DOMAIN.to_owned(),
            ranges: Vec::new(),
            fixed: Vec::new(),
        }
    }
}

impl Dhcp {
    /// The file that is written for dnsmasq.
    #[must_use]
    pub fn file(&self, paths: &Paths) -> PathBuf {
        let usual = || paths.state().join("dnsmasq.conf");
        self.path.clone().unwrap_or_else(usual)
    }

    /// Where dnsmasq keeps what it lent, and to whom.
    #[must_use]
    pub fn leases(&self, paths: &Paths) -> PathBuf {
        self.file(paths).with_extension("leases")
    }
}

/// The addresses that devices behind one interface get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DhcpRange {
    /// The interface.
    pub interface: InterfaceName,
    /// The box's own address there: the devices' gateway and DNS.
    pub address: Ipv4Addr,
    /// How many bits of it are the network's.
    pub length: u8,
    /// The first address that is given.
    pub first: Ipv4Addr,
    /// The last.
    pub last: Ipv4Addr,
    /// Whether routers' advertisements tell devices the IPv6 network of that interface, where it has
    /// one, and the box as their DNS.
    pub advertise: Switch,
}

/// What a single device gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DhcpFixed {
    /// Its hardware address.
    pub mac: Mac,
    /// Its address, in the network of a range.
    pub address: Option<Ipv4Addr>,
    /// Its name: one label.
    pub name: Option<String>,
}
