//! What the proxy sees of the daemon: policy, groups, the resolver's word on where a name is, and
//! the log.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use lachan_policy::{BypassKind, Group, Moment, Policy, Verdict};
use lachan_proxy::{Addresses, Blocked, Later, Question, World};
use lachan_resolver::{
    Behind, Blocked as Recorded, Client, Clock as _, Engine, ClosedLookup, LookedUp, Lookup, PendingLookup,
    Transport,
};
use lachan_store::Channel;
use tokio::runtime::Handle;

use super::clock::Clock;
use super::recorder::Recorder;

/// The daemon, for the proxy.
#[derive(Clone)]
pub(super) struct Outlook {
    pub(super) engine: Arc<Engine>,
    pub(super) policies: Arc<ArcSwap<Policy>>,
    pub(super) clock: Arc<Clock>,
    pub(super) recorder: Arc<Recorder>,
    /// Where look-ups wait for upstreams.
    pub(super) runtime: Handle,
}

impl World for Outlook {
    fn policy(&self) -> Arc<Policy> {
        self.policies.load_full()
    }

    fn group(&self, policy: &Policy, client: IpAddr) -> usize {
        let client = Client::new(client, Transport::Stream);
        self.engine.group_of(policy, client)
    }

    fn moment(&self) -> Option<Moment> {
        self.clock.moment()
    }

    fn resolve(&self, question: &Question, later: Later) -> Option<Addresses> {
        let first = match self.look(question, question.wants_v6) {
            Ok(Addresses::None) => self.look(question, !question.wants_v6),
            other => other,
        };
        first
            .map(Some)
            .unwrap_or_else(|pending| {
                let (outlook, question) = (self.clone(), *question);
                self.runtime.spawn(async move {
                    later.give(outlook.wait(&question, &pending).await);
                });
                None
            })
    }

    fn decided(&self, _: &Group, verdict: &Verdict) {
        self.recorder.count(verdict, Channel::Tls);
    }

    fn blocked(&self, blocked: &Blocked<'_>) {
        self.record(&Recorded {
            policy: blocked.policy,
            group: blocked.group,
            verdict: blocked.verdict,
            name: (!blocked.verdict.no_name).then_some(blocked.name),
            behind: None,
            client: blocked.client,
            at: blocked.at,
        });
    }

    fn evaded(&self, kind: BypassKind) {
        self.engine.count_bypass(kind);
    }
}

impl Outlook {
    /// Looks for addresses of one kind.
    fn look(&self, question: &Question, wants_v6: bool) -> Result<Addresses, Box<PendingLookup>> {
        let lookup = Lookup {
            name: &question.name,
            client: Client::new(question.client, Transport::Stream),
            wants_v6,
        };
        let found = self.engine.look_up(&lookup)?;
        Ok(self.addresses(question, found))
    }

    /// Waits for what the upstreams say, of the one kind of address or else of the other.
    async fn wait(&self, question: &Question, pending: &PendingLookup) -> Addresses {
        let found = self.engine.wait_for(pending).await;
        let first = self.addresses(question, found);
        if first != Addresses::None || pending.wants_v6() != question.wants_v6 {
            return first;
        }
        match self.look(question, !question.wants_v6) {
            Ok(addresses) => addresses,
            Err(pending) => {
                let found = self.engine.wait_for(&pending).await;
                self.addresses(question, found)
            }
        }
    }

    fn addresses(&self, question: &Question, found: LookedUp) -> Addresses {
        match found {
            LookedUp::Addresses(all) => Addresses::of(all),
            LookedUp::Failed => Addresses::Failed,
            LookedUp::Closed(closed) => {
                self.record_behind(question, &closed);
                Addresses::Closed
            }
        }
    }

    /// Records that a name was closed for what stands behind it.
    fn record_behind(&self, question: &Question, closed: &ClosedLookup) {
        let behind = closed.behind.as_ref().map_or(Behind::Unnamed, Behind::Name);
        let Some(group) = closed.policy.groups().all().get(question.group) else {
            return;
        };
        self.record(&Recorded {
            policy: &closed.policy,
            group,
            verdict: &closed.verdict,
            name: (!closed.verdict.no_name).then_some(&question.name),
            behind: closed.is_behind.then_some(behind),
            client: question.client,
            at: self.moment(),
        });
    }

    fn record(&self, blocked: &Recorded<'_>) {
        if !blocked.verdict.no_log {
            self.recorder.record(blocked, Channel::Tls);
        }
    }
}
