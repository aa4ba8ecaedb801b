//! The servers of a run: how each is set up and started, alike where they can be: one thread, the
//! same names with all their subdomains, the same upstream, logging as the package has it.
//!
//! Peers are set up as `reference/peer-measurements.md`, A7, says. Where a peer's program is not
//! installed it is left out, and the report says so.

mod lachan;
mod peers;

use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::corpus::Corpus;
use crate::packet::{A, Answer, MOST_ANSWER, NOERROR, NXDOMAIN, write_query};
use crate::process::{Cores, Process};
use crate::secure::Protocol;
use crate::secure::papers::Papers;

pub(crate) use lachan::{MARKER, School};

/// How long a server may take to load its lists.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is asked meanwhile.
const LOOK: Duration = Duration::from_millis(2);

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Reflector,
    Lachan,
    Unbound,
    Dnsmasq,
    PdnsRecursor,
    Dnsdist,
}

impl Kind {
    pub(crate) const PEERS: [Self; 4] = [
        Self::Unbound,
        Self::Dnsmasq,
        Self::PdnsRecursor,
        Self::Dnsdist,
    ];

    /// As it is called in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reflector => "reflector",
            Self::Lachan => "lachan",
            Self::Unbound => "unbound",
            Self::Dnsmasq => "dnsmasq",
            Self::PdnsRecursor => "pdns-recursor",
            Self::Dnsdist => "dnsdist",
        }
    }

    /// A peer's program, where it is installed.
    pub(crate) fn program(self) -> Option<PathBuf> {
        let name = match self {
            Self::PdnsRecursor => "pdns_recursor",
            other => other.name(),
        };
        installed(name)
    }
}

/// The path of a program, where it is installed.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where an ordinary user's path does not lead.
    let hidden = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(hidden)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// What all servers of a run share.
pub(crate) struct Context<'c> {
    pub(crate) cores: Cores,
    pub(crate) corpus: &'c Corpus,
    pub(crate) upstream: SocketAddr,
    /// The folder for settings, lists and logs.
    pub(crate) folder: PathBuf,
    pub(crate) program: PathBuf,
    pub(crate) rules: PathBuf,
}

/// A server that answers.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
    /// From its start to its first answer.
    pub(crate) first_answer: Duration,
    /// Dropped after the process, which uses what is there.
    place: Place,
}

impl Server {
    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.place
    }
}

/// A server's folder, removed with it: lists of millions of names would add up.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        // What is left goes with the folder of the whole run.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Deref for Place {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

/// Where a server listens for encrypted DNS, and what it presents there.
pub(crate) struct Doors<'d> {
    dot: SocketAddr,
    doh: SocketAddr,
    papers: &'d Papers,
}

impl<'d> Doors<'d> {
    /// Ports that are free just now.
    pub(crate) fn new(papers: &'d Papers) -> Self {
        let free = || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            (listener.local_addr().unwrap(), listener)
        };
        // Both at once, lest they be the same.
        let ((dot, _first), (doh, _second)) = (free(), free());
        Self { dot, doh, papers }
    }

    pub(crate) fn address(&self, protocol: Protocol) -> SocketAddr {
        match protocol {
            Protocol::Dot => self.dot,
            Protocol::Doh => self.doh,
        }
    }
}

