//! Addresses for the gate: where a name is, as this client would be told.
//!
//! Not a query: nobody is told of it, since the connection it is for is counted and logged by whoever
//! asks. What it may cost is limited as a query's is, and what it finds comes into the cache.

use std::net::IpAddr;
use std::sync::Arc;

use lachan_policy::{
    Ask, BypassKind, CategorySet, GroupId, Moment, Name, Policy, Rule, Verdict, Who,
};
use tokio::time::timeout;

use super::{Engine, SCRATCH, STALE_AFTER};
use crate::behind;
use crate::cache::{Key, KeyRef};
use crate::client::Client;
use crate::cloak::Front;
use crate::code::RequestCode;
use crate::limit;
use crate::reason::Closed;
use crate::safe::{self, Plan};
use crate::wire::flat::View;
use crate::wire::rtype;

/// Whose addresses are wanted, for whom.
#[derive(Debug, Clone, Copy)]
pub struct Lookup<'l> {
    /// The name.
    pub name: &'l Name,
    /// Who wants to go there.
    pub client: Client,
    /// IPv6 addresses, not IPv4 ones.
    pub wants_v6: bool,
}

/// What a look-up gave.
#[derive(Debug, Clone)]
pub enum LookedUp {
    /// These addresses; none where the name has none of the kind, or does not exist.
    Addresses(Vec<IpAddr>),
    /// The name is closed, or what is behind it.
    Closed(Box<ClosedLookup>),
    /// It could not be found out.
    Failed,
}

/// A look-up of a name that is closed.
#[derive(Debug, Clone)]
pub struct ClosedLookup {
    /// The snapshot it was decided on.
    pub policy: Arc<Policy>,
    /// The verdict that closes it.
    pub verdict: Verdict,
    /// Whether that is on what stands behind the name.
    pub is_behind: bool,
    /// The name that stands behind, where it may be told.
    pub behind: Option<Name>,
}

/// A look-up that waits for upstreams. What was decided holds.
#[derive(Debug)]
pub struct PendingLookup {
    name: Name,
    key: Key,
    policy: Arc<Policy>,
    group: usize,
    at: Option<Moment>,
    verdict: Verdict,
    is_safe_form: bool,
}

impl PendingLookup {
    /// Whether it looks for IPv6 addresses.
    #[must_use]
    pub fn wants_v6(&self) -> bool {
        self.key.qtype == rtype::AAAA
    }
}

impl Engine {
    /// Who a client is, by the same rules as for its queries.
    #[must_use]
    pub fn who(&self, client: Client) -> Who {
        let policy = self.shared.policy.load();
        let neighbours = self.shared.neighbours_for(&policy);
        self.placed(client).who(neighbours.as_deref())
    }

    /// Whether a client is on the school's net: by the kind of its address, by a net on a link of the
    /// box, or by a group.
    #[must_use]
    pub fn is_near(&self, client: Client) -> bool {
        let policy = self.shared.policy.load();
        let group = policy.groups().index_of(&self.who(client));
        self.shared.is_near(&client, group)
    }

    /// The code by which a block can be found in the log; `None` where it cannot.
    #[must_use]
    pub fn request_code(
        &self,
        verdict: &Verdict,
        policy: &Policy,
        group: GroupId,
        name: Option<&Name>,
        at: Option<Moment>,
    ) -> Option<RequestCode> {
        self.reasons.request_code(&Closed {
            verdict,
            book: policy.ruleset().book(),
            group,
            at,
            name,
            structured: false,
        })
    }

    /// Counts an attempt to get round the filter that was seen elsewhere.
    pub fn count_bypass(&self, kind: BypassKind) {
        self.bypasses.count(kind);
    }

    /// Looks a name up, if that needs nobody else.
    ///
    /// # Errors
    /// Not an error: what waits for an upstream, for [`Self::wait_for`].
    pub fn look_up(&self, lookup: &Lookup<'_>) -> Result<LookedUp, Box<PendingLookup>> {
        let qtype = if lookup.wants_v6 {
            rtype::AAAA
        } else {
            rtype::A
        };
        if let Some(found) = self.look_here(lookup, qtype) {
            return Ok(found);
        }
        let policy = self.shared.policy.load_full();
        let group = policy.groups().index_of(&self.who(lookup.client));
        let at = self.moment();
        let ask = Ask {
            name: lookup.name,
            group,
            at,
            found: CategorySet::EMPTY,
        };
        let verdict = policy.decide(&ask);
        if verdict.is_block() {
            return Ok(LookedUp::Closed(Box::new(ClosedLookup {
                policy,
                verdict,
                is_behind: false,
                behind: None,
            })));
        }
        let host = match safe::plan(policy.ruleset().book(), &verdict, qtype) {
            Some(Plan::Fixed(all)) => {
                let of_kind = all.iter().filter(|one| one.is_ipv6() == lookup.wants_v6);
                return Ok(LookedUp::Addresses(of_kind.copied().collect()));
            }
            Some(Plan::Host(host)) => Some(*host),
            None => None,
        };
        let pending = PendingLookup {
            name: *lookup.name,
            key: Key {
                name: host.unwrap_or(*lookup.name),
                qtype,
                dnssec_ok: false,
                checking_disabled: false,
                keeps_ech: false,
            },
            is_safe_form: host.is_some(),
            policy,
            group,
            at,
            verdict,
        };
        if let Some(found) = self.look_in_cache(&pending, false) {
            return Ok(found);
        }
        if self.may_ask(lookup, &pending) {
            Err(Box::new(pending))
        } else {
            Ok(LookedUp::Failed)
        }
    }

