//! What else names could be kept in: a `HashSet<String>`, and an `fst` of reversed names.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use fst::raw::Node;

use crate::figures::Built;
use crate::load::Circle;
use crate::probes::{self, Packed};
use crate::structure::{BATCH, Structure, memory, serve};

impl Structure for HashSet<String> {
    type Name = str;

    fn has(&self, name: &str) -> bool {
        let mut rest = name;
        loop {
            if self.contains(rest) {
                return true;
            }
            let Some((_, parent)) = rest.split_once('.') else {
                return false;
            };
            rest = parent;
        }
    }
}

pub(crate) fn hash_set(names: &Path) {
    let started = Instant::now();
    let before = memory("VmRSS");
    let set = lines(names).collect::<HashSet<String>>();
    let bytes = memory("VmRSS") - before;
    let built = Built {
        names: set.len() as u64,
        hot_bytes_per_name: bytes / set.len() as f64,
        compile_s: started.elapsed().as_secs_f64(),
        compile_peak_mib: memory("VmHWM") / 1048576.0,
        ..Built::default()
    };
    look_up(set, &built, names, ToString::to_string);
}

type Fst = fst::Set<Vec<u8>>;

/// What the walk of one name does next.
enum Step<'f> {
    Further(Node<'f>),
    Found,
    Nowhere,
}

/// Follows one byte. One walk finds any listed parent: a final state behind a label.
fn step<'f>(set: &'f Fst, node: &Node<'f>, byte: u8) -> Step<'f> {
    let Some(index) = node.find_input(byte) else {
        return Step::Nowhere;
    };
    let node = set.as_fst().node(node.transition(index).addr);
    if byte == b'.' && node.is_final() {
        Step::Found
    } else {
        Step::Further(node)
    }
}

impl Structure for Fst {
    type Name = str;

    fn has(&self, key: &str) -> bool {
        let mut node = self.as_fst().root();
        for byte in key.bytes() {
            match step(self, &node, byte) {
                Step::Further(next) => node = next,
                Step::Found => return true,
                Step::Nowhere => return false,
            }
        }
        false
    }

    /// All walks of a batch in step, a byte at a time: within one name every read waits for the one
    /// before, but those of different names need not wait for one another.
    fn count(&mut self, batch: &[&str]) -> Option<usize> {
        let root = self.as_fst().root();
        let mut walks = Vec::with_capacity(BATCH);
        walks.extend(batch.iter().map(|key| (key.bytes(), root)));
        let mut found = 0;
        while !walks.is_empty() {
            walks.retain_mut(
                |(rest, node)| match rest.next().map(|byte| step(self, node, byte)) {
                    Some(Step::Further(next)) => {
                        *node = next;
                        true
                    }
                    Some(Step::Found) => {
                        found += 1;
                        false
                    }
                    Some(Step::Nowhere) | None => false,
                },
            );
        }
        Some(found)
    }
}

fn reversed(name: &str) -> String {
    name.split('.').rev().collect::<Vec<_>>().join(".") + "."
}

pub(crate) fn fst_set(names: &Path) {
    let started = Instant::now();
    let mut keys = lines(names).map(|line| reversed(&line)).collect::<Vec<_>>();
    keys.sort_unstable();
    keys.dedup();
    let set = fst::Set::from_iter(&keys).unwrap();
    let built = Built {
        names: keys.len() as u64,
        hot_bytes_per_name: set.as_fst().as_bytes().len() as f64 / keys.len() as f64,
        compile_s: started.elapsed().as_secs_f64(),
        compile_peak_mib: memory("VmHWM") / 1048576.0,
        ..Built::default()
    };
    drop(keys);
    look_up(set, &built, names, |name| reversed(&name.to_string()));
}

fn lines(names: &Path) -> impl Iterator<Item = String> {
    let file = BufReader::new(File::open(names).unwrap());
    file.lines().map(Result::unwrap)
}

fn look_up(
    set: impl Structure<Name = str>,
    built: &Built,
    names: &Path,
    text: impl Fn(&lachan_policy::Name) -> String,
) {
    let (hits, misses) = probes::draw(&[PathBuf::from(names)]);
    let (hits, misses) = (Packed::texts(&hits, &text), Packed::texts(&misses, &text));
    let bytes = built.hot_bytes_per_name * built.names as f64;
    let circle = Circle::anonymous(bytes as u64);
    serve(set, built, [&hits.each(), &misses.each()], circle);
}
