//! A box that follows: deltas, whole lists, approvals, sticks, and what it does not take.

use std::collections::BTreeMap;
use std::fs;
use std::future::Future as _;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use lachan_hub::repository::ListInput;
use lachan_lists::compile::{Compiler, Options};
use lachan_lists::import;
use lachan_policy::ruleset::ListClass;
use lachan_sync::bundle::{How, Prepared, Reason, Why, settings, update};
use lachan_sync::tuf::{
    Client, Clock, Fetch, FetchError, Folder, Freshness, Patience, Settings, Store, Take,
};
use lachan_wire::tuf::{MetaFile, Sign, Signed, Snapshot, Target, Targets, Timestamp, encode};

use crate::bed::{DAY, Department, NOW, School, list, wish};

/// Names enough that a delta is smaller than the list.
fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("{:x}.vn", (n * 7919) % 65_521))
        .collect()
}

fn many(version: u64, count: usize) -> ListInput {
    let names = names(count);
    list(
        "co-bac",
        version,
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

#[tokio::test]
async fn the_first_time_whole_then_by_deltas_then_not_at_all() {
    let department = Department::new();
    let school = School::new(&department);
    let other = list("game", 1, &["g.vn"]);
    department.publish(&[many(1, 3000), other.clone()], NOW);
    let prepared = school.follow(NOW).await;
    assert!(prepared.problems.is_empty());
    assert!(matches!(prepared.by_id()["co-bac"].how, How::Full { .. }));
    department.publish(&[many(2, 3002), other.clone()], NOW + DAY);
    let prepared = school.follow(NOW + DAY).await;
    let change = prepared.by_id()["co-bac"].clone();
    let How::Delta {
        bytes,
        added,
        removed,
    } = change.how
    else {
        panic!("{change:?}")
    };
    assert_eq!(
        (added, removed, change.before, change.after),
        (2, 0, Some(3000), 3002)
    );
    assert!(bytes < 150, "{bytes}");
    assert_eq!(prepared.by_id()["game"].how, How::Same);
    assert_eq!(school.text("co-bac").lines().count(), 3002);
    // A box that was away for many versions comes by one delta.
    for day in 2..20 {
        department.publish(
            &[
                many(day, 3000 + usize::try_from(day).unwrap()),
                other.clone(),
            ],
            NOW + i64::try_from(day).unwrap() * DAY,
        );
    }
    let prepared = school.follow(NOW + 20 * DAY).await;
    let How::Delta {
        added: 17,
        removed: 0,
        ..
    } = prepared.by_id()["co-bac"].how
    else {
        panic!("{:?}", prepared.changes)
    };
    let prepared = school.prepare(NOW + 20 * DAY).await;
    assert!(!prepared.is_different() && prepared.fetched() == 0);
}

#[tokio::test]
async fn a_delta_that_is_bent_or_missing_costs_a_whole_list_and_no_more() {
    let department = Department::new();
    for kind in 0..3 {
        let school = School::new(&department);
        let version = 10 * kind + 1;
        let day = i64::try_from(kind).unwrap() * 10;
        let start = NOW + day * DAY;
        department.publish(&[many(version, 3000)], start);
        school.follow(start).await;
        department.publish(&[many(version + 1, 3100)], start + DAY);
        let folder = department.folder().join("deltas/co-bac");
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let mut bytes = fs::read(&path).unwrap();
            match kind {
                0 => bytes.truncate(bytes.len() / 2),
                1 => bytes = b"<html>".repeat(100_000),
                _ => bytes[80..].reverse(),
            }
            fs::write(path, bytes).unwrap();
        }
        let prepared = school.follow(start + DAY).await;
        assert!(prepared.problems.is_empty());
        assert!(
            matches!(prepared.by_id()["co-bac"].how, How::Full { .. }),
            "{kind}"
        );
        assert_eq!(school.text("co-bac").lines().count(), 3100);
        // Back to the start for the next kind.
        fs::remove_dir_all(department.desk.path("repository/history")).unwrap();
        fs::remove_dir_all(department.folder().join("deltas")).unwrap();
    }
}

#[tokio::test]
async fn a_list_that_does_not_come_keeps_its_old_version_and_stops_no_other() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(
        &[list("co-bac", 1, &["a.vn"]), list("game", 1, &["g.vn"])],
        NOW,
    );
    school.follow(NOW).await;
    department.publish(
        &[
            list("co-bac", 2, &["a.vn", "b.vn"]),
            list("game", 2, &["g.vn", "h.vn"]),
        ],
        NOW + DAY,
    );
    let old: Vec<_> = fs::read_dir(department.folder().join("targets"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    for path in old
        .iter()
        .filter(|path| path.to_string_lossy().ends_with("co-bac.list.zst"))
    {
        fs::write(path, b"rubbish").unwrap();
    }
    let prepared = school.follow(NOW + DAY).await;
    assert_eq!(prepared.problems.len(), 1);
    assert!(
        matches!(prepared.problems[0].reason, Reason::Download(_)),
        "{:?}",
        prepared.problems
    );
    assert_eq!(school.text("co-bac"), "a.vn\n");
    assert_eq!(school.text("game"), "g.vn\nh.vn\n");
    // Once it can come, it comes, though the snapshot is the same.
    fs::remove_dir_all(department.folder().join("targets")).unwrap();
    department.publish(
        &[
            list("co-bac", 2, &["a.vn", "b.vn"]),
            list("game", 2, &["g.vn", "h.vn"]),
        ],
        NOW + DAY,
    );
    school.follow(NOW + DAY).await;
    assert_eq!(school.text("co-bac"), "a.vn\nb.vn\n");
}

/// The lists as they are published now.
fn published(department: &Department) -> BTreeMap<String, Target> {
    let metadata = department.folder().join("metadata");
    let of = |role: &str, version: u64| {
        fs::read(metadata.join(format!("{version}.{role}.json"))).unwrap()
    };
    let timestamp = fs::read(metadata.join("timestamp.json")).unwrap();
    let timestamp = Signed::<Timestamp>::parse(&timestamp).unwrap().content;
    let version = timestamp.snapshot().unwrap().version;
    let snapshot = Signed::<Snapshot>::parse(&of("snapshot", version))
        .unwrap()
        .content;
    let version = snapshot.meta["lists.json"].version;
    Signed::<Targets>::parse(&of("lists", version))
        .unwrap()
        .content
        .targets
}

/// Publishes what somebody does who has all online keys and a program of their own.
fn forge(department: &Department, bend: impl FnOnce(&mut BTreeMap<String, Target>)) {
    let metadata = department.folder().join("metadata");
    let of = |role: &str, version: u64| metadata.join(format!("{version}.{role}.json"));
    let timestamp_path = metadata.join("timestamp.json");
    let timestamp = fs::read(&timestamp_path).unwrap();
    let mut timestamp = Signed::<Timestamp>::parse(&timestamp).unwrap().content;
    let version = timestamp.snapshot().unwrap().version;
    let snapshot = fs::read(of("snapshot", version)).unwrap();
    let mut snapshot = Signed::<Snapshot>::parse(&snapshot).unwrap().content;
    let version = snapshot.meta["lists.json"].version;
    let lists = fs::read(of("lists", version)).unwrap();
    let mut lists = Signed::<Targets>::parse(&lists).unwrap().content;
    bend(&mut lists.targets);
    lists.head.version += 1;
    let bytes = encode(&lists, &[&department.online.lists as &dyn Sign]).unwrap();
    fs::write(of("lists", lists.head.version), &bytes).unwrap();
    let meta = MetaFile::of(lists.head.version, &bytes);
    snapshot.meta.insert("lists.json".to_owned(), meta);
    snapshot.head.version += 1;
    let bytes = encode(&snapshot, &[&department.online.snapshot as &dyn Sign]).unwrap();
    fs::write(of("snapshot", snapshot.head.version), &bytes).unwrap();
    let meta = MetaFile::of(snapshot.head.version, &bytes);
    timestamp.meta.insert("snapshot.json".to_owned(), meta);
    timestamp.head.version += 1;
    let bytes = encode(&timestamp, &[&department.online.timestamp as &dyn Sign]).unwrap();
    fs::write(timestamp_path, bytes).unwrap();
}

/// Approvals of both keys over a list of the desk.
fn approved(department: &Department, mut input: ListInput) -> ListInput {
    fs::write(department.desk.path("list"), &input.canonical).unwrap();
    let class = serde_json::to_value(input.class).unwrap();
    let (id, category, class, version) = (
        &input.id,
        &input.category,
        class.as_str().unwrap(),
        input.version,
    );
    let sign = |signer: &str| {
        department.desk.yes(&format!(
            "approve --list {id} --file @list --category {category} --class {class} --version {version} --key @{signer} --out @approval"
        ));
        serde_json::from_slice(&department.desk.read("approval")).unwrap()
    };
    input.approvals = ["an", "binh"].map(sign).to_vec();
    input
}

fn holds(prepared: &Prepared) -> Vec<(String, Vec<Why>)> {
    let holds = prepared.holds().into_iter();
    holds.map(|hold| (hold.list, hold.why)).collect()
}

#[tokio::test]
async fn an_approval_of_last_year_cannot_be_used_again() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[many(1, 3000)], NOW);
    school.follow(NOW).await;
    // Once the list was emptied, and that was approved; then it was filled again.
    let emptied = approved(&department, list("co-bac", 2, &[]));
    department.publish(&[emptied], NOW + DAY);
    let old = published(&department);
    let prepared = school.follow(NOW + DAY).await;
    assert_eq!(holds(&prepared), []);
    assert_eq!(school.text("co-bac"), "");
    department.publish(&[many(3, 3000)], NOW + 2 * DAY);
    school.follow(NOW + 2 * DAY).await;
    // The thief publishes the approved emptiness again.
    forge(&department, |targets| *targets = old.clone());
    let prepared = school.follow(NOW + 2 * DAY).await;
    let problem = &prepared.problems[0];
    assert!(
        matches!(
            problem.reason,
            Reason::Version {
                enforced: 3,
                offered: 2
            }
        ),
        "{problem:?}"
    );
    assert_eq!(
        (problem.list.as_deref(), problem.enforced),
        (Some("co-bac"), Some(3))
    );
    assert_eq!(school.text("co-bac").lines().count(), 3000);
    // … or under the number of today: other content under one version, and an approval of another.
    forge(&department, |targets| {
        let custom = targets
            .get_mut("co-bac.list.zst")
            .unwrap()
            .custom
            .as_mut()
            .unwrap();
        custom["list"]["version"] = 3.into();
    });
    let prepared = school.follow(NOW + 2 * DAY).await;
    assert!(matches!(
        prepared.problems[0].reason,
        Reason::Version {
            enforced: 3,
            offered: 3
        }
    ));
    forge(&department, |targets| {
        let custom = targets
            .get_mut("co-bac.list.zst")
            .unwrap()
            .custom
            .as_mut()
            .unwrap();
        custom["list"]["version"] = 4.into();
    });
    let prepared = school.prepare(NOW + 2 * DAY).await;
    assert!(prepared.problems.is_empty());
    assert_eq!(
        holds(&prepared),
        [("co-bac".to_owned(), vec![Why::Dropped { before: 3000 }])]
    );
}

