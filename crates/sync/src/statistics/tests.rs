//! What a day's report holds.

use super::noise::testing::Repeatable;
use super::*;
use proptest::prelude::*;

fn day() -> Day {
    Day(jiff::civil::date(2026, 9, 7))
}

fn category(id: &str) -> CategoryId {
    id.parse().unwrap()
}

fn domain() -> Domain {
    let categories = ["adult", "gambling", "games", "social"].map(category);
    Domain::new([Tier::Thcs, Tier::Thpt], categories)
}

fn made(seen: Vec<Seen<'_>>, key: Option<&NameKey>, seed: u64) -> DayReport {
    let domain = domain();
    let whole = Whole {
        day: day(),
        domain: &domain,
        names: key,
        budget: Budget::default(),
    };
    match release(&whole, seen, &mut Sampler::new(Repeatable(seed))) {
        Ok(report) => report,
        Err(never) => match never {},
    }
}

fn devices<'a>(
    range: std::ops::Range<u64>,
    cell: CellIndex,
    name: Option<&'a str>,
) -> Vec<Seen<'a>> {
    let one = |device| Seen {
        device,
        cell,
        attempts: 8,
        name,
    };
    range.map(one).collect()
}

#[test]
fn every_cell_has_a_place_of_its_own() {
    let domain = domain();
    let mut seen = std::collections::BTreeSet::new();
    for (tier, category, channel) in domain.all() {
        let cell = domain.cell(tier, category, channel).unwrap();
        assert!(cell.0 < domain.cells());
        assert!(seen.insert(cell));
    }
    assert_eq!((seen.len(), domain.cells()), (24, 24));
    assert_eq!(
        domain.cell(Tier::MamNon, &category("adult"), Channel::Dns),
        None
    );
    assert_eq!(
        domain.cell(Tier::Thcs, &category("news"), Channel::Dns),
        None
    );
    let twice = Domain::new(
        [Tier::Thcs, Tier::Thcs],
        [category("adult"), category("adult")],
    );
    assert_eq!(twice.cells(), 3);
}

#[test]
fn what_many_do_is_told_about_right() {
    let domain = domain();
    let cell = domain
        .cell(Tier::Thpt, &category("gambling"), Channel::Dns)
        .unwrap();
    let report = made(devices(0..400, cell, None), None, 3);
    let told = report
        .cells
        .iter()
        .find(|told| told.channel.is_some())
        .unwrap();
    assert_eq!(told.tier, Some(Tier::Thpt));
    assert_eq!(told.category, Some(category("gambling")));
    assert_eq!(told.draws, 1);
    assert!((370..=430).contains(&told.devices), "{told:?}");
    // 400 devices with 8 each; the noise's scale is 80.
    assert!((2_200..=4_200).contains(&told.attempts), "{told:?}");
    assert!(told.devices % ROUNDED_TO == 0 && told.attempts % ROUNDED_TO == 0);
    assert_eq!(report.check(), Ok(()));
}

/// One of a hundred days of silence tells of a few cells at most, and all of them small.
#[test]
fn silence_stays_silent() {
    let told: Vec<_> = (0..100)
        .flat_map(|seed| made(Vec::new(), None, seed).cells)
        .collect();
    assert!(told.len() <= 40, "{}", told.len());
    assert!(told.iter().all(|cell| cell.devices <= 60 * cell.draws));
}

#[test]
fn sparse_cells_are_told_together() {
    let names: Vec<_> = (0..40)
        .map(|number| category(&format!("c{number}")))
        .collect();
    let domain = Domain::new([Tier::Thcs], names.clone());
    let mut seen = Vec::new();
    // Twelve devices in each channel of one category: too few alone, enough together.
    for (index, channel) in (0u64..).zip(Channel::ALL) {
        let cell = domain.cell(Tier::Thcs, &names[7], channel).unwrap();
        seen.extend(devices(index * 12..(index + 1) * 12, cell, None));
    }
    let whole = Whole {
        day: day(),
        domain: &domain,
        names: None,
        budget: Budget::default(),
    };
    let together = (0..50).filter(|seed| {
        let report = match release(&whole, seen.clone(), &mut Sampler::new(Repeatable(*seed))) {
            Ok(report) => report,
            Err(never) => match never {},
        };
        let is_whole = |cell: &Cell| cell.channel.is_none() && cell.draws == 3;
        let mut of_it = report
            .cells
            .iter()
            .filter(|cell| cell.category.as_ref() == Some(&names[7]));
        of_it.any(|cell| is_whole(cell) && (15..=60).contains(&cell.devices))
    });
    // In some a channel passes alone, and is told by itself.
    assert!(together.count() >= 30);
}

