//! What the firewall is made of: where the box stands, who is behind it, and what each tier may.

use std::net::{SocketAddrV4, SocketAddrV6};
use std::ops::RangeInclusive;

use lachan_policy::{Groups, InterfaceName, Mac, Subnet, Tier};

/// Where the box stands, and so what it can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Devices ask it for names; their other traffic goes another way.
    Resolver,
    /// All traffic of the devices goes through it.
    Gateway,
    /// Devices reach its DNS and its proxy and nothing else; where [`Plan::outside`] is set, it is
    /// their way out, too, for tiers whose ways round are left.
    Proxy,
    /// Two cards of it are ports of one bridge, between the devices and their router.
    Bridge,
}

/// What happens to a tier's names while nobody answers on the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fail {
    /// Nothing resolves: queries still come to the box, which refuses them.
    Closed,
    /// Queries go where the device sent them, unfiltered, from [`crate::ALIVE_FOR`] after the last
    /// sign of life on.
    Open,
}

/// What happens to traffic that would go round the filter: DNS of other kinds, QUIC, tunnels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaysRound {
    /// Told at once that it does not go, so that programs fall back without a wait.
    Reject,
    /// Goes its way.
    Leave,
}

/// What happens to what a device sends to an address of its own choice, on a port that no program of
/// a school's is known to need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectAddresses {
    /// Told at once that it does not go.
    Reject,
    /// Goes its way.
    Leave,
}

/// How a tier's traffic is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handling {
    /// What happens while nobody answers.
    pub fail: Fail,
    /// What happens to ways round the filter.
    pub ways_round: WaysRound,
    /// What happens to the rest of the ports.
    pub direct: DirectAddresses,
}

impl Handling {
    /// A tier's handling where nobody wrote another: pupils are kept in, staff get along.
    #[must_use]
    pub const fn of(tier: Tier) -> Self {
        match tier {
            Tier::MamNon | Tier::TieuHoc | Tier::Thcs | Tier::Thpt => Self {
                fail: Fail::Closed,
                ways_round: WaysRound::Reject,
                direct: DirectAddresses::Leave,
            },
            Tier::Staff => Self {
                fail: Fail::Open,
                ways_round: WaysRound::Leave,
                direct: DirectAddresses::Leave,
            },
        }
    }
}

/// Who may reach the box's ports for those who look after it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Management {
    /// The TCP ports. Without any, nothing is shut.
    pub ports: Vec<u16>,
    /// From where they can be reached. The box itself always can.
    pub from: Vec<Subnet>,
}

/// New TCP connections that one device (one MAC) may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// On average, a second.
    pub per_second: u32,
    /// At once.
    pub burst: u32,
}

/// Where the web of devices is taken to (transparently: who dials is not told).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyPorts {
    /// Where the proxy takes what goes to TCP port 80.
    pub http: u16,
    /// Where it takes what goes to TCP port 443.
    pub tls: u16,
    /// The mark of what is taken there, by which the machine's routes keep it here.
    pub mark: u32,
    /// The table of routes that says so; see [`crate::Routes`].
    pub table: u32,
}

/// What is asked of the box's DNS while nobody answers there goes here, of tiers that fail open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rescue {
    /// A resolver that is asked over IPv4.
    pub v4: Option<SocketAddrV4>,
    /// One that is asked over IPv6.
    pub v6: Option<SocketAddrV6>,
}

/// Ports of one transport, first and last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports {
    /// The transport.
    pub transport: Transport,
    /// The ports.
    pub range: RangeInclusive<u16>,
}

/// What carries a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    /// Its name in rules.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// A bridge whose frames are lifted to us: see the crate's `bridge` module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge {
    /// The ports of the bridge that devices are behind.
    pub ports: Vec<InterfaceName>,
    /// The bridge's own hardware address.
    pub address: Mac,
}

