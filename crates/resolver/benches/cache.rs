//! What the cache costs: nanoseconds of one thread for reading a query, looking it up and writing
//! the answer, for working sets that fit the processor's caches and for one that does not.
//!
//! `cargo bench -p lachan-resolver --features testing --bench cache`. The figures are medians of
//! passes over random queries; nothing is asserted.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use std::hint::black_box;
use std::time::Instant;

use lachan_resolver::testing::Trial;

/// Look-ups in a pass.
const PROBES: usize = 200_000;
/// Passes; the median counts.
const PASSES: usize = 9;
/// Queries in a batch.
const BATCH: usize = 32;
/// Bytes of the cache: the default.
const BYTES: usize = 32 << 20;

fn main() {
    println!("answers     MiB   parse    find  answer  batch of {BATCH}    put   (ns each)");
    for names in [200, 5_000, 20_000, 80_000] {
        measure(names);
    }
}

fn measure(count: usize) {
    let names: Vec<String> = (0..count)
        .map(|index| format!("www.truong-{index}.{}.edu.vn", index % 63))
        .collect();
    let random = shuffled(count);
    let mut trial = Trial::new(BYTES, &names, &random);
    let order: Vec<usize> = (0..PROBES).collect();
    let (held, bytes) = trial.size();
    let parse = time(&order, |index| trial.parse(index));
    let find = time(&order, |index| usize::from(trial.find(index)));
    let answer = time(&order, |index| trial.answer(index));
    let batches: Vec<&[usize]> = order.chunks(BATCH).collect();
    let batch = time(&batches, |batch| trial.answer_batch(batch)) / BATCH as f64;
    let put = time(&random, |index| trial.put(index));
    let mib = bytes as f64 / f64::from(1 << 20);
    println!("{held:7} {mib:7.1} {parse:7.1} {find:7.1} {answer:7.1} {batch:12.1} {put:6.1}");
}

/// Median nanoseconds of one call.
fn time<T: Copy, R>(order: &[T], mut work: impl FnMut(T) -> R) -> f64 {
    let mut passes: Vec<f64> = (0..PASSES)
        .map(|_| {
            let begun = Instant::now();
            for one in order {
                black_box(work(*one));
            }
            begun.elapsed().as_nanos() as f64 / order.len() as f64
        })
        .collect();
    passes.sort_by(f64::total_cmp);
    passes[PASSES / 2]
}

/// Random indices below `count`, the same in every run.
fn shuffled(count: usize) -> Vec<usize> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    (0..PROBES)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % count as u64).unwrap_or(0)
        })
        .collect()
}
