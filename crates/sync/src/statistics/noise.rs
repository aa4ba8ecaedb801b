//! Discrete Laplace noise, drawn exactly: with integers and fair bits only.
//!
//! Noise made of floating-point numbers leaks through the numbers' own gaps (Mironov, "On significance of the least
//! significant bits for differential privacy", CCS 2012). So this follows Canonne, Kamath and Steinke, "The discrete
//! Gaussian for differential privacy" (NeurIPS 2020), algorithms 1 and 2, whose output has exactly the stated
//! distribution as long as the bits are fair.
//!
//! P\[X = x\] = (1 − p) / (1 + p) · p^|x| with p = e^(−1/scale).

/// Where fair bits come from. The box takes the kernel's; tests take some that can be repeated.
pub trait Bits {
    /// Why there are none.
    type Error;

    /// Fills the bytes.
    ///
    /// # Errors
    /// When the source has failed. Nothing may be released then: noise that is not random protects nobody.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error>;
}

/// The kernel's random bits.
#[derive(Debug, Clone, Copy)]
pub struct Kernel;

impl Bits for Kernel {
    type Error = getrandom::Error;
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        getrandom::fill(bytes)
    }
}

/// A positive fraction. The scale of noise is one, so that no rounding takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    /// Above the line.
    numerator: u32,
    /// Below it.
    denominator: u32,
}

impl Fraction {
    /// `numerator / denominator`; `None` unless both are positive.
    #[must_use]
    pub const fn new(numerator: u32, denominator: u32) -> Option<Self> {
        if numerator == 0 || denominator == 0 {
            return None;
        }
        Some(Self {
            numerator,
            denominator,
        })
    }

    /// The nearest floating-point number, for people and for error bars; never for drawing.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// The number above the line.
    #[must_use]
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// The number below it.
    #[must_use]
    pub const fn denominator(self) -> u32 {
        self.denominator
    }
}

/// Draws noise.
pub struct Sampler<B> {
    bits: B,
    pool: [u8; 64],
    left: usize,
}

impl<B: Bits> Sampler<B> {
    /// A sampler over this source.
    pub fn new(bits: B) -> Self {
        Self {
            bits,
            pool: [0; 64],
            left: 0,
        }
    }

    /// One draw of discrete Laplace noise of this scale (algorithm 2; scale = t / s).
    ///
    /// # Errors
    /// When the source of bits has failed.
    pub fn laplace(&mut self, scale: Fraction) -> Result<i64, B::Error> {
        let (t, s) = (u64::from(scale.numerator), u64::from(scale.denominator));
        loop {
            // Steps 3 to 6: U in 0..t, accepted with probability exp(-U / t).
            let part = self.below(t)?;
            if !self.exp_minus(part, t)? {
                continue;
            }
            // Steps 7 to 10: V, the number of successes before the first failure of Bernoulli(exp(-1)).
            let mut whole: u64 = 0;
            while self.exp_minus(1, 1)? {
                whole += 1;
            }
            // Steps 11 to 16: X = U + t·V, Y = floor(X / s), with a sign; a negative zero is drawn again, for there are
            // not two of it.
            let size = (part + t * whole) / s;
            let is_negative = self.below(2)? == 1;
            if is_negative && size == 0 {
                continue;
            }
            // Cannot be reached but with astronomically small probability, e^(-2^31).
            let size = i64::try_from(size).unwrap_or(i64::MAX);
            return Ok(if is_negative { -size } else { size });
        }
    }

    /// Whether an event of probability exp(-numerator / denominator) happened (algorithm 1). `denominator` is not 0.
    fn exp_minus(&mut self, numerator: u64, denominator: u64) -> Result<bool, B::Error> {
        // Algorithm 1, for more than 1: exp(-1) as often as it goes, then the rest.
        for _ in 0..numerator / denominator {
            if !self.exp_minus_part(1, 1)? {
                return Ok(false);
            }
        }
        self.exp_minus_part(numerator % denominator, denominator)
    }

    /// The same for at most 1: K, the first of the Bernoulli(γ / k) that fails, is odd with probability exp(-γ).
    fn exp_minus_part(&mut self, numerator: u64, denominator: u64) -> Result<bool, B::Error> {
        let mut k = 1;
        while self.below(denominator * k)? < numerator {
            k += 1;
        }
        Ok(k % 2 == 1)
    }

    /// A whole number below `end`, each as likely as the others. `end` is not 0.
    ///
    /// # Errors
    /// When the source of bits has failed.
    pub fn below(&mut self, end: u64) -> Result<u64, B::Error> {
        // Rejection: a remainder alone would make small numbers likelier.
        let mask = u64::MAX >> (end - 1).leading_zeros().min(63);
        loop {
            let drawn = u64::from_le_bytes(self.bytes()?) & mask;
            if drawn < end {
                return Ok(drawn);
            }
        }
    }

