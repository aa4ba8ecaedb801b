//! What a school tells its department of a day, made so that nobody learns of one device (DESIGN.md, Statistics).
//!
//! ```text
//!  blocked attempts of the day, by device ─► bound (one cell, 20 attempts, one name a device)
//!     ─► sums ─► noise on every cell there could be ─► threshold ─► sparse cells merge upward ─► rounding ─► report
//! ```
//!
//! The noise is drawn before anything is looked at, so all that follows (threshold, merging, rounding) can give nothing
//! away. A day is released once: who calls keeps the report and never asks again for that day, for a second draw would
//! let the noise be averaged out. Nothing here reads a clock, a database or a network.

mod bound;
mod budget;
mod noise;

use std::collections::BTreeMap;

use lachan_wire::statistics::{
    Candidate, CategoryId, Cell, Channel, Day, DayReport, HASH_BYTES, MOST_NAMES, NameHash, SCHEMA,
    Tier,
};
use ring::hmac;
use zeroize::Zeroizing;

pub use budget::{
    ATTEMPTS_OF_A_DEVICE, Budget, DAYS_OF_A_TERM, DEFAULT_THRESHOLD, LOWEST_THRESHOLD, ROUNDED_TO,
};
pub use noise::{Bits, Fraction, Kernel, Sampler};

/// The cells that a school could have: its tiers with every category and channel. They do not depend on what happened.
#[derive(Debug, Clone)]
pub struct Domain {
    tiers: Vec<Tier>,
    categories: Vec<CategoryId>,
}

/// Position of a cell in a [`Domain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellIndex(usize);

impl Domain {
    /// All cells of these tiers and categories; what is given twice counts once.
    #[must_use]
    pub fn new(
        tiers: impl IntoIterator<Item = Tier>,
        categories: impl IntoIterator<Item = CategoryId>,
    ) -> Self {
        let mut domain = Self {
            tiers: tiers.into_iter().collect(),
            categories: categories.into_iter().collect(),
        };
        domain.tiers.sort_unstable();
        domain.tiers.dedup();
        domain.categories.sort_unstable();
        domain.categories.dedup();
        domain
    }

    /// How many cells there are.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.tiers.len() * self.categories.len() * Channel::ALL.len()
    }

    /// The cell of a tier, category and channel; `None` where the school has none such.
    #[must_use]
    pub fn cell(&self, tier: Tier, category: &CategoryId, channel: Channel) -> Option<CellIndex> {
        let tier = self.tiers.binary_search(&tier).ok()?;
        let category = self.categories.binary_search(category).ok()?;
        let channel = Channel::ALL.iter().position(|one| *one == channel)?;
        Some(CellIndex(
            (tier * self.categories.len() + category) * Channel::ALL.len() + channel,
        ))
    }

    fn all(&self) -> impl Iterator<Item = (Tier, &CategoryId, Channel)> {
        self.tiers.iter().flat_map(move |tier| {
            let categories = self.categories.iter();
            categories
                .flat_map(move |category| Channel::ALL.map(|channel| (*tier, category, channel)))
        })
    }
}

/// Attempts of one device that were blocked, of one cell and name.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The device's pseudonym of the day.
    pub device: u64,
    /// Where they count.
    pub cell: CellIndex,
    /// How many.
    pub attempts: u32,
    /// The name, where the log keeps one.
    pub name: Option<&'a str>,
}

/// The department's key of the term, by which schools hash names so that equal names have equal hashes.
pub struct NameKey {
    /// Which one it is.
    number: u32,
    key: Zeroizing<[u8; 32]>,
}

impl NameKey {
    /// The key of these bytes. Number 0 stands for "no names" in reports, so it is none.
    #[must_use]
    pub fn new(number: u32, key: [u8; 32]) -> Option<Self> {
        let key = Zeroizing::new(key);
        (number > 0).then_some(Self { number, key })
    }

    /// The hash of a name.
    #[must_use]
    pub fn hash(&self, name: &str) -> NameHash {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.as_slice());
        let tag = hmac::sign(&key, name.as_bytes());
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(&tag.as_ref()[..HASH_BYTES]);
        NameHash(hash)
    }
}

impl std::fmt::Debug for NameKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NameKey")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// What one day is made of.
#[derive(Debug)]
pub struct Whole<'a> {
    /// The day; it must be over.
    pub day: Day,
    /// The cells there could be.
    pub domain: &'a Domain,
    /// The key for names; without one no name is told.
    pub names: Option<&'a NameKey>,
    /// How much may be learnt.
    pub budget: Budget,
}

