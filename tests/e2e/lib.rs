//! A sample school for end-to-end tests: the built `lachan`, a stand-in for the Internet's DNS,
//! and `dig` as the client.
//!
//! Needs python3 and dig, which `scripts/test` installs, and only ever speaks to loopback.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running box with the sample groups of `scripts/data`, stopped when dropped.
#[derive(Debug)]
pub struct School {
    folder: tempfile::TempDir,
    port: u16,
    upstream: Child,
    daemon: Child,
}

/// The project's folder.
#[must_use]
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The built program, beside the test's own binary.
///
/// # Panics
/// When it was not built.
#[must_use]
pub fn lachan() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let found = own
        .ancestors()
        .map(|folder| folder.join("lachan"))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("lachan was not built; run the tests of the whole workspace, or cargo build first")
    })
}

/// Runs a program to its end.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn run(command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display()))
}

/// How a script gets namespaces of its own, so that nothing of it outlives it.
const SPACES: [&str; 6] = [
    "--user",
    "--map-root-user",
    "--net",
    "--pid",
    "--fork",
    "--mount-proc",
];

/// A command that runs a script of `tests/e2e/tests` in namespaces of its own; `None` where the
/// system allows none, as in some containers.
#[must_use]
pub fn in_namespaces(script: &str) -> Option<Command> {
    let allowed = run(Command::new("unshare").args(SPACES).arg("true"));
    let mut command = Command::new("unshare");
    command.args(SPACES).arg("bash");
    command.arg(project().join("tests/e2e/tests").join(script));
    allowed.status.success().then_some(command)
}

impl School {
    /// Compiles the shipped rules, imports the sample groups and starts the box.
    ///
    /// # Panics
    /// When any of that fails.
    #[must_use]
    pub fn open() -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let ruleset = folder.path().join("lists/current.ruleset");
        fs::create_dir_all(folder.path().join("lists")).unwrap_or_else(|error| panic!("{error}"));
        succeeds(
            Command::new(lachan())
                .args(["lists", "compile", "--quiet", "--rules"])
                .arg(project().join("rules"))
                .arg("--out")
                .arg(&ruleset),
        );
        let (upstream, upstream_port) = start_upstream();
        let port = free_port();
        write_config(folder.path(), port, upstream_port);
        let config = folder.path().join("lachan.toml");
        succeeds(
            Command::new(lachan())
                .args(["groups", "import"])
                .arg(project().join("scripts/data/sample-groups.csv"))
                .arg("--config")
                .arg(&config),
        );
        let daemon = Command::new(lachan())
            .arg("run")
            .arg("--config")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{error}"));
        let school = Self {
            folder,
            port,
            upstream,
            daemon,
        };
        school.wait_until_it_answers();
        school
    }

    fn wait_until_it_answers(&self) {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if self
                .dig("127.0.0.1", "localhost", "A")
                .contains("status: NOERROR")
            {
                return;
            }
        }
        panic!("the box does not answer");
    }

    /// What `dig` prints when it asks from an address.
    #[must_use]
    pub fn dig(&self, from: &str, name: &str, qtype: &str) -> String {
        let output = run(Command::new("dig").args([
            "@127.0.0.1",
            "-p",
            &self.port.to_string(),
            "-b",
            from,
            name,
            qtype,
            "+tries=1",
            "+time=5",
        ]));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs `lachan` with this school's settings.
    #[must_use]
    pub fn lachan(&self, arguments: &[&str]) -> Output {
        run(Command::new(lachan())
            .args(arguments)
            .arg("--config")
            .arg(self.folder.path().join("lachan.toml")))
    }
}

impl Drop for School {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self.upstream] {
            // It may have ended by itself; then there is nothing left to do.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn succeeds(command: &mut Command) {
    let output = run(command);
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A port nobody uses now, for UDP and TCP.
fn free_port() -> u16 {
    let script = project().join("scripts/lib/free_port.py");
    let output = run(Command::new("python3").arg(script).arg("20000"));
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    text.parse()
        .unwrap_or_else(|_| panic!("no free port: {text:?}"))
}

fn start_upstream() -> (Child, u16) {
    let mut child = Command::new("python3")
        .arg(project().join("scripts/lib/demo_upstream.py"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("python3: {error}"));
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        let _ = BufReader::new(output).read_line(&mut line);
    }
    let port = line
        .trim()
        .rsplit([':', ' '])
        .next()
        .and_then(|port| port.parse().ok());
    (
        child,
        port.unwrap_or_else(|| panic!("the stand-in upstream did not start: {line:?}")),
    )
}

fn write_config(folder: &Path, port: u16, upstream: u16) {
    let text = format!(
        "version = \"v1\"\n\n[paths]\ndata = \"{data}\"\nrules = \"{rules}\"\n\n[resolver]\n\
         listen = [\"127.0.0.1:{port}\"]\nupstreams = [\"127.0.0.1:{upstream}\"]\n",
        data = folder.display(),
        rules = project().join("rules").display(),
    );
    fs::write(folder.join("lachan.toml"), text).unwrap_or_else(|error| panic!("{error}"));
}
