//! What the firewall is made of: where the box stands, who is behind it, and what each tier may.

use lachan_policy::{Groups, InterfaceName, Subnet, Tier};

/// Where the box stands, and so what it can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Devices ask it for names; their other traffic goes another way.
    Resolver,
    /// All traffic of the devices goes through it.
    Gateway,
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

/// How a tier's traffic is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handling {
    /// What happens while nobody answers.
    pub fail: Fail,
    /// What happens to ways round the filter.
    pub ways_round: WaysRound,
}

impl Handling {
    /// A tier's handling where nobody wrote another: pupils are kept in, staff get along.
    #[must_use]
    pub const fn of(tier: Tier) -> Self {
        match tier {
            Tier::MamNon | Tier::TieuHoc | Tier::Thcs | Tier::Thpt => Self {
                fail: Fail::Closed,
                ways_round: WaysRound::Reject,
            },
            Tier::Staff => Self {
                fail: Fail::Open,
                ways_round: WaysRound::Leave,
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

/// Everything a ruleset is made of.
#[derive(Debug, Clone)]
pub struct Plan<'p> {
    /// Where the box stands.
    pub mode: Mode,
    /// The interfaces that devices are behind: physical ones, bridges, VLANs.
    pub inside: Vec<InterfaceName>,
    /// The interface the Internet is behind; one of [`Self::inside`] where the box stands on one
    /// arm. None in the resolver's mode.
    pub outside: Option<InterfaceName>,
    /// Who is behind which address, hardware address and interface.
    pub groups: &'p Groups,
    /// By position in [`Tier::ALL`].
    pub handlings: [Handling; Tier::ALL.len()],
    /// Ranges of addresses that serve DNS and nothing else, disjoint, first and last as
    /// [`lachan_policy::address_bits`] gives them: shut altogether where ways round are.
    pub resolvers: Vec<(u128, u128)>,
    /// The ports of those who look after the box.
    pub management: Management,
    /// How fast one device may begin connections; `None` for no limit.
    pub burst: Option<Burst>,
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
        if let Some(name) = self
            .inside
            .iter()
            .chain(&self.outside)
            .find(|name| !name.is_literal())
        {
            return Err(Unsound::Interface(name.as_str().to_owned()));
        }
        if self.mode == Mode::Gateway && self.outside.is_none() {
            return Err(Unsound::NoOutside);
        }
        if !self.management.ports.is_empty() && self.management.from.is_empty() {
            return Err(Unsound::NoManagement);
        }
        Ok(())
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
