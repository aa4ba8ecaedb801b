//! `[network]`: where the box stands, and what its firewall does.

use std::ops::RangeInclusive;

use lachan_policy::{InterfaceName, Subnet, Tier};

/// Most interfaces that devices can be behind: a school's VLANs, with room.
pub const MAX_INSIDE: usize = 64;
/// Most ports and ranges of those who look after the box.
pub const MAX_MANAGEMENT: usize = 32;
/// New connections of one device a second; 0 is no limit.
pub const CONNECTIONS: RangeInclusive<u32> = 0..=100_000;
/// No limit: by MAC a whole school behind a router or a NATed access point counts as one device.
pub const DEFAULT_CONNECTIONS: u32 = 0;

/// Where the box stands, and so what its firewall can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetworkMode {
    /// The firewall is left alone. The default: rules nobody asked for can lock people out.
    #[default]
    Off,
    /// Devices ask the box for names; their other traffic goes another way.
    Resolver,
    /// All traffic of the devices goes through the box.
    Gateway,
}

impl NetworkMode {
    /// The word for it in the file.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Resolver => "resolver",
            Self::Gateway => "gateway",
        }
    }
}

/// `[network]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// Where the box stands.
    pub mode: NetworkMode,
    /// The interfaces that devices are behind; not empty unless the mode is off.
    pub inside: Vec<InterfaceName>,
    /// The interface the Internet is behind; set where the mode is gateway.
    pub outside: Option<InterfaceName>,
    /// The tiers whose DNS goes unfiltered while the filter does not answer.
    pub fail_open: Vec<Tier>,
    /// The tiers that may use other DNS, QUIC and tunnels.
    pub ways_round_kept_for: Vec<Tier>,
    /// TCP ports of those who look after the box.
    pub management_ports: Vec<u16>,
    /// From where they can be reached; not empty where there are ports.
    pub management_from: Vec<Subnet>,
    /// New connections of one device a second, within [`CONNECTIONS`].
    pub connections_per_second: u32,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            mode: NetworkMode::default(),
            inside: Vec::new(),
            outside: None,
            // Teachers' work must go on; pupils' filter must not fall away with its plug.
            fail_open: vec![Tier::Staff],
            ways_round_kept_for: vec![Tier::Staff],
            management_ports: Vec::new(),
            management_from: Vec::new(),
            connections_per_second: DEFAULT_CONNECTIONS,
        }
    }
}
