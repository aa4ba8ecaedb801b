//! The writer: what it publishes, renews, refuses, and leaves when it is stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lachan_hub::repository::RepositoryError;
use lachan_policy::ruleset::ListClass;
use lachan_sync::bundle::Reason;
use lachan_sync::tuf::RefreshError;

use crate::bed::{DAY, Department, NOW, School, list, sign};

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else {
                found.insert(
                    path.strip_prefix(folder).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                );
            }
        }
    }
    found
}

fn restore(folder: &Path, content: &BTreeMap<PathBuf, Vec<u8>>) {
    let _ = fs::remove_dir_all(folder);
    for (path, bytes) in content {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[tokio::test]
async fn signatures_are_renewed_at_half_of_their_life_and_not_before() {
    let department = Department::new();
    let school = School::new(&department);
    let first = department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    assert!(first.is_changed);
    // The same content a minute later changes no file.
    let before = files(&department.folder());
    let again = department.publish(&[list("co-bac", 1, &["a.vn"])], NOW + 60);
    assert_eq!(
        (again.timestamp, again.snapshot, again.is_changed),
        (first.timestamp, first.snapshot, false)
    );
    assert_eq!(files(&department.folder()), before);
    department
        .writer()
        .renew(&department.online, NOW + 3 * DAY)
        .unwrap();
    assert_eq!(files(&department.folder()), before);
    // After half a week only the timestamp, after a week the snapshot, too.
    let renewed = department
        .writer()
        .renew(&department.online, NOW + 4 * DAY)
        .unwrap();
    assert!(renewed.timestamp > first.timestamp && renewed.snapshot == first.snapshot);
    let renewed = department
        .writer()
        .renew(&department.online, NOW + 8 * DAY)
        .unwrap();
    assert!(renewed.snapshot > first.snapshot && !renewed.is_changed);
    school.refresh(NOW + 14 * DAY).await.unwrap();
    // A hub that is away for longer than the timestamp holds: refused, and good again once it is back.
    assert!(matches!(
        school.refresh(NOW + 16 * DAY).await,
        Err(RefreshError::Expired { .. })
    ));
    let late = department
        .writer()
        .renew(&department.online, NOW + 60 * DAY);
    assert!(
        matches!(late, Err(RepositoryError::Clock { .. })),
        "{late:?}"
    );
    department
        .writer()
        .in_spite_of_the_clock()
        .renew(&department.online, NOW + 60 * DAY)
        .unwrap();
    school.follow(NOW + 60 * DAY).await;
    assert_eq!(school.text("co-bac"), "a.vn\n");
}

#[tokio::test]
async fn a_writer_that_is_stopped_leaves_a_valid_repository() {
    let department = Department::new();
    let folder = department.folder();
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    let old = files(&folder);
    department.publish(&[list("co-bac", 2, &["a.vn", "b.vn"])], NOW + DAY);
    let new = files(&folder);
    let timestamp = PathBuf::from("metadata/timestamp.json");
    let added: Vec<&PathBuf> = new
        .keys()
        .filter(|path| !old.contains_key(*path) && **path != timestamp)
        .collect();
    assert_eq!(added.len(), 3, "list, lists.json, snapshot.json: {added:?}");
    // Any part of the new files beside the old timestamp, then a writer that starts anew.
    for count in 0..=added.len() {
        for reversed in [false, true] {
            let mut part = old.clone();
            let order: Vec<_> = if reversed {
                added.iter().rev().collect()
            } else {
                added.iter().collect()
            };
            for path in order.into_iter().take(count) {
                part.insert((**path).clone(), new[*path].clone());
            }
            restore(&folder, &part);
            let school = School::new(&department);
            school.follow(NOW + DAY).await;
            assert_eq!(school.text("co-bac"), "a.vn\n");
            department.publish(&[list("co-bac", 2, &["a.vn", "b.vn"])], NOW + DAY);
            let prepared = school.follow(NOW + DAY).await;
            assert!(prepared.problems.is_empty(), "{:?}", prepared.problems);
            assert_eq!(school.text("co-bac"), "a.vn\nb.vn\n");
        }
    }
}

#[tokio::test]
async fn a_hub_restored_from_a_backup_goes_on() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    let backup = files(&department.folder());
    for hour in 1..4u32 {
        let names = ["a.vn".to_owned(), format!("b{hour}.vn")];
        let input = list("co-bac", 1 + u64::from(hour), &[&names[0], &names[1]]);
        department.publish(&[input], NOW + 3600 * i64::from(hour));
    }
    school.follow(NOW + DAY).await;
    restore(&department.folder(), &backup);
    // As it lies there it would be a rollback, and the box refuses it …
    assert!(matches!(
        school.refresh(NOW + DAY).await,
        Err(RefreshError::Rollback { .. })
    ));
    // … and with the next publication everything goes on.
    // Its list comes under a version above what the lost days had, as the second of a change is.
    department.publish(&[list("co-bac", 2, &["a.vn", "x.vn"])], NOW + 2 * DAY);
    let prepared = school.prepare(NOW + 2 * DAY).await;
    assert!(matches!(
        prepared.problems[0].reason,
        Reason::Version {
            enforced: 4,
            offered: 2
        }
    ));
    department.publish(&[list("co-bac", 5, &["a.vn", "c.vn"])], NOW + 2 * DAY + 1);
    let prepared = school.follow(NOW + 2 * DAY + 1).await;
    assert!(prepared.problems.is_empty());
    assert_eq!(school.text("co-bac"), "a.vn\nc.vn\n");
}

#[test]
fn what_boxes_would_refuse_is_not_published() {
    let department = Department::new();
    let input = |bend: fn(&mut lachan_hub::repository::ListInput)| {
        let mut input = list("co-bac", 1, &["a.vn"]);
        bend(&mut input);
        let outcome = department.try_publish(&[input], NOW);
        assert!(
            matches!(outcome, Err(RepositoryError::Input { .. })),
            "{outcome:?}"
        );
    };
    input(|list| list.canonical = b"b.vn\na.vn\n".to_vec());
    input(|list| list.canonical = b"A.vn\n".to_vec());
    input(|list| "../x".clone_into(&mut list.id));
    input(|list| list.class = ListClass::Help);
    input(|list| list.class = ListClass::Sealed); // names are no keyed hashes
    let twice = [list("co-bac", 1, &["a.vn"]), list("co-bac", 1, &["b.vn"])];
    assert!(matches!(
        department.try_publish(&twice, NOW),
        Err(RepositoryError::Input { .. })
    ));
    assert!(!department.folder().join("metadata/timestamp.json").exists());
}

#[test]
fn keys_that_nobody_signed_publish_nothing() {
    let mut department = Department::new();
    department.online.lists = lachan_wire::tuf::SigningKey::generate().unwrap().0;
    let outcome = department.try_publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    assert!(
        matches!(&outcome, Err(RepositoryError::OnlineKey { role }) if role == "lists"),
        "{outcome:?}"
    );
    let mut department = Department::new();
    department.online.timestamp = lachan_wire::tuf::SigningKey::generate().unwrap().0;
    let outcome = department.try_publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    assert!(
        matches!(&outcome, Err(RepositoryError::OnlineKey { role }) if role == "timestamp"),
        "{outcome:?}"
    );
    assert!(!department.folder().join("metadata/timestamp.json").exists());
}

#[test]
fn an_offline_file_that_has_ended_is_named() {
    let department = Department::new();
    let outcome = department.try_publish(&[list("co-bac", 1, &["a.vn"])], NOW + 3651 * DAY);
    assert!(
        matches!(&outcome, Err(RepositoryError::Offline { role }) if role == "root"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_new_online_key_takes_over_by_the_ceremony() {
    let mut department = Department::new();
    let school = School::new(&department);
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    school.follow(NOW).await;
    // All four online keys were stolen, and the list's version driven far ahead. New ones, by root and
    // targets.
    department.publish(&[list("co-bac", 1_000_000, &["a.vn"])], NOW + 1);
    school.follow(NOW + 1).await;
    let desk = &department.desk;
    for role in ["lists", "settings", "snapshot", "timestamp"] {
        desk.yes(&format!("make @{role}2 --label {role}2 --no-passphrase"));
    }
    let id = |key: &lachan_wire::tuf::SigningKey| lachan_wire::tuf::Sign::id(key).to_owned();
    let old = &department.online;
    for (file, roles) in [
        (
            "root",
            [
                ("snapshot", id(&old.snapshot)),
                ("timestamp", id(&old.timestamp)),
            ],
        ),
        (
            "targets",
            [("lists", id(&old.lists)), ("settings", id(&old.settings))],
        ),
    ] {
        let mut line = format!("draft-{file} --out @{file}2.json --from @{file}.json --days 3650");
        for (role, old) in &roles {
            line.push_str(&format!(" --remove {role}={old} --key {role}=@{role}2.pub"));
        }
        desk.yes(&line);
        sign(desk, &format!("{file}2"), &["an", "chi"]);
    }
    let writer = department.writer();
    writer.install_root(&desk.read("root2.json")).unwrap();
    writer
        .install("targets", &desk.read("targets2.json"))
        .unwrap();
    // The old keys are of no use any more.
    let outcome = department.try_publish(&[list("co-bac", 2, &["thief.vn"])], NOW + DAY);
    assert!(
        matches!(outcome, Err(RepositoryError::OnlineKey { .. })),
        "{outcome:?}"
    );
    let key = |name: &str| {
        lachan_hub::keys::load(&department.desk.path(name), None)
            .unwrap()
            .key
    };
    department.online = lachan_hub::repository::OnlineKeys {
        lists: key("lists2"),
        settings: key("settings2"),
        snapshot: key("snapshot2"),
        timestamp: key("timestamp2"),
    };
    department.publish(&[list("co-bac", 2, &["a.vn", "b.vn"])], NOW + DAY);
    let prepared = school.follow(NOW + DAY).await;
    assert!(prepared.problems.is_empty());
    assert_eq!(school.text("co-bac"), "a.vn\nb.vn\n");
    // From here on versions count again.
    let back = department.try_publish(&[list("co-bac", 1, &["a.vn"])], NOW + 2 * DAY);
    assert!(
        matches!(back, Err(RepositoryError::Input { .. })),
        "{back:?}"
    );
    let signers = school.bundles().current().unwrap().signers;
    assert_eq!(signers, [id(&department.online.lists)].into());
    // A box that joins another hub lets go of its generations.
    school.bundles().forget_all().unwrap();
    assert!(school.bundles().current().is_none());
    school.bundles().forget_all().unwrap();
}

#[test]
fn what_nothing_names_any_more_goes_after_two_days() {
    let department = Department::new();
    let many: Vec<String> = (0..400).map(|n| format!("{:x}.vn", n * 7919)).collect();
    for day in 0..6 {
        let mut names: Vec<&str> = many.iter().map(String::as_str).collect();
        let more = format!("moi{day}.vn");
        names.push(&more);
        let version = 1 + u64::try_from(day).unwrap();
        department.publish(&[list("co-bac", version, &names)], NOW + day * DAY);
    }
    let count = |folder: &str| {
        fs::read_dir(department.folder().join(folder))
            .unwrap()
            .count()
    };
    // Days 3, 4 and 5 of the list, and the settings.
    assert_eq!(
        count("targets"),
        4,
        "{:?}",
        files(&department.folder()).keys()
    );
    // From each of the five versions before to the newest.
    assert_eq!(count("deltas/co-bac"), 5);
    // Root, targets, firmware, approval, settings, timestamp; three each of lists and snapshot.
    assert_eq!(count("metadata"), 12);
}

#[test]
fn a_list_never_goes_back_to_an_earlier_version() {
    let department = Department::new();
    department.publish(&[list("co-bac", 5, &["a.vn"])], NOW);
    for wrong in [
        list("co-bac", 4, &["a.vn"]),
        list("co-bac", 4, &["b.vn"]),
        list("co-bac", 5, &["b.vn"]),
    ] {
        let refused = department.try_publish(&[wrong], NOW + 60);
        assert!(
            matches!(&refused, Err(RepositoryError::Input { name, problem })
                if name == "co-bac" && problem.contains("cannot follow version 5")),
            "{refused:?}"
        );
    }
    department.publish(&[list("co-bac", 6, &["b.vn"])], NOW + 60);
}

#[test]
fn a_second_publisher_waits_until_the_first_is_done() {
    let department = Department::new();
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    let before = files(&department.folder());
    let lock = fs::File::open(department.desk.path("repository/.lock")).unwrap();
    lock.lock().unwrap();
    let writer = department.writer();
    let busy = |outcome: Result<(), RepositoryError>| {
        assert!(matches!(outcome, Err(RepositoryError::Busy)), "{outcome:?}");
    };
    busy(
        department
            .try_publish(&[list("co-bac", 2, &["b.vn"])], NOW + 9 * DAY)
            .map(drop),
    );
    busy(writer.renew(&department.online, NOW + 9 * DAY).map(drop));
    busy(
        writer
            .install_root(&department.desk.read("root.json"))
            .map(drop),
    );
    busy(
        writer
            .install("targets", &department.desk.read("targets.json"))
            .map(drop),
    );
    busy(writer.install_file("a.raucb", b"a"));
    assert_eq!(files(&department.folder()), before);
    drop(lock);
    department.publish(&[list("co-bac", 2, &["b.vn"])], NOW + 9 * DAY);
}

#[test]
fn publishers_side_by_side_leave_one_repository() {
    let department = Department::new();
    let publish = |version: u64| loop {
        match department.try_publish(&[list("co-bac", 1, &["a.vn"])], NOW + 4 * DAY) {
            Err(RepositoryError::Busy) => std::thread::yield_now(),
            other => {
                other.unwrap_or_else(|error| panic!("{version}: {error:?}"));
                break;
            }
        }
    };
    std::thread::scope(|scope| {
        for version in 0..4 {
            scope.spawn(move || publish(version));
        }
    });
    let left = files(&department.folder());
    assert!(
        left.keys()
            .all(|path| !path.to_string_lossy().ends_with(".new")),
        "{:?}",
        left.keys()
    );
}

#[test]
fn what_a_stopped_writer_left_half_written_goes() {
    let department = Department::new();
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    let half = department
        .folder()
        .join("metadata/.timestamp.json.0011.new");
    fs::write(&half, b"{").unwrap();
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW + 60);
    assert!(!half.exists());
}

#[tokio::test]
async fn a_clock_that_jumped_publishes_nothing_unless_somebody_says_so() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    let before = files(&department.folder());
    for now in [NOW - DAY - 1, NOW + 30 * DAY + 1, 0] {
        let refused = department.try_publish(&[list("co-bac", 2, &["b.vn"])], now);
        assert!(
            matches!(refused, Err(RepositoryError::Clock { .. })),
            "{refused:?}"
        );
        assert_eq!(files(&department.folder()), before);
    }
    // Somebody said so, and was wrong: what was signed a year ahead does not stay once that is noticed,
    // though its end lies far enough away.
    let writer = department.writer().in_spite_of_the_clock();
    let ahead = writer.renew(&department.online, NOW + 365 * DAY).unwrap();
    let back = writer.renew(&department.online, NOW + DAY).unwrap();
    assert!(back.timestamp > ahead.timestamp && back.snapshot > ahead.snapshot);
    let told = school.refresh(NOW + DAY).await.unwrap().freshness;
    let until = NOW + 8 * DAY;
    assert_eq!(told, lachan_sync::tuf::Freshness::Fresh { until });
}

#[tokio::test]
async fn a_lost_snapshot_and_a_slow_clock_roll_nothing_back() {
    let department = Department::new();
    let school = School::new(&department);
    let first = department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    school.follow(NOW).await;
    let metadata = department.folder().join("metadata");
    fs::remove_file(metadata.join(format!("{}.snapshot.json", first.snapshot))).unwrap();
    let again = department.publish(&[list("co-bac", 1, &["a.vn"])], NOW - 3600);
    assert!(again.timestamp > first.timestamp, "{again:?}");
    assert!(again.snapshot > first.snapshot, "{again:?}");
    let prepared = school.follow(NOW).await;
    assert!(prepared.problems.is_empty());
    // Nor does a lost timestamp.
    fs::remove_file(metadata.join("timestamp.json")).unwrap();
    let third = department.publish(&[list("co-bac", 1, &["a.vn"])], NOW - 3600);
    assert!(third.timestamp > again.timestamp, "{third:?}");
    assert!(third.snapshot > again.snapshot, "{third:?}");
    school.follow(NOW).await;
}
