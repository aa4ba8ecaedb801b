//! How much one device's day may change what leaves the school: how ε is shared out, what δ follows, and what a term
//! adds up to.
//!
//! Three things are told of a day, each bounded by itself (`bound.rs`), so their ε add up (basic composition):
//!
//! | what | a device changes | noise | ε |
//! |---|---|---|---|
//! | devices of all cells together | one cell by 1 | Laplace, scale 1/ε = 2.5 | 8/20 |
//! | attempts of all cells together | 20 in all | Laplace, scale 20/ε = 80 | 5/20 |
//! | names | one name by 1 | Laplace, scale 1/ε = 2.9, and a threshold that δ asks for | 7/20 |
//!
//! Devices and names get more, for they are small and pass a threshold; attempts are many and are added up over schools.
//!
//! "Changes" means: with that device's day or without it. Which cells there are is known beforehand, so they need no δ.
//! Which *names* there are is not: a name whose only device was this one would give the device away by being told at all.
//! That happens with probability at most δ when the threshold is T = 1 + ln(1 / (δ (1 + e^-ε))) / ε (stability-based
//! histograms: Korolova et al., WWW 2009; Vadhan, "The complexity of differential privacy", 2017, §3.3).

use lachan_wire::statistics::Privacy;

use super::noise::Fraction;

/// Most attempts of one device that are counted in a day (DESIGN.md, Statistics).
pub const ATTEMPTS_OF_A_DEVICE: u32 = 20;
/// What counts are rounded to (DESIGN.md, Statistics).
pub const ROUNDED_TO: u32 = 5;
/// The least noisy count of devices that is told, unless a school asks for more.
pub const DEFAULT_THRESHOLD: u32 = 10;
/// The lowest threshold a school may set.
pub const LOWEST_THRESHOLD: u32 = 5;
/// δ of the names of one day: among a million devices one.
const DELTA: f64 = 1e-6;
/// Cells of nothing but noise that may be told in a day: one a week. What is told although nothing happened adds up over
/// a thousand schools to what would look like a finding.
const FALSE_CELLS_A_DAY: f64 = 1.0 / 7.0;
/// Deviations of the noise that the sum of several cells must exceed to be told.
const DEVIATIONS: f64 = 3.0;
/// School days of a term: eighteen weeks of five, by which a term's total is stated.
pub const DAYS_OF_A_TERM: u32 = 90;

/// How a day's ε is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    devices: Fraction,
    attempts: Fraction,
    names: Fraction,
    threshold: u32,
}

/// Parts of ε in twentieths: they make the 1 of DESIGN.md.
const DEVICES: u32 = 8;
const ATTEMPTS: u32 = 5;
const NAMES: u32 = 7;
const PARTS: u32 = 20;

const fn fraction(numerator: u32, denominator: u32) -> Fraction {
    match Fraction::new(numerator, denominator) {
        Some(fraction) => fraction,
        None => panic!("the constants above are positive"),
    }
}

impl Budget {
    /// ε = 1 for a device's day, with this threshold; at least [`LOWEST_THRESHOLD`].
    #[must_use]
    pub const fn new(threshold: u32) -> Self {
        Self {
            devices: fraction(DEVICES, PARTS),
            attempts: fraction(ATTEMPTS, PARTS),
            names: fraction(NAMES, PARTS),
            threshold: if threshold < LOWEST_THRESHOLD {
                LOWEST_THRESHOLD
            } else {
                threshold
            },
        }
    }

    /// The scale of the noise of `devices`.
    #[must_use]
    pub const fn devices_scale(&self) -> Fraction {
        scale(1, self.devices)
    }

    /// The scale of the noise of `attempts`.
    #[must_use]
    pub const fn attempts_scale(&self) -> Fraction {
        scale(ATTEMPTS_OF_A_DEVICE, self.attempts)
    }

    /// The scale of the noise of a name's devices.
    #[must_use]
    pub const fn names_scale(&self) -> Fraction {
        scale(1, self.names)
    }

    /// The least noisy count of devices for which one of so many cells is told: the school's threshold, or more where
    /// noise alone would pass that too often.
    #[must_use]
    pub fn cell_threshold(&self, cells: usize) -> u32 {
        // A million cells would still be exact, and there are at most thousands.
        let cells = f64::from(u32::try_from(cells).unwrap_or(u32::MAX));
        let epsilon = self.devices.value();
        let mut least = self.threshold;
        while cells * tail(least, epsilon) > FALSE_CELLS_A_DAY {
            least += 1;
        }
        least
    }

