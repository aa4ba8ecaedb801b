//! The names that are looked up, and their sources.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use lachan_policy::Name;

use crate::names::{Names, Random};

/// Names of each kind: more than any cache holds the memory of.
pub(crate) const PROBES: usize = 1_000_000;

/// Names as packets hold them, one behind the other: wire bytes for ours, text for the peers. A
/// million `Name`s of 255 bytes, or a million strings all over the heap, would measure the memory
/// bus instead of the look-up.
pub(crate) struct Packed<T> {
    all: T,
    ends: Vec<usize>,
}

impl Packed<Vec<u8>> {
    pub(crate) fn wires(names: &[Name]) -> Self {
        let (mut all, mut ends) = (Vec::new(), Vec::new());
        for name in names {
            all.extend_from_slice(name.as_wire());
            ends.push(all.len());
        }
        Self { all, ends }
    }
}

impl Packed<String> {
    pub(crate) fn texts(names: &[Name], text: impl Fn(&Name) -> String) -> Self {
        let (mut all, mut ends) = (String::new(), Vec::new());
        for name in names {
            all.push_str(&text(name));
            ends.push(all.len());
        }
        Self { all, ends }
    }
}

impl<T> Packed<T> {
    pub(crate) fn each<N: ?Sized>(&self) -> Vec<&N>
    where
        T: std::ops::Index<std::ops::Range<usize>, Output = N>,
    {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(from, to)| &self.all[*from..*to])
            .collect()
    }
}

/// Listed names spread over all files, in random order, and four-label names not listed.
pub(crate) fn draw(files: &[PathBuf]) -> (Vec<Name>, Vec<Name>) {
    let bytes = files
        .iter()
        .map(|file| fs::metadata(file).unwrap().len())
        .sum::<u64>();
    let every = (bytes / 20 / PROBES as u64).max(1) as usize;
    let lines = files
        .iter()
        .flat_map(|file| BufReader::new(fs::File::open(file).unwrap()).lines());
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
