//! The cache over a restart: one engine's snapshot, and another engine that takes it back.

use std::collections::HashSet;

use lachan_lists::testing::name;
use lachan_policy::Tier;
use proptest::prelude::*;

use super::support::{School, impatient, zone};
use crate::fake::Fake;
use crate::wire::query::tests::{query, with_edns};
use crate::wire::response::tests::Script;
use crate::{Boot, Listed, Restored, Settings, Snapshot, SnapshotError, Snapshots, Stamp};

/// So many seconds into a boot, wall clock and all.
fn at(seconds: u64) -> Stamp {
    Stamp {
        unix: Some(1_795_342_140 + i64::try_from(seconds).unwrap()),
        boot: Some(Boot { id: 1, seconds }),
    }
}

fn listed(names: &[&str]) -> Listed {
    names.iter().map(|text| name(text)).collect()
}

/// A way to snapshots that does not mind that every school here has an upstream of its own.
fn snapshots() -> Snapshots {
    Snapshots::new(&Settings::default())
}

fn take(school: &School, seconds: u64, names: &[&str]) -> Snapshot {
    snapshots().take(&school.engine, at(seconds), &listed(names))
}

/// A school whose line is down from the start.
async fn dark(change: impl Fn(&mut Settings)) -> School {
    let upstream = Fake::start(|_, _| Vec::new()).await;
    School::upon(upstream, Vec::new(), |settings| {
        impatient(settings);
        change(settings);
    })
}

/// A dark school that took a snapshot back, and what became of it.
async fn restarted(snapshot: &Snapshot, now: Stamp, names: &[&str]) -> (School, Restored) {
    let school = dark(|_| ()).await;
    let restored = snapshots().restore(&school.engine, &snapshot.bytes, now, &listed(names));
    (school, restored.unwrap())
}

const NAMES: &[&str] = &["hoc.vn", "www.google.com", "missing.hoc.vn"];

