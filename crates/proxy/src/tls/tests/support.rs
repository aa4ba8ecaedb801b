//! A gate over loopback with a daemon made up, its clients and its sites.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use arc_swap::ArcSwap;
use lachan_lists::testing::{self, TestList};
use lachan_policy::ruleset::ListClass;
use lachan_policy::{BypassKind, Exceptions, Group, Moment, Name, Subnet, Verdict};
use socket2::{Domain, Socket, Type};

use crate::http::Refusal;
use crate::mailbox::Later;
use crate::outside::{Addresses, Blocked, Clock, Devices, Question, Record, ResolveNow};
use crate::target::Targets;
use crate::tls::{Kind, Listen, Server, Settings, Shared};

pub(super) const THCS: [u8; 4] = [127, 0, 3, 1];
pub(super) const STAFF: [u8; 4] = [127, 0, 5, 1];
/// Where the tests' server is.
pub(super) const SITE: [u8; 4] = [127, 9, 0, 1];
/// Where the server is that nobody may reach.
pub(super) const EVIL: [u8; 4] = [127, 9, 0, 9];

const LISTS: &[TestList<'static>] = &[
    ("t/gambling", ListClass::Own, "gambling", &["bad.vn"]),
    (
        "bypass/vpn",
        ListClass::Own,
        "bypass",
        &["vpn.example", "127.9.0.9"],
    ),
];

/// A daemon for tests.
#[derive(Default)]
pub(super) struct Fake {
    pub(super) names: Mutex<Vec<(String, Addresses)>>,
    pub(super) is_slow: bool,
    pub(super) blocked: Mutex<Vec<String>>,
    pub(super) decided: Mutex<usize>,
    pub(super) evaded: Mutex<Vec<BypassKind>>,
}

impl Fake {
    pub(super) fn with(names: &[(&str, &[[u8; 4]])]) -> Self {
        let names = names.iter().map(|(name, addresses)| {
            let addresses = addresses.iter().map(|&address| IpAddr::from(address));
            ((*name).to_owned(), Addresses::of(addresses))
        });
        Self {
            names: Mutex::new(names.collect()),
            ..Self::default()
        }
    }

    fn addresses(&self, name: &Name) -> Addresses {
        let names = self.names.lock().unwrap();
        let found = names.iter().find(|(known, _)| *known == name.to_string());
        found.map_or(Addresses::None, |(_, addresses)| *addresses)
    }
}

pub(super) struct Daemon {
    pub(super) fake: Fake,
}

impl Clock for Daemon {
    fn moment(&self) -> Option<Moment> {
        None
    }
}

impl Devices for Daemon {}

impl ResolveNow for Daemon {
    fn resolve_now(&self, question: &Question, later: Later) -> Option<Addresses> {
        let addresses = self.fake.addresses(&question.name);
        if self.fake.is_slow {
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(50));
                later.give(addresses);
            });
            return None;
        }
        Some(addresses)
    }
}

impl Record for Daemon {
    fn decided(&self, _: &Group, _: &Verdict) {
        *self.fake.decided.lock().unwrap() += 1;
    }

    fn blocked(&self, blocked: &Blocked<'_>) {
        let name = blocked.name.map_or_else(String::new, Name::to_string);
        let text = format!("{} {name}", blocked.group.name);
        self.fake.blocked.lock().unwrap().push(text);
    }

    fn bypass(&self, kind: BypassKind) {
        self.fake.evaded.lock().unwrap().push(kind);
    }

    fn refused(&self, _: Refusal) {}

    fn code(&self, _: &Blocked<'_>) -> Option<String> {
        None
    }
}

/// A running server and its daemon.
pub(super) struct Gate {
    pub(super) server: Server,
    pub(super) daemon: Arc<Daemon>,
}

impl Gate {
    pub(super) fn new(fake: Fake) -> Self {
        Self::of(fake, Kind::Transparent, Settings::default())
    }

    pub(super) fn of(fake: Fake, kind: Kind, settings: Settings) -> Self {
        let policy = testing::policy(testing::ruleset(LISTS), Exceptions::default());
        let daemon = Arc::new(Daemon { fake });
        let targets = Targets::new(vec![[127, 8, 0, 1].into()])
            .allow(vec![Subnet::around([127, 9, 0, 0].into(), 16)]);
        let shared = Shared {
            policy: Arc::new(ArcSwap::from_pointee(policy)),
            clock: Arc::clone(&daemon) as _,
            devices: Arc::clone(&daemon) as _,
            resolve: Arc::clone(&daemon) as _,
            record: Arc::clone(&daemon) as _,
            targets: Arc::new(ArcSwap::from_pointee(targets)),
            inspect: Arc::default(),
        };
        let listen = Listen {
            address: SocketAddr::new(Ipv4Addr::new(127, 8, 0, 1).into(), 0),
            kind,
        };
        let server = Server::start(&[listen], 1, &settings, &shared).unwrap();
        Self { server, daemon }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    /// A client at this address, connected to the gate.
    pub(super) fn client(&self, from: [u8; 4]) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let from = SocketAddr::new(from.into(), 0);
        socket.bind(&from.into()).unwrap();
        socket.connect(&self.address().into()).unwrap();
        let stream: TcpStream = socket.into();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    /// What a client gets that says this, until the other side has said all.
    pub(super) fn exchange(&self, from: [u8; 4], said: &[u8]) -> Vec<u8> {
        let mut client = self.client(from);
        client.write_all(said).unwrap();
        let mut heard = Vec::new();
        let _ = client.read_to_end(&mut heard);
        heard
    }

    /// A server on the gate's port at this address: hands every connection to `serve`.
    pub(super) fn site(&self, at: [u8; 4], serve: impl Fn(TcpStream) + Send + 'static) {
        let address = SocketAddr::new(at.into(), self.address().port());
        let listener = TcpListener::bind(address).unwrap();
        let (ready, wait) = mpsc::channel();
        std::thread::spawn(move || {
            ready.send(()).unwrap();
            for stream in listener.incoming().flatten() {
                serve(stream);
            }
        });
        wait.recv().unwrap();
    }

    /// A server that says how many bytes it read until the client was done.
    pub(super) fn counting_site(&self, at: [u8; 4]) {
        self.site(at, |mut stream| {
            let mut all = Vec::new();
            let _ = stream.read_to_end(&mut all);
            let _ = stream.write_all(format!("{} bytes", all.len()).as_bytes());
        });
    }

    /// Waits until a condition holds.
    pub(super) fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..400 {
            if holds(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("never: {what}; {:?}", self.server.counts());
    }
}

pub(super) const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 49];

/// What a real client says to this name.
pub(super) fn hello(name: &str) -> Vec<u8> {
    hello_with(name, &[])
}

pub(super) fn hello_with(name: &str, protocols: &[&[u8]]) -> Vec<u8> {
    let mut config = rustls::ClientConfig::builder()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|one| one.to_vec()).collect();
    let server = name.to_owned().try_into().unwrap();
    let mut client = rustls::ClientConnection::new(Arc::new(config), server).unwrap();
    let mut wire = Vec::new();
    client.write_tls(&mut wire).unwrap();
    wire
}
