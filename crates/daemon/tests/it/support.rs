//! A place for one test: a folder with settings, and the program run in it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// Longest wait for anything; nothing comes near it unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs the program in a place of its own.
pub(crate) fn lachan(arguments: &[&str]) -> Done {
    Place::new().run(arguments)
}

pub(crate) fn rules() -> PathBuf {
    lachan_lists::testing::rules_folder()
        .canonicalize()
        .unwrap()
}

/// The ruleset of the shipped rules, compiled once by the program itself.
pub(crate) fn shipped() -> &'static Path {
    static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shipped.ruleset");
        let (rules, out) = (rules(), file.display().to_string());
        let done = lachan(&[
            "lists",
            "compile",
            "--rules",
            rules.to_str().unwrap(),
            "--out",
            &out,
        ]);
        assert_eq!(done.code, 0, "{done:?}");
        file
    });
    &FILE
}

/// A folder with what one test needs.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes settings that stay in this place; `more` goes into `[resolver]`.
    pub(crate) fn settings(&self, more: &str) {
        let text = format!(
            "version = \"v1\"\n[paths]\ndata = \"{0}/data\"\nrules = \"{1}\"\n\
             [store]\nflush = \"1s\"\n[web]\nlisten = []\n[resolver]\n{more}\n",
            self.folder.path().display(),
            rules().display(),
        );
        self.file("lachan.toml", &text);
    }

    pub(crate) fn ruleset(&self) -> PathBuf {
        self.path("data/lists/current.ruleset")
    }

    /// Puts the shipped ruleset where the settings want it.
    pub(crate) fn put_ruleset(&self) {
        std::fs::create_dir_all(self.path("data/lists")).unwrap();
        std::fs::copy(shipped(), self.ruleset()).unwrap();
    }

    /// One group a tier: 127.0.1.0/24 is mầm non … 127.0.5.0/24 is staff.
    pub(crate) fn put_groups(&self) {
        let tiers = ["mam-non", "tieu-hoc", "thcs", "thpt", "staff"];
        let line = |(n, tier): (usize, &str)| format!("{tier},{tier},127.0.{n}.0/24\n");
        let table = (1..).zip(tiers).map(line).collect::<String>();
        let file = self.file("groups.csv", &table);
        let done = self.run(&["groups", "import", file.to_str().unwrap()]);
        assert_eq!(done.code, 0, "{done:?}");
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lachan"));
        command
            .args(arguments)
            .env_clear()
            .env("LACHAN_CONFIG", self.path("lachan.toml"))
            .env("LANG", "en_US.UTF-8");
        command.current_dir(self.folder.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        done(
            self.command(arguments)
                .stdin(Stdio::null())
                .output()
                .unwrap(),
        )
    }

    /// As [`Self::run`], by a shell that prepares something first.
    pub(crate) fn run_after(&self, preparation: &str, arguments: &[&str]) -> Done {
        let line = format!(
            "{preparation}; exec {} \"$@\"",
            env!("CARGO_BIN_EXE_lachan")
        );
        let mut command = Command::new("bash");
        command.args(["-c", &line, "lachan"]).args(arguments);
        done(command.output().unwrap())
    }

    /// Adds tables to the settings.
    pub(crate) fn add_settings(&self, tables: &str) {
        let text = std::fs::read_to_string(self.path("lachan.toml")).unwrap();
        self.file("lachan.toml", &format!("{text}\n{tables}\n"));
    }

    /// Starts `lachan run` and waits until it says where it listens.
    pub(crate) fn start(&self) -> Server {
        self.start_with(&[])
    }

    /// As [`Self::start`], with variables in the environment.
    pub(crate) fn start_with(&self, variables: &[(&str, &str)]) -> Server {
        let mut command = self.command(&["run"]);
        command.envs(variables.iter().copied());
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Server::of(child)
    }
}

pub(crate) fn done(output: std::process::Output) -> Done {
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running filter.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it printed at its start.
    pub(crate) announced: String,
    log: Receiver<String>,
    heard: String,
}