/// Everything a ruleset is made of.
#[derive(Debug, Clone)]
pub struct Plan<'p> {
    /// Where the box stands.
    pub mode: Mode,
    /// The interfaces that devices are behind: physical ones, bridges, VLANs.
    pub inside: Vec<InterfaceName>,
    /// The interface the Internet is behind; one of [`Self::inside`] where the box stands on one
    /// arm, and the bridge itself in the bridge's mode. None in the resolver's mode.
    pub outside: Option<InterfaceName>,
    /// Who is behind which address, hardware address and interface.
    pub groups: &'p Groups,
    /// By position in [`Tier::ALL`].
    pub handlings: [Handling; Tier::ALL.len()],
    /// Ranges of addresses that serve DNS and nothing else, disjoint, first and last as
    /// [`lachan_policy::address_bits`] gives them: shut altogether where ways round are.
    pub resolvers: Vec<(u128, u128)>,
    /// Ranges of addresses of VPNs and other tunnels, likewise.
    pub tunnels: Vec<(u128, u128)>,
    /// Addresses that serve DNS over HTTPS beside web sites, likewise: new connections there are
    /// counted and go their way.
    pub shared: Vec<(u128, u128)>,
    /// Networks whose web is reached without the proxy, beside those of private addresses.
    pub spared: Vec<Subnet>,
    /// Where the web goes through; none where there is no proxy.
    pub proxy: Option<ProxyPorts>,
    /// Who is asked for tiers that fail open.
    pub rescue: Rescue,
    /// Ports that stay open where [`DirectAddresses::Reject`] holds.
    pub direct_ports: Vec<Ports>,
    /// Networks that stay open there.
    pub direct_networks: Vec<Subnet>,
    /// Ports of the box itself that devices need: in the proxy's mode no others are open to tiers
    /// whose ways round are shut.
    pub own_ports: Vec<Ports>,
    /// The bridge, in the bridge's mode.
    pub bridge: Option<Bridge>,
    /// The ports of those who look after the box.
    pub management: Management,
    /// How fast one device may begin connections; `None` for no limit.
    pub burst: Option<Burst>,
    /// How many TCP connections one device (one MAC) may have at a time; `None` for no limit.
    pub connections: Option<u32>,
    /// The port that DNS is answered on.
    pub dns_port: u16,
}

/// Why no ruleset can be made of a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// Nobody is behind the box.
    #[error("no interface is named that devices are behind")]
    NoInside,
    /// A gateway leads nowhere.
    #[error("a gateway needs the interface that the Internet is behind")]
    NoOutside,
    /// An interface whose name means something else to `nft`.
    #[error("the interface {0:?} cannot be named in a rule")]
    Interface(String),
    /// A bridge that is not described.
    #[error("the bridge's mode needs a bridge with a port that devices are behind")]
    NoBridge,
    /// Nobody could reach the box again.
    #[error("the management ports are shut for everybody: no network is named that may reach them")]
    NoManagement,
}

impl Plan<'_> {
    /// Whether a ruleset can be made of it.
    ///
    /// # Errors
    /// [`Unsound`] says what is missing.
    pub fn check(&self) -> Result<(), Unsound> {
        if self.inside.is_empty() {
            return Err(Unsound::NoInside);
        }
        let ports = self.bridge.iter().flat_map(|bridge| &bridge.ports);
        let mut names = self.inside.iter().chain(&self.outside).chain(ports);
        if let Some(name) = names.find(|name| !name.is_literal()) {
            return Err(Unsound::Interface(name.as_str().to_owned()));
        }
        if matches!(self.mode, Mode::Gateway | Mode::Bridge) && self.outside.is_none() {
            return Err(Unsound::NoOutside);
        }
        let is_bridged = |bridge: &Bridge| !bridge.ports.is_empty();
        if self.mode == Mode::Bridge && !self.bridge.as_ref().is_some_and(is_bridged) {
            return Err(Unsound::NoBridge);
        }
        if !self.management.ports.is_empty() && self.management.from.is_empty() {
            return Err(Unsound::NoManagement);
        }
        Ok(())
    }

    /// Whether traffic of devices passes the box.
    #[must_use]
    pub fn forwards(&self) -> bool {
        match self.mode {
            Mode::Resolver => false,
            Mode::Gateway | Mode::Bridge => true,
            Mode::Proxy => self.outside.is_some(),
        }
    }

    /// Where the web that passes the box is taken; in the proxy's mode devices go there themselves.
    #[must_use]
    pub fn diverts(&self) -> Option<&ProxyPorts> {
        let is_passing = matches!(self.mode, Mode::Gateway | Mode::Bridge);
        self.proxy.as_ref().filter(|_| is_passing)
    }

    /// Whether the Internet is behind an interface that devices are behind, too.
    pub(crate) fn is_one_armed(&self) -> bool {
        let outside = self.outside.as_ref();
        outside.is_some_and(|outside| self.inside.contains(outside))
    }

    /// How a tier is handled.
    pub(crate) fn handling(&self, tier: Tier) -> Handling {
        self.handlings[tier.index()]
    }

    /// The tiers that any group has, youngest first.
    pub(crate) fn tiers(&self) -> impl Iterator<Item = Tier> {
        let has = |tier: &Tier| self.groups.all().iter().any(|group| group.tier == *tier);
        Tier::ALL.into_iter().filter(has)
    }
}

/// Names that stand for themselves in a rule.
pub(crate) trait Literal {
    /// `nft` takes `lan*` for every interface that begins so, and `@lan` for a set.
    fn is_literal(&self) -> bool;
}

impl Literal for InterfaceName {
    fn is_literal(&self) -> bool {
        !self.as_str().contains(['*', '@', '\\', '"'])
    }
}
