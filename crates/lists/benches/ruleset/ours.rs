//! A compiled ruleset.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lachan_lists::compile::{Compiler, ListHandle, ListSpec, Options, Report};
use lachan_lists::formats::{self, Format, Item, Refused, Sink};
use lachan_lists::testing::shipped_rules;
use lachan_policy::Name;
use lachan_policy::ruleset::{ListClass, Probe, Ruleset};
use lachan_sys::MappedFile;

use crate::figures::{Built, median};
use crate::load::Circle;
use crate::probes::{self, Packed};
use crate::structure::{BATCH, Structure, memory, serve};

/// How many lists the generated names come from.
const LISTS: usize = 24;

struct Ours {
    ruleset: Ruleset,
    /// As a thread of the resolver has them: made once.
    probes: [Probe; BATCH],
}

impl Structure for Ours {
    type Name = [u8];

    fn has(&self, wire: &[u8]) -> bool {
        Name::from_normal(wire).is_ok_and(|name| !self.ruleset.walk(&name).hits().is_empty())
    }

    /// As `resolver::udp` looks up the names of the messages it received at once.
    fn count(&mut self, batch: &[&[u8]]) -> Option<usize> {
        let probes = &mut self.probes[..batch.len()];
        for (wire, probe) in batch.iter().zip(&mut *probes) {
            let name = Name::from_normal(wire);
            *probe = name.map_or_else(|_| Probe::default(), |name| self.ruleset.probe(&name));
        }
        self.ruleset.touch_with(probes, lachan_sys::prefetch);
        let hits = |probe: &&Probe| !self.ruleset.walk_probed(probe).hits().is_empty();
        Some(probes.iter().filter(hits).count())
    }
}

/// Compiles the files of some folders, then looks up as told.
pub(crate) fn run(folders: &[PathBuf], place: &Path) {
    let files = files_of(folders);
    let target = place.join("bench.ruleset");
    let (report, compile_s) = compile(&files, &target);
    let compile_peak_mib = memory("VmHWM") / 1048576.0;
    let open_ms = median((0..9).map(|_| {
        let started = Instant::now();
        let map = MappedFile::open(&target).unwrap();
        black_box(Ruleset::open(Box::new(map)).unwrap());
        started.elapsed().as_secs_f64() * 1e3
    }));
    let map = MappedFile::open(&target).unwrap();
    let ours = Ours {
        ruleset: Ruleset::open(Box::new(map)).unwrap(),
        probes: [Probe::default(); BATCH],
    };
    let (hits, misses) = probes::draw(&files);
    let (hits, misses) = (Packed::wires(&hits), Packed::wires(&misses));
    let (hits, misses) = (hits.each(), misses.each());
    let built = Built {
        names: report.names,
        hot_bytes_per_name: report.hot_bytes as f64 / report.names as f64,
        cold_bytes_per_name: report.cold_bytes as f64 / report.names as f64,
        open_ms,
        compile_s,
        compile_peak_mib,
        false_hits: misses.iter().filter(|wire| ours.has(wire)).count() as u64,
    };
    let circle = Circle::mapped(report.hot_bytes, &place.join("circle"));
    serve(ours, &built, [&hits, &misses], circle);
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

/// Compiles the files, reading them included; the report and the seconds it took.
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