#[tokio::test]
async fn another_class_or_category_alone_is_a_change_and_is_held() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[list("co-bac", 1, &["a.vn", "b.vn"])], NOW);
    school.follow(NOW).await;
    let mut renamed = list("co-bac", 1, &["a.vn", "b.vn"]);
    renamed.name_en = "Betting".to_owned();
    department.publish(&[renamed], NOW + 1);
    assert!(!school.follow(NOW + 1).await.is_different());
    let mut moved = list("co-bac", 2, &["a.vn", "b.vn"]);
    moved.category = "games".to_owned();
    moved.class = ListClass::Correction;
    department.publish(std::slice::from_ref(&moved), NOW + 2);
    let prepared = school.prepare(NOW + 2).await;
    let change = prepared.by_id()["co-bac"];
    assert!(prepared.is_different());
    assert_eq!(change.how, How::Same);
    assert_eq!(
        change.class_change(),
        Some((ListClass::Own, ListClass::Correction))
    );
    assert_eq!(change.category_change(), Some(("gambling", "games")));
    let class = Why::Class {
        before: ListClass::Own,
        after: ListClass::Correction,
    };
    assert_eq!(
        holds(&prepared),
        [("co-bac".to_owned(), vec![class, Why::Category])]
    );
    // What the offline keys approve is let through, and is still a change.
    department.publish(&[approved(&department, moved)], NOW + 3);
    let prepared = school.prepare(NOW + 3).await;
    assert!(prepared.is_different());
    assert_eq!(holds(&prepared), []);
}

