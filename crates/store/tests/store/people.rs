//! What people change: groups and exceptions, with their audit entries.

use lachan_policy::book::{Book, BookData};
use lachan_policy::{
    Action, Category, CellChange, Days, GroupId, Mode, ModeSwitch, Name, Period, Role, Scope, Tier,
};
use lachan_store::{
    Act, Change, ExceptionError, GroupError, ImportError, Imported, LONGEST_TEACHER_EXCEPTION,
    Store, Subject, Wish,
};

use crate::support::{Bench, NOW, act, no_devices};

fn group_names(store: &Store) -> Vec<String> {
    let groups = store.reader().unwrap().groups().unwrap();
    groups.into_iter().map(|group| group.name).collect()
}

fn changes(store: &Store) -> Vec<(Change, String)> {
    let entries = store.reader().unwrap().audit(None, 100).unwrap();
    entries
        .into_iter()
        .rev()
        .map(|entry| (entry.change, entry.subject))
        .collect()
}

fn wish(entry: &str) -> Wish {
    let (name, scope) = Scope::parse_entry(entry).unwrap();
    Wish {
        subject: Subject::Name(name.into(), scope),
        allow: true,
        reason: "Bài tập môn Sử".into(),
        group: None,
        until: None,
    }
}

fn teacher() -> Act {
    Act {
        author: "co-lan".into(),
        role: Role::Teacher,
        at: Some(NOW),
    }
}

#[test]
fn a_group_is_kept_whole() {
    let bench = Bench::new();
    let store = bench.open();
    store
        .add_group(
            &act(),
            "Lớp 6A",
            Tier::Thcs,
            vec!["10.0.0.0/24".parse().unwrap()],
        )
        .unwrap();
    let changed = store
        .change_group(&act(), "lớp 6a", |group| {
            group.timetable.periods.push(Period {
                name: "Tiết 1".into(),
                days: Days::SCHOOL,
                from: 420,
                to: 465,
                closed: [Category::new(20).unwrap()].into_iter().collect(),
                close_all: false,
                mode: Some(Mode::OnlineClass),
            });
            group.mode = Some(ModeSwitch {
                mode: Mode::Exam,
                until: Some(NOW + 60),
                by: Role::School,
            });
            group.changes.push(CellChange {
                category: Category::new(22).unwrap(),
                action: Action::Block,
                by: Role::School,
            });
            group.id = GroupId(99); // not theirs to change
        })
        .unwrap();
    assert_eq!(changed.id, GroupId(1));
    drop(store);
    assert_eq!(bench.open().reader().unwrap().groups().unwrap(), [changed]);
}

#[test]
fn every_change_has_its_author_and_what_was_before() {
    let bench = Bench::new();
    let store = bench.open();
    store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    store
        .change_group(&act(), "6A", |group| group.tier = Tier::Thpt)
        .unwrap();
    store.change_group(&act(), "6A", |_| {}).unwrap(); // no change, no entry
    store.remove_group(&act(), "6A").unwrap();
    let entries = store.reader().unwrap().audit(None, 100).unwrap();
    let [removed, changed, added] = entries.try_into().unwrap();
    assert_eq!((added.act.clone(), added.change), (act(), Change::AddGroup));
    assert_eq!(added.before, None);
    assert_eq!(changed.before.unwrap()["tier"], "thcs");
    assert_eq!(changed.after.unwrap()["tier"], "thpt");
    assert_eq!(removed.before.unwrap()["name"], "6A");
    assert_eq!((removed.change, removed.after), (Change::RemoveGroup, None));
}

#[test]
fn names_are_unique_whatever_their_case() {
    let bench = Bench::new();
    let store = bench.open();
    store
        .add_group(&act(), "Lớp ĐẶC BIỆT", Tier::Thcs, vec![])
        .unwrap();
    let error = store
        .add_group(&act(), "lớp đặc biệt", Tier::Thcs, vec![])
        .unwrap_err();
    assert!(matches!(error, GroupError::Taken(_)), "{error}");
    store.add_group(&act(), "6B", Tier::Thcs, vec![]).unwrap();
    let error = store.change_group(&act(), "6B", |group| group.name = "LỚP ĐẶC BIỆT".into());
    assert!(matches!(error.unwrap_err(), GroupError::Taken(_)));
    // Its own name in another case is no clash.
    store
        .change_group(&act(), "6B", |group| group.name = "6b".into())
        .unwrap();
    assert_eq!(group_names(&store), ["Lớp ĐẶC BIỆT", "6b"]);
}

