//! Named attacks on what a school tells, and how much each gains: never more than what is stated.
//!
//! An attack is a guess, from a day's report or from thirty, whether one device was there. Its *advantage* is how often
//! it says yes when the device was there, less how often it says yes when it was not: 0 is a blind guess, 1 is knowing.
//! The attacker of these tests knows everything else: every other device and what it did.
//!
//! Two bounds are held against it. The stated one follows from ε and δ alone: (e^ε − 1 + 2δ) / (e^ε + 1). The exact one
//! is that of the best attack there can be, on the noisy numbers before threshold and rounding, by convolution of the
//! losses of all draws that the device touches.

#![expect(
    clippy::cast_possible_truncation,
    reason = "losses are whole numbers below a thousand"
)]

use super::noise::testing::Repeatable;
use super::*;

/// Parts of ε in which all losses are whole numbers: a fortieth.
const PARTS: usize = 40;
/// Most losses of a day: 0.4 + 0.25, either way.
const DAY: usize = 26;

fn day() -> Day {
    Day(jiff::civil::date(2026, 9, 7))
}

fn domain() -> Domain {
    Domain::new([Tier::Thcs], ["gambling".parse().unwrap()])
}

fn report(
    seen: Vec<Seen<'_>>,
    key: Option<&NameKey>,
    sampler: &mut Sampler<Repeatable>,
) -> DayReport {
    let domain = domain();
    let whole = Whole {
        day: day(),
        domain: &domain,
        names: key,
        budget: Budget::default(),
    };
    match release(&whole, seen, sampler) {
        Ok(report) => report,
        Err(never) => match never {},
    }
}