    fn bytes(&mut self) -> Result<[u8; 8], B::Error> {
        if self.left == 0 {
            self.bits.fill(&mut self.pool)?;
            self.left = self.pool.len();
        }
        let mut drawn = [0; 8];
        let end = self.left;
        self.left -= drawn.len();
        drawn.copy_from_slice(&self.pool[self.left..end]);
        // What was drawn is not needed again, and whoever reads our memory should not learn the noise.
        self.pool[self.left..end].fill(0);
        Ok(drawn)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::Bits;

    /// Bits of a small generator (SplitMix64) that can be repeated. Good enough to see a distribution, no secret.
    pub(crate) struct Repeatable(pub(crate) u64);

    impl Bits for Repeatable {
        type Error = std::convert::Infallible;
        fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            for chunk in bytes.chunks_mut(8) {
                self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = self.0;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                let drawn = (z ^ (z >> 31)).to_le_bytes();
                chunk.copy_from_slice(&drawn[..chunk.len()]);
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Repeatable;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn draw(sampler: &mut Sampler<Repeatable>, scale: Fraction) -> i64 {
        match sampler.laplace(scale) {
            Ok(noise) => noise,
            Err(never) => match never {},
        }
    }

    fn fraction(numerator: u32, denominator: u32) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    /// P[X = x] in closed form.
    fn probability(x: i64, scale: f64) -> f64 {
        let p = (-1.0 / scale).exp();
        let size = i32::try_from(x.abs()).unwrap();
        (1.0 - p) / (1.0 + p) * p.powi(size)
    }

    /// Pearson's statistic of `draws` samples against the closed form, and its degrees of freedom.
    fn chi_squared(scale: Fraction, draws: u32, seed: u64) -> (f64, f64) {
        let mut sampler = Sampler::new(Repeatable(seed));
        let mut seen: BTreeMap<i64, u32> = BTreeMap::new();
        for _ in 0..draws {
            *seen.entry(draw(&mut sampler, scale)).or_default() += 1;
        }
        // Values expected less than ten times are one class together.
        let expected = |x: i64| probability(x, scale.value()) * f64::from(draws);
        let end = (0..).find(|x| expected(*x) < 10.0).unwrap();
        let (mut statistic, mut rest_seen, mut rest_expected, mut classes) =
            (0.0, f64::from(draws), f64::from(draws), 0.0);
        for x in -end + 1..end {
            let (seen, expected) = (f64::from(seen.get(&x).copied().unwrap_or(0)), expected(x));
            statistic += (seen - expected).powi(2) / expected;
            rest_seen -= seen;
            rest_expected -= expected;
            classes += 1.0;
        }
        if rest_expected > 1.0 {
            statistic += (rest_seen - rest_expected).powi(2) / rest_expected;
            classes += 1.0;
        }
        (statistic, classes - 1.0)
    }

    #[test]
    fn noise_has_the_stated_distribution() {
        for (numerator, denominator) in [(1, 1), (4, 1), (400, 7), (5, 2), (1, 3), (20, 1)] {
            let scale = fraction(numerator, denominator);
            let (statistic, freedom) = chi_squared(scale, 200_000, 0xACE0_F5E5);
            // Mean of χ² is its degrees of freedom, its variance twice that: five deviations.
            let most = freedom + 5.0 * (2.0 * freedom).sqrt() + 5.0;
            assert!(
                statistic < most,
                "{numerator}/{denominator}: {statistic} of {freedom}"
            );
        }
    }

    /// The test above can fail: noise of a scale a twentieth off is found out.
    #[test]
    fn another_scale_is_told_apart() {
        let mut sampler = Sampler::new(Repeatable(7));
        let (near, stated) = (fraction(21, 5), 4.0);
        let draws: u32 = 200_000;
        let mut statistic = 0.0;
        let mut seen: BTreeMap<i64, u32> = BTreeMap::new();
        for _ in 0..draws {
            *seen.entry(draw(&mut sampler, near)).or_default() += 1;
        }
        for x in -20..=20 {
            let expected = probability(x, stated) * f64::from(draws);
            let seen = f64::from(seen.get(&x).copied().unwrap_or(0));
            statistic += (seen - expected).powi(2) / expected;
        }
        assert!(statistic > 40.0 + 5.0 * 80f64.sqrt() + 5.0, "{statistic}");
    }

    #[test]
    fn a_source_that_fails_gives_no_noise() {
        struct Dry;
        impl Bits for Dry {
            type Error = &'static str;
            fn fill(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
                Err("dry")
            }
        }
        let mut sampler = Sampler::new(Dry);
        assert_eq!(sampler.laplace(fraction(4, 1)), Err("dry"));
        assert_eq!(sampler.below(3), Err("dry"));
    }

    #[test]
    fn a_fraction_is_positive() {
        assert_eq!(Fraction::new(0, 1), None);
        assert_eq!(Fraction::new(1, 0), None);
    }

    proptest! {
        #[test]
        fn numbers_stay_below_their_end(end in 1u64.., seed in any::<u64>()) {
            let Ok(drawn) = Sampler::new(Repeatable(seed)).below(end);
            prop_assert!(drawn < end);
        }

        #[test]
        fn every_scale_ends(numerator in 1u32..2_000, denominator in 1u32..2_000, seed in any::<u64>()) {
            let noise = draw(&mut Sampler::new(Repeatable(seed)), fraction(numerator, denominator));
            // A hundred times the scale comes once in e^100 draws.
            let most = 100 * (i64::from(numerator) / i64::from(denominator) + 1);
            prop_assert!(noise.abs() < most);
        }
    }
}
