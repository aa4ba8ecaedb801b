//! `[network]`: where the box stands, and what its firewall does.

use std::ops::RangeInclusive;

use lachan_policy::{InterfaceName, Subnet, Tier};

use super::Dhcp;

/// Most interfaces that devices can be behind: a school's VLANs, with room.
pub const MAX_INSIDE: usize = 64;
/// Most ports and ranges of those who look after the box.
pub const MAX_MANAGEMENT: usize = 32;
/// New connections of one device a second; 0 is no limit.
pub const CONNECTIONS: RangeInclusive<u32> = 0..=100_000;
/// A page with all its parts is some dozens at once and a class that opens one some hundreds; a worm
/// that looks for others is thousands. High, because by MAC everybody behind a router or a NATed
/// access point counts as one device.
pub const DEFAULT_CONNECTIONS: u32 = 200;
/// Connections of one device at a time; 0 is no limit.
pub const OPEN: RangeInclusive<u32> = 0..=1_000_000;
/// A busy browser has some hundreds, a class behind an access point some thousands; what the box can
/// hold in all is a multiple of it.
pub const DEFAULT_OPEN: u32 = 4096;
/// Most ranges of ports, and networks, that stay open where addresses of one's own choice are shut.
pub const MAX_DIRECT: usize = 64;
/// What a school's programs need beside the web and DNS: the time, the calls of Meet (19302–19309),
/// Teams (3478–3481) and Zoom (8801–8810), and the push services of Apple (5223) and Android
/// (5228–5230), as their makers' pages for network administrators list them.
pub const DEFAULT_DIRECT_PORTS: [OpenPorts; 6] = [
    OpenPorts::new(Transport::Udp, 123, 123),
    OpenPorts::new(Transport::Udp, 3478, 3481),
    OpenPorts::new(Transport::Udp, 8801, 8810),
    OpenPorts::new(Transport::Udp, 19302, 19309),
    OpenPorts::new(Transport::Tcp, 5223, 5223),
    OpenPorts::new(Transport::Tcp, 5228, 5230),
];

/// What carries a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    /// The word for it in the file.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Ports of one transport, in the file `udp 123` or `tcp 5228-5230`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpenPorts {
    /// The transport.
    pub transport: Transport,
    /// The first port, at least 1.
    pub first: u16,
    /// The last, not before the first.
    pub last: u16,
}

impl OpenPorts {
    const fn new(transport: Transport, first: u16, last: u16) -> Self {
        Self {
            transport,
            first,
            last,
        }
    }

    /// Reads ports as they are written in the file.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (transport, ports) = text.split_once(' ')?;
        let transports = [Transport::Tcp, Transport::Udp];
        let transport = transports.into_iter().find(|one| one.id() == transport)?;
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(first) || !digits(last) {
            return None;
        }
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first > 0 && first <= last).then_some(Self::new(transport, first, last))
    }
}

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
    /// Devices have the box's proxy set, and reach nothing else.
    Proxy,
    /// The box is a wire between devices and their router: two cards, one bridge.
    Bridge,
}

impl NetworkMode {
    /// The word for it in the file.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Resolver => "resolver",
            Self::Gateway => "gateway",
            Self::Proxy => "proxy",
            Self::Bridge => "bridge",
        }
    }
}

/// `[network]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Network {
    /// Where the box stands.
    pub mode: NetworkMode,
    /// The interfaces that devices are behind, ports of the bridge in its mode; not empty unless the
    /// mode is off.
    pub inside: Vec<InterfaceName>,
    /// The interface the Internet is behind; set where the mode is gateway or bridge.
    pub outside: Option<InterfaceName>,
    /// The bridge whose ports these are; set where the mode is bridge.
    pub bridge: Option<InterfaceName>,
    /// The tiers whose DNS goes unfiltered while the filter does not answer.
    pub fail_open: Vec<Tier>,
    /// The tiers that may use other DNS, QUIC and tunnels.
    pub ways_round_kept_for: Vec<Tier>,
    /// The tiers that reach addresses of their own choice on the ports below only.
    pub direct_addresses_refused_for: Vec<Tier>,
    /// Ports that stay open for them.
    pub direct_ports: Vec<OpenPorts>,
    /// Networks that stay open for them.
    pub direct_networks: Vec<Subnet>,
    /// TCP ports of those who look after the box.
    pub management_ports: Vec<u16>,
    /// From where they can be reached; not empty where there are ports.
    pub management_from: Vec<Subnet>,
    /// New connections of one device a second, within [`CONNECTIONS`].
    pub connections_per_second: u32,
    /// Connections of one device at a time, within [`OPEN`].
    pub connections_per_device: u32,
    /// Addresses for devices.
    pub dhcp: Dhcp,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            mode: NetworkMode::default(),
            inside: Vec::new(),
            outside: None,
            bridge: None,
            // Teachers' work must go on; pupils' filter must not fall away with its plug.
            fail_open: vec![Tier::Staff],
            ways_round_kept_for: vec![Tier::Staff],
            direct_addresses_refused_for: Vec::new(),
            direct_ports: DEFAULT_DIRECT_PORTS.to_vec(),
            direct_networks: Vec::new(),
            management_ports: Vec::new(),
            management_from: Vec::new(),
            connections_per_second: DEFAULT_CONNECTIONS,
            connections_per_device: DEFAULT_OPEN,
            dhcp: Dhcp::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_as_they_are_written() {
        let read = |text| OpenPorts::read(text).map(|ports| (ports.first, ports.last));
        assert_eq!(read("udp 123"), Some((123, 123)));
        assert_eq!(read("tcp 5228-5230"), Some((5228, 5230)));
        for wrong in [
            "",
            "123",
            "udp",
            "udp 0",
            "icmp 1",
            "tcp 9-8",
            "tcp 1-65536",
            "tcp +1",
            "tcp 1-",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