#[tokio::test]
async fn a_list_is_dropped_by_an_approved_version_without_entries() {
    let department = Department::new();
    let school = School::new(&department);
    let (kept, game) = (list("co-bac", 1, &["a.vn"]), list("game", 1, &["g.vn"]));
    let mut kin = crate::bed::of_bytes("kin", 1, lachan_lists::canonical::sealed([1, 2, 3]));
    kin.class = ListClass::Sealed;
    department.publish(&[kept.clone(), game, kin.clone()], NOW);
    school.follow(NOW).await;
    // Two that vanish, one of them sealed: held.
    department.publish(std::slice::from_ref(&kept), NOW + 1);
    let prepared = school.prepare(NOW + 1).await;
    let held = prepared.holds();
    assert_eq!(held.len(), 2, "{held:?}");
    for (hold, id, before, is_sealed) in [(&held[0], "game", 1, false), (&held[1], "kin", 3, true)]
    {
        assert_eq!((hold.list.as_str(), hold.is_sealed), (id, is_sealed));
        assert_eq!(hold.why, [Why::Dropped { before }]);
    }
    // Emptied and approved, then gone: not held.
    let tombstone = approved(&department, list("game", 2, &[]));
    department.publish(&[kept.clone(), tombstone, kin.clone()], NOW + 2);
    let prepared = school.follow(NOW + 2).await;
    assert_eq!(holds(&prepared), []);
    department.publish(&[kept, kin], NOW + 3);
    let prepared = school.follow(NOW + 3).await;
    assert_eq!(prepared.dropped.len(), 1);
    assert_eq!(holds(&prepared), []);
}

