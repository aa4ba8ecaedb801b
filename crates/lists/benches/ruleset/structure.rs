//! A structure in a process of its own: built once, then timed round by round as its parent says,
//! so that the rounds of all structures take turns.
//!
//! ```text
//!  parent: start ─► built? ─► start the next … ─► round of each ─► round of each …
//!  child:  build ─► Built  ─────────────────────► Round ─────────► Round
//! ```

use std::fs;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::figures::{Built, Round};
use crate::load::Circle;

/// Names that are looked up at once: as many as the resolver's UDP threads receive at once (`BATCH`
/// of `crates/resolver/src/udp.rs`).
pub(crate) const BATCH: usize = 32;

/// Something that names can be looked up in, parents included.
pub(crate) trait Structure {
    /// A name as it takes it.
    type Name: ?Sized;

    /// Whether it has a name or one of its parents.
    fn has(&self, name: &Self::Name) -> bool;

    /// Looks up to [`BATCH`] names up together; how many of them it has. Nothing where it has no way of doing
    /// so that is another than one by one.
    fn count(&mut self, _batch: &[&Self::Name]) -> Option<usize> {
        None
    }
}

/// A figure of `/proc/self/status`, in bytes.
pub(crate) fn memory(field: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        * 1024.0
}

/// Tells what was built, then measures a round for every line that comes. Listed names come first
/// of the two kinds, then names that are not listed.
pub(crate) fn serve<S: Structure>(
    mut structure: S,
    built: &Built,
    kinds: [&[&S::Name]; 2],
    mut circle: Circle,
) {
    tell(built);
    // Once untimed: the first touch of a page is the kernel's work.
    round(&mut structure, kinds, &mut circle);
    for _ in std::io::stdin().lines() {
        tell(&round(&mut structure, kinds, &mut circle));
    }
}

fn round<S: Structure>(structure: &mut S, kinds: [&[&S::Name]; 2], circle: &mut Circle) -> Round {
    let [hits, misses] = kinds;
    Round {
        hit_ns: together(structure, hits, true),
        hit_single_ns: one_by_one(structure, hits, true),
        miss_ns: together(structure, misses, false),
        miss_single_ns: one_by_one(structure, misses, false),
        random_load_ns: circle.nanoseconds(),
    }
}

/// Nanoseconds a name, looked up in batches.
fn together<S: Structure>(structure: &mut S, names: &[&S::Name], listed: bool) -> Option<f64> {
    let started = Instant::now();
    let mut found = 0;
    for batch in names.chunks(BATCH) {
        found += structure.count(black_box(batch))?;
    }
    let nanoseconds = started.elapsed().as_nanos() as f64;
    check(found, names.len(), listed);
    Some(nanoseconds / names.len() as f64)
}

/// Nanoseconds a name, each look-up finished before the next begins.
fn one_by_one<S: Structure>(structure: &S, names: &[&S::Name], listed: bool) -> f64 {
    let started = Instant::now();
    let has = |name: &&&S::Name| structure.has(black_box(name));
    let found = names.iter().filter(has).count();
    let nanoseconds = started.elapsed().as_nanos() as f64;
    check(found, names.len(), listed);
    nanoseconds / names.len() as f64
}

/// A fast wrong look-up is none.
fn check(found: usize, of: usize, listed: bool) {
    let right = if listed {
        found == of
    } else {
        found < of / 10_000
    };
    assert!(right, "{found} of {of} found");
}

fn tell(what: &impl Serialize) {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, what).unwrap();
    out.write_all(b"\n").unwrap();
    out.flush().unwrap();
}

/// A structure's process, seen from the parent.
pub(crate) struct Process {
    child: Child,
    orders: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
    pub(crate) built: Built,
}

impl Process {
    /// Starts one and waits until it has built.
    pub(crate) fn start(structure: &str, sources: &[&Path], place: &Path) -> Self {
        fs::create_dir(place).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", structure])
            .arg(place)
            .args(sources)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let built = hear(&mut said);
        Self {
            child,
            orders,
            said,
            built,
        }
    }

    /// Has it measure a round.
    pub(crate) fn round(&mut self) -> Round {
        if let Some(orders) = &mut self.orders {
            // One that has ended says nothing, which is seen below.
            let _ = orders.write_all(b"round\n");
        }
        hear(&mut self.said)
    }
}

fn hear<T: DeserializeOwned>(said: &mut BufReader<ChildStdout>) -> T {
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(
        !line.is_empty(),
        "a structure's process ended; it says why above"
    );
    serde_json::from_str(&line).unwrap()
}

impl Drop for Process {
    fn drop(&mut self) {
        // No more orders: it ends by itself.
        self.orders = None;
        let _ = self.child.wait();
    }
}