/// The report of a day. Draws noise: never call it again for a day that was released.
///
/// # Errors
/// When the source of random bits has failed; nothing may be told then.
pub fn release<B: Bits>(
    whole: &Whole<'_>,
    mut seen: Vec<Seen<'_>>,
    sampler: &mut Sampler<B>,
) -> Result<DayReport, B::Error> {
    seen.sort_by_key(|one| one.device);
    let mut devices = vec![0i64; whole.domain.cells()];
    let mut attempts = vec![0i64; whole.domain.cells()];
    let mut names: BTreeMap<&str, i64> = BTreeMap::new();
    for of_one in seen.chunk_by(|a, b| a.device == b.device) {
        let Some(share) = bound::share(of_one, sampler)? else {
            continue;
        };
        if let Some(count) = devices.get_mut(share.cell.0) {
            *count += 1;
        }
        for (cell, given) in share.attempts {
            if let Some(count) = attempts.get_mut(cell.0) {
                *count += i64::from(given);
            }
        }
        if let Some(name) = share.name {
            *names.entry(name).or_default() += 1;
        }
    }
    let budget = &whole.budget;
    for count in &mut devices {
        *count += sampler.laplace(budget.devices_scale())?;
    }
    for count in &mut attempts {
        *count += sampler.laplace(budget.attempts_scale())?;
    }
    Ok(DayReport {
        schema: SCHEMA,
        day: whole.day,
        privacy: budget.statement(whole.domain.cells()),
        cells: told_cells(whole, &devices, &attempts),
        name_key: whole.names.map_or(0, |key| key.number),
        names: told_names(whole, &names, sampler)?,
    })
}

/// A cell of any level; what is `None` holds all.
type Place<'d> = (Option<Tier>, Option<&'d CategoryId>, Option<Channel>);

/// Noisy sums.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    devices: i64,
    attempts: i64,
    draws: u32,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.devices += other.devices;
        self.attempts += other.attempts;
        self.draws += other.draws;
    }
}

/// The coarser cell that one with too little goes into: first without the channel, then without the tier, then all of
/// the school together.
fn above(place: Place<'_>) -> Option<Place<'_>> {
    match place {
        (tier, category, Some(_)) => Some((tier, category, None)),
        (Some(_), category, None) => Some((None, category, None)),
        (None, Some(_), None) => Some((None, None, None)),
        (None, None, None) => None,
    }
}

/// Threshold, merging and rounding. Works on noisy numbers only.
fn told_cells(whole: &Whole<'_>, devices: &[i64], attempts: &[i64]) -> Vec<Cell> {
    let budget = &whole.budget;
    let places = whole
        .domain
        .all()
        .map(|(tier, category, channel)| (Some(tier), Some(category), Some(channel)));
    let sums = devices.iter().zip(attempts).map(|(devices, attempts)| Sum {
        devices: *devices,
        attempts: *attempts,
        draws: 1,
    });
    let mut level: BTreeMap<Place<'_>, Sum> = places.zip(sums).collect();
    let single = budget.cell_threshold(whole.domain.cells());
    let mut told = Vec::new();
    while !level.is_empty() {
        let mut coarser: BTreeMap<Place<'_>, Sum> = BTreeMap::new();
        for (place, sum) in level {
            let least = if sum.draws == 1 {
                single
            } else {
                budget.sum_threshold(sum.draws)
            };
            if sum.devices >= i64::from(least) {
                told.push(cell(place, sum));
            } else if let Some(above) = above(place) {
                coarser.entry(above).or_default().add(sum);
            }
        }
        level = coarser;
    }
    told
}

fn cell((tier, category, channel): Place<'_>, sum: Sum) -> Cell {
    Cell {
        tier,
        category: category.cloned(),
        channel,
        devices: rounded(sum.devices),
        attempts: rounded(sum.attempts),
        draws: sum.draws,
    }
}

/// To the nearest multiple of [`ROUNDED_TO`]; what noise made negative is nothing.
fn rounded(count: i64) -> u32 {
    let count = u32::try_from(count.max(0)).unwrap_or(u32::MAX - ROUNDED_TO);
    (count + ROUNDED_TO / 2) / ROUNDED_TO * ROUNDED_TO
}

/// The names whose noisy count of devices passes, hashed. Those of most devices where there are too many.
fn told_names<B: Bits>(
    whole: &Whole<'_>,
    names: &BTreeMap<&str, i64>,
    sampler: &mut Sampler<B>,
) -> Result<Vec<Candidate>, B::Error> {
    let Some(key) = whole.names else {
        return Ok(Vec::new());
    };
    let least = i64::from(whole.budget.names_threshold());
    let mut told = Vec::new();
    for (name, devices) in names {
        let noisy = devices + sampler.laplace(whole.budget.names_scale())?;
        if noisy >= least {
            told.push(Candidate {
                name: key.hash(name),
                devices: rounded(noisy),
            });
        }
    }
    told.sort_unstable_by_key(|one| (std::cmp::Reverse(one.devices), one.name));
    told.truncate(MOST_NAMES);
    // In an order that tells nothing of the names.
    told.sort_unstable_by_key(|one| one.name);
    Ok(told)
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;
