//! `scripts/bench ruleset`: size and speed of a compiled ruleset beside `HashSet<String>` and
//! `fst` in the same run, on generated names and, where `../shared/lists` is, on the real corpus.
//!
//! A look-up here is the whole parent walk that a decision makes, from the name's wire bytes to
//! the hits. It is timed in two ways, and both are told:
//!
//! - **In batches of 32** (`hit_ns`, `miss_ns`), as the resolver's UDP threads look up the names of
//!   messages they received together: every name is hashed, all lines of the table that may be
//!   needed are prefetched, then every walk is made. The figure is one name's share. This is what a
//!   look-up costs a *loaded* resolver, and the one that the targets are about: only then does its
//!   speed matter.
//! - **One by one** (`hit_single_ns`, `miss_single_ns`): a name is looked up before the next is
//!   looked at, as for a lone query and for every query over TCP, DoT, DoH and DoQ. It is higher by
//!   about what the waits for memory are, and no batch makes it better.
//!
//! What a batch hides is latency of memory, not work; how much there is to hide depends on the
//! machine. So the same run tells what one load costs that has to wait for the one before
//! (`random_load_ns`), from memory of the structure's size and kind: mapped from a file for a
//! ruleset, the program's own for the peers.
//!
//! An `fst` is timed in batches, too, with all walks of a batch in step. A `HashSet<String>` offers
//! no way to begin a look-up and finish it later, so that it has single figures alone.
//!
//! Left out of both ways is what the resolver does beside: receiving, parsing the message, the cache,
//! the decision. `scripts/bench dns` measures all of it together.
//!
//! Every structure is built in a process of its own, so that its memory is the kernel's figure
//! (`VmHWM`, `VmRSS`). All stay; then their rounds take turns, and medians count.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run should stop")]
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

mod figures;
mod load;
#[path = "../support/names.rs"]
mod names;
mod ours;
mod peers;
mod probes;
#[path = "../support/room.rs"]
mod room;
mod sources;
mod structure;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use figures::{Figures, Round};
use room::Room;
use structure::Process;

/// Generated names of the full size.
const FULL: usize = 6_000_000;
/// Names the peers get in a quick run.
const QUICK_PEERS: usize = 1_000_000;
/// Rounds that take turns.
const ROUNDS: usize = 9;
const QUICK_ROUNDS: usize = 3;
/// The most that a run writes: names as text, two rulesets with what their compiler sorts, and
/// as much again as their hot parts.
const MEBIBYTES: u64 = 800;

fn main() {
    let args = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect::<Vec<_>>();
    match args.first().map(String::as_str) {
        Some("child") => child(&args[1..]),
        _ => parent(&args),
    }
}

fn parent(args: &[String]) {
    let quick = args.iter().any(|arg| arg == "--quick");
    let json = args.iter().any(|arg| arg == "--json");
    let room = Room::open("ruleset", env!("CARGO_TARGET_TMPDIR"), MEBIBYTES);
    let mut processes = start(quick, room.path());
    let mut rounds = vec![Vec::new(); processes.len()];
    let count = if quick { QUICK_ROUNDS } else { ROUNDS };
    for number in 1..=count {
        note(&format!("round {number} of {count}"));
        for ((_, process), rounds) in processes.iter_mut().zip(&mut rounds) {
            rounds.push(process.round());
        }
    }
    let all = processes.iter().zip(&rounds);
    let all = all
        .map(|((title, process), rounds): (_, &Vec<Round>)| {
            Figures::new(title, &process.built, rounds)
        })
        .collect::<Vec<_>>();
    if json {
        let document = figures::document(&all);
        println!("{}", serde_json::to_string_pretty(&document).unwrap());
    } else {
        println!("{}", figures::table(&all));
    }
}

/// Builds all structures, one after the other.
fn start(quick: bool, folder: &Path) -> Vec<(&'static str, Process)> {
    let generated = folder.join("generated");
    fs::create_dir(&generated).unwrap();
    let full = generated.join("full.txt");
    note("generating names");
    sources::generate(&full, FULL);
    let mut peers = full.clone();
    if quick {
        peers = folder.join("peers.txt");
        sources::take_first(&full, &peers, QUICK_PEERS);
    }
    let corpus = sources::corpus(&folder.join("corpus"));
    let mut all = Vec::new();
    let mut build = |title, structure, sources: &[&Path]| {
        note(&format!("building: {title}"));
        let place = folder.join(format!("place-{}", all.len()));
        all.push((title, Process::start(structure, sources, &place)));
    };
    match corpus.as_deref() {
        Some(corpus) => {
            build("ours, generated + real", "ours", &[&generated, corpus]);
            build("ours, real corpus", "ours", &[corpus]);
        }
        None => build("ours, generated", "ours", &[&generated]),
    }
    build("hashset", "hashset", &[&peers]);
    build("fst", "fst", &[&peers]);
    all
}

fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "bench ruleset: {text}");
}

fn child(args: &[String]) {
    room::watch("ruleset");
    let place = Path::new(&args[1]);
    let sources = args[2..].iter().map(PathBuf::from).collect::<Vec<_>>();
    match args[0].as_str() {
        "ours" => ours::run(&sources, place),
        "hashset" => peers::hash_set(&sources[0]),
        _ => peers::fst_set(&sources[0]),
    }
}
