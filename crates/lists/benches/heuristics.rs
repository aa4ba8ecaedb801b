//! `scripts/bench heuristics`: what a guess costs a name that no list knows, beside the walk and the
//! whole decision, over the popular names of `../shared/lists` or, without them, over generated ones.
//!
//! Each pass takes all names in blocks; the median of the passes counts. Times are of
//! this machine and this moment: compare figures of one run.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

#[path = "support/names.rs"]
mod names;

use std::hint::black_box;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lachan_lists::testing::{policy, shipped_ruleset};
use lachan_policy::ruleset::Side;
use lachan_policy::{Ask, CategorySet, Exceptions, Name};
use names::Names;

/// Passes over all names.
const PASSES: usize = 9;
/// Names touched, then asked about.
const BLOCK: usize = 64;
/// Names where there is no corpus.
const GENERATED: usize = 100_000;

fn main() {
    let json = std::env::args().any(|arg| arg == "--json");
    let ruleset = shipped_ruleset();
    let policy = policy(Arc::clone(&ruleset), Exceptions::default());
    let (source, all) = popular().unwrap_or_else(generated);
    let is_unlisted = |name: &Name| {
        let walk = ruleset.walk(name);
        let mut sides = walk
            .hits()
            .iter()
            .map(|hit| ruleset.side(hit.row, hit.is_above()));
        sides.all(|side| side == Side::default())
    };
    let names = all.into_iter().filter(is_unlisted).collect::<Vec<_>>();
    let walk = nanoseconds(&names, |name| {
        usize::from(ruleset.walk(name).hits().is_empty())
    });
    let guess = nanoseconds(&names, |name| {
        usize::from(ruleset.guess(name).doorway.is_some())
    });
    let decide = nanoseconds(&names, |name| {
        let verdict = policy.decide(&Ask {
            name,
            group: 4,
            at: None,
            found: CategorySet::EMPTY,
        });
        usize::from(verdict.is_block())
    });
    if json {
        let figures = serde_json::json!({
            "names": names.len(), "source": source,
            "walk_ns": walk, "guess_ns": guess, "decide_ns": decide,
        });
        println!("{figures}");
        return;
    }
    println!("{} names no shipped list knows ({source})", names.len());
    println!("{:>12} {:>12} {:>12}", "walk ns", "guess ns", "decide ns");
    println!("{walk:>12.0} {guess:>12.0} {decide:>12.0}");
}

/// The median over the passes of a name's share. The names are touched before, as a query's name is
/// in the cache when it is decided on.
fn nanoseconds(names: &[Name], question: impl Fn(&Name) -> usize) -> f64 {
    let pass = |_| {
        let mut spent = Duration::ZERO;
        for block in names.chunks(BLOCK) {
            black_box(block.iter().map(|name| name.as_wire().len()).sum::<usize>());
            let start = Instant::now();
            black_box(block.iter().map(&question).sum::<usize>());
            spent += start.elapsed();
        }
        spent.as_nanos() as f64 / names.len().max(1) as f64
    };
    let mut passes = (0..PASSES).map(pass).collect::<Vec<_>>();
    passes.sort_by(f64::total_cmp);
    passes[PASSES / 2]
}

fn popular() -> Option<(&'static str, Vec<Name>)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/lists");
    let folder = std::env::var_os("LACHAN_LISTS").map_or_else(beside, PathBuf::from);
    let file = lachan_lists::input::open(&folder.join("popular/popular-clean.csv.zst")).ok()?;
    let lines = file.lines().map_while(Result::ok);
    let names = lines.filter_map(|line| Name::from_text(line.split(',').next()?).ok());
    Some(("popular", names.collect()))
}

fn generated() -> (&'static str, Vec<Name>) {
    let mut maker = Names::new(2026);
    let texts = (0..GENERATED).map(|index| {
        if index % 2 == 0 {
            maker.next()
        } else {
            maker.miss()
        }
    });
    let names = texts.filter_map(|text| Name::from_text(&text).ok());
    ("generated", names.collect())
}
