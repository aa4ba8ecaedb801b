//! e2guardian as the peer: found on the machine, else unpacked from Debian's packages into the room of
//! the run; installed nowhere. Where neither can be done the figures are left out.

use std::ffi::OsString;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Pages in a measurement: a tick of the kernel's count is 10 ms, about half a filtered page.
const PAGES: u32 = 200;
const QUICK_PAGES: u32 = 60;
/// Pages before it.
const WARM_UP: u32 = 5;
/// An unfiltered page is cheap, so that more of them are needed.
const UNFILTERED_TIMES: u32 = 20;
/// Ticks a second in which `/proc` counts, the same on every Linux (USER_HZ).
const TICKS: f64 = 100.0;
/// How long it may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Its CPU time for a page, in microseconds.
pub(crate) struct Peer {
    pub(crate) filtered: f64,
    pub(crate) unfiltered: f64,
}

impl Peer {
    /// What the phrase filter takes of it.
    pub(crate) fn scan(&self) -> f64 {
        self.filtered - self.unfiltered
    }
}

/// Measures it, where it is.
pub(crate) fn measure(page: &[u8], quick: bool) -> Option<Peer> {
    // e2guardian reads the paths of its lists in lower case, so that a folder of TMPDIR may be no
    // place for them; 4 MB.
    let name = format!("lachan-bench-{}", std::process::id());
    let mut room = tempfile::Builder::new();
    let room = room.prefix(&name).rand_bytes(0).tempdir_in("/tmp").unwrap();
    let unpacked = installed().or_else(|| fetch(&room))?;
    let origin = serve(page.to_vec());
    let pages = if quick { QUICK_PAGES } else { PAGES };
    let filtered = Proxy::start(&room, &unpacked, true)?.cost(origin, page.len(), pages);
    let unfiltered =
        Proxy::start(&room, &unpacked, false)?.cost(origin, page.len(), pages * UNFILTERED_TIMES);
    Some(Peer {
        filtered,
        unfiltered,
    })
}

/// Where its parts are: `/` or the folder of unpacked packages.
struct Unpacked(PathBuf);

impl Unpacked {
    fn program(&self) -> PathBuf {
        self.0.join("usr/sbin/e2guardian")
    }
}

fn installed() -> Option<Unpacked> {
    let here = Unpacked(PathBuf::from("/"));
    here.program().is_file().then_some(here)
}

/// Fetches and unpacks the packages, without installing them.
fn fetch(room: &TempDir) -> Option<Unpacked> {
    note("fetching Debian's package e2guardian (0.8 MB), which is unpacked and not installed");
    let folder = room.path().join("packages");
    fs::create_dir(&folder).unwrap();
    let quietly = |command: &mut Command| {
        let command = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let wanted = [
        "-o",
        "APT::Sandbox::User=root",
        "-o",
        "Acquire::http::Timeout=20",
        "download",
    ];
    let mut apt = Command::new("timeout");
    apt.arg("60").arg("apt-get").args(wanted);
    apt.args(["e2guardian", "libpcre3"]).current_dir(&folder);
    if !quietly(&mut apt) {
        return None;
    }
    let root = room.path().join("unpacked");
    for package in fs::read_dir(&folder).ok()?.flatten() {
        let mut dpkg = Command::new("dpkg-deb");
        if !quietly(dpkg.arg("-x").arg(package.path()).arg(&root)) {
            return None;
        }
    }
    Some(Unpacked(root)).filter(|unpacked| unpacked.program().is_file())
}

/// A server of one page, for as long as the bench runs.
fn serve(page: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    );
    let answer = [head.as_bytes(), &page].concat();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream: TcpStream = stream;
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(&answer);
        }
    });
    address
}

/// A running e2guardian; dropped, it is ended.
struct Proxy {
    child: Child,
    port: u16,
}