    /// The least noisy count for which the sum of `draws` cells is told: σ = scale · √(2 · draws).
    pub(super) fn sum_threshold(&self, draws: u32) -> u32 {
        let scale = self.devices_scale().value();
        let most = DEVIATIONS.powi(2) * scale.powi(2) * 2.0 * f64::from(draws);
        let mut least = self.threshold;
        while f64::from(least).powi(2) < most {
            least += 1;
        }
        least
    }

    /// ε of a device's day.
    #[must_use]
    pub fn epsilon(&self) -> f64 {
        self.devices.value() + self.attempts.value() + self.names.value()
    }

    /// The least noisy count for which a name is told: what δ asks for, or the threshold where that is more.
    #[must_use]
    pub fn names_threshold(&self) -> u32 {
        let epsilon = self.names.value();
        // One more than the formula's, for the noise is discrete and "at least T" is told.
        let mut least = 2;
        while tail(least - 1, epsilon) > DELTA {
            least += 1;
        }
        least.max(self.threshold)
    }

    /// What is stated with the numbers of so many cells.
    #[must_use]
    pub fn statement(&self, cells: usize) -> Privacy {
        Privacy {
            epsilon: self.epsilon(),
            delta: DELTA,
            devices_scale: self.devices_scale().value(),
            attempts_scale: self.attempts_scale().value(),
            names_scale: self.names_scale().value(),
            threshold: self.cell_threshold(cells),
            names_threshold: self.names_threshold(),
            rounded_to: ROUNDED_TO,
            attempts_of_a_device: ATTEMPTS_OF_A_DEVICE,
        }
    }

    /// ε and δ of so many days of one device, if every day somebody knew which device it is: they add up. Pseudonyms of
    /// different days cannot be joined, so that is the worst case and not what the hub can do.
    #[must_use]
    pub fn over(&self, days: u32) -> (f64, f64) {
        (self.epsilon() * f64::from(days), DELTA * f64::from(days))
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(DEFAULT_THRESHOLD)
    }
}

/// Sensitivity over ε.
const fn scale(sensitivity: u32, epsilon: Fraction) -> Fraction {
    fraction(sensitivity * epsilon.denominator(), epsilon.numerator())
}

/// P\[noise ≥ x\] of discrete Laplace noise of scale 1/ε, for x > 0.
fn tail(x: u32, epsilon: f64) -> f64 {
    (-epsilon * f64::from(x)).exp() / (1.0 + (-epsilon).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_make_the_stated_epsilon() {
        let budget = Budget::default();
        assert!((budget.epsilon() - 1.0).abs() < 1e-12);
        let stated = budget.statement(400);
        let sum = 1.0 / stated.devices_scale
            + f64::from(stated.attempts_of_a_device) / stated.attempts_scale
            + 1.0 / stated.names_scale;
        assert!((sum - stated.epsilon).abs() < 1e-12, "{sum}");
    }

    #[test]
    fn a_name_of_one_device_is_told_less_often_than_delta() {
        for threshold in [5, 10, 30, 60] {
            let budget = Budget::new(threshold);
            let least = budget.names_threshold();
            assert!(tail(least - 1, budget.names.value()) <= DELTA);
            assert!(least >= threshold);
        }
        let least = Budget::default().names_threshold();
        // One lower would be too low: the threshold is no larger than it has to be.
        assert!(tail(least - 2, Budget::default().names.value()) > DELTA);
        // The formula in this file's head, rounded up.
        let epsilon: f64 = 0.35;
        let formula = 1.0 + (1.0 / (DELTA * (1.0 + (-epsilon).exp()))).ln() / epsilon;
        assert!(
            (f64::from(least) - formula).abs() <= 1.0,
            "{least} {formula}"
        );
    }

    #[test]
    fn no_school_goes_below_the_floor() {
        assert_eq!(Budget::new(0), Budget::new(LOWEST_THRESHOLD));
        assert_eq!(Budget::default().cell_threshold(1), 10);
        assert_eq!(Budget::new(5).sum_threshold(0), 5);
    }

    /// Of cells in which nothing happened about one a week is told.
    #[test]
    fn noise_alone_is_seldom_told() {
        let budget = Budget::default();
        for cells in [1, 45, 400, 2_000] {
            let least = budget.cell_threshold(cells);
            let told =
                f64::from(u32::try_from(cells).unwrap()) * tail(least, budget.devices.value());
            assert!(told <= FALSE_CELLS_A_DAY, "{cells}: {told}");
        }
        assert_eq!(budget.cell_threshold(400), 19);
        assert_eq!((budget.sum_threshold(1), budget.sum_threshold(9)), (11, 32));
    }

    #[test]
    fn a_term_is_the_sum_of_its_days() {
        let (epsilon, delta) = Budget::default().over(DAYS_OF_A_TERM);
        assert!((epsilon - 90.0).abs() < 1e-9 && (delta - 9e-5).abs() < 1e-12);
    }
}