#[test]
fn a_subnet_belongs_to_one_group_and_the_clash_names_both() {
    let bench = Bench::new();
    let store = bench.open();
    let subnet = || vec!["10.0.0.0/24".parse().unwrap()];
    store.add_group(&act(), "6A", Tier::Thcs, subnet()).unwrap();
    let error = store
        .add_group(&act(), "6B", Tier::Thcs, subnet())
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("10.0.0.0/24") && text.contains("6A") && text.contains("6B"),
        "{text}"
    );
    // A subnet inside another is none: the longest prefix wins.
    store
        .add_group(
            &act(),
            "PC",
            Tier::Thcs,
            vec!["10.0.0.7/32".parse().unwrap()],
        )
        .unwrap();
    assert_eq!(group_names(&store), ["6A", "PC"]);
}

#[test]
fn a_period_that_cannot_be_is_refused() {
    let bench = Bench::new();
    let store = bench.open();
    store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    for (days, from, to) in [(0x80, 0, 60), (1, 1440, 60), (1, 0, 1441)] {
        let change = store.change_group(&act(), "6A", move |group| {
            group.timetable.periods.push(Period {
                name: "x".into(),
                days: Days(days),
                from,
                to,
                closed: lachan_policy::CategorySet::EMPTY,
                close_all: true,
                mode: None,
            });
        });
        assert!(
            matches!(change, Err(GroupError::Period(_))),
            "{days} {from} {to}"
        );
    }
}

#[test]
fn a_number_is_never_given_twice_and_a_name_is_free_again() {
    let bench = Bench::new();
    let store = bench.open();
    let first = store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    store.remove_group(&act(), "6A").unwrap();
    let second = store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    assert!(second.id > first.id);
    let error = store.remove_group(&act(), "9Z").unwrap_err();
    assert!(matches!(error, GroupError::Unknown(_)), "{error}");
}

#[test]
fn a_table_is_imported_whole() {
    let bench = Bench::new();
    let store = bench.open();
    let first = "name,tier,subnets\n6A,thcs,10.0.0.0/24\n6B,thcs,10.0.1.0/24\n10C,thpt,\n";
    let added = ["6A", "6B", "10C"].map(str::to_owned).to_vec();
    let imported = store
        .import_groups(&act(), first.as_bytes(), &no_devices)
        .unwrap();
    assert_eq!(
        imported,
        Imported {
            added,
            ..Imported::default()
        }
    );
    // Two groups swap their subnets, one stays, one is new.
    let second = "6A,thcs,10.0.1.0/24\n6B,thcs,10.0.0.0/24\n10C,thpt,\n11A,thpt,\n";
    let imported = store
        .import_groups(&act(), second.as_bytes(), &no_devices)
        .unwrap();
    assert_eq!(imported.changed, ["6A", "6B"]);
    assert_eq!(
        (imported.unchanged, imported.added),
        (vec!["10C".into()], vec!["11A".into()])
    );
    let groups = store.reader().unwrap().groups().unwrap();
    let subnets = groups
        .iter()
        .flat_map(|group| &group.subnets)
        .map(ToString::to_string);
    assert_eq!(subnets.collect::<Vec<_>>(), ["10.0.1.0/24", "10.0.0.0/24"]);
    assert_eq!(changes(&store).len(), 6);
}

#[test]
fn an_import_keeps_the_week_of_a_group_that_exists() {
    let bench = Bench::new();
    let store = bench.open();
    store
        .add_group(
            &act(),
            "6A",
            Tier::Thcs,
            vec!["10.0.0.0/24".parse().unwrap()],
        )
        .unwrap();
    store
        .change_group(&act(), "6A", |group| {
            group.mode = Some(ModeSwitch {
                mode: Mode::Exam,
                until: None,
                by: Role::School,
            });
        })
        .unwrap();
    store
        .import_groups(&act(), b"6A,thpt,10.0.9.0/24\n", &no_devices)
        .unwrap();
    store
        .import_groups(&act(), b"6A,thpt,10.0.9.0/24\n", &no_devices)
        .unwrap();
    let [group] = store
        .reader()
        .unwrap()
        .groups()
        .unwrap()
        .try_into()
        .unwrap();
    assert!(group.mode.is_some() && group.tier == Tier::Thpt);
    assert_eq!(group.subnets[0].to_string(), "10.0.9.0/24");
}

#[test]
fn an_import_with_one_mistake_changes_nothing() {
    let bench = Bench::new();
    let store = bench.open();
    store
        .add_group(
            &act(),
            "GV",
            Tier::Staff,
            vec!["10.0.0.0/24".parse().unwrap()],
        )
        .unwrap();
    let error = store
        .import_groups(&act(), b"6A,thcs,\n6B,lop6,\n", &no_devices)
        .unwrap_err();
    assert!(
        matches!(error, ImportError::Lines(ref lines) if lines.len() == 1),
        "{error}"
    );
    let error = store
        .import_groups(&act(), b"6A,thcs,\n6B,thcs,10.0.0.0/24\n", &no_devices)
        .unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ImportError::Clash(_)) && text.contains("GV") && text.contains("6B"));
    assert_eq!(group_names(&store), ["GV"]);
    assert_eq!(changes(&store).len(), 1);
}

