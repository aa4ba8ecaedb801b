//! What was found, for people and for programs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::structure::BATCH;

/// What building a structure told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Built {
    pub(crate) names: u64,
    pub(crate) hot_bytes_per_name: f64,
    pub(crate) cold_bytes_per_name: f64,
    pub(crate) open_ms: f64,
    pub(crate) compile_s: f64,
    pub(crate) compile_peak_mib: f64,
    pub(crate) false_hits: u64,
}

/// Nanoseconds of one round, a name: in batches (nothing where the structure has none) and one by
/// one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Round {
    pub(crate) hit_ns: Option<f64>,
    pub(crate) miss_ns: Option<f64>,
    pub(crate) hit_single_ns: f64,
    pub(crate) miss_single_ns: f64,
    pub(crate) random_load_ns: f64,
}

/// A structure's figures.
pub(crate) struct Figures {
    title: String,
    built: Built,
    /// Medians of the rounds.
    times: Round,
}

impl Figures {
    pub(crate) fn new(title: &str, built: &Built, rounds: &[Round]) -> Self {
        let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure));
        let some = |figure: fn(&Round) -> Option<f64>| {
            let found = rounds.iter().filter_map(figure).collect::<Vec<_>>();
            (!found.is_empty()).then(|| median(found))
        };
        Self {
            title: title.to_owned(),
            built: built.clone(),
            times: Round {
                hit_ns: some(|round| round.hit_ns),
                miss_ns: some(|round| round.miss_ns),
                hit_single_ns: of(|round| round.hit_single_ns),
                miss_single_ns: of(|round| round.miss_single_ns),
                random_load_ns: of(|round| round.random_load_ns),
            },
        }
    }

    /// As JSON. A structure without batches has for `hit_ns` and `miss_ns` what it takes one by one, and
    /// a `batch` of 1.
    fn json(&self) -> Value {
        let (built, times) = (&self.built, &self.times);
        json!({
            "structure": self.title,
            "names": built.names,
            "hot_bytes_per_name": built.hot_bytes_per_name,
            "cold_bytes_per_name": built.cold_bytes_per_name,
            "batch": times.hit_ns.map_or(1, |_| BATCH),
            "hit_ns": times.hit_ns.unwrap_or(times.hit_single_ns),
            "miss_ns": times.miss_ns.unwrap_or(times.miss_single_ns),
            "hit_single_ns": times.hit_single_ns,
            "miss_single_ns": times.miss_single_ns,
            "random_load_ns": times.random_load_ns,
            "open_ms": built.open_ms,
            "compile_s": built.compile_s,
            "compile_peak_mib": built.compile_peak_mib,
            "false_hits": built.false_hits,
        })
    }

    fn row(&self) -> String {
        let (built, times) = (&self.built, &self.times);
        let some = |figure: Option<f64>| figure.map_or_else(|| "-".into(), |ns| format!("{ns:.0}"));
        format!(
            "{:<24} {:>9} {:>7.2} {:>7.2} {:>9} {:>9} {:>9.0} {:>9.0} {:>9.0} {:>8.2} {:>10.1} {:>9.0} {:>6}",
            self.title,
            built.names,
            built.hot_bytes_per_name,
            built.cold_bytes_per_name,
            some(times.hit_ns),
            some(times.miss_ns),
            times.hit_single_ns,
            times.miss_single_ns,
            times.random_load_ns,
            built.open_ms,
            built.compile_s,
            built.compile_peak_mib,
            built.false_hits,
        )
    }
}

/// The first structure's figures, with the others below.
pub(crate) fn document(all: &[Figures]) -> Value {
    let mut first = all[0].json();
    first["bench"] = "ruleset".into();
    first["peers"] = all[1..].iter().map(Figures::json).collect();
    first
}

pub(crate) fn table(all: &[Figures]) -> String {
    let mut text = format!(
        "{:<24} {:>9} {:>7} {:>7} {:>19} {:>19} {:>9}\n",
        "", "", "", "", "in batches of 32", "one by one", "a random"
    );
    text += &format!(
        "{:<24} {:>9} {:>7} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8} {:>10} {:>9} {:>6}\n",
        "structure",
        "names",
        "hot B",
        "cold B",
        "hit ns",
        "miss ns",
        "hit ns",
        "miss ns",
        "load ns",
        "open ms",
        "compile s",
        "peak MiB",
        "false"
    );
    for figures in all {
        text += &figures.row();
        text.push('\n');
    }
    text + NOTES
}

const NOTES: &str = "\
bytes are a name's; a look-up is the walk over all parents, from wire bytes to hits, and its time one name's share
in batches: as the resolver looks up the names of 32 messages that came together; one by one: as a lone query is
a random load: of this machine, now, from memory of the structure's size, each load waiting for the one before
targets: hot <= 9, cold <= 7, hit and miss <= 250 ns, open <= 5 ms, 6 M names in <= 20 s and <= 400 MiB";

pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures = figures.into_iter().collect::<Vec<_>>();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