/// A school that knows some names, listed ones and others, since second 0.
async fn learned() -> School {
    let school = School::new().await;
    for name in ["hoc.vn", "bi-mat.hoc.vn", "khac.vn", "missing.hoc.vn"] {
        school.answer(Tier::Staff, name, 1).await;
    }
    school
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn listed_names_are_known_after_a_restart_and_others_nowhere() {
    let snapshot = take(&learned().await, 0, NAMES);
    assert_eq!((snapshot.answers, snapshot.left_out), (2, 0));
    assert!(!holds(&snapshot.bytes, "bi-mat") && !holds(&snapshot.bytes, "khac"));
    let (school, restored) = restarted(&snapshot, at(10), NAMES).await;
    assert_eq!(
        (restored.answers, restored.stale, restored.aged),
        (2, 0, true)
    );
    school.check(Tier::Staff, "hoc.vn", "A 192.0.2.1").await;
    // Its 90 seconds go on, too.
    school
        .check(Tier::Staff, "missing.hoc.vn", "NXDOMAIN 80")
        .await;
    assert_eq!(school.upstream.asked(), 0);
    for other in ["bi-mat.hoc.vn", "khac.vn"] {
        let answer = school.answer(Tier::Staff, other, 1).await;
        assert!(answer.starts_with("SERVFAIL"), "{answer}");
    }
}

#[tokio::test]
async fn ttls_go_on_while_the_program_is_gone() {
    let learned = learned().await;
    learned.clock.advance(30);
    let snapshot = take(&learned, 1000, NAMES);
    let (school, _) = restarted(&snapshot, at(1040), NAMES).await;
    school.clock.advance(5);
    let message = with_edns(query("hoc.vn", 1), 1232, 0, false);
    let answer = school.ask(Tier::Staff, &message).await;
    assert_eq!(answer.answers[0].ttl, 120 - 30 - 40 - 5);
}

const STALE: &str =
    "A 192.0.2.1 EDE 3 Lá Chắn: câu trả lời cũ, vì máy chủ DNS phía trên không trả lời";

#[tokio::test]
async fn what_ended_meanwhile_is_served_only_when_the_upstreams_fail() {
    let snapshot = take(&learned().await, 0, &["hoc.vn"]);
    let (school, restored) = restarted(&snapshot, at(4000), NAMES).await;
    assert_eq!((restored.answers, restored.stale), (1, 1));
    school.check(Tier::Staff, "hoc.vn", STALE).await;
    assert!(school.upstream.asked() > 0, "asked first");
    let up = School::new().await;
    let restored = snapshots().restore(&up.engine, &snapshot.bytes, at(4000), &listed(NAMES));
    assert_eq!(restored.unwrap().stale, 1);
    up.check(Tier::Staff, "hoc.vn", "A 192.0.2.1").await;
    assert_eq!(
        (up.engine.counts().stale, up.engine.counts().forwarded),
        (0, 1)
    );
}

#[tokio::test]
async fn after_a_gap_that_nobody_knows_everything_counts_as_stale() {
    let snapshot = take(&learned().await, 1000, &["hoc.vn"]);
    let unknown = Stamp::default();
    let gone_back = Stamp {
        unix: Some(1_795_342_140 + 999),
        boot: Some(Boot { id: 2, seconds: 5 }),
    };
    for now in [unknown, gone_back] {
        let (school, restored) = restarted(&snapshot, now, NAMES).await;
        assert_eq!(
            (restored.answers, restored.stale, restored.aged),
            (1, 1, false)
        );
        school.check(Tier::Staff, "hoc.vn", STALE).await;
    }
}

#[tokio::test]
async fn what_may_not_be_served_any_more_does_not_come_back() {
    let snapshot = take(&learned().await, 0, &["hoc.vn"]);
    let stale_for = crate::STALE_FOR.as_secs();
    for (now, expected) in [
        (119 + stale_for, 1),
        (120 + stale_for, 0),
        (u64::from(u32::MAX) * 2, 0),
    ] {
        let (_, restored) = restarted(&snapshot, at(now), NAMES).await;
        assert_eq!(restored.answers, expected, "{now}");
    }
    let school = dark(|settings| settings.stale_for = std::time::Duration::ZERO).await;
    for now in [Stamp::default(), at(120)] {
        let restored = snapshots().restore(&school.engine, &snapshot.bytes, now, &listed(NAMES));
        assert_eq!(restored.unwrap().answers, 0, "nothing stale is wanted here");
    }
}

#[tokio::test]
async fn a_name_that_is_no_longer_listed_does_not_come_back() {
    let snapshot = take(&learned().await, 0, NAMES);
    let (school, restored) = restarted(&snapshot, at(1), &["missing.hoc.vn"]).await;
    assert_eq!((restored.answers, restored.passed_over), (1, 1));
    assert_eq!(school.engine.cached_size().0, 1);
}

#[tokio::test]
async fn a_fresher_answer_keeps_its_place() {
    let snapshot = take(&learned().await, 0, &["hoc.vn"]);
    let school = School::new().await;
    school.answer(Tier::Staff, "hoc.vn", 1).await;
    let restored = snapshots().restore(&school.engine, &snapshot.bytes, at(60), &listed(NAMES));
    assert_eq!(
        (restored.unwrap().answers, school.engine.cached_size().0),
        (0, 1)
    );
    let message = with_edns(query("hoc.vn", 1), 1232, 0, false);
    assert_eq!(school.ask(Tier::Staff, &message).await.answers[0].ttl, 120);
}

#[tokio::test]
async fn an_engine_is_open_for_some_and_safe_for_others_after_a_restart() {
    let names = &["www.google.com", "forcesafesearch.google.com"];
    let learned = School::new().await;
    for tier in [Tier::Staff, Tier::Thcs] {
        learned.answer(tier, "www.google.com", 1).await;
    }
    let snapshot = take(&learned, 0, names);
    assert_eq!(snapshot.answers, 2);
    let (school, _) = restarted(&snapshot, at(1), names).await;
    school
        .check(Tier::Staff, "www.google.com", "A 192.0.2.1")
        .await;
    let safe = "CNAME forcesafesearch.google.com A 192.0.2.1";
    school.check(Tier::Thcs, "www.google.com", safe).await;
    assert_eq!(school.upstream.asked(), 0);
}

#[tokio::test]
async fn what_stands_for_a_closed_name_is_closed_after_a_restart() {
    let learned = School::new().await;
    let answer = learned.answer(Tier::Staff, "shop.hoc.vn", 1).await;
    let snapshot = take(&learned, 0, &["shop.hoc.vn"]);
    let (school, restored) = restarted(&snapshot, at(1), &["shop.hoc.vn"]).await;
    assert_eq!(restored.answers, 1);
    school.check(Tier::Staff, "shop.hoc.vn", &answer).await;
    assert_eq!(school.engine.counts().blocked, 1, "{answer}");
}

#[tokio::test]
async fn failures_unusual_types_and_explained_answers_are_not_written() {
    let upstream = Fake::start(|query, _| {
        let (name, _) = crate::fake::question(query);
        vec![if name == "hong.vn" {
            Script::new(query, 2).bytes()
        } else {
            zone(query)
        }]
    })
    .await;
    let school = School::upon(upstream, Vec::new(), |_| ());
    for (name, qtype) in [("hong.vn", 1), ("hoc.vn", 16), ("hoc.vn", 28)] {
        school.answer(Tier::Staff, name, qtype).await;
    }
    let snapshot = take(&school, 0, &["hong.vn", "hoc.vn"]);
    assert_eq!(snapshot.answers, 1, "AAAA");
    // An inside address for an outside name is refused with an explanation.
    let upstream = Fake::start(|query, _| {
        let (name, _) = crate::fake::question(query);
        vec![
            Script::new(query, 0)
                .record(1, &name, 1, 60, &[10, 0, 0, 1])
                .bytes(),
        ]
    })
    .await;
    let school = School::upon(upstream, Vec::new(), |_| ());
    let answer = school.answer(Tier::Staff, "hoc.vn", 1).await;
    assert!(answer.contains("EDE"), "{answer}");
    assert_eq!(school.engine.cached_size().0, 1);
    assert_eq!(take(&school, 0, &["hoc.vn"]).answers, 0);
}

#[tokio::test]
async fn what_was_learned_under_other_terms_is_not_taken_back() {
    let snapshot = take(&learned().await, 0, NAMES);
    let school = School::new().await;
    let mut other = Settings::default();
    other.forwarding.rebind_protection = false;
    let listed = listed(NAMES);
    let refused = Snapshots::new(&other).restore(&school.engine, &snapshot.bytes, at(1), &listed);
    assert_eq!(refused, Err(SnapshotError::OtherTerms));
    assert_eq!(school.engine.cached_size().0, 0);
}

#[tokio::test]
async fn what_other_upstreams_said_is_only_better_than_nothing() {
    let snapshot = take(&learned().await, 0, NAMES);
    let (up, down) = (School::new().await, dark(|_| ()).await);
    for (school, expected) in [(up, "A 192.0.2.1"), (down, STALE)] {
        let other = Settings {
            upstreams: vec![school.upstream.address.into()],
            ..Settings::default()
        };
        let snapshots = Snapshots::new(&other);
        let restored = snapshots.restore(&school.engine, &snapshot.bytes, at(1), &listed(NAMES));
        assert_eq!(restored.map(|r| (r.answers, r.stale)), Ok((2, 2)));
        school.check(Tier::Staff, "hoc.vn", expected).await;
        assert!(school.upstream.asked() > 0, "asked first");
    }
}

#[tokio::test]
async fn a_refused_snapshot_leaves_the_cache_as_it_was() {
    let mut bytes = take(&learned().await, 0, NAMES).bytes;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let school = School::new().await;
    let refused = snapshots().restore(&school.engine, &bytes, at(1), &listed(NAMES));
    assert_eq!(refused, Err(SnapshotError::Damaged));
    assert_eq!(school.engine.cached_size().0, 0);
}

#[tokio::test]
async fn a_flushed_name_is_in_no_later_snapshot() {
    let school = learned().await;
    assert_eq!(school.engine.flush_cache(&name("hoc.vn"), false), 1);
    let snapshot = take(&school, 0, NAMES);
    let (after, _) = restarted(&snapshot, at(1), NAMES).await;
    let answer = after.answer(Tier::Staff, "hoc.vn", 1).await;
    assert!(answer.starts_with("SERVFAIL"), "{answer}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever was asked and whatever is listed: the questions in the file are those of listed
    /// names that were asked, each exactly as it stands in the list, and all of them come back.
    #[test]
    fn no_question_about_another_name_is_ever_written(
        asked in proptest::collection::hash_set("([a-c]{1,2}\\.){1,3}hoc\\.vn", 1..30),
        named in proptest::collection::hash_set("([a-c]{1,2}\\.){0,3}hoc\\.vn", 0..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let school = School::new().await;
            for name in &asked {
                school.answer(Tier::Staff, name, 1).await;
            }
            let names: Vec<&str> = named.iter().map(String::as_str).collect();
            let snapshot = take(&school, 0, &names);
            let expected: HashSet<_> = asked.intersection(&named).map(|text| name(text)).collect();
            let written = crate::snapshot::questions(&snapshot.bytes);
            prop_assert_eq!(written.iter().copied().collect::<HashSet<_>>(), expected.clone());
            prop_assert_eq!((written.len(), snapshot.answers), (expected.len(), expected.len()));
            let (_, restored) = restarted(&snapshot, at(1), &names).await;
            prop_assert_eq!(restored.answers, expected.len());
            Ok(())
        })?;
    }
}