impl Proxy {
    fn start(room: &TempDir, unpacked: &Unpacked, filter: bool) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = room
            .path()
            .join(if filter { "filtered" } else { "unfiltered" });
        copy(&unpacked.0.join("etc/e2guardian"), &folder, &|text| {
            text.replace("/etc/e2guardian", &folder.display().to_string())
        });
        let config = folder.join("e2guardian.conf");
        configure(&config, &folder, port, filter);
        let mut command = Command::new(unpacked.program());
        command.arg("-N").arg("-c").arg(&config);
        command.env("LD_LIBRARY_PATH", libraries(&unpacked.0));
        let log = fs::File::create(folder.join("said")).unwrap();
        command
            .stdin(Stdio::null())
            .stderr(log.try_clone().unwrap())
            .stdout(log);
        // A group of its own, so that nothing of it stays behind.
        let child = command.process_group(0).spawn().ok()?;
        let mut proxy = Self { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > PATIENCE || proxy.child.try_wait().is_ok_and(|end| end.is_some()) {
                let said = fs::read_to_string(folder.join("said")).unwrap_or_default();
                note(&format!("e2guardian does not start: {}", said.trim()));
                return None;
            }
            sleep(Duration::from_millis(50));
        }
        Some(proxy)
    }

    /// Microseconds of CPU a page.
    fn cost(self, origin: SocketAddr, length: usize, pages: u32) -> f64 {
        for _ in 0..WARM_UP {
            self.get(origin, length);
        }
        let before = self.cpu();
        for _ in 0..pages {
            self.get(origin, length);
        }
        (self.cpu() - before) / f64::from(pages)
    }

    /// Fetches the page; what comes must be the page and no block page.
    fn get(&self, origin: SocketAddr, length: usize) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request =
            format!("GET http://{origin}/ HTTP/1.1\r\nHost: {origin}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(
            answer.starts_with(b"HTTP/1.1 200"),
            "e2guardian answered otherwise"
        );
        assert!(
            answer.len() > length,
            "e2guardian gave {} bytes of {length}",
            answer.len()
        );
    }

    /// CPU time of all its threads, in microseconds: fields 14 and 15 of proc(5)'s stat.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields = stat.rsplit(')').next().unwrap().split_whitespace();
        let ticks = fields
            .skip(11)
            .take(2)
            .map(|ticks| ticks.parse::<f64>().unwrap());
        ticks.sum::<f64>() * 1e6 / TICKS
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The shipped settings with a port, few workers, no log, and the phrase filter on or off.
fn configure(config: &Path, folder: &Path, port: u16, filter: bool) {
    let user = rustix::process::getuid().as_raw();
    let user = Command::new("id")
        .arg("-un")
        .arg(user.to_string())
        .output()
        .unwrap();
    let user = String::from_utf8(user.stdout).unwrap().trim().to_owned();
    let place = folder.display();
    let set = [
        ("filterip", "127.0.0.1".to_owned()),
        ("filterports", port.to_string()),
        ("transparenthttpsport", String::new()),
        ("httpworkers", "20".to_owned()),
        ("loglevel", "0".to_owned()),
        ("usecustombannedimage", "off".to_owned()),
        ("usecustombannedflash", "off".to_owned()),
        (
            "weightedphrasemode",
            if filter { "2" } else { "0" }.to_owned(),
        ),
        ("filecachedir", format!("'{place}'")),
        ("languagedir", format!("'{place}/languages'")),
        ("daemonuser", format!("'{user}'")),
        ("daemongroup", format!("'{user}'")),
        ("loglocation", format!("'{place}/log'")),
        ("statlocation", format!("'{place}/stat'")),
        ("pidfilename", format!("'{place}/pid'")),
    ];
    let text = fs::read_to_string(config).unwrap();
    let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
    let kept = text
        .lines()
        .filter(|line| set.iter().all(|(name, _)| key(line) != *name));
    let mut text = kept.map(|line| format!("{line}\n")).collect::<String>();
    for (name, value) in set.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("{name} = {value}\n"));
    }
    fs::write(config, text).unwrap();
}

/// Copies a folder of small text files, each with a change.
fn copy(from: &Path, to: &Path, change: &dyn Fn(&str) -> String) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target, change);
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap_or_default();
        // Lists are in many character sets; a path is ASCII in all of them.
        match String::from_utf8(bytes) {
            Ok(text) => fs::write(target, change(&text)).unwrap(),
            Err(error) => fs::write(target, error.into_bytes()).unwrap(),
        }
    }
}

fn libraries(root: &Path) -> OsString {
    let triple = format!("{}-linux-gnu", std::env::consts::ARCH);
    let folders = ["lib", "usr/lib"].map(|folder| root.join(folder).join(&triple));
    std::env::join_paths(folders).unwrap()
}

fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "bench page: {text}");
}
