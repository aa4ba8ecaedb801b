//! The proxies, each with a million closed names.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use lachan_lists::testing;
use lachan_policy::ruleset::ListClass;
use rustix::net::{SendFlags, send};
use rustix::process::Uid;
use socket2::{Domain, Socket, Type};

use crate::process::Process;
use crate::{program, sites};

/// A proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Relay,
    Lachan,
    Haproxy,
    Nginx,
    Squid,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Relay,
        Self::Lachan,
        Self::Haproxy,
        Self::Nginx,
        Self::Squid,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Relay => "bare relay",
            Self::Lachan => "lachan",
            Self::Haproxy => "haproxy",
            Self::Nginx => "nginx",
            Self::Squid => "squid",
        }
    }
}

/// A running proxy.
pub(crate) struct Peer {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    pub(crate) processes: Vec<Process>,
    /// The port that the sites are on.
    site: u16,
}

/// The closed names, as each wants them.
pub(crate) struct Lists {
    names: PathBuf,
    map: PathBuf,
    ruleset: PathBuf,
}

pub(crate) fn write_lists(folder: &Path, count: usize) -> Lists {
    let names: Vec<_> = (0..count)
        .map(|n| format!("closed-{n}.example.net"))
        .collect();
    let lists = Lists {
        names: folder.join("names"),
        map: folder.join("map"),
        ruleset: folder.join("ruleset"),
    };
    fs::write(&lists.names, names.join("\n")).unwrap();
    let mut map = String::new();
    for name in &names {
        let _ = writeln!(map, "{name} 1;");
    }
    fs::write(&lists.map, map).unwrap();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let bytes = testing::ruleset_bytes(&[("bench/gambling", ListClass::Own, "gambling", &names)]);
    fs::write(&lists.ruleset, bytes).unwrap();
    lists
}

impl Peer {
    pub(crate) fn start(
        kind: Kind,
        core: usize,
        folder: &Path,
        lists: &Lists,
        site: u16,
        names: SocketAddr,
    ) -> Option<Self> {
        let address = match kind {
            // A transparent proxy dials the port that it was dialled at.
            Kind::Lachan => SocketAddr::from(([127, 8, 0, 1], site)),
            _ => free_port(),
        };
        let log = folder.join(format!("{kind:?}.log"));
        let target = SocketAddr::new(sites::ADDRESS.into(), site);
        let mut arguments: Vec<OsString> = Vec::new();
        let mut take = |all: &[&str]| arguments.extend(all.iter().map(OsString::from));
        let process = match kind {
            Kind::Relay => {
                // By way of a shell: the arguments of such a child are those of another bench.
                let file = folder.join("relay.sh");
                let own = std::env::current_exe().unwrap();
                let text = format!(
                    "#!/bin/sh\nLACHAN_BENCH_SITE={site} exec {} child reflect $PPID {core} {address}\n",
                    own.display()
                );
                fs::write(&file, text).unwrap();
                take(&["/bin/sh", file.to_str().unwrap()]);
                Process::start(core, &log, &arguments)
            }
            Kind::Lachan => {
                let data = folder.join("lachan");
                fs::create_dir_all(data.join("lists")).unwrap();
                fs::copy(&lists.ruleset, data.join("lists/current.ruleset")).unwrap();
                let file = folder.join("lachan.toml");
                let rules = testing::rules_folder();
                let text = format!(
                    "version = \"v1\"\n[paths]\ndata = \"{}\"\nrules = \"{}\"\n\
                     [resolver]\nlisten = [\"{}\"]\nupstreams = [\"{names}\"]\nrebind-protection = \"off\"\n\
                     [resolver.unknown-devices]\ntier = \"thpt\"\n\
                     [proxy]\ntransparent = \"on\"\ntransparent-http = {}\ntransparent-tls = {site}\n\
                     inside-targets = [\"127.9.0.0/16\"]\n",
                    data.display(),
                    rules.display(),
                    free_port(),
                    free_port().port(),
                );
                fs::write(&file, text).unwrap();
                take(&as_the_service(folder));
                take(&[
                    env!("CARGO_BIN_EXE_lachan"),
                    "run",
                    "--config",
                    file.to_str().unwrap(),
                ]);
                Process::start(core, &log, &arguments)
            }
            Kind::Haproxy => {
                let program = program("haproxy")?;
                let file = folder.join("haproxy.cfg");
                let text = format!(
                    "global\n nbthread 1\n maxconn 4000\n\
                     defaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n option splice-auto\n\
                     frontend f\n bind {address}\n tcp-request inspect-delay 5s\n\
                     tcp-request content reject if {{ req.ssl_sni,lower -m str -f {} }}\n\
                     tcp-request content accept if {{ req.ssl_hello_type 1 }}\n default_backend b\n\
                     backend b\n server s {target}\n",
                    lists.names.display()
                );
                fs::write(&file, text).unwrap();
                take(&[
                    program.to_str().unwrap(),
                    "-db",
                    "-f",
                    file.to_str().unwrap(),
                ]);
                Process::start(core, &log, &arguments)
            }
            Kind::Nginx => {
                let program = program("nginx")?;
                let module = Path::new("/usr/lib/nginx/modules/ngx_stream_module.so");
                if !module.exists() {
                    return None;
                }
                let file = folder.join("nginx.conf");
                let text = format!(
                    "load_module {};\ndaemon off;\nmaster_process off;\npid {};\nerror_log stderr crit;\n\
                     events {{ worker_connections 8000; }}\n\
                     stream {{\n map_hash_max_size 4000000;\n map_hash_bucket_size 128;\n\
                     map $ssl_preread_server_name $closed {{ hostnames; include {}; default 0; }}\n\
                     map $closed $to {{ 1 127.0.0.1:1; default {target}; }}\n\
                     server {{ listen {address}; ssl_preread on; proxy_pass $to; }}\n}}\n",
                    module.display(),
                    folder.join("nginx.pid").display(),
                    lists.map.display(),
                );
                fs::write(&file, text).unwrap();
                let prefix = folder.to_str().unwrap();
                take(&[
                    program.to_str().unwrap(),
                    "-p",
                    prefix,
                    "-c",
                    file.to_str().unwrap(),
                ]);
                Process::start(core, &log, &arguments)
            }
            Kind::Squid => {
                let program = program("squid")?;
                let file = folder.join("squid.conf");
                let names = fs::read_to_string(&lists.names).unwrap();
                let dotted = folder.join("squid.names");
                let text: String = names.lines().map(|name| format!(".{name}\n")).collect();
                fs::write(&dotted, text).unwrap();
                let text = format!(
                    "http_port {address}\nacl closed dstdomain \"{}\"\nhttp_access deny closed\n\
                     http_access allow all\ncache deny all\naccess_log none\ncache_log {}\n\
                     pid_filename {}\nhosts_file {}\nvia off\ncoredump_dir {}\n",
                    dotted.display(),
                    folder.join("squid.log").display(),
                    folder.join("squid.pid").display(),
                    hosts(folder).display(),
                    folder.display(),
                );
                fs::write(&file, text).unwrap();
                take(&[
                    program.to_str().unwrap(),
                    "-N",
                    "-f",
                    file.to_str().unwrap(),
                ]);
                Process::start(core, &log, &arguments)
            }
        };
        let mut peer = Self {
            kind,
            address,
            processes: vec![process],
            site,
        };
        peer.wait_until_up();
        Some(peer)
    }