#[tokio::test]
async fn a_whole_list_is_compared_with_the_one_before() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[many(1, 3000)], NOW);
    school.follow(NOW).await;
    // As many names as before, but others; a delta is no smaller, so there is none that would tell.
    let names: Vec<String> = (0..3000).map(|n| format!("khac{n}.vn")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    department.publish(&[list("co-bac", 2, &names)], NOW + 1);
    let prepared = school.prepare(NOW + 1).await;
    let change = prepared.by_id()["co-bac"];
    assert!(matches!(change.how, How::Full { .. }));
    assert_eq!((change.removed, change.added), (3000, 3000));
    let loss = Why::Loss {
        before: 3000,
        removed: 3000,
    };
    assert_eq!(holds(&prepared), [("co-bac".to_owned(), vec![loss])]);
}

#[tokio::test]
async fn one_list_of_a_later_program_stops_no_other_and_is_told_since_when() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(
        &[list("co-bac", 1, &["a.vn"]), list("game", 1, &["g.vn"])],
        NOW,
    );
    let first = school.follow(NOW).await;
    assert_eq!(first.enforces, Some(first.generation.snapshot));
    let mut later = list("game", 2, &["g.vn", "h.vn"]);
    later.category = "later".to_owned();
    let mut new = list("moi", 1, &["m.vn"]);
    new.category = "later".to_owned();
    department.publish(
        &[list("co-bac", 2, &["b.vn"]), later.clone(), new],
        NOW + DAY,
    );
    let prepared = school.follow(NOW + DAY).await;
    assert_eq!(school.text("co-bac"), "b.vn\n");
    assert_eq!(school.text("game"), "g.vn\n");
    let told: Vec<_> = prepared
        .problems
        .iter()
        .map(|problem| {
            assert!(matches!(&problem.reason, Reason::Category(id) if id == "later"));
            (
                problem.list.as_deref().unwrap(),
                problem.enforced,
                problem.since,
            )
        })
        .collect();
    assert_eq!(
        told,
        [("game", Some(1), NOW + DAY), ("moi", None, NOW + DAY)]
    );
    // As long as a problem stands the snapshot is not enforced, also after a restart.
    assert_eq!(prepared.enforces, None);
    let current = school.bundles().current().unwrap();
    assert_eq!((current.enforced(), current.is_whole), (None, false));
    assert_eq!(current.list("game").unwrap().about.version, 1);
    // The next day nothing is new, and the day on which it began is still known.
    let prepared = school.prepare(NOW + 2 * DAY).await;
    school.bundles().refuse(&prepared.generation).unwrap();
    assert_eq!(prepared.problems[0].since, NOW + DAY);
    // A program that knows the category takes it, and all is well.
    department.publish(
        &[list("co-bac", 2, &["b.vn"]), list("game", 3, &["g.vn"])],
        NOW + 3 * DAY,
    );
    let prepared = school.follow(NOW + 3 * DAY).await;
    assert!(prepared.problems.is_empty() && school.bundles().behind().is_empty());
    assert_eq!(prepared.enforces, Some(prepared.generation.snapshot));
}

