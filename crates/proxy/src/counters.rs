//! What the proxy counts. Nothing of whom or where.

use std::sync::atomic::{AtomicU64, Ordering};

use lachan_policy::BypassKind;

/// Something that no browser does, or that hides where a connection goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evasion {
    /// Something other than TLS on the port of TLS.
    NotTls,
    /// A client that waits for the server to speak first.
    Silent,
    /// A ClientHello that names no server.
    NoName,
    /// A ClientHello that names an address, or what is no name.
    OddName,
    /// A ClientHello in pieces that hide its name.
    CutUp,
    /// A ClientHello with its name encrypted in the way before ECH.
    Esni,
    /// A ClientHello with the outer name of a provider of Encrypted Client Hello.
    EchOuter,
    /// DNS over TLS or QUIC, by its protocol name.
    DnsOverTls,
    /// A ClientHello that makes no sense.
    Malformed,
    /// A name that our resolver does not know.
    Unknown,
    /// A name that leads to a private address.
    PrivateTarget,
    /// A tunnel through the proxy whose ClientHello names another host than the one it was asked for.
    OtherName,
    /// A name that our resolver has other addresses for than the one dialled. Passed, to where the
    /// name truly is: it happens to honest clients, too, when addresses change.
    Elsewhere,
}

impl Evasion {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::NotTls,
        Self::Silent,
        Self::NoName,
        Self::OddName,
        Self::CutUp,
        Self::Esni,
        Self::EchOuter,
        Self::DnsOverTls,
        Self::Malformed,
        Self::Unknown,
        Self::PrivateTarget,
        Self::OtherName,
        Self::Elsewhere,
    ];

    /// The id used in metrics and the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::NotTls => "not-tls",
            Self::Silent => "silent",
            Self::NoName => "no-name",
            Self::OddName => "odd-name",
            Self::CutUp => "cut-up",
            Self::Esni => "esni",
            Self::EchOuter => "ech-outer",
            Self::DnsOverTls => "dns-over-tls",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::PrivateTarget => "private-target",
            Self::OtherName => "other-name",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// As which way round the filter it counts; `None` for what honest clients do, too.
    #[must_use]
    pub const fn bypass(self) -> Option<BypassKind> {
        match self {
            Self::NotTls | Self::Malformed => Some(BypassKind::Tunnel),
            Self::NoName | Self::OddName | Self::CutUp | Self::OtherName => {
                Some(BypassKind::Nameless)
            }
            Self::Esni | Self::EchOuter => Some(BypassKind::Ech),
            Self::DnsOverTls => Some(BypassKind::Doh),
            Self::PrivateTarget => Some(BypassKind::Address),
            // A device that went out of reach is silent, too.
            Self::Silent | Self::Unknown | Self::Elsewhere => None,
        }
    }
}

/// Counters of all threads together.
#[derive(Debug, Default)]
pub struct Counters {
    accepted: AtomicU64,
    passed: AtomicU64,
    blocked: AtomicU64,
    turned_away: AtomicU64,
    failed: AtomicU64,
    ended: AtomicU64,
    evasions: [AtomicU64; Evasion::ALL.len()],
}

/// Their values at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Connections that came in.
    pub accepted: u64,
    /// Of these, relayed to where they wanted to go.
    pub passed: u64,
    /// Closed by a verdict, or as a way round the filter.
    pub blocked: u64,
    /// Not taken for want of room: limits, files.
    pub turned_away: u64,
    /// Given up because nobody answered.
    pub failed: u64,
    /// Ended, in whatever way.
    pub ended: u64,
    /// By [`Evasion::ALL`].
    pub evasions: [u64; Evasion::ALL.len()],
}

impl Counters {
    pub(crate) fn accepted(&self) {
        add(&self.accepted);
    }

    pub(crate) fn passed(&self) {
        add(&self.passed);
    }

    pub(crate) fn blocked(&self) {
        add(&self.blocked);
    }

    pub(crate) fn turned_away(&self) {
        add(&self.turned_away);
    }

    pub(crate) fn failed(&self) {
        add(&self.failed);
    }

    pub(crate) fn ended(&self) {
        add(&self.ended);
    }

    pub(crate) fn evaded(&self, evasion: Evasion) {
        add(&self.evasions[evasion as usize]);
    }

    /// The values by now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            accepted: get(&self.accepted),
            passed: get(&self.passed),
            blocked: get(&self.blocked),
            turned_away: get(&self.turned_away),
            failed: get(&self.failed),
            ended: get(&self.ended),
            evasions: self.evasions.each_ref().map(get),
        }
    }
}

impl Counts {
    /// The sum of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut evasions = self.evasions;
        for (sum, more) in evasions.iter_mut().zip(other.evasions) {
            *sum += more;
        }
        Self {
            accepted: self.accepted + other.accepted,
            passed: self.passed + other.passed,
            blocked: self.blocked + other.blocked,
            turned_away: self.turned_away + other.turned_away,
            failed: self.failed + other.failed,
            ended: self.ended + other.ended,
            evasions,
        }
    }

    /// The same when everything has ended.
    #[must_use]
    pub const fn all_ended(mut self) -> Self {
        self.ended = self.accepted;
        self
    }

    /// Connections that are open.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.accepted.saturating_sub(self.ended)
    }

    /// How often one was seen.
    #[must_use]
    pub const fn evasion(&self, evasion: Evasion) -> u64 {
        self.evasions[evasion as usize]
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
