//! What becomes of a connection, by what its client said first. Pure.

use lachan_policy::{Ask, Moment, Name, Policy, Verdict};

use super::hello::{Hello, Malformed, Odd, ServerName};
use crate::counters::Evasion;

/// What a client said first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives for a moment; a box would cost each connection an allocation"
)]
pub(crate) enum First {
    /// A ClientHello.
    Hello(Hello),
    /// Something else.
    Malformed(Malformed),
    /// Nothing, for so long that it must be waiting for the server.
    Nothing,
}

/// Who said it, and how strict we are with them.
#[derive(Clone, Copy)]
pub(crate) struct Speaker<'a> {
    pub(crate) policy: &'a Policy,
    /// Position of the client's group.
    pub(crate) group: usize,
    pub(crate) at: Option<Moment>,
    /// Whether a connection that does not say where it goes is closed.
    pub(crate) is_strict: bool,
    /// Where the client dialled.
    pub(crate) target: std::net::IpAddr,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ruling {
    pub(crate) fate: Fate,
    /// What was decided of the name, or of the address.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) evasion: Option<Evasion>,
}

/// Where a connection goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    /// To this name, wherever our resolver says it is.
    Name(Name),
    /// To the address that the client dialled.
    Address,
    /// Nowhere. With the name the verdict is on.
    Closed(Option<Name>),
}

impl Speaker<'_> {
    pub(crate) fn rule(&self, first: &First) -> Ruling {
        match first {
            First::Hello(hello) => self.rule_hello(hello),
            First::Nothing => self.unnamed(Evasion::Silent),
            First::Malformed(Malformed::NotTls) => self.unnamed(Evasion::NotTls),
            // What begins as TLS and is none is let pass for nobody: a server that reads it
            // differently might find a name in it.
            First::Malformed(_) => Ruling::closed(Evasion::Malformed),
        }
    }

    fn rule_hello(&self, hello: &Hello) -> Ruling {
        let name = match &hello.server_name {
            ServerName::Name(name) => name,
            ServerName::Absent if hello.has_esni => return self.unnamed(Evasion::Esni),
            ServerName::Absent => return self.unnamed(Evasion::NoName),
            // RFC 6066 §3 forbids it, yet some clients name the address that they dial.
            ServerName::Odd(Odd::Address) => return self.unnamed(Evasion::OddName),
            ServerName::Odd(Odd::NotAName) => return Ruling::closed(Evasion::OddName),
        };
        let verdict = self.policy.decide(&self.ask(name));
        let evasion = if verdict.is_block() && hello.has_ech && self.is_ech(name, &verdict) {
            Some(Evasion::EchOuter)
        } else if hello.is_cut_up {
            Some(Evasion::CutUp)
        } else if hello.alpn.dns {
            Some(Evasion::DnsOverTls)
        } else {
            None
        };
        let fate = if verdict.is_block() || (hello.alpn.dns && self.is_strict) {
            Fate::Closed(Some(*name))
        } else {
            Fate::Name(*name)
        };
        Ruling {
            fate,
            verdict: Some(verdict),
            evasion,
        }
    }

    /// Whether a name is closed for being the one that stands outside an Encrypted ClientHello.
    fn is_ech(&self, name: &Name, verdict: &Verdict) -> bool {
        self.policy.bypass_of(name, verdict) == Some(lachan_policy::BypassKind::Ech)
    }

    /// A connection that does not say where it goes: for those who may, to where it dialled, unless
    /// the lists know that address.
    fn unnamed(&self, evasion: Evasion) -> Ruling {
        if self.is_strict {
            return Ruling::closed(evasion);
        }
        let verdict = self
            .policy
            .decide_address(&self.ask(&Name::ROOT), self.target);
        let is_block = verdict.is_some_and(|verdict| verdict.is_block());
        Ruling {
            fate: if is_block {
                Fate::Closed(None)
            } else {
                Fate::Address
            },
            verdict,
            // Who may is not counted for it.
            evasion: is_block.then_some(evasion),
        }
    }

    fn ask<'n>(&self, name: &'n Name) -> Ask<'n> {
        Ask {
            name,
            group: self.group,
            at: self.at,
            found: lachan_policy::CategorySet::EMPTY,
        }
    }
}

impl Ruling {
    /// The name it is on.
    pub(crate) const fn name(&self) -> Option<Name> {
        match self.fate {
            Fate::Name(name) | Fate::Closed(Some(name)) => Some(name),
            Fate::Address | Fate::Closed(None) => None,
        }
    }

    /// Closes a tunnel that was asked for one host and names another, which was never decided as the
    /// place it leads to.
    pub(crate) fn hold_to(&mut self, host: Option<&Name>) {
        if let (Fate::Name(name), Some(host)) = (&self.fate, host)
            && name != host
        {
            self.fate = Fate::Closed(Some(*name));
            self.evasion = Some(Evasion::OtherName);
        }
    }

    fn closed(evasion: Evasion) -> Self {
        Self {
            fate: Fate::Closed(None),
            verdict: None,
            evasion: Some(evasion),
        }
    }
}
