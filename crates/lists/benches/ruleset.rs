//! `scripts/bench ruleset`: size and speed of a compiled ruleset beside `HashSet<String>` and
//! `fst` in the same run, on generated names and, where `../shared/lists` is, on the real corpus.
//!
//! A look-up here is the whole parent walk that a decision makes, from the name's wire
//! bytes to the hits.
//! Every structure is built in a process of its own, so that its memory is the kernel's figure
//! (`VmHWM`, `VmRSS`), and timed on one core; speeds are medians of the passes.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run should stop")]
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

#[path = "support/names.rs"]
mod names;

use std::collections::HashSet;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use lachan_lists::compile::{Compiler, ListHandle, ListSpec, Options, Report};
use lachan_lists::formats::{self, Format, Item, Refused, Sink};
use lachan_lists::testing::shipped_rules;
use lachan_policy::Name;
use lachan_policy::ruleset::{ListClass, Ruleset};
use lachan_sys::MappedFile;
use names::{Names, Random};

/// Generated names of the full size.
const FULL: usize = 6_000_000;
/// Names the peers get in a quick run.
const QUICK_PEERS: usize = 1_000_000;
/// Names looked up in a pass.
const PROBES: usize = 1_000_000;
/// Passes; the median counts.
const PASSES: usize = 5;
/// How many lists the generated names come from.
const LISTS: usize = 24;

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

/// One structure's figures.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
struct Figures {
    structure: String,
    names: u64,
    hot_bytes_per_name: f64,
    cold_bytes_per_name: f64,
    hit_ns: f64,
    miss_ns: f64,
    open_ms: f64,
    compile_s: f64,
    compile_peak_mib: f64,
    false_hits: u64,
}

fn parent(args: &[String]) {
    let quick = args.iter().any(|arg| arg == "--quick");
    let json = args.iter().any(|arg| arg == "--json");
    let folder = tempfile::Builder::new()
        .prefix("lachan-bench-")
        .tempdir()
        .unwrap();
    let generated = folder.path().join("generated");
    fs::create_dir(&generated).unwrap();
    let full = generated.join("full.txt");
    let peers = if quick {
        folder.path().join("peers.txt")
    } else {
        full.clone()
    };
    note("generating names");
    generate(&full, FULL);
    if quick {
        take_first(&full, &peers, QUICK_PEERS);
    }
    let corpus = corpus(&folder.path().join("corpus"));
    let ours = |title: &str, folders: &[&Path]| Figures {
        structure: title.to_owned(),
        ..run("ours", folders, folder.path())
    };
    let mut table = Vec::new();
    match corpus.as_deref() {
        Some(corpus) => {
            table.push(ours("ours, generated + real", &[&generated, corpus]));
            table.push(ours("ours, real corpus", &[corpus]));
        }
        None => table.push(ours("ours, generated", &[&generated])),
    }
    for peer in ["hashset", "fst"] {
        table.push(run(peer, &[&peers], folder.path()));
    }
    print(&table, json);
}

fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "bench ruleset: {text}");
}

fn print(table: &[Figures], json: bool) {
    if json {
        let mut first = serde_json::to_value(&table[0]).unwrap();
        first["bench"] = "ruleset".into();
        first["peers"] = serde_json::to_value(&table[1..]).unwrap();
        println!("{}", serde_json::to_string_pretty(&first).unwrap());
        return;
    }
    println!(
        "{:<28} {:>9} {:>9} {:>9} {:>8} {:>8} {:>8} {:>10} {:>9} {:>6}",
        "structure",
        "names",
        "hot B",
        "cold B",
        "hit ns",
        "miss ns",
        "open ms",
        "compile s",
        "peak MiB",
        "false"
    );
    for row in table {
        println!(
            "{:<28} {:>9} {:>9.2} {:>9.2} {:>8.0} {:>8.0} {:>8.2} {:>10.1} {:>9.0} {:>6}",
            row.structure,
            row.names,
            row.hot_bytes_per_name,
            row.cold_bytes_per_name,
            row.hit_ns,
            row.miss_ns,
            row.open_ms,
            row.compile_s,
            row.compile_peak_mib,
            row.false_hits,
        );
    }
    println!(
        "bytes are a name; a look-up is the walk over all parents; targets: hot <= 9, cold <= 7,"
    );
    println!("hit and miss <= 250 ns, open <= 5 ms, 6 M names in <= 20 s and <= 400 MiB");
}

