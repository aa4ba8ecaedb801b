//! Our gate as a program: the proxy's own threads over a ruleset of a million names, and a resolver
//! that has every address at hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{
    BypassKind, Exceptions, Group, GroupId, Groups, Moment, Policy, Tier, Verdict,
};
use lachan_proxy::http::Refusal;
use lachan_proxy::tls::{Kind, Listen, Server, Settings, Shared};
use lachan_proxy::{
    Addresses, Blocked, Clock, Devices, Later, Question, Record, ResolveNow, Targets,
};

/// `gate ADDRESS RULESET`.
pub(crate) fn run(args: &[String]) {
    let address: SocketAddr = args[0].parse().unwrap();
    let bytes = lachan_sys::MappedFile::open(args[1].as_ref()).unwrap();
    let ruleset = Ruleset::open(Box::new(bytes)).unwrap();
    let everybody = Group::new(GroupId(0), "12a", Tier::Thpt);
    let groups = Groups::new(everybody, Vec::new()).unwrap();
    let policy = Policy::new(Arc::new(ruleset), groups, Exceptions::default());
    let targets = Targets::new(Vec::new()).allow(vec!["127.9.0.0/16".parse().unwrap()]);
    let shared = Shared {
        policy: Arc::new(ArcSwap::from_pointee(policy)),
        clock: Arc::new(Daemon),
        devices: Arc::new(Daemon),
        resolve: Arc::new(Daemon),
        record: Arc::new(Daemon),
        targets: Arc::new(ArcSwap::from_pointee(targets)),
        inspect: Arc::default(),
    };
    let settings = Settings {
        max_per_client: 100_000,
        ..Settings::default()
    };
    let listen = Listen {
        address,
        kind: Kind::Transparent,
    };
    let _server = Server::start(&[listen], 1, &settings, &shared).unwrap();
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

struct Daemon;

impl Clock for Daemon {
    fn moment(&self) -> Option<Moment> {
        None
    }
}

impl Devices for Daemon {}

impl ResolveNow for Daemon {
    fn resolve_now(&self, _: &Question, _: Later) -> Option<Addresses> {
        Some(Addresses::of([crate::sites::ADDRESS.into()]))
    }
}

impl Record for Daemon {
    fn decided(&self, _: &Group, _: &Verdict) {}

    fn blocked(&self, _: &Blocked<'_>) {}

    fn bypass(&self, _: BypassKind) {}

    fn refused(&self, _: Refusal) {}

    fn code(&self, _: &Blocked<'_>) -> Option<String> {
        None
    }
}
