//! The names of a run: listed ones, popular ones that no list has, and an endless supply of names
//! nobody asked for before. Made, not copied, and the same in every run.

use std::collections::HashSet;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use crate::names::Names;

/// Popular names, all in the cache.
pub(crate) const POPULAR: usize = 10_000;

/// Names one behind the other: millions of strings would take four times the memory.
#[derive(Default)]
pub(crate) struct Texts {
    bytes: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, name: &str) {
        self.bytes.push_str(name);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[index]]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// The names of a run.
pub(crate) struct Corpus {
    /// Names of blocklists; every run takes the first so many of them.
    pub(crate) listed: Texts,
    /// Names that are not listed, nor any of their parents.
    pub(crate) popular: Texts,
}

impl Corpus {
    pub(crate) fn generate(listed: usize) -> Self {
        let mut maker = Names::new(2026);
        // A 64-bit hash is enough to tell repeats in a bench.
        let mut seen = HashSet::with_capacity(listed);
        let mut corpus = Self {
            listed: Texts::default(),
            popular: Texts::default(),
        };
        while corpus.listed.len() < listed {
            let name = maker.next();
            if seen.insert(hash(&name)) {
                corpus.listed.push(&name);
            }
        }
        let mut maker = Names::new(7);
        let mut known = HashSet::with_capacity(POPULAR);
        while corpus.popular.len() < POPULAR {
            let name = popular(&maker.miss());
            if known.insert(hash(&name)) {
                corpus.popular.push(&name);
            }
        }
        corpus
    }

    /// Writes the first `count` listed names, each between two texts, one a line.
    pub(crate) fn write(&self, count: usize, to: &Path, before: &str, after: &str) {
        let mut out = BufWriter::new(std::fs::File::create(to).unwrap());
        for name in self.listed.iter().take(count) {
            writeln!(out, "{before}{name}{after}").unwrap();
        }
        out.flush().unwrap();
    }
}

fn hash(name: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(name.as_bytes())
}

/// A name of ordinary length, two or three labels, made of a long one that no list has. It is not
/// listed either: no other name has a q.
fn popular(unlisted: &str) -> String {
    let labels: Vec<_> = unlisted.split('.').collect();
    let [host, site, number, end] = labels[..] else {
        panic!("{unlisted} has four labels");
    };
    let number = &number[..4];
    if host.len() % 3 == 0 {
        format!("{host}.{site}{number}.{end}")
    } else {
        format!("{site}{number}.{end}")
    }
}