/// A source that has everything at once, so that nothing but the work itself can make an update wait.
struct Ready(std::path::PathBuf);

impl Ready {
    fn bytes(&self, path: &str) -> Result<Vec<u8>, FetchError> {
        Ok(fs::read(self.0.join(path))?)
    }
}

impl Fetch for Ready {
    async fn whole(&self, path: &str, _: u64) -> Result<Vec<u8>, FetchError> {
        self.bytes(path)
    }
    async fn pieces(&self, path: &str, from: u64, take: &mut Take<'_>) -> Result<(), FetchError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let _ = take(&self.bytes(path)?[from..]);
        Ok(())
    }
}

#[tokio::test]
async fn unpacking_and_hashing_leave_the_runtimes_thread_to_others() {
    let department = Department::new();
    let school = School::new(&department);
    let root = department.writer().root_bytes().unwrap();
    let store = Store::new(school.path().join("trusted"));
    let mut client = Client::open(
        Ready(department.folder()),
        store,
        &root,
        Settings::default(),
    )
    .unwrap();
    for (version, is_delta) in [(1, false), (2, true)] {
        department.publish(
            &[many(version, 3000 + usize::try_from(version).unwrap())],
            NOW + i64::try_from(version).unwrap(),
        );
        let clock = Clock {
            now: NOW,
            is_trusted: true,
        };
        let outcome = client.refresh(clock, Patience::None).await.unwrap();
        let bundles = school.bundles();
        let wish = wish(outcome.versions.snapshot, NOW);
        let mut work = std::pin::pin!(update(&mut client, &bundles, &wish));
        let mut waits = 0;
        let prepared = std::future::poll_fn(|context| {
            let polled = work.as_mut().poll(context);
            waits += u32::from(polled.is_pending());
            polled
        })
        .await
        .unwrap();
        assert_eq!(
            matches!(prepared.changes[0].how, How::Delta { .. }),
            is_delta
        );
        assert!(waits > 0);
        school.bundles().accept(&prepared.generation).unwrap();
    }
}

#[tokio::test]
async fn a_stolen_key_of_lists_cannot_publish_a_class_of_the_program() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    school.follow(NOW).await;
    department.publish(&[list("co-bac", 2, &["evil.vn"])], NOW + 10);
    // The thief has all online keys and writes what the hub's writer would refuse.
    forge(&department, |targets| {
        let custom = targets
            .get_mut("co-bac.list.zst")
            .unwrap()
            .custom
            .as_mut()
            .unwrap();
        custom["list"]["class"] = "help".into();
    });
    let prepared = school.follow(NOW + 20).await;
    assert!(
        matches!(prepared.problems[0].reason, Reason::Class),
        "{:?}",
        prepared.problems
    );
    assert_eq!(school.text("co-bac"), "a.vn\n");
}