/// Distinct generated names, unsorted, one a line.
fn generate(path: &Path, count: usize) {
    let mut maker = Names::new(2026);
    let mut seen = HashSet::with_capacity(count);
    let mut out = BufWriter::new(File::create(path).unwrap());
    while seen.len() < count {
        let name = maker.next();
        // A 64-bit hash is enough to tell repeats in a bench.
        if seen.insert(xxhash_rust::xxh3::xxh3_64(name.as_bytes())) {
            writeln!(out, "{name}").unwrap();
        }
    }
    out.flush().unwrap();
}

fn take_first(from: &Path, to: &Path, count: usize) {
    let mut out = BufWriter::new(File::create(to).unwrap());
    for line in BufReader::new(File::open(from).unwrap())
        .lines()
        .take(count)
    {
        writeln!(out, "{}", line.unwrap()).unwrap();
    }
    out.flush().unwrap();
}

/// The names of the real corpus, one file for each of its lists.
fn corpus(to: &Path) -> Option<PathBuf> {
    let lists = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/lists");
    fs::create_dir(to).ok()?;
    for (sub, format) in [
        ("domains", Format::Domains),
        ("hosts", Format::Hosts),
        ("adblock", Format::AdBlock),
    ] {
        for entry in fs::read_dir(lists.join(sub)).ok()?.flatten() {
            let Ok(input) = lachan_lists::input::open(&entry.path()) else {
                continue;
            };
            let name = entry.file_name().to_string_lossy().into_owned();
            let mut out = BufWriter::new(File::create(to.join(format!("{sub}-{name}"))).ok()?);
            // What is no list (a tar) is left out.
            let _ = formats::read(format, input, &mut Lines(&mut out));
            out.flush().ok()?;
        }
    }
    Some(to.to_owned())
}

struct Lines<W>(W);

impl<W: std::io::Write> Sink for Lines<W> {
    fn item(&mut self, _: u64, item: Item) {
        if let Item::Name { name, .. } = item {
            writeln!(self.0, "{name}").unwrap();
        }
    }
    fn refused(&mut self, _: Refused) {}
}

fn run(structure: &str, names: &[&Path], folder: &Path) -> Figures {
    note(&format!("{structure} on {} sources", names.len()));
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["child", structure])
        .arg(folder)
        .args(names)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn child(args: &[String]) {
    let folder = Path::new(&args[1]);
    let names = args[2..].iter().map(PathBuf::from).collect::<Vec<_>>();
    let mut figures = match args[0].as_str() {
        "ours" => ours(&names, folder),
        "hashset" => hash_set(&names[0]),
        _ => fst_set(&names[0]),
    };
    figures.structure.clone_from(&args[0]);
    println!("{}", serde_json::to_string(&figures).unwrap());
}

/// A figure of `/proc/self/status`, in bytes.
fn memory(field: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        * 1024.0
}

/// Feeds one file; a large one as many lists, so that rows differ as in life.
struct Feed<'c> {
    compiler: &'c mut Compiler,
    lists: Vec<ListHandle>,
}

impl Sink for Feed<'_> {
    fn item(&mut self, line: u64, item: Item) {
        let list = self.lists[line as usize * 7919 / 64 % self.lists.len()];
        let _ = self.compiler.item(list, item).unwrap();
    }
    fn refused(&mut self, _: Refused) {}
}

fn files_of(folders: &[PathBuf]) -> Vec<PathBuf> {
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files = entries
        .map(|entry| entry.unwrap().path())
        .collect::<Vec<_>>();
    files.sort();
    files
}