    fn wait_until_up(&mut self) {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            if let Ok(stream) = TcpStream::connect(self.address) {
                drop(stream);
                return;
            }
            if let Some(said) = self.processes[0].ended() {
                panic!("{}: {said}", self.kind.name());
            }
            assert!(Instant::now() < end, "{} does not start", self.kind.name());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What a client has to say first, and waits for the answer to.
    pub(crate) fn greet(&self, socket: &OwnedFd) {
        if self.kind == Kind::Squid {
            let _ = send(socket, self.request().as_bytes(), SendFlags::NOSIGNAL);
        }
    }

    fn request(&self) -> String {
        format!(
            "CONNECT sites.example.net:{} HTTP/1.1\r\nHost: sites.example.net\r\n\r\n",
            self.site
        )
    }

    /// Bytes of the answer to that.
    pub(crate) fn greeting(&self) -> usize {
        if self.kind == Kind::Squid {
            b"HTTP/1.1 200 Connection established\r\n\r\n".len()
        } else {
            0
        }
    }

    /// A connection that said a hello.
    pub(crate) fn open(&self, hello: &[u8]) -> TcpStream {
        self.open_from([127, 0, 0, 1].into(), hello)
    }

    /// The same, from this address.
    pub(crate) fn open_from(&self, device: IpAddr, hello: &[u8]) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::new(device, 0).into()).unwrap();
        socket.connect(&self.address.into()).unwrap();
        let mut stream: TcpStream = socket.into();
        stream.set_nodelay(true).unwrap();
        if self.kind == Kind::Squid {
            stream.write_all(self.request().as_bytes()).unwrap();
            stream.read_exact(&mut vec![0; self.greeting()]).unwrap();
        }
        stream.write_all(hello).unwrap();
        stream
    }
}

/// The user of the service, nobody here: it may have about 1,024 full pipes, root any number.
const SERVICE: &str = "65534";

/// That user where lachan runs as it, which only root can have it do.
pub(crate) fn service_user() -> Option<Uid> {
    let can = rustix::process::geteuid().is_root() && program("setpriv").is_some();
    can.then(|| Uid::from_raw(SERVICE.parse().unwrap()))
}

/// The words that make a program run as the service does, where we may: another user, with the one
/// right that transparent sockets need.
fn as_the_service(folder: &Path) -> Vec<&'static str> {
    if service_user().is_none() {
        eprintln!("bench tls: lachan runs as the user of the bench");
        return Vec::new();
    }
    let is_done = Command::new("chown")
        .args(["-R", SERVICE])
        .arg(folder.join("lachan"))
        .status()
        .unwrap();
    assert!(is_done.success());
    fs::set_permissions(folder, Permissions::from_mode(0o711)).unwrap();
    vec![
        "setpriv",
        "--reuid",
        SERVICE,
        "--regid",
        SERVICE,
        "--clear-groups",
        "--inh-caps",
        "+net_admin",
        "--ambient-caps",
        "+net_admin",
        "--pdeathsig",
        "KILL",
        "--",
    ]
}

/// Where squid looks names up.
fn hosts(folder: &Path) -> PathBuf {
    let file = folder.join("hosts");
    fs::write(&file, format!("{} sites.example.net\n", sites::ADDRESS)).unwrap();
    file
}

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
