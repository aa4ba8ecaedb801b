//! A box that follows: deltas, whole lists, approvals, sticks, and what it does not take.

use std::fs;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use lachan_lists::compile::{Compiler, Options};
use lachan_lists::import;
use lachan_policy::ruleset::ListClass;
use lachan_sync::bundle::{How, Reason, settings, update};
use lachan_sync::tuf::{
    Client, Clock, Fetch, FetchError, Folder, Freshness, Patience, Settings, Store, Take,
};

use crate::bed::{DAY, Department, NOW, School, list};

/// Names enough that a delta is smaller than the list.
fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("{:x}.vn", (n * 7919) % 65_521))
        .collect()
}

fn many(version: u64, count: usize) -> lachan_hub::repository::ListInput {
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

#[tokio::test]
async fn a_stolen_key_of_lists_cannot_publish_a_class_of_the_program() {
    use lachan_wire::tuf::{Sign, Signed, Targets, encode};
    let department = Department::new();
    let school = School::new(&department);
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    school.follow(NOW).await;
    department.publish(&[list("co-bac", 2, &["evil.vn"])], NOW + 10);
    // The thief has all online keys and writes what the hub's writer would refuse.
    let metadata = department.folder().join("metadata");
    let version = u64::try_from(NOW).unwrap() + 10;
    let path = metadata.join(format!("{version}.lists.json"));
    let mut lists = Signed::<Targets>::parse(&fs::read(&path).unwrap())
        .unwrap()
        .content;
    let custom = lists
        .targets
        .get_mut("co-bac.list.zst")
        .unwrap()
        .custom
        .as_mut()
        .unwrap();
    custom["list"]["class"] = "help".into();
    lists.head.version += 5;
    let bytes = encode(&lists, &[&department.online.lists as &dyn Sign]).unwrap();
    fs::write(metadata.join(format!("{}.lists.json", version + 5)), &bytes).unwrap();
    let path = metadata.join(format!("{version}.snapshot.json"));
    let mut snapshot = Signed::<lachan_wire::tuf::Snapshot>::parse(&fs::read(path).unwrap())
        .unwrap()
        .content;
    snapshot.head.version += 5;
    snapshot.meta.insert(
        "lists.json".to_owned(),
        lachan_wire::tuf::MetaFile::of(version + 5, &bytes),
    );
    let bytes = encode(&snapshot, &[&department.online.snapshot as &dyn Sign]).unwrap();
    fs::write(
        metadata.join(format!("{}.snapshot.json", version + 5)),
        &bytes,
    )
    .unwrap();
    let path = metadata.join("timestamp.json");
    let mut timestamp = Signed::<lachan_wire::tuf::Timestamp>::parse(&fs::read(&path).unwrap())
        .unwrap()
        .content;
    timestamp.head.version += 5;
    timestamp.meta.insert(
        "snapshot.json".to_owned(),
        lachan_wire::tuf::MetaFile::of(version + 5, &bytes),
    );
    fs::write(
        path,
        encode(&timestamp, &[&department.online.timestamp as &dyn Sign]).unwrap(),
    )
    .unwrap();
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
    let sha256 = lachan_wire::tuf::sha256_hex(&input.canonical);
    for (signers, expected) in [
        (vec!["an"], false),
        (vec!["an", "chi"], false),
        (vec!["an", "binh"], true),
    ] {
        input.approvals = signers
            .iter()
            .map(|signer| {
                department.desk.yes(&format!(
                    "approve --list co-bac --sha256 {sha256} --version 7 --key @{signer} --out @approval.{signer}"
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
    let prepared = update(&mut client, &school.bundles(), version)
        .await
        .unwrap();
    assert!(matches!(prepared.problems[0].reason, Reason::Download(_)));
    school.bundles().refuse(&prepared.generation).unwrap();
    let prepared = update(&mut client, &school.bundles(), version)
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
    assert_eq!(prepared.dropped, ["game"]);
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
    update(&mut client, &school.bundles(), outcome.versions.snapshot)
        .await
        .unwrap();
    let clock = Clock {
        now: NOW + 98 * DAY,
        is_trusted: true,
    };
    assert!(client.refresh(clock, Patience::STICK).await.is_err());
}