#[test]
fn an_exception_is_ended_and_stays_on_record() {
    let bench = Bench::new();
    let store = bench.open();
    let made = store.add_exception(&act(), wish("*.a.vn")).unwrap();
    let reader = store.reader().unwrap();
    assert_eq!(reader.exceptions().unwrap(), std::slice::from_ref(&made));
    let ended = store.end_exception(&teacher(), made.id).unwrap();
    assert_eq!(
        ended.ended.as_ref().map(|ended| ended.by.as_str()),
        Some("co-lan")
    );
    assert_eq!(reader.exceptions().unwrap(), []);
    assert_eq!(reader.all_exceptions().unwrap(), [ended]);
    let again = store.end_exception(&act(), made.id).unwrap_err();
    assert!(matches!(again, ExceptionError::AlreadyEnded(1)), "{again}");
    let unknown = store.end_exception(&act(), 99).unwrap_err();
    assert!(matches!(unknown, ExceptionError::Unknown(99)), "{unknown}");
    let subject = "1".to_owned();
    let expected = [
        (Change::AddException, subject.clone()),
        (Change::EndException, subject),
    ];
    assert_eq!(changes(&store), expected);
}

#[test]
fn an_exception_takes_the_place_of_another_or_nothing_happens() {
    let bench = Bench::new();
    let store = bench.open();
    let first = store.add_exception(&act(), wish("a.vn")).unwrap();
    let error = store.replace_exceptions(&act(), vec![first.id, 99], wish("b.vn"));
    assert!(matches!(error, Err(ExceptionError::Unknown(99))));
    let reader = store.reader().unwrap();
    assert_eq!(reader.exceptions().unwrap(), std::slice::from_ref(&first));
    let second = store
        .replace_exceptions(&act(), vec![first.id], wish("b.vn"))
        .unwrap();
    assert_eq!(reader.exceptions().unwrap(), [second]);
}

#[test]
fn a_teacher_opens_for_her_group_and_lesson_only() {
    let bench = Bench::new();
    let store = bench.open();
    store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    let check = |group: Option<&str>, until: Option<i64>, allow: bool| {
        let wish = Wish {
            group: group.map(str::to_owned),
            until,
            allow,
            ..wish("a.vn")
        };
        store.add_exception(&teacher(), wish)
    };
    let end = Some(NOW + 2700);
    assert!(matches!(
        check(Some("6A"), None, true),
        Err(ExceptionError::TeacherWithoutEnd)
    ));
    assert!(matches!(
        check(None, end, true),
        Err(ExceptionError::TeacherWithoutGroup)
    ));
    assert!(matches!(
        check(Some("9Z"), end, true),
        Err(ExceptionError::UnknownGroup(_))
    ));
    assert!(matches!(
        check(Some("6A"), Some(NOW), true),
        Err(ExceptionError::EndsInPast)
    ));
    assert_eq!(
        check(Some("6a"), end, true).unwrap().group,
        Some(GroupId(1))
    );
    assert!(matches!(
        check(Some("6A"), None, false),
        Err(ExceptionError::TeacherWithoutEnd)
    ));
    check(Some("6A"), end, false).unwrap();
}

#[test]
fn what_a_teacher_does_ends_within_a_day() {
    let bench = Bench::new();
    let store = bench.open();
    store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    let check = |act: &Act, until: i64, allow: bool| {
        let wish = Wish {
            group: Some("6A".into()),
            until: Some(until),
            allow,
            ..wish("a.vn")
        };
        store.add_exception(act, wish)
    };
    let last = NOW + LONGEST_TEACHER_EXCEPTION;
    for allow in [true, false] {
        for late in [last + 1, i64::MAX] {
            assert!(matches!(
                check(&teacher(), late, allow),
                Err(ExceptionError::TeacherTooLong)
            ));
        }
        check(&teacher(), last, allow).unwrap();
    }
    check(&act(), last + 1, true).unwrap();
    let timeless = Act {
        at: None,
        ..teacher()
    };
    assert!(matches!(
        check(&timeless, last, true),
        Err(ExceptionError::TeacherWithoutClock)
    ));
}

#[test]
fn nobody_opens_or_closes_a_public_suffix_or_a_bare_top_level_domain() {
    let bench = Bench::new();
    let store = bench.open();
    for entry in [
        "vn",
        "com",
        "=com.vn",
        "*.edu.vn",
        "github.io",
        "localhost",
        "khong-co",
    ] {
        for allow in [true, false] {
            let wish = Wish {
                allow,
                ..wish(entry)
            };
            let error = store.add_exception(&act(), wish).unwrap_err();
            assert!(matches!(error, ExceptionError::PublicSuffix(_)), "{entry}");
        }
    }
    assert_eq!(store.reader().unwrap().all_exceptions().unwrap(), []);
    for entry in ["a.vn", "a.edu.vn", "*.a.github.io"] {
        store.add_exception(&act(), wish(entry)).unwrap();
    }
}

