//! What the machine takes for one load that has to wait for the one before: the limit of a look-up
//! that cannot go on without what it reads, and the measure of what a batch saves.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use lachan_sys::MappedFile;

use crate::names::Random;

/// Bytes of a cache line.
const LINE: usize = 64;
/// Loads a round.
const LOADS: usize = 500_000;

/// Lines of memory, each of which names the next, all in one circle without a pattern.
pub(crate) struct Circle {
    memory: Box<dyn AsRef<[u8]>>,
    at: usize,
}

impl Circle {
    /// One of so many bytes in memory of the program's own, as a peer's is.
    pub(crate) fn anonymous(bytes: u64) -> Self {
        let mut memory = Vec::with_capacity(bytes as usize);
        write(bytes, &mut memory);
        Self::of(Box::new(memory))
    }

    /// The same in a mapped file, as a ruleset is.
    pub(crate) fn mapped(bytes: u64, file: &Path) -> Self {
        let mut out = BufWriter::new(File::create(file).unwrap());
        write(bytes, &mut out);
        out.flush().unwrap();
        Self::of(Box::new(MappedFile::open(file).unwrap()))
    }

    fn of(memory: Box<dyn AsRef<[u8]>>) -> Self {
        // Once over all, so that no page is new later.
        black_box(
            (*memory)
                .as_ref()
                .iter()
                .step_by(LINE)
                .map(|byte| u64::from(*byte))
                .sum::<u64>(),
        );
        Self { memory, at: 0 }
    }

    /// Nanoseconds of one load.
    pub(crate) fn nanoseconds(&mut self) -> f64 {
        let memory = (*self.memory).as_ref();
        let started = Instant::now();
        for _ in 0..LOADS {
            let next = memory[self.at * LINE..][..4].try_into().unwrap();
            self.at = u32::from_le_bytes(next) as usize;
        }
        black_box(self.at);
        started.elapsed().as_nanos() as f64 / LOADS as f64
    }
}

fn write(bytes: u64, out: &mut impl std::io::Write) {
    let count = (bytes as usize / LINE).max(2);
    let mut next = (0..count as u32).collect::<Vec<_>>();
    // Sattolo's shuffle: one circle through all.
    let mut random = Random(5);
    for index in (1..count).rev() {
        next.swap(index, random.below(index));
    }
    let mut line = [0; LINE];
    for next in next {
        line[..4].copy_from_slice(&next.to_le_bytes());
        out.write_all(&line).unwrap();
    }
}