/// Compiles the files of some folders, reading them included; the report and the seconds it took.
fn compile(files: &[PathBuf], target: &Path) -> (Report, f64) {
    let rules = shipped_rules();
    let categories = &rules.book.categories;
    let started = Instant::now();
    let options = Options {
        tenants: rules.tenants.clone(),
        ..Options::default()
    };
    let mut compiler = Compiler::new(rules.book.clone(), target, options).unwrap();
    for (number, file) in files.iter().enumerate() {
        let parts = if file.ends_with("full.txt") { LISTS } else { 1 };
        let lists = (0..parts)
            .map(|part| {
                let category = categories[(number + part) % categories.len()].bit;
                let spec = ListSpec::new(
                    &format!("{number}/{part}"),
                    ListClass::Imported,
                    Some(category),
                );
                compiler.list(spec).unwrap()
            })
            .collect();
        let input = BufReader::new(File::open(file).unwrap());
        formats::read(
            Format::Domains,
            input,
            &mut Feed {
                compiler: &mut compiler,
                lists,
            },
        )
        .unwrap();
    }
    let report = compiler.finish(target, &mut ()).unwrap();
    (report, started.elapsed().as_secs_f64())
}

fn ours(folders: &[PathBuf], folder: &Path) -> Figures {
    let files = files_of(folders);
    let target = folder.join("bench.ruleset");
    let (report, compile_s) = compile(&files, &target);
    let compile_peak_mib = memory("VmHWM") / 1048576.0;
    let open_ms = median((0..9).map(|_| {
        let started = Instant::now();
        let map = MappedFile::open(&target).unwrap();
        black_box(Ruleset::open(Box::new(map)).unwrap());
        started.elapsed().as_secs_f64() * 1e3
    }));
    let ruleset = Ruleset::open(Box::new(MappedFile::open(&target).unwrap())).unwrap();
    let walk = |wire: &&[u8]| {
        Name::from_normal(wire).is_ok_and(|name| !ruleset.walk(&name).hits().is_empty())
    };
    let (hits, misses) = probes(&files);
    let (hits, misses) = (Probes::new(&hits), Probes::new(&misses));
    let (hits, misses) = (hits.all(), misses.all());
    Figures {
        names: report.names,
        hot_bytes_per_name: report.hot_bytes as f64 / report.names as f64,
        cold_bytes_per_name: report.cold_bytes as f64 / report.names as f64,
        hit_ns: time(&hits, true, walk),
        miss_ns: time(&misses, false, walk),
        open_ms,
        compile_s,
        compile_peak_mib,
        false_hits: misses.iter().filter(|wire| walk(wire)).count() as u64,
        ..Figures::default()
    }
}

fn hash_set(names: &Path) -> Figures {
    let started = Instant::now();
    let before = memory("VmRSS");
    let set = BufReader::new(File::open(names).unwrap())
        .lines()
        .map(Result::unwrap)
        .collect::<HashSet<String>>();
    let (count, bytes) = (set.len(), memory("VmRSS") - before);
    let compile_s = started.elapsed().as_secs_f64();
    let text = |name: &Name| name.to_string();
    let (hits, misses) = probes(&[names.to_owned()]);
    let (hits, misses) = (
        hits.iter().map(text).collect::<Vec<_>>(),
        misses.iter().map(text).collect::<Vec<_>>(),
    );
    let walk = |name: &String| {
        let mut rest = name.as_str();
        loop {
            if set.contains(rest) {
                return true;
            }
            let Some((_, parent)) = rest.split_once('.') else {
                return false;
            };
            rest = parent;
        }
    };
    Figures {
        names: count as u64,
        hot_bytes_per_name: bytes / count as f64,
        hit_ns: time(&hits, true, walk),
        miss_ns: time(&misses, false, walk),
        compile_s,
        compile_peak_mib: memory("VmHWM") / 1048576.0,
        ..Figures::default()
    }
}

