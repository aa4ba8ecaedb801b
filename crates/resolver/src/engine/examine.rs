//! What a group is answered, for whoever examines the box: the stages of every query, from the decision on, told
//! to nobody. Nothing of it comes into counts of decisions, the log or the limits of a device. And a list on trial,
//! which sees the queries of everybody and tells of nobody.

use std::net::{IpAddr, Ipv4Addr};
use std::slice;
use std::sync::Arc;

use lachan_policy::{Ask, CategorySet, GroupId};

use super::{Asked, Engine, Lane, STAGES, Waiting};
use crate::client::Client;
use crate::list_trial::ListTrial;
use crate::wire::query::{Head, Transport};

impl Engine {
    /// Puts a list on trial in the place of the one before; `None` ends it, and what it counted is gone.
    pub fn try_list(&self, trial: Option<Arc<ListTrial>>) {
        self.trial.store(trial);
    }

    /// The answer to a message as a device of this group gets it; `None` where there is no such group, or the
    /// message is no query. Has to be waited for on the runtime that the resolver was started on, where what it
    /// asks upstreams goes on.
    pub async fn examine(&self, group: GroupId, message: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let Some(waiting) = self.examine_here(group, message, &mut out)? else {
            return Some(out);
        };
        self.finish(&waiting, &mut out).await;
        Some(out)
    }

    /// What needs nobody else; what waits for an upstream is given back.
    fn examine_here(
        &self,
        group: GroupId,
        message: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<Option<Box<Waiting>>> {
        let snapshot = self.snapshot();
        let mut lane = Lane::new();
        let head = Head::read(message, &mut lane.name).ok()?;
        lane.group = snapshot.policy.groups().position(group)?;
        lane.client = Client::new(IpAddr::V4(Ipv4Addr::LOCALHOST), Transport::Stream);
        lane.head = Ok(head);
        let query = head.over(message, &lane.name);
        let mut probe = snapshot.policy.ruleset().probe(&lane.name);
        snapshot.touch(slice::from_mut(&mut probe));
        let asked = Asked {
            is_told: false,
            ..self.decide(&snapshot, &query, &lane, &probe)
        };
        if STAGES.iter().any(|stage| stage(self, &asked, out))
            || self.cached(snapshot.seconds, None, &asked, out)
        {
            return Some(None);
        }
        Some(Some(Waiting::new(message, &lane, &snapshot, &asked)))
    }
}

impl Asked<'_> {
    /// Has a list on trial see the query, where it is open.
    #[cold]
    pub(super) fn seen_by(&self, trial: &ListTrial) {
        if self.verdict.is_block() {
            return;
        }
        let ask = Ask {
            name: self.query.question.name,
            group: self.group,
            at: self.at,
            found: CategorySet::EMPTY,
        };
        trial.see(self.policy, &ask, self.client.address);
    }
}
