//! What the proxy sees of the daemon: who a device is, the resolver's word on where a name is, and the
//! log. One for HTTP and one for TLS, which are told apart in the log.

use std::net::IpAddr;
use std::sync::Arc;

use lachan_policy::{BypassKind, Group, Name, Verdict, Who};
use lachan_proxy::http::{Refusal, Refusals};
use lachan_proxy::{
    Addresses, Blocked, Coming, Devices, Later, Question, Record, Resolve, ResolveError, ResolveNow,
};
use lachan_resolver::{
    Behind, Blocked as Recorded, Client, ClosedLookup, Engine, LookedUp, Lookup, PendingLookup,
    Transport,
};
use lachan_store::Channel;
use tokio::runtime::Handle;

use super::super::recorder::Recorder;

/// The daemon, for one channel of the proxy.
#[derive(Clone)]
pub(super) struct Outlook {
    pub(super) engine: Arc<Engine>,
    pub(super) recorder: Arc<Recorder>,
    /// Where look-ups wait for upstreams.
    pub(super) runtime: Handle,
    pub(super) channel: Channel,
    pub(super) refusals: Arc<Refusals>,
}

impl Devices for Outlook {
    fn who(&self, client: IpAddr) -> Who {
        self.engine.who(Client::new(client, Transport::Stream))
    }
}

impl Resolve for Outlook {
    fn resolve<'r>(
        &'r self,
        name: &'r Name,
        client: IpAddr,
    ) -> Coming<'r, Result<Vec<IpAddr>, ResolveError>> {
        Box::pin(self.both(name, client))
    }
}

impl ResolveNow for Outlook {
    fn resolve_now(&self, question: &Question, later: Later) -> Option<Addresses> {
        let first = match self.look(question, question.wants_v6) {
            Ok(Addresses::None) => self.look(question, !question.wants_v6),
            other => other,
        };
        let pending = match first {
            Ok(addresses) => return Some(addresses),
            Err(pending) => pending,
        };
        let (outlook, question) = (self.clone(), *question);
        self.runtime.spawn(async move {
            later.give(outlook.wait(&question, &pending).await);
        });
        None
    }
}

impl Record for Outlook {
    fn decided(&self, _: &Group, verdict: &Verdict) {
        self.recorder.count(verdict, self.channel);
    }

    fn blocked(&self, blocked: &Blocked<'_>) {
        self.record(&Recorded {
            policy: blocked.policy,
            group: blocked.group,
            verdict: blocked.verdict,
            name: blocked.name,
            behind: None,
            client: blocked.client,
            at: blocked.at,
        });
    }

    fn bypass(&self, kind: BypassKind) {
        self.engine.count_bypass(kind);
    }

    fn refused(&self, refusal: Refusal) {
        self.refusals.count(refusal);
        if refusal.is_evasion() {
            self.engine.count_bypass(BypassKind::Nameless);
        }
        // Nothing of the message: it may hold what a pupil wrote.
        tracing::debug!(%refusal, "a message was refused");
    }

    fn code(&self, blocked: &Blocked<'_>) -> Option<String> {
        let code = self.engine.request_code(
            blocked.verdict,
            blocked.policy,
            blocked.group.id,
            blocked.name,
            blocked.at,
        );
        code.map(|code| code.to_string())
    }
}

impl Outlook {
    /// The addresses of a name: IPv4 ones, which every school's line has, with the IPv6 ones that are at
    /// hand; those are waited for only where there are no others.
    async fn both(&self, name: &Name, client: IpAddr) -> Result<Vec<IpAddr>, ResolveError> {
        let question = |wants_v6| Question {
            name: *name,
            client,
            wants_v6,
        };
        let mut found = self.one(&question(false)).await;
        match &mut found {
            Err(ResolveError::Closed) => return Err(ResolveError::Closed),
            Ok(all) if !all.is_empty() => {
                if let Ok(LookedUp::Addresses(more)) =
                    self.engine.look_up(&lookup(&question(true), true))
                {
                    all.extend(more);
                }
            }
            _ => {
                let second = self.one(&question(true)).await;
                found = match (found, second) {
                    (Err(why), Err(_)) => return Err(why),
                    (_, Err(ResolveError::Closed)) => return Err(ResolveError::Closed),
                    (_, second) => second,
                };
            }
        }
        match found {
            Ok(all) if all.is_empty() => Err(ResolveError::NoSuchName),
            other => other,
        }
    }

    async fn one(&self, question: &Question) -> Result<Vec<IpAddr>, ResolveError> {
        let found = match self.engine.look_up(&lookup(question, question.wants_v6)) {
            Ok(found) => found,
            Err(pending) => self.engine.wait_for(&pending).await,
        };
        match found {
            LookedUp::Addresses(all) => Ok(all),
            LookedUp::Failed => Err(ResolveError::Failed),
            LookedUp::Closed(closed) => {
                self.record_behind(question, &closed);
                Err(ResolveError::Closed)
            }
        }
    }

    /// Looks for addresses of one kind.
    fn look(&self, question: &Question, wants_v6: bool) -> Result<Addresses, Box<PendingLookup>> {
        let found = self.engine.look_up(&lookup(question, wants_v6))?;
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
        let who = Devices::who(self, question.client);
        let behind = closed.behind.as_ref().map_or(Behind::Unnamed, Behind::Name);
        self.record(&Recorded {
            policy: &closed.policy,
            group: closed.policy.groups().of(&who),
            verdict: &closed.verdict,
            name: (!closed.verdict.no_name).then_some(&question.name),
            behind: closed.is_behind.then_some(behind),
            client: question.client,
            at: self.engine.now(),
        });
    }

    fn record(&self, blocked: &Recorded<'_>) {
        if !blocked.verdict.no_log {
            self.recorder.record(blocked, self.channel);
        }
    }
}

fn lookup(question: &Question, wants_v6: bool) -> Lookup<'_> {
    Lookup {
        name: &question.name,
        client: Client::new(question.client, Transport::Stream),
        wants_v6,
    }
}
