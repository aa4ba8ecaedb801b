//! The resolver's library in a process of the bench's own, for encrypted listeners while the program
//! has no settings for them: the same ruleset and groups as a school's box, without its database.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{Exceptions, Group, GroupId, Groups, Moment, Policy, Tier, Verdict};
use lachan_resolver::{
    Blocked, Clock, EncryptedListeners, Events, Identity, Resolver, Settings, Shared,
};
use lachan_sys::MappedFile;
use serde::{Deserialize, Serialize};

use super::{Context, Doors, School};

/// Tiers of the groups, in turn, as [`School`] has them.
const TIERS: [Tier; 2] = [Tier::Thcs, Tier::Thpt];

/// What such a process is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    ruleset: PathBuf,
    groups: u8,
    listen: SocketAddr,
    dot: SocketAddr,
    doh: SocketAddr,
    chain: PathBuf,
    key: PathBuf,
    upstream: SocketAddr,
}

impl Task {
    pub(super) fn new(
        context: &Context<'_>,
        school: &School,
        listen: SocketAddr,
        doors: &Doors<'_>,
    ) -> Self {
        Self {
            ruleset: context.ruleset(school),
            groups: school.groups,
            listen,
            dot: doors.dot,
            doh: doors.doh,
            chain: doors.papers.chain.clone(),
            key: doors.papers.key.clone(),
            upstream: context.upstream,
        }
    }

    fn policy(&self) -> Policy {
        let map = MappedFile::open(&self.ruleset).unwrap();
        let ruleset = Arc::new(Ruleset::open(Box::new(map)).unwrap());
        let group = |number: u8| {
            let tier = TIERS[usize::from(number) % TIERS.len()];
            let mut group = Group::new(GroupId(number.into()), &format!("group {number}"), tier);
            group.subnets = vec![format!("127.0.{number}.0/24").parse().unwrap()];
            group
        };
        let unknown = Group::new(GroupId(0), "unknown", Tier::Thcs);
        let groups = Groups::new(unknown, (1..=self.groups).map(group).collect()).unwrap();
        Policy::new(ruleset, groups, Exceptions::default())
    }

    fn settings(&self) -> Settings {
        Settings {
            listen: vec![self.listen],
            upstreams: vec![self.upstream.into()],
            encrypted: EncryptedListeners {
                dot: vec![self.dot],
                doh: vec![self.doh],
                ..EncryptedListeners::default()
            },
            ..Settings::default()
        }
    }
}

/// A box that does not know the time and takes no notes.
struct Bare;

impl Clock for Bare {
    fn moment(&self) -> Option<Moment> {
        None
    }
}

impl Events for Bare {
    fn decided(&self, _: &Group, _: &Verdict) {}
    fn blocked(&self, _: &Blocked<'_>) {}
}

/// Resolves until it is killed.
pub(crate) fn run(task: &str) {
    let task: Task = serde_json::from_str(task).unwrap();
    let shared = Shared {
        policy: Arc::new(ArcSwap::from_pointee(task.policy())),
        clock: Arc::new(Bare),
        events: Arc::new(Bare),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let mut running = Resolver::bind(&task.settings(), shared).unwrap();
        let (chain, key) = (std::fs::read(&task.chain), std::fs::read(&task.key));
        let identity = Identity::from_pem(&chain.unwrap(), &key.unwrap()).unwrap();
        running.certificates().present(Some(identity));
        running.ended().await.unwrap();
    });
}
