//! The tree: who stands under whom, and when; names that change, units that merge, and 50,000 schools.

use std::collections::BTreeMap;

use lachan_hub::storage::{Failed, Never};
use lachan_hub::units::{self, Rename, UnitRefusal, Wanted};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::support::{Bench, NOW, Tree, both};

async fn names_above(bench: &Bench, unit: &str, at: i64) -> Vec<String> {
    let above = units::above(&bench.storage, unit, at).await.unwrap();
    above.into_iter().map(|above| above.name).collect()
}

fn refusal<T: std::fmt::Debug>(done: Result<T, Failed<UnitRefusal>>) -> UnitRefusal {
    match done {
        Err(Failed::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn all_below(bench: &Bench, unit: &str) -> usize {
    let wanted = Wanted {
        limit: 200,
        ..Wanted::default()
    };
    units::below(&bench.storage, unit, &wanted)
        .await
        .unwrap()
        .len()
}

both! {
    async fn a_move_changes_now_and_not_the_past(bench: Bench) {
        let Tree { root, east, west, east_school, .. } = bench.tree().await;
        let site = bench.add(&east_school, "site", "E1B").await;
        let moved_at = bench.later(86_400);
        let act = bench.act();
        let moved = units::relocate(&bench.storage, &act, &east_school.id, 1, &west.id, moved_at).await.unwrap();
        assert_eq!((moved.parent.as_deref(), moved.version), (Some(west.id.as_str()), 2));
        for unit in [&east_school.id, &site.id] {
            assert!(names_above(&bench, unit, moved_at - 1).await.contains(&east.name));
            let now = names_above(&bench, unit, moved_at).await;
            assert!(now.contains(&west.name) && !now.contains(&east.name) && now.contains(&root.name), "{now:?}");
        }
        assert_eq!(names_above(&bench, &site.id, moved_at).await, [&site.name, &east_school.name, &west.name, &root.name].map(Clone::clone));
        assert!(names_above(&bench, &site.id, NOW - 1).await.is_empty());
        assert_eq!((all_below(&bench, &east.id).await, all_below(&bench, &west.id).await), (1, 4));
        assert!(units::is_within(&bench.storage, &site.id, &root.id).await.unwrap());
        assert!(!units::is_within(&bench.storage, &site.id, &east.id).await.unwrap());
    }

    async fn there_and_back_within_one_second_leaves_the_tree_as_it_was(bench: Bench) {
        let Tree { east, west, east_school, .. } = bench.tree().await;
        let site = bench.add(&east_school, "site", "E1B").await;
        let at = bench.later(60);
        let act = bench.act();
        units::relocate(&bench.storage, &act, &east_school.id, 1, &west.id, at).await.unwrap();
        units::relocate(&bench.storage, &act, &east_school.id, 2, &east.id, at).await.unwrap();
        units::relocate(&bench.storage, &act, &east_school.id, 3, &west.id, at).await.unwrap();
        units::relocate(&bench.storage, &act, &east_school.id, 4, &east.id, at).await.unwrap();
        for unit in [&east_school.id, &site.id] {
            let above = names_above(&bench, unit, at).await;
            assert!(above.contains(&east.name) && !above.contains(&west.name), "{above:?}");
        }
        let (_, places) = units::history(&bench.storage, &east_school.id).await.unwrap();
        assert_eq!(places.iter().filter(|stood| stood.until.is_none()).count(), 1);
    }

    async fn a_decision_is_entered_when_it_is_known(bench: Bench) {
        let Tree { west, east, east_school, .. } = bench.tree().await;
        let began = bench.later(10 * 86_400) - 5 * 86_400;
        let late = bench.add(&east_school, "site", "E1B").await;
        let act = bench.act();
        units::relocate(&bench.storage, &act, &east_school.id, 1, &west.id, began).await.unwrap();
        assert!(names_above(&bench, &east_school.id, began - 1).await.contains(&east.name));
        assert!(names_above(&bench, &east_school.id, began).await.contains(&west.name));
        // What was made only since stood there from its own begin on.
        assert!(names_above(&bench, &late.id, act.at).await.contains(&west.name));
        assert!(!names_above(&bench, &late.id, act.at).await.contains(&east.name));
        let before = units::relocate(&bench.storage, &act, &east_school.id, 2, &east.id, began - 1).await;
        assert_eq!(refusal(before), UnitRefusal::From);
        let ahead = units::relocate(&bench.storage, &act, &east_school.id, 2, &east.id, act.at + 1).await;
        assert_eq!(refusal(ahead), UnitRefusal::From);
    }

    async fn a_move_after_one_of_an_ancestor_leaves_nothing_behind(bench: Bench) {
        let root = Bench::unit("ministry", "M", "Bộ");
        let root = units::found(&bench.storage, &bench.act(), root).await.unwrap();
        let first = bench.add(&root, "province", "P").await;
        let second = bench.add(&root, "province", "Q").await;
        let commune = bench.add(&first, "commune", "C").await;
        let other = bench.add(&second, "commune", "C2").await;
        let school = bench.add(&commune, "school", "U").await;
        let decreed = bench.later(86_400);
        bench.later(60 * 86_400);
        let site = bench.add(&school, "site", "D").await;
        let act = bench.act();
        // The school's pair with its commune is older than the decree, the one with the second province as old as it.
        let done = units::relocate(&bench.storage, &act, &commune.id, 1, &second.id, decreed).await;
        done.unwrap();
        let done = units::relocate(&bench.storage, &act, &school.id, 1, &other.id, decreed).await;
        done.unwrap();
        assert!(!units::is_within(&bench.storage, &site.id, &commune.id).await.unwrap());
        assert!(units::is_within(&bench.storage, &site.id, &other.id).await.unwrap());
        assert_closed(&bench, "two moves from one day").await;
    }

    async fn whatever_moves_and_mergers_leave_the_tree_that_the_parents_say(bench: Bench) {
        let mut runner = TestRunner::deterministic();
        let kinds = ["province", "commune", "school", "site"];
        let mut carried_out = 0;
        for round in 0..12 {
            let prefix = format!("r{round}");
            // A tree of its own for each round, below one root.
            let root = match units::root(&bench.storage).await.unwrap() {
                Some(root) => root.id,
                None => units::found(&bench.storage, &bench.act(), Bench::unit("ministry", "M", "Bộ")).await.unwrap().id,
            };
            let mut all = vec![root];
            let steps = prop::collection::vec((0..4u8, any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5i64, 0..6i64), 40);
            for (number, (what, one, other, later, ago)) in steps.new_tree(&mut runner).unwrap().current().into_iter().enumerate() {
                let now = bench.later(later * 86_400 + 1);
                let (one, other) = (one.get(&all).clone(), other.get(&all).clone());
                let version = units::one(&bench.storage, &one).await.unwrap().unwrap().version;
                let (act, from) = (bench.act(), now - ago * 86_400);
                let done = match what {
                    _ if number < 10 || what == 0 => {
                        let kind = kinds[(number + usize::from(what)) % kinds.len()];
                        let new = Bench::unit(kind, &format!("{prefix}-{number}"), "Đơn vị");
                        let made = units::add(&bench.storage, &act, &other, new).await;
                        all.extend(made.iter().map(|unit| unit.id.clone()));
                        made.is_ok()
                    }
                    3 => units::merge(&bench.storage, &act, &one, version, &other, from).await.is_ok(),
                    _ => units::relocate(&bench.storage, &act, &one, version, &other, from).await.is_ok(),
                };
                carried_out += usize::from(done);
            }
            assert_closed(&bench, &prefix).await;
        }
        assert!(carried_out > 100, "{carried_out} changes were none");
    }

    async fn a_merger_keeps_the_old_unit_below_the_new_one(bench: Bench) {
        let Tree { root, east, west, east_school, west_school } = bench.tree().await;
        let at = bench.later(86_400);
        let act = bench.act();
        let merged = units::merge(&bench.storage, &act, &east.id, 1, &west.id, at).await.unwrap();
        assert_eq!(merged.merged_into.as_deref(), Some(west.id.as_str()));
        let children = units::children(&bench.storage, &west.id, false).await.unwrap();
        let ids: Vec<_> = children.iter().map(|unit| unit.id.clone()).collect();
        assert_eq!(ids.len(), 2);
        assert!(ids.contains(&east_school.id) && ids.contains(&west_school.id));
        let with_merged = units::children(&bench.storage, &west.id, true).await.unwrap();
        assert_eq!(with_merged.len(), 3);
        // Its boxes and figures count for the one it went into.
        assert!(units::is_within(&bench.storage, &east.id, &west.id).await.unwrap());
        assert!(names_above(&bench, &east_school.id, at - 1).await.contains(&east.name));
        assert!(!names_above(&bench, &east_school.id, at).await.contains(&east.name));
        for refused in [
            units::merge(&bench.storage, &act, &east.id, 2, &west.id, at).await,
            units::relocate(&bench.storage, &act, &east.id, 2, &root.id, at).await,
        ] {
            assert_eq!(refusal(refused), UnitRefusal::Ended);
        }
        let under = units::add(&bench.storage, &act, &east.id, Bench::unit("school", "N", "Mới")).await;
        assert_eq!(refusal(under), UnitRefusal::Ended);
        let other_kind = units::merge(&bench.storage, &act, &west_school.id, 1, &west.id, at).await;
        assert_eq!(refusal(other_kind), UnitRefusal::Place);
    }

    async fn the_tree_stays_a_tree(bench: Bench) {
        let Tree { root, east, west, east_school, .. } = bench.tree().await;
        let (act, at) = (bench.act(), bench.act().at);
        for (unit, under) in [(&east, &east_school), (&east, &east), (&east, &west), (&root, &east)] {
            let refused = units::relocate(&bench.storage, &act, &unit.id, 1, &under.id, at).await;
            assert_eq!(refusal(refused), UnitRefusal::Place);
        }
        let below = units::add(&bench.storage, &act, &east_school.id, Bench::unit("commune", "X", "X")).await;
        assert_eq!(refusal(below), UnitRefusal::Place);
        let kind = units::add(&bench.storage, &act, &east.id, Bench::unit("kingdom", "X", "X")).await;
        assert_eq!(refusal(kind), UnitRefusal::Kind("kingdom".into()));
        let second = units::found(&bench.storage, &act, Bench::unit("province", "Q", "Q")).await;
        assert_eq!(refusal(second), UnitRefusal::Rooted);
        let kind = Rename { kind: Some("site".into()), ..Rename::default() };
        let lowered = units::rename(&bench.storage, &act, &east.id, 1, kind, at).await;
        assert_eq!(refusal(lowered), UnitRefusal::Place);
    }

    async fn a_name_changes_and_the_old_one_stays_known(bench: Bench) {
        let Tree { root, east, west, .. } = bench.tree().await;
        let at = bench.later(86_400);
        let act = bench.act();
        let new = Rename { name: Some("Phường Đông Mới".into()), code: Some("E-2027".into()), ..Rename::default() };
        let renamed = units::rename(&bench.storage, &act, &east.id, 1, new, at).await.unwrap();
        assert_eq!((renamed.name.as_str(), renamed.code.as_str(), renamed.version), ("Phường Đông Mới", "E-2027", 2));
        assert_eq!(names_above(&bench, &east.id, at - 1).await, [east.name.clone(), root.name.clone()]);
        assert_eq!(names_above(&bench, &east.id, at).await[0], "Phường Đông Mới");
        let (names, _) = units::history(&bench.storage, &east.id).await.unwrap();
        assert_eq!(names.len(), 2);
        let stale = units::rename(&bench.storage, &act, &east.id, 1, Rename::default(), at).await;
        assert_eq!(refusal(stale), UnitRefusal::Changed(Box::new(renamed)));
        let taken = Rename { code: Some("W".into()), ..Rename::default() };
        let taken = units::rename(&bench.storage, &act, &east.id, 2, taken, at).await;
        assert_eq!(refusal(taken), UnitRefusal::CodeTaken("W".into()));
        // The old code is free again.
        let freed = Rename { code: Some("E".into()), ..Rename::default() };
        units::rename(&bench.storage, &act, &west.id, 1, freed, at).await.unwrap();
    }

    async fn units_are_found_by_letters_of_either_case(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        let named = Bench::unit("school", "HS_1", "Trường THCS HOA SEN");
        let school = units::add(&bench.storage, &bench.act(), &root.id, named).await.unwrap();
        for (search, found) in [("hoa sen", 1), ("Hoa Sen", 1), ("hs_1", 1), ("hsx1", 0), ("%", 0), ("trường", 1)] {
            let wanted = Wanted { search: Some(search.into()), kind: Some("school".into()), limit: 10, ..Wanted::default() };
            let all = units::below(&bench.storage, &root.id, &wanted).await.unwrap();
            assert_eq!(all.len(), found, "{search}");
            assert!(all.iter().all(|unit| unit.id == school.id));
        }
    }

    async fn kinds_are_data(bench: Bench) {
        let Tree { root, .. } = bench.tree().await;
        let mut words = units::kinds(&bench.storage).await.unwrap()[1].words.clone();
        words.head_vi = "Giám đốc Sở GDĐT".into();
        units::change_kind(&bench.storage, &bench.act(), &root.id, "province", words.clone()).await.unwrap();
        // A second start does not put the shipped words back.
        units::fill(&bench.storage).await.unwrap();
        assert_eq!(units::kinds(&bench.storage).await.unwrap()[1].words, words);
        let unknown = units::change_kind(&bench.storage, &bench.act(), &root.id, "kingdom", words).await;
        assert_eq!(refusal(unknown), UnitRefusal::Kind("kingdom".into()));
    }

    async fn the_sample_tree_fills_an_empty_hub_only(bench: Bench) {
        let made = units::sample(&bench.storage, &bench.act()).await.unwrap();
        assert_eq!(made, 8);
        let root = units::root(&bench.storage).await.unwrap().unwrap();
        assert_eq!(all_below(&bench, &root.id).await, made);
        assert!(units::sample(&bench.storage, &bench.act()).await.is_err());
    }

    async fn fifty_thousand_schools_are_looked_through_by_the_index(bench: Bench) {
        let Tree { root, east, .. } = bench.tree().await;
        fill(&bench, &root.id, &east.id).await;
        let wanted = Wanted { limit: 200, after: Some("s049900".into()), ..Wanted::default() };
        let page = units::below(&bench.storage, &root.id, &wanted).await.unwrap();
        assert_eq!(page.len(), 99);
        assert!(units::is_within(&bench.storage, "s049999", &root.id).await.unwrap());
        // Not by a time that a busy machine breaks, but by what the engine says it will do.
        let plan = plan(&bench).await;
        assert!(plan.to_lowercase().contains("index"), "{plan}");
        assert!(!plan.contains("SCAN a") && !plan.contains("Seq Scan on unit_above"), "{plan}");
    }
}

/// The pairs that are open are those that the parents make, and no pair ends before it began.
async fn assert_closed(bench: &Bench, after: &str) {
    type Pairs = BTreeMap<(String, String), i64>;
    type Read = (Pairs, Vec<(String, String)>, i64);
    let read: Result<Read, Failed<Never>> = bench
        .storage
        .read(|tx| {
            Box::pin(async move {
                let sql = "SELECT unit_id, above_id, distance FROM unit_above WHERE until_at = 9223372036854775807";
                let pairs: Vec<(String, String, i64)> = sqlx::query_as(sql).fetch_all(&mut **tx).await?;
                let sql = "SELECT unit_id, parent_id FROM units";
                let parents = sqlx::query_as(sql).fetch_all(&mut **tx).await?;
                let sql = "SELECT COUNT(*) FROM unit_above WHERE until_at <= from_at";
                let empty = sqlx::query_scalar(sql).fetch_one(&mut **tx).await?;
                let pairs = pairs.into_iter().map(|(unit, above, far)| ((unit, above), far));
                Ok((pairs.collect(), parents, empty))
            })
        })
        .await;
    let (pairs, parents, empty) = read.unwrap();
    let parents: BTreeMap<String, String> = parents.into_iter().collect();
    let mut expected = Pairs::new();
    for unit in parents.keys() {
        let (mut above, mut far) = (unit, 0);
        while !above.is_empty() {
            expected.insert((unit.clone(), above.clone()), far);
            (above, far) = (&parents[above], far + 1);
        }
    }
    assert_eq!(pairs, expected, "after {after}");
    assert_eq!(empty, 0, "after {after}");
}

/// 50,000 schools below one commune, by two statements.
async fn fill(bench: &Bench, root: &str, east: &str) {
    let done: Result<(), Failed<Never>> = bench
        .storage
        .write(|tx| {
            let (root, east) = (root.to_owned(), east.to_owned());
            Box::pin(async move {
                for block in 0..100 {
                    let mut units = Vec::new();
                    let mut above = Vec::new();
                    for number in block * 500..(block + 1) * 500 {
                        let id = format!("s{number:06}");
                        units.push(format!("('{id}','school','{id}','{id}','{id}','{east}',{NOW},{},'',1)", i64::MAX));
                        for (one, distance) in [(&id, 0), (&east, 1), (&root, 2)] {
                            above.push(format!("('{id}','{one}',{NOW},{},{distance})", i64::MAX));
                        }
                    }
                    let sql = format!("INSERT INTO units (unit_id, kind_id, code, name, search, parent_id, made_at, ended_at, merged_into, version) VALUES {}", units.join(","));
                    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut **tx).await?;
                    let sql = format!("INSERT INTO unit_above (unit_id, above_id, from_at, until_at, distance) VALUES {}", above.join(","));
                    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut **tx).await?;
                }
                sqlx::query("ANALYZE").execute(&mut **tx).await?;
                Ok(())
            })
        })
        .await;
    done.unwrap();
}

/// How the engine says that it looks whether a unit is below another one.
async fn plan(bench: &Bench) -> String {
    let is_sqlite = bench.url.starts_with("sqlite");
    let read: Result<Vec<String>, Failed<Never>> = bench
        .storage
        .read(|tx| {
            Box::pin(async move {
                let select = "SELECT u.name FROM units u JOIN unit_above a ON a.unit_id = u.unit_id
                              WHERE a.above_id = 'p' AND a.until_at = 9223372036854775807 AND u.unit_id > 's' ORDER BY u.unit_id LIMIT 50";
                let (explain, column) = if is_sqlite { ("EXPLAIN QUERY PLAN", 3) } else { ("EXPLAIN", 0) };
                let sql = sqlx::AssertSqlSafe(format!("{explain} {select}"));
                let rows = sqlx::query(sql).fetch_all(&mut **tx).await?;
                let each = rows.iter().map(|row| sqlx::Row::try_get(row, column));
                Ok(each.collect::<Result<Vec<String>, _>>()?)
            })
        })
        .await;
    read.unwrap().join("\n")
}
