//! Score cards over a small book of their own.

use super::*;
use crate::heuristics::{EndingsData, GroupData};
use proptest::prelude::*;

fn group(id: &str, weight: i16, patterns: &[&str]) -> GroupData {
    GroupData {
        id: id.to_owned(),
        weight,
        site_only: false,
        longest: None,
        patterns: patterns.iter().map(ToString::to_string).collect(),
    }
}

fn endings(weight: i16, names: &[&str]) -> EndingsData {
    EndingsData {
        weight,
        names: names.iter().map(ToString::to_string).collect(),
    }
}

fn card(groups: Vec<GroupData>) -> CardData {
    CardData {
        category: Category::new(3).unwrap(),
        threshold: 100,
        numbered_host: 20,
        groups,
        endings: vec![endings(40, &["vip", "bet"]), endings(-40, &["vn"])],
    }
}

fn data() -> HeuristicsData {
    let short = GroupData {
        site_only: true,
        longest: Some(6),
        ..group("short", 100, &["@88$"])
    };
    HeuristicsData {
        exceptions: vec!["doc88.com".into(), "edu.vn".into()],
        doorway: Some(card(vec![
            group("brand", 140, &["kuwin", "|w88"]),
            group("digits", 100, &["##win|", "bet##|"]),
            group("soft", 60, &["xoso", "slot|"]),
            group("innocent", -200, &["windows", "|win10|"]),
            short,
        ])),
        impersonation: Some(card(vec![
            group("brand", 60, &["vietcombank"]),
            group("lure", 60, &["login", "-vn|"]),
        ])),
        ..HeuristicsData::default()
    }
}

fn look(text: &str) -> Found {
    let heuristics = Heuristics::new(&data()).unwrap();
    heuristics.look(&Name::from_text(text).unwrap())
}

/// Expects the part and the points of a door-way; `""` for none.
#[track_caller]
fn check(text: &str, expected: &str) {
    let name = Name::from_text(text).unwrap();
    let sign = look(text).doorway;
    let got = sign.map_or_else(String::new, |sign| {
        format!("{} {}", sign.part(&name), sign.score)
    });
    assert_eq!(got, expected, "{text}");
}

#[test]
fn a_brand_is_found_wherever_it_stands() {
    check("kuwin.com", "kuwin 140");
    check("img.kuwin99.vip", "kuwin 180");
    check("kuwin.12345.example.com", "kuwin 160");
    check("the-w88.biz", "w88 140");
    check("kuw88.example.biz", "");
}

#[test]
fn digits_belong_to_the_part_that_is_shown() {
    check("98win.sh", "98win 100");
    check("bet365.sh", "bet365 100");
    check("a98win.sh", "98win 100");
    check("98wine.sh", "");
}

#[test]
fn soft_words_need_company() {
    check("xoso.com", "");
    check("xoso.bet", "xoso 100");
    check("slot-xoso.bet", "slot 100");
    check("xoso.vn", "");
}

#[test]
fn what_speaks_against_weighs_too() {
    check("windows98win.com", "");
    check("98win.vn", "");
    check("kuwin.vn", "kuwin 100");
}

#[test]
fn a_group_may_want_the_site_itself_and_a_short_label() {
    check("du88.sh", "88 100");
    check("du88.com.vn", "");
    check("du88.example.sh", "");
    check("studio88.sh", "");
}

#[test]
fn nothing_is_guessed_under_an_exception() {
    check("doc88.com", "");
    check("kuwin.doc88.com", "");
    check("kuwin.thcs-le-loi.edu.vn", "");
    check("kuwin.notdoc88.com", "kuwin 140");
}

#[test]
fn a_top_level_domain_betrays_nothing_by_itself() {
    check("vip", "");
    check("anything.vip", "");
    check("kuwin", "");
}

#[test]
fn the_cards_do_not_mix() {
    let found = look("vietcombank-login.com");
    assert!(found.doorway.is_none() && found.impersonation.is_some());
    let found = look("vietcombank-kuwin.com");
    assert!(found.doorway.is_some() && found.impersonation.is_none());
    assert_eq!(look("portal.vietcombank.com"), Found::default());
}

#[test]
fn an_empty_book_guesses_nothing() {
    let heuristics = Heuristics::new(&HeuristicsData::default()).unwrap();
    let name = Name::from_text("kuwin88.vip").unwrap();
    assert_eq!(heuristics.look(&name), Found::default());
}

#[test]
fn every_mistake_is_told() {
    let mut bad = data();
    let doorway = bad.doorway.as_mut().unwrap();
    doorway.threshold = 0;
    doorway
        .groups
        .push(group("brand", 1, &["a", "ok##", "ok##"]));
    doorway.endings.push(endings(1, &["vip", "co.uk", ""]));
    bad.exceptions
        .extend(["no name".into(), "doc88.com".into()]);
    let told = bad.mistakes();
    for expected in [
        BadHeuristics::Threshold,
        BadHeuristics::Twice("brand".into()),
        BadHeuristics::Twice("ok##".into()),
        BadHeuristics::Twice("vip".into()),
        BadHeuristics::Twice("doc88.com".into()),
        BadHeuristics::Ending("co.uk".into()),
        BadHeuristics::Ending(String::new()),
    ] {
        assert!(told.contains(&expected), "{expected}: {told:?}");
    }
    assert!(
        told.iter()
            .any(|one| matches!(one, BadHeuristics::Pattern { .. }))
    );
    assert!(
        told.iter()
            .any(|one| matches!(one, BadHeuristics::Exception { .. }))
    );
    assert_eq!(Heuristics::new(&bad).err(), told.into_iter().next());
}

#[test]
fn there_is_a_bound_on_groups() {
    let groups = (0..65).map(|index| group(&index.to_string(), 1, &["ab"]));
    let many = HeuristicsData {
        doorway: Some(card(groups.collect())),
        ..HeuristicsData::default()
    };
    assert_eq!(
        Heuristics::new(&many).err(),
        Some(BadHeuristics::TooManyGroups(65))
    );
}

proptest! {
    #[test]
    fn any_bytes_of_a_name_are_looked_at_and_always_alike(
        labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..30), 0..8)
    ) {
        let wire = labels.iter().flat_map(|label| {
            let length = u8::try_from(label.len()).unwrap();
            std::iter::once(length).chain(label.iter().copied())
        });
        let mut wire = wire.collect::<Vec<_>>();
        wire.push(0);
        if let Ok((name, _)) = Name::from_wire(&wire) {
            let heuristics = Heuristics::new(&data()).unwrap();
            let found = heuristics.look(&name);
            prop_assert_eq!(found, heuristics.look(&name));
            for sign in found.doorway.iter().chain(&found.impersonation) {
                prop_assert!(!sign.part(&name).is_empty());
            }
        }
    }

    #[test]
    fn a_part_is_a_piece_of_one_label(host in "[a-w0-9-]{0,9}(kuwin|98win|bet365)[0-9]{0,2}\\.(x\\.)?(com|vip)") {
        if let Ok(name) = Name::from_text(&host)
            && let Some(sign) = look(&host).doorway
        {
            let part = sign.part(&name);
            let in_one = host.split('.').any(|label| label.contains(&part));
            prop_assert!(in_one, "{}", part);
        }
    }
}
