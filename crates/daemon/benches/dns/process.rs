//! Programs as children: pinned to a core, ended with the bench whatever becomes of it, and asked
//! for what they used. What they are told is `servers`' affair.
//!
//! A child is started by way of the bench's own binary (`child exec …`), which pins itself, asks
//! the kernel to be killed when its parent goes (also on a panic or Ctrl-C) and becomes the program.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, getppid, kill_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::reflector;

/// Ticks a second in which `/proc` counts, the same on every Linux (USER_HZ).
const TICKS: f64 = 100.0;
/// How long a program may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// The two cores of a measurement.
#[derive(Debug, Clone)]
pub(crate) struct Cores {
    pub(crate) server: usize,
    pub(crate) generator: usize,
    /// For whoever else takes part; the generator's where there is no other.
    pub(crate) others: Vec<usize>,
}

impl Cores {
    /// The first two that this process may use.
    pub(crate) fn choose() -> Self {
        let set = sched_getaffinity(None).unwrap();
        let mut usable = (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core));
        match (usable.next(), usable.next()) {
            (Some(server), Some(generator)) => {
                let mut others: Vec<_> = usable.collect();
                if others.is_empty() {
                    others.push(generator);
                }
                Self {
                    server,
                    generator,
                    others,
                }
            }
            _ => panic!("bench dns needs two cores: one for the server, one for the generator"),
        }
    }
}

/// Binds this thread to a core, and every thread and child that it starts from now on.
pub(crate) fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).unwrap();
}

/// What the bench's binary does as a child: `exec PARENT CORE PROGRAM…`,
/// `reflect PARENT CORE ADDRESS` or `resolve PARENT CORE TASK`.
pub(crate) fn child(args: &[String]) {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    let parent = Pid::from_raw(args[1].parse().unwrap());
    if getppid() != parent {
        // It went before the kernel was asked.
        return;
    }
    pin(args[2].parse().unwrap());
    match args[0].as_str() {
        "exec" => {
            let error = Command::new(&args[3]).args(&args[4..]).exec();
            panic!("{}: {error}", args[3]);
        }
        "reflect" => reflector::run(args[3].parse().unwrap()),
        other => panic!("no such child: {other}"),
    }
}

/// A running program; dropped, it is ended.
pub(crate) struct Process {
    /// When its start began.
    pub(crate) begun: Instant,
    child: Child,
    log: PathBuf,
}

/// CPU time used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    /// All of it, in microseconds.
    pub(crate) total: f64,
    /// The user's part, in microseconds, in steps of 10,000 and by the kernel's sampling.
    pub(crate) user: f64,
}

impl std::ops::Sub for Cpu {
    type Output = Self;
    fn sub(self, before: Self) -> Self {
        Self {
            total: self.total - before.total,
            user: self.user - before.user,
        }
    }
}

/// Resident memory, in MiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) resident: f64,
    pub(crate) anonymous: f64,
}

impl Process {
    /// Starts a program on a core; what it says goes to the file `log`.
    pub(crate) fn start(core: usize, log: &Path, program: &[OsString]) -> Self {
        Self::spawn("exec", core, log, program)
    }

    /// Starts the reflector on a core.
    pub(crate) fn reflector(core: usize, log: &Path, address: std::net::SocketAddr) -> Self {
        Self::spawn("reflect", core, log, &[address.to_string().into()])
    }

    fn spawn(mode: &str, core: usize, log: &Path, rest: &[OsString]) -> Self {
        let begun = Instant::now();
        let file = File::create(log).unwrap();
        let own = std::env::current_exe().unwrap();
        let parent = getpid().as_raw_pid().to_string();
        let child = Command::new(own)
            .args(["child", mode, &parent, &core.to_string()])
            .args(rest)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self {
            begun,
            child,
            log: log.to_owned(),
        }
    }

    /// What it said last, when it has ended.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().unwrap()?;
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = said.lines().rev().take(5).collect();
        let last: Vec<_> = lines.into_iter().rev().collect();
        Some(format!("{status}: {}", last.join(" | ")))
    }

    /// Waits for its end; gives what it said, or nothing when it does not end in time.
    pub(crate) fn output(mut self, patience: Duration) -> Option<String> {
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if self.child.try_wait().unwrap().is_some() {
                return fs::read_to_string(&self.log).ok();
            }
            sleep(Duration::from_millis(20));
        }
        None
    }

    fn proc(&self, file: &str) -> PathBuf {
        Path::new("/proc")
            .join(self.child.id().to_string())
            .join(file)
    }

    /// CPU time of all its threads and of the children it has waited for.
    pub(crate) fn cpu(&self) -> Cpu {
        let stat = fs::read_to_string(self.proc("stat")).unwrap();
        // The name in parentheses may hold anything; behind it stands the third field.
        let fields: Vec<_> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
        let ticks = |number: usize| fields[number - 3].parse::<f64>().unwrap() / TICKS * 1e6;
        let user = ticks(14) + ticks(16);
        Cpu {
            total: self
                .run_time()
                .unwrap_or_else(|| user + ticks(15) + ticks(17)),
            user,
        }
    }

    /// The same to the nanosecond, where the kernel keeps it.
    fn run_time(&self) -> Option<f64> {
        let tasks = fs::read_dir(self.proc("task")).ok()?;
        let mut sum = 0.0;
        for task in tasks.flatten() {
            // A thread may end meanwhile.
            let Ok(text) = fs::read_to_string(task.path().join("schedstat")) else {
                continue;
            };
            sum += text.split(' ').next()?.parse::<f64>().ok()?;
        }
        (sum > 0.0).then_some(sum / 1e3)
    }

    /// Resident memory now.
    pub(crate) fn memory(&self) -> Memory {
        let rollup = fs::read_to_string(self.proc("smaps_rollup")).unwrap();
        let field = |name: &str| {
            let line = rollup.lines().find(|line| line.starts_with(name)).unwrap();
            let kib = line.split_whitespace().nth(1).unwrap();
            kib.parse::<f64>().unwrap() / 1024.0
        };
        Memory {
            resident: field("Rss:"),
            anonymous: field("Anonymous:"),
        }
    }

    /// Open descriptors.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(self.proc("fd")).unwrap().count()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let pid = Pid::from_child(&self.child);
        let _ = kill_process(pid, Signal::TERM);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