impl Context<'_> {
    /// A fresh folder.
    fn place(&self, name: &str) -> Place {
        let place = self.folder.join(name);
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).unwrap();
        Place(place)
    }

    /// Starts the reflector.
    pub(crate) fn reflector(&self) -> Server {
        let (address, place) = (free_address(), self.place("reflector"));
        let process = Process::reflector(self.cores.server, &place.join("log"), address);
        self.started(Kind::Reflector, address, 1, process, place)
    }

    /// Starts a peer with the first `names` listed names, and with encrypted listeners where
    /// `doors` are given.
    pub(crate) fn peer(
        &self,
        kind: Kind,
        program: &Path,
        names: usize,
        doors: Option<&Doors<'_>>,
    ) -> Server {
        let (address, place) = (free_address(), self.place(kind.name()));
        let setup = peers::Setup {
            address,
            upstream: self.upstream,
            place: &place,
            corpus: self.corpus,
            names,
            doors,
        };
        let mut command = vec![OsString::from(program)];
        command.extend(setup.arguments(kind).into_iter().map(OsString::from));
        let process = Process::start(self.cores.server, &place.join("log"), &command);
        self.started(kind, address, names, process, place)
    }

    /// Starts Lá Chắn as a school has it.
    pub(crate) fn lachan(&self, school: &School) -> Server {
        let (address, place) = (free_address(), self.school_place(school));
        let config = lachan::set_up(self, school, &place, address, &lachan::More::Nothing);
        self.start_lachan(school, address, config, place)
    }

    /// The same with its pages at an address.
    pub(crate) fn lachan_with_pages(&self, school: &School, pages: SocketAddr) -> Server {
        let (address, place) = (free_address(), self.school_place(school));
        let config = lachan::set_up(self, school, &place, address, &lachan::More::Pages(pages));
        self.start_lachan(school, address, config, place)
    }

    /// The same with encrypted listeners.
    pub(crate) fn lachan_encrypted(&self, school: &School, doors: &Doors<'_>) -> Server {
        let (address, place) = (free_address(), self.school_place(school));
        let config = lachan::set_up(self, school, &place, address, &lachan::More::Doors(doors));
        self.start_lachan(school, address, config, place)
    }

    fn school_place(&self, school: &School) -> Place {
        self.place(&format!("lachan-{}", school.title))
    }

    fn start_lachan(
        &self,
        school: &School,
        address: SocketAddr,
        config: PathBuf,
        place: Place,
    ) -> Server {
        let command = [
            self.program.clone().into_os_string(),
            "run".into(),
            "--config".into(),
            config.into_os_string(),
        ];
        let process = Process::start(self.cores.server, &place.join("log"), &command);
        self.started(Kind::Lachan, address, school.names, process, place)
    }

    /// Waits until a program that was just started refuses the last of its names.
    fn started(
        &self,
        kind: Kind,
        address: SocketAddr,
        names: usize,
        mut process: Process,
        place: Place,
    ) -> Server {
        let begun = process.begun;
        let client = Asker::new();
        let name = self
            .corpus
            .listed
            .get(names.min(self.corpus.listed.len()) - 1);
        loop {
            let code = client.ask(address, name, A, LOOK).map(|answer| answer.code);
            match (kind, code) {
                (Kind::Reflector, Some(NOERROR)) | (_, Some(NXDOMAIN)) => break,
                // It is there, but has not read its lists yet.
                (_, Some(_)) => sleep(LOOK),
                (_, None) => {}
            }
            if let Some(end) = process.ended() {
                panic!("{} did not start: {end}", kind.name());
            }
            let waited = begun.elapsed();
            assert!(waited < PATIENCE, "{} gave no answer", kind.name());
        }
        Server {
            kind,
            address,
            process,
            first_answer: begun.elapsed(),
            place,
        }
    }
}

/// A loopback address with a port that is free just now.
pub(crate) fn free_address() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.local_addr().unwrap()
}

/// A device that asks one question at a time.
pub(crate) struct Asker {
    socket: UdpSocket,
}

impl Asker {
    /// One among those that the load comes from.
    pub(crate) fn new() -> Self {
        Self {
            socket: UdpSocket::bind((Ipv4Addr::new(127, 0, 1, 1), 0)).unwrap(),
        }
    }

    /// The answer's header, when one comes in time.
    pub(crate) fn ask(
        &self,
        server: SocketAddr,
        name: &str,
        kind: u16,
        wait: Duration,
    ) -> Option<Answer> {
        Answer::of(&self.message(server, name, kind, wait)?)
    }

    /// The whole answer, when one comes in time.
    pub(crate) fn message(
        &self,
        server: SocketAddr,
        name: &str,
        kind: u16,
        wait: Duration,
    ) -> Option<Vec<u8>> {
        let mut query = Vec::new();
        write_query(name, kind, &mut query);
        self.socket.set_read_timeout(Some(wait)).unwrap();
        // While the server is not there yet, sending tells of it, and receiving does.
        if self.socket.send_to(&query, server).is_err() {
            sleep(wait);
            return None;
        }
        let mut answer = vec![0; MOST_ANSWER];
        let (length, _) = self.socket.recv_from(&mut answer).ok()?;
        answer.truncate(length);
        Some(answer)
    }
}
