//! Our gate as a program: the proxy's own threads over a ruleset of a million names, and a resolver
//! that has every address at hand.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lachan_policy::ruleset::Ruleset;
use lachan_policy::{
    BypassKind, Exceptions, Group, GroupId, Groups, Moment, Policy, Tier, Verdict, Who,
};
use lachan_proxy::tls::{Kind, Listen, Server, Settings};
use lachan_proxy::{Addresses, Blocked, Later, Question, Targets, World};

/// `gate ADDRESS RULESET`.
pub(crate) fn run(args: &[String]) {
    let address: SocketAddr = args[0].parse().unwrap();
    let bytes = lachan_sys::MappedFile::open(args[1].as_ref()).unwrap();
    let ruleset = Ruleset::open(Box::new(bytes)).unwrap();
    let everybody = Group::new(GroupId(0), "12a", Tier::Thpt);
    let groups = Groups::new(everybody, Vec::new()).unwrap();
    let policy = Policy::new(Arc::new(ruleset), groups, Exceptions::default());
    let world = Arc::new(Daemon {
        policy: Arc::new(policy),
    });
    let settings = Settings {
        targets: Arc::new(Targets {
            allowed: vec!["127.9.0.0/16".parse().unwrap()],
            refused: Vec::new(),
        }),
        max_per_client: 100_000,
        ..Settings::default()
    };
    let listen = Listen {
        address,
        kind: Kind::Transparent,
    };
    let _server = Server::start(&[listen], 1, &settings, &world).unwrap();
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

struct Daemon {
    policy: Arc<Policy>,
}

impl World for Daemon {
    fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy)
    }

    fn group(&self, policy: &Policy, client: IpAddr) -> usize {
        policy.groups().index_of(&Who::at(client))
    }

    fn moment(&self) -> Option<Moment> {
        None
    }

    fn resolve(&self, _: &Question, _: Later) -> Option<Addresses> {
        Some(Addresses::of([crate::sites::ADDRESS.into()]))
    }

    fn decided(&self, _: &Group, _: &Verdict) {}

    fn blocked(&self, _: &Blocked<'_>) {}

    fn evaded(&self, _: BypassKind) {}
}
