//! How much of one device's day counts: one cell for "devices", twenty attempts, one name.
//!
//! Which ones is drawn, so that no category is favoured and the sums stay right on average.

use std::collections::BTreeMap;

use super::budget::ATTEMPTS_OF_A_DEVICE;
use super::noise::{Bits, Sampler};
use super::{CellIndex, Seen};

/// What one device gives to the day.
pub(super) struct Share<'a> {
    /// The cell that it counts in as a device.
    pub(super) cell: CellIndex,
    /// Its attempts by cell: at most [`ATTEMPTS_OF_A_DEVICE`] together.
    pub(super) attempts: BTreeMap<CellIndex, u32>,
    /// The name that it counts for.
    pub(super) name: Option<&'a str>,
}

/// What a device gives, drawn from all that was seen of it; `None` where nothing was.
pub(super) fn share<'a, B: Bits>(
    seen: &[Seen<'a>],
    sampler: &mut Sampler<B>,
) -> Result<Option<Share<'a>>, B::Error> {
    let mut all: BTreeMap<CellIndex, u64> = BTreeMap::new();
    let mut names = Vec::new();
    for one in seen.iter().filter(|one| one.attempts > 0) {
        *all.entry(one.cell).or_default() += u64::from(one.attempts);
        names.extend(one.name);
    }
    names.sort_unstable();
    names.dedup();
    let cells: Vec<_> = all.keys().copied().collect();
    let Some(cell) = pick(&cells, sampler)? else {
        return Ok(None);
    };
    Ok(Some(Share {
        cell,
        attempts: some_of(&all, sampler)?,
        name: pick(&names, sampler)?,
    }))
}

/// One of them, each as likely.
fn pick<T: Copy, B: Bits>(of: &[T], sampler: &mut Sampler<B>) -> Result<Option<T>, B::Error> {
    let Ok(count @ 1..) = u64::try_from(of.len()) else {
        return Ok(None);
    };
    let drawn = sampler.below(count)?;
    Ok(usize::try_from(drawn)
        .ok()
        .and_then(|index| of.get(index).copied()))
}

/// At most [`ATTEMPTS_OF_A_DEVICE`] attempts, drawn without putting back.
fn some_of<B: Bits>(
    all: &BTreeMap<CellIndex, u64>,
    sampler: &mut Sampler<B>,
) -> Result<BTreeMap<CellIndex, u32>, B::Error> {
    let mut left = all.clone();
    let mut total: u64 = left.values().sum();
    let mut drawn = BTreeMap::new();
    for _ in 0..ATTEMPTS_OF_A_DEVICE {
        if total == 0 {
            break;
        }
        let mut place = sampler.below(total)?;
        for (cell, count) in &mut left {
            if place < *count {
                *count -= 1;
                *drawn.entry(*cell).or_default() += 1;
                break;
            }
            place -= *count;
        }
        total -= 1;
    }
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::super::noise::testing::Repeatable;
    use super::*;
    use proptest::prelude::*;

    fn seen(cell: usize, attempts: u32, name: Option<&str>) -> Seen<'_> {
        Seen {
            device: 1,
            cell: CellIndex(cell),
            attempts,
            name,
        }
    }

    fn drawn<'a>(of: &[Seen<'a>], seed: u64) -> Option<Share<'a>> {
        match share(of, &mut Sampler::new(Repeatable(seed))) {
            Ok(share) => share,
            Err(never) => match never {},
        }
    }

    #[test]
    fn a_quiet_device_gives_all_it_has() {
        let share = drawn(&[seen(3, 2, Some("a.example")), seen(3, 4, None)], 1).unwrap();
        assert_eq!(share.cell, CellIndex(3));
        assert_eq!(share.attempts, [(CellIndex(3), 6)].into());
        assert_eq!(share.name, Some("a.example"));
    }

    #[test]
    fn a_device_of_which_nothing_was_seen_gives_nothing() {
        assert!(drawn(&[], 1).is_none());
        assert!(drawn(&[seen(1, 0, Some("a.example"))], 1).is_none());
    }

    /// Ten times as many attempts in one cell as in another: drawn in that proportion.
    #[test]
    fn attempts_are_drawn_in_proportion() {
        let of = [seen(0, 1_000, None), seen(1, 100, None)];
        let mut counts = [0u32; 2];
        for seed in 0..2_000 {
            for (cell, count) in drawn(&of, seed).unwrap().attempts {
                counts[cell.0] += count;
            }
        }
        assert_eq!(counts[0] + counts[1], 2_000 * ATTEMPTS_OF_A_DEVICE);
        // 20,000 · 2 / 11 = 3,636 expected, deviation about 55.
        assert!((3_300..3_970).contains(&counts[1]), "{counts:?}");
    }

    /// A device counts for each of its cells equally often, however loud it was there.
    #[test]
    fn cells_are_drawn_evenly() {
        let of = [seen(0, 1_000, Some("a")), seen(1, 1, Some("b"))];
        let first = (0..4_000)
            .filter(|seed| drawn(&of, *seed).unwrap().cell.0 == 0)
            .count();
        assert!((1_800..2_200).contains(&first), "{first}");
    }

    proptest! {
        #[test]
        fn nobody_gives_more_than_the_bound(
            of in proptest::collection::vec((0usize..50, 0u32..u32::MAX, any::<bool>()), 0..60),
            seed in any::<u64>(),
        ) {
            let of: Vec<_> = of
                .into_iter()
                .map(|(cell, attempts, named)| seen(cell, attempts, named.then_some("x.example")))
                .collect();
            let total: u64 = of.iter().map(|one| u64::from(one.attempts)).sum();
            match drawn(&of, seed) {
                None => prop_assert_eq!(total, 0),
                Some(share) => {
                    let given: u32 = share.attempts.values().sum();
                    prop_assert_eq!(u64::from(given), total.min(u64::from(ATTEMPTS_OF_A_DEVICE)));
                    prop_assert!(of.iter().any(|one| one.cell == share.cell && one.attempts > 0));
                }
            }
        }
    }
}