#[test]
fn an_author_who_cannot_stand_in_the_log_changes_nothing() {
    let bench = Bench::new();
    let store = bench.open();
    store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    let made = store.add_exception(&act(), wish("a.vn")).unwrap();
    let forged = Act {
        author: "cô Hoa\nschool".into(),
        ..act()
    };
    let group = |error| matches!(error, Some(GroupError::Author(_)));
    let exception = |error| matches!(error, Some(ExceptionError::Author(_)));
    assert!(group(
        store.add_group(&forged, "6B", Tier::Thcs, vec![]).err()
    ));
    assert!(group(store.change_group(&forged, "6A", |_| ()).err()));
    assert!(group(store.remove_group(&forged, "6A").err()));
    assert!(matches!(
        store.import_groups(&forged, b"6C,thcs,\n", &no_devices),
        Err(ImportError::Author(_))
    ));
    assert!(exception(store.add_exception(&forged, wish("b.vn")).err()));
    assert!(exception(store.end_exception(&forged, made.id).err()));
    assert_eq!(changes(&store).len(), 2);
}

#[test]
fn an_exception_needs_a_reason() {
    let bench = Bench::new();
    let store = bench.open();
    for reason in ["", "  \n", &"x".repeat(501)] {
        let wish = Wish {
            reason: reason.into(),
            ..wish("a.vn")
        };
        assert!(matches!(
            store.add_exception(&act(), wish),
            Err(ExceptionError::Reason)
        ));
    }
    for reason in ["thi\nđã duyệt", "\u{1b}[2J", "a\u{7f}"] {
        let wish = Wish {
            reason: reason.into(),
            ..wish("a.vn")
        };
        assert!(matches!(
            store.add_exception(&act(), wish),
            Err(ExceptionError::ReasonCharacter(_))
        ));
    }
}

#[test]
fn a_removed_group_ends_its_exceptions() {
    let bench = Bench::new();
    let store = bench.open();
    store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    store
        .add_exception(
            &act(),
            Wish {
                group: Some("6A".into()),
                ..wish("a.vn")
            },
        )
        .unwrap();
    store.add_exception(&act(), wish("b.vn")).unwrap();
    store.remove_group(&act(), "6A").unwrap();
    assert_eq!(store.reader().unwrap().exceptions().unwrap().len(), 1);
}

#[test]
fn exceptions_become_policy_s_own() {
    let bench = Bench::new();
    let store = bench.open();
    let book = book();
    let subjects = [
        Subject::Name(Name::from_text("a.vn").unwrap().into(), Scope::Exact),
        Subject::Service("zalo".into()),
        Subject::Category(Category::new(20).unwrap()),
        Subject::Service("gone".into()),
    ];
    for subject in subjects {
        store
            .add_exception(
                &act(),
                Wish {
                    subject,
                    ..wish("a.vn")
                },
            )
            .unwrap();
    }
    let stored = store.reader().unwrap().exceptions().unwrap();
    let policy = stored
        .iter()
        .filter_map(|stored| stored.to_policy(&book))
        .collect::<Vec<_>>();
    assert_eq!(
        policy
            .iter()
            .map(|exception| exception.id)
            .collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(policy[1].target, lachan_policy::Target::Service(0));
    store.end_exception(&act(), 1).unwrap();
    let ended = &store.reader().unwrap().all_exceptions().unwrap()[0];
    assert_eq!(ended.to_policy(&book), None);
}

fn book() -> Book {
    let category = |bit: u8, id: &str| {
        serde_json::json!({
            "bit": bit, "number": 1, "id": id, "name": {"vi": "", "en": ""},
            "reason": {"vi": "", "en": ""}
        })
    };
    let tier = |tier: Tier| {
        serde_json::json!({
            "tier": tier, "name": {"vi": "", "en": ""}, "ages": null, "safe_search": "off",
            "youtube": "off", "cells": ["P", "K"]
        })
    };
    let data = serde_json::json!({
        "categories": [category(0, "uncategorised"), category(1, "statutory")],
        "tiers": Tier::ALL.map(tier),
        "services": [{"id": "zalo", "name": {"vi": "", "en": ""}, "category": 0}],
        "engines": [],
        "unsafe_engines_closed": [],
        "modes": {"allowlist_open": [], "online_class_closed": []}
    });
    Book::new(serde_json::from_value::<BookData>(data).unwrap()).unwrap()
}
