//! `lachan services`: one switch for a service with all its names.

use crate::support::{Done, Place};

fn place() -> Place {
    let place = Place::new();
    place.settings("");
    place.put_ruleset();
    for (name, tier) in [("6A", "thcs"), ("GV", "staff")] {
        let done = place.run(&["groups", "add", name, "--tier", tier]);
        assert_eq!(done.code, 0, "{done:?}");
    }
    place
}

fn services(place: &Place, arguments: &[&str]) -> Done {
    let mut all = vec!["services"];
    all.extend(arguments);
    if ["open", "close"].contains(&arguments[0]) {
        all.extend(["--reason", "thử"]);
    }
    place.run(&all)
}

/// Action and level of Zalo for a group.
fn zalo(place: &Place, group: &str) -> (String, String) {
    let all = services(place, &["list", "--group", group, "--json"]).json();
    let all = all.as_array().unwrap();
    let zalo = all.iter().find(|service| service["id"] == "zalo").unwrap();
    let text = |key: &str| zalo[key].as_str().unwrap().to_owned();
    (text("action"), text("level"))
}

fn check(place: &Place, group: &str, action: &str, level: &str) {
    assert_eq!(zalo(place, group), (action.into(), level.into()), "{group}");
}

fn holding(place: &Place) -> usize {
    let list = place.run(&["exceptions", "list", "--json"]).json();
    list.as_array().unwrap().len()
}

#[test]
fn a_switch_closes_and_opens_for_the_school_or_a_group() {
    let place = place();
    check(&place, "GV", "allow", "tier");
    check(&place, "6A", "block", "tier");
    let done = services(&place, &["close", "zalo"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    check(&place, "GV", "block", "local-exception");
    // The group's own switch is more particular than the school's.
    assert_eq!(services(&place, &["open", "zalo", "--group", "GV"]).err, "");
    check(&place, "GV", "allow", "local-exception");
    check(&place, "6A", "block", "local-exception");
    assert_eq!(holding(&place), 2);
    assert_eq!(
        services(&place, &["reset", "zalo", "--group", "GV"]).code,
        0
    );
    check(&place, "GV", "block", "local-exception");
    assert_eq!(services(&place, &["reset", "zalo"]).code, 0);
    check(&place, "GV", "allow", "tier");
    assert_eq!(services(&place, &["reset", "zalo"]).code, 1);
}

#[test]
fn a_switch_takes_the_place_of_its_opposite() {
    let place = place();
    services(&place, &["close", "zalo"]);
    let again = services(&place, &["close", "zalo"]);
    assert!(again.out.contains("Nothing changed"), "{again:?}");
    assert_eq!(services(&place, &["open", "zalo"]).err, "");
    assert_eq!(holding(&place), 1);
    check(&place, "6A", "allow", "local-exception");
    // One that ends takes the place of one that does not.
    let done = services(&place, &["open", "zalo", "--until", "2031-01-01 08:00"]);
    assert_eq!((done.code, holding(&place)), (0, 1), "{done:?}");
}

#[test]
fn what_a_switch_cannot_do_is_told() {
    let place = place();
    let done = services(&place, &["close", "zalo-x"]);
    assert_eq!(done.code, 2, "{done:?}");
    let done = services(&place, &["open", "zalo", "--group", "9Z"]);
    assert_eq!(done.code, 2, "{done:?}");
    let done = services(&place, &["open", "zalo", "--until", "2020-01-01 08:00"]);
    assert_eq!((done.code, holding(&place)), (1, 0), "{done:?}");
    let done = services(&place, &["open", "zalo", "--role", "teacher"]);
    assert_eq!(done.code, 1, "{done:?}");
    place.run(&["groups", "set", "6A", "--mode", "exam"]);
    let done = services(&place, &["open", "zalo", "--group", "6A"]);
    assert!(
        done.err.contains("decides nothing") && done.err.contains("exam"),
        "{done:?}"
    );
}

#[test]
fn all_services_are_shown_for_a_tier() {
    let place = place();
    let done = services(&place, &["list", "--tier", "thcs"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.lines().count() > 60, "{done:?}");
    assert!(
        done.out.contains("zalo") && done.out.contains("the tier's table"),
        "{done:?}"
    );
    let all = services(&place, &["list", "--json"]).json();
    let unknown = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|service| service["action"].is_null());
    assert_eq!(unknown.count(), 0, "every service has a host to ask for");
}