#[tokio::test]
async fn an_approval_by_the_offline_keys_is_seen() {
    let department = Department::new();
    let school = School::new(&department);
    let mut input = many(7, 3000);
    fs::write(department.desk.path("list"), &input.canonical).unwrap();
    for (signers, expected) in [
        (vec!["an"], false),
        (vec!["an", "chi"], false),
        (vec!["an", "binh"], true),
    ] {
        input.approvals = signers
            .iter()
            .map(|signer| {
                department.desk.yes(&format!(
                    "approve --list co-bac --file @list --category gambling --class own --version 7 --key @{signer} --out @approval.{signer}"
                ));
                serde_json::from_slice(&department.desk.read(&format!("approval.{signer}"))).unwrap()
            })
            .collect();
        department.publish(std::slice::from_ref(&input), NOW);
        let prepared = school.prepare(NOW).await;
        assert_eq!(
            prepared.by_id()["co-bac"].is_approved,
            expected,
            "{signers:?}"
        );
    }
    input.version = 8;
    department.publish(&[input], NOW);
    assert!(!school.prepare(NOW).await.by_id()["co-bac"].is_approved);
}

#[tokio::test]
async fn a_generation_compiles_as_it_lies_there() {
    let department = Department::new();
    let school = School::new(&department);
    let mut sealed = crate::bed::of_bytes("kin", 1, lachan_lists::canonical::sealed([1, 2, 3]));
    sealed.class = ListClass::Sealed;
    let mixed = list(
        "co-bac",
        1,
        &[
            "!b.a.vn",
            "*.c.vn",
            "=d.vn",
            "a.vn",
            "1.2.3.4",
            "a.vn/x",
            "~sex[a-z]",
        ],
    );
    department.publish(&[mixed, sealed], NOW);
    let prepared = school.follow(NOW).await;
    assert!(prepared.problems.is_empty(), "{:?}", prepared.problems);
    let rules = lachan_lists::rules::Rules::load(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules"),
    )
    .unwrap();
    let imports =
        import::manifest(&prepared.generation.manifest(), |id| rules.category(id)).unwrap();
    assert_eq!(imports.len(), 2);
    assert_eq!(imports[0].spec.info.source, "Cờ bạc \"mới\"");
    let target = school.path().join("ruleset");
    let mut compiler = Compiler::new(rules.book.clone(), &target, Options::default()).unwrap();
    let mut items = 0;
    for wanted in &imports {
        let mut refused = |list: &str, line| panic!("{list}: {line}");
        items += import::import(&mut compiler, wanted, &mut refused)
            .unwrap()
            .items();
    }
    assert_eq!(items, 7);
}

/// A folder whose line breaks once in the middle of a file.
struct Breaking(Folder, AtomicU64);

impl Fetch for Breaking {
    async fn whole(&self, path: &str, most: u64) -> Result<Vec<u8>, FetchError> {
        self.0.whole(path, most).await
    }
    async fn pieces(&self, path: &str, from: u64, take: &mut Take<'_>) -> Result<(), FetchError> {
        let most = self.1.swap(u64::MAX, Ordering::SeqCst);
        let mut cut = |piece: &[u8]| {
            let end = usize::try_from(most).unwrap_or(usize::MAX).min(piece.len());
            let _ = take(&piece[..end]);
            if most == u64::MAX {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        self.0.pieces(path, from, &mut cut).await
    }
}

#[tokio::test]
async fn a_whole_list_that_was_cut_off_goes_on_with_the_next_update() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[many(1, 3000)], NOW);
    let store = Store::new(school.path().join("trusted"));
    let source = Breaking(Folder::new(department.folder()), AtomicU64::new(1000));
    let root = department.writer().root_bytes().unwrap();
    let mut client = Client::open(source, store, &root, Settings::default()).unwrap();
    let clock = Clock {
        now: NOW,
        is_trusted: true,
    };
    let version = client
        .refresh(clock, Patience::None)
        .await
        .unwrap()
        .versions
        .snapshot;
    let prepared = update(&mut client, &school.bundles(), &wish(version, NOW))
        .await
        .unwrap();
    assert!(matches!(prepared.problems[0].reason, Reason::Download(_)));
    school.bundles().refuse(&prepared.generation).unwrap();
    let prepared = update(&mut client, &school.bundles(), &wish(version, NOW))
        .await
        .unwrap();
    assert!(prepared.problems.is_empty());
    let target = client.find("co-bac.list.zst").await.unwrap().unwrap();
    let How::Full { bytes } = prepared.by_id()["co-bac"].how else {
        panic!("{:?}", prepared.changes)
    };
    assert_eq!(bytes, target.length - 1000);
}

