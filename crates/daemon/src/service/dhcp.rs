//! Looks after dnsmasq: writes its file, has it checked, and runs it where the settings say so.
//!
//! ```text
//!  settings ─► dhcp::file ─► dnsmasq --test ─► the file, in one piece ─► our child, or the system's service
//! ```
//!
//! The child is ours: it runs as the user that the filter runs as, keeps in the foreground, and is
//! begun anew when it ends. One that outlived a filter that was killed is ended first, or two would
//! lend the same addresses; until then devices get along with it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lachan_config::{Config, DhcpMode};
use lachan_firewall::{Program, ProgramError};
use rustix::process::{Pid, Signal, kill_process};

use crate::dhcp::file;

/// Where Debian has the program.
const USUAL: &str = "/usr/sbin/dnsmasq";
/// How long to wait before a child that ended is begun anew.
const REST: Duration = Duration::from_secs(10);
/// How long a child may take to end.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why dnsmasq cannot be looked after.
#[derive(Debug, thiserror::Error)]
enum DhcpError {
    /// It cannot be asked, or run.
    #[error("dnsmasq cannot be run; install it: apt install dnsmasq-base")]
    Program(#[from] ProgramError),
    /// It does not take its file.
    #[error("dnsmasq refused its settings: {0}")]
    Refused(String),
    /// The file cannot be written.
    #[error("the file for dnsmasq cannot be written")]
    Write(#[source] io::Error),
    /// The child cannot be begun.
    #[error("dnsmasq cannot be started")]
    Start(#[source] io::Error),
}

/// dnsmasq, as far as we look after it.
#[derive(Default)]
pub(super) struct Dnsmasq {
    /// What stands in the file that was written last.
    written: Option<(PathBuf, String)>,
    child: Option<Child>,
    /// Not before then is a child begun anew.
    rests_until: Option<Instant>,
    /// What was told last, so that it is told once.
    told: Option<String>,
}

impl Dnsmasq {
    /// Has file and child as the settings say.
    pub(super) fn keep(&mut self, config: &Config) {
        let kept = match config.network.dhcp.mode {
            DhcpMode::Off => {
                self.stop();
                self.written = None;
                Ok(())
            }
            DhcpMode::Write => {
                self.stop();
                self.write(config).map(drop)
            }
            DhcpMode::Run => self.run(config),
        };
        let now = kept.err().map(|error| super::chain(&error));
        if let Some(text) = now.as_ref().filter(|_| self.told != now) {
            tracing::error!(error = %text, "devices may get no addresses");
        }
        self.told = now;
    }

    /// Ends the child.
    pub(super) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            // One that has ended meanwhile needs no signal.
            let _ = kill_process(pid, Signal::TERM);
        }
        let begun = Instant::now();
        while matches!(child.try_wait(), Ok(None)) && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Writes the file where it would be another; whether it was.
    fn write(&mut self, config: &Config) -> Result<bool, DhcpError> {
        let path = config.network.dhcp.file(&config.paths);
        let wanted = (path, file(config));
        if self.written.as_ref() == Some(&wanted) {
            return Ok(false);
        }
        let (path, text) = &wanted;
        if fs::read_to_string(path).is_ok_and(|there| there == *text) {
            self.written = Some(wanted);
            return Ok(false);
        }
        test(text)?;
        lachan_sys::replace_file(path, |file| file.write_all(text.as_bytes()))
            .map_err(DhcpError::Write)?;
        tracing::info!(file = %path.display(), "the file for dnsmasq was written");
        self.written = Some(wanted);
        Ok(true)
    }

    fn run(&mut self, config: &Config) -> Result<(), DhcpError> {
        if self.write(config)? {
            self.stop();
            self.rests_until = None;
        }
        if let Some(child) = &mut self.child {
            match child.try_wait() {
                Ok(None) => return Ok(()),
                Ok(Some(status)) => {
                    tracing::error!(%status, "dnsmasq ended; it is started again");
                }
                Err(error) => tracing::error!(%error, "it is not known how dnsmasq is"),
            }
            self.child = None;
            self.rests_until = Some(Instant::now() + REST);
        }
        if self.rests_until.is_some_and(|until| Instant::now() < until) {
            return Ok(());
        }
        let path = config.network.dhcp.file(&config.paths);
        end_left_over(&path);
        // Again not before a while, should it not come up.
        self.rests_until = Some(Instant::now() + REST);
        let child = start(&path).map_err(DhcpError::Start)?;
        if let Err(error) = note(&path, child.id()) {
            tracing::warn!(%error, "which process dnsmasq is cannot be noted");
        }
        tracing::info!(pid = child.id(), "dnsmasq gives addresses");
        self.child = Some(child);
        Ok(())
    }
}

fn program() -> Program {
    Program::usual(USUAL, "dnsmasq")
}

/// Has dnsmasq say whether it would take a file of this text.
fn test(text: &str) -> Result<(), DhcpError> {
    let ended = program().run(&["--test", "--conf-file=-"], text)?;
    if ended.is_success {
        return Ok(());
    }
    Err(DhcpError::Refused(ended.complaint().to_owned()))
}

/// Begins a child that stays in the foreground, and who we are (`--no-daemon`): dnsmasq would else
/// change to a user of its own, for which only root has the right.
fn start(path: &Path) -> io::Result<Child> {
    Command::new(program().name())
        .arg("--no-daemon")
        .arg(format!("--conf-file={}", path.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
}

fn pid_file(path: &Path) -> PathBuf {
    path.with_extension("pid")
}

fn note(path: &Path, pid: u32) -> io::Result<()> {
    lachan_sys::replace_file(&pid_file(path), |file| write!(file, "{pid}"))
}

/// Ends a dnsmasq with our file that an earlier run began; nobody else's has that number and file.
fn end_left_over(path: &Path) {
    let noted = fs::read_to_string(pid_file(path)).ok();
    let Some(pid) = noted
        .and_then(|text| text.trim().parse().ok())
        .and_then(Pid::from_raw)
    else {
        return;
    };
    let folder = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
    let is_ours = || {
        let line = fs::read(folder.join("cmdline")).unwrap_or_default();
        let argument = format!("--conf-file={}", path.display());
        line.split(|byte| *byte == 0)
            .any(|one| one == argument.as_bytes())
    };
    if !is_ours() {
        return;
    }
    let _ = kill_process(pid, Signal::TERM);
    let begun = Instant::now();
    while is_ours() && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
}