#[test]
fn a_name_is_told_when_many_asked_for_it_and_never_as_text() {
    let domain = domain();
    let key = NameKey::new(4, [9; 32]).unwrap();
    let cell = domain
        .cell(Tier::Thpt, &category("gambling"), Channel::Dns)
        .unwrap();
    let mut seen = devices(0..120, cell, Some("nha-cai.example"));
    seen.extend(devices(200..215, cell, Some("only-some.example")));
    for seed in 0..20 {
        let report = made(seen.clone(), Some(&key), seed);
        let [told] = report.names[..] else {
            panic!("{:?}", report.names)
        };
        assert_eq!(told.name, key.hash("nha-cai.example"));
        assert!((90..=150).contains(&told.devices));
        let text = serde_json::to_string(&report).unwrap();
        assert!(!text.contains("example"), "{text}");
    }
    assert!(made(seen, None, 1).names.is_empty());
}

#[test]
fn equal_names_have_equal_hashes_under_one_key_only() {
    let [a, b] = [[1; 32], [2; 32]].map(|key| NameKey::new(1, key).unwrap());
    assert_eq!(a.hash("x.vn"), a.hash("x.vn"));
    assert_ne!(a.hash("x.vn"), a.hash("y.vn"));
    assert_ne!(a.hash("x.vn"), b.hash("x.vn"));
    assert!(NameKey::new(0, [1; 32]).is_none());
    // RFC 4231 has no case of this length; Python: hmac.new(b"\x01"*32, b"x.vn", "sha256").hexdigest()[:32].
    assert_eq!(
        String::from(a.hash("x.vn")),
        "22d4044a273b58a57981bad7592b77d1"
    );
    assert_eq!(format!("{a:?}"), "NameKey { number: 1, .. }");
}

#[test]
fn counts_are_rounded_to_fives_and_never_negative() {
    for (count, expected) in [
        (-9, 0),
        (0, 0),
        (2, 0),
        (3, 5),
        (7, 5),
        (8, 10),
        (12, 10),
        (13, 15),
    ] {
        assert_eq!(rounded(count), expected, "{count}");
    }
    assert!(rounded(i64::MAX) >= u32::MAX - 2 * ROUNDED_TO);
}

#[test]
fn a_source_that_fails_tells_nothing() {
    struct Dry;
    impl Bits for Dry {
        type Error = &'static str;
        fn fill(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
            Err("dry")
        }
    }
    let domain = domain();
    let whole = Whole {
        day: day(),
        domain: &domain,
        names: None,
        budget: Budget::default(),
    };
    let refused = release(&whole, Vec::new(), &mut Sampler::new(Dry));
    assert_eq!(refused.unwrap_err(), "dry");
}

proptest! {
    #[test]
    fn every_report_can_be_sent(
        of in proptest::collection::vec((0u64..60, 0usize..24, 0u32..200, 0usize..5), 0..300),
        seed in any::<u64>(),
    ) {
        let names = ["a.vn", "b.vn", "c.vn", "d.vn"];
        let seen = of.into_iter().map(|(device, cell, attempts, name)| Seen {
            device,
            cell: CellIndex(cell),
            attempts,
            name: names.get(name).copied(),
        });
        let key = NameKey::new(1, [7; 32]);
        let report = made(seen.collect(), key.as_ref(), seed);
        prop_assert_eq!(report.check(), Ok(()));
        let read: DayReport = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
        prop_assert_eq!(read, report);
    }

    /// What is told depends on the order of nothing.
    #[test]
    fn the_order_of_the_log_does_not_matter(
        mut of in proptest::collection::vec((0u64..20, 0usize..24, 1u32..9), 1..60),
        seed in any::<u64>(),
    ) {
        let seen = |of: &[(u64, usize, u32)]| of.iter().map(|(device, cell, attempts)| Seen {
            device: *device,
            cell: CellIndex(*cell),
            attempts: *attempts,
            name: None,
        }).collect::<Vec<_>>();
        let first = made(seen(&of), None, seed);
        of.reverse();
        prop_assert_eq!(made(seen(&of), None, seed), first);
    }
}