fn reversed(name: &str) -> String {
    name.split('.').rev().collect::<Vec<_>>().join(".") + "."
}

fn fst_set(names: &Path) -> Figures {
    let started = Instant::now();
    let mut keys = BufReader::new(File::open(names).unwrap())
        .lines()
        .map(|line| reversed(&line.unwrap()))
        .collect::<Vec<_>>();
    keys.sort_unstable();
    keys.dedup();
    let set = fst::Set::from_iter(&keys).unwrap();
    let (count, bytes) = (keys.len(), set.as_fst().as_bytes().len());
    drop(keys);
    let compile_s = started.elapsed().as_secs_f64();
    let text = |name: &Name| reversed(&name.to_string());
    let (hits, misses) = probes(&[names.to_owned()]);
    let (hits, misses) = (
        hits.iter().map(text).collect::<Vec<_>>(),
        misses.iter().map(text).collect::<Vec<_>>(),
    );
    // One walk finds any listed parent: a final state behind a label.
    let walk = |key: &String| {
        let raw = set.as_fst();
        let mut node = raw.root();
        for byte in key.bytes() {
            let Some(index) = node.find_input(byte) else {
                return false;
            };
            node = raw.node(node.transition(index).addr);
            if byte == b'.' && node.is_final() {
                return true;
            }
        }
        false
    };
    Figures {
        names: count as u64,
        hot_bytes_per_name: bytes as f64 / count as f64,
        hit_ns: time(&hits, true, walk),
        miss_ns: time(&misses, false, walk),
        compile_s,
        compile_peak_mib: memory("VmHWM") / 1048576.0,
        ..Figures::default()
    }
}

/// Names as packets hold them: wire bytes, one behind the other. A million `Name`s of 255 bytes, or
/// a million boxes all over the heap, would measure the memory bus instead of the look-up.
struct Probes {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Probes {
    fn new(names: &[Name]) -> Self {
        let mut probes = Self {
            bytes: Vec::new(),
            ends: Vec::new(),
        };
        for name in names {
            probes.bytes.extend_from_slice(name.as_wire());
            probes.ends.push(probes.bytes.len());
        }
        probes
    }

    fn all(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(from, to)| &self.bytes[*from..*to])
            .collect()
    }
}

/// Listed names spread over all files, in random order, and four-label names not listed.
fn probes(files: &[PathBuf]) -> (Vec<Name>, Vec<Name>) {
    let bytes = files
        .iter()
        .map(|file| fs::metadata(file).unwrap().len())
        .sum::<u64>();
    let every = (bytes / 20 / PROBES as u64).max(1) as usize;
    let lines = files
        .iter()
        .flat_map(|file| BufReader::new(File::open(file).unwrap()).lines());
    let mut hits = lines
        .step_by(every)
        .take(PROBES)
        .filter_map(|line| Name::from_text(&line.unwrap()).ok())
        .filter(|name| name.label_count() > 1 && !name.is_public_suffix())
        .collect::<Vec<_>>();
    let mut random = Random(7);
    for index in (1..hits.len()).rev() {
        hits.swap(index, random.below(index + 1));
    }
    let mut maker = Names::new(99);
    let misses = (0..PROBES)
        .map(|_| Name::from_text(&maker.miss()).unwrap())
        .collect();
    (hits, misses)
}

/// Median nanoseconds a look-up; checks that look-ups find what they should.
fn time<T>(probes: &[T], expected: bool, walk: impl Fn(&T) -> bool) -> f64 {
    median((0..PASSES).map(|_| {
        let started = Instant::now();
        let found = probes.iter().filter(|probe| walk(black_box(probe))).count();
        let nanoseconds = started.elapsed().as_nanos() as f64 / probes.len() as f64;
        let right = if expected {
            found == probes.len()
        } else {
            found < probes.len() / 10_000
        };
        assert!(right, "{found} of {} found", probes.len());
        nanoseconds
    }))
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures = figures.collect::<Vec<_>>();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
