//! Prints what `scripts/lib/privacy_check.py` compares with OpenDP: what is stated, and noise as the box draws it.
//!
//! ```text
//! noise COUNT    {"statement": {…}, "devices": [[value, how often], …], "attempts": …, "names": …}
//! ```

use std::collections::BTreeMap;
use std::process::ExitCode;

use lachan_sync::statistics::{Budget, Fraction, Kernel, Sampler};

/// Cells of a school of two levels.
const CELLS: usize = 300;

fn main() -> ExitCode {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok());
    let Some(count) = count else {
        return ExitCode::from(2);
    };
    match drawn(count) {
        Ok(json) => {
            #[expect(clippy::print_stdout, reason = "its output is what it is for")]
            {
                println!("{json}");
            }
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn drawn(count: u32) -> Result<serde_json::Value, getrandom::Error> {
    let budget = Budget::default();
    let mut all = serde_json::Map::new();
    all.insert(
        "statement".into(),
        serde_json::json!(budget.statement(CELLS)),
    );
    let scales = [
        ("devices", budget.devices_scale()),
        ("attempts", budget.attempts_scale()),
        ("names", budget.names_scale()),
    ];
    for (name, scale) in scales {
        all.insert(name.into(), serde_json::json!(histogram(scale, count)?));
    }
    Ok(all.into())
}

fn histogram(scale: Fraction, count: u32) -> Result<Vec<(i64, u32)>, getrandom::Error> {
    let mut sampler = Sampler::new(Kernel);
    let mut seen: BTreeMap<i64, u32> = BTreeMap::new();
    for _ in 0..count {
        *seen.entry(sampler.laplace(scale)?).or_default() += 1;
    }
    Ok(seen.into_iter().collect())
}
