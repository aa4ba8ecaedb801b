//! The names that structures are made of: generated ones and, where it is, the real corpus.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use lachan_lists::formats::{self, Format, Item, Refused, Sink};

use crate::names::Names;

/// Distinct generated names, unsorted, one a line.
pub(crate) fn generate(path: &Path, count: usize) {
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

pub(crate) fn take_first(from: &Path, to: &Path, count: usize) {
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
pub(crate) fn corpus(to: &Path) -> Option<PathBuf> {
    let lists = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/lists");
    if !lists.is_dir() {
        return None;
    }
    fs::create_dir(to).unwrap();
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
            let mut out = BufWriter::new(File::create(to.join(format!("{sub}-{name}"))).unwrap());
            // What is no list (a tar) is left out.
            let _ = formats::read(format, input, &mut Lines(&mut out));
            out.flush().unwrap();
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
