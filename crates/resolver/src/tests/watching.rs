//! What the resolver tells whoever watches it: how long things take, how upstreams do, and a cache
//! that can be emptied.

use std::sync::Arc;

use lachan_policy::{Name, Scope, Tier};

use super::support::School;
use crate::latency::ONE_IN;
use crate::{ListTrial, TrialSeen, UpstreamState};

#[tokio::test]
async fn one_answer_in_many_is_measured_and_every_round_trip() {
    let school = School::new().await;
    for _ in 0..2 * ONE_IN {
        school.answer(Tier::Thcs, "nha-cai.example", 1).await;
    }
    school.answer(Tier::Staff, "hoc.vn", 1).await;
    school.answer(Tier::Staff, "khac.hoc.vn", 1).await;
    let taken = school.engine.latencies();
    assert_eq!((taken.here.count(), taken.upstream.count()), (2, 2));
    assert!(taken.upstream.quantile(990).is_some());
}

#[tokio::test]
async fn upstreams_are_told_with_what_they_answered() {
    let school = School::new().await;
    school.answer(Tier::Staff, "hoc.vn", 1).await;
    let told = school.engine.upstreams();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].label, school.upstream.address.to_string());
    assert_eq!((told[0].state, told[0].answered), (UpstreamState::Up, 1));
    assert!(told[0].round_trip.is_some());
}

#[tokio::test]
async fn what_is_flushed_is_asked_again() {
    let school = School::new().await;
    for name in ["hoc.vn", "a.hoc.vn", "khac.vn"] {
        school.answer(Tier::Staff, name, 1).await;
    }
    let name = lachan_lists::testing::name("hoc.vn");
    assert_eq!(school.engine.flush_cache(&name, true), 2);
    school.answer(Tier::Staff, "hoc.vn", 1).await;
    school.answer(Tier::Staff, "khac.vn", 1).await;
    let counts = school.engine.counts();
    assert_eq!((counts.forwarded, counts.cached), (4, 1));
    assert_eq!(school.engine.flush_cache(&Name::ROOT, true), 2);
    assert_eq!(school.engine.cached_size().0, 0);
}

#[tokio::test]
async fn a_list_on_trial_counts_open_queries_and_no_longer_than_it_runs() {
    let school = School::new().await;
    let category = lachan_lists::testing::shipped_rules().category("gambling");
    let named = ["khac.vn", "nha-cai.example"].map(lachan_lists::testing::name);
    let entries = named.map(|name| (name, Scope::Suffix));
    let trial = Arc::new(ListTrial::new(category.unwrap(), &entries, [3; 16]).unwrap());
    school.engine.try_list(Some(Arc::clone(&trial)));
    school.answer(Tier::Thcs, "www.khac.vn", 1).await;
    school.answer(Tier::Thcs, "www.khac.vn", 28).await;
    // Closed already, or nothing the list has.
    school.answer(Tier::Thcs, "nha-cai.example", 1).await;
    school.answer(Tier::Thcs, "hoc.vn", 1).await;
    let one = TrialSeen {
        entries: 1,
        devices: 1,
    };
    assert_eq!((trial.seen(1), trial.seen(2)), (one, TrialSeen::default()));
    school.engine.try_list(None);
    school.answer(Tier::Thcs, "khac.vn", 1).await;
    assert_eq!(trial.seen(1), one);
}