/// A class, and one device more that tried as much as anybody can.
fn class(others: u64, with_one: bool, name: Option<&'static str>) -> Vec<Seen<'static>> {
    let cell = CellIndex(0);
    let other = (0..others).map(|device| Seen {
        device,
        cell,
        attempts: 3,
        name: None,
    });
    let one = Seen {
        device: u64::MAX,
        cell,
        attempts: 1_000,
        name,
    };
    other.chain(with_one.then_some(one)).collect()
}

/// How much better than a coin a score tells "there" from "not there", at the best threshold. The threshold is found on
/// one half of the runs and tried on the other, so that luck is not taken for skill.
fn advantage(scores: impl Fn(bool, u64) -> f64, runs: u64) -> f64 {
    let of = |there: bool, from: u64| -> Vec<f64> {
        (from..from + runs)
            .map(|seed| scores(there, seed))
            .collect()
    };
    let (learn, tried) = (
        (of(true, 0), of(false, runs)),
        (of(true, 2 * runs), of(false, 3 * runs)),
    );
    let share = |scores: &[f64], least: f64| {
        let told = scores.iter().filter(|score| **score >= least).count();
        told as f64 / scores.len() as f64
    };
    let gain =
        |(there, not): &(Vec<f64>, Vec<f64>), least: f64| share(there, least) - share(not, least);
    let mut at: Vec<f64> = learn.0.iter().chain(&learn.1).copied().collect();
    at.sort_unstable_by(f64::total_cmp);
    at.dedup();
    let best = at
        .into_iter()
        .max_by(|a, b| gain(&learn, *a).total_cmp(&gain(&learn, *b)));
    best.map_or(0.0, |least| gain(&tried, least))
}

/// Five deviations of a difference of two shares of so many runs.
fn luck(runs: u64) -> f64 {
    5.0 * (0.5 / runs as f64).sqrt()
}

/// What ε and δ allow.
fn stated(epsilon: f64, delta: f64) -> f64 {
    // For large ε, where e^ε is beyond all numbers, the same as tanh(ε / 2).
    (epsilon / 2.0).tanh() + delta
}

/// Probabilities of the privacy loss of one day, from −DAY to DAY fortieths: devices shifted by 1 (scale 2.5: a loss of 16
/// parts either way), attempts by 20 (scale 80: half a part for each attempt, (20 − 2k) / 80 = 20 − 2k half parts).
fn losses_of_a_day() -> Vec<f64> {
    let mut day = vec![0.0; 2 * DAY + 1];
    let of = |shift: i32, scale: f64, parts: f64| {
        let p = (-1.0 / scale).exp();
        let mass = |x: i32| (1.0 - p) / (1.0 + p) * p.powi(x.abs());
        // Beyond these the mass is below 1e-15.
        let end = (40.0 * scale) as i32;
        let mut losses = BTreeMap::new();
        for x in -end..=end {
            // Seen is `shift + x`; without the device it would have been x = shift + x.
            let loss = f64::from((shift + x).abs() - x.abs()) / scale * parts;
            *losses.entry(loss.round() as i32).or_insert(0.0) += mass(x);
        }
        losses
    };
    for (a, p) in of(1, 2.5, PARTS as f64) {
        // Rounded away from nothing: the bound may only grow by that.
        for (b, q) in of(20, 80.0, PARTS as f64) {
            let index = a + b + DAY as i32;
            day[usize::try_from(index).unwrap()] += p * q;
        }
    }
    day
}

/// The advantage of the best attack on so many days: Σ over losses L of P(L) · (1 − e^−L), where L > 0.
fn best_attack(days: usize) -> f64 {
    let day = losses_of_a_day();
    let mut all = vec![1.0];
    for _ in 0..days {
        let mut next = vec![0.0; all.len() + day.len() - 1];
        for (i, p) in all.iter().enumerate() {
            for (j, q) in day.iter().enumerate() {
                next[i + j] += p * q;
            }
        }
        all = next;
    }
    let middle = all.len() / 2;
    let gain = |(index, p): (usize, &f64)| {
        let loss = (index as f64 - middle as f64) / PARTS as f64;
        p * (1.0 - (-loss).exp()).max(0.0)
    };
    all.iter().enumerate().map(gain).sum()
}

fn told(report: &DayReport) -> (f64, f64) {
    let sum = |of: fn(&Cell) -> u32| report.cells.iter().map(|cell| f64::from(of(cell))).sum();
    (sum(|cell| cell.devices), sum(|cell| cell.attempts))
}

#[test]
fn the_bounds_are_what_they_are_said_to_be() {
    // One draw of scale 1/ε, shifted by 1, is randomized response: tanh(ε / 2) exactly. On one day the attempts, which lose
    // less than the devices whatever is drawn, never turn the best guess.
    let one = best_attack(1);
    assert!((one - (0.2f64).tanh()).abs() < 1e-6, "{one}");
    assert!(one < stated(1.0, 1e-6));
    let thirty = best_attack(30);
    assert!(thirty > one && thirty < 1.0, "{thirty}");
    let (epsilon, delta) = Budget::default().over(30);
    assert!(thirty <= stated(epsilon, delta));
    assert!((losses_of_a_day().iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

/// Differencing: all but one are known, so the rest is the one.
#[test]
fn differencing_gains_no_more_than_stated() {
    const RUNS: u64 = 4_000;
    let attack = |there, seed| {
        let report = report(
            class(42, there, None),
            None,
            &mut Sampler::new(Repeatable(seed)),
        );
        told(&report).0
    };
    let gained = advantage(attack, RUNS);
    let most = Budget::default().epsilon();
    assert!(gained <= stated(most, 1e-6) + luck(RUNS), "{gained}");
    assert!(gained <= best_attack(1) + luck(RUNS), "{gained}");
    // The attack is a real one: on the exact count it would always win.
    let exact = |there: bool, _| if there { 43.0 } else { 42.0 };
    assert!((advantage(exact, 100) - 1.0).abs() < 1e-9);
}

/// One device against all others: with all that it may give, in every number at once.
#[test]
fn one_against_all_gains_no_more_than_stated() {
    const RUNS: u64 = 4_000;
    let key = NameKey::new(1, [5; 32]).unwrap();
    let attack = |there, seed| {
        let seen = class(60, there, Some("its-own.example"));
        let report = report(seen, Some(&key), &mut Sampler::new(Repeatable(seed)));
        let (devices, attempts) = told(&report);
        // The likelihood of both numbers together, and its own name beyond all doubt.
        devices / 2.5 + attempts / 80.0 + report.names.len() as f64 * 1e6
    };
    let gained = advantage(attack, RUNS);
    assert!(gained <= stated(1.0, 1e-6) + luck(RUNS), "{gained}");
    assert!(gained <= best_attack(1) + 1e-6 + luck(RUNS), "{gained}");
}

/// Small groups: whether a class of three did anything at all.
#[test]
fn a_small_group_is_not_seen() {
    const RUNS: u64 = 4_000;
    let attack = |there: bool, seed| {
        let seen = class(if there { 3 } else { 0 }, false, None);
        told(&report(seen, None, &mut Sampler::new(Repeatable(seed)))).0
    };
    let gained = advantage(attack, RUNS);
    // Three devices: three times the ε of the numbers. In truth far less, for the threshold hides what is small.
    assert!(gained <= stated(3.0, 3e-6) + luck(RUNS), "{gained}");
    assert!(gained <= 0.05 + luck(RUNS), "{gained}");
}

/// Repeated days: the same device, every day of six weeks, and an attacker who adds the days up.
#[test]
fn repeated_days_gain_no_more_than_stated() {
    const RUNS: u64 = 250;
    const DAYS: usize = 30;
    let attack = |there, seed| {
        let mut sampler = Sampler::new(Repeatable(seed));
        let days = (0..DAYS).map(|_| {
            let (devices, attempts) = told(&report(class(45, there, None), None, &mut sampler));
            devices / 2.5 + attempts / 80.0
        });
        days.sum()
    };
    let gained = advantage(attack, RUNS);
    let (epsilon, delta) = Budget::default().over(30);
    assert!(gained <= stated(epsilon, delta) + luck(RUNS), "{gained}");
    assert!(gained <= best_attack(DAYS) + luck(RUNS), "{gained}");
    // It gains more than on one day: adding days up is a real attack, and why the total of a term is stated.
    assert!(gained > 0.3, "{gained}");
}

/// A name that one device alone asked for: told less often than δ, so never in so few days.
#[test]
fn a_name_of_one_device_is_not_told() {
    let key = NameKey::new(1, [5; 32]).unwrap();
    let mut sampler = Sampler::new(Repeatable(99));
    let told = (0..20_000).filter(|_| {
        let seen = class(0, true, Some("its-own.example"));
        !report(seen, Some(&key), &mut sampler).names.is_empty()
    });
    assert_eq!(told.count(), 0);
}

/// Noise is drawn once a day and cell: a second release of the same day would halve it. The report of a day is the same
/// bytes for whoever asks, because it is kept; this shows why.
#[test]
fn drawing_again_would_give_more_away() {
    const RUNS: u64 = 1_500;
    let averaged = |times: usize| {
        let attack = move |there, seed| {
            let mut sampler = Sampler::new(Repeatable(seed));
            let days =
                (0..times).map(|_| told(&report(class(44, there, None), None, &mut sampler)).0);
            days.sum::<f64>()
        };
        advantage(attack, RUNS)
    };
    let (once, often) = (averaged(1), averaged(40));
    assert!(often > once + 0.2, "{once} {often}");
}