impl Server {
    fn of(mut child: Child) -> Self {
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut announced = String::new();
        let mut address = None;
        while !announced.contains("Devices in no group") {
            let mut line = String::new();
            if out.read_line(&mut line).unwrap() == 0 {
                let mut err = String::new();
                child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut err)
                    .unwrap();
                panic!("the filter did not start: {announced}{err}");
            }
            announced.push_str(&line);
            if let Some(found) = line.trim().strip_prefix("DNS: ") {
                address = found.split(' ').next().map(|text| text.parse().unwrap());
            }
        }
        let (lines, log) = mpsc::channel();
        let err = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            err.lines()
                .map_while(Result::ok)
                .try_for_each(|l| lines.send(l))
        });
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self {
            child,
            address: address.unwrap(),
            announced,
            log,
            heard: String::new(),
        }
    }

    /// Waits until the log holds a text.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.heard.contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.log.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("{text:?} was not logged: {}", self.heard));
            self.heard.push_str(&line);
            self.heard.push('\n');
        }
    }

    /// Everything logged so far.
    pub(crate) fn heard(&mut self) -> &str {
        while let Ok(line) = self.log.try_recv() {
            self.heard.push_str(&line);
            self.heard.push('\n');
        }
        &self.heard
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Stops it and gives its exit code.
    pub(crate) fn stop(mut self, signal: &str) -> i32 {
        self.signal(signal);
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Asks as a device of the group `127.0.GROUP.0/24`.
    pub(crate) fn ask(&self, group: u8, name: &str) -> Message {
        Device::new(group)
            .ask(self.address, name)
            .expect("no answer came")
    }

    /// `NXDOMAIN`, or the first address.
    pub(crate) fn answer(&self, group: u8, name: &str) -> String {
        shown(&self.ask(group, name))
    }

    /// Asks until the answer is this one.
    pub(crate) fn wait_for_answer(&self, group: u8, name: &str, expected: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = self.answer(group, name);
            if answer == expected {
                return;
            }
            assert!(
                Instant::now() < end,
                "{name} for {group}: {answer}, not {expected}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn shown(message: &Message) -> String {
    match (message.metadata.response_code, message.answers.first()) {
        (ResponseCode::NXDomain, _) => "NXDOMAIN".into(),
        (ResponseCode::NoError, Some(record)) => record.data.to_string(),
        (code, _) => format!("{code:?}"),
    }
}

/// A device that asks.
pub(crate) struct Device {
    socket: UdpSocket,
    id: u16,
}

impl Device {
    pub(crate) fn new(group: u8) -> Self {
        let socket = UdpSocket::bind(SocketAddr::from(([127, 0, group, 1], 0))).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        Self { socket, id: 1 }
    }

    /// The answer; `None` when none came.
    pub(crate) fn ask(&mut self, server: SocketAddr, name: &str) -> Option<Message> {
        self.id = self.id.wrapping_add(1);
        let message = query(self.id, name);
        self.socket.send_to(&message, server).unwrap();
        let mut buffer = [0; 4096];
        let (length, _) = self.socket.recv_from(&mut buffer).ok()?;
        let answer = Message::from_vec(&buffer[..length]).unwrap();
        assert_eq!(answer.metadata.id, self.id);
        Some(answer)
    }
}

/// A query for the address of a name.
pub(crate) fn query(id: u16, name: &str) -> Vec<u8> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    let name = Name::from_ascii(format!("{name}.")).unwrap();
    message.add_query(Query::query(name, RecordType::A));
    message.to_vec().unwrap()
}

/// The address that the upstream gives for every name.
pub(crate) const UPSTREAM_ANSWER: &str = "192.0.2.7";

/// An upstream that knows every name.
pub(crate) fn upstream() -> SocketAddr {
    upstream_behind(&[])
}

/// As [`upstream`], and some names are a CNAME for others.
pub(crate) fn upstream_behind(names: &'static [(&str, &str)]) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            let Ok(query) = Message::from_vec(&buffer[..length]) else {
                continue;
            };
            let mut answer = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
            answer.metadata.recursion_available = true;
            for question in &query.queries {
                let mut owner = question.name().clone();
                // Queries come in letters of any case.
                let asked = owner.to_ascii().to_lowercase();
                let behind = names.iter().find(|(name, _)| asked == format!("{name}."));
                if let Some((_, behind)) = behind {
                    let target = Name::from_ascii(format!("{behind}.")).unwrap();
                    let data = RData::CNAME(CNAME(target.clone()));
                    answer.add_answer(Record::from_rdata(owner, 60, data));
                    owner = target;
                }
                let data = RData::A(A(UPSTREAM_ANSWER.parse().unwrap()));
                answer.add_answer(Record::from_rdata(owner, 60, data));
                answer.add_query(question.clone());
            }
            let _ = socket.send_to(&answer.to_vec().unwrap(), client);
        }
    });
    address
}
