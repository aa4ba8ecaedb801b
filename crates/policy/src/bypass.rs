//! Ways round the filter: what kinds there are, and of which kind a verdict is.
//!
//! ```text
//!  rules/bypass/kinds.toml, canaries.toml ─► ListInfo::bypass      ─┐
//!  rules/categories.toml                  ─► CategoryInfo::bypass   ├─► Policy::bypass_of
//!  what the name's own letters betray     ─► Rule::Heuristic       ─┘
//! ```
//!
//! Which names are of which kind is data; here is only what the kinds are called and how a verdict
//! leads to one. Kinds that no name has (keys of Encrypted Client Hello, CNAME cloaking, addresses,
//! tunnels) are known to whoever closes that way: the resolver counts them (`lachan_resolver`).

use serde::{Deserialize, Serialize};

use crate::decide::Policy;
use crate::heuristics::Heuristic;
use crate::name::Name;
use crate::verdict::{Rule, Verdict};

/// A way round the filter.
///
/// That one was tried says nothing of a person: devices ask for [`Self::Canary`], [`Self::Relay`]
/// and [`Self::Discovery`] by themselves, whenever they join a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BypassKind {
    /// A resolver other than the school's, over HTTPS, TLS or QUIC.
    Doh,
    /// A VPN.
    Vpn,
    /// A page that fetches other pages: web proxies, translations, caches, remote browsers.
    Proxy,
    /// A relay built into a system or browser, such as iCloud Private Relay.
    Relay,
    /// The question of a browser whether it may use a resolver of its own.
    Canary,
    /// The search for an encrypted resolver (RFC 9462) where none is offered.
    Discovery,
    /// Keys of Encrypted Client Hello (RFC 9848).
    Ech,
    /// A harmless name that stands for a closed one, by a CNAME or a service binding.
    Cloak,
    /// A harmless name that leads to an address in a closed range.
    Address,
    /// Names that carry data, as of a tunnel through DNS.
    Tunnel,
    /// A door-way: a new name for a closed site.
    Doorway,
    /// A name that reads like a well-known one.
    Lookalike,
    /// A connection that does not say where it goes, or hides it.
    Nameless,
    /// A way that its list or category tells no kind of.
    Other,
}

impl BypassKind {
    /// Whether names of the kind are questions of a system or browser that wait for a "no"
    /// (NXDOMAIN or no data), and take any address for a "yes".
    #[must_use]
    pub const fn is_a_question(self) -> bool {
        matches!(self, Self::Relay | Self::Canary | Self::Discovery)
    }

    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Doh,
        Self::Vpn,
        Self::Proxy,
        Self::Relay,
        Self::Canary,
        Self::Discovery,
        Self::Ech,
        Self::Cloak,
        Self::Address,
        Self::Tunnel,
        Self::Doorway,
        Self::Lookalike,
        Self::Nameless,
        Self::Other,
    ];

    /// The id used in rules, in the API and in the names of metrics: letters only.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Doh => "doh",
            Self::Vpn => "vpn",
            Self::Proxy => "proxy",
            Self::Relay => "relay",
            Self::Canary => "canary",
            Self::Discovery => "discovery",
            Self::Ech => "ech",
            Self::Cloak => "cloak",
            Self::Address => "address",
            Self::Tunnel => "tunnel",
            Self::Doorway => "doorway",
            Self::Lookalike => "lookalike",
            Self::Nameless => "nameless",
            Self::Other => "other",
        }
    }

    /// Its position in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether names are of this kind because a list says so; of the others no list can say it.
    #[must_use]
    pub const fn is_of_lists(self) -> bool {
        matches!(
            self,
            Self::Doh
                | Self::Vpn
                | Self::Proxy
                | Self::Relay
                | Self::Canary
                | Self::Discovery
                | Self::Address
                | Self::Ech
                | Self::Other
        )
    }
}

impl Policy {
    /// Which way round the filter a verdict on a name closes or, for a look-alike, tells of; `None`
    /// for all other verdicts. Nothing that is open is a bypass, whatever its category.
    ///
    /// Where the list that decided tells the kind, that is it. A name that another rule closed (an
    /// exam, a period, a person) for its category of bypasses is looked up once more: only for
    /// those, so that other verdicts cost next to nothing.
    #[must_use]
    #[inline]
    pub fn bypass_of(&self, name: &Name, verdict: &Verdict) -> Option<BypassKind> {
        match verdict.rule {
            // An alert that closes nothing. Nobody is told of help lines.
            Rule::Heuristic(Heuristic::LookAlike(_)) => return Some(BypassKind::Lookalike),
            _ if !verdict.is_block() => return None,
            Rule::Heuristic(Heuristic::Doorway(_)) => return Some(BypassKind::Doorway),
            Rule::Address => return Some(BypassKind::Address),
            _ => {}
        }
        let list = verdict.list.and_then(|list| self.ruleset().list(list));
        if let Some(list) = list
            && list.bypass.is_some()
        {
            return list.bypass;
        }
        let category = verdict.category?;
        let general = self.ruleset().book().category(category)?.bypass?;
        if list.is_some() {
            return Some(general);
        }
        self.listed_bypass(name).or(Some(general))
    }

    /// The kind that the lists tell of the longest entry that covers the name.
    #[cold]
    fn listed_bypass(&self, name: &Name) -> Option<BypassKind> {
        let ruleset = self.ruleset();
        let walk = ruleset.walk(name);
        walk.hits().iter().find_map(|hit| {
            let list = ruleset.source_where(hit.row, hit.is_above(), |list| list.bypass.is_some());
            ruleset.list(list?)?.bypass
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_place_and_id() {
        for (index, kind) in BypassKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), index);
            let written = serde_json::to_string(&kind).unwrap();
            assert_eq!(written, format!("{:?}", kind.id()));
            assert!(
                kind.id().bytes().all(|b| b.is_ascii_lowercase()),
                "{kind:?}"
            );
        }
    }
}