#[tokio::test]
async fn settings_come_the_same_way_and_are_checked_the_same_way() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    let folder = school.path().join("settings");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("old.settings.json.zst"), b"withdrawn").unwrap();
    let clock = Clock {
        now: NOW,
        is_trusted: true,
    };
    let mut client = school.client();
    client.refresh(clock, Patience::None).await.unwrap();
    let found = settings(&mut client, &folder).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].name.as_str(), found[0].json.as_slice()),
        ("tiers", &br#"{"version":1}"#[..])
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    // What lies there is checked again, and what comes bent is refused.
    fs::write(folder.join("tiers.settings.json.zst"), b"bent").unwrap();
    assert_eq!(settings(&mut client, &folder).await.unwrap(), found);
    for file in fs::read_dir(department.folder().join("targets")).unwrap() {
        fs::write(file.unwrap().path(), b"bent").unwrap();
    }
    fs::write(folder.join("tiers.settings.json.zst"), b"bent").unwrap();
    assert!(settings(&mut client, &folder).await.is_err());
}

#[tokio::test]
async fn a_list_that_is_withdrawn_is_told() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(
        &[list("co-bac", 1, &["a.vn"]), list("game", 1, &["g.vn"])],
        NOW,
    );
    school.follow(NOW).await;
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW + 1);
    let prepared = school.follow(NOW + 1).await;
    let dropped: Vec<&str> = prepared.dropped.iter().map(|old| old.id.as_str()).collect();
    assert_eq!(dropped, ["game"]);
    assert!(prepared.is_different());
}

#[tokio::test]
async fn a_refused_generation_leaves_the_one_that_serves() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    school.follow(NOW).await;
    department.publish(&[list("co-bac", 2, &["zalo.me"])], NOW + 1);
    let prepared = school.prepare(NOW + 1).await;
    school.bundles().refuse(&prepared.generation).unwrap();
    assert_eq!(school.text("co-bac"), "a.vn\n");
    // What a power cut left of a try is no hindrance.
    fs::create_dir_all(school.path().join("lists/next/rubbish")).unwrap();
    let prepared = school.follow(NOW + 2).await;
    assert_eq!(school.text("co-bac"), "zalo.me\n");
    // One generation before is kept, older ones go.
    for n in 3..6 {
        department.publish(
            &[list("co-bac", n, &[&format!("n{n}.vn")])],
            NOW + i64::try_from(n).unwrap(),
        );
        school.follow(NOW + i64::try_from(n).unwrap()).await;
    }
    assert!(!prepared.generation.folder.exists());
    let kept = fs::read_dir(school.path().join("lists")).unwrap();
    let kept = kept
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with("gen-")
        })
        .count();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn a_stick_that_lay_in_a_drawer_is_taken_and_shown_in_red() {
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    let mut client = school.client();
    let clock = Clock {
        now: NOW + 60 * DAY,
        is_trusted: true,
    };
    assert!(client.refresh(clock, Patience::None).await.is_err());
    let outcome = client.refresh(clock, Patience::STICK).await.unwrap();
    assert_eq!(
        outcome.freshness,
        Freshness::Stale {
            since: NOW + 7 * DAY
        }
    );
    update(
        &mut client,
        &school.bundles(),
        &wish(outcome.versions.snapshot, NOW),
    )
    .await
    .unwrap();
    let clock = Clock {
        now: NOW + 98 * DAY,
        is_trusted: true,
    };
    assert!(client.refresh(clock, Patience::STICK).await.is_err());
}