    /// Waits for the upstreams, or serves what is stale when they take too long.
    pub async fn wait_for(&self, pending: &PendingLookup) -> LookedUp {
        let asking = self.forwarder.ask(&pending.key);
        let reply = timeout(STALE_AFTER, asking).await;
        if let Ok(Ok(reply)) = &reply
            && !reply.is_failure()
        {
            return self.judge(pending, &reply.view());
        }
        if let Some(stale) = self.look_in_cache(pending, true) {
            return stale;
        }
        // It goes on without us, and may have come by now.
        match reply {
            Err(_) => match self.forwarder.ask(&pending.key).await {
                Ok(reply) => self.judge(pending, &reply.view()),
                Err(_) => LookedUp::Failed,
            },
            Ok(_) => LookedUp::Failed,
        }
    }

    /// A name of ours.
    fn look_here(&self, lookup: &Lookup<'_>, qtype: u16) -> Option<LookedUp> {
        if !self.local.concerns(lookup.name) {
            return None;
        }
        let devices = self.shared.devices.load();
        let may_learn = |address| self.shared.may_learn(&lookup.client, address);
        let found = self.local.find(lookup.name, &devices, may_learn)?;
        let addresses = found.data_of(qtype).filter_map(address);
        Some(LookedUp::Addresses(addresses.collect()))
    }

    fn look_in_cache(&self, pending: &PendingLookup, even_stale: bool) -> Option<LookedUp> {
        SCRATCH.with_borrow_mut(|scratch| {
            let now = self.shared.clock.seconds();
            let found = self.cache.find(KeyRef::from(&pending.key), now, scratch)?;
            let is_stale = found.age.is_stale();
            if is_stale && !(even_stale || found.failed_lately || self.forwarder.is_down()) {
                return None;
            }
            if found.refresh {
                self.refreshes.want(pending.key);
            }
            Some(self.judge(pending, &found.view))
        })
    }

    /// Whether the upstreams may be asked for this client.
    fn may_ask(&self, lookup: &Lookup<'_>, pending: &PendingLookup) -> bool {
        let book = pending.policy.ruleset().book();
        let category = pending.verdict.category;
        let miss = limit::Asked {
            address: lookup.client.address,
            mac: self.shared.mac_of(&lookup.client),
            name: lookup.name,
            level: pending.verdict.level,
            is_listed: category.is_some_and(|category| category != book.uncategorised()),
        };
        self.limits.miss(&miss, self.shared.clock.seconds()).is_ok()
    }

    /// What an answer gives this client.
    fn judge(&self, pending: &PendingLookup, reply: &View<'_>) -> LookedUp {
        if reply.is_failure() {
            return LookedUp::Failed;
        }
        if !pending.is_safe_form {
            let front = Front {
                policy: &pending.policy,
                name: &pending.name,
                verdict: &pending.verdict,
                group: pending.group,
                at: pending.at,
            };
            if let Some(closed) = behind::closed(&front, reply) {
                self.bypasses.closed_behind(closed.by);
                let may_name = !(closed.verdict.no_name || closed.verdict.rule == Rule::Sealed);
                return LookedUp::Closed(Box::new(ClosedLookup {
                    policy: Arc::clone(&pending.policy),
                    verdict: closed.verdict,
                    is_behind: true,
                    behind: closed.name.filter(|_| may_name),
                }));
            }
        }
        let of_kind = |address: &IpAddr| address.is_ipv6() == pending.wants_v6();
        LookedUp::Addresses(reply.addresses().filter(of_kind).collect())
    }
}

/// The address in a record's data.
fn address(data: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(data) {
        return Some(v4.into());
    }
    <[u8; 16]>::try_from(data).ok().map(IpAddr::from)
}
